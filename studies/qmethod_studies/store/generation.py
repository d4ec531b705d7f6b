"""The generation of a database: a random name that it gets when it is made, and a new one each time it is put back from a backup.

What a browser remembers was true of one generation. After a restore the database knows less than the browser does, so that what it remembers is to be
refused; the name tells one from the other.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from qmethod_studies.store import models


def generation(connection: Connection) -> str:
    """The name of the generation, 22 characters; the first one is begun where there is none yet.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Of a transaction that may write.
    """
    name = connection.scalar(select(models.generation.c.name))
    return name if name is not None else begin_generation(connection)


def begin_generation(connection: Connection) -> str:
    """Begin a new generation, and give its name; all that was remembered of earlier ones counts no more.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Of a transaction that may write.
    """
    name = secrets.token_urlsafe(16)
    connection.execute(delete(models.generation))
    connection.execute(insert(models.generation).values(name=name, began=datetime.now(UTC)))
    return name
