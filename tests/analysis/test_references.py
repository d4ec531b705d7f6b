"""What a report rests on: every convention with a source cites it, the list holds what is cited and nothing else, and the bibliography is one."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import qmethod
from qmethod.errors import DataError
from qmethod.policies import PRESETS as PRESET_NAMES
from qmethod.policies import Policies, describe
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.references.bibtex import bibtex
from qmethod_analysis.references.conventions import PRESETS, SOURCES, sources
from qmethod_analysis.references.known import KNOWN, program
from qmethod_analysis.references.reference import Listed, Reference, listed
from qmethod_analysis.report import references
from qmethod_analysis.report.blocks import Document, Entry, TableBlock
from qmethod_analysis.report.document import build
from qmethod_analysis.report.references import CRITERIA, FILE, bibliography, cited
from qmethod_analysis.report.writing import write_formats
from qmethod_analysis.report.xlsx import xlsx
from qmethod_studies.credit import Author, Work
from tests.analysis.bib import meant, people, read
from tests.analysis.report_cases import bare, leadership, named
from tests.references import sorts

ROOT = Path(__file__).parents[2]
QUICK: dict[str, Any] = {"contrast_errors": "normal", "calibration_studies": 0, "rotation_starts": 1}
BESIDES: dict[tuple[str, object], dict[str, Any]] = {
    ("contrast_errors", "calibrated"): {"calibration_studies": 20},
    ("centroid_reflection", "sequential"): {"extraction": "centroid"},
    ("centroid_reflection", "best"): {"extraction": "centroid"},
}
"""What a convention needs so that it comes into play."""
TARGET = [[1, 0], [0, 1], *[[float("nan")] * 2] * 7]


def sources_of(document: Document) -> dict[str, str]:
    """The cell with the sources, by convention and by step."""
    tables = {block.caption: block for block in document.blocks if isinstance(block, TableBlock)}
    rows = (*tables["Every convention of this analysis"].rows, *tables["What else this report rests on"].rows)
    return {row[0]: row[-1] for row in rows}


def entries(document: Document) -> dict[str, str]:
    return {block.key: block.text for block in document.blocks if isinstance(block, Entry)}


@cache
def analysed(name: str, value: object) -> Document:
    chosen = {**QUICK, **BESIDES.get((name, value), {}), name: value}
    data = qmethod.QData.from_array(sorts("lipset").sorts)
    target = {"target": TARGET} if value == "target" else {}
    return build(bare(qmethod.analyse(data, 2, **target, **chosen)), Texts())


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, by_value in SOURCES.items() for value in by_value])
def test_a_convention_with_a_source_cites_it_and_another_value_does_not(name: str, value: str) -> None:
    document = analysed(name, value)
    cell, shown = sources_of(document)[name], entries(document)
    for key in SOURCES[name][value]:
        assert Listed(KNOWN[key]).cited in cell.split("; ")
        assert key in shown
    assert len(cell.split("; ")) == len(SOURCES[name][value])
    choices = next(one["choices"] for one in describe() if one["name"] == name)
    for other in [one for one in choices if SOURCES[name].get(one) != SOURCES[name][value]][:1]:
        assert sources_of(analysed(name, other))[name] != cell


def test_sources_are_of_conventions_that_there_are() -> None:
    choices = {one["name"]: one.get("choices", ()) for one in describe()}
    assert all(set(by_value) <= set(choices[name]) for name, by_value in SOURCES.items())
    assert set(PRESETS) == set(PRESET_NAMES) - {"standard"}
    keys = {key for by_value in SOURCES.values() for found in by_value.values() for key in found}
    keys |= {key for found in (*PRESETS.values(), *CRITERIA.values()) for key in found}
    named_in = set(re.findall(r'"([a-z]+\d{4})"', Path(references.__file__).read_text(encoding="utf-8")))
    assert keys | named_in == set(KNOWN)  # none that nothing rests on


def test_a_convention_that_plays_no_part_cites_nothing() -> None:
    assert "rotation" not in sources(Policies(), 1)
    assert "contrast_rule" not in sources(Policies(), 1)
    assert "centroid_reflection" not in sources(Policies(), 3)
    assert "contrast_errors" not in sources(Policies(contrast_rule="cohens-d"), 3)


def documents() -> Iterator[tuple[str, Document, bytes]]:
    made = {
        "everything": leadership(),
        "bare": bare(qmethod.analyse(sorts("lipset"), 3)),
        "one": bare(qmethod.analyse(sorts("lipset"), 1, **QUICK)),
        "r": bare(qmethod.analyse(sorts("lipset"), 2, preset="qmethod-r")),
    }
    for name, loaded in made.items():
        for texts in (Texts(), None):
            document = build(loaded, texts)
            yield f"{name}, {'with' if texts else 'without'} texts", document, bibliography(cited(loaded, document.blocks))


@pytest.fixture(scope="module")
def every() -> list[tuple[str, Document, bytes]]:
    return list(documents())


def test_what_is_cited_is_listed_and_what_is_listed_is_cited(every: list[tuple[str, Document, bytes]]) -> None:
    for name, document, bib in every:
        shown, said = entries(document), {one for cell in sources_of(document).values() for one in cell.split("; ") if one}
        marks = {one.cited: key for key in shown for one in [Listed(KNOWN.get(key) or program(qmethod.__version__))]}
        assert said == set(marks), name
        assert list(read(bib.decode())) == list(shown), name
        assert "qmethod" in shown
        assert f"(Version {qmethod.__version__})" in shown["qmethod"]
        assert [text.lower().removeprefix("the ") for text in shown.values()] == sorted(text.lower().removeprefix("the ") for text in shown.values())
    by_name = {name: set(entries(document)) for name, document, _ in every}
    assert "zabala2014" in by_name["r, with texts"]
    assert "zabala2014" not in by_name["bare, with texts"]
    assert by_name["everything, with texts"] - by_name["everything, without texts"] == {"churruca2021", "dieteren2023", "zabala2018"}
    assert {"efron1979", "achim2017"} & by_name["bare, with texts"] == set()


def squashed(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


@cache
def corpus() -> str:
    """Every docstring, and every page of the documentation."""
    found = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))]
    for path in sorted([*(ROOT / "qmethod").rglob("*.py"), *(ROOT / "analysis").rglob("*.py")]):
        found.append(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    return squashed("\n".join(found))


@pytest.mark.parametrize("key", KNOWN)
def test_a_reference_is_what_the_code_or_the_documentation_that_uses_it_cites(key: str) -> None:
    assert squashed(Listed(KNOWN[key]).text) in corpus()


def test_the_paper_cites_the_same_works_alike() -> None:
    theirs = read(
        re.sub(r"^  (\w+) +=", r"  \1 =", (ROOT / "paper" / "paper.bib").read_text(encoding="utf-8"), flags=re.MULTILINE).replace("}\n}", "},\n}")
    )
    mine = read(bibtex(KNOWN.values()))
    assert len(theirs.keys() & mine.keys()) > 5
    for key in theirs.keys() & mine.keys():
        for name in (theirs[key].keys() & mine[key].keys()) - {"@"}:
            assert squashed(theirs[key][name]) == squashed(mine[key][name]), (key, name)


def test_the_program_is_cited_as_its_citation_file_says() -> None:
    values = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    mine = program(values["version"])
    assert [author.name for author in mine.authors] == [one["name"] for one in values["authors"]]
    assert (mine.title, mine.version, mine.year) == (values["title"], values["version"], "")


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
TITLES = LINES.filter(lambda text: bool(text.strip()))
AUTHORS = st.builds(Author, TITLES, LINES)
WORKS = st.builds(
    Reference,
    key=st.just("one"),
    kind=st.sampled_from(["article", "book", "chapter", "report", "dataset", "software", "other"]),
    authors=st.lists(AUTHORS, max_size=3).map(tuple),
    others=st.booleans(),
    title=TITLES,
    **dict.fromkeys(("year", "within", "edition", "volume", "issue", "pages", "number", "publisher", "version", "doi", "url"), LINES),
)


@given(WORKS)
def test_whatever_a_work_is_called_its_entry_is_read_back(one: Reference) -> None:
    def plain(text: str) -> str:
        return " ".join(text.split())

    [(key, fields)] = read(bibtex([one])).items()
    assert key == "one"
    assert meant(fields["title"]) == plain(one.title)
    assert meant(fields.get("publisher", fields.get("institution", ""))) == plain(one.publisher)
    assert meant(fields.get("year", "")) == plain(one.year)
    if one.authors:
        given_names = [", ".join(filter(None, (plain(author.family), plain(author.given)))) for author in one.authors]
        assert [plain(name) for name in people(fields["author"])] == [*given_names, *(["others"] if one.others else [])]


@given(st.lists(st.builds(replace, WORKS, key=st.uuids().map(lambda one: f"k{one.hex}")), max_size=60))
def test_no_two_works_of_a_list_are_cited_alike(works: list[Reference]) -> None:
    found = listed([*works, *(replace(one, key=f"{one.key}again", year="1999") for one in works[:1]), *works])
    assert len({one.cited for one in found}) == len(found) == len({one.reference.key for one in found})
    assert listed(reversed(works)) == listed(works)


@pytest.mark.parametrize(
    ("given_names", "initials"),
    [("Morgan Jane", "M. J."), ("J.M.F.", "J. M. F."), ("Jean-Paul", "J.-P."), ("J.-P.", "J.-P."), ("伟", "伟"), ("", "")],
)
def test_given_names_become_initials(given_names: str, initials: str) -> None:
    one = Reference(key="k", kind="book", authors=(Author("Name", given_names),), year="2001", title="T")
    assert Listed(one).text == f"Name{f', {initials}' if initials else ''}{'' if initials.endswith('.') else '.'} (2001). T."


def test_of_very_many_authors_the_last_is_named() -> None:
    authors = tuple(Author(f"N{i}", "A.") for i in range(25))
    text = Listed(Reference(key="k", kind="book", authors=authors, year="2001", title="T")).text
    assert ", N18, A., … N24, A. (2001)" in text
    assert "N19" not in text


def test_sorts_that_ship_with_a_citation_are_cited(tmp_path: Path) -> None:
    solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(30)), 2, **QUICK)
    loaded = bare(solution)
    loaded = replace(loaded, recipe=replace(loaded.recipe, input=replace(loaded.recipe.input, study="climate")))
    document = build(loaded, Texts())
    shown = entries(document)
    assert shown["andreotta"].endswith("(n.d.). Sorts and statements of a Q study on climate change [Data set].")
    article = "Climatic Change, 174, 32."
    assert shown["andreotta2022"].endswith(
        f"Evidence for three distinct climate change audience segments with varying belief-updating tendencies. {article}"
    )
    assert sources_of(document)["Sorts and statements"] == "Andreotta et al., 2022; Andreotta et al., n.d."
    bib = read(bibliography(cited(loaded, document.blocks)).decode())
    assert people(bib["andreotta2022"]["author"])[0] == "Andreotta, M."
    assert bib["andreotta"]["@"] == "misc"


def test_a_study_whose_key_is_taken_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from qmethod_analysis.folder.credited import Credited
    from qmethod_studies.credit import Credit

    work = Work((Author("Brown", "T."),), title="Another & <book>", year="1980", publisher="{Nobody}")
    monkeypatch.setattr(references, "credited", lambda _: Credited(Credit(work, "", work), False))
    loaded = bare(qmethod.analyse(sorts("lipset"), 2, **QUICK))
    document = build(loaded, Texts())
    shown = entries(document)
    assert {"brown1980", "brown1980b", "brown1980c"} <= set(shown)
    assert len({text[:20] for key, text in shown.items() if key.startswith("brown1980")}) == 3
    assert {"Brown, 1980a", "Brown, 1980b", "Brown, 1980c"} <= {one for cell in sources_of(document).values() for one in cell.split("; ")}
    assert meant(read(bibliography(cited(loaded, document.blocks)).decode())["brown1980b"]["publisher"]) == "{Nobody}"


AUTHOR_NAMES = ("Tibshirani", "Davison", "Hinkley", "Chapman Hall", "Yale Press", "Stenner", "Ferguson", "Storey")


def test_a_participant_who_has_the_name_of_an_author_keeps_no_report_from_being_written() -> None:
    files = write_formats(named(AUTHOR_NAMES), Texts(), ("html", "docx", "xlsx", "md", "pdf"), anonymous=True).files
    assert b"Tibshirani" in files[FILE]
    with pytest.raises(DataError, match="Stenner"):
        write_formats(named(AUTHOR_NAMES), Texts(texts=MappingProxyType({"limits": "Stenner said so."})), ("md",), anonymous=True)


def test_the_workbook_has_the_list_and_the_sources_beside_conventions() -> None:
    loaded = leadership(16)
    document = build(loaded, Texts())
    book = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, Texts(), document.title, document.blocks)))
    assert {row[0]: row[1] for row in book["references"].iter_rows(min_row=2, values_only=True)} == entries(document)
    beside = {row[0]: row[-1] or "" for row in book["conventions"].iter_rows(min_row=2, values_only=True)}
    assert beside == {name: cell for name, cell in sources_of(document).items() if name in beside}
    assert beside["flagging"] == "Brown, 1980"
