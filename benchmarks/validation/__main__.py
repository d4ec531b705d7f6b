"""Run the validation study and write what the page shows: CSV files, tables, plots and the figures of its sentences.

An interrupted run goes on where it was: finished cells are kept in ``docs/_build/validation`` by seed and number of data sets. After a change of
the engine they are out of date: ``--fresh`` forgets them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.validation import pages, tables
from benchmarks.validation.running import CELLS, PARTS, run
from qmethod import threads

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Parse the command line, draw, write, render."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation", description=__doc__)
    parser.add_argument("--sets", type=int, default=300, help="data sets in a cell (default 300; some cells take three times as many)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", default=",".join(PARTS), help=f"parts to run, of {', '.join(PARTS)}; the others stay as they are on disk")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "validation", help="where the files go (default docs/validation)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: all cores)")
    parser.add_argument("--fresh", action="store_true", help="draw anew what an earlier run has kept")
    parser.add_argument("--render", action="store_true", help="draw nothing, make tables and plots anew from the CSV files")
    arguments = parser.parse_args()
    parts = arguments.cells.split(",")
    unknown = [part for part in parts if part not in PARTS]
    if unknown or arguments.sets < 1:
        parser.error(f"there are no cells {', '.join(unknown)}; there are {', '.join(PARTS)}" if unknown else "--sets must be 1 or more")
    arguments.out.mkdir(parents=True, exist_ok=True)
    if not arguments.render:
        kept = ROOT / "docs" / "_build" / "validation" / f"seed-{arguments.seed}-sets-{arguments.sets}"
        if arguments.fresh:
            shutil.rmtree(kept, ignore_errors=True)
        start = time.perf_counter()
        with ProcessPoolExecutor(arguments.workers, initializer=threads.hold) as pool:
            found = run([cell for cell in CELLS if cell.part in parts], arguments.sets, arguments.seed, kept, pool, say)
        tables.write_cells(arguments.out, CELLS)
        for part, rows in found.items():
            tables.write(arguments.out, part, tables.COLUMNS, rows)
        say(f"all drawn in {(time.perf_counter() - start) / 60:.1f} minutes")
    for file in pages.render(arguments.out):
        say(f"wrote {file}")


def say(words: str) -> None:
    """A line on stderr, at once."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
