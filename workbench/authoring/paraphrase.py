"""A rule in plain English, made from its tree by fixed rules: no model, no guess, no condition left out. Pure.

Two rules that differ are never said in the same words. What the built-in compiler can express reads back to the same
rule; what it cannot, it refuses or asks about, and never takes for another rule. Spoken but not read (a test holds the
list): conditions out of order or several of one kind, a condition said twice, brackets that change nothing, negated
comparisons (``!(a == b)``), templates, ``if`` that is no guard, records, sets as values, ``containsAll``,
``containsAny``, ``isEmpty``, arithmetic, times of day, dates and whole hours of moments, kinds of addresses, patterns
with text on both sides of a ``*``, comparisons that begin with a constant, conditions on the action, the condition of
an amendment. Imports scoping, wording, hearing, lexicon; language for the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.authoring.hearing import statements, subjects
from workbench.authoring.lexicon import Lexicon, lexicon_of
from workbench.authoring.meaning import Env
from workbench.authoring.naming import article, listed, quoted
from workbench.authoring.nouns import chained
from workbench.authoring.scoping import ANYTHING, ANYTHING_DONE, action, covered, doing, environment, who
from workbench.authoring.wording import Wording
from workbench.language.ast import (
    ActionScope,
    Binary,
    Condition,
    Duration,
    Expr,
    Fallback,
    Has,
    If,
    Policy,
    Prefer,
    Procedure,
    Require,
    Statement,
    Var,
    bodies,
    walk,
)
from workbench.language.schema import Schema
from workbench.language.schema_json import approver_types

_PRINCIPAL = Var("principal")
_APPROVERS = "the approver's "


def paraphrase(statement: Statement, schema: Schema | None = None) -> str:
    """One English sentence for one statement; with a schema it uses the schema's own phrases."""
    lexicon = lexicon_of(schema) if schema is not None else None
    if isinstance(statement, Procedure):
        return _procedure(statement, lexicon)
    return _policy(statement, lexicon)


def in_parts(statement: Statement, schema: Schema | None = None) -> tuple[str, tuple[str, ...]]:
    """The paraphrase with its exceptions apart, any of which spares from it: (all before "unless", the exceptions).

    Without exceptions the first part is the whole sentence, its full stop included.
    """
    said = paraphrase(statement, schema)
    if isinstance(statement, Procedure) or [c.kind for c in statement.conditions] not in (
        ["unless"],
        ["when", "unless"],
    ):
        return said, ()
    lexicon = lexicon_of(schema) if schema is not None else None
    wording = Wording(lexicon, environment(statement.scope, lexicon), unknown=_counts_as(statement, "unless"))
    exceptions = wording.alternatives(statement.conditions[-1].body)
    end = f" unless {listed(exceptions, 'or')}."
    assert said.endswith(end)
    return said.removesuffix(end), exceptions


# ---- policies and preferences


def _policy(statement: Policy | Prefer, lexicon: Lexicon | None) -> str:
    """The sentence; several actions that the grammar would split or narrow are named in words that it does not read."""
    said = _sentence(statement, lexicon)
    scope = statement.scope.action
    if lexicon is None or not (scope.kind == "any" or scope.listed):
        return said
    if statements(lexicon, said) <= {(replace(statement, annotations=()),)}:
        return said
    if scope.listed:
        return _sentence(statement, lexicon, by_name=True)
    return said.replace(f" {ANYTHING_DONE}", " perform any action at all", 1)


def _sentence(statement: Policy | Prefer, lexicon: Lexicon | None, *, by_name: bool = False) -> str:
    scope = statement.scope
    env = environment(scope, lexicon)
    wording = Wording(lexicon, env, unknown=_counts_as(statement, "when"))
    does = action(scope.action, scope.resource, lexicon, env, by_name=by_name)
    named, conditions = _folded(statement, wording, lexicon, env)
    tail = _conditions(conditions, statement, lexicon, env)
    if isinstance(statement, Prefer):
        verb = f"{'Prefer' if statement.score >= 0 else 'Avoid'}, with a score of {statement.score:f},"
        told = named != wording.noun("principal").removeprefix("the ")
        whom = article(named) if named and told else who(scope.principal, lexicon, env, "an")
        return f"{verb} {whom} to {does}{tail}." if whom else f"{verb} {doing(does, lexicon)}{tail}."
    if statement.effect == "permit":
        whom = article(named) if named else who(scope.principal, lexicon, env, "any") or "anyone"
        return f"{_capital(whom)} may {does}{tail}."
    if named:
        return f"No {named} may {does}{tail}."
    if scope.principal.kind in ("any", "is"):
        return f"{_capital(who(scope.principal, lexicon, env, 'no') or 'nobody')} may {does}{tail}."
    return f"{_capital(who(scope.principal, lexicon, env, ''))} must never {does}{tail}."


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _folded(
    statement: Policy | Prefer, wording: Wording, lexicon: Lexicon | None, env: Env | None
) -> tuple[str, tuple[Condition, ...]]:
    """Who acts as a noun with the first condition on them ("agent whose role is …"), and the conditions left to say.

    An empty noun where everybody is meant, or others than those of the one type that may act at all.
    """
    conditions = statement.conditions
    noun = wording.noun("principal").removeprefix("the ")
    if lexicon is None or env is None or statement.scope.principal != ANYTHING or noun == "principal":
        return "", conditions
    if not any(node == _PRINCIPAL for body in bodies(statement) for node in walk(body)):
        return "", conditions
    if conditions[0].kind == "when" and [c.kind for c in conditions] in (["when"], ["when", "unless"]):
        first, *rest = chained(conditions[0].body, "&&")
        clause = wording.boolean(first)
        if isinstance(first, Has) and rest:
            return (noun if _alone(article(noun), (), wording, lexicon, env) else ""), conditions  # it guards the rest
        for opening, relative in ((f"the {noun}'s ", "whose "), (f"the {noun} ", "who ")):
            if clause.startswith(opening) and not isinstance(first, If):
                said = f"{noun} {relative}{clause.removeprefix(opening)}"
                if _alone(article(said), (first,), wording, lexicon, env):
                    left = () if not rest else (Condition("when", _joined(rest)),)
                    return said, (*left, *conditions[1:])
    return (noun if _alone(article(noun), (), wording, lexicon, env) else ""), conditions


def _alone(said: str, conds: tuple[Expr, ...], wording: Wording, lexicon: Lexicon, env: Env) -> bool:
    """Whether the grammar takes ``said`` for those of whom ``conds`` hold, and for nobody else."""
    heard = subjects(lexicon, env, said, wording.unknown)
    return bool(heard) and all(found == {conds} and whom.group is None and whom.entity is None for whom, found in heard)


def _joined(parts: Sequence[Expr]) -> Expr:
    node = parts[0]
    for part in parts[1:]:
        node = Binary("&&", node, part)
    return node


def _counts_as(statement: Policy | Prefer, kind: str) -> bool:
    """What a condition counts as when something that it reads is missing: the stricter side."""
    return (isinstance(statement, Policy) and statement.effect == "forbid") == (kind == "when")


def _conditions(
    conditions: Sequence[Condition], statement: Policy | Prefer, lexicon: Lexicon | None, env: Env | None
) -> str:
    said = []
    for condition in conditions:
        wording = Wording(lexicon, env, unknown=_counts_as(statement, condition.kind))
        op = "&&" if condition.kind == "when" else "||"
        said.append(f"{condition.kind} {wording.condition(condition.body, op)}")
    if [condition.kind for condition in conditions] in ([], ["when"], ["unless"], ["when", "unless"]):
        return "".join(f" {one}" for one in said)
    return f" under these conditions, in this order: {'; '.join(said)}"


# ---- procedures


def _procedure(statement: Procedure, lexicon: Lexicon | None) -> str:
    env: Env | None = None
    if statement.amendment is not None:
        head = f"a {statement.amendment} amendment"
    else:
        scope = statement.action or ActionScope("any")
        actions = covered(scope, lexicon) if lexicon is not None else ()
        env = Env(lexicon, actions) if lexicon is not None and actions else None
        head = doing(action(scope, ANYTHING, lexicon, env), lexicon)
    when = (
        f" when {Wording(lexicon, env, unknown=True, asked=True).condition(statement.when, '&&')}"
        if statement.when is not None
        else ""
    )
    approver = Wording(lexicon, _approving(env), approver=True, asked=True)
    asked = " and ".join(_require(require, approver, len(statement.requires) > 1) for require in statement.requires)
    terms = f" within {_duration(statement.timeout)}" if statement.timeout is not None else ""
    if statement.timelock is not None:
        terms += f", with a timelock of {_duration(statement.timelock)}"
    for opening, fallback in (
        ("if nobody answers", statement.on_timeout),
        ("if it is rejected", statement.on_rejection),
    ):
        if fallback is not None:
            terms += f"; {opening}, {_fallback(fallback)}"
    return f"Procedure {quoted(statement.name)}: {head}{when} requires {asked or 'nothing'}{terms}."


def _approving(env: Env | None) -> Env | None:
    """The environment of who approves: any principal of the schema, asked by one who may do what is to be approved."""
    if env is None:
        return None
    found = Env(env.lexicon, env.actions)
    found.askers, found.principals = env.principals, approver_types(env.lexicon.schema)
    return found


def _require(require: Require, wording: Wording, several: bool) -> str:
    many = f"{require.count} approvals" if require.count != 1 else "1 approval" if several else "approval"
    if require.where is None:
        return f"{many} from anyone"
    clause = wording.condition(require.where, "&&")
    if clause.startswith(_APPROVERS) and _simple(require.where):
        return f"{many} from someone whose {clause.removeprefix(_APPROVERS)}"
    return f"{many} from someone for whom ({clause})"


def _simple(node: Expr) -> bool:
    return isinstance(node, Binary) and node.op not in ("&&", "||")


def _duration(duration: Duration) -> str:
    return f"{duration.count} {duration.unit}{'s' if duration.count != 1 else ''}"


def _fallback(fallback: Fallback) -> str:
    return "deny it" if fallback.kind == "deny" else f"escalate to the procedure {quoted(fallback.procedure or '')}"
