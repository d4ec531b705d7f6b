"""How far R's stop rule leaves varimax from its optimum, measured on the reference data when the pages are built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from docutils import nodes
from scipy.optimize import linear_sum_assignment
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import qmethod

from .shown import _parsed

REFERENCE = Path(__file__).parents[2] / "tests" / "reference"
STUDIES = ("lipset", "climate_s1", "climate_s3", "kr_power_likert")


def compare(study: str, n_factors: int) -> tuple[float, int]:
    """Largest difference between the loadings of the two stop rules from the same start, and how many flags differ."""
    data = qmethod.read(REFERENCE / study / "sorts.csv")
    settled = qmethod.analyse(data, n_factors, constant="drop-sort", rotation_starts=1)
    early = qmethod.analyse(data, n_factors, constant="drop-sort", rotation_stop="r-1e-5")
    overlap = settled.loadings.T @ early.loadings
    ours, theirs = linear_sum_assignment(-np.abs(overlap))
    turned = early.loadings[:, theirs] * np.sign(overlap[ours, theirs])
    return float(np.abs(settled.loadings[:, ours] - turned).max()), int((settled.flags[:, ours] != early.flags[:, theirs]).sum())


def table() -> Iterator[str]:
    """A Markdown table, one row a study."""
    yield "| study | " + " | ".join(f"{k} factors" for k in range(2, 8)) + " |"
    yield "|---|" + "---|" * 6
    for study in STUDIES:
        cells = (compare(study, k) for k in range(2, 8))
        yield f"| `{study}` | " + " | ".join(f"{most:.4f} ({flags})" for most, flags in cells) + " |"


class EarlyStop(SphinxDirective):
    """The table."""

    def run(self) -> list[nodes.Node]:
        return _parsed(self, list(table()))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("early-stop", EarlyStop)
    return {"parallel_read_safe": True}
