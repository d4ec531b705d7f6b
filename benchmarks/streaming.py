"""Time and memory of an analysis in chunks: 60 statements, four factors, from Parquet, by the command ``qmethod analyse --stream``.

Run: ``.venv/bin/python benchmarks/streaming.py --most 10000000 --dask``. For each size the sorts are drawn and written chunk by chunk into a
temporary folder; then the command runs in a process of its own, so that its peak memory is its own. With ``--dask`` it runs again with the workers
of a local cluster of two, and the folders that both have written are compared byte by byte. Seconds of cores are what all processes computed, added
up; they do not grow when the machine has other things to do.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import qmethod

SIZES = (100_000, 1_000_000, 10_000_000)
GRID = qmethod.Grid.parse("-4:3,-3:5,-2:7,-1:10,0:10,1:10,2:7,3:5,4:3")
ROWS = 65_536
BYTES_A_SORT = 150  # of both files and of what is written, with room to spare


def draw(path: Path, m: int) -> float:
    """Write forced sorts around four viewpoints, and say how many seconds it took."""
    import pyarrow
    from pyarrow import parquet

    start = time.perf_counter()
    rng = np.random.default_rng(1)
    n = GRID.n_statements
    views = rng.standard_normal((n, 4), dtype=np.float32)
    slots = GRID.slots().astype(np.int8)[:, None]
    names = [f"s{i}" for i in range(1, n + 1)]
    schema = pyarrow.schema([("participant", pyarrow.string()), *((name, pyarrow.int8()) for name in names)])
    with parquet.ParquetWriter(path, schema) as writer:
        for first in range(0, m, ROWS):
            size = min(ROWS, m - first)
            latent = np.float32(0.8) * views[:, rng.integers(0, 4, size)] + np.float32(0.7) * rng.standard_normal((n, size), dtype=np.float32)
            sorts = np.empty((n, size), np.int8)
            np.put_along_axis(sorts, latent.argsort(axis=0), slots, axis=0)
            people = [f"sim-{i:08d}" for i in range(first + 1, first + size + 1)]
            writer.write_table(pyarrow.table([people, *sorts], schema=schema), row_group_size=ROWS)
    return time.perf_counter() - start


def analyse(path: str, out: str, dask: bool) -> dict[str, float]:
    """Run the command in this process; with `dask`, with two workers of a local cluster."""
    from qmethod_analysis.commands.cli import main

    start = time.perf_counter()
    arguments = ["analyse", path, "--factors", "4", "--stream", "--out", out]
    if not dask:
        main(arguments, standalone_mode=False)
    else:
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
            main([*arguments, "--dask", cluster.scheduler_address], standalone_mode=False)
    seconds = time.perf_counter() - start
    peak, worker = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "cpu": used, "peak_mib": peak, "worker_mib": worker}


def apart(path: Path, out: Path, dask: bool) -> dict[str, float]:
    """`analyse` in a process of its own."""
    words = [sys.executable, __file__, "--only", str(path), "--out", str(out), *(["--dask"] if dask else [])]
    ended = subprocess.run(words, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])})
    if ended.returncode:
        sys.exit(ended.stderr)
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


def same(first: Path, second: Path) -> bool:
    """Whether two folders hold the same files, byte by byte."""
    names = sorted(path.name for path in first.iterdir())
    return names == sorted(path.name for path in second.iterdir()) and filecmp.cmpfiles(first, second, names, shallow=False)[0] == names


def figures(found: dict[str, float]) -> str:
    """The last columns of a line."""
    return f"{found['seconds']:>11.1f} {found['cpu']:>11.1f} {found['peak_mib']:>9.0f}"


def main() -> None:
    """Measure all sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000, help="largest size")
    parser.add_argument("--dask", action="store_true", help="also with two workers of a local dask cluster")
    parser.add_argument("--folder", help="where to put the sorts; a temporary folder if not given")
    parser.add_argument("--only", help="analyse one file in this process and print JSON")
    parser.add_argument("--out", help="with --only: the folder to write to")
    given = parser.parse_args()
    if given.only:
        print(json.dumps(analyse(given.only, given.out, given.dask)))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        if shutil.disk_usage(folder).free < BYTES_A_SORT * given.most:
            sys.exit(f"{folder} has too little room; name another with --folder")
        print(f"{'sorts':>12} {'file MB':>8} {'drawn s':>8} {'analysed s':>11} {'of cores s':>11} {'peak MiB':>9}")
        for m in (size for size in SIZES if size <= given.most):
            path, out = Path(folder) / "sorts.parquet", Path(folder) / "alone"
            drawn = draw(path, m)
            found = apart(path, out, dask=False)
            print(f"{m:>12,} {path.stat().st_size / 1e6:>8.0f} {drawn:>8.1f} {figures(found)}", flush=True)
            if given.dask:
                found = apart(path, Path(folder) / "shared", dask=True)
                answer = "identical" if same(out, Path(folder) / "shared") else "DIFFERENT"
                print(f"{'two workers':>30} {figures(found)}  a worker {found['worker_mib']:.0f}, {answer}", flush=True)
            for done in (out, Path(folder) / "shared"):
                shutil.rmtree(done, ignore_errors=True)


if __name__ == "__main__":
    main()
