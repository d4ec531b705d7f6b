"""The command line: documented, quick to start, and plain about what it refuses."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.minus import MINUSES
from qmethod.policies import Policies, describe
from qmethod_analysis.commands.analyse import _turn
from qmethod_analysis.commands.cli import COMMANDS, main
from qmethod_analysis.commands.conventions import given_policies, option_name
from qmethod_analysis.commands.exit_codes import ExitCode
from qmethod_analysis.folder import staging
from qmethod_studies import library
from tests.analysis.conftest import LIPSET, UNFORCED, Qmethod, hashes
from tests.formats.hostile import HOSTILE, Hostile

FILES = {
    "loadings.csv",
    "z_scores.csv",
    "factor_arrays.csv",
    "characteristics.csv",
    "factor_correlations.csv",
    "sed.csv",
    "contrasts.csv",
    "places.csv",
    "common_ground.csv",
    "free_distribution.csv",
    "crib_sheet.csv",
    "differences.csv",
    "factor_scores_ranked.csv",
    "correlations.csv",
    "retention.csv",
    "retention.json",
    "analysis-files.txt",
    "solution.json",
    "analysis.toml",
    "report.html",
}


def command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_commands_are_documented(name: str, qmethod_command: Qmethod):
    result = qmethod_command(name, "--help")
    assert result.exit_code == ExitCode.OK
    assert COMMANDS[name].summary in result.stdout
    assert f"qmethod {name} " in result.stdout.split("Example:")[1]
    for parameter in command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
    assert qmethod_command(name, "-h").stdout == result.stdout


def test_every_policy_has_an_option_that_explains_it():
    options = {parameter.name: parameter for parameter in command("analyse").params if isinstance(parameter, click.Option)}
    for policy in describe():
        option = options[policy["name"]]
        assert option_name(policy["name"]) in option.opts
        assert (option.help or "").lower().startswith(policy["about"].lower())
        if isinstance(policy["default"], bool):
            assert option.secondary_opts == [f"--no-{option_name(policy['name'])[2:]}"]
        elif "choices" in policy:
            assert isinstance(option.type, click.Choice)
            assert list(option.type.choices) == list(policy["choices"])


def other_value(policy: dict) -> tuple[list[str], object]:
    """Arguments that set a policy to something else than its standard, and the value they should give."""
    name, default = policy["name"], policy["default"]
    option = option_name(name)
    if isinstance(default, bool):
        return [f"--no-{option[2:]}" if default else option], not default
    if isinstance(default, tuple):
        return [option, "0.1,0.05"], (0.1, 0.05)
    if "choices" in policy:
        return [option, policy["choices"][1]], policy["choices"][1]
    low, high = policy["range"]
    value = default * 2 if default * 2 <= high else (low + default) / 2
    return [option, repr(value)], value


@pytest.mark.parametrize("policy", describe(), ids=lambda policy: policy["name"])
def test_every_option_sets_its_policy(policy: dict):
    arguments, value = other_value(policy)
    context = command("analyse").make_context("analyse", ["sorts.csv", "--factors", "2", *arguments])
    assert given_policies(context.params) == {policy["name"]: value}


def every_option() -> list[tuple[str, click.Command, click.Option]]:
    """All options of all commands, those of groups among them."""
    found, waiting = [], [(name, command(name)) for name in COMMANDS]
    while waiting:
        name, one = waiting.pop()
        waiting += [(f"{name} {inner}", it) for inner, it in one.commands.items()] if isinstance(one, click.Group) else []
        found += [(name, one, parameter) for parameter in one.params if isinstance(parameter, click.Option)]
    return found


def test_every_choice_may_be_typed_in_capitals_and_every_number_with_any_minus():
    choices = numbers = 0
    for name, one, option in every_option():
        context = click.Context(one)
        if isinstance(option.type, click.Choice):
            choices += 1
            for choice in option.type.choices:
                assert option.type.convert(str(choice).upper(), option, context) == choice, (name, option.name)
        elif isinstance(option.type, click.types.IntParamType | click.types.FloatParamType):
            numbers += 1
            low = getattr(option.type, "min", None)
            for sign in "-" + MINUSES:
                if low is None or low <= -3:
                    assert option.type.convert(f"{sign}3", option, context) == -3, (name, option.name)
                else:  # a number that is read, and refused for what it is
                    with pytest.raises(click.BadParameter, match="is not in the range"):
                        option.type.convert(f"{sign}3", option, context)
            if isinstance(option.type, click.types.FloatParamType):
                assert option.type.convert("0,75", option, context) == 0.75, (name, option.name)
    assert choices > 10
    assert numbers > 10


@given(
    first=st.integers(1, 9),
    second=st.integers(1, 9),
    tenths=st.integers(-1800, 1800),
    mark=st.sampled_from(("", "f", "F")),
    minus=st.sampled_from("-" + MINUSES),
    degree=st.sampled_from(("", "°", " °")),
    between=st.sampled_from((",", ", ", ";")),
    reason=st.sampled_from(("", "why", "s2, s3", "2 and 3 meet")),
)
def test_a_rotation_is_read_as_it_is_written(
    first: int, second: int, tenths: int, mark: str, minus: str, degree: str, between: str, reason: str
) -> None:
    degrees = f"{abs(tenths) / 10:g}"
    if between == ";":
        degrees = degrees.replace(".", ",")
    written = between.join([f"{mark}{first}", f"{mark}{second}", (minus if tenths < 0 else "") + degrees + degree, *([reason] if reason else [])])
    assert _turn(written) == (first, second, tenths / 10, reason)


@given(whole=st.integers(0, 180), decimals=st.integers(0, 99), sign=st.sampled_from(("", "-", "−")), rest=st.sampled_from(("", "°", ",they meet")))
def test_an_angle_with_a_comma_is_never_cut(whole: int, decimals: int, sign: str, rest: str) -> None:
    """Neither whole degrees with the decimals as a reason, nor a guess: both readings are told, and the first can be typed as it is told."""
    with pytest.raises(click.BadParameter, match="can be read in two ways") as caught:
        _turn(f"1,2,{sign}{whole},{decimals}{rest}")
    told = re.search(r"write (\S+), with a point; .*in words: (.*)$", caught.value.message)
    assert told is not None
    assert _turn(told[1])[2] == pytest.approx(float(f"{'-' if sign else ''}{whole}.{decimals}"))
    assert _turn(told[2]) == (1, 2, float(f"{'-' if sign else ''}{whole}"), f"because of {decimals}")


def test_policies_reach_the_result(qmethod_command: Qmethod):
    result = qmethod_command(
        "analyse", LIPSET, "-k", 2, "-o", "out", "--preset", "kade", "--extraction", "centroid", "--no-kaiser", "--flag-level", 0.1
    )
    assert result.exit_code == ExitCode.OK
    recorded = json.loads(Path("out/solution.json").read_text())["policies"]
    assert recorded == Policies.preset("kade", extraction="centroid", kaiser=False, flag_level=0.1).to_dict()


def test_help_needs_no_numpy_and_no_time():
    code = "import sys; from qmethod_analysis.commands.cli import main; main(['--help'], standalone_mode=False)"
    code += "; print('numpy' in sys.modules, 'rich' in sys.modules)"
    best = 9.0
    for _ in range(3):
        before = os.times()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        after = os.times()
        best = min(best, after.children_user + after.children_system - before.children_user - before.children_system)
    assert done.stdout.split()[-2:] == ["False", "False"]
    assert best < 1.0  # of the processor; 0.1 s on a quiet machine


def test_the_module_is_the_command(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "qmethod", "analyse", "nowhere.csv", "-k", "2"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == ExitCode.BAD_INPUT
    assert done.stdout == ""
    assert done.stderr.startswith("qmethod: nowhere.csv: there is no such file\n")
    assert "climate" in done.stderr


def test_version(qmethod_command: Qmethod):
    from qmethod import __version__

    assert qmethod_command("--version").stdout == f"qmethod {__version__}\n"


def test_analyse_writes_a_folder_and_says_what_it_found(qmethod_command: Qmethod):
    Path("sorts.csv").write_bytes(LIPSET.read_bytes())
    result = qmethod_command("analyse", "sorts.csv", "--factors", 3)
    assert result.exit_code == ExitCode.OK
    assert set(hashes(Path("sorts-analysis"))) == FILES
    assert tomllib.loads(Path("sorts-analysis/analysis.toml").read_text())["input"]["path"] == "../sorts.csv"
    for words in ("9 sorts of 33 statements", "3 viewpoints, 63.8 %", "-JP5", "f1 is bipolar", "sorts-analysis/report.html"):
        assert words in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stderr == ""
    assert "Next  qmethod report sorts-analysis\n" in result.stdout


def test_summary_stays_short_with_many_sorts(qmethod_command: Qmethod):
    result = qmethod_command("analyse", "climate", "--factors", 3, "--out", "out", "--title", "Climate", "--name", "f2=Working together")
    assert len(result.stdout.splitlines()) < 60
    for words in ("Climate", "f2      Working together", "and 256 more", "It is important to vote for leaders who will combat climate change."):
        assert words in result.stdout


def test_same_bytes_twice_wherever_they_are_written(qmethod_command: Qmethod, tmp_path: Path):
    arguments = ("analyse", "climate", "--factors", 4, "--extraction", "centroid", "--rotate", "1,2,-7.5", "--notes", "two\nlines")
    qmethod_command(*arguments, "--out", "one")
    qmethod_command(*arguments, "--out", tmp_path / "deep" / "er" / "two")
    assert hashes(Path("one")) == hashes(tmp_path / "deep" / "er" / "two")
    for path in Path("one").iterdir():
        assert str(tmp_path) not in path.read_text()
        assert str(Path.home()) not in path.read_text()


def test_texts_beside_the_sorts_are_used_where_they_fit(qmethod_command: Qmethod):
    Path("sorts.csv").write_text("statement,p1,p2,p3\ns1,-1,0,1\ns2,0,1,-1\ns3,1,-1,0\ns4,0,0,0\n")
    Path("statements.csv").write_text("id,text\ns1,Rain\ns2,Snow\ns3,Hail\ns4,Fog\n")
    result = qmethod_command("analyse", "sorts.csv", "-k", 1)
    assert "Statement texts were taken from statements.csv" in " ".join(result.stdout.split())
    assert 'statements = "../statements.csv"' in Path("sorts-analysis/analysis.toml").read_text()
    assert "Snow" in Path("sorts-analysis/report.html").read_text()
    Path("statements.csv").write_text("id,text\nx1,Rain\n")
    result = qmethod_command("analyse", "sorts.csv", "-k", 1, "--out", "without")
    assert "does not fit" in " ".join(result.stdout.split())
    assert result.exit_code == ExitCode.OK


def test_grid_that_begins_with_a_minus(qmethod_command: Qmethod):
    result = qmethod_command("analyse", UNFORCED, "-k", 2, "--grid", "-3:3,-2:6,-1:8,0:11,1:8,2:6,3:3", "--out", "out")
    assert result.exit_code == ExitCode.OK
    assert "do not follow the grid" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("analyse", LIPSET), "missing option"),
        (("analyse", LIPSET, "-k", "0"), "is no number from 1"),
        (("analyse", LIPSET, "-k", "3", "--extraction", "magic"), "'magic' is not one of"),
        (("analyse", LIPSET, "-k", "3", "--flag-level", "0.9"), "--flag-level must lie between"),
        (("analyse", LIPSET, "-k", "3", "--contrast-levels", "a,b"), "not a list of numbers"),
        (("analyse", LIPSET, "-k", "3", "--contrast-levels", "0.01,0.05"), "must descend"),
        (("analyse", LIPSET, "-k", "3", "--rotate", "1,2"), "two factors and an angle"),
        (("analyse", LIPSET, "-k", "3", "--rotate", "1,2,nan"), "is not an angle"),
        (("analyse", LIPSET, "-k", "3", "--rotate", "1,4,10"), "two different factors from 1 to 3"),
        (("analyse", LIPSET, "-k", "3", "--name", "f9=Nobody"), "there is no factor 'f9'"),
        (("analyse", LIPSET, "-k", "3", "--name", "f1"), "not a factor and a name"),
        (("analyse", LIPSET, "-k", "3", "--rotation", "target"), "needs a target"),
        (("analyse", LIPSET, "-k", "3", "--target", LIPSET), "needs `--rotation target`"),
        (("analyse", LIPSET, "-k", "3", "--grid", "1:2,x"), "is not a column of a grid"),
        (("analyse", LIPSET, "-k", "3", "--layout", "sideways"), "'sideways' is not one of"),
        (("analyse", LIPSET, "-k", "3", "--statements", "none.csv"), "does not exist"),
        (("analyse", LIPSET.parent, "-k", "3"), "this is a folder"),
        (("analyse", "climat", "-k", "3"), "Did you mean climate? Name a file of sorts, or a study that ships with sorts: climate"),
        (("analyse", LIPSET, "-k", "90"), "factor"),
        (("run", "analysis.toml"), "there is no such recipe"),
        (("inspect", "nothing.csv"), "there is no such file"),
        (("frobnicate",), "no such command 'frobnicate'. qmethod --help lists the commands."),
        (("analyze", LIPSET), "no such command 'analyze'. Did you mean analyse?"),
        (("chek",), "Did you mean study check?"),
        (("study", "chek"), "Did you mean check"),
        ((LIPSET,), f"Name a command first, as in: qmethod inspect {LIPSET}"),
        (("analyse", LIPSET), f"`qmethod retain {LIPSET}` helps to choose"),
        (("multiverse", LIPSET), f"`qmethod retain {LIPSET}` helps to choose K"),
        (("analyse", LIPSET, "-k", "3", "--contrast-levels", "0,05,0,01"), "decimals need a point, as in 0.05"),
        (("analyse", LIPSET, "-k", "3", "--name", "f1=A", "--name", "1=B"), "f1 is named twice: 'A' and 'B'"),
    ],
)
def test_bad_input_and_bad_usage(qmethod_command: Qmethod, arguments: tuple[object, ...], message: str):
    result = qmethod_command(*arguments)
    assert result.exit_code == ExitCode.BAD_INPUT == 2
    assert any(part in result.stderr for part in message.split("|"))
    assert len(result.stderr.splitlines()) < 40
    assert result.stdout == ""
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_files(hostile: Hostile, qmethod_command: Qmethod, tmp_path: Path):
    path = hostile.write(tmp_path)
    before = hashes(tmp_path)
    options = [part for key, value in hostile.arguments for part in (f"--{key}", value)]
    result = qmethod_command("analyse", path.name, "-k", hostile.n_factors, *options)
    assert result.exit_code == ExitCode.BAD_INPUT
    assert result.stderr.startswith("qmethod: ")
    assert "Traceback" not in result.output
    assert len(result.stderr.splitlines()) < 40
    assert result.stdout == ""
    assert hashes(tmp_path) == before


@pytest.mark.parametrize(
    ("step", "message"),
    [("read_bytes", "sorts.csv: the file may not be read"), ("mkdir", "sorts-analysis: Permission"), ("write_through", "Permission")],
)
def test_files_that_may_not_be_used_are_no_crash(step: str, message: str, qmethod_command: Qmethod, monkeypatch: pytest.MonkeyPatch):
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    Path("sorts.csv").write_bytes(LIPSET.read_bytes())
    monkeypatch.setattr(staging if step == "write_through" else Path, step, refuse)
    result = qmethod_command("analyse", "sorts.csv", "-k", 1)
    assert result.exit_code == (ExitCode.BAD_INPUT if step == "read_bytes" else ExitCode.ENVIRONMENT)
    assert result.stderr.startswith("qmethod: sorts")
    assert message in result.stderr
    assert (result.stdout, [path for path in Path().rglob("*") if path.is_file()]) == ("", [Path("sorts.csv")])


def test_folders_of_others_are_left_alone(qmethod_command: Qmethod):
    Path("mine").mkdir()
    Path("mine/diary.txt").write_text("dear diary")
    result = qmethod_command("analyse", LIPSET, "-k", 2, "--out", "mine")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "what is here (diary.txt) is no earlier analysis; nothing was written" in result.stderr
    assert set(hashes(Path("mine"))) == {"diary.txt"}
    Path("file").write_text("")
    assert "a folder" in qmethod_command("analyse", LIPSET, "-k", 2, "--out", "file").stderr
    Path("empty").mkdir()
    assert qmethod_command("analyse", LIPSET, "-k", 2, "--out", "empty").exit_code == ExitCode.OK
    Path("empty/own-notes.md").write_text("keep me")
    assert qmethod_command("analyse", LIPSET, "-k", 3, "--out", "empty", "--overwrite").exit_code == ExitCode.OK
    assert Path("empty/own-notes.md").read_text() == "keep me"
    assert "n_factors = 3" in Path("empty/analysis.toml").read_text()


CASES = Path(__file__).parents[1] / "formats" / "cases"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing-99", "The value -99 lies far off all others"),
        ("missing-99", 'as the grid: "-2:1,-1:2,0:3,1:2,2:1"'),
        ("totals-row-and-mean", "'Mean' (line 1, column 8)"),
        ("totals-row-and-mean", "'Sum' (line 11, column 1)"),
        ("two-title-lines", "Institute of Examples"),
    ],
)
def test_what_is_odd_about_a_file_is_said_by_inspect_analyse_and_the_report(name: str, words: str, qmethod_command: Qmethod):
    sorts = CASES / f"{name}.csv"
    inspected = qmethod_command("inspect", sorts)
    analysed = qmethod_command("analyse", sorts, "-k", 2, "--no-retention", "--out", "out")
    page = html.unescape(Path("out/report.html").read_text(encoding="utf-8"))
    for printed in (inspected.stdout, analysed.stdout, page):
        assert words in " ".join(printed.split())


def test_inspect_in_words_and_as_json(qmethod_command: Qmethod):
    words = qmethod_command("inspect", UNFORCED)
    assert words.exit_code == ExitCode.OK
    for part in ("336", "45, without wording", "from 1 to 7", "share no distribution"):
        assert part in words.stdout
    found = json.loads(qmethod_command("inspect", "climate", "--json").stdout)
    assert found["n_sorts"] == 435
    assert found["n_texts"] == found["n_statements"] == 30
    assert found["forced"] is True
    assert found["grid"] == "-4:1,-3:2,-2:4,-1:5,0:6,1:5,2:4,3:2,4:1"
    assert found["file"] == "sorts.csv"
    assert set(found["means"].values()) == {0.0}
    assert list(Path().iterdir()) == []


def test_inspect_names_missing_placements(qmethod_command: Qmethod):
    Path("sorts.csv").write_text("statement,p1,p2,p3\ns1,-1,0,1\ns2,0,1,\ns3,1,-1,0\ns4,0,0,0\n")
    found = json.loads(qmethod_command("inspect", "sorts.csv", "--json").stdout)
    assert found["n_missing"] == 1
    assert found["forced"] is False
    assert qmethod_command("inspect", "sorts.csv").exit_code == ExitCode.OK


@pytest.mark.parametrize("name", sorted({*library.names(), *library.definitions()}))
def test_a_study_that_ships_without_what_a_command_needs_is_told_what_it_has(name: str, qmethod_command: Qmethod):
    """No command says that a study does not exist which another one has just read."""
    needs_sorts = (("inspect",), ("analyse", "-k", 2), ("retain",), ("multiverse", "-k", 2), ("classify", "leadership"))
    needs_definition = (
        *(("serve",), ("study check",), ("simulate", "--out", "x.csv"), ("invite", "--links", 1, "--out", "x.csv")),
        *(("compare", "leadership"), ("classify", "sorts.csv")),
    )
    missing = [(needs_sorts, "ships as a definition, without sorts", library.names())] if name not in library.names() else []
    missing += [(needs_definition, "ships as sorts, without a study.yaml", library.definitions())] if name not in library.definitions() else []
    assert missing
    Path("sorts.csv").write_bytes(LIPSET.read_bytes())
    for calls, said, instead in missing:
        for call, *rest in calls:
            first = [*rest[:1], name, *rest[1:]] if rest[:1] == ["sorts.csv"] else [name, *rest]
            result = qmethod_command(*call.split(), *first)
            assert result.exit_code == ExitCode.BAD_INPUT, call
            assert f"{name!r} {said}" in result.stderr, (call, result.stderr)
            assert all(other in result.stderr for other in instead)


def test_studies_that_ship_are_found_by_name_unless_a_file_has_it(qmethod_command: Qmethod):
    assert "climate" in library.names()
    Path("climate").write_text("statement,p1,p2\ns1,1,0\ns2,0,1\ns3,-1,-1\n")
    assert json.loads(qmethod_command("inspect", "climate", "--json").stdout)["n_sorts"] == 2


def test_a_terminal_without_unicode_is_no_crash(tmp_path: Path):
    settings = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "qmethod", "analyse", "climate", "-k", "2", "-o", str(tmp_path / "out"), "--title", "Größe −4"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=settings)
    assert done.returncode == ExitCode.OK, done.stderr
    assert "Grosse -4" in done.stdout
