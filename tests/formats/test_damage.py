"""Whatever the bytes, `read` gives sorts or an error in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod import QData, QMethodError, read
from tests import references
from tests.formats.hostile import HOSTILE

HERE = Path(__file__).parent
LIPSET = (references.HERE / "lipset" / "sorts.csv").read_bytes()
DAT = (references.HERE / "formats" / "lipset_from_r.dat").read_bytes()
LONG = b"participant;statement;value\n" + b"".join(b"p%d;s%d;%d\n" % (i, j, (i + j) % 3) for i in range(4) for j in range(5))
ACROSS = b"name\tage\ts1\ts2\ts3\tcomment\na\t30\t1\t0\t-1\thello\nb\t31\t0\t1\t-1\t\n"
QUALIS = b"mystudy   2  3\n      1  1 0-1\n      2  0 1-1\n"
EXAMPLES = tuple(path.read_bytes() for path in sorted((HERE / "examples").rglob("*")) if path.suffix in (".csv", ".json", ".txt"))
WHOLE = (LIPSET, *EXAMPLES, DAT, LONG, ACROSS, QUALIS, *(hostile.content for hostile in HOSTILE if len(hostile.content) < 3000))

anyhow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file with a piece cut out, replaced, or put in twice."""
    content = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 40)))
        pieces = st.sampled_from(
            [
                b"",
                b",",
                b";",
                b"\t",
                b"\n",
                b"\r",
                b'"',
                b"-",
                b"|",
                b":",
                b"{",
                b"]",
                b"\x1e",
                b" ",
                b"9",
                b"\x00",
                b"\xff",
                b"\x1a",
                b"\xe2\x88\x92",
                b"x" * 30,
                b"\n" * 200,
            ]
        )
        content = content[:start] + draw(pieces | st.just(content[start:end] * 2) | st.binary(max_size=4)) + content[end:]
    return content


def outcome(path: Path, **arguments: Any) -> QData | str:
    """What is read, or the words of the refusal; any other exception is a failure."""
    try:
        return read(path, **arguments)
    except QMethodError as refusal:
        return str(refusal)


def check(tmp_path: Path, name: str, content: bytes, layout: str | None = None) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = outcome(path, layout=layout)
    if isinstance(found, str):
        assert str(path) in found
        assert len(found.splitlines()) <= 20
    else:
        assert found.sorts.shape == (len(found.statements), len(found.participants))
        assert found.source is not None
        assert found.source.name == name


@given(damaged(), st.sampled_from(["sorts.csv", "sorts.dat", "sorts"]), st.sampled_from([None, "long", "statements-in-rows", "participants-in-rows"]))
@anyhow
def test_damaged_files(tmp_path: Path, content: bytes, name: str, layout: str | None) -> None:
    check(tmp_path, name, content, layout)


@given(st.binary(max_size=200) | st.text(",;\t\n\"' 0123456789-+.abps\r", max_size=200).map(str.encode), st.sampled_from(["sorts.csv", "sorts.dat"]))
@anyhow
def test_noise(tmp_path: Path, content: bytes, name: str) -> None:
    check(tmp_path, name, content)


NOTHING = (
    b"\n" * 30_000 + LIPSET,
    b"\n" * 30_000 + b"x",
    b"\x1a\n\x1a",
    b"\xa0",
    "\u2003\n\u2003".encode(),
    b"\xef\xbb\xbf" * 2,
    b"\x0c\n\x0c",
    b'"',
    b"'",
)


@pytest.mark.parametrize("name", ["sorts.csv", "sorts.dat"])
@pytest.mark.parametrize("content", NOTHING, ids=range(len(NOTHING)))
def test_next_to_nothing(tmp_path: Path, content: bytes, name: str) -> None:
    check(tmp_path, name, content)


@pytest.mark.parametrize("encoding", ["hex", "rot13", "base64", "undefined", "utf-16-be", "a\x00b", ""])
def test_what_is_no_encoding_of_the_file(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "sorts.csv"
    path.write_bytes(LIPSET)
    assert str(path) in str(outcome(path, encoding=encoding))


@given(damaged())
@anyhow
def test_damaged_wordings(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sorts.csv").write_bytes(LIPSET)
    (tmp_path / "wordings.csv").write_bytes(content)
    found = outcome(tmp_path / "sorts.csv", statements=tmp_path / "wordings.csv")
    if isinstance(found, str):
        assert "wordings.csv" in found
    else:
        assert len(found.texts) == 33
