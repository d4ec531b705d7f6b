"""What the pages of a study show beyond texts: the files in its folder, and its colours as a style sheet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from flask import Response, current_app, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.carried import Carried
from qmethod_studies.definition import Study
from qmethod_studies.look import Look
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.person import served


@blueprint.get("/<study>/file/<digest>")
def file(study: str, digest: str) -> AnyResponse | tuple[str, int]:
    """A picture or a sound of a study, by a digest of its content; a part of it for who asks for one, as browsers that play sounds do."""
    found = next((one for one in files_of(served(study)).values() if one.digest == digest), None)
    if found is None:
        return "", 404
    answer = current_app.response_class(found.content, mimetype=found.mime, headers={"Content-Disposition": "inline"})
    answer.set_etag(found.digest)
    return answer.make_conditional(request, accept_ranges=True, complete_length=len(found.content))


@blueprint.get("/<study>/look.css")
def look(study: str) -> Response | tuple[str, int]:
    """The colours of a study."""
    found = served(study).look
    return current_app.response_class(style(found), mimetype="text/css") if found is not None and found.accent else ("", 404)


def files_of(study: Study) -> Mapping[str, Carried]:
    """The files of a study, as they were when the server began to offer it."""
    offered: Mapping[str, Study] = current_app.extensions["qmethod"].studies
    return offered[study.study].files if study.study in offered else {}


def address_of(study: Study, name: str | None) -> str | None:
    """The address of a file of a study; None where it is not there."""
    found = files_of(study).get(name or "")
    return url_for("respondent.file", study=study.study, digest=found.digest, v=1) if found else None


def style(look: Look) -> str:
    """The style sheet of a look."""
    colours = look.colours() or {}
    ruled = {name: ":root { " + " ".join(f"--{key}: {value};" for key, value in mine.items()) + " }" for name, mine in colours.items()}
    return "".join([ruled["light"], "\n@media (prefers-color-scheme: dark) { ", ruled["dark"], " }\n"]) if ruled else ""


def style_address(study: Study) -> str | None:
    """The address of the style sheet of a study; None for one that looks as all do."""
    if study.look is None or not study.look.accent:
        return None
    return url_for("respondent.look", study=study.study, v=hashlib.sha256(style(study.look).encode()).hexdigest()[:12])
