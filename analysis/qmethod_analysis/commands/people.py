"""Options about the people who sorted: what is known of them, and who is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import FILE, together

if TYPE_CHECKING:
    from qmethod.data import QData

people_options = together(
    click.option(
        "--people",
        type=FILE,
        metavar="FILE",
        help="What is known of the participants: a table (CSV, Excel, SPSS, Stata, R) with a row for each, joined by their names in the sorts.",
    ),
    click.option("--people-id", metavar="COLUMN", help="The column of --people with the names. [default: found by its header and cells]"),
)
"""What is known of the participants, for every command that tells of them."""


def _pairs(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """``"p7=stopped half way"`` to ``("p7", "stopped half way")``."""
    found = []
    for value in values:
        name, equals, reason = value.partition("=")
        if not equals or not name.strip() or not reason.strip():
            raise click.BadParameter(f'{value!r} is not a participant and a reason such as p7="stopped half way"')
        found.append((name.strip(), reason.strip()))
    return tuple(found)


exclude_options = together(
    click.option("--exclude", type=FILE, metavar="FILE", help="Table with participant,reason: sorts that are left out, each with why."),
    click.option("--exclude-participant", callback=_pairs, multiple=True, metavar="ID=REASON", help="Leave one sort out, and say why. Repeatable."),
)
"""Who is left out, for every command that analyses sorts."""


def check_people(given: Mapping[str, Any]) -> None:
    """Refuse a column of a table that was not given.

    Raises
    ------
    PolicyError
    """
    from qmethod.errors import PolicyError

    if given.get("people_id") and not given.get("people"):
        raise PolicyError("`--people-id` names a column of the table that `--people FILE` gives: give that too")


def without_excluded(data: QData, given: Mapping[str, Any]) -> tuple[QData, tuple[str, ...]]:
    """The sorts without those that options of a command leave out, and what there is to say about that.

    Parameters
    ----------
    data : QData
    given : mapping
        Parameters of the command, those of `exclude_options` among them.

    Raises
    ------
    DataError
        As `qmethod.exclude` does.
    """
    if not given["exclude"] and not given["exclude_participant"]:
        return data, ()
    from qmethod.formats.exclusions import exclude
    from qmethod.wording import counted, listed

    kept = exclude(data, given["exclude"]) if given["exclude"] else data
    kept = exclude(kept, given["exclude_participant"])
    out = [f"{one.participant} ({one.reason})" for one in kept.excluded if one.by_hand]
    return kept, (f"Of {counted(data.n_sorts, 'sort')} {len(out)} left out, as you asked: {listed(out, 12)}.",)
