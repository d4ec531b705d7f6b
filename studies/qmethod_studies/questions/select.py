"""Questions answered with one option from a list that unfolds."""

from __future__ import annotations

from typing import Any, Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from qmethod_studies.parts import Id, Text
from qmethod_studies.questions.answers import clean_own
from qmethod_studies.questions.question import Compared, Question, texts_in, with_other
from qmethod_studies.questions.shapes import OneOf, Shape


@final
class SelectQuestion(Question):
    """One of the options, from a list that unfolds; for many options."""

    type: Literal["select"]
    options: dict[Id, Text] = Field(min_length=1, description="Id of each option and its text.")
    other: Text | None = Field(None, description="Text of one more option, beside which people write what they mean; its id is other.")

    @model_validator(mode="after")
    def _one_other(self) -> Self:
        with_other(self.options, self.other)
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        options = {"north": "North", "east": "East", "south": "South", "west": "West"}
        return {"id": "side", "type": "select", "label": "Which side of the town do you live on?", "options": options}

    def shape(self, language: str) -> Shape:
        return OneOf(texts_in(with_other(self.options, self.other), language))

    def cleaned(self, value: object) -> str:
        return clean_own(value, with_other(self.options, self.other))

    def simulated(self, rng: np.random.Generator) -> Any:
        return rng.choice(list(with_other(self.options, self.other))).item()

    @property
    def compared(self) -> Compared:
        return "options"
