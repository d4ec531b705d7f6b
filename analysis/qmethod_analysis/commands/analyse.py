"""``qmethod analyse``: from a file of sorts to a folder with tables and a report."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from qmethod.literals import Interval
from qmethod_analysis.commands.conventions import FactorsOption, SectionedCommand, given_policies, preset_option, whole_numbers, with_policies
from qmethod_analysis.commands.options import (
    FILE,
    SORTS,
    however_long_option,
    language_option,
    out_option,
    overwrite_option,
    seed_option,
    sorts_options,
    study_option,
    voice_options,
)
from qmethod_analysis.commands.people import check_people, exclude_options, people_options
from qmethod_analysis.recipe.typed import MOST_DRAWN, angle, factor_label, factor_number

if TYPE_CHECKING:
    from qmethod.data import QData
    from qmethod.solution import QSolution
    from qmethod_analysis.commands.receiving import Asked
    from qmethod_analysis.recipe.recipe import Recipe


def _turns(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[int, int, float, str], ...]:
    """``"1,2,15,why"`` to ``(1, 2, 15.0, "why")``; the reason may hold commas, and may be missing."""
    return tuple(map(_turn, values))


def _turn(value: str) -> tuple[int, int, float, str]:
    """One rotation. Semicolons may part it too, and the comma is then that of the angle."""
    separator = ";" if re.match(r"[^,]*;", value) else ","
    first, second, degrees, reason = (part.strip() for part in (*value.split(separator, 3), "", "", "")[:4])
    try:
        a, b, _given = factor_number(first), factor_number(second), degrees[0]
    except (ValueError, IndexError):
        raise click.BadParameter(f"{value!r} is not two factors and an angle such as 1,2,15, nor these and a reason") from None
    try:
        turn = a, b, angle(degrees), reason
    except ValueError:
        raise click.BadParameter(f"{degrees!r} is not an angle in degrees, such as 15 or -7.5") from None
    if separator == "," and re.fullmatch(r"[^\d.]?\s*\d+", degrees) and (more := re.match(r"(\d+)\s*[°º˚]?\s*(,|$)", reason)):
        start = f"{first},{second},{degrees}"
        raise click.BadParameter(
            f"{value!r} can be read in two ways. For {degrees}.{more[1]} degrees write {start}.{more[1]}, with a point; "
            f"for {degrees} degrees because of {more[1]!r} say the reason in words: {start},because of {more[1]}"
        )
    return turn


def _namings(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """``"f1=Creative"`` to ``("f1", "Creative")``."""
    named: dict[str, str] = {}
    for value in values:
        label, equals, name = value.partition("=")
        if not equals or not label.strip() or not name.strip():
            raise click.BadParameter(f'{value!r} is not a factor and a name such as f1="Creative leadership"')
        if (factor := factor_label(label)) in named:
            raise click.BadParameter(f"{factor} is named twice: {named[factor]!r} and {name.strip()!r}")
        named[factor] = name.strip()
    from qmethod_analysis.commands.spoken import option
    from qmethod_analysis.words.labels import same_names

    for fault in same_names(named):
        raise click.BadParameter(f"{fault.message}. {fault.advised(option)}")
    return tuple(named.items())


@with_policies
@click.command("analyse", cls=SectionedCommand)
@click.argument("sorts", type=SORTS, metavar="SORTS")
@click.option(
    "-k",
    "--factors",
    cls=FactorsOption,
    callback=whole_numbers,
    required=True,
    metavar="K",
    help="How many factors to extract. A range such as 2..6, or a list such as 2,3,5, puts several solutions side by side.",
)
@out_option("Folder to write to", default="<name of SORTS>-analysis")
@overwrite_option
@sorts_options
@people_options
@exclude_options
@study_option("where SORTS lies in one")
@preset_option
@click.option(
    "--rotate",
    callback=_turns,
    multiple=True,
    metavar="A,B,DEGREES[,REASON]",
    help="Turn factor A towards B, after the rotation, and say why. Repeatable, applied in order.",
)
@click.option(
    "--flags", type=FILE, metavar="FILE", help="CSV with participant,factor,defines(yes/no),reason: defining sorts named or removed by hand."
)
@click.option("--target", type=FILE, metavar="FILE", help="CSV with participant,f1,...,fK for --rotation target; an empty cell is free.")
@click.option(
    "--retest",
    type=FILE,
    metavar="FILE",
    help="CSV with first,second: sorts of the same person. Their agreement takes the place of the assumed reliability; second sorts are left out.",
)
@click.option("--name", "names", callback=_namings, multiple=True, metavar="f1=NAME", help="Call a viewpoint by name. Repeatable.")
@click.option(
    "--bootstrap",
    "n_replicates",
    type=click.IntRange(2, MOST_DRAWN),
    metavar="B",
    help="Draw the participants anew B times, for example 2000, and report how sure every figure is.",
)
@click.option(
    "--bootstrap-interval",
    type=click.Choice(get_args(Interval)),
    default="automatic",
    show_default=True,
    help="Intervals at 95 %: quantiles of the repetitions, or such as allow for few defining sorts; automatic takes the second below five of them.",
)
@seed_option
@click.option("--no-retention", is_flag=True, help="Leave out of the report how many viewpoints there are; see qmethod retain.")
@click.option("--stream", is_flag=True, help="Read the sorts in chunks, for files that do not fit into memory: Parquet, or CSV with one row a sort.")
@click.option("--dask", metavar="ADDRESS", help="With --stream: let the workers of a dask cluster read, for example tcp://127.0.0.1:8786.")
@click.option("--title", default="", metavar="TEXT", help="Title of the report.")
@click.option("--notes", default="", metavar="TEXT", help="A note of yours for recipe and report.")
@language_option("en")
@however_long_option
@voice_options
def command(**given: Any) -> None:
    """Analyse Q sorts: find viewpoints, write tables and a report.

    SORTS is a file (CSV, Excel, PQMethod, SPSS and other formats), a folder with a file for each person, the folder of an export, the name of a study
    that ships with sorts, or - for standard input; what came that way is kept in the folder. The folder gets report.html, tables as CSV,
    solution.json and analysis.toml, the recipe from which `qmethod run` repeats the analysis byte for byte. With --bootstrap it also gets
    bootstrap.json, and the report a section on how sure it all is. With --stream it gets
    those tables that need not all sorts at once, loadings in a file of the input's kind, and no report.

    With a range of factors the folder gets one such analysis for each number, and side-by-side.html to decide by: what each solution amounts to,
    how viewpoints go on from one to the next, and which sorts each further factor takes from where.

    \b
    Example:
      qmethod analyse climate --factors 3
      qmethod analyse climate --factors 2..6
      qmethod analyse climate --factors 3 --bootstrap 2000
      qmethod analyse millions.parquet --factors 4 --stream
      qmethod analyse sorts.csv --factors 3 --extraction centroid --rotate "1,2,15,US1 and US2 meet on f1" \\
          --name f1="Creative leadership" --out leadership
    """  # noqa: D301 - click reads \b
    numbers: tuple[int, ...] = given["factors"]
    check_people(given)
    if given["stream"] or given["dask"]:
        from qmethod.errors import PolicyError
        from qmethod_analysis.commands.streaming import analyse_streamed

        if not given["stream"]:
            raise PolicyError("`--dask` needs `--stream`")
        if given["retest"]:
            raise PolicyError("`--retest` needs all sorts at hand, and `--stream` reads them in chunks: leave one of the two away")
        if len(numbers) > 1:
            raise PolicyError(f"`--stream` analyses with one number of factors at a time, and `--factors` asks for {len(numbers)}")
        analyse_streamed({**given, "factors": numbers[0]})
    elif len(numbers) > 1:
        _several(given)
    else:
        _one(given)


def _one(given: dict[str, Any]) -> None:
    from qmethod.formats.text import guesses
    from qmethod_analysis.commands.belonging import belonging, read_sorts
    from qmethod_analysis.commands.people import without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.commands.speaking import wants_json
    from qmethod_analysis.commands.summary import answer_solution, print_change, print_summary, print_unused, renewed_unnamed
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.listing import recipe_hash
    from qmethod_analysis.folder.writing import check_folder, check_recipe
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.runs import runs as folders
    from qmethod_analysis.runs.besides import counting, processes

    with working("Reading") as step, processes() if given["n_replicates"] else nullcontext() as pool:
        k = given["factors"][0]
        _check(given, k)
        asked = asked_for(given["sorts"], given)
        out = _out(given, asked)
        check_folder(out, overwrite=given["overwrite"])
        asked, data, said = read_sorts(asked)
        data, _ = without_excluded(data, given)  # whom it leaves out is a notice of the solution
        given, data, retested = _retested(given, data)
        said = (*said, *retested)
        study, told = belonging(given["study"], asked, data)
        recipe, copies = _recipe(given, k, asked, data, out, study)
        recipe = replace(recipe, retention=None if given["no_retention"] else counting(data.n_sorts, given["seed"]))
        recipe, kept = _with_kept_study(given, recipe, out)
        told = (*told, *kept)
        files = {**copies, FILE_NAME: recipe.to_toml().encode()}
        check_recipe(out, recipe_hash(files), overwrite=given["overwrite"])
        solution = folders.solve(recipe, data, step)
        files |= folders.render(solution, recipe, step, pool, out, files, _limit(given))
        change = folders.write_analysed(out, files, overwrite=given["overwrite"])
    told = (*told, *renewed_unnamed(out))
    guessed = [notice.message for file in (given["flags"], given["target"], given["retest"]) if file for notice in guesses(file)]
    if wants_json():
        answer_solution(solution, out, files, change, (*said, *told, *guessed))
    print_summary(solution, recipe, out, (*said, *told, *guessed))
    print_change(change, out)
    print_unused(out)
    _next(out, solution)


def _limit(given: dict[str, Any]) -> float | None:
    """Seconds that a step may take."""
    from qmethod_analysis.runs.costs import LONG

    return None if given["however_long"] else LONG


def _retested(given: dict[str, Any], data: QData) -> tuple[dict[str, Any], QData, tuple[str, ...]]:
    """What was given with the reliability that second sorts show, the sorts without these, and what there is to say."""
    if not given["retest"]:
        return {**given, "retest_pairs": ()}, data, ()
    from qmethod_analysis.recipe.retested import reliability, said, without_second_sorts

    data, found = without_second_sorts(data, given["retest"])
    policies = reliability(found, given_policies(given))
    return {**given, **policies, "retest_pairs": tuple(zip(found.first, found.second, strict=True))}, data, (said(found),)


def _with_kept_study(given: dict[str, Any], recipe: Recipe, folder: Path) -> tuple[Recipe, tuple[str, ...]]:
    """A recipe with the study that its folder came to be told by a report, where none is named now; and what there is to say about that."""
    from qmethod_analysis.folder.studied import kept_study

    kept = recipe if given["study"] else kept_study(recipe, folder)
    return kept, () if kept.study == recipe.study else (f"The study is that which the recipe there names: {kept.study}.",)


def _next(out: Path, solution: QSolution) -> None:
    """What to do with an analysis."""
    from qmethod_analysis.commands.speaking import next_steps
    from qmethod_analysis.words.labels import defined

    site = out.with_name(f"{out.resolve().name}-site")
    next_steps(("report", out), ("multiverse", out), ("sheet", out), *([("publish", out, "--out", site)] if defined(solution) else []))


def _several(given: dict[str, Any]) -> None:
    """One analysis for each number of factors, and the page that puts them side by side."""
    from qmethod_analysis.commands.belonging import belonging, read_sorts
    from qmethod_analysis.commands.people import without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, wants_json
    from qmethod_analysis.commands.summary import print_change, print_side_by_side, renewed_unnamed, side_by_side_values
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.listing import recipe_hash
    from qmethod_analysis.folder.writing import check_folder, check_recipe
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.runs import runs as folders
    from qmethod_analysis.runs import several
    from qmethod_analysis.runs.besides import counting, processes

    numbers: tuple[int, ...] = given["factors"]
    _check_range(given)
    with working("Reading") as step, processes() if given["n_replicates"] else nullcontext() as pool:
        asked = asked_for(given["sorts"], given)
        out = _out(given, asked)
        check_folder(out, overwrite=given["overwrite"])
        asked, data, said = read_sorts(asked)
        data, left_out = without_excluded(data, given)
        given, data, retested = _retested(given, data)
        said = (*said, *left_out, *retested)
        study, told = belonging(given["study"], asked, data)
        recipes, files = [], dict[str, bytes]()
        for k in numbers:
            recipe, copies = _recipe(given, k, asked, data, out / several.part(k), study)
            recipes.append(recipe)
            files |= {f"{several.part(k)}/{name}": content for name, content in copies.items()}
        asking = None if given["no_retention"] else counting(data.n_sorts, given["seed"])
        if asking is not None:
            asking = replace(asking, max_factors=max([asking.max_factors, *(k for k in numbers if k <= data.n_sorts)]))
        whole = several.recipe_of(recipes, asking)
        check_recipe(out, whole, overwrite=given["overwrite"])
        recipes = [_with_kept_study(given, recipe, out / several.part(recipe.n_factors))[0] for recipe in recipes]
        for each in recipes:  # one of them may have been turned by hand since
            check_recipe(out / several.part(each.n_factors), recipe_hash({FILE_NAME: each.to_toml().encode()}), overwrite=given["overwrite"])
        solutions, failures = several.solve(recipes, data, step)
        made, found, rendered = several.render(solutions, failures, recipes, asking, step, pool, out, files, _limit(given))
        solved = {several.part(solution.n_factors) for solution in solutions}
        copied = {name: content for name, content in files.items() if name.split("/")[0] in solved}
        change = folders.write_analysed(out, {**copied, **rendered}, whole, overwrite=given["overwrite"])
    told = (*told, *(words for part in sorted(solved) for words in renewed_unnamed(out / part)))
    if wants_json():
        values = files_in(out, [*copied, *rendered], change)
        answer({**values, "said": [*said, *told], **side_by_side_values(made)})
    print_side_by_side(made, found, out / several.PAGE, (*said, *told))
    print_change(change, out)
    next_steps(*(("report", out / part) for part in sorted(solved)))


def _check(given: dict[str, Any], k: int) -> None:
    """What fits one number of factors must fit this one."""
    from qmethod.errors import DataError, Fault, PolicyError

    rotation = given_policies(given).get("rotation")
    if given["target"] and rotation != "target":
        raise PolicyError("`--target` needs `--rotation target`")
    if rotation == "target" and not given["target"]:
        raise PolicyError("`--rotation target` needs a target: give it with `--target FILE`")
    for a, b, *_ in given["rotate"]:
        if a == b or not (1 <= a <= k and 1 <= b <= k):
            raise DataError([Fault(f"`--rotate {a},{b},...` must name two different factors from 1 to {k}")])


def _check_range(given: dict[str, Any]) -> None:
    """What fits one number of factors only is refused with several."""
    from qmethod.errors import DataError, Fault
    from qmethod_analysis.runs.several import MOST

    numbers = given["factors"]
    faults = []
    for key, option in (("rotate", "--rotate"), ("flags", "--flags"), ("target", "--target"), ("names", "--name")):
        if given[key]:
            advice = f"Choose a number first, then give it with that: `qmethod analyse ... --factors {numbers[0]} {option} ...`."
            faults.append(Fault(f"`{option}` fits one number of factors, and `--factors` asks for {len(numbers)}", advice=advice))
    if given_policies(given).get("rotation") == "target" and not given["target"]:
        faults.append(Fault(f"`--rotation target` fits one number of factors, and `--factors` asks for {len(numbers)}"))
    if len(numbers) > MOST:
        faults.append(Fault(f"`--factors` asks for {len(numbers)} numbers of factors; at most {MOST} fit side by side"))
    if faults:
        raise DataError(faults)


def _out(given: dict[str, Any], asked: Asked) -> Path:
    """Where to write."""
    name = asked.input.study or Path(asked.input.path).stem
    if asked.input.path and Path(given["sorts"]).is_dir():
        name = Path(given["sorts"]).resolve().name
    return given["out"] or Path(f"{name}-analysis")


def _recipe(given: dict[str, Any], k: int, asked: Asked, data: QData, out: Path, study: str) -> tuple[Recipe, dict[str, bytes]]:
    """The recipe of the analysis with `k` factors, to lie in `out`, and copies of the input to lie beside it; it does not ask about retention."""
    from qmethod.policies import Policies
    from qmethod_analysis.recipe.excluded import excluded_of
    from qmethod_analysis.recipe.inputs import read_flags, read_target
    from qmethod_analysis.recipe.recipe import Recipe, Resampling, Turn, target_rows
    from qmethod_analysis.recipe.sources import place_input, place_study, with_hashes

    here = Path()
    placed, copies = place_input(with_hashes(asked.input, data, here), here, out, passing=asked.passing)
    labels = [f"f{i}" for i in range(1, min(k, data.n_sorts) + 1)]  # more are refused, but only when they are to be found
    recipe = Recipe(
        input=placed,
        n_factors=k,
        policies=Policies.preset(given["preset"], **given_policies(given)),
        rotations=tuple(Turn(*turn) for turn in given["rotate"]),
        flags=read_flags(given["flags"], data, labels) if given["flags"] else (),
        target=target_rows(read_target(given["target"], data, k), data) if given["target"] else (),
        exclude=excluded_of(data),
        retest=given["retest_pairs"],
        names=given["names"],
        title=given["title"],
        notes=given["notes"],
        language=given["language"],
        study=place_study(study, here, out),
        bootstrap=Resampling(given["n_replicates"], given["bootstrap_interval"], seed=given["seed"]) if given["n_replicates"] else None,
    )
    return recipe, copies
