"""Pages that answer a form, shown by an address of their own, so that no way back in the browser sends a form again.

A form that is refused is answered by the address of the page that says so, and that page waits here until it is asked for: once, by the same browser,
in the memory of this process and for a quarter of an hour. Where it is gone, or was made by another process, the stage itself is shown with what
could be kept. Two kinds of answers stay where they are: those that no form of ours can bring about (405, 415), and those of a server that is in
trouble (5xx), where to send the form again is what is wanted; each form counts once.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from qmethod_webform.cookies import believed
from qmethod_webform.i18n import gettext
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.person import has_cookie, visit

SHOWN_AT = {
    "respondent.enter": "respondent.welcome",
    "respondent.submit": "respondent.review",
    "respondent.leave": "respondent.welcome",
    "respondent.language": "respondent.welcome",
    "respondent.mail": "respondent.thanks",
}
"""Addresses that take forms only, and the page that each stands on."""
OPEN = "."
"""Ends the name of a page that waits for a browser without a cookie."""
REFUSED = (400, 403, 404, 409, 410, 413, 429)
MOST, SECONDS = 300, 15 * 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page that waits.

    Parameters
    ----------
    whose : str
        The browser's own token against forged forms; empty for a browser that sends no cookie, which the name of the page alone is told.
    page : bytes
    status : int
    since : float
    retry_after : str, optional
        What the header of that name says.
    """

    whose: str
    page: bytes
    status: int
    since: float
    retry_after: str | None = None


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
            if found.whose not in ("", whose) or time.monotonic() - found.since > SECONDS:
                raise LookupError
            self.pages[name] = None
            return found


def keep_refusals(app: Flask) -> None:
    """Answer refused forms of an application by addresses of their pages. Who sends no cookie has a shelf apart, and fills up nobody else's."""
    app.extensions["qmethod-refused"] = {True: Shelf(), False: Shelf()}


@blueprint.after_request
def by_address(answer: AnyResponse) -> AnyResponse:
    """The address of a page in place of the page, where that says what was wrong with a form."""
    if request.method != "POST" or answer.status_code not in REFUSED or answer.mimetype != "text/html":
        return answer
    g.leads_to_refusal = True
    whose = _whose()
    name = _shelf(whose).put(Waiting(whose, answer.get_data(), answer.status_code, time.monotonic(), answer.headers.get("Retry-After")))
    endpoint = str(request.endpoint)
    address, study = SHOWN_AT.get(endpoint, endpoint), (request.view_args or {})["study"]
    return redirect(url_for(address, study=study, refused=name if whose else f"{name}{OPEN}", **_of_pages()), 303)


@blueprint.before_request
def waiting() -> AnyResponse | None:
    """The page that says what was wrong; where it is shown already, or not here, the way to the stage."""
    name = request.args.get("refused")
    if name is None or request.method != "GET":
        return None
    try:
        found = _shelf("" if name.endswith(OPEN) else "somebody's").take(name.removesuffix(OPEN), _whose())
    except LookupError:
        visit((request.view_args or {}).get("study", ""))  # speaks their language
        flash(gettext("Something was missing or could not be taken. What could be kept is saved: look through this page and go on."), "next")
        found = None
    if found is None:
        return redirect(url_for(str(request.endpoint), **(request.view_args or {}), **_of_pages()))
    again = {} if found.retry_after is None else {"Retry-After": found.retry_after}
    return current_app.response_class(found.page, found.status, again, mimetype="text/html")


def _of_pages() -> dict[str, Any]:
    """Which page of several a request is about, for the address of it."""
    return {"page": request.args["page"]} if "page" in request.args else {}


def _whose() -> str:
    """The token of the browser that asks; empty where it sends no cookie, or one that is not believed."""
    return str(session.get("csrf_token", "")) if has_cookie() and believed(session) else ""


def _shelf(whose: str) -> Shelf:
    shelves: dict[bool, Shelf] = current_app.extensions["qmethod-refused"]
    return shelves[bool(whose)]
