// Choosing: counts as you choose, keeps choices through a reload, and waits for the connection instead of losing one. Cards are ticked, or go one of three
// ways: near the end in question, near the other, or between.
import "./cards.js";
import { guard } from "./gate.js";
import { allSaved, fill, loadAgain, onAnswer, page, save, words, write } from "./saving.js";

const OFFERED = 3; // of more cards that could be taken out, the page itself is the list
const form = document.getElementById("picking");
if (form) {
  const column = Number(form.dataset.column);
  const { act } = form.dataset;
  const inputs = [...form.querySelectorAll("input[name=statements], .three-ways input")];
  const cards = [...new Set(inputs.map(cardOf))];
  const ends = [...form.querySelectorAll("[data-end]")].map((sign) => ({ sign, way: sign.dataset.end, need: Number(sign.dataset.need), column: Number(sign.dataset.column) }));
  const chooser = form.querySelector(`button[value=${act}]`);
  const outs = document.getElementById("too-many");
  const ticked = inputs.filter((input) => input.checked && wayOf(input) !== "between"); // the one ticked last, last
  const at = (way) => inputs.filter((input) => input.checked && wayOf(input) === way).map(cardOf);
  const asMany = () => ends.every(({ way, need }) => at(way).length === need);
  const note = Object.assign(document.createElement("p"), { className: "alert", id: "elsewhere", role: "alert" });
  let left = false;

  function cardOf(input) {
    return input.type === "radio" ? input.name.slice(2) : input.value;
  }

  function wayOf(input) {
    return input.type === "radio" ? input.value : "near";
  }

  function count() {
    const offered = [];
    for (const { sign, way, need } of ends) {
      const chosen = at(way).length;
      sign.dataset.state = chosen === need ? "enough" : chosen > need ? "too-many" : "";
      write(sign.querySelector(".count") ?? sign, fill(chosen > need ? words.tooMany : words.chosen, { chosen, need }));
      if (chosen > need) offered.push(...ticked.filter((input) => wayOf(input) === way).slice(0, -1));
    }
    chooser.disabled = !asMany();
    outs.hidden = offered.length === 0 || offered.length > OFFERED;
    outs.replaceChildren(...(outs.hidden ? [] : offered.map(takeOut)));
  }

  function takeOut(input) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "statement", translate: false });
    button.append(input.closest(".pick, .one-statement").querySelector(".statement, .picture").cloneNode(true));
    button.addEventListener("click", () => {
      const changed = input.type === "radio" ? inputs.find((one) => one.name === input.name && wayOf(one) === "between") : input;
      changed.checked = input.type === "radio";
      changed.dispatchEvent(new Event("change", { bubbles: true }));
      chooser.focus({ preventScroll: true });
    });
    return button;
  }

  guard({ about: (pressed) => cardOf(pressed.closest(".pick, .one-statement")?.querySelector("input") ?? {}) });
  form.addEventListener("change", ({ target }) => {
    ticked.splice(0, Infinity, ...ticked.filter((input) => input.checked && input !== target));
    if (target.checked && wayOf(target) !== "between") ticked.push(target);
    count();
    const columns = Object.fromEntries(ends.flatMap((end) => at(end.way).map((name) => [name, end.column])));
    save({ act: "draft", columns }, (other) => other.act === "draft");
  });
  form.addEventListener("submit", (event) => {
    const wanted = event.submitter?.value;
    if (wanted !== act && wanted !== "back") return;
    if (wanted === act && !asMany()) return; // the server says what is wrong
    event.preventDefault();
    if (left) return; // pressed twice, meant once
    left = true;
    const near = at("near");
    const away = at("away");
    const rest = cards.filter((name) => !near.includes(name) && !away.includes(name));
    if (wanted === "back") save(page.back);
    else if (act === "pick") save({ act, column, statements: [...page.settled, ...near], ...(page.before.length && { before: page.before }) });
    else save({ act, column, statements: near, ...(away.length ? { others: away, between: rest } : { others: rest }) });
  });
  // What is ticked for a step that was taken elsewhere meanwhile stays as it is, and the page says so.
  const other = (step) => step?.column !== page.step.column || step.pool.join() !== page.step.pool.join();
  onAnswer(({ step }, refused) => {
    const elsewhere = refused.length > 0 || (!left && other(step));
    if (elsewhere) {
      left = false;
      if (!note.isConnected) chooser.parentElement.prepend(note); // in sight wherever one is, and no card moves
      write(note, words.stale);
    } else if (left && allSaved()) loadAgain();
    return elsewhere;
  });
  count();
}
