"""People apart from their responses, so that one can give several; browsers by tokens that can be taken back.

What was a response with a participant becomes a person with one response, both under the old number: acts are played again from it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = (
    *("version_id", "language", "status", "shown_order", "draft", "done", "revision", "past", "future", "refused"),
    *("started", "updated", "submitted"),
)
"""Columns of a response that stay with it."""
_CHILDREN = ("answer", "comment", "consent", "event", "placement")


def upgrade() -> None:
    """Make the tables anew and fill them from those before."""
    op.add_column("invitation", sa.Column("condition", sa.String(length=40), nullable=True))
    op.create_table(
        "person",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.String(length=200), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("assigned", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"], name=op.f("fk_person_invitation_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_person_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("study_id", "code_hash", name=op.f("uq_person_study_id_code_hash")),
        sa.UniqueConstraint("study_id", "key_hash", name=op.f("uq_person_study_id_key_hash")),
        sa.UniqueConstraint("study_id", "participant", name=op.f("uq_person_study_id_participant")),
    )
    op.create_index(op.f("ix_person_invitation_id"), "person", ["invitation_id"], unique=False)
    moved = "study_id, participant, key_hash, code_hash, invitation_id, simulated"
    op.execute(
        f"INSERT INTO person (id, {moved}, assigned) "  # noqa: S608 - constants
        f"""SELECT id, {moved}, CASE status WHEN 'declined' THEN '[]' ELSE '[""]' END{_as_json()} FROM response"""
    )
    if op.get_bind().dialect.name == "sqlite":
        _anew()
    else:
        _altered()
    op.create_table(
        "browser",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("sealed", sa.String(length=64), nullable=False),
        sa.Column("receipt", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_browser_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_browser")),
    )
    op.create_index(op.f("ix_browser_person_id"), "browser", ["person_id"], unique=False)
    op.create_index(op.f("ix_browser_until"), "browser", ["until"], unique=False)


def _as_json() -> str:
    return "" if op.get_bind().dialect.name == "sqlite" else "::json"


def _anew() -> None:
    """SQLite changes no constraint of a table: a new one takes the place of the old.

    What hangs on the old one would go with it, so foreign keys are not looked at meanwhile; see `qmethod_studies.store.schema.prepare`.
    """
    kept = ", ".join(_KEPT)
    op.create_table(
        "response_new",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=40), nullable=False),
        sa.Column("wave", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=9), nullable=False),
        sa.Column("shown_order", sa.JSON(), nullable=False),
        sa.Column("draft", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("past", sa.Integer(), nullable=False),
        sa.Column("future", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'submitted') = (submitted IS NOT NULL)", name=op.f("ck_response_submitted")),
        sa.CheckConstraint("status IN ('declined', 'started', 'submitted')", name=op.f("ck_response_status")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_response_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["study_version.id"], name=op.f("fk_response_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("person_id", "condition", "wave", name=op.f("uq_response_person_id_condition_wave")),
        sa.UniqueConstraint("person_id", "position", name=op.f("uq_response_person_id_position")),
    )
    op.execute(
        f"INSERT INTO response_new (id, person_id, condition, wave, position, {kept}) SELECT id, id, '', '', 1, {kept} FROM response"  # noqa: S608
    )
    op.drop_table("response")
    op.rename_table("response_new", "response")
    op.create_index(op.f("ix_response_version_id"), "response", ["version_id"], unique=False)


def _altered() -> None:
    """PostgreSQL changes a table in place."""
    op.add_column("response", sa.Column("person_id", sa.BigInteger(), nullable=True))
    for name in ("condition", "wave"):
        op.add_column("response", sa.Column(name, sa.String(length=40), nullable=False, server_default=""))
        op.alter_column("response", name, server_default=None)
    op.add_column("response", sa.Column("position", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("response", "position", server_default=None)
    op.execute("UPDATE response SET person_id = id")
    op.alter_column("response", "person_id", nullable=False)
    for name in ("study_id", "participant", "key_hash", "code_hash", "invitation_id", "simulated"):
        op.drop_column("response", name)  # its constraints and indices go with it
    op.alter_column("response", "id", type_=sa.BigInteger(), server_default=None)
    op.execute("DROP SEQUENCE IF EXISTS response_id_seq")
    for table in _CHILDREN:
        op.alter_column(table, "response_id", type_=sa.BigInteger())
    op.create_foreign_key(op.f("fk_response_person_id"), "response", "person", ["person_id"], ["id"], ondelete="CASCADE")
    op.create_unique_constraint(op.f("uq_response_person_id_condition_wave"), "response", ["person_id", "condition", "wave"])
    op.create_unique_constraint(op.f("uq_response_person_id_position"), "response", ["person_id", "position"])
