"""The tables of an export, as rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import IO, Any

from qmethod.formats.spreadsheet import safe_text
from qmethod_studies.answering import shown
from qmethod_studies.collected import Collected, Whole
from qmethod_studies.definition import Study
from qmethod_studies.marks import REASONS
from qmethod_studies.quality import Quality
from qmethod_studies.questions import Question
from qmethod_studies.store import Entry, Event, Response

Row = list[Any]
Rows = tuple[list[str], list[Row]]

MOVES = frozenset({"place", "swap", "return", "pick", "same", "arrange", "undo", "redo"})


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as text; see `CsvTable`."""
    out = io.StringIO(newline="")
    table = CsvTable(out, header)
    table.add(rows)
    return out.getvalue()


class CsvTable:
    r"""A table that is written row by row: ``\n`` at line ends, empty cells for None, ``yes`` and ``no``, no cell that a spreadsheet runs.

    Parameters
    ----------
    out : text stream
    header : sequence of str
    """

    def __init__(self, out: IO[str], header: Sequence[str]) -> None:
        self._out = out
        self._writer = csv.writer(out, lineterminator="\n")
        self._writer.writerow(header)

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows."""
        for row in rows:
            cells = [_cell(value) for value in row]
            # What a cell holds never looks like the end of a line to a reader: a lone carriage return is quoted too.
            if any("\r" in cell for cell in cells):
                self._out.write(",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n")
            else:
                self._writer.writerow(cells)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    if isinstance(value, str):
        return safe_text(value)
    return str(value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value.isoformat())


def tables(collected: Collected) -> dict[str, tuple[list[str], Callable[[Whole], Iterable[Row]]]]:
    """The tables to which each response adds rows: header, and what gives the rows of a response, by the name of the file.

    Participants have the names in them that they have in CSV.
    """
    study = collected.study
    of_sorts: dict[str, tuple[list[str], Callable[[Whole], Iterable[Row]]]] = {
        **({"occasions.csv": (_occasions_header(study), partial(_occasions, collected))} if study.occasions else {}),
        "placements.csv": (_head(study, "statement", "pile", "column", "placed_by", "shown", "simulated"), partial(_placements, study)),
    }
    return {
        **(of_sorts if collected.submitted else {}),
        "responses.csv": (_responses_header(collected), partial(_responses, collected)),
        "answers.csv": (
            _head(study, "question", "row", "value", "text", f"text_{study.first_language}", "asked", "status"),
            partial(_answers, study),
        ),
        "comments.csv": (_head(study, "statement", "statement_text", "column", "comment", "language", "status"), partial(_comments, study)),
        "consent.csv": (["participant", "choice", "version", "language", "text_sha256", "time"], partial(_consent, collected)),
        "events.csv": (_events_header(collected), partial(_events, collected)),
    }


def sort_name(study: Study, response: Response | Entry, participant: str | None = None) -> str:
    """What a sort is called: by its participant, and where people give several by its occasion too, such as ``p7.now.after``."""
    name = response.participant if participant is None else participant
    return ".".join([name, *(part for part in (response.condition, response.wave) if part)]) if study.occasions else name


def _whose(study: Study, response: Response) -> list[str]:
    """Whose row it is, and of which sort where people give several."""
    return [response.participant, *([response.condition, response.wave] if study.occasions else [])]


def _head(study: Study, *names: str) -> list[str]:
    """The header of a table whose rows begin with `_whose`."""
    return ["participant", *(["condition", "wave"] if study.occasions else []), *names]


def _occasions_header(study: Study) -> list[str]:
    return ["sort", *_head(study, "position", "submitted", "simulated"), *study.ids]


def _occasions(collected: Collected, whole: Whole) -> Iterator[Row]:
    """A row for each sort: whose it is, its occasion, and where every statement lies."""
    study, response = collected.study, whole.response
    if response.status == "submitted":
        yield [
            *(sort_name(study, response), *_whose(study, response), response.position, collected.moment(response.submitted), response.simulated),
            *(response.board.places[name].column for name in study.ids),
        ]


def participants(collected: Collected, sorts: Iterable[tuple[Response, tuple[str, ...]]]) -> Rows:
    """A row for everybody who agreed: the conditions that were given to them, and their answers.

    Parameters
    ----------
    collected : Collected
    sorts : iterable of (Response, tuple of str)
        All sorts in the order in which they began, with their marks; what lies on their boards is not asked for.
    """
    study = collected.study
    waves = [one.id for one in study.waves] or [""]
    # What is asked after the sorts is asked in every wave.
    columns = [(question, "") for question in study.questions.before if question.answerable and not question.personal]
    columns += [(question, wave) for wave in waves for question in study.questions.after if question.answerable and not question.personal]
    named = [f"{question.id}.{wave}" if wave and len(waves) > 1 else question.id for question, wave in columns]
    people: dict[str, list[tuple[Response, tuple[str, ...]]]] = {}
    for response, marks in sorts:
        people.setdefault(response.participant, []).append((response, marks))
    rows: list[Row] = []
    for name, given in people.items():
        answers: dict[tuple[str, str], Any] = {}
        for response, _ in given:
            mine = study.for_sort(response.condition, first=response.position == 1, last=response.last).questions
            answers |= {(q.id, ""): response.answers[q.id] for q in mine.before if q.id in response.answers}
            answers |= {(q.id, response.wave): response.answers[q.id] for q in mine.after if q.id in response.answers}
        told = [_told(question, answers.get((question.id, wave))) for question, wave in columns]
        done = sum(response.status == "submitted" for response, _ in given)
        odd = "; ".join(f"{sort_name(study, one, '').lstrip('.')}: {' '.join(marks)}" for one, marks in given if marks)
        first = given[0][0]
        rows.append([name, " ".join(filter(None, first.assigned)), done, first.simulated, odd, *told])
    return ["participant", "conditions", "sorts", "simulated", "marks", *named], rows


def _told(question: Question, answer: Any) -> Any:
    """An answer in one cell: several options, or the rows of a matrix, one after another."""
    if answer is None:
        return None
    parts = list(question.exported(answer))
    if len(parts) == 1 and not parts[0][0]:
        return parts[0][1]
    return "; ".join(f"{row}: {value}" if row else str(value) for row, value in parts)


def _placements(study: Study, whole: Whole) -> Iterator[Row]:
    response, board = whole.response, whole.response.board
    if response.status != "submitted":
        return
    for position, name in enumerate(response.order, 1):
        place = board.places[name]
        yield [*_whose(study, response), name, board.piles.get(name), place.column, place.by, position, response.simulated]


def statements(study: Study) -> Rows:
    """The Q set in all languages."""
    languages = list(study.languages)
    rows = [[statement.id, *(statement.text.in_(language) for language in languages), " ".join(statement.tags)] for statement in study.statements]
    return ["id", *(f"text_{language}" for language in languages), "tags"], rows


def _responses_header(collected: Collected) -> list[str]:
    return [
        *_head(collected.study, "status", "version", "language", "simulated", "started", "updated", "submitted", "minutes", "stages_done"),
        *("moves", "away_ms" if collected.exact else "away_minutes", "auto_placed", "comments", "refused", "order"),
        *("machine_share", "seconds_a_card", "one_pile", "changed_after_machine", "straight_line", "marks"),
        *(["receipt"] if collected.sends_receipts else []),
    ]


def _responses(collected: Collected, whole: Whole) -> Iterator[Row]:
    told, response, events = collected.moment, whole.response, whole.events
    yield [
        *(*_whose(collected.study, response), response.status, response.version, response.language, response.simulated),
        *(told(response.started), told(response.updated), told(response.submitted), minutes(collected, response)),
        " ".join(sorted(response.done)),
        sum(event.act in MOVES for event in events),
        collected.duration(sum(event.detail["ms"] for event in events if event.act == "away")),
        sum(place.by == "auto" for place in response.board.places.values()),
        len(response.comments),
        response.refused,
        " ".join(response.order),
        *_quality(whole.quality),
        *([whole.receipt] if collected.sends_receipts else []),
    ]


def _quality(found: Quality | None) -> Row:
    """How a sort came about; nothing of one that was not submitted."""
    if found is None:
        return [None] * 6
    pace = None if found.seconds_a_card is None else round(found.seconds_a_card, 2)
    return [round(found.machine_share, 4), pace, found.one_pile, found.changed_after_machine, found.straight_line, " ".join(found.marks)]


def marked(marks: Iterable[tuple[str, tuple[str, ...]]]) -> Rows:
    """The sorts with marks and why, as `--exclude` takes them.

    Parameters
    ----------
    marks : iterable of (str, tuple of str)
        What each sort is called, and its marks.
    """
    return ["participant", "reason"], [[name, "; ".join(REASONS[mark] for mark in mine)] for name, mine in marks if mine]


def minutes(collected: Collected, response: Response) -> float | None:
    """From the beginning to the submission of a response, in whole minutes unless times are to be exact; None where it was not submitted."""
    if response.submitted is None:
        return None
    passed = (response.submitted - response.started).total_seconds() / 60
    return round(passed, 2) if collected.exact else round(passed)


def _answers(study: Study, whole: Whole) -> Iterator[Row]:
    response = whole.response
    mine = study.for_sort(response.condition, first=response.position == 1, last=response.last).questions
    asked = {question.id for question in shown(mine, response.answers)}
    for question in mine.asked:
        if question.id not in response.answers:
            continue
        wordings = [question.option_texts(language) for language in (response.language, study.first_language)]
        for row, value in question.exported(response.answers[question.id]):
            texts = [wording.get(value) if row is None or not question.beside else None for wording in wordings]
            yield [*_whose(study, response), question.id, row, value, *texts, question.id in asked, response.status]


def _comments(study: Study, whole: Whole) -> Iterator[Row]:
    response = whole.response
    for statement in study.statements:
        name = statement.id
        if name in response.comments:
            place, text = response.board.places.get(name), statement.text.in_(study.first_language)
            column = None if place is None else place.column
            yield [*_whose(study, response), name, text, column, response.comments[name], response.language, response.status]


def _consent(collected: Collected, whole: Whole) -> Iterator[Row]:
    for one in whole.consents:
        choice = "agreed" if one.agreed else "declined"
        yield [whole.response.participant, choice, one.version, one.language, one.text_sha256, collected.moment(one.at)]


def declined(collected: Collected) -> Iterator[Row]:
    """Rows of consent.csv for those who declined, of whom the day is known and nothing else."""
    yield from ([None, "declined", collected.study.version, None, None, day] for day in collected.declined)


def _events_header(collected: Collected) -> list[str]:
    times = ("ms", "idle_ms") if collected.exact else ("minutes", "idle_minutes")
    return _head(collected.study, "number", "time", "act", "statement", "detail", *times)


def _events(collected: Collected, whole: Whole) -> Iterator[Row]:
    whose = _whose(collected.study, whole.response)
    for event in whole.events:
        yield [
            *(*whose, event.number, collected.moment(event.at), event.act, event.detail.get("statement"), _detail(collected, event)),
            *(collected.duration(event.ms), collected.duration(event.idle)),
        ]


def detail(collected: Collected, event: Event) -> dict[str, Any]:
    """What an act did, with the length of an absence as it is told."""
    if collected.exact or event.act != "away":
        return dict(event.detail)
    return {"minutes": collected.duration(event.detail["ms"])}


def _detail(collected: Collected, event: Event) -> str:
    rest = {key: value for key, value in detail(collected, event).items() if key != "statement" and not (event.act == "submit" and key == "key")}
    return json.dumps(rest, ensure_ascii=False) if rest else ""
