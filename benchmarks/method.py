"""The method at ordinary and very large sizes, and all other choices, beside an earlier state of the project in the same run.

Run: ``python -m benchmarks.method --against 98300f2``. That commit is put into a work tree of its own, which is taken away afterwards. Both states do
the same work in turns, so that what else the machine does strikes both, and the shortest of many times is compared: of the processor, with all
threads, and of the clock. No studies are drawn from the solutions. ``--rounds`` says how often, ``--most`` leaves out larger sizes, ``--least``
smaller ones and the multiverse.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SORTS = ROOT / "tests/reference/lipset/sorts.csv"
SIZES = ((30, 40), (40, 40), (300, 40), (3_000, 40), (1_000_000, 60))
"""Sorts and statements."""
GRIDS = {40: (2, 4, 5, 6, 6, 6, 5, 4, 2), 60: (3, 5, 7, 10, 10, 10, 7, 5, 3)}
"""Places in the columns from -4 to 4, by the number of statements."""
COMMAND = "import sys; from {module} import main; sys.argv[0] = 'qmethod'; main(sys.argv[1:])"


def simulated_sorts(m: int, n: int) -> np.ndarray:
    """Forced sorts around four viewpoints; shape (n, m), 8-bit integers."""
    rng = np.random.default_rng(1)
    views = rng.standard_normal((n, 4))
    slots = np.repeat(np.arange(-4, 5), GRIDS[n]).astype(np.int8)[:, None]
    sorts = np.empty((n, m), np.int8)
    for start in range(0, m, 50_000):
        block = sorts[:, start : start + 50_000]
        latent = 0.8 * views[:, rng.integers(0, 4, block.shape[1])] + 0.7 * rng.standard_normal(block.shape)
        np.put_along_axis(block, latent.argsort(axis=0), slots, axis=0)
    return sorts


def work() -> None:
    """Analyse as often as the other side asks for it, on sorts that are made once; one line of JSON for each time."""
    import qmethod

    plain = {"contrast_errors": "normal", "calibration_studies": 0} if "calibration_studies" in qmethod.Policies.__dataclass_fields__ else {}
    sorts = np.empty((0, 0), np.int8)
    for line in sys.stdin:
        m, n, times = json.loads(line)
        if sorts.shape != (n, m):
            sorts = simulated_sorts(m, n)
            qmethod.analyse(sorts, 4, **plain)
        found = []
        for _ in range(times):
            clock, processor = time.perf_counter(), time.process_time()
            qmethod.analyse(sorts, 4, **plain)
            found.append((time.process_time() - processor, time.perf_counter() - clock))
        single = sorts.astype(np.float32)
        clock = time.perf_counter()
        single @ single.T
        print(json.dumps([np.min(found, axis=0).tolist(), time.perf_counter() - clock]), flush=True)


class Tree:
    """A state of the project: a process that analyses on request, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(folder / name) for name in (".", "analysis", "studies"))}
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--work"], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def analyse(self, m: int, n: int, times: int) -> tuple[list[float], float]:
        """Seconds of the processor and of the clock, the shortest of some times; and seconds of one product of the data with itself."""
        print(json.dumps([m, n, times]), file=self._process.stdin, flush=True)
        shortest, product = json.loads(self._process.stdout.readline())
        return shortest, product

    def command(self, *arguments: str) -> list[float]:
        """Seconds of the processor and of the clock that a command takes, the processes it starts included."""
        module = "qmethod_analysis.commands.cli" if (self.folder / "analysis/qmethod_analysis").exists() else "analysis.cli"
        called = [sys.executable, "-P", "-c", COMMAND.format(module=module), *arguments]
        before, clock = os.times(), time.perf_counter()
        subprocess.run(called, env=self.environment, check=True, capture_output=True)
        after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return [spent, time.perf_counter() - clock]

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


@contextlib.contextmanager
def state_of(commit: str) -> Iterator[Path]:
    """A work tree of a commit, for a while."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "earlier"
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", folder, commit], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", folder], check=True)


def line_of(what: str, earlier: np.ndarray, now: np.ndarray, more: str = "") -> str:
    """A row: seconds of the processor and of the clock then and now, and the ratio of each."""
    (p, c), (q, d) = earlier, now
    return f"{what:<34} {1e3 * p:>9.1f} {1e3 * q:>9.1f} {q / p:>6.2f}   {1e3 * c:>9.1f} {1e3 * d:>9.1f} {d / c:>6.2f}   {more}"


def main() -> None:
    """Measure both states in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--against", default="HEAD", help="the commit to compare with")
    parser.add_argument("--rounds", type=int, default=7, help="how often both take their turn")
    parser.add_argument("--most", type=int, default=SIZES[-1][0], help="largest size")
    parser.add_argument("--least", type=int, default=SIZES[0][0], help="smallest size")
    arguments = parser.parse_args()
    if arguments.work:
        work()
        return
    print(f"load of the machine at the beginning: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"milliseconds, the shortest{'':<8} {'processor':>9} {'now':>9} {'ratio':>6}   {'clock':>9} {'now':>9} {'ratio':>6}")
    with state_of(arguments.against) as folder, tempfile.TemporaryDirectory() as out:
        both = [Tree(folder), Tree(ROOT)]
        for m, n in (size for size in SIZES if arguments.least <= size[0] <= arguments.most):
            rounds = [[tree.analyse(m, n, 1 if m > 10_000 else 60) for tree in both] for _ in range(3 if m > 10_000 else arguments.rounds)]
            shortest = np.array([[times for times, _ in pair] for pair in rounds]).min(axis=0)
            product = min(seconds for pair in rounds for _, seconds in pair)
            print(line_of(f"{m:,} sorts of {n} statements", *shortest, f"{shortest[1][1] / product:.1f} products X X' now"), flush=True)
        for tree in both:
            tree.end()
        if arguments.least > SIZES[0][0]:
            return
        folders = [Path(out) / name for name in ("earlier", "now")]
        for tree, place in zip(both, folders, strict=True):
            tree.command("analyse", str(SORTS), "--factors", "3", "--out", str(place))
        times = [[tree.command("multiverse", str(place)) for tree, place in zip(both, folders, strict=True)] for _ in range(3)]
        print(line_of("qmethod multiverse, lipset", *np.array(times).min(axis=0)))


if __name__ == "__main__":
    main()
