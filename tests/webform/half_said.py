"""A language of which the pages say every other text, and what of a page neither is in it nor says that it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from qmethod_studies.definition import Study
from qmethod_studies.languages import DRAFT, interface_texts
from tests.studies.store.acting import make_study

LANGUAGE = "eo"
BRACKETED = re.compile(r"⟦[^⟦⟧]*(?:⟧|$)|^[^⟦⟧]*⟧")
"""A text in brackets, or the piece of one before or after an element in it."""
SPOKEN = ("aria-label", "title", "alt", "placeholder")
"""Attributes that are read out or shown."""
SEEN_NOT_READ = ("script", "style", "title")
"""A title holds no elements, so that it cannot say the language of its parts."""


def write_half_a_catalogue(folder: Path) -> dict[str, str]:
    """Catalogues in which every other text is translated; what is."""
    texts = interface_texts()
    said = {text: f"⟦{text}⟧" for text in texts[::2]}
    catalogue = Catalog(locale=LANGUAGE, header_comment=f"# {DRAFT}")
    for text in texts:
        catalogue.add(text, said.get(text, ""))
    home = folder / LANGUAGE / "LC_MESSAGES"
    home.mkdir(parents=True)
    with (home / "messages.po").open("wb") as po, (home / "messages.mo").open("wb") as mo:
        write_po(po, catalogue)
        write_mo(mo, catalogue)
    return said


def half_said_study(**changed: Any) -> Study:
    """The study of the tests in brackets, first in the language of the half catalogue."""

    def bracketed(value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("en"), str):
            return {"en": value["en"], LANGUAGE: f"⟦{value['en']}⟧"}
        if isinstance(value, dict):
            return {key: bracketed(item) for key, item in value.items()}
        return [bracketed(item) for item in value] if isinstance(value, list) else value

    whole = make_study(**changed).model_dump(mode="json", by_alias=True, exclude_none=True)
    spoken = {LANGUAGE: {"name": "⟦Esperanto⟧"}, "en": {"name": "English"}}
    return Study.model_validate({**bracketed(whole), "languages": spoken})


class Page(HTMLParser):
    """The texts of a page, each with the language it claims to be in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inside: list[tuple[str, str, bool]] = [("", "", True)]
        self.texts: list[tuple[str, str]] = []
        self.data = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang", self.inside[-1][1])
        self.texts += [(given[name], language) for name in SPOKEN if name in given]
        read = self.inside[-1][2] and tag not in SEEN_NOT_READ and "code" not in given.get("class", "").split()
        if tag not in ("meta", "link", "input", "br", "img"):
            self.inside.append((tag, language, read))

    def handle_endtag(self, tag: str) -> None:
        while self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, language, read = self.inside[-1]
        if read and data.strip():
            self.texts.append((data, language))
        elif tag == "script":
            self.data += data


def neither(html: str) -> Iterator[str]:
    """Texts of a page that are not in its language and do not say so, and such that are and say that they are not."""
    page = Page(html)
    for text, language in page.texts:
        own = BRACKETED.sub("", text).replace("UTC", "")  # which is called so everywhere
        if (language == LANGUAGE and re.search(r"[^\W\d_]", own)) or (language != LANGUAGE and "⟦" in text):
            yield text.strip()
    data = json.loads(page.data or "{}")
    for name in ("words", "piles", "pileNames"):
        for word in data.get(name, {}).values():
            if isinstance(word, str) != ("⟦" in str(word)) or (isinstance(word, dict) and word["lang"] != "en"):
                yield str(word)
