"""Files in the shape of public ones open as they are, or with one option that the message which refuses them names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qmethod import DataError, QData, read
from qmethod.errors import Setting
from tests.formats.public import PUBLIC, Public, forced

UNEDITED, WITH_ONE_OPTION = 40, 50
"""Of the public files with these shapes, how many open as they are, and how many with one option at most."""


def is_right(data: QData, values: np.ndarray) -> bool:
    """Whether these sorts were read, in any order: files of a folder come in the order of their names."""
    found = np.asarray(data.sorts, dtype=float)
    return found.shape == values.shape and sorted(found.T.tolist()) == sorted(values.T.astype(float).tolist())


def arguments_of(setting: Setting) -> dict[str, object]:
    """A setting as it is written in Python."""
    return {setting.name: setting.value}


def opened(path: Path, values: np.ndarray) -> str | None:
    """With what a file opens right: nothing, one option that the message names, or not at all."""
    try:
        return "" if is_right(read(path), values) else None
    except DataError as refusal:
        told = refusal.told()
        for setting in dict.fromkeys(setting for fault in refusal.faults for setting in fault.settings):
            assert str(setting) in told
            try:
                if is_right(read(path, **arguments_of(setting)), values):  # type: ignore[arg-type]
                    return str(setting)
            except DataError:
                continue
        return None


@pytest.mark.parametrize(
    ("public", "free"),
    [(public, free) for public in PUBLIC for free in (False, True) if public.free or not free],
    ids=lambda given: given.name if isinstance(given, Public) else "free" if given else "forced",
)
def test_a_public_shape_opens(public: Public, free: bool, tmp_path: Path) -> None:
    """Where it needs an option, the message names it. Of some files nothing tells the sorts but their distribution, so they are forced ones."""
    values = np.random.default_rng(3).integers(-4, 5, (public.statements, public.sorts)) if free else forced(public.statements, public.sorts)
    assert opened(public.put(tmp_path, values), values) is not None


def test_how_many_public_files_open(tmp_path: Path) -> None:
    unedited = with_one = 0
    for k, public in enumerate(PUBLIC):
        values = forced(public.statements, public.sorts)
        (tmp_path / str(k)).mkdir()
        how = opened(public.put(tmp_path / str(k), values), values)
        unedited += public.files * (how == "")
        with_one += public.files * (how is not None)
    assert (unedited, with_one) == (UNEDITED, WITH_ONE_OPTION)
