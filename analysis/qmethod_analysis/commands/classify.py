"""``qmethod classify``: which known viewpoint new sorts are closest to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import ANALYSIS_OR_STUDY, SORTS, out_option, overwrite_option, seed_option, sorts_options, voice_options
from qmethod_analysis.commands.people import exclude_options, people_options
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qmethod.classification.classifying import Classification
    from qmethod.data import FloatArray, QData
    from qmethod.solution import QSolution
    from qmethod_analysis.tables.solution import Table

UNLIKE = 0.05
"""Fits as rare as this among people who hold a viewpoint are counted."""


@click.command("classify", cls=PlainCommand)
@click.argument("sorts", type=SORTS, metavar="SORTS")
@click.argument("viewpoints", type=ANALYSIS_OR_STUDY, metavar="ANALYSIS|STUDY")
@out_option("CSV to write, with a row for each sort", metavar="FILE")
@overwrite_option
@sorts_options
@people_options
@exclude_options
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
@seed_option
@voice_options
def command(
    sorts: str,
    viewpoints: str,
    shares: str | None,
    none_share: float,
    sure: float,
    seed: int,
    out: Path | None,
    overwrite: bool,
    **given: Any,
) -> None:
    """Assign sorts to known viewpoints, or to none of them.

    SORTS is a file, a folder with a file for each person, the folder of an export, the name of a study that ships with sorts, or - for standard
    input. It holds whole sorts or parts of them; a statement that was not placed is an empty cell. The viewpoints are those of an ANALYSIS, its
    folder, or of a STUDY with reference viewpoints. Statements are matched by their ids.

    By an ANALYSIS the probabilities are tried on studies drawn from it. The reference viewpoints of a STUDY are taken for exact.

    \b
    Example:
      qmethod classify follow-up.csv my-analysis --out answers.csv
      qmethod classify new.csv leadership --none 0.1
    """  # noqa: D301 - click reads \b
    from qmethod.classification.classifying import classify
    from qmethod.errors import PolicyError
    from qmethod.formats.putting import place
    from qmethod_analysis.commands.belonging import read_sorts
    from qmethod_analysis.commands.people import check_people, without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.commands.speaking import answer, wants_json
    from qmethod_analysis.folder.renewing import begins, check_file
    from qmethod_analysis.folder.viewpoints import read_viewpoints
    from qmethod_analysis.recipe.typed import decimals
    from qmethod_analysis.tables.csv_output import to_csv

    check_people(given)
    known = read_viewpoints(viewpoints)
    _, data, told = read_sorts(asked_for(sorts, given))
    data, left_out = without_excluded(data, given)
    otherwise = known.other_wordings(data.statements, data.texts)
    left_out = (*told, *left_out, *filter(None, [otherwise]))
    try:
        wanted = decimals(shares) if shares else None
    except ValueError:
        raise PolicyError(f"--shares {shares!r} is not a list of numbers such as 2,1,1,1") from None
    scores = known.for_statements(data.statements)
    behind = _behind(viewpoints)
    if behind is None:
        found = classify(data.sorts, scores, shares=wanted, none_share=none_share, sure=sure)
    else:
        solution, target = behind
        every = None if wanted is None else _for_every(wanted, solution, known.names)
        found = _defined(classify(data, solution, shares=every, none_share=none_share, sure=sure, rng=seed, target=target), solution)
    made_of = set(data.participants) & set(behind[0].data.participants) if behind else set()
    if out is not None:
        content = to_csv(table(found, data, known.names)).encode()
        check_file(out, content, "classification", begins("participant,answer,probability,n_placed"), overwrite=overwrite)
        place({out: content})
    if wants_json():
        answer({**as_dict(found, data, known.names), "said": list(left_out), "written": [str(out)] if out is not None else []})
    _print(found, data, known.names, out, len(made_of), left_out)


def _behind(viewpoints: str) -> tuple[QSolution, FloatArray | None] | None:
    """The solution of an analysis and the target of its rotation; None for a study."""
    from qmethod_analysis.folder.listing import SOLUTION
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.recipe.reading import load
    from qmethod_analysis.recipe.recipe import FILE_NAME
    from qmethod_analysis.runs.besides import target_of

    folder = Path(viewpoints)
    if not (folder / SOLUTION).is_file():
        return None
    solution = read_solution(folder)
    return solution, target_of(solution, load(folder / FILE_NAME))


def _for_every(shares: Sequence[float], solution: QSolution, names: tuple[str, ...]) -> list[float]:
    """Shares of the viewpoints that have scores among those of all: nobody is assigned to the others."""
    from qmethod.errors import PolicyError
    from qmethod_analysis.words.labels import defined

    if len(shares) != len(names):
        raise PolicyError(f"--shares has {len(shares)} numbers for {len(names)} viewpoints: {', '.join(names)}")
    every = [0.0] * len(solution.factors)
    for f, share in zip(defined(solution), shares, strict=True):
        every[f] = share
    return every


def _defined(found: Classification, solution: QSolution) -> Classification:
    """A classification by the viewpoints that have scores only."""
    import numpy as np

    from qmethod_analysis.words.labels import defined

    shown, k = list(defined(solution)), len(solution.factors)
    place = np.full(k + 2, -1)
    place[[*shown, k]] = range(len(shown) + 1)
    return replace(
        found,
        correlations=found.correlations[:, shown],
        low=found.low[:, shown],
        high=found.high[:, shown],
        probabilities=found.probabilities[:, [*shown, k]],
        answers=place[found.answers],
        viewpoints=tuple(found.viewpoints[f] for f in shown),
        mixture=found.mixture[:, shown],
        kept=found.kept[shown],
    )


def answer_name(answer: int, names: tuple[str, ...]) -> str:
    """An answer in words."""
    return "unclear" if answer < 0 else "none of these" if answer == len(names) else names[answer]


def table(found: Classification, data: QData, names: tuple[str, ...]) -> Table:
    """One row for each sort: answer, probability, fit, what each viewpoint has of it, and what is known of the person."""
    from qmethod_analysis.tables.solution import Table, number

    header = ["participant", "answer", "probability", "n_placed", "p none of these", "fit", "fit p"]
    for name in names:
        header += [f"p {name}", f"share {name}", f"r {name}", f"r low {name}", f"r high {name}"]
    header += [f"people: {one.title}" for one in data.people]
    rows = []
    for i, who in enumerate(data.participants):
        row: list[Any] = [who, answer_name(int(found.answers[i]), names), float(found.probabilities[i].max()), int(found.n_placed[i])]
        row += [float(found.probabilities[i, -1]), number(found.fit[i]), number(found.fit_p[i])]
        for j in range(len(names)):
            row += [float(found.probabilities[i, j]), *(number(part[i, j]) for part in (found.mixture, found.correlations, found.low, found.high))]
        rows.append((*row, *(one.values[i] for one in data.people)))
    return Table(tuple(header), tuple(rows))


def as_dict(found: Classification, data: QData, names: tuple[str, ...]) -> dict[str, Any]:
    """A classification in JSON's types."""
    from qmethod_analysis.tables.solution import number

    sorts = [
        {
            "participant": who,
            "answer": answer_name(int(found.answers[i]), names),
            "n_placed": int(found.n_placed[i]),
            "people": {one.title: one.values[i] for one in data.people},
            "none_of_these": float(found.probabilities[i, -1]),
            "fit": number(found.fit[i]),
            "fit_p": number(found.fit_p[i]),
            "viewpoints": [
                {
                    "name": name,
                    "probability": float(found.probabilities[i, j]),
                    "share": number(found.mixture[i, j]),
                    "correlation": number(found.correlations[i, j]),
                    "low": number(found.low[i, j]),
                    "high": number(found.high[i, j]),
                }
                for j, name in enumerate(names)
            ],
        }
        for i, who in enumerate(data.participants)
    ]
    excluded = [{"participant": one.participant, "reason": one.reason} for one in data.excluded]
    kept = {name: float(found.kept[j]) for j, name in enumerate(names)}
    return {
        "sure": found.sure,
        "level": found.level,
        "n_studies": found.n_studies,
        "seed": found.seed,
        "kept": kept,
        "sorts": sorts,
        "excluded": excluded,
    }


def _by_people(found: Classification, data: QData, names: tuple[str, ...]) -> Any:
    """How many of the sorts of each answer are of people of whom something is known; of amounts the median."""
    from rich.table import Table

    from qmethod_analysis.interpretation.known import asked_of
    from qmethod_analysis.words.language import amount

    answers = [answer for answer in (*range(len(names)), len(names), -1) if (found.answers == answer).any()]
    shown = Table(box=None, pad_edge=False)
    shown.add_column("", overflow="fold")
    for answer in answers:
        shown.add_column(answer_name(answer, names), justify="right", overflow="fold")
    people = [[who for who, given in zip(data.participants, found.answers, strict=True) if given == answer] for answer in answers]
    for one in data.people:
        asked = asked_of(one, data.participants)
        held = [[asked.answers[who] for who in group if who in asked.answers] for group in people]
        if asked.kind == "number":
            middles = [amount(median(map(float, values))) if values else "–" for values in held]  # type: ignore[arg-type]
            shown.add_row(f"{asked.label}, median", *middles)
            continue
        for option in asked.options:
            shown.add_row(f"{asked.label}: {option}", *(str(sum(option in value for value in values)) for values in held))  # type: ignore[operator]
    return shown


def _print(found: Classification, data: QData, names: tuple[str, ...], out: Path | None, made_of: int, left_out: Sequence[str]) -> None:
    import numpy as np
    from rich.table import Table

    from qmethod.wording import counted
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
        for words in left_out:
            console.print(words)
        show(console, shown)
        least, most = int(placed.min()), int(placed.max())
        sizes = counted(most, "statement") if least == most else f"{least} to {counted(most, 'statement')}"
        console.print(f"\n{counted(total, 'sort')} with {sizes} placed. An answer needs a probability of {found.sure:g}.")
        if found.n_studies:
            console.print(f"The probabilities were tried on {found.n_studies} studies drawn from the analysis, seed {found.seed}.")
            unlike = int(np.count_nonzero(found.fit_p < UNLIKE))
            which = "No sort is" if not unlike else "1 sort is" if unlike == 1 else f"{unlike:,} sorts are"
            console.print(
                f"{which} unlike what people of these viewpoints make (fit p below {UNLIKE:g}, as it is for about 1 in {1 / UNLIKE:.0f} of those who "
                "do hold one)."
            )
        elif found.seed is not None:
            console.print("Too few of the studies drawn from the analysis found every viewpoint: the probabilities rest on the formula alone.")
        else:
            console.print("The viewpoints were taken for exact.")
        if made_of:
            console.print(
                f"{made_of:,} of {counted(total, 'name')} {'is' if made_of == 1 else 'are'} among those of the analysis. "
                "A sort agrees too well with viewpoints that it helped to make."
            )
        if data.people:
            console.print("\nAnswers of the people, by what their sorts were assigned to:", soft_wrap=True)
            show(console, _by_people(found, data, names))
        console.print(f"Written: {out}" if out is not None else "Every sort with its probabilities: --out FILE.csv")
