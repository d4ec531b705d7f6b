// Acts that wait, each an entry of its own in the browser's storage: they outlive the tab and the browser, and tabs overwrite none of each other's.
// An entry is named by whose it is and by the sort it belongs to, so that nobody else's is ever read. What the browser does not take stays in memory.

const PREFIX = "qmethod-waiting-";
const DAY = 24 * 60 * 60 * 1000;

// The storage throws where it is blocked or full; whoever asks goes on without.
function tried(ask, otherwise = null) {
  try {
    return ask(localStorage);
  } catch {
    return otherwise;
  }
}

function names(beginning) {
  return tried((storage) => Object.keys(storage).filter((name) => name.startsWith(beginning)), []);
}

function remove(name) {
  tried((storage) => storage.removeItem(name));
}

function read(name) {
  const entry = tried((storage) => JSON.parse(storage.getItem(name)));
  return Number.isFinite(entry?.at) && entry.act?.key ? entry : null;
}

export class Shelf {
  #mine;
  #memory = new Map();
  #last = 0;
  #closed = false;

  constructor(whose, response) {
    this.#mine = `${PREFIX}${whose}-${response}-`;
    this.#last = Math.max(0, ...this.all().map((entry) => entry.at));
  }

  get name() {
    return this.#mine;
  }

  // Whether all that waits would be here after the tab was closed.
  get keeps() {
    return this.#memory.size === 0;
  }

  // What waits, whichever tab it was done in, in the order in which it was done.
  all() {
    const kept = names(this.#mine).map(read).filter(Boolean);
    return [...kept, ...this.#memory.values()].sort((one, other) => one.at - other.at);
  }

  put(act) {
    this.#last = Math.max(Date.now(), this.#last + 1);
    const entry = { at: this.#last, act };
    const kept = !this.#closed && tried((storage) => (storage.setItem(this.#mine + act.key, JSON.stringify(entry)), true), false);
    if (!kept) this.#memory.set(act.key, entry);
  }

  drop(key) {
    this.#memory.delete(key);
    remove(this.#mine + key);
  }

  // From now on this browser keeps nothing of the sort.
  close() {
    this.#closed = true;
    for (const name of names(this.#mine)) remove(name);
    this.#memory.clear();
  }
}

// Nothing of somebody stays who has sent the sort, left the device to somebody else, or withdrawn.
export function forget(whose) {
  for (const name of names(`${PREFIX}${whose}-`)) remove(name);
}

// What has waited too long goes, whosever it is, and so does what cannot be read.
export function expire(days) {
  for (const name of names(PREFIX)) {
    const entry = read(name);
    if (!entry || Math.abs(Date.now() - entry.at) > days * DAY) remove(name);
  }
}

// A line to the other tabs with the same sort; where there is none each goes by itself.
export function line(whose, listen) {
  try {
    const channel = new BroadcastChannel(PREFIX + whose);
    channel.addEventListener("message", (event) => listen(event.data));
    return (message) => channel.postMessage(message);
  } catch {
    return () => {};
  }
}
