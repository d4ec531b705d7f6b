"""A whole deployment on this machine: a proxy from `docs/deploying`, two servers on one PostgreSQL, and a rolling restart while people sort.

Run: ``python -m benchmarks.deployment`` (nginx), ``--proxy caddy``. Every respondent does the whole study through the proxy over HTTPS, either server
may answer any request, and meanwhile the servers are ended by SIGTERM and started again, one after the other. Whatever a respondent met of a failed
connection or of a server in trouble counts as an error. Afterwards the database is read: each act that was acknowledged must be in the log.
"""

from __future__ import annotations

import argparse
import math
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import ACTS_OF_ONE, Counter, Outcome, losses, quantile
from benchmarks.proxies import PROXIES, proxy, settings
from benchmarks.respondents import Respondent
from benchmarks.serving import STUDY, Server, own_postgres
from qmethod_studies.loading import find, load

SERVERS = 2


@dataclass(frozen=True, slots=True)
class Restart:
    """A server that was ended and started again.

    Parameters
    ----------
    acts_before, acts_meanwhile : int
        Acts that were acknowledged before it was told to end, and until it was well again.
    seconds_to_end, seconds_to_start : float
    """

    acts_before: int
    acts_meanwhile: int
    seconds_to_end: float
    seconds_to_start: float


class Meanwhile:
    """Lets people do so many acts while a server is away, so that some are left for when the next one is, however long it takes to start.

    Parameters
    ----------
    count : Counter
    """

    def __init__(self, count: Counter) -> None:
        self._count = count
        self._until = math.inf
        self._changed = threading.Condition()

    def add(self) -> None:
        """Count an act, and wait where no more are to be done now."""
        self._count.add()
        with self._changed:
            self._changed.wait_for(lambda: self._count.value <= self._until)

    @contextmanager
    def at_most(self, number: int) -> Iterator[None]:
        """Let so many more acts be done inside."""
        self._until = self._count.value + number
        try:
            yield
        finally:
            with self._changed:
                self._until = math.inf
                self._changed.notify_all()


def restart(server: Server, count: Counter) -> Restart:
    """End a server by SIGTERM, and start it again."""
    before, begun = count.value, time.monotonic()
    server.end(signal.SIGTERM)
    ended = time.monotonic()
    server.start()
    return Restart(before, count.value - before, ended - begun, time.monotonic() - ended)


def run(
    database: str, folder: Path, *, name: str = "nginx", respondents: int = 50, pace: float = 0, rounds: int = 1
) -> tuple[Outcome, list[Restart]]:
    """Let respondents take part through a proxy while its servers are restarted one after the other.

    Parameters
    ----------
    database : str
        Address of an empty database, with its keys in the environment.
    folder : pathlib.Path
        For logs and the files of the proxy.
    name : {"nginx", "caddy"}
    respondents : int
    pace : float
        Seconds between two acts of one respondent, on average.
    rounds : int
        How often all servers are restarted.
    """
    study, count = load(find(STUDY)), Counter()
    given = settings(folder, secrets.token_urlsafe(48))
    servers = [Server(database, folder / f"server-{i}.log", settings=given) for i in range(SERVERS)]
    restarts: list[Restart] = []
    with ExitStack() as stack:
        for server in servers:
            server.start()
            stack.callback(server.end, signal.SIGTERM)
        connect = stack.enter_context(proxy(name, folder, [server.port for server in servers]))
        meanwhile = Meanwhile(count)
        people = [Respondent(number, 0, study, pace=pace, tell=meanwhile.add, connect=connect) for number in range(respondents)]
        begun = time.monotonic()
        for person in people:
            person.start()
        of_turn = respondents * ACTS_OF_ONE / (rounds + 0.5)
        for turn in range(rounds):
            while count.value < of_turn * (turn + 0.3) and any(person.is_alive() for person in people):
                time.sleep(0.01)
            for server in servers:
                with meanwhile.at_most(round(0.9 * of_turn / len(servers))):
                    restarts.append(restart(server, count))
        for person in people:
            person.join()
        seconds, busy = time.monotonic() - begun, sum(server.cpu_seconds() for server in servers)
    return Outcome(people, seconds, len(restarts), busy, max(server.peak_mib for server in servers)), restarts


def faults(database: str, folder: Path, outcome: Outcome, restarts: list[Restart]) -> list[str]:
    """All that is wrong with a run; empty where nothing is."""
    found = [f"respondent {person.number} met {trouble}" for person in outcome.respondents for trouble in person.troubles]
    found += losses(database, outcome)
    found += [f"nobody sorted while server {i} was away" for i, one in enumerate(restarts) if not one.acts_meanwhile]
    for log in sorted(folder.glob("server-*.log")):
        found += [f"{log.name}: {line}" for line in log.read_text().splitlines() if "Traceback" in line or '"level": "error"' in line]
    return found


def report(outcome: Outcome, restarts: list[Restart]) -> None:
    """Print the figures of a run."""
    people = outcome.respondents
    acts, troubles = sum(len(person.acknowledged) for person in people), sum(len(person.troubles) for person in people)
    print(f"{sum(person.thanked for person in people)} of {len(people)} respondents finished in {outcome.seconds:.1f} s")
    print(f"{sum(person.requests for person in people)} requests, {acts} acts acknowledged, {acts / outcome.seconds:.0f} a second")
    for kind in ("act", "page", "form"):
        waits = [1000 * wait for person in people for wait in person.waits[kind]]
        print(f"{kind:>6}: " + ", ".join(f"{share:.0%} within {quantile(waits, share):.0f} ms" for share in (0.5, 0.95, 0.99, 1)))
    for one in restarts:
        times = f"ended within {one.seconds_to_end:.1f} s, well again after {one.seconds_to_start:.1f} s"
        print(f"a server was restarted after {one.acts_before} acts: {times}; {one.acts_meanwhile} acts meanwhile")
    print(f"{troubles} errors met; a server held {outcome.peak_mib:.0f} MiB at most")


def main() -> None:
    """Measure once and print the figures; exit code 1 where anybody met an error or anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--respondents", type=int, default=50)
    parser.add_argument("--proxy", choices=sorted(PROXIES), default="nginx")
    parser.add_argument("--pace", type=float, default=0.5, help="seconds between two acts of one respondent, on average")
    parser.add_argument("--rounds", type=int, default=2, help="how often all servers are restarted")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qmethod-deployment-")))
        database = stack.enter_context(own_postgres(folder))
        outcome, restarts = run(
            database, folder, name=arguments.proxy, respondents=arguments.respondents, pace=arguments.pace, rounds=arguments.rounds
        )
        report(outcome, restarts)
        wrong = faults(database, folder, outcome, restarts)
        print("\n".join(wrong[:20]) if wrong else "nobody met an error, nothing acknowledged was lost, and every sort is the one that was meant")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
