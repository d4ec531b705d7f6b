"""An export with which somebody tampered: whatever its study.json holds, it is read or refused in our own words."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, QData
from qmethod_analysis.interpretation.background import read_background
from qmethod_studies.export import collect, export
from qmethod_studies.loading import load
from qmethod_studies.store import Store
from tests.analysis.test_whole_solution import changed
from tests.studies.store.acting import make_study, submitted


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], QData]:
    """A folder, what its study.json says, and its sorts. Nothing else is in the folder."""
    folder = tmp_path_factory.mktemp("data")
    with Store.open(f"sqlite:///{folder / 'a.sqlite3'}") as store:
        study = make_study()
        store.register(study)
        for name in ("ann", "nice;=1", "=1"):
            submitted(store, study, {"s1": "why, so"}, participant=name)
        made = export(collect(store, "demo"))
    (folder / "sorts.csv").write_bytes(made.files["sorts.csv"])
    whole = json.loads(made.files["study.json"])
    for response in whole["responses"]:
        response.pop("events")
    return folder, whole, qmethod.read(folder / "sorts.csv")


def test_whoever_is_called_like_a_formula_is_found(exported: tuple[Path, dict[str, Any], QData]) -> None:
    folder, whole, data = exported
    assert data.participants == ("ann", "nice;'=1", "'=1")
    (folder / "study.json").write_text(json.dumps(whole))
    found = read_background(str(folder), data)
    assert [comment.participant for comment in found.comments] == list(data.participants)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.randoms(use_true_random=False), times=st.integers(1, 3))
def test_a_changed_export_is_read_or_refused(exported: tuple[Path, dict[str, Any], QData], draw: random.Random, times: int) -> None:
    folder, whole, data = exported
    values = copy.deepcopy(whole)
    for _ in range(times):
        changed(values, draw)
    (folder / "study.json").write_text(json.dumps(values))
    for read in (lambda: read_background(str(folder), data), lambda: load(folder)):
        said = ""
        try:
            read()
        except DataError as error:
            said = str(error)
        assert not said or str(folder / "study.json") in said
