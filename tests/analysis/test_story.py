"""Every sentence of a drafted narrative is walked back to the figures it came from."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from qmethod import QData, analyse, read
from qmethod.calibration.pipeline import beyond_chance
from qmethod.method.contrasts import relative_ranks
from qmethod.resampling.bootstrap import bootstrap
from qmethod.simulation import simulated_names
from qmethod_analysis.interpretation.crib_sheet import Reading, interpret
from qmethod_analysis.interpretation.holders import Trait
from qmethod_analysis.interpretation.story import CATALOGUE, MOST, parting, shared, story
from qmethod_analysis.interpretation.viewpoints import of_study
from qmethod_analysis.words.narrative import decimal
from qmethod_studies import library
from qmethod_studies.loading import find, load
from qmethod_studies.simulation import draw

NUMBER = r"[+−]?\d+(?:\.\d+)?"


def leadership(seed=1, k=4, resamples=200):
    study = load(find("leadership"))
    solution = analyse(draw(study, 40, np.random.default_rng(seed)).data, k)
    found = bootstrap(solution, resamples, rng=np.random.default_rng(1)) if resamples else None
    tags = {statement.id: statement.tags for statement in study.statements}
    from qmethod_analysis.interpretation.background import Background

    return solution, interpret(solution, Background(study=study, tags=tags), found, of_study(study, "leadership")), found


def climate():
    folder = library.path("climate")
    solution = analyse(read(folder / "sorts.csv", statements=folder / "statements.csv"), 1, flag_majority=False, bipolar="split")
    return solution, interpret(solution), None


def wordless():
    """Real sorts of three viewpoints whose statements have no wording."""
    data = read("tests/reference/lipset/sorts.csv")
    solution = analyse(data, 3)
    return solution, interpret(solution), None


def classical():
    """The same by the rule of a preset, which marks more than chance allows."""
    data = leadership(resamples=0)[0].data
    solution = analyse(data, 4, preset="kade")
    return solution, interpret(solution), None


CASES = {"classical": classical, "leadership": leadership, "unsure": lambda: leadership(2, 5, 100), "climate": climate, "wordless": wordless}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    solution, interpretation, found = CASES[request.param]()
    names = tuple(f"View {label.upper()}" for label in solution.labels)
    return solution, interpretation, found, names


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


def check_statements(solution, f, kind, text, names):
    """Places and comparisons of every statement cited; returns which they are."""
    arrays = solution.scores.arrays
    others = [g for g in range(arrays.shape[1]) if g != f and not math.isnan(arrays[0, g])]
    found = cited(solution, text)
    assert found, text
    for i, rest in found:
        own, _, beside = rest.partition("; ")
        assert minus(own) == arrays[i, f], (kind, text)
        row = [arrays[i, g] for g in others]
        if beside.startswith("elsewhere"):
            value = minus(re.fullmatch(rf"elsewhere (?:at most |at least )?({NUMBER})", beside)[1])
            assert value == (max(row) if "most" in beside else min(row) if "least" in beside else row[0])
            assert "at " in beside or len(row) == 1
        elif beside:
            said = dict(part.rsplit(": ", 1) for part in beside.split(", "))
            assert {name: minus(value) for name, value in said.items()} == {names[g]: arrays[i, g] for g in others}
    return [i for i, _ in found]


def lists(reading: Reading, kind):
    return {
        "highest": reading.highest,
        "lowest": reading.lowest,
        "higher": reading.higher,
        "lower": reading.lower,
        "neutral": reading.neutral,
        "apart": reading.distinguishing,
    }[kind]


def check_compared(solution, f, others, whom):
    """Whom a viewpoint is said to be compared with: all others only where the error of each is known."""
    if any(np.isnan(solution.contrasts.sed[f, g]) for g in others):
        assert whom == "every viewpoint it could be compared with"
    else:
        assert whom == ("every other viewpoint" if len(others) > 1 else "the other viewpoint")


def check_viewpoint(solution, reading, found, names, sentence):
    """One sentence against the solution; whatever number it holds must have been accounted for."""
    f, kind, text = reading.viewpoint, sentence.kind, check_wording(solution, sentence.text)
    arrays, z, c = solution.scores.arrays, solution.scores.z_scores, solution.characteristics
    others = [g for g in range(arrays.shape[1]) if g != f and not math.isnan(arrays[0, g])]
    if kind == "size":
        n, percent = re.fullmatch(rf"(\d+) Q sorts? defines? {names[f]}, which explains ({NUMBER}) % of the variance between sorts\.", text).groups()
        assert int(n) == solution.flags[:, f].sum()
        assert percent == decimal(c.explained_variance[f], 1)
    elif kind in ("opponent", "opponents"):
        assert int(re.match(r"\d+", text)[0]) == (solution.flags[:, f] & (solution.loadings[:, f] < 0)).sum() > 0
    elif kind == "mirror":
        assert (solution.loadings[solution.flags[:, f], f] < 0).all()
    elif kind in ("highest", "lowest"):
        end = arrays[:, f].max() if kind == "highest" else arrays[:, f].min()
        mine = check_statements(solution, f, kind, sentence.text, names)
        assert len(mine) == min(MOST, (arrays[:, f] == end).sum())
        assert all(arrays[i, f] == end for i in mine)
    elif kind in ("higher", "lower", "neutral", "apart", "unsure"):
        mine = check_statements(solution, f, kind, sentence.text, names)
        for i in mine:
            if kind == "unsure":
                one = next(one for one in (*reading.higher, *reading.lower) if one.statement == i)
                assert one.sure is False
            else:
                one = next(one for one in lists(reading, kind) if one.statement == i)
                assert one.sure is True
            if kind == "higher":
                assert all(arrays[i, f] > arrays[i, g] for g in others)
            if kind == "lower":
                assert all(arrays[i, f] < arrays[i, g] for g in others)
            if kind == "neutral":
                assert arrays[i, f] == 0
                assert max(abs(arrays[i, g]) for g in others) >= 2
            if kind == "apart":
                assert not math.isnan(solution.contrasts.distinguishing[i, f])
                assert all(arrays[i, f] != arrays[i, g] for g in others)
        more = re.search(r" and (\d+) more", text)
        total = len(mine) + (int(more[1]) if more else 0)
        assert len(mine) == min(MOST, total)
        if kind in ("higher", "lower"):
            assert total == sum(one.sure is True for one in lists(reading, kind))
        if kind == "unsure":
            assert total == sum(one.sure is False for one in (*reading.higher, *reading.lower))
    elif kind in ("related", "opposed"):
        name, r = re.search(rf"is (View F\d+) \(r = ({NUMBER}) between their z-scores\)", text).groups()
        g = names.index(name)
        exact = np.corrcoef(z[:, f], z[:, g])[0, 1]
        assert r == decimal(exact)
        assert (kind == "opposed") == (exact < 0)
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
            r"It is (\w+)\. It came out alike .* in (all|none|[\d,]+) of the ([\d,]+) studies drawn from the solution\.", text
        ).groups()
        share = solution.calibration.matched[f]
        assert word == ("established" if share >= 0.8 else "probable" if share >= 0.5 else "uncertain")
        assert int(of) == solution.calibration.n_replicates
        assert {"all": int(of), "none": 0}.get(n) == share * int(of) if n in ("all", "none") else int(n) == round(share * int(of))
    elif kind == "replicated":
        n, median, share = re.search(rf"anew (\d+) times, it came back with a median φ of ({NUMBER}), in ({NUMBER}) % of them", text).groups()
        assert (int(n), median) == (found.n_replicates, decimal(float(found.replication.median[f])))
        assert float(share) == pytest.approx(100 * found.replication.equal[f], abs=0.5)
    elif kind == "proposed":
        phi, n, who, chance = re.search(
            rf"\(φ = ({NUMBER}); the best of (\d+) viewpoints (.*) would exceed ({NUMBER}) in one case of twenty\)", text
        ).groups()
        assert int(n) == sum(one is not None for one in relative_ranks(solution)) == reading.proposed.among
        assert (who == "of people who share only what all the descriptions share") == (reading.proposed.common > 0)
        assert reading.proposed.name in sentence.text
        assert (phi, chance) == (decimal(reading.proposed.phi), decimal(reading.proposed.chance_95))
    elif kind == "circular":
        assert reading.proposed.simulated
        assert simulated_names(solution.data.participants)
    elif kind == "contradicts":
        assert set(check_statements(solution, f, kind, sentence.text, names)) <= set(reading.proposed.contradict)
    elif kind == "no_bootstrap":
        assert found is None
    else:
        raise AssertionError(f"nothing checks sentences of kind {kind}")


def test_every_sentence_about_a_viewpoint_walks_back_to_its_figures(case):
    solution, interpretation, found, names = case
    told = story(solution, interpretation, names, found)
    assert len(told) == len(names)
    for one, reading in zip(told, interpretation.readings, strict=True):
        assert {sentence.kind for sentence in one.sentences} >= {"size", "highest", "lowest"}
        for sentence in one.sentences:
            check_viewpoint(solution, reading, found, names, sentence)


def test_what_is_said_of_all_viewpoints_walks_back_too(case):
    solution, interpretation, _found, names = case
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
    solution, interpretation, found, names = case
    told = story(solution, interpretation, names, found)[0]
    for sentence in told.sentences:
        if sentence.kind in ("mirror", "no_bootstrap", "none_apart", "circular"):
            continue
        digit = next(
            match for match in re.finditer(r"(?<=[:=] )[+−]?\d|\d(?=[ .]\S* ?%)|^\d|(?<=^On )\d|(?<= marks )\d|(?<= of the )\d", sentence.text)
        )
        other = str((int(digit[0][-1]) + 1) % 10)
        wrong = replace(sentence, text=sentence.text[: digit.end() - 1] + other + sentence.text[digit.end() :])
        with pytest.raises((AssertionError, StopIteration, TypeError)):
            check_viewpoint(solution, interpretation.readings[0], found, names, wrong)


def test_traits_are_told_with_their_counts_only_where_they_are_more_than_chance():
    solution, interpretation, _ = wordless()
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
    assert [kind for kind in kinds if not kind.startswith("opponent")] == ["size", "highest", "lowest", "sureness"]


def test_every_language_of_the_catalogue_has_every_phrase_with_the_same_places():
    english = CATALOGUE["en"]
    for words in CATALOGUE.values():
        assert words.keys() == english.keys()
        for key, phrase in words.items():
            assert set(re.findall(r"{(\w+)}", phrase)) == set(re.findall(r"{(\w+)}", english[key]))
