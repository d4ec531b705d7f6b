"""Places that the researcher's own words cite are those of the arrays, in whatever text and sign they are written; and nothing of theirs is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qmethod
from qmethod.minus import MINUSES
from qmethod_analysis.recipe.citations import wrong_citations
from qmethod_analysis.recipe.texts import KEYS, OPTIONAL, parse
from tests.analysis.conftest import Qmethod
from tests.analysis.everywhere import reports
from tests.analysis.report_cases import leadership


@pytest.fixture(scope="module")
def loaded():
    return leadership()


def of(loaded, statement: str, f: int) -> int:
    solution = loaded.solution
    return int(solution.scores.arrays[solution.data.statements.index(statement), f])


def faults(loaded, toml: str):
    solution = loaded.solution
    return wrong_citations(parse(toml, "report.toml", solution.labels, solution.data.statements), solution, toml)


@given(st.integers(0, 41), st.integers(0, 3), st.integers(-5, 5), st.sampled_from(["-", *MINUSES]), st.booleans(), st.booleans())
def test_a_place_is_right_or_refused_whatever_its_sign(loaded, i: int, f: int, said: int, minus: str, plus: bool, own: bool):
    statement, row = loaded.solution.data.statements[i], loaded.solution.scores.arrays[i]
    written = f"{minus if said < 0 else '+' if plus and said > 0 else ''}{abs(said)}"
    where = f"[viewpoints.f{f + 1}]\nstory" if own else "[texts]\nlimits"
    found = faults(loaded, f'title = "x"\n{where} = """\n\nOne.\nTwo ({statement}: {written}), three."""\n')
    right = said == row[f] if own else said in row
    assert not found if right else [one.line for one in found] == [6]
    if not right:
        assert f"({statement}: {written})" in found[0].message
        assert f"f{f + 1}" in found[0].message


@pytest.mark.parametrize("key", ["title", *KEYS, *OPTIONAL, "gist", "story", "question"])
def test_every_text_is_checked(loaded, key: str):
    said = '= "As (s99: +3) says"\n'
    table = {"title": "", "gist": "[viewpoints.f2]\n", "story": "[viewpoints.f2]\n", "question": "[[themes]]\n"}.get(key, "[texts]\n")
    found = faults(loaded, f"{table}{key} {said}" + ('statements = ["s1"]\n' if key == "question" else ""))
    assert ["there is no statement s99" in one.message for one in found] == [True]
    assert found[0].line == (1 if key == "title" else 2)


def test_others_are_checked_too(loaded):
    places = [of(loaded, "s28", f) for f in range(4)]
    listed = ", ".join(f"{place:+}" for place in places)
    good = (
        f"(s28: {places[0]:+})",
        f"(s28: {listed})",
        f"(s28: {places[0]:+}; elsewhere at most {max(places[1:]):+})",
        f"(s28: {places[0]:+}; elsewhere at least {min(places[1:])})",
        f"(s28: {places[0]:+}; elsewhere {', '.join(map(str, places[1:]))})",
        f"(s28: {places[0]:+}; f2: {places[1]:+}, f3 {places[2]:+})",
        f"(s28: {places[0]:+}; s2: {of(loaded, 's2', 0):+})",
        "(Brown 1980: 25)",
        "(n: 40)",
        "(see s28)",
        "(note: we asked again)",
    )
    bad = (
        f"(s28: {listed}, 0)",
        f"(s28: {places[0]:+}; elsewhere at most {max(places[1:]) - 1:+})",
        f"(s28: {places[0]:+}; elsewhere at least {min(places[1:]) + 1:+})",
        f"(s28: {places[0]:+}; elsewhere {', '.join(map(str, places[1:-1]))}, 9)",
        f"(s28: {places[0]:+}; f2: {places[1] + 1:+})",
        f"(s28: {places[0]:+}; s2: {of(loaded, 's2', 0) + 1:+})",
        f"(S28: {places[0]:+})",
    )
    for text in good:
        assert not faults(loaded, f'[viewpoints.f1]\nstory = "{text}"\n'), text
    for text in bad:
        assert len(faults(loaded, f'[viewpoints.f1]\nstory = "{text}"\n')) == 1, text


def test_drafted_sentences_pass_their_own_check(loaded):
    """What the program writes of a viewpoint is what a researcher would copy and change."""
    for label, told in zip(loaded.solution.labels, loaded.told, strict=True):
        story = " ".join(one.text for one in told.sentences if one.kind in ("highest", "lowest", "higher", "lower", "apart", "unsure", "neutral"))
        assert not faults(loaded, f'[viewpoints.{label}]\nname = "N {label}"\nstory = """{story}"""\n')


def test_own_words_stand_in_every_format_and_nowhere_if_not_written(loaded):
    own = {key: f"Our {key.replace('_', ' ')} is this." for key in OPTIONAL}
    toml = "[texts]\n" + "\n".join(f'{key} = "{text}"' for key, text in own.items())
    for name, lines in reports(loaded, parse(toml, "report.toml", loaded.solution.labels)).items():
        if not name.endswith((".xlsx", ".svg")):
            for text in own.values():
                assert any(text in line for line in lines), (name, text)
    for name, lines in reports(loaded).items():
        assert not any("Whom it concerns" in line for line in lines), name


def test_wrong_places_are_refused_and_own_words_outlive_run_and_analyse(qmethod_command: Qmethod, tmp_path: Path):
    call = ("analyse", "sorts.csv", "--factors", 4, "--no-retention", "--study", "leadership", "--out", "mine")
    assert qmethod_command("simulate", "leadership", "-n", 24, "--seed", 1, "--out", "sorts.csv").exit_code == 0
    assert qmethod_command(*call).exit_code == 0
    solution = qmethod.load("mine").solution
    first = int(solution.scores.arrays[0, 0])
    file = tmp_path / "mine" / "report.toml"
    file.write_text(f'[texts]\nsummary = "All of it."\n[viewpoints.f1]\nname = "Own words"\nstory = "So it is (s1: {first + 1})."\n')
    for command in (("report", "mine"), ("publish", "mine", "--out", "site"), ("report", "mine", "--check")):
        done = qmethod_command(*command)
        assert done.exit_code == 2, done.output
        assert f"report.toml:5: the story of f1 says (s1: {first + 1}), and f1 places s1 at" in " ".join(done.output.split())
    done = qmethod_command(*call, "--overwrite")
    assert "1 place is cited that is not in this analysis" in " ".join(done.output.split())
    file.write_text(file.read_text().replace(f"(s1: {first + 1})", f"(s1: {first:+})"))
    assert qmethod_command("report", "mine", "--check").output.startswith("No fault in ")
    page = tmp_path / "mine" / "report.html"
    words = (f"So it is (s1: {first:+}).", "Own words", "All of it.", solution_condition())
    for command in (("report", "mine"), ("run", "mine"), ("run", "mine"), (*call, "--overwrite"), ("report", "mine", "--named")):
        assert qmethod_command(*command).exit_code == 0
        assert [text in page.read_text() for text in words] == [True] * 4, command
    kept = page.read_bytes()
    file.write_text("texts = 3\n")
    for command in (("run", "mine"), (*call, "--overwrite")):
        done = qmethod_command(*command)
        assert done.exit_code == 2
        assert "must be a table" in done.output
        assert page.read_bytes() == kept


def solution_condition() -> str:
    from qmethod_studies.loading import find, load

    return load(find("leadership")).condition.in_("en")
