"""What processes do that are killed meanwhile, or that do the same at once; each says on a line what it has done."""

from __future__ import annotations

import itertools
import random
import sys
import threading
import time
from pathlib import Path

from qmethod_studies.store import Handle, Store, restore

NAMES = [f"s{i}" for i in range(1, 10)]
COLUMNS = dict(zip(NAMES, [-2, -1, -1, 0, 0, 0, 1, 1, 2], strict=True))


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def open_and_tell(url: str) -> None:
    """Open a database; say the secret that codes come from."""
    with Store.open(url) as store:
        store.ping()
        say(store._secret)


def put_back(url: str, file: Path) -> None:
    """Put a backup into a database."""
    with file.open("rb") as opened:
        say("begun")
        restore(url, opened, "the.backup", overwrite=True)
    say("done")


def sort_for_ever(url: str, handle: Handle) -> None:
    """Change the sort of a response, two acts at a time; say the keys of those that were saved."""
    store = Store.open(url)
    for i in itertools.count():
        pairs = [random.sample(NAMES, 2) for _ in range(2)]
        acts = [{"key": f"key-{i:06d}-{j}", "act": "swap", "statement": pair[0], "other": pair[1]} for j, pair in enumerate(pairs)]
        if i == 0:
            acts = [{"key": "key-first", "act": "arrange", "columns": COLUMNS}]
        say(*(result.key for result in store.save(handle, acts).results if result.outcome == "saved"))


def sort_and_tell_when(url: str, handle: Handle) -> None:
    """Change the sort of a response, one act at a time; say the key of each, and when it was known to be saved."""
    store = Store.open(url)
    for i in itertools.count():
        one, other = random.sample(NAMES, 2)
        act = {"act": "swap", "statement": one, "other": other} if i else {"act": "arrange", "columns": COLUMNS}
        key = f"key-{i:08d}"
        assert store.save(handle, [{"key": key, **act}]).results[0].outcome == "saved"
        say(key, time.time())


def sort_together(url: str, handles: list[Handle]) -> None:
    """Pile cards of several responses at once; say the keys of the acts that were saved."""
    store, lock = Store.open(url, at_once=8), threading.Lock()

    def sort(handle: Handle) -> None:
        for i in itertools.count():
            acts = [{"key": f"key-{handle.number}-{i:06d}-{j}", "act": "pile", "statement": random.choice(NAMES), "pile": "agree"} for j in range(2)]
            results = store.save(handle, acts).results
            with lock:
                say(*(result.key for result in results if result.outcome == "saved"))

    threads = [threading.Thread(target=sort, args=(handle,)) for handle in handles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
