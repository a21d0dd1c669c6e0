"""What changed between the rules of two programs, and which class of amendment each change makes.

Imports the language's values. Rules are the same when their digests are (meaning, however written); a rule with the
same id and another digest was changed. Annotations of unchanged rules are compared one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.governance.artifact import AmendmentClassName
from workbench.governance.findings import Finding
from workbench.language.ast import ActionScope, Policy, Prefer, Procedure
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema

MEMORY_GROUP = "memory"

StillCompiles = Callable[[str, Rule], bool]


@dataclass(frozen=True, slots=True)
class RulePairs:
    """Rules of two programs set beside each other: ``same`` by digest, ``changed`` by id and kind, the rest apart."""

    same: tuple[tuple[Rule, Rule], ...]
    changed: tuple[tuple[Rule, Rule], ...]
    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]


def pair_rules(old: Program, new: Program) -> RulePairs:
    """Pairs every rule of ``old`` with its successor in ``new``; rules sharing a digest are paired by id first."""
    waiting: dict[str, list[Rule]] = defaultdict(list)
    for rule in new.rules:
        waiting[rule.digest].append(rule)
    same: list[tuple[Rule, Rule]] = []
    left: list[Rule] = []
    for rule in sorted(old.rules, key=lambda rule: not any(r.id == rule.id for r in waiting[rule.digest])):
        twins = waiting[rule.digest]
        if twins:
            twin = next((candidate for candidate in twins if candidate.id == rule.id), twins[0])
            twins.remove(twin)
            same.append((rule, twin))
        else:
            left.append(rule)
    fresh = {_identity(rule): rule for rules in waiting.values() for rule in rules}
    changed: list[tuple[Rule, Rule]] = []
    removed: list[Rule] = []
    for rule in left:
        successor = fresh.pop(_identity(rule), None)
        if successor is None:
            removed.append(rule)
        else:
            changed.append((rule, successor))
    return RulePairs(tuple(same), tuple(changed), tuple(fresh.values()), tuple(removed))


def _identity(rule: Rule) -> tuple[str, str]:
    """What a rule keeps when it is changed: its kind, and its id (a procedure: its name)."""
    return rule.kind, _name(rule)


def _name(rule: Rule) -> str:
    return rule.statement.name if isinstance(rule.statement, Procedure) else rule.id


def rule_changes(pairs: RulePairs, old: Program, new: Program, still_compiles: StillCompiles) -> Iterator[Finding]:
    """Every difference between the rules. ``still_compiles(sentence, rule)`` judges the English beside a rule."""
    schemas = (old.schema, new.schema)
    for rule, twin in pairs.same:
        yield from _annotations(rule, twin, touches_memory(twin, schemas), still_compiles)
    for rule in (*pairs.added, *(after for _, after in pairs.changed)):
        if isinstance(rule.statement, Prefer) and rule.english and not still_compiles(rule.english, rule):
            yield Finding("major", f"the English of the prefer `{rule.id}` does not compile to that rule")
    for rule in pairs.added:
        yield _moved(rule, "added", touches_memory(rule, schemas))
    for rule in pairs.removed:
        yield _moved(rule, "removed", touches_memory(rule, schemas))
    for before, after in pairs.changed:
        yield _moved(after, "changed", touches_memory(before, schemas) or touches_memory(after, schemas))


def _moved(rule: Rule, how: str, memory: bool) -> Finding:
    """A rule added, removed or changed."""
    what = f"the {rule.kind} `{_name(rule)}` is {how}"
    statement = rule.statement
    if isinstance(statement, Procedure) and statement.amendment is not None:
        return Finding("sensitive", f"the procedure for {statement.amendment} amendments, `{statement.name}`, is {how}")
    if memory:
        return Finding("sensitive", f"{what}, and it bears on memory actions")
    if isinstance(statement, Procedure):
        return Finding("major" if how == "added" else "sensitive", what)
    if isinstance(statement, Prefer):
        return Finding("major" if how == "removed" else "minor", what)
    return Finding("major", what)


def _annotations(old: Rule, new: Rule, memory: bool, still_compiles: StillCompiles) -> Iterator[Finding]:
    for name in sorted(old.annotations.keys() | new.annotations.keys()):
        if old.annotations.get(name) == new.annotations.get(name):
            continue
        what = f"`@{name}` of the {new.kind} `{_name(new)}` is changed"
        if name == "doc":
            yield Finding("minor", what)
        elif name == "english":
            if still_compiles(new.english, new):
                yield Finding("minor", f"the English of the unchanged {new.kind} `{_name(new)}` is changed")
            else:
                yield Finding(
                    "sensitive", f"the new English of the {new.kind} `{_name(new)}` does not compile to that rule"
                )
        elif name in ("id", "stage"):
            yield Finding(_structural(new, memory), what)
        else:
            yield Finding("sensitive", what)


def _structural(rule: Rule, memory: bool) -> AmendmentClassName:
    """The class of a changed ``@id`` or ``@stage``: major, but for procedures and memory rules."""
    return "sensitive" if memory or isinstance(rule.statement, Procedure) else "major"


def touches_memory(rule: Rule, schemas: tuple[Schema | None, ...]) -> bool:
    """Whether a rule may bear on an action of the group ``memory`` in any of the schemas; an unscoped rule does.

    Without a schema nobody knows, so it does.
    """
    statement = rule.statement
    if isinstance(statement, Procedure):
        if statement.amendment is not None or statement.action is None:
            return False
        scope = statement.action
    else:
        scope = _scope(statement)
    return any(schema is None or _reaches_memory(scope, schema) for schema in schemas)


def _scope(statement: Policy | Prefer) -> ActionScope:
    return statement.scope.action


def _reaches_memory(scope: ActionScope, schema: Schema) -> bool:
    memory: set[tuple[str, str]] = set()
    for uid in schema.actions:
        if uid[1] == MEMORY_GROUP:
            memory.update(action.uid for action in schema.members_of(uid))
    if scope.kind == "any":
        return bool(memory)
    named = {(entity.type, entity.id) for entity in scope.entities}
    if scope.kind == "eq":
        return bool(named & memory)
    return any(named & (schema.action_ancestors(uid) | {uid}) for uid in memory)
