"""A language in which every letter of a message is another one: what a page has in plain letters then was not translated."""

from __future__ import annotations

import gettext
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from html import unescape
from html.parser import HTMLParser
from types import MappingProxyType

from qmethod.policies import describe
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.recipe.texts import KEYS
from qmethod_analysis.recipe.typed import shown
from qmethod_analysis.report.blocks import Document, GridBlock, ItemList, PictureBlock, TableBlock
from qmethod_analysis.report.scripts import SOFT

BRACES = re.compile(r"\{(\w+)\}")
TECHNICAL = frozenset(["mm", "kB", "NEST", "MAP", "EKC", "SHA", "SED", "qmethod", "toml", "numpy", "python", "varimax"])
COMMANDS = frozenset(["report.toml", "analysis.toml", "qmethod run analysis.toml", "qmethod retain SORTS", "qmethod retain SORTS --random 1000"])
"""Names of programs, files, commands, methods and symbols, which are the same in every language."""


LETTERS = {letter: chr(ord(letter) + 0xFEE0) for letter in map(chr, [*range(65, 91), *range(97, 123)])}


def strange(message: str) -> str:
    """A message in letters of full width, with its places as they are."""
    parts = re.split(r"(\{\w+\})", message)
    return "".join(part if BRACES.fullmatch(part) else part.translate(str.maketrans(LETTERS)) for part in parts)


class Strange(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return strange(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return strange(msgid1 if n == 1 else msgid2)


STRANGE = "eo"


def again(loaded: Loaded) -> Loaded:
    """What there is to say, said in the language of now."""
    return understand(loaded.solution, loaded.recipe, found=loaded.found, counted=loaded.counted, background=loaded.background, own=loaded.own)


def texts_of(value: object) -> Iterator[str]:
    """Every text in what a model or a dataclass holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | MappingProxyType):
        for key, one in value.items():
            yield from (*texts_of(key), *texts_of(one))
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from texts_of(one)


def own(loaded: Loaded) -> set[str]:
    """Texts that are not the program's: of the study, the people and the researcher, and names of conventions with their values."""
    data, background = loaded.solution.data, loaded.background
    found = {*COMMANDS, *data.texts, *data.statements, *data.participants, *loaded.solution.labels, data.origin().name, *KEYS}
    found |= {one.text for one in background.comments}
    found |= {part for one in background.questions for part in (one.label, *one.options)}
    if background.study is not None:
        found |= set(texts_of(background.study.model_dump(mode="json")))
    for one in loaded.called:
        if one.described is not None:
            found |= {one.described.name, one.described.gist, one.described.source}
    found |= {policy["name"] for policy in describe()} | {shown(getattr(loaded.solution.policies, policy["name"])) for policy in describe()}
    found |= {shown(policy["default"]) for policy in describe()} | {loaded.solution.policies.name, data.origin().sha256}
    return {" ".join(text.split()) for text in found if text}


def left_over(text: str, ours: Iterable[str]) -> list[str]:
    """Words in plain letters that are neither names nor texts of somebody else."""
    text = " ".join(text.split())
    for one in sorted(ours, key=len, reverse=True):
        if one == text:
            return []
        if len(one) > 3:
            text = text.replace(one, " ")
    return [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in TECHNICAL]


class Words(HTMLParser):
    """What a page says: texts, and attributes that are read out, but for those in a language that is marked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        hidden = tag in ("style", "script") or given.get("lang") not in (None, STRANGE) or "wording" in (given.get("class") or "")
        if tag not in ("meta", "link", "br", "img", "hr"):
            self._open.append((tag, hidden))
        if not any(one for _tag, one in self._open):
            self.found += [text for name in ("aria-label", "alt", "title", "placeholder") if (text := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(hidden for _tag, hidden in self._open):
            self.found.append(data)


def on_page(text: str) -> list[str]:
    parser = Words()
    parser.feed(text)
    return parser.found


def in_word(file: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        text = parts.read("word/document.xml").decode()
    plain = [re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", paragraph) for paragraph in re.findall(r"<w:p[ >].*?</w:p>", text, re.DOTALL)]
    return ["".join(runs).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">") for runs in plain]


def in_markdown(text: str) -> list[str]:
    lines = re.sub(r"\]\(report-figures/[^)]*\)", "", unescape(text).replace("\\", "")).splitlines()
    return [cell for line in lines for cell in (line.strip("|").split(" | ") if line.startswith("|") else [line])]


def in_typst(source: str) -> list[str]:
    """The texts that a source for Typst gives to what it calls, without pictures and settings."""
    calls = [
        line
        for line in source.splitlines()
        if re.match(r"#(let information|heading|viewpoint|quoted|par|lead|aside|missing|list|tabled|board)", line)
    ]
    literals = [text for line in calls for text in re.findall(r'"((?:[^"\\]|\\.)*)"', re.sub(r"widest: \(.*?\), ", "", line))]
    literals = [text.replace("\\", "").replace(SOFT, "") for text in literals]
    settings = {"und", "en", STRANGE, "a4", "us-letter"}
    return [text for text in literals if text not in settings and not re.fullmatch(r"#\w{6}|\w+", text)]


def every_text(document: Document) -> Iterator[str]:
    for block in document.blocks:
        match block:
            case ItemList():
                yield from block.items
            case TableBlock():
                yield from (block.caption, *block.header, *block.notes)
                for row in block.rows:
                    yield from row
            case GridBlock():
                yield from (block.legend, *block.notes)
            case PictureBlock():
                yield from (block.caption, block.description)
            case _:
                yield block.text
    yield document.title
