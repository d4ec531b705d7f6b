"""Languages of the pages: which one a visitor gets, in whose words the pages speak it, and what is still in another language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from flask import Flask, g
from flask_babel import Babel, Domain, ngettext
from markupsafe import Markup, escape

from qmethod_studies.definition import Study
from qmethod_studies.languages import INTERFACE_SOURCE, catalogues, direction, interface_language, interface_translations
from qmethod_studies.words import own_words

SOURCE = INTERFACE_SOURCE
"""The language that the texts of the interface are written in."""
VALUE = re.compile(r"%\((\w+)\)s")
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

    def __html__(self) -> str:
        """As it stands between other text."""
        return self._marked(escape(str(self)))

    def with_values(self, values: Mapping[str, Any]) -> Said:
        """The text with values in their places. A per cent sign of the words themselves stays one."""
        filled = VALUE.sub(lambda place: str(values.get(place[1], place[0])), self)
        return Said(TWICE.sub("\u2066\\1\u2069", filled), self.lang)

    def in_html(self, values: Mapping[str, Any]) -> Markup:
        """The same as a part of a page; values that are HTML stay HTML."""
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
        g.tables, g.own = study.words, {}


def said(text: str) -> Said:
    """A text of the pages in the language of the request: in the words of the study, else in those of the catalogue, else untranslated."""
    language = getattr(g, "language", SOURCE)
    catalogues_read = g.setdefault("catalogues", {})  # once a request: a page has a hundred texts
    if language not in catalogues_read:
        catalogues_read[language] = interface_translations(language)
    own: dict[str, dict[str, str]] = g.setdefault("own", {})
    if language not in own:
        own[language] = own_words(g.get("tables", {}), language)
    found = own[language].get(text) or catalogues_read[language].get(text)
    return Said(found) if found is not None else Said(text, SOURCE)


def for_scripts(words: Mapping[str, str]) -> dict[str, Any]:
    """Words as the scripts of a page take them: each a text, or where it is in another language than the page, a text with its language."""
    return {name: {"text": text, "lang": lang} if (lang := getattr(text, "lang", "")) else text for name, text in words.items()}


def apart(label: str, way: str) -> str:
    """A figure with a sign in plain text that runs a way, kept together: without letters beside it the sign would change sides."""
    return f"\u2066{label}\u2069" if way == "rtl" else label


class _Words(Domain):
    """Where gettext in views finds its texts."""

    def gettext(self, string: str, **variables: Any) -> Said:
        """A text of the pages with its values."""
        return said(string).with_values(variables)


class _Pages(Babel):
    @cached_property
    def domain_instance(self) -> _Words:
        """Where gettext in views finds its texts."""
        return _Words(domain=self.domain)


def set_up(app: Flask) -> None:
    """Let gettext in views and templates speak the language that the request settled on, ``flask.g.language``."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(catalogues())
    _Pages(app, default_locale=SOURCE, locale_selector=lambda: locale_of(getattr(g, "language", SOURCE)))
    app.jinja_env.install_gettext_callables(lambda text, **values: said(text).in_html(values), ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.add_template_filter(_plain, "plain")


def _plain(html: str) -> Markup:
    """HTML as the title of a page can have it: without elements."""
    return escape(escape(html).striptags())
