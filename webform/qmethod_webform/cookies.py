"""The cookie as it is read and written: sealed, so that nobody reads anything in it, and believed by its seal, whatever a clock says of its age."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import Flask, Request, Response, g
from flask import request as current_request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

AHEAD = timedelta(days=14)
"""How far in the future a cookie may have been sealed: nobody but this server seals one, so that its clock was set back since."""
MOST_OPENED = 1_000
"""Cookies that a process remembers to be its own, with what they hold, before it forgets them all."""
_TAGS = TaggedJSONSerializer()


FOR_NOBODY = ("static", "health.healthz", "metrics.metrics")
"""What is the same for everybody: no cookie is read for it or written."""


class _Read(SecureCookieSession):
    """What a cookie holds, and whether half of its time has passed."""

    old = False


class _Unread(SecureCookieSession):
    """An empty session in place of a cookie that was not believed."""


class Seal:
    """What a cookie holds, sealed with a key that is made of the server's secret; with the moment, in seconds.

    Parameters
    ----------
    secret : str or bytes
    """

    def __init__(self, secret: str | bytes) -> None:
        whole = secret.encode() if isinstance(secret, str) else secret
        self._opened: dict[str, tuple[str, float]] = {}
        self._cipher = Fernet(base64.urlsafe_b64encode(hmac.digest(whole, b"what a cookie holds", "sha256")))

    def dumps(self, content: Mapping[str, Any]) -> str:
        """The value of a cookie."""
        return self._cipher.encrypt_at_time(_TAGS.dumps(dict(content)).encode(), int(time.time())).decode()

    def opened(self, value: str) -> tuple[dict[str, Any], float]:
        """What the value of a cookie holds, and when it was sealed.

        Raises
        ------
        cryptography.fernet.InvalidToken, ValueError
            If it was not sealed with this key.
        """
        found = self._opened.get(value)  # a browser sends the same one with each of hundreds of acts
        if found is None:
            found = self._unsealed(value)
            if len(self._opened) >= MOST_OPENED:
                self._opened = {}
            self._opened[value] = found
        text, made = found
        content: dict[str, Any] = _TAGS.loads(text)
        return content, made

    def _unsealed(self, value: str) -> tuple[str, float]:
        sealed = value.encode()
        if base64.urlsafe_b64encode(base64.urlsafe_b64decode(sealed)) != sealed:  # what is read of it must be all of it
            raise InvalidToken
        return self._cipher.decrypt(sealed).decode(), float(self._cipher.extract_timestamp(sealed))

    def loads(self, value: str) -> dict[str, Any]:
        """What the value of a cookie holds."""
        return self.opened(value)[0]


def believed(session: SessionMixin) -> bool:
    """Whether a session is what the cookie of the request held, or there was no cookie."""
    return not isinstance(session, _Unread)


class Cookies(SecureCookieSessionInterface):
    """Sessions in sealed cookies, which outlive a clock that is set back.

    How long a token counts is known to the store; the age of the cookie only ends what the browser should have forgotten. A refusal never takes the
    place of a cookie that was not believed: it may be good again once the clock, or the secret key, is. Earlier versions signed what stood there in
    clear: such a cookie is still believed, and sealed with the answer.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie of a request holds; nothing where it is too old, too far ahead, or not of this server."""
        value = request.cookies.get(self.get_cookie_name(app))
        if not value:
            return SecureCookieSession()
        found = self._sealed(app, value) or self._signed(app, value)
        if found is None:
            return _Unread()
        session, made = found
        age = timedelta(seconds=time.time() - made)
        if not -AHEAD <= age <= app.permanent_session_lifetime:
            return _Unread()
        session.old |= age > app.permanent_session_lifetime / 2
        return session

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:  # noqa: ARG002
        """Whether there is something new to write; once in half of its time, or after a change of the key, a cookie is written anew as it is."""
        return session.modified or (session.permanent and getattr(session, "old", False))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, but not over one that was not believed where the answer is a refusal, or leads to the page of one."""
        if current_request.endpoint in FOR_NOBODY:
            return
        if believed(session) or not (response.status_code >= 400 or "leads_to_refusal" in g):
            super().save_session(app, session, response)

    def get_signing_serializer(self, app: Flask) -> Seal:  # type: ignore[override]
        """What writes the value of a cookie; Flask signs at this place."""
        return self._seal(app, app.secret_key or "")

    def _seal(self, app: Flask, secret: str | bytes) -> Seal:
        kept: dict[str | bytes, Seal] = app.extensions.setdefault("qmethod-cookies", {})
        if secret not in kept:
            kept[secret] = Seal(secret)
        return kept[secret]

    def _sealed(self, app: Flask, value: str) -> tuple[_Read, float] | None:
        """What was sealed with the key of now or an earlier one; one of the latter is to be sealed anew."""
        for i, secret in enumerate((app.secret_key or "", *app.config["SECRET_KEY_FALLBACKS"])):
            try:
                content, made = self._seal(app, secret).opened(value)
            except (InvalidToken, ValueError):
                continue
            found = _Read(content)
            found.old = i > 0
            return found, made
        return None

    def _signed(self, app: Flask, value: str) -> tuple[_Read, float] | None:
        signer = super().get_signing_serializer(app)
        try:
            content, signed = signer.loads(value, return_timestamp=True) if signer else ({}, None)
        except BadSignature:
            return None
        if signed is None:
            return None
        session = _Read(content)
        session.modified = True
        return session, signed.timestamp()
