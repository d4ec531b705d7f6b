"""A picture is XML whatever signs a wording or a name holds."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

import qmethod
from qmethod_analysis.pictures.drawing import element

NEVER = [chr(code) for code in (*range(32), 0xFFFE, 0xFFFF, 0xD800, 0xDFFF) if chr(code) not in "\t\n\r"]


@pytest.mark.parametrize("sign", NEVER, ids=lambda sign: f"{ord(sign):04x}")
def test_what_xml_cannot_hold_is_shown_as_a_sign(sign: str) -> None:
    drawn = ET.fromstring(str(element("text", f"a{sign}b & <c>", title=f"d{sign}e")).encode())
    assert (drawn.text, drawn.get("title")) == ("a\ufffdb & <c>", "d\ufffde")


@pytest.mark.parametrize("what", ["loadings", "scree", "z_scores", "array"])
def test_every_picture_of_a_solution_is_xml(what: str) -> None:
    climate = qmethod.datasets.load("climate").keep(range(20))
    texts = tuple(f"\x07{text}" for text in climate.texts)
    names = tuple(f"{name}\0" for name in climate.participants)
    data = qmethod.QData(np.array(climate.sorts), climate.statements, names, texts, climate.grid)
    picture = qmethod.analyse(data, 2).plot(what, names={"f1": "Bell \x07", "f2": "Zero \0"})
    ET.fromstring(picture.svg.encode())
