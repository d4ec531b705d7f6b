"""A survey in a frame of another site, over HTTPS, in a browser that keeps cookies of frames apart: the whole study, its end, and coming back."""

from __future__ import annotations

import datetime
import ipaddress
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from qmethod_studies.definition import Access, Study
from qmethod_studies.loading import load
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.browser.conftest import ARGUMENTS
from tests.browser.robots import Robot
from tests.browser.survey import HERE, PATIENCE, UNHURRIED, Visitor, mind

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>A panel</title><h1>Around it</h1><iframe src="{}" width="900" height="600" title="Survey"></iframe>
<script>window.told = []; addEventListener("message", (event) => told.push([event.origin, event.data]));</script>"""


class Quiet(WSGIRequestHandler):
    def log(self, *_said: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30)).add_extension(names, False)
    folder = tmp_path_factory.mktemp("certificate")
    pem = serialization.Encoding.PEM
    (folder / "a.crt").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    (folder / "a.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(folder / "a.crt"), str(folder / "a.key")


@contextmanager
def listening(app: Any, certificate: tuple[str, str]) -> Iterator[int]:
    """An application over HTTPS on a free port of 127.0.0.1, which is localhost too."""
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=certificate, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Around:
    """A survey, and two sites with it in a frame, one of which it names."""

    survey: str
    named: str
    other: str
    store: Store
    study: Study


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[str, str]) -> Iterator[Around]:
    framed: dict[str, str] = {}

    @Request.application
    def panel(request: Request) -> Response:
        text = "<!doctype html><title>Done</title><h1>Welcome back</h1>" if request.path == "/done" else PAGE.format(framed["address"])
        return Response(text, mimetype="text/html")

    with listening(panel, certificate) as named, listening(panel, certificate) as other:
        base = load(HERE / "studies" / "garden")
        access = Access(embed=(f"https://localhost:{named}",), return_link=f"https://localhost:{named}/done?id={{participant}}")
        study = base.model_copy(update={"access": access})
        settings = Settings(secret_key="0123456789abcdefghijklmnopqrstuvwxyzABCD", production=True)
        database = f"sqlite:///{tmp_path_factory.mktemp('survey')}/a.sqlite3"
        with Store.open(database) as store, listening(create_app([study], store, settings), certificate) as port:
            framed["address"] = f"https://127.0.0.1:{port}/garden/?participant=P-7"
            yield Around(f"https://127.0.0.1:{port}", f"https://localhost:{named}", f"https://localhost:{other}", store, study)


@pytest.fixture(scope="module")
def strict(browser: Browser) -> Iterator[Browser]:
    """A browser that blocks cookies of other sites in frames, but for those that are kept apart."""
    found = browser.browser_type.launch(executable_path=chromium(), args=[*ARGUMENTS, "--test-third-party-cookie-phaseout"])
    yield found
    found.close()


def chromium() -> str:
    return subprocess.run([HERE.parents[1] / "tools" / "find-chromium"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def context(strict: Browser) -> Iterator[BrowserContext]:
    made = strict.new_context(ignore_https_errors=True, locale="en", reduced_motion="reduce", viewport={"width": 1000, "height": 800})
    made.add_init_script(UNHURRIED)
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


class InFrame:
    """The page in the frame, with the keyboard of the page around it."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.keyboard = frame, frame.page.keyboard

    def __getattr__(self, name: str) -> Any:
        return getattr(self.frame, name)


def opened(context: BrowserContext, address: str) -> tuple[Page, Frame]:
    page = context.pages[0] if context.pages else context.new_page()
    page.goto(address)
    [frame] = page.main_frame.child_frames
    return page, frame


def robot_in(context: BrowserContext, frame: Frame, study: Study) -> Robot:
    made = Robot(Visitor(context, None), mind(study))  # type: ignore[arg-type]
    made.page = InFrame(frame)  # type: ignore[assignment]
    return made


def test_a_whole_study_is_done_in_a_frame_and_the_page_around_it_is_told(context: BrowserContext, around: Around) -> None:
    page, frame = opened(context, around.named)
    robot = robot_in(context, frame, around.study)
    robot.leave(frame.locator("a.button.main"))
    robot.leave(frame.locator("button[value=agree]"))
    robot.from_here(until="grid")

    # Whoever loads the page around it again goes on in the frame, and outside of the frame nobody knows them.
    page, frame = opened(context, around.named)
    robot = robot_in(context, frame, around.study)
    robot.leave(frame.locator("main .main").first)
    robot.from_here(until="review")
    apart = context.new_page()
    apart.goto(f"{around.survey}/garden/review")
    expect(apart.locator("h1")).to_have_text("Please begin at the beginning")
    apart.close()

    assert page.evaluate("told") == []
    robot.from_here()
    page.wait_for_function("() => told.length")
    assert page.evaluate("told") == [[around.survey, {"qmethod": "sent", "study": "garden"}]]
    [response] = around.store.responses("garden")
    robot.meant.stored(response)
    assert response.participant == "P-7"
    with page.expect_navigation(url="**/done*"):
        frame.get_by_role("link", name="Back to where you came from").click()
    assert page.url == f"{around.named}/done?id=P-7"

    # Loaded once more, the frame says that the sort was sent.
    page, frame = opened(context, around.named)
    expect(frame.locator("h1")).to_contain_text("You sent this sort on")


def test_its_cookie_is_kept_apart_for_the_site_around_it(context: BrowserContext, around: Around) -> None:
    _page, frame = opened(context, around.named)
    with frame.expect_navigation():
        frame.locator("a.button.main").click()
    [cookie] = context.cookies()
    assert {key: cookie.get(key) for key in ("domain", "secure", "httpOnly", "sameSite")} == {
        "domain": "127.0.0.1",
        "secure": True,
        "httpOnly": True,
        "sameSite": "None",
    }
    assert cookie.get("partitionKey") == "https://localhost"
    assert cookie["name"].startswith("__Host-")


def test_a_page_of_a_site_that_is_not_named_shows_nothing_of_it(context: BrowserContext, around: Around) -> None:
    said: list[str] = []
    context.on("console", lambda one: said.append(one.text))
    _page, frame = opened(context, around.other)
    expect(frame.locator("a.button.main")).to_have_count(0)
    assert frame.url.startswith("chrome-error:")
    assert any("frame-ancestors" in one for one in said)
