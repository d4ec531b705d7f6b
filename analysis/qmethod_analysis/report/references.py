"""What a report rests on: the publications behind its conventions and steps, the list of references, and the bibliography beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from qmethod_analysis.folder.credited import credited
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.references.bibtex import bibtex
from qmethod_analysis.references.conventions import PRESETS, sources
from qmethod_analysis.references.known import KNOWN, program
from qmethod_analysis.references.reference import Kind, Listed, Reference, citations, folded, listed
from qmethod_analysis.report.blocks import Block, Entry, Heading, Paragraph, TableBlock
from qmethod_analysis.report.sections import section
from qmethod_analysis.words.language import _
from qmethod_studies.credit import Work

FILE = "references.bib"
"""The bibliography beside a report."""
CRITERIA = MappingProxyType(
    {
        "nest": ("achim2017", "besag1991", "clopper1934", "harman1976"),
        "nest_themes": ("achim2017", "besag1991", "clopper1934"),
        "parallel_95": ("buja1992", "horn1965"),
        "parallel_mean": ("buja1992", "horn1965"),
        "map": ("velicer1976",),
        "ekc": ("braeken2017",),
        "kaiser": ("kaiser1960",),
        "humphrey_strict": ("brown1980",),
        "humphrey_lenient": ("brown1980",),
        "two_loadings": ("brown1980",),
        "scree": ("raiche2013",),
    }
)
"""Publications behind each criterion of `qmethod.retention.retain.Retention.answers`."""
PROBABLE = ("goretzko2020", "guo2017", "mcfadden1974")
"""Publications behind the probability of each number of viewpoints."""
TELLING = 9
"""Signs from which on a piece of a reference is not taken for anything else: ``. Sage.`` might be."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What a report cites.

    Parameters
    ----------
    listed : mapping of str to Listed
        Every reference by its key, in the order of the list.
    conventions : mapping of str to tuple of str
        Keys by the convention that rests on them.
    steps : tuple of tuple (str, tuple of str)
        What else rests on something, and the keys.
    """

    listed: Mapping[str, Listed]
    conventions: Mapping[str, tuple[str, ...]]
    steps: tuple[tuple[str, tuple[str, ...]], ...]

    def behind(self, convention: str) -> str:
        """The sources of a convention as they are cited; empty where it has none."""
        return citations(self.listed, self.conventions.get(convention, ()))


def cited(loaded: Loaded, blocks: Sequence[Block]) -> Cited:
    """What a report cites: no more than stands in it.

    Parameters
    ----------
    loaded : Loaded
    blocks : sequence of Block
        The report without its appendix.
    """
    solution = loaded.solution
    conventions = sources(solution.policies, solution.n_factors)
    theirs = _credited(loaded)
    known = {**KNOWN, "qmethod": program(dict(solution.versions).get("qmethod", "")), **{one.key: one for _, works in theirs for one in works}}
    shown = {block.id for block in blocks if isinstance(block, Heading)}
    steps = [(what, keys) for what, keys in _steps(loaded, shown) if keys]
    steps += [(_("Program"), ("qmethod",)), *((what, tuple(one.key for one in works)) for what, works in theirs)]
    keys = dict.fromkeys(key for group in (*conventions.values(), *(keys for _, keys in steps)) for key in group)
    return Cited({one.reference.key: one for one in listed(known[key] for key in keys)}, conventions, tuple(steps))


def rests_on(found: Cited) -> list[Block]:
    """What rests on which publication, besides conventions.

    Parameters
    ----------
    found : Cited
    """
    rows = tuple((what, citations(found.listed, keys)) for what, keys in found.steps)
    where = _("Every source stands in full under “{section}”.", section=section("references").text)
    return [TableBlock(_("What else this report rests on"), (_("Step"), _("Source")), rows, "ll"), Paragraph(where)]


def references(found: Cited) -> list[Block]:
    """The list.

    Parameters
    ----------
    found : Cited
    """
    return [section("references"), *(Entry(key, one.parts) for key, one in found.listed.items())]


def bibliography(found: Cited) -> bytes:
    """The file beside the report: an entry for each reference of the list, in its order.

    Parameters
    ----------
    found : Cited
    """
    return bibtex(one.reference for one in found.listed.values()).encode()


def ours(found: Cited) -> set[str]:
    """What a report says in the words of this program where it cites: names there are those of authors, not of participants.

    Parameters
    ----------
    found : Cited
    """
    mine = [one for key, one in found.listed.items() if key in KNOWN]
    lines = (line.strip() for line in bibtex(one.reference for one in mine).splitlines())
    said = {text.strip() for one in mine for text in (one.cited, one.text, *one.parts)}
    return {text for text in (*said, *lines) if len(text) >= TELLING}


def _steps(loaded: Loaded, shown: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What rests on something, in the order of the report; `shown` are the sections it has."""
    solution, counted, found = loaded.solution, loaded.counted, loaded.found
    yield _("Conventions of the preset"), PRESETS.get(solution.policies.name, ())
    if loaded.recipe.retest:
        yield _("Reliability of a sort, from people who sorted twice"), ("brown1980", "fisher1921", "silver1987")
    if counted is not None:
        keys = {key for name, answer in counted.answers.items() if answer is not None for key in CRITERIA[name]}
        yield _("How many viewpoints"), tuple(sorted(keys | (set(PROBABLE) if counted.probabilities is not None else set())))
    if any(reading is not None for reading in loaded.interpretation.readings):
        yield _("What sets a viewpoint apart, and its crib sheet"), ("watts2012",)
    if np.isfinite(solution.contrasts.expected_false).any():
        yield _("How many distinctions chance alone would give"), ("storey2002",)
    if any(one.borrowed for one in loaded.called):
        yield _("Likeness to viewpoints described before"), ("korth1975", "lorenzoseva2006", "phipson2010", "tucker1951")
    if "holders" in shown:
        yield _("Who holds which viewpoint"), ("fisher1922", "holm1979")
    if loaded.interpretation.tags:
        yield _("Differences between groups of statements"), ("phipson2010",)
    if "differences" in shown:
        yield _("Differences between viewpoints, from studies drawn"), ("davison1997", "efron1993", "kish1965", "spearman1910")
        if solution.calibration is not None and not np.isnan(solution.calibration.shared.bound).all():
            yield _("How closely viewpoints agree"), ("stephens2017",)
    if "places" in shown or ("questions" in shown and solution.calibration is not None):
        drawn = ("diaconis2009",) if "places" in shown else ()
        yield _("Where statements truly stand"), (*drawn, "lindley1972")
    if found is not None:
        expanded = ("hesterberg2015",) if found.interval != "percentile" else ()
        yield _("Bootstrap"), ("davison1986", "efron1979", *expanded, "kuhn1955", "lorenzoseva2006", "tucker1951", "zabala2016")
    if "checklist" in shown:
        yield _("Checklist"), ("churruca2021", "dieteren2023", "zabala2018")


def _credited(loaded: Loaded) -> list[tuple[str, list[Reference]]]:
    """Whose the sorts or the study are, and where it was published."""
    theirs = credited(loaded)
    if theirs is None:
        return []
    works = [(theirs.credit.work, True), *([(theirs.credit.published, False)] if theirs.credit.published is not None else [])]
    made: list[Reference] = []
    for work, itself in works:
        made.append(_of(work, [*KNOWN, "qmethod", *(one.key for one in made)], data=itself and theirs.sorts))
    return [(_("Sorts and statements") if theirs.sorts else _("The study"), made)]


def _of(work: Work, taken: Sequence[str], *, data: bool) -> Reference:
    """A work that a citation file describes, under a key that no other has."""
    base = f"{folded(work.authors[0].family) if work.authors else ''}" or folded(work.title)[:20] or "study"
    base += folded(work.year)
    key = next(key for key in (base, *(f"{base}{n}" for n in "bcdefgh")) if key not in taken)
    kind: Kind = "dataset" if data else "article" if work.journal else "book" if work.publisher else "other"
    pages = "-".join(filter(None, (work.start, work.end)))
    return Reference(
        key=key,
        kind=kind,
        authors=work.authors,
        year=work.year,
        title=work.title,
        within=work.journal if kind == "article" else "",
        volume=work.volume,
        issue=work.issue,
        pages=pages,
        publisher=work.publisher,
        doi=work.doi.removeprefix("https://doi.org/"),
        url=work.url,
    )
