"""Who is at the browser: what the cookie holds, the response it belongs to, and the guard at the door of each stage.

The cookie is sealed and closed to scripts. For each study it holds a random token, which the store knows and can forget, and nothing of who
somebody is or what they do; before there is a response, what somebody came with, for a day. After submission the token opens the page of
thanks alone, for half an hour. It also names the generation of the database in which all that was true.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, g, request, session

from qmethod_studies.definition import Study
from qmethod_studies.store import Handle, Known, Response, Store
from qmethod_webform.i18n import in_words_of

THANKS_SECONDS = 30 * 60
WAITING_SECONDS = 24 * 3600
"""How long the cookie may hold what somebody came with, until they agree or decline."""
_MOST_RECALLED = 10_000
_CAME_WITH = ("participant", "secret", "kind", "arrived")


class Stop(Exception):
    """A request that is answered by a page that explains.

    Parameters
    ----------
    page : str
        Which page: ``no-sort``, ``no-study``, ``taken``, ``used-up``, ``submitted``, ``too-many-codes``, ``restored``, ``too-fast``.
    status : int
        HTTP status.
    retry_after : int, optional
        Seconds after which it is worth trying again.
    """

    def __init__(self, page: str, status: int, retry_after: int | None = None) -> None:
        self.page = page
        self.status = status
        self.retry_after = retry_after
        super().__init__(page)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one respondent.

    Parameters
    ----------
    study : Study
        In the version that the response began with, with what this sort is asked.
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
    in_words_of(study)
    return study


def study_of(name: str, response: Response) -> Study:
    """A study as a response meets it: in its version, which the store keeps where a newer one is served, and with what its sort is asked."""
    study = served(name)
    if study.version != response.version:
        study = store().study(name, response.version)
    in_words_of(study)
    return study.for_sort(response.condition, first=response.position == 1, last=response.last)


def _held(study: str) -> dict[str, Any]:
    found = session.get("studies", {}).get(study, {})
    return dict(found) if isinstance(found, dict) else {}


def came_too_long_ago(study: str) -> bool:
    """Whether the cookie holds what somebody came with for longer than it counts."""
    held = _held(study)
    since = held.get("since")
    recent = isinstance(since, int | float) and time.time() - since <= WAITING_SECONDS
    return not recent and any(name in held for name in _CAME_WITH)


def pocket(study: str) -> dict[str, Any]:
    """What the cookie holds for a study and still counts; to be changed with `keep`."""
    held = _held(study)
    return {name: value for name, value in held.items() if name not in (*_CAME_WITH, "since")} if came_too_long_ago(study) else held


def keep(study: str, **values: Any) -> None:
    """Put values into the cookie for a study; None takes one out."""
    mine = {name: value for name, value in (pocket(study) | values).items() if value is not None}
    if not mine.keys() & set(_CAME_WITH):
        mine.pop("since", None)
    elif values.keys() & set(_CAME_WITH):
        mine["since"] = int(time.time())
    studies = {name: value for name, value in session.get("studies", {}).items() if name != study} | ({study: mine} if mine else {})
    session["studies"] = studies
    session["generation"] = store().generation
    session.permanent = any("token" in other for other in studies.values())


def admit(study: str, code: str, *, receipt: bool = False, forms: bool = True) -> None:
    """Let this browser lead to somebody's response from now on, or with `receipt` to their page of thanks; `forms` as in `forget`."""
    forget(study, forms=forms)
    seconds = THANKS_SECONDS if receipt else cookie_seconds()
    keep(study, token=store().admit(study, code, seconds, receipt=receipt))


def cookie_seconds() -> float:
    """How long a browser remembers an unfinished sort."""
    return float(current_app.permanent_session_lifetime.total_seconds())


def cookie_days() -> int:
    """The same in days."""
    return current_app.permanent_session_lifetime.days


def known(study: str) -> Known | None:
    """Whom this browser is known to; None where its cookie leads to nobody, or no more."""
    token = pocket(study).get("token")
    if not isinstance(token, str):
        return None
    if getattr(g, "asked_of", None) == (study, token):  # several guards of one request ask
        return g.answered
    found = store().known(study, token)
    g.asked_of, g.answered = (study, token), found
    _recollections().note(study, token, found)
    if found is not None and not found.receipt and _half_over(found):
        store().prolong(study, str(token), cookie_seconds())
    return found


class Recollections:
    """Whom tokens led to when they were last asked about, so that an act need not ask before: what reads the response asks as well.

    What is recalled opens nothing. It says whose budget a request is of, and which response to ask for; never a code.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Known] = {}

    def note(self, study: str, token: str, found: Known | None) -> None:
        """Remember what was said of a token; all is forgotten where there are very many."""
        self._known.pop((study, token), None)
        if found is not None and not found.receipt:
            self._known[study, token] = replace(found, code="")
        if len(self._known) > _MOST_RECALLED:
            self._known = {}

    def of(self, study: str, token: str) -> Known | None:
        """Whom a token led to; None where nobody knows, or it is time to ask again."""
        found = self._known.get((study, token))
        return found if found is not None and not _half_over(found) else None


def _recollections() -> Recollections:
    found: Recollections = current_app.extensions.setdefault("qmethod recollections", Recollections())
    return found


def _half_over(found: Known) -> bool:
    """Whether half of the time is over for which a token counts, so that it is to be prolonged."""
    return (found.until - datetime.now(UTC)).total_seconds() < cookie_seconds() / 2


def recalled(study: str) -> tuple[Known | None, str | None]:
    """Whom this browser is known to, and the token that is yet to be asked about; None where it was asked about now."""
    token = pocket(study).get("token")
    found = _recollections().of(study, token) if isinstance(token, str) else None
    return (known(study), None) if found is None else (found, token)


def refuse_other_generations(app: Flask) -> None:
    """Refuse a cookie that leads to a person of another generation of the database; see `qmethod_studies.store.generation`.

    No token outlives a restore, so that such a cookie leads to nobody, which its owner is to be told. The page that says so comes once, and empties
    the cookie. What a script sends is refused until that page has been seen: nobody reads what is said to a script.
    """

    @app.before_request
    def look() -> None:
        if request.endpoint in ("static", "health.healthz", "metrics.metrics") or session.get("generation") == store().generation:
            return
        if not any("token" in mine for mine in session.get("studies", {}).values()):
            return
        if request.endpoint == "respondent.acts":
            raise Stop("restored", 403)
        for name in ("studies", "generation", "csrf_token"):
            session.pop(name, None)
        raise Stop("restored", 409)


def has_cookie() -> bool:
    """Whether the browser sent the cookie of this server, whatever it holds."""
    return current_app.session_interface.get_cookie_name(current_app) in request.cookies


def forget(study: str, *, forms: bool = True) -> None:
    """Forget who this browser was in a study: its token counts no more; with `forms`, nor does what is sent from pages that are still open."""
    token = pocket(study).get("token")
    if isinstance(token, str):
        store().dismiss(study, token)
        _recollections().note(study, token, None)
    session["studies"] = {name: value for name, value in session.get("studies", {}).items() if name != study}
    if forms:
        session.pop("csrf_token", None)
    session.permanent = any("token" in other for other in session["studies"].values())


def visit(study: str) -> Visit | None:
    """The visit of this request; None where the cookie leads to no open response."""
    who = known(study)
    response = store().find(study, who.code) if who is not None and not who.receipt else None
    if who is None or response is None or response.status != "started":
        return None
    g.language = response.language
    return Visit(study_of(study, response), response, who.code)


def of_page(here: Visit) -> bool:
    """Whether a form that was sent belongs to the sort that is open now. It may come from a page of an earlier one, left open in another tab."""
    given = request.form.get("sort")
    return here.response.position == 1 if given is None else given == str(here.response.id)


def shelf_of(study: str, code_hash: str) -> str:
    """What a person's acts are named by while they wait in a browser: it tells them from anybody else's, of other databases too, and nothing more."""
    return hmac.digest(store().derived_key("what waits in browsers"), f"{study} {code_hash}".encode(), "sha256").hex()[:24]


def handle(study: str, number: object) -> tuple[Handle | None, str | None]:
    """What finds the response that a page was made for, if it is this person's; None where the cookie leads to nobody who sorts.

    Of a sort's hundred acts each would otherwise look for the response that is open now, which with several sorts may be another one.

    Parameters
    ----------
    study : str
    number : object
        As the page sent it. Pages of earlier versions sent none: they knew of one sort a person only.

    Returns
    -------
    handle : Handle or None
    token : str or None
        With which the response is to be asked for, where it was not asked yet whether it still leads to this person.
    """
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63:
        who, token = recalled(study)
        return (None, None) if who is None or who.receipt else (Handle(number, who.code_hash), token)
    here = visit(study) if number is None else None
    return (here.response.handle if here is not None and here.response.position == 1 else None), None


def returning(study: str) -> Visit | None:
    """The visit of somebody whose sorts are all in and who came back by code or link; None for anybody else."""
    who = known(study)
    response = store().find(study, who.code) if who is not None and not who.receipt else None
    if who is None or response is None or response.status != "submitted":
        return None
    g.language = response.language
    return Visit(study_of(study, response), response, who.code)


def thanked(study: str) -> Visit | None:
    """The visit of somebody who has just submitted; None after half an hour, or once the study was opened anew.

    Whoever lost the answer to their submission may have a token for the sort instead of a receipt, and is thanked as well.
    """
    who = known(study)
    response = store().find(study, who.code) if who is not None else None
    if who is None or response is None or response.submitted is None:
        return None
    if not (who.receipt or time.time() < response.submitted.timestamp() + THANKS_SECONDS):
        return None
    g.language = response.language
    return Visit(study_of(study, response), response, who.code)
