"""``qmethod convert``: sorts, or a solution, in the format of another program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from qmethod.literals import WrittenFormat
from qmethod_analysis.commands.options import ANALYSIS_OR_SORTS, Written, overwrite_option, sorts_options, voice_options
from qmethod_analysis.commands.people import exclude_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qmethod.data import QData
    from qmethod.errors import Fault
    from qmethod.formats.conversion import Planned
    from qmethod.solution import QSolution


@click.command("convert", cls=PlainCommand)
@click.argument("sorts", type=ANALYSIS_OR_SORTS, metavar="ANALYSIS|SORTS")
@click.argument("out", type=Written(path_type=Path), metavar="OUT")
@click.option("--to", type=click.Choice(get_args(WrittenFormat)), help="The format. [default: told by how the name of OUT ends]")
@overwrite_option
@sorts_options
@exclude_options
@voice_options
def command(sorts: str, out: Path, to: WrittenFormat | None, overwrite: bool, **given: Any) -> None:
    """Write sorts in the format of another program.

    SORTS is a file, a folder with a file for each person, the folder of an export, the name of a study that ships with sorts, or - for standard
    input; ANALYSIS the folder that qmethod analyse wrote. OUT is the file to write: PQMethod (.dat), CSV (.csv), JSON (.json), KADE (.zip, .xlsx),
    Parquet (.parquet), R (.R), SPSS (.sav, .sps), Stata (.dta), and of an analysis a listing like that of PQMethod (.lis). What the format cannot
    hold is told; names that had to be changed, and wordings that are not in it, stand in files beside it.

    \b
    Example:
      qmethod convert sorts.csv sorts.dat
      qmethod convert climate climate.zip
      qmethod convert sorts.xlsx long.csv --to csv-long
      qmethod convert my-analysis my-analysis.lis
    """  # noqa: D301 - click reads \b
    from qmethod.data import QData
    from qmethod.formats.conversion import plan
    from qmethod.formats.putting import place
    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import answer, next_steps, say, wants_json

    what, read_as, out_of_it = _read(sorts, given)
    planned = plan(what, out, to)
    check_places(planned, overwrite=overwrite)
    place(planned.files)
    written, notices = [str(path) for path in planned.files], planned.made.notices
    if wants_json():
        told = [{"code": n.code, "message": n.message, "participants": list(n.participants), "statements": list(n.statements)} for n in notices]
        answer({"read_as": read_as, "format": planned.writer.key, "written": written, "left_out": list(out_of_it), "notices": told})
    data = what if isinstance(what, QData) else what.data
    say(f"{counted(data.n_sorts, 'sort')} of {counted(data.n_statements, 'statement')}, read as {read_as} and written as {planned.writer.name}.")
    say(*(f"  - {message}" for message in (*out_of_it, *(notice.message for notice in notices))))
    say(f"Written: {', '.join(written)}")
    if (words := _again(planned)) is not None:
        next_steps(words)


def _read(sorts: str, given: Mapping[str, Any]) -> tuple[QData | QSolution, str, tuple[str, ...]]:
    """What is to be written, what it was taken for, and who was left out."""
    from qmethod.errors import PolicyError
    from qmethod_analysis.commands.people import without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.folder.loaded import load
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.recipe.sources import read_input

    if (Path(sorts) / FILE_NAME).is_file():
        if given["exclude"] or given["exclude_participant"]:
            raise PolicyError("`--exclude` leaves sorts out before an analysis is made: give it to qmethod analyse")
        return load(sorts).solution, "an analysis", ()
    data = read_input(asked_for(sorts, given).input, Path())
    kind = data.origin().kind
    data, said = without_excluded(data, given)
    return data, kind, said


def check_places(planned: Planned, *, overwrite: bool) -> None:
    """Refuse to replace what is no earlier file of this kind, and an earlier one but on purpose.

    Parameters
    ----------
    planned : Planned
    overwrite : bool
        Whether an earlier file may go.

    Raises
    ------
    DataError
        Naming every file that is in the way.
    """
    from qmethod.errors import DataError

    first = next(iter(planned.files))
    mark = planned.writer.ours
    marked = mark is not None and first.is_file() and mark(first.read_bytes())
    faults = [fault for path, content in planned.files.items() if (fault := _in_the_way(planned, path, content, marked=marked, overwrite=overwrite))]
    if faults:
        raise DataError(faults)


def _in_the_way(planned: Planned, path: Path, content: bytes, *, marked: bool, overwrite: bool) -> Fault | None:
    """What speaks against writing a file; what stands beside one is of whoever wrote that."""
    from dataclasses import replace

    from qmethod.errors import Fault, Setting
    from qmethod_analysis.folder.renewing import ELSEWHERE, OUT, file_fault

    fault = file_fault(path, content, f"file of {planned.writer.name}", lambda _there: marked, overwrite=overwrite)
    if fault is None and path.exists() and not path.is_file():
        fault = Fault("this is no ordinary file; nothing was written", file=str(path), advice=ELSEWHERE, settings=(OUT,))
    if fault is None:
        return None
    if planned.writer.ours is None and path.is_file():
        message = f"something else is here, and no {planned.writer.name} says who wrote it; nothing was written"
        fault = Fault(message, file=str(path), advice=f"{ELSEWHERE[:-1]}, or remove it yourself.", settings=(OUT,))
    return replace(fault, settings=tuple(Setting(OUT.name, command="OUT") if setting == OUT else setting for setting in fault.settings))


def _again(planned: Planned) -> tuple[str | Path, ...] | None:
    """The command that looks into what was written; None where the format is not read."""
    from qmethod.data import QData
    from qmethod.errors import DataError
    from qmethod.formats.registry import Content, recognise
    from qmethod.formats.writer import statements_beside

    first = next(iter(planned.files))
    carried = planned.made.carried
    if not isinstance(carried, QData):
        return None
    try:
        form, _ = recognise(Content(str(first)))
    except DataError:
        return None
    if form.told_by == "elimination" and ".csv" not in planned.writer.endings:  # commands for another program are no table
        return None
    beside = first.with_name(f"{first.stem}{statements_beside(planned.writer)}")
    worded = ("--statements", beside) if beside in planned.files and not any(carried.texts) else ()
    return ("inspect", first, *worded)
