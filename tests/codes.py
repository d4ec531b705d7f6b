"""The slow hash of a code, worked out once in a run for each code and salt.

What is kept of a code is made slow on purpose, and tests ask for the same code again and again. The figures are those of scrypt itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from qmethod_studies.store import codes

Hash = Callable[..., bytes]


def remembering(scrypt: Hash) -> Hash:
    """A scrypt that computes the same only once."""
    known: dict[object, bytes] = {}

    def computed(password: bytes, **given: object) -> bytes:
        asked = (password, *sorted(given.items()))
        if asked not in known:
            known[asked] = scrypt(password, **given)
        return known[asked]

    return computed


@pytest.fixture(scope="session", autouse=True)
def codes_once() -> Iterator[None]:
    """In this process; servers and commands that tests start compute anew."""
    real = codes.hashlib
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(codes, "hashlib", SimpleNamespace(sha256=real.sha256, scrypt=remembering(real.scrypt)))
        yield
