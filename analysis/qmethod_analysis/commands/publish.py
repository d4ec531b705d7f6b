"""``qmethod publish``: a site for readers who never heard of Q methodology."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from qmethod_analysis.site.pages import Published


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
    from qmethod_analysis.site.publish import check_site, site, write_site

    check_site(out)
    with working("Reading") as step:
        studies = []
        for given in analyses:
            step(f"reading {given}")
            studies.append(_read(given))
        step("writing the pages")
        files = site(studies)
        write_site(out, files)
    pages = sum(name.endswith(".html") for name in files)
    size = sum(map(len, files.values())) / 1000
    click.echo(f"{pages} pages and the data of {len(studies)} {'study' if len(studies) == 1 else 'studies'}, {size:,.0f} kB: {out}")
    click.echo(f"Open {(out / 'index.html').resolve().as_uri()}")


def _read(given: str) -> Published:
    """The analysis that an argument names, with its study and the researcher's words."""
    from qmethod_analysis.folder.loaded import load_analysis
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.recipe.texts import read_texts
    from qmethod_analysis.site.pages import Published
    from qmethod_analysis.site.publish import beside, slug

    folder, study = Path(given), ""
    if not folder.is_dir() and "=" in given:
        name, _, study = given.rpartition("=")
        folder = Path(name)
    texts = read_texts(folder, read_solution(folder).labels)
    loaded = load_analysis(folder, study, texts.viewpoints)
    return Published(loaded, slug(folder.resolve().name.removesuffix("-analysis")), texts, beside(loaded))
