"""The researcher's own words for a report: ``report.toml``. Made once with empty entries, never written again."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qmethod.brief import brief
from qmethod.errors import DataError, Fault
from qmethod.formats.text import shown
from qmethod.given import ReadOnly
from qmethod_analysis.recipe.inside import LARGEST_TEXT, read_inside
from qmethod_analysis.recipe.lines import Path as Place
from qmethod_analysis.recipe.lines import lines_of
from qmethod_analysis.recipe.toml import read_toml
from qmethod_analysis.words.language import N_

FILE_NAME = "report.toml"

KEYS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "concourse": (1, N_("where the concourse came from and how its statements were collected")),
        "q_set": (2, N_("how the concourse became the Q set, and which structure it was sampled by")),
        "pilot": (4, N_("who tried the Q set out, and what was changed after that")),
        "scale": (5, N_("what the two ends of the grid were called; needed only where no study is named")),
        "condition": (6, N_("the condition of instruction, word for word; needed only where no study is named")),
        "participants": (7, N_("how participants were chosen and invited, and why these")),
        "administration": (8, N_("how, where and when people sorted; needed only where no export is named")),
        "other_data": (9, N_("what else was gathered (interviews, comments, questions) and how it was used")),
        "choice": (12, N_("which numbers of viewpoints were compared, and why this one was kept")),
        "consensus": (30, N_("what the viewpoints share, and what that means; stands before the drafted sentences")),
        "limits": (31, N_("the limits of this study; follows what is true of every Q study")),
        "ethics": (32, N_("who approved the study, and how people consented")),
        "open_data": (33, N_("where sorts, statements and recipe can be had")),
    }
)
"""Keys of ``[texts]`` in the order of the report: the item of the checklist, and what belongs there."""

OPTIONAL: Mapping[str, str] = MappingProxyType(
    {
        "summary": "the whole study in a few sentences, for readers who read nothing else; stands first",
        "implications": "what follows from the findings, for practice or for research",
        "for_whom": "whom the findings concern, and what they may use them for",
        "funding": "who paid for the study, and which interests the authors have",
    }
)
"""Keys of ``[texts]`` that no checklist asks for: where nothing is written, the report has no place for it."""

_TOP = ("title", "authors", "texts", "viewpoints", "themes", "released", "anonymous")
_LABEL = re.compile(r"f[1-9][0-9]{0,3}[+-]?")
"""What a viewpoint of some analysis may be labelled."""
_OF_VIEWPOINT = ("name", "gist", "story")


@dataclass(frozen=True, slots=True)
class Own:
    """What the researcher says of one viewpoint; empty where the drafted text is to stand.

    Parameters
    ----------
    name, gist, story : str
    """

    name: str = ""
    gist: str = ""
    story: str = ""

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Theme:
    """A question that some statements answer.

    Parameters
    ----------
    question : str
        As a reader sees it.
    statements : tuple of str
        Ids, in the order they were given.
    """

    question: str
    statements: tuple[str, ...]

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Texts(ReadOnly):
    """Everything in ``report.toml``.

    Parameters
    ----------
    title, authors : str
    texts : mapping of str to str
        By key of `KEYS` and `OPTIONAL`; only those that were written.
    viewpoints : mapping of str to Own
        By label.
    released : frozenset of tuple (str, str)
        Participant and statement of each comment that may leave.
    may_stand : tuple of str
        Names of participants that are also words of the report.
    unused : tuple of str
        Labels of viewpoints that are written of and that this analysis does not have: another number of factors had them.
    themes : tuple of Theme
        Questions that group statements; no statement belongs to two.
    """

    title: str = ""
    authors: str = ""
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    viewpoints: Mapping[str, Own] = field(default_factory=lambda: MappingProxyType({}))
    released: frozenset[tuple[str, str]] = frozenset()
    may_stand: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    themes: tuple[Theme, ...] = ()

    __repr__ = brief

    @property
    def names(self) -> dict[str, str]:
        """Names of viewpoints by label, those that were given."""
        return {label: own.name for label, own in self.viewpoints.items() if own.name}


def read_texts(folder: Path, labels: Sequence[str], statements: Sequence[str] | None = None) -> Texts:
    """The researcher's words from the folder of an analysis; nothing where there is no ``report.toml``.

    Parameters
    ----------
    folder : pathlib.Path
    labels : sequence of str
        Labels of the viewpoints that the analysis has.
    statements : sequence of str, optional
        Ids of its statements; without them those that themes name are not checked.

    Raises
    ------
    DataError
        Every fault, with its line.
    """
    text = raw_text(folder / FILE_NAME)
    return Texts() if text is None else parse(text, str(folder / FILE_NAME), labels, statements)


def raw_text(file: Path) -> str | None:
    """What stands in a ``report.toml``; None where there is none.

    Raises
    ------
    DataError
        If it is a link or no ordinary file, too large, or not UTF-8.
    """
    content = read_inside(file.parent, file.name, LARGEST_TEXT)
    try:
        return None if content is None else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError([Fault(f"not UTF-8 text (byte {error.start})", file=str(file), advice="Save it as UTF-8.")]) from None


def parse(text: str, file: str, labels: Sequence[str], statements: Sequence[str] | None = None) -> Texts:
    """The same from its text.

    Parameters
    ----------
    text : str
    file : str
        What to call the file in messages.
    labels : sequence of str
    statements : sequence of str, optional

    Raises
    ------
    DataError
        Every fault, with its line.
    """
    try:
        values = read_toml(text, file)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(place[1]) if place else len(text.splitlines())
        message = re.sub(r"\s*\(at .*\)$", "", str(error))
        advice = 'A text stands between quotes: "..." on one line, """...""" over several.'
        raise DataError([Fault(f"not TOML: {message}", file=file, line=line, advice=advice)]) from None
    check = _Check(text, file)
    check.known(values, _TOP)
    written = check.table(values, "texts")
    check.known(written, (*KEYS, *OPTIONAL), "texts")
    given = check.table(values, "viewpoints")
    unused = tuple(label for label in given if label not in labels and _LABEL.fullmatch(label))
    check.known({label: own for label, own in given.items() if label not in unused}, tuple(labels), "viewpoints")
    for label in unused:
        _own(check, given, label)
    owned = {label: _own(check, given, label) for label in given if label in labels}
    stand = check.table(values, "anonymous")
    check.known(stand, ("may_stand",), "anonymous")
    texts = Texts(
        title=check.text(values, "title"),
        authors=check.text(values, "authors"),
        texts=MappingProxyType({key: words for key in (*KEYS, *OPTIONAL) if key in written and (words := check.text(written, key, "texts"))}),
        viewpoints=MappingProxyType(owned),
        released=frozenset(_released(check, values)),
        may_stand=check.words(stand, "may_stand", "anonymous"),
        unused=unused,
        themes=_themes(check, values, statements),
    )
    if check.faults:
        raise DataError(check.faults)
    return texts


class _Check:
    """Collects faults with the lines they stand in; `above` is where a table stands."""

    def __init__(self, text: str, file: str) -> None:
        self._lines = lines_of(text)
        self._file = file
        self.faults: list[Fault] = []

    def add(self, path: Place, message: str, advice: str | None = None, words: str = "", nth: int = 0) -> None:
        self.faults.append(Fault(message, file=self._file, line=self._lines.of(path, words, nth), advice=advice))

    def known(self, values: Mapping[str, Any], keys: Sequence[str], *above: str | int) -> None:
        for key in values:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                message = f"{shown(key)} means nothing here"
                self.add((*above, key), message, f"Did you mean {near[0]}?" if near else f"Known are {', '.join(keys)}.")

    def text(self, values: Mapping[str, Any], key: str, *above: str | int) -> str:
        value = values.get(key, "")
        if isinstance(value, str):
            return value.strip()
        self.add((*above, key), f"`{key}` must be text; got {value!r}")
        return ""

    def table(self, values: Mapping[str, Any], key: str, *above: str | int) -> Mapping[str, Any]:
        value = values.get(key, {})
        if isinstance(value, dict):
            return value
        self.add((*above, key), f"`{key}` must be a table, written [{'.'.join(map(str, (*above, key)))}]; got {value!r}")
        return {}

    def tables(self, values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        value = values.get(key, [])
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return value
        self.add((key,), f"`{key}` must be a list of tables, written [[{key}]]; got {value!r}")
        return []

    def words(self, values: Mapping[str, Any], key: str, *above: str | int, such: str = "May") -> tuple[str, ...]:
        value = values.get(key, [])
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(value)
        self.add((*above, key), f'`{key}` must be a list of words such as ["{such}"]; got {value!r}')
        return ()


def _own(check: _Check, given: Mapping[str, Any], label: str) -> Own:
    values = check.table(given, label, "viewpoints")
    check.known(values, _OF_VIEWPOINT, "viewpoints", label)
    return Own(*(check.text(values, key, "viewpoints", label) for key in _OF_VIEWPOINT))


def _released(check: _Check, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    for n, one in enumerate(check.tables(values, "released")):
        check.known(one, ("participant", "statement"), "released", n)
        pair = check.text(one, "participant", "released", n), check.text(one, "statement", "released", n)
        if not all(pair):
            check.add(("released", n), f"each [[released]] names a participant and a statement; got {one!r}")
        pairs.append(pair)
    return pairs


def _themes(check: _Check, values: Mapping[str, Any], known: Sequence[str] | None) -> tuple[Theme, ...]:
    """The themes, each with a question of its own and statements that belong to no other one."""
    themes: list[Theme] = []
    told: dict[str, str] = {}
    asked: set[str] = set()
    for n, one in enumerate(check.tables(values, "themes")):
        check.known(one, ("question", "statements"), "themes", n)
        question = " ".join(check.text(one, "question", "themes", n).split())
        ids = check.words(one, "statements", "themes", n, such="s12")
        if not question or not ids:
            check.add(("themes", n), f"each [[themes]] has a `question` and `statements`; got {dict(one)!r}")
        elif question.casefold() in asked:
            check.add(("themes", n, "question"), f"two [[themes]] have one `question`: {question!r}", "Put their statements together.")
        asked.add(question.casefold())
        for i, statement in enumerate(ids):
            place, said = ("themes", n, "statements"), f'"{statement}"'
            if known is not None and statement not in known:
                near = difflib.get_close_matches(statement, known, 1)
                advice = f"Did you mean {near[0]}?" if near else f"Statements are called as {', '.join(list(known)[:5])} are."
                check.add(place, f"`statements` of the theme {question!r} names {statement!r}, and there is no such statement", advice, said)
            elif statement in told:
                where = "twice" if told[statement] == question else f"and so does that of {told[statement]!r}"
                message = f"`statements` of the theme {question!r} names {statement!r} {where}"
                check.add(place, message, "Leave each statement in one theme only, once.", said, ids[:i].count(statement))
            told.setdefault(statement, question)
        themes.append(Theme(question, ids))
    return tuple(themes)


def template(labels: Sequence[str], names: Sequence[str]) -> str:
    """A new ``report.toml``: every entry empty, each with what belongs there.

    Parameters
    ----------
    labels : sequence of str
    names : sequence of str
        What the viewpoints are called so far.
    """
    lines = [
        "# Your own words for the report. What you leave empty stays marked as to be written; `qmethod report` never changes this file.",
        '# A text of several paragraphs stands between """ and """; blank lines part paragraphs.',
        "",
        '# Title and authors; without a title, that of the analysis.\ntitle = ""',
        'authors = ""',
        "",
        "[texts]",
    ]
    lines += [f'# Checklist item {item}: {about}.\n{key} = ""' for key, (item, about) in KEYS.items()]
    lines += [f'# If you like: {about}.\n{key} = ""' for key, about in OPTIONAL.items()]
    lines += ["", "# Each viewpoint: its name, what it holds in one sentence, its story. An empty entry leaves the draft made from the figures."]
    for label, name in zip(labels, names, strict=True):
        plain = "".join(sign if sign.isprintable() else " " for sign in name)
        lines += ["", f"# So far: {plain}", f"[viewpoints.{label}]", *(f'{key} = ""' for key in _OF_VIEWPOINT)]
    lines += [
        "",
        "# Questions that group statements, for readers to see where viewpoints differ; no statement belongs to two:",
        "#",
        "# [[themes]]",
        '# question = "Who decides?"',
        '# statements = ["s2", "s10"]',
        "",
        "# Comments of participants that may leave in an anonymous report, each released by name:",
        "#",
        "# [[released]]",
        '# participant = "P07"',
        '# statement = "s12"',
        "",
        "[anonymous]",
        "# Names of participants that are also ordinary words of the report, so that finding them there is no alarm.",
        "may_stand = []",
        "",
    ]
    return "\n".join(lines)
