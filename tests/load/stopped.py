"""A PostgreSQL that a test may stop while a server runs on it, and waiting for what comes of that."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tests.postgres import other_user

SECONDS = 90


class Cluster:
    """A PostgreSQL of this test's own, which is controlled by PostgreSQL's program for that."""

    def __init__(self, folder_of_programs: Path, address: str) -> None:
        self.address = address
        self._programs = folder_of_programs
        self._folder = Path(unquote(parse_qs(urlsplit(address).query)["host"][0]))

    @property
    def options(self) -> str:
        """What `pg_ctl` does not know by itself where it starts what it did not stop."""
        return f"-k {self._folder} -c listen_addresses= -c fsync=on -c max_connections=200"

    def control(self, *words: str) -> None:
        """Run ``pg_ctl``."""
        options = ["-D", self._folder / "data", "-w", "-t", "60", "-l", self._folder / "data" / "own.log"]
        command = [self._programs / "pg_ctl", *words, *options]
        subprocess.run(command, check=True, user=other_user(), cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
