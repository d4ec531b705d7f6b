"""Languages of the pages: which one a visitor gets, which way it is written, and whether the interface speaks it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from babel import Locale, UnknownLocaleError
from flask import Flask, g
from flask_babel import Babel

SOURCE = "en"
"""The language that the texts of the interface are written in."""

TRANSLATIONS = Path(str(files("webform"))) / "translations"


@cache
def interface_languages() -> frozenset[str]:
    """Languages that the interface has a catalogue for, its own language among them."""
    return frozenset({SOURCE, *(folder.name for folder in TRANSLATIONS.glob("*") if (folder / "LC_MESSAGES" / "messages.mo").is_file())})


def locale_of(language: str) -> str:
    """The catalogue for a language of a study: its own, that of its base language, or the interface's own.

    Parameters
    ----------
    language : str
        For example ``"pt-BR"``.
    """
    base = language.partition("-")[0]
    for code in (language.replace("-", "_"), base):
        if code in interface_languages():
            try:
                return str(Locale.parse(code))
            except (UnknownLocaleError, ValueError):
                continue
    return SOURCE


def set_up(app: Flask) -> None:
    """Let gettext in views and templates speak the language that the request settled on, ``flask.g.language``."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, default_locale=SOURCE, locale_selector=lambda: locale_of(getattr(g, "language", SOURCE)))
