"""The fields of a part of ``study.yaml``, read from the model when the pages are built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from docutils import nodes
from pydantic_core import PydanticUndefined
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod_studies import definition
from qmethod_studies.languages import interface_languages, language_name
from qmethod_studies.parts import Part
from qmethod_studies.questions import KINDS, Question
from qmethod_studies.questions.question import Condition
from qmethod_studies.schema import schema
from qmethod_studies.starting import flow
from qmethod_studies.words import NAMES

from .shown import _parsed

MODELS = {"Question": Question, "Condition": Condition}


class StudyFields(SphinxDirective):
    """One row for each field of a part: its key, what it takes, its default, and what it is for."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        model = MODELS.get(name) or getattr(definition, name)
        described = schema() if name == "Study" else model.model_json_schema() if model is Question else schema()["$defs"][name]
        if "properties" not in described:  # a part that a single value can stand for
            described = next(choice for choice in described["anyOf"] if "properties" in choice)
        if model is Question:
            described["properties"]["type"] = {"enum": list(KINDS), "description": "What is asked for; see below."}
        return _parsed(self, ["| key | takes | default | |", "|---|---|---|---|", *_rows(model, described, model.model_fields)])


class QuestionKinds(SphinxDirective):
    """What each kind of question asks for, the keys of its own, and one as a file has it."""

    def run(self) -> list[nodes.Node]:
        lines = []
        for name, kind in KINDS.items():
            described = schema()["$defs"][kind.__name__]
            own = [field for field in kind.model_fields if field not in Question.model_fields]
            lines += [f"`{name}`", f": {(kind.__doc__ or '').partition(chr(10))[0]}", ""]
            if own:
                lines += ["  | key | takes | default | |", "  |---|---|---|---|", *(f"  {row}" for row in _rows(kind, described, own)), ""]
            lines += ["  ```yaml", f"  - {flow(kind.example())}", "  ```", ""]
        return _parsed(self, lines)


class PageLanguages(SphinxDirective):
    """The languages in which the pages are drafts, in one line."""

    def run(self) -> list[nodes.Node]:
        return _parsed(self, [", ".join(f"{language_name(code)} (`{code}`)" for code, draft in interface_languages().items() if draft) + "."])


class PageWords(SphinxDirective):
    """One row for each text of the pages that has a name."""

    def run(self) -> list[nodes.Node]:
        return _parsed(self, ["| name | what the pages say |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in NAMES.items())])


def _rows(model: Any, described: dict[str, Any], fields: Iterable[str]) -> Iterator[str]:
    for field in fields:
        declared = model.model_fields[field]
        key = declared.alias or field
        described_field = described["properties"][key]
        takes = _takes(described_field).replace("|", "\\|")
        about = (described_field.get("description") or "").replace("|", "\\|")
        default = "required" if key in described.get("required", []) else _default(declared)
        yield f"| `{key}` | {takes} | {default} | {about} |"


def _takes(rule: dict[str, Any]) -> str:
    """What a value must be, in a few words."""
    if "$ref" in rule:
        name = rule["$ref"].rpartition("/")[2]
        return "text" if name == "Text" else f"see {name}"
    if "anyOf" in rule:
        return " or ".join(dict.fromkeys(_takes(choice) for choice in rule["anyOf"] if choice.get("type") != "null"))
    if "enum" in rule:
        return ", ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in rule["enum"])
    kind = rule.get("type")
    if kind == "array":
        return f"list of: {_takes(rule['items'])}"
    if kind == "object":
        inner = rule.get("additionalProperties") or next(iter(rule.get("patternProperties", {}).values()), None)
        return f"map to: {_takes(inner)}" if isinstance(inner, dict) else "map"
    if rule.get("format") == "date":
        return "day"
    if "T" in rule.get("pattern", ""):
        return "moment with its time zone"
    limits = [f"from {rule['minimum']:g}" if "minimum" in rule else "", f"to {rule['maximum']:g}" if "maximum" in rule else ""]
    words = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`", "string": "text without translation"}
    return " ".join(part for part in (words.get(str(kind), "text or number"), *limits) if part)


def _default(declared: Any) -> str:
    value = declared.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None or value == "" or value == () or value == {} or isinstance(value, Part):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("study-fields", StudyFields)
    app.add_directive("question-kinds", QuestionKinds)
    app.add_directive("page-languages", PageLanguages)
    app.add_directive("page-words", PageWords)
    return {"parallel_read_safe": True}
