"""What a value looks like in a notebook or at a prompt: a few lines that say what it is, never all that it holds.

A class shows itself so with ``__repr__ = brief`` in its body. Where it has a method `_said`, the lines are its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields
from pathlib import PurePath
from typing import Any

MOST_LINES, MOST_SIGNS = 10, 800
WIDTH = MOST_SIGNS // MOST_LINES - 1
LONGEST_TEXT = 100
FEW = 3
"""Most values of a sequence that are shown one by one."""


def brief(value: Any) -> str:
    """A dataclass in at most `MOST_LINES` lines and `MOST_SIGNS` signs.

    Parameters
    ----------
    value : dataclass
        With a method `_said` for lines of its own; else every field is shown in short.
    """
    name = type(value).__name__
    if hasattr(value, "_said"):
        first, *rest = value._said()
        return _fitted([f"{name}: {first}", *(f"  {line}" for line in rest)])
    shown = [f"{spec}={short(getattr(value, spec))}" for spec in _fields(value)]
    kept = list(shown)
    while sum(len(part) + 2 for part in kept) > MOST_SIGNS - len(name) - 8:
        kept.pop()
    return f"{name}({', '.join([*kept, *(['...'] if len(kept) < len(shown) else [])])})"


def short(value: Any) -> str:
    """A value in a few words: arrays by their shape, long sequences by how many they hold.

    Examples
    --------
    >>> short(("a", "b")), short(("a",)), short(tuple(range(40))), short(1 / 3)
    ("('a', 'b')", "('a',)", '(40 int)', '0.3333')
    """
    if hasattr(value, "dtype"):  # numpy is not imported for this: errors are shown where no figure is
        return f"array({' x '.join(map(str, value.shape))})" if value.shape else short(value.item())
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, bool | int | None):
        return str(value)
    if isinstance(value, str | PurePath | bytes):
        text = repr(str(value)) if not isinstance(value, bytes) else f"{len(value)} bytes"
        return text if len(text) <= LONGEST_TEXT + 2 else f"{text[:LONGEST_TEXT]}...{text[0]}"
    if isinstance(value, Mapping):
        parts = [f"{short(key)}: {short(one)}" for key, one in list(value.items())[:FEW]]
        return _several(value, parts, "{}", "key" if len(value) == 1 else "keys")
    if isinstance(value, Sequence | Set):
        parts = [short(one) for one in list(value)[:FEW]]
        kinds = {type(one).__name__ for one in value}
        return _several(value, parts, "()", kinds.pop() if len(kinds) == 1 else "values")
    return f"{type(value).__name__}(...)" if _fields(value) else type(value).__name__


def _several(value: Any, parts: list[str], ends: str, kind: str) -> str:
    whole = f"{ends[0]}{', '.join(parts)}{',' if ends == '()' and len(parts) == 1 else ''}{ends[1]}"
    return whole if len(value) <= FEW and len(whole) <= LONGEST_TEXT else f"{ends[0]}{len(value)} {kind}{ends[1]}"


def _fields(value: Any) -> tuple[str, ...]:
    if hasattr(type(value), "__dataclass_fields__"):
        return tuple(spec.name for spec in fields(value))
    return tuple(getattr(type(value), "model_fields", ()))


def _fitted(lines: Sequence[str]) -> str:
    """The first lines, each cut to `WIDTH`, so that all fit."""
    kept = [*lines[: MOST_LINES - 1], "  ..."] if len(lines) > MOST_LINES else lines
    flat = [" ".join(line.split("\n")) for line in kept]
    return "\n".join(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in flat)
