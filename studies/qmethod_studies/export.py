"""What was answered, as files: pure, from a store to the contents of a folder. `qmethod export` writes it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from qmethod import __version__
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats import pqmethod_names, write_csv, write_pqmethod
from qmethod.formats.spreadsheet import safe_text
from qmethod.notice import Notice
from qmethod.wording import counted
from qmethod_studies import export_guide, export_tables
from qmethod_studies.collected import Collected, Whole
from qmethod_studies.export_tables import sort_name
from qmethod_studies.marks import notices
from qmethod_studies.occasions import Occasion
from qmethod_studies.quality import quality
from qmethod_studies.sorting import Board
from qmethod_studies.store import Event, Store, StudySummary

RESPONSES = "responses.json.part"
"""Where the responses of study.json wait for what stands before them."""
Marks = Mapping[int, tuple[str, ...]]
"""The marks of submitted sorts, by the number of the response."""
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


@dataclass(frozen=True, slots=True)
class Written:
    """The same where the files lie in a folder.

    Parameters
    ----------
    files : mapping of str to pathlib.Path
    notes : tuple of str
    """

    files: Mapping[str, Path]
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
    simulated = None if include_simulated else False
    entries = tuple(store.entries(name, study.version, simulated=simulated))
    if not entries and not chosen.declined:
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

    def each() -> Iterator[Whole]:
        for one, events, consents in store.wholes(name, study.version, simulated=simulated):
            found = quality(study, one, events) if one.status == "submitted" else None
            receipt = store.receipt(name, one.code_hash) if study.access.sends_receipt else None
            yield Whole(one, events, consents, found, receipt)

    return Collected(
        study=study,
        entries=entries,
        each=each,
        others=tuple(found for found in versions if found.version != study.version),
        withdrawn=store.withdrawals(name),
        left_out=0 if include_simulated else chosen.simulated,
        declined=tuple(store.declined(name, study.version)),
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
    sorts = _Sorts(collected)
    for whole in collected.each():
        sorts.add(whole)
    return sorts.data()


class _Sorts:
    """Submitted sorts, put beside one another as they come."""

    def __init__(self, collected: Collected) -> None:
        self._study = collected.study
        self._submitted = collected.submitted
        small = all(isinstance(value, int) and abs(value) < 100 for value in self._study.columns)
        self._placed = np.zeros((len(self._study.ids), len(self._submitted)), dtype=np.int8 if small else np.float64)
        self._n = 0

    def add(self, whole: Whole) -> None:
        """Take a sort in, if it was submitted."""
        if whole.response.status == "submitted":
            places = whole.response.board.places
            self._placed[:, self._n] = [places[name].column for name in self._study.ids]
            self._n += 1

    def data(self, occasion: Occasion | None = None) -> QData:
        """The sorts, or those of one occasion."""
        study, chosen = self._study, [i for i, one in enumerate(self._submitted) if occasion in (None, (one.condition, one.wave))]
        if not chosen:
            raise DataError([Fault(f"version {study.version} of {study.study!r} has no submitted responses")])
        submitted = [self._submitted[i] for i in chosen]
        simulated = tuple(sort_name(study, one) for one in submitted if one.simulated)
        said = f"{len(simulated)} of {len(submitted)} sorts are simulated: nobody real made them."
        return QData(
            sorts=self._placed if occasion is None else self._placed[:, chosen],
            statements=study.ids,
            participants=tuple(sort_name(study, one) for one in submitted),
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
    with tempfile.TemporaryDirectory() as folder:
        written = export_into(Path(folder), collected, now=now)
        return Export({name: path.read_bytes() for name, path in written.files.items()}, written.notes)


def export_into(folder: Path, collected: Collected, *, now: datetime | None = None) -> Written:
    """The same, written into a folder one response after another, so that it takes little memory however many there are.

    Parameters
    ----------
    folder : pathlib.Path
        One that passes: nothing of what is in it is looked at.
    collected : Collected
    now : datetime, optional

    Returns
    -------
    Written
    """
    moment, collected = now or datetime.now(UTC), _impersonal(collected)
    study, notes = collected.study, export_guide.notes(collected)
    called, tables = _called(collected), export_tables.tables(collected)
    sorts, marks, people = _Sorts(collected), {}, []
    with ExitStack() as stack:
        opened = {name: stack.enter_context((folder / name).open("w", encoding="utf-8", newline="")) for name in (*tables, RESPONSES)}
        written = {name: export_tables.CsvTable(opened[name], header) for name, (header, _) in tables.items()}
        for i, whole in enumerate(collected.each()):
            response = whole.response
            opened[RESPONSES].write(("," if i else "") + _indented(_response(collected, whole)))
            in_tables = replace(whole, response=replace(response, participant=called[response.participant]))
            for name, (_, rows) in tables.items():
                written[name].add(rows(in_tables))
            sorts.add(whole)
            if whole.quality is not None and whole.quality.marks:
                marks[response.id] = whole.quality.marks
            if study.occasions:
                light = replace(in_tables.response, board=Board({}, {}), comments={}, order=())
                people.append((light, marks.get(response.id, ())))
        written["consent.csv"].add(export_tables.declined(collected))
    made: dict[str, Path] = {}
    renamed: list[list[str]] = []
    if collected.submitted:
        files, said, renamed = _sorts(folder, collected, sorts, called, marks)
        made |= files
        notes += said
        if study.occasions:
            made |= _by_occasion(folder, collected, sorts, called, marks)
    if renamed := [*renamed, *_without_sorts(collected, called)]:
        made["names.csv"] = _table(folder, "names.csv", (["participant", "sorts_csv", "sorts_dat"], renamed))
        notes.append("Some ids of participants fit no name in tables or PQMethod (8 plain characters); names.csv says what they are called there.")
    of_people = {"participants.csv": _table(folder, "participants.csv", export_tables.participants(collected, people))} if study.occasions else {}
    statements = {"statements.csv": _table(folder, "statements.csv", export_tables.statements(study))}
    of_sorts = {name: folder / name for name in tables if name in ("occasions.csv", "placements.csv")}
    made |= of_sorts | of_people | statements | {name: folder / name for name in tables if name not in of_sorts}
    made["codebook.csv"] = _table(folder, "codebook.csv", export_guide.codebook(collected, list(made)))
    made["README.txt"] = _text(folder / "README.txt", export_guide.readme(collected, list(made), notes, moment))
    made["study.json"] = _json(folder, collected, made, notes, moment)
    return Written(made, tuple(notes))


def _impersonal(collected: Collected) -> Collected:
    """The same without the answers that say who somebody is."""
    personal = {question.id for question in collected.study.questions if question.personal}
    if not personal:
        return collected

    def each() -> Iterator[Whole]:
        for whole in collected.each():
            answers = {key: value for key, value in whole.response.answers.items() if key not in personal}
            yield replace(whole, response=replace(whole.response, answers=answers))

    return replace(collected, each=each)


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
    sent = [one.response for one in collected.each() if one.response.status == "submitted" and not one.response.simulated]
    given = {(name, one.answers[name]) for one in sent for name in personal if name in one.answers}
    return export_tables.to_csv(["question", "address"], sorted(given)).encode()


def _text(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def _table(folder: Path, name: str, table: export_tables.Rows) -> Path:
    return _text(folder / name, export_tables.to_csv(*table))


def _sorts(
    folder: Path, collected: Collected, sorts: _Sorts, called: Mapping[str, str], marks: Marks
) -> tuple[dict[str, Path], list[str], list[list[str]]]:
    """The sorts as CSV and for PQMethod, what is to be said of them, and all names where some had to be changed: own, in CSV and in the .dat."""
    data, notes, study = sorts.data(), [], collected.study
    in_tables = tuple(map(safe_text, data.participants))
    in_csv = tuple(sort_name(study, one, called[one.participant]) for one in collected.submitted)
    in_dat = pqmethod_names(_names(data.participants, lambda name: pqmethod_names([name]) == (name,)))
    files = {"sorts.csv": write_csv(_renamed(data, in_csv, tuple(map(safe_text, data.texts))), folder / "sorts.csv")}
    try:
        title = _ascii(study.title.in_(study.first_language))
        dat, sta = write_pqmethod(_renamed(data, in_dat, data.texts), folder / "sorts.dat", title=title)
        files |= {dat.name: dat, sta.name: sta}
    except DataError as error:
        notes.append(f"There are no files for PQMethod: {error.faults[0].message}.")
        in_dat = data.participants
    of_sorts = [marks.get(one.id, ()) for one in collected.submitted]
    found = notices(dict(zip(in_csv, of_sorts, strict=True)))
    if found:
        files["marked.csv"] = _table(folder, "marked.csv", export_tables.marked(zip(in_csv, of_sorts, strict=True)))
        notes += [*(one.message for one in found), MARKED]
    changed = in_csv != in_tables or in_dat != data.participants
    return files, notes, [[*names] for names in zip(data.participants, in_csv, in_dat, strict=True)] if changed else []


def _called(collected: Collected) -> dict[str, str]:
    """What each participant is called in CSV, the same in every file: those with sorts are counted first."""
    people = tuple(dict.fromkeys(one.participant for one in (*collected.submitted, *collected.entries)))
    return dict(zip(people, _names(tuple(map(safe_text, people)), _whole), strict=True))


def _without_sorts(collected: Collected, called: Mapping[str, str]) -> list[list[str]]:
    """People who submitted no sort and are called otherwise in the tables: own name, that in CSV, and none in the .dat."""
    there = {one.participant for one in collected.submitted}
    return [[old, new, ""] for old, new in called.items() if old not in there and new != safe_text(old)]


def _by_occasion(folder: Path, collected: Collected, sorts: _Sorts, called: Mapping[str, str], marks: Marks) -> dict[str, Path]:
    """The sorts of each occasion under the plain names of their participants, as CSV."""
    files: dict[str, Path] = {}
    for occasion in dict.fromkeys((one.condition, one.wave) for one in collected.submitted):
        mine = [one for one in collected.submitted if (one.condition, one.wave) == occasion]
        data, names = sorts.data(occasion), tuple(called[one.participant] for one in mine)
        name = ".".join(["sorts", *filter(None, occasion), "csv"])
        files[name] = write_csv(_renamed(data, names, tuple(map(safe_text, data.texts))), folder / name)
        table = export_tables.marked(zip(names, (marks.get(one.id, ()) for one in mine), strict=True))
        if table[1]:
            other = name.replace("sorts", "marked", 1)
            files[other] = _table(folder, other, table)
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


def _json(folder: Path, collected: Collected, files: Mapping[str, Path], notes: list[str], moment: datetime) -> Path:
    """All of it in one file, every text as it was given; the responses stand in a file of their own already."""
    study = collected.study
    before = {
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
    }
    after = {"files_sha256": {name: _digest(path) for name, path in files.items()}}
    place = folder / "study.json"
    with (folder / RESPONSES).open("rb") as responses, place.open("wb") as out:
        out.write(_dumped(before).removesuffix("\n}").encode())
        out.write(b',\n "responses": [')
        shutil.copyfileobj(responses, out)
        out.write(b"\n ],\n" if collected.entries else b"],\n")
        out.write(_dumped(after).removeprefix("{\n").encode() + b"\n")
    return place


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _indented(value: Any) -> str:
    """A value as an element of a list in an object; texts hold no line breaks of their own in JSON."""
    return "\n  " + _dumped(value).replace("\n", "\n  ")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _response(collected: Collected, whole: Whole) -> dict[str, Any]:
    response, board = whole.response, whole.response.board
    occasion: dict[str, Any] = {}
    if collected.study.occasions:
        occasion = {"condition": response.condition, "wave": response.wave, "position": response.position, "assigned": list(response.assigned)}
    told, minutes = collected.moment, export_tables.minutes(collected, response)
    receipt = {"receipt": whole.receipt} if collected.sends_receipts else {}
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
            for c in whole.consents
        ],
        "events": [
            {"number": e.number, "at": _iso(told(e.at)), "act": e.act, "detail": export_tables.detail(collected, e), **_times(collected, e)}
            for e in whole.events
        ],
    }


def _iso(at: date | None) -> str | None:
    return None if at is None else at.isoformat()


def _times(collected: Collected, event: Event) -> dict[str, int | None]:
    if collected.exact:
        return {"ms": event.ms, "idle": event.idle}
    return {"minutes": collected.duration(event.ms), "idle_minutes": collected.duration(event.idle)}
