// Dragging cards with a mouse or a pen. Fingers scroll; they choose and place by tapping.
const FAR = 6;
const EDGE = 56; // so near to the edge the page scrolls
const FASTEST = 18; // pixels a frame
const KEPT = ["font", "letterSpacing", "lineHeight", "padding", "textAlign", "direction"]; // what a card has from where it stands

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
    held.at = { clientX: event.clientX, clientY: event.clientY };
    held.ghost.style.translate = `${event.clientX - held.x}px ${event.clientY - held.y}px`;
    mark(held.at);
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
    const look = getComputedStyle(held.card);
    held.ghost = held.card.cloneNode(true);
    held.ghost.classList.add("ghost");
    held.ghost.removeAttribute("data-card");
    held.ghost.setAttribute("aria-hidden", "true");
    for (const name of KEPT) held.ghost.style[name] = look[name];
    Object.assign(held.ghost.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px`, minHeight: "0" });
    board.append(held.ghost);
    held.card.classList.add("lifted");
    requestAnimationFrame(scrollAtTheEdge);
  }

  // Faster the nearer to the edge; what lies under the card then is another.
  function scrollAtTheEdge() {
    if (!held?.ghost) return;
    const y = held.at?.clientY ?? held.y;
    const into = Math.max(0, EDGE - y) - Math.max(0, y - (innerHeight - EDGE));
    if (into) {
      scrollBy({ top: (-into / EDGE) * FASTEST, behavior: "instant" });
      mark(held.at ?? { clientX: held.x, clientY: y });
    }
    requestAnimationFrame(scrollAtTheEdge);
  }

  // A button of a column stands for the column, and what lies over a column hides it.
  function under({ clientX, clientY }) {
    const below = document.elementsFromPoint(clientX, clientY).filter((element) => !element.closest(".ghost"));
    const button = below.map((element) => element.closest(".to")).find(Boolean);
    const covered = below[0]?.closest(".hand, .deck");
    const column = button ?? (covered ? null : below.map((element) => element.closest(".column")).find(Boolean));
    return {
      part: column ?? null,
      column: column ? Number(column.dataset.to ?? column.dataset.column) : null,
      card: (!button && !covered && below.map((element) => element.closest(".card")).find(Boolean)?.dataset.card) || null,
      deck: !button && below.some((element) => element.closest(".deck")),
    };
  }

  // Where it would go, and the card whose place it would take.
  function mark(at) {
    const { part, column, card } = under(at);
    const taken = column !== null && isFull(column) && card !== held.card.dataset.card && card && board.querySelector(`.card[data-card="${CSS.escape(card)}"]`);
    for (const marked of board.querySelectorAll(".over")) if (marked !== part && marked !== taken) marked.classList.remove("over");
    part?.classList.add("over");
    if (taken) taken.classList.add("over");
  }

  function drop() {
    held?.ghost?.remove();
    held?.card.classList.remove("lifted");
    for (const marked of board.querySelectorAll(".over")) marked.classList.remove("over");
    held = null;
  }
}
