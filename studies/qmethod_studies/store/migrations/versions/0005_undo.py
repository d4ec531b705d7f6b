"""What can be undone beside the board, in place of two counts and of playing every act again.

Whoever is in the middle of a sort can undo what they could before: here their acts are played a last time.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from qmethod_studies.definition import Study
from qmethod_studies.sorting import History, Move, Place, Refusal

revision = "0005"
down_revision = "0004"

_SORTING = ("pile", "place", "swap", "return", "pick", "same", "arrange", "undo", "redo")


def upgrade() -> None:
    """Replace the columns, and fill the new ones for those who have something to undo or to do again."""
    op.add_column("response", sa.Column("undoable", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("response", sa.Column("redoable", sa.JSON(none_as_null=True), nullable=True))
    connection = op.get_bind()
    found = sa.table("response", *map(sa.column, ("id", "version_id", "status", "past", "future")))
    told = sa.table("response", sa.column("id"), sa.column("undoable", sa.JSON(none_as_null=True)), sa.column("redoable", sa.JSON(none_as_null=True)))
    definitions: dict[int, Study] = {}
    open_ones = sa.select(found.c.id, found.c.version_id).where(found.c.status == "started", found.c.past + found.c.future > 0)
    for number, version in connection.execute(open_ones).all():
        if version not in definitions:
            definitions[version] = _definition(connection, version)
        history = _played(connection, number, definitions[version])
        values = {"undoable": _stored(history.past), "redoable": _stored(history.future)}
        connection.execute(sa.update(told).where(told.c.id == number).values(values))
    op.drop_column("response", "past")
    op.drop_column("response", "future")


def _definition(connection: sa.Connection, version: int) -> Study:
    table = sa.table("study_version", sa.column("id"), sa.column("definition"))
    return Study.model_validate_json(connection.scalar(sa.select(table.c.definition).where(table.c.id == version)) or "")


def _played(connection: sa.Connection, number: int, study: Study) -> History:
    """The history of a response; one without anything to undo where its acts do not lead to the board that is stored."""
    event = sa.table("event", *map(sa.column, ("response_id", "number", "act")), sa.column("detail", sa.JSON()))
    played = sa.select(event.c.act, event.c.detail).where(event.c.response_id == number, event.c.act.in_(_SORTING)).order_by(event.c.number)
    placement = sa.table("placement", *map(sa.column, ("response_id", "statement", "value")))
    lie = sa.select(placement.c.statement, placement.c.value).where(placement.c.response_id == number, placement.c.value.is_not(None))
    stored = {row.statement: row.value for row in connection.execute(lie)}
    history = History()
    try:
        for act, detail in connection.execute(played):
            history = history.after(study, {"act": act, **detail}, seed=str(number))
    except Refusal:
        return History()
    return history if {name: place.column for name, place in history.board.places.items()} == stored else History()


def _stored(moves: tuple[Move, ...]) -> list[dict[str, Any]] | None:
    return [{"cards": dict(map(_column, one.cards.items())), **({"refining": True} if one.refining else {})} for one in moves] or None


def _column(of: tuple[str, Place | None]) -> tuple[str, Any]:
    name, place = of
    return name, place and (place.column if place.by == "participant" else [place.column])
