"""Studies as data sets of statistics programs: written by pandas, which is not what reads them here."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd

from tests.formats.workbooks import Study

STATA = {114: "1984", 117: "1987", 118: "1990", 119: "1993"}


def by_participant(study: Study) -> tuple[pd.DataFrame, dict[str, str]]:
    """Participants in rows, and the statements as labels of the variables."""
    names = [f"s{i + 1}" for i in range(len(study.texts))]
    frame = pd.DataFrame(study.sorts.T, columns=names)
    frame.insert(0, "participant", list(study.participants))
    return frame, dict(zip(names, study.texts, strict=True))


def by_statement(study: Study) -> tuple[pd.DataFrame, dict[str, str]]:
    """As the package qfactor has it: sorts first, then the numbers of the statements and their words."""
    frame = pd.DataFrame(study.sorts, columns=[f"qsort{j + 1}" for j in range(len(study.participants))])
    return frame.assign(StatNo=np.arange(1, len(study.texts) + 1), statement=list(study.texts)), {}


def stata(frame: pd.DataFrame, labels: dict[str, str], version: int = 118, **options: Any) -> bytes:
    out = io.BytesIO()
    frame.to_stata(out, write_index=False, version=version, variable_labels=labels, **options)
    return out.getvalue()
