"""Signs that an output cannot write, as signs near to them that it can: a minus as ``-``, a letter without its accent."""

from __future__ import annotations

import codecs
import unicodedata

from qmethod.minus import plain_minus

NAME = "qmethod-plain"
"""What the way is called in `errors` of a stream."""
_NEAR = str.maketrans(
    {"…": "...", "•": "*", "·": ".", "×": "x", "→": "->", "←": "<-", "≥": ">=", "≤": "<=", "φ": "phi"}
    | dict.fromkeys("‘’‚", "'")
    | dict.fromkeys("“”„«»", '"')
    | {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "ı": "i"}
)


def near(text: str) -> str:
    r"""A text in ASCII; a sign that has none near to it by its number, as ``\u0639``, so that no two names become one.

    Examples
    --------
    >>> near("−4 España, naïve …")
    '-4 Espana, naive ...'
    """
    apart = unicodedata.normalize("NFKD", plain_minus(text).translate(_NEAR))
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).encode("ascii", "backslashreplace").decode("ascii")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return near(error.object[error.start : error.end]), error.end


codecs.register_error(NAME, _replace)
