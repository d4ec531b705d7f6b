"""A server that dies in the middle: what it called saved is there, whole acts only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from qmethod_studies.definition import Study
from qmethod_studies.store import Store
from tests.studies.store.acting import begin

ROOT = Path(__file__).parents[3]
SORT_FOR_EVER = """
import itertools, random, sys
from qmethod_studies.store import Handle, Store
store, number = Store.open(sys.argv[1]), Handle(int(sys.argv[2]), sys.argv[3])
names = [f"s{i}" for i in range(1, 10)]
for i in itertools.count():
    pairs = [random.sample(names, 2) for _ in range(2)]
    acts = [{"key": f"key-{i:06d}-{j}", "act": "swap", "statement": pair[0], "other": pair[1]} for j, pair in enumerate(pairs)]
    if i == 0:
        acts = [{"key": "key-first", "act": "arrange", "columns": dict(zip(names, [-2, -1, -1, 0, 0, 0, 1, 1, 2]))}]
    results = store.save(number, acts).results
    print(*(result.key for result in results if result.outcome == "saved"), flush=True)
"""


def test_what_was_called_saved_survives_a_kill(store_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        begun = begin(store, study)
        for _ in range(3):
            number = begun.response.handle
            command = [sys.executable, "-c", SORT_FOR_EVER, store_url, *map(str, number)]
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(40)]
            process.kill()
            told += process.communicate()[0].splitlines(keepends=True)
            promised = [key for line in told if line.endswith("\n") for key in line.split()]
            kept = [event.key for event in store.events(number.number)]
            assert kept[: len(promised)] == promised
            assert len(kept) - len(promised) in (0, 2)  # the last batch may have been kept without our hearing of it, but not half of it
            found = store.response(number)
            assert found is not None
            assert found.revision == len(kept)
            assert found.board.complete(study)
            begun = begin(store, study)
