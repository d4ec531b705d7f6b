"""Marked texts as HTML: what is marked comes out, and nothing else does."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qmethod_studies.formatting import html, marks, refused_links

ALLOWED = {"p", "br", "ul", "ol", "li", "strong", "em", "a"}


class Elements(HTMLParser):
    """The elements and attributes that a browser would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_marks_become_elements() -> None:
    said = "One\nline, **bold** and *soft*.\n\n- a\n- b\n\n1. c\n2. [d](https://example.org/?a=1&b=2)\n\n[mail](mailto:ana@example.org)"
    assert html(said) == (
        "<p>One<br>\nline, <strong>bold</strong> and <em>soft</em>.</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol>\n<li>c</li>\n"
        '<li><a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">d</a></li>\n</ol>\n'
        '<p><a href="mailto:ana@example.org" rel="noopener noreferrer">mail</a></p>'
    )


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "data:image/png;base64,AAAA",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.org",
        "/demo/leave",
        "java\tscript:x",
        "https:",
        "mailto:",
        "&#106;avascript:x",
        "\x01javascript:x",
    ],
)
def test_a_link_elsewhere_is_none_and_is_told(target: str) -> None:
    assert not [tag for tag, _ in Elements(html(f"[x]({target})")).found if tag == "a"]
    assert list(refused_links(f"[x]({target})")) or "\t" in target


@given(st.text(alphabet=st.sampled_from("ab <>&\"'*_[]()!-#`~|1.\n\\:/=") | st.characters(codec="utf-8"), max_size=80))
@example("<script>alert(1)</script>")
@example("![x](https://e.org/a.png)")
@example('[x](https://e.org/"onmouseover="y)')
@example("<https://e.org>")
def test_whatever_is_written_only_a_few_elements_come_out(text: str) -> None:
    for tag, attributes in Elements(html(text)).found:
        assert tag in ALLOWED
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else {"start"} if tag == "ol" else set())
        assert (attributes.get("href") or "https://x").startswith(("http://", "https://", "mailto:"))


@given(st.text(alphabet="abc XYZ.,;é汉?", min_size=1).filter(lambda text: text.strip()))
def test_text_without_marks_stays_itself(text: str) -> None:
    assert Elements(html(text)).text.split() == text.split()


def test_marks_are_found() -> None:
    assert marks("so **very** good") == "**very**"
    assert marks("see [here](https://example.org)") == "[here](https://example.org)"
    assert marks("2 * 3 * 4 and [sic] (no)") is None
