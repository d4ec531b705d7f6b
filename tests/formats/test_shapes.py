"""A study in the shape of every program is read back equal, whatever stood on the way: empty columns and rows, ends of lines, encodings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod import read
from qmethod.formats.registry import Content, formats, recognise
from tests.formats.shapes import SHAPES, Shape, studies

anyhow = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


def named(shape: Shape) -> str:
    return f"{shape.name}, {shape.form}"


@pytest.mark.parametrize("shape", SHAPES, ids=named)
@given(data=st.data())
@anyhow
def test_what_stands_around_the_sorts_changes_nothing(shape: Shape, tmp_path: Path, data: st.DataObject) -> None:
    study = data.draw(studies(missing=shape.missing).filter(lambda study: len(np.unique(study.sorts[~np.isnan(study.sorts)])) >= shape.columns))
    path = shape.put(shape.write(data.draw, study), tmp_path)
    content = Content(str(path))
    assert [form.name for form in formats() if form.told_by != "elimination" and form.sniff(content) is not None] == [shape.name]
    _, found = recognise(content)
    read_back = read(path)
    assert read_back.source is not None
    assert read_back.source.why == found.why
    called = study.participants if shape.named else read_back.participants
    by_name = [read_back.participants.index(name) for name in called]  # files of a folder come in the order of their names
    assert sorted(by_name) == list(range(len(study.participants)))
    assert read_back.statements == shape.statements(study)
    assert np.array_equal(np.asarray(read_back.sorts, dtype=float)[:, by_name], study.sorts, equal_nan=True)


def test_every_text_format_has_a_shape() -> None:
    """Tables and the fixed columns of PQMethod and Qualis have tests of their own, as have the formats that are no text."""
    elsewhere = {"table (CSV, TSV)", "PQMethod .DAT", "Qualis .dat", "JSON of qmethod"}
    modules = {path.stem for path in (Path(__file__).parent / "examples").iterdir() if path.suffix in (".csv", ".json", ".txt", ".dat", "")}
    assert {shape.name for shape in SHAPES} | elsewhere == {form.name for form in formats() if form.sniff.__module__.rpartition(".")[2] in modules}
