// The board as a list: counts as you choose, and keeps every choice, also one that overfills a column for the moment.
import { guard } from "./gate.js";
import "./cards.js";
import { fill, page, save, words, write } from "./saving.js";

const form = document.getElementById("list");
guard({ about: (pressed) => pressed.closest(".one-statement")?.dataset.statement });
const chosen = () => [...form.querySelectorAll("input[type=radio]:checked")];

form.addEventListener("change", (event) => {
  const now = chosen();
  say(event.target, now);
  for (const cell of form.querySelectorAll("[data-count]")) cell.textContent = now.filter((radio) => radio.value === cell.dataset.count).length;
  save({ act: "draft", columns: Object.fromEntries(now.map((radio) => [radio.name.slice(2), Number(radio.value)])) }, (other) => other.act === "draft");
});

// How many the column has now that was just chosen; where any number may lie in it, how many cards are left.
function say(radio, now) {
  const column = radio.closest("label").textContent.trim();
  const left = form.querySelectorAll(".one-statement").length - now.length;
  const count = new Map(Object.entries(page.counts)).get(radio.value);
  const chosen = now.filter((other) => other.value === radio.value).length;
  write(document.getElementById("spoken"), count === undefined ? fill(words.toPlace, { left }) : fill(words.filled, { column, chosen, count }));
}
