"""The data behind a published study, to download: sorts without names, statements, the recipe that runs on them, checksums, how to cite."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import textwrap
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace

from qmethod.formats.spreadsheet import safe_text
from qmethod.layouts import STATEMENT_ROWS
from qmethod.simulation import simulated_names
from qmethod_analysis.folder.credited import credited
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.called import RESEARCHER
from qmethod_analysis.recipe.recipe import FILE_NAME, Input, Recipe
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.tables.csv_output import to_csv
from qmethod_analysis.tables.solution import Cell, Table
from qmethod_analysis.words.labels import defined

SUMS = "SHA256SUMS"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file of the archive, so that the same data give the same bytes."""

MEANINGS = {
    ("sorts.csv", "statement"): "Id of the statement.",
    (
        "sorts.csv",
        "{first} ... {last}",
    ): "One column for each person: where that person put the statement. Higher means more like the person's view. Empty: not placed.",
    ("statements.csv", "id"): "Id of the statement.",
    ("statements.csv", "text"): "Its wording.",
    ("viewpoints.csv", "viewpoint"): "Short label of the viewpoint, as in the other tables.",
    ("viewpoints.csv", "name"): "What the viewpoint is called on the site.",
    ("viewpoints.csv", "name_by"): "Whose name that is: the researcher's; that of a description; or none was given, and the program counted.",
    ("viewpoints.csv", "gist"): "The viewpoint in a line.",
    ("viewpoints.csv", "gist_by"): "Whose words these are: the researcher's, those of a description, or the program's, from the figures.",
    ("viewpoints.csv", "description"): "The description that it resembles, with its source; empty where none is known.",
    ("viewpoints.csv", "defining_sorts"): "People whose sorts define it.",
    ("z_scores.csv", "statement"): "Id of the statement.",
    (
        "z_scores.csv",
        "{labels}",
    ): "z-score of the statement in each viewpoint: how far above (or below) the middle it stands, in standard deviations. Nine decimals.",
    ("factor_arrays.csv", "statement"): "Id of the statement.",
    ("factor_arrays.csv", "{labels}"): "Place of the statement on the board of each viewpoint.",
    ("analysis.toml", ""): "The recipe: every choice of the analysis. `qmethod run analysis.toml --out again` repeats it.",
    ("codebook.csv", ""): "This table.",
    ("README.txt", ""): "What this is, in words.",
    ("CITATION.cff", ""): "How to cite these data (Citation File Format).",
    ("LICENSE", ""): "What may be done with these data.",
    ("SOURCE.md", ""): "Where the study comes from, and its licence.",
    (SUMS, ""): "SHA-256 checksum of every other file here; `sha256sum -c SHA256SUMS` checks them.",
}


def package(loaded: Loaded, title: str, authors: str, about: str, gists: Mapping[str, str], beside: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every file of the data package, by name.

    Parameters
    ----------
    loaded : Loaded
        As `qmethod_analysis.report.anonymous.public` makes it.
    title, authors : str
        Of the study; authors may be empty.
    about : str
        What was done, in words, for the README.
    gists : mapping of str to str
        Gist of each viewpoint by label.
    beside : mapping of str to bytes
        Files the researcher gives along, such as ``LICENSE`` and ``CITATION.cff``; they go before those made here.
    """
    solution = loaded.solution
    made = {"sorts.csv": _sorts(loaded), "statements.csv": _statements(loaded)}
    made[FILE_NAME] = _recipe(loaded, made).to_toml().encode()
    made["viewpoints.csv"] = to_csv(_viewpoints(loaded, gists)).encode()
    made["z_scores.csv"] = to_csv(_of_viewpoints(loaded, tables.z_scores(solution))).encode()
    made["factor_arrays.csv"] = to_csv(_of_viewpoints(loaded, tables.factor_arrays(solution))).encode()
    made["CITATION.cff"] = _citation(loaded, title, authors).encode()
    made |= beside
    people = solution.data.participants
    blanks = {"first": people[0], "last": people[-1], "labels": ", ".join(solution.labels[f] for f in defined(solution))}
    known = [*made, "codebook.csv", "README.txt", SUMS]
    rows = [(file, column.format(**blanks), words) for (file, column), words in MEANINGS.items() if file in known]
    rows += [(file, "", "Given along by the researchers.") for file in known if file not in {file for file, _ in MEANINGS}]
    made["codebook.csv"] = to_csv(Table(("file", "column", "meaning"), tuple(rows))).encode()
    made["README.txt"] = _readme(loaded, title, about, dict.fromkeys(file for file, *_ in rows)).encode()
    made[SUMS] = checksums(made)
    return made


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Lines of SHA-256 and name, as ``sha256sum`` writes and checks them."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())).encode()


def archive(files: Mapping[str, bytes], folder: str) -> bytes:
    """Files in one zip archive, in a folder; the same bytes for the same files. Nothing is compressed, since programs compress differently."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            packed.writestr(entry, content)
    return out.getvalue()


def _csv(rows: Iterable[Iterable[Cell]]) -> bytes:
    """Rows as CSV, every text in quotes, so that no separator in a name can be taken for another one."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _sorts(loaded: Loaded) -> bytes:
    data = loaded.solution.data
    values = data.sorts.astype(float).tolist()
    cells = ([name, *map(tables.placement, row)] for name, row in zip(data.statements, values, strict=True))
    return _csv([["statement", *data.participants], *cells])


def _statements(loaded: Loaded) -> bytes:
    data = loaded.solution.data
    return _csv([["id", "text"], *([name, safe_text(text)] for name, text in zip(data.statements, data.texts, strict=True))])


def _recipe(loaded: Loaded, made: Mapping[str, bytes]) -> Recipe:
    """The recipe of the analysis, made to run on the packaged sorts.

    Reasons for flags set by hand are a researcher's words about a person, so they stay at home; that there were flags does not. Sorts that were left
    out, and second sorts, are not in the package, so that the recipe says nothing of them.
    """
    was, solution = loaded.recipe, loaded.solution
    worded = any(solution.data.texts)
    digest = {name: hashlib.sha256(made[name]).hexdigest() for name in ("sorts.csv", "statements.csv")}
    given = Input(
        path="sorts.csv",
        sha256=digest["sorts.csv"],
        statements="statements.csv" if worded else "",
        statements_sha256=digest["statements.csv"] if worded else "",
        layout=STATEMENT_ROWS,
        grid=str(solution.data.grid) if solution.data.grid else "",
    )
    there = set(solution.data.participants)
    flags = tuple(replace(flag, reason="given in the report") for flag in was.flags if flag.participant in there)
    target = tuple((who, row) for who, row in was.target if who in there)
    names = tuple((one.label, one.name) for one in loaded.called if one.named_by == RESEARCHER)
    return replace(was, input=given, study="", stream=False, flags=flags, target=target, exclude=(), retest=(), names=names)


def _viewpoints(loaded: Loaded, gists: Mapping[str, str]) -> Table:
    counts = loaded.solution.characteristics.n_defining.tolist()
    shown = [(loaded.called[f], counts[f]) for f in defined(loaded.solution)]
    rows = ((one.label, one.name, one.named_by, gists.get(one.label, ""), one.told_by, one.note, n) for one, n in shown)
    return Table(("viewpoint", "name", "name_by", "gist", "gist_by", "description", "defining_sorts"), tuple(rows))


def _of_viewpoints(loaded: Loaded, table: Table) -> Table:
    """A table with a column for each factor without those of factors that are no viewpoints."""
    kept = [0, *(1 + f for f in defined(loaded.solution))]
    return Table(tuple(table.header[j] for j in kept), tuple(tuple(row[j] for j in kept) for row in table.rows))


def _citation(loaded: Loaded, title: str, authors: str) -> str:
    """A CITATION.cff; the researchers' own one goes before it. Whose sorts these are is their author, and whose study it is stands as a reference."""
    study, theirs = loaded.background.study, credited(loaded)
    of_sorts = theirs.credit.authors if theirs is not None and theirs.sorts else ()
    who = of_sorts or (authors or (study.contact if study else "") or f"The researchers of the study “{title}”",)
    simulated = len(simulated_names(loaded.solution.data.participants))
    kind = " (simulated data)" if simulated == loaded.solution.data.n_sorts else " (in part simulated data)" if simulated else ""
    values = {"cff-version": "1.2.0", "message": "Please cite these data when you use them.", "type": "dataset", "title": title + kind}
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    lines += ["authors:", *(f"  - name: {json.dumps(one, ensure_ascii=False)}" for one in who)]
    if theirs is not None:
        lines += [f"license: {json.dumps(theirs.credit.licence)}"] if theirs.sorts and theirs.credit.licence else []
        lines += [
            "references:",
            "  - type: generic",
            f"    title: {json.dumps(theirs.credit.publication or theirs.credit.title, ensure_ascii=False)}",
        ]
        lines += ["    authors:", *(f"      - name: {json.dumps(one, ensure_ascii=False)}" for one in theirs.credit.authors)]
    return "\n".join([*lines, ""])


def _readme(loaded: Loaded, title: str, about: str, files: Iterable[str]) -> str:
    listed = "\n".join(f"  {name}" for name in files)
    people = loaded.solution.data.participants
    called = people[0] if len(people) == 1 else f"{people[0]} to {people[-1]}"
    simulated = " Those whose names begin with sim- were drawn by a computer." if simulated_names(people) else ""
    words = (
        f"People are called {called}. Their order comes from the sorts themselves: first those who define the first viewpoint, then those who define "
        f"the next, last those who define none, and among these by the size of the largest loading. It says nothing about when or where they took "
        f"part, or where they stood in any list. Names, answers and comments were left out.{simulated}"
    )
    return f"""{title}

{about}

Files (codebook.csv explains every column):
{listed}

To repeat the analysis, with Python 3.11 or later and the package qmethod:

  qmethod run analysis.toml --out again

{textwrap.fill(words, 100)}
"""
