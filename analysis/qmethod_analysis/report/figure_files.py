"""The pictures of a report as files to hand in: each as SVG and as a bitmap for print, with their captions in an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qmethod_analysis.pictures.board import printed
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
PIXELS = 96
"""CSS pixels to the inch."""


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
    for parts, caption, lying in _figures(document, labels, on):
        listed = []
        for picture in parts:
            wide, high = _printed(picture, on, lying=lying)
            name = f"{FOLDER}/figure-{picture.number}-{picture.name}"
            drawn = (plain_svg.svg(picture) + "\n").encode()
            files[f"{name}.svg"] = drawn
            files[f"{name}.png"] = plain_svg.png(picture, wide, DENSITY)
            plain[f"{name}.png"] = "\n".join(words(f"{name}.svg", drawn))
            millimetres = f"{10 * INCH * wide:.0f} × {10 * INCH * high:.0f} mm"
            size = _("{millimetres} at {density} pixels to the inch", millimetres=millimetres, density=DENSITY)
            stem = name.removeprefix(f"{FOLDER}/")
            listed.append(_("Files: {vector}; {bitmap}, {size}", vector=f"{stem}.svg", bitmap=f"{stem}.png", size=size))
        first = parts[0]
        alternative = _("Text alternative: {words}", words=escaped(f"{first.title}. {first.description}"))
        told.append("\n\n".join((f"**{_(FIGURE)} {first.number}.** {escaped(caption)}", alternative, *listed)))
    files[INDEX] = ("\n\n".join(told) + "\n").encode()
    return files, plain


def _figures(document: Document, labels: Sequence[str], on: Paper) -> Iterator[tuple[tuple[PictureBlock, ...], str, bool]]:
    """Each figure in its parts, its caption, and whether its page is turned sideways; an array is drawn as one, in parts where it is too large."""
    for block in document.blocks:
        if isinstance(block, PictureBlock):
            yield (block,), block.caption, False
        elif isinstance(block, GridBlock):
            columns = [(column.place, [words_of(card) for card in column.cards]) for column in block.columns]
            made = printed(columns, *(PIXELS * inches for inches in _page(on, lying=True)))
            told = ". ".join(f"{column.place}: {', '.join(card.id for card in column.cards)}" for column in block.columns)
            about = _("Statements by their places. {places}.", places=told)
            name = f"array-{labels[block.viewpoint]}"
            names = [name] if len(made) == 1 else [f"{name}-{part}" for part in range(1, len(made) + 1)]
            parts = tuple(PictureBlock(one, drawn, block.caption, "", about, block.number) for one, drawn in zip(names, made, strict=True))
            yield parts, " ".join(filter(None, (block.legend, remark(block.notes)))), True


def _page(on: Paper, *, lying: bool) -> tuple[float, float]:
    """Width and height that a page has for a figure, in inches."""
    wide, high = (on.room(lying=True) / TWIPS, on.wide - 2 * MARGIN) if lying else (on.wide - 2 * MARGIN, on.high - 2 * MARGIN)
    return wide / INCH, high / INCH


def _printed(picture: PictureBlock, on: Paper, *, lying: bool) -> tuple[float, float]:
    """Width and height on paper, in inches."""
    return plain_svg.size(picture.figure, *_page(on, lying=lying))
