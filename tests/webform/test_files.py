"""The files of the pages: each under an address that lasts, packed for who takes it, and with what a script brings along."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qmethod_webform
from qmethod_studies.store import Store
from qmethod_webform import files
from qmethod_webform.app import create_app
from qmethod_webform.files import Files, read, takes_gzip
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study

FOLDER = Path(str(qmethod_webform.__file__)).parent / "static"
FILES = read(FOLDER)
NAMES = sorted(path.name for path in FOLDER.iterdir())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    with Store.open(f"sqlite:///{tmp_path}/a.sqlite3") as store:
        yield create_app([make_study()], store, Settings()).test_client()


def test_every_file_is_sent_as_it_is_and_packed_to_who_takes_that(client: FlaskClient) -> None:
    for name in NAMES:
        address, content = f"/static/{FILES.version}/{name}", (FOLDER / name).read_bytes()
        plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
        assert plain.data == content
        assert "Content-Encoding" not in plain.headers
        if "Content-Encoding" in packed.headers:
            assert packed.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(packed.data) == content
            assert len(packed.data) < len(content)
        tags = {reply.headers["ETag"] for reply in (plain, packed)}
        assert len(tags) == (2 if "Content-Encoding" in packed.headers else 1)
        for reply in (plain, packed):
            assert reply.headers["Vary"] == "Accept-Encoding"
            assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "Set-Cookie" not in reply.headers
        again = client.get(address, headers={"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"})
        assert (again.status_code, again.data) == (304, b"")
        head = client.head(address, headers={"Accept-Encoding": "gzip"})
        assert (head.data, head.headers["Content-Length"]) == (b"", str(len(packed.data)))
    scripts = [f for name, f in FILES.by_name.items() if name.endswith(".js")]
    assert sum(len(one.packed or one.content) for one in scripts) < 0.5 * sum(len(one.content) for one in scripts)


def test_an_address_of_another_version_gets_what_there_is_now_and_is_not_kept(client: FlaskClient) -> None:
    for address in ("/static/0123456789ab/grid.js", "/static/grid.js", "/static/grid.js?v=1", "/static/0123456789ab/grid.js?v=1"):
        reply = client.get(address)
        assert reply.data == (FOLDER / "grid.js").read_bytes()
        assert reply.headers["Cache-Control"] == "no-cache"
    for address in (
        f"/static/{FILES.version}/nothing.js",
        "/static/nothing.js?v=1",
        "/demo/file/nothing?v=1",
        "/demo/look.css?v=1",
        f"/static/{FILES.version}/../app.py",
        f"/static/{FILES.version}/%2e%2e/app.py",
    ):
        reply = client.get(address)
        assert reply.status_code == 404
        assert "immutable" not in reply.headers["Cache-Control"]


@given(st.dictionaries(st.sampled_from(["gzip", "GZIP", "br", "identity", "*", "deflate"]), st.sampled_from([0, 0.001, 0.5, 1]), max_size=5))
def test_only_who_takes_gzip_gets_it(liked: dict[str, float]) -> None:
    """As RFC 9110 has it: what is named counts, with 0 it is refused, and the asterisk is for what is not named."""
    named = [much for name, much in liked.items() if name.lower() == "gzip"]
    if len(named) < 2:
        assert takes_gzip(liked.items()) is ((named[0] if named else liked.get("*", 0)) > 0)


@pytest.mark.parametrize(
    ("header", "packed"), [("gzip", True), ("*", True), ("gzip;q=0, *", False), ("*;q=0", False), ("", False), ("br;q=1, gzip;q=0.2", True)]
)
def test_headers_are_read_so(client: FlaskClient, header: str, packed: bool) -> None:
    reply = client.get(f"/static/{FILES.version}/grid.js", headers={"Accept-Encoding": header})
    assert ("Content-Encoding" in reply.headers) is packed


_PIECES = st.sampled_from(
    ["gzip", "GZip", "br", "identity", "*", ",", ", ", ";", ";q=", "; q=", "0", "0.000", "0.5", "1", "1e9", "-1", "nan", "=", '"', " ", "é"]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_header_is_sent_the_whole_file_comes(client: FlaskClient, header: str) -> None:
    """Unpacked as the answer says, and packed only to who names that or any."""
    reply = client.get(f"/static/{FILES.version}/grid.js", headers={"Accept-Encoding": header})
    packed = reply.headers.get("Content-Encoding") == "gzip"
    assert (gzip.decompress(reply.data) if packed else reply.data) == (FOLDER / "grid.js").read_bytes()
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert not packed or "gzip" in header.lower() or "*" in header


def test_the_tag_of_what_was_packed_does_not_stand_for_what_was_not(client: FlaskClient) -> None:
    address = f"/static/{FILES.version}/grid.js"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    for tag in (packed, f"W/{packed}"):
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 200
        assert client.get(address, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"}).status_code == 304
    part = client.get(address, headers={"Range": "bytes=0-9", "Accept-Encoding": "gzip"})
    assert (part.status_code, gzip.decompress(part.data)) == (200, (FOLDER / "grid.js").read_bytes())


def test_the_version_is_another_one_as_soon_as_any_file_is(tmp_path: Path) -> None:
    versions = set()
    for changed in (None, *NAMES):
        for name in NAMES:
            (tmp_path / name).write_bytes((FOLDER / name).read_bytes() + (b"\n" if name == changed else b""))
        versions.add(read(tmp_path).version)
    (tmp_path / NAMES[0]).rename(tmp_path / "renamed.css")
    versions.add(read(tmp_path).version)
    assert len(versions) == len(NAMES) + 2


def test_every_address_within_a_file_is_of_one_beside_it() -> None:
    """So that the digest in the address of the first goes for those as well."""
    for name, file in FILES.by_name.items():
        if name.endswith((".js", ".css")):
            text = file.content.decode()
            found = re.findall(r"""(?:\bfrom|\bimport\(?)\s*["']([^"']+)["']|url\(["']?([^"')]+)""", text)
            for address in (first or second for first, second in found):
                assert address.startswith("data:") or address.removeprefix("./") in FILES.by_name, (name, address)
            assert set(file.imports) <= set(FILES.by_name)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=4)), st.sampled_from("abcdefgh"))
def test_what_a_script_brings_along_is_all_that_can_be_reached_from_it(graph: dict[str, list[str]], first: str) -> None:
    made = Files("", {name: files.File(b"", None, "", tuple(dict.fromkeys(graph.get(name, [])))) for name in "abcdefgh"})
    reached, before = {first}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {other for name in before for other in graph.get(name, [])}
    found = made.brought_along([first])
    assert set(found) == reached - {first}
    assert len(set(found)) == len(found)
