"""The files of `docs/deploying`: what programs are at hand run them, and each setting in them is one that the server reads."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import waitress
import yaml

from benchmarks.proxies import HOST, caddy_is_old, make_certificate, nginx_words, proxy, settings
from benchmarks.serving import free_port
from qmethod_studies.store import Store
from qmethod_studies.writing import write
from qmethod_webform.app import create_app
from qmethod_webform.settings import from_environment
from tests.load.stopped import until
from tests.studies.store.acting import make_study

ROOT = Path(__file__).parents[2]
HERE = ROOT / "docs" / "deploying"
SECRET = "s" * 48


def there(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{program} is not at hand, so what is said of it was not run")
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
    for name in re.findall(r"ExecStart\w*=(/opt\S+)", text):
        text = text.replace(name, "/bin/true")
    unit = unit.replace("@", "@8000")
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
    words = [there("caddy"), "adapt", "--config", str(HERE / "Caddyfile"), "--adapter", "caddyfile"]
    for at in ("127.0.0.1:8000", "127.0.0.1:8000 127.0.0.1:8001"):
        done = subprocess.run(words, check=True, capture_output=True, text=True, env=os.environ | {"SURVEY_AT": at})
        assert re.findall(r'"dial":"([^"]+)"', done.stdout) == at.split()


@pytest.mark.parametrize("behind", [[8000], [8000, 8001]])
def test_nginx_takes_its_file_without_a_warning(behind: list[int], tmp_path: Path) -> None:
    there("nginx")
    make_certificate(tmp_path)
    tested = subprocess.run([*nginx_words(tmp_path, free_port(), behind), "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr


@pytest.mark.parametrize("status", [200, 503])
def test_what_waits_for_a_server_ends_when_it_is_well(status: int) -> None:
    """It is started before there is a server, and ends with the first answer of one that is well."""
    words = [sys.executable, str(HERE / "wait-until-well"), f"http://127.0.0.1:{(port := free_port())}/healthz"]
    waiting = subprocess.Popen(words)
    time.sleep(0.5)
    assert waiting.poll() is None

    asked: list[int] = []

    def application(_environ: Any, start_response: Callable[..., object]) -> list[bytes]:
        asked.append(status)
        start_response(f"{status} said", [])
        return []

    server = waitress.create_server(application, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        if status == 200:
            assert waiting.wait(90) == 0
        else:
            until(lambda: len(asked) > 1)
            assert waiting.poll() is None
    finally:
        waiting.kill()
        waiting.wait(10)
        server.task_dispatcher.shutdown()
        server.close()


def of_image(word: str) -> list[str]:
    """What the Dockerfile says after a word such as CMD, as a list of words."""
    [found] = re.findall(rf"^{word} .*?(\[.+\])$", (HERE / "Dockerfile").read_text(), re.MULTILINE)
    return list(json.loads(found))


def test_what_a_container_runs_begins_is_well_and_ends(tmp_path: Path) -> None:
    """The command, health check and signal of the image with the settings of compose, in a folder in place of a container."""
    (tmp_path / "secret").write_text(SECRET)
    port, data = free_port(), tmp_path / "data"
    data.mkdir(mode=0o700)
    write(make_study(), tmp_path / "study")
    moves = {"/study": str(tmp_path / "study"), "/run/secrets/secret": str(tmp_path / "secret"), "/data": str(data), "8000": str(port)}

    def here(text: str) -> str:
        for old, new in moves.items():
            text = text.replace(old, new)
        return text

    service = yaml.safe_load((HERE / "compose.yaml").read_text())["services"]["survey"]
    given = {name: here(value) for name, value in (in_image() | service["environment"]).items()} | {"QMETHOD_PORT": str(port)}
    program, *words = of_image("CMD")
    where = Path(sys.executable).parent
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen([where / program, *map(here, words)], cwd=data, env=os.environ | given, stdout=log, stderr=log)
    try:
        check = [sys.executable, *map(here, of_image("HEALTHCHECK")[1:])]
        for _ in range(300):
            done = subprocess.run(check, capture_output=True, check=False)
            if done.returncode == 0 or running.poll() is not None:
                break
            time.sleep(0.2)
        assert done.returncode == 0, (tmp_path / "log").read_text()
        assert {path.name for path in data.iterdir()} >= {"responses.sqlite3", "responses.keys"}
        [how] = re.findall(r"^STOPSIGNAL (\w+)$", (HERE / "Dockerfile").read_text(), re.MULTILINE)
        running.send_signal(signal.Signals[how])
        assert running.wait(int(service["stop_grace_period"].removesuffix("s"))) == 0
        assert subprocess.run(check, capture_output=True, check=False).returncode != 0
    finally:
        running.kill()
        running.wait(10)


# ---- a proxy in front of a server


Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture(params=["nginx", "caddy"])
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ask]:
    """A proxy, as its file has it but for ports and places, in front of a server with the settings of `survey.env`."""
    there(request.param)
    behind = free_port()
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    app = create_app([make_study()], store, from_environment(settings(tmp_path, SECRET)))
    server = waitress.create_server(app, host="127.0.0.1", port=behind, clear_untrusted_proxy_headers=False)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with proxy(request.param, tmp_path, [behind]) as connect:

        def asked(method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
            with closing(connect()) as connection:
                connection.request(method, path, body, {"Host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}})
                with connection.getresponse() as answer:
                    return answer.status, dict(answer.getheaders()), answer.read()

        yield asked
    server.close()
    thread.join(10)
    store.close()


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_proxy_writes_nothing_of_whoever_asks_while_no_server_is_there(name: str, tmp_path: Path) -> None:
    there(name)
    with proxy(name, tmp_path, [free_port()]) as connect:
        for method, path in (("GET", "/demo/i/a-secret-of-somebody"), ("POST", "/demo/?participant=ann-0815")):
            with closing(connect()) as connection:
                connection.request(method, path, b"an answer" if method == "POST" else None, {"Host": HOST, "User-Agent": "Mozilla"})
                assert connection.getresponse().status in (502, 503)
    written = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert not any(part in written for part in ("a-secret", "ann-0815", "an answer", "Mozilla", "remote_ip"))


def test_through_a_proxy_people_reach_the_survey_and_nobody_the_figures(ask: Ask, tmp_path: Path) -> None:
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
    status, _, said = ask("GET", "/demo/", Host="evil.example")
    assert status == 400 or not said  # Caddy answers to no other name
    assert (
        ask("POST", "/demo/consent", b"x=" + b"y" * 3_900_000, Content_Type="application/x-www-form-urlencoded")[0] == 303
    )  # no token: the server answers
    if not (tmp_path / "caddy.log").exists() or not caddy_is_old():
        assert ask("POST", "/demo/consent", b"x" * 4_400_000, Content_Type="application/x-www-form-urlencoded")[0] == 413
    status, headers, _ = ask("GET", "/static/grid.js", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "Content-Encoding" not in ask("GET", "/demo/", Accept_Encoding="gzip")[1]
    logs = {path.name: path.read_text() for path in tmp_path.rglob("*.log")}
    assert "caddy.log" in logs or logs["survey.log"]
    started = [line for line in logs.get("caddy.log", "").splitlines() if '"level":"info"' in line]  # which says where it listens
    written = "\n".join(line for text in logs.values() for line in text.splitlines() if line not in started)
    assert not any(part in written for part in ("ann-0815", "demo", "127.0.0.1", "203.0.113.9"))
