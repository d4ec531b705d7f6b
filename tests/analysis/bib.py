"""A strict reader of BibTeX: what it takes, every program takes, and it gives back the text that was meant."""

from __future__ import annotations

import re

SPELT = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
}


def read(text: str) -> dict[str, dict[str, str]]:
    """Fields of each entry by its key, with the type under ``@``; anything that is no entry is refused."""
    entries: dict[str, dict[str, str]] = {}
    at = 0
    while found := re.compile(r"\s*@([a-z]+)\{([A-Za-z0-9:_-]+),\n").match(text, at):
        assert found[2] not in entries, f"twice: {found[2]}"
        fields, at = {"@": found[1]}, found.end()
        while not text.startswith("}\n", at):
            name = re.compile(r"  ([a-z]+) = \{").match(text, at)
            assert name, f"no field: {text[at : at + 40]!r}"
            assert name[1] not in fields, f"twice in {found[2]}: {name[1]}"
            end, depth = name.end(), 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            fields[name[1]] = text[name.end() : end - 1]
            assert text.startswith(",\n", end), f"no end of a field: {text[end : end + 20]!r}"
            at = end + 2
        entries[found[2]] = fields
        at += 2
    assert not text[at:].strip(), f"no entry: {text[at : at + 40]!r}"
    return entries


def meant(value: str) -> str:
    """A field as TeX sets it: commands as signs, braces that group gone; a sign that TeX would take for a command is refused."""
    out, at = "", 0
    while at < len(value):
        command = next((name for name in SPELT if value.startswith(name, at)), "")
        if command:
            out, at = out + SPELT[command], at + len(command)
        elif value[at] == "\\":
            assert value[at + 1] in "&%$#_", f"an unknown command: {value[at : at + 10]!r}"
            out, at = out + value[at + 1], at + 2
        else:
            assert value[at] not in "&%$#_~^", f"not escaped: {value[at:]!r}"
            out, at = out + value[at].replace("{", "").replace("}", ""), at + 1
    return out


def people(value: str) -> list[str]:
    """Names between ``and`` outside braces."""
    names, depth, start = [], 0, 0
    for at, sign in enumerate(value):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0 and value.startswith(" and ", at):
            names.append(value[start:at])
            start = at + 5
    return [meant(name) for name in [*names, value[start:]]]
