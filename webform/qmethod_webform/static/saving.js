// Acts on their way to the server. Each waits here until the server has said that it is saved; a lost connection, a reload or a crash of the page
// leaves it waiting in this tab's storage, and it is sent again. Sent twice counts once, because each act carries a key of its own.

const source = document.getElementById("page-data");
export const page = JSON.parse(source.textContent);
export const words = Object.fromEntries(Object.entries(page.words).map(([name, text]) => [name, inLanguage(text)]));

const shelf = `qmethod-waiting-${page.response}`;
const sign = document.getElementById("saving");
const address = source.dataset.acts;
const listeners = [];
let waiting = JSON.parse(sessionStorage.getItem(shelf) || "[]");
const MOST_ACTS = 100;
const MOST_SIGNS = 150000; // less than the server takes in any script
const LATER = { 429: "slower", 503: "busy" };
let sending = false;
let most = MOST_ACTS;
let notBefore = 0;
let pause = 0;
let held = null;
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

// Called with the server's answer after each batch, and with what it refused.
export function onAnswer(listener) {
  listeners.push(listener);
}

export function allSaved() {
  return waiting.length === 0;
}

// A page that came as the answer to a form is asked for anew; reloading it would send the form again.
export function loadAgain() {
  location.replace(location.pathname + location.search);
}

export function save(act, replaces = null) {
  const entry = { key: newKey(), ms: Math.round(performance.now()), ...act };
  if (idle > 0) entry.idle = Math.round(idle);
  idle = 0;
  if (replaces) waiting = waiting.filter((other) => other.sent || !replaces(other));
  waiting.push(entry);
  shelve();
  show("saving");
  send();
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function shelve() {
  if (waiting.length) sessionStorage.setItem(shelf, JSON.stringify(waiting));
  else sessionStorage.removeItem(shelf);
}

function show(state, text = words[state]) {
  sign.dataset.state = state;
  write(sign, text);
}

// As many as go into one request: by number, and by length, but one at least.
function nextBatch() {
  let signs = 0;
  const batch = [];
  for (const entry of waiting.slice(0, most)) {
    signs += JSON.stringify(entry).length;
    if (batch.length && signs > MOST_SIGNS) break;
    batch.push(entry);
  }
  return batch;
}

async function send(leaving = false) {
  if ((sending && !leaving) || !waiting.length || (!leaving && Date.now() < notBefore)) return;
  sending = true;
  const batch = nextBatch();
  for (const entry of batch) entry.sent = true;
  try {
    const reply = await fetch(address, {
      method: "POST",
      credentials: "same-origin",
      keepalive: leaving,
      headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("input[name=csrf_token]").value },
      body: JSON.stringify({ response: page.response, acts: batch.map(({ sent, ...act }) => act) }),
      signal: leaving ? undefined : AbortSignal.timeout?.(20000),
    });
    if (reply.status !== 200 && reply.status !== 409) {
      if (reply.status === 413) {
        tooLarge(batch);
        return;
      }
      if (reply.status < 500 && reply.status !== 429 && reply.status !== 408) {
        sending = false;
        show("gone");
        return;
      }
      throw Object.assign(new Error(`status ${reply.status}`), { says: LATER[reply.status], after: Number(reply.headers.get("Retry-After")) || 0 });
    }
    const answer = await reply.json();
    const known = new Set(answer.results.map((result) => result.key));
    waiting = waiting.filter((entry) => !known.has(entry.key));
    pause = 0;
    most = MOST_ACTS;
    shelve();
    sending = false;
    const refused = answer.results.filter((result) => result.outcome === "refused");
    for (const listener of listeners) listener(answer, refused);
    if (waiting.length) send();
    else settled(refused[0] && inLanguage(refused[0].message));
  } catch (error) {
    sending = false;
    show("offline", words[error.says ?? "offline"]);
    pause = Math.min(30000, pause ? pause * 2 : 1000);
    const asked = 1000 * Math.min(120, error.after ?? 0);
    notBefore = asked ? Date.now() + asked : 0;
    setTimeout(send, Math.max(pause, asked + 50));
  }
}

// What is too large together goes in parts; what is too large alone is no answer to anything, and still stands in its field.
function tooLarge(batch) {
  sending = false;
  if (batch.length > 1) {
    most = Math.ceil(batch.length / 2);
    send();
    return;
  }
  waiting = waiting.filter((entry) => entry !== batch[0]);
  shelve();
  if (waiting.length) send();
  else settled(words.tooLong);
}

function settled(refusal) {
  show(refusal ? "refused" : "saved", refusal);
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

// A page is left by a form only when everything on it is saved.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || (allSaved() && navigator.onLine)) return;
  event.preventDefault();
  held = { form: event.target, button: event.submitter };
  show(navigator.onLine ? "waiting" : "offline");
  send();
});
addEventListener("online", () => (allSaved() ? settled() : send()));
addEventListener("offline", () => show("offline"));
addEventListener("pagehide", () => send(true));

for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => {
    const gap = performance.now() - lastInput;
    if (gap > 30000) idle += gap;
    lastInput = performance.now();
  }, { passive: true });
}
let hiddenSince = null;
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hiddenSince = performance.now();
  else if (hiddenSince !== null) {
    save({ act: "away", ms: Math.round(performance.now() - hiddenSince) });
    hiddenSince = null;
  }
});

// What an earlier page of this tab could not send goes first; the page then shows what is saved.
if (waiting.length) {
  for (const entry of waiting) entry.sent = true;
  onAnswer(() => allSaved() && loadAgain());
  send();
} else {
  show("saved");
}
