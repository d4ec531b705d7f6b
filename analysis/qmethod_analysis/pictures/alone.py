"""Figures outside a page: with colours of their own, on paper of their own, as something that a notebook shows and a file holds."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import escape

from qmethod import checks
from qmethod.brief import brief
from qmethod.errors import DataError, Fault, PolicyError
from qmethod.formats.putting import put
from qmethod_analysis.pictures.drawing import FAINT, INK, LINE, PAPER, Figure, element, number

COLOURS = {INK: "#1c2126", FAINT: "#7d8791", LINE: "#cfd5da", PAPER: "#ffffff"}
"""What the page's variables are in daylight."""
FONTS = "Arial, Liberation Sans, Helvetica, DejaVu Sans, Noto Sans, sans-serif"
MARGIN = 12.0
SHARPNESS = 2
"""Pixels of a bitmap to a CSS pixel."""


def alone(figure: Figure, name: str, title: str, description: str) -> str:
    """A figure as an SVG that needs nothing around it.

    Parameters
    ----------
    figure : Figure
    name : str
        Ids inside the element begin with it.
    title, description : str
        The text alternative.
    """
    drawn = str(figure.svg(name, title, description))
    for variable, colour in COLOURS.items():
        drawn = drawn.replace(variable, colour)
    size = f'width="{number(figure.width)}" height="{number(figure.height)}" font-family="{FONTS}"'
    return re.sub(r' class="figure" style="[^"]*"', f" {size}", drawn, count=1)


@lru_cache(maxsize=64)
def draws(letter: str) -> bool:
    """Whether this machine has a font for a letter of bitmaps; without one there is nothing, or the same sign as for every letter it lacks.

    Parameters
    ----------
    letter : str
    """
    import resvg_py

    page = '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><text y="18" font-size="16" font-family="{}">{}</text></svg>'
    drawn, none, unknown = (
        bytes(resvg_py.svg_to_bytes(svg_string=page.format(FONTS, one), font_family="sans-serif")) for one in (escape(letter), "", "\U0001fffd")
    )
    return drawn not in (none, unknown)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a result. A notebook shows it; `svg` is its text.

    Parameters
    ----------
    figure : Figure
    name : str
        Of what it shows.
    title, description : str
        The text alternative.
    """

    figure: Figure
    name: str
    title: str
    description: str

    __repr__ = brief

    def _said(self) -> list[str]:
        return [self.title, f"{self.figure.width:.0f} x {self.figure.height:.0f} pixels"]

    @property
    def svg(self) -> str:
        """The picture as SVG on white, so that it can be read on a dark page too."""
        wide, high = self.figure.width + 2 * MARGIN, self.figure.height + 2 * MARGIN
        paper = element("rect", width=wide, height=high, fill=COLOURS[PAPER])
        moved = element("g", self.figure.body, transform=f"translate({MARGIN:g} {MARGIN:g})")
        return alone(Figure(wide, high, paper + moved), self.name, self.title, self.description)

    @property
    def png(self) -> bytes:
        """The picture as a bitmap. Its letters come from the fonts of the machine; see `draws`."""
        import resvg_py

        wide = round(SHARPNESS * (self.figure.width + 2 * MARGIN))
        return bytes(resvg_py.svg_to_bytes(svg_string=self.svg, width=wide, font_family="sans-serif"))

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture into a file.

        Parameters
        ----------
        path : path
            Ending in ``.svg`` or ``.png``. Letters of a PNG come from the fonts of the machine.

        Raises
        ------
        PolicyError
            For another ending.
        DataError
            If there is no such folder.
        """
        file = checks.path("path", path)
        if file.suffix.lower() in (".svg", ".png") and not file.absolute().parent.is_dir():
            raise DataError([Fault("there is no such folder", file=str(file.parent), advice="Make it first, or save the picture elsewhere.")])
        if file.suffix.lower() == ".svg":
            put({file: (self.svg + "\n").encode()})
        elif file.suffix.lower() == ".png":
            put({file: self.png})
        else:
            raise PolicyError(f"a picture is saved as .svg or .png, not as {file.suffix or 'a file without ending'}")
        return file
