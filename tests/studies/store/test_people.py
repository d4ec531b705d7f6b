"""The people of a study, found by whoever runs it, and taken out as by their own withdrawal."""

from __future__ import annotations

import io

import pytest

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import Store, backup, restore
from tests.studies.store.acting import begin, submitted
from tests.studies.store.raw import keys, raw, spellings

WORDS = "words that are unmistakable"


def test_everybody_is_listed_in_the_order_in_which_they_began_and_then_who_is_waited_for(store: Store, study: Study) -> None:
    (link, other) = store.invite("demo", "link", participants=["zoe", "ben"])
    begin(store, study, invitation=link, participant="zoe")
    submitted(store, study, participant="ann")
    assert other.participant == "ben"
    found = list(store.people("demo"))
    assert [one.participant for one in found] == ["zoe", "ann", "ben"]
    assert [[sort.status for sort in one.sorts] for one in found] == [["started"], ["submitted"], []]
    store.take_out("demo", [one.number for one in found if one.number is not None], counted=True)
    assert [one.participant for one in store.people("demo")] == ["ben"]  # whose link still opens


def test_an_id_and_a_code_lead_to_the_same_person_and_nothing_else_does(store: Store, study: Study) -> None:
    begun = submitted(store, study, participant="ann")
    assert store.person("demo", "ann") == store.person("demo", begun.code) == store.person("demo", begun.code.lower().replace("-", " "))
    for nobody in ("", "Ann", "ann ", "x" * 300, "\0", "\ud800", "a%", "0000-0000-0000"):
        with pytest.raises(DataError, match="neither the id of anybody"):
            store.person("demo", nobody)


def test_an_id_that_is_spelt_like_somebody_elses_code_takes_nobody_out(store: Store, study: Study) -> None:
    first = submitted(store, study, participant="ann")
    submitted(store, study, participant=first.code)
    with pytest.raises(DataError, match="the id of one person and the code of another"):
        store.person("demo", first.code)


@pytest.mark.parametrize("counted", [True, False])
def test_who_is_taken_out_is_in_no_file_and_comes_back_from_no_backup(store_url: str, study: Study, counted: bool) -> None:
    with Store.open(store_url) as store:
        store.register(study)
        submitted(store, study, {"s1": WORDS}, participant="ann-0815")
        submitted(store, study, participant="ben")
    copy = io.BytesIO()
    before = backup(store_url, copy).keys
    with Store.open(store_url) as store:
        number = store.person("demo", "ann-0815").number
        assert number is not None
        store.take_out("demo", [number], counted=counted)
        assert store.withdrawals("demo") == int(counted)
        store.take_out("demo", [number], counted=counted)  # who is gone already
        assert store.withdrawals("demo") == int(counted)
        assert [one.participant for one in store.people("demo")] == ["ben"]
        [gone] = [name for name in before.keys if not store._keys.has(name)]
    assert before.keys[gone] not in keys(store_url)
    for text in (WORDS, "ann-0815"):
        assert not any(spelling in raw(store_url) for spelling in spellings(text)), text
    copy.seek(0)
    done = restore(store_url, copy, "all.backup", overwrite=True)
    assert done.left_out == 1
    with Store.open(store_url) as store:
        assert [one.participant for one in store.people("demo")] == ["ben"]
        assert store.withdrawals("demo") == 1  # as the page says of what a restore counts
