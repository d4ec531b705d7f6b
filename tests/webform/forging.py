"""Requests that no page of ours sends, by what is wrong with them."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from qmethod_webform.app import MOST_BYTES
from qmethod_webform.cookies import Seal
from qmethod_webform.security import MOST_FIELDS
from tests.webform.people import SORT, Forged, Person, Scene, new_key

POSTS = (
    *("acts", "consent", "enter", "code", "practice", "presort", "refine", "grid", "grid/list", "why"),
    *("before", "after", "submit", "withdraw", "language", "leave", "mail"),
)
ODD = (
    *(None, True, False, 0, 1, -1, 2, 3, 0.5, 1e308, 5e-324, 10**30, 10**400, -(10**400), float("nan"), float("inf"), float("-inf")),
    *(
        "",
        " ",
        "2",
        "-2",
        "NaN",
        "s1",
        "s2 ",
        "S2",
        "s2\0",
        "s99",
        "\ud800",
        "\udfff",
        "__proto__",
        "../s2",
        "'; DROP TABLE response; --",
        "é" * 3000,
    ),
    *([], ["s1"], [["s2"]], [None], ["s2", "s2"], ["s1", "s99"], {}, {"s1": 1}, {"s2": {"s2": 2}}, {"__proto__": 1}, [{}] * 300),
)
ACTS: dict[str, dict[str, Any]] = {
    "pile": {"statement": "s2", "pile": "agree"},
    "place": {"statement": "s2", "column": 0},
    "swap": {"statement": "s2", "other": "s9"},
    "return": {"statement": "s2"},
    "pick": {"column": -2, "statements": ["s1"], "before": []},
    "same": {"statements": ["s1"]},
    "arrange": {"columns": {"s1": 0}},
    "answer": {"question": "age", "value": 45},
    "comment": {"statement": "s2", "text": "new"},
    "finish": {"stage": "grid"},
    "reopen": {"stage": "grid"},
    "draft": {"columns": {"s2": 0}},
    "prefer": {"column": -2, "statements": ["s1"], "others": ["s2"]},
    "reconsider": {},
    "practice": {"how": "done"},
    "swallowed": {"statement": "s2", "presses": 3},
    "language": {"language": "es"},
    "undo": {},
    "redo": {},
}
ALLOWED: dict[tuple[str, str], tuple[Any, ...]] = {
    ("pile", "statement"): ("s1",),
    ("place", "column"): (-1,),
    ("swap", "statement"): ("s1",),
    ("pile", "pile"): (None,),
    ("swap", "other"): ("s1",),
    ("pick", "statements"): (["s1"],),
    ("pick", "before"): (None, []),
    ("same", "statements"): (["s1"],),
    ("prefer", "column"): (-1, 0, 1, 2),
    ("prefer", "statements"): (["s1"],),
    ("arrange", "columns"): ({}, {"s1": 1}),
    ("answer", "value"): (None, 1, 2, 3, 0.5, "", "2"),
    ("comment", "statement"): ("s1",),
    ("comment", "text"): tuple(value for value in ODD if isinstance(value, str) and not re.search("[\0\ud800-\udfff]", value)),
    ("draft", "columns"): ({}, {"s1": 1}),
    ("swallowed", "statement"): ("s1", None),
    ("swallowed", "presses"): (1, 2, 3),
}
"""What is odd, but no fault there."""
ALSO: dict[tuple[str, str], tuple[Any, ...]] = {
    ("comment", "text"): ("x" * 10_001,),
    ("answer", "value"): (121, -3, "12 years", "9" * 50, "1e999"),
    ("arrange", "columns"): (
        dict.fromkeys(SORT, 0),
        SORT | {"s9": -2},
        SORT | {"s99": 0},
        SORT | {"s1": True},
        SORT | {"s1": "-2"},
        {name: float("nan") for name in SORT},
        {f"s{i}": 0 for i in range(1, 300)},
    ),
    ("draft", "columns"): (SORT | {"s99": 0}, SORT | {"s1": 7}, SORT | {"s1": True}, {"s1": float("nan")}),
    ("pick", "statements"): (["s1", "s1"], ["s1", "s2"], [], ["s2"]),
    ("same", "statements"): (["s1", "s1"], ["s1", "s2"], ["s2"]),
    ("language", "language"): ("en-GB", "EN", "ar"),
    ("finish", "stage"): ("review", "grid_list", "consent"),
}


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def as_json(person: Person, value: Any, **given: Any) -> Forged:
    body = {"data": json.dumps(value), "content_type": "application/json", "headers": {"X-CSRFToken": person.token}}
    return Forged("/demo/acts", body, cookie=person.cookie, **given)


def odd_acts(scene: Scene) -> Iterator[Forged]:
    """Every field of every act with odd values; acts without fields, without keys, with odd keys; acts that are none.

    Of a field that several acts have in common, the first gets all odd values, each other a third of them.
    """
    seen: Counter[str] = Counter()
    for name, parts in ACTS.items():
        for part in parts:
            odd = ODD if not seen[part] else ODD[seen[part] % 3 :: 3]
            seen[part] += 1
            for value in (*odd, *ALSO.get((name, part), ())):
                if not any(same(value, allowed) for allowed in ALLOWED.get((name, part), ())):
                    yield as_json(scene.attacker, {"acts": [{"key": new_key(), "act": name, **parts, part: value}]})
            if (name, part) not in {("pile", "pile"), ("answer", "value"), ("swallowed", "statement"), ("pick", "before")}:
                yield as_json(
                    scene.attacker, {"acts": [{"key": new_key(), "act": name, **{key: value for key, value in parts.items() if key != part}}]}
                )
        yield as_json(scene.attacker, {"acts": [{"act": name, **parts}]})
    for key in (*(value for value in ODD if value != "__proto__"), "short", "x" * 65, "with blank", "new\nline", "abcdefgh\n", "ключключ"):
        yield as_json(scene.attacker, {"acts": [{"key": key, "act": "place", "statement": "s1", "column": -2}]})
    for act in (*ODD, "submit", "withdraw", "__class__", "PLACE", "place "):
        yield as_json(scene.attacker, {"acts": [{"key": new_key(), "act": act, "statement": "s1", "column": -2}]})
        yield as_json(scene.attacker, {"acts": [act]})
    for column in (-1, 0, 1, 2):  # each of them is full
        yield as_json(scene.attacker, {"acts": [{"key": new_key(), "act": "place", "statement": "s1", "column": column}] * 30})
    yield as_json(
        scene.attacker, {"acts": [{"key": new_key(), "act": "place", "statement": "s1", "column": -2, "response": scene.victim.number}] * 501}
    )


def odd_json(scene: Scene) -> Iterator[Forged]:
    """Bodies that are no list of acts, or no JSON at all."""
    for value in ODD:
        yield as_json(scene.attacker, value)
        yield as_json(scene.attacker, {"acts": value} if not isinstance(value, list) else {"acts": {"0": value}})
    deep, wide = "[" * 10_000, "[" * 100_000
    act = b'{"acts":[{"key":"forged-raw-1","act":"place","statement":"s1","column":-2'
    raws: list[Any] = [
        *(b"", b"{", b"nul", b'{"acts":[}', act, act + b"}]} trailing", act + b",}]}"),
        *(act.replace(b"s1", b"\xff\xfe") + b"}]}", act.replace(b"s1", b"\xed\xa0\x80") + b"}]}", act.replace(b"s1", b"s1\0") + b"}]}"),
        *(('{"acts":' + deep + "]" * 10_000 + "}").encode(), wide.encode(), ('{"a":' * 10_000 + "1" + "}" * 10_000).encode()),
        *((act + b',"x":' + deep.encode() + b"]" * 10_000 + b"}]}"), (act.replace(b"-2", b"-2" + b"0" * 5000) + b"}]}")),
        *(b"\x00" * 1000, b"\xef\xbb\xbf", b"acts=1", b"<acts/>"),
    ]
    for raw in raws:
        yield Forged("/demo/acts", {"data": raw, "content_type": "application/json", "headers": {"X-CSRFToken": scene.attacker.token}})
    good = json.dumps({"acts": [{"key": "forged-type-1", "act": "place", "statement": "s1", "column": -2}]})
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
        "\x01",
    ):
        yield Forged("/demo/acts", {"data": good, "content_type": kind, "headers": {"X-CSRFToken": scene.attacker.token}})


def good_forms(person: Person) -> dict[str, dict[str, Any]]:
    """What the pages would send that changes nothing of the attacker's, or cannot be done."""
    questions = {"q-age": "44", "q-job": "desk", "q-mood": "3", "q-one": "yes", "q-crop": "wheat"}
    return {
        "practice": {"key": new_key(), "how": "half"},
        "presort": {"key": new_key(), "statement": "s1", "pile": "neutral"},
        "refine": {"key": new_key(), "do": "pick", "column": "0", "statements": "s1"},
        "grid": {"key": new_key()},
        "grid/list": {"key": new_key()} | {f"s-{name}": str(column) for name, column in SORT.items()} | {"s-s1": "0"},
        "why": {"key": new_key(), "c-s9": "mine"},
        "before": {"key": new_key()} | questions | {"q-view:sent": "1", "q-view:town": "good", "q-view:land": "bad"},
        "after": {"key": new_key(), "q-more": "nothing"},
        "submit": {"key": new_key()},
        "code": {"code": "2222-2222-2222"},
        "withdraw": {"code": "2222-2222-2222"},
        "enter": {"code": "2222-2222-2222"},
        "language": {"language": "ar", "page": "welcome"},
        "mail": {"to": "ann@example.org"},
        "consent": {"key": new_key(), "choice": "perhaps"},
    }


ODD_TEXT = (
    *("", " ", "\0", "s1\0", "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe", "s99", "nan", "-Infinity", "1e999", "true", "[]"),
    *("abcdefgh\n", "\u202e\u0000", "../../etc/passwd", "{{ 7 * 7 }}", "<script>alert(1)</script>", "9" * 25_000),
)


def allowed_in_a_form(route: str, part: str, value: str | bytes) -> bool:
    """Whether a form may hold this, or is the same without it."""
    empty = value in ("", " ")
    if part in ("page", "q-view:sent", "statements"):
        return True
    if part in ("q-crop", "q-more", "c-s9"):  # any text but what no database holds, and not too much of it
        return not (value == "9" * 25_000 or "\0" in str(value))
    if part == "key":
        return value == "-Infinity"  # these are signs that a key may have
    return empty and (part.startswith("q-") or route == "grid/list")


def odd_forms(scene: Scene) -> Iterator[Forged]:
    """Every field of every form with odd values; of the 9 rows of the list, two."""
    for route, fields in good_forms(scene.attacker).items():
        who = scene.newcomer if route == "consent" else scene.attacker
        for part in fields:
            for value in ODD_TEXT if not re.fullmatch("s-s[2-8]", part) else ():
                if not allowed_in_a_form(route, part, value):
                    yield Forged(f"/demo/{route}", {"data": {**good_forms(who)[route], part: value, "csrf_token": who.token}}, cookie=who.cookie)
    for page in ("static", "index", "acts", "personal_link", "nothing", "\0", "../", "//evil.example", "https://evil.example/", "x" * 50):
        yield Forged("/demo/language", {"data": {"language": "xx", "page": page, "csrf_token": scene.attacker.token}})
    for fields in (
        {"do": "pick", "column": "-2", "statements": ["s1", "s2"]},
        {"do": "pick", "column": "-2", "statements": ["s1", "s1"]},
        {"do": "pick", "column": "-2", "statements": ["s99"] * 900},
        {"do": "pick", "column": "nan", "statements": ["s1"]},
        {"do": "pick", "column": "-2"},
        {"do": "undo"},
        {"do": "submit"},
    ):
        yield Forged("/demo/refine", {"data": {"key": new_key(), "csrf_token": scene.attacker.token, **fields}})


def odd_bodies_of_forms(scene: Scene) -> Iterator[Forged]:
    """For every form: files, JSON, endless fields, too much, and bodies that cannot be taken apart."""
    for route in POSTS:
        who = scene.newcomer if route in ("consent", "enter") else scene.attacker
        path, token, own = f"/demo/{route}", {"X-CSRFToken": who.token}, {"cookie": who.cookie}
        if route == "leave":
            token = {"X-CSRFToken": "no"}  # otherwise it is what the page sends
        fields = good_forms(who).get(route, {})
        yield Forged(path, {"data": {name: (io.BytesIO(b"x"), "x.txt") for name in (*fields, "key", "code")}, "headers": token}, **own)
        for raw in ("5", "null", "[1]", '{"key": 5}', '{"key": ["a"], "code": {}}', json.dumps(fields | {"choice": "agree"}), "[" * 10_000):
            if route != "acts":
                yield Forged(path, {"data": raw, "content_type": "application/json", "headers": token}, **own)
        many = "&".join(f"s-{i}=1" for i in range(MOST_FIELDS + 1))
        yield Forged(path, {"data": many, "content_type": "application/x-www-form-urlencoded", "headers": token}, **own)
        yield Forged(path, {"data": "&" * 200_000, "content_type": "application/x-www-form-urlencoded", "headers": token}, **own)
        part = "--b\r\nContent-Disposition: form-data; name=s\r\n\r\n1\r\n"
        multipart = "multipart/form-data; boundary=b"
        for raw in (part * (MOST_FIELDS + 1) + "--b--", part * 3, part[:20], "--b" * 500, "\r\n" * 5000):
            yield Forged(path, {"data": raw, "content_type": multipart, "headers": token}, **own)
        yield Forged(path, {"data": b"x" * (MOST_BYTES + 1), "content_type": "application/x-www-form-urlencoded", "headers": token}, **own)
        yield Forged(path, {"data": b"csrf_token=%ff%fe&key=%ff&code=%ed%a0%80&choice=agree"}, **own)
    just_below = MOST_BYTES - 200
    form = {"content_type": "application/x-www-form-urlencoded", "headers": {"X-CSRFToken": scene.attacker.token}}
    yield Forged("/demo/why", {"data": b"key=forged-large-1&c-s9=" + b"x" * just_below, **form})
    yield as_json(scene.attacker, {"acts": [{"key": new_key(), "act": "comment", "statement": "s9", "text": "x" * just_below}]})
    yield as_json(scene.attacker, {"acts": [{"key": new_key(), "act": "comment", "statement": "s9", "text": "x" * MOST_BYTES}]})


def telling(person: Person) -> dict[str, dict[str, Any]]:
    """For every address what the pages send, so that it is done or answered where cookie and token belong together."""
    move = {"acts": [{"key": new_key(), "act": "place", "statement": "s1", "column": -2}]}
    return good_forms(person) | {
        "acts": {"json": move},
        "consent": {"key": new_key(), "choice": "agree"},
        "presort": {"key": new_key(), "statement": "s1", "pile": "agree"},
        "refine": {"key": new_key(), "do": "pick", "column": "-2", "statements": "s1"},
        "grid/list": {"key": new_key()} | {f"s-{name}": str(column) for name, column in SORT.items()},
        "before": {"key": new_key(), "q-age": "99"},
        "why": {"key": new_key(), "c-s9": "changed"},
        "after": {"key": new_key(), "q-more": "changed"},
        "language": {"language": "es", "page": "grid"},
        "code": {"code": person.code},
        "leave": {},
        "withdraw": {"code": person.code},
    }


def wrong_tokens(scene: Scene) -> Iterator[Forged]:
    """What the pages send, but with tokens that are missing, garbled, or somebody else's, in the form and in the header."""
    signer = SecureCookieSessionInterface().get_signing_serializer(_other_app())
    assert signer is not None
    own = scene.attacker.token
    tokens = ("", "x", own[:-1], own[::-1], own + "x", own.upper(), "\0", "é", "." * 50, "x" * 5000, scene.victim.token, signer.dumps("a" * 40))
    for route in POSTS:
        who = scene.newcomer if route in ("consent", "enter") else scene.attacker
        for token in tokens:
            fields = telling(who)[route]
            if route == "acts":
                yield Forged("/demo/acts", {**fields, "headers": {"X-CSRFToken": token.replace("\0", "")}}, cookie=who.cookie)
            else:
                yield Forged(f"/demo/{route}", {"data": {**fields, "csrf_token": token}}, cookie=who.cookie)
        fields = telling(who)[route]
        yield Forged(f"/demo/{route}", fields if route == "acts" else {"data": fields}, cookie=who.cookie)
        # A page of the attacker's makes the victim's browser send the attacker's token; and the attacker steals a token, but not its cookie.
        token = {"X-CSRFToken": scene.attacker.token}
        body = fields if route == "acts" else {"data": {**telling(scene.victim)[route], "csrf_token": scene.attacker.token}}
        yield Forged(f"/demo/{route}", {**body, "headers": token}, cookie=scene.victim.cookie)
        yield (
            Forged(f"/demo/{route}", {**body, "headers": {"X-CSRFToken": scene.victim.token}}, cookie=scene.attacker.cookie)
            if (route == "acts")
            else Forged(f"/demo/{route}", {"data": {**telling(scene.victim)[route], "csrf_token": scene.victim.token}}, cookie=scene.attacker.cookie)
        )
        yield Forged(f"/demo/{route}", {**body, "headers": token}, cookie=scene.finished.cookie)


def _other_app() -> Flask:
    app = Flask("other")
    app.secret_key = "some other key, guessed by somebody"
    return app


def wrong_cookies(scene: Scene) -> Iterator[Forged]:
    """Cookies that were changed, or sealed or signed by somebody else: they open no sort."""
    signer = SecureCookieSessionInterface().get_signing_serializer(_other_app())
    assert signer is not None
    good = scene.victim.cookie
    stamp, payload, signature = good[:12], good[12:-44], good[-44:]
    other = scene.attacker.cookie
    old, when, by = signer.dumps({"studies": {}}).rsplit(".", 2)
    content = {"_permanent": True, "csrf_token": "a" * 40, "studies": {"demo": {"token": scene.victim.code}}}
    flipped = [good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1 :] for i in range(0, len(good) - 1, max(1, len(good) // 25))]
    cookies = [
        *("", ".", "..", "x", payload, stamp + payload, payload + signature, f".{when}.{by}", f"{old}..{by}", good[:-3], good[1:], good * 2),
        *(stamp + other[12:-44] + signature, stamp + payload + other[-44:], f"{good}=", f"{good}."),
        *(
            f"{payload}.{when}.{by}",
            "x" * 60_000,
            ".eJ" + "A" * 3000,
            "gAAAA" + "A" * 3000,
            Seal("some other key, guessed by somebody").dumps(content),
        ),
        *(signer.dumps(content), signer.dumps(content | {"studies": {"demo": {"code": scene.victim.code, "number": scene.victim.number}}})),
        *("\xff\xfe", "%00", '"' * 40, json.dumps(content), "eyJhbGciOiJub25lIn0.e30."),
        *flipped,
    ]
    form_token = {"X-CSRFToken": scene.victim.token}
    for cookie in cookies:
        move = {"acts": [{"key": new_key(), "act": "return", "statement": "s9"}]}
        yield Forged("/demo/acts", {"json": move, "headers": form_token}, cookie=cookie)
        yield Forged("/demo/submit", {"data": {"key": new_key()}, "headers": form_token}, cookie=cookie)
        yield Forged("/demo/review", method="GET", cookie=cookie)
        yield Forged("/demo/copy.json", method="GET", cookie=cookie)


def replays(scene: Scene) -> Iterator[Forged]:
    """Keys that were used before, with something else behind them."""
    for event in scene.store.events(scene.attacker.number)[:40]:
        if len(event.key) >= 8:
            for act in ({"act": "place", "statement": "s1", "column": -2}, {"act": "comment", "statement": "s9", "text": "other"}):
                yield as_json(scene.attacker, {"acts": [{"key": event.key, **act}]})


HOSTS = ("evil.example", "evil.example:99999", "..", "a" * 300, "\xff", "[::1", "evil.example/demo", "evil example", "@evil.example", "")


def odd_addresses(scene: Scene) -> Iterator[Forged]:
    """Other studies, ways around, other methods, other hosts."""
    token = {"X-CSRFToken": scene.attacker.token}
    move = {"acts": [{"key": new_key(), "act": "place", "statement": "s1", "column": -2}]}
    for path in (
        *(
            "/other/acts",
            "/demo/../demo/acts",
            "/demo/%2e%2e/demo/acts",
            "/..%2fdemo/acts",
            "/%64emo/acts/",
            "/DEMO/acts",
            "//demo/acts/x",
            "/demo%00/acts",
        ),
        *("/demo/acts%00", "/%ff/acts", "/demo;x/acts", "/*/acts", "/demo/.%0d%0aX-Own:1/acts", "/" + "a" * 5000 + "/acts", "/demo /acts"),
        *("/acts", "/demo/acts/acts", "/demo/submit/acts", "/static/acts", "/healthz/acts", "/demo/i/acts"),
    ):
        yield Forged(path, {"json": move, "headers": token})
    for path in (
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/static/%00",
        "/demo/i/%00",
    ):
        yield Forged(path, method="GET")
    for route in POSTS:
        fields = telling(scene.attacker)[route]
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "FOO"):
            yield Forged(f"/demo/{route}", {**(fields if route == "acts" else {"data": fields}), "headers": token}, method=method)
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            yield Forged(f"/demo/{route}", {"query_string": {"_method": "POST"}, "headers": token | {name: "POST"}}, method="GET")
    evil = {
        "X-Forwarded-For": "203.0.113.9, 203.0.113.8",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil.example",
        "Forwarded": "host=evil.example;proto=https",
        "X-Original-URL": "//evil.example/",
        "X-Rewrite-URL": "/demo/submit",
        "Referer": "https://evil.example/",
        "Origin": "https://evil.example",
    }
    for route in ("language", "refine", "submit", "grid", "code"):
        for name, value in evil.items():
            fields = good_forms(scene.attacker)[route]
            yield Forged(f"/demo/{route}", {"data": fields | {"csrf_token": scene.attacker.token}}, headers={name: value})
        for host in HOSTS:
            yield Forged(f"/demo/{route}", {"data": good_forms(scene.attacker)[route] | {"csrf_token": scene.attacker.token}}, headers={"Host": host})
    for path in ("/demo", "/demo//grid", "/demo/grid", "/"):
        for name, value in (*evil.items(), *(("Host", host) for host in HOSTS)):
            yield Forged(path, method="GET", headers={name: value})


FAMILIES = (odd_acts, odd_json, odd_forms, odd_bodies_of_forms, wrong_tokens, wrong_cookies, replays, odd_addresses)
