"""Figures for a monitor, in the text format of Prometheus: requests and their times, acts, faults of the database, sorts, room on the disk.

Each process counts its own. Numbers of people come from the database, and are asked of it once in `SECONDS` however often they are read.
"""

from __future__ import annotations

import hmac
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from flask import Blueprint, Flask, Response, abort, current_app, g, request

from qmethod_studies.store import Unavailable
from qmethod_webform.log import route
from qmethod_webform.settings import loopback

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which requests are counted together."""
SECONDS = 30
"""How long numbers of people are told again before they are counted anew."""
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Real-IP", "Via")
"""What a proxy says: who comes through one is not on this machine."""
Labels = tuple[tuple[str, str], ...]
Samples = Iterable[tuple[str, Labels, float]]

blueprint = Blueprint("metrics", __name__)


class Figures:
    """What one process has counted since it began. Threads may share it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._requests: Counter[Labels] = Counter()
        self._acts: Counter[Labels] = Counter()
        self._times: Counter[int] = Counter()
        self._seconds = 0.0
        self._faults = 0
        self._people: tuple[float, list[tuple[str, Labels, float]]] = (-SECONDS, [])

    def request(self, pattern: str, status: int, seconds: float) -> None:
        """Count a request."""
        with self._turn:
            self._requests[("route", pattern), ("status", str(status))] += 1
            self._times[bisect_left(BUCKETS, seconds)] += 1
            self._seconds += seconds

    def acts(self, outcomes: Iterable[str]) -> None:
        """Count acts by what became of them."""
        with self._turn:
            self._acts.update((("outcome", outcome),) for outcome in outcomes)

    def fault(self) -> None:
        """Count that the database did not answer."""
        with self._turn:
            self._faults += 1

    def text(self) -> str:
        """All of it, as Prometheus reads it."""
        with self._turn:
            requests, acts, times = dict(self._requests), dict(self._acts), Counter(self._times)
            seconds, faults = self._seconds, self._faults
            people = self._counted()
        free = current_app.extensions["qmethod"].store.free_space()
        return "".join(
            (
                _family("qmethod_requests_total", "counter", "Requests by the pattern of their address.", _samples(requests)),
                _family("qmethod_request_seconds", "histogram", "Seconds until requests were answered.", _histogram(times, seconds)),
                _family("qmethod_acts_total", "counter", "Acts of people who sort, by what became of them.", _samples(acts)),
                _family("qmethod_database_faults_total", "counter", "Requests for which the database did not answer.", [("", (), faults)]),
                _family("qmethod_sorts", "gauge", "Sorts of people, by study and whether they were sent.", people),
                _family("qmethod_disk_free_bytes", "gauge", "Room on the disk of the responses.", [] if free is None else [("", (), free)]),
            )
        )

    def _counted(self) -> Samples:
        """Sorts by study; as they were counted last, where that was a moment ago or the database does not answer."""
        served, now = current_app.extensions["qmethod"], time.monotonic()
        if now - self._people[0] >= SECONDS:
            found = self._people[1]
            try:
                counts = {name: served.store.counts(name) for name in served.studies}
                found = [
                    ("", (("study", name), ("state", state)), n)
                    for name, one in counts.items()
                    for state, n in (("open", one.begun - one.sent), ("sent", one.sent))
                ]
            except Unavailable:
                self._faults += 1
            self._people = (now, found)
        return self._people[1]


def figures() -> Figures:
    """The figures of this process."""
    found: Figures = current_app.extensions["qmethod-figures"]
    return found


def count(app: Flask, token: str) -> None:
    """Count what an application does, and tell it to who may know.

    Parameters
    ----------
    app : Flask
    token : str
        Lets whoever has it read the figures; with an empty one only this machine may.
    """
    app.extensions["qmethod-figures"] = Figures()
    app.config["METRICS_TOKEN"] = token
    app.register_blueprint(blueprint)

    @app.after_request
    def end(response: Response) -> Response:
        figures().request(route(), response.status_code, time.perf_counter() - g.began)
        return response


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures; for all others there is nothing here."""
    if not _may_read(str(current_app.config["METRICS_TOKEN"])):
        abort(404)
    return Response(figures().text(), mimetype="text/plain", content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(token: str) -> bool:
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    came_from = request.environ.get("werkzeug.proxy_fix.orig", request.environ).get("REMOTE_ADDR", "")
    return loopback(str(came_from)) and not any(name in request.headers for name in FORWARDED)


def _samples(found: Mapping[Labels, int]) -> Samples:
    return [("", labels, n) for labels, n in sorted(found.items())]


def _histogram(times: Mapping[int, int], seconds: float) -> Iterator[tuple[str, Labels, float]]:
    up_to = 0
    for i, bound in enumerate((*map(str, BUCKETS), "+Inf")):
        up_to += times.get(i, 0)
        yield "_bucket", (("le", bound),), up_to
    yield "_sum", (), seconds
    yield "_count", (), up_to


def _family(name: str, kind: str, about: str, samples: Samples) -> str:
    """One figure with its samples; labels hold patterns, numbers and names of studies, none of which needs quoting."""
    lines = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    for end, labels, value in samples:
        named = ",".join(f'{key}="{one}"' for key, one in labels)
        lines.append(f"{name}{end}{f'{{{named}}}' if named else ''} {value}")
    return "\n".join(lines) + "\n"
