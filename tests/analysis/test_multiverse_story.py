"""The story of a multiverse against plain counts: every sentence is read back and counted anew from the figures of the analyses."""

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import Grid, analyse
from qmethod.matching.multiverse import Choice, _conclusions, choices, multiverse
from qmethod.simulation import simulate
from qmethod_analysis.interpretation.findings import common_ground
from qmethod_analysis.interpretation.other_choices import CHOICES, MOST_NAMED, story
from qmethod_analysis.interpretation.survival import effects, shared_places
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.report.blocks import ItemList
from qmethod_analysis.report.multiverse import document

NAMED = {words: name for name, words in CHOICES.items()}
VARIED = [(2, 3, 4), ("pca", "paf"), ("varimax", "quartimax"), (".05+majority", ".05")]


def planted(seed=1, k=3, loadings=(0.5, 0.8), shared=0.0):
    rng = np.random.default_rng(seed)
    views = rng.standard_normal((24, k)) + shared * rng.standard_normal((24, 1))
    return simulate(views, Grid((-3, -2, -1, 0, 1, 2, 3), (2, 3, 4, 6, 4, 3, 2)), (8,) * k, rng, loadings=loadings).data


CASES = {
    "lipset": lambda: (qmethod.read("tests/reference/lipset/sorts.csv"), 3, {}),
    "climate, by one more factor than it carries": lambda: (qmethod.datasets.load("climate").keep(range(60)), 4, {}),
    "climate, two factors": lambda: (qmethod.datasets.load("climate").keep(range(60, 110)), 2, {}),
    "common ground": lambda: (planted(3, 2, shared=1.2), 2, {}),
    "one viewpoint": lambda: (planted(4, 1), 1, {}),
    "noise": lambda: (planted(6, 3, loadings=(0.0, 0.4)), 3, {}),
    "many common places": lambda: (planted(7, 3, loadings=(0.7, 0.9), shared=2.0), 3, {"calibration_studies": 0, "contrast_errors": "normal"}),
}


@pytest.fixture(scope="module", params=CASES)
def made(request):
    data, k, policies = CASES[request.param]()
    reference = analyse(data, k, **policies)
    return multiverse(reference, choices([n for n in (k - 1, k, k + 1) if n], *VARIED[1:]))


def names_of(made):
    return tuple(f"Name {label}" for label in made.reference.labels)


def back(made, j):
    """The analyses with room, and whether a viewpoint comes back in each, from the congruence itself."""
    scored = [f for f in range(len(made.reference.labels)) if not np.isnan(made.reference.scores.z_scores[:, f]).any()]
    need = max(len({made.reference.factors[f].source for f in scored}), 1)
    roomy = [one for one in made.analyses if not one.failure and one.choice.n_factors >= need]
    return roomy, [bool(one.phi[j] >= 0.85) for one in roomy]


def check_story(made, least):
    """Every sentence against counts; the kinds of sentence that were met."""
    names = names_of(made)
    told = story(made, names, least)
    scored = [j for j in range(len(names)) if not np.isnan(made.reference.scores.z_scores[:, j]).any()]
    roomy, _ = back(made, 0)
    shares = {j: (sum(back(made, j)[1]), len(roomy)) for j in scored}
    percent = f"{100 * least:g}"
    for one in told:
        if one.kind == "viewpoints":
            check_headline(one.sentence, shares, roomy, made, least)
        elif one.kind == "viewpoint" and one.viewpoint >= 0:
            check_viewpoint(one, made, shares, least, names)
        elif one.kind == "viewpoint":
            always = [names[j] for j in scored if shares[j][0] == len(roomy)]
            assert set(re.split(", | and ", re.match(r"(.*) comes? back", one.sentence)[1])) == set(always)
        elif one.kind == "choices":
            said = {NAMED[words] for words in NAMED if words in one.sentence}
            for name in CHOICES:
                pairs = list(alone(roomy, name))
                changes = any(back_in(a, j) != back_in(b, j) for a, b in pairs for j in scored)
                assert (name in said) == (bool(pairs) and not changes), (name, one.sentence)
        elif one.kind in ("common-ground", "distinguishing") and "not put to the test" not in one.sentence:
            check_bands(one, made, scored, roomy, least)
        elif one.kind in ("consensus", "defining"):
            mine = [c for c in made.conclusions if c.kind == one.kind and c.n_counted]
            held = sum(c.n_held >= least * c.n_counted - 1e-9 for c in mine)
            assert one.sentence.startswith(f"{held or 'None'} of {len(mine)} ")
            assert f"at least {percent} %" in one.sentence
        elif one.kind == "fewer":
            apart = [a for a in made.analyses if not a.failure and a not in roomy]
            assert re.match(r"(\d+) analys[ei]s ", one.sentence)[1] == str(len(apart))
            for j in scored:
                assert f"{names[j]} in {sum(back_in(a, j) for a in apart)}" in one.sentence
    mentioned = {one.viewpoint for one in told if one.kind == "viewpoint"}
    if roomy:
        assert mentioned - {-1} == {j for j in scored if shares[j][0] < len(roomy)}
    return {one.kind for one in told}


def back_in(one, j):
    return bool(one.phi[j] >= 0.85)


def alone(roomy, name):
    """Pairs of analyses that differ in this choice and in no other."""
    others = [other for other in Choice.__slots__ if other != name]
    for a, b in combinations(roomy, 2):
        if getattr(a.choice, name) != getattr(b.choice, name) and all(getattr(a.choice, o) == getattr(b.choice, o) for o in others):
            yield a, b


def check_headline(sentence, shares, roomy, made, least):
    if not shares:
        assert "no viewpoint" in sentence
    elif not roomy:
        assert sentence.startswith("No analysis has")
    else:
        sure = sum(held >= least * n - 1e-9 for held, n in shares.values())
        if sentence.startswith(("Both", "All", "The viewpoint comes")):
            assert sure == len(shares)
        elif sentence.startswith(("None", "The viewpoint does not")):
            assert sure == 0
        else:
            assert re.match(r"(\d+) of (\d+) ", sentence).groups() == (str(sure), str(len(shares)))
        if " in all " in sentence or "the one analysis" in sentence:
            assert all(held == n for held, n in shares.values()) or len(roomy) == 1
        assert (" with at least " in sentence) == any(not one.failure and one not in roomy for one in made.analyses)


def check_viewpoint(one, made, shares, least, names):
    held, n = shares[one.viewpoint]
    assert f"in {held or 'none'} of {n} anal" in one.sentence
    assert ("is fragile" in one.sentence) == (held < least * n - 1e-9)
    roomy, there = back(made, one.viewpoint)
    share = {}
    for name in CHOICES:
        sets = {}
        for a, b in alone(roomy, name):
            key = tuple(getattr(a.choice, other) for other in Choice.__slots__ if other != name)
            sets.setdefault(key, set()).update([back_in(a, one.viewpoint), back_in(b, one.viewpoint)])
        if sets:
            share[name] = (sum(len(outcomes) > 1 for outcomes in sets.values()), len(sets))
    moving = {name: changes / of for name, (changes, of) in share.items() if changes}
    said = {name for words, name in NAMED.items() if words in one.sentence.lower()}
    assert said == (set(moving) if held else set())
    for name in said:
        assert f"{share[name][0]} of {share[name][1]} case" in one.sentence
    if " matters most" in one.sentence or " matter most" in one.sentence:
        first = one.sentence.lower().split(" matter")[0]
        best = max(moving.values())
        assert {name for words, name in NAMED.items() if words in first} == {name for name in moving if moving[name] > best - 1e-12}
        assert len(moving) > 1
    for number, of, option in re.findall(r"(\d+) of (\d+) with ([^\s,;)]+)", one.sentence):
        mine = [ok for a, ok in zip(roomy, there, strict=True) if option in map(str, (getattr(a.choice, name) for name in CHOICES))]
        assert (int(number), int(of)) == (sum(mine), len(mine))  # in a full set of combinations every analysis can be compared
    if made_with := re.search(r"(?:All (\d+)|The analysis) in which it does not come back w(?:as|ere) made with (.*)\.$", one.sentence):
        without = [a for a, ok in zip(roomy, there, strict=True) if not ok]
        assert len(without) == int(made_with[1] or 1)
        for option in re.split(", | and ", made_with[2]):
            value = option.split(" ")[0]
            assert all(value in map(str, (getattr(a.choice, name) for name in CHOICES)) for a in without)
            assert not all(value in map(str, (getattr(a.choice, name) for name in CHOICES)) for a in roomy)


def check_bands(one, made, scored, roomy, least):
    reference, ids = made.reference, made.reference.data.statements
    middle = {"above": lambda p: (p > centre).all(), "below": lambda p: (p < centre).all()}
    values = np.array(reference.scores.grid.values)
    centre = (values[0] + values[-1]) / 2  # the grids of these cases are even
    middle["leave in the middle"] = lambda p: (p == centre).all()
    middle["same column"] = lambda p: p.max() - p.min() <= 1
    if one.kind == "distinguishing":
        here = [a for a in roomy if back_in(a, one.viewpoint)]
        group = np.flatnonzero(reference.contrasts.distinguishing[:, one.viewpoint] <= reference.policies.contrast_levels[0]).tolist()
        held = {ids[i]: sum(bool(a.distinguishing[i, one.viewpoint]) for a in here) for i in group}
    else:
        (test,) = [check for words, check in middle.items() if words in one.sentence]
        kind = {"above": "above", "below": "below", "leave in the middle": "middle", "same column": "near"}[
            next(words for words in middle if words in one.sentence)
        ]
        (finding,) = [found for found in common_ground(reference) if found.kind == kind]
        here = [a for a in roomy if all(back_in(a, j) for j in scored)]
        held = {ids[i]: sum(bool(test(a.arrays[i, scored])) for a in here) for i in finding.statements}
    n = len(here)
    if one.sentence.startswith("The one statement"):
        ((item, times),) = held.items()
        assert f"({item})" in one.sentence
        often = ("the one analysis" if n == 1 else f"all {n} analyses") if times == n else f"{times or 'none'} of {n} anal"
        assert f" in {often}" in one.sentence
        return
    assert one.sentence.startswith(f"Of {len(held)} statements ")
    bands = [
        [item for item, times in held.items() if times == n],
        [item for item, times in held.items() if times < n and times >= least * n - 1e-9],
        [item for item, times in held.items() if 0 < times < least * n - 1e-9],
        [item for item, times in held.items() if times == 0 and times < least * n - 1e-9],
    ]
    parts = (
        r"(\d+|none) (?:stays? so|does so|do so) in (?:all|the one)",
        rf"(\d+) in at least {100 * least:g} % of them",
        r"(\d+) in fewer",
        r"(\d+) in none",
    )
    for items, part in zip(bands, parts, strict=True):
        found = re.search(rf"{part}[^,(]*(?:\(([^)]*)\))?", one.sentence)
        assert (found is None or found[1] == "none") == (not items), (part, one.sentence)
        if items:
            assert found[1] == str(len(items))
            shown = re.sub(r" and \d+ more$", "", found[2]).split(", ")
            assert set(shown) <= set(items)
            assert len(shown) == min(len(items), MOST_NAMED)


@pytest.mark.parametrize("least", [0.9, 0.5, 1.0, 0.01])
def test_every_sentence_is_what_the_analyses_say(made, least):
    check_story(made, least)


def test_the_cases_between_them_have_every_kind_of_sentence():
    met = set()
    for name in ("lipset", "climate, by one more factor than it carries", "common ground", "many common places"):
        data, k, policies = CASES[name]()
        met |= check_story(multiverse(analyse(data, k, **policies), choices((k - 1, k, k + 1), *VARIED[1:])), 0.9)
    assert met == {"viewpoints", "viewpoint", "choices", "distinguishing", "common-ground", "consensus", "defining", "fewer", "own"}


@pytest.fixture(scope="module")
def grounds():
    reference = analyse(planted(3, 3, shared=1.2), 3)
    return multiverse(reference, choices(*VARIED))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_comes_back_where_the_sentences_are_true(grounds, data):
    """Outcomes of any kind: drawn for each analysis alone, or by a rule of one or two choices."""
    rule = data.draw(st.sampled_from(["any", "one choice", "two choices", "never", "always"]))
    lost = data.draw(st.sampled_from(VARIED[1] + VARIED[2] + VARIED[3]))
    with_it = data.draw(st.sampled_from((3, 4)))
    viewpoint = data.draw(st.integers(0, 2))

    def phi(one):
        values = one.phi.copy()
        if rule == "any":
            return np.array([data.draw(st.sampled_from([0.5, 0.849, 0.85, 0.99, np.nan])) for _ in values])
        mine = lost in (one.choice.extraction, one.choice.rotation, one.choice.flags)
        away = {"one choice": mine, "two choices": mine and one.choice.n_factors == with_it, "never": True, "always": False}[rule]
        values[viewpoint] = 0.4 if away else 0.97
        return values

    fewer_choices = data.draw(st.sampled_from([(), VARIED[3][1:], VARIED[2][1:] + VARIED[3][1:]]))  # a choice that was not varied explains nothing
    tried = [one for one in grounds.analyses if not {one.choice.rotation, one.choice.flags} & set(fewer_choices)]
    analyses = tuple(replace(one, phi=phi(one)) for one in tried)
    changed = replace(grounds, analyses=analyses)
    changed = replace(changed, conclusions=tuple(_conclusions(grounds.reference, [one for one in analyses if not one.failure])))
    check_story(changed, data.draw(st.sampled_from([0.9, 0.75, 1.0])))


def test_what_cannot_be_compared_is_not_blamed(grounds):
    """Two analyses that differ in two choices at once tell of neither which of them matters."""
    wanted = [Choice(3, "pca", "varimax", ".05"), Choice(3, "paf", "quartimax", ".05")]
    some = [one for one in grounds.analyses if one.choice in wanted]
    assert len(some) == 2
    analyses = tuple(replace(one, phi=np.full(3, 0.9 if one.choice.extraction == "pca" else 0.2)) for one in some)
    changed = replace(grounds, analyses=analyses, conclusions=tuple(_conclusions(grounds.reference, analyses)))
    assert effects(changed, 0) == ()
    told = " ".join(one.sentence for one in story(changed, names_of(changed)))
    assert "No choice can be named" in told
    assert "matter" not in told


def test_only_the_own_choices_agree_in_everything():
    """A reference whose flags were set by hand is made again by no choice."""
    data = planted(1)
    wanted = choices((3,), ("pca", "paf"), ("varimax",), (".05+majority",))
    own = analyse(data, 3)
    assert any(one.kind == "own" for one in story(multiverse(own, wanted), ("a", "b", "c")))
    assert not any(one.kind == "own" for one in story(multiverse(own, wanted[1:]), ("a", "b", "c")))
    flagged = next(i for i in range(data.n_sorts) if own.flags[i].any())
    by_hand = analyse(data, 3, flags=[qmethod.ManualFlag(data.participants[flagged], own.labels[int(own.flags[flagged].argmax())], False, "tried")])
    assert not any(one.kind == "own" for one in story(multiverse(by_hand, wanted), ("a", "b", "c")))
    for one in multiverse(own, wanted).analyses:
        if one.choice == wanted[0]:
            np.testing.assert_array_equal(one.arrays, own.scores.arrays)
            np.testing.assert_array_equal(one.defining, own.flags)
            np.testing.assert_array_equal(one.consensus, own.contrasts.consensus)
            np.testing.assert_array_equal(one.distinguishing, own.contrasts.distinguishing <= 0.05)


def test_factors_that_nobody_defines_share_no_places():
    nobody = analyse(planted(1), 2, flagging="none", contrast_errors="normal", calibration_studies=0)
    made = multiverse(nobody, choices((1, 2), ("pca",), ("varimax",), (".05",)))
    assert shared_places(made) == ()
    assert story(made, names_of(made))[0].sentence == "The analysis has no viewpoint, so there is nothing to put to the test."
    assert any(
        "nothing to put to the test" in text
        for block in document(made, Recipe(Input(path="sorts.csv"), 2)).blocks
        if isinstance(block, ItemList)
        for text in block.items
    )
