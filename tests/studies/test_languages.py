"""Languages by their codes, held to what the Unicode CLDR says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel import Locale
from babel.localedata import locale_identifiers

from qmethod_studies.languages import DRAFT, direction, interface_language, interface_languages, language_name

KNOWN = sorted(locale_identifiers())


def test_every_known_language_is_written_the_way_the_cldr_says() -> None:
    assert len(KNOWN) > 500
    sideways = [name for name in KNOWN if Locale.parse(name).text_direction in ("ltr", "rtl")]  # Mongolian script runs from top to bottom
    assert len(KNOWN) - len(sideways) < 10
    assert {name for name in sideways if direction(name.replace("_", "-")) != Locale.parse(name).text_direction} == set()


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("ku-Arab", "rtl"),
        ("ku-arab", "rtl"),
        ("ku", "ltr"),
        ("arc", "rtl"),
        ("pa-PK", "rtl"),
        ("ar-Latn", "ltr"),
        ("x", "ltr"),
        ("", "ltr"),
        ("AR", "rtl"),
    ],
)
def test_a_script_that_is_named_decides_and_an_unknown_language_runs_from_left_to_right(code: str, way: str) -> None:
    assert direction(code) == way


@pytest.mark.parametrize(
    ("code", "name"),
    [("es", "Español"), ("pt-BR", "Português (Brasil)"), ("ka", "ქართული"), ("eu", "Euskara"), ("qq", "qq"), ("not a code", "not a code")],
)
def test_a_language_is_called_what_it_calls_itself(code: str, name: str) -> None:
    assert language_name(code) == name


def test_the_languages_of_the_pages_are_the_catalogues_that_are_there(tmp_path: Path) -> None:
    for name, head, compiled in [("pt_BR", f"# Texts. {DRAFT}\n", True), ("nl", "# Texts.\n", True), ("da", "", False)]:
        folder = tmp_path / name / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text(f'{head}msgid ""\nmsgstr ""\n\n# {DRAFT}\nmsgid "a"\nmsgstr "b"\n', encoding="utf-8")
        if compiled:
            (folder / "messages.mo").write_bytes(b"")
    assert interface_languages(tmp_path) == {"en": False, "nl": False, "pt-BR": True}


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("es", "es"),
        ("es-MX", "es"),
        ("ar-Arab-EG", "ar"),
        ("zh", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-Hant", None),
        ("zh-TW", None),
        ("est", None),
        ("", None),
    ],
)
def test_a_variant_speaks_as_the_language_it_is_a_variant_of(code: str, spoken: str | None) -> None:
    assert interface_language(code) == spoken
