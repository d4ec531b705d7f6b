"""What every page needs: the language, the frame around a stage, messages in words, and pages that explain instead of refusing bluntly."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, current_app, g, get_flashed_messages, jsonify, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import Study, column_label
from qmethod_studies.languages import INTERFACE_SOURCE, direction, interface_languages
from qmethod_studies.store import Damaged, Gone, Result, Unavailable
from qmethod_webform import log
from qmethod_webform.i18n import apart, for_scripts, gettext, in_words_of
from qmethod_webform.metrics import figures
from qmethod_webform.respondent import journey, looking
from qmethod_webform.respondent.person import Stop, Visit, cookie_days, has_cookie, pocket, shelf_of

Explained = tuple[AnyResponse | str, int, dict[str, str]]
SECONDS_TO_RECOVER = 5
"""When to try again where the database did not answer."""
WORDS = ("words", "piles", "pileNames")
"""Where the data of a page have texts of the pages."""


def choose_language(study: Study) -> str:
    """Settle the language of a request that belongs to no response yet: chosen, else the browser's, else the study's first."""
    chosen = session.get("language")
    if chosen not in study.languages:
        chosen = request.accept_languages.best_match(list(study.languages)) or study.first_language
    g.language = chosen
    return str(chosen)


def page(template: str, study: Study, **values: Any) -> str:
    """A page of a study in the language of the request."""
    language = g.language
    in_words_of(study)
    if "data" in values:
        values["data"] = {key: for_scripts(value) if key in WORDS else value for key, value in values["data"].items()}
    return render_template(
        f"respondent/{template}.html",
        study=study,
        direction=study.direction(language),
        is_draft=study.languages[language].draft,
        say=lambda text: text.in_(language),
        file_at=lambda name: looking.address_of(study, name),
        statement_of={statement.id: statement for statement in study.statements},
        look=looking.style_address(study),
        logo=looking.address_of(study, study.look.logo if study.look else None),
        cookie_days=cookie_days(),
        **refusal(values),
        left=[*values.pop("left", ()), *get_flashed_messages(category_filter=["left"])],
        forgets=template in ("welcome", "declined"),
        **values,
    )


def refusal(values: dict[str, Any]) -> dict[str, Any]:
    """What a page that refuses a form says of it at its top: that it does, and what is wrong, each with the place where it can be mended."""
    form = values.get("form") if request.method == "POST" else None
    wrong = [field for field in form or () if field.errors and field.type not in ("HiddenField", "CSRFTokenField")]
    faults = [
        {"at": f"at-{field.name}", "of": field.label.text, "errors": field.errors}
        if field.name.startswith(("q-", "c-"))
        else {"at": field.id, "errors": field.errors}
        for field in wrong
    ]
    refused = request.method == "POST" and bool(faults or values.get("message") or values.get("messages"))
    return {"faults": faults, "refused": refused, "erred": values.pop("erred", refused)}


def stage_page(stage: str, here: Visit, *, template: str = "", **values: Any) -> str:
    """The page of a stage, with where the respondent is and how to go back."""
    study = here.study
    if "data" in values:
        values["data"] |= waiting(here) | {"opened": {"stage": stage, "at": round(time.time(), 3)}}
    back = journey.neighbour(study, stage, -1)
    return page(
        template or stage,
        study,
        response=here.response,
        code=here.code,
        stage=stage,
        stage_names=stage_names(),
        progress=journey.progress(study, here.response, stage),
        sort_name=sort_name(here),
        **{"back": address(study, back) if back else None, **values},
    )


def waiting(here: Visit) -> dict[str, Any]:
    """What a script needs to let acts wait in the browser: whose they are, for which sort, and for how many days."""
    return {"response": here.response.id, "whose": shelf_of(here.study.study, here.response.code_hash), "keepDays": cookie_days()}


def sort_name(here: Visit) -> str:
    """What a person's sort is called, where they give several: its wave, its condition of instruction, or both; else nothing."""
    study, response, language = here.study, here.response, here.response.language
    parts = [one.name.in_(language) for one in study.waves if one.id == response.wave]
    if len(response.assigned) > 1:
        parts += [one.name.in_(language) for one in study.conditions if one.id == response.condition]
    return ": ".join(parts)


def address(study: Study, stage: str) -> str:
    """The address of a stage."""
    return url_for(f"respondent.{stage}", study=study.study)


def stage_names() -> dict[str, str]:
    """What the stages are called on the page."""
    return {
        "before": gettext("About you"),
        "presort": gettext("First look"),
        "refine": gettext("Choosing"),
        "grid": gettext("The board"),
        "why": gettext("Your reasons"),
        "after": gettext("Questions"),
        "review": gettext("Check and send"),
    }


def refusal_message(study: Study, result: Result) -> str:
    """Why an act was not done, in words, in the language of the page."""
    column = apart(column_label(result.column), study.direction(g.language)) if result.column is not None else ""
    match result.code:
        case "column-full":
            return gettext("Column %(column)s is full.", column=column)
        case "wrong-number":
            count = study.capacity.get(result.column or 0, 0)
            return gettext("Column %(column)s takes exactly %(count)s.", column=column, count=count)
        case "nothing-to-undo":
            return gettext("There is nothing to undo.")
        case "nothing-to-redo":
            return gettext("There is nothing to redo.")
        case "incomplete":
            return gettext("Something is still missing here.")
        case "closed":
            return gettext("You have sent your sort already. It can no longer be changed.")
        case "too-much-text":
            return gettext("There is no room for so much text in one sort. Shorten it a little.")
        case "too-many-acts":
            return gettext("This sort was changed so often that it cannot be changed any more. Send it as it is.")
        case "too-long":
            return gettext("That is too long. Shorten it a little.")
        case _:
            return gettext("This could not be done. The page now shows what is saved.")


def explain_errors(app: Flask) -> None:
    """Answer everything that goes wrong with a page, or with JSON where JSON was asked for, without a trace of the inside."""

    @app.errorhandler(Stop)
    def stop(error: Stop) -> Explained:
        return _explain(error.page, error.status, after=error.retry_after)

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Explained:
        return _explain("too-old" if has_cookie() else "no-cookie", 400)

    @app.errorhandler(Unavailable)
    def no_database(error: Unavailable) -> Explained:
        log.fault(error)
        figures().fault()
        if isinstance(error, Damaged):
            app.extensions["qmethod"].looks.forget()
        return _explain("our-fault", 503, after=SECONDS_TO_RECOVER)

    @app.errorhandler(Gone)
    def withdrawn(_error: Gone) -> Explained:
        return _explain("no-sort", 403)

    @app.errorhandler(BadHost)
    @app.errorhandler(SecurityError)
    def other_name(_error: HTTPException) -> AnyResponse:
        # Without a name of the server there are no addresses, and so no page of ours.
        return current_app.response_class("This server does not answer to that name.\n", 400, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        known = {404: "not-found", 405: "not-found", 413: "too-large", 500: "our-fault"}
        return _explain(known.get(error.code, "bad-request"), error.code)


def _explain(why: str, status: int, *, after: int | None = None) -> Explained:
    again = {} if after is None else {"Retry-After": str(after)}
    if request.is_json or request.path.endswith("/acts"):
        return jsonify(error=why), status, again
    name = (request.view_args or {}).get("study", "")
    study: Study | None = app_studies().get(name)
    if study is None:
        g.language = request.accept_languages.best_match(interface_languages()) or INTERFACE_SOURCE
        return (
            render_template("respondent/explain_bare.html", why=why, studies=app_studies().values(), direction=direction(g.language)),
            status,
            again,
        )
    if getattr(g, "language", None) not in study.languages:
        choose_language(study)
    return page("explain", study, why=why, begun="token" in pocket(name)), status, again


def app_studies() -> dict[str, Study]:
    """The studies on offer."""
    return dict(current_app.extensions["qmethod"].studies)
