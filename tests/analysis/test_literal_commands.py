"""A stranger takes what commands print literally: figures and words are worked out anew, from sorts and tables, in odd studies."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from click.testing import CliRunner

import qmethod
from qmethod.retention.advice import advise
from qmethod.retention.row import RetentionRow
from qmethod_analysis.commands.cli import main
from qmethod_analysis.commands.compare import rare
from qmethod_analysis.words.chances import chance
from qmethod_analysis.words.language import speaking
from qmethod_analysis.words.notices import said

PYRAMID = np.repeat(np.arange(-3, 4), (1, 2, 4, 6, 4, 2, 1))
TWO = np.repeat((-1, 1), (10, 10))


@dataclass(frozen=True)
class Kind:
    """How a study is drawn: the places, how many people share each view, how many of each are against it, and what is odd besides."""

    groups: tuple[int, ...]
    places: tuple[int, ...] = tuple(PYRAMID.tolist())
    against: int = 0
    noise: float = 0.5
    gaps: bool = False
    same: bool = False
    names: tuple[str, ...] = ()
    factors: int = 2


KINDS = {
    "two of three": Kind((3, 3)),
    "opponents only": Kind((6,), against=3),
    "two columns": Kind((6, 6), places=tuple(TWO.tolist()), noise=0.3),
    "gaps": Kind((5, 4), gaps=True),
    "one viewpoint": Kind((8,), factors=1),
    "nobody shares": Kind((1,) * 15),
    "identical": Kind((5, 2), noise=0.0, same=True),
    "three people": Kind((2, 1), factors=1),
    "odd names": Kind((4, 4), names=('O"Brien', "Müller, Jörg", "Ärger", "a,b", "=1+1", "né [x]", "[bold]x[/bold]", "P 10")),
}


@cache
def sorts(name: str) -> np.ndarray:
    kind, rng, columns = KINDS[name], np.random.default_rng(sorted(KINDS).index(name)), []
    for size in kind.groups:
        view = rng.standard_normal(len(kind.places))
        for person in range(size):
            sort = np.empty(len(kind.places))
            sort[np.argsort((-1) ** (person < kind.against) * view + kind.noise * rng.standard_normal(len(view)))] = np.sort(kind.places)
            columns.append(sort)
    made = np.column_stack(columns)
    if kind.gaps:
        made[[0, 3], [0, 1]] = np.nan
    return made


@cache
def study(name: str) -> tuple[Path, Path]:
    """The file of sorts, and the folder of their analysis."""
    kind, made = KINDS[name], sorts(name)
    home = Path(mkdtemp())
    with (home / "sorts.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["participant", *(f"s{i + 1}" for i in range(len(made)))])
        for j, sort in enumerate(made.T):
            lines.writerow([kind.names[j] if kind.names else f"P{j + 1}", *("" if np.isnan(v) else int(v) for v in sort)])
    gaps = ("--missing", "pairwise") if kind.gaps else ()
    call("analyse", home / "sorts.csv", "-k", kind.factors, *gaps, "--no-retention", "--out", home / "mine")
    return home / "sorts.csv", home / "mine"


def call(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False, prog_name="qmethod")
    assert done.exit_code == code, done.output
    readable(done.stdout)
    return done.stdout if code == 0 else done.stderr


def readable(text: str) -> None:
    """Nothing that no reader takes for a sentence: a wrong plural, a choice of two, a count of none "of" something, a figure that is none."""
    for wrong in (r"\w\(s\)", r"\bNone of 1 ", r"\bnan\b", r"\b0 of the\b", r"\bNone of the 1 ", r"\b(\d+) to \1 statement"):
        assert not re.search(wrong, text), (wrong, text)
    nouns = "sorts|statements|people|analyses|viewpoints|notices|names|places|placements|components|factors|claims|pairs|studies"
    assert not re.search(rf"(?<![\d.,(:] )(?<![\d.,])\b1 ({nouns})\b", text), text


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mean_partial(correlations: np.ndarray, k: int) -> float:
    """Velicer's figure by his formula: what k components leave, as correlations, squared and averaged."""
    values, vectors = np.linalg.eigh(correlations)
    loadings = vectors[:, ::-1][:, :k] * np.sqrt(values[::-1][:k])
    left = correlations - loadings @ loadings.T
    size = np.sqrt(np.diag(left))
    return float((np.sum((left / np.outer(size, size)) ** 2) - len(size)) / (len(size) * (len(size) - 1)))


@pytest.mark.parametrize("name", KINDS)
def test_retain_says_what_plain_formulas_give(name: str) -> None:
    kind, given = KINDS[name], sorts(name)
    gaps = ("--missing", "pairwise") if kind.gaps else ()
    text = call("retain", study(name)[0], "--random", 39, "--factors-up-to", 4, *gaps)
    found = json.loads(call("retain", study(name)[0], "--random", 39, "--factors-up-to", 4, *gaps, "--json"))
    assert ("No random sorts were drawn" in text) == kind.gaps == ("Each comparison drew" not in text)
    if kind.gaps:
        return
    m, n = given.shape[1], len(given)
    r = np.corrcoef(given.T)
    values = np.linalg.eigvalsh(r)[::-1]
    for row in found["rows"][1:]:
        assert row["eigenvalue"] == pytest.approx(values[row["k"] - 1], abs=1e-9)
        before = values[: row["k"] - 1].sum()
        assert row["ekc"] == pytest.approx(max(1.0, (m - before) / (m - row["k"] + 1) * (1 + np.sqrt(m / n)) ** 2), abs=1e-9)
        if row["map"] is not None and row["k"] < m - 1 and not kind.same:
            assert row["map"] == pytest.approx(mean_partial(r, row["k"]), abs=1e-6)
    assert found["kaiser"] == int((values > 1 + 1e-9).sum())
    mean = (r.sum() - m) / (m * (m - 1))
    assert found["mean_correlation"] == pytest.approx(mean, abs=1e-9)
    opposed = "The sorts oppose one another at least as much as they agree"
    if told := re.search(r"mean correlation (-?\d\.\d\d)(?:, p = ([\d.]+))?", text):
        assert float(told[1]) == pytest.approx(mean, abs=0.0051)
        assert (opposed in text) == (mean <= 0)
        assert ("The sorts agree more than they oppose one another (" in text) == (found["agreement_p"] <= 0.05)
        assert told[2] is None or (float(told[2]) <= 0.05) == (found["agreement_p"] <= 0.05)
    if found["probabilities"] is not None:
        shown = [line.split()[1] for line in text.splitlines() if re.match(r"[0-4] ", line)]
        assert shown == [chance(p) for p in found["probabilities"][:5]]
        assert all(p in (0, 1) or cell not in ("0.00", "1.00") for p, cell in zip(found["probabilities"], shown, strict=False))


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("identical",)])
def test_classify_counts_what_its_table_holds(name: str, tmp_path: Path) -> None:
    file, analysis = study(name)
    text = call("classify", file, analysis, "--out", tmp_path / "answers.csv")
    answers, given = rows(tmp_path / "answers.csv"), sorts(name)
    z = {row["statement"]: [float(v) for v in list(row.values())[-KINDS[name].factors :]] for row in rows(analysis / "z_scores.csv")}
    scores = np.array([z[f"s{i + 1}"] for i in range(len(given))])
    named = [column[2:] for column in answers[0] if column.startswith("p ") and column != "p none of these"]
    for answer in {row["answer"] for row in answers} | {"none of these", "unclear"}:
        count = sum(row["answer"] == answer for row in answers)
        assert re.search(rf"^{re.escape(answer)} +{count} +{100 * count / len(answers):.1f}$", text, re.MULTILINE)
    for i, row in enumerate(answers):
        there = ~np.isnan(given[:, i])
        assert int(row["n_placed"]) == there.sum()
        shares, p = ([float(row[f"{part} {viewpoint}"]) for viewpoint in named] for part in ("share", "p"))
        assert sum(shares) in (0, pytest.approx(1))
        assert sum(p) + float(row["p none of these"]) == pytest.approx(1)
        assert float(row["probability"]) == max(*p, float(row["p none of these"]))
        assert (float(row["probability"]) >= 0.8) == (row["answer"] != "unclear")
        for j, viewpoint in enumerate(named):
            exact = np.corrcoef(given[there, i], scores[there, j])[0, 1]
            assert float(row[f"r {viewpoint}"]) == pytest.approx(exact, abs=1e-9)
            ends = np.tanh(np.arctanh(min(exact, 1 - 1e-9)) + np.array([-1, 1]) * 1.959964 / np.sqrt(there.sum() - 3))
            assert [float(row[f"r {end} {viewpoint}"]) for end in ("low", "high")] == pytest.approx(ends.tolist(), abs=1e-6)
    unlike = sum(float(row["fit p"] or "nan") < 0.05 for row in answers)
    assert ("No sort is" if not unlike else "1 sort is" if unlike == 1 else f"{unlike} sorts are") + " unlike what people" in text
    least, most = (f(int(row["n_placed"]) for row in answers) for f in (min, max))
    assert f" with {most if least == most else f'{least} to {most}'} statements placed." in text


@pytest.mark.parametrize("name", ["two of three", "identical", "one viewpoint"])
def test_partition_says_what_its_tables_hold(name: str, tmp_path: Path) -> None:
    text = call("partition", study(name)[0], "-k", KINDS[name].factors, "--sweeps", 1000, "--out", tmp_path / "out")
    viewpoints, members, z, differences = (
        rows(tmp_path / "out" / f"partition-{table}.csv") for table in ("viewpoints", "members", "z_scores", "differences")
    )
    total = len(members)
    for one in viewpoints:
        held = sum(row["holds"] == one["viewpoint"] for row in members)
        assert int(one["surely_hold"]) == held
        agree = "agree" if float(one["r_hat"]) <= 1.1 else "disagree"
        head = f"{one['viewpoint']}{'' if one['found'] == 'yes' else ', not found'}"
        told = re.search(rf"{head}: surely held in {held} of {total} sorts; chains {agree} \(R-hat ([\d.]+)\)", text)
        assert told
        assert (float(told[1]) <= 1.1) == (agree == "agree")
        assert (one["found"] == "yes") == (held >= 2 and agree == "agree")
        assert all(float(row[f"{one['viewpoint']}_low"]) < float(row[f"{one['viewpoint']}_high"]) for row in z)
    for row in members:
        assert sum(float(value) for column, value in row.items() if column.startswith("p_")) == pytest.approx(1)
    claimed = [float(row["probability"]) for row in differences if row["claimed"] == "yes"]
    if claimed:
        wrong = sum(1 - p for p in claimed)
        assert wrong <= 0.05 * len(claimed)
        counts = r"(\d+) of (\d+) differences between viewpoints (?:is|are) claimed, ([\w .]+?) of them expected"
        told = re.search(rf"{counts} .* probability of ([\d.>]+)\.", text)
        assert told
        assert (int(told[1]), int(told[2]), told[4]) == (len(claimed), len(differences), chance(min(claimed)))
        assert told[3] == (f"{wrong:.1f}" if wrong >= 0.05 else "fewer than 0.1")
    assert ("It is surely held in" in text) == (len(viewpoints) == 1 and viewpoints[0]["found"] == "yes")


@pytest.mark.parametrize("name", [name for name in KINDS if KINDS[name].factors == 2])
def test_shorten_counts_people_as_the_analysis_does(name: str) -> None:
    flags = np.array(json.loads((study(name)[1] / "solution.json").read_text(encoding="utf-8"))["flags"], dtype=bool)
    loadings = np.array([[float(v) for v in list(row.values())[1:3]] for row in rows(study(name)[1] / "loadings.csv")])
    plain = (flags.sum(axis=1) == 1) & ((flags * loadings).sum(axis=1) > 0)
    usable, defining = flags[plain].sum(axis=0), flags.sum(axis=0)
    if (usable >= 3).all():
        text = call("shorten", study(name)[1], "--longest", 6)
        assert f"Of {plain.sum()} people, held out in turn" in text
        others = flags.any(axis=1).sum() - plain.sum()
        assert ("took no part" in text) == (others > 0)
        assert not others or f"{others} other defining sort" in text
        return
    text = call("shorten", study(name)[1], code=2)
    for j in range(2):
        if usable[j] < 3:
            assert f"viewpoint f{j + 1} has {defining[j]} defining sort" in text
            assert (f"of which {usable[j]} can be used" in text) or usable[j] == defining[j]
    assert "1 defining sorts" not in text


@pytest.mark.parametrize("name", ["two columns", "identical", "three people"])
def test_multiverse_counts_the_notices_that_the_analysis_printed(name: str, tmp_path: Path) -> None:
    file = study(name)[0]
    printed = call("analyse", file, "-k", KINDS[name].factors, "--no-retention", "--out", tmp_path / "mine")
    notices = len(re.findall(r"^  - ", printed, re.MULTILINE))
    few = ("--try-extractions", "pca", "--try-rotations", "varimax,quartimax", "--try-flags", ".05,.05+majority")
    text = call("multiverse", tmp_path / "mine", *few)
    told = re.search(r"The analysis put to the test has (\d+) notices?;", text)
    assert (int(told[1]) if told else 0) == notices
    conclusions = rows(tmp_path / "mine" / "multiverse-conclusions.csv")
    for kind, noun in (("consensus", "consensus statement"), ("defining", "defining sort")):
        mine = [row for row in conclusions if row["conclusion"] == kind and int(row["counted"])]
        held = sum(row["survives"] == "yes" for row in mine)
        if len(mine) == 1:
            assert f"The one {noun} holds in {'at least' if held else 'fewer than'} 90 %" in text
        elif mine:
            assert f"{held or 'None'} of {len(mine)} {noun}s hold" in text


@pytest.mark.parametrize("mirrored", [False, True])
def test_compare_says_of_two_analyses_what_their_scores_say(mirrored: bool) -> None:
    one, other = (study(name)[1] for name in ("two of three", "gaps"))
    words = ("compare", one, other, *(["--mirrored"] if mirrored else []))
    text, made = call(*words, "--permutations", 199), json.loads(call(*words, "--permutations", 199, "--json"))
    mine, theirs = (np.array([[float(v) for v in list(row.values())[-2:]] for row in rows(path / "z_scores.csv")]) for path in (one, other))
    for j, match in enumerate(made["matches"]):
        if match["found"] is None:
            continue
        i = made["found"]["viewpoints"].index(match["found"])
        a, b = mine[:, i] - mine[:, i].mean(), theirs[:, j] - theirs[:, j].mean()
        phi = a @ b / np.sqrt((a @ a) * (b @ b))
        assert match["phi"] == pytest.approx(abs(phi), abs=1e-9)
        assert match["mirrored"] == (phi < 0)
        a, b = np.sign(phi) * mine[:, i], theirs[:, j]
        clear = (np.abs(a) >= 0.5 * np.sqrt(np.mean(a**2))) & (np.abs(b) >= 0.5 * np.sqrt(np.mean(b**2)))
        agree, against = int((clear & (a * b > 0)).sum()), int((clear & (a * b < 0)).sum())
        assert f"agrees on {agree} of {len(a)} placements, contradicts {against}" in text
        assert ("no more alike than chance makes them" in text) or match["p_value"] <= 0.05


def test_other_statements_under_the_same_ids_are_told(tmp_path: Path) -> None:
    for n, part in enumerate(("own", "other")):
        call("convert", study("two of three")[0], tmp_path / f"{part}.csv")
        lines = [f"s{i + 1},{'What' if n else 'How'} number {i} says" for i in range(20)]
        (tmp_path / f"{part}-statements.csv").write_text("\n".join(["id,text", *lines]), encoding="utf-8")
        given = ("--statements", tmp_path / f"{part}-statements.csv", "--no-retention", "--out", tmp_path / part)
        call("analyse", tmp_path / f"{part}.csv", "-k", 2, *given)
    other = "None of 20 statements with the same id is worded alike in"
    assert f"{other} {tmp_path / 'other'}: unless they are translations" in call("compare", tmp_path / "own", tmp_path / "other")
    assert "worded" not in call("compare", tmp_path / "own", tmp_path / "own")
    words = (tmp_path / "own.csv", tmp_path / "other", "--statements", tmp_path / "own-statements.csv")
    assert other in " ".join(call("classify", *words).split())
    assert other in json.loads(call("classify", *words, "--json"))["said"][-1]
    lines = (tmp_path / "other-statements.csv").read_text(encoding="utf-8").replace("s3,What", "s3,HOW").splitlines()
    (tmp_path / "own-statements.csv").write_text("\n".join([*lines[:1], *(f"{line}." for line in lines[1:])]), encoding="utf-8")
    assert f"Worded otherwise in {tmp_path / 'other'}: s3." in " ".join(call("classify", *words).split())


def test_a_file_that_is_not_there_is_named_when_two_occasions_are_compared(tmp_path: Path) -> None:
    text = call("compare", tmp_path / "before.csv", study("gaps")[0], code=2)
    assert f"{tmp_path / 'before.csv'}: there is no such file" in text


@pytest.mark.parametrize("people", [3, 6])
def test_a_movement_is_denied_only_where_it_could_have_been_found(people: int, tmp_path: Path) -> None:
    """With n people every p is at least 1 / 2^(n - 1); with three nothing can be told."""
    one, rng = study("two of three")[0], np.random.default_rng(5)
    lines = one.read_text(encoding="utf-8").splitlines()[: people + 1]
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        people_of = [line.split(",") for line in lines[1:]]
        shuffled = [",".join([name, *rng.permutation(placed).tolist()]) for name, *placed in people_of]
        (tmp_path / folder / "sorts.csv").write_text("\n".join([lines[0], *shuffled]), encoding="utf-8")
    text = call("compare", tmp_path / "first" / "sorts.csv", tmp_path / "second" / "sorts.csv", "--factors", 1)
    assert text.startswith(f"{people} people on two occasions: first/sorts.csv and second/sorts.csv\n")
    told = "Whether people went closer to f1 on average cannot be told from chance here"
    assert (told in text) == (people == 3)
    assert ("No mean movement" not in text) or people == 6


@pytest.mark.parametrize("at_least", [(), ("nest",), ("map",), ("nest", "map")])
@pytest.mark.parametrize("nest", [2, 3])
def test_numbers_that_are_a_least_one_are_no_upper_end(nest: int, at_least: tuple[str, ...]) -> None:
    answers: dict[str, int | None] = dict.fromkeys(("nest_themes", "parallel_95", "parallel_mean", "kaiser", "ekc", "scree"))
    answers |= dict.fromkeys(("humphrey_strict", "humphrey_lenient", "two_loadings"))
    table = [RetentionRow(k, eigenvalue=4.0 - k if k else None, map=0.1, nest_p=0.01, nest_threshold=1.0) for k in range(4)]
    first = advise(table, answers | {"nest": nest, "map": 3}, {}, at_least, 3)[0]
    open_end = any({"nest": nest, "map": 3}[name] == 3 for name in at_least)
    assert ("or more" in first or first.startswith("At least 3")) == open_end
    for name in at_least:
        assert f"says at least {nest if name == 'nest' else 3}" in first


@pytest.mark.parametrize(("p", "shown"), [(1e-6, "<0.0001"), (0.00005, "0.0001"), (0.0005, "0.0005"), (1.0, "1.0000")])
def test_no_p_value_is_0(p: float, shown: str) -> None:
    assert rare(p) == shown


def test_figures_of_notices_have_the_decimal_mark_of_the_language() -> None:
    few = "Before rotation the smallest of the 2 factors holds 0.36, less than a single sort does (1 of 6): it may be no viewpoint at all. "
    alike = "1 pair of sorts is almost the same (r of at least 0.95): P1.5 and P7 (0.97)."
    with speaking("es"):
        small = said(qmethod.Notice("small-factor", f"{few}Look at the solution with fewer factors too."))
        pair = said(qmethod.Notice("near-duplicate-sorts", alike))
    assert "0,36" in small
    assert "0.36" not in small
    assert "0,95" in pair
    assert "P1.5" in pair
    assert "(0,97)" in pair
