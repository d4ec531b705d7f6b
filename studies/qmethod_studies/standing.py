"""How a study stands while people sort: how many have come how far, whether anybody can begin, and how the latest sorts came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qmethod_studies.admission import Places, Why, shut
from qmethod_studies.definition import Study
from qmethod_studies.quality import quality
from qmethod_studies.store import Counts, Store

LATEST = 50
"""Sorts whose acts are looked at: so many are read at once, however many there are."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a study stands.

    Parameters
    ----------
    study : Study
        In its newest version.
    counts : Counts
    shut : str or None
        Why nobody can begin, of `qmethod_studies.admission.Why`; None where people can.
    places : Places
        Those of a quota that are taken.
    looked_at : int
        How many of the latest sorts of people were looked at.
    marks : mapping of str to int
        How many of these have each mark of `qmethod_studies.marks.SENTENCES`.
    """

    study: Study
    counts: Counts
    shut: Why | None
    places: Places
    looked_at: int
    marks: Mapping[str, int]


def standing(store: Store, name: str, now: datetime) -> Standing:
    """How a study in a store stands.

    Parameters
    ----------
    store : Store
    name : str
    now : datetime

    Raises
    ------
    DataError
        If there is no such study.
    """
    study = store.study(name)
    places, latest = store.places(study), store.last_submitted(name, LATEST)
    versions = {version: store.study(name, version) for version in {one.version for one in latest}}
    found = Counter(mark for one in latest for mark in quality(versions[one.version], one, store.events(one.id)).marks)
    return Standing(study, store.counts(name), shut(study, now, places), places, len(latest), found)
