"""The desk: recipes, tables, pictures, reports and the command line.

>>> import qmethod_analysis
>>> qmethod_analysis.save(solution, "my-analysis", title="Leadership")  # doctest: +SKIP
>>> qmethod_analysis.run("my-analysis/analysis.toml")                   # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qmethod_analysis.recipe.recipe import Recipe
    from qmethod_analysis.runs.runs import run, save

__all__ = ["Recipe", "run", "save"]

_HOMES = {"Recipe": "qmethod_analysis.recipe.recipe", "run": "qmethod_analysis.runs.runs", "save": "qmethod_analysis.runs.runs"}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that ``qmethod --help`` stays quick."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
