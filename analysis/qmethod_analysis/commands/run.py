"""``qmethod run``: an analysis again, from its recipe."""

from __future__ import annotations

from pathlib import Path

import click

from qmethod_analysis.commands.options import however_long_option, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand


@click.command("run", cls=PlainCommand)
@click.argument("recipe", type=click.Path(path_type=Path), metavar="RECIPE")
@out_option("Folder to write to", default="that of the recipe")
@overwrite_option
@click.option("--accept-changed-input", is_flag=True, help="Go on although the input is no longer the one the recipe was made with.")
@however_long_option
@voice_options
def command(recipe: Path, out: Path | None, overwrite: bool, accept_changed_input: bool, however_long: bool) -> None:
    """Repeat an analysis from its recipe, byte for byte.

    RECIPE is the analysis.toml of an analysis, as it is or with your corrections.

    \b
    Example:
      qmethod run sorts-analysis/analysis.toml
      qmethod run sorts-analysis/analysis.toml --out again
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.speaking import next_steps, wants_json
    from qmethod_analysis.commands.summary import answer_solution, print_change, print_summary, print_unused, renewed_unnamed
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.listing import listing_of
    from qmethod_analysis.recipe.reading import load
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.runs import runs as folders
    from qmethod_analysis.runs import streamed
    from qmethod_analysis.runs.besides import processes

    if recipe.is_dir():
        recipe /= FILE_NAME
    if recipe.is_file() and load(recipe).stream:
        with working("Reading") as step:
            repeated = streamed.repeat(recipe, out, accept_changed_input=accept_changed_input, overwrite=overwrite, progress=step)
        if wants_json():
            answer_solution(repeated.solution, repeated.folder, (part.name for part in listing_of(repeated.folder).parts), repeated.change)
        print_summary(repeated.solution, repeated.recipe, repeated.folder, ())
        print_change(repeated.change, repeated.folder)
        return
    with working("Reading") as step, processes() as pool:
        asked = {"accept_changed_input": accept_changed_input, "overwrite": overwrite, "however_long": however_long}
        done = folders.run(recipe, out, **asked, progress=step, executor=pool)
    told = renewed_unnamed(done.folder)
    if wants_json():
        answer_solution(done.solution, done.folder, (part.name for part in listing_of(done.folder).parts), done.change, told)
    print_summary(done.solution, done.recipe, done.folder, told)
    print_change(done.change, done.folder)
    print_unused(done.folder)
    next_steps(("report", done.folder))
