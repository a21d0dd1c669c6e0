"""From a norm (one reading of a sentence) to statements: scopes, conditions, assumptions. Pure.

``settle`` returns every set of statements that the norm may mean under the schema; none when it does not fit.
Imports norm, meaning, lexicon and language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from workbench.authoring import atoms
from workbench.authoring.currencies import in_each_currency
from workbench.authoring.established import pruned
from workbench.authoring.lexicon import Lexicon, Owner, Uid, real_actions
from workbench.authoring.meaning import Cond, Env, Not, Option, chain, contradictory, negate, resolve, start_of
from workbench.authoring.norm import Approvals, Doing, Norm, Subject, Thing
from workbench.authoring.prepare import Failures, prepare
from workbench.authoring.subjects import subject_cond
from workbench.authoring.words import split_name
from workbench.language.ast import (
    ActionScope,
    Binary,
    Condition,
    EntityLit,
    EntityScope,
    Expr,
    Is,
    Lit,
    Policy,
    Prefer,
    Procedure,
    Require,
    Scope,
    Statement,
    Var,
    walk,
)
from workbench.language.schema import ActionType
from workbench.language.schema_json import approver_types

_ANY = EntityScope("any")


@dataclass(frozen=True, slots=True)
class Settled:
    """One set of statements with its assumptions."""

    statements: tuple[Statement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Body:
    """What one action contributes: scope entities and resolved conditions."""

    principal: EntityScope
    resource: EntityScope
    when: Expr | None
    unless: Expr | None


def settle(norm: Norm, lexicon: Lexicon, failures: Failures) -> list[Settled]:
    """Every set of statements that ``norm`` may mean; reasons for "none" are added to ``failures``."""
    return [
        Settled(statements, (*settled.notes, *notes))
        for settled in _settled(norm, lexicon, failures)
        for statements, notes in in_each_currency(settled.statements, lexicon)
    ]


def _settled(norm: Norm, lexicon: Lexicon, failures: Failures) -> list[Settled]:
    prepared = prepare(norm, failures)
    if prepared is None:
        return []
    if prepared.kind == "procedure":
        return _procedures(prepared, lexicon, failures)
    if prepared.kind == "only_subject":
        return _only_subject(prepared, lexicon, failures)
    return _policies(prepared, lexicon, failures)


# ---- policies and preferences


def _policies(norm: Norm, lexicon: Lexicon, failures: Failures) -> list[Settled]:
    unknown = norm.kind == "forbid"
    if all(d.uid is not None for d in norm.doings):
        return _for_each(norm, lexicon, failures, unknown)
    if len(norm.doings) != 1:
        return []
    return _any_action(norm, lexicon, failures, unknown)


def _for_each(norm: Norm, lexicon: Lexicon, failures: Failures, unknown: bool) -> list[Settled]:
    sides: list[list[tuple[Doing, _Body, tuple[str, ...]]]] = []
    for doing in norm.doings:
        actions = _actions(lexicon, doing)
        bodies = _bodies(norm, doing, actions, lexicon, failures, unknown)
        sides.append([(doing, body, notes) for body, notes in bodies])
    found = []
    for combination in product(*sides):
        merged: dict[_Body, list[Doing]] = {}
        for doing, body, _ in combination:
            merged.setdefault(body, []).append(doing)
        statements = tuple(_statement(norm, body, _scope(doings)) for body, doings in merged.items())
        notes = dict.fromkeys(note for _, _, said in combination for note in said)
        found.append(Settled(statements, (*norm.notes, *norm.tail.notes, *notes)))
    return found


def _scope(doings: Sequence[Doing]) -> ActionScope:
    entities = tuple(EntityLit(d.uid[0], d.uid[1]) for d in doings if d.uid is not None)
    if len(entities) == 1:
        return ActionScope("in" if doings[0].group else "eq", entities, False)
    return ActionScope("in", entities, True)


def _actions(lexicon: Lexicon, doing: Doing) -> tuple[ActionType, ...]:
    assert doing.uid is not None
    if doing.group:
        return tuple(a for a in lexicon.schema.members_of(doing.uid) if a.principals and a.resources)
    return (lexicon.schema.actions[doing.uid],)


def _any_action(norm: Norm, lexicon: Lexicon, failures: Failures, unknown: bool) -> list[Settled]:
    """A rule over any action, narrowed to the actions that have what its conditions need."""
    doing = norm.doings[0]
    everything = real_actions(lexicon.schema)
    offered: list[tuple[ActionType, list[tuple[_Body, tuple[str, ...]]]]] = []
    for action in everything:
        quiet = Failures()
        offered.append((action, _bodies(norm, doing, (action,), lexicon, quiet, unknown)))
        if not offered[-1][1]:
            failures.found.extend(quiet.found)
    able = [(action, bodies) for action, bodies in offered if bodies]
    if not able:
        return []
    omitted = [action.id for action, bodies in offered if not bodies]
    if all(len(bodies) == 1 for _, bodies in able):
        choices = [able]
    else:
        keys = list(dict.fromkeys(body for _, bodies in able for body, _ in bodies))
        choices = [[(a, [(b, n) for b, n in bodies if b == key]) for a, bodies in able] for key in keys]
        choices = [[(a, bodies) for a, bodies in choice if bodies] for choice in choices]
    found = []
    for choice in choices:
        groups: dict[_Body, list[Uid]] = {}
        notes: dict[str, None] = {}
        for action, bodies in choice:
            body, said = bodies[0]
            groups.setdefault(body, []).append(action.uid)
            notes.update(dict.fromkeys(said))
        statements = []
        for body, uids in groups.items():
            entities = tuple(EntityLit(*uid) for uid in uids)
            if len(uids) == len(everything):
                scope = ActionScope("any")
            else:
                scope = ActionScope("eq" if len(uids) == 1 else "in", entities, len(uids) > 1)
            statements.append(_statement(norm, body, scope))
        if omitted:
            notes[f"left out, because they lack what the rule reads: {', '.join(omitted)}"] = None
        found.append(Settled(tuple(statements), (*norm.notes, *norm.tail.notes, *notes)))
    return found


def _statement(norm: Norm, body: _Body, action: ActionScope) -> Statement:
    scope = Scope(body.principal, action, body.resource)
    when = (Condition("when", body.when),) if body.when is not None else ()
    conditions = (*when, Condition("unless", body.unless)) if body.unless is not None else when
    if norm.kind == "prefer":
        return Prefer(norm.score, scope, conditions)
    return Policy("permit" if norm.kind == "permit" else "forbid", scope, conditions)


def _bodies(
    norm: Norm, doing: Doing, actions: tuple[ActionType, ...], lexicon: Lexicon, failures: Failures, unknown: bool
) -> list[tuple[_Body, tuple[str, ...]]]:
    subject, thing = norm.subject, doing.thing
    env = Env(lexicon, actions, subject.type, thing.type)
    scopes = _scopes(env, subject, thing, actions, failures)
    if scopes is None:
        return []
    whens = sorted((*subject.conds, *thing.conds, *norm.tail.when), key=start_of)
    found = []
    for when in _all(whens, env, unknown, "&&"):
        for unless in _all(norm.tail.unless, env, not unknown, "||"):
            body = _Body(scopes[0], scopes[1], when.expr if when else None, unless.expr if unless else None)
            notes = (*subject.notes, *doing.notes, *(when.notes if when else ()), *(unless.notes if unless else ()))
            found.append((body, tuple(dict.fromkeys(notes))))
    failures.found.extend(env.failures)
    return found


def _all(conds: Sequence[Cond], env: Env, unknown: bool, op: str) -> list[Option] | list[None]:
    """The conditions joined: ``[None]`` for no conditions, an empty list when one does not fit."""
    if not conds:
        return [None]
    sides = [resolve(cond, env, unknown) for cond in conds]
    found = []
    for combination in product(*sides):
        said = [part for option, cond in zip(combination, conds, strict=True) for part in _flat(option.expr, cond, op)]
        parts = list(dict.fromkeys(said))
        if op == "&&" and contradictory(parts):
            env.failures.append((start_of(conds[0]), start_of(conds[-1]) + 1, "nothing can be both at once"))
            continue
        notes = tuple(dict.fromkeys(note for option in combination for note in option.notes))
        found.append(Option(pruned(chain("&&" if op == "&&" else "||", parts)), notes))
    return list(dict.fromkeys(found))


def _flat(expr: Expr, cond: Cond | None, op: str) -> Iterable[Expr]:
    """The parts of ``expr`` where joining them to others by ``op`` keeps one flat chain."""
    if isinstance(expr, Binary) and expr.op == op and not isinstance(cond, Not):
        return (*_flat(expr.left, cond, op), *_flat(expr.right, cond, op))
    return (expr,)


def _scopes(
    env: Env, subject: Subject, thing: Thing, actions: tuple[ActionType, ...], failures: Failures
) -> tuple[EntityScope, EntityScope] | None:
    """Scope constraints; ``None`` where the subject or the object is of a type that the action does not take."""
    if not env.principals or not env.resources:
        failures.add(0, 0, "type")
        return None
    all_principals = {name for action in actions for name in action.principals}
    all_resources = {name for action in actions for name in action.resources}
    principal = EntityScope("is", type=subject.type) if subject.type and len(all_principals) > 1 else _ANY
    if subject.group is not None:
        if not all(subject.group.type in atoms.ancestors(env, name) for name in env.principals):
            return None
        if principal.kind == "is":
            principal = EntityScope("is_in", subject.group, subject.type)
        else:
            principal = EntityScope("in", subject.group)
    if subject.entity is not None:
        if subject.entity.type not in env.principals:
            return None
        principal = EntityScope("eq", subject.entity)
    resource = EntityScope("is", type=thing.type) if thing.type and len(all_resources) > 1 else _ANY
    if thing.entity is not None:
        if thing.entity.type not in env.resources:
            return None
        resource = EntityScope("eq", thing.entity)
    return principal, resource


def _only_subject(norm: Norm, lexicon: Lexicon, failures: Failures) -> list[Settled]:
    """ "Only X may A": a permit for X and a forbid for the rest."""
    if norm.tail.unless or norm.tail.only or norm.subject.anybody:
        return []
    permit = Norm("permit", norm.subject, norm.doings, norm.tail, notes=norm.notes)
    subject = norm.subject
    start = min((start_of(c) for c in subject.conds), default=0)
    spared = subject_cond(subject, start)
    rest = Norm("forbid", Subject(), norm.doings, norm.tail.plus(unless=(spared,)), notes=norm.notes)
    allowed = _policies(permit, lexicon, failures)
    denied = _policies(rest, lexicon, failures)
    found = []
    for one in allowed:
        for other in denied:
            if len(allowed) > 1 and not _agree(one, other):
                continue
            note = "this permits those named and forbids everybody else"
            notes = dict.fromkeys((*one.notes, *other.notes, note))
            found.append(Settled((*one.statements, *other.statements), tuple(notes)))
    return found


def _agree(one: Settled, other: Settled) -> bool:
    """Whether permit and forbid read the subject alike (the forbid's exception is part of the permit's condition)."""
    permit, forbid = one.statements[0], other.statements[0]
    assert isinstance(permit, Policy)
    assert isinstance(forbid, Policy)
    nodes = {node for c in permit.conditions for node in walk(c.body)}
    return all(node in nodes for c in forbid.conditions if c.kind == "unless" for node in _leaves(c.body))


def _leaves(expr: Expr) -> Iterable[Expr]:
    if isinstance(expr, Binary) and expr.op in ("&&", "||"):
        return (*_leaves(expr.left), *_leaves(expr.right))
    return (expr,)


# ---- procedures


def _procedures(norm: Norm, lexicon: Lexicon, failures: Failures) -> list[Settled]:
    asked = norm.approvals
    if asked is None or norm.tail.only:
        return []
    if asked.amendment is not None:
        return _with_approvals(norm, asked, None, None, Env(lexicon, ()), failures)
    if len(norm.doings) != 1 or norm.doings[0].uid is None:
        return []
    doing = norm.doings[0]
    actions = _actions(lexicon, doing)
    approvers = Env(lexicon, actions)
    approvers.principals = approver_types(lexicon.schema)
    approvers.askers = tuple(dict.fromkeys(name for action in actions for name in action.principals))
    found = []
    for body, notes in _bodies(norm, doing, actions, lexicon, failures, True):
        parts = [*_scope_exprs("principal", body.principal), *_scope_exprs("resource", body.resource)]
        parts.extend(_flat(body.when, None, "&&") if body.when is not None else ())
        if body.unless is not None:
            parts.append(negate(body.unless))
        when = chain("&&", parts) if parts else None
        named = replace(asked, name=asked.name or _procedure_name(doing, when))
        for settled in _with_approvals(norm, named, _scope([doing]), when, approvers, failures):
            found.append(Settled(settled.statements, tuple(dict.fromkeys((*notes, *settled.notes)))))
    return found


def _scope_exprs(owner: Owner, scope: EntityScope) -> Iterable[Expr]:
    """A scope constraint as conditions, for a procedure has no scope but its action."""
    if scope.type is not None:
        yield Is(Var(owner), scope.type)
    if isinstance(scope.entity, EntityLit):
        yield Binary("==" if scope.kind == "eq" else "in", Var(owner), scope.entity)


def _procedure_name(doing: Doing, when: Expr | None) -> str:
    """What a procedure is called whose sentence has no noun for it: its action, and what its condition is about."""
    assert doing.uid is not None
    words = list(split_name(doing.uid[1]))
    for node in walk(when) if when is not None else ():
        match node:
            case Lit(value=str() as text):
                words.extend(split_name(text))
            case Lit(value=int() as number) if not isinstance(number, bool):
                words.append(str(abs(number)))
            case _:
                pass
    name = "_".join(word for word in words if word.isascii() and word.isalnum())[:56].strip("_")
    return name if name[:1].isalpha() else f"procedure_{name}"


def _with_approvals(
    norm: Norm, asked: Approvals, action: ActionScope | None, when: Expr | None, env: Env, failures: Failures
) -> list[Settled]:
    """The procedure, for every way to understand who approves."""
    sides = [_all(approval.conds, env, False, "&&") for approval in asked.required]
    failures.found.extend(env.failures)
    found = []
    for combination in product(*sides):
        said = [*norm.notes, *norm.tail.notes, *(note for option in combination if option for note in option.notes)]
        if asked.timeout is None:
            said.append("no time is said: the case is denied after 24 hours")
        for fallback in (asked.on_timeout, asked.on_rejection):
            if fallback is not None and fallback.procedure:
                said.append(f"a procedure named `{fallback.procedure}` stands in the constitution")
        requires = tuple(
            Require(approval.count, option.expr if option else None)
            for approval, option in zip(asked.required, combination, strict=True)
        )
        procedure = Procedure(
            asked.name, requires, action, asked.amendment, when, asked.timelock, asked.timeout,
            asked.on_timeout, asked.on_rejection,
        )  # fmt: skip
        found.append(Settled((procedure,), tuple(dict.fromkeys(said))))
    return found
