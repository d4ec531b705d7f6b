"""Personal links and access codes."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from qmethod.errors import DataError
from qmethod_studies.definition import Study
from qmethod_studies.store import AccessKind, AlreadyInvited, Begun, Invitation, Store, Taken, UsedUp, codes
from qmethod_studies.store.access import new_secrets
from tests.studies.store.acting import begin, new_key


def test_links_and_codes_look_as_promised(store: Store) -> None:
    links = store.invite("demo", "link", participants=[None] * 5)
    codes = store.invite("demo", "code", participants=[None] * 5)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", link.secret or "") for link in links)
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{5}-[2-9A-HJKMNP-TV-Z]{5}", code.secret or "") for code in codes)
    assert len({invitation.secret for invitation in links + codes}) == 10


def test_a_personal_link_leads_back_to_its_response_on_any_device(store: Store, study: Study) -> None:
    (made,) = store.invite("demo", "link", participants=["Ann"])
    link = store.invitation("demo", "link", made.secret or "")
    assert link is not None
    assert link.secret is None
    assert store.by_invitation("demo", link) is None
    first = begin(store, study, invitation=link)
    assert first.response.participant == "Ann"
    again = store.invitation("demo", "link", made.secret or "")
    assert again is not None
    assert again.used == 1
    assert store.by_invitation("demo", again) == first.code
    assert begin(store, study, invitation=again) == first  # with another key, from another device


def test_a_link_made_anew_replaces_the_old_one_and_leads_to_the_same_response(store: Store, study: Study) -> None:
    (old,) = store.invite("demo", "link", participants=["Ann"])
    first = begin(store, study, invitation=old)
    (new,) = store.invite("demo", "link", participants=["Ann"], renew=True)
    assert (old.replaces, new.replaces) == (False, True)
    assert store.invitation("demo", "link", old.secret or "") is None
    assert store.by_invitation("demo", new) == first.code


def test_an_earlier_link_is_replaced_on_purpose_only(store: Store) -> None:
    (old,) = store.invite("demo", "link", participants=["Bob"])
    with pytest.raises(AlreadyInvited) as caught:
        store.invite("demo", "link", participants=["Ann", "Bob", None])
    assert caught.value.participants == store.invited("demo", "link", ["Ann", "Bob", None]) == ("Bob",)
    assert store.invitation("demo", "link", old.secret or "") is not None
    assert store.invited("demo", "link", ["Ann"]) == ()  # all or nothing
    assert store.invited("demo", "code", ["Bob"]) == store.invited("nowhere", "link", ["Bob"]) == ()
    store.invite("demo", "code", participants=["Bob"])  # another kind


def test_an_invitation_that_could_not_be_handed_over_was_never_made(store: Store) -> None:
    (old,) = store.invite("demo", "link", participants=["Bob"])
    secrets = []

    def full_disk(made: list[Invitation]) -> None:
        secrets.extend(one.secret or "" for one in made)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        store.invite("demo", "link", participants=["Ann", "Bob"], renew=True, deliver=full_disk)
    assert len(secrets) == 2
    assert [store.invitation("demo", "link", secret) for secret in secrets] == [None, None]
    assert store.invitation("demo", "link", old.secret or "") is not None


def test_of_two_who_invite_the_same_people_at_once_one_is_refused(store: Store) -> None:
    barrier = threading.Barrier(2)

    def invite(names: list[str]) -> int:
        barrier.wait()
        try:
            return len(store.invite("demo", "link", participants=names))
        except AlreadyInvited as error:
            return -len(error.participants)

    for group in "abcde":
        names = [f"{group}{i}" for i in range(40)]
        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(one.result() for one in [pool.submit(invite, names) for _ in range(2)])
        assert outcomes == [-40, 40]


def test_a_participant_of_an_invitation_cannot_be_chosen_by_the_page(store: Store, study: Study) -> None:
    (link,) = store.invite("demo", "link", participants=["Ann"])
    assert begin(store, study, invitation=link, participant="Bob").response.participant == "Ann"


@pytest.mark.parametrize("typed", ["leeds-autumn-4417", "LEEDS AUTUMN 4417", " leedsautumn4417\n", "Leeds—Autumn4417", "ｌｅｅｄｓautumn4417"])
def test_codes_however_they_are_typed(store: Store, typed: str) -> None:
    store.invite("demo", "code", participants=[None], secret="leeds-autumn-4417", uses=200)
    found = store.invitation("demo", "code", typed)
    assert found is not None
    assert (found.kind, found.uses, found.used) == ("code", 200, 0)


@pytest.mark.parametrize("typed", ["", "leeds", "leeds-autumm-4417", "x" * 300, "leeds-autumn-4417\ud800", "leeds-autumn-4417\0"])
def test_other_codes_open_nothing(store: Store, typed: str) -> None:
    store.invite("demo", "code", participants=[None], secret="leeds-autumn-4417", uses=None)
    assert store.invitation("demo", "code", typed) is None
    assert store.invitation("demo", "link", typed) is None


def test_a_code_of_one_study_does_not_open_another(store: Store, study: Study) -> None:
    store.register(study.model_copy(update={"study": "other"}))
    (code,) = store.invite("demo", "code", participants=[None])
    (link,) = store.invite("demo", "link", participants=[None])
    assert store.invitation("other", "code", code.secret or "") is None
    assert store.invitation("other", "link", link.secret or "") is None


def test_a_use_counts_when_somebody_agrees_and_the_last_one_is_given_once(store: Store, study: Study) -> None:
    (made,) = store.invite("demo", "code", participants=[None], secret="leeds-autumn-4417", uses=3)
    store.decline(study, invitation=made, key=new_key())

    def one(i: int) -> Begun | None:
        try:
            return begin(store, study, invitation=made, key=f"from-many-{i}")
        except UsedUp:
            return None

    with ThreadPoolExecutor(10) as pool:
        begun = list(pool.map(one, range(10)))
    assert sum(found is not None for found in begun) == 3
    assert store.invitation("demo", "code", "leeds-autumn-4417") is None
    assert [response.status for response in store.responses("demo")].count("started") == 3


def test_the_same_key_uses_an_invitation_once(store: Store, study: Study) -> None:
    (code,) = store.invite("demo", "code", participants=[None], uses=1)
    assert begin(store, study, invitation=code, key="same-key") == begin(store, study, invitation=code, key="same-key")


def test_the_last_use_of_a_code_can_be_repeated_when_the_reply_was_lost(store: Store, study: Study) -> None:
    (code,) = store.invite("demo", "code", participants=[None])
    secret = code.secret or ""
    begun = begin(store, study, invitation=store.invitation("demo", "code", secret, key="key-of-ann"), key="key-of-ann")
    assert store.invitation("demo", "code", secret) is None
    assert store.invitation("demo", "code", secret, key="key-of-bob") is None
    again = store.invitation("demo", "code", secret, key="key-of-ann")
    assert begin(store, study, invitation=again, key="key-of-ann") == begun


def test_somebody_who_withdraws_gives_the_use_back(store: Store, study: Study) -> None:
    (code,) = store.invite("demo", "code", participants=[None])
    begun = begin(store, study, invitation=code)
    assert store.invitation("demo", "code", code.secret or "") is None
    assert store.withdraw("demo", begun.code)
    again = store.invitation("demo", "code", code.secret or "")
    assert again is not None
    assert begin(store, study, invitation=again).response.participant != begun.response.participant


@pytest.mark.parametrize("kind", ["code", "link"])
def test_an_invitation_for_somebody_who_withdrew_is_for_nobody_and_closed(store: Store, study: Study, kind: AccessKind) -> None:
    (made,) = store.invite("demo", kind, participants=["Ann"])
    begun = begin(store, study, invitation=made)
    assert begun.response.participant == "Ann"
    assert store.withdraw("demo", begun.code)
    found = store.invitation("demo", kind, made.secret or "")
    assert found is not None
    assert (found.withdrawn, found.participant, found.key_name) == (True, None, None)
    assert store.invited("demo", kind, ["Ann"]) == ()
    with pytest.raises(UsedUp):
        begin(store, study, invitation=found)
    with pytest.raises(UsedUp):
        store.decline(study, invitation=found, key=new_key())
    (anew,) = store.invite("demo", kind, participants=["Ann"])  # who wants to come back is invited anew
    assert begin(store, study, invitation=anew).response.participant == "Ann"


def test_a_named_code_cannot_take_over_a_response(store: Store, study: Study) -> None:
    begin(store, study, participant="Ann")
    (code,) = store.invite("demo", "code", participants=["Ann"])
    with pytest.raises(Taken):
        begin(store, study, invitation=code)
    assert store.invitation("demo", "code", code.secret or "") is not None  # and the use was not counted


WEAK = [
    "leeds-autumn",
    "leeds autumn 2026",
    "12345678",
    "8473920166",
    "aaaaaaaa",
    "abcdefgh",
    "park-park-park-park",
    "opensesame",
    "公园公园公园公园",
]
STRONG = ["leeds-autumn-4417", "correct horse battery", "KXQVTRWZPL", "parque otoño verde", "84739-20166-3"]


@pytest.mark.parametrize("code", WEAK)
def test_a_code_of_words_and_years_is_refused_with_one_that_would_do(code: str) -> None:
    with pytest.raises(DataError, match=f"the code '{code}' would be guessed too soon") as refused:
        new_secrets("code", [None], None, code)
    (advice,) = (fault.advice or "" for fault in refused.value.faults)
    proposed = advice.rpartition(": ")[2].removesuffix(".")
    assert proposed.startswith(f"{code}-")
    assert new_secrets("code", [None], None, proposed) == [proposed]
    assert codes.strengthened(code) != codes.strengthened(code)


@pytest.mark.parametrize("code", STRONG)
def test_a_code_that_is_hard_to_guess_is_taken(code: str) -> None:
    assert new_secrets("code", [None], None, code) == [code]


def test_what_cannot_be_made_is_told_all_at_once(store: Store) -> None:
    with pytest.raises(DataError) as caught:
        store.invite("demo", "link", participants=["Ann", "Bob", "Ann", "a\0b", ""], secret="leeds-a", uses=0)
    said = str(caught.value)
    for part in (
        "at least one use, got 0",
        "'Ann' stands twice",
        r"'a\x00b' is no id",
        "'' is no id",
        "one access code only",
        "'leeds-a' is too short",
    ):
        assert part in said
    with pytest.raises(DataError, match="no study 'nowhere'"):
        store.invite("nowhere", "code", participants=[None])
    with pytest.raises(DataError, match="nobody to invite"):
        store.invite("demo", "code", participants=[])


def test_a_chosen_code_twice(store: Store) -> None:
    store.invite("demo", "code", participants=[None], secret="leeds-autumn-4417", uses=5)
    with pytest.raises(DataError, match="has this code already"):
        store.invite("demo", "code", participants=[None], secret="LEEDS autumn 4417", uses=9)
