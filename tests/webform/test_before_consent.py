"""Until somebody agrees, nothing that names them can be read in their browser: it is sealed, ends by itself, and goes when they decline."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.respondent.person import WAITING_SECONDS
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.studies.store.raw import spellings
from tests.webform.house import House, Person, link_in

NAMED = "Panelist-Zoë-4711"
CODE = "OPENSESAME4417OAK"
PANEL = {"declined_link": "https://panel.example.org/no?id={participant}", "return_link": "https://panel.example.org/done?id={participant}"}
STUDIES = {
    "signed": {"kind": "open", "signed": True, **PANEL},
    "unsigned": {"kind": "open", **PANEL},
    "linked": {"kind": "link"},
    "coded": {"kind": "code"},
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        studies = [make_study(study=name, access=access) for name, access in STUDIES.items()]
        yield House(store, create_app(studies, store, Settings()))


def come(house: House, study: str) -> tuple[Person, list[str]]:
    """A browser on its way in, and what names its person."""
    person = house.person(study)
    names = [NAMED]
    if study == "linked":
        (link,) = house.store.invite(study, "link", participants=[NAMED], renew=True)
        assert person.get(f"i/{link.secret}").status_code == 302
        names.append(str(link.secret))
    elif study == "coded":
        if house.store.invitation(study, "code", CODE) is None:
            house.store.invite(study, "code", participants=[None], uses=None, secret=CODE)
        assert person.post("enter", code=CODE).location == "/coded/consent"
        names.append(CODE)
    else:
        assert person.get(query_string=address(house, study)).status_code == 200
        names.append(house.store.signature(study, NAMED))
    return person, names


def address(house: House, study: str) -> dict[str, str]:
    signature = {"signature": house.store.signature(study, NAMED)} if study == "signed" else {}
    return {"participant": NAMED, **signature}


def layers(value: bytes, depth: int = 4) -> Iterator[bytes]:
    """A value, and whatever is found in it by unpacking and decoding it and its parts."""
    yield value
    if depth == 0:
        return
    found = {unquote_to_bytes(value)} - {value}
    for part in {value, *re.split(rb"[.=;, \"]", value)}:
        with suppress(binascii.Error):
            found.add(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
        with suppress(zlib.error):
            found.add(zlib.decompressobj().decompress(part, 2**20))
    for one in found - {b"", value}:
        yield from layers(one, depth - 1)


def told(headers: Headers, names: list[str]) -> list[str]:
    """Which names can be read in what an answer puts into the browser."""
    kept = [layer for header in headers.getlist("Set-Cookie") for layer in layers(header.encode())]
    return [name for name in names if any(spelling in layer for spelling in (*spellings(name), quote(name).encode()) for layer in kept)]


def requests(app: Flask, study: str, secret: str) -> Iterator[tuple[str, str]]:
    """Every route of a study, by every method that it has."""
    rules: list[Rule] = list(app.url_map.iter_rules())
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            values = {"study": study, "secret": secret, "name": "survey.css", "version": "0" * 12, "digest": "0" * 24}
            yield method, app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})


@pytest.mark.parametrize("study", STUDIES)
def test_no_route_puts_anything_readable_into_the_browser(house: House, study: str) -> None:
    asked, wrote = 0, 0
    for method, path in requests(house.app, study, "none"):
        person, names = come(house, study)
        token = person.token()
        for query in ({}, address(house, study)):  # with what they came by, once more, in any address
            fields = {"csrf_token": token, "key": f"key-{asked:06d}", "choice": "decline", "language": "es", "page": "consent", "code": CODE}
            reply = person.client.open(path, method=method, query_string=query, data=fields if method == "POST" else None)
            asked, wrote = asked + 1, wrote + ("Set-Cookie" in reply.headers)
            assert told(reply.headers, names) == [], (method, path)
            reply.close()
    assert asked > 80
    assert wrote > 4


@pytest.mark.parametrize("study", STUDIES)
def test_no_page_on_the_way_in_puts_anything_readable_into_the_browser(house: House, study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[TestResponse] = []
    sent = house.app.test_client_class or house.app.test_client().__class__
    real = sent.open

    def open_(self: Any, *arguments: Any, **given: Any) -> TestResponse:
        seen.append(real(self, *arguments, **given))
        return seen[-1]

    monkeypatch.setattr(sent, "open", open_)
    person, names = come(house, study)
    person.get("consent")
    person.post("language", language="es", page="consent")
    person.post("consent", choice="decline")
    person.get("declined")
    other, more = come(house, study)
    other.agree()
    other.get(query_string={"participant": NAMED})
    other.post("leave")
    assert sum("Set-Cookie" in one.headers for one in seen) > 5
    assert [found for one in seen for found in told(one.headers, names + more)] == []


def test_what_reads_the_cookies_would_see_a_name_in_one() -> None:
    app = Flask("plain")
    app.secret_key = "known to nobody"
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    for long in ("", "x" * 3000):  # the longer is packed
        value = signer.dumps({"studies": {"demo": {"participant": NAMED, "x": long}}})
        assert told(Headers({"Set-Cookie": f"session={value}; Path=/"}), [NAMED, "nobody"]) == [NAMED]


@pytest.mark.parametrize("study", STUDIES)
def test_who_declines_leaves_nothing_even_to_whoever_has_the_secret_of_the_server(house: House, study: str) -> None:
    person, names = come(house, study)
    assert person.post("consent", choice="decline").location == f"/{study}/declined"
    page = person.get("declined")
    with person.client.session_transaction() as session:
        held = json.dumps(dict(session), ensure_ascii=False)
    assert [name for name in names if name in held] == []
    assert "studies" not in held or json.loads(held)["studies"] == {}
    again = re.search(r'<a class="button" href="([^"]+)"', page.text)
    assert again
    if study in ("signed", "unsigned"):
        assert link_in(page.text) == f"https://panel.example.org/no?id={quote(NAMED, safe='')}"
    anew = person.client.get(again[1].replace("&amp;", "&"), follow_redirects=True)  # thinking again: by the way that they came
    assert anew.status_code == 200
    if study == "coded":
        assert person.post("enter", code=CODE).location == "/coded/consent"
    person.agree()
    assert [one.participant == NAMED for one in house.responses(study)] == [study != "coded"]


@pytest.mark.parametrize("study", STUDIES)
def test_the_page_for_who_declined_leads_on_once(house: House, study: str) -> None:
    person, names = come(house, study)
    person.post("consent", choice="decline")
    person.get("declined")
    page = person.get("declined")
    assert page.status_code == 200
    assert [name for name in names if name in page.text or quote(name) in page.text] == []
    assert 'class="button' not in page.text


@pytest.mark.parametrize("study", STUDIES)
def test_what_somebody_came_with_counts_for_a_day(house: House, study: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After that nobody begins without the id that they came with, unasked: they are sent to their link or code once."""
    real = time.time
    person, _ = come(house, study)
    monkeypatch.setattr(time, "time", lambda: real() + WAITING_SECONDS - 60)
    assert person.get("consent").status_code == 200
    monkeypatch.setattr(time, "time", lambda: real() + WAITING_SECONDS + 60)
    late = person.post("consent", choice="agree")
    assert (late.status_code, house.responses(study)) == (403, [])
    assert "Open it with your personal link or your access code." in late.text
    with person.client.session_transaction() as session:
        assert session["studies"] == {}
    monkeypatch.setattr(time, "time", lambda: real() - 3600)  # a clock that is set back takes nothing away
    other, _ = come(house, study)
    monkeypatch.setattr(time, "time", lambda: real() - 7200)
    assert other.get("consent").status_code == 200


def test_a_cookie_of_an_earlier_version_counts_and_is_sealed_by_the_answer(house: House) -> None:
    plain = SecureCookieSessionInterface().get_signing_serializer(house.app)
    assert plain is not None
    person = house.person("unsigned")
    person.agree()
    with person.client.session_transaction() as session:
        content = dict(session)
    content["studies"]["signed"] = {"participant": NAMED, "since": int(time.time())}
    name = house.app.config["SESSION_COOKIE_NAME"]
    person.client.set_cookie(name, plain.dumps(content))
    reply = person.get("before")
    assert reply.status_code == 200
    assert told(reply.headers, [NAMED]) == []
    kept = person.client.get_cookie(name)
    assert kept is not None
    assert kept.value.startswith("gAAAA")  # as every token of Fernet
    assert person.get("before").status_code == 200
