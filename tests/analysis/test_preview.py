"""What is shown of a link to a page: whole addresses or none, true words, a small picture that is always the same, and nobody's name."""

from __future__ import annotations

import html
import posixpath
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import QData, QSolution
from qmethod.errors import DataError, PolicyError
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.report.anonymous import public
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.preview import drawing, site_address, wrapped
from qmethod_analysis.site.publish import site
from qmethod_analysis.words.labels import defined
from tests.analysis.conftest import LIPSET, Qmethod
from tests.analysis.page import Page

WHERE = "https://example.org/views/"
LIMIT = 150_000
NAMES = ("Ann-Marie O'Neil", "Zoë", "Qwertzu", "Müller & Söhne", "Jo Quill", "Xyzzyk", "Yngvild", "Grüße", "Nobody Knows")


def understood(solution: QSolution) -> Loaded:
    return understand(solution, Recipe(input=Input(path="x.csv"), n_factors=solution.n_factors, policies=solution.policies))


@pytest.fixture(scope="module")
def named() -> Published:
    """People with names that are hard to miss, and a viewpoint and a title that are hard to write into an attribute."""
    solution = qmethod.analyse(replace(qmethod.read(LIPSET), participants=NAMES), 3)
    texts = Texts(title='"Us" & <them>', viewpoints={"f1": Own(name="<b>'One'</b>", gist='Say "no" & <i>go</i>.')})
    return Published(understood(solution), "study", texts)


def heads(files: dict[str, bytes]) -> dict[str, dict[str, str]]:
    """What the head of each page tells, by the name of what it tells."""
    pages = {name: Page(content.decode()) for name, content in files.items() if name.endswith(".html")}
    return {
        name: {a.get("property") or a["name"]: a["content"] for a in page.all("meta") if "property" in a or "name" in a}
        for name, page in pages.items()
    }


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("address", ["", WHERE])
def test_every_page_tells_what_it_is_and_names_a_picture_only_by_its_whole_address(named: Published, address: str, several: bool) -> None:
    studies = [named, replace(named, slug="other")] if several else [named]
    files = site(studies, address)
    for name, head in heads(files).items():
        source = files[name].decode()
        assert head["og:title"] == html.unescape(re.search(r"<title>(.*?)</title>", source)[1])  # type: ignore[index]
        assert head["og:description"] == head["description"]
        assert len(head["description"]) > 20
        front = several and name == "index.html"
        assert ("og:image" in head) == bool(address and not front)
        assert head["twitter:card"] == ("summary_large_image" if "og:image" in head else "summary")
        assert ("og:url" in head) == bool(address)
        if address:
            assert head["og:url"] == WHERE + name.removesuffix("index.html")
        if "og:image" in head:
            assert head["og:image"].startswith(WHERE)
            picture = head["og:image"].removeprefix(WHERE)
            assert posixpath.dirname(picture) == posixpath.dirname(name)
            size = struct.unpack(">II", files[picture][16:24])
            assert size == (1200, 630) == (int(head["og:image:width"]), int(head["og:image:height"]))
            assert head["og:image:alt"].startswith('"Us" & <them>. 9 people laid out 33 statements in order, and 3 viewpoints came out of it: ')
    assert any(name.endswith("preview.png") for name in files) == bool(address)


def test_descriptions_say_what_the_page_says(named: Published) -> None:
    files = site([named], WHERE)
    told = {name: head["description"] for name, head in heads(files).items()}
    text = {name: Page(files[name].decode()).text for name in told}
    assert told["viewpoint-1.html"] == 'Say "no" & <i>go</i>.'
    for name in ("shared.html", "viewpoint-1.html", "compare-1-2.html"):
        assert told[name] in text[name]
    assert all(one in told["index.html"] for one in ("9 people", "33 statements", "3 viewpoints", "<b>'One'</b>"))


def test_simulated_sorts_are_called_so_wherever_a_link_is_shown(named: Published) -> None:
    data = named.loaded.solution.data
    drawn = replace(data, participants=tuple(f"sim-{i:04}" for i in range(1, 10)))
    loaded = understood(qmethod.analyse(drawn, 3))
    for head in heads(site([Published(loaded, "study")], WHERE)).values():
        assert head["description"].startswith("Simulated: drawn by a computer, nobody holds these views.")
    assert ">Simulated: drawn by a computer, nobody holds these views.<" in drawing(public(loaded), list(defined(loaded.solution)), "Title")


def test_the_picture_is_small_the_same_every_time_and_names_nobody(named: Published) -> None:
    first, again = (site([named], WHERE)["preview.png"] for _ in range(2))
    assert first == again
    assert first.startswith(b"\x89PNG")
    assert len(first) < LIMIT
    assert set(re.findall(rb"(IHDR|tEXt|iTXt|zTXt|tIME|eXIf)", first)) == {b"IHDR"}
    words = re.findall(r"<text[^>]*>(.*?)</text>", drawing(public(named.loaded), list(defined(named.loaded.solution)), "Title"))
    assert words[:2] == ["Title", "9 people, 33 statements, 3 viewpoints"]
    assert not [who for who in NAMES for said in words if who.split()[0] in html.unescape(said)]
    with pytest.raises(DataError, match="the name of a participant"):
        site([replace(named, texts=Texts(title="What Xyzzyk thinks"))], WHERE)


@pytest.mark.parametrize("k", [1, 12])
def test_marks_and_words_stay_inside_the_picture(k: int) -> None:
    rng = np.random.default_rng(2)
    grid = np.repeat(np.arange(-6, 7), 3)
    sorts = np.column_stack([np.argsort(np.argsort(view + 0.3 * rng.normal(size=39))) for view in rng.normal(size=(k, 39)) for _ in range(5)])
    solution = qmethod.analyse(QData.from_array(grid[sorts]), k, calibration_studies=20)
    loaded = public(understood(solution))
    svg = drawing(loaded, list(defined(solution)), "A very long title of a study " * 5)
    at = [(float(x), float(y)) for x, y in re.findall(r"translate\(([\d.-]+) ([\d.-]+)\)", svg)]
    at += [(float(x), float(y)) for x, y in re.findall(r'<text x="([\d.-]+)" y="([\d.-]+)"', svg)]
    assert len(at) > k
    assert all(40 <= x <= 1160 and 20 <= y <= 620 for x, y in at)


@given(st.text(alphabet="ab é中 -", max_size=80), st.integers(5, 30), st.integers(1, 3))
def test_a_text_in_lines_loses_nothing_without_a_sign(text: str, most: int, lines: int) -> None:
    made = wrapped(text, most, lines)
    assert len(made) <= lines
    assert all(len(part) <= most + 2 for part in made)
    if not any("…" in part for part in made):
        assert " ".join(made) == " ".join(text.split())


@pytest.mark.parametrize(
    ("given_", "made"), [("https://example.org", "https://example.org/"), ("http://a.b:8080/c/", "http://a.b:8080/c/"), ("", "")]
)
def test_an_address_ends_in_a_slash(given_: str, made: str) -> None:
    assert site_address(given_) == made


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "example.org",
            "/srv/site",
            "file:///srv/site",
            "ftp://example.org",
            "https://",
            "https:///a",
            "https://a.b?x=1",
            "https://a.b#c",
            "https://a.b?",
        ),
        *(
            "https://me:pw@a.b",
            "https://a b.org",
            'https://a.b/"><script>',
            "https://a.b:99999",
            "https://a.b:x",
            "https://[::1",
            "https://a.b\n",
            "javascript:alert(1)",
        ),
        *(3, None, True, b"https://a.b", Path("https://a.b")),
    ],
)
def test_what_is_no_address_of_a_folder_is_refused_by_its_name(wrong: object) -> None:
    with pytest.raises(PolicyError, match="`address`"):
        site_address(wrong)


def test_the_command_says_what_is_missing_without_an_address(qmethod_command: Qmethod) -> None:
    Path("sorts.csv").write_bytes(LIPSET.read_bytes())
    assert qmethod_command("analyse", "sorts.csv", "-k", 2, "--no-retention", "--out", "a").exit_code == 0
    plain = qmethod_command("publish", "a", "--out", "site")
    assert "Links to the site will be shown without a picture" in plain.stdout + plain.stderr
    assert not Path("site/preview.png").exists()
    told = qmethod_command("publish", "a", "--out", "site", "--address", "https://example.org/x")
    assert "without a picture" not in told.stdout + told.stderr
    assert Path("site/preview.png").is_file()
    assert 'content="https://example.org/x/preview.png"' in Path("site/viewpoint-1.html").read_text()
    wrong = qmethod_command("publish", "a", "--out", "site2", "--address", "example.org")
    assert wrong.exit_code == 2
    assert "--address is where the site will stand" in wrong.output
    assert not Path("site2").exists()
    qmethod_command("publish", "a", "--out", "site")
    assert not Path("site/preview.png").exists()  # it was part of the earlier site
