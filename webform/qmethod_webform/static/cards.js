// What stands on a card: its text, or the picture in place of it. What is heard, or looked at larger, comes beside it.
import { inLanguage, page, write } from "./saving.js";

// Puts the content of a card into an element.
export function dress(element, card) {
  if (card.image) element.replaceChildren(Object.assign(new Image(), { className: "picture", src: card.image, alt: card.text, draggable: false }));
  else element.textContent = card.text;
  return element;
}

// What comes beside a card: the sound with its buttons, and a way to the picture in its full size.
export function beside(card) {
  const found = [];
  if (card?.audio) found.push(Object.assign(new Audio(card.audio), { controls: true, preload: "none", ariaLabel: card.text }));
  if (card?.image) {
    const link = Object.assign(document.createElement("a"), { className: "zoom", href: card.image });
    found.push(write(link, inLanguage(page.words.larger)));
  }
  return found;
}

// A picture opens above the page; Escape, its button or a press beside it close it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.zoom");
  if (!link || event.ctrlKey || event.metaKey || !window.HTMLDialogElement) return;
  event.preventDefault();
  const dialog = Object.assign(document.createElement("dialog"), { className: "large" });
  const alt = (link.dataset.alt ?? document.querySelector(`img.picture[src="${link.getAttribute("href")}"]`)?.alt) || "";
  const close = write(Object.assign(document.createElement("button"), { type: "button" }), inLanguage(page.words.close));
  dialog.append(Object.assign(new Image(), { src: link.href, alt }), close);
  dialog.addEventListener("click", (inside) => inside.target.localName !== "img" && dialog.close());
  dialog.addEventListener("keydown", (inside) => inside.stopPropagation());
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
});
