"""What a request would have to look like for a rule to apply: a random way to make its conditions true.

Only a bias for random worlds: a wish may be wrong, or contradict another one. Paths are tuples of steps from
``principal``, ``resource`` or ``context``: an attribute's name, or ``#name`` for a tag. Values are Cedar's JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from workbench.analysis.patterns import TooManyStates, find_text
from workbench.language import ast
from workbench.language.ast import Policy, Prefer, Procedure, Statement

Path = tuple[str, ...]
FLIPPED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
DECIMAL = {"lessThan": "<", "lessThanOrEqual": "<=", "greaterThan": ">", "greaterThanOrEqual": ">="}


@dataclass(frozen=True)
class Wish:
    """``set``: the value at ``path`` is to be ``value``. ``there``/``absent``: an optional attribute, a tag, or the
    entity at the path. ``copy``: what is at ``value``, another path. ``add``/``drop``: a member of the set there.
    ``in``/``out``: the entity at the path is, or is not, in ``value``. ``uid``: it is to be ``value``.
    """

    how: str
    path: Path
    value: Any = None


def path_of(expr: ast.Expr) -> Path | None:
    """The path that the expression reads, if it reads one."""
    match expr:
        case ast.Var(name=("principal" | "resource" | "context") as name):
            return (name,)
        case ast.GetAttr(expr=inner, attr=attr):
            holder = path_of(inner)
            return None if holder is None else (*holder, attr)
        case ast.Method(receiver=inner, method="getTag", args=(ast.Lit(value=str() as tag),)):
            holder = path_of(inner)
            return None if holder is None else (*holder, f"#{tag}")
    return None


def json_of(expr: ast.Expr) -> Any:
    """A literal in Cedar's JSON form; raises ``ValueError`` for what is none."""
    match expr:
        case ast.Lit(value=value):
            return value
        case ast.Unary(op="-", arg=ast.Lit(value=int() as value)):
            return -value
        case ast.EntityLit(type=type_, id=id_):
            return {"__entity": {"type": type_, "id": id_}}
        case ast.Call(function=function, args=(ast.Lit(value=text),)):
            return {"__extn": {"fn": function, "arg": text}}
        case ast.SetLit(items=items):
            return [json_of(item) for item in items]
        case ast.RecordLit(items=fields):
            return {name: json_of(value) for name, value in fields}
    raise ValueError(expr)


class Wisher:
    """Wishes for one rule after another, from one stream of random choices."""

    def __init__(self, rng: Random) -> None:
        self.r = rng

    def statement(self, statement: Statement) -> list[Wish]:
        """So that the statement's scope and conditions hold; now and then all but one of them."""
        found: list[Wish] = []
        if isinstance(statement, Procedure):
            return [] if statement.when is None else list(self.want(statement.when, True))
        assert isinstance(statement, Policy | Prefer)
        for side in ("principal", "resource"):
            scope = getattr(statement.scope, side)
            if isinstance(scope.entity, ast.EntityLit):
                value = json_of(scope.entity)
                found.append(Wish("uid" if scope.kind == "eq" else "in", (side,), value))
        spoiled = self.r.randrange(len(statement.conditions)) if statement.conditions and self.r.random() < 0.2 else -1
        for place, condition in enumerate(statement.conditions):
            found += self.want(condition.body, (condition.kind == "when") != (place == spoiled))
        return found

    def want(self, expr: ast.Expr, wanted: bool) -> Iterator[Wish]:
        """Wishes that make the expression true, or false."""
        r = self.r
        match expr:
            case ast.Unary(op="!", arg=arg):
                yield from self.want(arg, not wanted)
            case ast.Binary(op="&&" | "||" as op, left=left, right=right):
                if (op == "&&") == wanted:
                    yield from self.want(left, wanted)
                    yield from self.want(right, wanted)
                elif r.random() < 0.5:
                    yield from self.want(left, wanted)
                else:  # the right side is only asked where the left one leaves it open
                    yield from self.want(left, op == "&&")
                    yield from self.want(right, wanted)
            case ast.If(condition=condition, then=then, otherwise=otherwise):
                first = r.random() < 0.5
                yield from self.want(condition, first)
                yield from self.want(then if first else otherwise, wanted)
            case ast.Binary(op=("==" | "!=" | "<" | "<=" | ">" | ">=") as op, left=left, right=right):
                yield from self.compared(op if wanted else FLIPPED[op], left, right)
            case ast.Binary(op="in", left=left, right=right):
                yield from self.inside(left, right, wanted)
            case ast.Is(expr=inner, container=container) if container is not None:
                yield from self.inside(inner, container, wanted)
            case ast.Has(expr=inner, path=steps):
                holder = path_of(inner)
                if holder is not None:
                    yield Wish("there" if wanted else "absent", (*holder, *steps))
            case ast.Like(expr=inner, pattern=pattern):
                path = path_of(inner)
                text = self.text(pattern, wanted)
                if path is not None and text is not None:
                    yield Wish("set", path, text)
            case ast.Method():
                yield from self.method(expr, wanted)
            case _:
                path = path_of(expr)
                if path is not None:
                    yield Wish("set", path, wanted)

    def text(self, pattern: ast.Like | Any, wanted: bool) -> str | None:
        """A text that matches, or just does not; not always the shortest."""
        try:
            if wanted:
                return find_text([pattern], [], self.r.sample(["", "x", "xx"], 2))
            near = [piece for piece in pattern if isinstance(piece, str)]
            return find_text([], [pattern], [], hints=["".join(near), "".join(near) + "x", "x" + "".join(near)])
        except TooManyStates:
            return None

    def compared(self, op: str, left: ast.Expr, right: ast.Expr) -> Iterator[Wish]:
        path, other = path_of(left), path_of(right)
        if path is not None and other is not None:
            if op in ("==", "<=", ">="):
                yield Wish("copy", path, other)
            return
        if path is None and other is None:  # `x + 3 < 5`, or more than that: look through one sum
            yield from self.shifted(op, left, right)
            return
        if path is None:
            assert other is not None
            path, right, op = other, left, MIRRORED[op]
        try:
            value = json_of(right)
        except ValueError:
            return
        yield Wish("uid" if len(path) == 1 and op == "==" else "set", path, beside(self.r, op, value))

    def shifted(self, op: str, left: ast.Expr, right: ast.Expr) -> Iterator[Wish]:
        match left, right:
            case ast.Binary(op=("+" | "-" | "*") as sign, left=inner, right=ast.Lit(value=int() as by)), ast.Lit(
                value=int() as bound
            ) if (path := path_of(inner)) is not None:
                target = beside(self.r, op, bound)
                value = {"+": target - by, "-": target + by, "*": target // by if by else target}[sign]
                if -(2**63) <= value < 2**63:
                    yield Wish("set", path, value)

    def inside(self, left: ast.Expr, right: ast.Expr, wanted: bool) -> Iterator[Wish]:
        path = path_of(left)
        options = right.items if isinstance(right, ast.SetLit) else (right,)
        if path is None or not options:
            return
        for option in [self.r.choice(options)] if wanted else options:
            other = path_of(option)
            try:
                value = other or json_of(option)
            except ValueError:
                continue
            yield Wish("in" if wanted else "out", path, value)

    def method(self, expr: ast.Method, wanted: bool) -> Iterator[Wish]:
        path = path_of(expr.receiver)
        if path is None:
            return
        match expr.method, expr.args:
            case "hasTag", (ast.Lit(value=str() as tag),):
                yield Wish("there" if wanted else "absent", (*path, f"#{tag}"))
            case "isEmpty", ():
                yield Wish("set", path, []) if wanted else Wish("grow", path)
            case (("contains" | "containsAll" | "containsAny"), (argument,)):
                items = argument.items if isinstance(argument, ast.SetLit) else (argument,)
                for item in items:
                    try:
                        value = path_of(item) or json_of(item)
                    except ValueError:
                        continue
                    yield Wish("add" if wanted else "drop", path, value)
            case ((("lessThan" | "lessThanOrEqual" | "greaterThan" | "greaterThanOrEqual") as name), (argument,)):
                op = DECIMAL[name]
                yield from self.compared(op if wanted else FLIPPED[op], expr.receiver, argument)
            case ("isInRange", (ast.Call(args=(ast.Lit(value=str() as network),)),)):
                if wanted:
                    yield Wish("set", path, {"__extn": {"fn": "ip", "arg": network}})
            case _:
                return


def beside(r: Random, op: str, value: Any) -> Any:
    """A value ``v`` with ``v op value``, at the edge; for what has no neighbours, the value itself."""
    if type(value) is not int:
        return value
    step = {"==": 0, "!=": r.choice([-1, 1]), "<": -1, "<=": 0, ">": 1, ">=": 0}[op]
    return min(max(value + step, -(2**63)), 2**63 - 1)
