"""The file with a copy of keys, without which nobody reads what a backup holds.

It is written anew each time, so that keys which were overwritten since go with it: of the keys one copy is to be there, of backups any number.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

from sqlalchemy import Connection, select

from qmethod.errors import DataError, Fault
from qmethod_studies.store import models
from qmethod_studies.store.keyring import Keys, keyring, not_among, study_key

START = b'{"qmethod keys":'
"""How such a file begins."""
_FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9_-]{8,40}")


def key_names(connection: Connection, study: str | None = None) -> list[str]:
    """The names of the keys that the rows of a database need, or those of one study in it.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    study : str, optional
    """
    s = models.study.c
    found = connection.execute(select(s.id, s.code_salt) if study is None else select(s.id, s.code_salt).where(s.name == study)).all()
    names = [study_key(row.code_salt) for row in found]
    for table in (models.person, models.invitation):
        query = select(table.c.key_name).where(table.c.key_name.is_not(None))
        names += connection.scalars(query if study is None else query.where(table.c.study_id.in_([row.id for row in found])))
    return [*names, *(connection.scalars(select(models.store.c.key_name)) if study is None else [])]


def refuse_without_keys(connection: Connection, study: str | None = None) -> None:
    """Refuse the rows of a database, or those of one study in it, where keys are missing that nobody withdrew.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    study : str, optional

    Raises
    ------
    NoKeys
    """
    keys = keyring(connection)
    needed = key_names(connection, study)
    found = keys.among(needed)
    if not set(needed) <= found.keys.keys() | found.withdrawn.keys():
        raise not_among(keys.path)


def withdrawn_and_there(connection: Connection, study: str | None = None) -> Keys:
    """The keys that the rows of a database need, and, of a whole one, the names of all that were withdrawn.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    study : str, optional
    """
    keys = keyring(connection)
    return Keys(keys.among(key_names(connection, study)).keys, keys.withdrawn())


def write_keys(keys: Keys) -> bytes:
    """The content of the file.

    Parameters
    ----------
    keys : Keys
    """
    gone = {name: day.isoformat() for name, day in sorted(keys.withdrawn.items())}
    there = {name: key.hex() for name, key in sorted(keys.keys.items())}
    return json.dumps({"qmethod keys": _FORMAT, "made": datetime.now(UTC).isoformat(), "withdrawn": gone, "keys": there}).encode() + b"\n"


def read_keys(content: bytes, name: str) -> Keys:
    """The keys of such a file.

    Parameters
    ----------
    content : bytes
    name : str
        What it is called in messages.

    Raises
    ------
    DataError
        If it is no such file, or damaged.
    """
    advice = "Name the file of keys that qmethod backup wrote with this backup or a later one."
    if not content.startswith(START):
        raise DataError([Fault("this is no copy of keys", file=name, advice=advice)])
    try:
        match json.loads(content):
            case {"qmethod keys": 1, "withdrawn": dict(gone), "keys": dict(there)}:
                if all(map(_NAME.fullmatch, (*gone, *there))) and all(re.fullmatch("[0-9a-f]{64}", str(key)) for key in there.values()):
                    days = {one: date.fromisoformat(str(day)) for one, day in gone.items()}
                    return Keys({one: bytes.fromhex(str(key)) for one, key in there.items()}, days)
    except (ValueError, RecursionError):
        pass
    raise DataError([Fault("the copy of keys is damaged", file=name, advice=advice)])
