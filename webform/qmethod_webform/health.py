"""Whether the server is well: it answers, and its database takes writes."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from qmethod import __version__
from qmethod_studies.store import Damaged, Unavailable
from qmethod_webform.respondent.person import store

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """200 and ``{"status": "ok"}`` where responses can be saved, 503 where not. Says nothing about who or how many.

    Where the disk is so full that nobody may begin, the status is ``"the disk is nearly full: nobody can begin"``, with 200: who sorts can finish,
    and a proxy that takes a server away for a 503 would keep them from it. ``disk`` says whether room is known at all.

    The database is read from end to end when the server starts; from then on it counts as damaged once any request has come upon damage.
    """
    try:
        store().ping()
    except Damaged as error:
        current_app.logger.error("%s", error)
        return jsonify(status="the database is damaged", version=__version__), 503
    except Exception as error:  # whatever is wrong with a database, the answer is the same
        current_app.logger.error("%s", error if isinstance(error, Unavailable) else f"the database does not answer: {type(error).__name__}")
        return jsonify(status="the database does not answer", version=__version__), 503
    short = current_app.extensions["qmethod"].reserve.short()
    disk = "not known" if store().free_space() is None else "nearly full" if short else "enough"
    return jsonify(status="the disk is nearly full: nobody can begin" if short else "ok", disk=disk, version=__version__), 200
