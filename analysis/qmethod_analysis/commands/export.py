"""``qmethod export``: responses out of the database, as files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click


@click.command("export")
@click.argument("study", metavar="STUDY")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write. It must not be there, or be empty.")
@click.option(
    "--database",
    envvar="QMETHOD_DATABASE",
    metavar="URL",
    help="Where the responses are; also read from QMETHOD_DATABASE. [default: sqlite:///qmethod-responses.sqlite3, in this folder]",
)
@click.option(
    "--study-version", type=click.IntRange(min=1), metavar="N", help="Version of the study. [default: the newest one with submitted responses]"
)
@click.option("--include-simulated", is_flag=True, help="Put simulated responses in too; every file says which they are.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier export in the same folder.")
def command(study: str, out: Path, database: str | None, study_version: int | None, include_simulated: bool, overwrite: bool) -> None:
    """Write the responses to a study into files, for analysis.

    STUDY is the short name of a study in the database, or a folder with study.yaml. Written are the sorts (CSV and PQMethod), placements,
    answers, comments, consents, every act with its time, a codebook, and all of it once more as study.json. Only submitted responses are in the
    files of sorts.

    \b
    Example:
      qmethod export leadership --out data
      qmethod analyse data/sorts.csv --factors 4
    """  # noqa: D301 - click reads \b
    from qmethod_studies.export import collect, export
    from qmethod_studies.export_guide import count
    from qmethod_studies.store import DEFAULT_URL, Store

    check_folder(out, overwrite)
    with Store.open(database or DEFAULT_URL, must_exist=True) as store:
        collected = collect(store, study_name(study), study_version, include_simulated=include_simulated)
    made = export(collected)
    write(out, made.files)
    version = collected.study.version
    click.echo(
        f"{count(len(collected.submitted), 'submitted response')} to version {version} of {collected.study.study}, {len(collected.responses)} in all."
    )
    for note in made.notes:
        click.echo(note)
    click.echo(f"Written: {out} ({len(made.files)} files; README.txt says what they are)")


def is_definition(study: str) -> bool:
    """Whether a text leads to a definition in files: a folder with ``study.yaml``, or that file."""
    return Path(study).is_file() or Path(study, "study.yaml").is_file()


def study_name(study: str) -> str:
    """The short name of a study: as given, or that of the definition it leads to.

    Parameters
    ----------
    study : str
        A short name, a folder with ``study.yaml``, or that file.
    """
    if not is_definition(study):
        return study
    from qmethod_studies.loading import load

    return load(study).study


def check_folder(folder: Path, overwrite: bool) -> None:
    """Refuse to write among other files.

    Raises
    ------
    DataError
        If the folder is a file, or holds anything, an earlier export excepted where `overwrite` is set.
    """
    from qmethod.errors import DataError, Fault
    from qmethod_studies.export_guide import ALL_FILES

    if folder.exists() and not folder.is_dir():
        raise DataError([Fault("this is a file; an export is a folder", file=str(folder), advice="Name another folder with --out.")])
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not there:
        return
    other = [name for name in there if name not in ALL_FILES]
    if other or "study.json" not in there:
        message = f"this folder holds other files ({', '.join((other or there)[:5])}); nothing was written"
        raise DataError([Fault(message, file=str(folder), advice="Name a new or empty folder with --out.")])
    if not overwrite:
        raise DataError(
            [Fault("an earlier export is here; nothing was written", file=str(folder), advice="Add --overwrite, or name another folder.")]
        )


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files or none: into a folder beside it first, which then takes its name. For the owner only.

    Parameters
    ----------
    folder : Path
        What is in it is replaced.
    files : mapping of str to bytes
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            path = new / name
            path.touch(mode=0o600)
            path.write_bytes(content)
        old = new.with_name(new.name + "-old")
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)
