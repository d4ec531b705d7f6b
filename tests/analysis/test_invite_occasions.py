"""Invitations to one condition of instruction, and signed links."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_studies.definition import Study
from qmethod_studies.store import Store
from qmethod_studies.writing import write
from tests.studies.store.test_occasions import study_of


def run(*words: str, fails: bool = False) -> str:
    result = CliRunner().invoke(main, ["invite", *words])
    assert (result.exit_code != 0) is fails, result.output
    return result.output


def put(study: Study, folder: Path) -> tuple[str, str]:
    """A study as files, and the address of its database."""
    write(study, folder / "study")
    return str(folder / "study"), f"sqlite:///{folder}/a.sqlite3"


BY_LINK: dict[str, Any] = {"assign": "by link", "access": {"kind": "link"}, "waves": []}


def test_links_lead_to_the_condition_that_they_were_made_for(tmp_path: Path) -> None:
    study, database = put(study_of(**BY_LINK), tmp_path)
    out = tmp_path / "links.csv"
    run(study, "--links", "3", "--condition", "ideal", "--database", database, "--out", str(out))
    links = [row["link"] for row in csv.DictReader(out.read_text(encoding="utf-8").splitlines())]
    with Store.open(database) as store:
        found = [store.invitation("demo", "link", link.rpartition("/")[2]) for link in links]
        assert [one.condition for one in found if one is not None] == ["ideal"] * 3


@pytest.mark.parametrize(
    ("changed", "options", "said"),
    [
        (BY_LINK, [], "Add --condition: now, ideal."),
        (BY_LINK, ["--condition", "nov"], "It has now, ideal."),
        ({"assign": "random", "access": {"kind": "link"}}, ["--condition", "now"], "the study does not assign conditions by link"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_invitations_that_do_not_suit_the_study_are_refused(
    tmp_path: Path, changed: dict[str, Any], options: list[str], said: str, check: bool
) -> None:
    study, database = put(study_of(**changed), tmp_path)
    out = tmp_path / "links.csv"
    last = ["--check"] if check else ["--out", str(out)]
    assert said in run(study, "--links", "3", *options, "--database", database, *last, fails=True)
    assert not out.exists()


def test_signed_links_bear_the_id_and_are_the_same_again(tmp_path: Path) -> None:
    study, database = put(study_of(access={"signed": True}), tmp_path)
    people = tmp_path / "people.csv"
    people.write_text("participant,mail\nann & co,a@x\n=1+1,b@x\n", encoding="utf-8")
    made = []
    for name in ("one.csv", "two.csv"):
        words = ("--participants", str(people), "--signed", "--address", "https://s.example", "--database", database, "--out", str(tmp_path / name))
        run(study, *words)
        made.append((tmp_path / name).read_text(encoding="utf-8"))
    assert made[0] == made[1]
    rows = list(csv.DictReader(made[0].splitlines()))
    with Store.open(database) as store:
        for row, name in zip(rows, ("ann & co", "=1+1"), strict=True):
            parts = urlsplit(row["link"])
            assert (parts.netloc, parts.path) == ("s.example", "/demo/")
            assert parse_qs(parts.query) == {"participant": [name], "signature": [store.signature("demo", name)]}
        assert store.invited("demo", "link", ["ann & co"]) == ()  # nothing is kept


def test_a_study_that_takes_any_id_needs_no_signature(tmp_path: Path) -> None:
    study, database = put(study_of(), tmp_path)
    people = tmp_path / "people.csv"
    people.write_text("participant\nann\n", encoding="utf-8")
    words = ("--participants", str(people), "--signed", "--database", database, "--out", str(tmp_path / "x.csv"))
    assert "access: {signed: true}" in run(study, *words, fails=True)
    assert "--signed and --renew" in run(study, *words, "--renew", fails=True)
    assert "--signed goes with --participants" in run(study, "--links", "2", "--signed", "--out", str(tmp_path / "x.csv"), fails=True)
