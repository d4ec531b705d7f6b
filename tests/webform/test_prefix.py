"""A server under a path, and one whose secret key was changed while people sort."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from qmethod.errors import DataError
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings, from_environment
from tests.studies.store.acting import make_study

OLD, NEW, OTHER = "o" * 40, "n" * 40, "x" * 40


def client(tmp_path: Path, **given: Any) -> FlaskClient:
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    return create_app([make_study(), make_study(study="q")], store, Settings(**given)).test_client()


def agree(browser: FlaskClient, under: str, **headers: str) -> str:
    """Begin a sort by the pages, all of whose addresses must stand under a path; where it leads."""
    page = browser.get(f"{under}/demo/consent", headers=headers)
    assert page.status_code == 200, page.text
    addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    assert addresses
    assert not [one for one in addresses if not one.startswith(f"{under}/")]
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)[0]
    refused = browser.post(f"{under}/demo/consent", data={"csrf_token": token}, headers=headers)
    assert refused.status_code == 303
    assert refused.location.startswith(f"{under}/demo/consent?refused=")
    assert browser.get(refused.location, headers=headers).status_code == 400
    again = browser.get(refused.location, headers=headers)
    assert again.location == f"{under}/demo/consent"
    done = browser.post(f"{under}/demo/consent", data={"csrf_token": token, "key": "key-of-somebody", "choice": "agree"}, headers=headers)
    assert done.status_code == 302
    return str(done.location)


def test_everything_stands_under_the_prefix_and_nothing_elsewhere(tmp_path: Path) -> None:
    browser = client(tmp_path, prefix="/surveys/q")
    assert agree(browser, "/surveys/q") == "/surveys/q/demo/before"
    assert browser.get("/surveys/q/demo/before").status_code == 200
    assert browser.get("/surveys/q").location == "/surveys/q/"
    assert browser.get("/surveys/q/demo").location == "/surveys/q/demo/"
    for path in ("/demo/", "/", "/surveys/", "/surveys/qq/demo/", "/q/"):
        assert browser.get(path).status_code == 404, path
    for path in ("/healthz", "/surveys/q/healthz", "/metrics"):
        assert browser.get(path).status_code == 200, path


def test_a_study_may_be_called_as_the_prefix_is(tmp_path: Path) -> None:
    browser = client(tmp_path, prefix="/q")
    assert browser.get("/q/q/").status_code == 200
    assert browser.get("/q/").status_code == 200


@pytest.mark.parametrize("whole", [True, False])
def test_a_trusted_proxy_says_the_prefix_whether_it_takes_it_off_or_not(tmp_path: Path, whole: bool) -> None:
    browser = client(tmp_path, prefix="forwarded", proxies=1, secret_key=NEW, https=False)
    page = browser.get("/s/demo/" if whole else "/demo/", headers={"X-Forwarded-Prefix": "/s"})
    assert page.status_code == 200
    assert 'href="/s/static/' in page.text
    assert 'href="/static/' in browser.get("/demo/").text


@pytest.mark.parametrize("said", ["//evil.example", "/a/../b", "javascript:x", "/a b", '/a"', "evil", "/a/"])
def test_a_prefix_that_leads_elsewhere_is_refused(tmp_path: Path, said: str) -> None:
    browser = client(tmp_path, prefix="forwarded", proxies=1, secret_key=NEW, https=False)
    reply = browser.get("/demo", headers={"X-Forwarded-Prefix": said})
    assert "evil" not in reply.headers.get("Location", "")
    assert reply.status_code == 400 or reply.location in ("/a/demo/", "/demo/")
    with pytest.raises(DataError, match="is no path such as /q"):
        Settings(prefix=said).checked()


def test_whoever_says_a_prefix_unasked_is_not_believed(tmp_path: Path) -> None:
    for given in ({}, {"proxies": 1, "secret_key": NEW, "https": False}, {"prefix": "/q"}):
        browser = client(tmp_path, **given)
        page = browser.get(f"{given.get('prefix', '')}/demo/", headers={"X-Forwarded-Prefix": "/evil"})
        assert page.status_code == 200
        assert "/evil" not in page.text
    with pytest.raises(DataError, match="is what anybody may send"):
        Settings(prefix="forwarded").checked()


def cookie(browser: FlaskClient) -> tuple[str, str]:
    [(name, value)] = [(one.key, one.value) for one in browser._cookies.values()]  # type: ignore[union-attr]
    return name, value


def test_after_the_key_was_changed_sorts_and_open_pages_go_on_and_the_old_key_signs_nothing(tmp_path: Path) -> None:
    before = client(tmp_path, secret_key=OLD)
    agree(before, "")
    page = before.get("/demo/before")
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)[0]
    name, old = cookie(before)
    after = client(tmp_path, secret_key=NEW, old_secret_keys=f"{OTHER} {OLD}")
    after.set_cookie(name, old)
    done = after.post("/demo/before", data={"csrf_token": token, "key": "key-of-an-answer", "q-age": "44"})
    assert (done.status_code, done.location) == (302, "/demo/presort")
    _, new = cookie(after)
    for key, signed, counts in ((OLD, new, False), (NEW, old, False), (NEW, new, True)):
        alone = client(tmp_path, secret_key=key)
        alone.set_cookie(name, signed)
        assert (alone.get("/demo/presort").status_code == 200) == counts or new == old


def test_keys_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{NEW}\n\n{OLD}\n")
    found = from_environment({"QMETHOD_SECRET_KEY_FILE": str(file), "QMETHOD_PRODUCTION": "yes"})
    assert (found.secret_key, found.earlier_keys) == (NEW, (OLD,))
    for content, said in (
        ("", "line of its own"),
        ("two words\n", "line of its own"),
        ("short\n", "has 5 characters"),
        (f"{NEW}\nshort\n", "has 5 characters"),
    ):
        file.write_text(content)
        with pytest.raises(DataError, match=said) as refused:
            from_environment({"QMETHOD_SECRET_KEY_FILE": str(file)})
        assert "two words" not in str(refused.value)
    for environment in ({"QMETHOD_SECRET_KEY_FILE": str(tmp_path / "nowhere")}, {"QMETHOD_SECRET_KEY_FILE": str(tmp_path)}):
        with pytest.raises(DataError, match="cannot be read"):
            from_environment(environment)
    with pytest.raises(DataError, match="by file and by variable"):
        from_environment({"QMETHOD_SECRET_KEY_FILE": str(file), "QMETHOD_SECRET_KEY": NEW})
