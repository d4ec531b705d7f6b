"""Questions answered with text of several lines."""

from __future__ import annotations

from typing import Any, Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from qmethod_studies.questions.answers import clean_text
from qmethod_studies.questions.question import LONGEST, Compared, Question
from qmethod_studies.questions.shapes import Lines, Shape


@final
class LongTextQuestion(Question):
    """Several lines of text."""

    type: Literal["long_text"]
    longest: int = Field(LONGEST, ge=1, le=20000, description="Characters at most.")
    shortest: int = Field(0, ge=0, le=20000, description="Characters that an answer has at least.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError("`shortest` must not be more than `longest`")
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "remarks", "type": "long_text", "label": "What would you like to add?"}

    def shape(self, language: str) -> Shape:
        return Lines()

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
