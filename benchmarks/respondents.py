"""People who do not exist, going through a whole study as the scripts of its pages do: every move a request of its own, with a key of its own."""

from __future__ import annotations

import http.client
import json
import random
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from qmethod_studies.definition import Question, Study

PATIENCE = 120
"""Seconds for which somebody tries again when the server does not answer."""
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')
CODE = re.compile(r'class="code"><bdi dir="ltr">([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})<')
ASSETS = re.compile(r'(?:href|src)="(/static/[^"]+)"')
DATA = re.compile(r'id="page-data"[^>]*>(.*?)</script>', re.DOTALL)
STEP = re.compile(r'data-need="(\d+)"')
STEP_COLUMN = re.compile(r'data-column="(-?[\d.]+)"')
THREE = re.compile(r'data-away="(\d+)" data-other="(-?[\d.]+)"')
CARD = re.compile(r'<fieldset class="one-statement" data-card="([^"]+)"')
BOX = re.compile(r'name="statements" value="([^"]+)"')


def new_key() -> str:
    """A key for one act, as the pages make them."""
    return secrets.token_hex(12)


class Respondent(threading.Thread):
    """One person with one browser.

    Parameters
    ----------
    number : int
        Decides what the person does: those with an odd number choose for column after column, the others place every card on the board.
    port : int
    study : Study
    pace : float
        Seconds between two acts, on average; 0 for none.
    idle : int
        Connections that the browser holds open beside the one in use.
    tell : callable
        Called after each act that the server says is saved.
    connect : callable, optional
        Opens a connection; without it plain HTTP to the port of this machine.

    Attributes
    ----------
    acknowledged : list of str
        Keys of the acts that the server said are saved.
    meant : dict of str to float
        The sort as the person sees it.
    troubles : list of str
        What kept it from an answer at first: the status of a server in trouble, or what became of the connection.
    response : int
        Its number, as the pages tell it to their scripts; 0 where they do not.
    waits : dict of str to list of float
        Seconds until each answer, for ``act``, ``page`` and ``form``; with all tries.
    """

    def __init__(
        self,
        number: int,
        port: int,
        study: Study,
        *,
        pace: float = 0,
        idle: int = 0,
        tell: Callable[[], None] = lambda: None,
        connect: Callable[[], http.client.HTTPConnection] | None = None,
    ) -> None:
        super().__init__(daemon=True)
        connect = connect or (lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=60))
        self.number = number
        self.study = study
        self.pace = pace
        self.tell = tell
        self.random = random.Random(number)
        self.acknowledged: list[str] = []
        self.meant: dict[str, float] = {}
        self.waits: dict[str, list[float]] = {"act": [], "page": [], "form": []}
        self.requests = 0
        self.retries = 0
        self.troubles: list[str] = []
        self.code = ""
        self.thanked = False
        self.error: BaseException | None = None
        self._connection = connect()
        self._others = [connect() for _ in range(idle)]
        self._cookie = ""
        self._token = ""
        self.response = 0
        self._fetched: set[str] = set()

    def run(self) -> None:
        """Take part, from the welcome to the thanks."""
        try:
            if self.pace:
                time.sleep(self.random.uniform(0, 5 * self.pace))
            self._take_part()
        except BaseException as error:  # whatever it is, the measurement names it
            self.error = error
        finally:
            self.close()

    def close(self) -> None:
        """Close the connections of the browser."""
        for connection in (self._connection, *self._others):
            connection.close()

    def enter(self) -> dict[str, str]:
        """Agree to take part and go no further; the headers with which a script would save acts."""
        key = self._key(self._page("consent"))
        self._form("consent", {"key": key, "choice": "agree"}, "before")
        self._page("before")
        return {"Cookie": self._cookie, "X-CSRFToken": self._token, "Content-Type": "application/json"}

    # ---- the journey

    def _take_part(self) -> None:
        for connection in self._others:
            connection.request("GET", "/static/survey.css")
            connection.getresponse().read()
        self._page("")
        key = self._key(self._page("consent"))
        self._form("consent", {"key": key, "choice": "agree"}, "before")
        self._questionnaire("before", "presort")
        self._first_look()
        self._choose() if self.number % 2 else self._form("refine", {"key": self._key(self._page("refine")), "do": "board"}, "grid")
        self._board()
        self._reasons()
        self._questionnaire("after", "review")
        key = self._key(self._page("review"))
        self._form("submit", {"key": key}, "thanks")
        self.thanked = self.code in self._page("thanks")

    def _questionnaire(self, part: str, following: str) -> None:
        page = self._page(part)
        if not self.code:
            found = CODE.search(page)
            assert found, f"no code on the page: {page[:300]}"
            self.code = found[1]
        fields: list[tuple[str, str]] = [("key", self._key(page)), ("seen", "1")]
        for question in self.study.questions.before if part == "before" else self.study.questions.after:
            answer = self._answer(question)
            if answer is not None:
                self._act({"act": "answer", "question": question.id, "value": answer})
                fields += list(_as_fields(question, answer))
        self._form(part, fields, following)

    def _answer(self, question: Question) -> Any:
        pick = self.random.choice
        match question.type:
            case "choice":
                return pick(list(question.options))
            case "choices":
                return self.random.sample(list(question.options), k=min(2, len(question.options)))
            case "matrix":
                return {row: pick(list(question.options)) for row in question.rows}
            case "rating" | "number":
                low, high = int(question.minimum or 0), int(question.maximum or 100)
                return str(self.random.randint(low, high))
            case "information":
                return None
            case _:
                return "What I think of it, in a sentence or two."

    def _first_look(self) -> None:
        page = self._page("presort")
        for card in self._data(page)["cards"]:
            self._act({"act": "pile", "statement": card["id"], "pile": self.random.choice(("agree", "neutral", "disagree"))})
        self._form("presort", {"key": self._key(page), "go_on": "1"}, "refine")

    def _choose(self) -> None:
        """Column after column: each tick is kept as a draft, then the step is saved and the page loads the next."""
        while True:
            page = self._page("refine")
            need, column = STEP.search(page), STEP_COLUMN.search(page)
            data = self._data(page)
            before = {name: float(one["column"]) for one in data["before"] for name in one["statements"]}
            if need is None or column is None:
                break
            at = float(column[1])
            if ways := THREE.search(page):
                self._part_in_three(page, at, int(need[1]), int(ways[1]), float(ways[2]))
                continue
            picked: list[str] = []
            for name in self.random.sample(BOX.findall(page), k=int(need[1])):
                picked.append(name)
                self._act({"act": "draft", "columns": dict.fromkeys(picked, at)})
            if 'data-act="prefer"' in page:  # too many for one page: these are chosen from once more
                others = [name for name in BOX.findall(page) if name not in picked]
                self._act({"act": "prefer", "column": at, "statements": picked, "others": others})
                continue
            picked += data["settled"]
            self._act({"act": "pick", "column": at, "statements": picked, "before": data["before"]})
            self.meant |= before | dict.fromkeys(picked, at)
        self.meant |= before
        self._form("refine", {"key": self._key(page), "do": "board"}, "grid")

    def _part_in_three(self, page: str, at: float, need: int, away: int, other: float) -> None:
        """Where there are many: so many near one end, so many near the other."""
        cards = CARD.findall(page)
        mixed = self.random.sample(cards, k=len(cards))
        near, others, between = mixed[:need], mixed[need : need + away], mixed[need + away :]
        drafted: dict[str, float] = {}
        for name in (*near, *others):
            drafted |= {name: at if name in near else other}
            self._act({"act": "draft", "columns": drafted})
        self._act({"act": "prefer", "column": at, "statements": near, "others": others, "between": between})

    def _board(self) -> None:
        page = self._page("grid")
        cards = [card["id"] for card in self._data(page)["cards"]]
        slots = [column for column, count in self.study.capacity.items() for _ in range(count)]
        self.random.shuffle(slots)
        if not self.meant:
            for name, column in zip(cards, slots, strict=True):
                self._act({"act": "place", "statement": name, "column": column})
                self.meant[name] = column
        for _ in range(4):
            one, other = self.random.sample(cards, k=2)
            self._act({"act": "swap", "statement": one, "other": other})
            self.meant[one], self.meant[other] = self.meant[other], self.meant[one]
        for act in ("undo", "redo"):
            self._act({"act": act})
        self._form("grid", {"key": self._key(page), "go_on": "1"}, "why")

    def _reasons(self) -> None:
        page = self._page("why")
        ends = self.study.outermost()
        fields = [("key", self._key(page)), ("go_on", "1")]
        for name in [name for name, column in self.meant.items() if column in ends]:
            text = f"Because of what I have seen, {name} belongs there and nowhere else."
            self._act({"act": "comment", "statement": name, "text": text})
            fields.append((f"c-{name}", text))
        self._form("why", fields, "after")

    # ---- requests

    def _act(self, act: dict[str, Any]) -> None:
        if self.pace:
            time.sleep(self.random.expovariate(1 / self.pace))
        key = new_key()
        body = json.dumps({"response": self.response, "acts": [{"key": key, "ms": round(time.monotonic() * 1000), **act}]}).encode()
        status, text = self._ask("act", "POST", "acts", body, {"Content-Type": "application/json", "X-CSRFToken": self._token})
        if status != 200 or json.loads(text)["results"][0]["outcome"] not in ("saved", "repeated"):
            raise RuntimeError(f"{act} was answered with {status} {text[:300]}")
        self.acknowledged.append(key)
        self.tell()

    def _page(self, path: str) -> str:
        status, text = self._ask("page", "GET", path)
        if status != 200:
            raise RuntimeError(f"the page {path} was answered with {status} {text[:300]}")
        token = TOKEN.search(text)
        self._token = token[1] if token else self._token
        data = DATA.search(text)
        self.response = json.loads(data[1]).get("response", self.response) if data else self.response
        for asset in ASSETS.findall(text):
            if asset not in self._fetched:  # as a browser, which keeps them
                self._fetched.add(asset)
                self._ask("asset", "GET", asset)
        return text

    def _form(self, path: str, fields: dict[str, str] | list[tuple[str, str]], following: str) -> None:
        pairs = [*(fields.items() if isinstance(fields, dict) else fields), ("csrf_token", self._token)]
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        status, text = self._ask("form", "POST", path, urlencode(pairs).encode(), kind)
        if status != 302 or not text.endswith(f"/{following}"):
            raise RuntimeError(f"the form {path} was answered with {status} {text[:3000]}")

    def _ask(self, kind: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Ask until there is an answer; its status, and its text or, for a redirect, where it leads."""
        begun = time.monotonic()
        address = path if path.startswith("/") else f"/{self.study.study}/{path}"
        while True:
            try:
                self._connection.request(method, address, body, {"Cookie": self._cookie, **(headers or {})})
                answer = self._connection.getresponse()
                text = answer.read().decode()
                if answer.status >= 500:
                    self.troubles.append(f"{method} {path}: {answer.status}")
                if answer.status not in (429, 502, 503, 504):
                    break
            except (OSError, http.client.HTTPException) as error:
                self.troubles.append(f"{method} {path}: {error!r}")
            self._connection.close()
            self.retries += 1
            if time.monotonic() - begun > PATIENCE:
                raise TimeoutError(f"no answer to {method} {address} in {PATIENCE} seconds")
            time.sleep(self.random.uniform(0.05, 0.3))
        cookie = answer.headers.get("Set-Cookie", "")
        if cookie.removeprefix("__Host-").startswith("qmethod"):  # with a name of its own for each database, but in early versions
            self._cookie = cookie.partition(";")[0]
        self.requests += 1
        if kind in self.waits:
            self.waits[kind].append(time.monotonic() - begun)
        return answer.status, answer.headers["Location"] if answer.status in (301, 302, 303, 308) else text

    @staticmethod
    def _key(page: str) -> str:
        found = KEY.search(page)
        assert found, f"no form on the page: {page[:300]}"
        return found[1]

    @staticmethod
    def _data(page: str) -> Any:
        found = DATA.search(page)
        assert found, f"no data on the page: {page[:300]}"
        return json.loads(found[1])


def _as_fields(question: Question, answer: Any) -> Iterator[tuple[str, str]]:
    name = f"q-{question.id}"
    if question.type == "choices":
        yield from ((name, option) for option in answer)
    elif question.type == "matrix":
        yield f"{name}:sent", "1"
        yield from ((f"{name}:{row}", option) for row, option in answer.items())
    else:
        yield name, answer
