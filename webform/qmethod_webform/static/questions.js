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

// What is filled in, in the shape in which the form would send it, whatever the kind of the question.
function answer(block) {
  const fields = [...block.querySelectorAll("input:not([type=hidden]), textarea, select")];
  const chosen = fields.filter((field) => field.checked);
  switch (fields[0]?.type) {
    case "radio":
      if (!fields[0].name.includes(":")) return chosen[0]?.value ?? null;
      return Object.fromEntries(chosen.map((field) => [field.name.slice(field.name.indexOf(":") + 1), field.value]));
    case "checkbox":
      return chosen.map((field) => field.value);
    default:
      return fields[0]?.value ?? null;
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
