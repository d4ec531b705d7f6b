"""Where chance comes from, and how it is said so that a result can be repeated."""

from __future__ import annotations

import secrets

import numpy as np

from qmethod.errors import PolicyError

Rng = int | np.integer | np.random.Generator | None
"""What every function that draws by chance takes as `rng`: a seed, a generator, or nothing."""
LARGEST_DRAWN = 2**53
"""Seeds that are drawn stay below this, so that JSON holds them exactly in any program."""


def generator(rng: Rng) -> tuple[np.random.Generator, int | None]:
    """The generator that `rng` stands for, and the seed that repeats it.

    Parameters
    ----------
    rng : int, numpy.random.Generator or None
        A seed; a generator, which goes on from where it is; or None, for a seed drawn anew.

    Returns
    -------
    numpy.random.Generator
    int or None
        The seed; None for a generator, whose state only the caller knows.

    Raises
    ------
    PolicyError
        For anything else, and a seed below 0.

    Examples
    --------
    >>> generator(7)[1]
    7
    """
    if rng is None:
        rng = secrets.randbelow(LARGEST_DRAWN)
    if isinstance(rng, np.random.Generator):
        return rng, None
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise PolicyError(f"`rng` must be a whole number from 0 up, a numpy.random.Generator or None; got {rng!r}")
    return np.random.default_rng(int(rng)), int(rng)
