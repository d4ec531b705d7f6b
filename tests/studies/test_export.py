"""Responses as files: whole, unchanged, and honest about what they are."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import qmethod
from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.export import Export, collect, export, qdata
from qmethod_studies.export_guide import FILES
from qmethod_studies.store import Store, Submitted
from tests.days import day
from tests.studies.store.acting import SLOTS, act, begin, fill, make_study, new_key, submitted

HARD = 'He said "no", twice;\nthen: <b>yes</b> 🧑‍🌾,\t=1+1'
NAMES = ["Zoë O'Brien", "=cmd|' /C calc'!A0", 'a,b;"c"\nd', "ann", "-5", "P 12345678", "%F0%9F"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        yield store


@pytest.fixture
def study(store: Store) -> Study:
    study = make_study()
    store.register(study)
    return study


def rows(made: Export, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.files[name].decode(), newline="")))


def whole(made: Export) -> dict[str, Any]:
    return json.loads(made.files["study.json"])


def rotated(i: int) -> tuple[float, ...]:
    return (*SLOTS[i:], *SLOTS[:i])


def of(store: Store, **given: Any) -> Export:
    return export(collect(store, "demo", **given))


def test_the_sorts_read_back_are_the_stored_ones(store: Store, study: Study, tmp_path: Path) -> None:
    for i, name in enumerate(["ann", "bob", "Zoë", "xi"]):
        submitted(store, study, slots=rotated(i), participant=name)
    made = of(store)
    (tmp_path / "sorts.csv").write_bytes(made.files["sorts.csv"])
    data = qmethod.read(tmp_path / "sorts.csv")
    assert data.participants == ("ann", "bob", "Zoë", "xi")
    assert data.statements == study.ids
    assert data.texts == tuple(f"Statement {i}" for i in range(1, 10))
    assert data.sorts.T.tolist() == [list(rotated(i)) for i in range(4)]
    assert data.grid == study.q_grid
    stored = qdata(collect(store, "demo"))
    assert (stored.sorts == data.sorts).all()
    assert stored.forced


def test_the_sorts_for_pqmethod_read_back_too(store: Store, study: Study, tmp_path: Path) -> None:
    for i, name in enumerate(["ann", "somebody@example.org", "p002"]):
        submitted(store, study, slots=rotated(i), participant=name)
    made = of(store)
    for name in ("sorts.dat", "sorts.sta"):
        (tmp_path / name).write_bytes(made.files[name])
    data = qmethod.read(tmp_path / "sorts.dat")
    assert data.participants == ("ann", "p002a", "p002")
    assert data.sorts.T.tolist() == [list(rotated(i)) for i in range(3)]
    assert [(row["participant"], row["sorts_csv"], row["sorts_dat"]) for row in rows(made, "names.csv")] == [
        ("ann", "ann", "ann"),
        ("somebody@example.org", "somebody@example.org", "p002a"),
        ("p002", "p002", "p002"),
    ]
    assert any("names.csv" in note for note in made.notes)


def test_columns_that_pqmethod_cannot_hold(store: Store) -> None:
    study = make_study(grid={-1.5: 2, 0: 5, 1.5: 2})
    store.register(study)
    submitted(store, study, slots=(-1.5, -1.5, 0, 0, 0, 0, 0, 1.5, 1.5), participant="ann")
    made = of(store)
    assert "sorts.dat" not in made.files
    assert "sorts.csv" in made.files
    assert any("no files for PQMethod" in note and "-1.5" in note for note in made.notes)


@pytest.mark.parametrize("name", NAMES)
def test_ids_of_participants_are_exact_in_the_json_and_harmless_in_tables(store: Store, study: Study, name: str, tmp_path: Path) -> None:
    submitted(store, study, {"s1": "x"}, participant=name)
    submitted(store, study, participant="other", slots=rotated(2))
    made = of(store)
    assert whole(made)["responses"][0]["participant"].encode() == name.encode()
    safe = "p001" if "\n" in name else "'" + name if name.startswith("=") else name
    for file in ("responses.csv", "placements.csv", "answers.csv", "comments.csv", "consent.csv", "events.csv"):
        assert rows(made, file)[0]["participant"] == safe
    (tmp_path / "sorts.csv").write_bytes(made.files["sorts.csv"])
    data = qmethod.read(tmp_path / "sorts.csv")
    assert data.participants == (safe, "other")
    assert data.sorts[:, 0].tolist() == list(SLOTS)


def test_names_that_would_meet_in_the_tables_stay_apart(store: Store, study: Study, tmp_path: Path) -> None:
    for i, name in enumerate(["=1+1", "'=1+1"]):
        submitted(store, study, slots=rotated(i), participant=name)
    made = of(store)
    (tmp_path / "sorts.csv").write_bytes(made.files["sorts.csv"])
    assert qmethod.read(tmp_path / "sorts.csv").participants == ("p001", "p002")
    assert [row["participant"] for row in rows(made, "responses.csv")] == ["p001", "p002"]


def test_an_odd_id_without_a_sort_is_told_too(store: Store, study: Study) -> None:
    begin(store, study, participant="two\nlines")
    made = of(store)
    assert [row["participant"] for row in rows(made, "responses.csv")] == ["p001"]
    assert rows(made, "names.csv") == [{"participant": "two\nlines", "sorts_csv": "p001", "sorts_dat": ""}]
    assert any("names.csv" in note for note in made.notes)


@pytest.mark.parametrize("text", [HARD, "=SUM(A1)", "+44 is a number", "@all", "- dash", "a\nb", "-1"])
def test_comments_are_unchanged(store: Store, study: Study, text: str) -> None:
    submitted(store, study, {"s9": text}, language="es")
    made = of(store)
    assert whole(made)["responses"][0]["comments"] == {"s9": text}
    (row,) = rows(made, "comments.csv")
    assert row["comment"] == {HARD: HARD.replace(",\t=", ",'\t'="), "a\nb": text, "-1": text}.get(text, f"'{text}")
    assert (row["statement"], row["statement_text"], row["column"], row["language"]) == ("s9", "Statement 9", "2", "es")


@pytest.mark.parametrize("before", ["", "nice;", "nice\t", 'nice;"'])
def test_no_cell_of_any_table_is_a_formula(store: Store, before: str, tmp_path: Path) -> None:
    statements = [{"id": f"s{i}", "text": f"{before}=evil({i})"} for i in range(1, 10)]
    question = {"id": "job", "type": "choice", "label": "@work", "options": {"a": "+1 option", "b": "-x"}}
    study = make_study(statements=statements, questions={"after": [question]}, title="=title", languages={"en": {"name": "English"}})
    store.register(study)
    number = begin(store, study, participant=f"{before}\t=1").response.handle
    store.save(number, [act("answer", question="job", value="a")])
    store.save(number, [*(act("pile", statement=name, pile="agree") for name in study.ids), act("finish", stage="presort")])
    store.save(number, [act("place", statement=name, column=column) for name, column in zip(study.ids, SLOTS, strict=True)])
    store.save(number, [act("comment", statement="s1", text=f"{before}=1"), *(act("finish", stage=stage) for stage in ("grid", "why", "after"))])
    store.submit(number, new_key())
    made = of(store)
    for name in made.files:
        if name.endswith(".csv"):
            text = made.files[name].decode()
            for cell in (cell for sign in ",;\t" for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign) for cell in row):
                assert not cell.startswith(("=", "+", "@", "\t", "\r")), name
                assert not cell.startswith("-") or float(cell) == float(cell), name
    (tmp_path / "sorts.csv").write_bytes(made.files["sorts.csv"])
    (tmp_path / "statements.csv").write_bytes(made.files["statements.csv"])
    assert qmethod.read(tmp_path / "sorts.csv").texts[8] == (f"{before[:-1]}'\"=evil(9)" if before.endswith('"') else f"{before}'=evil(9)")


def test_a_carriage_return_in_an_id_keeps_the_table_whole(store: Store, study: Study) -> None:
    begin(store, study, participant='a\rb "c"')
    begin(store, study, participant="d")
    begin(store, study, participant="e\rf")
    made = of(store)
    assert [row["participant"] for row in rows(made, "names.csv")] == ['a\rb "c"', "e\rf"]
    assert [row["participant"] for row in rows(made, "responses.csv")] == ["p001", "d", "p003"]


def test_placements_hold_pile_column_hand_and_order(store: Store, study: Study) -> None:
    begun = begin(store, study, participant="ann")
    store.save(begun.response.handle, [act("answer", question="age", value=40), act("finish", stage="before")])
    store.save(begun.response.handle, [*(act("pile", statement=name, pile="agree") for name in study.ids), act("finish", stage="presort")])
    store.save(
        begun.response.handle, [act("pick", column=2, statements=["s4"]), act("same", statements=[name for name in study.ids if name != "s4"])]
    )
    store.save(begun.response.handle, [act("finish", stage=stage) for stage in ("grid", "why", "after")])
    store.submit(begun.response.handle, new_key())
    found = rows(of(store), "placements.csv")
    assert [row["statement"] for row in found] == list(begun.response.order)
    assert [row["shown"] for row in found] == [str(i) for i in range(1, 10)]
    assert sorted(int(row["column"]) for row in found) == sorted(SLOTS)
    assert {(row["statement"] == "s4", row["placed_by"]) for row in found} == {(True, "participant"), (False, "auto")}
    (response,) = rows(of(store), "responses.csv")
    assert (response["auto_placed"], response["moves"]) == ("8", "2")


def test_answers_in_the_language_of_the_person_and_in_the_first(store: Store, study: Study) -> None:
    number = begin(store, study, participant="ann", language="es").response.handle
    store.save(number, [act("answer", question="job", value=["desk", "field"]), act("answer", question="crop", value="maíz")])
    store.save(number, [act("answer", question="job", value=["desk"])])
    fill(store, study, number)
    store.submit(number, new_key())
    found = [(row["question"], row["value"], row["text"], row["text_en"], row["asked"]) for row in rows(of(store), "answers.csv")]
    assert found == [
        ("age", "44", "", "", "yes"),
        ("job", "desk", "En un escritorio", "At a desk", "yes"),
        ("crop", "maíz", "", "", "no"),  # answered while it was asked
    ]


def test_a_matrix_has_a_line_for_each_row(store: Store) -> None:
    matrix = {"id": "m", "type": "matrix", "label": "M", "options": {"n": "Never", "o": "Often"}, "rows": {"tea": "Tea", "rum": "Rum"}}
    store.register(make_study(questions={"before": [matrix]}))
    number = begin(store, make_study(questions={"before": [matrix]})).response.handle
    store.save(number, [act("answer", question="m", value={"rum": "n", "tea": "o"})])
    assert [(row["row"], row["value"], row["text"]) for row in rows(of(store), "answers.csv")] == [("tea", "o", "Often"), ("rum", "n", "Never")]


def test_only_submitted_responses_are_sorts_and_all_are_counted(store: Store, study: Study) -> None:
    submitted(store, study, participant="done")
    half = begin(store, study, participant="half").response.handle
    fill(store, study, half)
    store.save(half, [act("away", ms=1500), act("away", ms=500)])
    store.decline(study, participant="no", key=new_key())
    gone = submitted(store, study, participant="gone")
    store.withdraw("demo", gone.code)
    made = of(store)
    assert {row["participant"] for row in rows(made, "placements.csv")} == {"done"}
    assert made.files["sorts.csv"].decode().splitlines()[0] == "statement,text,done"
    found = {row["participant"]: row for row in rows(made, "responses.csv")}
    assert {name: row["status"] for name, row in found.items()} == {"done": "submitted", "half": "started"}
    assert (found["half"]["away_minutes"], found["half"]["submitted"], found["half"]["minutes"]) == ("0", "", "")
    (declined,) = (row for row in rows(made, "consent.csv") if row["choice"] == "declined")
    assert declined == {
        "participant": "",
        "choice": "declined",
        "version": "1",
        "language": "",
        "text_sha256": "",
        "time": day().isoformat(),
    }
    assert "1 submitted, 1 begun and not finished, 1 declined, 1 withdrawn." in made.files["README.txt"].decode()
    assert "gone" not in made.files["study.json"].decode()


def test_times_are_utc_and_can_be_read(store: Store, study: Study) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    submitted(store, study)
    (row,) = rows(export(collect(store, "demo", exact=True)), "responses.csv")
    for name in ("started", "submitted", "updated"):
        moment = datetime.fromisoformat(row[name])
        assert moment.utcoffset() is not None
        assert before <= moment <= datetime.now(UTC)


def test_times_are_days_and_minutes_unless_they_are_to_be_exact(store: Store, study: Study) -> None:
    """No file of an export has the time of day of anything that a person did, nor a duration to the second."""
    begun = begin(store, study, participant="ann")
    store.save(begun.response.handle, [act("visit", stage="grid") | {"ms": 754_321, "idle": 31_999}, act("away", ms=123_456)])
    fill(store, study, begun.response.handle)
    assert isinstance(store.submit(begun.response.handle, new_key()), Submitted)
    store.decline(study, key=new_key())
    made = export(collect(store, "demo"), now=datetime(2027, 1, 2, tzinfo=UTC))
    moment = re.compile(rb"\d\d:\d\d")
    for name, content in made.files.items():
        lines = [line for line in content.splitlines() if not line.startswith((b"Study demo, version 1. Exported", b' "exported"'))]
        assert not [line for line in lines if moment.search(line)], name
        for measured in (b"754321", b"31999", b"123456", b"754"):
            assert measured not in re.sub(rb'"[0-9a-f]{64}"|[0-9a-f]{64}', b"", content), (name, measured)
    today = day().isoformat()
    (row,) = rows(made, "responses.csv")
    assert (row["started"], row["submitted"], row["minutes"], row["away_minutes"]) == (today, today, "0", "2")
    first, away = rows(made, "events.csv")[:2]
    assert (first["time"], first["minutes"], first["idle_minutes"], away["detail"]) == (today, "13", "1", '{"minutes": 2}')
    assert "told as days and durations as whole minutes" in made.files["README.txt"].decode()
    assert [one["time"] for one in rows(made, "consent.csv")] == [today, today]
    (response,) = whole(made)["responses"]
    assert (response["started"], response["minutes"], response["events"][0]["minutes"]) == (today, 0, 13)
    exact = export(collect(store, "demo", exact=True))
    assert rows(exact, "events.csv")[0]["ms"] == "754321"
    assert rows(exact, "responses.csv")[0]["away_ms"] == "123456"
    assert "told to the millisecond" in exact.files["README.txt"].decode()


def test_nothing_submitted_gives_everything_but_sorts_and_says_so(store: Store, study: Study) -> None:
    begin(store, study)
    made = of(store)
    assert not {"sorts.csv", "sorts.dat", "sorts.sta", "placements.csv"} & set(made.files)
    assert {"responses.csv", "events.csv", "consent.csv", "study.json", "README.txt", "codebook.csv"} <= set(made.files)
    assert any("Nothing was submitted" in note for note in made.notes)
    with pytest.raises(DataError, match="no submitted responses"):
        qdata(collect(store, "demo"))


def test_nobody_at_all(store: Store, study: Study) -> None:
    with pytest.raises(DataError, match="Nobody has opened"):
        of(store)
    with pytest.raises(DataError, match=r"no study 'dmeo'(.|\n)*demo"):
        collect(store, "dmeo")


def test_simulated_responses_are_left_out_unless_asked_for_and_then_marked(store: Store, study: Study) -> None:
    submitted(store, study, participant="sim-0001", simulated=True)
    with pytest.raises(DataError, match=r"1 simulated response and none of people(.|\n)*--include-simulated"):
        of(store)
    submitted(store, study, participant="ann", slots=rotated(1))
    made = of(store)
    assert "sim-0001" not in b"".join(made.files.values()).decode()
    assert any("Left out: 1 simulated response;" in note for note in made.notes)
    made = of(store, include_simulated=True)
    assert any(note.startswith("SIMULATED: 1 of the 2 sorts") for note in made.notes)
    assert "SIMULATED: 1 of the 2" in made.files["README.txt"].decode()
    assert {row["participant"]: row["simulated"] for row in rows(made, "responses.csv")} == {"sim-0001": "yes", "ann": "no"}
    assert {row["participant"]: row["simulated"] for row in rows(made, "placements.csv")} == {"sim-0001": "yes", "ann": "no"}
    assert [response["simulated"] for response in whole(made)["responses"]] == [True, False]
    (notice,) = qdata(collect(store, "demo", include_simulated=True)).notices
    assert (notice.code, notice.participants) == ("simulated-sorts", ("sim-0001",))


def test_the_newest_version_with_sorts_is_taken_and_the_others_named(store: Store, study: Study) -> None:
    submitted(store, study, participant="one")
    second = make_study(version=2, condition="Another")
    store.register(second)
    begin(store, second, participant="two")
    store.register(make_study(version=3, condition="A third"))
    made = of(store)
    assert whole(made)["study"]["version"] == 1
    assert any("Version 2 has 1 response, 0 of them submitted: --study-version 2" in note for note in made.notes)
    assert whole(of(store, version=2))["responses"][0]["participant"] == "two"
    with pytest.raises(DataError, match=r"version 3 of 'demo' has no responses(.|\n)*version 1, version 2"):
        of(store, version=3)
    with pytest.raises(DataError, match="no study version 9"):
        of(store, version=9)


def test_the_json_holds_all_of_it(store: Store, study: Study) -> None:
    begun = submitted(store, study, {"s1": HARD}, participant="ann", language="es")
    made = export(collect(store, "demo"), now=datetime(2027, 1, 2, 3, 4, tzinfo=UTC))
    found = whole(made)
    assert Study.model_validate(found["study"]) == study
    assert found["exported"] == "2027-01-02T03:04:00+00:00"
    assert found["software"] == f"qmethod {qmethod.__version__}"
    assert found["consent_sha256"]["es"] == hashlib.sha256(b"De acuerdo").hexdigest()
    assert found["files_sha256"] == {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items() if name != "study.json"}
    (response,) = found["responses"]
    assert {name: place["column"] for name, place in response["placements"].items()} == dict(zip(study.ids, SLOTS, strict=True))
    assert tuple(response["order"]) == begun.response.order
    assert len(response["events"]) == begun.response.revision
    assert response["answers"] == {"age": 44}
    assert response["consents"][0]["agreed"] is True
    assert begun.code not in made.files["study.json"].decode()


def test_every_file_and_column_is_explained(store: Store, study: Study) -> None:
    submitted(store, study, {"s1": "x"}, participant="a name that is too long for PQMethod")
    made = of(store)
    assert set(made.files) == {*FILES, "codebook.csv", "README.txt", "study.json"} - {"occasions.csv", "participants.csv"}
    explained = {(row["file"], row["column"]) for row in rows(made, "codebook.csv")}
    for name, content in made.files.items():
        assert (name, "") in explained
        assert name in made.files["README.txt"].decode()
        if name.endswith(".csv") and name not in ("sorts.csv", "codebook.csv"):
            header = next(csv.reader(io.StringIO(content.decode())))
            wording = {"text_en": "text_(first language)" if name == "answers.csv" else "text_(language)", "text_es": "text_(language)"}
            told = [
                row["column"] for row in rows(made, "codebook.csv") if row["file"] == name and row["column"] and not (row["question"] or row["value"])
            ]
            assert [wording.get(column, column) for column in header if column != "text_es"] == told
    questions = {(row["question"], row["value"]): row["meaning"] for row in rows(made, "codebook.csv")}
    assert questions["job", "desk"] == "At a desk"
    assert questions["crop", ""] == "Which crop? (text, after the sort, required, asked where job is field)"
