// Questions and reasons: what is typed or chosen is saved as it is, and a question appears when an answer asks for it.
import "./cards.js";
import { page, save } from "./saving.js";

const form = document.getElementById("questions");
const PAUSE_IN_TYPING = 800;

form.addEventListener("input", (event) => keep(event.target, PAUSE_IN_TYPING));
form.addEventListener("change", (event) => {
  goAlone(event.target);
  changePlaces(event.target);
  keep(event.target);
});
for (const line of form.querySelectorAll(".slider")) slide(line);
for (const select of form.querySelectorAll(".ranking select")) select.dataset.was = select.value;
for (const own of form.querySelectorAll(".beside")) own.addEventListener("input", () => own.value && chooseOther(own));

// From the first letter on it waits to be sent, so that no closed tab loses it.
function keep(field, delay = 0) {
  const block = field.closest("[data-question], [data-comment]");
  if (!block) return;
  const { question, comment } = block.dataset;
  if (comment) save({ act: "comment", statement: comment, text: block.querySelector("textarea").value }, (other) => other.statement === comment, delay);
  else {
    save({ act: "answer", question, value: answer(block) }, (other) => other.question === question, delay);
    showConditional();
  }
}

// What is filled in, in the shape in which the form would send it, whatever the kind of the question.
function answer(block) {
  const fields = [...block.querySelectorAll("input:not([type=hidden], .beside), textarea, select")];
  const chosen = fields.filter((field) => field.checked);
  const own = block.querySelector(".beside")?.value;
  const withOwn = (value) => (value === "other" && own ? `other:${own}` : value);
  switch (fields[0]?.type) {
    case "radio":
      if (!fields[0].name.includes(":")) return withOwn(chosen[0]?.value ?? null);
      return Object.fromEntries(chosen.map((field) => [field.name.slice(field.name.indexOf(":") + 1), field.value]));
    case "checkbox":
      return chosen.map((field) => withOwn(field.value));
    case "select-one":
      if (!fields[0].name.includes(":")) return withOwn(fields[0].value);
      return Object.fromEntries(fields.filter((field) => field.value).map((field) => [field.name.slice(field.name.indexOf(":") + 1), field.value]));
    default:
      return fields[0]?.value ?? null;
  }
}

// What is written beside an option means that option.
function chooseOther(own) {
  const block = own.closest("[data-question]");
  const select = block.querySelector("select");
  if (select) select.value = "other";
  else block.querySelector("input[value=other]").checked = true;
  goAlone(block.querySelector("input[value=other]"));
}

// An option that goes with no other takes the others' ticks, and another takes its.
function goAlone(ticked) {
  if (!ticked?.checked || ticked.type !== "checkbox") return;
  const alone = "alone" in ticked.dataset;
  for (const box of ticked.closest("fieldset").querySelectorAll("input[type=checkbox]")) {
    if (box !== ticked && (alone || "alone" in box.dataset)) box.checked = false;
  }
}

// A place that is given a second time changes hands, so that each is given once.
function changePlaces(select) {
  if (!select.closest(".ranking")) return;
  const all = [...select.closest(".ranking").querySelectorAll("select")];
  const other = all.find((one) => one !== select && one.value && one.value === select.value);
  if (other) other.value = select.dataset.was;
  for (const one of all) one.dataset.was = one.value;
}

// The line to move along is beside the number, which stays what is sent; it shows where the number is.
function slide(line) {
  const [number, range] = line.querySelectorAll("input");
  const follow = () => {
    line.classList.toggle("unset", !number.value);
    if (number.value) range.value = number.value.replace(",", ".");
  };
  range.addEventListener("input", () => {
    number.value = range.value;
    line.classList.remove("unset");
  });
  number.addEventListener("input", follow);
  range.hidden = false;
  follow();
}

function showConditional() {
  for (const [name, condition] of Object.entries(page.conditions ?? {})) {
    const block = form.querySelector(`[data-question="${name}"]`);
    const other = form.querySelector(`[data-question="${condition.question}"]`);
    if (!block || !other) continue;
    const given = other.hidden ? [] : [answer(other)].flat().filter((value) => value !== null).map((value) => (other.querySelector(".beside") ? value.replace(/^other:[^]*/, "other") : value));
    block.hidden = !given.some((value) => condition.is.includes(String(value)));
  }
}

// From the summary of what is missing straight into the field.
document.querySelector("main .alert")?.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1))?.querySelector("input:not([type=hidden]), textarea, select");
  if (!field) return;
  event.preventDefault();
  field.focus();
});
