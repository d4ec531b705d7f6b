"""``qmethod sheet``: sheets to print for a workshop that names the viewpoints."""

from __future__ import annotations

from pathlib import Path

import click

from qmethod_analysis.commands.options import ANALYSIS, language_option, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand


@click.command("sheet", cls=PlainCommand)
@click.argument("analysis", type=ANALYSIS, metavar="ANALYSIS")
@out_option("File to write to", default="naming.html in ANALYSIS", metavar="FILE")
@overwrite_option
@language_option("that of the recipe")
@voice_options
def command(analysis: str, out: Path | None, overwrite: bool, language: str) -> None:
    """Write sheets to print for a workshop that names the viewpoints.

    ANALYSIS is the folder of an analysis. Each viewpoint gets its array with whole statements, what stands highest and lowest, what sets it apart,
    and lines for a name, a gist, the logic behind it and for dissent; a last sheet compares all. No name stands on a sheet but those that you gave to
    the analysis or wrote into report.toml. Print the page from a browser, in landscape, on both sides of A4 or Letter paper.

    \b
    Example:
      qmethod sheet climate-analysis
      qmethod sheet climate-analysis --out workshop.html
    """  # noqa: D301 - click reads \b
    from qmethod.errors import DataError
    from qmethod.formats.putting import place
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_analysis.commands.summary import print_change, print_unused
    from qmethod_analysis.folder.listing import listing_of
    from qmethod_analysis.folder.renewing import check_file, foreign
    from qmethod_analysis.folder.staging import Change
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.folder.writing import add_parts
    from qmethod_analysis.recipe.reading import load
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.recipe.texts import read_texts
    from qmethod_analysis.report.naming import page
    from qmethod_analysis.words.language import speaking

    folder = Path(analysis)
    whole = listing_of(folder)
    solution = read_solution(folder)
    target = out or folder / "naming.html"
    recipe, texts = load(folder / FILE_NAME), read_texts(folder, solution.labels)
    with speaking(language or recipe.language):
        content = page(solution, recipe, texts).encode()
    change = Change()
    if target.parent.resolve() == folder.resolve():
        if any(part.command != "qmethod sheet" for part in whole.of(target.name)):
            raise DataError([foreign("sheet", target)])
        change = add_parts(folder, {target.name: content}, "qmethod sheet", whole.solution)
    else:
        check_file(target, content, "sheet", lambda there: b".running {" in there, overwrite=overwrite)
        place({target: content})
    if wants_json():
        answer(files_in(target.parent, [target.name], change))
    print_change(change, folder)
    print_unused(folder)
    say(f"Written: {target}. Print it from a browser, in landscape, on both sides.")
    next_steps(("report", folder))
