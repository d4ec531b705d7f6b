"""Files that are encrypted with a passphrase: read as they were written, or refused whole."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tracemalloc
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod_studies.store import restore, sealing
from qmethod_studies.store.sealing import SealedWriter, open_sealed
from tests.studies.store.acting import make_study
from tests.studies.store.copying import copied, peopled, put, rows

PASSPHRASE = "correct horse battery staple"
PIECE, TAG = 65536, 16
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7)


@pytest.fixture(autouse=True, scope="module")
def cheap() -> Any:
    """The least that a file may ask of scrypt: these tests make hundreds of keys."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sealing, "_COST", 15)
        kept: dict[tuple[str, bytes, int], Any] = {}
        real = sealing._keys

        def once(passphrase: str, salt: bytes, cost: int) -> Any:
            if (passphrase, salt, cost) not in kept:
                kept[passphrase, salt, cost] = real(passphrase, salt, cost)
            return kept[passphrase, salt, cost]

        patched.setattr(sealing, "_keys", once)
        yield


def content(n: int) -> bytes:
    return random.Random(n).randbytes(n)


def sealed(whole: bytes, passphrase: str = PASSPHRASE) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, passphrase)
    writer.write(whole)
    writer.finish()
    return file.getvalue()


def read(file: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return open_sealed(io.BytesIO(file), passphrase, "a.backup").read()


@pytest.mark.parametrize("n", SIZES)
def test_what_was_written_is_read(n: int) -> None:
    file = sealed(content(n))
    assert read(file) == content(n)
    if n > 100:
        assert content(n)[:50] not in file


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.integers(0, 2 * PIECE + 3), max_size=5), steps=st.lists(st.integers(1, PIECE * 2), min_size=1, max_size=4))
def test_however_it_is_written_and_read(parts: list[int], steps: list[int]) -> None:
    whole, file = b"".join(map(content, parts)), io.BytesIO()
    writer = SealedWriter(file, PASSPHRASE)
    for n in parts:
        assert writer.write(content(n)) == n
    writer.finish()
    reader, found, i = open_sealed(io.BytesIO(file.getvalue()), PASSPHRASE, "x"), b"", 0
    while piece := reader.read(steps[i % len(steps)]):
        found, i = found + piece, i + 1
    assert found == whole


def test_the_file_is_what_is_said_of_it() -> None:
    """Opened by a second program, which knows the description alone."""
    whole = content(2 * PIECE + 5)
    file = sealed(whole)
    line, rest = file[: file.index(b"\n") + 1], file[file.index(b"\n") + 1 :]
    said = json.loads(line)
    assert set(said) == {"qmethod encrypted", "salt", "scrypt", "check"}
    n = 2 ** said["scrypt"]
    made = hashlib.scrypt(PASSPHRASE.encode(), salt=bytes.fromhex(said["salt"]), n=n, r=8, p=1, maxmem=256 * n * 8, dklen=64)
    found, number = b"", 0
    while rest:
        piece, rest = rest[: PIECE + TAG], rest[PIECE + TAG :]
        found += AESGCM(made[:32]).decrypt(number.to_bytes(11, "big") + bytes([not rest]), piece, line)
        number += 1
    assert found == whole


def damaged() -> list[tuple[str, bytes]]:
    """Files that somebody has been at."""
    whole = content(3 * PIECE + 100)
    file, other = sealed(whole), sealed(content(3 * PIECE + 100))
    begin = file.index(b"\n") + 1
    pieces = [file[i : i + PIECE + TAG] for i in range(begin, len(file), PIECE + TAG)]
    theirs = [other[i : i + PIECE + TAG] for i in range(other.index(b"\n") + 1, len(other), PIECE + TAG)]
    drawn, line = random.Random(5), file[:begin]
    cuts = [0, 1, 30, begin - 1, begin, begin + 1, begin + TAG, begin + PIECE + TAG, len(file) - 1, *(drawn.randrange(len(file)) for _ in range(30))]
    found = [(f"cut at {i}", file[:i]) for i in cuts]
    for i in [*range(0, begin, 7), *(drawn.randrange(begin, len(file)) for _ in range(60)), len(file) - 1]:
        found.append((f"changed at {i}", file[:i] + bytes([file[i] ^ 1 << drawn.randrange(8)]) + file[i + 1 :]))
    for name, order in (
        ("swapped", [1, 0, 2, 3]),
        ("left out", [0, 2, 3]),
        ("twice", [0, 1, 1, 2, 3]),
        ("last first", [3, 0, 1, 2]),
        ("first last", [0, 1, 2, 0]),
    ):
        found.append((name, line + b"".join(pieces[i] for i in order)))
    found += [(f"cut after piece {i}", line + b"".join(pieces[:i])) for i in range(4)]
    found += [(f"piece {i} of another", line + b"".join(theirs[j] if i == j else pieces[j] for j in range(4))) for i in range(4)]
    found += [("of another", line + b"".join(theirs)), ("under another line", other[: other.index(b"\n") + 1] + file[begin:])]
    return [*found, ("more behind", file + b"x"), ("another behind", file + other), ("a piece behind", file + pieces[0]), ("empty", b"")]


def test_whatever_was_changed_is_refused() -> None:
    cases = damaged()
    assert len(cases) > 120
    assert [what for what, file in cases if not refused(file)] == []


def refused(file: bytes) -> bool:
    try:
        read(file)
    except DataError:
        return True
    return False


def test_another_passphrase_is_said_to_be_one() -> None:
    file = sealed(content(10), "Añejo y otras palabras")
    assert read(file, "An\u0303ejo y otras palabras") == content(10)  # as other systems write the same
    for other in ("Anejo y otras palabras", "añejo y otras palabras", "", " " * 20, "Añejo y otras palabras ", "\ud800" * 12):
        with pytest.raises(DataError, match="this passphrase does not open the file"):
            read(file, other)


GOOD = {"qmethod encrypted": 1, "salt": "00" * 16, "scrypt": 15, "check": "00" * 32}


@pytest.mark.parametrize(
    "said",
    [
        *({**GOOD, "scrypt": cost} for cost in (-1, 0, 1, 14, 19, 30, 40, 2**31, 10**30, True, 15.0, "15", None, [15], 1e300)),
        *({**GOOD, "salt": salt} for salt in ("", "00" * 15, "zz" * 16, 7, "00" * 400)),
        *({**GOOD, "check": check} for check in ("", "00" * 31, None)),
        *({**GOOD, more: 1} for more in ("n", "r", "p")),
        *({**GOOD, "qmethod encrypted": number} for number in (0, 2, "1", None, [])),
        {"qmethod encrypted": 1},
    ],
    ids=repr,
)
def test_a_first_line_makes_nobody_compute(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrypt takes 128 bytes times 8 times 2 to its cost: a quarter of a gigabyte at most, and nothing before the line was found good."""

    def computed(*_: object, **__: object) -> None:
        raise AssertionError("computed")

    monkeypatch.setattr(sealing, "Scrypt", computed)
    monkeypatch.setattr(sealing, "_keys", computed)
    with pytest.raises(DataError):
        read(json.dumps(said).encode() + b"\n" + b"x" * 100)
    assert 128 * 8 * 2**sealing._MOST_COST <= 2**28


BEGUN = b'{"qmethod encrypted":'


@pytest.mark.parametrize("line", [b"[" * 5000, BEGUN + b"[" * 900, BEGUN + b"9" * 5000, BEGUN + b"9" * 990 + b"}", BEGUN + b"1" + b" " * 10**6])
def test_a_first_line_that_is_none(line: bytes) -> None:
    with pytest.raises(DataError):
        read(line)


def test_large_files_take_little_memory() -> None:
    class Much(io.RawIOBase):
        """Takes what is written, and keeps a sum."""

        def __init__(self) -> None:
            self.n = 0

        def write(self, content: Any, /) -> int:
            self.n += len(content)
            return len(content)

    tracemalloc.start()
    sink: Any = Much()
    writer, piece = SealedWriter(sink, PASSPHRASE), content(300_000)
    for _ in range(100):
        writer.write(piece)
    writer.finish()
    assert sink.n > 30_000_000
    file = io.BytesIO(sealed(piece * 10))
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    reader = open_sealed(file, PASSPHRASE, "x")
    while reader.read(PIECE):
        pass
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 10 * PIECE


def test_of_an_encrypted_backup_that_was_changed_nothing_reaches_a_database(store_url: str, tmp_path: Any) -> None:
    other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    peopled(store_url, make_study())
    file = copied(store_url)
    whole = sealed(file.getvalue())
    drawn = random.Random(9)
    begin = whole.index(b"\n") + 1
    for i in (begin, len(whole) - 1, *(drawn.randrange(begin, len(whole)) for _ in range(3))):
        broken: Any = open_sealed(io.BytesIO(whole[:i] + bytes([whole[i] ^ 4]) + whole[i + 1 :]), PASSPHRASE, "x")
        with pytest.raises(DataError, match="damaged"):
            restore_from(broken, file, other)
        assert rows(other) == {}
    restore_from(open_sealed(io.BytesIO(whole), PASSPHRASE, "x"), file, other)
    plain = f"sqlite:///{tmp_path / 'plain.sqlite3'}"
    put(plain, file)
    assert {name: len(found) for name, found in rows(other).items()} == {name: len(found) for name, found in rows(plain).items()}


def restore_from(content_: Any, file: Any, url: str) -> None:
    restore(url, content_, "x", keys=file.keys)
