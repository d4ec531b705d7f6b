"""A defining sort that the researcher named, or took out, by hand."""

from __future__ import annotations

from dataclasses import dataclass

from qmethod import checks
from qmethod.brief import brief


@dataclass(frozen=True, slots=True)
class ManualFlag:
    """A defining sort named or removed by the researcher.

    Parameters
    ----------
    participant : str
    factor : str
        Label such as ``f2``.
    defines : bool
        True to flag, False to take a flag away.
    reason : str
        Why; required, and shown in the report.

    Raises
    ------
    PolicyError
        For a field of another type; it is named.
    """

    participant: str
    factor: str
    defines: bool
    reason: str

    __repr__ = brief

    def __post_init__(self) -> None:
        checks.text("participant", self.participant)
        checks.text("factor", self.factor)
        object.__setattr__(self, "defines", checks.switch("defines", self.defines))
        checks.text("reason", self.reason)
