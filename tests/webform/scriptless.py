"""A robot without scripts: it reads the forms and links of the pages that it gets, fills them in and sends them, and knows nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from werkzeug.test import Client, TestResponse

Fields = list[tuple[str, str]]


@dataclass
class Form:
    """A form as a browser has it.

    Attributes
    ----------
    action, method : str
    data : dict of str to str
        What its tag says of it beside: ``data-need`` and the like.
    fields : list of (str, str)
        What it would send as it is, but for its buttons.
    offered : dict of str to list of str
        Values of its boxes, by name.
    typed : list of str
        Names of what can be typed.
    buttons : list of (str, str)
        Names and values; the main one first.
    """

    action: str
    method: str
    data: dict[str, str]
    fields: Fields = field(default_factory=list)
    offered: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    buttons: Fields = field(default_factory=list)

    def button(self, value: str | None = None) -> Fields:
        """What one of its buttons sends; without a value the main one."""
        found = next(one for one in self.buttons if value in (None, one[1]))
        return [found] if found[0] else []

    def sent(self, filled: Mapping[str, Sequence[str]], value: str | None = None) -> Fields:
        """What is sent once some fields are filled in and a button is pressed."""
        kept = [(name, text) for name, text in self.fields if name not in filled]
        return [*kept, *((name, text) for name, texts in filled.items() for text in texts), *self.button(value)]


class Page(HTMLParser):
    """What can be done with a page that no script has touched.

    Attributes
    ----------
    url, language, direction : str
    forms : list of Form
        Those of its main part.
    ways : list of str
        Where its main links lead, and where it leads by itself without scripts.
    foreign : set of str
        Languages that parts of it say they are in, beside its own.
    text : str
        All of it that can be read.
    """

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.url, self.language, self.direction = url, "", ""
        self.forms: list[Form] = []
        self.ways: list[str] = []
        self.foreign: set[str] = set()
        self.text = ""
        self._in_main = self._quiet = False
        self._hidden = 0
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language, self.direction = given["lang"], given["dir"]
        elif "lang" in given:
            self.foreign.add(given["lang"])
        self._in_main = self._in_main or tag == "main"
        self._quiet = self._quiet or tag in ("script", "style")
        if tag == "div" and (self._hidden or "hidden" in given):
            self._hidden += 1
        if tag == "meta" and given.get("http-equiv") == "refresh":
            self.ways.insert(0, given["content"].partition("url=")[2])
        elif tag == "a" and "main" in given.get("class", "").split():
            self.ways.append(given["href"])
        elif tag == "form" and self._in_main:
            data = {name: text for name, text in given.items() if name.startswith("data-")}
            self.forms.append(Form(given.get("action", ""), given.get("method", "get"), data))
        elif self._in_main and self.forms:
            self._of_a_form(self.forms[-1], tag, given)

    def _of_a_form(self, form: Form, tag: str, given: Mapping[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button":
            form.buttons.insert(0 if "main" in given.get("class", "").split() else len(form.buttons), (name, value))
        elif self._hidden or not name:
            return
        elif given.get("type") in ("radio", "checkbox"):
            form.offered.setdefault(name, []).append(value)
            if "checked" in given:
                form.fields.append((name, value))
        elif tag == "input":
            form.fields.append((name, value))
            if given.get("type") != "hidden":
                form.typed.append(name)
        elif tag == "textarea":
            self._area = name
            form.typed.append(name)
            form.fields.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_main = self._in_main and tag != "main"
        self._quiet = self._quiet and tag not in ("script", "style")
        self._hidden -= tag == "div" and self._hidden > 0
        self._area = None if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            fields = self.forms[-1].fields
            fields[-1] = (self._area, fields[-1][1] + data.removeprefix("\n"))
        if not self._quiet:
            self.text += data

    @property
    def stage(self) -> str:
        return urlsplit(self.url).path.split("/", 2)[2]


@dataclass
class Reader:
    """A browser without scripts.

    Parameters
    ----------
    client : Client
        Keeps the cookies.
    looked : callable
        Called with every page that is shown.
    """

    client: Client
    looked: Callable[[Page], None]
    pages: int = 0

    def go(self, address: str) -> Page:
        """Open an address, and follow where it leads."""
        return self._shown(address, self.client.get(address))

    def send(self, page: Page, form: Form, fields: Fields) -> Page:
        """Send a form."""
        address = urljoin(page.url, form.action)
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return self._shown(address, self.client.open(address, method=form.method.upper(), data=data, headers={"Referer": page.url}))

    def _shown(self, address: str, reply: TestResponse) -> Page:
        while reply.status_code in (302, 303):
            address = urljoin(address, reply.location)
            reply = self.client.get(address)
        page = Page(address, reply.text)
        assert reply.status_code == 200 or page.forms, f"{address}: {reply.status_code}"
        self.pages += 1
        self.looked(page)
        return page
