"""What ``qmethod compare`` does with sorts of the same people on two occasions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from qmethod_analysis.report.formats import DocumentFormat

if TYPE_CHECKING:
    from qmethod.data import QData
    from qmethod.notice import Notice
    from qmethod.occasions.compared import OccasionComparison

SHOWN = 8
"""Statements that are printed, at most."""
TABLE = "occasions.csv"
"""Of an export, which says of each sort whose it is and of which occasion."""
_BOTH = ("found", "reference", "mirrored", "permutations", "seed", "formats")
"""Parameters that viewpoints have; of the formats nothing is made there."""
TOLD = frozenset({"off-grid", "nearly-forced", "missing-placements", "duplicate-sorts", "near-duplicate-sorts", "mirror-sorts", "simulated-sorts"})
"""Codes of what screening finds in sorts that bears on how they changed."""


def asked(found: str, reference: str | None, given: Mapping[str, Any]) -> bool:
    """Whether the arguments name sorts of two occasions rather than viewpoints.

    Parameters
    ----------
    found, reference : str
        As the user wrote them.
    given : mapping
        Parameters of the command.

    Raises
    ------
    PolicyError
        If options of one belong to arguments of the other.
    """
    from qmethod.errors import DataError, Fault, PolicyError
    from qmethod_analysis.commands.listed import is_listing_file
    from qmethod_analysis.commands.receiving import is_received

    files = [Path(name).is_file() or is_received(name) for name in (found, reference) if name]
    if given["occasion"]:
        if reference is not None:
            raise PolicyError(
                "with `--occasion` name one source of sorts, which holds both occasions; without it two files, the first occasion first"
            )
    elif reference is None:
        raise PolicyError("name two analyses, studies or files of sorts; or one source of sorts with `--occasion COLUMN`")
    elif gone := [name for name in (found, reference) if Path(name).suffix and not Path(name).exists() and not is_received(name)]:
        advice = "Name two files of sorts that are there, two analyses by their folders, or studies with reference viewpoints."
        raise DataError([Fault("there is no such file", file=name, advice=advice) for name in gone])
    elif not all(files) or is_listing_file(reference):
        wrong = _typed(without=_BOTH)
        if wrong:
            raise PolicyError(
                f"{', '.join(wrong)} belongs to sorts of two occasions: name two files of sorts, or one source with `--occasion COLUMN`"
            )
        return False
    if given["mirrored"]:
        raise PolicyError("`--mirrored` belongs to viewpoints of two analyses; here sorts of two occasions are compared")
    return True


def _typed(without: Collection[str]) -> list[str]:
    """The options that stand on the command line, as they are written there."""
    context = click.get_current_context()
    named = [one for one in context.command.params if one.expose_value and one.name is not None and one.name not in without]
    return [f"`{max(one.opts, key=len)}`" for one in named if context.get_parameter_source(str(one.name)) is ParameterSource.COMMANDLINE]


def compared(found: str, reference: str | None, given: Mapping[str, Any]) -> None:
    """Compare sorts of two occasions, write what was asked for, and print the findings.

    Parameters
    ----------
    found, reference : str
    given : mapping
        Parameters of the command.
    """
    from qmethod_analysis.words.language import speaking

    with speaking(given["language"]):
        _compared(found, reference, given)


def _compared(found: str, reference: str | None, given: Mapping[str, Any]) -> None:
    """The same, in the language that is being written."""
    from qmethod.errors import PolicyError
    from qmethod.notice import Notice
    from qmethod.occasions.compared import compare_occasions
    from qmethod.policies import Policies
    from qmethod.wording import listed
    from qmethod_analysis.commands.conventions import option_name, reading_policies
    from qmethod_analysis.commands.speaking import answer, files_in, wants_json
    from qmethod_analysis.commands.summary import print_change
    from qmethod_analysis.folder.writing import check_folder, check_recipe, write_analysis
    from qmethod_analysis.report.unnamed_occasions import BY_HAND, unnamed
    from qmethod_analysis.tables.occasions import as_dict

    before, after, labels, told, title = _two(found, reference, given)
    before, after, by_hand = _without_excluded(before, after, given)
    told = (*told, *_screened(before, after, labels))
    out, overwrite = given["out"], given["overwrite"]
    chosen = {"n_factors": given["factors"], "basis": given["basis"] or "pooled", "reliability": given["reliability"]}
    chosen |= {"n_permutations": given["permutations"] or 10_000}
    policies = reading_policies(given)
    if policies and not given["factors"]:
        options = " and ".join(f"`{option_name(name)}`" for name in policies)
        raise PolicyError(f"{options} is about viewpoints: say with `--factors K` how many; statements and people are compared over what was placed")
    own = _choices((before, after), labels, chosen | policies, given)
    chosen["policies"] = Policies(**policies) if policies else None
    if out is not None:
        check_folder(out, overwrite=overwrite)
        check_recipe(out, own, overwrite=overwrite)
    made = compare_occasions(before, after, labels=labels, pairs=given["retest"], rng=given["seed"], **chosen)
    people = Notice(
        BY_HAND, f"Left out, as you asked: {listed([f'{who} ({why})' for who, why in by_hand.items()], 12)}.", participants=tuple(by_hand)
    )
    made = replace(made, notices=(*([people] if by_hand else []), *told, *made.notices), left_out=(*made.left_out, *by_hand.items()))
    if given["anonymous"]:
        made = unnamed(made, by_hand)
    change, written = None, dict[str, Any]()
    if out is not None:
        files = _files(made, title, given["formats"], anonymous=given["anonymous"])
        change = write_analysis(out, files, "qmethod compare", own, overwrite=overwrite)
        written = files_in(out, list(files), change)
    if wants_json():
        answer({**as_dict(made), **written})
    _print(made, title, None if out is None else out / f"occasions.{given['formats'][0]}")
    if change is not None and out is not None:
        print_change(change, out)


def _two(found: str, reference: str | None, given: Mapping[str, Any]) -> tuple[QData, QData, tuple[str, str], tuple[Notice, ...], str]:
    """The sorts of both occasions, what these are called, what there is to know, and what was compared in a few words."""
    from qmethod.errors import DataError, Fault
    from qmethod.formats.occasions import of_two, read_occasions
    from qmethod.notice import Notice
    from qmethod_analysis.commands.belonging import read_sorts
    from qmethod_analysis.commands.receiving import asked_for
    from qmethod_analysis.interpretation.occasions import BETWEEN
    from qmethod_analysis.words.narrative import joined

    between = given["between"]
    only = {name: given[name] for name in ("condition", "wave") if given[name]} if given["occasion"] else {}
    reading = {**given, **dict.fromkeys(only)}
    sources = [read_sorts(asked_for(name, reading)) for name in (found, reference) if name is not None]
    told = [Notice("wording-beside", message) for *_, said in sources for message in said]
    if reference is not None:
        if given["occasions"]:
            raise DataError([Fault("`--occasions` says which sort is of which occasion, and goes with `--occasion COLUMN`; two files need no table")])
        (_, before, _), (_, after, _) = sources
        called = before.origin().name, after.origin().name
        if called[0] == called[1]:  # as they are called in the folders that they lie in
            one, other = ("/".join(Path(name).absolute().parts[-2:]) for name in (found, reference))
            called = (one, other) if one != other else called
        return before, after, between or BETWEEN, tuple(dict.fromkeys(told)), joined(called)
    _, data, _ = sources[0]
    beside = Path(found) / TABLE if Path(found).is_dir() else Path(found).with_name(TABLE)
    table = given["occasions"] or beside
    if not given["occasions"] and not beside.is_file():
        advice = "Give a table with `--occasions FILE`: a row for each sort, with the columns sort, participant and the one that `--occasion` names."
        raise DataError([Fault(f"which sort is of which occasion is not known: there is no {TABLE} with these sorts", file=found, advice=advice)])
    before, after, labels, notices = of_two(data, read_occasions(table, given["occasion"], only), between)
    where = "".join(f", {name} {value}" for name, value in only.items())
    title = f"{data.origin().name}{where}, {given['occasion']} {joined(labels)}"
    return before, after, labels, (*dict.fromkeys(told), *notices), title


def _without_excluded(before: QData, after: QData, given: Mapping[str, Any]) -> tuple[QData, QData, dict[str, str]]:
    """The sorts of both occasions without those of people who are left out, and who these are, with the reasons."""
    import numpy as np

    from qmethod.data import QData
    from qmethod_analysis.commands.people import without_excluded

    everybody = tuple(dict.fromkeys((*before.participants, *after.participants)))
    kept, _ = without_excluded(QData(np.zeros((2, len(everybody))), ("s1", "s2"), everybody), given)
    out = {one.participant: one.reason for one in kept.excluded}
    if out:
        before, after = (one.keep([name for name in one.participants if name not in out]) for one in (before, after))
    return before, after, out


def _screened(before: QData, after: QData, labels: tuple[str, str]) -> list[Notice]:
    """What there is to keep in mind of the sorts of each occasion."""
    from qmethod.screening import screen
    from qmethod_analysis.report.occasions import OF_ONE

    return [
        replace(notice, message=f"{OF_ONE.format(occasion=label)}{notice.message}")
        for data, label in zip((before, after), labels, strict=True)
        for notice in dict.fromkeys([*data.notices, *(one for one in screen(data) if one.code in TOLD)])
    ]


def _choices(both: tuple[QData, QData], labels: tuple[str, str], chosen: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """A hash of all that decides the figures: the same sorts, and what was asked of them."""
    from qmethod_analysis.folder.listing import digest
    from qmethod_analysis.tables.csv_output import to_csv
    from qmethod_analysis.tables.named import table_of

    repeated = given["retest"].read_bytes() if given["retest"] else b""
    tables = "\n".join(to_csv(table_of(replace(data, texts=("",) * data.n_statements), "sorts")) for data in both)
    named = " anonymous" if given["anonymous"] else ""
    return digest(f"compare {labels} {sorted(chosen.items(), key=str)} {given['seed']}{named}\n{tables}".encode() + repeated)


def _files(made: OccasionComparison, title: str, formats: tuple[DocumentFormat, ...], *, anonymous: bool) -> dict[str, bytes]:
    """The report, the tables and the result, by name."""
    import json

    from qmethod_analysis.report.occasions import NAME, pages
    from qmethod_analysis.tables.csv_output import to_csv
    from qmethod_analysis.tables.named import TABLES
    from qmethod_analysis.tables.occasions import as_dict

    files = {f"{NAME}-{name}.csv": to_csv(table(made)).encode() for name, table in TABLES[type(made)].items()}
    if made.viewpoints is None:
        del files[f"{NAME}-viewpoints.csv"]
    result = json.dumps(as_dict(made), indent=1, ensure_ascii=False, allow_nan=False)
    return {**pages(made, title, formats, anonymous=anonymous), **files, f"{NAME}.json": f"{result}\n".encode()}


def _print(made: OccasionComparison, title: str, written: Path | None) -> None:
    import numpy as np
    from rich.table import Table
    from rich.text import Text

    from qmethod_analysis.commands.speaking import screen, show
    from qmethod_analysis.interpretation.occasions import called, people_counted, rare, rules, story
    from qmethod_analysis.report.occasions import notice_said
    from qmethod_analysis.words.language import _
    from qmethod_analysis.words.narrative import decimal

    s = made.statements
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in ("p", _("change"), *called(made)):
        table.add_column(header, justify="right")
    table.add_column(_("statement"), overflow="fold")
    for i in np.argsort(s.p_values, kind="stable")[:SHOWN].tolist():
        figures = (rare(s.p_values[i]), decimal(s.change[i], 1), decimal(s.before[i], 1), decimal(s.after[i], 1))
        table.add_row(*figures, Text(f"{made.ids[i]} {made.texts[i]}".strip()))
    with screen() as console:
        console.print(_("{people} on two occasions: {title}", people=people_counted(made), title=title), style="bold", soft_wrap=True)
        for sentence in story(made):
            console.print(f"- {sentence}", soft_wrap=True)
        console.print("\n" + _("Mean places of the statements with the smallest p, which is corrected for all statements:"))
        show(console, table)
        console.print()
        for notice in made.notices:
            console.print(notice_said(made, notice), soft_wrap=True)
        console.print(rules(made), soft_wrap=True)
        where = _("Written: {file}", file=written) if written else _("Every statement and person, and pictures: --out DIR")
        console.print(where, soft_wrap=True)
