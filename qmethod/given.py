"""What callers hand in, made the program's own: arrays that nobody else can change, names that are texts, positions that exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from numbers import Integral
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from qmethod.brief import short
from qmethod.errors import DataError, Fault

if TYPE_CHECKING:  # narwhals is not needed before a frame is given
    from narwhals.typing import IntoDataFrame, IntoLazyFrame

FrameLike: TypeAlias = "IntoDataFrame | IntoLazyFrame"
"""A data frame of pandas, polars or pyarrow, or of another library that narwhals knows."""


class ReadOnly:
    """Makes the arrays and mappings of a frozen dataclass read-only when it is built, and again when it is copied or unpickled."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in _names(type(self)):  # type: ignore[arg-type]
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                view = value.view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)
            elif isinstance(value, dict):
                object.__setattr__(self, name, MappingProxyType(dict(value)))

    def __reduce__(self) -> Any:
        # Not `__setstate__`: a frozen dataclass with slots brings its own. A read-only mapping cannot be pickled, so it travels as a dict.
        values = {name: getattr(self, name) for name in _names(type(self))}  # type: ignore[arg-type]
        return _again, (type(self), {name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in values.items()})


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass."""
    return tuple(spec.name for spec in fields(kind))


def _again(kind: type[Any], values: dict[str, Any]) -> Any:
    """A frozen dataclass from all of its fields, as they were: nothing is checked or worked out anew."""
    made = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    ReadOnly.__post_init__(made)
    return made


def owned(given: Any) -> npt.NDArray[Any]:
    """An array that nobody else can change.

    Parameters
    ----------
    given : array_like
        What is masked becomes NaN.

    Returns
    -------
    ndarray
        Read-only. A copy, except of an array that is read-only together with all the memory it looks at.

    Raises
    ------
    DataError
        If it is no array at all: rows of different lengths.
    """
    array = unmasked(given)
    if _shared(array):
        array = array.copy(order="K")  # a layout of its own would change sums in the last place
        array.flags.writeable = False
    return array.view()  # of read-only memory, so that its flag cannot be turned back


def unmasked(given: Any) -> npt.NDArray[Any]:
    """An array in which NaN stands for what is masked.

    Parameters
    ----------
    given : array_like
    """
    if isinstance(given, np.ma.MaskedArray):
        filled: npt.NDArray[Any] = np.ma.filled(given.astype(float), np.nan) if np.ma.is_masked(given) else given.data
        return filled
    try:
        return np.asarray(given)
    except (TypeError, ValueError):
        raise DataError([Fault(f"rows of different lengths are no table: {short(given)}")]) from None


def table_of(given: Any, argument: str) -> npt.NDArray[Any]:
    """A table of numbers as it was handed in, which `owned` makes the program's own.

    Parameters
    ----------
    given : array_like
        What is masked becomes NaN.
    argument : str
        Of which it is the value.

    Raises
    ------
    DataError
        If it is no table of numbers; the argument is named.
    """
    try:
        array = unmasked(given)
    except DataError as error:
        raise DataError([Fault(f"`{argument}`: {fault.message}") for fault in error.faults]) from None
    if array.ndim != 2:
        got = f"an array of shape {array.shape}" if array.ndim else short(given)
        raise DataError([Fault(f"`{argument}` must be a table with statements in rows; got {got}")])
    if array.dtype.kind not in "iuf":
        raise DataError([Fault(f"`{argument}` must hold numbers; got an array of {array.dtype}")])
    return array


def _shared(array: npt.NDArray[Any]) -> bool:
    """Whether somebody else could write to the memory of an array."""
    part: Any = array
    while isinstance(part, np.ndarray):
        if part.flags.writeable:
            return True
        part = part.base
    return not (part is None or isinstance(part, bytes))  # a file mapped into memory, or a buffer of another library


def texts_of(given: Any, argument: str, called: str) -> tuple[str, ...]:
    """Names or wordings as texts; whole numbers are made texts.

    Parameters
    ----------
    given : iterable of str or int, or None
    argument : str
        Of which they are the value.
    called : str
        What one of them is, with its article.

    Raises
    ------
    DataError
        Naming what is no text.
    """
    if given is None:
        return ()
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise DataError([Fault(f"`{argument}` must be a sequence of texts, got {short(given)}")])
    items = tuple(given)
    if set(map(type, items)) <= {str}:
        return items
    odd = [item for item in items if isinstance(item, bool | np.bool_) or not isinstance(item, str | Integral)]
    if odd:
        advice = f"`{argument}` takes texts, or whole numbers, which become texts."
        raise DataError([Fault(f"{called} must be a text, got {short(item)}", advice=advice) for item in odd[:10]])
    return tuple(str(item) if isinstance(item, str) else str(int(item)) for item in items)


def _written(item: Any) -> str:
    """What somebody wrote: 1.0, and neither ``np.float64(1.0)`` nor 1."""
    return short(item) if isinstance(item, np.ndarray) else repr(item.item() if isinstance(item, np.generic) else item)


def positions_of(which: Any, names: Sequence[str]) -> list[int]:
    """Positions of the sorts that are named: by position, by name, or by a truth value for each sort.

    Parameters
    ----------
    which : iterable of int or str, or array_like of bool
    names : sequence of str
        Of all sorts.

    Raises
    ------
    DataError
        If there is no such sort, or none is named.
    """
    advice = "Name sorts by position, counted from 0, by the names of their participants, or by one truth value for each sort."
    if isinstance(which, str | bytes) or not isinstance(which, Iterable):
        raise DataError([Fault(f"`which` must be a sequence, got {short(which)}", advice=advice)])
    items, n = list(which), len(names)
    if items and all(isinstance(item, bool | np.bool_) for item in items):
        if len(items) != n:
            raise DataError([Fault(f"`which`: {len(items)} truth values for {n} sorts", advice=advice)])
        items = [j for j, kept in enumerate(items) if kept]
    at = {name: j for j, name in enumerate(names)} if any(isinstance(item, str) for item in items) else {}
    found, faults = [], []
    for item in items:
        whole = isinstance(item, Integral) and not isinstance(item, bool | np.bool_)
        if isinstance(item, str) and item in at:
            found.append(at[item])
        elif whole and -n <= item < n:
            found.append(int(item) % n)
        elif whole:
            faults.append(Fault(f"`which`: there is no sort at position {int(item)}: there are {n}", advice=advice))
        elif isinstance(item, str):
            faults.append(Fault(f"`which`: there is no sort called {str(item)!r}", advice=advice))
        else:
            faults.append(Fault(f"`which`: {_written(item)} names no sort", advice=advice))
    if not items:
        faults.append(Fault("`which`: no sort is left", advice=advice))
    if faults:
        raise DataError(faults[:10])
    return found
