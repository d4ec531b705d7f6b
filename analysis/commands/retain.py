"""``qmethod retain``: how many viewpoints the sorts hold, by every criterion, with advice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from qmethod.retention import Retention


@click.command("retain")
@click.argument("sorts", metavar="SORTS")
@click.option("--factors-up-to", type=click.IntRange(1, 20), default=8, show_default=True, metavar="K", help="The most viewpoints considered.")
@click.option("--random", "n_random", type=click.IntRange(20, 100_000), default=100, show_default=True, metavar="N", help="Random data sets drawn.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the random data sets.")
@click.option("--preset", default="standard", show_default=True, metavar="NAME", help="Conventions: standard, qmethod-r or kade.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(sorts: str, factors_up_to: int, n_random: int, seed: int, preset: str, as_json: bool) -> None:
    """Say how many viewpoints the sorts hold, by every criterion, with advice.

    SORTS is a file or the name of a study that ships. Chance is what sorts show that are drawn from each participant's own placements.

    \b
    Example:
      qmethod retain sorts.csv
      qmethod retain climate --json
    """  # noqa: D301 - click reads \b
    import numpy as np

    from analysis.commands.working import working
    from analysis.inputs import find_sorts
    from qmethod.formats import read
    from qmethod.policies import Policies
    from qmethod.retention import retain

    data = read(find_sorts(sorts).path)
    with working("Counting") as step:
        found = retain(
            data,
            policies=Policies.preset(preset),
            max_factors=factors_up_to,
            n_random=n_random,
            rng=np.random.default_rng(seed),
            progress=lambda name, done, total: step(f"{name} ({done} of {total})"),
        )
    if as_json:
        click.echo(json.dumps(as_dict(found, seed), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _print(found)


def as_dict(found: Retention, seed: int) -> dict[str, Any]:
    """A retention table in JSON's types, with the answer of each criterion at the top."""
    return {**found.to_dict(), "seed": seed}


COLUMNS = {
    "k": "k",
    "eigenvalue": "eigen-\nvalue",
    "percent": "vari-\nance %",
    "parallel_95": "random\n95 %",
    "nest_p": "NEST p",
    "map": "MAP",
    "humphrey": "Hum-\nphrey",
    "n_significant": "signi-\nficant",
    "n_defining": "defi-\nning",
    "n_confounded": "con-\nfounded",
    "split_half": "halves",
}


def _print(found: Retention) -> None:
    from rich.console import Console
    from rich.table import Table

    screen = Console(highlight=False)
    for sentence in found.advice:
        screen.print(f"- {sentence}")
    table = Table(box=None, pad_edge=False)
    for title in COLUMNS.values():
        table.add_column(title, justify="right")
    for row in found.rows:
        table.add_row(*(_cell(getattr(row, name)) for name in COLUMNS))
    screen.print("")
    screen.print(table)
    answers = ", ".join(f"{name.replace('_', ' ')} {'-' if answer is None else answer}" for name, answer in found.answers.items())
    screen.print(f"\nNumber of viewpoints by criterion: {answers}.")


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"
