"""Whether the researcher's own words, or files given along, name somebody who took part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from qmethod.errors import Fault
from qmethod.simulation import simulated_names
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.texts import FILE_NAME as TEXTS_FILE
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.words.people import named, parts, plain_words

_SIGNED = re.compile(r"copyright|©|\(c\)", re.IGNORECASE)
RUNNING = re.compile(r"[A-Za-z]?[-_ ]?\d+")
"""Names that only count people: ``p12``, ``7``."""


def people_named(loaded: Loaded, texts: Texts, beside: Mapping[str, bytes] = MappingProxyType({})) -> list[Fault]:
    """A fault for each text that holds the name of a participant, or a part of it that says who is meant, however it is spelt.

    Parameters
    ----------
    loaded : Loaded
        With the names of the participants, left-out ones too, with title and notes, and with names, gists and stories of viewpoints.
    texts : Texts
        What else the researcher wrote, and which names may stand.
    beside : mapping of str to bytes
        Files given along, such as ``LICENSE`` and ``CITATION.cff``. They hold ordinary words, so that parts of names are looked for in a citation and
        in lines that say whose copyright it is, and whole names everywhere.
    """
    everybody = [*loaded.solution.data.participants, *(one.participant for one in loaded.solution.excluded)]
    harmless = {plain_words(name) for name in (*simulated_names(everybody), *texts.may_stand)}
    names = searched(loaded, texts)
    pieces = {part: name for part, name in parts(names).items() if part not in harmless}
    advice = f"Take the name out, or, where it is an ordinary word here, list it under may_stand in {TEXTS_FILE}."
    given = [(where, named(text.splitlines(), names, pieces)) for where, text in _written(loaded, texts)]
    for name, content in beside.items():
        lines = content.decode("utf-8", errors="replace").splitlines()
        signed = lines if name.startswith("CITATION") else [line for line in lines if _SIGNED.search(line)]
        given.append((f"the file {name}", [*named(lines, names), *named(signed, names, pieces)]))
    return [
        Fault(f"{where} holds {found[0]!r}, which is the name of a participant; nothing was written", file=str(loaded.folder), advice=advice)
        for where, found in given
        if found
    ]


def searched(loaded: Loaded, texts: Texts) -> list[str]:
    """Names of participants, left-out ones too, that must not leave: not those that only count people, are simulated, or may stand.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    """
    everybody = [*loaded.solution.data.participants, *(one.participant for one in loaded.solution.excluded)]
    harmless = {plain_words(name) for name in (*simulated_names(everybody), *texts.may_stand)}
    return [name for name in everybody if plain_words(name) not in harmless and not RUNNING.fullmatch(name)]


def withheld(loaded: Loaded, texts: Texts) -> set[str]:
    """Comments that nobody released, nor the same words of somebody else.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    """
    given = {True: set[str](), False: set[str]()}
    for one in loaded.background.comments:
        given[(one.participant, one.statement) in texts.released].add(one.text)
    return given[False] - given[True]


def _written(loaded: Loaded, texts: Texts) -> list[tuple[str, str]]:
    """Every text of the researcher that is published, and what to call it."""
    recipe = loaded.recipe
    given = [
        ("the title", texts.title),
        ("the list of authors", texts.authors),
        ("the title of the recipe", recipe.title),
        ("the note of the recipe", recipe.notes),
    ]
    given += [(f"the text `{key}`", text) for key, text in texts.texts.items()]
    given += [(f"the name of {label}", name) for label, name in zip(loaded.solution.labels, loaded.names, strict=True)]
    given += [(f"the {part} of {label}", text) for label, own in loaded.own.items() for part, text in (("gist", own.gist), ("story", own.story))]
    given += [("the reason for leaving a sort out", one.reason) for one in loaded.solution.excluded if one.by_hand]
    given += [("the question of a theme", theme.question) for theme in texts.themes]
    given += [
        (f"the released comment on {one.statement}", one.text)
        for one in loaded.background.comments
        if (one.participant, one.statement) in texts.released
    ]
    return given
