"""What a reviewer looks for in a report on a Q study: 33 items, and for each where the report answers it.

The items gather what reviews of published studies found missing most often [1]_ [2]_ [3]_.

References
----------
.. [1] Churruca, K., Ludlow, K., Wu, W., et al. (2021). A scoping review of Q-methodology in healthcare research. BMC Medical Research
   Methodology, 21, 125.
.. [2] Dieteren, C. M., Patty, N. J. S., Reckers-Droog, V. T., & van Exel, J. (2023). Methodological choices in applications of Q methodology.
   Social Sciences & Humanities Open.
.. [3] Zabala, A., Sandbrook, C., & Mukherjee, N. (2018). When and how to use Q methodology to understand perspectives in conservation
   research. Conservation Biology. https://doi.org/10.1111/cobi.13123
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.called import PROGRAM
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.words.labels import defined
from qmethod_analysis.words.language import N_, _

FILLED, TO_WRITE, DOES_NOT_APPLY = N_("filled in"), N_("to be written"), N_("does not apply")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the report answers an item, and what is to be said about that.

    Parameters
    ----------
    state : {'filled in', 'to be written', 'does not apply'}
    remark : str
        Empty where nothing needs to be said.
    """

    state: str
    remark: str = ""


Answering = Callable[[Loaded, Texts], Answer]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a reader wants to know.

    Parameters
    ----------
    number : int
    part : str
        Design, analysis, results, pictures or interpretation.
    what : str
    section : str
        Id of the section that answers it.
    filled_by : str
        What it takes for the program to fill it in, in words for the documentation.
    answer : callable
        From an analysis and the researcher's texts.
    """

    number: int
    part: str
    what: str
    section: str
    filled_by: str
    answer: Answering


def _always(_loaded: Loaded, _texts: Texts) -> Answer:
    return Answer(FILLED)


def _text(key: str, remark: str = "") -> Answering:
    """Filled in by the researcher's text alone."""

    def answer(_loaded: Loaded, texts: Texts) -> Answer:
        if key in texts.texts:
            return Answer(FILLED)
        if remark:
            return Answer(TO_WRITE, _("{key} in report.toml; {remark}", key=key, remark=_(remark)))
        return Answer(TO_WRITE, _("{key} in report.toml", key=key))

    return answer


def _study_or(key: str) -> Answering:
    """Filled in from the definition of the study, or else by the researcher."""

    def answer(loaded: Loaded, texts: Texts) -> Answer:
        known = loaded.background.study is not None or key in texts.texts
        return Answer(FILLED) if known else Answer(TO_WRITE, _("name a study, or {key} in report.toml", key=key))

    return answer


def _wordings(loaded: Loaded, _texts: Texts) -> Answer:
    return Answer(FILLED) if all(loaded.solution.data.texts) else Answer(TO_WRITE, _("the wording of the statements was not given to the analysis"))


def _grid(loaded: Loaded, texts: Texts) -> Answer:
    known = loaded.background.study is not None or "scale" in texts.texts
    return Answer(FILLED) if known else Answer(TO_WRITE, _("the columns are there; what the ends were called is missing (scale in report.toml)"))


def _administration(loaded: Loaded, texts: Texts) -> Answer:
    if loaded.background.days or "administration" in texts.texts:
        return Answer(FILLED)
    return Answer(TO_WRITE, _("name an export, or administration in report.toml"))


def _criteria(loaded: Loaded, texts: Texts) -> Answer:
    if loaded.counted is None:
        return Answer(TO_WRITE, _("the analysis left the criteria out; choice in report.toml"))
    return Answer(FILLED) if "choice" in texts.texts else Answer(TO_WRITE, _("the criteria are there; choice in report.toml says why"))


def _with_two(loaded: Loaded, _texts: Texts) -> Answer:
    return Answer(FILLED) if _defined(loaded) > 1 else Answer(DOES_NOT_APPLY, _("it takes two viewpoints with scores"))


def _with_one(loaded: Loaded, _texts: Texts) -> Answer:
    return Answer(FILLED) if _defined(loaded) else Answer(DOES_NOT_APPLY, _("no sort defines a viewpoint"))


def _two_factors(loaded: Loaded, _texts: Texts) -> Answer:
    return Answer(FILLED) if len(loaded.solution.factors) > 1 else Answer(DOES_NOT_APPLY, _("it takes two factors"))


def _defined(loaded: Loaded) -> int:
    return len(defined(loaded.solution))


def _comments(loaded: Loaded, _texts: Texts) -> Answer:
    if any(reading is not None and reading.comments for reading in loaded.interpretation.readings):
        return Answer(FILLED)
    return Answer(DOES_NOT_APPLY, _("there is no comment that could be shown"))


def _bootstrap(loaded: Loaded, _texts: Texts) -> Answer:
    return Answer(FILLED) if loaded.found is not None else Answer(DOES_NOT_APPLY, _("no bootstrap was run"))


def _narrative(loaded: Loaded, _texts: Texts) -> Answer:
    readings = zip(loaded.called, loaded.interpretation.readings, strict=True)
    unnamed = [one.label for one, reading in readings if reading is not None and one.named_by == PROGRAM]
    if unnamed:
        return Answer(TO_WRITE, _("drafted from the figures; {viewpoints} without a name (report.toml)", viewpoints=", ".join(unnamed)))
    return Answer(FILLED)


BY_ITSELF, BY_STUDY, BY_EXPORT, BY_YOU = "the analysis", "a study (`--study`)", "an export (`--study`)", "you"
D, A, R, P, I = "Design", "Analysis", "Results", "Pictures", "Interpretation"  # noqa: E741 - letters for the table below

ITEMS = (
    Item(1, D, N_("Where the concourse came from and how it was collected"), "q-set", BY_YOU, _text("concourse")),
    Item(2, D, N_("How the Q set was drawn from it, by which structure"), "q-set", BY_YOU, _text("q_set")),
    Item(3, D, N_("Number and full wording of the statements"), "q-set", "the analysis, with `--statements`", _wordings),
    Item(4, D, N_("Pilot"), "q-set", BY_YOU, _text("pilot")),
    Item(5, D, N_("Grid: columns, scale, names of its ends, forced or free"), "grid", BY_STUDY, _grid),
    Item(6, D, N_("Condition of instruction, word for word"), "grid", BY_STUDY, _study_or("condition")),
    Item(
        7,
        D,
        N_("How participants were chosen; how many took part and were left out"),
        "participants",
        BY_YOU,
        _text("participants", N_("numbers are there")),
    ),
    Item(8, D, N_("How people sorted: mode, tool and version, dates, median time"), "collection", BY_EXPORT, _administration),
    Item(9, D, N_("Other data and how they were used"), "collection", BY_YOU, _text("other_data")),
    Item(10, A, N_("Coefficient of correlation"), "analysis", BY_ITSELF, _always),
    Item(11, A, N_("Extraction and rotation with their exact variant; angles of rotations by hand"), "analysis", BY_ITSELF, _always),
    Item(12, A, N_("All criteria for the number of viewpoints, and why this one"), "how-many", BY_YOU, _criteria),
    Item(13, A, N_("Rule for defining sorts, its level and threshold; changes by hand with reasons"), "analysis", BY_ITSELF, _always),
    Item(14, A, N_("Defining, confounded, not significant and negative sorts"), "factors", BY_ITSELF, _always),
    Item(15, A, N_("Reliability, standard errors of scores and of differences"), "factors", BY_ITSELF, _always),
    Item(16, A, N_("Software with versions, seed"), "analysis", BY_ITSELF, _always),
    Item(17, R, N_("Eigenvalues and variance before rotation; variance after it, by factor and in all"), "factors", BY_ITSELF, _always),
    Item(18, R, N_("All loadings with flags and communalities"), "loadings", BY_ITSELF, _always),
    Item(19, R, N_("Characteristics of the factors"), "factors", BY_ITSELF, _always),
    Item(20, R, N_("Correlations between the scores of the viewpoints"), "factors", BY_ITSELF, _with_two),
    Item(21, R, N_("Every statement in every viewpoint: place and z-score"), "statements", BY_ITSELF, _with_one),
    Item(22, R, N_("Distinguishing statements with their level; consensus statements with their rule"), "viewpoints", BY_ITSELF, _with_two),
    Item(23, R, N_("Comments of defining sorts beside the statements"), "viewpoints", BY_EXPORT, _comments),
    Item(24, P, N_("Scree plot, with random sorts beside it where asked"), "factors", BY_ITSELF, _always),
    Item(25, P, N_("Array of each viewpoint as a grid with legible texts and marks"), "viewpoints", BY_ITSELF, _with_one),
    Item(26, P, N_("z-scores of all statements, in order"), "statements", BY_ITSELF, _with_one),
    Item(27, P, N_("Plot of loadings with defining sorts"), "loadings", BY_ITSELF, _two_factors),
    Item(28, P, N_("With a bootstrap: intervals of z-scores and frequency of flags"), "sure", "the analysis, with `--bootstrap`", _bootstrap),
    Item(29, I, N_("Each viewpoint: name, size, who holds it, its story with references, quotations"), "viewpoints", BY_YOU, _narrative),
    Item(30, I, N_("What the viewpoints share"), "shared", BY_YOU, _text("consensus", N_("drafted from the figures"))),
    Item(
        31, I, N_("Limits: nothing said about shares of a population"), "limits", BY_YOU, _text("limits", N_("what holds of every Q study is there"))
    ),
    Item(32, I, N_("Ethics and consent"), "ethics", BY_YOU, _text("ethics")),
    Item(33, I, N_("Open data: sorts, statements, settings, script"), "open-data", BY_YOU, _text("open_data", N_("the recipe is named"))),
)
"""The whole checklist."""


def answers(loaded: Loaded, texts: Texts) -> tuple[tuple[Item, Answer], ...]:
    """Every item and whether a report on this analysis answers it.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    """
    return tuple((item, item.answer(loaded, texts)) for item in ITEMS)


def coverage(given: Sequence[tuple[Item, Answer]]) -> dict[str, int]:
    """How many items are filled in, are to be written, and do not apply.

    Parameters
    ----------
    given : sequence of tuple (Item, Answer)
        From `answers`.
    """
    return {state: sum(answer.state == state for _, answer in given) for state in (FILLED, TO_WRITE, DOES_NOT_APPLY)}
