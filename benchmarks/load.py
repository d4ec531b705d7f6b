"""How a server bears many respondents at once, and whether it loses any of what it said was saved, even when it is killed.

Run: ``python -m benchmarks.load`` (SQLite), ``--postgres`` (one of its own) or ``--database URL``; ``--kill`` kills the server three times on
the way. Every respondent does the whole study as its pages do, each move a request of its own. Afterwards the database is read: each act that was
acknowledged must be in the log, and each sort must be the one its respondent meant.

That is a closed loop: who waits for an answer does nothing meanwhile, so that waiting times say how many there were, and only the rate says what the
server can do. ``--rate 60 300`` lets acts come at these rates instead, whatever was answered, and counts waiting from the planned moment;
``--against 98300f2`` does the same with another version, in turns. ``--processes 2 --postgres`` serves one database with two processes.
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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import arrivals
from benchmarks.arrivals import quantile
from benchmarks.respondents import Respondent
from benchmarks.serving import STUDY, Server, own_postgres, version
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load
from qmethod_studies.store import Store

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


def little(outcome: Outcome) -> str:
    """How long people were bound to wait in a closed loop, whoever served them: as many as are under way, by how many are answered in a second."""
    people = outcome.respondents
    rate = sum(person.requests for person in people) / outcome.seconds
    under_way = sum(sum(waits) for person in people for waits in person.waits.values()) / outcome.seconds
    return f"Little's law: {under_way:.0f} under way, {rate:.0f} requests/s, so {1000 * under_way / rate:.0f} ms each; without a queue: --rate"


@contextlib.contextmanager
def database_of(arguments: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The address of the empty database that was asked for, and the keys beside it."""
    with own_postgres(folder) if arguments.postgres else contextlib.nullcontext(f"sqlite:///{folder / 'responses.sqlite3'}") as own:
        yield arguments.database or own


def at_rates(arguments: argparse.Namespace) -> bool:
    """Let acts come at the rates that were asked for, with each version in turns; whether none was lost and each was answered."""
    theirs, ours = arrivals.cores()
    arrivals.pin(os.getpid(), ours)
    print(f"the server on processor {sorted(theirs)}, this program on {sorted(ours)}; {arguments.respondents} people, {arguments.threads} threads")
    print(arrivals.HEAD)
    sound = True
    with contextlib.ExitStack() as stack:
        versions: list[tuple[str, Path | None]] = [("this", None)]
        if arguments.against:
            versions.append((arguments.against[:12], stack.enter_context(version(arguments.against))))
        for i in range(arguments.times):
            for name, tree in versions:
                sound &= _at_rates(arguments, name, tree, theirs, seed=i)
    return sound


def _at_rates(arguments: argparse.Namespace, name: str, tree: Path | None, theirs: set[int], *, seed: int) -> bool:
    """One version at each of the rates; whether none was lost."""
    sound = True
    with tempfile.TemporaryDirectory(prefix="qmethod-load-") as folder, database_of(arguments, Path(folder)) as database:
        servers = [Server(database, Path(folder) / f"server-{i}.log", arguments.threads, tree=tree) for i in range(arguments.processes)]
        try:
            for server in servers:
                server.start()
            entered = arrivals.enter(servers, arguments.respondents, load(find(STUDY)))
            for server in servers:
                arrivals.pin(server.pid, theirs)
            for rate in arguments.rate:
                found = arrivals.arrive(servers, entered, rate, arguments.seconds, seed)
                n_lost = arrivals.lost(database, found.acknowledged)
                print(arrivals.line(name, found, n_lost), flush=True)
                print("".join(f"  {error}\n" for error in found.errors[:3]), end="")
                sound &= not n_lost and (tree is not None or not found.errors)
        finally:
            for server in servers:
                server.stop()
    return sound


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
    parser.add_argument("--rate", type=float, nargs="+", help="acts a second that come whatever was answered, in place of the whole study")
    parser.add_argument("--seconds", type=float, default=20, help="how long they come at each rate")
    parser.add_argument("--against", metavar="REVISION", help="another version, measured in turns with this one; with --rate")
    parser.add_argument("--times", type=int, default=1, help="how often; with --rate")
    parser.add_argument("--processes", type=int, default=1, help="servers of one database; with --rate, and more than one with PostgreSQL")
    arguments = parser.parse_args()
    if arguments.database and (arguments.against or arguments.times > 1):
        parser.error("each version, and each time, needs an empty database of its own")
    _raise_file_limit()
    if arguments.rate:
        sys.exit(0 if at_rates(arguments) else 1)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qmethod-load-")))
        database = stack.enter_context(database_of(arguments, folder))
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
        print(little(outcome))
        faults = losses(database, outcome)
        print("\n".join(faults[:20]) if faults else "nothing acknowledged was lost, and every sort is the one that was meant")
        log = (folder / "server.log").read_text(errors="replace")
        if "Traceback" in log:
            faults.append("the server reported errors")
            print(log[-3000:])
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
