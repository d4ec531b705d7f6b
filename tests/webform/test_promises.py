"""What is said of what is kept, gone, known or seen by whom has a test that could prove it false.

`promises.toml` holds the sentences with their tests. What the words below find in the pages, the documentation, the README of an export and the text
of consent that ships must stand there; so does a test that a sentence names. The tests of this module look into the files themselves.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from qmethod_studies import library
from qmethod_studies.export import collect, export
from qmethod_studies.loading import load
from qmethod_studies.starting import starting_files
from qmethod_studies.store import Store, models
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.days import day
from tests.studies.store.acting import act, begin, fill, make_study
from tests.studies.store.raw import keys, raw, spellings

ROOT = Path(__file__).parents[2]
WORDS = re.compile(
    r"\b(kept|keeps|stored?|deletes?d?|eras\w+|forg[eo]t\w*|no more|nobody|remains?|remember\w*|withdr[ae]w\w*|cookie|overwrit\w+|sealed|alone)\b",
    re.IGNORECASE,
)
PAGES = ("docs/survey.md", "docs/data.md")


def sentences(whole: str) -> list[str]:
    """The sentences of a text in Markdown, each in one line; a row of a table is one."""
    plain = re.sub(r"```.*?```", "", whole, flags=re.DOTALL)
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n|\n(?=[|-] )|\n(?=#+ )", plain))
    return [one for part in parts for one in ([part] if part.startswith("|") else re.split(r"(?<=[.!?])\s+(?=[A-Z`*\[])", part))]


@cache
def said() -> tuple[str, ...]:
    """Every sentence that says something of what is kept."""
    found = [one for page in PAGES for one in sentences((ROOT / page).read_text(encoding="utf-8"))]
    with (ROOT / "webform/qmethod_webform/translations/es/LC_MESSAGES/messages.po").open("rb") as file:
        found += [one for message in read_po(file) if message.id for one in ([message.id] if isinstance(message.id, str) else message.id)]
    yaml = starting_files("park", ["en"])["study.yaml"]
    [consent] = re.findall(r"^consent: (.*)$", yaml, re.MULTILINE)
    found += sentences(consent.strip('"'))
    found += sentences(load(library.path("leadership")).consent.in_("en"))
    guide = ast.parse((ROOT / "studies/qmethod_studies/export_guide.py").read_text(encoding="utf-8"))
    found += [node.value for node in ast.walk(guide) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return tuple(dict.fromkeys(one for one in found if WORDS.search(one)))


@cache
def table() -> dict[str, list[list[str]]]:
    """Sentences, proven or not, with the tests that each is proven by."""
    whole = tomllib.loads(Path(__file__).with_name("promises.toml").read_text(encoding="utf-8"))
    found: dict[str, list[list[str]]] = {}
    for part in (*whole["proven"], *whole["advice"]):
        for one in part["sentences"]:
            found.setdefault(one, []).append(part.get("by", []))
    return found


def test_whatever_is_said_of_what_is_kept_has_its_proof() -> None:
    assert [one for one in said() if one not in table()] == []


def test_a_new_promise_would_be_found() -> None:
    for new in ("We keep nothing. Nobody reads your answers.", "Your answers are stored on the moon.", "Erased is what you take back."):
        assert any(WORDS.search(one) and one not in table() for one in sentences(new))


def test_every_proof_is_a_test_and_every_sentence_is_said() -> None:
    everything = " ".join(said()) + " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in _sources())
    assert [one for one in table() if one not in everything] == []
    assert [one for one, proofs in table().items() if len(proofs) > 1] == []
    for [proofs] in table().values():
        for proof in proofs:
            file, _, name = proof.partition("::")
            assert name in _tests(file), proof


def _sources() -> list[Path]:
    return [*(ROOT / page for page in PAGES), ROOT / "studies/qmethod_studies/definition.py", ROOT / "studies/qmethod_studies/export_guide.py"]


@cache
def _tests(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


# ---- what lies on the disk


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """A form as its page sends it."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', client.get(path).text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **fields})


def test_what_lies_on_the_disk_of_who_declined_and_who_withdrew(store_url: str) -> None:
    """By the pages, as people do it: an id from the address, words, an invitation; then every file of the database is read."""
    study, linked = make_study(access={"kind": "open"}), make_study(study="linked", access={"kind": "link"})
    declined, gone, invited = "decliner-4711@example.org", "ann-0815@example.org", "zoe-2342@example.org"
    words = "words that are unmistakable"
    with Store.open(store_url) as store:
        store.register(study)
        store.register(linked)
        (link,) = store.invite("linked", "link", participants=[invited])
        app = create_app([study, linked], store, Settings(database=store_url))
        one = app.test_client()
        assert one.get("/demo/", query_string={"participant": declined}).status_code == 200
        assert send(one, "/demo/consent", key="key-of-the-decliner", choice="decline").location == "/demo/declined"
        other = app.test_client()
        other.get("/demo/", query_string={"participant": gone})
        assert send(other, "/demo/consent", key="key-of-who-goes", choice="agree").status_code == 302
        (response,) = store.responses("demo")
        fill(store, study, response.handle, {"s3": words})
        shown = response.order
        begun = begin(store, study, key="key-of-who-goes")
        assert send(other, "/demo/withdraw", code=begun.code).location == "/demo/withdraw"
        assert store.declined("demo", 1) == [day()]
        third = app.test_client()
        third.get(f"/linked/i/{link.secret}")
        assert send(third, "/linked/consent", key="key-of-the-invited", choice="agree").status_code == 302
        invitation = store.invitation("linked", "link", link.secret)
        assert invitation is not None
        own = store.by_invitation("linked", invitation)
        assert own is not None
        with store._read() as connection:
            [key] = connection.scalars(select(models.invitation.c.key_name)).all()
        assert store._keys.has(str(key))
        assert send(third, "/linked/withdraw", code=own).location == "/linked/withdraw"
        assert not store._keys.has(str(key))
        held = [raw(store_url), keys(store_url)]
        for text_ in (declined, gone, words, begun.code, "key-of-the-decliner", invited, own, link.secret, "key-of-the-invited"):
            assert not any(spelling in part for spelling in spellings(text_) for part in held), text_
        if store_url.startswith("sqlite"):
            assert json.dumps(list(shown)).encode() not in held[0]
        assert [store.withdrawals(name) for name in ("demo", "linked")] == [1, 1]


def test_the_event_log_repeats_nothing_that_was_written(store_url: str) -> None:
    study = make_study()
    with Store.open(store_url) as store:
        store.register(study)
        begun = begin(store, study)
        fill(store, study, begun.response.handle, {"s1": "words that are unmistakable"})
        store.save(begun.response.handle, [act("answer", question="job", value=["field"]), act("answer", question="crop", value="beetroot 4711")])
        with store._engine.connect() as connection:
            log = "\n".join(str(tuple(row)) for row in connection.execute(select(models.event)))
    assert "comment" in log
    assert not [one for one in ("unmistakable", "beetroot", "field", "'44'", ": 44") if one in log]


def test_what_the_consent_text_that_ships_says_is_stored(store_url: str) -> None:
    """How statements are placed, answers, every move with its time, the language, and the consent with its time; and no more than that."""
    study = make_study()
    with Store.open(store_url) as store:
        store.register(study)
        begun = begin(store, study, language="es")
        fill(store, study, begun.response.handle, {"s1": "words"})
        read = store.response(begun.response.handle)
        assert read is not None
        assert (len(read.board.places), read.answers["age"], read.language) == (9, 44, "es")
        assert all(event.at.tzinfo is not None for event in store.events(read.id))
        assert sum(event.act == "place" for event in store.events(read.id)) == 9
        with store._engine.connect() as connection:
            kept = {name for name in models.metadata.tables if connection.scalar(text(f'SELECT count(*) FROM "{name}"'))}
        assert kept == {"store", "generation", "study", "study_version", "person", "response", "consent", "placement", "answer", "comment", "event"}
        files = export(collect(store, "demo")).files
    assert b"127.0.0.1" not in b"".join(files.values())
