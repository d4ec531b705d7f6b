"""Sorts in whatever form a function takes them."""

from __future__ import annotations

import os
from typing import Any, TypeAlias, TypeGuard

import numpy as np
import numpy.typing as npt

from qmethod import checks
from qmethod.data import QData
from qmethod.door import fetch
from qmethod.given import FrameLike, table_of

Given: TypeAlias = "QData | str | os.PathLike[str] | npt.ArrayLike | FrameLike"
"""Sorts, or the path of a file, an array or a data frame of them; see `as_data`."""


def as_data(given: Given, argument: str) -> QData:
    """Sorts in any form that a function takes them in.

    Parameters
    ----------
    given : QData, path, data frame, or array_like of shape (n_statements, n_sorts)
        A path is read as `qmethod.read` reads it, a frame as `QData.from_frame` does.
    argument : str
        Of which it is the value.
    """
    if isinstance(given, QData):
        return given
    if isinstance(given, str | os.PathLike):
        read: QData = fetch("read")(checks.path(argument, given))
        return read
    return QData.from_frame(given) if is_frame(given) else QData(table_of(given, argument))


def is_frame(given: Any) -> TypeGuard[FrameLike]:
    """Whether something is a data frame of a library that narwhals knows."""
    return not isinstance(given, np.ndarray | list | tuple) and bool(fetch("is_frame")(given))
