"""Readers that are not ours take what is written: pandas, polars, pyreadstat, openpyxl, zipfile, json.

What none of them reads is held against the documented rules.
"""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas
import polars
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Grid, PolicyError, QData
from qmethod.formats import writers
from qmethod.formats.writer import SortsWriter, chosen_writer
from qmethod.literals import WrittenFormat
from tests.formats.test_writers import any_value, studies, whole

anyhow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=40)
DATA = QData(
    np.array([[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]).T,
    ("s1", "s2", "s3", "s4"),
    ("anna", "=ben", "小林"),
    ("Trees, please.", "=1+1", "It's “quoted”", 'Say "so"'),
)
BY_KEY = {each.key: each for each in writers()}


def made(key: WrittenFormat, data: QData, stem: str = "study") -> tuple[dict[str, bytes], QData]:
    writer = BY_KEY[key]
    assert isinstance(writer, SortsWriter)
    found = writer.make(data, stem)
    assert found.carried is not None
    return dict(found.files), found.carried


def placed(data: QData) -> np.ndarray:
    return np.asarray(data.sorts, dtype=float)


def test_every_writer_is_listed_and_says_what_it_cannot_hold() -> None:
    from typing import get_args

    assert {each.key for each in writers()} == set(get_args(WrittenFormat))
    assert len(writers()) >= 10
    for each in writers():
        assert each.about.endswith(".")
        assert each.cannot.endswith(".")
        assert each.judged
        assert each.key in (qmethod.write.__doc__ or "")
    chosen = [ending for each in writers() if each.by_name for ending in each.endings]
    assert len(chosen) == len(set(chosen))
    assert all(chosen_writer(f"study{ending.upper()}", None).endings[0] == ending for ending in chosen)


@given(data=studies(whole) | studies(any_value))
@anyhow
def test_pandas_reads_the_tables(data: QData) -> None:
    def read(content: bytes) -> pandas.DataFrame:
        return pandas.read_csv(io.BytesIO(content), header=None, dtype=str, keep_default_na=False)

    def numbers(cells: pandas.DataFrame) -> np.ndarray:
        return cells.replace("", "nan").to_numpy(dtype=float)

    files, carried = made("csv", data)
    frame = read(files[".csv"])
    first = 2 if frame.shape[1] > carried.n_sorts + 1 else 1
    assert tuple(frame.iloc[0, first:]) == carried.participants
    assert tuple(frame.iloc[1:, 0]) == carried.statements
    assert np.array_equal(numbers(frame.iloc[1:, first:]), placed(carried), equal_nan=True)
    assert tuple(frame.iloc[1:, 1]) == carried.texts if first == 2 else not any(carried.texts)
    for key, name in (("csv-participants", ".csv"), ("spss-syntax", "-spss.csv")):
        files, carried = made(key, data)  # type: ignore[arg-type]
        frame = read(files[name])
        assert tuple(frame.iloc[0, 1:]) == carried.statements
        assert tuple(frame.iloc[1:, 0]) == carried.participants
        assert np.array_equal(numbers(frame.iloc[1:, 1:]).T, placed(carried), equal_nan=True)
    files, carried = made("csv-long", data)
    frame = read(files[".csv"]).iloc[1:]
    wide = dict(zip(zip(frame[0], frame[1], strict=True), numbers(frame[[2]])[:, 0], strict=True))
    assert np.array_equal([[wide[p, s] for p in carried.participants] for s in carried.statements], placed(carried), equal_nan=True)


@given(data=studies(whole) | studies(any_value))
@anyhow
def test_pandas_reads_stata(data: QData) -> None:
    files, carried = made("stata", data)
    with pandas.io.stata.StataReader(io.BytesIO(files[".dta"])) as opened:
        frame, labels = opened.read(), opened.variable_labels()
        assert opened.data_label == "study"
    variables = [name for name in frame.columns if name not in ("statement", "text")]
    assert tuple(frame["statement"]) == carried.statements
    assert ("text" in frame.columns) == any(carried.texts)
    if "text" in frame.columns:
        assert tuple(frame["text"]) == carried.texts
    assert tuple(labels[name] for name in variables) == carried.participants
    assert np.array_equal(frame[variables].to_numpy(float), placed(carried), equal_nan=True)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,31}", name) for name in variables)


@given(data=studies(whole) | studies(any_value))
@anyhow
def test_pandas_and_polars_read_parquet(data: QData) -> None:
    files, carried = made("parquet", data)
    for frame in (pandas.read_parquet(io.BytesIO(files[".parquet"])), polars.read_parquet(io.BytesIO(files[".parquet"])).to_pandas()):
        assert tuple(frame.columns[1:]) == carried.statements
        assert tuple(frame.iloc[:, 0]) == carried.participants
        assert np.array_equal(frame.iloc[:, 1:].to_numpy(float).T, placed(carried), equal_nan=True)


@given(data=studies(whole))
@anyhow
def test_openpyxl_reads_what_kade_wants(data: QData) -> None:
    files, carried = made("kade-excel", data)
    book = openpyxl.load_workbook(io.BytesIO(files[".xlsx"]))
    rows = {sheet.title: [list(row) for row in sheet.iter_rows()] for sheet in book}
    cells = {title: [[cell.value for cell in row] for row in sheet] for title, sheet in rows.items()}
    assert cells["name"][1] == ["study"]
    assert cells["version"][1] == cells["type"][1] == [2]
    assert cells["pattern"][0] == list(range(-6, 14))
    assert carried.grid is not None
    assert {v: n for v, n in zip(*cells["pattern"], strict=True) if n} == dict(zip(carried.grid.values, carried.grid.counts, strict=True))
    assert [row[0] for row in cells["statements"]] == ["Statements", *carried.texts]
    assert [row[0] for row in cells["sorts"]] == list(carried.participants)
    assert np.array_equal([row[1:] for row in cells["sorts"]], placed(carried).T)
    assert all(cell.data_type in "sn" for sheet in rows.values() for row in sheet for cell in row)  # no formula


@given(data=studies(whole))
@anyhow
def test_a_kade_zip_holds_four_texts(data: QData) -> None:
    files, carried = made("kade-zip", data)
    with zipfile.ZipFile(io.BytesIO(files[".zip"])) as packed:
        assert packed.testzip() is None
        found = {name: packed.read(name).decode("utf-8") for name in packed.namelist()}
    assert list(found) == ["name.txt", "pattern.txt", "statements.txt", "sorts.txt"]
    assert carried.grid is not None
    counts = [int(count) for count in found["pattern.txt"].split(",")]
    assert len(counts) == 20
    assert {v: n for v, n in zip(range(-6, 14), counts, strict=True) if n} == dict(zip(carried.grid.values, carried.grid.counts, strict=True))
    assert tuple(found["statements.txt"].split("\n")) == carried.texts
    assert all(text.strip() for text in carried.texts)  # KADE drops blank lines
    sorts = [re.split("[,;]", line) for line in found["sorts.txt"].split("\n")]
    assert tuple(sort[0] for sort in sorts) == carried.participants
    assert np.array_equal([[int(value) for value in sort[1:]] for sort in sorts], placed(carried).T)


@given(data=studies(whole))
@anyhow
def test_a_ken_q_json_has_a_record_a_sort(data: QData) -> None:
    files, carried = made("kenq-json", data)
    records = json.loads(files[".json"])
    assert all(len(key) == 10 for key in records)
    assert tuple(record["participantName"] for record in records.values()) == carried.participants
    sorts = [record["sort"].split("|") for record in records.values()]
    assert all(re.fullmatch(r"[+-]\d+", value) for sort in sorts for value in sort)
    assert np.array_equal([[int(value) for value in sort] for sort in sorts], placed(carried).T)


@given(data=studies(whole) | studies(any_value))
@anyhow
def test_json_is_under_plain_names(data: QData) -> None:
    files, carried = made("json", data)
    found = json.loads(files[".json"])
    assert [one["id"] for one in found["statements"]] == list(carried.statements)
    assert [one["text"] for one in found["statements"]] == list(carried.texts)
    assert np.array_equal(np.array([one["placements"] for one in found["sorts"]], dtype=float).T, placed(carried), equal_nan=True)
    assert "NaN" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", files[".json"].decode())


def sav(content: bytes) -> tuple[dict[str, str], list[str], np.ndarray]:
    """Labels by variable, the first column and the others of a .sav, read as PSPP's manual says."""
    assert content[:4] == b"$FL2"
    layout, size, compression, _, n, bias = struct.unpack_from("<iiiiid", content, 64)
    assert (layout, compression, bias) == (2, 0, 100.0)
    at, short, kinds, labels, long = 176, [], [], [], {}
    while (kind := struct.unpack_from("<i", content, at)[0]) != 999:
        if kind == 2:
            _, width, labelled, missing, _, _, name = struct.unpack_from("<iiiiii8s", content, at)
            assert missing == 0
            at += 32
            label = ""
            if labelled:
                length = struct.unpack_from("<i", content, at)[0]
                label = content[at + 4 : at + 4 + length].decode("utf-8")
                at += 4 + -(-length // 4) * 4
            if width >= 0:
                short.append(name.decode().rstrip())
                kinds.append(width)
                labels.append(label)
        else:
            assert kind == 7
            subtype, each, count = struct.unpack_from("<iii", content, at + 4)
            data = content[at + 16 : at + 16 + each * count]
            if subtype == 13:
                long = dict(pair.split("=", 1) for pair in data.decode("utf-8").split("\t"))
            if subtype == 20:
                assert data == b"UTF-8"
            at += 16 + each * count
    at += 8
    wide = -(-kinds[0] // 8) * 8
    assert kinds[1:] == [0] * (len(kinds) - 1)
    assert size * 8 == wide + 8 * (len(kinds) - 1)
    assert len(content) - at == n * size * 8
    cases = [content[at + i * size * 8 : at + (i + 1) * size * 8] for i in range(n)]
    values = np.array([np.frombuffer(case[wide:], "<f8") for case in cases]).T
    named = {long[name]: label for name, label in zip(short, labels, strict=True)}
    return named, [case[:wide].decode("utf-8").rstrip(" ") for case in cases], np.where(values == -sys.float_info.max, np.nan, values)


@given(data=studies(whole) | studies(any_value))
@anyhow
def test_a_sav_is_as_it_is_documented(data: QData) -> None:
    files, carried = made("spss", data)
    labels, people, values = sav(files[".sav"])
    assert labels == {"participant": "", **dict(zip(carried.statements, carried.texts, strict=True))}
    assert tuple(people) == carried.participants
    assert np.array_equal(values, placed(carried), equal_nan=True)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name) for name in carried.statements)


@given(data=studies(whole) | studies(any_value))
@anyhow
def test_pyreadstat_reads_sav(tmp_path: Path, data: QData) -> None:
    files, carried = made("spss", data)
    (tmp_path / "study.sav").write_bytes(files[".sav"])
    frame, meta = pyreadstat.read_sav(str(tmp_path / "study.sav"))
    assert tuple(frame.columns[1:]) == carried.statements
    assert tuple(frame.iloc[:, 0]) == carried.participants
    assert tuple(meta.column_names_to_labels[name] or "" for name in carried.statements) == carried.texts
    assert np.array_equal(frame.iloc[:, 1:].to_numpy(float).T, placed(carried), equal_nan=True)


@given(data=studies(whole) | studies(any_value), stem=st.sampled_from(["study", "it's", 'a "b"', "x" * 200, "Ünder 小"]))
@anyhow
def test_spss_takes_the_commands(data: QData, stem: str) -> None:
    """No line is too long, no command but the first is without an end, and each wording is in quotes that end."""
    files, carried = made("spss-syntax", data, stem)
    text = files[".sps"].decode("utf-8-sig")
    assert max(len(line.encode()) for line in text.splitlines()) <= 250
    commands = [re.sub(r"'\s*\+\s*'", "", one) for one in re.findall(r"(?:'(?:[^']|'')*'|[^'.]|\.(?!\n))*\.\n", text)]
    assert "".join(commands).count("GET DATA") == 1
    assert f"/FILE='{(stem + '-spss.csv').replace(chr(39), chr(39) * 2)}'" in "".join(commands)
    labels = {
        found[1]: found[2].replace("''", "'") for one in commands if (found := re.match(r"VARIABLE LABELS (\w+)\n  '((?:[^']|'')*)'\.\n\Z", one))
    }
    assert labels == {name: text for name, text in zip(carried.statements, carried.texts, strict=True) if text}
    variables = re.findall(r"^  (\w+) F[\d.]+$", text, re.MULTILINE)
    assert tuple(variables) == carried.statements


@given(data=studies(whole), stem=st.sampled_from(["study", "it's", 'a "b" \\', "a\nsystem()", "Ünder 小"]))
@anyhow
def test_r_reads_its_csv_by_a_script_that_holds_no_more(data: QData, stem: str) -> None:
    """The name of the file is one string of R and no line of code; the distribution is that of the study, one number a place."""
    files, carried = made("r", data, stem)
    script = files[".R"].decode("utf-8")
    assert "system()" not in re.sub(r'"(?:[^"\\]|\\.)*"', '""', re.sub("#.*", "", script), flags=re.DOTALL)
    quoted = re.search(r'read\.csv\(\s*"((?:[^"\\]|\\.)*)"', script, re.DOTALL)
    assert quoted is not None
    assert re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL) == f"{stem}-r.csv"
    values, counts = re.search(r"rep\(c\((.*)\), times = c\((.*)\)\)", script).groups()  # type: ignore[union-attr]
    assert carried.grid == Grid(tuple(map(float, values.split(","))), tuple(map(int, counts.split(","))))
    frame = pandas.read_csv(io.BytesIO(files["-r.csv"]), index_col=0, keep_default_na=False, dtype={0: str})
    assert frame.shape == (data.n_statements, data.n_sorts)
    assert np.array_equal(frame.to_numpy(float), placed(carried))


# Where it is written


def test_the_file_that_is_there_stays_whole_on_a_full_disk(tmp_path: Path) -> None:
    """No file may grow beyond 300 bytes in that process, as on a disk without room; the earlier files stay, and nothing half-written is left."""
    written = qmethod.write(DATA, tmp_path / "study.dat")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    script = (
        "import resource, signal, sys, numpy, qmethod\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "data = qmethod.QData.from_array(numpy.tile([[0], [1], [-1]], 60))\n"
        "qmethod.write\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "try:\n    qmethod.write(data, sys.argv[1])\n"
        "except qmethod.DataError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(written.files[0])], capture_output=True, text=True, check=False)
    assert "the file cannot be written: File too large" in done.stdout, done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("path", ["/dev/full", "/dev/null"])
def test_a_device_is_no_file(path: str) -> None:
    with pytest.raises(DataError, match="this is no ordinary file; nothing was written"):
        qmethod.write(DATA, path, to="csv")
    assert not Path(path).is_file()


def test_a_folder_is_no_file_and_a_missing_one_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "study.sta"):
        path.mkdir(exist_ok=True)
        with pytest.raises(DataError, match="this is a folder; nothing was written"):
            qmethod.write(DATA, tmp_path / "study.dat" if path != tmp_path else path, to="pqmethod")
    assert not (tmp_path / "study.dat").exists()
    with pytest.raises(DataError, match="cannot be written: No such file"):
        qmethod.write(DATA, tmp_path / "nowhere" / "study.csv")


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    qmethod.write(DATA, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("statement,")


def test_the_name_tells_the_format_and_another_is_asked_for(tmp_path: Path) -> None:
    assert qmethod.write(DATA, tmp_path / "STUDY.DAT").files[1].name == "STUDY.STA"
    assert qmethod.write(DATA, tmp_path / "plain", to="stata").files[0].name == "plain.dta"
    assert qmethod.write(DATA, tmp_path / "table.txt", to="csv-long").files[0].name == "table.txt"
    with pytest.raises(DataError, match="the name does not tell which format is meant"):
        qmethod.write(DATA, tmp_path / "study.xyz")
    with pytest.raises(PolicyError, match="`to`"):
        qmethod.write(DATA, tmp_path / "study.csv", to="word")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="holds a solution, and these are sorts alone"):
        qmethod.write(DATA, tmp_path / "study.lis")
