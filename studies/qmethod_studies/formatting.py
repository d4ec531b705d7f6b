"""Texts with paragraphs, lists, bold, emphasis and links, as their authors mark them in plain text. Nothing in them is taken for HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

SCHEMES = ("http", "https", "mailto")
"""Where a link of a text may lead."""
_LINK = re.compile(r"\[[^\[\]]*\]\(\s*<?([^)\s>]*)")
_MARKED = re.compile(r"\*\*[^*\n]+\*\*|\[[^\[\]\n]+\]\((?:https?://|mailto:)[^)\s]+\)")


def html(text: str) -> str:
    """A marked text as HTML.

    Parameters
    ----------
    text : str
        Blank lines part paragraphs, and a line ends where it ends. ``- `` or ``1. `` in front makes an item of a list, ``**`` around words makes them
        bold, ``*`` emphasises them, and ``[words](https://example.org)`` is a link.

    Returns
    -------
    str
        Of ``p``, ``br``, ``ul``, ``ol``, ``li``, ``strong``, ``em`` and ``a``; every other sign is itself.
        What leads elsewhere than `SCHEMES` stays text.
    """
    return str(_reader().render(text)).strip()


def refused_links(text: str) -> Iterator[str]:
    """Where links of a marked text lead to that lead nowhere on a page."""
    return (target for target in _LINK.findall(text) if not _leads(target))


def marks(text: str) -> str | None:
    """The first words of a text that are marked as bold or as a link; None where none are."""
    found = _MARKED.search(text)
    return found[0] if found else None


def _leads(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.netloc or (parts.scheme == "mailto" and parts.path))


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("zero", {"html": False, "breaks": True}).enable(["newline", "escape", "emphasis", "link", "list"])
    reader.validateLink = _leads  # type: ignore[method-assign, assignment]
    reader.add_render_rule("link_open", _link)
    return reader


def _link(self: Any, tokens: Any, idx: int, options: Any, env: Any) -> str:
    tokens[idx].attrSet("rel", "noopener noreferrer")
    return str(self.renderToken(tokens, idx, options, env))
