"""The report as a document that any format can be written from: an analysis and the researcher's texts, in the order a journal expects."""

from __future__ import annotations

from collections.abc import Sequence

from qmethod.policies import describe
from qmethod.simulation import simulated_notice
from qmethod.solution import QSolution
from qmethod.wording import counted
from qmethod_analysis.folder.credited import credited
from qmethod_analysis.folder.loaded import Loaded, with_texts
from qmethod_analysis.interpretation.findings import summary
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.recipe.typed import shown
from qmethod_analysis.report import results, retention, view, viewpoint_sections
from qmethod_analysis.report.anonymous import SMALLEST_GROUP
from qmethod_analysis.report.blocks import Block, Document, Heading, ItemList, Paragraph, Placeholder, TableBlock, number_of, numbered, paragraphs
from qmethod_analysis.report.checklist import answers, coverage
from qmethod_analysis.report.common_ground import common, dividing, shared_answers
from qmethod_analysis.report.differences import differences
from qmethod_analysis.report.holders import holders
from qmethod_analysis.report.places import places
from qmethod_analysis.report.references import Cited, cited, references, rests_on
from qmethod_analysis.report.sections import SECTIONS, optional, section, written
from qmethod_analysis.report.words import words
from qmethod_analysis.words import narrative
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.narrative import decimal, every_notice, joined, viewpoints_counted

EVERY = "Every convention of this analysis"
UNNAMED = "The participants of this report are numbered anew and unnamed. Counts of answers that one or two people gave are left out."
NAMED = "Participants stand here under the names that the sorts have, so this is not for passing on where these tell who somebody is."


def build(loaded: Loaded, texts: Texts | None, *, anonymous: bool = False) -> Document:
    """The whole report.

    Parameters
    ----------
    loaded : Loaded
        For an anonymous report as `qmethod_analysis.report.anonymous.anonymised` makes it.
    texts : Texts or None
        The researcher's own words. With None the report has neither the places that only the researcher can fill nor the checklist.
    anonymous : bool, default False
        Whether to say that it is.
    """
    own = texts is not None
    texts = texts or Texts()
    loaded = with_texts(loaded, texts)
    blocks: list[Block] = [
        *_opening(loaded, texts, anonymous),
        *design(loaded, texts, anonymous=anonymous),
        *_analysis(loaded),
        *_how_many(loaded, texts),
        *results.factors(loaded),
        *viewpoint_sections.viewpoints(loaded),
        *holders(loaded, SMALLEST_GROUP if anonymous else 1),
        *common(loaded),
        *dividing(loaded),
        *viewpoint_sections.shared_and_parting(loaded, texts),
        *differences(loaded.solution, loaded.names),
        *places(loaded.solution, loaded.names),
        *results.statements(loaded),
        *results.loadings(loaded),
        *results.sureness(loaded),
        *optional(texts, "implications"),
        *optional(texts, "for_whom"),
        *closing(loaded, texts),
    ]
    shown = blocks if own else _without_places(blocks)
    found = cited(loaded, shown)
    appendix = [*_conventions(loaded.solution, found), *rests_on(found), *references(found)]  # which says itself what each convention means
    return Document(title(loaded, texts), texts.authors, "en", numbered([*shown, *appendix, *words(blocks)]))


def _without_places(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without those that speak to the researcher: places to fill, the checklist, and headings under which nothing is left."""
    checklist = next((i for i, block in enumerate(blocks) if isinstance(block, Heading) and block.id == "checklist"), len(blocks))
    after = next((i for i in range(checklist + 1, len(blocks)) if isinstance(blocks[i], Heading)), len(blocks))
    kept = [block for block in (*blocks[:checklist], *blocks[after:]) if not isinstance(block, Placeholder)]
    following = [*kept[1:], Heading(2, "", "")]
    return [
        block
        for block, then in zip(kept, following, strict=True)
        if not (isinstance(block, Heading) and isinstance(then, Heading) and then.level <= block.level)
    ]


def design(loaded: Loaded, texts: Texts, *, anonymous: bool = False) -> list[Block]:
    """How the study was made: Q set, grid, participants, collection.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    anonymous : bool, default False
    """
    return [*_q_set(loaded, texts), *_grid(loaded, texts), *_participants(loaded, texts, anonymous), *_collection(loaded, texts)]


def closing(loaded: Loaded, texts: Texts) -> list[Block]:
    """What stands at the end: limits, ethics, data, and the checklist.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    """
    return [*_limits(loaded, texts), *optional(texts, "funding"), *_checklist(loaded, texts)]


def title(loaded: Loaded, texts: Texts) -> str:
    """The researcher's title; else that of the recipe, of the study, of the file.

    Parameters
    ----------
    loaded : Loaded
    texts : Texts
    """
    study = loaded.background.study
    asked = f"{study.title.in_(loaded.background.language)}: a Q study" if study is not None else ""
    return texts.title or loaded.recipe.title or asked or f"Q analysis of {loaded.solution.data.origin().name}"


def _opening(loaded: Loaded, texts: Texts, anonymous: bool) -> list[Block]:
    solution, data = loaded.solution, loaded.solution.data
    first = (
        f"{viewpoints_counted(solution).capitalize()} from {narrative.sorts_counted(data)} of {counted(data.n_statements, 'statement')}; "
        f"{narrative.explained(solution)} of the variance between sorts."
    )
    blocks: list[Block] = [Paragraph(first, "lead"), *optional(texts, "summary"), *paragraphs(loaded.recipe.notes)]
    blocks.append(Paragraph(UNNAMED if anonymous else NAMED, "aside"))
    if defined(solution):
        blocks.append(Heading(2, "At a glance", "glance"))
        blocks.append(ItemList(tuple(_glance(loaded, f) for f in defined(solution))))
        shared = [*filter(None, [summary(loaded.interpretation.ground)]), *(one.sentence for one in loaded.groups)]
        shared += [f"{one.title} {one.sentence}" for one in shared_answers(loaded)]
        divided = [f"{one.title} {one.sentence}" for one in loaded.asked if one.differs]
        for heading, name, items in (("What all share", "all-share", shared), ("Where they differ", "all-differ", divided)):
            blocks += [Heading(3, heading, name), ItemList(tuple(items))] if items else []
    notices = every_notice(solution)
    if notices:
        blocks += [Heading(2, "Keep in mind", "notices"), ItemList(tuple(notice.message for notice in notices))]
    return blocks


def _glance(loaded: Loaded, f: int) -> str:
    """A viewpoint in a line, and whose words these are where they are those of a description."""
    one, n = loaded.called[f], int(loaded.solution.characteristics.n_defining[f])
    gist = " ".join(one.gist.split())
    borrowed = f" ({one.borrowed}; its source stands with the viewpoint.)" if one.borrowed else ""
    return f"{one.name} ({one.label}; {counted(n, 'defining sort')}): {gist}{borrowed}"


def _q_set(loaded: Loaded, texts: Texts) -> list[Block]:
    data = loaded.solution.data
    wording = f"Their full wording stands under “{SECTIONS['statements']}”." if any(data.texts) else "Their wording was not given to the analysis."
    return [
        section("q-set"),
        *written(texts, "concourse"),
        *written(texts, "q_set"),
        Paragraph(f"The Q set has {counted(data.n_statements, 'statement')}. {wording}"),
        *written(texts, "pilot"),
    ]


def _grid(loaded: Loaded, texts: Texts) -> list[Block]:
    solution, study, language = loaded.solution, loaded.background.study, loaded.background.language
    grid = solution.scores.grid
    kinds = {
        "median": "The sorts do not all share one distribution; the arrays of this report use the median of their ordered placements.",
        "design": "The grid is that of the design; not all sorts follow it.",
    }
    kind = kinds.get(solution.scores.grid_origin, "The distribution was forced: every sort follows this grid.")
    blocks: list[Block] = [section("grid"), Paragraph(kind)]
    rows = (("Statements", *(str(n) for n in grid.counts)),)
    places = tuple(place(solution, value) for value in grid.values)
    blocks.append(TableBlock("The grid", ("Place", *places), rows, "l" + "r" * len(places)))
    if study is not None:
        low, high = study.scale.low.in_(language), study.scale.high.in_(language)
        blocks.append(Paragraph(f"Its ends were called “{low}” ({places[0]}) and “{high}” ({places[-1]})."))
        blocks += paragraphs(texts.texts.get("scale", ""))
        blocks += [Paragraph("The condition of instruction was:"), Paragraph(study.condition.in_(language), "quote")]
        blocks += paragraphs(texts.texts.get("condition", ""))
    else:
        blocks += [*written(texts, "scale"), *written(texts, "condition")]
    return blocks


def _participants(loaded: Loaded, texts: Texts, anonymous: bool) -> list[Block]:
    solution, background = loaded.solution, loaded.background
    blocks: list[Block] = [section("participants"), *written(texts, "participants")]
    sentences = [f"{narrative.sorts_counted(solution.data)} {'was' if solution.data.n_sorts == 1 else 'were'} analysed."]
    if background.n_started is not None and background.n_submitted is not None:
        began = f"{counted(background.n_started, 'response')} had been begun, {background.n_submitted} of them finished"
        sentences.append(f"{began}; {background.n_declined or 0} declined.")
    blocks.append(Paragraph(" ".join(sentences)))
    if solution.excluded:
        rows = tuple((one.participant, one.reason) for one in solution.excluded)
        blocks.append(TableBlock("Sorts left out of the analysis", ("Sort", "Reason"), rows, "ll"))
    answered = tuple(results.answer_rows(background.questions, SMALLEST_GROUP if anonymous else 1))
    if answered:
        notes = (f"Options that fewer than {SMALLEST_GROUP} people chose are put together.",) if anonymous else ()
        blocks.append(TableBlock("What participants answered", ("Question", "Answer", "People"), answered, "llr", notes))
    return blocks


def _collection(loaded: Loaded, texts: Texts) -> list[Block]:
    background, versions = loaded.background, dict(loaded.solution.versions)
    blocks: list[Block] = [section("collection")]
    participants = loaded.solution.data.participants
    simulated = {who for notice in simulated_notice(participants) for who in notice.participants}
    if simulated:
        blocks.append(Paragraph("Nobody made the simulated sorts: a computer drew them."))
    if background.days and len(simulated) < len(participants):
        first, last = background.days[0], background.days[-1]
        when = f"on {first}" if first == last else f"between {first} and {last}"
        took = f" Half of them took {decimal(background.minutes, 0)} minutes or less." if background.minutes is not None else ""
        program = f"qmethod {versions['qmethod']}" if "qmethod" in versions else "qmethod"
        blocks.append(Paragraph(f"People sorted online, on pages that {program} serves; finished sorts were sent {when}.{took}"))
        blocks += paragraphs(texts.texts.get("administration", ""))
    elif not background.days:
        blocks += written(texts, "administration")
    known = [
        counted(len(background.questions), "question") + " whose answers can be counted" if background.questions else "",
        counted(len(background.comments), "comment") + " on cards" if background.comments else "",
    ]
    if any(known):
        blocks.append(Paragraph(f"Besides the sorts this report draws on {joined([words for words in known if words])}."))
    return [*blocks, *written(texts, "other_data")]


def _analysis(loaded: Loaded) -> list[Block]:
    solution, recipe = loaded.solution, loaded.recipe
    blocks: list[Block] = [section("analysis"), *(Paragraph(sentence) for sentence in narrative.methods(solution))]
    programs = joined([f"{name} {version}" for name, version in solution.versions])
    drawn = (("random sorts", recipe.retention), ("the bootstrap", recipe.bootstrap))
    seeds = [f"{asked.seed} for {what}" for what, asked in drawn if asked is not None]
    seed = f" The seed was {joined(seeds)}." if seeds else " Nothing was drawn at random for it."
    blocks.append(
        Paragraph(f"The analysis was made with {programs}, preset “{solution.policies.name}”.{seed} {number_of(EVERY)} has all conventions.")
    )
    if solution.rotation.by_hand:
        turns = zip(solution.rotation.by_hand, view.reasons(solution, recipe.rotations), strict=True)
        rows = tuple((f"{turn.first} towards {turn.second}", decimal(turn.degrees), reason) for turn, reason in turns)
        blocks.append(TableBlock("Rotations by hand, in their order", ("Factors", "Degrees", "Reason"), rows, "lrl"))
    if solution.manual_flags:
        flags = tuple((flag.participant, flag.factor, "yes" if flag.defines else "no", flag.reason) for flag in solution.manual_flags)
        blocks.append(TableBlock("Flags changed by hand", ("Sort", "Factor", "Defines it", "Reason"), flags, "llll"))
    return blocks


def _how_many(loaded: Loaded, texts: Texts) -> list[Block]:
    blocks: list[Block] = [section("how-many")]
    found = retention.how_many(loaded.solution, loaded.recipe, loaded.counted)
    if found is not None:
        blocks.append(Paragraph(found.advice[0]))
        if len(found.advice) > 1:
            blocks.append(ItemList(found.advice[1:]))
        blocks.append(Paragraph(f"{found.made} {found.command} {found.gives}."))
    if found is not None and found.criteria:
        blocks.append(TableBlock("What each criterion says", ("Criterion", "Viewpoints", "What it is worth"), found.criteria, "lrl"))
        rows = tuple((f"{k} (here)" if chosen else k, *cells) for k, cells, chosen in found.rows)
        notes = ((retention.LIKELY,) if found.likely else ()) + (retention.COLUMNS,)
        strong = frozenset((row, 0) for row, (_, _, chosen) in enumerate(found.rows) if chosen)
        heads = ("k", *retention.HEADERS)
        blocks.append(TableBlock("Solutions with each number of viewpoints", heads, rows, "l" + "r" * len(retention.HEADERS), notes, strong))
    return [*blocks, *written(texts, "choice")]


def _conventions(solution: QSolution, found: Cited) -> list[Block]:
    """Every convention: an appendix."""
    rows = []
    for policy in describe():
        value, standard = shown(getattr(solution.policies, policy["name"])), shown(policy["default"])
        rows.append((policy["name"], value, "" if value == standard else standard, policy["about"], found.behind(policy["name"])))
    header = ("Convention", "Value", "Standard, where it differs", "Meaning", "Source")
    return [section("conventions"), TableBlock(EVERY, header, tuple(rows), "lllll")]


def _limits(loaded: Loaded, texts: Texts) -> list[Block]:
    source = loaded.solution.data.origin()
    population = (
        "The viewpoints describe how the people who took part think. They say nothing about how many people in a population think so. "
        "Another set of statements could have shown other viewpoints."
    )
    data = (
        f"The sorts were read from {source.name} (SHA-256 {source.sha256}). Whoever has them can repeat this analysis byte for byte from its recipe "
        "with the command qmethod run analysis.toml."
    )
    return [
        section("limits"),
        Paragraph(population),
        *written(texts, "limits"),
        section("ethics"),
        *written(texts, "ethics"),
        section("open-data"),
        Paragraph(data),
        *((Paragraph(theirs.text),) if (theirs := credited(loaded)) is not None else ()),
        *written(texts, "open_data"),
    ]


def _checklist(loaded: Loaded, texts: Texts) -> list[Block]:
    given = answers(loaded, texts)
    counted = coverage(given)
    rows = tuple((str(item.number), item.what, answer.state, answer.remark or f"“{SECTIONS[item.section]}”") for item, answer in given)
    strong = frozenset((row, 2) for row, (_, answer) in enumerate(given) if answer.state == "to be written")
    summary = joined([f"{n} {state}" if state != "does not apply" else f"{n} that do not apply" for state, n in counted.items()])
    return [
        Heading(2, "Checklist", "checklist"),
        Paragraph(f"What a reader of a Q study looks for, and where it stands: of {len(given)} items {summary}."),
        TableBlock("The checklist", ("No.", "Item", "State", "Where, or what is missing"), rows, "rlll", strong=strong),
    ]
