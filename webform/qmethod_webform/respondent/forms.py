"""Every form of the journey. What a field may hold is decided in `qmethod_studies.questions` and `qmethod_studies.sorting`; here it gets a face."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, assert_never, cast

from babel.support import NullTranslations, Translations
from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms import Field, FloatField, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm
from wtforms.i18n import messages_path
from wtforms.validators import AnyOf, InputRequired, Length, Optional, Regexp, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from qmethod_studies.answering import LONGEST_COMMENT
from qmethod_studies.definition import PILES, Statement, Study, column_label
from qmethod_studies.questions import Question
from qmethod_studies.questions.answers import OTHER, AnswerError, clean_text
from qmethod_studies.questions.shapes import Figures, Line, Lines, Nothing, OneOf, OneOfEach, Ranked, SeveralOf
from qmethod_webform.i18n import gettext

KEY = r"[A-Za-z0-9_-]{8,64}\Z"  # not $, which lets a line end follow


def fresh_key() -> str:
    """A key for one act, so that a form that is sent twice counts once."""
    return secrets.token_urlsafe(12)


@cache
def _texts_of_forms(locale: str) -> NullTranslations:
    """What the library of forms itself says, in a language; read once, not for each page."""
    return Translations.load(messages_path(), [locale], domain="wtforms")


class Form(FlaskForm):
    """A form in the language of the request."""

    class Meta(FlaskForm.Meta):  # noqa: D106 - as the library wants it
        def get_translations(self, form: BaseForm) -> NullTranslations:  # noqa: ARG002
            """Where its own texts come from."""
            return _texts_of_forms(str(get_locale()))


class KeyedForm(Form):
    """A form that counts once however often it is sent."""

    key = HiddenField(default=fresh_key, validators=[InputRequired(), Regexp(KEY)])


class ConsentForm(KeyedForm):
    """Agree or decline."""

    choice = StringField(validators=[AnyOf(("agree", "decline"))])


class AgainForm(Form):
    """Begin the next wave, or look at what was sent."""

    choice = StringField(validators=[AnyOf(("begin", "look"))])


LONGEST_CODE = 60


def _typed(_form: FlaskForm, field: Field) -> None:
    if not field.data:
        raise StopValidation(gettext("Type the code."))
    if len(field.data) > LONGEST_CODE:
        raise StopValidation(gettext("That is too long. Shorten it a little."))


class CodeForm(Form):
    """A code: to enter, to go on, to withdraw."""

    code = StringField(validators=[_typed])


class PileForm(KeyedForm):
    """One card onto one pile."""

    statement = HiddenField(validators=[InputRequired()])
    pile = StringField(validators=[AnyOf(PILES)])


class PracticeForm(KeyedForm):
    """The end of a practice."""

    how = StringField(validators=[AnyOf(("done", "skipped"))])


class PickForm(KeyedForm):
    """A step of refining: the cards picked, or what to do instead."""

    column = FloatField(validators=[Optional()])
    do = StringField(validators=[AnyOf(("pick", "prefer", "same", "back", "board"))])


class LanguageForm(Form):
    """Another language, and the page to come back to."""

    language = StringField(validators=[InputRequired(), Length(max=40)])
    page = StringField(validators=[Length(max=40)])


class Checkboxes(SelectMultipleField):
    """Several choices as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Beside(Field):
    """Choices of which one has a line beside it to write on. Its data are ids; `answer` has what was written too."""

    written = ""

    def process(self, formdata: Any, data: Any = None, extra_filters: Sequence[Any] | None = None) -> None:
        """Read the choice, and the line under the name of the field and ``:text``."""
        several = isinstance(data, list)
        kept = data if several else [data]
        self.written = next((one.partition(":")[2] for one in kept if isinstance(one, str) and one.startswith(f"{OTHER}:")), "")
        ids = [one.partition(":")[0] if isinstance(one, str) else one for one in kept]
        super().process(formdata, ids if several else ids[0], extra_filters)
        if formdata is not None and f"{self.name}:text" in formdata:
            self.written = formdata.get(f"{self.name}:text")

    @property
    def answer(self) -> Any:
        """The choice as its question takes it."""
        other = f"{OTHER}:{self.written}" if self.written else OTHER
        if isinstance(self.data, list):
            return [other if name == OTHER else name for name in self.data]
        return other if self.data == OTHER else self.data


class OneBeside(Beside, RadioField):
    """One of some choices, one with a line beside it."""


class SeveralBeside(Beside, Checkboxes):
    """Several of some choices, one with a line beside it."""


def answer_of(field: Field) -> Any:
    """What a field holds, as its question takes it."""
    return field.answer if isinstance(field, Beside) else field.data


class Matrix(Field):
    """One choice in each row. Its value is the option of each row that has one."""

    def __init__(self, label: str, rows: Mapping[str, str], choices: list[SelectChoice], **options: Any) -> None:
        super().__init__(label, **options)
        self.rows = rows
        self.choices = choices

    def process(self, formdata: Any, data: Any = None, extra_filters: Sequence[Any] | None = None) -> None:
        """Read the rows from the form, each under the name of the field and of the row."""
        super().process(None, data if isinstance(data, dict) else {}, extra_filters)
        if formdata is not None and f"{self.name}:sent" in formdata:
            self.data = {row: value for row in self.rows if (value := formdata.get(f"{self.name}:{row}"))}


class _Answer:
    """The one validator of an answer: its question says yes or no, in words of the page."""

    def __init__(self, question: Question) -> None:
        self.question = question

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        try:
            self.question.clean(answer_of(field))
        except AnswerError as error:
            raise ValidationError(answer_message(error)) from None


def answer_message(error: AnswerError) -> str:
    """Why something is no answer, in the language of the page."""
    match error.code:
        case "too-long":
            return gettext("This is longer than %(most)s characters. Shorten it a little.", most=error.high)
        case "not-a-number":
            return gettext("Write a number, with digits only.")
        case "too-small" | "too-large":
            low, high = cast(float | None, error.low), cast(float | None, error.high)
            if low is not None and high is not None:
                return gettext("Write a number from %(low)s to %(high)s.", low=f"{low:g}", high=f"{high:g}")
            if low is not None:
                return gettext("Write a number of at least %(low)s.", low=f"{low:g}")
            return gettext("Write a number of at most %(high)s.", high=f"{high:g}")
        case "not-a-day":
            return gettext("Write a day, such as %(day)s.", day="\u20662026-05-31\u2069")
        case "too-early":
            return gettext("The first day that can be chosen is %(day)s.", day=f"\u2066{error.low}\u2069")
        case "too-late":
            return gettext("The last day that can be chosen is %(day)s.", day=f"\u2066{error.high}\u2069")
        case "not-an-address":
            return gettext("Write an e-mail address, such as name@example.org.")
        case "same-rank":
            return gettext("Give each place only once.")
        case "too-many":
            return how_many(0, error.high)
        case "goes-alone":
            return gettext("One of these goes with no other choice.")
        case "malformed" | "unknown-option" | "unknown-row" | "nothing-to-answer":
            return gettext("This cannot be an answer here. Choose again.")
        case _ as never:
            assert_never(never)


def how_many(least: int, most: Any) -> str:
    """How many options can be chosen, in words; nothing where there is no limit."""
    if least and most:
        return gettext("Choose at least %(least)s and at most %(most)s.", least=least, most=most)
    if least:
        return gettext("Choose at least %(least)s.", least=least)
    return gettext("Choose at most %(most)s.", most=most) if most else ""


def limits_told(question: Question) -> str:
    """What an author asks of any answer, in words, before something is missing."""
    if shortest := getattr(question, "shortest", 0):
        return gettext("Write at least %(least)s characters.", least=shortest)
    return how_many(getattr(question, "least", 0), getattr(question, "most", None))


def open_message(question: Question, answer: Any) -> str:
    """What is missing of an answer."""
    return limits_told(question) if answer is not None and not question.enough(answer) else gettext("Please answer this question.")


def question_field(question: Question, language: str) -> Field | None:
    """The field of a question; None where there is nothing to answer. A macro of its kind gives it a face."""
    label = question.label.in_(language)
    hints = [question.hint.in_(language) if question.hint else "", limits_told(question)]
    given = {"validators": [_Answer(question)], "description": " ".join(filter(None, hints))}
    match question.shape(language):
        case Nothing():
            return None
        case Line():
            return StringField(label, **given)
        case Lines():
            return TextAreaField(label, **given)
        case Figures() as figures:
            return RadioField(label, choices=_choices({str(n): str(n) for n in figures.values}), validate_choice=False, **given)
        case OneOf(options):
            return (OneBeside if question.beside else RadioField)(label, choices=_choices(options), validate_choice=False, **given)
        case SeveralOf(options):
            return (SeveralBeside if question.beside else Checkboxes)(label, choices=_choices(options), validate_choice=False, **given)
        case Ranked(options):
            return Matrix(label, options, _choices({str(n): str(n) for n in range(1, len(options) + 1)}), **given)
        case OneOfEach(rows, options):
            return Matrix(label, rows, _choices(options), **given)
        case _ as never:
            assert_never(never)


def _choices(options: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(name, text) for name, text in options.items()]


def questions_form(questions: Sequence[Question], answers: dict[str, Any], language: str) -> KeyedForm:
    """A form for these questions, filled with what was answered before."""
    fields = {f"q-{question.id}": question_field(question, language) for question in questions}
    made: type[KeyedForm] = type("QuestionsForm", (KeyedForm,), {name: field for name, field in fields.items() if field is not None})
    before = {f"q-{name}": str(value) if isinstance(value, int | float) else value for name, value in answers.items()}
    return made(data=before)


class _Comment:
    def __call__(self, _form: FlaskForm, field: Field) -> None:
        try:
            clean_text(field.data or "", LONGEST_COMMENT)
        except AnswerError as error:
            if error.code == "too-long":
                raise ValidationError(gettext("This is longer than %(most)s characters. Shorten it a little.", most=LONGEST_COMMENT)) from None
            raise ValidationError(gettext("This cannot be an answer here. Choose again.")) from None


def comments_form(statements: Sequence[Statement], comments: dict[str, str], language: str) -> KeyedForm:
    """A form with a comment for each of these statements."""
    fields = {f"c-{statement.id}": TextAreaField(statement.text.in_(language), validators=[_Comment()]) for statement in statements}
    made: type[KeyedForm] = type("CommentsForm", (KeyedForm,), fields)
    return made(data={f"c-{name}": text for name, text in comments.items()})


def list_form(study: Study, statements: Sequence[Statement], columns: dict[str, float], language: str) -> KeyedForm:
    """The grid as a plain form: for each statement, which column."""
    choices = [SelectChoice(f"{value:g}", column_label(value)) for value in study.columns]
    fields = {
        f"s-{statement.id}": RadioField(statement.text.in_(language), choices=choices, validators=[Optional()], validate_choice=False)
        for statement in statements
    }
    made: type[KeyedForm] = type("ListForm", (KeyedForm,), fields)
    return made(data={f"s-{name}": f"{value:g}" for name, value in columns.items()})
