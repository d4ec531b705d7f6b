// The board. Every card can be placed by choosing it and then a column: by tap or click, by keys, or through a screen reader. Dragging is an extra.
import { dragging } from "./drag.js";
import { PAUSE, appeared, guard } from "./gate.js";
import { allSaved, fill, inLanguage, onAnswer, page, save, words, write } from "./saving.js";

const board = document.getElementById("board");
const actions = document.getElementById("grid-done");
const spoken = document.getElementById("spoken");
const undoButton = document.getElementById("undo");
const redoButton = document.getElementById("redo");
const cards = new Map(page.cards.map((card) => [card.id, card]));
const values = page.grid.map((column) => column.value);
const capacity = new Map(page.grid.map((column) => [column.value, column.count]));
const wide = matchMedia("(min-width: 1200px)");
const rtl = getComputedStyle(board).direction === "rtl";

let places = new Map(page.cards.filter((card) => card.id in page.state.places).map((card) => [card.id, page.state.places[card.id]]));
let { canUndo, canRedo } = page.state;
let byMachine = new Set(page.state.machine);
let chosen = null;
let ownChoice = false;
let target = null;
let swapping = false;
let announce = "";
const past = [];
const future = [];
let trail = page.trail; // what can be undone and done again: [stage, cards] each, the next one last
let warnedAt = null;

// ---- the sort

const unplaced = () => ["agree", "neutral", "disagree", undefined].flatMap((pile) =>
  page.cards.filter((card) => !places.has(card.id) && page.state.piles[card.id] === pile).map((card) => card.id));
const inColumn = (value) => [...places].filter(([, column]) => column === value).map(([id]) => id);
const free = (value) => (page.free ? Infinity : capacity.get(value) - inColumn(value).length);
const label = (value) => (value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value)}`);
// In a text that runs from right to left the sign would change sides without letters beside it.
const signed = (value) => (rtl ? `\u2066${label(value)}\u2069` : label(value));
const left = () => cards.size - places.size;
const number = (id) => cards.get(id).number;

function freeText(value) {
  if (page.free) return String(inColumn(value).length);
  return free(value) > 0 ? fill(words.free, { free: free(value), count: capacity.get(value) }) : words.full;
}

// One act: what it changes here at once, what the server is told, what is said, and which card is chosen next.
function act(change, mutate, message, next) {
  past.push(new Map(places));
  future.length = 0;
  if (trail) trail = { past: [...trail.past, ["grid", 1]], future: [] };
  mutate();
  for (const id of [change.statement, change.other]) byMachine.delete(id);
  canUndo = true;
  canRedo = false;
  save(change);
  target = null;
  swapping = false;
  nextCard(next(), message());
  draw();
}

// The card that waits now. One that comes by itself is spoken, and shown for a moment before a press counts.
function nextCard(id, message) {
  const other = id !== chosen;
  chosen = id;
  warnedAt = null;
  if (other) ownChoice = false;
  appeared();
  say(other && id ? `${message} ${fill(words.next, { text: cards.get(id).text })}` : message);
}

function place(id, value) {
  if (places.get(id) === value) return choose(null);
  if (free(value) < 1) return offerSwap(id, value);
  const wasOff = !places.has(id);
  act({ act: "place", statement: id, column: value }, () => {
    places.delete(id);
    places.set(id, value);
  }, () => fill(words.placed, { number: number(id), column: signed(value), left: left() }), () => (wasOff ? unplaced()[0] ?? null : null));
  flash(id);
}

function swap(id, other) {
  const mine = places.get(id);
  const theirs = places.get(other);
  if (theirs === undefined || mine === theirs) return choose(null);
  const text = mine === undefined ? words.swappedOff : words.swapped;
  const about = { number: number(id), column: signed(theirs), other: number(other), otherColumn: mine === undefined ? "" : signed(mine) };
  act({ act: "swap", statement: id, other }, () => {
    places.delete(other);
    if (mine !== undefined) places.set(other, mine);
    places.delete(id);
    places.set(id, theirs);
  }, () => fill(text, about), () => (mine === undefined ? other : null));
  flash(id);
}

function takeOff(id) {
  if (!places.has(id)) return;
  act({ act: "return", statement: id }, () => places.delete(id), () => fill(words.returned, { number: number(id), left: left() }), () => id);
}

function offerSwap(id, value) {
  chosen = id;
  target = value;
  swapping = true;
  draw();
  say(fill(words.swapWith, { column: signed(value) }));
  const first = cardElement(inColumn(value)[0]);
  if (board.contains(document.activeElement) && document.activeElement.matches(".card")) focusCard(first);
  else first?.scrollIntoView({ block: "center" });
}

// Back into another stage, or to where nobody knows, only who has read what that takes back and pressed once more.
function crosses() {
  if (trail?.past.at(-1)?.[0] === "grid") return false;
  if (warnedAt !== null) return performance.now() < warnedAt + PAUSE;
  warnedAt = performance.now();
  draw();
  say(warning());
  return true;
}

function warning([stage, count] = trail?.past.at(-1) ?? ["", 0]) {
  return stage ? fill(words.undoCrosses, { count }) : words.undoUnknown;
}

// What was placed before this page was loaded only the server can undo; what it says is then shown.
function undo(kind) {
  const back = kind === "undo";
  if (!(back ? canUndo : canRedo) || (back && crosses())) return;
  warnedAt = null;
  if (trail) trail = back ? { past: trail.past.slice(0, -1), future: [...trail.future, trail.past.at(-1)] } : { past: [...trail.past, trail.future.at(-1)], future: trail.future.slice(0, -1) };
  const [from, to] = back ? [past, future] : [future, past];
  if (from.length) {
    to.push(new Map(places));
    places = from.pop();
  }
  if (back) canRedo = true;
  else canUndo = true;
  announce = back ? words.undone : words.redone;
  save({ act: kind });
  chosen = null;
  swapping = false;
  draw();
}

onAnswer((answer, refused) => {
  if (!allSaved()) return;
  ({ canUndo, canRedo } = answer);
  page.state.piles = answer.piles;
  byMachine = new Set(answer.machine);
  const same = places.size === Object.keys(answer.places).length && [...places].every(([id, value]) => answer.places[id] === value);
  if (!same) {
    const stored = answer.places;
    const known = [...places.keys()].filter((id) => id in stored);
    places = new Map([...known, ...Object.keys(stored).filter((id) => !known.includes(id))].map((id) => [id, stored[id]]));
    if (refused.length) say(inLanguage(refused[0].message), words.elsewhere);
    past.length = 0;
    future.length = 0;
    if (!announce) trail = null; // somebody else has acted meanwhile
  }
  if (announce) say(fill(announce, { left: left() }));
  announce = "";
  draw();
});

// ---- what is on the page

const make = (tag, className, text = "") => write(Object.assign(document.createElement(tag), { className }), text);

board.replaceChildren();
const deck = make("section", "deck");
const deckTitle = make("h2", "deck-title");
const deckList = make("div", "deck-list");
const machineNote = make("p", "hint");
deck.append(deckTitle, deckList, machineNote);
const hand = make("section", "hand");
const handText = make("p", "hand-text");
const handNote = make("p", "hand-note");
const toolbar = make("div", "toolbar");
toolbar.setAttribute("role", "toolbar");
const where = Object.assign(make("span", "unseen", words.where), { id: "where" });
for (const named of [hand, toolbar]) named.setAttribute("aria-labelledby", where.id);
const off = make("button", "quiet", words.takeOff);
off.type = "button";
off.addEventListener("click", () => chosen && takeOff(chosen));
hand.append(where, handText, toolbar, handNote, off, actions);

const columns = new Map(values.map((value) => {
  const section = make("section", "column");
  section.dataset.column = value;
  const head = make("h2", "head");
  const name = make("bdi", "", label(value));
  name.dir = "ltr";
  const room = make("span", "room");
  const end = make("span", "end", value === values.at(-1) ? words.high : value === values[0] ? words.low : "");
  head.append(name, " ", room, " ", end);
  if (page.labels[value]) head.append(make("span", "label", page.labels[value]));
  const list = make("ul", "cards");
  section.append(head, list);
  section.addEventListener("click", (event) => {
    if (!event.target.closest(".card")) pressedColumn(value);
  });
  const button = make("button", "to");
  button.type = "button";
  button.dataset.to = value;
  button.addEventListener("click", () => chosen && place(chosen, value));
  toolbar.append(button);
  return [value, { section, list, room, button }];
}));

const elements = new Map(page.cards.map((card) => {
  const item = make("li", "");
  const button = Object.assign(make("button", "card statement", card.text), { translate: false });
  button.append(Object.assign(make("small", "by-machine-note", words.byMachine), { translate: true }));
  button.type = "button";
  button.dataset.card = card.id;
  button.addEventListener("click", () => pressed(card.id));
  button.addEventListener("animationend", () => item.classList.remove("moved"));
  item.append(button);
  return [card.id, item];
}));
const cardElement = (id) => elements.get(id)?.firstChild;

// With a card chosen, a press on another means both: they change places, or where the column has room the card goes there. A card that nobody
// chose waits for the buttons below it; a press elsewhere may mean anything.
function pressed(id) {
  const there = places.get(id);
  if (swapping && chosen && there === target && id !== chosen) return swap(chosen, id);
  if (id === chosen) return choose(ownChoice ? null : id);
  if (!ownChoice || there === undefined || there === places.get(chosen)) return choose(id);
  if (!places.has(chosen) && free(there) > 0) return place(chosen, there);
  swap(chosen, id);
}

function pressedColumn(value) {
  if (chosen && ownChoice) return place(chosen, value);
  write(handNote, words.chooseFirst);
  say(words.chooseFirst);
}

// The blank under the cards of a column is its own too.
board.addEventListener("click", (event) => {
  if (event.target !== board || !wide.matches) return;
  const under = [...columns].find(([, { section }]) => {
    const box = section.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right && event.clientY > box.bottom;
  });
  if (under) pressedColumn(under[0]);
});

function choose(id) {
  if (id) appeared();
  chosen = id;
  ownChoice = id !== null;
  warnedAt = null;
  target = null;
  swapping = false;
  draw();
  say(...(id ? [fill(words.chosen, { text: cards.get(id).text }), words.where] : [words.cancelled]));
}

function draw() {
  const focused = document.activeElement?.dataset?.card;
  const waiting = unplaced();
  write(deckTitle, waiting.length ? fill(words.toPlace, { left: waiting.length }) : words.allPlaced);
  const groups = ["agree", "neutral", "disagree"].map((pile) => [pile, waiting.filter((id) => (page.state.piles[id] ?? "neutral") === pile)]).filter(([, ids]) => ids.length);
  deckList.replaceChildren(...groups.flatMap(([pile, ids]) => {
    const list = make("ul", "cards");
    list.append(...ids.map((id) => elements.get(id)));
    return Object.keys(page.state.piles).length ? [make("h3", "", inLanguage(page.pileNames[pile])), list] : [list];
  }));
  write(machineNote, byMachine.size ? fill(words.someByMachine, { sign: "⚙", count: byMachine.size }) : "");
  deck.classList.toggle("empty", !waiting.length);
  for (const [value, { section, list, room, button }] of columns) {
    const mine = inColumn(value);
    const slots = page.free ? 1 : Math.max(0, free(value));
    fillList(list, mine, slots);
    write(room, freeText(value));
    section.classList.toggle("target", target === value);
    section.classList.toggle("full", free(value) < 1);
    button.replaceChildren(Object.assign(make("bdi", "", label(value)), { dir: "ltr" }), make("small", "", page.free ? "" : free(value) > 0 ? String(free(value)) : "·"));
    const name = fill(words.placeAt, { column: signed(value), free: freeText(value) });
    button.setAttribute("aria-label", name);
    if (name.lang) button.lang = name.lang;
    button.setAttribute("aria-disabled", String(!chosen));
    if (chosen && places.get(chosen) === value) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  for (const [id, item] of elements) {
    item.firstChild.setAttribute("aria-pressed", String(id === chosen));
    item.firstChild.classList.toggle("by-machine", byMachine.has(id));
    item.firstChild.lastChild.hidden = !byMachine.has(id);
    item.classList.toggle("swappable", swapping && places.get(id) === target && id !== chosen);
  }
  showText(chosen ? cards.get(chosen).text : words.choose);
  handText.translate = !chosen;
  hand.classList.toggle("holding", Boolean(chosen));
  write(handNote, warnedAt !== null ? warning() : swapping ? fill(words.swapWith, { column: signed(target) }) : placeNote(chosen));
  off.hidden = !(chosen && places.has(chosen));
  undoButton.disabled = !canUndo;
  redoButton.disabled = !canRedo;
  roving(focused);
  if (focused && document.activeElement !== cardElement(focused)) cardElement(focused)?.focus({ preventScroll: true });
}

function placeNote(id) {
  if (!id || !places.has(id)) return "";
  return fill(byMachine.has(id) ? words.atColumnByMachine : words.atColumn, { column: signed(places.get(id)) });
}

function showText(text) {
  if (handText.textContent !== String(text)) handText.replaceChildren(make("span", "fresh", text));
}

// What stands where it should is not touched, so that nothing flickers and no focus is lost.
function fillList(list, ids, slots) {
  const wanted = ids.map((id) => elements.get(id));
  if (list.children.length === wanted.length + slots && wanted.every((item, i) => list.children[i] === item)) return;
  list.replaceChildren(...wanted, ...Array.from({ length: slots }, () => {
    const slot = make("li", "slot");
    slot.setAttribute("aria-hidden", "true");
    return slot;
  }));
}

function say(...texts) {
  spoken.replaceChildren(...texts.flatMap((text) => [write(document.createElement("span"), text), " "]).slice(0, -1));
}

function flash(id) {
  const item = elements.get(id);
  item.classList.remove("moved");
  void item.offsetWidth;
  item.classList.add("moved");
  if (!wide.matches && !hand.contains(document.activeElement)) return;
  item.scrollIntoView({ block: "nearest" });
}

// ---- the keyboard: the cards are one tab stop, the columns another

const shown = () => [...board.querySelectorAll(".card")];

function roving(wanted) {
  const all = shown();
  const stop = all.find((card) => card.dataset.card === (wanted ?? chosen)) ?? all[0];
  for (const card of all) card.tabIndex = card === stop ? 0 : -1;
  const buttons = [...toolbar.children];
  const here = buttons.find((button) => button === document.activeElement) ?? buttons.find((button) => button.tabIndex === 0) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === here ? 0 : -1;
}

function focusCard(card) {
  if (!card) return;
  card.focus();
  roving(card.dataset.card);
}

// The cards as rows and columns, the way they stand: the deck first, then each column from one end to the other.
function neighbour(card, key) {
  const groups = [[...deckList.querySelectorAll(".card")], ...[...board.querySelectorAll(".column")].map((section) => [...section.querySelectorAll(".card")])].filter((group) => group.length);
  const at = groups.findIndex((group) => group.includes(card));
  const row = groups[at].indexOf(card);
  const all = groups.flat();
  switch (key) {
    case "ArrowDown":
      return groups[at][row + 1] ?? (wide.matches ? null : all[all.indexOf(card) + 1]);
    case "ArrowUp":
      return groups[at][row - 1] ?? (wide.matches ? null : all[all.indexOf(card) - 1]);
    case "ArrowRight":
    case "ArrowLeft": {
      const next = groups[at + ((key === "ArrowRight") !== rtl ? 1 : -1)];
      return next?.[Math.min(row, next.length - 1)];
    }
    case "Home":
      return all[0];
    case "End":
      return all.at(-1);
  }
}

function aim(id, value) {
  target = value;
  swapping = false;
  chosen = id;
  ownChoice = true;
  warnedAt = null;
  draw();
  say(fill(words.target, { column: signed(value), free: freeText(value) }));
}

board.addEventListener("keydown", (event) => {
  const card = event.target.closest(".card");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const id = card?.dataset.card;
  const digit = Number(event.key);
  const way = (event.key === "ArrowRight") !== rtl ? 1 : -1;
  if (event.key === "u" || event.key === "U") undo("undo");
  else if (event.key === "Escape") choose(null);
  else if (event.target.closest(".toolbar") && /^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) moveInToolbar(event);
  else if (!card) return;
  else if (event.key === "Enter" && !swapping && target !== null && chosen === id) {
    const next = places.has(id) ? null : unplaced().find((other) => other !== id);
    place(id, target);
    if (!swapping && next) focusCard(cardElement(next));
  } else if (swapping && /^[1-9]$/.test(event.key) && digit <= values.length) aim(chosen, values[digit - 1]);
  else if (/^[1-9]$/.test(event.key) && digit <= values.length) aim(id, values[digit - 1]);
  else if (event.shiftKey && /^Arrow(Left|Right)$/.test(event.key)) {
    const from = values.indexOf(target ?? places.get(id) ?? values[Math.floor(values.length / 2)]);
    aim(id, values[Math.min(values.length - 1, Math.max(0, target === null && !places.has(id) ? from : from + way))]);
  } else if (/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) focusCard(neighbour(card, event.key));
  else return;
  event.preventDefault();
});

function moveInToolbar(event) {
  const buttons = [...toolbar.children];
  const at = buttons.indexOf(document.activeElement);
  const forward = event.key === "ArrowDown" || (event.key === "ArrowRight") !== rtl;
  const to = event.key === "Home" ? 0 : event.key === "End" ? buttons.length - 1 : (event.key === "ArrowUp" ? false : forward) ? at + 1 : at - 1;
  const button = buttons[Math.min(buttons.length - 1, Math.max(0, to))];
  button.focus();
  roving();
}

undoButton.parentElement.hidden = false;
undoButton.addEventListener("click", () => undo("undo"));
redoButton.addEventListener("click", () => undo("redo"));

// ---- the layout

function layout() {
  board.classList.toggle("wide", wide.matches);
  board.style.setProperty("--columns", values.length);
  const order = wide.matches ? values : [...values].reverse();
  board.append(deck, ...order.map((value) => columns.get(value).section), hand);
  toolbar.append(...values.map((value) => columns.get(value).button));
  draw();
  fit();
}

// On a wide window the whole board stands on one screen, in the largest type that lets it, and never less than 12 px. What is measured is the worst
// case, the longest cards together in one column, so that nothing changes its size while somebody sorts.
function fit() {
  board.classList.remove("no-corners");
  for (const property of ["--type", "--left", "--right", "--high"]) board.style.removeProperty(property);
  if (!wide.matches) return;
  const most = Math.max(400, innerHeight - board.getBoundingClientRect().top - scrollY - 8);
  const probe = make("ul", "cards probe");
  probe.append(...[...cards.values()].map((card) => {
    const item = make("li", "");
    item.append(make("span", "card statement", card.text));
    return item;
  }));
  const widest = columns.get(values[0]).section;
  widest.append(probe);
  const head = widest.firstChild.getBoundingClientRect().height;
  let longest = [];
  for (let size = 17; size >= 12; size -= 0.5) {
    board.style.setProperty("--type", `${size / 16}rem`);
    longest = [...probe.children].map((item) => item.getBoundingClientRect().height + 3).sort((a, b) => b - a);
    if (Math.max(...values.map(height)) <= most) break;
  }
  probe.remove();
  const corner = (...ends) => most - Math.max(...ends.map(height)) - 12;
  const [left, right] = [corner(values[0], values[1]), corner(values.at(-1), values.at(-2))];
  if (page.free || values.length < 6 || Math.min(left, right) < 220) board.classList.add("no-corners");
  else {
    board.style.setProperty("--left", `${left}px`);
    board.style.setProperty("--right", `${right}px`);
    board.style.setProperty("--high", `${most}px`);
  }

  function height(value) {
    return head + longest.slice(0, capacity.get(value)).reduce((sum, each) => sum + each, 0);
  }
}

wide.addEventListener("change", layout);
addEventListener("resize", fit);
guard({ keys: /^[1-9]$/, keysOnceADown: /^[uU]$/, about: () => chosen });
dragging(board, { place, swap, takeOff, isFull: (value) => free(value) < 1, cardIsPlaced: (id) => places.has(id) });
layout();
if (unplaced().length) {
  chosen = unplaced()[0];
  draw();
}
