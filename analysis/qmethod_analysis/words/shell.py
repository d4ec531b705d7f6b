"""How a command is written for a reader who copies it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path


def command_line(words: Sequence[str | Path]) -> str:
    """A command as it is typed.

    Parameters
    ----------
    words : sequence of str or pathlib.Path
        The words after ``qmethod``. A path that begins like an option is led by its folder.
    """
    plain = [f".{os.sep}{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word) for word in words]
    return subprocess.list2cmdline(["qmethod", *plain]) if os.name == "nt" else shlex.join(["qmethod", *plain])
