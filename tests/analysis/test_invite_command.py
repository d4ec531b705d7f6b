"""``qmethod invite``: links and codes that open a study, written once."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from studies.store import DEFAULT_URL, Store
from tests.analysis.conftest import Qmethod
from tests.studies.store.acting import begin, make_study


@pytest.fixture
def store(qmethod_command: Qmethod) -> Iterator[Store]:
    with Store.open(DEFAULT_URL) as store:
        store.register(make_study(access={"kind": "link"}))
        yield store


def rows(path: str) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_links_open_the_study(store: Store, qmethod_command: Qmethod) -> None:
    result = qmethod_command("invite", "demo", "--links", 3, "--address", "https://survey.example.org/", "--out", "links.csv")
    assert result.exit_code == 0, result.output
    assert "3 personal links" in result.output
    assert "cannot be shown again" in result.output
    links = [row["link"] for row in rows("links.csv")]
    assert all(link.startswith("https://survey.example.org/demo/i/") for link in links)
    found = [store.invitation("demo", "link", link.rpartition("/")[2]) for link in links]
    assert all(one is not None and one.personal for one in found)
    assert len({one.id for one in found if one is not None}) == 3
    assert stat.S_IMODE(Path("links.csv").stat().st_mode) == 0o600


def test_codes_open_the_study_once_each(store: Store, qmethod_command: Qmethod) -> None:
    result = qmethod_command("invite", "demo", "--codes", 2, "--out", "codes.csv")
    assert "codes do not open it" in result.output  # the study asks for links
    for row in rows("codes.csv"):
        found = store.invitation("demo", "code", row["code"])
        assert found is not None
        assert found.uses == 1


def test_a_link_for_each_participant_of_a_file(store: Store, qmethod_command: Qmethod) -> None:
    Path("people.csv").write_text("\ufeffgroup,Participant\nnorth,Zoë\nsouth,=x\n\n", encoding="utf-8")
    result = qmethod_command("invite", "demo", "--participants", "people.csv", "--out", "links.csv")
    assert "put the address of your server in front" in result.output
    assert [row["participant"] for row in rows("links.csv")] == ["Zoë", "'=x"]
    found = store.invitation("demo", "link", rows("links.csv")[1]["link"].rpartition("/")[2])
    assert found is not None
    assert begin(store, make_study(), invitation=found).response.participant == "=x"


def test_a_list_without_header(store: Store, qmethod_command: Qmethod) -> None:
    Path("people.txt").write_text("ann\nbob\n")
    qmethod_command("invite", "demo", "--participants", "people.txt", "--out", "links.csv")
    assert [row["participant"] for row in rows("links.csv")] == ["ann", "bob"]


@pytest.mark.parametrize(("uses", "most", "said"), [(["--uses", "200"], 200, "200"), ([], None, "any number")])
def test_a_code_of_ones_own(store: Store, qmethod_command: Qmethod, uses: list[str], most: int | None, said: str) -> None:
    assert qmethod_command("invite", "demo", "--code", "leeds-autumn", *uses, "--out", "code.csv").exit_code == 0
    found = store.invitation("demo", "code", "LEEDS AUTUMN")
    assert found is not None
    assert found.uses == most
    assert rows("code.csv") == [{"participant": "", "code": "leeds-autumn", "uses": said}]


def test_a_study_that_was_never_served_is_put_into_the_database(qmethod_command: Qmethod) -> None:
    result = qmethod_command("invite", "leadership", "--links", 1, "--out", "links.csv")
    assert result.exit_code == 0, result.output
    assert "access: open" in result.output
    with Store.open(DEFAULT_URL, must_exist=True) as store:
        assert [found.name for found in store.studies()] == ["leadership"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "one of: --links N"),
        (["--links", "2", "--codes", "2"], "one of: --links N"),
        (["--links", "2", "--uses", "3"], "--uses goes with"),
        (["--links", "2", "--address", "survey.example.org"], "no address such as"),
        (["--links", "0"], "0 is not in the range"),
        (["--code", "leeds"], "'leeds' is too short"),
        (["--participants", "empty.csv"], "names no participants"),
        (["--participants", "gap.csv"], "a line names no participant"),
        (["--participants", "twice.csv"], "'ann' stands twice"),
        (["--participants", "latin.csv"], "cannot be read as CSV in UTF-8"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_written(store: Store, qmethod_command: Qmethod, arguments: list[str], says: str) -> None:
    Path("empty.csv").write_text("participant\n")
    Path("gap.csv").write_text("participant,group\nann,1\n,2\n")
    Path("twice.csv").write_text("participant\nann\nann\n")
    Path("latin.csv").write_bytes("participant\nZoë\n".encode("latin-1"))
    result = qmethod_command("invite", "demo", *arguments, "--out", "links.csv")
    assert result.exit_code == 2
    assert says in result.output
    assert not Path("links.csv").exists()


def test_an_earlier_file_is_never_written_over(store: Store, qmethod_command: Qmethod) -> None:
    qmethod_command("invite", "demo", "--links", 1, "--out", "links.csv")
    before = Path("links.csv").read_bytes()
    result = qmethod_command("invite", "demo", "--links", 1, "--out", "links.csv")
    assert (result.exit_code, "may still be needed" in result.output) == (2, True)
    assert Path("links.csv").read_bytes() == before


def test_an_unknown_study(store: Store, qmethod_command: Qmethod) -> None:
    result = qmethod_command("invite", "dmeo", "--links", 1, "--out", "links.csv")
    assert result.exit_code == 2
    assert "no folder and no study called 'dmeo'" in result.output
