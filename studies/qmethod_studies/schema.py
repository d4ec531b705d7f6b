"""The JSON Schema of ``study.yaml``, with which editors complete keys and mark faults while one types."""

from __future__ import annotations

import json
from typing import Any

from qmethod.minus import MINUSES
from qmethod_studies.definition import Study
from qmethod_studies.words import NAMES

__all__ = ["SCHEMA_FILE", "as_text", "schema"]

SCHEMA_FILE = "study.schema.json"
_PLAIN = {"type": ["string", "number", "boolean"]}
_TEXT = {
    "title": "Text",
    "description": "A text; with several languages a map from the code of each language to its text.",
    "anyOf": [_PLAIN, {"type": "object", "additionalProperties": _PLAIN, "minProperties": 1}],
}


def schema() -> dict[str, Any]:
    """The schema, as JSON's types.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12. It knows keys, types and limits; what the parts of a study ask of one another, only
        `qmethod_studies.loading.load` checks.
    """
    made = Study.model_json_schema(by_alias=True)
    made["$defs"]["Text"] = dict(_TEXT)
    made["properties"]["grid"]["propertyNames"] = {"pattern": rf"^[-+{MINUSES}]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"}
    placement = made["$defs"]["Placement"]
    made["$defs"]["Placement"] = {"description": placement.pop("description"), "anyOf": [{"type": "number"}, placement]}
    quota = made["$defs"]["Quota"]
    made["$defs"]["Quota"] = {"description": quota.pop("description"), "anyOf": [{"type": "integer", "minimum": 1, "maximum": 1_000_000}, quota]}
    made["properties"]["statements"]["description"] = "Only where there is no statements.csv beside the file."
    made["required"] = [name for name in made["required"] if name not in ("statements", "condition")]
    made["oneOf"] = [{"required": ["condition"]}, {"required": ["conditions"]}]
    made["properties"]["conditions"]["minItems"] = 1
    made["properties"]["words"] = _words(made["properties"]["words"])
    values = made["$defs"]["Condition"]["properties"]["is"]
    values["items"] = dict(_PLAIN)
    for half in ("before", "after"):
        del made["$defs"]["Questions"]["properties"][half]["items"]["discriminator"]  # a word of OpenAPI; each kind names itself by its `type`
    _close(made)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Study",
        "description": "A Q-methodology study: study.yaml. Statements may stand in statements.csv beside it.",
    }
    return {**head, **{key: value for key, value in made.items() if key not in head}}


def _words(rule: dict[str, Any]) -> dict[str, Any]:
    """The words of a study, with the names that texts of the pages have."""
    [code] = rule["patternProperties"]
    named = {name: {**_PLAIN, "description": text} for name, text in NAMES.items()}
    return {**rule, "patternProperties": {code: {"type": "object", "properties": named, "additionalProperties": dict(_PLAIN)}}}


def _close(part: Any) -> None:
    """Refuse keys that fit no pattern, which pydantic's schema lets pass though its model does not."""
    if isinstance(part, dict):
        if "patternProperties" in part:
            part.setdefault("additionalProperties", False)
        for inner in part.values():
            _close(inner)
    elif isinstance(part, list):
        for inner in part:
            _close(inner)


def as_text() -> str:
    """The schema as a file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
