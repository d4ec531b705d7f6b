"""The pages of a site: what they show, and the templates that lay it out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from qmethod.simulation import apportion
from qmethod.solution import QSolution
from qmethod_analysis.folder.credited import credited
from qmethod_analysis.folder.loaded import Loaded
from qmethod_analysis.interpretation.findings import summary
from qmethod_analysis.recipe.texts import KEYS, OPTIONAL, Texts
from qmethod_analysis.report.anonymous import public
from qmethod_analysis.report.common_ground import shared_answers
from qmethod_analysis.report.html import own
from qmethod_analysis.report.sheet import Sheet, headings, sheet
from qmethod_analysis.site import picture, wording
from qmethod_analysis.site.ground import SURE, axis, choices, cited, ends, grouped, long_names, pairs, table
from qmethod_analysis.site.nearest import WORDS, Cards, five_cards
from qmethod_analysis.site.notices import worth_knowing
from qmethod_analysis.site.package import archive, package
from qmethod_analysis.site.preview import FILE, Preview, alternative, drawing, finding, preview, said
from qmethod_analysis.site.preview import picture as drawn
from qmethod_analysis.site.view import paragraphs, view
from qmethod_analysis.words import narrative
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import SOURCE, _, draft_note, language, ngettext, number, speaking

OF_REPORT = "sheet-body.html"
"""The template that a site shares with the report."""


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """A study to be published.

    Parameters
    ----------
    loaded : Loaded
    slug : str
        Its name in addresses and files.
    texts : Texts
        The researcher's own words; they go before the drafted ones.
    beside : mapping of str to bytes
        Files to give along with the data, by name.
    """

    loaded: Loaded
    slug: str
    texts: Texts = field(default_factory=Texts)
    beside: Mapping[str, bytes] = field(default_factory=dict)


def study_pages(published: Published, folder: str, several: bool, address: str = "") -> dict[str, bytes]:
    """Every page and file of one study, by path.

    Parameters
    ----------
    published : Published
    folder : str
        Where they stand in the site: ``""`` or ``"climate/"``.
    several : bool
        Whether the site has other studies too.
    address : str, optional
        Where the site will stand, with a slash at its end.
    """
    loaded = public(published.loaded, published.texts.released)
    solution = loaded.solution
    shown = [f for f, reading in enumerate(loaded.interpretation.readings) if reading is not None]
    views = [view(loaded, reading, shown) for reading in loaded.interpretation.readings if reading is not None]
    cards = five_cards(solution)
    title = study_title(published)
    written = {key: paragraphs(published.texts.texts.get(key, "")) for key in (*KEYS, *OPTIONAL)}
    study = loaded.background.study
    gists = {solution.labels[f]: one.gist for f, one in zip(shown, views, strict=True)}
    with speaking(SOURCE):  # files of data are for programs and for whoever uses these
        about = wording.summary(loaded, shown, loaded.names)
        data_files = package(loaded, title, published.texts.authors, about, gists, published.beside)
    zip_name = f"{published.slug}-data.zip"
    made = {f"{folder}data/{name}": content for name, content in data_files.items()}
    alt = alternative(loaded, shown, title)
    if address:
        made[f"{folder}{FILE}"] = drawn(drawing(loaded, shown, title))
    made[f"{folder}data/{zip_name}"] = archive(data_files, f"{published.slug}-data")
    alike = summary(loaded.interpretation.ground)
    every_two = pairs(loaded, shown)
    context = {
        "root": "../" * folder.count("/"),
        "several": several,
        "title": title,
        "banner": wording.banner(loaded),
        "language": language(),
        "draft": draft_note(),
        "spoken": _spoken(published),
        "words": {key: _(text) for key, text in WORDS.items()},
        "contact": study.contact if study else "",
        "condition": _condition(published),
        "authors": published.texts.authors,
        "written": written,
        "asked": wording.asked(loaded),
        "outcome": wording.outcome(loaded, shown),
        "notes": [line for line in loaded.recipe.notes.splitlines() if line.strip()],
        "views": views,
        "sheet": sheet_of(loaded, published.texts, title),
        "headings": headings(len(shown)),
        "sprite": picture.sprite(shown),
        "simulated": bool(wording.simulated(loaded)),
        "looked_for": wording.looked_for(loaded, shown),
        "people_called": (solution.data.participants[0], solution.data.participants[-1]),
        "worth_knowing": worth_knowing(loaded),
        "n_statements": solution.data.n_statements,
        "axis": axis(solution),
        "scale": ends(loaded),
        "lean": long_names([loaded.names[f] for f in shown], solution.data.n_statements),
        "groups_of_rows": grouped(loaded, shown),
        "compared": table(every_two, loaded.names, shown),
        "unknown": any(one.n_differ is None for one in every_two),
        "rule": _(SURE),
        "ends": (place(solution, solution.scores.grid.values[0]), place(solution, solution.scores.grid.values[-1])),
        "alike": alike,
        "groups": [(one.sentence, cited(solution, one.agreeing)) for one in loaded.groups],
        "same_answers": [(one.title, one.sentence, cited(solution, chain(*one.statements))) for one in shared_answers(loaded)],
        "divides": [(one.title, one.sentence, cited(solution, chain(*one.statements))) for one in loaded.asked if one.differs],
        "who": [found for one in loaded.background.questions if (found := wording.answers(one, solution.data.n_sorts)) is not None],
        "people": wording.people(loaded),
        "all_laid_out": solution.data.complete,
        "columns": wording.columns(solution),
        "calibrated": wording.calibrated(solution),
        "repetitions": loaded.found.n_completed if loaded.found else 0,
        "wavering": any(card.unsure for view in views for column in view.columns for card in column.cards),
        "studies": solution.calibration.n_replicates if solution.calibration else 0,
        "smallest": wording.SMALLEST,
        "released": any(view.quotes for view in views),
        "technical": narrative.methods(solution),
        "versions": [f"{name} {version}" for name, version in solution.versions],
        "credit": theirs.text if (theirs := credited(loaded)) is not None else "",
        "cards": _cards(solution, cards),
        "cards_in_all": cited(solution, cards.statements if cards else ()),
        "trial": cards,
        "known": _known(cards, loaded.names),
        "of_100": apportion(100, (cards.right, cards.other, cards.none)) if cards and cards.n_people else (),
        "files": [(name, f"{max(1, round(len(content) / 1000)):,} kB") for name, content in data_files.items()],
        "zip": (zip_name, f"{max(1, round(len(made[f'{folder}data/{zip_name}']) / 1000)):,} kB"),
    }
    pages = ["index", *(["shared"] if len(views) > 1 else []), *(["nearest"] if cards else []), "method", "data"]
    general = finding(loaded, shown)

    def write(page: str, template: str, description: str, **more: Any) -> None:
        head = preview(said(loaded, description), address, folder, page, alt)
        made[f"{folder}{page}.html"] = _render(f"{template}.html", context | {"current": template, "pages": pages, "preview": head} | more)

    for page in pages:
        write(page, page, alike if page == "shared" else general)
    for n, one in enumerate(views):
        around = {"before": views[n - 1] if n else None, "after": views[n + 1] if n + 1 < len(views) else None}
        write(one.file.removesuffix(".html"), "viewpoint", one.gist or general, view=one, **around)
    for pair in every_two:
        between = [loaded.names[f] for f in pair.viewpoints]
        both = {"between": between, "both": narrative.joined(between), "choices": choices(loaded.names, shown, pair.viewpoints)}
        write(pair.file.removesuffix(".html"), "compare", " ".join(pair.told), pair=pair, **both)
    return made


def sheet_of(loaded: Loaded, texts: Texts, title: str) -> Sheet:
    """The sheet of the report under the title of the site; what it leaves to the report stands on pages here.

    Parameters
    ----------
    loaded : Loaded
        As it is published.
    texts : Texts
    title : str
    """
    made = sheet(loaded, replace(texts, title=title), anonymous=True)

    def elsewhere(borrowed: str) -> str:
        told = borrowed.rpartition(";")[0]
        return _("{borrowed}; its source stands on the page of the viewpoint.", borrowed=told) if told else ""

    cards = tuple(replace(one, borrowed=elsewhere(one.borrowed)) for one in made.cards)
    return replace(made, cards=cards)


def front_page(studies: Sequence[tuple[str, Published]], address: str = "") -> bytes:
    """The list of several studies.

    Parameters
    ----------
    studies : sequence of tuple (str, Published)
        With the folder of each.
    address : str, optional
        Where the site will stand, with a slash at its end.
    """
    listed = []
    for folder, one in studies:
        listed.append(
            {
                "href": f"{folder}index.html",
                "title": study_title(one),
                "banner": wording.banner(one.loaded),
                "asked": wording.asked(one.loaded),
                "condition": _condition(one),
                "spoken": _spoken(one),
                "names": [(picture.mark(f), one.loaded.names[f]) for f in defined(one.loaded.solution)],
            }
        )
    most = max(len(one.loaded.names) for _folder, one in studies)
    told = [f"{one['title']}{f' ({banner})' if (banner := str(one['banner']).rstrip('.')) else ''}" for one in listed]
    head = Preview(ngettext("{n} study: {titles}.", "{n} studies: {titles}.", len(studies), titles="; ".join(told)), address, "", "")
    context = {"sprite": picture.sprite(range(most)), "studies": listed, "root": "", "title": _("Viewpoints"), "banner": "", "preview": head}
    return _render("front.html", context | {"language": language(), "draft": draft_note()})


def study_title(published: Published) -> str:
    """What a study is called: by the researcher's own words, by the analysis, by the study, or by its short name."""
    loaded = published.loaded
    study = loaded.background.study
    own = published.texts.title or loaded.recipe.title
    return own or (study.title.in_(loaded.background.language) if study else published.slug.replace("-", " ").capitalize())


def _condition(published: Published) -> str:
    """The condition of instruction; empty where it is not known."""
    study = published.loaded.background.study
    return study.condition.in_(published.loaded.background.language) if study else published.texts.texts.get("condition", "")


def assets() -> dict[str, bytes]:
    """The style sheet and the script of a site."""
    return {name: _template(name).encode() for name in ("site.css", "nearest.js")}


def _render(template: str, context: Mapping[str, Any]) -> bytes:
    return (_environment().get_template(template).render(**context) + "\n").encode()


@cache
def _environment() -> Environment:
    made = Environment(loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(filled=wording.filled, own=own)
    made.globals.update(_=_, ngettext=ngettext, number=number, statements_counted=narrative.statements_counted, link=_link, bold=_bold)
    return made


def _template(name: str) -> str:
    return (files("qmethod_analysis.report" if name == OF_REPORT else "qmethod_analysis.site") / "templates" / name).read_text(encoding="utf-8")


def _spoken(published: Published) -> Markup:
    """Attributes of an element that holds a text of the study, where that is not in the language of the page."""
    study, theirs = published.loaded.background.study, published.loaded.background.language
    if theirs.partition("-")[0] == language():
        return Markup()
    direction = study.direction(theirs) if study else "ltr"
    return Markup(' lang="{}"').format(theirs) + (Markup(' dir="rtl"') if direction == "rtl" else Markup())


def _link(href: str, words: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(href, words)


def _bold(words: str) -> Markup:
    return Markup("<b>{}</b>").format(words)


def _cards(solution: QSolution, cards: Cards | None) -> list[str]:
    return [solution.data.texts[i] for i in cards.statements] if cards else []


def _known(cards: Cards | None, names: Sequence[str]) -> Markup:
    """What the script has to know, as JSON that cannot end its element."""
    if cards is None:
        return Markup()
    values = {"names": [names[f] for f in cards.viewpoints], "profiles": cards.profiles.T.tolist(), "prior": cards.prior.tolist()}
    return Markup(json.dumps(values, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - no tag can be in it
