"""The cookie as it is read and written: by its signature, whatever a clock that was set back says of its age."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

AHEAD = timedelta(days=14)
"""How far in the future a cookie may have been signed: nobody but this server signs one, so that its clock was set back since."""


class _Unread(SecureCookieSession):
    """An empty session in place of a cookie that was not believed."""


class Cookies(SecureCookieSessionInterface):
    """Sessions in signed cookies, which outlive a clock that is set back.

    How long a token counts is known to the store; the age of the cookie only ends what the browser should have forgotten. A refusal never takes the
    place of a cookie that was not believed: it may be good again once the clock, or the secret key, is.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie of a request holds; nothing where it is too old, too far ahead, or not signed by this server."""
        signer, value = self.get_signing_serializer(app), request.cookies.get(self.get_cookie_name(app))
        if signer is None or not value:
            return super().open_session(app, request)
        try:
            content, signed = signer.loads(value, return_timestamp=True)
        except BadSignature:
            return _Unread()
        age = timedelta(seconds=time.time() - signed.timestamp())
        return SecureCookieSession(content) if -AHEAD <= age <= app.permanent_session_lifetime else _Unread()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, but not over one that was not believed where the answer is a refusal."""
        if not (isinstance(session, _Unread) and response.status_code >= 400):
            super().save_session(app, session, response)
