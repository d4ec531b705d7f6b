"""What people answered on paper: a table with a line for each, beside the file of sorts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qmethod.errors import DataError, Fault
from qmethod.formats.spreadsheet import safe_text
from qmethod_analysis.folder.renewing import foreign
from qmethod_studies.answering import shown
from qmethod_studies.definition import Study
from qmethod_studies.questions.answers import AnswerError

WHAT = "table of people"
_WRONG = {
    "too-long": "this is too long; at most {high:g} signs are kept",
    "unknown-option": "this is none of the options",
    "unknown-row": "this is none of the rows",
    "not-a-number": "this is no number",
    "too-small": "this is less than {low:g}, the smallest answer",
    "too-large": "this is more than {high:g}, the largest answer",
    "malformed": "this cannot be read",
    "nothing-to-answer": "nothing is asked here",
    "not-a-day": "this is no day; write it as 2026-05-31",
    "too-early": "this is before {low}, the first day that is an answer",
    "too-late": "this is after {high}, the last day that is an answer",
    "not-an-address": "this is no e-mail address",
    "same-rank": "two have the same place",
    "too-many": "these are more than {high:g}, the most that can be chosen",
    "goes-alone": "one of these goes with no other",
}


def file_of(out: Path) -> Path:
    """Where the table of people beside a file of sorts is.

    Parameters
    ----------
    out : pathlib.Path
    """
    return out.parent / f"{out.stem}-people.csv"


def cleaned(study: Study, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers as they are kept, and what is wrong with those that are none.

    Parameters
    ----------
    study : Study
    given : mapping of str to object
        By id of the question, as it was filled in; none is needed.

    Returns
    -------
    answers : dict
        Of the questions that are asked of somebody who answers so.
    wrong : dict of str to str
        By id of the question.
    """
    answers: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for question in study.questions:
        if not question.answerable or question.personal or question.id not in given:
            continue
        try:
            answer = question.clean(given[question.id])
        except AnswerError as error:
            wrong[question.id] = _WRONG[error.code].format(low=error.low, high=error.high)
        else:
            answers |= {} if answer is None else {question.id: answer}
    asked = {question.id for question in shown(study.questions, answers)}
    return {name: answer for name, answer in answers.items() if name in asked}, {name: said for name, said in wrong.items() if name in asked}


def checked(study: Study, given: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as they are kept.

    Raises
    ------
    DataError
        For each that is none.
    """
    answers, wrong = cleaned(study, given)
    if wrong:
        labels = {question.id: question.label.in_(study.first_language) for question in study.questions}
        raise DataError(
            [Fault(f"{labels[name]}: {said}", advice="Leave it empty if it cannot be read on the sheet.") for name, said in wrong.items()]
        )
    return answers


def renewed(study: Study, out: Path, participant: str, answers: Mapping[str, Any]) -> bytes | None:
    """The table with the answers of somebody in it, in place of earlier ones; None where there are no answers to write.

    Parameters
    ----------
    study : Study
    out : pathlib.Path
        The file of sorts.
    participant : str
    answers : mapping of str to object
        As they are kept; in the table stand the texts of options in the first language of the study.

    Raises
    ------
    DataError
        If what is in the place of the table is none of this study.
    """
    if not answers:
        return None
    questions = [question for question in study.questions if question.answerable and not question.personal]
    header = ["participant", *(question.id for question in questions)]
    path = file_of(out)
    rows = _rows(path, header) if path.exists() else []
    language = study.first_language
    texts = [question.spoken(answers[question.id], language) if question.id in answers else "" for question in questions]
    name = safe_text(participant)
    return _as_csv([header, *(there for there in rows if there[0] != name), [name, *(safe_text(text) for text in texts)]])


def _rows(path: Path, header: list[str]) -> list[list[str]]:
    try:
        content = path.read_bytes()
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    except (OSError, ValueError, csv.Error):
        rows = []
    if not rows or rows[0] != header or _as_csv(rows) != content:
        raise DataError([foreign(WHAT, path)])
    return rows[1:]


def _as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
