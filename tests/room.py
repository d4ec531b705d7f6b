"""Where the temporary files of tests lie: in memory where there is much of it, for tests sync many thousand small files, which disks are slow at."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
LEAST_FREE = 8_000_000_000
LEAST_AVAILABLE = 16_000_000_000


def available() -> int:
    """Bytes of memory that programs may still take; 0 where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), 0)


def is_room() -> bool:
    """Whether the files of all tests find room in memory, and programs among them may be run there."""
    if not MEMORY.is_mount() or available() < LEAST_AVAILABLE:
        return False
    there = os.statvfs(MEMORY)
    return os.access(MEMORY, os.W_OK) and not there.f_flag & os.ST_NOEXEC and there.f_bavail * there.f_frsize >= LEAST_FREE


def take() -> None:
    """Put them there from now on, those of the programs that tests start too. A set TMPDIR is left alone."""
    if "TMPDIR" not in os.environ and is_room():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
