"""Folds the surface forms of a norm (only, caps per window, by whom) into plain when and unless. Pure.

Imports norm, meaning, counters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workbench.authoring.counters import counter
from workbench.authoring.meaning import Cond, Join, start_of
from workbench.authoring.norm import Doing, Kind, Norm, Style, Subject, Tail, Thing, with_thing
from workbench.authoring.subjects import subject_cond

_GRANTS_NOTHING = "this only forbids; what is left still needs a rule that permits it"

_HOLDS = "this only holds what is attempted until it is approved; it still needs a rule that permits it"
_UNTIL = "what is allowed until or before something is true may be allowed afterwards too: say `if` or `unless`"


@dataclass(slots=True)
class Failures:
    """Why readings came to nothing: token ranges with a message (empty: does not fit the action)."""

    found: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, start: int, end: int, message: str) -> None:
        self.found.append((start, end, message))


def prepare(norm: Norm, failures: Failures) -> Norm | None:
    """The norm with its surface forms folded into when, unless and subject; ``None`` where they contradict."""
    kind, tail, subject, doings, notes = norm.kind, norm.tail, norm.subject, norm.doings, list(norm.notes)
    if tail.thing != Thing():
        if any(not _fits(tail.thing, doing.thing) for doing in doings):
            return None
        doings, tail = tuple(with_thing(doing, tail.thing) for doing in doings), tail.plus(thing=Thing())
    if tail.until:  # "must not … until it is reviewed": forbidden unless it is
        if kind != "forbid":
            failures.add(start_of(tail.until[0]), start_of(tail.until[0]) + 1, _UNTIL)
            return None
        tail = replace(tail, until=(), unless=(*tail.unless, *tail.until))
    if kind == "must":  # "must be done only …" restricts; without an "only" it is an obligation
        if not tail.only and tail.only_by is None and tail.asked is None:
            return None
        kind = "permit"
    if tail.by is not None:
        if not subject.anybody:
            return None
        subject, tail = tail.by, tail.plus(by=None)
        if kind == "only" and subject.group is not None:
            kind, subject, tail = "permit", Subject(), tail.plus(only=(subject_cond(subject, 0),))
        elif kind == "only":
            kind = "only_subject"
    if any(doing.only for doing in doings):  # "may delete only closed projects", as "may only delete closed projects"
        if kind != "permit" or len(doings) != 1 or doings[0].count is not None or not doings[0].thing.conds:
            return None
        kind, doings = "only", (replace(doings[0], only=False),)
    if tail.only_by is not None:
        if kind != "permit" or not subject.anybody or tail.only:
            return None
        kind, subject, tail = "only_subject", tail.only_by, tail.plus(only_by=None)
        if subject.group is not None:  # "only by members of …" forbids the others and permits nobody
            kind, subject, tail = "permit", Subject(), tail.plus(only=(subject_cond(subject, 0),))
    if tail.asked is not None:
        return _procedure(replace(norm, kind=kind, tail=tail, subject=subject, doings=doings))
    if tail.count is not None:
        if len(doings) != 1 or doings[0].count is not None:
            return None
        doings, tail = (replace(doings[0], count=tail.count),), tail.plus(count=None)
    if any(d.count for d in doings) or tail.window:
        capped = _cap(kind, doings, tail, failures)
        if capped is None:
            return None
        doings, tail, kind = capped[0], capped[1], "forbid"
    if kind == "only":
        things = [d.thing for d in doings]
        moved = tuple(cond for thing in things[:1] for cond in thing.conds)
        if any(thing.conds != things[0].conds for thing in things):
            return None
        if tail.only:
            moved = ()
        else:
            doings = tuple(_cleared(d) for d in doings)
            tail, moved = Tail(unless=tail.unless, notes=tail.notes), (*moved, *tail.when)
        tail = tail.plus(only=moved)
        if not tail.only:
            return None
    if tail.only and kind in ("permit", "only"):
        if tail.unless:
            return None
        spared: Cond = tail.only[0] if len(tail.only) == 1 else Join("&&", tail.only, True)
        tail = Tail(tail.when, (spared,), notes=tail.notes)
        kind = "forbid"
        notes.append(_GRANTS_NOTHING)
    elif tail.only:
        return None
    for doing in doings:
        if doing.thing.universal and kind == "forbid":
            failures.add(0, 0, "universal")
            return None
        if doing.thing.both and kind == "forbid":
            return None
        if doing.loose and kind not in ("forbid",):
            failures.add(0, 0, f'"{doing.loose}" is wider in the schema than in this sentence')
            return None
        if doing.loose:
            notes.append(f'"{doing.loose}" is taken to be everything that the action covers')
        if doing.thing.spread and kind == "forbid":
            notes.append('"and" between the things named means either of them')
    return Norm(kind, subject, doings, tail, norm.score, norm.approvals, tuple(notes))


_STYLES: dict[Kind, tuple[Style, ...]] = {"permit": ("only",), "only": ("with",), "forbid": ("without",)}


def _procedure(norm: Norm) -> Norm | None:
    """ "may be done only with the approval of …": what is attempted is held until it is approved."""
    tail = norm.tail
    assert tail.asked is not None
    if tail.asked.style not in _STYLES.get(norm.kind, ()) or tail.only or tail.count or tail.window:
        return None
    if norm.approvals is not None or any(doing.thing.universal or doing.count or doing.loose for doing in norm.doings):
        return None
    notes = (*norm.notes, _HOLDS)
    asked, rest = tail.asked.approvals, replace(tail, asked=None)
    return Norm("procedure", norm.subject, norm.doings, rest, approvals=asked, notes=notes)


def _fits(one: Thing, other: Thing) -> bool:
    """Whether what was said ahead may be said of the object."""
    return other.entity is None and (one.type is None or other.type is None or one.type == other.type)


def _cleared(doing: Doing) -> Doing:
    thing = Thing((), doing.thing.type, doing.thing.universal, doing.thing.entity)
    return replace(doing, thing=thing)


def _cap(kind: str, doings: Sequence[Doing], tail: Tail, failures: Failures) -> tuple[tuple[Doing, ...], Tail] | None:
    """ "may issue at most 3 refunds a day" → forbidden once the counter has reached 3."""
    if len(doings) != 1 or doings[0].count is None:
        return None
    doing, count = doings[0], doings[0].count
    if not tail.window:
        failures.add(count.start, count.end, "window")
        return None
    limits = {"permit": {"<=": 0, "<": -1}, "forbid": {">": 0, ">=": -1}}.get(kind, {})
    if count.op not in limits or tail.only:
        failures.add(count.start, count.end, "limit")
        return None
    limit = count.number + limits[count.op]
    if limit < 0:
        return None
    note = f"at most {limit} means that it is denied once {limit} have been counted"
    where = (count.start, count.end)
    cond = counter(count.nouns, count.verb, tail.window, limit, note, *where, own=count.own)
    return (replace(doing, count=None),), tail.plus(when=(cond,), window="", notes=(_GRANTS_NOTHING,))
