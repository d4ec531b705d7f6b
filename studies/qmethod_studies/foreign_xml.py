"""Reading the studies of FlashQ, HtmlQ, EQ Web Sort and Quince: four XML files become one `Study`.

The files are ``config.xml``, ``statements.xml``, ``map.xml`` and ``language.xml``. They stand open to everybody on the web, so codes and keys found
in them are no secrets any more: they are named, but not copied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from qmethod.errors import DataError, Fault
from qmethod.minus import plain_minus
from qmethod.notice import Notice
from qmethod.wording import listed
from qmethod_studies.carried import Carried
from qmethod_studies.definition import Study
from qmethod_studies.foreign_pictures import Shown, shown
from qmethod_studies.foreign_questions import Asked, questions_of
from qmethod_studies.languages import language_name
from qmethod_studies.loading import MOST_STATEMENTS, by_language
from qmethod_studies.plain_text import pictures_in, plain_text
from qmethod_studies.sources import read_text
from qmethod_studies.xml_tree import Element, read_xml

FILES = ("config.xml", "statements.xml", "map.xml", "language.xml")
_CONDITION = "Place the statements from those you disagree with most to those you agree with most."
_CONSENT = "Taking part is voluntary, and you can stop at any time. What you answer is stored and used for research."
_CODES = {"accessCode": "an access code", "loginPassword": "a password"}
_KEYS = (
    "baserowToken",
    "baserowDatabaseIdNumber",
    "steinApiUrl",
    "loginUrl",
    "submitUrl",
    "submitMail",
    "databaseOptions",
    "setupTarget",
    "emailAddress",
)
_LOOKS = re.compile(
    r"colou?r|font|height|width|textAlign|displayNeutral|emoji|image(Format|FileType)|numImages|useColLabel|useNums|useHeaderLabels", re.I
)
_SWITCHES = re.compile(  # settings with no use here: what they steer is always so, or is steered otherwise
    "devMode|traceSorts|warnOverloadedColumn|showBackButton|disableBackButton|useMobileMode|thinGuidanceModalMaxIterations|preventMobileAccess|"
    "loginUrlMethod|submitUrlMethod|emailSubject|emailSubjectLine|(config|map|statements)FileVersion|iterationDate|creationDate|showStep3|qSortHeaders"
)


@dataclass(slots=True)
class _Source:
    """The items of the four files; remembers which were used, so that nothing is left out without a word."""

    files: Mapping[str, str]
    roots: Mapping[str, Element]
    notices: list[Notice] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)
    carried: dict[str, Carried] = field(default_factory=dict)
    wordless: list[str] = field(default_factory=list)

    @property
    def homes(self) -> tuple[Path, ...]:
        """Where pictures may lie: beside the files, or in the folder around that of the settings."""
        folder = Path(self.files["statements.xml"]).absolute().parent
        return (folder, folder.parent) if folder.name.casefold() == "settings" else (folder,)

    def kept(self, picture: Shown | None) -> dict[str, str]:
        """The name of a picture that was found, which is carried from now on."""
        if picture is None or picture.file is None:
            return {}
        self.carried[picture.file.name] = picture.file
        return {"image": picture.file.name}

    def items(self, file: str) -> dict[str, Element]:
        """Items of a file by id; of two with the same id the last, as the tools themselves do."""
        root = self.roots.get(file)
        return {} if root is None else {item.attributes["id"].strip(): item for item in root.named("item") if "id" in item.attributes}

    def raw(self, file: str, *ids: str) -> str:
        """The first of these items that is not empty, as it is written. It counts as used, and so do the empty ones before it."""
        items = self.items(file)
        for name in ids:
            self.used.add((file, name))
            if name in items and items[name].text:
                return items[name].text
        return ""

    def true(self, name: str, default: bool) -> bool:
        """A switch of ``config.xml``."""
        value = self.raw("config.xml", name).casefold()
        return default if not value else value in ("true", "1", "yes")

    def plain(self, marked: str, where: str, *, shown: bool = False) -> str:
        """Text without tags, with a notice where films are lost, and pictures unless they are `shown`."""
        try:
            text, lost = plain_text(marked)
        except DataError as error:
            raise DataError([replace(fault, file=where) for fault in error.faults]) from None
        lost = tuple(one for one in lost if not (shown and one == "img"))
        if lost:
            self.note("media-lost", f"{where}: {', '.join(lost)} cannot stand in a plain text and is left out.")
        return text

    def text(self, *ids: str) -> str:
        """A text of ``language.xml``."""
        return self.plain(self.raw("language.xml", *ids), f"language.xml, {ids[0]}")

    def note(self, code: str, message: str) -> None:
        """Add a notice."""
        self.notices.append(Notice(code, message))


def read(paths: Sequence[Path], *, language: str = "en", study: str = "") -> tuple[Study, tuple[Notice, ...]]:
    """Read a study of FlashQ, HtmlQ, EQ Web Sort or Quince.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        A folder that holds the XML files, itself or in ``settings``, or the files themselves.
    language : str, default "en"
        Code of the language that the texts are in; the files do not say it.
    study : str, optional
        Short name of the study. Made from the title where it is not given.

    Returns
    -------
    study : Study
        With the pictures of its cards that were found; `qmethod_studies.writing.write` puts them beside it.
    notices : tuple of Notice
        Everything that was decided, and everything that could not be carried over.

    Raises
    ------
    DataError
        If a file is missing or cannot be read, or the files make no study.
    """
    files = _files(paths)
    source = _Source(
        {name: str(path) for name, path in files.items()}, {name: read_xml(read_text(path, str(path)), str(path)) for name, path in files.items()}
    )
    faults: list[Fault] = []
    statements = _statements(source, faults)
    grid = _grid(source, faults)
    if grid and statements and sum(grid.values()) != len(statements):
        faults.append(Fault(f"the grid has {sum(grid.values())} places for {len(statements)} statements", file=source.files["map.xml"]))
    if faults:
        raise DataError(faults)
    title = source.plain(source.raw("config.xml", "studyTitle"), "config.xml, studyTitle") or "Untitled study"
    stages, why = _stages(source, len(grid))
    whole: dict[str, Any] = {
        "study": study or _slug(title),
        "languages": {language: {"name": language_name(language)}},
        "title": title,
        "condition": _condition(source),
        "grid": grid,
        "distribution": "free" if source.true("allowUnforcedSorts", False) else "forced",
        "scale": {
            "low": source.text("sortDisagreement", "postsortDisagreement", "btnDisagreement", "presortDisagreement") or "Disagree most",
            "high": source.text("sortAgreement", "postsortAgreement", "btnAgreement", "presortAgreement") or "Agree most",
        },
        **_frame(source, title),
        "stages": stages,
        "why": why,
        "questions": {"after": _questions(source)},
        "access": _access(source),
        "shuffle": source.true("shuffleCards", True),
        "statements": statements,
    }
    try:
        made = Study.model_validate(whole)
    except ValidationError as error:
        said = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors(include_url=False)]
        raise DataError([Fault(f"the files make no study: {message}", file=source.files["config.xml"]) for message in said]) from None
    source.note("language-assumed", f"The files do not say their language; {language!r} is taken. Another one is given with --language.")
    source.note(
        "minutes-assumed", f"The files do not say how long the study takes; {made.minutes} minutes are told. Change `minutes` if that is wrong."
    )
    _leftovers(source)
    return by_language(made).carrying(source.carried), tuple(dict.fromkeys(source.notices))


def _files(paths: Sequence[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in paths:
        places = [path, path / "settings"] if path.is_dir() else []
        candidates = [item for place in places if place.is_dir() for item in sorted(place.iterdir())] if places else [path]
        for item in candidates:
            if item.name.casefold() in FILES:
                found.setdefault(item.name.casefold(), item)
    missing = [name for name in FILES[:3] if name not in found]
    if missing:
        advice = "Give the folder that holds config.xml, statements.xml, map.xml and language.xml (often called settings), or the files."
        raise DataError([Fault(f"there is no {name}", file=", ".join(map(str, paths)), advice=advice) for name in missing])
    return found


def _statements(source: _Source, faults: list[Fault]) -> list[dict[str, str]]:
    file = source.files["statements.xml"]
    found: list[dict[str, str]] = []
    lines: dict[str, int] = {}
    numbered = source.true("useImages", False)
    for element in source.roots["statements.xml"].named("statement"):
        given = element.attributes.get("id", "").strip()
        name = given if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", given) else f"s{given}"
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name) or name == "s":
            faults.append(
                Fault(f"{given!r} cannot be the id of a statement", file=file, line=element.line, advice="Ids are figures or plain letters.")
            )
        elif name in lines:
            faults.append(Fault(f"two statements have the id {given!r}, here and in line {lines[name]}", file=file, line=element.line))
        lines.setdefault(name, element.line)
        picture = _pictures(source, element.text, name) if not numbered else None
        text = source.plain(element.text, f"statement {name}", shown=picture is not None)
        if picture is not None and text and picture.file:
            source.note("picture-for-text", "Pages show the picture of a card in place of its text, which is read out and is in reports.")
        if picture is not None and not text:
            text = picture.words or f"Image {len(found) + 1}"
            source.wordless.append(name)
        if not text and not numbered:
            faults.append(Fault(f"statement {given!r} is empty", file=file, line=element.line))
        found.append({"id": name, "text": text} | source.kept(picture))
    if numbered:
        found = _numbered_pictures(source, [one["text"] for one in found])
    if source.wordless:
        message = "These pictures came without words; what they are called was taken. Write into `text` what each shows, for who does not see it"
        source.note("picture-words", f"{message}: {listed(source.wordless, 10)}.")
    if not numbered and any(not item["id"][:1].isalpha() or item["id"][1:].isdecimal() for item in found):
        source.note("statements-renamed", "Statements keep their numbers; ids begin with a letter here, so 1 is called s1.")
    if len(found) < 2:
        faults.append(Fault(f"there are {len(found)} statements; a study needs at least two", file=file))
    return found


def _pictures(source: _Source, marked: str, statement: str) -> Shown | None:
    """The first picture that a statement shows, with a notice of whatever is not carried over or has no words."""
    try:
        pictures = pictures_in(marked)
    except DataError as error:
        raise DataError([replace(fault, file=f"statement {statement}") for fault in error.faults]) from None
    if not pictures:
        return None
    if len(pictures) > 1:
        source.note("picture-left-out", f"statement {statement}: a card has one picture; of {len(pictures)} the first was taken.")
    found = shown(*pictures[0], statement, source.homes)
    if found.file is None:
        advice = f"Put it into the folder of the study and write its name into the column `image` of statements.csv, in the line of {statement}."
        source.note("picture-missing", f"statement {statement}: its picture was not carried over: {found.why}. {advice}")
    return found


def _numbered_pictures(source: _Source, texts: Sequence[str]) -> list[dict[str, str]]:
    """The cards of a study of EQ Web Sort that sorts pictures: images/image1.jpg and so on; the texts of as many statements stand for them."""
    count = _number(source.raw("config.xml", "numImages"))
    n = int(count) if count is not None and 0 <= count <= MOST_STATEMENTS else 0
    ending = source.raw("config.xml", "imageFileType").strip().lstrip(".") or "jpg"
    found = []
    for i in range(1, n + 1):
        name = f"image{i}"
        picture = _pictures(source, f'<img src="images/{name}.{ending}">', name) if re.fullmatch(r"\w{1,8}", ending) else None
        words = texts[i - 1] if len(texts) == n and texts[i - 1] else f"Image {i}"
        if words == f"Image {i}":
            source.wordless.append(name)
        found.append({"id": name, "text": words} | source.kept(picture))
    return found


def _grid(source: _Source, faults: list[Fault]) -> dict[float, int]:
    file = source.files["map.xml"]
    placed: list[tuple[float, int]] = []
    for element in source.roots["map.xml"].named("column"):
        value, count = _number(element.attributes.get("id", "")), _number(element.text)
        if value is None or count is None or count < 0 or not count.is_integer():
            faults.append(
                Fault(f"column {element.attributes.get('id', '')!r} with {element.text!r} cards is no column", file=file, line=element.line)
            )
            continue
        placed.append((value, int(count)))
    columns = _merged(placed)
    values, counts = (_numbers(source.raw("map.xml", name)) for name in ("qSortHeaderNumbers", "qSortPattern"))
    if values and len(values) == len(counts) and all(count.is_integer() and count >= 0 for count in counts):
        placed = [(value, int(count)) for value, count in zip(values, counts, strict=True)]
        pattern = _merged(placed)
        if columns and pattern != columns:
            source.note("grid-twice", f"map.xml gives two grids: {_drawn(columns)} as columns, {_drawn(pattern)} as qSortPattern, which is taken.")
        columns = pattern
    if twice := sorted({value for value, _ in placed if sum(value == other for other, _ in placed) > 1}):
        said = ", ".join(f"{value:g}" for value in twice)
        source.note(
            "columns-merged", f"Several columns of map.xml have one value ({said}): each such value is one column here, whose places are added."
        )
    empty = [value for value, count in columns.items() if not count]
    if empty:
        source.note("empty-column", f"Columns that take no card are left out: {', '.join(f'{value:g}' for value in empty)}.")
    columns = {value: count for value, count in columns.items() if count}
    if len(columns) < 2:
        faults.append(Fault(f"there are {len(columns)} columns; a grid needs at least two", file=file))
    return columns


def _merged(placed: Sequence[tuple[float, int]]) -> dict[float, int]:
    """Places by value: columns of one value are one."""
    columns: dict[float, int] = {}
    for value, count in placed:
        columns[value] = columns.get(value, 0) + count
    return columns


def _drawn(grid: Mapping[float, int]) -> str:
    return ", ".join(f"{value:g}: {count}" for value, count in sorted(grid.items()))


def _number(text: str) -> float | None:
    text = plain_minus(text.strip())
    return float(text) if re.fullmatch(r"[-+]?\d{1,6}(\.\d{1,6})?", text) else None


def _numbers(text: str) -> list[float]:
    found = [_number(part) for part in text.split(",")]
    return [number for number in found if number is not None] if None not in found else []


def _condition(source: _Source) -> str:
    text = source.text("condOfInst")
    if not text:
        source.note("condition-assumed", "The files hold no condition of instruction; a general one was written. Put your own into `condition`.")
    return text or _CONDITION


def _frame(source: _Source, title: str) -> dict[str, str]:
    """Welcome, consent, contact and thanks."""
    heads = source.text("welcomeHead", "landingHead")
    body = [source.text("welcomeText"), source.text("introText")]
    welcome = "\n\n".join(part for part in (heads, *body) if part)
    if not any(body):
        source.note("welcome-assumed", "The files hold no text of welcome; the title was taken. Put your own into `welcome`.")
    shown = source.true("showConsentPage", False)
    consent = source.text("consentText")
    if not (consent and shown):
        why = "its consent page is switched off" if consent else "the files hold no consent text"
        source.note("consent-assumed", f"The study asked for no consent ({why}); two general sentences were written. Put your own into `consent`.")
        consent = _CONSENT
    if re.search(r"\[[^\]]{3,}\]", consent):
        source.note("consent-blanks", "The consent text has blanks in [brackets] that were never filled in.")
    contact = source.text("consentHelpModalText") if shown and source.true("showConsentPageHelpModal", False) else ""
    thanks = [source.text(name) for name in ("transferOk", "transferOkModalText", "goodbyeMessage")]
    frame = {"welcome": welcome or title, "consent": consent, "contact": contact}
    return {**frame, "thanks": "\n\n".join(dict.fromkeys(part for part in thanks if part))} if any(thanks) else frame


def _stages(source: _Source, n_columns: int) -> tuple[dict[str, bool], dict[str, Any]]:
    presort = source.true("showPresort", True)
    if not presort:
        source.note("no-presort", "The sorting into three piles was switched off (showPresort); it is off here too.")
    stages = {
        "presort": presort,
        "refine": presort and source.true("useThinProcess", False),
        "why": source.true("showPostsort", False) or source.true("showStep4", False),
    }
    high, low = source.true("showSecondPosColumn", False), source.true("showSecondNegColumn", False)
    if high != low:
        source.note("why-both-ends", "Comments were asked on two columns at one end and one at the other; here they are asked on two at both.")
    needed = source.true("postsortCommentsRequired", False)
    least = _number(source.raw("config.xml", "minWordCountValuePostsort")) or 0
    words = min(200, int(least)) if source.true("requireMinCommentLength", False) else 0
    if source.raw("config.xml", "sortDirection") == "negative":
        source.note("direction", "The board ran from the highest column to the lowest (sortDirection); here it always runs upwards.")
    columns = 2 if (high or low) and n_columns >= 4 else 1
    return stages, {"columns": columns, "minimum_words": max(1, words) if needed else 0, "any_card": False}


def _access(source: _Source) -> dict[str, Any]:
    screen = source.raw("config.xml", "initialScreen").casefold()
    kind: Literal["open", "code"] = "code" if "access" in screen or source.true("loginrequired", False) else "open"
    for name, what in _CODES.items():
        if source.raw("config.xml", name):
            source.note(
                "code-not-copied",
                f"{what.capitalize()} stands in config.xml ({name}), which everybody on the web can read; it is not copied. Give out new codes here.",
            )
    if "partid" in screen:
        source.note("participant-id", "People typed an id of their own (partId); here it comes with the address, as ?participant=ID.")
    access: dict[str, Any] = {"kind": kind}
    second = source.raw("config.xml", "secondProjectUrl")
    if source.true("linkToSecondProject", False):
        if re.fullmatch(r"https?://[^\s{}]+\.[^\s{}]+", second):
            access["return_link"] = second
            source.note("second-project", f"The link to a second project ({second}) became `access.return_link`.")
        else:
            source.note("second-project", f"A second project is linked to, but {second!r} is no address; it is left out.")
    return access


def _questions(source: _Source) -> list[dict[str, Any]]:
    config = source.roots["config.xml"]
    source.used |= {("config.xml", "form"), ("config.xml", "survey")}
    shown = source.true("showSurvey", source.true("showStep5", True))
    asked: list[Asked] = []
    for item in config.named("item"):
        if item.attributes.get("id") in ("form", "survey"):
            asked += _asked(item)
    if asked and not shown:
        source.note("questions-hidden", f"The questionnaire of {len(asked)} question(s) was switched off (showSurvey, showStep5) and is left out.")
        return []
    return questions_of(asked, source.plain, source.note)


def _asked(item: Element) -> Iterator[Asked]:
    """The questions of one item: one in EQ Web Sort and Quince, where parts stand in any order; in FlashQ and HtmlQ each ends with its input."""
    survey = item.attributes.get("id") == "survey"
    label: list[str] = []
    note: list[str] = []
    inputs: list[Element] = []
    placeholder = ""
    for part in item.children:
        if part.tag == "label":
            label.append(part.text)
        elif part.tag == "note":
            note.append(part.text)
        elif part.tag == "placeholder":
            placeholder = part.text
        elif part.tag == "input":
            inputs.append(part)
            if not survey:
                yield Asked(" ".join(label), " ".join(note), part.attributes, part.text, ";", part.line, "")
                label, note = [], []
    if survey and inputs:
        yield Asked(" ".join(label), " ".join(note), inputs[0].attributes, inputs[0].text, ";;;", inputs[0].line, placeholder)
    elif label or note:
        yield Asked(" ".join(label), " ".join(note), {"type": "information"}, "", ";", item.line, "")


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:40].strip("-") or "study"


def _leftovers(source: _Source) -> None:
    """A notice for whatever nobody asked for."""
    left = {file: [name for name, item in source.items(file).items() if (file, name) not in source.used and item.text] for file in source.roots}
    config = left.get("config.xml", []) + left.get("map.xml", [])
    looks = [name for name in config if _LOOKS.search(name)]
    keys = [name for name in config if name in _KEYS]
    rest = [name for name in config if name not in looks and name not in keys and not _SWITCHES.fullmatch(name)]
    switches = [name for name in config if _SWITCHES.fullmatch(name)]
    if keys:
        message = "Where answers were sent, and the keys for it, are not copied, because answers are stored on this server"
        source.note(
            "keys-not-copied", f"{message}: {', '.join(keys)}. A key in config.xml can be read by everybody: withdraw it once the old study is over."
        )
    if looks:
        source.note("looks-lost", f"Colours, type sizes and other looks are not carried over: {', '.join(looks)}.")
    if switches:
        source.note("switches-lost", f"Settings with no use here: {', '.join(switches)}.")
    if rest:
        source.note("settings-lost", f"Settings that could not be carried over: {', '.join(rest)}.")
    texts = left.get("language.xml", [])
    if texts:
        source.note(
            "texts-lost", f"Texts of buttons, headings and help ({len(texts)}) are not carried over; the pages have their own: {', '.join(texts)}."
        )
    coloured = [element for element in source.roots["map.xml"].named("column") if element.attributes.get("colour")]
    if coloured:
        source.note("column-colours-lost", "Colours of the columns are not carried over.")
