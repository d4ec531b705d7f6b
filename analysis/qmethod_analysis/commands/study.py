"""``qmethod study``: begin, check and bring along the definition of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.commands.tolerance import SuggestingGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qmethod.data import Notice
    from qmethod.errors import DataError
    from qmethod_studies.definition import Study


@click.group("study", cls=SuggestingGroup)
def command() -> None:
    """Write, check and import the definition of a study.

    A study is a folder that holds study.yaml and statements.csv.

    \b
    Example:
      qmethod study new my-park
      qmethod study check my-park
    """  # noqa: D301 - click reads \b


@command.command("new")
@click.argument("name", metavar="NAME")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Folder to write to. [default: NAME]")
@click.option("--languages", metavar="CODES", default="en", show_default=True, help="Languages of the study by their codes, as en,es,ar.")
def new(name: str, out: Path | None, languages: str) -> None:
    """Write a small study to start from, explained field by field.

    \b
    Example:
      qmethod study new my-park --languages en,es
    """  # noqa: D301 - click reads \b
    from qmethod_studies.checks import about_interface
    from qmethod_studies.loading import load
    from qmethod_studies.starting import starting_files
    from qmethod_studies.writing import write_new

    files = starting_files(name, [code.strip() for code in languages.split(",") if code.strip()])
    folder = out or Path(name)
    for path in write_new(files, folder):
        click.echo(f"Wrote {path}")
    for notice in about_interface(load(folder)):
        click.echo(f"Mind: {notice.message}")
    click.echo(f"Change them to your study, and check with: qmethod study check {folder}")


@command.command("check")
@click.argument("study", metavar="STUDY")
@click.pass_context
def check(context: click.Context, study: str) -> None:
    """Say what a study holds, what is wrong with it, and what is odd.

    STUDY is a folder, a study.yaml, or the name of a study that ships. All faults are shown with file and line, and exit status is 2.
    """
    from qmethod.errors import DataError
    from qmethod_studies.loading import check as odd
    from qmethod_studies.loading import find, guessed, load

    path = find(study)
    try:
        read = load(path)
    except DataError as error:
        _print_faults(error)
        context.exit(ExitCode.BAD_INPUT)
    _print_study(read)
    _print_notices((*guessed(path), *odd(read)), "Worth a look", "Nothing odd was found.")


@command.command("schema")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="File to write to. [default: standard output]")
def schema(out: Path | None) -> None:
    """Write the JSON Schema of study.yaml, for editors that complete and check while you type.

    \b
    Example:
      qmethod study schema --out study.schema.json
    """  # noqa: D301 - click reads \b
    from qmethod_studies.schema import as_text

    if out is None:
        click.echo(as_text(), nl=False)
    else:
        out.write_text(as_text(), encoding="utf-8", newline="\n")
        click.echo(f"Wrote {out}")


@command.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", required=True, help="Folder to write study.yaml to.")
@click.option("--language", metavar="CODE", default="en", show_default=True, help="Language that the texts are in.")
@click.option("--name", metavar="NAME", default="", help="Short name of the study. [default: made from its title]")
def import_(paths: Sequence[Path], out: Path, language: str, name: str) -> None:
    """Turn a study of FlashQ, HtmlQ, EQ Web Sort or Quince into study.yaml.

    PATH is the folder that holds config.xml, statements.xml, map.xml and language.xml, or these files. Whatever could not be carried over is named.

    \b
    Example:
      qmethod study import old-study/settings --out my-study
    """  # noqa: D301 - click reads \b
    from qmethod_studies.checks import about_interface
    from qmethod_studies.foreign_xml import read
    from qmethod_studies.loading import load
    from qmethod_studies.writing import write

    study, notices = read(paths, language=language, study=name)
    for path in write(study, out):
        click.echo(f"Wrote {path}")
    imported = load(out)
    _print_notices(notices, "What was decided, and what could not be carried over", "Everything was carried over.")
    for notice in about_interface(imported):
        click.echo(f"Mind: {notice.message}")


def _print_faults(error: DataError) -> None:
    """Every fault, however many: whoever mends a file wants them all."""
    from qmethod_analysis.commands.spoken import option

    n = len(error.faults)
    click.echo(f"qmethod: {n} fault{'' if n == 1 else 's'}", err=True)
    for fault in error.faults:
        click.echo(f"{fault}{f' -> {fault.advised(option)}' if fault.advice else ''}", err=True)


def grid_picture(study: Study) -> list[str]:
    """The grid as lines of text, one box a place, the values above.

    Parameters
    ----------
    study : Study
    """
    from qmethod_studies.definition import column_label

    labels = [column_label(value) for value in study.columns]
    width = max(3, *map(len, labels))
    counts = list(study.capacity.values())
    rows = [" ".join(("[ ]" if count > row else "").center(width) for count in counts).rstrip() for row in range(max(counts))]
    return [" ".join(label.center(width) for label in labels).rstrip(), *rows]


def _print_study(study: Study) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    first = study.first_language
    stages = [name for name in ("presort", "refine", "why") if getattr(study.stages, name)]
    before, after = len(study.questions.before), len(study.questions.after)
    drafts = {code for code, language in study.languages.items() if language.draft}
    rows = (
        ("Study", f"{study.study}, version {study.version}: {study.title.in_(first)}"),
        ("Condition", study.condition.in_(first)),
        ("Languages", ", ".join(f"{spoken.name} ({code}{', draft' if code in drafts else ''})" for code, spoken in study.languages.items())),
        ("Statements", f"{len(study.statements)}{_tags(study)}"),
        ("Distribution", f"{study.distribution}, from {study.scale.low.in_(first)!r} to {study.scale.high.in_(first)!r}"),
        ("Stages", ", ".join([*stages[: stages.index("why") if "why" in stages else None], "sort", *(["why"] if "why" in stages else [])])),
        ("Questions", f"{before} before the sort, {after} after it"),
        ("Access", study.access.kind),
        ("Minutes", f"about {study.minutes}"),
        ("Viewpoints", ", ".join(view.name.in_(first) for view in study.viewpoints) or "none to compare with"),
        ("SHA-256", study.digest()),
    )
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in rows:
        table.add_row(Text(key, style="bold"), Text(value))
    table.add_row(Text("Grid", style="bold"), Text("\n".join(grid_picture(study)), no_wrap=True))
    console.print(table)
    console.print()


def _tags(study: Study) -> str:
    counts: dict[str, int] = {}
    for statement in study.statements:
        for tag in statement.tags:
            counts[tag] = counts.get(tag, 0) + 1
    return f"; tags: {', '.join(f'{tag} {count}' for tag, count in counts.items())}" if counts else ""


def _print_notices(notices: Sequence[Notice], heading: str, nothing: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    if not notices:
        console.print(nothing)
        return
    console.print(heading, style="bold")
    odd = Table.grid(padding=(0, 1))
    for notice in notices:
        odd.add_row("  -", Text(notice.message))
    console.print(odd)
