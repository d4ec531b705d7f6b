"""Tests that end programs by a signal mean the same wherever the tests themselves were started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOW = "import signal, sys; print(signal.getsignal(int(sys.argv[1])) == signal.SIG_IGN)"
IGNORING = "import os, signal, sys; signal.signal(int(sys.argv[1]), signal.SIG_IGN); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM], ids=lambda number: number.name)
def test_what_tests_start_heeds_signals_that_the_run_was_told_to_ignore(number: signal.Signals) -> None:
    told = [sys.executable, "-c", IGNORING, str(int(number))]
    assert subprocess.run([*told, "-c", SHOW, str(int(number))], capture_output=True, text=True, check=True).stdout == "True\n"
    started = f"import subprocess, sys, tests.conftest; print(subprocess.check_output([sys.executable, '-c', {SHOW!r}, '{int(number)}'], text=True))"
    assert subprocess.run([*told, "-c", started], capture_output=True, text=True, check=True, cwd=ROOT).stdout == "False\n\n"
