"""Between which days people begin, and how many: what a study may say, and what is said of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from qmethod_studies.admission import Places, people_wanted, shut, terms, with_room
from qmethod_studies.definition import Study
from qmethod_studies.loading import load
from qmethod_studies.oddities import check
from qmethod_studies.writing import write
from tests.studies.store.acting import make_study
from tests.studies.test_checks import HEAD, faults_of

CONDITIONS = [{"id": key, "name": {"en": key, "es": key}, "instruction": {"en": key, "es": key}} for key in ("now", "ideal")]


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("days", "moment", "why"),
    [
        ({}, "2027-05-01T00:00Z", None),
        ({"opens": "2027-05-01"}, "2027-04-30T23:59:59Z", "early"),
        ({"opens": "2027-05-01"}, "2027-05-01T00:00Z", None),
        ({"opens": "2027-05-01"}, "2027-05-01T01:30+02:00", "early"),  # still April in UTC
        ({"closes": "2027-05-31"}, "2027-05-31T23:59:59Z", None),
        ({"closes": "2027-05-31"}, "2027-06-01T00:00Z", "over"),
        ({"closes": "2027-05-31 18:00 +02:00"}, "2027-05-31T15:59:59Z", None),
        ({"closes": "2027-05-31 18:00 +02:00"}, "2027-05-31T16:00Z", "over"),
        ({"opens": "2027-05-31T18:00Z", "closes": "2027-05-31 18:01 UTC"}, "2027-05-31T18:00:30Z", None),
        ({"closes": "2999-12-31"}, "2027-05-31T16:00Z", None),
    ],
)
def test_a_day_begins_and_ends_at_midnight_utc_and_a_moment_where_it_says(days: dict[str, str], moment: str, why: str | None) -> None:
    assert shut(make_study(**days), at(moment), Places()) == why


@pytest.mark.parametrize(
    ("quota", "finished", "held", "whole", "now"),
    [
        (None, {"": 10**6}, {}, None, None),
        (3, {"": 2}, {}, None, None),
        (3, {"": 2}, {"": 1}, "held", "held"),
        (3, {"": 3}, {"": 5}, "full", "full"),
        ({"conditions": {"now": 1}}, {"now": 1}, {}, None, "full"),
        ({"conditions": {"now": 1, "ideal": 1}}, {"now": 1}, {"ideal": 1}, "held", "full"),
        ({"conditions": {"now": 1, "ideal": 1}}, {"now": 1, "ideal": 1}, {}, "full", "full"),
        ({"finished": 2, "conditions": {"now": 2, "ideal": 2}}, {"now": 1}, {"ideal": 1}, "held", "held"),
    ],
)
def test_who_may_begin(quota: Any, finished: dict[str, int], held: dict[str, int], whole: str | None, now: str | None) -> None:
    study = make_study(conditions=CONDITIONS, assign="random", quota=quota)
    places, moment = Places(finished, held), at("2027-05-01T00:00Z")
    assert shut(study, moment, places) == whole
    assert shut(study, moment, places, "now") == now
    assert ("now" in with_room(study, places)) == (now is None)
    assert bool(with_room(study, places)) == (whole is None)


@pytest.mark.parametrize(
    ("quota", "people"),
    [
        (None, None),
        (40, 40),
        ({"conditions": {"now": 20}}, None),
        ({"conditions": {"now": 20, "ideal": 5}}, 25),
        ({"finished": 9, "conditions": {"now": 20, "ideal": 5}}, 9),
    ],
)
def test_how_many_people_a_study_takes(quota: Any, people: int | None) -> None:
    assert people_wanted(make_study(conditions=CONDITIONS, assign="random", quota=quota)) == people


SEVERAL = """\
conditions:
  - {id: now, name: {en: Now, es: Ahora}, instruction: {en: a, es: a}}
  - {id: ideal, name: {en: Ideal, es: Ideal}, instruction: {en: b, es: b}}
"""
_MOMENT = "must be a day such as 2026-05-31, or a moment with its time zone such as 2026-05-31 18:00 +02:00"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("opens: 1 May\n", f"study.yaml:9: `opens`: {_MOMENT}; got '1 May'"),
        ("opens: 2026-05-41\n", f"study.yaml:9: `opens`: {_MOMENT}; got '2026-05-41'"),
        ("closes: 2026-05-31 18:00\n", f"study.yaml:9: `closes`: {_MOMENT}; got '2026-05-31 18:00'"),
        ("closes: 2026-05-31 18:00 CEST\n", f"study.yaml:9: `closes`: {_MOMENT}; got '2026-05-31 18:00 CEST'"),
        ("closes: 2026-05-31 24:30 Z\n", f"study.yaml:9: `closes`: {_MOMENT}; got '2026-05-31 24:30 Z'"),
        ("opens: 2026-05-02\ncloses: 2026-05-01\n", "study.yaml:10: the study closes on 2026-05-01 (UTC), before it opens on 2026-05-02 (UTC)"),
        (
            "opens: 2026-05-01 10:00 Z\ncloses: 2026-05-01 12:00 +02:00\n",
            "study.yaml:10: the study closes on 2026-05-01 12:00 UTC+02:00, before it opens on 2026-05-01 10:00 UTC",
        ),
        ("quota: 0\n", "study.yaml:9: `quota.finished` must be at least 1; got '0'"),
        ("quota: many\n", "study.yaml:9: `quota.finished` must be a whole number; got 'many'"),
        ("quota: {}\n", "study.yaml:9: `quota`: says no number: write finished, conditions, or both"),
        ("quota: {finished: 4, hours: 0}\n", "study.yaml:9: `quota.hours` must be at least 1; got '0'"),
        ("quota: {people: 4}\n", "study.yaml:9: `quota.people` means nothing here"),
        ("begun_may_finish: perhaps\n", "study.yaml:9: `begun_may_finish` must be true or false; got 'perhaps'"),
        ("closed: {en: Bye}\n", "study.yaml:9: `closed` has no text in es"),
        ("quota: {conditions: {now: 3}}\n", "study.yaml:9: `quota` counts 'now', which is no condition of the study"),
        ("waves: [{id: a, name: {en: a, es: a}, opens: 2026-06-01}]\ncloses: 2026-05-31\n", "wave 'a' opens on 2026-06-01, when the study is closed"),
    ],
)
def test_faults_name_their_line_and_what_would_do(tmp_path: Path, lines: str, said: str) -> None:
    found = faults_of(tmp_path, HEAD + lines)
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("quota: {conditions: {now: 3, idael: 3}}\nassign: random\n", "`quota` counts 'idael', which is no condition of the study"),
        ("quota: {conditions: {now: 3, ideal: 3}}\n", "`quota` counts by condition, but everybody sorts under each"),
        ("quota: {finished: 9, conditions: {now: 3, ideal: 3}}\nassign: random\n", "`quota` is for 9 people, but its conditions are for 6"),
    ],
)
def test_faults_of_a_quota_by_condition(tmp_path: Path, lines: str, said: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith("condition:"))
    found = faults_of(tmp_path, head + SEVERAL + lines)
    assert len(found) == 1, found
    assert said in found[0]


def test_what_is_odd_is_told() -> None:
    assert {notice.code for notice in check(make_study(closes="2020-05-31"))} >= {"closed"}
    assert {notice.code for notice in check(make_study(closed={"en": "a", "es": "b"}))} >= {"closed-unused"}
    both = make_study(closes="2999-05-31", closed={"en": "a", "es": "b"})
    assert not {notice.code for notice in check(both)} & {"closed", "closed-unused"}


def test_days_and_quotas_are_no_structure_and_survive_files_and_the_store(tmp_path: Path) -> None:
    plain = make_study()
    study = make_study(
        opens="2027-05-01", closes="2027-05-31 18:00 +02:00", quota={"finished": 9, "hours": 3}, begun_may_finish=False, closed={"en": "a", "es": "b"}
    )
    assert study.digest() == plain.digest()
    keys = {"opens", "closes", "quota", "begun_may_finish", "closed"}
    assert not keys & set(plain.model_dump())
    assert keys <= set(study.model_dump())
    assert Study.model_validate_json(study.model_dump_json(by_alias=True)) == study
    write(study, tmp_path / "written")
    assert load(tmp_path / "written") == study


def test_an_author_is_told_what_holds() -> None:
    study = make_study(opens="2027-05-01", closes="2027-05-31 18:00 +02:00", quota={"finished": 9, "hours": 1})
    assert dict(terms(study)) == {
        "Opens": "2027-05-01 (UTC)",
        "Closes": "2027-05-31 18:00 UTC+02:00; who has begun by then may finish",
        "Quota": "9 in all; who has begun keeps a place for 1 hour after the last thing they did, and may finish later, too, which can make it more",
    }
    assert dict(terms(make_study())) == {}
