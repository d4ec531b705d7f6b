"""Directives that show what the program says and does today, so that no page can fall behind it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from qmethod.policies import PRESETS, Policies, describe
from qmethod_analysis.references.conventions import SOURCES
from qmethod_analysis.references.known import KNOWN
from qmethod_analysis.references.reference import citations, listed

BIN = Path(sys.executable).parent
LANGUAGES = {".yaml": "yaml", ".toml": "toml"}


class Run(SphinxDirective):
    """Run each line of the content as a command in a folder that lasts for the page, and show it with what it prints.

    With `:first: N` only the first N lines of what a command prints are shown.
    """

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"first": directives.positive_int}

    def run(self) -> list[nodes.Node]:
        folder, shown = _folder(self), []
        for line in self.content:
            variables = {"PATH": f"{BIN}{os.pathsep}{os.defpath}", "HOME": folder, "LANG": "C.UTF-8", "COLUMNS": "90", "TERM": "dumb"}
            done = subprocess.run(
                shlex.split(line), cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
            )
            if done.returncode:
                raise self.error(f"{line!r} ended with {done.returncode}: {done.stderr}")
            shown += [f"$ {line}", *_first((done.stdout + done.stderr).rstrip().splitlines(), self.options.get("first")), ""]
        text = "\n".join(shown).strip()
        return [nodes.literal_block(text, text, language="text")]


class File(SphinxDirective):
    """Write the content into a file of the page's folder, as a reader would in an editor, and show it under its name."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        path = Path(_folder(self), self.arguments[0])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
        return _captioned(text, self.arguments[0], LANGUAGES.get(path.suffix, "text"))


class Part(SphinxDirective):
    """Show the lines of a file that a command has made, from the first that begins with the option `from` up to the next that begins with `until`."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"from": directives.unchanged_required, "until": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        lines = Path(_folder(self), name).read_text(encoding="utf-8").splitlines()
        first = self._line(lines, 0, self.options["from"])
        text = "\n".join(lines[first : self._line(lines, first + 1, self.options["until"])]).rstrip()
        return _captioned(text, f"From {name}", "text", wrapped=True)

    def _line(self, lines: list[str], start: int, beginning: str) -> int:
        for i in range(start, len(lines)):
            if lines[i].startswith(beginning):
                return i
        raise self.error(f"no line of {self.arguments[0]} after line {start} begins with {beginning!r}")


def _folder(directive: SphinxDirective) -> str:
    kept: dict[str, Any] = directive.env.temp_data
    if "run folder" not in kept:
        kept["run folder"] = tempfile.TemporaryDirectory()
    name: str = kept["run folder"].name
    return name


def _first(lines: list[str], n: int | None) -> list[str]:
    return lines if n is None or len(lines) <= n else [*lines[:n], "..."]


def _captioned(text: str, caption: str, language: str, *, wrapped: bool = False) -> list[nodes.Node]:
    holder = nodes.container("", literal_block=True, classes=["literal-block-wrapper", *(["wrapped"] if wrapped else [])])
    holder += [nodes.caption(caption, caption), nodes.literal_block(text, text, language=language)]
    return [holder]


class PolicyList(SphinxDirective):
    """An entry for each convention: its meaning, its choices, and what each preset takes."""

    def run(self) -> list[nodes.Node]:
        presets = {name: Policies.preset(name) for name in PRESETS}
        lines: list[str] = []
        for policy in describe():
            values = {name: _value(getattr(preset, policy["name"])) for name, preset in presets.items()}
            about = policy["about"]
            said = f"  {_choices(policy)}. {_taken(values)}{_sources(policy['name'])}"
            lines += [f"`{policy['name']}`", f": {about[0].upper()}{about[1:]}.", said, ""]
        return _parsed(self, lines)


def _taken(values: dict[str, str]) -> str:
    """What each preset takes; a preset that differs from the first is named."""
    first, *others = values
    apart = [f"{name} {values[name]}" for name in others if values[name] != values[first]]
    return "; ".join([f"{first.capitalize() if apart else 'In every preset'} {values[first]}", *apart]) + "."


def _sources(name: str) -> str:
    """What each value rests on."""
    by_value = SOURCES.get(name, {})
    works = listed(KNOWN[key] for keys in by_value.values() for key in keys)
    found = {one.reference.key: one for one in works}
    said = [f"`{value}`: {citations(found, keys)}" for value, keys in by_value.items()]
    return f" Sources: {'. '.join(said)}." if said else ""


def _parsed(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    holder = nodes.container()
    directive.state.nested_parse(StringList(lines, source=directive.get_source_info()[0]), directive.content_offset, holder)
    return holder.children


def _choices(policy: dict[str, Any]) -> str:
    if "choices" in policy:
        return "One of " + ", ".join(f"`{choice}`" for choice in policy["choices"])
    if "range" in policy:
        low, high = policy["range"]
        return f"A number from {low:g} to {high:g}"
    return "Yes or no" if isinstance(policy["default"], bool) else "Numbers"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"{v:g}" for v in value) or "exact"
    return f"{value:g}" if isinstance(value, int | float) else f"`{value}`"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_css_file("pages.css")
    app.add_directive("run", Run)
    app.add_directive("file", File)
    app.add_directive("part", Part)
    app.add_directive("policies", PolicyList)
    return {"parallel_read_safe": True}
