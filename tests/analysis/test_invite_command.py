"""``qmethod invite``: links and codes that open a study, written once."""

from __future__ import annotations

import csv
import io
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod_analysis.commands.invite import table
from qmethod_studies.invitees import read_invitees
from qmethod_studies.store import DEFAULT_URL, Invitation, Store, keys_file
from qmethod_studies.store.keyring import Keyring
from qmethod_studies.store.rows import PARTICIPANT
from qmethod_studies.writing import write
from tests.analysis.calls import in_shape
from tests.analysis.conftest import Qmethod
from tests.studies.store.acting import begin, make_study


@pytest.fixture
def store(qmethod_command: Qmethod) -> Iterator[Store]:
    with Store.open(DEFAULT_URL) as store:
        store.register(make_study(access={"kind": "link"}))
        yield store


def rows(path: str, delimiter: str = ",") -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def in_database() -> list[str]:
    """Ids of participants as they are stored, in the order of the invitations."""
    url = "sqlite:///qmethod-responses.sqlite3"
    with closing(sqlite3.connect("qmethod-responses.sqlite3")) as connection:
        found = connection.execute("SELECT key_name, participant FROM invitation WHERE participant IS NOT NULL ORDER BY id").fetchall()
    return [Keyring(keys_file(url)).unseal(name, sealed, PARTICIPANT) for name, sealed in found]


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
    said = qmethod_command("invite", "demo", "--participants", "people.txt", "--out", "links.csv").output
    assert "2 participants, one a line, without a header" in said
    assert "the first line, 'ann', is a participant too" in said
    assert [row["participant"] for row in rows("links.csv")] == ["ann", "bob"]


GERMAN = "Nachname;Vorname;E-Mail;Matrikelnummer\r\nMüller;Jörg;joerg@uni.example;0123\r\nGroß;Änne;aenne@uni.example;0456\r\n"


def test_a_list_of_a_german_registrar_is_not_guessed_at(store: Store, qmethod_command: Qmethod) -> None:
    """It was: four people, one of them the header, each with name, address and number for an id."""
    Path("people.csv").write_bytes(GERMAN.encode("cp1252"))
    refused = qmethod_command("invite", "demo", "--participants", "people.csv", "--out", "links.csv")
    assert refused.exit_code == 2
    assert "no column is called participant; the header reads: Nachname, Vorname, E-Mail, Matrikelnummer" in refused.output
    assert "--column NAME" in refused.output
    made = qmethod_command("invite", "demo", "--participants", "people.csv", "--column", "matrikelnummer", "--out", "links.csv")
    assert "2 participants, named by the column 'Matrikelnummer'" in made.output
    assert "Kept beside each link: Nachname, Vorname, E-Mail." in made.output
    assert "0123  (Nachname: Müller; Vorname: Jörg; E-Mail: joerg@uni.example)" in made.output
    assert Path("links.csv").read_bytes().startswith(b"\xef\xbb\xbfparticipant;link;uses;Nachname;Vorname;E-Mail\n")
    assert [(row["participant"], row["Vorname"]) for row in rows("links.csv", ";")] == [("0123", "Jörg"), ("0456", "Änne")]
    assert in_database() == ["0123", "0456"]
    told = qmethod_command("invite", "demo", "--participants", "people.csv", "--column", "E-Mail", "--check").output
    assert "Mind that 2 ids hold e-mail addresses" in told


PLAIN = st.text(st.sampled_from("abcäöß XY-0='\"@"), max_size=8).map(str.strip)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=5),
    at=st.integers(0, 2),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
    header=st.sampled_from(("participant", "Participant ID", "Teilnehmer")),
    end=st.sampled_from(("\n", "\r\n")),
    empty=st.integers(0, 2),
)
def test_whatever_the_spreadsheet_nobody_is_glued_and_nothing_lost(
    tmp_path: Path, cells: list[tuple[str, str]], at: int, delimiter: str, encoding: str, header: str, end: str, empty: int
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    ids = [f"p{i}" for i in range(len(cells))]
    for head, row in zip([header, *ids], [("Name", "E-Mail"), *cells], strict=True):
        writer.writerow([*row[:at], head, *row[at:], *[""] * empty])
    path = tmp_path / "people.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    found = read_invitees(path)
    assert found.ids == tuple(ids)
    assert found.column == header
    assert dict(zip(found.others, zip(*found.cells, strict=True), strict=True)) == dict(
        zip(("Name", "E-Mail"), zip(*cells, strict=True), strict=True)
    )
    made = [Invitation(i, "demo", "link", name, 1, 0, f"secret{i}") for i, name in enumerate(ids)]
    again = list(csv.DictReader(io.StringIO(table(made, None, found).removeprefix("\ufeff")), delimiter=delimiter))
    assert [row["participant"] for row in again] == ids
    for row, kept in zip(again, cells, strict=True):
        assert (row["Name"].removeprefix("'"), row["E-Mail"].removeprefix("'")) == tuple(cell.removeprefix("'") for cell in kept)
        assert not any(row[column].startswith(("=", "@")) for column in ("Name", "E-Mail"))


@pytest.mark.parametrize(
    "text", ["ann\nbob\n", "ann;\nbob;\n", "ann,,\nbob,,\n", '"ann"\n"bob"\n', "sep=;\nann\nbob\n", "\n\nann\n\n bob \n", "Teilnehmer;\nann;\nbob;"]
)
def test_a_list_is_a_list_however_a_spreadsheet_ends_its_lines(tmp_path: Path, text: str) -> None:
    (tmp_path / "people.csv").write_text(text)
    assert read_invitees(tmp_path / "people.csv").ids == ("ann", "bob")


def test_columns_that_the_file_of_invitations_has_itself_are_kept_under_another_name(store: Store, qmethod_command: Qmethod) -> None:
    """As where an earlier file of invitations is the list."""
    Path("old.csv").write_text("participant,link,uses,Name,Name\np1,https://x/1,1,=a,b\n")
    qmethod_command("invite", "demo", "--participants", "old.csv", "--out", "links.csv")
    (row,) = rows("links.csv")
    assert row == {
        "participant": "p1",
        "link": row["link"],
        "uses": "1",
        "link in old.csv": "https://x/1",
        "uses in old.csv": "1",
        "Name": "'=a",
        "Name (2)": "b",
    }
    assert row["link"].startswith("/demo/i/")


def test_a_check_writes_nothing(store: Store, qmethod_command: Qmethod) -> None:
    Path("people.txt").write_text("ann\nbob\n")
    before = sorted(Path().iterdir())
    result = qmethod_command("invite", "demo", "--participants", "people.txt", "--check")
    assert result.exit_code == 0, result.output
    assert "nothing was written. Without --check this makes 2 personal links for the study demo" in result.output
    assert (sorted(Path().iterdir()), in_database()) == (before, [])
    qmethod_command("invite", "demo", "--participants", "people.txt", "--out", "links.csv")
    assert (
        "2 of 2 participants have personal links already: ann, bob"
        in qmethod_command("invite", "demo", "--participants", "people.txt", "--check").output
    )
    assert "It replaces the links of ann, bob" in qmethod_command("invite", "demo", "--participants", "people.txt", "--check", "--renew").output


def test_a_check_makes_no_database(qmethod_command: Qmethod) -> None:
    assert qmethod_command("invite", "leadership", "--codes", 3, "--check").exit_code == 0
    assert list(Path().iterdir()) == []


def test_links_that_were_sent_live_on_unless_they_are_renewed_on_purpose(store: Store, qmethod_command: Qmethod) -> None:
    Path("people.txt").write_text("ann\nbob\n")
    Path("more.txt").write_text("".join(f"{name}\n" for name in ("zoe", "bob", "ann")))
    qmethod_command("invite", "demo", "--participants", "people.txt", "--out", "links.csv")
    secrets = [row["link"].rpartition("/")[2] for row in rows("links.csv")]
    refused = qmethod_command("invite", "demo", "--participants", "more.txt", "--out", "again.csv")
    assert refused.exit_code == 2
    assert "more.txt: 2 of 3 participants have personal links already: bob, ann; nothing was written" in refused.output
    assert "add --renew" in refused.output
    assert not Path("again.csv").exists()
    assert all(store.invitation("demo", "link", secret) for secret in secrets)
    renewed = qmethod_command("invite", "demo", "--participants", "more.txt", "--renew", "--out", "again.csv")
    assert "2 earlier links replaced" in renewed.output
    assert not any(store.invitation("demo", "link", secret) for secret in secrets)
    assert all(store.invitation("demo", "link", row["link"].rpartition("/")[2]) for row in rows("again.csv"))


@pytest.mark.parametrize(("uses", "most", "said"), [(["--uses", "200"], 200, "200"), ([], None, "any number")])
def test_a_code_of_ones_own(store: Store, qmethod_command: Qmethod, uses: list[str], most: int | None, said: str) -> None:
    assert qmethod_command("invite", "demo", "--code", "leeds-autumn-4417", *uses, "--out", "code.csv").exit_code == 0
    found = store.invitation("demo", "code", "LEEDS AUTUMN 4417")
    assert found is not None
    assert found.uses == most
    assert rows("code.csv") == [{"participant": "", "code": "leeds-autumn-4417", "uses": said}]


@pytest.mark.parametrize(("made", "minds"), [(("--links", 3), False), (("--links", 4), True), (("--codes", 2, "--uses", 2), True)])
def test_more_invitations_than_places_are_told(qmethod_command: Qmethod, tmp_path: Path, made: tuple[Any, ...], minds: bool) -> None:
    write(make_study(quota=3), tmp_path / "wanted")
    told = qmethod_command("invite", "wanted", *made, "--check")
    assert ("the study has a quota of 3, and these open it to 4" in told.output) is minds


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
        (["--code", "leeds-autumn"], "'leeds-autumn' would be guessed too soon"),
        (["--code", "leeds autumn 2026", "--check"], "Add signs that nobody can guess, such as these, drawn now: leeds autumn 2026-"),
        (["--participants", "empty.csv"], "names no participants"),
        (["--participants", "gap.csv"], "gap.csv:3:1: this line names no participant"),
        (["--participants", "twice.csv"], "twice.csv:3:1: the participant 'ann' stands twice: here and in line 2"),
        (["--participants", "near.csv"], "near.csv:3:2: 'ANN' can hardly be told from 'Ann': here and in line 2"),
        (["--participants", "nothing.csv"], "nothing.csv: the file is empty"),
        (["--participants", "mails.txt"], "mails.txt:1:1: 'a@b.de' holds an e-mail address, which would go into the database"),
        (["--participants", "glued.txt"], "glued.txt:2:1: 'p1;Hans' is no id: it holds a semicolon"),
        (["--participants", "doubt.txt"], "doubt.txt:1: the first line, 'Personen', may be a header"),
        (["--participants", "bare.csv"], "bare.csv:1: the first line is no header: it holds 'a@b.de'"),
        (["--participants", "bare.csv", "--column", "p1"], "bare.csv:1: the first line is no header"),
        (["--participants", "names.csv"], "no column is called participant; the header reads: name, group"),
        (["--participants", "two.csv"], "several columns may name the participants: user, id"),
        (["--participants", "two.csv", "--column", "nr"], "there is no column 'nr'"),
        (["--participants", "book.csv"], "an Excel workbook, not a text file"),
        (["--participants", "people.txt"], "2 ids look like people's names, as 'Anna Meier' does"),
        (["--participants", "named.txt"], "named.txt:1: the header 'Participant Name' says that these are names"),
        (["--participants", "boxed.txt"], "'Anna <anna@x.org>' holds an e-mail address"),
        (["--links", "2", "--address", "https://s.org/?x=1"], "is no address such as"),
        (["--links", "2", "--address", "https://s.org /x"], "is no address such as"),
        (["--links", "2", "--renew"], "--renew goes with --participants"),
        (["--links", "2", "--column", "a"], "--column goes with --participants"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_written(store: Store, qmethod_command: Qmethod, arguments: list[str], says: str) -> None:
    Path("empty.csv").write_text("participant\n")
    Path("gap.csv").write_text("participant,group\nann,1\n,2\n")
    Path("twice.csv").write_text("participant\nann\nann\n")
    Path("near.csv").write_text("group;participant\n1;Ann\n2;ANN\n")
    Path("nothing.csv").write_text("")
    Path("mails.txt").write_text("a@b.de\nc@d.de\n")
    Path("glued.txt").write_text("Teilnehmer\np1;Hans\n")
    Path("doubt.txt").write_text("Personen\np1\np2\n")
    Path("bare.csv").write_text("p1;Hans;a@b.de\np2;Eva;c@d.de\n")
    Path("people.txt").write_text("Anna Meier\nBen O'Neil\n")
    Path("named.txt").write_text("Participant Name\nanna\nben\n")
    Path("boxed.txt").write_text("Teilnehmer\nAnna <anna@x.org>\n")
    Path("names.csv").write_text("name,group\nHans,1\n")
    Path("two.csv").write_text("user,id\na,1\nb,2\n")
    with zipfile.ZipFile("book.csv", "w") as book:
        book.writestr("xl/workbook.xml", "")
    result = qmethod_command("invite", "demo", *arguments, "--out", "links.csv")
    assert result.exit_code == 2
    assert says in result.output
    assert not Path("links.csv").exists()


def test_an_earlier_file_is_written_over_on_purpose_only(store: Store, qmethod_command: Qmethod) -> None:
    qmethod_command("invite", "demo", "--links", 1, "--out", "links.csv")
    before = Path("links.csv").read_bytes()
    result = qmethod_command("invite", "demo", "--links", 1, "--out", "links.csv")
    assert (result.exit_code, "an earlier file of invitations is here" in result.stderr) == (2, True)
    assert Path("links.csv").read_bytes() == before
    assert qmethod_command("invite", "demo", "--links", 1, "--out", "links.csv", "--overwrite").exit_code == 0
    assert Path("links.csv").read_bytes() != before
    assert stat.S_IMODE(Path("links.csv").stat().st_mode) == 0o600
    Path("links.csv").write_text("mine")
    refused = qmethod_command("invite", "demo", "--links", 1, "--out", "links.csv", "--overwrite")
    assert (refused.exit_code, "is no earlier file of invitations" in refused.stderr) == (2, True)
    assert Path("links.csv").read_text() == "mine"
    assert not list(Path().glob(".links*"))


def test_out_is_needed_but_for_a_check(store: Store, qmethod_command: Qmethod) -> None:
    result = qmethod_command("invite", "demo", "--links", 1)
    assert (result.exit_code, "missing option '-o' / '--out'" in result.output) == (2, True)


def test_an_unknown_study(store: Store, qmethod_command: Qmethod) -> None:
    result = qmethod_command("invite", "dmeo", "--links", 1, "--out", "links.csv")
    assert result.exit_code == 2
    assert "no folder and no study called 'dmeo'" in result.output


def test_the_database_that_knows_the_links_is_named(qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QMETHOD_DATABASE", raising=False)
    first = qmethod_command("invite", "leadership", "--links", 1, "--out", "one.csv")
    assert "Known to the database sqlite:///qmethod-responses.sqlite3, which is new" in first.stdout
    again = qmethod_command("invite", "leadership", "--links", 1, "--out", "two.csv")
    assert "Known to the database sqlite:///qmethod-responses.sqlite3: the server" in again.stdout


def test_ids_that_look_like_names_are_taken_where_their_column_is_named(store: Store, qmethod_command: Qmethod) -> None:
    Path("people.csv").write_text("who,group\nAnna Meier,1\nBen Wolf,2\n")
    done = qmethod_command("invite", "demo", "--participants", "people.csv", "--column", "who", "--out", "links.csv")
    assert done.exit_code == 0, done.output


def test_a_database_that_cannot_be_written_is_told_in_words(qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    from qmethod_studies.store import Store, Unavailable

    def full(*_: object, **__: object) -> None:
        raise Unavailable("disk I/O error.")

    monkeypatch.setattr(Store, "invite", full)
    result = qmethod_command("invite", "leadership", "--links", 1, "--out", "one.csv")
    assert (result.exit_code, result.stderr) == (
        3,
        "qmethod: disk I/O error.\n-> The database kept nothing of this. See to the database, and do it again.\n",
    )
    assert not Path("one.csv").exists()


@pytest.mark.parametrize("words", [("--code", "abc"), ("--links", "1", "--condition", "ideal"), ("--participants", "people.csv", "--signed")])
def test_a_refused_invitation_leaves_no_database(words: tuple[str, ...], qmethod_command: Qmethod) -> None:
    Path("people.csv").write_text("participant\np1\n")
    in_shape(qmethod_command("invite", "leadership", *words, "--out", "out.csv"))
    assert [path.name for path in Path().iterdir()] == ["people.csv"]
