"""The log: one line for each fault, with what to do, and where it is asked for one for each request. Never an id, a code, an answer or an address."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request

from qmethod.errors import DataError
from qmethod_studies.admission import Why
from qmethod_studies.store import Damaged, Unavailable
from qmethod_webform.settings import Settings

FRAMES = 6
"""Places of the program that a line on a fault of it names, the innermost last."""
WAITING = "Look whether the database runs; the server itself needs no restart. Nothing is lost: pages send again what was not saved."
SHUT = {
    "early": ("it is not open yet", "Nothing is to be done, unless `opens` in study.yaml is another day than was meant."),
    "over": ("its last day has passed", "To go on, set `closes` in study.yaml to a later day and start the server again."),
    "full": ("all its places are taken", "To let in more, raise `quota` in study.yaml and start the server again."),
    "held": ("its last places are held by people who sort now", "Nothing is to be done: places of people who stay away become free."),
    "no-wave": ("no wave of it is open today", "Nothing is to be done, unless a wave in study.yaml opens or closes on another day than was meant."),
}
"""Why nobody can begin, and what to do about it."""
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")
_PATHS = re.compile(r"\S*/\S*")
_ACCESS = "qmethod_webform.access"


class Lines(logging.Formatter):
    """A record as one line.

    Parameters
    ----------
    style : {"plain", "json"}
        ``name=value`` with blanks between, or one JSON object.
    """

    def __init__(self, style: str) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        """The time in UTC, how grave it is, what was said and its values; without the traceback, which would show values of the program."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        message = record.getMessage()
        if not record.name.startswith("qmethod_webform"):  # what the server under us says may name a path, and a path may hold a secret
            message = _PATHS.sub("(path)", message)
        named = {"time": f"{moment}.{int(record.msecs):03d}Z", "level": record.levelname.lower(), "what": message}
        named |= getattr(record, "values", {})
        if self._json:
            return json.dumps(named, ensure_ascii=False)
        return " ".join(f"{name}={_value(value)}" for name, value in named.items())


def _value(value: Any) -> str:
    """A value in one word, or quoted."""
    text = str(value)
    return text if re.fullmatch(r"[\w.:/<>+-]+", text, re.ASCII) else json.dumps(text, ensure_ascii=False)


class _Ours(logging.StreamHandler[Any]):
    """The handler of this module: a new application takes it over from the one before."""


def set_up(app: Flask, settings: Settings) -> None:
    """Write the lines of an application to standard error, and give each request a number.

    Parameters
    ----------
    app : Flask
    settings : Settings
    """
    write(settings.log)
    access = logging.getLogger(_ACCESS)
    app.log_exception = _of_program  # type: ignore[method-assign]

    @app.before_request
    def begin() -> None:
        g.request_id, g.began = secrets.token_hex(8), time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        if settings.access_log:
            values = {"status": response.status_code, "ms": round(1000 * (time.perf_counter() - g.began), 1), **about_request()}
            access.info("request", extra={"values": values})
        return response


def write(style: str) -> None:
    """Write lines of a style to standard error, from now on."""
    handler = _Ours()
    handler.setFormatter(Lines(style))
    for name, level in (("qmethod_webform", logging.INFO), ("waitress", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [one for one in logger.handlers if not isinstance(one, _Ours)] + [handler]
        logger.setLevel(level)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # how many requests wait is no fault: a class that begins at once makes some wait


def about_request() -> dict[str, str]:
    """What is told of a request: its number, how it was sent, the pattern of its address, and the study where there is one of that name."""
    if not has_request_context():
        return {}
    study = (request.view_args or {}).get("study", "")
    served = current_app.extensions.get("qmethod")
    return {
        "request": g.get("request_id", ""),
        "method": request.method if request.method in _METHODS else "other",
        "route": route(),
        **({"study": study} if served is not None and study in served.studies else {}),
    }


def route() -> str:
    """The pattern of the address of a request, such as ``/<study>/acts``; ``none`` where it has none."""
    return "none" if request.url_rule is None else request.url_rule.rule


def fault(error: Unavailable | str, to_do: str = "") -> None:
    """Write what has failed, and what to do.

    Parameters
    ----------
    error : Unavailable or str
        Holds nothing of what people said.
    to_do : str
        Where the error itself does not say it.
    """
    advice = (error.advice if isinstance(error, Unavailable) else "") or to_do or WAITING
    current_app.logger.error("%s", error, extra={"values": {"do": advice, **about_request()}})


def wrong_settings(error: DataError) -> None:
    """Write a line for each setting or study that keeps a server from starting."""
    for one in error.faults:
        logging.getLogger(f"{__name__}.start").error("%s", one, extra={"values": {"do": one.advice or "Mend it and start the server again."}})


def damage(found: Damaged) -> None:
    """Write what was found wrong with the database while nobody had asked for anything."""
    logging.getLogger(f"{__name__}.reading").error("%s", found, extra={"values": {"do": found.advice}})


def room(said: str) -> None:
    """Write that room on the disk has run short, or is there again."""
    to_do = "Make room on the disk of the responses, or move them to a larger one. Who sorts can finish meanwhile."
    values = {"do": to_do} if "nobody can begin" in said else {}
    current_app.logger.warning("%s", said, extra={"values": values})


def takes_nobody(study: str, why: Why | None) -> None:
    """Write once that nobody can begin in a study any more, and once that people can again.

    Parameters
    ----------
    study : str
    why : str or None
        None where people can.
    """
    known: dict[str, Why | None] = current_app.extensions.setdefault("qmethod-shut", {})
    before, known[study] = known.get(study), why
    if why == before:
        return
    if why is None:
        current_app.logger.warning("people can begin again", extra={"values": {"study": study}})
    else:
        what, to_do = SHUT[why]
        current_app.logger.warning("nobody can begin: %s", what, extra={"values": {"study": study, "do": to_do}})


def _of_program(exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]) -> None:
    """Write that the program has failed, and where; what it said may hold what somebody wrote, and so may its address."""
    kind, _, trace = exc_info
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-FRAMES:]]
    values: Mapping[str, Any] = {"at": " < ".join(reversed(places)), "do": "Report it with this line.", **about_request()}
    current_app.logger.error("a fault of the program: %s", kind.__name__ if kind else "unknown", extra={"values": values})
