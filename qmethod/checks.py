"""Arguments at the public doors: each check gives the value in the type that is worked with, or refuses it by the name of its argument."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from qmethod.brief import short
from qmethod.errors import PolicyError
from qmethod.reach import LARGEST, SMALLEST

T = TypeVar("T")
_SHOWN = 60
SOLUTION = "a solution, as `qmethod.analyse` returns it"
"""What `instance` says of a `QSolution`."""


def refuse(name: str, wanted: str, got: Any) -> PolicyError:
    """The error of an argument that is not what it must be.

    Parameters
    ----------
    name : str
        Of the argument.
    wanted : str
        What it must be, as the end of a sentence.
    got : object
        What it is.
    """
    shown = repr(got) if isinstance(got, str | float | int | list | tuple | None) else short(got)
    return PolicyError(f"`{name}` must be {wanted}; got {shown if len(shown) <= _SHOWN else type(got).__name__}")


def whole(name: str, value: Any, least: int | None = None, most: int | None = None, why: str = "") -> int:
    """A whole number, from Python or numpy; a float that is whole counts.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
    least, most : int, optional
        What it must lie between, both included.
    why : str, optional
        Said after the bounds.

    Raises
    ------
    PolicyError
        For anything else.

    Examples
    --------
    >>> whole("folds", 5.0, 2)
    5
    """
    bounds = f" from {least} to {most}" if least is not None and most is not None else f", at least {least}" if least is not None else ""
    if not _real(value) or not math.isfinite(value) or value != int(value) or (not isinstance(value, numbers.Integral) and abs(value) > 2**53):
        raise refuse(name, f"a whole number{bounds}{why}", value)
    if (least is not None and value < least) or (most is not None and value > most):
        raise refuse(name, f"a whole number{bounds}{why}", value)
    return int(value)


def number(name: str, value: Any, least: float = -math.inf, most: float = math.inf) -> float:
    """A finite number, from Python or numpy, between two bounds that count.

    Raises
    ------
    PolicyError
        For anything else.
    """
    bounds = "" if math.isinf(least) and math.isinf(most) else f" from {least:g}" + ("" if math.isinf(most) else f" to {most:g}")
    if not _real(value) or not math.isfinite(value) or not least <= value <= most:
        raise refuse(name, f"a number{bounds}", value)
    return float(value)


def share(name: str, value: Any) -> float:
    """A number between 0 and 1, neither of them.

    Raises
    ------
    PolicyError
        For anything else.
    """
    if not _real(value) or not 0 < value < 1:
        raise refuse(name, "a number between 0 and 1, for example 0.95", value)
    return float(value)


def _real(value: Any) -> bool:
    if type(value) in (int, float):  # what nearly all are, and asking an abstract class takes a while
        return True
    return isinstance(value, numbers.Real | np.integer | np.floating) and not isinstance(value, bool | np.bool_)


def switch(name: str, value: Any) -> bool:
    """True or False, from Python or numpy.

    Raises
    ------
    PolicyError
        For anything else, texts above all.
    """
    if not isinstance(value, bool | np.bool_):
        raise refuse(name, "True or False", value)
    return bool(value)


def one_of(name: str, value: Any, choices: Iterable[T]) -> T:
    """One of some values.

    Raises
    ------
    PolicyError
        For anything else; the message lists them.
    """
    possible = list(choices)
    for one in possible:
        if isinstance(value, type(one)) and value == one:
            return one
    raise refuse(name, f"one of {', '.join(map(str, possible))}", value)


def text(name: str, value: Any) -> str:
    """A text.

    Raises
    ------
    PolicyError
        For anything else.
    """
    if not isinstance(value, str):
        raise refuse(name, "a text", value)
    return value


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Texts in order, in whatever holds them; one text alone is refused, since it would be taken sign by sign.

    Raises
    ------
    PolicyError
        For anything else.
    """
    found = several(name, value, "texts")
    if not all(isinstance(one, str) for one in found):
        raise refuse(name, "a list of texts", value)
    return found


def several(name: str, value: Any, what: str = "values") -> tuple[Any, ...]:
    """Values in order, in whatever holds them.

    Raises
    ------
    PolicyError
        For what holds none: a number, a text, None.
    """
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise refuse(name, f"a list of {what}", value)
    try:
        return tuple(value)
    except TypeError:  # an array without dimensions calls itself iterable
        raise refuse(name, f"a list of {what}", value) from None


def by_text(name: str, value: Any) -> dict[str, str]:
    """Texts by text, such as names of viewpoints by label; nothing for None.

    Raises
    ------
    PolicyError
        For anything else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise refuse(name, "a mapping of texts to texts", value)
    return dict(value)


def mapping(name: str, value: Any) -> Mapping[Any, Any]:
    """A mapping, such as a dict.

    Raises
    ------
    PolicyError
        For anything else.
    """
    if not isinstance(value, Mapping):
        raise refuse(name, "a mapping, such as a dict", value)
    return value


def instance(name: str, value: Any, kind: type[T] | tuple[type, ...], what: str) -> T:
    """A value of a class.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
    kind : type or tuple of type
    what : str
        What it is called and how one comes by it, as the end of a sentence.

    Raises
    ------
    PolicyError
        For anything else.
    """
    if not isinstance(value, kind):
        raise refuse(name, what, value)
    return value  # type: ignore[return-value]


def calls(name: str, value: Any, method: str = "__call__") -> None:
    """Something to be called, or an object with a certain method; or None.

    Raises
    ------
    PolicyError
        For anything else.
    """
    if value is not None and not callable(getattr(value, method, None)):
        raise refuse(name, "a function" if method == "__call__" else f"an object with `{method}`", value)


def path(name: str, value: Any) -> Path:
    """A path that a system can take.

    Raises
    ------
    PolicyError
        For anything else, and a path that holds a zero character or is empty.
    """
    there = os.fspath(value) if isinstance(value, str | os.PathLike) else value
    if not isinstance(there, str) or not there or "\0" in there:
        raise refuse(name, "a path", value)
    return Path(there)


def beyond(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which columns of a table hold numbers too large to reckon with, or none but 0 and such as are too small; shape (m,).

    Parameters
    ----------
    values : ndarray of shape (n, m)
        NaN does not count, infinity is left to others.
    """
    if values.dtype.kind != "f" or not values.size:
        return np.zeros(values.shape[1], dtype=bool)
    size = np.abs(values, dtype=np.float64)
    largest = np.max(size, axis=0, initial=0.0, where=np.isfinite(size))
    return np.asarray((largest > LARGEST) | ((largest < SMALLEST) & (largest > 0)))


def table(name: str, value: Any, shape: Sequence[int] | None = None, *, gaps: bool = False) -> npt.NDArray[np.float64]:
    """A table of numbers with rows and columns.

    Parameters
    ----------
    name : str
        Of the argument.
    value : array_like
    shape : sequence of int, optional
        What shape it must have.
    gaps : bool
        Whether NaN may stand in it.

    Raises
    ------
    PolicyError
        For anything else.
    """
    wanted = "a table of numbers" if shape is None else f"a table of {shape[0]} x {shape[1]} numbers"
    try:
        found = np.asarray(value)
        found = found.astype(np.float64) if found.dtype.kind in "iufbO" else found
    except (TypeError, ValueError):
        raise refuse(name, wanted, value) from None
    if found.dtype.kind != "f" or found.ndim != 2 or (shape is not None and found.shape != tuple(shape)):
        raise PolicyError(f"`{name}` must be {wanted}; got {short(found)}")
    if beyond(found).any():
        raise PolicyError(f"`{name}` must hold numbers of a common size: none beyond {LARGEST:g}, and no column within {SMALLEST:g} of 0")
    if np.isinf(found).any() or (not gaps and np.isnan(found).any()):
        raise PolicyError(f"`{name}` must hold finite numbers{', or NaN where nothing is said' if gaps else ''}")
    return found
