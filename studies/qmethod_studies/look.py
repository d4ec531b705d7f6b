"""How the pages of a study look beyond its texts: a logo, and the colour of what can be pressed, in which everything stays legible."""

from __future__ import annotations

import colorsys
import re
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from qmethod_studies.parts import Part, Text

_NO_NAME = r'\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069/\\:*?"<>|'
FILE_NAME = rf"^([^{_NO_NAME}. ][^{_NO_NAME}]*/){{0,3}}[^{_NO_NAME}. ][^{_NO_NAME}]*$"
"""What a file in the folder of a study may be called: what every system can write, in any script; it never leads out of the folder."""
FileName = Annotated[str, Field(pattern=FILE_NAME, max_length=120)]
LEAST_CONTRAST = 4.5
"""Of text, after WCAG 2.2, 1.4.3; links and quiet buttons are text in the accent."""


class Scheme(NamedTuple):
    """The colours of the pages that an accent meets, light or dark."""

    paper: str
    sheet: str
    ink: str
    on: tuple[str, str]
    """What may be written on the accent."""


LIGHT = Scheme("#fbfaf6", "#ffffff", "#1c2530", ("#ffffff", "#101418"))
DARK = Scheme("#14191e", "#1e252c", "#ebe8e1", ("#0c1418", "#ffffff"))


def _colour(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"#(?:[0-9A-Fa-f]{3}){1,2}", value.strip()):
        raise ValueError(f"must be a colour such as '#0b5566', in quotes because # begins a comment; got {str(value)[:40]!r}")
    figures = value.strip()[1:].lower()
    return "#" + (figures if len(figures) == 6 else "".join(2 * figure for figure in figures))


Colour = Annotated[str, BeforeValidator(_colour)]


class Look(Part):
    """How the pages look: a logo above them, and the colour of buttons, links and what is chosen."""

    logo: FileName | None = Field(None, description="A file in the folder of the study: PNG, JPEG, WebP or GIF, at most 300 kB.")
    alt: Text | None = Field(None, description="What the logo says to whom does not see it, such as the name of the university.")
    accent: Colour | None = Field(None, description="In quotes, such as '#0b5566'.")
    accent_dark: Colour | None = Field(None, description="The same on dark pages; a lighter shade of it where none is given.")

    @model_validator(mode="after")
    def _legible(self) -> Self:
        if self.logo and self.alt is None:
            raise ValueError("a logo needs `alt`, the words that stand for it")
        if self.accent_dark and not self.accent:
            raise ValueError("`accent_dark` goes with `accent`")
        for name, scheme in (("accent", LIGHT), ("accent_dark", DARK)):
            if (chosen := getattr(self, name)) and (least := legibility(chosen, scheme)) < LEAST_CONTRAST:
                said = f"`{name}` {chosen} has a contrast of {least:.2f} to 1 on {'light' if scheme is LIGHT else 'dark'} pages"
                raise ValueError(f"{said}, and text needs {LEAST_CONTRAST}: {nearest(chosen, scheme)} has enough")
        return self

    def colours(self) -> dict[str, dict[str, str]] | None:
        """The colours that follow from the accent, by scheme (``light``, ``dark``) and by their names in the style sheet; None without an accent."""
        if self.accent is None:
            return None
        dark = self.accent_dark or nearest(self.accent, DARK)
        return {
            name: {"accent": shade, "on-accent": max(scheme.on, key=lambda one: contrast(one, shade)), "wash": _wash(shade, scheme)}
            for name, shade, scheme in (("light", self.accent, LIGHT), ("dark", dark, DARK))
        }


def luminance(colour: str) -> float:
    """How bright a colour is, after WCAG 2.2: from 0, black, to 1, white."""
    parts = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in _parts(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours after WCAG 2.2, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legibility(accent: str, scheme: Scheme) -> float:
    """The least contrast that an accent has on pages: with what lies under links in it, and with what is written on it."""
    under = (scheme.paper, scheme.sheet, _wash(accent, scheme))
    return min(*(contrast(accent, one) for one in under), max(contrast(accent, one) for one in scheme.on))


def nearest(accent: str, scheme: Scheme) -> str:
    """The shade of a colour, nearest to it in lightness, that is legible on pages."""
    hue, light, full = colorsys.rgb_to_hls(*_parts(accent))
    shades = sorted((abs(step / 200 - light), step) for step in range(201))
    made = (_written(colorsys.hls_to_rgb(hue, step / 200, full)) for _, step in shades)
    return accent if legibility(accent, scheme) >= LEAST_CONTRAST else next(one for one in made if legibility(one, scheme) >= LEAST_CONTRAST)


def _wash(accent: str, scheme: Scheme) -> str:
    """The ground of what is chosen: a breath of the accent."""
    return _written(tuple(0.09 * mine + 0.91 * ground for mine, ground in zip(_parts(accent), _parts(scheme.sheet), strict=True)))


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _written(parts: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
