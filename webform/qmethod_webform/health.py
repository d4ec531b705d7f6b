"""Whether the server is well: it answers, and its database takes writes."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from qmethod import __version__
from qmethod_studies.store import Damaged
from qmethod_webform.respondent.person import store

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """200 and ``{"status": "ok"}`` where responses can be saved, 503 where not. Says nothing about who or how many.

    The database is read from end to end when the server starts; from then on it counts as damaged once any request has come upon damage.
    """
    try:
        store().ping()
    except Damaged:
        return jsonify(status="the database is damaged", version=__version__), 503
    except Exception:  # whatever is wrong with a database, the answer is the same
        return jsonify(status="the database does not answer", version=__version__), 503
    return jsonify(status="ok", version=__version__), 200
