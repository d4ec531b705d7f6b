"""The sheet: a study on one page, for readers who read nothing else. Made once, written as a page for browsers and as a PDF."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files

from qmethod.brief import brief
from qmethod.calibration.pipeline import compared
from qmethod_analysis.folder.loaded import Loaded, with_texts
from qmethod_analysis.interpretation.called import PROGRAM
from qmethod_analysis.interpretation.findings import ALIKE, summary
from qmethod_analysis.interpretation.passages import own_statements
from qmethod_analysis.interpretation.story import drafted_high
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.common_ground import shared_answers
from qmethod_analysis.report.document import title
from qmethod_analysis.words.labels import colour, defined, place, shade
from qmethod_analysis.words.language import N_, _, draft_note, language, ngettext
from qmethod_analysis.words.narrative import every_notice, in_a_row, sorts_counted, statements_counted, viewpoints_counted
from qmethod_analysis.words.notices import said
from qmethod_analysis.words.sureness import SAID, verdict

GIST_WORDS = 25
"""Words that a gist may have on the sheet; what is beyond is cut, with a sign that it was."""
OWN = 3
"""Statements that stand on the card of a viewpoint."""
SHARED = 5
"""Statements that stand under what all share."""
LIMIT = N_("Viewpoints describe how the people who took part think. They say nothing about how many people in a population think so.")
SURE = {
    "established": N_(
        "Established: it came out alike in 95 of 100 studies drawn from this one or more, and all viewpoints on average in 70 or more."
    ),
    "probable": N_("Probable: it came out alike in half of them or more."),
    "uncertain": N_("Uncertain: it did so in fewer."),
    "not examined": N_("Not examined: how sure it is could not be told."),
}


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement with its places, such as ``s12: +4``."""

    text: str
    places: str

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Card:
    """A viewpoint on the sheet.

    Parameters
    ----------
    name, label, gist : str
    borrowed : str
        Whose words name and gist are, where they are those of a description; else empty.
    holders, sure : str
    heading : str
        What its statements are.
    own : tuple of Cited
    quote : str
        What somebody who holds it wrote and the researcher released; else empty.
    colour, shade : str
        The colour, and the class that holds it in a style sheet.
    """

    name: str
    label: str
    gist: str
    borrowed: str
    holders: str
    sure: str
    heading: str
    own: tuple[Cited, ...]
    quote: str
    colour: str
    shade: str

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Sheet:
    """A study on one page.

    Parameters
    ----------
    title, question, lead : str
        The question is the condition of instruction; empty where it is not known.
    share : str
        What all viewpoints share, in a sentence or two; empty with fewer than two.
    shared : tuple of str
    statements : tuple of Cited
        Shared ones, with the places that all viewpoints give them.
    differ : tuple of (str, str)
        Questions that divide, and who gives which answer.
    cards : tuple of Card
    foot : tuple of str
        What it cannot say, what the words of sureness mean, how to cite.
    fewer : str
        What to say where there is no room for all statements and quotations.
    """

    title: str
    question: str
    lead: str
    share: str
    shared: tuple[str, ...]
    statements: tuple[Cited, ...]
    differ: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    foot: tuple[str, ...]
    fewer: str

    __repr__ = brief


def sheet(loaded: Loaded, texts: Texts, *, anonymous: bool = False) -> Sheet:
    """The sheet of an analysis.

    Parameters
    ----------
    loaded : Loaded
        As `qmethod_analysis.report.anonymous.anonymised` makes it where nobody is to be named.
    texts : Texts
    anonymous : bool, default False
        Whether it is made so, and has only comments that may be shown.
    """
    loaded = with_texts(loaded, texts)
    solution, study = loaded.solution, loaded.background.study
    shown = list(defined(solution))
    ground = [one for one in loaded.interpretation.ground if one.kind in ALIKE]
    grouped = {i for one in loaded.groups for i in one.statements}
    alone = {one.kind: [i for i in one.statements if i not in grouped] for one in ground}
    sided = [i for kind in ("above", "below", "near", "middle") for i in alone.get(kind, [])[:OWN]][:SHARED]
    mine = own_statements(loaded.solution, loaded.interpretation)
    lead = _(
        "{sorts} of {statements} show {viewpoints}.",
        sorts=sorts_counted(solution.data),
        statements=statements_counted(solution.data.n_statements),
        viewpoints=viewpoints_counted(solution),
    )
    sures = dict.fromkeys(verdict(solution, f) for f in shown)
    cite = f"{texts.authors.rstrip('.')}. {title(loaded, texts)}." if texts.authors else f"{title(loaded, texts)}."
    foot = [said(one) for one in every_notice(solution) if one.code == "simulated-sorts"]
    foot += [_(LIMIT), *(_(SURE[word]) for word in SURE if word in sures), _("How to cite: {work}", work=cite)]
    draft = draft_note()
    return Sheet(
        title=title(loaded, texts),
        question=study.condition.in_(loaded.background.language) if study is not None else " ".join(texts.texts.get("condition", "").split()),
        lead=lead,
        share=summary(loaded.interpretation.ground),
        shared=(*(one.sentence for one in loaded.groups), *(f"{one.title} {one.sentence}" for one in shared_answers(loaded))),
        statements=tuple(_cited(loaded, i, shown) for i in sided),
        differ=tuple((one.title, one.sentence) for one in loaded.asked if one.differs),
        cards=tuple(_card(loaded, f, mine[f], None if anonymous else texts.released) for f in shown),
        foot=(*foot, *([draft] if draft else [])),
        fewer=_("For want of room, statements or quotations are left out here. They stand in the report."),
    )


def _card(loaded: Loaded, f: int, mine: tuple[int, ...], released: Collection[tuple[str, str]] | None) -> Card:
    solution, called = loaded.solution, loaded.called[f]
    n, negative = int(solution.characteristics.n_defining[f]), int(solution.n_negative[f])
    reading = loaded.interpretation.readings[f]
    highest = tuple(one.statement for one in reading.highest) if reading is not None else ()
    many = len(defined(solution)) > 1
    apart = () if reading is None else tuple(one.statement for one in reading.distinguishing if one.sure)
    mine = mine or apart  # what also sets another one apart, and is told of that one, is better than to say that there is nothing
    known = bool(compared(solution)[f].any()) or (solution.calibration is None and loaded.found is not None)
    nothing = _("Nothing sets it apart beyond chance; highest stand") if many and known else _("Highest stand")
    heading = _("What sets it apart") if mine and many else nothing
    drafted = called.told_by == PROGRAM  # its second half is cut, which quotes what the view rejects
    words = drafted_high(solution, reading).split() if drafted and reading is not None else called.gist.split()
    comments = reading.comments if reading is not None else ()
    quotes = [one.text for one in comments if released is None or (one.participant, one.statement) in released]
    everybody = sorts_counted(solution.data)
    holders = (
        ngettext(
            "{n} of {sorts} defines it, and {negative} its opposite.",
            "{n} of {sorts} define it, and {negative} its opposite.",
            n - negative,
            sorts=everybody,
            negative=negative,
        )
        if negative
        else ngettext("{n} of {sorts} defines it.", "{n} of {sorts} define it.", n, sorts=everybody)
    )
    return Card(
        name=called.name,
        label=called.label,
        gist=" ".join(words if drafted else words[:GIST_WORDS]) + (" …" if len(words) > GIST_WORDS and not drafted else ""),
        borrowed=_("{borrowed}; its source stands in the report.", borrowed=called.borrowed) if called.borrowed else "",
        holders=holders,
        sure=_(SAID[verdict(solution, f)]).capitalize(),
        heading=heading,
        own=tuple(_beside(loaded, i, f) for i in (mine or highest)[:OWN]),
        quote=" ".join(quotes[0].split()) if quotes else "",
        colour=colour(f),
        shade=shade(f),
    )


def _cited(loaded: Loaded, i: int, shown: list[int]) -> Cited:
    data, arrays = loaded.solution.data, loaded.solution.scores.arrays
    where = in_a_row(place(loaded.solution, arrays[i, f]) for f in shown)
    return Cited(" ".join(data.texts[i].split()), f"{data.statements[i]}: {where}")


def _beside(loaded: Loaded, i: int, f: int) -> Cited:
    """A statement with its place here and, after a semicolon, the places that all others give it."""
    one, others = _cited(loaded, i, [f]), [g for g in defined(loaded.solution) if g != f]
    if not others:
        return one
    elsewhere = in_a_row(place(loaded.solution, loaded.solution.scores.arrays[i, g]) for g in others)
    beside = ngettext("{here}; other {elsewhere}", "{here}; others {elsewhere}", len(others), here=one.places, elsewhere=elsewhere)
    return Cited(one.text, beside)


def headings(n: int) -> dict[str, str]:
    """What stands over the parts of the sheet.

    Parameters
    ----------
    n : int
        Number of viewpoints.
    """
    views = _("The viewpoint") if n == 1 else _("The viewpoints")
    return {"all_share": _("What all share"), "they_differ": _("Where they differ"), "views": views}


def page(made: Sheet) -> str:
    """The sheet as a page that loads nothing.

    Parameters
    ----------
    made : Sheet
    """
    from qmethod_analysis.report.html import environment

    return environment().get_template("sheet.html").render(sheet=made, headings=headings(len(made.cards)), language=language()) + "\n"


def source(made: Sheet, paper: str) -> str:
    """What Typst sets.

    Parameters
    ----------
    made : Sheet
    paper : str
        What Typst calls it.
    """
    from qmethod_analysis.report.pdf import literal

    def array(items: list[str]) -> str:
        return "(" + "".join(f"{item}, " for item in items) + ")"

    def cited(many: tuple[Cited, ...]) -> str:
        return array([f"(text: {literal(one.text)}, places: {literal(one.places)})" for one in many])

    cards = [
        "("
        + ", ".join(f"{key}: {literal(getattr(one, key))}" for key in ("name", "label", "gist", "borrowed", "holders", "sure", "heading", "quote"))
        + f", own: {cited(one.own)}, colour: rgb({literal(one.colour)}))"
        for one in made.cards
    ]
    values = {
        **{key: literal(getattr(made, key)) for key in ("title", "question", "lead", "share")},
        "shared": array([literal(one) for one in made.shared]),
        "statements": cited(made.statements),
        "differ": array([f"(question: {literal(a)}, sentence: {literal(b)})" for a, b in made.differ]),
        "cards": array(cards),
        "foot": array([literal(one) for one in made.foot]),
        "fewer": literal(made.fewer),
        "paper": literal(paper),
        **{key: literal(text) for key, text in headings(len(made.cards)).items()},
        "language": literal(language()),
    }
    template = (files("qmethod_analysis.report") / "templates" / "sheet.typ").read_text(encoding="utf-8")
    return "#let sheet = (" + ", ".join(f"{key}: {value}" for key, value in values.items()) + ")\n" + template
