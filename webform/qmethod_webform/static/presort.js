// The first look: one card at a time onto one of three piles, without loading a page for each.
import { beside, dress } from "./cards.js";
import { appeared, guard } from "./gate.js";
import { fill, inLanguage, page, save, words, write } from "./saving.js";

const at = (id) => document.getElementById(id);
const form = at("piling");
const cards = page.cards;
const piles = { ...page.state.piles };
let current = cards.findIndex((card) => card.id === form.statement.value);

at("presort-extras").hidden = false;
guard({ keys: /^[1-3]$/, about: () => cards[current]?.id });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  put(event.submitter.value);
});
at("card-before").addEventListener("click", () => {
  show(current < 0 ? cards.length - 1 : Math.max(0, current - 1));
  say();
  at("card-text").scrollIntoView({ block: "nearest" });
});
for (const list of document.querySelectorAll("[data-pile]")) {
  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-card]");
    if (!link) return;
    event.preventDefault();
    show(cards.findIndex((card) => card.id === link.dataset.card));
    say();
    form.querySelector("[aria-pressed=true]")?.focus();
    form.scrollIntoView({ block: "start" });
  });
}
addEventListener("keydown", (event) => {
  if (!at("keys").checked || event.ctrlKey || event.metaKey || event.altKey || current < 0) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const button = form.querySelectorAll("button[name=pile]")[Number(event.key) - 1];
  if (button) put(button.value);
});

function put(pile) {
  if (current < 0) return;
  const card = cards[current];
  piles[card.id] = pile;
  at("practice")?.remove();
  save({ act: "pile", statement: card.id, pile });
  const after = cards.findIndex((other, i) => i > current && !(other.id in piles));
  show(after >= 0 ? after : cards.findIndex((other) => !(other.id in piles)));
  const next = cards[current];
  write(at("spoken"), next ? fill(words.piled, { pile: inLanguage(page.piles[pile]), text: next.text }) : words.done);
  if (!next) at("presort-done").querySelector("button").focus();
}

function say() {
  at("spoken").textContent = `${at("card-count").textContent}: ${cards[current].text}`;
}

function show(index) {
  current = index;
  appeared();
  const card = cards[index];
  form.hidden = !card;
  at("presort-done").hidden = Object.keys(piles).length < cards.length;
  if (card) {
    form.statement.value = card.id;
    at("card-text").replaceChildren(dress(Object.assign(document.createElement("span"), { className: "fresh" }), card));
    at("card-beside").replaceChildren(...beside(card));
    write(at("card-count"), fill(words.card, { number: index + 1, total: cards.length }));
    for (const button of form.querySelectorAll("button[name=pile]")) {
      if (piles[card.id] === button.value) button.setAttribute("aria-pressed", "true");
      else button.removeAttribute("aria-pressed");
    }
  }
  at("card-before").disabled = index === 0;
  for (const list of document.querySelectorAll("[data-pile]")) drawPile(list);
}

function drawPile(list) {
  const mine = cards.filter((card) => piles[card.id] === list.dataset.pile);
  list.querySelector(".number").textContent = mine.length;
  list.querySelector("ul").replaceChildren(...(mine.length ? mine.map(entry) : [write(Object.assign(document.createElement("li"), { className: "hint" }), words.empty)]));
}

function entry(card) {
  const item = document.createElement("li");
  const text = Object.assign(document.createElement("span"), { className: "statement", translate: false });
  dress(text, card);
  const link = Object.assign(document.createElement("a"), { href: `?card=${card.id}` });
  link.dataset.card = card.id;
  link.append(write(document.createElement("span"), words.change));
  link.append(Object.assign(document.createElement("span"), { className: "unseen", translate: false, textContent: `: ${card.text}` }));
  item.append(text, " ", link);
  return item;
}

show(current);
