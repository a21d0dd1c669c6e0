"""What the Speech screen lists: the bar, the messages of a script, the statements of one message. Pure.

What agents say is data: it goes through ``view.plain`` and never through markup. A verdict is a glyph, a word and a
colour, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from textual.content import Content

from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.service.speech_scripts import Script
    from workbench.service.speech_turns import Judged, Looked, Manner
    from workbench.service.spoken_events import SpokenEvent
    from workbench.speech.judgment import StatementEvaluation

View: TypeAlias = Literal["statement", "grounds", "profiles", "notes"]
VIEWS: tuple[View, ...] = get_args(View)
LONGEST = 400  # characters of a message or a statement that a row looks at
MOST = 1_000  # statements of one message that are listed

MESSAGES = (Column("#", 4), Column("verdict", 13), Column("what the agent says"))
STATEMENTS = (
    Column("", 3, drop_below=40),
    Column("verdict", 13),
    Column("form", 11, drop_below=46),
    Column("axiom", 5, drop_below=52),
    Column("cites", 5, drop_below=64),
    Column("licensed", 9, drop_below=84),
    Column("statement"),
)
EVENTS = (
    Column("#", 6),
    Column("time", 8, drop_below=60),
    Column("agent", 12),
    Column("verdict", 13),
    Column("said"),
)


class Word(NamedTuple):
    """A verdict for a row: one glyph, a word of at most eleven cells, and the role that colours it."""

    glyph: str
    word: str
    role: str

    @property
    def shown(self) -> str:
        return f"{self.glyph} {self.word}"


WORDS: Mapping[str, Word] = {
    "acceptable": Word("✓", "acceptable", "allow"),
    "conditionally_acceptable": Word("✓", "conditional", "allow"),
    "no_normative_content": Word("·", "no claim", "muted"),
    "unsupported": Word("✗", "unsupported", "deny"),
    "violates_norm": Word("✗", "violates", "deny"),
    "ill_formed": Word("✗", "ill-formed", "deny"),
    "underdetermined": Word("?", "undecided", "hold"),
}
WAITING, REFUSED = Word("◌", "waiting", "muted"), Word("✗", "unreadable", "error")
_LICENCE = {"assertive": "asserts", "conditional": "if", "refusal": "declines", "descriptive": "claims"}


def word(status: object) -> Word:
    """The verdict of a status; one that is not known stands as it is."""
    return WORDS.get(str(status)) or Word("?", one_line(str(status))[:11], "hold")


def word_of(found: Judged | None) -> Word:
    """The verdict on one message."""
    if found is None:
        return WAITING
    return REFUSED if found.judgment is None else word(found.judgment.status.value)


# ---- messages --------------------------------------------------------------------------------------------------------


def message_rows(script: Script, found: Mapping[int, Judged]) -> list[Row]:
    """One row for each message that says something, keyed by its place among them."""
    made = []
    for place, spoken in enumerate(script.spoken):
        verdict = word_of(found.get(place))
        cells = (
            Cell(str(spoken.index + 1), "muted"),
            Cell(verdict.shown, verdict.role),
            Cell(one_line(spoken.text[:LONGEST])),
        )
        made.append(Row(str(place), cells))
    return made


def counted(script: Script, found: Mapping[int, Judged]) -> str:
    """How many were judged and what of that is not good, for a border."""
    total, done = len(script.spoken), len(found)
    if done < total:
        return f"◌ judged {done:,} of {total:,} · esc stops"
    bad = sum(not each.good for each in found.values())
    if bad:
        return f"✗ {bad:,} of {total:,} may not be said"
    return f"✓ all {total:,} may be said" if total > 1 else "✓ may be said"


# ---- statements ------------------------------------------------------------------------------------------------------


def listed(found: Judged) -> list[int]:
    """Which statements are listed, by number from 0: all, or the first thousand with those that are bad before all."""
    every = found.judgment.statement_evaluations if found.judgment is not None else []
    if len(every) <= MOST:
        return list(range(len(every)))
    bad = [number for number, each in enumerate(every) if WORDS[each.status.value].role != "allow"]
    good = [number for number, each in enumerate(every) if WORDS[each.status.value].role == "allow"]
    return sorted([*bad, *good][:MOST])


def statement_rows(found: Judged | None) -> list[Row]:
    """One row for each statement, keyed by its number."""
    if found is None or found.judgment is None:
        return []
    every = found.judgment.statement_evaluations
    return [_statement(number, every[number]) for number in listed(found)]


def short_id(identity: str) -> str:
    """A statement's id for a narrow column: the compatible profile has one statement, with a long name."""
    return {"final_response": "all", "refusal": "ref"}.get(identity, one_line(identity))


def _statement(number: int, each: StatementEvaluation) -> Row:
    verdict = word(each.status.value)
    cites = each.statement[:20_000].count("[@")
    cells = (
        Cell(short_id(each.statement_id), "muted"),
        Cell(verdict.shown, verdict.role),
        Cell(one_line(str(each.modality or "–")), "strong"),
        Cell(one_line(each.violated_axiom or ""), verdict.role),
        Cell(str(cites) if cites else "none", "accent" if cites else "muted"),
        Cell("yes" if str(each.modality) in each.license or verdict.role == "allow" else "no", "muted"),
        Cell(one_line(each.statement[:LONGEST])),
    )
    return Row(str(number), cells)


def statements_counted(found: Judged | None) -> str:
    """How many statements there are, and how many of them may stand."""
    if found is None or found.judgment is None or not found.judgment.num_statements:
        return ""
    total = len(found.judgment.statement_evaluations)
    left = f" · {MOST:,} are listed" if total > MOST else ""
    return f"{found.judgment.num_acceptable:,} of {found.judgment.num_statements:,} acceptable{left}"


def next_bad(found: Mapping[int, Judged], total: int, place: int, number: int) -> tuple[int, int] | None:
    """The next statement that may not stand, after statement ``number`` of message ``place`` and around the end."""
    for ahead in range(total + 1):
        here = (place + ahead) % total if total else 0
        each = found.get(here)
        if each is None or each.judgment is None:
            continue
        for at, statement in enumerate(each.judgment.statement_evaluations):
            after = at > number if ahead == 0 else at <= number if ahead == total else True
            if after and word(statement.status.value).role not in ("allow", "muted"):
                return here, at
    return None


# ---- lines -----------------------------------------------------------------------------------------------------------


def bar(script: Script | None, name: str, found: Mapping[int, Judged], manner: Manner, width: int) -> Content:
    """What is judged, as what, and with what result; and how. What does not fit goes: how many messages
    there are, the kind, the language; never the result and the profile, and no word without what it is a word of.
    """
    lead, verdict = Content.styled(f" {one_line(name) or 'nothing yet'}", "$ink bold"), Content("")
    rights = manner_line(manner)
    forms: list[tuple[list[str], Content]] = [([], rights)]
    if script is not None:
        says = plural(len(script.spoken), "message says something", "messages say something")
        forms = [([script.what, says], rights), ([script.what], rights), ([script.kind], rights)]
        forms += [([script.kind], manner_line(manner, short=True)), ([], rights)]
        verdict = result(script, found)
    dot = Content.styled(" · ", "$muted")
    for middle, rights in (*forms, ([], manner_line(manner, short=True))):
        kept = [Content.styled(said, "$muted") for said in middle]
        left = dot.join(part for part in (lead, *kept, verdict) if part.plain)
        gap = width - left.cell_length - rights.cell_length - 1
        if gap >= 2:
            return Content.assemble(left, " " * gap, rights)
    tail = Content.assemble(dot, verdict) if verdict.plain else Content("")
    room = width - tail.cell_length - rights.cell_length - 3
    if room < 8:  # there is hardly room for one of them
        return lead.truncate(max(width - rights.cell_length - 3, 4), ellipsis=True) + Content.assemble("  ", rights)
    return Content.assemble(lead.truncate(room, ellipsis=True), tail, "  ", rights)


def result(script: Script, found: Mapping[int, Judged]) -> Content:
    """What came out, in words."""
    said = counted(script, found)
    styles = {"✗": "$deny bold", "✓": "$allow bold"}
    return Content.styled(said.partition(" · ")[0], styles.get(said[:1], "$muted")) if said else Content("")


def manner_line(manner: Manner, *, short: bool = False) -> Content:
    """Profile, language and grounds that were added; each can be clicked. ``short``: without what is as it was."""
    language = manner.language or "auto"
    parts = [
        _set("profile", manner.profile, "profile"),
        *([_set("language", language, "language")] if not short or manner.language else []),
        *([_set("grounds", f"+{len(manner.grounds)}", "give_grounds")] if manner.grounds else []),
    ]
    return Content("  ").join(parts)


def _set(name: str, value: str, action: str) -> Content:
    shown = Content.assemble((f"{name} ", "$muted"), (value, "$accent bold"))
    return shown.stylize(clickable(f"screen.{action}"))


def tabs(active: View, marks: Mapping[View, Content], width: int) -> Content:
    """The views of what is told, clickable; marks go where they do not fit, then the names but for the active one."""
    for full, marked in ((True, True), (True, False), (False, False)):
        parts = []
        for name in VIEWS:
            here = name == active
            shown = name.capitalize() if full or here else name[:1].upper()
            title = Content.styled(f" {shown} ", CHOSEN_VIEW if here else "$muted")
            mark = marks.get(name, Content(""))
            title = Content.assemble(title, " ", mark) if mark.plain and marked else title
            parts.append(title.stylize(clickable(f"screen.show_view('{name}')")))
        line = Content.assemble(" ", Content("  ").join(parts))
        if line.cell_length <= width:
            break
    return line


def marks(script: Script | None, looked: Looked | None, differences: int) -> dict[View, Content]:
    """What the tabs say beside their names."""
    made: dict[View, Content] = {}
    if looked is not None:
        good = sum(ground.state == "accepted" for ground in looked.grounds)
        bad = len(looked.grounds) - good
        parts = [(f"✓{good}", "$allow")] if good else [("none", "$muted")]
        made["grounds"] = Content.assemble(*parts, *([(f" ✗{bad}", "$hold")] if bad else []))
        made["profiles"] = Content.styled(f"≠{differences}", "$hold") if differences else Content.styled("=", "$muted")
    if script is not None and (script.notes or script.recorded is not None):
        count = len(script.notes) + (script.recorded is not None)
        made["notes"] = Content.styled(str(count), "$muted")
    return made


def event_rows(events: Sequence[SpokenEvent]) -> list[Row]:
    """Decisions of the feed that carry speech, to be picked from."""
    made = []
    for event in events:
        verdict = word(event.status) if event.status else Word("–", "not judged", "muted")
        cells = (
            Cell(str(event.seq), "muted"),
            Cell(f"{event.at:%H:%M:%S}", "muted"),
            Cell(one_line(event.agent), "accent"),
            Cell(verdict.shown, verdict.role),
            Cell(one_line(event.text)),
        )
        made.append(Row(str(event.seq), cells))
    return made
