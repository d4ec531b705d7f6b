"""What works on what a respondent sends takes time in proportion to its length.

The functions are found by walking the modules of studies and pages, so that a new one is measured too. Each is given texts, lists and tables, and
then the same ten times as long: where that takes fifteen times as long and more, and a hundred times as much five hundred times as long and more,
somebody can keep a server busy by writing much.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import math
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest

import qmethod_studies
import qmethod_webform
from qmethod_studies.questions import KINDS, Question
from qmethod_studies.questions.answers import AnswerError, clean_address
from qmethod_studies.sorting import Board, History
from qmethod_studies.store.acts import State, after
from qmethod_studies.store.stages import missing
from tests.studies.made import question
from tests.studies.store.acting import SLOTS, act, make_study, places

SIGNS = 1_000
TIMES = 5
"""How often both are measured before their ratio is believed: other programs share the processor, and make nothing faster."""
MOST = 15
CERTAIN = 50
"""What is slower than this needs no more looking at: a hundred would be the square of ten."""
MOST_OF_HUNDRED = 500
"""A hundred times as much may not fit into the memory that is fast, which makes it slower by a factor: its square would be 10,000."""
TOO_SHORT_TO_TELL = 0.003
TEXTS: dict[str, Callable[[int], str]] = {
    "words": lambda n: "why not " * (n // 8),
    "half Chinese": lambda n: "".join(chr(0x4E00 + i % 20_000) + "ab"[i % 2] for i in range(n // 2)),
    "emoji": lambda n: "🧑‍🌾" * (n // 3),
    "tags": lambda n: "<a b=" * (n // 5),
    "lines": lambda n: "a\r\n" * (n // 3),
    "figures": lambda n: "9" * n,
}
OF_TEXT: dict[str, Callable[[str], Any]] = {
    "str": str,
    "object": str,
    "Any": str,
    "str | None": str,
    "Sequence[str]": lambda text: [f"{i} {text[i : i + 5]}" for i in range(0, len(text), 5)],
    "Iterable[str]": lambda text: [f"{i} {text[i : i + 5]}" for i in range(0, len(text), 5)],
    "tuple[str, ...]": lambda text: tuple(f"{i} {text[i : i + 5]}" for i in range(0, len(text), 5)),
    "Mapping[str, str]": lambda text: {f"s{i}": text[i : i + 5] for i in range(0, len(text), 5)},
    "Mapping[str, Any]": lambda text: {f"s{i}": text[i : i + 5] for i in range(0, len(text), 5)},
    "Mapping[str, float]": lambda text: {f"s{i}": 0 for i in range(0, len(text), 5)},
}
"""What is made longer, by how a parameter is written down."""
STUDY = make_study(why={"columns": 1, "minimum_words": 1}, questions={"before": [{"id": "told", "type": "text", "label": {"en": "a", "es": "b"}}]})
OTHERS: dict[str, Any] = {
    "int": 10**9,
    "float": 1.0,
    "float | None": None,
    "bool": False,
    "Study": STUDY,
    "Board": Board(),
    "Container[str]": (),
    "Question": STUDY.questions.before[0],
    "Answers": {},
    "Iterable[Question]": STUDY.questions.before,
    "Collection[str]": (),
    "Callable[[str], bool]": bool,
}
BOUNDED = {"qmethod_studies.plain_text.plain_text", "qmethod_studies.plain_text.pictures_in", "qmethod_webform.mail.letter"}
"""The first two read studies that a researcher imports, and refuse more tags than they read in a second; respondents' texts never come to them.
A letter goes to an address that `clean_address` took, which is short."""


def functions() -> Iterator[tuple[str, Callable[..., Any], list[str]]]:
    """Every function of the two packages that can be called with something longer, and how its parameters are written down."""
    for package in (qmethod_studies, qmethod_webform):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" in found.name:
                continue
            module = importlib.import_module(found.name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                kinds = [str(one.annotation) for one in inspect.signature(function).parameters.values()]
                whole = all(kind in OF_TEXT or kind in OTHERS for kind in kinds)
                if function.__module__ == found.name and whole and any(kind in OF_TEXT for kind in kinds):
                    yield f"{found.name}.{name}", function, kinds


def seconds(call: Callable[[], object]) -> float:
    """Processor time of the fastest of three calls, whatever comes of it; of this thread, and without looking through what all tests have made."""
    taken = []
    gc.disable()
    for _ in range(3):
        begun = time.thread_time()
        with suppress(Exception):  # what cannot be read is refused: that is to be as quick
            call()
        taken.append(time.thread_time() - begun)
        if taken[0] > 1:
            break
    gc.enable()
    return min(taken)


def too_slow(call: Callable[[int], Callable[[], object]], size: int) -> float | None:
    """How many times longer ten times the input takes, where that is too long however often it is measured, and of a hundred times as much too."""
    ratio = longer(call, size, 10, MOST)
    if ratio is None or ratio > CERTAIN:
        return ratio
    return ratio if longer(call, size, 100, MOST_OF_HUNDRED) is not None else None


def longer(call: Callable[[int], Callable[[], object]], size: int, times: int, most: float) -> float | None:
    """How many times longer so many times the input takes, by the fastest of each; None where it is once no longer than is allowed."""
    much = little = math.inf
    for _ in range(TIMES):
        much = min(much, seconds(call(times * size)))
        little = min(little, seconds(call(size)))
        if much < TOO_SHORT_TO_TELL or much <= most * little:
            return None
    return much / max(little, 1e-6)


def called(function: Callable[..., Any], kinds: list[str], which: int, text: Callable[[int], str]) -> Callable[[int], Callable[[], object]]:
    def of_size(n: int) -> Callable[[], object]:
        given = [OF_TEXT[kind](text(n)) if i == which else "x" if kind in OF_TEXT else OTHERS[kind] for i, kind in enumerate(kinds)]
        names = list(inspect.signature(function).parameters)
        only = [name for name, one in inspect.signature(function).parameters.items() if one.kind is one.KEYWORD_ONLY]
        plain = [value for name, value in zip(names, given, strict=True) if name not in only]
        return lambda: function(*plain, **{name: value for name, value in zip(names, given, strict=True) if name in only})

    return of_size


def test_ten_times_the_text_takes_about_ten_times_as_long() -> None:
    found = list(functions())
    assert {"qmethod_studies.answering.has_words", "qmethod_studies.questions.answers.clean_text", *BOUNDED} <= {name for name, _, _ in found}
    slow = {
        f"{name}, {what}": ratio
        for name, function, kinds in found
        for i, kind in enumerate(kinds)
        if kind in OF_TEXT and name not in BOUNDED
        for what, text in TEXTS.items()
        if OF_TEXT[kind] is str or what == "words"
        if (ratio := too_slow(called(function, kinds, i, text), SIGNS)) is not None
    }
    assert slow == {}


def test_no_long_address_comes_to_a_letter() -> None:
    with pytest.raises(AnswerError):
        clean_address("a" * 250 + "@example.org")


def test_words_counted_by_looking_each_sign_up_in_a_list_would_be_found() -> None:
    def looked_up(text: str) -> int:
        chinese = [sign for sign in text if sign > "\u3400"]
        return len([sign for sign in text if sign in chinese])

    assert too_slow(called(looked_up, ["str"], 0, TEXTS["half Chinese"]), SIGNS) is not None


@pytest.mark.parametrize(
    ("takes", "found"),
    [
        (lambda n: n, False),
        (lambda n: n * math.log(n), False),
        (lambda n: n * (3 if n > SIGNS else 1), False),  # what is reached more slowly where there is much
        (lambda n: n + n**2 / (6 * SIGNS), True),
        (lambda n: n**1.5, True),
        (lambda n: n**2, True),
        (lambda n: 5 * n + 1.005**n, True),
    ],
)
def test_what_counts_as_too_slow(takes: Callable[[int], float], found: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.webform.test_linear.seconds", lambda call: call())
    assert (too_slow(lambda n: lambda: takes(n), SIGNS) is not None) == found


ACTS: dict[str, Callable[[int], Mapping[str, Any]]] = {
    "place": lambda i: act("place", statement=f"s{1 + i % 9}", column=SLOTS[i % 9]),
    "swap": lambda i: act("swap", statement="s1", other=f"s{2 + i % 8}"),
    "arrange": lambda i: act("arrange", columns=dict(zip([f"s{1 + (i + j) % 9}" for j in range(9)], SLOTS, strict=True))),
    "undo and redo": lambda i: act(("undo", "redo")[i % 2]),
    "pile": lambda i: act("pile", statement=f"s{1 + i % 9}", pile="agree"),
    "draft": lambda i: act("draft", columns=dict.fromkeys([f"s{1 + j}" for j in range(9)], i % 2)),
    "finish": lambda i: act("finish", stage="why"),
    "comment": lambda i: act("comment", statement=f"s{1 + i % 9}", text=TEXTS["half Chinese"](500)),
}


@pytest.mark.parametrize("kind", ACTS)
def test_ten_times_the_acts_take_about_ten_times_as_long(kind: str) -> None:
    begun = State(History(), None, {}, {"s1": TEXTS["half Chinese"](500), "s9": TEXTS["half Chinese"](500)}, frozenset(), "en")
    for one in places(STUDY):
        begun, _ = after(STUDY, begun, one, seed="x")

    def of_size(n: int) -> Callable[[], object]:
        acts = [ACTS[kind](i) for i in range(n)]

        def all_of_them() -> None:
            state = begun
            for one in acts:
                state, _ = after(STUDY, state, one, seed="x")

        return all_of_them

    of_size(2)()  # they are not refused
    assert too_slow(of_size, 60) is None


def test_ten_times_the_comments_are_looked_through_in_about_ten_times_the_time() -> None:
    def of_size(n: int) -> Callable[[], object]:
        comments = dict.fromkeys(STUDY.ids, TEXTS["half Chinese"](n))
        board = Board(places=History().after(STUDY, {"act": "arrange", "columns": dict(zip(STUDY.ids, SLOTS, strict=True))}).board.places)
        return lambda: missing(STUDY, board, {}, comments, frozenset())

    assert too_slow(of_size, SIGNS) is None


def of_question(one: Question) -> Callable[[int], Callable[[], object]]:
    return lambda n: lambda: one.clean(TEXTS["half Chinese"](n))


def test_every_kind_of_question_takes_a_long_answer_in_time() -> None:
    questions = [question(name, **{key: value for key, value in kind.example().items() if key not in ("type", "id")}) for name, kind in KINDS.items()]
    assert {one.type: ratio for one in questions if (ratio := too_slow(of_question(one), SIGNS)) is not None} == {}
