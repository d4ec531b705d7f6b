"""``qmethod sheet``: sheets to print for a workshop that names the viewpoints."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("sheet")
@click.argument("analysis", type=click.Path(path_type=Path), metavar="DIR")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="File to write. [default: naming.html in DIR]")
def command(analysis: Path, out: Path | None) -> None:
    """Write sheets to print for a workshop that names the viewpoints.

    DIR is the folder of an analysis. Each viewpoint gets its array with whole statements, what stands highest and lowest, what sets it apart, and
    lines for a name, a gist, the logic behind it and for dissent; a last sheet compares all. No name stands on a sheet but those that you gave to
    the analysis or wrote into report.toml. Print the page from a browser, in landscape, on both sides of A4 or Letter paper.

    \b
    Example:
      qmethod sheet climate-analysis
      qmethod sheet climate-analysis --out workshop.html
    """  # noqa: D301 - click reads \b
    from qmethod.errors import DataError, Fault
    from qmethod_analysis.commands.summary import print_change
    from qmethod_analysis.folder.listing import listing_of
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.folder.writing import add_parts, write
    from qmethod_analysis.recipe.reading import load
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.recipe.texts import read_texts
    from qmethod_analysis.report.naming import page

    whole = listing_of(analysis)
    solution = read_solution(analysis)
    target = out or analysis / "naming.html"
    content = page(solution, load(analysis / FILE_NAME), read_texts(analysis, solution.labels)).encode()
    within = target.parent.resolve() == analysis.resolve()
    if within:
        theirs = any(part.command != "qmethod sheet" for part in whole.of(target.name))
    else:
        theirs = target.exists() and b"Naming the viewpoints" not in target.read_bytes()
    if theirs:
        raise DataError([Fault("another file of this name is here; nothing was written", file=str(target), advice="Choose another name with --out.")])
    if within:
        print_change(add_parts(analysis, {target.name: content}, "qmethod sheet", whole.solution), analysis)
    else:
        write(target.parent, {target.name: content})
    click.echo(f"Written: {target}. Print it from a browser, in landscape, on both sides.")
