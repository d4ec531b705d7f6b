"""What every answer of the server carries, what it takes, and what it says where something goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from qmethod_studies.store import Store, Unavailable
from qmethod_webform.app import MOST_BYTES
from tests.studies.store.acting import make_study
from tests.webform.house import COLUMNS, SECRET, STAGES, Build, House, by, new_key
from tests.webform.people import shown

# ---- what every answer carries


def pages(house: House) -> Iterator[tuple[str, TestResponse]]:
    """Each kind of answer the server gives."""
    person = house.person()
    for stage in ("", "consent", "declined", "code", "withdraw", "nowhere", "before", "thanks"):
        yield stage, person.get(stage)
    yield "bare", person.client.get("/no-such-study/", base_url=person.base)
    yield "index", person.client.get("/", base_url=person.base)
    yield "health", person.client.get("/healthz", base_url=person.base)
    yield "forged", person.client.post("/demo/consent", data={"choice": "agree"}, base_url=person.base)
    yield "method", person.client.put("/demo/consent", base_url=person.base)
    yield "wrong code", person.post("code", code="ABCD-EFGH-JKLM")
    person.agree()
    person.go_through()
    for stage in (*STAGES, "grid/list"):
        yield stage, person.get(stage)
    yield "acts", person.acts({"act": "visit", "stage": "review"})
    yield "refused act", person.acts({"act": "nonsense"})
    yield "submit", person.post("submit")
    for stage in ("thanks", "copy", "copy.json"):
        yield stage, person.get(stage)


def test_every_answer_carries_the_headers_that_keep_it_to_itself(build: Build) -> None:
    for name, reply in pages(build()):
        policy = {part.split()[0]: part.split()[1:] for part in reply.headers["Content-Security-Policy"].split("; ")}
        assert policy["default-src"] == ["'none'"], name
        assert {word for words in policy.values() for word in words} <= {"'none'", "'self'"}, name
        assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"], name
        assert reply.headers["X-Content-Type-Options"] == "nosniff", name
        assert reply.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), name
        assert reply.headers["Cache-Control"] == "no-store", name
        assert "Strict-Transport-Security" not in reply.headers, name
        assert "Server" not in reply.headers, name


def test_no_page_needs_what_the_headers_forbid(build: Build) -> None:
    for name, reply in pages(build()):
        assert not re.search(r"<[^>]+\s(on\w+|style)=|<style|javascript:|<script(?![^>]* (src|type=\"application/json\"))", reply.text), name
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', reply.text), name


def test_files_of_the_pages_are_kept_by_the_browser(build: Build) -> None:
    person = build().person()
    address = re.search(r'href="(/static/\w+/survey\.css)"', person.get().text)
    assert address
    for file, kept in ((address[1], "public, max-age=31536000, immutable"), ("/static/survey.css", "no-cache")):
        with person.client.get(file) as reply:
            assert reply.headers["Cache-Control"] == kept
    assert person.client.get("/static/../app.py").status_code == 404


@pytest.mark.parametrize("public", [False, True])
def test_the_cookie_is_closed_to_scripts_and_other_sites(build: Build, public: bool) -> None:
    house = build(secret_key=SECRET, production=public)
    person = house.person(base="https://localhost" if public else "http://localhost")
    reply = person.get("consent")
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-qmethod-" if public else "qmethod-")
    assert "Path=/;" in f"{cookie};"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie
    assert ("Secure" in cookie) is public
    assert ("Strict-Transport-Security" in reply.headers) is public
    assert "Expires" not in cookie  # gone with the window, until there is a sort to come back to
    assert "Expires" in person.post("consent", choice="agree").headers["Set-Cookie"]


OWN, OTHER = "https://survey.example.org", "https://evil.example"
ACCEPTED: tuple[dict[str, str], ...] = (
    {},  # a proxy that strips all: the token alone
    {"Referer": f"{OWN}/demo/consent"},
    {"Origin": OWN},
    {"Origin": OWN, "Referer": f"{OWN}/"},
    {"Origin": "null", "Referer": f"{OWN}/"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
)
REFUSED: tuple[dict[str, str], ...] = (
    {"Referer": f"{OTHER}/"},
    {"Origin": OTHER},
    {"Origin": OTHER, "Referer": f"{OWN}/"},
    {"Origin": OWN, "Referer": f"{OTHER}/"},
    {"Origin": "http://survey.example.org"},
    {"Origin": f"{OWN}:8443"},
    {"Origin": f"{OWN}.evil.example"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Referer": f"{OWN}/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "anything"},
    {"Referer": "https://[::1"},
    {"Origin": f"{OWN}:99999"},
)


@pytest.mark.parametrize("headers", [*ACCEPTED, *REFUSED], ids=str)
def test_over_https_a_form_needs_its_token_and_must_not_come_from_another_site(build: Build, headers: dict[str, str]) -> None:
    """A browser that withholds Referer is no reason to refuse; what says that another site sent the form is. Without its token nothing is taken."""
    house = build(secret_key=SECRET, production=True)
    person = house.person(base=OWN)
    good = {"csrf_token": person.token(), "key": new_key(), "choice": "agree"}
    for fields in ({**good, "csrf_token": ""}, {**good, "csrf_token": good["csrf_token"][:-1] + "."}, {"key": good["key"], "choice": "agree"}):
        reply = shown(person.client, person.client.post("/demo/consent", data=fields, base_url=OWN, headers=headers), base_url=OWN)
        assert (reply.status_code, "grown old" in reply.text) == (400, True)
    assert house.responses() == []
    reply = shown(person.client, person.client.post("/demo/consent", data=good, base_url=OWN, headers=headers), base_url=OWN)
    assert reply.status_code == (302 if headers in ACCEPTED else 400), reply.text
    assert len(house.responses()) == (headers in ACCEPTED)
    if headers in REFUSED:  # nothing is said of cookies and old pages, which are not to blame
        assert "grown old" not in reply.text
        assert "This could not be done" in reply.text
    elif headers:
        body = {"acts": [{"key": new_key(), "act": "visit", "stage": "before"}]}
        reply = person.client.post("/demo/acts", json=body, base_url=OWN, headers={"X-CSRFToken": good["csrf_token"], **headers})
        assert reply.status_code == 200, reply.text


def test_the_cookie_says_nothing_of_the_answers(build: Build) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    with person.client.session_transaction() as session:
        assert set(session["studies"]["demo"]) == {"token"}
        assert code not in str(dict(session))
    person.post("submit")
    with person.client.session_transaction() as session:
        assert set(session["studies"]["demo"]) == {"token"}
    person.get()
    with person.client.session_transaction() as session:
        assert session["studies"] == {}


# ---- what goes wrong


POSTS = (
    "consent",
    "enter",
    "code",
    "language",
    "before",
    "presort",
    "refine",
    "grid",
    "grid/list",
    "why",
    "after",
    "submit",
    "withdraw",
    "leave",
    "acts",
)


@pytest.mark.parametrize("token", [{}, {"csrf_token": "forged"}], ids=["none", "forged"])
@pytest.mark.parametrize("stage", POSTS)
def test_nothing_is_done_without_the_token_of_the_page(build: Build, stage: str, token: dict[str, str]) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    before, events = house.responses(), len(house.store.events(house.responses()[0].id))
    fields = {"key": new_key(), "choice": "agree", "code": code, "language": "es", "go_on": "1", "do": "board", "q-age": "50", **COLUMNS, "s-s1": "0"}
    reply = shown(person.client, person.client.post(f"/demo/{stage}", data={**fields, **token}))
    assert reply.status_code == 400
    assert house.responses() == before
    assert len(house.store.events(before[0].id)) == events
    assert person.get("review").status_code == 200


def test_a_token_of_another_browser_is_none(build: Build) -> None:
    house = build()
    stolen = house.person().token()
    assert house.person().post("consent", choice="agree", csrf_token=stolen).status_code == 400
    assert house.responses() == []


@pytest.mark.parametrize("stage", ["why", "acts"])
def test_what_is_too_large_is_refused_whole(build: Build, stage: str) -> None:
    house = build()
    person = house.person()
    person.agree()
    person.go_through()
    before = house.responses()[0]
    large = "x" * (MOST_BYTES + 1)
    reply = person.acts({"act": "comment", "statement": "s1", "text": large}) if stage == "acts" else person.post(stage, **{"c-s1": large})
    assert reply.status_code == 413
    assert house.responses()[0].comments == before.comments
    long = person.acts({"act": "comment", "statement": "s1", "text": "x" * 10_001})
    assert (long.status_code, long.json["results"][0]["code"]) == (409, "too-long")


def test_an_unknown_study_or_page_is_404_in_words(build: Build) -> None:
    house = build(make_study(), make_study(study="other"))
    person = house.person()
    assert person.client.get("/nobody/").status_code == 404
    assert person.client.get("/nobody/consent").status_code == 404
    assert person.get("nobody").status_code == 404
    assert "Traceback" not in person.client.get("/nobody/").text
    index = person.client.get("/")
    assert index.status_code == 200
    assert {'href="/demo/"', 'href="/other/"'} <= set(re.findall(r'href="/\w+/"', index.text))
    reply = person.client.post("/nobody/acts", json={}, headers={"X-CSRFToken": person.token()})
    assert (reply.status_code, reply.json) == (404, {"error": "no-study"})


def test_a_sort_of_one_study_opens_no_page_of_another(build: Build) -> None:
    house = build(make_study(), make_study(study="other"))
    person = house.person()
    code = person.agree()
    person.study = "other"
    assert person.get("before").status_code == 403
    assert person.post("code", code=code).status_code == 403
    assert person.post("withdraw", code=code).status_code == 403
    assert len(house.responses("demo")) == 1


def test_a_database_that_does_not_answer_is_said_to_be_our_fault(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    house = build()
    person = house.person()
    person.agree()
    token = person.token()

    def fail(*_given: Any, **_named: Any) -> None:
        raise Unavailable("the secret name of a server")

    for name in ("find", "save", "ping"):
        monkeypatch.setattr(Store, name, fail)
    replies = [
        person.get("before"),
        person.client.post("/demo/acts", json={"acts": []}, headers={"X-CSRFToken": token}),
        person.client.get("/healthz"),
    ]
    for reply in replies:
        assert reply.status_code == 503
        assert "secret name" not in reply.text
    assert replies[1].json == {"error": "our-fault"}


def test_a_fault_of_ours_shows_nothing_of_the_inside(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    house = build()

    def fail(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(Store, "known", fail)
    person = house.person()
    with person.client.session_transaction() as session:
        session["studies"] = {"demo": {"token": "any"}}
        session["generation"] = house.store.generation
    reply = person.get("before")
    assert reply.status_code == 500
    assert "inside" not in reply.text
    assert "Something went wrong on our side" in reply.text
    assert reply.headers["Content-Security-Policy"]


def test_a_server_answers_to_its_own_names_only(build: Build) -> None:
    house = build(trusted_hosts="survey.example.org")
    assert house.person(base="http://survey.example.org").get().status_code == 200
    assert house.person(base="http://evil.example").get().status_code == 400


def test_what_was_wrong_with_a_form_has_an_address_that_shows_it_once(build: Build) -> None:
    """So that no way back in a browser sends a form again; and only the browser whose form it was sees the page."""
    house = build(make_study())
    person, other = house.person(), house.person()
    person.agree()
    other.agree()
    form = {"csrf_token": person.token(), "key": new_key(), "q-age": "200"}
    headers = {"Referer": f"{person.base}/"}
    answer = person.client.post("/demo/before", data=form, base_url=person.base, headers=headers)
    assert answer.status_code == 303
    assert answer.location.startswith("/demo/before?refused=")
    elsewhere = other.client.get(answer.location, base_url=other.base)
    assert (elsewhere.status_code, elsewhere.location) == (302, "/demo/before")
    assert "What could be kept is saved" in other.client.get(elsewhere.location, base_url=other.base).text
    shown = person.client.get(answer.location, base_url=person.base)
    assert shown.status_code == 400
    assert 'value="200"' in shown.text
    assert "Some answers need another look." in shown.text
    again = person.client.get(answer.location, base_url=person.base)
    assert (again.status_code, again.location) == (302, "/demo/before")
    assert 'value="200"' not in person.get("before").text


def test_a_wrong_code_is_told_at_the_page_that_asks_for_it(build: Build) -> None:
    stranger = build(by("code")).person()
    form = {"csrf_token": stranger.token(), "code": "closesesame"}
    answer = stranger.client.post("/demo/enter", data=form, base_url=stranger.base, headers={"Referer": f"{stranger.base}/"})
    assert answer.location.startswith("/demo/?refused=")
    assert "This code does not open the study" in stranger.client.get(answer.location, base_url=stranger.base).text
