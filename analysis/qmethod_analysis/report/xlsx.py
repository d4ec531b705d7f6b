"""All tables of an analysis as a workbook, one sheet a table: numbers as numbers, text never as a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

import xlsxwriter

from qmethod.policies import describe
from qmethod_analysis.folder.loaded import Loaded, with_own
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.recipe.typed import shown
from qmethod_analysis.report.blocks import Block, GridBlock, ItemList, Paragraph, PictureBlock, Placeholder, TableBlock, remark
from qmethod_analysis.report.checklist import answers
from qmethod_analysis.report.paper import EPOCH, clean
from qmethod_analysis.report.references import cited
from qmethod_analysis.tables import bootstrap as uncertainty
from qmethod_analysis.tables import retention as counting
from qmethod_analysis.tables import solution as tables
from qmethod_analysis.tables.solution import Table
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.narrative import every_notice

REPORT = "report"
"""Name of the sheet with the whole report in words."""
LONGEST_NAME = 31
"""Characters that the name of a sheet may have."""
WIDEST = 70
LEAST_SHOWN = 0.095
"""Figures nearer to nothing are shown in full: two decimals would leave one digit of them, or none."""
LONGEST_CELL = 32_767
"""Characters that a cell may have; what is beyond is cut, with a sign that it was."""


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
            rows += [(f"Table {block.number}. {block.caption}",), block.header, *block.rows, *([(remark(block.notes),)] if block.notes else [])]
        elif isinstance(block, GridBlock):
            cards = [[" ".join(filter(None, (card.id, card.text, card.marks))) for card in column.cards] for column in block.columns]
            rows += [tuple(column.place for column in block.columns), *zip_longest(*cards, fillvalue="")]
            rows += [(f"Figure {block.number}. {block.legend}",), *([(remark(block.notes),)] if block.notes else [])]
        elif isinstance(block, PictureBlock):
            rows.append((f"Figure {block.number}. {block.caption}",))
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
    loaded = with_own(loaded, texts.viewpoints)
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
    return dict(zip(sheet_names(made), made.values(), strict=True))


def _with_wording(table: Table, said: Mapping[str, str]) -> Table:
    """The same table with the wording of a statement beside its id; tables of other things as they are."""
    if table.header[0] != "statement" or not all(isinstance(row[0], str) and row[0] in said for row in table.rows):
        return table
    return Table(("statement", "wording", *table.header[1:]), tuple((row[0], said[str(row[0])], *row[1:]) for row in table.rows))


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


def xlsx(loaded: Loaded, texts: Texts, title: str, blocks: Sequence[Block] = ()) -> bytes:
    """The workbook.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    title : str
        For its properties.
    blocks : sequence of Block, optional
        Of the report, which then stands on a last sheet as it does in the other formats.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": clean(title)[:255], "author": clean(texts.authors)[:255], "created": EPOCH})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1})
        words = book.add_format({"text_wrap": True, "valign": "top"})
        plain = book.add_format({"valign": "top"})
        rounded = book.add_format({"valign": "top", "num_format": "0.00"})
        for name, table in sheets(loaded, texts, blocks).items():
            sheet = book.add_worksheet(name)
            for j, heading in enumerate(table.header):
                sheet.write_string(0, j, _cut(heading), head)
                long = max((len(str(row[j])) for row in table.rows if isinstance(row[j], str)), default=0)
                sheet.set_column(j, j, min(WIDEST, max(10, long + 2, min(24, len(heading) + 2))))
            for i, row in enumerate(table.rows, 1):
                for j, cell in enumerate(row):
                    if cell is None or cell == "":
                        continue
                    if isinstance(cell, str):
                        sheet.write_string(i, j, _cut(cell), words if len(cell) > WIDEST else plain)
                    else:
                        sheet.write_number(i, j, cell, rounded if isinstance(cell, float) and _shows(cell) else plain)
            sheet.freeze_panes(1, 1)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)
            sheet.set_footer("&C&A, page &P of &N")
            if table.rows:
                sheet.autofilter(0, 0, len(table.rows), len(table.header) - 1)
        if blocks:
            sheet = book.add_worksheet(REPORT)
            sheet.set_column(0, 0, WIDEST)
            for i, texts_of_row in enumerate([(title,), *told(blocks)]):
                for j, text in enumerate(texts_of_row):
                    if text:
                        sheet.write_string(i, j, _cut(text), words)
    return out.getvalue()


def _shows(figure: float) -> bool:
    """Whether two decimals show a figure: a p-value of .001 would be 0.00, and a whole number needs none."""
    return abs(figure) >= LEAST_SHOWN and not figure.is_integer()


def _cut(text: str) -> str:
    text = clean(text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
