"""What one response may take of the store: more than a person comes to, and a bound for a program that sends without end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

MOST_ACTS = 5_000
"""Acts that are kept of one response. The whole of the study that ships takes about a hundred; after these a stage can still be finished, so that
whoever comes so far can send what is there."""
MOST_TEXT = 250_000
"""Bytes of UTF-8 that the comments and answers of one response hold together: some 40,000 words of English, 80,000 Chinese characters."""
VISIT_APART = timedelta(minutes=10)
"""For so long after a visit of a stage another one is no event of its own: it is the same page, loaded again."""
MOST_BROWSERS = 20
"""Devices on which one person is known at the same time; one more, and the one that would be forgotten first is."""


def text_bytes(comments: Mapping[str, str], answers: Mapping[str, Any]) -> int:
    """Bytes that comments and answers take.

    Parameters
    ----------
    comments, answers : mapping
        As a response holds them.
    """
    return sum(len(text.encode()) for text in comments.values()) + sum(_answer_bytes(value) for value in answers.values())


def _answer_bytes(value: Any) -> int:
    return len((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode())
