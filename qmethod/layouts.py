"""The ways in which a table of sorts may lie, by the names that options and arguments give them."""

from typing import get_args

from qmethod.literals import Layout

__all__ = ["LAYOUTS", "LONG", "PARTICIPANT_ROWS", "STATEMENT_ROWS"]

LAYOUTS: tuple[Layout, ...] = get_args(Layout)
STATEMENT_ROWS, PARTICIPANT_ROWS, LONG = LAYOUTS
