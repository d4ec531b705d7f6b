// The board as a list: counts as you choose, and keeps every choice, also one that overfills a column for the moment.
import { guard } from "./gate.js";
import { save } from "./saving.js";

const form = document.getElementById("list");
guard({ about: (pressed) => pressed.closest(".one-statement")?.dataset.statement });
const chosen = () => [...form.querySelectorAll("input[type=radio]:checked")];

form.addEventListener("change", () => {
  const now = chosen();
  for (const cell of form.querySelectorAll("[data-count]")) cell.textContent = now.filter((radio) => radio.value === cell.dataset.count).length;
  save({ act: "draft", columns: Object.fromEntries(now.map((radio) => [radio.name.slice(2), Number(radio.value)])) }, (other) => other.act === "draft");
});
