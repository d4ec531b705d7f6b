"""The proxies of `docs/deploying` on this machine: their files as they are but for ports and places, with a certificate of their own."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from socket import create_connection

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.serving import free_port

FILES = Path(__file__).parents[1] / "docs" / "deploying"
HOST = "survey.example.org"
SECONDS_TO_START = 20
Connect = Callable[[], HTTPSConnection]


def settings(folder: Path, secret: str) -> dict[str, str]:
    """The settings of `survey.env`, with a secret key in a file of a folder."""
    (folder / "secret").write_text(secret)
    lines = (FILES / "survey.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#")) | {"QMETHOD_SECRET_KEY_FILE": str(folder / "secret")}


def make_certificate(folder: Path) -> None:
    """Write a certificate of `HOST` that nobody but its own holder vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    (folder / "fullchain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(*plain))


def replaced(text: str, changes: dict[str, str]) -> str:
    """A text with each key replaced by its value; each must be in it."""
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{old!r} does not stand in the file any more")
        text = text.replace(old, new)
    return text


def nginx_words(folder: Path, front: int, behind: Sequence[int]) -> list[str]:
    """Write the file of nginx, and give the command that starts it."""
    [line] = [line for line in (FILES / "nginx.conf").read_text().splitlines() if "127.0.0.1:8000" in line and "server " in line]
    text = replaced(
        (FILES / "nginx.conf").read_text(),
        {
            line: "\n".join(line.replace("8000", str(port)) for port in behind),
            "listen 443": f"listen 127.0.0.1:{front}",
            "listen 80": f"listen 127.0.0.1:{free_port()}",
            f"/etc/letsencrypt/live/{HOST}": str(folder),
            "/var/log/nginx": str(folder),
        },
    )
    places = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.geteuid() == 0 else ""
    main = f"daemon off;\n{user}worker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log crit;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{main}http {{\ntypes {{ text/html html; }}\ngzip on;\n{places}{text}\n}}\n")  # as in Debian's
    return ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")]


def caddy_words(folder: Path, front: int, behind: Sequence[int]) -> list[str]:
    """Write the file of Caddy, and give the command that starts it."""
    site = f"https://{HOST}:{front} {{\n\tbind 127.0.0.1\n\ttls {folder}/fullchain.pem {folder}/privkey.pem"
    own = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n"
    changes = {
        "{\n\tlog default": f"{own}\tlog default",
        f"{HOST} {{": site,
        "{$SURVEY_AT:127.0.0.1:8000}": " ".join(f"127.0.0.1:{port}" for port in behind),
    }
    (folder / "Caddyfile").write_text(replaced((FILES / "Caddyfile").read_text(), changes))
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def caddy_is_old() -> bool:
    """Whether the Caddy at hand is one of before 2.7, which passes on a part of what is too long."""
    said = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v?(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) < (2, 7)


PROXIES = {"nginx": nginx_words, "caddy": caddy_words}


@contextmanager
def proxy(name: str, folder: Path, behind: Sequence[int]) -> Iterator[Connect]:
    """A proxy in front of servers; gives what opens a connection to it over TLS.

    Parameters
    ----------
    name : {"nginx", "caddy"}
    folder : pathlib.Path
        For its files and logs.
    behind : sequence of int
        Ports of the servers.
    """
    front = free_port()
    make_certificate(folder)
    words = PROXIES[name](folder, front, behind)
    homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / f"{name}.log").open("wb") as log:
        running = subprocess.Popen(words, env=os.environ | homes, stdout=log, stderr=log)
    try:
        _wait(running, front, folder / f"{name}.log")
        trusting = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        yield lambda: _Through(front, trusting)
    finally:
        running.terminate()
        running.wait(30)


class _Through(HTTPSConnection):
    """A connection to `HOST`, wherever that is, at a port of this machine."""

    def __init__(self, port: int, trusting: ssl.SSLContext) -> None:
        super().__init__(HOST, timeout=60, context=trusting)
        self._at, self._trusting = port, trusting

    def connect(self) -> None:
        """Connect."""
        self.sock = self._trusting.wrap_socket(create_connection(("127.0.0.1", self._at), self.timeout), server_hostname=HOST)


def _wait(running: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            create_connection(("127.0.0.1", port), 5).close()
            return
        except OSError:
            if running.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the proxy did not start:\n{log.read_text(errors='replace')}") from None
        time.sleep(0.05)
