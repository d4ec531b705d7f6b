"""Q methodology: from sorts to shared viewpoints.

>>> import qmethod
>>> data = qmethod.read("sorts.csv")                                    # doctest: +SKIP
>>> solution = qmethod.analyse(data, n_factors=3, extraction="centroid")  # doctest: +SKIP
>>> solution.scores.arrays                                              # doctest: +SKIP
"""

from qmethod.data import Grid, Notice, QData, Source
from qmethod.errors import DataError, Fault, PolicyError, QMethodError
from qmethod.formats import read
from qmethod.method.pipeline import analyse
from qmethod.policies import Policies
from qmethod.solution import ManualFlag, QSolution
from qmethod.version import __version__

__all__ = [
    "DataError",
    "Fault",
    "Grid",
    "ManualFlag",
    "Notice",
    "Policies",
    "PolicyError",
    "QData",
    "QMethodError",
    "QSolution",
    "Source",
    "__version__",
    "analyse",
    "read",
]
