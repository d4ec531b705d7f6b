// Acts on their way to the server. Each waits on the shelf until the server has said that it is saved; a lost connection, a closed tab or a crash of
// the browser leaves it there, and it is sent when the study is opened again. Sent twice counts once, because each act carries a key of its own.
import { Shelf, expire, line } from "./shelf.js";

const source = document.getElementById("page-data");
export const page = JSON.parse(source.textContent);
export const words = Object.fromEntries(Object.entries(page.words).map(([name, text]) => [name, inLanguage(text)]));

const shelf = new Shelf(page.whose, page.response);
const sign = document.getElementById("saving");
const alarm = document.getElementById("saving-alarm");
const address = source.dataset.acts;
const listeners = [];
const own = new Map(); // acts of this page that wait: their key, and whether they were on the way already
const MOST_ACTS = 100;
const MOST_SIGNS = 150000; // less than the server takes in any script
const MOST_SIGNS_LEAVING = 20000; // browsers let go of no more when a page is closed
const LATER = { 429: "slower", 503: "busy" };
const TOLD = "qmethod-told";
let sending = false;
let gone = false;
let most = MOST_ACTS;
let notBefore = 0;
let pause = 0;
let later = 0;
let held = null;
let opened = page.opened; // told with the first acts that are saved
let refusal = null;
let told = false;
let lastInput = performance.now();
let idle = 0;

// A text in another language than the page comes with its language, and keeps it when values are put in.
export function inLanguage(text) {
  return typeof text === "string" ? text : Object.assign(new String(text.text), { lang: text.lang });
}

export function fill(text, values) {
  const filled = text
    .replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole))
    .replace(/\u2066{2}([^\u2069]*)\u2069{2}/g, "\u2066$1\u2069"); // where the text itself keeps a figure and its sign together
  return text.lang ? inLanguage({ text: filled, lang: text.lang }) : filled;
}

// Every text of the pages that a script shows goes through here, so that it is spoken in the language it is in.
export function write(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
  if (text.lang) element.lang = text.lang;
  else element.removeAttribute("lang");
  return element;
}

// Called with the server's answer after each batch, and with what it refused of what was done on this page; gives true where it has spoken of that.
export function onAnswer(listener) {
  listeners.push(listener);
}

export function allSaved() {
  return shelf.all().length === 0;
}

// A page that came as the answer to a form is asked for anew; reloading it would send the form again.
export function loadAgain() {
  location.replace(location.pathname + location.search);
}

// With a delay the act waits as every other, and is sent a little later, so that what is typed goes in words and not in letters.
export function save(act, replaces = null, delay = 0) {
  const entry = { key: newKey(), ms: Math.round(performance.now()), ...act };
  if (idle > 0) entry.idle = Math.round(idle);
  idle = 0;
  if (replaces) {
    for (const { act: other } of shelf.all()) {
      if (own.get(other.key) === "here" && replaces(other)) done(other.key);
    }
  }
  own.set(entry.key, "here");
  shelf.put(entry);
  if (gone) return;
  if (sign.dataset.state !== "offline") show("saving");
  clearTimeout(later);
  if (delay) later = setTimeout(send, delay);
  else send();
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function done(key) {
  own.delete(key);
  shelf.drop(key);
}

// The sign is for the eye. What gets worse is spoken too, once; that all is well again is not.
function show(state, text = words[state]) {
  const trouble = state === "offline";
  const said = trouble && !shelf.keeps ? words.unkept : text;
  sign.dataset.state = state;
  write(sign.firstElementChild, said);
  if (state === "saved") write(alarm, "");
  else if (state !== "saving" && state !== "waiting" && !(state === "refused" && told)) write(alarm, said);
  (trouble ? addEventListener : removeEventListener)("beforeunload", askFirst);
}

function askFirst(event) {
  if (!allSaved()) event.preventDefault();
}

// As many as go into one request: by number, and by length, but one at least.
function nextBatch(mostSigns) {
  let signs = 0;
  const batch = [];
  for (const { act } of shelf.all().slice(0, most)) {
    signs += JSON.stringify(act).length;
    if (batch.length && signs > mostSigns) break;
    batch.push(act);
  }
  return batch;
}

// One tab at a time, where the browser can tell.
async function alone(work) {
  let begun = false;
  const once = () => {
    begun = true;
    return work();
  };
  try {
    return await navigator.locks.request(shelf.name, once);
  } catch {
    return begun ? null : work();
  }
}

async function send() {
  clearTimeout(later);
  if (sending || gone || allSaved() || Date.now() < notBefore) return;
  sending = true;
  await alone(() => post(nextBatch(MOST_SIGNS)));
  sending = false;
  if (gone) return;
  if (allSaved()) settled();
  else if (!pause) send();
}

async function post(batch, leaving = false) {
  if (!batch.length) return;
  for (const { key } of batch) if (own.has(key)) own.set(key, "on the way");
  try {
    const reply = await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      keepalive: leaving,
      headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("input[name=csrf_token]").value },
      body: JSON.stringify({ response: page.response, acts: batch, opened }),
      signal: leaving ? undefined : AbortSignal.timeout?.(20000),
    });
    if (reply.status === 413) return tooLarge(batch);
    if (reply.status !== 200 && reply.status !== 409) {
      if (reply.status < 500 && reply.status !== 429 && reply.status !== 408) return noLongerOpen(await reply.json().catch(() => ({})));
      throw Object.assign(new Error(`status ${reply.status}`), { says: LATER[reply.status], after: Number(reply.headers.get("Retry-After")) || 0 });
    }
    const answer = await reply.json();
    pause = 0;
    notBefore = 0;
    most = MOST_ACTS;
    opened = undefined;
    tellOthers({ answer });
    answered(answer, answer.results);
  } catch (error) {
    if (leaving) return;
    show("offline", words[error.says ?? "offline"]);
    pause = Math.min(30000, pause ? pause * 2 : 1000);
    const asked = 1000 * Math.min(120, error.after ?? 0);
    notBefore = asked ? Date.now() + asked : 0;
    setTimeout(send, Math.max(pause, asked + 50));
  }
}

function answered(answer, results) {
  const refused = results.filter((result) => result.outcome === "refused");
  if (refused.length) refusal = inLanguage(refused[0].message);
  for (const { key } of answer.results) done(key);
  told = listeners.map((listener) => listener(answer, refused)).includes(true);
}

// What another tab sent is told here too: how the sort is stored now, and what became of what was done here.
const tellOthers = line(page.whose, ({ answer, forgotten }) => {
  if (forgotten) noLongerOpen({ error: "submitted" });
  else if (answer?.response === page.response) {
    answered(answer, answer.results.filter((result) => own.has(result.key)));
    if (allSaved()) settled();
  }
});

// What is too large together goes in parts; what is too large alone is no answer to anything, and still stands in its field.
function tooLarge(batch) {
  if (batch.length > 1) {
    most = Math.ceil(batch.length / 2);
    pause = 0;
    return;
  }
  done(batch[0].key);
  refusal = words.tooLong;
}

// What can never be saved, because the sort was sent or the device was told to forget it, is kept no longer; the rest waits for its owner.
function noLongerOpen({ error }) {
  gone = true;
  if (error === "submitted") shelf.close();
  show("gone");
}

function settled() {
  if (gone) return;
  show(refusal ? "refused" : "saved", refusal ?? words.saved);
  refusal = null;
  if (held) {
    const { form, button } = held;
    held = null;
    if (form.requestSubmit) form.requestSubmit(button);
    else submitWithoutEvent(form, button);
  }
}

// For browsers that cannot yet press a button from a script.
function submitWithoutEvent(form, button) {
  if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
  form.submit();
}

// A page is left by a form only when everything on it is saved, or can be saved no more.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || gone || (allSaved() && navigator.onLine)) return;
  event.preventDefault();
  held = { form: event.target, button: event.submitter };
  if (!navigator.onLine) show("offline");
  else if (sign.dataset.state !== "offline") show("waiting");
  send();
});
addEventListener("online", () => (allSaved() ? settled() : send()));
addEventListener("offline", () => show("offline"));

// Whatever is typed or chosen is on its way before the page can be taken away.
async function letGo() {
  if (gone || allSaved()) return;
  await post(nextBatch(MOST_SIGNS_LEAVING), true);
  if (allSaved()) settled();
}
addEventListener("pagehide", letGo);

for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => {
    const gap = performance.now() - lastInput;
    if (gap > 30000) idle += gap;
    lastInput = performance.now();
  }, { passive: true });
}
let hiddenSince = null;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    hiddenSince = performance.now();
    letGo();
  } else if (hiddenSince !== null) {
    save({ act: "away", ms: Math.round(performance.now() - hiddenSince) });
    hiddenSince = null;
  }
});

// What an earlier page could not send goes first; the page then shows what is saved, and says where that is not what was done.
expire(page.keepDays);
if (allSaved()) {
  const changed = changedNow();
  show(changed ? "refused" : "saved", changed ? words.elsewhere : words.saved);
} else {
  show("saving");
  if (!page.onlySends) {
    onAnswer((_answer, refused) => {
      if (refused.length) tellNext();
      if (allSaved()) loadAgain();
    });
  }
  send();
}

// For the page that is loaded in place of this one.
function tellNext() {
  try {
    sessionStorage.setItem(TOLD, "1");
  } catch {} // then it is not said
}

function changedNow() {
  try {
    const there = sessionStorage.getItem(TOLD);
    sessionStorage.removeItem(TOLD);
    return there;
  } catch {
    return null;
  }
}
