// Typing at the speed of hands: this script parts numbers and moves on; what is right and wrong, and what is kept, the program on this machine says.
const settings = JSON.parse(document.body.dataset.settings);
const $ = (id) => document.getElementById(id);
const columns = [...document.querySelectorAll(".column")].map((part, i) => ({
  part, input: $(`c${i}`), count: $(`n${i}`), wrong: $(`w${i}`), cards: part.querySelector(".cards"), label: part.dataset.label,
}));
const questions = [...document.querySelectorAll(".question")];
const BETWEEN = /[\s,;.\u060c\u3001]+/;
const PARTS = new Set([" ", ",", ";", ".", "Enter", "\u060c", "\u3001", "Decimal", "Separator"]);
const CALM = 600; // milliseconds in which a key that was meant for a number presses no button

const AGAIN = 3000; // milliseconds until what was refused is sent once more: the disk may have room by then

let sort = null; // the sort that is being typed: participant, check, by, revision
let judged = null;
let sending = false, waiting = false, unkept = false;
let movedAt = 0;
let beginning = false;

async function ask(act, body = {}, more = {}) {
  try {
    const reply = await fetch(act, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...more });
    if (!reply.ok) throw new Error(`${reply.status}`);
    return await reply.json();
  } catch {
    return { refused: "The program on this machine does not answer: it has ended, or this page is of an earlier start. What the page says it kept is kept. Start qmethod enter again." };
  }
}

function refuse(text) {
  if ($("refused").textContent !== (text || "")) $("refused").textContent = text || ""; // what is said already is not read out again
  $("refused").hidden = !text;
}

function show(section, heading) {
  for (const name of ["start", "board", "differences"]) $(name).hidden = name !== section;
  $("heading").textContent = heading;
}

// Begin

function element(name, text = "", more = {}) {
  return Object.assign(document.createElement(name), { textContent: text }, more);
}

function list(where, items, none) {
  $(where).replaceChildren(...(items.length ? items : [element("li", none)]));
}

function look(found) {
  list("drafts", found.drafts.map((draft) => {
    const item = element("li", `${draft.participant}: ${draft.cards} of ${settings.cards} cards${draft.check ? ", a check" : ""}, typed by ${draft.by}`);
    const go = element("button", `Go on with ${draft.participant}${draft.check ? ", the check" : ""}`, { type: "button" });
    go.addEventListener("click", () => begin(draft.participant, draft.check));
    const away = element("button", `Throw ${draft.participant}${draft.check ? ", the check," : ""} away`, { type: "button" });
    away.addEventListener("click", async () => {
      if (away.dataset.sure) {
        const left = await ask("discard", { participant: draft.participant, check: draft.check });
        if (left.refused) refuse(left.refused); else { look(left); $("participant").focus(); }
      } else {
        away.dataset.sure = "yes";
        away.textContent = `Press again to throw ${draft.cards} typed cards away`;
      }
    });
    item.append(go, away);
    return item;
  }), "Nothing.");
  list("sorts", found.sorts.map((one) => element("li", `${one.participant}: ${one.typed ? `typed by ${one.typed}` : "not typed here"}, ${one.checked ? `checked by ${one.checked}` : "not checked"}`)), "No sort yet.");
  $("rate").textContent = found.rate;
}

async function start() {
  sort = judged = null;
  sessionStorage.removeItem("sort");
  const found = await ask("look");
  show("start", settings.check ? "Check a sort" : "Type in a sort");
  if (found.refused) refuse(found.refused); else look(found);
  ($("by").value.trim() ? $("participant") : $("by")).focus();
}

async function begin(participant, check) {
  if (beginning) return false;
  beginning = true;
  refuse("");
  const by = $("by").value;
  const found = await ask("begin", { participant, check, by });
  beginning = false;
  if (found.refused) {
    refuse(found.refused);
    (by.trim() ? $("participant") : $("by")).focus();
    return false;
  }
  $("saved").textContent = "";
  sort = { participant: found.participant, check, by, revision: found.revision };
  sessionStorage.setItem("sort", JSON.stringify(sort));
  columns.forEach((column, i) => { column.input.value = numbers(found.lines[i]).map((number) => `${number} `).join(""); });
  questions.forEach((part) => fill(part, found.answers[part.dataset.question]));
  show("board", check ? `${found.participant}, typed again as a check` : `Sort of ${found.participant}`);
  $("save").textContent = check ? "Compare with the first typing" : "Save this sort";
  $("last").textContent = "";
  unkept = false;
  delete $("leave").dataset.sure;
  $("leave").textContent = "Leave it as a draft";
  if ($("answers")) $("answers").hidden = check;
  render(found);
  const at = columns.findIndex((column, i) => !full(i));
  toEnd(columns[at < 0 ? 0 : at].input);
  return true;
}

$("begin").addEventListener("submit", (event) => {
  event.preventDefault();
  if (document.activeElement === $("by") && !$("participant").value.trim()) $("participant").focus();
  else begin($("participant").value, document.querySelector("[name=kind]:checked").value === "check");
});

// The board

function numbers(text) {
  return text.split(BETWEEN).filter(Boolean);
}

function full(i) {
  return settings.counts !== null && numbers(columns[i].input.value).length >= settings.counts[i];
}

function toEnd(input) {
  if (document.activeElement !== input) input.focus();
  input.setSelectionRange(input.value.length, input.value.length);
}

function atEnd(input) {
  return input.selectionStart === input.value.length && input.selectionEnd === input.value.length;
}

// Whether no card has a longer number that begins so.
function whole(number) {
  return /^\d+$/.test(number) && (number.length >= `${settings.cards}`.length || (Number(number) > 0 && Number(number) * 10 > settings.cards));
}

function tidy(text) {
  return text.replace(/[\s,;.\u060c\u3001]+/g, " ").replace(/^ /, "");
}

function afterTyping(i) {
  const { input } = columns[i];
  if (settings.counts === null || !atEnd(input) || !input.value.endsWith(" ") || numbers(input.value).length !== settings.counts[i]) return;
  const next = columns.findIndex((_, j) => j > i && !full(j));
  const other = next < 0 ? columns.findIndex((_, j) => !full(j)) : next;
  if (other >= 0) toEnd(columns[other].input);
}

columns.forEach((column, i) => {
  const { input } = column;
  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    const end = atEnd(input);
    let text = tidy(input.value);
    const last = text.split(" ").at(-1);
    if (end && event.inputType.startsWith("insert") && whole(last)) text += " ";
    if (text !== input.value && end) {
      input.value = text;
      toEnd(input);
    }
    changed(i);
    if (event.inputType.startsWith("insert")) afterTyping(i);
  });
  // Who comes by Tab finds all selected, and the next figure would take the place of the whole column.
  input.addEventListener("focus", () => {
    const all = () => input.value && input.selectionStart === 0 && input.selectionEnd === input.value.length;
    if (all()) toEnd(input);
    setTimeout(() => { if (document.activeElement === input && all()) toEnd(input); });
  });
  input.addEventListener("blur", () => {
    if (!sort || !input.value || input.value.endsWith(" ")) return;
    input.value = `${tidy(input.value).trim()} `;
    changed(i);
  });
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.repeat && (key.length === 1 || PARTS.has(key) || key === "Backspace" || key === "Delete")) {
      event.preventDefault(); // a key that is held says nothing more
    } else if (PARTS.has(key) && (key === "Enter" || atEnd(input))) {
      event.preventDefault();
      if (input.value && !input.value.endsWith(" ")) {
        input.value += " ";
        toEnd(input);
        changed(i);
        afterTyping(i);
      }
    } else if (key === "Backspace" && atEnd(input) && !input.value.trim()) {
      event.preventDefault();
      input.value = "";
      if (i) toEnd(columns[i - 1].input);
    } else if (key === "Backspace" && atEnd(input) && input.value.endsWith(" ")) {
      event.preventDefault();
      const left = numbers(input.value).slice(0, -1).join(" ");
      input.value = left ? `${left} ` : "";
      toEnd(input);
      changed(i);
    } else if ((key === "ArrowDown" || key === "ArrowUp") && columns[i + (key === "ArrowDown" ? 1 : -1)]) {
      event.preventDefault();
      toEnd(columns[i + (key === "ArrowDown" ? 1 : -1)].input);
    }
  });
});

// Keys that are held, or pressed once too often at the end of a board, press no button.
document.addEventListener("keydown", (event) => {
  if ((event.key === "Enter" || event.key === " ") && event.target.matches("button") && (event.repeat || performance.now() - movedAt < CALM)) event.preventDefault();
}, true);
// A blank presses a button when it is let go.
document.addEventListener("keyup", (event) => {
  if (event.key === " " && event.target.matches("button") && performance.now() - movedAt < CALM) event.preventDefault();
}, true);

// What stands in a column, but for a number that is still being typed: 1 may become 17.
function typedSoFar(input) {
  const text = input.value.trim();
  const last = text.split(" ").at(-1);
  const begun = document.activeElement === input && atEnd(input) && !input.value.endsWith(" ") && !whole(last);
  return begun ? text.slice(0, text.length - last.length).trim() : text;
}

function state() {
  return {
    participant: sort.participant, check: sort.check, by: sort.by, revision: sort.revision,
    lines: columns.map((column) => typedSoFar(column.input)),
    answers: Object.fromEntries(questions.map((part) => [part.dataset.question, answered(part)])),
  };
}

let typedIn = 0; // the column in which something was typed last
function changed(i) {
  if (i !== undefined) typedIn = i;
  $("save").disabled = true;
  unkept = true;
  if (sending) waiting = true;
  else send();
}

async function send() {
  sending = true;
  do {
    waiting = false;
    const mine = sort;
    const found = await ask("type", state());
    if (sort !== mine) continue; // another sort was begun meanwhile
    if (found.refused) {
      refuse(found.refused);
      setTimeout(() => { if (sort === mine && !sending) changed(); }, AGAIN);
      break;
    }
    refuse("");
    sort.revision = found.revision;
    unkept = waiting;
    if (!waiting) render(found, typedIn);
  } while (waiting && sort);
  sending = false;
}

function render(found, at) {
  judged = found;
  found.columns.forEach((one, i) => {
    const { input, count, wrong, cards } = columns[i];
    count.textContent = one.count;
    count.classList.toggle("full", full(i) && !one.wrong.length);
    wrong.textContent = one.wrong.join("\n");
    input.setAttribute("aria-invalid", one.wrong.length ? "true" : "false");
    cards.replaceChildren(...one.cards.map((card) => {
      const item = element("li", "", { className: card.wrong ? "bad" : "" });
      item.append(element("b", card.number), ` ${card.text}`);
      return item;
    }));
  });
  const here = at === undefined ? "" : ` ${columns[at].label}: ${found.columns[at].count}.`;
  $("status").textContent = `${found.count}.${here}${found.wrong.length ? ` ${found.wrong.join(" ")}` : ""}${found.whole ? " The board is whole." : ""}`;
  const last = at === undefined ? null : found.columns[at].cards.at(-1);
  $("last").textContent = last ? `${last.number} ${last.text}` : "";
  $("open-slips").replaceChildren(...(found.open.length < 8 || columns.every((_, i) => full(i)) ? found.open : []).map((said) => element("p", said)));
  for (const part of questions) part.hidden = !found.asked.includes(part.dataset.question);
  $("save").disabled = !found.whole;
  if (found.whole && at !== undefined && document.activeElement === columns[at].input && columns[at].input.value.endsWith(" ")) {
    movedAt = performance.now();
    $("save").focus();
  }
  document.activeElement.scrollIntoView({ block: "nearest" }); // wordings that came in above have moved it
}

// Answers

function answered(part) {
  if (part.dataset.how === "several") return [...part.querySelectorAll(":checked")].map((box) => box.value);
  if (part.dataset.how === "each") return Object.fromEntries([...part.querySelectorAll("select")].filter((one) => one.value).map((one) => [one.dataset.row, one.value]));
  return part.querySelector("input, textarea, select").value;
}

function fill(part, answer) {
  if (part.dataset.how === "several") for (const box of part.querySelectorAll("input")) box.checked = (answer ?? []).includes(box.value);
  else if (part.dataset.how === "each") for (const one of part.querySelectorAll("select")) one.value = answer?.[one.dataset.row] ?? "";
  else part.querySelector("input, textarea, select").value = answer ?? "";
}

for (const part of questions) part.addEventListener("input", () => { typedIn = undefined; changed(); });

// Saving

async function save(settled) {
  if (sending || $("save").disabled) return;
  sending = true;
  const found = await ask("save", settled ? { ...state(), settled } : state());
  sending = false;
  if (found.revision !== undefined) sort.revision = found.revision;
  if (found.refused) {
    refuse(found.refused);
  } else if (found.differences) {
    refuse("");
    differ(found);
  } else {
    refuse("");
    $("participant").value = "";
    await start();
    $("saved").textContent = found.saved;
  }
}

function differ(found) {
  show("differences", `${sort.participant}: ${found.differences.length === 1 ? "1 card differs" : `${found.differences.length} cards differ`}`);
  $("found").replaceChildren(...found.differences.map((one) => {
    const item = element("li", "", { className: "difference" });
    item.dataset.card = one.card;
    const title = element("p");
    title.append(element("b", `Card ${one.card}`), `, ${one.said}: `, element("span", one.text, { lang: $("last").lang, dir: $("last").dir }));
    const choose = element("select", "", { id: `k${one.card}` });
    const label = (value) => found.columns.find((column) => column.value === value).label;
    choose.append(element("option", "", { value: "" }));
    for (const [value, said] of [[one.first, "typed first"], [one.second, "typed now"]]) choose.append(element("option", `${label(value)}, as ${said}`, { value }));
    for (const column of found.columns) if (column.value !== one.first && column.value !== one.second) choose.append(element("option", `${column.label}, neither of the two`, { value: column.value }));
    const why = element("input", "", { id: `r${one.card}`, maxLength: 500, autocomplete: "off" });
    const fields = [[choose, `Column of card ${one.card}`], [why, `Reason for card ${one.card}`]].map(([field, said]) => {
      const line = element("p", "", { className: "field" });
      line.append(element("label", said, { htmlFor: field.id }), " ", field);
      return line;
    });
    item.append(title, ...fields);
    return item;
  }));
  $("found").querySelector("select").focus();
}

$("save").addEventListener("click", () => save());
$("settle").addEventListener("click", () => save(Object.fromEntries([...document.querySelectorAll(".difference")].map((item) => {
  const kept = item.querySelector("select").value;
  return [item.dataset.card, { kept: kept === "" ? null : Number(kept), reason: item.querySelector("input").value }];
}))));
$("back").addEventListener("click", () => { show("board", `${sort.participant}, typed again as a check`); toEnd(columns[0].input); });
$("leave").addEventListener("click", async () => {
  while (sending) await new Promise((go) => setTimeout(go, 20)); // what was typed last is kept first
  if (unkept && !$("leave").dataset.sure) {
    $("leave").dataset.sure = "yes";
    $("leave").textContent = "Press again to leave without what could not be kept";
  } else {
    start();
  }
});
$("end").addEventListener("click", async () => {
  await ask("end");
  show("", "Ended");
  refuse("");
  $("saved").textContent = "The program on this machine has ended. You can close this page.";
  $("heading").focus();
});

// What is typed while the page is being left is sent on the way out.
addEventListener("pagehide", () => {
  if (sort && (sending || waiting)) ask("type", { ...state(), revision: sort.revision + (sending ? 1 : 0) }, { keepalive: true });
});

const before = JSON.parse(sessionStorage.getItem("sort") ?? "null");
if (before) {
  $("by").value = before.by;
  if (!(await begin(before.participant, before.check))) await start();
} else {
  await start();
}
