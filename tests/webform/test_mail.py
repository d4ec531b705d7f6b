"""The code by mail: off unless it is set up, one fixed mail to one address, never many, and the address is nowhere afterwards."""

from __future__ import annotations

import email.policy
import io
import re
import socketserver
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod_studies.languages import interface_languages
from qmethod_studies.store import Store
from qmethod_webform import log
from qmethod_webform.app import create_app
from qmethod_webform.mail import OF_A_PERSON, OF_AN_ADDRESS, Mailbox, Post, letter
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.studies.store.raw import keys, raw, spellings
from tests.webform.house import House, Person

TO = "zoe.4711@example.org"


class Taking(socketserver.StreamRequestHandler):
    """Takes mail as RFC 5321 has it, as far as it is needed here."""

    def handle(self) -> None:
        self.say("220 here")
        envelope: list[str] = []
        while line := self.rfile.readline().decode():
            word = line.split(None, 1)[0].upper() if line.split() else ""
            if word in ("MAIL", "RCPT"):
                envelope.append(line.strip())
                self.say(self.server.answer if word == "RCPT" else "250 well")  # type: ignore[attr-defined]
            elif word == "DATA":
                self.say("354 go on")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.taken.append((envelope, body))  # type: ignore[attr-defined]
                envelope = []
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 gone")
                return
            else:
                self.say("250 well")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    answer = "250 well"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken: list[tuple[list[str], bytes]] = []

    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(body, policy=email.policy.default) for _, body in self.taken]  # type: ignore[misc]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the log has."""
    out = io.StringIO()
    made = log._Ours.__init__
    monkeypatch.setattr(log._Ours, "__init__", lambda self: made(self, out))
    return out


def set_up(port: int, **changed: Any) -> Settings:
    given: dict[str, Any] = {
        "mail_server": f"127.0.0.1:{port}",
        "mail_from": "survey@example.org",
        "mail_security": "none",
        "trusted_hosts": "localhost",
    }
    return Settings(**(given | {"access_log": True} | changed))


def house(folder: Path, settings: Settings, **study: Any) -> House:
    store = Store.open(f"sqlite:///{folder}/a.sqlite3")
    return House(store, create_app([make_study(**study)], store, settings))


def sent(there: House) -> tuple[Person, str]:
    person = there.person()
    code = person.agree()
    person.go_through()
    person.post("submit")
    return person, code


def test_without_a_server_for_mail_none_is_offered_or_sent(tmp_path: Path) -> None:
    there = house(tmp_path, Settings())
    person, _code = sent(there)
    assert "mail-to" not in person.get("thanks").text
    assert person.post("mail", to=TO).status_code == 404
    there.store.close()


def test_the_code_goes_to_one_address_which_is_nowhere_afterwards(tmp_path: Path, server: Server, written: io.StringIO) -> None:
    there = house(tmp_path, set_up(server.server_address[1]))
    person, code = sent(there)
    assert person.post("mail", to=TO).location == "/demo/thanks"
    page = person.get("thanks").text
    assert "The mail is on its way." in page
    assert TO not in page
    [(envelope, _body)] = server.taken
    assert [re.search("<(.*?)>", line)[1] for line in envelope] == ["survey@example.org", TO]  # type: ignore[index]
    [mail] = server.mails()
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (TO, "survey@example.org", "auto-generated")
    assert mail["Subject"] == make_study().title.in_("en")
    text = mail.get_content()
    assert f"http://localhost/demo/code#{code}" in text
    assert there.person().get("code").status_code == 200
    cookies = person.app.session_interface.get_signing_serializer(person.app)  # type: ignore[attr-defined]
    kept = [str(cookies.loads(one.value)) for one in person.client._cookies.values()]  # type: ignore[attr-defined]
    url = there.store.url if hasattr(there.store, "url") else f"sqlite:///{tmp_path}/a.sqlite3"
    there.store.close()
    held = [raw(url), keys(url), written.getvalue().encode(), *(one.encode() for one in kept)]
    assert "route=/<study>/mail" in written.getvalue()
    for name in (TO, "zoe.4711", *server.mails()[0]["Message-ID"].split("@")[:1]):
        assert not any(spelling in part for spelling in spellings(name) for part in held), name


def test_who_has_not_sent_a_sort_sends_no_mail(tmp_path: Path, server: Server) -> None:
    there = house(tmp_path, set_up(server.server_address[1]))
    begun = there.person()
    begun.agree()
    for person in (there.person(), begun):
        assert person.post("mail", to=TO).status_code in (400, 403)
    person, _code = sent(there)
    assert "refused=" in person.client.post("/demo/mail", data={"to": TO}).location  # without its token
    assert person.client.post("/demo/mail", data={"to": TO}, headers={"Host": "evil.example.org"}).status_code == 400
    assert server.taken == []
    there.store.close()


def test_neither_one_sort_nor_one_address_gets_many_mails(tmp_path: Path, server: Server) -> None:
    there = house(tmp_path, set_up(server.server_address[1]))
    said = []
    for i in range(3):
        person, _code = sent(there)
        for n in range(OF_A_PERSON + 1):
            person.post("mail", to=f"zoe+{i}{n}@EXAMPLE.org")
            said.append("could not be sent" in person.get("thanks").text)
    assert len(server.taken) == OF_AN_ADDRESS
    assert said[: OF_A_PERSON + 1] == [False] * OF_A_PERSON + [True]
    there.store.close()


def test_an_hour_has_so_many_mails_and_one_network_a_quarter_of_them() -> None:
    now = [0.0]
    office = Post(Mailbox("127.0.0.1", 25, "none", "", "", "a@example.org"), 40, lambda: now[0])
    gone = [office.may(f"{i}@example.org", str(i), f"203.0.{i % 8}.{i % 200}") for i in range(400)]
    assert sum(gone) == 40
    office = Post(office.mailbox, 40, lambda: now[0])
    assert sum(office.may(f"{i}@example.org", str(i), f"203.0.113.{i % 200}") for i in range(400)) == 10
    now[0] += 3600
    assert office.may("a@example.org", "a", "203.0.113.1")


@pytest.mark.parametrize("answer", ["550 no such person zoe.4711@example.org", "421 full"])
def test_a_mail_that_is_refused_is_said_and_logged_without_the_address(tmp_path: Path, server: Server, written: io.StringIO, answer: str) -> None:
    server.answer = answer
    there = house(tmp_path, set_up(server.server_address[1]))
    person, _code = sent(there)
    person.post("mail", to=TO)
    assert "Please write the code down" in person.get("thanks").text
    assert "a mail could not be handed over" in written.getvalue()
    assert "zoe" not in written.getvalue()
    there.store.close()


def test_a_server_for_mail_that_is_not_there_is_said(tmp_path: Path, written: io.StringIO) -> None:
    there = house(tmp_path, set_up(9))
    person, _code = sent(there)
    person.post("mail", to=TO)
    assert "Please write the code down" in person.get("thanks").text
    assert "QMETHOD_MAIL_SERVER" in written.getvalue()
    there.store.close()


@pytest.mark.parametrize(
    "typed", ["", "zoe", "a@b.org, c@d.org", "a@b.org;c@d.org", "a@b.org\nBcc: c@d.org", "<a@b.org>", "a@b", "a" * 300 + "@b.org", "a@b.org c@d.org"]
)
def test_what_is_no_single_address_gets_nothing(tmp_path: Path, server: Server, typed: str) -> None:
    there = house(tmp_path, set_up(server.server_address[1]))
    person, _code = sent(there)
    person.post("mail", to=typed)
    assert "Write an e-mail address" in person.get("thanks").text
    assert server.taken == []
    there.store.close()


def test_each_language_of_the_pages_has_the_mail_in_its_words(tmp_path: Path, server: Server) -> None:
    bodies: dict[str, str] = {}
    for language in interface_languages():
        (tmp_path / language).mkdir()
        there = house(tmp_path / language, set_up(server.server_address[1]), languages={language: {"name": language}})
        person, code = sent(there)
        person.post("mail", to=f"{language.lower().replace('_', '-')}@example.org")
        bodies[language] = server.mails()[-1].get_content()
        assert code in bodies[language]
        there.store.close()
    assert len(bodies) == 12
    parts = [set(re.split(r"\r?\n\r?\n", body)[2:]) for body in bodies.values()]
    assert len(set.union(*parts)) == 12 * 2


@given(st.text(max_size=80))
def test_a_title_of_any_signs_makes_one_mail(title: str) -> None:
    made = letter("a@example.org", TO, title, ("words",))
    assert made.keys()[:6] == ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
    assert {name.partition("-")[0] for name in made.keys()[6:]} == {"Content", "MIME"}
    assert email.message_from_bytes(made.as_bytes())["To"] == TO


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"mail_server": "smtp.example.org", "mail_security": "tls"}, "no name of a machine with a port"),
        ({"mail_server": "smtp.example.org:587"}, "in the clear"),
        ({"mail_security": "maybe"}, "neither"),
        ({"mail_from": "me"}, "no address that mail can come from"),
        ({"mail_from": "a@b.org\nX: y"}, "no address that mail can come from"),
        ({"mail_user": "me"}, "go together"),
        ({"trusted_hosts": ""}, "what anybody says it is"),
        ({"mails_an_hour": 0}, "let no mail go"),
        ({"mail_server": ""}, "without a server"),
    ],
)
def test_settings_that_send_no_mail_or_no_safe_one_are_refused(changed: dict[str, Any], said: str) -> None:
    assert set_up(587).checked()
    with pytest.raises(DataError, match=said):
        set_up(587, **changed).checked()
