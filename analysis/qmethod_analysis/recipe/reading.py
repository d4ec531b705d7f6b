"""From the text of a recipe to a `Recipe`, or to every fault with the line it stands in."""

from __future__ import annotations

import difflib
import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from qmethod.errors import DataError, Fault, PolicyError, Setting
from qmethod.formats.selection import Selection, selection_of
from qmethod.formats.text import shown
from qmethod.literals import Layout
from qmethod.manual_flag import ManualFlag
from qmethod.minus import MINUSES
from qmethod.policies import BEFORE, PRESETS, Policies, describe
from qmethod.resampling.bootstrap import INTERVALS
from qmethod.retention.retain import LEAST_RANDOM
from qmethod_analysis.recipe.inside import LARGEST_TEXT, read_inside
from qmethod_analysis.recipe.recipe import FORMAT, Counting, Input, Recipe, Resampling, Target, Turn
from qmethod_analysis.recipe.toml import read_toml
from qmethod_analysis.recipe.typed import MOST_DRAWN, MOST_NUMBERS, angle, decimal, factor_label, factor_number
from qmethod_analysis.words.language import languages
from qmethod_analysis.words.shell import command_line

_LATER = {*BEFORE, "calibration_studies", "calibration_seed", "centroid_diagonal"}
"""Conventions that recipes did not always name: one that names all others was written before, and keeps what was done then."""
_TOP = (
    *("recipe", "title", "notes", "n_factors", "preset", "stream", "study", "language"),
    *("input", "names", "policies", "bootstrap", "retention", "rotations", "flags", "target", "exclude", "retest"),
)


MOST_FAULTS = 50
"""Faults of which the line is looked for; a file with more of them is another one than was meant."""


class _Faults:
    """Collects faults and finds the lines they stand in."""

    def __init__(self, text: str, file: str) -> None:
        self._lines = text.splitlines()
        self._file = file
        self.found: list[Fault] = []

    def add(self, message: str, *, section: str = "", nth: int = 0, key: str = "", advice: str | None = None) -> None:
        """Note a fault of a key in the nth table of a section."""
        self.found.append(Fault(message, file=self._file, line=self.line(section, nth, key), advice=advice))

    def line(self, section: str = "", nth: int = 0, key: str = "") -> int | None:
        """The line of a key in the nth table of a section, or of that table; of the first `MOST_FAULTS` faults only, since each takes a walk."""
        if len(self.found) >= MOST_FAULTS:
            return None
        current, seen, start = "", dict[str, int](), None
        for line, text in enumerate(self._lines, 1):
            if header := re.match(r"\s*\[{1,2}\s*([\w.-]+)\s*\]{1,2}\s*(#.*)?$", text):
                current = header[1]
                seen[current] = seen.get(current, -1) + 1
            here = current == section and seen.get(section, 0) == nth
            if here and start is None:
                start = line
            bare = text.lstrip()
            named = bare[1:] if bare.startswith(('"', "'")) else bare
            if here and key and named.startswith(key) and re.match(r"""["']?\s*=""", named[len(key) :]):
                return line
        return start


def parse(text: str, file: str) -> Recipe:
    """Read the text of a recipe.

    Parameters
    ----------
    text : str
    file : str
        What to call the file in messages.

    Raises
    ------
    DataError
        Every fault, with its line.
    """
    try:
        values = read_toml(text, file)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(place[1]) if place else len(text.splitlines())
        message = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise DataError([Fault(f"not TOML: {message}", file=file, line=line, **_toml_advice(text, line, file))]) from None
    faults = _Faults(text, file)
    if values.get("recipe") != FORMAT:
        message = f"`recipe` must be {FORMAT}, the version of the format this program reads; got {values.get('recipe')!r}"
        faults.found.append(Fault(message, file=file, line=faults.line(key="recipe"), **_or_anew("Correct it", file)))
        raise DataError(faults.found)
    _unknown(values, _TOP, faults)
    n_factors = values.get("n_factors")
    if not isinstance(n_factors, int) or isinstance(n_factors, bool) or n_factors < 1:
        faults.add(f"`n_factors` must be a whole number from 1; got {n_factors!r}", key="n_factors")
        n_factors = 1
    if not isinstance(values.get("stream", False), bool):
        faults.add(f"`stream` must be true or false; got {values['stream']!r}", key="stream")
    recipe = Recipe(
        input=_input(values, faults),
        n_factors=n_factors,
        policies=_policies(values, faults),
        rotations=_rotations(values, n_factors, faults),
        flags=_flags(values, faults),
        target=_target(values, n_factors, faults),
        exclude=_exclude(values, faults),
        retest=_retest(values, faults),
        names=tuple((factor_label(label), _text({label: name}, label, faults, "names")) for label, name in _section(values, "names", faults).items()),
        title=_text(values, "title", faults),
        notes=_text(values, "notes", faults),
        bootstrap=_bootstrap(values, faults) if "bootstrap" in values else None,
        retention=_retention(values, faults) if "retention" in values else None,
        stream=values.get("stream") is True,
        study=_text(values, "study", faults),
        language=_language(values, faults),
    )
    if faults.found:
        if not any(fault.advice for fault in faults.found):
            faults.found[-1] = replace(faults.found[-1], **_or_anew("Correct it", file))
        raise DataError(faults.found)
    return recipe


def _toml_advice(text: str, line: int, file: str) -> dict[str, Any]:
    """What to do about a number that TOML does not take for one, or about whatever else it does not take."""
    number = re.search(rf"=\s*\[?\s*([{MINUSES}]?)[-+]?\d+(,\d+\s*$)?", "".join(text.splitlines()[line - 1 : line]))
    if number is not None and number[1]:
        return {"advice": "Write a minus with the sign on the keyboard, -, or put the number in quotes."}
    if number is not None and number[2]:
        return {"advice": "Write decimals with a point, or put the number in quotes."}
    return _or_anew("Mend this line", file)


def anew(folder: str | os.PathLike[str]) -> Setting:
    """How an analysis is made where its recipe is lost.

    Parameters
    ----------
    folder : path
        Where the analysis is.
    """
    words = ("analyse", "SORTS", "--factors", "K", "--out", Path(folder), "--overwrite")
    return Setting("save", call="`qmethod.analyse`, then `qmethod.save`", command=f"`{command_line(words)}`")


def _or_anew(mend: str, file: str) -> dict[str, Any]:
    """The advice to mend a recipe or to make it anew, and the setting in it."""
    make = anew(Path(file).parent)
    return {"advice": f"{mend}, or make the recipe anew from the sorts: {make}.", "settings": (make,)}


def _unknown(values: Mapping[str, Any], known: Sequence[str], faults: _Faults, section: str = "", nth: int = 0) -> None:
    for key in values:
        if key not in known and len(faults.found) < MOST_FAULTS:  # looking for near ones takes its time
            near = difflib.get_close_matches(key, known, 1)
            advice = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
            faults.add(f"{shown(key)} means nothing here", section=section, nth=nth, key=key, advice=advice)


def _text(values: Mapping[str, Any], key: str, faults: _Faults, section: str = "", nth: int = 0) -> str:
    value = values.get(key, "")
    if not isinstance(value, str):
        faults.add(f"`{key}` must be text; got {value!r}", section=section, nth=nth, key=key)
        return ""
    return value


def _language(values: Mapping[str, Any], faults: _Faults) -> str:
    asked = _text(values, "language", faults)
    if asked and asked not in languages():
        faults.add(f"`language` must be one of {', '.join(languages())}; got {asked!r}", key="language")
        return ""
    return asked


def _section(values: Mapping[str, Any], key: str, faults: _Faults) -> Mapping[str, Any]:
    section = values.get(key, {})
    if not isinstance(section, dict):
        faults.add(f"`{key}` must be a table, written [{key}]", key=key)
        return {}
    return section


def _tables(values: Mapping[str, Any], key: str, faults: _Faults) -> list[Mapping[str, Any]]:
    tables = values.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        faults.add(f"`{key}` must be a list of tables, each written [[{key}]]", key=key)
        return []
    return tables


def _input(values: Mapping[str, Any], faults: _Faults) -> Input:
    section = _section(values, "input", faults)
    known = tuple(Input.__slots__)
    _unknown(section, known, faults, "input")
    texts: dict[str, Any] = {key: _text(section, key, faults, "input") for key in known if key != "table"}
    read = Input(**texts, table=_selection(section, faults))
    if read.layout and read.layout not in get_args(Layout):
        faults.add(f"`layout` must be one of {', '.join(get_args(Layout))}; got {read.layout!r}", section="input", key="layout")
    if bool(read.path) == bool(read.study):
        faults.add("give either `path`, a file of sorts, or `study`, one that ships", section="input")
    if read.people_id and not read.people:
        faults.add("`people_id` names a column of the table `people`, and there is none", section="input", key="people_id")
    if read.people and values.get("stream") is True:
        faults.add("`people` needs all sorts at hand, and `stream` reads them in chunks", section="input", key="people")
    if not re.fullmatch(r"[0-9a-f]{64}", read.sha256):
        faults.add(f"`sha256` must be the 64 hexadecimal digits of the file's hash; got {read.sha256!r}", section="input", key="sha256")
    return read


def _selection(section: Mapping[str, Any], faults: _Faults) -> Selection:
    table = section.get("table", {})
    if not isinstance(table, dict):
        faults.add("`table` must be a table, written [input.table]", section="input", key="table")
        return Selection()
    known = tuple(Selection.__slots__)
    _unknown(table, known, faults, "input.table")
    try:
        return selection_of(**{key: table[key] for key in known if key in table})
    except PolicyError as error:
        key = re.search(r"`(\w+)`", str(error))
        faults.add(str(error), section="input.table", key=key[1] if key else "")
        return Selection()


def _policies(values: Mapping[str, Any], faults: _Faults) -> Policies:
    section = _section(values, "policies", faults)
    _unknown(section, [policy["name"] for policy in describe()], faults, "policies")
    preset = values.get("preset", "standard")
    if preset not in PRESETS:
        faults.add(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}", key="preset")
    given = {policy["name"]: section[policy["name"]] for policy in describe() if policy["name"] in section}
    missing = {policy["name"] for policy in describe()} - set(given)
    if missing <= _LATER:
        given |= {name: value for name, value in BEFORE.items() if name in missing}
    if preset not in PRESETS:
        _each(given, faults)
        return Policies()
    chosen: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
    try:
        return Policies.preset(preset, **chosen)
    except PolicyError as error:
        if not _each(given, faults):  # each fits, but not together
            key = re.search(r"`(\w+)`", str(error))
            faults.add(str(error), section="policies", key=key[1] if key else "")
        return Policies()


def _each(given: Mapping[str, Any], faults: _Faults) -> bool:
    """Add what is wrong with each single value; whether anything is."""
    before = len(faults.found)
    for key, value in given.items():
        if key in ("contrast_levels", "contrast_critical", "contrast_adjust", "contrast_errors", "calibration_studies", "consensus_level"):
            continue  # they are checked together
        try:
            Policies(**{key: value})
        except PolicyError as error:
            faults.add(str(error), section="policies", key=key)
    return len(faults.found) > before


def _bootstrap(values: Mapping[str, Any], faults: _Faults) -> Resampling:
    section = _section(values, "bootstrap", faults)
    known = tuple(Resampling.__slots__)
    _unknown(section, known, faults, "bootstrap")
    given = {"interval": "automatic", "level": 0.95, "seed": 1, **section}
    right = {
        "replicates": _bounded(given.get("replicates"), 2, MOST_DRAWN),
        "interval": (f"one of {', '.join(INTERVALS)}", given["interval"] in INTERVALS),
        "level": ("a number between 0 and 1", isinstance(given["level"], float) and 0 < given["level"] < 1),
        "seed": ("a whole number from 0", _whole(given["seed"]) and given["seed"] >= 0),
    }
    for key, (wanted, fits) in right.items():
        if not fits:
            faults.add(f"`{key}` must be {wanted}; got {given.get(key)!r}", section="bootstrap", key=key)
    if not all(fits for _, fits in right.values()):
        return Resampling(2)
    return Resampling(**{key: given[key] for key in known})


def _retention(values: Mapping[str, Any], faults: _Faults) -> Counting:
    section = _section(values, "retention", faults)
    _unknown(section, tuple(Counting.__slots__), faults, "retention")
    given = {**asdict(Counting()), **section}
    right = {
        "n_random": _bounded(given["n_random"], LEAST_RANDOM, MOST_DRAWN),
        "seed": ("a whole number from 0", _whole(given["seed"]) and given["seed"] >= 0),
        "max_factors": _bounded(given["max_factors"], 1, MOST_NUMBERS),
        "nest": ("true or false", isinstance(given["nest"], bool)),
    }
    for key, (wanted, fits) in right.items():
        if not fits:
            faults.add(f"`{key}` must be {wanted}; got {given[key]!r}", section="retention", key=key)
    return Counting(**{key: given[key] for key in Counting.__slots__}) if all(fits for _, fits in right.values()) else Counting()


def _typed(value: Any, read: Callable[[str], float]) -> Any:
    """A number that was written as a text, as ``"f1"`` or ``"−15°"``; anything else as it is."""
    try:
        return read(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bounded(value: Any, least: int, most: int) -> tuple[str, bool]:
    """What a whole number within bounds is called, and whether this is one."""
    return f"a whole number from {least} to {most}", _whole(value) and least <= value <= most


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _rotations(values: Mapping[str, Any], n_factors: int, faults: _Faults) -> tuple[Turn, ...]:
    turns = []
    for i, table in enumerate(_tables(values, "rotations", faults)):
        _unknown(table, ("first", "second", "degrees", "reason"), faults, "rotations", i)
        reason = _text(table, "reason", faults, "rotations", i)
        a, b = (_typed(table.get(key), factor_number) for key in ("first", "second"))
        degrees = _typed(table.get("degrees"), angle)
        if not _whole(a) or not _whole(b) or a == b or not (1 <= a <= n_factors and 1 <= b <= n_factors):
            faults.add(
                f"`first` and `second` must be two factors from 1 to {n_factors}; got {a!r} and {b!r}", section="rotations", nth=i, key="first"
            )
            continue
        if not _is_number(degrees):
            faults.add(f"`degrees` must be a number; got {degrees!r}", section="rotations", nth=i, key="degrees")
            continue
        turns.append(Turn(a, b, float(degrees), reason))
    return tuple(turns)


def _flags(values: Mapping[str, Any], faults: _Faults) -> tuple[ManualFlag, ...]:
    flags = []
    for i, table in enumerate(_tables(values, "flags", faults)):
        _unknown(table, ("participant", "factor", "defines", "reason"), faults, "flags", i)
        participant, factor, reason = (_text(table, key, faults, "flags", i) for key in ("participant", "factor", "reason"))
        defines = table.get("defines")
        if not isinstance(defines, bool):
            faults.add(f"`defines` must be true or false; got {defines!r}", section="flags", nth=i, key="defines")
        for key, text in (("participant", participant), ("factor", factor), ("reason", reason)):
            if not text.strip():
                faults.add(f"a flag needs a `{key}`", section="flags", nth=i, key=key)
        flags.append(ManualFlag(participant, factor_label(factor), defines is True, reason))
    return tuple(flags)


def _target(values: Mapping[str, Any], n_factors: int, faults: _Faults) -> Target:
    rows = []
    for i, table in enumerate(_tables(values, "target", faults)):
        _unknown(table, ("participant", "loadings"), faults, "target", i)
        row = table.get("loadings")
        row = [value if value == "free" else _typed(value, decimal) for value in row] if isinstance(row, list) else row
        wanted = f'`loadings` must be {n_factors} numbers between -1 and 1, or "free"'
        if not isinstance(row, list) or len(row) != n_factors or not all(map(_is_loading, row)):
            faults.add(f"{wanted}; got {row!r}", section="target", nth=i, key="loadings")
            continue
        rows.append((_text(table, "participant", faults, "target", i), tuple(math.nan if v == "free" else float(v) for v in row)))
    return tuple(rows)


def _exclude(values: Mapping[str, Any], faults: _Faults) -> tuple[tuple[str, str], ...]:
    out = []
    for i, table in enumerate(_tables(values, "exclude", faults)):
        _unknown(table, ("participant", "reason"), faults, "exclude", i)
        participant, reason = (_text(table, key, faults, "exclude", i) for key in ("participant", "reason"))
        for key, text in (("participant", participant), ("reason", reason)):
            if not text.strip():
                faults.add(f"an exclusion needs a `{key}`", section="exclude", nth=i, key=key)
        out.append((participant, reason))
    if out and values.get("stream") is True:
        faults.add("`exclude` needs all sorts at hand, and `stream` reads them in chunks", section="exclude", advice="Leave one of the two away.")
    return tuple(out)


def _retest(values: Mapping[str, Any], faults: _Faults) -> tuple[tuple[str, str], ...]:
    pairs = []
    for i, table in enumerate(_tables(values, "retest", faults)):
        _unknown(table, ("first", "second"), faults, "retest", i)
        pair = tuple(_text(table, key, faults, "retest", i) for key in ("first", "second"))
        for key, name in zip(("first", "second"), pair, strict=True):
            if not name.strip():
                faults.add(f"a pair needs a `{key}` sort", section="retest", nth=i, key=key)
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def _is_loading(value: object) -> bool:
    return value == "free" or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1)


def load(path: Path) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    DataError
        Every fault, with its line.
    """
    return parse(raw_recipe(path).decode(), str(path))


def raw_recipe(path: Path) -> bytes:
    """The bytes of a recipe, which are text.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    DataError
        If there is none, it is a link or no ordinary file, too large, or not UTF-8.
    """
    content = read_inside(path.parent, path.name, LARGEST_TEXT)
    if content is None:
        raise DataError([Fault("there is no such recipe", file=str(path), **_or_anew("Put it back", str(path)))])
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise DataError([Fault(f"not UTF-8 text (byte {error.start})", file=str(path), **_or_anew("Save it as that", str(path)))]) from None
    return content
