"""The page on which sorts are typed, on this machine and for nobody else.

It listens on 127.0.0.1 alone, at a port that the system chooses, and answers only at an address that holds a secret. So that no page of another site
can talk to it, not by a name that leads here either, each request must name this very host, and each act must come from the page itself.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from socketserver import TCPServer

from qmethod_analysis.entry.desk import BadRequest, Desk, answer
from qmethod_analysis.entry.page import page

HOST = "127.0.0.1"
MOST_BYTES = 1_000_000
"""Of a request: more than any board with its answers has."""
PATIENCE = 10
"""Seconds for which a connection may say nothing."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STATIC = {"enter.css": "text/css; charset=utf-8", "enter.js": "text/javascript; charset=utf-8"}


class Server(ThreadingHTTPServer):
    """A server for one desk.

    Parameters
    ----------
    desk : Desk
    by : str
        Initials that the page begins with.
    check : bool
        Whether the page begins with second typings.
    """

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, desk: Desk, by: str = "", *, check: bool = False) -> None:
        super().__init__((HOST, 0), _Handler)
        self.desk = desk
        self.secret = secrets.token_urlsafe(24)
        self.html = page(desk, by, check=check).encode()
        self.writing = threading.Lock()
        self.ended = threading.Event()

    def server_bind(self) -> None:
        """Listen, without asking the network what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.server_port}/{self.secret}/"

    def run(self) -> None:
        """Answer until somebody ends it, by the page or by `ended`; what is being written then is written first."""
        serving = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        serving.start()
        try:
            while not self.ended.wait(0.5):  # in pieces, so that Ctrl+C is heard on every system
                pass
        finally:
            self.shutdown()
            with self.writing:
                self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = PATIENCE
    server_version = "qmethod"
    sys_version = ""

    def do_GET(self) -> None:
        """The page, its style and its script."""
        name = self._name()
        if name is None:
            return
        if name == "":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", self.server.html)
        elif name in _STATIC:
            content = (files("qmethod_analysis.entry") / "templates" / name).read_bytes()
            self._send(HTTPStatus.OK, _STATIC[name], content)
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """An act of typing."""
        name = self._name()
        if name is None:
            return
        if self.headers.get("Origin") != f"http://{self.headers.get('Host')}" or self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        if self.headers.get_content_type() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > 9 or int(length) > MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length.isdecimal() else HTTPStatus.LENGTH_REQUIRED)
            return
        try:
            asked = json.loads(self.rfile.read(int(length)))
            if not isinstance(asked, dict):
                raise BadRequest(name)
            if name == "end":
                self._say({"ended": True})
                self.server.ended.set()
                return
            with self.server.writing:
                said = answer(self.server.desk, name, asked)
        except (ValueError, RecursionError):  # no JSON, or nothing that the page sends
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        self._say(said)

    def _name(self) -> str | None:
        """What is asked for behind the secret; None where the request was refused."""
        own = {f"{HOST}:{self.server.server_port}", f"localhost:{self.server.server_port}"}
        if self.headers.get("Host") not in own:
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        secret, slash, name = self.path.removeprefix("/").partition("/")
        if not hmac.compare_digest(secret.encode(), self.server.secret.encode()) or not slash:
            self._refuse(HTTPStatus.NOT_FOUND)
            return None
        return name

    def _say(self, said: dict[str, object]) -> None:
        self._send(HTTPStatus.OK, "application/json", json.dumps(said, ensure_ascii=False, allow_nan=False).encode())

    def _refuse(self, status: HTTPStatus) -> None:
        self._send(status, "text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: the address holds the secret."""
