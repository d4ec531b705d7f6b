"""Languages of the pages: which one a visitor gets, in whose words the pages speak it, and what is still in another language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, g
from flask_babel import Babel, ngettext
from markupsafe import Markup, escape

from qmethod_studies.definition import Study
from qmethod_studies.languages import INTERFACE_SOURCE, catalogues, direction, interface_language, interface_translations
from qmethod_studies.words import own_words

SOURCE = INTERFACE_SOURCE
"""The language that the texts of the interface are written in."""
VALUE = re.compile(r"%\((\w+)\)s")
_BEGINS_VALUE = "%("
TWICE = re.compile("\u2066{2}([^\u2069]*)\u2069{2}")
"""A figure and its sign that both the text and `apart` keep together."""


class Said(str):
    """A text of the pages in the words of a study or a catalogue. In HTML it is marked where its language is not that of the page.

    Parameters
    ----------
    text : str
    lang : str
        The language that it is in, where that is another one than the page's; else empty.
    """

    lang: str

    def __new__(cls, text: str, lang: str = "") -> Said:
        """A text with its language."""
        said = super().__new__(cls, text)
        said.lang = lang
        return said

    def __html__(self) -> Markup:
        """As it stands between other text."""
        return self._marked(escape(str(self)))

    def with_values(self, values: Mapping[str, Any]) -> Said:
        """The text with values in their places. A per cent sign of the words themselves stays one."""
        if _BEGINS_VALUE not in self:  # as most
            return self
        filled = VALUE.sub(lambda place: str(values.get(place[1], place[0])), self)
        return Said(TWICE.sub("\u2066\\1\u2069", filled), self.lang)

    def in_html(self, values: Mapping[str, Any]) -> Markup:
        """The same as a part of a page; values that are HTML stay HTML."""
        if _BEGINS_VALUE not in self:
            return self.__html__()
        parts = VALUE.split(self)  # texts and names of values in turn
        return self._marked(Markup("").join(values.get(part, f"%({part})s") if i % 2 else part for i, part in enumerate(parts)))

    def _marked(self, html: Markup) -> Markup:
        return Markup('<span lang="{}" dir="{}">{}</span>').format(self.lang, direction(self.lang), html) if self.lang else html


def locale_of(language: str) -> str:
    """The catalogue for a language of a study: its own, that of its base language, or the interface's own.

    Parameters
    ----------
    language : str
        For example ``"pt-BR"``.
    """
    return (interface_language(language) or SOURCE).replace("-", "_")


def in_words_of(study: Study) -> None:
    """Let the pages of this request speak in the words of a study, in whatever language it is read."""
    if g.get("tables") is not study.words:  # asked for several times a request, and a request mostly says nothing
        g.tables, g.speech = study.words, {}


def said(text: str) -> Said:
    """A text of the pages in the language of the request: in the words of the study, else in those of the catalogue, else untranslated."""
    here: Any = g._get_current_object()  # the way to it takes longer than what is looked up, and a page has a hundred texts
    language = here.get("language", SOURCE)
    speech: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = here.setdefault("speech", {})
    if language not in speech:
        speech[language] = own_words(here.get("tables", {}), language), interface_translations(language)
    own, catalogue = speech[language]
    found = own.get(text) or catalogue.get(text)
    return Said(found) if found is not None else Said(text, SOURCE)


def gettext(text: str, **values: Any) -> Said:
    """A text of the pages with its values.

    Parameters
    ----------
    text : str
        In `SOURCE`.
    **values
        Of its places.
    """
    return said(text).with_values(values)


def for_scripts(words: Mapping[str, str]) -> dict[str, Any]:
    """Words as the scripts of a page take them: each a text, or where it is in another language than the page, a text with its language."""
    return {name: {"text": text, "lang": lang} if (lang := getattr(text, "lang", "")) else text for name, text in words.items()}


def apart(label: str, way: str) -> str:
    """A figure with a sign in plain text that runs a way, kept together: without letters beside it the sign would change sides."""
    return f"\u2066{label}\u2069" if way == "rtl" else label


def set_up(app: Flask) -> None:
    """Let templates speak the language that the request settled on, ``flask.g.language``."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(catalogues())
    Babel(app, default_locale=SOURCE, locale_selector=lambda: locale_of(getattr(g, "language", SOURCE)))
    app.jinja_env.install_gettext_callables(lambda text, **values: said(text).in_html(values), ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.add_template_filter(_plain, "plain")


def _plain(html: str) -> Markup:
    """HTML as the title of a page can have it: without elements."""
    return escape(escape(html).striptags())
