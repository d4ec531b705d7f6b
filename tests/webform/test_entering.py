"""How respondents come in, come back, leave, and take back what they gave."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta, tzinfo
from urllib.parse import quote

import pytest

from qmethod_studies.export import collect, export
from qmethod_studies.store import codes
from tests.webform.house import Build, by, link_in, new_key

# ---- codes, links, participants


def test_a_study_by_code_opens_to_the_code_alone(build: Build) -> None:
    house = build(by("code"))
    house.store.invite("demo", "code", participants=[None], uses=2, secret="OPENSESAME4417OAK")
    stranger = house.person()
    assert stranger.get("consent").status_code == 403
    assert stranger.post("consent", choice="agree").status_code == 403
    assert stranger.post("enter", code="closesesame4417oak").status_code == 403
    assert stranger.get("consent").status_code == 403
    assert house.responses() == []
    people = [house.person() for _ in range(3)]
    for person in people:
        assert person.post("enter", code=" open-sesame 4417-oak ").location == "/demo/consent"
    for person in people[:2]:
        person.agree()
    late = people[2].post("consent", choice="agree")
    assert late.status_code == 403
    assert "used already" in late.text
    assert len(house.responses()) == 2
    assert house.person().post("enter", code="OPENSESAME4417OAK").status_code == 403


def test_a_code_for_one_that_is_sent_twice_begins_one_response(build: Build) -> None:
    house = build(by("code"))
    house.store.invite("demo", "code", participants=[None], uses=1, secret="OPENSESAME4417OAK")
    person = house.person()
    person.post("enter", code="OPENSESAME4417OAK")
    cookie = person.client.get_cookie(house.app.config["SESSION_COOKIE_NAME"])
    key = new_key()
    assert person.post("consent", choice="agree", key=key).location == "/demo/before"
    person.client.set_cookie(cookie.key, cookie.value)  # the reply was lost, and with it the newer cookie
    assert person.post("consent", choice="agree", key=key).location == "/demo/before"
    assert len(house.responses()) == 1


def test_a_personal_link_begins_and_leads_back_from_anywhere(build: Build) -> None:
    house = build(by("link"))
    (link,) = house.store.invite("demo", "link", participants=["Ann"])
    assert house.person().get("consent").status_code == 403
    assert house.person().get("i/not-the-link").status_code == 403
    person = house.person()
    assert person.get(f"i/{link.secret}").location == "/demo/"
    person.agree()
    person.go_through(until="grid")
    elsewhere = house.person()
    elsewhere.get(f"i/{link.secret}")
    assert elsewhere.get("grid").status_code == 200
    (response,) = house.responses()
    assert response.participant == "Ann"
    person.go_through()
    person.post("submit")
    for browser in (elsewhere, house.person()):
        assert browser.get(f"i/{link.secret}").location == "/demo/sent"
        assert "You sent this sort on" in browser.get("sent").text
    assert len(house.responses()) == 1


def test_a_participant_takes_part_once(build: Build) -> None:
    house = build()
    first = house.person()
    first.get(query_string={"participant": "Ann"})
    first.agree()
    second = house.person()
    second.get(query_string={"participant": "Ann"})
    reply = second.post("consent", choice="agree")
    assert reply.status_code == 409
    assert [response.participant for response in house.responses()] == ["Ann"]
    # An address made for somebody else ends nobody's sort; who is somebody else says so.
    reply = first.get(query_string={"participant": "Bob"})
    assert "I am somebody else" in reply.text
    assert first.get("before").status_code == 200
    assert first.post("leave").location == "/demo/"
    assert first.get("before").status_code == 403
    first.agree()
    assert [response.participant for response in house.responses()] == ["Ann", "Bob"]


@pytest.mark.parametrize("participant", ["x" * 201, "two\nlines", "a\x00b", "a\u202eb"])
def test_an_address_with_an_impossible_participant_is_explained(build: Build, participant: str) -> None:
    house = build()
    reply = house.person().get(query_string={"participant": participant})
    assert reply.status_code == 400
    assert "This address cannot be right" in reply.text


PANEL = {
    "participant_parameter": "pid",
    "return_link": "https://panel.example.org/done?id={participant}&code={receipt}",
    "declined_link": "https://panel.example.org/no?id={participant}",
}


@pytest.mark.parametrize("participant", ["Zoë +1/=x%20&y", "007", "{receipt}", "a&code=forged", 'x"><b>'])
def test_a_panel_gets_its_people_back_with_their_ids(build: Build, participant: str) -> None:
    house = build(by("open", **PANEL))
    person = house.person()
    person.get(query_string={"pid": participant})
    code = person.agree()
    person.go_through()
    person.post("submit")
    receipt = house.store.receipt("demo", codes.code_hash(code))
    assert link_in(person.get("thanks").text) == f"https://panel.example.org/done?id={quote(participant, safe='')}&code={receipt}"
    decliner = house.person()
    decliner.get(query_string={"pid": f"{participant}!"})
    decliner.post("consent", choice="decline")
    assert link_in(decliner.get("declined").text) == f"https://panel.example.org/no?id={quote(participant + '!', safe='')}"


def test_a_receipt_is_no_key(build: Build) -> None:
    """It neither reads nor deletes, on no page and in no form; it is the same each time, and another for everybody."""
    house = build(by("open", **PANEL))
    receipts = []
    for _ in range(3):
        person = house.person()
        code = person.agree()
        person.go_through()
        person.post("submit")
        receipts.append(link_in(person.get("thanks").text).rpartition("=")[2])
        assert link_in(person.get("thanks").text).endswith(receipts[-1])
        assert code not in receipts[-1]
        assert code.replace("-", "")[:6] not in receipts[-1].replace("-", "")
    assert len(set(receipts)) == 3
    stranger = house.person()
    for receipt in receipts:
        for tried in (receipt, receipt.replace("-", ""), receipt[:14], receipt[5:]):
            assert stranger.post("code", code=tried).status_code in (403, 429)
            assert house.store.find("demo", tried) is None
            assert house.store.withdraw("demo", tried) is False
    assert [response.status for response in house.responses()] == ["submitted"] * 3
    made = export(collect(house.store, "demo"))
    assert [row["receipt"] for row in csv.DictReader(made.files["responses.csv"].decode().splitlines())] == receipts
    assert [one["receipt"] for one in json.loads(made.files["study.json"])["responses"]] == receipts


# ---- coming back, leaving, withdrawing


def test_a_code_leads_back_on_another_device_however_it_is_typed(build: Build) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through(until="grid")
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert house.person().post("code", code=typed).location == "/demo/grid"
    assert house.person().post("code", code="").status_code == 400
    assert house.person().post("code", code="x" * 61).status_code == 400


def test_whoever_leaves_is_forgotten_here_and_nowhere_else(build: Build) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    assert "begun on this device" in person.get().text
    assert person.post("leave").location == "/demo/"
    assert person.get("before").status_code == 403
    assert "begun on this device" not in person.get().text
    assert person.post("code", code=code).location == "/demo/before"


def test_the_thanks_are_shown_for_half_an_hour_and_not_to_the_next_person(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    person.post("submit")
    assert {person.get(stage).status_code for stage in ("thanks", "copy", "copy.json")} == {200}
    assert {person.get(stage).location for stage in ("review", "grid", "before", "consent")} == {"/demo/sent"}

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=1801)

    with monkeypatch.context() as later:
        later.setattr("qmethod_studies.store.browsers.datetime", Later)
        assert {person.get(stage).status_code for stage in ("thanks", "copy", "copy.json")} == {403}
    assert person.get("thanks").status_code == 200
    assert code not in person.get().text
    assert {person.get(stage).status_code for stage in ("thanks", "copy", "copy.json")} == {403}


def test_the_link_of_somebody_who_withdrew_says_so_kindly_and_begins_nothing(build: Build) -> None:
    house = build(by("link"))
    (invitation,) = house.store.invite("demo", "link", participants=["ann"])
    person = house.person()
    assert person.get(f"i/{invitation.secret}").status_code == 302
    code = person.agree()
    assert person.post("withdraw", code=code).status_code == 200
    for somebody in (person, house.person()):
        reply = somebody.get(f"i/{invitation.secret}")
        assert reply.status_code == 410
        assert "What was given by this invitation is deleted" in reply.text
        assert "ask whoever invited you for a new one" in reply.text
        assert somebody.get("consent").status_code == 403
    assert house.responses() == []


@pytest.mark.parametrize("sent", [False, True])
def test_withdrawing_deletes_everything(build: Build, sent: bool) -> None:
    house = build()
    person = house.person()
    code = person.agree()
    person.go_through()
    if sent:
        person.post("submit")
    assert person.get("withdraw").status_code == 200
    assert person.post("withdraw", code="ABCD-EFGH-JKLM").status_code == 403
    assert len(house.responses()) == 1
    reply = person.post("withdraw", code=code)
    assert reply.status_code == 200
    assert "Everything is deleted" in reply.text
    assert house.responses() == []
    assert house.store.withdrawals("demo") == 1
    assert person.post("withdraw", code=code).status_code == 403
    assert person.post("code", code=code).status_code == 403
    assert {person.get(stage).status_code for stage in ("thanks", "copy", "review")} == {403}


def test_a_page_open_elsewhere_learns_that_the_sort_is_gone(build: Build) -> None:
    house = build()
    person, other = house.person(), house.person()
    code = person.agree()
    other.post("withdraw", code=code)
    assert person.acts({"act": "answer", "question": "age", "value": "3"}).status_code == 403
    assert person.post("before", **{"q-age": "3"}).status_code == 403


def test_a_page_open_elsewhere_learns_that_the_sort_was_sent(build: Build) -> None:
    house = build()
    person, other = house.person(), house.person()
    code = person.agree()
    person.go_through()
    other.post("code", code=code)
    assert other.get("review").status_code == 200
    person.post("submit")
    (sent,) = house.responses()
    assert other.acts({"act": "place", "statement": "s1", "column": 0}, {"act": "comment", "statement": "s1", "text": "late"}).status_code == 403
    (now,) = house.responses()
    assert (now.board, now.comments, now.revision) == (sent.board, sent.comments, sent.revision)
    assert other.get("review").location == "/demo/sent"
