"""Questions answered with a line of text."""

from __future__ import annotations

from typing import Any, Literal, final

from qmethod_studies.questions.question import WrittenQuestion
from qmethod_studies.questions.shapes import Line, Shape


@final
class TextQuestion(WrittenQuestion):
    """A line of text."""

    type: Literal["text"]

    @classmethod
    def example(cls) -> dict[str, Any]:
        return {"id": "work", "type": "text", "label": "What is your work?", "longest": 200}

    def shape(self, language: str) -> Shape:
        return Line()
