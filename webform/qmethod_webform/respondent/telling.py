"""The stages in which people tell: questions before and after, reasons for placements, and the look back before sending."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from qmethod_studies.answering import has_words, shown, unanswered
from qmethod_studies.definition import Statement
from qmethod_studies.quality import hesitated_over
from qmethod_studies.questions import Question
from qmethod_studies.sorting import asked_about
from qmethod_studies.store import Saved
from qmethod_webform.i18n import gettext
from qmethod_webform.respondent import journey
from qmethod_webform.respondent.acting import save_acts, saving_words
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.respondent.forms import KeyedForm, answer_of, comments_form, fresh_key, open_message, questions_form
from qmethod_webform.respondent.pages import address, refusal_message, stage_page
from qmethod_webform.respondent.person import Visit, store
from qmethod_webform.respondent.sorting import enter, go_on


@blueprint.route("/<study>/before", methods=["GET", "POST"])
def before(study: str) -> AnyResponse | str | tuple[str, int]:
    """The questions before the sort."""
    return _questionnaire(study, "before")


@blueprint.route("/<study>/after", methods=["GET", "POST"])
def after(study: str) -> AnyResponse | str | tuple[str, int]:
    """The questions after the sort."""
    return _questionnaire(study, "after")


def _questionnaire(study: str, part: str) -> AnyResponse | str | tuple[str, int]:
    here = enter(study, part)
    if not isinstance(here, Visit):
        return here
    wanted = request.args.get("page", "1")
    sheet = journey.sheet(here.study, here.response, part, int(wanted) if wanted.isdecimal() and len(wanted) < 5 else 0)
    if wanted != str(sheet.number):
        return redirect(_sheet_address(study, part, sheet.number))
    questions = list(sheet.questions)
    form = questions_form(questions, dict(here.response.answers), here.response.language)
    status, message = 200, ""
    faulty: list[Question] = []
    if request.method == "POST":
        asked_before = {question.id for question in _asked_of(here, part, questions)}
        valid = form.validate_on_submit()
        # What can be kept is kept, whatever is wrong with the rest.
        here = _keep_answers(here, form, questions)
        asked = _asked_of(here, part, questions)
        new = [question for question in asked if question.id not in asked_before and question.answerable]
        new = [question for question in new if question.id not in here.response.answers]
        open_questions = unanswered(asked, here.response.answers)
        if valid and not open_questions and (not new or "seen" in request.form):
            sheet = journey.sheet(here.study, here.response, part, sheet.number)  # answers change which pages there are
            next_page = sheet.beside(1)
            following = redirect(_sheet_address(study, part, next_page)) if next_page else go_on(here, part)
            if following is not None:
                return following
        for question in open_questions:
            if question not in new:
                said = open_message(question, here.response.answers.get(question.id))
                form[f"q-{question.id}"].errors = [*form[f"q-{question.id}"].errors, said]
        status = 400
        faulty = [question for question in asked if question.answerable and form[f"q-{question.id}"].errors]
        message = (
            gettext("Some answers need another look.")
            if faulty
            else gettext("One of your answers leads to more questions. They are now on the page.")
        )
        form.key.data = fresh_key()
    before = sheet.beside(-1)
    asked_ids = {question.id for question in shown(here.study.questions, here.response.answers)}
    return stage_page(
        part,
        here,
        template="questions",
        form=form,
        questions=questions,
        asked=asked_ids,
        message=message,
        erred=status == 400 and bool(faulty),
        seen=request.method == "POST",
        sheet=sheet,
        **({"back": _sheet_address(study, part, before)} if before else {}),
        data={"words": saving_words(), "response": here.response.id, "conditions": _conditions(questions)},
    ), status


def _sheet_address(study: str, part: str, number: int) -> str:
    """The address of a page of questions; that of the first is that of the stage."""
    return url_for(f"respondent.{part}", study=study, page=number if number > 1 else None)


def _asked_of(here: Visit, part: str, questions: list[Question]) -> list[Question]:
    """Those of some questions that are asked, given the answers so far."""
    return [question for question in journey.asked(here.study, here.response, part) if question in questions]


def _conditions(questions: list[Question]) -> dict[str, dict[str, Any]]:
    """For the script: which answers show which question."""
    return {question.id: {"question": question.show_if.question, "is": list(question.show_if.is_)} for question in questions if question.show_if}


def _keep_answers(here: Visit, form: FlaskForm, questions: list[Question]) -> Visit:
    acts = [
        {"key": f"{form.key.data}-{i}"[:64], "act": "answer", "question": question.id, "value": answer_of(form[f"q-{question.id}"])}
        for i, question in enumerate(questions)
        if f"q-{question.id}" in form and not form[f"q-{question.id}"].errors
    ]
    saved = save_acts(here.response.handle, acts)
    _say_refused(here, form, {act["key"]: f"q-{act['question']}" for act in acts}, saved)
    return Visit(here.study, saved.response, here.code)


def _say_refused(here: Visit, form: FlaskForm, fields: dict[str, str], saved: Saved) -> bool:
    """Say at its field why something was not kept; whether there is any."""
    refused = [result for result in saved.results if result.outcome == "refused"]
    for result in refused:
        field = form[fields[result.key]]
        field.errors = [*field.errors, refusal_message(here.study, result)]
    return bool(refused)


def outermost_statements(here: Visit) -> list[Statement]:
    """The statements that are asked about, highest column first."""
    asked = asked_about(here.study, here.response.board)
    by_id = {statement.id: statement for statement in here.study.statements}
    return [by_id[name] for column in here.study.outermost() for name in here.response.order if asked.get(name) == column]


@blueprint.route("/<study>/why", methods=["GET", "POST"])
def why(study: str) -> AnyResponse | str | tuple[str, int]:
    """Comments on the outermost cards, or on any card."""
    here = enter(study, "why")
    if not isinstance(here, Visit):
        return here
    asked = outermost_statements(here)
    others = [statement for statement in here.study.statements if statement not in asked] if here.study.why.any_card else []
    form = comments_form([*asked, *others], dict(here.response.comments), here.response.language)
    status, message = 200, ""
    if request.method == "POST":
        valid = form.validate_on_submit()
        acts = [
            {"key": f"{form.key.data}-{i}"[:64], "act": "comment", "statement": statement.id, "text": form[f"c-{statement.id}"].data or ""}
            for i, statement in enumerate([*asked, *others])
            if f"c-{statement.id}" in request.form and not form[f"c-{statement.id}"].errors
        ]
        saved = save_acts(here.response.handle, acts)
        valid = not _say_refused(here, form, {act["key"]: f"c-{act['statement']}" for act in acts}, saved) and valid
        here = Visit(here.study, saved.response, here.code)
        if valid and "go_on" in request.form:
            following = go_on(here, "why")
            if following is not None:
                return following
        elif valid:
            return redirect(url_for("respondent.why", study=study))
        least = here.study.why.minimum_words
        for statement in asked:
            if not has_words(here.response.comments.get(statement.id, ""), least):
                form[f"c-{statement.id}"].errors = [*form[f"c-{statement.id}"].errors, gettext("Please write at least %(least)s words.", least=least)]
        status, message = 400, gettext("Some comments need another look.")
        form.key.data = fresh_key()
    places = {name: place.column for name, place in here.response.board.places.items()}
    return stage_page(
        "why",
        here,
        form=form,
        asked=asked,
        others=others,
        places=places,
        message=message,
        data={"words": saving_words(), "response": here.response.id},
    ), status


@blueprint.get("/<study>/review")
def review(study: str) -> AnyResponse | str:
    """Everything on one page, each part with a way back to it, before it is sent."""
    here = enter(study, "review")
    if not isinstance(here, Visit):
        return here
    return review_page(here, "")


def review_page(here: Visit, message: str) -> str:
    """The page of the look back."""
    return stage_page(
        "review",
        here,
        message=message,
        form=KeyedForm(formdata=None),
        data={"words": saving_words()},
        one_column=len({place.column for place in here.response.board.places.values()}) == 1,
        hesitated=_hesitated(here),
        addresses={stage: address(here.study, stage) for stage in journey.stages(here.study)},
        **whole(here),
    )


def _hesitated(here: Visit) -> list[tuple[float, str]]:
    """The cards that somebody hesitated over most, each with its column."""
    places = here.response.board.places
    names = hesitated_over(here.study, here.response, store().log(here.response.handle))
    return [(places[name].column, name) for name in names if name in places]


def whole(here: Visit) -> dict[str, Any]:
    """A sort, its comments and answers, as pages show them to the person whose they are."""
    language = here.response.language
    by_id = {statement.id: statement for statement in here.study.statements}
    places = here.response.board.places
    return {
        "columns": [
            (
                column,
                [
                    (by_id[name].text.in_(language), places[name].by == "auto", name)
                    for name in here.response.order
                    if name in places and places[name].column == column
                ],
            )
            for column in reversed(here.study.columns)
        ],
        "comments": [(name, text) for name, text in here.response.comments.items() if name in by_id],
        "answers": [
            (question.label.in_(language), question.spoken(here.response.answers[question.id], language))
            for question in shown(here.study.questions, here.response.answers)
            if question.id in here.response.answers
        ],
    }
