"""The condition of a rule as one expression, and the atoms that it is made of. Pure; imports the language only.

An atom is a condition that is neither "and" nor "or" nor "not": what a test flips, and what coverage counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.language.ast import ActionScope, Binary, EntityLit, EntityScope, Expr, Is, Lit, Procedure, Unary, Var
from workbench.language.program import Rule


def condition_of(rule: Rule) -> Expr:
    """Scope and conditions of a rule as one expression, the action left out; of a procedure, its trigger."""
    statement = rule.statement
    parts: list[Expr] = []
    if isinstance(statement, Procedure):
        parts = [statement.when] if statement.when is not None else []
    else:
        for name, scope in (("principal", statement.scope.principal), ("resource", statement.scope.resource)):
            parts.extend(_of_scope(name, scope))
        parts.extend(c.body if c.kind == "when" else Unary("!", c.body) for c in statement.conditions)
    node: Expr = Lit(True)
    for index, part in enumerate(parts):
        node = Binary("&&", node, part) if index else part
    return node


def action_scope(rule: Rule) -> ActionScope | None:
    """For which actions the rule is; ``None`` for a procedure for amendments."""
    statement = rule.statement
    return statement.action if isinstance(statement, Procedure) else statement.scope.action


def atoms_of(condition: Expr) -> list[Expr]:
    """The conditions within a condition that are neither "and", "or" nor "not", in order, without duplicates."""
    match condition:
        case Binary(op=("&&" | "||"), left=left, right=right):
            return list(dict.fromkeys((*atoms_of(left), *atoms_of(right))))
        case Unary(op="!", arg=arg):
            return atoms_of(arg)
        case Lit():
            return []
        case _:
            return [condition]


def worth(condition: Expr, of: Mapping[Expr, bool | None]) -> bool | None:
    """Its value where atoms have these, with the language's short circuits; ``None`` where it comes to one without."""
    match condition:
        case Binary(op=("&&" | "||") as op, left=left, right=right):
            first = worth(left, of)
            return first if first is None or first == (op == "||") else worth(right, of)
        case Unary(op="!", arg=arg):
            inner = worth(arg, of)
            return None if inner is None else not inner
        case Lit(value=bool() as value):
            return value
    return of[condition]


def hangs(condition: Expr, atoms: Sequence[Expr], values: Sequence[bool | None], place: int) -> bool:
    """Whether its value changes with the atom at ``place``, the others as they are (``None``: one has no value)."""
    of = dict(zip(atoms, values, strict=True))
    return worth(condition, of | {atoms[place]: True}) != worth(condition, of | {atoms[place]: False})


def _of_scope(name: str, scope: EntityScope) -> list[Expr]:
    variable = Var("principal") if name == "principal" else Var("resource")
    match scope:
        case EntityScope(kind="eq", entity=EntityLit() as entity):
            return [Binary("==", variable, entity)]
        case EntityScope(kind="in", entity=EntityLit() as entity):
            return [Binary("in", variable, entity)]
        case EntityScope(kind="is", type=str() as of):
            return [Is(variable, of)]
        case EntityScope(kind="is_in", type=str() as of, entity=EntityLit() as entity):
            return [Is(variable, of), Binary("in", variable, entity)]
        case _:
            return []
