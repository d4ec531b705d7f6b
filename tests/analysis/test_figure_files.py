"""Figures as files: every one of the report, for print, under a name to cite, naming nobody, the same bytes each time."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qmethod.errors import DataError
from qmethod_analysis.pictures.board import printed
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report import figure_files, leaks
from qmethod_analysis.report.blocks import Document, GridBlock, PictureBlock
from qmethod_analysis.report.document import build
from qmethod_analysis.report.formats import PaperName
from qmethod_analysis.report.markdown import escaped
from qmethod_analysis.report.paper import A4, MARGIN, Paper, paper
from qmethod_analysis.report.writing import write_formats
from tests.analysis.conftest import Qmethod, hashes
from tests.analysis.report_cases import bare, leadership
from tests.analysis.test_one_document import CASES, no_sort_on_the_second

INCH = 0.0254


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each part of a PNG, whose sums are right."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        name, content, total = png[at + 4 : at + 8], png[at + 8 : at + 8 + size], png[at + 8 + size : at + 12 + size]
        assert struct.pack(">I", zlib.crc32(name + content)) == total
        yield name, content
        at += 12 + size


@cache
def on_paper(name: PaperName) -> tuple[dict[str, bytes], dict[str, str]]:
    """The figures of a report with names for a paper, which take seconds to draw; for reading alone."""
    loaded = leadership(16)
    return figure_files.figure_files(build(loaded, Texts()), loaded.solution.labels, paper(name))


def figures_of(document: Document) -> list[GridBlock | PictureBlock]:
    return [block for block in document.blocks if isinstance(block, GridBlock | PictureBlock)]


@pytest.fixture(scope="module", params=["study, answers, comments and a bootstrap", "nobody defines a viewpoint", "two poles, and rotations by hand"])
def case(request: pytest.FixtureRequest) -> tuple[Document, dict[str, bytes], dict[str, str]]:
    loaded, texts, _ = CASES[request.param]()
    document = build(loaded, texts)
    return document, *figure_files.figure_files(document, loaded.solution.labels, A4)


def test_every_figure_of_the_report_is_a_file_of_its_number(case: tuple[Document, dict[str, bytes], dict[str, str]]) -> None:
    document, files, _ = case
    stems = list(dict.fromkeys(name.rpartition(".")[0] for name in files if name != figure_files.INDEX))
    assert len(stems) == len(figures_of(document))
    for stem, block in zip(stems, figures_of(document), strict=True):
        assert re.fullmatch(rf"figures/figure-{block.number}-[A-Za-z0-9+-]+", stem)
        assert {f"{stem}.svg", f"{stem}.png"} <= set(files)
        drawn = files[f"{stem}.svg"].decode()
        ElementTree.fromstring(drawn)
        assert "var(" not in drawn
        assert "currentColor" not in drawn
        if isinstance(block, GridBlock):
            said = "".join(drawn.split("</tspan>")).replace("&#39;", "'")
            assert all(card.id in said and card.marks in said for column in block.columns for card in column.cards)


@pytest.mark.parametrize("on", [A4, paper("letter")], ids=["a4", "letter"])
def test_bitmaps_are_as_wide_as_in_print_at_300_pixels_to_the_inch(on: Paper) -> None:
    files, _ = on_paper(on.name)
    widths = set()
    for name, content in files.items():
        if name.endswith(".png"):
            parts = list(chunks(content))
            assert [part for part, _ in parts][:2] == [b"IHDR", b"pHYs"]
            assert [part for part, _ in parts].count(b"pHYs") == 1
            across, up, unit = struct.unpack(">IIB", parts[1][1])
            assert (across, unit) == (up, 1)
            assert across == round(300 / INCH)
            wide, high = struct.unpack(">II", parts[0][1][:8])
            lying = "-array-" in name
            assert wide / across * 100 <= (on.high if lying else on.wide - 2 * MARGIN) + 0.1
            assert high / up * 100 <= (on.wide if lying else on.high) - 2 * MARGIN + 0.1
            widths.add(wide)
            size = f"{1000 * wide / across:.0f} × "
            index = files[figure_files.INDEX].decode()
            assert size in next(line for line in index.splitlines() if name.rpartition("/")[2] in line)
    assert max(widths) > 2500


ARRAYS = {
    "42 statements of 70 signs": ((2, 4, 5, 6, 8, 6, 5, 4, 2), 70, 1),
    "60 statements of 200 signs": ((3, 4, 5, 6, 7, 10, 7, 6, 5, 4, 3), 200, 4),
    "20 statements of 300 signs in each column": ((20, 20, 20), 300, 6),
}


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("on", [A4, paper("letter")], ids=["a4", "letter"])
def test_the_letters_of_an_array_have_seven_points_in_print_and_every_card_stands_once(array: str, on: Paper) -> None:
    shape, long, most = ARRAYS[array]
    said = "Everybody who takes part is heard before any responsibility is handed out. " * 4
    columns = [(f"place {j}", [f"s{j}x{i}. {said[:long]}" for i in range(n)]) for j, n in enumerate(shape)]
    wide, high = (96 * inches for inches in figure_files._page(on, lying=True))
    parts = printed(columns, wide, high)
    assert len(parts) <= most
    for part in parts:
        assert part.width <= wide + 0.01
        assert part.height <= high + 0.01
        sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)"', str(part.body))}
        assert 0.75 * min(sizes) >= 7
    found = re.findall(r"s\d+x\d+(?=\. )", " ".join(str(part.body) for part in parts))
    assert sorted(found) == sorted(f"s{j}x{i}" for j, n in enumerate(shape) for i in range(n))


def test_the_index_has_every_caption_and_text_alternative(case: tuple[Document, dict[str, bytes], dict[str, str]]) -> None:
    document, files, _ = case
    index = files[figure_files.INDEX].decode()
    assert index.startswith(f"# Figures of “{escaped(document.title)}”")
    for block in figures_of(document):
        caption = block.caption if isinstance(block, PictureBlock) else block.legend
        assert f"**Figure {block.number}.** {escaped(caption)}" in index
    for picture in [block for block in figures_of(document) if isinstance(block, PictureBlock)]:
        assert escaped(picture.description) in index


def test_figures_name_nobody_and_a_bitmap_is_searched_by_its_words() -> None:
    loaded = leadership(16)
    who = loaded.solution.data.participants[0]
    named = write_formats(loaded, Texts(), ("figures",)).files
    svgs = [name for name, content in named.items() if name.endswith(".svg") and who.encode() in content]
    assert svgs
    hidden = write_formats(loaded, Texts(), ("figures",), anonymous=True).files
    assert not any(name.encode() in content for name in loaded.solution.data.participants for content in hidden.values())
    files, plain = on_paper("a4")
    with pytest.raises(DataError) as caught:
        leaks.check({name: content for name, content in files.items() if name.endswith(".png")}, plain, [who], ())
    assert {fault.file for fault in caught.value.faults} == {name.replace(".svg", ".png") for name in svgs}


def test_a_factor_without_sorts_has_no_array() -> None:
    loaded = bare(no_sort_on_the_second())
    files, _ = figure_files.figure_files(build(loaded, Texts()), loaded.solution.labels, A4)
    assert [name for name in files if "array" in name and name.endswith(".svg")] == ["figures/figure-2-array-f1.svg"]


def test_a_second_run_gives_the_same_bytes_and_figures_of_an_earlier_report_go(qmethod_command: Qmethod, tmp_path: Path) -> None:
    assert qmethod_command("simulate", "leadership", "-n", "16", "--out", "sorts.csv").exit_code == 0
    assert qmethod_command("analyse", "sorts.csv", "--factors", "2", "--no-retention", "--out", "mine").exit_code == 0
    done = qmethod_command("report", "mine", "--formats", "figures,md")
    assert done.exit_code == 0
    assert re.search(r"Written: \S*figures, \d+ figures as SVG and PNG", done.output)
    folder = tmp_path / "mine"
    before = hashes(folder)
    assert {path.name for path in (folder / "figures").iterdir()} >= {"index.md", "figure-2-array-f1.svg", "figure-2-array-f1.png"}
    assert qmethod_command("report", "mine", "--formats", "figures,md").exit_code == 0
    assert hashes(folder) == before
    listing = folder / "analysis-files.txt"
    old, stale = folder / "figures" / "figure-2-array-f1.svg", folder / "figures" / "figure-99-array-f9.svg"
    stale.write_bytes(old.read_bytes())
    mine = folder / "figures" / "figure-98-of-mine.svg"
    mine.write_text("mine")
    line = next(line for line in listing.read_text().splitlines() if line.endswith(f"figures/{old.name}"))
    listing.write_text(listing.read_text().replace(line, f"{line}\n{line.replace(old.name, stale.name)}"))
    assert qmethod_command("report", "mine", "--formats", "md").exit_code == 0
    assert stale.exists()  # no figure was written
    done = qmethod_command("report", "mine", "--formats", "figures")
    assert done.exit_code == 0
    assert not stale.exists()
    assert stale.name not in listing.read_text()
    assert mine.read_text() == "mine"  # which no command made
