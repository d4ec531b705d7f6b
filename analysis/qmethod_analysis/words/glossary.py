"""What the words of Q methodology mean, in plain sentences: one source for the documentation and for every report."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from qmethod_analysis.words.language import SOURCE, language


@dataclass(frozen=True, slots=True)
class Term:
    """A term and what it means.

    Parameters
    ----------
    name : str
    text : str
        Two or three sentences for somebody who never heard of the method; program words stand between backquotes.
    forms : tuple of str
        Other ways in which a text uses it. One with a capital letter counts only as it is written.
    choices : tuple of str
        Choices of the method's conventions that it explains.
    """

    name: str
    text: str
    forms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The text without the backquotes."""
        return self.text.replace("`", "")


def spoken() -> str:
    """The language of the terms: the one that is being written, where they are in it, and else `SOURCE`."""
    return language() if _file(language()).is_file() else SOURCE


def terms() -> tuple[Term, ...]:
    """Every term, in the order of the alphabet, in the language of `spoken`."""
    return _terms(spoken())


def _file(code: str) -> Traversable:
    return files("qmethod_analysis.words") / ("glossary.toml" if code == SOURCE else f"glossary.{code}.toml")


@cache
def _terms(code: str) -> tuple[Term, ...]:
    read = tomllib.loads(_file(code).read_text(encoding="utf-8"))["terms"]
    made = (Term(one["name"], one["text"], tuple(one.get("forms", ())), tuple(one.get("choices", ()))) for one in read)
    return tuple(sorted(made, key=lambda term: term.name.casefold()))


def used_in(text: str) -> tuple[Term, ...]:
    """The terms that a text uses, in the order of the alphabet.

    Parameters
    ----------
    text : str
        Without markup.
    """
    plain = _plain(text)  # a form that is not even in here needs no search with an eye to capitals and the ends of words
    return tuple(term for term, forms, pattern in _patterns(spoken()) if any(form in plain for form in forms) and pattern.search(text))


@cache
def _patterns(code: str) -> tuple[tuple[Term, tuple[str, ...], re.Pattern[str]], ...]:
    return tuple((term, tuple(map(_plain, (term.name, *term.forms))), _pattern(term)) for term in _terms(code))


def _plain(text: str) -> str:
    """A text in which signs are alike that a pattern takes for the same letter."""
    return text.replace("İ", "i").replace("ı", "i").casefold()


def _pattern(term: Term) -> re.Pattern[str]:
    """A form as a whole word; small letters also stand for the capital at the beginning of a sentence and for any other."""
    forms = sorted((term.name, *term.forms), key=len, reverse=True)
    parts = (re.escape(form) if form != form.lower() else f"(?i:{re.escape(form)})" for form in forms)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")
