"""The one table of settings of the web server: where each comes from, what it is without being set, and which combinations are refused."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from qmethod.errors import DataError, Fault
from qmethod_studies.store import DEFAULT_URL
from qmethod_webform.prefix import FORWARDED, SHAPE

PREFIX = "QMETHOD_"
SHORTEST_SECRET = 32
MOST_KEYS = 64 * 1024
"""Characters that are read of a file with secret keys."""
MOST_THREADS = 32
"""More of them would do little but take turns, since Python works on one at a time."""
CONNECTIONS_BESIDE = 2
"""Connections to the database beside one for each thread."""
STYLES = ("plain", "json")
"""How the log can be written."""
SECURITIES = ("starttls", "tls", "none")
"""How mail is handed over."""
_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Parameters
    ----------
    name : str
        Field of `Settings`; its environment variable is ``QMETHOD_`` and this in capitals.
    default : str, int or bool
        The value where the variable is not set; its type is the setting's.
    help : str
        What it does, in one or two sentences.
    """

    name: str
    default: str | int | bool
    help: str


SETTINGS = (
    Setting("studies", "leadership", "What is served, parted by commas: folders with a study.yaml, or names of studies that ship."),
    Setting("database", DEFAULT_URL, "Where responses are kept: sqlite:///file.sqlite3 or postgresql://user@host/name."),
    Setting(
        "keys",
        "",
        "The file with the keys of the database. Empty: beside the file of SQLite, or for PostgreSQL qmethod-NAME.keys in the current folder.",
    ),
    Setting("host", "127.0.0.1", "Address the server listens on. Anything but a loopback address counts as production."),
    Setting("port", 8000, "Port the server listens on."),
    Setting("production", False, "Say yes where people reach the server through a proxy in front of a loopback address."),
    Setting(
        "secret_key", "", f"Seals cookies. Needed in production, at least {SHORTEST_SECRET} characters; without one a local server keeps its own."
    ),
    Setting(
        "secret_key_file",
        "",
        "A file with the secret key in its first line, in place of the variable. Lines below hold earlier keys: what they signed is still believed.",
    ),
    Setting("old_secret_keys", "", "Earlier secret keys, parted by blanks: what they signed is still believed, and nothing new is signed with them."),
    Setting(
        "https",
        True,
        "In production: cookies travel over HTTPS only, and browsers are told to stay on it. Say no only for a workshop on a local network.",
    ),
    Setting(
        "proxies", 0, "How many proxies stand in front and set X-Forwarded-For, -Proto and -Host. Their word is taken for that many steps, no more."
    ),
    Setting("trusted_hosts", "", "Names the server answers to, parted by commas. Empty: any name."),
    Setting(
        "prefix",
        "",
        "The path under which everything stands, such as /q. The word forwarded stands for what X-Forwarded-Prefix says, behind QMETHOD_PROXIES.",
    ),
    Setting(
        "threads",
        8,
        f"Requests handled at the same time, {MOST_THREADS} at most. Python works on one of them at a time, so that more threads make each request "
        "slower and none faster; for more people run more processes on PostgreSQL.",
    ),
    Setting("connections", 0, "Connections to the database that the process holds at most; 0 stands for one for each thread and two more."),
    Setting("debug", False, "Show errors in the browser. Refused in production."),
    Setting("cookie_days", 14, "How long a browser remembers an unfinished sort. The respondent's code works without a limit."),
    Setting(
        "wrong_codes",
        100,
        "How many wrong access codes one network may send to a study in ten minutes. Past them each makes the next wait, twice as long as the last, "
        "a minute at most.",
    ),
    Setting(
        "begun_a_minute",
        600,
        "How many people of one network may begin or decline in a study in a minute; of all networks five times as many. A class of 500 that starts "
        "at once never meets it.",
    ),
    Setting("reserve_mb", 256, "Megabytes that are kept free on the disk of the responses for people who sort: below, nobody begins."),
    Setting("log", "plain", "How the log is written: plain (name=value) or json, one line each."),
    Setting("access_log", False, "Write a line for each request: pattern of the address, status and milliseconds, and nothing of who sent it."),
    Setting(
        "metrics_token",
        "",
        f"Who sends it as a bearer token may read /metrics; at least {SHORTEST_SECRET} characters. Empty: this machine may, and through no proxy.",
    ),
    Setting("mail_server", "", "A server that takes mail, such as smtp.example.org:587: people can have their code sent to them. Empty: no mail."),
    Setting("mail_from", "", "The address that mail comes from."),
    Setting("mail_user", "", "Who this server is to the server for mail. Empty: it asks for nobody."),
    Setting("mail_password", "", "The password that goes with it."),
    Setting("mail_security", "starttls", "How mail is handed over: starttls, tls (port 465), or none, which is for this machine alone."),
    Setting("mails_an_hour", 200, "How many mails are sent in an hour at most, from one network a quarter of them."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server; see `SETTINGS` for what each does."""

    studies: str = "leadership"
    database: str = DEFAULT_URL
    keys: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    production: bool = False
    secret_key: str = ""
    secret_key_file: str = ""
    old_secret_keys: str = ""
    https: bool = True
    proxies: int = 0
    trusted_hosts: str = ""
    prefix: str = ""
    threads: int = 8
    connections: int = 0
    debug: bool = False
    cookie_days: int = 14
    wrong_codes: int = 100
    begun_a_minute: int = 600
    reserve_mb: int = 256
    log: str = "plain"
    access_log: bool = False
    metrics_token: str = ""
    mail_server: str = ""
    mail_from: str = ""
    mail_user: str = ""
    mail_password: str = ""
    mail_security: str = "starttls"
    mails_an_hour: int = 200

    @property
    def public(self) -> bool:
        """Whether other people can reach this server, so that it must be safe."""
        return self.production or self.proxies > 0 or self.listens_to_others

    @property
    def listens_to_others(self) -> bool:
        """Whether this server itself listens to other machines, and not only a proxy in front of it."""
        return not loopback(self.host)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names that the server answers to; none for any name."""
        return tuple(name.strip() for name in self.trusted_hosts.split(",") if name.strip())

    @property
    def earlier_keys(self) -> tuple[str, ...]:
        """Secret keys that are still believed."""
        return tuple(self.old_secret_keys.split())

    @property
    def most_connections(self) -> int:
        """Connections to the database that the process holds at most."""
        return self.connections or self.threads + CONNECTIONS_BESIDE

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are for HTTPS only."""
        return self.public and self.https

    def _wrong_mail(self) -> Iterator[tuple[str, str, str | None]]:
        """What is wrong with the settings of mail: the setting, what it is, and what to do."""
        if not self.mail_server:
            for name in ("mail_from", "mail_user", "mail_password"):
                if getattr(self, name):
                    yield name, "no mail is sent without a server for it", f"Set {variable('mail_server')}, or take this away."
            return
        host = _mail_host(self.mail_server)
        if host is None:
            yield "mail_server", f"{self.mail_server!r} is no name of a machine with a port", "Write it as smtp.example.org:587."
        if not _ADDRESS.fullmatch(self.mail_from):
            yield "mail_from", f"{self.mail_from!r} is no address that mail can come from", None
        if bool(self.mail_user) != bool(self.mail_password):
            yield "mail_password", "a user and a password for mail go together", "Set both, or neither."
        if self.mail_security not in SECURITIES:
            yield "mail_security", f"{self.mail_security!r} is neither {' nor '.join(SECURITIES)}", None
        elif self.mail_security == "none" and host is not None and not loopback(host):
            yield "mail_security", "codes and passwords would travel to another machine in the clear", "Set it to starttls or tls."
        if not self.hosts:
            advice = f"Set {variable('trusted_hosts')}."
            yield "mail_server", "mail has the address of this server in it, which would be what anybody says it is", advice
        if self.mails_an_hour < 1:
            yield "mails_an_hour", f"{self.mails_an_hour} would let no mail go; at least 1 is needed", None

    def checked(self, options: Collection[str] = ()) -> Settings:
        """These settings, if they are safe.

        Parameters
        ----------
        options : collection of str
            Names of those that came from the command line; messages name the option of these, and the variable of all others.

        Raises
        ------
        DataError
            For each setting that is out of range or unsafe, with its option or variable and what to do.
        """
        faults: list[Fault] = []

        def refuse(name: str, message: str, advice: str | None = None) -> None:
            faults.append(Fault(f"{f'--{name}' if name in options else variable(name)}: {message}", advice=advice))

        if self.public and not self.secret_key:
            advice = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            refuse("secret_key", "a server that others can reach needs a secret key of its own", advice)
        elif self.secret_key and len(self.secret_key) < SHORTEST_SECRET:
            refuse("secret_key", f"the secret key has {len(self.secret_key)} characters, at least {SHORTEST_SECRET} are needed")
        for key in self.earlier_keys:
            if len(key) < SHORTEST_SECRET:
                refuse("old_secret_keys", f"an earlier secret key has {len(key)} characters, at least {SHORTEST_SECRET} are needed")
        if self.metrics_token and len(self.metrics_token) < SHORTEST_SECRET:
            refuse("metrics_token", f"the token has {len(self.metrics_token)} characters, at least {SHORTEST_SECRET} are needed")
        if self.log not in STYLES:
            refuse("log", f"{self.log!r} is neither {' nor '.join(STYLES)}")
        if self.prefix == FORWARDED and not self.proxies:
            refuse("prefix", "X-Forwarded-Prefix is what anybody may send, unless a proxy is in front", "Set QMETHOD_PROXIES too.")
        elif self.prefix not in ("", FORWARDED) and not SHAPE.fullmatch(self.prefix):
            refuse("prefix", f"{self.prefix!r} is no path such as /q", "Begin it with a slash, and end it without one.")
        if self.public and self.debug:
            refuse("debug", "debugging on a server that others can reach would let them run code on it", "Set it to no.")
        for name, low, high in (
            ("port", 0, 65535),
            ("proxies", 0, 10),
            ("threads", 1, MOST_THREADS),
            ("connections", 0, 1000),
            ("cookie_days", 1, 365),
        ):
            if not low <= getattr(self, name) <= high:
                refuse(name, f"{getattr(self, name)} is not between {low} and {high}")
        for wrong in self._wrong_mail():
            refuse(*wrong)
        for name in ("wrong_codes", "begun_a_minute"):
            if getattr(self, name) < 1:
                refuse(name, f"{getattr(self, name)} would let nobody in; at least 1 is needed")
        if self.reserve_mb < 0:
            refuse("reserve_mb", f"{self.reserve_mb} is no room; 0 keeps none")
        if faults:
            raise DataError(faults)
        return self


def _mail_host(server: str) -> str | None:
    """The host of a server for mail; None where it is no name with a port."""
    host, _colon, port = server.rpartition(":")
    return host if re.fullmatch(r"[A-Za-z0-9.-]+", host) and port.isdecimal() and 0 < int(port) <= 65535 else None


def from_environment(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from the environment, those of the command line before them.

    Parameters
    ----------
    environment : mapping, optional
        The process's own by default.
    **given : str, int, bool or None
        Values that come before the environment's; None counts as not given.

    Raises
    ------
    DataError
        For a variable that does not exist, a value that cannot be read, and whatever `Settings.checked` refuses.
    """
    variables = os.environ if environment is None else environment
    known = {variable(setting.name): setting for setting in SETTINGS}
    faults = [Fault(f"there is no setting {name}", advice=_near(name, known)) for name in variables if name.startswith(PREFIX) and name not in known]
    values: dict[str, Any] = {}
    for name, setting in known.items():
        if name in variables:
            try:
                values[setting.name] = _read(variables[name], type(setting.default))
            except ValueError as error:
                faults.append(Fault(f"{name}: {error}"))
    if faults:
        raise DataError(faults)
    typed = {name: value for name, value in given.items() if value is not None}
    found = Settings(**{**values, **typed})
    return (_with_key_file(found) if found.secret_key_file else found).checked(typed)


def _with_key_file(settings: Settings) -> Settings:
    """Settings with the keys that a file holds.

    Raises
    ------
    DataError
        If it cannot be read, holds none, or keys are given elsewhere too.
    """
    name, file = variable("secret_key_file"), settings.secret_key_file
    if settings.secret_key or settings.old_secret_keys:
        advice = f"Take {variable('secret_key')} and {variable('old_secret_keys')} away, or {name}."
        raise DataError([Fault(f"{name}: secret keys are given by file and by variable", advice=advice)])
    try:
        with open(file, encoding="utf-8") as opened:
            keys = [line.strip() for line in opened.read(MOST_KEYS).splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise DataError([Fault(f"{name}: the file cannot be read: {said}", file=file, advice="See to its name and its permissions.")]) from None
    if not keys or any(len(key.split()) > 1 for key in keys):
        advice = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        raise DataError([Fault(f"{name}: a secret key stands in a line of its own, without blanks", file=file, advice=advice)])
    return replace(settings, secret_key=keys[0], old_secret_keys=" ".join(keys[1:]))


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name[:60], known, 1)
    return f"Did you mean {near[0]}?" if near else f"The settings are {', '.join(known)}."


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _read(text: str, kind: type) -> str | int | bool:
    if kind is bool:
        word = text.strip().lower()
        if word not in ("1", "yes", "true", "on", "0", "no", "false", "off", ""):
            raise ValueError(f"{text!r} is neither yes nor no")
        return word in ("1", "yes", "true", "on")
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"{text!r} is no whole number") from None
    return text


def loopback(host: str) -> bool:
    """Whether an address is one that no other machine can reach, or come from."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


assert {field.name: field.default for field in fields(Settings)} == {setting.name: setting.default for setting in SETTINGS}
