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
    link.dataset.alt = card.text;
    link.append(write(document.createElement("span"), inLanguage(page.words.larger)));
    link.append(Object.assign(document.createElement("span"), { className: "unseen", translate: false, textContent: `: ${card.text}` }));
    found.push(link);
  }
  return found;
}

// A picture opens above the page, whole; a press on it, or its first button, shows it as large as it is and at least twice as large as before, to be
// scrolled. Escape, the other button or a press beside the picture close it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.zoom");
  if (!link || event.ctrlKey || event.metaKey || !window.HTMLDialogElement) return;
  event.preventDefault();
  const { alt } = link.dataset;
  const dialog = Object.assign(document.createElement("dialog"), { className: "large", ariaLabel: alt });
  const picture = Object.assign(new Image(), { src: link.href, alt });
  const [larger, close] = ["larger", "close"].map((word) => write(Object.assign(document.createElement("button"), { type: "button" }), inLanguage(page.words[word])));
  close.autofocus = true;
  larger.setAttribute("aria-pressed", "false");
  const buttons = Object.assign(document.createElement("p"), { className: "row" });
  buttons.append(larger, close);
  dialog.append(picture, buttons);
  picture.addEventListener("click", enlarge);
  larger.addEventListener("click", enlarge);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (inside) => inside.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (inside) => inside.stopPropagation());
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();

  // What was in the middle stays there.
  function enlarge() {
    const large = larger.getAttribute("aria-pressed") === "false";
    if (large) picture.style.setProperty("--wide", `${Math.max(picture.naturalWidth, 2 * picture.clientWidth)}px`);
    larger.setAttribute("aria-pressed", String(large));
    dialog.classList.toggle("whole-size", large);
    dialog.scrollTo((dialog.scrollWidth - dialog.clientWidth) / 2, (dialog.scrollHeight - dialog.clientHeight) / 2);
  }
});
