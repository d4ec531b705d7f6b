"""What the codes of a study are derived from: a secret of its own, and how its invitations were numbered where they were made.

The code behind a personal link is computed from both and kept nowhere. The secret is among the keys, not in the database: who has the database alone
computes no code. A study that is added to a database with other studies keeps both, so that every link that was sent still leads to its response.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from qmethod.errors import DataError, Fault
from qmethod_studies.store import models
from qmethod_studies.store.keyring import keyring, study_key


class Origin(NamedTuple):
    """Where the codes of a study come from.

    Parameters
    ----------
    secret : str
        64 hexadecimal digits.
    shift : int
        How much higher the numbers of its invitations are here than where they were made.
    """

    secret: str
    shift: int


def origin(connection: Connection, study: str) -> Origin:
    """The origin of a study.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    study : str
        Its name.

    Raises
    ------
    DataError
        If it is not in the database.
    """
    row = connection.execute(_ORIGIN, {"name": study}).one_or_none()
    if row is None:
        raise DataError([Fault(f"the database holds no study {study!r}", advice="It is put into it when it is first served.")])
    return Origin(keyring(connection).secret(study_key(row.code_salt)), row.shift or 0)


_ORIGIN = (
    select(models.study.c.code_salt, models.origin.c.shift)
    .select_from(models.study.outerjoin(models.origin, models.origin.c.study_id == models.study.c.id))
    .where(models.study.c.name == bindparam("name"))
)
