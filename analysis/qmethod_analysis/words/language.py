"""The language that is being written: texts, plurals and numbers in it.

A text that readers see is written in English in the source, whole, with named places::

    from qmethod_analysis.words.language import _, ngettext

    _("{sorts} define {name}.", sorts=sorts, name=name)
    ngettext("{n} statement", "{n} statements", n)  # `n` is put in with its thousands marked
    ngettext("{who} answers “{answer}”", "{who} answer “{answer}”", len(people), who=joined(people), answer=answer)

``N_`` marks a text of a constant, which ``_`` then says where it is written: ``_(REFLECTION[p.reflection])``. Numbers go in by `number` or
`qmethod_analysis.words.narrative.decimal`, lists by `joined` beside it. Never put a sentence together from pieces that say nothing alone: other
languages order and inflect them in other ways. A function that translates gives nothing else the name ``_``.

Which language it is, is settled where writing begins, ``with speaking("es"):``, for that thread and whatever copies its context; without it English.
What is remembered between calls must have the language among its keys.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel import Locale
from babel.numbers import format_decimal

from qmethod.errors import DataError, Fault, Setting
from qmethod_studies.languages import interface_languages, language_name

SOURCE = "en"
"""The language in which the source has its texts."""
CATALOGUES = Path(__file__).parent / "translations"

LARGE = 1_000_000
"""Amounts from here on have their thousands marked; smaller ones may be years."""

_spoken: ContextVar[str] = ContextVar("spoken", default=SOURCE)


def languages() -> Mapping[str, bool]:
    """The languages that can be written, `SOURCE` first, and whether each is a draft that no native speaker has read."""
    return interface_languages(CATALOGUES)


def language() -> str:
    """The code of the language that is being written."""
    return _spoken.get()


def checked(code: str) -> str:
    """A language that can be written.

    Parameters
    ----------
    code : str

    Raises
    ------
    DataError
        If there is no catalogue for it; it lists those there are.
    """
    if code in languages():
        return code
    there = ", ".join(f"{known} ({language_name(known)})" for known in languages())
    asked = Setting("language")
    message = f"reports are not written in the language {code!r}"
    raise DataError([Fault(message, advice=f"Choose with {asked} one of those there are: {there}.", settings=(asked,))])


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Write in a language for as long as this lasts.

    Parameters
    ----------
    code : str
        One of `languages`; empty for `SOURCE`.

    Raises
    ------
    DataError
        For a language that there is not.
    """
    before = _spoken.set(checked(code or SOURCE))
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.NullTranslations() if code == SOURCE else gettext.translation("messages", CATALOGUES, [code.replace("-", "_")])


def _(message: str, /, **values: object) -> str:
    """A text in the language that is being written, with its places filled.

    Parameters
    ----------
    message : str
        The English text.
    **values
        What stands in its places.
    """
    said = _catalogue(language()).gettext(message)
    return said.format(**values) if values else said


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """The text that goes with a number, which itself stands at its place ``{n}`` if it has one.

    Parameters
    ----------
    one, many : str
        The English text for one, and for any other number.
    n : int
    **values
        What stands in its other places.
    """
    return _catalogue(language()).ngettext(one, many, n).format(n=number(n, ","), **values)


class InLanguage(str):
    """A text in a language of its own, which formats that can say so mark: a statement, words of a participant, a notice without a translation.

    Parameters
    ----------
    text : str
    language : str
        Its code; empty where it is not known.
    """

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str) -> InLanguage:
        """The text, with its language."""
        made = super().__new__(cls, text)
        made.language = language
        return made


def draft_note() -> str:
    """What says of a text that its translation is a draft; empty where it is none."""
    return _("This translation is a draft that no native speaker has read. What it lacks stands in English.") if languages()[language()] else ""


def N_(message: str, /) -> str:
    """A text as it is: marked for the catalogues, to be said by `_` later."""
    return message


def amount(value: float) -> str:
    """An amount that people told, such as an age or an income: never in powers of ten.

    Parameters
    ----------
    value : float
    """
    return number(value) if abs(value) < LARGE else number(round(value), ",")


def number(value: float, spec: str = "g") -> str:
    """A number as the language writes it.

    Parameters
    ----------
    value : float
    spec : str, default "g"
        How Python is to format it: ``".2f"``, ``"g"``, or ``","`` for a whole number with its thousands marked.
    """
    if language() == SOURCE:
        return format(value, spec)
    locale = Locale.parse(language(), sep="-")
    return format_decimal(value, locale=locale) if spec == "," else format(value, spec).replace(".", locale.number_symbols["latn"]["decimal"])
