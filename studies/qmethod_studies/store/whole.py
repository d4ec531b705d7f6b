"""A response read whole, in one statement: its row, what hangs on it, and what decides about acts on it.

What hangs on it comes as JSON, which the databases make of rows in words of their own. Answers and comments are unsealed when they are looked at:
most acts move a card, and look at none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Text, bindparam, case, exists, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from qmethod_studies.sorting import Board, Place
from qmethod_studies.store import codes, rows
from qmethod_studies.store.models import answer, browser, comment, event, person, placement, response, study
from qmethod_studies.store.plain import Link, Plain
from qmethod_studies.store.values import Handle

Unseal = Callable[[str, str, str], Any]
"""Gives what was sealed, by the name of the key, what is kept, and what it was sealed as."""


class _Gathered(FunctionElement[str]):
    """Rows as JSON: an array with an array for each, or with a value for each where it is of one column."""

    type = Text()
    inherit_cache = True


class _Digits(FunctionElement[str]):
    """A number as a text that tells all of it."""

    type = Text()
    inherit_cache = True


@compiles(_Gathered, "sqlite")
def _gathered_by_sqlite(element: _Gathered, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array({_row('json_array', element, compiler, **kw)})"


@compiles(_Gathered, "postgresql")
def _gathered_by_postgresql(element: _Gathered, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(json_agg({_row('json_build_array', element, compiler, **kw)}) AS text)"


def _row(array: str, element: _Gathered, compiler: SQLCompiler, **kw: Any) -> str:
    columns = compiler.process(element.clauses, **kw)
    return columns if len(element.clauses) == 1 else f"{array}({columns})"


@compiles(_Digits, "sqlite")
def _digits_by_sqlite(element: _Digits, compiler: SQLCompiler, **kw: Any) -> str:
    return f"printf('%!.17g', {compiler.process(element.clauses, **kw)})"  # its own JSON tells 15 of them


@compiles(_Digits, "postgresql")
def _digits_by_postgresql(element: _Digits, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS text)"


def _hanging(table: Any, *columns: Any) -> ScalarSelect[str]:
    return select(_Gathered(*columns)).where(table.c.response_id == response.c.id).scalar_subquery()


_P = placement.c
_BOARD = _hanging(placement, _P.statement, _P.pile, case((_P.value.is_not(None), _Digits(_P.value))), _P.placed_by).label("board")
_ANSWERS = _hanging(answer, answer.c.question, answer.c.value).label("answers")
_COMMENTS = _hanging(comment, comment.c.statement, comment.c.text).label("comments")
LAST = (
    rows.WITH_VERSION.where(study.c.name == bindparam("study"), person.c.code_hash == bindparam("code_hash"))
    .order_by(response.c.position.desc())
    .limit(1)
)
"""The last sort of a person; its row is one of `rows.WITH_VERSION`."""
_LAST_WHOLE = Plain(LAST.add_columns(_BOARD, _ANSWERS, _COMMENTS))
_OF_THIS = event.c.response_id == response.c.id
_A_VISIT = event.c.act == literal_column("'visit'")  # written out, or no database sees that its index of visits will do
_B = browser.c
_BY_TOKEN = exists().where(_B.token_hash == bindparam("token_hash"), _B.person_id == person.c.id, _B.receipt.is_(False), _B.until > bindparam("now"))


@cache
def _query(keys: int, *, visits: bool, by_token: bool) -> Plain:
    """The statement that reads a response, with those of so many keys that are in its log and with its visits of late, where they are asked for."""
    asked: list[ColumnElement[Any]] = [_BOARD, _ANSWERS, _COMMENTS]
    if keys:
        wanted: list[ColumnElement[Any]] = [bindparam(name) for name in _key_names(keys)]
        asked.append(select(_Gathered(event.c.key)).where(_OF_THIS, event.c.key.in_(wanted)).scalar_subquery().label("known"))
    if visits:
        recent = _OF_THIS & _A_VISIT & (event.c.at > bindparam("since"))
        asked.append(select(_Gathered(event.c.detail["stage"].as_string())).where(recent).scalar_subquery().label("visits"))
    found = rows.BY_HANDLE.add_columns(*asked)
    return Plain(found.where(_BY_TOKEN) if by_token else found)


@cache
def _key_names(number: int) -> tuple[str, ...]:
    return tuple(f"key_{i}" for i in range(number))


def _rounded(number: int) -> int:
    """The next power of two, so that few statements do for any number of keys."""
    return 1 << (number - 1).bit_length() if number else 0


def read(link: Link, handle: Handle, *, keys: Sequence[str] = (), since: datetime | None = None, token: str | None = None) -> Any | None:
    """A row of `rows.WITH_VERSION` with ``board``, ``answers`` and ``comments``, for `parts`.

    Parameters
    ----------
    link : Link
    handle : Handle
    keys : sequence of str
        Of acts; the row then has ``known``: which of them are kept, as JSON.
    since : datetime, optional
        With it the row has ``visits``: the stages of those after it, as JSON.
    token : str, optional
        Of a browser that must lead to this person's open sort, or there is no such row.
    """
    given: dict[str, Any] = handle._asdict()
    places = _rounded(len(keys))
    if keys:
        given |= zip(_key_names(places), [*keys, *[keys[0]] * (places - len(keys))], strict=True)
    if since is not None:
        given["since"] = since
    if token is not None:
        given |= {"token_hash": codes.sha256(token), "now": datetime.now(UTC)}
    return _query(places, visits=since is not None, by_token=token is not None).one(link, given)


def last(link: Link, name: str, code_hash: str) -> Any | None:
    """A row as `read` gives it, of the last sort of a person; None where there is none.

    Parameters
    ----------
    link : Link
    name : str
        Of the study.
    code_hash : str
    """
    return _LAST_WHOLE.one(link, {"study": name, "code_hash": code_hash})


def listed(gathered: str | None) -> list[Any]:
    """What was gathered; PostgreSQL says nothing of no rows."""
    return json.loads(gathered) if gathered else []


def parts(row: Any, unseal: Unseal) -> rows.Parts:
    """What hangs on a response, of a row that `read` gave.

    Parameters
    ----------
    row : sqlalchemy.Row
    unseal : callable
        Called when an answer or a comment is first looked at.
    """
    piles: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for name, pile, digits, by in sorted(listed(row.board)):
        if pile is not None:
            piles[name] = pile
        if digits is not None:
            value = float(digits)
            places[name] = Place(int(value) if value.is_integer() else value, by)
    answers = Sealed("answer", row.key_name, listed(row.answers), unseal)
    return rows.Parts(Board(piles, places), answers, Sealed("comment", row.key_name, listed(row.comments), unseal))


class Sealed(Mapping[str, Any]):
    """Words of a person by what they are about, each unsealed when it is first looked at; which there are is known before.

    Parameters
    ----------
    kind : {"answer", "comment"}
    key_name : str
    sealed : sequence of pair of str
    unseal : callable
    """

    __slots__ = ("_key_name", "_kind", "_read", "_sealed", "_unseal")

    def __init__(self, kind: str, key_name: str, sealed: Sequence[tuple[str, str]], unseal: Unseal) -> None:
        self._kind, self._key_name, self._unseal = kind, key_name, unseal
        self._sealed = dict(sorted(sealed))
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = self._unseal(self._key_name, self._sealed[name], f"{self._kind} {name}")
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._sealed

    def __iter__(self) -> Iterator[str]:
        return iter(self._sealed)

    def __len__(self) -> int:
        return len(self._sealed)

    def __repr__(self) -> str:
        return f"{len(self)} of kind {self._kind}"
