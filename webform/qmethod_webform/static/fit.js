// How the parts of the board stand in a window, and how large the type is. What is measured is the worst case, the longest cards together, so that
// nothing changes its size or its place while somebody sorts.
import { dress } from "./cards.js";
import { actions, board, capacity, columnList, columns, deck, hand, handFiles, handNote, handText, held, isOpen, make, openDeck, toolbar, values } from "./parts.js";
import { page } from "./saving.js";

const WIDE = 1200; // from here on the columns stand side by side
const PANE = 640; // and from here on the hand stands beside them
const [SMALLEST, LOWEST, BUTTON] = [12, 60, 47]; // pixels: of type, of a card with what parts it from the next, and of a button with the same

// In the corners where one screen shows the whole board; else beside the columns or above them where the window has the height for it, and as a
// strip at its lower edge where it has not.
export function standing({ width, room, columns, inOneScreen }) {
  if (width >= WIDE && inOneScreen) return "corners";
  if (width >= WIDE) return columns <= 7 && room >= 320 ? "beside" : "strip";
  if (width >= PANE) return room >= 250 ? "beside" : "strip";
  return room >= 420 ? "above" : "strip";
}

// The largest size that is fit, by halves of a pixel; the smallest if none is.
export function largest(from, to, isFit) {
  let [low, high] = [from * 2, Math.floor(to) * 2];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isFit(middle / 2)) low = middle;
    else high = middle - 1;
  }
  return low / 2;
}

// As many buttons in each row, where one row does not take them all.
export const aRow = (buttons, width) => Math.ceil(buttons / Math.ceil(buttons / Math.max(1, Math.floor((width + 3) / BUTTON))));

const put = (name, value, of = board) => of.style.setProperty(name, value);
const top = () => board.getBoundingClientRect().top + scrollY;

export function fit(cards) {
  const [width, room] = [innerWidth, innerHeight - top() - 8];
  const wide = width >= WIDE;
  const open = board.classList.contains("lays-over") && isOpen(); // the bars of a phone's browser come and go and close nothing
  for (const name of ["--type", "--picture", "--left", "--right", "--high", "--held"]) board.style.removeProperty(name);
  put("--columns", values.length);
  board.classList.toggle("wide", wide);
  const order = wide ? values : [...values].reverse();
  if (columnList.children.length !== order.length || columnList.firstChild !== columns.get(order[0]).section) {
    columnList.replaceChildren(...order.map((value) => columns.get(value).section));
  }
  let stands = "corners";
  if (!wide || !fillCorners(cards, room, width, open)) stands = standing({ width, room, columns: values.length, inOneScreen: false });
  stand(stands, room, open);
  put("--a-row", aRow(values.length, wide && stands === "strip" ? width / 2 : toolbar.clientWidth));
  if (wide && stands !== "corners") put("--type", columnList.firstChild.clientWidth > 120 ? ".8438rem" : ".75rem");
  put("--held", `${Math.min(longestText(cards) + filesOf(cards), innerHeight)}px`);
  measureHand();
}

function stand(stands, room, open) {
  board.dataset.stands = stands;
  const laysOver = stands === "above" || stands === "strip" || (stands === "beside" && room < 480);
  board.classList.toggle("lays-over", laysOver);
  if (stands === "beside") put("--high", `${room}px`);
  if (stands === "corners") arrange(board, deck, columnList, hand);
  else {
    arrange(hand, deck);
    arrange(board, ...(stands === "strip" ? [columnList, hand] : [hand, columnList]));
  }
  if (stands === "corners" || stands === "strip") held.prepend(handNote);
  else toolbar.after(handNote); // where it grows, and moves no button
  openDeck(open);
  placeActions();
}

// The order in which they are read and Tab goes through them; what stands right is not touched.
function arrange(home, ...parts) {
  const there = [...home.children].filter((part) => parts.includes(part));
  if (there.length === parts.length && there.every((part, i) => part === parts[i])) return;
  home.append(...parts);
}

// What leads on from the board stands in the hand where there is room for it, or once all cards are placed; else it follows the columns.
export function placeActions() {
  const stands = board.dataset.stands;
  const wide = board.classList.contains("wide");
  const roomy = wide || (stands !== "strip" && (!board.classList.contains("lays-over") || deck.classList.contains("empty")));
  const home = roomy ? hand : board;
  if (actions.parentElement === home && home.lastChild === actions) return;
  const focused = actions.contains(document.activeElement) ? document.activeElement : null;
  home.append(actions);
  focused?.focus({ preventScroll: true });
}

const [SMALLEST_PICTURE, PICTURE] = [72, 100]; // on a card, and in the hand
const SOUND = 60;

// The whole board on one screen, in the largest type that lets it, then with the largest pictures, the hand and the deck in the lower corners that the columns leave free.
function fillCorners(cards, room, width, open) {
  if (page.free || values.length < 5 || Math.max(...capacity.values()) * LOWEST > room) return false;
  stand("corners", room, open);
  const probe = make("ul", "cards probe");
  probe.append(...cards.map((card) => {
    const item = make("li", "");
    item.append(dress(make("span", "card statement"), card));
    return item;
  }));
  const widest = columns.get(values[0]).section;
  widest.append(probe);
  const head = Math.max(...values.map((value) => columns.get(value).section.firstChild.getBoundingClientRect().height));
  put("--a-row", aRow(values.length, toolbar.clientWidth));
  const need = hand.scrollHeight - held.offsetHeight + 96; // the least that the hand takes
  let longest = [];
  const height = (value) => head + longest.slice(0, capacity.get(value)).reduce((sum, each) => sum + each, 0);
  const corner = (...ends) => room - Math.max(...ends.map(height)) - 12;
  const corners = () => [corner(values[0], values[1]), corner(values.at(-1), values.at(-2))];
  function isFit(size, picture = SMALLEST_PICTURE) {
    put("--type", `${size / 16}rem`, probe);
    put("--picture", `${picture}px`);
    longest = [...probe.children].map((item) => item.getBoundingClientRect().height + 3).sort((a, b) => b - a);
    return Math.max(...values.map(height)) <= room && corners()[0] >= 150 && corners()[1] >= need;
  }
  const fits = isFit(SMALLEST);
  if (fits) {
    // Those that are longest in the smallest type are tried in the others.
    const longer = [...probe.children].sort((a, b) => b.offsetHeight - a.offsetHeight);
    probe.replaceChildren(...longer.slice(0, 2 * Math.max(...capacity.values())));
    const size = largest(SMALLEST, 17 * Math.max(1, Math.min(1.9, width / 1366, innerHeight / 768)), isFit);
    const picture = largest(SMALLEST_PICTURE, room / 3, (high) => isFit(size, high) && corners()[1] >= need + filesOf(cards));
    isFit(size, picture);
    const [left, right] = corners();
    for (const [name, value] of [["--left", left], ["--right", right], ["--high", room]]) put(name, `${value}px`);
    put("--type", `${size / 16}rem`);
  } else board.style.removeProperty("--picture");
  probe.remove();
  return fits;
}

// What pictures and sounds take in the hand besides the text.
function filesOf(cards) {
  return (cards.some((card) => card.image) ? PICTURE : 0) + (cards.some((card) => card.audio) ? SOUND : 0);
}

function longestText(cards) {
  const probe = make("div", "probe");
  const longest = [...cards].sort((a, b) => b.text.length - a.text.length).slice(0, 6);
  probe.append(...longest.map((card) => Object.assign(handText.cloneNode(), { textContent: card.text })));
  held.append(probe);
  const heights = [...probe.children].map((text) => text.getBoundingClientRect().height);
  probe.remove();
  return Math.ceil(Math.max(...heights)) + 1;
}

// What the hand covers of the window, for whatever scrolls into sight behind it.
function measureHand() {
  const { stands } = board.dataset;
  const high = `${Math.ceil(hand.getBoundingClientRect().height) + 6}px`;
  for (const [name, when] of [["--above", "above"], ["--below", "strip"]]) {
    if (stands === when) put(name, high, document.documentElement);
    else document.documentElement.style.removeProperty(name);
  }
}

new ResizeObserver(measureHand).observe(hand);

// What is longer than the hand is scrolled by keys too.
const lengths = new ResizeObserver(() => {
  if (held.scrollHeight > held.clientHeight + 1) held.tabIndex = 0;
  else held.removeAttribute("tabindex");
});
for (const part of [held, handText, handFiles, handNote]) lengths.observe(part);
