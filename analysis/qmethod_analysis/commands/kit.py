"""``qmethod kit``: cards, board, score sheet and instructions of a study, to print."""

from __future__ import annotations

from pathlib import Path

import click

from qmethod_analysis.commands.options import STUDY, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.report.formats import PAPERS, PaperName


@click.command("kit", cls=PlainCommand)
@click.argument("study", type=STUDY, metavar="STUDY")
@out_option("Folder to write to", required=True)
@overwrite_option
@click.option("--language", metavar="CODE", help="Language of the study on cards and board. [default: its first one]")
@click.option("--paper", type=click.Choice(PAPERS), default="a4", show_default=True, help="Paper to print on.")
@voice_options
def command(study: str, out: Path, overwrite: bool, language: str | None, paper: PaperName) -> None:
    """Make cards, a board and sheets to sort with on a table.

    STUDY is a folder with study.yaml, the folder of an export, or the name of a study that ships with a definition. Written are PDFs: cards to
    cut out, the board on sheets to tape together, and a score sheet and instructions for each condition of instruction. Cards and board bear square
    marks, by which qmethod photo reads a sort from a photograph of the table. Print them at 100 %. This needs the extra pdf:
    pip install "qmethod[pdf]".

    \b
    Example:
      qmethod kit leadership --out kit
      qmethod kit leadership --out kit-ar --language ar --paper letter
    """  # noqa: D301 - click reads \b
    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_analysis.folder.writing import write
    from qmethod_analysis.tabletop.kit import RECORD, check_folder, kit
    from qmethod_studies.loading import find, load

    definition = load(find(study))
    made = kit(definition, language or "", paper)
    check_folder(out, made.files, overwrite=overwrite)
    write(out, made.files)
    size = f"{made.board.wide / 10:.0f} x {made.board.high / 10:.0f} cm"
    if wants_json():
        answer({**files_in(out, list(made.files)), "sheets": made.sheets, "board_mm": [made.board.wide, made.board.high], "notes": list(made.notes)})
    for name in made.files:
        sheets = f" ({counted(made.sheets[name], 'sheet')})" if name in made.sheets else ""
        say(f"Written: {out / name}{sheets if name != RECORD else ' (which mark stands on which card)'}")
    say(f"The board is {size}. Print all at 100 %, not fitted to the page.", *made.notes)
    where = study if not Path(study).exists() else Path(study)
    next_steps(("photo", where, "photograph.jpg", "--out", "sorts.csv"))
