"""Texts of which one is chosen: one list each for type checkers, for the checks at run time and for the command line.

Those of the method stand in `qmethod.policies`.
"""

from typing import Literal

Layout = Literal["statements-in-rows", "participants-in-rows", "long"]
"""Which way a table of sorts lies."""
WrittenFormat = Literal[
    "csv",
    "csv-participants",
    "csv-long",
    "json",
    "kade-excel",
    "kade-zip",
    "kenq-json",
    "lis",
    "parquet",
    "pqmethod",
    "r",
    "spss",
    "spss-syntax",
    "stata",
]
"""Formats that sorts and solutions are written in; see `qmethod.formats.writers`."""
Backend = Literal["pandas", "polars", "pyarrow"]
"""Libraries whose frames can be made, in the order in which they are looked for."""
Interval = Literal["automatic", "percentile", "widened-percentile", "expanded-percentile"]
"""Intervals of a bootstrap."""
GridOrigin = Literal["sorts", "design", "median"]
"""What a factor array takes its grid from; see `qmethod.solution.Scores`."""
Pole = Literal["both", "positive", "negative"]
"""Which side of a rotated factor a reported one is."""
Basis = Literal["pooled", "first", "second"]
"""Whose sorts the viewpoints are made of that two occasions are compared with; see `qmethod.occasions.compared.ViewpointChanges`."""
Noise = Literal["none known", "retest", "assumed"]
"""Where it is known from how well people repeat a sort; see `qmethod.occasions.compared.PeopleChanges`."""
ConclusionKind = Literal["found", "found-with-fewer", "highest", "lowest", "distinguishing", "consensus", "defining"]
"""What a solution can say that other choices are asked about; see `qmethod.matching.multiverse.Conclusion`."""

SortsTable = Literal["sorts"]
SolutionTable = Literal[
    "loadings",
    "z_scores",
    "arrays",
    "characteristics",
    "contrasts",
    "factor_correlations",
    "sed",
    "crib_sheet",
    "differences",
    "ranked",
    "free_distribution",
    "correlations",
]
StreamedTable = Literal["z_scores", "arrays", "characteristics", "contrasts", "factor_correlations", "sed", "crib_sheet", "differences", "ranked"]
RetentionTable = Literal["criteria"]
BootstrapTable = Literal["z_scores", "arrays", "loadings", "flags", "replication"]
PartitionTable = Literal["z_scores", "members", "differences", "viewpoints"]
CalibrationTable = Literal["viewpoints", "statements", "places"]
MultiverseTable = Literal["conclusions", "analyses", "positions"]
ComparisonTable = Literal["matches", "congruences"]
OccasionTable = Literal["statements", "people", "viewpoints"]
ClassificationTable = Literal["answers"]
ShorteningTable = Literal["lengths"]
RetestTable = Literal["pairs"]
SimulatedTable = Literal["participants", "sorts", "profiles"]
ReportedTable = Literal["checklist", "files"]

SolutionPicture = Literal["loadings", "scree", "z_scores", "array"]
RetentionPicture = Literal["eigenvalues"]
MultiversePicture = Literal["specification_curve"]
