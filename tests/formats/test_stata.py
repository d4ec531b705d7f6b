"""Stata's data sets, in every format, either order of bytes and each type of number: pandas writes, we read."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError
from tests.formats.datasets import by_participant, by_statement, stata
from tests.formats.test_workbooks import STUDY
from tests.formats.workbooks import Study, studies

few = settings(max_examples=25, deadline=None)
VERSIONS = (114, 117, 118, 119)


def plainer(study: Study, version: int) -> Study:
    """Names and wordings without what older formats have no letters or no room for."""
    if version >= 118:
        return study
    names = tuple(name.replace("ë", "e") for name in study.participants)
    return Study(study.grid, study.sorts, names, study.texts)


@pytest.mark.parametrize("version", VERSIONS)
@given(study=studies(), big=st.booleans(), number=st.sampled_from(["int8", "int16", "int32", "float32", "float64"]))
@few
def test_participants_in_rows_with_labels_as_wordings(version: int, study: Study, big: bool, number: str) -> None:
    study = plainer(study, version)
    frame, labels = by_participant(study)
    frame = frame.astype(dict.fromkeys(labels, number))
    data = qmethod.read(stata(frame, labels, version, byteorder="big" if big else "little"))
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.participants == study.participants
    assert data.statements == tuple(labels)
    assert data.texts == study.texts
    assert "the labels of the variables" in {notice.code: notice.message for notice in data.notices}["wordings-from-labels"]


@pytest.mark.parametrize("version", VERSIONS)
@given(study=studies(), long=st.booleans())
@few
def test_statements_in_rows_behind_the_sorts(version: int, study: Study, long: bool) -> None:
    """The numbers are ids, the column of words the wordings; as long texts too."""
    frame, labels = by_statement(study)
    options = {"convert_strl": ["statement"]} if long and version >= 117 else {}
    data = qmethod.read(stata(frame, labels, version, **options))
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.participants == tuple(frame.columns[: len(study.participants)])
    assert data.statements == tuple(str(i + 1) for i in range(len(study.texts)))
    assert data.texts == study.texts


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("number", ["float32", "float64", "Int8", "Int16", "Int32"])
def test_missing_values_are_missing(version: int, number: str) -> None:
    frame, labels = by_participant(STUDY)
    frame = frame.astype(dict.fromkeys(labels, number))
    frame.loc[1, "s2"] = np.nan if number.startswith("f") else None
    data = qmethod.read(stata(frame, labels, version))
    assert np.argwhere(np.isnan(data.sorts)).tolist() == [[1, 1]]


def test_words_for_values_are_wordings_of_the_statements() -> None:
    frame, _ = by_statement(STUDY)
    data = qmethod.read(stata(frame.drop(columns="statement"), {}, value_labels={"StatNo": dict(enumerate(STUDY.texts, start=1))}))
    assert data.texts == STUDY.texts
    assert [notice.message for notice in data.notices] == ["The wordings were taken from the labels of the values of 'StatNo'."]


WIDTHS = (1, 244, *range(245, 257), 2000)


@pytest.mark.parametrize(("version", "width"), [(version, width) for version in VERSIONS for width in WIDTHS if version > 114 or width <= 244])
def test_texts_of_every_width_keep_what_stands_behind_them(version: int, width: int) -> None:
    """Some widths are the numbers of types of other formats."""
    frame, labels = by_participant(STUDY)
    frame.insert(1, "place", "x" * width)
    data = qmethod.read(stata(frame, labels, version))
    assert data.sorts.tolist() == STUDY.sorts.tolist()


def test_a_fault_names_observation_and_variable() -> None:
    frame, labels = by_participant(STUDY)
    frame["s2"] = ["1", "none", "0"]
    with pytest.raises(DataError, match=r"bytes:2:3: observation 2, variable 's2': 'none' is not a placement \(participant ben, statement s2\)"):
        qmethod.read(stata(frame, labels))


@given(version=st.sampled_from(VERSIONS), where=st.floats(0, 1), junk=st.binary(max_size=4))
@settings(max_examples=150, deadline=None)
def test_whatever_is_damaged_is_refused_in_words(version: int, where: float, junk: bytes) -> None:
    frame, labels = by_statement(STUDY)
    raw = stata(frame, labels, version)
    at = int(where * len(raw))
    for damaged in (raw[:at] + junk + raw[at + len(junk) :], raw[:at], raw[:at] + junk + raw[at:]):
        with contextlib.suppress(DataError):  # whatever else is raised fails
            qmethod.read(damaged)
