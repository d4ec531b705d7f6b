"""What the five cards of a site say is as often right as they say, for people who had no part in it."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

import qmethod
from qmethod import QSolution
from qmethod.grid import Grid
from qmethod.simulation import simulate
from qmethod_analysis.folder.loaded import understand
from qmethod_analysis.recipe.recipe import Input, Recipe
from qmethod_analysis.site import nearest
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.publish import site
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw

GRID = Grid((-4, -3, -2, -1, 0, 1, 2, 3, 4), (2, 3, 4, 6, 6, 6, 4, 3, 2))
FRESH = 60_000
LOOSE = (0.4, 0.7)


def made(k: int, seed: int, loadings: tuple[float, float] = (0.5, 0.8)) -> QSolution:
    profiles = np.random.default_rng(seed).normal(size=(36, k))
    drawn = simulate(profiles, GRID, [10] * k, seed, loadings=loadings, texts=[f"Card {i}" for i in range(36)])
    return qmethod.analyse(drawn.data, k)


def leadership() -> QSolution:
    study = load(find("leadership"))
    drawn = draw(study, 40, np.random.default_rng(1))
    return qmethod.analyse(replace(drawn.data, texts=tuple(f"Card {name}" for name in study.ids)), 4)


def two_poles(climate: QSolution) -> QSolution:
    return qmethod.analyse(climate.data, 1, flag_majority=False, bipolar="split")


@pytest.fixture(scope="module")
def solutions(climate: QSolution) -> dict[str, QSolution]:
    return {"leadership": leadership(), "climate": two_poles(climate), "synthetic": made(3, 5)}


@pytest.mark.parametrize(("name", "k"), [("leadership", 4), ("climate", 2), ("synthetic", 3)])
def test_what_is_said_is_true_of_people_drawn_afresh(solutions: dict[str, QSolution], name: str, k: int) -> None:
    solution = solutions[name]
    cards = nearest.five_cards(solution)
    assert cards is not None
    assert len(cards.viewpoints) == k
    signals = nearest._signals(solution, cards.statements, cards.viewpoints)
    assert signals is not None
    fresh = nearest.new_people(*signals, cards.prior, FRESH, np.random.default_rng(2))
    which = nearest.step_of(nearest.probabilities(cards.profiles, cards.prior, nearest.orders()), cards.steps)
    checked = 0
    for s, step in enumerate(cards.steps):
        people = fresh[:, which == s].sum(axis=1)
        if people.sum() >= 200:
            checked += 1
            np.testing.assert_allclose(100 * people / people.sum(), step.people, atol=5)
    assert checked >= k


def test_what_is_said_is_true_of_people_of_the_viewpoints_behind_the_sorts() -> None:
    """Not of those found: the cards were chosen by what is found, which strays from the truth."""
    said, right = [], []
    for seed in range(6):
        k = 3 + seed % 2
        solution = made(k, seed, LOOSE)
        cards = nearest.five_cards(solution)
        assert cards is not None
        rng = np.random.default_rng(seed)
        profiles = rng.normal(size=(36, k))  # the same as in `made`
        profiles = (profiles - profiles.mean(axis=0)) / profiles.std(axis=0)
        own = np.array([int(np.argmax(profiles.T[j] @ solution.scores.z_scores)) for j in range(k)])
        assert sorted(own) == list(range(k))
        truth = np.repeat(np.arange(k + 1), [800 // k] * k + [200])
        a = np.where(truth < k, rng.uniform(*LOOSE, size=len(truth)), 0.0)
        latent = a * profiles[:, np.minimum(truth, k - 1)] + np.sqrt(1 - a**2) * rng.standard_normal((36, len(truth)))
        places = latent[list(cards.statements)].argsort(axis=0).argsort(axis=0) + 1
        people = np.array([step.people for step in cards.steps])
        mine = people[nearest.step_of(nearest.probabilities(cards.profiles, cards.prior, places), cards.steps)]
        said.append(mine.max(axis=1) / 100)
        right.append(mine.argmax(axis=1) == np.append(own, k)[truth])
    assert abs(np.mean(np.concatenate(said)) - np.mean(np.concatenate(right))) < 0.04


def test_people_who_hold_none_give_every_order_alike() -> None:
    prior = np.array([0.4, 0.4, 0.2])
    found = nearest.new_people(np.zeros((5, 2)), np.ones(2), prior, 120_000, np.random.default_rng(1))
    assert found.sum(axis=1).tolist() == [48_000, 48_000, 24_000]
    assert (np.abs(found[2] - 200) < 5 * np.sqrt(200)).all()


def test_people_without_noise_give_the_order_of_their_viewpoint() -> None:
    signals = np.array([[2.0, -2.0], [1.0, 0.0], [0.5, 1.0], [-1.0, 2.0], [-2.0, -1.0]])
    found = nearest.new_people(signals, np.full(2, 1e-9), np.array([0.4, 0.4, 0.2]), 100, np.random.default_rng(1))
    every = nearest.orders().T.tolist()
    assert found[0, every.index([5, 4, 3, 2, 1])] == found[1, every.index([1, 3, 4, 5, 2])] == 40


def test_eight_viewpoints_take_less_than_a_second() -> None:
    solution = made(8, 3, (0.6, 0.8))
    defined = tuple(range(8))
    statements = tuple(range(5))
    best = np.inf
    for _ in range(3):
        begun = time.process_time()
        signals = nearest._signals(solution, statements, defined)
        assert signals is not None
        prior = np.append(np.full(8, 0.1), 0.2)
        people = [nearest.new_people(*signals, prior, nearest.PEOPLE // 2, np.random.default_rng(1)) for _ in range(2)]
        nearest._steps(nearest.probabilities(solution.scores.z_scores[:5], prior, nearest.orders()), *people)
        best = min(best, time.process_time() - begun)
    assert best < 1


def test_without_studies_no_number_is_given() -> None:
    solution = replace(made(3, 5), calibration=None)
    cards = nearest.five_cards(solution)
    assert cards is not None
    assert cards.steps == ()
    assert cards.n_people == 0
    recipe = Recipe(input=Input(path="sorts.csv"), n_factors=3, policies=solution.policies)
    page = site([Published(understand(solution, recipe), "study")])["nearest.html"].decode()
    assert "How often they are right is not known here" in page
    assert "of 100" not in page
    assert 'id="steps">[]<' in page
