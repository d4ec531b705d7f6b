"""What one hostile respondent at full speed costs the others: how long these wait with them, over how long they wait without.

Run: ``python -m benchmarks.hostile`` (SQLite) or ``--postgres``. A few people sort at their own pace; again and again for a while alone, and then
beside somebody who sends what costs a server most, the next request as soon as the last is answered. Both are measured in one run and in turns, so
that what else the machine does falls on both alike.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import statistics
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.arrivals import quantile
from benchmarks.respondents import Respondent, new_key
from benchmarks.serving import STUDY, Server, own_postgres
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load
from qmethod_studies.writing import write

Asks = Iterator[tuple[str, str, list[dict[str, Any]]]]
"""Method, path and acts of one request after another."""
MINIMUM_WORDS = 5
HALF_CHINESE = "".join(chr(0x4E00 + i) + "ab"[i % 2] for i in range(5000))
EMOJI = "🧑" * 9_999


def undo_storm(study: Study) -> Asks:
    """20,000 acts, a hundred at a time, and then nothing but undo."""
    one, columns = study.ids[0], study.columns
    for i in range(200):
        yield "POST", "acts", [{"act": "place", "statement": one, "column": columns[(i + j) % len(columns)]} for j in range(100)]
    while True:
        yield "POST", "acts", [{"act": "undo"}]


def large_batches(study: Study) -> Asks:
    """500 acts a request."""
    one, columns = study.ids[0], study.columns
    for i in count():
        yield "POST", "acts", [{"act": "place", "statement": one, "column": columns[(i + j) % len(columns)]} for j in range(500)]


def why_storm(study: Study) -> Asks:
    """The longest comments, half Chinese, on the outermost cards, and then a hundred looks a request at whether they have enough words."""
    slots = [column for column, places in study.capacity.items() for _ in range(places)]
    yield "POST", "acts", [{"act": "arrange", "columns": dict(zip(study.ids, slots, strict=True))}]
    for name in study.ids:
        yield "POST", "acts", [{"act": "comment", "statement": name, "text": HALF_CHINESE}]
    while True:
        yield "POST", "acts", [{"act": "finish", "stage": "why"}] * 100


def emoji_comments(study: Study) -> Asks:
    """A comment of the greatest length in signs of four bytes on every card, again and again."""
    for i in count():
        yield "POST", "acts", [{"act": "comment", "statement": study.ids[i % len(study.ids)], "text": EMOJI}]


def pages(_study: Study) -> Asks:
    """The largest page that is open, again and again."""
    while True:
        yield "GET", "before", []


ATTACKS: tuple[Callable[[Study], Asks], ...] = (undo_storm, large_batches, why_storm, emoji_comments, pages)


class Hostile(threading.Thread):
    """Somebody who agrees to take part, and then sends as fast as answers come.

    Parameters
    ----------
    port : int
    study : Study
    attack : callable
        One of `ATTACKS`.
    connections : int
        How many requests are on their way at the same time.

    Attributes
    ----------
    answers : Counter of int
        How many answers of each status.
    """

    def __init__(self, port: int, study: Study, attack: Callable[[Study], Asks], connections: int) -> None:
        super().__init__(daemon=True)
        self.answers: Counter[int] = Counter()
        self._who = Respondent(0, port, study)
        self._port = port
        self._asks = attack(study)
        self._connections = connections
        self._over = threading.Event()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End it."""
        self._over.set()
        self.join()

    def run(self) -> None:
        """Begin, and send."""
        headers = self._who.enter()
        senders = [threading.Thread(target=self._send, args=(headers,)) for _ in range(self._connections)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

    def _send(self, headers: dict[str, str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        while not self._over.is_set():
            with self._lock:
                method, path, acts = next(self._asks)
            body = json.dumps({"acts": [{"key": new_key(), **act} for act in acts]}) if acts else None
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request(method, f"/{self._who.study.study}/{path}", body, headers)
                answer = connection.getresponse()
                answer.read()
                self.answers[answer.status] += 1
        connection.close()


def waits(port: int, study: Study, people: int, pace: float, numbers: Iterator[int]) -> list[float]:
    """Seconds until each answer to an act, of people who take part at the same time."""
    taking_part = [Respondent(next(numbers), port, study, pace=pace) for _ in range(people)]
    for person in taking_part:
        person.start()
    for person in taking_part:
        person.join()
    if wrong := [person.error for person in taking_part if person.error is not None]:
        raise RuntimeError(f"somebody did not finish: {wrong[0]!r}")
    return [wait for person in taking_part for wait in person.waits["act"]]


def main() -> None:
    """Measure and print the table; exit code 1 where somebody waited more than twice as long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=4, help="who sort meanwhile")
    parser.add_argument("--pace", type=float, default=0.1, help="seconds between two acts of one of them, on average")
    parser.add_argument("--connections", type=int, default=4, help="of the hostile respondent, all at once")
    parser.add_argument("--rounds", type=int, default=3, help="of each kind, with as many alone")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for this run")
    arguments = parser.parse_args()
    numbers, worst = count(1), 0.0
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qmethod-hostile-")))
        database = stack.enter_context(own_postgres(folder)) if arguments.postgres else f"sqlite:///{folder / 'responses.sqlite3'}"
        shipped = load(find(STUDY))
        study = shipped.model_copy(update={"why": shipped.why.model_copy(update={"minimum_words": MINIMUM_WORDS})})
        write(study, folder / STUDY)
        server = Server(database, folder / "server.log", study=folder / STUDY)
        server.start()
        stack.callback(server.stop)
        waits(server.port, study, arguments.people, 0, numbers)  # whatever is made at the first time is made
        print(f"{'milliseconds, 95 % of acts within':>34} {'alone':>7} {'beside':>7} {'ratio':>7}  answers to the hostile one")
        for attack in ATTACKS:
            ratios, alone, beside, told = [], [], [], Counter[int]()
            for _ in range(arguments.rounds):
                alone.append(quantile(waits(server.port, study, arguments.people, arguments.pace, numbers), 0.95))
                hostile = Hostile(server.port, study, attack, arguments.connections)
                hostile.start()
                beside.append(quantile(waits(server.port, study, arguments.people, arguments.pace, numbers), 0.95))
                hostile.stop()
                told += hostile.answers
                ratios.append(beside[-1] / alone[-1])
            ratio = statistics.median(ratios)
            worst = max(worst, ratio)
            said = ", ".join(f"{number} of {status}" for status, number in sorted(told.items()))
            figures = f"{1000 * statistics.median(alone):7.1f} {1000 * statistics.median(beside):7.1f} {ratio:7.2f}"
            print(f"{attack.__name__.replace('_', ' '):>34} {figures}  {said}", flush=True)
    sys.exit(worst > 2)


if __name__ == "__main__":
    main()
