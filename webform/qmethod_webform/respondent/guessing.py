"""The brake on guessing codes, as the views use it."""

from __future__ import annotations

from flask import current_app

from qmethod_webform.limits import WrongCodes
from qmethod_webform.respondent.person import Stop, browser


def _wrong_codes() -> WrongCodes:
    found: WrongCodes = current_app.extensions["qmethod"].wrong_codes
    return found


def refuse_guessing(study: str) -> None:
    """End the request where too many wrong codes came before it."""
    if _wrong_codes().too_many(study, browser()):
        raise Stop("too-many-codes", 429)


def count_wrong_code(study: str) -> None:
    """Note that a code was wrong."""
    _wrong_codes().count(study, browser())
