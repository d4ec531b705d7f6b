"""The tables. `migrations` makes them; a test holds the two to each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

LONGEST_PARTICIPANT = 200
"""Characters that a participant's id may have."""


class Utc(TypeDecorator[datetime]):
    """A moment. PostgreSQL keeps the time zone; SQLite has none, and gets UTC. Both give back the same aware datetime in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC, without zone where the database knows none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone is not kept")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware, in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""Random numbers of people and responses, of 53 bits, which JavaScript keeps too; SQLite's Integer holds them."""


def _of_response(**kwargs: Any) -> Column[int]:
    return Column("response_id", ForeignKey("response.id", ondelete="CASCADE"), nullable=False, **kwargs)


store = Table(
    "store",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key_name", String(40), nullable=False),
    Column("checked", Utc),
)

generation = Table(
    "generation",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("began", Utc, nullable=False),
)

study = Table(
    "study",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("code_salt", String(32), nullable=False),
)

origin = Table(
    "origin",
    metadata,
    Column("study_id", ForeignKey("study.id"), primary_key=True, autoincrement=False),
    Column("shift", Integer, nullable=False),
)

study_version = Table(
    "study_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", ForeignKey("study.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("edition", Integer, nullable=False),
    Column("registered", Utc, nullable=False),
    UniqueConstraint("study_id", "version"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", ForeignKey("study.id"), nullable=False),
    Column("kind", String(4), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("key_name", String(40)),
    Column("participant", Text),
    Column("mark", String(64), index=True),
    Column("withdrawn", Boolean, nullable=False),
    Column("uses", Integer),
    Column("used", Integer, nullable=False),
    Column("made", Utc, nullable=False),
    Column("condition", String(40)),
    UniqueConstraint("study_id", "kind", "secret_hash"),
    CheckConstraint("kind IN ('link', 'code')", name="kind"),
    CheckConstraint("used >= 0 AND (uses IS NULL OR used <= uses)", name="uses"),
)

person = Table(
    "person",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("study_id", ForeignKey("study.id"), nullable=False),
    Column("key_name", String(40), nullable=False),
    Column("participant", Text, nullable=False),
    Column("mark", String(64), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("invitation_id", ForeignKey("invitation.id", ondelete="SET NULL"), index=True),
    Column("simulated", Boolean, nullable=False),
    Column("assigned", JSON, nullable=False),
    UniqueConstraint("study_id", "mark"),
    UniqueConstraint("study_id", "key_hash"),
    UniqueConstraint("study_id", "code_hash"),
    Index("ix_person_simulated", "study_id", sqlite_where=text("simulated = 1"), postgresql_where=text("simulated")),
)
"""Who takes part: the code that leads back to them, and the conditions of instruction that were given to them. The participant's id is sealed with
the person's key, as are `answer` and `comment`; it is found again by its mark. See `qmethod_studies.store.keyring`."""

response = Table(
    "response",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("version_id", ForeignKey("study_version.id"), nullable=False, index=True),
    Column("condition", String(40), nullable=False),
    Column("wave", String(40), nullable=False),
    Column("position", Integer, nullable=False),
    Column("language", String(40), nullable=False),
    Column("status", String(9), nullable=False),
    Column("shown_order", JSON, nullable=False),
    Column("draft", JSON(none_as_null=True)),
    Column("done", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("started", Utc, nullable=False),
    Column("updated", Utc, nullable=False),
    Column("submitted", Utc),
    Column("undoable", JSON(none_as_null=True)),
    Column("redoable", JSON(none_as_null=True)),
    UniqueConstraint("person_id", "condition", "wave"),
    UniqueConstraint("person_id", "position"),
    CheckConstraint("status IN ('declined', 'started', 'submitted')", name="status"),
    CheckConstraint("(status = 'submitted') = (submitted IS NOT NULL)", name="submitted"),
    Index("ix_response_sent", "version_id", "submitted", sqlite_where=text("submitted IS NOT NULL"), postgresql_where=text("submitted IS NOT NULL")),
)
"""What one person does on one occasion: a condition of instruction in a wave."""

browser = Table(
    "browser",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("sealed", String(64), nullable=False),
    Column("receipt", Boolean, nullable=False),
    Column("until", Utc, nullable=False, index=True),
)
"""Browsers that somebody is known to, by the hash of the token in their cookie. The code is sealed with the token itself."""

guess = Table(
    "guess",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("wrong", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("gone", Double, nullable=False, index=True),
)
"""Wrong access codes of a network in a study, which stand by a keyed hash of both, for the minutes until they are forgiven. In seconds since 1970."""

consent = Table(
    "consent",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_response(index=True),
    Column("agreed", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(40), nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("at", Utc, nullable=False),
)

placement = Table(
    "placement",
    metadata,
    _of_response(primary_key=True),
    Column("statement", String(40), primary_key=True),
    Column("pile", String(8)),
    Column("value", Float),
    Column("placed_by", String(11)),
    CheckConstraint("pile IS NULL OR pile IN ('disagree', 'neutral', 'agree')", name="pile"),
    CheckConstraint("placed_by IS NULL OR placed_by IN ('participant', 'auto')", name="placed_by"),
    CheckConstraint("(value IS NULL) = (placed_by IS NULL)", name="placed"),
)

answer = Table(
    "answer",
    metadata,
    _of_response(primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

comment = Table(
    "comment",
    metadata,
    _of_response(primary_key=True),
    Column("statement", String(40), primary_key=True),
    Column("text", Text, nullable=False),
)

event = Table(
    "event",
    metadata,
    _of_response(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
    Column("act", String(16), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("at", Utc, nullable=False),
    Column("ms", BigInteger),
    Column("idle", BigInteger),
    UniqueConstraint("response_id", "key"),
    Index("ix_event_visit", "response_id", "at", sqlite_where=text("act = 'visit'"), postgresql_where=text("act = 'visit'")),
)

declined = Table(
    "declined",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", ForeignKey("study.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("date", Date, nullable=False),
    Column("mark", String(64), nullable=False),
    UniqueConstraint("study_id", "mark"),
)
"""That somebody declined, and on which day. By the mark, which the key of the study alone gives, whoever thinks again is not counted as both."""

withdrawal = Table(
    "withdrawal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", ForeignKey("study.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("date", Date, nullable=False),
)
