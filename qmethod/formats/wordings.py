"""Wordings of the statements, from a file of their own."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qmethod.errors import DataError, Fault
from qmethod.formats.cells import DELIMITERS, Cells, check_width, one_column, possible_headers
from qmethod.formats.foreign import refuse_foreign
from qmethod.formats.headings import ID_HEADERS, STATEMENT_HEADERS, TAG_HEADERS, TEXT_HEADERS, id_and_text, plain
from qmethod.formats.html_names import ELEMENTS
from qmethod.formats.placements import filled
from qmethod.formats.sorts import Sorts
from qmethod.formats.table import Table, is_count, parse_named, parse_table, plain_list
from qmethod.formats.text import Document, decode, lines_of, load
from qmethod.notice import Notice
from qmethod.wording import listed

WORDING_NAMES = ID_HEADERS | TEXT_HEADERS
_LONGEST_ID = 40
_TAG = re.compile(rf"</?(?:{ELEMENTS.pattern})(?:\s[^<>]*)?/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wordings:
    """Wordings in the order of their file.

    Parameters
    ----------
    file : str
    ids : tuple of str
        Ids of the statements; empty where the file has one wording a line.
    texts : tuple of str
    notices : tuple of Notice
    lines : tuple of str
        Where it was guessed that the file is a table: its lines, should they be wordings that happen to hold commas.
    tags : tuple of str
        What a column called tags says of each statement; empty where there is none.
    """

    file: str
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    lines: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read_wordings(path: str | os.PathLike[str], encoding: str | None = None) -> Wordings:
    """Read wordings from a table with ids and texts, a text with one wording a line, or a .STA.

    Raises
    ------
    DataError
        If the file cannot be read, or an id is missing or stands twice.

    Notes
    -----
    Of a table whose header does not name the columns id and text, the wordings are the column with the longest texts, and the ids the first other
    column in which every cell is filled, short and different.
    """
    document = load(path, holds="wordings")
    refuse_foreign(document)
    decoded = decode(document, encoding)
    check_width(decoded.text, document.file)
    is_sta = document.path.suffix.lower() == ".sta"
    if not is_sta and _named_columns(decoded.text):
        table, faults = parse_named(decoded.text, document.file, WORDING_NAMES, whole=True)
        return _from_table(table, faults, decoded.notices)
    lines = [line.strip() for line in lines_of(decoded.text)]
    if is_sta:
        return Wordings(document.file, (), tuple(lines), decoded.notices)
    listing = Cells([[line] for line in lines], list(range(1, len(lines) + 1)), DELIMITERS[0])
    if document.path.suffix.lower() in (".csv", ".tsv"):
        listing = one_column(decoded.text, TEXT_HEADERS | STATEMENT_HEADERS) or listing
    listing, said = plain_list(listing, TEXT_HEADERS | STATEMENT_HEADERS)
    lines = [line for (line,) in listing.rows]
    if plain(lines[0]) in TEXT_HEADERS | STATEMENT_HEADERS:
        lines = lines[1:]
    guessed = _guessed(decoded.text, document.file, decoded.notices)
    if guessed is not None:
        return replace(guessed, lines=tuple(lines))
    return Wordings(document.file, (), tuple(lines), (*decoded.notices, *said))


def _guessed(text: str, file: str, notices: tuple[Notice, ...]) -> Wordings | None:
    """Ids and wordings of a table whose header does not say which is which; None where the file is no such table."""
    try:
        table = parse_table(text, file)
    except DataError:
        return None
    rows = [list(table.header), *table.rows]
    lengths = [sum(len(row[j].strip()) for row in table.rows) for j in range(len(table.header))]
    at = max(range(len(lengths)), key=lengths.__getitem__)
    others = [j for j in range(len(table.header)) if j != at and _could_be_ids([row[j].strip() for row in table.rows])]
    if not others or lengths[at] <= lengths[others[0]]:
        return None
    if all(re.match(r"[0-9]+[.)]?\s+\S", row[others[0]].strip()) for row in rows):
        return None  # numbered wordings, cut at a comma of theirs
    ids = [row[others[0]].strip() for row in rows]
    if is_count(table.header[others[0]], ids[1:], 0):  # pandas counts rows from 0, nobody statements
        said = Notice(
            "columns-ignored", f"Column {table.columns[others[0]]} counts the rows and was left out; the wordings were taken in their order."
        )
        return Wordings(file, (), tuple(row[at].strip() for row in table.rows), (*notices, *table.notices, said))
    headed = _is_header(ids)
    message = f"The wordings were taken from column {table.columns[at]}, the ids from column {table.columns[others[0]]}"
    if headed:
        message = f"The wordings were taken from the column {table.header[at]!r}, the ids from {table.header[others[0]]!r}"
        left = [repr(name) for j, name in enumerate(table.header) if j not in (at, others[0])]
        message += f"; left out: {listed(left, 10)}" if left else ""
    start = 1 if headed else 0
    texts = tuple(row[at].strip() for row in rows[start:])
    if "" in ids[start:] or len(set(ids[start:])) < len(ids) - start:
        return None
    said = Notice("wordings-columns", f"{message}. Call the columns id and text to choose otherwise.")
    return Wordings(file, tuple(ids[start:]), texts, (*notices, *table.notices, said), tags=_tags(table) if headed else ())


def _tags(table: Table) -> tuple[str, ...]:
    """What stands in the first column called tags, row by row."""
    at = next((j for j, name in enumerate(table.header) if plain(name) in TAG_HEADERS), None)
    return () if at is None else tuple(row[at].strip() for row in table.rows)


def _tabular(lines: Sequence[str]) -> bool:
    """Whether a sign parts every line where no sentence would be parted: no blank follows it."""
    filled = [line for line in lines if line]
    return any(all(re.search(rf"{re.escape(sign)}(?=\S)", line) for line in filled) for sign in DELIMITERS)


def _could_be_ids(cells: Sequence[str]) -> bool:
    """Whether cells are filled, different and short."""
    return all(cells) and len(set(cells)) == len(cells) and max(map(len, cells)) <= _LONGEST_ID


def _is_header(ids: Sequence[str]) -> bool:
    """Whether the first id is none: it has no number, or another stem, where all others are one stem and a number."""
    parts = [re.fullmatch(r"(.*?)[0-9]+", name) for name in ids]
    stems = {part[1] for part in parts[1:] if part}
    return all(parts[1:]) and len(stems) == 1 and (parts[0] is None or parts[0][1] not in stems)


def wordings_beside(document: Document, encoding: str | None = None) -> Wordings | None:
    """Wordings of the .STA that stands beside a .DAT, whatever the case of its name; None where there is none."""
    stem = document.path.stem
    try:
        beside = sorted(document.path.parent.iterdir())
    except OSError:
        return None
    same = [path for path in beside if path.suffix.lower() == ".sta" and path.stem.casefold() == stem.casefold() and path.is_file()]
    if not same:
        return None
    return read_wordings(min(same, key=lambda path: path.stem != stem), encoding)


def with_wordings_beside(found: Sorts, document: Document, encoding: str | None) -> Sorts:
    """Sorts from a .DAT with the wordings of the .STA beside it, where there is one."""
    wordings = wordings_beside(document, encoding)
    if wordings is None:
        return found
    texts, said = attach(wordings, found.statements)
    return replace(found, texts=texts, notices=(*found.notices, *said), kind=f"{found.kind} and .STA")


def attach(wordings: Wordings, statements: Sequence[str]) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """Put wordings in the order of the statements.

    Parameters
    ----------
    wordings : Wordings
        What the file holds.
    statements : sequence of str
        Ids of the statements of the sorts.

    Returns
    -------
    texts : tuple of str
        One wording for each statement.
    notices : tuple of Notice
        What the reader decided.

    Raises
    ------
    DataError
        If the number of wordings is another, or a statement has none.
    """
    texts, said = _matched(wordings, statements)
    marked = {name: tags[0] for name, text in zip(statements, texts, strict=True) if (tags := tags_of_html(text))}
    if marked:
        named = listed([f"{name} ({tag})" for name, tag in marked.items()], 10)
        message = f"Wordings are shown as they stand, and nothing in them is taken for HTML; readers see the tags in {named}."
        said = (*said, Notice("wordings-html", message, statements=tuple(marked)))
    return texts, said


def tags_of_html(text: str) -> list[str]:
    """What would be tags in a page of HTML, such as ``<b>``, in the order of a text."""
    return _TAG.findall(text)


def _matched(wordings: Wordings, statements: Sequence[str]) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """What `attach` gives, and raises, without a look at what the wordings hold."""
    if not wordings.ids:
        return _by_position(wordings, statements), wordings.notices
    by_id = dict(zip(wordings.ids, wordings.texts, strict=True))
    folded = {name.casefold(): text for name, text in by_id.items()}
    found = [by_id.get(name, folded.get(name.casefold())) for name in statements]
    if None not in found:
        unused = [name for name in wordings.ids if name.casefold() not in {other.casefold() for other in statements}]
        if wordings.lines and unused[:1] == [wordings.ids[0]]:
            unused = unused[1:]  # a header that could not be told from an id before
        message = f"{len(unused)} wording(s) of {Path(wordings.file).name} belong to no statement of the sorts: {listed(unused, 20)}."
        said = (Notice("wordings-unused", message),) if unused else ()
        return tuple(text or "" for text in found), (*wordings.notices, *said)
    numbers, ours = _numbers(wordings.ids), _numbers(statements)
    if numbers and ours and set(numbers) == set(ours):
        by_number = dict(zip(numbers, wordings.texts, strict=True))
        message = f"Wordings were matched by number: {wordings.ids[0]} is {statements[ours.index(numbers[0])]}."
        return tuple(by_number[number] for number in ours), (*wordings.notices, Notice("wordings-by-number", message))
    if wordings.lines and not _tabular(wordings.lines):
        plainly = Wordings(wordings.file, (), wordings.lines, tuple(notice for notice in wordings.notices if notice.code != "wordings-columns"))
        if len(statements) in {len(plainly.texts), sum(1 for text in plainly.texts if text)}:
            return _matched(plainly, statements)
    if all(text is None for text in found):
        theirs, ours_named = (listed([repr(name) for name in names], 4) for names in (wordings.ids, statements))
        message = f"none of its ids ({theirs}) is that of a statement of the sorts ({ours_named})"
        advice = "Put the ids of the sorts into a column called id, and the wordings into one called text."
        raise DataError([Fault(message, file=wordings.file, advice=advice)])
    raise DataError(
        [
            Fault("no wording for a statement", file=wordings.file, statement=name, advice="Ids must be those of the sorts.")
            for name, text in zip(statements, found, strict=True)
            if text is None
        ]
    )


def tags_by_statement(wordings: Wordings, statements: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The tags of each statement, matched to the sorts as wordings are.

    Parameters
    ----------
    wordings : Wordings
        What the file holds.
    statements : sequence of str
        Ids of the statements of the sorts.

    Returns
    -------
    dict of str to tuple of str
        Tags, which blanks or semicolons part in the file; empty where the file has no column called tags.

    Raises
    ------
    DataError
        As `attach` does.
    """
    if not wordings.tags:
        return {}
    cells, _ = _matched(replace(wordings, texts=wordings.tags), statements)
    return {name: tuple(dict.fromkeys(tag for tag in re.split(r"[\s;]+", cell) if tag)) for name, cell in zip(statements, cells, strict=True)}


def _by_position(wordings: Wordings, statements: Sequence[str]) -> tuple[str, ...]:
    filled = tuple(text for text in wordings.texts if text)
    for texts in (wordings.texts, filled):
        if len(texts) == len(statements):
            return texts
    message = f"the file holds {len(filled)} wordings, the sorts have {len(statements)} statements"
    advice = "Correct the file of wordings: one line for each statement, in their order."
    if len(filled) == len(statements) + 1:
        advice += f" If its first line ({filled[0][:40]!r}) is a header, call it text."
    raise DataError([Fault(message, file=wordings.file, advice=advice)])


def _named_columns(text: str) -> bool:
    """Whether the first row names a column of ids and one of wordings, whatever stands between the two."""
    return any(None not in id_and_text(row) for row in possible_headers(text, WORDING_NAMES))


def _from_table(table: Table, faults: list[Fault], notices: tuple[Notice, ...]) -> Wordings:
    at, wordings_at = id_and_text(table.header, table.rows)
    if at is None or wordings_at is None:
        raise DataError([Fault("the header names no column of ids and of wordings", file=table.file, line=table.header_line)])
    ids = [row[at].strip() for row in table.rows]
    texts = tuple(filled(row[wordings_at]) for row in table.rows)
    seen: dict[str, int] = {}
    for name, line in zip(ids, table.lines, strict=True):
        if not name:
            faults.append(Fault("a wording has no id", file=table.file, line=line, advice="Give each statement an id of its own."))
        elif seen.setdefault(name, line) != line:
            message = f"two wordings have the id {name!r}, here and in line {seen[name]}"
            faults.append(Fault(message, file=table.file, line=line, advice="Give each statement an id of its own."))
    if faults:
        raise DataError(sorted(faults, key=lambda fault: fault.line or 0))
    return Wordings(table.file, tuple(ids), texts, (*notices, *table.notices), tags=_tags(table))


def _numbers(names: Sequence[str]) -> list[int]:
    """The one number in each name; empty where a name has none, or two names share it."""
    found = [re.findall(r"\d{1,9}", name) for name in names]
    if any(len(parts) != 1 for parts in found):
        return []
    numbers = [int(parts[0]) for parts in found]
    return numbers if len(set(numbers)) == len(numbers) else []
