"""What a study is: the model of ``study.yaml`` and ``statements.csv``. Frozen values; files are read in `qmethod_studies.loading`."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from qmethod.grid import Grid
from qmethod_studies.carried import Carried
from qmethod_studies.languages import direction
from qmethod_studies.look import FileName, Look
from qmethod_studies.parts import Day, Id, LanguageCode, Number, Part, StudyId, Text
from qmethod_studies.questions import AnyQuestion, Question

PILES = ("disagree", "neutral", "agree")
_OCCASIONS = ("conditions", "waves", "assign")
"""Keys of a study that asks people for more than one sort; nothing of them is kept where neither conditions nor waves are given."""
_LATER = ("opens", "closes", "quota", "begun_may_finish", "closed", "formatted", "labels", "look")
"""Keys that came later: none is kept that is not given, so that a study without them is what it was."""


_A_DAY = "2[0-9]{3}-[0-9]{2}-[0-9]{2}"
_A_MOMENT = f"({_A_DAY})[T ]([0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?) ?(?:UTC ?)?([+-][0-9]{{2}}:[0-9]{{2}}|Z|(?<=UTC))"


def _moment(value: Any) -> Any:
    """A day, or a moment with its time zone, as its author typed it."""
    if value is None or isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        if found := re.fullmatch(_A_MOMENT, text):
            return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or 'Z'}")
        if re.fullmatch(_A_DAY, text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"must be a day such as 2026-05-31, or a moment with its time zone such as 2026-05-31 18:00 +02:00; got {text[:40]!r}")


Moment = Annotated[
    date | datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "pattern": f"^{_A_MOMENT.replace('(?<=UTC)', '')}$"}]}),
]


def _truth(value: Any) -> Any:
    """A truth value in any of its spellings; anything else as it is."""
    try:
        return _BOOL.validate_python(value)
    except ValidationError:
        return value


_BOOL: TypeAdapter[bool] = TypeAdapter(bool)
Offered = Annotated[Literal[True, False, "neutral"], BeforeValidator(_truth)]


class Language(Part):
    """A language the study speaks."""

    name: str = Field(min_length=1, description="Its name in the language itself, for example Español.")
    draft: bool = Field(False, description="True until a native speaker has read the translation; the pages then say so.")
    direction: Literal["ltr", "rtl"] | None = Field(None, description="Only where it is not the usual one of the language.")


class Scale(Part):
    """What the two ends of the grid mean."""

    low: Text = Field(description="The end of the lowest value, for example: least like my view.")
    high: Text = Field(description="The end of the highest value.")


class Statement(Part):
    """One statement of the Q set."""

    id: Id
    text: Text = Field(
        description="Where there is a picture or a sound, the words that stand for it: for who does not see or hear it, and in reports."
    )
    tags: tuple[str, ...] = ()
    image: FileName | None = Field(None, description="A picture in the folder of the study, shown in place of the text.")
    audio: FileName | None = Field(None, description="A sound in the folder of the study, beside the text.")

    @model_serializer(mode="wrap")
    def _files_where_there_are(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        whole: dict[str, Any] = handler(self)
        return {key: value for key, value in whole.items() if key not in ("image", "audio") or value is not None}


class Questions(Part):
    """The questionnaire, in two parts."""

    before: tuple[AnyQuestion, ...] = ()
    after: tuple[AnyQuestion, ...] = ()
    _earlier: tuple[Question, ...] = PrivateAttr(())  # asked with an earlier sort of the same person; conditions go on reading their answers

    def __iter__(self) -> Iterator[Question]:  # type: ignore[override]
        return iter((*self._earlier, *self.before, *self.after))

    @property
    def asked(self) -> tuple[Question, ...]:
        """Those that are asked with this sort."""
        return (*self.before, *self.after)

    def of_sort(self, *, first: bool, last: bool) -> Questions:
        """The questions that go with one sort: those before with the first of a person, those after with the last of a wave."""
        mine = Questions(before=self.before if first else (), after=self.after if last else ())
        mine._earlier = () if first else self.before
        return mine


class Stages(Part):
    """Which of the optional stages the study has."""

    presort: bool = Field(True, description="One statement at a time into disagree, neutral, agree.")
    refine: bool = Field(True, description="Pick for each column from the piles, outermost first. Needs presort.")
    why: bool = Field(True, description="Comments on the cards of the outermost columns.")

    @model_validator(mode="after")
    def _refine_needs_piles(self) -> Stages:
        if self.refine and not self.presort:
            raise ValueError("refine picks from the piles of presort: set presort to true, or refine to false")
        return self


class Why(Part):
    """What is asked about the placements."""

    columns: int = Field(1, ge=1, le=6, description="How many columns at each end are asked about.")
    minimum_words: int = Field(0, ge=0, le=200, description="Words each of these comments must have; 0 makes them optional.")
    any_card: bool = Field(True, description="Whether any other card may be commented on too.")


ORIGIN = r"^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$"
Origin = Annotated[str, Field(pattern=ORIGIN, max_length=200)]
"""A site that may frame pages: nothing that could mean another one, or another rule."""


class Access(Part):
    """Who may take part."""

    kind: Literal["open", "code", "link"] = Field("open", description="open: who has the address; code: who has a code too; link: by personal link.")
    participant_parameter: str = Field(
        "participant", pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$", description="Name of the part of the address that carries the participant's id."
    )
    signed: bool = Field(False, description="Whether an id in the address needs a signature, so that nobody can try the ids of others.")
    embed: tuple[Origin, ...] = Field(
        (), description="Sites on whose pages the survey may stand in a frame, such as [https://panel.example.org]; nowhere else. Needs HTTPS."
    )
    return_link: str | None = Field(
        None,
        pattern=r"^https?://[^\s]+$",
        description="Where a panel wants people back; {participant} and {receipt}, which is no key to anything, are filled in.",
    )
    declined_link: str | None = Field(None, pattern=r"^https?://[^\s]+$", description="The same for people who decline.")

    @property
    def sends_receipt(self) -> bool:
        """Whether a panel gets a receipt."""
        return "{receipt}" in (self.return_link or "")

    @model_serializer(mode="wrap")
    def _signed_where_it_is(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        whole: dict[str, Any] = handler(self)
        without = {*(() if self.signed else ("signed",)), *(() if self.embed else ("embed",))}
        return {key: value for key, value in whole.items() if key not in without}


class Quota(Part):
    """How many people may finish. In a file the number alone will do."""

    finished: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="How many people in all.")
    conditions: dict[Id, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        {}, description="How many under a condition of instruction, by its id, where people are parted among conditions."
    )
    hours: int = Field(
        24,
        ge=1,
        le=8760,
        description="How long a place is kept for somebody who has begun, counted from the last thing that they did; then it is free.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        return {"finished": value} if isinstance(value, int | float | str) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _of_something(self) -> Quota:
        if self.finished is None and not self.conditions:
            raise ValueError("says no number: write finished, conditions, or both")
        return self


class Placement(Part):
    """Where a reference viewpoint puts a statement, and why we say so. In a file the value alone will do."""

    value: Number
    source: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        return {"value": value} if isinstance(value, int | float | str) and not isinstance(value, bool) else value


class Viewpoint(Part):
    """A viewpoint that was described before, as the placements that the description implies."""

    id: Id
    name: Text
    gist: Text
    source: str = Field(min_length=1)
    placements: dict[Id, Placement] = Field(min_length=1)


class Group(Part):
    """Statements that belong together, under the name that readers see."""

    name: Text = Field(description="What readers see, such as: Who decides.")
    statements: tuple[Id, ...] = Field((), description="Where none are given: those with the key of the group as a tag.")


class Answer(Part):
    """One of the two answers of an opposition."""

    says: Text = Field(description="The answer in a few words, such as: one person has the last word.")
    statements: tuple[Id, ...] = Field(min_length=1, description="Who places these high gives this answer.")


class Opposition(Part):
    """A question that statements answer one way and the other."""

    question: Text = Field(description="The question as readers see it.")
    answers: tuple[Answer, ...] = Field(min_length=2, max_length=2, description="The two answers.")


class SortCondition(Part):
    """A condition of instruction, where people sort under several or are parted among them."""

    id: Id = Field(description="Stands in the data.")
    name: Text = Field(description="What respondents see above the sort, such as: How it is now.")
    instruction: Text = Field(description="The question that the sort answers.")


class Wave(Part):
    """A time at which people sort, where they are asked more than once."""

    id: Id = Field(description="Stands in the data.")
    name: Text = Field(description="What respondents see, such as: After the workshop.")
    opens: Day | None = Field(None, description="First day, UTC, on which people can begin its sorts, such as 2026-05-01.")
    closes: Day | None = Field(None, description="Last day, UTC, on which they can; who began may finish.")

    @model_validator(mode="after")
    def _in_order(self) -> Wave:
        if self.opens is not None and self.closes is not None and self.closes < self.opens:
            raise ValueError(f"closes on {self.closes}, before it opens on {self.opens}")
        return self

    def open_on(self, day: date) -> bool:
        """Whether sorts of this wave can be begun on a day."""
        return (self.opens is None or self.opens <= day) and (self.closes is None or day <= self.closes)


def _joint_instruction(conditions: Any) -> Any:
    """The condition of instruction of a study with several: each under its name, a line each, in every language that all of them have."""
    try:
        pairs = [(one["name"], one["instruction"]) for one in conditions]
    except (KeyError, TypeError):
        return ""
    if all(isinstance(text, str) for pair in pairs for text in pair):
        return "\n".join(f"{name}: {text}" for name, text in pairs)
    spoken = [[text if isinstance(text, Mapping) else {} for text in pair] for pair in pairs]
    codes = [code for code in spoken[0][0] if all(code in text for pair in spoken for text in pair)] if spoken else []
    return {code: "\n".join(f"{name[code]}: {text[code]}" for name, text in spoken) for code in codes}


class Study(Part):
    """A study, whole: what is asked, of whom, and how.

    `statements` may stand in ``study.yaml`` or in ``statements.csv`` beside it.
    """

    study: StudyId = Field(description="Short name; part of the addresses and of file names.")
    version: int = Field(1, ge=1, le=1_000_000, description="Raise it when you change the structure after the first response.")
    languages: dict[LanguageCode, Language] = Field(min_length=1, description="The first one is the one statements were written in.")
    title: Text = Field(description="What respondents see as the name of the study.")
    condition: Text = Field(description="Condition of instruction: the question that each sort answers.")
    conditions: tuple[SortCondition, ...] = Field((), description="In place of condition: several, each with id, name and instruction.")
    waves: tuple[Wave, ...] = Field((), description="Where the same people sort again later: each time with id and name, and dates if you like.")
    assign: Literal["all", "random", "by link"] = Field(
        "all",
        description="Who sorts under which of the conditions. all: everybody under each, in their order; random: everybody under one, drawn so that "
        "all have as many people; by link: the one that the invitation was made for.",
    )
    grid: dict[Number, Annotated[int, Field(ge=1, le=200)]] = Field(min_length=2, description="How many statements each column takes, by value.")
    distribution: Literal["forced", "free"] = Field("forced", description="Whether each column takes just its number of statements, or any number.")
    no_difference: Offered = Field(
        True,
        description="Whether choosing offers “These make no difference to me”, after which the machine places the cards in question by chance; "
        "neutral: only for cards called neutral.",
    )
    scale: Scale
    labels: dict[Number, Text] = Field({}, description="What columns between the ends mean, by value, such as {0: Neither}; the ends have `scale`.")
    words: dict[LanguageCode, dict[str, str]] = Field(
        {}, description="By language, then by name or English text: what the pages say in place of their own words, such as the names of the piles."
    )
    practice: bool = Field(True, description="Whether the first look offers a practice with three cards that are not of the study.")
    look: Look | None = Field(None, description="A logo and a colour for the pages.")
    minutes: int = Field(30, ge=1, le=600, description="How long it takes; told on the first page.")
    contact: str = Field("", description="Name and address people can write to.")
    welcome: Text = Field(description="The first page. Blank lines part paragraphs.")
    consent: Text = Field(description="What people agree to. Its digest is kept with each consent.")
    formatted: bool = Field(
        False,
        description="Whether welcome, consent, thanks, closed and information mark lists with - or 1., bold with **, emphasis with * and links "
        "as [words](https://example.org). Statements stay as they are.",
    )
    stages: Stages = Stages()
    why: Why = Why()
    questions: Questions = Questions()
    thanks: Text | None = Field(None, description="A text for the last page.")
    access: Access = Access()
    opens: Moment | None = Field(None, description="From when on people can begin: a day, which begins at midnight UTC, or a moment with its zone.")
    closes: Moment | None = Field(None, description="Until when people can begin: a day, which ends at midnight UTC, or a moment with its zone.")
    quota: Quota | None = Field(None, description="How many people may finish, such as 40. Nobody begins once all places are taken.")
    begun_may_finish: bool = Field(
        True, description="Whether people who have begun may finish after `closes`, and after their place has gone to somebody else."
    )
    closed: Text | None = Field(None, description="What people read who come when the study is closed or full, in place of our own words.")
    shuffle: bool = Field(True, description="Whether each respondent meets the statements in an order of their own; the order is recorded.")
    statements: tuple[Statement, ...] = Field(min_length=2)
    groups: dict[Id, Group] = Field({}, description="Groups of statements under the names that readers see.")
    oppositions: tuple[Opposition, ...] = Field((), description="Statements that answer one another, with the question they answer.")
    viewpoints: tuple[Viewpoint, ...] = ()
    show_closest: bool = Field(False, description="Whether people are told at the end which of the viewpoints theirs is closest to.")
    notes: str = Field("", description="For researchers; shown to nobody.")
    _files: Mapping[str, Carried] = PrivateAttr(default_factory=dict)  # as they were in its folder when it was loaded

    @model_validator(mode="before")
    @classmethod
    def _joint_condition(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and value.get("conditions") and "condition" not in value:
            return {**value, "condition": _joint_instruction(value["conditions"])}
        return value

    @model_serializer(mode="wrap")
    def _only_what_is_asked(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        whole: dict[str, Any] = handler(self)
        without = {key for key in _LATER if getattr(self, key) == type(self).model_fields[key].default}
        without |= {*(() if self.occasions else _OCCASIONS), *(() if self.words else ("words",))}
        without |= {key for key in ("no_difference", "practice") if getattr(self, key) is True}
        return {key: value for key, value in whole.items() if key not in without}

    @property
    def occasions(self) -> bool:
        """Whether sorts differ in condition of instruction or wave."""
        return bool(self.conditions or self.waves)

    def for_sort(self, condition: str, *, first: bool, last: bool) -> Study:
        """The study as one sort of a person meets it.

        Parameters
        ----------
        condition : str
            Id of one of `conditions`; empty where the study has none.
        first : bool
            Whether it is the person's first sort, with which the questions before come.
        last : bool
            Whether it is the person's last in its wave, with which the questions after come.
        """
        if not self.occasions:
            return self
        changes: dict[str, Any] = {"questions": self.questions.of_sort(first=first, last=last)}
        if (mine := next((one for one in self.conditions if one.id == condition), None)) is not None:
            changes["condition"] = mine.instruction
        return self.model_copy(update=changes)

    def instructions(self, language: str) -> tuple[tuple[str, str], ...]:
        """What sorts answer: the condition of instruction, or of a study with several each with its name before it; no name where there is one.

        Parameters
        ----------
        language : str
            Of the study.
        """
        if not self.conditions or any(one.instruction == self.condition for one in self.conditions):
            return (("", self.condition.in_(language)),)  # of `for_sort` too
        return tuple((one.name.in_(language), one.instruction.in_(language)) for one in self.conditions)

    @property
    def files(self) -> Mapping[str, Carried]:
        """The pictures and sounds that it shows, by their names; none where it comes from a store or an export."""
        return self._files

    def carrying(self, files: Mapping[str, Carried]) -> Study:
        """The same study with the files that it shows."""
        mine = self.model_copy()
        mine._files = files
        return mine

    @cached_property
    def columns(self) -> tuple[float, ...]:
        """Values of the columns, ascending; whole numbers as int."""
        return self.q_grid.values

    @cached_property
    def capacity(self) -> Mapping[float, int]:
        """How many statements each column takes, ascending by value."""
        return dict(zip(self.q_grid.values, self.q_grid.counts, strict=True))

    @cached_property
    def q_grid(self) -> Grid:
        """The forced distribution as the method knows it."""
        pairs = sorted(self.grid.items())
        return Grid(tuple(value for value, _ in pairs), tuple(count for _, count in pairs))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the statements, in the order of the study."""
        return tuple(statement.id for statement in self.statements)

    @property
    def first_language(self) -> str:
        """The language that statements were written in."""
        return next(iter(self.languages))

    def direction(self, language: str) -> Literal["ltr", "rtl"]:
        """Which way a language is written."""
        own = self.languages[language].direction if language in self.languages else None
        return own or direction(language)

    def group(self, key: str) -> tuple[str, ...]:
        """Ids of the statements of a group, in the order of the study."""
        named = set(self.groups[key].statements)
        return tuple(one.id for one in self.statements if (one.id in named if named else key in one.tags))

    def meaning(self, column: float, language: str) -> str:
        """What a column means, in a language; empty where the study does not say."""
        ends = {self.columns[0]: self.scale.low, self.columns[-1]: self.scale.high}
        text = ends.get(column) or self.labels.get(column)
        return text.in_(language) if text else ""

    def outermost(self) -> tuple[float, ...]:
        """The columns whose cards are asked about, highest first, then from the lowest up."""
        n = min(self.why.columns, len(self.columns) // 2)
        return (*reversed(self.columns[-n:]), *self.columns[:n])

    def structure(self) -> dict[str, Any]:
        """What must not change once somebody has answered: everything that could make two responses incomparable."""
        whole = self.model_dump(mode="json", by_alias=True)
        keys = ("study", "languages", "condition", "grid", "distribution", "scale", "consent", "stages", "why", "questions", "shuffle", "statements")
        for statement in whole["statements"]:
            del statement["tags"]  # they are read by nobody who sorts
        for wave in whole.get("waves", ()):
            del wave["opens"], wave["closes"]  # a date can be moved
        asked = [key for key in (*_OCCASIONS, "no_difference", "labels") if key in whole]
        return {"first_language": self.first_language} | {key: whole[key] for key in (*keys, *asked)}

    def digest(self) -> str:
        """SHA-256 of `structure`, in hex."""
        return _digest(self.structure())

    def consent_digest(self, language: str) -> str:
        """SHA-256 of the consent text in a language, in hex: which text somebody agreed to."""
        return hashlib.sha256(self.consent.in_(language).encode()).hexdigest()


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def column_label(value: float) -> str:
    """A column's value as people read it: ``+3``, ``0``, ``−2`` (with a real minus sign)."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no value of a column")
    size = f"{abs(value):g}"
    return "0" if value == 0 else f"{'+' if value > 0 else '−'}{size}"
