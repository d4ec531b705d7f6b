"""The words of the pages: in the language of the page or marked, in the words of the study where it has its own, and never HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from qmethod_studies.definition import Study
from qmethod_studies.languages import interface_texts
from qmethod_studies.store import Store
from qmethod_studies.words import PLACEHOLDER
from qmethod_webform.app import create_app
from qmethod_webform.i18n import Said, apart
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.half_said import half_said_study, neither, write_half_a_catalogue
from tests.webform.house import COLUMNS, STAGES, House, new_key

ROOT = Path(__file__).parents[2]
CONDITIONS = [{"id": name, "name": {"en": name}, "instruction": {"en": f"How {name}?"}} for name in ("now", "ideal")]
WAVES = [{"id": "w1", "name": {"en": "Before"}}, {"id": "w2", "name": {"en": "After"}}]
VIEW = {"id": "v", "name": {"en": "A view"}, "gist": {"en": "What it says"}, "source": "us", "placements": {"s1": 1}}
MANY = [f"s{i}" for i in range(1, 19)]


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Any]:
    stores: list[Store] = []

    def opened(*studies: Any, **settings: Any) -> House:
        stores.append(Store.open(f"sqlite:///{tmp_path}/{len(stores)}.sqlite3"))
        return House(stores[-1], create_app(studies, stores[-1], Settings(**settings)))

    yield opened
    for store in stores:
        store.close()


def roam(house: House) -> None:
    """Every page of a study and most of what can go wrong on it."""
    other = house.person()
    for stage in ("", "consent", "declined", "code", "withdraw", "nowhere", "before", "thanks", "again", "i/no-such-link", "?participant=%00"):
        other.get(stage)
    for path in ("/", "/no-such-study/"):
        other.client.get(path, base_url=other.base)
    for stage, fields in (
        ("code", {}),
        ("withdraw", {"code": "x"}),
        ("code", {"code": "x" * 99}),
        ("enter", {"code": "x"}),
        ("consent", {"choice": "no"}),
    ):
        other.post(stage, **fields)
    other.client.post("/demo/consent", data={"choice": "agree"}, base_url=other.base)
    house.app.test_client(use_cookies=False).get("/demo/consent?begin=1", base_url=other.base)
    other.post("consent", choice="decline")
    person = house.person()
    person.get("?participant=p1")
    if (agreed := person.post("consent", choice="agree")).status_code != 302:
        return  # by invitation
    code, *_again = re.findall(r"\b(?:[A-Z0-9]{4}-){2}[A-Z0-9]{4}\b", person.client.get(agreed.location, base_url=person.base).text)
    person.get("")
    piled = [{"statement": f"s{i}", "pile": ("agree", "neutral")[i % 2]} for i in range(1, 10)]
    below = {f"s-s{i}": "-2" for i in range(1, 10)}
    for stage, *sent in (
        ("before", {"q-age": "999"}, {"q-age": "old"}, {}, {"q-age": "44"}),
        *((f"practice?{'&'.join(['p=agree'] * n)}",) for n in range(4)),
        ("presort", {"go_on": "1"}, {"pile": "x"}, *piled, {"go_on": "1"}),
        ("refine", {"do": "none"}, {"do": "pick", "column": "2"}, {"do": "pick", "column": "2", "statements": "s2"}, {"do": "back"}, {"do": "board"}),
        ("grid", {"go_on": "1"}),
        ("grid/list", below, below | {"go_on": "1"}, COLUMNS | {"go_on": "1"}),
        ("why", {"c-s9": "⟦x⟧" * 9_000}, {"go_on": "1", "c-s9": "⟦Because⟧"}, {"go_on": "1", "c-s9": "⟦It is so.⟧", "c-s1": "⟦It is so.⟧"}),
        ("after", {"q-job": "no"}, {"q-job": "field"}, {"q-job": "desk"}),
        ("review",),
    ):
        person.get(stage)
        for said in ("", "?p=agree", "?p=agree&p=agree", "?p=agree&p=agree&p=agree") if stage == "presort" else ():
            person.get(f"practice{said}")
        for fields in sent:
            person.post(stage, **fields)
            person.get(stage)
    person.acts(*[{"act": "swap", "statement": "s1", "other": "s9"}] * 2)
    person.get("review")
    person.acts({"act": "place", "statement": "s1", "column": -2}, {"act": "redo"}, {"act": "nonsense"})
    person.post("submit")
    for stage in (*STAGES, "again", "sent", "thanks", "copy", "withdraw", "", "?participant=p1"):
        person.get(stage)
    late = house.person()
    late.get("?participant=p1")
    late.post("consent", choice="agree")
    for _ in range(5):
        late.post("withdraw", code="ABCD-EFGH-JKLM")
    back = house.person()
    back.post("code", code=code)
    for stage in ("again", "thanks"):
        back.get(stage)
    back.post("again", choice="begin")
    back.get("presort")
    back.post("withdraw", code=code)


def choose_from_many(house: Any) -> None:
    """The pages of choosing where more cards are left than a page holds."""
    person = house.person()
    person.post("consent", choice="agree")
    piled = [{"act": "pile", "statement": name, "pile": "neutral"} for name in MANY]
    person.acts(
        {"act": "answer", "question": "age", "value": 44}, {"act": "finish", "stage": "before"}, *piled, {"act": "finish", "stage": "presort"}
    )
    person.get("refine?all=1")
    person.post("refine", do="prefer", column="1", statements="s1")


def test_what_is_not_in_the_language_of_a_page_says_so(open_house: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With half a catalogue and a study in brackets, every text of every page either stands in brackets or is marked as English."""
    said = write_half_a_catalogue(tmp_path / "translations")
    for module in ("qmethod_studies.languages", "qmethod_webform.i18n"):
        monkeypatch.setattr(f"{module}.catalogues", lambda: tmp_path / "translations")
    pages: list[str] = []

    def watch(reply: Response) -> Response:
        if reply.mimetype == "text/html":
            pages.append(reply.get_data(as_text=True))
        return reply

    for changed in (
        {"show_closest": True, "viewpoints": [VIEW]},
        {"conditions": CONDITIONS, "waves": WAVES},
        {"why": {"minimum_words": 3}, "distribution": "free", "waves": [*WAVES[:1], {**WAVES[1], "opens": "2999-01-01"}]},
        {"access": {"kind": "code"}},
        {"access": {"kind": "link"}},
        {"closes": "2020-05-31"},
        {"opens": "2999-01-01"},
    ):
        house = open_house(half_said_study(**changed), wrong_codes=3)
        house.app.after_request(watch)
        roam(house)
    statements = [{"id": name, "text": dict.fromkeys(("en", "es"), f"Text of {name}")} for name in MANY]
    house = open_house(half_said_study(grid={-1: 6, 0: 6, 1: 6}, statements=statements, viewpoints=[]), wrong_codes=3)
    house.app.after_request(watch)
    choose_from_many(house)
    assert len(pages) > 100
    assert sorted({text for page in pages for text in neither(page)}) == []
    everything = unescape(re.sub(r"<[^>]*>", "", "\n".join(pages)))
    marked = {text for text in interface_texts() if re.search(pattern(text), everything)}
    assert len(marked) > 0.7 * len(interface_texts()), sorted(set(interface_texts()) - marked)
    assert len(marked & said.keys()) > 0.3 * len(marked)


def pattern(text: str) -> str:
    """A text of the pages with anything in its placeholders."""
    parts = [re.escape(part) for part in re.split(PLACEHOLDER.pattern.replace("(", "(?:").replace(r"\(?:", r"\("), text)]
    return "(?s)" + ".{0,40}?".join(parts)


ENGLISH = {
    **{key: {"en": key} for key in ("title", "condition", "welcome", "consent")},
    "scale": {"low": {"en": "low"}, "high": {"en": "high"}},
    "questions": {"before": [{"id": "age", "type": "number", "label": {"en": "Age"}}]},
}
OWN = {
    "piles.agree": "Fits 100 % <b>",
    "Card {number} of {total}": "{number}. card, {total} in all",
    "%(n)s statements": "50 % of %(n)s sentences & more",
    "buttons.begin": "",
    "buttons.agree": "Yes",
}


def test_a_study_has_its_own_words_on_pages_and_in_scripts_and_they_are_no_html(open_house: Any) -> None:
    person = open_house(make_study(words={"en": OWN, "es": {"buttons.agree": "Vale"}})).person()
    welcome = person.get().text
    assert "50 % of 9 sentences &amp; more" in welcome
    assert ">Begin<" in welcome  # a word that is left empty is that of the pages
    assert ">Yes</button>" in person.get("consent").text
    assert ">Vale</button>" in person.get("consent", headers={"Accept-Language": "es"}).text
    person.agree()
    person.post("before", **{"q-age": "44"})
    page = person.get("presort").text
    assert "Fits 100 % &lt;b&gt;</button>" in page
    assert "Fits 100 % <b>" not in page
    data = json.loads(re.findall(r'(?s)id="page-data"[^>]*>(.*?)</script>', page)[0])
    assert (data["piles"]["agree"], data["words"]["card"]) == ("Fits 100 % <b>", "{number}. card, {total} in all")


def test_signs_stay_in_front_of_figures_in_messages_that_run_from_right_to_left(open_house: Any) -> None:
    said = {"en": "Column %(column)s is full.", "ar": "\u2066{}\u2069"}
    study = make_study().model_dump(mode="json", by_alias=True, exclude_none=True)
    arabic = json.loads(json.dumps(study).replace('"es":', '"ar":')) | {"words": {"ar": {said["en"]: "%(column)s!"}}}
    person = open_house(Study.model_validate(arabic)).person()
    person.get(headers={"Accept-Language": "ar"})
    token = person.token()
    sent = {"csrf_token": token, "key": new_key(), "choice": "agree"}
    assert person.client.post("/demo/consent", data=sent, headers={"Accept-Language": "ar", "Referer": "http://localhost/"}).status_code == 302
    for name in ("s1", "s2"):
        refused = person.acts({"act": "place", "statement": name, "column": -2}).json["results"][0]
    assert refused["message"] == said["ar"].format("−2") + "!"
    own = Said("\u2066%(column)s\u2069!")  # as the catalogue of Arabic has it
    assert own.with_values({"column": apart("−2", "rtl")}) == said["ar"].format("−2") + "!"


def test_statements_keep_their_lines_and_are_not_for_the_translation_of_a_browser(open_house: Any) -> None:
    """On every page; a translation by the browser would be another Q set, of which nothing is recorded."""
    texts = [{"id": f"s{i}", "text": {"en": f"Line {i}\nof two"}} for i in range(1, 10)]
    person = open_house(make_study(languages={"en": {"name": "English"}}, statements=texts, **ENGLISH)).person()
    person.agree()
    person.go_through(until="grid")
    shown = {"presort": person.get("presort?card=s3").text, "refine": "", "list": person.get("grid/list").text, "why": "", "review": ""}
    shown["refine"] = person.get("refine").text
    person.post("grid/list", **COLUMNS, go_on="1")
    shown["why"] = person.get("why").text
    person.post("why", **{"c-s9": "Because."}, go_on="1")
    person.post("after")
    shown["review"] = person.get("review").text
    for name, page in shown.items():
        body = re.sub(r"(?s)<script.*?</script>", "", page)
        guarded = re.findall(r'translate="no">(?:: )?Line \d\nof two<', body)
        assert len(guarded) == body.count("Line ") > 1, name


def test_no_text_hangs_on_a_number() -> None:
    """Words go by one text each; a text with several forms could not be said by a study."""
    files = [*(ROOT / "webform").rglob("*.py"), *(ROOT / "webform").rglob("*.html")]
    assert [file.name for file in files if re.search(r"(?<!ngettext=)\bngettext\(", file.read_text(encoding="utf-8"))] == []


def test_every_message_is_said_at_once() -> None:
    """A text that is looked up later, as forms do with theirs, forgets which language it is in."""
    assert [file.name for file in (ROOT / "webform").rglob("*.py") if "lazy_gettext" in file.read_text(encoding="utf-8")] == []
