"""``qmethod photo``: sorts from photographs of tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import STUDY, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod.errors import Fault
    from qmethod_analysis.tabletop.reading import Reading
    from qmethod_studies.definition import Study


@click.command("photo", cls=PlainCommand)
@click.argument("study", type=STUDY, metavar="STUDY")
@click.argument("images", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="IMAGE...")
@out_option("CSV of sorts to write, or to add to", required=True, metavar="FILE")
@overwrite_option
@click.option("--participant", multiple=True, metavar="ID", help="Whose sort it is, once for each IMAGE in their order. [default: name of the file]")
@voice_options
def command(study: str, images: tuple[Path, ...], out: Path, overwrite: bool, participant: tuple[str, ...]) -> None:
    """Read sorts from photographs of tables.

    STUDY is the study whose kit was on the table (qmethod kit). Each IMAGE, a JPEG or PNG file, shows one whole board with its four corner marks.
    What comes out is a sort with each card in one column, as many as the grid says; such sorts are added to FILE. Where a card is missing, lies there
    twice or between two columns, no sort is written: the board is drawn beside FILE, with what was read and what is missing, and the exit status is
    2. This needs the extra photo: pip install "qmethod[photo]".

    \b
    Example:
      qmethod photo leadership ana.jpg ben.jpg --out sorts.csv
      qmethod photo leadership IMG_0042.jpg --participant ana --out sorts.csv
    """  # noqa: D301 - click reads \b
    from qmethod.errors import DataError
    from qmethod.formats.putting import place
    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.tabletop.collecting import added, adding_to, as_csv, earlier_sorts
    from qmethod_analysis.tabletop.drawn import drawn
    from qmethod_analysis.tabletop.photographs import missing
    from qmethod_studies.loading import find, load

    names = _participants(images, participant)
    lacking = missing()
    if lacking is not None:
        raise lacking
    definition = load(find(study))
    earlier_sorts(definition, out)  # refused before photographs are read in vain
    with working("Reading") as step:
        readings = []
        for image, name in zip(images, names, strict=True):
            step(f"reading {image.name}")
            readings.append(_read(definition, image, name))
    sorts = {name: one.values for name, (one, _) in zip(names, readings, strict=True) if one is not None and not one.faults}
    faults = [fault for _, found in readings for fault in found]
    files: dict[str, bytes] = {}
    boards = {_board_name(names, n): drawn(definition, one) for n, (one, _) in enumerate(readings) if one is not None and one.faults}
    _check_boards(out.parent, boards, overwrite=overwrite)
    with adding_to(out):
        if sorts:
            files[out.name] = as_csv(added(definition, out, earlier_sorts(definition, out), sorts, overwrite=overwrite))
        place({out.parent / name: content for name, content in (files | boards).items()})
    if wants_json():
        told = [_told(definition, *one) for one in zip(images, names, readings, strict=True)]
        answer({**files_in(out.parent, list(files | boards)), "photographs": told})
    for name in sorts:
        say(f"{name}: all {counted(len(definition.ids), 'card')} read, each in its column.")
    if sorts:
        say(f"Written: {out} ({counted(len(sorts), 'sort')} read now)")
    for name in boards:
        say(f"Drawn: {out.parent / name} (what was read, and what is missing)")
    if faults:
        raise DataError(faults)
    next_steps(("inspect", out))


def _participants(images: Sequence[Path], given: Sequence[str]) -> tuple[str, ...]:
    """Whose sort each photograph shows."""
    if given and len(given) != len(images):
        raise click.BadParameter(f"{len(given)} for {len(images)} photographs; give one for each, or none", param_hint="--participant")
    names = tuple(given) or tuple(image.stem for image in images)
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        message = f"two photographs are of {double!r}; one shows a whole board, so give each its own participant"
        raise click.BadParameter(message, param_hint="--participant")
    return names


def _read(study: Study, image: Path, name: str) -> tuple[Reading | None, tuple[Fault, ...]]:
    """What a photograph shows, and what is wrong with it."""
    from qmethod.errors import DataError
    from qmethod_analysis.tabletop.photographs import grey
    from qmethod_analysis.tabletop.reading import read

    try:
        found = read(study, grey(image), str(image), name)
    except DataError as refused:
        return None, refused.faults
    return found, found.faults


def _board_name(names: Sequence[str], n: int) -> str:
    """The file of a drawn board; a number keeps those apart that would be called alike."""
    plain = [re.sub(r"[^\w.-]+", "_", name)[:80].strip(".") or "photograph" for name in names]
    return f"{plain[n]}{f'-{n + 1}' if plain.count(plain[n]) > 1 else ''}-board.svg"


def _check_boards(folder: Path, boards: dict[str, bytes], *, overwrite: bool) -> None:
    from qmethod.errors import DataError
    from qmethod_analysis.folder.renewing import file_fault
    from qmethod_analysis.tabletop.drawn import MADE_BY

    found = [
        fault
        for name, content in boards.items()
        if (fault := file_fault(folder / name, content, "drawn board", lambda there: MADE_BY.encode() in there, overwrite=overwrite)) is not None
    ]
    if found:
        raise DataError(found)


def _told(study: Study, image: Path, name: str, result: tuple[Reading | None, tuple[Fault, ...]]) -> dict[str, Any]:
    """What came of a photograph, in JSON's types."""
    reading, faults = result
    cards = [] if reading is None else [one for one in reading.cards if one.statement is not None]
    return {
        "file": str(image),
        "participant": name,
        "whole": not faults,
        "cards": [{"statement": study.ids[one.statement], "column": one.column} for one in cards if one.statement is not None],
        "missing": list(study.ids) if reading is None else [study.ids[i] for i in reading.missing(study)],
        "faults": [fault.message for fault in faults],
    }
