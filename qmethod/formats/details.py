"""Which columns of a table say something of its participants that can be compared: not ids, addresses, times, places on a map or free text.

A column is left out

- for what it is called: e-mail, IP address, name, telephone, address, coordinates; times and durations; ids, and what programs keep for themselves;
- for what stands in it: e-mail or IP addresses, addresses of pages, times, positions; formulas that no program has computed;
- where it tells people apart and no more: it counts them, is different for nearly everybody, or has longer texts than an answer that is chosen;
- where it says the same of all, or nothing.

What is left out is in no data and no folder, and each column is told with the reason. Numbers are kept as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from qmethod.formats.headings import PARTICIPANT_HEADERS, PARTICIPANT_HEADERS_ELSEWHERE, REASON_HEADERS, plain
from qmethod.formats.placements import UNREADABLE, filled, placement
from qmethod.formats.suspicion import called_total
from qmethod.notice import Notice
from qmethod.people import Detail
from qmethod.wording import counted, listed

MOST = 100
"""Columns about participants that are kept."""
MOST_OPTIONS = 30
"""Answers from which on texts are no options to choose from."""
IN_CHUNKS = "not kept where sorts are read in chunks"
"""Why a file that is read in chunks tells nothing of its participants."""
LONGEST = 200
"""Signs of an answer that is chosen."""
_IDS_FROM = 100_000  # whole numbers from here on that are different for all are numbers of people, not of anything counted
_MANY = 5  # ages of fewer people may well follow on one another
_SHOWN = 20
_LARGE = re.compile(r"[+-]?[0-9]{7,15}(?:[.,][0-9]{1,6})?")


def _words_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PERSONAL = {
    "addresses": _words_of(
        "email emails emailaddress emailadresse mail mailaddress correo correoelectronico recipientemail address adresse direccion "
        "street streetaddress strasse calle postaladdress url link website"
    ),
    "IP addresses": _words_of("ip ipaddress ipadresse ipaddr remoteaddr"),
    "names": _words_of(
        "name names fullname firstname lastname surname familyname givenname forename middlename vorname nachname familienname nombre "
        "apellido apellidos prenom nom recipientfirstname recipientlastname username nickname signature"
    ),
    "telephone numbers": _words_of(
        "phone phonenumber telephone telephonenumber tel telefon telefonnummer telefono mobile mobilenumber handy cell cellphone"
    ),
    "places on a map": _words_of(
        "latitude longitude lat lon lng long locationlatitude locationlongitude geolocation gps coordinates coordinate koordinaten "
        "coordenadas zip zipcode postcode postalcode plz postleitzahl codigopostal"
    ),
    "dates of birth": _words_of("birthdate dateofbirth dob birthday geburtsdatum geburtstag fechadenacimiento"),
}
_TIMES = _words_of(
    "date datum fecha time zeit hora datetime timestamp datestamp startdate enddate recordeddate starttime endtime startdatetime "
    "enddatetime submitdate submitted started begun finishedat createdat updatedat created updated duration durationinseconds "
    "durationseconds durationminutes seconds minutes interviewtime responsetime completiontime lastaction"
)
_KEYS = _words_of(
    "id ids uuid guid token key hash session sessionid sessid sid uid randomid urlusercode partid userinputid externalreference "
    "externaldatareference panelid prolificid prolificpid workerid mturkid invitationid recordid recordno rownames rowid row "
    "number nr no num index"
)
_KEPT = _words_of(
    "npos nneu nneg posstatenums presorttrace traceposts sorttrace sorts statnums distributionchannel responseset seed refurl "
    "referer referrer useragent browser"
)
_TIMED = re.compile(r"(?:dur[0-9]+|time[A-Z_][A-Za-z_]*|Q_Total_?Duration|.*_(?:first|last|page)[ _]?(?:click|submit)|.*Page Submit)")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_IP = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{0,4}")
_PAGE = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_TIME = re.compile(
    r"(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4})(?:[T ,].*)?"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
)
_POSITION = re.compile(r"\(?\s*[+-]?[0-9]{1,3}\.[0-9]{3,}\s*[,; ]\s*[+-]?[0-9]{1,3}\.[0-9]{3,}\s*\)?")
_TELEPHONE = re.compile(r"(?:\+|00|\(0|0)[0-9][0-9 ()/.-]{5,18}[0-9]")
_HELD = (
    (_EMAIL.search, "e-mail addresses"),
    (_PAGE.search, "addresses of pages"),
    (_IP.fullmatch, "IP addresses"),
    (_POSITION.fullmatch, "places on a map"),
)
_MOSTLY = ((_TIME.fullmatch, "times"), (_TELEPHONE.fullmatch, "telephone numbers"))


def telling(columns: Iterable[Detail], participants: Sequence[str], *, most: int = MOST) -> tuple[tuple[Detail, ...], tuple[tuple[str, str], ...]]:
    """The columns that say something of participants, and those that are left out with the reason for each.

    Parameters
    ----------
    columns : iterable of Detail
        As they stand in a file.
    participants : sequence of str
        What the people are called, in the order of the values.
    most : int
        Columns that are kept.

    Returns
    -------
    kept : tuple of Detail
        With values trimmed, empty where a cell says that something is missing; under titles that are all different.
    left_out : tuple of tuple (str, str)
        Name and reason.
    """
    kept: list[Detail] = []
    left_out: list[tuple[str, str]] = []
    for column in columns:
        values = tuple(map(filled, column.values))
        if not any(values) and not column.name:
            continue
        reason = left_out_for(column, values, participants) or (f"only {most} columns are kept" if len(kept) >= most else "")
        if reason:
            left_out.append((column.name or "a column without a name", reason))
        else:
            kept.append(replace(column, values=values, options=tuple(option for option in column.options if option)))
    return _told_apart(kept), tuple(left_out)


def left_out_for(column: Detail, values: Sequence[str], participants: Sequence[str]) -> str:
    """Why a column is no detail of participants; empty where it is one.

    Parameters
    ----------
    column : Detail
    values : sequence of str
        Its cells, trimmed, empty where something is missing.
    participants : sequence of str
    """
    held = [value for value in values if value]
    if not held:
        return "empty"
    if not column.name:
        return "no name"
    called = _called(column.name) or (_called(column.label) if column.label else "")
    if called:
        return called
    if max(map(len, held)) > LONGEST:  # before anything is looked for in them
        return "free text"
    if any(value.startswith("=") for value in held):
        return "formulas without a value"
    for search, what in _HELD:
        if any(map(search, held)):
            return what
    for search, what in _MOSTLY:
        if 2 * sum(1 for value in held if search(value)) > len(held):
            return what
    return _uncountable(held, values, participants)


def _called(name: str) -> str:
    """What a column must be by what it is called; empty where that says nothing against it."""
    words = plain(name)
    for what, headers in _PERSONAL.items():
        if words in headers:
            return what
    if words in _TIMES or _TIMED.fullmatch(name.strip()):
        return "times"
    if re.search(r"e-?mail", name, re.IGNORECASE):
        return "addresses"
    if words in REASON_HEADERS or words.startswith(("comment", "remark", "kommentar", "comentario")) or words in {"note", "notes"}:
        return "free text"
    if called_total(name):
        return "sums or means"
    if re.fullmatch(r"[sr][0-9]+", words):  # beside a whole sort in one cell some programs write its entries again
        return "placements"
    if words in _KEPT:
        return "kept by the program"
    return "ids" if words in _KEYS | PARTICIPANT_HEADERS | PARTICIPANT_HEADERS_ELSEWHERE else ""


def amount(cell: str) -> float:
    """The number that a cell holds, however large; `UNREADABLE` where it is none.

    >>> amount("1,5"), amount("12000000"), amount("many")
    (1.5, 12000000.0, inf)
    """
    value = placement(cell)
    large = value == UNREADABLE and _LARGE.fullmatch(cell.strip()) is not None
    return float(cell.strip().replace(",", ".")) if large else value


def is_personal(header: str) -> bool:
    """Whether a header, as `headings.plain` writes it, names something by which a person is found."""
    return any(header in headers for headers in _PERSONAL.values())


def _uncountable(held: Sequence[str], values: Sequence[str], participants: Sequence[str]) -> str:
    """Why answers are none that can be counted or put in order."""
    different = Counter(held)
    if len(different) == 1:
        return "the same for all who have it"
    if sum(value == name for value, name in zip(values, participants, strict=True) if value) == len(held):
        return "ids"
    numbers = [amount(value) for value in held]
    if UNREADABLE not in numbers:
        if len(different) == len(held):
            steps = {b - a for a, b in pairwise(numbers)}
            if (steps == {1.0} and (numbers[0] in (0, 1) or len(held) >= _MANY)) or (
                min(numbers) >= _IDS_FROM and all(number == int(number) for number in numbers)
            ):
                return "ids"
        return ""
    if len(different) == len(held) and all(value.isdigit() for value in held):  # longer than any amount
        return "ids"
    if 2 * len(different) > len(held) or len(different) > MOST_OPTIONS:
        return "different for nearly everybody" if 2 * len(different) > len(held) else f"more than {MOST_OPTIONS} different answers"
    return ""


def _told_apart(kept: Sequence[Detail]) -> tuple[Detail, ...]:
    """The same under titles of which none stands twice: labels give way to names, and these get a number."""
    titles = Counter(one.title for one in kept)
    taken: set[str] = set()
    found = []
    for one in kept:
        apart = replace(one, label="") if titles[one.title] > 1 else one
        stem, number = apart.title, 1
        while apart.title in taken:
            number += 1
            apart = replace(apart, name=f"{stem} ({number})", label="")
        taken.add(apart.title)
        found.append(apart)
    return tuple(found)


def said_of(kept: Collection[Detail], left_out: Sequence[tuple[str, str]], where: str = "") -> tuple[Notice, ...]:
    """Notices of the columns that are kept, and of those that are left out and why.

    Parameters
    ----------
    kept : collection of Detail
    left_out : sequence of tuple (str, str)
        From `telling`.
    where : str, optional
        Words for the table, where it is not that of the sorts: " of the table of people".
    """
    said = []
    if kept:
        names = listed([repr(one.name) for one in kept], _SHOWN)
        tell = "tells of the participants and is" if len(kept) == 1 else "tell of the participants and are"
        said.append(Notice("people-columns", f"{counted(len(kept), 'column')}{where or ' beside the sorts'} {tell} kept: {names}."))
    if left_out:
        reasons = dict.fromkeys(reason for _, reason in left_out)
        names = "; ".join(f"{reason}: {listed([repr(name) for name, why in left_out if why == reason], _SHOWN)}" for reason in reasons)
        said.append(Notice("columns-ignored", f"{len(left_out)} column(s){where or ' that are not statements'} were left out ({names})."))
    return tuple(said)
