"""After a restore nobody's browser is in another person's response, and everybody is told what to do."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from qmethod_studies.store import Store, backup, restore
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.people import QUESTIONS, _token, new_key, shown

SECRET = "the same before and after, as an operator sets it"
TOLD = "the data here were put back from an earlier copy, or the program was renewed"


def served(url: str) -> tuple[Any, Store]:
    store = Store.open(url)
    return create_app([make_study(questions=QUESTIONS)], store, Settings(secret_key=SECRET, wrong_codes=10**6)), store


def browser(app: Any, cookie: str = "") -> Client:
    client: Client = app.test_client()
    if cookie:
        client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)
    return client


def begun(app: Any) -> tuple[Client, str, str]:
    """A browser in which a sort has begun; its token and code."""
    client = browser(app)
    token = _token(client.get("/demo/consent"))
    assert client.post("/demo/consent", data={"csrf_token": token, "key": new_key(), "choice": "agree"}).status_code == 302
    with client.session_transaction() as session:
        known = app.extensions["qmethod"].store.known("demo", session["studies"]["demo"]["token"])
    assert client.get("/demo/before").status_code == 200
    return client, token, known.code


def cookie_of(app: Any, client: Client) -> str:
    found = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return found.value


def piled(client: Client, token: str, statement: str) -> Any:
    act = {"key": new_key(), "act": "pile", "statement": statement, "pile": "agree"}
    return client.post("/demo/acts", json={"acts": [act]}, headers={"X-CSRFToken": token})


@pytest.fixture
def put_back(store_url: str) -> tuple[Any, Store, Client, str, str, Client, str, str]:
    """Anna began before the backup, Ben after it; the backup was put back, and Cleo began."""
    app, store = served(store_url)
    anna, anna_token, anna_code = begun(app)
    assert piled(anna, anna_token, "s1").status_code == 200
    file = io.BytesIO()
    backup(store_url, file)
    ben, ben_token, ben_code = begun(app)
    assert piled(ben, ben_token, "s2").status_code == 200
    store.close()
    file.seek(0)
    restore(store_url, file, "the.backup", overwrite=True)
    app, store = served(store_url)
    cookies = [cookie_of(app, client) for client in (anna, ben)]
    return app, store, browser(app, cookies[0]), anna_token, anna_code, browser(app, cookies[1]), ben_token, ben_code


def test_a_browser_of_an_earlier_generation_is_told_so_and_goes_on_with_its_code(put_back: Any) -> None:
    app, store, anna, anna_token, anna_code, ben, ben_token, ben_code = put_back
    cleo, cleo_token, _ = begun(app)
    assert piled(cleo, cleo_token, "s3").status_code == 200
    for client, token in ((anna, anna_token), (ben, ben_token)):
        reply = piled(client, token, "s4")
        assert (reply.status_code, reply.json) == (403, {"error": "restored"})
        told = client.get("/demo/presort")
        assert told.status_code == 409
        assert TOLD in told.text
        assert 'href="/demo/code"' in told.text
        assert client.get("/demo/").status_code == 200  # it is said once
    found = {frozenset(response.board.piles) for response in store.responses("demo")}
    assert found == {frozenset({"s1"}), frozenset({"s3"})}  # neither is in the other's, nor in Cleo's
    page = anna.get("/demo/code")
    assert anna.post("/demo/code", data={"csrf_token": _token(page), "code": anna_code}).status_code == 302
    token = _token(anna.get("/demo/before"))
    assert piled(anna, token, "s5").status_code == 200
    page = ben.get("/demo/code")
    assert ben.post("/demo/code", data={"csrf_token": _token(page), "code": ben_code}).status_code == 303  # not in the backup
    store.close()


def test_every_address_refuses_a_cookie_of_an_earlier_generation(put_back: Any) -> None:
    app, store, anna, token, *_ = put_back
    cookie = cookie_of(app, anna)
    before = list(store.responses("demo"))
    asked = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "health.healthz", "metrics.metrics"):
            continue
        path = rule.rule.replace("<study>", "demo").replace("<secret>", "x" * 22)
        for method in sorted(rule.methods & {"GET", "POST"}):
            client = browser(app, cookie)
            form = {"csrf_token": token, "key": new_key(), "do": "board", "choice": "agree", "language": "es", "page": "welcome"}
            body = {"json": {"acts": []}, "headers": {"X-CSRFToken": token}} if path.endswith("/acts") else {"data": form} if method == "POST" else {}
            reply = shown(client, client.open(path, method=method, **body))
            assert reply.status_code == (403 if path.endswith("/acts") else 409), (method, path)
            assert "restored" in reply.text or TOLD in reply.text
            asked += 1
    assert asked > 25
    assert list(store.responses("demo")) == before
    assert browser(app, cookie).get("/healthz").status_code == 200
    with browser(app, cookie).get("/static/survey.css") as style:
        assert style.status_code == 200
    store.close()


def test_what_holds_no_sort_is_not_refused(store_url: str) -> None:
    app, store = served(store_url)
    client = browser(app)
    client.get("/demo/?participant=ann")
    with client.session_transaction() as session:
        assert set(session["studies"]["demo"]) == {"participant", "since"}
        session["generation"] = "another"
    assert client.get("/demo/consent").status_code == 200
    store.close()


def test_the_page_speaks_the_language_that_was_chosen(put_back: Any) -> None:
    _app, store, anna, *_ = put_back
    with anna.session_transaction() as session:
        session["language"] = "es"
    told = anna.get("/demo/presort")
    assert told.status_code == 409
    assert '<html lang="es"' in told.text
    store.close()


def test_a_database_that_is_found_damaged_is_not_called_well(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    app, store = served(f"sqlite:///{file}")
    client, token, _ = begun(app)
    assert browser(app).get("/healthz").status_code == 200
    content = bytearray(file.read_bytes())
    store._engine.dispose()
    content = bytearray(file.read_bytes())
    for at in range(4096 * 3, len(content), 4096):
        content[at : at + 64] = bytes(range(64))
    file.write_bytes(content)
    assert piled(client, token, "s1").status_code == 503
    reply = browser(app).get("/healthz")
    assert (reply.status_code, reply.json["status"]) == (503, "the database is damaged")
    store.close()
