"""The catalogues of the respondent pages: whole unless they are drafts, in step with the texts in the source, and safe to put values into."""

from __future__ import annotations

import ast
import gettext
import io
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from qmethod_studies.languages import DRAFT, direction, interface_languages
from qmethod_studies.words import NAMES
from qmethod_webform.i18n import locale_of

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "webform" / "qmethod_webform" / "translations"
LANGUAGES = sorted(folder.name for folder in TRANSLATIONS.iterdir() if folder.is_dir())
RIGHT_TO_LEFT = [language for language in LANGUAGES if direction(language.replace("_", "-")) == "rtl"]
DRAFTS = [code.replace("-", "_") for code, draft in interface_languages().items() if draft]

SAME_IN: dict[str, set[str]] = {"es": {"Error"}, "fr": {"Contact", "Pile", "Questions"}}
"""Messages that are rightly the same in a language as in English, by language."""

PERCENT = re.compile(r"%\((\w+)\)s")
BRACES = re.compile(r"\{(\w+)\}")
SIGNED = r"%\((?:columns?|low|high|day)\)s|\{(?:column|otherColumn)\}"
"""Placeholders for what has to be read from left to right: figures that may bear a sign, and times."""


def read_catalogue(language: str, folder: Path = TRANSLATIONS) -> Catalog:
    with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(catalogue: Catalog) -> dict[str, str]:
    return {message.id: message.string for message in catalogue if message.id}


def translated(language: str) -> dict[str, str]:
    """The texts of a catalogue that have a translation."""
    return {text: said for text, said in messages(read_catalogue(language)).items() if said}


def make(target: str, copy: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a target of the Makefile on a copy, with the tools of this Python."""
    given = {"TRANSLATIONS": copy / "translations", "POT": copy / "messages.pot", "BIN": Path(sys.executable).parent, "WORK": "", **variables}
    call = ["make", "--silent", target, *(f"{name}={value}" for name, value in given.items())]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the catalogues as a renewal leaves them, and a fresh extraction."""
    folder = tmp_path_factory.mktemp("renewed")
    shutil.copytree(TRANSLATIONS, folder / "translations")
    done = make("page-translations", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def extracted(renewed: Path) -> set[str]:
    with (renewed / "messages.pot").open("rb") as file:
        return set(messages(read_po(file)))


@pytest.fixture(scope="module")
def begun(renewed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Finnish and Urdu were begun, with nothing translated yet."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copytree(renewed / "translations", folder / "translations")
    for code in ("fi", "ur-PK"):
        done = make("language", folder, CODE=code)
        assert done.returncode == 0, done.stderr
    return folder


def test_one_command_begins_a_language_and_the_pages_offer_it_as_a_draft(begun: Path, extracted: set[str]) -> None:
    assert interface_languages(begun / "translations") == {**interface_languages(), "fi": True, "ur-PK": True}
    for name in ("fi", "ur_PK"):
        found = messages(read_catalogue(name, begun / "translations"))
        assert set(found) == extracted
        assert set(found.values()) == {""}
        with (begun / "translations" / name / "LC_MESSAGES" / "messages.mo").open("rb") as file:
            assert gettext.GNUTranslations(io.BytesIO(file.read())).gettext("Saved") == "Saved"


def test_what_was_translated_since_stays_when_catalogues_are_renewed(begun: Path, tmp_path: Path) -> None:
    shutil.copytree(begun / "translations", tmp_path / "translations")
    file = tmp_path / "translations" / "fi" / "LC_MESSAGES" / "messages.po"
    text = file.read_text(encoding="utf-8").replace(f" {DRAFT}", "")
    file.write_text(text.replace('msgid "Saved"\nmsgstr ""', 'msgid "Saved"\nmsgstr "Tallennettu"'), encoding="utf-8")
    assert make("page-translations", tmp_path).returncode == 0
    assert interface_languages(tmp_path / "translations")["fi"] is False
    with file.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Saved") == "Tallennettu"


@pytest.mark.parametrize(("code", "said"), [("", "make language CODE=fi"), ("es", "is there already"), ("xx", "unknown locale 'xx'")])
def test_a_language_that_cannot_be_begun_is_refused_and_nothing_written(code: str, said: str, begun: Path) -> None:
    before = {file: file.read_bytes() for file in (begun / "translations").rglob("*.?o")}
    done = make("language", begun, CODE=code)
    assert done.returncode != 0
    assert said in done.stderr
    assert {file: file.read_bytes() for file in (begun / "translations").rglob("*.?o")} == before


@pytest.mark.parametrize(
    ("code", "catalogue"),
    [("es", "es"), ("es-MX", "es"), ("ar-EG", "ar"), ("en-GB", "en"), ("fi", "en"), ("est", "en"), ("", "en"), ("zh-CN", "zh_Hans"), ("zh-TW", "en")],
)
def test_a_variant_of_a_language_has_the_catalogue_of_the_language(code: str, catalogue: str) -> None:
    assert locale_of(code) == catalogue


def test_the_extraction_finds_the_texts_of_views_forms_and_templates(extracted: set[str]) -> None:
    assert {"Saved", "Your code", "Type the code.", "Skip to the content", "Still to place: {left}"} <= extracted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str, extracted: set[str]) -> None:
    """A draft may leave texts in English; each of its texts is in the catalogue all the same."""
    found = messages(read_catalogue(language))
    assert set(found) == extracted, "run `make translations`"
    assert [text for text, translated in found.items() if not translated.strip()] == [] or language in DRAFTS, "translate what is new"
    assert [message.id for message in read_catalogue(language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_is_left_over(language: str) -> None:
    same = {text for text, said in translated(language).items() if said == text}
    assert same == SAME_IN.get(language, set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_renewal_changes_nothing(language: str, renewed: Path) -> None:
    for name in ("messages.po", "messages.mo"):
        path = f"{language}/LC_MESSAGES/{name}"
        assert (renewed / "translations" / path).read_bytes() == (TRANSLATIONS / path).read_bytes(), "run `make translations`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_pages_read_is_what_was_translated(language: str) -> None:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        assert messages(read_mo(file)) == translated(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_on_buttons_fit_a_small_phone(language: str) -> None:
    """Of 320 pixels a pile has a third, in which eleven letters of its smallest type stand beside one another, and another button the whole."""
    said = translated(language)
    assert [said[text] for name, text in NAMES.items() if name.startswith("piles.") and max(map(len, said[text].split())) > 11] == []
    assert [said[text] for name, text in NAMES.items() if name.startswith("buttons.") and max(map(len, said[text].split())) > 24] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_placeholders_stay(language: str) -> None:
    for text, said in translated(language).items():
        assert sorted(PERCENT.findall(said)) == sorted(PERCENT.findall(text)), text
        assert sorted(BRACES.findall(said)) == sorted(BRACES.findall(text)), text
        if PERCENT.search(text):  # nothing but whole placeholders after a per cent sign, or putting values in fails
            assert "%" not in PERCENT.sub("", said), text


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_signs_stay_in_front_of_figures_where_lines_run_from_right_to_left(language: str) -> None:
    for text, said in translated(language).items():
        alone = re.sub(f"\u2066(?:{SIGNED})\u2069", "", said)  # not U+2068: nothing in a figure says which way it runs
        assert not re.search(SIGNED, alone), text
        assert said.count("\u2066") == said.count("\u2069"), text
        assert not re.search("(?<!\u2066)[+−-][0-9]", said), text


# What the scripts say is put together in the browser: the words come from dictionaries in the views.


def words_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Entries of dictionaries like ``"saved": gettext("Saved")``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                match key, value:
                    case ast.Constant(value=str(name)), ast.Call(func=ast.Name(id="gettext"), args=[ast.Constant(value=str(text))]):
                        yield name, text


@pytest.fixture(scope="module")
def words() -> dict[str, set[str]]:
    """The texts behind each word that a script may use."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "webform" / "qmethod_webform" / "respondent").glob("*.py")):
        for name, text in words_in(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(text)
    return found


def scripts() -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted((ROOT / "webform" / "qmethod_webform" / "static").glob("*.js"))}


def fills() -> list[tuple[str, list[str], set[str]]]:
    """Of each call of ``fill`` in a script: where it is, the words it may fill, and the names it has values for."""
    found = []
    for name, code in scripts().items():
        for call in re.finditer(r"(?<!function )\bfill\(([^,]+), (\{[^}]*\}|\w+)\)", code):
            text, values = (" ".join(re.findall(rf"\b{it} = ([^;]+);", code)) if it.isidentifier() else it for it in call.groups())
            without_calls = re.sub(r"\([^()]*\)", "", values.strip("{} "))
            names = {part.partition(":")[0].strip() for part in without_calls.split(",")}
            found.append((f"{name}: {call[0]}", re.findall(r"\bwords\.(\w+)", text), names))
    return found


def test_every_use_of_fill_is_understood_by_these_tests() -> None:
    calls = sum(len(re.findall(r"(?<!function )\bfill\(", code)) for code in scripts().values())
    assert len(fills()) == calls > 10
    assert [where for where, names, _ in fills() if not names] == []


@pytest.mark.parametrize(("where", "names", "given"), fills(), ids=lambda value: value if isinstance(value, str) else "")
def test_scripts_have_a_value_for_every_placeholder_and_no_other(where: str, names: list[str], given: set[str], words: dict[str, set[str]]) -> None:
    filled = []
    for name in names:  # two pages may have the same word for different texts
        filled += (fitting := [placeholders for text in words[name] if (placeholders := set(BRACES.findall(text))) <= given])
        assert fitting, f"{where} leaves a placeholder open"
    assert given == set().union(*filled), f"{where} gives more than the text has room for"


def test_scripts_use_no_word_that_no_page_sends(words: dict[str, set[str]]) -> None:
    untranslated = {"low", "high"}  # the ends of the scale, which the study words
    used = {name for code in scripts().values() for name in re.findall(r"\bwords\.(\w+)", code)}
    assert used - untranslated <= set(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_speaks(language: str) -> None:
    """As the application reads it, through gettext, with values put in."""
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(io.BytesIO(file.read()))
    said = catalogue.gettext("Write a number from %(low)s to %(high)s.") % {"low": "0", "high": "70"}
    assert "70" in said
    assert "%" not in said
    assert string.Formatter().vformat(catalogue.gettext("Card {number} of {total}"), (), {"number": 1, "total": 42}).endswith("42")
