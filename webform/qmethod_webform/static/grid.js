// The board. Every card can be placed by choosing it and then a column: by tap or click, by keys, or through a screen reader. Dragging is an extra.
import { ARROWS, focusCard, moveInToolbar, neighbour, roving, sideways } from "./arrows.js";
import { beside, dress } from "./cards.js";
import { dragging } from "./drag.js";
import { fit, placeActions } from "./fit.js";
import { PAUSE, appeared, guard } from "./gate.js";
import {
  board, capacity, columns, deck, deckList, deckTitle, hand, handFiles, handNote, handText, held, isOpen, machineNote, make, off, openDeck, opener, rtl, signed, toolbar, values,
} from "./parts.js";
import { allSaved, fill, inLanguage, onAnswer, page, save, words, write } from "./saving.js";

const spoken = document.getElementById("spoken");
const undoButton = document.getElementById("undo");
const redoButton = document.getElementById("redo");
const cards = new Map(page.cards.map((card) => [card.id, card]));

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
const left = () => cards.size - places.size;
const SPOKEN_LETTERS = 60;

// A card by the beginning of its text, for those who hear it once more.
function brief(id) {
  const letters = [...cards.get(id).text];
  if (letters.length <= SPOKEN_LETTERS) return letters.join("");
  const beginning = letters.slice(0, SPOKEN_LETTERS).join("");
  return `${beginning.replace(/\s+\S*$/u, "")} …`;
}

function freeText(value) {
  if (page.free) return String(inColumn(value).length);
  return free(value) > 0 ? fill(words.free, { free: free(value), count: capacity.get(value) }) : words.full;
}

// One act: what it changes here at once, what the server is told, what is said, and which card is chosen next.
function act(change, mutate, message, next, focus = null) {
  const had = document.activeElement;
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
  const card = next();
  nextCard(card, message(), card !== null && card === focus);
  draw(had);
  flash(change.statement, had);
}

// The card that waits now, shown for a moment before a press counts. One that comes by itself is spoken, unless the focus goes to it and says it.
function nextCard(id, message, focused) {
  const other = id !== chosen;
  chosen = id;
  warnedAt = null;
  if (other) ownChoice = false;
  appeared();
  say(message, other && id && !focused ? fill(words.next, { text: cards.get(id).text }) : "");
}

function place(id, value, focus = null) {
  if (places.get(id) === value) return choose(null);
  if (free(value) < 1) return offerSwap(id, value);
  const wasOff = !places.has(id);
  act({ act: "place", statement: id, column: value }, () => {
    places.delete(id);
    places.set(id, value);
  }, () => fill(words.placed, { text: brief(id), column: signed(value), left: left() }), () => (wasOff ? unplaced()[0] ?? null : null), focus);
}

function swap(id, other) {
  const mine = places.get(id);
  const theirs = places.get(other);
  if (theirs === undefined || mine === theirs) return choose(null);
  const text = mine === undefined ? words.swappedOff : words.swapped;
  const about = { text: brief(id), column: signed(theirs), other: brief(other), otherColumn: mine === undefined ? "" : signed(mine) };
  act({ act: "swap", statement: id, other }, () => {
    places.delete(other);
    if (mine !== undefined) places.set(other, mine);
    places.delete(id);
    places.set(id, theirs);
  }, () => fill(text, about), () => (mine === undefined ? other : null));
}

function takeOff(id) {
  if (!places.has(id)) return;
  act({ act: "return", statement: id }, () => places.delete(id), () => fill(words.returned, { text: brief(id), left: left() }), () => id);
}

function offerSwap(id, value) {
  chosen = id;
  target = value;
  swapping = true;
  draw();
  say(fill(words.swapWith, { column: signed(value) }));
  const first = cardElement(inColumn(value)[0]);
  if (document.activeElement.matches(".card")) focusCard(first);
  else show(columns.get(value).section);
}

// From its beginning, where it is not in sight as a whole.
function show(section) {
  const box = section.getBoundingClientRect();
  const [top, bottom] = ["above", "strip"].map((where) => (board.dataset.stands === where ? hand.offsetHeight : 0));
  if (box.top < top || box.bottom > innerHeight - bottom) section.scrollIntoView({ block: "start" });
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

for (const [value, { section, button }] of columns) {
  section.addEventListener("click", (event) => event.target.closest(".card") || pressedColumn(value));
  button.addEventListener("click", () => chosen && place(chosen, value));
  button.addEventListener("animationend", () => button.classList.remove("moved"));
}
off.addEventListener("click", () => chosen && takeOff(chosen));
opener.addEventListener("click", () => {
  openDeck(!isOpen());
  roving(chosen);
  if (isOpen()) deck.querySelector(".card[tabindex='0']")?.focus({ preventScroll: true });
});

const elements = new Map(page.cards.map((card) => {
  const item = make("li", "");
  const button = dress(Object.assign(make("button", "card statement"), { translate: false }), card);
  button.append(Object.assign(make("small", "by-machine-note", words.byMachine), { translate: true }));
  button.type = "button";
  button.tabIndex = -1;
  button.dataset.card = card.id;
  button.addEventListener("click", (event) => pressed(card.id, event.detail > 0));
  button.addEventListener("animationend", () => item.classList.remove("moved"));
  item.append(button);
  return [card.id, item];
}));
const groups = new Map(["agree", "neutral", "disagree"].map((pile) => {
  const group = make("div", "pile-group");
  const list = make("ul", "cards");
  group.append(...(Object.keys(page.state.piles).length ? [make("h3", "", inLanguage(page.pileNames[pile]))] : []), list);
  deckList.append(group);
  return [pile, { group, list }];
}));
const cardElement = (id) => elements.get(id)?.firstChild;

// With a card chosen, a press on another means both: they change places, or where the column has room the card goes there. A card that nobody
// chose waits for the buttons below it; a press elsewhere may mean anything.
function pressed(id, byHand) {
  if (byHand && board.classList.contains("lays-over") && isOpen()) closeDeck();
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

// A card of the deck was pressed: what is asked next is where it goes.
function closeDeck() {
  openDeck(false);
  roving(chosen);
  toolbar.querySelector("[tabindex='0']").focus({ preventScroll: true });
}

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

// What each part shows is remembered, and a part is touched only where that has changed: what an act costs does not grow with the cards. Nothing is
// measured here, not even where the focus is, so that the browser works out styles and layout once, for the paint.
const shown = new Map();
function differs(part, ...state) {
  const now = state.join();
  const other = shown.get(part) !== now;
  shown.set(part, now);
  return other;
}

function draw(had = document.activeElement) {
  const waiting = unplaced();
  write(deckTitle, waiting.length ? fill(words.toPlace, { left: waiting.length }) : words.allPlaced);
  for (const [pile, { group, list }] of groups) {
    const mine = waiting.filter((id) => (page.state.piles[id] ?? "neutral") === pile);
    settle(list, mine.map((id) => elements.get(id)));
    group.hidden = !mine.length;
  }
  write(machineNote, byMachine.size ? fill(words.someByMachine, { sign: "⚙", count: byMachine.size }) : "");
  deck.classList.toggle("empty", !waiting.length);
  write(opener, fill(words.another, { left: waiting.length }));
  opener.hidden = !board.classList.contains("lays-over") || !waiting.length;
  if (!waiting.length) openDeck(false);
  const standing = new Map(values.map((value) => [value, []]));
  for (const [id, value] of places) standing.get(value)?.push(id);
  for (const [value, mine] of standing) drawColumn(value, mine);
  for (const id of elements.keys()) drawCard(id);
  showText(chosen ? cards.get(chosen).text : words.choose);
  showFiles(chosen && cards.get(chosen));
  handText.translate = !chosen;
  hand.classList.toggle("holding", Boolean(chosen));
  write(handNote, warnedAt !== null ? warning() : swapping ? fill(words.swapWith, { column: signed(target) }) : placeNote(chosen));
  off.hidden = !(chosen && places.has(chosen));
  undoButton.disabled = !canUndo;
  redoButton.disabled = !canRedo;
  placeActions();
  roving(had?.dataset?.card ?? chosen, had);
  keepFocus(had);
}

function drawColumn(value, mine) {
  const here = chosen !== null && places.get(chosen) === value;
  const { section, list, room, button, name, count } = columns.get(value);
  if (!differs(section, target === value, chosen !== null, here, ...mine)) return;
  const slots = page.free ? 1 : Math.max(0, free(value));
  fillList(list, mine, slots);
  write(room, freeText(value));
  section.classList.toggle("target", target === value);
  section.classList.toggle("full", free(value) < 1);
  write(count, page.free ? "" : free(value) > 0 ? String(free(value)) : "·");
  write(name, fill(words.placeAt, { column: signed(value), free: freeText(value) }));
  button.style.setProperty("--taken", page.free ? "0" : `${(100 * mine.length) / capacity.get(value)}%`);
  button.setAttribute("aria-disabled", String(!chosen));
  if (here) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}

function drawCard(id) {
  const item = elements.get(id);
  const swappable = swapping && places.get(id) === target && id !== chosen;
  if (!differs(item, id === chosen, byMachine.has(id), swappable)) return;
  item.firstChild.setAttribute("aria-pressed", String(id === chosen));
  item.firstChild.classList.toggle("by-machine", byMachine.has(id));
  item.firstChild.lastChild.hidden = !byMachine.has(id);
  item.classList.toggle("swappable", swappable);
}

// What has moved keeps the focus; from what is hidden now it goes to the columns.
function keepFocus(had) {
  if (!had || toolbar.contains(had) || had === document.activeElement || !board.contains(had)) return;
  had.focus({ preventScroll: true });
  if (had !== document.activeElement) toolbar.querySelector("[tabindex='0']").focus({ preventScroll: true });
}

function placeNote(id) {
  if (!id || !places.has(id)) return "";
  return fill(byMachine.has(id) ? words.atColumnByMachine : words.atColumn, { column: signed(places.get(id)) });
}

function showFiles(card) {
  if (handFiles.dataset.card === (card?.id ?? "")) return;
  handFiles.dataset.card = card?.id ?? "";
  handFiles.replaceChildren(...(card?.image ? [dress(document.createElement("span"), card)] : []), ...beside(card));
  handText.hidden = Boolean(card?.image);
}

let readOn = false; // whether somebody has scrolled in the hand; asking where it stands would have the browser lay out the page at once
held.addEventListener("scroll", () => (readOn = held.scrollTop > 0), { passive: true });

function showText(text) {
  if (handText.textContent === String(text)) return;
  handText.replaceChildren(make("span", "fresh", text));
  if (readOn) held.scrollTop = 0;
}

function fillList(list, ids, slots) {
  const there = [...list.children].filter((item) => item.classList.contains("slot")).slice(0, slots);
  const more = Array.from({ length: slots - there.length }, () => {
    const slot = make("li", "slot");
    slot.setAttribute("aria-hidden", "true");
    return slot;
  });
  settle(list, [...ids.map((id) => elements.get(id)), ...there, ...more]);
}

// What stands where it should is not touched, so that nothing flickers, no focus is lost, and little is laid out anew.
function settle(list, wanted) {
  const stays = new Set(wanted);
  for (const item of [...list.children]) if (!stays.has(item)) item.remove();
  wanted.forEach((item, i) => list.children[i] === item || list.insertBefore(item, list.children[i] ?? null));
}

function say(...texts) {
  spoken.replaceChildren(...texts.filter(String).flatMap((text) => [write(document.createElement("span"), text), " "]).slice(0, -1));
}

function flash(id, had) {
  const item = elements.get(id);
  for (const arrived of [item, columns.get(places.get(id))?.button]) {
    if (!arrived) continue;
    if (arrived.classList.contains("moved")) {
      arrived.classList.remove("moved");
      void arrived.offsetWidth; // so that it begins anew
    }
    arrived.classList.add("moved");
  }
  if (had === item.firstChild) item.scrollIntoView({ block: "nearest" });
}

// ---- the keyboard

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
  if (event.key === "u" || event.key === "U") undo("undo");
  else if (event.key === "Escape") {
    if (!board.classList.contains("lays-over") || !isOpen()) choose(null);
    else closeDeck();
  } else if (event.target.closest(".toolbar") && ARROWS.test(event.key)) moveInToolbar(event.key);
  else if (!card) return;
  else if (event.key === "Enter" && !swapping && target !== null && chosen === id) {
    const next = places.has(id) ? null : unplaced().find((other) => other !== id);
    place(id, target, next);
    if (!swapping && next) focusCard(cardElement(next));
  } else if (/^[1-9]$/.test(event.key) && digit <= values.length) aim(swapping ? chosen : id, values[digit - 1]);
  else if (event.shiftKey && /^Arrow(Left|Right)$/.test(event.key)) {
    const from = values.indexOf(target ?? places.get(id) ?? values[Math.floor(values.length / 2)]);
    const step = target === null && !places.has(id) ? 0 : sideways(event.key);
    aim(id, values[Math.min(values.length - 1, Math.max(0, from + step))]);
  } else if (ARROWS.test(event.key)) focusCard(neighbour(card, event.key));
  else return;
  event.preventDefault();
});

undoButton.addEventListener("click", () => undo("undo"));
redoButton.addEventListener("click", () => undo("redo"));

function layout() {
  const had = document.activeElement;
  fit([...cards.values()]);
  draw();
  keepFocus(had);
}

document.querySelector(".how-link").addEventListener("click", () => (document.getElementById("how").open = true));
addEventListener("resize", layout);
guard({ keys: /^[1-9]$/, keysOnceADown: /^[uU]$/, about: () => chosen });
dragging(board, { place, swap, takeOff, isFull: (value) => free(value) < 1, cardIsPlaced: (id) => places.has(id) });
chosen = unplaced()[0] ?? null;
draw();
layout();
