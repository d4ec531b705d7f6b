"""The report as one HTML page that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from qmethod.wording import counted
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.blocks import TABLE, Block, Document, GridBlock, Heading, TableBlock, remark
from qmethod_analysis.report.document import build
from qmethod_analysis.words.labels import colour
from qmethod_analysis.words.language import N_, SOURCE, InLanguage, _, language, ngettext
from qmethod_analysis.words.narrative import decimal

LONG = 60
"""Tables with more rows than this are folded away."""
LONG_LIST = 8
"""Items of a list beyond this are folded away, where there are a few of them."""
WORDY = 24
"""Signs of a cell from which on its column keeps room for several words to the line."""


def report(loaded: Loaded, texts: Texts | None = None) -> str:
    """The whole page of an analysis.

    Parameters
    ----------
    loaded : Loaded
        The analysis; `qmethod_analysis.folder.loaded.understand` makes one from a solution.
    texts : Texts, optional
        The researcher's own words, which go before the drafted ones. Only with them does the page mark the places that the researcher can fill, and
        have the checklist.
    """
    return html(build(loaded, texts))


def html(document: Document) -> str:
    """A report as a page.

    Parameters
    ----------
    document : Document
    """
    opening, sections = _parts(document.blocks)
    widest = max((len(block.columns) for block in document.blocks if isinstance(block, GridBlock)), default=0)
    return (
        environment()
        .get_template("report.html")
        .render(
            **frame(),
            document=document,
            theirs=next((block.language for block in document.blocks if isinstance(block, GridBlock)), None),
            title=document.title,
            opening=opening,
            sections=sections,
            viewpoints=[heading for heading in document.headings() if heading.viewpoint is not None],
            width_for_board=f"{8 * widest}rem",
            long=LONG,
            long_list=LONG_LIST,
        )
        + "\n"
    )


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; `inner` are the viewpoints in it, each with its own heading."""

    heading: Heading
    blocks: tuple[Block, ...]
    inner: tuple[Section, ...] = ()


def _parts(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], list[Section]]:
    """What stands before the first heading, and the sections."""
    opening, parts = _split(blocks, lambda heading: heading.level == 2)
    made = []
    for heading, under in parts:
        own, viewpoints = _split(under, lambda inner: inner.viewpoint is not None)
        made.append(Section(heading, tuple(own), tuple(Section(inner, tuple(rest)) for inner, rest in viewpoints)))
    return tuple(opening), made


def _split(blocks: Sequence[Block], begins: Callable[[Heading], bool]) -> tuple[list[Block], list[tuple[Heading, list[Block]]]]:
    before: list[Block] = []
    parts: list[tuple[Heading, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading) and begins(block):
            parts.append((block, []))
        else:
            (parts[-1][1] if parts else before).append(block)
    return before, parts


_SCRIPT = (
    N_("As written"),
    N_("Sorted, ascending"),
    N_("Sorted, descending"),
    N_("Copied"),
    N_("The browser does not let this page copy"),
    N_("Not copied"),
    N_("Copy"),
    N_("Copy ${caption}"),
    N_("Copy the table ${caption}"),
)
"""What the script says."""


def _script() -> str:
    """The script, speaking the language that is being written."""
    script = _template("tables.js")
    if language() == SOURCE:
        return script
    script = script.replace('"Table "', json.dumps(f"{_(TABLE)} ", ensure_ascii=False))
    for text in _SCRIPT:
        said = json.dumps(_(text), ensure_ascii=False)
        script = script.replace(f'"{text}"', said).replace(f"`{text}`", f"`{said[1:-1]}`")
    return script


def frame() -> dict[str, Any]:
    """What every page has: its style, its script, and the policy that lets this script run and nothing else."""
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    css = _template("report.css") + _template("tables.css")
    return {"css": Markup(css), "script": Markup(script), "script_hash": f"sha256-{digest}"}  # noqa: S704 - our own files


@cache  # with the templates that it has compiled; their words are those of the language in which a page is written
def environment() -> Environment:
    """Where the templates of pages come from."""
    made = Environment(loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(
        decimal=decimal, count=counted, kind=lambda block: type(block).__name__, remark=remark, colour=colour, column=_column, own=own
    )
    made.globals.update(_=_, ngettext=ngettext)
    return made


def own(text: str, known: str | None = None) -> str:
    """The attribute with the language of a text where it is not the page's; of an unknown one a page in English says nothing.

    Parameters
    ----------
    text : str
    known : str, optional
        Its language, where it does not say so itself; without it that of the page.
    """
    spoken = text.language if isinstance(text, InLanguage) else language() if known is None else known
    return Markup(' lang="{}"').format(spoken) if spoken != language() and (spoken or language() != SOURCE) else ""


def _column(block: TableBlock, i: int) -> str:
    """The class of a column: of figures, or of texts that need room."""
    if block.align[i] == "r":
        return "n"
    return "statement" if any(len(row[i]) > WORDY for row in block.rows) else ""


def _template(name: str) -> str:
    return (files("qmethod_analysis.report") / "templates" / name).read_text(encoding="utf-8")
