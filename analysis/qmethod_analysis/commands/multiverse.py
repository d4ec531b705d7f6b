"""``qmethod multiverse``: which conclusions survive other choices."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod.policies import Extracting, Preset, Varied
from qmethod_analysis.commands.conventions import READING, preset_option, reading_policies, whole_numbers, with_reading_policies
from qmethod_analysis.commands.options import (
    ANALYSIS_OR_SORTS,
    formats_option,
    language_option,
    out_option,
    overwrite_option,
    sorts_options,
    voice_options,
)
from qmethod_analysis.commands.people import exclude_options
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.report.formats import DOCUMENT_FORMATS, DocumentFormat

if TYPE_CHECKING:
    from qmethod.matching.multiverse import Multiverse
    from qmethod.solution import QSolution
    from qmethod_analysis.recipe.recipe import Recipe


MANY = 200
"""Analyses above which it is said beforehand how many there are; the usual choices make 81."""


def _names(_ctx: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """``"pca,centroid"`` to ``("pca", "centroid")``; empty where nothing was given."""
    return tuple(part.strip().lower() for part in (value or "").split(",") if part.strip())


@with_reading_policies
@click.command("multiverse", cls=PlainCommand)
@click.argument("analysis", type=ANALYSIS_OR_SORTS, metavar="ANALYSIS|SORTS")
@out_option("Folder to write to", default="ANALYSIS; nowhere with SORTS")
@overwrite_option
@click.option("-k", "--factors", type=click.IntRange(min=1), metavar="K", help="How many factors to extract; needed with SORTS.")
@sorts_options
@exclude_options
@preset_option
@click.option("--try-factors", callback=whole_numbers, metavar="A..B", help="Numbers of factors. [default: one fewer to one more]")
@click.option("--try-extractions", callback=_names, metavar="A,B,...", help="Extractions. [default: pca,centroid,paf]")
@click.option("--try-rotations", callback=_names, metavar="A,B,...", help="Rotations. [default: varimax,quartimax,promax]")
@click.option("--try-flags", callback=_names, metavar="A,B,...", help="Rules for defining sorts. [default: .05+majority,.01+majority,.05]")
@click.option(
    "--survives", type=click.FloatRange(0, 1, min_open=True), default=0.9, show_default=True, metavar="P", help="Share that a conclusion needs."
)
@formats_option(DOCUMENT_FORMATS, "html")
@language_option("that of the recipe; en with SORTS")
@voice_options
def command(
    analysis: str,
    factors: int | None,
    preset: Preset,
    try_factors: tuple[int, ...],
    try_extractions: tuple[Extracting, ...],  # `choices` refuses what is none
    try_rotations: tuple[Varied, ...],
    try_flags: tuple[str, ...],
    survives: float,
    formats: tuple[DocumentFormat, ...],
    language: str,
    out: Path | None,
    overwrite: bool,
    **given: Any,
) -> None:
    """Analyse in every combination of choices, and say what survives.

    ANALYSIS is the folder of an analysis, which is then put to the test. SORTS, a file, a folder with a file for each person, the folder of an
    export, the name of a study that ships with sorts, or - for standard input, are analysed first, with --factors and the options of how they are
    read. The viewpoints are looked for in every other analysis by congruence, and so is all that is said about them. A folder gets multiverse.* in
    the formats asked for, and tables as CSV.

    \b
    Example:
      qmethod multiverse my-analysis
      qmethod multiverse my-analysis --formats html,docx --language es
      qmethod multiverse climate --factors 3 --try-factors 2..5 --try-extractions pca,centroid
    """  # noqa: D301 - click reads \b
    from qmethod.matching.multiverse import EXTRACTIONS, FLAG_RULES, ROTATIONS, choices, multiverse
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, wants_json
    from qmethod_analysis.commands.summary import print_change
    from qmethod_analysis.commands.working import counting, foretell
    from qmethod_analysis.folder.listing import listing_of, recipe_hash
    from qmethod_analysis.folder.writing import add_parts, check_folder, check_recipe, write_analysis
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.report.multiverse import pages
    from qmethod_analysis.runs.besides import processes_for_much
    from qmethod_analysis.tables.csv_output import to_csv
    from qmethod_analysis.tables.multiverse import analyses_table, as_dict, conclusions_table, positions_table
    from qmethod_analysis.words.labels import viewpoint_names
    from qmethod_analysis.words.language import speaking

    reference, recipe, folder = _reference(analysis, factors, preset, given)
    if out is not None and folder is not None and out.resolve() == folder.resolve():
        out = None
    whole = listing_of(folder).solution if folder is not None and out is None else ""
    own = recipe_hash({f"multiverse/{FILE_NAME}": recipe.to_toml().encode()})  # what it writes is no analysis of this recipe
    if out is not None:
        check_folder(out, overwrite=overwrite)
        check_recipe(out, own, overwrite=overwrite)
    _check_factors(try_factors, reference)
    k = reference.n_factors
    near = tuple(number for number in (k - 1, k, k + 1) if number > 0)
    wanted = choices(try_factors or near, try_extractions or EXTRACTIONS, try_rotations or ROTATIONS, try_flags or FLAG_RULES)
    if len(wanted) > MANY:
        foretell(f"{len(wanted):,} analyses are to be done")
    with processes_for_much() as pool, counting() as show:
        made = multiverse(reference, wanted, executor=pool, progress=partial(show, "Analyses"))
    target = out or folder
    change, written = None, dict[str, Any]()
    with speaking(language or recipe.language):
        names = viewpoint_names(reference, dict(recipe.names)) if folder is None else _as_in_the_report(folder, reference)
        if target is not None:
            tables = {"analyses": analyses_table(made), "conclusions": conclusions_table(made, survives), "positions": positions_table(made)}
            files = {f"multiverse-{name}.csv": to_csv(table).encode() for name, table in tables.items()}
            files |= pages(made, recipe, survives, formats, names)
            by = "qmethod multiverse"
            change = add_parts(target, files, by, whole) if target == folder else write_analysis(target, files, by, own, overwrite=overwrite)
            written = files_in(target, list(files), change)
        if wants_json():
            answer({**as_dict(made, names, survives), **written})
        _print(made, names, survives, None if target is None else target / f"multiverse.{formats[0]}")
    if change is not None and target is not None:
        print_change(change, target)
    if folder is not None:
        next_steps(("report", folder))


def _as_in_the_report(folder: Path, reference: QSolution) -> tuple[str, ...]:
    """What the report of an analysis calls its viewpoints: as the researcher does, or as a description that one resembles."""
    from qmethod_analysis.folder.loaded import load_analysis
    from qmethod_analysis.recipe.texts import read_texts

    return load_analysis(folder, own=read_texts(folder, reference.labels).viewpoints).names


def _check_factors(asked: tuple[int, ...], reference: QSolution) -> None:
    """Refuse numbers of factors that no analysis of these sorts can have: each would be another failure in the table."""
    from qmethod.errors import PolicyError
    from qmethod.wording import counted

    most = len(reference.extraction.eigenvalues)
    if asked and asked[-1] > most:
        raise PolicyError(
            f"`--try-factors` asks for {asked[-1]} factors, and {counted(reference.data.n_sorts, 'sort')} hold at most {most}; try 1..{most}"
        )


def _reference(name: str, factors: int | None, preset: Preset, given: dict[str, Any]) -> tuple[QSolution, Recipe, Path | None]:
    """The solution to be put to the test, its recipe, and its folder where it has one."""
    from qmethod import analyse
    from qmethod.errors import PolicyError
    from qmethod.formats.registry import Content, claim
    from qmethod.policies import Policies
    from qmethod_analysis.commands.people import without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.interpretation.background import EXPORT
    from qmethod_analysis.recipe.excluded import excluded_of
    from qmethod_analysis.recipe.reading import load
    from qmethod_analysis.recipe.recipe import FILE_NAME, Recipe
    from qmethod_analysis.recipe.sources import read_input, with_hashes
    from qmethod_analysis.words.shell import command_line

    folder = Path(name)
    if folder.is_dir() and not (folder / EXPORT).is_file() and claim(Content(name)) is None:
        if factors is not None:
            raise PolicyError("`--factors` belongs to a file of sorts; this analysis has its own, vary them with `--try-factors`")
        if given["exclude_participant"]:
            raise PolicyError("`--exclude-participant` belongs to a file of sorts; this analysis has read its own")
        ways = ("grid", "layout", "statements", "encoding", "exclude", "columns", "id", "skip", "codes", "missing_code", "sheet", "condition", "wave")
        if wrong := [f"--{key.replace('_', '-')}" for key in (*ways, *READING) if given.get(key)]:
            raise PolicyError(f"{', '.join(wrong)} belongs to a file of sorts; this analysis has read its own")
        solution = read_solution(folder)
        return solution, load(folder / FILE_NAME), folder
    asked = asked_for(name, given)
    if factors is None:
        raise PolicyError(
            "say with `--factors K` which analysis of these sorts to put to the test, or name the folder of one; "
            f"`{command_line(('retain', Path(name) if Path(name).exists() else name))}` helps to choose K"
        )
    policies = Policies.preset(preset, **reading_policies(given))
    data, _ = without_excluded(read_input(asked.input, Path()), given)
    told = asked.input
    if asked.passing:  # the file that holds it is called otherwise each time
        passing: dict[str, Any] = dict.fromkeys(asked.passing, "standard input")
        told = replace(with_hashes(told, data, Path()), **passing)
    solution = analyse(data, factors, policies=policies)
    return solution, Recipe(input=told, n_factors=factors, policies=policies, exclude=excluded_of(data)), None


def _print(made: Multiverse, names: tuple[str, ...], least: float, written: Path | None) -> None:
    from rich.table import Table

    from qmethod_analysis.commands.speaking import screen, show
    from qmethod_analysis.interpretation.other_choices import analyses_counted, rules, story
    from qmethod_analysis.report.multiverse import held_of
    from qmethod_analysis.tables.multiverse import by_choice
    from qmethod_analysis.words.labels import defined
    from qmethod_analysis.words.language import _, ngettext
    from qmethod_analysis.words.narrative import every_notice

    told = story(made, names, least)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    shown = by_choice(made) if defined(made.reference) else ()
    rows = [(f"{title.lower()}: {option}", cells) for title, option, cells in shown]
    widest = max((len(word) for label, _cells in rows for word in label.split()), default=0)  # no word is broken where there is room for it
    table.add_column(_("comes back in (median congruence)"), overflow="fold", min_width=widest)
    for j in defined(made.reference):
        table.add_column(names[j], justify="right", overflow="fold")
    for label, cells in rows:
        table.add_row(label, *(held_of(*cell) for cell in cells))
    with screen() as console:
        console.print(f"{analyses_counted(len(made.analyses))}. {told[0].sentence}", style="bold")
        for one in told[1:]:
            console.print(f"- {one.sentence}")
        console.print()
        show(console, table)
        console.print()
        console.print(rules(least), soft_wrap=True)
        if n := len(every_notice(made.reference)):
            at = written.name if written else _("the page that --out DIR writes")
            said = ngettext(
                "The analysis put to the test has {n} notice; see {file}.", "The analysis put to the test has {n} notices; see {file}.", n, file=at
            )
            console.print(said, soft_wrap=True)
        where = _("Written: {file}", file=written) if written else _("Every conclusion, and a picture: --out DIR")
        console.print(where, soft_wrap=True)
