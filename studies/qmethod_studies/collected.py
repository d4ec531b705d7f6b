"""What a store holds of one version of a study, as an export is made from it: who there is, and one after another what each gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from qmethod_studies.admission import Places
from qmethod_studies.definition import Study
from qmethod_studies.occasions import sorts_in_wave
from qmethod_studies.quality import Quality
from qmethod_studies.store import Consent, Entry, Event, Response, StudySummary


@dataclass(frozen=True, slots=True)
class Whole:
    """All that hangs on one response.

    Parameters
    ----------
    response : Response
    events : sequence of Event
        In their order.
    consents : sequence of Consent
    quality : Quality or None
        How it came about; None where it was not submitted.
    receipt : str or None
        What a panel got as ``{receipt}``; None where the study sends none.
    """

    response: Response
    events: Sequence[Event]
    consents: Sequence[Consent]
    quality: Quality | None
    receipt: str | None = None


@dataclass(frozen=True)
class Collected:
    """One version of a study with its responses.

    Parameters
    ----------
    study : Study
    entries : tuple of Entry
        Who there is, in the order in which they began, unfinished responses among them.
    each : callable
        Gives an iterator over what hangs on each of them, in the same order: there may be more of that than fits into memory.
    others : tuple of StudySummary
        The other versions of the study.
    withdrawn : int
        How many responses were withdrawn, of all versions.
    left_out : int
        Simulated responses of this version that are not among `entries`.
    declined : tuple of date
        The days on which people declined; no more is known of them.
    exact : bool
        Whether moments and durations are told as they were measured. Else it is the day of a moment, and whole minutes.
    """

    study: Study
    entries: tuple[Entry, ...]
    each: Callable[[], Iterator[Whole]]
    others: tuple[StudySummary, ...]
    withdrawn: int
    left_out: int
    declined: tuple[date, ...] = ()
    exact: bool = False

    def moment(self, at: datetime | None) -> date | None:
        """A moment as it is told: its day in UTC, unless it is to be exact."""
        return at if at is None or self.exact else at.astimezone(UTC).date()

    def duration(self, milliseconds: int | None) -> int | None:
        """A duration as it is told: in whole minutes, or in milliseconds where it is to be exact."""
        return milliseconds if milliseconds is None or self.exact else round(milliseconds / 60_000)

    @property
    def submitted(self) -> tuple[Entry, ...]:
        """The responses whose sorts count."""
        return tuple(one for one in self.entries if one.status == "submitted")

    @property
    def sends_receipts(self) -> bool:
        """Whether a panel gets receipts of those that there are."""
        return self.study.access.sends_receipt and bool(self.entries)

    @property
    def places(self) -> Places:
        """How many people have given all sorts of a wave, by condition."""
        n = sorts_in_wave(self.study)
        return Places(Counter(one.condition for one in self.submitted if one.position == n and not one.simulated))

    @property
    def simulated(self) -> tuple[str, ...]:
        """Participants who do not exist."""
        return tuple(one.participant for one in self.entries if one.simulated)
