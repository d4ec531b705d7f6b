"""What programs show of a link to a page before anybody opens it: title, a sentence on what was found, and a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from qmethod import checks
from qmethod.errors import PolicyError
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.findings import columns
from qmethod_analysis.pictures.alone import COLOURS, FONTS
from qmethod_analysis.pictures.drawing import FAINT, INK, LINE, PAPER, Pen, element, group, line
from qmethod_analysis.site import wording
from qmethod_analysis.site.ground import axis
from qmethod_analysis.words.labels import colour, marker
from qmethod_analysis.words.language import _, ngettext
from qmethod_analysis.words.narrative import joined, statements_counted

FILE = "preview.png"
WIDTH, HEIGHT = 1200, 630
MARGIN = 60.0
ROWS = 8
NAMED = 6
"""Viewpoints that the picture names."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the head of a page tells of it.

    Parameters
    ----------
    description : str
    url, image : str
        Whole addresses; empty where it is not known where the site will stand.
    alt : str
        The picture in words.
    """

    description: str
    url: str
    image: str
    alt: str


def preview(description: str, address: str, folder: str, page: str, alt: str) -> Preview:
    """What the head of a page of a study tells.

    Parameters
    ----------
    description : str
    address : str
        From `site_address`.
    folder, page : str
        Where it stands in the site, such as ``"climate/"`` and ``"index"``.
    alt : str
        From `alternative`.
    """
    if not address:
        return Preview(description, "", "", "")
    here = f"{address}{folder}"
    return Preview(description, here if page == "index" else f"{here}{page}.html", f"{here}{FILE}", alt)


def site_address(value: Any) -> str:
    """Where a site will stand, with a slash at its end; empty where that is not said.

    Parameters
    ----------
    value : str
        Such as ``https://example.org/study``.

    Raises
    ------
    PolicyError
        If it is no address of the web, or more than that of a folder.
    """
    given = checks.text("address", value)
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
        sound = sound and (parts.port or 1) > 0 and given.isprintable() and not set(' "<>\\?#') & set(given)
    except ValueError:
        sound = False
    if not sound:
        raise PolicyError(f"`address` is where the site will stand, such as https://example.org/study; got {given!r}")
    return f"{given.rstrip('/')}/"


def finding(loaded: Loaded, shown: Sequence[int]) -> str:
    """What was found, in a sentence.

    Parameters
    ----------
    loaded : Loaded
    shown : sequence of int
        Positions of the viewpoints.
    """
    return ngettext(
        "{people} laid out {statements} in order, and {n} viewpoint came out of it: {names}.",
        "{people} laid out {statements} in order, and {n} viewpoints came out of it: {names}.",
        len(shown),
        people=wording.people(loaded),
        statements=statements_counted(loaded.solution.data.n_statements),
        names=joined([loaded.names[f] for f in shown]),
    )


def said(loaded: Loaded, sentence: str) -> str:
    """A sentence as it may be shown away from its page: with the banner before it, if there is one."""
    return f"{wording.banner(loaded)} {sentence}".strip()


def alternative(loaded: Loaded, shown: Sequence[int], title: str) -> str:
    """The picture in words.

    Parameters
    ----------
    loaded : Loaded
    shown : sequence of int
    title : str
    """
    told = f"{title}. {said(loaded, finding(loaded, shown))}"
    return " ".join((told, _("Beside the names, their marks on some of the statements."))) if len(shown) > 1 else told


def drawing(loaded: Loaded, shown: Sequence[int], title: str) -> str:
    """The picture as SVG: the study, the viewpoints with their marks, and where these stand on some of the statements.

    Parameters
    ----------
    loaded : Loaded
        As it is published.
    shown : sequence of int
    title : str
    """
    banner, data = wording.banner(loaded), loaded.solution.data
    title_lines = wrapped(title, 38, 2)
    top = (70.0 if banner else 0.0) + 90
    below = top + 62 * len(title_lines)
    wash = element("rect", width=WIDTH, height=64, fill="#fdf1e4") + _words(MARGIN, 41, banner, 26, fill="#7a3400") if banner else Markup()
    heads = Markup().join(_words(MARGIN, top + 62 * n, part, 52, font_weight="bold") for n, part in enumerate(title_lines))
    viewpoints = ngettext("{n} viewpoint", "{n} viewpoints", len(shown))
    counts = f"{wording.people(loaded)}, {statements_counted(data.n_statements)}, {viewpoints}"
    body = (
        element("rect", width=WIDTH, height=HEIGHT, fill=PAPER)
        + wash
        + heads
        + _words(MARGIN, below - 5, counts, 30)
        + group(_key(loaded.names, shown, below + 70))
        + group(_chart(loaded, shown, below + 42))
    )
    drawn = str(element("svg", body, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", font_family=FONTS, fill=INK))
    for variable, shade in COLOURS.items():
        drawn = drawn.replace(variable, shade)
    return drawn


def picture(svg: str) -> bytes:
    """A drawing as PNG; its letters come from the fonts of the machine.

    Parameters
    ----------
    svg : str
        From `drawing`.
    """
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=WIDTH, font_family="sans-serif"))


def wrapped(text: str, most: int, lines: int) -> tuple[str, ...]:
    """A text in lines of at most so many characters; what does not fit is cut, with a sign that it was.

    Parameters
    ----------
    text : str
    most : int
    lines : int
    """
    made = [""]
    for word in text.split():
        longer = f"{made[-1]} {word}".strip()
        if len(longer) <= most:
            made[-1] = longer
        else:
            made.append(word)
    made = [part for part in made if part]
    whole = made[:lines]
    if len(made) > lines:
        whole[-1] = f"{whole[-1]} …"
    return tuple(part if len(part) <= most + 2 else f"{part[: most - 1]}…" for part in whole)


def _words(x: float, y: float, words: str, size: float, **attributes: str | float) -> Markup:
    return element("text", words, x=x, y=y, font_size=size, **attributes)


def _key(names: Sequence[str], shown: Sequence[int], top: float) -> Iterator[Markup]:
    for n, f in enumerate(shown[:NAMED]):
        yield _point(f, MARGIN + 14, top + 48 * n, 13)
        yield _words(MARGIN + 44, top + 48 * n + 10, wrapped(names[f], 30, 1)[0], 29)
    if len(shown) > NAMED:
        yield _words(MARGIN + 44, top + 48 * NAMED + 10, _("and {n} more", n=len(shown) - NAMED), 29)


def _chart(loaded: Loaded, shown: Sequence[int], top: float) -> Iterator[Markup]:
    """Rows of statements, the outermost of each group of findings; nothing with one viewpoint."""
    ground = loaded.interpretation.ground
    each = max(1, ROWS // len(ground)) if ground else 0
    chosen = [i for one in ground for i in one.statements[:each]][:ROWS]
    places = axis(loaded.solution)
    left, step = 660.0, (WIDTH - MARGIN - 660.0) / len(places)
    high = min(56.0, (HEIGHT - 40 - top) / max(1, len(chosen)))
    placed = columns(loaded.solution, shown)
    if chosen:
        middle = left + step * len(places) / 2
        yield line(middle, top, middle, top + high * len(chosen), stroke=FAINT, stroke_dasharray="4 6")
    for row, i in enumerate(chosen):
        y = top + high * (row + 0.5)
        yield line(left, y + high / 2, WIDTH - MARGIN, y + high / 2, stroke=LINE)
        for column in sorted(set(placed[i].tolist())):
            here = [f for f, at in zip(shown, placed[i].tolist(), strict=True) if at == column]
            apart = min(18.0, (step - 8) / len(here))
            for n, f in enumerate(here):
                yield _point(f, left + step * (column + 0.5) + apart * (n - (len(here) - 1) / 2), y, 9)


def _point(f: int, x: float, y: float, radius: float) -> Markup:
    return Pen("", marker(f), colour(f), radius).points([(x, y)])
