"""Texts in any language on paper: which way they run, where a long word may break, and the marks that keep a full stop on its side."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Reach = Literal["plain", "tall", "marks"]

SOFT, RIGHT_MARK = "\u00ad", "\u200f"
"""The hyphen that only shows where a line breaks, and the sign without width that runs from right to left."""
HYPHENATED_LANGUAGES = frozenset(
    "af be bg ca cs da de el en es et fi fr hr hu is it ka ku la lt mn nb nl nn no pl pt ru sk sl sq sr sv tk tr uk".split()  # noqa: SIM905
)
"""Languages that Typst hyphenates by their own patterns."""
LONG, STRETCH = 9, 9
"""Letters from which a word of another language is given places to break, and from which a stretch without a syllable is."""
VOWELS = frozenset("aeiouyæøœıаеёиоуыэюяєіїαεηιουω")
REGIONS = {
    "af": "ZA", "ar": "SA", "ca": "ES", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR", "en": "GB", "es": "ES", "et": "EE", "fa": "IR", "fi": "FI",
    "fr": "FR", "he": "IL", "hi": "IN", "hr": "HR", "hu": "HU", "is": "IS", "it": "IT", "ja": "JP", "ko": "KR", "lt": "LT", "lv": "LV", "nb": "NO",
    "nl": "NL", "nn": "NO", "pl": "PL", "pt": "PT", "ro": "RO", "ru": "RU", "sk": "SK", "sl": "SI", "sv": "SE", "tr": "TR", "uk": "UA", "ur": "PK",
    "vi": "VN", "zh": "CN",
}  # fmt: skip
"""The region that Word wants beside a language to find its dictionary."""
SCRIPTS = (
    ("he", "\u0590", "\u05ff"), ("ar", "\u0600", "\u08ff"), ("ja", "\u3040", "\u30ff"), ("ko", "\uac00", "\ud7a3"), ("zh", "\u4e00", "\u9fff"),
)  # fmt: skip
"""The language to take a text for where nobody said which it is, by the first and the last sign of a script; none where it could be several."""
_AFTER_RIGHT = re.compile(r"([\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])([.,;:!?…»”’\"')\]]+)(?=\s|$)")


def leftward(text: str) -> bool:
    """Whether a text runs from right to left: most of its letters do.

    Parameters
    ----------
    text : str
    """
    if text.isascii():
        return False
    ways = [unicodedata.bidirectional(sign) for sign in text]
    return ways.count("R") + ways.count("AL") > ways.count("L")


def marked(text: str) -> str:
    """Text that runs from left to right, with a mark after the punctuation that closes a word of the other direction, so that it stays on its side.

    Parameters
    ----------
    text : str
    """
    return text if leftward(text) else _AFTER_RIGHT.sub(rf"\1\2{RIGHT_MARK}", text)


def reach(text: str) -> Reach:
    """How far the letters of a text reach above and below those of English.

    Parameters
    ----------
    text : str

    Returns
    -------
    {'plain', 'tall', 'marks'}
        ``tall``: accents on capitals, two of them on a letter, or letters of a script without capitals other than Chinese, Japanese and Korean.
        ``marks``: vowels or accents above or below a letter that are signs of their own.
    """
    found: Reach = "plain"
    for sign in unicodedata.normalize("NFC", text):
        if unicodedata.east_asian_width(sign) in "WF":
            continue
        letter = unicodedata.normalize("NFD", sign)
        if unicodedata.combining(sign):
            return "marks"
        if unicodedata.category(letter[0]) == "Lo" or len(letter) > 2 or (len(letter) > 1 and letter[0].isupper()):
            found = "tall"
    return found


def language_of(text: str, known: str = "") -> str:
    """The language of a text: the one that is known, else that of its script; empty where neither says.

    Parameters
    ----------
    text : str
    known : str, optional
        A tag such as ``de`` or ``pt-BR``.
    """
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", known):
        return known
    counts = {name: sum(first <= sign <= last for sign in text) for name, first, last in SCRIPTS}
    likely = max(counts, key=lambda name: counts[name])
    return likely if counts[likely] else ""


def tag(language: str) -> str:
    """The tag by which Word finds a language, such as ``de-DE``.

    Parameters
    ----------
    language : str
        A tag, with a region or without.
    """
    return language if "-" in language or language not in REGIONS else f"{language}-{REGIONS[language]}"


def breakable(text: str, language: str = "", *, patterns: bool = False) -> str:
    """Text whose long words have places to break, as soft hyphens.

    Parameters
    ----------
    text : str
    language : str, optional
    patterns : bool, default False
        Whether the program that sets it hyphenates the language itself, so that only what has no syllables needs help.

    Notes
    -----
    Places are found by a rule for any alphabet: before a consonant with a vowel after it, at least three letters from either end of the word.
    It is no dictionary. Words of scripts without such letters break after every `STRETCH` of them; Chinese, Japanese and Korean break anywhere and
    are left alone, and so are scripts that join their letters.
    """
    own = patterns and language.partition("-")[0].lower() in HYPHENATED_LANGUAGES
    return re.sub(rf"\S{{{LONG},}}", lambda found: _broken(found[0], own=own), text)


def _broken(word: str, *, own: bool) -> str:
    if any(unicodedata.east_asian_width(sign) in "WF" or unicodedata.bidirectional(sign) in ("R", "AL") for sign in word):
        return word
    plain = [unicodedata.normalize("NFD", sign.lower())[:1] for sign in word]
    made, since = "", 0
    for i, sign in enumerate(word):
        inside = 2 < i < len(word) - 2 and not unicodedata.combining(sign) and not (made and made[-1] in SOFT + "-")
        syllable = inside and since > 2 and plain[i] not in VOWELS and plain[i + 1] in VOWELS and plain[i].isalpha()
        if (syllable and not own) or (inside and since >= STRETCH):
            made, since = made + SOFT, 0
        elif syllable:
            since = 0
        made, since = made + sign, since + 1
    return made
