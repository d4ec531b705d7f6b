"""Languages by their codes: what each is called in itself, which way it is written, and which ones the pages of a survey speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.core import get_global

INTERFACE_SOURCE = "en"
"""The language that the texts of the pages are written in."""

DRAFT = "A draft: no native speaker has read it yet."
"""What the head of a catalogue says for as long as this is so."""

_RIGHT_TO_LEFT = frozenset(["adlm", "arab", "armi", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa"])
"""Scripts by their ISO 15924 codes; of each language the Unicode CLDR knows the usual one."""


def language_name(code: str) -> str:
    """The name of a language in the language itself, as it begins a line; the code where it is not known."""
    try:
        name = Locale.parse(code, sep="-").get_display_name()
    except (ValueError, UnknownLocaleError):
        name = None
    return name[:1].title() + name[1:] if name else code


def direction(code: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written: in the script that its code names, else in its usual one.

    Parameters
    ----------
    code : str
        For example ``"ar"``, ``"pa-PK"`` or ``"ku-Arab"``.
    """
    base, *rest = code.lower().split("-")
    usual = get_global("likely_subtags")
    full = next((usual[key] for part in rest if (key := f"{base}_{part.upper()}") in usual), usual.get(base, ""))
    scripts = [part.lower() for part in (*rest, *full.split("_")) if len(part) == 4 and part.isalpha()]
    return "rtl" if scripts and scripts[0] in _RIGHT_TO_LEFT else "ltr"


def catalogues() -> Path:
    """The folder of the texts of the pages in other languages. It lies with the pages; nothing of theirs is imported to find it."""
    spec = find_spec("qmethod_webform")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the package qmethod_webform, which comes with this one, is not there")
    return Path(spec.origin).parent / "translations"


@cache
def interface_languages(folder: Path | None = None) -> Mapping[str, bool]:
    """The languages that the pages speak, by what catalogues there are.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where the catalogues are; without it those of the pages.

    Returns
    -------
    mapping of str to bool
        By code, `INTERFACE_SOURCE` first: whether it is a draft that no native speaker has read yet, as the head of the catalogue says.
    """
    compiled = sorted((folder or catalogues()).glob("*/LC_MESSAGES/messages.mo"))
    drafts = {file.parts[-3].replace("_", "-"): DRAFT in "".join(_head(file.with_suffix(".po"))) for file in compiled}
    return MappingProxyType({INTERFACE_SOURCE: False, **drafts})


def _head(catalogue: Path) -> Iterator[str]:
    """The comment at the top of a catalogue."""
    with catalogue.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                return
            yield line


def interface_language(code: str) -> str | None:
    """The language in which the pages speak to whoever reads a language of a study: that language, or the one it is a variant of.

    Parameters
    ----------
    code : str
        For example ``"pt-BR"``.

    Returns
    -------
    str or None
        None where there is no translation; the pages are in `INTERFACE_SOURCE` then.
    """
    parts = code.split("-")
    nearer = ("-".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((known for known in nearer if known in interface_languages()), None)


def interface_spoken() -> str:
    """The languages of the pages in words: ``English, Español (draft)``."""
    return ", ".join(f"{language_name(code)}{' (draft)' if draft else ''}" for code, draft in interface_languages().items())
