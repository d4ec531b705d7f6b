"""The files of a study as trees of nodes that remember the line they came from. Knows files and YAML; nothing of studies."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from qmethod.errors import DataError, Fault
from qmethod.minus import plain_minus

LARGEST = 1_000_000
"""Bytes that a file of a study may have; a study of 200 statements in 12 languages has a third of it."""
DEEPEST = 20
MOST_NODES = 20_000

_NOTHING = ("", "~", "null", "Null", "NULL")
_COUNT = re.compile("[1-9][0-9]{0,5}")
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ENDLESS = re.compile(r"(?<![^\s\[\]{},:?-])!\S{1000}|(?:^%.*\n){100}", re.MULTILINE)
"""What takes the reader of YAML the longer the more of it there is: long tags, and many directives."""
_SAID = (  # what ruamel.yaml says, and what the person at the keyboard can do about it
    (
        "that cannot start any token",
        "a sign that cannot stand here",
        "Indent by blanks, never by tabs; put a text that begins with @, `, % or & in quotes.",
    ),
    (
        "mapping values are not allowed",
        "a colon where none can stand",
        "Put a text that holds a colon and a blank in quotes, or check the indentation, and that a blank follows each colon in the line above.",
    ),
    (
        "could not find expected ':'",
        "a key without its colon",
        "Write `key: value`, with a blank after the colon; indent the further lines of a text more than its key.",
    ),
    ("expected <block end>", "the indentation does not fit the lines above", "Begin all keys of one part in the same column, by blanks."),
    ("while scanning a quoted scalar", "a quotation mark that is never closed", "Close the text with the sign it was opened with."),
    ("expected ',' or", "a bracket that is never closed, or a comma too few", "Check the brackets and commas of this line and the one above."),
    ("found undefined alias", "an alias without an anchor", "Put a text that begins with * in quotes."),
    ("expected alphabetic or numeric", "a * or & that names nothing", "Put a text that begins with * or & in quotes."),
)


@dataclass(frozen=True, slots=True)
class Node:
    """A value in a file, and where it stands.

    Parameters
    ----------
    file : str
        As the user named it.
    line : int
        Counted from 1.
    kind : {"text", "nothing", "list", "map"}
    text : str
        Of a text, just as it is written: ``2026`` and ``no`` are not made a number or a truth value here.
    items : dict
        Of a list by position, of a map by key. Positions are those of the file, even where `without` took some away.
    key_lines : mapping of str to int
        The line of each key of a map.
    size : int
        How many nodes there are in it, itself included, aliases written out.
    """

    file: str
    line: int
    kind: Literal["text", "nothing", "list", "map"]
    text: str = ""
    items: dict[str | int, Node] = field(default_factory=dict)
    key_lines: Mapping[str, int] = field(default_factory=dict)
    size: int = 1

    def plain(self) -> Any:
        """As str, None, list and dict."""
        match self.kind:
            case "text":
                return self.text
            case "nothing":
                return None
            case "list":
                return [item.plain() for item in self.items.values()]
        return {key: item.plain() for key, item in self.items.items()}

    def child(self, part: str | int) -> tuple[str, Node] | None:
        """What stands under a key, or at a place of the list as it is now, with what to call it in a path; None where there is nothing."""
        if self.kind == "list" and isinstance(part, int):
            if not 0 <= part < len(self.items):
                return None
            untouched = next(reversed(self.items)) == len(self.items) - 1  # then positions are keys
            key = part if untouched else next(islice(self.items, part, None))
            return f"[{key}]", self.items[key]
        item = self.items.get(part) if self.kind == "map" else None
        return (f".{part}", item) if item is not None else None

    def locate(self, path: tuple[str | int, ...]) -> tuple[str, Node, int]:
        """Follow a path as far as it leads.

        Returns
        -------
        label : str
            The whole path as people write it: ``questions.after[2].options``.
        node : Node
            The last node on the way.
        line : int
            Its line; for a value in a map, the line of the key.
        """
        label, node, line = "", self, self.line
        for i, part in enumerate(path):
            step = node.child(part)
            if step is None:
                rest = "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in path[i:])
                return (label + rest).lstrip("."), node, line
            line = node.key_lines.get(str(part), step[1].line) if node.kind == "map" else step[1].line
            label, node = label + step[0], step[1]
        return label.lstrip("."), node, line

    def without(self, paths: Iterable[tuple[str | int, ...]]) -> Node:
        """The same tree lacking some nodes. Parts of a path are keys of `items`."""
        below: dict[str | int, list[tuple[str | int, ...]]] = {}
        for head, *rest in paths:
            below.setdefault(head, []).append(tuple(rest))
        items = {key: item.without(below[key]) if key in below else item for key, item in self.items.items() if () not in below.get(key, ())}
        return replace(self, items=items)

    def with_item(self, key: str, item: Node) -> Node:
        """The same map with one more key."""
        return replace(self, items={**self.items, key: item}, key_lines={**self.key_lines, key: item.line}, size=self.size + item.size)


def read_text(path: Path, name: str) -> str:
    """Read a file as UTF-8 text, with or without a byte order mark; ends of lines become newlines.

    Parameters
    ----------
    path : pathlib.Path
    name : str
        What to call the file in messages.

    Raises
    ------
    DataError
        If it is no file, larger than `LARGEST`, not UTF-8, or holds signs that are no text.
    """
    if not path.is_file():
        raise DataError([Fault("there is no such file" if not path.exists() else "this is no file", file=name)])
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise DataError([Fault(f"the file cannot be read: {error.strerror or error}", file=name)]) from None
    if len(content) > LARGEST:
        size = f"{os.stat(path).st_size / 1e6:.1f} MB"
        raise DataError([Fault(f"the file has {size}; a file of a study has at most {LARGEST / 1e6:g} MB", file=name)])
    advice = "Save it as text in UTF-8 (spreadsheets call it CSV UTF-8)."
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError([Fault("the file is UTF-16, not UTF-8", file=name, advice=advice)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError([Fault(f"the file is not UTF-8 text: byte 0x{content[error.start]:02x}", file=name, line=line, advice=advice)]) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if bad := no_text(text):
        line = text.count("\n", 0, text.index(bad)) + 1
        raise DataError([Fault(f"the file holds a sign that is no text, U+{ord(bad):04X}", file=name, line=line, advice=advice)])
    return text


def no_text(text: str) -> str | None:
    """The first sign that is no text, such as a NUL; None where all are."""
    found = _UNPRINTABLE.search(text)
    return found[0] if found else None


@lru_cache(maxsize=2)  # a report or a site asks for the same study several times, and this takes longest
def read_yaml(text: str, name: str, added: Collection[str] = ()) -> Node:
    """Read YAML 1.2. Every scalar stays the text that was written; only an empty value, ``~`` and ``null`` are nothing.

    Parameters
    ----------
    text : str
    name : str
        What to call the file in messages.
    added : collection of str
        Keys of the file whose values are counts by number: where a number stands twice there, its counts are added.

    Raises
    ------
    DataError
        For what is not YAML, for other keys that stand twice, tags, more than one document, and for trees too deep or too large.
    """
    if endless := _ENDLESS.search(text):
        said = "a tag means nothing here" if "!" in endless[0] else "lines that begin with % mean nothing here"
        advice = f"Put a text that begins with {'!' if '!' in endless[0] else '%'} in quotes."
        raise DataError([Fault(said, file=name, line=text.count("\n", 0, endless.start()) + 1, advice=advice)])
    faults: list[Fault] = []
    try:
        # An empty document has no events of its own, so the first one may be the end.
        events = iter(_skip_frame(YAML(typ="safe", pure=True).parse(text), name))
        first = next(events, None)
        if first is None or (isinstance(first, ScalarEvent) and _is_nothing(first)):
            raise DataError([Fault("the file is empty", file=name, line=1)])
        root = _Builder(events, name, faults, added).build(first, 0)
        for _rest in events:
            pass  # a fault of syntax may stand behind the last value
    except MarkedYAMLError as error:
        raise DataError([_yaml_fault(error, name)]) from None
    except (YAMLError, ValueError, OverflowError, IndexError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError([Fault(f"not YAML: {str(error).splitlines()[0] if str(error) else error!r}", file=name)]) from None
    if faults:
        raise DataError(faults)
    return root


def _yaml_fault(error: MarkedYAMLError, name: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    said = f"{error.context or ''} {error.problem or ''}"
    for part, message, advice in _SAID:
        if part in said:
            return Fault(f"not YAML: {message}", file=name, line=mark.line + 1 if mark else None, advice=advice)
    return Fault(f"not YAML: {(error.problem or error.context or 'it cannot be read').strip()}", file=name, line=mark.line + 1 if mark else None)


def _skip_frame(events: Iterator[Event], name: str) -> Iterator[Event]:
    documents = 0
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise DataError([Fault("a second document begins with ---; a study is one", file=name, line=event.start_mark.line + 1)])
        elif isinstance(event, AliasEvent | ScalarEvent | MappingStartEvent | MappingEndEvent | SequenceStartEvent | SequenceEndEvent):
            yield event


def _is_nothing(event: ScalarEvent) -> bool:
    return event.style is None and not event.tag and event.value in _NOTHING


def _squeezed(key: Node, value: Node) -> str | None:
    """How to write ``-3:2``, which is no key with its value in YAML but a key that lacks one. None for other keys; no key of a study has a colon."""
    name, colon, rest = key.text.partition(":")
    return f"{name}: {rest}" if value.kind == "nothing" and colon and name and rest else None


def _number(key: Node) -> float | str:
    """The number that a key is, however it is written; the key itself where it is none."""
    try:
        return float(plain_minus(key.text))
    except ValueError:
        return key.text


def _total(one: Node, other: Node) -> Node | None:
    """Two counts as one; None where one of them is no count."""
    if not (_COUNT.fullmatch(one.text) and _COUNT.fullmatch(other.text)):
        return None
    return replace(one, text=str(int(one.text) + int(other.text)))


class _Builder:
    """Builds nodes from events, counting as it goes, so that no file can make a tree too large to hold."""

    def __init__(self, events: Iterator[Event], file: str, faults: list[Fault], added: Collection[str]) -> None:
        self._events = events
        self._file = file
        self._faults = faults
        self._added = added
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def build(self, event: Event, depth: int, *, adding: bool = False) -> Node:
        """The node that begins with an event; `adding` makes one of keys that are the same number."""
        line = event.start_mark.line + 1
        if depth > DEEPEST:
            raise DataError([Fault(f"parts stand in parts more than {DEEPEST} deep; no study needs that", file=self._file, line=line)])
        node = self._node(event, line, depth, adding=adding)
        anchor = getattr(event, "anchor", None)
        if anchor and not isinstance(event, AliasEvent):
            self._anchors[anchor] = node
        return node

    def _node(self, event: Event, line: int, depth: int, *, adding: bool) -> Node:
        if isinstance(event, AliasEvent):
            known = self._anchors.get(event.anchor)
            if known is None:
                advice = "Put a text that begins with * in quotes."
                raise DataError([Fault(f"there is no anchor &{event.anchor} above this line", file=self._file, line=line, advice=advice)])
            self._add(known.size, line)
            return known
        self._add(1, line)
        tag = str(getattr(event, "tag", None) or "")
        if tag and tag not in ("!", "tag:yaml.org,2002:str"):
            self._faults.append(
                Fault(f"a tag means nothing here: {tag!r}", file=self._file, line=line, advice="Put a text that begins with ! in quotes.")
            )
        if isinstance(event, ScalarEvent):
            return self._scalar(event, line)
        if isinstance(event, SequenceStartEvent):
            return self._list(line, depth)
        return self._map(line, depth, adding=adding)

    def _add(self, size: int, line: int) -> None:
        self._count += size
        if self._count > MOST_NODES:
            message = f"the file holds more than {MOST_NODES} values once its aliases are written out; no study needs that"
            raise DataError([Fault(message, file=self._file, line=line)])

    def _scalar(self, event: ScalarEvent, line: int) -> Node:
        if _is_nothing(event):
            return Node(self._file, line, "nothing")
        if bad := _UNPRINTABLE.search(event.value):
            self._faults.append(Fault(f"a text holds a sign that is no text, U+{ord(bad[0]):04X}", file=self._file, line=line))
        return Node(self._file, line, "text", event.value)

    def _list(self, line: int, depth: int) -> Node:
        items: dict[str | int, Node] = {}
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            items[len(items)] = self.build(event, depth + 1)
        return Node(self._file, line, "list", items=items, size=1 + sum(item.size for item in items.values()))

    def _map(self, line: int, depth: int, *, adding: bool = False) -> Node:
        items: dict[str | int, Node] = {}
        lines: dict[str, int] = {}
        keys: dict[float | str, str] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key = self.build(event, depth + 1)
            value = self.build(next(self._events), depth + 1, adding=depth == 0 and key.text in self._added)
            twin = keys.setdefault(_number(key), key.text) if adding else key.text
            if key.kind in ("list", "map"):
                self._faults.append(Fault("a key must be a word or a number, not a list or a map", file=self._file, line=key.line))
            elif squeezed := _squeezed(key, value):
                message, advice = f"a blank is missing after the colon of {key.text!r}", f"Write {squeezed}."
                self._faults.append(Fault(message, file=self._file, line=key.line, advice=advice))
            elif adding and twin in items and (total := _total(items[twin], value)) is not None:
                items[twin] = total
            elif key.text in lines:
                message = f"the key {key.text!r} stands twice, here and in line {lines[key.text]}"
                self._faults.append(Fault(message, file=self._file, line=key.line, advice="Keep one of the two."))
            else:
                items[key.text], lines[key.text] = value, key.line
        return Node(self._file, line, "map", items=items, key_lines=lines, size=1 + sum(item.size for item in items.values()))
