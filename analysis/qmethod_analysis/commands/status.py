"""``qmethod status``: how a study stands while people sort."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import STUDY, database_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod_studies.standing import Standing
    from qmethod_studies.store import Counts

STAGES = {
    "before": "questions before",
    "presort": "first look",
    "refine": "choosing",
    "grid": "the board",
    "why": "reasons",
    "after": "questions after",
    "send": "check and send",
}
SHUT = {
    None: "people can begin",
    "early": "not open yet: nobody can begin",
    "over": "closed: nobody can begin",
    "full": "all places are taken: nobody can begin",
    "held": "the last places are held by people who sort now: nobody can begin",
    "no-wave": "no wave is open today: nobody can begin",
}


@click.command("status", cls=PlainCommand)
@click.argument("study", type=STUDY, metavar="STUDY")
@database_option
@voice_options
def command(study: str, database: str | None) -> None:
    """Say how a study stands: who has begun, how far they are.

    STUDY is the short name of a study in the database, a folder with study.yaml, or the folder of an export. It can be asked while people sort,
    and tells numbers only: no id, no code, nothing that anybody wrote; and whether the database takes writes. The acts of the latest sorts are
    looked at for marks of those that nobody may have thought about; qmethod export looks at all.

    \b
    Example:
      qmethod status leadership
      qmethod status leadership --json --database postgresql://survey@localhost/survey
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.export import study_name
    from qmethod_analysis.commands.speaking import answer, say, wants_json
    from qmethod_studies.standing import standing
    from qmethod_studies.store import DEFAULT_URL, Store, without_password

    url = database or DEFAULT_URL
    with Store.open(url, must_exist=True) as store:
        store.ping()
        found = standing(store, study_name(study, store.names()), datetime.now(UTC))
        where, size, free = without_password(url), store.size(), store.free_space()
    if wants_json():
        answer({**_values(found), "database": {"address": where, "takes_writes": True, "bytes": size, "free_bytes": free}})
    say(*_lines(found))
    room = "how much room its disk has is not known here" if free is None else f"{_bytes(free)} free on its disk"
    say(f"Database: {where} takes writes; {_bytes(size)}, {room}.")


def _values(found: Standing) -> dict[str, Any]:
    """How a study stands, in JSON's types."""
    counts = found.counts
    return {
        "study": found.study.study,
        "version": found.study.version,
        "shut": found.shut,
        "people": {"agreed": counts.people, "sent": counts.with_sort, "declined": counts.declined, "withdrawn": counts.withdrawn},
        "sorts": {"begun": counts.begun, "sent": counts.sent, "at": dict(counts.stages), "simulated": counts.simulated},
        "occasions": [
            {"version": one.version, "condition": one.condition, "wave": one.wave, "begun": one.begun, "sent": one.sent, "at": dict(one.at)}
            for one in counts.sorts
        ],
        "places": {"finished": dict(found.places.finished), "held": dict(found.places.held)},
        "invitations": {kind: {"made": made, "used": used} for kind, (made, used) in counts.invitations.items()},
        "devices": counts.devices,
        "last": {name: _moment(at) for name, at in _last(counts)},
        "marks": {"looked_at": found.looked_at, "found": dict(found.marks)},
    }


def _lines(found: Standing) -> Iterator[str]:
    """How a study stands, in words."""
    from qmethod.wording import counted
    from qmethod_studies.admission import standing, terms
    from qmethod_studies.marks import REASONS

    study, counts = found.study, found.counts
    yield f"{study.study}, version {study.version}: {SHUT[found.shut]}."
    yield from (f"  {what}: {when}" for what, when in terms(study))
    if study.quota is not None:
        yield f"  Places: {standing(study, found.places)}"
    yield f"  People: {counts.people:,} agreed, {counts.with_sort:,} of them sent a sort; {counts.declined:,} declined, {counts.withdrawn:,} withdrew"
    yield f"  Sorts: {counts.begun:,} begun, {counts.sent:,} sent"
    if counts.stages:
        yield f"  Not sent, by the stage that comes next: {_at(counts.stages)}"
    if len(counts.sorts) > 1:
        for one in counts.sorts:
            name = ", ".join(filter(None, (f"version {one.version}", one.wave, one.condition)))
            yield f"    {name}: {one.begun:,} begun, {one.sent:,} sent{f'; {_at(one.at)}' if one.at else ''}"
    if counts.simulated:
        yield f"  Simulated, counted nowhere else: {counts.simulated:,}"
    for kind, (made, used) in counts.invitations.items():
        yield f"  Invitations: {counted(made, {'link': 'personal link', 'code': 'access code'}[kind])}, {used:,} used"
    if counts.last_act is not None:
        yield f"  Last (UTC): {', '.join(f'{name} {at:%Y-%m-%d %H:%M}' for name, at in _last(counts) if at is not None)}"
    if found.looked_at:
        marks = ", ".join(f"{n} {REASONS[mark]}" for mark, n in sorted(found.marks.items())) or "none marked"
        yield f"  Of the {counted(found.looked_at, 'sort')} sent last: {marks}"


def _at(stages: Any) -> str:
    return ", ".join(f"{STAGES[stage]} {n:,}" for stage, n in stages.items())


def _last(counts: Counts) -> tuple[tuple[str, datetime | None], ...]:
    return ("begun", counts.last_begun), ("act", counts.last_act), ("sent", counts.last_sent)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="minutes")


def _bytes(n: int | None) -> str:
    return "" if n is None else f"{n / 10**9:,.1f} GB" if n >= 10**9 else f"{n / 10**6:,.1f} MB"
