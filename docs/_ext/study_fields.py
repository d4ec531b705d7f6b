"""The fields of a part of ``study.yaml``, read from the model when the pages are built."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from pydantic_core import PydanticUndefined
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod_studies import definition
from qmethod_studies.schema import schema

from .shown import _parsed


class StudyFields(SphinxDirective):
    """One row for each field of a part: its key, what it takes, its default, and what it is for."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        model = getattr(definition, name)
        described = schema() if name == "Study" else schema()["$defs"][name]
        if "properties" not in described:  # a part that a single value can stand for
            described = next(choice for choice in described["anyOf"] if "properties" in choice)
        lines = ["| key | takes | default | |", "|---|---|---|---|"]
        for field, declared in model.model_fields.items():
            key = declared.alias or field
            described_field = described["properties"][key]
            takes = _takes(described_field).replace("|", "\\|")
            about = (described_field.get("description") or "").replace("|", "\\|")
            default = "required" if key in described.get("required", []) else _default(declared)
            lines.append(f"| `{key}` | {takes} | {default} | {about} |")
        return _parsed(self, lines)


def _takes(rule: dict[str, Any]) -> str:
    """What a value must be, in a few words."""
    if "$ref" in rule:
        name = rule["$ref"].rpartition("/")[2]
        return "text" if name == "Text" else f"see {name}"
    if "anyOf" in rule:
        return " or ".join(dict.fromkeys(_takes(choice) for choice in rule["anyOf"] if choice.get("type") != "null"))
    if "enum" in rule:
        return ", ".join(f"`{value}`" for value in rule["enum"])
    kind = rule.get("type")
    if kind == "array":
        return f"list of: {_takes(rule['items'])}"
    if kind == "object":
        inner = rule.get("additionalProperties") or next(iter(rule.get("patternProperties", {}).values()), None)
        return f"map to: {_takes(inner)}" if isinstance(inner, dict) else "map"
    limits = [f"from {rule['minimum']:g}" if "minimum" in rule else "", f"to {rule['maximum']:g}" if "maximum" in rule else ""]
    words = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`", "string": "text without translation"}
    return " ".join(part for part in (words.get(str(kind), "text or number"), *limits) if part)


def _default(declared: Any) -> str:
    value = declared.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None or value == "" or value == () or value == {} or isinstance(value, definition.Part):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("study-fields", StudyFields)
    return {"parallel_read_safe": True}
