"""Parquet and large tables: read as a whole, or in chunks; faults name file, line and participant."""

from __future__ import annotations

import builtins
import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from qmethod import DataError, PolicyError, QData, QMethodError, read
from qmethod.formats import chunked, open_sorts
from qmethod.streaming.chunks import ChunkedSorts
from qmethod.streaming.pipeline import analyse_in_chunks
from qmethod_studies import library
from tests import strategies

Written = Callable[..., Path]


def table_of(data: QData, **columns: object) -> pa.Table:
    """The sorts of `data` as a table, some columns replaced or added."""
    plain = {"participant": list(data.participants), **dict(zip(data.statements, np.asarray(data.sorts), strict=True))}
    return pa.table({**plain, **columns})


@pytest.fixture(scope="module")
def climate() -> QData:
    return read(library.path("climate") / "sorts.csv")


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write a table to a file, in row groups of 100."""

    def write(table: pa.Table, name: str = "sorts.parquet", rows: int = 100) -> Path:
        parquet.write_table(table, tmp_path / name, row_group_size=rows)
        return tmp_path / name

    return write


def rows_of(data: QData) -> list[list[object]]:
    return [["participant", *data.statements], *([name, *column] for name, column in zip(data.participants, data.sorts.T.tolist(), strict=True))]


def csv_file(path: Path, rows: list[list[object]], delimiter: str = ",") -> Path:
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as opened:
        csv.writer(opened, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return path


def gathered(source: ChunkedSorts) -> tuple[np.ndarray, list[str], list[int]]:
    """All chunks together: sorts, names, and sizes of the chunks."""
    chunks = [chunk for part in range(source.n_parts) for chunk in source.chunks(part)]
    names = [name for chunk in chunks for name in chunk.participants.tolist()]
    return np.concatenate([chunk.sorts for chunk in chunks], axis=1), names, [chunk.sorts.shape[1] for chunk in chunks]


@pytest.mark.parametrize("kind", ["int8", "int16", "int64", "uint8", "float32", "float64"])
def test_read_takes_parquet_of_any_number(written: Written, climate: QData, kind: str) -> None:
    shift = 4 if kind == "uint8" else 0
    data = QData(climate.sorts + shift, climate.statements, climate.participants)
    found = read(written(table_of(data).cast(pa.schema([("participant", pa.string()), *((name, kind) for name in data.statements)]))))
    assert np.array_equal(found.sorts, data.sorts)
    assert (found.statements, found.participants) == (data.statements, data.participants)
    assert found.source is not None
    assert (found.source.name, found.source.kind) == ("sorts.parquet", "Parquet, participants in rows")


def test_numbers_can_be_names_and_texts_come_from_a_file(written: Written, climate: QData) -> None:
    path = written(table_of(climate, participant=list(range(1001, 1001 + climate.n_sorts))))
    found = read(path, statements=library.path("climate") / "statements.csv")
    assert found.participants[:2] == ("1001", "1002")
    assert found.texts[0].startswith("It is important to vote")


def test_a_dictionary_of_names_and_missing_placements(written: Written, climate: QData) -> None:
    first = climate.sorts[0].astype(object)
    first[3] = None
    path = written(table_of(climate, participant=pa.array(climate.participants).dictionary_encode(), **{climate.statements[0]: first.tolist()}))
    found = read(path)
    assert np.argwhere(found.missing).tolist() == [[0, 3]]
    assert found.participants == climate.participants


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"sta_2": ["x"] * 435, "sta_3": [True] * 435}, ["'sta_2' holds string, not placements", "'sta_3' holds bool, not placements"]),
        ({"participant": [0.5] * 435}, ["participants must be text or whole numbers; 'participant' holds double"]),
        ({"__index_level_0__": list(range(435))}, ["'__index_level_0__' is an index, not a statement"]),
        ({" sta_1 ": [1] * 435}, ["two statements are called 'sta_1', here and in column 2"]),
    ],
    ids=str,
)
def test_every_column_at_fault_is_named(written: Written, climate: QData, columns: dict[str, object], faults: list[str]) -> None:
    path = written(table_of(climate, **columns))
    for reader in (read, open_sorts):
        with pytest.raises(DataError) as refused:
            reader(path)
        assert len(refused.value.faults) == len(faults)
        for fault, message in zip(refused.value.faults, faults, strict=True):
            assert message in fault.message
            assert fault.file == str(path)


def test_names_that_are_missing_or_stand_twice(written: Written, climate: QData) -> None:
    names: list[str | None] = list(climate.participants)
    names[7] = None
    with pytest.raises(DataError, match=r"1 row\(s\) have no participant"):
        read(written(table_of(climate, participant=names)))
    names[7] = "p400"
    path = written(table_of(climate, participant=names))
    for reader in (read, lambda where: analyse_in_chunks(open_sorts(where), 1)):
        with pytest.raises(DataError, match="two participants are called 'p400'") as refused:
            reader(path)
        assert refused.value.faults[0].file == str(path)


def test_damaged_empty_and_narrow_files(written: Written, climate: QData, tmp_path: Path) -> None:
    path = written(table_of(climate))
    (tmp_path / "cut.parquet").write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "cut.parquet")
    spoilt = bytearray(path.read_bytes())
    spoilt[40:2000] = bytes(1960)
    (tmp_path / "spoilt.parquet").write_bytes(spoilt)
    with pytest.raises(DataError, match="damaged"):
        read(tmp_path / "spoilt.parquet")
    with pytest.raises(DataError, match="no sorts"):
        read(written(table_of(climate).slice(0, 0)))
    with pytest.raises(DataError, match="too few for sorts"):
        read(written(table_of(climate).select(["participant", "sta_1"])))
    with pytest.raises(PolicyError, match="participants-in-rows"):
        read(path, layout="long")


@pytest.mark.parametrize("name", [b"sta_\xff", b"\xc3\x28___", b"\xed\xa0\x80__"])
def test_a_column_whose_name_is_no_utf8(written: Written, climate: QData, name: bytes) -> None:
    path = written(table_of(climate, sta_Z=[1] * climate.n_sorts))
    path.write_bytes(path.read_bytes().replace(b"sta_Z", name))
    for reader in (read, open_sorts):
        with pytest.raises(DataError, match="this Parquet file cannot be read") as refused:
            reader(path)
        assert refused.value.faults[0].file == str(path)


def test_without_pyarrow_the_error_says_what_to_install(written: Written, climate: QData, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = written(table_of(climate)), builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(QMethodError, match=r'pip install "qmethod\[parquet\]"'):
        read(path)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz", ".tsv"])
def test_chunks_hold_the_sorts_in_order(written: Written, climate: QData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setattr(chunked, "PART_BYTES", 9_000)
    monkeypatch.setattr(chunked, "_PIECE", 1_000)
    if suffix == ".parquet":
        source = open_sorts(written(table_of(climate)), rows=64)
    else:
        source = open_sorts(csv_file(tmp_path / f"sorts{suffix}", rows_of(climate), "\t" if suffix == ".tsv" else ","), rows=64)
    sorts, names, sizes = gathered(source)
    assert np.array_equal(sorts, climate.sorts)
    assert names == list(climate.participants)
    assert max(sizes) <= 64
    assert source.n_parts == {".parquet": 5, ".csv": 4, ".tsv": 4, ".csv.gz": 1}[suffix]
    assert source.statements == climate.statements
    assert source.origin().name == f"sorts{suffix}"


@given(strategies.forced_sorts(most_sorts=25), st.integers(1, 30), st.integers(20, 400), st.booleans())
def test_any_cut_of_a_table_gives_the_same(tmp_path_factory, drawn, rows: int, part: int, quoted: bool) -> None:
    data = QData.from_array(drawn[1], participants=[f'one, "{i}"\nand more' if quoted else f"é{i}" for i in range(drawn[1].shape[1])])
    path = csv_file(tmp_path_factory.mktemp("cut") / "sorts.csv", rows_of(data))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chunked, "PART_BYTES", part)
        patched.setattr(chunked, "_PIECE", 7)
        source = open_sorts(path, rows=rows, layout="participants-in-rows")
        sorts, names, _ = gathered(source)
    assert np.array_equal(sorts, data.sorts)
    assert names == list(data.participants)


def test_cells_at_fault_are_named_with_their_line(climate: QData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "PART_BYTES", 5_000)
    monkeypatch.setattr(chunked, "_PIECE", 1_000)
    rows = rows_of(climate)
    rows[300][4] = "two"
    path = csv_file(tmp_path / "sorts.csv", rows)
    with pytest.raises(DataError) as refused:
        analyse_in_chunks(open_sorts(path, rows=50), 1)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column, fault.participant, fault.statement) == (str(path), 301, 5, "p300", "sta_4")
    rows[300][4] = ""
    csv_file(path, rows)
    with pytest.raises(DataError, match="a placement is missing") as refused:
        analyse_in_chunks(open_sorts(path, rows=50), 1)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.participant, fault.statement) == (str(path), 301, "p300", "sta_4")
    rows[300][4:] = rows[300][5:]
    csv_file(path, rows)
    with pytest.raises(DataError, match=r"this row has 30 cell\(s\), the header has 31") as refused:
        analyse_in_chunks(open_sorts(path, rows=50), 1)
    assert refused.value.faults[0].line == 301


def test_names_that_stand_twice_in_a_table_are_found_across_parts(climate: QData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "PART_BYTES", 5_000)
    monkeypatch.setattr(chunked, "_PIECE", 1_000)
    rows = rows_of(climate)
    rows[400][0] = "p7"
    with pytest.raises(DataError, match="two participants are called 'p7', here and in line 8") as refused:
        analyse_in_chunks(open_sorts(csv_file(tmp_path / "sorts.csv", rows), rows=50), 1)
    assert refused.value.faults[0].line == 401


def test_tables_that_cannot_be_read_in_chunks(climate: QData, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        open_sorts(tmp_path / "none.csv")
    with pytest.raises(DataError, match="seems to have its statements-in-rows"):
        open_sorts(library.path("climate") / "sorts.csv")
    with pytest.raises(PolicyError, match="not one with long"):
        open_sorts(library.path("climate") / "sorts.csv", layout="long")
    with pytest.raises(DataError, match="nothing below it"):
        open_sorts(csv_file(tmp_path / "head.csv", rows_of(climate)[:1]))
    with pytest.raises(DataError, match="names no participants"):
        open_sorts(csv_file(tmp_path / "bare.csv", [[f"s{i}" for i in range(1, 31)], *climate.sorts.T.tolist()]))
    packed = csv_file(tmp_path / "cut.csv.gz", rows_of(climate)).read_bytes()
    for spoilt in (packed[:-200], packed[:300] + bytes(400) + packed[700:], b"no gzip"):
        (tmp_path / "cut.csv.gz").write_bytes(spoilt)
        with pytest.raises(DataError, match="cannot be read to its end"):
            open_sorts(tmp_path / "cut.csv.gz")
    path = csv_file(tmp_path / "latin.csv", rows_of(climate))
    path.write_bytes(path.read_bytes().replace(b"p30,", b"p\xe930,"))
    with pytest.raises(DataError, match="not UTF-8") as refused:
        open_sorts(path)
    assert refused.value.faults[0].line == 31
