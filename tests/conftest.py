"""Settings of every test run."""

from __future__ import annotations

import gc
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from qmethod import threads

threads.hold()  # tests run beside each other, and the programs they start too
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL), (signal.SIGTERM, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:  # as by nohup, or behind a shell; what tests start would ignore it too
        signal.signal(number, usual)

from qmethod_studies.store import beginning  # noqa: E402
from tests.days import wait_for_a_day  # noqa: E402
from tests.order import LONG, early  # noqa: E402
from tests.room import take  # noqa: E402

take()

# How long an example takes depends on what else the machine does; no test here is about time. The same examples each time, so that what turns a run
# red is the change; other examples are for whoever looks for faults: --hypothesis-profile thorough.
settings.register_profile("untimed", deadline=None, max_examples=40, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("untimed")

pytest_plugins = ["tests.postgres", "tests.tables", "tests.codes", "tests.bitmaps"]

gc.disable()  # until all tests are found: they stay anyway, and looking through them again and again takes a third of the time

TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chance", default="1", help="of what the orders are drawn in which respondents see statements; each run draws the same")


@pytest.fixture(autouse=True)
def _drawn_alike(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test draws the same orders of statements in each run, another one with each ``--chance``."""
    monkeypatch.setattr(beginning, "_chance", random.Random(f"{request.config.getoption('--chance')} {request.node.nodeid}"))


@pytest.fixture(autouse=True)
def _one_day() -> None:
    """No test begins on one day and ends on the next."""
    wait_for_a_day()


SLOW = (
    "analysis/test_advice_followed.py",
    "analysis/test_backup_command.py",
    "analysis/test_brief.py",
    "analysis/test_cli.py",
    "analysis/test_enter.py",
    "analysis/test_enter_board.py",
    "analysis/test_enter_terminal.py",
    "analysis/test_figures.py",
    "analysis/test_findings.py",
    "analysis/test_partition_command.py",
    "analysis/test_folder.py",
    "analysis/test_crashes.py",
    "analysis/test_cut_short.py",
    "analysis/test_hostile_calls.py",
    "analysis/test_hostile_files.py",
    "analysis/test_links.py",
    "analysis/test_ink.py",
    "analysis/test_interpretation.py",
    "analysis/test_kept_study.py",
    "analysis/test_kit.py",
    "analysis/test_listing.py",
    "analysis/test_multiverse.py",
    "analysis/test_multiverse_story.py",
    "analysis/test_names.py",
    "analysis/test_narrow_and_plain.py",
    "analysis/test_no_viewpoint.py",
    "analysis/test_notices_everywhere.py",
    "analysis/test_numbers_asked.py",
    "analysis/test_one_voice.py",
    "analysis/test_pickled.py",
    "analysis/test_photo.py",
    "analysis/test_places.py",
    "analysis/test_publish.py",
    "analysis/test_published_order.py",
    "analysis/test_published_people.py",
    "analysis/test_recipe.py",
    "analysis/test_renewed_report.py",
    "analysis/test_report.py",
    "analysis/test_report_anonymous.py",
    "analysis/test_report_formats.py",
    "analysis/test_result_manners.py",
    "analysis/test_retain.py",
    "analysis/test_side_by_side.py",
    "analysis/test_streamed.py",
    "analysis/test_written_over.py",
    "analysis/test_wrong_arguments.py",
    "browser",
    "docs/test_docstrings.py",
    "docs/test_notebook.py",
    "formats/test_decorations.py",
    "formats/test_planted.py",
    "formats/test_digits.py",
    "formats/test_frame_roles.py",
    "formats/test_frames.py",
    "formats/test_roles.py",
    "formats/test_writing.py",
    "load",
    "packaging/test_types.py",
    "packaging/test_wheel.py",
    "qmethod/test_bootstrap.py",
    "qmethod/test_calibration.py",
    "qmethod/test_cluster.py",
    "qmethod/test_oracle.py",
    "qmethod/test_partition.py",
    "qmethod/test_probability.py",
    "qmethod/test_reflection.py",
    "qmethod/test_retention.py",
    "qmethod/test_rotation.py",
    "qmethod/test_sensitivity.py",
    "qmethod/test_streaming.py",
    "qmethod/test_themes.py",
    "studies/store",
    "studies/test_a_new_kind.py",
    "studies/test_loading.py",
    "studies/test_loading_damaged.py",
    "studies/test_questions.py",
    "webform/test_answers.py",
    "webform/test_entering.py",
    "webform/test_forged.py",
    "webform/test_generation.py",
    "webform/test_journey.py",
    "webform/test_protocol.py",
    "webform/test_question_kinds.py",
    "webform/test_scriptless.py",
    "webform/test_translations.py",
    "webform/test_words.py",
)
"""Folders and files whose tests take longest. `make check` leaves them out; all others are marked as fast."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark the tests of the inner loop; where workers share those that were asked for, begin with what takes long."""
    if gone := [name for name in (*SLOW, *LONG) if not (TESTS / name).exists()]:
        raise pytest.UsageError(f"tests/conftest.py or tests/order.py calls slow what is not there: {', '.join(gone)}")
    files = {item.path for item in items}
    slow = {path: any(path.is_relative_to(TESTS / name) for name in SLOW) for path in files}
    for item in items:
        if not slow[item.path]:
            item.add_marker(pytest.mark.fast)
    yield
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        groups = {path: next((name for name in LONG if path.is_relative_to(TESTS / name)), None) for path in files}
        items[:] = [items[i] for i in early([groups[item.path] for item in items], workers)]


def pytest_collection_finish() -> None:
    """What is here by now stays to the end, so nobody looks through it again; what comes is looked through seldom, for little of it is left over."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
