"""What the criteria together advise, in sentences. Never more than they say.

NEST and MAP lead, parallel analysis stands beside them. The rules that count viewpoints in sorts drawn at random are named as such and lead nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qmethod.retention.row import RetentionRow

NAMES = {
    "nest": "NEST",
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
DESCRIBED = 5  # numbers of viewpoints between which each is described; of a longer range only the ends are

Answers = Mapping[str, int | None]


def advise(rows: Sequence[RetentionRow], answers: Answers, reasons: Mapping[str, str], limited: Sequence[str], rank: int) -> tuple[str, ...]:
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

    Returns
    -------
    tuple of str
        The conclusion first.
    """
    low, high, conclusion = _conclusion(rows, answers, limited)
    sentences = [conclusion]
    if answers["nest"] is not None:
        sentences += _of_nest(rows, answers["nest"], rank)
    sentences += _beside(rows, answers)
    sentences += _each(rows, low, high)
    sentences += [f"NEST gives no answer: {reasons['nest']}."] if answers["nest"] is None and "nest" in reasons else []
    chance = [f"{NAMES[name]} ({_bounded(name, answers, limited)})" for name in OF_CHANCE if answers[name] is not None]
    elbow = f" The elbow of the scree ({answers['scree']}) can never say that there is none." if answers["scree"] is not None else ""
    sentences.append(f"These rules find viewpoints in sorts drawn at random, so their counts carry no weight here: {'; '.join(chance)}.{elbow}")
    if set(limited) & {"nest", "map"}:
        names = " and ".join(NAMES[name] for name in ("nest", "map") if name in limited)
        sentences.append(f"The table ends at {len(rows) - 1} viewpoints, where {names} had not stopped: ask for more rows.")
    return tuple(sentences)


def counted(k: int) -> str:
    """``no shared viewpoint``, ``1 viewpoint``, ``4 viewpoints``."""
    return "no shared viewpoint" if k == 0 else f"{k} viewpoint{'' if k == 1 else 's'}"


def _bounded(name: str, answers: Answers, limited: Sequence[str]) -> str:
    return f"{'at least ' if name in limited else ''}{answers[name]}"


def _conclusion(rows: Sequence[RetentionRow], answers: Answers, limited: Sequence[str]) -> tuple[int, int, str]:
    """Lowest and highest number of viewpoints that the evidence leaves open, and that in words."""
    leading = [name for name in ("nest", "map") if answers[name] is not None]
    if answers["nest"] is None and answers["parallel_95"] is not None:
        leading.insert(0, "parallel_95")
    found = [answers[name] or 0 for name in leading]
    if not found:
        return 0, 0, "No criterion that holds against chance could be asked; this table cannot advise a number of viewpoints."
    low, high = min(found), max(found)
    named, several = " and ".join(NAMES[name] for name in leading), len(leading) > 1
    if high == 0:
        return 0, 0, f"No shared viewpoint: {named} {'find' if several else 'finds'} none beyond chance."
    if found[0] == 0:
        which = f"MAP alone comes to {high}, and MAP is no test against chance"
        return 0, high, f"No shared viewpoint can be told from chance by {NAMES[leading[0]]}. {which}."
    if low == high:
        return low, high, f"{counted(low).capitalize()}: {named} {'agree' if several else 'says so'}."
    said = ", ".join(f"{NAMES[name]} says {_bounded(name, answers, limited) if answers[name] else 'none'}" for name in leading)
    if low == 0:
        first = rows[0].nest_p
        beyond = f" That the sorts share something is more than chance (p = {first:.2f}); how much is the question." if first is not None else ""
        return 0, high, f"The criteria disagree: {said}.{beyond} What speaks for each:"
    return low, high, f"The criteria disagree: between {low} and {high} viewpoints ({said}). What speaks for each:"


def _of_nest(rows: Sequence[RetentionRow], k: int, rank: int) -> Iterator[str]:
    last = rows[k].nest_p
    stop = f"after {counted(k)} the next eigenvalue could be chance ({_p(rows[k])})" if last is not None and last > LEVEL else ""
    if k == 0:
        yield f"NEST: the largest eigenvalue is not larger than random sorts in the same places show ({_p(rows[0])})."
    else:
        before = rows[k - 1]
        model = "random sorts" if k == 1 else f"sorts simulated with {counted(k - 1)}"
        chance = f"95th centile {before.nest_threshold:.2f}, {_p(before)}"
        text = f"NEST: eigenvalue {k}, {rows[k].eigenvalue:.2f}, exceeds what {model} show ({chance})"
        if k == rank:
            stop = f"the sorts hold no more than {rank}"
        yield f"{text}; {stop}." if stop else f"{text}."
    open_at = [j for j in (k - 1, k) if j >= 0 and _open(rows[j])]
    if open_at:
        other = k - 1 if open_at == [k - 1] else k + 1
        yield f"That is a near thing: with other draws of chance NEST could as well say {other or 'none'}."


def _p(row: RetentionRow) -> str:
    """A p-value, with its interval where that holds the level of the test."""
    return f"p = {row.nest_p:.2f}, could be {row.nest_low:.3f} to {row.nest_high:.3f}" if _open(row) else f"p = {row.nest_p:.2f}"


def _open(row: RetentionRow) -> bool:
    """Whether chance decides on which side of the level the p-value comes out, although as many sets were drawn as are allowed."""
    return row.nest_low is not None and row.nest_high is not None and row.nest_low < LEVEL < row.nest_high


def _beside(rows: Sequence[RetentionRow], answers: Answers) -> Iterator[str]:
    """MAP's figures and what parallel analysis adds."""
    best, nest, parallel = answers["map"], answers["nest"], answers["parallel_95"]
    if best is not None:
        near = [(k, rows[k].map) for k in (best - 1, best + 1) if 0 <= k < len(rows) and rows[k].map is not None]
        others = "".join(f"; {value:.4f} with {k}" for k, value in near)
        after = f"with {best} component{'' if best == 1 else 's'} taken out" if best else "with nothing taken out"
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
            yield f"With {f'{k} factor' + 's' * (k > 1) if silent else counted(k)}: {'; '.join(parts)}."


def _sorts(number: int | None) -> str:
    return "no sort" if not number else f"{number} sort{'' if number == 1 else 's'}"
