"""What the method works on: the sorts (`QData`), and where they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.blocks import distribution_keys, run_over_blocks
from qmethod.brief import brief, short
from qmethod.door import fetch
from qmethod.errors import DataError, Fault
from qmethod.given import FrameLike, ReadOnly, owned, positions_of, table_of, texts_of
from qmethod.grid import Grid
from qmethod.literals import SortsTable
from qmethod.names import repeated
from qmethod.notice import Notice, noticed
from qmethod.people import Detail, Exclusion, check_people
from qmethod.reach import LARGEST, SMALLEST
from qmethod.shown import Result
from qmethod.wording import counted, listed

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Source:
    """Where sorts came from, so that a result can say it.

    Parameters
    ----------
    name : str
        File name, or ``"array"``.
    sha256 : str
        Hash of the file's bytes; for an array, of its shape, values and names.
    kind : str
        What the reader took it for, in words, for example ``"CSV, statements in rows, ';' between cells"``.
    why : str
        Why it was taken for that format; empty where nothing had to be recognised. It is not part of a solution that is written.
    """

    name: str
    sha256: str
    kind: str
    why: str = field(default="", compare=False)

    __repr__ = brief


@dataclass(frozen=True, slots=True, eq=False)
class QData(ReadOnly, Result[SortsTable]):
    """Q sorts, ready for analysis. Statements are rows and sorts are columns.

    Parameters
    ----------
    sorts : ndarray of shape (n_statements, n_sorts)
        Placements; integers of any width, or floats with NaN for a missing placement. A masked placement is a missing one. Read-only; copied
        where somebody else could still write to it.
    statements : tuple of str, optional
        Ids of the statements, unique; ``s1, s2, ...`` where none are given. Any sequence is taken, and whole numbers are made texts.
    participants : tuple of str, optional
        Names of the sorts, unique; ``p1, p2, ...`` where none are given. Taken like those of statements.
    texts : tuple of str, optional
        Wording of the statements, empty where unknown.
    grid : Grid, optional
        The distribution of the design. Without one it is taken from the sorts where all of them show the same.
    source : Source, optional
        Where the sorts came from; see `origin` for data that came from no file.
    notices : tuple of Notice, optional
        What the reader of the file found worth saying.
    people : tuple of Detail, optional
        What is known of the participants besides their sorts; see `qmethod.with_people`.
    excluded : tuple of Exclusion, optional
        Who was left out of these sorts, and why; see `qmethod.exclude`. Their sorts are not among them.

    Attributes
    ----------
    forced : bool
        Whether every sort follows `grid`.

    Raises
    ------
    DataError
        Naming every fault: shape, duplicate or empty names, infinite values, a grid of another size.
    """

    sorts: Array
    statements: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    grid: Grid | None = None
    source: Source | None = None
    notices: tuple[Notice, ...] = field(default=())
    people: tuple[Detail, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    forced: bool = field(init=False, default=False)

    __repr__ = brief

    def _said(self) -> list[str]:
        grid = "no grid" if self.grid is None else f"grid {self.grid}{'' if self.forced else ', which not all sorts follow'}"
        missing = int(self.missing.sum())
        return [
            f"{counted(self.n_sorts, 'sort')} of {counted(self.n_statements, 'statement')}{' with wordings' if any(self.texts) else ''}",
            grid,
            *([f"from {self.source.name} ({self.source.kind})"] if self.source else []),
            *([f"{missing} missing placements"] if missing else []),
            *([f"known of the participants: {listed(one.title for one in self.people)}"] if self.people else []),
            *([f"{counted(len(self.excluded), 'sort')} left out"] if self.excluded else []),
            *noticed(self.notices),
        ]

    def __post_init__(self) -> None:
        for name, called in (("statements", "the id of a statement"), ("participants", "the name of a participant"), ("texts", "a wording")):
            object.__setattr__(self, name, texts_of(getattr(self, name), name, called))
        if self.grid is not None and not isinstance(self.grid, Grid):
            raise DataError([Fault(f"`grid` must be a Grid, got {short(self.grid)}", advice="`Grid.parse` reads one that is written as a text.")])
        sorts = owned(self.sorts)
        faults = _faults(sorts, self.statements, self.participants, self.texts, self.grid)
        faults += [] if faults else check_people(self.people, self.excluded, self.participants, sorts.shape[1])
        if faults:
            raise DataError(faults)
        object.__setattr__(self, "sorts", sorts)
        for name in ("notices", "people", "excluded"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        n, m = sorts.shape
        object.__setattr__(self, "statements", self.statements or tuple([f"s{i}" for i in range(1, n + 1)]))
        object.__setattr__(self, "participants", self.participants or _numbered("p", m))
        object.__setattr__(self, "texts", self.texts or ("",) * len(self.statements))
        shared = _shared_grid(sorts)
        object.__setattr__(self, "grid", self.grid or shared)
        object.__setattr__(self, "forced", shared is not None and shared == self.grid)

    @classmethod
    def from_array(
        cls,
        sorts: npt.ArrayLike,
        *,
        statements: Sequence[str] = (),
        participants: Sequence[str] = (),
        texts: Sequence[str] = (),
        grid: Grid | None = None,
    ) -> QData:
        """Wrap a bare statements x sorts array.

        Parameters
        ----------
        sorts : array_like of shape (n_statements, n_sorts)
            Placements.
        statements, participants : sequence of str, optional
            Names; ``s1, s2, ...`` and ``p1, p2, ...`` where not given.
        texts : sequence of str, optional
            Wording of the statements.
        grid : Grid, optional
            The distribution of the design.
        """
        # the class makes arrays and tuples of them
        return cls(sorts=table_of(sorts, "sorts"), statements=statements, participants=participants, texts=texts, grid=grid)  # type: ignore[arg-type]

    @classmethod
    def from_frame(cls, frame: FrameLike, *, id_column: str | None = None, text_column: str | None = None, grid: Grid | None = None) -> QData:
        """Sorts from a data frame with statements in rows and sorts in columns.

        Parameters
        ----------
        frame : pandas.DataFrame, polars.DataFrame, pyarrow.Table
            Or a frame of another library that narwhals knows. The names of its columns become the names of the sorts.
        id_column : str, optional
            The column with the ids of the statements. Without it one that is called ``statement``, ``id`` or alike, else the index of a frame
            that has one of its own.
        text_column : str, optional
            The column with their wordings. Without it one that is called ``text``, ``wording`` or alike.
        grid : Grid, optional
            The distribution of the design.

        Raises
        ------
        DataError
            If a column holds no placements, or the frame lies the wrong way: its rows follow the grid, or without one share one distribution,
            and its columns do not.

        Examples
        --------
        >>> import pandas, qmethod
        >>> frame = pandas.DataFrame({"statement": ["s1", "s2", "s3"], "Ana": [-1, 0, 1], "Ben": [1, 0, -1], "Cem": [0, -1, 1]})
        >>> data = qmethod.QData.from_frame(frame)
        >>> data.participants, data.statements
        (('Ana', 'Ben', 'Cem'), ('s1', 's2', 's3'))
        """
        read: QData = fetch("read_frame")(frame, id_column=id_column, text_column=text_column, grid=grid)
        return read

    @property
    def n_statements(self) -> int:
        """Number of statements (rows)."""
        return int(self.sorts.shape[0])

    @property
    def n_sorts(self) -> int:
        """Number of sorts (columns)."""
        return int(self.sorts.shape[1])

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which placements are missing; shape (n_statements, n_sorts)."""
        if self.sorts.dtype.kind != "f":
            return np.zeros(self.sorts.shape, dtype=bool)
        return np.isnan(self.sorts)

    @property
    def complete(self) -> bool:
        """Whether no placement is missing."""
        return self.sorts.dtype.kind != "f" or not bool(np.isnan(self.sorts).any())

    def origin(self) -> Source:
        """Where the sorts came from; for an array, a hash of its shape, names and values computed now."""
        return self.source or _array_source(self.sorts, self.statements, self.participants)

    def off_grid(self) -> tuple[int, ...]:
        """Positions of the sorts that do not follow `grid`; empty without a grid."""
        if self.grid is None or self.forced:
            return ()
        off = np.sort(self.sorts, axis=0) != self.grid.slots()[:, None]
        return tuple(np.flatnonzero(off.any(axis=0)).tolist())

    def duplicates(self) -> tuple[tuple[str, ...], ...]:
        """Groups of participants whose sorts are the same, placement for placement; each group and the groups by name."""
        rng = np.random.default_rng(0)
        key = np.zeros(self.n_sorts)
        mix = rng.standard_normal(self.n_statements)

        def work(where: slice) -> None:
            block = self.sorts[:, where].astype(float, order="C")
            key[where] = mix @ (np.nan_to_num(block, nan=np.pi) if self.sorts.dtype.kind == "f" else block)

        run_over_blocks(work, self.n_sorts, self.n_statements)
        ordered = np.sort(key)
        near = np.diff(ordered) <= 1e-12 * max(float(np.abs(key).max()), 1.0)
        suspects = np.isin(key, np.concatenate([ordered[:-1][near], ordered[1:][near]]))
        groups: dict[bytes, set[int]] = {}
        for j in np.flatnonzero(suspects).tolist():
            groups.setdefault((self.sorts[:, j] + 0).tobytes(), set()).add(j)
        return tuple(sorted(tuple(sorted(self.participants[j] for j in group)) for group in groups.values() if len(group) > 1))

    def keep(self, which: Sequence[int] | Sequence[str] | npt.ArrayLike) -> QData:
        """The same study with only some of its sorts, in the order in which they are named.

        Parameters
        ----------
        which : sequence of int or str, or array_like of bool of shape (n_sorts,)
            Positions, counted from 0 or with a minus from the end; names of participants; or for every sort whether it is kept.

        Returns
        -------
        QData
            Where sorts were left out, `kind` of its source says how many of how many are left.

        Raises
        ------
        DataError
            If there is no such sort, or none is left.
        """
        positions = positions_of(which, self.participants)
        source = self.source
        if source is not None and len(set(positions)) < self.n_sorts:
            source = Source(source.name, source.sha256, f"{source.kind}; {len(positions)} of {counted(self.n_sorts, 'sort')} kept", source.why)
        return self._only(positions, source)

    def _only(self, positions: Sequence[int], source: Source | None) -> QData:
        """The sorts at some positions. A step of the method that says by itself whom it leaves out gives the source as it was."""
        sorts = self.sorts[:, list(positions)]
        sorts.flags.writeable = False
        participants = tuple([self.participants[i] for i in positions])
        people = tuple([one.at(positions) for one in self.people])
        return QData(sorts, self.statements, participants, self.texts, self.grid, source, self.notices, people, self.excluded)


def _numbered(sign: str, n: int) -> tuple[str, ...]:
    """``p1, p2, ...``: the last three digits of a million names are worked out once."""
    digits = [f"{i:03d}" for i in range(min(n + 1, 1000))]
    names = [f"{sign}{i}" for i in range(1, min(n + 1, 1000))]
    for thousand in range(1, n // 1000 + 1):
        first = f"{sign}{thousand}"
        names += [first + last for last in digits]
    return tuple(names[:n] if len(names) > n else names)


def _faults(
    sorts: Array,
    statements: tuple[str, ...],
    participants: tuple[str, ...],
    texts: tuple[str, ...],
    grid: Grid | None,
) -> list[Fault]:
    if sorts.ndim != 2:
        return [Fault(f"sorts must be a table of statements x sorts, got {sorts.ndim} dimension(s)")]
    if sorts.dtype.kind not in "iuf":
        return [Fault(f"placements must be numbers, got an array of {sorts.dtype}")]
    n, m = sorts.shape
    faults = []
    if n < 2:
        faults.append(Fault(f"at least two statements are needed, got {n}"))
    if m < 1:
        faults.append(Fault("no sorts"))
    for kind, names, size in (("statement", statements, n), ("participant", participants, m)):
        if not names:
            continue
        if len(names) != size:
            faults.append(Fault(f"`{kind}s`: {len(names)} names for {size} {kind}s"))
        distinct = set(names)
        if len(distinct) != len(names):
            faults += [Fault(f"two {kind}s are called {name!r}", advice=f"Give each {kind} a name of its own.") for name in repeated(names)]
        if "" in distinct:
            faults.append(Fault(f"a {kind} has no name", advice=f"Give each {kind} a name of its own."))
    if texts and len(texts) != n:
        faults.append(Fault(f"`texts`: {len(texts)} wordings for {n} statements"))
    if sorts.dtype.kind == "f":
        faults += [
            Fault(
                "an infinite placement",
                participant=participants[j] if j < len(participants) else f"p{j + 1}",
                statement=statements[i] if i < len(statements) else f"s{i + 1}",
            )
            for i, j in np.argwhere(np.isinf(sorts))[:100].tolist()
        ]
    faults += beyond_reach(sorts, participants)
    if grid is not None and grid.n_statements != n:
        faults.append(
            Fault(
                f"the grid {grid} holds {grid.n_statements} statements, the study has {n}",
                advice="The counts of the grid must add up to the number of statements.",
            )
        )
    return faults


def beyond_reach(sorts: Array, participants: Sequence[str]) -> list[Fault]:
    """A fault for each of the first sorts whose placements are too large or too small to reckon with; see `qmethod.checks.beyond`."""
    message = f"placements beyond {LARGEST:g}, or all within {SMALLEST:g} of 0, cannot be reckoned with"
    advice = "Divide or multiply all sorts by one number: it changes no result."
    return [
        Fault(message, participant=participants[j] if j < len(participants) else f"p{j + 1}", advice=advice)
        for j in np.flatnonzero(checks.beyond(sorts))[:100].tolist()
    ]


def _shared_grid(sorts: Array) -> Grid | None:
    """The distribution of all sorts where they share one, else None."""
    if sorts.dtype.kind == "f" and np.isnan(sorts[:, 0]).any():
        return None
    keys = distribution_keys(sorts)
    return Grid.of(sorts[:, 0]) if bool((keys == keys[0]).all()) else None


def _array_source(sorts: Array, statements: tuple[str, ...], participants: tuple[str, ...]) -> Source:
    digest = hashlib.sha256(repr(sorts.shape).encode())
    digest.update("\x1f".join((*statements, *participants)).encode())
    for start in range(0, sorts.shape[1], 8192):
        digest.update(np.ascontiguousarray(sorts[:, start : start + 8192], dtype="<f8").tobytes())
    return Source(name="array", sha256=digest.hexdigest(), kind="array, statements in rows")
