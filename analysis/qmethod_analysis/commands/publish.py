"""``qmethod publish``: a site for readers who never heard of Q methodology."""

from __future__ import annotations

from pathlib import Path

import click

from qmethod_analysis.commands.options import ANALYSIS, language_option, out_option, overwrite_option, study_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand


@click.command("publish", cls=PlainCommand)
@click.argument("analyses", nargs=-1, required=True, type=ANALYSIS, metavar="ANALYSIS[=STUDY]...")
@out_option("Folder to write to", required=True)
@click.option("--address", default="", metavar="URL", help="Where the site will stand: links to it are then shown with a picture.")
@language_option("that of the recipe")
@overwrite_option
@study_option("that of the recipe")
@voice_options
def command(analyses: tuple[str, ...], out: Path, address: str, language: str, overwrite: bool, study: str) -> None:
    """Make a static site of analyses, for everybody to read.

    ANALYSIS is the folder of an analysis. --study says where its questions and answers are; with several analyses each names its own, as
    ANALYSIS=STUDY. Your own title, authors, names, gists and stories come from report.toml in ANALYSIS, and LICENSE and CITATION.cff from there go
    into the data. The site has a page for each viewpoint and for any two of them, all statements on one axis, five cards to sort, the method in plain
    words, and the data without names. It loads nothing from elsewhere, and can be opened from the folder or put on any web server.

    \b
    Example:
      qmethod publish my-analysis --study data --out site
      qmethod publish my-analysis=my-study climate-analysis --out site
    """  # noqa: D301 - click reads \b
    from qmethod.wording import counted
    from qmethod_analysis.commands.faults import AdvisedUsage
    from qmethod_analysis.commands.speaking import answer, files_in, say, wants_json
    from qmethod_analysis.commands.summary import print_change, print_unused
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.site.preview import site_address
    from qmethod_analysis.site.publish import publish_site

    if study and len(analyses) > 1:
        raise AdvisedUsage("--study goes with one ANALYSIS", "With several write ANALYSIS=STUDY for each.", click.get_current_context())
    studies = dict(_place(given, study) for given in analyses)
    address = site_address(address)
    with working("Reading") as step:
        done = publish_site(studies, out, address=address, language=language, overwrite=overwrite, progress=step)
    pages = sum(name.endswith(".html") for name in done.files)
    index = (out / "index.html").resolve().as_uri()
    if wants_json():
        answer({**files_in(out, list(done.files), done.change), "studies": list(done.slugs), "pages": pages, "index": index})
    say(f"{pages} pages and the data of {counted(len(done.slugs), 'study')}, {done.size / 1000:,.0f} kB: {out}")
    print_change(done.change, out)
    for folder in studies:
        print_unused(Path(folder))
    if not address:
        say("Links to the site will be shown without a picture. For one, say where it will stand: --address https://...")
    say(f"Open {index}")


def _place(given: str, study: str) -> tuple[str, str]:
    """The folder that an argument names, and its study."""
    if not Path(given).is_dir() and "=" in given:
        name, _, study = given.rpartition("=")
        return name, study
    return given, study
