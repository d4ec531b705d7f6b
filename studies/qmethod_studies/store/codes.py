"""Codes and secrets: how they are made, read back and kept. What is kept lets nobody in.

A respondent's code is derived from the key that the page sent when it began, and the store's own secret. The store keeps neither code nor key, only
their hashes; whoever sends the same key again can be told the same code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
import secrets
import unicodedata
from itertools import pairwise

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without 0, O, 1, I, L and U."""
CODE_LENGTH = 12
ACCESS_CODE_LENGTH = 10
SHORTEST_CHOSEN = 8
LEAST_BITS = 36
"""Of a code that a person chooses: more tries than a network gets in a thousand years, where a server looks at 14,400 wrong ones of each a day."""
_NAME_LETTERS = "bcdfghjkmnpqrstvwxz"
_NAME_SIGNS = _NAME_LETTERS + "23456789"


def normal(code: str) -> str:
    """A code as it is compared: capitals, without blanks and hyphens of any kind."""
    folded = unicodedata.normalize("NFKC", code).casefold().upper()
    return "".join(sign for sign in folded if not sign.isspace() and unicodedata.category(sign) not in ("Pd", "Cf"))


def grouped(code: str, size: int) -> str:
    """A code in groups, as people read it: ``XXXX-XXXX-XXXX``."""
    return "-".join(code[i : i + size] for i in range(0, len(code), size))


def sha256(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def code_hash(code: str) -> str:
    """What is kept of a respondent's code, however it was typed."""
    return sha256(normal(code))


def new_number() -> int:
    """A number for a person or a response: 53 random bits, so that none is given twice, not even by a copy of the database."""
    return secrets.randbits(53) + 1


def response_code(secret: str, study: str, key: str) -> str:
    """The respondent's code that belongs to a key, in groups of four; 12 signs of 30, so about 59 bits."""
    return _signs(_hmac(secret, f"code\n{study}\n{key}"), CODE_LENGTH)


def _signs(digest: bytes, length: int) -> str:
    """The signs of a digest, in groups of four."""
    number = int.from_bytes(digest, "big")
    signs = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[rest])
    return grouped("".join(signs), 4)


def receipt(secret: str, study: str, code_hash: str) -> str:
    """What a panel gets: 16 signs, about 78 bits, that belong to one respondent's code and lead back to nothing."""
    return _signs(_hmac(secret, f"receipt\n{study}\n{code_hash}"), 16)


def link_key(secret: str, study: str, whose: str) -> str:
    """The key of whoever begins by a personal link, the same on every device."""
    return "link-" + _hmac(secret, f"link\n{study}\n{whose}").hex()[:48]


def signature(secret: str, study: str, participant: str) -> str:
    """The signature of a participant's id in an address."""
    return base64.urlsafe_b64encode(_hmac(secret, f"participant\n{study}\n{participant}")[:16]).decode().rstrip("=")


def _hmac(secret: str, text: str) -> bytes:
    return hmac.digest(bytes.fromhex(secret), text.encode(), "sha256")


def guessed_bits(code: str) -> float:
    """How hard a code that a person has chosen is to guess, in bits, for somebody who tries words, names, years and rows of signs first.

    Each run of letters counts as one word of some thousands, unless it has too few vowels to be one; a run of digits by its length, but a year, and
    signs that follow one another, for little; what stands twice counts once. Blanks and hyphens are no part of a code, but part its words.
    """
    bits = 0.0
    for run in set(re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFKC", code).casefold())):
        steps = {ord(b) - ord(a) for a, b in pairwise(run)}
        if len(run) > 1 and steps in ({0}, {1}, {-1}):
            bits += 5.0
        elif run.isdigit():
            bits += 7.0 if re.fullmatch("(19|20)[0-9]{2}", run) else 3.3 * len(run)
        else:
            word = sum(sign in "aeiouy" or not sign.isascii() for sign in run) * 4 >= len(run)
            bits += min(4.7 * len(run), 13.0 if word else math.inf)
    return bits


def strengthened(code: str) -> str:
    """A code that a person has chosen, with eight signs drawn behind it, which are hard enough to guess by themselves."""
    while True:
        made = f"{code.strip()}-{grouped(''.join(secrets.choice(ALPHABET) for _ in range(8)), 4)}"
        if guessed_bits(made) >= LEAST_BITS:
            return made


def new_link() -> str:
    """A secret for a link: 22 characters that an address takes, 128 bits."""
    return secrets.token_urlsafe(16)


def new_access_code() -> str:
    """An access code, ``XXXXX-XXXXX``; about 49 bits."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(ACCESS_CODE_LENGTH)), 5)


def new_participant() -> str:
    """A pseudonym of 8 signs, which is what PQMethod's names hold. No vowels, so no words; a letter first, so no number."""
    return secrets.choice(_NAME_LETTERS) + "".join(secrets.choice(_NAME_SIGNS) for _ in range(7))


def secret_hash(kind: str, secret: str, salt: str) -> str:
    """What is kept of the secret of an invitation.

    A link has 128 random bits, for which SHA-256 will do. Codes are short or chosen by people, so guessing them is made slow: scrypt, with one salt
    for each study, so that a look-up costs one computation.
    """
    if kind == "link":
        return sha256(secret.strip())
    # Hashed first, because scrypt takes a password and the same with NULs behind it for one.
    password = hashlib.sha256(normal(secret).encode()).digest()
    return hashlib.scrypt(password, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()
