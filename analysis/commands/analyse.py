"""``qmethod analyse``: from a file of sorts to a folder with tables and a report."""

from __future__ import annotations

import math
import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis.commands.conventions import SectionedCommand, given_policies, with_policies
from qmethod.policies import PRESETS

if TYPE_CHECKING:
    from analysis.recipe import Input
    from qmethod.data import QData


def _turns(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[int, int, float], ...]:
    """``"1,2,15"`` to ``(1, 2, 15.0)``."""
    turns = []
    for value in values:
        try:
            first, second, degrees = value.split(",")
            turn = int(first), int(second), float(degrees)
        except ValueError:
            raise click.BadParameter(f"{value!r} is not two factors and an angle such as 1,2,15") from None
        if not math.isfinite(turn[2]):
            raise click.BadParameter(f"{degrees!r} is not an angle")
        turns.append(turn)
    return tuple(turns)


def _namings(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """``"f1=Creative"`` to ``("f1", "Creative")``."""
    named = {}
    for value in values:
        label, equals, name = value.partition("=")
        if not equals or not label.strip() or not name.strip():
            raise click.BadParameter(f'{value!r} is not a factor and a name such as f1="Creative leadership"')
        named[label.strip()] = name.strip()
    return tuple(named.items())


FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@with_policies
@click.command("analyse", cls=SectionedCommand)
@click.argument("sorts", metavar="SORTS")
@click.option("-k", "--factors", type=click.IntRange(min=1), required=True, metavar="K", help="How many factors to extract.")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder to write to. [default: <name of SORTS>-analysis]")
@click.option("--preset", type=click.Choice(PRESETS), default="standard", show_default=True, help="Conventions to start from.")
@click.option(
    "--rotate",
    callback=_turns,
    multiple=True,
    metavar="A,B,DEGREES",
    help="Turn factor A towards B, after the rotation. Repeatable, applied in order.",
)
@click.option(
    "--flags", type=FILE, metavar="FILE", help="CSV with participant,factor,defines(yes/no),reason: defining sorts named or removed by hand."
)
@click.option("--target", type=FILE, metavar="FILE", help="CSV with participant,f1,...,fK for --rotation target; an empty cell is free.")
@click.option("--grid", metavar="GRID", help='The forced distribution as value:count, for example "-2:1,-1:2,0:3,1:2,2:1".')
@click.option("--layout", metavar="LAYOUT", help="Which way the file lies: statements-in-rows, participants-in-rows or long. [default: guessed]")
@click.option("--statements", type=FILE, metavar="FILE", help="Wording of the statements. [default: statements.csv beside SORTS, where it fits]")
@click.option("--encoding", metavar="NAME", help="Encoding of the file, for example cp1252. [default: guessed]")
@click.option("--name", "names", callback=_namings, multiple=True, metavar="f1=NAME", help="Call a viewpoint by name. Repeatable.")
@click.option(
    "--bootstrap",
    type=click.IntRange(min=2),
    metavar="B",
    help="Draw the participants anew B times, for example 2000, and report how sure every figure is.",
)
@click.option(
    "--bootstrap-interval",
    type=click.Choice(("percentile", "expanded-percentile")),
    default="percentile",
    show_default=True,
    help="Intervals at 95 %: quantiles of the repetitions, or such as allow for few defining sorts.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of what is drawn at random.")
@click.option("--no-retention", is_flag=True, help="Leave out of the report how many viewpoints there are; see qmethod retain.")
@click.option("--title", default="", metavar="TEXT", help="Title of the report.")
@click.option("--notes", default="", metavar="TEXT", help="A note of yours for recipe and report.")
def command(**given: Any) -> None:
    """Analyse Q sorts: find viewpoints, write tables and a report.

    SORTS is a file (CSV, TSV, PQMethod .DAT) or the name of a study that ships, such as climate. The folder gets report.html, tables as CSV,
    solution.json and analysis.toml, the recipe from which `qmethod run` repeats the analysis byte for byte. With --bootstrap it also gets
    bootstrap.json, and the report a section on how sure it all is.

    \b
    Example:
      qmethod analyse climate --factors 3
      qmethod analyse climate --factors 3 --bootstrap 2000
      qmethod analyse sorts.csv --factors 3 --extraction centroid --rotate 1,2,15 \\
          --name f1="Creative leadership" --out leadership
    """  # noqa: D301 - click reads \b
    from analysis import folder as folders
    from analysis.commands.working import working
    from analysis.recipe import FILE_NAME
    from analysis.summary import print_summary
    from analysis.uncertainty import processes

    with working("Reading") as step, processes() if given["bootstrap"] else nullcontext() as pool:
        recipe, data, said, copies, out = _prepare(given)
        solution = folders.solve(recipe, data, step)
        files = {**folders.render(solution, recipe, step, pool), **copies, FILE_NAME: recipe.to_toml().encode()}
        folders.write(out, files)
    print_summary(solution, recipe, out, said)


def _prepare(given: dict[str, Any]) -> tuple[Any, QData, tuple[str, ...], dict[str, bytes], Path]:
    """Everything up to the analysis itself: recipe, data, what to tell the user, copies of the input, folder."""
    from analysis import folder as folders
    from analysis.inputs import find_sorts, read_flags, read_target
    from analysis.recipe import Recipe, Resampling, target_rows
    from analysis.retention import counting
    from analysis.sources import place_input, with_hashes
    from qmethod.errors import DataError, Fault, PolicyError
    from qmethod.policies import Policies

    policies = Policies.preset(given["preset"], **given_policies(given))
    k: int = given["factors"]
    if given["target"] and policies.rotation != "target":
        raise PolicyError("`--target` needs `--rotation target`")
    if policies.rotation == "target" and not given["target"]:
        raise PolicyError("`--rotation target` needs a target: give it with `--target FILE`")
    for a, b, _ in given["rotate"]:
        if a == b or not (1 <= a <= k and 1 <= b <= k):
            raise DataError([Fault(f"`--rotate {a},{b},...` must name two different factors from 1 to {k}")])
    source = find_sorts(given["sorts"])
    out: Path = given["out"] or Path(f"{source.study or source.path.stem}-analysis")
    folders.check_folder(out)
    here = Path()
    asked, data, said = _read(given, source.path, source.study or "")
    labels = [f"f{i}" for i in range(1, k + 1)]
    placed, copies = place_input(with_hashes(asked, data, here), here, out)
    recipe = Recipe(
        input=placed,
        n_factors=k,
        policies=policies,
        rotations=given["rotate"],
        flags=read_flags(given["flags"], data, labels) if given["flags"] else (),
        target=target_rows(read_target(given["target"], data, k), data) if given["target"] else (),
        names=given["names"],
        title=given["title"],
        notes=given["notes"],
        bootstrap=Resampling(given["bootstrap"], given["bootstrap_interval"], seed=given["seed"]) if given["bootstrap"] else None,
        retention=None if given["no_retention"] else counting(data.n_sorts, given["seed"]),
    )
    return recipe, data, said, copies, out


def _read(given: dict[str, Any], sorts: Path, study: str) -> tuple[Input, QData, tuple[str, ...]]:
    """Read the sorts, with the wording of the statements where it can be found."""
    from analysis.inputs import wording_beside
    from analysis.recipe import Input
    from analysis.sources import read_input

    asked = Input(
        path="" if study else os.fspath(sorts),
        study=study,
        statements=os.fspath(given["statements"]) if given["statements"] else "",
        layout=given["layout"] or "",
        grid=given["grid"] or "",
        encoding=given["encoding"] or "",
    )
    data = read_input(asked, Path())
    beside = None if study or given["statements"] else wording_beside(sorts, data)
    if beside is None:
        return asked, data, ()
    if beside.fits:
        asked = replace(asked, statements=os.fspath(beside.path))
        return asked, read_input(asked, Path()), (f"Statement texts were taken from {beside.path.name}, which lies beside the sorts.",)
    return asked, data, (f"{beside.path.name} lies beside the sorts but does not fit them: {beside.why}",)
