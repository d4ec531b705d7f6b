"""What a request may be refused for first of all: a brake on guessing access codes, on people who begin, and a disk that is nearly full."""

from __future__ import annotations

from flask import current_app, request

from qmethod_webform.limits import Beginnings, Reserve, WrongCodes
from qmethod_webform.respondent.person import Stop

SHORT_OF_ROOM = 600
"""Seconds after which it is worth looking whether there is room on the disk again."""


def refuse_guessing(study: str) -> None:
    """End the request where its network has sent too many wrong access codes. Else the code counts as wrong, until it is said to be right."""
    codes: WrongCodes = current_app.extensions["qmethod"].wrong_codes
    if wait := codes.wait(study, request.remote_addr or ""):
        raise Stop("too-many-codes", 429, wait)


def right_code(study: str) -> None:
    """Note that the code of this request was right."""
    codes: WrongCodes = current_app.extensions["qmethod"].wrong_codes
    codes.right(study, request.remote_addr or "")


def refuse_without_room() -> None:
    """End the request where the disk has no room for one more response."""
    reserve: Reserve = current_app.extensions["qmethod"].reserve
    if reserve.short():
        raise Stop("no-room", 503, SHORT_OF_ROOM)


def refuse_many(study: str) -> None:
    """End the request where more people begin in a study than any class does."""
    beginnings: Beginnings = current_app.extensions["qmethod"].beginnings
    if wait := beginnings.wait(study, request.remote_addr or ""):
        raise Stop("many-begin", 503, wait)
