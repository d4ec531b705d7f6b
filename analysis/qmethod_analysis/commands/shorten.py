"""``qmethod shorten``: a short set of statements for a follow-up survey."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from qmethod.matching.shortening import Shortening
    from qmethod.solution import QSolution


@click.command("shorten")
@click.argument("analysis", type=click.Path(path_type=Path), metavar="ANALYSIS")
@click.option("--longest", type=click.IntRange(4, 500), default=20, show_default=True, metavar="N", help="The longest set tried.")
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True, metavar="N", help="Parts in which people are held out.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of who is held out together.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(analysis: Path, longest: int, folds: int, seed: int, as_json: bool) -> None:
    """Choose the shortest set of statements that still tells viewpoints apart.

    ANALYSIS is the folder of an analysis. How well each length classifies is judged on people who took no part in choosing the statements.

    \b
    Example:
      qmethod shorten my-analysis
      qmethod shorten my-analysis --longest 12 --json
    """  # noqa: D301 - click reads \b
    import numpy as np

    from qmethod.matching.shortening import shorten
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.viewpoints import read_solution

    solution = read_solution(analysis)
    with working("Choosing") as step:
        found = shorten(solution, longest=longest, folds=folds, rng=np.random.default_rng(seed), progress=step)
    if as_json:
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
        click.echo(json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _print(found, solution)


def _print(found: Shortening, solution: QSolution) -> None:
    from rich.console import Console
    from rich.table import Table

    screen = Console(highlight=False)
    shown = Table(box=None, pad_edge=False)
    for column in ("statements", "right %", "standard error", "mean probability", ""):
        shown.add_column(column, justify="right" if column else "left")
    for q, accuracy, error, probability in zip(found.lengths, found.accuracy, found.standard_error, found.mean_probability, strict=True):
        mark = "recommended" if q == found.recommended else ""
        shown.add_row(str(q), f"{100 * accuracy:.1f}", f"{100 * error:.1f}", f"{probability:.2f}", mark)
    screen.print(shown)
    screen.print(
        f"\nOf {found.n_people} people, held out in turn, the share given the viewpoint they define; "
        f"with all {solution.data.n_statements} statements {100 * found.full_accuracy:.1f} %.\n"
    )
    screen.print(f"The {found.recommended} statements of the recommended set:")
    for i in found.order[: found.recommended]:
        screen.print(f"  {solution.data.statements[i]:>4} {solution.data.texts[i]}", soft_wrap=True)
