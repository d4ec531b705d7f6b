"""Questions answered with a number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, Self, final

from pydantic import Field, model_validator

from qmethod_studies.parts import Number
from qmethod_studies.questions.answers import clean_number
from qmethod_studies.questions.question import Compared, Question
from qmethod_studies.questions.shapes import Line, Shape

if TYPE_CHECKING:
    import numpy as np


@final
class NumberQuestion(Question):
    """A number, with a decimal point or comma."""

    type: Literal["number"]
    minimum: Number | None = Field(None, description="The smallest number that is an answer.")
    maximum: Number | None = Field(None, description="The largest.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise ValueError("the minimum must be below the maximum")
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "age", "type": "number", "label": "How old are you?", "minimum": 16, "maximum": 120}

    def shape(self, language: str) -> Shape:
        return Line()

    def cleaned(self, value: object) -> int | float:
        return clean_number(value, self.minimum, self.maximum)

    def simulated(self, rng: np.random.Generator) -> int | float:
        low = self.minimum if self.minimum is not None else (self.maximum or 100) - 100
        high = self.maximum if self.maximum is not None else low + 100
        return int(rng.integers(math.ceil(low), math.floor(high), endpoint=True)) if math.ceil(low) <= high else low

    @property
    def compared(self) -> Compared:
        return "number"

    def limits(self) -> str:
        if self.minimum is None and self.maximum is None:
            return ""
        return f"from {self.minimum if self.minimum is not None else '-'} to {self.maximum if self.maximum is not None else '-'}"
