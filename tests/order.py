"""In which order workers run tests: what takes long begins early, for else one worker ends it while the others have nothing left to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

LONG = {
    "packaging": 240,
    "studies/store/test_backup.py": 220,
    "analysis/test_hostile_files.py": 115,
    "load/test_copies.py": 110,
    "browser/test_enter.py": 100,
    "browser/test_survey_barriers.py": 100,
    "studies/test_a_new_kind.py": 80,
    "analysis/test_paper.py": 75,
    "formats/test_bounds.py": 75,
    "analysis/test_figure_files.py": 65,
    "analysis/test_written_over.py": 65,
    "webform/test_forged.py": 50,
    "analysis/test_backup_command.py": 35,
    "analysis/test_published_order.py": 35,
    "webform/test_log_lines.py": 35,
    "load/test_deployment.py": 30,
    "load/test_growth.py": 25,
}
"""Files and folders with tests of more than 20 seconds, or that make something once in a run that takes as long; about how many seconds they take."""


def shares(n: int, workers: int) -> Iterator[int]:
    """How many of `n` tests in a row each worker is given at first, with ``--dist worksteal``."""
    for left in range(workers, 0, -1):
        yield n // left
        n -= n // left


def early(groups: Sequence[str | None], workers: int, seconds: Mapping[str, int] = LONG) -> list[int]:
    """The order of tests in which what takes long stands at the beginning of the workers' shares, in equal parts.

    Parameters
    ----------
    groups
        Of each test what it belongs to that takes long; None where it does not. A group stays together, and in its order.
    workers
        How many share the tests.
    seconds
        How long each group takes.

    Returns
    -------
    list of int
        Places of the tests in `groups`.
    """
    members: dict[str, list[int]] = {}
    rest = []
    for i, group in enumerate(groups):
        (rest if group is None else members.setdefault(group, [])).append(i)
    dealt: list[list[int]] = [[] for _ in range(workers)]
    filled = [0] * workers
    for group in sorted(members, key=lambda name: -seconds[name]):
        least = filled.index(min(filled))
        dealt[least] += members[group]
        filled[least] += seconds[group]
    order: list[int] = []
    for own, share in zip(dealt, shares(len(groups), workers), strict=True):
        rest = own[share:] + rest
        fill = max(0, share - len(own))
        order += own[:share] + rest[:fill]
        rest = rest[fill:]
    return order
