"""Whether the words of statements fit into the columns of the board."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from qmethod.notice import Notice
from qmethod.wording import listed
from qmethod_studies.definition import Study

SCREEN = 1366
"""Pixels of the screen that the board is laid out for; a notebook's."""
LETTERS_ON_A_PHONE = 30
"""Letters that a card takes in one line on a phone."""
_AROUND, _GAP, _EDGES, _LETTER = 24, 6, 13, 6.4
"""Pixels beside the board, between its columns, of the edges of a card, and of a letter in the smallest type."""
_BREAKS = re.compile(r"[ \t\r\n\f\v\u00ad\u200b\u2000-\u200a\u2028\u2029\u2010\u2012-\u2014/?-]+")
_BY_MEANING = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer: browsers know where their words end."""


def letters_in_a_column(columns: int) -> int:
    """How many letters a card takes in one line, where the board has so many columns.

    Parameters
    ----------
    columns : int
    """
    room = (SCREEN - _AROUND - _GAP * (columns - 1)) / columns - _EDGES
    return min(LETTERS_ON_A_PHONE, int(room / _LETTER))


def unbroken(text: str) -> Iterator[str]:
    """The parts of a text that no browser breaks by itself, one after the other.

    Parameters
    ----------
    text : str
        For example ``"well-known facts"``: ``"well"``, ``"known"``, ``"facts"``. In scripts that are written without spaces every letter is a part.
    """
    for word in _BREAKS.split(text):
        part = ""
        for letter in word:
            if unicodedata.east_asian_width(letter) in "WF" or _BY_MEANING.match(letter):
                if part:
                    yield part
                part = ""
            else:
                part += letter
        if part:
            yield part


def length(word: str) -> int:
    """How many letters a word has; marks over and under them, and what joins them, are none.

    Parameters
    ----------
    word : str
    """
    return sum(unicodedata.category(letter) not in ("Mn", "Me", "Cf") for letter in word)


def about_words(study: Study) -> Iterator[Notice]:
    """Words that a column of the board has to break.

    Parameters
    ----------
    study : Study
    """
    most = letters_in_a_column(len(study.columns))
    found = {
        word: statement.id
        for statement in study.statements
        for text in statement.text.root.values()
        for word in unbroken(text)
        if length(word) > most
    }
    if found:
        named = listed([f"{word!r} in {name}" for word, name in found.items()], 5)
        message = (
            f"A column of this board takes about {most} letters in a line; longer words are broken where the line ends: {named}. "
            "A soft hyphen (U+00AD) in a word says where it may be broken."
        )
        yield Notice("long-word", message, statements=tuple(dict.fromkeys(found.values())))
