"""The keys of a database, in a file of their own: whose key is overwritten, their words can be read nowhere any more.

What names a person or was written by one stands in the database sealed with a key of that person. A withdrawal overwrites the key, so that the log of
the database, the heap of PostgreSQL and every backup made before hold what nobody can read. A backup holds no keys. A withdrawn key leaves its name
and the day, by which a restore knows whom to leave out.

The file belongs to the database and is as secret as it. Who has one of the two alone reads neither words nor names; who has both reads everything
but what was withdrawn.
"""

from __future__ import annotations

import base64
import hmac
import json
import math
import os
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from qmethod_studies.store.values import Damaged, Unavailable

VARIABLE = "QMETHOD_KEYS"
"""The environment variable that says where the keys are."""
_AHEAD = 16
_MOST_AT_ONCE = 500
_MOST_IN_MEMORY = 20_000
_NONCE = 12
_TAG = 16
_TABLE = "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, key BLOB, leaving TEXT, withdrawn TEXT) WITHOUT ROWID"
_NOT_THERE = "Put the file of keys that belongs to this database back in its place, or name it in QMETHOD_KEYS."


class NoKeys(Unavailable):
    """The keys of a database are not where they are looked for."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys by their names, and the days on which others were withdrawn."""

    keys: dict[str, bytes]
    withdrawn: dict[str, date]


def new_name() -> str:
    """A name for a key: 22 characters that say nothing."""
    return secrets.token_urlsafe(16)


class Keyring:
    """The keys of a database. Threads and processes may share the file.

    Parameters
    ----------
    path : pathlib.Path
        Of the file; it is made when the first key is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ciphers: dict[str, AESGCM] = {}
        self._secrets: dict[str, bytes] = {}
        self._ahead: list[str] = []
        self._turn = threading.Lock()

    @contextmanager
    def _open(self, *, make: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction; what was overwritten is zeros when it is done, and in no log."""
        try:
            if make:
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            elif not self.path.exists():
                raise NoKeys(f"{self.path}: the keys of the database are not here", _NOT_THERE)
            connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
            try:
                for pragma in ("secure_delete=ON", "synchronous=FULL", "journal_mode=DELETE"):
                    connection.execute(f"PRAGMA {pragma}").close()
                connection.execute("BEGIN IMMEDIATE" if make else "BEGIN")
                if make:
                    connection.execute(_TABLE)
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise Unavailable(f"{self.path}: the keys of the database cannot be used: {said}", "See to the file and its permissions.") from None

    def has(self, name: str) -> bool:
        """Whether a key is there."""
        return name in self.among([name]).keys

    def take(self) -> str:
        """The name of a new key. Keys are made some at a time: whoever begins does not wait for the disk each time."""
        with self._turn:
            if not self._ahead:
                self._make(_AHEAD)
            return self._ahead.pop()

    def make_ready(self, n: int) -> None:
        """Make as many keys as are about to be taken, all at once."""
        with self._turn:
            self._make(n - len(self._ahead))

    def _make(self, n: int) -> None:
        made = {new_name(): AESGCM.generate_key(256) for _ in range(n)}
        if made:
            self.put(made)
            self._ahead += made

    def put(self, keys: dict[str, bytes], withdrawn: dict[str, date] | None = None) -> None:
        """Keep keys under their names. One that was withdrawn, here or there, stays so.

        Parameters
        ----------
        keys : dict of str to bytes
        withdrawn : dict of str to date, optional
            Names and days of keys that were overwritten elsewhere.
        """
        with self._open(make=True) as connection:
            connection.executemany("INSERT INTO keys (name, key) VALUES (?, ?) ON CONFLICT DO NOTHING", keys.items())
            gone = [(day.isoformat(), name) for name, day in (withdrawn or {}).items()]
            connection.executemany("INSERT INTO keys (withdrawn, name) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET key = NULL", gone)
            connection.executemany("UPDATE keys SET withdrawn = ? WHERE name = ? AND withdrawn IS NULL", gone)

    def among(self, names: Iterable[str]) -> Keys:
        """Those of some keys that are there or were withdrawn."""
        wanted = list(dict.fromkeys(names))
        rows: list[Any] = []
        if wanted and self.path.exists():
            with self._open() as connection:
                for i in range(0, len(wanted), _MOST_AT_ONCE):
                    part = wanted[i : i + _MOST_AT_ONCE]
                    places = ", ".join("?" * len(part))
                    rows += connection.execute(f"SELECT name, key, withdrawn FROM keys WHERE name IN ({places})", part)  # noqa: S608 - question marks
        return Keys({name: key for name, key, _ in rows if key is not None}, {name: date.fromisoformat(day) for name, _, day in rows if day})

    def withdrawn(self) -> dict[str, date]:
        """The names of all keys that were overwritten, with the days."""
        if not self.path.exists():
            return {}
        with self._open() as connection:
            rows = connection.execute("SELECT name, withdrawn FROM keys WHERE withdrawn IS NOT NULL").fetchall()
        return {name: date.fromisoformat(day) for name, day in rows}

    def leave(self, names: Collection[str], database: str) -> None:
        """Note that keys are about to be overwritten, before the rows that they belong to go: who is stopped in between goes on later.

        Parameters
        ----------
        names : collection of str
        database : str
            Whose rows they are.
        """
        with self._open() as connection:
            connection.executemany("UPDATE keys SET leaving = ? WHERE name = ?", [(database, name) for name in names])

    def leaving(self, database: str) -> set[str]:
        """Names of the keys of a database that were noted to go, and are still there."""
        with self._open() as connection:
            return {name for (name,) in connection.execute("SELECT name FROM keys WHERE leaving = ? AND key IS NOT NULL", (database,))}

    def destroy(self, names: Collection[str]) -> None:
        """Overwrite keys. What they sealed can be read by nobody any more."""
        day = datetime.now(UTC).date().isoformat()
        with self._open() as connection:
            connection.executemany("UPDATE keys SET key = NULL, leaving = NULL, withdrawn = ? WHERE name = ?", [(day, name) for name in names])
        for name in names:
            self._ciphers.pop(name, None)

    def look_up(self, names: Iterable[str]) -> None:
        """Fetch keys that are about to be needed, all at once."""
        missing = [name for name in names if name not in self._ciphers]
        if missing:
            if len(self._ciphers) > _MOST_IN_MEMORY:
                self._ciphers = {}
            self._ciphers |= {name: AESGCM(key) for name, key in self.among(missing).keys.items()}

    def _cipher(self, name: str) -> AESGCM:
        there = self._ciphers.get(name)
        if there is None:
            self.look_up([name])
            there = self._ciphers.get(name)
        if there is None:
            raise not_among(self.path)
        return there

    def seal(self, name: str, value: Any, about: str) -> str:
        """A value as JSON, which only a key gives back, and only as what it was sealed for.

        Parameters
        ----------
        name : str
            Of the key.
        value : str, number, list or dict
        about : str
            What it is, such as ``comment s9``.
        """
        nonce = os.urandom(_NONCE)
        return base64.b64encode(nonce + self._cipher(name).encrypt(nonce, _as_json(value), about.encode())).decode()

    def unseal(self, name: str, sealed: str, about: str) -> Any:
        """What was sealed.

        Raises
        ------
        Damaged
            If it was changed, or is something else than it is taken for.
        """
        try:
            content = base64.b64decode(sealed)
            return json.loads(self._cipher(name).decrypt(content[:_NONCE], content[_NONCE:], about.encode()))
        except (InvalidTag, ValueError):
            raise Damaged(f"the database is damaged: what is kept as {about.split()[0]} was changed", "Put the last backup back.") from None

    def secret(self, name: str) -> str:
        """A key as 64 hexadecimal digits, for what is derived from it and kept nowhere."""
        found = self._secrets.get(name) or self.among([name]).keys.get(name)
        if found is None:
            raise not_among(self.path)
        self._secrets[name] = found
        return found.hex()


def sealed_bytes(value: Any) -> int:
    """Bytes that a value takes when it is sealed.

    Parameters
    ----------
    value : str, number, list or dict
    """
    return 4 * math.ceil((_NONCE + len(_as_json(value)) + _TAG) / 3)


def _as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def not_among(path: Path) -> NoKeys:
    """The refusal where a key of a database is not in a file."""
    return NoKeys(f"{path}: a key of the database is not among the keys here", _NOT_THERE)


def keyring(connection: Connection) -> Keyring:
    """The keys of the database that a connection leads to."""
    found: Keyring = connection.get_execution_options()["keys"]
    return found


def study_key(code_salt: str) -> str:
    """The name of the key that the codes of a study are derived from, by the salt of its access codes."""
    return f"study-{code_salt}"


def mark(secret: str, *parts: str) -> str:
    """What something is recognised by without being told: a keyed hash, 64 hexadecimal digits."""
    return hmac.digest(bytes.fromhex(secret), json.dumps(["mark", *parts]).encode(), "sha256").hex()
