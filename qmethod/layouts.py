"""The ways in which a table of sorts may lie, by the names that options and arguments give them."""

__all__ = ["LAYOUTS", "LONG", "PARTICIPANT_ROWS", "STATEMENT_ROWS"]

STATEMENT_ROWS = "statements-in-rows"
PARTICIPANT_ROWS = "participants-in-rows"
LONG = "long"
LAYOUTS = (STATEMENT_ROWS, PARTICIPANT_ROWS, LONG)
