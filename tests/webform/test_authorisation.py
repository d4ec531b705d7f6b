"""Every route against every kind of stranger: nobody reads or changes a sort but the person whose it is."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from qmethod_studies.store import Store, codes
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.forging import ACTS, ODD, good_forms
from tests.webform.people import ANSWERS, PRIVATE, QUESTIONS, SORT, Person, new_key
from tests.webform.test_several_sorts import CONDITIONS

STUDIES = ("demo", "other")


@dataclass
class Place:
    """A server of two studies, one person in each stage of the first whom others are after, and who these are."""

    app: Flask
    store: Store
    sorting: Person
    thanked: Person
    strangers: dict[str, str]
    """Cookies that must lead to nobody else's, by whose they are."""

    def stored(self) -> dict[str, Any]:
        """All that is stored of the people whom others are after."""
        found = {}
        for who in (self.sorting, self.thanked):
            for response in self.store.sorts("demo", who.code):
                found[response.id] = (response, self.store.events(response.id), self.store.consents(response.id))
        return found

    def send(self, path: str, method: str, cookie: str, **body: Any) -> Any:
        headers = {"Cookie": f"{self.app.config['SESSION_COOKIE_NAME']}={cookie}"} | body.pop("headers", {})
        return self.app.test_client(use_cookies=False).open(path, method=method, headers=headers, **body)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("authorisation")
    studies = [make_study(study=name, questions=QUESTIONS, conditions=CONDITIONS) for name in STUDIES]
    with Store.open(f"sqlite:///{folder}/a.sqlite3") as store:
        app = create_app(studies, store, Settings(wrong_codes=10**6))
        sorting, thanked = join(app, store, "demo", 1), join(app, store, "demo", 2)
        strangers = {
            "nobody": cookie_of(app, {}),
            "another person": join(app, store, "demo", 1).cookie,
            "another person who is done": join(app, store, "demo", 2).cookie,
            "a person of another study": join(app, store, "other", 1).cookie,
        }
        tokens = {name: token_of(app, person.cookie) for name, person in (("sorting", sorting), ("thanked", thanked))}
        strangers["one's token under another study"] = cookie_of(app, {"other": {"token": tokens["sorting"]}})
        for name, person in (("sorting", sorting), ("thanked", thanked)):
            revoked = store.admit("demo", person.code, 3600)
            assert revoked is not None
            store.dismiss("demo", revoked)
            late = store.admit("demo", person.code, -1)
            strangers[f"a cookie of {name} that was taken back"] = cookie_of(app, {"demo": {"token": revoked}})
            strangers[f"a cookie of {name} that has run out"] = cookie_of(app, {"demo": {"token": late}})
            strangers[f"the code of {name} for a token"] = cookie_of(app, {"demo": {"token": person.code}})
            strangers[f"an old cookie with the number of {name}"] = cookie_of(app, {"demo": {"number": person.number}})
        yield Place(app, store, sorting, thanked, strangers)


def cookie_of(app: Flask, studies: dict[str, Any]) -> str:
    """A cookie that the server itself has signed."""
    client = app.test_client()
    client.get("/demo/code")
    with client.session_transaction() as session:
        session["studies"] = studies
    return str(client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value)


def token_of(app: Flask, cookie: str) -> str:
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(signer.loads(cookie)["studies"]["demo"]["token"])


def csrf(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def join(app: Flask, store: Store, study: str, sorts: int) -> Person:
    """Somebody in the middle of their sort of that number; after the second, at the thanks."""
    client = app.test_client()
    token = csrf(client.get(f"/{study}/consent").text)
    client.post(f"/{study}/consent", data={"csrf_token": token, "key": new_key(), "choice": "agree"})
    with client.session_transaction() as session:
        known = store.known(study, session["studies"][study]["token"])
    assert known is not None
    response = store.find(study, known.code)
    while response is not None:
        mine = store.study(study).for_sort(response.condition, first=response.position == 1, last=response.last)
        acts = [
            *({"act": "answer", "question": q.id, "value": ANSWERS[q.id]} for q in mine.questions.asked),
            *({"act": "pile", "statement": name, "pile": "neutral"} for name in SORT),
            *({"act": "place", "statement": name, "column": column} for name, column in SORT.items()),
            {"act": "comment", "statement": "s9", "text": PRIVATE},
            *({"act": "finish", "stage": stage} for stage in ("before", "presort", "refine", "grid", "why", "after")),
        ]
        store.save(response.handle, [{"key": new_key(), **act} for act in acts])
        if sorts == 1:
            break
        reply = client.post(f"/{study}/submit", data={"csrf_token": token, "key": new_key(), "sort": str(response.id)})
        response = store.find(study, known.code) if reply.location != f"/{study}/thanks" else None
    found = store.find(study, known.code)
    assert found is not None
    page = client.get(f"/{study}/thanks" if sorts == 2 else f"/{study}/review")
    assert page.status_code == 200
    return Person(str(client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value), csrf(page.text), known.code, found.id)


ENDS = ("leave", "code", "withdraw", "submit")
"""What may make a browser forget who it is, and so comes last."""


def requests(place: Place, whose: Person, token: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each route of the application with each of its methods, with bodies that its page would send for somebody's sort."""
    forms = good_forms(whose) | {"again": {"choice": "begin"}, "leave": {}}
    for rule in sorted(place.app.url_map.iter_rules(), key=lambda rule: rule.rule.endswith(ENDS)):
        for study in STUDIES if "study" in rule.arguments else ("",):
            values = {"study": study, "secret": whose.code, "name": "survey.css", "version": "0" * 12, "digest": "0" * 24}
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part, values=values: values[part[1]], rule.rule)
            methods = rule.methods or set()
            if "GET" in methods:
                yield f"{path}?sort={whose.number}&response={whose.number}&participant=x", "GET", {}
            if "POST" in methods and path.endswith("/acts"):
                for act, parts in ACTS.items():
                    body = {"response": whose.number, "acts": [{"key": new_key(), "act": act, **parts}]}
                    yield path, "POST", {"json": body, "headers": {"X-CSRFToken": token}}
            elif "POST" in methods:
                fields = forms[path.split("/", 2)[2]]
                yield path, "POST", {"data": {**fields, "csrf_token": token, "sort": str(whose.number)}}


def test_no_route_shows_or_changes_anothers_sort(place: Place) -> None:
    before, faults, sent, letters = place.stored(), [], 0, list[str]()
    mailbox = SimpleNamespace(sender="survey@example.org")
    place.app.extensions["qmethod mail"] = SimpleNamespace(
        mailbox=mailbox, may=lambda *_: True, send=lambda letter: letters.append(letter.get_content())
    )
    for whose in (place.sorting, place.thanked):
        for who, cookie in place.strangers.items():
            same_words = who.startswith(("another person", "a person"))  # they have written them themselves
            client = place.app.test_client()
            client.set_cookie(place.app.config["SESSION_COOKIE_NAME"], cookie)
            token = csrf(client.get("/demo/code").text)  # one that fits, so that it is not the lock against forged forms that refuses
            cookie = str(client.get_cookie(place.app.config["SESSION_COOKIE_NAME"]).value)
            for path, method, body in requests(place, whose, token):
                sent += 1
                with place.send(path, method, cookie, **body) as reply:
                    text = reply.data.decode(errors="replace")  # pictures among them
                    if reply.status_code >= 500 or "grown old" in text:
                        faults.append(f"{who}: {method} {path}: {reply.status_code}")
                    if whose.code in text.replace(f'value="{whose.code}"', "") or (not same_words and PRIVATE in text):
                        faults.append(f"{who}: {method} {path} shows what is another's")
    place.app.extensions["qmethod mail"] = None
    assert place.stored() == before
    assert letters, "nobody was sent their own code"
    faults += [f"a mail of {whose.code}" for whose in (place.sorting, place.thanked) for letter in letters if whose.code in letter]
    assert not faults, "\n".join(faults[:20])
    assert sent > 1000


def test_the_person_is_shown_what_is_theirs(place: Place) -> None:
    """What the test above looks for can be seen: by their own cookie, and by nothing else."""
    for path in ("review", "why"):
        assert PRIVATE in place.send(f"/demo/{path}", "GET", place.sorting.cookie).text
    for path in ("copy", "copy.json"):
        assert PRIVATE in place.send(f"/demo/{path}", "GET", place.thanked.cookie).text
    assert place.thanked.code in place.send("/demo/thanks", "GET", place.thanked.cookie).text


def test_a_thousand_bodies_aimed_at_another_change_nothing_of_theirs(place: Place) -> None:
    """Acts and forms drawn at random by somebody who sorts in the same study, with the numbers of others in every place that could hold one."""
    draw, before = random.Random(7), place.stored()
    client = place.app.test_client()
    client.set_cookie(place.app.config["SESSION_COOKIE_NAME"], place.strangers["another person"])
    token = csrf(client.get("/demo/code").text)
    numbers = [
        place.sorting.number,
        place.thanked.number,
        -place.sorting.number,
        str(place.sorting.number),
        2**63,
        10**30,
        True,
        [place.sorting.number],
    ]
    codes = [place.sorting.code, place.store.find("demo", place.sorting.code).code_hash]  # type: ignore[union-attr]
    accepted, broken = [], []
    for _ in range(1000):
        cookie = str(client.get_cookie(place.app.config["SESSION_COOKIE_NAME"]).value)
        if draw.random() < 0.7:
            name = draw.choice([*ACTS])
            act = {"key": new_key(), "act": name, **ACTS[name], draw.choice(["response", "number", "code", "id"]): draw.choice([*numbers, *codes])}
            body: Any = {"response": draw.choice(numbers), "code": draw.choice(codes), "code_hash": codes[1], "acts": [act]}
            if draw.random() < 0.2:
                body[draw.choice(["response", "acts"])] = draw.choice([one for one in ODD if one is not None and one == one])
            raw = {"data": json.dumps(body), "content_type": "application/json", "headers": {"X-CSRFToken": token}}
            reply = place.send("/demo/acts", "POST", cookie, **raw)
        else:
            route = draw.choice(["presort", "refine", "grid", "grid/list", "why", "before", "after", "submit"])
            fields = good_forms(place.sorting)[route] | {
                "csrf_token": token,
                "sort": str(draw.choice(numbers)),
                "response": str(draw.choice(numbers)),
            }
            reply = place.send(f"/demo/{route}", "POST", cookie, data=fields)
        broken += [reply.status_code] if reply.status_code >= 500 else []
        accepted += [reply.text[:80]] if reply.status_code == 200 and reply.is_json else []
    assert place.stored() == before
    assert broken == []
    assert accepted == []


def test_a_signed_study_tells_nobody_who_takes_part(tmp_path: Path) -> None:
    study = make_study(access={"signed": True})
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        app = create_app([study], store, Settings())
        client = app.test_client()
        good = {"participant": "ann", "signature": store.signature("demo", "ann")}
        assert client.get("/demo/", query_string=good).status_code == 200
        token = csrf(client.get("/demo/consent").text)
        assert client.post("/demo/consent", data={"csrf_token": token, "key": new_key(), "choice": "agree"}).status_code == 302
        assert [response.participant for response in store.responses("demo")] == ["ann"]
        pages = set()
        for name in ("ann", "ben", "ANN"):
            for signature in (None, "", "x", store.signature("demo", "zoe"), codes.signature("0" * 64, "demo", name), good["signature"][:-1]):
                query = {"participant": name} | ({"signature": signature} if signature is not None else {})
                reply = app.test_client().get("/demo/", query_string=query)
                pages.add((reply.status_code, re.sub(r'value="[^"]*"', "", reply.text)))
        assert [status for status, _ in pages] == [403]
        again = app.test_client()  # whoever has the link that was sent knows what it is for
        assert again.get("/demo/", query_string=good).status_code == 200
