"""Every notice of a solution stands in every output, in its own words; on the site without anybody's name."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod import QData, QSolution
from qmethod.matching.multiverse import choices, multiverse
from qmethod.notice import Notice
from qmethod.streaming.pipeline import analyse_in_chunks
from qmethod_analysis.commands.summary import print_side_by_side, print_summary
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.report import naming
from qmethod_analysis.report.anonymous import WITHHELD
from qmethod_analysis.report.html import html
from qmethod_analysis.report.leaks import words
from qmethod_analysis.report.multiverse import document
from qmethod_analysis.report.side_by_side import page as side_by_side_page
from qmethod_analysis.site.notices import CALCULATION
from qmethod_analysis.tables.side_by_side import side_by_side
from tests.analysis.conftest import LIPSET, Qmethod
from tests.analysis.everywhere import FORMATS, pages, published, reports

CODE = re.compile(r'["\']([a-z0-9]+(?:-[a-z0-9]+)+)["\']')
SOURCES = [*Path("qmethod").rglob("*.py"), *Path("studies").rglob("*.py")]


def codes() -> tuple[str, ...]:
    """Every code of a notice in the source: the first text in a call of `Notice`, and those that stand in a table of such."""
    found = set[str]()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'Notice\(\s*"([a-z0-9-]+)"', text))
        if re.search(r"Notice\(\s*[^\s\")]", text):  # a code by a name: take every text that looks like one
            found |= set(CODE.findall(text))
    return tuple(sorted(found))


CODES = codes()
PEOPLE = ("Quibbleton", "Wexcombe", "Jarrowby", "Klimpton", "Vexford", "Yarmsley", "Zellwood", "Hobbiton", "Uxbridge")


def message(code: str) -> str:
    return f"Planted of the kind {code.replace('-', ' ')}, so that it can be looked for."


@pytest.fixture(scope="module")
def planted(lipset: QSolution) -> QSolution:
    """Nine people and a notice of every kind; some name somebody."""
    data = replace(lipset.data, participants=PEOPLE)
    solution = qmethod.analyse(data, 3)
    about = ((), (PEOPLE[1],), PEOPLE[2:5])
    made = []
    for i, code in enumerate(CODES):
        who = about[i % 3]
        text = message(code) + (f" It is about {', '.join(who)}." if who else "")
        made.append(Notice(code, text, participants=who, factors=("f1",) if i % 2 else ()))
    return replace(solution, notices=tuple(made))


@pytest.fixture(scope="module")
def loaded(planted: QSolution) -> Loaded:
    return understand(planted, Recipe(Input(path="sorts.csv"), 3, planted.policies))


QUOTING = ["lines-left-out", "people-proposed", "people-without-sort"]
"""They quote lines of files and names in them, so their words stay at home."""


def missing(lines: list[str]) -> list[str]:
    text = " ".join(" ".join(line.split()) for line in lines)
    return [code for code in CODES if message(code) not in text]


def test_the_codes_are_found_in_the_source(lipset: QSolution) -> None:
    assert {"no-defining-sorts", "simulated-sorts", "pqmethod-line-2", "near-duplicate-sorts", "equal-eigenvalues", "one-defining-sort"} <= set(CODES)
    assert {notice.code for notice in lipset.notices} <= set(CODES)
    assert set(CODES) >= CALCULATION, "a kind that the site puts apart exists no more"
    assert len(CODES) > 40


@pytest.fixture(scope="module")
def said(loaded: Loaded) -> dict[str, list[str]]:
    return reports(loaded)


@pytest.mark.parametrize("name", FORMATS)
def test_every_notice_stands_in_every_format(said: dict[str, list[str]], name: str) -> None:
    assert missing(said[name]) == []


def test_every_notice_stands_in_every_format_of_an_anonymous_report(loaded: Loaded) -> None:
    for name, lines in reports(loaded, anonymous=True).items():
        if name != "report.pdf":  # set from the same document, here not anonymous
            assert sorted(missing(lines)) == QUOTING, name
            assert all(any(code in line and WITHHELD in line for line in lines) for code in QUOTING), name
            assert not [who for who in PEOPLE for line in lines if who in line], name


def test_every_notice_stands_on_the_site_without_a_name(loaded: Loaded) -> None:
    files = published(loaded)
    lines = pages(files)["method.html"]
    assert sorted(missing(lines)) == QUOTING
    assert all(any(code in line and WITHHELD in line for line in lines) for code in QUOTING)
    assert "Worth knowing" in lines
    assert not [who for who in PEOPLE for page in pages(files).values() for line in page if who in line]
    told = [notice for notice in loaded.solution.notices if notice.participants and notice.code not in QUOTING]
    assert sum("It is about P" in line for line in lines) == len(told)
    source = files["method.html"].decode()
    folded = source.partition("How files were read and figures calculated")[2].partition("</details>")[0]
    assert {code for code in CODES if message(code) in folded} == CALCULATION & set(CODES) - set(QUOTING)


def test_a_notice_whose_words_cannot_be_freed_of_names_still_says_that_it_is_there(planted: QSolution) -> None:
    odd = Notice("near-duplicate-sorts", f"{PEOPLE[0]} and {PEOPLE[1]} are alike; {PEOPLE[2]} too.", participants=PEOPLE[:3])
    one = replace(planted, notices=(odd,))
    lines = pages(published(understand(one, Recipe(Input(path="sorts.csv"), 3))))["method.html"]
    assert any("near-duplicate-sorts" in line and "(3 sorts)" in line and WITHHELD in line for line in lines)


def test_a_notice_that_names_nobody_keeps_its_words(lipset: QSolution) -> None:
    """Also where it knows whom it is about: that sorts are simulated, that people were left out or are only counted."""
    for who in (("sim-0001", "sim-0002"), ("4", "12")):
        data = replace(lipset.data, participants=(*who, *lipset.data.participants[2:]))
        words = "A good part of these sorts is odd, 47 of them." if who[0] == "4" else "2 of 9 sorts are odd."
        solution = replace(qmethod.analyse(data, 3), notices=(Notice("odd-sorts", words, participants=who),))
        assert words in pages(published(understand(solution, Recipe(Input(path="sorts.csv"), 3))))["method.html"]
    simulated = qmethod.analyse(replace(lipset.data, participants=tuple(f"sim-{i:04}" for i in range(9))), 3)
    lines = pages(published(understand(simulated, Recipe(Input(path="sorts.csv"), 3))))["method.html"]
    assert any(line.startswith("These sorts are simulated: they were drawn by a computer") for line in lines)
    assert not any(WITHHELD in line for line in lines)


def test_every_notice_is_printed(planted: QSolution, loaded: Loaded) -> None:
    assert missing(printed(print_summary, planted, loaded.recipe, Path("out"), ())) == []


def test_a_few_notices_stand_in_their_own_order(planted: QSolution, loaded: Loaded) -> None:
    few = replace(planted, notices=planted.notices[:3])
    text = " ".join(printed(print_summary, few, loaded.recipe, Path("out"), ()))
    places = [text.index(" ".join(notice.message.split())[:40]) for notice in few.notices]
    assert places == sorted(places)
    assert "by kind" not in text
    assert f"Keep in mind: {len(CODES)} notices, by kind" in " ".join(printed(print_summary, planted, loaded.recipe, Path("out"), ()))


def printed(what: object, *given: object) -> list[str]:
    out = io.StringIO()
    what(*given, file=out)  # type: ignore[operator]
    return [" ".join(out.getvalue().split())]


def test_streamed_notices_are_printed(tmp_path: Path, planted: QSolution) -> None:
    from qmethod.formats import read
    from qmethod_analysis.runs.streamed import open_input

    rows = [line.split(",") for line in LIPSET.read_text().splitlines()]
    (tmp_path / "sorts.csv").write_text("\n".join(",".join(column) for column in zip(*rows, strict=True)))
    assert read(tmp_path / "sorts.csv", layout="participants-in-rows").n_sorts == 9
    given = Input(path="sorts.csv", layout="participants-in-rows")
    solution = replace(analyse_in_chunks(open_input(given, tmp_path), 3), notices=planted.notices)
    assert missing(printed(print_summary, solution, Recipe(given, 3, stream=True), tmp_path, ())) == []


def test_side_by_side_pages_have_them_all(planted: QSolution, lipset: QSolution) -> None:
    two = replace(qmethod.analyse(replace(lipset.data, participants=PEOPLE), 2), notices=planted.notices[::2])
    made = side_by_side([two, planted])
    page = side_by_side_page(made, Recipe(Input(path="sorts.csv"), 3), {2: "two/report.html", 3: "three/report.html"})
    assert missing(words("page.html", page.encode())) == []
    assert str(len(CODES)) in printed(print_side_by_side, made, None, Path("page.html"), ())[0]


def test_what_survives_other_choices_says_what_to_keep_in_mind(planted: QSolution) -> None:
    made = replace(multiverse(planted, choices((3,), ("pca",), ("varimax",), (".05+majority",))), reference=planted)
    page = html(document(made, Recipe(Input(path="sorts.csv"), 3)))
    assert missing(words("page.html", page.encode())) == []


def test_the_sheets_of_a_workshop_say_where_they_stand(planted: QSolution) -> None:
    page = " ".join(words("page.html", naming.page(planted, Recipe(Input(path="sorts.csv"), 3)).encode()))
    assert f"Before the workshop read the {len(CODES)} notices of this analysis" in page
    assert "notice" not in " ".join(words("page.html", naming.page(replace(planted, notices=()), Recipe(Input(path="sorts.csv"), 3)).encode()))


def test_what_screening_adds_stands_in_every_format_too() -> None:
    rng = np.random.default_rng(4)
    grid = np.array([-2, -1, -1, 0, 0, 0, 1, 1, 2])
    one, two = rng.permutation(grid), rng.permutation(grid)
    data = QData.from_array(np.column_stack([one, two, one[::-1], -one, two[[1, 0, *range(2, 9)]], rng.permutation(grid)]), participants=PEOPLE[:6])
    solution = qmethod.analyse(data, 2)
    from qmethod.screening import screen

    known = {(notice.code, notice.participants) for notice in solution.notices}  # said once, in the words of the solution
    added = [notice.message for notice in screen(data) if (notice.code, notice.participants) not in known]
    assert added
    for name, lines in reports(understand(solution, Recipe(Input(path="sorts.csv"), 2))).items():
        text = " ".join(" ".join(line.split()) for line in lines)
        assert [words for words in added if words not in text] == [], name


def test_the_command_that_asks_what_survives_says_how_many_there_are(qmethod_command: Qmethod) -> None:
    few = ("--try-factors", "3", "--try-extractions", "pca", "--try-rotations", "varimax", "--try-flags", ".05+majority")
    qmethod_command("analyse", LIPSET, "--factors", 3, "--no-retention", "--out", "mine")
    assert re.search(r"The analysis put to the test has \d+ notices?; see multiverse\.html\.", qmethod_command("multiverse", "mine", *few).output)
