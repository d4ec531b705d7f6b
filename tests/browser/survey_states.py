"""Every page of the survey in every state it can be in, and how to get there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from playwright.sync_api import Page

from qmethod_studies.definition import Access, Study, Why
from qmethod_studies.store import Submitted
from qmethod_webform.limits import WrongCodes
from tests.browser.robots import Robot
from tests.browser.survey import Site, Visitor, mind, new_key

STUDY, BY_CODE, SEVERAL, GUESSED, CLOSED = "leadership", "leadership-code", "leadership-several", "leadership-guessed", "leadership-closed"


MAIN = (
    "welcome",
    "before with errors",
    "cards half piled",
    "choosing refused",
    "board half full",
    "board swapping",
    "list refused",
    "reasons refused",
    "after, with a question that an answer brought",
    "review",
    "thanks",
    "explains 403",
)

State = Callable[[Visitor, str], None]
STATES: dict[str, State] = {}


def state(name: str) -> Callable[[State], State]:
    def remember(function: State) -> State:
        STATES[name] = function
        return function

    return remember


def main_button(page: Page) -> None:
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.locator("main button.main").first.click()


def at(stage: str, study: str = STUDY) -> State:
    return lambda visitor, language: visitor.as_one(study, stage, language=language) and None


def opened(stage: str, study: str = STUDY) -> State:
    return lambda visitor, language: visitor.goto(study, stage) and None


STATES |= {
    "studies": lambda visitor, language: visitor.page.goto(visitor.site.base) and None,
    "welcome": opened(""),
    "gate": opened("", BY_CODE),
    "closed": opened("", CLOSED),
    "consent": opened("consent"),
    "before": at("before"),
    "first card": at("presort"),
    "choosing": at("refine"),
    "board empty": at("grid"),
    "reasons": at("why"),
    "after": at("after"),
    "review": at("review"),
    "thanks": at("submitted"),
    "code": opened("code"),
    "withdraw": opened("withdraw"),
    "explains 403": opened("review"),
    "explains 404": opened("nowhere"),
    "explains 404 of no study": opened("", "nowhere"),
}


@state("gate refused")
def _(visitor: Visitor, language: str) -> None:
    visitor.goto(BY_CODE).locator("#code").fill("wrong")
    main_button(visitor.page)


@state("resume")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "before", language=language)
    visitor.goto(STUDY)


@state("declined")
def _(visitor: Visitor, language: str) -> None:
    with visitor.goto(STUDY, "consent").expect_navigation():
        visitor.page.locator("button[value=decline]").click()


@state("just begun")
def _(visitor: Visitor, language: str) -> None:
    visitor.goto(STUDY, "consent")
    main_button(visitor.page)


@state("before with errors")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "before", language=language)
    main_button(visitor.page)


@state("cards half piled")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "presort", language=language)
    for pile in ("agree", "neutral", "agree"):
        visitor.page.locator(f"button.pile[value={pile}]").click()
    visitor.page.locator("#saving[data-state=saved]").wait_for()


@state("practice")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "presort", language=language)
    visitor.goto(STUDY, "practice?p=agree")


@state("practice done")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "presort", language=language)
    visitor.goto(STUDY, "practice?p=agree&p=agree&p=disagree")


@state("all cards piled")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "refine", language=language)
    visitor.goto(STUDY, "presort").evaluate("for (const pile of document.querySelectorAll('details')) pile.open = true")


@state("choosing refused")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "refine", language=language)
    visitor.page.locator("#picking .pick input, #picking .three-ways input").first.check()
    visitor.page.locator("#picking button.main").evaluate("button => (button.disabled = false)")
    main_button(visitor.page)


@state("choosing three ways")
def _(visitor: Visitor, language: str) -> None:
    number = visitor.as_one(STUDY, "refine", language=language)
    definition = visitor.site.studies[STUDY]
    visitor.site.store.save(number, [{"key": new_key(), "act": "pile", "statement": name, "pile": "neutral"} for name in definition.ids])
    visitor.goto(STUDY, "refine")
    for i, way in enumerate(["near"] * 7 + ["away"]):
        visitor.page.locator(f"#picking .three-ways input[value={way}]").nth(i).check()


@state("chosen")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "why", language=language)
    visitor.goto(STUDY, "refine")


@state("board half full")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "grid", language=language)
    for column in (4, 4, -4, -4, 0, 0, 0, 3, 3, -3, 1, 1, 2, -2, -2):
        visitor.page.locator(f".to[data-to='{column}']").click()
    visitor.page.locator("#saving[data-state=saved]").wait_for()


@state("board full")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "why", language=language)
    visitor.goto(STUDY, "grid")


@state("board with a card chosen")
def _(visitor: Visitor, language: str) -> None:
    STATES["board full"](visitor, language)
    visitor.page.locator(".column .card").nth(17).click()


@state("board swapping")
def _(visitor: Visitor, language: str) -> None:
    STATES["board with a card chosen"](visitor, language)
    visitor.page.locator(".to[data-to='4']").click()


@state("board refused")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "grid", language=language)
    main_button(visitor.page)


@state("list")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "grid", language=language)
    visitor.goto(STUDY, "grid/list")


@state("list refused")
def _(visitor: Visitor, language: str) -> None:
    STATES["list"](visitor, language)
    for radio in visitor.page.locator("input[value='4']").all()[:4]:
        radio.check()
    main_button(visitor.page)


@state("reasons refused")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(BY_CODE, "why", language=language)
    main_button(visitor.page)


@state("reasons for other cards")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "why", language=language)
    visitor.page.locator(".others summary").click()


@state("after, with a question that an answer brought")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "after", language=language)
    Robot(visitor, mind(visitor.site.studies[STUDY])).answer("role", "other")
    assert visitor.page.locator("[data-question=role_other]").is_visible()


@state("after refused")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "after", language=language)
    visitor.page.locator("[name=q-years]").fill("many")
    main_button(visitor.page)


@state("copy")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "submitted", language=language)
    visitor.goto(STUDY, "copy")


@state("sent before")
def _(visitor: Visitor, language: str) -> None:
    visitor.as_one(STUDY, "submitted", language=language)
    visitor.goto(STUDY, "sent")


@state("code refused")
def _(visitor: Visitor, language: str) -> None:
    visitor.goto(STUDY, "code").locator("#code").fill("ABCD-EFGH-JKLM")
    main_button(visitor.page)


@state("withdraw refused")
def _(visitor: Visitor, language: str) -> None:
    visitor.goto(STUDY, "withdraw").locator("#code").fill("ABCD-EFGH-JKLM")
    main_button(visitor.page)


@state("withdrawn")
def _(visitor: Visitor, language: str) -> None:
    _number, code = visitor.site.begun(STUDY, "submitted", language=language)
    visitor.goto(STUDY, "withdraw").locator("#code").fill(code)
    main_button(visitor.page)


@state("explains 400")
def _(visitor: Visitor, language: str) -> None:
    visitor.goto(STUDY, "code").locator("#code").fill("x")
    visitor.context.clear_cookies()
    main_button(visitor.page)


@state("explains 409")
def _(visitor: Visitor, language: str) -> None:
    for _attempt in range(2):
        visitor.context.clear_cookies()
        visitor.goto(STUDY, f"?participant=twice-{language}")
        visitor.goto(STUDY, "consent")
        main_button(visitor.page)


@state("explains 429")
def _(visitor: Visitor, language: str) -> None:
    brake: WrongCodes = visitor.site.app.extensions["qmethod"].wrong_codes
    while not brake.wait(GUESSED, "127.0.0.1"):
        pass
    for network, found in [*brake._networks.items()]:  # a browser on a busy machine may take longer than the first wait
        brake._networks[network] = replace(found, until=found.at + 60)
    visitor.goto(GUESSED).locator("#code").fill("wrong")
    main_button(visitor.page)
    brake._networks.clear()


def in_several(stage: str, n: int) -> State:
    """At a stage of somebody's n-th sort in the study of two conditions and two waves; ``thanks`` and ``again`` behind it."""

    def reach(visitor: Visitor, language: str) -> None:
        site, study = visitor.site, visitor.site.studies[SEVERAL]
        begun = site.store.begin(study, language=language, key=new_key())
        response = begun.response
        for i in range(n):
            mine = study.for_sort(response.condition, first=response.position == 1, last=response.last)
            whole = stage in ("thanks", "again") or i < n - 1
            site.store.save(response.handle, site.acts(mine, "review" if whole else stage, mind(mine)))
            if whole:
                ended = site.store.submit(response.handle, new_key())
                assert isinstance(ended, Submitted)
                response = ended.following or response
        visitor.resume(SEVERAL, begun.code)
        if stage == "thanks":
            assert visitor.post(SEVERAL, "again", {"choice": "look"}).status == 302
        visitor.goto(SEVERAL, stage)

    return reach


STATES |= {
    "the first of two sorts": in_several("grid", 1),
    "the second of two sorts": in_several("presort", 2),
    "thanks before another wave": in_several("thanks", 2),
    "back for another wave": in_several("again", 2),
}


def add_study_of_several_sorts(site: Site) -> None:
    """The leadership study once more, with two conditions of instruction in two waves."""
    study = site.studies[STUDY]
    names = {
        "now": {"en": "How it is now", "es": "Como es ahora", "ar": "كما هي الآن"},
        "ideal": {
            "en": "How it should be in five years from now",
            "es": "Como debería ser dentro de cinco años",
            "ar": "كما ينبغي أن تكون بعد خمس سنوات",
        },
    }
    waves = {
        "before": {"en": "Before the workshop", "es": "Antes del taller", "ar": "قبل الورشة"},
        "after": {"en": "After the workshop", "es": "Después del taller", "ar": "بعد الورشة"},
    }
    changes = {
        "study": SEVERAL,
        "conditions": [{"id": key, "name": name, "instruction": study.condition.root} for key, name in names.items()],
        "waves": [{"id": key, "name": name} for key, name in waves.items()],
    }
    site.add(Study.model_validate(study.model_dump(by_alias=True) | changes))


def add_other_studies(site: Site) -> None:
    """The leadership study three times more: by code and with a least number of words, so that all refusals can be seen; guessed at; and closed."""
    whole = site.studies[STUDY]
    site.add(whole.model_copy(update={"study": BY_CODE, "access": Access(kind="code"), "why": Why(minimum_words=2)}))
    site.add(whole.model_copy(update={"study": GUESSED, "access": Access(kind="code")}))
    site.add(whole.model_copy(update={"study": CLOSED, "closes": date(2020, 5, 31)}))
