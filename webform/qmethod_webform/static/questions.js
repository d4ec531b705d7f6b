// Questions and reasons: what is typed or chosen is saved as it is, and a question appears when an answer asks for it.
import { page, save } from "./saving.js";

const form = document.getElementById("questions");
const timers = new Map();

form.addEventListener("input", (event) => later(event.target, 800));
form.addEventListener("change", (event) => later(event.target, 0));
form.addEventListener("submit", () => {
  for (const [block, timer] of timers) {
    clearTimeout(timer);
    keep(block);
  }
}, { capture: true });

function later(field, delay) {
  const block = field.closest("[data-question], [data-comment]");
  if (!block) return;
  clearTimeout(timers.get(block));
  if (delay) timers.set(block, setTimeout(() => keep(block), delay));
  else keep(block);
}

function keep(block) {
  timers.delete(block);
  const { question, comment } = block.dataset;
  if (comment) save({ act: "comment", statement: comment, text: block.querySelector("textarea").value }, (other) => other.statement === comment);
  else {
    save({ act: "answer", question, value: answer(block) }, (other) => other.question === question);
    showConditional();
  }
}

function answer(block) {
  const chosen = [...block.querySelectorAll("input:checked")];
  switch (block.dataset.type) {
    case "choice":
    case "rating":
      return chosen[0]?.value ?? null;
    case "choices":
      return chosen.map((box) => box.value);
    case "matrix":
      return Object.fromEntries(chosen.map((box) => [box.name.slice(box.name.indexOf(":") + 1), box.value]));
    default:
      return block.querySelector("input:not([type=hidden]), textarea").value;
  }
}

function showConditional() {
  for (const [name, condition] of Object.entries(page.conditions ?? {})) {
    const block = form.querySelector(`[data-question="${name}"]`);
    const other = form.querySelector(`[data-question="${condition.question}"]`);
    if (!block || !other) continue;
    const given = other.hidden ? [] : [answer(other)].flat().filter((value) => value !== null);
    block.hidden = !given.some((value) => condition.is.includes(String(value)));
  }
}
