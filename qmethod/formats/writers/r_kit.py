"""For R: the sorts as CSV, and a script that reads them by base R and analyses them by the package qmethod of CRAN.

The CSV has statements in rows, the ids first and then a column a sort; the wordings stand in the file beside it. The script checks what it read, and
stops with what to do where R's package is not installed. How many factors there are is the reader's choice, given as ``Rscript FILE.R 3``.
"""

from __future__ import annotations

from collections.abc import Mapping

from qmethod.data import QData
from qmethod.errors import Fault
from qmethod.formats.carrying import csv_bytes, no_texts, shown_or_median, spreadsheet_ids, spreadsheet_names, wrong_placements
from qmethod.formats.writer import SortsWriter, begins
from qmethod.formats.writing import statement_rows

_BESIDE = "-r.csv"
_TITLE = "# Sorts for the package qmethod of R, written by the package qmethod of Python."
_SCRIPT = """{title}
# In the folder of this file: Rscript {shell} 3
# where 3 is how many factors to extract and rotate.

factors <- suppressWarnings(as.integer(commandArgs(trailingOnly = TRUE)[1]))

# Statements are rows and sorts are columns. Names stay as they are.
sorts <- as.matrix(read.csv(
  {csv}, colClasses = c("character", rep("numeric", {n_sorts})), row.names = 1,
  check.names = FALSE, na.strings = "", encoding = "UTF-8"
))
stopifnot(nrow(sorts) == {n_statements}, ncol(sorts) == {n_sorts}, !anyNA(sorts))

# How many statements each value takes, written out: one number a place.
distribution <- rep(c({values}), times = c({counts}))
stopifnot(length(distribution) == nrow(sorts))
forced <- all(apply(sorts, 2, function(sort) identical(as.numeric(sort(sort)), as.numeric(distribution))))

cat(ncol(sorts), "sorts of", nrow(sorts), "statements;", if (forced) "all follow" else "not all follow", "the distribution.\\n")

if (is.na(factors)) stop("Say how many factors, for example: Rscript {shell} 3")
if (!requireNamespace("qmethod", quietly = TRUE)) stop("The package qmethod is not installed in R: install.packages(\\"qmethod\\")")

results <- qmethod::qmethod(sorts, nfactors = factors, rotation = "varimax", forced = forced, distribution = if (forced) NULL else distribution)
print(summary(results))
"""


def _quoted(text: str) -> str:
    """A string of R."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shell(stem: str) -> str:
    """The name of the script in a comment, where nothing can follow it."""
    return "".join(sign if sign.isalnum() or sign in "-_. " else "?" for sign in stem) + ".R"


def _encode(data: QData, stem: str) -> Mapping[str, bytes]:
    grid = shown_or_median(data)
    script = _SCRIPT.format(
        title=_TITLE,
        shell=_shell(stem),
        csv=_quoted(f"{stem}{_BESIDE}"),
        n_sorts=data.n_sorts,
        n_statements=data.n_statements,
        values=", ".join(f"{value:.15g}" for value in grid.values),
        counts=", ".join(map(str, grid.counts)),
    )
    header, *rows = statement_rows(data)
    table = [("statement", *data.participants), *([row[0], *row[len(row) - data.n_sorts :]] for row in rows)]
    return {".R": script.encode("utf-8"), _BESIDE: csv_bytes(table if len(header) > data.n_sorts + 1 else [header, *rows])}


def _refuse(data: QData, file: str) -> list[Fault]:
    missing = [fault for fault in wrong_placements(data, file, float("-inf"), float("inf"), "") if "missing" in fault.message]
    return [
        Fault(fault.message, file, participant=fault.participant, statement=fault.statement, advice="R's qmethod takes none; write CSV instead.")
        for fault in missing
    ]


WRITER = SortsWriter(
    key="r",
    name="R",
    about="A CSV, and a script that reads it by base R and calls the package qmethod of CRAN.",
    cannot="Wordings, which stand beside it; missing placements. What begins like a formula gets an apostrophe in front.",
    judged="R, which runs the script up to where it asks for the package; pandas (the CSV)",
    endings=(".R",),
    encode=_encode,
    ours=begins(_TITLE),
    statements=spreadsheet_ids,
    participants=spreadsheet_names,
    texts=no_texts,
    grid=shown_or_median,
    refuse=_refuse,
)
