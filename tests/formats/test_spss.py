"""SPSS's data sets: those of another writer, and those of our own after the description of the format, in either order of bytes."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError
from tests.formats.datasets import by_participant, by_statement, sav
from tests.formats.test_workbooks import STUDY
from tests.formats.workbooks import Study, studies

FILES = Path(__file__).parent / "spss"
"""Written by pyreadstat 1.3.7, whose writer is ReadStat's."""
few = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize("name", ["long-texts.sav", "packed-by-zlib.zsav", "packed-by-codes.sav"])
def test_what_another_program_wrote(name: str) -> None:
    """A comment of 750 letters behind the sorts, a name longer than 8, letters with accents, and -99 declared as missing."""
    data = qmethod.read(FILES / name)
    assert data.participants == ("Zoë, mother of two", "José", "ann")
    expected = STUDY.sorts.astype(float)
    expected[1, 1] = np.nan
    assert np.array_equal(data.sorts, expected, equal_nan=True)
    assert data.texts == STUDY.texts
    assert any("'comment'" in notice.message for notice in data.notices if notice.code == "columns-ignored")


def test_words_for_values_are_wordings_of_the_statements() -> None:
    data = qmethod.read(FILES / "words-for-values.sav")
    assert data.sorts.tolist() == STUDY.sorts.tolist()
    assert data.statements == ("1", "2", "3", "4")
    assert data.texts == STUDY.texts
    assert "the labels of the values of 'statement'" in {notice.code: notice.message for notice in data.notices}["wordings-from-labels"]


@given(study=studies(), order=st.sampled_from("<>"), packed=st.booleans())
@few
def test_participants_in_rows_with_labels_as_wordings(study: Study, order: str, packed: bool) -> None:
    frame, labels = by_participant(study)
    data = qmethod.read(sav(frame, labels, order=order, packed=packed))
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.participants == study.participants
    assert data.statements == tuple(labels)
    assert data.texts == study.texts


@given(study=studies(), order=st.sampled_from("<>"), packed=st.booleans(), worded=st.booleans())
@few
def test_statements_in_rows(study: Study, order: str, packed: bool, worded: bool) -> None:
    """Wordings in a column, or as words for the numbers of the statements."""
    frame, labels = by_statement(study)
    words = {"StatNo": {float(i + 1): text for i, text in enumerate(study.texts)}}
    data = qmethod.read(
        sav(frame.drop(columns="statement") if worded else frame, labels, order=order, packed=packed, words=words if worded else None)
    )
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.statements == tuple(str(i + 1) for i in range(len(study.texts)))
    assert data.texts == study.texts


def test_a_fault_names_observation_and_variable() -> None:
    frame, labels = by_participant(STUDY)
    frame["s2"] = ["1", "none", "0"]
    with pytest.raises(DataError, match=r"bytes:2:3: observation 2, variable 's2': 'none' is not a placement \(participant ben, statement s2\)"):
        qmethod.read(sav(frame, labels))


@given(which=st.sampled_from(sorted(FILES.iterdir())), where=st.floats(0, 1), junk=st.binary(max_size=4))
@settings(max_examples=200, deadline=None)
def test_whatever_is_damaged_is_refused_in_words(which: Path, where: float, junk: bytes) -> None:
    raw = which.read_bytes()
    at = int(where * len(raw))
    for damaged in (raw[:at] + junk + raw[at + len(junk) :], raw[:at], raw[:at] + junk + raw[at:]):
        with contextlib.suppress(DataError):  # whatever else is raised fails
            qmethod.read(damaged)
