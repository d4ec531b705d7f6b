"""Questions answered with one option from a list that unfolds."""

from __future__ import annotations

from typing import Any, Literal, final

from qmethod_studies.questions.question import OptionQuestion


@final
class SelectQuestion(OptionQuestion):
    """One of the options, from a list that unfolds; for many options."""

    type: Literal["select"]

    @classmethod
    def example(cls) -> dict[str, Any]:
        options = {"north": "North", "east": "East", "south": "South", "west": "West"}
        return {"id": "side", "type": "select", "label": "Which side of the town do you live on?", "options": options}
