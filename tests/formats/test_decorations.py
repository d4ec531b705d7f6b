"""What stands around a table never changes what is read from it, and what is no sort is never read as one in silence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod import DataError, QData, read
from qmethod.errors import Fault
from qmethod.formats import open_sorts
from tests.formats.decorated import (
    COUNTING,
    LONG,
    PARTICIPANTS_DOWN,
    STATEMENTS_DOWN,
    Decorated,
    Written,
    as_text,
    decorated,
    harmless,
    reordered,
    studies,
)

anyhow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")
NEWLINES = ("\n", "\r\n", "\r")


def holds(written: Written, data: QData) -> bool:
    """Whether exactly this study was read. A long table gives statements in the order of their numbers, others as they come."""
    same = (data.statements, data.participants) == (written.statements, written.participants)
    return same and np.array_equal(np.asarray(data.sorts, dtype=float), written.sorts.astype(float), equal_nan=True)


@given(st.data(), studies(missing=True), st.sampled_from([",", ";", "\t"]), st.sampled_from(NEWLINES))
@anyhow
def test_what_holds_nothing_changes_nothing(tmp_path: Path, data: st.DataObject, written: Written, delimiter: str, newline: str) -> None:
    text, layout = data.draw(harmless(written, delimiter, newline))
    (tmp_path / "sorts.csv").write_text(text, encoding="utf-8", newline="")
    found = read(tmp_path / "sorts.csv", layout=layout)
    assert holds(written, found), found
    assert {notice.code for notice in found.notices} <= {"statements-unsure"}


@given(reordered())
@anyhow
def test_names_may_stand_in_any_column_and_numbers_of_the_rows_before_them(tmp_path: Path, table: tuple[Written, str]) -> None:
    written, text = table
    (tmp_path / "sorts.csv").write_text(text, encoding="utf-8")
    try:
        found = read(tmp_path / "sorts.csv")
    except DataError as refusal:
        raise AssertionError((text, refusal)) from None
    worded = found.texts == written.statements
    if worded:  # beside a column called Nr, one called statement may hold wordings of one word
        found = replace(found, statements=found.texts, texts=())
    assert holds(written, found), (text, found.statements, found.participants)
    delimiter = next(sign for sign in ",;\t" if sign in text)
    more = text.splitlines()[0].count(delimiter) >= len(written.cells[0])
    assert not more or {"columns-ignored"} <= {notice.code for notice in found.notices} or worded


@pytest.mark.parametrize("header", ["Aussage", "Item", "Was gesagt wurde", "statement", "x"])
def test_sentences_are_wordings_whatever_stands_above_them(header: str, tmp_path: Path) -> None:
    rows = [f"Trees make number {i} of a street.,{i % 3},{(i + 1) % 3},{(i + 2) % 3}" for i in range(9)]
    (tmp_path / "sorts.csv").write_text("\n".join([f"{header},ann,ben,cem", *rows]))
    found = read(tmp_path / "sorts.csv")
    assert found.statements[:2] == ("s1", "s2")
    assert found.texts[0] == "Trees make number 0 of a street."
    assert "statements-numbered" in {notice.code for notice in found.notices}


@given(
    studies(missing=True), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]), st.sampled_from(NEWLINES)
)
@anyhow
def test_encodings_change_nothing(tmp_path: Path, written: Written, encoding: str, newline: str) -> None:
    (tmp_path / "sorts.csv").write_bytes(written.text(newline=newline).encode(encoding))
    found = read(tmp_path / "sorts.csv")
    assert holds(written, found)
    assert {notice.code for notice in found.notices} <= {"statements-unsure", "guessed-encoding"}


@given(st.data(), studies([PARTICIPANTS_DOWN], missing=True), st.sampled_from([",", ";", "\t"]), st.sampled_from(NEWLINES[:2]), st.integers(1, 4))
@anyhow
def test_chunks_hold_what_the_file_holds(tmp_path: Path, data: st.DataObject, written: Written, delimiter: str, newline: str, rows: int) -> None:
    text, _ = data.draw(harmless(written, delimiter, newline))
    (tmp_path / "sorts.csv").write_text(text, encoding="utf-8", newline="")
    source = open_sorts(tmp_path / "sorts.csv", rows=rows, layout=PARTICIPANTS_DOWN)
    chunks = [chunk for part in range(source.n_parts) for chunk in source.chunks(part)]
    assert source.statements == written.statements
    assert tuple(name for chunk in chunks for name in chunk.participants.tolist()) == written.participants
    values = np.concatenate([np.asarray(chunk.sorts, dtype=float) for chunk in chunks], axis=1)
    assert np.array_equal(values, written.sorts.astype(float), equal_nan=True)
    lines = (tmp_path / "sorts.csv").read_text(encoding="utf-8").split("\n")
    for chunk in chunks:
        assert chunk.lines is not None
        assert all(name in lines[line - 1] for name, line in zip(chunk.participants.tolist(), chunk.lines.tolist(), strict=True))


@given(decorated())
@anyhow
def test_nothing_is_read_in_silence(tmp_path: Path, table: Decorated) -> None:
    (tmp_path / "sorts.csv").write_text(table.text, encoding="utf-8", newline="")
    faults: tuple[Fault, ...] = ()
    try:
        found = read(tmp_path / "sorts.csv")
    except DataError as refusal:
        faults = refusal.faults
    if faults:
        assert len(faults) <= len(table.written.cells) + 1
        assert all(fault.advice for fault in faults)
        return
    said = {notice.code for notice in found.notices}
    if table.kind in ("titles", "comment below"):
        assert holds(table.written, found)
        assert said & table.codes
    elif table.kind == "own header words":
        assert holds(table.written, found) or said & table.codes
    elif table.kind == "mean column" and "columns-ignored" in said:
        assert holds(table.written, found)
    else:
        assert said & table.codes, (table.text, said)


@given(decorated([STATEMENTS_DOWN, PARTICIPANTS_DOWN]), st.sampled_from([STATEMENTS_DOWN, PARTICIPANTS_DOWN]))
@anyhow
def test_a_layout_as_told_is_no_excuse(tmp_path: Path, table: Decorated, layout: str) -> None:
    """With the wrong layout nothing can be right, but no sort or statement may be lost: their numbers are those of the table."""
    (tmp_path / "sorts.csv").write_text(table.text, encoding="utf-8", newline="")
    try:
        found = read(tmp_path / "sorts.csv", layout=layout)
    except DataError:
        return
    said = {notice.code for notice in found.notices}
    if table.kind == "no header":
        assert said & table.codes
    else:
        n, m = table.written.sorts.shape
        assert found.sorts.size >= n * m or said & {"columns-ignored", "statements-numbered"}


@given(decorated([PARTICIPANTS_DOWN]), st.sampled_from([None, PARTICIPANTS_DOWN]))
@anyhow
def test_chunks_are_not_read_in_silence(tmp_path: Path, table: Decorated, layout: str | None) -> None:
    (tmp_path / "sorts.csv").write_text(table.text, encoding="utf-8", newline="")
    try:
        source = open_sorts(tmp_path / "sorts.csv", rows=100, layout=layout)
        chunks = [chunk for part in range(source.n_parts) for chunk in source.chunks(part)]
    except DataError:
        return
    said = {notice.code for notice in source.notices}
    names = tuple(name for chunk in chunks for name in chunk.participants.tolist())
    right = (names, source.statements) == (table.written.participants, table.written.statements)
    assert said & table.codes or (right and table.kind == "own header words")


@pytest.mark.parametrize("layout", [STATEMENTS_DOWN, PARTICIPANTS_DOWN, LONG])
def test_long_tables_without_header_are_refused(layout: str, tmp_path: Path) -> None:
    rows = [f"anna,s{i},{i % 3}" for i in range(1, 9)] + [f"ben,s{i},{(i + 1) % 3}" for i in range(1, 9)]
    (tmp_path / "sorts.csv").write_text("\n".join(rows))
    with pytest.raises(DataError):
        read(tmp_path / "sorts.csv", layout=layout)


@given(studies([PARTICIPANTS_DOWN]), st.data(), st.sampled_from(NEWLINES), st.sampled_from(["", ";"]))
@anyhow
def test_html_q_whatever_stands_beside_the_sort(tmp_path: Path, written: Written, data: st.DataObject, newline: str, end: str) -> None:
    n = len(written.statements)
    statements = [f"s{i}" for i in range(1, n + 1)]
    others = data.draw(st.lists(st.sampled_from(["npos", "nneu", "nneg", "comment3", "dur0", "dur1", "datetime", "form1"]), unique=True))
    lines, expected = [";".join(["sid", "uid", *statements, *others]) + end], []
    for j, row in enumerate(written.cells[1:]):
        uid = data.draw(st.sampled_from([f"user{j}", ""]))
        expected.append(uid or f"0000{j}")
        lines.append(";".join([f"0000{j}", uid, *row[1:], *(data.draw(st.sampled_from(["3", "", "(s3) a word", "10"])) for _ in others)]) + end)
    if not any(name.startswith("user") for name in expected):
        expected = [f"0000{j}" for j in range(len(expected))]
    (tmp_path / "sorts.csv").write_text(newline.join(lines), encoding="utf-8", newline="")
    found = read(tmp_path / "sorts.csv")
    assert found.participants == tuple(expected)
    assert found.statements == tuple(statements)
    assert (found.sorts == written.sorts).all()
    left_out = " ".join(notice.message for notice in found.notices)
    assert all(repr(name) in left_out for name in others)


@given(
    studies([STATEMENTS_DOWN]),
    st.data(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([("sta_id", "Declaración"), ("Nr", "Wortlaut der Aussage"), ("id", "text"), ("Karte", "statement"), None]),
    st.booleans(),
)
@anyhow
def test_wordings_keep_their_words_under_any_header(
    tmp_path: Path, written: Written, data: st.DataObject, delimiter: str, header: tuple[str, str] | None, short: bool
) -> None:
    words = st.sampled_from(["trees, and more", "cars; too", 'a "quiet" street', "rain", "no noise at night", "Ärger"])
    texts = {name: f"I want {data.draw(words)}, {data.draw(words)}." for name in written.statements}
    rows = [[name, texts[name], name[-1]] if short else [name, texts[name]] for name in data.draw(st.permutations(written.statements))]
    above = [[*header, "Short"] if short else list(header)] if header else []
    (tmp_path / "sorts.csv").write_text(written.text(), encoding="utf-8")
    (tmp_path / "q-set.csv").write_text(as_text([*above, *rows], delimiter), encoding="utf-8")
    found = read(tmp_path / "sorts.csv", statements=tmp_path / "q-set.csv")
    assert found.texts == tuple(texts[name] for name in written.statements)
    assert {notice.code for notice in found.notices} <= {"wordings-columns"}


@pytest.mark.parametrize("first", ["rank", "column", "score", "rating", "position", "grid value"])
@pytest.mark.parametrize("second", ["rating score", "ratings", "placements", "value", "placement"])
def test_of_two_columns_like_placements_none_is_chosen_by_its_place(first: str, second: str, tmp_path: Path) -> None:
    """Unless only one may hold them, or one is called so."""
    rows = [f"{name},s{i},{(i + j) % 3 - 1},{i}" for j, name in enumerate(("ann", "ben", "cem")) for i in range(1, 10)]
    (tmp_path / "sorts.csv").write_text("\n".join([f"participant,statement,{first},{second}", *rows]))
    if second in ("value", "placement", "placements"):
        assert read(tmp_path / "sorts.csv").sorts.max() == 9
        return
    if second == "rating score":  # no name of placements
        assert read(tmp_path / "sorts.csv").sorts.max() == 1
        return
    with pytest.raises(DataError, match=f"several columns may hold the placements: '{first}' and '{second}'"):
        read(tmp_path / "sorts.csv")


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("n", [8, 19, 20, 21, 60, 150])
@pytest.mark.parametrize("above", [[], ["Pilot"], ["Pilot", "Leeds, 2026"]])
def test_decimal_commas_are_no_signs_between_cells(delimiter: str, n: int, above: list[str], tmp_path: Path) -> None:
    """However long the table is, and whatever stands above its header: every row below that holds one comma, and the header none."""
    rows = [delimiter.join([f"p{j}", f"s{i}", f"{(i * j) % 5 - 2},5"]) for j in range(1, 4) for i in range(1, n + 1)]
    (tmp_path / "sorts.csv").write_text("\n".join([*above, delimiter.join(["participant", "statement", "value"]), *rows]))
    assert read(tmp_path / "sorts.csv").sorts.shape == (n, 3)


@pytest.mark.parametrize("cell", ["1,000", "1.000", "-2.000", "12,500", "1.234"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_what_may_be_thousands_is_told(cell: str, everywhere: bool, tmp_path: Path) -> None:
    rows = [";".join([f"s{i}", *(cell if everywhere or i == j else str((i + j) % 3) for j in range(4))]) for i in range(1, 7)]
    (tmp_path / "sorts.csv").write_text("\n".join(["statement;a;b;c;d", *rows]))
    told = {notice.code: notice.message for notice in read(tmp_path / "sorts.csv").notices}
    assert cell in told["decimals-or-thousands"]


@given(
    studies([STATEMENTS_DOWN, PARTICIPANTS_DOWN, LONG]),
    st.sampled_from([";", "\t", "|"]),
    st.sampled_from([None, "x", "wer"]),
    st.booleans(),
    st.sampled_from([None, STATEMENTS_DOWN, PARTICIPANTS_DOWN]),
)
@anyhow
def test_no_decimal_is_lost_to_a_comma(tmp_path: Path, written: Written, delimiter: str, corner: str | None, title: bool, layout: str | None) -> None:
    """Whatever stands above the columns, and above the header: a table is read as it was meant, or refused."""
    cells = [list(row) for row in written.cells]
    first = 2 if written.layout == LONG else 1
    cells = [cells[0], *([*row[:first], *(f"{cell},5".replace("-0,5", "0,5") for cell in row[first:])] for row in cells[1:])]
    if corner is not None:
        cells[0][0] = corner
    text = as_text([*([["Pilot"]] if title else []), *cells], delimiter)
    (tmp_path / "sorts.csv").write_text(text, encoding="utf-8")
    try:
        found = read(tmp_path / "sorts.csv", layout=layout)
    except DataError:
        assert corner is not None or layout not in (None, written.layout), text
        return
    assert (np.abs(np.asarray(found.sorts) % 1) == 0.5).all(), text


@given(studies(missing=True), st.booleans(), st.booleans(), st.integers(1, 3))
@anyhow
def test_blanks_between_cells_part_them_as_well(tmp_path: Path, written: Written, quoted: bool, short: bool, wide: int) -> None:
    """As `write.table` of R writes: strings in quotes or not, a name above those of the rows or not, NA where a placement is missing."""
    cells = [[cell or "NA" for cell in row] for row in written.cells]
    short = short and written.layout != LONG
    if short:
        cells[0] = cells[0][1:]
    lines = [(" " * wide).join(f'"{cell}"' if quoted and (i == 0 or j == 0) else cell for j, cell in enumerate(row)) for i, row in enumerate(cells)]
    (tmp_path / "sorts.txt").write_text("\n".join(["Pilot, by hand", "# of 2026", *lines[:2], "# so far", *lines[2:]]) + "\n", encoding="utf-8")
    found = read(tmp_path / "sorts.txt", layout=written.layout if short else None)
    assert holds(written, found), lines
    assert {"lines-left-out"} <= {notice.code for notice in found.notices} <= {"lines-left-out", "statements-unsure"}
    if written.layout == PARTICIPANTS_DOWN:
        source = open_sorts(tmp_path / "sorts.txt", rows=2, layout=PARTICIPANTS_DOWN)
        chunks = [chunk for part in range(source.n_parts) for chunk in source.chunks(part)]
        assert np.array_equal(np.concatenate([np.asarray(chunk.sorts, dtype=float) for chunk in chunks], axis=1), written.sorts, equal_nan=True)


@given(studies([PARTICIPANTS_DOWN], missing=True), st.sampled_from(COUNTING), st.integers(0, 1), st.integers(1, 4))
@anyhow
def test_a_column_that_counts_participants_is_no_statement(tmp_path: Path, written: Written, header: str, start: int, rows: int) -> None:
    """Neither at once nor in chunks, in which it does not begin at the beginning."""
    cells = [[header if i == 0 else str(i - 1 + start), *row] for i, row in enumerate(written.cells)]
    (tmp_path / "sorts.csv").write_text(as_text(cells), encoding="utf-8")
    found = read(tmp_path / "sorts.csv")
    assert holds(written, found)
    assert "columns-ignored" in {notice.code for notice in found.notices}
    source = open_sorts(tmp_path / "sorts.csv", rows=rows)
    chunks = [chunk for part in range(source.n_parts) for chunk in source.chunks(part)]
    assert source.statements == written.statements
    assert [notice.code for notice in source.notices].count("columns-ignored") == 1
    assert tuple(name for chunk in chunks for name in chunk.participants.tolist()) == written.participants
