"""R's data files: data frames and matrices, packed in each way, alone or among other values."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError
from qmethod.errors import Setting
from tests.formats.datasets import by_participant, by_statement, r_saved
from tests.formats.test_workbooks import STUDY
from tests.formats.workbooks import Study, studies

few = settings(max_examples=25, deadline=None)
PACKED = (bytes, gzip.compress, bz2.compress, lzma.compress)
packers = st.sampled_from(PACKED)


@given(study=studies(), pack=packers, version=st.sampled_from([2, 3]), alone=st.booleans(), factor=st.booleans())
@few
def test_a_data_frame(study: Study, pack: object, version: int, alone: bool, factor: bool) -> None:
    """Names of participants in a column, which may be a factor."""
    frame, labels = by_participant(study)
    if factor:
        frame["participant"] = frame["participant"].astype("category")
    data = qmethod.read(pack(r_saved({"x": frame}, version=version, alone=alone)))  # type: ignore[operator]
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.participants == study.participants
    assert data.statements == tuple(labels)


@given(study=studies(), pack=packers, whole=st.booleans(), matrix=st.booleans())
@few
def test_names_of_rows_are_the_first_column(study: Study, pack: object, whole: bool, matrix: bool) -> None:
    """As write.csv has it: a data frame and a matrix with statements as names of rows."""
    ids = [f"sta_{i + 1}" for i in range(len(study.texts))]
    frame = pd.DataFrame(study.sorts if whole else study.sorts.astype(float), index=ids, columns=list(study.participants))
    value = (frame.to_numpy(), {"dimnames": [ids, list(study.participants)]}) if matrix else frame
    data = qmethod.read(pack(r_saved({"dataset": value})))  # type: ignore[operator]
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.participants == study.participants
    assert data.statements == tuple(ids)


@given(study=studies(), named=st.booleans())
@few
def test_of_several_tables_the_one_with_sorts_is_taken(study: Study, named: bool) -> None:
    frame, _ = by_statement(study)
    people = pd.DataFrame({"who": ["x", "y"], "where": ["here", "there"]})
    inside = {"study": {"people": people, "sorts": frame, "note": ["made by hand"]}}
    data = qmethod.read(r_saved(inside if named else {"people": people, "sorts": frame}))
    assert data.sorts.tolist() == study.sorts.tolist()
    assert data.texts == study.texts
    where = "study$" if named else ""
    assert data.notices[0].message == f"The sorts were read from {where}sorts; other tables: {where}people."


def test_labels_of_columns_are_wordings() -> None:
    frame, labels = by_participant(STUDY)
    columns = {name: frame[name] for name in frame}
    for name, label in labels.items():
        columns[name].attrs["label"] = label

    class Labelled(pd.DataFrame):
        def __getitem__(self, key: str) -> object:
            return columns[key]

    assert qmethod.read(r_saved({"x": Labelled(frame)})).texts == STUDY.texts


def test_several_tables_of_sorts_are_named() -> None:
    frame, _ = by_statement(STUDY)
    with pytest.raises(DataError, match="2 tables read as sorts: before, after"):
        qmethod.read(r_saved({"before": frame, "after": frame}))


def test_what_holds_no_table_says_what_it_holds() -> None:
    with pytest.raises(DataError, match=r"no data frame and no matrix, but note \(a list\), numbers \(a vector\)"):
        qmethod.read(r_saved({"note": ["hello"], "numbers": np.zeros(3)}))


def test_an_array_of_conditions_is_a_table_for_each() -> None:
    """As studies with sorts before and after keep them, deep inside a list."""
    rng = np.random.default_rng(1)
    sorts = np.array([[rng.permutation([-2, -1, -1, 0, 0, 0, 1, 1, 2]) for _ in range(6)] for _ in range(2)]).transpose(2, 1, 0).astype(float)
    saved = r_saved({"civicon": {"qItems": ["one"], "qData": {"sorts": sorts}}})
    with pytest.raises(DataError, match=r"2 tables read as sorts") as refusal:
        qmethod.read(saved)
    for k, way in enumerate(refusal.value.faults[0].settings):
        assert way == Setting("sheet", f"civicon$qData$sorts[, , {k + 1}]")
        assert np.array_equal(qmethod.read(saved, sheet=str(way.value)).sorts, sorts[:, :, k])
    with pytest.raises(DataError, match=r"there is no table 'x'; there are 'civicon\$qData\$sorts\[, , 1\]'"):
        qmethod.read(saved, sheet="x")


def test_missing_values_are_missing() -> None:
    frame, labels = by_participant(STUDY)
    frame = frame.astype(dict.fromkeys(labels, "float64"))
    frame.loc[1, "s2"] = np.nan
    assert np.argwhere(np.isnan(qmethod.read(r_saved({"x": frame})).sorts)).tolist() == [[1, 1]]


def test_other_forms_are_refused_in_words() -> None:
    with pytest.raises(DataError, match="not in R's usual binary form"):
        qmethod.read(b"RDA3\nA\n3\n262912\n197888\n")


@given(pack=packers, where=st.floats(0, 1), junk=st.binary(max_size=4))
@settings(max_examples=150, deadline=None)
def test_whatever_is_damaged_is_refused_in_words(pack: object, where: float, junk: bytes) -> None:
    frame, _ = by_statement(STUDY)
    raw = r_saved({"sorts": frame})
    at = int(where * len(raw))
    for damaged in (raw[:at] + junk + raw[at + len(junk) :], raw[:at], raw[:at] + junk + raw[at:]):
        with contextlib.suppress(DataError):  # whatever else is raised fails
            qmethod.read(pack(damaged))  # type: ignore[operator]
