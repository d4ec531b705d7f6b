"""``qmethod simulate``: sorts that can be drawn again, that say what they are, and that never take the place of real ones."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import qmethod
from qmethod import Grid
from qmethod.simulation import PREFIX
from qmethod_studies import library
from qmethod_studies.answering import shown, unanswered
from qmethod_studies.loading import load
from qmethod_studies.questions import Question
from qmethod_studies.simulation import random_answers
from qmethod_studies.store import Store
from tests.analysis.conftest import Qmethod
from tests.studies import made

LEADERSHIP = load(library.path("leadership"))
MESSAGE = "These sorts are simulated"


def truth(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_it_writes_sorts_that_read_back_and_the_truth_beside_them(qmethod_command: Qmethod) -> None:
    result = qmethod_command("simulate", "leadership", "-n", 40, "--seed", 1, "--shares", "16,11,8,5", "--out", "sorts.csv")
    assert result.exit_code == 0
    assert "nobody real is in them" in result.stdout
    assert "  16  Creative leadership" in result.stdout
    data = qmethod.read("sorts.csv")
    assert data.statements == LEADERSHIP.ids
    assert data.texts[0] == LEADERSHIP.statements[0].text.in_("en")
    assert data.grid == Grid((-4, -3, -2, -1, 0, 1, 2, 3, 4), (2, 4, 5, 6, 8, 6, 5, 4, 2))
    assert data.forced
    rows = truth(Path("sorts-truth.csv"))
    assert tuple(row["participant"] for row in rows) == data.participants
    assert Counter(row["viewpoint"] for row in rows) == {"creative": 16, "outcomes": 11, "visionary": 8, "egalitarian": 5}
    assert all(0.6 <= float(row["loading"]) <= 0.8 for row in rows)


def test_the_truth_is_what_the_sorts_show(qmethod_command: Qmethod) -> None:
    """Each sort stands nearer to the placements of its own viewpoint than to those of the others."""
    qmethod_command("simulate", "leadership", "-n", 60, "--loadings", ".95", "--out", "sorts.csv")
    data = qmethod.read("sorts.csv")
    rows = {name: i for i, name in enumerate(data.statements)}
    for entry, sort in zip(truth(Path("sorts-truth.csv")), data.sorts.T, strict=True):
        distance = {
            viewpoint.id: np.mean([abs(sort[rows[name]] - placement.value) for name, placement in viewpoint.placements.items()])
            for viewpoint in LEADERSHIP.viewpoints
        }
        assert min(distance, key=distance.__getitem__) == entry["viewpoint"]


def test_the_same_seed_writes_the_same_bytes(qmethod_command: Qmethod) -> None:
    for name, seed in (("one.csv", 3), ("other.csv", 3), ("third.csv", 4)):
        assert qmethod_command("simulate", "leadership", "-n", 12, "--seed", seed, "--out", name).exit_code == 0
    assert Path("one.csv").read_bytes() == Path("other.csv").read_bytes() != Path("third.csv").read_bytes()
    assert Path("one-truth.csv").read_bytes() == Path("other-truth.csv").read_bytes()


def test_every_command_that_reads_them_says_that_they_are_simulated(qmethod_command: Qmethod) -> None:
    qmethod_command("simulate", "leadership", "--out", "sorts.csv")
    assert MESSAGE in " ".join(qmethod_command("inspect", "sorts.csv").stdout.split())
    found = json.loads(qmethod_command("inspect", "sorts.csv", "--json").stdout)
    assert found["notices"][0]["code"] == "simulated-sorts"
    analysed = qmethod_command("analyse", "sorts.csv", "--factors", 4, "--out", "found")
    assert MESSAGE in " ".join(analysed.stdout.split())
    report = Path("found/report.html").read_text(encoding="utf-8")
    assert MESSAGE in report
    assert "4 viewpoints from 40 simulated Q sorts of 42 statements" in report
    assert "40 simulated Q sorts of 42 statements were correlated" in report
    assert MESSAGE in Path("found/solution.json").read_text(encoding="utf-8")


def test_some_simulated_sorts_among_real_ones_are_counted(qmethod_command: Qmethod) -> None:
    qmethod_command("simulate", "leadership", "-n", 12, "--out", "sorts.csv")
    text = Path("sorts.csv").read_text(encoding="utf-8").replace("sim-0003", "anna")
    Path("mixed.csv").write_text(text, encoding="utf-8")
    assert "11 of 12 sorts are simulated" in " ".join(qmethod_command("inspect", "mixed.csv").stdout.split())
    qmethod_command("analyse", "mixed.csv", "--factors", 2, "--out", "found")
    assert "12 Q sorts (11 of them simulated) of 42 statements were correlated" in Path("found/report.html").read_text(encoding="utf-8")


def test_real_sorts_are_never_written_over(qmethod_command: Qmethod) -> None:
    real = (library.path("climate") / "sorts.csv").read_bytes()
    Path("sorts.csv").write_bytes(real)
    Path("sorts-truth.csv").write_text("my notes")
    result = qmethod_command("simulate", "leadership", "--out", "sorts.csv")
    assert result.exit_code == 2
    assert "sorts.csv: what is here is no earlier simulation; nothing was written" in result.stderr
    assert "sorts-truth.csv: what is here is no earlier truth of a simulation; nothing was written" in result.stderr
    assert qmethod_command("simulate", "leadership", "--out", "sorts.csv", "--overwrite").exit_code == 2
    assert Path("sorts.csv").read_bytes() == real
    assert Path("sorts-truth.csv").read_text() == "my notes"


def test_earlier_simulations_are_where_they_are_the_same_or_on_purpose(qmethod_command: Qmethod) -> None:
    for seed, more, code in ((1, [], 0), (1, [], 0), (2, [], 2), (2, ["--overwrite"], 0)):
        assert qmethod_command("simulate", "leadership", "--seed", seed, "--out", "sorts.csv", *more).exit_code == code


def test_a_study_without_viewpoints_is_refused_and_told_what_it_lacks(qmethod_command: Qmethod) -> None:
    yaml = (library.path("leadership") / "study.yaml").read_text(encoding="utf-8")
    Path("plain").mkdir()
    Path("plain/study.yaml").write_text(yaml[: yaml.index("# What the published descriptions imply")], encoding="utf-8")
    Path("plain/statements.csv").write_bytes((library.path("leadership") / "statements.csv").read_bytes())
    result = qmethod_command("simulate", "plain", "--out", "sorts.csv")
    assert result.exit_code == 2
    assert "'leadership' has no reference viewpoints to draw respondents from" in result.stderr
    assert not Path("sorts.csv").exists()
    follow_the_advice("plain", result.stderr, qmethod_command)


def follow_the_advice(study: str, said: str, qmethod_command: Qmethod) -> None:
    """Put what a message shows into the study, as it stands, and simulate."""
    example = said.partition("put in what you expect:\n")[2]
    assert example.startswith("viewpoints:\n")
    with Path(study, "study.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\n{example}")
    result = qmethod_command("simulate", study, "-n", 10, "--out", "sorts.csv")
    assert result.exit_code == 0, result.output
    assert "10 simulated sorts" in result.stdout


@pytest.mark.parametrize("languages", ["en", "de,ar", "zh-Hans"])
@pytest.mark.parametrize("grid", ["{-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}", "{-0.5: 4, 2.5: 5}", "{−3: 2, 1: 3, 4: 4}"])
def test_what_a_study_lacks_can_be_pasted_into_it(qmethod_command: Qmethod, languages: str, grid: str) -> None:
    qmethod_command("study", "new", "park", "--languages", languages)
    text = Path("park/study.yaml").read_text(encoding="utf-8")
    own = re.search(r"^grid:.*$", text, re.MULTILINE)
    assert own is not None
    Path("park/study.yaml").write_text(text.replace(own[0], f"grid: {grid}"), encoding="utf-8")
    follow_the_advice("park", qmethod_command("simulate", "park", "--out", "sorts.csv").stderr, qmethod_command)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("leadership",), "--out FILE, --database URL"),
        (("nowhere", "--out", "s.csv"), "no study called 'nowhere'"),
        (("leadership", "--out", "s.csv", "--shares", "1,2"), "2 share(s) for 4 viewpoint(s)"),
        (("leadership", "--out", "s.csv", "--shares", "1,2,x,4"), "'1,2,x,4' is not a list of numbers"),
        (("leadership", "--out", "s.csv", "--shares", "0,0,0,0"), "not all of them 0"),
        (("leadership", "--out", "s.csv", "--loadings", ".8,.6"), "within -1 to 1"),
        (("leadership", "--out", "s.csv", "--loadings", ".5,.6,.7"), "not a range"),
        (("leadership", "--out", "s.csv", "-n", "0"), "not in the range"),
        (("leadership", "--out", "."), "is a directory"),
    ],
)
def test_what_cannot_be_drawn_is_refused(qmethod_command: Qmethod, arguments: tuple[str, ...], message: str) -> None:
    result = qmethod_command("simulate", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_they_go_into_a_database_as_submitted_responses_that_are_marked(qmethod_command: Qmethod) -> None:
    result = qmethod_command("simulate", "leadership", "-n", 8, "--out", "sorts.csv", "--database", "sqlite:///responses.sqlite3")
    assert result.exit_code == 0
    assert "8 submitted responses, marked as simulated" in result.stdout
    data = qmethod.read("sorts.csv")
    with Store.open("sqlite:///responses.sqlite3") as store:
        (summary,) = store.studies()
        assert (summary.simulated, summary.submitted, summary.started) == (8, 0, 0)
        responses = list(store.responses("leadership"))
        assert [response.participant for response in responses] == list(data.participants)
        for response, sort in zip(responses, data.sorts.T, strict=True):
            assert response.status == "submitted"
            assert response.simulated
            assert response.participant.startswith(PREFIX)
            assert [response.board.places[name].column for name in LEADERSHIP.ids] == sort.tolist()
            assert not response.comments
            assert set(response.answers) == {"experience", "role"}
            assert [consent.agreed for consent in store.consents(response.id)] == [True]
    again = qmethod_command("simulate", "leadership", "-n", 8, "--database", "sqlite:///responses.sqlite3")
    assert again.exit_code == 2
    assert "holds simulated responses of 'leadership' already" in again.stderr


@pytest.mark.parametrize("seed", range(20))
def test_answers_by_chance_are_answers_to_all_that_is_required(seed: int) -> None:
    def question(name: str, kind: str, **given: object) -> Question:
        return made.question(kind, name, **{"required": kind != "information", **given})

    options = {"a": "A", "b": "B"}
    questions = (
        question("info", "information"),
        question("choice", "choice", options=options),
        question("follow", "choices", options=options, show_if={"question": "choice", "is": ["a"]}),
        question("rate", "rating", minimum=1, maximum=3),
        question("number", "number"),
        question("least", "number", minimum=0.5, maximum=0.7),
        question("most", "number", maximum=-300),
        question("matrix", "matrix", options=options, rows={"r": "R", "s": "S"}),
        question("text", "text", longest=3),
        question("free", "long_text", required=False),
    )
    study = LEADERSHIP.model_copy(update={"questions": LEADERSHIP.questions.model_copy(update={"before": questions, "after": ()})})
    answers = random_answers(study, np.random.default_rng(seed))
    assert unanswered(shown(questions, answers), answers) == []
    assert "free" not in answers
    assert ("follow" in answers) == (answers["choice"] == "a")
