"""Whether a backup that is made while people sort holds what was acknowledged, however the server ends meanwhile.

Run: ``python -m benchmarks.copies`` (SQLite, put back into SQLite), ``--postgres`` (PostgreSQL of its own, put back into PostgreSQL), ``--across``
(put back into the other kind). In each round browsers send acts, a backup is made, and the server is ended by a signal at a random moment, in turn
SIGKILL, SIGTERM, SIGHUP and SIGINT. Then the backup is put into another database, and looked at: each act that was acknowledged before the backup's
moment must be there, the database must be sound, and the cookies of before must be refused with the page that says why. In the database that the
server was ended on every acknowledged act must be.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.respondents import CODE, KEY, TOKEN, new_key
from benchmarks.serving import STUDY, Server
from qmethod_studies.store import Store, check_backup
from qmethod_studies.store.keyring import VARIABLE

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
ENOUGH = 10
"""Acts of each browser that are acknowledged before the backup may begin."""
TOLD = "the data here were put back from an earlier copy"


class Browser(threading.Thread):
    """Somebody who sends acts, a few at a time, until there is no server.

    Parameters
    ----------
    port, batch : int
    pace : float
        Seconds between two requests.

    Attributes
    ----------
    acknowledged : list of (str, float)
        The key of each act that was said to be saved, and when that was known.
    """

    def __init__(self, port: int, batch: int, pace: float) -> None:
        super().__init__(daemon=True)
        self.port, self.batch, self.pace = port, batch, pace
        self.acknowledged: list[tuple[str, float]] = []
        self.code = self.cookie = self.token = ""
        self._retry_after = 0.0

    def begin(self) -> None:
        """Agree to take part, and see the first page."""
        page = self.ask("GET", "consent")[1]
        fields = {"csrf_token": self._token(page), "key": _found(KEY, page), "choice": "agree"}
        self.ask("POST", "consent", urlencode(fields).encode(), "application/x-www-form-urlencoded")
        page = self.ask("GET", "before")[1]
        self.code = _found(CODE, page)
        self._token(page)

    def run(self) -> None:
        """Send acts; where it is told to come again later, wait as the page does."""
        statements = [f"s{number}" for number in range(1, 43)]
        while True:
            acts = [{"key": new_key(), "act": "pile", "statement": random.choice(statements), "pile": "agree"} for _ in range(self.batch)]
            try:
                status, text = self.ask("POST", "acts", json.dumps({"acts": acts}).encode(), "application/json")
            except (OSError, http.client.HTTPException):
                return
            now = time.time()
            if status in (429, 503):
                time.sleep(self._retry_after)
                continue
            if status not in (200, 409):  # with 409 some were refused
                return
            self.acknowledged += [(result["key"], now) for result in json.loads(text)["results"] if result["outcome"] == "saved"]
            time.sleep(random.uniform(0, 2 * self.pace))

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, str]:
        """One request on a connection of its own; status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Cookie": self.cookie, "X-CSRFToken": self.token} | ({"Content-Type": kind} if kind else {})
            connection.request(method, f"/{STUDY}/{path}", body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        self._retry_after = float(answer.headers.get("Retry-After", 1))
        given = answer.headers.get("Set-Cookie", "")
        self.cookie = given.partition(";")[0] if given.startswith("qmethod-") else self.cookie
        return answer.status, text

    def _token(self, page: str) -> str:
        self.token = _found(TOKEN, page)
        return self.token


def _found(pattern: object, page: str) -> str:
    match = pattern.search(page)  # type: ignore[attr-defined]
    assert match, page[:300]
    return str(match[1])


@dataclass
class Tally:
    """What was counted in all rounds."""

    rounds: Counter[str] = field(default_factory=Counter)
    acts: int = 0
    before: int = 0
    lost: int = 0
    lost_here: int = 0
    cookies: int = 0
    refused: int = 0
    rates: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def play(url: str, other: str, folder: Path, how: signal.Signals, tally: Tally, *, browsers: int, batch: int, pace: float) -> None:
    """One round.

    Parameters
    ----------
    url, other : str
        Addresses of empty databases: that of the server, and where the backup is put.
    folder : Path
    how : signal.Signals
        How the server ends.
    tally : Tally
    browsers, batch : int
        How many browsers, and acts in each request.
    pace : float
        Seconds between two requests of one browser.
    """
    qmethod, file = Path(sys.executable).parent / "qmethod", folder / "the.backup"
    server = Server(url, folder / "server.log")
    server.start()
    people = [Browser(server.port, batch, pace) for _ in range(browsers)]
    for person in people:
        person.begin()
    began = time.time()
    for person in people:
        person.start()
    time.sleep(random.uniform(1, 3))
    while any(person.is_alive() and len(person.acknowledged) < ENOUGH for person in people):  # on a machine that has much else to do
        time.sleep(0.02)
    copying = subprocess.Popen([qmethod, "backup", "--database", url, "--out", file], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if random.random() < 0.5:
        copying.wait(120)
    time.sleep(random.uniform(0, 4))  # before the backup begins, amid it, or after it
    server.end(how)
    ended = time.time()
    for person in people:
        person.join(60)
    said = copying.communicate(timeout=120)[1]
    if copying.returncode != 0:
        tally.faults.append(f"{how.name}: the backup failed: {said}")
        return
    with file.open("rb") as opened:
        moment = check_backup(opened, str(file)).moment.timestamp()
    done = subprocess.run([qmethod, "restore", file, "--to", other], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tally.faults.append(f"{how.name}: the restore failed: {done.stderr}")
        return
    tally.rounds[how.name] += 1
    tally.acts += (acts := sum(len(person.acknowledged) for person in people))
    tally.rates.append(acts / (ended - began))
    tally.before += sum(at < moment for person in people for _, at in person.acknowledged)
    tally.lost += _missing(other, people, moment)
    tally.lost_here += _missing(url, people, float("inf"))
    second = Server(other, folder / "second.log")
    second.start()
    for person in people:
        person.port = second.port
        tally.cookies += 1
        acts_refused = person.ask("POST", "acts", b'{"acts": []}', "application/json")
        page = person.ask("GET", "presort")
        tally.refused += acts_refused[0] == 403 and "restored" in acts_refused[1] and page[0] == 409 and TOLD in page[1]
    second.stop()


def _missing(url: str, people: list[Browser], moment: float) -> int:
    """How many acts that were acknowledged before a moment are not in a database, which is read from end to end first."""
    lost = 0
    with Store.open(url, must_exist=True, checked=True) as store:
        for person in people:
            response = store.find(STUDY, person.code)
            kept = {event.key for event in store.events(response.id)} if response is not None else set()
            lost += sum(at < moment and key not in kept for key, at in person.acknowledged)
    return lost


def main() -> None:
    """Play the rounds and print the figures; exit code 1 where anything was lost, unsound or let in."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--postgres", action="store_true", help="serve from a PostgreSQL that is started for this run")
    parser.add_argument("--across", action="store_true", help="put the backup into the other kind of database")
    parser.add_argument("--browsers", type=int, default=12)
    parser.add_argument("--batch", type=int, default=10, help="acts in one request")
    parser.add_argument("--pace", type=float, default=0.2, help="seconds between two requests of one browser, on average")
    arguments = parser.parse_args()
    tally = Tally()
    with contextlib.ExitStack() as stack:
        cluster_url = ""
        if arguments.postgres or arguments.across:
            from tests.postgres import cluster, programs

            found = programs()
            if found is None:
                sys.exit("no PostgreSQL: run tools/find-postgres --install")
            cluster_url = stack.enter_context(cluster(found))
        for number in range(arguments.rounds):
            with tempfile.TemporaryDirectory(prefix="qmethod-copies-") as name:
                folder = Path(name)
                if cluster_url:
                    os.environ[VARIABLE] = str(folder / "all.keys")  # which go with the databases
                url = _new(cluster_url, f"a{number}") if arguments.postgres else f"sqlite:///{folder / 'a.sqlite3'}"
                into_postgres = arguments.postgres != arguments.across
                other = _new(cluster_url, f"b{number}") if into_postgres else f"sqlite:///{folder / 'b.sqlite3'}"
                how = SIGNALS[number % len(SIGNALS)]
                play(url, other, folder, how, tally, browsers=arguments.browsers, batch=arguments.batch, pace=arguments.pace)
            lost = f"lost {tally.lost_here} of {tally.acts} acts and {tally.lost} of {tally.before} before the backup"
            print(f"round {number + 1}: {how.name}, {tally.rates[-1] if tally.rates else 0:.0f} acts/s; so far {lost}", flush=True)
    rounds = ", ".join(f"{name} {n}" for name, n in tally.rounds.items())
    print(f"rounds: {rounds}; acts acknowledged a second, from the slowest to the fastest round: {min(tally.rates):.0f} to {max(tally.rates):.0f}")
    print(f"acts acknowledged {tally.acts}, of these lost where the server was ended {tally.lost_here}")
    print(f"acts acknowledged before the backup {tally.before}, of these not in what was put back {tally.lost}")
    print(f"cookies of before {tally.cookies}, refused with the page that says why {tally.refused}")
    print(*tally.faults, sep="\n")
    sys.exit(1 if tally.lost or tally.lost_here or tally.refused != tally.cookies or tally.faults else 0)


def _new(cluster_url: str, name: str) -> str:
    import psycopg

    with psycopg.connect(cluster_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return cluster_url.replace("/postgres?", f"/{name}?")


if __name__ == "__main__":
    main()
