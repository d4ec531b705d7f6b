"""Whoever comes back after sending meets one page that says so; no way back in a browser sends a form again; a browser without cookies is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import act, fill, make_study, submitted
from tests.webform.people import Person, Scene, new_key, new_scene, shown

NO_FORM_OF_OURS = {405, 415}
LINK = "https://panel.example.org/done?id={participant}&code={receipt}"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = new_scene(tmp_path)
    yield made
    made.store.close()


def browser(scene: Scene, cookie: str | None) -> FlaskClient:
    client = scene.app.test_client()
    if cookie is not None:
        client.set_cookie(scene.app.config["SESSION_COOKIE_NAME"], cookie)
    return client


def bodies(who: Person) -> Iterator[dict[str, str]]:
    """Forms as they should not be: empty, without a token, with a wrong one, with a code that is none, with one that is overlong."""
    good = {"csrf_token": who.token, "key": new_key()}
    yield {}
    yield {"key": new_key(), "choice": "agree"}
    yield {**good, "csrf_token": "forged"}
    yield good
    yield {**good, "code": "ABCD-EFGH-JKLM", "choice": "nothing", "do": "nothing", "pile": "none", "q-age": "x"}
    yield {**good, "code": "x" * 100, "choice": "agree", "do": "pick", "column": "2", "go_on": "1", "c-s1": "x" * 20_000}
    yield {**good, "text": "x" * 5_000_000}


def test_no_form_is_answered_by_a_page_that_the_way_back_would_send_again(scene: Scene) -> None:
    """Every address that takes forms, for whoever sorts, has sent, is new, or has no cookie: what is refused leads to an address that shows it."""
    nobody = Person("", "none")
    asked = refused = 0
    for rule in scene.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint == "respondent.acts":
            continue
        for study in ("demo", "nowhere"):
            path = rule.rule.replace("<study>", study)
            for who, cookie in (
                (scene.attacker, scene.attacker.cookie),
                (scene.finished, scene.finished.cookie),
                (scene.newcomer, None),
                (nobody, None),
            ):
                for body in bodies(who):
                    client = browser(scene, cookie)
                    reply = client.post(path, data=body)
                    asked += 1
                    assert reply.status_code in (302, 303), (path, body.keys(), reply.status_code)
                    if reply.status_code == 303 and "refused=" in reply.location:
                        refused += 1
                        assert 400 <= shown(client, reply).status_code < 500, path
    assert asked > 500
    assert refused > 300


def agree(client: FlaskClient, study: str = "demo") -> Any:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(f"/{study}/consent").text)
    assert token
    return client.post(f"/{study}/consent", data={"csrf_token": token[1], "key": new_key(), "choice": "agree"})


@pytest.fixture(params=[False, True], ids=["by id", "by signed id"])
def panel(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Any, Store, dict[str, str]]]:
    study = make_study(access={"signed": request.param, "return_link": LINK})
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        app = create_app([study], store, Settings())
        submitted(store, study, participant="ann")
        yield app, store, {"participant": "ann"} | ({"signature": store.signature("demo", "ann")} if request.param else {})


def test_a_panel_id_opened_again_tells_whoever_it_is_and_no_stranger(panel: tuple[Any, Store, dict[str, str]]) -> None:
    app, store, address = panel
    [response] = store.responses("demo")
    client = app.test_client()
    page = client.get("/demo/", query_string=address)
    assert page.status_code == 200
    receipt = store.receipt("demo", response.code_hash)
    if "signature" in address:  # nobody has it but who was sent it
        assert "You sent this sort on" in page.text
        assert f"id=ann&amp;code={receipt}" in page.text
        assert "copy.json" not in page.text
    else:
        stranger = app.test_client().get("/demo/", query_string={"participant": "bob"})
        unsaid = [re.sub(r'value="[^"]*"', "", one.text) for one in (page, stranger)]
        assert unsaid[0] == unsaid[1]
        assert agree(client).status_code == 303
    assert client.get("/demo/copy").status_code == 403


def test_a_panel_id_opened_again_where_it_was_sent(tmp_path: Path) -> None:
    study = make_study(access={"return_link": LINK})
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        app = create_app([study], store, Settings())
        client = app.test_client()
        client.get("/demo/", query_string={"participant": "ann"})
        assert agree(client).status_code == 302
        [response] = store.responses("demo")
        fill(store, study, response.handle)
        store.save(response.handle, [act("finish", stage="refine")])
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/demo/review").text)
        assert token
        assert client.post("/demo/submit", data={"csrf_token": token[1], "key": new_key()}).location == "/demo/thanks"
        for back in ("review", "presort", "grid", "consent"):
            assert client.get(f"/demo/{back}").location == "/demo/sent", back
        assert client.get("/demo/", query_string={"participant": "ann"}).location == "/demo/sent"
        page = client.get("/demo/sent").text
        for part in ("You sent this sort on", "copy.json", "Delete my answers", f"id=ann&amp;code={store.receipt('demo', response.code_hash)}"):
            assert part in page
        assert "You sent this sort on" not in client.get("/demo/", query_string={"participant": "bob"}).text
        assert client.get("/demo/sent").status_code == 403


@pytest.mark.parametrize("kind", ["open", "code"])
def test_a_browser_without_cookies_is_told_so_when_it_begins(tmp_path: Path, kind: str) -> None:
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        app = create_app([make_study(access={"kind": kind})], store, Settings())
        for keeps in (True, False):
            client = app.test_client(use_cookies=keeps)
            welcome = client.get("/demo/")
            if kind == "open":
                [begin_at] = re.findall(r'class="button main" href="([^"]+)"', welcome.text)
                page = client.get(begin_at)
            else:
                page = shown(client, client.post("/demo/enter", data={"csrf_token": "any", "code": "any"}))
            assert ("Allow cookies for this site in your browser" in page.text) is not keeps
            assert page.status_code == (200 if keeps and kind == "open" else 400)
        assert list(store.responses("demo")) == []
