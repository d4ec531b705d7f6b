"""Names of participants are found in every spelling, and ordinary words are not taken for them."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pypdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qmethod.errors import DataError
from qmethod_analysis.interpretation.background import Comment
from qmethod_analysis.recipe.recipe import Turn
from qmethod_analysis.recipe.texts import KEYS, OPTIONAL, Own, Texts, Theme
from qmethod_analysis.report.leaks import FEW_LETTERS, check, words
from qmethod_analysis.report.privacy import people_named
from qmethod_analysis.report.writing import write_formats
from qmethod_analysis.site.pages import Published
from qmethod_analysis.site.publish import site
from qmethod_analysis.words.people import named, parts, plain_words
from tests.analysis.report_cases import named as study_of

PEOPLE = ("Alice Smith", "Dr. Anna Müller 1", "Østergård", "AB-07", "Bob", "Łukasz Żak", "José Núñez", "Grace O'Neill")
SPELT = (
    *("alice smith", "ALICE SMITH", "A. Smith", "Smith, Alice", "Alice  Smith", "alice_smith", "Alice\u00a0Smith", "with Smith"),
    *("Müller", "Mueller", "MULLER", "Ostergard", "OESTERGAARD", "østergård", "AB-07", "ab-07", "bob.", "(BOB)", "Lukasz Zak", "zak", "jose nunez"),
    *("Nu\u0303n\u0303ez and José", "O’Neill, Grace", "GRACE O'NEILL"),
)
HARMLESS = ("art and craft", "bobbin", "a smithy", "alicea", "r = .07", "AB 7", "no one", "s12 and p12", "Anne", "1 of 12")


@pytest.mark.parametrize("spelt", SPELT)
def test_every_spelling_is_found(spelt: str) -> None:
    assert named([f"What {spelt} said."], PEOPLE, parts(PEOPLE))


@pytest.mark.parametrize("words", HARMLESS)
def test_ordinary_words_are_not(words: str) -> None:
    assert named([words], PEOPLE, parts(PEOPLE)) == []


@given(
    st.sampled_from(PEOPLE[:1] + PEOPLE[4:]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from([" ", "\u00a0", ", ", "-", "_"]),
)
def test_capitals_and_what_stands_between_make_no_difference(name: str, case, between: str) -> None:
    words = name.split()
    for order in (words, words[::-1]):
        assert named([f"see {case(between.join(order))}!"], [name]) or len(words) > 2


def test_a_word_of_many_names_identifies_nobody_and_two_lines_are_no_name() -> None:
    crowd = [f"Participant {who}" for who in ("Adams", "Baker", "Clark", "Davis")]
    assert named(["every participant"], crowd, parts(crowd)) == []
    assert named(["Clark came"], crowd, parts(crowd))
    assert named(["Alice", "Smith"], ["Alice Smith"]) == []
    assert plain_words("ﬁnal") == " final "


def test_nothing_that_names_somebody_is_published_whatever_holds_it() -> None:
    loaded = study_of(PEOPLE)
    for spelt in ("alice smith", "Smith, Alice", "Ostergard", "MUELLER"):
        for texts, beside in (
            (Texts(title=f"By {spelt}"), {}),
            (Texts(authors=spelt), {}),
            (Texts(viewpoints={"f1": Own(gist=f"As {spelt} says")}), {}),
            (Texts(), {"LICENSE": f"Copyright {spelt}".encode()}),
            (Texts(), {"CITATION.cff": f"authors:\n  - name: {spelt}\n".encode()}),
        ):
            mine = replace(loaded, own=texts.viewpoints) if texts.viewpoints else loaded
            assert people_named(mine, texts, beside), (spelt, texts, beside)
    with pytest.raises(Exception, match=r"the file LICENSE holds 'Bob', which is the name of a participant"):
        site([Published(loaded, "study", Texts(), {"LICENSE": b"BOB, all rights reserved"})])
    assert not people_named(loaded, Texts(may_stand=("bob",)), {"LICENSE": b"bob"})


def test_an_anonymous_report_is_searched_for_every_spelling() -> None:
    for spelt in ("ALICE SMITH", "Smith, Alice", "ostergard"):
        with pytest.raises(Exception, match="the name of a participant"):
            check({"report.md": f"As {spelt} put it.".encode()}, {}, PEOPLE, ())
    check({"report.md": b"Nobody is named, r = .07."}, {}, PEOPLE, ())


PLANTED = ("alice smith", "A. ALICE SMITH", "Smith, Alice", "Müller", "MUELLER", "Anna Müller", "ostergard", "Østergård", "ab-07", "lukasz zak")
TEXTS = ("title", "authors", *KEYS, *OPTIONAL, "name", "gist", "story", "question")
ELSEWHERE = ("title of the recipe", "note of the recipe", "reason of a rotation", "comment", "LICENSE", "CITATION.cff", "statement")


def planted(words: str, where: str):
    """A study with words in one place."""
    one, texts, beside = study_of(PEOPLE), Texts(), {}
    if where in ("title", "authors"):
        texts = replace(texts, **{where: words})
    elif where in ("name", "gist", "story"):
        texts = replace(texts, viewpoints={"f1": Own(**{where: words})})
    elif where == "question":
        texts = replace(texts, themes=(Theme(words, ("1",)),))
    elif where in TEXTS:
        texts = replace(texts, texts={where: words})
    elif where in ("LICENSE", "CITATION.cff"):
        beside = {where: f"Copyright {words}".encode()}
    elif where == "statement":
        data = replace(one.solution.data, texts=(words, *[f"Statement {i}." for i in range(len(one.solution.data.statements) - 1)]))
        one = replace(one, solution=replace(one.solution, data=data))
    elif where == "comment":
        said = (Comment("Bob", one.solution.data.statements[0], words, 1.0),)
        one = replace(one, background=replace(one.background, comments=said))
    else:
        turns = (Turn(1, 2, 5.0, reason=words),) if where.startswith("reason") else ()
        told = {"title": words} if where.startswith("title") else {"notes": words} if where.startswith("note") else {}
        one = replace(one, recipe=replace(one.recipe, rotations=turns, **told))
    return one, texts, beside


def unpacked(files: dict[str, bytes]) -> list[str]:
    """What stands in files, whatever is in them; of a PDF its text, of a picture what is spelt out, since packed bytes spell anything."""
    found = []
    for name, content in files.items():
        if name.endswith((".zip", ".docx", ".xlsx")):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                found += unpacked({f"{name}/{part}": packed.read(part) for part in packed.namelist()})
        elif name.endswith(".pdf"):
            paper = pypdf.PdfReader(io.BytesIO(content))
            told = [str(value) for value in (paper.metadata or {}).values()]
            found += [name, *told, *"\n".join(page.extract_text() for page in paper.pages).splitlines()]
        elif b"\0" in content:
            found += [name, *(spelt.decode() for spelt in re.findall(rb"[ -~]{8,}", content))]
        else:
            found += [name, *content.decode("utf-8", "replace").splitlines()]
    return found


@pytest.mark.parametrize("where", [*TEXTS, *ELSEWHERE])
@pytest.mark.parametrize("spelt", PLANTED)
def test_no_name_leaves_in_any_spelling_from_any_place(spelt: str, where: str) -> None:
    """Either nothing is written, or nothing of it holds the words."""
    words = f"As {spelt} put it at length."
    one, texts, beside = planted(words, where)
    formats = ("html", "docx", "xlsx", "md", "pdf") if spelt == PLANTED[0] else ("html", "md")
    part = spelt in ("Müller", "MUELLER")  # in a statement, which everybody sorted, a part of a name is an ordinary word
    made = []
    for write in (lambda: write_formats(one, texts, formats, anonymous=True).files, lambda: site([Published(one, "s", texts, beside)])):
        try:
            made.append(write())
        except DataError as error:
            assert "stands in it" in str(error) or "is the name of a participant" in str(error)  # noqa: PT017
    for files in made:
        lines, said = unpacked(files), plain_words(words)
        assert not [line for line in lines if said in plain_words(line)] or (part and where == "statement")
        assert not named(lines, PEOPLE)


def test_what_nobody_is_named_in_does_leave() -> None:
    for where in (*TEXTS, *ELSEWHERE):
        one, texts, beside = planted("As somebody put it at length.", where)
        assert write_formats(one, texts, ("md",), anonymous=True).files
        said = unpacked(site([Published(one, "s", texts, beside)]))
        assert any("somebody put it at length" in line for line in said) == (where not in ("reason of a rotation", "comment", "question", "scale")), (
            where
        )


CITED = ("Smith, A. (1999). Bob & Co: “Ostergard” revisited.", "Bob & Co", "Bob & Co, Alice Smith", "Kolb, Bob, Co", "Alice Smith", "Bob")
LINES = (*CITED, "As Bob put it.", "ALICE SMITH", "Bob & Co b, Ostergard")
SIGNS = (str, lambda line: line.replace("&", "\\&amp;"), lambda line: re.sub(r"([.&():,])", r"\\\1", line), str.upper, lambda line: f"x{line}7")
WRITTEN = st.builds(
    lambda line, marked, more: marked(line) + more, st.sampled_from(LINES), st.sampled_from(SIGNS), st.sampled_from(["", " Bob", " it  is"])
)


def one_by_one(lines: list[str], comments: tuple[str, ...], ours: list[str]) -> tuple[list[str], list[str]]:
    """Which names and comments stand in a file, found the long way: every line is searched for every text of ours."""
    signs = [[rf"\\?{re.escape(sign)}" if sign != "&" else r"\\?&(?:amp;)?" for sign in text] for text in sorted(ours, key=len, reverse=True)]
    cited = re.compile("|".join("".join(marked) for marked in signs) or "(?!)")
    left = [cited.sub(" ", " ".join(line.split())) for line in lines]
    return named(left, PEOPLE), [said for said in comments if (said in left if len(said) <= FEW_LETTERS else said in "\n".join(left))]


@settings(max_examples=400)
@example(files=[["xKolb, Bob, Co7"]], ours=["Kolb, Bob, Co"])
@example(files=[["Bob & Co, Alice Smith"]], ours=["Bob & Co", "Bob & Co, Alice Smith"])
@given(
    files=st.lists(st.lists(WRITTEN, max_size=2), min_size=1, max_size=3),
    ours=st.lists(st.sampled_from(CITED), max_size=4, unique=True),
)
def test_files_searched_together_are_searched_as_one_by_one(files: list[list[str]], ours: list[str]) -> None:
    """A line that stands in several files, or that quotes what names authors, hides nobody and accuses nobody."""
    comments = ("Bob", "it is", "As Bob put it")
    expected = []
    for i, lines in enumerate(files):
        names, said = one_by_one(words(f"{i}.md", "\n".join(lines).encode()), comments, ours)
        expected += [(f"{i}.md", f"{who!r}, stands") for who in names] + [(f"{i}.md", f"stands in it: {one!r}") for one in said]
    made = {f"{i}.md": "\n".join(lines).encode() for i, lines in enumerate(files)}
    found = []
    try:
        check(made, {}, PEOPLE, comments, ours)
    except DataError as error:
        found = [(fault.file, fault.message) for fault in error.faults]
    assert len(found) == len(expected)
    for (file, message), (where, what) in zip(found, expected, strict=True):
        assert file == where
        assert what in message
