"""The page of the validation study shows what its CSV files say, and nothing that somebody typed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.validation import pages, running, tables
from benchmarks.validation.running import CELLS, PARTS

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "validation"
PAGE = (DOCS / "validation.md").read_text(encoding="utf-8")
NOMINAL = {"5 %", "9 %", "95 %"}
"""Levels and targets, which are set and not found."""


def test_tables_plots_and_figures_are_what_the_csv_files_give(tmp_path: Path) -> None:
    for file in FOLDER.glob("*.csv"):
        shutil.copy(file, tmp_path)
    written = {file.name for file in pages.render(tmp_path)}
    assert written == {file.name for file in FOLDER.iterdir() if file.suffix != ".csv"}
    assert [name for name in sorted(written) if (tmp_path / name).read_bytes() != (FOLDER / name).read_bytes()] == []


def test_the_page_includes_every_table() -> None:
    included = re.findall(r"^```\{include\} validation/(\S+)$", PAGE, flags=re.MULTILINE)
    assert sorted(included) == sorted(file.name for file in FOLDER.glob("*.md"))


def test_every_figure_of_a_sentence_comes_from_the_run() -> None:
    figures = json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))
    assert set(re.findall(r"\{\{ (\w+) \}\}", PAGE)) == set(figures)
    typed = {f"{share} %" for share in re.findall(r"(?<!\}\} )(?<![\w.])([\d.]+)\s%", PAGE)}
    assert typed <= NOMINAL


def test_the_files_hold_all_cells_with_300_data_sets_or_their_share_of_them() -> None:
    for part in PARTS:
        cells, rates = tables.read_cells(FOLDER, part), tables.read(FOLDER, part)
        assert [c.name for c in cells] == [c.name for c in CELLS if c.part == part]
        most = {c.name: max(rate.sets for (cell, _, _), rate in rates.items() if cell == c.name) for c in cells}
        assert all(most[c.name] >= running.drawn(c, 300) for c in CELLS if c.part == part)
        assert all(rate.rate >= 0 and rate.error >= 0 for rate in rates.values())


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.svg")), ids=lambda file: file.name)
def test_plots_have_words_for_those_who_do_not_see_them(file: Path) -> None:
    root = ElementTree.parse(file).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert len(root.findtext(f"{space}title") or "") > 10
    assert re.search(r"\d %", root.findtext(f"{space}desc") or "")
    assert f"]({file.name})" in (FOLDER / f"{file.stem}.md").read_text(encoding="utf-8")
