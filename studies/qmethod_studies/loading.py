"""From the files of a study to a `Study`, or to every fault with the line it stands in."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from qmethod.errors import DataError, Fault
from qmethod.formats.headings import ID_HEADERS, STATEMENT_HEADERS, TAG_HEADERS, TEXT_HEADERS, id_and_text, plain
from qmethod.formats.placements import filled
from qmethod.formats.strict_json import UNREADABLE, loaded
from qmethod.formats.table import Table, read_table
from qmethod.notice import Notice
from qmethod_studies import carried, checks, library
from qmethod_studies.carried import Carried
from qmethod_studies.definition import Study
from qmethod_studies.model_faults import Path as Path_
from qmethod_studies.model_faults import validate
from qmethod_studies.oddities import check
from qmethod_studies.parts import Text
from qmethod_studies.sources import LARGEST, Node, no_text, read_text, read_yaml
from qmethod_studies.words import Tables, unspoken

__all__ = ["EXPORT_FILE", "STATEMENTS_FILE", "STUDY_FILE", "by_language", "check", "find", "guessed", "load"]

STUDY_FILE = "study.yaml"
STATEMENTS_FILE = "statements.csv"
EXPORT_FILE = "study.json"
"""In which an export has the study, and all that was answered."""
MEDIA = frozenset({"image", "audio"})
"""Columns of the table of statements for the files that cards show."""
MOST_STATEMENTS = 1000
"""More than anybody can sort; a limit keeps a wrong file from taking long."""

T = TypeVar("T")


def load(path: str | os.PathLike[str], *, to_serve: bool = False) -> Study:
    """Read a study.

    Parameters
    ----------
    path : str or path-like
        A folder that holds ``study.yaml``, and ``statements.csv`` unless the statements stand in the former; or the YAML file itself. Or the
        folder of an export, which has the study in ``study.json``.
    to_serve : bool
        Whether respondents are to meet it: a language for which the pages have no words, and the study neither, is a fault then.

    Returns
    -------
    Study
        Each of its texts by language, also where the files give one plain text because the study has one language.

    Raises
    ------
    DataError
        Every fault of both files at once, each with file and line. Only what is no YAML, no CSV or no text at all is told on its own, because
        nothing else can be read then.
    """
    exported = _export(path)
    if exported is not None:
        study = _exported(exported)
        left = unspoken(study.words, {code: language.name for code, language in study.languages.items()}) if to_serve else ()
        if without := [Fault(message, file=str(exported), advice=advice) for _code, message, advice in left]:
            raise DataError(without)
        return study
    yaml, table = _files(Path(path))
    root = read_yaml(read_text(yaml, str(yaml)), str(yaml), added=("grid",))
    if root.kind != "map":
        raise DataError([Fault("the file holds no `key: value` lines", file=str(yaml), line=root.line)])
    faults: list[Fault] = []
    if table.exists():
        if "statements" in root.items:
            advice = f"Keep them in {STATEMENTS_FILE} and remove the key, or remove the file."
            faults.append(Fault(f"statements stand here and in {table}", file=str(yaml), line=root.key_lines["statements"], advice=advice))
        else:
            root = root.with_item("statements", _statements(table, _languages(root), faults))
    elif "statements" not in root.items:
        advice = f"Write them into {STATEMENTS_FILE} with the columns id and text, or under the key `statements`."
        faults.append(Fault(f"there are no statements: neither a key `statements` nor a file {table}", file=str(yaml), line=1, advice=advice))
    if (statements := root.items.get("statements")) is not None:
        _not_too_many(len(statements.items), statements.file, statements.line)
    parts, whole, sound, found = validate(root)
    faults += [fault for fault in found if not (fault.message == "`statements` is missing" and faults)]
    if "conditions" in root.items:
        faults = [fault for fault in faults if fault.message != "`condition` is missing"]
    draft = checks.Draft(parts, whole, sound)
    shown, unshown = _files_shown(yaml.parent, draft)
    faults += [*checks.faults(draft, to_serve=to_serve), *unshown]
    if faults:
        files = [str(yaml), str(table)]
        raise DataError(sorted(faults, key=lambda fault: (files.index(fault.file or files[0]), fault.line or 0)))
    return by_language(Study.model_validate(root.plain())).carrying(shown)


def _files_shown(folder: Path, draft: checks.Draft) -> tuple[dict[str, Carried], list[Fault]]:
    """The pictures and sounds that the pages of a study show, by their names, and what is wrong with them."""
    wanted: list[tuple[Path_, str, carried.Sort, int | None]] = []
    if (look := draft.parts.get("look")) is not None and look.logo:
        wanted.append((("look", "logo"), look.logo, "picture", carried.LARGEST_LOGO))
    for i, statement in enumerate(draft.parts.get("statements", ())):
        if statement.image:
            wanted.append((("statements", i, "image"), statement.image, "picture", None))
        if statement.audio:
            wanted.append((("statements", i, "audio"), statement.audio, "sound", None))
    found: dict[str, Carried] = {}
    faults: list[Fault] = []
    for path, name, sort, largest in wanted:
        try:
            found[name] = carried.read(folder, name, sort, largest)
        except ValueError as error:
            faults.append(draft.fault(f"`{draft.label(path)}`: {error}", *path))
        if sum(len(one.content) for one in found.values()) > carried.TOGETHER:
            faults.append(draft.fault(f"the files of the study have more than {carried.TOGETHER // 1_000_000} MB together", *path))
            break
    return found, faults


def guessed(path: str | os.PathLike[str]) -> tuple[Notice, ...]:
    """What had to be decided to read the table of statements of a study: its encoding where that is not UTF-8, lines and columns that were left out.

    An export leaves nothing to decide.

    Parameters
    ----------
    path : str or path-like
        What `load` takes.
    """
    if _export(path) is not None:
        return ()
    yaml, file = _files(Path(path))
    if not file.exists():
        return ()
    return _table(file, _languages(read_yaml(read_text(yaml, str(yaml)), str(yaml), added=("grid",))))[0].notices


def words_of(path: str | os.PathLike[str]) -> Tables:
    """The words of a study for the pages, also of one that is not whole yet.

    Parameters
    ----------
    path : str or path-like
        What `load` takes.
    """
    if _export(path) is not None:
        return load(path).words
    yaml, _table = _files(Path(path))
    node = read_yaml(read_text(yaml, str(yaml)), str(yaml), added=("grid",)).items.get("words")
    tables = node.items.items() if node is not None and node.kind == "map" else ()
    return {str(code): {str(key): word.text for key, word in words.items.items()} for code, words in tables}


def _export(path: str | os.PathLike[str]) -> Path | None:
    """The file of an export that holds its study, where this is the folder of one and not that of a study."""
    file = Path(path) / EXPORT_FILE
    return file if file.is_file() and not file.with_name(STUDY_FILE).exists() else None


def _exported(file: Path) -> Study:
    """The study in an export."""
    try:
        return Study.model_validate(loaded(file.read_bytes())["study"])
    except (OSError, *UNREADABLE) as error:
        advice = "Write it again with qmethod export."
        raise DataError([Fault(f"this is no export that can be read: {type(error).__name__}", file=str(file), advice=advice)]) from None


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """The study that a user means.

    Parameters
    ----------
    name_or_path : str or path-like
        A folder, that of an export too, a ``study.yaml``, or the name of a study that ships; capitals make no difference to that.

    Returns
    -------
    pathlib.Path
        What `load` takes. A folder of that name that holds a study goes before a study that ships.

    Raises
    ------
    DataError
        If there is neither; the message lists the studies that ship with a definition, also where the name is that of one that ships with sorts only.
    """
    path = Path(name_or_path)
    known = library.definitions()
    given = os.fspath(name_or_path)
    name = given.lower()
    if path.is_file() or (path / STUDY_FILE).exists() or (path / EXPORT_FILE).exists() or (path.exists() and name not in known):
        return path
    if name in known:
        return library.path(name)
    if name in library.names():
        advice = f"Studies that ship with a definition: {', '.join(known)}. {name} has sorts to look at and analyse: `qmethod inspect {name}`."
        raise DataError([Fault(f"the study {name!r} ships as sorts, without a {STUDY_FILE}", advice=advice)])
    near = difflib.get_close_matches(name, known, 1)
    ship = f"Studies that ship with a definition: {', '.join(known)}." if known else "No study ships with a definition."
    raise DataError([Fault(f"there is no folder and no study called {given!r}", advice=f"Did you mean {near[0]}? {ship}" if near else ship)])


def _files(path: Path) -> tuple[Path, Path]:
    """The two files of a study; the second need not exist."""
    if not path.is_dir():
        return path, path.parent / STATEMENTS_FILE
    yaml = path / STUDY_FILE
    if not yaml.exists():
        if (path / "analysis.toml").is_file():
            advice = "Name the folder of the study, that of its export, or the name of a study that ships."
            raise DataError([Fault("this is the folder of an analysis, and a study is wanted", file=str(path), advice=advice)])
        other = next((name for name in ("study.yml", "Study.yaml", "study.yaml.txt") if (path / name).is_file()), None)
        advice = f"Call {other} {STUDY_FILE}." if other else "`qmethod study new` writes one to start from."
        raise DataError([Fault(f"the folder holds no {STUDY_FILE}", file=str(path), advice=advice)])
    return yaml, path / STATEMENTS_FILE


def _languages(root: Node) -> tuple[str, ...]:
    """Languages of the study, as far as they can be read at this point."""
    node = root.items.get("languages")
    return tuple(str(key) for key in node.items) if node is not None and node.kind == "map" else ()


def _table(path: Path, languages: tuple[str, ...]) -> tuple[Table, list[Fault]]:
    known = ID_HEADERS | TEXT_HEADERS | TAG_HEADERS | MEDIA | {plain(f"text_{code}") for code in languages}
    return read_table(path, known, holds="statements", key="id", largest=LARGEST)


def _statements(path: Path, languages: tuple[str, ...], faults: list[Fault]) -> Node:
    """The statements of a table, as if they stood in the YAML, but with the lines of the table."""
    file = str(path)
    table, crowded = _table(path, languages)
    faults += crowded
    _not_too_many(len(table.rows), file, table.header_line)
    columns = _columns(table, languages, faults)
    items: dict[str | int, Node] = {}
    for line, raw in zip(table.lines, table.rows, strict=True):
        cells = [cell.strip().replace("\r\n", "\n").replace("\r", "\n") for cell in raw]
        if bad := no_text("".join(cells)):
            faults.append(Fault(f"a cell holds a sign that is no text, U+{ord(bad):04X}", file=file, line=line))
        row = {column: cells[i] if column == "id" else filled(cells[i]) for column, i in columns.items()}
        texts: dict[str | int, Node] = {
            column.removeprefix("text:"): _text(file, line, text) for column, text in row.items() if column.startswith("text:") and text
        }
        parts: dict[str | int, Node] = {
            "id": _text(file, line, row.get("id", "")),
            "text": Node(file, line, "map", items=texts, key_lines={str(key): line for key in texts}),
            "tags": Node(
                file, line, "list", items={i: _text(file, line, tag) for i, tag in enumerate(re.split(r"[\s;]+", row.get("tags", ""))) if tag}
            ),
        }
        parts |= {name: _text(file, line, row[name]) for name in sorted(MEDIA) if row.get(name)}
        if "id" in columns and any(column.startswith("text:") for column in columns):
            items[len(items)] = Node(file, line, "map", items=parts, key_lines={str(key): line for key in parts})
    return Node(file, 1, "list", items=items)


def _not_too_many(n: int, file: str, line: int) -> None:
    if n > MOST_STATEMENTS:
        raise DataError([Fault(f"there are {n} statements; a study can have {MOST_STATEMENTS}", file=file, line=line)])


def _text(file: str, line: int, text: str) -> Node:
    return Node(file, line, "text" if text else "nothing", text)


def _columns(table: Table, languages: tuple[str, ...], faults: list[Fault]) -> dict[str, int]:
    """Where ``id``, ``tags`` and ``text:<language>`` stand in the table."""
    wanted = "The header names the columns: id, text and, if you like, tags; with several languages id, text_en, text_es and so on."
    names, file, line = [plain(name) for name in table.header], table.file, table.header_line
    ids, texts = id_and_text(names, table.rows)
    folded = {plain(code): code for code in languages}
    found: dict[str, int] = {}
    for i, (name, header) in enumerate(zip(names, table.header, strict=True)):
        language = re.sub(r"(?i)^text[\W_]*", "", header)
        if i == ids or name == "id":
            column = "id"
        elif name in TAG_HEADERS:
            column = "tags"
        elif name in MEDIA:
            column = name
        elif name in TEXT_HEADERS or (i == texts and name in STATEMENT_HEADERS):
            if len(languages) > 1:
                advice = f"Name the columns {', '.join(f'text_{code}' for code in languages)}."
                faults.append(Fault(f"one column `text`, but the study has {len(languages)} languages", file=file, line=line, advice=advice))
            column = f"text:{languages[0] if languages else ''}"
        elif name.startswith("text") and (code := folded.get(plain(language))):
            column = f"text:{code}"
        elif name.startswith("text") and languages:
            advice = f"It has {', '.join(languages)}."
            message = f"column {header!r}: the study has no language {language!r}"
            faults.append(Fault(message, file=file, line=line, column=table.columns[i], advice=advice))
            continue
        else:
            message = f"column {header!r} means nothing here" if header else f"column {table.columns[i]} has no name"
            faults.append(Fault(message, file=file, line=line, column=table.columns[i], advice=wanted))
            continue
        if column in found:
            faults.append(Fault(f"column {header!r} stands twice", file=file, line=line, column=table.columns[i]))
        found.setdefault(column, i)
    faults += [Fault("there is no column `id`", file=file, line=line, advice=wanted)] if "id" not in found else []
    if not any(column.startswith("text:") for column in found):
        faults.append(Fault("there is no column `text`", file=file, line=line, advice=wanted))
    return found


def by_language(value: T, language: str = "") -> T:
    """Put each plain text under the one language of the study.

    Parameters
    ----------
    value : object
        A study; the parts of one with their language.
    language : str, optional
        Of a study its own is taken.

    Returns
    -------
    object
        The same value without texts of no named language.
    """
    changed: Any = value
    if isinstance(value, Study):
        language = value.first_language
    if isinstance(value, Text):
        changed = Text({language: value.root[""]}) if "" in value.root else value
    elif isinstance(value, BaseModel):
        changed = value.model_copy(update={name: by_language(getattr(value, name), language) for name in type(value).model_fields})
    elif isinstance(value, tuple):
        changed = tuple(by_language(item, language) for item in value)
    elif isinstance(value, dict):
        changed = {key: by_language(item, language) for key, item in value.items()}
    return changed  # type: ignore[no-any-return]
