"""What may be imported when: the core is light, and slow packages wait until they are needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qmethod_studies.loading import find, load
from qmethod_studies.store import Store

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


NUMBERS = ("numpy", "scipy")
STORE = ("sqlalchemy", "alembic", "cryptography", "psycopg")
UPDATES = ("alembic", "mako", "pygments")
"""What brings the tables of a database up to date."""
PAGES = ("flask", "flask_babel", "wtforms", "waitress", "werkzeug")


@pytest.mark.parametrize(
    ("command", "left_out"),
    [
        (("--help",), (*NUMBERS, *STORE, *PAGES, "pydantic", "babel")),
        (("inspect", "climate"), (*STORE, *PAGES, "pydantic", "babel", "scipy")),
        (("analyse", "climate", "--factors", "3", "--out", "made"), (*STORE, *PAGES, "pydantic")),
        (("status", "leadership", "--database", "sqlite:///kept.sqlite3"), (*NUMBERS, *UPDATES, *PAGES, "babel", "jinja2", "rich", "qmethod.data")),
        (("responses", "list", "leadership", "--database", "sqlite:///kept.sqlite3"), (*NUMBERS, *UPDATES, *PAGES, "babel", "jinja2")),
    ],
    ids=lambda given: given[0],
)
def test_a_command_loads_no_more_than_it_needs(command: tuple[str, ...], left_out: tuple[str, ...], tmp_path: Path) -> None:
    """A database that is up to date is read without what would bring it there."""
    if "--database" in command:
        with Store.open(f"sqlite:///{tmp_path / 'kept.sqlite3'}") as store:
            store.register(load(find("leadership")))
    run = f"main({list(command)}, standalone_mode=False)"
    ask = f"import sys\nfrom qmethod_analysis.commands.cli import main\n{run}\nprint('loaded:', [name for name in {left_out} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "loaded: []"
