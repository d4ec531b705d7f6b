"""A database that ends and comes back under a real server: nothing acknowledged is lost, and nobody starts the server anew."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from pathlib import Path

from benchmarks.copies import Browser
from benchmarks.respondents import new_key
from benchmarks.serving import STUDY, Server
from qmethod_studies.store import Store
from tests.load.stopped import Cluster, until


class Repeating(Browser):
    """A browser that sends each batch until it is answered, with the same keys, as the pages do; it comes again sooner than it is told to."""

    def __init__(self, port: int) -> None:
        super().__init__(port, batch=2, pace=0.4)
        self.answers: Counter[int] = Counter()
        self.twice = 0
        self.over = False

    def run(self) -> None:
        """Send until it is over."""
        number = 0
        while not self.over:
            number += 1
            acts = [{"key": new_key(), "act": "pile", "statement": f"s{(number + i) % 42 + 1}", "pile": "agree"} for i in range(self.batch)]
            status = 0
            while status != 200 and not self.over:
                status, text = self.ask("POST", "acts", json.dumps({"acts": acts}).encode(), "application/json")
                self.answers[status] += 1
                if status == 200:
                    results = json.loads(text)["results"]
                    assert {one["outcome"] for one in results} <= {"saved", "repeated"}
                    self.twice += sum(one["outcome"] == "repeated" for one in results)
                    self.acknowledged += [(one["key"], time.time()) for one in results]
                time.sleep(self.pace)


def health(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/healthz")
    status = connection.getresponse().status
    connection.close()
    return status


def test_acts_go_on_after_the_database_was_restarted(own: Cluster, tmp_path: Path) -> None:
    server = Server(own.address, tmp_path / "server.log")
    server.start()
    process = server._process
    people = [Repeating(server.port) for _ in range(3)]
    try:
        for person in people:
            person.begin()
            person.start()

        def everybody_goes_on() -> None:
            heard = [len(person.acknowledged) for person in people]
            until(lambda: all(len(person.acknowledged) >= n + 6 for person, n in zip(people, heard, strict=True)))

        everybody_goes_on()
        for how in ("fast", "immediate"):
            own.control("restart", "-m", how)
            everybody_goes_on()
        told = [person.answers[503] for person in people]
        own.control("stop", "-m", "fast")
        until(lambda: all(person.answers[503] > n for person, n in zip(people, told, strict=True)))
        assert health(server.port) == 503
        own.control("start", "-o", own.options)
        everybody_goes_on()
        assert health(server.port) == 200
        assert process is not None
        assert process.poll() is None
    finally:
        for person in people:
            person.over = True
        for person in people:
            if person.ident is not None:
                person.join(60)
        server.stop()
    with Store.open(own.address, must_exist=True) as store:
        for person in people:
            assert set(person.answers) == {200, 503}
            response = store.find(STUDY, person.code)
            assert response is not None
            kept = Counter(event.key for event in store.events(response.id))
            assert [key for key, _ in person.acknowledged if kept[key] != 1] == []
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
