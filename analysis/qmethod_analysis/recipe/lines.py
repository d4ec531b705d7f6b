"""In which lines of a TOML file a value stands, which the parser of the standard library does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys from the top of the file, with the position of a table in a list of tables: ``("themes", 1, "question")``."""

_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$")
_OF_LIST = re.compile(r"\s*\[\[\s*([^\[\]]+?)\s*\]\]\s*(#.*)?$")
_PART = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_LONG = re.compile(r'"""|' + "'''")


@dataclass(frozen=True, slots=True)
class Lines:
    """Where each key of a TOML file stands.

    Parameters
    ----------
    lines : tuple of str
    first : dict of Path to int
        Line of each key and of each table's head, counted from 0.
    after : dict of Path to int
        The line after what belongs to it.
    """

    lines: tuple[str, ...]
    first: dict[Path, int]
    after: dict[Path, int]

    def of(self, path: Path, words: str = "", nth: int = 0) -> int | None:
        """The line of a value, counted from 1; None where it is not known.

        Parameters
        ----------
        path : tuple of str or int
            Of the value, or of what is in it: the nearest one above that is known counts.
        words : str, optional
            Part of the value whose line is wanted, whatever blanks are in it; where it is not found, the line of the key.
        nth : int, default 0
            Which occurrence of the words.
        """
        while path and path not in self.first:
            path = path[:-1]
        if not path:
            return None
        first = self.first[path]
        if words.strip():
            text = "\n".join(self.lines[first : self.after[path]])
            found = list(re.finditer(r"\s+".join(map(re.escape, words.split())), text))
            if found:
                first += text.count("\n", 0, found[min(nth, len(found) - 1)].start())
        return first + 1


def lines_of(text: str) -> Lines:
    r"""Where the keys of a TOML file stand.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> found = lines_of('[a]\nb = 1\n[[c]]\nd = ["x",\n"y"]')
    >>> found.of(("a", "b")), found.of(("c", 0, "d"), "y"), found.of(("e",))
    (2, 5, None)
    """
    lines = tuple(text.splitlines())
    first: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    starts: list[tuple[int, Path]] = []
    table: Path = ()
    open_until = ""
    for number, line in enumerate(lines):
        if open_until:
            open_until = "" if open_until in line else open_until
            continue
        if of_list := _OF_LIST.match(line):
            name = _parts(of_list[1])
            counts[name] = counts.get(name, -1) + 1
            table = (*name, counts[name])
            first.setdefault(name, number)
        elif head := _TABLE.match(line):
            table = _parts(head[1])
        elif key := _KEY.match(line):
            path = (*table, *_parts(key[1]))
            first.setdefault(path, number)
            starts.append((number, path))
            marks = _LONG.findall(line)
            open_until = marks[-1] if len(marks) % 2 else ""
            continue
        else:
            continue
        first.setdefault(table, number)
        starts.append((number, table))
    ends = [*(number for number, _ in starts[1:]), len(lines)]
    after = {path: end for (_, path), end in zip(starts, ends, strict=False)}
    return Lines(lines, first, {path: after.get(path, number + 1) for path, number in first.items()})


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))
