"""Files of an analysis written to its folder."""

from __future__ import annotations

import hashlib
import posixpath
import shutil
import tempfile
import time
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from qmethod.errors import DataError, Fault
from qmethod_analysis.folder.listing import DERIVED, KEPT, LISTING, STREAMING, Change, Listing, Part, digest, listed_before, listing_of, recipe_hash
from qmethod_analysis.folder.renewing import ELSEWHERE, ELSEWHERE_OR_OVERWRITE, OUT, OVERWRITE, earlier, foreign
from qmethod_analysis.recipe.recipe import FILE_NAME


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files that are no part of an analysis into a folder, all of them or none; other files there are left alone.

    They take their places in the order in which they are given.
    """
    with _Stage(folder) as stage:
        for name, content in files.items():
            stage.add(name, content)
        stage.place_all()


_STAGE = ".qmethod-stage-"
_LEFT = 3600
"""Seconds after which a half-written file is left over from a writer that is no more."""


def is_passing(path: Path) -> bool:
    """Whether this is what a writer that was stopped left behind, which is gone with the next one.

    Parameters
    ----------
    path : pathlib.Path
    """
    return path.name.startswith((_STAGE, STREAMING))


def check_folder(folder: Path, *, overwrite: bool = False) -> None:
    """Refuse to write among files that are no earlier analysis.

    Raises
    ------
    DataError
        If `folder` is a file, or holds other things; or an analysis whose files nobody listed, unless that is to be written over.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError([Fault("this is a file; an analysis is written into a folder", file=str(folder), advice=ELSEWHERE, settings=(OUT,))])
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
    before = listed_before(folder) or Listing("")
    with _Stage(folder) as stage:
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
        read_now, read_before = _read_by(files), _read_by({name: folder / name for name in _recipes(folder, known)})
        kept = tuple(part for part in known if part.name in read_now and part.name not in staged)
        after = replace(after, parts=tuple(dict.fromkeys((*after.parts, *kept))))
        names = {part.name for part in after.parts} | read_before
        gone = [*(part.name for part in known if part.name not in names), *(_unlisted(folder) if not before.parts else ())]
        return stage.swap(after, [part for part in known if part.name not in read_before or part in kept], gone=dict.fromkeys(gone))


def _recipes(folder: Path, known: Iterable[Part]) -> list[str]:
    """The recipes in a folder, by path."""
    return [name for name in {FILE_NAME, *(part.name for part in known if part.name.rpartition("/")[2] == FILE_NAME)} if (folder / name).is_file()]


def _read_by(files: Mapping[str, bytes | Path]) -> set[str]:
    """What the recipes among some files read, by its path from the folder; nothing of a recipe that cannot be read."""
    found = set()
    for name, content in files.items():
        at, _, last = name.rpartition("/")
        if last != FILE_NAME:
            continue
        try:
            given = tomllib.loads((content if isinstance(content, bytes) else content.read_bytes()).decode()).get("input", {})
        except (OSError, ValueError):
            continue
        found |= {posixpath.normpath(posixpath.join(at, given[key])) for key in ("path", "statements", "people") if isinstance(given.get(key), str)}
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


def add_parts(folder: Path, files: Mapping[str, bytes], command: str, solution: str, *, anew: Collection[str] = ()) -> Change:
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

    Raises
    ------
    DataError
        If another analysis is there by now.
    """
    before = _unchanged(folder, solution)
    with _Stage(folder) as stage:
        staged = {name: stage.add(name, content) for name, content in files.items()}
        filled = {at for at in anew if any(name.startswith(f"{at}/") for name in files)}
        gone = [part.name for part in before.parts if part.command == command and part.name.partition("/")[0] in filled and part.name not in staged]
        kept = (part for part in before.parts if part.name not in staged and part.name not in gone)
        return stage.swap(replace(before, parts=(*kept, *_parts(staged, command))), before.parts, gone=gone)


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
    before = _unchanged(folder, solution)
    with _Stage(folder) as stage:
        sha256 = stage.add(FILE_NAME, content)
        parts = tuple(replace(part, sha256=sha256) if part.name == FILE_NAME else part for part in before.parts)
        stage.swap(replace(before, recipe=recipe_hash({FILE_NAME: content}), parts=parts), before.parts, gone=())


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
            yield Part(part.name, digest((folder / part.name).read_bytes()), part.command)


class _Stage:
    """New files on their way into a folder: written whole beside their places first, so that a full disk changes nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{_STAGE}*"):
            if time.time() - left.stat().st_mtime > _LEFT:
                shutil.rmtree(left, ignore_errors=True)
        try:
            self.place = Path(tempfile.mkdtemp(prefix=_STAGE, dir=folder))
        except OSError as error:
            self._unmake()
            raise OSError(error.errno, error.strerror, str(folder)) from None
        self.files: dict[str, Path] = {}

    def __enter__(self) -> _Stage:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.place, ignore_errors=True)
        self._unmake()

    def _unmake(self) -> None:
        """Take away folders that were made for files which did not come."""
        for path in self.made:
            if not path.is_dir() or any(path.iterdir()):
                return
            path.rmdir()

    def add(self, name: str, content: bytes | Path) -> str:
        """Write one file, or move it here; returns its hash."""
        path = self.place / str(len(self.files))
        self.files[name] = path
        try:
            if isinstance(content, Path):
                content.replace(path)
                with path.open("rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
            path.write_bytes(content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.folder / name)) from None
        return digest(content)

    def swap(self, after: Listing, known: Collection[Part], gone: Iterable[str]) -> Change:
        """Put all files in their places, take away those that are `gone`, and set aside whatever is there and is not as it was made."""
        made: dict[str, set[str]] = {}
        for part in (*known, *after.parts):
            made.setdefault(part.name, set()).add(part.sha256)
        home = self.folder.resolve()
        outside = [name for name in (*self.files, *gone) if not (self.folder / name).parent.resolve().is_relative_to(home)]
        if outside:
            raise DataError([Fault("a link leads out of the folder of the analysis; nothing was written", file=str(self.folder / outside[0]))])
        for name in (*self.files, LISTING):
            _refuse_obstacles(self.folder, name)
        during = Listing(after.recipe, tuple(dict.fromkeys((*known, *after.parts))), finished=False)
        self._list(during)
        kept, removed = [], []
        for name in (*self.files, *gone):
            path = self.folder / name
            if (path.is_file() or path.is_symlink()) and (path.is_symlink() or digest(path.read_bytes()) not in made.get(name, ())):
                kept.append(self._aside(name))
            elif name not in self.files and path.is_file():
                path.unlink()
                removed.append(name)
        self.place_all()
        for name in removed:
            _without_empty(self.folder / name, self.folder)
        self._list(after)
        return Change(tuple(kept), tuple(removed))

    def place_all(self) -> None:
        """Put all files in their places."""
        for name, staged in self.files.items():
            path = self.folder / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                staged.replace(path)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(path)) from None

    def _list(self, listing: Listing) -> None:
        half, place = self.place / LISTING, self.folder / LISTING
        try:
            half.write_text(listing.to_text(), encoding="utf-8", newline="\n")
            half.replace(place)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(place)) from None

    def _aside(self, name: str) -> str:
        for number in range(1, 10_000):
            place = self.folder / f"{KEPT}-{number}"
            aside = place / name
            if (place.is_dir() or not place.exists()) and not aside.exists() and not aside.is_symlink():
                aside.parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).rename(aside)
                return f"{KEPT}-{number}/{name}"
        raise DataError(
            [Fault("too many files were set aside here", file=str(self.folder), advice=f"Clear away its folders {KEPT}-1, {KEPT}-2, ...")]
        )


def _refuse_obstacles(folder: Path, name: str) -> None:
    """Refuse a folder where a file belongs, and a file where a folder does."""
    file = folder / name
    way = next((path for path in file.parents if path != folder and path.is_relative_to(folder) and path.exists() and not path.is_dir()), None)
    way = file if file.is_dir() else way
    if way is not None:
        raise DataError([Fault(f"this stands where {name} belongs; nothing was written", file=str(way), advice="Move it elsewhere.")])


def _without_empty(path: Path, top: Path) -> None:
    """Remove folders that a removed file left empty."""
    for parent in path.parents:
        if parent == top or (parent.is_dir() and any(parent.iterdir())):
            return
        if parent.is_dir():
            parent.rmdir()
