"""What people wrote and how they are called, sealed with keys that lie elsewhere; of who declined, that somebody did.

Tables whose rows stood in clear are written anew, so that no page of the database holds what it held. The log of PostgreSQL does until it is
recycled.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from qmethod_studies.store.keyring import Keyring, keyring, mark, study_key

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Row = dict[str, Any]


def upgrade() -> None:
    """Seal what there is."""
    connection = op.get_bind()
    keys = keyring(connection)
    studies = _secrets(keys)
    _decliners(connection, studies)
    people = _people(connection, keys, studies)
    _invitations(keys, studies, people)
    of = {row["id"]: row["key_name"] for row in _rows("SELECT r.id, p.key_name FROM response r JOIN person p ON p.id = r.person_id")}
    for table, name, column, read in (("answer", "question", "value", _json), ("comment", "statement", "text", str)):
        _texts(keys, of, table, name, column, read)


def _rows(query: str) -> list[Row]:
    return [dict(row) for row in op.get_bind().execute(sa.text(query)).mappings()]


def _json(value: Any) -> Any:
    """A driver of PostgreSQL takes JSON apart, that of SQLite does not."""
    return json.loads(value) if op.get_bind().dialect.name == "sqlite" and isinstance(value, str) else value


def _reshape(
    name: str, rows: Sequence[Row], key: Sequence[str], columns: Sequence[sa.Column[Any]], others: Sequence[Any], gone: Sequence[str]
) -> None:
    """Give a table other columns and values, so that nothing of the earlier ones is left in its pages.

    SQLite gets a new table; what hangs on its rows stays meanwhile, see `qmethod_studies.store.schema.prepare`. PostgreSQL changes the table in
    place, and writes it anew for a column whose values are computed.

    Parameters
    ----------
    name : str
    rows : sequence of dict
        As they are to be.
    key : sequence of str
        Columns by which a row is found.
    columns : sequence of sqlalchemy.Column
        All, as they are to be; those that are new, or hold other values, have ``info={"changed": True}``.
    others : sequence
        Constraints.
    gone : sequence of str
        Columns that are no more, or get another type.
    """
    connection = op.get_bind()
    changed = [column.name for column in columns if column.info]
    if connection.dialect.name == "sqlite":
        op.drop_table(name)
        op.create_table(name, *columns, *others)
        names = [column.name for column in columns]
        if rows:
            values = [{one: row[one] for one in names} for row in rows]
            connection.execute(sa.text(f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join(f':{one}' for one in names)})"), values)  # noqa: S608
        return
    for one in gone:
        op.drop_column(name, one)  # its constraints go with it
    added = [column for column in columns if column.info]
    for column in added:
        op.add_column(name, sa.Column(column.name, column.type, nullable=True))
    if rows and changed:
        given = ", ".join(f"{one} = :{one}" for one in changed)
        found = " AND ".join(f"{one} = :{one}" for one in key)
        connection.execute(sa.text(f"UPDATE {name} SET {given} WHERE {found}"), [{one: row[one] for one in (*changed, *key)} for row in rows])  # noqa: S608
    for column in added:
        if not column.nullable:
            op.alter_column(name, column.name, nullable=False)
    for constraint in others:
        if isinstance(constraint, sa.UniqueConstraint) and constraint.info:
            op.create_unique_constraint(str(constraint.name), name, list(constraint.info["of"]))
    op.execute(f"ALTER TABLE {name} ALTER COLUMN {key[0]} TYPE bigint USING {key[0]} + 0" if name in ("person", "answer", "comment") else
               f"ALTER TABLE {name} ALTER COLUMN {key[0]} TYPE integer USING {key[0]} + 0")  # fmt: skip


def _new(name: str, kind: Any, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, kind, nullable=nullable, info={"changed": True})


def _secrets(keys: Keyring) -> dict[int, str]:
    """Move the secrets of the database and its studies among the keys; those of the studies, by number."""
    stores, origins = _rows("SELECT * FROM store"), _rows("SELECT * FROM origin")
    brought = {row["study_id"]: row["secret"] for row in origins}
    studies, put = {}, {}
    for row in _rows("SELECT id, code_salt FROM study"):
        studies[row["id"]] = brought.get(row["id"]) or (stores[0]["secret"] if stores else secrets.token_hex(32))
        put[study_key(row["code_salt"])] = bytes.fromhex(studies[row["id"]])
    for row in stores:
        row["key_name"] = f"store-{secrets.token_urlsafe(16)}"
        put[row["key_name"]] = bytes.fromhex(row["secret"])
    if put:
        keys.put(put)
    _reshape(
        "store",
        stores,
        ["id"],
        [
            sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
            _new("key_name", sa.String(length=40)),
            sa.Column("checked", sa.DateTime(timezone=True), nullable=True),
        ],
        [sa.PrimaryKeyConstraint("id", name=op.f("pk_store"))],
        ["secret"],
    )
    _reshape(
        "origin",
        origins,
        ["study_id"],
        [sa.Column("study_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("shift", sa.Integer(), nullable=False)],
        [
            sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_origin_study_id")),
            sa.PrimaryKeyConstraint("study_id", name=op.f("pk_origin")),
        ],
        ["secret"],
    )
    return studies


def _decliners(connection: sa.Connection, studies: dict[int, str]) -> None:
    """Keep of everybody who declined that somebody did, on that day."""
    made = op.create_table(
        "declined",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_declined_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declined")),
        sa.UniqueConstraint("study_id", "mark", name=op.f("uq_declined_study_id_mark")),
    )
    found = _rows(
        "SELECT r.id, r.person_id, r.started, p.study_id, p.participant, v.version FROM response r JOIN person p ON p.id = r.person_id"
        " JOIN study_version v ON v.id = r.version_id WHERE r.status = 'declined' ORDER BY r.started, r.id"
    )
    for row in found:
        marked = mark(studies[row["study_id"]], "declined", row["participant"])
        day = date.fromisoformat(str(row["started"])[:10])
        connection.execute(made.insert().values(study_id=row["study_id"], version=row["version"], date=day, mark=marked))
        for table in ("answer", "comment", "consent", "event", "placement"):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE response_id = :id"), {"id": row["id"]})  # noqa: S608 - constants
        connection.execute(sa.text("DELETE FROM browser WHERE person_id = :id"), {"id": row["person_id"]})
        connection.execute(sa.text("DELETE FROM response WHERE id = :id"), {"id": row["id"]})
        connection.execute(sa.text("DELETE FROM person WHERE id = :id"), {"id": row["person_id"]})
    if connection.dialect.name == "postgresql":
        for table in ("consent", "response"):  # an order and a language of their own stood there
            kind = "integer" if table == "consent" else "bigint"
            op.execute(f"ALTER TABLE {table} ALTER COLUMN id TYPE {kind} USING id + 0")


def _seal(keys: Keyring, rows: Sequence[Row], studies: dict[int, str], known: dict[tuple[int, str], str]) -> dict[tuple[int, str], str]:
    """Seal participants, those who are known already with the key that they have; the keys of all."""
    fresh: dict[str, bytes] = {}
    for row in rows:
        if row["participant"] is not None and (row["study_id"], row["participant"]) not in known:
            name = secrets.token_urlsafe(16)
            known[row["study_id"], row["participant"]] = name
            fresh[name] = secrets.token_bytes(32)
    if fresh:
        keys.put(fresh)
    keys.look_up(known.values())
    for row in rows:
        participant = row["participant"]
        row["key_name"] = row["mark"] = None
        if participant is not None:
            row["key_name"] = known[row["study_id"], participant]
            row["mark"] = mark(studies[row["study_id"]], participant)
            row["participant"] = keys.seal(row["key_name"], participant, "participant")
    return known


def _people(connection: sa.Connection, keys: Keyring, studies: dict[int, str]) -> dict[tuple[int, str], str]:
    rows = _rows("SELECT * FROM person")
    known = _seal(keys, rows, studies, {})
    unique = sa.UniqueConstraint("study_id", "mark", name=op.f("uq_person_study_id_mark"), info={"of": ("study_id", "mark")})
    _reshape(
        "person",
        rows,
        ["id"],
        [
            sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
            sa.Column("study_id", sa.Integer(), nullable=False),
            _new("key_name", sa.String(length=40)),
            _new("participant", sa.Text()),
            _new("mark", sa.String(length=64)),
            sa.Column("key_hash", sa.String(length=64), nullable=False),
            sa.Column("code_hash", sa.String(length=64), nullable=False),
            sa.Column("invitation_id", sa.Integer(), nullable=True),
            sa.Column("simulated", sa.Boolean(), nullable=False),
            sa.Column("assigned", sa.JSON(), nullable=False),
        ],
        [
            sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_person_invitation_id"), ondelete="SET NULL"),
            sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_person_study_id")),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
            sa.UniqueConstraint("study_id", "code_hash", name=op.f("uq_person_study_id_code_hash")),
            sa.UniqueConstraint("study_id", "key_hash", name=op.f("uq_person_study_id_key_hash")),
            unique,
        ],
        ["participant"],
    )
    if connection.dialect.name == "sqlite":
        op.create_index(op.f("ix_person_invitation_id"), "person", ["invitation_id"], unique=False)
    return known


def _invitations(keys: Keyring, studies: dict[int, str], people: dict[tuple[int, str], str]) -> None:
    rows = _rows("SELECT * FROM invitation")
    _seal(keys, rows, studies, people)
    for row in rows:
        row["withdrawn"] = False
    _reshape(
        "invitation",
        rows,
        ["id"],
        [
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("study_id", sa.Integer(), nullable=False),
            sa.Column("kind", sa.String(length=4), nullable=False),
            sa.Column("secret_hash", sa.String(length=64), nullable=False),
            _new("key_name", sa.String(length=40), nullable=True),
            _new("participant", sa.Text(), nullable=True),
            _new("mark", sa.String(length=64), nullable=True),
            _new("withdrawn", sa.Boolean()),
            sa.Column("uses", sa.Integer(), nullable=True),
            sa.Column("used", sa.Integer(), nullable=False),
            sa.Column("made", sa.DateTime(timezone=True), nullable=False),
            sa.Column("condition", sa.String(length=40), nullable=True),
        ],
        [
            sa.CheckConstraint("kind IN ('link', 'code')", name=op.f("ck_invitation_kind")),
            sa.CheckConstraint("used >= 0 AND (uses IS NULL OR used <= uses)", name=op.f("ck_invitation_uses")),
            sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_invitation_study_id")),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
            sa.UniqueConstraint("study_id", "kind", "secret_hash", name=op.f("uq_invitation_study_id_kind_secret_hash")),
        ],
        ["participant"],
    )
    op.create_index(op.f("ix_invitation_mark"), "invitation", ["mark"], unique=False)


def _texts(keys: Keyring, of: dict[int, str], table: str, name: str, column: str, read: Callable[[Any], Any]) -> None:
    rows = _rows(f"SELECT * FROM {table}")  # noqa: S608 - constants
    for row in rows:
        if row["response_id"] in of:  # what belongs to nothing is found when all is done
            row[column] = keys.seal(of[row["response_id"]], read(row[column]), f"{table} {row[name]}")
    _reshape(
        table,
        rows,
        ["response_id", name],
        [sa.Column("response_id", _NUMBER, nullable=False), sa.Column(name, sa.String(length=40), nullable=False), _new(column, sa.Text())],
        [
            sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f(f"fk_{table}_response_id"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("response_id", name, name=op.f(f"pk_{table}")),
        ],
        [column],
    )
