"""Who is at the browser: what the cookie holds, the response it belongs to, and the guard at the door of each stage.

The cookie is signed and closed to scripts. For each study it holds the code and the number of the response in progress, and before there is one, what
the address said of the participant. After submission it holds the code for the page of thanks alone, for half an hour. It also names the generation
of the database in which all that was true.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, session

from qmethod_studies.definition import Study
from qmethod_studies.store import Response, Store

THANKS_SECONDS = 30 * 60


class Stop(Exception):
    """A request that is answered by a page that explains.

    Parameters
    ----------
    page : str
        Which page: ``no-sort``, ``no-study``, ``taken``, ``used-up``, ``submitted``, ``too-many-codes``, ``restored``.
    status : int
        HTTP status.
    """

    def __init__(self, page: str, status: int) -> None:
        self.page = page
        self.status = status
        super().__init__(page)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one respondent.

    Parameters
    ----------
    study : Study
        In the version that the response began with.
    response : Response
    code : str
    """

    study: Study
    response: Response
    code: str


def store() -> Store:
    """The store of this server."""
    found: Store = current_app.extensions["qmethod"].store
    return found


def served(name: str) -> Study:
    """The study of an address, in its newest version; the page that says so where this server does not have it."""
    study: Study | None = current_app.extensions["qmethod"].studies.get(name)
    if study is None:
        raise Stop("no-study", 404)
    return study


def stored_version(name: str, version: int) -> Study:
    """A version of a study; those of earlier responses are kept by the store."""
    study = served(name)
    return study if study.version == version else store().study(name, version)


def pocket(study: str) -> dict[str, Any]:
    """What the cookie holds for a study; to be changed with `keep`."""
    found = session.get("studies", {}).get(study, {})
    return dict(found) if isinstance(found, dict) else {}


def keep(study: str, **values: Any) -> None:
    """Put values into the cookie for a study; None takes one out."""
    mine = {name: value for name, value in (pocket(study) | values).items() if value is not None}
    studies = dict(session.get("studies", {}))
    studies[study] = mine
    session["studies"] = studies
    session["generation"] = store().generation
    session.permanent = any("code" in other for other in studies.values())


def refuse_other_generations(app: Flask) -> None:
    """Refuse a cookie that leads to a response of another generation of the database; see `qmethod_studies.store.generation`.

    A number that the cookie holds may be another person's since the database was put back from a backup. The page that says so comes once, and
    empties the cookie. What a script sends is refused until that page has been seen: nobody reads what is said to a script.
    """

    @app.before_request
    def look() -> None:
        if request.endpoint in ("static", "health.healthz") or session.get("generation") == store().generation:
            return
        if not any({"code", "receipt", "number"} & mine.keys() for mine in session.get("studies", {}).values()):
            return
        if request.endpoint == "respondent.acts":
            raise Stop("restored", 403)
        for name in ("studies", "generation", "csrf_token"):
            session.pop(name, None)
        raise Stop("restored", 409)


def forget(study: str, *, forms: bool = True) -> None:
    """Take everything about a study out of the cookie; with `forms`, what is sent from pages that are still open counts no more."""
    session["studies"] = {name: value for name, value in session.get("studies", {}).items() if name != study}
    if forms:
        session.pop("csrf_token", None)
    session.permanent = any("code" in other for other in session["studies"].values())


def browser() -> str:
    """A random name for this browser, so that wrong codes can be counted."""
    if "browser" not in session:
        session["browser"] = secrets.token_urlsafe(12)
    found: str = session["browser"]
    return found


def visit(study: str) -> Visit | None:
    """The visit of this request; None where the cookie leads to no open response."""
    code = str(pocket(study).get("code", ""))
    response = store().find(study, code) if code else None
    if response is None or response.status != "started":
        return None
    if pocket(study).get("number") != response.id:
        keep(study, number=response.id)
    g.language = response.language
    return Visit(stored_version(study, response.version), response, code)


def open_number(study: str) -> int | None:
    """The number of the response that the cookie leads to; None where it leads to none.

    It stands in the cookie since the visit before, so that an act, of which a sort takes a hundred, need not look for its response. Whether that is
    still open shows when the act is saved.
    """
    mine = pocket(study)
    if "code" in mine and "number" in mine:
        return int(mine["number"])
    here = visit(study)
    return here.response.id if here is not None else None


def thanked(study: str) -> Visit | None:
    """The visit of somebody who has just submitted; None after half an hour, or once the study was opened anew.

    Whoever lost the answer to their submission still has the code of the sort in the cookie instead of a receipt, and is thanked as well.
    """
    mine, now = pocket(study), time.time()
    receipt = str(mine.get("receipt", "")) if now < mine.get("until", 0) else ""
    code = receipt or str(mine.get("code", ""))
    response = store().find(study, code) if code else None
    if response is None or response.submitted is None or not (receipt or now < response.submitted.timestamp() + THANKS_SECONDS):
        return None
    g.language = response.language
    return Visit(stored_version(study, response.version), response, code)
