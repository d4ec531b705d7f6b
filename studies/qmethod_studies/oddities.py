"""What is odd about a study that can be used all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from qmethod.formats.wordings import tags_of_html
from qmethod.notice import Notice
from qmethod.wording import listed
from qmethod_studies import admission, formatting
from qmethod_studies.checks import is_marked, texts
from qmethod_studies.definition import Study
from qmethod_studies.fitting import about_words
from qmethod_studies.spoken import about_interface

LONG_STATEMENT = 90
"""Characters from which on a statement makes the board's type small."""
SHORT_CONSENT = 80
_SECONDS_PER_STATEMENT = (5, 120)


def check(study: Study) -> tuple[Notice, ...]:
    """What is odd about a study, though it can be used.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Notice
        Codes: ``no-interface``, ``draft-interface``, ``html``, ``marks``, ``draft-translation``, ``long-statement``, ``long-word``,
        ``same-statement``, ``tag-used-once``, ``grid-asymmetric``, ``grid-uneven``, ``no-contact``, ``short-consent``, ``no-questions``, ``minutes``,
        ``closed``, ``closed-unused``.
    """
    about = (about_interface, _about_tags, _about_marks, _about_statements, about_words, _about_grid, _about_frame, _about_admission)
    return tuple(notice for part in about for notice in part(study))


def _about_tags(study: Study) -> Iterator[Notice]:
    """Texts with tags of HTML, which people would read as they stand."""
    ids = [statement.id for statement in study.statements]
    found: dict[str, str] = {}
    for path, text in texts(study):
        for tag in (tag for one in text.root.values() for tag in tags_of_html(one)):
            found.setdefault(f"statement {ids[int(path[1])]}" if path[0] == "statements" else ".".join(map(str, path)), tag)
    if found:
        named = listed([f"{where} ({tag})" for where, tag in found.items()], 10)
        message = f"Texts are shown as they stand, and nothing in them is taken for HTML; people would read the tags in {named}."
        yield Notice("html", message, statements=tuple(name for name in ids if f"statement {name}" in found))


def _about_marks(study: Study) -> Iterator[Notice]:
    """Marks of formatting where they are shown as they stand."""
    found: dict[str, str] = {}
    for path, text in texts(study):
        if not (study.formatted and is_marked(path, {"questions": study.questions})):
            mark = next(filter(None, map(formatting.marks, text.root.values())), None)
            where = f"statement {study.ids[int(path[1])]}" if path[0] == "statements" else ".".join(map(str, path))
            found |= {where: mark} if mark and path[0] != "words" else {}
    if found:
        named = listed([f"{where} ({mark})" for where, mark in found.items()], 10)
        set_it = (
            "" if study.formatted else " With `formatted: true` they are heeded in the longer texts: welcome, consent, thanks, closed, information."
        )
        yield Notice("marks", f"Marks for bold words and links would be read as they stand in {named}.{set_it}")


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
