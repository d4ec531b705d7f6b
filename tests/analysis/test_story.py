"""Every sentence of a drafted narrative is walked back to the figures it came from."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from qmethod import QData, analyse, read
from qmethod.calibration.pipeline import beyond_chance
from qmethod.resampling.bootstrap import bootstrap
from qmethod_analysis.interpretation.background import Background
from qmethod_analysis.interpretation.crib_sheet import interpret
from qmethod_analysis.interpretation.findings import ALIKE
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.interpretation.passages import apart_by_pair, own_statements
from qmethod_analysis.interpretation.questions import holding, questions
from qmethod_analysis.interpretation.sharing import parting, shared
from qmethod_analysis.interpretation.story import LONGEST, QUOTED, SHORTEST, THEMES, story
from qmethod_analysis.interpretation.themes import themes
from qmethod_analysis.interpretation.viewpoints import of_study
from qmethod_analysis.recipe.citations import wrong_citations
from qmethod_analysis.recipe.texts import Own, Texts, Theme
from qmethod_analysis.words.narrative import decimal
from qmethod_studies import library
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw

NUMBER = r"[+−]?\d+(?:\.\d+)?"


def leadership(seed=1, k=4, resamples=200, **choices):
    study = load(find("leadership"))
    solution = analyse(draw(study, 40, np.random.default_rng(seed)).data, k, **choices)
    found = bootstrap(solution, resamples, rng=np.random.default_rng(1)) if resamples else None
    background = Background(study=study, tags={statement.id: statement.tags for statement in study.statements})
    return solution, interpret(solution, background, found, of_study(study, "leadership")), found, study


def climate(k=1):
    folder = library.path("climate")
    solution = analyse(read(folder / "sorts.csv", statements=folder / "statements.csv"), k, flag_majority=False, bipolar="split")
    return solution, interpret(solution), None, None


def wordless():
    """Real sorts of three viewpoints whose statements have no wording."""
    solution = analyse(read("tests/reference/lipset/sorts.csv"), 3)
    return solution, interpret(solution), None, None


CASES = {
    "leadership": leadership,
    "classical": lambda: leadership(resamples=0, preset="kade"),
    "uncalibrated": lambda: leadership(3, contrast_errors="normal", calibration_studies=0),
    "unsure": lambda: leadership(2, 5, 100),
    "climate": climate,
    "climate in three": lambda: climate(3),
    "wordless": wordless,
}


def told_of(solution, interpretation, found, study):
    """Names, themes, questions and stories, as the report has them."""
    names = tuple(f"View {label.upper()}" for label in solution.labels)
    asked = questions(solution, study, "en", names)
    by = themes(solution, (), study, "en")
    return names, by, asked, story(solution, interpretation, names, found, by, asked)


@pytest.fixture(scope="module", params=CASES)
def case(request):
    solution, interpretation, found, study = CASES[request.param]()
    return solution, interpretation, found, *told_of(solution, interpretation, found, study)


def minus(text):
    return float(text.replace("−", "-"))


def cited(solution, text):
    """Every statement a sentence cites: its position, its place, and what else stands in the brackets."""
    position = {name: i for i, name in enumerate(solution.data.statements)}
    found = []
    for name, rest in re.findall(r"\(([A-Za-z]\w*)(?::|;) ([^()]*)\)", text):
        if name in position:
            found.append((position[name], rest))
    return found


def check_wording(solution, text):
    """Quoted texts are those of the statements cited right after them, verbatim."""
    for wording, name in re.findall(r"“([^”]*)” \((\w+)[:;]", text):
        assert solution.data.texts[solution.data.statements.index(name)] == wording
    return re.sub(r"“[^”]*”", "", text)


def check_statements(solution, f, text, names):
    """Places and comparisons of every statement cited; returns which they are. Only the first stands there with its wording."""
    arrays = solution.scores.arrays
    others = [g for g in range(arrays.shape[1]) if g != f and not math.isnan(arrays[0, g])]
    found = cited(solution, text)
    assert found, text
    assert text.count("“") == (1 if solution.data.texts[0] else 0)
    for i, rest in found:
        own, _, beside = rest.partition("; ")
        assert minus(own) == arrays[i, f], text
        row = [arrays[i, g] for g in others]
        if beside.startswith("elsewhere"):
            value = minus(re.fullmatch(rf"elsewhere (?:at most |at least )?({NUMBER})", beside)[1])
            assert value == (max(row) if "most" in beside else min(row) if "least" in beside else row[0])
            assert "at " in beside or len(row) == 1
        elif beside:
            said = dict(part.rsplit(": ", 1) for part in beside.split(", "))
            assert {name: minus(value) for name, value in said.items()} == {names[g]: arrays[i, g] for g in others}
    return [i for i, _ in found]


def check_compared(solution, f, others, whom):
    """Whom a viewpoint is said to be compared with: all others only where the error of each is known."""
    if any(np.isnan(solution.contrasts.sed[f, g]) for g in others):
        assert whom == "every viewpoint it could be compared with"
    else:
        assert whom == ("every other viewpoint" if len(others) > 1 else "the other viewpoint")


def check_answer(solution, f, kind, text, names, asked):
    """An answer is that of the viewpoint, and those of the others are theirs, with a probability of .9 or more that each holds it."""
    one = next(one for one in asked if one.title in text)
    assert one.differs
    held = [holding(solution, side, other) for side, other in zip(one.statements, one.statements[::-1], strict=True)]
    given = {name: 0 if held[0][g] >= 0.9 else 1 if held[1][g] >= 0.9 else None for g, name in enumerate(names)}
    mine = given[names[f]]
    assert f"answers: {one.answers[mine]} (" in text
    before, _, after = text.partition(one.title)[2].partition("answers: ")
    assert [name for name in names if name in before] == [name for name in names if given[name] == mine and name != names[f]]
    assert ("with" in kind) == (before.strip() not in ("It", "This view"))
    assert [name for name in names if name in after] == [name for name in names if given[name] == 1 - mine]
    assert ("against" in kind) == (one.answers[1 - mine] in after)
    for name, place in re.findall(rf"(\w+): ({NUMBER})[;)]", after):
        i = solution.data.statements.index(name)
        assert minus(place) == solution.scores.arrays[i, f]
        assert i in {*one.statements[0], *one.statements[1]}


def check_alone(solution, f, kind, text, names, mine):
    """Where a viewpoint is said to stand alone, or far from another, it does; and by more than chance gives, where that is known."""
    arrays, grid = solution.scores.arrays, solution.scores.grid.values
    others = [g for g in range(arrays.shape[1]) if g != f and not math.isnan(arrays[0, g])]
    middle = (grid[0] + grid[-1]) / 2
    for i in check_statements(solution, f, text, names):
        here, there = arrays[i, f], [arrays[i, g] for g in others]
        assert "very top" not in text or here == grid[-1]
        assert "very bottom" not in text or here == grid[0]
        if kind.startswith("unlike"):
            name, place = re.search(rf"Unlike (View F\d+) \(({NUMBER})\)", text).groups()
            g = names.index(name)
            assert arrays[i, g] == minus(place)
            assert here > middle >= arrays[i, g] if kind == "unlike_above" else here < middle <= arrays[i, g]
            assert apart_by_pair(solution)[i, f, g]
            continue
        assert i in mine
        assert not math.isnan(solution.contrasts.distinguishing[i, f])
        assert solution.calibration is None or beyond_chance(solution)[i, f]
        assert {
            "alone_above": here > middle and all(value <= middle for value in there),
            "alone_below": here < middle and all(value >= middle for value in there),
            "alone_middle": here == middle and all(value != middle for value in there),
            "higher": all(here > value for value in there),
            "lower": all(here < value for value in there),
            "apart": all(here != value for value in there),
        }[kind]


def check_nearest(solution, f, text, names, theme):
    n, near, a, far, b = re.search(
        rf"(?:^|\. |\? )Over the (\d+) statements of this theme .* to (View F\d+) \(({NUMBER}) columns .* from (View F\d+) \(({NUMBER})\)\.", text
    ).groups()
    assert len(theme.statements) == int(n)
    rank = np.searchsorted(solution.scores.grid.values, solution.scores.arrays[list(theme.statements)])
    apart = {name: np.abs(rank[:, f] - rank[:, g]).mean() for g, name in enumerate(names) if g != f}
    assert min(apart, key=apart.get) == near
    assert max(apart, key=apart.get) == far
    assert (a, b) == (f"{apart[near]:.1f}", f"{apart[far]:.1f}")


def check_sides(solution, f, text):
    if unknown := re.fullmatch(r"Of the (\d+) statements? .* middle it is not known which of them .* for this viewpoint\.", text):
        assert (
            int(unknown[1]) == (solution.scores.arrays[:, f] != sum(solution.scores.grid.values[:: len(solution.scores.grid.values) - 1]) / 2).sum()
        )
        assert np.isnan(solution.calibration.places.low[:, f]).any()
        return
    assert not np.isnan(solution.calibration.places.low[:, f]).any()
    some = re.fullmatch(rf"Of the (\d+) statements that .* middle, (\d+) surely .* a probability of ({NUMBER}), do not reach the middle\.", text)
    none = re.fullmatch(rf"Of none of the (\d+) statements? that .* middle is it sure .* a probability of ({NUMBER}), reach the middle\.", text)
    n, m, level = some.groups() if some else (none[1], "0", none[2])
    assert (some is None) == (m == "0")
    ends, array, grid = solution.calibration.places, solution.scores.arrays[:, f], solution.scores.grid.values
    middle = (grid[0] + grid[-1]) / 2
    out = np.flatnonzero(array != middle)
    assert int(n) == len(out)
    assert int(m) == sum(ends.low[i, f] > middle if array[i] > middle else ends.high[i, f] < middle for i in out)
    assert level == decimal(ends.level)


def check_viewpoint(solution, reading, found, told, sentence, theme=None):
    """One sentence against the solution; whatever number it holds must have been accounted for."""
    names, asked, mine = told
    f, kind, text = reading.viewpoint, sentence.kind, check_wording(solution, sentence.text)
    arrays, z, c = solution.scores.arrays, solution.scores.z_scores, solution.characteristics
    others = [g for g in range(arrays.shape[1]) if g != f and not math.isnan(arrays[0, g])]
    if theme is not None and not kind.startswith("answer"):
        assert {i for i, _ in cited(solution, sentence.text)} <= set(theme.statements)
    if kind == "size":
        n, of, percent = re.fullmatch(
            rf"(\d+) of (\d+)(?: simulated)? Q sorts defines? {names[f]}, which explains ({NUMBER}) % of the variance between sorts\.", text
        ).groups()
        assert int(n) == solution.flags[:, f].sum()
        assert int(of) == solution.data.n_sorts
        assert percent == decimal(c.explained_variance[f], 1)
    elif kind in ("opponent", "opponents"):
        assert int(re.match(r"\d+", text)[0]) == (solution.flags[:, f] & (solution.loadings[:, f] < 0)).sum() > 0
    elif kind == "mirror":
        assert (solution.loadings[solution.flags[:, f], f] < 0).all()
    elif kind in ("highest", "lowest"):
        end = arrays[:, f].max() if kind == "highest" else arrays[:, f].min()
        assert all(arrays[i, f] == end for i in check_statements(solution, f, sentence.text, names))
    elif kind.startswith("answer"):
        check_answer(solution, f, kind, sentence.text, names, asked)
    elif kind.startswith(("alone", "unlike")) or kind in ("higher", "lower", "apart"):
        check_alone(solution, f, kind, sentence.text, names, mine[f])
    elif kind == "nearest":
        check_nearest(solution, f, text, names, theme)
    elif kind == "sides":
        check_sides(solution, f, text)
    elif kind in ("related", "opposed", "unrelated"):
        if kind == "unrelated":
            r, name = re.search(rf"in size, is ({NUMBER}), with (View F\d+)\.", text).groups()
        else:
            name, r = re.search(rf"is (View F\d+) \(r = ({NUMBER}) between their z-scores\)", text).groups()
        g = names.index(name)
        exact = np.corrcoef(z[:, f], z[:, g])[0, 1]
        assert r == decimal(exact)
        assert (kind == "related") == (exact >= 0)
        assert (kind == "opposed") == (exact * np.sqrt(len(z)) < -1.96)
        assert abs(exact) >= max(abs(np.corrcoef(z[:, f], z[:, h])[0, 1]) for h in others) - 1e-12
    elif kind == "by_chance":
        n, whom, most = re.fullmatch(rf"On (\d+) statements? it differs from (.*); at most ({NUMBER}) of these [^\d]*", text).groups()
        check_compared(solution, f, others, whom)
        assert int(n) == np.isfinite(solution.contrasts.distinguishing[:, f]).sum() > 0
        assert 0 <= float(most) - solution.contrasts.expected_false[f] < 0.1
    elif kind == "none_apart":
        assert np.isnan(solution.contrasts.distinguishing[:, f]).all()
        check_compared(solution, f, others, re.fullmatch(r"On no statement does it differ from (.*) by more than chance gives\.", text)[1])
        assert solution.policies.contrast_errors == "calibrated"
    elif kind == "by_rule":
        n, m = re.fullmatch(r"The rule of this analysis marks (\d+) statements? as setting it apart; on (\d+) of them [^\d]*", text).groups()
        marked = np.isfinite(solution.contrasts.distinguishing[:, f])
        assert (int(n), int(m)) == (marked.sum(), (marked & beyond_chance(solution)[:, f]).sum())
        assert solution.policies.contrast_errors == "normal"
    elif kind == "sureness":
        word, n, of = re.fullmatch(
            r"It is (\w+)\. It came out alike .* in (all|none|[\d,]+) of the ([\d,]+) studies drawn from the solution\."
            r"(?: All viewpoints of this study did so in \d+ of 100 on average; only where that is 70 or more is one called established\.)?",
            text,
        ).groups()
        share, whole = solution.calibration.matched[f], np.nanmean(solution.calibration.matched)
        assert ("All viewpoints of this study" in text) == (share >= 0.95 and whole < 0.7)
        assert word == ("established" if share >= 0.95 and whole >= 0.7 else "probable" if share >= 0.5 else "uncertain")
        assert int(of) == solution.calibration.n_replicates
        assert {"all": int(of), "none": 0}.get(n) == share * int(of) if n in ("all", "none") else int(n) == round(share * int(of))
    elif kind == "replicated":
        n, median, share = re.search(rf"anew (\d+) times, it came back with a median φ of ({NUMBER}), in ([<>]?\d+) % of them", text).groups()
        assert (int(n), median) == (found.n_completed, decimal(float(found.replication.median[f])))
        exact = 100 * found.replication.equal[f]
        assert share == ("<1" if 0 < exact < 0.5 else ">99" if 99.5 <= exact < 100 else str(round(exact)))
    elif kind == "no_bootstrap":
        assert found is None
    else:
        raise AssertionError(f"nothing checks sentences of kind {kind}")


def theme_of(paragraph, by):
    """The theme that a paragraph names at its head."""
    return next((one for one in by if one.name and paragraph[0].text.startswith((f"{one.name}. ", f"{one.name} "))), None)


def test_every_sentence_about_a_viewpoint_walks_back_to_its_figures(case):
    solution, interpretation, found, names, by, asked, told = case
    mine = own_statements(solution, interpretation)
    assert len(told) == len(names)
    for one, reading in zip(told, interpretation.readings, strict=True):
        assert "size" in {sentence.kind for sentence in one.sentences}
        for paragraph in one.paragraphs:
            for sentence in paragraph:
                check_viewpoint(solution, reading, found, (names, asked, mine), sentence, theme_of(paragraph, by))


def check_length(solution, told):
    for one in told:
        text = " ".join(sentence.text for sentence in one.sentences)
        inside = sum(len(quote.split()) for quote in re.findall("“[^”]*”", text))
        assert len(text.split()) <= LONGEST, one.name
        assert QUOTED * inside <= len(text.split()), one.name
        assert len(text.split()) >= SHORTEST or not solution.data.texts[0], text
        assert 1 <= len(one.paragraphs) <= THEMES + 4


def test_a_story_has_a_readable_length_and_quotes_a_quarter_at_most(case):
    solution, *_, told = case
    assert (LONGEST, SHORTEST, QUOTED) == (250, 120, 4)
    check_length(solution, told)


@pytest.mark.parametrize("which", ["leadership", "climate"])
def test_stories_of_any_number_of_viewpoints_keep_their_length(which):
    """With one viewpoint there is least to say, with five the names and comparisons are longest."""
    for k in (1, 2, 5):
        solution, interpretation, found, study = leadership(k, k, 0) if which == "leadership" else climate(k)
        check_length(solution, told_of(solution, interpretation, found, study)[-1])


def particular(sentence):
    """Whether a sentence says that something sets the viewpoint apart from all others."""
    return sentence.kind.startswith("alone") or sentence.kind in ("higher", "lower", "apart")


def test_no_statement_is_told_as_particular_to_two_viewpoints(case):
    solution, *_, told = case
    mine = [i for one in told for sentence in one.sentences if particular(sentence) for i, _ in cited(solution, sentence.text)]
    assert len(mine) == len(set(mine))


def test_what_all_share_is_not_told_as_the_view_of_one(case):
    solution, interpretation, _found, *_, told = case
    shared = {i for one in interpretation.ground if one.kind in ALIKE for i in one.statements}
    said = [sentence for one in told for sentence in one.sentences if particular(sentence) or sentence.kind.startswith("unlike")]
    assert said
    for sentence in said:
        for i, _ in cited(solution, sentence.text):
            assert i not in shared or particular(sentence), sentence.text  # a statement may set one apart by how far out all put it


def test_a_theme_stands_once_at_the_head_of_its_paragraph(case):
    *_, by, _asked, told = case
    for one in told:
        heads = [theme_of(paragraph, by) for paragraph in one.paragraphs]
        named = [theme for theme in heads if theme is not None]
        assert len(named) == len({theme.name for theme in named})
        assert named == [theme for theme in by if theme in named]
        assert len(named) >= 1 or not by
        text = " ".join(sentence.text for sentence in one.sentences)
        for theme in named:
            assert text.count(f"{theme.name}. ") <= 1


def test_the_researchers_themes_go_before_those_of_the_study():
    solution, interpretation, _found, study = leadership(resamples=0)
    own = [Theme("Who leads?", ("s2", "s10", "s7", "s28")), Theme("Plans", ("s6", "s15", "s24", "s39", "s32"))]
    by = themes(solution, own, study, "en")
    assert [one.name for one in by] == ["Who leads?", "Plans", ""]
    assert sorted(i for one in by for i in one.statements) == list(range(42))
    names = ("A", "B", "C", "D")
    told = story(solution, interpretation, names, None, by, questions(solution, study, "en", names))
    heads = [paragraph[0].text for one in told for paragraph in one.paragraphs]
    assert any(head.startswith("Who leads? ") for head in heads)
    assert any(head.startswith("Plans. ") for head in heads)
    assert not any("Who decides" in head for head in heads)


def test_a_draft_taken_over_into_the_own_words_passes_their_check(case):
    """A researcher begins by copying the draft: no citation in it may be called wrong."""
    solution, _interpretation, _found, names, *_, told = case
    own = {solution.labels[one.viewpoint]: Own(names[one.viewpoint], "", " ".join(s.text for s in one.sentences)) for one in told}
    assert [fault.message for fault in wrong_citations(Texts(viewpoints=own), solution)] == []


def test_what_is_said_of_all_viewpoints_walks_back_too(case):
    solution, interpretation, _found, names, *_ = case
    arrays, z = solution.scores.arrays, solution.scores.z_scores
    for sentence in shared(solution, interpretation):
        text = check_wording(solution, sentence.text)
        if sentence.kind == "consensus":
            for i, rest in cited(solution, sentence.text):
                assert solution.contrasts.consensus[i]
                assert [minus(value) for value in rest.split(", ")] == arrays[i].tolist()
        else:
            assert sentence.kind == "consensus_none"
            assert not solution.contrasts.consensus.any()
            assert text == "On every statement a difference between viewpoints was found."
            assert ((solution.contrasts.levels <= 0.05).any(axis=1)).all()
    kinds = []
    for sentence in parting(solution, interpretation, names):
        kinds.append(sentence.kind)
        check_wording(solution, sentence.text)
        if sentence.kind == "divides":
            mine = cited(solution, sentence.text)
            widest = np.sort(z.var(axis=1, ddof=1))[::-1]
            assert [z[i].var(ddof=1) for i, _ in mine] == pytest.approx(widest[: len(mine)].tolist())
            for i, rest in mine:
                (high, top), (low, bottom) = (part.rsplit(": ", 1) for part in rest.split(", "))
                assert z[i, names.index(high)] == z[i].max()
                assert z[i, names.index(low)] == z[i].min()
                assert (minus(top), minus(bottom)) == (arrays[i, names.index(high)], arrays[i, names.index(low)])
        else:
            assert (interpretation.tags_p <= 0.05) == (sentence.kind != "tags_chance")
    assert kinds[0] == "divides"


def test_a_sentence_with_a_wrong_figure_would_be_seen(case):
    solution, interpretation, found, names, by, asked, told = case
    mine = own_statements(solution, interpretation)
    places = r"(?<=[:=] )[+−]?\d|\d(?=[ .]\S* ?%)|^\d|(?<=On )\d|(?<= marks )\d|(?<= of the )\d|(?<=Over the )\d|(?<=Of the )\d"
    for paragraph in told[0].paragraphs:
        for sentence in paragraph:
            if sentence.kind in ("mirror", "no_bootstrap", "none_apart"):
                continue
            digit = next(re.finditer(places, sentence.text))
            other = str((int(digit[0][-1]) + 1) % 10)
            wrong = replace(sentence, text=sentence.text[: digit.end() - 1] + other + sentence.text[digit.end() :])
            with pytest.raises((AssertionError, StopIteration, TypeError, AttributeError)):
                check_viewpoint(solution, interpretation.readings[0], found, (names, asked, mine), wrong, theme_of(paragraph, by))


def test_traits_are_told_with_their_counts_only_where_they_are_more_than_chance():
    solution, interpretation, *_ = wordless()
    told = (
        Trait("Your role?", "city", 7, 9, 3, 20, 0.003, 0.02),
        Trait("Age?", "above 44", 0, 8, 9, 12, 0.002, 0.01),
        Trait("Sex?", "f", 3, 9, 8, 20, 0.01, 0.06),
    )
    reading = replace(interpretation.readings[0], traits=told)
    changed = replace(interpretation, readings=(reading, *interpretation.readings[1:]))
    said = [s.text for s in story(solution, changed, ("A", "B", "C"))[0].sentences if s.kind.startswith("trait")]
    assert said == [
        "More often than others they answered “city” to “Your role?”: 7 of 9, against 3 of 20.",
        "Less often than others they answered “above 44” to “Age?”: 0 of 8, against 9 of 12.",
    ]


def test_a_viewpoint_that_nobody_defines_is_told_as_that():
    solution = analyse(read("tests/reference/lipset/sorts.csv"), 2, flagging="none")
    told = story(solution, interpret(solution), ("A", "B"))
    assert [[s.kind for s in one.sentences] for one in told] == [["nobody"], ["nobody"]]
    assert shared(solution, interpret(solution)) == parting(solution, interpret(solution), ("A", "B")) == ()


def test_one_viewpoint_alone_is_compared_with_nothing():
    data = read("tests/reference/lipset/sorts.csv")
    solution = analyse(QData(data.sorts, data.statements, data.participants, grid=data.grid), 1)
    kinds = [s.kind for s in story(solution, interpret(solution), ("A",))[0].sentences]
    assert [kind for kind in kinds if not kind.startswith("opponent")] == ["size", "highest", "lowest", "sides", "sureness"]
