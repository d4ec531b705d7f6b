"""Parts of an analysis that fit the listing and not one another are refused by what is wrong, whatever somebody made of them."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import qmethod
from qmethod import QSolution
from qmethod_analysis.commands.cli import main
from qmethod_analysis.folder.listing import LISTING
from qmethod_analysis.folder.shapes import check_beside, check_whole
from tests.analysis.conftest import LIPSET
from tests.references import sorts

BAD = (None, [], {}, "", "x", -1, 0, 10**30, 1e308, True, [1], ["a"], {"a": 1}, "\ud800", [[1], [2, 3]], "../../x", float("inf"))
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"rotation": "promax"},
    {"extraction": "centroid", "bipolar": "split"},
    {"contrast_errors": "normal"},
    {"preset": "kade", "rotations": [(1, 2, 20)]},
    {"flagging": "none"},
)


@pytest.mark.parametrize(("kind", "n_factors"), [(kind, k) for kind in KINDS for k in (1, 2, 3) if k > 1 or "rotations" not in kind], ids=str)
def test_what_the_program_makes_is_whole(kind: dict[str, Any], n_factors: int) -> None:
    solution = qmethod.analyse(sorts("lipset"), n_factors, **kind)
    check_whole(solution)
    check_whole(QSolution.from_dict(json.loads(json.dumps(solution.to_dict()))))


def test_what_stands_beside_is_whole() -> None:
    solution, other = (qmethod.analyse(sorts("lipset"), k) for k in (2, 3))
    for found in (qmethod.bootstrap(solution, 20, rng=1), qmethod.retain(sorts("lipset"), n_random=19, rng=1)):
        check_beside(found, solution)
        check_beside(type(found).from_dict(json.loads(json.dumps(found.to_dict()))), solution)
    with pytest.raises(ValueError, match="of other sorts or factors"):
        check_beside(qmethod.bootstrap(solution, 20, rng=1), other)


def changed(value: Any, draw: random.Random) -> None:
    """Change one part somewhere in a value."""
    at, parent, key = value, None, None
    while isinstance(at, dict | list) and at and (parent is None or draw.random() < 0.85):
        key = draw.choice(list(at)) if isinstance(at, dict) else draw.randrange(len(at))
        parent, at = at, at[key]
    how = draw.random()
    if how < 0.7:
        parent[key] = draw.choice(BAD)  # type: ignore[index]
    elif how < 0.85:
        del parent[key]  # type: ignore[arg-type, union-attr]
    elif isinstance(parent, list):
        parent.append(at)
    else:
        parent[f"{key}x"] = at  # type: ignore[index]


def relisted(folder: Path, name: str, content: bytes) -> None:
    """Put a content in the place of a file, and its hash in the place of the old one wherever that stands."""
    old, new = (hashlib.sha256(each).hexdigest() for each in ((folder / name).read_bytes(), content))
    (folder / name).write_bytes(content)
    for other in ("bootstrap.json", "retention.json") if name == "solution.json" else ():
        relisted(folder, other, (folder / other).read_bytes().replace(old.encode(), new.encode()))
    listing = folder / LISTING
    listing.write_text(listing.read_text().replace(old, new))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("made")
    shutil.copy(LIPSET, place / "sorts.csv")
    words = ["analyse", str(place / "sorts.csv"), "-k", "2", "--out", str(place / "an"), "--bootstrap", "20"]
    assert CliRunner().invoke(main, words, catch_exceptions=False).exit_code == 0
    return place


@pytest.mark.parametrize("name", ["solution.json", "bootstrap.json", "retention.json"])
@pytest.mark.parametrize("seed", range(8))
def test_a_changed_part_is_told_or_refused(name: str, seed: int, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    draw = random.Random(seed)
    for _ in range(3):
        shutil.rmtree("an", ignore_errors=True)
        shutil.copytree(made / "an", "an")
        values = json.loads(Path("an", name).read_bytes())
        changed(values, draw)
        relisted(Path("an"), name, json.dumps(values).encode())
        result = CliRunner().invoke(main, ["report", "an", "--formats", "md"])
        assert result.exit_code in (0, 2), result.output
        assert isinstance(result.exception, SystemExit | None), repr(result.exception)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("n_factors", 10**40),
        ("loadings", [[1.0]]),
        ("data.texts", ["one"]),
        ("data.texts", [["one"]] * 33),
        ("factors.0.source", 7),
        ("factors.0.label", "f2"),
        ("factors.1.pole", "west"),
        ("contrasts.pairs", [[0, 9]]),
        ("scores.arrays", np.full((33, 2), 99.0).tolist()),
        ("rotation.converged", "yes"),
        ("notices", 5),
    ],
)
def test_each_part_is_looked_at(path: str, value: Any) -> None:
    values = qmethod.analyse(sorts("lipset"), 2).to_dict()
    at: Any = values
    *way, last = path.split(".")
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    at[last] = value
    with pytest.raises(ValueError, match=r"\S"):
        check_whole(QSolution.from_dict(values))
