"""A study in each language that the pages speak, and in no other."""

from __future__ import annotations

from typing import Any

from qmethod_studies.definition import Study
from qmethod_studies.languages import interface_languages, language_name

LANGUAGES = tuple(interface_languages())


def in_language(study: Study, code: str, /, **changed: Any) -> Study:
    """A study that is written in English, as if its texts were in another language: all that is left of English then is the pages' own."""

    def moved(value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("en"), str):
            return {code: value["en"]}
        if isinstance(value, dict):
            return {key: moved(item) for key, item in value.items()}
        return [moved(item) for item in value] if isinstance(value, list) else value

    whole = moved(study.model_dump(mode="json", by_alias=True, exclude_none=True))
    return Study.model_validate({**whole, "languages": {code: {"name": language_name(code)}}, **changed})
