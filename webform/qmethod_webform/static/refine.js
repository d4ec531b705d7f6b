// Choosing: counts as you tick, keeps ticks through a reload, and waits for the connection instead of losing a choice.
import { guard } from "./gate.js";
import { allSaved, fill, loadAgain, onAnswer, page, save, words, write } from "./saving.js";

const form = document.getElementById("picking");
if (form) {
  const need = Number(form.dataset.need);
  const column = Number(form.dataset.column);
  const boxes = [...form.querySelectorAll("input[name=statements]")];
  const picked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const count = () => {
    const chosen = picked().length;
    const sign = document.getElementById("chosen");
    write(sign, fill(words.chosen, { chosen, need }));
    sign.dataset.state = chosen === need ? "enough" : chosen > need ? "too-many" : "";
  };
  let left = false;

  guard({ about: (pressed) => pressed.closest(".pick")?.querySelector("input").value });
  form.addEventListener("change", () => {
    count();
    save({ act: "draft", columns: Object.fromEntries(picked().map((name) => [name, column])) }, (other) => other.act === "draft");
  });
  form.addEventListener("submit", (event) => {
    const wanted = event.submitter?.value;
    if (wanted !== "pick" && wanted !== "back") return;
    if (wanted === "pick" && picked().length !== need) return; // the server says what is wrong
    event.preventDefault();
    if (left) return; // pressed twice, meant once
    left = true;
    if (wanted === "back") save({ act: "undo" });
    else save({ act: "pick", column, statements: picked() });
  });
  onAnswer(() => {
    if (left && allSaved()) loadAgain();
  });
  count();
}
