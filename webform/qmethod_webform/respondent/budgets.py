"""What one respondent may ask of the server: more than a person can, so that a program which sends without end does not stop the others.

A whole journey through the study that ships takes about 140 requests with 110 acts, in half an hour. Whoever was without a connection sends all that
waited at once: several such journeys are let through. From then on it is two acts a second, more than anybody makes for minutes on end. And whoever
asks faster than hands can has each answer held back, let through or refused, so that a program that waits for answers sends no more than a few people
do. It is counted by person, in memory, by each server process for itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from flask import Flask, current_app, request

from qmethod_webform.limits import HOLD, Allowance
from qmethod_webform.respondent.person import Stop, known, recalled

ACTS_AT_ONCE, ACTS_A_MINUTE = 600, 120
REQUESTS_AT_ONCE, REQUESTS_A_MINUTE = 600, 240
BRISK_AT_ONCE, BRISK_A_MINUTE = 60, 900
"""Beyond so many at once, answers come fifteen a second."""
LONGEST_HOLD = 20
"""Seconds that an answer is held back at most."""


class Budgets:
    """The allowances of one server process.

    Parameters
    ----------
    clock : callable, optional
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.acts = Allowance(ACTS_AT_ONCE, ACTS_A_MINUTE, clock)
        self.requests = Allowance(REQUESTS_AT_ONCE, REQUESTS_A_MINUTE, clock)
        self.brisk = Allowance(BRISK_AT_ONCE, BRISK_A_MINUTE, clock)


def budgets() -> Budgets:
    """The allowances of this server."""
    found: Budgets = current_app.extensions["qmethod budgets"]
    return found


def spend(allowance: Allowance, whose: str, number: int = 1) -> None:
    """Take from an allowance.

    Raises
    ------
    Stop
        If there is not enough left: 429, with when to come again.
    """
    if seconds := allowance.take(whose, number):
        raise Stop("too-fast", 429, retry_after=math.ceil(seconds))


def limit(app: Flask) -> None:
    """Count the requests of everybody who is known; hold answers back that are asked for too fast, and refuse what is too much before it is done."""
    app.extensions["qmethod budgets"] = Budgets()

    @app.before_request
    def count() -> None:
        name = (request.view_args or {}).get("study")
        if not isinstance(name, str):
            return
        who = recalled(name)[0] if request.endpoint == "respondent.acts" else known(name)
        if who is not None:
            seconds, hold = budgets().brisk.queue(who.code_hash, LONGEST_HOLD), request.environ.get(HOLD)
            if seconds and hold is not None:
                hold(seconds)
            spend(budgets().requests, who.code_hash)
