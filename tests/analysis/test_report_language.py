"""Reports in other languages: nothing is left in English, catalogues are whole and in step, languages do not mix."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from markupsafe import escape

import qmethod
from qmethod.errors import DataError
from qmethod.method.extraction import small_factors
from qmethod.notice import Notice
from qmethod.policies import describe
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.interpretation.background import read_background
from qmethod_analysis.recipe.reading import parse
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report import html as pages
from qmethod_analysis.report import naming, pdf, sheet
from qmethod_analysis.report.blocks import Document
from qmethod_analysis.report.document import build
from qmethod_analysis.report.docx import docx
from qmethod_analysis.report.figure_files import INDEX, figure_files
from qmethod_analysis.report.markdown import markdown
from qmethod_analysis.report.paper import A4
from qmethod_analysis.report.references import cited
from qmethod_analysis.report.xlsx import REPORT, xlsx
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.publish import site
from qmethod_analysis.words import glossary, notices
from qmethod_analysis.words import language as words
from qmethod_analysis.words.conventions import MEANINGS
from qmethod_analysis.words.labels import default_name
from qmethod_analysis.words.language import InLanguage, languages, ngettext, number, speaking
from qmethod_analysis.words.narrative import decimal, in_a_row, joined
from qmethod_studies.languages import DRAFT
from qmethod_studies.loading import find, load
from tests.analysis.report_cases import bare, leadership
from tests.analysis.strange import BRACES, STRANGE, again, every_text, in_markdown, in_typst, in_word, left_over, on_page, own

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "analysis" / "qmethod_analysis"
LANGUAGES = [code for code in languages() if code != words.SOURCE]
DATA_FILE = re.compile(r"[A-Za-z_0-9.-]+\.(csv|toml|cff|txt|md)|SHA256SUMS|\d+ kB")

BARE = bare(qmethod.analyse(qmethod.datasets.load("climate").keep(range(20)), 1))
CASES = {
    "leadership": leadership,
    "one viewpoint": lambda: BARE,
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Loaded:
    return CASES[request.param]()


@pytest.fixture
def strange_report(case: Loaded, strangely: None) -> tuple[Loaded, Document, set[str]]:
    loaded = again(case)
    document = build(loaded, Texts(), anonymous=False)
    works = {
        " ".join(text.split()) for one in cited(loaded, document.blocks).listed.values() for text in (one.cited, one.text, *one.parts) if text.strip()
    }
    return loaded, document, works | own(loaded) | {" ".join(text.split()) for text in every_text(document) if isinstance(text, InLanguage)}


def test_every_text_of_a_report_goes_through_the_catalogue(strange_report):
    _loaded, document, ours = strange_report
    assert {text: left for text in every_text(document) if not isinstance(text, InLanguage) and (left := left_over(text, ours))} == {}
    assert document.language == STRANGE


def test_every_format_says_nothing_in_english(strange_report):
    loaded, document, ours = strange_report
    book = openpyxl.load_workbook(io.BytesIO(xlsx(loaded, Texts(), document.title, document.blocks)))[REPORT]
    drawn, _plain = figure_files(document, loaded.solution.labels, A4)
    said = {
        "html": on_page(pages.html(document)),
        "md": in_markdown(markdown(document)["report.md"].decode()),
        "docx": in_word(docx(document, A4)),
        "xlsx": [cell for row in book.iter_rows(values_only=True) for cell in row if isinstance(cell, str)],
        "figures": [re.sub(r"[\w-]+\.(svg|png)", "", line) for line in in_markdown(drawn[INDEX].decode())],
        "typst": in_typst(pdf.source(document)),
        "sheet": on_page(sheet.page(sheet.sheet(loaded, Texts()))),
        "naming": on_page(naming.page(loaded.solution, loaded.recipe)),
    }
    assert all(len(texts) > 5 for texts in said.values())
    assert {name: found for name, texts in said.items() if (found := {text: left for text in texts if (left := left_over(text, ours))})} == {}


def test_every_page_of_a_site_says_nothing_in_english_but_what_is_marked(strange_report):
    loaded, _document, ours = strange_report
    ours = {*ours, "Study", "codebook.csv", "qmethod run analysis.toml --out again", "JavaScript", "sim-"}
    pages = {name: page.decode() for name, page in site([Published(loaded, "study")]).items() if name.endswith(".html")}
    said = {name: [text for text in on_page(page) if not DATA_FILE.fullmatch(text.strip())] for name, page in pages.items()}
    assert {"index.html", "method.html", "data.html", "viewpoint-1.html"} <= set(said)
    assert all(f'<html lang="{STRANGE}">' in page for page in pages.values())
    assert all(len(texts) > 5 for texts in said.values())
    assert {name: found for name, texts in said.items() if (found := {text: left for text in texts if (left := left_over(text, ours))})} == {}
    heads = {unescape(text) for page in pages.values() for text in re.findall(r'(?:description|title)" content="([^"]*)"', page)}
    assert {text: left for text in heads if (left := left_over(text, ours))} == {}
    words = [json.loads(text) for text in re.findall(r'id="words">(.*?)</script>', "".join(pages.values()))]
    assert [text for one in words for text in one.values() if left_over(BRACES.sub("", text), ours)] == []


# The catalogues.


def catalogue(folder: Path, language: str) -> Catalog:
    with (folder / language.replace("-", "_") / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"))


def forms(message: str | tuple[str, ...]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def messages(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {forms(message.id): forms(message.string) for message in catalogue if message.id}


def make(target: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a target of the Makefile on catalogues in a folder, with the tools of this Python."""
    given = {"REPORT_TRANSLATIONS": folder / "translations", "REPORT_POT": folder / "messages.pot", "BIN": Path(sys.executable).parent, "WORK": ""}
    call = ["make", "--silent", target, *(f"{name}={value}" for name, value in {**given, **variables}.items())]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the catalogues as a renewal leaves them, and a fresh extraction."""
    folder = tmp_path_factory.mktemp("renewed")
    shutil.copytree(words.CATALOGUES, folder / "translations")
    done = make("report-translations", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_one_command_begins_a_language_as_a_draft_in_which_everything_is_still_english(renewed, tmp_path, monkeypatch):
    shutil.copytree(renewed / "translations", tmp_path / "translations")
    assert make("report-language", tmp_path, CODE="fr").returncode == 0
    assert "is there already" in make("report-language", tmp_path, CODE="fr").stderr
    monkeypatch.setattr(words, "CATALOGUES", tmp_path / "translations")
    assert words.languages() == {"en": False, "es": True, "fr": True}
    monkeypatch.setattr(words, "_catalogue", words._catalogue.__wrapped__)
    with speaking("fr"):
        page = pages.report(again(BARE))
    assert '<html lang="fr">' in page
    assert "What it lacks stands in English." in page
    assert " 0,05" in page


@pytest.fixture(scope="module")
def extracted(renewed: Path) -> set[tuple[str, ...]]:
    with (renewed / "messages.pot").open("rb") as file:
        return set(messages(read_po(file)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_in_the_catalogue_and_translated(language, extracted):
    found = catalogue(words.CATALOGUES, language)
    assert set(messages(found)) == extracted, "run `make translations`"
    assert [text for text, said in messages(found).items() if not all(said)] == [], "translate what is new"
    assert [message.id for message in found if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_renewal_changes_nothing(language, renewed):
    for name in ("messages.po", "messages.mo"):
        path = f"{language.replace('-', '_')}/LC_MESSAGES/{name}"
        assert (renewed / "translations" / path).read_bytes() == (words.CATALOGUES / path).read_bytes(), "run `make translations`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_places_of_the_text(language):
    for text, said in messages(catalogue(words.CATALOGUES, language)).items():
        places = {place for form in text for place in BRACES.findall(form)}
        for i, one in enumerate(said):  # the form for one may say it without the number
            may_lack = {"n"} if len(said) > 1 and i == 0 else set()
            assert places - may_lack <= set(BRACES.findall(one)) <= places, text


def test_no_per_cent_sign_makes_a_text_look_like_a_format_of_another_kind(extracted):
    assert [text for text in extracted if any(re.search(r"%\s?[diouxXeEfFgGcrsa(]", form) for form in text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_says_that_it_is_one(language):
    with speaking(language):
        assert bool(words.draft_note()) == languages()[language]
    head = (words.CATALOGUES / language.replace("-", "_") / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8").splitlines()[0]
    assert (DRAFT in head) == languages()[language]


def spoken_calls() -> Iterator[tuple[str, str, list[str], set[str]]]:
    """Each call that says a text: where, which function, its texts, and the names of its places that are given."""
    for file in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_", "ngettext"):
                texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                yield f"{file.name}:{node.lineno}", node.func.id, texts, {one.arg or "**" for one in node.keywords}


def test_every_text_that_is_said_is_extracted(extracted):
    """One inside an f-string, for example, would not be."""
    known = {form for text in extracted for form in text}
    assert [(where, text) for where, _function, texts, _given in spoken_calls() for text in texts if text not in known and BRACES.sub("", text)] == []


def test_every_place_of_a_text_is_filled():
    for where, function, texts, given in spoken_calls():
        if texts and function != "N_" and "**" not in given:
            places = {place for text in texts for place in BRACES.findall(text)} - ({"n"} if function == "ngettext" else set())
            assert places == given, where


def test_the_script_says_only_what_is_translated():
    script = (SOURCES / "report" / "templates" / "tables.js").read_text(encoding="utf-8")
    for text in pages._SCRIPT:
        assert f'"{text}"' in script or f"`{text}`" in script, text
    said = {text for pair in re.findall(r'"([A-Z][a-z][^"]*)"|`([A-Z][a-z][^`]*)`', script) for text in pair if text}
    assert said - {"Table "} <= set(pages._SCRIPT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_explains_the_same_terms(language):
    with speaking(language):
        assert glossary.spoken() == language
        theirs = glossary.terms()
        used = glossary.used_in(" ".join(term.name for term in theirs))
    assert len(theirs) == len(glossary.terms())
    assert {term.name for term in used} == {term.name for term in theirs}
    of = re.findall(r'^of = "(.*)"$', (SOURCES / "words" / f"glossary.{language}.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(of) == sorted(term.name for term in glossary.terms())
    said = [form for term in theirs for form in {term.name, *term.forms}]
    assert sorted(said) == sorted(set(said))


# Notices of the method.

LEFT_IN_ENGLISH = frozenset(
    {
        *(
            "code-for-missing",
            "column-without-name",
            "columns-ignored",
            "decimals-or-thousands",
            "guessed-encoding",
            "header-like-sort",
            "header-lines",
        ),
        *("layout-conflict", "lines-left-out", "names-like-placements", "nearly-forced", "no-placement-at-all", "participants-named-otherwise"),
        *("participants-numbered", "pqmethod-line-1", "pqmethod-line-2", "pqmethod-line-2-short", "pqmethod-more-sorts"),
        *("cards-missing", "columns-counted", "files-left-out", "records-without-sort", "sorts-of-different-length", "stages"),
        *("people-beside", "people-columns", "people-proposed", "people-without-sort", "sorts-without-people"),
        *("header-again", "header-none", "layout-taken", "rows-without-placements", "short-rows"),
        *("kade-pattern", "sheet-of-wordings", "sheet-taken", "sheet-unfitting", "table-taken", "wordings-from-labels"),
        *("grid-left-out", "grid-made", "ids-changed", "names-changed", "wordings-changed", "wordings-left-out", "wordings-made"),
        *("listing-rounds", "listing-without-correlations", "listing-without-excluded", "names-from-labels"),
        *("perhaps-the-same", "two-scales"),
        *(
            "qualis-dat",
            "statements-numbered",
            "statements-unsure",
            "unlike-all-others",
            "wordings-by-number",
            "wordings-columns",
            "wordings-html",
            "wordings-inside",
            "wordings-unused",
        ),
    }
)
"""Notices that reports in other languages show in English, marked so: what readers of files say; and what writers say, which stands in no report."""


def codes() -> set[str]:
    found = set()
    for file in sorted((ROOT / "qmethod").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Notice" and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def test_every_convention_is_explained_in_every_language():
    assert {policy["about"] for policy in describe()} == set(MEANINGS)


def test_notices_that_stay_in_english_are_known():
    assert codes() - set(notices.TEMPLATES) == LEFT_IN_ENGLISH


def test_templates_of_notices_are_what_the_method_says():
    others = (ROOT / "studies" / "qmethod_studies" / "marks.py", SOURCES / "commands" / "occasions.py", SOURCES / "report" / "unnamed_occasions.py")
    files = [*sorted((ROOT / "qmethod").rglob("*.py")), *others]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    source = re.sub(r"\"\s*\n\s*f?\"", "", source)
    for template in (one for code, those in notices.TEMPLATES.items() if code != "small-factor" for one in those):
        for part in re.split(r"\{\w+\}|\(s\)|\b(?:loads?|defines?|counts?|sorts?|pairs?|One|stopped|exceeds)\b", template):
            for clause in re.split(r"(?<=[.:,;]) ", part):
                assert len(clause) < 12 or clause.strip().rstrip(".,:;") in source, (template, clause)


def test_sentences_put_together_from_parts_have_their_template():
    for sizes in ([3.0, 0.5], [3.0, 0.5, 0.4]):
        (notice,) = small_factors(np.array(sizes), 20)
        with speaking("es"):
            assert notices.said(notice).startswith("Antes de la rotación")


def test_a_notice_is_translated_with_its_values_or_marked_as_english():
    known = Notice("one-defining-sort", "f2 rests on one sort alone, Ana: it is that person's view.")
    listed = Notice("constant-sorts", "12 sorts give every statement the same value, so they correlate with nothing: a, b and 10 more.")
    other = Notice("one-defining-sort", "f2 rests on nothing that this sentence says.")
    assert notices.said(known) == known.message
    with speaking("es"):
        assert notices.said(known) == "f2 se apoya en una sola ordenación, Ana: es la opinión de esa persona."
        assert notices.said(listed).endswith(" con nada: a, b y 10 más.")
        assert notices.said(other) == other.message
        assert notices.said(other).language == "en"


# Languages do not mix.


def test_what_is_remembered_in_one_language_is_not_said_in_another():
    def said() -> tuple[object, ...]:
        loaded = again(BARE)
        return pages.report(loaded), glossary.terms(), default_name(loaded.solution.factors[0])

    english = said()
    with speaking("es"):
        spanish = said()
        assert words.language() == "es"
        with speaking("en"):
            assert said() == english
        assert said() == spanish
    assert said() == english
    assert '<html lang="es">' in spanish[0]
    assert "Punto de vista 1" in spanish[0]
    assert "Viewpoint 1" not in spanish[0]


def test_each_thread_has_its_own_language_and_takes_that_of_a_context_it_is_given():
    with ThreadPoolExecutor(1) as beside, speaking("es"):
        assert beside.submit(default_name, BARE.solution.factors[0]).result() == "Viewpoint 1"
        assert beside.submit(copy_context().run, default_name, BARE.solution.factors[0]).result() == "Punto de vista 1"


def test_the_language_is_the_one_before_after_a_fault():
    with pytest.raises(ZeroDivisionError), speaking("es"):
        raise ZeroDivisionError
    assert words.language() == "en"


def test_figures_lists_and_plurals_follow_the_language():
    assert (decimal(-0.001), decimal(-1.256), number(1234567, ","), number(0.05)) == ("0.00", "−1.26", "1,234,567", "0.05")
    assert (joined(["a", "b", "Iris"]), in_a_row(["0.1", "0.2"])) == ("a, b and Iris", "0.1, 0.2")
    with speaking("es"):
        assert (decimal(-0.001), decimal(-1.256), number(1234567, ","), number(0.05)) == ("0,00", "−1,26", "1.234.567", "0,05")
        assert [joined(["a", last]) for last in ("b", "Iris", "hijos", "hielo", "“Ideas”")] == [
            "a y b",
            "a e Iris",
            "a e hijos",
            "a y hielo",
            "a e “Ideas”",
        ]
        assert in_a_row(["0,1", "0,2"]) == "0,1; 0,2"
        assert [ngettext("{n} statement", "{n} statements", n) for n in (1, 12000)] == ["1 afirmación", "12.000 afirmaciones"]


def test_texts_in_a_language_that_nobody_named_say_so():
    with speaking("es"):
        page = pages.report(again(BARE))
    assert set(re.findall(r'<(\w+)[^>]* lang=""', page)) == {"li", "th"}


def test_texts_of_others_bear_their_language_on_the_page():
    loaded = leadership()
    with speaking("es"):
        page = pages.report(again(loaded))
    assert '<html lang="es">' in page
    for statement in loaded.solution.data.texts:
        escaped = str(escape(" ".join(statement.split())))
        assert re.search(rf'<li dir="auto" lang="en"><b class="id">\w+</b> {re.escape(escaped)}', page), statement
        assert '<th scope="row" class="statement" dir="auto" lang="en">' in page
    for comment in loaded.background.comments:
        quoted = str(escape(" ".join(comment.text.split())))
        assert quoted not in page or f'<blockquote><p dir="auto" lang="en">“{quoted}”' in page
    assert 'lang=""' not in page
    assert " lang=" not in pages.report(again(loaded)).replace('<html lang="en">', "")


# The choice.


def test_an_unknown_language_is_refused_with_those_there_are():
    with pytest.raises(DataError, match="'de'") as refused, speaking("de"):
        pass
    assert "en (English), es (Español)" in str(refused.value)


def test_a_recipe_keeps_the_language():
    recipe = replace(BARE.recipe, language="es", input=replace(BARE.recipe.input, sha256="0" * 64))
    assert parse(recipe.to_toml(), "analysis.toml").language == "es"
    assert 'language = ""' not in replace(recipe, language="").to_toml()
    with pytest.raises(DataError, match="`language` must be one of en, es; got 'xx'"):
        parse(recipe.to_toml().replace('"es"', '"xx"'), "analysis.toml")


def test_commands_write_in_the_language_asked_for_or_that_of_the_recipe(qmethod_command, tmp_path):
    assert qmethod_command("analyse", "climate", "--factors", 1, "--no-retention", "--language", "es", "--out", "a").exit_code == 0
    folder = tmp_path / "a"
    assert 'language = "es"' in (folder / "analysis.toml").read_text()
    assert '<html lang="es">' in (folder / "report.html").read_text()
    assert qmethod_command("report", "a", "--formats", "html,md").exit_code == 0
    assert "Esta traducción es un borrador" in (folder / "report.md").read_text()
    assert qmethod_command("report", "a", "--formats", "md", "--language", "en").exit_code == 0
    assert "borrador" not in (folder / "report.md").read_text()
    assert 'language = "en"' in (folder / "analysis.toml").read_text()
    assert qmethod_command("report", "a", "--formats", "md", "--language", "es").exit_code == 0
    assert 'language = "es"' in (folder / "analysis.toml").read_text()
    assert qmethod_command("sheet", "a").exit_code == 0
    assert '<html lang="es">' in (folder / "naming.html").read_text()
    refused = qmethod_command("report", "a", "--language", "de")
    assert refused.exit_code == 2
    assert "those there are: en (English), es (Español)" in " ".join(refused.output.split())


@pytest.mark.parametrize("language", ["es", "ar"])
def test_a_study_that_has_the_language_speaks_it_with_its_own_words(language, monkeypatch):
    """Statements, groups and questions in the language of the report; wording that is not the study's stays."""
    english, study = leadership(), load(find("leadership"))
    data = english.solution.data
    first = "Our own wording of the first statement."
    solution = replace(english.solution, data=replace(data, texts=(first, *data.texts[1:])))
    monkeypatch.setattr("qmethod_analysis.interpretation.background.language", lambda: language)
    spoken = understand(solution, english.recipe, background=read_background("leadership", data))
    assert spoken.background.language == language
    assert spoken.solution.data.texts == (first, *(one.text.in_(language) for one in study.statements[1:]))
    assert {one.title for one in spoken.asked if one.origin == "opposition"} <= {one.question.in_(language) for one in study.oppositions}
    assert {one.name for one in spoken.groups} <= {group.name.in_(language) for group in study.groups.values()}
    said = " ".join(sentence.text for one in spoken.told for sentence in one.sentences)
    assert any(group.name.in_(language) in said for group in study.groups.values())
    assert not any(one.text.in_("en") in said for one in study.statements)
    assert spoken.solution.scores is english.solution.scores


def test_a_study_without_the_language_keeps_its_own(monkeypatch):
    english = leadership()
    monkeypatch.setattr("qmethod_analysis.interpretation.background.language", lambda: "fr")
    assert read_background("leadership", english.solution.data).language == "en"
