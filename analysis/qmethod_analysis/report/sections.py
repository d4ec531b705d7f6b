"""The sections of a report, and the places in them that only the researcher can fill."""

from __future__ import annotations

from qmethod_analysis.recipe.texts import KEYS, Texts
from qmethod_analysis.report.blocks import Block, Heading, Placeholder, paragraphs
from qmethod_analysis.words.language import N_, _

SECTIONS = {
    "q-set": N_("Concourse and Q set"),
    "grid": N_("Grid and condition of instruction"),
    "participants": N_("Participants"),
    "collection": N_("How the sorts were collected"),
    "analysis": N_("Analysis"),
    "how-many": N_("How many viewpoints"),
    "factors": N_("Factors"),
    "viewpoints": N_("Viewpoints"),
    "holders": N_("Who holds which viewpoint"),
    "common": N_("Common ground, and where it ends"),
    "questions": N_("Questions that divide the viewpoints"),
    "shared": N_("What the viewpoints share, and where they part"),
    "differences": N_("How sure differences between viewpoints are"),
    "places": N_("How sure the places of statements are"),
    "statements": N_("All statements"),
    "loadings": N_("Loadings"),
    "sure": N_("How sure this is"),
    "limits": N_("Limits"),
    "ethics": N_("Ethics and consent"),
    "open-data": N_("Data and recipe"),
    "conventions": N_("Conventions"),
    "references": N_("References"),
}
"""Sections of the report by the id of their heading."""
OWN_SECTIONS = {
    "summary": N_("Summary"),
    "implications": N_("What follows from it"),
    "for_whom": N_("Whom it concerns"),
    "funding": N_("Funding and interests"),
}
"""Sections that stand only where the researcher wrote them, by their key in ``report.toml``."""


def section(name: str) -> Heading:
    """The heading of a section.

    Parameters
    ----------
    name : str
        Its id.
    """
    return Heading(2, _(SECTIONS[name]), name)


def optional(texts: Texts, key: str) -> tuple[Block, ...]:
    """A section of the researcher's, where there is a text for it.

    Parameters
    ----------
    texts : Texts
    key : str
        Of `qmethod_analysis.recipe.texts.OPTIONAL`.
    """
    return (Heading(2, _(OWN_SECTIONS[key]), key.replace("_", "-")), *paragraphs(texts.texts[key])) if key in texts.texts else ()


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
    return (Placeholder(item, _(prompt).partition(";")[0], key),)
