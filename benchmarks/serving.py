"""A server of its own for a measurement: `qmethod serve` in a process that can be killed and started again on the same port and database."""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import random
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from qmethod_studies.store.engine import keys_file
from qmethod_studies.store.keyring import VARIABLE

STUDY = "leadership"
SECONDS_TO_START = 60


def free_port() -> int:
    """A port of this machine that nobody listens on, of those that no system hands out by itself: a moment later it is still free."""
    draw = random.SystemRandom()
    while True:
        port = draw.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def own_postgres(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL that is started for a measurement and ends with it; the keys that go with it lie in a folder."""
    from tests.postgres import cluster, programs

    found = programs()
    if found is None:
        sys.exit("no PostgreSQL: run tools/find-postgres --install")
    os.environ[VARIABLE] = str(folder / "all.keys")
    with cluster(found) as address:
        yield address


def of_tree(tree: Path) -> tuple[list[str | Path], str]:
    """How the program of a source is run with the libraries of this one, and its path of modules.

    Parameters
    ----------
    tree : Path
        The top folder.
    """
    scripts = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, function = scripts["qmethod"].partition(":")
    folders = [tree, *(one for name in ("analysis", "studies", "webform") if (one := tree / name).is_dir() and not (one / "__init__.py").exists())]
    return [sys.executable, "-c", f"from {module} import {function}; {function}()"], os.pathsep.join(map(str, folders))


@contextlib.contextmanager
def version(revision: str) -> Iterator[Path]:
    """The source of an earlier version, in a folder that is taken away again.

    Parameters
    ----------
    revision : str
        As git knows it.
    """
    top = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory(prefix="qmethod-version-") as folder:
        archive = subprocess.run(["git", "archive", revision], cwd=top, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(folder, filter="data")
        yield Path(folder)


class Server:
    """`qmethod serve leadership`.

    Parameters
    ----------
    database : str
        Address of the database.
    log : Path
        Where the server's output goes.
    threads : int
        Requests handled at the same time.
    study : str or Path
        Its name or folder.
    settings : mapping of str to str
        Environment variables that the server is given besides.
    tree : Path, optional
        The source of another version, to be served in place of this one.
    """

    def __init__(
        self,
        database: str,
        log: Path,
        threads: int = 8,
        study: str | Path = STUDY,
        settings: Mapping[str, str] = MappingProxyType({}),
        tree: Path | None = None,
    ) -> None:
        self.port = free_port()
        self.starts = 0
        self.peak_mib = 0.0
        self._log = log
        plain = {name: value for name, value in os.environ.items() if not name.startswith("QMETHOD_")}
        # It runs in another folder than whoever reads the database afterwards, and both need the same keys.
        self._environment = plain | {"QMETHOD_THREADS": str(threads), VARIABLE: str(keys_file(database)), **settings}
        program: list[str | Path] = [Path(sys.executable).parent / "qmethod"]
        if tree is not None:
            program, path = of_tree(tree)
            self._environment |= {"PYTHONPATH": path}
            if not any('"keys"' in one.read_text(encoding="utf-8") for one in tree.glob("webform/**/settings.py")):
                del self._environment[VARIABLE]  # early versions had none, and refuse what they do not know
        self._command = [*program, "serve", study, "--port", str(self.port), "--database", database]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=self._environment, cwd=self._log.parent)
        self.starts += 1
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self._log.read_text(errors='replace')}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL, nothing is put away."""
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as Ctrl+C does."""
        self.end(signal.SIGINT)

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None
        return self._process.pid

    def cpu_seconds(self) -> float:
        """Processor time of the running server so far."""
        import psutil

        assert self._process is not None
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def end(self, how: signal.Signals) -> None:
        """Send it a signal and wait until it has ended."""
        if self._process is None:
            return
        self._note_memory()
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._process = None

    def _note_memory(self) -> None:
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status")
        if status.exists():
            peak = next((int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM:")), 0.0)
            self.peak_mib = max(self.peak_mib, peak)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
