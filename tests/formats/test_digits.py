"""Numbers in whatever digits a keyboard writes: those of a script are read, all other signs that count as digits are refused in words."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod import DataError, read
from tests.formats.decorated import Written, studies

anyhow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
DIGITS = [chr(code) for code in range(128, sys.maxunicode) if chr(code).isdigit() or chr(code).isnumeric()]
ZEROS = [sign for sign in DIGITS if unicodedata.decimal(sign, None) == 0]


@given(studies(), st.sampled_from(ZEROS), st.sampled_from("-－−"))
@anyhow
def test_digits_of_every_script_are_read(tmp_path: Path, written: Written, zero: str, minus: str) -> None:
    own = str.maketrans({str(digit): chr(ord(zero) + digit) for digit in range(10)} | {"-": minus})
    values = {str(value) for value in np.unique(written.sorts).tolist()}
    cells = [[cell.translate(own) if i and j and cell in values else cell for j, cell in enumerate(row)] for i, row in enumerate(written.cells)]
    (tmp_path / "sorts.csv").write_text("\n".join(map(",".join, cells)), encoding="utf-8")
    found = read(tmp_path / "sorts.csv")
    assert np.array_equal(found.sorts, written.sorts)


@given(st.lists(st.sampled_from(DIGITS), min_size=1, max_size=3).map("".join), st.integers(1, 6), st.integers(1, 6))
@anyhow
def test_no_sign_that_counts_as_a_digit_breaks_a_reader(tmp_path: Path, sign: str, down: int, across: int) -> None:
    """In one cell, in some and in all."""
    rows = [[sign if i < down and j < across else str((i + j) % 3) for j in range(6)] for i in range(6)]
    lines = ["statement,a,b,c,d,e,f", *(",".join([f"s{i}", *row]) for i, row in enumerate(rows, 1))]
    (tmp_path / "sorts.csv").write_text("\n".join(lines), encoding="utf-8")
    try:
        found = read(tmp_path / "sorts.csv")
    except DataError:
        return
    assert (found.sorts[:down, :across] == int("".join(str(unicodedata.decimal(one)) for one in sign))).all()
