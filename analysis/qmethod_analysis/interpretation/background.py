"""What is known of a study besides its sorts: the study itself, what people answered, what they wrote about their cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, assert_never

from qmethod.brief import brief
from qmethod.data import QData
from qmethod.errors import DataError, Fault
from qmethod.formats.headings import columns_of
from qmethod.formats.spreadsheet import safe_text
from qmethod.formats.strict_json import UNREADABLE, loaded
from qmethod.formats.table import read_table
from qmethod.given import ReadOnly
from qmethod.wording import listed
from qmethod_analysis.recipe.inputs import named_occasion
from qmethod_analysis.words.language import SOURCE, language

if TYPE_CHECKING:  # what a study is takes long to load, and is needed where one is read
    from qmethod_studies.definition import Study
    from qmethod_studies.questions import Question

EXPORT = "study.json"


@dataclass(frozen=True, slots=True)
class Asked(ReadOnly):
    """A question and what the people of an analysis answered.

    Parameters
    ----------
    id, label : str
    kind : {'choice', 'number'}
    options : tuple of str
        Texts of the options, in the order of the study; empty for a number.
    answers : mapping of str to tuple of str, or to float
        By participant: the options chosen, or the number. Who did not answer is not in it.
    """

    id: str
    label: str
    kind: str
    options: tuple[str, ...]
    answers: Mapping[str, tuple[str, ...] | float]

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote about a card.

    Parameters
    ----------
    participant, statement, text : str
    place : float or None
        Where that person put the card.
    """

    participant: str
    statement: str
    text: str
    place: float | None

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Background(ReadOnly):
    """A study and what people said in it; empty where nothing is known.

    Parameters
    ----------
    study : Study or None
    language : str
        Of the texts, see `language_of`.
    questions : tuple of Asked
        Those whose answers can be counted.
    comments : tuple of Comment
        Of people in the analysis, in their order and that of the statements.
    tags : mapping of str to tuple of str
        By statement.
    n_started, n_submitted, n_declined : int or None
        Of an export: how many people agreed to take part, finished, and declined.
    minutes : float or None
        Median time from the first page to the last, of those who finished.
    days : tuple of str
        First and last day of an export on which a sort was sent, ``2026-11-02``.
    """

    study: Study | None = None
    language: str = "en"
    questions: tuple[Asked, ...] = ()
    comments: tuple[Comment, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    n_started: int | None = None
    n_submitted: int | None = None
    n_declined: int | None = None
    minutes: float | None = None
    days: tuple[str, ...] = ()

    __repr__ = brief


NOTHING = Background()


def read_background(name: str, data: QData) -> Background:
    """What is known of the study behind some sorts.

    Parameters
    ----------
    name : str
        A study: its folder, or the name of one that ships. Or the folder of ``qmethod export``, which has answers and comments too.
    data : QData
        The sorts of the analysis; its participants and statements are matched by name.

    Raises
    ------
    DataError
        If there is no such study, it cannot be read, or its statements are not those of the analysis.
    """
    file = Path(name) / EXPORT
    if file.is_file():
        return _exported(file, data)
    from qmethod_studies.loading import find, load

    study = load(find(name))
    _check_statements(study, data, name)
    return Background(study=study, language=language_of(study), tags=_tags(study))


def language_of(study: Study) -> str:
    """In which of its languages a study is shown: that of what is being written, where one was chosen and the study has it; else its first.

    Parameters
    ----------
    study : Study
    """
    return language() if language() != SOURCE and language() in study.languages else study.first_language


def worded(data: QData, background: Background) -> QData:
    """The same sorts with statements in the language of the background; those whose wording is not the study's stay as they are.

    Parameters
    ----------
    data : QData
    background : Background
    """
    study = background.study
    if study is None or background.language == study.first_language:
        return data
    known = {one.id: (one.text.in_(study.first_language), one.text.in_(background.language)) for one in study.statements}
    pairs = [(text, *known.get(name, ("", text))) for name, text in zip(data.statements, data.texts, strict=True)]
    return replace(data, texts=tuple(theirs if text == first else text for text, first, theirs in pairs))


def _check_statements(study: Study, data: QData, name: str) -> None:
    unknown = [statement for statement in data.statements if statement not in study.ids]
    if unknown:
        advice = f"Its statements are {', '.join(study.ids[:4])} ... Name the study that these sorts belong to."
        raise DataError([Fault(f"the study {study.study} has no statement {listed(unknown, 6)}", file=name, advice=advice)])


def _tags(study: Study) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({statement.id: statement.tags for statement in study.statements if statement.tags})


def _exported(file: Path, data: QData) -> Background:
    try:
        return _of_export(loaded(file.read_bytes()), file, data)
    except (OSError, *UNREADABLE) as error:
        if isinstance(error, DataError):
            raise
        advice = "Write it again with qmethod export."
        raise DataError([Fault(f"this is no export that can be read: {type(error).__name__}", file=str(file), advice=advice)]) from None


def _of_export(whole: Any, file: Path, data: QData) -> Background:
    from qmethod_studies.definition import Study

    study = Study.model_validate(whole["study"])
    responses = [response for response in whole["responses"] if response["status"] == "submitted"]
    statuses = [response["status"] for response in whole["responses"]]
    _check_statements(study, data, str(file))
    occasion = named_occasion(data.origin().name) if study.occasions else None
    people = _by_name(file, study, responses, occasion)
    if occasion is not None:
        study = study.for_sort(occasion[0], first=True, last=True)
    here = {who: people[who] for who in data.participants if who in people}
    days = sorted(response["submitted"][:10] for response in responses if response.get("submitted"))
    return Background(
        study=study,
        language=language_of(study),
        questions=tuple(asked for question in study.questions if (asked := _asked(question, language_of(study), here)) is not None),
        comments=_comments(study, here),
        tags=_tags(study),
        n_started=sum(status != "declined" for status in statuses),
        n_submitted=len(responses),
        n_declined=len(whole["declined"]) if "declined" in whole else statuses.count("declined"),  # earlier exports list them among the others
        minutes=_median_minutes(responses),
        days=(days[0], days[-1]) if days else (),
    )


def _by_name(file: Path, study: Study, responses: list[dict[str, Any]], only: list[str] | None) -> dict[str, Any]:
    """The responses of an export by the names that the sorts of an analysis have, each with what its participant answered before and in its wave.

    Where people give several sorts, those in sorts.csv are called after their occasion too; those in a file of one occasion, `only`, after people.
    """
    renamed = names_in_sorts(file.with_name("names.csv"))

    def called(name: str) -> str:
        name = safe_text(name)  # as every table has it
        return renamed.get(name, name)

    if not study.occasions:
        return {called(response["participant"]): response for response in responses}
    before = {question.id for question in study.questions.before}
    answers: dict[tuple[str, str], dict[str, Any]] = {}
    for response in responses:
        for question, answer in response["answers"].items():
            answers.setdefault((response["participant"], "" if question in before else response["wave"]), {})[question] = answer
    found: dict[str, Any] = {}
    for response in responses:
        who, wave = response["participant"], response["wave"]
        occasion = [name for name in (response["condition"], wave) if name]
        name = ".".join([who, *occasion])
        told = response | {"answers": answers.get((who, ""), {}) | answers.get((who, wave), {})}
        if only is None:
            found[called(name)] = told
        elif only == occasion:
            found[called(name).removesuffix("." + ".".join(occasion))] = told
    return found


def names_in_sorts(file: Path) -> dict[str, str]:
    """How participants are called in ``sorts.csv`` where their own names did not fit."""
    if not file.is_file():
        return {}
    columns = {"participant": {"participant"}, "sorts_csv": {"sortscsv"}, "sorts_dat": {"sortsdat"}}
    table, faults = read_table(file, frozenset().union(*columns.values()), holds="names")
    at = columns_of(table.header, columns)
    if at is None:
        named = ", ".join(table.header)
        faults = [Fault(f"the columns must be {', '.join(columns)}; the first line reads {named}", file=table.file, line=table.header_line)]
    if at is None or faults:
        raise DataError(faults)
    advice, renamed = "Write the export again with qmethod export.", dict[str, str]()
    for row, line in zip(table.rows, table.lines, strict=True):
        name = row[at["participant"]]
        if renamed.setdefault(name, row[at["sorts_csv"]]) != row[at["sorts_csv"]]:
            faults.append(Fault(f"{name!r} has two names in sorts.csv", file=table.file, line=line, advice=advice))
    if faults:
        raise DataError(faults)
    return renamed


def _asked(question: Question, language: str, people: Mapping[str, Any]) -> Asked | None:
    """The answers to a question that can be counted; None for one whose answers are not compared."""
    given = {who: response["answers"][question.id] for who, response in people.items() if question.id in response["answers"]}
    label = question.label.in_(language)
    match question.compared:
        case "options":
            texts = question.option_texts(language)
            chosen = {who: tuple(texts[option] for option in question.named(answer)) for who, answer in given.items()}
            return Asked(question.id, label, "choice", tuple(texts.values()), MappingProxyType(chosen))
        case "number":
            return Asked(question.id, label, "number", (), MappingProxyType({who: float(answer) for who, answer in given.items()}))
        case "not":
            return None
        case _ as never:
            assert_never(never)


def _comments(study: Study, people: Mapping[str, Any]) -> tuple[Comment, ...]:
    found = []
    for who, response in people.items():
        for statement in study.ids:
            text = response["comments"].get(statement, "").strip()
            if text:
                placed = response["placements"].get(statement)
                found.append(Comment(who, statement, text, None if placed is None else float(placed["column"])))
    return tuple(found)


def _median_minutes(responses: list[dict[str, Any]]) -> float | None:
    from datetime import datetime
    from statistics import median

    times = [
        response["minutes"]
        if "minutes" in response
        else (datetime.fromisoformat(response["submitted"]) - datetime.fromisoformat(response["started"])).total_seconds() / 60
        for response in responses
        if response.get("submitted")
    ]
    return median(times) if times else None
