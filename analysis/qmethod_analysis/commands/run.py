"""``qmethod run``: an analysis again, from its recipe."""

from __future__ import annotations

from pathlib import Path

import click

from qmethod_analysis.commands.options import however_long_option, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.people import check_people, people_options
from qmethod_analysis.commands.tolerance import PlainCommand


@click.command("run", cls=PlainCommand)
@click.argument("recipe", type=click.Path(path_type=Path), metavar="RECIPE")
@out_option("Folder to write to", default="that of the recipe")
@overwrite_option
@click.option("--accept-changed-input", is_flag=True, help="Go on although the input is no longer the one the recipe was made with.")
@people_options
@however_long_option
@voice_options
def command(
    recipe: Path, out: Path | None, overwrite: bool, accept_changed_input: bool, people: Path | None, people_id: str | None, however_long: bool
) -> None:
    """Repeat an analysis from its recipe, byte for byte.

    RECIPE is the analysis.toml of an analysis, as it is or with your corrections. With --people the recipe takes another table of what is known of
    the participants, and the report tells by it who holds which viewpoint; no other figure changes.

    \b
    Example:
      qmethod run sorts-analysis/analysis.toml
      qmethod run sorts-analysis/analysis.toml --out again
      qmethod run sorts-analysis/analysis.toml --people participants.csv
    """  # noqa: D301 - click reads \b
    from qmethod.errors import PolicyError
    from qmethod_analysis.commands.speaking import next_steps, wants_json
    from qmethod_analysis.commands.summary import answer_solution, print_change, print_summary, print_unused, renewed_unnamed
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.listing import listing_of
    from qmethod_analysis.recipe.reading import load
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.runs import runs as folders
    from qmethod_analysis.runs import streamed
    from qmethod_analysis.runs.besides import processes

    check_people({"people": people, "people_id": people_id})
    if recipe.is_dir():
        recipe /= FILE_NAME
    if recipe.is_file() and load(recipe).stream:
        if people:
            raise PolicyError("`--people` needs all sorts at hand, and this recipe reads them in chunks")
        with working("Reading") as step:
            repeated = streamed.repeat(recipe, out, accept_changed_input=accept_changed_input, overwrite=overwrite, progress=step)
        if wants_json():
            answer_solution(repeated.solution, repeated.folder, (part.name for part in listing_of(repeated.folder).parts), repeated.change)
        print_summary(repeated.solution, repeated.recipe, repeated.folder, ())
        print_change(repeated.change, repeated.folder)
        return
    asked = {"accept_changed_input": accept_changed_input, "overwrite": overwrite, "however_long": however_long}
    with working("Reading") as step, processes() as pool:
        done = folders.run(recipe, out, people=people, people_id=people_id, progress=step, executor=pool, **asked)
    told = renewed_unnamed(done.folder)
    if wants_json():
        answer_solution(done.solution, done.folder, (part.name for part in listing_of(done.folder).parts), done.change, told)
    print_summary(done.solution, done.recipe, done.folder, told)
    print_change(done.change, done.folder)
    print_unused(done.folder)
    next_steps(("report", done.folder))
