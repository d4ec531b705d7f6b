"""The words of a study: its own in place of those that the pages have, and which texts of the pages nobody has said in a language yet."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from qmethod_studies.languages import INTERFACE_SOURCE, interface_texts, interface_translations, language_name

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "piles.agree": "Agree",
        "piles.neutral": "Neutral or unsure",
        "piles.disagree": "Disagree",
        "presort.instruction": "Put each statement on one of three piles. A first impression is enough: you can change everything later.",
        "refine.most": "Of these, which are most like it?",
        "refine.least": "Of these, which are least like it?",
        "refine.same": "These %(n)s make no difference to me",
        "board.instruction": "Choose a card, then a column.",
        "board.done": "All cards are placed. Move any you like, then continue.",
        "list.instruction": "Choose a column for each statement. “Count” saves and shows how many each column has.",
        "why.question": "Why did you place these cards where they are?",
        "why.instruction": "A sentence or two helps us understand. You may leave any of them empty.",
        "review.instruction": "This is what you will send. You can still change all of it.",
        "thanks.title": "Thank you. Your sort has arrived.",
        "stages.before": "About you",
        "stages.presort": "First look",
        "stages.refine": "Choosing",
        "stages.board": "The board",
        "stages.why": "Your reasons",
        "stages.after": "Questions",
        "stages.review": "Check and send",
        "buttons.begin": "Begin",
        "buttons.agree": "I agree and begin",
        "buttons.decline": "I decline",
        "buttons.continue": "Continue",
        "buttons.back": "Back",
        "buttons.previous": "Previous card",
        "buttons.undo": "Undo",
        "buttons.redo": "Redo",
        "buttons.send": "Send my sort",
    }
)
"""Names for the texts of the pages that studies change most. They stay when a text is reworded; every text goes by its English wording too."""

PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
"""Where the pages put a value into a text."""

_FEW = 5
"""How many texts a message quotes."""

Tables = Mapping[str, Mapping[str, str]]
"""Words by language, then by name or English text, as ``words`` of ``study.yaml`` has them."""


def own_words(words: Tables, language: str) -> dict[str, str]:
    """What a study says in place of the pages.

    Parameters
    ----------
    words : mapping of str to mapping of str to str
        Of the study.
    language : str

    Returns
    -------
    dict of str to str
        By English text. What is left empty is not said.
    """
    return {NAMES.get(key, key): text for key, text in words.get(language, {}).items() if text.strip()}


def unsaid(words: Tables, language: str) -> tuple[str, ...]:
    """The texts of the pages that neither a catalogue nor the words of the study say in a language.

    Parameters
    ----------
    words : mapping of str to mapping of str to str
        Of the study.
    language : str
    """
    said = interface_translations(language).keys() | own_words(words, language).keys()
    return tuple(text for text in interface_texts() if text not in said)


def unspoken(words: Tables, languages: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The languages in which respondents would read their study between English buttons: those without a catalogue or a whole table of words.

    Parameters
    ----------
    words : mapping of str to mapping of str to str
        Of the study.
    languages : mapping of str to str
        Names of its languages, by code.

    Yields
    ------
    code, message, advice : str
    """
    for code, name in languages.items():
        if interface_translations(code) or not (left := unsaid(words, code)):
            continue
        some = ", ".join([repr(text) for text in _ordered() if text in left][:_FEW])
        few = f", such as {some}" if len(left) > _FEW else f": {some}"
        message = (
            f"the pages have no words in {name} ({code}) for {len(left)} of their {len(interface_texts())} texts, which respondents would read in "
            f"{language_name(INTERFACE_SOURCE)}{few}"
        )
        advice = f"`qmethod study words STUDY --language {code}` writes the table of all texts, to fill in under `words`, or take the language out."
        yield code, message, advice


def odd_words(table: Mapping[str, str]) -> Iterator[tuple[str, str, str | None]]:
    """What is wrong with the words of a language.

    Parameters
    ----------
    table : mapping of str to str
        By name or English text.

    Yields
    ------
    key, message : str
    advice : str or None
    """
    texts = set(interface_texts())
    given: dict[str, str] = {}
    for key, word in table.items():
        text = NAMES.get(key, key)
        if text not in texts:
            near = difflib.get_close_matches(key, [*NAMES, *interface_texts()], 1)
            advice = f"Did you mean {near[0]!r}?" if near else "`qmethod study words` lists all texts of the pages, and the names that some have."
            yield key, f"the pages have no text {key!r}", advice
        elif (other := given.setdefault(text, key)) != key:
            yield key, f"{other!r} and {key!r} are the same text", "Keep one of them."
        elif word.strip() and (fault := _changed_placeholders(text, word)):
            yield key, fault, f"The text is: {text}"


def _changed_placeholders(text: str, word: str) -> str:
    """How the places for values differ; empty where they do not."""
    wanted, got = ({found[0] for found in PLACEHOLDER.finditer(one)} for one in (text, word))
    if wanted == got:
        return ""
    lost, new = ", ".join(sorted(wanted - got)), ", ".join(sorted(got - wanted))
    return f"{'it lacks ' + lost if lost else ''}{' and ' if lost and new else ''}{'nothing fills in ' + new if new else ''}"


def table(words: Tables, language: str) -> str:
    """A table of words to fill in, as YAML: each text of the pages with its English beside it.

    Parameters
    ----------
    words : mapping of str to mapping of str to str
        What the study has already; it is kept.
    language : str

    Returns
    -------
    str
        To be pasted into ``study.yaml``.
    """
    own, known = own_words(words, language), interface_translations(language)
    names = {text: name for name, text in NAMES.items()}
    head = (
        f"# Words of the pages in {language_name(language)} ({language}), for study.yaml. {_state(language, len(unsaid(words, language)))}\n"
        "# What stands in braces or as %(...)s is filled in by the pages and has to stay.\n"
    )
    return head + f"words:\n  {language}:\n" + "".join(_entry(names.get(text, text), text, own.get(text, ""), known.get(text)) for text in _ordered())


def _ordered() -> list[str]:
    """All texts of the pages, those that have a name first."""
    named = list(NAMES.values())
    return [*named, *(text for text in interface_texts() if text not in named)]


def _state(language: str, left: int) -> str:
    if interface_translations(language):
        return "What you leave empty, the pages say as they do now."
    return f"{left} texts are still to be written." if left else "All texts are written."


def _entry(key: str, text: str, word: str, known: str | None) -> str:
    said = f"    # {text}\n" if key != text else ""
    if known is not None and known != text:
        said += f"    # now: {known}\n"
    return f"{said}    {_quoted(key) if key == text else key}: {_quoted(word)}\n"


def _quoted(text: str) -> str:
    """A text in double quotes, as YAML has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
