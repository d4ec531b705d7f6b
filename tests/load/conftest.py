"""What tests of real servers share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from qmethod_studies.store.keyring import VARIABLE
from tests.load.stopped import Cluster
from tests.postgres import cluster, programs


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A PostgreSQL of this test's own, which it may stop."""
    found = programs()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no PostgreSQL: run tools/find-postgres --install, or set POSTGRES_BIN")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "all.keys"))
    with cluster(found) as address:
        made = Cluster(found, address)
        yield made
        made.control("stop", "-m", "immediate")
