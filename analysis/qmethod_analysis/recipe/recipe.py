"""The recipe of an analysis: everything that was chosen, in a file ``analysis.toml`` that can be read, corrected and run again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from qmethod.brief import brief
from qmethod.data import FloatArray, QData
from qmethod.errors import DataError, Fault
from qmethod.formats.selection import Selection
from qmethod.literals import Interval, Layout
from qmethod.manual_flag import ManualFlag
from qmethod.policies import Policies
from qmethod_analysis.recipe.excluded import Excluded

FORMAT = 1
FILE_NAME = "analysis.toml"

Target = tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class Input:
    """What was analysed.

    Parameters
    ----------
    path : str
        The file of sorts, relative to the recipe, with ``/`` between folders. Empty for a study that ships.
    study : str
        The study that ships, or empty.
    sha256 : str
        Hash of the bytes of the sorts.
    statements : str
        The file of statement texts, relative to the recipe; empty where none was used.
    statements_sha256 : str
    responses_sha256 : str
        Of the file beside the sorts of an export that says what the program laid; empty where there is none.
    layout, grid, encoding : str
        How to read the file; empty where it was left to the reader.
    people : str
        The table of what is known of the participants, relative to the recipe; empty where none was used.
    people_id : str
        Its column with their names; empty where it was left to the reader.
    people_sha256 : str
    table : Selection
        Which part of a wide table they are, and what its cells mean.
    """

    path: str = ""
    study: str = ""
    sha256: str = ""
    statements: str = ""
    statements_sha256: str = ""
    responses_sha256: str = ""
    layout: Layout | Literal[""] = ""
    grid: str = ""
    encoding: str = ""
    people: str = ""
    people_id: str = ""
    people_sha256: str = ""
    table: Selection = field(default_factory=Selection)

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Resampling:
    """The bootstrap of an analysis; see `qmethod.resampling.bootstrap.bootstrap`.

    Parameters
    ----------
    replicates : int
    interval : str
        Kind of interval.
    level : float
    seed : int
    """

    replicates: int
    interval: Interval = "automatic"
    level: float = 0.95
    seed: int = 1

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Counting:
    """How the report asks how many viewpoints there are; see `qmethod.retention.retain.retain`.

    Parameters
    ----------
    n_random : int
        Sets of random sorts.
    seed : int
    max_factors : int
    nest : bool
    """

    n_random: int = 100
    seed: int = 1
    max_factors: int = 8
    nest: bool = True

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Turn:
    """One rotation by hand, and why; see `qmethod.solution.PlaneRotation`.

    Parameters
    ----------
    first, second : int
        The factors turned, counted from 1.
    degrees : float
        From `first` towards `second`.
    reason : str
        Empty where none was given.
    """

    first: int
    second: int
    degrees: float
    reason: str = ""

    __repr__ = brief


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that was chosen for an analysis.

    Parameters
    ----------
    input : Input
    n_factors : int
    policies : Policies
        Every convention; `policies.name` is the preset.
    rotations : tuple of Turn
        Rotations by hand, in the order they are made.
    flags : tuple of ManualFlag
    target : tuple of tuple (str, tuple of float)
        Participant and its target loadings, NaN where free. Participants that are free throughout need not appear.
    exclude : tuple of tuple (str, str)
        Participant and reason of each sort that the researcher left out.
    retest : tuple of tuple (str, str)
        First and second sort of each person who sorted twice; the second take no part.
    names : tuple of tuple (str, str)
        Label and name of the viewpoints that the researcher named.
    title, notes : str
    bootstrap : Resampling, optional
        None where none was asked for.
    retention : Counting, optional
        None where the report is to say nothing about it.
    stream : bool
        Whether the sorts are read in chunks; see `qmethod_analysis.runs.streamed`.
    study : str
        The study that the sorts belong to: its folder or that of its export, relative to the recipe, or the name of one that ships. Empty where none
        was named.
    language : str
        In which the report is written; empty for English. See `qmethod_analysis.words.language`.
    """

    input: Input
    n_factors: int
    policies: Policies = field(default_factory=Policies.preset)
    rotations: tuple[Turn, ...] = ()
    flags: tuple[ManualFlag, ...] = ()
    target: Target = ()
    exclude: Excluded = ()
    retest: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    title: str = ""
    notes: str = ""
    bootstrap: Resampling | None = None
    retention: Counting | None = None
    stream: bool = False
    study: str = ""
    language: str = ""

    __repr__ = brief

    def to_toml(self) -> str:
        """The recipe as a file, always the same text for the same choices."""
        import tomli_w

        chosen = self.policies.to_dict()
        preset = chosen.pop("name")
        values: dict[str, Any] = {"recipe": FORMAT, "title": self.title, "notes": self.notes, "n_factors": self.n_factors, "preset": preset}
        if self.stream:
            values["stream"] = True
        if self.study:
            values["study"] = self.study
        if self.language:
            values["language"] = self.language
        values["input"] = {key: text for key in Input.__slots__ if key != "table" and (text := getattr(self.input, key))}
        if self.input.table:
            values["input"]["table"] = self.input.table.to_dict()
        if self.names:
            values["names"] = dict(self.names)
        values["policies"] = chosen
        if self.bootstrap:
            values["bootstrap"] = asdict(self.bootstrap)
        if self.retention:
            values["retention"] = asdict(self.retention)
        if self.rotations:
            values["rotations"] = [{key: value for key, value in asdict(turn).items() if value != ""} for turn in self.rotations]
        if self.flags:
            values["flags"] = [{"participant": f.participant, "factor": f.factor, "defines": f.defines, "reason": f.reason} for f in self.flags]
        if self.target:
            free: dict[bool, Any] = {True: "free"}
            values["target"] = [{"participant": who, "loadings": [free.get(math.isnan(v), v) for v in row]} for who, row in self.target]
        if self.exclude:
            values["exclude"] = [{"participant": who, "reason": reason} for who, reason in self.exclude]
        if self.retest:
            values["retest"] = [{"first": first, "second": second} for first, second in self.retest]
        return tomli_w.dumps(values)

    def target_array(self, data: QData) -> FloatArray | None:
        """The target in the order of the participants of `data`, shape (m, k); None without one."""
        if not self.target:
            return None
        position = {name: i for i, name in enumerate(data.participants)}
        unknown = [who for who, _ in self.target if who not in position]
        if unknown:
            raise DataError([Fault("the target names a participant that is not in the data", participant=who) for who in unknown])
        target = np.full((data.n_sorts, self.n_factors), math.nan)
        for who, row in self.target:
            target[position[who]] = row
        return target


def target_rows(target: FloatArray, data: QData) -> Target:
    """A target as the recipe keeps it: the participants who have at least one entry that is not free."""
    return tuple((name, tuple(map(float, target[i]))) for i, name in enumerate(data.participants) if np.isfinite(target[i]).any())


def choices(recipe: Recipe) -> Mapping[str, Any]:
    """Arguments of `qmethod.analyse` that the recipe fixes, besides data and target."""
    turns = [(turn.first, turn.second, turn.degrees) for turn in recipe.rotations]
    return {"policies": recipe.policies, "rotations": turns, "flags": recipe.flags}
