"""Hostile results of every program: refused in words, in time and in little memory; and what each reader says of a slip."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qmethod import DataError, QData, read
from tests.formats.shapes import SHAPES

HERE = Path(__file__).parent
EXAMPLES = HERE / "examples"
TEXTS = sorted({form.stem for form in EXAMPLES.iterdir() if form.suffix in (".csv", ".json", ".txt", ".dat") or form.is_dir()})
JSONS = ("eq_web_sort", "easy_htmlq", "ken_q", "qualis_json")
SECONDS, MEGABYTES = 2.0, 200

MEASURED = """
import re, sys, time
import qmethod
def megabytes():
    return int(re.search(r"VmHWM:\\s*([0-9]+)", open("/proc/self/status").read())[1]) // 1024
for path in sys.argv[1:]:
    start = time.process_time()
    try:
        data = qmethod.read(path)
        said = "read " + "; ".join(notice.code for notice in data.notices)
    except qmethod.DataError as refusal:
        fault = refusal.faults[0]
        good = fault.file == path and fault.advice and len(str(refusal)) < 20_000
        said = "refused" if good else f"poor words: {refusal}"
    print(f"{time.process_time() - start:.2f}\\t{megabytes()}\\t{said[:300]}")
"""


def example(form: str) -> bytes:
    """The bytes of an example; of a folder, those of its first file."""
    path = next(path for path in EXAMPLES.iterdir() if path.stem == form)
    return sorted(path.iterdir())[0].read_bytes() if path.is_dir() else path.read_bytes()


def placed(form: str, instead: bytes) -> bytes:
    """An example with something else in place of a placement, or of a card."""
    content = example(form)
    if form == "boards":
        return content.replace(b"i1", instead, 1)
    before, sign, after = content.partition(b"-1")
    assert sign
    return before + instead + after


def hostile(form: str) -> dict[str, bytes]:
    """Files that must be refused, by what is wrong with them."""
    content = example(form)
    found = {
        "cell of 10 MB": placed(form, b"x" * 10_000_000),
        "quoted cell of 10 MB": placed(form, b"'" * 10_000_000),
        "number of 10,000 digits": placed(form, b"9" * 10_000),
        "placement beyond all grids": placed(form, b"1e300"),
        "NaN": placed(form, b"-Infinity"),
        "control characters": placed(form, b"\x01"),
        "zero bytes": placed(form, b"\x00\x00\x00"),
        "wrong magic": b"PK\x03\x04" + content,
        "other wrong magic": b"\x89PNG\r\n\x1a\n" + content,
        "broken UTF-16": b"\xff\xfe" + content + (b"x" if len(content) % 2 == 0 else b""),
        "packed": b"\x1f\x8b" + content,
        "formula": placed(form, b"=HYPERLINK(1)"),
    }
    if form in JSONS:
        found |= {
            "deep lists": placed(form, b"[" * 100_000),
            "deep objects": content.rstrip()[:-1] + b',"x":' + b'{"a":' * 100_000,
            "deep and closed": content.rstrip()[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            "key twice": content.rstrip()[:-1] + b"," + content.strip()[1:],
            "cut": content[: len(content) // 2],
            "cut at the end": content.rstrip()[:-1],
            "two values": content + content,
            "4 million brackets": content.rstrip()[:-1] + b',"x":[' + b"[]," * 2_000_000 + b"1]}",
            "Infinity": content.rstrip()[:-1] + b',"x":{"sort":Infinity,"S01":NaN}}',
        }
    return found


HARMLESS = {("pqmethod", "number of 10,000 digits")} | {
    ("boards", kind) for kind in ("number of 10,000 digits", "placement beyond all grids", "NaN", "formula")
}
"""The second line of a .DAT is not needed. A board holds ids, not numbers: one unlike most is told where there are others to compare with."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's account of the memory of a process")
@pytest.mark.parametrize("form", TEXTS)
def test_hostile_files_are_refused_in_time_and_memory(form: str, tmp_path: Path) -> None:
    """Measured in a process of its own: seconds of the processor for each reading, and the most memory that the process ever had, imports with it.

    The kernel is asked for what this program had: what `resource` tells counts that of the process it was begun by.
    """
    wrong = {kind: content for kind, content in hostile(form).items() if (form, kind) not in HARMLESS}
    files = []
    for i, content in enumerate(wrong.values()):
        files.append(tmp_path / f"{form}{i}.unknown")
        files[-1].write_bytes(content)
    run = subprocess.run([sys.executable, "-c", MEASURED, *map(str, files)], capture_output=True, text=True, check=True)
    lines = [line.split("\t") for line in run.stdout.splitlines()]
    assert len(lines) == len(files)
    told = {kind: (float(seconds), float(megabytes), said) for kind, (seconds, megabytes, said) in zip(wrong, lines, strict=True)}
    assert {kind: each for kind, each in told.items() if each[2] != "refused"} == {}
    assert {kind: each for kind, each in told.items() if each[0] > SECONDS or each[1] > MEGABYTES} == {}


def test_every_format_of_text_has_an_example_here() -> None:
    assert len(TEXTS) >= len({shape.name for shape in SHAPES})


RECORDS = {"-Ka": {"partId": "ann", "timeSort": "1", "sort": "1|0|-1"}, "-Kb": {"partId": "ben", "timeSort": "1", "sort": "0|1|-1"}}


def reads(folder: Path, content: str | bytes | object, name: str = "results.txt") -> QData:
    raw = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
    (folder / name).write_bytes(raw)
    return read(folder / name)


def said(data: QData) -> dict[str, str]:
    return {notice.code: notice.message for notice in data.notices}


def changed(**more: dict[str, object]) -> dict[str, dict[str, object]]:
    """The records, with others or with other values."""
    found: dict[str, dict[str, object]] = {key: dict(record) for key, record in RECORDS.items()}
    for key, fields in more.items():
        found[f"-{key}"] = {**found.get(f"-{key}", {}), **fields}
    return found


QUINCE = "r1,r2,r3\n(partId): ann,(randomId): a,sort: 1|0|-1\n(partId): ben,(randomId): b,sort: 0|{}|-1\n"
NETLIFY = "when,qSortData\n1,partId:| ann | sort:| 1|0|-1\n2,partId:| ben | sort:| 0|{}|-1\n"
DELIBERATEQ = (
    ":Title\tX\n:Participants\t{}\n:Variables\t0\nann\nben\n:Q Statements\t{}\n:P Statements\t0\n"
    "ann\tPre\t1\t0\t-1\nben\tPre\t{}\t0\t{}\n:Statements\n{}\tOne.\n"
)
OLDER = "#Title X\n#Data\nStage\tParticipant No\tQF1\tQF2\tQF{}\nPre\tann\t1\t0\t-1\nPre\t{}\t0\t{}\t-1\n#Statements\n1\tOne.\n"
PILES = "value,ann,ben,cem\n-1,1,2,3\n0,2,{},1\n0,3,4,2\n1,4,3,{}\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            changed(Kb={"sort": "0|x|-1"}),
            r"'x' is not a placement: entry 2 of the sort of '-Kb' \(participant ben, statement s2\)\n-> Correct it in the file",
        ),
        (changed(Kb={"sort": [0, 1, [2]]}), r"'\?' is not a placement: entry 3 of the sort of '-Kb'"),
        (
            changed(Kb={"partId": "ann"}, Ka={"sort": ""}) | {"-Kb": {"partId": "b", "timeSort": "", "sort": "|"}},
            "the sorts of all records are empty",
        ),
        ('{"-Ka": {"timeSort": 1, "sort": "1|0",\n"sort": "0|1"}}', "the key 'sort' stands twice in one object"),
        ('{"-Ka": {"timeSort": NaN, "sort": "1|0"}}', "holds NaN, which is no number"),
        ('{"-Ka": {"timeSort": 1,\n\n"sort": "1|0"', ":3: the JSON breaks off"),
        ('{"-Ka": {"timeSort": 1,\r\r"sort": "1|0"} "-Kb": 1}', ":3: this is no JSON"),
        ({"ann": {"S1": 1, "S2": 0}, "ben": {"S1": 0, "S2": "much"}}, r"'much' is not a placement \(participant ben, statement S2\)"),
        ({"ann": {"S1": 1, "S2": 0}, "ben": {"S1": 0, "S2": [1]}}, "a list is not a placement"),
        ({"ann": {"S1": 1, "S2": 0}, "ben": 3}, "under 'ben' stands no object of statements"),
        ({"ann": {"S1": 1}, "ben": {"T1": 1}, "cem": {"U1": 0}}, "do not share their statements"),
        (QUINCE.format("many"), r":3:3: 'many' is not a placement: entry 2 of the sort \(participant ben, statement s2\)"),
        (NETLIFY.format("?"), r":3:2: '\?' is not a placement: entry 2 of the sort \(participant ben, statement s2\)"),
        ("sid;uid;s1;s2;s3;\n1;ann;1;0;-1;\n2;ben;0;x;1;\n", r":3:4: 'x' is not a placement \(participant ben, statement s2\)"),
        (DELIBERATEQ.format(3, 3, 0, 1, 1), ":2: :Participants declares 3 participants, 2 follow"),
        (DELIBERATEQ.format(2, 4, 0, 1, 1), ":8: the line holds 5 cells; a sort has 6(.|\n)*:9: the line holds 5"),
        (DELIBERATEQ.format(2, "three", 0, 1, 1), ":6: behind :Q Statements stands 'three', not a number"),
        (DELIBERATEQ.format(2, 3, 0, "high", 1), r":9:5: 'high' is not a placement \(participant ben, statement s3\)"),
        (DELIBERATEQ.format(2, 3, 0, 1, 9), ":11:1: '9' is not the number of a statement, 1 to 3"),
        (DELIBERATEQ.format(2, 3, 0, 1, 1).replace("ben\tPre", "bea\tPre"), ":9:1: 'bea' is not among the participants"),
        (DELIBERATEQ.format(2, 3, 0, 1, 1).replace("ben\tPre", "ann\tPre"), ":9:1: two sorts are called 'ann', here and in line 8"),
        (OLDER.format(4, "ben", 1), ":3: the header below #Data needs the columns"),
        (OLDER.format(3, "ann", 1), ":5:2: two sorts are called 'ann', here and in line 4"),
        (OLDER.format(3, "ben", "?"), r":5:4: '\?' is not a placement \(participant ben, statement s2\)"),
        (PILES.format(1, 1), r":5:4: statement 1 stands twice, here and in line 3 \(participant cem\)"),
        (PILES.format(1, 5), ":5:4: '5' is not the number of a statement, 1 to 4"),
        (PILES.format(1, ""), ":5:4: '' is not the number of a statement"),
        (PILES.format(1, 4).replace("ben", "ann"), ":1:3: two participants are called 'ann', here and in column 2"),
        (PILES.format(1, 4).replace("ben", ""), ":1:3: a participant has no name"),
    ],
)
def test_a_slip_is_named_with_its_place(content: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words) as refusal:
        reads(tmp_path, content)
    assert all(fault.file == str(tmp_path / "results.txt") and fault.advice for fault in refusal.value.faults)


def board(middle: str = "c3", values: str = "-1,0,1") -> str:
    return f",c1,\nc2,{middle},c4\n{values}\n"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"ann": board(), "ben": board("c2")}, r"ben\.csv:2: 'c2' stands twice, here and in line 2"),
        ({"ann": board(), "ben": board(), "cem": board("c30")}, r"cem\.csv:2:2: 'c30' is not among the statements of most other boards; it lacks c3"),
        ({"ann": board(values=""), "ben": ",c1\nc2,c3\nc4,\n"}, "even number|columns"),
        ({"ann": board(values=""), "ben": board(values=""), "cem": "c1,,c3\nc2,,c4\n"}, r"cem\.csv: column 2 is empty|this is no board"),
        ({"ann": board(), "ben": board(), "notes": "Dear all, please find below\nwhat we talked about, thanks\n"}, r"notes\.csv: this is no board"),
        ({"before/ann": board(), "before/ben": board(), "after/ann": board()}, "the sorts are in folders of this one: after, before(.|\n)*Name one"),
    ],
)
def test_a_slip_on_a_board_is_named_with_its_file(files: dict[str, str], words: str, tmp_path: Path) -> None:
    for name, content in files.items():
        path = tmp_path / "study" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    with pytest.raises(DataError, match=words) as refusal:
        read(tmp_path / "study")
    assert all(fault.advice for fault in refusal.value.faults)


def test_who_is_not_told_apart_is_called_by_another_key(tmp_path: Path) -> None:
    """`demo` and `not required` name nobody."""
    people = ["demo", "demo", "not required", "abi", "5", "6", "8"]
    records = {f"-K{i}": {"partId": name, "randomId": f"x{i}", "timeSort": "1", "sort": "1|0|-1"} for i, name in enumerate(people)}
    data = reads(tmp_path, records)
    assert data.participants == ("x0", "x1", "x2", "abi", "5", "6", "8")
    assert "3 participants without a 'partId' of their own are called by 'randomId': x0, x1, x2." in said(data)["participants-named-otherwise"]


def test_records_without_names_are_called_by_their_keys_or_numbered(tmp_path: Path) -> None:
    assert reads(tmp_path, {key: {"sort": record["sort"]} for key, record in RECORDS.items()}).participants == ("-Ka", "-Kb")
    data = reads(tmp_path, "when,sort\n1,1|0|-1\n1,0|1|-1\n")
    assert data.participants == ("p1", "p2")
    assert "participants-numbered" in said(data)


def test_unfinished_records_are_left_out_and_sorts_of_two_lengths_told(tmp_path: Path) -> None:
    data = reads(tmp_path, changed(Kc={"partId": "cem", "sort": "1|0"}, Kd={"partId": "dov", "sort": ""}, Ke={"consent": "no"}))
    assert data.participants == ("ann", "ben", "cem")
    assert "2 records without a sort left out: '-Kd', '-Ke'" in said(data)["records-without-sort"]
    assert "1 sort of 2 statements, 2 sorts of 3 statements; those that differ from most: cem" in said(data)["sorts-of-different-length"]


def test_stages_are_part_of_the_names(tmp_path: Path) -> None:
    data = reads(tmp_path, DELIBERATEQ.format(2, 3, 0, 1, 1).replace("ben\tPre", "ann\tPost"))
    assert data.participants == ("ann.Pre", "ann.Post")
    assert "2 stages (Pre, Post)" in said(data)["stages"]
    assert data.texts == ("One.", "", "")


def test_what_else_a_folder_of_boards_holds_is_told(tmp_path: Path) -> None:
    for name, content in {"ann.csv": board(), "ben.csv": board() + "picture below\n,c9,\n", "cem.csv": board(""), "README.md": "Sorts."}.items():
        (tmp_path / name).write_text(content)
    data = read(tmp_path)
    assert data.participants == ("ann", "ben", "cem")
    assert "'README.md'" in said(data)["files-left-out"]
    assert "ben.csv from line 4" in said(data)["lines-left-out"]
    assert "cem.csv shows no card of c3" in said(data)["cards-missing"]
    assert data.source is not None
    before = data.source.sha256
    (tmp_path / "ann.csv").write_text(board("c4").replace("c4\n", "c3\n"))
    assert read(tmp_path).source.sha256 != before  # type: ignore[union-attr]


def test_a_table_of_placements_and_whole_sorts_is_read_by_its_columns(tmp_path: Path) -> None:
    data = reads(tmp_path, "id,sort,s1,s2,s3\nann,9|9|9,1,0,-1\nben,9|9|9,0,1,-1\n")
    assert data.sorts.T.tolist() == [[1, 0, -1], [0, 1, -1]]
