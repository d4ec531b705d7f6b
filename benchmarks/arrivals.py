"""Acts that come when they come: at a stated rate, at moments of a Poisson process, whether or not earlier ones were answered.

What waits is counted from the planned moment, so that a server which falls behind shows it. An act comes to one of many people who have begun, each
with a connection of their own and one request under way at a time, as a browser does it; some look at a page in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.respondents import Respondent, new_key
from benchmarks.serving import STUDY, Server
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load

PAGE_SHARE = 0.12
"""How many of the requests look at a page; of a whole journey it is an eighth."""
WARM_SECONDS = 2.0
"""What comes first is answered too, and does not count."""


@dataclass
class Arrivals:
    """What became of all that came at one rate.

    Parameters
    ----------
    rate : float
        Acts a second that were planned.
    seconds : float
        From the first planned moment that counts to the last answer.
    waits : list of float
        Seconds from the planned moment of an act to its answer.
    pages : list of float
        The same of pages.
    late : list of float
        Seconds by which this program itself was late to send.
    acknowledged : list of str
        Keys of all acts that the server called saved.
    errors : list of str
    server_seconds : float
        Processor time of the server while it was counted.
    load : tuple of float
        How many programs wanted the processor, by the machine's own count over a minute, before and after.
    """

    rate: float
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    server_seconds: float = 0.0
    load: tuple[float, float] = (0.0, 0.0)

    @property
    def requests(self) -> int:
        """How many were counted."""
        return len(self.waits) + len(self.pages)


class _Browser:
    """One person's connection, with what is planned for it."""

    def __init__(self, port: int, headers: dict[str, str], response: int, cards: Sequence[str], rng: random.Random) -> None:
        self._port, self._response, self._cards, self._rng = port, response, cards, rng
        self._common = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items())
        self.planned: asyncio.Queue[tuple[float, bool] | None] = asyncio.Queue()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def work(self, into: Arrivals, counts_from: float) -> None:
        """Do what is planned, one after another, until None is."""
        while (what := await self.planned.get()) is not None:
            moment, page = what
            key = new_key()
            begun = time.monotonic()
            try:
                status = await self._ask("GET", "before", b"") if page else await self._ask("POST", "acts", self._act(key))
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                into.errors.append(repr(error))
                self._close()
                continue
            if status != 200:
                into.errors.append(f"status {status}")
            elif not page:
                into.acknowledged.append(key)
            if moment >= counts_from:
                (into.pages if page else into.waits).append(time.monotonic() - moment)
                into.late.append(max(0.0, begun - moment) if self.planned.empty() else 0.0)
        if self._streams is not None:
            writer = self._streams[1]
            self._close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None

    def _act(self, key: str) -> bytes:
        pile = self._rng.choice(("agree", "neutral", "disagree"))
        act = {"key": key, "ms": round(time.monotonic() * 1000), "act": "pile", "statement": self._rng.choice(self._cards), "pile": pile}
        return json.dumps({"response": self._response, "acts": [act]}).encode()

    async def _ask(self, method: str, path: str, body: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        reader, writer = self._streams
        head = f"{method} /{STUDY}/{path} HTTP/1.1\r\n{self._common}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = answer.partition("content-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length))
        if "connection: close" in answer:
            self._close()
        return int(answer.split(" ", 2)[1])


def moments(rate: float, seconds: float, rng: random.Random) -> list[float]:
    """Moments of a Poisson process of a rate, in seconds from its beginning."""
    found, now = [], rng.expovariate(rate)
    while now < seconds:
        found.append(now)
        now += rng.expovariate(rate)
    return found


def enter(servers: Sequence[Server], people: int, study: Study) -> list[tuple[int, dict[str, str], int]]:
    """Let people begin, in turns at each server; for each the port, the headers with which a script saves acts, and the number of the response."""
    found = []
    for number in range(people):
        person = Respondent(number, servers[number % len(servers)].port, study)
        try:
            headers = person.enter()
        finally:
            person.close()
        found.append((servers[number % len(servers)].port, headers, person.response))
    return found


def arrive(servers: Sequence[Server], entered: Sequence[tuple[int, dict[str, str], int]], rate: float, seconds: float, seed: int) -> Arrivals:
    """Let acts come at a rate for so many seconds, and wait for the last answer.

    Parameters
    ----------
    servers : sequence of Server
        Their processor time is counted.
    entered : sequence
        Of `enter`.
    rate : float
        Acts a second; pages come beside them.
    seconds : float
    seed : int
    """
    rng, into = random.Random(seed), Arrivals(rate)
    cards = load(find(STUDY)).ids
    browsers = [_Browser(port, headers, response, cards, rng) for port, headers, response in entered]
    before = os.getloadavg()[0]
    asyncio.run(_arrive(browsers, into, rng, rate, seconds, servers))
    into.load = (before, os.getloadavg()[0])
    return into


async def _arrive(browsers: Sequence[_Browser], into: Arrivals, rng: random.Random, rate: float, seconds: float, servers: Sequence[Server]) -> None:
    begun = time.monotonic() + 0.5
    counts_from, busy = begun + WARM_SECONDS, 0.0
    workers = [asyncio.create_task(one.work(into, counts_from)) for one in browsers]
    for moment in moments(rate / (1 - PAGE_SHARE), WARM_SECONDS + seconds, rng):
        if busy == 0.0 and moment >= WARM_SECONDS:
            busy = sum(server.cpu_seconds() for server in servers)
        await asyncio.sleep(max(0.0, begun + moment - time.monotonic()))
        rng.choice(browsers).planned.put_nowait((begun + moment, rng.random() < PAGE_SHARE))
    for one in browsers:
        one.planned.put_nowait(None)
    await asyncio.gather(*workers)
    into.seconds = time.monotonic() - counts_from
    into.server_seconds = sum(server.cpu_seconds() for server in servers) - busy


def lost(database: str, acknowledged: Sequence[str]) -> int:
    """How many acts that were called saved are not in the log of a database, whichever version wrote it."""
    from sqlalchemy import create_engine, make_url, text

    address = make_url(database)
    engine = create_engine(address.set(drivername="postgresql+psycopg") if address.get_backend_name() == "postgresql" else address)
    try:
        with engine.connect() as connection:
            kept = set(connection.scalars(text("SELECT key FROM event")))
    finally:
        engine.dispose()
    return sum(key not in kept for key in acknowledged)


def cores() -> tuple[set[int], set[int]]:
    """The processors for the servers, and the one for this program; all for both where there is but one, or the system does not tell."""
    try:
        mine = os.sched_getaffinity(0)
    except AttributeError:
        return set(), set()
    last = {max(mine)}
    return (mine - last, last) if len(mine) > 1 else (mine, mine)


def pin(process: int, to: set[int]) -> None:
    """Keep a process, and all its threads, on some processors."""
    if not to:
        return
    tasks = Path(f"/proc/{process}/task")
    for thread in tasks.iterdir() if tasks.is_dir() else ():
        os.sched_setaffinity(int(thread.name), to)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of some values does not pass.

    Parameters
    ----------
    values : sequence of float
    share : float
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def line(name: str, one: Arrivals, n_lost: int) -> str:
    """The figures of one rate, in a line."""
    ms = [1000 * quantile(one.waits, share) for share in (0.5, 0.95, 0.99, 1)]
    page = 1000 * quantile(one.pages, 0.95)
    late = 1000 * quantile(one.late, 0.99)
    each = 1000 * one.server_seconds / max(1, one.requests)
    return (
        f"{name:>12} {one.rate:6.0f} {len(one.waits) / max(one.seconds, 1e-9):7.0f} {ms[0]:7.1f} {ms[1]:7.1f} {ms[2]:7.1f} {ms[3]:8.1f} {page:9.1f} "
        f"{each:8.2f} {late:7.1f} {len(one.errors):6} {n_lost:5}  {one.load[0]:.1f} {one.load[1]:.1f}"
    )


HEAD = (
    f"{'':>12} {'acts/s':>6} {'done/s':>7} {'p50 ms':>7} {'p95':>7} {'p99':>7} {'max':>8} {'page p95':>9} "
    f"{'cpu ms':>8} {'late99':>7} {'errors':>6} {'lost':>5}  load before and after"
)
"""Names of the columns of `line`; cpu ms is processor time of the server for each request, late99 what this program itself was late."""
