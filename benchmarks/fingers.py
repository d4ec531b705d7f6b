"""Hands for a browser of any make: of a driver that speaks the WebDriver protocol, or at the mouse and the keyboard of an X server.

No browser can tell the second from a person's, and the X server repeats a key that is held, which no driver does.
"""

from __future__ import annotations

import ctypes
import json
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

from tests.browser.accidents import FRAMES

HEARD = 60
"""Milliseconds until a browser has surely heard of a press."""
MOVES = """() => {
    window.moved = null;
    addEventListener("mousemove", (event) => (window.moved = [event.clientX, event.clientY]), { capture: true });
}"""


class Driven:
    """Hands of a browser behind a driver; what happens inside one press is timed by the browser."""

    def __init__(self, address: str, capabilities: dict[str, Any], *, touch: bool, size: tuple[int, int]) -> None:
        self.address, self.touch = address, touch
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.address += f"/session/{made['sessionId']}"
        self._ask("POST", "/window/rect", {"x": 0, "y": 0, "width": size[0], "height": size[1]})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def goto(self, url: str) -> None:
        """Open a page."""
        self._ask("POST", "/url", {"url": url})

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """What a function of the page gives; a promise is waited for."""
        return self._ask("POST", "/execute/sync", {"script": f"return ({function})(arguments[0])", "args": [argument]})

    def rest(self, milliseconds: float) -> None:
        """Wait; whoever reads begins to when there is something to see."""
        if milliseconds > 300:
            self._ask("POST", "/execute/async", {"script": f"({FRAMES})().then(arguments[0])", "args": []})
        time.sleep(milliseconds / 1000)

    def press(self, x: float, y: float, gaps: Sequence[float] = (), hold: float = 0) -> None:
        """Press a point; see `Hands.press`."""
        steps: list[dict[str, Any]] = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}]
        for i, gap in enumerate((0, *gaps)):
            steps += [{"type": "pause", "duration": round(gap)}] * bool(gap)
            steps += [{"type": "pointerDown", "button": 0}, {"type": "pause", "duration": round(hold if i == len(gaps) else 20)}]
            steps += [{"type": "pointerUp", "button": 0}]
        kind = {"pointerType": "touch" if self.touch else "mouse"}
        self._ask("POST", "/actions", {"actions": [{"type": "pointer", "id": "hand", "parameters": kind, "actions": steps}]})
        time.sleep(HEARD / 1000)

    def key(self, key: str, repeats: int = 0, gaps: Sequence[float] = ()) -> None:
        """Press a key; see `Hands.key`."""
        value = {"Enter": "\ue007", "Escape": "\ue00c"}.get(key, key)
        steps: list[dict[str, Any]] = []
        for gap in (0, *gaps):
            steps += [{"type": "pause", "duration": round(gap)}] * bool(gap)
            # A driver repeats no key by itself: one that is pressed again before it was let go is a key that repeats.
            steps += [{"type": "keyDown", "value": value}, {"type": "pause", "duration": 30}] * (repeats + 1)
            steps += [{"type": "keyUp", "value": value}]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})
        time.sleep(HEARD / 1000)

    def end(self) -> None:
        """Close the browser."""
        self._ask("DELETE", "")


class Desk(Driven):
    """Hands at the mouse and the keyboard of an X server on which the browser has its window; the driver only reads the page."""

    def __init__(self, address: str, capabilities: dict[str, Any], *, display: str, size: tuple[int, int]) -> None:
        super().__init__(address, capabilities, touch=False, size=size)
        self.x11, self.tests = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self.x11.XOpenDisplay.restype = ctypes.c_void_p
        self.x11.XStringToKeysym.restype = ctypes.c_ulong
        self.screen = ctypes.c_void_p(self.x11.XOpenDisplay(display.encode()))
        self.corner: tuple[float, float] | None = None
        if not self.screen:
            raise SystemExit(f"no X server at {display}")

    def goto(self, url: str) -> None:
        """Open a page; where it lies on the screen is found out when it is first pressed."""
        super().goto(url)
        self.corner = None

    def _do(self, what: str, *arguments: int) -> None:
        getattr(self.tests, f"XTestFake{what}Event")(self.screen, *arguments, 0)
        self.x11.XFlush(self.screen)

    def _find_the_page(self) -> tuple[float, float]:
        self.evaluate(MOVES)
        for step in range(40):
            x, y = 500 + step % 2, 500 + step % 2
            self._do("Motion", -1, x, y)
            time.sleep(HEARD / 1000)
            if (at := self.evaluate("() => window.moved")) is not None:
                return x - at[0], y - at[1]
        raise SystemExit("the mouse does not reach the page")

    def press(self, x: float, y: float, gaps: Sequence[float] = (), hold: float = 0) -> None:
        """Press a point; see `Hands.press`."""
        self.corner = self.corner or self._find_the_page()
        self._do("Motion", -1, round(x + self.corner[0]), round(y + self.corner[1]))
        for i, gap in enumerate((0, *gaps)):
            time.sleep(gap / 1000)
            self._do("Button", 1, 1)
            time.sleep((hold if i == len(gaps) else 20) / 1000)
            self._do("Button", 1, 0)
        time.sleep(HEARD / 1000)

    def key(self, key: str, repeats: int = 0, gaps: Sequence[float] = ()) -> None:
        """Press a key; one that is held for long enough is repeated by the X server, after two thirds of a second every 40 ms."""
        self.corner = self.corner or self._find_the_page()  # keys go to the window where the mouse is
        code = self.x11.XKeysymToKeycode(self.screen, ctypes.c_ulong(self.x11.XStringToKeysym({"Enter": b"Return"}.get(key, key.encode()))))
        for gap in (0, *gaps):
            time.sleep(gap / 1000)
            self._do("Key", code, 1)
            time.sleep((660 + 40 * repeats if repeats else 20) / 1000)
            self._do("Key", code, 0)
        time.sleep(HEARD / 1000)

    def end(self) -> None:
        """Close the browser and leave the desk."""
        super().end()
        self.x11.XCloseDisplay(self.screen)
