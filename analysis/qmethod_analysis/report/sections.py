"""The sections of a report, and the places in them that only the researcher can fill."""

from __future__ import annotations

from qmethod_analysis.recipe.texts import KEYS, Texts
from qmethod_analysis.report.blocks import Block, Heading, Placeholder, paragraphs

SECTIONS = {
    "q-set": "Concourse and Q set",
    "grid": "Grid and condition of instruction",
    "participants": "Participants",
    "collection": "How the sorts were collected",
    "analysis": "Analysis",
    "how-many": "How many viewpoints",
    "factors": "Factors",
    "viewpoints": "Viewpoints",
    "holders": "Who holds which viewpoint",
    "common": "Common ground, and where it ends",
    "questions": "Questions that divide the viewpoints",
    "shared": "What the viewpoints share, and where they part",
    "differences": "How sure differences between viewpoints are",
    "places": "How sure the places of statements are",
    "statements": "All statements",
    "loadings": "Loadings",
    "sure": "How sure this is",
    "limits": "Limits",
    "ethics": "Ethics and consent",
    "open-data": "Data and recipe",
    "conventions": "Conventions",
    "references": "References",
}
"""Sections of the report by the id of their heading."""
OWN_SECTIONS = {
    "summary": "Summary",
    "implications": "What follows from it",
    "for_whom": "Whom it concerns",
    "funding": "Funding and interests",
}
"""Sections that stand only where the researcher wrote them, by their key in ``report.toml``."""


def section(name: str) -> Heading:
    """The heading of a section.

    Parameters
    ----------
    name : str
        Its id.
    """
    return Heading(2, SECTIONS[name], name)


def optional(texts: Texts, key: str) -> tuple[Block, ...]:
    """A section of the researcher's, where there is a text for it.

    Parameters
    ----------
    texts : Texts
    key : str
        Of `qmethod_analysis.recipe.texts.OPTIONAL`.
    """
    return (Heading(2, OWN_SECTIONS[key], key.replace("_", "-")), *paragraphs(texts.texts[key])) if key in texts.texts else ()


def written(texts: Texts, key: str) -> tuple[Block, ...]:
    """The researcher's text, or the place for it.

    Parameters
    ----------
    texts : Texts
    key : str
        Of `qmethod_analysis.recipe.texts.KEYS`.
    """
    if key in texts.texts:
        return paragraphs(texts.texts[key])
    item, prompt = KEYS[key]
    return (Placeholder(item, prompt.partition(";")[0], key),)
