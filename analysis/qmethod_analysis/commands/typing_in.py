"""Sorts typed in the terminal, one line for each column; from a pipe the same lines, of which a wrong one is named by its number."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click

from qmethod.errors import DataError, Fault
from qmethod.wording import counted
from qmethod_analysis.commands.speaking import say
from qmethod_analysis.commands.spoken import told as spoken
from qmethod_analysis.entry import drafts, keeping, people
from qmethod_analysis.entry.desk import Desk
from qmethod_analysis.entry.second import Difference
from qmethod_analysis.entry.typed import Board, Slip, filled, label, slips, told, typed, values
from qmethod_studies.answering import shown
from qmethod_studies.definition import column_label
from qmethod_studies.questions.shapes import OneOfEach, SeveralOf

if TYPE_CHECKING:
    from qmethod_studies.questions import Question

BACK = "b"


class Ended(Exception):
    """There is no further line."""


@dataclass
class Lines:
    """Lines as they are typed, or come from a pipe.

    Parameters
    ----------
    live : bool
        Whether somebody sits at it, who can be asked again.
    number : int
        Of the last line, counted from 1.
    """

    live: bool = field(default_factory=lambda: sys.stdin is not None and sys.stdin.isatty())
    number: int = 0

    def ask(self, what: str, there: str = "") -> str:
        """The next line.

        Parameters
        ----------
        what : str
            What is to be typed.
        there : str
            What an empty line stands for.

        Raises
        ------
        Ended
        """
        self.number += 1
        if not self.live:
            line = sys.stdin.readline() if sys.stdin is not None else ""
            if not line:
                raise Ended
            return line.strip() or there
        try:
            given: str = click.prompt(what, default=there, show_default=bool(there), err=True)
        except click.Abort:
            raise Ended from None
        return given.strip()

    def refuse(self, error: DataError) -> None:
        """Say what is wrong with the last line; from a pipe nobody can be asked again.

        Raises
        ------
        DataError
            Where nobody sits at it: with the number of the line.
        """
        if not self.live:
            raise DataError([replace(fault, file="standard input", line=self.number) for fault in error.faults])
        click.echo(spoken(error), err=True)


def type_in(desk: Desk, by: str, *, check: bool, answers: bool) -> list[str]:
    """Sort after sort, until an empty line, the end of the input, or Ctrl+C.

    Parameters
    ----------
    desk : Desk
    by : str
        Initials; asked for where not given.
    check : bool
        Whether sorts are typed again, to compare.
    answers : bool
        Whether answers to the study's questions are asked for too.

    Returns
    -------
    list of str
        Whose sorts were saved, or checked.

    Raises
    ------
    DataError
        If a line from a pipe is wrong, or the last sort of it is not whole.
    """
    lines, name, done = Lines(), "", list[str]()
    try:
        by = by or _asked(lines, "Your initials", keeping.initials)
        while True:
            name = ""
            if check and lines.live:
                _to_check(desk)
            given = lines.ask("Participant, or nothing to end")
            if not given:
                return done
            try:
                name = _whose(desk, given, by, check=check, live=lines.live)
            except DataError as error:
                lines.refuse(error)
                continue
            if _one(desk, lines, name, by, check=check, answers=answers):
                done.append(name)
    except Ended:
        if name and not lines.live:
            message = f"the input ends within this sort; what came of it is kept as a draft in {drafts.folder_of(desk.out)}"
            raise DataError([Fault(message, participant=name, advice="Give a line for each column, from the lowest.")]) from None
        return done


def _whose(desk: Desk, given: str, by: str, *, check: bool, live: bool) -> str:
    """The participant that is typed next. A pipe may bring the very same sort again; whether it does is seen when it is whole."""
    if check:
        return keeping.to_check(desk.study, desk.out, given, by)
    return keeping.named(desk.study, desk.out, given, overwrite=desk.overwrite or not live)


def _asked(lines: Lines, what: str, checked: Any) -> str:
    while True:
        try:
            return str(checked(lines.ask(what)))
        except DataError as error:
            lines.refuse(error)


def _to_check(desk: Desk) -> None:
    kept = keeping.read(desk.study, desk.out)
    waiting = [name for name in kept.participants if name not in kept.lines or not kept.lines[name].checked_by]
    click.echo(f"Not checked yet: {', '.join(waiting) or 'none'}", err=True)


def _one(desk: Desk, lines: Lines, name: str, by: str, *, check: bool, answers: bool) -> bool:
    """One sort, from its draft where there is one; whether it was saved."""
    study = desk.study
    draft = drafts.find(study, desk.out, name, check=check)
    if draft is None or not lines.live:  # a pipe gives every line again
        revision = draft.revision if draft else 0
        draft = drafts.Draft(name, check, ("",) * len(study.columns), by, {}, revision)
    draft = replace(draft, by=by)
    board = filled(study, draft.lines)
    if any(board.numbers):
        click.echo(
            f"Of {name} {counted(sum(map(len, board.numbers)), 'card')} are kept in a draft. An empty line leaves a column as it is.", err=True
        )
    if lines.live:
        click.echo(f"{BACK} goes back to the column before.", err=True)
    while True:
        draft = _columns(desk, lines, draft)
        board = filled(study, draft.lines)
        if not slips(board):
            break
        lines.refuse(_fault(name, slips(board)))
    if answers and not check:
        draft = drafts.keep(study, desk.out, replace(draft, answers=_answers(desk, lines)))
    if not check:
        try:
            keeping.save(study, desk.out, draft, values(board), overwrite=desk.overwrite)
        except DataError as error:
            lines.refuse(error)
            return False
        say(f"Saved: {name}, {counted(board.n_cards, 'card')}.")
    else:
        _check(desk, lines, draft, values(board))
    return True


def _columns(desk: Desk, lines: Lines, draft: drafts.Draft) -> drafts.Draft:
    """The draft after all columns were typed once."""
    column = 0
    while column < len(draft.lines):
        board = filled(desk.study, draft.lines)
        places = "any number of cards" if board.counts is None else counted(board.counts[column], "card")
        given = lines.ask(f"{label(board, column)} ({places})", draft.lines[column])
        if lines.live and given.lower() == BACK:
            column = max(0, column - 1)
            continue
        board = typed(board, column, given)
        typed_lines = tuple(" ".join(numbers) for numbers in board.numbers)
        draft = drafts.keep(desk.study, desk.out, replace(draft, lines=typed_lines))
        found = _now_wrong(board, column)
        if found:
            lines.refuse(_fault(draft.participant, found))
            continue
        if lines.live:
            for number in board.numbers[column]:
                click.echo(f"   {number} {desk.study.statements[int(number) - 1].text.in_(desk.language)}", err=True)
        column += 1
    return draft


def _now_wrong(board: Board, column: int) -> tuple[Slip, ...]:
    """What is wrong with a column that was typed to its end."""
    return tuple(slip for slip in slips(board) if column in slip.columns)


def _fault(name: str, found: tuple[Slip, ...]) -> DataError:
    return DataError([Fault(said, participant=name, advice="Look at the sheet, and type the column again.") for said in told(found)])


def _check(desk: Desk, lines: Lines, draft: drafts.Draft, second: tuple[float, ...]) -> None:
    """The differences of two typings, each settled in a line for the column and one for the reason."""
    found = keeping.differing(desk.study, desk.out, draft.participant, second)
    while True:
        choices = {one.card: _settled(desk, lines, one) for one in found}
        try:
            settled = keeping.save_check(desk.study, desk.out, draft, second, choices)
        except DataError as error:
            lines.refuse(error)
            continue
        say(f"Checked: {draft.participant}, {counted(len(settled), 'difference')}.")
        return


def _settled(desk: Desk, lines: Lines, one: Difference) -> tuple[float, str]:
    wording = desk.study.statements[one.card - 1].text.in_(desk.language)
    click.echo(f"Card {one.card} was typed first in {column_label(one.first)}, now in {column_label(one.second)}: {wording}", err=True)
    while True:
        given = lines.ask("Which column is right").replace("\u2212", "-")
        try:
            kept = float(given)
        except ValueError:
            kept = float("nan")
        if kept in desk.study.columns:
            return kept, _asked(lines, "Why", _reason)
        lines.refuse(DataError([Fault(f"{given!r} is no column", advice=f"They are {', '.join(map(column_label, desk.study.columns))}.")]))


def _reason(given: str) -> str:
    if not given:
        raise DataError([Fault("a reason is needed", advice="A word will do, such as: misread.")])
    return given


def _answers(desk: Desk, lines: Lines) -> dict[str, Any]:
    """What the person answered; an empty line leaves a question out."""
    answers: dict[str, Any] = {}
    for question in desk.study.questions:
        if question.answerable and question in shown(desk.study.questions, people.cleaned(desk.study, answers)[0]):
            _answer(desk, lines, question, answers)
    return answers


def _answer(desk: Desk, lines: Lines, question: Question, answers: dict[str, Any]) -> None:
    options = question.option_texts(desk.language)
    shape = question.shape(desk.language)
    while True:
        click.echo(question.label.in_(desk.language), err=True)
        for n, text in enumerate(options.values(), 1):
            click.echo(f"   {n} {text}", err=True)
        if isinstance(shape, OneOfEach):
            given: Any = {row: _option(lines.ask(said), options) for row, said in shape.rows.items()}
        elif isinstance(shape, SeveralOf):
            given = [_option(part, options) for part in lines.ask("Numbers, or nothing").replace(",", " ").split()]
        else:
            given = _option(lines.ask("Answer, or nothing"), options)
        _, wrong = people.cleaned(desk.study, {**answers, question.id: given})
        if question.id not in wrong:
            answers[question.id] = given
            return
        lines.refuse(DataError([Fault(f"{question.label.in_(desk.language)}: {wrong[question.id]}", advice="An empty line leaves it out.")]))


def _option(given: str, options: Any) -> str:
    """The id of the option with this number."""
    names = list(options)
    return names[int(given) - 1] if given.isdecimal() and len(given) < 6 and 0 < int(given) <= len(names) else given
