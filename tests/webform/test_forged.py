"""Requests that no page of ours sends: nothing of them is stored, nothing breaks, and no answer tells what is inside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import werkzeug.formparser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import qmethod_webform
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.forging import ACTS, FAMILIES, HOSTS, POSTS, as_json, telling
from tests.webform.people import GRID, PRIVATE, QUESTIONS, SORT, Forged, Scene, illegal, new_key, new_scene

INSIDE = (
    "Traceback",
    "site-packages",
    "sqlalchemy",
    "sqlite3",
    "werkzeug",
    "RecursionError",
    'File "',
    ".py",
    str(Path(qmethod_webform.__file__).parents[1]),
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    found = new_scene(tmp_path_factory.mktemp("forged"))
    yield found
    found.store.close()


TOKEN = re.compile(r"(?<![\w-])[\w-]{20,200}\.[\w-]{6}\.[\w-]{20,60}")
"""A signed value: letters drawn by lot, which may spell anything."""


def told(answer: TestResponse) -> list[str]:
    """What an answer should not have told, or how it should not have ended."""
    found = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    text = TOKEN.sub("", answer.data.decode(errors="replace"))
    found += [f"{word!r} in the answer" for word in INSIDE if word in text]
    if "evil.example" in str(answer.headers):
        found.append(f"headers {answer.headers}")
    location = answer.headers.get("Location", "/")
    if not location.startswith("/") or location.startswith("//"):
        found.append(f"leads to {location}")
    return found


def test_nothing_forged_is_stored(scene: Scene) -> None:
    before = scene.stored()
    assert not illegal(before)
    faults: list[str] = []
    sent: Counter[str] = Counter()
    for family in FAMILIES:
        for forged in family(scene):
            answer = scene.send(forged)
            sent[family.__name__] += 1
            what = f"{family.__name__}: {forged.method} {forged.path[:60]} {str(forged.body)[:300]} {str(forged.headers)[:80]}"
            faults += [f"{what}: {fault}" for fault in told(answer)]
            if forged.cookie not in (scene.victim.cookie, scene.finished.cookie) and (scene.victim.code in answer.text or PRIVATE in answer.text):
                faults.append(f"{what}: shows what is somebody else's")
            now = scene.stored()
            if now != before:
                faults.append(f"{what}: {answer.status_code}, changed {[table for table in now if now[table] != before[table]]}")
                before = now
            faults += [f"{what}: {fault}" for fault in illegal(now)]
    assert not faults, f"{len(faults)} of {sum(sent.values())}\n" + "\n".join(faults[:20])
    assert sum(sent.values()) >= 500
    assert min(sent.values()) >= 20, sent


ENDING = "submit code leave withdraw"
"""What ends the way of a browser, in an order in which each can still be sent; all else comes before."""


def test_what_the_pages_send_is_accepted_by_the_same_server(tmp_path: Path) -> None:
    """The bodies of `telling` fail above for their tokens, not because nothing would ever be accepted."""
    scene = new_scene(tmp_path)
    for route in sorted(POSTS, key=ENDING.find):
        who = scene.newcomer if route in ("consent", "enter") else scene.attacker
        fields = telling(who)[route]
        body = fields if route == "acts" else {"data": {**fields, "csrf_token": who.token}}
        before = scene.stored()
        answer = scene.send(Forged(f"/demo/{route}", {**body, "headers": {"X-CSRFToken": who.token}}, cookie=who.cookie))
        assert "This page has grown old" not in answer.text
        if route in ("acts", "consent", "presort", "before", "why", "after", "language", "withdraw"):
            assert scene.stored() != before, route
        if route not in ("enter", "refine"):  # no code opens an open study, and nothing is left to pick
            assert answer.status_code in (200, 302, 303), route
    scene.store.close()


def test_a_whole_sort_can_be_submitted_and_only_then(scene: Scene) -> None:
    person = scene.join(comment="mine")
    token = {"X-CSRFToken": person.token}
    for act in ({"act": "return", "statement": "s4"}, {"act": "reopen", "stage": "grid"}):
        scene.send(Forged("/demo/acts", {"json": {"acts": [{"key": new_key(), **act}]}, "headers": token}, cookie=person.cookie))
        answer = scene.send(Forged("/demo/submit", {"data": {"key": new_key(), "csrf_token": person.token}}, cookie=person.cookie))
        assert "thanks" not in (answer.location or "")
    acts = [{"key": new_key(), "act": "place", "statement": "s4", "column": 0}, {"key": new_key(), "act": "finish", "stage": "grid"}]
    scene.send(Forged("/demo/acts", {"json": {"acts": acts}, "headers": token}, cookie=person.cookie))
    for _ in range(3):  # the answer is lost, the browser sends it again with the cookie it has
        answer = scene.send(Forged("/demo/submit", {"data": {"key": new_key(), "csrf_token": person.token}}, cookie=person.cookie))
        assert answer.location == "/demo/thanks"
    stored = scene.stored()
    assert (person.number, "submitted") in [(number, status) for number, status, *_ in stored["response"]]
    assert not illegal(stored)
    late = {"acts": [{"key": new_key(), "act": "return", "statement": "s4"}]}
    scene.send(Forged("/demo/acts", {"json": late, "headers": token}, cookie=person.cookie))
    assert scene.stored() == stored


@pytest.mark.parametrize("host", ["evil.example", "", "..", "good.example.evil.example"])
def test_a_server_with_names_answers_to_no_other(tmp_path: Path, host: str) -> None:
    scene = new_scene(tmp_path, trusted_hosts="good.example, localhost")
    for path in ("/demo/", "/demo/acts", "/nothing", "/static/survey.css"):
        answer = scene.send(Forged(path, method="POST" if path.endswith("acts") else "GET", headers={"Host": host}))
        assert answer.status_code == 400
        assert not told(answer)
    assert scene.send(Forged("/demo/", method="GET", headers={"Host": "good.example"})).status_code == 200
    scene.store.close()


def test_no_address_leads_to_the_name_that_a_request_gives_the_server(scene: Scene) -> None:
    behind = create_app([make_study(questions=QUESTIONS)], scene.store, Settings(proxies=1, secret_key="x" * 40, https=False))
    rules = [rule.rule.replace("<study>", "demo").replace("<secret>", "x") for rule in behind.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = ["/demo", *(rule for rule in rules if "<" not in rule), "/demo//grid", "/demo//evil.example", "/demo/?participant=ann"]
    told_of, led = [], 0
    for path in paths:
        for app, name in ((scene.app, "Host"), (behind, "X-Forwarded-Host")):
            for host in HOSTS if path.strip("/") in ("demo", "demo//grid") else HOSTS[:1]:
                answer = app.test_client(use_cookies=False).get(path, headers={name: host})
                led += answer.status_code == 308
                told_of += [f"{path} {name} {host}: {fault}" for fault in told(answer)]
                told_of += [f"{path} {name} {host}: {answer.text[:300]}"] if "evil" in answer.text.replace("/demo/evil.example", "") else []
    assert not told_of, "\n".join(told_of)
    assert led > 10
    for scheme in ("javascript", "data", "file"):
        answer = behind.test_client().get("/demo", headers={"X-Forwarded-Proto": scheme})
        assert (answer.status_code, answer.location) == (400, None)
        assert scheme not in str(answer.headers) + answer.text.replace("</script>", "").replace("data-", "")
    assert behind.test_client().get("/demo", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "good.example"}).location == "/demo/"


def test_no_form_in_parts_is_taken_apart(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part may have any number of headers, each of which costs time."""
    taken: list[Any] = []
    monkeypatch.setattr(werkzeug.formparser.MultiPartParser, "parse", lambda *given: taken.append(given))
    body = b"--b\r\nContent-Disposition: form-data; name=key\r\n" + b"a:b\r\n" * 500 + b"\r\n1\r\n--b--"
    for route in POSTS:
        for cookie in ("", scene.attacker.cookie):
            sent = {"data": body, "content_type": "Multipart/Form-Data; boundary=b", "headers": {"X-CSRFToken": scene.attacker.token}}
            assert scene.send(Forged(f"/demo/{route}", sent, cookie=cookie)).status_code == 415, route
    assert not taken


@pytest.mark.parametrize("page", ["thanks", "copy", "copy.json"])
def test_nobody_is_thanked_for_a_sort_that_was_not_sent(scene: Scene, page: str) -> None:
    for person in (scene.attacker, scene.victim):  # one in the middle of it, one with nothing left to do but to send it
        before = scene.stored()
        answer = scene.send(Forged(f"/demo/{page}", method="GET", cookie=person.cookie))
        assert (answer.status_code, answer.location) == (403, None)
        assert PRIVATE not in answer.text
        assert scene.stored() == before
    assert scene.send(Forged(f"/demo/{page}", method="GET", cookie=scene.finished.cookie)).status_code == 200


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from([*SORT, *GRID, *ACTS, "grid", "agree", "age", "es"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)), max_leaves=8
)
ACT = st.dictionaries(
    st.sampled_from(
        ["statement", "column", "columns", "statements", "other", "pile", "stage", "question", "value", "text", "language", "ms", "idle"]
    ),
    VALUES,
)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.tuples(st.sampled_from(list(ACTS)) | SCALARS, ACT), max_size=5))
def test_any_act_leaves_every_sort_legal_and_others_alone(scene: Scene, acts: list[tuple[Any, dict[str, Any]]]) -> None:
    others = scene.stored(but=scene.attacker.number)
    answer = scene.send(as_json(scene.attacker, {"acts": [{**parts, "act": name, "key": new_key()} for name, parts in acts]}))
    assert not told(answer)
    assert answer.status_code in (200, 409)
    assert scene.stored(but=scene.attacker.number) == others
    assert not illegal(scene.stored())


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    route=st.sampled_from([route for route in POSTS if route not in ("acts", "consent")]),
    fields=st.dictionaries(
        st.sampled_from(
            ["key", "statement", "pile", "column", "do", "go_on", "seen", "code", "language", "page", "s-s1", "c-s9", "q-age", "q-view:sent"]
        ),
        st.text(max_size=20) | st.sampled_from([*SORT, "agree", "0", "pick", "same", "back", "board", "forged-same-key", "es"]),
    ),
)
def test_any_form_leaves_every_sort_legal_and_others_alone(scene: Scene, route: str, fields: dict[str, str]) -> None:
    others = scene.stored(but=scene.attacker.number)
    answer = scene.send(Forged(f"/demo/{route}", {"data": {"key": new_key(), **fields, "csrf_token": scene.attacker.token}}))
    assert not told(answer)
    assert scene.stored(but=scene.attacker.number) == others
    assert not illegal(scene.stored())
