"""A practice with three cards before the first look. Its choices travel in the address and are kept nowhere; no script is needed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.definition import PILES
from qmethod_webform.i18n import gettext
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.forms import PracticeForm
from qmethod_webform.respondent.pages import address, stage_page
from qmethod_webform.respondent.person import Visit
from qmethod_webform.respondent.sorting import enter, pile_names, save


@dataclass(frozen=True, slots=True)
class Practice:
    """How far a practice is.

    Parameters
    ----------
    said : tuple of str
        The piles of the first cards.
    places : tuple of int
        Cards by their numbers from 0, in the columns of a board that takes one each, the lowest first. Of one pile, they stay in their order.
    """

    said: tuple[str, ...]
    places: tuple[int, ...]


def practice_of(said: list[str], cards: int) -> Practice:
    """A practice from what an address says; what is no pile, or too much, is not in it."""
    kept = tuple(pile for pile in said if pile in PILES)[:cards]
    return Practice(kept, tuple(sorted(range(len(kept)), key=lambda i: PILES.index(kept[i]))))


@blueprint.route("/<study>/practice", methods=["GET", "POST"])
def practice(study: str) -> AnyResponse | str:
    """Three cards that are nobody's, onto three piles and into three columns."""
    here = enter(study, "presort")
    if not isinstance(here, Visit):
        return here
    if not here.study.practice:
        return redirect(address(here.study, "presort"))
    if request.method == "POST":
        form = PracticeForm()
        if form.validate_on_submit():
            save(here, {"act": "practice", "how": form.how.data}, form.key.data)
        return redirect(address(here.study, "presort"))
    texts = (
        gettext("Apples taste better than pears."),
        gettext("A banana is best before it is quite yellow."),
        gettext("Every kitchen needs lemons."),
    )
    done = practice_of(request.args.getlist("p"), len(texts))
    return stage_page("presort", here, template="practice", texts=texts, practice=done, pile_names=pile_names(), form=PracticeForm(formdata=None))
