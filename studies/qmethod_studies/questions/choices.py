"""Questions answered with any of some options."""

from __future__ import annotations

from typing import Any, Literal, final

import numpy as np
from pydantic import Field

from qmethod_studies.parts import Id, Text
from qmethod_studies.questions.answers import AnswerError, clean_option
from qmethod_studies.questions.question import Compared, Question, texts_in
from qmethod_studies.questions.shapes import SeveralOf, Shape


@final
class ChoicesQuestion(Question):
    """Any of the options."""

    type: Literal["choices"]
    options: dict[Id, Text] = Field(min_length=1, description="Id of each option and its text.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        options = {"walk": "To walk", "play": "To play", "meet": "To meet people"}
        return {"id": "reasons", "type": "choices", "label": "What do you go there for?", "options": options}

    def shape(self, language: str) -> Shape:
        return SeveralOf(texts_in(self.options, language))

    def cleaned(self, value: object) -> list[str] | None:
        if not isinstance(value, list) or len(value) > len(self.options):
            raise AnswerError("malformed")
        chosen = {clean_option(part, self.options) for part in value}
        return [option for option in self.options if option in chosen] or None

    def simulated(self, rng: np.random.Generator) -> Any:
        options = list(self.options)
        return rng.choice(options, size=rng.integers(1, len(options), endpoint=True), replace=False).tolist()

    @property
    def compared(self) -> Compared:
        return "options"
