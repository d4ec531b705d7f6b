"""Who may begin, and until when who has begun may finish: the days of a study and its quota. Pure; knows no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from qmethod.wording import counted
from qmethod_studies.definition import Study
from qmethod_studies.occasions import conditions

Why = Literal["early", "over", "full", "held", "no-wave"]
"""Why nobody can begin: the study is not open yet, or no more; as many as were wanted have finished; the last places are those of people who sort
now; no wave is open today."""


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a quota that are taken, by condition of instruction; under an empty id where a study has none, or all sort under each.

    Parameters
    ----------
    finished : mapping of str to int
        People who have given all sorts of a wave.
    held : mapping of str to int
        People who have begun, and for whom a place is kept still.
    """

    finished: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)

    def taken(self, condition: str | None = None) -> int:
        """How many places are taken: in all, or under a condition."""
        return sum(count for part in (self.finished, self.held) for name, count in part.items() if condition in (None, name))

    def done(self, condition: str | None = None) -> int:
        """How many people have finished: in all, or under a condition."""
        return sum(count for name, count in self.finished.items() if condition in (None, name))


def held_since(study: Study, now: datetime) -> datetime:
    """When somebody who has begun must have done something last, to have a place kept."""
    return now - timedelta(hours=study.quota.hours if study.quota is not None else 0)


def out_of_time(study: Study, now: datetime) -> Why | None:
    """Why nobody can begin at a moment, by the days of the study; None where people can."""
    if study.opens is not None and now < _first(study.opens):
        return "early"
    if study.closes is not None and now >= _last(study.closes):
        return "over"
    return "no-wave" if study.waves and not any(one.open_on(now.astimezone(UTC).date()) for one in study.waves) else None


def with_room(study: Study, places: Places) -> tuple[str, ...]:
    """The conditions under which somebody could begin; one empty id where the study has none."""
    return tuple(name for name in conditions(study) if _short_of(study, places, name) is None)


def shut(study: Study, now: datetime, places: Places, condition: str | None = None) -> Why | None:
    """Why somebody who comes cannot begin; None where they can.

    Parameters
    ----------
    study : Study
    now : datetime
    places : Places
    condition : str, optional
        The one that their invitation names.
    """
    if (why := out_of_time(study, now)) is not None:
        return why
    wanted = [condition] if condition is not None else [*conditions(study)]
    short = [_short_of(study, places, name) for name in wanted]
    if None in short:
        return None
    return "held" if "held" in short else "full"


def too_late(study: Study, now: datetime, places: Places, condition: str) -> Why | None:
    """Why somebody who has begun cannot finish any more; None where they can.

    Parameters
    ----------
    study : Study
    now : datetime
    places : Places
        Without their own.
    condition : str
        The one they sort under.
    """
    if study.begun_may_finish:
        return None
    if study.closes is not None and now >= _last(study.closes):
        return "over"
    return "full" if _short_of(study, Places(places.finished), condition) is not None else None


def _short_of(study: Study, places: Places, condition: str) -> Why | None:
    """What a condition is short of: people who have finished, or those who sort now, fill it; or the whole study."""
    limits = [(name, limit) for name, limit in _limits(study) if name in (None, condition)]
    if any(places.done(name) >= limit for name, limit in limits):
        return "full"
    return "held" if any(places.taken(name) >= limit for name, limit in limits) else None


def people_wanted(study: Study) -> int | None:
    """How many people can finish at most; None where no number says so."""
    if study.quota is None:
        return None
    each = [study.quota.conditions.get(name) for name in conditions(study)]
    limits = [study.quota.finished, None if None in each else sum(count for count in each if count is not None)]
    return min((limit for limit in limits if limit is not None), default=None)


def said(moment: date | datetime) -> str:
    """A day or a moment with its zone: ``2026-05-31 (UTC)``, ``2026-05-31 18:00 UTC+02:00``."""
    if not isinstance(moment, datetime):
        return f"{moment} (UTC)"
    seconds = ":%S" if moment.second else ""
    return f"{moment:%Y-%m-%d %H:%M{seconds}} {moment.tzname() or ''}"


def terms(study: Study) -> Iterator[tuple[str, str]]:
    """When people can begin and how many may finish, as its author is told; nothing where the study does not say."""
    late = "who has begun by then may finish" if study.begun_may_finish else "nobody can finish later"
    if study.opens is not None:
        yield "Opens", said(study.opens)
    if study.closes is not None:
        yield "Closes", f"{said(study.closes)}; {late}"
    if (quota := study.quota) is not None:
        each = ", ".join(f"{count} under {name}" for name, count in quota.conditions.items())
        numbers = ", ".join(part for part in ("" if quota.finished is None else f"{quota.finished} in all", each) if part)
        later = "and may finish later, too, which can make it more" if study.begun_may_finish else "and nobody can finish once all are taken"
        yield "Quota", f"{numbers}; who has begun keeps a place for {counted(quota.hours, 'hour')} after the last thing they did, {later}"


def finished(study: Study, places: Places) -> str:
    """How many people have finished, of how many, in words; nothing where there is no quota."""
    return "; ".join(f"{places.done(name):,} of {limit:,}{_under(name)} have finished" for name, limit in _limits(study))


def standing(study: Study, places: Places) -> str:
    """How many people have finished and how many hold a place, of how many, in words; nothing where there is no quota."""
    return "; ".join(
        f"{places.done(name):,} of {limit:,}{_under(name)} have finished, {places.taken(name) - places.done(name):,} sort and hold a place"
        for name, limit in _limits(study)
    )


def _limits(study: Study) -> Iterator[tuple[str | None, int]]:
    """The numbers of a quota: in all under None, and by condition."""
    if study.quota is not None:
        for name, limit in ((None, study.quota.finished), *study.quota.conditions.items()):
            if limit is not None:
                yield name, limit


def _under(name: str | None) -> str:
    return "" if name is None else f" under {name}"


def contradictions(parts: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | int, ...], str | None]]:
    """What the days and the quota of a study contradict: a message, where it stands, and what to do.

    Parameters
    ----------
    parts : mapping of str to object
        The fields of a study.
    """
    opens, closes, quota = parts["opens"], parts["closes"], parts["quota"]
    if not _in_order(opens, closes):
        yield f"the study closes on {said(closes)}, before it opens on {said(opens)}", ("closes",), None
    for i, wave in enumerate(parts["waves"]):
        if not _in_order(wave.opens, closes) and (i == 0 or not parts["begun_may_finish"]):
            message = f"wave {wave.id!r} opens on {wave.opens}, when the study is closed: {said(closes)}"
            yield message, ("waves", i, "opens"), "Let the study close later."
    if quota is None:
        return
    known, alone = [one.id for one in parts["conditions"]], "Write the number alone, such as quota: 40."
    for name in quota.conditions:
        if name not in known:
            message = f"`quota` counts {name!r}, which is no condition of the study"
            yield message, ("quota", "conditions", name), f"It has {', '.join(known)}." if known else alone
    if quota.conditions and known and parts["assign"] == "all":
        yield "`quota` counts by condition, but everybody sorts under each", ("quota", "conditions"), alone
    total = sum(quota.conditions.values())
    if quota.finished is not None and known and set(known) == set(quota.conditions) and total < quota.finished:
        advice = "Leave `finished` out, or let the numbers of the conditions add up to it."
        yield f"`quota` is for {quota.finished} people, but its conditions are for {total}", ("quota", "finished"), advice


def _in_order(opens: date | datetime | None, closes: date | datetime | None) -> bool:
    """Whether something closes after it opens, as far as that is said."""
    return opens is None or closes is None or _first(opens) < _last(closes)


def _first(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


def _last(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment + timedelta(days=1), time(), UTC)
