"""Questions answered by moving along a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, final

from pydantic import Field, model_validator

from qmethod_studies.parts import Number, Text
from qmethod_studies.questions.answers import clean_number
from qmethod_studies.questions.question import Compared, Question
from qmethod_studies.questions.shapes import Line, Shape

if TYPE_CHECKING:
    import numpy as np

MOST_STEPS = 10_000


@final
class SliderQuestion(Question):
    """A number between two ends, by moving along a line or by writing it."""

    type: Literal["slider"]
    minimum: Number = Field(0, description="The number at the beginning.")
    maximum: Number = Field(100, description="The number at the end.")
    step: Number = Field(1, gt=0, description="How far apart the numbers are on the line; one that is written may lie between.")
    low: Text | None = Field(None, description="What the beginning means.")
    high: Text | None = Field(None, description="What the end means.")

    @model_validator(mode="after")
    def _a_line(self) -> Self:
        if self.minimum >= self.maximum:
            raise ValueError("the minimum must be below the maximum")
        if not 1 <= (self.maximum - self.minimum) / self.step <= MOST_STEPS:
            raise ValueError(f"from the minimum to the maximum there must be a step at least, and {MOST_STEPS} at most")
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "warm", "type": "slider", "label": "How warm do you feel towards your town?", "low": "Cold", "high": "Warm"}

    def shape(self, language: str) -> Shape:
        return Line()

    def cleaned(self, value: object) -> int | float:
        return clean_number(value, self.minimum, self.maximum)

    def simulated(self, rng: np.random.Generator) -> int | float:
        steps = int((self.maximum - self.minimum) / self.step)
        return clean_number(min(self.maximum, round(self.minimum + self.step * int(rng.integers(steps, endpoint=True)), 9)), None, None)

    @property
    def compared(self) -> Compared:
        return "number"

    def limits(self) -> str:
        return f"from {self.minimum:g} to {self.maximum:g}"
