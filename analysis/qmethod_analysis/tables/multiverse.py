"""A multiverse of analyses as tables, JSON and sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from qmethod.matching.multiverse import SURVIVES, Choice, Conclusion, Multiverse, room
from qmethod.wording import counted
from qmethod_analysis.tables.solution import Table, number, placement
from qmethod_analysis.words.labels import defined

WORDS = {
    "found": "is found",
    "found-with-fewer": "is found with fewer factors",
    "highest": "highest place",
    "lowest": "lowest place",
    "distinguishing": "distinguishing",
    "consensus": "consensus",
    "defining": "defines it",
}
CHOICES = {"n_factors": "Factors", "extraction": "Extraction", "rotation": "Rotation", "flags": "Defining sorts"}


DIFFERS = 0.05
"""Median congruences of options that are closer than this are not said to differ."""


def survives(conclusion: Conclusion, least: float = SURVIVES) -> bool:
    """Whether a conclusion holds in at least this share of the analyses that were counted."""
    return conclusion.n_counted > 0 and conclusion.share >= least


def item_name(made: Multiverse, conclusion: Conclusion) -> str:
    """Statement or participant that a conclusion is about; empty where it is about a viewpoint."""
    if conclusion.item < 0:
        return ""
    data = made.reference.data
    return (data.participants if conclusion.kind == "defining" else data.statements)[conclusion.item]


def analyses_table(made: Multiverse) -> Table:
    """One row for each combination of choices: what was chosen, how like each viewpoint is found, how many sorts define its counterpart."""
    labels = made.reference.labels
    header = (*Choice.__slots__, "failure", *(f"phi {label}" for label in labels), *(f"defining {label}" for label in labels))
    rows = []
    for one in made.analyses:
        defining = [None] * len(labels) if one.failure else one.defining.sum(axis=0).tolist()
        rows.append((*asdict(one.choice).values(), one.failure, *(number(value) for value in one.phi), *defining))
    return Table(header, tuple(rows))


def conclusions_table(made: Multiverse, least: float = SURVIVES) -> Table:
    """One row for each conclusion, and whether it survives."""
    labels = made.reference.labels
    rows = []
    for one in made.conclusions:
        about = labels[one.viewpoint] if one.viewpoint >= 0 else ""
        rows.append((about, one.kind, item_name(made, one), one.n_held, one.n_counted, number(one.share), "yes" if survives(one, least) else "no"))
    return Table(("viewpoint", "conclusion", "item", "held", "counted", "share", "survives"), tuple(rows))


def positions_table(made: Multiverse) -> Table:
    """One row for each statement and viewpoint: its place, and the lowest, median and highest one where there is room for all and it is found."""
    reference, rows = made.reference, []
    for j, label in enumerate(reference.labels):
        places = np.array([one.arrays[:, j] for one in made.roomy if one.holds[j]]).reshape(-1, reference.data.n_statements)
        for i, statement in enumerate(reference.data.statements):
            mine = reference.scores.arrays[i, j]
            spread = (places[:, i].min(), np.median(places[:, i]), places[:, i].max()) if len(places) else (math.nan,) * 3
            rows.append((label, statement, placement(mine), *(placement(value) for value in spread), len(places)))
    return Table(("viewpoint", "statement", "place", "lowest", "median", "highest", "analyses"), tuple(rows))


def as_dict(made: Multiverse, names: Sequence[str], least: float = SURVIVES) -> dict[str, Any]:
    """A multiverse in JSON's types."""
    labels = made.reference.labels
    return {
        "n_analyses": len(made.analyses),
        "n_failed": len(made.analyses) - len(made.solved),
        "survives_from": least,
        "viewpoints": [
            {"label": label, "name": name, "median_phi_by_choice": made.by_choice(j)}
            for j, (label, name) in enumerate(zip(labels, names, strict=True))
            if j in defined(made.reference)
        ],
        "conclusions": [
            {
                "viewpoint": labels[one.viewpoint] if one.viewpoint >= 0 else None,
                "conclusion": one.kind,
                "item": item_name(made, one) or None,
                "held": one.n_held,
                "counted": one.n_counted,
                "share": number(one.share),
                "survives": survives(one, least),
            }
            for one in made.conclusions
        ],
        "analyses": [
            {**asdict(one.choice), "failure": one.failure or None, "phi": {label: number(v) for label, v in zip(labels, one.phi, strict=True)}}
            for one in made.analyses
        ],
    }


def sentences(made: Multiverse, names: Sequence[str], least: float = SURVIVES) -> tuple[str, ...]:
    """What the multiverse says, the main thing first.

    Parameters
    ----------
    made : Multiverse
    names : sequence of str
        Of the viewpoints.
    least : float, default 0.9
        From which share on a conclusion survives.
    """
    said, percent = [], f"{100 * least:g}"
    found = [one for one in made.conclusions if one.kind == "found"]
    sure = [one for one in found if survives(one, least)]
    total, fewer = len(made.roomy), len(made.solved) - len(made.roomy)
    needed = counted(room(made.reference), "factor")
    enough = f" with at least {needed}" if fewer else ""
    if not found:
        said.append("The analysis has no viewpoint, so there is nothing to put to the test.")
    elif not total:
        said.append(f"No analysis has the {needed} that these viewpoints need, so nothing about them was put to the test.")
    elif len(sure) == len(found):
        whole = "It is" if len(found) == 1 else "All of them are"
        said.append(f"{whole} found in at least {percent} % of {_analyses(total)}{enough}.")
    else:
        whole = f"{len(sure)} of {counted(len(found), 'viewpoint')} {'is' if len(sure) == 1 else 'are'}"
        said.append(f"{whole} found in at least {percent} % of {_analyses(total)}{enough}.")
    for one in found:
        if total and not survives(one, least):
            said.append(f"{names[one.viewpoint]} is found in {one.n_held} of {one.n_counted}: {_matters(made, one.viewpoint)}")
    for kind, noun in (("distinguishing", "distinguishing statement"), ("consensus", "consensus statement"), ("defining", "defining sort")):
        mine = [one for one in made.conclusions if one.kind == kind]
        if mine and total:
            held = sum(survives(one, least) for one in mine)
            where = "" if kind == "consensus" else " where the viewpoint is found"
            said.append(f"{held} of {counted(len(mine), noun)} {'holds' if held == 1 else 'hold'} in at least {percent} % of the analyses{where}.")
    if fewer and found:
        said.append(_with_fewer(made, names, fewer))
    failed = len(made.analyses) - len(made.solved)
    if failed:
        said.append(f"{counted(failed, 'combination')} of choices gave no solution.")
    return tuple(said)


def _with_fewer(made: Multiverse, names: Sequence[str], fewer: int) -> str:
    """Which viewpoints are found in analyses that cannot hold them all."""
    kept = [f"{names[one.viewpoint]} in {one.n_held}" for one in made.conclusions if one.kind == "found-with-fewer"]
    verb = "has fewer factors and is" if fewer == 1 else "have fewer factors and are"
    they = "it" if fewer == 1 else "they"
    return f"{_analyses(fewer)} {verb} counted apart, since {they} cannot hold every viewpoint. Found there: {', '.join(kept)}."


def _analyses(number: int) -> str:
    return "1 analysis" if number == 1 else f"{number} analyses"


def _matters(made: Multiverse, viewpoint: int) -> str:
    """The choice that makes the most difference to how like a viewpoint is found, where any makes one."""
    by_choice = {name: options for name, options in made.by_choice(viewpoint).items() if len(options) > 1}
    roomy = {str(one.choice.n_factors) for one in made.roomy}
    if "n_factors" in by_choice:
        by_choice["n_factors"] = {option: value for option, value in by_choice["n_factors"].items() if option in roomy}
    spreads = {name: max(options.values()) - min(options.values()) for name, options in by_choice.items()}
    name = max(spreads, key=lambda one: spreads[one], default="")
    if not name or spreads[name] < DIFFERS:
        return "no single choice decides it."
    listed = ", ".join(f"{option}: {value:.2f}" for option, value in by_choice[name].items())
    return f"what matters most is {CHOICES[name].lower()} (median congruence {listed})."
