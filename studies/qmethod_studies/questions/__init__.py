"""The kinds of questions, one class each. A kind is known everywhere once it stands in `Kind` and a page has a macro of its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import Field

from qmethod_studies.questions.choice import ChoiceQuestion
from qmethod_studies.questions.choices import ChoicesQuestion
from qmethod_studies.questions.date import DateQuestion
from qmethod_studies.questions.email import EmailQuestion
from qmethod_studies.questions.information import Information
from qmethod_studies.questions.long_text import LongTextQuestion
from qmethod_studies.questions.matrix import MatrixQuestion
from qmethod_studies.questions.number import NumberQuestion
from qmethod_studies.questions.question import Question
from qmethod_studies.questions.ranking import RankingQuestion
from qmethod_studies.questions.rating import RatingQuestion
from qmethod_studies.questions.select import SelectQuestion
from qmethod_studies.questions.slider import SliderQuestion
from qmethod_studies.questions.text import TextQuestion

__all__ = ["KINDS", "AnyQuestion", "Kind", "Question"]

Kind = (
    TextQuestion
    | LongTextQuestion
    | NumberQuestion
    | DateQuestion
    | EmailQuestion
    | ChoiceQuestion
    | SelectQuestion
    | ChoicesQuestion
    | RatingQuestion
    | SliderQuestion
    | MatrixQuestion
    | RankingQuestion
    | Information
)
AnyQuestion = Annotated[Kind, Field(discriminator="type")]
"""A question as a definition holds it: its `type` says which class reads it."""
KINDS: Mapping[str, type[Question]] = {get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(Kind)}
"""Each kind by its name in ``study.yaml``."""
