"""An anonymous report names nobody: whatever people are called, and whatever they wrote."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pypdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import qmethod
from qmethod.errors import DataError
from qmethod_analysis.folder.loaded import load_analysis, understand
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.report.anonymous import anonymised
from qmethod_analysis.report.document import build
from qmethod_analysis.report.leaks import check, searchable, words
from qmethod_analysis.report.results import answer_rows
from qmethod_analysis.report.writing import write_formats
from tests.analysis.conftest import Qmethod
from tests.analysis.report_cases import bare, leadership, named

CASES = Path(__file__).parents[1] / "formats" / "cases"


@pytest.mark.parametrize("name", ["missing-99", "two-title-lines", "totals-row-and-mean"])
def test_no_notice_of_a_reader_tells_whose_line_it_was(name: str, qmethod_command: Qmethod) -> None:
    """The place of a value in the file, and a title above the sorts, can tell who somebody is."""
    qmethod_command("analyse", CASES / f"{name}.csv", "-k", 2, "--no-retention", "--out", "out")
    told = anonymised(load_analysis(Path("out"))).solution.notices
    assert told
    assert not any(re.search(r"line \d|column \d|Institute of Examples|\bP4 on\b", notice.message) for notice in told)


@pytest.fixture(scope="module")
def loaded():
    return leadership()


def inside(files: dict[str, bytes]) -> str:
    """Everything that stands in the files, unpacked and without the escapes of any format."""
    found = []
    for name, content in files.items():
        if name.endswith((".docx", ".xlsx")):
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                found += [package.read(part).decode("utf-8", "replace") for part in package.namelist()]
        elif name.endswith(".pdf"):
            found += [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
        else:
            found.append(content.decode())
    text = "\n".join(found)
    return text + html.unescape(text) + html.unescape(re.sub(r"\\([^\w\s])", r"\1", text))


ODD = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn", "Co")) | st.sampled_from("<>&|*_\"'`\\#$=+-@ .,;()[]{}"), min_size=1, max_size=12
)
MARKED = ODD.map(lambda text: f"ζ{' '.join(text.split())}Ж")
"""Names in any signs, each with two letters that no report has."""


@settings(max_examples=25, deadline=None)
@given(st.lists(MARKED, min_size=8, max_size=8, unique=True))
@example([f"ζ{sign}Ж" for sign in ("<b>", "&amp;", "|x|", "*_*", '"', "\\n", "a b", "$^.")])
@example([f"ζ{sign}Ж" for sign in ("=1+1", "#let", "](x)", "{{x}}", "'", "&#65;", "é̂", "🙂")])
def test_no_name_leaves_whatever_it_is(names: list[str]):
    files = write_formats(named(tuple(names)), Texts(), ("html", "xlsx", "md"), anonymous=True).files
    text = inside(files)
    assert not any(name in text for name in names)
    assert "ζ" not in text
    assert "P8" in text


def test_no_name_leaves_in_word_and_pdf(loaded):
    files = write_formats(loaded, Texts(), ("docx", "pdf"), anonymous=True).files
    assert "code-" not in inside(files)
    assert "motives" not in inside(files)


def test_the_search_would_find_names_in_every_format(loaded):
    files = write_formats(loaded, Texts(), ("html", "docx", "xlsx", "pdf", "md")).files
    from qmethod_analysis.report.pdf import source

    plain = {"report.pdf": source(build(loaded, Texts()))}
    who = loaded.solution.data.participants
    for name in files:
        if (name.startswith("report-figures") and "loadings" not in name) or name == "references.bib":  # which name no participant
            continue
        with pytest.raises(DataError) as caught:
            check({name: files[name]}, plain, who, ())
        assert len(caught.value.faults) >= len(who) / 4, name
        assert all(fault.file == name for fault in caught.value.faults)
    shown = {one.text for reading in loaded.interpretation.readings for one in reading.comments[:12]}
    for name in ("report.html", "report.docx", "report.pdf", "report.md"):
        with pytest.raises(DataError) as caught:
            check({name: files[name]}, plain, (), shown)
        assert len(caught.value.faults) == len(shown), name


def test_figures_stay_the_same_and_the_order_is_new(loaded):
    shown = anonymised(loaded)
    was, now = loaded.solution, shown.solution
    assert now.scores.z_scores is was.scores.z_scores or (now.scores.z_scores == was.scores.z_scores).all()
    rows = {tuple(row) for row in np.round(was.loadings, 12).tolist()}
    assert {tuple(row) for row in np.round(now.loadings, 12).tolist()} == rows
    position = {tuple(row): i for i, row in enumerate(was.loadings.tolist())}
    order = [position[tuple(row)] for row in now.loadings.tolist()]
    assert order != sorted(order)
    assert (now.data.sorts == was.data.sorts[:, order]).all()
    assert (now.flags == was.flags[order]).all()
    assert (now.scores.weights == was.scores.weights[order]).all()
    assert (now.communalities == was.communalities[order]).all()
    np.testing.assert_array_equal(now.calibration.beyond.sorts, was.calibration.beyond.sorts[order])
    assert (shown.found.flags.frequency == loaded.found.flags.frequency[order]).all()
    assert shown.found.participants == now.data.participants == tuple(f"P{i}" for i in range(1, 25))
    assert now.defining(0)[0] == "P1"


def test_the_order_of_the_file_does_not_show(loaded):
    turned = [*range(5, 24), *range(5)]
    data = loaded.solution.data.keep(turned)
    again = understand(qmethod.analyse(data, 4), replace(loaded.recipe, bootstrap=None))
    one, other = (build(anonymised(replace(given, found=None)), Texts()) for given in (replace(loaded, background=again.background), again))
    tables = [[block.rows for block in document.blocks if getattr(block, "caption", "") == "Loadings of all sorts"] for document in (one, other)]
    assert tables[0] == tables[1]


def test_only_released_comments_stay_under_their_new_name(loaded):
    one = loaded.interpretation.readings[0].comments[0]
    files = write_formats(loaded, Texts(released=frozenset({(one.participant, one.statement)})), ("md",), anonymous=True).files
    text = files["report.md"].decode()
    assert text.count("motives &amp;") == 1
    assert one.participant not in text


def test_a_release_of_what_nobody_wrote_is_refused(loaded):
    with pytest.raises(DataError, match="no such comment"):
        anonymised(loaded, {("code-17", "s999")})


def test_a_name_in_the_researchers_own_text_is_found(loaded):
    who = loaded.solution.data.participants[0]
    texts = Texts(texts={"limits": f"We missed {who}, who was ill."})
    with pytest.raises(DataError) as caught:
        write_formats(loaded, texts, ("html", "docx", "xlsx", "pdf", "md"), anonymous=True)
    assert {fault.file for fault in caught.value.faults} >= {"report.docx", "report.pdf", "report.md"}
    assert who in str(caught.value)
    assert write_formats(loaded, replace(texts, may_stand=(who,)), ("md",), anonymous=True).files


def test_a_comment_in_the_researchers_own_text_is_found(loaded):
    texts = Texts(texts={"limits": f"Somebody said: {loaded.background.comments[0].text}"})
    with pytest.raises(DataError, match="not released"):
        write_formats(loaded, texts, ("docx", "pdf"), anonymous=True)


def test_nothing_is_written_when_somebody_is_named(qmethod_command: Qmethod, tmp_path: Path):
    names = ["Young", "Grace", "Ann", "Bo", "Cy", "Di"]
    rng = np.random.default_rng(1)
    grid = np.array([-2, -1, -1, 0, 0, 0, 1, 1, 2])
    one = rng.permutation(grid)
    rows = [[f"s{i + 1}", *(str(one[(i + (j > 2)) % 9]) for j in range(6))] for i in range(9)]
    (tmp_path / "sorts.csv").write_text("\n".join(",".join(row) for row in [["statement", *names], *rows]))
    assert qmethod_command("analyse", "sorts.csv", "--factors", "1", "--no-retention", "--notes", "Thanks to Grace.", "--out", "mine").exit_code == 0
    before = (tmp_path / "mine" / "report.html").read_bytes()
    done = qmethod_command("report", "mine", "--formats", "html,docx,md")
    assert done.exit_code == 2
    assert "report.docx: the name of a participant, 'Grace'" in done.output
    assert (tmp_path / "mine" / "report.html").read_bytes() == before
    assert not (tmp_path / "mine" / "report.docx").exists()
    (tmp_path / "mine" / "report.toml").write_text('[anonymous]\nmay_stand = ["Grace"]\n')
    done = qmethod_command("report", "mine", "--formats", "docx,md")
    assert done.exit_code == 0
    assert "From before, and not looked at: mine/report.html" in done.output
    assert "Young" not in (tmp_path / "mine" / "report.md").read_text()


def test_new_names_are_nobodys_own():
    shown = anonymised(named(("P1", "p2", "S5", "x", "y", "z", "v", "w")))
    assert shown.solution.data.participants[0] == "R1"


def test_simulated_sorts_stay_simulated():
    shown = anonymised(named(tuple(f"sim-{i:04}" for i in range(8))))
    assert all(name.startswith("sim-P") for name in shown.solution.data.participants)
    assert any("simulated" in notice.message for notice in shown.solution.notices)


def test_warnings_take_the_new_names():
    one = named(("Anna", "Berta", "Carla", "Dora", "Emma", "Frieda", "Gerda", "Hanna"))
    assert any("Anna" in notice.message for notice in one.solution.notices)
    shown = anonymised(one)
    assert len(shown.solution.notices) == len(one.solution.notices)
    assert not any(name in notice.message for notice in shown.solution.notices for name in one.solution.data.participants)
    assert any("P1" in notice.message for notice in shown.solution.notices)


def test_reasons_for_flags_stay_with_the_researcher(lipset):
    flags = [qmethod.ManualFlag("US1", "f1", True, "her husband is mayor")]
    solution = qmethod.analyse(lipset.data, 2, flags=flags)
    text = write_formats(bare(solution), Texts(), ("md", "html"), anonymous=True).files
    assert "mayor" not in inside(text)


def test_answers_of_one_or_two_are_not_told(loaded):
    rows = list(answer_rows(anonymised(loaded).background.questions, 3))
    assert ("Your part?", "mayor") not in {(question, answer) for question, answer, _ in rows}
    assert all(people == "–" or int(people) >= 3 for _, _, people in rows)
    assert sum(people == "–" for _, _, people in rows) == 1  # and with it the next larger group
    assert ("Your age?", "median 31.5", "24") in rows
    kept = Trait("q", "a", 4, 9, 5, 15, 0.01, 0.01)
    small = Trait("q", "b", 4, 6, 5, 15, 0.01, 0.01)
    reading = replace(loaded.interpretation.readings[0], traits=(kept, small))
    from qmethod_analysis.report.anonymous import _without_small_groups

    assert _without_small_groups(reading).traits == (kept,)


def test_what_cannot_be_told_from_other_text_is_not_searched_for():
    assert [searchable(name) for name in ("ab", "abc", "1234", "12.5", "P12", "李小龙")] == [False, True, False, False, True, True]
    check({"report.md": b"Anna-Maria 1234 ab"}, {}, ("ab", "1234", "nna", "Ann"), ())
    with pytest.raises(DataError, match="Anna"):
        check({"report.md": b"Anna-Maria"}, {}, ("Anna",), ())


def test_short_comments_are_looked_for_as_whole_lines():
    check({"report.md": b"It says yes there."}, {}, (), ("yes",))
    with pytest.raises(DataError, match="not released"):
        check({"report.html": b"<p>yes</p>"}, {}, (), ("yes",))


def test_scripts_and_styles_are_no_texts():
    assert words("report.html", b'<style>Anna</style><script>Anna</script><p title="x">y</p>') == ["x", "y"]


def test_answers_of_people_who_are_not_in_the_analysis_are_dropped(loaded):
    question = replace(loaded.background.questions[1], answers=MappingProxyType({"somebody": 40.0}))
    shown = anonymised(replace(loaded, background=replace(loaded.background, questions=(question,))))
    assert dict(shown.background.questions[0].answers) == {}
