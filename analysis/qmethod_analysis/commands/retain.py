"""``qmethod retain``: how many viewpoints the sorts hold, by every criterion, with advice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod.policies import PRESETS, Preset
from qmethod_analysis.commands.conventions import lower_case

if TYPE_CHECKING:
    from qmethod.retention.retain import Retention

POLICIES = ("correlation", "missing", "constant", "extraction", "rotation")
"""The conventions that make a difference here."""


def _policy_options(command: click.Command) -> click.Command:
    from qmethod_analysis.commands.conventions import policy_options

    command.params.extend(option for option in policy_options() if option.name in POLICIES)
    return command


@_policy_options
@click.command("retain")
@click.argument("sorts", metavar="SORTS")
@click.option("--factors-up-to", type=click.IntRange(1, 20), default=8, show_default=True, metavar="K", help="The most viewpoints considered.")
@click.option(
    "--random", "n_random", type=click.IntRange(19, 100_000), default=100, show_default=True, metavar="N", help="Sets of random sorts drawn."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the random sorts.")
@click.option("--preset", type=click.Choice(PRESETS), default="standard", show_default=True, help="Conventions to start from.")
@click.option("--grid", metavar="GRID", help='The forced distribution as value:count, for example "-2:1,-1:2,0:3,1:2,2:1".')
@click.option(
    "--layout",
    callback=lower_case,
    metavar="LAYOUT",
    help="Which way the file lies: statements-in-rows, participants-in-rows or long. [default: guessed]",
)
@click.option("--encoding", metavar="NAME", help="Encoding of the file, for example cp1252. [default: guessed]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(sorts: str, factors_up_to: int, n_random: int, seed: int, preset: Preset, as_json: bool, **given: Any) -> None:
    """Say how many viewpoints the sorts hold, by every criterion, with advice.

    SORTS is a file or the name of a study that ships. Chance is what sorts show that are drawn from each participant's own placements.

    \b
    Example:
      qmethod retain sorts.csv
      qmethod retain climate --json
      qmethod retain sorts.csv --random 1000 --extraction centroid
    """  # noqa: D301 - click reads \b
    import numpy as np

    from qmethod.policies import Policies
    from qmethod.retention.retain import retain
    from qmethod_analysis.commands.conventions import given_policies
    from qmethod_analysis.commands.working import counting
    from qmethod_analysis.recipe.inputs import find_sorts
    from qmethod_analysis.recipe.recipe import Input
    from qmethod_analysis.recipe.sources import read_input
    from qmethod_analysis.tables.retention import as_dict

    source = find_sorts(sorts)
    reading = {key: given[key] or "" for key in ("grid", "layout", "encoding")}
    data = read_input(Input(path="" if source.study else sorts, study=source.study or "", **reading), Path())
    with counting() as progress:
        found = retain(
            data,
            policies=Policies.preset(preset, **given_policies(given)),
            max_factors=factors_up_to,
            n_random=n_random,
            rng=np.random.default_rng(seed),
            progress=progress,
        )
    if as_json:
        click.echo(json.dumps(as_dict(found, seed), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _print(found, data.origin().name, seed)


COLUMNS = {
    "k": "k",
    "eigenvalue": "eigen-\nvalue",
    "percent": "vari-\nance %",
    "parallel_95": "random\n95 %",
    "nest_p": "NEST\np",
    "map": "MAP",
    "humphrey": "Hum-\nphrey",
    "n_significant": "at\n.01",
    "n_defining": "defi-\nning",
    "fewest_defining": "fewest",
    "n_confounded": "con-\nfounded",
    "split_half": "halves\nphi",
}


def _print(found: Retention, name: str, seed: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from qmethod.retention.advice import NAMES, OF_CHANCE

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(found.advice[0], style="bold")
    sentences = Table.grid(padding=(0, 1))
    for sentence in found.advice[1:]:
        sentences.add_row("  -", Text(sentence))
    console.print(sentences)
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for title in COLUMNS.values():
        table.add_column(title, justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(*(_cell(column, getattr(row, column)) for column in COLUMNS))
    console.print(table)
    console.print()
    criteria = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    criteria.add_column("criterion", no_wrap=True)
    criteria.add_column("viewpoints", justify="right")
    criteria.add_column("")
    for criterion, answer in found.answers.items():
        words = "-" if answer is None else f"{'at least ' if criterion in found.limited else ''}{answer}"
        said = found.reasons.get(criterion, "finds viewpoints in random sorts" if criterion in OF_CHANCE else "")
        criteria.add_row(NAMES[criterion], words, Text(said))
    console.print(criteria)
    console.print()
    sizes = f"{found.n_sorts} sorts of {found.n_statements} statements"
    console.print(f"{name}: {sizes}, {found.n_random} sets of random sorts for each comparison, seed {seed}.", soft_wrap=True)


def _cell(column: str, value: float | None) -> str:
    """Small squares need four decimals, everything else at most two."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.{4 if column == 'map' else 1 if column == 'percent' else 2}f}"
