"""Questions answered with any of some options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, final

from pydantic import Field, model_validator

from qmethod_studies.parts import Id, Text
from qmethod_studies.questions.answers import AnswerError, clean_own
from qmethod_studies.questions.question import Compared, Question, texts_in, with_other
from qmethod_studies.questions.shapes import SeveralOf, Shape

if TYPE_CHECKING:
    import numpy as np


@final
class ChoicesQuestion(Question):
    """Any of the options."""

    type: Literal["choices"]
    options: dict[Id, Text] = Field(min_length=1, description="Id of each option and its text.")
    other: Text | None = Field(None, description="Text of one more option, beside which people write what they mean; its id is other.")
    alone: tuple[Id, ...] = Field((), description="Ids of options that go with no other, such as none of these.")
    least: int = Field(0, ge=0, le=100, description="How many options an answer has at least; one that goes alone is enough.")
    most: int | None = Field(None, ge=1, le=100, description="How many it has at most.")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        known = with_other(self.options, self.other)
        if unknown := [name for name in self.alone if name not in known]:
            raise ValueError(f"`alone` names {unknown[0]!r}, which is none of the options")
        together = [name for name in known if name not in self.alone]
        if max(self.least, self.most or 0) > max(len(together), 1):
            raise ValueError(f"`least` and `most` can be {max(len(together), 1)} at most: so many options go together")
        if self.most is not None and self.least > self.most:
            raise ValueError("`least` must not be more than `most`")
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        options = {"walk": "To walk", "play": "To play", "meet": "To meet people"}
        return {"id": "reasons", "type": "choices", "label": "What do you go there for?", "options": options}

    def shape(self, language: str) -> Shape:
        return SeveralOf(texts_in(with_other(self.options, self.other), language))

    def cleaned(self, value: object) -> list[str] | None:
        options = with_other(self.options, self.other)
        if not isinstance(value, list) or len(value) > len(options):
            raise AnswerError("malformed")
        chosen = [clean_own(part, options) for part in value]
        by_name = {option.partition(":")[0]: option for option in sorted(chosen)}
        if len(by_name) > 1 and not by_name.keys().isdisjoint(self.alone):
            raise AnswerError("goes-alone")
        if self.most is not None and len(by_name) > self.most:
            raise AnswerError("too-many", low=self.least, high=self.most)
        return [by_name[name] for name in options if name in by_name] or None

    def enough(self, answer: Any) -> bool:
        return len(answer) >= self.least or answer[0].partition(":")[0] in self.alone

    def simulated(self, rng: np.random.Generator) -> Any:
        options = [name for name in with_other(self.options, self.other) if name not in self.alone]
        if not options:
            return [self.alone[0]]
        size = rng.integers(max(1, self.least), self.most or len(options), endpoint=True)
        return rng.choice(options, size=size, replace=False).tolist()

    @property
    def compared(self) -> Compared:
        return "options"

    def limits(self) -> str:
        ends = [f"{self.least} at least" if self.least else "", f"{self.most} at most" if self.most else ""]
        alone = f"{', '.join(self.alone)} with no other" if self.alone else ""
        return ", ".join(filter(None, (*ends, alone)))
