"""What lies on the disk of a database, byte by byte: where a promise that something is gone is looked up."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from qmethod_studies.store import keys_file
from qmethod_studies.store.engine import sqlite_file


def raw(url: str, *, log: bool = True) -> bytes:
    """Every file of a database: of SQLite what begins with its name, but the keys; of PostgreSQL its heap and, with `log`, the log."""
    file = sqlite_file(url)
    if file is not None:
        return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")) if one != keys_file(url))
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        [number] = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone() or [0]
    data = Path(unquote(parse_qs(urlsplit(url).query)["host"][0])) / "data"
    folders = [data / "base" / str(number), *([data / "pg_wal"] if log else [])]
    return b"".join(one.read_bytes() for folder in folders for one in sorted(folder.rglob("*")) if one.is_file())


def keys(url: str) -> bytes:
    """The file of keys, and what lies beside it."""
    file = keys_file(url)
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


def spellings(text: str) -> list[bytes]:
    """How a text may stand in a file: as it is, and as JSON escapes it."""
    return [text.encode(), json.dumps(text)[1:-1].encode()]
