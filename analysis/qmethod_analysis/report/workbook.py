"""What stands in the workbook of a report: its sheets, the first one that explains them, and the report as rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from qmethod.policies import describe
from qmethod.solution import QSolution
from qmethod_analysis.folder.loaded import Loaded, with_texts
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.recipe.typed import shown
from qmethod_analysis.report.blocks import FIGURE, TABLE, Block, GridBlock, ItemList, Paragraph, PictureBlock, Placeholder, TableBlock, remark
from qmethod_analysis.report.checklist import answers
from qmethod_analysis.report.references import cited
from qmethod_analysis.tables import bootstrap as uncertainty
from qmethod_analysis.tables import retention as counting
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.tables.meanings import TABLES, meaning
from qmethod_analysis.tables.solution import Table
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import _, draft_note
from qmethod_analysis.words.narrative import every_notice, sorts_counted, statements_counted, viewpoints_counted

README = "README"
"""Name of the sheet that explains the others."""
REPORT = "report"
"""Name of the sheet with the whole report in words."""
LONGEST_NAME = 31
"""Characters that the name of a sheet may have."""
UNLABELLED = ("correlations",)
"""Tables whose columns are sorts, which may be called as viewpoints are."""


def told(blocks: Sequence[Block]) -> list[tuple[str, ...]]:
    """The report as rows of texts, each table with its header and cells side by side, an array card under card in its columns.

    Parameters
    ----------
    blocks : sequence of Block
    """
    rows: list[tuple[str, ...]] = []
    for block in blocks:
        if isinstance(block, ItemList):
            rows += [(item,) for item in block.items]
        elif isinstance(block, TableBlock):
            rows += [(f"{_(TABLE)} {block.number}. {block.caption}",), block.header, *block.rows, *([(remark(block.notes),)] if block.notes else [])]
        elif isinstance(block, GridBlock):
            cards = [[" ".join(filter(None, (card.id, card.text, card.marks))) for card in column.cards] for column in block.columns]
            rows += [tuple(column.place for column in block.columns), *zip_longest(*cards, fillvalue="")]
            rows += [(f"{_(FIGURE)} {block.number}. {block.legend}",), *([(remark(block.notes),)] if block.notes else [])]
        elif isinstance(block, PictureBlock):
            rows.append((f"{_(FIGURE)} {block.number}. {block.caption}",))
        elif isinstance(block, Paragraph) and block.kind == "quote":
            rows.append((f"“{block.text}” {block.source}".strip(),))
        else:
            rows.append((f"[{block.text}]" if isinstance(block, Placeholder) else block.text,))
    return rows


def sheets(loaded: Loaded, texts: Texts, blocks: Sequence[Block] = ()) -> dict[str, Table]:
    """Every table by the name of its sheet.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
        For names, gists and the state of the checklist.
    blocks : sequence of Block, optional
        Of the report; what they say rests on sources that are listed.
    """
    solution = loaded.solution
    loaded = with_texts(loaded, texts)
    viewpoints = [loaded.called[f] for f in defined(solution)]
    called = tuple((one.label, one.name, one.named_by, one.gist, one.told_by, one.note) for one in viewpoints)
    notices = tuple((one.message, one.code, *map(", ".join, (one.factors, one.participants, one.statements))) for one in every_notice(solution))
    wording = tuple(zip(solution.data.statements, solution.data.texts, strict=True))
    made = {
        "notices": Table(("notice", "kind", "factors", "sorts", "statements"), notices),
        "viewpoints": Table(("factor", "name", "name by", "gist", "gist by", "description"), called),
        "statements": Table(("statement", "text"), wording),
        **{name.removesuffix(".csv"): table for name, table in tables.files(solution).items()},
    }
    if loaded.counted is not None:
        made["retention"] = counting.table(loaded.counted)
    if loaded.found is not None:
        made |= {name.removesuffix(".csv"): table for name, table in uncertainty.files(solution, loaded.found).items()}
    sources = cited(loaded, blocks)
    policies = tuple((one["name"], shown(getattr(solution.policies, one["name"])), one["about"], sources.behind(one["name"])) for one in describe())
    made["conventions"] = Table(("convention", "value", "meaning", "source"), policies)
    made["references"] = Table(("key", "reference"), tuple((key, one.text) for key, one in sources.listed.items()))
    listed = tuple((item.number, item.what, answer.state, answer.remark) for item, answer in answers(loaded, texts))
    made["checklist"] = Table(("number", "item", "state", "remark"), listed)
    said = dict(wording)
    made = {name: _with_wording(table, said) if name != "statements" and any(said.values()) else table for name, table in made.items()}
    names = dict(zip(solution.labels, loaded.names, strict=True))
    made = {name: table if name in (*UNLABELLED, "viewpoints") else _with_names(table, names) for name, table in made.items()}
    return dict(zip(sheet_names(made), made.values(), strict=True))


def _with_wording(table: Table, said: Mapping[str, str]) -> Table:
    """The same table with the wording of a statement beside its id; tables that have it, or are of other things, as they are."""
    if "statement" not in table.header or "text" in table.header:
        return table
    at = table.header.index("statement") + 1
    rows = tuple((*row[:at], said[str(row[at - 1])], *row[at:]) for row in table.rows)
    return Table((*table.header[:at], "wording", *table.header[at:]), rows)


def _with_names(table: Table, names: Mapping[str, str]) -> Table:
    """The same table with what viewpoints are called beside their labels, in heads and in rows."""
    header = tuple(f"{label} {names[label]}" if label in names else label for label in table.header)
    if header[0] != "factor":
        return Table(header, table.rows)
    return Table((header[0], "name", *header[1:]), tuple((row[0], names[str(row[0])], *row[1:]) for row in table.rows))


def sheet_names(names: Iterable[str]) -> list[str]:
    r"""Names that a workbook takes: no more than 31 characters, none of ``[]:*?/\\``, each once whatever the case.

    Parameters
    ----------
    names : iterable of str
    """
    taken: list[str] = []
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\]", " ", name).strip("' ") or "table"
        short, n = plain[:LONGEST_NAME], 1
        while short.lower() in (other.lower() for other in taken):
            n += 1
            short = f"{plain[: LONGEST_NAME - len(str(n)) - 1]} {n}"
        taken.append(short)
    return taken


def boards(solution: QSolution, blocks: Sequence[Block]) -> dict[str, GridBlock]:
    """The arrays of the report by the name of their sheet.

    Parameters
    ----------
    solution : QSolution
    blocks : sequence of Block
    """
    found = {f"board {solution.labels[block.viewpoint]}": block for block in blocks if isinstance(block, GridBlock)}
    return dict(zip(sheet_names(found), found.values(), strict=True))


def readme(loaded: Loaded, title: str, made: Mapping[str, Table], arrays: Mapping[str, GridBlock], *, told: bool) -> list[tuple[str, ...]]:
    """What the workbook is, what each of its sheets holds, and what the columns mean, as rows of up to three texts.

    Parameters
    ----------
    loaded : Loaded
    title : str
    made : mapping of str to Table
        By sheet, as `sheets` has them.
    arrays : mapping of str to GridBlock
        By sheet.
    told : bool
        Whether a sheet has the report in words.
    """
    solution, source = loaded.solution, loaded.solution.data.origin()
    program = f"qmethod {dict(solution.versions).get('qmethod', '')}".strip()
    labels = {f"{label} {name}": label for label, name in zip(solution.labels, loaded.names, strict=True)}
    rows: list[tuple[str, ...]] = [
        (title,),
        (
            _(
                "{viewpoints} from {sorts} of {statements}.",
                viewpoints=viewpoints_counted(solution).capitalize(),
                sorts=sorts_counted(solution.data),
                statements=statements_counted(solution.data.n_statements),
            ),
        ),
        (_("Made by {program} from the sorts in {file} (SHA-256 {hash}).", program=program, file=source.name, hash=source.sha256),),
        (_("It belongs to the analysis in whose folder it was written; analysis.toml there is the recipe, by which qmethod repeats it."),),
        (_("Figures are shown with two decimals, or in full where that would say little; each cell holds all digits. An empty cell has no value."),),
        *([(draft_note(),)] if draft_note() else []),
        (),
        (_("Sheet"), _("Rows"), _("What it holds")),
        *((name, "", _("{array}: its statements on the grid.", array=block.caption)) for name, block in arrays.items()),
        *((name, str(len(table.rows)), TABLES.get(name, "")) for name, table in made.items()),
        *([(REPORT, "", _("The whole report in words, as the other formats have it."))] if told else []),
        (),
        (_("Sheet"), _("Column"), _("What it is")),
    ]
    for name, table in made.items():
        alike: dict[str, list[str]] = {}
        for column in table.header[: 1 if name in UNLABELLED else None]:
            alike.setdefault(meaning(name, labels.get(column, column), solution.labels), []).append(column)
        rows += [(name, ", ".join(columns), text) for text, columns in alike.items()]
        if name in UNLABELLED:
            rows.append((name, _("the others"), _("Correlation with the sort of this name.")))
    return rows
