"""The pictures of a report as files to hand in: each as SVG and as a bitmap for print, with their captions in an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qmethod_analysis.pictures.board import grid
from qmethod_analysis.report import plain_svg
from qmethod_analysis.report.blocks import FIGURE, Document, GridBlock, PictureBlock, remark
from qmethod_analysis.report.leaks import words
from qmethod_analysis.report.markdown import escaped
from qmethod_analysis.report.paper import MARGIN, TWIPS, Paper, words_of
from qmethod_analysis.words.language import _

FOLDER = "figures"
INDEX = f"{FOLDER}/index.md"
DENSITY = 300
"""Pixels of a bitmap to the inch on paper."""
INCH = 2.54
"""In centimetres."""


def figure_files(document: Document, labels: Sequence[str], on: Paper) -> tuple[dict[str, bytes], dict[str, str]]:
    """Every figure of a report by the name of its file, and the words of those files that cannot be searched.

    Parameters
    ----------
    document : Document
    labels : sequence of str
        Of the viewpoints.
    on : Paper
        On which a bitmap is as wide as the figure is in the report.
    """
    files, plain = {}, {}
    told = ["# " + escaped(_("Figures of “{title}”", title=document.title))]
    for number, picture, caption, lying in _figures(document, labels):
        wide, high = _printed(picture, on, lying=lying)
        name = f"{FOLDER}/figure-{number}-{picture.name}"
        drawn = (plain_svg.svg(picture) + "\n").encode()
        files[f"{name}.svg"] = drawn
        files[f"{name}.png"] = plain_svg.png(picture, wide, DENSITY)
        plain[f"{name}.png"] = "\n".join(words(f"{name}.svg", drawn))
        said = f"{picture.title}. {picture.description}"
        millimetres = f"{10 * INCH * wide:.0f} × {10 * INCH * high:.0f} mm"
        size = _("{millimetres} at {density} pixels to the inch", millimetres=millimetres, density=DENSITY)
        stem = name.removeprefix(f"{FOLDER}/")
        alternative = _("Text alternative: {words}", words=escaped(said))
        listed = _("Files: {vector}; {bitmap}, {size}", vector=f"{stem}.svg", bitmap=f"{stem}.png", size=size)
        told.append(f"**{_(FIGURE)} {number}.** {escaped(caption)}\n\n{alternative}\n\n{listed}")
    files[INDEX] = ("\n\n".join(told) + "\n").encode()
    return files, plain


def _figures(document: Document, labels: Sequence[str]) -> Iterator[tuple[int, PictureBlock, str, bool]]:
    """Number, picture, caption, and whether its page is turned sideways; an array is drawn as one."""
    for block in document.blocks:
        if isinstance(block, PictureBlock):
            yield block.number, block, block.caption, False
        elif isinstance(block, GridBlock):
            drawn = grid([(column.place, [words_of(card) for card in column.cards]) for column in block.columns])
            told = ". ".join(f"{column.place}: {', '.join(card.id for card in column.cards)}" for column in block.columns)
            about = _("Statements by their places. {places}.", places=told)
            picture = PictureBlock(f"array-{labels[block.viewpoint]}", drawn, block.caption, "", about, block.number)
            yield block.number, picture, " ".join(filter(None, (block.legend, remark(block.notes)))), True


def _printed(picture: PictureBlock, on: Paper, *, lying: bool) -> tuple[float, float]:
    """Width and height on paper, in inches."""
    wide, high = (on.room(lying=True) / TWIPS, on.wide - 2 * MARGIN) if lying else (on.wide - 2 * MARGIN, on.high - 2 * MARGIN)
    return plain_svg.size(picture.figure, wide / INCH, high / INCH)
