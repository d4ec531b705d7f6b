"""Every convention of the method: its name, its choices, its default.

A result carries the `Policies` it was made with, so a figure can always be traced to its convention. A preset bundles the
conventions of a peer, never its faults: no rounding between steps, no broken ties, no unfinished iteration.
"""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import NormalDist
from types import MappingProxyType
from typing import Any, Literal, TypedDict, Unpack, get_args

from qmethod import checks
from qmethod.brief import brief
from qmethod.errors import PolicyError

Preset = Literal["standard", "qmethod-r", "kade"]
Correlation = Literal["pearson", "spearman", "kendall"]
Missing = Literal["refuse", "drop-sort", "pairwise"]
Constant = Literal["refuse", "drop-sort"]
Extracting = Literal["pca", "centroid", "horst", "paf", "minres", "ml"]
CentroidReflection = Literal["best", "sequential"]
CentroidDiagonal = Literal["iterated", "unity"]
CentroidStart = Literal["mean", "half"]
Varied = Literal["varimax", "quartimax", "equamax", "promax", "oblimin", "none"]
Rotating = Literal["varimax", "quartimax", "equamax", "promax", "oblimin", "target", "none"]
RotationStop = Literal["converged", "r-1e-5"]
ObliqueLoadings = Literal["structure", "pattern"]
Order = Literal["variance", "extraction"]
Reflection = Literal["defining", "all", "column-sum", "largest", "none"]
Flagging = Literal["auto", "none"]
Bipolar = Literal["keep", "leave-out", "split"]
Weighting = Literal["standardised", "raw"]
ZSd = Literal["n-1", "n"]
Reliability = Literal["observed", "fixed"]
ContrastErrors = Literal["calibrated", "normal"]
ContrastBoundary = Literal["strict", "inclusive"]
ContrastAdjust = Literal["none", "holm", "bh"]
ContrastRule = Literal["sed", "cohens-d"]
ConsensusRule = Literal["not-different", "equivalent"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
FEWEST_STUDIES = 10
"""Studies to draw from a solution, so that they can say how far its differences stray."""
BEFORE: Mapping[str, str] = MappingProxyType({"centroid_reflection": "sequential", "contrast_errors": "normal"})
"""What analyses were made with before there was a policy for it; files of then do not name it."""
ORTHOMAX = ("varimax", "quartimax", "equamax")
OBLIQUE = ("promax", "oblimin")


def _choice(choices: Any, *, about: str) -> Any:
    """A field that takes the values of a `Literal`, the first of them by default."""
    return field(default=get_args(choices)[0], metadata={"choices": get_args(choices), "about": about})


def _number(default: float, low: float, high: float, *, about: str) -> Any:
    return field(default=default, metadata={"range": (low, high), "about": about})


def _switch(default: bool, *, about: str) -> Any:
    return field(default=default, metadata={"about": about})


class PolicyChoices(TypedDict, total=False):
    """The keywords that choose single policies: every field of `Policies` but its name, with what each can be.

    `qmethod.analyse`, `Policies.preset` and others take them, so that an editor completes them and a type checker finds a slip.

    Examples
    --------
    >>> from qmethod import Policies, PolicyChoices
    >>> mine: PolicyChoices = {"extraction": "centroid", "rotation": "none"}
    >>> Policies.preset(**mine).extraction
    'centroid'
    """

    correlation: Correlation
    missing: Missing
    constant: Constant
    extraction: Extracting
    centroid_reflection: CentroidReflection
    centroid_diagonal: CentroidDiagonal
    centroid_start: CentroidStart
    centroid_tolerance: float
    horst_tolerance: float
    horst_cycles: int
    paf_tolerance: float
    paf_cycles: int
    rotation: Rotating
    kaiser: bool
    rotation_stop: RotationStop
    rotation_tolerance: float
    rotation_starts: int
    rotation_seed: int
    oblique_loadings: ObliqueLoadings
    order: Order
    reflection: Reflection
    flagging: Flagging
    flag_level: float
    flag_significance: bool
    flag_majority: bool
    bipolar: Bipolar
    weighting: Weighting
    weight_cap: float
    z_sd: ZSd
    reliability: Reliability
    reliability_coefficient: float
    contrast_errors: ContrastErrors
    calibration_studies: int
    calibration_seed: int
    contrast_levels: Sequence[float]
    contrast_critical: Sequence[float]
    contrast_boundary: ContrastBoundary
    contrast_adjust: ContrastAdjust
    contrast_rule: ContrastRule
    cohens_d: float
    consensus_rule: ConsensusRule
    consensus_level: float
    equivalence_margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """The conventions of one analysis. `describe` lists every one with its choices and meaning.

    Make one with ``Policies.preset("standard", extraction="centroid")``; keywords override the preset.

    Raises
    ------
    PolicyError
        For a value that is not among the choices or out of range; the message lists what is possible.

    Notes
    -----
    Sources of the peers' conventions: R package qmethod 1.8.4 with psych 2.2.9 (preset ``qmethod-r``) and KADE 1.3.1 (preset ``kade``).
    """

    name: Preset = field(default="standard", metadata={"about": "the preset these policies started from"})

    correlation: Correlation = _choice(Correlation, about="coefficient between sorts (Kendall: tau-b)")
    missing: Missing = _choice(
        Missing,
        about="what to do with a missing placement: stop, leave the sort out, or use the statements two sorts share",
    )
    constant: Constant = _choice(Constant, about="what to do with a sort whose placements are all equal: stop, or leave it out")

    extraction: Extracting = _choice(
        Extracting,
        about="principal components, Brown centroid, Horst 5.5 centroid, iterated principal axis, minimum residuals, maximum likelihood",
    )
    centroid_reflection: CentroidReflection = _choice(
        CentroidReflection,
        about="which sorts the centroid turns round: those that give the largest factor, from many starts, or the worst one first from all as they "
        "are, up to the first optimum (R qmethod, KADE)",
    )
    centroid_diagonal: CentroidDiagonal = _choice(
        CentroidDiagonal,
        about="what of each sort's own variance goes into a factor of the centroid: as much as the factor itself holds, found by iteration "
        "(R qmethod, KADE), or all that is left of it",
    )
    centroid_start: CentroidStart = _choice(
        CentroidStart, about="first diagonal of an iterated centroid: mean correlation of the sort (R qmethod) or 0.5 (PQMethod, KADE)"
    )
    centroid_tolerance: float = _number(1e-5, 1e-15, 0.5, about="an iterated centroid's diagonal has settled when no communality changes by more")
    horst_tolerance: float = _number(1e-4, 1e-15, 0.5, about="Horst's communalities have settled when no residual diagonal is larger")
    horst_cycles: int = _number(1000, 1, 1_000_000, about="most cycles of Horst's iteration")
    paf_tolerance: float = _number(1e-10, 1e-15, 0.1, about="principal axis factoring has settled when no communality changes by more")
    paf_cycles: int = _number(20_000, 1, 10_000_000, about="most cycles of principal axis factoring")

    rotation: Rotating = _choice(Rotating, about="rotation before any rotation by hand")
    kaiser: bool = _switch(True, about="scale each sort to unit communality while rotating (Kaiser normalisation)")
    rotation_stop: RotationStop = _choice(RotationStop, about="rotate until no angle moves, or stop as R's varimax does at its default eps of 1e-5")
    rotation_tolerance: float = _number(1e-12, 1e-15, 0.1, about="rotation has converged when the largest angle of a sweep, in radians, is smaller")
    rotation_starts: int = _number(20, 1, 10_000, about="starting positions of the rotation; the best criterion is kept")
    rotation_seed: int = _number(1, 0, 2**63 - 1, about="seed of the random starting positions")
    oblique_loadings: ObliqueLoadings = _choice(
        ObliqueLoadings, about="what flags and weights use after an oblique rotation: correlations with the factor, or regression weights"
    )

    order: Order = _choice(Order, about="factors by descending rotated sum of squares, or as they were extracted")
    reflection: Reflection = _choice(
        Reflection,
        about="what a factor points along: signed squares of the defining sorts, of all sorts, the plain sum, the largest loading, or nothing",
    )

    flagging: Flagging = _choice(Flagging, about="flag defining sorts by rule before manual flags, or only by hand")
    flag_level: float = _number(
        0.05, 1e-6, 0.5, about="two-sided level at which a loading is significant: |l| > c / sqrt(n), c rounded to three decimals (1.960)"
    )
    flag_significance: bool = _switch(True, about="a defining sort must load significantly")
    flag_majority: bool = _switch(True, about="a defining sort's squared loading must exceed the sum of its others")
    bipolar: Bipolar = _choice(
        Bipolar, about="defining sorts that load negatively: kept with negative weight, left out, or made a factor of their own"
    )

    weighting: Weighting = _choice(Weighting, about="weigh sorts after standardising each, or as they are (the same for forced sorts)")
    weight_cap: float = _number(
        1 - 1e-6, 0.5, 1 - 1e-12, about="loadings are cut to this size before weighing, since l / (1 - l^2) has no value at 1"
    )
    z_sd: ZSd = _choice(ZSd, about="divisor of the standard deviation in z-scores")

    reliability: Reliability = _choice(
        Reliability, about="reliability of one sort: the mean correlation of the defining sorts, or the coefficient below"
    )
    reliability_coefficient: float = _number(0.80, 0.01, 0.99, about="assumed retest reliability of one sort")

    contrast_errors: ContrastErrors = _choice(
        ContrastErrors,
        about="how far a difference strays by chance: as in studies drawn from the solution, or as the normal distribution says",
    )
    calibration_studies: int = _number(
        150,
        0,
        100_000,
        about="studies drawn from the solution, none with 0; fewer of more than 200 sorts, or where they cannot be analysed together",
    )
    calibration_seed: int = _number(1, 0, 2**63 - 1, about="seed of the studies drawn from the solution")
    contrast_levels: tuple[float, ...] = field(
        default=(0.05, 0.01), metadata={"about": "two-sided levels of a difference, descending; the first is what counts as distinguishing"}
    )
    contrast_critical: tuple[float, ...] = field(
        default=(), metadata={"about": "critical values to use for those levels instead of exact normal quantiles; with normal errors"}
    )
    contrast_boundary: ContrastBoundary = _choice(ContrastBoundary, about="a difference must exceed, or may equal, the critical one")
    contrast_adjust: ContrastAdjust = _choice(ContrastAdjust, about="correction for testing all statements and pairs: none, Holm, Benjamini-Hochberg")
    contrast_rule: ContrastRule = _choice(
        ContrastRule, about="a difference counts by the standard error of differences, or by its size in pooled standard deviations"
    )
    cohens_d: float = _number(0.80, 0.0, 100.0, about="size that counts under the Cohen's d rule")
    consensus_rule: ConsensusRule = _choice(
        ConsensusRule, about="consensus: no pair differs at the consensus level, or all pairs are shown to lie within the margin"
    )
    consensus_level: float = _number(0.05, 1e-6, 0.5, about="level of the consensus rule; one of the contrast levels")
    equivalence_margin: float = _number(0.5, 0.0, 100.0, about="difference in z-scores that still counts as the same, for the equivalence rule")

    __repr__ = brief

    def _said(self) -> list[str]:
        bundle = _bundle(self.name, self.extraction)
        usual = {spec.name: bundle.get(spec.name, spec.default) for spec in dataclasses.fields(self)}
        changed = [f"{name}={getattr(self, name)!r}" for name in usual if name != "name" and getattr(self, name) != usual[name]]
        return [f"preset {self.name}{', with' if changed else ''}", *(", ".join(changed[i : i + 2]) for i in range(0, len(changed), 2))]

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            object.__setattr__(self, spec.name, _checked(spec, getattr(self, spec.name)))
        if not isinstance(self.name, str) or self.name not in PRESETS:
            raise PolicyError(f"`name` must be that of a preset, one of {', '.join(PRESETS)}; got {self.name!r}")
        levels, critical = self.contrast_levels, self.contrast_critical
        if not levels or any(not 0 < a < 1 for a in levels) or any(b >= a for a, b in itertools.pairwise(levels)):
            raise PolicyError(f"`contrast_levels` must descend between 1 and 0, got {list(levels)}")
        if self.contrast_critical and len(self.contrast_critical) != len(levels):
            raise PolicyError(f"`contrast_critical` needs one value for each of {list(levels)}, got {list(self.contrast_critical)}")
        if any(not 0 < c < math.inf for c in critical) or any(b <= a for a, b in itertools.pairwise(critical)):
            raise PolicyError(f"`contrast_critical` must be finite, above 0 and ascend, as their levels descend; got {list(critical)}")
        if self.contrast_errors == "calibrated" and self.calibration_studies < FEWEST_STUDIES:
            raise PolicyError(
                f"`contrast_errors` 'calibrated' needs `calibration_studies` of at least {FEWEST_STUDIES}, got {self.calibration_studies}; "
                "choose 'normal' to do without"
            )
        if self.contrast_critical and self.contrast_errors != "normal":
            raise PolicyError("`contrast_critical` gives critical values, and `contrast_errors` 'calibrated' finds them: choose 'normal' with them")
        if self.contrast_critical and self.contrast_adjust != "none":
            raise PolicyError("`contrast_critical` cannot be combined with `contrast_adjust`: adjusted tests have no fixed critical value")
        if self.consensus_rule == "not-different" and self.consensus_level not in levels:
            raise PolicyError(f"`consensus_level` must be one of the contrast levels {list(levels)}, got {self.consensus_level}")

    @classmethod
    def preset(cls, preset: Preset = "standard", **choices: Unpack[PolicyChoices]) -> Policies:
        """The policies of a preset, with some of them replaced.

        Parameters
        ----------
        preset : {'standard', 'qmethod-r', 'kade'}
        **choices
            Single policies that replace those of the preset; see `PolicyChoices`.

        Raises
        ------
        PolicyError
            For an unknown preset, field or value.
        """
        if not isinstance(preset, str) or preset not in PRESETS:
            raise PolicyError(f"there is no preset {preset!r}; `preset` must be one of {', '.join(PRESETS)}")
        known = [spec.name for spec in dataclasses.fields(cls) if spec.name != "name"]
        for key in choices:
            if key not in known:
                raise _unknown(key, known)
        plain = all(type(value) in (str, int, float, bool) for value in choices.values())
        return (_remembered if plain else _made)(preset, **choices)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Policies:
        """The inverse of `to_dict`.

        Raises
        ------
        PolicyError
            For an unknown field or value.
        """
        values = checks.mapping("values", values)
        known = [spec.name for spec in dataclasses.fields(cls)]
        for key in values:
            if key not in known:
                raise _unknown(key, known)
        typed: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        return cls(**typed)

    def to_dict(self) -> dict[str, Any]:
        """All policies by name, in JSON's types."""
        values = {spec.name: getattr(self, spec.name) for spec in dataclasses.fields(self)}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}

    @property
    def flag_critical(self) -> float:
        """The c of ``|l| > c / sqrt(n)``: the two-sided normal quantile, rounded to three decimals (1.960 at .05)."""
        return round(NormalDist().inv_cdf(1 - self.flag_level / 2), 3)

    def critical_values(self) -> tuple[float, ...]:
        """Critical value of a difference, in standard errors, for each of `contrast_levels`, under normal errors."""
        return self.contrast_critical or tuple(NormalDist().inv_cdf(1 - a / 2) for a in self.contrast_levels)


def _made(preset: Preset, **choices: Any) -> Policies:
    given: dict[str, Any] = {**_bundle(preset, choices.get("extraction", "pca")), **choices}
    return Policies(name=preset, **given)


_remembered = lru_cache(64, typed=True)(_made)
"""The same, looked through once only: what is taken is frozen. (True is no 1 here, nor 1 a 1.0.)"""


def describe() -> tuple[dict[str, Any], ...]:
    """Every policy as ``name``, ``default``, ``about`` and, where they apply, ``choices`` or ``range``."""
    return tuple({"name": spec.name, "default": spec.default, **spec.metadata} for spec in dataclasses.fields(Policies) if spec.name != "name")


def _bundle(preset: str, extraction: str) -> dict[str, Any]:
    if preset == "qmethod-r":
        # psych::principal signs by column sum and sorts by variance; qmethod's own centroid path does neither.
        centroid = extraction == "centroid"
        return {
            "centroid_reflection": "sequential",
            "reflection": "none" if centroid else "column-sum",
            "order": "extraction" if centroid else "variance",
            "rotation_starts": 1,
            "oblique_loadings": "pattern",
            "weighting": "raw",
            "reliability": "fixed",
            "contrast_errors": "normal",
            "contrast_levels": (0.05, 0.01, 0.001, 1e-6),
            "contrast_critical": (1.96, 2.576, 3.291, 4.8916),
        }
    if preset == "kade":
        return {
            "centroid_reflection": "sequential",
            "centroid_start": "half",
            "centroid_tolerance": 1e-3,
            "horst_cycles": 30,
            "rotation_starts": 1,
            "reflection": "all",
            "order": "extraction",
            "reliability": "fixed",
            "contrast_errors": "normal",
            "contrast_critical": (1.96, 2.575),
            "contrast_boundary": "inclusive",
            "consensus_level": 0.01,
        }
    return {}


def _unknown(key: Any, known: Sequence[str]) -> PolicyError:
    near = difflib.get_close_matches(str(key), known, 1)
    return PolicyError(f"there is no policy {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def _checked(spec: dataclasses.Field[Any], value: Any) -> Any:
    """`value` in the type of the field, or an error that lists what is possible."""
    choices, limits = spec.metadata.get("choices"), spec.metadata.get("range")
    if choices:
        return checks.one_of(spec.name, value, choices)
    if limits:
        found = checks.whole(spec.name, value) if isinstance(spec.default, int) else checks.number(spec.name, value)
        if not limits[0] <= found <= limits[1]:
            raise PolicyError(f"`{spec.name}` must lie between {limits[0]:g} and {limits[1]:g}; got {value!r}")
        return found
    if isinstance(spec.default, bool):
        return checks.switch(spec.name, value)
    if isinstance(spec.default, tuple):
        return tuple(checks.number(spec.name, one) for one in checks.several(spec.name, value, "numbers"))
    return value
