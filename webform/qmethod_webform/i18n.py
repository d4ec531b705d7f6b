"""Languages of the pages: which one a visitor gets, which way it is written, and whether the interface speaks it."""

from __future__ import annotations

from flask import Flask, g
from flask_babel import Babel

from qmethod_studies.languages import INTERFACE_SOURCE, catalogues, interface_language

SOURCE = INTERFACE_SOURCE
"""The language that the texts of the interface are written in."""


def locale_of(language: str) -> str:
    """The catalogue for a language of a study: its own, that of its base language, or the interface's own.

    Parameters
    ----------
    language : str
        For example ``"pt-BR"``.
    """
    return (interface_language(language) or SOURCE).replace("-", "_")


def set_up(app: Flask) -> None:
    """Let gettext in views and templates speak the language that the request settled on, ``flask.g.language``."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(catalogues())
    Babel(app, default_locale=SOURCE, locale_selector=lambda: locale_of(getattr(g, "language", SOURCE)))
