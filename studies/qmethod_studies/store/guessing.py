"""Wrong access codes of a network: how many there were of late, and how long the next one of that network waits.

The count is a value, whoever keeps it: a server process in its memory, and the database for all processes. There a network stands by a keyed hash,
and what is forgiven is deleted with the next wrong code.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, delete, select, text, update

from qmethod_studies.store.models import guess

LONGEST_WAIT = 60
"""Seconds that a wrong access code makes the next one of its network wait at most."""
FORGIVEN_IN = 600
"""Seconds in which as many wrong codes are forgiven as a network may send before any has to wait."""
_BEGIN = text("INSERT INTO guess (mark, wrong, at, until, gone) VALUES (:mark, 0, :now, 0, :now) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class Guesses:
    """Wrong codes of a network.

    Parameters
    ----------
    wrong : float
        How many are not forgiven.
    at : float
        When that was, in seconds of any clock.
    until : float
        Until when the next one is not looked at; 0 where it is. Of two that come at once the second may have looked at the clock first.
    """

    wrong: float
    at: float
    until: float

    def wait(self, now: float) -> int:
        """Seconds after which the next one is looked at; 0 where that is now, or where the count is from long after now: of a clock that was set."""
        if self.at > now + LONGEST_WAIT:
            return 0
        return min(LONGEST_WAIT, max(0, math.ceil(self.until - now)))

    def one_more(self, now: float, at_once: int) -> Guesses:
        """With one more that is looked at now, and counts as wrong until it is said to be right.

        Parameters
        ----------
        now : float
        at_once : int
            Wrong codes that a network may send before the next has to wait.
        """
        wrong = max(0.0, self.wrong - max(0.0, now - self.at) * at_once / FORGIVEN_IN) + 1
        over = math.ceil(wrong - at_once)
        return Guesses(wrong, now, now + min(2 ** min(over, 10), LONGEST_WAIT) if over > 0 else 0.0)

    def one_right(self) -> Guesses:
        """Without the last one, which was right."""
        return replace(self, wrong=max(0.0, self.wrong - 1), until=0.0)


def wait(connection: Connection, mark: str, now: float, at_once: int) -> int:
    """Seconds after which a code of a network is looked at; 0 where that is now, and it then counts as wrong.

    What is forgiven is deleted by the way.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Of a transaction that may write.
    mark : str
        A keyed hash of the network and the study.
    now : float
        In seconds since 1970, as all processes tell the time.
    at_once : int
    """
    connection.execute(delete(guess).where(guess.c.gone < now, guess.c.mark != mark))
    connection.execute(_BEGIN, {"mark": mark, "now": now})
    found = Guesses(*connection.execute(select(*guess.c["wrong", "at", "until"]).where(guess.c.mark == mark).with_for_update()).one())
    seconds = found.wait(now)
    if not seconds:
        _keep(connection, mark, found.one_more(now, at_once), at_once)
    return seconds


def right(connection: Connection, mark: str, at_once: int) -> None:
    """Take back what the last code of a network was counted as: it was right."""
    row = connection.execute(select(*guess.c["wrong", "at", "until"]).where(guess.c.mark == mark).with_for_update()).one_or_none()
    if row is not None:
        _keep(connection, mark, Guesses(*row).one_right(), at_once)


def _keep(connection: Connection, mark: str, found: Guesses, at_once: int) -> None:
    if not found.wrong:
        connection.execute(delete(guess).where(guess.c.mark == mark))
        return
    gone = max(found.until, found.at + found.wrong * FORGIVEN_IN / at_once)
    connection.execute(update(guess).where(guess.c.mark == mark).values(**asdict(found), gone=gone))
