"""A file that is encrypted with a passphrase: written and read piece by piece, and believed in whole only.

One line of JSON says how the key is made of the passphrase; behind it stand pieces of 64 KiB, each sealed by AES-256-GCM with that line as what it
belongs to, and with a nonce of its number and of whether it is the last. So a piece that was changed, left out, moved or taken from another file
does not open, and a file that was cut or continued is refused. The key is one for each file, by a salt of its own, so that no nonce comes twice.

The passphrase goes through scrypt. What a file may ask of scrypt is bounded before it is believed, because that comes before any proof.
"""

from __future__ import annotations

import hmac
import io
import json
import os
import unicodedata
from dataclasses import dataclass
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from qmethod.errors import DataError, Fault

SEALED_START = b'{"qmethod encrypted":'
"""How such a file begins."""
SHORTEST_PASSPHRASE = 12
_FORMAT = 1
_COST = 17
_LEAST_COST, _MOST_COST = 15, 18
_BLOCK = 8
_LONGEST_LINE = 1024
_PIECE = 2**16
_TAG = 16
_WHAT_TO_DO = "Fetch the file again from where it was kept, or take an earlier one."


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a passphrase and a salt come to.

    Parameters
    ----------
    cipher : AESGCM
    check : bytes
        Proves the first line, and by it the passphrase.
    """

    cipher: AESGCM
    check: bytes


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that would soon be guessed.

    Raises
    ------
    DataError
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        advice = f"Take at least {SHORTEST_PASSPHRASE}, such as five words that are drawn at random."
        raise DataError([Fault(f"the passphrase has {len(passphrase)} characters", advice=advice)])


def is_sealed(beginning: bytes) -> bool:
    """Whether a file that begins so is encrypted with a passphrase."""
    return beginning.startswith(SEALED_START)


class SealedWriter(io.RawIOBase):
    """Encrypts what is written to it; what is not finished is refused when it is read.

    Parameters
    ----------
    file : binary stream
        Where to write to; it need not be able to go back.
    passphrase : str
    """

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        self._file = file
        salt = os.urandom(16)
        keys = _keys(passphrase, salt, _COST)
        self._line = _first_line(salt, _COST, keys)
        self._cipher = keys.cipher
        self._number = 0
        self._waiting = bytearray()
        file.write(self._line)

    def writable(self) -> bool:
        """It is there to be written to."""
        return True

    def write(self, content: Any, /) -> int:
        """Take in what is to be encrypted."""
        taken = memoryview(content).nbytes
        self._waiting += memoryview(content).cast("B")
        while len(self._waiting) > _PIECE:  # one piece at least remains, to be the last
            self._put(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        return taken

    def finish(self) -> None:
        """Write what remains, and that it is the end."""
        self._put(bytes(self._waiting), last=True)
        self._file.flush()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), piece, self._line))
        self._number += 1


class _Pieces(io.RawIOBase):
    """The content of an encrypted file, each piece once it has opened."""

    def __init__(self, file: IO[bytes], cipher: AESGCM, line: bytes, name: str) -> None:
        self._file = file
        self._cipher = cipher
        self._line = line
        self._name = name
        self._number = 0
        self._next = _whole(file, _PIECE + _TAG)
        self._open = memoryview(b"")
        self._over = False

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Content of the piece that is open; nothing once the last has opened and nothing stands behind it."""
        while not self._open and not self._over:
            self._turn()
        n = min(len(buffer), len(self._open))
        buffer[:n] = self._open[:n]
        self._open = self._open[n:]
        return n

    def _turn(self) -> None:
        piece, self._next = self._next, _whole(self._file, _PIECE + _TAG)
        self._over = not self._next
        try:
            self._open = memoryview(self._cipher.decrypt(_nonce(self._number, last=self._over), piece, self._line))
        except (InvalidTag, ValueError):
            self._over, self._next = False, b""  # whoever asks again is refused again
            raise _damaged(self._name, "it was changed, or ends too soon") from None
        self._number += 1


def open_sealed(file: IO[bytes], passphrase: str, name: str) -> io.BufferedReader:
    """The content of an encrypted file, to be read once, from front to back, and to its end before anything of it is believed.

    Parameters
    ----------
    file : binary stream
    passphrase : str
    name : str
        What it is called in messages.

    Raises
    ------
    DataError
        If it is no such file, or of a newer version, or the passphrase is another one; when it is read, where it is damaged.
    """
    line = file.readline(_LONGEST_LINE)
    salt, cost, check = _said(line, name)
    keys = _keys(passphrase, salt, cost)
    if not hmac.compare_digest(_check(salt, cost, keys), check):
        what = "this passphrase does not open the file"
        raise DataError(
            [Fault(what, file=name, advice="Look for a slip of the pen; or the first line of the file was changed since it was written.")]
        )
    return io.BufferedReader(_Pieces(file, keys.cipher, line, name))


def _first_line(salt: bytes, cost: int, keys: _Keys) -> bytes:
    said = {"qmethod encrypted": _FORMAT, "salt": salt.hex(), "scrypt": cost, "check": _check(salt, cost, keys).hex()}
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def _said(line: bytes, name: str) -> tuple[bytes, int, bytes]:
    """Salt, cost and check of a first line, none of which is proven yet."""
    if not is_sealed(line):
        raise DataError([Fault("this is no file that was encrypted by this software", file=name)])
    try:
        said = json.loads(line)
        if isinstance(said, dict) and said.get("qmethod encrypted") != _FORMAT:
            advice = "Install the newest qmethod (pip install --upgrade qmethod), then do it again."
            raise DataError([Fault("the file was encrypted by a newer version of this software", file=name, advice=advice)])
        match said:
            case {"salt": str(salt), "scrypt": int(cost), "check": str(check)} if _LEAST_COST <= cost <= _MOST_COST and len(said) == 4:
                found = bytes.fromhex(salt), cost, bytes.fromhex(check)
                if (len(found[0]), len(found[2])) == (16, 32):
                    return found
    except (ValueError, RecursionError):
        pass
    raise _damaged(name, "its first line does not say what it must")


def _keys(passphrase: str, salt: bytes, cost: int) -> _Keys:
    whole = unicodedata.normalize("NFC", passphrase).encode(errors="surrogatepass")
    made = Scrypt(salt=salt, length=64, n=2**cost, r=_BLOCK, p=1).derive(whole)
    return _Keys(AESGCM(made[:32]), made[32:])


def _check(salt: bytes, cost: int, keys: _Keys) -> bytes:
    return hmac.digest(keys.check, json.dumps([_FORMAT, salt.hex(), cost]).encode(), "sha256")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _whole(file: IO[bytes], n: int) -> bytes:
    """So many bytes of a stream that may give fewer at a time; fewer at its end only."""
    found = bytearray()
    while len(found) < n and (piece := file.read(n - len(found))):
        found += piece
    return bytes(found)


def _damaged(name: str, why: str) -> DataError:
    return DataError([Fault(f"the encrypted file is damaged: {why}; nothing was changed", file=name, advice=_WHAT_TO_DO)])
