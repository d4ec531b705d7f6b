"""What the criteria together advise, in sentences. Never more than they say.

Where it is known how often such a table is right, that leads. NEST and MAP follow, or lead where it is not known, and where the statements have
tags NEST beyond themes leads them; parallel analysis stands beside them. The rules that count viewpoints in sorts drawn at random are named as
such and lead nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qmethod.retention.probability import HOLDS
from qmethod.retention.row import RetentionRow
from qmethod.wording import counted

NAMES = {
    "nest": "NEST",
    "nest_themes": "NEST beyond themes",
    "parallel_95": "parallel analysis (95th centile)",
    "map": "MAP",
    "ekc": "the empirical Kaiser criterion",
    "parallel_mean": "parallel analysis against the mean",
    "kaiser": "eigenvalues above 1 (Kaiser)",
    "humphrey_strict": "Humphrey's rule, strict",
    "humphrey_lenient": "Humphrey's rule, lenient",
    "two_loadings": "two significant loadings",
    "scree": "the elbow of the scree",
}
OF_CHANCE = ("kaiser", "humphrey_strict", "humphrey_lenient", "two_loadings", "parallel_mean")
LEVEL = 0.05  # of NEST
CLOSE = 0.01  # to the level, where two decimals would hide on which side a p-value lies
FINE = 0.005  # below which a p-value is given with four decimals
TOLD = 0.5  # the probability from which on a number is the answer; below it the sorts cannot tell
DESCRIBED = 5  # numbers of viewpoints between which each is described; of a longer range only the ends are

Answers = Mapping[str, int | None]


def advise(
    rows: Sequence[RetentionRow],
    answers: Answers,
    reasons: Mapping[str, str],
    limited: Sequence[str],
    rank: int,
    agreement: tuple[float | None, float | None] = (None, None),
    themes: Mapping[str, int] | None = None,
    plausible: Sequence[int] = (),
    unknown: str = "",
) -> tuple[str, ...]:
    """Put the table into words.

    Parameters
    ----------
    rows : sequence of RetentionRow
        For k = 0, 1, ...
    answers : mapping of str to int or None
        By criterion.
    reasons : mapping of str to str
        Why a criterion is missing.
    limited : sequence of str
        Criteria whose answer is a lower bound.
    rank : int
        Most factors the sorts can hold.
    agreement : (float or None, float or None)
        Mean correlation between sorts, and its p-value.
    themes : mapping of str to int, optional
        Statements of each theme.
    plausible : sequence of int, optional
        The numbers of viewpoints that hold the truth in 8 of 10, where rows have probabilities.
    unknown : str, optional
        Why they have none.

    Returns
    -------
    tuple of str
        The conclusion first.
    """
    low, high, conclusion = _conclusion(rows, answers, limited)
    known = rows[0].probability is not None
    if known:
        counts = conclusion if answers["nest_themes"] == 0 < (answers["nest"] or 0) else _counts(answers, limited)
        low, high, conclusion = plausible[0], plausible[-1], _claim(rows, plausible)
    counted_so = answers["nest"] if answers["nest"] is not None else answers["parallel_95"]
    untold = answers["nest_themes"] is None and bool(counted_so)
    if untold and agreement[1] is not None and agreement[1] > LEVEL:
        conclusion += f" Without tags of the statements it is open whether themes alone bring {'what is counted' if known else 'that'} about."
    sentences = [conclusion]
    if known:
        sentences.append(counts)
    elif unknown:
        sentences.append(f"How likely each number of viewpoints is cannot be told: {unknown}.")
    if answers["nest_themes"] is not None:
        sentences += _of_themes(rows, answers, rank, themes or {})
    if answers["nest"] is not None:
        sentences += _of_nest(rows, answers["nest"], rank)
    sentences += _beside(rows, answers)
    if untold:
        sentences += _without_themes(agreement, reasons.get("nest_themes", "") if themes else "", known)
    sentences += _each(rows, low, high)
    sentences += [f"NEST gives no answer: {reasons['nest']}."] if answers["nest"] is None and "nest" in reasons else []
    chance = [f"{NAMES[name]} ({_bounded(name, answers, limited)})" for name in OF_CHANCE if answers[name] is not None]
    elbow = f" The elbow of the scree ({answers['scree']}) can never say that there is none." if answers["scree"] is not None else ""
    sentences.append(f"These rules find viewpoints in sorts drawn at random, so their counts carry no weight here: {'; '.join(chance)}.{elbow}")
    ended = [name for name in ("nest", "nest_themes", "map") if name in limited]
    if ended:
        names = " and ".join(NAMES[name] for name in ended)
        sentences.append(f"The table ends at {len(rows) - 1} viewpoints, where {names} had not stopped: ask for more rows.")
    return tuple(sentences)


def viewpoints(k: int) -> str:
    """``no shared viewpoint``, ``1 viewpoint``, ``4 viewpoints``."""
    return "no shared viewpoint" if k == 0 else counted(k, "viewpoint")


def counted_up(names: Sequence[str]) -> str:
    """``NEST beyond themes, NEST and MAP``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _bounded(name: str, answers: Answers, limited: Sequence[str]) -> str:
    return f"{'at least ' if name in limited else ''}{answers[name]}"


def _claim(rows: Sequence[RetentionRow], plausible: Sequence[int]) -> str:
    """The likeliest number and how likely it is, or that there is none; and the numbers that hold the truth."""
    chances = [row.probability or 0.0 for row in rows]
    best = max(range(len(chances)), key=chances.__getitem__)
    truth = f"at least {10 * HOLDS:.0f} in 10"
    if chances[best] < TOLD:
        return (
            "These sorts cannot tell how many viewpoints they hold: no number is true of half the simulated studies with a table like this one; "
            f"{truth} of them hold {listed(plausible)}."
        )
    such = f"of simulated studies with a table like this one, {in_ten(chances[best])} hold {listed((best,))}"
    return f"{viewpoints(best).capitalize()}: {such}{f', and {truth} hold {listed(plausible)}' if len(plausible) > 1 else ''}."


def in_ten(share: float) -> str:
    """``about 7 in 10``, ``about 97 in 100``."""
    if share >= 0.995:
        return "more than 99 in 100"
    return f"about {100 * share:.0f} in 100" if share >= 0.945 else f"about {10 * share:.0f} in 10"


def listed(numbers: Sequence[int]) -> str:
    """``none, 1 or 2``; ``2 to 6`` where there are many in a row."""
    if len(numbers) > 3 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0] or 'none'} to {numbers[-1]}"
    words = [str(number or "none") for number in numbers]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _counts(answers: Answers, limited: Sequence[str]) -> str:
    """What the criteria say that lead where no probability is known."""
    leading = [name for name in ("nest_themes", "nest", "map") if answers[name] is not None]
    if len({answers[name] for name in leading}) == 1:
        return f"{counted_up([NAMES[name] for name in leading])} find {viewpoints(answers[leading[0]] or 0)}."
    return ", ".join(f"{NAMES[name]} finds {_bounded(name, answers, limited) if answers[name] else 'none'}" for name in leading) + "."


def _conclusion(rows: Sequence[RetentionRow], answers: Answers, limited: Sequence[str]) -> tuple[int, int, str]:
    """Lowest and highest number of viewpoints that the evidence leaves open, and that in words."""
    tested = "nest" if answers["nest_themes"] is None else "nest_themes"
    leading = [name for name in dict.fromkeys((tested, "nest", "map")) if answers[name] is not None]
    if answers[tested] is None and answers["parallel_95"] is not None:
        leading.insert(0, "parallel_95")
    found = [answers[name] or 0 for name in leading]
    if not found:
        return 0, 0, "No criterion that holds against chance could be asked; this table cannot advise a number of viewpoints."
    nest = answers["nest"] or 0
    if tested == "nest_themes" and found[0] == 0 < nest:
        others = f"NEST says {_bounded('nest', answers, limited)}" + (f" and MAP {_bounded('map', answers, limited)}" if answers["map"] else "")
        whole = "people's liking of whole themes, each in their own way, could bring that about as well"
        return 0, max(nest, *found), f"Beyond themes no shared viewpoint can be told from chance. {others}; {whole}."
    low, high = min(found), max(found)
    named, several = counted_up([NAMES[name] for name in leading]), len(leading) > 1
    if high == 0:
        return 0, 0, f"No shared viewpoint: {named} {'find' if several else 'finds'} none beyond chance."
    if found[0] == 0:
        which = f"MAP alone comes to {_bounded('map', answers, limited)}, and MAP is no test against chance"
        return 0, high, f"No shared viewpoint can be told from chance by {NAMES[leading[0]]}. {which}."
    said = ", ".join(f"{NAMES[name]} says {_bounded(name, answers, limited) if answers[name] else 'none'}" for name in leading)
    open_end = any(name in limited and answers[name] == high for name in leading)
    if low == high and open_end:
        return low, high, f"At least {viewpoints(low)}: {said}."
    if low == high:
        return low, high, f"{viewpoints(low).capitalize()}: {named} {'agree' if several else 'says so'}."
    if low == 0:
        first = rows[0].nest_p if tested == "nest" else rows[0].nest_themes_p
        beyond = f" That the sorts share something is more than chance (p = {first:.2f}); how much is the question." if first is not None else ""
        return 0, high, f"The criteria disagree: {said}.{beyond}"
    return low, high, f"The criteria disagree: between {low} and {high} viewpoints{' or more' if open_end else ''} ({said})."


def _of_nest(rows: Sequence[RetentionRow], k: int, rank: int) -> Iterator[str]:
    last = rows[k].nest_p
    stop = f"after {viewpoints(k)} the next eigenvalue could be chance ({_p(rows[k])})" if last is not None and last > LEVEL else ""
    if k == 0:
        yield f"NEST: the largest eigenvalue is not larger than random sorts in the same places show ({_p(rows[0])})."
    else:
        before = rows[k - 1]
        model = "random sorts" if k == 1 else f"sorts simulated with {viewpoints(k - 1)}"
        chance = f"95th centile {before.nest_threshold:.2f}, {_p(before)}"
        text = f"NEST: eigenvalue {k}, {rows[k].eigenvalue:.2f}, exceeds what {model} show ({chance})"
        if k == rank:
            stop = f"the sorts hold no more than {rank}"
        yield f"{text}; {stop}." if stop else f"{text}."
    yield from _near(rows, k, "nest")


def _of_themes(rows: Sequence[RetentionRow], answers: Answers, rank: int, themes: Mapping[str, int]) -> Iterator[str]:
    """What NEST beyond themes goes by, and what it leaves to themes."""
    k = answers["nest_themes"] or 0
    several = sum(size > 1 for size in themes.values())
    how = f"NEST beyond themes deals each person's places out within {several} theme{'s' * (several != 1)} of statements only"
    stop = f"; after {viewpoints(k)} what is left could be chance ({_p(rows[k], 'nest_themes')})" if rows[k].nest_themes_p is not None else ""
    if k == 0:
        yield f"{how}: what people share beyond their liking of whole themes could be chance ({_p(rows[0], 'nest_themes')})."
    else:
        model = "such sorts" if k == 1 else f"such sorts with {viewpoints(k - 1)}"
        yield f"{how}: viewpoint {k} exceeds what {model} show ({_p(rows[k - 1], 'nest_themes')}){stop if k < rank else ''}."
    yield from _near(rows, k, "nest_themes")
    over = [NAMES[name] for name in ("nest", "map") if k and (answers[name] or 0) > k]
    if over:
        yield (
            f"{' and '.join(over)} {'leave' if len(over) > 1 else 'leaves'} themes out of account. What is above {k} may be people's liking of whole "
            "themes, which they may have in common or each in their own way."
        )


def _without_themes(agreement: tuple[float | None, float | None], why: str, known: bool) -> Iterator[str]:
    """What can be said of themes where no tags are known, and of probabilities where some are."""
    mean, p = agreement
    tags = f"Their tags cannot set that aside: {why}." if why else "Give the tags of the statements to set that aside."
    if known:
        tags = f"The simulated studies have no themes, and their shares do not allow for that. {tags}"
    if mean is None or p is None:
        yield f"Where statements come in themes that each person likes or dislikes in a way of their own, these counts are too high. {tags}"
        return
    digits = 4 if p < FINE else 3 if abs(p - LEVEL) < CLOSE else 2
    measured = f"mean correlation {round(mean, 2) + 0.0:.2f}"
    said = f"{measured}, p = {p:.{digits}f}"
    if p <= LEVEL:
        yield (
            f"The sorts agree more than they oppose one another ({said}), so people share something. How many viewpoints that is may be counted too "
            f"high where statements come in themes that each person likes or dislikes in a way of their own. {tags}"
        )
    else:
        how = (
            f"That the sorts agree more than they oppose one another could be chance ({said})."
            if mean > 0
            else f"The sorts oppose one another at least as much as they agree ({measured})."
        )
        yield (
            f"{how} So it is where camps oppose each other, and also where nobody shares a view and each person likes or dislikes whole themes of "
            f"statements in a way of their own, which is counted as viewpoints here. {tags}"
        )


def _near(rows: Sequence[RetentionRow], k: int, name: str) -> Iterator[str]:
    """Which numbers the criterion could as well have given, had chance drawn other sorts."""
    others = [f"{j or 'none'}" for j in range(k) if _open(rows[j], name)] + ([f"{k + 1} or more"] if k < len(rows) and _open(rows[k], name) else [])
    if others:
        where = [j for j in range(min(k + 1, len(rows))) if _open(rows[j], name)]
        sets = max(getattr(rows[j], f"{name}_sets") or 0 for j in where)
        yield f"That is a near thing even after {sets:,} sets of sorts: with others {NAMES[name]} could as well say {', or '.join(others)}."


def _p(row: RetentionRow, name: str = "nest") -> str:
    """A p-value with its interval."""
    p, low, high = (getattr(row, f"{name}_{part}") for part in ("p", "low", "high"))
    if low is None or high is None:
        return f"p = {p:.2f}"
    digits = 3 if min(abs(p - LEVEL), abs(low - LEVEL), abs(high - LEVEL)) < CLOSE else 2
    return f"p = {p:.{digits}f}, could be {low:.{digits}f} to {high:.{digits}f}"


def _open(row: RetentionRow, name: str) -> bool:
    """Whether chance decides on which side of the level the p-value comes out, although as many sets were drawn as are allowed."""
    low, high = getattr(row, f"{name}_low"), getattr(row, f"{name}_high")
    return low is not None and high is not None and low < LEVEL < high


def _beside(rows: Sequence[RetentionRow], answers: Answers) -> Iterator[str]:
    """MAP's figures and what parallel analysis adds."""
    best, nest, parallel = answers["map"], answers["nest"], answers["parallel_95"]
    if best is not None:
        near = [(k, rows[k].map) for k in (best - 1, best + 1) if 0 <= k < len(rows) and rows[k].map is not None]
        others = "".join(f"; {value:.4f} with {k}" for k, value in near)
        after = f"with {counted(best, 'component')} taken out" if best else "with nothing taken out"
        yield f"MAP: squared partial correlations between sorts are smallest {after} ({rows[best].map:.4f}{others})."
    if parallel is None or nest is None:
        return
    if parallel < nest:
        yield (
            f"Parallel analysis (95th centile) keeps {parallel or 'none'}. It compares every eigenvalue with sorts that share nothing, and so misses "
            "viewpoints beside a large first one when they have ground in common."
        )
    elif parallel == nest:
        yield f"Parallel analysis (95th centile) says {parallel or 'none'} too."
    else:
        yield f"Parallel analysis (95th centile) would keep {parallel}."


def _each(rows: Sequence[RetentionRow], low: int, high: int) -> Iterator[str]:
    """What the solution with each number of viewpoints in question would look like, and where one is not in question, with one more."""
    if high == 0:
        return
    last = min(high + (low == high), len(rows) - 1)
    asked: Sequence[int] = range(max(1, low), last + 1)
    for k in asked if len(asked) <= DESCRIBED else (asked[0], asked[-1]):
        row = rows[k]
        parts = []
        silent = row.fewest_defining == 0  # a factor that no sort defines is no viewpoint
        if row.fewest_defining is not None:
            fewest = "it" if k == 1 else "the smallest viewpoint"
            nobody = "no sort defines it, and no viewpoint comes out" if k == 1 else "no sort defines one of them, and fewer viewpoints come out"
            parts.append(
                f"{nobody if silent else f'{fewest} is defined by {_sorts(row.fewest_defining)}'}; {_sorts(row.n_confounded)} confounded, "
                f"{_sorts(row.n_nonsignificant)} without a significant loading"
            )
        if row.split_half is not None:
            which = "its" if k == 1 else "the smallest"
            parts.append(f"{which} congruence between random halves of the participants is {row.split_half:.2f}")
        if parts:
            yield f"With {counted(k, 'factor') if silent else viewpoints(k)}: {'; '.join(parts)}."


def _sorts(number: int | None) -> str:
    return "no sort" if not number else counted(number, "sort")
