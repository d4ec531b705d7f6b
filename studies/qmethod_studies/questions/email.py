"""Questions answered with an e-mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, final

from pydantic import Field

from qmethod_studies.questions.answers import clean_address
from qmethod_studies.questions.question import Compared, Question
from qmethod_studies.questions.shapes import Line, Shape

if TYPE_CHECKING:
    import numpy as np


@final
class EmailQuestion(Question):
    """An e-mail address. It is personal: no file of an export has it beside a sort, unless the study says so."""

    type: Literal["email"]
    beside_sorts: bool = Field(False, description="Whether exports have the addresses beside answers and sorts. Tell people so if they do.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "results", "type": "email", "label": "Where may we send the results?"}

    def shape(self, language: str) -> Shape:
        return Line()

    def cleaned(self, value: object) -> str:
        return clean_address(value)

    def simulated(self, rng: np.random.Generator) -> str:
        return f"simulated{int(rng.integers(1000))}@example.org"

    @property
    def compared(self) -> Compared:
        return "not"

    @property
    def personal(self) -> bool:
        return not self.beside_sorts
