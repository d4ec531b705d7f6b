"""A text to read among the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self, final

from pydantic import model_validator

from qmethod_studies.questions.answers import AnswerError
from qmethod_studies.questions.question import Compared, Question
from qmethod_studies.questions.shapes import Nothing, Shape

if TYPE_CHECKING:
    import numpy as np


@final
class Information(Question):
    """Nothing; its label is shown. It cannot be required, and takes no hint."""

    type: Literal["information"]

    @model_validator(mode="after")
    def _nothing_to_answer(self) -> Self:
        if self.required or self.hint:
            raise ValueError("information has nothing to answer: it cannot be required, and takes no hint")
        return self

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "next", "type": "information", "label": "The last questions are about yourself."}

    def shape(self, language: str) -> Shape:
        return Nothing()

    def clean(self, value: object) -> Any:
        return self.cleaned(value)  # an empty answer is none here either

    def cleaned(self, value: object) -> Any:
        raise AnswerError("nothing-to-answer")

    def simulated(self, rng: np.random.Generator) -> None:
        return None

    @property
    def compared(self) -> Compared:
        return "not"
