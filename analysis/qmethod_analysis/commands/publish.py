"""``qmethod publish``: a site for readers who never heard of Q methodology."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("publish")
@click.argument("analyses", nargs=-1, required=True, metavar="DIR[=STUDY]...")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), metavar="SITE", help="Folder to write to; an earlier site is replaced.")
def command(analyses: tuple[str, ...], out: Path) -> None:
    """Make a static site of one or more analyses, for everybody to read.

    DIR is the folder of an analysis. STUDY tells where its questions and answers are: the folder of a study or of its export, or the name of a
    study that ships. Your own title, authors, names, gists and stories come from report.toml in DIR, and LICENSE and CITATION.cff from there go into
    the data. The site has a page for each viewpoint, five cards to sort, the method in plain words, and the data without names. It loads nothing
    from elsewhere, and can be opened from the folder or put on any web server.

    \b
    Example:
      qmethod publish my-analysis --out site
      qmethod publish my-analysis=my-study climate-analysis --out site
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.site.publish import publish

    with working("Reading") as step:
        files = publish(dict(map(_place, analyses)), out, progress=step)
    pages = sum(name.endswith(".html") for name in files)
    size = sum((out / name).stat().st_size for name in files) / 1000
    click.echo(f"{pages} pages and the data of {len(analyses)} {'study' if len(analyses) == 1 else 'studies'}, {size:,.0f} kB: {out}")
    click.echo(f"Open {(out / 'index.html').resolve().as_uri()}")


def _place(given: str) -> tuple[str, str]:
    """The folder that an argument names, and its study."""
    if not Path(given).is_dir() and "=" in given:
        name, _, study = given.rpartition("=")
        return name, study
    return given, ""
