"""What one response may take of the store: more than a person comes to, and a bound for a program that sends without end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from qmethod_studies.store.keyring import sealed_bytes

MOST_ACTS = 5_000
"""Acts that are kept of one response. The whole of the study that ships takes about a hundred; after these a stage can still be finished, so that
whoever comes so far can send what is there."""
MOST_TEXT = 250_000
"""Bytes that the comments and answers of one response take together as they are stored, sealed: 187,000 of UTF-8, or 62,000 Chinese characters."""
VISIT_APART = timedelta(minutes=10)
"""For so long after a visit of a stage another one is no event of its own: it is the same page, loaded again."""
MOST_BROWSERS = 20
"""Devices on which one person is known at the same time; one more, and the one that would be forgotten first is."""


def text_bytes(comments: Mapping[str, str], answers: Mapping[str, Any]) -> int:
    """Bytes that comments and answers take as they are stored.

    Parameters
    ----------
    comments, answers : mapping
        As a response holds them.
    """
    return sum(map(sealed_bytes, (*comments.values(), *answers.values())))
