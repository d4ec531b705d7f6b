"""Languages by their codes: what each is called in itself, which way it is written, and which ones the pages of a survey speak.

What is known of all languages is imported when one is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal

INTERFACE_SOURCE = "en"
"""The language that the texts of the pages are written in."""

DRAFT = "A draft: no native speaker has read it yet."
"""What the head of a catalogue says for as long as this is so."""

_RIGHT_TO_LEFT = frozenset(["adlm", "arab", "armi", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa"])
"""Scripts by their ISO 15924 codes; of each language the Unicode CLDR knows the usual one."""


def language_name(code: str) -> str:
    """The name of a language in the language itself, as it begins a line; the code where it is not known."""
    from babel import Locale, UnknownLocaleError

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
    return "rtl" if _script(code) in _RIGHT_TO_LEFT else "ltr"


def _script(code: str) -> str:
    """The script that a code names, else the usual one of the language, as its ISO 15924 code in small letters; empty where nothing is known."""
    from babel.core import get_global

    base, *rest = code.lower().split("-")
    usual = get_global("likely_subtags")
    full = next((usual[key] for part in rest if (key := f"{base}_{part.upper()}") in usual), usual.get(base, ""))
    return next((part.lower() for part in (*rest, *full.split("_")) if len(part) == 4 and part.isalpha()), "")


@cache
def catalogues() -> Path:
    """The folder of the texts of the pages in other languages. It lies with the pages; nothing of theirs is imported to find it."""
    spec = find_spec("qmethod_webform")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the package qmethod_webform, which comes with this one, is not there")
    return Path(spec.origin).parent / "translations"


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
    return _in(folder or catalogues())


@cache
def _in(folder: Path) -> Mapping[str, bool]:
    compiled = sorted(folder.glob("*/LC_MESSAGES/messages.mo"))
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
        For example ``"pt-BR"``; ``"zh"`` and ``"zh-SG"`` are ``"zh-Hans"``, because this is how they are written, and ``"zh-TW"`` is not.

    Returns
    -------
    str or None
        None where there is no translation; the pages are in `INTERFACE_SOURCE` then.
    """
    parts = code.split("-")
    nearer = [*("-".join(parts[:n]) for n in range(len(parts), 0, -1)), f"{parts[0]}-{_script(code).title()}"]
    return next((known for known in nearer if known in interface_languages()), None)


def interface_texts() -> tuple[str, ...]:
    """Every text of the pages, in `INTERFACE_SOURCE`. Each catalogue lists them all, whether translated or not."""
    return _listed(min(catalogues().glob("*/LC_MESSAGES/messages.po")))


@cache
def _listed(catalogue: Path) -> tuple[str, ...]:
    from babel.messages.pofile import read_po

    with catalogue.open("rb") as file:
        return tuple(str(message.id) for message in read_po(file) if message.id)


def interface_translations(code: str) -> Mapping[str, str]:
    """What the pages say in a language of a study, by the text in `INTERFACE_SOURCE`.

    Parameters
    ----------
    code : str

    Returns
    -------
    mapping of str to str
        What is translated; of `INTERFACE_SOURCE` and its variants each text itself, and nothing of a language that the pages do not speak.
    """
    spoken = interface_language(code)
    if spoken is None:
        return MappingProxyType({})
    return _translated(None if spoken == INTERFACE_SOURCE else catalogues() / spoken.replace("-", "_") / "LC_MESSAGES" / "messages.mo")


@cache
def _translated(catalogue: Path | None) -> Mapping[str, str]:
    from babel.messages.mofile import read_mo

    if catalogue is None:
        return MappingProxyType({text: text for text in interface_texts()})
    with catalogue.open("rb") as file:
        return MappingProxyType({str(message.id): str(message.string) for message in read_mo(file) if message.id and message.string})
