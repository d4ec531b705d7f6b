"""``qmethod backup``: a copy of the responses, while people sort."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import STUDY, database_option, overwrite_option, voice_options
from qmethod_analysis.commands.passphrases import Passphrase, passphrase_option
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod_studies.store import Header, Keys

START = b'{"qmethod backup":'
"""How the file of a backup begins."""


@click.command("backup", cls=PlainCommand)
@click.argument("study", required=False, type=STUDY, metavar="[STUDY]")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    required=True,
    metavar="FILE",
    help="File to write; - for standard output.",
)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File for the copy of the keys, written anew each time. [default: backup.keys beside FILE, or STUDY.keys]",
)
@click.option("--encrypt", is_flag=True, help="Encrypt the backup and the copy of the keys with a passphrase.")
@passphrase_option
@overwrite_option
@database_option
@voice_options
def command(
    study: str | None, out: Path, keys: Path | None, encrypt: bool, passphrase_file: Path | None, database: str | None, overwrite: bool
) -> None:
    """Copy the responses into one file, while people sort.

    Without STUDY it is the whole database: every study with its responses, events and invitations. With STUDY it is that one, so that qmethod restore
    can add it to another database. STUDY is the short name of a study in the database, a folder with study.yaml, or the folder of an export.

    The backup is the database at one moment: all that was saved before is in it. It fits SQLite and PostgreSQL alike. What people wrote and how they
    are called can be read in it with the keys only, which go into a file of their own. Keep one copy of the keys, the newest: whoever has withdrawn
    is then forgotten by all backups.

    \b
    Example:
      qmethod backup --out monday.backup
      qmethod backup leadership --out leadership.backup
      qmethod backup --encrypt --out monday.backup
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.export import study_name
    from qmethod_analysis.commands.speaking import answer, next_steps, say, wants_json
    from qmethod_analysis.commands.working import working
    from qmethod_studies.store import DEFAULT_URL, backup
    from qmethod_studies.store.sealing import check_passphrase

    url = database or DEFAULT_URL
    name = None if study is None else study_name(study, [])
    if str(out) == "-" and wants_json():
        raise click.UsageError("--json goes with a file: with --out - the backup itself is on standard output")
    if str(out) == "-" and keys is None:
        raise click.UsageError("with --out - the file for the copy of the keys is to be named: --keys FILE")
    if passphrase_file is not None and not encrypt:
        raise click.UsageError("--passphrase-file goes with --encrypt")
    passphrase = Passphrase(passphrase_file, anew=True) if encrypt else None
    if passphrase is not None:
        check_passphrase(passphrase.say())  # before the first byte
    if str(out) == "-" and keys is not None:
        with _sealed(sys.stdout.buffer, passphrase) as stream:
            copied = backup(url, stream, name).keys
        _copy_keys(keys, copied, passphrase)
        return
    beside = keys if keys is not None else out.with_name(keys_name(name))
    with working("Copying the responses"), _new_file(out, overwrite=overwrite) as file:
        with _sealed(file, passphrase) as stream:
            header, copied = backup(url, stream, name)
        _copy_keys(beside, copied, passphrase)
    if wants_json():
        answer({**told(header), "encrypted": encrypt, "written": [str(out), str(beside)]})
    say(f"Written: {out} ({held(header)}), {'encrypted, ' if encrypt else ''}readable by you only.")
    say(f"Written: {beside}, the keys, without which nobody reads what people wrote in it. Keep this one copy of them, and no earlier one.")
    if encrypt:
        say("Without the passphrase nobody reads either. It is kept nowhere here.")
    next_steps(("restore", out, "--check", *(() if passphrase_file is None else ("--passphrase-file", passphrase_file))))


def held(header: Header) -> str:
    """What is in a backup, in words.

    Parameters
    ----------
    header : Header
    """
    from qmethod.wording import counted, listed

    if not header.studies:
        return "no study"
    return listed([f"{name} with {counted(n, 'response')}" for name, n in header.studies.items()])


def told(header: Header) -> dict[str, Any]:
    """What is in a backup, in JSON's types.

    Parameters
    ----------
    header : Header
    """
    return {"made": header.made, "version": header.version, "database": header.database, "study": header.study, "studies": header.studies}


def keys_name(study: str | None) -> str:
    """What the copy of keys beside a backup is called; the same each time, so that there is one."""
    return f"{study or 'backup'}.keys"


@contextmanager
def _sealed(file: IO[bytes], passphrase: Passphrase | None) -> Iterator[IO[bytes]]:
    """A file, or what is to be written into it encrypted."""
    from qmethod_studies.store.sealing import SealedWriter

    if passphrase is None:
        yield file
        return
    writer = SealedWriter(file, passphrase.say())
    yield writer  # type: ignore[misc]
    writer.finish()


def _copy_keys(path: Path, keys: Keys, passphrase: Passphrase | None) -> None:
    """Write the copy of keys in the place of the one before, whose withdrawn keys go with it.

    Raises
    ------
    DataError
        If a file of something else is there, or keys of another database, which no backup would give back; or where it cannot be known whose they
        are.
    """
    from qmethod.errors import DataError, Fault, Setting
    from qmethod_studies.store import read_keys, write_keys
    from qmethod_studies.store.sealing import is_sealed

    if path.exists():
        content = path.read_bytes()
        if is_sealed(content) and passphrase is None:
            what, advice = "the copy of keys that is here is encrypted; nothing was written", "Add --encrypt, or name another file with --keys."
            raise DataError([Fault(what, file=str(path), advice=advice)])
        if passphrase is not None:
            content = passphrase.opened(io.BytesIO(content), str(path)).read()
        earlier = read_keys(content, str(path))
        if not earlier.keys.keys() <= keys.keys.keys() | keys.withdrawn.keys():
            what = "the copy of keys that is here has others, which this database does not need; nothing was written"
            advice = "Name another file with --keys: backups of the other database need this one."
            raise DataError([Fault(what, file=str(path), advice=advice, settings=(Setting("keys", call="`--keys`"),))])
    with _private(path) as file, _sealed(file, passphrase) as stream:
        stream.write(write_keys(keys))


@contextmanager
def _new_file(path: Path, *, overwrite: bool) -> Iterator[IO[bytes]]:
    """A file for its owner only that takes its name when it is whole and on the disk. An earlier backup goes then, where it may."""
    from qmethod.errors import DataError
    from qmethod_analysis.folder.renewing import earlier, foreign
    from qmethod_studies.store.sealing import SEALED_START

    if path.exists():
        with path.open("rb") as there:
            beginning = there.read(max(len(START), len(SEALED_START)))
        ours = beginning.startswith((START, SEALED_START))
        if not ours:
            raise DataError([foreign("backup", path)])
        if not overwrite:
            raise DataError([earlier("backup", path, otherwise=False)])
    with _private(path) as file:
        yield file


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A file for its owner only that takes its name when it is whole and on the disk."""
    from qmethod.formats.putting import settle

    path.parent.mkdir(parents=True, exist_ok=True)
    number, made = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)
        settle(path.parent)
    except OSError as error:
        if error.filename in (None, made):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
    finally:
        Path(made).unlink(missing_ok=True)
