"""Mistakes of structure that no type checker sees: open slots, procedures that cannot work, clashing identities.

Codes CP004 … CP008 of the refusal table. Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from workbench.language.annotations import stage_findings
from workbench.language.ast import Duration, EntityScope, Fallback, Policy, Prefer, Procedure, Slot, Statement
from workbench.language.diagnostics import Finding, Span
from workbench.language.program import Rule
from workbench.language.spelling import nearest

MAX_ESCALATIONS = 8
_DAY = 86_400
MAX_DURATION = 10 * 365 * _DAY
_MAX_DURATION_WORDS = "at least 1 second, at most 3650 days"


def own_findings(statement: Statement) -> list[Finding]:
    """What is wrong with one core statement whatever the others are (CP001 for a stage, CP007, CP008)."""
    own = _procedure_findings(statement) if isinstance(statement, Procedure) else _slot_findings(statement)
    return [*stage_findings(statement), *own]


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
        yield Finding("CP008", f"a {name} of over 10 years", duration.span, _MAX_DURATION_WORDS, "3650 days")


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
    ways = _Ways({name: [t for t in _targets(each) if t in procedures] for name, (_, each) in procedures.items()})
    for rule, procedure in procedures.values():
        yield from ((rule, finding) for finding in _escalation_findings(procedure, procedures, ways))


def _identity_findings(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Finding]]:
    ids: dict[str, Rule] = {}
    digests: dict[str, Rule] = {}
    for rule in rules:
        place = Span(0, rule.span.end - rule.span.start)
        same = digests.setdefault(rule.digest, rule)
        if same is not rule and not ("norm" in rule.annotations and "norm" in same.annotations):
            message = f"this rule says the same as the rule `{same.id}`"
            yield rule, Finding("CP006", message, place, "each rule once", help="keep one of them")
            continue
        first = ids.setdefault(rule.id, rule)
        if first is not rule:
            spans = [annotation.span for annotation in rule.statement.annotations if annotation.name == "id"]
            message = f"the id `{rule.id}` stands twice"
            yield rule, Finding("CP006", message, spans[0] if spans else place, "another `@id`")


def _fallbacks(procedure: Procedure) -> list[Fallback]:
    found = (procedure.on_timeout, procedure.on_rejection)
    return [fallback for fallback in found if fallback is not None and fallback.procedure is not None]


def _escalation_findings(
    procedure: Procedure, procedures: Mapping[str, tuple[Rule, Procedure]], ways: _Ways
) -> Iterator[Finding]:
    for fallback in _fallbacks(procedure):
        name = fallback.procedure or ""
        place = _last_word(fallback.span, name)
        if name not in procedures:
            best = nearest(name, procedures)
            help = f"did you mean `{best}`?" if best else "write the procedure"
            yield Finding("CP005", f"there is no procedure `{name}`", place, "the name of a procedure", best, help)
        elif ways.circle[name] == ways.circle[procedure.name]:
            message = f"the procedure `{procedure.name}` escalates to itself"
            if name != procedure.name:
                message += f" through `{name}`"
            yield Finding("CP004", message, place, "`deny`, or another procedure")
        elif ways.length[name] == inf:
            yield Finding("CP004", f"the procedure `{name}` leads into a circle", place, "`deny`, or another procedure")
        elif (length := 1 + int(ways.length[name])) > MAX_ESCALATIONS:
            message = f"a chain of {length} escalations, over {MAX_ESCALATIONS}"
            yield Finding("CP004", message, place, "`deny`, or a procedure that ends sooner", help="end it sooner")


def escalation_targets(name: str, procedures: Mapping[str, tuple[object, Procedure]]) -> dict[str, None]:
    """The procedure ``name`` and those that it may escalate to within the bound, in order of discovery."""
    found: dict[str, None] = {name: None} if name in procedures else {}
    level = list(found)
    for _ in range(MAX_ESCALATIONS):
        following = dict.fromkeys(
            target for current in level for target in _targets(procedures[current][1]) if target in procedures
        )
        level = [target for target in following if target not in found]
        found.update(dict.fromkeys(level))
    return found


def _targets(procedure: Procedure) -> list[str]:
    return [fallback.procedure for fallback in _fallbacks(procedure) if fallback.procedure is not None]


class _Ways:
    """The escalations between procedures: which lead back to where they began, and how long the others are.

    Tarjan's strongly connected components, without recursion: linear in the procedures, however they are chained.
    """

    def __init__(self, targets: Mapping[str, Sequence[str]]) -> None:
        self._targets = targets
        self.circle: dict[str, int] = {}  # the same number for procedures that lead to each other
        self.length: dict[str, float] = {}  # escalations on the longest way on; infinite into a circle
        self._order: dict[str, int] = {}
        self._low: dict[str, int] = {}
        self._open: list[str] = []
        for name in targets:
            if name not in self._order:
                self._explore(name)

    def _explore(self, root: str) -> None:
        pending = [(root, iter(self._targets[root]))]
        self._enter(root)
        while pending:
            name, rest = pending[-1]
            following = next(rest, None)
            if following is None:
                pending.pop()
                self._leave(name)
                if pending:
                    before = pending[-1][0]
                    self._low[before] = min(self._low[before], self._low[name])
            elif following not in self._order:
                self._enter(following)
                pending.append((following, iter(self._targets[following])))
            elif following not in self.circle:
                self._low[name] = min(self._low[name], self._order[following])

    def _enter(self, name: str) -> None:
        self._order[name] = self._low[name] = len(self._order)
        self._open.append(name)

    def _leave(self, name: str) -> None:
        if self._low[name] != self._order[name]:
            return
        members = [self._open.pop()]
        while members[-1] != name:
            members.append(self._open.pop())
        self.circle.update(dict.fromkeys(members, self._order[name]))
        targets = self._targets[name]
        circular = len(members) > 1 or name in targets
        length = inf if circular else max((1 + self.length[target] for target in targets), default=0)
        self.length.update(dict.fromkeys(members, length))


def _last_word(span: Span, name: str) -> Span:
    return Span(span.end - len(name), span.end)
