"""``qmethod publish``: a site for readers who never heard of Q methodology."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.options import ANALYSIS, out_option, overwrite_option, study_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod_analysis.site.pages import Published


@click.command("publish", cls=PlainCommand)
@click.argument("analyses", nargs=-1, required=True, type=ANALYSIS, metavar="ANALYSIS[=STUDY]...")
@out_option("Folder to write to", required=True)
@overwrite_option
@study_option("that of the recipe")
@voice_options
def command(analyses: tuple[str, ...], out: Path, overwrite: bool, study: str) -> None:
    """Make a static site of analyses, for everybody to read.

    ANALYSIS is the folder of an analysis. --study says where its questions and answers are; with several analyses each names its own, as
    ANALYSIS=STUDY. Your own title, authors, names, gists and stories come from report.toml in ANALYSIS, and LICENSE and CITATION.cff from there go
    into the data. The site has a page for each viewpoint, five cards to sort, the method in plain words, and the data without names. It loads nothing
    from elsewhere, and can be opened from the folder or put on any web server.

    \b
    Example:
      qmethod publish my-analysis --study data --out site
      qmethod publish my-analysis=my-study climate-analysis --out site
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.faults import AdvisedUsage
    from qmethod_analysis.commands.speaking import answer, files_in, say, wants_json
    from qmethod_analysis.commands.summary import print_change
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.site.publish import check_site, site, write_site

    if study and len(analyses) > 1:
        raise AdvisedUsage("--study goes with one ANALYSIS", "With several write ANALYSIS=STUDY for each.", click.get_current_context())
    check_site(out)
    with working("Reading") as step:
        studies = []
        for given in analyses:
            step(f"reading {given}")
            studies.append(_read(given, study))
        step("writing the pages")
        files = site(studies)
        change = write_site(out, files, overwrite=overwrite)
    pages = sum(name.endswith(".html") for name in files)
    size = sum(map(len, files.values())) / 1000
    index = (out / "index.html").resolve().as_uri()
    if wants_json():
        answer({**files_in(out, list(files), change), "studies": [one.slug for one in studies], "pages": pages, "index": index})
    say(f"{pages} pages and the data of {len(studies)} {'study' if len(studies) == 1 else 'studies'}, {size:,.0f} kB: {out}")
    print_change(change, out)
    say(f"Open {index}")


def _read(given: str, study: str) -> Published:
    """The analysis that an argument names, with its study and the researcher's words."""
    from qmethod_analysis.folder.loaded import load_analysis
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.recipe.texts import read_texts
    from qmethod_analysis.site.pages import Published
    from qmethod_analysis.site.publish import beside, slug

    folder = Path(given)
    if not folder.is_dir() and "=" in given:
        name, _, study = given.rpartition("=")
        folder = Path(name)
    texts = read_texts(folder, read_solution(folder).labels)
    loaded = load_analysis(folder, study, texts.viewpoints)
    return Published(loaded, slug(folder.resolve().name.removesuffix("-analysis")), texts, beside(loaded))
