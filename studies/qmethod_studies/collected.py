"""What a store holds of one version of a study, as an export is made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from qmethod_studies.admission import Places
from qmethod_studies.definition import Study
from qmethod_studies.occasions import sorts_in_wave
from qmethod_studies.quality import Quality, quality
from qmethod_studies.store import Consent, Event, Response, StudySummary


@dataclass(frozen=True)
class Collected:
    """One version of a study with its responses.

    Parameters
    ----------
    study : Study
    responses : tuple of Response
        In the order in which they began, unfinished ones among them.
    events : mapping of int to list of Event
        By the number of the response.
    consents : mapping of int to list of Consent
        By the number of the response.
    others : tuple of StudySummary
        The other versions of the study.
    withdrawn : int
        How many responses were withdrawn, of all versions.
    left_out : int
        Simulated responses of this version that are not among `responses`.
    declined : tuple of date
        The days on which people declined; no more is known of them.
    receipts : mapping of int to str
        What a panel got as ``{receipt}``, by the number of the response; empty where the study sends none.
    exact : bool
        Whether moments and durations are told as they were measured. Else it is the day of a moment, and whole minutes.
    """

    study: Study
    responses: tuple[Response, ...]
    events: Mapping[int, list[Event]]
    consents: Mapping[int, list[Consent]]
    others: tuple[StudySummary, ...]
    withdrawn: int
    left_out: int
    declined: tuple[date, ...] = ()
    receipts: Mapping[int, str] = field(default_factory=dict)
    exact: bool = False

    def moment(self, at: datetime | None) -> date | None:
        """A moment as it is told: its day in UTC, unless it is to be exact."""
        return at if at is None or self.exact else at.astimezone(UTC).date()

    def duration(self, milliseconds: int | None) -> int | None:
        """A duration as it is told: in whole minutes, or in milliseconds where it is to be exact."""
        return milliseconds if milliseconds is None or self.exact else round(milliseconds / 60_000)

    @property
    def submitted(self) -> tuple[Response, ...]:
        """The responses whose sorts count."""
        return tuple(response for response in self.responses if response.status == "submitted")

    @cached_property
    def quality(self) -> Mapping[int, Quality]:
        """How each submitted sort came about, by the number of the response."""
        return {one.id: quality(self.study, one, self.events[one.id]) for one in self.submitted}

    @property
    def places(self) -> Places:
        """How many people have given all sorts of a wave, by condition."""
        n = sorts_in_wave(self.study)
        return Places(Counter(one.condition for one in self.submitted if one.position == n and not one.simulated))

    @property
    def simulated(self) -> tuple[str, ...]:
        """Participants who do not exist."""
        return tuple(response.participant for response in self.responses if response.simulated)
