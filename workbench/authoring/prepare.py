"""Folds the surface forms of a norm (only, caps per window, by whom) into plain when and unless. Pure.

Imports norm, meaning, atoms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workbench.authoring import atoms
from workbench.authoring.meaning import Cond, Join
from workbench.authoring.norm import Doing, Norm, Tail, Thing

_GRANTS_NOTHING = "this only forbids; what is left still needs a rule that permits it"


@dataclass(slots=True)
class Failures:
    """Why readings came to nothing: token ranges with a message (empty: does not fit the action)."""

    found: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, start: int, end: int, message: str) -> None:
        self.found.append((start, end, message))


def prepare(norm: Norm, failures: Failures) -> Norm | None:
    """The norm with its surface forms folded into when, unless and subject; ``None`` where they contradict."""
    kind, tail, subject, doings, notes = norm.kind, norm.tail, norm.subject, norm.doings, list(norm.notes)
    if kind == "must":  # "must be done only …" restricts; without an "only" it is an obligation
        if not tail.only and tail.only_by is None:
            return None
        kind = "permit"
    if tail.by is not None:
        if kind == "only":
            kind = "only_subject"
        if not subject.anybody:
            return None
        subject, tail = tail.by, tail.plus(by=None)
    if tail.only_by is not None:
        if kind != "permit" or not subject.anybody or tail.only:
            return None
        kind, subject, tail = "only_subject", tail.only_by, tail.plus(only_by=None)
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
    cond = atoms.counter(count.nouns, count.verb, tail.window, limit, note, count.start, count.end)
    return (replace(doing, count=None),), tail.plus(when=(cond,), window="", notes=(_GRANTS_NOTHING,))
