"""The hash of a code that is worked out once is that of scrypt, for each code and each salt."""

from __future__ import annotations

import hashlib
from itertools import product
from typing import Any

from qmethod_studies.store.codes import secret_hash
from tests.codes import remembering

FEW = {"n": 2, "r": 1, "p": 1, "dklen": 16}


def test_each_is_computed_once_and_is_what_it_would_be() -> None:
    computed: list[Any] = []

    def counting(password: bytes, **given: Any) -> bytes:
        computed.append(password)
        return hashlib.scrypt(password, **given)

    scrypt = remembering(counting)
    asked = [{"password": password, "salt": salt, **FEW, "dklen": long} for password, salt, long in product((b"a", b"b"), (b"x", b"y"), (16, 32))]
    for _ in range(2):
        assert [scrypt(**one) for one in asked] == [hashlib.scrypt(**one) for one in asked]
    assert len(computed) == len(asked) == 8


def test_what_the_store_keeps_of_a_code_is_scrypt_of_it() -> None:
    salt = "00ff" * 8
    password = hashlib.sha256(b"LEEDSAUTUMN4417").digest()
    wanted = hashlib.scrypt(password, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()
    assert {secret_hash("code", "leeds-autumn-4417", salt) for _ in range(2)} == {wanted}
    assert secret_hash("code", "leeds-autumn-4417", salt[::-1]) != wanted
