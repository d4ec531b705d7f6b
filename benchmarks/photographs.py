"""Rendered photographs of a table with cards, and how often the sort that they show is read from them.

The sheets of the kit are set as for paper, taken as pictures of 5 pixels a millimetre, cut and laid on a table: the sheets of the board side by side
with gaps of a millimetre or so and a little askew, each card turned by some degrees, three in a hundred upside down, and off the middle of its place,
so that now and then one lies on the mark of another. Then the scene is seen by a camera: in perspective, with the distortion of a lens, in light that
falls off to one side and with a soft shadow, blurred by focus and by a hand that moves, with noise, as a JPEG.

    python -m benchmarks.photographs --tables 100 --megapixels 5
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import typst

from qmethod.errors import DataError
from qmethod_analysis.report.paper import paper
from qmethod_analysis.tabletop.board import CARD_HIGH, CARD_WIDE, PLACE_HIGH, Board, board
from qmethod_analysis.tabletop.printed import ACROSS, DOWN, Tiles, board_sheets, cards
from qmethod_analysis.tabletop.reading import Reading, read
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load

PX = 5
"""Pixels a millimetre of what is laid on the table."""
AROUND = 60
"""Millimetres of table around the board."""
Picture = npt.NDArray[Any]


@dataclass(frozen=True)
class Camera:
    """What a photograph is taken with, and how well.

    Parameters
    ----------
    megapixels : float
    slant : float
        How far corners of the board are drawn in by perspective, as a part of its sides; each by up to this much.
    lens : float
        Barrel distortion: by what part the corners of the picture are drawn inwards.
    dark : float
        Brightness of the dark side, as a part of that of the bright one.
    blur, shake : float
        In pixels: of focus (standard deviation) and of the hand (length).
    noise : float
        Standard deviation in shades of 255.
    quality : int
        Of the JPEG.
    """

    megapixels: float = 5.0
    slant: float = 0.08
    lens: float = 0.012
    dark: float = 0.45
    blur: float = 1.2
    shake: float = 2.0
    noise: float = 7.0
    quality: int = 75


@dataclass(frozen=True)
class Cards:
    """How cards are laid: by how many degrees they are turned, and how far they are off the middle of their places (standard deviations, in mm)."""

    turn: float = 3.0
    aside: float = 3.0
    upside_down: float = 0.03


def sheets(study: Study, language: str, name: str, what: str) -> tuple[Picture, ...]:
    """The pages of a PDF of the kit as pictures."""
    laid = board(study, study.direction(language))
    return _pictures(cards(study, language, name) if what == "cards" else board_sheets(study, language, name, laid))  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _pictures(source: str) -> tuple[Picture, ...]:
    pages = typst.compile(source.encode(), format="png", ppi=25.4 * PX)
    every = pages if isinstance(pages, list) else [pages]
    return tuple(cv2.imdecode(np.frombuffer(one, dtype=np.uint8), cv2.IMREAD_GRAYSCALE) for one in every)


def cut(page: Picture, x: float, y: float, wide: float, high: float) -> Picture:
    """A part of a page, given in millimetres."""
    return page[round(y * PX) : round((y + high) * PX), round(x * PX) : round((x + wide) * PX)]


def card(study: Study, language: str, name: str, i: int) -> Picture:
    """A card, cut out."""
    return cut_out(sheets(study, language, name, "cards"), name, i)


def cut_out(pages: tuple[Picture, ...], name: str, i: int) -> Picture:
    """A card out of the pages of all cards."""
    on, (page, place) = paper(name), divmod(i, ACROSS * DOWN)  # type: ignore[arg-type]
    row, column = divmod(place, ACROSS)
    left, top = (10 * on.wide - ACROSS * CARD_WIDE) / 2, (10 * on.high - DOWN * CARD_HIGH) / 2
    return cut(pages[page], left + column * CARD_WIDE, top + row * CARD_HIGH, CARD_WIDE, CARD_HIGH)


def joined(study: Study, language: str, name: str, rng: np.random.Generator) -> tuple[Picture, Board]:
    """The board, its sheets cut and taped on a table."""
    laid = board(study, study.direction(language))  # type: ignore[arg-type]
    tiles = Tiles.of(laid, name)  # type: ignore[arg-type]
    table = table_top(laid, rng)
    pages = sheets(study, language, name, "board")
    for page, (row, column) in zip(pages, tiles.parts, strict=True):
        left, top = (page.shape[1] / PX - tiles.wide) / 2, (page.shape[0] / PX - tiles.high) / 2
        part = cut(page, left, top, tiles.wide, tiles.high)
        middle = (AROUND + (column + 0.5) * tiles.wide + rng.normal(0, 0.5), AROUND + (row + 0.5) * tiles.high + rng.normal(0, 0.5))
        lay(table, part, middle, rng.normal(0, 0.15))
    return table, laid


def table_top(laid: Board, rng: np.random.Generator) -> Picture:
    """A table of wood, empty."""
    wide, high = round((laid.wide + 2 * AROUND) * PX), round((laid.high + 2 * AROUND) * PX)
    grain = cv2.resize(rng.normal(0, 1, (max(2, high // 12), 8)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    return np.clip(120 + 14 * grain, 0, 255).astype(np.uint8)


def lay(table: Picture, part: Picture, middle: tuple[float, float], degrees: float) -> None:
    """Lay a piece of paper on a table, in place."""
    high, wide = part.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1)
    reach = int(np.hypot(wide, high) / 2) + 2
    turn[:, 2] += reach - np.array([wide / 2, high / 2])
    x, y = round(middle[0] * PX) - reach, round(middle[1] * PX) - reach
    size = (2 * reach, 2 * reach)
    turned, covers = cv2.warpAffine(part, turn, size), cv2.warpAffine(np.full_like(part, 255), turn, size)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(table.shape[1], x + 2 * reach), min(table.shape[0], y + 2 * reach)
    if x1 <= x0 or y1 <= y0:
        return
    window, inside = table[y0:y1, x0:x1], (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
    table[y0:y1, x0:x1] = np.where(covers[inside] > 127, turned[inside], window)


def photographed(table: Picture, camera: Camera, rng: np.random.Generator) -> Picture:
    """What a camera makes of a table."""
    high = round(np.sqrt(camera.megapixels * 1e6 * 3 / 4))
    wide = round(high * 4 / 3)
    rows, columns = table.shape
    fit = min(wide / columns, high / rows)
    room = np.array([(wide - columns * fit) / 2, (high - rows * fit) / 2])
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], dtype=np.float32)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * rng.uniform(0, camera.slant, (4, 2)) * np.array([columns, rows]) * fit
    target = (source * fit + room + inward).astype(np.float32)
    back = np.linalg.inv(cv2.getPerspectiveTransform(source, target))
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    u, v = (x - wide / 2) / (np.hypot(wide, high) / 2), (y - high / 2) / (np.hypot(wide, high) / 2)
    bulge = 1 + camera.lens * (u * u + v * v)
    straight = np.stack([(x - wide / 2) * bulge + wide / 2, (y - high / 2) * bulge + high / 2, np.ones_like(x)])
    at = np.tensordot(back, straight, axes=1)
    smooth = cv2.GaussianBlur(table, (0, 0), max(0.01, 0.35 / fit))  # a sensor takes the light of a whole pixel
    seen = cv2.remap(smooth, (at[0] / at[2]).astype(np.float32), (at[1] / at[2]).astype(np.float32), cv2.INTER_LINEAR, borderValue=90).astype(
        np.float32
    )
    angle = rng.uniform(0, 2 * np.pi)
    across = (np.cos(angle) * u + np.sin(angle) * v + 1) / 2
    seen *= camera.dark + (1 - camera.dark) * across
    spot = rng.uniform(-0.5, 0.5, 2)
    seen *= 1 - 0.3 * np.exp(-((u - spot[0]) ** 2 + (v - spot[1]) ** 2) / 0.05)
    seen = cv2.GaussianBlur(seen, (0, 0), camera.blur) if camera.blur else seen
    if camera.shake >= 1:
        seen = cv2.filter2D(seen, -1, _streak(camera.shake, rng.uniform(0, np.pi)))
    noisy = np.clip(seen + rng.normal(0, camera.noise, seen.shape), 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, camera.quality])
    return packed


def _streak(length: float, angle: float) -> Picture:
    """The path of a hand that moves, as a kernel."""
    size = 2 * int(np.ceil(length)) + 3
    kernel, middle = np.zeros((size, size), np.float32), size // 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = (tuple(round(float(16 * (middle + sign * part))) for part in reach) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA, 4)
    return kernel / kernel.sum()


def laid_out(
    study: Study, rng: np.random.Generator, language: str = "en", name: str = "a4", how: Cards | None = None
) -> tuple[Picture, tuple[float, ...]]:
    """A table on which somebody sorted, and the column of each statement."""
    how = how or Cards()
    table, laid = joined(study, language, name, rng)
    pages = sheets(study, language, name, "cards")
    order, values = rng.permutation(len(study.ids)).tolist(), [0.0] * len(study.ids)
    for column in laid.columns:
        for place in range(column.places):
            i = order.pop()
            values[i] = column.value
            x = AROUND + column.middle + np.clip(rng.normal(0, how.aside), -12, 12)
            y = AROUND + laid.places_from + (place + 0.5) * PLACE_HIGH + np.clip(rng.normal(0, how.aside / 3), -1.5, 1.5)
            lay(table, cut_out(pages, name, i), (x, y), rng.normal(0, how.turn) + 180 * (rng.random() < how.upside_down))
    return table, tuple(values)


def read_back(study: Study, packed: Picture) -> Reading | DataError:
    """What is read from a photograph."""
    picture = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    try:
        return read(study, picture, "photograph.jpg", "p1")
    except DataError as refused:
        return refused


def trial(study: Study, camera: Camera, tables: int, seed: int) -> Iterator[dict[str, float]]:
    """One table after another: cards seen, cards in a wrong column, whether the sort came out, and the seconds that reading took."""
    for n in range(tables):
        rng = np.random.default_rng((seed, n))
        table, values = laid_out(study, rng)
        packed = photographed(table, camera, rng)
        began = time.perf_counter()
        got = read_back(study, packed)
        took = time.perf_counter() - began
        seen = [] if isinstance(got, DataError) else [one for one in got.cards if one.statement is not None]
        wrong = sum(one.column is not None and one.column != values[one.statement] for one in seen if one.statement is not None)
        whole = not isinstance(got, DataError) and not got.faults
        if whole and got.values != values:  # type: ignore[union-attr]
            wrong = max(wrong, 1)
        said = isinstance(got, DataError) or bool(got.faults) or whole
        yield {"seen": len({one.statement for one in seen}), "wrong": wrong, "whole": whole, "said": said, "seconds": took}


CONDITIONS = {
    "good light": Camera(slant=0.04, dark=0.8, blur=0.8, shake=0, noise=3, quality=90),
    "half light": Camera(),
    "bad light, moved": Camera(dark=0.3, blur=1.5, shake=3, noise=10, quality=65),
    "much too bad": Camera(dark=0.2, blur=3.0, shake=5, noise=16, quality=40),
}


def main() -> None:
    """Photograph tables and print what was read, a line for each kind of light."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--study", default="leadership")
    asked.add_argument("--tables", type=int, default=50)
    asked.add_argument("--megapixels", type=float, nargs="+", default=[5.0])
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    study = load(find(given.study))
    for megapixels in given.megapixels:
        for name, camera in CONDITIONS.items():
            each = list(trial(study, Camera(**{**vars(camera), "megapixels": megapixels}), given.tables, given.seed))
            total = {key: sum(one[key] for one in each) for key in each[0]}
            print(
                json.dumps(
                    {
                        "conditions": name,
                        "megapixels": megapixels,
                        "tables": given.tables,
                        "whole": total["whole"],
                        "cards": given.tables * len(study.ids),
                        "seen": total["seen"],
                        "wrong_column": total["wrong"],
                        "seconds": round(total["seconds"] / given.tables, 2),
                        "slowest": round(max(one["seconds"] for one in each), 2),
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
