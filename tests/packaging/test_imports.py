"""What may be imported when: the core is light, and slow packages wait until they are needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("scipy.stats", "pandas", "sklearn", "factor_analyzer", "rich", "jinja2", "pyarrow", "distributed")


@pytest.mark.parametrize(
    "code",
    [
        "import qmethod",
        "import qmethod; qmethod.analyse([[1, 2], [2, 1], [0, 0]], 1)",
        "import qmethod_studies.library; qmethod_studies.library.names()",
        "from qmethod_analysis.commands.cli import main; main(['--help'], standalone_mode=False)",
    ],
)
def test_slow_packages_are_not_imported(code: str) -> None:
    ask = f"{code}\nimport sys\nprint('loaded:', [name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_help_needs_no_numbers() -> None:
    ask = "import sys\nfrom qmethod_analysis.commands.cli import main\nmain(['--help'], standalone_mode=False)\nprint('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
