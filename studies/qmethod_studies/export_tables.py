"""The tables of an export, as rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from qmethod.formats.spreadsheet import safe_text
from qmethod_studies.answering import shown
from qmethod_studies.collected import Collected
from qmethod_studies.definition import Study
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
    return safe_text(value) if isinstance(value, str) else str(value.isoformat(timespec="milliseconds"))


def tables(collected: Collected) -> dict[str, Rows]:
    """Every table but the sorts and the codebook: header and rows, by the name of the file."""
    study, submitted = collected.study, collected.submitted
    made = {
        "statements.csv": _statements(study),
        "responses.csv": _responses(collected),
        "answers.csv": _answers(study, collected.responses),
        "comments.csv": _comments(study, collected.responses),
        "consent.csv": _consent(collected),
        "events.csv": _events(collected),
    }
    return {"placements.csv": _placements(submitted), **made} if submitted else made


def _placements(submitted: Sequence[Response]) -> Rows:
    rows: list[Row] = []
    for response in submitted:
        board = response.board
        for position, name in enumerate(response.order, 1):
            place = board.places[name]
            rows.append([response.participant, name, board.piles.get(name), place.column, place.by, position, response.simulated])
    return ["participant", "statement", "pile", "column", "placed_by", "shown", "simulated"], rows


def _statements(study: Study) -> Rows:
    languages = list(study.languages)
    rows = [[statement.id, *(statement.text.in_(language) for language in languages), " ".join(statement.tags)] for statement in study.statements]
    return ["id", *(f"text_{language}" for language in languages), "tags"], rows


def _responses(collected: Collected) -> Rows:
    header = [
        *("participant", "status", "version", "language", "simulated", "started", "updated", "submitted", "minutes", "stages_done"),
        *("moves", "away_ms", "auto_placed", "comments", "refused", "order"),
    ]
    rows: list[Row] = []
    for response in collected.responses:
        events = collected.events[response.id]
        minutes = round((response.submitted - response.started).total_seconds() / 60, 2) if response.submitted else None
        rows.append(
            [
                *(response.participant, response.status, response.version, response.language, response.simulated),
                *(response.started, response.updated, response.submitted, minutes, " ".join(sorted(response.done))),
                sum(event.act in MOVES for event in events),
                sum(event.detail["ms"] for event in events if event.act == "away"),
                sum(place.by == "auto" for place in response.board.places.values()),
                len(response.comments),
                response.refused,
                " ".join(response.order),
            ]
        )
    return header, rows


def _answers(study: Study, responses: Sequence[Response]) -> Rows:
    rows: list[Row] = []
    for response in responses:
        asked = {question.id for question in shown(study.questions, response.answers)}
        for question in study.questions:
            if question.id not in response.answers:
                continue
            wordings = [question.option_texts(language) for language in (response.language, study.first_language)]
            for row, value in question.exported(response.answers[question.id]):
                texts = [wording[value] if wording else None for wording in wordings]
                rows.append([response.participant, question.id, row, value, *texts, question.id in asked, response.status])
    return ["participant", "question", "row", "value", "text", f"text_{study.first_language}", "asked", "status"], rows


def _comments(study: Study, responses: Sequence[Response]) -> Rows:
    texts = {statement.id: statement.text.in_(study.first_language) for statement in study.statements}
    rows: list[Row] = []
    for response in responses:
        for name in study.ids:
            if name in response.comments:
                place = response.board.places.get(name)
                column = None if place is None else place.column
                rows.append([response.participant, name, texts[name], column, response.comments[name], response.language, response.status])
    return ["participant", "statement", "statement_text", "column", "comment", "language", "status"], rows


def _consent(collected: Collected) -> Rows:
    rows: list[Row] = [
        [response.participant, "agreed" if one.agreed else "declined", one.version, one.language, one.text_sha256, one.at]
        for response in collected.responses
        for one in collected.consents[response.id]
    ]
    return ["participant", "choice", "version", "language", "text_sha256", "time"], rows


def _events(collected: Collected) -> Rows:
    rows: list[Row] = [
        [response.participant, event.number, event.at, event.act, event.detail.get("statement"), _detail(event), event.ms, event.idle]
        for response in collected.responses
        for event in collected.events[response.id]
    ]
    return ["participant", "number", "time", "act", "statement", "detail", "ms", "idle_ms"], rows


def _detail(event: Event) -> str:
    rest = {key: value for key, value in event.detail.items() if key != "statement" and not (event.act == "submit" and key == "key")}
    return json.dumps(rest, ensure_ascii=False) if rest else ""
