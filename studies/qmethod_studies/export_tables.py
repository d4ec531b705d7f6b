"""The tables of an export, as rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from qmethod.formats.spreadsheet import safe_text
from qmethod_studies.answering import shown
from qmethod_studies.collected import Collected
from qmethod_studies.definition import Study
from qmethod_studies.marks import REASONS
from qmethod_studies.quality import Quality
from qmethod_studies.questions import Question
from qmethod_studies.store import Event, Response

Row = list[Any]
Rows = tuple[list[str], list[Row]]

MOVES = frozenset({"place", "swap", "return", "pick", "same", "arrange", "undo", "redo"})


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    r"""A table as text: UTF-8, ``\n`` at line ends, empty cells for None, ``yes`` and ``no``, and no cell that a spreadsheet takes for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        cells = [_cell(value) for value in row]
        # What a cell holds never looks like the end of a line to a reader: a lone carriage return is quoted too.
        if any("\r" in cell for cell in cells):
            out.write(",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n")
        else:
            writer.writerow(cells)
    return out.getvalue()


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


def tables(collected: Collected) -> dict[str, Rows]:
    """Every table but the sorts and the codebook: header and rows, by the name of the file."""
    study, submitted = collected.study, collected.submitted
    made = {
        **({"participants.csv": _participants(collected)} if study.occasions else {}),
        "statements.csv": _statements(study),
        "responses.csv": _responses(collected),
        "answers.csv": _answers(study, collected.responses),
        "comments.csv": _comments(study, collected.responses),
        "consent.csv": _consent(collected),
        "events.csv": _events(collected),
    }
    if not submitted:
        return made
    return {**({"occasions.csv": _occasions(collected)} if study.occasions else {}), "placements.csv": _placements(study, submitted), **made}


def sort_name(study: Study, response: Response, participant: str | None = None) -> str:
    """What a sort is called: by its participant, and where people give several by its occasion too, such as ``p7.now.after``."""
    name = response.participant if participant is None else participant
    return ".".join([name, *(part for part in (response.condition, response.wave) if part)]) if study.occasions else name


def _whose(study: Study, response: Response) -> list[str]:
    """Whose row it is, and of which sort where people give several."""
    return [response.participant, *([response.condition, response.wave] if study.occasions else [])]


def _head(study: Study, *names: str) -> list[str]:
    """The header of a table whose rows begin with `_whose`."""
    return ["participant", *(["condition", "wave"] if study.occasions else []), *names]


def _occasions(collected: Collected) -> Rows:
    """A row for each sort: whose it is, its occasion, and where every statement lies."""
    study, submitted = collected.study, collected.submitted
    rows: list[Row] = [
        [
            *(sort_name(study, response), *_whose(study, response), response.position, collected.moment(response.submitted), response.simulated),
            *(response.board.places[name].column for name in study.ids),
        ]
        for response in submitted
    ]
    return ["sort", *_head(study, "position", "submitted", "simulated"), *study.ids], rows


def _participants(collected: Collected) -> Rows:
    """A row for everybody who agreed: the conditions that were given to them, and their answers."""
    study = collected.study
    waves = [one.id for one in study.waves] or [""]
    # What is asked after the sorts is asked in every wave.
    columns = [(question, "") for question in study.questions.before if question.answerable and not question.personal]
    columns += [(question, wave) for wave in waves for question in study.questions.after if question.answerable and not question.personal]
    named = [f"{question.id}.{wave}" if wave and len(waves) > 1 else question.id for question, wave in columns]
    people: dict[str, list[Response]] = {}
    for response in collected.responses:
        people.setdefault(response.participant, []).append(response)
    rows: list[Row] = []
    for name, sorts in people.items():
        answers: dict[tuple[str, str], Any] = {}
        for response in sorts:
            mine = study.for_sort(response.condition, first=response.position == 1, last=response.last).questions
            answers |= {(q.id, ""): response.answers[q.id] for q in mine.before if q.id in response.answers}
            answers |= {(q.id, response.wave): response.answers[q.id] for q in mine.after if q.id in response.answers}
        told = [_told(question, answers.get((question.id, wave))) for question, wave in columns]
        done = sum(response.status == "submitted" for response in sorts)
        marked = [(sort_name(study, one, ""), collected.quality[one.id].marks) for one in sorts if one.status == "submitted"]
        odd = "; ".join(f"{occasion.lstrip('.')}: {' '.join(marks)}" for occasion, marks in marked if marks)
        rows.append([name, " ".join(filter(None, sorts[0].assigned)), done, sorts[0].simulated, odd, *told])
    return ["participant", "conditions", "sorts", "simulated", "marks", *named], rows


def _told(question: Question, answer: Any) -> Any:
    """An answer in one cell: several options, or the rows of a matrix, one after another."""
    if answer is None:
        return None
    parts = list(question.exported(answer))
    if len(parts) == 1 and not parts[0][0]:
        return parts[0][1]
    return "; ".join(f"{row}: {value}" if row else str(value) for row, value in parts)


def _placements(study: Study, submitted: Sequence[Response]) -> Rows:
    rows: list[Row] = []
    for response in submitted:
        board = response.board
        for position, name in enumerate(response.order, 1):
            place = board.places[name]
            rows.append([*_whose(study, response), name, board.piles.get(name), place.column, place.by, position, response.simulated])
    return _head(study, "statement", "pile", "column", "placed_by", "shown", "simulated"), rows


def _statements(study: Study) -> Rows:
    languages = list(study.languages)
    rows = [[statement.id, *(statement.text.in_(language) for language in languages), " ".join(statement.tags)] for statement in study.statements]
    return ["id", *(f"text_{language}" for language in languages), "tags"], rows


def _responses(collected: Collected) -> Rows:
    study = collected.study
    header = [
        *_head(study, "status", "version", "language", "simulated", "started", "updated", "submitted", "minutes", "stages_done"),
        *("moves", "away_ms" if collected.exact else "away_minutes", "auto_placed", "comments", "refused", "order"),
        *("machine_share", "seconds_a_card", "one_pile", "changed_after_machine", "straight_line", "marks"),
        *(["receipt"] if collected.receipts else []),
    ]
    told = collected.moment
    rows: list[Row] = []
    for response in collected.responses:
        events = collected.events[response.id]
        rows.append(
            [
                *(*_whose(study, response), response.status, response.version, response.language, response.simulated),
                *(told(response.started), told(response.updated), told(response.submitted), minutes(collected, response)),
                " ".join(sorted(response.done)),
                sum(event.act in MOVES for event in events),
                collected.duration(sum(event.detail["ms"] for event in events if event.act == "away")),
                sum(place.by == "auto" for place in response.board.places.values()),
                len(response.comments),
                response.refused,
                " ".join(response.order),
                *_quality(collected.quality.get(response.id)),
                *([collected.receipts[response.id]] if collected.receipts else []),
            ]
        )
    return header, rows


def _quality(found: Quality | None) -> Row:
    """How a sort came about; nothing of one that was not submitted."""
    if found is None:
        return [None] * 6
    pace = None if found.seconds_a_card is None else round(found.seconds_a_card, 2)
    return [round(found.machine_share, 4), pace, found.one_pile, found.changed_after_machine, found.straight_line, " ".join(found.marks)]


def marked(collected: Collected, names: Mapping[int, str]) -> Rows:
    """The sorts with marks and why, as `--exclude` takes them.

    Parameters
    ----------
    collected : Collected
    names : mapping of int to str
        What each sort is called, by the number of the response.
    """
    marks = {name: collected.quality[number].marks for number, name in names.items()}
    return ["participant", "reason"], [[name, "; ".join(REASONS[mark] for mark in mine)] for name, mine in marks.items() if mine]


def minutes(collected: Collected, response: Response) -> float | None:
    """From the beginning to the submission of a response, in whole minutes unless times are to be exact; None where it was not submitted."""
    if response.submitted is None:
        return None
    passed = (response.submitted - response.started).total_seconds() / 60
    return round(passed, 2) if collected.exact else round(passed)


def _answers(study: Study, responses: Sequence[Response]) -> Rows:
    rows: list[Row] = []
    for response in responses:
        mine = study.for_sort(response.condition, first=response.position == 1, last=response.last).questions
        asked = {question.id for question in shown(mine, response.answers)}
        for question in mine.asked:
            if question.id not in response.answers:
                continue
            wordings = [question.option_texts(language) for language in (response.language, study.first_language)]
            for row, value in question.exported(response.answers[question.id]):
                texts = [wording.get(value) if row is None or not question.beside else None for wording in wordings]
                rows.append([*_whose(study, response), question.id, row, value, *texts, question.id in asked, response.status])
    return _head(study, "question", "row", "value", "text", f"text_{study.first_language}", "asked", "status"), rows


def _comments(study: Study, responses: Sequence[Response]) -> Rows:
    texts = {statement.id: statement.text.in_(study.first_language) for statement in study.statements}
    rows: list[Row] = []
    for response in responses:
        for name in study.ids:
            if name in response.comments:
                place = response.board.places.get(name)
                column = None if place is None else place.column
                rows.append([*_whose(study, response), name, texts[name], column, response.comments[name], response.language, response.status])
    return _head(study, "statement", "statement_text", "column", "comment", "language", "status"), rows


def _consent(collected: Collected) -> Rows:
    rows: list[Row] = [
        [response.participant, "agreed" if one.agreed else "declined", one.version, one.language, one.text_sha256, collected.moment(one.at)]
        for response in collected.responses
        for one in collected.consents[response.id]
    ]
    rows += [[None, "declined", collected.study.version, None, None, day] for day in collected.declined]
    return ["participant", "choice", "version", "language", "text_sha256", "time"], rows


def _events(collected: Collected) -> Rows:
    study = collected.study
    rows: list[Row] = [
        [
            *(
                *_whose(study, response),
                event.number,
                collected.moment(event.at),
                event.act,
                event.detail.get("statement"),
                _detail(collected, event),
            ),
            *(collected.duration(event.ms), collected.duration(event.idle)),
        ]
        for response in collected.responses
        for event in collected.events[response.id]
    ]
    return _head(
        study, "number", "time", "act", "statement", "detail", *(("ms", "idle_ms") if collected.exact else ("minutes", "idle_minutes"))
    ), rows


def detail(collected: Collected, event: Event) -> dict[str, Any]:
    """What an act did, with the length of an absence as it is told."""
    if collected.exact or event.act != "away":
        return dict(event.detail)
    return {"minutes": collected.duration(event.detail["ms"])}


def _detail(collected: Collected, event: Event) -> str:
    rest = {key: value for key, value in detail(collected, event).items() if key != "statement" and not (event.act == "submit" and key == "key")}
    return json.dumps(rest, ensure_ascii=False) if rest else ""
