"""A published site: whole, small, the same every time, honest about what is simulated, and without anybody's name."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import posixpath
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import playwright
import pytest
from click.testing import CliRunner

import qmethod
from qmethod import QSolution
from qmethod.classification.classifying import classify
from qmethod.errors import DataError
from qmethod_analysis.commands.cli import main
from qmethod_analysis.folder.loaded import Loaded, load_analysis, understand
from qmethod_analysis.folder.writing import write
from qmethod_analysis.recipe.recipe import Resampling
from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.runs import runs as folders
from qmethod_analysis.site import nearest
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.publish import LISTING, check_site, site, slug, write_site
from tests.analysis.conftest import LIPSET, Qmethod
from tests.analysis.page import Page
from tests.analysis.published import alone, odd_people, pages, published, unpacked

LIMIT = 150_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two analyses with a bootstrap: real sorts, two poles; and simulated ones of a study with questions."""
    home = tmp_path_factory.mktemp("demo")

    def call(*arguments: object) -> None:
        CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)

    poles = ("--factors", 1, "--no-flag-majority", "--bipolar", "split")
    call("analyse", "climate", *poles, "--bootstrap", 60, "--no-retention", "--out", home / "climate")
    call("simulate", "leadership", "-n", 40, "--seed", 1, "--out", home / "sorts.csv")
    call("analyse", home / "sorts.csv", "--factors", 4, "--bootstrap", 60, "--no-retention", "--out", home / "leadership-analysis")
    return home


@pytest.fixture(scope="module")
def two(demo: Path) -> dict[str, bytes]:
    return site(
        [
            published(load_analysis(demo / "climate"), "climate"),
            published(load_analysis(demo / "leadership-analysis", "leadership"), "leadership"),
        ]
    )


@pytest.fixture(scope="module")
def odd() -> Published:
    return odd_people()


def resolves(base: str, link: str, files: dict[str, bytes], seen: dict[str, Page]) -> bool:
    path, _, anchor = link.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(base), path)) if path else base
    if target not in files:
        return False
    return not anchor or any(attributes.get("id") == anchor for _, attributes in seen[target].tags)


def test_every_link_leads_somewhere_and_nowhere_outside(two: dict[str, bytes], odd: Published) -> None:
    for files in (two, site([odd])):
        seen = pages(files)
        for name, page in seen.items():
            links = [attributes[key] for _, attributes in page.tags for key in ("href", "src") if key in attributes]
            assert len(links) > 3, name
            assert [link for link in links if link != "data:," and not resolves(name, link, files, seen)] == [], name
    texts = [content.decode() for name, content in two.items() if name.endswith((".html", ".css", ".js"))]
    assert not [
        found for text in texts for found in re.findall(r"(?:https?:|//)[\w.]+\.\w+|@import|url\(", re.sub(r"^\s*//.*$", "", text, flags=re.M))
    ]


def test_pages_are_sound_html_with_one_title_and_headings_in_order(two: dict[str, bytes]) -> None:
    titles = []
    for name, page in pages(two).items():
        assert (page.open, page.crossed) == ([], []), name
        assert page.headings.count(1) == 1, name
        assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False)), name
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        assert page.all("html") == [{"lang": "en"}]
        assert page.all("a")[0] == {"class": "skip", "href": "#content"}
        titles.append((name.partition("/")[0], re.search(r"<title>(.*?)</title>", page.source)[1]))  # type: ignore[index]
    assert len(titles) == len(set(titles))


def test_pages_are_light(two: dict[str, bytes]) -> None:
    for name, page in pages(two).items():
        links = [*(a["href"] for a in page.all("link")), *(a["src"] for a in page.all("script") if "src" in a)]
        parts = {posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) for link in links if link != "data:,"}
        assert "site.css" in parts
        assert len(two[name]) + sum(len(two[part]) for part in parts) < LIMIT, name


def test_scripts_and_styles_come_from_files_only(two: dict[str, bytes]) -> None:
    for name, page in pages(two).items():
        policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")
        assert not [a for _, a in page.tags if "style" in a or any(key.startswith("on") for key in a)], name
        assert {a.get("type", "") for a in page.all("script") if "src" not in a} <= {"application/json"}


def test_same_bytes_wherever_it_is_written(qmethod_command: Qmethod, demo: Path, two: dict[str, bytes]) -> None:
    arguments = (demo / "climate", f"{demo / 'leadership-analysis'}=leadership")
    first = qmethod_command("publish", *arguments, "--out", "one")
    qmethod_command("publish", *arguments, "--out", "deep/er/two")
    assert first.exit_code == 0
    assert Path("one/index.html").resolve().as_uri() in first.stdout
    written = [{p.relative_to(home).as_posix(): p.read_bytes() for p in Path(home).rglob("*") if p.is_file()} for home in ("one", "deep/er/two")]
    assert written[0] == written[1]
    assert {name for name in two if not name.endswith("SOURCE.md")} <= set(written[0])
    assert "climate/data/SOURCE.md" in written[0]


def test_simulated_sorts_are_called_so_on_every_page_and_no_others_are(two: dict[str, bytes]) -> None:
    said = "Simulated: drawn by a computer, nobody holds these views."
    for name, page in pages(two).items():
        assert (said in page.text) == (not name.startswith("climate/")), name
    assert said in two["leadership/data/README.txt"].decode()
    assert "(simulated data)" in two["leadership/data/CITATION.cff"].decode()
    mixed = qmethod.read(LIPSET)
    mixed = replace(mixed, participants=("sim-0001", *mixed.participants[1:]))
    for page in pages(site([published(alone(qmethod.analyse(mixed, 3)))])).values():
        assert "1 of the 9 sorts was drawn by a computer" in page.text


def test_the_researchers_words_go_before_the_draft(odd: Published) -> None:
    texts = Texts(
        title="Order & freedom",
        authors="A. Author",
        viewpoints={
            "f1": Own(gist="A <b>gist</b>.", story="First part.\n\nSecond part (sta_1: +4) and (999: +4), both (sta_2: 0; sta_3: −1); sta_4: no.")
        },
        texts={"limits": "Only nine people.", "consensus": "They all like peace."},
    )
    files = site([replace(odd, texts=texts)])
    page = pages(files)["viewpoint-1.html"]
    assert "A <b>gist</b>." in page.text
    assert "<p>First part.</p>" in page.source
    assert "written by a program" not in page.text
    assert 'Second part (<a href="#c0">sta_1</a>:\u00a0+4) and' in page.source
    assert "(999: +4)" in page.source
    assert 'both (<a href="#c1">sta_2</a>:\u00a00; <a href="#c2">sta_3</a>:\u00a0−1); sta_4: no.' in page.source
    assert "written by a program" in pages(files)["viewpoint-2.html"].text
    assert "Order & freedom" in pages(files)["index.html"].text
    assert "Only nine people." in pages(files)["method.html"].text
    assert "They all like peace." in pages(files)["shared.html"].text
    assert '"A. Author"' in files["data/CITATION.cff"].decode()


def test_markup_in_statements_is_text_and_undefined_viewpoints_have_no_page(awkward: QSolution) -> None:
    files = site([published(alone(awkward, title="<em>R & D</em>", notes="<u>mine</u>"), texts=Texts(may_stand=("$a_b$",)))])
    seen = pages(files)
    assert set(seen) == {"index.html", "method.html", "data.html", "viewpoint-1.html"}
    for name, page in seen.items():
        assert (page.open, page.crossed) == ([], []), name
        assert not {"em", "u"} & {tag for tag, _ in page.tags}
        assert not [a for a in page.all("script") if "src" not in a]
    assert "<script>alert(1)</script>" in seen["viewpoint-1.html"].text
    assert "'=HYPERLINK" in files["data/statements.csv"].decode()


@pytest.mark.parametrize("which", ["climate", "leadership"])
def test_the_packaged_recipe_gives_the_same_viewpoints(two: dict[str, bytes], demo: Path, tmp_path: Path, which: str) -> None:
    repeated(unpacked(two[f"{which}/data/{which}-data.zip"]), load_analysis(demo / {"leadership": "leadership-analysis"}.get(which, which)), tmp_path)


def test_so_does_one_with_flags_and_turns_by_hand(odd: Published, tmp_path: Path) -> None:
    made = unpacked(site([odd])["data/study-data.zip"])
    repeated(made, odd.loaded, tmp_path)
    assert "told me so" not in made["analysis.toml"].decode()


def with_flags(solution: QSolution) -> list[tuple[list[float], list[bool]]]:
    """Every sort with what it defines, whatever its name and place."""
    return sorted((sort.tolist(), flags.tolist()) for sort, flags in zip(solution.data.sorts.T, solution.flags, strict=True))


def repeated(package: dict[str, bytes], loaded: Loaded, home: Path) -> None:
    write(home / "data", package)
    again = folders.run(home / "data" / "analysis.toml", home / "again").solution
    np.testing.assert_allclose(again.scores.z_scores, loaded.solution.scores.z_scores, atol=1e-12)
    np.testing.assert_array_equal(again.scores.arrays, loaded.solution.scores.arrays)
    assert with_flags(again) == with_flags(loaded.solution)
    assert again.data.texts == loaded.solution.data.texts
    sums = [line.split("  ") for line in package["SHA256SUMS"].decode().splitlines()]
    assert {name: digest for digest, name in sums} == {
        name: hashlib.sha256(content).hexdigest() for name, content in package.items() if name != "SHA256SUMS"
    }
    explained = {row["file"] for row in csv.DictReader(io.StringIO(package["codebook.csv"].decode()))}
    assert explained == set(package)


def test_every_column_of_the_package_is_explained(two: dict[str, bytes]) -> None:
    book = list(csv.DictReader(io.StringIO(two["leadership/data/codebook.csv"].decode())))
    for file in ("statements.csv", "viewpoints.csv", "z_scores.csv", "factor_arrays.csv"):
        header = next(csv.reader(io.StringIO(two[f"leadership/data/{file}"].decode())))
        listed = [part for row in book if row["file"] == file for part in row["column"].split(", ")]
        assert listed == header


@pytest.mark.parametrize("preset", ["standard", "kade"])
def test_a_difference_that_chance_may_give_is_called_unsure(demo: Path, preset: str) -> None:
    """By the rule of a preset more statements set viewpoints apart than chance allows; by standard none."""
    loaded = load_analysis(demo / "leadership-analysis", "leadership")
    solution = qmethod.analyse(loaded.solution.data, 4, preset=preset)
    judged = understand(solution, replace(loaded.recipe, policies=solution.policies))
    pages, doubts = site([published(judged)]), 0
    for f, reading in enumerate(judged.interpretation.readings):
        assert reading is not None
        page = pages[f"viewpoint-{f + 1}.html"].decode()
        rows = page.partition("The whole board")[0].split('<li class="row">')[1:]
        for row, one in zip(rows, reading.distinguishing, strict=False):
            assert html.escape(solution.data.texts[one.statement]).replace("&#x27;", "&#39;") in row
            assert ("Unsure: chance alone" in row) == (one.sure is False)
            doubts += one.sure is False
    assert bool(doubts) == (preset == "kade")
    assert solution.calibration is not None
    assert "150 studies with as many people were drawn from the viewpoints found" in pages["method.html"].decode()
    for f in range(4):
        page, share = pages[f"viewpoint-{f + 1}.html"].decode(), solution.calibration.matched[f]
        whole = solution.calibration.matched.mean()
        word = "established" if share >= 0.95 and whole >= 0.7 else "probable" if share >= 0.5 else "uncertain"
        assert f">{word}</strong>" in page
        assert f"in {'all' if share == 1 else round(150 * share)} of the 150 studies drawn from the solution" in page


# The five cards.


def test_cards_are_told_apart_and_chosen_the_same_every_time(lipset: QSolution, climate: QSolution) -> None:
    worded = qmethod.analyse(replace(lipset.data, texts=tuple(f"Card {name}" for name in lipset.data.statements)), 3)
    for solution in (worded, climate):
        cards, again = nearest.five_cards(solution), nearest.five_cards(solution)
        assert cards is not None
        assert again is not None
        assert len(set(cards.statements)) == 5
        assert cards.statements == again.statements
        assert (cards.right, cards.other, cards.none) == (again.right, again.other, again.none)
        assert cards.right + cards.other + cards.none == pytest.approx(1)
        assert cards.right > 1 / len(cards.viewpoints)
        assert cards.steps == again.steps


def test_without_texts_or_others_there_are_no_cards(lipset: QSolution, awkward: QSolution) -> None:
    assert nearest.five_cards(lipset) is None
    assert nearest.five_cards(awkward) is None
    assert "nearest.html" not in site([published(alone(lipset))])


def test_the_order_that_a_viewpoint_gives_is_nearest_to_it(climate: QSolution) -> None:
    cards = nearest.five_cards(climate)
    assert cards is not None
    own = np.argsort(np.argsort(cards.profiles, axis=0), axis=0) + 1
    assert nearest.probabilities(cards.profiles, cards.prior, own).argmax(axis=1).tolist() == list(range(len(cards.viewpoints)))


SCRIPT = """
const fs = require("fs"), vm = require("vm");
const [file, input] = process.argv.slice(1);
const context = vm.createContext({});
vm.runInContext(fs.readFileSync(file, "utf8"), context);
const cases = JSON.parse(fs.readFileSync(input, "utf8"));
const found = cases.map((one) => context.probabilities(one.places, one.profiles, one.prior));
process.stdout.write(JSON.stringify(found));
"""


def random_cases(n: int) -> list[dict[str, list]]:
    rng = np.random.default_rng(7)
    cases = []
    for _ in range(n):
        k = int(rng.integers(2, 9))
        prior = np.append(np.full(k, 0.8 / k), 0.2)
        cases.append({"places": rng.permutation(5) + 1, "profiles": rng.normal(size=(k, 5)), "prior": prior})
    return [{key: value.tolist() for key, value in case.items()} for case in cases]


def test_the_page_computes_what_the_method_computes(two: dict[str, bytes], tmp_path: Path) -> None:
    node = Path(playwright.__file__).parent / "driver" / ("node.exe" if sys.platform == "win32" else "node")  # comes with the browser tests
    cases = random_cases(300)
    (tmp_path / "nearest.js").write_bytes(two["nearest.js"])
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    done = subprocess.run([node, "-e", SCRIPT, tmp_path / "nearest.js", tmp_path / "cases.json"], capture_output=True, text=True, check=True)
    made = json.loads(done.stdout)
    for case, found in zip(cases, made, strict=True):
        expected = classify(np.array(case["places"])[:, None], np.array(case["profiles"]).T).probabilities[0]
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_page_knows_the_profiles_of_its_cards(two: dict[str, bytes], demo: Path) -> None:
    page = two["climate/nearest.html"].decode()
    known = json.loads(re.search(r'id="known">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    solution = load_analysis(demo / "climate").solution
    cards = nearest.five_cards(solution)
    assert cards is not None
    np.testing.assert_allclose(known["profiles"], solution.scores.z_scores[list(cards.statements)].T, rtol=0, atol=1e-9)
    assert [html.unescape(text) for text in re.findall(r'class="take">(.*?)</button>', page)] == [solution.data.texts[i] for i in cards.statements]
    assert sum(known["prior"]) == pytest.approx(1)


# Folders.


def test_a_site_replaces_an_earlier_one_and_nothing_else(odd: Published, awkward: QSolution, tmp_path: Path) -> None:
    home = tmp_path / "site"
    write_site(home, site([odd]))
    (home / "mine.txt").write_text("keep me")
    (home / "viewpoint-3.html").write_text("changed by hand")
    files = site([published(alone(awkward), texts=Texts(may_stand=("$a_b$",)))])
    write_site(home, files, overwrite=True)
    left = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    assert left == {*files, "mine.txt", "viewpoint-3.html"}


@pytest.mark.parametrize("name", ["SHA256SUMS", "index.html", LISTING])
def test_a_folder_with_other_files_is_left_alone(odd: Published, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("0  mine.txt\n")
    with pytest.raises(DataError, match="is no earlier site; nothing was written"):
        write_site(tmp_path, site([odd]))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(DataError, match="this is a file"):
        check_site(tmp_path / name)


def test_what_cannot_be_published_is_refused_with_reasons(qmethod_command: Qmethod, odd: Published, tmp_path: Path) -> None:
    result = qmethod_command("publish", "nowhere", "--out", "site")
    assert result.exit_code == 2
    assert "there is no analysis in this folder" in result.output
    assert not Path("site").exists()
    with pytest.raises(DataError, match="two studies are called 'study'"):
        site([odd, odd])
    solution = qmethod.analyse(qmethod.read(LIPSET), 2, flagging="none")
    with pytest.raises(DataError, match="nothing to publish"):
        site([published(alone(solution))])


def test_licence_citation_and_words_beside_the_analysis_are_published(qmethod_command: Qmethod) -> None:
    shutil.copy(LIPSET, "sorts.csv")
    qmethod_command("analyse", "sorts.csv", "--factors", 3, "--no-retention", "--out", "My Study-analysis")
    Path("My Study-analysis/LICENSE").write_text("CC BY")
    Path("My Study-analysis/CITATION.cff").write_text("cff-version: 1.2.0 # mine")
    Path("My Study-analysis/report.toml").write_text('title = "Mine"\n[viewpoints.f1]\nname = "Named <here>"\n')
    assert qmethod_command("publish", "My Study-analysis", "--out", "site").exit_code == 0
    assert Path("site/data/LICENSE").read_text() == "CC BY"
    assert Path("site/data/CITATION.cff").read_text() == "cff-version: 1.2.0 # mine"
    assert Path("site/data/my-study-data.zip").is_file()
    index = Page(Path("site/index.html").read_text())
    assert "Named <here>" in index.text
    assert "Mine" in index.text


def test_short_names_suit_addresses() -> None:
    assert slug("Año nuevo/2 ") == "a-o-nuevo-2"
    assert slug("研究") == "study"


def test_resampling_is_kept_in_the_recipe(odd: Published) -> None:
    loaded = replace(odd.loaded, recipe=replace(odd.loaded.recipe, bootstrap=Resampling(50)))
    assert "replicates = 50" in site([replace(odd, loaded=loaded)])["data/analysis.toml"].decode()


def test_authors_of_sorts_are_credited_wherever_these_leave(two: dict[str, bytes], demo: Path) -> None:
    from qmethod_analysis.report.writing import write_formats

    made = two["climate/data/CITATION.cff"].decode()
    assert made == unpacked(two["climate/data/climate-data.zip"])["CITATION.cff"].decode()
    assert re.findall(r"^  - name: (.*)$", made, re.M)[:2] == ['"Andreotta M."', '"Boschetti F."']
    report = write_formats(load_analysis(demo / "climate"), Texts(), ("md",), anonymous=True).files["report.md"].decode()
    for text in (made, two["climate/data.html"].decode(), report):
        assert all(part in text for part in ("Hurlstone M.", "CC0-1.0", "Climatic Change 174"))
    assert "Andreotta" not in two["leadership/data/CITATION.cff"].decode()


def test_a_study_with_a_citation_is_credited_as_a_study(qmethod_command: Qmethod) -> None:
    from qmethod_studies import library

    shutil.copytree(library.path("leadership"), "mine")
    Path("mine/CITATION.cff").write_text("title: Leading\nauthors:\n- family-names: Doe\n  given-names: J.\n- name: A group\nlicense: CC-BY-4.0\n")
    assert qmethod_command("simulate", "mine", "-n", 24, "--seed", 1, "--out", "sorts.csv").exit_code == 0
    assert qmethod_command("analyse", "sorts.csv", "--factors", 4, "--no-retention", "--study", "mine", "--out", "a").exit_code == 0
    assert qmethod_command("publish", "a", "--out", "site").exit_code == 0
    made = Path("site/data/CITATION.cff").read_text()
    assert '"Doe J."' in made.partition("references:")[2]
    assert "Doe" not in made.partition("references:")[0]
    assert "The study is by Doe J., A group (licence: CC-BY-4.0)." in Path("site/data.html").read_text()
