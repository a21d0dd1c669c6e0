"""The parts of a version beside rules and English as lines of text, and which of them an amendment changes."""

from __future__ import annotations

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
    return "\n".join(_test(case) for case in cases)


def _test(case: TestCase) -> str:
    asked = case.request
    by = f" by {case.procedure}" if case.procedure else ""
    confirmed = f", confirmed by {case.reviewed_by}" if case.reviewed_by else ", confirmed by nobody"
    request = f"{asked.principal} {asked.action} {asked.resource} {asked.context}"
    return f"{case.name}: {case.expect}{by}{confirmed}: {request} {case.entities}"
