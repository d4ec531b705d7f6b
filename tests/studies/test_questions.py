"""The kinds of questions: what each keeps and refuses, and what holds for all of them, those of tomorrow among them."""

from __future__ import annotations

import hashlib
import json
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from qmethod.errors import DataError
from qmethod.minus import MINUSES
from qmethod_studies import questions as room
from qmethod_studies.answering import shown, unanswered
from qmethod_studies.definition import Study
from qmethod_studies.loading import load
from qmethod_studies.questions import KINDS, Kind, Question
from qmethod_studies.questions.answers import AnswerError, Reason, clean_text
from qmethod_studies.questions.number import NumberQuestion
from qmethod_studies.store import Store
from qmethod_studies.writing import write
from tests.studies.drawn_questions import questions
from tests.studies.made import question, study
from tests.studies.store.acting import act, begin, make_study

OPTIONS = {"a": "A", "b": "B"}
# What a question of a kind must say of itself; a kind that needs nothing is tried without an entry.
OWN: dict[str, dict[str, Any]] = {
    "text": {"longest": 10},
    "long_text": {},
    "number": {"minimum": 0, "maximum": 99.5},
    "choice": {"options": OPTIONS},
    "choices": {"options": OPTIONS},
    "rating": {"minimum": 1, "maximum": 5},
    "matrix": {"options": OPTIONS, "rows": {"r": "R", "s": "S"}},
    "information": {},
    "date": {"earliest": "2020-01-01", "latest": "2020-12-31"},
    "select": {"options": OPTIONS},
    "slider": {"minimum": 0, "maximum": 10},
    "ranking": {"options": {"a": "A", "b": "B", "c": "C"}},
}


def sample(kind: str, **changes: Any) -> Question:
    return question(kind, **(OWN.get(kind, {}) | changes))


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", " x ", " x "),
        ("text", "   ", None),
        ("long_text", "a\r\nb\rc", "a\nb\nc"),
        ("number", "7", 7),
        ("number", "7,5", 7.5),
        ("number", 0, 0),
        ("choice", "a", "a"),
        ("choices", ["b", "a"], ["a", "b"]),
        ("choices", [], None),
        ("rating", "5", 5),
        ("matrix", {"s": "a", "r": ""}, {"s": "a"}),
        ("matrix", {}, None),
        ("choice", "", None),
        ("date", " 2020-02-29 ", "2020-02-29"),
        ("email", " Ana.Ruiz+q@post.example.org ", "Ana.Ruiz+q@post.example.org"),
        ("select", "b", "b"),
        ("slider", "7,5", 7.5),
        ("ranking", {"b": "1", "a": 3, "c": ""}, {"a": 3, "b": 1}),
        ("ranking", {"b": ""}, None),
    ],
)
def test_what_is_kept(kind: str, value: object, kept: object) -> None:
    assert sample(kind).clean(value) == kept


@pytest.mark.parametrize("sign", "-" + MINUSES)
def test_whoever_answers_may_use_any_minus_sign(sign: str) -> None:
    assert sample("number", minimum=-10).clean(f"{sign}7,5") == -7.5
    assert sample("rating", minimum=-3, maximum=3).clean(f" {sign}2") == -2


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("text", "01234567890", "too-long"),
        ("text", "a\0", "malformed"),
        ("text", "\ud800", "malformed"),
        ("text", 3, "malformed"),
        ("number", "seven", "not-a-number"),
        ("number", "nan", "not-a-number"),
        ("number", "1e999", "not-a-number"),
        ("number", -1, "too-small"),
        ("number", 100, "too-large"),
        ("number", True, "malformed"),
        ("rating", 2.5, "not-a-number"),
        ("rating", 6, "too-large"),
        ("choice", "c", "unknown-option"),
        ("choice", ["a"], "malformed"),
        ("choices", ["a", "a", "b"], "malformed"),
        ("choices", "a", "malformed"),
        ("matrix", {"t": "a"}, "unknown-row"),
        ("matrix", {"r": "c"}, "unknown-option"),
        ("information", "x", "nothing-to-answer"),
        ("date", "2021-02-29", "not-a-day"),
        ("date", "29.2.2020", "not-a-day"),
        ("date", "20200229", "not-a-day"),
        ("date", "2019-12-31", "too-early"),
        ("date", "2021-01-01", "too-late"),
        ("date", 737484, "malformed"),
        ("email", "ana", "not-an-address"),
        ("email", "ana@host", "not-an-address"),
        ("email", "a@b.c, d@e.f", "not-an-address"),
        ("email", "Ana <ana@b.org>", "not-an-address"),
        ("email", "a@" + "b" * 300 + ".org", "too-long"),
        ("select", "c", "unknown-option"),
        ("slider", 11, "too-large"),
        ("ranking", {"a": 1, "b": "1"}, "same-rank"),
        ("ranking", {"a": 4}, "too-large"),
        ("ranking", {"a": 0}, "too-small"),
        ("ranking", {"a": 1.5}, "not-a-number"),
        ("ranking", {"d": 1}, "unknown-option"),
        ("ranking", ["a", "b"], "malformed"),
        ("choice", "other:x", "unknown-option"),
    ],
)
def test_what_is_no_answer(kind: str, value: object, code: str) -> None:
    with pytest.raises(AnswerError) as error:
        sample(kind).clean(value)
    assert error.value.code == code


@given(
    st.sampled_from(sorted(KINDS)),
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)),
)
def test_anything_is_kept_or_refused_and_what_is_kept_is_kept_again(kind: str, value: object) -> None:
    one = sample(kind)
    try:
        kept = one.clean(value)
    except AnswerError:
        return
    assert one.clean(kept) == kept


def test_what_is_written_beside_an_option_is_kept_with_it_and_told_apart() -> None:
    one = sample("choice", other="Else")
    assert one.clean("other") == one.clean("other:") == one.clean("other: \n") == "other"
    assert one.clean("other:a: b") == "other:a: b"
    assert list(one.exported("other:a: b")) == [(None, "other"), ("other", "a: b")]
    assert one.spoken("other:a: b", "en") == "Else: a: b"
    assert one.named("other:a: b") == ["other"]
    follow = question("text", "then", show_if={"question": "q", "is": ["other"]})
    assert shown([one, follow], {"q": "other:gardening"}) == [one, follow]
    with pytest.raises(AnswerError, match="too-long"):
        one.clean("other:" + "x" * 501)
    with pytest.raises(ValueError, match="no other option can have the id other"):
        sample("select", options={"other": "A"}, other="Else")


def test_options_go_together_as_their_author_says() -> None:
    options = {"a": "A", "b": "B", "c": "C", "none": "None of these"}
    one = sample("choices", options=options, alone=["none"], least=2, most=2, other="Else")
    assert one.clean(["b", "other:x"]) == ["b", "other:x"]
    assert one.clean(["none"]) == ["none"]
    for value, code in ((["none", "a"], "goes-alone"), (["a", "b", "c"], "too-many")):
        with pytest.raises(AnswerError, match=code):
            one.clean(value)
    assert one.clean(["other:x", "other:y"]) == ["other:y"]  # one option, and the last line of it
    assert unanswered([one], {"q": ["a"]}) == [one]
    assert unanswered([one], {"q": ["none"]}) == unanswered([one], {"q": ["a", "b"]}) == unanswered([one], {}) == []
    for wrong in ({"alone": ["z"]}, {"least": 5}, {"most": 4, "alone": ["a"]}, {"least": 3, "most": 2}):
        with pytest.raises(ValueError, match=r"alone|least|most"):
            sample("choices", **{"options": options} | wrong)


@pytest.mark.parametrize("kind", ["text", "long_text"])
def test_a_text_can_be_too_short(kind: str) -> None:
    one = sample(kind, shortest=5, longest=10)
    assert unanswered([one], {"q": one.clean(" abc ")}) == [one]
    assert unanswered([one], {"q": one.clean("abcde")}) == unanswered([one], {}) == []
    with pytest.raises(ValueError, match="shortest"):
        sample(kind, shortest=11, longest=10)


@given(st.text().filter(lambda text: "\r" not in text and "\0" not in text))
def test_text_stays_as_it_is(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert clean_text(text, 10**6) == text


# ---- what holds for every kind

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)
)
EVERY = pytest.mark.parametrize("kind", KINDS)


def sent(kept: Any) -> Any:
    """A kept answer as a form sends it."""
    return str(kept) if isinstance(kept, int | float) else kept


def test_every_kind_is_a_final_class_in_a_module_of_its_name() -> None:
    """A type checker then refuses a kind that leaves something unsaid."""
    classes = {
        part for module in pkgutil.iter_modules(room.__path__) for part in vars(import_module(f"{room.__name__}.{module.name}")).values()
        if isinstance(part, type) and issubclass(part, Question) and part.__module__ != Question.__module__  # what several kinds share stands there
    }  # fmt: skip
    assert classes == set(get_args(Kind)) == set(KINDS.values())
    for name, kind in KINDS.items():
        assert kind.__module__ == f"{room.__name__}.{name}"
        assert vars(kind)["__final__"]
        assert not kind.__abstractmethods__
        assert kind.__doc__


@EVERY
def test_the_example_of_a_kind_is_one(kind: str) -> None:
    example = KINDS[kind].example()
    made = question(kind, **{key: value for key, value in example.items() if key not in ("type", "id")})
    assert type(made) is KINDS[kind]
    assert example["type"] == kind


@pytest.mark.parametrize(("low", "high"), [(-2, -1.5), (-1.5, -1.2), (-7.5, -3.5), (0.2, 0.4), (1.5, 3.5)])
def test_a_number_that_it_draws_keeps_its_limits(low: float, high: float) -> None:
    one = NumberQuestion.model_validate({"id": "a", "type": "number", "label": "A", "minimum": low, "maximum": high})
    assert all(low <= one.simulated(np.random.default_rng(seed)) <= high for seed in range(20))


@EVERY
@given(st.data(), st.integers(0, 2**32 - 1))
def test_an_answer_that_it_draws_is_kept_and_can_be_told(kind: str, data: st.DataObject, seed: int) -> None:
    one = data.draw(questions(kind))
    answer = one.simulated(np.random.default_rng(seed))
    if not one.answerable:
        with pytest.raises(AnswerError, match="nothing-to-answer"):
            one.clean(answer)
        return
    kept = one.clean(answer)
    assert kept is not None
    assert one.clean(kept) == one.clean(sent(kept)) == kept
    assert json.loads(json.dumps(kept)) == kept
    required = one.model_copy(update={"required": True})
    assert unanswered([required], {one.id: kept}) == []
    assert unanswered([required], {}) == [required]
    for language in ("en", "es"):
        assert one.spoken(kept, language).strip()
        texts = one.option_texts(language)
        explained = {(column, value) for column, value, _ in one.meanings(language)}
        for row, value in one.exported(kept):
            assert isinstance(value, str | int | float)
            assert row is None or ("row", row) in explained
            assert not texts or (one.beside and row) or (("value", value) in explained and texts[value] in one.spoken(kept, language))
        match one.compared:
            case "options":
                assert all(value in texts for value in one.named(kept))
            case "number":
                float(kept)


@EVERY
@given(st.data(), st.integers(0, 2**32 - 1))
def test_a_condition_can_name_what_is_answered_or_no_condition_can(kind: str, data: st.DataObject, seed: int) -> None:
    one = data.draw(questions(kind))
    possible = one.possible_values()
    if possible == ():
        return
    kept = one.clean(one.simulated(np.random.default_rng(seed)))
    for value in one.named(kept):
        assert possible is None or str(value) in possible
        follow = question("text", "follow-" + one.id, show_if={"question": one.id, "is": [str(value)]})
        assert shown([one, follow], {one.id: kept}) == [one, follow]


@EVERY
@given(st.data(), JSON)
def test_whatever_comes_in_is_kept_for_good_or_refused_with_a_reason(kind: str, data: st.DataObject, value: object) -> None:
    one = data.draw(questions(kind))
    reason, kept = None, None
    try:
        kept = one.clean(value)
    except AnswerError as error:
        reason = error.code
    if reason is not None or not one.answerable:
        assert reason in get_args(Reason)
        return
    assert one.clean(kept) == kept
    assert kept is None or list(one.exported(kept))
    json.dumps(kept)


@EVERY
@given(st.data())
def test_a_definition_comes_back_from_the_store(kind: str, data: st.DataObject) -> None:
    made = make_study(questions={"after": [data.draw(questions(kind)).model_dump(mode="json", by_alias=True)]})
    again = Study.model_validate_json(made.model_dump_json(by_alias=True))
    assert again == made
    assert again.digest() == made.digest()


@EVERY
def test_a_definition_comes_back_from_files(kind: str, tmp_path: Path) -> None:
    made = study(contact="me", questions={"before": [KINDS[kind].example()]})
    write(made, tmp_path)
    [again] = load(tmp_path).questions
    assert type(again) is KINDS[kind]
    named = made.model_dump(mode="json")["questions"]["before"][0]
    assert json.loads(again.model_dump_json().replace('"en":', '"":')) == named


# ---- what stores hold of earlier definitions

STORED = (Path(__file__).parent / "stored_definition.json").read_text(encoding="utf-8")
"""A definition as it was stored when all kinds had the same keys, and its digest then."""
DIGEST = "40a9f82c45b563887b6b5ba16eb8d4128986c53ff4949c939056b9fd648d4a7e"


def test_a_stored_definition_is_the_same_to_the_byte() -> None:
    stored = Study.model_validate_json(STORED)
    now = json.loads(stored.model_dump_json(by_alias=True))
    assert now.pop("groups") == {}  # keys that came later, both empty
    assert now.pop("oppositions") == []
    assert list(now) == list(json.loads(STORED))
    assert json.dumps(now, ensure_ascii=False, separators=(",", ":")) == STORED
    whole = stored.structure()
    for statement, there in zip(whole["statements"], stored.statements, strict=True):
        statement["tags"] = list(there.tags)  # they counted then
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == DIGEST


def test_keys_that_meant_nothing_do_not_keep_a_study_from_going_on(tmp_path: Path) -> None:
    """They were taken once. A file must do without them now; the responses that are there stay with the version."""
    choice = {"id": "job", "type": "choice", "label": {"en": "Work"}, "options": {"a": {"en": "A"}}}
    now = make_study(questions={"before": [choice]})
    address = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    with Store.open(address) as store:
        store.register(now)
        number = begin(store, now).response.handle
    old = now.model_dump(mode="json", by_alias=True)
    old["questions"]["before"][0] |= {"longest": 77, "low": {"en": "Low"}}
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("UPDATE study_version SET definition = :d, digest = 'of then'"), {"d": json.dumps(old)})
    engine.dispose()
    with Store.open(address) as store:
        assert store.study("demo").questions == now.questions
        store.register(now)
        assert store.save(number, [act("answer", question="job", value="a")]).response.answers == {"job": "a"}
        begin(store, now)
        with pytest.raises(DataError, match="options"):
            store.register(make_study(questions={"before": [{**choice, "options": {"a": {"en": "A"}, "b": {"en": "B"}}}]}))


@pytest.mark.parametrize(("key", "value"), [("longest", "77"), ("low", "Low"), ("rows", "{a: A}"), ("minimum", "3")])
def test_a_key_of_another_kind_is_a_fault_of_a_file(tmp_path: Path, key: str, value: str) -> None:
    write(study(questions={"before": [KINDS["choice"].example()]}), tmp_path)
    file = tmp_path / "study.yaml"
    file.write_text(file.read_text().replace("      type: choice\n", f"      type: choice\n      {key}: {value}\n"))
    with pytest.raises(DataError, match=rf"`questions.before\[0\].{key}` means nothing for a question of type choice") as error:
        load(tmp_path)
    assert error.value.faults[0].line == next(i for i, line in enumerate(file.read_text().splitlines(), 1) if f" {key}: " in line)


def test_the_keys_of_all_kinds_may_stand_empty(tmp_path: Path) -> None:
    """As a definition in an export has them."""
    made = study(contact="me", questions={"before": [kind.example() for kind in KINDS.values()]})
    (tmp_path / "study.yaml").write_text(made.model_dump_json(by_alias=True), encoding="utf-8")
    read = load(tmp_path).questions
    assert [type(one) for one in read] == [*KINDS.values()]
    assert read.model_dump_json().replace('"en":', '"":') == made.questions.model_dump_json()


def test_a_kind_that_only_a_newer_version_knows_is_told(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    with Store.open(address) as store:
        store.register(make_study())
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("""UPDATE study_version SET definition = replace(definition, '"number"', '"fragrance"')"""))
    engine.dispose()
    with Store.open(address) as store, pytest.raises(DataError, match=r"does not know: questions.before.0(.|\n)*newer version"):
        store.study("demo")
