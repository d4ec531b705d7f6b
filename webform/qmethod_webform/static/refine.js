// Choosing: counts as you tick, keeps ticks through a reload, and waits for the connection instead of losing a choice.
import "./cards.js";
import { guard } from "./gate.js";
import { allSaved, fill, loadAgain, onAnswer, page, save, words, write } from "./saving.js";

const OFFERED = 3; // of more cards that could be taken out, the page itself is the list
const form = document.getElementById("picking");
if (form) {
  const need = Number(form.dataset.need);
  const column = Number(form.dataset.column);
  const { act } = form.dataset;
  const boxes = [...form.querySelectorAll("input[name=statements]")];
  const chooser = form.querySelector(`button[value=${act}]`);
  const sign = document.getElementById("chosen");
  const outs = document.getElementById("too-many");
  const names = (wanted) => boxes.filter((box) => box.checked === wanted).map((box) => box.value);
  const ticked = boxes.filter((box) => box.checked); // the one ticked last, last
  const note = Object.assign(document.createElement("p"), { className: "alert", id: "elsewhere", role: "alert" });
  let left = false;

  function count() {
    const chosen = names(true).length;
    sign.dataset.state = chosen === need ? "enough" : chosen > need ? "too-many" : "";
    write(sign, fill(chosen > need ? words.tooMany : words.chosen, { chosen, need }));
    chooser.disabled = chosen !== need;
    const offered = chosen > need ? ticked.slice(0, -1) : [];
    outs.hidden = offered.length === 0 || offered.length > OFFERED;
    outs.replaceChildren(...(outs.hidden ? [] : offered.map(takeOut)));
  }

  function takeOut(box) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "statement", translate: false });
    button.append(box.closest(".pick").querySelector(".statement, .picture").cloneNode(true));
    button.addEventListener("click", () => {
      box.checked = false;
      box.dispatchEvent(new Event("change", { bubbles: true }));
      chooser.focus({ preventScroll: true });
    });
    return button;
  }

  guard({ about: (pressed) => pressed.closest(".pick")?.querySelector("input").value });
  form.addEventListener("change", ({ target }) => {
    if (ticked.includes(target)) ticked.splice(ticked.indexOf(target), 1);
    if (target.checked) ticked.push(target);
    count();
    save({ act: "draft", columns: Object.fromEntries(names(true).map((name) => [name, column])) }, (other) => other.act === "draft");
  });
  form.addEventListener("submit", (event) => {
    const wanted = event.submitter?.value;
    if (wanted !== act && wanted !== "back") return;
    if (wanted === act && names(true).length !== need) return; // the server says what is wrong
    event.preventDefault();
    if (left) return; // pressed twice, meant once
    left = true;
    if (wanted === "back") save(page.back);
    else if (act === "pick") save({ act, column, statements: [...page.settled, ...names(true)], ...(page.before.length && { before: page.before }) });
    else save({ act, column, statements: names(true), others: names(false) });
  });
  // What is ticked for a step that was taken elsewhere meanwhile stays as it is, and the page says so.
  const other = (step) => step?.column !== page.step.column || step.pool.join() !== page.step.pool.join();
  onAnswer(({ step }, refused) => {
    const elsewhere = refused.length > 0 || (!left && other(step));
    if (elsewhere) {
      left = false;
      if (!note.isConnected) form.before(note);
      write(note, words.stale);
    } else if (left && allSaved()) loadAgain();
    return elsewhere;
  });
  count();
}
