"""The files an analysis reads: where they are, seen from a recipe, and whether they are still the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qmethod.data import QData
from qmethod.errors import DataError, Fault, Setting
from qmethod.formats import read
from qmethod.formats.people import with_people
from qmethod.formats.placements import filled
from qmethod.formats.selection import Selection
from qmethod.formats.table import read_table
from qmethod.formats.text import visible
from qmethod.grid import Grid
from qmethod.literals import Layout
from qmethod.notice import Notice
from qmethod.streaming.chunks import ChunkedSorts
from qmethod.wording import listed
from qmethod_analysis.recipe.inputs import SortsFile, find_occasion, find_sorts, occasion_of
from qmethod_analysis.recipe.recipe import Input
from qmethod_studies.marks import notices

RESPONSES = "responses.csv"
NO_STUDY = "none"
"""What to name in place of a study where there is to be none."""


def read_input(given: Input, base: Path) -> QData:
    """Read the sorts a recipe names, relative to `base`; from the folder of an export with notices of how they came about."""
    base = unlinked(base)
    source = find_sorts(given.study) if given.study else SortsFile(base / given.path)
    statements: Path | None = base / given.statements if given.statements else None
    if given.study and not given.statements:
        statements = source.path.parent / "statements.csv"
    data = read(
        os.path.normpath(source.path),
        layout=given.layout or None,
        grid=Grid.parse(given.grid) if given.grid else None,
        statements=os.path.normpath(statements) if statements else None,
        encoding=given.encoding or None,
        **given.table.arguments,
    )
    said = told_by_export(source.path, data)
    data = replace(data, notices=(*data.notices, *said)) if said else data
    return with_people(data, os.path.normpath(base / given.people), id_column=given.people_id or None) if given.people else data


def check_there(given: Input, recipe: Path) -> None:
    """Refuse a recipe whose files are gone, by the key that names them.

    Parameters
    ----------
    given : Input
    recipe : pathlib.Path
        The file of the recipe.

    Raises
    ------
    DataError
    """
    base = unlinked(recipe.parent)
    named = (
        ("path", given.path, "sorts of this recipe are"),
        ("statements", given.statements, "wording that this recipe names is"),
        ("people", given.people, "table of people that this recipe names is"),
    )
    faults = [
        Fault(
            f"the {what} not there",
            file=os.path.normpath(base / name),
            advice=f"Put the file back, or correct `{key}` under [input] in {recipe}.",
        )
        for key, name, what in named
        if name and not (base / name).exists()
    ]
    if faults:
        raise DataError(faults)


def input_of(
    sorts: str,
    *,
    grid: str | None = None,
    layout: Layout | None = None,
    statements: Path | None = None,
    encoding: str | None = None,
    condition: str | None = None,
    wave: str | None = None,
    people: Path | None = None,
    people_id: str | None = None,
    table: Selection | None = None,
) -> Input:
    """The input that somebody names, with paths relative to where they are.

    Parameters
    ----------
    sorts : str
        A file, the folder of an export, or the name of a study that ships; see `qmethod_analysis.recipe.inputs.find_sorts`.
    grid, layout, encoding : str, optional
        How to read them.
    statements : pathlib.Path, optional
        Wording of the statements.
    condition, wave : str, optional
        Which sorts of an export, by the ids of its study.
    people : pathlib.Path, optional
        What is known of the participants.
    people_id : str, optional
        The column of that table with their names.
    table : Selection, optional
        Which part of a wide table they are.
    """
    source = find_sorts(sorts) if condition is None and wave is None else find_occasion(sorts, condition, wave)
    return Input(
        path="" if source.study else os.fspath(source.path),
        study=source.study or "",
        statements=os.fspath(statements) if statements else "",
        layout=layout or "",
        grid=grid or "",
        encoding=encoding or "",
        people=os.fspath(people) if people else "",
        people_id=people_id or "",
        table=table or Selection(),
    )


def unlinked(folder: Path) -> Path:
    """The folder that a link leads to, from where recipes count their paths; any other folder as it is."""
    real = folder.resolve()
    return folder if real == Path(os.path.abspath(folder)) else real


def place_input(given: Input, base: Path, folder: Path, *, copy_sorts: bool = True, passing: Collection[str] = ()) -> tuple[Input, dict[str, bytes]]:
    """Express the paths of an input relative to `folder`.

    Where input and folder have no directory in common but the root, a path between them would mean nothing elsewhere: then copies go along.

    Parameters
    ----------
    given : Input
        With paths relative to `base`.
    base, folder : pathlib.Path
    copy_sorts : bool
        Whether sorts that are far away are copied too; if not, their path stays absolute.
    passing : collection of {"path", "statements", "people"}
        What came through a pipe, and so is copied wherever it lies.

    Returns
    -------
    Input
        With paths relative to `folder`.
    dict of str to bytes
        Copies to write into the folder.
    """
    copies: dict[str, bytes] = {}
    target = folder.resolve()
    moved: dict[str, Any] = {}
    for key in ("path", "statements", "people"):
        name = getattr(given, key)
        if not name:
            continue
        source = (base / name).resolve()
        try:
            shared = Path(os.path.commonpath([source, target]))
            near = shared != Path(shared.anchor)
        except ValueError:  # another drive
            near = False
        if near and key not in passing:
            moved[key] = Path(os.path.relpath(source, target)).as_posix()
        elif key == "path" and not copy_sorts:
            moved[key] = source.as_posix()
        else:
            moved[key] = f"input/{source.name}" if f"input/{source.name}" not in copies else f"input/{key}-{source.name}"
            files = {f"/{each.name}": each for each in visible(source) if each.is_file()} if source.is_dir() else {"": source}
            copies |= {f"{moved[key]}{name}": each.read_bytes() for name, each in files.items()}
    return replace(given, **moved), copies


def is_known(study: str) -> bool:
    """Whether this is the name of a study that ships, or that of none.

    Parameters
    ----------
    study : str
    """
    from qmethod_studies import library

    return study.lower() in (*library.definitions(), NO_STUDY)


def is_folder_of(study: str, there: Path) -> bool:
    """Whether a study is meant that lies at a place: one that ships, or none, is so only where a study of the same name lies there.

    Parameters
    ----------
    study : str
        As a recipe or the user names it.
    there : pathlib.Path
        Where that leads.
    """
    if study.lower() == NO_STUDY or not there.exists():
        return False
    return not is_known(study) or there.is_file() or any((there / name).exists() for name in ("study.yaml", "study.json"))


def place_study(study: str, base: Path, folder: Path) -> str:
    """The study of a recipe, relative to `folder`; the name of one that ships stays as it is.

    Parameters
    ----------
    study : str
        A folder relative to `base`, or a name.
    base, folder : pathlib.Path
    """
    source = (base / study).resolve()
    if not study or not is_folder_of(study, source):
        return study.lower() if is_known(study) else study
    if source.name == "study.yaml":
        source = source.parent
    target = folder.resolve()
    try:
        near = Path(os.path.commonpath([source, target])) != Path(source.anchor)
    except ValueError:  # another drive
        near = False
    return (Path(os.path.relpath(source, target)) if near else source).as_posix()


def with_hashes(given: Input, data: QData | ChunkedSorts, base: Path) -> Input:
    """The input with the hashes its files have now; paths relative to `base`."""
    base = unlinked(base)
    texts, people = (hashlib.sha256((base / name).read_bytes()).hexdigest() if name else "" for name in (given.statements, given.people))
    sorts = (base / given.path) if given.path else None
    beside = responses_beside(sorts.parent) if sorts is not None and isinstance(data, QData) else None
    responses = hashlib.sha256(beside.read_bytes()).hexdigest() if beside is not None else ""
    return replace(given, sha256=data.origin().sha256, statements_sha256=texts, responses_sha256=responses, people_sha256=people)


def changed(was: Input, now: Input, base: Path) -> list[Fault]:
    """A fault for each file of an input that is not what it was.

    Parameters
    ----------
    was, now : Input
        With the hashes of the recipe, and those of today.
    base : pathlib.Path
        What their paths are relative to.
    """
    accept = Setting("accept_changed_input", True)
    advice = f"Restore the file, or go on with {accept} and look at the results again."
    pairs = (
        (was.path and str(base / was.path), was.sha256, now.sha256),
        (was.statements and str(base / was.statements), was.statements_sha256, now.statements_sha256),
        (str((base / was.path).parent / RESPONSES), was.responses_sha256, now.responses_sha256),
        (was.people and str(base / was.people), was.people_sha256, now.people_sha256),
    )
    return [
        Fault(
            f"the input has changed since the recipe was made (SHA-256 was {a[:12]}..., is {b[:12]}...); nothing was written",
            file=name or was.study,
            advice=advice,
            settings=(accept,),
        )
        for name, a, b in pairs
        if a != b
    ]


def responses_beside(export: Path) -> Path | None:
    """The file of an export that counts what the program laid; None where a folder is no export."""
    file = export / RESPONSES
    return file if (export / "study.json").is_file() and file.is_file() else None


def told_by_export(sorts: Path, data: QData) -> tuple[Notice, ...]:
    """What the export beside the sorts tells of how they came about: how many placements the program chose, and which sorts are marked and why.

    Parameters
    ----------
    sorts : pathlib.Path
        The file of the sorts.
    data : QData
    """
    file = responses_beside(sorts.parent)
    if file is None:
        return ()
    try:
        rows = _responses(file, sorts)
        counted = {name: int(filled(row["auto_placed"]) or 0) for name, row in rows.items()}
    except (KeyError, ValueError):
        return ()  # what the export holds is read, and its faults named, where the study is
    marked = {name: rows[name].get("marks", "").split() if name in rows else [] for name in data.participants}
    return (*_laid_by_program(data, {name: counted[name] for name in data.participants if counted.get(name)}), *notices(marked))


def _responses(file: Path, sorts: Path) -> dict[str, dict[str, str]]:
    """The lines of an export that are about sorts in a file of it, by what the sorts are called there."""
    table, _ = read_table(file, {"participant", "autoplaced", "condition", "wave"}, holds="responses")
    mine = occasion_of(sorts)
    called = {} if mine else _renamed(file.with_name("names.csv"))
    found = {}
    for cells in table.rows:
        row = dict(zip(table.header, cells, strict=False))
        parts = [name for name in (row.get("condition"), row.get("wave")) if name]
        if mine is None or mine == parts:
            name = row["participant"] if mine else ".".join([row["participant"], *parts])
            found[called.get(name, name)] = row
    return found


def _renamed(file: Path) -> dict[str, str]:
    """What sorts are called that could not keep their names."""
    if not file.is_file():
        return {}
    table, _ = read_table(file, {"participant", "sortscsv"}, holds="names")
    return {row[table.header.index("participant")]: row[table.header.index("sorts_csv")] for row in table.rows}


def _laid_by_program(data: QData, laid: Mapping[str, int]) -> tuple[Notice, ...]:
    if not laid:
        return ()
    n, total = data.n_statements, sum(laid.values())
    most = sorted(laid, key=lambda name: (-laid[name], name))
    shown = listed((f"{name} {laid[name]} of {n}" for name in most), 12)
    text = (
        f"{total} of {n * data.n_sorts} placements ({100 * total / (n * data.n_sorts):.1f} %) were chosen by the program, among places between which "
        f"{len(laid)} of {data.n_sorts} participants saw no difference: {shown}."
    )
    return (Notice("laid-by-program", text, participants=tuple(most)),)
