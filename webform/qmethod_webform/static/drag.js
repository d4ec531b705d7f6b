// Dragging cards with a mouse or a pen. Fingers scroll; they choose and place by tapping.
const FAR = 6;

export function dragging(board, { place, swap, takeOff, isFull, cardIsPlaced }) {
  let held = null;
  let dropped = -Infinity;

  // The click that ends a drag is no choice of a card.
  addEventListener("click", (event) => performance.now() - dropped < 60 && event.stopPropagation(), { capture: true });
  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".card");
    if (card && event.pointerType !== "touch" && event.button === 0) held = { card, x: event.clientX, y: event.clientY, ghost: null };
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    if (!held.ghost && Math.hypot(event.clientX - held.x, event.clientY - held.y) < FAR) return;
    if (!held.ghost) lift();
    held.ghost.style.translate = `${event.clientX - held.x}px ${event.clientY - held.y}px`;
    mark(event);
  });
  addEventListener("pointerup", (event) => {
    if (!held?.ghost) {
      held = null;
      return;
    }
    const id = held.card.dataset.card;
    const { column, card, deck } = under(event);
    drop();
    dropped = performance.now();
    if (deck) takeOff(id);
    else if (column !== null && isFull(column) && card && card !== id && cardIsPlaced(card)) swap(id, card);
    else if (column !== null) place(id, column);
  });
  addEventListener("pointercancel", drop);
  addEventListener("keydown", (event) => event.key === "Escape" && drop());

  function lift() {
    const box = held.card.getBoundingClientRect();
    held.ghost = held.card.cloneNode(true);
    held.ghost.classList.add("ghost");
    held.ghost.removeAttribute("data-card");
    held.ghost.setAttribute("aria-hidden", "true");
    Object.assign(held.ghost.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, minHeight: `${box.height}px` });
    board.append(held.ghost);
    held.card.classList.add("lifted");
  }

  function under(event) {
    const below = document.elementsFromPoint(event.clientX, event.clientY).filter((element) => !element.closest(".ghost"));
    const column = below.map((element) => element.closest(".column")).find(Boolean);
    return {
      column: column ? Number(column.dataset.column) : null,
      card: below.map((element) => element.closest(".card")).find(Boolean)?.dataset.card ?? null,
      deck: !column && below.some((element) => element.closest(".deck")),
    };
  }

  function mark(event) {
    const { column } = under(event);
    for (const section of board.querySelectorAll(".column")) section.classList.toggle("over", column !== null && Number(section.dataset.column) === column);
  }

  function drop() {
    held?.ghost?.remove();
    held?.card.classList.remove("lifted");
    for (const section of board.querySelectorAll(".over")) section.classList.remove("over");
    held = null;
  }
}
