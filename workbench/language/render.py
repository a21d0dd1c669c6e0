"""Syntax trees → canonical Cedar+ text, with the fewest parentheses that keep the tree.

Renders surface trees as they were meant (``a < 0.8``) and core trees as plain Cedar (``a.lessThan(decimal("0.8"))``).
Imports the tree, literals and tokens.
"""

from __future__ import annotations

from decimal import Decimal

from workbench.language.ast import (
    ActionScope,
    Annotation,
    Binary,
    Call,
    DecimalLit,
    Duration,
    EntityLit,
    EntityScope,
    Expr,
    Fallback,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    Name,
    Policy,
    Prefer,
    Procedure,
    RecordLit,
    Require,
    Scope,
    SetLit,
    Slot,
    Statement,
    Unary,
    Var,
)
from workbench.language.literals import is_plain_identifier, quote, quote_pattern
from workbench.language.tokens import CLAUSE_KEYWORDS, tokenize

IF, OR, AND, RELATION, SUM, PRODUCT, UNARY, MEMBER = range(8)
LEVEL = {"||": OR, "&&": AND, "+": SUM, "-": SUM, "*": PRODUCT}
_MAX_UNARY = 4


def render_expr(expr: Expr) -> str:
    """``expr`` on one line; parsing it gives an equal tree."""
    return _expr(expr, IF)


def _expr(node: Expr, minimum: int) -> str:
    """``node``, in parentheses if it binds less tightly than ``minimum``."""
    text, level = with_level(node)
    return f"({text})" if level < minimum else text


def with_level(node: Expr) -> tuple[str, int]:
    """``node`` on one line, and how tightly it binds (a place among the levels above)."""
    match node:
        case Lit(value=value):
            return _literal(value)
        case Var(name=name) | Name(name=name):
            return name, MEMBER
        case GetAttr(expr=inner, attr=attr):
            tail = f".{attr}" if is_plain_identifier(attr) else f"[{quote(attr)}]"
            return _receiver(inner) + tail, MEMBER
        case Binary(op=op, left=left, right=right):
            level = LEVEL.get(op, RELATION)
            left_level = level if level != RELATION else SUM
            return f"{_expr(left, left_level)} {op} {_expr(right, level + 1)}", level
        case DecimalLit(text=text):
            return text, UNARY if text.startswith("-") else MEMBER
        case EntityLit():
            return render_entity(node), MEMBER
        case Slot(name=name):
            return f"?{name}", MEMBER
        case Unary():
            return _unary(node), UNARY
        case Has(expr=inner, path=path):
            return _has(inner, path)
        case Like(expr=inner, pattern=pattern):
            return f"{_expr(inner, SUM)} like {quote_pattern(pattern)}", RELATION
        case Is(expr=inner, type=type_name, container=container):
            tail = "" if container is None else f" in {_expr(container, SUM)}"
            return f"{_expr(inner, SUM)} is {type_name}{tail}", RELATION
        case If(condition=condition, then=then, otherwise=otherwise):
            parts = (_expr(part, IF) for part in (condition, then, otherwise))
            return "if {} then {} else {}".format(*parts), IF
        case SetLit(items=items):
            return f"[{_list(items)}]", MEMBER
        case RecordLit(items=fields):
            inside = ", ".join(f"{_key(key)}: {_expr(value, IF)}" for key, value in fields)
            return f"{{{inside}}}", MEMBER
        case Call(function=function, args=args):
            return f"{function}({_list(args)})", MEMBER
        case Method(receiver=receiver, method=method, args=args):
            return f"{_receiver(receiver)}.{method}({_list(args)})", MEMBER


def _literal(value: bool | int | str) -> tuple[str, int]:
    if isinstance(value, bool):
        return ("true" if value else "false"), MEMBER
    if isinstance(value, int):
        return str(value), MEMBER if value >= 0 else UNARY
    return quote(value), MEMBER


def _receiver(node: Expr) -> str:
    return _expr(node, MEMBER)


def _unary(node: Unary) -> str:
    run = 1
    inner = node.arg
    while isinstance(inner, Unary) and inner.op == node.op and run < _MAX_UNARY:
        inner = inner.arg
        run += 1
    text = _expr(inner, MEMBER)
    # `-5` is a literal, so the negation of the literal 5 needs parentheses (and `-5` inside a run already has them)
    if node.op == "-" and text[0].isdigit() and isinstance(inner, Lit | DecimalLit):
        text = f"({text})"
    return node.op * run + text


def _has(inner: Expr, path: tuple[str, ...]) -> tuple[str, int]:
    subject = _expr(inner, SUM)
    if len(path) == 1 and not is_plain_identifier(path[0]):
        return f"{subject} has {quote(path[0])}", RELATION
    if all(map(is_plain_identifier, path)):
        return f"{subject} has {'.'.join(path)}", RELATION
    steps: list[str] = []
    current = inner
    for attr in path:
        steps.append(_has(current, (attr,))[0])
        current = GetAttr(current, attr)
    return " && ".join(steps), AND


def _key(name: str) -> str:
    return name if is_plain_identifier(name) else quote(name)


def _list(items: tuple[Expr, ...]) -> str:
    return ", ".join(_expr(item, IF) for item in items)


def render_entity(entity: EntityLit | Slot) -> str:
    """``Type::"id"`` or ``?slot``."""
    return f"?{entity.name}" if isinstance(entity, Slot) else f"{entity.type}::{quote(entity.id)}"


def render_annotation(annotation: Annotation) -> str:
    """``@name("value")``, or ``@name`` for an empty value."""
    return f"@{annotation.name}" + (f"({quote(annotation.value)})" if annotation.value else "")


def render_action(action: ActionScope) -> str:
    """The action part of a scope or a trigger."""
    match action.kind:
        case "any":
            return "action"
        case "eq":
            return f"action == {render_entity(action.entities[0])}"
    if action.listed or len(action.entities) != 1:
        return f"action in [{', '.join(map(render_entity, action.entities))}]"
    return f"action in {render_entity(action.entities[0])}"


def render_entity_scope(name: str, scope: EntityScope) -> str:
    """``principal`` or ``resource`` with its constraint."""
    text = name
    if scope.type is not None:
        text += f" is {scope.type}"
    if scope.entity is not None:
        text += f" {'==' if scope.kind == 'eq' else 'in'} {render_entity(scope.entity)}"
    return text


def render_scope(scope: Scope) -> str:
    """``(principal, action, resource)``."""
    principal = render_entity_scope("principal", scope.principal)
    resource = render_entity_scope("resource", scope.resource)
    return f"({principal}, {render_action(scope.action)}, {resource})"


def render_score(score: Decimal) -> str:
    """A score as a decimal literal: 1 to 4 fraction digits, no superfluous zeros."""
    whole, _, fraction = f"{score:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def render_duration(duration: Duration) -> str:
    """``1 hour``, ``7 days``."""
    return f"{duration.count} {duration.unit}{'' if duration.count == 1 else 's'}"


def render_require(require: Require) -> str:
    """A ``require`` clause."""
    asked = "approval" if require.count == 1 else f"{require.count} approvals"
    if require.where is None:
        return f"require {asked} from principal"
    text = render_expr(require.where)
    return f"require {asked} from principal where {f'({text})' if ends_clause(text) else text}"


def render_when(expr: Expr) -> str:
    """A procedure's ``when`` clause, in braces only where the bare form would end too early."""
    text = render_expr(expr)
    return f"when {{ {text} }}" if text.startswith("{") or ends_clause(text) else f"when {text}"


def ends_clause(text: str) -> bool:
    """Whether a clause keyword stands in ``text`` outside brackets and not after a dot."""
    depth = 0
    previous = ""
    for token in tokenize(text):
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
        elif depth == 0 and token.text in CLAUSE_KEYWORDS and previous != ".":
            return True
        previous = token.text
    return False


def render_fallback(fallback: Fallback) -> str:
    """``deny`` or ``escalate to procedure …``."""
    return "deny" if fallback.kind == "deny" else f"escalate to procedure {fallback.procedure}"


def render_effect(statement: Policy | Prefer) -> str:
    """``permit``, ``forbid`` or ``prefer score(…)``."""
    return f"prefer score({render_score(statement.score)})" if isinstance(statement, Prefer) else statement.effect


def render_head(statement: Policy | Prefer) -> str:
    """Effect, score and scope."""
    return f"{render_effect(statement)} {render_scope(statement.scope)}"


def render_clauses(procedure: Procedure) -> list[tuple[str, str]]:
    """``(key, text)`` of every clause in canonical order; keys are ``on action``, ``require 0``, ``with timeout`` …"""
    clauses: list[tuple[str, str]] = []
    if procedure.action is not None:
        clauses.append(("on action", f"on {render_action(procedure.action)}"))
    if procedure.amendment is not None:
        clauses.append(("on amendment", f"on amendment {procedure.amendment}"))
    if procedure.when is not None:
        clauses.append(("when", render_when(procedure.when)))
    clauses += [(f"require {index}", render_require(require)) for index, require in enumerate(procedure.requires)]
    if procedure.timelock is not None:
        clauses.append(("with timelock", f"with timelock {render_duration(procedure.timelock)}"))
    if procedure.timeout is not None:
        clauses.append(("with timeout", f"with timeout {render_duration(procedure.timeout)}"))
    if procedure.on_timeout is not None:
        clauses.append(("on timeout", f"on timeout {render_fallback(procedure.on_timeout)}"))
    if procedure.on_rejection is not None:
        clauses.append(("on rejection", f"on rejection {render_fallback(procedure.on_rejection)}"))
    return clauses


def render_statement(statement: Statement) -> str:
    """Canonical Cedar+ text, annotations first, one condition or clause a line, no newline at the end."""
    lines = [render_annotation(annotation) for annotation in statement.annotations]
    if isinstance(statement, Procedure):
        clauses = (f"  {text}" for _, text in render_clauses(statement))
        lines += [f"procedure {statement.name} {{", *clauses, "}"]
    else:
        lines.append(render_head(statement))
        lines += [f"{condition.kind} {{ {render_expr(condition.body)} }}" for condition in statement.conditions]
        lines[-1] += ";"
    return "\n".join(lines)
