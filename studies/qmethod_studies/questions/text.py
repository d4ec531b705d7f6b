"""Questions answered with a line of text."""

from __future__ import annotations

from typing import Any, Literal, final

import numpy as np
from pydantic import Field

from qmethod_studies.questions.answers import clean_text
from qmethod_studies.questions.question import LONGEST, Compared, Question
from qmethod_studies.questions.shapes import Line, Shape


@final
class TextQuestion(Question):
    """A line of text."""

    type: Literal["text"]
    longest: int = Field(LONGEST, ge=1, le=20000, description="Characters at most.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "work", "type": "text", "label": "What is your work?", "longest": 200}

    def shape(self, language: str) -> Shape:
        return Line()

    def cleaned(self, value: object) -> str | None:
        text = clean_text(value, self.longest)
        return text if text.strip() else None

    def simulated(self, rng: np.random.Generator) -> str:
        return "simulated"[: self.longest]

    @property
    def compared(self) -> Compared:
        return "not"
