"""What callers hand in, made the program's own: arrays and mappings that nobody else can change."""

from __future__ import annotations

from dataclasses import fields
from types import MappingProxyType
from typing import Any

import numpy as np


class ReadOnly:
    """Makes the arrays and mappings of a frozen dataclass read-only when it is built, and again when it is copied or unpickled."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for spec in fields(self):  # type: ignore[arg-type]
            value = getattr(self, spec.name)
            if isinstance(value, np.ndarray):
                view = value.view()
                view.flags.writeable = False
                object.__setattr__(self, spec.name, view)
            elif isinstance(value, dict):
                object.__setattr__(self, spec.name, MappingProxyType(dict(value)))

    def __reduce__(self) -> Any:
        # Not `__setstate__`: a frozen dataclass with slots brings its own. A read-only mapping cannot be pickled, so it travels as a dict.
        values = {spec.name: getattr(self, spec.name) for spec in fields(self)}  # type: ignore[arg-type]
        return _again, (type(self), {name: dict(value) if isinstance(value, MappingProxyType) else value for name, value in values.items()})


def _again(kind: type[Any], values: dict[str, Any]) -> Any:
    """A frozen dataclass from all of its fields, as they were: nothing is checked or worked out anew."""
    made = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    ReadOnly.__post_init__(made)
    return made
