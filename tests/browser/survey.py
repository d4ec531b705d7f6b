"""A server with studies on it, and browsers that visit it."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import waitress
from flask import Flask
from playwright.sync_api import APIResponse, Browser, BrowserContext, Locator, Page

from qmethod_studies.answering import shown
from qmethod_studies.definition import Access, Study
from qmethod_studies.loading import find, load
from qmethod_studies.questions import Question
from qmethod_studies.questions.shapes import Figures, Line, Lines, OneOf, OneOfEach, SeveralOf
from qmethod_studies.store import Handle, Response, Store, Submitted
from qmethod_webform.app import create_app
from qmethod_webform.respondent import journey
from qmethod_webform.settings import Settings
from tests.browser.accidents import FRAMES

HERE = Path(__file__).parent
DESKTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PATIENCE = 60_000
"""Milliseconds until what a test waits for counts as missing; a page of a busy machine takes its time."""
AWKWARD = 'She said "no, never",\nthen <b>left</b>; 100 % sure…\n\n=1+1 🌱'
_numbers = count(1)


def new_key() -> str:
    return f"test-{next(_numbers):08d}"


# ---- studies


def lopsided() -> Study:
    """33 statements on a grid that is not symmetric, without questions."""
    grid = dict(zip(range(-4, 5), (1, 2, 3, 4, 5, 6, 6, 4, 2), strict=True))
    subjects = (
        "A small town",
        "The old harbour",
        "Every second street",
        "The market on Saturdays",
        "A library",
        "Somebody's garden",
        "The night bus",
    )
    verbs = (
        "should stay as it is",
        "needs more light and fewer cars",
        "belongs to the people who live there",
        "is better left alone",
        "costs too much",
    )
    texts = [f"{subject} {verb}." for verb in verbs for subject in subjects][:33]
    return Study.model_validate(
        {
            "study": "lopsided",
            "languages": {"en": {"name": "English"}},
            "title": "A town",
            "condition": "How well does each statement describe the town you would like?",
            "grid": grid,
            "scale": {"low": "least like my town", "high": "most like my town"},
            "welcome": "Welcome.",
            "consent": "Taking part is voluntary.",
            "stages": {"presort": True, "refine": True, "why": True},
            "statements": [{"id": f"t{i}", "text": text} for i, text in enumerate(texts, start=1)],
        }
    )


def all_studies() -> tuple[Study, ...]:
    """Leadership, one on a grid that is not symmetric, and a small one in three kinds of access."""
    garden = load(HERE / "studies" / "garden")
    return (
        load(find("leadership")),
        lopsided(),
        garden,
        garden.model_copy(update={"study": "garden-code", "access": Access(kind="code")}),
        garden.model_copy(
            update={
                "study": "garden-panel",
                "access": Access(
                    participant_parameter="pid",
                    return_link="https://panel.example.org/done?id={participant}&code={receipt}",
                    declined_link="https://panel.example.org/no?id={participant}",
                ),
            }
        ),
    )


# ---- what somebody means to say


@dataclass(frozen=True)
class Mind:
    """What a robot means: a whole sort, answers and comments."""

    study: Study
    columns: Mapping[str, float]
    answers: Mapping[str, Any]
    comments: Mapping[str, str]

    def pile(self, statement: str) -> str:
        column = self.columns[statement]
        return "agree" if column > 0 else "disagree" if column < 0 else "neutral"

    def stored(self, response: Response) -> None:
        """Check that a response holds what was meant, and nothing else."""
        assert {name: place.column for name, place in response.board.places.items()} == dict(self.columns)
        assert dict(response.answers) == dict(self.answers)
        assert dict(response.comments) == dict(self.comments)


def mind(study: Study, seed: int = 1) -> Mind:
    order = list(study.ids)
    random.Random(seed).shuffle(order)
    slots = [column for column, n in study.capacity.items() for _ in range(n)]
    columns = dict(zip(order, slots, strict=True))
    questions = list(study.questions)
    wished = {condition.question: condition.is_ for question in questions if (condition := question.show_if)}
    answers = {question.id: _answer(question, wished.get(question.id, ())) for question in questions if question.answerable}
    asked = {question.id for question in shown(questions, answers)}
    commented = {order[0]: AWKWARD, order[-1]: "Because it is so.", order[len(order) // 2]: "نعم، وهذا مهم 👩🏽‍🌾"} if study.stages.why else {}
    return Mind(study, columns, {name: value for name, value in answers.items() if name in asked}, commented)


def _answer(question: Question, wished: tuple[str, ...]) -> Any:
    match question.shape(""):
        case OneOf(options):
            return (wished or tuple(options))[0]
        case SeveralOf(options):
            chosen = {next(iter(options)), *wished[:1]}
            return [option for option in options if option in chosen]
        case OneOfEach(rows, options):
            return dict(zip(rows, reversed(list(options) * len(rows)), strict=False))
        case Figures(_, high):
            return high
        case Lines():
            return AWKWARD
        case Line() if question.type == "text":
            return 'Ünä, "so" & <i>so</i> \''
        case Line():
            return question.clean(question.simulated(np.random.default_rng(12)))


# ---- the server


@dataclass
class Site:
    """A server that runs, and its store."""

    base: str
    store: Store
    app: Flask
    studies: dict[str, Study]

    def add(self, study: Study) -> None:
        """One more study on offer."""
        self.store.register(study)
        self.studies[study.study] = study
        self.app.extensions["qmethod"].studies[study.study] = study

    def url(self, study: str, stage: str = "") -> str:
        return f"{self.base}/{study}/{stage}"

    def responses(self, study: str) -> list[Response]:
        return list(self.store.responses(study))

    def newest(self, study: str) -> Response:
        return max(self.store.responses(study), key=lambda response: response.started)

    def begun(
        self, study: str, upto: str = "", *, meant: Mind | None = None, language: str = "en", participant: str | None = None
    ) -> tuple[Handle, str]:
        """Number and code of a response that has reached a stage (or is submitted), by the store alone."""
        definition = self.studies[study]
        begun = self.store.begin(definition, language=language, key=new_key())
        number = begun.response.handle
        if upto:
            self.store.save(number, self.acts(definition, upto, meant or mind(definition)))
        if upto == "submitted":
            assert isinstance(self.store.submit(number, new_key()), Submitted)
        return number, begun.code

    @staticmethod
    def acts(study: Study, upto: str, meant: Mind) -> list[dict[str, Any]]:
        """The acts of all stages before one."""
        acts: list[dict[str, Any]] = []
        for stage in journey.stages(study):
            if stage == upto or stage == "review":
                break
            match stage:
                case "before" | "after":
                    mine = [question.id for question in journey.questions(study, stage) if question.id in meant.answers]
                    acts += [{"act": "answer", "question": name, "value": meant.answers[name]} for name in mine]
                case "presort":
                    acts += [{"act": "pile", "statement": name, "pile": meant.pile(name)} for name in study.ids]
                case "grid":
                    acts.append({"act": "arrange", "columns": dict(meant.columns)})
                case "why":
                    acts += [{"act": "comment", "statement": name, "text": text} for name, text in meant.comments.items()]
            acts.append({"act": "finish", "stage": stage})
        return [{"key": new_key(), **act} for act in acts]


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """The application on a free port, in a thread of its own."""
    studies = all_studies()
    with Store.open(f"sqlite:///{folder}/responses.sqlite3") as store:
        app = create_app(studies, store, Settings())
        server = waitress.create_server(
            app, host="127.0.0.1", port=0, threads=4, ident=None, max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield Site(f"http://127.0.0.1:{server.effective_port}", store, app, {study.study: study for study in studies})
        finally:
            server.trigger.pull_trigger(server.close)  # from within its loop, which then ends; from here it would stumble over closed sockets
            thread.join()


# ---- browsers


@dataclass
class Visitor:
    """A browser of somebody's own, and what went on in it."""

    context: BrowserContext
    site: Site
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.context.pages[0] if self.context.pages else self.context.new_page()

    def goto(self, study: str, stage: str = "") -> Page:
        self.page.goto(self.site.url(study, stage), wait_until="domcontentloaded")
        return self.page

    def token(self, study: str, stage: str = "code") -> str:
        """A token against forged requests, as a page has it."""
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.context.request.get(self.site.url(study, stage)).text())
        assert found
        return found[1]

    def post(self, study: str, stage: str, form: Mapping[str, Any], **options: Any) -> APIResponse:
        """A form, sent with a good token and key, without a page."""
        whole = {"csrf_token": self.token(study), "key": new_key(), **form}
        return self.context.request.post(self.site.url(study, stage), form=whole, headers={"Referer": self.site.base}, max_redirects=0, **options)

    def act(self, study: str, *acts: Mapping[str, Any]) -> APIResponse:
        """Acts, as the scripts send them."""
        body = {"acts": [{"key": new_key(), **act} for act in acts]}
        headers = {"X-CSRFToken": self.token(study), "Referer": self.site.base}
        return self.context.request.post(self.site.url(study, "acts"), data=body, headers=headers)

    def resume(self, study: str, code: str) -> None:
        """Go on with a code."""
        assert self.post(study, "code", {"code": code}).status == 302

    def leave_waiting(self, study: str, *acts: Mapping[str, Any], days: float = 0) -> None:
        """Put acts of whoever has a stage open where those wait that a page could not send, so many days ago; no stage is open afterwards."""
        named = self.page.evaluate(
            "(({ whose, response }) => `qmethod-waiting-${whose}-${response}-`)(JSON.parse(document.getElementById('page-data').text))"
        )
        self.goto(study, "code")
        self.page.evaluate(
            """([named, acts, days]) => acts.forEach((act, i) =>
                localStorage.setItem(named + act.key, JSON.stringify({ at: Date.now() - days * 86400000 + i, act })))""",
            [named, [{"key": new_key(), **act} for act in acts], days],
        )

    def as_one(self, study: str, stage: str, **options: Any) -> Handle:
        """Be somebody who has reached a stage, and open it; the number of the response."""
        number, code = self.site.begun(study, stage, **options)
        self.resume(study, code)
        self.goto(study, "thanks" if stage == "submitted" else stage)
        return number


Visits = Callable[..., Visitor]
UNHURRIED = """
    const own = Object.getOwnPropertyDescriptor(Event.prototype, "timeStamp").get;
    const times = new WeakMap();
    let n = 0;
    const time = (event) => times.get(event) ?? times.set(event, own.call(event) + 10000 * ++n).get(event);
    Object.defineProperty(Event.prototype, "timeStamp", { get() { return time(this); } });
"""
"""Ten seconds pass between one press and the next, as far as a page can tell: robots need not wait until it takes a press."""


@contextmanager
def visitors(browser: Browser, site: Site) -> Iterator[Visits]:
    """Makes visitors; afterwards no page may have complained, nor have asked another host for anything."""
    made: list[Visitor] = []

    def visit(profile: Mapping[str, Any] = DESKTOP, *, hurried: bool = False, **options: Any) -> Visitor:
        context = browser.new_context(**{"locale": "en", "reduced_motion": "reduce", **profile, **options})
        if not hurried:
            context.add_init_script(UNHURRIED)
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context, site)
        context.on("request", lambda request: visitor.requests.append(request.url))
        context.on("console", lambda said: visitor.complaints.append(said.text) if said.type in ("error", "warning") else None)
        context.on("weberror", lambda wrong: visitor.complaints.append(str(wrong.error)))
        made.append(visitor)
        return visitor

    try:
        yield visit
    finally:
        for visitor in made:
            visitor.context.close()
    for visitor in made:
        # A status of 400 and more, and a connection that a test cut, are in the console too; that is the browser's own word, not the page's.
        assert [said for said in visitor.complaints if not said.startswith("Failed to load resource")] == []
        assert [url for url in visitor.requests if not url.startswith((site.base, "data:", "blob:"))] == []


@contextmanager
def saving(page: Page) -> Iterator[None]:
    """Wait until what is done meanwhile is saved."""
    with page.expect_response("**/acts"):
        yield
    page.locator("#saving[data-state=saved]").wait_for()


def press_twice(page: Page, button: Locator) -> None:
    """Press a button of a form twice, and wait for the page that follows; the second press may cut its coming short, and then it comes again."""
    page.evaluate("() => { window.pressed = true }")
    button.dblclick()
    page.wait_for_function("() => !window.pressed && document.readyState === 'complete'")


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, and wait until the page has been laid out for it and has heard of it."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("([width, height]) => matchMedia(`(width: ${width}px) and (height: ${height}px)`).matches", arg=[width, height])
    page.evaluate(FRAMES)


def bytes_of(page: Page, urls: list[str]) -> int:
    """How many bytes these files have, uncompressed."""
    return sum(len(page.request.get(url).body()) for url in urls)
