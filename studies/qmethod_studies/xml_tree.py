"""XML as elements that remember their line, of documents that declare no entities."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from qmethod.errors import DataError, Fault

_DEEPEST = 50
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


@dataclass(slots=True)
class Element:
    """An element of XML with the line it begins in."""

    tag: str
    attributes: Mapping[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without blanks around it."""
        return "".join(self.parts).strip()

    def named(self, tag: str) -> Iterator[Element]:
        """All elements of a name in it, however deep."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.named(tag)


def read_xml(text: str, name: str) -> Element:
    """Read XML that declares no entities.

    Parameters
    ----------
    text : str
    name : str
        What to call the file in messages.

    Raises
    ------
    DataError
        For a document type or entities, for XML that is not well formed, and for elements too deep in one another.
    """
    # The files of these tools hold HTML's names for signs, such as &nbsp;, which XML does not know.
    known = re.sub(r"&([A-Za-z][A-Za-z0-9]*);", lambda match: match[0] if match[1] in _XML_ENTITIES else html.unescape(match[0]), text)
    known = re.sub(r"^\s*<\?xml[^>]*\?>", lambda match: "\n" * match[0].count("\n"), known)  # its encoding no longer holds: this is text already
    parser = expat.ParserCreate()
    top = Element("", {}, 0)
    stack = [top]

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise DataError([Fault("elements stand in elements too deep", file=name, line=parser.CurrentLineNumber)])
        element = Element(tag, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def refuse(*_declared: object) -> None:
        advice = "Remove the lines <!DOCTYPE ...> and <!ENTITY ...>: they can make a small file enormous, or read other files."
        raise DataError([Fault("a document type is declared", file=name, line=parser.CurrentLineNumber, advice=advice)])

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _tag: stack.pop()
    parser.CharacterDataHandler = lambda data: stack[-1].parts.append(data)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(known.encode(), True)
    except LookupError as error:  # an encoding that does not exist, in a place where none can stand
        raise DataError([Fault(f"not XML: {error}", file=name, line=parser.CurrentLineNumber)]) from None
    except expat.ExpatError as error:
        raise DataError([Fault(f"not XML: {expat.ErrorString(error.code)}", file=name, line=error.lineno)]) from None
    return top.children[0]
