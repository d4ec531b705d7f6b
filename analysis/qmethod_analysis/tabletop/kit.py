"""All that is printed of a study, as the files of a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from qmethod.errors import DataError, Fault
from qmethod_analysis.folder.renewing import ELSEWHERE, OUT, earlier, foreign
from qmethod_analysis.folder.staging import finish, is_passing
from qmethod_analysis.report.formats import PaperName
from qmethod_analysis.report.pdf import compiled, missing
from qmethod_analysis.tabletop.board import Board, board
from qmethod_analysis.tabletop.marks import of_cards
from qmethod_analysis.tabletop.printed import ACROSS, DOWN, SMALLEST, Tiles, board_sheets, cards, instructions, score_sheet
from qmethod_studies.definition import SortCondition, Study
from qmethod_studies.parts import Text

CARDS, BOARD, SCORES, INSTRUCTIONS, RECORD = "cards.pdf", "board.pdf", "score-sheet.pdf", "instructions.pdf", "kit.json"


@dataclass(frozen=True, slots=True)
class Kit:
    """All that is printed of a study in one language.

    Parameters
    ----------
    files : mapping of str to bytes
        By name.
    sheets : mapping of str to int
        How many each PDF has.
    board : Board
    notes : tuple of str
        What is worth saying about it.
    """

    files: dict[str, bytes]
    sheets: dict[str, int]
    board: Board
    notes: tuple[str, ...]


def kit(study: Study, language: str = "", name: PaperName = "a4") -> Kit:
    """Everything that is needed to sort on a table.

    Parameters
    ----------
    study : Study
    language : str, optional
        Of the study; its first one where none is given.
    name : {'a4', 'letter'}

    Raises
    ------
    DataError
        If the study has no such language, a text does not fit into its room even in the smallest type, the board is larger than a table, a font lacks
        a sign, or Typst is not installed.
    """
    language = language or study.first_language
    if language not in study.languages:
        raise DataError([Fault(f"the study {study.study} has no language {language!r}", advice=f"It has {', '.join(study.languages)}.")])
    lacking = missing()
    if lacking is not None:
        raise lacking
    laid = board(study, study.direction(language))
    made = {
        CARDS: cards(study, language, name),
        BOARD: board_sheets(study, language, name, laid),
    }
    asked = {f"-{one.id}": _under(study, one) for one in study.conditions} if len(study.conditions) > 1 else {"": study}
    for ending, mine in asked.items():
        made[_of(SCORES, ending)] = score_sheet(mine, language, name, laid)
        made[_of(INSTRUCTIONS, ending)] = instructions(mine, language, name)
    contents = {file: _compiled(source) for file, source in made.items()}
    sheets = dict.fromkeys(made, 1) | {CARDS: ceil(len(study.ids) / (ACROSS * DOWN)), BOARD: len(Tiles.of(laid, name).parts)}
    notes = []
    if study.languages[language].draft:
        notes.append(f"{language} is a draft: no native speaker has read this translation yet.")
    if language.partition("-")[0] != "en":
        notes.append(f"The steps on {INSTRUCTIONS} and the notes in the margins are in English: a study has no words of its own for them.")
    return Kit({**contents, RECORD: _record(study, language, name, laid)}, sheets, laid, tuple(notes))


def _of(file: str, ending: str) -> str:
    """The file of a condition of instruction: ``scores-now.pdf``."""
    stem, dot, kind = file.rpartition(".")
    return f"{stem}{ending}{dot}{kind}"


def _under(study: Study, one: SortCondition) -> Study:
    """The study with one of its conditions of instruction, and its name above what is asked."""
    texts = {language: f"{one.name.in_(language)}\n{one.instruction.in_(language)}" for language in study.languages}
    return study.model_copy(update={"condition": Text(texts), "conditions": ()})


def check_folder(folder: Path, made: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Refuse to write a kit among other files, or over another one where that was not asked for.

    Parameters
    ----------
    folder : pathlib.Path
    made : mapping of str to bytes
        To be written.
    overwrite : bool
        Whether an earlier kit may go.

    Raises
    ------
    DataError
    """
    if folder.exists() and not folder.is_dir():
        raise DataError([Fault("this is a file; a kit is written into a folder", file=str(folder), advice=ELSEWHERE, settings=(OUT,))])
    finish(folder)
    there = {path.name: path for path in sorted(folder.iterdir()) if not is_passing(path)} if folder.is_dir() else {}
    other = [name for name in there if name not in made]
    if other or (there and not _is_record(there.get(RECORD))):
        raise DataError([foreign("kit", folder, other or there)])
    if not overwrite and any(there[name].read_bytes() != made[name] for name in there):
        raise DataError([earlier("kit", folder)])


def _is_record(path: Path | None) -> bool:
    try:
        return path is not None and "kit" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def _record(study: Study, language: str, name: PaperName, laid: Board) -> bytes:
    """What was printed, for whoever finds the folder, and for other programs."""
    found = {
        "kit": 1,
        "study": study.study,
        "version": study.version,
        "language": language,
        "paper": name,
        "dictionary": "DICT_4X4_1000",
        "board": {"direction": laid.direction, "wide_mm": laid.wide, "high_mm": laid.high, "marks": list(laid.marks)},
        "cards": [{"number": n, "statement": one, "mark": mark} for n, (one, mark) in enumerate(zip(study.ids, of_cards(study), strict=True), 1)],
    }
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def _compiled(source: str) -> bytes:
    import typst

    try:
        return compiled(source)
    except typst.TypstError as error:
        raise _beyond(str(error)) from None


def _beyond(said: str) -> DataError:
    """What does not fit, out of what Typst says."""
    found = re.search(r"beyond:([^\"\\]*)", said)
    if found is None:
        raise RuntimeError(f"Typst refused a page of the kit: {said}")
    advice = f"Shorten it: in {SMALLEST:g} point, the smallest type that is legible on a table, it does not fit."
    return DataError([_unfit(key, advice) for key in found[1].split()])


def _unfit(key: str, advice: str) -> Fault:
    if key.startswith("field:"):
        return Fault(f"`{key.removeprefix('field:')}` is too long for its room on paper", advice=advice)
    return Fault("the text is too long for a card", statement=key, advice=advice)
