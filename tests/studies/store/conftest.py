"""A small study, and a store that holds it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from qmethod_studies.definition import Study
from qmethod_studies.store import Store
from qmethod_studies.store.keyring import VARIABLE
from tests.studies.store.acting import make_study
from tests.studies.store.earlier import earlier


@pytest.fixture
def study() -> Study:
    return make_study()


@pytest.fixture
def old_url(store_url: str, tmp_path: Path) -> str:
    """A database of an earlier version."""
    return earlier(store_url, tmp_path)


@pytest.fixture
def store(store_url: str, study: Study) -> Iterator[Store]:
    with Store.open(store_url) as store:
        store.register(study)
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a second database that nothing is in; both have one file of keys."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "all.keys"))
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.sqlite3'}"
        return
    import psycopg

    name = f"other{random.randrange(10**9)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
