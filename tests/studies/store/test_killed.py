"""A server that dies in the middle: what it called saved is there, whole acts only."""

from __future__ import annotations

from qmethod_studies.definition import Study
from qmethod_studies.store import Store
from tests.forked import forked
from tests.studies.store.acting import begin
from tests.studies.store.doomed import sort_for_ever


def test_what_was_called_saved_survives_a_kill(store_url: str, study: Study) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        begun = begin(store, study)
        for _ in range(3):
            number = begun.response.handle
            process = forked(sort_for_ever, store_url, number)
            told = [process.stdout.readline() for _ in range(40)]
            process.kill()
            told += process.rest().splitlines(keepends=True)
            promised = [key for line in told if line.endswith("\n") for key in line.split()]
            kept = [event.key for event in store.events(number.number)]
            assert kept[: len(promised)] == promised
            assert len(kept) - len(promised) in (0, 2)  # the last batch may have been kept without our hearing of it, but not half of it
            found = store.response(number)
            assert found is not None
            assert found.revision == len(kept)
            assert found.board.complete(study)
            begun = begin(store, study)
