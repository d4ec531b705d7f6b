"""The stages of a study, and what each still lacks. Pure; knows no database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from qmethod_studies.answering import has_words, shown, unanswered
from qmethod_studies.definition import Study
from qmethod_studies.sorting import Board, asked_about

STAGES = ("before", "presort", "refine", "grid", "why", "after")


def stages(study: Study) -> tuple[str, ...]:
    """The stages that a study has, in their order."""
    has = {
        "before": bool(study.questions.before),
        "presort": study.stages.presort,
        "refine": study.stages.refine and study.distribution == "forced",  # without counts there is nothing to choose for
        "grid": True,
        "why": study.stages.why,
        "after": bool(study.questions.after),
    }
    return tuple(stage for stage in STAGES if has[stage])


def lacks(study: Study, stage: str, board: Board, answers: Mapping[str, Any], comments: Mapping[str, str]) -> bool:
    """Whether a stage cannot be finished yet.

    Parameters
    ----------
    study : Study
    stage : str
        One of `stages`.
    board : Board
    answers, comments : mapping
        As a response holds them.
    """
    match stage:
        case "presort":
            return bool(board.unpiled(study))
        case "grid":
            return not board.complete(study)
        case "before" | "after":
            part = {question.id for question in (study.questions.before if stage == "before" else study.questions.after)}
            asked = [question for question in shown(study.questions, answers) if question.id in part]
            return bool(unanswered(asked, answers))
        case "why":
            least = study.why.minimum_words
            return any(not has_words(comments.get(statement, ""), least) for statement in asked_about(study, board))
        case _:
            return False


def missing(study: Study, board: Board, answers: Mapping[str, Any], comments: Mapping[str, str], done: Collection[str]) -> tuple[str, ...]:
    """The stages that keep a response from being submitted: those that lack something, or were never finished.

    Refining is a help on the way to the grid; whoever filled the grid without it misses nothing.
    """
    return tuple(stage for stage in stages(study) if stage != "refine" and (stage not in done or lacks(study, stage, board, answers, comments)))
