"""What the store takes and gives: small frozen values, and the errors it raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from qmethod_studies.admission import Why
from qmethod_studies.sorting import Board

Status = Literal["started", "submitted"]
AccessKind = Literal["link", "code"]
Outcome = Literal["saved", "repeated", "refused"]

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
"""What a key looks like that makes an act or a beginning happen once only."""


class Taken(Exception):
    """The participant already has a response in this study, begun elsewhere."""


class AlreadyInvited(Exception):
    """Participants have an invitation of this kind already, which a new one would put out of use.

    Attributes
    ----------
    participants : tuple of str
        Whose they are, in the order in which they were asked for.
    """

    def __init__(self, participants: tuple[str, ...]) -> None:
        self.participants = participants
        super().__init__(f"{len(participants)} participant(s) have an invitation already")

    def __reduce__(self) -> tuple[type[AlreadyInvited], tuple[tuple[str, ...]]]:
        return type(self), (self.participants,)


class UsedUp(Exception):
    """The invitation has no uses left, or was replaced by a newer one."""


class NotOpen(Exception):
    """Nobody can begin now, or the person who asks cannot finish any more.

    Attributes
    ----------
    study : str
    why : str
        One of `qmethod_studies.admission.Why`.
    """

    def __init__(self, study: str, why: Why) -> None:
        self.study, self.why = study, why
        super().__init__(study, why)

    def __str__(self) -> str:
        return f"{self.study!r} takes nobody now: {self.why}"


class Gone(LookupError):
    """There is no such response of this person: it was withdrawn, or is somebody else's."""


class Unavailable(RuntimeError):
    """The database does not answer, is locked or cannot be written. Nothing of the call was kept; it can be tried again.

    Parameters
    ----------
    message : str
    advice : str, optional
        What to do, where more is known than that.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class Damaged(Unavailable):
    """The database is broken: what it holds is not what was written. Trying again does not help."""


class Handle(NamedTuple):
    """What a response is found by: its own number and the hash of its person's code, always both.

    Parameters
    ----------
    number : int
    code_hash : str
    """

    number: int
    code_hash: str


class Opened(NamedTuple):
    """That somebody opened the page on which they act.

    Parameters
    ----------
    stage : str
    at : datetime
        When the page was asked for, as the page says.
    """

    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom a browser is known to.

    Parameters
    ----------
    code : str
        ``XXXX-XXXX-XXXX``
    code_hash : str
    receipt : bool
        Whether only the page of thanks is open to it.
    until : datetime
        When it is forgotten, in UTC.
    """

    code: str
    code_hash: str
    receipt: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """One person's part in a study on one occasion, as it is now.

    Parameters
    ----------
    id : int
        Number inside the store, at random.
    study : str
    version : int
        Of the study, when the person consented.
    participant : str
    language : str
        The one used last.
    status : {"started", "submitted"}
    simulated : bool
    order : tuple of str
        Ids of the statements in the order in which this person meets them.
    board : Board
    draft : mapping of str to float, or None
        Columns from the plain form that do not add up yet.
    answers : mapping of str to Any
        By question; see `qmethod_studies.questions.Question.clean`.
    comments : mapping of str to str
        By statement.
    done : frozenset of str
        Stages that were finished.
    revision : int
        Number of acts that were kept.
    can_undo, can_redo : bool
    started, updated : datetime
        In UTC.
    submitted : datetime or None
        In UTC.
    refused : int
        How many acts were refused.
    code_hash : str
        Of the person's code.
    condition, wave : str
        Ids of the condition of instruction and of the wave; empty where the study has none.
    assigned : tuple of str
        Ids of the conditions that the person sorts under, in their order.
    position : int
        The how-manieth sort of the person this is, from 1.
    """

    id: int
    study: str
    version: int
    participant: str
    language: str
    status: Status
    simulated: bool
    order: tuple[str, ...]
    board: Board
    draft: Mapping[str, float] | None
    answers: Mapping[str, Any]
    comments: Mapping[str, str]
    done: frozenset[str]
    revision: int
    can_undo: bool
    can_redo: bool
    started: datetime
    updated: datetime
    submitted: datetime | None
    refused: int = 0
    code_hash: str = ""
    condition: str = ""
    wave: str = ""
    assigned: tuple[str, ...] = ("",)
    position: int = 1

    @property
    def handle(self) -> Handle:
        """What the response is found by."""
        return Handle(self.id, self.code_hash)

    @property
    def place(self) -> int:
        """Which sort of its wave it is, from 1."""
        return self.assigned.index(self.condition) + 1 if self.condition in self.assigned else 1

    @property
    def last(self) -> bool:
        """Whether it is the last of its wave."""
        return self.place >= len(self.assigned)


class Entry(NamedTuple):
    """Whose a response is, and how far it is.

    Parameters
    ----------
    id : int
    participant : str
    status : {"started", "submitted"}
    simulated : bool
    condition, wave : str
    position : int
    """

    id: int
    participant: str
    status: Status
    simulated: bool
    condition: str
    wave: str
    position: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A response that has begun, and the code that leads back to it.

    Parameters
    ----------
    code : str
        ``XXXX-XXXX-XXXX``
    response : Response
    """

    code: str
    response: Response


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one act.

    Parameters
    ----------
    key : str
        The act's own; empty where it had none that is text.
    outcome : {"saved", "repeated", "refused"}
        ``repeated``: an act with this key was kept before, and was not applied again; or a visit of a stage that was visited minutes ago.
    code : str, optional
        Why it was refused: that of `qmethod_studies.sorting.Refusal` or `qmethod_studies.questions.answers.AnswerError`, or ``malformed``,
        ``unknown-act``, ``unknown-question``, ``unknown-language``, ``unknown-stage``, ``incomplete``, ``closed`` (submitted), ``too-much-text``,
        ``too-many-acts``.
    statement : str, optional
    column : float, optional
    """

    key: str
    outcome: Outcome
    code: str | None = None
    statement: str | None = None
    column: float | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a batch of acts, in their order, and the response after them."""

    results: tuple[Result, ...]
    response: Response


@dataclass(frozen=True, slots=True)
class Submitted:
    """The response is in.

    Parameters
    ----------
    response : Response
    following : Response or None
        The person's next sort in the same wave, which has begun with this.
    """

    response: Response
    following: Response | None = None


@dataclass(frozen=True, slots=True)
class Incomplete:
    """The response cannot be submitted yet: what is missing.

    Parameters
    ----------
    stages : tuple of str
        Stages that are not finished, in the order of the study; at least one.
    """

    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invitation:
    """Leave to take part.

    Parameters
    ----------
    id : int
    study : str
    kind : {"link", "code"}
    participant : str or None
        Whose it is, where it was made for somebody.
    uses : int or None
        How many people may begin with it; None for any number.
    used : int
        How many have.
    secret : str or None
        The secret itself, only when it was just made: it is not kept.
    replaces : bool
        Whether it was just made and put an earlier one of the same participant out of use.
    condition : str or None
        Id of the condition of instruction that it leads to, where the study assigns them by link.
    key_name : str or None
        Name of the key that its participant is sealed with.
    withdrawn : bool
        Whether what was begun with it was withdrawn; it is for nobody then, and opens nothing.
    """

    id: int
    study: str
    kind: AccessKind
    participant: str | None
    uses: int | None
    used: int
    secret: str | None = None
    replaces: bool = False
    condition: str | None = None
    key_name: str | None = None
    withdrawn: bool = False

    @property
    def personal(self) -> bool:
        """Whether it is a link for one person, who can come back by it."""
        return self.kind == "link" and self.uses == 1


@dataclass(frozen=True, slots=True)
class Event:
    """One act that was kept.

    Parameters
    ----------
    number : int
        Counted from 1 in each response.
    at : datetime
        When the server kept it, in UTC.
    act : str
    detail : mapping
        What it did, without what people wrote: texts and answers stand only where they are kept now.
    key : str
    ms : int or None
        Milliseconds since the page was opened, as the browser counted them.
    idle : int or None
        Milliseconds without any input before the act.
    """

    number: int
    at: datetime
    act: str
    detail: Mapping[str, Any]
    key: str
    ms: int | None
    idle: int | None


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said to the consent text.

    Parameters
    ----------
    agreed : bool
    version : int
        Of the study.
    language : str
    text_sha256 : str
        Which text it was.
    at : datetime
        In UTC.
    """

    agreed: bool
    version: int
    language: str
    text_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StudySummary:
    """One version of a study in the store, with the number of its responses by status.

    Parameters
    ----------
    name : str
    version : int
    title : str
        In the first language.
    declined, started, submitted : int
        Responses of people; simulated ones do not count.
    simulated : int
        Simulated responses, whatever their status.
    """

    name: str
    version: int
    title: str
    declined: int
    started: int
    submitted: int
    simulated: int
