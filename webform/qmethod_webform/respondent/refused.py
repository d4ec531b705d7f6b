"""Pages that say what was wrong with a form, shown by an address of their own, so that no way back in the browser sends a form again.

A refused form is answered by the address of its page, and that page waits here until it is asked for: once, by the same browser, in the memory of
this process and for a quarter of an hour. Where it is gone, or was made by another process, the stage itself is shown with what could be kept.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.person import visit

SHOWN_AT = {"respondent.enter": "respondent.welcome", "respondent.submit": "respondent.review"}
"""Addresses that take forms only, and the page that each stands on."""
MOST, SECONDS = 300, 15 * 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page that waits.

    Parameters
    ----------
    whose : str
        The browser's own token against forged forms.
    page : bytes
    status : int
    since : float
    """

    whose: str
    page: bytes
    status: int
    since: float


@dataclass(slots=True)
class Shelf:
    """The pages that wait, the oldest first; of those that were shown, the names only."""

    pages: OrderedDict[str, Waiting | None] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, page: Waiting) -> str:
        """Keep a page; the name it is asked for by."""
        name = secrets.token_urlsafe(12)
        with self.lock:
            self.pages[name] = page
            while len(self.pages) > MOST:
                self.pages.popitem(last=False)
        return name

    def take(self, name: str, whose: str) -> Waiting | None:
        """A page for the browser that it was made for, once.

        Raises
        ------
        LookupError
            If it was never here, or is too old, or another's.
        """
        with self.lock:
            found = self.pages[name]
            if found is None:
                return None
            if found.whose != whose or time.monotonic() - found.since > SECONDS:
                raise LookupError
            self.pages[name] = None
            return found


def keep_refusals(app: Flask) -> None:
    """Answer refused forms of an application by addresses of their pages."""
    app.extensions["qmethod-refused"] = Shelf()


@blueprint.after_request
def by_address(answer: AnyResponse) -> AnyResponse:
    """The address of a page in place of the page, where that says what was wrong with a form."""
    whose = session.get("csrf_token")
    page_of_form = request.method == "POST" and answer.status_code in (400, 403) and answer.mimetype == "text/html" and "explained" not in g
    if not page_of_form or not whose:
        return answer
    name = _shelf().put(Waiting(whose, answer.get_data(), answer.status_code, time.monotonic()))
    endpoint = str(request.endpoint)
    return redirect(url_for(SHOWN_AT.get(endpoint, endpoint), study=(request.view_args or {})["study"], refused=name, **_of_pages()), 303)


@blueprint.before_request
def waiting() -> AnyResponse | None:
    """The page that says what was wrong; where it is shown already, or not here, the way to the stage."""
    name = request.args.get("refused")
    if name is None or request.method != "GET":
        return None
    try:
        found = _shelf().take(name, session.get("csrf_token", ""))
    except LookupError:
        visit((request.view_args or {}).get("study", ""))  # speaks their language
        flash(gettext("Something was missing or could not be taken. What could be kept is saved: look through this page and go on."), "next")
        found = None
    return (
        redirect(url_for(str(request.endpoint), **(request.view_args or {}), **_of_pages()))
        if found is None
        else current_app.response_class(found.page, found.status, mimetype="text/html")
    )


def _of_pages() -> dict[str, Any]:
    """Which page of several a request is about, for the address of it."""
    return {"page": request.args["page"]} if "page" in request.args else {}


def _shelf() -> Shelf:
    shelf: Shelf = current_app.extensions["qmethod-refused"]
    return shelf
