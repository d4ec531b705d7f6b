"""``qmethod partition``: who holds which viewpoint, by the Bayesian model of forced sorts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qmethod_analysis.commands.options import SORTS, however_long_option, out_option, overwrite_option, seed_option, sorts_options, voice_options
from qmethod_analysis.commands.people import exclude_options
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.recipe.typed import MOST_DRAWN

if TYPE_CHECKING:
    from rich.console import Console

    from qmethod.bayesian.partitioning import Partition
    from qmethod.data import QData
    from qmethod.notice import Notice

SHOWN = 3
"""Statements of each viewpoint that are printed from either end, at most."""


@click.command("partition", cls=PlainCommand)
@click.argument("sorts", type=SORTS, metavar="SORTS")
@click.option("-k", "--factors", "n_factors", type=click.IntRange(min=1), required=True, metavar="K", help="How many viewpoints to look for.")
@out_option("Folder to write tables to", default="nowhere")
@overwrite_option
@sorts_options
@exclude_options
@click.option(
    "--sweeps",
    "n_sweeps",
    type=click.IntRange(1000, MOST_DRAWN),
    default=2000,
    show_default=True,
    metavar="N",
    help="Sweeps of each of two chains; the first 500 are left out.",
)
@seed_option
@however_long_option
@voice_options
def command(sorts: str, n_factors: int, n_sweeps: int, seed: int, out: Path | None, overwrite: bool, however_long: bool, **given: Any) -> None:
    """Find viewpoints and who holds them by a model of forced sorts.

    SORTS is a file, a folder with a file for each person, the folder of an export, the name of a study that ships with sorts, or - for standard
    input. All of them need the same distribution, and no placement may be missing. Said is whether the sorts bear so many viewpoints, with what
    probability each sort shows which of them, and where each statement stands in them, with credible intervals. A folder gets four tables as CSV.

    \b
    Example:
      qmethod partition sorts.csv --factors 3
      qmethod partition sorts.csv --factors 3 --seed 2 --out my-partition
    """  # noqa: D301 - click reads \b
    from qmethod.bayesian.partitioning import partition
    from qmethod_analysis.commands.belonging import read_sorts
    from qmethod_analysis.commands.people import without_excluded
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, wants_json
    from qmethod_analysis.commands.summary import print_change
    from qmethod_analysis.commands.working import counting
    from qmethod_analysis.folder.writing import check_folder, check_recipe, write_analysis
    from qmethod_analysis.runs.costs import LONG, within_each

    asked, data, said = read_sorts(asked_for(sorts, given))
    data, left_out = without_excluded(data, given)
    said = (*said, *left_out)
    own = _choices(data, n_factors, n_sweeps, seed)
    if out is not None:
        check_folder(out, overwrite=overwrite)
        check_recipe(out, own, overwrite=overwrite)
    with counting() as show:
        found = partition(data, n_factors, n_sweeps=n_sweeps, rng=seed, progress=partial(within_each(None if however_long else LONG, show), "Sweeps"))
    change, written = None, dict[str, Any]()
    if out is not None:
        files = tables(found)
        change = write_analysis(out, files, "qmethod partition", own, overwrite=overwrite)
        written = files_in(out, list(files), change)
    if wants_json():
        notices = [{"code": n.code, "message": n.message, "participants": list(n.participants)} for n in _notices(data)]
        answer({"verdict": found.verdict(), **found.to_dict(), "said": list(said), "notices": notices, **written})
    _print(found, data, said, out)
    if change is not None and out is not None:
        print_change(change, out)
    if asked.words:
        next_steps(("analyse", *asked.words, "-k", str(n_factors)) if found.found.all() else ("retain", *asked.words))


def _choices(data: QData, n_factors: int, n_sweeps: int, seed: int) -> str:
    """A hash of all that decides the tables: the same sorts in the same order, however worded, and what was asked of them."""
    from qmethod_analysis.folder.listing import digest
    from qmethod_analysis.tables.csv_output import to_csv
    from qmethod_analysis.tables.named import table_of

    bare = replace(data, texts=("",) * data.n_statements)
    return digest(f"partition {n_factors} {n_sweeps} {seed}\n{to_csv(table_of(bare, 'sorts'))}".encode())


def _notices(data: QData) -> list[Notice]:
    """What there is to keep in mind of the sorts, each once."""
    from qmethod.screening import screen

    return list(dict.fromkeys([*data.notices, *screen(data)]))


def tables(found: Partition) -> dict[str, bytes]:
    """Every table of `to_frame` as CSV, by the name of its file."""
    from qmethod_analysis.tables.csv_output import to_csv
    from qmethod_analysis.tables.named import TABLES

    return {f"partition-{name}.csv": to_csv(table(found)).encode() for name, table in TABLES[type(found)].items()}


def r_hat(found: Partition, j: int) -> str:
    """R-hat of a viewpoint with two decimals, or with as many as show on which side of the limit it lies."""
    from qmethod.bayesian.partitioning import SETTLED

    value = float(found.r_hat[j])
    return next((said for digits in (2, 3, 4) if (float(said := f"{value:.{digits}f}") <= SETTLED) == (value <= SETTLED)), f"{value:.6f}")


def reasons(found: Partition) -> Iterator[str]:
    """Why the sorts do not bear viewpoints, in a sentence for each thing that is wrong with one; nothing where they bear all."""
    from qmethod.bayesian.partitioning import LEAST_HOLDERS, SETTLED
    from qmethod.wording import counted

    for j, label in enumerate(found.labels):
        held = int((found.members == j).sum())
        if held < LEAST_HOLDERS:
            yield f"{label} is surely held in {counted(held, 'sort')}, and {LEAST_HOLDERS} are needed."
        if not found.r_hat[j] <= SETTLED:
            yield f"The two chains disagree on {label}: R-hat is {r_hat(found, j)}, and they agree up to {SETTLED:g}. More --sweeps may help."


def unclassified(found: Partition) -> str:
    """How many hold no viewpoint for sure, and what they may hold instead."""
    from qmethod.bayesian.partitioning import SURE
    from qmethod.wording import counted

    total, left = len(found.participants), int((found.members < 0).sum())
    if not left:
        return f"None of the {counted(total, 'sort')} is unclassified."
    several, none, opposed = (int((p >= SURE).sum()) for p in (found.several, found.none, found.opposes.max(axis=1)))
    instead = f"Surely a mixture of several: {several}, nothing of any: {none}, the opposite of one: {opposed}"
    be = "is" if left == 1 else "are"
    return f"{left} of {counted(total, 'sort')} {be} unclassified. {instead}, nothing sure: {left - several - none - opposed}."


def differences(found: Partition) -> str:
    """How many differences between viewpoints are claimed, and how many of the claims are expected to be wrong; empty for a single viewpoint."""
    from qmethod_analysis.words.chances import chance

    k, claimed = len(found.labels), int(found.claimed.sum())
    compared = len(found.statements) * k * (k - 1) // 2
    if not compared:
        return ""
    if not claimed:
        return f"None of the {compared:,} differences between viewpoints is sure enough to be claimed."
    wrong = f"{found.expected_false:.1f}" if found.expected_false >= 0.05 else "fewer than 0.1"
    be = "is" if claimed == 1 else "are"
    kept = int(found.claimed[:, found.found][:, :, found.found].sum())
    of_found = f"{kept:,} of the claims {'is' if kept == 1 else 'are'}" if kept else "None of the claims is"
    between = "" if found.found.all() else f" {of_found} between viewpoints that were found."
    least = f"the least sure has a probability of {chance(float(found.higher[found.claimed].min()))}"
    return f"{claimed:,} of {compared:,} differences between viewpoints {be} claimed, {wrong} of them expected to go the wrong way; {least}.{between}"


def _print(found: Partition, data: QData, said: Sequence[str], out: Path | None) -> None:
    from qmethod.bayesian.partitioning import LEAST_HOLDERS, SURE
    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import screen
    from qmethod_analysis.commands.summary import NOTICES_IN_A_ROW

    verdict = found.verdict()
    with screen() as console:
        console.print(f"{verdict[:1].upper()}{verdict[1:]}.", style="bold")
        if why := list(reasons(found)):
            for sentence in why:
                console.print(f"- {sentence}")
            console.print("This is no proof that there are fewer: where people keep loosely to viewpoints the right number is often refused too.")
        else:
            which = "It" if len(found.labels) == 1 else "Each"
            console.print(f"{which} is surely held in {LEAST_HOLDERS} sorts or more, and the two chains agree on it.")
        console.print(f"Surely means with a probability of {SURE:g} or more.")
        for j in range(len(found.labels)):
            _viewpoint(console, found, data, j)
        console.print()
        for sentence in filter(None, (unclassified(found), differences(found))):
            console.print(sentence)
        console.print(f"If the model holds, the true score lies in its interval with a probability of {found.level:g}.")
        notices = [notice.message for notice in _notices(data)]
        many = f"There are {len(notices)} notices about these sorts; qmethod inspect prints them."
        for sentence in (*said, *(notices if len(notices) <= NOTICES_IN_A_ROW else [many])):
            console.print(sentence)
        sizes = f"{counted(data.n_sorts, 'sort')} of {counted(data.n_statements, 'statement')}"
        console.print(f"{data.origin().name}: {sizes}. {counted(found.n_draws, 'draw')}, seed {found.seed}.", soft_wrap=True)
        where = f"Written: {out} (4 tables)" if out is not None else "Every statement and every sort: --out DIR"
        console.print(where, soft_wrap=True)


def _viewpoint(console: Console, found: Partition, data: QData, j: int) -> None:
    """In how many sorts a viewpoint is held, whether the chains agree, and its statements from either end."""
    import numpy as np
    from rich.table import Table
    from rich.text import Text

    from qmethod.bayesian.partitioning import SETTLED
    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import show
    from qmethod_analysis.words.narrative import decimal

    held, total = int((found.members == j).sum()), len(found.participants)
    agree = "agree" if found.r_hat[j] <= SETTLED else "disagree"
    console.print()
    console.print(
        f"{found.labels[j]}{'' if found.found[j] else ', not found'}: surely held in {held} of {counted(total, 'sort')}; "
        f"chains {agree} (R-hat {r_hat(found, j)})",
        style="bold",
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header, options in (
        ("", {}),
        ("z-score", {"justify": "right"}),
        (f"{100 * found.level:g} % interval", {"no_wrap": True}),
        ("statement", {"overflow": "fold"}),
    ):
        table.add_column(header, **options)
    texts = dict(zip(data.statements, data.texts, strict=True))
    order = np.argsort(-found.z_scores[:, j], kind="stable").tolist()
    shown = min(SHOWN, len(order) // 2)
    for words, chosen in (("highest", order[:shown]), ("lowest", order[len(order) - shown :])):
        for i in chosen:
            name = found.statements[i]
            interval = f"{decimal(found.low[i, j])} to {decimal(found.high[i, j])}"
            table.add_row(words, decimal(found.z_scores[i, j]), interval, Text(f"{name} {texts[name]}".strip()))
    show(console, table)
