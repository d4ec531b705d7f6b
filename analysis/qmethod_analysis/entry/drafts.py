"""Boards that are not whole yet, each kept in a file of its own beside the file of sorts: no sorts, but nothing typed is lost."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qmethod.brief import brief
from qmethod.errors import DataError, Fault
from qmethod.formats.putting import place
from qmethod_analysis.tabletop.collecting import adding_to
from qmethod_studies.definition import Study


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed of one sort so far.

    Parameters
    ----------
    participant : str
    check : bool
        Whether it is typed a second time, to compare.
    lines : tuple of str
        What stands in each column, ascending.
    by : str
        Initials of who types.
    answers : mapping of str to object
        By id of the question, as it was filled in.
    revision : int
        How often it was kept: who goes on from an older one works on something that somebody else has changed since.
    """

    participant: str
    check: bool
    lines: tuple[str, ...]
    by: str
    answers: Mapping[str, Any]
    revision: int = 0

    __repr__ = brief


def folder_of(out: Path) -> Path:
    """Where the drafts beside a file of sorts lie.

    Parameters
    ----------
    out : pathlib.Path
    """
    return out.parent / f"{out.stem}-drafts"


def _file(out: Path, participant: str, *, check: bool) -> Path:
    """A file for each name, whatever signs are in it and whether or not the disk tells capitals apart."""
    plain = re.sub(r"[^a-z0-9]+", "-", participant.lower()).strip("-")[:40]
    digest = hashlib.sha256(participant.encode()).hexdigest()[:12]
    return folder_of(out) / f"{plain or 'participant'}-{digest}{'-check' if check else ''}.json"


def keep(study: Study, out: Path, draft: Draft) -> Draft:
    """Put a draft on the disk, if it goes on from the one that is there.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
        The file of sorts.
    draft : Draft
        With the revision it goes on from.

    Returns
    -------
    Draft
        With its new revision.

    Raises
    ------
    DataError
        If another window or program has changed it since.
    """
    with adding_to(out):
        return _kept(study, out, draft)


def _kept(study: Study, out: Path, draft: Draft) -> Draft:
    there = find(study, out, draft.participant, check=draft.check)
    if (there.revision if there else 0) != draft.revision:
        message = "this sort is being typed in another window too, which is ahead of this one; nothing was kept"
        raise DataError([Fault(message, participant=draft.participant, advice="Begin it again here to go on from what is kept, or go on there.")])
    kept = Draft(draft.participant, draft.check, draft.lines, draft.by, draft.answers, draft.revision + 1)
    whole = {"draft": 1, "study": study.study, "version": study.version, **asdict(kept)}
    place({_file(out, draft.participant, check=draft.check): (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode()})
    return kept


def find(study: Study, out: Path, participant: str, *, check: bool) -> Draft | None:
    """The draft of somebody's sort; None where there is none.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
    participant : str
    check : bool

    Raises
    ------
    DataError
        If its file is damaged, or is of another study.
    """
    path = _file(out, participant, check=check)
    return _read(study, path) if path.is_file() else None


def _read(study: Study, path: Path) -> Draft:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        draft = Draft(found["participant"], found["check"], tuple(found["lines"]), found["by"], found["answers"], found["revision"])
        of = found["study"], found["version"]
        whole = isinstance(draft.participant, str) and isinstance(draft.answers, dict) and isinstance(draft.revision, int)
        whole = whole and all(isinstance(line, str) for line in draft.lines) and isinstance(draft.by, str)
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise DataError([Fault("this draft is damaged", file=str(path), advice="Move it elsewhere; then that sort is typed anew.")])
    if of != (study.study, study.version) or len(draft.lines) != len(study.columns):
        message = f"this draft is of version {of[1]} of the study {of[0]}, and cards are typed of version {study.version} of {study.study}"
        raise DataError([Fault(message, file=str(path), advice="Move it elsewhere, or finish it with its own study.")])
    return draft


def all_of(study: Study, out: Path) -> tuple[Draft, ...]:
    """Every draft beside a file of sorts.

    Parameters
    ----------
    study : Study
    out : pathlib.Path

    Raises
    ------
    DataError
        As `find` does.
    """
    folder = folder_of(out)
    return tuple(_read(study, path) for path in sorted(folder.glob("*.json"))) if folder.is_dir() else ()


def drop(out: Path, participant: str, *, check: bool) -> None:
    """Take a draft away, and its folder with the last one.

    Parameters
    ----------
    out : pathlib.Path
    participant : str
    check : bool
    """
    _file(out, participant, check=check).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others are still there, or there never was one
        folder_of(out).rmdir()
