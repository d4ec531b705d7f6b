"""The page on which sorts are typed, as HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, assert_never

from jinja2 import Environment, FunctionLoader, StrictUndefined

from qmethod_analysis.entry.desk import Desk
from qmethod_studies.definition import column_label
from qmethod_studies.questions import Question
from qmethod_studies.questions.shapes import Figures, Line, Lines, Nothing, OneOf, OneOfEach, Ranked, SeveralOf


def page(desk: Desk, by: str = "", *, check: bool = False) -> str:
    """The page before anything is typed.

    Parameters
    ----------
    desk : Desk
    by : str
        Initials it begins with.
    check : bool
        Whether it begins with second typings.
    """
    study, forced = desk.study, desk.study.distribution == "forced"
    columns = [
        {"label": column_label(value), "places": places if forced else None, "end": _end(desk, i)}
        for i, (value, places) in enumerate(study.capacity.items())
    ]
    settings = {"cards": len(study.ids), "counts": list(study.capacity.values()) if forced else None, "check": check}
    return (
        _environment()
        .get_template("enter.html")
        .render(
            title=study.title.in_(desk.language),
            language=desk.language,
            direction=study.direction(desk.language),
            columns=columns,
            n_cards=len(study.ids),
            by=by,
            check=check,
            out=str(desk.out),
            questions=[_asked(question, desk.language) for question in study.questions if question.answerable and not question.personal],
            settings=json.dumps(settings),
        )
    )


def _end(desk: Desk, column: int) -> str:
    """What a column means."""
    return desk.study.meaning(desk.study.columns[column], desk.language)


def _asked(question: Question, language: str) -> dict[str, Any]:
    """A question as the template shows it: how it is filled in, and with what."""
    shape = question.shape(language)
    options: Mapping[str, str] = {}
    rows: Mapping[str, str] = {}
    match shape:
        case Nothing():
            how = "nothing"
        case Line():
            how = "line"
        case Lines():
            how = "lines"
        case Figures() as figures:
            how, options = "one", {str(value): str(value) for value in figures.values}
        case OneOf(options):
            how = "one"
        case SeveralOf(options):
            how = "several"
        case OneOfEach(rows, options):
            how = "each"
        case Ranked(rows):
            how, options = "each", {str(place): str(place) for place in range(1, len(rows) + 1)}
        case _ as never:
            assert_never(never)
    return {"id": question.id, "label": question.label.in_(language), "how": how, "options": options, "rows": rows}


def _environment() -> Environment:
    return Environment(loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _template(name: str) -> str:
    return (files("qmethod_analysis.entry") / "templates" / name).read_text(encoding="utf-8")
