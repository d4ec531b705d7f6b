"""Questions answered by putting options in an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, final

from pydantic import Field

from qmethod_studies.parts import Id, Text
from qmethod_studies.questions.answers import AnswerError, clean_number
from qmethod_studies.questions.question import Compared, Question, texts_in
from qmethod_studies.questions.shapes import Ranked, Shape

if TYPE_CHECKING:
    import numpy as np


@final
class RankingQuestion(Question):
    """A place for each option, from 1, no two the same. Where it is required, every option has one."""

    type: Literal["ranking"]
    options: dict[Id, Text] = Field(min_length=2, max_length=40, description="Id of each option and its text.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        options = {"quiet": "Quiet", "green": "Green", "safe": "Safety"}
        return {"id": "order", "type": "ranking", "label": "What matters most to you there? 1 is most.", "options": options}

    def shape(self, language: str) -> Shape:
        return Ranked(texts_in(self.options, language))

    def cleaned(self, value: object) -> dict[str, int] | None:
        if not isinstance(value, dict) or len(value) > len(self.options):
            raise AnswerError("malformed")
        if any(option not in self.options for option in value):
            raise AnswerError("unknown-option")
        places = {option: self._place(value[option]) for option in self.options if value.get(option) not in (None, "")}
        if len(set(places.values())) < len(places):
            raise AnswerError("same-rank")
        return places or None

    def _place(self, value: object) -> int:
        number = clean_number(value, 1, len(self.options))
        if not float(number).is_integer():
            raise AnswerError("not-a-number")
        return int(number)

    def simulated(self, rng: np.random.Generator) -> Any:
        return {option: int(place) for option, place in zip(self.options, rng.permutation(len(self.options)) + 1, strict=True)}

    @property
    def compared(self) -> Compared:
        return "not"

    def limits(self) -> str:
        return f"places from 1 to {len(self.options)}"
