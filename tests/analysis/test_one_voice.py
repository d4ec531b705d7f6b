"""The command line as one voice: what holds for one command holds for all of them."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import Result

from qmethod_analysis.commands.cli import COMMANDS, GROUPS, main
from qmethod_analysis.commands.exit_codes import MEANINGS, ExitCode
from qmethod_analysis.commands.speaking import screen
from qmethod_analysis.words.shell import command_line
from qmethod_studies import library
from qmethod_studies.store import DEFAULT_URL
from tests.analysis.calls import CALLS, EVERY, FEW, READ_SORTS, WITH_JSON, every_command, in_shape, options, started
from tests.analysis.conftest import Qmethod, come_again
from tests.studies.store.acting import make_study

# Words


@pytest.mark.parametrize(
    "name", ["--overwrite", "--json", "--quiet", "--study", "--grid", "--layout", "--statements", "--seed", "--preset", "--database"]
)
def test_an_option_is_described_by_the_same_words_wherever_it_is(name: str) -> None:
    if name == "--database":
        del EVERY["simulate"]  # where it is somewhere to put them
    texts = {(options(one)[name].help or "").partition(" [default")[0] for one in EVERY.values() if name in options(one)}
    EVERY.update(every_command())
    assert len(texts) == 1, texts


def test_who_writes_says_out_and_who_computes_speaks_json() -> None:
    for called, one in EVERY.items():
        found = options(one)
        assert "--quiet" in found, called
        assert ("--json" in found) == (called in WITH_JSON), called
        assert ("-o" in found) == ("--out" in found), called
        if "--out" in found:  # but for studies, which are text of their authors, nothing is written over without a word
            assert ("--overwrite" in found) == (called not in ("study new", "study import", "study words")), called
        if called in READ_SORTS:
            assert {"--grid", "--layout", "--statements", "--encoding"} <= found.keys(), called


def test_what_is_named_is_called_the_same_everywhere() -> None:
    known = {
        "OUT",
        "SORTS",
        "STUDY",
        "[STUDY]...",
        "ANALYSIS",
        "ANALYSIS|STUDY",
        "ANALYSIS|SORTS",
        "ANALYSIS|STUDY|SORTS",
        "[ANALYSIS|STUDY|LISTING|SORTS]",
        "ANALYSIS[=STUDY]...",
        "RECIPE",
        "[STUDY]",
        "BACKUP",
        "NAME",
        "PATH...",
        "IMAGE...",
        "ID|CODE",
        "ID|CODE...",
    }
    for called, one in EVERY.items():
        for argument in (it for it in one.params if isinstance(it, click.Argument)):
            assert argument.metavar in known, called
            word = re.findall(r"[A-Z]+", argument.metavar or "")[0]
            assert re.search(rf"\b{word}\b", one.help or "") or word == "NAME", called


def test_help_stands_in_the_order_of_work_and_fits_a_narrow_terminal(qmethod_command: Qmethod) -> None:
    shown = qmethod_command("--help").stdout
    places = [shown.index(f"\n{title}:") for title in GROUPS] + [shown.index("\nExit status:")]
    assert places == sorted(places)
    for name, entry in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(entry.summary)}$", shown, re.MULTILINE), name
    for code, meaning in MEANINGS.items():
        assert re.search(rf"^  {int(code)} +{re.escape(meaning)}$", shown, re.MULTILINE), code


def test_the_page_names_every_exit_status() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    assert set(MEANINGS) == set(ExitCode)
    for code in ExitCode:
        assert re.search(rf"^\| {int(code)} \|", page, re.MULTILINE), code


# Faults


@pytest.mark.parametrize("called", EVERY)
@pytest.mark.parametrize("how", ["an unknown option", "an argument too many", "an option without its value"])
def test_bad_usage_is_told_in_one_shape_with_the_way_to_help(called: str, how: str, qmethod_command: Qmethod) -> None:
    words = called.split()
    valued = next((name for name, one in options(EVERY[called]).items() if not one.is_flag and name.startswith("--")), "--studdy")
    more = {"an unknown option": ["--frobnicate"], "an argument too many": ["a", "b", "c", "--frobnicate"], "an option without its value": [valued]}[
        how
    ]
    lines = in_shape(qmethod_command(*words, *more))
    assert lines[-1] == f"-> Help: qmethod {called} --help"
    assert qmethod_command(*words, "--help").exit_code == 0
    assert list(Path().iterdir()) == []


WRONG: dict[str, tuple[str, ...]] = {
    "study new": ("No Name",),
    "study check": ("nowhere",),
    "study import": ("nowhere", "--out", "new"),
    "study words": ("nowhere", "--language", "fi"),
    "study schema": ("--out", "full"),
    "serve": ("nowhere",),
    "kit": ("nowhere", "--out", "kit"),
    "enter": ("nowhere",),
    "photo": ("nowhere", __file__, "--out", "new.csv"),
    "invite": ("nowhere", "--links", "1", "--out", "links.csv"),
    "simulate": ("nowhere", "--out", "drawn.csv"),
    "status": ("nowhere",),
    "responses list": ("nowhere",),
    "responses show": ("nowhere", "ann"),
    "responses withdraw": ("nowhere", "ann", "--yes"),
    "responses erase": ("nowhere", "ann", "--yes"),
    "export": ("nowhere", "--out", "export"),
    "backup": ("nowhere", "--out", "a.backup"),
    "restore": ("nowhere", "--check"),
    "inspect": ("nowhere",),
    "convert": ("sorts.csv", "written"),
    "retain": ("nowhere",),
    "analyse": ("nowhere", "-k", "2"),
    "multiverse": ("nowhere", "-k", "2"),
    "partition": ("nowhere", "-k", "2"),
    "run": ("nowhere",),
    "sheet": ("nowhere",),
    "report": ("nowhere",),
    "publish": ("nowhere", "--out", "site"),
    "compare": ("nowhere", "leadership"),
    "classify": ("nowhere", "leadership"),
    "shorten": ("nowhere",),
}
assert {*WRONG} == {*EVERY}


@pytest.mark.parametrize("called", WRONG)
def test_bad_input_is_told_in_one_shape_and_leaves_nothing(called: str, qmethod_command: Qmethod) -> None:
    Path("full").mkdir()
    lines = in_shape(qmethod_command(*called.split(), *WRONG[called]))
    assert any(line.startswith("-> ") for line in lines)
    assert [path.name for path in Path().iterdir()] == ["full"]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), ExitCode.STOPPED, "stopped with Ctrl+C"),
        (OSError(28, "No space left on device"), ExitCode.ENVIRONMENT, "qmethod: No space left on device\n-> Make room"),
        (MemoryError(), ExitCode.ENVIRONMENT, "more memory than there is"),
        (OSError(28, "No space left on device", "x"), ExitCode.ENVIRONMENT, "x: No space left on device\n-> Make room"),
        (PermissionError(13, "Permission denied", "x"), ExitCode.ENVIRONMENT, "x: Permission denied\n-> "),
        (FileNotFoundError(2, "No such file or directory", "x"), ExitCode.BAD_INPUT, "x: No such file or directory\n-> Check the name"),
    ],
)
def test_what_the_machine_does_is_told_apart_from_what_was_given(
    error: BaseException, code: ExitCode, said: str, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("qmethod_analysis.recipe.sources.find_sorts", fail)
    in_shape(result := qmethod_command("inspect", "x"), code)
    assert said in result.stderr


def test_a_fault_of_the_program_is_not_taken_for_one_of_the_input(qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a slip")

    monkeypatch.setattr("qmethod_analysis.recipe.sources.find_sorts", fail)
    with pytest.raises(ValueError, match="a slip"):
        qmethod_command("inspect", "x")


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_whoever_stops_a_command_finds_no_half_folder(tmp_path: Path) -> None:
    sorts = tmp_path / "pipe"
    os.mkfifo(sorts)
    with started("analyse", "pipe", "-k", "4", "--bootstrap", "100000", "--out", "out", cwd=tmp_path) as running:
        sorts.write_bytes((library.path("climate") / "sorts.csv").read_bytes())  # waits until the command reads
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (ExitCode.STOPPED, b"")
    assert b"qmethod: stopped with Ctrl+C\n" in err
    assert b"Traceback" not in err
    assert list(tmp_path.iterdir()) == [sorts]


MAKING = """
import click
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.faults import Refusal, show

show(Refusal("what this loads makes classes of its own", 2))

def stopped(*_, **_more):
    exec("raise KeyboardInterrupt")

click.Command.main = stopped
main(["inspect", "climate"])
"""


def test_a_stop_while_a_class_is_made_is_a_stop_too(tmp_path: Path) -> None:
    """Dataclasses and named tuples are made by code that is a text. Interrupted there, ``python -m`` ends by the signal, though it was caught."""
    (tmp_path / "making.py").write_text(MAKING, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "making"], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (ExitCode.STOPPED, b"")
    assert done.stderr.endswith(b"qmethod: stopped with Ctrl+C\n")


def test_a_stop_between_commands_is_a_stop_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl+C while arguments are read, or after the last word of a command, ends as it does within one."""

    def stopped(*_: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(click.Command, "main", stopped)
    with pytest.raises(SystemExit) as ended:
        main.main(["inspect", "climate"])
    assert ended.value.code == ExitCode.STOPPED
    assert "stopped with Ctrl+C" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
def test_whoever_reads_no_further_is_left_in_peace(tmp_path: Path) -> None:
    with started("inspect", "climate", cwd=tmp_path) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == ExitCode.NOBODY_READS


# JSON, and silence


@pytest.mark.parametrize("called", WITH_JSON)
def test_json_is_one_document_and_nothing_else(called: str, place: Qmethod) -> None:
    result = place(*called.split(), *CALLS[called], "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert isinstance(json.loads(result.stdout), dict)


@pytest.mark.parametrize("called", CALLS)
def test_quiet_leaves_nothing_but_the_files(called: str, place: Qmethod) -> None:
    loud = place(*called.split(), *CALLS[called])
    assert loud.exit_code == 0, loud.output
    assert loud.stdout != ""
    if called == "invite":
        Path("new/links.csv").unlink()
    elif called in ("study new", "study import", "study words"):
        Path(CALLS[called][-1]).rename("earlier")
    come_again(called)
    result = place(*called.split(), *CALLS[called], "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("called", ["analyse", "retain", "multiverse", "classify"])
def test_json_has_the_keys_of_the_files(called: str, place: Qmethod) -> None:
    words = ("sorts.csv", "-k", "2", "--out", "new/analysis") if called == "analyse" else CALLS[called]
    made = json.loads(place(called, *words, "--json").stdout)
    if called == "analyse":
        assert made["solution"] == json.loads(Path("new/analysis/solution.json").read_text(encoding="utf-8"))
    elif called == "retain":
        place("analyse", "sorts.csv", "-k", 2, "--out", "counted")
        filed = json.loads(Path("counted/retention.json").read_text(encoding="utf-8"))
        assert set(made) <= set(filed)
        assert filed["rows"] if "rows" in made else filed
    for path in made.get("written", []):
        assert Path(path).is_file()


# Pipes out


@pytest.mark.parametrize("called", CALLS)
def test_in_a_pipe_no_line_is_broken_padded_or_coloured(called: str, place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    """However narrow the terminal is said to be, the words are the same."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    said = []
    for columns in ("20", "400"):
        monkeypatch.setenv("COLUMNS", columns)
        for made in ("new/links.csv", "park", "new/study", "new/words.yaml", "analysis/report.toml"):
            if Path(made).exists():
                Path(made).rename(f"{made}-{columns}")
        if said:
            come_again(called)
        said.append(place(*called.split(), *CALLS[called]).stdout)
    assert said[0] == said[1] != ""
    assert "\x1b" not in said[0]
    assert [line for line in said[0].splitlines() if line != line.rstrip()] == []


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_at_a_terminal_lines_fit_and_colour_is_left_out_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    for no_color in ("", "1"):
        monkeypatch.setenv("NO_COLOR", no_color)
        with screen(terminal := Terminal()) as console:
            console.print("one two three four " * 5, style="red")
        assert ("\x1b[31m" in terminal.getvalue()) == (not no_color)
        assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in terminal.getvalue().splitlines()) <= 40


# What comes next


def proposed(result: Result) -> list[list[str]]:
    """The commands that a command tells of, by their words after qmethod."""
    assert result.exit_code == 0, result.output
    told = re.search(r"^Next  qmethod .*(\n      qmethod .*)*", result.stdout, re.MULTILINE)
    return [shlex.split(line)[1:] for line in told[0].removeprefix("Next").splitlines()] if told else []


def test_each_command_tells_the_next_until_all_is_published(qmethod_command: Qmethod) -> None:
    name = "it's a park"
    (check,) = proposed(qmethod_command("study", "new", "park", "--out", name))
    assert check == ["study", "check", name]
    (serve,) = proposed(qmethod_command(*check))
    assert serve == ["serve", name]
    example = qmethod_command("simulate", name, "--database", DEFAULT_URL).stderr.partition("put in what you expect:\n")[2]
    with Path(name, "study.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{example}")
    waiting = proposed(qmethod_command("simulate", name, "-n", 24, "--database", DEFAULT_URL))  # where people would come to the server
    assert waiting[0][0] == "export"
    ran: list[str] = []
    while waiting:
        words = waiting.pop(0)
        more = FEW if words[0] == "multiverse" else ()
        ran.append(words[0])
        waiting += [new for new in proposed(qmethod_command(*words, *more)) if new not in waiting and new[0] not in ran]
    assert {"export", "inspect", "retain", "analyse", "report", "publish"} <= {*ran}
    assert list(Path().glob("**/index.html"))


def test_served_responses_are_exported_next(place: Qmethod, monkeypatch: pytest.MonkeyPatch) -> None:
    from qmethod_studies.writing import write

    write(make_study(access={"kind": "link"}), Path("demo"))
    server = SimpleNamespace(port=1, run=lambda: None, close=lambda: None)
    monkeypatch.setattr("qmethod_webform.listening.Listener", lambda *_arguments, **_options: server)
    (export,) = proposed(place("serve", "demo"))
    assert proposed(place(*export))[0] == ["inspect", "demo-export"]
    assert proposed(place("serve", "leadership")) == []


def test_a_path_is_quoted_as_a_shell_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shlex.split(command_line(("report", Path("it's & mine")))) == ["qmethod", "report", "it's & mine"]
    assert command_line(("report", Path("-x"))) == "qmethod report ./-x"


# Completion


@pytest.mark.parametrize(
    ("words", "begun", "wanted"),
    [
        ([], "re", ["responses", "restore", "retain", "report"]),
        (["study"], "c", ["check"]),
        (["inspect"], "Cl", ["climate"]),
        (["serve"], "lead", ["leadership"]),
        (["compare", "x"], "lead", ["leadership"]),
        (["report", "x", "--study"], "lead", ["leadership"]),
        (["analyse", "x", "--rotation"], "vari", ["varimax"]),
        (["inspect", "x", "--layout"], "st", ["statements-in-rows"]),
        (["retain", "x"], "--lay", ["--layout"]),
    ],
)
def test_a_shell_completes_commands_options_choices_and_studies(words: list[str], begun: str, wanted: list[str]) -> None:
    found = ShellComplete(main, {}, "qmethod", "_QMETHOD_COMPLETE").get_completions(words, begun)
    assert [item.value for item in found if item.type == "plain"] == wanted


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_page_says_how_each_shell_is_taught(shell: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"_QMETHOD_COMPLETE={shell}_source qmethod" in page
    taught = subprocess.run(
        [sys.executable, "-c", "from qmethod_analysis.commands.cli import main; main(prog_name='qmethod')"],
        env={**os.environ, "_QMETHOD_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "_QMETHOD_COMPLETE" in taught.stdout
    assert library.names()


def test_new_files_of_invitations_are_for_their_owner(place: Qmethod) -> None:
    place("invite", "demo", "--links", 1, "--out", "new/links.csv")
    assert stat.S_IMODE(Path("new/links.csv").stat().st_mode) == 0o600
