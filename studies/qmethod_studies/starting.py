"""A small study to start from: whole, valid, and explained line by line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qmethod.errors import DataError, Fault
from qmethod_studies.languages import language_name
from qmethod_studies.loading import STATEMENTS_FILE, STUDY_FILE
from qmethod_studies.parts import StudyId, is_language_code
from qmethod_studies.questions import KINDS
from qmethod_studies.schema import SCHEMA_FILE, as_text
from qmethod_studies.writing import EDITOR_LINE

STATEMENTS = (
    ("s1", "A park needs large old trees more than anything else.", "nature"),
    ("s2", "Flower beds are worth the work they take.", "nature"),
    ("s3", "Some of a park should be left to grow wild.", "nature"),
    ("s4", "Playgrounds belong in the middle of a park, not at its edge.", "people"),
    ("s5", "People should be free to picnic on every lawn.", "people"),
    ("s6", "A park is at its best when there are events in it.", "people"),
    ("s7", "Dogs should run free in a good part of the park.", "rules"),
    ("s8", "A park should be open all night.", "rules"),
    ("s9", "Cyclists should get off and push.", "rules"),
)

# A text between two ~ becomes one text for each language.
_TEMPLATE = """\
# A study, field by field. `qmethod study check` reads it and says what is wrong, with the line.
# Texts stand as they are shown; put one in quotes where it holds a colon followed by a blank, or begins with a sign such as * or @.

# Short name of the study: part of addresses and file names. Small letters, figures and hyphens.
study: {name}
# Raise it when you change the structure (statements, grid, questions, consent) after the first response.
version: 1

# The languages the study speaks, by their codes; the first is the one the statements were written in.
# `draft: true` says that no native speaker has read the translation yet; the pages then say so too.
languages:
{languages}

title: ~What makes a good park~
# The condition of instruction: the question that every sort answers. It stands above the board all the time.
condition: ~How well does each statement describe the park you would like?~

# The grid: how many statements each column takes. The counts must add up to the number of statements.
grid: {{-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}}
# forced: each column takes just its number. free: people may put any number into a column.
distribution: forced
# What the two ends of the grid mean.
scale:
  low: ~Least like the park I want~
  high: ~Most like the park I want~

# What columns between the ends mean, where you like to say it.
# labels:
#   0: ~Neither like it nor unlike it~

# Words of the pages as your study says them. `qmethod study words {name} --language {first}` lists the others.
words:
{words}

# A logo from this folder (PNG, JPEG, WebP or GIF), and the colour of buttons and links.
# look: {{logo: logo.png, alt: Name of the university, accent: '#0b5566'}}

# How long it takes; told on the first page.
minutes: 10
# Name and address that people can write to. Shown with the consent text.
contact: ""

# With this, in welcome, consent, thanks, closed and information: - or 1. begins an item of a list, **bold**, *emphasis*, [a link](https://example.org).
formatted: true
welcome: ~Thank you for your interest in our study of parks. You will read nine statements and place them on a board. There are no right answers.~
# What people agree to before they begin. Have it read by whoever is responsible for ethics and data protection where you work.
consent: ~Taking part is voluntary. You can stop at any time without giving a reason, and withdraw your answers later with the code that \
you are given when you agree. We store how you place the statements and what you answer, every move with its time, your language, and that and when \
you agreed; of people who decline, that somebody did and on which day. We do not ask for your name. We use it for research on parks.~
thanks: ~Thank you. Your answers have been stored.~

# Optional stages. presort: three piles first. refine: pick for each column from the piles, outermost first. why: comments on the outermost cards.
stages: {{presort: true, refine: true, why: true}}
# Whether the first look offers a practice with three cards that are not of the study.
# practice: true
# Whether choosing may leave cards to the computer, which spreads them by chance and marks them: true, false, or neutral for cards called neutral.
# no_difference: true
# columns: how many columns at each end are asked about. minimum_words: 0 makes the comments optional. any_card: other cards may be commented on too.
why: {{columns: 1, minimum_words: 0, any_card: true}}

# Questions before and after the sort. One of each type:
{kinds}
questions:
  before:
    - id: visits
      type: choice
      label: ~How often do you visit a park?~
      required: true
      options:
        often: ~Every week or more~
        sometimes: ~Now and then~
        never: ~Hardly ever~
  after:
    - id: reason
      type: long_text
      label: ~What keeps you from visiting?~
      # Shown only to people who gave one of these answers to an earlier question.
      show_if: {{question: visits, is: [sometimes, never]}}
    - id: ease
      type: rating
      label: ~How easy was it to place the statements?~
      minimum: 1
      maximum: 5
      low: ~Very hard~
      high: ~Very easy~

# Who may take part. open: whoever has the address. code: whoever has a code too. link: by personal link.
access:
  kind: open
  # The part of the address that carries a participant's id: ...?participant=ID
  participant_parameter: participant
  # Where a panel wants people back; {{participant}} and {{receipt}} are filled in. The receipt stands in
  # the export too; it is computed from the respondent's code, and neither opens nor deletes anything.
  # return_link: https://panel.example.org/done?id={{participant}}

# Between which days people can begin, and how many may finish; take the # away from what you need. A day begins and ends at midnight UTC; a moment
# bears its time zone: 2027-05-31 18:00 +02:00.
# opens: 2027-05-01
# closes: 2027-05-31
# A place is kept for 24 hours after the last thing that somebody who has begun did; other hours: {{finished: 40, hours: 6}}.
# quota: 40
# Whether people who have begun may finish after that.
# begun_may_finish: true
# What people read who come when the study is closed or full, in place of our own words.
# closed: ~Thank you for your interest. We have all the sorts that we need.~

# Whether each respondent meets the statements in an order of their own. The order is recorded.
shuffle: true
# For researchers; shown to nobody.
notes: The statements stand in statements.csv, beside this file.
"""


def starting_files(name: str, languages: Sequence[str]) -> dict[str, str]:
    """The files of a new study.

    Parameters
    ----------
    name : str
        Short name of the study.
    languages : sequence of str
        Codes of its languages. The texts are English; in any other language they stand untranslated and are marked as draft.

    Returns
    -------
    dict of str to str
        Content by name of the file: ``study.yaml``, ``statements.csv`` and ``study.schema.json``.

    Raises
    ------
    DataError
        For a name or a code that no study can have, and for a language given twice.
    """
    faults = []
    if not _is_name(name):
        advice = "Take small letters, figures and hyphens, a letter first, at most 40: my-park."
        faults.append(Fault(f"{name!r} cannot be the short name of a study", advice=advice))
    for code in languages:
        if not is_language_code(code):
            faults.append(Fault(f"{code!r} is no code of a language", advice="Codes are such as en, es or zh-Hans, parted by commas."))
    if len(set(languages)) < len(languages) or not languages:
        faults.append(Fault(f"each language is named once; got {', '.join(languages) or 'none'}"))
    if faults:
        raise DataError(faults)
    return {STUDY_FILE: EDITOR_LINE + _yaml(name, languages), STATEMENTS_FILE: _csv(languages), SCHEMA_FILE: as_text()}


def _is_name(value: str) -> bool:
    adapter: TypeAdapter[str] = TypeAdapter(StudyId)
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def _yaml(name: str, languages: Sequence[str]) -> str:
    names = {code: json.dumps(own, ensure_ascii=False) if "," in (own := language_name(code)) else own for code in languages}
    spoken = "\n".join(f"  {code}: {{name: {names[code]}{'' if code == 'en' else ', draft: true'}}}" for code in languages)
    words = "\n".join(f"  {code}:\n    piles.agree: Like the park I want\n    piles.disagree: Unlike the park I want" for code in languages)
    lines = _TEMPLATE.format(name=name, first=languages[0], languages=spoken, kinds=_kinds(), words=words)
    return re.sub(r"^((?:# )?[ -]*)([a-z_0-9]+): ~(.*)~$", lambda match: _text(match[1], match[2], match[3], languages), lines, flags=re.MULTILINE)


def _kinds() -> str:
    """A question of each kind, a line each, as comments."""
    return "\n".join(f"#   - {flow(kind.example())}" for kind in KINDS.values())


def flow(value: Any) -> str:
    """A value in one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False) if re.search(r"[,:#{}\[\]]", str(value)) else str(value)


def _text(indent: str, key: str, text: str, languages: Sequence[str]) -> str:
    quoted = json.dumps(text, ensure_ascii=False) if re.search(r": |#", text) else text
    if len(languages) == 1:
        return f"{indent}{key}: {quoted}"
    inner = f"{indent}  " if indent.startswith("#") else " " * (len(indent) + 2)
    return "\n".join([f"{indent}{key}:", *(f"{inner}{code}: {quoted}" for code in languages)])


def _csv(languages: Sequence[str]) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["id", *(["text"] if len(languages) == 1 else [f"text_{code}" for code in languages]), "tags"])
    for name, text, tag in STATEMENTS:
        table.writerow([name, *[text] * len(languages), tag])
    return out.getvalue()
