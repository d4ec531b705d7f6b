"""`import qmethod` is all that a user imports: every public name is there, and an editor sees the same ones."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

import qmethod
from qmethod import DataError, PolicyError
from qmethod.door import HOMES, MODULES

DOOR = Path(qmethod.__file__)


def seen_by_type_checkers() -> dict[str, str]:
    """Public names and the modules that they are imported from for type checkers."""
    tree = ast.parse(DOOR.read_text(encoding="utf-8"))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)]
    return {alias.asname or alias.name: node.module for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}  # type: ignore[misc]


def test_the_names_are_the_same_for_python_and_for_editors():
    assert set(qmethod.__all__) == set(HOMES) | {"__version__"}
    assert set(dir(qmethod)) == set(qmethod.__all__)
    expected = {name: home.rpartition(".")[0] if name in MODULES else home for name, home in HOMES.items()}
    assert seen_by_type_checkers() == expected


@pytest.mark.parametrize("name", sorted(HOMES))
def test_every_name_is_what_its_home_calls_so(name: str):
    found = getattr(qmethod, name)
    home = importlib.import_module(HOMES[name])
    assert found is (home if name in MODULES else getattr(home, name))
    assert name in MODULES or found.__module__ == HOMES[name]
    assert (found.__doc__ or "").strip()


def test_another_name_is_refused():
    with pytest.raises(AttributeError, match="'analyze'"):
        qmethod.analyze  # type: ignore[attr-defined]  # noqa: B018


def test_what_ships_is_read_with_its_wordings_and_grid():
    for name in qmethod.datasets.names():
        data = qmethod.datasets.load(name)
        assert all(data.texts)
        assert data.grid is not None
        assert data.sorts.tolist() == qmethod.read(qmethod.datasets.path(name) / "sorts.csv").sorts.tolist()
    with pytest.raises(DataError, match="ships without sorts"):
        qmethod.datasets.load("leadership")
    with pytest.raises(DataError, match="no study called 'moon'"):
        qmethod.datasets.load("moon")


def test_a_study_from_the_first_sort_to_the_site(tmp_path: Path):
    solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(40)), 2)
    saved = qmethod.save(solution, tmp_path / "a", names={"f1": "Acceptance"})
    loaded = qmethod.load(tmp_path / "a")
    assert loaded.solution.to_dict() == saved.solution.to_dict()
    assert loaded.names == ("Acceptance", "Viewpoint 2")
    done = qmethod.report(str(tmp_path / "a"), ["md", "xlsx"])
    assert {*done.files} >= {"report.md", "report.xlsx"}
    assert all((tmp_path / "a" / name).is_file() for name in done.files)
    assert done.new_texts
    (tmp_path / "a" / "report.toml").write_text('[viewpoints.f2]\nname = "Doubt"\n', encoding="utf-8")
    assert qmethod.load(tmp_path / "a").names == ("Acceptance", "Doubt")
    made = qmethod.publish([tmp_path / "a"], tmp_path / "site")
    assert {name for name in made if (tmp_path / "site" / name).is_file()} == set(made)
    assert "Doubt" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    with pytest.raises(PolicyError, match="`formats` must be some of html, docx"):
        qmethod.report(tmp_path / "a", "odt")
    with pytest.raises(PolicyError, match="got none"):
        qmethod.report(tmp_path / "a", ())
