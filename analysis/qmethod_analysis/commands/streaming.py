"""``qmethod analyse --stream``: sorts that do not fit into memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Executor

_NOT_IN_CHUNKS = {
    "rotate": "--rotate",
    "flags": "--flags",
    "target": "--target",
    "n_replicates": "--bootstrap",
    "study": "--study",
    "people": "--people",
    "people_id": "--people-id",
    "language": "--language",
}
_FIRST_CONVERTED = (
    *("encoding", "condition", "wave", "exclude", "exclude_participant"),
    *("columns", "id", "skip", "codes", "missing_code", "sheet", "header"),
)
"""What `convert` takes, which writes a table to be read in chunks: it needs room for the sorts, and none for how they go together."""


def analyse_streamed(given: dict[str, Any]) -> None:
    """Analyse as the options of ``qmethod analyse`` say, in chunks.

    Parameters
    ----------
    given : dict
        All parameters of the command.

    Raises
    ------
    PolicyError
        If there are options that need all sorts at once.
    DataError
        If the sorts cannot be analysed.
    """
    from qmethod.errors import PolicyError
    from qmethod.policies import Policies
    from qmethod.streaming.pipeline import check_policies
    from qmethod_analysis.commands.conventions import given_policies
    from qmethod_analysis.commands.receiving import is_received
    from qmethod_analysis.commands.speaking import next_steps, wants_json
    from qmethod_analysis.commands.summary import answer_solution, print_change, print_summary
    from qmethod_analysis.commands.working import working
    from qmethod_analysis.folder.listing import listing_of, recipe_hash
    from qmethod_analysis.folder.writing import check_folder, check_recipe
    from qmethod_analysis.recipe.recipe import FILE_NAME, Input, Recipe
    from qmethod_analysis.recipe.sources import place_input, with_hashes
    from qmethod_analysis.runs import streamed
    from qmethod_studies import library

    if wrong := [option for key, option in _NOT_IN_CHUNKS.items() if given[key]]:
        raise PolicyError(f"{', '.join(wrong)} cannot be used with --stream; analyse a sample of the sorts that fits into memory")
    if is_received(given["sorts"]):
        raise PolicyError("`--stream` reads the sorts more than once, and what comes through a pipe can be read once; name a file")
    if not Path(given["sorts"]).exists() and given["sorts"].lower() in library.names():
        raise PolicyError(f"`--stream` reads a file, and {given['sorts']} is the name of a study that ships with sorts; leave `--stream` out")
    if wrong := [key for key in _FIRST_CONVERTED if (not given[key] if key == "header" else given[key])]:
        raise PolicyError(_converted_first(given, wrong))
    policies = Policies.preset(given["preset"], **given_policies(given))
    check_policies(policies)
    path, here = Path(given["sorts"]), Path()
    out: Path = given["out"] or Path(f"{path.name.removesuffix('.gz').rpartition('.')[0] or path.name}-analysis")
    check_folder(out, overwrite=given["overwrite"])
    asked = Input(path=os.fspath(path), statements=os.fspath(given["statements"] or ""), layout=given["layout"] or "", grid=given["grid"] or "")
    recipe = Recipe(asked, given["factors"], policies, names=given["names"], title=given["title"], notes=given["notes"], stream=True)
    with working("Reading") as step, cluster(given["dask"]) as executor:
        source = streamed.open_input(asked, here)
        said: tuple[str, ...] = ()
        if not asked.statements and (beside := _wording_beside(path, source.statements)):
            asked = replace(asked, statements=os.fspath(beside))
            recipe = replace(recipe, input=asked)
            said = (f"Statement texts were taken from {beside.name}, which lies beside the sorts.",)
        placed, along = place_input(with_hashes(asked, source, here), here, out, copy_sorts=False)
        moved = replace(recipe, input=placed)
        along[FILE_NAME] = moved.to_toml().encode()
        check_recipe(out, recipe_hash(along), overwrite=given["overwrite"])
        solution, change = streamed.analyse(recipe, source, here, out, along, step, executor)
    if wants_json():
        answer_solution(solution, out, (part.name for part in listing_of(out).parts), change, said)
    print_summary(solution, moved, out, said)
    print_change(change, out)
    next_steps(("run", out / FILE_NAME))


def _converted_first(given: Mapping[str, Any], wrong: Sequence[str]) -> str:
    """How to come to a table that is read in chunks, where options choose from another one."""
    from qmethod_analysis.commands.table_options import selecting_words
    from qmethod_analysis.words.shell import command_line

    path = Path(given["sorts"])
    plain = Path(f"{path.name.split('.')[0]}-plain.csv")
    words: list[str | Path] = ["convert", path, plain, "--to", "csv-participants", *selecting_words(given)]
    for key in ("grid", "layout", "encoding", "condition", "wave", "exclude"):
        words += [f"--{key}", str(given[key])] if given[key] else []
    words += [word for who, why in given["exclude_participant"] for word in ("--exclude-participant", f"{who}={why}")]
    named = ", ".join("--no-header" if key == "header" else f"--{key.replace('_', '-')}" for key in wrong)
    return f"{named} cannot be used with --stream. Write a table that needs no such option: {command_line(words)}; then analyse {plain} with --stream"


def _wording_beside(sorts: Path, statements: tuple[str, ...]) -> Path | None:
    """The file statements.csv beside the sorts, if it words them all."""
    from qmethod.errors import DataError
    from qmethod.formats.wordings import attach, read_wordings

    beside = sorts.with_name("statements.csv")
    if not beside.is_file() or beside == sorts:
        return None
    try:
        return beside if all(attach(read_wordings(beside), statements)[0]) else None
    except DataError:
        return None


@contextmanager
def cluster(address: str | None) -> Iterator[Executor | None]:
    """The workers of a dask cluster; None without an address.

    Raises
    ------
    QMethodError
        If dask.distributed is not installed, or nobody answers.
    """
    if not address:
        yield None
        return
    from qmethod.errors import QMethodError

    try:
        from distributed import Client as Connect
    except ImportError:
        raise QMethodError('dask is not installed here: pip install "qmethod[cluster]"') from None
    try:
        client: Any = Connect(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise QMethodError(f"no dask scheduler answers at {address!r}: {error}") from None
    with client:
        yield client.get_executor()
