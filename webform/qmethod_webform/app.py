"""The web application: one factory, one place where everything is put together."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date
from flask import Flask, g
from flask_babel import get_locale
from markupsafe import Markup, escape
from werkzeug.middleware.proxy_fix import ProxyFix

from qmethod.errors import DataError, Fault
from qmethod_studies import formatting
from qmethod_studies.definition import Study, column_label
from qmethod_studies.loading import find, load
from qmethod_studies.store import Store
from qmethod_webform import files, health, i18n, log, metrics, security
from qmethod_webform.cookies import Cookies
from qmethod_webform.health import Looks
from qmethod_webform.limits import Beginnings, Reserve, WrongCodes
from qmethod_webform.mail import Mailbox, Post
from qmethod_webform.prefix import FORWARDED, Prefixed
from qmethod_webform.respondent import acting, budgets, choosing, entry, leaving, looking, pages, person, practising, refused, sorting, telling  # noqa: F401 - most register their views
from qmethod_webform.respondent.blueprint import blueprint
from qmethod_webform.settings import Settings, from_environment

MOST_BYTES = 4 * 1024 * 1024
"""The longest request that is read: room for a comment of the greatest length on every card, in any script."""

THREADS_APART = 2
"""Threads of the server that wait for no stuck database."""


@dataclass(frozen=True, slots=True)
class Served:
    """What the views work on.

    Parameters
    ----------
    store : Store
    studies : mapping of str to Study
        The studies on offer, by name, each in its newest version.
    wrong_codes : WrongCodes
    beginnings : Beginnings
    reserve : Reserve
    looks : Looks
    """

    store: Store
    studies: Mapping[str, Study]
    wrong_codes: WrongCodes
    beginnings: Beginnings
    reserve: Reserve
    looks: Looks


class _Pages(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """What is called as it stands: none of what is called here for each request is a coroutine."""
        return func


def create_app(studies: Sequence[Study], store: Store, settings: Settings) -> Flask:
    """The application.

    Parameters
    ----------
    studies : sequence of Study
        What is on offer. Each is registered with the store.
    store : Store
        Where responses go.
    settings : Settings

    Raises
    ------
    DataError
        If the settings are unsafe, or a study's structure is locked by responses to it.
    """
    settings.checked()
    for study in studies:
        store.register(study)
    embedded = settings.secure_cookies and any(study.access.embed for study in studies)
    app = _Pages(__name__, static_folder=None)
    app.session_interface = Cookies()
    app.config.update(
        SECRET_KEY=settings.secret_key or store.derived_key("cookies of a local server"),
        SECRET_KEY_FALLBACKS=list(settings.earlier_keys),
        SESSION_COOKIE_NAME=cookie_name(store, secure=settings.secure_cookies),
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        # A cookie goes into a frame on another site's page only where it is kept apart for that site, and only over HTTPS.
        SESSION_COOKIE_SAMESITE="None" if embedded else "Lax",
        SESSION_COOKIE_PARTITIONED=embedded,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.cookie_days),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # a sort may take days; the token ends with the cookie
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer, which some browsers and proxies withhold: `security.refuse_other_sites` looks at all there is
        TRUSTED_HOSTS=list(settings.hosts) or None,
        DEBUG=settings.debug,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if settings.earlier_keys:
        app.config["WTF_CSRF_SECRET_KEY"] = [*reversed(settings.earlier_keys), app.config["SECRET_KEY"]]  # the last one signs
    if settings.prefix or settings.hosts:
        app.wsgi_app = Prefixed(app.wsgi_app, settings.prefix, next(iter(settings.hosts), ""))  # type: ignore[method-assign]
    if settings.proxies:
        n, by_proxy = settings.proxies, settings.prefix == FORWARDED
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n, x_prefix=n if by_proxy else 0)  # type: ignore[method-assign]
    log.set_up(app, settings)
    metrics.count(app, settings.metrics_token)
    app.extensions["qmethod"] = Served(
        store,
        {study.study: study for study in studies},
        WrongCodes(settings.wrong_codes, shared=store),
        Beginnings(settings.begun_a_minute),
        Reserve(store.free_space, settings.reserve_mb * 10**6, log.room),
        Looks(lambda: store.ping()),
    )
    app.extensions["qmethod mail"] = Post(mailbox, settings.mails_an_hour) if (mailbox := Mailbox.of(settings)) else None
    security.lead_by_path(app)
    security.refuse_odd_bodies(app)
    security.Tokens(app)
    security.refuse_other_sites(app)
    person.refuse_other_generations(app)
    budgets.limit(app)
    i18n.set_up(app)
    security.protect(app, https=settings.secure_cookies, framed_by={study.study: study.access.embed for study in studies})
    _set_up_templates(app)
    files.serve(app, _files())
    app.register_blueprint(health.blueprint)
    app.register_blueprint(blueprint)
    refused.keep_refusals(app)
    pages.explain_errors(app)
    return app


@cache
def _files() -> files.Files:
    return files.read(Path(__file__).parent / "static")


def cookie_name(store: Store, *, secure: bool) -> str:
    """Name of the cookie: of each database its own, so that two servers of one host name do not end each other's sorts.

    Over HTTPS it has the prefix with which browsers take it from this very host only, and send it nowhere else.
    """
    return f"{'__Host-' if secure else ''}qmethod-{store.derived_key('name of the cookie').hex()[:12]}"


def load_studies(settings: Settings) -> list[Study]:
    """The studies that a server is set to offer.

    Raises
    ------
    DataError
        For a study that cannot be found or holds faults, or where none is named.
    """
    names = [name.strip() for name in settings.studies.split(",") if name.strip()]
    if not names:
        raise DataError([Fault("no study to serve", advice="Name one: qmethod serve leadership")])
    return [load(find(name), to_serve=True) for name in names]


def open_store(settings: Settings) -> Store:
    """The store of a server. Some threads never wait for it for long, so that what needs no database is answered whatever the database does."""
    at_once = max(1, settings.threads - THREADS_APART)
    return Store.open(settings.database, checked=True, at_once=at_once, connections=settings.most_connections, tell=log.damage)


def from_settings() -> Flask:
    """The application as the environment sets it up, for another WSGI server: ``gunicorn 'qmethod_webform.app:from_settings()'``."""
    try:
        settings = from_environment()
        log.write(settings.log)
        store = open_store(settings)
        atexit.register(store.close)
        return create_app(load_studies(settings), store, settings)
    except DataError as error:
        log.wrong_settings(error)
        raise


def _set_up_templates(app: Flask) -> None:
    @app.template_filter()
    def paragraphs(text: str) -> Markup:
        """Text with its paragraphs, which blank lines part. Nothing in it is taken for HTML."""
        parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
        return Markup("\n").join(Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in part.split("\n"))) for part in parts)

    @app.template_filter()
    def prose(text: str, formatted: bool) -> Markup:
        """A longer text of a study: with what its author marked, where the study is formatted; else its paragraphs alone."""
        return Markup(formatting.html(text)) if formatted else paragraphs(text)  # noqa: S704 - every sign of the author's is escaped there

    @app.template_filter()
    def signed(value: float) -> Markup:
        """The value of a column; set off, so that the sign stays in front in any language."""
        return Markup('<bdi dir="ltr">{}</bdi>').format(column_label(value))

    @app.template_filter()
    def moment(value: date | datetime) -> Markup:
        """A day or a moment, in the language of the page, with the zone that it is in; set off, because the zone runs from left to right."""
        day = format_date(value, "long", locale=str(get_locale()))
        time, zone = (f"{value:%H:%M} ", value.tzname()) if isinstance(value, datetime) else ("", "UTC")
        return Markup('{} <bdi dir="ltr">({}{})</bdi>').format(day, time, zone)

    @app.context_processor
    def language() -> dict[str, object]:
        return {"language": getattr(g, "language", i18n.SOURCE)}
