"""The paper: the sections that the journal asks for, its length, and references that exist."""

from __future__ import annotations

import re
from pathlib import Path

PAPER = Path(__file__).parents[2] / "paper"
TEXT = (PAPER / "paper.md").read_text(encoding="utf-8")
SECTIONS = ["Summary", "Statement of need", "State of the field", "Software design", "Research impact statement", "AI usage disclosure"]


def test_it_has_the_sections_that_are_asked_for() -> None:
    assert re.findall(r"^# (.+)$", TEXT, re.MULTILINE) == [*SECTIONS, "Acknowledgements", "References"]


def test_it_is_as_long_as_is_asked_for() -> None:
    assert 750 <= len(TEXT.split("---", 2)[2].split()) <= 1750


def test_every_reference_is_cited_and_every_citation_is_a_reference() -> None:
    cited = set(re.findall(r"@(\w+)", TEXT.split("---", 2)[2]))
    assert cited == set(re.findall(r"^@\w+\{(\w+),$", (PAPER / "paper.bib").read_text(encoding="utf-8"), re.MULTILINE))


def test_figures_of_the_paper_stand_in_the_documentation() -> None:
    pages = (PAPER.parent / "docs" / "speed.md").read_text(encoding="utf-8")
    with_studies, memory, without, plain_memory = re.findall(r"^\| 100,000 \| ([\d.]+) \| (\d+) \| ([\d.]+) \| (\d+) \|", pages, re.MULTILINE)[0]
    assert f"100,000 sorts of 60 statements took {float(without):.1f} s" in TEXT
    readme = " ".join((PAPER.parent / "README.md").read_text(encoding="utf-8").split())
    assert f"took {float(with_studies):.0f} s and {memory} MiB on two cores, and {float(without):.1f} s and {plain_memory} MiB" in readme
    assert re.findall(r"none of ([\d,]+) acknowledged", TEXT)[0] in pages
