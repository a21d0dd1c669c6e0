"""The checker: source and schema → a checked program, or every mistake with its place.

Each statement is parsed, guarded, lowered and judged by cedarpy on its own, and the outcome cached by its text and the
schema's, so that a check after a key stroke costs what changed. Imports language only; never raises on bad input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from workbench.language.ast import (
    ActionScope,
    Expr,
    Has,
    Is,
    Policy,
    Prefer,
    Procedure,
    Scope,
    Statement,
    bodies,
    children,
)
from workbench.language.blame import place_messages
from workbench.language.cedar import CedarError, parse_policies, parse_schema, validate
from workbench.language.diagnostics import Diagnostic, DiagnosticsError, Finding, LineMap, Span
from workbench.language.digest import SHORT, rule_digest
from workbench.language.governance_schema import GOVERNANCE_SCHEMA
from workbench.language.guard import MAX_NODES, MAX_RULES, size_findings
from workbench.language.inference import scope_actions
from workbench.language.lower import as_policy, desugar, procedure_policies
from workbench.language.parser import parse_statement
from workbench.language.program import CheckResult, Program, Rule, RuleKind
from workbench.language.render import render_statement
from workbench.language.schema import Schema
from workbench.language.schema_json import approval_schema, schema_text, slice_handle
from workbench.language.schema_reader import read_schema
from workbench.language.source import statement_spans
from workbench.language.structure import escalation_targets, own_findings, structure_findings
from workbench.language.warnings import warning_findings

_CACHED_STATEMENTS = 32_768


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one statement is, on its own: spans count from its first character."""

    statement: Statement | None
    digest: str = ""
    annotations: dict[str, str] = field(default_factory=dict, hash=False)
    findings: tuple[Finding, ...] = ()


def check(source: str, schema: str | Schema | None) -> CheckResult:
    """Checks ``source`` against ``schema`` (text or model; ``None`` for syntax and structure alone).

    All mistakes of all statements are reported in the order of their places. ``program`` is ``None`` if any is an
    error; warnings leave it. A broken schema is one error per mistake in it. Never raises on bad input.
    """
    lines = LineMap(source)
    if findings := size_findings(source):
        return CheckResult(None, tuple(finding.at(lines) for finding in findings))
    try:
        typed = read_schema(schema) if isinstance(schema, str) else schema
        text = schema_text(typed) if typed is not None else None
        if typed is not None and text is not None:
            read_schema(text)
    except DiagnosticsError as error:
        return CheckResult(None, tuple(_of_schema(found, lines) for found in error.diagnostics))
    except CedarError as error:
        return CheckResult(None, (Finding("CP002", f"in the schema: {error}", Span(0, 0)).at(lines),))
    rules: list[Rule] = []
    diagnostics: list[Diagnostic] = []
    for count, (start, end) in enumerate(statement_spans(source)):
        if count >= MAX_RULES:
            finding = Finding("CP003", f"more than {MAX_RULES} rules", Span(start, end), help="split it up")
            diagnostics.append(finding.at(lines))
            break
        analysis = _analyse(source[start:end], text)
        rule = _rule(analysis, source, start, end)
        diagnostics += [found.at(lines, start, rule.id if rule else "") for found in analysis.findings]
        if rule is not None:
            rules.append(rule)
    diagnostics += [found.at(lines, rule.span.start, rule.id) for rule, found in _program_findings(rules, text)]
    failed = any(found.severity == "error" for found in diagnostics)
    diagnostics += [
        found.at(lines, rule.span.start if rule else 0, rule.id if rule else "")
        for rule, found in warning_findings(rules, typed, complete=not failed)
    ]
    diagnostics.sort(key=lambda found: (found.span.start, found.severity != "error", found.code))
    return CheckResult(None if failed else Program(tuple(rules), typed, source), tuple(diagnostics))


def _program_findings(rules: Sequence[Rule], schema: str | None) -> Iterator[tuple[Rule, Finding]]:
    """What needs more than one statement: clashes, escalations, and approvers asked about another's requests."""
    yield from structure_findings(rules)
    if schema is None:
        return
    procedures = {
        rule.statement.name: (rule, rule.statement) for rule in rules if isinstance(rule.statement, Procedure)
    }
    for name, (_, procedure) in procedures.items():
        if procedure.action is None:
            continue
        for target in escalation_targets(name, procedures):
            rule, escalated = procedures[target]
            if target != name and escalated.action is not None:
                for found in approval_findings(escalated, procedure.action, rule.text, schema):
                    help = f"`{name}` escalates its requests to this procedure"
                    yield rule, Finding(found.code, found.message, found.span, found.expected, found.fix, help)


def _of_schema(found: Diagnostic, lines: LineMap) -> Diagnostic:
    """A schema's mistake, told about the source: its own place is in the message."""
    message = f"in the schema, line {found.start.line}, column {found.start.column}: {found.message}"
    return Finding(found.code, message, Span(0, 0), found.expected, "", found.help).at(lines, rule="schema")


def _rule(analysis: Analysis, source: str, start: int, end: int) -> Rule | None:
    statement = analysis.statement
    if statement is None:
        return None
    kind: RuleKind
    match statement:
        case Policy(effect=effect):
            kind = effect
        case Prefer():
            kind = "prefer"
        case Procedure():
            kind = "procedure"
    name = analysis.annotations.get("id") or analysis.digest[:SHORT]
    return Rule(name, analysis.digest, kind, statement, source[start:end], Span(start, end), analysis.annotations)


@lru_cache(maxsize=_CACHED_STATEMENTS)
def _analyse(text: str, schema: str | None) -> Analysis:
    """One statement on its own, everything that does not need the others; cached."""
    surface, findings = parse_statement(text)
    if surface is None:
        return Analysis(None, findings=tuple(findings))
    count = sum(map(weight, bodies(surface)))
    if count > MAX_NODES:
        message = f"the rule has {count} parts, more than {MAX_NODES}"
        help = "write a set with `contains`, or `in [...]`, or several rules"
        return Analysis(None, findings=(Finding("CP003", message, surface.span, help=help),))
    core: Statement = desugar(surface)
    findings += own_findings(core)
    if not findings:
        findings += _judged(core, text, schema)
    annotations = {annotation.name: annotation.value for annotation in core.annotations}
    return Analysis(core, rule_digest(core), annotations, tuple(findings))


def weight(expr: Expr) -> int:
    """The number of nodes as Cedar writes the expression out: ``a has b.c`` counts ``a`` twice, ``is … in`` too."""
    inner = sum(map(weight, children(expr)))
    if isinstance(expr, Has):
        return len(expr.path) * (inner + 1)
    if isinstance(expr, Is) and expr.container is not None:
        return 2 * inner + 1
    return inner + 1


def _judged(core: Statement, text: str, schema: str | None) -> list[Finding]:
    """What cedarpy says of a core statement."""
    if not isinstance(core, Procedure):
        return _judge(as_policy(core), text, schema)
    if core.amendment is not None:
        schema = None if schema is None else GOVERNANCE_SCHEMA
        return [found for _, policy in procedure_policies(core) for found in _judge(policy, text, schema)]
    (_, trigger), *wheres = procedure_policies(core)
    findings = _judge(trigger, text, schema)
    if schema is None:
        for _, policy in wheres:
            findings += _judge(policy, text, None)
    elif core.action is not None and not findings:
        findings += approval_findings(core, core.action, text, schema)
    return list(dict.fromkeys(findings))


def approval_findings(procedure: Procedure, trigger: ActionScope, text: str, schema: str) -> list[Finding]:
    """What is wrong with the approver predicates of a core ``procedure`` for requests that ``trigger`` holds."""
    actions = [action for action in scope_actions(trigger, read_schema(schema)) if action.principals]
    uids = frozenset(action.uid for action in actions)
    findings: list[Finding] = []
    for requester in dict.fromkeys(name for action in actions for name in action.principals):
        derived, handle = approval_schema(schema, uids, requester)
        for require, (_, policy) in zip(procedure.requires, procedure_policies(procedure)[1:], strict=True):
            if require.where is None:
                continue
            held = Policy(policy.effect, _with_action(policy, trigger), policy.conditions, (), require.span)
            messages = validate(render_statement(held), handle)
            findings += place_messages(messages, held, text, derived)
    return list(dict.fromkeys(findings))


def _with_action(policy: Policy, trigger: ActionScope) -> Scope:
    return Scope(policy.scope.principal, trigger, policy.scope.resource)


def _judge(policy: Policy, text: str, schema: str | None) -> list[Finding]:
    lowered = render_statement(policy)
    try:
        if schema is None:
            parse_policies(lowered)
            return []
        model = read_schema(schema)
        actions = frozenset(action.uid for action in scope_actions(policy.scope.action, model))
        handle = slice_handle(schema, actions) if policy.scope.action.kind != "any" else parse_schema(schema)
        return place_messages(validate(lowered, handle), policy, text, model)
    except CedarError as error:
        return [Finding("CP001", str(error), policy.span)]
