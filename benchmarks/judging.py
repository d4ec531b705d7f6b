"""What programs that are not ours read of the files that are written here: `python -m benchmarks.judging`.

Needs R with its packages foreign and readstata13, PSPP and LibreOffice (Debian: r-base-core, r-cran-foreign, r-cran-readstata13, pspp,
libreoffice-calc). Writes the studies of `tests/formats/judged_studies.py` in each format that one of them reads, and what each of them gave for it,
into `tests/formats/judged`: there the tests hold what is written now against what was judged, and what was judged against the studies.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.formats.judged_studies import made, read_by_judges

JUDGED = Path(__file__).parents[1] / "tests" / "formats" / "judged"
BY_R = {"csv": "r", "csv-participants": "r", "csv-long": "r", "r": "r", "spss": "foreign", "stata": "readstata13"}
BY_PSPP = ("spss", "spss-syntax")
BY_LIBREOFFICE = ("csv", "csv-participants", "csv-long", "kade-excel")
MISSING = "<missing>"
_TABLE, _OFFICE, _TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("table", "office", "text"))
_UTF8, _NATIVE = "C.UTF-8", "C"

Said = dict[str, Any]


def ran(*command: str, folder: Path, locale: str = _UTF8) -> str:
    """What a program printed, in a folder and a locale."""
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True, env={"LC_ALL": locale, "PATH": "/usr/bin:/bin", "HOME": str(folder)})
    return done.stdout.decode()


def unescaped(cell: str) -> str:
    """A cell as it was before `judge.R` escaped it."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), cell)


def by_r(key: str, first: Path) -> Said:
    """What R reads; the same where its locale knows no letters but those of ASCII."""
    printed = [ran("Rscript", str(JUDGED / "judge.R"), key, first.name, folder=first.parent, locale=locale) for locale in (_UTF8, _NATIVE)]
    assert printed[0] == printed[1] or key == "spss"  # foreign turns texts into those of the locale
    said: Said = {"rows": []}
    for line in printed[0].splitlines():
        cells = [unescaped(cell) for cell in line.split("\t")]
        if cells[0] in ("#columns", "#kinds", "#labels", "#printed", "#stopped", "#forced", "#distribution"):
            said[cells[0][1:]] = cells[1:]
        else:
            kinds = said["kinds"]
            said["rows"].append(
                [None if cell == MISSING else float(cell) if kind == "number" else cell for cell, kind in zip(cells, kinds, strict=True)]
            )
    del said["kinds"]
    return said


def by_pspp(key: str, first: Path) -> Said:
    """What PSPP reads; the labels of its variables stand in what it prints."""
    opened = f"GET FILE='{first.name}'." if key == "spss" else f"INCLUDE FILE='{first.name}'."
    (first.parent / "judge.sps").write_text(f"{opened}\nDISPLAY LABELS.\nSAVE TRANSLATE /OUTFILE='judge.csv' /TYPE=CSV /FIELDNAMES /REPLACE.\n")
    printed = ran("pspp", "-O", "format=csv", "judge.sps", folder=first.parent)
    labels = {row[0]: row[2] for row in csv.reader(io.StringIO(printed)) if len(row) == 3}
    header, *rows = csv.reader(io.StringIO((first.parent / "judge.csv").read_text("utf-8")))
    numbers = [[None if not cell.strip() else float(cell) for cell in row[1:]] for row in rows]
    return {
        "columns": header,
        "labels": [labels.get(name, "") for name in header],
        "rows": [[row[0], *cells] for row, cells in zip(rows, numbers, strict=True)],
    }


def by_libreoffice(_key: str, first: Path) -> Said:
    """What LibreOffice makes of each cell: a number, a text, or what it shows for anything else; and how many formulas there are."""
    filters = ["--infilter=CSV:44,34,76,1"] if first.suffix == ".csv" else []
    profile = f"-env:UserInstallation=file://{first.parents[2]}/libreoffice"
    ran("soffice", profile, "--headless", *filters, "--convert-to", "fods", first.name, folder=first.parent)
    tables = list(ElementTree.parse(first.with_suffix(".fods")).getroot().iter(f"{_TABLE}table"))
    formulas = sum(cell.get(f"{_TABLE}formula") is not None for table in tables for cell in table.iter())
    return {"formulas": formulas, "sheets": {table.get(f"{_TABLE}name", ""): [row for row in rows_of(table) if row] for table in tables}}


def rows_of(table: ElementTree.Element) -> Iterator[list[str | float | None]]:
    """The rows of a sheet, without the empty cells at their ends."""
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str | float | None] = []
        for one in row:
            kind, value = one.get(f"{_OFFICE}value-type"), one.get(f"{_OFFICE}value")
            shown = "\n".join(words_of(paragraph) for paragraph in one.findall(f"{_TEXT}p"))
            repeated = int(one.get(f"{_TABLE}number-columns-repeated", "1"))
            cells += [None if kind is None else float(value) if value is not None else shown] * (repeated if kind is not None or repeated < 99 else 0)
        while cells and cells[-1] is None:
            cells.pop()
        yield cells


def words_of(element: ElementTree.Element) -> str:
    """The text of a paragraph, with its blanks and breaks."""
    inner = "".join(
        {f"{_TEXT}s": " " * int(part.get(f"{_TEXT}c", "1")), f"{_TEXT}line-break": "\n"}.get(part.tag, words_of(part)) + (part.tail or "")
        for part in element
    )
    return (element.text or "") + inner


def judges(key: str) -> Iterator[tuple[str, Callable[[str, Path], Said]]]:
    """Those that read a format, with their names."""
    if key in BY_R:
        yield BY_R[key], by_r
    if key in BY_PSPP:
        yield "pspp", by_pspp
    if key in BY_LIBREOFFICE:
        yield "libreoffice", by_libreoffice


def versions(folder: Path) -> dict[str, str]:
    """Which judges these are."""
    asked = 'cat(R.version.string, as.character(packageVersion("foreign")), as.character(packageVersion("readstata13")), sep = "\n")'
    r, foreign, readstata13 = ran("Rscript", "-e", asked, folder=folder).splitlines()
    numbers = {
        "r": r,
        "foreign": foreign,
        "readstata13": readstata13,
        "pspp": ran("pspp", "--version", folder=folder),
        "libreoffice": ran("soffice", f"-env:UserInstallation=file://{folder}/libreoffice", "--version", folder=folder),
    }
    return {name: re.search(r"\d+(\.\d+)+", text)[0] for name, text in numbers.items()}  # type: ignore[index]


def main() -> None:
    """Judge anew, and keep what was judged and what was said of it."""
    for old in ("files", "said"):
        shutil.rmtree(JUDGED / old, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary)
        for study, writer, files in made():
            asked = list(judges(writer.key))
            if not asked:
                continue
            kept = JUDGED / "files" / study / writer.key
            for folder in (kept, top / study / writer.key):
                folder.mkdir(parents=True)
                for ending, content in read_by_judges(writer, files).items():
                    (folder / f"{study}{ending}").write_bytes(content)
            first = top / study / writer.key / f"{study}{next(iter(files.files))}"
            for judge, ask in asked:
                said = JUDGED / "said" / study / f"{writer.key}.{judge}.json"
                said.parent.mkdir(parents=True, exist_ok=True)
                said.write_text(json.dumps(ask(writer.key, first), ensure_ascii=False, indent=None) + "\n", "utf-8")
                print(study, writer.key, judge, flush=True)
        (JUDGED / "judges.json").write_text(json.dumps(versions(top), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
