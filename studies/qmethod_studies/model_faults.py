"""What does not fit the model of a study, said in words that need no knowledge of the program."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from qmethod.errors import Fault
from qmethod_studies.definition import ORIGIN, Study
from qmethod_studies.look import FILE_NAME
from qmethod_studies.parts import Text
from qmethod_studies.questions import KINDS, Question
from qmethod_studies.questions.question import WRITTEN
from qmethod_studies.sources import Node

Path = tuple[str | int, ...]

_LINK = "must be a whole address without blanks, beginning with http:// or https://"
_PATTERNS = {  # beginning of a pattern of `qmethod_studies.parts` or `definition`, and what it asks for
    "^[A-Za-z][A-Za-z0-9_-]{0,39}$": "must begin with a letter and hold only letters a to z, figures, - and _, at most 40 of them",
    "^[a-z][a-z0-9-]{0,39}$": "must begin with a small letter and hold only small letters a to z, figures and -, at most 40 of them",
    "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "must be the code of a language, such as en, es or zh-Hans",
    r"^https?://[^\s]+$": _LINK,
    ORIGIN: "must be a whole site in small letters, https:// and the host, without a path or a *",
    FILE_NAME: "must be the name of a file in the folder of the study, with / between folders, without .. and without : * ? < > |",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}
_EXAMPLES = {  # how to write what is often written as a list
    "grid": "Write each column with its number of statements, such as {-1: 2, 0: 3, 1: 2}.",
    "words": "Write them by language, such as {en: {piles.agree: Like my view}}.",
    "languages": "Write each with its name, such as {en: {name: English}}.",
    "options": "Give each an id, such as {yes: Yes, no: No}; the ids stand in the data.",
    "rows": "Give each an id, such as {town: In town, land: On the land}; the ids stand in the data.",
    "placements": "Write each statement with its column, such as {s1: 2, s2: -1}.",
}
_SHOWN = 60
_EMPTY = "Write a value, or remove the key where it is not needed."


def validate(root: Node) -> tuple[dict[str, Any], frozenset[str], Node, list[Fault]]:
    """Check each part of a study against the model, as far as each can be checked.

    Parameters
    ----------
    root : Node
        The map of the whole study, its statements in it.

    Returns
    -------
    parts : dict
        The parts that can be used, by key of `qmethod_studies.definition.Study`, with defaults where a part is not given. Of a list of statements,
        questions or viewpoints the sound ones.
    whole : frozenset of str
        The parts of which nothing is missing.
    sound : Node
        The study without what is faulty, to find the places of the parts.
    faults : list of Fault
    """
    fields = Study.model_fields
    faults = [_unknown(root, (key,), Study) for key in root.items if key not in fields]
    parts: dict[str, Any] = {}
    whole: set[str] = set()
    for name, declared in fields.items():
        if name not in root.items:
            if declared.is_required():
                faults.append(Fault(f"`{name}` is missing", file=root.file, line=root.line, advice=_advice(name, declared.description)))
            else:
                parts[name] = declared.get_default()
                whole.add(name)
            continue
        adapter: TypeAdapter[Any] = TypeAdapter(Annotated[declared.annotation, declared])  # type: ignore[arg-type]
        found = _errors(adapter, root.items[name])
        if not isinstance(found, list):
            parts[name] = found
            whole.add(name)
            continue
        faults += [_said(root, (name, *error["loc"]), error) for error in found if not _only_counted_sound(root, name, error)]
        spared = _prune(root, name, found)
        if spared is None:
            continue
        value = _errors(adapter, spared.items[name])
        if not isinstance(value, list):
            parts[name], root = value, spared
    return parts, frozenset(whole), root, list(dict.fromkeys(faults))


def _errors(adapter: TypeAdapter[Any], node: Node) -> Any:
    """The value of a part, or the list of what is wrong with it. No part of a study is a list once it is read: lists become tuples."""
    try:
        return adapter.validate_python(node.plain(), context=WRITTEN)
    except ValidationError as error:
        return [more for found in error.errors(include_url=False) for more in (found, *_of_no_kind(found))]


def _of_no_kind(error: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of a question of an unknown kind: what is wrong with the keys that every question has."""
    if error["type"] not in ("union_tag_invalid", "union_tag_not_found"):
        return
    for key, declared in Question.model_fields.items():
        if key in error["input"] and key != "type":
            adapter: TypeAdapter[Any] = TypeAdapter(Annotated[declared.annotation, declared])  # type: ignore[arg-type]
            try:
                adapter.validate_python(error["input"][key])
            except ValidationError as inner:
                yield from ({**found, "loc": (*error["loc"], key, *found["loc"])} for found in inner.errors(include_url=False))


def _only_counted_sound(root: Node, name: str, error: Mapping[str, Any]) -> bool:
    """Whether a list is called too short only because entries are faulty, which is said already."""
    if error["type"] != "too_short":
        return False
    wanted: int = error["ctx"]["min_length"]
    return len(root.locate(_as_written((name, *error["loc"])))[1].items) >= wanted


def _prune(root: Node, name: str, errors: list[Mapping[str, Any]]) -> Node | None:
    """The study without the elements of lists that errors stand in; None where an error stands in no list, or in one that must not run short."""
    doomed: set[Path] = set()
    for error in errors:
        path: Path = (name, *error["loc"])
        cut = next((path[: i + 1] for i, part in enumerate(path) if isinstance(part, int)), None)
        if cut is None:
            return None
        doomed.add(cut)
    return root.without(doomed)


def _said(root: Node, path: Path, error: Mapping[str, Any]) -> Fault:
    """One error of pydantic in words."""
    of_key = path[-1] == "[key]"
    path = tuple(part for part in path if part != "[key]")
    kind = error["type"]
    annotation = _annotation(path)
    of_kind = _annotation(path[:-1]) if kind == "extra_forbidden" else None
    path = _as_written(path)
    label, node, line = root.locate(path)
    if kind == "extra_forbidden":
        return _unknown(root, path, of_kind)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _no_kind(root, (*path, "type"))
    if kind == "missing":
        return Fault(f"`{label}` is missing", file=node.file, line=line)
    if of_key:  # what does not fit is the key, not what stands under it
        node, annotation = Node(node.file, line, "text", str(path[-1])), None
    message, advice = _words(kind, error.get("ctx", {}), node, annotation)
    if of_key and kind == "string_pattern_mismatch":
        advice = _id_advice(str(path[-1]))
    elif kind in ("dict_type", "model_type"):
        advice = advice or _EXAMPLES.get(str(path[-1]))
    subject = f"`{label}` " if kind != "value_error" else f"`{label}`: "
    return Fault(subject + (message or error["msg"]), file=node.file, line=line, advice=advice)


def _no_kind(root: Node, path: Path) -> Fault:
    """A question that says no kind, or one that there is not."""
    label, node, line = root.locate(path)
    kinds = f"{', '.join([*KINDS][:-1])} or {[*KINDS][-1]}"
    if path[-1] not in root.locate(path[:-1])[1].items:
        return Fault(f"`{label}` is missing", file=node.file, line=line, advice=f"It says what is asked for: {kinds}.")
    near = difflib.get_close_matches(node.text, KINDS, 1)
    return Fault(f"`{label}` must be {kinds}; got {_got(node)}", file=node.file, line=line, advice=f"Did you mean {near[0]}?" if near else None)


def _as_written(path: Path) -> Path:
    """A path of pydantic without the kind that it puts after the place of a question."""
    return (*path[:3], *path[4:]) if path[0] == "questions" and len(path) > 3 and path[3] in KINDS else path


def _words(kind: str, limits: Mapping[str, Any], node: Node, annotation: Any) -> tuple[str, str | None]:
    got = _got(node)
    if kind == "value_error":
        return str(limits["error"]), None
    if annotation is Text and kind in ("dict_type", "model_type", "model_attributes_type"):
        empty = node.kind == "nothing"
        return ("is empty" if empty else f"must be a text, or a text for each language; got {got}"), _EMPTY if empty else None
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"must be {words} {limits[key]:g}; got {got}", None
    if kind == "string_pattern_mismatch":
        return f"{_PATTERNS.get(limits['pattern'], 'has a form that is not allowed')}; got {got}", None
    if kind == "literal_error":
        wanted = limits["expected"].replace(chr(39), "").replace("True", "true").replace("False", "false")
        return f"must be {wanted}; got {got}", None
    if kind == "string_too_short" or (node.kind == "nothing" and not kind.startswith("too_")):
        return "is empty", _EMPTY
    if kind == "too_short":
        n = limits["min_length"]
        return f"needs at least {n} {'entry' if n == 1 else 'entries'}; it has {limits['actual_length']}", None
    if kind == "too_long":
        n = limits["max_length"]
        return f"takes at most {n} {'entry' if n == 1 else 'entries'}; it has {limits['actual_length']}", None
    if kind == "string_type":
        return f"must be a text; got {got}", None
    if kind.startswith("int"):
        return f"must be a whole number; got {got}", None
    if kind.startswith(("float", "finite")):
        return f"must be a number; got {got}", _decimal_point(node.text)
    if kind.startswith("date"):
        return f"must be a day such as 2026-05-31; got {got}", None
    if kind.startswith("bool"):
        return f"must be true or false; got {got}", None
    if kind in ("tuple_type", "list_type"):
        return f"must be a list; got {got}", f"Write [{node.text}]." if node.kind == "text" else None
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"must be keys with values, such as `key: value`; got {got}", _keys_advice(node, annotation)
    if kind == "string_unicode":
        return "holds a sign that is no text", None
    return "", None


def _decimal_point(text: str) -> str | None:
    """How to write a number with a comma."""
    return f"Write decimals with a point: {text.replace(',', '.')}." if re.fullmatch(r"\s*\S?\d*,\d+\s*", text) else None


def _id_advice(key: str) -> str | None:
    """How to write an id that is a bare figure."""
    return f"Put a letter in front: a{key}." if key.isdigit() else None


def _keys_advice(node: Node, annotation: Any) -> str | None:
    """What to write where keys and values are wanted and a single value stands."""
    if node.kind != "text":
        return None
    if re.fullmatch(r"[^\s:,]+:[^\s:,]+(,\s*[^\s:,]+:[^\s:,]+)+", node.text):
        pairs = ", ".join(f"{key}: {value}" for key, _, value in (pair.strip().partition(":") for pair in node.text.split(",")))
        return f"Write {{{pairs}}}, with a blank after each colon."
    if parts := re.fullmatch(r"(\S+?):(\S+)(\s.*)?", node.text, re.DOTALL):
        return f"A blank is missing after the colon: write {parts[1]}: {parts[2].rstrip(',')}."
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return None
    needed = [declared.alias or name for name, declared in annotation.model_fields.items() if declared.is_required()]
    return f"Write {{{needed[0]}: {node.text}}}." if len(needed) == 1 else None


def _got(node: Node) -> str:
    match node.kind:
        case "text":
            return repr(node.text if len(node.text) <= _SHOWN else node.text[: _SHOWN - 3] + "...")
        case "nothing":
            return "nothing"
        case "list":
            return f"a list of {len(node.items)}"
    return f"keys with values ({', '.join(map(str, list(node.items)[:4]))})" if node.items else "no keys at all"


def _unknown(root: Node, path: Path, model: Any) -> Fault:
    """A key that means nothing where it stands, with the nearest one that does."""
    label, node, line = root.locate(path)
    known = _keys(model)
    near = difflib.get_close_matches(str(path[-1]), known, 1)
    advice = f"Did you mean {near[0]}?" if near else f"Known there are {', '.join(known)}." if known else None
    where = f"for a question of type {next(name for name, kind in KINDS.items() if kind is model)}" if model in KINDS.values() else "here"
    return Fault(f"`{label}` means nothing {where}", file=node.file, line=line, advice=advice)


def _keys(model: Any) -> list[str]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [declared.alias or name for name, declared in model.model_fields.items()]
    return []


def _annotation(path: Path) -> Any:
    """The type that the model has for a path; None where it has none."""
    found: Any = Study
    for part in path:
        found = _inner(found)
        if found is Question and part in KINDS:
            found = KINDS[str(part)]
            continue
        if isinstance(found, type) and issubclass(found, BaseModel):
            if issubclass(found, Text):
                return str
            fields = {declared.alias or name: declared.annotation for name, declared in found.model_fields.items()}
            found = fields.get(str(part))
        elif get_origin(found) in (tuple, dict):
            found = get_args(found)[0 if get_origin(found) is tuple else 1]
        else:
            return None
    return _inner(found)


def _inner(annotation: Any) -> Any:
    """A type without Annotated and without the None of an optional value."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            if set(get_args(annotation)) == set(KINDS.values()):
                return Question
            annotation = next(kind for kind in get_args(annotation) if kind is not types.NoneType)
        else:
            return annotation


def _advice(name: str, description: str | None) -> str:
    return f"{name}: {description}" if description else f"Give `{name}`; every study has one."
