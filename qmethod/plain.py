"""Results in JSON's types, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from qmethod import checks
from qmethod.data import QData, Source
from qmethod.errors import PolicyError, QMethodError
from qmethod.grid import Grid
from qmethod.notice import Notice
from qmethod.people import Detail, Exclusion
from qmethod.policies import Policies


@contextmanager
def reading_back(what: str, values: object) -> Iterator[None]:
    """Refuses, by its name, a `values` of which `from_dict` cannot make a result.

    Parameters
    ----------
    what : str
        The class.
    values : object
        What was handed in.

    Raises
    ------
    PolicyError
        Saying what is missing or wrong.
    """
    checks.mapping("values", values)
    try:
        yield
    except QMethodError:
        raise
    except KeyError as error:
        raise PolicyError(f"`values` must be what `{what}.to_dict` gives; it lacks {error}") from None
    except (TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        raise PolicyError(f"`values` must be what `{what}.to_dict` gives; {error}") from None


def plain(value: Any) -> Any:
    """A value in JSON's types: dataclasses by their fields, arrays as nested lists, NaN as None."""
    if isinstance(value, Policies):
        return value.to_dict()
    if isinstance(value, Source):  # `why` is told, not kept
        return {"name": value.name, "sha256": value.sha256, "kind": value.kind}
    if is_dataclass(value):
        return {spec.name: plain(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and value != value else value


def array(value: Any) -> Any:
    """An array of floats, NaN where None stands; None for None."""
    return None if value is None else np.array(value, dtype=float)


def arrays(values: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The same values, those of `keys` as arrays."""
    return {key: array(value) if key in keys else value for key, value in values.items()}


def sorts(values: Mapping[str, Any]) -> QData:
    """Sorts as they were, whole placements as integers, as a reader of files gives them."""
    placed = array(values["sorts"])
    return QData(
        sorts=placed.astype(np.int64) if bool(np.all(placed == np.round(placed))) else placed,
        statements=tuple(values["statements"]),
        participants=tuple(values["participants"]),
        texts=tuple(values["texts"]),
        grid=grid(values["grid"]),
        source=Source(**values["source"]),
        notices=notices(values["notices"]),
        people=tuple(Detail(one["name"], tuple(one["values"]), one["label"], tuple(one["options"])) for one in values.get("people", ())),
        excluded=exclusions(values.get("excluded", ())),
    )


def exclusions(values: Any) -> tuple[Exclusion, ...]:
    """Who was left out, and why, as they were."""
    return tuple(Exclusion(**who) for who in values)


def grid(values: Any) -> Any:
    """A grid, or None."""
    return None if values is None else Grid(tuple(values["values"]), tuple(values["counts"]))


def notices(values: Any) -> tuple[Notice, ...]:
    """Notices as they were."""
    return tuple(
        Notice(notice["code"], notice["message"], *(tuple(notice[key]) for key in ("participants", "statements", "factors"))) for notice in values
    )
