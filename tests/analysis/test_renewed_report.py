"""A page that names nobody is renewed as one that names nobody, whatever renews it; only `report --named` writes names over it."""

import json
from pathlib import Path

import pytest

import qmethod
from qmethod_analysis.folder.listing import MADE, NAMED, REPORT, UNNAMED, read_listing
from tests.analysis.conftest import succeed

PEOPLE = ("Anneliese Moser", "Bertram Kolb", "Cosima Hradil")
RENEWED = {
    "analyse": ("analyse", "sorts.csv", "-k", 2, "--no-retention", "--out", "a"),
    "analyse by other choices": ("analyse", "sorts.csv", "-k", 3, "--no-retention", "--overwrite", "--out", "a"),
    "run": ("run", "a"),
    "run from elsewhere": ("run", "other/analysis.toml", "--overwrite", "--out", "a"),
}


def named(page="a/report.html"):
    text = Path(page).read_text(encoding="utf-8")
    there = [who in text for who in PEOPLE]
    assert all(there) or not any(there)
    return all(there)


def maker(folder="a"):
    ((part,),) = [read_listing(Path(folder)).of(REPORT)]
    return part.command


def analysed():
    """Sorts of people with names, and two analyses of them."""
    data = qmethod.datasets.load("climate").keep(range(20))
    rows = [
        ["statement", *PEOPLE, *data.participants[3:]],
        *([name, *map(str, row)] for name, row in zip(data.statements, data.sorts.astype(int).tolist(), strict=True)),
    ]
    Path("sorts.csv").write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
    succeed(*RENEWED["analyse"])
    succeed("analyse", "sorts.csv", "-k", 4, "--no-retention", "--out", "other")


@pytest.fixture
def place(qmethod_command, copied):
    """The command in a folder with what is `analysed`."""
    copied(analysed)
    return qmethod_command


def said(result):
    return " ".join(result.output.split())


@pytest.mark.parametrize("how", RENEWED)
def test_a_page_that_names_nobody_stays_one(place, how):
    assert named()
    assert place("report", "a", "--formats", "html,md").exit_code == 0
    assert not named()
    for _ in range(2):  # what it is must outlive being renewed
        done = place(*RENEWED[how])
        assert done.exit_code == 0, done.output
        assert not named()
        assert maker() == UNNAMED
        assert "report.html names nobody, as the one that was there: `qmethod report a --formats html --named` writes it with names." in said(done)
    assert json.loads(place(*RENEWED[how], "--json").output)["said"][-1].startswith("a/report.html names nobody")
    changed = place("report", "a", "--formats", "html", "--named")
    assert changed.exit_code == 0
    assert named()
    for _ in range(2):
        again = place(*RENEWED[how])
        assert (again.exit_code, named(), "names nobody" in said(again)) == (0, True, False)


@pytest.mark.parametrize("how", RENEWED)
def test_a_page_with_names_stays_one_with_names(place, how):
    assert maker() == MADE
    assert place("report", "a", "--formats", "html", "--named").exit_code == 0
    assert (named(), maker()) == (True, NAMED)
    assert place(*RENEWED[how]).exit_code == 0
    assert named()
    assert place("report", "a", "--formats", "docx").exit_code == 0
    assert place(*RENEWED[how]).exit_code == 0
    assert named(), "the page was never made without names"


def test_the_page_is_the_same_whichever_command_made_it(place):
    assert place("report", "a", "--formats", "html").exit_code == 0
    before = Path("a/report.html").read_bytes()
    assert place("run", "a").exit_code == 0
    assert Path("a/report.html").read_bytes() == before


def test_each_of_several_analyses_keeps_its_own(place):
    several = ("analyse", "sorts.csv", "-k", "2..3", "--no-retention", "--out", "b")
    assert place(*several).exit_code == 0
    assert place("report", "b/3-factors", "--formats", "html").exit_code == 0
    for _ in range(2):
        done = place(*several)
        assert done.exit_code == 0, done.output
        assert (named("b/2-factors/report.html"), named("b/3-factors/report.html")) == (True, False)
        assert "b/3-factors/report.html names nobody" in said(done)
        assert "b/2-factors/report.html names nobody" not in said(done)


def test_saving_from_python_keeps_it_too(place):
    solution = qmethod.analyse(qmethod.read("sorts.csv"), 2)
    qmethod.save(solution, "saved")
    assert named("saved/report.html")
    qmethod.report("saved", "html")
    qmethod.save(solution, "saved")
    assert not named("saved/report.html")
    qmethod.run("saved/analysis.toml")
    assert not named("saved/report.html")


def test_a_name_in_the_own_texts_is_refused_and_nothing_is_written(place):
    assert place("report", "a", "--formats", "html").exit_code == 0
    texts = Path("a/report.toml")
    texts.write_text(texts.read_text(encoding="utf-8").replace('title = ""', 'title = "As Anneliese Moser told us"'), encoding="utf-8")
    before = Path("a/report.html").read_bytes()
    refused = place(*RENEWED["analyse by other choices"])
    assert refused.exit_code == 2
    assert "Anneliese Moser" in refused.output
    assert Path("a/report.html").read_bytes() == before
    assert maker() == UNNAMED


def test_advice_names_a_command_that_can_be_typed(place):
    Path("a/report.toml").write_text('[texts]\nsummary = "It is so (sta_1: +99)."\n', encoding="utf-8")
    done = place("run", "a")
    assert "qmethod qmethod" not in said(done)
    assert "qmethod report a --check" in said(done)
