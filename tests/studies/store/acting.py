"""What the tests of the store do over and over: a study, acts with keys, a whole response."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from qmethod_studies.definition import Study
from qmethod_studies.store import Begun, Handle, Response, Store, Submitted

SLOTS = (-2, -1, -1, 0, 0, 0, 1, 1, 2)
_numbers = count(1)


def make_study(**changed: Any) -> Study:
    """Nine statements in two languages, a question before, two after, all stages."""
    whole: dict[str, Any] = {
        "study": "demo",
        "languages": {"en": {"name": "English"}, "es": {"name": "Español"}},
        "title": {"en": "A demonstration", "es": "Una demostración"},
        "condition": {"en": "Sort by what you think", "es": "Ordene según lo que piensa"},
        "grid": {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1},
        "scale": {"low": {"en": "least", "es": "menos"}, "high": {"en": "most", "es": "más"}},
        "welcome": {"en": "Welcome", "es": "Bienvenida"},
        "consent": {"en": "I agree", "es": "De acuerdo"},
        "questions": {
            "before": [{"id": "age", "type": "number", "label": {"en": "Age", "es": "Edad"}, "required": True, "minimum": 1, "maximum": 120}],
            "after": [
                {
                    "id": "job",
                    "type": "choices",
                    "label": {"en": "Work", "es": "Trabajo"},
                    "options": {"field": {"en": "In a field", "es": "En un campo"}, "desk": {"en": "At a desk", "es": "En un escritorio"}},
                },
                {
                    "id": "crop",
                    "type": "text",
                    "label": {"en": "Which crop?", "es": "¿Qué cultivo?"},
                    "required": True,
                    "show_if": {"question": "job", "is": ["field"]},
                },
            ],
        },
        "statements": [{"id": f"s{i}", "text": {"en": f"Statement {i}", "es": f"Afirmación {i}"}, "tags": ["odd"] * (i % 2)} for i in range(1, 10)],
    }
    return Study.model_validate({**whole, **changed})


def new_key() -> str:
    return f"key-{next(_numbers):08d}"


def act(name: str, **parts: Any) -> dict[str, Any]:
    """An act with a key of its own."""
    return {"key": new_key(), "act": name, **parts}


def begin(store: Store, study: Study, **given: Any) -> Begun:
    return store.begin(study, **{"language": "en", "key": new_key(), **given})


def piles(study: Study, pile: str = "agree") -> list[dict[str, Any]]:
    return [act("pile", statement=name, pile=pile) for name in study.ids]


def places(study: Study, slots: tuple[float, ...] = SLOTS) -> list[dict[str, Any]]:
    return [act("place", statement=name, column=column) for name, column in zip(study.ids, slots, strict=True)]


def fill(
    store: Store,
    study: Study,
    response: Handle,
    comments: Mapping[str, str] | None = None,
    slots: tuple[float, ...] = SLOTS,
    *,
    last: bool = True,
) -> Response:
    """Everything that a response needs before it can be submitted; what is asked after the sorts comes with the last one."""
    saved = store.save(
        response,
        [
            act("answer", question="age", value="44"),
            act("finish", stage="before"),
            *piles(study),
            act("finish", stage="presort"),
            *places(study, slots),
            act("finish", stage="grid"),
            *(act("comment", statement=name, text=text) for name, text in (comments or {}).items()),
            act("finish", stage="why"),
            *([act("finish", stage="after")] if last else []),
        ],
    )
    assert {result.outcome for result in saved.results} == {"saved"}
    return saved.response


def submitted(
    store: Store,
    study: Study,
    comments: Mapping[str, str] | None = None,
    slots: tuple[float, ...] = SLOTS,
    answers: Mapping[str, Any] | None = None,
    **given: Any,
) -> Begun:
    """A submitted response and its code."""
    begun = begin(store, study, **given)
    store.save(begun.response.handle, [act("answer", question=name, value=value) for name, value in (answers or {}).items()])
    fill(store, study, begun.response.handle, comments, slots)
    done = store.submit(begun.response.handle, new_key())
    assert isinstance(done, Submitted)
    return Begun(begun.code, done.response)
