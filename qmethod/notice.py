"""What a reader of data or of a solution should know, as part of the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qmethod.brief import brief
from qmethod.wording import counted, listed


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the data or the solution that a reader should know. Notices are part of the result.

    Parameters
    ----------
    code : str
        Stable short name, for example ``"bipolar-factor"``.
    message : str
        One or two plain sentences.
    participants, statements, factors : tuple of str
        Whom and what it is about, by id and label.
    """

    code: str
    message: str
    participants: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    __repr__ = brief


def noticed(notices: Sequence[Notice]) -> list[str]:
    """A line that names the notices by their codes; none where there are none."""
    return [f"{counted(len(notices), 'notice')}: {listed(notice.code for notice in notices)}"] if notices else []
