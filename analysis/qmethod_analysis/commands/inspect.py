"""``qmethod inspect``: what is in a file, before anything is analysed."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import SORTS, sorts_options, voice_options
from qmethod_analysis.commands.people import exclude_options, people_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from qmethod.data import QData

MEANS_SHOWN = 12


@click.command("inspect", cls=PlainCommand)
@click.argument("sorts", type=SORTS, metavar="SORTS")
@sorts_options
@people_options
@exclude_options
@voice_options
def command(sorts: str, **given: Any) -> None:
    """Say what is in a file of Q sorts, and what is odd about it.

    SORTS is a file, a folder with a file for each person, the folder of an export, the name of a study that ships with sorts, or - for standard
    input. Nothing is written.

    \b
    Example:
      qmethod inspect sorts.csv
      qmethod inspect climate --json
      qmethod inspect sorts.csv --people participants.xlsx
      gunzip -c sorts.csv.gz | qmethod inspect -
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.people import check_people, without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.commands.speaking import answer, next_steps, wants_json
    from qmethod_analysis.recipe.sources import read_input

    check_people(given)
    asked = asked_for(sorts, given)
    data, _ = without_excluded(read_input(asked.input, Path()), given)
    findings = inspect(data)
    if wants_json():
        answer(findings)
    _print(findings)
    if asked.words:
        out = [("--exclude", given["exclude"])] if given["exclude"] else []
        out += [("--exclude-participant", f"{name}={reason}") for name, reason in given["exclude_participant"]]
        next_steps(("retain", *asked.words, *chain.from_iterable(out)))


def inspect(data: QData) -> dict[str, Any]:
    """What is in the data and what is odd about them, in JSON's types.

    Parameters
    ----------
    data : QData
    """
    import numpy as np

    from qmethod.screening import screen, shared_by_most, strays

    origin, missing = data.origin(), data.missing
    off = data.off_grid()
    with np.errstate(invalid="ignore"):
        filled = np.where(missing, 0, data.sorts)
        seen = (~missing).sum(axis=0)
        means = filled.sum(axis=0) / np.maximum(seen, 1)
    notices = dict.fromkeys([*data.notices, *screen(data)])
    present = data.sorts[~missing]
    shared = data.grid if data.grid is not None else shared_by_most(data)
    off_shared = strays(data, shared) if shared is not None else ()
    return {
        "file": origin.name,
        "sha256": origin.sha256,
        "format": origin.kind,
        "n_statements": data.n_statements,
        "n_sorts": data.n_sorts,
        "n_texts": sum(1 for text in data.texts if text),
        "people": [{"name": one.name, "label": one.label, "n_known": sum(map(bool, one.values))} for one in data.people],
        "excluded": [{"participant": one.participant, "reason": one.reason} for one in data.excluded],
        "grid": str(data.grid) if data.grid is not None else None,
        "forced": data.grid is not None and not off,
        "off_grid": [data.participants[i] for i in off],
        "shared_grid": str(shared) if shared is not None else None,
        "strays": [
            {
                "participant": one.participant,
                "columns": [{"value": value, "has": has, "grid": wants} for value, has, wants in one.columns],
                "slipped": None if one.slipped is None else {"from": one.slipped[0], "to": one.slipped[1]},
                "difference": one.difference,
            }
            for one in off_shared
        ],
        "n_missing": int(missing.sum()),
        "lowest": float(present.min()) if present.size else None,
        "highest": float(present.max()) if present.size else None,
        "means": {name: float(mean) for name, mean, n in zip(data.participants, means, seen, strict=True) if n},
        "notices": [{"code": n.code, "message": n.message, "participants": list(n.participants), "statements": list(n.statements)} for n in notices],
    }


def _print(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from qmethod_analysis.commands.speaking import screen, show

    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    texts = f"{found['n_texts']} with their wording" if found["n_texts"] else "without wording"
    if found["forced"]:
        grid = f"{found['grid']}: every sort follows it"
    elif found["grid"]:
        grid = f"{found['grid']}: {len(found['off_grid'])} of {found['n_sorts']} sorts do not follow it"
    elif any(notice["code"] == "nearly-forced" for notice in found["notices"]):
        grid = "most sorts share a distribution, some do not; see below"
    else:
        grid = "the sorts share no distribution (a free distribution, or a grid to be given with --grid)"
    for key, value in (
        ("File", found["file"]),
        ("Format", found["format"]),
        ("SHA-256", found["sha256"]),
        ("Sorts", str(found["n_sorts"])),
        ("Statements", f"{found['n_statements']}, {texts}"),
        ("Placements", f"from {found['lowest']:g} to {found['highest']:g}, {found['n_missing']} missing" if found["lowest"] is not None else "none"),
        ("Grid", grid),
        ("Means", _means(found["means"])),
        *([("People", _known(found))] if found["people"] else []),
        *([("Left out", "; ".join(f"{one['participant']}: {one['reason']}" for one in found["excluded"]))] if found["excluded"] else []),
    ):
        rows.add_row(Text(key, style="bold"), Text(value))
    odd = Table.grid(padding=(0, 1))
    for notice in found["notices"]:
        odd.add_row("  -", Text(notice["message"]))
    with screen() as console:
        show(console, rows)
        console.print()
        if found["notices"]:
            console.print("Worth a look", style="bold")
            show(console, odd)
        else:
            console.print("Nothing odd was found.")
        if found["strays"]:
            console.print(f"\nSorts that do not follow {found['shared_grid']}", style="bold")
            show(console, _strays(found["strays"]))
            console.print("Nothing is repaired: look at the sheets and correct the file, or analyse the sorts as they are.")


def _known(found: dict[str, Any]) -> str:
    """What is known of the participants, and of how many where not of all."""
    n = found["n_sorts"]
    told = [(one["label"] or one["name"], one["n_known"]) for one in found["people"]]
    return ", ".join(title if known == n else f"{title} (of {known})" for title, known in told)


def _strays(found: Sequence[dict[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for one in found:
        rows.add_row(Text(f"  {one['participant']}"), Text(one["difference"]))
    return rows


def _means(means: dict[str, float]) -> str:
    """The means of the sorts; one figure where they are all the same."""
    values = list(means.values())
    if not values:
        return "none"
    if max(values) - min(values) < 1e-9:
        return f"{values[0]:.3g} in every sort"
    shown = f"from {min(values):.3g} to {max(values):.3g}"
    if len(means) <= MEANS_SHOWN:
        shown += " (" + ", ".join(f"{name} {mean:.3g}" for name, mean in means.items()) + ")"
    return shown
