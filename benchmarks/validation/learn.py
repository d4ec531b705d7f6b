"""Learn how likely each number of viewpoints is from studies of the mix, and write it where `qmethod.retention.probability` reads it.

``python -m benchmarks.validation.learn`` draws the studies, which takes half an hour on one core; their tables are kept in
``docs/_build/validation``, so that an interrupted run goes on where it was and another fit needs no new draws (``--fresh`` forgets them). Then it
fits, and writes ``qmethod/retention/learned.py`` and ``docs/validation/learned.csv``. The part `chances` of the validation study says how right
the result is.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from benchmarks.validation import mix
from benchmarks.validation.chances import asked, rows_of, why_not
from qmethod import threads
from qmethod.data import Array, FloatArray
from qmethod.retention.criteria import CRITERIA
from qmethod.retention.probability import MOST, features, stretched
from qmethod.retention.row import RetentionRow

ROOT = Path(__file__).parents[2]
SEED = 2017
STUDIES = 2400
"""How many are drawn. None has tags: where there are some, the same figures are of sorts whose themes are evened, and the same coefficients hold."""
RIDGE = 1.0
"""Half of it times the squared coefficients, of figures in units of their standard deviation, is taken off the log likelihood."""
FOLDS = 10
"""Parts of the studies; the stretch is learned on each with coefficients from the others."""
FEATURES = (
    "k",
    "k squared",
    "none",
    "one",
    "k by sorts",
    "NEST",
    "NEST by sorts",
    "NEST by statements",
    "NEST, MAP and EKC",
    "above NEST",
    "above NEST by variance",
    "above NEST, none",
    "above NEST by p",
    "below NEST",
    "below NEST by p",
    "MAP",
    "partial correlations",
    "below EKC",
    "eigenvalues over EKC",
    "eigenvalue over chance",
    "halves",
    "halves so far",
)
"""Figures that get a coefficient."""


class Learned(NamedTuple):
    """What was learned from simulated studies.

    Parameters
    ----------
    studies : int
        How many there were.
    coefficients : dict of str to float
        By the name of the figure, see `qmethod.retention.probability.features`.
    stretch : (float, float)
        See `qmethod.retention.probability.stretched`.
    """

    studies: int
    coefficients: dict[str, float]
    stretch: tuple[float, float]


def draw(index: int) -> dict[str, Any]:
    """A study of the mix: how many viewpoints it holds, and its table."""
    rng = np.random.default_rng([SEED, 0, index])
    study = mix.study(rng)
    return {"viewpoints": study.viewpoints, **asked(study, rng)}


def drawn(file: Path, count: int, pool: Executor) -> list[dict[str, Any]]:
    """The first `count` studies; those that the file does not hold are drawn and added to it, one a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    with file.open("a", encoding="utf-8") as out:
        for study in pool.map(draw, range(len(lines), count), chunksize=5):
            lines.append(json.dumps(study))
            out.write(f"{lines[-1]}\n")
            out.flush()
    return [json.loads(line) for line in lines[:count]]


def design(studies: Iterable[Mapping[str, Any]], names: Sequence[str]) -> FloatArray:
    """Figures of each study, shape (studies, `MOST` + 1, figures)."""
    found = [features(rows_of(study), study, study["n_statements"], study["n_sorts"]) for study in studies]
    return np.array([[one[name] for name in names] for one in found]).transpose(0, 2, 1)


def fitted(figures: FloatArray, truth: Array) -> FloatArray:
    """Coefficients of a conditional logit with a ridge (McFadden, 1974).

    Parameters
    ----------
    figures : ndarray of shape (S, K, F)
    truth : ndarray of int, shape (S,)
        Which of the K it was.
    """
    scale = figures.reshape(-1, figures.shape[2]).std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (figures - figures.mean(axis=1, keepdims=True)) / scale
    each = np.arange(len(truth))

    def loss(b: FloatArray) -> tuple[float, FloatArray]:
        scores = z @ b
        scores -= scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1)
        missed = np.exp(scores) / total[:, None]
        missed[each, truth] -= 1
        likelihood = float((scores[each, truth] - np.log(total)).sum())
        return RIDGE / 2 * float(b @ b) - likelihood, np.einsum("sk,skf->f", missed, z) + RIDGE * b

    found = minimize(loss, np.zeros(z.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-12, "gtol": 1e-7})
    return np.asarray(found.x / scale)


def learned(figures: FloatArray, truth: Array, names: Sequence[str]) -> Learned:
    """Coefficients from all studies, and the stretch from scores of studies that had no part in their coefficients."""
    part = np.arange(len(truth)) % FOLDS
    scores = np.empty(figures.shape[:2])
    for fold in range(FOLDS):
        scores[part == fold] = figures[part == fold] @ fitted(figures[part != fold], truth[part != fold])
    each = np.arange(len(truth))

    def loss(stretch: FloatArray) -> float:
        shares = np.array([stretched(one, (float(stretch[0]), float(stretch[1]))) for one in scores])
        return -float(np.log(shares[each, truth]).mean())

    stretch = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-7}).x
    coefficients = fitted(figures, truth)
    named = {name: round(float(value), 4) for name, value in zip(names, coefficients, strict=True)}
    return Learned(len(truth), named, (round(float(stretch[0]), 4), round(float(stretch[1]), 4)))


def fingerprint() -> str:
    """What the figures of some tables come to, made of numbers drawn at random: another definition of a figure gives another one."""
    rng, found = np.random.default_rng(1), []
    for _ in range(25):
        rows = [_any_row(k, rng) for k in range(MOST + 1)]
        answers = {name: int(rng.integers(0, MOST + 2)) for name in CRITERIA} | ({} if rng.random() < 0.5 else {"nest_themes": None})
        one = features(rows, answers, int(rng.integers(20, 61)), int(rng.integers(14, 151)))
        found += [f"{name} {value:.5f}" for name, values in one.items() for value in (values + 0.0).tolist()]
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]


def _any_row(k: int, rng: np.random.Generator) -> RetentionRow:
    p, p_themes, value, chance, needed, left, half = rng.uniform(0.001, 1, 7).round(3).tolist()
    evened, evened_needed, evened_left, evened_half = rng.uniform(0.001, 1, 4).round(3).tolist()
    return RetentionRow(
        k,
        nest_p=p,
        nest_themes_p=p_themes,
        eigenvalue=9 * value if k else None,
        parallel_95=9 * chance if k else None,
        ekc=9 * needed if k else None,
        map=left if rng.random() < 0.9 else None,
        split_half=half if k and rng.random() < 0.8 else None,
        evened_eigenvalue=9 * evened if k else None,
        evened_ekc=9 * evened_needed if k else None,
        evened_map=evened_left,
        evened_split_half=evened_half if k else None,
    )


def module(found: Learned) -> str:
    """The text of ``qmethod/retention/learned.py``."""
    parts = [
        '"""Coefficients of `qmethod.retention.probability`, written by ``python -m benchmarks.validation.learn`` and not by hand."""\n',
        f'FINGERPRINT = "{fingerprint()}"\n"""Of the figures that they belong to: ``benchmarks.validation.learn.fingerprint``."""',
        f"STUDIES = {found.studies}",
        '"""From how many simulated studies they were learned."""',
        f"STRETCH = {found.stretch}",
        "COEFFICIENTS = {",
        *(f'    "{figure}": {value},' for figure, value in found.coefficients.items()),
    ]
    return "\n".join([*parts, "}", ""])


def write(found: Learned, package: Path, table: Path) -> None:
    """The module and the table of the documentation."""
    package.write_text(module(found), encoding="utf-8", newline="\n")
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        stretch = zip(("stretch", "stretch by share"), found.stretch, strict=True)
        rows.writerows((("figure", "coefficient"), ("studies", found.studies), *found.coefficients.items(), *stretch))


def main() -> None:
    """Draw, fit, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation.learn", description=__doc__)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: all cores)")
    parser.add_argument("--kept", type=Path, default=ROOT / "docs" / "_build" / "validation" / "learn", help="where tables of studies are kept")
    parser.add_argument("--fresh", action="store_true", help="draw anew what an earlier run has kept")
    arguments = parser.parse_args()
    file = arguments.kept / f"plain-{SEED}.jsonl"
    if arguments.fresh:
        file.unlink(missing_ok=True)
    with ProcessPoolExecutor(arguments.workers, initializer=threads.hold) as pool:
        studies = [study for study in drawn(file, STUDIES, pool) if not why_not(study)]
    found = learned(design(studies, FEATURES), np.array([study["viewpoints"] for study in studies]), FEATURES)
    write(found, ROOT / "qmethod" / "retention" / "learned.py", ROOT / "docs" / "validation" / "learned.csv")


if __name__ == "__main__":
    main()
