"""Browsers that somebody is known to. A cookie holds a random token and nothing else; what it leads to stands here and can be taken back.

The respondent's code, which pages show, is sealed with the token: who has the database alone reads no code, and who has the token alone has no row.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, insert, select, update

from qmethod_studies.store import codes
from qmethod_studies.store.budgets import MOST_BROWSERS
from qmethod_studies.store.models import browser, person, study
from qmethod_studies.store.plain import Link, Plain
from qmethod_studies.store.values import Known

_LONGEST_TOKEN = 100
_KNOWN = Plain(
    select(*browser.c["sealed", "receipt", "until"], person.c.code_hash)
    .join(person, person.c.id == browser.c.person_id)
    .join(study, study.c.id == person.c.study_id)
    .where(browser.c.token_hash == bindparam("token_hash"), study.c.name == bindparam("study"), browser.c.until > bindparam("now"))
)


def admit(connection: Connection, name: str, code: str, *, receipt: bool, until: datetime) -> str | None:
    """Know a browser from now on; the token for its cookie. None where the code leads to nobody."""
    number = connection.scalar(select(person.c.id).join(study).where(study.c.name == name, person.c.code_hash == codes.code_hash(code)))
    if number is None:
        return None
    connection.execute(delete(browser).where(browser.c.until < datetime.now(UTC)))
    token = secrets.token_urlsafe(32)
    row = {"token_hash": codes.sha256(token), "person_id": number, "sealed": _sealed(token, code.encode()).hex(), "receipt": receipt, "until": until}
    connection.execute(insert(browser).values(row))
    others = select(browser.c.token_hash).where(browser.c.person_id == number).order_by(browser.c.until.desc()).offset(MOST_BROWSERS)
    if forgotten := connection.scalars(others).all():
        connection.execute(delete(browser).where(browser.c.token_hash.in_(forgotten)))
    return token


def known(link: Link, name: str, token: str) -> Known | None:
    """Whom a token leads to; None for one that was never given, has run out or was taken back, or belongs to another study."""
    if not token or len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    row = _KNOWN.one(link, {"token_hash": codes.sha256(token), "study": name, "now": datetime.now(UTC)})
    if row is None:
        return None
    return Known(_sealed(token, bytes.fromhex(row.sealed)).decode(), row.code_hash, row.receipt, row.until)


def change(connection: Connection, name: str, token: str, *, receipt: bool, until: datetime) -> None:
    """Let a token lead to the page of thanks only, or for longer."""
    connection.execute(update(browser).where(_is_of(name, token)).values(receipt=receipt, until=until))


def dismiss(connection: Connection, name: str, token: str) -> None:
    """Know a browser no more."""
    connection.execute(delete(browser).where(_is_of(name, token)))


def _is_of(name: str, token: str) -> ColumnElement[bool]:
    """The row of a token, if it is one of this study."""
    of_study = exists().where(person.c.id == browser.c.person_id, person.c.study_id == study.c.id, study.c.name == name)
    return (browser.c.token_hash == codes.sha256(token)) & of_study


def _sealed(token: str, text: bytes) -> bytes:
    """A short text with a pad that only the token gives; each token seals one text, so that no pad is used twice."""
    pad = hmac.digest(token.encode(), b"code of a respondent", "sha256")
    return bytes(one ^ other for one, other in zip(text, pad, strict=False))


def in_seconds(seconds: float) -> datetime:
    """A moment so many seconds from now, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=seconds)
