"""``qmethod classify``: which known viewpoint new sorts are closest to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import ANALYSIS_OR_STUDY, SORTS, out_option, overwrite_option, sorts_options, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from qmethod.matching.classification import Classification
    from qmethod_analysis.tables.solution import Table


@click.command("classify", cls=PlainCommand)
@click.argument("sorts", type=SORTS, metavar="SORTS")
@click.argument("viewpoints", type=ANALYSIS_OR_STUDY, metavar="ANALYSIS|STUDY")
@out_option("CSV to write, with a row for each sort", metavar="FILE")
@overwrite_option
@sorts_options
@click.option("--shares", metavar="A,B,...", help="How common each viewpoint is thought to be, in their order. [default: equally common]")
@click.option(
    "--none",
    "none_share",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.2,
    show_default=True,
    metavar="P",
    help="How common it is to hold none of them.",
)
@click.option(
    "--sure",
    type=click.FloatRange(0.5, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    metavar="P",
    help="Probability that an answer needs.",
)
@voice_options
def command(sorts: str, viewpoints: str, shares: str | None, none_share: float, sure: float, out: Path | None, overwrite: bool, **given: Any) -> None:
    """Assign sorts to known viewpoints, or to none of them.

    SORTS is a file, the folder of an export, the name of a study that ships with sorts, or - for standard input. It holds whole sorts or parts of
    them; a statement that was not placed is an empty cell. The viewpoints are those of an ANALYSIS, its folder, or of a STUDY with reference
    viewpoints. Statements are matched by their ids.

    \b
    Example:
      qmethod classify follow-up.csv my-analysis --out answers.csv
      qmethod classify new.csv leadership --none 0.1
    """  # noqa: D301 - click reads \b
    from qmethod.errors import PolicyError
    from qmethod.matching.classification import classify
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.commands.speaking import answer, wants_json
    from qmethod_analysis.folder.renewing import begins, check_file
    from qmethod_analysis.folder.viewpoints import read_viewpoints
    from qmethod_analysis.folder.writing import write
    from qmethod_analysis.recipe.sources import read_input
    from qmethod_analysis.recipe.typed import decimals
    from qmethod_analysis.tables.csv_output import to_csv

    known = read_viewpoints(viewpoints)
    data = read_input(asked_for(sorts, given).input, Path())
    try:
        wanted = decimals(shares) if shares else None
    except ValueError:
        raise PolicyError(f"--shares {shares!r} is not a list of numbers such as 2,1,1,1") from None
    found = classify(data.sorts, known.for_statements(data.statements), shares=wanted, none_share=none_share, sure=sure)
    if out is not None:
        content = to_csv(table(found, data.participants, known.names)).encode()
        check_file(out, content, "classification", begins("participant,answer,probability,n_placed"), overwrite=overwrite)
        write(out.parent, {out.name: content})
    if wants_json():
        answer({**as_dict(found, data.participants, known.names), "written": [str(out)] if out is not None else []})
    _print(found, known.names, out)


def answer_name(answer: int, names: tuple[str, ...]) -> str:
    """An answer in words."""
    return "unclear" if answer < 0 else "none of these" if answer == len(names) else names[answer]


def table(found: Classification, participants: tuple[str, ...], names: tuple[str, ...]) -> Table:
    """One row for each sort: the answer, its probability, and for each viewpoint probability, correlation and interval."""
    from qmethod_analysis.tables.solution import Table, number

    header = ["participant", "answer", "probability", "n_placed", "p none of these"]
    for name in names:
        header += [f"p {name}", f"r {name}", f"r low {name}", f"r high {name}"]
    rows = []
    for i, who in enumerate(participants):
        row: list[Any] = [who, answer_name(int(found.answers[i]), names), float(found.probabilities[i].max()), int(found.n_placed[i])]
        row.append(float(found.probabilities[i, -1]))
        for j in range(len(names)):
            row += [float(found.probabilities[i, j]), *(number(part[i, j]) for part in (found.correlations, found.low, found.high))]
        rows.append(tuple(row))
    return Table(tuple(header), tuple(rows))


def as_dict(found: Classification, participants: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Any]:
    """A classification in JSON's types."""
    from qmethod_analysis.tables.solution import number

    sorts = [
        {
            "participant": who,
            "answer": answer_name(int(found.answers[i]), names),
            "n_placed": int(found.n_placed[i]),
            "none_of_these": float(found.probabilities[i, -1]),
            "viewpoints": [
                {
                    "name": name,
                    "probability": float(found.probabilities[i, j]),
                    "correlation": number(found.correlations[i, j]),
                    "low": number(found.low[i, j]),
                    "high": number(found.high[i, j]),
                }
                for j, name in enumerate(names)
            ],
        }
        for i, who in enumerate(participants)
    ]
    return {"sure": found.sure, "level": found.level, "sorts": sorts}


def _print(found: Classification, names: tuple[str, ...], out: Path | None) -> None:
    import numpy as np
    from rich.table import Table

    from qmethod_analysis.commands.speaking import screen, show

    shown = Table(box=None, pad_edge=False)
    for column in ("answer", "sorts", "share %"):
        shown.add_column(column, justify="left" if column == "answer" else "right")
    total = len(found.answers)
    for answer in [*range(len(names)), len(names), -1]:
        count = int(np.count_nonzero(found.answers == answer))
        shown.add_row(answer_name(answer, names), str(count), f"{100 * count / total:.1f}")
    placed = found.n_placed
    with screen() as console:
        show(console, shown)
        console.print(f"\n{total} sorts with {placed.min()} to {placed.max()} statements placed. An answer needs a probability of {found.sure:g}.")
        console.print(f"Written: {out}" if out is not None else "Every sort with its probabilities: --out FILE.csv")
