// The keyboard on the board: the cards are one tab stop, the columns another. Arrows go from one to the next, the way they stand.
import { board, deck, deckList, openDeck, rtl, toolbar } from "./parts.js";

export const ARROWS = /^(Arrow(Left|Right|Up|Down)|Home|End)$/;
const MOVES = { ArrowDown: 1, ArrowUp: -1, ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 };
export const sideways = (key) => MOVES[key];

let stop = null; // the one card that Tab leads to; all others come with -1

// Which card and which column Tab leads to.
export function roving(wanted, focused = document.activeElement) {
  const wantedCard = wanted && board.querySelector(`.card[data-card="${CSS.escape(wanted)}"]`);
  const seen = (card) => card && !(deck.hidden && deck.contains(card));
  const next = seen(wantedCard) ? wantedCard : deck.hidden ? board.querySelector(".column .card") : board.querySelector(".card[data-card]");
  if (next !== stop) {
    if (stop) stop.tabIndex = -1;
    if (next) next.tabIndex = 0;
    stop = next;
  }
  rovingButtons(focused);
}

// A button that gets the focus is the one that Tab leads to, before it is pressed: to change that of a button with the focus takes the browser a look at
// all styles, which costs nothing as long as nothing has changed.
toolbar.addEventListener("focusin", ({ target }) => rovingButtons(target));
function rovingButtons(focused) {
  const buttons = [...toolbar.children];
  const here = buttons.find((button) => button === focused) ?? buttons.find((button) => button.getAttribute("tabindex") === "0") ?? buttons[0];
  for (const button of buttons) {
    const wanted = button === here ? "0" : "-1";
    if (button.getAttribute("tabindex") !== wanted) button.setAttribute("tabindex", wanted);
  }
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
