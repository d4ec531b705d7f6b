"""Delete sorts of nobody, in files of SQLite.

A restore that left people out, who had withdrawn since the backup was made, deleted them and left their sorts: SQLite cascades only while it looks at
foreign keys. Nobody can read such a sort, for the name of its key went with the person. PostgreSQL always cascaded.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_OF_PERSON = ("response", "browser")
_OF_RESPONSE = ("answer", "comment", "consent", "event", "placement")


def upgrade() -> None:
    """Delete responses and browsers whose person is not there, with what hangs on them."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    person, response = sa.table("person", sa.column("id")), sa.table("response", sa.column("id"), sa.column("person_id"))
    people = sa.select(person.c.id)
    unowned = sa.select(response.c.id).where(response.c.person_id.not_in(people))
    for name in _OF_RESPONSE:
        table = sa.table(name, sa.column("response_id"))
        connection.execute(sa.delete(table).where(table.c.response_id.in_(unowned)))
    for name in _OF_PERSON:
        table = sa.table(name, sa.column("person_id"))
        connection.execute(sa.delete(table).where(table.c.person_id.not_in(people)))
