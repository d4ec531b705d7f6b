"""What the parts of a study ask of one another: faults that make it unusable, and notices about what is merely odd."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from qmethod.data import Notice
from qmethod.errors import Fault
from qmethod.minus import plain_minus
from qmethod.names import folded
from qmethod.wording import listed
from qmethod_studies import admission
from qmethod_studies.definition import Statement, Study, Viewpoint, column_label
from qmethod_studies.fitting import about_words
from qmethod_studies.model_faults import Path
from qmethod_studies.parts import Text
from qmethod_studies.questions import Question
from qmethod_studies.questions.answers import AnswerError
from qmethod_studies.sources import Node
from qmethod_studies.spoken import about_interface
from qmethod_studies.words import odd_words, unspoken

LONG_STATEMENT = 90
"""Characters from which on a statement makes the board's type small."""
SHORT_CONSENT = 80
PLACEHOLDERS = ("participant", "receipt")
"""What a return link may hold in braces."""
RESERVED = ("code", "language", "signature")
"""Parts of an address that mean something already."""
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_SECONDS_PER_STATEMENT = (5, 120)


@dataclass(frozen=True, slots=True)
class Draft:
    """A study as far as it could be read.

    Parameters
    ----------
    parts : mapping of str to object
        The values of `qmethod_studies.definition.Study` that are sound.
    whole : frozenset of str
        Of which parts nothing is missing.
    root : Node
        Where they stand.
    """

    parts: Mapping[str, Any]
    whole: frozenset[str]
    root: Node

    def has(self, *names: str) -> bool:
        """Whether these parts are known in full."""
        return self.whole.issuperset(names)

    def fault(self, message: str, *path: str | int, advice: str | None = None) -> Fault:
        """A fault of what stands at a path; of the nearest part around it, where nothing stands there."""
        _label, node, line = self.root.locate(path)
        return Fault(message, file=node.file, line=line, advice=advice)

    def label(self, path: Path) -> str:
        """A path as people write it."""
        return self.root.locate(path)[0]


def faults(draft: Draft, *, to_serve: bool = False) -> list[Fault]:
    """Everything that makes a study unusable although each of its parts is well formed.

    Parameters
    ----------
    draft : Draft
        What could be read; a check that needs more is left out, so that one slip does not raise ten complaints.
    to_serve : bool
        Whether respondents are to meet it; a language that the pages cannot speak is a fault then.

    Returns
    -------
    list of Fault
    """
    steps = [_grid, _occasions, _admission, _statement_ids, _texts, _question_ids, _conditions, _groups, _oppositions, _viewpoints, _links, _why]
    steps += [_words, *([_unspoken] if to_serve else [])]
    return [fault for step in steps for fault in step(draft)]


def _grid(draft: Draft) -> Iterator[Fault]:
    if not draft.has("grid"):
        return
    for key in draft.root.items["grid"].items:
        value = float(plain_minus(str(key)))
        if not math.isfinite(value):
            yield draft.fault(f"`grid`: a column cannot have the value {key}", "grid", key)
    if draft.has("statements", "distribution"):
        places, n = sum(draft.parts["grid"].values()), len(draft.parts["statements"])
        if places != n:
            more = f"{places - n} too many" if places > n else f"{n - places} too few"
            advice = "The counts of the columns must add up to the number of statements."
            yield draft.fault(f"the grid has {places} places for {n} statements: {more}", "grid", advice=advice)


def _occasions(draft: Draft) -> Iterator[Fault]:
    """Conditions of instruction, waves, and who sorts under which."""
    given = draft.root.items
    for key, what in (("conditions", "condition"), ("waves", "wave")):
        parts = draft.parts.get(key, ())
        yield from _unique(draft, [part.id for part in parts], [(key, i, "id") for i in range(len(parts))], what)
        if key in given and draft.has(key) and not parts:
            yield draft.fault(f"`{key}` is empty", key, advice="Name at least one, or remove the key.")
    if "conditions" in given and "condition" in given:
        advice = "Keep `condition` for one question that all sorts answer, or `conditions` for several."
        yield draft.fault("the study has both `condition` and `conditions`", "conditions", advice=advice)
    waves = draft.parts.get("waves", ())
    for i, (one, other) in enumerate(pairwise(waves), start=1):
        if one.opens is not None and other.opens is not None and other.opens < one.opens:
            what = f"wave {other.id!r} opens on {other.opens}, before wave {one.id!r} on {one.opens}"
            yield draft.fault(what, "waves", i, "opens", advice="Waves stand in the order in which people sort.")
    if not draft.has("assign"):
        return
    if "assign" in given and "conditions" not in given:
        yield draft.fault("`assign` says who sorts under which condition, but the study has no `conditions`", "assign")
    if draft.parts["assign"] == "by link" and draft.has("access") and draft.parts["access"].kind == "open":
        advice = "Set access: {kind: link}, or kind: code."
        yield draft.fault("`assign: by link` needs people who come by an invitation, but the study is open to anybody", "assign", advice=advice)


def _admission(draft: Draft) -> Iterator[Fault]:
    """Days between which people begin, and how many may finish."""
    if draft.has("opens", "closes", "quota", "begun_may_finish", "waves", "conditions", "assign"):
        for message, path, advice in admission.contradictions(draft.parts):
            yield draft.fault(message, *path, advice=advice)


def _statement_ids(draft: Draft) -> Iterator[Fault]:
    names = [statement.id for statement in draft.parts.get("statements", ())]
    return _unique(draft, names, [("statements", i, "id") for i in range(len(names))], "statement")


def _unique(draft: Draft, names: Sequence[str], paths: Sequence[Path], what: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for name, path in zip(names, paths, strict=True):
        line = draft.root.locate(path)[2]
        if name in first:
            yield draft.fault(f"two {what}s have the id {name!r}, here and in line {first[name]}", *path, advice="Each id stands once.")
        first.setdefault(name, line)


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, Text]]:
    """Every text in a value of the model, with its path.

    Parameters
    ----------
    value : object
        A study, a part of one, or a tuple or dict of such.
    path : tuple
        What to put before each path.
    """
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, declared in type(value).model_fields.items():
            yield from texts(getattr(value, name), (*path, declared.alias or name))
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from texts(item, (*path, i))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, (*path, key))


def _texts(draft: Draft) -> Iterator[Fault]:
    node = draft.root.items.get("languages")
    if node is None or node.kind != "map" or not node.items:
        return
    languages = tuple(str(code) for code in node.items)  # as written: a fault in one of them is no reason to leave the texts unread
    absent: Counter[str] = Counter()
    statements = draft.parts.get("statements", ())
    for statement in statements:
        absent.update(code for code in languages if code not in statement.text.root and "" not in statement.text.root)
    # A column that is missing altogether is one fault, not one for each statement.
    nowhere = [code for code in languages if statements and absent[code] == len(statements)]
    for code in nowhere:
        yield draft.fault(f"no statement has a text in {code}", "statements", advice=f"In statements.csv, give the column text_{code}.")
    for path, text in texts(dict(draft.parts)):
        if path[0] == "statements":
            yield from _languages_of(draft, path, text, tuple(code for code in languages if code not in nowhere), languages, statements[path[1]])
        else:
            yield from _languages_of(draft, path, text, languages, languages)


def _languages_of(
    draft: Draft, path: Path, text: Text, wanted: Sequence[str], known: Sequence[str], statement: Statement | None = None
) -> Iterator[Fault]:
    subject = f"statement {statement.id}" if statement else f"`{draft.label(path)}`"
    if "" in text.root:
        if not text.root[""].strip():
            yield draft.fault(f"{subject} is empty", *path)
        elif len(known) > 1:
            advice = "Write a text for each: " + ", ".join(f"{code}: ..." for code in known)
            yield draft.fault(f"{subject} has one text, but the study has {len(known)} languages: {', '.join(known)}", *path, advice=advice)
        return
    for code in wanted:
        if not text.root.get(code, "").strip():
            yield draft.fault(f"{subject} has no text in {code}", *path, code)
    for code in text.root:
        if code not in known:
            yield draft.fault(
                f"{subject} has a text in {code!r}, which is no language of the study", *path, code, advice=f"It has {', '.join(known)}."
            )


def _placed_questions(draft: Draft) -> list[tuple[Question, Path]]:
    """All sound questions in the order in which they are asked, with their paths."""
    questions = draft.parts.get("questions")
    if questions is None:
        return []
    return [(question, ("questions", half, i)) for half in ("before", "after") for i, question in enumerate(getattr(questions, half))]


def _question_ids(draft: Draft) -> Iterator[Fault]:
    placed = _placed_questions(draft)
    return _unique(draft, [question.id for question, _ in placed], [(*path, "id") for _, path in placed], "question")


def _conditions(draft: Draft) -> Iterator[Fault]:
    if not draft.has("questions"):
        return
    placed = _placed_questions(draft)
    everyone = {question.id for question, _ in placed}
    earlier: dict[str, Question] = {}
    never: set[str] = set()
    for question, path in placed:
        found = list(_condition(draft, question, (*path, "show_if"), everyone, earlier, never))
        if found:
            never.add(question.id)
        yield from found
        earlier.setdefault(question.id, question)


def _condition(draft: Draft, question: Question, path: Path, everyone: set[str], earlier: Mapping[str, Question], never: set[str]) -> Iterator[Fault]:
    condition = question.show_if
    if condition is None:
        return
    other = earlier.get(condition.question)
    start = f"question {question.id!r} can never be shown: "
    if other is None:
        if condition.question == question.id:
            why = "it waits for its own answer"
        elif condition.question in everyone:
            why = f"question {condition.question!r} stands after it"
        else:
            why = f"there is no question {condition.question!r}"
        yield draft.fault(start + why, *path, "question", advice="A condition names a question that is asked earlier.")
    elif other.possible_values() == ():
        why = f"is a {other.type}, which no condition can name" if other.answerable else "has nothing to answer"
        yield draft.fault(f"{start}{other.id!r} {why}", *path, "question")
    elif other.id in never:
        yield draft.fault(f"{start}it hangs on {other.id!r}, which can never be shown itself", *path, "question")
    else:
        for i, value in enumerate(condition.is_):
            if (instead := _impossible(other, value)) is not None:
                yield draft.fault(
                    f"`{draft.label((*path, 'is', i))}`: {value!r} is no answer that {other.id!r} can have", *path, "is", i, advice=instead
                )


def _impossible(question: Question, value: str) -> str | None:
    """What to write instead of a value that a question can never have; None for one that it can."""
    possible = question.possible_values()
    if possible is not None:
        return None if value in possible else f"{question.id} can be {', '.join(possible)}."
    try:
        kept = question.clean(value)
    except AnswerError:
        kept = None
    if kept is not None and str(kept) == value:
        return None
    return (
        f"Write it as it is kept: {kept}." if kept is not None else f"It must be an answer to a question of type {question.type}, within its limits."
    )


def _groups(draft: Draft) -> Iterator[Fault]:
    if not draft.has("groups", "statements"):
        return
    known = {statement.id for statement in draft.parts["statements"]}
    tags = {tag for statement in draft.parts["statements"] for tag in statement.tags}
    for key, group in draft.parts["groups"].items():
        yield from _each_known(draft, known, group.statements, ("groups", key, "statements"), f"group {key!r} holds")
        if not group.statements and key not in tags:
            advice = "List its statements, or give them its key as a tag."
            yield draft.fault(f"group {key!r} has no statements, and no statement has the tag {key!r}", "groups", key, advice=advice)


def _oppositions(draft: Draft) -> Iterator[Fault]:
    if not draft.has("oppositions", "statements"):
        return
    known = {statement.id for statement in draft.parts["statements"]}
    for i, one in enumerate(draft.parts["oppositions"]):
        for j, answer in enumerate(one.answers):
            path: Path = ("oppositions", i, "answers", j, "statements")
            yield from _each_known(draft, known, answer.statements, path, f"opposition {i + 1} names")
        for name in sorted(set(one.answers[0].statements) & set(one.answers[1].statements)):
            yield draft.fault(f"opposition {i + 1} has {name!r} in both answers", "oppositions", i, advice="A statement gives one answer.")


def _each_known(draft: Draft, known: set[str], names: Sequence[str], path: Path, who: str) -> Iterator[Fault]:
    for j, name in enumerate(names):
        if name not in known:
            yield draft.fault(f"{who} {name!r}, which is no statement of the study", *path, j)
        elif name in names[:j]:
            yield draft.fault(f"{who} {name!r} twice", *path, j)


def _names_of_viewpoints(draft: Draft, viewpoints: Sequence[Viewpoint]) -> Iterator[Fault]:
    """No two viewpoints have one name in a language; spelling that a reader does not see makes no other name."""
    first: dict[tuple[str, str], str] = {}
    for i, view in enumerate(viewpoints):
        shared = {}
        for language, name in view.name.root.items():
            other = first.setdefault((language, folded(name)), view.id)
            if other != view.id:
                shared[other] = name
        for other, name in shared.items():
            yield draft.fault(f"viewpoints {other!r} and {view.id!r} have one name: {name!r}", "viewpoints", i, "name", advice="Name them apart.")


def _viewpoints(draft: Draft) -> Iterator[Fault]:
    viewpoints = draft.parts.get("viewpoints", ())
    yield from _unique(draft, [view.id for view in viewpoints], [("viewpoints", i, "id") for i in range(len(viewpoints))], "viewpoint")
    yield from _names_of_viewpoints(draft, viewpoints)
    if draft.has("viewpoints", "show_closest") and draft.parts["show_closest"] and not viewpoints:
        yield draft.fault("`show_closest` is true, but the study has no viewpoints to compare with", "show_closest")
    for i, view in enumerate(viewpoints):
        path: Path = ("viewpoints", i, "placements")
        if draft.has("statements"):
            known = {statement.id for statement in draft.parts["statements"]}
            for name in view.placements:
                if name not in known:
                    yield draft.fault(f"viewpoint {view.id!r} places {name!r}, which is no statement of the study", *path, name)
        if draft.has("grid"):
            grid = draft.parts["grid"]
            for name, placement in view.placements.items():
                if placement.value not in grid:
                    advice = f"The columns are {', '.join(f'{value:g}' for value in sorted(grid))}."
                    yield draft.fault(f"viewpoint {view.id!r} places {name!r} at {placement.value:g}, which is no column", *path, name, advice=advice)
            filled = Counter(placement.value for placement in view.placements.values())
            for value, count in sorted(filled.items()):
                if draft.parts.get("distribution") == "forced" and value in grid and count > grid[value]:
                    yield draft.fault(f"viewpoint {view.id!r} places {count} statements at {column_label(value)}, which takes {grid[value]}", *path)


def _links(draft: Draft) -> Iterator[Fault]:
    access = draft.parts.get("access")
    if access is None:
        return
    for name in ("return_link", "declined_link"):
        link = getattr(access, name) or ""
        rest = link
        for placeholder in PLACEHOLDERS:
            rest = rest.replace("{" + placeholder + "}", "")
        if odd := re.search(r"\{[^{}]*\}?|\}", rest):
            advice = "Filled in are " + " and ".join("{" + placeholder + "}" for placeholder in PLACEHOLDERS) + "; write other braces as %7B and %7D."
            yield draft.fault(f"`access.{name}` holds {odd[0]!r}, which nothing fills in", "access", name, advice=advice)
    if access.participant_parameter.casefold() in RESERVED:
        yield draft.fault(
            f"`access.participant_parameter` cannot be {access.participant_parameter!r}: that part of the address has another use",
            "access",
            "participant_parameter",
            advice="Choose another name, for example participant or PROLIFIC_PID.",
        )


def _why(draft: Draft) -> Iterator[Fault]:
    if not draft.has("grid", "stages", "why") or not draft.parts["stages"].why:
        return
    asked, n = draft.parts["why"].columns, len(draft.parts["grid"])
    if asked > n // 2:
        yield draft.fault(f"`why.columns` asks about {asked} columns at each end, but of {n} columns each end has only {n // 2}", "why", "columns")


def _words(draft: Draft) -> Iterator[Fault]:
    """Words of the study in place of those of the pages."""
    languages = draft.parts.get("languages", {})
    for code, table in draft.parts.get("words", {}).items():
        if languages and code not in languages:
            instead = f"It has {', '.join(languages)}."
            yield draft.fault(f"`words` has a table for {code!r}, which is no language of the study", "words", code, advice=instead)
        for key, message, advice in odd_words(table):
            yield draft.fault(f"words in {code}: {message}", "words", code, key, advice=advice)


def _unspoken(draft: Draft) -> Iterator[Fault]:
    if draft.has("languages", "words"):
        names = {code: language.name for code, language in draft.parts["languages"].items()}
        for code, message, advice in unspoken(draft.parts["words"], names):
            yield draft.fault(message, "languages", code, advice=advice)


def check(study: Study) -> tuple[Notice, ...]:
    """What is odd about a study, though it can be used.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Notice
        Codes: ``no-interface``, ``draft-interface``, ``html``, ``draft-translation``, ``long-statement``, ``long-word``, ``same-statement``,
        ``tag-used-once``, ``grid-asymmetric``, ``grid-uneven``, ``no-contact``, ``short-consent``, ``no-questions``, ``minutes``, ``closed``, ``closed-unused``.
    """
    about = (about_interface, _about_tags, _about_statements, about_words, _about_grid, _about_frame, _about_admission)
    return tuple(notice for part in about for notice in part(study))


def _about_tags(study: Study) -> Iterator[Notice]:
    """Texts with tags of HTML, which people would read as they stand."""
    ids = [statement.id for statement in study.statements]
    found: dict[str, str] = {}
    for path, text in texts(study):
        for tag in (tag for one in text.root.values() for tag in _TAG.findall(one)):
            found.setdefault(f"statement {ids[int(path[1])]}" if path[0] == "statements" else ".".join(map(str, path)), tag)
    if found:
        named = listed([f"{where} ({tag})" for where, tag in found.items()], 10)
        message = f"Texts are shown as they stand, and nothing in them is taken for HTML; people would read the tags in {named}."
        yield Notice("html", message, statements=tuple(name for name in ids if f"statement {name}" in found))


def _about_statements(study: Study) -> Iterator[Notice]:
    drafts = [f"{language.name} ({code})" for code, language in study.languages.items() if language.draft]
    if drafts:
        yield Notice("draft-translation", f"Your own texts are drafts that no native speaker has read yet in {', '.join(drafts)}. The pages say so.")
    long = [s.id for s in study.statements if any(len(text) > LONG_STATEMENT for text in s.text.root.values())]
    if long:
        named = listed(long, 10)
        message = f"{len(long)} statement(s) longer than {LONG_STATEMENT} characters: {named}. The board shows them whole, but in small type."
        yield Notice("long-statement", message, statements=tuple(long))
    for code in study.languages:
        same: dict[str, list[str]] = {}
        for statement in study.statements:
            same.setdefault(" ".join(statement.text.in_(code).casefold().split()), []).append(statement.id)
        for ids in same.values():
            if len(ids) > 1:
                yield Notice("same-statement", f"Statements {' and '.join(ids)} have the same text in {code}.", statements=tuple(ids))
    tags = Counter(tag for statement in study.statements for tag in set(statement.tags))
    once = [tag for tag, count in tags.items() if count == 1]
    if once:
        holders = tuple(s.id for s in study.statements if set(once) & set(s.tags))
        yield Notice("tag-used-once", f"Tags of one statement only, perhaps misspelt: {listed(sorted(once), 10)}.", statements=holders)


def _about_grid(study: Study) -> Iterator[Notice]:
    grid = study.q_grid
    mirrored = all(a == -b for a, b in zip(grid.values, reversed(grid.values), strict=True)) and grid.counts == tuple(reversed(grid.counts))
    if not mirrored:
        yield Notice("grid-asymmetric", f"The grid is not symmetric around 0 ({grid}). That is allowed; see that it is meant.")
    peak = grid.counts.index(max(grid.counts))
    rising, falling = grid.counts[: peak + 1], grid.counts[peak:]
    if list(rising) != sorted(rising) or list(falling) != sorted(falling, reverse=True):
        yield Notice("grid-uneven", f"The columns of the grid do not rise to one middle and fall from it ({grid}). See that no count is mistyped.")


def _about_frame(study: Study) -> Iterator[Notice]:
    if not study.contact.strip():
        yield Notice("no-contact", "The study names no contact: people cannot ask, or have their answers removed.")
    short = [code for code in study.languages if len(study.consent.in_(code).strip()) < SHORT_CONSENT]
    if short:
        message = f"The consent text is shorter than {SHORT_CONSENT} characters ({', '.join(short)}). Say who asks, what is kept and for how long."
        yield Notice("short-consent", message)
    if study.no_difference is not True and (study.distribution == "free" or not study.stages.refine):
        what = "has a free distribution" if study.distribution == "free" else "leaves choosing out"
        yield Notice("no-difference-idle", f"`no_difference` says what choosing offers, and the study {what}: it decides nothing here.")
    if not list(study.questions):
        yield Notice("no-questions", "The study asks no questions besides the sort: nothing will be known about who sorted.")
    seconds = study.minutes * 60 / len(study.statements)
    low, high = _SECONDS_PER_STATEMENT
    if not low <= seconds <= high:
        size = "short" if seconds < low else "long"
        yield Notice("minutes", f"{study.minutes} minutes are {size} for {len(study.statements)} statements; this time is told on the first page.")


def _about_admission(study: Study) -> Iterator[Notice]:
    if study.closes is not None and admission.out_of_time(study, datetime.now(UTC)) == "over":
        yield Notice("closed", f"The study has closed, {admission.said(study.closes)}: nobody can begin.")
    if study.closed is not None and study.closes is None and study.quota is None:
        yield Notice("closed-unused", "The text `closed` is read by nobody: the study has neither `closes` nor `quota`.")
