"""A multiverse of analyses as tables and JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from qmethod.matching.multiverse import SURVIVES, Choice, Conclusion, Multiverse
from qmethod_analysis.interpretation.other_choices import story
from qmethod_analysis.interpretation.survival import survives
from qmethod_analysis.tables.solution import Table, number, placement
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import N_, _

CHOICES = {"n_factors": N_("Factors"), "extraction": N_("Extraction"), "rotation": N_("Rotation"), "flags": N_("Defining sorts")}


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
        "findings": [
            {"kind": one.kind, "viewpoint": labels[one.viewpoint] if one.viewpoint >= 0 else None, "sentence": one.sentence}
            for one in story(made, names, least)
        ],
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


def by_choice(made: Multiverse) -> tuple[tuple[str, str, tuple[tuple[int, int, float], ...]], ...]:
    """Each option of each choice that was varied: for each viewpoint in how many analyses it comes back, of how many, and its median congruence.

    Options of all choices but the number of factors are judged by the analyses that have room for all viewpoints, where there are any.

    Parameters
    ----------
    made : Multiverse
    """
    found, shown = [], defined(made.reference)
    medians = {j: made.by_choice(j) for j in shown}
    for name, title in CHOICES.items():
        judges = made.solved if name == "n_factors" else made.roomy or made.solved
        options = list(dict.fromkeys(str(getattr(one.choice, name)) for one in judges))
        for option in options if len(options) > 1 else ():
            mine = [one for one in judges if str(getattr(one.choice, name)) == option]
            cells = tuple((sum(bool(one.holds[j]) for one in mine), len(mine), medians[j][name][option]) for j in shown)
            found.append((_(title), option, cells))
    return tuple(found)
