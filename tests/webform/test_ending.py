"""Before, between and after the sort: a practice that leaves nothing, how far somebody is, cards hesitated over, and what people take home."""

from __future__ import annotations

import io
import re
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdf
import pytest
import resvg_py
from hypothesis import given
from hypothesis import strategies as st

from qmethod_analysis.pictures.alone import draws
from qmethod_studies.definition import PILES, Study
from qmethod_studies.loading import find, load
from qmethod_studies.sorting import Board, Place
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.respondent.picture import own_board, own_page, square
from qmethod_webform.respondent.practising import practice_of
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.house import House, Person

_opened: list[Store] = []


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def house(folder: Path, **changed: Any) -> House:
    _opened.append(Store.open(f"sqlite:///{folder}/a.sqlite3"))
    return House(_opened[-1], create_app([make_study(**changed)], _opened[-1], Settings()))


def sent(folder: Path, **changed: Any) -> Person:
    person = house(folder, **changed).person()
    person.agree()
    person.go_through()
    person.post("submit")
    return person


# ---- the practice


def test_a_practice_is_offered_before_the_first_card_and_leaves_nothing_but_that_it_was(tmp_path: Path) -> None:
    there = house(tmp_path, questions={"before": [], "after": []})
    person = there.person()
    person.agree()
    assert 'href="/demo/practice"' in person.get("presort").text
    page = person.get("practice").text
    for n, said in enumerate(("p=agree", "p=agree&p=agree", "p=agree&p=agree&p=disagree"), start=1):
        assert f"Card {n} of 3" in page
        assert page.count('type="hidden" name="p"') == n - 1
        page = person.get(f"practice?{said}").text
    columns = re.findall(r'<h2><bdi dir="ltr">([^<]+)</bdi></h2><p class="pick">([^<]+)</p>', page)
    assert columns == [
        ("−1", "Every kitchen needs lemons."),
        ("0", "Apples taste better than pears."),
        ("+1", "A banana is best before it is quite yellow."),
    ]
    assert person.post("practice", how="done").location == "/demo/presort"
    [response] = there.responses()
    assert (dict(response.board.piles), dict(response.board.places), response.draft) == ({}, {}, None)
    assert [dict(event.detail) for event in there.store.events(response.id) if event.act == "practice"] == [{"how": "done"}]
    person.post("presort", statement="s1", pile="agree")
    assert "/demo/practice" not in person.get("presort").text


def test_a_study_can_leave_the_practice_out_and_stays_what_it_was_where_it_does_not(tmp_path: Path) -> None:
    assert "practice" not in make_study().model_dump()
    assert make_study(practice=False).model_dump()["practice"] is False
    assert make_study(practice=False).digest() == make_study().digest()
    person = house(tmp_path, practice=False, questions={"before": [], "after": []}).person()
    person.agree()
    assert "/demo/practice" not in person.get("presort").text
    assert person.get("practice").location == "/demo/presort"


@given(st.lists(st.sampled_from([*PILES, "maybe", "", "<b>"]), max_size=8))
def test_whatever_an_address_says_a_practice_has_a_place_for_each_card(said: list[str]) -> None:
    found = practice_of(said, 3)
    assert list(found.said) == [pile for pile in said if pile in PILES][:3]
    assert sorted(found.places) == list(range(len(found.said)))
    heights = [PILES.index(found.said[i]) for i in found.places]
    assert heights == sorted(heights)


# ---- how far


def test_progress_grows_with_every_card_and_minutes_go_down(tmp_path: Path) -> None:
    there = house(tmp_path, minutes=20)
    person = there.person()
    person.agree()
    person.go_through(until="presort")
    seen = [(0.0, 20)]
    acts: list[dict[str, Any]] = [{"act": "pile", "statement": f"s{i}", "pile": "agree"} for i in range(1, 10)]
    acts += [{"act": "finish", "stage": "presort"}, {"act": "finish", "stage": "refine"}]
    acts += [{"act": "place", "statement": f"s{i}", "column": column} for i, column in enumerate((-2, -1, -1, 0, 0, 0, 1, 1, 2), start=1)]
    acts += [{"act": "finish", "stage": stage} for stage in ("grid", "why")]
    for act in acts:
        answer = person.acts(act).json
        now = (answer["progress"]["share"], answer["progress"]["minutes"])
        assert now[0] >= seen[-1][0]
        assert now[1] <= seen[-1][1]
        assert now[1] == max(1, -(-20 * (1 - now[0]) // 1))
        assert (now[0] > seen[-1][0]) or act["act"] == "finish"
        seen.append(now)
    assert 0.7 < seen[-1][0] < 1
    page = person.get("after").text
    assert f'<span id="minutes-left">{seen[-1][1]}</span>' in page


# ---- before sending


def test_cards_hesitated_over_are_asked_about_before_sending(tmp_path: Path) -> None:
    person = house(tmp_path, questions={"before": [], "after": []}).person()
    person.agree()
    person.presort()
    person.post("refine", do="board")
    person.post("grid/list", **{f"s-s{i}": c for i, c in zip(range(1, 10), ["-2", "-1", "-1", "0", "0", "0", "1", "1", "2"], strict=True)}, go_on="1")
    person.post("why", go_on="1")
    assert "Are they where they belong?" not in person.get("review").text
    for _ in range(2):
        person.acts({"act": "swap", "statement": "s2", "other": "s7"})
    told = re.search(r'class="note hesitated">(.*?)</div>', person.get("review").text, re.DOTALL)
    assert told
    assert re.findall(r'<bdi dir="ltr">([^<]+)</bdi>', told[1]) == ["−1", "+1"]


# ---- what people take home


def decoded(svg: str) -> str:
    png = resvg_py.svg_to_bytes(svg_string=svg, width=900)
    found, *_rest = cv2.QRCodeDetector().detectAndDecode(cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_COLOR))
    return str(found)


def test_the_square_leads_to_the_page_for_codes_and_the_code_goes_to_no_server(tmp_path: Path) -> None:
    there = house(tmp_path)
    person = there.person()
    assert person.get("code.svg").status_code == 403
    code = person.agree()
    reply = person.get("code.svg")
    assert reply.mimetype == "image/svg+xml"
    target = decoded(reply.text)
    assert target == f"http://localhost/demo/code#{code}"
    assert there.person().get("code.svg").status_code == 403


def test_words_of_any_length_make_a_square_that_can_be_read() -> None:
    for n in (1, 20, 60, 90):
        words = "https://example.org/" + "a" * n
        assert decoded(square(words)) == words


def test_a_picture_of_ones_own_board_is_for_its_owner_and_shows_each_card_once(tmp_path: Path) -> None:
    person = sent(tmp_path)
    assert Person(person.app).get("board.png").status_code == 403
    reply = person.get("board.png")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="demo-my-board.png"'
    wide, high = struct.unpack(">II", io.BytesIO(reply.data).read()[16:24])
    assert wide > 1000
    assert high > 300
    copy = person.get("copy").text
    drawn = re.search(r"<svg.*?</svg>", copy, re.DOTALL)
    assert drawn
    for statement in make_study().statements:
        assert drawn[0].count(f">{statement.text.in_('en')}<") == 1


def test_a_page_of_ones_own_board_is_one_page_with_every_word_once(tmp_path: Path) -> None:
    person = sent(tmp_path)
    assert Person(person.app).get("board.pdf").status_code == 403
    assert "board.pdf" in person.get("thanks").text
    reply = person.get("board.pdf")
    assert reply.mimetype == "application/pdf"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="demo-my-board.pdf"'
    [page] = pypdf.PdfReader(io.BytesIO(reply.data)).pages
    words = page.extract_text()
    for statement in make_study().statements:
        assert words.count(statement.text.in_("en")) == 1


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_a_page_takes_a_large_board_in_letters_that_can_be_read(language: str) -> None:
    study = load(find("leadership"))
    slots = [column for column, count in study.capacity.items() for _ in range(count)]
    board = Board(places={name: Place(column) for name, column in zip(study.ids, slots, strict=True)})
    made = own_page(study, board, study.ids, language)
    [page] = pypdf.PdfReader(io.BytesIO(made)).pages
    assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (842, 595)
    sizes: list[float] = []

    def met(text: str, _matrix: Any, place: Any, _font: Any, size: float) -> None:
        if text.strip():
            sizes.append(abs(size * place[3]))

    words = page.extract_text(visitor_text=met)
    letters = Counter(sign for sign in words if sign.isalpha())
    meant = Counter(sign for one in study.statements for sign in one.text.in_(language) if sign.isalpha())
    assert not [sign for sign, count in meant.items() if letters[sign] < count]
    assert min(sizes) >= 6.5  # points


def test_without_typst_no_page_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = sent(tmp_path)
    monkeypatch.setattr("qmethod_webform.respondent.leaving.makes_pages", lambda: False)
    assert "board.pdf" not in person.get("thanks").text
    assert person.get("board.pdf").status_code == 404


def test_a_picture_costs_as_much_as_many_acts(tmp_path: Path) -> None:
    person = sent(tmp_path)
    replies = [person.get("board.png").status_code for _ in range(12)]
    assert replies[0] == 200
    assert 429 in replies


def tops(study: Study, language: str) -> list[tuple[float, str]]:
    """Where the words of the columns stand in the picture of a sort, from the left."""
    slots = [column for column, count in study.capacity.items() for _ in range(count)]
    board = Board(places={name: Place(column) for name, column in zip(study.ids, slots, strict=True)})
    drawn = own_board(study, board, study.ids, language).svg
    return sorted((float(x), label) for x, label in re.findall(r'<text x="([\d.]+)"[^>]*font-weight="600">([+−]?\d)</text>', drawn))


def test_the_board_runs_as_its_language_is_written() -> None:
    study = load(find("leadership"))
    labels = [label for _, label in tops(study, "en")]
    assert labels == ["−4", "−3", "−2", "−1", "0", "+1", "+2", "+3", "+4"]
    assert [label for _, label in tops(study, "ar")] == labels[::-1]


def test_letters_without_a_font_are_known() -> None:
    assert draws("a")
    assert not draws("\U0001fffe")


def test_the_nearest_viewpoint_has_a_bar_and_none_close_is_said_kindly(tmp_path: Path) -> None:
    view = {"id": "v", "name": "Likers", "gist": "They like it.", "source": "here", "placements": {"s1": 2, "s2": -1, "s9": -2}}
    page = sent(tmp_path, show_closest=True, viewpoints=[view]).get("thanks").text
    assert "Your view is one of its own" in page
    [value] = re.findall(r'<meter min="-1" max="1" value="([^"]+)"', page)
    assert -1 <= float(value) < 0
