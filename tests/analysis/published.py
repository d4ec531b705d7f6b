"""Studies as they are published, and a look at their pages."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import qmethod
from qmethod import ManualFlag, QSolution
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.interpretation.background import Asked, Background, Comment
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.site.pages import Published
from tests.analysis.conftest import LIPSET
from tests.analysis.page import Page

ODD = ("Ann-Marie O'Neil", "<i>Zoë</i>", "=cmd|calc", "Müller & Söhne", 'Jo "Q" Quill', "Xyzzyk", "-Quux", "Grüße 7", "Nobody Knows")
SAID = "The neighbours' dog barks at seven."


def published(loaded: Loaded, name: str = "study", **given: object) -> Published:
    return Published(loaded, name, **given)  # type: ignore[arg-type]


def alone(solution: QSolution, **recipe: object) -> Loaded:
    return understand(solution, Recipe(input=Input(path="sorts.csv"), n_factors=solution.n_factors, policies=solution.policies, **recipe))  # type: ignore[arg-type]


def pages(files: dict[str, bytes]) -> dict[str, Page]:
    return {name: Page(content.decode()) for name, content in files.items() if name.endswith(".html")}


@cache
def odd_people() -> Published:
    """People with names that are hard to miss, who answered and wrote; some of it released."""
    data = replace(qmethod.read(LIPSET), participants=ODD)
    data = replace(data, texts=tuple(f"What number {statement} says." for statement in data.statements))
    flags = [ManualFlag(ODD[0], "f1", True, f"{ODD[0]} told me so")]
    solution = qmethod.analyse(data, 3, flags=flags)
    loaded = understand(
        solution,
        Recipe(input=Input(path="x.csv"), n_factors=3, policies=solution.policies, flags=tuple(flags)),
        background=Background(
            questions=(Asked("q1", "Where do you live?", "choice", ("In town", "Outside"), MappingProxyType({ODD[0]: ("In town",)})),),
            comments=tuple(Comment(who, data.statements[0], SAID if who == ODD[1] else "Well, well.", 1.0) for who in ODD),
        ),
    )
    return published(loaded)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
