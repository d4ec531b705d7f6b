"""`read`: a file of sorts, whatever wrote it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qmethod.data import Grid, QData, Source
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats import layout as layouts
from qmethod.formats.foreign import refuse_foreign, refuse_statements_alone
from qmethod.formats.headings import check_header
from qmethod.formats.long import long_table
from qmethod.formats.parquet import MAGIC, is_parquet, open_parquet
from qmethod.formats.placements import placements
from qmethod.formats.pqmethod import looks_like_pqmethod, read_pqmethod
from qmethod.formats.qualis import looks_like_qualis, read_qualis
from qmethod.formats.sorts import Sorts
from qmethod.formats.suspicion import suspect
from qmethod.formats.table import parse_table
from qmethod.formats.text import CHUNKS, Decoded, Document, Readable, decode, held, load
from qmethod.formats.wide import participants_in_rows, statements_in_rows
from qmethod.formats.wordings import Wordings, attach, read_wordings, wordings_beside
from qmethod.formats.words import coded_fault


def read(
    path: str | os.PathLike[str] | bytes | Readable,
    *,
    layout: str | None = None,
    grid: Grid | None = None,
    statements: str | os.PathLike[str] | None = None,
    encoding: str | None = None,
) -> QData:
    r"""Read the sorts of a study from a file.

    Parameters
    ----------
    path : path, bytes, or file object
        A table (CSV or TSV; comma, semicolon or tab between cells; decimal point or comma), a Parquet file with one row a participant (only by
        its path), or a PQMethod .DAT file, whose .STA is taken from beside it. A table may have statements in rows, participants in rows, or be
        long (one row a placement).
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
    layouts.check_layout(layout)
    try:
        if not isinstance(path, str | os.PathLike):
            document = held(path)
            if document.raw.startswith(MAGIC):
                raise document.fault("a Parquet file is read from where it lies, not from memory", advice="Save it, and give its path.")
            return _read(document, layout, grid, statements, encoding)
        if is_parquet(path):
            return _read_parquet(path, layout, grid, statements, encoding)
        return _read(load(path), layout, grid, statements, encoding)
    except MemoryError:
        advice = f"With one row a participant it can be analysed in chunks with {CHUNKS}."
        file = os.fspath(path) if isinstance(path, str | os.PathLike) else None
        raise DataError([Fault("the file does not fit into memory", file=file, advice=advice, settings=(CHUNKS,))]) from None


def _read_parquet(
    path: str | os.PathLike[str], layout: str | None, grid: Grid | None, statements: str | os.PathLike[str] | None, encoding: str | None
) -> QData:
    if layout not in (None, layouts.PARTICIPANT_ROWS):
        raise PolicyError(f"{os.fspath(path)}: a Parquet file has {layouts.PARTICIPANT_ROWS}, not {layout}")
    opened = open_parquet(path)
    chunks = [chunk for part in range(opened.n_parts) for chunk in opened.chunks(part)]
    values = np.concatenate([chunk.sorts for chunk in chunks], axis=1)
    names = np.concatenate([chunk.participants for chunk in chunks]).tolist()
    wordings = read_wordings(statements, encoding) if statements is not None else None
    return _qdata(opened.file, opened.origin(), Sorts(values, opened.statements, tuple(names)), grid, wordings)


def _read(document: Document, layout: str | None, grid: Grid | None, statements: str | os.PathLike[str] | None, encoding: str | None) -> QData:
    refuse_foreign(document)
    refuse_statements_alone(document)
    decoded = decode(document, encoding)
    wordings = read_wordings(statements, encoding) if statements is not None else None
    read_fixed = _fixed_columns(document, decoded.text)
    if read_fixed is not None:
        found, grid_found, kind = read_fixed(document, decoded.text)
        if wordings is None and (wordings := wordings_beside(document, encoding)) is not None:
            kind += " and .STA"
    else:
        found, grid_found, kind = _read_table(document, decoded, layout, grid, wordings)
    source = Source(name=document.path.name, sha256=document.sha256, kind=kind)
    return _qdata(document.file, source, replace(found, notices=(*decoded.notices, *found.notices)), grid or grid_found, wordings)


def _fixed_columns(document: Document, text: str) -> Callable[[Document, str], tuple[Sorts, Grid | None, str]] | None:
    """The reader of a file in fixed columns; None for a table."""
    if looks_like_pqmethod(document, text):
        return read_pqmethod
    return read_qualis if looks_like_qualis(text) else None


def _read_table(
    document: Document, decoded: Decoded, layout: str | None, grid: Grid | None, wordings: Wordings | None
) -> tuple[Sorts, Grid | None, str]:
    table = parse_table(decoded.text, document.file)
    numbers = placements(table.rows, len(table.header))
    known = wordings.ids if wordings else ()
    headed = check_header(table, numbers)
    if (coded := coded_fault(table, numbers)) is not None:
        raise DataError([coded])
    chosen = layouts.Orientation(layout) if layout else layouts.guess_layout(table, numbers, grid=grid, known=known)
    if chosen.layout == layouts.LONG:
        found, lies = long_table(table, numbers), "one placement a row"
    elif chosen.layout == layouts.STATEMENT_ROWS:
        found, lies = statements_in_rows(table, numbers), "statements in rows"
    else:
        found, lies = participants_in_rows(table, numbers, known=known), "participants in rows"
    found = replace(found, notices=(*table.notices, *headed, *chosen.notices, *found.notices))
    return found, None, f"{table.kind}, {lies}, {table.between}"


def _qdata(file: str, source: Source, found: Sorts, grid: Grid | None, wordings: Wordings | None) -> QData:
    texts, said = attach(wordings, found.statements) if wordings is not None else (found.texts, ())
    odd = suspect(found)
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
