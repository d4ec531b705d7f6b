"""A server with its studies for tests, and people who take part by plain forms and by acts, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from qmethod_studies.definition import Study
from qmethod_studies.store import Response, Store
from tests.studies.store.acting import SLOTS, make_study

STAGES = ("before", "presort", "refine", "grid", "why", "after", "review")
COLUMNS = {f"s-s{i}": f"{column:g}" for i, column in enumerate(SLOTS, start=1)}
SECRET = "a secret of a server that others can reach"
_keys = count(1)


def new_key() -> str:
    return f"journey-{next(_keys):06d}"


@dataclass
class Person:
    """Somebody with a browser of their own."""

    app: Flask
    study: str = "demo"
    base: str = "http://localhost"

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, stage: str = "", **options: Any) -> TestResponse:
        return self.client.get(f"/{self.study}/{stage}", base_url=self.base, **options)

    def token(self) -> str:
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get("code").text)
        assert found
        return found[1]

    def post(self, stage: str, **fields: Any) -> TestResponse:
        """A form, sent as its page would: with a token and a key, unless they are given."""
        whole = {"csrf_token": self.token(), "key": new_key(), **fields}
        reply = self.client.post(f"/{self.study}/{stage}", data=whole, base_url=self.base, headers={"Referer": f"{self.base}/"})
        return self.client.get(reply.location, base_url=self.base) if reply.status_code == 303 else reply  # what was wrong has an address

    def acts(self, *acts: dict[str, Any]) -> TestResponse:
        body = {"acts": [{"key": new_key(), **act} for act in acts]}
        headers = {"X-CSRFToken": self.token(), "Referer": f"{self.base}/"}
        return self.client.post(f"/{self.study}/acts", json=body, base_url=self.base, headers=headers)

    def agree(self) -> str:
        """Agree to the consent; the code."""
        page = self.post("consent", choice="agree")
        assert page.status_code == 302, page.text
        found = re.search(r"\b(?:[A-Z0-9]{4}-){2}[A-Z0-9]{4}\b", self.client.get(page.location, base_url=self.base).text)
        assert found
        return found[0]

    def go_through(self, *, until: str = "review") -> None:
        """Every stage by its plain form, up to one."""
        forms: dict[str, Callable[[], TestResponse]] = {
            "before": lambda: self.post("before", **{"q-age": "44"}),
            "presort": self.presort,
            "refine": lambda: self.post("refine", do="board"),
            "grid": lambda: self.post("grid/list", **COLUMNS, go_on="1"),
            "why": lambda: self.post("why", **{"c-s9": "Because."}, go_on="1"),
            "after": lambda: self.post("after", **{"q-job": "desk"}),
        }
        for stage, following in pairwise(STAGES):
            if stage == until:
                return
            assert self.get(stage).status_code == 200, stage
            assert forms[stage]().location == f"/{self.study}/{following}"

    def presort(self) -> TestResponse:
        for i in range(1, 10):
            assert self.post("presort", statement=f"s{i}", pile="agree").location == f"/{self.study}/presort"
        return self.post("presort", go_on="1")


@dataclass
class House:
    """A server, its store, and people who come to it."""

    store: Store
    app: Flask

    def person(self, study: str = "demo", **options: Any) -> Person:
        return Person(self.app, study, **options)

    def responses(self, study: str = "demo") -> list[Response]:
        return list(self.store.responses(study))


Build = Callable[..., House]


def by(kind: str, **more: Any) -> Study:
    return make_study(access={"kind": kind, **more})


def link_in(text: str) -> str:
    found = re.search(r'href="(https://panel[^"]*)"', text)
    assert found
    return found[1].replace("&amp;", "&")
