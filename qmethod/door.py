"""Where the names of `qmethod` live. Each is fetched when it is first asked for, so that ``import qmethod`` stays quick.

This is the one place of the core that names the rooms above it: those names are texts, looked up when somebody asks, and nothing here is
imported before. What an editor and a type checker see stands in ``qmethod/__init__.py``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

HOMES = {
    # What one does.
    "read": "qmethod.formats.reading",
    "analyse": "qmethod.calibration.pipeline",
    "retain": "qmethod.retention.retain",
    "bootstrap": "qmethod.resampling.bootstrap",
    "partition": "qmethod.bayesian.partitioning",
    "calibrate": "qmethod.calibration.calibrate",
    "compare": "qmethod.matching.comparison",
    "compare_occasions": "qmethod.occasions.compared",
    "classify": "qmethod.classification.classifying",
    "shorten": "qmethod.classification.shortening",
    "choices": "qmethod.matching.multiverse",
    "multiverse": "qmethod.matching.multiverse",
    "retest": "qmethod.retests",
    "with_people": "qmethod.formats.people",
    "exclude": "qmethod.formats.exclusions",
    "simulate": "qmethod.simulation",
    "screen": "qmethod.screening",
    "describe": "qmethod.policies",
    "save": "qmethod_analysis.runs.runs",
    "load": "qmethod_analysis.folder.loaded",
    "run": "qmethod_analysis.runs.runs",
    "report": "qmethod_analysis.report.folder",
    "publish": "qmethod_analysis.site.publish",
    "datasets": "qmethod_studies.library",
    "write": "qmethod.formats.conversion",
    "write_csv": "qmethod.formats.writing",
    "write_pqmethod": "qmethod.formats.writing",
    "open_sorts": "qmethod.formats.reading",
    "analyse_in_chunks": "qmethod.streaming.pipeline",
    # What one gives and gets.
    "Analysis": "qmethod_analysis.runs.runs",
    "ArraySorts": "qmethod.streaming.chunks",
    "Bootstrap": "qmethod.resampling.bootstrap",
    "Calibration": "qmethod.calibrated",
    "Choice": "qmethod.matching.multiverse",
    "Classification": "qmethod.classification.classifying",
    "Comparison": "qmethod.matching.comparison",
    "DataError": "qmethod.errors",
    "Detail": "qmethod.people",
    "Exclusion": "qmethod.people",
    "Fault": "qmethod.errors",
    "Grid": "qmethod.grid",
    "Loaded": "qmethod_analysis.folder.loaded",
    "ManualFlag": "qmethod.manual_flag",
    "Multiverse": "qmethod.matching.multiverse",
    "Notice": "qmethod.notice",
    "OccasionComparison": "qmethod.occasions.compared",
    "Partition": "qmethod.bayesian.partitioning",
    "Policies": "qmethod.policies",
    "PolicyChoices": "qmethod.policies",
    "PolicyError": "qmethod.errors",
    "QData": "qmethod.data",
    "QMethodError": "qmethod.errors",
    "QSolution": "qmethod.solution",
    "Recipe": "qmethod_analysis.recipe.recipe",
    "Reported": "qmethod_analysis.report.folder",
    "Retention": "qmethod.retention.retain",
    "Retest": "qmethod.retests",
    "Setting": "qmethod.errors",
    "Shortening": "qmethod.classification.shortening",
    "Simulated": "qmethod.simulation",
    "Source": "qmethod.data",
    "StreamedSolution": "qmethod.streaming.solution",
}
INNER = {
    "read_frame": "qmethod.formats.frames",
    "is_frame": "qmethod.formats.frames",
    "names_statements": "qmethod.formats.frames",
    "make_frame": "qmethod.formats.frames",
    "read_pairs": "qmethod.formats.pairs",
    "table_of": "qmethod_analysis.tables.named",
    "picture_of": "qmethod_analysis.pictures.named",
    "page_of": "qmethod_analysis.report.notebook",
    "every_notice": "qmethod_analysis.words.narrative",
}
"""What methods of results need of the rooms above them; no names of `qmethod`."""
MODULES = ("datasets",)
"""Names that are a whole module."""


def fetch(name: str) -> Any:
    """What a name of `qmethod` stands for.

    Parameters
    ----------
    name : str
        One of `HOMES` or `INNER`.
    """
    module = import_module(HOMES[name] if name in HOMES else INNER[name])
    return module if name in MODULES else getattr(module, name)
