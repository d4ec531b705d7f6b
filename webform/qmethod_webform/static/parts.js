// The parts of the board: the columns, the hand with the card that is about to be placed, and the deck of those still to place.
import { page, words, write } from "./saving.js";

export const make = (tag, className, text = "") => write(Object.assign(document.createElement(tag), { className }), text);

export const board = document.getElementById("board");
export const actions = document.getElementById("grid-done");
export const undoing = document.getElementById("undoing");
export const values = page.grid.map((column) => column.value);
export const capacity = new Map(page.grid.map((column) => [column.value, column.count]));
export const rtl = getComputedStyle(board).direction === "rtl";

export const label = (value) => (value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value)}`);
// In a text that runs from right to left the sign would change sides without letters beside it.
export const signed = (value) => (rtl ? `\u2066${label(value)}\u2069` : label(value));
export const named = (value) => Object.assign(make("bdi", "", label(value)), { dir: "ltr" });

// The deck, which stands open or opens out of the hand.
export const deck = Object.assign(make("section", "deck"), { id: "deck" });
export const deckTitle = make("h2", "deck-title");
export const deckList = make("div", "deck-list");
export const machineNote = make("p", "hint");
deck.append(deckTitle, deckList, machineNote);

// The hand: the text of the card, and the columns it can go to.
export const hand = make("section", "hand");
export const held = make("div", "held");
export const handText = make("p", "hand-text");
export const handNote = make("p", "hand-note");
export const handFiles = make("div", "hand-files");
held.append(handText, handFiles);
export const toolbar = make("div", "toolbar");
toolbar.setAttribute("role", "toolbar");
const where = Object.assign(make("span", "unseen", words.where), { id: "where" });
for (const part of [hand, toolbar]) part.setAttribute("aria-labelledby", where.id);
export const opener = Object.assign(make("button", "opener"), { type: "button" });
opener.setAttribute("aria-controls", deck.id);
export const off = Object.assign(make("button", "quiet", words.takeOff), { type: "button" });
const further = make("div", "further");
undoing.hidden = false;
further.append(opener, off, undoing);
const placing = make("div", "places");
placing.append(toolbar, handNote, further);
hand.append(where, held, placing);

// The columns, and a button for each.
export const columnList = make("div", "columns");
export const columns = new Map(values.map((value) => {
  const section = make("section", "column");
  section.dataset.column = value;
  const head = make("h2", "head");
  const room = make("span", "room");
  const end = make("span", "end", value === values.at(-1) ? words.high : value === values[0] ? words.low : "");
  head.append(named(value), " ", room, " ", end);
  if (page.labels[value]) head.append(make("span", "label", page.labels[value]));
  const list = make("ul", "cards");
  section.append(head, list);
  const button = Object.assign(make("button", "to"), { type: "button" });
  button.dataset.to = value;
  const name = make("span", "unseen");
  const count = make("small", "");
  const sign = named(value);
  for (const seen of [sign, count]) seen.setAttribute("aria-hidden", "true");
  button.append(name, sign, count);
  toolbar.append(button);
  return [value, { section, list, room, button, name, count }];
}));
board.replaceChildren(columnList, hand);
document.documentElement.dataset.board = "";

// ---- the deck that opens

export const isOpen = () => !deck.hidden;

export function openDeck(open) {
  deck.hidden = board.classList.contains("lays-over") && !open;
  opener.setAttribute("aria-expanded", String(!deck.hidden));
}

// Whoever turns to something else has done with it.
deck.addEventListener("focusout", ({ relatedTarget: to }) => to && to !== opener && !deck.contains(to) && openDeck(false));
addEventListener("pointerdown", ({ target }) => deck.contains(target) || opener.contains(target) || openDeck(false));
