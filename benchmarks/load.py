"""How a server bears many respondents at once, and whether it loses any of what it said was saved, even when it is killed.

Run: ``python -m benchmarks.load`` (SQLite), ``--postgres`` (one of its own) or ``--database URL``; ``--kill`` kills the server three times on
the way. Every respondent does the whole study as its pages do, each move a request of its own. Afterwards the database is read: each act that was
acknowledged must be in the log, and each sort must be the one its respondent meant.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.respondents import Respondent
from benchmarks.serving import STUDY, Server
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load
from qmethod_studies.store import Store
from qmethod_studies.store.keyring import VARIABLE

ACTS_OF_ONE = 100
"""About how many acts a respondent makes; decides when the server is killed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run.

    Parameters
    ----------
    respondents : list of Respondent
    seconds : float
    kills : int
    server_seconds : float
        Processor time of the server; of the last one, where it was killed.
    peak_mib : float
        Most memory that the server held.
    """

    respondents: list[Respondent]
    seconds: float
    kills: int
    server_seconds: float
    peak_mib: float


class Counter:
    """Counts acts from many threads."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count one."""
        with self._lock:
            self.value += 1


def run(database: str, folder: Path, *, respondents: int, threads: int = 8, kills: int = 0, pace: float = 0, idle: int = 0, seed: int = 1) -> Outcome:
    """Let respondents take part all at once, and kill the server on the way.

    Parameters
    ----------
    database : str
        Address of an empty database.
    folder : Path
        For the server's log.
    respondents, threads : int
    kills : int
        How often the server is killed, at moments that `seed` decides.
    pace : float
        Seconds between two acts of one respondent, on average.
    idle : int
        Connections that each browser holds open beside the one in use.
    seed : int
    """
    study = load(find(STUDY))
    server, count = Server(database, folder / "server.log", threads), Counter()
    server.start()
    people = [Respondent(number, server.port, study, pace=pace, idle=idle, tell=count.add) for number in range(respondents)]
    moments = sorted(random.Random(seed).uniform(0.05, 0.9) * respondents * ACTS_OF_ONE for _ in range(kills))
    begun = time.monotonic()
    for person in people:
        person.start()
    for moment in moments:
        while count.value < moment and any(person.is_alive() for person in people):
            time.sleep(0.01)
        server.kill()
        server.start()
    for person in people:
        person.join()
    seconds, busy = time.monotonic() - begun, server.cpu_seconds()
    server.stop()
    return Outcome(people, seconds, server.starts - 1, busy, server.peak_mib)


def losses(database: str, outcome: Outcome) -> list[str]:
    """What is wrong with what the database holds of a run; empty where nothing is."""
    found = []
    with Store.open(database) as store:
        study = store.study(STUDY)
        for person in outcome.respondents:
            who = f"respondent {person.number} ({person.code})"
            if person.error is not None:
                found.append(f"{who} did not finish: {person.error!r}")
            response = store.find(STUDY, person.code) if person.code else None
            if response is None:
                found.append(f"{who} is not in the database")
                continue
            kept = {event.key for event in store.events(response.id)}
            lost = [key for key in person.acknowledged if key not in kept]
            if lost:
                found.append(f"{who} lost {len(lost)} of {len(person.acknowledged)} acknowledged acts")
            placed = {name: place.column for name, place in response.board.places.items()}
            if person.error is None and (placed != person.meant or response.status != "submitted" or not person.thanked or not _whole(study, placed)):
                found.append(f"{who} meant another sort than the one that is stored ({response.status})")
        stored = sum(1 for _ in store.responses(STUDY))
    if stored != len(outcome.respondents):
        found.append(f"{stored} responses for {len(outcome.respondents)} respondents")
    return found


def _whole(study: Study, placed: dict[str, float]) -> bool:
    values = list(placed.values())
    return all(values.count(column) == count for column, count in study.capacity.items()) and len(values) == len(study.statements)


def _size_mib(database: str) -> float:
    if database.startswith("sqlite:///"):
        path = Path(database.removeprefix("sqlite:///"))
        return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*")) / 2**20
    from sqlalchemy import create_engine, make_url, text

    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        size = float(connection.scalar(text("SELECT pg_database_size(current_database())")))
    engine.dispose()
    return size / 2**20


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of some values does not pass.

    Parameters
    ----------
    values : sequence of float
    share : float
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(database: str, outcome: Outcome) -> None:
    """Print the figures of a run."""
    people, seconds = outcome.respondents, outcome.seconds
    acts = sum(len(person.acknowledged) for person in people)
    finished = sum(person.thanked for person in people)
    print(f"{finished} of {len(people)} respondents finished in {seconds:.1f} s; the server was killed {outcome.kills} times")
    print(f"{sum(person.requests for person in people) / seconds:.0f} requests/s, {acts / seconds:.0f} acts/s ({acts} acts acknowledged)")
    print(f"{'milliseconds until the answer':>32} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7}")
    for kind in ("act", "page", "form"):
        waits = [1000 * wait for person in people for wait in person.waits[kind]]
        print(f"{kind:>32} " + " ".join(f"{quantile(waits, share):7.0f}" for share in (0.5, 0.95, 0.99, 1)))
    print(f"retries {sum(person.retries for person in people)}, errors {sum(person.error is not None for person in people)}")
    print(f"server: {outcome.server_seconds:.1f} s of processor time, {outcome.peak_mib:.0f} MiB at most; database {_size_mib(database):.1f} MiB")


def _raise_file_limit() -> None:
    """Let this process hold a socket for each connection of each browser."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65536) if hard > 0 else 65536), hard))


def main() -> None:
    """Measure once and print the figures; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--respondents", type=int, default=300)
    parser.add_argument("--threads", type=int, default=8, help="of the server")
    parser.add_argument("--database", help="address of an empty database; without it a file of SQLite")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for this run")
    parser.add_argument("--kill", action="store_true", help="kill the server three times on the way")
    parser.add_argument("--pace", type=float, default=0, help="seconds between two acts of one respondent, on average")
    parser.add_argument("--idle", type=int, default=0, help="connections that each browser holds open beside the one in use")
    arguments = parser.parse_args()
    _raise_file_limit()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qmethod-load-")))
        database = arguments.database or f"sqlite:///{folder / 'responses.sqlite3'}"
        if arguments.postgres:
            from tests.postgres import cluster, programs

            found = programs()
            if found is None:
                sys.exit("no PostgreSQL: run tools/find-postgres --install")
            database = stack.enter_context(cluster(found))
            os.environ[VARIABLE] = str(folder / "all.keys")  # which go with the database
        outcome = run(
            database,
            folder,
            respondents=arguments.respondents,
            threads=arguments.threads,
            kills=3 if arguments.kill else 0,
            pace=arguments.pace,
            idle=arguments.idle,
            seed=random.randrange(2**32),
        )
        report(database, outcome)
        faults = losses(database, outcome)
        print("\n".join(faults[:20]) if faults else "nothing acknowledged was lost, and every sort is the one that was meant")
        log = (folder / "server.log").read_text(errors="replace")
        if "Traceback" in log:
            faults.append("the server reported errors")
            print(log[-3000:])
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
