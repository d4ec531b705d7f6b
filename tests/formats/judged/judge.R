# What R reads of the files in the working directory: Rscript judge.R KEY FILE, where FILE is the first file of a format.
# Prints lines of cells with tabs between; line breaks and backslashes within a cell are escaped, and <missing> is a missing value.

arguments <- commandArgs(trailingOnly = TRUE)

escaped <- function(cell) gsub("\t", "\\t", gsub("\n", "\\n", gsub("\\", "\\\\", enc2utf8(cell), fixed = TRUE), fixed = TRUE), fixed = TRUE)
shown <- function(column) ifelse(is.na(column), "<missing>", if (is.numeric(column)) sprintf("%.17g", column) else escaped(as.character(column)))
say <- function(...) writeLines(paste(c(...), collapse = "\t"), useBytes = TRUE)

show_table <- function(table) {
  say("#columns", escaped(names(table)))
  say("#kinds", vapply(table, function(column) if (is.numeric(column)) "number" else "text", ""))
  cells <- vapply(table, shown, rep("", nrow(table)))
  for (i in seq_len(nrow(table))) say(matrix(cells, nrow = nrow(table))[i, ])
}

plainly <- function(file, n_texts) {
  header <- names(read.csv(file, check.names = FALSE, encoding = "UTF-8", nrows = 1))
  texts <- if (length(header) > 1 && header[2] == "text") 2 else n_texts
  read.csv(
    file, check.names = FALSE, encoding = "UTF-8", na.strings = "",
    colClasses = c(rep("character", texts), rep("numeric", length(header) - texts))
  )
}

by_kit <- function(file) {
  kit <- new.env()
  told <- capture.output(stopped <- tryCatch({ source(file, local = kit, encoding = "UTF-8"); "" }, error = conditionMessage))
  say("#printed", told)
  say("#stopped", stopped)
  say("#forced", kit$forced)
  say("#distribution", sprintf("%.17g", kit$distribution))
  show_table(data.frame(statement = rownames(kit$sorts), kit$sorts, check.names = FALSE))
}

by_foreign <- function(file) {
  table <- suppressWarnings(foreign::read.spss(file, to.data.frame = TRUE, use.value.labels = FALSE, reencode = "UTF-8", stringsAsFactors = FALSE))
  labels <- attr(table, "variable.labels")
  say("#labels", escaped(ifelse(names(table) %in% names(labels), labels[names(table)], "")))
  show_table(table)
}

by_readstata13 <- function(file) {
  table <- readstata13::read.dta13(file, convert.factors = FALSE)
  say("#labels", escaped(attr(table, "var.labels")))
  show_table(table)
}

invisible(switch(arguments[1],
  "csv" = show_table(plainly(arguments[2], 1)),
  "csv-participants" = show_table(plainly(arguments[2], 1)),
  "csv-long" = show_table(plainly(arguments[2], 2)),
  "r" = by_kit(arguments[2]),
  "spss" = by_foreign(arguments[2]),
  "stata" = by_readstata13(arguments[2])
))
