"""Names of people in texts, however they are spelt: capitals, accents, punctuation and the order of words make no difference."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

SHORTEST = 3
"""Letters of a part of a name from which on it is looked for."""
COMMON = 3
"""People with one word in their names from whom on, if they are a tenth of all, the word identifies nobody: ``participant``, ``Prof``."""
_BETWEEN = re.compile(r"[\W_]+")
_ALONE = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"})
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def plain_words(text: str, *, spelt_out: bool = False) -> str:
    """The words of a text in small plain letters, one blank between them and one at each end.

    Parameters
    ----------
    text : str
    spelt_out : bool, default False
        Whether ``ü`` becomes ``ue`` and not ``u``.

    Examples
    --------
    >>> plain_words("SMITH, Zoë"), plain_words("Müller", spelt_out=True)
    (' smith zoe ', ' mueller ')
    """
    if text.isascii():  # nothing in it to fold, spell out or drop
        return f" {' '.join(_BETWEEN.sub(' ', text.lower()).split())} "
    small = unicodedata.normalize("NFC", text.casefold())
    small = small.translate(_SPELT_OUT) if spelt_out else small
    kept = unicodedata.normalize("NFKD", small.translate(_ALONE))
    for sign in set(kept):  # few in the longest text
        if unicodedata.category(sign) in ("Mn", "Cf"):
            kept = kept.replace(sign, "")
    words = _BETWEEN.sub(" ", kept).split()
    return f" {' '.join(words)} "


def spellings(name: str) -> set[str]:
    """A name as `plain_words` would have it in a text, with its words in their order and the last one first.

    Parameters
    ----------
    name : str
    """
    words = name.split()
    orders = (" ".join(words), " ".join(words[-1:] + words[:-1]))
    return {plain_words(order, spelt_out=spelt_out) for order in orders for spelt_out in (False, True)} - {"  "}


def _unnumbered(name: str) -> set[str]:
    """``Anna Müller`` of ``Dr. Anna Müller 1``: what two or more long words without a digit leave of a name."""
    words = [word for word in name.split() if not any(sign.isdigit() for sign in word) and len(plain_words(word).strip()) >= SHORTEST]
    return spellings(" ".join(words)) if len(words) > 1 else set()


def parts(names: Iterable[str]) -> dict[str, str]:
    """Words of names that say who is meant, by how `plain_words` has them, with the name they are from.

    Parameters
    ----------
    names : iterable of str
    """
    every = list(names)
    of = {name: {word for spelt_out in (False, True) for word in plain_words(name, spelt_out=spelt_out).split()} for name in every}
    counts = Counter(word for words in of.values() for word in words)
    shared = {word for word, n in counts.items() if n >= max(COMMON, len(every) / 10)}
    return {
        f" {word} ": name
        for name, words in of.items()
        if len(words) > 1
        for word in sorted(words - shared)
        if len(word) >= SHORTEST and not any(sign.isdigit() for sign in word)
    }


def named(lines: Iterable[str], names: Iterable[str], pieces: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Which names stand in a text, each with how it is spelt there where that is another way.

    Parameters
    ----------
    lines : iterable of str
        What stands in two of them is no name.
    names : iterable of str
        Looked for as a whole, in any spelling; with a digit in it, signs between its words count, lest ``R-25`` be found in ``r = .25``.
    pieces : mapping of str to str
        From `parts`.
    """
    flat = [" ".join(line.split()) for line in lines if line.strip()]
    ways = [(line, way) for line in flat for way in (False, True) if not (way and line.isascii())]
    whole, plain = "\n".join(flat).casefold(), "\n".join(plain_words(line, spelt_out=way) for line, way in ways)
    there = set(plain.split())  # most names are ruled out by their words alone, which takes no second look at the text
    found = []
    for name in names:
        if any(sign.isdigit() for sign in name):
            numbered = " ".join(name.split()).casefold()
            if (numbered in whole and re.search(rf"(?<!\w){re.escape(numbered)}(?!\w)", whole)) or any(spelt in plain for spelt in _unnumbered(name)):
                found.append(name)
        elif any(spelt in plain for spelt in spellings(name) if there.issuperset(spelt.split())):
            found.append(name)
    found += [f"{piece.strip()} ({name})" for piece, name in pieces.items() if piece in plain and name not in found]
    return found
