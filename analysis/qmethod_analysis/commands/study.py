"""``qmethod study``: begin, check and bring along the definition of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.options import STUDY, out_option, overwrite_option, quiet_option, voice_options
from qmethod_analysis.commands.tolerance import SuggestingGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qmethod.notice import Notice
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
@out_option("Folder to write to", default="NAME")
@click.option("--languages", metavar="CODES", default="en", show_default=True, help="Languages of the study by their codes, as en,es,ar.")
@voice_options
def new(name: str, out: Path | None, languages: str) -> None:
    """Write a small study to start from, explained field by field.

    A study is text of yours: nothing is ever written over one.

    \b
    Example:
      qmethod study new my-park --languages en,es
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_studies.loading import load
    from qmethod_studies.spoken import about_interface
    from qmethod_studies.starting import starting_files
    from qmethod_studies.writing import write_new

    files = starting_files(name, [code.strip() for code in languages.split(",") if code.strip()])
    folder = out or Path(name)
    _check_new(folder)
    written = write_new(files, folder)
    minded = about_interface(load(folder))
    if wants_json():
        answer({**files_in(folder, list(files)), "study": name, "notices": [{"code": n.code, "message": n.message} for n in minded]})
    say(*(f"Written: {path}" for path in written))
    say(*(f"Mind: {notice.message}" for notice in minded), "Change them to your study.")
    next_steps(("study", "check", folder))


@command.command("check")
@click.argument("study", type=STUDY, metavar="STUDY")
@voice_options
def check(study: str) -> None:
    """Say what a study holds, what is wrong with it, and what is odd.

    STUDY is a folder, a study.yaml, the folder of an export, or the name of a study that ships with a definition, such as leadership. All
    faults are shown with file and line, and exit status is 2.

    \b
    Example:
      qmethod study check my-park
      qmethod study check leadership --json
    """  # noqa: D301 - click reads \b
    from qmethod.errors import DataError
    from qmethod_analysis.commands.faults import every_fault
    from qmethod_analysis.commands.speaking import answer, next_steps, wants_json
    from qmethod_studies.loading import check as odd
    from qmethod_studies.loading import find, guessed, load

    path = find(study)
    try:
        read = load(path, to_serve=True)
    except DataError as error:
        raise every_fault(error, study) from None
    notices = odd(read)
    if wants_json():
        told = [{"code": n.code, "message": n.message} for n in notices]
        answer({**{key.lower(): value for key, value in _facts(read)}, "grid": str(read.q_grid), "notices": told})
    _print_study(read)
    _print_notices((*guessed(path), *notices), "Worth a look", "Nothing odd was found.")
    next_steps(("serve", Path(study) if Path(study).exists() else study))


@command.command("words")
@click.argument("study", type=STUDY, metavar="STUDY")
@click.option("--language", metavar="CODE", required=True, help="Language of the words by its code, as fi or zh-Hant.")
@out_option("File to write to", default="standard output", metavar="FILE")
@quiet_option
def words(study: str, language: str, out: Path | None) -> None:
    """Begin a language: write a table of all words of the pages to fill in.

    STUDY is a folder, a study.yaml, or the name of a study that ships. Each text of the pages stands in the table with its English beside it, and
    with what the study says already. Filled in and put into study.yaml, it makes the pages speak a language that they do not know; or change a few
    words, such as the names of the piles, and leave the rest empty. Nothing is ever written over a file.

    \b
    Example:
      qmethod study words my-park --language fi --out words.yaml
    """  # noqa: D301 - click reads \b
    from qmethod.errors import DataError, Fault
    from qmethod_analysis.commands.speaking import next_steps, say
    from qmethod_studies.loading import find, words_of
    from qmethod_studies.parts import is_language_code
    from qmethod_studies.words import table
    from qmethod_studies.writing import write_new

    if not is_language_code(language):
        raise DataError([Fault(f"{language!r} is no code of a language", advice="Codes are such as fi, pt-BR or zh-Hant.")])
    content = table(words_of(find(study)), language)
    if out is None:
        click.echo(content.encode(), nl=False)
        return
    write_new({out.name: content}, out.parent)
    say(f"Written: {out}", f"Fill it in, and put it into study.yaml; the study has to name the language under `languages` ({language}) too.")
    next_steps(("study", "check", study))


@command.command("schema")
@out_option("File to write to", default="standard output", metavar="FILE")
@overwrite_option
@quiet_option
def schema(out: Path | None, overwrite: bool) -> None:
    """Write the JSON Schema of study.yaml, for editors that complete and check while you type.

    \b
    Example:
      qmethod study schema --out study.schema.json
    """  # noqa: D301 - click reads \b
    from qmethod.formats.putting import place
    from qmethod_analysis.commands.speaking import say
    from qmethod_analysis.folder.renewing import check_file
    from qmethod_studies.schema import as_text

    content = as_text().encode()
    if out is None:
        click.echo(content, nl=False)
        return
    check_file(out, content, "schema", lambda there: b"https://json-schema.org/" in there and b"statements" in there, overwrite=overwrite)
    place({out: content})
    say(f"Written: {out}")


@command.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@out_option("Folder to write to", required=True)
@click.option("--language", metavar="CODE", default="en", show_default=True, help="Language that the texts are in.")
@click.option("--name", metavar="NAME", default="", help="Short name of the study. [default: made from its title]")
@voice_options
def import_(paths: Sequence[Path], out: Path, language: str, name: str) -> None:
    """Turn a study of FlashQ, HtmlQ, EQ Web Sort or Quince into study.yaml.

    PATH is the folder that holds config.xml, statements.xml, map.xml and language.xml, or these files. Whatever could not be carried over is named.
    A study is text of yours: nothing is ever written over one.

    \b
    Example:
      qmethod study import old-study/settings --out my-study
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.speaking import answer, files_in, next_steps, say, wants_json
    from qmethod_studies.foreign_xml import read
    from qmethod_studies.loading import load
    from qmethod_studies.spoken import about_interface
    from qmethod_studies.writing import write

    study, notices = read(paths, language=language, study=name)
    _check_new(out)
    written = write(study, out)
    imported = load(out)
    if wants_json():
        told = [{"code": n.code, "message": n.message} for n in (*notices, *about_interface(imported))]
        answer({**files_in(out, [path.relative_to(out).as_posix() for path in written]), "study": imported.study, "notices": told})
    say(*(f"Written: {path}" for path in written))
    _print_notices(notices, "What was decided, and what could not be carried over", "Everything was carried over.")
    say(*(f"Mind: {notice.message}" for notice in about_interface(imported)))
    next_steps(("study", "check", out))


def _check_new(folder: Path) -> None:
    """Refuse to begin a study where something lies."""
    from qmethod.errors import DataError, Fault
    from qmethod_analysis.folder.renewing import ELSEWHERE, OUT

    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not there and (folder.is_dir() or not folder.exists()):
        return
    listed = f"this folder holds {', '.join(there[:5])}{' ...' if len(there) > 5 else ''}" if there else "this is a file"
    message = f"{listed}; a study is begun in a folder that is new or empty, and nothing was written"
    raise DataError([Fault(message, file=str(folder), advice=ELSEWHERE, settings=(OUT,))])


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


def _occasions(study: Study) -> Iterator[tuple[str, str]]:
    """Under what conditions of instruction people sort, and when."""
    first = study.first_language
    if not study.conditions:
        yield "Condition", study.condition.in_(first)
    for one in study.conditions:
        yield f"Condition {one.id}", one.instruction.in_(first)
    if study.conditions:
        yield "Assigned", {"all": "everybody to each", "random": "everybody to one, by draw", "by link": "by the invitation"}[study.assign]
    for wave in study.waves:
        days = " ".join(f"{word} {day}" for word, day in (("from", wave.opens), ("to", wave.closes)) if day is not None)
        yield f"Wave {wave.id}", f"{wave.name.in_(first)}{f', {days}' if days else ''}"


def _facts(study: Study) -> tuple[tuple[str, str], ...]:
    """What a study holds, each in words under its heading."""
    from qmethod_studies.admission import terms

    first = study.first_language
    stages = [name for name in ("presort", "refine", "why") if getattr(study.stages, name)]
    before, after = len(study.questions.before), len(study.questions.after)
    drafts = {code for code, language in study.languages.items() if language.draft}
    return (
        ("Study", f"{study.study}, version {study.version}: {study.title.in_(first)}"),
        *_occasions(study),
        ("Languages", ", ".join(f"{spoken.name} ({code}{', draft' if code in drafts else ''})" for code, spoken in study.languages.items())),
        ("Statements", f"{len(study.statements)}{_tags(study)}"),
        ("Distribution", f"{study.distribution}, from {study.scale.low.in_(first)!r} to {study.scale.high.in_(first)!r}"),
        ("Stages", ", ".join([*stages[: stages.index("why") if "why" in stages else None], "sort", *(["why"] if "why" in stages else [])])),
        ("Questions", f"{before} before the sort, {after} after it"),
        ("Access", study.access.kind),
        *terms(study),
        ("Minutes", f"about {study.minutes}"),
        ("Viewpoints", ", ".join(view.name.in_(first) for view in study.viewpoints) or "none to compare with"),
        ("SHA-256", study.digest()),
    )


def _print_study(study: Study) -> None:
    from rich.table import Table
    from rich.text import Text

    from qmethod_analysis.commands.speaking import screen, show

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in _facts(study):
        table.add_row(Text(key, style="bold"), Text(value))
    table.add_row(Text("Grid", style="bold"), Text("\n".join(grid_picture(study)), no_wrap=True))
    with screen() as console:
        show(console, table)
        console.print()


def _tags(study: Study) -> str:
    counts: dict[str, int] = {}
    for statement in study.statements:
        for tag in statement.tags:
            counts[tag] = counts.get(tag, 0) + 1
    return f"; tags: {', '.join(f'{tag} {count}' for tag, count in counts.items())}" if counts else ""


def _print_notices(notices: Sequence[Notice], heading: str, nothing: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from qmethod_analysis.commands.speaking import screen, show

    odd = Table.grid(padding=(0, 1))
    for notice in notices:
        odd.add_row("  -", Text(notice.message))
    with screen() as console:
        if notices:
            console.print(heading, style="bold")
            show(console, odd)
        else:
            console.print(nothing)
