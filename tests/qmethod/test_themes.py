"""Statements in themes: a liking of whole themes that each person has in a way of their own is no viewpoint, and hides none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.data import QData
from qmethod.errors import DataError, PolicyError
from qmethod.grid import Grid
from qmethod.method.correlation import correlate, mid_ranks, standardise
from qmethod.retention import agreement
from qmethod.retention.advice import advise
from qmethod.retention.agreement import mean_correlation
from qmethod.retention.chance import _units, drawn_eigenvalues
from qmethod.retention.criteria import CRITERIA, empirical_kaiser
from qmethod.retention.retain import retain
from qmethod.retention.row import RetentionRow
from qmethod.retention.themes import Themes, evened, themes_of, within
from qmethod.simulation import random_sorts
from tests.strategies import forced_sorts

GRID = Grid.parse("-4:2,-3:4,-2:5,-1:6,0:8,1:6,2:5,3:4,4:2")
N, M = 42, 30


def study(rng: np.random.Generator, size: int, own: float, *, views: int = 0, shared: float = 0.0) -> tuple[QData, list[str]]:
    """Sorts of people who like themes each in a way of their own, share some liking of themes, or hold viewpoints; and the tag of each statement."""
    numbers = rng.permutation(N) // size
    themes = int(numbers.max()) + 1
    latent = np.sqrt(own) * rng.standard_normal((themes, M))[numbers] + np.sqrt(1 - own) * rng.standard_normal((N, M))
    if views:
        latent = 0.7 * rng.standard_normal((N, views))[:, np.arange(M) % views] + np.sqrt(0.51) * latent
    latent = np.sqrt(1 - shared) * latent + np.sqrt(shared) * rng.standard_normal((themes, 1))[numbers]
    return QData(GRID.slots()[latent.argsort(axis=0).argsort(axis=0)]), [f"theme {number}" for number in numbers]


@pytest.mark.parametrize("size", [2, 6])
def test_a_liking_of_themes_of_ones_own_is_no_viewpoint_beyond_themes(size: int) -> None:
    rng, plain, beyond = np.random.default_rng(size), 0, 0
    for _ in range(25):
        data, tags = study(rng, size, 0.5)
        answers = retain(data, themes=tags, max_factors=1, n_random=99, rng=rng).answers
        plain, beyond = plain + (answers["nest"] != 0), beyond + (answers["nest_themes"] != 0)
    assert beyond <= 5  # 25 sets at .05: more than 5 in one case of a hundred
    assert plain >= 8
    assert plain > 2 * beyond


@pytest.mark.parametrize("size", [2, 6])
def test_viewpoints_are_found_beside_a_liking_of_themes(size: int) -> None:
    rng = np.random.default_rng(10 + size)
    found = []
    for _ in range(8):
        data, tags = study(rng, size, 0.3, views=3)
        found.append(retain(data, themes=tags, max_factors=4, rng=rng).answers["nest_themes"])
    assert sum(answer == 3 for answer in found) >= 7


def test_a_liking_that_all_share_hides_nothing_that_is_shared_within_themes() -> None:
    rng = np.random.default_rng(21)
    for _ in range(3):
        data, tags = study(rng, 6, 0.0, views=3, shared=0.5)
        assert retain(data, themes=tags, max_factors=4, rng=rng).answers["nest_themes"] == 3


def test_a_liking_of_themes_that_all_share_is_nothing_beyond_themes_and_the_advice_says_what_it_may_be() -> None:
    data, tags = study(np.random.default_rng(5), 6, 0.0, shared=0.4)
    found = retain(data, themes=tags, rng=1)
    assert found.answers["nest"]
    assert found.answers["nest_themes"] == 0
    assert found.advice[1].startswith("Beyond themes no shared viewpoint can be told from chance. NEST says")


@given(forced_sorts(), st.integers(2, 4), st.integers(0, 2**32 - 1), st.sampled_from(["pearson", "spearman"]))
def test_chance_leaves_everybodys_places_in_their_themes(drawn: tuple[Grid, np.ndarray], k: int, seed: int, method: str) -> None:
    _, sorts = drawn
    rng = np.random.default_rng(seed)
    themes = themes_of([f"t{number}" for number in rng.integers(0, k, len(sorts))], [f"s{i}" for i in range(len(sorts))])
    parts = within(sorts, method, themes)
    if parts is None:
        return
    units = standardise(mid_ranks(sorts) if method == "spearman" else sorts)
    assert parts.places.kept is not None
    dealt = _units(rng.standard_normal((2, *parts.places.values.shape)), parts.places, slice(None)) - parts.places.kept
    inner = units - np.array([units[themes.numbers == number].mean(axis=0) for number in themes.numbers])
    inner = inner[:, np.sqrt((inner**2).sum(axis=0)) > 1e-6]
    for number in range(len(themes.names)):
        where = themes.numbers == number
        wanted = np.broadcast_to(np.sort(inner[where].T, axis=1), dealt[:, :, where].shape)
        np.testing.assert_allclose(np.sort(dealt[:, :, where], axis=2), wanted, atol=1e-9)


def test_what_is_observed_is_made_like_what_is_drawn() -> None:
    """The eigenvalues are those of the kept part, cut at the edge of chance, and the rest; a slow loop over statements gives the same."""
    data, tags = study(np.random.default_rng(6), 3, 0.3, shared=0.5)
    sorts = np.asarray(data.sorts, dtype=float)
    parts = within(sorts, "pearson", themes_of(tags, data.statements))
    assert parts is not None
    assert parts.rank == N - 14
    units = (sorts - sorts.mean(axis=0)) / np.sqrt(((sorts - sorts.mean(axis=0)) ** 2).sum(axis=0))
    whole = np.array([np.mean([units[j] for j in range(N) if tags[j] == tags[i]], axis=0) for i in range(N)])
    inner = units - whole
    u, sizes, v = np.linalg.svd(whole, full_matrices=False)
    edge = np.sqrt((inner**2).sum() / M) * (1 + np.sqrt(M / (N - 14)))
    assert sizes[0] > edge  # there is something to cut
    made = (u * np.minimum(sizes, edge)) @ v + inner
    np.testing.assert_allclose(parts.values, np.linalg.svd(made, compute_uv=False) ** 2, atol=1e-9)
    draws = drawn_eigenvalues(parts.places, 50, np.random.default_rng(1))
    np.testing.assert_allclose(draws.sum(axis=1), (made**2).sum(), rtol=1e-6)  # what is dealt out is as long as it was, and upright to what is kept


def between_and_within(sorts: np.ndarray, numbers: np.ndarray) -> tuple[float, float]:
    """Mean squares of the analysis of variance of each sort by theme, summed over sorts, by loops."""
    between = within_themes = 0.0
    for sort in sorts.T:
        for number in set(numbers.tolist()):
            some = sort[numbers == number]
            between += len(some) * (some.mean() - sort.mean()) ** 2
            within_themes += sum((value - some.mean()) ** 2 for value in some)
    t = len(set(numbers.tolist()))
    return between / (t - 1), within_themes / (len(numbers) - t)


@pytest.mark.parametrize(("size", "own"), [(2, 0.3), (3, 0.5), (6, 0.5)])
def test_themes_of_evened_sorts_differ_as_much_as_statements_within_them(size: int, own: float) -> None:
    data, tags = study(np.random.default_rng(31), size, own)
    themes = themes_of(tags, data.statements)
    units = standardise(np.asarray(data.sorts, dtype=float))
    made = evened(np.asarray(data.sorts), "pearson", themes)
    np.testing.assert_allclose((made**2).sum(axis=0), 1)
    np.testing.assert_allclose(made.sum(axis=0), 0, atol=1e-9)
    means = np.array([[column[themes.numbers == number].mean() for column in units.T] for number in themes.numbers])
    inner = units - means
    made *= (inner**2).sum(axis=0) / (inner * made).sum(axis=0)  # as long within themes as they were
    before, now = between_and_within(units, themes.numbers), between_and_within(made, themes.numbers)
    assert before[0] > 1.4 * before[1]
    assert now == pytest.approx((before[1], before[1]))


def test_larger_themes_are_shortened_more_and_all_sorts_by_the_same_factors() -> None:
    rng = np.random.default_rng(32)
    numbers = np.array([0] * 12 + [1] * 4 + [2] * 4 + [3] * 10 + [4] * 10 + [5, 6])
    latent = rng.standard_normal((7, M))[numbers] + rng.standard_normal((N, M))
    sorts = GRID.slots()[latent.argsort(axis=0).argsort(axis=0)]
    ranks = standardise(mid_ranks(sorts))
    between, inside = between_and_within(ranks, numbers)
    liking = (between - inside) / ((42 - (144 + 16 + 16 + 100 + 100 + 1 + 1) / 42) / 6)
    for i, sort in enumerate(ranks.T):
        by_hand = np.empty(N)
        for number, count in enumerate([12, 4, 4, 10, 10, 1, 1]):
            some = sort[numbers == number]
            by_hand[numbers == number] = some - some.mean() + some.mean() * (inside / (inside + count * liking)) ** 0.5
        by_hand -= by_hand.mean()
        np.testing.assert_allclose(evened(sorts, "spearman", Themes(numbers, tuple("abcdefg")))[:, i], by_hand / np.sqrt(by_hand @ by_hand))


def test_sorts_in_which_nobody_likes_whole_themes_stay_as_they_are() -> None:
    rng = np.random.default_rng(33)
    sorts = np.concatenate([np.array([rng.permutation(6) for _ in range(M)]).T for _ in range(7)])
    themes = Themes(np.arange(N) // 6, tuple("abcdefg"))
    np.testing.assert_allclose(evened(sorts, "pearson", themes), standardise(sorts), atol=1e-12)


@pytest.mark.parametrize("size", [3, 6])
def test_what_knows_nothing_of_themes_counts_no_liking_of_them_in_evened_sorts_and_all_viewpoints_beside_it(size: int) -> None:
    rng = np.random.default_rng(34)

    def counted(sorts: np.ndarray) -> int:
        values = np.linalg.eigvalsh(np.corrcoef(sorts.T))[::-1]
        return int(np.argmin(np.append(values > empirical_kaiser(values, M, N), False)))

    def both(data: QData, tags: list[str]) -> tuple[int, int]:
        return counted(np.asarray(data.sorts)), counted(evened(np.asarray(data.sorts), "pearson", themes_of(tags, data.statements)))

    liked = [both(*study(rng, size, 0.5)) for _ in range(40)]
    held = [both(*study(rng, size, 0.3, views=3)) for _ in range(40)]
    assert sum(blind > 0 for blind, _ in liked) >= 30
    assert sum(found > 0 for _, found in liked) <= 6
    assert sum(found == 3 for _, found in held) >= 28


def test_a_table_has_evened_figures_where_nest_is_asked_beyond_themes_and_only_there() -> None:
    data, tags = study(np.random.default_rng(35), 6, 0.5)
    made = evened(np.asarray(data.sorts), "pearson", themes_of(tags, data.statements))
    found = retain(data, themes=tags, n_random=39, max_factors=3, rng=1)
    values = np.linalg.eigvalsh(np.corrcoef(made.T))[::-1]
    squares = np.corrcoef(made.T) ** 2
    assert [row.evened_eigenvalue for row in found.rows] == [None, *(pytest.approx(value) for value in values[:3])]
    assert found.rows[1].evened_ekc == pytest.approx((1 + np.sqrt(M / N)) ** 2)
    assert found.rows[0].evened_map == pytest.approx((squares.sum() - M) / (M * (M - 1)))
    assert [row.evened_split_half is None for row in found.rows] == [True, False, False, False]
    for choices in ({}, {"themes": tags, "nest": False}, {"themes": ["a"] * N}):
        bare = retain(data, n_random=39, max_factors=1, rng=1, **choices)
        assert all(row.evened_eigenvalue is row.evened_ekc is row.evened_map is row.evened_split_half is None for row in bare.rows)


def test_neither_the_order_of_sorts_nor_the_names_of_tags_matter() -> None:
    data, tags = study(np.random.default_rng(7), 3, 0.3, views=2)
    other = {statement: [f"{tag}!", "x"] for statement, tag in zip(data.statements, tags, strict=True)}
    one = retain(data, themes=tags, max_factors=3, n_random=39, rng=4)
    again = retain(data.keep(list(range(M))[::-1]), themes=other, max_factors=3, n_random=39, rng=4)
    assert one.answers == again.answers
    assert [row.nest_themes_p for row in one.rows] == [row.nest_themes_p for row in again.rows]
    assert sorted(one.themes.values()) == sorted(again.themes.values()) == [3] * 14


def test_tags_change_nothing_but_what_is_said_of_them() -> None:
    data, tags = study(np.random.default_rng(8), 3, 0.3, views=2)
    plain, tagged = retain(data, max_factors=3, rng=4), retain(data, themes=tags, max_factors=3, rng=4)
    assert {name: k for name, k in tagged.answers.items() if name != "nest_themes"} == {
        name: k for name, k in plain.answers.items() if name != "nest_themes"
    }
    assert plain.reasons["nest_themes"] == "no tags of the statements were given"
    assert [row.nest_p for row in plain.rows] == [row.nest_p for row in tagged.rows]


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (["a"] * N, "all statements have the same tags"),
        ([None] * N, "all statements have the same tags"),
        ([f"t{i}" for i in range(N)], "no two statements have the same tags"),
    ],
)
def test_tags_that_make_no_themes_are_said_to(tags: list[str | None], why: str) -> None:
    data, _ = study(np.random.default_rng(9), 6, 0.5)
    found = retain(data, themes=tags, n_random=39, rng=1)
    assert found.answers["nest_themes"] is None
    assert found.reasons["nest_themes"] == why
    assert f"Their tags cannot set that aside: {why}." in " ".join(found.advice)


def test_people_who_place_each_theme_in_one_column_are_left_to_the_others() -> None:
    tags = ["low", "low", "middle", "middle", "high", "high"]
    flat = np.array([[-1, -1, 0, 0, 1, 1]] * 3).T
    assert within(flat, "pearson", themes_of(tags, [f"s{i}" for i in range(6)])) is None
    found = retain(flat + np.array([0, 0, 0]), themes=tags, n_random=19, rng=1)
    assert "place the statements of some theme in more than one column" in found.reasons["nest_themes"]
    others = random_sorts(Grid.parse("-1:2,0:2,1:2"), 9, np.random.default_rng(1))
    parts = within(np.hstack([flat, others]), "pearson", themes_of(tags, [f"s{i}" for i in range(6)]))
    assert parts is not None
    assert parts.correlation.n_sorts <= 9


def test_kendall_is_refused_with_the_reason() -> None:
    from qmethod import Policies

    data, tags = study(np.random.default_rng(9), 6, 0.5)
    found = retain(data.keep(range(8)), themes=tags, policies=Policies(correlation="kendall"), n_random=19, max_factors=2, rng=1)
    assert "Kendall" in found.reasons["nest_themes"]


def test_themes_are_statements_with_the_same_tags() -> None:
    made = themes_of({"s1": ["b", "a", "a"], "s2": ("a", " b "), "s4": "a", "s3": []}, ["s1", "s2", "s3", "s4", "s5"])
    assert made.sizes() == {"a + b": 2, "": 2, "a": 1}
    assert made.numbers.tolist() == [0, 0, 1, 2, 1]
    assert isinstance(themes_of(np.array(["x", "y"]), ["s1", "s2"]), Themes)
    assert themes_of({1: "a", 2: "a"}, ["1", "2", "3"]).sizes() == {"a": 2, "": 1}
    frame = pytest.importorskip("pandas").DataFrame({"tags": ["a", None, float("nan"), "a"]})
    assert themes_of(frame["tags"], ["s1", "s2", "s3", "s4"]).sizes() == {"a": 2, "": 2}


@pytest.mark.parametrize("wrong", ["power", 3, {"a", "b", "c"}, [1, 2, 3], [["a", 4], "b", "c"], {"s1": 7}, object()])
def test_tags_that_are_no_texts_are_refused(wrong: object) -> None:
    with pytest.raises(PolicyError, match="`themes` must be"):
        themes_of(wrong, ["s1", "s2", "s3"])  # type: ignore[arg-type]


def test_tags_of_other_statements_are_refused_by_name() -> None:
    with pytest.raises(DataError, match="s9") as caught:
        themes_of({"s1": "a", "s9": "b"}, ["s1", "s2"])
    assert "s1, s2" in str(caught.value.faults[0].advice)
    with pytest.raises(DataError, match="2 entries, the sorts have 3 statements"):
        themes_of(["a", "b"], ["s1", "s2", "s3"])


def advised(themes_k: int | None, nest: int, mapped: int, agreement_p: float | None = None) -> tuple[str, ...]:
    rows = [
        RetentionRow(
            k,
            9.0 - k,
            nest_p=0.01 if k < nest else 0.3,
            nest_threshold=2.0,
            nest_themes_p=0.01 if k < (themes_k or 0) else 0.4,
            map=0.1,
            fewest_defining=2,
        )
        for k in range(9)
    ]
    answers = {**dict.fromkeys(CRITERIA, 7), "nest": nest, "nest_themes": themes_k, "map": mapped}
    return advise(rows, answers, {}, (), 20, (0.1, agreement_p), {} if themes_k is None else {"a": 6, "b": 6, "c": 1})


def test_advice_goes_by_what_is_found_beyond_themes() -> None:
    assert advised(3, 3, 3)[0] == "3 viewpoints: NEST beyond themes, NEST and MAP agree."
    assert advised(3, 5, 5)[0].startswith("The criteria disagree: between 3 and 5 viewpoints (NEST beyond themes says 3, NEST says 5, MAP says 5).")
    assert "NEST and MAP leave themes out of account. What is above 3 may be people's liking of whole themes" in " ".join(advised(3, 5, 5))
    assert advised(3, 4, 3)[0].startswith("The criteria disagree: between 3 and 4 viewpoints")
    assert "NEST leaves themes out of account. What is above 3" in " ".join(advised(3, 4, 3))
    assert "leaves themes out" not in " ".join(advised(3, 3, 3))
    assert advised(0, 5, 4)[0].startswith("Beyond themes no shared viewpoint can be told from chance. NEST says 5 and MAP 4;")
    assert advised(0, 0, 0)[0] == "No shared viewpoint: NEST beyond themes, NEST and MAP find none beyond chance."
    assert "within 2 themes of statements only" in " ".join(advised(2, 2, 2))


def test_without_tags_the_advice_says_what_themes_may_do() -> None:
    open_question, settled = advised(None, 3, 3, 0.4), advised(None, 3, 3, 0.0001)
    assert open_question[0] == "3 viewpoints: NEST and MAP agree. Without tags of the statements it is open whether themes alone bring that about."
    assert settled[0] == "3 viewpoints: NEST and MAP agree."
    for words, part in (
        (open_question, "agree more than they oppose one another could be chance"),
        (settled, "The sorts agree more than they oppose one another ("),
    ):
        assert part in " ".join(words)
        assert "Give the tags of the statements to set that aside." in " ".join(words)
    assert "tags" not in " ".join(advised(None, 0, 0, 0.4))


def test_the_mean_correlation_is_that_of_all_pairs_however_sorts_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = study(np.random.default_rng(11), 6, 0.3, views=2)
    r = np.corrcoef(np.asarray(data.sorts, dtype=float).T)
    mean, p = mean_correlation(correlate(data), np.random.default_rng(1))
    assert mean == pytest.approx(r[~np.eye(M, dtype=bool)].mean())
    assert p == 1e-4
    monkeypatch.setattr(agreement, "BLOCK", 7)
    assert mean_correlation(correlate(data), np.random.default_rng(1))[0] == pytest.approx(mean)


@pytest.mark.parametrize("own", [0.0, 0.5])
def test_sorts_that_share_nothing_seldom_agree_more_than_they_oppose(own: float) -> None:
    rng = np.random.default_rng(12)
    values = [mean_correlation(correlate(study(rng, 6, own)[0]), rng)[1] for _ in range(200)]
    assert 2 <= sum(p <= 0.05 for p in values) <= 21  # 200 at .05: so few or so many in one case of a thousand
    assert 0.4 < np.mean(values) < 0.6


def test_two_camps_that_oppose_each_other_do_not_agree() -> None:
    rng = np.random.default_rng(13)
    side = np.where(np.arange(M) % 2, 1.0, -1.0)
    latent = 0.7 * rng.standard_normal((N, 1)) * side + np.sqrt(0.51) * rng.standard_normal((N, M))
    data = QData(GRID.slots()[latent.argsort(axis=0).argsort(axis=0)])
    found = retain(data, rng=1, max_factors=3)
    assert found.answers["nest"] == 1
    assert found.agreement_p is not None
    assert found.agreement_p > 0.05
    assert "where camps oppose each other" in " ".join(found.advice)
