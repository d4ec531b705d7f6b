// The keyboard on the board: the cards are one tab stop, the columns another. Arrows go from one to the next, the way they stand.
import { board, deck, deckList, openDeck, rtl, toolbar } from "./parts.js";

export const ARROWS = /^(Arrow(Left|Right|Up|Down)|Home|End)$/;
const MOVES = { ArrowDown: 1, ArrowUp: -1, ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 };
export const sideways = (key) => MOVES[key];

// Which card and which column Tab leads to.
export function roving(wanted) {
  const all = [...board.querySelectorAll(".card")];
  const seen = deck.hidden ? all.filter((card) => !deck.contains(card)) : all;
  const stop = seen.find((card) => card.dataset.card === wanted) ?? seen[0];
  for (const card of all) card.tabIndex = card === stop ? 0 : -1;
  const buttons = [...toolbar.children];
  const here = buttons.find((button) => button === document.activeElement) ?? buttons.find((button) => button.tabIndex === 0) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === here ? 0 : -1;
}

export function focusCard(card) {
  if (!card) return;
  if (deck.contains(card)) openDeck(true);
  card.focus();
  roving(card.dataset.card);
}

// The cards as rows and columns: the deck first, then each column from one end to the other.
export function neighbour(card, key) {
  const groups = [deckList, ...board.querySelectorAll(".column")].map((part) => [...part.querySelectorAll(".card")]).filter((group) => group.length);
  const at = groups.findIndex((group) => group.includes(card));
  const row = groups[at].indexOf(card);
  const all = groups.flat();
  const [next, beside] = [groups[at][row + MOVES[key]], groups[at + MOVES[key]]];
  switch (key) {
    case "ArrowDown":
    case "ArrowUp":
      return next ?? (board.classList.contains("wide") ? null : all[all.indexOf(card) + MOVES[key]]);
    case "ArrowRight":
    case "ArrowLeft":
      return beside?.[Math.min(row, beside.length - 1)];
    case "Home":
      return all[0];
    case "End":
      return all.at(-1);
  }
}

export function moveInToolbar(key) {
  const buttons = [...toolbar.children];
  const to = key === "Home" ? 0 : key === "End" ? buttons.length - 1 : buttons.indexOf(document.activeElement) + MOVES[key];
  buttons[Math.min(buttons.length - 1, Math.max(0, to))].focus();
  roving();
}
