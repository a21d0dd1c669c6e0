"""A rule in plain English, made from its tree by fixed rules: no model, no guess, no condition left out. Pure.

What the built-in compiler can express reads back to the same rule. Imports wording, lexicon, the grammar, language.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.authoring.actions import Actions
from workbench.authoring.lexicon import ActionPhrase, Lexicon, Uid, lexicon_of, real_actions
from workbench.authoring.meaning import Env
from workbench.authoring.norm import Thing
from workbench.authoring.wording import Wording, article, plain, quoted
from workbench.authoring.words import tokenize
from workbench.language.ast import (
    ActionScope,
    Condition,
    Duration,
    EntityLit,
    EntityScope,
    Expr,
    Fallback,
    Policy,
    Prefer,
    Procedure,
    Require,
    Scope,
    Slot,
    Statement,
)
from workbench.language.schema import ActionType, Schema


def paraphrase(statement: Statement, schema: Schema | None = None) -> str:
    """One English sentence for one statement; with a schema it uses the schema's own phrases."""
    lexicon = lexicon_of(schema) if schema is not None else None
    if isinstance(statement, Procedure):
        return _procedure(statement, lexicon)
    return _policy(statement, lexicon)


def _policy(statement: Policy | Prefer, lexicon: Lexicon | None) -> str:
    scope = statement.scope
    env = _env(scope, lexicon)
    tail = _conditions(statement.conditions, Wording(lexicon, env))
    if isinstance(statement, Prefer):
        verb = "Prefer" if statement.score >= 0 else "Avoid"
        who = "" if scope.principal.kind == "any" else _who(scope.principal, "", False) + " "
        does = _actions(scope.action, scope.resource, lexicon, env)
        return f"{verb} with a score of {statement.score:f} {who}to {does}{tail}."
    does = _actions(scope.action, scope.resource, lexicon, env)
    if statement.effect == "permit":
        who = "Anyone" if scope.principal.kind == "any" else _who(scope.principal, "Any", True)
        return f"{who} may {does}{tail}."
    if scope.principal.kind == "any":
        return f"Nobody may {does}{tail}."
    if scope.principal.kind == "is":
        return f"{_who(scope.principal, 'No', True)} may {does}{tail}."
    return f"{_who(scope.principal, '', True)} must never {does}{tail}."


def _who(scope: EntityScope, before: str, first: bool) -> str:
    match scope:
        case EntityScope(kind="is", type=str() as name):
            said = f"{before} {plain(name)}" if before else article(plain(name))
        case EntityScope(kind="eq", entity=EntityLit() as entity):
            said = f"the {plain(entity.type)} {quoted(entity.id)}"
        case EntityScope(kind="in", entity=EntityLit() as entity):
            said = f"members of the {plain(entity.type)} {quoted(entity.id)}"
        case EntityScope(kind="is_in", type=str() as name, entity=EntityLit() as entity):
            said = f"any {plain(name)} in the {plain(entity.type)} {quoted(entity.id)}"
        case EntityScope(kind=kind, entity=Slot(name=name), type=of):
            said = f"the {name} to be filled in ({kind}{' ' + of if of else ''})"
        case _:
            said = "anyone"
    return said[0].upper() + said[1:] if first else said


def _conditions(conditions: Sequence[Condition], wording: Wording) -> str:
    whens = [c.body for c in conditions if c.kind == "when"]
    unless = [c.body for c in conditions if c.kind == "unless"]
    said = ""
    for word, bodies, joint in (("when", whens, " and "), ("unless", unless, " or ")):
        if len(bodies) == 1:
            said += f" {word} {wording.boolean(bodies[0])}"
        elif bodies:
            said += f" {word} " + joint.join(f"({wording.boolean(body)})" for body in bodies)
    return said


def _env(scope: Scope, lexicon: Lexicon | None) -> Env | None:
    """The environment of a rule: the actions that its scope covers, and the types that it is restricted to."""
    if lexicon is None:
        return None
    covered = _covered(scope.action, lexicon)
    principal = scope.principal.type if scope.principal.kind in ("is", "is_in") else None
    resource = scope.resource.type if scope.resource.kind in ("is", "is_in") else None
    return Env(lexicon, covered, principal, resource) if covered else None


def _covered(scope: ActionScope, lexicon: Lexicon) -> tuple[ActionType, ...]:
    everything = real_actions(lexicon.schema)
    if scope.kind == "any":
        return everything
    uids = {(entity.type, entity.id) for entity in scope.entities}
    if scope.kind == "eq":
        return tuple(a for a in everything if a.uid in uids)
    return tuple(a for a in everything if a.uid in uids or uids & lexicon.schema.action_ancestors(a.uid))


# ---- actions


def _actions(scope: ActionScope, resource: EntityScope, lexicon: Lexicon | None, env: Env | None) -> str:
    if scope.kind == "any":
        return "do anything" + _on(resource)
    if scope.kind == "in" and not scope.listed:
        return f"perform any action in the group {quoted(scope.entities[0].id)}" + _on(resource)
    if scope.kind == "eq" or len(scope.entities) == 1:
        return _action(scope.entities[0], resource, lexicon, env)
    said = [_action(entity, resource, lexicon, env) for entity in scope.entities]
    if resource.kind != "any":
        said = [_explicit(entity) + _on(resource) for entity in scope.entities]
    return ", ".join(said[:-1]) + " or " + said[-1] if len(said) > 1 else (said[0] if said else "do nothing")


def _on(resource: EntityScope) -> str:
    match resource:
        case EntityScope(kind="any"):
            return ""
        case EntityScope(kind="is", type=str() as name):
            return f" on {article(plain(name))}"
        case EntityScope(kind="eq", entity=EntityLit() as entity):
            return f" on the {plain(entity.type)} {quoted(entity.id)}"
        case EntityScope(kind="in", entity=EntityLit() as entity):
            return f" on anything in the {plain(entity.type)} {quoted(entity.id)}"
        case EntityScope(kind="is_in", type=str() as name, entity=EntityLit() as entity):
            return f" on {article(plain(name))} in the {plain(entity.type)} {quoted(entity.id)}"
        case _:
            return " on the resource to be filled in"


def _explicit(entity: EntityLit) -> str:
    return f"perform the action {quoted(entity.id)}"


def _action(entity: EntityLit, resource: EntityScope, lexicon: Lexicon | None, env: Env | None) -> str:
    """The action by a phrase of the schema that means it and nothing else; else by its name in quotes."""
    if lexicon is not None and env is not None and resource.kind == "any":
        uid = (entity.type, entity.id)
        for phrase in lexicon.actions:
            if phrase.uid == uid and not phrase.passive:
                said = _said(phrase, lexicon)
                if said and _only_means(said, uid, lexicon):
                    return said
    return _explicit(entity) + _on(resource)


def _said(phrase: ActionPhrase, lexicon: Lexicon) -> str:
    action = lexicon.schema.actions[phrase.uid]
    nouns = {plain(name) for name in action.resources}
    thing = article(next(iter(nouns))) if len(nouns) == 1 else "anything"
    if phrase.named:
        return f"{phrase.text} {thing}" if len(phrase.rest) == 0 else phrase.text
    return " ".join(phrase.text.replace("…", f" {thing} ").replace("...", f" {thing} ").split())


def _only_means(said: str, uid: Uid, lexicon: Lexicon) -> bool:
    tokens = tokenize(said)
    found = {
        (doing.uid, doing.thing.conds, doing.group, doing.loose, doing.thing.universal, doing.count)
        for doing, end in Actions(lexicon, tokens).doing(0)
        if end == len(tokens)
    }
    return found == {(uid, Thing().conds, False, "", False, None)}


# ---- procedures


def _procedure(statement: Procedure, lexicon: Lexicon | None) -> str:
    env: Env | None = None
    if statement.amendment is not None:
        head = f"a {statement.amendment} amendment"
    else:
        scope = statement.action or ActionScope("any")
        covered = _covered(scope, lexicon) if lexicon is not None else ()
        env = Env(lexicon, covered) if lexicon is not None and covered else None
        head = "to " + _actions(scope, EntityScope("any"), lexicon, env)
    when = f" when {Wording(lexicon, env).boolean(statement.when)}" if statement.when is not None else ""
    approver = Wording(lexicon, env, approver=True)
    asked = " and ".join(_require(require, approver) for require in statement.requires)
    terms = f" within {_duration(statement.timeout)}" if statement.timeout is not None else ""
    if statement.timelock is not None:
        terms += f", with a timelock of {_duration(statement.timelock)}"
    for opening, fallback in (("if nobody answers", statement.on_timeout), ("on rejection", statement.on_rejection)):
        if fallback is not None:
            terms += f"; {opening}, {_fallback(fallback)}"
    return f"Procedure {quoted(statement.name)}: {head}{when} requires {asked or 'nothing'}{terms}."


def _require(require: Require, wording: Wording) -> str:
    many = f"{require.count} approvals" if require.count != 1 else "1 approval"
    if require.where is None:
        return f"{many} from someone"
    return f"{many} from someone for whom ({_where(require.where, wording)})"


def _where(expr: Expr, wording: Wording) -> str:
    return wording.boolean(expr)


def _duration(duration: Duration) -> str:
    return f"{duration.count} {duration.unit}{'s' if duration.count != 1 else ''}"


def _fallback(fallback: Fallback) -> str:
    return "deny it" if fallback.kind == "deny" else f"escalate to {quoted(fallback.procedure or '')}"
