"""An application under a path of a host name, such as ``/q``: a middleware of WSGI."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Response

FORWARDED = "forwarded"
"""The prefix is what the proxy says in X-Forwarded-Prefix."""
SHAPE = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)+")
"""What a prefix looks like: one that began with two slashes would lead to another host."""
ANYWHERE = ("/healthz", "/metrics")
"""Addresses for monitors, which may ask past the proxy: with and without the prefix, and by any name of the host."""

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Prefixed:
    """An application that stands under a prefix.

    Parameters
    ----------
    app : callable
    prefix : str
        Such as ``/q``, empty for none, or `FORWARDED`; who sets the latter vouches for the proxy, and `ProxyFix` has put its word into SCRIPT_NAME.
    host : str
        A name that the server answers to, or empty where it answers to any.
    """

    def __init__(self, app: Application, prefix: str, host: str) -> None:
        self._app = app
        self._prefix = prefix
        self._host = host

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer a request under the prefix; elsewhere there is nothing."""
        path = environ.get("PATH_INFO", "")
        if self._prefix == FORWARDED:
            said = environ.get("SCRIPT_NAME", "")
            if said and not SHAPE.fullmatch(said):
                return Response("Bad request\n", 400, mimetype="text/plain")(environ, start_response)
            if said and path.startswith(f"{said}/"):  # the proxy has passed on the whole path
                environ["PATH_INFO"] = path = path[len(said) :]
        elif self._prefix:
            if path == self._prefix:
                return Response("", 308, {"Location": f"{self._prefix}/"})(environ, start_response)
            if path.startswith(f"{self._prefix}/"):
                environ["PATH_INFO"] = path = path[len(self._prefix) :]
            elif path not in ANYWHERE:
                return Response("Not found\n", 404, mimetype="text/plain")(environ, start_response)
            environ["SCRIPT_NAME"] = self._prefix
        if path in ANYWHERE and self._host:
            environ["HTTP_HOST"] = self._host
            environ.pop("HTTP_X_FORWARDED_HOST", None)
        return self._app(environ, start_response)
