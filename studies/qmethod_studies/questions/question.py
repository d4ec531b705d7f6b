"""What every question has, and what every kind must say of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, assert_never

from pydantic import ConfigDict, Field, SerializationInfo, SerializerFunctionWrapHandler, ValidationInfo, model_serializer, model_validator

from qmethod_studies.parts import Id, Part, Text
from qmethod_studies.questions.answers import OTHER, clean_own, clean_text
from qmethod_studies.questions.shapes import Figures, Line, Lines, Nothing, OneOf, OneOfEach, Ranked, SeveralOf, Shape

if TYPE_CHECKING:
    import numpy as np

Compared = Literal["options", "number", "not"]
"""How answers tell groups of people apart: by the options chosen, by a number, or not at all."""

WRITTEN = {"written": True}
"""Context for validation of what an author wrote, in which each key must mean something."""

LONGEST = 2000
"""Characters that a text may have where its author sets no limit."""
ALWAYS: Mapping[str, Any] = {"options": {}, "rows": {}, "minimum": None, "maximum": None, "low": None, "high": None, "longest": LONGEST}
"""Keys that stand with every question in stores and exports, whatever its kind: definitions are compared with stored ones that have them."""
LATER: Mapping[str, Any] = {"other": None, "alone": (), "least": 0, "most": None, "shortest": 0, "page": False}
"""Keys that came later: where they say nothing they are not written, so that definitions of before are what they were."""
_ONCE_PASSED = ("low", "high", "longest")  # were taken for every kind, though they meant nothing for most
_FIRST = ("id", "type", "label", "hint", "required", *ALWAYS)
_LAST = ("show_if",)


class Condition(Part):
    """When a question is shown: another question, asked earlier, was answered with one of these options."""

    question: Id
    is_: tuple[str, ...] = Field(alias="is", min_length=1, description="Ids of options; for a number or a rating, the figures as text.")

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


class Question(Part, ABC):
    """A question before or after the sort.

    A kind is a final class of its own: its keys in ``study.yaml`` are its fields, its `type` is its name there, and the first line of its docstring
    says what it asks for. What is asked and kept follows from its `shape`; a kind that differs says so in a method of its own.
    """

    id: Id
    type: str
    label: Text = Field(description="The question itself; for information, the text to read.")
    hint: Text | None = Field(None, description="A line of help under the question.")
    required: bool = Field(False, description="Whether it must be answered before going on.")
    page: bool = Field(False, description="Whether a new page begins with it.")
    show_if: Condition | None = None

    @classmethod
    @abstractmethod
    def example(cls) -> dict[str, Any]:
        """A question of this kind as ``study.yaml`` has it, in one language."""

    @abstractmethod
    def shape(self, language: str) -> Shape:
        """What is filled in, with its texts in a language."""

    @abstractmethod
    def cleaned(self, value: object) -> Any:
        """An answer that is not empty, as it is kept; None where nothing is in it after all. See `clean`.

        Raises
        ------
        AnswerError
        """

    @abstractmethod
    def simulated(self, rng: np.random.Generator) -> Any:
        """An answer by chance, as it might come in."""

    @property
    @abstractmethod
    def compared(self) -> Compared:
        """How the interpretation compares answers."""

    def clean(self, value: object) -> Any:
        """An answer as it is kept, or None for an empty one.

        Parameters
        ----------
        value : object
            As it came in, as JSON or from a form; what it must be, the `shape` says.

        Returns
        -------
        str, int, float, list of str, dict of str to str or None
            As JSON holds it. Options in the order of the study.

        Raises
        ------
        AnswerError
        """
        return None if value is None or value == "" else self.cleaned(value)

    def spoken(self, answer: Any, language: str) -> str:
        """A kept answer in words: the texts of options, not their ids."""
        match self.shape(language):
            case OneOf(options):
                return _said(options, answer)
            case SeveralOf(options):
                return "; ".join(_said(options, option) for option in answer)
            case Ranked(options):
                return "; ".join(f"{place}. {options[option]}" for option, place in sorted(answer.items(), key=lambda pair: pair[1]))
            case OneOfEach(rows, options):
                return "; ".join(f"{rows[row]}: {options[option]}" for row, option in answer.items())
            case Nothing() | Line() | Lines() | Figures():
                return str(answer)
            case _ as never:
                assert_never(never)

    def exported(self, answer: Any) -> Iterator[tuple[str | None, Any]]:
        """The lines of a kept answer in ``answers.csv``: row, where there are rows, and value. What was written beside an option has a row."""
        match self.shape(""):
            case OneOfEach() | Ranked():
                yield from answer.items()
            case SeveralOf() | OneOf():
                for option in [answer] if isinstance(answer, str) else answer:
                    name, _, written = option.partition(":")
                    yield None, name
                    if written:
                        yield OTHER, written
            case Nothing() | Line() | Lines() | Figures():
                yield None, answer
            case _ as never:
                assert_never(never)

    def named(self, answer: Any) -> list[Any]:
        """What conditions and counts compare of a kept answer: the ids of options, or the answer itself."""
        match self.shape(""):
            case OneOf() | SeveralOf():
                return [value for row, value in self.exported(answer) if row is None]
            case Nothing() | Line() | Lines() | Figures() | OneOfEach() | Ranked():
                return [answer]
            case _ as never:
                assert_never(never)

    def option_texts(self, language: str) -> Mapping[str, str]:
        """The texts of its options by their ids; empty for a question without."""
        match self.shape(language):
            case OneOf(options) | SeveralOf(options) | OneOfEach(_, options):
                return options
            case Nothing() | Line() | Lines() | Figures() | Ranked():
                return {}
            case _ as never:
                assert_never(never)

    def limits(self) -> str:
        """The limits of its answers, for the codebook; empty where there are none to tell."""
        return ""

    def meanings(self, language: str) -> Iterator[tuple[str, str, str]]:
        """For the codebook: column of ``answers.csv``, what may stand there, and what it means."""
        shape = self.shape(language)
        if isinstance(shape, OneOfEach):
            yield from (("row", row, text) for row, text in shape.rows.items())
        if isinstance(shape, Ranked):
            yield from (("row", option, text) for option, text in shape.options.items())
        if self.beside:
            yield "row", OTHER, "what was written beside that option"
        yield from (("value", option, text) for option, text in self.option_texts(language).items())

    @cached_property
    def answerable(self) -> bool:
        """Whether there is anything to answer."""
        return not isinstance(self.shape(""), Nothing)

    def whole(self, answer: Any) -> bool:
        """Whether a kept answer leaves nothing open: where there are rows, each has one; of a ranking, each place is given."""
        shape = self.shape("")
        if isinstance(shape, Ranked):
            return len(answer) == len(shape.options)
        return not isinstance(shape, OneOfEach) or len(answer) == len(shape.rows)

    def enough(self, answer: Any) -> bool:
        """Whether a kept answer is as much as its author asks of any answer, required or not."""
        return True

    def left_open(self, answer: Any) -> bool:
        """Whether something is missing: an answer that is required, the rest of it, or of any answer as much as is asked.

        Parameters
        ----------
        answer : object
            As it is kept; None where there is none.
        """
        if answer is None:
            return self.required
        return not self.enough(answer) or (self.required and not self.whole(answer))

    @property
    def beside(self) -> bool:
        """Whether one of its options is one beside which people write."""
        shape = self.shape("")
        return isinstance(shape, OneOf | SeveralOf) and OTHER in shape.options

    @property
    def personal(self) -> bool:
        """Whether its answers say who somebody is, so that they stand in no file beside a sort."""
        return False

    def possible_values(self) -> tuple[str, ...] | None:
        """The answers a condition can name, none for some shapes; None where there are too many to list."""
        match self.shape(""):
            case OneOf(options) | SeveralOf(options):
                return tuple(options)
            case Figures() as figures:
                return tuple(map(str, figures.values))
            case Nothing() | OneOfEach() | Ranked():
                return ()
            case Line() | Lines():
                return None
            case _ as never:
                assert_never(never)

    @model_validator(mode="before")
    @classmethod
    def _its_own_keys(cls, given: Any, info: ValidationInfo) -> Any:
        """Without the keys of other kinds that hold nothing, and, in what was stored, those that were once passed over."""
        if not isinstance(given, Mapping):
            return given
        passed = () if info.context == WRITTEN else _ONCE_PASSED
        return {key: value for key, value in given.items() if key in cls.model_fields or not (key in passed or _holds_nothing(key, value))}

    @model_serializer(mode="wrap")
    def _with_the_keys_of_all(self, write: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        own: dict[str, Any] = write(self)
        if not info.exclude_defaults:
            own = {**ALWAYS, **{key: value for key, value in own.items() if key not in LATER or getattr(self, key) != LATER[key]}}
        order = [*_FIRST, *(key for key in own if key not in (*_FIRST, *_LAST)), *_LAST]
        return {key: own[key] for key in order if key in own}


def _holds_nothing(key: str, value: Any) -> bool:
    return key in ALWAYS and (value == ALWAYS[key] or (key, value) == ("longest", str(LONGEST)))  # a file holds numbers as they are written


def _said(options: Mapping[str, str], answer: str) -> str:
    """An option in words, with what was written beside it."""
    name, _, written = answer.partition(":")
    return f"{options[name]}: {written}" if written else options[name]


def with_other(options: Mapping[str, Text], other: Text | None) -> dict[str, Text]:
    """Options, and behind them the one beside which people write.

    Raises
    ------
    ValueError
        If an option has its id already.
    """
    if other is not None and OTHER in options:
        raise ValueError(f"`other` is an option beside which people write: no other option can have the id {OTHER}")
    return dict(options) if other is None else {**options, OTHER: other}


def texts_in(texts: Mapping[str, Text], language: str) -> dict[str, str]:
    """Texts in a language, by their ids."""
    return {name: text.in_(language) for name, text in texts.items()}


class OptionQuestion(Question, ABC):
    """A question answered with one of its options, whatever it looks like."""

    options: dict[Id, Text] = Field(min_length=1, description="Id of each option and its text.")
    other: Text | None = Field(None, description="Text of one more option, beside which people write what they mean; its id is other.")

    @model_validator(mode="after")
    def _one_other(self) -> Self:
        with_other(self.options, self.other)
        return self

    def shape(self, language: str) -> Shape:
        return OneOf(texts_in(with_other(self.options, self.other), language))

    def cleaned(self, value: object) -> str:
        return clean_own(value, with_other(self.options, self.other))

    def simulated(self, rng: np.random.Generator) -> Any:
        return rng.choice(list(with_other(self.options, self.other))).item()

    @property
    def compared(self) -> Compared:
        return "options"


class WrittenQuestion(Question, ABC):
    """A question answered with a text, of one line or more."""

    longest: int = Field(LONGEST, ge=1, le=20000, description="Characters at most.")
    shortest: int = Field(0, ge=0, le=20000, description="Characters that an answer has at least.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError("`shortest` must not be more than `longest`")
        return self

    def cleaned(self, value: object) -> str | None:
        text = clean_text(value, self.longest)
        return text if text.strip() else None

    def enough(self, answer: Any) -> bool:
        return len(answer.strip()) >= self.shortest

    def simulated(self, rng: np.random.Generator) -> str:
        return ("simulated" * (1 + self.shortest // 9))[: max(self.shortest, min(9, self.longest))]

    @property
    def compared(self) -> Compared:
        return "not"

    def limits(self) -> str:
        return f"{self.shortest} characters at least" if self.shortest else ""
