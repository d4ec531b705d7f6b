"""The page of all statements and the pages of two viewpoints: what they say is so, and a statement leads to its row from wherever it stands."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod import QData
from qmethod_analysis.folder.loaded import Loaded, understand, with_texts
from qmethod_analysis.interpretation.background import NOTHING, Background, Comment
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.recipe.texts import Own, Texts
from qmethod_analysis.report.anonymous import public
from qmethod_analysis.report.sheet import page as sheet_page
from qmethod_analysis.report.sheet import sheet
from qmethod_analysis.site.ground import anchors
from qmethod_analysis.site.pages import Published, study_title
from qmethod_analysis.site.publish import site
from qmethod_analysis.words.labels import defined
from qmethod_studies import library
from qmethod_studies.loading import load
from qmethod_studies.simulation import draw
from tests.analysis.page import VOID, Page

LIMIT = 150_000
HOSTILE = 'Say "no" & <b>go</b>'


class Nested(Page):
    """A page whose texts are kept with the elements that they stand in."""

    def __post_init__(self) -> None:
        self.around: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, tuple[tuple[str, dict[str, str]], ...]]] = []
        super().__post_init__()

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        if tag not in VOID:
            self.around.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag):
        super().handle_endtag(tag)
        self.around.pop()

    def handle_data(self, data):
        super().handle_data(data)
        if data.strip():
            self.texts.append((" ".join(data.split()), tuple(self.around)))

    def rows(self) -> list[tuple[str, list[list[str]], str]]:
        """Of each statement its text, the words of the marks in each column, and what is said beside it."""
        found: list[tuple[str, list[list[str]], str]] = []
        for part in re.findall(r"<tbody[^>]*>(.*?)</tbody>", self.source, re.S):
            if 'scope="rowgroup"' not in part:
                continue
            head = Page(re.sub(r'<span class="far".*?</span>', "", part.partition("</tr>")[0]) + "</tr>")
            cells = re.findall(r"<td.*?</td>", part, re.S)
            far = [" ".join(re.sub(r"<[^>]*>", "", one).split()) for one in re.findall(r'class="far"[^>]*>(.*?)</span>', part)]
            marks = [[a["title"] for a in Page(cell).all("a")] for cell in cells]
            found.append((head.text, marks, far[0] if far else ""))
        return found


def of_site(files: dict[str, bytes]) -> dict[str, Nested]:
    return {name: Nested(content.decode()) for name, content in files.items() if name.endswith(".html")}


def drawn(n_viewpoints: int, n_statements: int, people: int, *, replicates: int = 20, noise: float = 0.5) -> QData:
    """Sorts of people who hold viewpoints that share nothing, beyond a few statements."""
    rng = np.random.default_rng(11)
    grid = np.sort(np.round(np.clip(rng.normal(size=n_statements) * 2, -4, 4)))
    views = rng.normal(size=(n_viewpoints, n_statements)) + 2 * np.linspace(-1, 1, n_statements) ** 5
    sorts = np.empty((n_statements, n_viewpoints * people))
    for j in range(sorts.shape[1]):
        sorts[np.argsort(views[j % n_viewpoints] + noise * rng.normal(size=n_statements)), j] = grid
    texts = tuple(f"Statement number {i} says what somebody might well say of it, in as many words as such cards have." for i in range(n_statements))
    return QData.from_array(sorts, texts=texts)


def understood(data: QData, k: int, background: Background = NOTHING, **choices: object) -> Loaded:
    solution = qmethod.analyse(data, k, **choices)  # type: ignore[arg-type]
    recipe = Recipe(input=Input(path="x.csv"), n_factors=k, policies=solution.policies)
    return understand(solution, recipe, background=background)


@pytest.fixture(scope="module")
def leadership() -> Published:
    """A study with questions, groups of statements, comments that were released, and a name that is hard to write into a page."""
    study = load(library.path("leadership"))
    data = draw(study, 40, np.random.default_rng(1)).data
    said = [Comment(who, statement, "So it is.", 1.0) for who in data.participants for statement in data.statements[:2]]
    loaded = understood(data, 4, Background(study=study, comments=tuple(said)))
    texts = Texts(viewpoints={"f2": Own(name=HOSTILE)}, released=frozenset((one.participant, one.statement) for one in said))
    return Published(loaded, "study", texts)


@pytest.fixture(scope="module")
def unexamined() -> Published:
    """A solution from which no studies were drawn."""
    return Published(understood(drawn(3, 20, 8), 3, calibration_studies=0, contrast_errors="normal"), "study")


@pytest.fixture(params=["leadership", "unexamined"])
def one(request: pytest.FixtureRequest) -> Published:
    found: Published = request.getfixturevalue(request.param)
    return found


def shown_by(one: Published) -> tuple[Loaded, list[int], tuple[str, ...]]:
    """What the site is made from: the public analysis, its viewpoints and their names."""
    loaded = public(with_texts(one.loaded, one.texts), one.texts.released)
    return loaded, list(defined(loaded.solution)), loaded.names


def steps(loaded: Loaded, shown: list[int]) -> np.ndarray:
    """Columns by counting the places of the grid below each."""
    values = np.array(loaded.solution.scores.grid.values, dtype=float)
    return (values[None, None, :] < loaded.solution.scores.arrays[:, shown][:, :, None]).sum(axis=2)


TRUE = {
    "above the middle.": lambda row, middle: (row > middle).all(),
    "below the middle.": lambda row, middle: (row < middle).all(),
    "in the middle.": lambda row, middle: (abs(row - middle) < 1).all(),
    "in the same column or in two neighbouring ones": lambda row, middle: max(row) - min(row) <= 1,
    "on one side of the middle, but that may be chance": lambda row, middle: (row > middle).all() or (row < middle).all(),
    "viewpoints stand on both sides of the middle": lambda row, middle: (row > middle).any() and (row < middle).any(),
    "some viewpoints stand in the middle, or chance": lambda row, middle: True,
}


def test_every_statement_stands_once_with_every_viewpoint_in_its_column_under_a_sentence_that_is_true(one: Published) -> None:
    loaded, shown, names = shown_by(one)
    solution = loaded.solution
    page = of_site(site([one]))["shared.html"]
    axis = [words for words, around in page.texts if around[-1][0] == "th" and around[-1][1].get("scope") == "col" and "ground" in str(around)]
    places = [f"{value:+g}".replace("-", "\u2212") if value else "0" for value in solution.scores.grid.values]
    assert axis == places * (len(axis) // len(places))
    told: list[int] = []
    where, middle = steps(loaded, shown), (len(places) - 1) / 2
    parts = re.split(r"<h3>(.*?)</h3>", page.source.partition('id="all"')[2].partition("</section>")[0])
    assert len(parts) - 1 == 2 * len(loaded.interpretation.ground) > 2
    for sentence, part in zip(parts[1::2], parts[2::2], strict=True):
        (rule,) = (rule for words, rule in TRUE.items() if words in sentence)
        rows = Nested(part).rows()
        number = re.search(r"these (\d+) statements", sentence)
        assert len(rows) == (int(number[1]) if number else 1)
        for words, marks, _ in rows:
            (i,) = (i for i, text in enumerate(solution.data.texts) if words == f"{text} {solution.data.statements[i]}")
            told.append(i)
            assert rule(where[i], middle), (sentence, words)
            stand = {said: column for column, cell in enumerate(marks) for said in cell}
            assert stand == {f"{names[f]}: {places[where[i, n]]}": where[i, n] for n, f in enumerate(shown)}
    assert sorted(told) == list(range(solution.data.n_statements))


def test_two_viewpoints_are_compared_as_the_arrays_and_the_rule_of_the_report_say(one: Published) -> None:
    loaded, shown, names = shown_by(one)
    solution, pages = loaded.solution, of_site(site([one]))
    calibration = solution.calibration
    critical = calibration.errors.critical(0.05) if calibration is not None and calibration.errors is not None else None
    position = {f"{text} {name}": i for i, (name, text) in enumerate(zip(solution.data.statements, solution.data.texts, strict=True))}
    for a, b in combinations(shown, 2):
        page = pages[f"compare-{a + 1}-{b + 1}.html"]
        apart = abs(np.diff(steps(loaded, [a, b]), axis=1))[:, 0]
        near, far, n = int((apart < 2).sum()), int((apart > 1).sum()), len(apart)
        said = f"{names[a]} and {names[b]} place {near} of {n} statements in the same column or in neighbouring ones, and {far or 'none'} "
        assert said in page.text
        assert (f"at the most {apart.max()}." in page.text) == (apart.max() > 2)
        told = [(position[words], far) for words, _, far in page.rows()]
        assert sorted(i for i, _ in told) == list(range(n))
        words = {0: "same column", 1: "neighbouring columns"}
        assert all(said == words.get(apart[i], f"{apart[i]} columns apart") for i, said in told)
        if critical is None:
            assert "chance gives" not in page.text
            assert "is not known, so no difference is called more than chance" in page.text
            assert [apart[i] for i, _ in told] == sorted(apart.tolist(), reverse=True)
            continue
        z, errors = solution.scores.z_scores, solution.characteristics.standard_errors
        gap = abs(z[:, a] - z[:, b]) / np.sqrt(errors[a] ** 2 + errors[b] ** 2)
        differ = gap > critical
        m = int(differ.sum())
        assert f"They differ on {m} statement{'s' if m != 1 else ''} by more than chance gives." in page.text
        assert {i for i, _ in told[:m]} == set(np.flatnonzero(differ))
        under = Nested("<h3>" + page.source.split("<h3>")[1].partition("</section>")[0]).rows()
        assert not m or {position[words] for words, *_ in under} == set(np.flatnonzero(differ))
        for group in (told[:m], told[m:]):
            order = [(apart[i], gap[i]) for i, _ in group]
            assert order == sorted(order, reverse=True)
        assert f"{names[a]} and {names[b]}: {m} statement" in " ".join(a["aria-label"] for a in pages["shared.html"].all("a") if "aria-label" in a)


def test_every_two_viewpoints_can_be_chosen_and_the_choice_keeps_the_other(leadership: Published) -> None:
    pages = of_site(site([leadership]))
    every = {name for name in pages if name.startswith("compare-")}
    assert every == {f"compare-{a}-{b}.html" for a, b in combinations(range(1, 5), 2)}
    assert {link["href"] for link in pages["shared.html"].all("a") if link["href"].startswith("compare-")} == every
    for name in every:
        chosen = set(re.findall(r"\d", name))
        lists = re.findall(r'<ul aria-labelledby="choice-\d">(.*?)</ul>', pages[name].source, re.S)
        assert len(lists) == 2
        kept = []
        for part in lists:
            links = Page(part).all("a")
            assert [link["href"] for link in links if "aria-current" in link] == [name]
            assert len(links) == 3
            (other,) = set.intersection(*(set(re.findall(r"\d", link["href"])) for link in links))
            kept.append(other)
        assert set(kept) == chosen


def test_a_statement_leads_to_its_row_wherever_it_stands_and_the_row_to_every_board(leadership: Published) -> None:
    """Not a list of places where statements stand: every text of every page that holds a whole statement is looked at."""
    loaded, shown, _ = shown_by(leadership)
    data, files = loaded.solution.data, site([leadership])
    pages = of_site(files)
    rows = dict(zip(data.texts, anchors(data.statements), strict=True))
    ids = {name: {a["id"] for _, a in page.tags if "id" in a} for name, page in pages.items()}
    assert {i for i in ids["shared.html"] if i.startswith("s")} == {*rows.values()}  # no section can be taken for a statement
    seen: dict[str, int] = {}
    for name, page in pages.items():
        for words, around in page.texts:
            mentioned = [text for text in data.texts if text in words]
            apart = any(tag in ("title", "script", "button") or attributes.get("class") in ("tools", "sheet") for tag, attributes in around)
            if not mentioned or apart:
                continue  # five cards are taken up, and what tells of them stands below; the sheet is paper
            assert len(mentioned) == 1
            links = [a["href"] for tag, a in around if tag == "a"] + [f"#{a['id']}" for tag, a in around if tag == "tbody" and "id" in a]
            assert len(links) == 1, (name, words)
            path, _, anchor = links[0].partition("#")
            assert posixpath.normpath(path or name) == "shared.html", (name, words)
            assert anchor == rows[mentioned[0]]
            assert anchor in ids["shared.html"]
            seen[name] = seen.get(name, 0) + 1
    assert all(seen[f"viewpoint-{f + 1}.html"] > data.n_statements for f in shown)  # the board, and what sets it apart or quotes
    assert seen["shared.html"] == data.n_statements
    assert seen["compare-1-2.html"] == data.n_statements
    citing = ("index.html", "shared.html", "nearest.html")
    cited = [(name, a["href"]) for name in citing for a in pages[name].all("a") if "shared.html#s" in a["href"]]
    assert {name for name, _ in cited} == {*citing}
    assert all(href.partition("#")[2] in ids["shared.html"] for _, href in cited)
    for i, anchor in enumerate(anchors(data.statements)):
        part = re.search(f'<tbody id="{anchor}">(.*?)</tbody>', pages["shared.html"].source, re.S)
        assert part
        back = {a["href"] for a in Page(part[1]).all("a") if "title" in a}
        assert back == {f"viewpoint-{f + 1}.html#c{i}" for f in shown}
        assert all(href.partition("#")[2] in ids[href.partition("#")[0]] for href in back)


def test_a_quoted_statement_leads_to_its_row(leadership: Published) -> None:
    quoting = [page for name, page in of_site(site([leadership])).items() if "So it is." in page.text and name.startswith("viewpoint")]
    assert quoting
    for page in quoting:
        captions = re.findall(r"<figcaption>(.*?)</figcaption>", page.source, re.S)
        assert captions
        assert all(re.search(r'href="shared\.html#s\d+"', caption) for caption in captions)


NAMES = st.text(alphabet="s1a-_ é<", min_size=1, max_size=4)


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True), st.randoms())
def test_addresses_of_rows_are_plain_different_and_do_not_hang_on_the_order(statements: list[str], chance) -> None:
    made = anchors(statements)
    assert len(set(made)) == len(statements)
    assert all(re.fullmatch(r"s[A-Za-z0-9_-]*", anchor) for anchor in made)
    mixed = list(statements)
    chance.shuffle(mixed)
    again = dict(zip(mixed, anchors(mixed), strict=True))
    if made != tuple(f"s{i}" for i in range(1, len(made) + 1)):
        assert tuple(again[name] for name in statements) == made
    assert anchors(("s12", "s3")) == ("s12", "s3")
    assert anchors(("12", "3")) == ("s12", "s3")


def test_a_site_of_many_viewpoints_stays_small() -> None:
    one = Published(understood(drawn(12, 64, 6), 12, calibration_studies=20), "study")
    files = site([one])
    assert len([name for name in files if name.startswith("compare-")]) == 66
    with_sheet = {name: len(content) + len(files["site.css"]) for name, content in files.items() if name.endswith(".html")}
    assert {name: size for name, size in with_sheet.items() if size > LIMIT} == {}
    assert sum(len(content) for name, content in files.items() if name.startswith("compare-")) < 4_000_000


def test_a_site_of_long_names_and_many_statements_stays_small_and_says_who_stands_where() -> None:
    names = {f"f{i}": Own(name=f"Viewpoint {i} under a name as long as a researcher may think of, with ninety letters or some") for i in range(1, 13)}
    loaded = understood(drawn(12, 100, 4), 12, calibration_studies=10)
    files = site([Published(loaded, "study", Texts(viewpoints=names))])
    weights = {name: len(content) + len(files["site.css"]) for name, content in files.items() if name.endswith(".html")}
    assert {name: size for name, size in weights.items() if size > LIMIT} == {}
    page, solution = files["shared.html"].decode(), loaded.solution
    assert all(f"{own.name}</a> ({label})" in page for label, own in names.items())
    values = solution.scores.grid.values
    for i, anchor in enumerate(anchors(solution.data.statements)):
        row = page.partition(f'<tbody id="{anchor}">')[2].partition("</tbody>")[0]
        cells = [re.findall(r'"unseen">([^<]*)<', cell) for cell in re.findall(r"<td.*?</td>", row)]
        stands = [[label for f, label in enumerate(solution.labels) if solution.scores.arrays[i, f] == value] for value in values]
        assert [", ".join(labels) for labels in stands] == ["".join(cell) for cell in cells]


def test_one_viewpoint_alone_has_no_ground_to_share() -> None:
    files = site([Published(understood(drawn(1, 12, 8), 1, calibration_studies=20), "study")])
    assert not [name for name in files if name.startswith(("shared", "compare"))]
    assert "shared.html" not in files["viewpoint-1.html"].decode()


def test_a_printed_study_is_the_sheet_of_the_report_with_the_same_words(one: Published) -> None:
    loaded, shown, names = shown_by(one)
    files = site([one])
    title = study_title(one)
    made = Page(sheet_page(sheet(loaded, replace(one.texts, title=title), anonymous=True)).partition("<main>")[2].partition("</body>")[0])
    printed = Page(files["index.html"].decode().partition('<div class="sheet">')[2].partition("</main>")[0])
    assert printed.text == made.text.replace("its source stands in the report.", "its source stands on the page of the viewpoint.")
    assert len(printed.text) > 300
    assert all(names[f] in printed.text for f in shown)
    assert "sheet" not in {a.get("class") for name, page in of_site(files).items() if name != "index.html" for _, a in page.tags}
