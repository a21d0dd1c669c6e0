"""The parts of a version beside rules and English as lines of text, and which of them an amendment changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.analysis.words_voice import cedar_value, member
from workbench.analysis.words_witness import request_words, uid_text
from workbench.governance.artifact import Content, TestCase
from workbench.governance.roster import RosterEntry
from workbench.service.views import PartChange


def part_changes(before: Content, after: Content) -> tuple[PartChange, ...]:
    """Schema, invariants, roster and test cases, as far as they differ."""
    parts = (
        PartChange("schema", before.schema_text, after.schema_text),
        PartChange("invariants", before.invariants, after.invariants),
        PartChange("roster", roster_lines(before.roster), roster_lines(after.roster)),
        PartChange("tests", _tests(before.test_cases), _tests(after.test_cases)),
    )
    return tuple(part for part in parts if part.before != part.after)


def roster_lines(roster: tuple[RosterEntry, ...]) -> str:
    """A key a line, with whose it is and as what."""
    people = sorted(roster, key=lambda entry: entry.principal)
    return "\n".join(f"{entry.principal} ({entry.role})  {line}" for entry in people for line in entry.keys)


def _tests(cases: tuple[TestCase, ...]) -> str:
    return "\n".join(test_line(case) for case in cases)


def test_line(case: TestCase) -> str:
    """Who asks for what, what must come of it, with which data: one line, in which all that counts stands."""
    asked = case.request
    request = {"principal": asked.principal, "action": asked.action, "resource": asked.resource}
    what = request_words(request).removesuffix(".")
    confirmed = f"confirmed by {case.reviewed_by}" if case.reviewed_by else "confirmed by nobody"
    parts = [f"{case.name}: {what} → {'; '.join((_expected(case), *_more(case), confirmed))}"]
    context: Mapping[str, Any] = json.loads(asked.context)
    if context:
        parts.append(f"with {', '.join(f'{member(name)} {cedar_value(value)}' for name, value in context.items())}")
    if asked.speech:
        parts.append(f"saying {cedar_value(json.loads(asked.speech))}")
    if known := [_entity(each) for each in json.loads(case.entities)]:
        parts.append(f"where {'; '.join(known)}")
    return "; ".join(parts)


def _expected(case: TestCase) -> str:
    return f"{case.expect} by {case.procedure}" if case.procedure else case.expect


def _more(case: TestCase) -> Iterator[str]:
    """What else the test expects."""
    yield from (f"{name} requires {wanted}" for name, wanted in case.requires.items())
    for word, names in (("held by", case.procedures), ("observed by", case.observed), ("not by", case.unobserved)):
        if names:
            yield f"{word} {', '.join(names)}"
    if case.score:
        yield f"score {case.score}"


def _entity(entity: Mapping[str, Any]) -> str:
    """An entity with its attributes, and what it is in."""
    attributes = entity.get("attrs") or {}
    said = [f"{member(name)} {cedar_value(value)}" for name, value in attributes.items()]
    said += [f"{member(name)} tag {cedar_value(value)}" for name, value in (entity.get("tags") or {}).items()]
    parents = [f"in {uid_text(each)}" for each in entity.get("parents") or ()]
    return " ".join((uid_text(entity.get("uid")), ", ".join((*parents, *said)))).rstrip()
