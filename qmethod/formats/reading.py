"""`read` and `open_sorts`: a file of sorts, whatever wrote it, at once or in chunks."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Literal

from qmethod import checks
from qmethod.data import Grid, QData, Source
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats.registry import Asked, Content, recognise
from qmethod.formats.sorts import Sorts
from qmethod.formats.suspicion import suspect
from qmethod.formats.text import CHUNKS, Readable, check_ordinary, held, last_part
from qmethod.formats.wordings import Wordings, attach, read_wordings
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
) -> QData:
    r"""Read the sorts of a study from a file.

    Parameters
    ----------
    path : path, bytes, bytearray, memoryview, or file object
        A table (CSV or TSV; comma, semicolon or tab between cells; decimal point or comma), an Excel workbook, a project or results of KADE or
        Ken-Q Analysis, a data set of Stata, SPSS or R, a Parquet file with one row a participant (only by its path), or a PQMethod .DAT file, whose
        .STA is taken from beside it. A table may have statements in rows, participants in rows, or be long (one row a placement).
    layout : {"statements-in-rows", "participants-in-rows", "long"}, optional
        Which way the table lies; guessed from its names and distributions where not given.
    grid : Grid, optional
        The distribution of the design. Without one it is taken from the file, or from the sorts where all show the same.
    statements : path, optional
        Wordings of the statements: a CSV with the columns id and text, a text with one wording a line, or a .STA.
    encoding : str, optional
        Encoding of the files; guessed where not given.

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
        If there is no such `layout`, or a Parquet file has another.

    Examples
    --------
    >>> import qmethod
    >>> data = qmethod.read(b"statement,Ana,Ben,Cem\ns1,-1,0,1\ns2,0,1,-1\ns3,1,-1,0\n")
    >>> data.participants, data.sorts[:, 0].tolist()
    (('Ana', 'Ben', 'Cem'), [-1, 0, 1])
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
    content = Content(os.fspath(path), encoding) if isinstance(path, str | os.PathLike) else Content.of(held(path), encoding)
    try:
        form, recognised = recognise(content)
        wordings = read_wordings(statements, encoding) if statements is not None else None
        found = form.read(content, Asked(layout, grid, wordings))
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
    found.values.flags.writeable = False  # nobody else has them: no copy is needed
    try:
        return QData(
            sorts=found.values,
            statements=found.statements,
            participants=found.participants,
            texts=texts,
            grid=grid,
            source=source,
            notices=(*found.notices, *said, *odd),
        )
    except DataError as error:
        raise DataError([_placed(fault, file) for fault in error.faults]) from None


def _placed(fault: Fault, file: str) -> Fault:
    return fault if fault.file else replace(fault, file=file)
