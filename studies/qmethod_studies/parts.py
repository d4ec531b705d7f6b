"""What definitions are made of: ids, numbers as they are typed, texts in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from qmethod.brief import brief
from qmethod.minus import plain_minus

Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
StudyId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
LanguageCode = Annotated[str, Field(pattern=_LANGUAGE)]


def is_language_code(value: str) -> bool:
    """Whether a language can have this code."""
    return re.fullmatch(_LANGUAGE, value) is not None


def _typed(value: Any) -> Any:
    """A number as its author typed or pasted it, with the minus sign of the keyboard."""
    return plain_minus(value) if isinstance(value, str) else value


Number = Annotated[float, BeforeValidator(_typed)]


def _day(value: Any) -> Any:
    """A day as its author typed it; a bare number is none, although it could be taken for a moment."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        raise ValueError(f"must be a day such as 2026-05-31; got {value[:40]!r}")
    return value.strip() if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day)]


class Part(BaseModel):
    """A part of a study: frozen, and refusing keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    __repr__ = brief

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy in which some fields are others; what was worked out of them, and kept, is worked out anew."""
        made = super().model_copy(update=update, deep=deep)
        for name in made.__dict__.keys() - type(made).model_fields.keys():
            del made.__dict__[name]
        return made


class Text(RootModel[dict[str, str]]):
    """A text in each language of the study. In a file one plain string will do where the study has one language."""

    model_config = ConfigDict(frozen=True)

    __repr__ = brief

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"": value} if isinstance(value, str) else value

    def in_(self, language: str) -> str:
        """The text in a language; where there is none, in the first language it has."""
        return self.root.get(language) or self.root.get("") or next(iter(self.root.values()), "")

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.root.items())))
