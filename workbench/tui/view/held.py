"""What the Cases screen says: held requests as rows, one in full with its seats, votes and deadline. Pure.

(``view.cases`` is about *test* cases.) Everything that an agent or a person wrote is data and passes ``view.plain``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from workbench.service.amounts import amount_of
from workbench.service.governing_views import CaseView, CaseVoteView
from workbench.service.views import KeyView, RuleView, Seat
from workbench.tui.hints import hinted
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.detail import shown_value
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import label, named, people, plural, stack, text
from workbench.tui.view.sign import EMPTY, FILLED, bar, clock, held_by_agent, span, stamp
from workbench.tui.view.signs import agent_sign
from workbench.tui.view.spans import name_of
from workbench.tui.view.table import Cell, Column, Row

URGENT = 300  # seconds before a deadline from which it stands out
MOST_PEOPLE = 6  # named at a seat that many may fill
CONFIRM_LENGTH = 6  # last characters of the case's id that an approver types
STATES = {
    "open": ("◷", "hold", "waits for people"),
    "granted": ("✓", "allow", "the agent may try again, once"),
    "used": ("✓", "muted", "the agent has done it"),
    "denied": ("✗", "deny", "a person rejected it"),
    "expired": ("▲", "warning", "its time ran out"),
    "void": ("○", "muted", "the law changed, or a stop came: the agent has to ask again"),
}
COLUMNS = (
    Column("", 10),
    Column("left", 8),
    Column("who asks", 11),
    Column("for what"),
    Column("seats", 6, drop_below=50),
    Column("procedure", 18, drop_below=92),
)
NARROW = (Column("", 1), *COLUMNS[1:])  # a state is its sign alone there: what is asked needs the room
WORDS_FROM = 50  # columns of the list from which a state has its word

Rules = Mapping[str, RuleView]  # id → rule, of the version that a case stands under
_FAR = datetime.max.replace(tzinfo=UTC)


def state(case: CaseView) -> tuple[str, str, str]:
    """Glyph, role and words of a case's state."""
    return STATES.get(case.state, ("?", "plain", one_line(case.state)))


def ordered(cases: Sequence[CaseView]) -> list[CaseView]:
    """Most urgent first: open ones by deadline, grants by the end of their window, then what is over, newest first."""
    newest = sorted(cases, key=lambda case: (case.opened_at, case.id), reverse=True)
    return sorted(newest, key=lambda case: (_rank(case), _until(case) or _FAR if _rank(case) < 2 else _FAR))


def matching(cases: Sequence[CaseView], words: str) -> list[CaseView]:
    """The cases in which every word occurs: in who asks, what for, the procedure, the state or the id."""
    wanted = words.casefold().split()
    return [case for case in cases if all(word in _haystack(case) for word in wanted)]


def rows(cases: Sequence[CaseView], now: datetime, *, narrow: bool = False) -> list[Row]:
    """Cases as rows of :data:`COLUMNS` (or :data:`NARROW`), in the order given. ``now`` is the service's time."""
    return [Row(case.id, _cells(case, now, narrow=narrow)) for case in cases]


def columns(listed: Sequence[Row], *, narrow: bool = False) -> tuple[Column, ...]:
    """The columns for ``listed``: none is wider than what stands in it, so that what is asked has the rest."""

    def cells(place: int, column: Column) -> int:
        longest = max((cell_len(row.cells[place].text) for row in listed), default=0)
        return min(column.width, max(longest, len(column.title), 1))

    wanted = NARROW if narrow else COLUMNS
    return tuple(replace(each, width=cells(place, each)) if each.width else each for place, each in enumerate(wanted))


def asked(case: CaseView) -> str:
    """``issue_refund on T-1, 820 EUR``: the action, what it is about, the sum where there is one; as History has it."""
    sum_of_it = one_line(amount_of(case.context))
    return f"{name_of(case.action)} on {name_of(case.resource)}{f', {sum_of_it}' if sum_of_it else ''}"


def asked_briefly(case: CaseView) -> str:
    """``T-1, 820 EUR, issue_refund``: what tells cases apart first, for where the end is cut."""
    parts = (name_of(case.resource), one_line(amount_of(case.context)), name_of(case.action))
    return ", ".join(part for part in parts if part)


def context_line(case: CaseView) -> str:
    """What is asked, all of it, as an approver sees it again before signing."""
    return " · ".join(f"{one_line(str(name))} {shown_value(value)}" for name, value in case.context.items())


def left(case: CaseView, now: datetime) -> str:
    """The countdown: to the deadline of an open case, to the end of a grant's window; empty for what is over."""
    until = _until(case)
    return clock(until - now) if until is not None else ""


def summary(cases: Sequence[CaseView], *, everything: bool, words: str) -> Content:
    """The bar's left: which list this is, and what narrows it."""
    waiting = sum(case.state == "open" for case in cases)
    parts = [
        _tab("waiting", not everything),
        _tab("all", everything),
        Content.styled(
            f" {plural(waiting, 'case')} open" if waiting else " none open", "$hold" if waiting else "$muted"
        ),
    ]
    if words:
        parts.append(Content.styled(f" / {one_line(words)}", "$accent"))
    return Content(" ").join(parts)


def detail(case: CaseView, rules: Rules, now: datetime, *, roomy: bool = False) -> Content:
    """A case in full. ``rules``: those of its version; ``roomy`` spaces it out."""
    glyph, role, words = state(case)
    colour, sign = agent_sign(name_of(case.requester))
    return stack(
        Content.assemble(
            (f"{sign} {name_of(case.requester)}", f"$agent-{colour} bold"),
            (" asks to ", "$muted"),
            (one_line(name_of(case.action)), "$ink bold"),
            (" on ", "$muted"),
            named(case.resource),
        ),
        Content.assemble(
            (f"{glyph} {case.state}", f"${_variable(role)} bold"),
            (f"  {words}", "$muted"),
            (f": {one_line(case.reason)}" if case.reason else "", "$ink"),
        ),
        _time(case, rules, now),
        stack(label(_seats_title(case)), *(seat(case, place) for place in case.seats)) if case.seats else None,
        stack(label("WHAT IS ASKED"), *_request(case)),
        stack(label("VOTES"), *(_vote(vote) for vote in case.votes)) if case.votes else None,
        stack(label("ESCALATIONS"), *_escalations(case)) if case.escalations else None,
        stack(label("WHY IT IS HELD"), *_procedure(case, rules)),
        stack(label("CASE"), *_identity(case)),
        _next(case),
        gap=1 if roomy else 0,
    )


def id_parts(case_id: str) -> Content:
    """An id, its last six characters standing out: they are what an approver types."""
    shown = one_line(case_id)
    return Content.assemble((shown[:-CONFIRM_LENGTH], "$muted"), (shown[-CONFIRM_LENGTH:], "$accent bold underline"))


def key_name(key: KeyView) -> str:
    """A key in a list: whose, and where it is."""
    where = "ssh-agent" if held_by_agent(key) else one_line(key.path).rsplit("/", 1)[-1]
    return f"{name_of(key.principal)} · {where}{'  DEMO' if key.demo else ''}"


def voting_keys(case: CaseView, keys: Sequence[KeyView]) -> list[KeyView]:
    """The keys to offer: those whose person can still fill a seat come first, the requester's are left out."""
    voted = {vote.principal for vote in case.votes if vote.counted}
    able = {who for seat in case.seats if not seat.filled_by for who in seat.may_fill}
    own = [key for key in keys if key.principal and key.principal != case.requester]
    return sorted(own, key=lambda key: (key.principal in voted, key.principal not in able))


def outcome_said(case: CaseView, now: datetime) -> str:
    """After a vote: what is still missing, or what the agent may do ``now`` or later."""
    if case.state == "open":
        missing = sum(not seat.filled_by for seat in case.seats)
        if missing == 0:
            return "the timelock runs"
        return f"{plural(missing, 'seat')} still open"
    who = name_of(case.requester)
    if case.state == "granted":
        given = max([now, *(vote.at for vote in case.votes)])  # ``now`` may be a tick older than the vote
        later = case.usable_from is not None and case.usable_from > given
        when = f" from {case.usable_from:%H:%M:%S} UTC" if later else " now"
        until = f", until {case.usable_until:%H:%M:%S} UTC" if case.usable_until is not None else ""
        return f"granted: {who} may try again{when}{until}, once"
    return {"denied": f"rejected: {who} may not do it"}.get(case.state, f"it is {one_line(case.state)}")


# ---- parts -----------------------------------------------------------------------------------------------------------


def _rank(case: CaseView) -> int:
    return {"open": 0, "granted": 1}.get(case.state, 2)


def _until(case: CaseView) -> datetime | None:
    return {"open": case.deadline, "granted": case.usable_until}.get(case.state)


def _haystack(case: CaseView) -> str:
    parts = (case.requester, case.action, case.resource, case.procedure, case.requirement, case.state, case.id)
    return " ".join(parts).casefold()


def _tab(word: str, current: bool) -> Content:
    if current:
        return Content.styled(f" {word} ", CHOSEN_VIEW)
    return Content.styled(f" {word} ", "$muted").stylize(clickable("everything"))


def _cells(case: CaseView, now: datetime, *, narrow: bool) -> tuple[Cell, ...]:
    glyph, role, _ = state(case)
    filled = sum(bool(seat.filled_by) for seat in case.seats)
    seats = FILLED * filled + EMPTY * (len(case.seats) - filled)
    waits = left(case, now)
    urgent = case.state == "open" and case.deadline is not None and case.deadline - now < timedelta(seconds=URGENT)
    return (
        Cell(glyph if narrow else f"{glyph} {case.state}", role),
        Cell(_short(waits), "deny" if urgent else "plain"),
        Cell(name_of(case.requester), "strong"),
        Cell(asked_briefly(case) if narrow else asked(case)),
        Cell(seats if len(seats) <= 6 else f"{filled}/{len(seats)}", "allow" if filled == len(case.seats) else "hold"),
        Cell(one_line(case.requirement), "muted"),
    )


def _short(waits: str) -> str:
    """A countdown on eight cells: days alone where there are some."""
    days, _, rest = waits.partition(" day")
    return f"{days} day{'s' * rest.startswith('s')}" if rest else waits


def _time(case: CaseView, rules: Rules, now: datetime) -> Content | None:
    """The countdown that runs, and what happens when it is over."""
    if case.state == "open" and case.deadline is not None:
        return _countdown("left to answer", case.opened_at, case.deadline, now, _without_answer(case, rules))
    if case.state == "granted" and case.usable_until is not None:
        if case.usable_from is not None and case.usable_from > now:
            return _countdown("until it may be used", case.opened_at, case.usable_from, now, "the agent may try again")
        return _countdown("left to use it", case.usable_from or case.opened_at, case.usable_until, now, "it lapses")
    return None


def _countdown(what: str, start: datetime, end: datetime, now: datetime, then: str) -> Content:
    total, remaining = (end - start).total_seconds(), (end - now).total_seconds()
    if remaining <= 0:
        return text("its time is over: it moves with the next tick", "$hold")
    done = min(max(1 - remaining / total, 0.0), 1.0) if total > 0 else 1.0
    style = "$deny bold" if remaining < URGENT else "$hold bold"
    return Content.assemble(
        *bar(done, 16, "$hold"),
        (f"  {clock(end - now)}", style),
        (f" {what}", "$muted"),
        (f", then {then}" if then else "", "$ink"),
    )


def _without_answer(case: CaseView, rules: Rules) -> str:
    """What the procedure says of the deadline, in the words of its paraphrase."""
    rule = rules.get(case.requirement)
    if rule is None:
        return ""
    said = rule.paraphrase.partition("; if nobody answers, ")[2].strip().rstrip(".")
    return one_line(said) or "it is denied"


def _procedure(case: CaseView, rules: Rules) -> list[Content]:
    """The procedure that holds it, and the one whose approvals count now where that is another."""
    lines = [Content.assemble(("procedure ", "$hold bold"), text(case.procedure, "$ink bold"))]
    if case.requirement != case.procedure:
        rule = rules.get(case.procedure)
        lines += [_quoted(rule.english or rule.paraphrase)] if rule is not None else []
        lines.append(
            Content.assemble(
                ("escalated: now counts what ", "$muted"), text(case.requirement, "$ink bold"), (" asks for", "$muted")
            )
        )
    lines.append(_quoted(case.english) if case.english else text("no English stands beside it", "$muted"))
    now = rules.get(case.requirement)
    if now is not None and now.paraphrase and now.paraphrase != case.english:
        lines.append(text(one_line(now.paraphrase)))
    return lines


def _quoted(words: str) -> Content:
    return text(f"“{one_line(words)}”", "$accent")


def seat(case: CaseView, place: Seat) -> Content:
    """A seat: filled by whom, or who may fill it. (Who may vote on a case stands in the directory, not the roster.)"""
    name = text(place.requirement, "$ink bold")
    if place.filled_by:
        return Content.assemble(
            (f"{FILLED} ", "$ok bold"), name, ("  filled by ", "$muted"), named(place.filled_by, "$ok")
        )
    if case.state != "open":
        return Content.assemble((f"{EMPTY} ", "$muted"), name, ("  stayed empty", "$muted"))
    taken = {other.filled_by for other in case.seats if other.filled_by}  # one person, one seat
    free = [who for who in place.may_fill if who not in taken]
    if not free:
        said = "  nobody else may fill it" if place.may_fill else "  nobody in the directory can fill it"
        return Content.assemble((f"{EMPTY} ", "$hold bold"), name, (said, "$deny"))
    more = f" and {len(free) - MOST_PEOPLE:,} more" if len(free) > MOST_PEOPLE else ""
    able = people(free[:MOST_PEOPLE])
    return Content.assemble((f"{EMPTY} ", "$hold bold"), name, ("  open to ", "$muted"), able, (more, "$muted"))


def _seats_title(case: CaseView) -> str:
    filled = sum(bool(seat.filled_by) for seat in case.seats)
    return f"SEATS  {filled} of {len(case.seats)} filled"


def _vote(vote: CaseVoteView) -> Content:
    approve = vote.verdict == "approve"
    lapsed = f"  does not count: {one_line(vote.why_not) or 'it was escalated since'}" if not vote.counted else ""
    return Content.assemble(
        ("✓ approve " if approve else "✗ reject ", "$ok" if approve else "$deny bold"),
        named(vote.principal),
        (f"  {stamp(vote.at)}", "$muted"),
        (lapsed, "$hold"),
        (f"  “{one_line(vote.comment)}”" if vote.comment else "", "$ink"),
    )


def _escalations(case: CaseView) -> list[Content]:
    why = {"timeout": "nobody answered in time", "rejection": "it was rejected"}
    return [
        Content.assemble(
            ("↑ ", "$hold bold"),
            text(each.from_procedure),
            (" → ", "$muted"),
            text(each.to_procedure, "$ink bold"),
            (f"  {stamp(each.at)}  {why.get(each.why, one_line(each.why))}", "$muted"),
        )
        for each in case.escalations
    ]


def _request(case: CaseView) -> list[Content]:
    if case.redacted:
        return [text("What was asked has been erased; the ledger still proves that it was.", "$muted")]
    if not case.context:
        return [text("nothing beside the action and the resource", "$muted")]
    fields = [(one_line(str(name)), _in_full(value)) for name, value in case.context.items()]
    width = min(max(len(name) for name, _ in fields), 28)
    return [Content.assemble((f"{name:{width}}  ", "$muted"), (value, "$ink")) for name, value in fields]


def _in_full(value: Any) -> str:
    """A value of the request; a text whole, because whoever approves a message approves all of it."""
    return one_line(json.dumps(value, ensure_ascii=False)) if isinstance(value, str) else shown_value(value)


def _identity(case: CaseView) -> list[Content]:
    lines = [
        Content.assemble(("id       ", "$muted"), id_parts(case.id)),
        Content.assemble(("agent    ", "$muted"), named(case.requester, "$ink")),
        Content.assemble(
            ("opened   ", "$muted"),
            (stamp(case.opened_at), "$ink"),
            (f"  by decision {case.event:,} under {one_line(case.version)}", "$muted"),
        ),
    ]
    if case.state == "granted" and case.usable_from is not None and case.usable_until is not None:
        lines.append(
            Content.assemble(
                ("usable   ", "$muted"),
                (f"{stamp(case.usable_from)} for {span(case.usable_until - case.usable_from)}, once", "$ink"),
            )
        )
    if case.used_by is not None:
        lines.append(Content.assemble(("used     ", "$muted"), (f"by decision {case.used_by:,}", "$ink")))
    return lines


def _next(case: CaseView) -> Content:
    if case.state == "open":
        return text(hinted("a approves, x rejects, enter opens the decision in Live", "cases"), "$accent")
    return text(hinted("enter opens the decision in Live", "cases"), "$accent")


def _variable(role: str) -> str:
    return {"warning": "sev-warning", "plain": "ink"}.get(role, role)
