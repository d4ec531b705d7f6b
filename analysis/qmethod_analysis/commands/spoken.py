"""How the command line says what the packages below it advise: policies and arguments become options."""

from __future__ import annotations

import shlex

from qmethod.errors import DataError, QMethodError, Setting


def option(setting: Setting) -> str:
    """A setting as it is typed.

    Examples
    --------
    >>> option(Setting("missing", "drop-sort")), option(Setting("accept_changed_input", True)), option(Setting("grid", "-1:2,0:3"))
    ('--missing drop-sort', '--accept-changed-input', '--grid=-1:2,0:3')
    >>> option(Setting("header", False))
    '--no-header'
    """
    if setting.command:
        return setting.command
    name = f"--{'no-' if setting.value is False else ''}{setting.name.replace('_', '-')}"
    if not isinstance(setting.value, str) or not setting.value:
        return name
    return f"{name}{'=' if setting.value.startswith('-') else ' '}{shlex.quote(setting.value)}"


def told(error: QMethodError) -> str:
    """What a refusal says on the command line."""
    return error.told(option) if isinstance(error, DataError) else str(error)
