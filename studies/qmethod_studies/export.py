"""What was answered, as files: pure, from a store to the contents of a folder. `qmethod export` writes it."""

from __future__ import annotations

import hashlib
import json
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from qmethod import __version__
from qmethod.data import Notice, QData
from qmethod.errors import DataError, Fault
from qmethod.formats import pqmethod_names, write_csv, write_pqmethod
from qmethod.formats.spreadsheet import safe_text
from qmethod.wording import counted
from qmethod_studies import export_guide, export_tables
from qmethod_studies.collected import Collected
from qmethod_studies.export_tables import sort_name
from qmethod_studies.marks import notices
from qmethod_studies.store import Event, Response, Store, StudySummary

MARKED = "No sort is left out for that. marked.csv names them; when you have looked at them: qmethod analyse sorts.csv --exclude marked.csv"


@dataclass(frozen=True, slots=True)
class Export:
    """The files of an export, and what their reader should know.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by name.
    notes : tuple of str
        Plain sentences; they stand in README.txt too.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...]


def collect(store: Store, name: str, version: int | None = None, *, include_simulated: bool = False, exact: bool = False) -> Collected:
    """Read one version of a study from a store.

    Parameters
    ----------
    store : Store
    name : str
        Of the study.
    version : int, optional
        The newest with submitted responses where none is given; failing that, the newest with any.
    include_simulated : bool, default False
    exact : bool, default False
        Whether times are told to the millisecond instead of as days and whole minutes.

    Raises
    ------
    DataError
        If there is no such study or version, or nobody has answered; where only simulated responses are there, it says how to get them.
    """
    versions = [found for found in store.studies() if found.name == name]
    if version is None and versions:
        version = _newest(versions, include_simulated)
    study = store.study(name, version)
    chosen = next(found for found in versions if found.version == study.version)
    responses = tuple(store.responses(name, study.version, simulated=None if include_simulated else False))
    if not responses and not chosen.declined:
        if chosen.simulated:
            message = f"version {study.version} of {name!r} has {counted(chosen.simulated, 'simulated response')} and none of people"
            raise DataError([Fault(message, advice="Add --include-simulated to export the simulated ones; every file will say what they are.")])
        asked = [f"version {found.version}" for found in versions if found.submitted + found.started + found.declined]
        advice = (
            f"There are responses to {', '.join(asked)}: choose with --study-version."
            if asked
            else "Nobody has opened the study yet and agreed or declined."
        )
        raise DataError([Fault(f"version {study.version} of {name!r} has no responses", advice=advice)])
    return Collected(
        study=study,
        responses=responses,
        events={response.id: store.events(response.id) for response in responses},
        consents={response.id: store.consents(response.id) for response in responses},
        others=tuple(found for found in versions if found.version != study.version),
        withdrawn=store.withdrawals(name),
        left_out=0 if include_simulated else chosen.simulated,
        declined=tuple(store.declined(name, study.version)),
        receipts={one.id: store.receipt(name, one.code_hash) for one in responses} if study.access.sends_receipt else {},
        exact=exact,
    )


def _newest(versions: list[StudySummary], include_simulated: bool) -> int:
    def some(found: StudySummary) -> bool:
        return bool(found.declined + found.started + found.submitted + (found.simulated if include_simulated else 0))

    for wanted in (lambda found: found.submitted or (include_simulated and found.simulated), some, lambda found: found.simulated):
        chosen = [found.version for found in versions if wanted(found)]
        if chosen:
            return max(chosen)
    return max(found.version for found in versions)


def qdata(collected: Collected) -> QData:
    """The submitted sorts, as the method takes them. Where people give several, each is called after its participant and its occasion.

    Parameters
    ----------
    collected : Collected

    Raises
    ------
    DataError
        If nothing was submitted.
    """
    study, submitted = collected.study, collected.submitted
    if not submitted:
        raise DataError([Fault(f"version {study.version} of {study.study!r} has no submitted responses")])
    sorts = np.array([[response.board.places[name].column for response in submitted] for name in study.ids])
    simulated = tuple(sort_name(study, response) for response in submitted if response.simulated)
    said = f"{len(simulated)} of {len(submitted)} sorts are simulated: nobody real made them."
    return QData(
        sorts=sorts,
        statements=study.ids,
        participants=tuple(sort_name(study, response) for response in submitted),
        texts=tuple(statement.text.in_(study.first_language) for statement in study.statements),
        grid=study.q_grid if study.distribution == "forced" else None,
        notices=(Notice("simulated-sorts", said, participants=simulated),) if simulated else (),
    )


def export(collected: Collected, *, now: datetime | None = None) -> Export:
    """Every file of an export.

    Parameters
    ----------
    collected : Collected
    now : datetime, optional
        The moment that the files name; now where none is given.

    Returns
    -------
    Export
    """
    moment, collected = now or datetime.now(UTC), _impersonal(collected)
    files: dict[str, bytes] = {}
    notes = export_guide.notes(collected)
    renamed: list[list[str]] = []
    if collected.submitted:
        made, said, renamed = _sorts(collected)
        files |= made
        notes += said
        if collected.study.occasions:
            files |= _by_occasion(collected)
    if renamed := [*renamed, *_without_sorts(collected)]:
        files["names.csv"] = export_tables.to_csv(["participant", "sorts_csv", "sorts_dat"], renamed).encode()
        notes.append("Some ids of participants fit no name in tables or PQMethod (8 plain characters); names.csv says what they are called there.")
    files |= {name: export_tables.to_csv(header, rows).encode() for name, (header, rows) in export_tables.tables(_in_tables(collected)).items()}
    files["codebook.csv"] = export_tables.to_csv(*export_guide.codebook(collected, list(files))).encode()
    files["README.txt"] = export_guide.readme(collected, list(files), notes, moment).encode()
    files["study.json"] = _json(collected, files, notes, moment).encode()
    return Export(files, tuple(notes))


def _impersonal(collected: Collected) -> Collected:
    """All responses without the answers that say who somebody is."""
    personal = {question.id for question in collected.study.questions if question.personal}
    if not personal:
        return collected
    kept = [replace(one, answers={key: value for key, value in one.answers.items() if key not in personal}) for one in collected.responses]
    return replace(collected, responses=tuple(kept))


def addresses(collected: Collected) -> bytes:
    """The answers that say who somebody is, as a table of their own: in alphabetical order, each once, and nothing in it says whose sort is whose.

    Parameters
    ----------
    collected : Collected

    Returns
    -------
    bytes
        CSV with the columns ``question`` and ``address``. Of sorts that were sent, simulated ones left out.
    """
    personal = [question.id for question in collected.study.questions if question.personal]
    given = {(name, one.answers[name]) for one in collected.submitted for name in personal if name in one.answers and not one.simulated}
    return export_tables.to_csv(["question", "address"], sorted(given)).encode()


def _sorts(collected: Collected) -> tuple[dict[str, bytes], list[str], list[list[str]]]:
    """The sorts as CSV and for PQMethod, what is to be said of them, and all names where some had to be changed: own, in CSV and in the .dat."""
    data, notes = qdata(collected), []
    in_tables = tuple(map(safe_text, data.participants))
    in_csv = tuple(sort_name(collected.study, one) for one in _in_tables(collected).submitted)
    in_dat = pqmethod_names(_names(data.participants, lambda name: pqmethod_names([name]) == (name,)))
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        files["sorts.csv"] = write_csv(_renamed(data, in_csv, tuple(map(safe_text, data.texts))), path / "sorts.csv").read_bytes()
        try:
            title = _ascii(collected.study.title.in_(collected.study.first_language))
            dat, sta = write_pqmethod(_renamed(data, in_dat, data.texts), path / "sorts.dat", title=title)
            files |= {dat.name: dat.read_bytes(), sta.name: sta.read_bytes()}
        except DataError as error:
            notes.append(f"There are no files for PQMethod: {error.faults[0].message}.")
            in_dat = data.participants
    found = notices(dict(zip(in_csv, (collected.quality[one.id].marks for one in collected.submitted), strict=True)))
    if found:
        named = {one.id: name for one, name in zip(collected.submitted, in_csv, strict=True)}
        files["marked.csv"] = export_tables.to_csv(*export_tables.marked(collected, named)).encode()
        notes += [*(one.message for one in found), MARKED]
    changed = in_csv != in_tables or in_dat != data.participants
    return files, notes, [[*names] for names in zip(data.participants, in_csv, in_dat, strict=True)] if changed else []


def _called(collected: Collected) -> dict[str, str]:
    """What each participant is called in CSV, the same in every file: those with sorts are counted first."""
    people = tuple(dict.fromkeys(response.participant for response in (*collected.submitted, *collected.responses)))
    return dict(zip(people, _names(tuple(map(safe_text, people)), _whole), strict=True))


def _in_tables(collected: Collected) -> Collected:
    """All responses under the names that their participants have in CSV."""
    called = _called(collected)
    return replace(collected, responses=tuple(replace(one, participant=called[one.participant]) for one in collected.responses))


def _without_sorts(collected: Collected) -> list[list[str]]:
    """People who submitted no sort and are called otherwise in the tables: own name, that in CSV, and none in the .dat."""
    there = {response.participant for response in collected.submitted}
    return [[old, new, ""] for old, new in _called(collected).items() if old not in there and new != safe_text(old)]


def _by_occasion(collected: Collected) -> dict[str, bytes]:
    """The sorts of each occasion under the plain names of their participants, as CSV."""
    files: dict[str, bytes] = {}
    submitted = _in_tables(collected).submitted
    for condition, wave in dict.fromkeys((response.condition, response.wave) for response in submitted):
        mine = tuple(response for response in submitted if (response.condition, response.wave) == (condition, wave))
        data = qdata(replace(collected, responses=mine))
        names = tuple(response.participant for response in mine)
        name = ".".join(["sorts", *filter(None, (condition, wave)), "csv"])
        with tempfile.TemporaryDirectory() as folder:
            made = write_csv(_renamed(data, names, tuple(map(safe_text, data.texts))), Path(folder) / name)
            files[name] = made.read_bytes()
        header, rows = export_tables.marked(collected, {response.id: name for response, name in zip(mine, names, strict=True)})
        if rows:
            files[name.replace("sorts", "marked", 1)] = export_tables.to_csv(header, rows).encode()
    return files


def _whole(name: str) -> bool:
    """Whether a name reads back from a table as it is."""
    return name == name.strip() and name.isprintable()


def _names(wanted: tuple[str, ...], fits: Callable[[str], bool]) -> tuple[str, ...]:
    """Names as a file can hold them: their own where they fit and are given once, else ``p001`` and so on by position."""
    kept = {name for name, times in Counter(wanted).items() if times == 1 and fits(name)}
    names = []
    for i, name in enumerate(wanted, 1):
        new = name
        if name not in kept:
            new = next(new for new in (f"p{i:03d}", *(f"p{i:03d}{sign}" for sign in "abcdefghijklmnopqrstuvwxyz")) if new not in kept)
            kept.add(new)
        names.append(new)
    return tuple(names)


def _renamed(data: QData, names: tuple[str, ...], texts: tuple[str, ...]) -> QData:
    return QData(sorts=data.sorts, statements=data.statements, participants=names, texts=texts, grid=data.grid)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())[:68].strip()


def _json(collected: Collected, files: Mapping[str, bytes], notes: list[str], moment: datetime) -> str:
    """All of it in one file, every text as it was given."""
    study = collected.study
    whole = {
        "format": "qmethod study export 1",
        "software": f"qmethod {__version__}",
        "exported": moment.isoformat(),
        "notes": notes,
        "study": study.model_dump(mode="json", by_alias=True),
        "structure_sha256": study.digest(),
        "consent_sha256": {language: study.consent_digest(language) for language in study.languages},
        "times": "exact" if collected.exact else "days and minutes",
        "declined": [day.isoformat() for day in collected.declined],
        "withdrawn": collected.withdrawn,
        "simulated_left_out": collected.left_out,
        "responses": [_response(collected, response) for response in collected.responses],
        "files_sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _response(collected: Collected, response: Response) -> dict[str, Any]:
    board = response.board
    occasion: dict[str, Any] = {}
    if collected.study.occasions:
        occasion = {"condition": response.condition, "wave": response.wave, "position": response.position, "assigned": list(response.assigned)}
    told, minutes = collected.moment, export_tables.minutes(collected, response)
    receipt = {"receipt": collected.receipts[response.id]} if collected.receipts else {}
    return {
        "participant": response.participant,
        **receipt,
        **occasion,
        "status": response.status,
        "simulated": response.simulated,
        "version": response.version,
        "language": response.language,
        **{name: _iso(told(at)) for name, at in (("started", response.started), ("updated", response.updated), ("submitted", response.submitted))},
        **({} if collected.exact else {"minutes": minutes}),
        "order": list(response.order),
        "piles": dict(board.piles),
        "placements": {name: {"column": place.column, "placed_by": place.by} for name, place in board.places.items()},
        "draft": None if response.draft is None else dict(response.draft),
        "answers": dict(response.answers),
        "comments": dict(response.comments),
        "stages_done": sorted(response.done),
        "refused": response.refused,
        "consents": [
            {"agreed": c.agreed, "version": c.version, "language": c.language, "text_sha256": c.text_sha256, "at": _iso(told(c.at))}
            for c in collected.consents[response.id]
        ],
        "events": [
            {"number": e.number, "at": _iso(told(e.at)), "act": e.act, "detail": export_tables.detail(collected, e), **_times(collected, e)}
            for e in collected.events[response.id]
        ],
    }


def _iso(at: date | None) -> str | None:
    return None if at is None else at.isoformat()


def _times(collected: Collected, event: Event) -> dict[str, int | None]:
    if collected.exact:
        return {"ms": event.ms, "idle": event.idle}
    return {"minutes": collected.duration(event.ms), "idle_minutes": collected.duration(event.idle)}
