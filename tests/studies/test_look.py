"""Logo and colours: what would not be legible, safe or small enough is refused, with what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod_studies.carried import kind_of
from qmethod_studies.definition import Study
from qmethod_studies.loading import load
from qmethod_studies.look import DARK, LIGHT, Look, contrast, legibility, nearest
from qmethod_studies.writing import write
from tests.studies.made import study

SHEET = (Path(__file__).parents[2] / "webform/qmethod_webform/static/survey.css").read_text(encoding="utf-8")
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    """Figures that other programs give: 4.54 of #767676 on white is the best-known limit."""
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_the_colours_that_accents_are_judged_by_are_those_of_the_pages() -> None:
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)")[:2]
    for sheet, scheme in ((light, LIGHT), (dark, DARK)):
        for name in ("paper", "sheet", "ink"):
            assert re.search(rf"--{name}: (#\w+);", sheet)[1] == getattr(scheme, name)  # type: ignore[index]
    assert {"accent": "#0b5566"}.items() <= (Look(accent="#0b5566").colours() or {})["light"].items()  # that of the pages passes


@given(COLOURS)
def test_every_colour_is_legible_or_refused_with_one_that_is(colour: str) -> None:
    for scheme, key in ((LIGHT, "accent"), (DARK, "accent_dark")):
        given = {"accent": "#0b5566"} | {key: colour}
        shade = nearest(colour, scheme)
        assert legibility(shade, scheme) >= 4.5
        if legibility(colour, scheme) >= 4.5:
            assert shade == colour
            found = Look.model_validate(given).colours()
            assert found is not None
            for name, mine in found.items():
                ground = LIGHT if name == "light" else DARK
                assert min(contrast(mine["accent"], one) for one in (ground.paper, ground.sheet, mine["wash"], mine["on-accent"])) >= 4.5
                assert contrast(mine["wash"], ground.ink) >= 7
        else:
            with pytest.raises(ValueError, match=f"has a contrast of .* {shade} has enough"):
                Look.model_validate(given)


def with_look(folder: Path, look: str) -> Study:
    write(study(contact="me"), folder)
    file = folder / "study.yaml"
    file.write_text(file.read_text() + f"look: {look}\n")
    return load(folder)


def test_a_logo_comes_with_the_study(tmp_path: Path) -> None:
    (tmp_path / "logo.jpg").write_bytes(PNG)
    found = with_look(tmp_path, "{logo: logo.jpg, alt: University, accent: '#056'}")
    assert found.look is not None
    assert found.look.accent == "#005566"
    assert found.files["logo.jpg"].mime == "image/png"
    assert '"look"' not in study().model_dump_json()
    assert study().digest() == found.model_copy(update={"contact": ""}).digest() or "look" not in found.structure()


@pytest.mark.parametrize(
    ("look", "content", "said"),
    [
        ("{logo: logo.png}", PNG, "a logo needs `alt`"),
        ("{logo: logo.png, alt: U}", None, "logo.png cannot be read: No such file"),
        ("{logo: logo.png, alt: U}", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG can hold scripts"),
        ("{logo: logo.png, alt: U}", b"<html>", "no picture that pages show"),
        ("{logo: logo.png, alt: U}", PNG + bytes(300_000), "larger than 300 kB"),
        ("{logo: ../logo.png, alt: U}", PNG, "must be the name of a file in the folder"),
        ("{logo: /etc/passwd, alt: U}", PNG, "must be the name of a file in the folder"),
        ("{logo: logo.png, alt: U, accent: red}", PNG, "must be a colour such as '#0b5566'"),
        ("{accent: '#ffcc00'}", PNG, "contrast of 1.4"),
        ("{accent_dark: '#ffcc00'}", PNG, "goes with `accent`"),
    ],
)
def test_what_cannot_be_shown_is_a_fault_with_its_line(look: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(said)) as error:
        with_look(tmp_path, look)
    assert error.value.faults[0].line


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "logo.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DataError, match="no file in the folder of the study"):
        with_look(tmp_path / "study", "{logo: logo.png, alt: U}")


@given(st.binary(max_size=40))
def test_whatever_a_file_holds_its_kind_is_one_that_browsers_do_not_run(content: bytes) -> None:
    found = kind_of(content)
    assert found is None or found[1].partition("/")[0] in ("image", "audio")
    assert found is None or "svg" not in found[1]
