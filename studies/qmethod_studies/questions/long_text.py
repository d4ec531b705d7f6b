"""Questions answered with text of several lines."""

from __future__ import annotations

from typing import Any, Literal, final

from qmethod_studies.questions.question import WrittenQuestion
from qmethod_studies.questions.shapes import Lines, Shape


@final
class LongTextQuestion(WrittenQuestion):
    """Several lines of text."""

    type: Literal["long_text"]

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "remarks", "type": "long_text", "label": "What would you like to add?"}

    def shape(self, language: str) -> Shape:
        return Lines()
