"""How much work one request can be, known before any is asked: a bound per action and for the whole constitution.

Pure; may import the engine's static analysis and the language. A *step* is one of these: a scope constraint tested (one
more for each action it lists); a node of an expression evaluated (one more for each further field of ``has a.b.c``, one
for each attribute of a record written out); a part of a value visited where an operator must look inside it (``==`` on
sets and records, ``in`` with a set, ``contains…``, a set written out); a piece of a ``like`` pattern, and 64 characters
of a text that ``like`` or a constructor such as ``ip`` reads. A *part* is one value, at any depth: a Boolean, a Long,
an entity, a set, a record, or a text, which is one more for every 64 characters; so 256 KiB of JSON have at most
:data:`MAX_PARTS`. Two texts or two entities are compared in one step.

The bound is that of asking every rule whose action fits, each node once. The evaluator's index leaves rules out, and
``&&``, ``||`` and ``if`` leave nodes out; neither ever adds a step. Reading the request is linear in its size and apart
from this. Explaining a decision asks the rules that were satisfied or failed once more, and at most 64 permits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from workbench.engine.static import chain_of
from workbench.language import ast
from workbench.language.inference import Environment
from workbench.language.program import Program
from workbench.language.render import render_expr
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, RecordType, Schema, Type

MAX_BYTES = 256 * 1024  # of a request with its entities, as JSON; what the enforcing faces accept
MAX_PARTS = MAX_BYTES // 2  # the shortest part is a digit with its comma
TEXT_STEP = 64  # characters

_ANY_ACTION = ""
_ANYONE = ast.EntityScope("any")


class Steps(NamedTuple):
    """A number of steps that may grow with the data: ``fixed + per_part * n`` for data of ``n`` parts."""

    fixed: int
    per_part: int = 0

    def plus(self, other: Steps) -> Steps:
        """Both, one after the other."""
        return Steps(self.fixed + other.fixed, self.per_part + other.per_part)

    def at(self, parts: int) -> int:
        """The steps for data of so many parts."""
        return self.fixed + self.per_part * parts

    @property
    def most(self) -> int:
        """The steps for the largest request that is accepted."""
        return self.at(MAX_PARTS)


@dataclass(frozen=True, slots=True)
class ActionBound:
    """What a request for ``action`` (as Cedar writes it; empty for any) can take.

    ``rules`` are those asked at most. ``depth`` is that of the deepest expression among them: operators inside one
    another, a chain of one ``&&``, ``||`` or of arithmetic counted once.
    """

    action: str
    steps: Steps
    rules: int
    depth: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; ``most`` is for a request of :data:`MAX_BYTES`."""
        return {
            "action": self.action,
            "steps": {"fixed": self.steps.fixed, "per_part": self.steps.per_part, "most": self.steps.most},
            "rules": self.rules,
            "depth": self.depth,
        }


@dataclass(frozen=True, slots=True)
class Bound:
    """A constitution's bound: per action that a request may name, in the schema's order; ``worst`` is the dearest."""

    actions: tuple[ActionBound, ...]

    @property
    def worst(self) -> ActionBound:
        """The action whose largest request takes most; nothing at all where no request is possible."""
        return max(self.actions, key=lambda item: item.steps.most, default=ActionBound(_ANY_ACTION, Steps(0), 0, 0))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {**self.worst.to_dict(), "actions": [item.to_dict() for item in self.actions]}


def bound_of(program: Program) -> Bound:
    """The bound of a checked program.

    Without a schema nothing is known of groups or types: then one bound, under every rule, stands for all actions.
    """
    costs = [_RuleCost.of(scope, conditions, program.schema) for scope, conditions in _asked(program)]
    schema = program.schema
    if schema is None:
        return Bound((_total(_ANY_ACTION, costs),))
    unscoped = [place for place, cost in enumerate(costs) if cost.action.kind == "any"]
    by_uid: dict[tuple[str, str], list[int]] = {}
    by_group: dict[tuple[str, str], list[int]] = {}
    for place, cost in enumerate(costs):
        for entity in cost.action.entities:
            by_uid.setdefault((entity.type, entity.id), []).append(place)
            if cost.action.kind == "in":
                by_group.setdefault((entity.type, entity.id), []).append(place)
    found = []
    for uid, action in schema.actions.items():
        if action.principals:
            groups = schema.action_ancestors(uid)
            places = {*unscoped, *by_uid.get(uid, ()), *(at for group in groups for at in by_group.get(group, ()))}
            found.append(_total(render_expr(ast.EntityLit(*uid)), [costs[place] for place in places]))
    return Bound(tuple(found))


class _RuleCost(NamedTuple):
    action: ast.ActionScope
    steps: Steps
    depth: int

    @classmethod
    def of(cls, scope: ast.Scope, conditions: Iterable[ast.Expr], schema: Schema | None) -> _RuleCost:
        sizes = _Sizes(None if schema is None else Environment.of_scope(scope, schema))
        steps, deepest = Steps(3 + len(scope.action.entities)), 0
        for body in conditions:
            deepest = max(deepest, _depth(body))
            for node in ast.walk(body):
                steps = steps.plus(_node(node, sizes))
        return cls(scope.action, steps, deepest)


def _total(action: str, costs: Iterable[_RuleCost]) -> ActionBound:
    steps, rules, deepest = Steps(0), 0, 0
    for cost in costs:
        steps, rules, deepest = steps.plus(cost.steps), rules + 1, max(deepest, cost.depth)
    return ActionBound(action, steps, rules, deepest)


def _asked(program: Program) -> Iterable[tuple[ast.Scope, list[ast.Expr]]]:
    """The scope and the conditions of every statement that is asked about requests; ``unless`` negates, one node."""
    for rule in program.rules:
        match rule.statement:
            case ast.Policy(scope=scope, conditions=conditions) | ast.Prefer(scope=scope, conditions=conditions):
                bodies = [c.body if c.kind == "when" else ast.Unary("!", c.body) for c in conditions]
                yield scope, bodies
            case ast.Procedure(action=ast.ActionScope() as action, when=when):
                yield ast.Scope(_ANYONE, action, _ANYONE), [] if when is None else [when]
            case _:
                pass  # a procedure for amendments is not asked about requests


# ---- one node --------------------------------------------------------------------------------------------------------


def _node(node: ast.Expr, sizes: _Sizes) -> Steps:
    """The steps of a node itself; its operands are counted where they stand."""
    one = Steps(1)
    match node:
        case ast.Binary(op="==" | "!=", left=left, right=right):
            return one.plus(_lesser(sizes.of(left), sizes.of(right)))
        case ast.Binary(op="in", right=right):
            return one.plus(sizes.of(right))
        case ast.Is(container=container) if container is not None:
            return one.plus(sizes.of(container))
        case ast.Has(path=path):
            return Steps(len(path))
        case ast.Like(expr=text, pattern=pattern):
            return Steps(1 + len(pattern)).plus(sizes.text(text))
        case ast.SetLit(items=items):
            return one.plus(_sum(map(sizes.of, items)))
        case ast.RecordLit(items=fields):
            return Steps(1 + len(fields))
        case ast.Call(args=args):
            return one.plus(_sum(map(sizes.text, args)))
        case ast.Method(method="contains", args=args):
            return one.plus(_sum(map(sizes.of, args)))
        case ast.Method(method="containsAll", args=(members,)):
            return one.plus(sizes.of(members))
        case ast.Method(method="containsAny", receiver=receiver, args=(members,)):
            return one.plus(_lesser(sizes.of(receiver), sizes.of(members)))
        case _:
            return one


def _lesser(left: Steps, right: Steps) -> Steps:
    """A bound on the smaller of two sizes: the one that does not grow, else either."""
    return min(left, right, key=lambda size: (size.per_part, size.fixed))


def _greater(left: Steps, right: Steps) -> Steps:
    return Steps(max(left.fixed, right.fixed), max(left.per_part, right.per_part))


def _sum(sizes: Iterable[Steps]) -> Steps:
    total = Steps(0)
    for size in sizes:
        total = total.plus(size)
    return total


# ---- how large a value can be ----------------------------------------------------------------------------------------

_DATA = Steps(0, 1)  # as large as all the data of the request
_ONE = Steps(1)


class _Sizes:
    """How many parts the value of an expression may have, known from its form and, with a schema, its type."""

    def __init__(self, environment: Environment | None) -> None:
        self._environment = environment

    def of(self, expr: ast.Expr) -> Steps:
        """Parts to visit, in comparing; a text is one."""
        match expr:
            case ast.SetLit(items=items):
                return _ONE.plus(_sum(map(self.of, items)))
            case ast.RecordLit(items=fields):
                return _ONE.plus(_sum(self.of(value) for _, value in fields))
            case ast.If(then=then, otherwise=otherwise):
                return _greater(self.of(then), self.of(otherwise))
            case ast.Var(name="context"):
                return _DATA
            case ast.GetAttr(expr=holder):
                return self._known(expr) or (_DATA if _is_path(holder) else _greater(_DATA, self.of(holder)))
            case ast.Method(method="getTag"):
                return self._known(expr) or _DATA
            case _:
                return _ONE  # a Boolean, a Long, a text, an entity, an extension value

    def text(self, expr: ast.Expr) -> Steps:
        """Steps to read a text through."""
        match expr:
            case ast.Lit(value=str() as text):
                return Steps(1 + len(text) // TEXT_STEP)
            case ast.If(then=then, otherwise=otherwise):
                return _greater(self.text(then), self.text(otherwise))
            case ast.GetAttr(expr=holder):
                return _greater(_DATA, self._longest(holder))
            case ast.Method(method="getTag"):
                return _DATA
            case _:
                return _ONE  # no text, which is an error at once

    def _longest(self, expr: ast.Expr) -> Steps:
        """For a field of a record written out: no longer than all the texts in it."""
        return _sum(self.text(node) for node in ast.walk(expr) if isinstance(node, ast.Lit)).plus(_ONE)

    def _known(self, expr: ast.Expr) -> Steps | None:
        """By the declared types; ``None`` where the schema does not bound it, or nothing is known."""
        if self._environment is None or not _is_path(expr):
            return None
        types = self._environment.types(expr)
        if not types:
            return None
        size = Steps(0)
        for kind in types:
            found = _size_of_type(kind)
            if found is None:
                return None
            size = _greater(size, Steps(found))
        return size


def _is_path(expr: ast.Expr) -> bool:
    """Whether it is fields and tags from a variable on: of these the inference knows every type."""
    while isinstance(expr, ast.GetAttr) or (isinstance(expr, ast.Method) and expr.method == "getTag"):
        expr = expr.expr if isinstance(expr, ast.GetAttr) else expr.receiver
    return isinstance(expr, ast.Var)


def _size_of_type(kind: Type) -> int | None:
    match kind:
        case PrimitiveType() | ExtensionType() | EntityRef():
            return 1
        case RecordType(attributes=attributes):
            return _size_of_record({name: attribute.type for name, attribute in attributes.items()})
        case _:
            return None  # a set, of any size


def _size_of_record(fields: Mapping[str, Type]) -> int | None:
    total = 1
    for kind in fields.values():
        size = _size_of_type(kind)
        if size is None:
            return None
        total += size
    return total


# ---- depth -----------------------------------------------------------------------------------------------------------


def _depth(expr: ast.Expr) -> int:
    """Levels of an expression, a chain of one operator being one; iterative, as chains may be long."""
    deepest, pending = 0, [(expr, 1)]
    while pending:
        node, level = pending.pop()
        deepest = max(deepest, level)
        pending += [(child, level + 1) for child in _below(node)]
    return deepest


def _below(node: ast.Expr) -> Iterable[ast.Expr]:
    if isinstance(node, ast.Binary):
        if node.op in ("&&", "||"):
            return chain_of(node)
        if node.op in ("+", "-", "*"):
            return _terms(node)
    return ast.children(node)


def _terms(node: ast.Expr) -> list[ast.Expr]:
    found = []
    while isinstance(node, ast.Binary) and node.op in ("+", "-", "*"):
        found.append(node.right)
        node = node.left
    return [*found, node]
