"""A survey in a frame on another site: only where its study names the site, and with a cookie that is kept apart for it."""

from __future__ import annotations

from typing import Any

import pytest

from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.made import study
from tests.studies.store.acting import make_study
from tests.webform.test_question_kinds import fresh_store

HTTPS = Settings(secret_key="0123456789abcdefghijklmnopqrstuvwxyzABCD", production=True)


def policy(answer: Any) -> list[str]:
    return [rule for rule in answer.headers["Content-Security-Policy"].split("; ") if rule.startswith("frame-ancestors")]


def test_a_study_stands_in_frames_of_the_sites_it_names_and_others_in_none() -> None:
    sites = ["https://panel.example.org", "https://lms.example.org:8443"]
    with fresh_store() as store:
        client = create_app([make_study(access={"embed": sites}), study()], store, HTTPS).test_client()
        for address in ("/demo/", "/demo/consent", "/demo/before", "/demo/review"):
            assert policy(client.get(address, base_url="https://localhost")) == [
                "frame-ancestors https://panel.example.org https://lms.example.org:8443"
            ]
        for address in ("/small/", "/small/consent", "/", "/none/"):
            assert policy(client.get(address, base_url="https://localhost")) == ["frame-ancestors 'none'"]
        cookie = client.application.test_client().get("/demo/consent", base_url="https://localhost").headers["Set-Cookie"]
        assert {"SameSite=None", "Secure", "Partitioned", "HttpOnly"} <= set(cookie.split("; "))


@pytest.mark.parametrize(("embed", "settings"), [([], HTTPS), (["https://panel.example.org"], Settings())])
def test_the_cookie_is_of_this_site_alone_elsewhere(embed: list[str], settings: Settings) -> None:
    with fresh_store() as store:
        client = create_app([make_study(access={"embed": embed})], store, settings).test_client()
        cookie = client.get("/demo/consent", base_url="https://localhost").headers["Set-Cookie"]
        assert "SameSite=Lax" in cookie
        assert "Partitioned" not in cookie


@pytest.mark.parametrize(
    "site",
    [
        "http://a.org",
        "https://*.a.org",
        "*",
        "https://a.org/path",
        "https://a.org; script-src *",
        "https://a.org\n",
        "'self'",
        "https://",
        "https://A.org",
    ],
)
def test_what_is_no_single_site_is_refused(site: str) -> None:
    with pytest.raises(ValueError, match="embed"):
        make_study(access={"embed": [site]})


def test_a_study_without_frames_is_stored_as_it_was() -> None:
    assert '"embed"' not in make_study().model_dump_json()
