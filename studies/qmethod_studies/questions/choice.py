"""Questions answered with one option."""

from __future__ import annotations

from typing import Any, Literal, final

import numpy as np
from pydantic import Field

from qmethod_studies.parts import Id, Text
from qmethod_studies.questions.answers import clean_option
from qmethod_studies.questions.question import Compared, Question, texts_in
from qmethod_studies.questions.shapes import OneOf, Shape


@final
class ChoiceQuestion(Question):
    """One of the options."""

    type: Literal["choice"]
    options: dict[Id, Text] = Field(min_length=1, description="Id of each option and its text.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        options = {"often": "Every week", "sometimes": "Now and then", "never": "Hardly ever"}
        return {"id": "visits", "type": "choice", "label": "How often do you visit a park?", "options": options}

    def shape(self, language: str) -> Shape:
        return OneOf(texts_in(self.options, language))

    def cleaned(self, value: object) -> str:
        return clean_option(value, self.options)

    def simulated(self, rng: np.random.Generator) -> Any:
        return rng.choice(list(self.options)).item()

    @property
    def compared(self) -> Compared:
        return "options"
