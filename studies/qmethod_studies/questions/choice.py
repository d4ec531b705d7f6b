"""Questions answered with one option."""

from __future__ import annotations

from typing import Any, Literal, final

from qmethod_studies.questions.question import OptionQuestion


@final
class ChoiceQuestion(OptionQuestion):
    """One of the options."""

    type: Literal["choice"]

    @classmethod
    def example(cls) -> dict[str, Any]:
        options = {"often": "Every week", "sometimes": "Now and then", "never": "Hardly ever"}
        return {"id": "visits", "type": "choice", "label": "How often do you visit a park?", "options": options}
