"""A stranger takes sentences literally: what counts, denies or says "all" is worked out anew from sorts, flags and arrays, in odd studies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
import pytest

import qmethod
from qmethod import QData, QSolution
from qmethod.resampling.bootstrap import bootstrap
from qmethod.retention.retain import retain
from qmethod_analysis.commands.compare import without_match
from qmethod_analysis.folder.loaded import Loaded, understand
from qmethod_analysis.interpretation.occasions import mean_agreement
from qmethod_analysis.recipe.recipe import Counting, Input, Recipe, Resampling
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.blocks import PictureBlock
from qmethod_analysis.report.results import factors
from qmethod_analysis.report.sheet import page as sheet_page
from qmethod_analysis.report.sheet import sheet
from qmethod_analysis.report.writing import write_formats
from qmethod_analysis.words.language import speaking
from qmethod_analysis.words.narrative import decimal
from tests.analysis.everywhere import pages, published


@dataclass(frozen=True)
class Kind:
    """How a study is drawn: counts of the columns, how many people share each view, how many of each are against it, and the choices."""

    counts: tuple[int, ...]
    groups: tuple[int, ...]
    against: int = 0
    shared: float = 0.0
    noise: float = 0.4
    factors: int = 0
    strays: bool = False
    gaps: bool = False
    choices: tuple[tuple[str, object], ...] = ()
    repetitions: int = 0


PYRAMID, EVEN = (1, 2, 3, 4, 5, 4, 3, 2, 1), (3, 4, 4, 3)
KINDS = {
    "opponents": Kind(PYRAMID, (5, 4, 3), against=2),
    "opponents and others": Kind(PYRAMID, (5, 4, 1, 1, 1), against=1, factors=2),
    "all against one": Kind(PYRAMID, (4,), against=2, factors=1),
    "split": Kind(PYRAMID, (5, 4), against=2, choices=(("bipolar", "split"),)),
    "no middle": Kind(EVEN, (5, 5, 4), shared=2.0, noise=0.8),
    "no middle, nothing drawn": Kind(EVEN, (5, 5), shared=2.0, noise=0.8, choices=(("calibration_studies", 0), ("contrast_errors", "normal"))),
    "two columns": Kind((8, 8), (5, 5), shared=1.0, repetitions=20),
    "one a column": Kind((1,) * 7, (4, 4, 3), repetitions=20),
    "three people": Kind(PYRAMID, (3,), factors=1, repetitions=20),
    "a lone one beside two": Kind(PYRAMID, (5, 5, 1), factors=3, noise=0.2, choices=(("reliability", "observed"),)),
    "alone each": Kind(PYRAMID, (1, 1, 1), factors=2, repetitions=20),
    "strays": Kind(PYRAMID, (5, 5), strays=True, repetitions=20),
    "by size": Kind(PYRAMID, (5, 4, 4), choices=(("contrast_rule", "cohens-d"),)),
    "as KADE does": Kind(PYRAMID, (6, 5, 4), shared=1.5, noise=1.0, choices=(("preset", "kade"),)),
    "alike": Kind(PYRAMID, (6, 5), shared=3.0, noise=1.0, factors=2),
    "with gaps": Kind(PYRAMID, (5, 5), gaps=True, choices=(("missing", "pairwise"),)),
}


@cache
def loaded(name: str) -> Loaded:
    kind, rng = KINDS[name], np.random.default_rng(sorted(KINDS).index(name))
    places = np.repeat(np.arange(len(kind.counts)) - len(kind.counts) // 2, kind.counts)
    if len(kind.counts) % 2 == 0:
        places = np.where(places >= 0, places + 1, places)
    common, columns = rng.standard_normal(len(places)), []
    for size in kind.groups:
        view = kind.shared * common + rng.standard_normal(len(places))
        for person in range(size):
            order = np.argsort(((-1) ** (person < kind.against)) * view + kind.noise * rng.standard_normal(len(places)))
            sort = np.empty(len(places))
            sort[order] = np.sort(places)
            columns.append(sort)
    sorts = np.column_stack(columns)
    if kind.strays:
        sorts[:2, 0] = sorts[:2, 0][::-1] + 1
    if kind.gaps:
        sorts[[0, 3], [0, 1]] = np.nan
    data = QData.from_array(sorts, texts=tuple(f"What number {i} says." for i in range(len(places))))
    solution = qmethod.analyse(data, kind.factors or len(kind.groups), **dict(kind.choices))
    found = bootstrap(solution, kind.repetitions, rng=np.random.default_rng(1)) if kind.repetitions else None
    counted = retain(data, policies=solution.policies, max_factors=min(4, data.n_sorts - 1), n_random=39, rng=np.random.default_rng(1), nest=False)
    recipe = Recipe(
        input=Input(path="sorts.csv"),
        n_factors=solution.n_factors,
        bootstrap=Resampling(kind.repetitions) if kind.repetitions else None,
        retention=Counting(39),
    )
    return understand(solution, recipe, found=found, counted=counted)


@cache
def report(name: str) -> str:
    return " ".join(write_formats(loaded(name), Texts(), ("md",), anonymous=False).files["report.md"].decode().replace("\\", "").split())


@cache
def site(name: str, language: str = "en") -> dict[str, str]:
    with speaking(language):
        return {path: " ".join(" ".join(lines).split()) for path, lines in pages(published(loaded(name))).items() if path.endswith(".html")}


def scored(solution: QSolution) -> list[int]:
    return np.flatnonzero(~np.isnan(solution.scores.z_scores).any(axis=0)).tolist()


def comparable(solution: QSolution, f: int) -> list[int]:
    by_size = solution.policies.contrast_rule == "cohens-d"
    return [g for g in scored(solution) if g != f and (by_size or np.isfinite(solution.contrasts.sed[f, g]))]


def above_chance(solution: QSolution, f: int) -> np.ndarray:
    """Statements further from every other comparable viewpoint than chance sets them, from the scores."""
    critical, z = solution.calibration.errors.critical(0.05), solution.scores.z_scores
    others = [g for g in comparable(solution, f) if np.isfinite(solution.contrasts.sed[f, g])]
    return np.array([bool(others) and all(abs(row[f] - row[g]) > critical * solution.contrasts.sed[f, g] for g in others) for row in z])


@pytest.mark.parametrize("name", KINDS)
def test_nobody_who_is_against_is_counted_as_in_line(name: str) -> None:
    solution = loaded(name).solution
    shown, n = scored(solution), solution.data.n_sorts
    along = against = 0
    for who in range(n):
        signs = [solution.loadings[who, f] >= 0 for f in shown if solution.flags[who, f]]
        along, against = along + any(signs), against + (bool(signs) and not any(signs))
    said = site(name)["index.html"]
    told = re.search(r"(?:All (\d+)|(\d+) of \d+) people sorted the statements clearly in line with (?:it|one of them)\b", said)
    assert told, said
    assert int(told[1] or told[2]) == along
    assert bool(told[1]) == (along == n)
    opposed = re.search(r"(\d+) (?:person holds|people hold) (?:its opposite|the opposite of one of them)\.", said)
    assert (int(opposed[1]) if opposed else 0) == against
    assert ("others hold a mixture" in said) == (along + against < n)
    if against:
        spanish = site(name, "es")["index.html"]
        assert re.search(rf"\b{against} personas? tienen? el opuesto", spanish)
        assert ("Los demás tienen una mezcla" in spanish) == (along + against < n)


@pytest.mark.parametrize("name", KINDS)
def test_on_both_sides_and_in_the_middle_is_what_the_boards_show(name: str) -> None:
    solution = loaded(name).solution
    shown, values = scored(solution), np.array(solution.scores.grid.values)
    if len(shown) < 2:
        return
    middle = (values[0] + values[-1]) / 2
    rows = solution.scores.arrays[:, shown]
    both = int(((rows < middle).any(axis=1) & (rows > middle).any(axis=1)).sum())
    centre = int((rows == middle).all(axis=1).sum())
    for said in (report(name), site(name)["index.html"]):
        found = re.search(r"On (\d+) statements? they stand on both sides of the middle", said)
        assert (int(found[1]) if found else 0) == both
        told = re.search(r"(\d+) statements? in the middle", said)
        assert (int(told[1]) if told else 0) <= centre
    spanish = re.search(r"En (\d+) afirmaci\w+ están a ambos lados", site(name, "es")["index.html"])
    assert (int(spanish[1]) if spanish else 0) == both


@pytest.mark.parametrize("name", KINDS)
def test_eigenvalues_that_exceed_chance_are_those_that_do(name: str) -> None:
    counted = loaded(name).counted
    assert counted is not None
    larger = [row.eigenvalue > row.parallel_95 for row in counted.rows if row.eigenvalue is not None and row.parallel_95 is not None]
    said = report(name)
    if not larger:
        return
    if many := re.search(r"The first (?:(\d+) )?eigenvalues? exceeds? what random sorts give", said):
        assert all(larger[: int(many[1] or 1)])
    elif "None of the first eigenvalues exceeds what random sorts give" in said:
        assert not any(larger)
    else:
        assert "The first eigenvalue does not exceed what random sorts give" in said
        assert not larger[0]


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_denied_that_was_not_looked_for(name: str) -> None:
    """Neither that a statement sets a viewpoint apart, nor that it does so from every other, where some could not be compared."""
    solution, said = loaded(name).solution, report(name)
    shown = scored(solution)
    if len(shown) < 2:
        return
    cards = sheet(loaded(name), Texts()).cards
    assert sheet_page(sheet(loaded(name), Texts()))
    part = {f: said.partition(f"({solution.labels[f]}) ")[2] for f in shown}
    for card, f in zip(cards, shown, strict=True):
        mine, section = comparable(solution, f), part[f]
        here = site(name)[f"viewpoint-{f + 1}.html"]
        caption = f"Statements that distinguish {loaded(name).names[f]} from every"
        whole = len(mine) == len(shown) - 1
        assert section
        assert f"{caption} other viewpoint" not in said or whole
        assert ("from every other viewpoint on" not in here and "apart from every other viewpoint:" not in here) or whole
        assert ("It could be compared with no other viewpoint" in here) == (not mine)
        if solution.calibration is not None and solution.calibration.errors is not None:
            assert not (card.heading.startswith("Nothing sets it apart") and above_chance(solution, f).any())
        assert not (card.heading.startswith("Nothing sets it apart") and not any(np.isfinite(solution.contrasts.sed[f, g]) for g in shown if g != f))
    if any(len(comparable(solution, f)) < len(shown) - 1 for f in shown) or solution.policies.contrast_rule == "cohens-d":
        assert "sets this viewpoint apart from every other (p <" not in said
    if all(not comparable(solution, f) for f in shown):
        assert "No statement differs from every" not in said
        assert "No pudo compararse con ningún otro punto de vista" in site(name, "es")[f"viewpoint-{shown[0] + 1}.html"]


@pytest.mark.parametrize("name", KINDS)
def test_columns_held_what_the_sorts_held(name: str) -> None:
    sorts, said = np.sort(loaded(name).solution.data.sorts, axis=0), site(name)["method.html"]
    same, few = bool((sorts == sorts[:, :1]).all()), "Only few cards fit at either end"
    assert (few in said or "Every column held the same number of cards for everybody" in said) == same
    assert ("not the same for everybody" in said) == (not same)
    if few in said:
        ends: Sequence[int] = [int((sorts[:, 0] == end).sum()) for end in (sorts[0, 0], sorts[-1, 0])]
        assert max(ends) <= len(sorts) / 5


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.repetitions])
def test_repetitions_that_failed_are_none_of_those_counted(name: str) -> None:
    found, said = loaded(name).found, report(name)
    assert found is not None
    done = found.n_replicates - sum(n for _, n in found.failures)
    counts = re.findall(r"participants were drawn anew (\d+) times, it came back with a median φ of \S+ in ([<>]?)(\d+) % of them", said)
    shares = [share for share in found.replication.equal.tolist() if share == share]
    assert len(counts) == len(shares)
    for (n, sign, share), exact in zip(counts, shares, strict=True):
        assert int(n) == done
        assert abs(exact * done - round(exact * done)) < 1e-9
        assert bool(sign) == (0 < exact < 0.005 or 0.995 < exact < 1)
        assert abs(100 * exact - int(share)) <= 1
    assert all(why in said for why, _ in found.failures[:12])
    assert f"the people were drawn anew {done} times" in site(name)["method.html"]
    swayed = (found.flags.estimate & (found.flags.frequency < 0.8)) | (~found.flags.estimate & (found.flags.frequency > 0.5))
    assert ("did so in at least four of five repetitions" in said) == (not swayed.any())


@pytest.mark.parametrize("larger", list(product([True, False], repeat=3)), ids=str)
def test_any_pattern_of_eigenvalues_beside_those_of_chance_is_told_as_it_is(larger: tuple[bool, ...]) -> None:
    whole = loaded("opponents")
    assert whole.counted is not None
    rows = [row for row in whole.counted.rows if row.eigenvalue is not None and row.parallel_95 is not None][: len(larger)]
    made = tuple(replace(row, parallel_95=row.eigenvalue + (-0.1 if more else 0.1)) for row, more in zip(rows, larger, strict=True))
    title = next(one.title for one in factors(replace(whole, counted=replace(whole.counted, rows=made))) if isinstance(one, PictureBlock))
    if many := re.search(r"^The first (?:(\d+) )?eigenvalues? exceeds? ", title):
        first = int(many[1] or 1)
        assert all(larger[:first])
        assert not all(larger[: first + 1]) or first == len(larger)
    else:
        assert not larger[0]
        assert title.startswith("None of the first eigenvalues exceeds" if not any(larger) else "The first eigenvalue does not exceed")


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_said_to_be_unlike_all_that_is_like_one_of_them(seed: int, mirrored: bool) -> None:
    """Fewer viewpoints than references, one of which is like one that is matched with another."""
    rng = np.random.default_rng(seed)
    found = rng.standard_normal((30, 2))
    alike = found[:, [0]] * (-1 if mirrored else 1) + 0.3 * rng.standard_normal((30, 1))
    made = qmethod.compare(found, np.hstack([found, alike, rng.standard_normal((30, 1))]), rng=seed, n_permutations=199, mirrored=mirrored)
    lone = [match.reference for match in made.matches if match.found < 0]
    assert len(lone) == 2
    for j in lone:
        said = without_match(made, j, ("one", "two"), mirrored=mirrored)
        phi = [abs(value) if mirrored else value for value in made.congruences[:, j].tolist()]
        if max(phi) > made.chance_95[j]:
            assert f"most like it is {('one', 'two')[phi.index(max(phi))]} (phi {max(phi):.3f})" in said
        else:
            assert said == "nothing like it was found beyond chance"


@pytest.mark.parametrize("seed", range(5))
def test_on_average_is_the_mean_also_where_somebody_sorted_the_same_twice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = np.repeat(np.arange(-3, 4), (1, 2, 3, 4, 3, 2, 1))
    before = np.column_stack([rng.permutation(grid) for _ in range(6)])
    after = np.column_stack([sort if i < seed else rng.permutation(grid) for i, sort in enumerate(before.T)])
    made = qmethod.compare_occasions(QData.from_array(before), QData.from_array(after), rng=1, n_permutations=99)
    r = [float(np.corrcoef(one, other)[0, 1]) for one, other in zip(before.T, after.T, strict=True)]
    told = re.fullmatch(
        r"The two sorts of a person correlate (\S+) on average: least in (.+) \((\S+)\), most in (.+) \((\S+)\)\.", mean_agreement(made)
    )
    assert told
    assert told[1] == decimal(float(np.mean(r)))
    for which, figure, end in ((told[2], told[3], min(r)), (told[4], told[5], max(r))):
        those = [f"p{i}" for i, value in enumerate(r, 1) if abs(value - end) < 1e-9]
        assert re.findall(r"p\d", which) == those if len(those) < 4 else which == f"{len(those)} people"
        assert figure == decimal(end)


def test_nobody_is_named_where_all_repeat_their_sort_alike() -> None:
    sorts = QData.from_array(np.column_stack([np.random.default_rng(i).permutation(np.repeat([-1, 0, 1], 3)) for i in range(5)]))
    assert (
        mean_agreement(qmethod.compare_occasions(sorts, sorts, rng=1, n_permutations=99)) == "The two sorts of a person correlate 1.00, in everybody."
    )


@pytest.mark.parametrize("name", KINDS)
def test_others_are_spoken_of_where_there_are_others(name: str) -> None:
    defines = loaded(name).solution.flags.any(axis=1)
    assert (f"All {defines.size} sorts define a viewpoint." in report(name)) == bool(defines.all())
    assert ("Of the others" in report(name)) == (not defines.all())


@pytest.mark.parametrize("name", KINDS)
def test_sides_are_sure_of_so_many_or_of_none(name: str) -> None:
    solution, said = loaded(name).solution, report(name)
    values = solution.scores.grid.values
    middle = (values[0] + values[-1]) / 2
    told = re.findall(r"(?:, (\d+) surely stands? on that side|(is it sure that it stands on that side): the places)", said)
    if solution.calibration is None:
        return
    places, arrays = solution.calibration.places, solution.scores.arrays
    sure = [int((((arrays > middle) & (places.low > middle)) | ((arrays < middle) & (places.high < middle)))[:, f].sum()) for f in scored(solution)]
    assert all(int(n or 0) in sure and bool(none) == (not n) and n != "0" for n, none in told)


@pytest.mark.parametrize("name", KINDS)
def test_factors_said_to_stand_in_order_do(name: str) -> None:
    explained, said = loaded(name).solution.characteristics.explained_variance, report(name)
    if "Factors stand in descending order of explained variance" in said:
        assert (np.diff(explained[~np.isnan(explained)]) <= 1e-9).all()
    elif "Factors stand in the order they were extracted" not in said:
        assert "Before their poles were told apart, factors stood in descending order" in said
        assert len(explained) > loaded(name).solution.n_factors


@pytest.mark.parametrize("name", KINDS)
def test_each_sorted_all_cards_where_all_did(name: str) -> None:
    gaps = bool(np.isnan(np.asarray(loaded(name).solution.data.sorts, dtype=float)).any())
    for language, each, not_all in (
        ("en", " each sorted ", "not everybody laid out every card"),
        ("es", "Cada una ordenó ", "no todas colocaron cada tarjeta"),
    ):
        said = next(text for path, text in site(name, language).items() if path.endswith("method.html"))
        assert (each in said, not_all in said) == (not gaps, gaps)


def test_a_picture_without_random_sorts_is_not_read_beside_them() -> None:
    whole = loaded("with gaps")
    assert whole.counted is not None
    assert all(row.parallel_95 is None for row in whole.counted.rows)
    picture = next(one for one in factors(whole) if isinstance(one, PictureBlock))
    assert "that chance gives" not in picture.reading
    assert "No random sorts were drawn." in report("with gaps")
    assert "draws more" not in report("with gaps")
