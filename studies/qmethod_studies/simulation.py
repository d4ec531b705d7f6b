"""Respondents who do not exist: sorts drawn from the reference viewpoints of a study, and their way through the survey."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qmethod.errors import DataError, Fault
from qmethod.simulation import LOADINGS, Simulated, apportion, complete, simulate
from qmethod_studies.answering import shown
from qmethod_studies.definition import Study

if TYPE_CHECKING:
    from qmethod_studies.store import Response, Store


def draw(
    study: Study,
    n: int,
    rng: np.random.Generator,
    *,
    shares: Sequence[float] = (),
    loadings: tuple[float, float] = LOADINGS,
) -> Simulated:
    """Draw sorts from the reference viewpoints of a study.

    Parameters
    ----------
    study : Study
        With at least one viewpoint. What its viewpoints say nothing of is filled in by chance, see `qmethod.simulation.complete`.
    n : int
        How many people.
    rng : numpy.random.Generator
        Where chance comes from.
    shares : sequence of float, optional
        How large the viewpoints are in proportion, in the order of the study; equal where not given.
    loadings : (float, float)
        Range of the true loadings.

    Returns
    -------
    Simulated
        With the statements and the wordings of the study in its first language; columns of `profiles` in the order of its viewpoints.

    Raises
    ------
    DataError
        If the study has no viewpoints, or `shares` has another number of them.
    """
    if not study.viewpoints:
        advice = f"Add at least one to study.yaml, for example these two, and put in what you expect:\n{example_viewpoints(study)}"
        raise DataError([Fault(f"the study {study.study!r} has no reference viewpoints to draw respondents from", advice=advice)])
    if shares and len(shares) != len(study.viewpoints):
        names = ", ".join(viewpoint.id for viewpoint in study.viewpoints)
        advice = f"Give one share for each viewpoint, in this order: {names}."
        raise DataError([Fault(f"{len(shares)} share(s) for {len(study.viewpoints)} viewpoint(s) of the study {study.study!r}", advice=advice)])
    rows = {name: i for i, name in enumerate(study.ids)}
    described = [{rows[name]: placement.value for name, placement in viewpoint.placements.items()} for viewpoint in study.viewpoints]
    profiles = np.column_stack([complete(placements, study.q_grid, rng) for placements in described])
    sizes = apportion(n, shares or [1] * len(study.viewpoints))
    texts = [statement.text.in_(study.first_language) for statement in study.statements]
    return simulate(profiles, study.q_grid, sizes, rng, loadings=loadings, statements=study.ids, texts=texts)


def example_viewpoints(study: Study) -> str:
    """Two viewpoints that stand against each other, as lines for ``study.yaml``: few placements, of which the rest is filled in by chance.

    Parameters
    ----------
    study : Study
    """
    n = max(1, min(3, len(study.ids) // 2))
    ends = study.columns[-1], study.columns[0]
    fits = min(n, study.capacity[ends[0]], study.capacity[ends[1]])
    first, last = study.ids[:fits], study.ids[-fits:]
    lines = ["viewpoints:"]
    for name, (high, low) in zip("ab", ((first, last), (last, first)), strict=True):
        placed = ", ".join([*(f"{one}: {ends[0]:g}" for one in high), *(f"{one}: {ends[1]:g}" for one in low)])
        texts = [f"{key}: {_in_each(study, text)}" for key, text in (("name", f"Viewpoint {name}"), ("gist", "Invented to try the study"))]
        lines.append(f"  - {{id: {name}, {', '.join(texts)}, source: invented, placements: {{{placed}}}}}")
    return "\n".join(lines)


def _in_each(study: Study, text: str) -> str:
    """A text as a study of one language has it, or of several."""
    return text if len(study.languages) == 1 else "{" + ", ".join(f"{code}: {text}" for code in study.languages) + "}"


def submit(
    store: Store, study: Study, drawn: Simulated, rng: np.random.Generator, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Put simulated sorts into a store, as responses that are marked simulated and were submitted.

    Each goes the way of a real one: consent, piles, grid, required questions by chance. Comments stay empty. Where the study has conditions or waves,
    a simulated person gives the same sort on each of their occasions.

    Parameters
    ----------
    store : Store
    study : Study
        The one the sorts were drawn for; registered if it is not yet.
    drawn : Simulated
    rng : numpy.random.Generator
        Decides the answers and the order in which each met the statements.
    progress : callable, optional
        Called with the number of responses put in and of all.

    Returns
    -------
    int
        How many responses were put in.

    Raises
    ------
    DataError
        If the store has simulated responses of this study already, or the study cannot be finished without comments.
    """
    from qmethod_studies.store import Incomplete, Taken  # the database is loaded only where it is used

    if study.stages.why and study.why.minimum_words:
        what = f"the study {study.study!r} asks for {study.why.minimum_words} word(s) on the outermost cards, and simulated respondents write none"
        raise DataError([Fault(what, advice="Set why.minimum_words to 0 in a copy of the study, or simulate into a file.")])
    store.register(study)
    if next(store.responses(study.study, simulated=True), None) is not None:
        advice = "Use a database of its own for each simulation."
        raise DataError([Fault(f"the database holds simulated responses of {study.study!r} already", advice=advice)])
    for done, (participant, sort) in enumerate(zip(drawn.data.participants, drawn.data.sorts.T, strict=True), start=1):
        key = f"simulated-{participant}"
        seed = int(rng.integers(2**31))
        try:
            begun = store.begin(study, language=study.first_language, participant=participant, key=key, order_seed=seed, simulated=True)
        except Taken:
            advice = "Use another database: this participant's response is not a simulated one."
            raise DataError([Fault("the name is taken", participant=participant, advice=advice)]) from None
        response: Response | None = begun.response
        while response is not None:  # one sort where the study has no conditions and waves
            mine = study.for_sort(response.condition, first=response.position == 1, last=response.last)
            acts = [{"key": f"{key}-{i}", **act} for i, act in enumerate(_way(mine, dict(zip(study.ids, sort.tolist(), strict=True)), rng))]
            saved = store.save(response.handle, acts)
            refused = next((result for result in saved.results if result.outcome == "refused"), None)
            ended = store.submit(response.handle, f"{key}-end")
            if refused is not None or isinstance(ended, Incomplete):
                raise RuntimeError(f"a simulated sort of {study.study} was not taken: {refused or ended}")
            response = ended.following or store.begin_wave(study.study, begun.code)
        progress(done, drawn.data.n_sorts)
    return drawn.data.n_sorts


def random_answers(study: Study, rng: np.random.Generator) -> dict[str, Any]:
    """An answer by chance to each required question that is asked, and to no other.

    Parameters
    ----------
    study : Study
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to Any
        By question, as `qmethod_studies.questions.Question.clean` gives it. Text that is required says that it is simulated.
    """
    answers: dict[str, Any] = {}
    for question in study.questions:
        if question.required and question in shown(study.questions, answers):
            answers[question.id] = question.clean(question.simulated(rng))
    return answers


def _way(study: Study, sort: dict[str, float], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """What a respondent with this sort does, act by act."""
    from qmethod_studies.store import stages

    answers = random_answers(study, rng)
    columns = study.columns
    for stage in stages(study):
        match stage:
            case "before" | "after":
                part = study.questions.before if stage == "before" else study.questions.after
                yield from ({"act": "answer", "question": q.id, "value": answers[q.id]} for q in part if q.id in answers)
            case "presort":
                for name, column in sort.items():
                    side = columns.index(column) - (len(columns) - 1) / 2
                    yield {"act": "pile", "statement": name, "pile": "agree" if side > 0 else "disagree" if side < 0 else "neutral"}
            case "grid":
                yield {"act": "arrange", "columns": sort}
        if stage != "refine":
            yield {"act": "finish", "stage": stage}
