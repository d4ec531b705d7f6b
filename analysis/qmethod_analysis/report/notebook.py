"""Results as pieces of HTML for notebooks: the tables of the report, without script, in the colours of whatever page they stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from qmethod.bayesian.partitioning import Partition
from qmethod.calibrated import Calibration
from qmethod.classification.classifying import Classification
from qmethod.classification.shortening import Shortening
from qmethod.data import QData
from qmethod.matching.comparison import Comparison
from qmethod.matching.multiverse import Multiverse
from qmethod.notice import Notice
from qmethod.occasions.compared import OccasionComparison
from qmethod.resampling.bootstrap import Bootstrap
from qmethod.retention.retain import Retention
from qmethod.retests import Retest
from qmethod.shown import Result, names_of
from qmethod.simulation import Simulated
from qmethod.solution import QSolution, Viewpoints
from qmethod.streaming.solution import StreamedSolution
from qmethod.wording import counted
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.other_choices import story
from qmethod_analysis.pictures.drawing import element
from qmethod_analysis.pictures.figures import dot_order
from qmethod_analysis.report import retention, uncertainty
from qmethod_analysis.report.blocks import Block, Heading, ItemList, Paragraph, TableBlock
from qmethod_analysis.report.folder import Reported
from qmethod_analysis.report.results import characteristics, replication, statement_cell
from qmethod_analysis.tables.named import table_of
from qmethod_analysis.tables.solution import Cell
from qmethod_analysis.words.labels import defined, place, viewpoint_names
from qmethod_analysis.words.narrative import decimal, every_notice

STYLE = (
    ".qmethod-shown{color:inherit;max-width:64rem;overflow-x:auto}"
    ".qmethod-shown h4{margin:.5em 0}"
    ".qmethod-shown table{border-collapse:collapse;margin:.5em 0;color:inherit;background:transparent}"
    ".qmethod-shown caption{caption-side:top;text-align:left;font-weight:600;color:inherit;padding:0 0 .25em}"
    ".qmethod-shown th,.qmethod-shown td{text-align:left;vertical-align:top;padding:.2em .8em .2em 0;background:transparent;color:inherit;"
    "border:0;border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent)}"
    ".qmethod-shown tbody th{font-weight:normal;min-width:8em}"
    ".qmethod-shown .r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".qmethod-shown summary{cursor:pointer;font-weight:600}"
)
SHOWN_SORTS, SHOWN_STATEMENTS = 8, 10
"""How much of the sorts stands in the page of `QData`."""
SHOWN_ROWS = 12
"""Rows of a table that stand in the page of a result that has no section in reports."""


def page_of(value: Any) -> str:
    """A result as a piece of HTML.

    Parameters
    ----------
    value : object
        Of a class in `PAGES`, or an analysis that was saved.
    """
    blocks, folded = next((page for kind, page in PAGES.items() if isinstance(value, kind)), _saved)(value)
    parts = [Markup("<style>") + Markup(STYLE) + Markup("</style>"), *map(_html, blocks)]  # noqa: S704 - our own text
    parts += [element("details", element("summary", block.caption), _html(block)) for block in folded]
    return str(element("div", *parts, class_="qmethod-shown"))


def _html(block: Block) -> Markup:
    if isinstance(block, Heading):
        return element("h4", block.text)
    if isinstance(block, Paragraph):
        return element("p", block.text)
    if isinstance(block, ItemList):
        return element("ul", *(element("li", item) for item in block.items))
    if isinstance(block, TableBlock):
        head = element("tr", *(_cell("th", text, how, "col") for text, how in zip(block.header, block.align, strict=True)))
        rows = [
            element(
                "tr", _cell("th", first, block.align[0], "row"), *(_cell("td", text, how) for text, how in zip(rest, block.align[1:], strict=True))
            )
            for first, *rest in block.rows
        ]
        table = element("table", element("caption", block.caption), element("thead", head), element("tbody", *rows))
        return table + Markup().join(element("p", note) for note in block.notes)
    raise TypeError(f"no HTML for {type(block).__name__}")


def _cell(tag: str, text: str, how: str, scope: str = "") -> Markup:
    given = {"class_": "r"} if how == "r" else {}
    return element(tag, text, **given, **({"scope": scope} if scope else {}))


Parts = tuple[list[Block], list[TableBlock]]
"""What is shown, and tables that are folded away."""


def _solution(solution: QSolution | StreamedSolution, names: Sequence[str] = (), title: str = "") -> Parts:
    called = names or viewpoint_names(solution, {})
    data = solution.data
    size = f"{counted(len(solution.labels), 'viewpoint')} from {counted(data.n_sorts, 'sort')} of {counted(data.n_statements, 'statement')}"
    blocks: list[Block] = [Heading(2, f"{title}: {size}" if title else size, "solution"), characteristics(solution, called)]
    return [*blocks, *_notices(every_notice(solution))], [_arrays(solution)] if defined(solution) else []


def _arrays(solution: Viewpoints) -> TableBlock:
    rows = tuple((statement_cell(solution, i), *(place(solution, value) for value in solution.scores.arrays[i])) for i in dot_order(solution))
    caption = "Factor arrays" + (", the statements that part the viewpoints most first" if len(defined(solution)) > 1 else "")
    return TableBlock(caption, ("Statement", *solution.labels), rows, "l" + "r" * len(solution.labels))


def _notices(notices: Sequence[Notice]) -> list[Block]:
    if not notices:
        return []
    return [Heading(3, "Notices", "notices"), ItemList(tuple(notice.message for notice in notices))]


def _data(data: QData) -> Parts:
    grid = "no grid" if data.grid is None else f"grid {data.grid}"
    size = f"{counted(data.n_sorts, 'sort')} of {counted(data.n_statements, 'statement')}"
    more = "" if data.forced or data.grid is None else "; not all sorts follow it"
    source = f" From {data.source.name}: {data.source.kind}." if data.source else ""
    facts = Paragraph(f"{grid[:1].upper()}{grid[1:]}{more}.{source}")
    columns = data.participants[:SHOWN_SORTS]
    left = data.n_sorts - len(columns)
    rows = tuple(
        (
            f"{data.statements[i]}. {data.texts[i]}" if data.texts[i] else data.statements[i],
            *("" if value != value else f"{value:g}" for value in data.sorts[i, : len(columns)]),
            *(("…",) if left else ()),
        )
        for i in range(min(data.n_statements, SHOWN_STATEMENTS))
    )
    caption = "The first sorts" if left or data.n_statements > SHOWN_STATEMENTS else "The sorts"
    header = ("Statement", *columns, *((f"{left} more",) if left else ()))
    table = TableBlock(caption, header, rows, "l" + "r" * (len(header) - 1))
    return [Heading(2, size, "sorts"), facts, *_notices(data.notices)], [table]


def _retention(found: Retention) -> Parts:
    title = f"How many viewpoints: {counted(found.n_sorts, 'sort')} of {counted(found.n_statements, 'statement')}"
    answers = TableBlock("What each criterion says", ("Criterion", "Viewpoints", "What it is worth"), retention.criteria(found), "lrl")
    rows = tuple((str(row.k), *retention.cells(row)) for row in found.rows)
    table = TableBlock("The table of criteria", ("Viewpoints", *retention.HEADERS), rows, "r" * (len(retention.HEADERS) + 1))
    drawn = Paragraph(retention.drawn(found, found.seed))
    return [Heading(2, title, "retention"), ItemList(found.advice), answers, drawn], [table]


def _bootstrap(found: Bootstrap) -> Parts:
    seed = [] if found.seed is None else [f"Seed {found.seed}."]
    words = Paragraph(" ".join([*uncertainty.introduction(found), *seed]))
    return [Heading(2, "How sure", "sure"), words, replication(found, ("",) * len(found.labels))], []


def _multiverse(made: Multiverse) -> Parts:
    title = f"{len(made.analyses)} analyses with other choices"
    return [Heading(2, title, "multiverse"), ItemList(tuple(one.sentence for one in story(made, viewpoint_names(made.reference, {}))))], []


def _with_table(value: Any) -> Parts:
    """What a result without a section in reports says of itself, and the beginning of its first table."""
    first, *rest = value._said()
    what = names_of(type(value), Result)[0]
    table = table_of(value, what)
    left = len(table.rows) - SHOWN_ROWS
    notes = (f"{left} more: `to_frame` gives them all.",) if left > 0 else ()
    words = tuple(name.replace("_", " ") for name in table.header)
    numeric = [all(isinstance(row[j], int | float | None) for row in table.rows) for j in range(len(words))]
    align = "".join("r" if there else "l" for there in numeric)
    rows = tuple(tuple(map(_shown, row)) for row in table.rows[:SHOWN_ROWS])
    blocks: list[Block] = [Heading(2, first, "result"), *([ItemList(tuple(rest))] if rest else [])]
    return [*blocks, TableBlock(what.replace("_", " ").capitalize(), words, rows, align, notes)], []


def _shown(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return decimal(cell, 3) if isinstance(cell, float) else "–" if cell is None else str(cell)


def _reported(done: Reported) -> Parts:
    states = TableBlock("Checklist", ("State", "Items"), tuple((state, str(n)) for state, n in done.checklist.items()), "lr")
    return [Heading(2, f"A report in {done.folder}", "report"), ItemList(done.files), states], []


def _loaded(loaded: Loaded) -> Parts:
    blocks, folded = _solution(loaded.solution, loaded.names, loaded.recipe.title)
    blocks.append(Paragraph(f"From {loaded.folder}."))
    for part in (loaded.counted, loaded.found):
        if part is not None:
            more, tables = _retention(part) if isinstance(part, Retention) else _bootstrap(part)
            blocks += more
            folded += tables
    return blocks, folded


def _saved(done: Any) -> Parts:
    """What `qmethod.save` and `qmethod.run` return; their room is above this one."""
    blocks, folded = _solution(done.solution, viewpoint_names(done.solution, dict(done.recipe.names)), done.recipe.title)
    return [*blocks, Paragraph(f"In {done.folder}, with report.html.")], folded


PAGES: dict[type, Callable[[Any], Parts]] = {
    QSolution: _solution,
    StreamedSolution: _solution,
    QData: _data,
    Retention: _retention,
    Bootstrap: _bootstrap,
    Multiverse: _multiverse,
    Partition: _with_table,
    Calibration: _with_table,
    Comparison: _with_table,
    OccasionComparison: _with_table,
    Classification: _with_table,
    Shortening: _with_table,
    Retest: _with_table,
    Simulated: _with_table,
    Loaded: _loaded,
    Reported: _reported,
}
