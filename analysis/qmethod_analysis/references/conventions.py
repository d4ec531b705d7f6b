"""Which publications a convention rests on. Whatever is not named here has no source but its own definition."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qmethod.policies import Policies

SOURCES: Mapping[str, Mapping[str | bool, tuple[str, ...]]] = MappingProxyType(
    {
        "correlation": {"kendall": ("kendall1945",)},
        "extraction": {
            "centroid": ("brown1980", "thurstone1947"),
            "horst": ("horst1965",),
            "paf": ("harman1976",),
            "ml": ("lawley1971",),
        },
        "centroid_reflection": {"best": ("thurstone1947",), "sequential": ("brown1980",)},
        "rotation": {
            "varimax": ("kaiser1958", "kaiser1959"),
            "quartimax": ("crawford1970", "kaiser1959"),
            "equamax": ("crawford1970", "kaiser1959"),
            "target": ("schonemann1966",),
        },
        "flagging": {"auto": ("brown1980",)},
        "weighting": {"standardised": ("brown1980",), "raw": ("brown1980",)},
        "reliability": {"observed": ("brown1980",), "fixed": ("brown1980",)},
        "contrast_errors": {"calibrated": ("davison1997", "efron1993")},
        "contrast_adjust": {"holm": ("holm1979",), "bh": ("benjamini1995",)},
        "contrast_rule": {"sed": ("brown1980",), "cohens-d": ("cohen1988",)},
        "consensus_rule": {"equivalent": ("schuirmann1987",)},
    }
)
"""Keys of publications, by convention and by its value."""
PRESETS: Mapping[str, tuple[str, ...]] = MappingProxyType({"qmethod-r": ("zabala2014",), "kade": ("banasick2019",)})
"""The program that a preset follows."""
COMPARING = ("contrast_errors", "contrast_adjust", "contrast_rule", "consensus_rule")
"""Conventions that come into play with two factors or more."""


def sources(policies: Policies, n_factors: int) -> dict[str, tuple[str, ...]]:
    """Keys of publications by the convention that rests on them, for conventions that come into play.

    Parameters
    ----------
    policies : Policies
    n_factors : int
    """
    idle = {name for name in COMPARING if n_factors < 2}
    idle |= {"centroid_reflection"} if policies.extraction != "centroid" else set()
    idle |= {"rotation"} if n_factors < 2 else set()
    idle |= {"contrast_errors", "contrast_adjust"} if policies.contrast_rule != "sed" else set()
    found = {name: by_value.get(getattr(policies, name), ()) for name, by_value in SOURCES.items() if name not in idle}
    return {name: keys for name, keys in found.items() if keys}
