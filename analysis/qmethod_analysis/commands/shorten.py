"""``qmethod shorten``: a short set of statements for a follow-up survey."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.options import ANALYSIS, seed_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod.classification.shortening import Shortening
    from qmethod.solution import QSolution


@click.command("shorten", cls=PlainCommand)
@click.argument("analysis", type=ANALYSIS, metavar="ANALYSIS")
@click.option("--longest", type=click.IntRange(4, 500), default=20, show_default=True, metavar="N", help="The longest set tried.")
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True, metavar="N", help="Parts in which people are held out.")
@seed_option
@voice_options
def command(analysis: str, longest: int, folds: int, seed: int) -> None:
    """Choose the fewest statements that still tell viewpoints apart.

    ANALYSIS is the folder of an analysis. How well each length classifies is judged on people who took no part in choosing the statements.

    \b
    Example:
      qmethod shorten my-analysis
      qmethod shorten my-analysis --longest 12 --json
    """  # noqa: D301 - click reads \b
    import numpy as np

    from qmethod.classification.shortening import shorten
    from qmethod_analysis.commands.speaking import answer, wants_json
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.viewpoints import read_solution

    solution = read_solution(Path(analysis))
    with working("Choosing") as step:
        found = shorten(solution, longest=longest, folds=folds, rng=np.random.default_rng(seed), progress=step)
    if wants_json():
        made = {
            "statements": [solution.data.statements[i] for i in found.order],
            "recommended": found.recommended,
            "n_people": found.n_people,
            "full_accuracy": found.full_accuracy,
            "folds": folds,
            "seed": seed,
            "lengths": [
                {"length": q, "accuracy": float(a), "standard_error": float(e), "mean_probability": float(p)}
                for q, a, e, p in zip(found.lengths, found.accuracy, found.standard_error, found.mean_probability, strict=True)
            ],
        }
        answer(made)
    _print(found, solution)


def _print(found: Shortening, solution: QSolution) -> None:
    from rich.table import Table

    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import screen, show
    from qmethod_analysis.words.chances import chance

    shown = Table(box=None, pad_edge=False)
    for column in ("statements", "right %", "standard error", "mean probability", ""):
        shown.add_column(column, justify="right" if column else "left")
    for q, accuracy, error, probability in zip(found.lengths, found.accuracy, found.standard_error, found.mean_probability, strict=True):
        mark = "recommended" if q == found.recommended else ""
        shown.add_row(str(q), f"{100 * accuracy:.1f}", f"{100 * error:.1f}", chance(float(probability)), mark)
    with screen() as console:
        show(console, shown)
        console.print(
            f"\nOf {found.n_people} people, held out in turn, the share given the viewpoint they define; "
            f"with all {solution.data.n_statements} statements {100 * found.full_accuracy:.1f} %."
        )
        if left_out := int(solution.flags.any(axis=1).sum()) - found.n_people:
            console.print(f"{counted(left_out, 'other defining sort')} took no part: of people who are against a viewpoint, or define several.")
        console.print("Defining sorts are the clearest cases: of people at large fewer are given the viewpoint they hold.\n")
        console.print(f"The {found.recommended} statements of the recommended set:")
        for i in found.order[: found.recommended]:
            console.print(f"  {solution.data.statements[i]:>4} {solution.data.texts[i]}", soft_wrap=True)
