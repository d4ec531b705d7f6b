"""What the log of a server says of a database that fails: one line for each request, and nothing of what people said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from qmethod_studies.store import Damaged, Store, Unavailable
from tests.webform.people import PRIVATE, Forged, Scene, new_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    found = new_scene(tmp_path_factory.mktemp("log"))
    found.app.extensions["qmethod"].looks.seconds = 0
    yield found
    found.store.close()


def raising(error: Exception) -> Any:
    def fails(*_given: Any, **_named: Any) -> Any:
        raise error

    return fails


@pytest.mark.parametrize("error", [Unavailable("a.sqlite3: the database is locked"), Damaged("a.sqlite3: the database is damaged")])
def test_a_database_that_fails_is_one_line(scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    monkeypatch.setattr(Store, "find", raising(error))
    assert scene.send(Forged("/demo/grid", method="GET", cookie=scene.victim.cookie)).status_code == 503
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [("ERROR", str(error))]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Unavailable("a.sqlite3: the database is locked"), "a.sqlite3: the database is locked"),
        (Damaged("a.sqlite3: the database is damaged"), "a.sqlite3: the database is damaged"),
        (RuntimeError(PRIVATE), "the database does not answer: RuntimeError"),
    ],
)
def test_a_server_that_is_not_well_says_why_in_one_line(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, line: str
) -> None:
    assert scene.app.test_client().get("/healthz").status_code == 200
    assert not caplog.records
    monkeypatch.setattr(Store, "ping", raising(error))
    assert scene.app.test_client().get("/healthz").status_code == 503
    assert [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records] == [("ERROR", line, None)]
