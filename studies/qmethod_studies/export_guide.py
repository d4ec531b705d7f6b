"""What the reader of an export needs to know: notes, codebook and README."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qmethod import __version__
from qmethod.wording import counted
from qmethod_studies.admission import finished, terms
from qmethod_studies.collected import Collected
from qmethod_studies.definition import Study, column_label
from qmethod_studies.quality import CHANCE, LONGEST_PAUSE, MACHINE_SHARE, SECONDS_A_CARD
from qmethod_studies.questions import Question

_PARTICIPANT = "Id of the participant: as the address or invitation gave it, else a pseudonym."
FILES: dict[str, tuple[str, dict[str, str]]] = {
    "sorts.csv": (
        "The submitted sorts, statements in rows. Read it with: qmethod analyse sorts.csv",
        {
            "statement": "Id of the statement.",
            "text": "Its wording in the first language.",
            "(each further column)": "The column a participant put it in.",
        },
    ),
    "sorts.dat": ("The same sorts for PQMethod and programs that read its files.", {}),
    "sorts.sta": ("The wording of the statements for PQMethod, one a line, in the same order.", {}),
    "names.csv": (
        "Names that had to be changed for a file.",
        {"participant": _PARTICIPANT, "sorts_csv": "The name in sorts.csv.", "sorts_dat": "The name in sorts.dat."},
    ),
    "marked.csv": (
        "Submitted sorts that nobody may have thought about, as responses.csv marks them. Look at them, and --exclude marked.csv leaves them out.",
        {"participant": "The name in sorts.csv.", "reason": "What is odd; more than one thing with semicolons between."},
    ),
    "occasions.csv": (
        "One line for each submitted sort, where people give several: whose it is, on which occasion, and where every statement lies.",
        {
            "sort": "Its name in sorts.csv.",
            "participant": _PARTICIPANT,
            "position": "The how-manieth sort of this participant it is.",
            "submitted": "When it was submitted, UTC.",
            "simulated": "yes where nobody real made the sort.",
            "(each further column)": "The column in which the statement of that id lies.",
        },
    ),
    "participants.csv": (
        "One line for everybody who agreed, where people give several sorts: the conditions that were given to them, and their answers.",
        {
            "participant": _PARTICIPANT,
            "conditions": "Ids of the conditions of instruction they sort under, in their order.",
            "sorts": "How many sorts they submitted.",
            "simulated": "yes where nobody real made the sorts.",
            "marks": "Of each marked sort: its occasion and its marks, as in responses.csv.",
            "(each further column)": "Their answer to the question of that id; what is asked in every wave has the id of the wave behind a point.",
        },
    ),
    "placements.csv": (
        "The submitted sorts, one line for each statement of each participant.",
        {
            "participant": _PARTICIPANT,
            "statement": "Id of the statement.",
            "pile": "Where it was put in the first round: disagree, neutral or agree; empty where there was none.",
            "column": "Value of the column it lies in.",
            "placed_by": "participant, or auto where the program chose among places after the person had called the cards equal.",
            "shown": "At which position, from 1, this participant met the statement.",
            "simulated": "yes where nobody real made the sort.",
        },
    ),
    "statements.csv": (
        "The Q set.",
        {
            "id": "Id of the statement.",
            "text_(language)": "Wording in each language of the study.",
            "tags": "Tags of its author, with blanks between.",
        },
    ),
    "responses.csv": (
        "One line for everybody who agreed.",
        {
            "participant": _PARTICIPANT,
            "status": "submitted; started (not finished, counted nowhere else).",
            "version": "Version of the study.",
            "language": "The language used last.",
            "simulated": "yes where the response was drawn by a computer.",
            "started": "When consent was given, UTC.",
            "updated": "When the last act was kept, UTC.",
            "submitted": "When it was submitted, UTC.",
            "minutes": "From start to submission, breaks included.",
            "stages_done": "Stages that were finished.",
            "moves": "How often cards were placed, moved, swapped or taken back, undo and redo included.",
            "away_ms": "Milliseconds in which the page was not in sight.",
            "away_minutes": "Whole minutes in which the page was not in sight.",
            "auto_placed": "How many cards the program placed among places called equal.",
            "comments": "How many cards were commented on.",
            "refused": "How many acts broke a rule and were not kept.",
            "order": "Ids of the statements in the order in which they were shown.",
            "machine_share": "Share of the cards that lie where the program put them; this and what follows only of submitted sorts.",
            "seconds_a_card": f"Seconds of sorting a card, all stages together, of each pause {LONGEST_PAUSE} at most; empty for a simulated sort.",
            "one_pile": "yes where the first look put every card on the same pile.",
            "changed_after_machine": "Whether any card lies elsewhere than right after the program last placed cards; empty where it placed none.",
            "straight_line": "yes where the columns rise or fall without a turn in the order in which cards were shown, or the board hands them out.",
            "marks": "What marks the sort as one that nobody may have thought about, with blanks between; codebook.csv says of each what it means.",
            "receipt": "What the panel got as {receipt}. It is computed from the respondent's code, and opens and deletes nothing.",
        },
    ),
    "answers.csv": (
        "Answers to the questions, one line for each, and for each option chosen or row answered.",
        {
            "participant": _PARTICIPANT,
            "question": "Id of the question; see codebook.csv.",
            "row": "For a matrix, the id of the row; for a ranking, that of the option; other, where what was written beside that option stands.",
            "value": "The id of the option, the number, or the text.",
            "text": "The option as this participant read it.",
            "text_(first language)": "The option in the first language of the study.",
            "asked": "no where the question was answered first and then, by another answer, no longer asked.",
            "status": "Status of the response, as in responses.csv.",
        },
    ),
    "comments.csv": (
        "What people wrote about their placements.",
        {
            "participant": _PARTICIPANT,
            "statement": "Id of the statement.",
            "statement_text": "Its wording in the first language.",
            "column": "Where this participant put it.",
            "comment": "As it was written.",
            "language": "The language of the page.",
            "status": "Status of the response, as in responses.csv.",
        },
    ),
    "consent.csv": (
        "What people said to the consent text.",
        {
            "participant": f"{_PARTICIPANT} Empty where somebody declined: of them nothing but that is kept, and the day.",
            "choice": "agreed or declined.",
            "version": "Version of the study.",
            "language": "The language of the text; empty where somebody declined.",
            "text_sha256": "SHA-256 of the text that was shown; the texts stand in study.json. Empty where somebody declined.",
            "time": "UTC.",
        },
    ),
    "events.csv": (
        "Every act that was kept, in its order.",
        {
            "participant": _PARTICIPANT,
            "number": "Counted from 1 for each participant.",
            "time": "When the server kept it, UTC.",
            "act": "Of sorting: pile, place, swap, return, pick, same, arrange, undo, redo. prefer says which cards of one page of choosing are "
            "nearer to the end of its column, and between names those between these and the others, where there were too many for one page; "
            "reconsider takes the last of these back. Others: answer, comment, finish and so on to submit; practice says whether the practice was "
            "done or skipped; swallowed counts presses on a card that came too soon to be meant or from a key held down, and did nothing.",
            "statement": "Id of the statement, where the act is about one.",
            "detail": "The rest of the act, as JSON. Texts and answers are not repeated here.",
            "ms": "Milliseconds since the page was opened, by the browser's clock.",
            "idle_ms": "Milliseconds without any input before the act.",
            "minutes": "Whole minutes since the page was opened, by the browser's clock.",
            "idle_minutes": "Whole minutes without any input before the act.",
        },
    ),
}
MEANINGS = {
    "machine-placed": "Every card lies where the program put it.",
    "half-machine-placed": f"So does a share of {MACHINE_SHARE:g} of the cards or more.",
    "fast": f"Less than {SECONDS_A_CARD} seconds a card: too little to read it (Huang et al. 2012, https://doi.org/10.1007/s10869-011-9231-8).",
    "one-pile": "The first look put every card on the same pile.",
    "unchanged-after-machine": "Nothing was changed after the program had last placed cards.",
    "straight-line": f"Cards lie in an order in which they came up; of sorts drawn at random fewer than {CHANCE:g} would.",
    "one-column": "All cards lie in one column, which only a free distribution allows.",
}
"""What each mark of a sort says."""
_ALWAYS = {
    "codebook.csv": "Every file and column, and every question with its options.",
    "README.txt": "This text.",
    "study.json": "All of it in one file, every text exactly as it was given: the definition, responses, events, and the SHA-256 of each other file.",
}
_OF_OCCASION = re.compile(r"(sorts|marked)(\.[A-Za-z][A-Za-z0-9_-]{0,39}){1,2}\.csv")
_OF_SORTS = ("occasions.csv", "placements.csv", "responses.csv", "answers.csv", "comments.csv", "events.csv")
"""Tables whose rows belong to one sort each."""


def is_of_export(name: str) -> bool:
    """Whether a file of an export may have this name."""
    return name in FILES or name in _ALWAYS or _OF_OCCASION.fullmatch(name) is not None


def _about(name: str) -> tuple[str, dict[str, str]]:
    """What a file holds, and what its columns mean."""
    if _OF_OCCASION.fullmatch(name) and name.startswith("marked"):
        return "The marked sorts of one occasion, each under the id of its participant.", FILES["marked.csv"][1]
    if _OF_OCCASION.fullmatch(name):
        return "The submitted sorts of one occasion, statements in rows, each under the id of its participant.", FILES["sorts.csv"][1]
    return FILES.get(name, (_ALWAYS.get(name, ""), {}))


def _columns(study: Study, name: str, columns: dict[str, str]) -> dict[str, str]:
    """The columns of a table in this study."""
    if name == "names.csv" and study.occasions:
        return {**columns, "participant": "Id of the participant, with the condition and the wave of the sort behind points."}
    if name not in _OF_SORTS or not study.occasions:
        return columns
    found: dict[str, str] = {}
    for key, meaning in columns.items():
        found[key] = meaning
        if key == "participant":
            found["condition"] = "Id of the condition of instruction; empty where the study has one only."
            found["wave"] = "Id of the wave; empty where people are asked once."
    return found


def notes(collected: Collected) -> list[str]:
    """What must not be overlooked, in plain sentences."""
    study, found = collected.study, []
    if collected.simulated:
        submitted = len(collected.submitted)
        simulated = sum(one.simulated for one in collected.submitted)
        found.append(
            f"SIMULATED: {simulated} of the {submitted} sorts were drawn by a computer. Nobody real made them, and they are evidence of nothing."
        )
    if not collected.submitted:
        found.append("Nothing was submitted yet, so there are no files of sorts.")
    if collected.left_out:
        found.append(f"Left out: {counted(collected.left_out, 'simulated response')}; --include-simulated puts them in.")
    for other in collected.others:
        n = other.submitted + other.started + other.declined
        if n or other.simulated:
            of_people = f"{counted(n, 'response')}, {other.submitted} of them submitted" if n else counted(other.simulated, "simulated response")
            found.append(
                f"These files hold version {study.version}. Version {other.version} has {of_people}: --study-version {other.version} exports it."
            )
    if personal := [question.id for question in study.questions if question.personal]:
        found.append(f"Answers to {' and '.join(personal)} are personal and in none of these files; --addresses writes them without whose they are.")
    if collected.withdrawn and study.occasions:
        people = f"{collected.withdrawn:,} {'person' if collected.withdrawn == 1 else 'people'}"
        found.append(f"Deleted with all their sorts: {people} who withdrew from this study, of all versions.")
    elif collected.withdrawn:
        found.append(
            f"Withdrawn by the people who gave them, and deleted: {counted(collected.withdrawn, 'response')} to this study, of all versions."
        )
    return found


def codebook(collected: Collected, names: Sequence[str]) -> tuple[list[str], list[list[Any]]]:
    """Every file and column, every question, row and option, and the values of the grid.

    Parameters
    ----------
    collected : Collected
    names : sequence of str
        The files there are.
    """
    study = collected.study
    language = study.first_language
    rows: list[list[Any]] = []
    absent = {"away_minutes", "idle_minutes"} if collected.exact else {"away_ms", "ms", "idle_ms"}
    absent |= set() if collected.sends_receipts else {"receipt"}
    for name in [*names, *_ALWAYS]:
        about, columns = _about(name)
        rows.append([name, None, None, None, about])
        gone = absent | ({"minutes"} if collected.exact and name == "events.csv" else set())
        told = {column: _told(collected, column, meaning) for column, meaning in _columns(study, name, columns).items() if column not in gone}
        rows += [[name, column, None, None, meaning] for column, meaning in told.items()]
    for condition in study.conditions:
        meaning = f"{condition.name.in_(language)}: {condition.instruction.in_(language)}"
        rows.append(["occasions.csv", "condition", None, condition.id, meaning])
    rows += [["responses.csv", "marks", None, mark, meaning] for mark, meaning in MEANINGS.items()]
    rows += [["occasions.csv", "wave", None, wave.id, wave.name.in_(language)] for wave in study.waves]
    for column in study.columns:
        meaning = study.meaning(column, language)
        said = f"Column {column_label(column)} with {study.capacity[column]} places{f': {meaning}' if meaning else ''}"
        rows.append(["sorts.csv", None, None, str(column), said])
    for part, questions in (("before the sort", study.questions.before), ("after the sort", study.questions.after)):
        for question in questions:
            rows += _question(study, question, part)
    return ["file", "column", "question", "value", "meaning"], rows


_COARSE = {
    "started": "Day on which consent was given, UTC.",
    "updated": "Day on which the last act was kept, UTC.",
    "submitted": "Day on which it was submitted, UTC.",
    "time": "The day, UTC.",
}
"""What columns of times mean where they are told as days."""


def _told(collected: Collected, column: str, meaning: str) -> str:
    return meaning if collected.exact else _COARSE.get(column, meaning)


def _question(study: Study, question: Question, part: str) -> list[list[Any]]:
    language = study.first_language
    facts = [question.type, part, "required" if question.required else "may be left open"]
    if question.personal:
        facts.append("personal: in none of these files")
    if limits := question.limits():
        facts.append(limits)
    if question.show_if is not None:
        facts.append(f"asked where {question.show_if.question} is {' or '.join(question.show_if.is_)}")
    rows: list[list[Any]] = [["answers.csv", None, question.id, None, f"{question.label.in_(language)} ({', '.join(facts)})"]]
    rows += [["answers.csv", column, question.id, value, meaning] for column, value, meaning in question.meanings(language)]
    return rows


def readme(collected: Collected, names: Sequence[str], found: Sequence[str], moment: datetime) -> str:
    """The README of an export."""
    study = collected.study
    several = study.occasions
    counted_up = "{submitted} submitted, {started} begun and not finished, {declined} declined, {withdrawn} withdrawn."
    if several:
        counted_up = "Sorts: {submitted} submitted, {started} begun and not finished. People: {declined} declined, {withdrawn} withdrew."
    counts = {status: sum(one.status == status for one in collected.entries) for status in ("submitted", "started")}
    counts["declined"] = len(collected.declined)
    lines = [
        f"{study.title.in_(study.first_language)}",
        f"Study {study.study}, version {study.version}. Exported {moment:%Y-%m-%d %H:%M} UTC by qmethod {__version__}.",
        "",
        counted_up.format(**counts, withdrawn=collected.withdrawn),
        *(f"{what}: {when}." for what, when in terms(study)),
        *([f"Of the quota, when this was exported: {finished(study, collected.places)}."] if study.quota is not None else []),
        "Only submitted responses are in the files of sorts and placements.",
        *(["Each is one sort: a person gives several, which occasions.csv lists, and what is known of people stands in participants.csv."] * several),
        *(["", *found] if found else []),
        "",
        "Files",
        "-----",
        *(f"{name:<16}{'' if len(name) < 16 else ' '}{_about(name)[0]}" for name in dict.fromkeys([*names, *_ALWAYS])),
        "",
        "Marks of sorts",
        "--------------",
        "responses.csv marks sorts that nobody may have thought about. A mark is a question, and no answer: none leaves a sort out.",
        *(f"{mark:<24}{meaning}" for mark, meaning in MEANINGS.items()),
        "",
        "How to read them",
        "----------------",
        "Tables are CSV in UTF-8. A spreadsheet opens them rightly by its import of text files, with UTF-8 and the comma chosen.",
        "Times are UTC. An empty cell means that there is no value.",
        *(
            ["Moments are told to the millisecond, as the database has them: who saw somebody take part may know their row by it."]
            if collected.exact
            else [
                "Moments are told as days and durations as whole minutes, so that nobody is known by when they took part. The database has them to",
                "the millisecond; qmethod export with --exact-times writes that.",
            ]
        ),
        "In the tables, a text that a spreadsheet would run (it begins with = + - @, a tab or a carriage return) has an apostrophe in front,",
        "and so has = + - @ right after a comma, semicolon, bar, tab or line break within a text: some spreadsheets split there.",
        "study.json holds every text and every id exactly as it was given.",
        "",
        "These files hold what people told in confidence. Keep them where only those may read them whom the consent text names,",
        "and delete them when a participant withdraws: a withdrawal deletes from the database, not from copies.",
    ]
    return "\n".join(lines) + "\n"
