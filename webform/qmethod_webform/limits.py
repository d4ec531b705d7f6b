"""A brake on guessing codes. It counts wrong codes only, by browser and by study, never by address: a class behind one address enters together."""

from __future__ import annotations

from limits import RateLimitItemPerMinute, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


class WrongCodes:
    """Counts wrong codes and says when no more are looked at. Each server process keeps its own count.

    Parameters
    ----------
    by_browser : int
        Wrong codes that one browser may enter in ten minutes.
    in_all : int
        Wrong codes that one study takes in a minute, from whomever.
    """

    def __init__(self, by_browser: int, in_all: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._by_browser = parse(f"{by_browser} per 10 minutes")
        self._in_all = RateLimitItemPerMinute(in_all)

    def too_many(self, study: str, browser: str) -> bool:
        """Whether the next code is not looked at."""
        return not (self._limiter.test(self._by_browser, study, browser) and self._limiter.test(self._in_all, study))

    def count(self, study: str, browser: str) -> None:
        """Note a wrong code."""
        self._limiter.hit(self._by_browser, study, browser)
        self._limiter.hit(self._in_all, study)
