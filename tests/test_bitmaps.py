"""A bitmap that is drawn once is what it would be if it were drawn again, for each drawing, size and choice of fonts."""

from __future__ import annotations

from itertools import product
from typing import Any

import resvg_py

from tests.bitmaps import remembering

PAGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="{}" height="9"/>'
    '<text y="15" font-family="Arial, sans-serif">M</text></svg>'
)
DRAW = resvg_py.svg_to_bytes
"""The library itself, as it was before any test began."""


def test_each_is_drawn_once_and_is_what_it_would_be() -> None:
    drawn: list[Any] = []

    def counting(**given: Any) -> bytes:
        drawn.append(given)
        return bytes(DRAW(**given))

    draw = remembering(counting)
    asked = [
        {"svg_string": PAGE.format(wide), "width": pixels, "skip_system_fonts": fontless}
        for wide, pixels, fontless in product((3, 9), (40, 80), (False, True))
    ]
    for _ in range(2):
        assert [draw(**one) for one in asked] == [bytes(DRAW(**one)) for one in asked]
    assert drawn == asked


def test_the_library_draws_the_same_each_time() -> None:
    page = PAGE.format(7)
    assert len({bytes(DRAW(svg_string=page, width=900, font_family="sans-serif")) for _ in range(5)}) == 1
