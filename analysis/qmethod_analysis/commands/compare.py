"""``qmethod compare``: which viewpoint of one source is which of another, or what changed between two occasions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

import click

from qmethod.literals import Basis
from qmethod_analysis.commands.conventions import with_reading_policies
from qmethod_analysis.commands.options import (
    FILE,
    Named,
    formats_option,
    language_option,
    out_option,
    overwrite_option,
    seed_option,
    sorts_options,
    voice_options,
)
from qmethod_analysis.commands.people import exclude_options
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.recipe.typed import MOST_DRAWN
from qmethod_analysis.report.formats import DOCUMENT_FORMATS

if TYPE_CHECKING:
    from qmethod.matching.comparison import Comparison
    from qmethod_analysis.interpretation.viewpoints import Viewpoints


SORTS_OR_VIEWPOINTS = Named("ANALYSIS|STUDY|SORTS", "definitions", files=True)


def _two_names(_ctx: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    """``"before,after"`` to ``("before", "after")``; empty where nothing was given."""
    names = tuple(part.strip() for part in value.split(",")) if value else ()
    if names and (len(names) != 2 or not all(names) or names[0] == names[1]):
        raise click.BadParameter(f"{value!r}: two different occasions with a comma between them, the first one first")
    return names


@with_reading_policies
@click.command("compare", cls=PlainCommand)
@click.argument("found", type=SORTS_OR_VIEWPOINTS, metavar="ANALYSIS|STUDY|SORTS")
@click.argument("reference", type=SORTS_OR_VIEWPOINTS, metavar="[ANALYSIS|STUDY|LISTING|SORTS]", required=False)
@click.option("--mirrored", is_flag=True, help="Let a viewpoint match the mirror image of another.")
@click.option(
    "--permutations",
    type=click.IntRange(99, MOST_DRAWN),
    metavar="N",
    help="For the chance distribution. [default: 2000; for two occasions 10000]",
)
@click.option("--occasion", default="", metavar="COLUMN", help="Compare two occasions in one source of sorts: the column that tells them apart.")
@click.option("--occasions", type=FILE, metavar="FILE", help="Whose each sort is and of which occasion. [default: occasions.csv beside SORTS]")
@click.option("--between", callback=_two_names, default="", metavar="A,B", help="The two occasions, or what to call two files.")
@click.option("-k", "--factors", type=click.IntRange(min=1), metavar="K", help="Viewpoints to see both occasions beside. [default: none]")
@click.option("--basis", type=click.Choice(get_args(Basis)), help="Whose sorts these viewpoints are of. [default: pooled]")
@click.option("--retest", type=FILE, metavar="FILE", help="Pairs of sorts of the first occasion that people made twice: columns first and second.")
@click.option(
    "--reliability", type=click.FloatRange(0.01, 0.99), metavar="R", help="Correlation of repeated sorts, where it is known from elsewhere."
)
@exclude_options
@click.option("--anonymous", is_flag=True, help="Number people anew: nothing that is printed or written names anybody.")
@out_option("Folder to write to", default="nowhere; only for two occasions")
@overwrite_option
@sorts_options
@formats_option(DOCUMENT_FORMATS, "html")
@language_option("en; only for two occasions")
@seed_option
@voice_options
def command(found: str, reference: str | None, **given: Any) -> None:
    """Match viewpoints of two sources, or sorts of two occasions.

    ANALYSIS is the folder of an analysis, STUDY a study with reference viewpoints: its folder, the folder of its export, or the name of one that
    ships. Each viewpoint of the second is looked for in the first. Statements are matched by their ids.

    LISTING is a .LIS that PQMethod printed of the sorts of ANALYSIS, whose figures are then held against the printed ones. Each of its factors is
    matched by the loadings; said is how far loadings, z-scores, arrays and defining sorts are apart. Chance has no part in that.

    SORTS are two files of sorts by the same people, before and after, joined by the names of participants; or, with --occasion, one file or the
    folder of an export that has both. Said is which statements moved, how far people agree with themselves and, with --factors, who moved among
    viewpoints, with chance controlled. A folder gets occasions.* in the formats asked for, tables as CSV and the result as JSON.

    \b
    Example:
      qmethod compare my-analysis leadership
      qmethod compare my-analysis study.lis
      qmethod compare wave-1 wave-2 --json
      qmethod compare before.csv after.csv --factors 2 --out change
      qmethod compare sorts.csv --occasions who.csv --occasion wave
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands import occasions

    if occasions.asked(found, reference, given):
        occasions.compared(found, reference, given)
    else:
        _viewpoints(found, reference or "", given["mirrored"], given["permutations"] or 2000, given["seed"])


def _viewpoints(found: str, reference: str, mirrored: bool, permutations: int, seed: int) -> None:
    """Match the viewpoints of two sources."""
    import numpy as np

    from qmethod.matching.comparison import compare
    from qmethod_analysis.commands.listed import compare_listing, is_listing_file
    from qmethod_analysis.commands.speaking import answer, wants_json
    from qmethod_analysis.folder.viewpoints import read_viewpoints

    if is_listing_file(reference):
        compare_listing(found, reference)
        return
    mine, theirs = read_viewpoints(found), read_viewpoints(reference)
    statements = mine.statements
    scores, common = theirs.for_statements(statements), theirs.common_among(statements)
    said = theirs.other_wordings(statements, mine.texts)
    chance = np.random.default_rng(seed)
    made = compare(mine.scores, scores, rng=chance, n_permutations=permutations, mirrored=mirrored, kept=common)
    if wants_json():
        answer({**as_dict(made, mine, theirs, statements, seed), "said": [said] if said else []})
    _print(made, mine, theirs, statements, said, mirrored=mirrored)


def as_dict(made: Comparison, mine: Viewpoints, theirs: Viewpoints, statements: tuple[str, ...], seed: int) -> dict[str, Any]:
    """A comparison in JSON's types."""
    return {
        "found": {"source": mine.source, "viewpoints": list(mine.names), "simulated": mine.simulated},
        "reference": {"source": theirs.source, "viewpoints": list(theirs.names)},
        "n_statements": len(set(statements) & set(theirs.statements)),
        "congruences": [[None if value != value else float(value) for value in row] for row in made.congruences],
        "permutations": made.n_permutations,
        "seed": seed,
        "kept": [statements[i] for i in made.kept],
        "matches": [
            {
                "reference": theirs.names[match.reference],
                "source": theirs.sources[match.reference] or None,
                "found": mine.names[match.found] if match.found >= 0 else None,
                "mirrored": match.sign < 0,
                "phi": float(match.phi) if match.found >= 0 else None,
                "p_value": match.p_value,
                "chance_95": float(made.chance_95[match.reference]),
                "n_shared": match.n_shared,
                "agree": [statements[i] for i in match.agree],
                "contradict": [statements[i] for i in match.contradict],
            }
            for match in made.matches
        ],
    }


def in_words(phi: float, p_value: float) -> str:
    """What a congruence says, in a few words."""
    from qmethod.matching.congruence import EQUAL, FAIR

    if p_value > 0.05:
        return "no more alike than chance makes them"
    return "the same" if phi >= EQUAL else "similar" if phi >= FAIR else "related, but not the same"


def rare(p_value: float) -> str:
    """A p-value with four digits, and never 0."""
    return "<0.0001" if p_value < 0.00005 else f"{p_value:.4f}"


def without_match(made: Comparison, reference: int, names: Sequence[str], *, mirrored: bool) -> str:
    """Of a viewpoint for which no other is left: which one is like it all the same, or that none is beyond chance."""
    import numpy as np

    phi = np.nan_to_num(np.abs(made.congruences[:, reference]) if mirrored else made.congruences[:, reference])
    if not phi.size or phi.max() <= made.chance_95[reference]:
        return "nothing like it was found beyond chance"
    return f"none is left; most like it is {names[int(phi.argmax())]} (phi {phi.max():.3f})"


def _print(made: Comparison, mine: Viewpoints, theirs: Viewpoints, statements: tuple[str, ...], said: str, *, mirrored: bool) -> None:
    from rich.table import Table

    from qmethod.wording import counted
    from qmethod_analysis.commands.speaking import screen, show
    from qmethod_analysis.interpretation.called import CIRCULAR, PLACEMENTS

    text = dict(zip(theirs.statements, theirs.texts, strict=True))
    table = Table(box=None, pad_edge=False)
    for column in (f"in {theirs.source}", f"in {mine.source}", "phi", "p", "chance 95 %", "that is"):
        table.add_column(column, justify="right" if column in ("phi", "p", "chance 95 %") else "left", overflow="fold")
    for match in made.matches:
        if match.found < 0:
            chance = f"{made.chance_95[match.reference]:.2f}"
            table.add_row(theirs.names[match.reference], "none", "", "", chance, without_match(made, match.reference, mine.names, mirrored=mirrored))
            continue
        name = mine.names[match.found] + (" (mirrored)" if match.sign < 0 else "")
        words = in_words(match.phi, match.p_value)
        table.add_row(theirs.names[match.reference], name, f"{match.phi:.3f}", rare(match.p_value), f"{made.chance_95[match.reference]:.2f}", words)
    with screen() as console:
        if said:
            console.print(f"{said}\n", soft_wrap=True)
        show(console, table)
        unmatched = [name for i, name in enumerate(mine.names) if i not in {match.found for match in made.matches}]
        if unmatched:
            console.print(f"\nWithout a counterpart: {', '.join(unmatched)}")
        for match in made.matches:
            if match.found >= 0:
                agreed = f"agrees on {len(match.agree)} of {match.n_shared} placements, contradicts {len(match.contradict)}"
                console.print(f"\n{theirs.names[match.reference]}: {agreed}")
                for i in match.contradict:
                    console.print(f"  contradicts on {statements[i]} {text[statements[i]]}", soft_wrap=True)
        told = dict.fromkeys(source for source in theirs.sources if source)
        if told:
            console.print(f"\n{PLACEMENTS} What is described:")
            for source in told:
                console.print(f"  {source}", soft_wrap=True)
            if mine.simulated:
                console.print(f"\n{CIRCULAR}", soft_wrap=True)
        if made.kept:
            console.print(
                f"\nChance keeps the places of {counted(len(made.kept), 'statement')} that all descriptions put on one side: chance 95 % is what the "
                f"best of {counted(len(mine.names), 'viewpoint')} of people who share only that would exceed in one case of twenty.",
                soft_wrap=True,
            )
        console.print("\nphi is Tucker's congruence: from .85 similar, from .95 the same (Lorenzo-Seva and ten Berge 2006).")
