"""Questions answered with a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Self, final

from pydantic import Field, model_validator

from qmethod_studies.parts import Day
from qmethod_studies.questions.answers import clean_day
from qmethod_studies.questions.question import Compared, Question
from qmethod_studies.questions.shapes import Line, Shape

if TYPE_CHECKING:
    import numpy as np


@final
class DateQuestion(Question):
    """A day."""

    type: Literal["date"]
    earliest: Day | None = Field(None, description="The first day that is an answer, such as 1990-01-01.")
    latest: Day | None = Field(None, description="The last.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            raise ValueError("`earliest` must not be after `latest`")
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "visit", "type": "date", "label": "When were you there last?", "earliest": "2020-01-01"}

    def shape(self, language: str) -> Shape:
        return Line()

    def cleaned(self, value: object) -> str:
        return clean_day(value, self.earliest, self.latest)

    def simulated(self, rng: np.random.Generator) -> str:
        low = self.earliest.toordinal() if self.earliest else None
        high = self.latest.toordinal() if self.latest else None
        low = low if low is not None else max(1, (high or date(2026, 1, 1).toordinal()) - 365)
        return date.fromordinal(int(rng.integers(low, high if high is not None else min(low + 365, date.max.toordinal()), endpoint=True))).isoformat()

    @property
    def compared(self) -> Compared:
        return "not"

    def limits(self) -> str:
        return ", ".join(filter(None, (f"from {self.earliest}" if self.earliest else "", f"to {self.latest}" if self.latest else "")))
