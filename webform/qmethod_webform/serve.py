"""``qmethod serve``: the pages, on this machine or for everybody."""

from __future__ import annotations

import gc
import signal
import sys
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.options import STUDY, quiet_option
from qmethod_analysis.commands.tolerance import PlainCommand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from qmethod_analysis.commands.faults import MachineRefuses
    from qmethod_studies.definition import Study
    from qmethod_studies.store import Store
    from qmethod_webform.listening import Told
    from qmethod_webform.settings import Settings

MOST_CONNECTIONS = 4000
"""Connections that are open at once: twice what 300 browsers hold."""
OTHER_FILES = 100
"""Files and connections that are no respondent's: those to the database, the program itself."""

SWITCH_SECONDS = 0.0001
"""How long a thread keeps Python to itself while others wait. Requests wait often and briefly, for the database and for the network; at Python's
own 5 milliseconds whoever is ready waits out the turns of all others: 300 browsers at once got 70 acts a second saved, and 91 with this."""


@click.command("serve", cls=PlainCommand)
@click.argument("studies", nargs=-1, type=STUDY, metavar="[STUDY]...")
@click.option("--port", type=click.IntRange(0, 65535), metavar="P", help="Port to listen on; 0 takes a free one. [default: 8000]")
@click.option("--host", metavar="ADDRESS", help="Address to listen on. [default: 127.0.0.1, this machine only]")
@click.option("--prefix", metavar="PATH", help="Path under which everything stands, such as /q, where a proxy shares a host name. [default: none]")
@click.option(
    "--database",
    metavar="URL",
    help="Where the responses are kept; also from QMETHOD_DATABASE. [default: sqlite:///qmethod-responses.sqlite3, in this folder]",
)
@quiet_option
def command(studies: tuple[str, ...], port: int | None, host: str | None, prefix: str | None, database: str | None) -> None:
    """Let people sort: serve a study's pages.

    STUDY is a folder with study.yaml, the folder of an export, or the name of a study that ships with a definition; more than one can be named.
    Without one it is leadership.

    \b
    Example:
      qmethod serve leadership
      qmethod serve my-study --port 8080 --database postgresql://localhost/surveys

    Settings for a server that others can reach come from the environment: see the page on running a survey in the documentation.
    """  # noqa: D301 - click reads \b
    from qmethod_analysis.commands.speaking import next_steps, say
    from qmethod_studies.store import DEFAULT_URL, without_password
    from qmethod_webform.app import create_app, load_studies, open_store
    from qmethod_webform.listening import Listener, Told
    from qmethod_webform.prefix import FORWARDED
    from qmethod_webform.settings import from_environment

    settings = from_environment(studies=",".join(studies) or None, port=port, host=host, prefix=prefix, database=database)
    found = load_studies(settings)
    with open_store(settings) as store:
        app = create_app(found, store, settings)
        try:
            server = Listener(
                app,
                told := Told(),
                host=settings.host,
                port=settings.port,
                threads=settings.threads,
                connection_limit=_room_for_connections(),
                max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1,
                ident=None,
                clear_untrusted_proxy_headers=False,  # the application trusts just as many proxies as its settings say
            )
        except OSError as error:
            raise _not_listening(settings, error) from error
        under = "" if settings.prefix == FORWARDED else settings.prefix
        for study in found:
            say(f"{study.title.in_(study.first_language)}: {_address(settings.host, server.port)}{under}/{study.study}/")
            say(*(f"  {line}" for line in announced(study, store)))
        say(f"Responses are kept in {without_password(settings.database)}. Stop with Ctrl+C.")
        say(*unknown(store, settings))
        sys.setswitchinterval(SWITCH_SECONDS)
        gc.collect()
        gc.freeze()  # what is there now stays: it need not be looked through again and again for what is not needed any more
        _end_on_signals(told)
        try:
            server.run()
        finally:
            server.close()
        where = () if database in (None, DEFAULT_URL) else ("--database", database)
        answered = {one.name for one in store.studies() if one.submitted + one.started + one.declined}
    next_steps(*(("export", study.study, *where, "--out", f"{study.study}-export") for study in found if study.study in answered))


def announced(study: Study, store: Store) -> Iterator[str]:
    """What whoever serves a study is told of it: when people can begin, how many may finish and have, and what is odd about its languages."""
    from qmethod_studies.admission import standing, terms
    from qmethod_studies.spoken import about_interface

    yield from (f"{what}: {when}" for what, when in terms(study))
    if study.quota is not None:
        yield f"Places: {standing(study, store.places(study))}"
    yield from (f"Mind: {notice.message}" for notice in about_interface(study))


def unknown(store: Store, settings: Settings) -> Iterator[str]:
    """What a server cannot know: how much room a disk elsewhere has, and where people come from behind a proxy that it was not told of."""
    if store.free_space() is None:
        yield "How much room the disk of PostgreSQL has is not known here: watch it where it runs."
    if settings.production and not settings.proxies and not settings.listens_to_others:
        yield "Mind: without QMETHOD_PROXIES everybody seems to come from one address, and the wrong access codes of one make all others wait."


def _end_on_signals(told: Told) -> None:
    """Let a server that is told to end, or whose terminal is closed, end as Ctrl+C ends it. A signal that nohup lets it ignore stays ignored.

    A handler runs wherever the program is just then, and what it raises is lost where that is a finaliser; so it raises nothing, and the server looks
    in each turn of its loop. What is being put away then is interrupted by nothing but a second Ctrl+C.
    """
    from qmethod_analysis.commands.faults import nobody_reads

    def end(number: int, frame: FrameType | None) -> None:
        if told.said:
            if number == signal.SIGINT:
                signal.default_int_handler(number, frame)
            return
        told.end()
        if number not in (signal.SIGTERM, signal.SIGINT):
            nobody_reads()  # the terminal is gone

    for number in (getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)):  # Windows lacks the last
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def _not_listening(settings: Settings, error: OSError) -> MachineRefuses:
    """What is said where the server cannot listen: the address or the port may be to blame."""
    import errno
    import socket

    from qmethod_analysis.commands.faults import MachineRefuses

    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        message, advice = f"this machine has no address {settings.host!r}", "127.0.0.1 is for this machine only, 0.0.0.0 for all of its addresses."
    else:
        message = f"port {settings.port} of {settings.host} cannot be used: {error.strerror or error}"
        advice = "Choose another with --port; 0 takes a free one."
    return MachineRefuses(message, advice)


def _room_for_connections() -> int:
    """How many connections can be open at once; raises how many files this process may have open, where that is needed and allowed."""
    try:
        import resource
    except ImportError:  # Windows, which counts sockets apart from files, but waits for 512 at most
        return 500
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_FILES
    if allowed == resource.RLIM_INFINITY or allowed >= wanted:
        return MOST_CONNECTIONS
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted - OTHER_FILES


def _address(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not listened on
    return f"http://{name}:{port}"
