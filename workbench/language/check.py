"""The checker: source and schema → a checked program, or every mistake with its place.

Each statement is parsed, guarded, lowered and judged by cedarpy, and the outcome kept by its text and the schema's, so
that a check after a key stroke costs what changed; what is new is judged many at a time. Imports language only; never
raises on bad input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from workbench.language.annotations import annotation_findings
from workbench.language.ast import Expr, Has, Is, Policy, Prefer, Procedure, Statement, bodies, children
from workbench.language.bulk import uncollected
from workbench.language.cedar import CedarError
from workbench.language.claims import claim_findings
from workbench.language.diagnostics import Diagnostic, DiagnosticsError, Finding, LineMap, Span
from workbench.language.digest import SHORT, core_digest
from workbench.language.effort import MAX_STEPS, too_much
from workbench.language.guard import MAX_NODES, MAX_RULES, size_findings
from workbench.language.judge import Judge, judge_of
from workbench.language.lower import desugar
from workbench.language.parser import parse_alone
from workbench.language.program import CheckResult, Program, Rule, RuleKind
from workbench.language.schema import Schema
from workbench.language.schema_json import schema_text
from workbench.language.schema_lint import schema_refusals
from workbench.language.schema_reader import read_schema
from workbench.language.source import statement_spans
from workbench.language.structure import escalation_targets, own_findings, structure_findings
from workbench.language.warnings import permission_findings

_KEPT_STATEMENTS = 32_768


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one statement is, on its own: spans count from its first character. ``parts``: its expressions' nodes."""

    statement: Statement | None
    digest: str = ""
    annotations: dict[str, str] = field(default_factory=dict, hash=False)
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    parts: int = 0


def check(source: str, schema: str | Schema | None, *, standing: bool = False) -> CheckResult:
    """Checks ``source`` against ``schema`` (text or model; ``None`` for syntax and structure alone).

    All mistakes of all statements are reported in the order of their places. ``program`` is ``None`` if any is an
    error; warnings leave it. A broken schema is one error per mistake in it, with ``rule="schema"``. Never raises on
    bad input.

    A schema given as text is broken where the linter refuses it too (CP011, CP120), though Cedar takes it: so no way
    from text to a program leads around the linter. Two things are excused. ``standing`` says that this very text is in
    force or was: what people have signed keeps deciding and stays verifiable, even when a later linter refuses more.
    And a model is taken as it is, since diffs and migrations must read the very schemas that are to be mended; who
    makes one of untrusted text asks :func:`~workbench.language.schema_lint.schema_refusals`.
    """
    lines = LineMap(source)
    if findings := size_findings(source):
        return CheckResult(None, tuple(finding.at(lines) for finding in findings))
    try:
        typed = read_schema(schema) if isinstance(schema, str) else schema
        text = schema_text(typed) if typed is not None else None
        judge = judge_of(text)
    except DiagnosticsError as error:
        return CheckResult(None, tuple(_of_schema(found, lines) for found in error.diagnostics))
    except CedarError as error:
        return CheckResult(None, (Finding("CP002", f"in the schema: {error}", Span(0, 0)).at(lines),))
    rules: list[Rule] = []
    refused = schema_refusals(schema) if isinstance(schema, str) and not standing else ()
    diagnostics: list[Diagnostic] = [_of_schema(found, lines) for found in refused]
    spans = list(statement_spans(source))
    if len(spans) > MAX_RULES:
        start, end = spans[MAX_RULES]
        most = f"at most {MAX_RULES} rules"
        finding = Finding("CP003", f"more than {MAX_RULES} rules", Span(start, end), most, help="split it up")
        diagnostics.append(finding.at(lines))
        del spans[MAX_RULES:]
    texts = [source[start:end] for start, end in spans]
    warnings: list[Diagnostic] = []
    readings = list(map(_read, texts))
    over = _too_much(readings, judge)
    if over is not None:
        start, end = spans[over]
        diagnostics.append(too_much(Span(start, end)).at(lines))
    analyses = readings if over is not None else _analyses(texts, text, judge)
    for (start, end), written, analysis in zip(spans, texts, analyses, strict=True):
        rule = _rule(analysis, written, start, end)
        if analysis.findings:
            diagnostics += [found.at(lines, start, rule.id if rule else "") for found in analysis.findings]
        if rule is not None:
            rules.append(rule)
            warnings += [found.at(lines, start, rule.id) for found in analysis.warnings]
    if over is None:
        told = _program_findings(rules, judge)
        diagnostics += [found.at(lines, rule.span.start, rule.id) for rule, found in told]
    failed = bool(diagnostics)
    if typed is not None and not failed:
        # the rule that has an error may be the one that permits what seems unpermitted
        for about, found in permission_findings(rules, typed, judge.touched):
            warnings.append(found.at(lines, about.span.start if about else 0, about.id if about else ""))
    diagnostics += warnings
    diagnostics.sort(key=lambda found: (found.span.start, found.severity != "error", found.code))
    return CheckResult(None if failed else Program(tuple(rules), typed, source), tuple(diagnostics))


def foresee(sources: Iterable[str], schema: Schema) -> None:
    """Judge the statements of many small sources together that are to be checked one by one next.

    That only makes those checks cheap, since a call of the judge costs more than a rule does in it; what they say stays
    the same, and a source that :func:`check` would refuse before it asks the judge is left to it.
    """
    try:
        text = schema_text(schema)
        judge = judge_of(text)
    except (DiagnosticsError, CedarError):
        return
    wanted: list[str] = []
    for source in sources:
        if size_findings(source):
            continue
        texts = [source[start:end] for start, end in statement_spans(source)]
        if len(texts) <= MAX_RULES and _too_much(list(map(_read, texts)), judge) is None:
            wanted += texts
    _analyses(wanted, text, judge)


def _too_much(readings: Sequence[Analysis], judge: Judge) -> int | None:
    """The place of the statement with which judging costs more steps than the bound, whatever is known already."""
    effort = judge.effort
    if effort is None:
        return None
    spent = 0
    procedures: dict[str, tuple[int, Procedure]] = {}
    for place, reading in enumerate(readings):
        statement = reading.statement
        if statement is None:
            continue
        spent += effort.of_statement(statement, reading.parts)
        if spent > MAX_STEPS:
            return place
        if isinstance(statement, Procedure) and statement.action is not None:
            procedures.setdefault(statement.name, (place, statement))
    spent += effort.of_builds(procedure.action for _, procedure in procedures.values() if procedure.action)
    for name, (place, procedure) in procedures.items():
        for target in escalation_targets(name, procedures):
            if target != name and procedure.action is not None:
                spent += effort.of_approvers(procedure.action, readings[procedures[target][0]].parts)
        if spent > MAX_STEPS:
            return place
    return None


def _program_findings(rules: Sequence[Rule], judge: Judge) -> Iterator[tuple[Rule, Finding]]:
    """What needs more than one statement: clashes, escalations, and approvers asked about another's requests."""
    yield from structure_findings(rules)
    procedures = {
        rule.statement.name: (rule, rule.statement) for rule in rules if isinstance(rule.statement, Procedure)
    }
    for name, (_, procedure) in procedures.items():
        if procedure.action is None:
            continue
        for target in escalation_targets(name, procedures):
            rule, escalated = procedures[target]
            if target != name and escalated.action is not None:
                for found in judge.of_approvers(escalated, procedure.action, rule.text):
                    help = f"`{name}` escalates its requests to this procedure"
                    yield rule, Finding(found.code, found.message, found.span, found.expected, found.fix, help)


def _of_schema(found: Diagnostic, lines: LineMap) -> Diagnostic:
    """A schema's mistake, told about the source: its own place is in the message."""
    message = f"in the schema, line {found.start.line}, column {found.start.column}: {found.message}"
    return Finding(found.code, message, Span(0, 0), found.expected, "", found.help).at(lines, rule="schema")


def _rule(analysis: Analysis, text: str, start: int, end: int) -> Rule | None:
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
    return Rule(name, analysis.digest, kind, statement, text, Span(start, end), analysis.annotations)


@lru_cache(maxsize=8)
def _kept(schema: str | None) -> dict[str, Analysis]:  # noqa: ARG001 — the key
    """The statements known under a schema, by their text: filled and emptied by :func:`_analyses`."""
    return {}


def _analyses(texts: Sequence[str], schema: str | None, judge: Judge) -> list[Analysis]:
    """Each text as a statement on its own, everything that does not need the others."""
    kept = _kept(schema)
    found = {text: kept.get(text) for text in texts}
    new = [text for text, analysis in found.items() if analysis is None]
    if new:
        with uncollected(len(new)):
            fresh = _judged(list(map(_read, new)), new, judge)
        found.update(fresh)
        if len(kept) + len(fresh) > _KEPT_STATEMENTS:
            for text in list(kept)[: len(fresh) + _KEPT_STATEMENTS // 2]:
                kept.pop(text, None)
        kept.update(fresh)
    return [analysis for text in texts if (analysis := found[text]) is not None]


@lru_cache(maxsize=_KEPT_STATEMENTS)
def _read(text: str) -> Analysis:
    """What a statement is without a schema, and what is wrong with it."""
    surface, findings = parse_alone(text)
    if surface is None:
        return Analysis(None, findings=findings)
    count = sum(map(weight, bodies(surface)))
    if count > MAX_NODES:
        message = f"the rule has {count} parts, more than {MAX_NODES}"
        help = "write a set with `contains`, or `in [...]`, or several rules"
        finding = Finding("CP003", message, surface.span, f"at most {MAX_NODES} parts", help=help)
        return Analysis(None, findings=(finding,))
    core: Statement = desugar(surface)
    annotations = {annotation.name: annotation.value for annotation in core.annotations}
    found, warnings = tuple(own_findings(core)), tuple(annotation_findings(core))
    return Analysis(core, core_digest(core), annotations, found, warnings, count)


def _judged(readings: Sequence[Analysis], texts: Sequence[str], judge: Judge) -> dict[str, Analysis]:
    """``readings`` with cedarpy's verdicts, and the warnings about each alone, by their ``texts``."""
    results = dict(zip(texts, readings, strict=True))
    asked = [
        (text, reading.statement)
        for text, reading in results.items()
        if reading.statement is not None and not reading.findings
    ]
    verdicts = judge.findings([(statement, text) for text, statement in asked])
    for (text, statement), verdict in zip(asked, verdicts, strict=True):
        known = results[text]
        warnings = known.warnings
        if isinstance(statement, Policy) and judge.model is not None:
            warnings = (*warnings, *claim_findings(statement, judge.model))
        if verdict or warnings:
            results[text] = Analysis(statement, known.digest, known.annotations, tuple(verdict), warnings, known.parts)
    return results


def weight(expr: Expr) -> int:
    """The number of nodes as Cedar writes the expression out: ``a has b.c`` counts ``a`` twice, ``is … in`` too."""
    inner = sum(map(weight, children(expr)))
    if isinstance(expr, Has):
        return len(expr.path) * (inner + 1)
    if isinstance(expr, Is) and expr.container is not None:
        return 2 * inner + 1
    return inner + 1
