"""Headers that keep a page to itself: no foreign script, style, picture, font, frame or form target; nothing cached that is somebody's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, request, session
from flask_wtf.csrf import CSRFProtect, same_origin
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from qmethod_webform.files import lasts

NO_FRAME = "frame-ancestors 'none'"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        NO_FRAME,
    )
)
FILE_POLICY = CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'").replace("script-src 'self'", "script-src 'none'")
"""Of pictures and sounds: what a browser itself puts around one that is opened alone has style in its tags."""

MOST_TOKENS = 10_000
"""Tokens that are remembered to be good, before all are forgotten."""
MOST_FIELDS = 2000
"""Fields in one form: more than any study has. To take apart a form of millions of empty fields would keep a processor busy for seconds."""
MOST_BYTES_OF_ACTS = 512 * 1024
"""The longest request with acts: the script sends less, and one act with the longest text that any answer takes is a sixth of it at most."""


def lead_by_path(app: Flask) -> None:
    """Lead by paths alone where an address lacks a slash or has one too many: the name of the server and the scheme are what a request says they are.

    What a proxy says came by anything but HTTP is refused: it has passed on what somebody made up.
    """

    @app.before_request
    def look() -> AnyResponse | None:
        if request.scheme not in ("http", "https"):
            abort(400)
        wrong = request.routing_exception
        if not isinstance(wrong, RequestRedirect):
            return None
        return redirect(urlsplit(wrong.new_url)._replace(scheme="", netloc="").geturl(), wrong.code)


def refuse_odd_bodies(app: Flask) -> None:
    """Refuse what no page of ours sends, before anything looks into it: forms in parts, JSON in place of a form, forms of endless fields.

    Forms in parts are what files travel in. Each part has headers without end, which to take apart would keep a processor busy, and none is needed.
    """

    @app.before_request
    def look() -> None:
        if request.mimetype == "multipart/form-data":
            abort(415)
        if request.endpoint == "respondent.acts":
            request.max_content_length = MOST_BYTES_OF_ACTS
        if request.method != "POST" or request.endpoint == "respondent.acts":
            return
        if request.is_json:
            abort(415)
        if request.mimetype == "application/x-www-form-urlencoded" and request.get_data().count(b"&") >= MOST_FIELDS:
            abort(413)


class Tokens(CSRFProtect):
    """Looks at the token that comes with whatever changes something.

    A browser sends the same one with each of hundreds of acts. It is good for as long as the cookie holds what it was made of, so that both together
    are remembered once they were looked at.

    Parameters
    ----------
    app : Flask
    """

    def __init__(self, app: Flask) -> None:
        self._good: set[tuple[str, str]] = set()
        super().__init__(app)

    def protect(self, apply_exemptions: bool = False) -> None:
        """Refuse a request without a token that belongs to its cookie."""
        made_of, token = session.get("csrf_token"), request.headers.get("X-CSRFToken")
        of_acts = request.endpoint == "respondent.acts" and request.is_json and isinstance(made_of, str) and token is not None
        if of_acts and (made_of, token) in self._good:
            g.csrf_valid = True
            return
        super().protect(apply_exemptions)
        if of_acts and isinstance(made_of, str) and token is not None:
            self._good = self._good if len(self._good) < MOST_TOKENS else set()
            self._good.add((made_of, token))


def refuse_other_sites(app: Flask) -> None:
    """Refuse what a page of another site sends over HTTPS, by what the browser itself says of where it comes from.

    The token has been checked before; this is a second lock. Browsers that keep `Referer` to themselves say `Origin` or `Sec-Fetch-Site`, which no
    page can change. Where a proxy strips all three there is nothing to go by: no browser of today sends a form from another site without `Origin`,
    and the cookie that the token belongs to is not sent with one, so the token is enough.
    """

    @app.before_request
    def look() -> None:
        if request.method in ("GET", "HEAD", "OPTIONS", "TRACE") or not request.is_secure:
            return
        own = f"{request.scheme}://{request.host}"
        origin, fetch_site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if fetch_site not in (None, "same-origin", "none"):
            abort(400)
        if request.referrer and not _same_origin(request.referrer, own):
            abort(400)
        # A browser that hides where a form comes from says null; so does every page of another site that wants to hide it.
        hidden = origin == "null" and (request.referrer or fetch_site == "same-origin")
        if origin and not hidden and not _same_origin(origin, own):
            abort(400)


def _same_origin(address: str, own: str) -> bool:
    try:
        return bool(same_origin(address, own))
    except ValueError:  # no address at all
        return False


def protect(app: Flask, *, https: bool, framed_by: Mapping[str, Sequence[str]]) -> None:
    """Add the headers to every answer of an application.

    Parameters
    ----------
    app : Flask
    framed_by : mapping of str to sequence of str
        By study, the sites on whose pages its own may stand in a frame; those of others stand in none.
    https : bool
        Whether browsers are told to use HTTPS only.
    """

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        sites = framed_by.get(str((request.view_args or {}).get("study")), ())
        framed = f"frame-ancestors {' '.join(sites)}" if sites else NO_FRAME
        policy = FILE_POLICY if request.endpoint == "respondent.file" else CONTENT_SECURITY_POLICY
        headers["Content-Security-Policy"] = policy.replace(NO_FRAME, framed)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint in ("static", "respondent.file", "respondent.look"):
            # The address of each file carries a digest of its content, so that a copy never grows old; a refusal may be another's tomorrow.
            named = lasts(response) if request.endpoint == "static" else "v" in request.args and response.status_code < 400
            headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        else:
            headers["Cache-Control"] = "no-store"
        return response
