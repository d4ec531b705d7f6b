"""A board as it was read from a photograph, drawn, with what is missing: to see what stands in the way, and to complete a sort by hand."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from qmethod.errors import Fault
from qmethod_analysis.tabletop.board import CARD_HIGH, CARD_WIDE, PLACE_HIGH, PLACE_WIDE
from qmethod_analysis.tabletop.reading import Lying, Reading
from qmethod_studies.definition import Study, column_label

MADE_BY = "Drawn by qmethod photo"
"""What the file says of itself."""
LINE = 13.0
"""Height of a line under the board, in millimetres."""
_FONT = 'font-family="sans-serif" font-size="9"'


def drawn(study: Study, reading: Reading) -> bytes:
    """The board as SVG.

    Parameters
    ----------
    study : Study
    reading : Reading
        Of a photograph in which the board was found.
    """
    laid = reading.board
    lines = list(_lines(reading.faults))
    high = laid.high + (len(lines) + 1) * LINE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="-20 0 {laid.wide + 40:g} {high:g}" '
        f'width="{laid.wide + 40:g}" height="{high:g}">',
        f"<desc>{MADE_BY}</desc>",
        f"<title>{escape(study.study)}: the board as it was read</title>",
        f'<rect x="-20" width="{laid.wide + 40:g}" height="{high:g}" fill="#fff"/>',
        f'<rect width="{laid.wide:g}" height="{laid.high:g}" fill="none" stroke="#8a929a"/>',
    ]
    for column in laid.columns:
        label = column_label(column.value)
        parts.append(f'<text x="{column.middle:g}" y="{laid.places_from - 4:g}" text-anchor="middle" {_FONT} font-weight="bold">{label}</text>')
        for place in range(column.places):
            y = laid.places_from + place * PLACE_HIGH
            box = f'x="{column.left:g}" y="{y:g}" width="{PLACE_WIDE:g}" height="{PLACE_HIGH:g}"'
            parts.append(f'<rect {box} fill="none" stroke="#c5ccd3"/>')
    twice = [one.statement for one in reading.cards if one.statement is not None]
    parts += [_card(study, one, doubled=one.statement is not None and twice.count(one.statement) > 1) for one in reading.cards]
    for n, line in enumerate(lines, 1):
        parts.append(f'<text x="0" y="{laid.high + n * LINE:g}" {_FONT}>{escape(line)}</text>')
    return ("\n".join([*parts, "</svg>"]) + "\n").encode()


def _card(study: Study, card: Lying, *, doubled: bool) -> str:
    """A card where it lies; dashed, with a word, where it cannot be counted."""
    x, y = card.at
    wrong = "another study" if card.statement is None else "twice" if doubled else "no column" if card.column is None else ""
    stroke = 'stroke="#a40000" stroke-width="1.5" stroke-dasharray="4 3"' if wrong else 'stroke="#1c2126"'
    number = "?" if card.statement is None else f"{card.statement + 1}"
    said = wrong or (study.ids[card.statement] if card.statement is not None else "")
    box = f'x="{x - CARD_WIDE / 2:.1f}" y="{y - CARD_HIGH / 2:.1f}" width="{CARD_WIDE:g}" height="{CARD_HIGH:g}"'
    return (
        f'<rect {box} fill="#fff" fill-opacity="0.85" {stroke}/>'
        f'<text x="{x:.1f}" y="{y + 3:.1f}" text-anchor="middle" font-family="sans-serif" font-size="16">{number}</text>'
        f'<text x="{x:.1f}" y="{y + 15:.1f}" text-anchor="middle" {_FONT}>{escape(said)}</text>'
    )


def _lines(faults: tuple[Fault, ...]) -> Iterator[str]:
    for fault in faults:
        words, line = fault.message.split(), ""
        for word in words:
            if len(line) + len(word) > 100:
                yield line
                line = "    "
            line += f"{' ' if line.strip() else ''}{word}"
        yield line
