"""Servers for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qmethod_studies.definition import Study
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.webform.house import Build, House


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    stores = []

    def make(*studies: Study, **settings: Any) -> House:
        store = Store.open(f"sqlite:///{tmp_path}/{len(stores)}.sqlite3")
        stores.append(store)
        return House(store, create_app(studies or (make_study(),), store, Settings(**settings)))

    yield make
    for store in stores:
        store.close()
