# Sorts for the package qmethod of R, written by the package qmethod of Python.
# In the folder of this file: Rscript unforced.R 3
# where 3 is how many factors to extract and rotate.

factors <- suppressWarnings(as.integer(commandArgs(trailingOnly = TRUE)[1]))

# Statements are rows and sorts are columns. Names stay as they are.
sorts <- as.matrix(read.csv(
  "unforced-r.csv", colClasses = c("character", rep("numeric", 3)), row.names = 1,
  check.names = FALSE, na.strings = "", encoding = "UTF-8"
))
stopifnot(nrow(sorts) == 4, ncol(sorts) == 3, !anyNA(sorts))

# How many statements each value takes, written out: one number a place.
distribution <- rep(c(-3, 0, 4), times = c(1, 2, 1))
stopifnot(length(distribution) == nrow(sorts))
forced <- all(apply(sorts, 2, function(sort) identical(as.numeric(sort(sort)), as.numeric(distribution))))

cat(ncol(sorts), "sorts of", nrow(sorts), "statements;", if (forced) "all follow" else "not all follow", "the distribution.\n")

if (is.na(factors)) stop("Say how many factors, for example: Rscript unforced.R 3")
if (!requireNamespace("qmethod", quietly = TRUE)) stop("The package qmethod is not installed in R: install.packages(\"qmethod\")")

results <- qmethod::qmethod(sorts, nfactors = factors, rotation = "varimax", forced = forced, distribution = if (forced) NULL else distribution)
print(summary(results))
