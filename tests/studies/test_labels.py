"""What columns mean: the ends by the scale, others by their labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qmethod.errors import DataError
from qmethod_studies.export import collect, export
from qmethod_studies.loading import load
from qmethod_studies.store import Store
from qmethod_studies.writing import write
from tests.studies.made import study
from tests.studies.store.acting import make_study, submitted


def test_a_label_stands_at_a_column_between_the_ends(tmp_path: Path) -> None:
    made = study(contact="me", labels={"0": "Neither", "−1": "Rather not"})
    assert [made.meaning(column, "en") for column in made.columns] == ["least", "Rather not", "Neither", "", "most"]
    write(made, tmp_path)
    assert load(tmp_path).labels == {0: load(tmp_path).labels[0], -1: load(tmp_path).labels[-1]}
    assert load(tmp_path).meaning(0, "en") == "Neither"


@pytest.mark.parametrize(
    ("labels", "said"), [("{2: x}", "2 is an end"), ("{-2: x}", "-2 is an end"), ("{0.5: x}", "0.5 is no column"), ("{a: x}", "number")]
)
def test_a_label_elsewhere_is_a_fault(labels: str, said: str, tmp_path: Path) -> None:
    write(study(contact="me"), tmp_path)
    file = tmp_path / "study.yaml"
    file.write_text(file.read_text() + f"labels: {labels}\n")
    with pytest.raises(DataError, match=said):
        load(tmp_path)


def test_labels_are_part_of_what_must_not_change_and_of_the_codebook(tmp_path: Path) -> None:
    plain, labelled = make_study(), make_study(labels={0: {"en": "Neither", "es": "Ni uno"}})
    assert plain.digest() != labelled.digest()
    assert "labels" not in plain.model_dump()
    with Store.open(f"sqlite:///{tmp_path / 'a.sqlite3'}") as store:
        store.register(labelled)
        submitted(store, labelled)
        assert b"Column 0 with 3 places: Neither" in export(collect(store, "demo")).files["codebook.csv"]
        with pytest.raises(DataError, match="the labels of columns were changed"):
            store.register(plain)


def test_labels_stand_on_the_printed_board() -> None:
    from qmethod_analysis.tabletop import printed
    from qmethod_analysis.tabletop.board import board

    made: Any = study(labels={0: "Neither"})
    assert "Neither" in printed.board_sheets(made, "en", "a4", board(made, "ltr"))
