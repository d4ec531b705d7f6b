"""The stages of the journey: which a study has, which of them a respondent may open, and what each still wants. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from qmethod_studies.answering import shown, unanswered
from qmethod_studies.definition import Study
from qmethod_studies.questions import Question
from qmethod_studies.store import Response
from qmethod_studies.store import stages as wanted_stages


def stages(study: Study) -> tuple[str, ...]:
    """The stages between consent and submission that a study has, in their order."""
    return (*wanted_stages(study), "review")


def current(study: Study, response: Response) -> str:
    """The stage a respondent is at: the first that is not done."""
    return next(stage for stage in stages(study) if stage == "review" or stage not in response.done)


def may_open(study: Study, response: Response, stage: str) -> bool:
    """Whether a respondent may open a stage: the one they are at, or one before it."""
    order = stages(study)
    return stage in order and order.index(stage) <= order.index(current(study, response))


def neighbour(study: Study, stage: str, step: int) -> str | None:
    """The stage so many steps further on (or back, if negative); None beyond the ends."""
    order = stages(study)
    position = order.index(stage) + step
    return order[position] if 0 <= position < len(order) else None


PILE, PLACE, REASON, QUESTION = 1.0, 2.0, 8.0, 4.0
"""How much of the work of a study is a card put on a pile, a card placed (chosen, then seen on the board), a reason, and a question; of a first look
at a card, which takes some five seconds. Our own estimate: it parts the minutes that the study says it takes."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is.

    Parameters
    ----------
    position, total : int
        The stage's number, from 1, and how many there are.
    share : float
        How much of the work of the study is done, from 0 to 1.
    minutes : int
        How many of the minutes that the study says it takes are left by that, at least 1.
    """

    position: int
    total: int
    share: float
    minutes: int


def progress(study: Study, response: Response, stage: str) -> Progress:
    """How far somebody is who looks at a stage."""
    order = stages(study)
    share = done_share(study, response)
    return Progress(order.index(stage) + 1, len(order), share, max(1, ceil(study.minutes * (1 - share))))


def done_share(study: Study, response: Response) -> float:
    """How much of the work of all sorts that somebody is asked for in a row is done, from 0 to 1."""
    parts = {stage: _work(study, response, stage) for stage in wanted_stages(study)}
    whole = sum(work for work, _ in parts.values()) + QUESTION
    done = sum(work if stage in response.done else work * part for stage, (work, part) in parts.items())
    return (response.place - 1 + done / whole) / max(1, len(response.assigned))


def _work(study: Study, response: Response, stage: str) -> tuple[float, float]:
    """The work of a stage, and which part of it is done; choosing and the board are one work."""
    n = len(study.statements)
    match stage:
        case "presort":
            return PILE * n, len(response.board.piles) / n
        case "grid":
            return PLACE * n, len(response.board.places) / n
        case "why":
            asked = sum(study.capacity[column] for column in study.outermost())
            return REASON * asked, min(1.0, len(response.comments) / asked)
        case "before" | "after":
            mine = [question for question in questions(study, stage) if question.answerable]
            return QUESTION * len(mine), sum(question.id in response.answers for question in mine) / max(1, len(mine))
        case _:
            return 0.0, 0.0


def questions(study: Study, part: str) -> tuple[Question, ...]:
    """The questions of a part, ``before`` or ``after``."""
    return study.questions.before if part == "before" else study.questions.after


def pages(study: Study, part: str) -> tuple[tuple[Question, ...], ...]:
    """The questions of a part as they stand on pages: a new one begins where a question says so."""
    found: list[list[Question]] = []
    for question in questions(study, part):
        if question.page or not found:
            found.append([])
        found[-1].append(question)
    return tuple(map(tuple, found))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the questions of a part.

    Parameters
    ----------
    number : int
        Its number in the addresses, from 1, in the order of the study.
    questions : tuple of Question
    others : tuple of int
        The numbers of all pages on which something is asked, this one among them.
    """

    number: int
    questions: tuple[Question, ...]
    others: tuple[int, ...]

    def beside(self, step: int) -> int | None:
        """The number of the page so many steps on, or back if negative; None beyond the ends."""
        position = self.others.index(self.number) + step
        return self.others[position] if 0 <= position < len(self.others) else None

    @property
    def position(self) -> int:
        """Which of the pages on which something is asked it is, from 1."""
        return self.others.index(self.number) + 1

    @property
    def total(self) -> int:
        """How many pages something is asked on."""
        return len(self.others)


def sheet(study: Study, response: Response, part: str, wanted: int) -> Sheet:
    """The page of questions that somebody may look at: the one that is wanted, unless something is missing on one before it.

    Parameters
    ----------
    study : Study
    response : Response
    part : str
        ``before`` or ``after``.
    wanted : int
        From 1; the first where nothing is asked on that one.
    """
    every = dict(enumerate(pages(study, part), 1))
    mine = {question.id for question in asked(study, response, part)}
    others = tuple(number for number, those in every.items() if any(question.id in mine for question in those)) or (1,)
    missing = {question.id for question in still_open(study, response, part)}
    first = next((number for number in others if any(question.id in missing for question in every[number])), wanted)
    number = min(wanted, first) if wanted in others else others[0]
    return Sheet(number, every.get(number, ()), others)


def asked(study: Study, response: Response, part: str) -> list[Question]:
    """The questions of a part that are asked, given the answers so far."""
    mine = {question.id for question in questions(study, part)}
    return [question for question in shown(study.questions, response.answers) if question.id in mine]


def still_open(study: Study, response: Response, part: str) -> list[Question]:
    """Required questions of a part without a whole answer."""
    return unanswered(asked(study, response, part), response.answers)
