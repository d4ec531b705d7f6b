"""Sorts from photographs: right where they come out, none where anything is missing, doubled, strange or between columns; and hostile pictures."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from benchmarks.photographs import AROUND, CONDITIONS, PX, card, cut_out, joined, laid_out, lay, photographed, read_back, sheets
from qmethod.errors import DataError
from qmethod_analysis.tabletop import photographs
from qmethod_analysis.tabletop.board import BOARD_MARK, CARD_EDGE, CARD_HIGH, CARD_MARK, CARD_WIDE, LABELS, PLACE_HIGH, PLACE_WIDE, TOP, board
from qmethod_analysis.tabletop.collecting import added, as_csv
from qmethod_analysis.tabletop.marks import of_cards
from qmethod_analysis.tabletop.photographs import Seen, dimensions, grey
from qmethod_analysis.tabletop.reading import Reading, judged
from qmethod_studies.definition import Study
from qmethod_studies.loading import find, load
from tests.analysis.conftest import Qmethod, hashes
from tests.analysis.photographed import photograph
from tests.prompt import promptly
from tests.studies.made import study

LEADERSHIP = load(find("leadership"))
GOOD = CONDITIONS["good light"]


# Marks without a picture: where they would be seen, for any board, any camera, any cards.


def mark_at(middle: tuple[float, float], degrees: float) -> np.ndarray:
    """The corners of the mark of a card, on the board."""
    left, top = CARD_EDGE - CARD_WIDE / 2, CARD_EDGE - CARD_HIGH / 2
    corners = np.array([[left, top], [left + CARD_MARK, top], [left + CARD_MARK, top + CARD_MARK], [left, top + CARD_MARK]])
    turn = np.radians(degrees)
    return corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + np.array(middle)


def camera(rng: np.random.Generator) -> np.ndarray:
    """A view of the board in perspective, turned in any way."""
    turn = rng.uniform(0, 2 * np.pi)
    seen = np.array([[np.cos(turn), -np.sin(turn), 900], [np.sin(turn), np.cos(turn), 700], [0, 0, 1]]) * np.array([[3], [3], [1]])
    seen[2, :2] = rng.uniform(-2e-4, 2e-4, 2)
    return seen


def through(view: np.ndarray, corners: np.ndarray) -> np.ndarray:
    ahead = np.c_[corners, np.ones(len(corners))] @ view.T
    return ahead[:, :2] / ahead[:, 2:]


def scene(some: Study, direction: Any, rng: np.random.Generator) -> tuple[dict[int, tuple[tuple[float, float], float]], tuple[float, ...]]:
    """Where each card lies and how it is turned, and the value of each statement."""
    laid, order = board(some, direction), rng.permutation(len(some.ids)).tolist()
    lying, values = {}, [0.0] * len(order)
    for column in laid.columns:
        for place in range(column.places):
            i = order.pop()
            values[i] = column.value
            at = (column.middle + rng.uniform(-18, 18), TOP + LABELS + (place + 0.5) * PLACE_HIGH + rng.uniform(-8, 8))
            lying[i] = (at, rng.normal(0, 20) + 180 * (rng.random() < 0.2))
    return lying, tuple(values)


def looked(some: Study, direction: Any, cards: list[tuple[int, tuple[float, float], float]], rng: np.random.Generator) -> Reading:
    """What is read where these marks of cards lie at these places."""
    laid, view = board(some, direction), camera(rng)
    corners = [
        Seen(mark, through(view, np.array([[x, y], [x + BOARD_MARK, y], [x + BOARD_MARK, y + BOARD_MARK], [x, y + BOARD_MARK]])))
        for mark, (x, y) in laid.corners()
    ]
    found = corners + [Seen(mark, through(view, mark_at(at, degrees)) + rng.normal(0, 0.3, (4, 2))) for mark, at, degrees in cards]
    rng.shuffle(found)  # type: ignore[arg-type]
    return judged(some, laid, found, "table.jpg", "ana")


GRIDS = st.dictionaries(st.integers(-6, 6), st.integers(1, 6), min_size=2, max_size=9)
DIRECTIONS = st.sampled_from(["ltr", "rtl"])
SEEDS = st.integers(0, 2**32 - 1)


@given(GRIDS, DIRECTIONS, SEEDS)
def test_a_whole_table_gives_its_sort_whichever_way_it_is_seen(grid: dict[float, int], direction: Any, seed: int):
    rng, some = np.random.default_rng(seed), study(grid)
    lying, values = scene(some, direction, rng)
    marks = of_cards(some)
    cards = [(marks[i], *where) for i, where in lying.items()]
    got = looked(some, direction, cards + cards[: rng.integers(0, 3)], rng)  # a second look at the same card is no second card
    assert got.faults == ()
    assert got.values == values


TAMPERED = ("gone", "double", "stranger instead", "stranger besides", "between", "beside", "column full")


@given(GRIDS, DIRECTIONS, SEEDS, st.sampled_from(TAMPERED))
def test_no_card_is_ever_guessed(grid: dict[float, int], direction: Any, seed: int, how: str):
    rng, some = np.random.default_rng(seed), study(grid)
    laid, marks = board(some, direction), of_cards(some)
    lying, values = scene(some, direction, rng)
    cards = {i: (marks[i], *where) for i, where in lying.items()}
    one = int(rng.choice(list(cards)))
    strange = next(mark for mark in rng.permutation(900).tolist() if mark not in marks)
    mark, at, degrees = cards[one]
    more: list[tuple[int, tuple[float, float], float]] = []
    touching = [column.left for column in laid.columns[1:]]
    if how == "gone":
        del cards[one]
    elif how == "double":
        more = [(mark, (at[0] + (PLACE_WIDE if at[0] < laid.wide / 2 else -PLACE_WIDE), at[1]), degrees)]
    elif how == "stranger instead":
        cards[one] = (strange, at, degrees)
    elif how == "stranger besides":
        more = [(strange, (at[0] + 5, at[1] + 5), degrees)]
    elif how == "between":
        cards[one] = (mark, (float(rng.choice(touching)) + rng.uniform(-10, 10), at[1]), degrees)
    elif how == "beside":
        cards[one] = (mark, (laid.columns[0].left - 60, at[1]), degrees)
    else:
        other = next(column for column in laid.columns if column.value != values[one])
        cards[one] = (mark, (other.middle, laid.places_from + 20), degrees)
    got = looked(some, direction, [*cards.values(), *more], rng)
    assert got.values == ()
    assert got.faults
    said = " ".join(fault.message for fault in got.faults)
    expected = {
        "gone": "not seen",
        "double": "lies there twice",
        "stranger instead": "another study",
        "stranger besides": "another study",
        "between": "between columns",
        "beside": "beside the columns",
        "column full": "instead of",
    }
    assert expected[how] in said
    if how in ("gone", "double", "between", "beside"):
        assert f"{one + 1} ({some.ids[one]})" in said
    for read in got.cards:  # and what was seen lies where it lies
        if read.statement is not None and read.column is not None and read.statement != one:
            assert read.column == values[read.statement]


def test_a_board_that_is_joined_badly_is_refused():
    rng, some = np.random.default_rng(1), study()
    laid = board(some, "ltr")
    for off, refused in ((1.0, False), (25.0, True)):
        found = []
        for n, (mark, (x, y)) in enumerate(laid.corners()):
            size = BOARD_MARK + (off if n == 0 else 0)
            found.append(
                Seen(mark, through(camera(np.random.default_rng(2)), np.array([[x, y], [x + size, y], [x + size, y + size], [x, y + size]])))
            )
        lying, _ = scene(some, "ltr", rng)
        view = camera(np.random.default_rng(2))
        found += [Seen(of_cards(some)[i], through(view, mark_at(*where))) for i, where in lying.items()]
        got = judged(some, laid, found, "table.jpg", "ana")
        assert bool(got.faults) == refused
    assert "do not lie as they are printed" in got.faults[0].message


def test_a_free_distribution_takes_any_counts():
    free = study(distribution="free")
    middle = board(free, "ltr").columns[0].middle
    cards = [(mark, (middle, 70.0 + 40 * n), 0.0) for n, mark in enumerate(of_cards(free)[:3])]
    far = board(free, "ltr").columns[4].middle
    cards += [(mark, (far + n % 3, 60.0 + 20 * n), 0.0) for n, mark in enumerate(of_cards(free)[3:])]
    got = looked(free, "ltr", cards, np.random.default_rng(1))
    assert got.values == (-2.0,) * 3 + (2.0,) * 6
    assert looked(study(), "ltr", [], np.random.default_rng(1)).values == ()


# Pictures of tables.


def table_of(some: Study, changes: Any = None, seed: int = 5, language: str = "en") -> tuple[np.ndarray, tuple[float, ...]]:
    """A photograph of a table on which something was changed after the sort."""
    rng = np.random.default_rng(seed)
    table, values = laid_out(some, rng, language)
    if changes is not None:
        changes(table, board(some, some.direction(language)))
    return photographed(table, GOOD, rng), values


@pytest.mark.parametrize(("conditions", "least"), [("good light", 3), ("half light", 3), ("much too bad", 0)])
def test_rendered_tables_are_read_and_no_card_in_a_wrong_column(conditions: str, least: int):
    whole = 0
    for seed, language in ((1, "en"), (2, "ar"), (3, "es")):
        rng = np.random.default_rng(seed)
        table, values = laid_out(LEADERSHIP, rng, language, "letter" if seed == 2 else "a4")
        got = read_back(LEADERSHIP, photographed(table, CONDITIONS[conditions], rng))
        if isinstance(got, DataError):
            continue
        assert all(one.column in (None, values[one.statement]) for one in got.cards if one.statement is not None)
        assert bool(got.values) != bool(got.faults)
        if got.values:
            assert got.values == values
            whole += 1
    assert whole >= least


@pytest.mark.parametrize("turn", [cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_a_picture_may_be_upside_down_or_on_its_side(turn: int):
    content, values = photograph()
    turned = cv2.rotate(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE), turn)
    got = read_back(LEADERSHIP, cv2.imencode(".png", turned)[1])
    assert isinstance(got, Reading)
    assert got.values == values


def second_card(table: np.ndarray, laid: Any) -> None:
    """Card 1 once more, on the empty corner of the board."""
    lay(table, card(LEADERSHIP, "en", "a4", 0), (AROUND + 60, AROUND + laid.high - 90), 0)


def test_two_cards_of_the_same_number_are_named():
    packed, values = table_of(LEADERSHIP, second_card)
    got = read_back(LEADERSHIP, packed)
    assert isinstance(got, Reading)
    assert got.values == ()
    [fault] = got.faults
    assert "card 1 (s1) lies there twice" in fault.message
    assert all(one.column == values[one.statement] for one in got.cards if one.statement)


def test_a_card_of_another_study_is_named():
    other = LEADERSHIP.model_copy(update={"study": "other"})
    strange = next(i for i, mark in enumerate(of_cards(other)) if mark not in of_cards(LEADERSHIP))
    packed, _ = table_of(LEADERSHIP, lambda table, laid: lay(table, card(other, "en", "a4", strange), (AROUND + 60, AROUND + laid.high - 90), 0))
    got = read_back(LEADERSHIP, packed)
    assert isinstance(got, Reading)
    assert [fault.message for fault in got.faults] == ["1 card of another study or another version lies there: in column −4"]


def test_the_table_of_another_study_is_refused():
    packed, _ = table_of(LEADERSHIP.model_copy(update={"study": "other"}))
    got = read_back(LEADERSHIP, packed)
    assert isinstance(got, DataError)
    assert f"is not that of version {LEADERSHIP.version} of the study leadership" in str(got)


def test_cards_of_another_study_on_the_right_board_are_all_refused():
    other, rng = LEADERSHIP.model_copy(update={"version": LEADERSHIP.version + 1}), np.random.default_rng(1)
    table, laid = joined(LEADERSHIP, "en", "a4", rng)
    pages = sheets(other, "en", "a4", "cards")
    i = 0
    for column in laid.columns:
        for place in range(column.places):
            lay(table, cut_out(pages, "a4", i), (AROUND + column.middle, AROUND + laid.places_from + (place + 0.5) * PLACE_HIGH), 0)
            i += 1
    got = read_back(LEADERSHIP, photographed(table, GOOD, rng))
    assert isinstance(got, Reading)
    assert got.values == ()
    assert any("of another study or another version" in fault.message for fault in got.faults)
    assert any("not seen" in fault.message for fault in got.faults)


# Files that are no photographs of a table.


def png(wide: int, high: int, rows: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def flipped() -> bytes:
    picture = cv2.imdecode(np.frombuffer(photograph()[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    return cv2.imencode(".jpg", picture[:, ::-1])[1].tobytes()


def half() -> bytes:
    picture = cv2.imdecode(np.frombuffer(photograph()[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    return cv2.imencode(".jpg", picture[:, :1300])[1].tobytes()


def noise() -> bytes:
    return cv2.imencode(".png", np.random.default_rng(1).integers(0, 256, (1936, 2581)).astype(np.uint8))[1].tobytes()


HOSTILE = {
    "empty": (lambda: b"", "no photograph that can be read"),
    "text": (lambda: b"statement,ana\ns1,1\n", "no photograph that can be read"),
    "gif": (lambda: b"GIF89a" + bytes(50), "no photograph that can be read"),
    "heic": (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(100), "HEIC"),
    "only the head of a jpeg": (lambda: photograph()[0][:20], "no photograph that can be read"),
    "png without pixels": (lambda: png(2000, 1500), "damaged"),
    "png that ends early": (lambda: png(2000, 1500, zlib.compress(bytes(2001 * 1500))[:100]), "damaged|no mark"),
    "one pixel": (lambda: cv2.imencode(".png", np.zeros((1, 1), np.uint8))[1].tobytes(), "1 x 1 pixels, too few"),
    "a line": (lambda: cv2.imencode(".png", np.zeros((1, 60000), np.uint8))[1].tobytes(), "too few"),
    "a bomb": (lambda: png(60000, 60000, zlib.compress(bytes(10_000_000), 9)), "60000 x 60000 pixels, too many"),
    "a bomb beyond all numbers": (lambda: png(2**32 - 1, 2**32 - 1), "too many"),
    "no size": (lambda: png(0, 0), "too few"),
    "black": (lambda: cv2.imencode(".png", np.zeros((1936, 2581), np.uint8))[1].tobytes(), "no mark"),
    "noise": (noise, "no mark|no corner mark"),
    "mirrored": (flipped, "mirror image"),
    "half a table": (half, "corner marks top right, bottom right"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_photograph_of_the_table_is_refused_at_once(case: str, qmethod_command: Qmethod, tmp_path: Path):
    made, said = HOSTILE[case]
    Path("bad.jpg").write_bytes(made())
    before = hashes(tmp_path)
    done = promptly(lambda: qmethod_command("photo", "leadership", "bad.jpg", "--out", "sorts.csv"), 4)  # less than 2 on a quiet machine
    assert done.exit_code == 2
    assert done.stderr.startswith("qmethod: bad.jpg: ")
    assert any(part in done.stderr for part in said.split("|")), done.stderr
    assert hashes(tmp_path) == before


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xc0", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"]),
)
def test_no_bytes_are_too_odd_to_be_asked_for_their_size(content: bytes, head: bytes):
    size = dimensions(head + content)
    assert size is None or len(size) == 2


@given(st.integers(300, 900), st.integers(300, 900), st.sampled_from([".jpg", ".png"]))
def test_sizes_are_those_that_opencv_unpacks(wide: int, high: int, kind: str):
    content = cv2.imencode(kind, np.zeros((high, wide), np.uint8))[1].tobytes()
    assert dimensions(content) == (wide, high)


def test_a_large_photograph_is_brought_to_size_first(tmp_path: Path):
    content, values = photograph()
    large = cv2.resize(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE), None, fx=2, fy=2)
    cv2.imwrite(str(tmp_path / "large.jpg"), large)
    got = read_back(LEADERSHIP, np.frombuffer((tmp_path / "large.jpg").read_bytes(), np.uint8))
    assert isinstance(got, Reading)
    assert got.values == values
    assert grey(tmp_path / "large.jpg").shape == large.shape


# The command.


def broken() -> bytes:
    """A table on which something dark lies on a few cards."""
    picture = cv2.imdecode(np.frombuffer(photograph()[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    picture[800:1000, 1000:1400] = 20
    return cv2.imencode(".jpg", picture)[1].tobytes()


def test_sorts_are_added_and_another_of_the_same_person_is_not_written_over(qmethod_command: Qmethod):
    (first, values), (second, others) = photograph(1), photograph(2)
    Path("ana.jpg").write_bytes(first)
    Path("ben.jpg").write_bytes(second)
    assert qmethod_command("photo", "leadership", "ana.jpg", "--out", "sorts.csv").exit_code == 0
    alone = Path("sorts.csv").read_bytes()
    assert qmethod_command("photo", "leadership", "ana.jpg", "--out", "sorts.csv").exit_code == 0
    assert Path("sorts.csv").read_bytes() == alone
    assert qmethod_command("photo", "leadership", "ben.jpg", "--out", "sorts.csv").exit_code == 0
    data = qmethod.read("sorts.csv")
    assert data.participants == ("ana", "ben")
    assert data.statements == LEADERSHIP.ids
    assert data.sorts.T.tolist() == [list(values), list(others)]
    assert data.forced
    both = Path("sorts.csv").read_bytes()
    refused = qmethod_command("photo", "leadership", "ben.jpg", "--participant", "ana", "--out", "sorts.csv")
    assert refused.exit_code == 2
    assert "another sort of this participant is here" in refused.stderr
    assert Path("sorts.csv").read_bytes() == both
    assert qmethod_command("photo", "leadership", "ben.jpg", "--participant", "ana", "--out", "sorts.csv", "--overwrite").exit_code == 0
    assert qmethod.read("sorts.csv").sorts.T.tolist() == [list(others), list(others)]


def test_a_broken_table_is_drawn_and_the_others_are_written(qmethod_command: Qmethod):
    Path("ana.jpg").write_bytes(photograph()[0])
    Path("ben.jpg").write_bytes(broken())
    done = qmethod_command("photo", "leadership", "ana.jpg", "ben.jpg", "--out", "new/sorts.csv", "--json")
    assert done.exit_code == 2
    assert "ben.jpg: card" in done.stderr
    told = json.loads(done.stdout)
    assert [one["whole"] for one in told["photographs"]] == [True, False]
    assert {Path(name).name for name in told["written"]} == {"sorts.csv", "ben-board.svg"}
    missing = told["photographs"][1]["missing"]
    assert 0 < len(missing) < 12
    assert len(told["photographs"][1]["cards"]) == 42 - len(missing)
    assert qmethod.read("new/sorts.csv").participants == ("ana",)
    drawn = Path("new/ben-board.svg").read_text(encoding="utf-8")
    assert all(f"({name})" in drawn for name in missing)
    assert all(f">{name}</text>" in drawn for name in set(LEADERSHIP.ids) - set(missing))
    assert not any(f">{name}</text>" in drawn for name in missing)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hello\n", "no earlier file of sorts"),
        ("statement,cy\nx1,0\nx2,1\nx3,-1\n", "their statements are others"),
        ("statement,cy\r\ns1,1\r\n", "no earlier"),
    ],
)
def test_a_file_that_is_not_of_this_kind_is_left_alone(content: str, said: str, qmethod_command: Qmethod):
    Path("ana.jpg").write_bytes(photograph()[0])
    Path("sorts.csv").write_text(content, newline="")
    done = qmethod_command("photo", "leadership", "ana.jpg", "--out", "sorts.csv", "--overwrite")
    assert done.exit_code == 2
    assert said in done.stderr
    assert Path("sorts.csv").read_bytes() == content.encode()


@given(
    st.lists(
        st.sampled_from(["1", "-2", "text", "s1", "s2", "id", "2024-01-01", "a,b", "a;b", "Ana", "=1+1", "p 1", "1.5", "grid", "#"]),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_a_file_of_sorts_is_read_as_it_is_meant_or_not_written(names: list[str]):
    some, rng = study(), np.random.default_rng(1)
    sorts = {name: tuple(rng.permutation([-2.0, -1, -1, 0, 0, 0, 1, 1, 2]).tolist()) for name in names}
    data = added(some, Path("sorts.csv"), None, sorts, overwrite=False)
    try:
        content = as_csv(data)
    except DataError as refused:
        assert "--participant" in str(refused)  # noqa: PT017
        return
    again = qmethod.read(content)
    assert again.participants == tuple(names)
    assert again.sorts.T.tolist() == [list(values) for values in sorts.values()]


def test_wrong_calls_are_refused(qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch):
    Path("ana.jpg").write_bytes(b"x")
    Path("there").mkdir()
    Path("there/ana.jpg").write_bytes(b"x")
    for words, said in (
        (("ana.jpg", "there/ana.jpg"), "two photographs are of 'ana'"),
        (("ana.jpg", "--participant", "a", "--participant", "b"), "2 for 1 photographs"),
        (("nowhere.jpg",), "nowhere.jpg"),
    ):
        done = qmethod_command("photo", "leadership", *words, "--out", "sorts.csv")
        assert done.exit_code == 2
        assert said in done.stderr
    monkeypatch.setattr(photographs, "find_spec", lambda _: None)
    done = qmethod_command("photo", "leadership", "ana.jpg", "--out", "sorts.csv")
    assert done.exit_code == 2
    assert "qmethod[photo]" in done.stderr


def test_what_is_laid_on_a_table_is_as_large_as_it_is_printed():
    assert card(LEADERSHIP, "en", "a4", 41).shape == pytest.approx((CARD_HIGH * PX, CARD_WIDE * PX), abs=1)
