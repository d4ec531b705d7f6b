"""HTML of other tools as plain text: paragraphs stay, tags go."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from qmethod.errors import DataError, Fault
from qmethod.formats.html_names import COMMON, ELEMENTS

# FlashQ, HtmlQ, EQ Web Sort and Quince write tags in one, two or three braces, because angle brackets would break their XML.
_BRACES = re.compile(r"\{{1,3}\s*(/?\s*(?:" + COMMON + r")(?:\s[^{}]*)?/?)\s*\}{1,3}", re.IGNORECASE)
_TAG = re.compile(r"</?(?:" + ELEMENTS.pattern + r")\b[^<>]*>", re.IGNORECASE)
LONGEST, MOST_TAGS = 100_000, 2_000
"""Signs and tags that a text may have: tags that are not closed take the longer to read the more follow."""
_ROUNDS = 4  # some files hold their tags escaped twice
_PARAGRAPHS = frozenset(
    (
        "article",
        "blockquote",
        "center",
        "div",
        "dl",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
    )
)
_LINES = frozenset(("br", "dd", "dt", "li", "tr"))
_MEDIA = frozenset(("audio", "embed", "iframe", "img", "object", "svg", "video"))
_SILENT = frozenset(("audio", "head", "iframe", "object", "script", "style", "svg", "video"))


def plain_text(marked: str) -> tuple[str, tuple[str, ...]]:
    """Text without its tags.

    Parameters
    ----------
    marked : str
        HTML, its tags in angle brackets or in one to three braces.

    Returns
    -------
    text : str
        Paragraphs parted by an empty line; a link is followed by its address in brackets, and what a picture says of itself stands in its place.
    lost : tuple of str
        Names of the pictures, films and scripts that a plain text cannot hold, such as ``img``.

    Raises
    ------
    DataError
        If it is longer than `LONGEST`, or has more tags than `MOST_TAGS`.
    """
    _bounded(marked)
    text, lost = marked, list[str]()
    for _ in range(_ROUNDS):
        reader = _Reader()
        reader.feed(_BRACES.sub(r"<\1>", text))
        reader.close()
        lost += reader.lost
        lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        if not _TAG.search(text):
            break
        text = text.replace("\n\n", "{p}").replace("\n", "{br}")
    while _TAG.search(text):  # what is no HTML at all, such as "<a<b>"
        text = _TAG.sub("", text).strip()
    return text, tuple(dict.fromkeys(lost))


def _bounded(marked: str) -> None:
    if len(marked) > LONGEST or marked.count("<") + marked.count("{") > MOST_TAGS:
        raise DataError([Fault(f"a text of more than {LONGEST:,} signs or {MOST_TAGS:,} tags is not read", advice="Shorten it.")])


def pictures_in(marked: str) -> tuple[tuple[str, str], ...]:
    """The pictures that a text shows, each by its address and its text alternative; of a text that `plain_text` takes.

    Parameters
    ----------
    marked : str
        HTML, its tags in angle brackets or in one to three braces.
    """
    _bounded(marked)
    text = marked
    for _ in range(_ROUNDS):
        reader = _Reader()
        reader.feed(_BRACES.sub(r"<\1>", text))
        reader.close()
        if reader.pictures or not _TAG.search("".join(reader.parts)):
            break
        text = "".join(reader.parts)
    return tuple(reader.pictures)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.lost: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self._silent: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not ELEMENTS.fullmatch(tag):
            self.handle_data(self.get_starttag_text() or "")
        if tag in _MEDIA or tag == "script":
            self.lost.append(tag)
        if tag == "img":
            given = dict(attrs)
            self.pictures.append((given.get("src") or "", given.get("alt") or ""))
            self.handle_data(given.get("alt") or "")  # in its place, as browsers do that show no pictures
        if tag in _SILENT:
            self._silent.append(tag)
        if tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag == "a":
            self._links.append(next((value or "" for name, value in attrs if name == "href"), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if ELEMENTS.fullmatch(tag) and tag != "br":
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not ELEMENTS.fullmatch(tag):
            self.handle_data(f"</{tag}>")
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        if tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "a" and self._links:
            link = self._links.pop()
            if re.match(r"(https?|mailto):", link):
                self.parts.append(f" ({link.removeprefix('mailto:')})")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # A line break of the file is a blank; only tags break lines, and those are written as they come.
            self.parts.append(re.sub(r"\s+", " ", data))
