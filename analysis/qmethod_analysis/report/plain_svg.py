"""Figures outside the page: as SVG files with fixed colours, and as bitmaps for programs that show no SVG."""

from __future__ import annotations

import struct
import zlib

from qmethod_analysis.pictures.alone import COLOURS, FONTS, alone
from qmethod_analysis.pictures.drawing import PAPER, Figure
from qmethod_analysis.report.blocks import PictureBlock

DENSITY = 160
"""Pixels of a bitmap to the inch on paper."""
METRES_OF_AN_INCH = 0.0254
HEADER = 33
"""Bytes of a PNG up to the end of its first chunk, which is always as long."""


def svg(block: PictureBlock) -> str:
    """A figure as an SVG that needs nothing around it.

    Parameters
    ----------
    block : PictureBlock
    """
    return alone(block.figure, block.name, block.title, block.description)


def png(block: PictureBlock, inches: float, density: int = DENSITY) -> bytes:
    """A figure as a bitmap on white, which says how dense its pixels are.

    Parameters
    ----------
    block : PictureBlock
    inches : float
        How wide it will be on paper.
    density : int
        Pixels to the inch.

    Notes
    -----
    Letters come from the fonts of the machine; see `has_letters`.
    """
    import resvg_py

    wide = round(inches * density)
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=svg(block), width=wide, background=COLOURS[PAPER], font_family="sans-serif"))
    return _with_density(drawn, round(density / METRES_OF_AN_INCH))


def _with_density(drawn: bytes, per_metre: int) -> bytes:
    """A PNG that says how many pixels go to a metre, in the chunk ``pHYs`` after its header."""
    said = struct.pack(">4sIIB", b"pHYs", per_metre, per_metre, 1)
    chunk = struct.pack(">I", len(said) - 4) + said + struct.pack(">I", zlib.crc32(said))
    return drawn[:HEADER] + chunk + drawn[HEADER:]


def has_letters() -> bool:
    """Whether this machine has a font for the words of bitmaps; without one they have none."""
    import resvg_py

    page = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="15" font-family="{}">{}</text></svg>'
    with_letter, without = (resvg_py.svg_to_bytes(svg_string=page.format(FONTS, words), font_family="sans-serif") for words in ("M", ""))
    return bool(with_letter != without)


def size(figure: Figure, widest: float, tallest: float) -> tuple[float, float]:
    """Width and height in inches, no more than given, in proportion.

    Parameters
    ----------
    figure : Figure
    widest, tallest : float
        In inches.
    """
    width, height = figure.width / 96, figure.height / 96
    scale = min(1.0, widest / width, tallest / height)
    return width * scale, height * scale
