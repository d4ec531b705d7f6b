"""`read` and `open_sorts`: a file of sorts, whatever wrote it, at once or in chunks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from qmethod import checks
from qmethod.data import QData, Source
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats.details import said_of, telling
from qmethod.formats.foreign import begins_otherwise
from qmethod.formats.people import reads_as_people
from qmethod.formats.registry import Asked, Content, Format, as_table, recognise
from qmethod.formats.selection import selection_of
from qmethod.formats.sorts import Sorts
from qmethod.formats.suspicion import suspect
from qmethod.formats.text import CHUNKS, Readable, check_ordinary, held, last_part
from qmethod.formats.wordings import Wordings, attach, read_wordings
from qmethod.grid import Grid
from qmethod.layouts import LAYOUTS, PARTICIPANT_ROWS
from qmethod.literals import Layout
from qmethod.streaming.chunks import CHUNK_ROWS, ChunkedSorts


def read(
    path: str | os.PathLike[str] | bytes | bytearray | memoryview | Readable,
    *,
    layout: Layout | None = None,
    grid: Grid | None = None,
    statements: str | os.PathLike[str] | None = None,
    encoding: str | None = None,
    columns: str | Iterable[str] | None = None,
    id: str | None = None,
    skip: int | None = None,
    codes: str | Mapping[str, float] | None = None,
    missing_code: str | float | Iterable[str | float] | None = None,
    sheet: str | None = None,
    header: bool | None = None,
) -> QData:
    r"""Read the sorts of a study from a file.

    Parameters
    ----------
    path : path, bytes, bytearray, memoryview, or file object
        A table (CSV or TSV; decimal point or comma), an Excel workbook, a project or results of KADE or Ken-Q Analysis, a data set of Stata, SPSS or
        R, a Parquet file with one row a participant (only by its path), a PQMethod .DAT file, whose .STA is taken from beside it, a folder with a
        file for each person, or another of the formats that the documentation lists. A table may have statements in rows, participants in rows, or
        be long (one row a placement).
    layout : {"statements-in-rows", "participants-in-rows", "long"}, optional
        Which way the table lies; guessed from its names and distributions where not given.
    grid : Grid, optional
        The distribution of the design. Without one it is taken from the file, or from the sorts where all show the same.
    statements : path, optional
        Wordings of the statements: a CSV with the columns id and text, a text with one wording a line, or a .STA.
    encoding : str, optional
        Encoding of the files; guessed where not given.
    columns : str or iterable of str, optional
        The columns of a wide table that hold placements: ``"Q*"``, ``"Q1:Q42"``, or numbers of columns, ``"7:48"``; several with commas between
        them. The other columns hold no placements: beside participants in rows they tell of these, or are left out, which is said. So it is of rows
        that hold nothing in any of these.
    id : str, optional
        The column that names the rows, by what it is called or its number.
    skip : int, optional
        How many rows below the header hold no sort, such as wordings; empty ones are not counted. What stands above the header needs no word.
    codes : str or mapping of str to float, optional
        Words in cells and the placements they mean, ``{"C1": -4, "C2": -3}`` or ``"C1=-4,C2=-3"``.
    missing_code : str, float or iterable of these, optional
        What stands in a cell where a placement is missing, besides nothing and ``NA``: ``-99``.
    sheet : str, optional
        The sheet of a workbook, or the table of an R file.
    header : bool, optional
        False where no line names the columns. Of those that hold placements names are then made: s1, s2, ... or p1, p2, ...

    Returns
    -------
    QData
        With sorts of shape (n_statements, n_sorts), NaN for a missing placement. `source` says what the file was taken for;
        `notices` say what the reader had to decide.

    Raises
    ------
    DataError
        If the file cannot be read as sorts; names every fault with its line and column, and what to do.
    PolicyError
        If there is no such `layout`, a Parquet file has another, or an argument is not what it must be.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.read(b"statement,Ana,Ben,Cem\ns1,-1,0,1\ns2,0,1,-1\ns3,1,-1,0\n")
    >>> data.participants, data.sorts[:, 0].tolist()
    (('Ana', 'Ben', 'Cem'), [-1, 0, 1])

    An export of a questionnaire:

    >>> export = b"email,who,Q1,Q2,Q3\nx,Ana,C1,C2,C3\ny,Ben,C3,C1,C2\nz,Cem,C2,C3,C1\n"
    >>> data = qmethod.read(export, columns="Q*", id="who", codes={"C1": -1, "C2": 0, "C3": 1})
    >>> data.participants, data.statements, data.sorts[:, 0].tolist()
    (('Ana', 'Ben', 'Cem'), ('Q1', 'Q2', 'Q3'), [-1, 0, 1])
    """
    if not (isinstance(path, str | os.PathLike | bytes | bytearray | memoryview) or callable(getattr(path, "read", None))):
        raise checks.refuse("path", "a path, bytes or an open file; `qmethod.QData.from_frame` takes data frames, `from_array` arrays", path)
    if isinstance(path, str | os.PathLike):
        checks.path("path", path)
    if layout is not None:
        checks.one_of("layout", layout, LAYOUTS)
    if encoding is not None:
        checks.text("encoding", encoding)
    if grid is not None:
        checks.instance("grid", grid, Grid, 'a `qmethod.Grid`, for example `qmethod.Grid.parse("-1:1,0:1,1:1")`')
    if statements is not None:
        checks.path("statements", statements)
    selection = selection_of(columns, id, skip, codes, missing_code, sheet, header)
    content = Content(os.fspath(path), encoding) if isinstance(path, str | os.PathLike) else Content.of(held(path), encoding)
    try:
        form, recognised = recognise(content)
        form = as_table(content, form) if selection else form
        wordings = read_wordings(statements, encoding) if statements is not None else None
        found = _found(form, content, Asked(layout, grid, wordings, selection))
        found = replace(found, notices=(*content.guesses, *found.notices))
        source = Source(last_part(content.path), content.sha256, found.kind, recognised.why)
        return _qdata(content.file, source, found, grid or found.grid, wordings)
    except MemoryError:
        advice = f"With one row a participant it can be analysed in chunks with {CHUNKS}."
        raise DataError([Fault("the file does not fit into memory", file=content.file, advice=advice, settings=(CHUNKS,))]) from None


def open_sorts(path: str | os.PathLike[str], *, rows: int = CHUNK_ROWS, layout: Literal["participants-in-rows"] | None = None) -> ChunkedSorts:
    """Open a file of sorts to be read in chunks.

    Parameters
    ----------
    path : path
        Parquet, or a table (CSV, TSV, or either compressed by gzip) in UTF-8, with one row a sort.
    rows : int
        Sorts in a chunk, at most; of a table, about.
    layout : {"participants-in-rows"}, optional
        Which way a table lies; guessed from its beginning where not given.

    Returns
    -------
    ChunkedSorts

    Raises
    ------
    DataError
        If there is no such file, or it does not begin like one of these.
    PolicyError
        For any other layout.
    QMethodError
        If a Parquet file is to be read and pyarrow is not installed.
    """
    rows = checks.whole("rows", rows, 1)
    checks.path("path", path)
    if layout is not None and checks.one_of("layout", layout, LAYOUTS) != PARTICIPANT_ROWS:
        raise PolicyError(f"`layout`: only a table with {PARTICIPANT_ROWS} can be read in chunks, not one with {layout}")
    file = os.fspath(path)
    check_ordinary(file)
    content = Content(file)
    form, _ = recognise(content, in_chunks=True)
    if form.open is None:
        advice = f"{'Unpack it and read' if content.packed else 'Read'} it whole, without {CHUNKS}."
        raise DataError([Fault(f"{form.name} cannot be read in chunks", file=file, advice=advice, settings=(CHUNKS,))])
    if content.packed and form.told_by != "elimination":
        raise DataError([Fault(f"{form.name} cannot be read in chunks while it is packed", file=file, advice="Unpack it first.")])
    return form.open(content, rows, layout)


def _qdata(file: str, source: Source, found: Sorts, grid: Grid | None, wordings: Wordings | None) -> QData:
    texts, said = attach(wordings, found.statements) if wordings is not None else (found.texts, ())
    odd = suspect(found)
    people, left_out = telling(found.people, found.participants)
    found.values.flags.writeable = False  # nobody else has them: no copy is needed
    try:
        return QData(
            sorts=found.values,
            statements=found.statements,
            participants=found.participants,
            texts=texts,
            grid=grid,
            source=source,
            notices=(*found.notices, *said_of(people, left_out), *said, *odd),
            people=people,
        )
    except DataError as error:
        raise DataError([_placed(fault, file) for fault in error.faults]) from None


def _found(form: Format, content: Content, asked: Asked) -> Sorts:
    """What the format reads; of what it refuses it is asked whether it holds people in place of sorts."""
    try:
        return form.read(content, asked)
    except DataError:
        table = form.told_by == "elimination" or begins_otherwise(content.head)  # not the records of another program
        if table and (about := reads_as_people(content)) is not None:
            raise DataError([about]) from None
        raise


def _placed(fault: Fault, file: str) -> Fault:
    return fault if fault.file else replace(fault, file=file)
