"""The desk: recipes, tables, pictures, reports and the command line.

>>> import analysis
>>> analysis.save(solution, "my-analysis", title="Leadership")  # doctest: +SKIP
>>> analysis.run("my-analysis/analysis.toml")                   # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.folder import run, save
    from analysis.recipe import Recipe

__all__ = ["Recipe", "run", "save"]

_HOMES = {"Recipe": "analysis.recipe", "run": "analysis.folder", "save": "analysis.folder"}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that ``qmethod --help`` stays quick."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
