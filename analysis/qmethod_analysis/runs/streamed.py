"""An analysis of sorts that are too many for memory, as a folder: what `qmethod_analysis.runs.runs` writes, but for the report.

The table of loadings is written while the sorts pass by. Nothing depends on the clock, the machine, or who reads the sorts.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from qmethod.brief import brief
from qmethod.errors import DataError, PolicyError
from qmethod.formats import open_sorts
from qmethod.formats.readers.parquet import ParquetSorts
from qmethod.formats.wordings import attach, read_wordings
from qmethod.grid import Grid
from qmethod.streaming.chunks import ChunkedSorts
from qmethod.streaming.later_passes import Loaded
from qmethod.streaming.pipeline import analyse_in_chunks
from qmethod.streaming.solution import StreamedSolution
from qmethod_analysis.folder.listing import MADE, SOLUTION, recipe_hash
from qmethod_analysis.folder.staging import STREAMING, Change
from qmethod_analysis.folder.writing import check_recipe, write_analysis
from qmethod_analysis.recipe.reading import load, raw_recipe
from qmethod_analysis.recipe.recipe import FILE_NAME, Input, Recipe
from qmethod_analysis.recipe.sources import changed, check_there, place_input, unlinked, with_hashes
from qmethod_analysis.runs import runs as folders
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.tables.csv_output import safe_text, to_csv
from qmethod_analysis.words.labels import viewpoint_names

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Streamed:
    """A solution with the recipe that gives it, where both were written, and what that did to files that were there."""

    solution: StreamedSolution
    recipe: Recipe
    folder: Path
    change: Change

    __repr__ = brief


def open_input(given: Input, base: Path) -> ChunkedSorts:
    """The sorts that a recipe names, relative to `base`, to be read in chunks.

    Raises
    ------
    DataError
        If they cannot be.
    PolicyError
        If the recipe names an encoding, or a study that ships.
    """
    if given.encoding:
        raise PolicyError("sorts read in chunks must be in UTF-8; leave the encoding out")
    if given.table:
        raise PolicyError("sorts read in chunks must be a table that reads without naming its columns, codes or rows; leave `table` out")
    if given.study:
        raise PolicyError(f"the study {given.study} fits into memory; analyse it as a whole")
    return open_sorts(unlinked(base) / given.path, layout=given.layout or None)  # type: ignore[arg-type]  # refused there if it is another


def analyse(
    recipe: Recipe,
    source: ChunkedSorts,
    base: Path,
    out: Path,
    along: Mapping[str, bytes],
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> tuple[StreamedSolution, Change]:
    """Analyse and write every file.

    Parameters
    ----------
    recipe : Recipe
        With paths relative to `base`.
    source : ChunkedSorts
    base : pathlib.Path
    out : pathlib.Path
        The folder to write to.
    along : mapping of str to bytes
        The recipe as it is to lie there, and what goes along with it.
    progress : callable, optional
        Called with what is being done.
    executor : concurrent.futures.Executor, optional
        Who reads the sorts; see `qmethod.streaming.pipeline.analyse_in_chunks`.
    """
    given = recipe.input
    texts, said = attach(read_wordings(base / given.statements), source.statements) if given.statements else ((), ())
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=STREAMING, dir=out) as there,
        _Loadings(Path(there), parquet=isinstance(source, ParquetSorts)) as written,
    ):
        solution = analyse_in_chunks(
            source,
            recipe.n_factors,
            policies=recipe.policies,
            grid=Grid.parse(given.grid) if given.grid else None,
            texts=texts,
            write=written.add,
            executor=executor,
            progress=progress,
        )
        solution = replace(solution, notices=tuple(dict.fromkeys((*solution.notices, *said))))
        viewpoint_names(solution, dict(recipe.names))
        made = {name: to_csv(table).encode() for name, table in tables.statement_files(solution).items()}
        made[SOLUTION] = folders.as_json(solution.to_dict()).encode()
        table = written.done()
        return solution, write_analysis(out, {**along, **made, table.name: table}, MADE)


def repeat(
    recipe_file: Path,
    out: Path | None,
    *,
    accept_changed_input: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Streamed:
    """Repeat such an analysis from its recipe; as `qmethod_analysis.runs.runs.run`.

    Parameters
    ----------
    recipe_file : pathlib.Path
    out : pathlib.Path or None
        The recipe's own folder if None.
    accept_changed_input, overwrite : bool
    progress : callable, optional
    executor : concurrent.futures.Executor, optional

    Raises
    ------
    DataError
        If the recipe is faulty, its input has changed, or the folder holds something else.
    """
    recipe_file, folder = folders.recipe_place(recipe_file, out, overwrite=overwrite)
    base = recipe_file.parent
    recipe = load(recipe_file)
    check_there(recipe.input, recipe_file)
    source = open_input(recipe.input, base)
    current = with_hashes(recipe.input, source, base)
    if current != recipe.input and not accept_changed_input:
        raise DataError(changed(recipe.input, current, base))
    again = replace(recipe, input=current)
    moved = again
    if folder.resolve() == base.resolve():
        along = {FILE_NAME: folders.with_new_hashes(raw_recipe(recipe_file), recipe.input, current)}
    else:
        placed, along = place_input(current, base, folder, copy_sorts=False)
        moved = replace(again, input=placed)
        along[FILE_NAME] = moved.to_toml().encode()
    if folder.resolve() != base.resolve() or recipe_file.name != FILE_NAME:
        check_recipe(folder, recipe_hash(along), overwrite=overwrite)
    solution, change = analyse(again, source, base, folder, along, progress, executor)
    return Streamed(solution, moved, folder, change)


class _Loadings:
    """The table of loadings, written chunk by chunk in a place of its own."""

    def __init__(self, folder: Path, *, parquet: bool) -> None:
        self._path = folder / ("loadings.parquet" if parquet else "loadings.csv")
        self._open = ExitStack()
        self._write: Callable[[list[str], Loaded], None] | None = None
        self._start = self._start_parquet if parquet else self._start_csv

    def __enter__(self) -> _Loadings:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def done(self) -> Path:
        """The finished table."""
        self._open.close()
        return self._path

    def add(self, chunk: Loaded) -> None:
        """Write some sorts."""
        labels = [f"f{j}" for j in range(1, chunk.loadings.shape[1] + 1)]
        if self._write is None:
            self._write = self._start(labels)
        self._write(labels, chunk)

    def _start_csv(self, labels: list[str]) -> Callable[[list[str], Loaded], None]:
        writer = csv.writer(self._open.enter_context(self._path.open("w", encoding="utf-8", newline="")), lineterminator="\n")
        writer.writerow(["participant", *labels, "h2", "defines"])

        def write(labels: list[str], chunk: Loaded) -> None:
            numbers = np.column_stack([chunk.loadings, chunk.communalities]).tolist()
            names = map(safe_text, chunk.participants.tolist())
            writer.writerows([name, *map(repr, row), marks] for name, row, marks in zip(names, numbers, _defines(labels, chunk), strict=True))

        return write

    def _start_parquet(self, labels: list[str]) -> Callable[[list[str], Loaded], None]:
        import pyarrow
        from pyarrow import parquet

        number, text = pyarrow.float64(), pyarrow.string()
        schema = pyarrow.schema([("participant", text), *((label, number) for label in labels), ("h2", number), ("defines", text)])
        table = self._open.enter_context(parquet.ParquetWriter(self._path, schema))

        def write(labels: list[str], chunk: Loaded) -> None:
            columns: list[Any] = [chunk.participants, *np.ascontiguousarray(chunk.loadings.T), chunk.communalities, _defines(labels, chunk)]
            arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            table.write_batch(pyarrow.record_batch(arrays, schema=schema))

        return write


def _defines(labels: list[str], chunk: Loaded) -> list[str]:
    """The factors each sort defines; see `qmethod_analysis.tables.solution.marks`."""
    packed = np.packbits(np.hstack([chunk.flags, chunk.flags & (chunk.loadings < 0)]), axis=1)
    whole, width = packed.tobytes(), packed.shape[1]
    patterns = [whole[start : start + width] for start in range(0, len(whole), width)]
    texts = {}
    for pattern in set(patterns):  # few, however many the sorts
        bits = np.unpackbits(np.frombuffer(pattern, np.uint8), count=2 * len(labels)).astype(bool)
        texts[pattern] = tables.marks(labels, *bits.reshape(2, -1).tolist())
    return [texts[pattern] for pattern in patterns]
