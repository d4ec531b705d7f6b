"""One owner of the threads of the libraries under numpy: who takes them first sets the limit, who leaves last lifts it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from qmethod import threads

ROOT = Path(__file__).resolve().parents[2]
OVERLAPPING = """
import json, threading
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits
from qmethod.threads import hold, one_thread

def most():
    return max(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")

threadpool_limits(2)
seen = [most()]
first, second = one_thread(), one_thread()
first.__enter__(); second.__enter__()
seen.append(most())
first.__exit__(None, None, None)
seen.append(most())
second.__exit__(None, None, None)
seen.append(most())
@one_thread()
def inside():
    return most()
seen.append(inside())
seen.append(most())
{more}
print(json.dumps(seen))
"""


def seen(more: str = "") -> list[int]:
    plain = {name: value for name, value in os.environ.items() if name not in threads.VARIABLES}
    done = subprocess.run([sys.executable, "-c", OVERLAPPING.format(more=more)], env=plain, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_two_that_overlap_are_both_held_and_the_last_gives_the_threads_back():
    assert seen() == [2, 1, 1, 2, 1, 2]


def test_a_process_that_is_held_stays_so():
    assert seen("hold(); seen.append(most())\nwith one_thread(): seen.append(most())\nseen.append(most())")[-3:] == [1, 1, 1]


def test_an_analysis_is_held_and_leaves_the_threads_as_they_were():
    more = """
import qmethod.method.pipeline as pipeline
inner = pipeline.correlate
def watched(*given):
    seen.append(most())
    return inner(*given)
pipeline.correlate = watched
import qmethod
sorts = np.random.default_rng(1).permuted(np.repeat(np.arange(5)[:, None], 6, axis=1), axis=0)
qmethod.analyse(sorts, 1, contrast_errors="normal", calibration_studies=0)
seen.append(most())
"""
    assert seen(more)[-2:] == [1, 2]


def test_an_error_gives_the_threads_back():
    held = threads._Hold()
    calls: list[str] = []

    class Libraries:
        def limit(self, limits: int) -> Libraries:
            calls.append(f"limit {limits}")
            return self

        def restore_original_limits(self) -> None:
            calls.append("restore")

    held._libraries, held._n_modules = Libraries(), len(sys.modules)
    held.take()
    held.take()
    held.leave()
    assert calls == ["limit 1"]
    held.leave()
    assert calls == ["limit 1", "restore"]
    with pytest.raises(ZeroDivisionError), threads.one_thread():
        raise ZeroDivisionError
    assert threads._HOLD._holders == 1  # of the tests themselves


def test_nobody_else_sets_threads():
    files = [path for room in ("qmethod", "analysis", "studies", "webform", "benchmarks") for path in (ROOT / room).rglob("*.py")]
    asks = re.compile(r"threadpool_limits|ThreadpoolController|OPENBLAS_NUM|OMP_NUM|MKL_NUM")
    assert [path.relative_to(ROOT).as_posix() for path in files if asks.search(path.read_text())] == ["qmethod/threads.py"]
