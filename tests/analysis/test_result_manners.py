"""Every result of a public function has the same manners: a few lines, a page, its tables as frames, and another process can have it."""

from __future__ import annotations

import inspect
import pickle
import re
import types
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qmethod
from qmethod.brief import MOST_LINES, MOST_SIGNS
from qmethod.shown import Pictured, Result, names_of
from qmethod_analysis.pictures.named import PICTURES
from qmethod_analysis.tables.named import TABLES


def result_classes() -> set[type]:
    """The public classes that public functions return."""
    functions = [found for name in qmethod.__all__ if isinstance(found := getattr(qmethod, name), types.FunctionType)]
    returned = {str(inspect.signature(function).return_annotation).strip("'") for function in functions}
    return {getattr(qmethod, name) for name in returned if name in qmethod.__all__}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[type, Any]:
    home = tmp_path_factory.mktemp("manners")
    data = qmethod.datasets.load("climate").keep(range(60))
    solution = qmethod.analyse(data, 2)
    saved = qmethod.save(solution, home / "one", names={"f1": "<b>Acceptance</b>"})
    made = [
        data,
        solution,
        saved,
        qmethod.load(home / "one"),
        qmethod.report(home / "one", ["html", "md"]),
        qmethod.retain(data, max_factors=2, n_random=19, nest=False, rng=1),
        qmethod.bootstrap(solution, 5, rng=1),
        qmethod.calibrate(solution, 5, rng=1),
        qmethod.partition(data, 2, n_sweeps=1000, rng=1),
        qmethod.multiverse(solution, qmethod.choices([2], ["pca", "centroid"], ["varimax"], [".05"])),
        qmethod.compare(solution, qmethod.analyse(data, 3), rng=1, n_permutations=9),
        qmethod.compare_occasions(data, data, n_factors=2, n_permutations=99, rng=1),
        qmethod.classify(data, solution),
        qmethod.shorten(solution, longest=5, folds=2, rng=1),
        qmethod.simulate(solution.scores.z_scores, solution.scores.grid, (30, 3), rng=1),
        qmethod.analyse_in_chunks(qmethod.ArraySorts(data, 20), 2),
        qmethod.retest(data, [data.participants[:2]]),
    ]
    return {type(one): one for one in made}


def test_every_result_is_asked_here(results: dict[type, Any]) -> None:
    assert set(results) == result_classes()
    assert len(results) >= 14


def test_every_result_says_in_a_few_lines_what_it_is(results: dict[type, Any]) -> None:
    for kind, value in results.items():
        assert repr(value).startswith(kind.__name__)
        assert len(repr(value)) <= MOST_SIGNS
        assert repr(value).count("\n") < MOST_LINES


def test_every_result_has_a_page(results: dict[type, Any]) -> None:
    for kind, value in results.items():
        page = value._repr_html_()
        assert page.startswith('<div class="qmethod-shown"><style>'), kind
        assert re.search(r"<(table|ul)>", page), kind
        assert not re.search(r"<script|<b>|&amp;lt;|array\(|namespace\(", page), kind


def test_every_table_of_every_result_becomes_a_frame(results: dict[type, Any]) -> None:
    for kind, value in results.items():
        names = names_of(kind, Result)
        for what in names:
            frame = value.to_frame(what, backend="polars")
            assert frame.width > 0, (kind, what)
            assert frame.height > 0, (kind, what)
        assert value.to_frame(backend="polars").equals(value.to_frame(names[0], backend="polars"))
        with pytest.raises(qmethod.PolicyError, match=re.escape(f"`what`: there is no table 'x' of a {kind.__name__}; there are {', '.join(names)}")):
            value.to_frame("x")
        documented = Result.to_frame.__doc__ or ""
        assert f"`{kind.__name__}`" in documented
        assert kind in (qmethod.Analysis, qmethod.Loaded) or all(f"``{what}``" in documented for what in names)


def test_tables_and_pictures_are_those_that_are_declared() -> None:
    for kind, tables in TABLES.items():
        assert tuple(tables) == names_of(kind, Result)
    for kind, pictures in PICTURES.items():
        assert tuple(pictures) == names_of(kind, Pictured)


def test_a_class_of_ones_own_has_them_too() -> None:
    class Mine(qmethod.QData):
        pass

    mine = Mine(np.array([[1, 2], [2, 1], [0, 0]]))
    assert mine.to_frame(backend="polars").shape == (3, 3)
    assert "2 sorts of 3 statements" in mine._repr_html_()


def test_every_result_goes_to_another_process_and_comes_back(results: dict[type, Any]) -> None:
    for kind, value in results.items():
        again = pickle.loads(pickle.dumps(value))
        assert type(again) is kind
        assert repr(again) == repr(value)
        assert again._repr_html_() == value._repr_html_()
        assert is_dataclass(kind)
        for spec in fields(kind):
            if isinstance(mine := getattr(value, spec.name), np.ndarray):
                np.testing.assert_array_equal(getattr(again, spec.name), mine)


@pytest.mark.parametrize("k", [2, 4])
def test_notices_are_counted_alike(k: int, tmp_path: Path) -> None:
    data = qmethod.datasets.load("climate").keep([*range(40), *range(40, 60)])
    twins = np.column_stack([data.sorts, data.sorts[:, 0]])  # two equal sorts: what the screening of the sorts tells, and the solution does not
    twice = qmethod.QData(twins, data.statements, [*data.participants, "twin"], data.texts)  # type: ignore[arg-type]
    solution = qmethod.analyse(twice, k)
    for one in (twice, solution, qmethod.analyse_in_chunks(qmethod.ArraySorts(data, 20), k)):
        said = re.search(r"(\d+) notices?:", repr(one))
        listed = re.search(r"<h4>Notices</h4><ul>(.*?)</ul>", one._repr_html_())
        assert (int(said[1]) if said else 0) == (listed[1].count("<li>") if listed else 0)
    assert len(solution.notices) < int(re.search(r"(\d+) notices?:", repr(solution))[1])  # type: ignore[index]


def test_whether_something_holds_is_yes_or_no_everywhere(results: dict[type, Any]) -> None:
    solution = results[qmethod.QSolution]
    assert set(solution.to_frame("contrasts", backend="polars")["consensus"]) == {"yes", "no"}
    assert solution.to_frame("contrasts", backend="polars")["consensus"].to_list() == ["yes" if one else "no" for one in solution.contrasts.consensus]
    alone = qmethod.analyse(solution.data, 1).to_frame("contrasts", backend="polars")
    assert alone["consensus"].null_count() == alone.height  # one viewpoint agrees with nobody
    for kind, value in results.items():
        for what in names_of(kind, Result):
            for column in value.to_frame(what, backend="polars").iter_columns():
                found = set(column) - {None}
                assert not found & {"yes", "no"} or column.name == "consensus" or None not in set(column), (kind, what, column.name)
