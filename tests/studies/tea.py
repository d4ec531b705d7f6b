"""A small study as somebody writes it, and what is said of its faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from qmethod.errors import DataError
from qmethod_studies.loading import load

STUDY = """\
study: tea
languages:
  en: {name: English}
title: Tea
condition: How do you like it?
grid: {-1: 1, 0: 2, 1: 1}
scale:
  low: Not at all
  high: Very much
welcome: Hello
consent: I agree
questions:
  before:
    - id: age
      type: number
      label: Your age
      minimum: 16
    - id: cups
      type: choice
      label: Cups a day
      options:
        few: One or two
        many: More
  after:
    - id: why
      type: long_text
      label: Why so many?
      show_if: {question: cups, is: [many]}
"""
TABLE = "id,text,tags\ns1,With milk,a b\ns2,Without milk,a;b\ns3,With lemon,\ns4,No tea at all,\n"


def put(folder: Path, study: str | bytes = STUDY, table: str | bytes | None = TABLE) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (("study.yaml", study), ("statements.csv", table)):
        if content is not None:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def refused(folder: Path) -> list[str]:
    """Faults as `file:line: message`, the folder left out."""
    with pytest.raises(DataError) as caught:
        load(folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def only(folder: Path) -> str:
    faults = refused(folder)
    assert len(faults) == 1, faults
    return faults[0]


def change(old: str, new: str, text: str = STUDY) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)
