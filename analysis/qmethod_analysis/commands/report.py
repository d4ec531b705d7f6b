"""``qmethod report``: an analysis as a report in the formats that people pass on."""

from __future__ import annotations

from pathlib import Path

import click

from qmethod_analysis.commands.options import ANALYSIS, formats_option, language_option, study_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.report.formats import FORMATS, PAPERS, Format, PaperName


@click.command("report", cls=PlainCommand)
@click.argument("analysis", type=ANALYSIS, metavar="ANALYSIS")
@formats_option(FORMATS, "html,docx,xlsx,md")
@study_option("that of the recipe")
@click.option("--named", is_flag=True, help="Keep participants' names and comments; without it the files name nobody.")
@click.option("--check", is_flag=True, help="Only check report.toml, every place that it cites too; nothing is written.")
@click.option("--paper", type=click.Choice(PAPERS), default="a4", show_default=True, help="Paper of Word, Excel, PDF, sheet and figures.")
@language_option("that of the recipe")
@voice_options
def command(analysis: str, formats: tuple[Format, ...], study: str, named: bool, check: bool, paper: PaperName, language: str) -> None:
    """Write the report as HTML, Word, Excel, PDF and Markdown.

    ANALYSIS is the folder of an analysis, where report.* is written, and with the format figures its pictures as files. Participants are
    numbered anew, and a file that names one is refused. report.toml holds your own texts: it is made with empty entries where it is missing,
    and never changed after that. What only you can say
    stands in the report as a marked place until you have written it there.

    \b
    Example:
      qmethod report my-analysis
      qmethod report my-analysis --formats html,docx,xlsx,pdf,md,sheet --study data
      qmethod report my-analysis --check
      qmethod report my-analysis --formats html --named
      qmethod report my-analysis --language es
    """  # noqa: D301 - click reads \b
    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_analysis.commands.summary import print_change, print_unused
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.listing import NAMED, UNNAMED, read_listing
    from qmethod_analysis.recipe.texts import FILE_NAME
    from qmethod_analysis.report.figure_files import FOLDER as FIGURES
    from qmethod_analysis.report.folder import write_report
    from qmethod_analysis.report.plain_svg import has_letters

    folder = Path(analysis)
    if check:
        _check(folder)
        return
    with working("Reading") as step:
        done = write_report(folder, formats, study=study, named=named, paper=paper, language=language, progress=step)
    if wants_json():
        refused = None if done.refused is None else str(done.refused)
        files = [*done.files, *([FILE_NAME] if done.new_texts else [])]
        answer({**files_in(folder, files, done.change), "checklist": dict(done.checklist), "refused": refused})
    figures = [name for name in done.files if name.startswith(f"{FIGURES}/")]
    for name in done.files:
        if name not in figures:
            say(f"Written: {folder / name}")
    if figures:
        say(f"Written: {folder / FIGURES}, {counted(len(figures) // 2, 'figure')} as SVG and PNG with their captions")
    print_change(done.change, folder)
    print_unused(folder)
    states = ", ".join(f"{n} {state}" for state, n in done.checklist.items())
    say(f"Checklist: {states}. Your texts go into {folder / FILE_NAME}{', which is new' if done.new_texts else ''}.")
    if named:
        say("These files name participants. Without --named they name nobody.")
    else:
        say("In these files participants are numbered anew. Other files of the folder may name them.")
        listing = read_listing(folder)
        earlier = {part.name for part in listing.parts if part.command in (NAMED, UNNAMED)} if listing else set()
        for name in sorted({name for one in FORMATS if (folder / (name := f"report.{one}")).is_file()} | earlier):
            if name not in done.files and name != FILE_NAME:
                say(f"From before, and not looked at: {folder / name}")
    bitmaps = [where for one, where in (("docx", "report.docx"), ("figures", f"{FIGURES}/*.png")) if one in formats]
    if bitmaps and not has_letters():
        where = " and ".join(bitmaps)
        click.echo(f"This machine has no font: the pictures in {where} have no words. Install one, for example fonts-dejavu-core.", err=True)
    if done.refused is not None:
        raise done.refused
    if any(reading is not None for reading in done.loaded.interpretation.readings):
        next_steps(("publish", folder, *(("--study", study) if study else ()), "--out", folder.with_name(f"{folder.resolve().name}-site")))


def _check(folder: Path) -> None:
    """Say whether the researcher's texts can be used as they are; their faults are raised."""
    from qmethod_analysis.commands.speaking import answer, say, wants_json
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.recipe.citations import checked_texts
    from qmethod_analysis.recipe.texts import FILE_NAME

    there = (folder / FILE_NAME).is_file()
    checked_texts(folder, read_solution(folder))
    if wants_json():
        answer({"file": FILE_NAME if there else None, "faults": 0})
    say(f"No fault in {folder / FILE_NAME}." if there else f"There is no {folder / FILE_NAME}.")
