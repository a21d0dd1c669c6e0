"""Decisions that a filter wants: its terms as conditions of SQL, the matching ids, and pages of matching rows.

What people wrote is always a bound parameter, with the signs that GLOB and LIKE know made plain. Both databases give
the same answer: names compare by code point, and words ignore the case of A–Z and of nothing else. Every query covers
a range of ids that is given, so its cost does not grow with the log; none has an OFFSET. May import the tables.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Column, ColumnElement, Connection, and_, collate, false, func, not_, or_, select, true

from workbench.engine.decision_filter import DecisionFilter, Named, Outcomes, Pattern, Recorded, Term, Words, folded
from workbench.store.feed import FeedRow, numbers
from workbench.store.tables import decisions

_COLUMNS = tuple(decisions.c[name] for name in FeedRow._fields)
_SHOWN = ("agent", "action", "resource", "rule", "severity", "code")
_OUTCOMES = ("allow", "deny", "hold")
_NO_CELL = re.compile("[\0\ud800-\udfff]")
ACT = "act"  # what every action is called that is told in words
_MOST_IDS = 200  # norms that one pattern may name; a pattern for more of them says nothing


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter made ready to be asked: ``times`` (µs) of its terms with a time, and the names of norms by their ids,
    which a row has in the place of the name."""

    filter: DecisionFilter
    times: Mapping[Recorded, int] = field(default_factory=dict)
    norms: Mapping[str, str] = field(default_factory=dict)


def matching_ids(connection: Connection, wanted: Wanted, after: int, upto: int) -> array[int]:
    """``seq`` of every decision with ``after < seq <= upto`` that the filter wants, ascending; see :func:`acts`."""
    query = select(decisions.c.seq).where(
        decisions.c.seq > after, decisions.c.seq <= upto, _condition(connection, wanted)
    )
    return numbers(connection, query.order_by(decisions.c.seq))


def matching_rows(connection: Connection, wanted: Wanted, after: int, upto: int, limit: int) -> list[FeedRow]:
    """The first ``limit`` decisions with ``after < seq <= upto`` that the filter wants, ascending."""
    query = select(*_COLUMNS).where(decisions.c.seq > after, decisions.c.seq <= upto, _condition(connection, wanted))
    return [FeedRow(*row) for row in connection.execute(query.order_by(decisions.c.seq).limit(limit))]


def bounds(connection: Connection, wanted: Wanted, after: int, upto: int) -> tuple[int, int]:
    """The same range without those ends of it that were recorded at other times than the filter asks for. May read all
    the times there are, so it is for ranges that are long."""
    for term, at in wanted.times.items():
        if term.side == "since":
            seq = decisions.c.seq + 0  # or SQLite would look for the least number row by row, from the first one on
            first = connection.execute(select(func.min(seq)).where(decisions.c.recorded_at >= at)).scalar()
            after = upto if first is None else max(after, int(first) - 1)
        else:
            last = connection.execute(select(func.max(decisions.c.seq)).where(decisions.c.recorded_at < at)).scalar()
            upto = min(upto, int(last or 0))
    return after, upto


def known_names(connection: Connection, column: str, limit: int) -> list[str]:
    """At most ``limit`` different values of ``agent``, ``action`` or ``rule``, sorted: of agents all of them, found by
    leaps through their index; of the others those among the newest decisions."""
    asked: Column[str] = decisions.c[column]
    if column != "agent":
        recent = select(asked).order_by(decisions.c.seq.desc()).limit(20_000).subquery()
        query = select(recent.c[0]).distinct().order_by(recent.c[0]).limit(limit)
        return [str(name) for name in connection.execute(query).scalars()]
    found: list[str] = []
    while len(found) < limit:
        query = select(asked).order_by(asked).limit(1)
        name = connection.execute(query.where(asked > found[-1]) if found else query).scalar()
        if name is None:
            break
        found.append(str(name))
    return found


def _condition(connection: Connection, wanted: Wanted) -> ColumnElement[bool]:
    sqlite = connection.dialect.name == "sqlite"
    return and_(true(), *(_term(term, wanted, sqlite) for term in wanted.filter.terms))


def acts(connection: Connection, wanted: Wanted, after: int, upto: int) -> array[int]:
    """Of :func:`matching_ids` those whose action is told in words, where the filter has terms about that."""
    if not any(map(is_about_words, wanted.filter.terms)):
        return array("q")
    query = select(decisions.c.seq).where(
        decisions.c.seq > after, decisions.c.seq <= upto, decisions.c.action == ACT, _condition(connection, wanted)
    )
    return numbers(connection, query.order_by(decisions.c.seq))


def is_about_words(term: Term) -> bool:
    """Whether a term looks at what a row shows as its action. Of an action that is told in words that is its verb,
    which no column holds: here such rows pass, and whoever has their payloads looks at them again."""
    return isinstance(term, Words) or (isinstance(term, Named) and term.key == "action")


def _term(term: Term, wanted: Wanted, sqlite: bool) -> ColumnElement[bool]:
    found = _column_term(term, wanted, sqlite)
    return or_(found, decisions.c.action == ACT) if is_about_words(term) else found


def _column_term(term: Term, wanted: Wanted, sqlite: bool) -> ColumnElement[bool]:
    match term:
        case Named():
            found = _named(term, wanted.norms, sqlite)
        case Words():
            found = _any(_words(pattern, wanted.norms, sqlite) for pattern in term.patterns)
        case Outcomes():
            found = _any(_outcome(outcome) for outcome in term.outcomes)
        case Recorded():
            at = wanted.times[term]
            return decisions.c.recorded_at >= at if term.side == "since" else decisions.c.recorded_at < at
    return not_(found) if term.negated else found


def _any(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    return or_(false(), *conditions)


def _outcome(outcome: str) -> ColumnElement[bool]:
    return decisions.c.violation if outcome == "violation" else decisions.c.outcome == outcome


def _named(term: Named, norms: Mapping[str, str], sqlite: bool) -> ColumnElement[bool]:
    column = decisions.c[term.key]
    fits = partial(_glob if sqlite else _like, column)
    found = [fits(pattern) for pattern in term.patterns]
    if term.key == "rule":
        found.append(_norms(id for id, name in norms.items() if any(pattern.fits(name) for pattern in term.patterns)))
    return _any(found)


def _words(pattern: Pattern, norms: Mapping[str, str], sqlite: bool) -> ColumnElement[bool]:
    """The pattern somewhere in a row: in a column, in the word for its outcome, or in the name of its norm."""
    if _unstorable(pattern):
        return false()
    text = "%" + "%".join(_escaped(piece) for piece in pattern.pieces) + "%"
    found: list[ColumnElement[bool]] = []
    for name in _SHOWN:
        column = decisions.c[name]
        if sqlite:  # whose LIKE takes A for a by itself
            found.append(column.like(text, escape="\\"))
        else:
            found.append(func.lower(collate(column, "C")).like(folded(text), escape="\\"))
    found += [decisions.c.outcome == outcome for outcome in _OUTCOMES if pattern.within(outcome)]
    if pattern.within("violation"):
        found.append(decisions.c.violation)
    found.append(_norms(id for id, name in norms.items() if pattern.within(name)))
    return _any(found)


def _norms(ids: Iterable[str]) -> ColumnElement[bool]:
    return _any(decisions.c.rule == id for id in sorted(ids)[:_MOST_IDS])


def _glob(column: Column[str], pattern: Pattern) -> ColumnElement[bool]:
    if pattern.anything or _unstorable(pattern):
        return true() if pattern.anything else false()
    if pattern.exact is not None:
        return column == pattern.exact
    return column.op("GLOB", is_comparison=True)("*".join(map(_plain_glob, pattern.pieces)))


def _like(column: Column[str], pattern: Pattern) -> ColumnElement[bool]:
    if pattern.anything or _unstorable(pattern):
        return true() if pattern.anything else false()
    if pattern.exact is not None:
        return column == pattern.exact
    return column.like("%".join(_escaped(piece) for piece in pattern.pieces), escape="\\")


def _plain_glob(piece: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in piece)


def _escaped(piece: str) -> str:
    return "".join(f"\\{char}" if char in "\\%_" else char for char in piece)


def _unstorable(pattern: Pattern) -> bool:
    """Whether it holds what no row can (the feed's cells are cleaned): half a surrogate pair, or a zero character."""
    return any(_NO_CELL.search(piece) for piece in pattern.pieces)
