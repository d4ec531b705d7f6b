"""Q methodology: from sorts to shared viewpoints.

What people need to begin with is a name of this module, and is loaded when it is first used.

>>> import qmethod
>>> data = qmethod.datasets.load("climate")
>>> solution = qmethod.analyse(data, 2)
>>> solution.scores.arrays.shape
(30, 2)
"""

from typing import TYPE_CHECKING, Any

from qmethod.door import HOMES, fetch
from qmethod.version import __version__

if TYPE_CHECKING:  # what `fetch` finds, for editors and type checkers
    from qmethod.bayesian.partitioning import Partition, partition
    from qmethod.calibrated import Calibration
    from qmethod.calibration.calibrate import calibrate
    from qmethod.calibration.pipeline import analyse
    from qmethod.classification.classifying import Classification, classify
    from qmethod.classification.shortening import Shortening, shorten
    from qmethod.data import QData, Source
    from qmethod.errors import DataError, Fault, PolicyError, QMethodError, Setting
    from qmethod.formats.conversion import write
    from qmethod.formats.exclusions import exclude
    from qmethod.formats.people import with_people
    from qmethod.formats.reading import open_sorts, read
    from qmethod.formats.writing import write_csv, write_pqmethod
    from qmethod.grid import Grid
    from qmethod.manual_flag import ManualFlag
    from qmethod.matching.comparison import Comparison, compare
    from qmethod.matching.multiverse import Choice, Multiverse, choices, multiverse
    from qmethod.notice import Notice
    from qmethod.occasions.compared import OccasionComparison, compare_occasions
    from qmethod.people import Detail, Exclusion
    from qmethod.policies import Policies, PolicyChoices, describe
    from qmethod.resampling.bootstrap import Bootstrap, bootstrap
    from qmethod.retention.retain import Retention, retain
    from qmethod.retests import Retest, retest
    from qmethod.screening import screen
    from qmethod.simulation import Simulated, simulate
    from qmethod.solution import QSolution
    from qmethod.streaming.chunks import ArraySorts
    from qmethod.streaming.pipeline import analyse_in_chunks
    from qmethod.streaming.solution import StreamedSolution
    from qmethod_analysis.folder.loaded import Loaded, load
    from qmethod_analysis.recipe.recipe import Recipe
    from qmethod_analysis.report.folder import Reported, report
    from qmethod_analysis.runs.runs import Analysis, run, save
    from qmethod_analysis.site.publish import publish
    from qmethod_studies import library as datasets

__all__ = [
    "Analysis",
    "ArraySorts",
    "Bootstrap",
    "Calibration",
    "Choice",
    "Classification",
    "Comparison",
    "DataError",
    "Detail",
    "Exclusion",
    "Fault",
    "Grid",
    "Loaded",
    "ManualFlag",
    "Multiverse",
    "Notice",
    "OccasionComparison",
    "Partition",
    "Policies",
    "PolicyChoices",
    "PolicyError",
    "QData",
    "QMethodError",
    "QSolution",
    "Recipe",
    "Reported",
    "Retention",
    "Retest",
    "Setting",
    "Shortening",
    "Simulated",
    "Source",
    "StreamedSolution",
    "__version__",
    "analyse",
    "analyse_in_chunks",
    "bootstrap",
    "calibrate",
    "choices",
    "classify",
    "compare",
    "compare_occasions",
    "datasets",
    "describe",
    "exclude",
    "load",
    "multiverse",
    "open_sorts",
    "partition",
    "publish",
    "read",
    "report",
    "retain",
    "retest",
    "run",
    "save",
    "screen",
    "shorten",
    "simulate",
    "with_people",
    "write",
    "write_csv",
    "write_pqmethod",
]


if not TYPE_CHECKING:  # a type checker would take it that every name is there, and find no slip

    def __getattr__(name: str) -> Any:
        """Fetch a public name when it is first used."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = fetch(name)
        return found


def __dir__() -> list[str]:
    """Every public name, fetched or not."""
    return sorted(__all__)
