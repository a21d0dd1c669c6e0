"""Mistakes of structure that no type checker sees: open slots, procedures that cannot work, clashing identities.

Codes CP004 … CP008 of the refusal table. Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.language.ast import Duration, EntityScope, Fallback, Policy, Prefer, Procedure, Slot, Statement
from workbench.language.blame import nearest
from workbench.language.diagnostics import Finding, Span
from workbench.language.program import Rule

MAX_ESCALATIONS = 8
_DAY = 86_400
MAX_DURATION = 10 * 365 * _DAY
_MAX_DURATION_WORDS = "at least 1 second, at most 3650 days"


def own_findings(statement: Statement) -> list[Finding]:
    """What is wrong with one core statement whatever the others are (CP007, CP008)."""
    if isinstance(statement, Procedure):
        return list(_procedure_findings(statement))
    return list(_slot_findings(statement))


def _slot_findings(statement: Policy | Prefer) -> Iterator[Finding]:
    scopes: tuple[EntityScope, ...] = (statement.scope.principal, statement.scope.resource)
    for scope in scopes:
        if isinstance(scope.entity, Slot):
            message = f"the template slot `?{scope.entity.name}` is left open"
            help = "a constitution has no template links: name the entity, or its group"
            yield Finding("CP007", message, scope.entity.span, 'an entity such as `Type::"id"`', help=help)


def _procedure_findings(procedure: Procedure) -> Iterator[Finding]:
    place = procedure.name_span
    if not procedure.requires:
        message = f"the procedure `{procedure.name}` requires nobody's approval"
        yield Finding("CP008", message, place, "`require approval from principal`")
    if procedure.action is None and procedure.amendment is None:
        message = f"the procedure `{procedure.name}` has no trigger"
        yield Finding("CP008", message, place, "`on action == …`, `on action in …` or `on amendment …`")
    for name, duration in (("timelock", procedure.timelock), ("timeout", procedure.timeout)):
        if duration is not None:
            yield from _duration_findings(name, duration)


def _duration_findings(name: str, duration: Duration) -> Iterator[Finding]:
    if duration.seconds == 0:
        yield Finding("CP008", f"a {name} of 0 is none", duration.span, _MAX_DURATION_WORDS, help="leave it out")
    elif duration.seconds > MAX_DURATION:
        yield Finding("CP008", f"a {name} of over 10 years", duration.span, _MAX_DURATION_WORDS)


def structure_findings(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Finding]]:
    """What is wrong with the rules together (CP004, CP005, CP006); spans count from the rule's first character."""
    yield from _identity_findings(rules)
    procedures: dict[str, tuple[Rule, Procedure]] = {}
    for rule in rules:
        if isinstance(rule.statement, Procedure):
            name = rule.statement.name
            if name in procedures:
                message = f"a procedure named `{name}` stands already"
                yield rule, Finding("CP005", message, rule.statement.name_span, "another name")
            else:
                procedures[name] = (rule, rule.statement)
    for rule, procedure in procedures.values():
        yield from ((rule, finding) for finding in _escalation_findings(procedure, procedures))


def _identity_findings(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Finding]]:
    ids: dict[str, Rule] = {}
    digests: dict[str, Rule] = {}
    for rule in rules:
        place = Span(0, rule.span.end - rule.span.start)
        same = digests.setdefault(rule.digest, rule)
        if same is not rule and not ("norm" in rule.annotations and "norm" in same.annotations):
            message = f"this rule says the same as the rule `{same.id}`"
            yield rule, Finding("CP006", message, place, help="keep one of them")
            continue
        first = ids.setdefault(rule.id, rule)
        if first is not rule:
            spans = [annotation.span for annotation in rule.statement.annotations if annotation.name == "id"]
            message = f"the id `{rule.id}` stands twice"
            yield rule, Finding("CP006", message, spans[0] if spans else place, "another `@id`")


def _fallbacks(procedure: Procedure) -> list[Fallback]:
    found = (procedure.on_timeout, procedure.on_rejection)
    return [fallback for fallback in found if fallback is not None and fallback.procedure is not None]


def _escalation_findings(procedure: Procedure, procedures: dict[str, tuple[Rule, Procedure]]) -> Iterator[Finding]:
    for fallback in _fallbacks(procedure):
        name = fallback.procedure or ""
        place = _last_word(fallback.span, name)
        if name not in procedures:
            best = nearest(name, procedures)
            help = f"did you mean `{best}`?" if best else "write the procedure"
            yield Finding("CP005", f"there is no procedure `{name}`", place, "the name of a procedure", best, help)
        elif procedure.name in escalation_targets(name, procedures):
            message = f"the procedure `{procedure.name}` escalates to itself"
            if name != procedure.name:
                message += f" through `{name}`"
            yield Finding("CP004", message, place, "`deny`, or another procedure")
        elif (length := 1 + _longest(name, procedures)) > MAX_ESCALATIONS:
            yield Finding(
                "CP004", f"a chain of {length} escalations, over {MAX_ESCALATIONS}", place, help="end it sooner"
            )


def escalation_targets(name: str, procedures: dict[str, tuple[Rule, Procedure]]) -> dict[str, None]:
    """The procedure ``name`` and every one that it may escalate to, in order of discovery."""
    found: dict[str, None] = {}
    pending = [name]
    while pending:
        current = pending.pop()
        if current in procedures and current not in found:
            found[current] = None
            pending.extend(fallback.procedure or "" for fallback in _fallbacks(procedures[current][1]))
    return found


def _longest(name: str, procedures: dict[str, tuple[Rule, Procedure]]) -> int:
    """The number of escalations on the longest way on from ``name``, counted up to just over the bound."""
    level = {name}
    steps = 0
    while level and steps <= MAX_ESCALATIONS:
        following = {
            fallback.procedure
            for current in level
            if current in procedures
            for fallback in _fallbacks(procedures[current][1])
            if fallback.procedure in procedures
        }
        if not following:
            break
        level = {target for target in following if target is not None}
        steps += 1
    return steps


def _last_word(span: Span, name: str) -> Span:
    return Span(span.end - len(name), span.end)
