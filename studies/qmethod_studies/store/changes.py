"""What differs between two definitions of a study, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qmethod_studies.definition import SortCondition, Statement, Study, Wave, column_label
from qmethod_studies.parts import Text
from qmethod_studies.questions import Question


def changes(old: Study, new: Study) -> list[str]:
    """Each structural difference, named so that its author finds it.

    Parameters
    ----------
    old, new : Study

    Returns
    -------
    list of str
        Empty where `Study.structure` is the same.
    """
    found = [f"the language {code} was {what}" for code, what in _added(old.languages, new.languages)]
    found += [
        f"the entry of the language {code} was changed"
        for code in old.languages
        if code in new.languages and old.languages[code] != new.languages[code]
    ]
    if not (old.conditions or new.conditions):
        found += _text("the condition of instruction", old.condition, new.condition)
    for what, before, after in (("condition", old.conditions, new.conditions), ("wave", old.waves, new.waves)):
        found += _listed(what, {one.id: one for one in before}, {one.id: one for one in after})
    if old.assign != new.assign:
        found.append(f"the assignment of conditions was changed (from {old.assign} to {new.assign})")
    if old.q_grid != new.q_grid:
        found.append(f"the grid was changed (from {_grid(old)} to {_grid(new)})")
    if old.distribution != new.distribution:
        found.append(f"the distribution was changed (from {old.distribution} to {new.distribution})")
    found += _text("the low end of the scale", old.scale.low, new.scale.low) + _text("the high end of the scale", old.scale.high, new.scale.high)
    found += ["the labels of columns were changed"] if old.labels != new.labels else []
    found += _text("the consent", old.consent, new.consent)
    found += [f"the part {part} was changed" for part in ("stages", "why", "shuffle", "no_difference") if getattr(old, part) != getattr(new, part)]
    found += _statements(old.statements, new.statements)
    found += _questions([*old.questions], [*new.questions])
    if not found and old.structure() != new.structure():
        parts = [key for key, value in old.structure().items() if value != new.structure()[key]]
        found.append(f"the parts {', '.join(parts)} were changed")
    return found


def _added(old: Iterable[str], new: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, "taken out") for name in old if name not in new] + [(name, "added") for name in new if name not in old]


def _listed(what: str, old: Mapping[str, SortCondition | Wave], new: Mapping[str, SortCondition | Wave]) -> list[str]:
    """What differs between conditions, or waves; the dates of a wave may change at any time."""
    found = [f"the {what} {name} was {how}" for name, how in _added(old, new)]
    for name, before in old.items():
        if (after := new.get(name)) is not None:
            found += _text(f"the name of the {what} {name}", before.name, after.name)
            if isinstance(before, SortCondition) and isinstance(after, SortCondition):
                found += _text(f"the instruction of the condition {name}", before.instruction, after.instruction)
    if old.keys() == new.keys() and list(old) != list(new):
        found.append(f"the order of the {what}s was changed")
    return found


def _text(what: str, old: Text | None, new: Text | None) -> list[str]:
    """Where a text differs, by language."""
    before, after = (text.root if text is not None else {} for text in (old, new))
    codes = [code for code in dict.fromkeys([*before, *after]) if before.get(code) != after.get(code)]
    return [f"{what} was changed{f' in {code}' if code else ''}" for code in codes]


def _grid(study: Study) -> str:
    return ", ".join(f"{count} at {column_label(value)}" for value, count in study.capacity.items())


def _statements(old: tuple[Statement, ...], new: tuple[Statement, ...]) -> list[str]:
    before, after = {s.id: s for s in old}, {s.id: s for s in new}
    found = [f"statement {name} was {what}" for name, what in _added(before, after)]
    for name in before.keys() & after.keys():
        found += _text(f"the text of statement {name}", before[name].text, after[name].text)
        if before[name].tags != after[name].tags:
            found.append(f"the tags of statement {name} were changed")
    if before.keys() == after.keys() and list(before) != list(after):
        found.append("the order of the statements was changed")
    return sorted(found, key=lambda line: next((i for i, name in enumerate([*before, *after]) if f" {name} " in f"{line} "), 0))


def _questions(old: list[Question], new: list[Question]) -> list[str]:
    before, after = {q.id: q for q in old}, {q.id: q for q in new}
    found = [f"question {name} was {what}" for name, what in _added(before, after)]
    for name in before:
        if name in after and before[name] != after[name]:
            one, two = _fields(before[name]), _fields(after[name])
            parts = ", ".join(key for key in {**one, **two} if one.get(key) != two.get(key))
            found.append(f"question {name} was changed ({parts})")
    if not found and [q.id for q in old] != [q.id for q in new]:
        found.append("the order of the questions was changed")
    return found


def _fields(question: Question) -> dict[str, Any]:
    return question.model_dump(mode="json", by_alias=True)
