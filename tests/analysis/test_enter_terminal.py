"""Sorts typed in at a terminal or through a pipe."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import qmethod
from qmethod_analysis.commands.cli import main
from qmethod_analysis.entry import drafts, people
from tests.analysis.conftest import Qmethod, hashes
from tests.analysis.entering import LEADERSHIP, in_order, lines, sort_of


def piped(*typed_lines: str, words: tuple[str, ...] = ()) -> Result:
    given = "".join(f"{line}\n" for line in typed_lines)
    return CliRunner().invoke(main, ["enter", "leadership", "--terminal", *words], input=given, catch_exceptions=False, prog_name="qmethod")


def test_sorts_come_from_a_pipe_and_are_analysed(qmethod_command: Qmethod) -> None:
    for turn in range(0, 42, 6):
        done = piped("AB", f"p{turn}", *lines(in_order(LEADERSHIP, turn)))
        assert done.exit_code == 0, done.output
    data = qmethod.read("sorts.csv")
    assert data.sorts.T.tolist() == [list(sort_of(LEADERSHIP, in_order(LEADERSHIP, turn))) for turn in range(0, 42, 6)]
    made = qmethod_command("analyse", "sorts.csv", "-k", 2, "--no-retention", "--out", "made")
    assert made.exit_code == 0, made.output
    told = json.loads(piped("p0", *lines(in_order(LEADERSHIP)), "", words=("--by", "CD", "--check", "--json")).stdout.split("\n", 0)[0])
    assert told["participants"] == ["p0"]
    assert told["checked"]["sorts"] == 1


@pytest.mark.parametrize(
    ("at", "line", "said"),
    [
        (0, "1 2 3", "standard input:3: −4 has 3 cards instead of 2"),
        (0, "1", "standard input:3: −4 has 1 card instead of 2"),
        (2, "1 8 9 10 11", "standard input:5: card 1 is typed twice: in −4 and in −2"),
        (8, "41 43", "standard input:11: '43' in +4 is no number of a card"),
    ],
)
def test_a_wrong_line_of_a_pipe_is_named_and_the_sorts_before_it_are_kept(at: int, line: str, said: str, qmethod_command: Qmethod) -> None:
    assert piped("AB", "first", *lines(in_order(LEADERSHIP, 1))).exit_code == 0
    wrong = list(lines(in_order(LEADERSHIP)))
    wrong[at] = line
    done = piped("AB", "ana", *wrong)
    assert done.exit_code == 2
    assert said in done.stderr
    assert qmethod.read("sorts.csv").participants == ("first",)
    assert drafts.find(LEADERSHIP, Path("sorts.csv"), "ana", check=False) is not None
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP))).exit_code == 0
    assert qmethod.read("sorts.csv").participants == ("first", "ana")


def test_the_same_pipe_again_changes_nothing_and_another_sort_is_refused(qmethod_command: Qmethod, tmp_path: Path) -> None:
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP))).exit_code == 0
    before = hashes(tmp_path)
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP))).exit_code == 0
    assert hashes(tmp_path) == before
    refused = piped("AB", "ana", *lines(in_order(LEADERSHIP, 1)))
    assert refused.exit_code == 2
    assert "a sort of this participant is here" in refused.stderr
    assert hashes(tmp_path).items() > before.items()  # the new one is a draft
    assert piped("AB", "ana", *lines(in_order(LEADERSHIP, 1)), words=("--overwrite",)).exit_code == 0
    assert qmethod.read("sorts.csv").sorts[:, 0].tolist() == list(sort_of(LEADERSHIP, in_order(LEADERSHIP, 1)))


def test_an_input_that_ends_within_a_sort_gives_none(qmethod_command: Qmethod) -> None:
    done = piped("AB", "ana", *lines(in_order(LEADERSHIP))[:5])
    assert done.exit_code == 2
    assert "ends within this sort" in done.stderr
    assert not Path("sorts.csv").exists()


def test_answers_are_asked_for_in_the_terminal_where_that_is_wanted(qmethod_command: Qmethod) -> None:
    n = sum(question.answerable for question in LEADERSHIP.questions)
    done = piped("AB", "ana", *lines(in_order(LEADERSHIP)), "1", *[""] * n, words=("--answers",))
    assert done.exit_code == 0, done.stderr
    _, row = people.file_of(Path("sorts.csv")).read_text(encoding="utf-8").splitlines()
    [experience] = [question for question in LEADERSHIP.questions if question.id == "experience"]
    assert next(iter(experience.option_texts("en").values())) in row


@pytest.mark.skipif(os.name == "nt", reason="terminals of Unix")
def test_at_a_terminal_a_slip_is_asked_again_and_one_can_go_back(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "qmethod", "enter", "leadership", "--terminal", "--by", "AB"]
    right = lines(in_order(LEADERSHIP))
    with subprocess.Popen(words, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        seen = ""

        def until(what: str) -> None:
            nonlocal seen
            end = time.monotonic() + 60
            while what not in seen:
                assert time.monotonic() < end, seen
                if select.select([ours], [], [], 1)[0]:
                    seen += os.read(ours, 65536).decode()
            seen = seen.partition(what)[2]

        def say(line: str) -> None:
            os.write(ours, f"{line}\n".encode())

        until("Participant")
        say("ana")
        until("−4 (2 cards)")
        say("1 3")  # 3 is a slip that shows only when it comes again
        until("3 ")
        until("−3 (4 cards)")
        say(right[1])
        until("card 3 is typed twice: in −4 and in −3")
        until("−3 (4 cards)")
        say("b")
        until("−4 (2 cards) [1 3]")
        say(right[0])
        until("−3 (4 cards)")
        say(right[1])
        for line in right[2:]:
            until(" card")
            until("]: " if "[" in seen else ": ")
            say(line)
        until("Saved: ana, 42 cards.")
        until("Participant")
        say("")
        until("Written")
        running.wait(30)
    os.close(ours)
    assert running.returncode == 0
    assert qmethod.read(tmp_path / "sorts.csv").sorts[:, 0].tolist() == list(sort_of(LEADERSHIP, in_order(LEADERSHIP)))
