"""Processes that a test kills, forked from one that has imported what they need.

Whoever starts Python for each of them waits mostly for imports, and when the process is killed at random, it is mostly killed at one. A forked one
is a process of its own all the same: it dies by a signal without a word, and the system lets go of its files and connections.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import TextIO

IMPORTED = (
    "alembic.command",
    "qmethod_studies.store.repository",
    "qmethod_studies.store.backing_up",
    "qmethod_studies.store.restoring",
    "qmethod_studies.store.migrations",
)
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(list(IMPORTED))


@dataclass(frozen=True)
class Forked:
    """A process, and what it says, of errors too."""

    process: ForkServerProcess
    stdout: TextIO

    def kill(self) -> None:
        self.process.kill()

    def rest(self) -> str:
        """What it says until it ends; when this returns, it is gone with all that it held."""
        with self.stdout:
            said = self.stdout.read()
        self.process.join()
        return said


def forked(act: Callable[..., None], *given: object) -> Forked:
    """Begin a process that does one thing, in the folder and with the variables of now; it ends at the latest with the tests.

    Parameters
    ----------
    act : callable
        A function of a module that imports hardly more than what is `IMPORTED`.
    *given : object
        What it is called with.
    """
    ours, theirs = _context.Pipe(duplex=False)
    process = _context.Process(target=_do, args=(theirs, os.getcwd(), dict(os.environ), act, given), daemon=True)
    process.start()
    theirs.close()
    stdout = os.fdopen(os.dup(ours.fileno()), encoding="utf-8")
    ours.close()
    return Forked(process, stdout)


def _do(said: Connection, folder: str, variables: dict[str, str], act: Callable[..., None], given: tuple[object, ...]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    for number in (1, 2):
        os.dup2(said.fileno(), number)
    said.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    act(*given)
    sys.stdout.flush()
