// The one gate that every press passes before it acts on a card. What a held key repeats is no press, nor is the second half of a double press, the
// rest of a burst, or what began before the card it would act on had been in sight for a moment: nobody can have read that card. Times are those of
// the presses themselves and of frames, so that a slow page lets nothing through that waited for it.
import { save } from "./saving.js";

export const PAUSE = 350;
const SLOWEST_FRAME = 2000;
const HELD = 1000; // with more than this between its events, a key was let go where the page did not hear of it
const FINGER = 32; // two presses as near as that are one spot, whatever has come to lie there
const CONTROLS = "button, a, label, input, .card, .column, #board";

let keys = /^$/;
let keysOnceADown = /^$/;
let about = () => null;
let inSight = performance.now();
let last = { control: null, at: -Infinity, ended: -Infinity, x: 0, y: 0 };
const down = new Map();
const pointers = new Map();
const counts = new Map();
const told = new Set();
let telling = 0;
let labelled = null; // the box whose label is being pressed: its own click, of which not every browser says how it came, is the same press

// Says which keys beside Enter act on cards here, which others are not to be held down, and whose card a press is about.
export function guard(wanted) {
  keys = wanted.keys ?? keys;
  keysOnceADown = wanted.keysOnceADown ?? keysOnceADown;
  about = wanted.about ?? about;
}

// Called whenever another card waits for a press, or cards change places under the finger. What is new is in sight once a frame with it is painted.
export function appeared() {
  inSight = performance.now() + SLOWEST_FRAME;
  requestAnimationFrame(() => requestAnimationFrame(() => (inSight = performance.now())));
}

// The next press of a burst comes when the card has been in sight for long enough, and is no more meant than the one before that did nothing. Between
// the two lies the time from the end of one to the beginning of the other, however long each takes.
function tooSoon({ at, ended, control = null, x = NaN, y = NaN }) {
  const again = control && (control === last.control || Math.hypot(x - last.x, y - last.y) < FINGER);
  const burst = again && at > last.at && at < last.ended + PAUSE;
  if (control) last = { control, at, ended, x, y };
  return burst || at < inSight + PAUSE;
}

// What a press would act on; undo and the card before may be pressed as fast as somebody likes.
function controlOf(event) {
  const control = event.target.closest?.("main") && event.target.closest(CONTROLS);
  return control && !control.matches("[data-often]") ? (control.control ?? control) : null;
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  const card = about(event.target) ?? "";
  if (told.has(card)) return;
  counts.set(card, (counts.get(card) ?? 0) + 1);
  clearTimeout(telling);
  telling = setTimeout(tell, HELD);
}

// One event for each card while a page is open, however long a key was held.
function tell() {
  clearTimeout(telling);
  for (const [card, presses] of counts) {
    told.add(card);
    save({ act: "swallowed", ...(card && { statement: card }), presses: Math.min(presses, 10000) });
  }
  counts.clear();
}

// While a key is down its keydown comes again and again, and not every system says so.
function isHeld(event) {
  const before = down.get(event.code);
  const held = event.repeat || (before !== undefined && event.timeStamp < before.latest + HELD);
  down.set(event.code, { first: held && before ? before.first : event.timeStamp, latest: event.timeStamp });
  return held;
}

addEventListener("keydown", (event) => {
  const held = isHeld(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const control = event.key === "Enter" ? controlOf(event) : null;
  const digit = keys.test(event.key) ? event.key : null;
  const acts = control || digit || (/^Arrow/.test(event.key) && event.target.matches?.("main input[type=radio]"));
  const soon = acts && tooSoon({ at: event.timeStamp, ended: event.timeStamp, control: control ?? digit }); // asked of a held one too: the next comes after it
  if (held ? acts || keysOnceADown.test(event.key) : soon) swallow(event);
}, { capture: true });
// The click of the blank comes after its keyup, and that of a box after its label's; what is forgotten later is that press and not the next one.
addEventListener("keyup", (event) => forgetLater(down, event.code), { capture: true });
function forgetLater(presses, which) {
  const press = presses.get(which);
  setTimeout(() => presses.get(which) === press && presses.delete(which));
}

addEventListener("blur", () => down.clear());

addEventListener("pointerdown", (event) => pointers.set(event.pointerId, event.timeStamp), { capture: true });
addEventListener("pointercancel", (event) => pointers.delete(event.pointerId), { capture: true });
addEventListener("click", (event) => {
  const control = controlOf(event);
  if (!control) return;
  if (event.target === labelled) {
    labelled = null; // once: on a slow page the next press may come before the clock that forgets it
    return;
  }
  const [x, y] = event.detail > 0 ? [event.clientX, event.clientY] : [];
  if (tooSoon({ at: began(event), ended: event.timeStamp, control, x, y })) swallow(event);
  else if (control !== event.target) {
    labelled = control;
    setTimeout(() => (labelled = null));
  }
}, { capture: true });

// When the press began that ends in this click: the finger may have rested there since before the card came. Programs that press for people who
// cannot tell neither of a finger nor of a key.
function began(event) {
  if (event.detail > 0) {
    const finger = pointers.has(event.pointerId) ? event.pointerId : [...pointers.keys()].at(-1);
    const at = pointers.get(finger);
    forgetLater(pointers, finger);
    return at ?? event.timeStamp;
  }
  return ["Enter", "NumpadEnter", "Space"].map((code) => down.get(code)?.first).find((at) => at !== undefined) ?? event.timeStamp;
}

// What was swallowed is on its way before a form is.
addEventListener("submit", tell, { capture: true });
appeared();
