"""The report as a document that any format can be written from: an analysis and the researcher's texts, in the order a journal expects."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from qmethod.policies import describe
from qmethod.simulation import simulated_notice
from qmethod.solution import QSolution
from qmethod_analysis.folder.credited import credited
from qmethod_analysis.folder.loaded import Loaded, with_texts
from qmethod_analysis.interpretation.findings import summary
from qmethod_analysis.recipe.texts import Texts
from qmethod_analysis.recipe.typed import shown
from qmethod_analysis.report import results, retention, view, viewpoint_sections
from qmethod_analysis.report.anonymous import SMALLEST_GROUP
from qmethod_analysis.report.blocks import Block, Document, Heading, ItemList, Paragraph, Placeholder, TableBlock, number_of, numbered, paragraphs
from qmethod_analysis.report.checklist import DOES_NOT_APPLY, FILLED, TO_WRITE, answers, coverage
from qmethod_analysis.report.common_ground import common, dividing, shared_answers
from qmethod_analysis.report.differences import differences
from qmethod_analysis.report.holders import holders
from qmethod_analysis.report.places import places
from qmethod_analysis.report.references import Cited, cited, references, rests_on
from qmethod_analysis.report.sections import optional, section, written
from qmethod_analysis.report.words import words
from qmethod_analysis.words import narrative
from qmethod_analysis.words.labels import defined, place
from qmethod_analysis.words.language import N_, _, draft_note, language, ngettext, number
from qmethod_analysis.words.narrative import decimal, every_notice, joined, statements_counted, viewpoints_counted
from qmethod_analysis.words.notices import advised, said
from qmethod_studies.marks import SENTENCES

EVERY = N_("Every convention of this analysis")
UNNAMED = N_("The participants of this report are numbered anew and unnamed. Counts of answers that one or two people gave are left out.")
NAMED = N_("Participants stand here under the names that the sorts have, so this is not for passing on where these tell who somebody is.")


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
    return Document(title(loaded, texts), texts.authors, language(), numbered([*shown, *appendix, *words(blocks)]))


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
    asked = _("{matter}: a Q study", matter=study.title.in_(loaded.background.language)) if study is not None else ""
    return texts.title or loaded.recipe.title or asked or _("Q analysis of {source}", source=loaded.solution.data.origin().name)


def _opening(loaded: Loaded, texts: Texts, anonymous: bool) -> list[Block]:
    solution, data = loaded.solution, loaded.solution.data
    first = _(
        "{viewpoints} from {sorts} of {statements}; {explained} of the variance between sorts.",
        viewpoints=viewpoints_counted(solution).capitalize(),
        sorts=narrative.sorts_counted(data),
        statements=statements_counted(data.n_statements),
        explained=narrative.explained(solution),
    )
    blocks: list[Block] = [Paragraph(first, "lead"), *optional(texts, "summary"), *paragraphs(loaded.recipe.notes)]
    blocks += [Paragraph(note, "aside") for note in (draft_note(), _(UNNAMED if anonymous else NAMED)) if note]
    if defined(solution):
        blocks.append(Heading(2, _("At a glance"), "glance"))
        blocks.append(ItemList(tuple(_glance(loaded, f) for f in defined(solution))))
        shared = [*filter(None, [summary(loaded.interpretation.ground)]), *(one.sentence for one in loaded.groups)]
        shared += [f"{one.title} {one.sentence}" for one in shared_answers(loaded)]
        divided = [f"{one.title} {one.sentence}" for one in loaded.asked if one.differs]
        for heading, name, items in ((_("What all share"), "all-share", shared), (_("Where they differ"), "all-differ", divided)):
            blocks += [Heading(3, heading, name), ItemList(tuple(items))] if items else []
    notices = every_notice(solution)
    if notices:
        blocks += [Heading(2, _("Keep in mind"), "notices"), ItemList(tuple(said(notice) for notice in notices))]
    return blocks


def _glance(loaded: Loaded, f: int) -> str:
    """A viewpoint in a line, and whose words these are where they are those of a description."""
    one, n = loaded.called[f], int(loaded.solution.characteristics.n_defining[f])
    gist = " ".join(one.gist.split())
    line = ngettext(
        "{name} ({label}; {n} defining sort): {gist}", "{name} ({label}; {n} defining sorts): {gist}", n, name=one.name, label=one.label, gist=gist
    )
    if not one.borrowed:
        return line
    return _("{line} ({borrowed}; its source stands with the viewpoint.)", line=line, borrowed=one.borrowed)


def _q_set(loaded: Loaded, texts: Texts) -> list[Block]:
    data = loaded.solution.data
    wording = (
        _("Their full wording stands under “{section}”.", section=section("statements").text)
        if all(data.texts)
        else _("Their wording, as far as it was given to the analysis, stands under “{section}”.", section=section("statements").text)
        if any(data.texts)
        else _("Their wording was not given to the analysis.")
    )
    number_of = ngettext("The Q set has {n} statement.", "The Q set has {n} statements.", data.n_statements)
    return [
        section("q-set"),
        *written(texts, "concourse"),
        *written(texts, "q_set"),
        Paragraph(f"{number_of} {wording}"),
        *written(texts, "pilot"),
    ]


def _grid(loaded: Loaded, texts: Texts) -> list[Block]:
    solution, study, language = loaded.solution, loaded.background.study, loaded.background.language
    grid = solution.scores.grid
    kinds = {
        "median": _("The sorts do not all share one distribution; the arrays of this report use the median of their ordered placements."),
        "design": _("The grid is that of the design; not all sorts follow it."),
    }
    kind = kinds.get(solution.scores.grid_origin, _("The distribution was forced: every sort follows this grid."))
    blocks: list[Block] = [section("grid"), Paragraph(kind)]
    rows = ((_("Statements"), *(str(n) for n in grid.counts)),)
    places = tuple(place(solution, value) for value in grid.values)
    blocks.append(TableBlock(_("The grid"), (_("Place"), *places), rows, "l" + "r" * len(places)))
    if study is not None:
        low, high = study.scale.low.in_(language), study.scale.high.in_(language)
        ends = _("Its ends were called “{low}” ({first}) and “{high}” ({last}).", low=low, first=places[0], high=high, last=places[-1])
        blocks.append(Paragraph(ends))
        blocks += paragraphs(texts.texts.get("scale", ""))
        asked = study.instructions(language)
        several = _("The conditions of instruction were:")
        blocks.append(Paragraph(several if len(asked) > 1 else _("The condition of instruction was:")))
        blocks += [Paragraph(f"{name}: {instruction}" if name else instruction, "quote") for name, instruction in asked]
        blocks += paragraphs(texts.texts.get("condition", ""))
    else:
        blocks += [*written(texts, "scale"), *written(texts, "condition")]
    return blocks


def _participants(loaded: Loaded, texts: Texts, anonymous: bool) -> list[Block]:
    solution, background = loaded.solution, loaded.background
    blocks: list[Block] = [section("participants"), *written(texts, "participants")]
    many = narrative.sorts_counted(solution.data)
    sentences = [ngettext("{sorts} was analysed.", "{sorts} were analysed.", solution.data.n_sorts, sorts=many)]
    if background.n_started is not None and background.n_submitted is not None:
        sentences.append(
            ngettext(
                "{n} response had been begun, {finished} of them finished; {declined} declined.",
                "{n} responses had been begun, {finished} of them finished; {declined} declined.",
                background.n_started,
                finished=background.n_submitted,
                declined=background.n_declined or 0,
            )
        )
    blocks.append(Paragraph(" ".join(sentences)))
    if solution.excluded:
        blocks += [Paragraph(" ".join(narrative.left_out(solution))), _left_out(solution, anonymous)]
    answered = tuple(results.answer_rows(background.questions, SMALLEST_GROUP if anonymous else 1))
    if answered:
        notes = (_("Options that fewer than {n} people chose are put together.", n=SMALLEST_GROUP),) if anonymous else ()
        blocks.append(TableBlock(_("What participants answered"), (_("Question"), _("Answer"), _("People")), answered, "llr", notes))
    return blocks


def _left_out(solution: QSolution, anonymous: bool) -> TableBlock:
    """Who was left out, by whom and why; where nobody is to be named, how many for each reason."""
    entries = [
        (one.participant, _("the researchers") if one.by_hand else _("the analysis"), one.reason if one.by_hand else advised(one.reason))
        for one in solution.excluded
    ]
    if not anonymous:
        return TableBlock(_("Sorts left out of the analysis"), (_("Sort"), _("Left out by"), _("Reason")), tuple(entries), "lll")
    counted = Counter((who, reason) for _name, who, reason in entries)
    rows = tuple((reason, who, number(n, ",")) for (who, reason), n in sorted(counted.items()))
    return TableBlock(_("Sorts left out of the analysis"), (_("Reason"), _("Left out by"), _("Sorts")), rows, "llr")


def _collection(loaded: Loaded, texts: Texts) -> list[Block]:
    background, versions = loaded.background, dict(loaded.solution.versions)
    blocks: list[Block] = [section("collection")]
    participants = loaded.solution.data.participants
    simulated = {who for notice in simulated_notice(participants) for who in notice.participants}
    if simulated:
        blocks.append(Paragraph(_("Nobody made the simulated sorts: a computer drew them.")))
    if background.days and len(simulated) < len(participants):
        first, last = background.days[0], background.days[-1]
        when = _("on {day}", day=first) if first == last else _("between {first} and {last}", first=first, last=last)
        program = f"qmethod {versions['qmethod']}" if "qmethod" in versions else "qmethod"
        how = [_("People sorted online, on pages that {program} serves; finished sorts were sent {when}.", program=program, when=when)]
        if background.minutes is not None:
            how.append(_("Half of them took {minutes} minutes or less.", minutes=decimal(math.ceil(background.minutes), 0)))
        blocks.append(Paragraph(" ".join(how)))
        blocks += paragraphs(texts.texts.get("administration", ""))
    elif not background.days:
        blocks += written(texts, "administration")
    if odd := [said(notice) for notice in loaded.solution.data.notices if notice.code in SENTENCES]:
        blocks += [Paragraph(_("How some of the sorts came about is a reason to look at them:")), ItemList(tuple(odd))]
    known = [
        (
            background.questions,
            ngettext("{n} question whose answers can be counted", "{n} questions whose answers can be counted", len(background.questions)),
        ),
        (background.comments, ngettext("{n} comment on cards", "{n} comments on cards", len(background.comments))),
    ]
    if background.questions or background.comments:
        drawn = joined([words for there, words in known if there])
        blocks.append(Paragraph(_("Besides the sorts this report draws on {sources}.", sources=drawn)))
    return [*blocks, *written(texts, "other_data")]


def _analysis(loaded: Loaded) -> list[Block]:
    solution, recipe = loaded.solution, loaded.recipe
    blocks: list[Block] = [section("analysis"), *(Paragraph(sentence) for sentence in narrative.methods(solution))]
    programs = joined([f"{name} {version}" for name, version in solution.versions])
    drawn = ((N_("{seed} for random sorts"), recipe.retention), (N_("{seed} for the bootstrap"), recipe.bootstrap))
    seeds = [_(what, seed=asked.seed) for what, asked in drawn if asked is not None]
    seed = _("The seed was {seeds}.", seeds=joined(seeds)) if seeds else _("Nothing was drawn at random for it.")
    made = _("The analysis was made with {programs}, preset “{preset}”.", programs=programs, preset=solution.policies.name)
    every = _("{table} has all conventions.", table=number_of(_(EVERY)))
    blocks.append(Paragraph(f"{made} {seed} {every}"))
    if solution.rotation.by_hand:
        turns = zip(solution.rotation.by_hand, view.reasons(solution, recipe.rotations), strict=True)
        rows = tuple((_("{first} towards {second}", first=turn.first, second=turn.second), decimal(turn.degrees), reason) for turn, reason in turns)
        blocks.append(TableBlock(_("Rotations by hand, in their order"), (_("Factors"), _("Degrees"), _("Reason")), rows, "lrl"))
    if solution.manual_flags:
        flags = tuple((flag.participant, flag.factor, _("yes") if flag.defines else _("no"), flag.reason) for flag in solution.manual_flags)
        header = (_("Sort"), _("Factor"), _("Defines it"), _("Reason"))
        blocks.append(TableBlock(_("Flags changed by hand"), header, flags, "llll"))
    return blocks


def _how_many(loaded: Loaded, texts: Texts) -> list[Block]:
    blocks: list[Block] = [section("how-many")]
    found = retention.how_many(loaded.solution, loaded.recipe, loaded.counted)
    if found is not None:
        blocks.append(Paragraph(advised(found.advice[0])))
        if len(found.advice) > 1:
            blocks.append(ItemList(tuple(advised(one) for one in found.advice[1:])))
        blocks.append(Paragraph(f"{found.made} {found.more}".strip()))
    if found is not None and found.criteria:
        header = (_("Criterion"), _("Viewpoints"), _("What it is worth"))
        blocks.append(TableBlock(_("What each criterion says"), header, found.criteria, "lrl"))
        rows = tuple((_("{k} (here)", k=k) if chosen else k, *cells) for k, cells, chosen in found.rows)
        notes = ((_(retention.LIKELY),) if found.likely else ()) + (_(retention.COLUMNS),)
        strong = frozenset((row, 0) for row, (_, _, chosen) in enumerate(found.rows) if chosen)
        heads = ("k", *(_(head) for head in retention.HEADERS))
        blocks.append(TableBlock(_("Solutions with each number of viewpoints"), heads, rows, "l" + "r" * len(retention.HEADERS), notes, strong))
    return [*blocks, *written(texts, "choice")]


def _conventions(solution: QSolution, found: Cited) -> list[Block]:
    """Every convention: an appendix."""
    rows = []
    for policy in describe():
        value, standard = shown(getattr(solution.policies, policy["name"])), shown(policy["default"])
        rows.append((policy["name"], value, "" if value == standard else standard, advised(policy["about"]), found.behind(policy["name"])))
    header = (_("Convention"), _("Value"), _("Standard, where it differs"), _("Meaning"), _("Source"))
    return [section("conventions"), TableBlock(_(EVERY), header, tuple(rows), "lllll")]


def _limits(loaded: Loaded, texts: Texts) -> list[Block]:
    source = loaded.solution.data.origin()
    population = _(
        "The viewpoints describe how the people who took part think. They say nothing about how many people in a population think so. "
        "Another set of statements could have shown other viewpoints."
    )
    data = _(
        "The sorts were read from {file} (SHA-256 {hash}). Whoever has them can repeat this analysis byte for byte from its recipe with the command "
        "{command}.",
        file=source.name,
        hash=source.sha256,
        command="qmethod run analysis.toml",
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


def _in_state(state: str, n: int) -> str:
    """How many items of the checklist are in a state."""
    said = {
        FILLED: ngettext("{n} filled in", "{n} filled in", n),
        TO_WRITE: ngettext("{n} to be written", "{n} to be written", n),
        DOES_NOT_APPLY: ngettext("{n} that does not apply", "{n} that do not apply", n),
    }
    return said[state]


def _checklist(loaded: Loaded, texts: Texts) -> list[Block]:
    given = answers(loaded, texts)
    counted = coverage(given)
    rows = tuple((str(item.number), _(item.what), _(answer.state), answer.remark or f"“{section(item.section).text}”") for item, answer in given)
    strong = frozenset((row, 2) for row, (_item, answer) in enumerate(given) if answer.state == TO_WRITE)
    summary = joined([_in_state(state, n) for state, n in counted.items()])
    first = N_("What a reader of a Q study looks for, and where it stands: of {items} items {summary}.")
    return [
        Heading(2, _("Checklist"), "checklist"),
        Paragraph(_(first, items=len(given), summary=summary)),
        TableBlock(_("The checklist"), (_("No."), _("Item"), _("State"), _("Where, or what is missing")), rows, "rlll", strong=strong),
    ]
