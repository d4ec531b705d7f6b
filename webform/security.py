"""Headers that keep a page to itself: no foreign script, style, picture, font, frame or form target; nothing cached that is somebody's own."""

from __future__ import annotations

from flask import Flask, Response, abort, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


MOST_FIELDS = 2000
"""Fields in one form: more than any study has. To take apart a form of millions of empty fields would keep a processor busy for seconds."""


def refuse_odd_bodies(app: Flask) -> None:
    """Refuse what no page of ours sends, before anything looks into it: files, JSON in place of a form, forms of endless fields."""

    @app.before_request
    def look() -> None:
        if request.method != "POST" or request.endpoint == "respondent.acts":
            return
        if request.is_json:
            abort(415)
        if request.mimetype == "application/x-www-form-urlencoded" and request.get_data().count(b"&") >= MOST_FIELDS:
            abort(413)
        if request.files:
            abort(415)


def protect(app: Flask, *, https: bool) -> None:
    """Add the headers to every answer of an application.

    Parameters
    ----------
    app : Flask
    https : bool
        Whether browsers are told to use HTTPS only.
    """

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint == "static":
            # The address of each file carries a digest of its content, so that a copy never grows old.
            headers["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        else:
            headers["Cache-Control"] = "no-store"
        return response
