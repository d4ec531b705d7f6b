"""Mail with a person's code, through the server for mail that the settings name: fixed words to one address, and not many of them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from qmethod_webform.limits import Allowance, network
from qmethod_webform.settings import Settings

SECONDS = 8
"""How long the server for mail may take for each answer."""
AT_ONCE = 2
"""Mails that are handed over at the same time; each holds a thread of the server."""
OF_A_PERSON, OF_AN_ADDRESS = 2, 3
"""Mails an hour for one sort, and to one address whoever asks for them."""
NETWORKS = 4
"""From one network come at most so many parts of all mails."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The server that takes mail.

    Parameters
    ----------
    host : str
    port : int
    security : {"starttls", "tls", "none"}
    user, password : str
        Empty where it asks for none.
    sender : str
        The address that mails come from.
    """

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str

    @classmethod
    def of(cls, settings: Settings) -> Mailbox | None:
        """What the settings name; None where no mail is sent."""
        if not settings.mail_server:
            return None
        host, _colon, port = settings.mail_server.rpartition(":")
        return cls(host, int(port), settings.mail_security, settings.mail_user, settings.mail_password, settings.mail_from)

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over.

        Raises
        ------
        OSError
            Also what the server for mail itself refuses.
        """
        context = ssl.create_default_context()
        made = smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context) if self.security == "tls" else None
        with closing(made or smtplib.SMTP(self.host, self.port, timeout=SECONDS)) as server:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)


def letter(sender: str, to: str, subject: str, paragraphs: tuple[str, ...]) -> EmailMessage:
    """A mail.

    Parameters
    ----------
    sender, to : str
        Addresses.
    subject : str
        In one line, whatever breaks it has.
    paragraphs : tuple of str
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, " ".join(subject.split())
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(paragraphs) + "\n")
    return message


class Post:
    """What hands mails over, no more than are allowed. It remembers for an hour whom one went to by a hash whose key is its own and goes with it.

    Parameters
    ----------
    mailbox : Mailbox
    an_hour : int
        How many in all.
    clock : callable, optional
    """

    def __init__(self, mailbox: Mailbox, an_hour: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.mailbox = mailbox
        self._key = secrets.token_bytes(32)
        per_network = max(1, an_hour // NETWORKS)
        self._people, self._addresses, self._networks, self._all = (
            Allowance(most, most / 60, clock) for most in (OF_A_PERSON, OF_AN_ADDRESS, per_network, an_hour)
        )
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def may(self, to: str, whose: str, come_from: str) -> bool:
        """Whether one more may go; then it is counted.

        Parameters
        ----------
        to : str
            The address that it goes to; capitals make no difference, nor what stands behind a plus.
        whose : str
            The sort whose code it has.
        come_from : str
            The address of the machine that asks.
        """
        plain = re.sub(r"\+[^@]*@", "@", to.casefold())
        hashed = hmac.digest(self._key, plain.encode(), hashlib.sha256).hex()
        asked = ((self._people, whose), (self._addresses, hashed), (self._networks, network(come_from)), (self._all, ""))
        return all(not allowance.take(name) for allowance, name in asked)

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over, unless too many are being handed over.

        Raises
        ------
        OSError
        """
        if not self._places.acquire(blocking=False):
            raise OSError("too many mails at once")
        try:
            self.mailbox.send(message)
        finally:
            self._places.release()
