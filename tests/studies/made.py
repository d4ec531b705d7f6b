"""Small studies for tests, made in code."""

from __future__ import annotations

from typing import Any

from qmethod_studies.definition import Questions, Study
from qmethod_studies.questions import Question

SYMMETRIC = {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}


def study(grid: dict[float, int] | None = None, **changes: Any) -> Study:
    """A study with as many statements as its grid has places; `changes` replace or add keys, or with None take them out."""
    chosen = grid or SYMMETRIC
    n = sum(chosen.values())
    whole: dict[str, Any] = {
        "study": "small",
        "languages": {"en": {"name": "English"}},
        "title": "Small",
        "condition": "How far do you agree?",
        "grid": chosen,
        "scale": {"low": "least", "high": "most"},
        "welcome": "Welcome.",
        "consent": "You agree to take part.",
        "statements": [{"id": f"s{i}", "text": f"Statement {i}."} for i in range(1, n + 1)],
    }
    return Study.model_validate({key: value for key, value in (whole | changes).items() if value is not None})


def question(kind: str, name: str = "q", **keys: Any) -> Question:
    """A question as a definition reads it."""
    [made] = Questions.model_validate({"before": [{"id": name, "type": kind, "label": "?"} | keys]}).before
    return made
