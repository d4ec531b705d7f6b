"""What is known of participants: which columns travel and which never do, whatever program wrote them; tables joined by id; who is left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qmethod
from qmethod import DataError, Detail, PolicyError, QData
from qmethod.formats.details import telling
from tests.formats.datasets import r_saved, sav, stata
from tests.formats.workbooks import book
from tests.prompt import promptly
from tests.strategies import forced_sorts

few = settings(max_examples=40, deadline=None)
RNG = np.random.default_rng(4)
SORTS = np.array([RNG.permutation([-2, -1, -1, 0, 0, 0, 1, 1, 2]) for _ in range(12)]).T
NAMES = tuple(f"R{i:03d}" for i in range(1, 13))
AGES = tuple(str(age) for age in (31, 45, 28, 60, 31, 52, 47, 39, 22, 71, 45, 33))
ROLES = ("nurse", "doctor", "nurse", "manager") * 3
MAILS = tuple(f"someone{i}@example.org" for i in range(12))
TOLD = {"age": AGES, "role": ROLES}


def data() -> QData:
    return QData(SORTS, tuple(f"s{i}" for i in range(1, 10)), NAMES)


def codes(found: QData) -> dict[str, str]:
    return {notice.code: notice.message for notice in found.notices}


def known(found: QData) -> dict[str, tuple[str, ...]]:
    return {one.title: one.values for one in found.people}


def rows(beside: dict[str, tuple[str, ...]]) -> list[list[str]]:
    """Participants in rows, what is known of them before the sorts."""
    body = [[name, *(values[j] for values in beside.values()), *map(str, SORTS[:, j].tolist())] for j, name in enumerate(NAMES)]
    return [["ResponseId", *beside, *data().statements], *body]


def csv(table: list[list[Any]], delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in table).encode()


def long() -> bytes:
    body = [
        [n, a, r, m, f"s{i}", SORTS[i - 1, j]] for j, (n, a, r, m) in enumerate(zip(NAMES, AGES, ROLES, MAILS, strict=True)) for i in range(1, 10)
    ]
    return csv([["participant", "age", "role", "email", "statement", "value"], *body])


def statistics_frame() -> pd.DataFrame:
    frame = pd.DataFrame(SORTS.T, columns=list(data().statements))
    frame.insert(0, "participant", list(NAMES))
    return frame.assign(age=list(map(int, AGES)), role=[["nurse", "doctor", "manager"].index(role) + 1 for role in ROLES], email=list(MAILS))


def coded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(role=pd.Categorical([["nurse", "doctor", "manager"][code - 1] for code in frame["role"]], ["nurse", "doctor", "manager"]))


def records() -> bytes:
    """JSON as Ken-Q and KADE take it."""
    return json.dumps(
        {
            f"-K{j}": {"partId": name, "age": AGES[j], "role": ROLES[j], "email": MAILS[j], "sort": "|".join(map(str, SORTS[:, j].tolist()))}
            for j, name in enumerate(NAMES)
        }
    ).encode()


def deliberateq() -> bytes:
    people = [f"{name}\t{age}\t{role}\t{mail}" for name, age, role, mail in zip(NAMES, AGES, ROLES, MAILS, strict=True)]
    sorts = [f"{name}\tPost\t" + "\t".join(map(str, SORTS[:, j].tolist())) for j, name in enumerate(NAMES)]
    words = [f"{i}\tStatement {i}" for i in range(1, 10)]
    lines = [":Title\tx", ":Participants\t12", *people, ":Variables\t3", ":Q Statements\t9", *sorts, ":P Statements\t0", ":Statements", *words]
    return "\n".join([line for line in lines if not line.startswith(":Variables")]).encode()


BESIDE = {"age": AGES, "role": ROLES, "email": MAILS}
FILES = {
    "CSV": csv(rows(BESIDE)),
    "semicolons": csv(rows(BESIDE), ";"),
    "long": long(),
    "Excel": book({"Sheet1": rows(BESIDE)}),
    "SPSS": sav(statistics_frame(), {"age": "Age in years"}, words={"role": {1.0: "nurse", 2.0: "doctor", 3.0: "manager"}}),
    "Stata": stata(coded(statistics_frame()), {"age": "Age in years"}),
    "Ken-Q JSON": records(),
    "HtmlQ": csv(
        [
            ["uid", "sort", "age", "role", "email", "dur0"],
            *([n, "|".join(map(str, SORTS[:, j])), AGES[j], ROLES[j], MAILS[j], "12"] for j, n in enumerate(NAMES)),
        ],
        ";",
    ),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_what_a_file_tells_of_people_travels_and_their_addresses_do_not(name: str) -> None:
    found = qmethod.read(FILES[name])
    assert found.participants == NAMES
    assert found.sorts.tolist() == SORTS.tolist()
    age = "Age in years" if name in ("SPSS", "Stata") else "age"
    assert known(found) == {age: AGES, "role": ROLES}
    assert "example.org" not in json.dumps(qmethod.analyse(found, 1, calibration_studies=0, contrast_errors="normal").to_dict())
    assert "addresses: 'email'" in codes(found)["columns-ignored"]


@pytest.mark.parametrize("name", ["CSV", "semicolons", "Excel", "SPSS", "Stata", "R"])
def test_what_stands_beside_named_columns_travels(name: str) -> None:
    """As it would without their names, with the same labels and the same addresses left out."""
    file = {**FILES, "R": r_saved({"x": coded(statistics_frame())})}[name]
    found, plain = qmethod.read(file, columns="s1:s9"), qmethod.read(file)
    assert (found.participants, found.people) == (NAMES, plain.people)
    assert {one.name for one in found.people} == {"age", "role"}
    assert codes(found) == codes(plain)


def test_what_stands_beside_named_sorts_tells_nothing_of_people() -> None:
    table = [list(row) for row in zip(*rows({}), strict=True)]
    table[0][0] = "statement"
    table = [[*row, "topic" if not i else ("work", "home")[i % 2]] for i, row in enumerate(table)]
    found = qmethod.read(csv(table), columns="R*", layout="statements-in-rows")
    assert (found.participants, found.people) == (NAMES, ())
    assert codes(found) == {"columns-ignored": "1 other column(s) were left out: 'topic'."}


def test_answers_with_labels_keep_the_order_of_their_values() -> None:
    for name in ("SPSS", "Stata"):
        (role,) = (one for one in qmethod.read(FILES[name]).people if one.title == "role")
        assert role.options == ("nurse", "doctor", "manager")


def test_what_deliberateq_says_of_people_travels() -> None:
    assert known(qmethod.read(deliberateq())) == {"variable 1": AGES, "variable 2": ROLES}


def test_entries_of_a_sort_that_stand_beside_it_again_are_nothing_known_of_people() -> None:
    """As EQ Web Sort's tables have them."""
    table = [["partId", "role", "sort", "timeSort", *(f"s{i}" for i in range(9))]]
    table += [[n, ROLES[j], "|".join(map(str, SORTS[:, j])), "12", *SORTS[:, j].tolist()] for j, n in enumerate(NAMES)]
    found = qmethod.read(csv(table))
    assert found.sorts.tolist() == SORTS.tolist()
    assert known(found) == {"role": ROLES}


@st.composite
def private(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A column by which people are found, under a header that says so or does not, some of its cells empty."""
    n = len(NAMES)
    ip = st.integers(0, 255).map(str)
    figures = st.floats(-89, 89).map(lambda x: f"{x:.5f}")
    kind = draw(st.sampled_from(["mail", "ip", "place", "page", "telephone", "id", "text", "when", "names"]))
    header = draw(st.sampled_from(["X", "Q17", "Kontakt", "answer"]))
    drawn = {
        "mail": st.builds("{}@{}.org".format, st.text("abc", min_size=1), st.text("xyz", min_size=1)),
        "ip": st.tuples(ip, ip, ip, ip).map(".".join),
        "place": st.tuples(figures, figures).map(", ".join),
        "page": st.text("abc", min_size=1).map("https://a.org/{}".format),
        "telephone": st.integers(10**7, 10**8 - 1).map("+49 {}".format),
        "id": st.integers(10**6, 10**12).map(str),
        "text": st.text("abcdefgh ", min_size=20, max_size=60),
        "when": st.builds("2026-0{}-1{} 1{}:3{}".format, *(st.integers(1, 9) for _ in range(4))),
        "names": st.builds("{} {}".format, st.sampled_from(["Ann", "Bo", "Cy", "Di"]), st.text("abcdefgh", min_size=4, max_size=8)),
    }[kind]
    least = 2 if kind in ("mail", "ip", "place", "page") else n
    cells = draw(st.lists(drawn, min_size=n, max_size=n, unique=True))
    kept = draw(st.integers(least, n))
    if kind in ("id", "text", "names", "telephone", "when"):
        kept = n
    return header, [cell if j < kept else "" for j, cell in enumerate(cells)]


@given(column=private(), where=st.integers(0, 2))
@settings(max_examples=200, deadline=None)
def test_nothing_by_which_people_are_found_is_kept(column: tuple[str, list[str]], where: int) -> None:
    header, cells = column
    columns = [Detail("age", AGES), Detail("role", ROLES)]
    columns.insert(where, Detail(header, tuple(cells)))
    kept, left_out = telling(columns, NAMES)
    assert [one.name for one in kept] == ["age", "role"]
    assert [name for name, _ in left_out] == [header]


@given(
    values=st.lists(st.sampled_from(["yes", "no", "in part"]), min_size=12, max_size=12).filter(lambda them: len(set(them)) > 1),
    amounts=st.lists(st.integers(18, 90), min_size=12, max_size=12).filter(lambda them: 1 < len(set(them)) < 12),
    header=st.sampled_from(["region", "Q3", "Alter", "time in office", "highest degree", "number of children"]),
)
@few
def test_answers_and_amounts_are_kept(values: list[str], amounts: list[int], header: str) -> None:
    columns = [Detail(header, tuple(values)), Detail("years", tuple(map(str, amounts)))]
    kept, left_out = telling(columns, NAMES)
    assert (kept, left_out) == (tuple(columns), ())


@pytest.mark.parametrize(
    "header", ["E-Mail", "IPAddress", "LocationLatitude", "Vorname", "Phone number", "Postcode", "Start Date", "Comments", "Date of birth"]
)
def test_headers_say_what_is_private_whatever_stands_below(header: str) -> None:
    kept, left_out = telling([Detail(header, ("1", "2") * 6)], NAMES)
    assert not kept
    assert left_out[0][0] == header


def test_at_most_a_hundred_columns_are_kept() -> None:
    kept, left_out = telling([Detail(f"q{i}", ROLES) for i in range(103)], NAMES)
    assert len(kept) == 100
    assert [reason for _, reason in left_out] == ["only 100 columns are kept"] * 3


@given(order=st.permutations(range(12)), there=st.sets(st.integers(0, 11), min_size=3), strangers=st.integers(0, 4), alike=st.booleans())
@few
def test_a_table_is_joined_by_id_and_each_mismatch_is_told(
    order: list[int], there: set[int], strangers: int, alike: bool, tmp_path_factory: Any
) -> None:
    """Rows in any order, some missing, some of nobody, one in other capitals: which is proposed, never joined."""
    file = tmp_path_factory.mktemp("people") / "people.csv"
    listed = [j for j in order if j in there]
    loose = listed[0] if alike else None
    body = [[NAMES[j].lower() if j == loose else NAMES[j], ROLES[j], AGES[j]] for j in listed]
    body += [[f"nobody{i}", "nurse", "40"] for i in range(strangers)]
    file.write_bytes(csv([["who", "role", "Age"], *body]))
    joined = there - {loose}
    values = {j: (ROLES[j], AGES[j]) for j in joined}
    if len({role for role, _ in values.values()}) < 2 or len({age for _, age in values.values()}) < 2:
        return
    found = qmethod.with_people(data(), file)
    for title, at in (("role", 0), ("Age", 1)):
        if title in known(found):
            assert known(found)[title] == tuple(values[j][at] if j in joined else "" for j in range(12))
    said, missing = codes(found), [NAMES[j] for j in range(12) if j not in joined]
    assert ("people-without-sort" in said) == bool(strangers or alike)
    assert all(f"'nobody{i}' (line {len(listed) + 2 + i})" in said["people-without-sort"] for i in range(strangers))
    assert [notice.participants for notice in found.notices if notice.code == "sorts-without-people"] == ([tuple(missing)] if missing else [])
    assert ("people-proposed" in said) == alike
    if loose is not None:
        assert f"'{NAMES[loose].lower()}' (line 2) may be '{NAMES[loose]}'" in said["people-proposed"]


SAME = {"participant": NAMES, **TOLD}


def written(folder: Path, kind: str) -> Any:
    """The same table in each form that is taken."""
    frame = pd.DataFrame(SAME)
    match kind:
        case "mapping":
            return SAME
        case "frame":
            return frame
        case "csv":
            (folder / "p.csv").write_bytes(csv([list(SAME), *zip(*SAME.values(), strict=True)]))
        case "xlsx":
            (folder / "p.xlsx").write_bytes(book({"notes": [["nothing"]], "people": [list(SAME), *zip(*SAME.values(), strict=True)]}))
        case "sav":
            (folder / "p.sav").write_bytes(sav(frame, {}))
        case "dta":
            (folder / "p.dta").write_bytes(stata(frame, {}))
    return folder / f"p.{kind}"


@pytest.mark.parametrize("kind", ["mapping", "frame", "csv", "xlsx", "sav", "dta"])
def test_a_table_of_any_kind_says_the_same(kind: str, tmp_path: Path) -> None:
    found = qmethod.with_people(data(), written(tmp_path, kind))
    assert known(found) == TOLD
    assert not {"people-without-sort", "sorts-without-people", "people-proposed"} & codes(found).keys()


@pytest.mark.parametrize("lies", ["participants", "statements"])
def test_a_workbook_may_hold_sorts_and_people(lies: str, tmp_path: Path) -> None:
    sorts = rows({}) if lies == "participants" else [["statement", *NAMES], *([f"s{i + 1}", *SORTS[i].tolist()] for i in range(9))]
    file = tmp_path / "study.xlsx"
    file.write_bytes(book({"sorts": sorts, "who": [list(SAME), *zip(*SAME.values(), strict=True)]}))
    assert known(qmethod.with_people(qmethod.read(file), file)) == TOLD


def test_a_column_of_the_table_takes_the_place_of_one_of_the_sorts() -> None:
    first = qmethod.with_people(data(), {"participant": NAMES, "Role": ("a", "b") * 6, "age": AGES})
    assert known(qmethod.with_people(first, {"participant": NAMES, "role": ROLES})) == {"age": AGES, "role": ROLES}


def excel(rows: list[list[Any]], folder: Path) -> Path:
    (folder / "people.xlsx").write_bytes(book({"people": rows}))
    return folder / "people.xlsx"


def test_numbers_of_excel_are_not_taken_for_ids_with_zeros(tmp_path: Path) -> None:
    found = QData(SORTS, participants=tuple(f"{i:03d}" for i in range(1, 13)))
    with pytest.raises(DataError, match=r"sheet 'people': the column 'id' names nobody who sorted: it holds 1, 2, 3") as refusal:
        qmethod.with_people(found, excel([["id", "role"], *([i + 1, ROLES[i]] for i in range(12))], tmp_path))
    assert "'1' may be '001'" in str(refusal.value)
    mixed = [["id", "role"], *([f"{i + 1:03d}" if i else i + 1, ROLES[i]] for i in range(12))]
    told = codes(qmethod.with_people(found, excel(mixed, tmp_path)))["people-proposed"]
    assert "'1' (row 2) may be '001'" in told


HOSTILE = {
    "two columns of one name": (
        [["participant", "role", "role"], *([n, r, r] for n, r in zip(NAMES, ROLES, strict=True))],
        "2 columns are called 'role'",
    ),
    "somebody twice": (
        [["participant", "role"], *([n, r] for n, r in zip((*NAMES[:11], NAMES[0]), ROLES, strict=True))],
        "'R001' stands in {line} 2 already",
    ),
    "somebody without a name": (
        [["participant", "role"], *([n, r] for n, r in zip((*NAMES[:11], ""), ROLES, strict=True))],
        "this row names no participant",
    ),
    "no ids": ([["age", "role"], *zip(AGES, ROLES, strict=True)], "no column holds the names of the participants, who are called R001"),
    "a header alone": ([["participant", "role"]], "names nobody who sorted"),
    "nobody who sorted": ([["participant", "role"], *([f"x{i}", r] for i, r in enumerate(ROLES))], "names nobody who sorted: it holds x0"),
    "the sorts": (rows({}), "this reads as the sorts, not as a table about participants"),
    "the sorts, statements in rows": (
        [["statement", *NAMES], *([f"s{i + 1}", *SORTS[i].tolist()] for i in range(9))],
        "this reads as the sorts, not as a table about participants",
    ),
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_hostile_tables_are_refused_by_name(case: str, kind: str, tmp_path: Path) -> None:
    table, words = HOSTILE[case]
    file = tmp_path / "people.csv"
    file.write_bytes(csv(table))
    with pytest.raises(DataError) as refusal:
        qmethod.with_people(data(), file if kind == "csv" else excel(table, tmp_path))
    assert words.format(line="line" if kind == "csv" else "row") in str(refusal.value)
    assert all(fault.file for fault in refusal.value.faults)


def test_formulas_are_no_ids_and_no_answers(tmp_path: Path) -> None:
    ids = [["participant", "role"], ["=A1&B1", "nurse"], *([n, r] for n, r in zip(NAMES, ROLES, strict=True))]
    with pytest.raises(DataError, match="'=A1&B1' is a formula, not the name of a participant"):
        qmethod.with_people(data(), excel(ids, tmp_path))
    answers = [["participant", "role", "region"], *([n, r, "=1+1"] for n, r in zip(NAMES, ROLES, strict=True))]
    found = qmethod.with_people(data(), excel(answers, tmp_path))
    assert known(found) == {"role": ROLES}
    assert "formulas without a value: 'region'" in codes(found)["columns-ignored"]


def test_which_column_holds_the_ids_may_be_said(tmp_path: Path) -> None:
    table = {"first": NAMES, "second": NAMES, "role": ROLES}
    with pytest.raises(DataError, match="'first' and 'second' both hold names of participants") as refusal:
        qmethod.with_people(data(), table)
    assert "`id_column`" in str(refusal.value)
    assert known(qmethod.with_people(data(), table, id_column="second")) == {"role": ROLES}
    with pytest.raises(DataError, match="there is no column 'third'"):
        qmethod.with_people(data(), table, id_column="third")


@pytest.mark.parametrize("wrong", [3, [1, 2], {"participant": NAMES, "role": ROLES[:3]}, {"participant": 5}])
def test_what_is_no_table_is_refused(wrong: Any) -> None:
    with pytest.raises(PolicyError, match="`people`"):
        qmethod.with_people(data(), wrong)


@pytest.mark.parametrize("name", ["CSV", "Excel"])
def test_people_given_for_sorts_are_told_by_the_option(name: str, tmp_path: Path) -> None:
    table = [["participant", "age", "gender", "role"], *([n, a, r[0], r] for n, a, r in zip(NAMES, AGES, ROLES, strict=True))]
    content = csv(table) if name == "CSV" else book({"Sheet1": table})
    with pytest.raises(
        DataError, match=r"this reads as a table about participants \('participant', 'age', 'gender', 'role'\), not as sorts"
    ) as refusal:
        qmethod.read(content)
    assert "`qmethod.with_people`" in str(refusal.value)


def test_people_stay_with_their_sorts_when_some_are_kept() -> None:
    whole = qmethod.with_people(data(), SAME)
    kept = whole.keep([7, 2])
    assert known(kept) == {"age": (AGES[7], AGES[2]), "role": (ROLES[7], ROLES[2])}
    with pytest.raises(DataError, match=r"`people`: 'age' has 2 values for 3 sorts"):
        QData(SORTS[:, :3], people=(Detail("age", ("1", "2")),))


@given(drawn=forced_sorts(least_sorts=6), out=st.sets(st.integers(0, 5), min_size=1, max_size=3), k=st.integers(1, 2))
@few
def test_who_is_left_out_takes_no_part_in_any_figure(drawn: Any, out: set[int], k: int) -> None:
    """An analysis without somebody is that of a file in which he never stood."""
    grid, sorts = drawn
    names = tuple(f"p{j}" for j in range(sorts.shape[1]))
    kept = [j for j in range(len(names)) if j not in out]
    quick: dict[str, Any] = {"calibration_studies": 0, "contrast_errors": "normal"}

    def figures(study: QData) -> dict[str, Any]:
        try:
            values = qmethod.analyse(study, k, **quick).to_dict()
        except DataError as error:
            return {"refused": str(error)}
        del values["excluded"], values["notices"]
        values["data"] = {key: values["data"][key] for key in ("sorts", "participants", "grid", "forced", "people")}
        return values

    whole = qmethod.with_people(
        QData(sorts, participants=names, grid=grid), {"participant": names, "group": ["a", "b"] * (len(names) // 2) + ["a"] * (len(names) % 2)}
    )
    without = qmethod.exclude(whole, {names[j]: "asked to be left out" for j in sorted(out)})
    never = QData(sorts[:, kept], participants=tuple(names[j] for j in kept), grid=grid, people=tuple(one.at(kept) for one in whole.people))
    assert figures(without) == figures(never)
    assert [one.participant for one in without.excluded] == [names[j] for j in sorted(out)]


def test_a_sort_that_may_not_be_analysed_can_be_left_out() -> None:
    sorts = SORTS.astype(float)
    sorts[0, 3] = np.nan
    study = QData(sorts, participants=NAMES)
    with pytest.raises(DataError, match="a placement is missing"):
        qmethod.analyse(study, 2)
    solution = qmethod.analyse(qmethod.exclude(study, {"R004": "lost a card"}), 2, calibration_studies=0, contrast_errors="normal")
    assert solution.excluded == (qmethod.Exclusion("R004", "lost a card", by_hand=True),)
    assert qmethod.QSolution.from_dict(solution.to_dict()).excluded == solution.excluded


def test_what_was_noticed_of_somebody_alone_goes_with_the_sort() -> None:
    notice = qmethod.Notice("odd", "R002 is odd.", participants=("R002",))
    both = qmethod.Notice("odd", "R002 and R003 are odd.", participants=("R002", "R003"))
    study = QData(SORTS, participants=NAMES, notices=(notice, both))
    assert qmethod.exclude(study, [("R002", "odd")]).notices == (both,)


WRONG = {
    "unknown": ("R001,why\nR01,why\n", "exclusions.csv:3: there is no participant 'R01'"),
    "almost": ("r001,why\n", "Did you mean 'R001'?"),
    "no reason": ("R001,\n", "exclusions.csv:2: 'R001' is left out without a reason"),
    "a reason that is none": ("R001,NA\n", "'R001' is left out without a reason"),
    "twice": ("R001,why\nR001,why\n", "exclusions.csv:3: 'R001' is left out in line 2 already"),
    "everybody": ("".join(f"{name},why\n" for name in NAMES), "all 12 sorts would be left out"),
    "nobody": ("", "no participants in this file"),
    "no name": (",why\n", "an exclusion names no participant"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_wrong_exclusions_are_told_by_name_and_line(case: str, tmp_path: Path) -> None:
    text, words = WRONG[case]
    file = tmp_path / "exclusions.csv"
    file.write_text(f"participant,reason\n{text}")
    with pytest.raises(DataError) as refusal:
        qmethod.exclude(data(), file)
    assert words in str(refusal.value).replace(str(tmp_path) + "/", "")


def test_exclusions_need_two_columns(tmp_path: Path) -> None:
    file = tmp_path / "exclusions.csv"
    file.write_text("participant,age\nR001,4\n")
    with pytest.raises(DataError, match="the header must name the columns participant and reason; it reads participant, age"):
        qmethod.exclude(data(), file)


def test_a_large_table_is_joined_in_time(tmp_path: Path) -> None:
    """Five thousand rows of a hundred columns."""
    names = [f"p{i}" for i in range(5_000)]
    study = QData(np.tile(SORTS, (1, 417))[:, :5_000], participants=tuple(names))
    file = tmp_path / "people.csv"
    file.write_bytes(
        csv([["participant", *(f"q{j}" for j in range(100))], *([n, *("ab"[(i + j) % 2] for j in range(100))] for i, n in enumerate(names))])
    )
    assert len(promptly(lambda: qmethod.with_people(study, file), 10).people) == 100


def test_sums_are_nothing_known_of_people() -> None:
    means = tuple(f"{value:.2f}" for value in (SORTS * np.arange(9)[:, None]).mean(axis=0))
    found = qmethod.read(csv(rows({"role": ROLES, "Row mean": means})))
    assert known(found) == {"role": ROLES}
    assert "sums or means: 'Row mean'" in codes(found)["columns-ignored"]


def test_in_chunks_what_is_known_of_people_is_left_out_and_told(tmp_path: Path) -> None:
    file = tmp_path / "sorts.csv"
    file.write_bytes(csv(rows({"role": ROLES})))
    told = {notice.code: notice.message for notice in qmethod.open_sorts(file).notices}
    assert "not kept where sorts are read in chunks: 'role'" in told["columns-ignored"]
