"""Files on their way into a folder: first all of them whole beside their places, with a plan, then each by one move.

Until the plan is on the disk nothing in the folder has changed; from then on all of it happens, at once or, where the machine stopped in between,
when the folder is next read or written to. So whoever looks by way of this program finds what was there before, or what is there now, and never a
mixture.
The folder itself is not exchanged for another one: somebody may stand in it, and what is not ours stays where it lies.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from qmethod.brief import brief
from qmethod.errors import DataError, Fault
from qmethod.formats.putting import alone, naming, settle, write_through

STAGE = ".qmethod-stage-"
STREAMING = ".qmethod-stream-"
"""How a folder begins in which sorts that are read in chunks leave their loadings until all is done."""
KEPT = "kept"
"""Folders for files that were set aside are called this and a number."""
PLAN = "plan.json"
_MEANWHILE = "meanwhile"
"""The listing that holds until all is done."""
_LEFT = 3600
"""Seconds after which a half-written file is left over from a writer that is no more, where the system cannot tell which writers there are."""
_LARGEST_PLAN = 16 << 20


@dataclass(frozen=True, slots=True)
class Change:
    """What writing did to files that were there.

    Parameters
    ----------
    kept : tuple of str
        Files that were not as they had been made, set aside: where they are now, in the folder.
    removed : tuple of str
        Files of the earlier analysis that are gone.
    """

    kept: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of a folder.

    Parameters
    ----------
    files : tuple of str
        Files that take their places, in this order; the place of each here is its name beside the plan.
    gone : tuple of str
        Files that go.
    made : mapping of str to tuple of str
        Hashes that a file in one of these places may have to be replaced or go; any other is set aside.
    listing : str
        What file says meanwhile that the folder is being written; none if empty.
    """

    files: tuple[str, ...]
    gone: tuple[str, ...] = ()
    made: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    listing: str = ""

    def to_json(self) -> bytes:
        """As a file."""
        values = {"files": self.files, "gone": self.gone, "made": dict(self.made), "listing": self.listing}
        return json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogateescape")


def is_passing(path: Path) -> bool:
    """Whether this is what a writer that was stopped left behind, which is gone with the next one.

    Parameters
    ----------
    path : pathlib.Path
    """
    return path.name.startswith((STAGE, STREAMING))


def is_inside(name: str) -> bool:
    """Whether a name can be that of a file in a folder: a path that leads down, and nowhere else.

    Parameters
    ----------
    name : str
        With ``/``.
    """
    parts = name.split("/")
    return not any(part in ("", ".", "..") for part in parts) and not any(sign in name for sign in "\\\n\0") and not Path(name).drive


def file_digest(path: Path) -> str:
    """SHA-256 of an ordinary file; empty for a link and whatever else stands there."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return ""
    with open(number, "rb", closefd=True) as file:
        if path.is_symlink() or not stat.S_ISREG(os.fstat(number).st_mode):
            return ""
        return hashlib.file_digest(file, "sha256").hexdigest()


def close_to_others(folder: Path) -> None:
    """Let nobody but its owner into a folder, if it is there.

    Parameters
    ----------
    folder : pathlib.Path
    """
    if folder.is_dir():
        folder.chmod(0o700)


@contextlib.contextmanager
def passing(folder: Path) -> Iterator[Path]:
    """A folder inside another one, for files that do not fit into memory on their way into it; it goes with what is left in it.

    What a writer that was stopped has left of the same kind goes first.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing, for its owner only, and taken away again where nothing has come into it.

    Raises
    ------
    OSError
        For what the system refuses in it; it names the file that was to be, and no passing one.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        for left in folder.glob(f"{STREAMING}*"):
            if time.time() - left.lstat().st_mtime > _LEFT:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=STREAMING, dir=folder) as place:
            try:
                yield Path(place)
            except (OSError, DataError) as error:
                refused = error if isinstance(error, OSError) else error.__cause__
                name = refused.filename if isinstance(refused, OSError) else None
                if name is None or not Path(name).is_relative_to(place):
                    raise
                raise OSError(refused.errno, refused.strerror, str(folder / Path(name).relative_to(place))) from None  # type: ignore[union-attr]
    finally:
        for path in made:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


class Stage:
    """New files on their way into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing.
    private : bool, default False
        Whether the folder is for its owner only, if nothing is in it yet. Files and folders in it are open to those to whom it is.
    """

    def __init__(self, folder: Path, *, private: bool = False) -> None:
        self.folder = folder
        self.files: list[str] = []
        self._private = private
        self._made = [path for path in (folder, *folder.parents) if not path.exists()]
        self._done = False
        folder.mkdir(parents=True, exist_ok=True)
        self._open = contextlib.ExitStack()
        try:
            if private and all(map(is_passing, folder.iterdir())):
                folder.chmod(0o700)
            self._open_to = stat.S_IMODE(folder.stat().st_mode) if private else 0o777
            told = self._open.enter_context(alone(folder))
            _finish(folder)
            for left in folder.glob(f"{STAGE}*"):
                if (told or time.time() - left.lstat().st_mtime > _LEFT) and not (left / PLAN).exists():
                    _clear(left)
            self.place = Path(tempfile.mkdtemp(prefix=STAGE, dir=folder))
        except BaseException as error:
            self._open.close()
            self._unmake()
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror, str(folder)) from None
            raise

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        if not (self.place / PLAN).exists():  # else it is carried out when the folder is next looked at
            _clear(self.place)
        self._unmake()
        self._open.close()

    def _unmake(self) -> None:
        """Take away folders that were made for files which did not come."""
        for path in self._made:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()

    def add(self, name: str, content: bytes | Path) -> str:
        """Write one file, or move it here; returns its hash."""
        if not is_inside(name):
            raise DataError([Fault(f"{name!r} is no name of a file in a folder; nothing was written", file=str(self.folder))])
        path = self.place / str(len(self.files))
        self.files.append(name)
        with naming(self.folder / name):
            if isinstance(content, Path):
                if self._private:
                    content.chmod(self._open_to & 0o666)
                content.replace(path)
                settle(path)
                return file_digest(path)
            write_through(path, content, self._open_to & 0o666)
        return hashlib.sha256(content).hexdigest()

    def swap(self, made: Mapping[str, Collection[str]], gone: Iterable[str] = (), meanwhile: tuple[str, bytes] = ("", b"")) -> Change:
        """Put all files in their places in the order in which they were added, and take away those that are `gone`.

        Parameters
        ----------
        made : mapping of str to collection of str
            Hashes that a file in one of these places may have to be replaced or go. Any other is set aside.
        gone : iterable of str
        meanwhile : tuple of str and bytes
            The listing among the files, by its name, and what it says until all is done.
        """
        name, content = meanwhile
        plan = Plan(tuple(self.files), tuple(dict.fromkeys(gone)), {at: tuple(sorted(sums)) for at, sums in made.items()}, name)
        self._check(plan)
        if name:
            with naming(self.folder / name):
                write_through(self.place / _MEANWHILE, content, self._open_to & 0o666)
        for parent in sorted({(self.folder / at).parent for at in self.files}):  # now, while the disk may still be full
            with naming(parent):
                missing = [path for path in (parent, *parent.parents) if not path.exists()]
                self._made = missing + self._made
                parent.mkdir(parents=True, exist_ok=True)
                for path in missing if self._private else ():
                    path.chmod(self._open_to)
        with naming(self.folder / (name or next(iter(self.files), ""))):
            write_through(self.place / "half", plan.to_json())
            settle(self.place)
            (self.place / "half").replace(self.place / PLAN)
            settle(self.place)
        return _carry_out(self.folder, self.place, plan)

    def _check(self, plan: Plan) -> None:
        """Refuse whatever would lead elsewhere or cannot be done, before anything is."""
        outside = next((name for name in (*plan.files, *plan.gone) if (self.folder / name).parent != _inside(self.folder, name)), None)
        if outside is not None:
            message = "a link stands in the way to this file, and nothing is written through one; nothing was written"
            raise DataError([Fault(message, file=str(self.folder / outside), advice="Put a folder in its place.")])
        for name in plan.files:
            refuse_obstacles(self.folder, name)


def finish(folder: Path) -> None:
    """Do what a writer had begun in a folder that was stopped in the middle; nothing where there is none, or the folder cannot be written to.

    Parameters
    ----------
    folder : pathlib.Path
    """
    if not any(folder.glob(f"{STAGE}*/{PLAN}")):
        return
    with contextlib.suppress(OSError), alone(folder):
        _finish(folder)


def _finish(folder: Path) -> None:
    for place in sorted(folder.glob(f"{STAGE}*")):
        plan = _read_plan(place)
        if plan is not None:
            _carry_out(folder, place, plan)


def _read_plan(place: Path) -> Plan | None:
    """The plan beside some files; None where there is none that this program can have made."""
    file = place / PLAN
    if place.is_symlink() or file.is_symlink() or not file.is_file() or file.stat().st_size > _LARGEST_PLAN:
        return None
    try:
        values = json.loads(file.read_bytes().decode("utf-8", "surrogateescape"))
        plan = Plan(
            tuple(values["files"]),
            tuple(values["gone"]),
            {name: tuple(sums) for name, sums in values["made"].items()},
            values["listing"],
        )
        names = (*plan.files, *plan.gone, *([plan.listing] if plan.listing else []))
        whole = all(is_inside(name) and (place.parent / name).parent == _inside(place.parent, name) for name in names)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        return None
    return plan if whole else None


def _inside(folder: Path, name: str) -> Path | None:
    """The folder of a file in a folder; None where a link stands in the way to it."""
    at = folder
    for part in PurePosixPath(name).parts[:-1]:
        at = at / part
        if at.is_symlink():
            return None
    return at


def _carry_out(folder: Path, place: Path, plan: Plan) -> Change:
    """Do what a plan says, or what is left of it; done twice it does nothing more."""
    if plan.listing and (place / _MEANWHILE).is_file():
        with naming(folder / plan.listing):
            (place / _MEANWHILE).replace(folder / plan.listing)
            settle(folder)
    kept, removed = [], []
    for name in (*plan.files, *plan.gone):
        path = folder / name
        comes = name in plan.files
        if comes and not (place / str(plan.files.index(name))).is_file():
            continue  # it is in its place already
        if not os.path.lexists(path) or name == plan.listing:
            continue
        if file_digest(path) not in plan.made.get(name, ()):
            kept.append(_aside(folder, name))
        elif not comes:
            with naming(path):
                path.unlink()
            removed.append(name)
    for number, name in enumerate(plan.files):
        staged, path = place / str(number), folder / name
        if staged.is_file() and not staged.is_symlink():
            with naming(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                staged.replace(path)
    for name in removed:
        _without_empty(folder / name, folder)
    for at in {(folder / name).parent for name in (*plan.files, *plan.gone)}:
        settle(at)
    (place / PLAN).unlink(missing_ok=True)
    _clear(place)
    return Change(tuple(kept), tuple(removed))


def _aside(folder: Path, name: str) -> str:
    for number in range(1, 10_000):
        place = folder / f"{KEPT}-{number}"
        aside = place / name
        free = not os.path.lexists(aside) and _inside(folder, f"{KEPT}-{number}/{name}") == aside.parent
        if free and (place.is_dir() or not os.path.lexists(place)):
            with naming(folder / name):
                aside.parent.mkdir(parents=True, exist_ok=True)
                (folder / name).rename(aside)
            return f"{KEPT}-{number}/{name}"
    raise DataError([Fault("too many files were set aside here", file=str(folder), advice=f"Clear away its folders {KEPT}-1, {KEPT}-2, ...")])


def refuse_obstacles(folder: Path, name: str) -> None:
    """Refuse a folder where a file belongs, and a file where a folder does.

    Parameters
    ----------
    folder : pathlib.Path
    name : str
        Of a file in it, with ``/``.

    Raises
    ------
    DataError
    """
    file = folder / name
    way = next((path for path in file.parents if path != folder and path.is_relative_to(folder) and path.exists() and not path.is_dir()), None)
    way = file if file.is_dir() and not file.is_symlink() else way
    if way is not None:
        raise DataError([Fault(f"this stands where {name} belongs; nothing was written", file=str(way), advice="Move it elsewhere.")])


def _without_empty(path: Path, top: Path) -> None:
    """Remove folders that a removed file left empty."""
    for parent in path.parents:
        if parent == top or (parent.is_dir() and any(parent.iterdir())):
            return
        if parent.is_dir():
            parent.rmdir()


def _clear(place: Path) -> None:
    if place.is_symlink():
        place.unlink(missing_ok=True)
    else:
        shutil.rmtree(place, ignore_errors=True)
