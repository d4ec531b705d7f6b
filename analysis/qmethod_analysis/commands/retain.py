"""``qmethod retain``: how many viewpoints the sorts hold, by every criterion, with advice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod.policies import Preset
from qmethod_analysis.commands.conventions import given_policies, preset_option
from qmethod_analysis.commands.options import SORTS, however_long_option, seed_option, sorts_options, study_option, voice_options
from qmethod_analysis.commands.people import exclude_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod.retention.retain import Retention

POLICIES = ("correlation", "missing", "constant", "extraction", "rotation")
"""The conventions that make a difference here."""
WEIGHTY = ("nest", "nest_themes", "parallel_95", "map")
"""The criteria whose answers are worth an analysis."""


def _policy_options(command: click.Command) -> click.Command:
    from qmethod_analysis.commands.conventions import policy_options

    command.params.extend(option for option in policy_options() if option.name in POLICIES)
    return command


@_policy_options
@click.command("retain", cls=PlainCommand)
@click.argument("sorts", type=SORTS, metavar="SORTS")
@sorts_options
@exclude_options
@study_option("where SORTS lies in one")
@click.option("--factors-up-to", type=click.IntRange(1, 20), default=8, show_default=True, metavar="K", help="The most viewpoints considered.")
@click.option(
    "--random", "n_random", type=click.IntRange(19, 100_000), default=100, show_default=True, metavar="N", help="Sets of random sorts drawn at first."
)
@seed_option
@preset_option
@however_long_option
@voice_options
def command(sorts: str, factors_up_to: int, n_random: int, seed: int, preset: Preset, however_long: bool, **given: Any) -> None:
    """Say how many viewpoints the sorts hold, and what speaks for it.

    SORTS is a file, a folder with a file for each person, the folder of an export, the name of a study that ships with sorts, or - for standard
    input. Every criterion is asked. Chance is what sorts show that are drawn from each participant's own placements; more of them are drawn where
    that could still decide. Where the study or the file of statements has tags, it is also asked what is shared beyond people's liking of whole
    themes.

    \b
    Example:
      qmethod retain sorts.csv
      qmethod retain climate --json
      qmethod retain sorts.csv --random 1000 --extraction centroid
    """  # noqa: D301 - click reads \b
    import numpy as np

    from qmethod.policies import Policies
    from qmethod.retention.retain import retain
    from qmethod_analysis.commands.belonging import belonging, read_sorts
    from qmethod_analysis.commands.people import without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.commands.speaking import answer, next_steps, wants_json
    from qmethod_analysis.commands.working import counting
    from qmethod_analysis.folder.tags import tags_of
    from qmethod_analysis.recipe.recipe import Recipe
    from qmethod_analysis.runs.costs import LONG, within_each
    from qmethod_analysis.tables.retention import as_dict
    from qmethod_studies.marks import SENTENCES

    asked, data, said = read_sorts(asked_for(sorts, given))
    data, left_out = without_excluded(data, given)
    said = (*said, *left_out)
    study, told = belonging(given["study"], asked, data)
    tags = tags_of(Recipe(asked.input, 1, study=study), data, Path())
    policies = given_policies(given)
    with counting() as progress:
        found = retain(
            data,
            policies=Policies.preset(preset, **policies),
            max_factors=factors_up_to,
            n_random=n_random,
            rng=np.random.default_rng(seed),
            themes=tags,
            progress=within_each(None if however_long else LONG, progress),
        )
    if wants_json():
        answer(as_dict(found, seed))
    marked = (notice.message for notice in data.notices if notice.code in SENTENCES)
    _print(found, data.origin().name, seed, (*said, *told, *marked))
    numbers = advised(found)
    if asked.words and numbers:
        next_steps(("analyse", *asked.words, "-k", str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}..{numbers[-1]}"))


def advised(found: Retention) -> list[int]:
    """The numbers of viewpoints that are worth an analysis, in rising order; empty where there seem to be none.

    They are those that hold the truth in 8 of 10 studies, or where that is not known, those that the criteria name which seldom find any viewpoint
    in random sorts.

    Parameters
    ----------
    found : Retention
    """
    if found.plausible:
        return [number for number in found.plausible if number]
    return sorted({number for criterion in WEIGHTY if (number := found.answers.get(criterion))})


COLUMNS = {
    "k": "k",
    "probability": "prob-\nability",
    "eigenvalue": "eigen-\nvalue",
    "percent": "vari-\nance %",
    "parallel_95": "random\n95 %",
    "nest_p": "NEST\np",
    "nest_themes_p": "beyond\nthemes",
    "map": "MAP",
    "humphrey": "Hum-\nphrey",
    "n_significant": "at\n.01",
    "n_defining": "defi-\nning",
    "fewest_defining": "fewest",
    "n_confounded": "con-\nfounded",
    "split_half": "halves\nphi",
}


def _print(found: Retention, name: str, seed: int, told: Sequence[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    from qmethod.retention.advice import NAMES, OF_CHANCE
    from qmethod_analysis.commands.speaking import screen, show
    from qmethod_analysis.report.retention import drawn

    sentences = Table.grid(padding=(0, 1))
    for sentence in found.advice[1:]:
        sentences.add_row("  -", Text(sentence))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    absent = {column for column, there in (("nest_themes_p", found.themes), ("probability", found.plausible)) if not there}
    columns = {column: title for column, title in COLUMNS.items() if column not in absent}
    for title in columns.values():
        table.add_column(title, justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(*(_cell(column, getattr(row, column)) for column in columns))
    criteria = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    criteria.add_column("criterion", no_wrap=True)
    criteria.add_column("viewpoints", justify="right")
    criteria.add_column("")
    for criterion, answer in found.answers.items():
        words = "-" if answer is None else f"{'at least ' if criterion in found.limited else ''}{answer}"
        said = found.reasons.get(criterion, "finds viewpoints in random sorts" if criterion in OF_CHANCE else "")
        criteria.add_row(NAMES[criterion], words, Text(said))
    sizes = f"{found.n_sorts} sorts of {found.n_statements} statements"
    with screen() as console:
        console.print(found.advice[0], style="bold")
        for part in (sentences, table, criteria):
            show(console, part)
            console.print()
        for sentence in (*told, f"{name}: {sizes}. {drawn(found, seed)}"):
            console.print(sentence, soft_wrap=True)


def _cell(column: str, value: float | None) -> str:
    """Small squares need four decimals, everything else at most two; a probability is never a false 0 or 1."""
    from qmethod_analysis.words.chances import chance

    if value is None:
        return ""
    if column in ("probability", "nest_p", "nest_themes_p"):
        return chance(value)
    return str(value) if isinstance(value, int) else f"{value:.{4 if column == 'map' else 1 if column == 'percent' else 2}f}"
