"""From a `Study` to the files that `qmethod_studies.loading` reads."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from qmethod.formats.putting import place
from qmethod_studies.definition import Study
from qmethod_studies.loading import STATEMENTS_FILE, STUDY_FILE
from qmethod_studies.schema import SCHEMA_FILE, as_text

__all__ = ["EDITOR_LINE", "as_csv", "as_yaml", "write"]

EDITOR_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"


def write(study: Study, folder: Path, *, head: str = "") -> tuple[Path, ...]:
    """Write a study as ``study.yaml``, ``statements.csv`` and the schema for editors, with the files that it carries.

    Parameters
    ----------
    study : Study
    folder : pathlib.Path
        Made where it does not exist.
    head : str, default ""
        Comment lines to begin the YAML with, each with its ``#``.

    Returns
    -------
    tuple of pathlib.Path
        The files.

    Raises
    ------
    FileExistsError
        If one of the files exists; nothing is written then.
    """
    contents = {STUDY_FILE: EDITOR_LINE + head + as_yaml(study), STATEMENTS_FILE: as_csv(study), SCHEMA_FILE: as_text()}
    return write_new(contents | {name: file.content for name, file in study.files.items()}, folder)


def write_new(contents: Mapping[str, str | bytes], folder: Path) -> tuple[Path, ...]:
    """Write files into a folder, or none of them where one exists already.

    Raises
    ------
    FileExistsError
    """
    paths = {folder / name: content.encode() if isinstance(content, str) else content for name, content in contents.items()}
    for path in paths:
        if os.path.lexists(path):
            raise FileExistsError(17, "this file exists already; nothing was written", str(path))
    place(paths, new=True)
    return tuple(paths)


def as_yaml(study: Study) -> str:
    """The study without its statements, as YAML; what has its default is left out, and one language needs no codes."""
    whole = study.model_dump(mode="python", by_alias=True, exclude_defaults=True)
    del whole["statements"]
    if study.conditions:
        del whole["condition"]  # made of them
    whole["grid"] = {_plain(float(value), None): count for value, count in sorted(study.grid.items())}
    only = study.first_language if len(study.languages) == 1 else None
    languages = {code: dict(language) for code, language in whole.pop("languages").items()}
    words = {"words": own} if (own := whole.pop("words", None)) else {}  # by language also where there is one
    plain = {"study": whole.pop("study"), "languages": languages, **_plain(whole, only), **words}
    yaml = YAML(typ="rt", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 140
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(plain, out)
    return out.getvalue()


def _plain(value: Any, only: str | None) -> Any:
    """Lists for tuples, plain texts for maps of one language, blocks for texts of several lines, and 0 for 0.0."""
    if isinstance(value, dict):
        if only is not None and list(value) == [only]:
            return _plain(value[only], None)
        return {key: _plain(item, only) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, only) for item in value]
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def as_csv(study: Study) -> str:
    """The statements as CSV: id, a text for each language, and tags where there are any."""
    codes = list(study.languages)
    tagged = any(statement.tags for statement in study.statements)
    media = [name for name in ("image", "audio") if any(getattr(statement, name) for statement in study.statements)]
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["id", *(["text"] if len(codes) == 1 else [f"text_{code}" for code in codes]), *(["tags"] if tagged else []), *media])
    for statement in study.statements:
        tags = [" ".join(statement.tags)] if tagged else []
        table.writerow([statement.id, *(statement.text.in_(code) for code in codes), *tags, *(getattr(statement, name) for name in media)])
    return out.getvalue()
