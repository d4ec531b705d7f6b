"""Questions of FlashQ, HtmlQ, EQ Web Sort and Quince in the words of our model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as the other tool has it.

    Parameters
    ----------
    label, note : str
        As written, tags and all.
    attributes : mapping of str to str
        Of its ``input``: ``type``, ``required``, ``scale``, ``restricted``, ``maxlength`` and others.
    content : str
        What the ``input`` holds: options or rows.
    separator : str
        What parts options and rows: ``;`` or ``;;;``.
    line : int
        Where it stands in ``config.xml``.
    placeholder : str
        The text that the empty field shows.
    """

    label: str
    note: str
    attributes: Mapping[str, str]
    content: str
    separator: str
    line: int
    placeholder: str

    def parts(self, text: str) -> list[str]:
        """Options or rows, as written."""
        separator = ";;;" if ";;;" in text else self.separator
        return [part.strip() for part in text.split(separator) if part.strip()]

    def has(self, name: str) -> bool:
        """Whether an attribute is switched on."""
        return self.attributes.get(name, "").strip().casefold() == "true"


def questions_of(asked: Sequence[Asked], plain: Callable[[str, str], str], note: Callable[[str, str], None]) -> list[dict[str, Any]]:
    """Our questions for theirs.

    Parameters
    ----------
    asked : sequence of Asked
    plain : callable
        Takes a text with tags and a name for the place; gives plain text.
    note : callable
        Takes the code and the message of a notice.

    Returns
    -------
    list of dict
        As the model of a study takes them; ids are ``q1``, ``q2`` and so on.
    """
    made: list[dict[str, Any]] = []
    for i, one in enumerate(asked, 1):
        made += _one(one, f"q{i}", plain, note)
    return made


def _one(one: Asked, name: str, plain: Callable[[str, str], str], note: Callable[[str, str], None]) -> Iterator[dict[str, Any]]:
    where = f"config.xml:{one.line}, question {name}"
    kind = one.attributes.get("type", "").strip().casefold()
    label, hint = plain(one.label, where), plain(one.note, where)
    if one.placeholder:
        note("placeholder-lost", f"{where}: the text in the empty field is left out: {one.placeholder!r}.")
    if kind == "information":
        text = "\n\n".join(part for part in (label, hint) if part)
        if text:
            yield {"id": name, "type": "information", "label": text}
        return
    if not label:
        label, hint = hint or name, ""
    question: dict[str, Any] = {"id": name, "label": label, **({"hint": hint} if hint else {}), "required": one.has("required")}
    options = [plain(part, where) for part in one.parts(one.content)]
    scale = [plain(part, where) for part in one.parts(one.attributes.get("scale", ""))]
    if kind in ("text", "textarea"):
        yield {**question, **_written(one, kind, where, note)}
    elif kind in ("radio", "select", "checkbox", "likert") and (scale if kind == "likert" else options):
        # A select of FlashQ and HtmlQ takes one option; that of EQ Web Sort and Quince takes several.
        several = kind == "checkbox" or (kind == "select" and one.separator == ";;;")
        choices = _ids(scale if kind == "likert" else options)
        yield {**question, "type": "choices" if several else "choice", "options": choices}
        if one.has("other"):
            choices["other"] = choices.get("other", "Other")
            note("other-option", f"{where}: `Other` with its own field became an option and the question {name}_other after it.")
            yield {"id": f"{name}_other", "type": "text", "label": choices["other"], "show_if": {"question": name, "is": ["other"]}}
    elif kind in ("rating2", "rating5", "rating10") and options:
        if not scale:
            scale = [str(figure) for figure in range(1, int(kind.removeprefix("rating")) + 1)]
            note("scale-assumed", f"{where}: the rating names no scale; {scale[0]} to {scale[-1]} is taken.")
        yield {**question, "type": "matrix", "options": _ids(scale), "rows": _ids(options)}
    else:
        what = (
            f"type {kind!r}" if kind not in ("radio", "select", "checkbox", "likert", "rating2", "rating5", "rating10") else f"{kind} without options"
        )
        note("question-lost", f"{where} is left out, because a question of {what} has no counterpart: {label!r}.")


def _written(one: Asked, kind: str, where: str, note: Callable[[str, str], None]) -> dict[str, Any]:
    """Type and limit of a question answered by typing."""
    figures = one.attributes.get("restricted", "").strip().casefold()
    length = one.attributes.get("maxlength") or (one.attributes.get("limitLength") if one.has("limited") else "") or ""
    limit = int(length) if re.fullmatch(r"[1-9]\d{0,8}", length.strip()) else None
    if kind == "text" and figures in ("true", "0-9"):
        if limit:
            note("digits", f"{where}: a field for {limit} figures became a number from 0 to {'9' * min(limit, 15)}.")
        return {"type": "number", "minimum": 0, **({"maximum": float("9" * min(limit, 15))} if limit else {})}
    if figures not in ("", "false"):
        note("restriction-lost", f"{where}: only the signs {figures!r} were allowed; here any are.")
    return {"type": "text" if kind == "text" else "long_text", **({"longest": min(limit, _LONGEST)} if limit else {})}


def _ids(texts: Sequence[str]) -> dict[str, str]:
    """An id for each text: made from its words where they are plain letters, otherwise ``option1`` and so on."""
    made: dict[str, str] = {}
    for i, text in enumerate(texts, 1):
        words = (
            re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()).strip("-")[:30].strip("-")
        )
        name = words if re.match(r"[a-z]", words) and words not in made and words != "other" else f"option{i}"
        made[name] = text
    return made
