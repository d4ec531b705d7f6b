"""``qmethod export``: responses out of the database, as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from qmethod_analysis.commands.options import STUDY, Written, database_option, out_option, overwrite_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand

DATED = ("README.txt", "study.json")
"""Files of an export that name the moment at which it was written."""


@click.command("export", cls=PlainCommand)
@click.argument("study", type=STUDY, metavar="STUDY")
@out_option("Folder to write to", required=True)
@overwrite_option
@database_option
@click.option(
    "--study-version", type=click.IntRange(1, 1_000_000), metavar="N", help="Version of the study. [default: the newest one with submitted responses]"
)
@click.option("--include-simulated", is_flag=True, help="Put simulated responses in too; every file says which they are.")
@click.option("--exact-times", is_flag=True, help="Tell moments and durations to the millisecond; without it days and whole minutes.")
@click.option(
    "--addresses",
    type=Written(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the e-mail addresses that people gave to a new file of their own, in alphabetical order; none stands beside a sort unless its "
    "question says so.",
)
@voice_options
def command(
    study: str,
    out: Path,
    database: str | None,
    study_version: int | None,
    include_simulated: bool,
    exact_times: bool,
    addresses: Path | None,
    overwrite: bool,
) -> None:
    """Write the responses to a study into files, for analysis.

    STUDY is the short name of a study in the database, a folder with study.yaml, or the folder of an earlier export. Written are the sorts (CSV and
    PQMethod), placements, answers, comments, consents, every act, a codebook, and all of it once more as study.json. Only submitted
    responses are in the files of sorts. Where people give several sorts, those of each condition and wave stand in a file of their own too.

    Times are told as days and whole minutes, so that nobody is known by when they took part.

    \b
    Example:
      qmethod export leadership --out data
      qmethod analyse data/sorts.csv --factors 4
    """  # noqa: D301 - click reads \b
    from qmethod.formats.putting import write_through
    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_analysis.folder.staging import passing
    from qmethod_studies.export import addresses as apart
    from qmethod_studies.export import collect, export_into
    from qmethod_studies.store import DEFAULT_URL, Store

    check_folder(out)
    check_new(addresses, out)
    with Store.open(database or DEFAULT_URL, must_exist=True) as store, passing(out) as place:
        name = study_name(study, store.names())
        with store.still():
            collected = collect(store, name, study_version, include_simulated=include_simulated, exact=exact_times)
            made = export_into(place, collected)
            told = apart(collected) if addresses is not None else b""
        check_earlier(out, made.files, overwrite=overwrite)
        write(out, made.files)
        if addresses is not None:
            write_through(addresses, told, 0o600)
    version, submitted, everybody = collected.study.version, len(collected.submitted), len(collected.entries)
    if wants_json():
        values = {"study": collected.study.study, "version": version, "submitted": submitted, "responses": everybody, "notes": list(made.notes)}
        answer({**values, **files_in(out, list(made.files))})
    say(f"{counted(submitted, 'submitted response')} to version {version} of {collected.study.study}, {everybody} in all.", *made.notes)
    say(f"Written: {out} ({len(made.files)} files; README.txt says what they are)")
    if "sorts.csv" in made.files:
        next_steps(("inspect", out), ("retain", out))


def is_definition(study: str) -> bool:
    """Whether a text leads to a definition in files: a folder with ``study.yaml``, that file, or the folder of an export."""
    return Path(study).is_file() or any(Path(study, name).is_file() for name in ("study.yaml", "study.json"))


def study_name(study: str, known: Sequence[str]) -> str:
    """The short name of a study: as given, or that of the definition it leads to.

    Parameters
    ----------
    study : str
        A short name, a folder with ``study.yaml``, that file, or the folder of an export.
    known : sequence of str
        The names in the database: capitals make no difference.
    """
    if not is_definition(study):
        return study.lower() if study not in known and study.lower() in known else study
    from qmethod_studies.loading import load

    return load(study).study


def check_new(addresses: Path | None, folder: Path) -> None:
    """Refuse to write addresses over a file, or among sorts.

    Raises
    ------
    DataError
    """
    from qmethod.errors import DataError, Fault

    if addresses is not None and addresses.resolve().parent == folder.resolve():
        advice = "Choose a place outside of the export, which others may get to see."
        raise DataError([Fault("addresses do not belong beside sorts", file=str(addresses), advice=advice)])
    if addresses is not None and (addresses.exists() or addresses.is_symlink()):
        raise DataError([Fault("something is there already", file=str(addresses), advice="Choose another name, or remove it.")])


def check_folder(folder: Path) -> None:
    """Refuse to write among other files.

    Raises
    ------
    DataError
        If the folder is a file, or holds anything but an earlier export.
    """
    from qmethod.errors import DataError, Fault
    from qmethod_analysis.folder.renewing import ELSEWHERE, OUT, foreign
    from qmethod_analysis.folder.staging import finish, is_passing
    from qmethod_studies.export_guide import is_of_export

    if folder.exists() and not folder.is_dir():
        raise DataError([Fault("this is a file; an export is written into a folder", file=str(folder), advice=ELSEWHERE, settings=(OUT,))])
    finish(folder)
    there = sorted(path.name for path in folder.iterdir() if not is_passing(path)) if folder.is_dir() else []
    other = [name for name in there if not is_of_export(name)]
    if other or (there and "study.json" not in there):
        raise DataError([foreign("export", folder, other or there)])


def check_earlier(folder: Path, files: Mapping[str, Path], *, overwrite: bool) -> None:
    """Refuse to replace an earlier export that is not the same, the time of writing apart.

    Parameters
    ----------
    folder : pathlib.Path
    files : mapping of str to pathlib.Path
        To be written.
    overwrite : bool
        Whether the earlier one may go.

    Raises
    ------
    DataError
    """
    from qmethod.errors import DataError
    from qmethod_analysis.folder.renewing import earlier
    from qmethod_analysis.folder.staging import file_digest, is_passing

    there = {path.name: path for path in folder.iterdir() if not is_passing(path)} if folder.is_dir() else {}
    same = there.keys() == files.keys() and all(file_digest(there[name]) == file_digest(path) for name, path in files.items() if name not in DATED)
    if there and not same and not overwrite:
        raise DataError([earlier("export", folder)])


def write(folder: Path, files: Mapping[str, Path]) -> None:
    """Write all files or none, for the owner only.

    Parameters
    ----------
    folder : Path
        What is in it is replaced.
    files : mapping of str to pathlib.Path
    """
    from qmethod_analysis.folder import writing
    from qmethod_analysis.folder.staging import is_passing

    there = [path.name for path in folder.iterdir() if not is_passing(path)] if folder.is_dir() else []
    writing.write(folder, files, private=True, gone=[name for name in there if name not in files])
