"""What the ledger says of a case: its entries folded one after the other, and successions that no case takes.

Imports the cases and the times. A row in a table is believed where it is as its entries left it; whoever can write to
the database alone writes rows. Entries of one case must be such as :func:`~workbench.governance.cases.step` makes them:
the first thing that is not is kept as ``trouble``, and a case in trouble is believed no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from workbench.governance.cases import CaseState
from workbench.governance.errors import GovernanceError
from workbench.governance.times import parse_time

CASE_KINDS = ("case", "case_vote", "grant")
SAME = ("procedure", "procedure_digest", "requirement", "version", "stage", "requester", "action")
TIMES = ("deadline", "usable_from", "usable_until")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN, _GRANTED = str(CaseState.OPEN), str(CaseState.GRANTED)
_STANDING = frozenset({_OPEN, _GRANTED})
_FROM: Mapping[str, frozenset[str]] = {  # event → the states in which it can happen
    "escalated": frozenset({_OPEN}),
    "continued": _STANDING,
    "granted": frozenset({_OPEN}),
    "denied": frozenset({_OPEN}),
    "expired": _STANDING,
    "void": _STANDING,
    "used": frozenset({_GRANTED}),
}


@dataclass(frozen=True, slots=True)
class ToldVote:
    """A vote as its entry has it; ``digest`` is the signed vote's, ``credential`` a fingerprint or a token's id."""

    entry: int
    stage: int
    principal: str
    verdict: str
    credential: str
    digest: str


@dataclass(frozen=True, slots=True)
class ToldCase:
    """A case by its entries. ``entry``: the newest that changed it; ``said``: the fields :data:`SAME` as last told,
    names cut as the ledger cuts them. Times in µs. ``trouble`` in words, empty where there is none."""

    id: str
    entry: int
    state: str
    decision: int
    opened_at: int
    opened_under: str
    said: Mapping[str, Any]
    deadline: int
    usable_from: int | None = None
    usable_until: int | None = None
    used_by: int | None = None
    seats: tuple[str, ...] = ()
    votes: tuple[ToldVote, ...] = ()
    trouble: str = ""

    @property
    def due(self) -> int | None:
        """When it moves by itself (µs); ``None`` for never."""
        if self.state == _OPEN:
            return self.deadline
        return self.usable_until if self.state == _GRANTED else None

    @property
    def rejecters(self) -> frozenset[str]:
        """Everyone whose rejection was recorded, at any stage."""
        return frozenset(vote.principal for vote in self.votes if vote.verdict == "reject")


def told_after(before: ToldCase | None, kind: str, seq: int, at: int, body: Mapping[str, Any]) -> ToldCase:
    """What is told of a case once this entry was read too: one of :data:`CASE_KINDS`, recorded at ``at`` (µs).

    Raises ``KeyError``, ``TypeError`` or ``ValueError`` for a body that no such entry has.
    """
    event = str(body["event"])
    if before is None:
        return _opened(seq, at, body, "" if kind == "case" and event == "opened" else "no entry opened it")
    if before.trouble:
        return before
    wrong = _wrong(before, kind, event, at, body)
    if wrong:
        return replace(before, trouble=f"entry {seq} says that {wrong}")
    if kind == "case_vote":
        return replace(before, votes=(*before.votes, _vote(seq, body)))
    if kind == "grant":
        return replace(before, entry=seq, state="used", used_by=int(body["decision"]))
    after = replace(before, entry=seq, said={name: body[name] for name in SAME})
    if event == "escalated":
        return replace(after, deadline=_micros(body["deadline"]))
    if event == "continued":
        return after
    if event == "granted":
        return replace(
            after,
            state=_GRANTED,
            usable_from=_micros(body["usable_from"]),
            usable_until=_micros(body["usable_until"]),
            seats=tuple(str(person) for person in body["approved_by"]),
        )
    return replace(after, state=event)


def _opened(seq: int, at: int, body: Mapping[str, Any], trouble: str) -> ToldCase:
    id = str(body["id"])
    if trouble:
        return ToldCase(id, seq, "", 0, at, "", {}, at, trouble=trouble)
    said = {name: body[name] for name in SAME}
    deadline = _micros(body["deadline"])
    return ToldCase(id, seq, _OPEN, int(body["decision"]), at, str(body["version"]), said, deadline)


def _wrong(case: ToldCase, kind: str, event: str, at: int, body: Mapping[str, Any]) -> str:
    """Why this cannot have followed, in words that go on from "entry N says that …"; empty where it can."""
    if kind == "case" and event == "opened":
        return "it was opened again"
    if kind == "case_vote":
        return "" if case.state == _OPEN else f"somebody voted on it when it was {case.state}"
    if (event == "used") != (kind == "grant") or case.state not in _FROM.get(event, ()):
        return f"it was {event[:40]} when it was {case.state}"
    if event == "used" and not _within(case, at):
        return "its grant was used outside its time"
    early = case.due is not None and at < case.due
    if early and (event == "expired" or (event == "escalated" and body["why"] == "after a timeout")):
        return f"it was {event} before its time"
    if event == "escalated" and body["stage"] != case.said["stage"] + 1:
        return "it was escalated twice at once"
    if event == "granted" and not _approved(case, body):
        return "it was granted without the approvals"
    if event != "escalated" and kind == "case" and body["stage"] != case.said["stage"]:
        return "it stood at another stage"
    return ""


def _within(case: ToldCase, at: int) -> bool:
    return case.usable_from is not None and case.usable_until is not None and case.usable_from <= at < case.usable_until


def _approved(case: ToldCase, body: Mapping[str, Any]) -> bool:
    """Whether everyone who is said to have approved did, at this stage, once, and never rejected it."""
    people = list(body["approved_by"])
    said = {vote.principal for vote in case.votes if (vote.stage, vote.verdict) == (case.said["stage"], "approve")}
    return 0 < len(people) == len(set(people)) and said.issuperset(people) and case.rejecters.isdisjoint(people)


def _vote(seq: int, body: Mapping[str, Any]) -> ToldVote:
    return ToldVote(
        seq, int(body["stage"]), str(body["principal"]), str(body["verdict"]), str(body["credential"]), body["vote"]
    )


def _micros(text: Any) -> int:
    try:
        return int((parse_time(text) - _EPOCH).total_seconds() * 1000) * 1000
    except GovernanceError as error:
        raise ValueError(error.message) from error
