"""Sorts that come in chunks, and work on them part by part, here or elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.brief import brief
from qmethod.data import Array, QData, Source
from qmethod.notice import Notice

CHUNK_ROWS = 65_536
"""Sorts in a chunk, where nothing else is asked for: 60 statements take some 30 MB while they are worked on."""

AHEAD = 4  # parts that an executor is given before the first of them has to be done

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some sorts.

    Parameters
    ----------
    sorts : ndarray of shape (n, c)
        Placements, statements in rows; NaN for a missing one.
    participants : ndarray of str, shape (c,)
    lines : ndarray of int, shape (c,), optional
        Line of the file that each sort stands in, where it has lines.
    """

    sorts: Array
    participants: npt.NDArray[np.str_]
    lines: npt.NDArray[np.int64] | None = None

    __repr__ = brief


class ChunkedSorts(Protocol):
    """Sorts that need not fit into memory: several parts, each of which anyone can read alone, in chunks.

    An object that is pickled goes to workers, so it holds the address of the sorts (a path), not the sorts.
    """

    @property
    def file(self) -> str | None:
        """The file as the user named it, for messages."""

    @property
    def statements(self) -> tuple[str, ...]:
        """Ids of the n statements."""

    @property
    def n_parts(self) -> int:
        """Number of parts."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the reader found worth saying."""

    def chunks(self, part: int) -> Iterator[Chunk]:
        """The sorts of one part, in order; the same ones whenever it is asked."""

    def origin(self) -> Source:
        """Where the sorts come from."""


@dataclass(frozen=True, slots=True)
class ArraySorts:
    """Sorts in memory, handed out in chunks; each chunk is a part.

    Parameters
    ----------
    data : QData
    rows : int
        Sorts in a chunk.
    """

    data: QData
    rows: int = CHUNK_ROWS

    __repr__ = brief

    def __post_init__(self) -> None:
        checks.instance("data", self.data, QData, "a `qmethod.QData`")
        object.__setattr__(self, "rows", checks.whole("rows", self.rows, 1))

    @property
    def file(self) -> None:
        """No file."""
        return

    @property
    def statements(self) -> tuple[str, ...]:
        """Ids of the statements."""
        return self.data.statements

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return -(-self.data.n_sorts // self.rows)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Those of the data."""
        return self.data.notices

    def chunks(self, part: int) -> Iterator[Chunk]:
        """The one chunk of a part."""
        where = slice(part * self.rows, (part + 1) * self.rows)
        yield Chunk(self.data.sorts[:, where], np.array(self.data.participants[where]))

    def origin(self) -> Source:
        """Where the data come from."""
        return self.data.origin()


def over_parts(work: Callable[[int], T], n_parts: int, executor: Executor | None) -> Iterator[T]:
    """What `work` returns for each part, in order of the parts.

    Parameters
    ----------
    work : callable
        Takes the number of a part. For an executor of processes it must be possible to pickle it.
    n_parts : int
    executor : concurrent.futures.Executor or None
        Who does the work; None for this thread. It is given a few parts ahead of those that are done, so that what waits stays small.
    """
    if executor is None:
        yield from map(work, range(n_parts))
        return
    waiting: deque[Future[T]] = deque()
    try:
        for part in range(n_parts):
            waiting.append(executor.submit(work, part))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
