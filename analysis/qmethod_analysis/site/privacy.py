"""Whether the researcher's own words name somebody who took part."""

from __future__ import annotations

import re

from qmethod.errors import Fault
from qmethod.simulation import simulated_names
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.recipe.texts import FILE_NAME as TEXTS_FILE
from qmethod_analysis.recipe.texts import Texts

_RUNNING = re.compile(r"[A-Za-z]{0,2}[-_ ]?\d+")
"""Names that only count people: ``p12``, ``R-07``."""


def people_named(loaded: Loaded, texts: Texts) -> list[Fault]:
    """A fault for each text that holds the name of a participant as words of its own.

    Parameters
    ----------
    loaded : Loaded
        With the names of the participants, left-out ones too, with title and notes, and with names, gists and stories of viewpoints.
    texts : Texts
        What else the researcher wrote, and which names may stand.
    """
    everybody = [*loaded.solution.data.participants, *(one.participant for one in loaded.solution.excluded)]
    harmless = {*simulated_names(everybody), *texts.may_stand}
    names = [name for name in everybody if name not in harmless and not _RUNNING.fullmatch(name)]
    if not names:
        return []
    sign = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names, key=len, reverse=True)))
    advice = f"Take the name out, or, where it is an ordinary word here, list it under may_stand in {TEXTS_FILE}."
    return [
        Fault(f"{where} holds {found[0]!r}, which is the name of a participant; nothing was published", file=str(loaded.folder), advice=advice)
        for where, text in _written(loaded, texts)
        if (found := sign.search(text))
    ]


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
    given += [(f"the reason for rotation {n}", turn.reason) for n, turn in enumerate(recipe.rotations, 1)]
    given += [
        (f"the released comment on {one.statement}", one.text)
        for one in loaded.background.comments
        if (one.participant, one.statement) in texts.released
    ]
    return given
