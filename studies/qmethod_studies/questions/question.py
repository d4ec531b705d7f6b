"""What every question has, and what every kind must say of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Literal, assert_never

import numpy as np
from pydantic import ConfigDict, Field, SerializationInfo, SerializerFunctionWrapHandler, ValidationInfo, model_serializer, model_validator

from qmethod_studies.parts import Id, Part, Text
from qmethod_studies.questions.shapes import Figures, Line, Lines, Nothing, OneOf, OneOfEach, SeveralOf, Shape

Compared = Literal["options", "number", "not"]
"""How answers tell groups of people apart: by the options chosen, by a number, or not at all."""

WRITTEN = {"written": True}
"""Context for validation of what an author wrote, in which each key must mean something."""

LONGEST = 2000
"""Characters that a text may have where its author sets no limit."""
ALWAYS: Mapping[str, Any] = {"options": {}, "rows": {}, "minimum": None, "maximum": None, "low": None, "high": None, "longest": LONGEST}
"""Keys that stand with every question in stores and exports, whatever its kind: definitions are compared with stored ones that have them."""
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
                return options[answer]
            case SeveralOf(options):
                return "; ".join(options[option] for option in answer)
            case OneOfEach(rows, options):
                return "; ".join(f"{rows[row]}: {options[option]}" for row, option in answer.items())
            case Nothing() | Line() | Lines() | Figures():
                return str(answer)
            case _ as never:
                assert_never(never)

    def exported(self, answer: Any) -> Iterator[tuple[str | None, Any]]:
        """The lines of a kept answer in ``answers.csv``: row, where there are rows, and value."""
        match self.shape(""):
            case OneOfEach():
                yield from answer.items()
            case SeveralOf():
                yield from ((None, option) for option in answer)
            case Nothing() | Line() | Lines() | Figures() | OneOf():
                yield None, answer
            case _ as never:
                assert_never(never)

    def option_texts(self, language: str) -> Mapping[str, str]:
        """The texts of its options by their ids; empty for a question without."""
        match self.shape(language):
            case OneOf(options) | SeveralOf(options) | OneOfEach(_, options):
                return options
            case Nothing() | Line() | Lines() | Figures():
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
        yield from (("value", option, text) for option, text in self.option_texts(language).items())

    @property
    def answerable(self) -> bool:
        """Whether there is anything to answer."""
        return not isinstance(self.shape(""), Nothing)

    def whole(self, answer: Any) -> bool:
        """Whether a kept answer leaves nothing open: where there are rows, each has one."""
        shape = self.shape("")
        return not isinstance(shape, OneOfEach) or len(answer) == len(shape.rows)

    def possible_values(self) -> tuple[str, ...] | None:
        """The answers a condition can name, none for some shapes; None where there are too many to list."""
        match self.shape(""):
            case OneOf(options) | SeveralOf(options):
                return tuple(options)
            case Figures() as figures:
                return tuple(map(str, figures.values))
            case Nothing() | OneOfEach():
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
            own = {**ALWAYS, **own}
        order = [*_FIRST, *(key for key in own if key not in (*_FIRST, *_LAST)), *_LAST]
        return {key: own[key] for key in order if key in own}


def _holds_nothing(key: str, value: Any) -> bool:
    return key in ALWAYS and (value == ALWAYS[key] or (key, value) == ("longest", str(LONGEST)))  # a file holds numbers as they are written


def texts_in(texts: Mapping[str, Text], language: str) -> dict[str, str]:
    """Texts in a language, by their ids."""
    return {name: text.in_(language) for name, text in texts.items()}
