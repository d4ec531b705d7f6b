"""Whether a written file names somebody: every text inside it is taken out and searched, whatever its format."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

from qmethod.errors import DataError, Fault
from qmethod_analysis.report.scripts import RIGHT_MARK, SOFT
from qmethod_analysis.words.people import named

SPOKEN = (
    "alt",
    "aria-label",
    "content",
    "descr",
    "download",
    "href",
    "title",
    "value",
    "val",
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val",
)
"""Attributes whose values are words."""
PARAGRAPH = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"
SHORTEST = 3
"""Letters of a name from which on it is looked for; shorter ones stand in every text."""
_WORD, _INSIDE = re.compile(r"[^\W_]+"), re.compile(r"(?<=[\W_])[^\W_]+(?=[\W_])")
"""A word, and one that is as long wherever its text stands."""
FEW_LETTERS = 12
"""Letters of a comment up to which it is looked for as a whole line only: ``Yes`` stands in every text."""


def searchable(name: str) -> bool:
    """Whether finding a name in a text says anything: it has three signs or more, and is not a mere figure.

    Parameters
    ----------
    name : str
    """
    return len(name) >= SHORTEST and not re.fullmatch(r"[\d\s.,+−-]+", name)


def check(files: Mapping[str, bytes], plain: Mapping[str, str], names: Iterable[str], comments: Iterable[str], ours: Iterable[str] = ()) -> None:
    """Refuse files that name a participant or hold a comment.

    Parameters
    ----------
    files : mapping of str to bytes
        By name: ``.html``, ``.svg``, ``.docx``, ``.xlsx``, ``.pdf``, ``.zip`` with any of them in it, and texts.
    plain : mapping of str to str
        All words of files that cannot be searched themselves, such as a PDF.
    names : iterable of str
        Participants' own names.
    comments : iterable of str
        Those that were not released.
    ours : iterable of str, optional
        What names authors and no participant, such as the sources of the method; it is not searched where it stands whole.

    Raises
    ------
    DataError
        Naming each file and what was found in it.
    """
    wanted = [name for name in dict.fromkeys(names) if searchable(name)]
    quoted = [text for text in dict.fromkeys(_flat(comment) for comment in comments) if text]
    without = _without(ours)
    searched = [(file, {without(line) for line in words(file, content, plain.get(file))}) for file, content in _unpacked(files)]
    said = {line for _, lines in searched for line in lines}  # the formats say the same, and no name or comment goes on into the next line
    wanted, quoted = named(said, wanted), _held(said, quoted)
    faults = []
    for file, lines in searched:
        for name in named(lines, wanted) if wanted else ():
            advice = "If it is also a plain word of the report, add it to may_stand in report.toml; otherwise take it out of your texts there."
            faults.append(Fault(f"the name of a participant, {name!r}, stands in it; nothing was written", file=file, advice=advice))
        for comment in _held(lines, quoted) if quoted else ():
            advice = "Release it in report.toml, or take it out of your texts there."
            faults.append(Fault(f"a comment that was not released stands in it: {comment[:60]!r}; nothing was written", file=file, advice=advice))
    if faults:
        raise DataError(faults)


def words(file: str, content: bytes, plain: str | None = None) -> list[str]:
    """Every text of a file, with its attributes that are words.

    Parameters
    ----------
    file : str
        Its name, whose ending tells the format.
    content : bytes
    plain : str, optional
        Its words, where they are known otherwise.
    """
    if plain is not None:
        plain = plain.replace(SOFT, "").replace(RIGHT_MARK, "")
        unquoted = re.sub(r"\\(.)", lambda found: {"n": " ", "t": " "}.get(found[1], found[1]), plain)
        return [*unquoted.splitlines(), *html.unescape(unquoted).splitlines()]
    if file.endswith((".docx", ".xlsx")):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = [(name, package.read(name)) for name in package.namelist() if name.endswith((".xml", ".rels"))]
        return [text for name, part in parts for text in _of_xml(part, (*SPOKEN, "name") if name == "xl/workbook.xml" else SPOKEN)]
    if file.endswith((".html", ".svg")):
        page = _Page()
        page.feed(content.decode())
        page.close()
        return page.found
    text = content.decode("utf-8", errors="replace")
    return [file.rpartition("/")[2], *text.splitlines(), *html.unescape(re.sub(r"\\([^\w\s])", r"\1", text)).splitlines()]


def _unpacked(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Files by name, those in archives too."""
    for file, content in files.items():
        if not file.endswith(".zip"):
            yield file, content
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from _unpacked({f"{file}/{name}": packed.read(name) for name in packed.namelist()})


def _held(lines: Collection[str], comments: Sequence[str]) -> list[str]:
    """Which comments stand in lines."""
    text = "\n".join(lines)
    return [comment for comment in comments if comment in (lines if len(comment) <= FEW_LETTERS else text)]


def _without(ours: Iterable[str]) -> Callable[[str], str]:
    """What makes a line flat and takes out of it the texts that name authors.

    There are hundreds of texts and ten thousand lines: a line is only searched for the texts all of whose words it has, and but once.
    """
    texts = [_flat(text).replace("\\", "") for text in sorted(ours, key=len, reverse=True)]
    words = [sorted(_WORD.findall(text), key=len, reverse=True) or [""] for text in texts]  # the longest is the likeliest to be lacking
    known_by: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        known_by.setdefault(max(_INSIDE.findall(text), key=len, default=""), []).append(i)

    @cache
    def pattern(texts: tuple[str, ...]) -> re.Pattern[str]:
        return re.compile("|".join(map(_marked_or_not, texts)))

    @cache
    def without(line: str) -> str:
        flat = _flat(line)
        near = [i for word in known_by.keys() & {"", *_WORD.findall(flat)} for i in known_by[word] if words[i][0] in flat]
        found = tuple(texts[i] for i in sorted(near) if all(word in flat for word in words[i]))
        return pattern(found).sub(" ", flat) if found else flat

    return without


def _flat(text: str) -> str:
    return " ".join(text.split())


def _marked_or_not(text: str) -> str:
    """A pattern of a text as it stands, or with the marks by which Markdown, HTML and BibTeX take a sign for itself."""
    return "".join(r"\\?&(?:amp;)?" if sign == "&" else sign if sign.isalnum() else rf"\\?{re.escape(sign)}" for sign in text)


def _of_xml(part: bytes, spoken: Sequence[str]) -> list[str]:
    found: list[str] = []
    root = ElementTree.fromstring(part)  # noqa: S314 - made here
    for node in root.iter():
        if node.tag == PARAGRAPH:  # a word with soft hyphens stands there in pieces
            found.append("".join(node.itertext()).replace(RIGHT_MARK, ""))
        found += filter(None, (node.text, node.tail))
        if node.attrib:
            found += [value for key, value in node.attrib.items() if key in spoken]
    return found


class _Page(HTMLParser):
    """Texts and spoken attributes of a page; styles and scripts that run are no texts, but what a page holds for its scripts is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style") and ("type", "application/json") not in attrs
        self.found += [value for key, value in attrs if key in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_comment(self, data: str) -> None:
        self.found.append(data)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)
