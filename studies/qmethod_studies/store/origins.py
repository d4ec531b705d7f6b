"""What a study brought along from another database: the secret that its codes are derived from, and how its invitations were numbered there.

The code behind a personal link is computed from the secret of the database and the number of the invitation, and kept nowhere. A study that is added
to a database with other studies keeps both, so that every link that was sent still leads to its response.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from qmethod_studies.store import models


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


def origin(connection: Connection, study: str, secret: str) -> Origin:
    """The origin of a study; that of a study which began in this database is the database itself.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    study : str
        Its name.
    secret : str
        That of this database.
    """
    o = models.origin.c
    row = connection.execute(select(o.secret, o.shift).join(models.study).where(models.study.c.name == study)).one_or_none()
    return Origin(secret, 0) if row is None else Origin(*row)
