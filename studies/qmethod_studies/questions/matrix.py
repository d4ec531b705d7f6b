"""Questions answered with one option for each of some rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, final

from pydantic import Field

from qmethod_studies.parts import Id, Text
from qmethod_studies.questions.answers import AnswerError, clean_option
from qmethod_studies.questions.question import Compared, Question, texts_in
from qmethod_studies.questions.shapes import OneOfEach, Shape

if TYPE_CHECKING:
    import numpy as np


@final
class MatrixQuestion(Question):
    """One of the options for each row. Where it is required, every row is."""

    type: Literal["matrix"]
    options: dict[Id, Text] = Field(min_length=1, description="Id of each option and its text.")
    rows: dict[Id, Text] = Field(min_length=1, description="Id of each row and its text.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        rows, options = {"trees": "The trees", "paths": "The paths"}, {"good": "Good", "fair": "Fair", "bad": "Bad"}
        return {"id": "state", "type": "matrix", "label": "What state are they in?", "options": options, "rows": rows}

    def shape(self, language: str) -> Shape:
        return OneOfEach(texts_in(self.rows, language), texts_in(self.options, language))

    def cleaned(self, value: object) -> dict[str, str] | None:
        if not isinstance(value, dict) or len(value) > len(self.rows):
            raise AnswerError("malformed")
        if any(row not in self.rows for row in value):
            raise AnswerError("unknown-row")
        return {row: clean_option(value[row], self.options) for row in self.rows if value.get(row) not in (None, "")} or None

    def simulated(self, rng: np.random.Generator) -> Any:
        return {row: rng.choice(list(self.options)).item() for row in self.rows}

    @property
    def compared(self) -> Compared:
        return "not"
