"""Questions answered with text of several lines."""

from __future__ import annotations

from typing import Any, Literal, final

import numpy as np
from pydantic import Field

from qmethod_studies.questions.answers import clean_text
from qmethod_studies.questions.question import LONGEST, Compared, Question
from qmethod_studies.questions.shapes import Lines, Shape


@final
class LongTextQuestion(Question):
    """Several lines of text."""

    type: Literal["long_text"]
    longest: int = Field(LONGEST, ge=1, le=20000, description="Characters at most.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "remarks", "type": "long_text", "label": "What would you like to add?"}

    def shape(self, language: str) -> Shape:
        return Lines()

    def cleaned(self, value: object) -> str | None:
        text = clean_text(value, self.longest)
        return text if text.strip() else None

    def simulated(self, rng: np.random.Generator) -> str:
        return "simulated"[: self.longest]

    @property
    def compared(self) -> Compared:
        return "not"
