"""The files of `docs/deploying`: what programs are at hand run them, and each setting in them is one that the server reads."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
import waitress
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import from_environment
from tests.studies.store.acting import make_study

ROOT = Path(__file__).parents[2]
HERE = ROOT / "docs" / "deploying"
HOST, SECRET = "survey.example.org", "s" * 48


def there(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not at hand, so what is said of it was not run")
    return found


def of_env(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def compose() -> dict[str, Any]:
    """Both files as docker compose puts them together."""
    one, other = (yaml.safe_load((HERE / name).read_text()) for name in ("compose.yaml", "compose.postgres.yaml"))
    survey = {**one["services"]["survey"], **other["services"]["survey"]}
    survey["environment"] = one["services"]["survey"]["environment"] | other["services"]["survey"]["environment"]
    return {
        "services": {**one["services"], **other["services"], "survey": survey},
        "secrets": one["secrets"],
        "volumes": one["volumes"] | other["volumes"],
    }


def in_image() -> dict[str, str]:
    [line] = re.findall(r"^ENV (.+)$", (HERE / "Dockerfile").read_text(), re.MULTILINE)
    return dict(part.split("=", 1) for part in line.split())


def test_every_file_stands_on_the_page_and_no_other(tmp_path: Path) -> None:
    page = (HERE.parent / "deploying.md").read_text()
    assert sorted(re.findall(r"^```\{literalinclude\} deploying/(\S+)$", page, re.MULTILINE)) == sorted(path.name for path in HERE.iterdir())


@pytest.mark.parametrize("which", ["survey.env", "compose.yaml", "compose.postgres.yaml"])
def test_the_server_reads_each_setting_and_is_a_safe_one(which: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    if which == "survey.env":
        unit = (HERE / "qmethod.service").read_text()
        given = of_env((HERE / "survey.env").read_text()) | of_env("\n".join(re.findall(r"^Environment=(.+)$", unit, re.MULTILINE)))
    else:
        services = compose()["services"] if "postgres" in which else yaml.safe_load((HERE / which).read_text())["services"]
        given = in_image() | services["survey"]["environment"]
        del given["PYTHONUNBUFFERED"]
    assert given["QMETHOD_SECRET_KEY_FILE"] in ("%d/secret", "/run/secrets/secret")
    found = from_environment({**given, "QMETHOD_SECRET_KEY_FILE": str(tmp_path / "secret")})
    assert (found.public, found.secure_cookies, found.proxies, found.hosts) == (True, True, 1, (HOST,))


def test_the_parts_of_compose_fit_together() -> None:
    whole = compose()
    assert {name for service in whole["services"].values() for name in service.get("secrets", [])} == {*whole["secrets"]}
    mounted = {volume.split(":")[0] for service in whole["services"].values() for volume in service["volumes"]}
    assert mounted - {"./Caddyfile"} == {*whole["volumes"]}
    [port] = re.findall(r"^EXPOSE (\d+)$", (HERE / "Dockerfile").read_text(), re.MULTILINE)
    assert whole["services"]["caddy"]["environment"]["SURVEY_AT"] == f"survey:{port}"
    assert str(from_environment({}).port) == port
    database, address = whole["services"]["database"]["environment"], whole["services"]["survey"]["environment"]["QMETHOD_DATABASE"]
    assert address.endswith(f"@database/{database['POSTGRES_DB']}")
    assert f"//{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}@" in address


@pytest.mark.parametrize("unit", sorted(path.name for path in HERE.glob("qmethod*")))
def test_systemd_takes_the_units(unit: str, tmp_path: Path) -> None:
    text = (HERE / unit).read_text()
    for name in re.findall(r"ExecStart=(/opt\S+)", text):
        text = text.replace(name, "/bin/true")
    (tmp_path / unit).write_text(text)
    if unit.endswith(".timer"):
        shutil.copy(HERE / unit.replace(".timer", ".service"), tmp_path)
    done = subprocess.run([there("systemd-analyze"), "verify", "--man=no", str(tmp_path / unit)], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or unit in line]
    assert (done.returncode, said) == (0, [])


def test_the_command_of_the_backup_makes_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'responses.sqlite3'}"
    with Store.open(url) as store:
        store.register(make_study())
    [script] = re.findall(r"^ExecStart=/bin/sh -c '(.+)'$", (HERE / "qmethod-backup.service").read_text(), re.MULTILINE)
    script = script.replace("%%", "%").replace("/opt/qmethod/bin/qmethod", f"{sys.executable} -m qmethod")
    for _ in range(2):
        subprocess.run(["/bin/sh", "-c", script], cwd=tmp_path, env={**os.environ, "QMETHOD_DATABASE": url}, check=True, capture_output=True)
    assert len([*(tmp_path / "backups").glob("???.backup")]) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["backup.keys"]


def test_caddy_takes_its_file() -> None:
    subprocess.run([there("caddy"), "adapt", "--config", str(HERE / "Caddyfile"), "--adapter", "caddyfile"], check=True, capture_output=True)


# ---- nginx in front of a server


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    (folder / "fullchain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(*plain))


Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """nginx, as the file has it but for ports and places, in front of a server with the settings of `survey.env`."""
    nginx, behind, front, plain = there("nginx"), free_port(), free_port(), free_port()
    certificate(tmp_path)
    (tmp_path / "secret").write_text(SECRET)
    given = of_env((HERE / "survey.env").read_text()) | {"QMETHOD_SECRET_KEY_FILE": str(tmp_path / "secret")}
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    app = create_app([make_study()], store, from_environment(given))
    server = waitress.create_server(app, host="127.0.0.1", port=behind, clear_untrusted_proxy_headers=False)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    text = (HERE / "nginx.conf").read_text()
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("listen 443", f"listen 127.0.0.1:{front}"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
        (f"/etc/letsencrypt/live/{HOST}", str(tmp_path)),
        ("/var/log/nginx", str(tmp_path)),
    ):
        assert old in text
        text = text.replace(old, new)
    places = "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    types = "types { text/html html; }\n"
    user = "user root;\n" if os.geteuid() == 0 else ""
    main = f"daemon off;\n{user}worker_processes 1;\npid {tmp_path}/pid;\nerror_log {tmp_path}/error.log crit;\nevents {{}}\n"
    (tmp_path / "nginx.conf").write_text(f"{main}http {{\n{types}{places}{text}\n}}\n")
    words = [nginx, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path), "-e", str(tmp_path / "error.log")]
    tested = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    running = subprocess.Popen(words)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
    trusting.check_hostname = False
    for _ in range(100):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", front)) == 0:
                break
        time.sleep(0.1)

    def asked(method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPSConnection("127.0.0.1", front, context=trusting, timeout=30)
        connection.request(method, path, body, {"Host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}})
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found

    yield asked
    running.terminate()
    running.wait(10)
    server.close()
    thread.join(10)
    store.close()


def test_through_nginx_people_reach_the_survey_and_nobody_the_figures(ask: Ask, tmp_path: Path) -> None:
    status, headers, body = ask(
        "GET", "/demo/?participant=ann-0815", X_Forwarded_For="203.0.113.9", X_Forwarded_Prefix="/evil", X_Forwarded_Proto="http"
    )
    assert status == 200
    assert "Secure" in headers["Set-Cookie"]
    assert headers["Set-Cookie"].startswith("__Host-")
    assert headers["Strict-Transport-Security"]
    assert b"/evil" not in body
    assert ask("GET", "/metrics")[0] == 404
    assert ask("GET", "/healthz")[0] == 200
    assert ask("GET", "/demo/", Host="evil.example")[0] == 400
    assert (
        ask("POST", "/demo/consent", b"x=" + b"y" * 3_900_000, Content_Type="application/x-www-form-urlencoded")[0] == 303
    )  # no token: the server answers
    assert ask("POST", "/demo/consent", b"x" * 4_400_000, Content_Type="application/x-www-form-urlencoded")[0] == 413
    status, headers, _ = ask("GET", "/static/grid.js", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "Content-Encoding" not in ask("GET", "/demo/", Accept_Encoding="gzip")[1]
    written = (tmp_path / "survey.log").read_text() + (tmp_path / "survey-error.log").read_text() + (tmp_path / "error.log").read_text()
    assert written
    assert not any(part in written for part in ("ann-0815", "demo", "127.0.0.1", "203.0.113.9"))
