"""What a new schema does to constitutions that stand: the rules, tests and recorded actions that no longer fit it.

Asked of the checker and the engine, never guessed from the list of changes. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.counterparts import SchemaPair
from workbench.language.diagnostics import Diagnostic, LineMap
from workbench.language.parser import parse
from workbench.language.program import Program
from workbench.language.schema import Schema
from workbench.language.schema_data import migrate_case
from workbench.language.schema_migrate import Migration, migrate_rules
from workbench.language.source import statement_spans
from workbench.service.errors import governed
from workbench.service.judging import fitted
from workbench.service.refusing import RefusedError

if TYPE_CHECKING:
    from workbench.governance.artifact import ConstitutionVersion
    from workbench.service.workspace import Workspace

_EXAMPLES = 5  # recorded actions that are told in full


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that validates under the old schema and not under the new one; ``line`` counts from 1."""

    id: str
    line: int
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class BrokenTest:
    """A test case whose request or entities fit the old schema and not the new one."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class RecordedImpact:
    """Recorded actions: how many were looked at, how many no longer fit, and the first of those as ``seq: why``."""

    looked_at: int
    broken: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """What breaks of one constitution. ``rules_before`` and ``tests_before``: broken under the old schema already."""

    name: str
    rules: tuple[BrokenRule, ...]
    tests: tuple[BrokenTest, ...]
    rules_before: int = 0
    tests_before: int = 0
    recorded: RecordedImpact | None = None

    @property
    def breaks(self) -> bool:
        return bool(self.rules or self.tests or (self.recorded is not None and self.recorded.broken))


class Fits:
    """Whether requests and entities fit a schema: the engine, asked with no rules."""

    def __init__(self, schema: Schema) -> None:
        self._evaluator = Evaluator(Program((), schema))

    def misfit(self, request: Any, entities: Any) -> str:
        """Why they do not fit, or the empty string. Takes any values: what is no request or no list does not fit."""
        if not isinstance(entities, list | tuple):
            return "`entities` is not a list"
        try:
            asked = fitted(Request.from_json(request), self._evaluator.schema)
            decision = self._evaluator.decide(asked, list(entities))
        except RefusedError:  # what is said in it cannot be judged, under whatever schema
            return ""
        except ValueError as error:
            return str(error)
        if decision.code in ("invalid_request", "invalid_entity") or decision.errors:
            return decision.errors[0].message if decision.errors else decision.remedy
        return ""


def impact(name: str, source: str, cases: Iterable[Mapping[str, Any]], old: Schema, new: Schema) -> Impact:
    """What breaks of the constitution ``source`` with its test ``cases`` when ``old`` becomes ``new``. Never raises."""
    before, after = broken_rules(source, old), broken_rules(source, new)
    broken = [rule for key, rule in after.items() if key not in before]
    fitted, fits = Fits(old), Fits(new)
    tests: list[BrokenTest] = []
    tests_before = 0
    for case in cases:
        asked, entities = case.get("request", {}), case.get("entities", ())
        if fitted.misfit(asked, entities):
            tests_before += 1
        elif why := fits.misfit(asked, entities):
            tests.append(BrokenTest(str(case.get("name", "")), why))
    return Impact(name, tuple(broken), tuple(tests), len(before), tests_before)


def broken_rules(source: str, schema: Schema) -> dict[int, BrokenRule]:
    """The statements of ``source`` with an error under ``schema``, by the offset at which they begin."""
    result = check(source, schema)
    lines = LineMap(source)
    spans = list(statement_spans(source))
    found: dict[int, list[Diagnostic]] = {}
    for diagnostic in result.errors:
        start = next((start for start, end in spans if start <= diagnostic.span.start <= end), 0)
        found.setdefault(start, []).append(diagnostic)
    return {
        start: BrokenRule(_rule_name(source, start, spans), lines.position(start).line, tuple(errors))
        for start, errors in found.items()
    }


def _rule_name(source: str, start: int, spans: list[tuple[int, int]]) -> str:
    """The rule's ``@id``, else a procedure's name, else the words it begins with."""
    end = next((end for begin, end in spans if begin == start), len(source))
    for statement in parse(source[start:end]).statements:
        for annotation in statement.annotations:
            if annotation.name == "id":
                return annotation.value
        if name := getattr(statement, "name", ""):
            return str(name)
    return " ".join(source[start:end].split())[:60]


@dataclass(frozen=True, slots=True)
class Migrated:
    """Rules and test cases carried over. ``tests_left``: cases that do not fit the new schema even so."""

    rules: Migration
    cases: tuple[Mapping[str, Any], ...]
    cases_changed: int
    tests_left: tuple[BrokenTest, ...]


def migrate(source: str, cases: Iterable[Mapping[str, Any]], old: Schema, new: Schema) -> Migrated:
    """Rules and test cases rewritten for ``new``. Never raises on bad input."""
    schemas = SchemaPair(old, new)
    before = list(cases)
    after = [migrate_case(case, schemas) for case in before]
    fits = Fits(new)
    left = [
        BrokenTest(str(case.get("name", "")), why)
        for case in after
        if (why := fits.misfit(case.get("request", {}), case.get("entities", ())))
    ]
    changed = sum(dict(one) != two for one, two in zip(before, after, strict=True))
    return Migrated(migrate_rules(source, old, new), tuple(after), changed, tuple(left))


def cases_text(before: str, cases: Iterable[Mapping[str, Any]]) -> str:
    """Test cases as JSON text, laid out as ``before`` was: a case a line, or indented."""
    rows = list(cases)
    lines = [line for line in before.splitlines() if line.strip() not in ("", "[", "]")]
    if rows and len(lines) == len(rows) and all(line.lstrip().startswith("{") for line in lines):
        indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
        body = ",\n".join(indent + json.dumps(row, ensure_ascii=False) for row in rows)
        return f"[\n{body}\n]\n"
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def migrated_artifact(version: ConstitutionVersion, moved: Migrated, new_schema: str) -> str:
    """The YAML of ``version`` with the migrated content and ``new_schema``; its votes, for another text, are gone.

    Raises :class:`WorkbenchError` where the content is not one that an artifact can hold.
    """
    from workbench.governance.artifact import TestCase, dump_yaml

    with governed("cannot write the artifact"):
        changed = {
            "cedar_plus_source": moved.rules.source,
            "schema_text": new_schema,
            "test_cases": tuple(map(TestCase.of, moved.cases)),
        }
        content = version.content.model_copy(update=changed)
        return dump_yaml(version.model_copy(update={"content": content, "signatures": (), "activation": None}))


def impact_in_force(workspace: Workspace, old: Schema, new: Schema) -> Impact:
    """What breaks of the constitution in force in a workspace, its tests and every recorded action that was kept."""
    from workbench.store import feed
    from workbench.store.ledger import read_head

    session = workspace._session
    with session.read() as connection:
        checked = session.laws.checked(connection, read_head(connection).active_digest)
        content = checked.version.content
        cases = [case.to_mapping() for case in content.test_cases]
        name = f"{session.swarm_id} {checked.version.constitution_version}"
        found = impact(name, content.cedar_plus_source, cases, old, new)
        payloads = ((row.seq, kept) for row, kept in feed.decision_records(connection) if kept is not None)
        recorded = _recorded(((seq, kept.request, kept.entities) for seq, kept in payloads), old, new)
    return Impact(found.name, found.rules, found.tests, found.rules_before, found.tests_before, recorded)


def _recorded(rows: Iterator[tuple[int, bytes, bytes]], old: Schema, new: Schema) -> RecordedImpact:
    fitted, fits = Fits(old), Fits(new)
    looked_at = broken = 0
    examples: list[str] = []
    for seq, request, entities in rows:
        looked_at += 1
        asked, sent = json.loads(request), json.loads(entities)
        asked.pop("credential", None)
        rows_sent = sent if isinstance(sent, list) else [sent]
        why = fits.misfit(asked, rows_sent)
        if why and not fitted.misfit(asked, rows_sent):
            broken += 1
            if len(examples) < _EXAMPLES:
                examples.append(f"{seq}: {why}")
    return RecordedImpact(looked_at, broken, tuple(examples))
