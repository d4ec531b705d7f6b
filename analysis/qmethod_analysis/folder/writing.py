"""Files of an analysis written to its folder."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from qmethod.errors import DataError, Fault
from qmethod_analysis.folder.listing import DERIVED, LISTING, Listing, Part, listed_before, listing_of, recipe_hash
from qmethod_analysis.folder.renewing import ELSEWHERE, ELSEWHERE_OR_OVERWRITE, OUT, OVERWRITE, earlier, foreign
from qmethod_analysis.folder.staging import Change, Stage, close_to_others, file_digest, finish, is_inside, is_passing
from qmethod_analysis.recipe.inside import LARGEST_TEXT, read_inside
from qmethod_analysis.recipe.recipe import FILE_NAME
from qmethod_analysis.recipe.toml import read_toml


def write(folder: Path, files: Mapping[str, bytes | Path], *, private: bool = False, gone: Iterable[str] = ()) -> None:
    """Write the files of a folder that is no analysis; whoever calls this has looked at what is in their places.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing; other files in it are left alone.
    files : mapping of str to bytes or pathlib.Path
        The file at a Path is moved.
    private : bool, default False
        Whether folder and files are for their owner only.
    gone : iterable of str
        Files there that go.
    """
    if private:
        close_to_others(folder)
    with Stage(folder, private=private) as stage:
        made = {name: {file_digest(folder / name)} - {""} for name in (*files, *gone)}
        for name, content in files.items():
            stage.add(name, content)
        stage.swap(made, gone)


def check_folder(folder: Path, *, overwrite: bool = False) -> None:
    """Refuse to write among files that are no earlier analysis.

    Raises
    ------
    DataError
        If `folder` is a file, or holds other things; or an analysis whose files nobody listed, unless that is to be written over.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError([Fault("this is a file; an analysis is written into a folder", file=str(folder), advice=ELSEWHERE, settings=(OUT,))])
    finish(folder)
    if not folder.is_dir() or listed_before(folder) is not None or all(map(is_passing, folder.iterdir())):
        return
    if not (folder / FILE_NAME).is_file():
        raise DataError([foreign("analysis", folder, sorted(path.name for path in folder.iterdir()))])
    if not overwrite:
        message = f"this folder holds an analysis without a listing of its files ({LISTING}) that can be read; nothing was written"
        raise DataError([Fault(message, file=str(folder), advice=ELSEWHERE_OR_OVERWRITE, settings=(OUT, OVERWRITE))])


def check_recipe(folder: Path, recipe: str, *, overwrite: bool = False) -> None:
    """Refuse to write the analysis of one recipe over that of another.

    Parameters
    ----------
    folder : pathlib.Path
    recipe : str
        From `recipe_hash`.
    overwrite : bool
        Whether it is to be written over.

    Raises
    ------
    DataError
    """
    there = listed_before(folder)
    if there is not None and there.recipe != recipe and not overwrite:
        advice = f"{ELSEWHERE_OR_OVERWRITE} Then everything of the earlier analysis goes, and your own texts stay."
        raise DataError([replace(earlier("analysis", folder), advice=advice)])


def write_analysis(
    folder: Path,
    files: Mapping[str, bytes | Path],
    command: str,
    recipe: str = "",
    *,
    overwrite: bool = True,
    commands: Mapping[str, str] = MappingProxyType({}),
) -> Change:
    """Make a folder hold one analysis: these files, and of an earlier one by the same recipe what was made from the same solution.

    Everything else that an analysis wrote there goes, but for sorts and wordings that a recipe there reads: these may be the only ones there are. A
    file that is not as it was made, that no analysis made, or that holds such sorts is set aside before its place is taken; all others in the
    folder are left alone.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing.
    files : mapping of str to bytes or pathlib.Path
        By path in the folder; the file at a Path is moved. A folder in it with a recipe becomes an analysis of its own.
    command : str
        Which makes them.
    recipe : str
        From `recipe_hash`; that of `files` where not given.
    overwrite : bool, default True
        Whether the analysis of another recipe may go: it was asked before, and may have come to be there since.
    commands : mapping of str to str, optional
        By path, files for which another command is to be named.

    Returns
    -------
    Change
    """
    own = recipe or recipe_hash(files)
    check_recipe(folder, own, overwrite=overwrite)
    with Stage(folder, private=True) as stage:
        before = listed_before(folder) or Listing("")
        staged = {name: stage.add(name, content) for name, content in files.items()}
        for at in sorted({name.rpartition("/")[0] for name in files if name.endswith(f"/{FILE_NAME}")}):
            mine = {name.removeprefix(f"{at}/"): sha256 for name, sha256 in staged.items() if name.startswith(f"{at}/")}
            inner = {name.removeprefix(f"{at}/"): other for name, other in commands.items() if name.startswith(f"{at}/")}
            nested = Listing(recipe_hash({FILE_NAME: files[f"{at}/{FILE_NAME}"]}), _parts(mine, command, inner))
            nested = _with_later(folder / at, nested, listed_before(folder / at))
            staged |= {f"{at}/{part.name}": part.sha256 for part in nested.parts}
            staged[f"{at}/{LISTING}"] = stage.add(f"{at}/{LISTING}", nested.to_text().encode())
        after = _with_later(folder, Listing(own, _parts(staged, command, commands)), before)
        known = (*before.parts, *_within(folder, before))
        read_now, read_before = _read_by(files), _read_by(_recipes(folder, known))
        kept = tuple(part for part in known if part.name in read_now and part.name not in staged)
        after = replace(after, parts=tuple(dict.fromkeys((*after.parts, *kept))))
        names = {part.name for part in after.parts} | read_before
        gone = [*(part.name for part in known if part.name not in names), *(_unlisted(folder) if not before.parts else ())]
        return _swap(stage, after, [part for part in known if part.name not in read_before or part in kept], gone=gone)


def _swap(stage: Stage, after: Listing, known: Collection[Part], gone: Iterable[str]) -> Change:
    """Put new files in their places with the listing that names them; whatever is in the way and is not as one of the `known` is set aside."""
    made: dict[str, set[str]] = {}
    for part in (*known, *after.parts):
        made.setdefault(part.name, set()).add(part.sha256)
    during = Listing(after.recipe, tuple(dict.fromkeys((*known, *after.parts))), finished=False)
    stage.add(LISTING, after.to_text().encode())
    return stage.swap(made, filter(is_inside, gone), (LISTING, during.to_text().encode()))


def _recipes(folder: Path, known: Iterable[Part]) -> dict[str, bytes]:
    """The recipes in a folder, by path; those that can be read."""
    found = {}
    for name in {FILE_NAME, *(part.name for part in known if part.name.rpartition("/")[2] == FILE_NAME)}:
        with suppress(DataError):
            if (content := read_inside(folder, name, LARGEST_TEXT)) is not None:
                found[name] = content
    return found


def _read_by(files: Mapping[str, bytes | Path]) -> set[str]:
    """What the recipes among some files read, by its path from the folder; nothing of a recipe that cannot be read."""
    found = set()
    for name, content in files.items():
        at, _, last = name.rpartition("/")
        if last != FILE_NAME or not isinstance(content, bytes):
            continue
        try:
            given = read_toml(content.decode(), name).get("input")
        except ValueError:
            continue
        if isinstance(given, dict):
            found |= {
                posixpath.normpath(posixpath.join(at, given[key])) for key in ("path", "statements", "people") if isinstance(given.get(key), str)
            }
    return found


def _unlisted(folder: Path) -> list[str]:
    """What earlier versions wrote without a listing, and what would be taken for a part of the new analysis."""
    if not (folder / FILE_NAME).is_file():
        return []
    return [path.relative_to(folder).as_posix() for pattern in DERIVED for path in sorted(folder.glob(pattern)) if path.is_file()]


def _parts(files: Mapping[str, str], command: str, commands: Mapping[str, str] = MappingProxyType({})) -> tuple[Part, ...]:
    return tuple(Part(name, sha256, commands.get(name, command)) for name, sha256 in files.items())


def _with_later(folder: Path, listing: Listing, before: Listing | None) -> Listing:
    """A listing together with what other commands made before from the same recipe and solution."""
    if before is None or not before.finished or before.recipe != listing.recipe or not listing.solution or before.solution != listing.solution:
        return listing
    names = {part.name for part in listing.parts}
    later = tuple(part for part in before.parts if part.name not in names and (folder / part.name).is_file())
    return replace(listing, parts=(*listing.parts, *later))


def add_parts(
    folder: Path,
    files: Mapping[str, bytes],
    command: str,
    solution: str,
    *,
    anew: Collection[str] = (),
    beside: Mapping[str, bytes] = MappingProxyType({}),
) -> Change:
    """Add files to an analysis, as made from its solution; what the same command made under other names stays.

    Parameters
    ----------
    folder : pathlib.Path
        Of an analysis that can be read.
    files : mapping of str to bytes
    command : str
        Which makes them.
    solution : str
        The hash of the solution that they were made from: `Listing.solution` as it was read.
    anew : collection of str
        Folders in which nothing that this command made before stays beside a new file.
    beside : mapping of str to bytes
        Files that come to lie there too where there are none, and are from then on the researcher's.

    Raises
    ------
    DataError
        If another analysis is there by now.
    """
    with Stage(folder, private=True) as stage:
        before = _unchanged(folder, solution)
        for name, content in beside.items():
            if not os.path.lexists(folder / name):
                stage.add(name, content)
        staged = {name: stage.add(name, content) for name, content in files.items()}
        filled = {at for at in anew if any(name.startswith(f"{at}/") for name in files)}
        gone = [part.name for part in before.parts if part.command == command and part.name.partition("/")[0] in filled and part.name not in staged]
        kept = (part for part in before.parts if part.name not in staged and part.name not in gone)
        return _swap(stage, replace(before, parts=(*kept, *_parts(staged, command))), before.parts, gone=gone)


def renew_recipe(folder: Path, content: bytes, solution: str) -> None:
    """Put another recipe into an analysis that is to stay what it is: one that names its study.

    Parameters
    ----------
    folder : pathlib.Path
        Of an analysis that can be read.
    content : bytes
        The recipe.
    solution : str
        As for `add_parts`.

    Raises
    ------
    DataError
        If another analysis is there by now.
    """
    with Stage(folder, private=True) as stage:
        before = _unchanged(folder, solution)
        sha256 = stage.add(FILE_NAME, content)
        parts = tuple(replace(part, sha256=sha256) if part.name == FILE_NAME else part for part in before.parts)
        _swap(stage, replace(before, recipe=recipe_hash({FILE_NAME: content}), parts=parts), before.parts, gone=())


def _unchanged(folder: Path, solution: str) -> Listing:
    """The listing of an analysis, if it still has this solution."""
    before = listing_of(folder)
    if before.solution != solution:
        raise DataError([Fault("another analysis was written here meanwhile; nothing was written", file=str(folder), advice="Do it again.")])
    return before


def _within(folder: Path, listing: Listing) -> Iterable[Part]:
    """Parts of the analyses in folders of a folder that holds several, by their path from the top."""
    for part in listing.parts:
        at, _, name = part.name.rpartition("/")
        if name == LISTING and at and (nested := listed_before(folder / at)) is not None:
            yield from (replace(inner, name=f"{at}/{inner.name}") for inner in nested.parts)
            yield Part(part.name, file_digest(folder / part.name), part.command)
