"""A clock that is set back, or forward for a while, keeps nobody from their sort."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from qmethod_webform.cookies import AHEAD
from tests.webform.people import Forged, Scene, _token, new_key, new_scene

DAY = 24 * 3600.0


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    found = new_scene(tmp_path_factory.mktemp("cookies"))
    yield found
    found.store.close()


def asked(scene: Scene) -> dict[str, Any]:
    """What a browser in the middle of a sort is answered, by what it asks for; with each, whether its cookie is written over."""
    comment = {"acts": [{"key": new_key(), "act": "comment", "statement": "s9", "text": "mine"}]}
    acts = {"json": comment, "headers": {"X-CSRFToken": scene.attacker.token}}
    form = {"data": {"key": new_key(), "q-more": "nothing", "csrf_token": scene.attacker.token}}
    sent = (Forged("/demo/grid", method="GET"), Forged("/demo/acts", acts), Forged("/demo/after", form))
    answers = {one.path: scene.send(one) for one in sent}
    return {path: (answer.status_code, "Set-Cookie" in answer.headers) for path, answer in answers.items()}


def set_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)


@pytest.mark.parametrize("seconds", [-1.0, -30.0, -3600.0, -2 * DAY, -AHEAD.total_seconds() + 60, 13 * DAY])
def test_a_cookie_counts_while_the_clock_is_set_back(scene: Scene, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    set_clock(monkeypatch, seconds)
    assert {path: status for path, (status, _) in asked(scene).items()} == {"/demo/grid": 200, "/demo/acts": 200, "/demo/after": 302}


@pytest.mark.parametrize("seconds", [-AHEAD.total_seconds() - 60, -9000 * DAY, 15 * DAY])
def test_a_refusal_leaves_the_cookie_for_when_the_clock_is_right_again(scene: Scene, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    with monkeypatch.context() as wrong:
        set_clock(wrong, seconds)
        assert asked(scene) == {"/demo/grid": (403, False), "/demo/acts": (400, False), "/demo/after": (303, False)}
        client: Client = scene.app.test_client()  # and meanwhile the code leads back, from the same browser
        client.set_cookie(scene.app.config["SESSION_COOKIE_NAME"], scene.attacker.cookie)
        assert client.get("/demo/grid").status_code == 403
        form = {"csrf_token": _token(client.get("/demo/code")), "code": scene.attacker.code}
        assert client.post("/demo/code", data=form).status_code == 302
        assert client.get("/demo/grid").status_code == 200
    assert asked(scene)["/demo/grid"][0] == 200


def test_the_documentation_says_how_far_a_clock_may_be_set_back() -> None:
    page = (Path(__file__).parents[2] / "docs" / "survey.md").read_text(encoding="utf-8")
    assert f"up to {AHEAD.days} days ahead of now" in page


def test_no_cookie_travels_with_what_is_the_same_for_everybody(scene: Scene) -> None:
    for path in ("/static/survey.css", "/static/0123456789ab/saving.js", "/healthz", "/metrics"):
        with scene.send(Forged(path, method="GET", cookie=scene.victim.cookie)) as answer:  # a file is open until then
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            assert answer.headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"


def test_a_cookie_is_written_only_where_it_changes_or_grows_old(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    client = scene.app.test_client()
    client.set_cookie(scene.app.config["SESSION_COOKIE_NAME"], scene.attacker.cookie)
    client.get("/demo/grid")  # which takes the words away that were to be said once
    for _ in range(2):
        assert "Set-Cookie" not in client.get("/demo/grid").headers
        comment = {"acts": [{"key": new_key(), "act": "comment", "statement": "s9", "text": "mine"}]}
        answer = client.post("/demo/acts", json=comment, headers={"X-CSRFToken": scene.attacker.token})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    set_clock(monkeypatch, 8 * DAY)  # of 14: who sorts now and then is not forgotten
    answer = client.get("/demo/grid")
    assert answer.status_code == 200
    assert "Set-Cookie" in answer.headers


def test_a_token_that_was_good_once_is_good_for_its_own_cookie_alone(scene: Scene) -> None:
    """It is remembered, and counts for nobody else, nor does anything near it."""

    def acts(cookie: str, token: str) -> int:
        body = {"acts": [{"key": new_key(), "act": "comment", "statement": "s9", "text": "mine"}]}
        client = scene.app.test_client()
        client.set_cookie(scene.app.config["SESSION_COOKIE_NAME"], cookie)
        headers = {"X-CSRFToken": token} if token else {}
        return client.post("/demo/acts", json=body, headers=headers).status_code

    one, other = scene.attacker, scene.victim
    for _ in range(3):
        assert acts(one.cookie, one.token) == acts(other.cookie, other.token) == 200
        assert acts(one.cookie, other.token) == acts(other.cookie, one.token) == 400
        for token in ("", one.token[:-1], one.token + "x", one.token.swapcase()):
            assert acts(one.cookie, token) == 400
        assert acts("", one.token) == 400
