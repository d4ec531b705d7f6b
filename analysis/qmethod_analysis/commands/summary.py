"""What the terminal says after an analysis: worth reading on one screen or two, whatever the number of sorts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from qmethod.solution import QSolution
from qmethod.wording import and_more, counted, listed
from qmethod_analysis.commands.speaking import answer, files_in, screen, show
from qmethod_analysis.words.labels import defined, place, viewpoint_names
from qmethod_analysis.words.narrative import decimal, every_notice, explained, no_viewpoints, viewpoints_counted
from qmethod_analysis.words.shell import command_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from qmethod.retention.retain import Retention
    from qmethod.streaming.solution import StreamedSolution
    from qmethod_analysis.folder.staging import Change
    from qmethod_analysis.recipe.recipe import Recipe
    from qmethod_analysis.tables.side_by_side import SideBySide

NAMES_SHOWN = 12
NOTICES_IN_A_ROW = 8
"""Notices up to which they stand in their own order; more are put together by kind, and all are printed."""


def print_summary(solution: QSolution | StreamedSolution, recipe: Recipe, folder: Path, said: Sequence[str], file: IO[str] | None = None) -> None:
    """Print what was read, what was found and where it was written.

    Parameters
    ----------
    solution : QSolution or StreamedSolution
    recipe : Recipe
    folder : pathlib.Path
    said : sequence of str
        What the reading of the input gave to say.
    file : text stream, optional
        stdout if not given.
    """
    names = viewpoint_names(solution, dict(recipe.names))
    with screen(file) as console:
        _heading(console, solution, recipe, said)
        show(console, _factors(solution, names, console.is_terminal))
        console.print(_legend(solution), style="dim")
        for f, name in enumerate(names):
            _viewpoint(console, solution, f, name)
        _notices(console, solution)
        console.print(*(("Tables  ", folder) if recipe.stream else ("Report  ", folder / "report.html")), sep="", soft_wrap=True)
        console.print("Repeat  ", command_line(("run", folder / "analysis.toml")), sep="", soft_wrap=True)


def answer_solution(solution: QSolution | StreamedSolution, folder: Path, files: Iterable[str], change: Change, said: Sequence[str] = ()) -> None:
    """An analysis as JSON: what was written, what is to be kept in mind, and the solution as solution.json has it.

    Parameters
    ----------
    solution : QSolution or StreamedSolution
    folder : pathlib.Path
    files : iterable of str
        Names of the files of the folder.
    change : Change
    said : sequence of str
        What the reading of the input gave to say.
    """
    notices = every_notice(solution)
    told = [{"code": n.code, "message": n.message, "participants": list(n.participants), "statements": list(n.statements)} for n in notices]
    answer({**files_in(folder, list(files), change), "said": list(said), "notices": told, "solution": solution.to_dict()})


def side_by_side_values(made: SideBySide) -> dict[str, Any]:
    """What several numbers of factors amount to, in JSON's types.

    Parameters
    ----------
    made : SideBySide
    """
    moved = [None, *(step.n_moved for step in made.steps)]
    rows = [{**asdict(one), "moved": n} for one, n in zip(made.amounts, moved, strict=True)]
    return {"solutions": rows, "failures": [{"factors": k, "why": why} for k, why in made.failures]}


def renewed_unnamed(folder: Path) -> tuple[str, ...]:
    """What there is to say of a page that names nobody because the one before named nobody.

    Parameters
    ----------
    folder : pathlib.Path
        Of an analysis that was made just now.
    """
    from qmethod_analysis.folder.listing import REPORT, UNNAMED, report_command

    if report_command(folder) != UNNAMED:
        return ()
    named = command_line(("report", folder, "--formats", "html", "--named"))
    return (f"{folder / REPORT} names nobody, as the one that was there: `{named}` writes it with names.",)


def print_unused(folder: Path) -> None:
    """Say which viewpoints report.toml writes of that the analysis does not have, and how many places it cites are not those found.

    Parameters
    ----------
    folder : pathlib.Path
        Of an analysis.
    """
    from qmethod_analysis.commands.speaking import say
    from qmethod_analysis.folder.viewpoints import read_solution
    from qmethod_analysis.recipe.citations import wrong_citations
    from qmethod_analysis.recipe.texts import FILE_NAME, read_texts
    from qmethod_analysis.words.shell import command_line

    if not (folder / FILE_NAME).is_file():
        return
    solution = read_solution(folder)
    texts = read_texts(folder, solution.labels)
    wrong = len(wrong_citations(texts, solution))
    if wrong:
        said = "place is cited that is" if wrong == 1 else "places are cited that are"
        say(f"In {folder / FILE_NAME} {wrong} {said} not in this analysis: {command_line(('report', folder, '--check'))} says which.")
    if texts.unused:
        say(f"{folder / FILE_NAME} writes of {', '.join(texts.unused)}, which this analysis does not have: that is not used, and left as it is.")


def print_change(change: Change, folder: Path, file: IO[str] | None = None) -> None:
    """Print what writing did to files that were there before; nothing where it did nothing.

    Parameters
    ----------
    change : Change
    folder : pathlib.Path
        That was written to.
    file : text stream, optional
        stdout if not given.
    """
    with screen(file) as console:
        if change.removed:
            console.print(f"Gone with the earlier analysis: {listed(change.removed, NAMES_SHOWN)}", soft_wrap=True)
        for name in change.kept:
            console.print(f"Set aside, since it was not as it had been made: {folder / name}", soft_wrap=True)


def _heading(console: Console, solution: QSolution | StreamedSolution, recipe: Recipe, said: Sequence[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    data = solution.data
    source = data.origin()
    policies = solution.policies
    total = sum(v for v in solution.characteristics.explained_variance if not math.isnan(v))
    rotation = f"rotation {policies.rotation}" + (
        f" and {counted(len(solution.rotation.by_hand), 'turn')} by hand" if solution.rotation.by_hand else ""
    )
    shown = f"grid {data.grid}" if data.grid is not None else "the sorts do not all share one distribution"
    if recipe.title:
        console.print(recipe.title, style="bold")
    rows = Table.grid(padding=(0, 2))
    rows.add_row("Read", Text(f"{source.name}: {counted(data.n_sorts, 'sort')} of {counted(data.n_statements, 'statement')} ({source.kind})"))
    rows.add_row("", Text(shown))
    for sentence in said:
        rows.add_row("", Text(sentence))
    if solution.n_excluded:
        rows.add_row("", f"{counted(solution.n_excluded, 'sort')} left out of {data.n_sorts + solution.n_excluded:,}")
    separator, share = ("; ", explained(solution)) if no_viewpoints(solution) else (", ", f"{decimal(total, 1)} %")
    rows.add_row("Found", Text(f"{viewpoints_counted(solution)}{separator}{share} of the variance"))
    rows.add_row("", f"extraction {policies.extraction}, {rotation}, preset {policies.name}")
    show(console, rows)
    console.print()


def _factors(solution: QSolution | StreamedSolution, names: Sequence[str], terminal: bool) -> Table:
    from rich import box
    from rich.table import Table

    from qmethod_analysis.report.differences import reliabilities

    c, left_out, kinds = solution.characteristics, solution.calibration, reliabilities(solution, solution.policies)
    table = Table(box=box.SIMPLE if terminal else None, pad_edge=terminal, padding=(0, 2, 0, 0))
    table.add_column("factor")
    table.add_column("viewpoint", overflow="fold")
    for header in ("sorts", "negative", "variance %", f"rel. at {solution.policies.reliability_coefficient:.2f}", "rel. observed", "SE", "left out"):
        table.add_column(header, justify="right")
    for f, label in enumerate(solution.labels):
        sure = (decimal(kinds["fixed"][f], 3), decimal(kinds["observed"][f], 3), decimal(c.standard_errors[f], 3))
        beyond = decimal(left_out.beyond.agreement[f]) if left_out else "–"
        figures = (decimal(c.explained_variance[f], 1), *sure, beyond)
        table.add_row(label, names[f], str(int(c.n_defining[f])), str(int(solution.n_negative[f])), *figures)
    return table


def _legend(solution: QSolution | StreamedSolution) -> str:
    """What the columns on how sure a viewpoint is mean."""
    said = (
        f"rel.: reliability of its scores if one sort repeated correlated {solution.policies.reliability_coefficient:.2f} with itself, and by the "
        f"correlation observed between defining sorts; SE by the rule {solution.policies.reliability!r}"
    )
    return said + ("; left out: how far its sorts agree with it when each is left out" if solution.calibration else "")


def _foremost(solution: QSolution | StreamedSolution, f: int) -> list[str]:
    """The defining sorts with the largest loadings, with a minus before those that load negatively."""
    if not isinstance(solution, QSolution):
        return [("-" if loading < 0 else "") + who for who, loading in solution.foremost[f]]
    position = {participant: i for i, participant in enumerate(solution.data.participants)}
    return [("-" if solution.loadings[position[p], f] < 0 else "") + p for p in solution.defining(f)[:NAMES_SHOWN]]


def _viewpoint(console: Console, solution: QSolution | StreamedSolution, f: int, name: str) -> None:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    shown = _foremost(solution, f)
    console.print()
    console.print(f"{name} ({solution.labels[f]}){'' if f in defined(solution) else ', no viewpoint'}", style="bold")
    if not shown:
        console.print("  No sort defines it, so it has no scores.")
        return
    more = and_more(int(solution.characteristics.n_defining[f]), len(shown))
    console.print(Padding(Text(f"Defined by {', '.join(shown)}{more}"), (0, 0, 0, 2), expand=False))
    array, ranks = solution.scores.arrays[:, f], solution.scores.ranks[:, f]
    if math.isnan(array[0]):
        console.print("  These sorts cancel each other out, so it has no scores.")
        return
    rows = Table.grid(padding=(0, 1))
    for _ in range(2):
        rows.add_column(justify="right", no_wrap=True)
    rows.add_column(overflow="fold")
    order = sorted(range(len(ranks)), key=lambda i: ranks[i])
    chosen = [i for i in order if array[i] == array.max()][:3] + [i for i in order if array[i] == array.min()][-3:]
    for i in chosen:
        rows.add_row(place(solution, array[i]), Text(solution.data.statements[i]), Text(solution.data.texts[i]))
    show(console, rows, indent=2)


def _notices(console: Console, solution: QSolution | StreamedSolution) -> None:
    from rich.table import Table
    from rich.text import Text

    console.print()
    notices = every_notice(solution)
    if not notices:
        return
    many = len(notices) > NOTICES_IN_A_ROW
    console.print("Keep in mind" + (f": {len(notices)} notices, by kind" if many else ""), style="bold")
    rows = Table.grid(padding=(0, 1))
    kinds: dict[str, list[str]] = {}
    for notice in notices:
        kinds.setdefault(notice.code if many else "", []).append(notice.message)
    for code, messages in kinds.items():
        if many:
            rows.add_row("", Text(f"{code} ({len(messages)})"))
        for message in messages:
            rows.add_row("  -", Text(message))
    show(console, rows)
    console.print()


def print_side_by_side(made: SideBySide, found: Retention | None, page: Path, said: Sequence[str], file: IO[str] | None = None) -> None:
    """Print what several numbers of factors amount to, one line each, and where it was written.

    Parameters
    ----------
    made : SideBySide
    found : Retention, optional
        What the criteria say of the number of viewpoints.
    page : pathlib.Path
    said : sequence of str
        What the reading of the input gave to say.
    file : text stream, optional
        stdout if not given.
    """
    from rich import box
    from rich.table import Table

    with screen(file) as console:
        data = made.solutions[0].data
        console.print(f"Read {data.origin().name}: {counted(data.n_sorts, 'sort')} of {counted(data.n_statements, 'statement')}")
        for sentence in said:
            console.print(sentence)
        if found is not None:
            console.print(found.advice[0], style="bold")
        console.print()
        table = Table(box=box.SIMPLE if console.is_terminal else None, pad_edge=console.is_terminal, padding=(0, 2, 0, 0))
        for header in ("k", "variance %", "defining", "confounded", "none", "fewest", "largest r", "moved", "notices"):
            table.add_column(header, justify="right")
        moved = ["", *(str(step.n_moved) for step in made.steps)]
        for one, n in zip(made.amounts, moved, strict=True):
            r = "–" if one.correlation is None else decimal(one.correlation)
            fewest = f"{one.fewest_defining} ({one.fewest_of})" if one.fewest_of else "–"
            figures = (one.factors, decimal(one.variance, 1), one.defining, one.confounded, one.none, fewest)
            table.add_row(*map(str, figures), r, n, str(one.notices))
        show(console, table)
        console.print()
        for one in made.amounts:
            if one.no_viewpoints:
                console.print(f"With {counted(one.factors, 'factor')} {one.no_viewpoints}, so that {counted(one.viewpoints, 'viewpoint')} came out.")
        for k, why in made.failures:
            console.print(f"No solution with {counted(k, 'factor')}: {why}")
        console.print("k: factors; fewest: defining sorts of the smallest viewpoint; moved: sorts that no longer stand where they stood before")
        console.print("Decide by  ", page, sep="", soft_wrap=True)
