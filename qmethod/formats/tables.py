"""Tables of any format that holds some, whose columns are known by name: text, sheets of a workbook, data sets of statistics programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from qmethod.errors import DataError, Fault
from qmethod.formats.cells import GIVEN, Cells
from qmethod.formats.dataset import Variable
from qmethod.formats.foreign import refuse_foreign
from qmethod.formats.rdata import begins_like_r, read_values
from qmethod.formats.readers import r_data, spss, stata
from qmethod.formats.registry import Content
from qmethod.formats.table import Table, named_table, parse_named
from qmethod.formats.text import Document, decode
from qmethod.formats.workbook import MOST_PLACES, in_sheet, is_workbook, read_workbook


@dataclass(frozen=True, slots=True)
class Opened:
    """A table of a file.

    Parameters
    ----------
    table : Table
    where : str
        Which part of the file it is, in words; empty where the file holds one.
    variables : sequence of Variable
        With labels, where the file has some.
    """

    table: Table
    where: str = ""
    variables: Sequence[Variable] = ()

    def fault(self, message: str, line: int | None = None, column: int | None = None, advice: str | None = None) -> Fault:
        """A fault at a place of the table."""
        text = f"{self.where}: {message}" if self.where else message
        return Fault(text, file=self.table.file, line=line, column=column, advice=advice)


def open_tables(document: Document, names: Collection[str], encoding: str | None = None) -> list[Opened]:
    """Open every table of a file.

    Parameters
    ----------
    document : Document
    names : collection of str
        What columns may be called, as `headings.plain` writes it.
    encoding : str, optional
        Of a text; guessed where not given.

    Returns
    -------
    list of Opened
        One at least: of a text one, of a workbook one for each sheet that holds anything and is not hidden, of R data one for each table.

    Raises
    ------
    DataError
        If the file holds no table that can be read; names each row that has more cells than the header.
    """
    if is_workbook(document.raw):
        return _sheets(document, names)
    content = Content(document.file, encoding, document)
    if spss.FORMAT.sniff(content) is not None:
        return [_of_variables(document, spss.variables_of(document), names)]
    if stata.FORMAT.sniff(content) is not None:
        return [_of_variables(document, stata.variables_of(document)[1], names)]
    if begins_like_r(content.head):
        found = [(name, table) for value in read_values(document).items() for name, table in r_data.tables_in(*value) if table]
        if not found:
            raise document.fault("the R data file holds no data frame", advice=f"Save a data frame with the {document.holds}, or CSV (UTF-8).")
        return [_of_variables(document, table, names, name if len(found) > 1 else "") for name, table in found]
    refuse_foreign(document)
    decoded = decode(document, encoding)
    table, faults = parse_named(decoded.text, document.file, names)
    if faults:
        raise DataError(faults)
    return [Opened(replace(table, notices=(*decoded.notices, *table.notices)))]


def _sheets(document: Document, names: Collection[str]) -> list[Opened]:
    opened = []
    sheets = [sheet for sheet in read_workbook(document) if sheet.rows]
    for sheet in sheets:
        width = max(map(len, sheet.rows))
        if width * len(sheet.rows) > MOST_PLACES:
            message = f"sheet {sheet.name!r} spans {len(sheet.rows):,} rows and {width:,} columns; at most {MOST_PLACES:,} places are read"
            raise document.fault(message, advice="Clear what stands outside the table.")
        rows = [[*row, *[""] * (width - len(row))] for row in sheet.rows]
        table, faults = named_table(Cells(rows, list(sheet.lines), GIVEN), document.file, names)
        if faults and len(sheets) == 1:
            raise in_sheet(DataError(faults), sheet)
        if not faults:  # what stands on other sheets need be no table
            opened.append(Opened(table, f"sheet {sheet.name!r}"))
    if not opened:
        raise document.fault("no sheet of the workbook reads as a table", advice="Write the names of the columns into the first line of a sheet.")
    return opened


def _of_variables(document: Document, variables: Sequence[Variable], names: Collection[str], where: str = "") -> Opened:
    if not variables or not len(variables[0].cells):
        raise document.fault("the data set holds no observations", advice="Save it with what it should hold.")
    header = [variable.name for variable in variables]
    rows = [list(row) for row in zip(*(variable.cells for variable in variables), strict=True)]
    kept = [i for i, row in enumerate(rows) if any(cell.strip() for cell in row)]
    cells = Cells([header, *(rows[i] for i in kept)], [0, *(i + 1 for i in kept)], GIVEN)
    table, faults = named_table(cells, document.file, names)
    if faults:
        raise DataError(faults)
    return Opened(table, where, tuple(variables))
