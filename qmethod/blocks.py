"""Work on many sorts in blocks of columns, on all cores.

A block is small enough to stay near the processor. The blocks are shared out among threads, so the libraries under numpy are held to one each.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, reduce
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from qmethod.threads import one_thread

BLOCK_CELLS = 160_000  # numbers of 64 bits in one block: 1.3 MB, which stays near a processor and is not asked of the system anew each time
ROW_CELLS = 8  # numbers for each of a row of loadings, so that what is made of them on the way is near the processor too
FEW = 4  # blocks that are not worth starting threads for
TOGETHER = 4_096  # sums that are looked up: 33 kB, which stay nearest to a processor
SHARES = 8  # of the blocks for each core: few enough that handing them out costs nothing, and so many that no core is left waiting

T = TypeVar("T")


def block_width(depth: int) -> int:
    """How many columns of so many numbers make a block."""
    return max(1, BLOCK_CELLS // depth)


def over_blocks(work: Callable[[slice], T], n_columns: int, depth: int) -> Iterator[T]:
    """What `work` returns for each block of columns, in order.

    Parameters
    ----------
    work : callable
        Takes the positions of a block; runs beside other blocks, so it may write only to places of its own.
    n_columns : int
        Number of columns in all.
    depth : int
        Numbers per column, which decide how many columns make a block.
    """
    width = block_width(depth)
    blocks = [slice(start, min(start + width, n_columns)) for start in range(0, n_columns, width)]
    if len(blocks) < FEW or (cores := os.cpu_count() or 1) == 1:
        yield from map(work, blocks)
        return
    size = math.ceil(len(blocks) / (SHARES * cores))
    shares = [blocks[start : start + size] for start in range(0, len(blocks), size)]
    with one_thread(), ThreadPoolExecutor(cores) as pool:
        for found in pool.map(lambda share: [work(block) for block in share], shares):
            yield from found


def run_over_blocks(work: Callable[[slice], None], n_columns: int, depth: int) -> None:
    """The same for work that writes its result itself."""
    for _ in over_blocks(work, n_columns, depth):
        pass


def by_rows(work: Callable[..., npt.NDArray[Any]], out: npt.NDArray[Any], *tables: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Fill `out` with what `work` makes of the same rows of some tables, each row by itself; where rows are many, in blocks."""

    def fill(where: slice) -> None:
        out[where] = work(*(table[where] for table in tables))

    run_over_blocks(fill, len(out), ROW_CELLS * out.shape[1])
    return out


def sum_over_rows(work: Callable[..., npt.NDArray[Any]], *tables: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The sum of what `work` makes of blocks of the same rows of some tables."""
    parts = over_blocks(lambda where: work(*(table[where] for table in tables)), len(tables[0]), ROW_CELLS * tables[0].shape[1])
    total = next(parts)
    for part in parts:
        total = total + part
    return total


def across(table: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The sum of each row of a table with few columns, column after column: several times faster than along the rows."""
    return reduce(np.add, table.T)


def count_by_column(table: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """How many numbers of each column are not 0, where columns are few; for the same reason."""
    return np.array([np.count_nonzero(column) for column in table.T], dtype=np.intp)


@cache
def _keys_of_values() -> npt.NDArray[np.uint64]:
    """A random number for each of a thousand values."""
    return np.random.default_rng(0).integers(0, 2**64, 1000, dtype=np.uint64)


def distribution_keys(sorts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A key for each sort, shape (m,); equal for two sorts just when they use each value equally often.

    The key of a sort is the sum of a random 64-bit number for each of its values, so that sorting every column is not needed: two different
    distributions meet with a probability of 2^-64. Several placements of a sort are looked up together, by the sums of all that they can be.
    """
    n, m = sorts.shape
    low, high = (int(sorts.min()), int(sorts.max())) if sorts.dtype.kind in "iu" else (0, 0)
    whole = sorts.dtype.kind in "iu" and high - low < len(_keys_of_values())
    base = high - low + 1
    together = next(d for d in (4, 3, 2, 1) if (d <= n and base**d <= TOGETHER) or d == 1)
    numbers = _keys_of_values()[:base]
    tuples = numbers
    for _ in range(together - 1):
        tuples = np.add.outer(tuples, numbers).ravel()
    rows = n // together
    small = np.int32 if sorts.dtype.itemsize < 4 else np.intp

    def work(where: slice) -> None:
        if whole:
            places = np.zeros((rows, where.stop - where.start), dtype=small)
            for first in range(0, together * rows, rows):
                places *= base
                places += np.subtract(sorts[first : first + rows, where], low, dtype=small)
            rest = np.subtract(sorts[together * rows :, where], low, dtype=np.intp)
            keys[where] = tuples.take(places).sum(axis=0) + numbers[rest].sum(axis=0)
        else:
            ordered = np.ascontiguousarray(np.sort(sorts[:, where] + 0.0, axis=0).T)
            keys[where] = np.array([hash(column.tobytes()) for column in ordered], dtype=np.int64).view(np.uint64)

    keys = np.empty(m, dtype=np.uint64)
    run_over_blocks(work, m, n)
    return keys
