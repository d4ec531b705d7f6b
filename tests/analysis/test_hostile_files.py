"""Every reader of every file, with every kind of content that means harm: our own refusal within 2 seconds and 200 MB, or an answer as soon."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from qmethod_analysis.commands.cli import main
from qmethod_studies import library
from tests.analysis import hostile_files
from tests.analysis.conftest import LIPSET, hashes
from tests.analysis.hostile_files import READERS, SOON, kinds

MEGABYTES = 200.0
XML = Path(__file__).parents[1] / "studies" / "xml" / "htmlq"
pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="tells how much memory a process took")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Every file that the readers read, as it should be."""
    place = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)

        def do(*words: str) -> None:
            result = CliRunner().invoke(main, words, catch_exceptions=False)
            assert result.exit_code == 0, result.output

        shutil.copy(LIPSET, "good.csv")
        shutil.copy(LIPSET, "sorts.csv")
        sorts = [line.replace('"', "").split(",") for line in LIPSET.read_text().splitlines()]
        people, statements = sorts[0][1:], [row[0] for row in sorts[1:]]
        for name, lines in {
            "texts.csv": ["statement,text", *(f"{statement},What {statement} says" for statement in statements)],
            "flags.csv": ["participant,factor,defines,reason", f"{people[0]},f1,yes,so"],
            "target.csv": ["participant,f1,f2", f"{people[0]},0.5,0"],
            "pairs.csv": ["first,second", f"{people[0]},{people[1]}"],
            "people.csv": ["participant", "Ana", "Bo"],
        }.items():
            Path(name).write_text("\n".join(lines) + "\n")
        sorts[0][0] = "participant"
        Path("rows.csv").write_text("\n".join(map(",".join, zip(*sorts, strict=True))) + "\n")
        Path("rows.csv.gz").write_bytes(gzip.compress(Path("rows.csv").read_bytes()))
        do("analyse", "good.csv", "-k", "2", "--out", "an", "--bootstrap", "20")
        do("publish", "an", "--out", "site")
        shutil.copytree(library.path("leadership"), "study")
        do("simulate", "leadership", "-n", "9", "--database", "sqlite:///d.sqlite3")
        do("export", "leadership", "--include-simulated", "--database", "sqlite:///d.sqlite3", "--out", "full")
        Path("export").mkdir()
        shutil.copy("full/study.json", "export")
        shutil.copytree(XML, "xml")
        do("convert", "good.csv", "sorts.json")
        do("convert", "good.csv", "sorts.zip")
    return place


@pytest.fixture(scope="module")
def read(template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """What became of each content."""
    place, before = tmp_path_factory.mktemp("place") / "here", hashes(template)
    words = [sys.executable, hostile_files.__file__, str(template), str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    cases = [json.loads(line.removeprefix("CASE ")) for line in done.stdout.splitlines() if line.startswith("CASE ")]
    assert len(cases) == sum(1 + len(kinds(reader.language)) for reader in READERS), done.stderr[-2000:]
    assert hashes(template) == before  # whose files the places share
    return cases


def wrong(cases: list[list[Any]], holds: Callable[[int, float, float, str], bool]) -> list[str]:
    """The cases of which something does not hold."""
    return [f"{reader}, {name}: {result} {said[-300:]}" for reader, name, *result, said in cases if not holds(*result, said)]


def test_nothing_ends_in_a_foreign_error(read: list[list[Any]]) -> None:
    assert not wrong(read, lambda code, seconds, most, said: code in (0, 2) and "Traceback" not in said and seconds >= 0)


def test_everything_is_answered_in_time(read: list[list[Any]]) -> None:
    """A refusal at once; what is no harm to the reader in no longer than that beyond what the file takes as it should be."""
    usual = {reader: (seconds, most) for reader, name, _, seconds, most, _ in read if not name}
    late = []
    for reader, name, code, seconds, most, said in read:
        more = (0.0, 0.0) if code else usual[reader]
        if seconds > SOON + more[0] or most > MEGABYTES + more[1]:
            late.append(f"{reader}, {name}: {code} {seconds:.1f} s {most:.0f} MB {said[-300:]}")
    assert not late


def test_every_refusal_names_a_file_and_is_short(read: list[list[Any]]) -> None:
    def good(code: int, _seconds: float, _most: float, said: str) -> bool:
        return code == 0 or (bool(re.search(r"qmethod: \S", said)) and len(said) < 10_000)

    assert not wrong(read, good)
    assert sum(case[2] == 2 for case in read) > len(read) / 2
