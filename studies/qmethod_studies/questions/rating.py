"""Questions answered with a whole number between two ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Self, final

from pydantic import Field, model_validator

from qmethod_studies.parts import Number, Text
from qmethod_studies.questions.answers import AnswerError, clean_number
from qmethod_studies.questions.question import Compared, Question
from qmethod_studies.questions.shapes import Figures, Shape

if TYPE_CHECKING:
    import numpy as np

MOST_STEPS = 20


@final
class RatingQuestion(Question):
    """A whole number between two ends, at most 20 apart."""

    type: Literal["rating"]
    minimum: Number = Field(description="The lowest figure.")
    maximum: Number = Field(description="The highest figure.")
    low: Text | None = Field(None, description="What the lowest figure means.")
    high: Text | None = Field(None, description="What the highest figure means.")

    @model_validator(mode="after")
    def _a_few_figures(self) -> Self:
        if self.minimum >= self.maximum:
            raise ValueError("the minimum must be below the maximum")
        if not self.minimum.is_integer() or not self.maximum.is_integer() or self.maximum - self.minimum > MOST_STEPS:
            raise ValueError(f"a rating needs whole numbers as minimum and maximum, at most {MOST_STEPS} apart")
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        question = {"id": "trust", "type": "rating", "label": "How far do you trust your council?", "minimum": 1, "maximum": 5}
        return {**question, "low": "Not at all", "high": "Wholly"}

    def shape(self, language: str) -> Shape:
        return Figures(int(self.minimum), int(self.maximum))

    def cleaned(self, value: object) -> int | float:
        number = clean_number(value, None, None)
        if not float(number).is_integer():
            raise AnswerError("not-a-number")
        return clean_number(number, self.minimum, self.maximum)

    def simulated(self, rng: np.random.Generator) -> int:
        return int(rng.integers(int(self.minimum), int(self.maximum), endpoint=True))

    @property
    def compared(self) -> Compared:
        return "number"

    def limits(self) -> str:
        return f"from {self.minimum} to {self.maximum}"

    def meanings(self, language: str) -> Iterator[tuple[str, str, str]]:
        for end, text in ((self.minimum, self.low), (self.maximum, self.high)):
            if text is not None:
                yield "value", f"{end:g}", text.in_(language)
