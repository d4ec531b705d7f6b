"""Settings: from where they are read, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest

from qmethod.errors import DataError
from qmethod_webform.settings import SETTINGS, Settings, from_environment, variable
from tests.webform.house import SECRET, Build

# ---- settings


def test_the_table_and_the_settings_are_the_same(build: Build) -> None:
    assert {setting.name: setting.default for setting in SETTINGS} == {name: getattr(Settings(), name) for name in Settings.__dataclass_fields__}
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.help.endswith(".")
        assert setting.help[0].isupper()


@pytest.mark.parametrize(
    ("unsafe", "about"),
    [
        ({"production": True}, ["secret_key"]),
        ({"host": "0.0.0.0"}, ["secret_key"]),
        ({"host": "192.0.2.7"}, ["secret_key"]),
        ({"host": "survey.example.org"}, ["secret_key"]),
        ({"proxies": 1}, ["secret_key"]),
        ({"secret_key": "short"}, ["secret_key"]),
        ({"production": True, "secret_key": "x" * 31}, ["secret_key"]),
        ({"production": True, "secret_key": SECRET, "debug": True}, ["debug"]),
        ({"port": 65536}, ["port"]),
        ({"port": -1}, ["port"]),
        ({"threads": 0}, ["threads"]),
        ({"threads": 33}, ["threads"]),
        ({"connections": -1}, ["connections"]),
        ({"proxies": 11, "secret_key": SECRET}, ["proxies"]),
        ({"cookie_days": 0}, ["cookie_days"]),
        ({"wrong_codes": 0}, ["wrong_codes"]),
        ({"begun_a_minute": -5}, ["begun_a_minute"]),
        ({"reserve_mb": -1}, ["reserve_mb"]),
        ({"production": True, "debug": True, "port": 70000}, ["secret_key", "debug", "port"]),
    ],
)
def test_unsafe_settings_are_refused_all_at_once(unsafe: dict[str, Any], about: list[str]) -> None:
    with pytest.raises(DataError) as refused:
        Settings(**unsafe).checked()
    assert [fault.message.partition(":")[0] for fault in refused.value.faults] == [variable(name) for name in about]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_alone_needs_no_secret(host: str) -> None:
    assert not Settings(host=host).checked().public


def test_the_environment_is_read_and_the_command_line_comes_first() -> None:
    given = {"QMETHOD_PORT": "9000", "QMETHOD_PRODUCTION": "yes", "QMETHOD_SECRET_KEY": SECRET, "QMETHOD_HTTPS": "no", "PATH": "x"}
    found = from_environment(given, port=9001, host=None)
    assert (found.port, found.production, found.secret_key, found.https, found.host) == (9001, True, SECRET, False, "127.0.0.1")
    assert found.public
    assert not found.secure_cookies


def test_what_the_command_line_gave_is_not_blamed_on_a_variable() -> None:
    with pytest.raises(DataError, match=r"^--port: 99999 is not between 0 and 65535$"):
        from_environment({"QMETHOD_PORT": "8000"}, port=99999)
    with pytest.raises(DataError, match=r"^QMETHOD_PORT: 99999 is not between"):
        from_environment({"QMETHOD_PORT": "99999"}, host="127.0.0.1")
    with pytest.raises(DataError, match="QMETHOD_SECRET_KEY: a server that others can reach"):
        from_environment({}, host="0.0.0.0")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"QMETHOD_PROT": "9000"}, r"QMETHOD_PROT\n-> Did you mean QMETHOD_PORT\?"),
        ({"QMETHOD_PORT": "nine"}, "'nine'"),
        ({"QMETHOD_DEBUG": "maybe"}, "'maybe'"),
        ({"QMETHOD_PRODUCTION": "1"}, "QMETHOD_SECRET_KEY"),
    ],
)
def test_a_variable_that_means_nothing_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        from_environment(environment)


def test_an_application_with_unsafe_settings_is_not_made(build: Build) -> None:
    with pytest.raises(DataError, match="QMETHOD_SECRET_KEY"):
        build(host="0.0.0.0")
