"""An analysis written over another one is what it is by itself."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qmethod_analysis.folder.listing import LISTING, MADE, REPORT, UNNAMED, read_listing, report_command
from tests.analysis.calls import QUICK
from tests.analysis.conftest import LIPSET, hashes, succeed
from tests.references import HERE

ANALYSES = {
    "two": ("-k", 2, *QUICK),
    "three": ("-k", 3),
    "centroid": ("-k", 2, "--extraction", "centroid", "--rotate", "1,2,40", *QUICK),
    "bootstrapped": ("-k", 2, "--bootstrap", 20, *QUICK),
    "several": ("-k", "2..3", "--no-retention"),
}
LATER = {
    "report": ("report", "here", "--formats", "html,md,xlsx"),
    "multiverse": ("multiverse", "here", "--try-extractions", "pca", "--try-rotations", "varimax", "--try-flags", ".05"),
    "sheet": ("sheet", "here"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two files of sorts; analyses beside them, made once each, are copied from there."""
    place = tmp_path_factory.mktemp("home")
    shutil.copy(LIPSET, place / "lipset.csv")
    lines = (HERE / "climate_s1" / "sorts.csv").read_text().splitlines()
    (place / "twelve.csv").write_text("\n".join(",".join(line.split(",")[:13]) for line in lines) + "\n")
    return place


def make(folder: Path, sorts: str, analysis: str, later: tuple[str, ...], how: str) -> None:
    """All commands of one analysis into a folder."""
    if how == "run" and analysis != "several":
        succeed("run", alone(folder.parent, sorts, analysis, ()) / "analysis.toml", "--out", folder, "--overwrite")
    else:
        succeed("analyse", folder.parent / sorts, *ANALYSES[analysis], "--out", folder, "--overwrite")
    for name in later if analysis != "several" else ():
        succeed(*(folder if word == "here" else word for word in LATER[name]))


def alone(home: Path, sorts: str, analysis: str, later: tuple[str, ...]) -> Path:
    """The folder of an analysis by itself; made when it is first asked for."""
    folder = home / "-".join([sorts, analysis, *later])
    if not folder.exists():
        make(folder, sorts, analysis, later, "analyse")
    return folder


SOME = st.sampled_from([(), ("report",), ("multiverse",), ("report", "sheet")])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(ANALYSES)),
    st.sampled_from(sorted(ANALYSES)),
    SOME,
    SOME,
    st.sampled_from(["lipset.csv", "twelve.csv"]),
    st.sampled_from(["analyse", "run"]),
)
def test_two_analyses_into_one_folder_are_the_second_alone(home, monkeypatch, first, second, before, after, file, how):
    """Every output is that of the second analysis by itself; of the first only what the same recipe made, and whether its page names anybody."""
    monkeypatch.setattr("qmethod_analysis.runs.besides.processes", lambda: nullcontext(None))
    both = home / "both"
    shutil.rmtree(both, ignore_errors=True)
    shutil.copytree(alone(home, "lipset.csv", first, before), both)
    for texts in both.rglob("report.toml"):  # the researcher's own words are kept, and would rightly stand in the second report
        texts.unlink()
    make(both, file, second, after, how)
    ours, theirs = hashes(both), hashes(alone(home, file, second, after))
    unnamed = {name for name in theirs if name.endswith(REPORT) and report_command((both / name).parent) == UNNAMED}
    other = {name for name in theirs if name.endswith(LISTING)} | (set() if "report" in after else unnamed)
    assert {name: ours.get(name) for name in theirs if name not in other} == {name: sha256 for name, sha256 in theirs.items() if name not in other}
    assert other <= set(ours)
    assert not unnamed or "report" in (*before, *after)
    left = {name for name in ours if name not in theirs and not name.endswith("report.toml")}
    if (first, "lipset.csv") == (second, file):
        assert {part.name for part in read_listing(both).parts if part.command == MADE} <= set(theirs)
    else:
        assert not left, sorted(left)
    assert not [name for name in ours if name.startswith(("kept", ".qmethod"))]
