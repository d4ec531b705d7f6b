"""``qmethod status`` and ``qmethod responses``, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.responses import ERASED, REMAINS, WITHDRAWN
from qmethod_studies.store import DEFAULT_URL, Store
from tests.analysis.calls import in_shape
from tests.analysis.conftest import Qmethod
from tests.studies.store.acting import begin, make_study, submitted

SECRET = ("ann-0815", "a comment of hers", "44")


@pytest.fixture
def kept(qmethod_command: Qmethod) -> Qmethod:
    """A folder with a database, in which Ann has sent a sort and Ben has begun one."""
    with Store.open(DEFAULT_URL) as store:
        study = make_study()
        store.register(study)
        submitted(store, study, {"s1": "a comment of hers"}, participant="ann-0815")
        begin(store, study, participant="ben\x1b[31m\u202e")
    return qmethod_command


def test_a_status_tells_numbers_and_nobody(kept: Qmethod) -> None:
    for words in (("status", "demo"), ("status", "demo", "--json")):
        done = kept(*words)
        assert done.exit_code == 0, done.output
        assert not any(one in done.stdout for one in SECRET[:2])
    said = json.loads(done.stdout)
    assert said["people"] == {"agreed": 2, "sent": 1, "declined": 0, "withdrawn": 0}
    assert (said["sorts"]["at"], said["shut"], said["database"]["takes_writes"]) == ({"before": 1}, None, True)
    shown = kept("status", "DEMO").stdout
    assert "2 agreed, 1 of them sent a sort" in shown
    assert "by the stage that comes next: questions before 1" in shown


def test_a_status_makes_no_database(qmethod_command: Qmethod) -> None:
    assert "there is no database of responses here" in in_shape(qmethod_command("status", "demo"))[0]
    assert list(Path().iterdir()) == []


def test_the_list_obeys_no_id(kept: Qmethod) -> None:
    lines = kept("responses", "list", "demo").stdout
    assert lines.startswith("ann-0815: begun ")
    assert not any(sign in lines for sign in ("\x1b", "\u202e"))
    people = json.loads(kept("responses", "list", "demo", "--json").stdout)["people"]
    assert [one["participant"] for one in people] == ["ann-0815", "ben\x1b[31m\u202e"]


def test_one_response_is_shown_whole(kept: Qmethod) -> None:
    shown = kept("responses", "show", "demo", "ann-0815").stdout
    assert all(one in shown for one in SECRET)
    said = json.loads(kept("responses", "show", "demo", "ann-0815", "--json").stdout)
    assert said["sorts"][0]["placements"]["s9"] == {"column": 2, "placed_by": "participant"}
    assert "neither the id of anybody" in in_shape(kept("responses", "show", "demo", "carl"))[0]


@pytest.mark.parametrize(("verb", "rest", "counted"), [("withdraw", WITHDRAWN, 1), ("erase", ERASED, 0)])
def test_it_asks_before_it_acts_and_says_what_remains(kept: Qmethod, verb: str, rest: str, counted: int) -> None:
    words = ["responses", verb, "demo", "ann-0815"]
    for said in ("n\n", "\n", ""):
        refused = CliRunner().invoke(main, words, input=said)
        assert refused.exit_code != 0
        assert "Delete all that 1 person gave, for good?" in refused.output
    assert "add --yes" in in_shape(kept(*words, "--json"))[0]
    assert "neither the id of anybody" in in_shape(kept(*words, "carl", "--yes"))[0]  # then nobody goes
    with Store.open(DEFAULT_URL) as store:
        assert len(list(store.people("demo"))) == 2
    done = CliRunner().invoke(main, words, input="y\n")
    assert done.exit_code == 0, done.output
    assert rest in done.output
    assert REMAINS in done.output
    with Store.open(DEFAULT_URL) as store:
        assert [one.participant for one in store.people("demo")] == ["ben\x1b[31m\u202e"]
        assert store.withdrawals("demo") == counted
