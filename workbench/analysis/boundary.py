"""Boundary cases: the requests on which a small slip in a condition would show. Pure.

For a comparison with a constant the value itself and its neighbours; for a ``like`` pattern a text that just matches
and some that just do not; for a set the empty one, one that holds what is asked for and one that holds other things;
for what may be absent its absence, for what may be unknown that it is. Each where the rule hangs on the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from workbench.analysis.conditions import action_scope
from workbench.analysis.environments import bearing
from workbench.analysis.examined import Alone
from workbench.analysis.patterns import matches, pieces
from workbench.analysis.prover import Prover
from workbench.analysis.results import Witness
from workbench.analysis.staging import Seen, Stage
from workbench.analysis.task import Task
from workbench.analysis.values import RecordValue, Scalar, Unsupported
from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.values import I64_MAX, I64_MIN
from workbench.language.ast import Binary, Call, Expr, GetAttr, Has, Like, Lit, Method, SetLit, Unary, Var, walk
from workbench.language.literals import quote
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted
from workbench.language.render import render_expr
from workbench.language.schema import EntityRef, ExtensionType, Type

_COMPARED = frozenset({"<", "<=", ">", ">=", "==", "!="})
_METHODS = frozenset({"lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"})
_UNITS: dict[str, Callable[[int], Decimal4 | Datetime | Duration]] = {
    "decimal": Decimal4,
    "datetime": Datetime,
    "duration": Duration,
}


@dataclass(frozen=True, slots=True)
class Boundary:
    """``note``: what is special about the case, in a few words (``context.amount is 501``)."""

    rule: str
    condition: str
    case: Witness
    note: str


_Wish: TypeAlias = tuple[str, Expr, bool]  # in words; what is to be true; whether the rule is to err


def boundaries(program: Program, task: Task, rules: Collection[str] | None = None) -> Iterator[Boundary]:
    """The boundary cases of each condition of each rule that decides (``rules``: ids), in their order.

    What no request shows, and what is not decided or not supported, is left out: nothing is claimed of it. Raises
    ``SolverMissing``, ``Stopped``, and ``ValueError`` for a program without a schema.
    """
    prover = Prover(program, task)
    alone = Alone(prover.schema)
    deciding = (rule for rule in program.rules if rule.stage == "enforce" and rule.kind != "prefer")
    chosen = [rule for rule in deciding if action_scope(rule) is not None and (rules is None or rule.id in rules)]
    for place, rule in enumerate(chosen):
        task.step(place, len(chosen), quoted(rule.id))
        yield from _of_rule(prover, rule, alone)


def _of_rule(prover: Prover, rule: Rule, alone: Alone) -> Iterator[Boundary]:
    done: set[tuple[str, str]] = set()
    for environment in prover.environments:
        if not bearing((rule,), environment, prover.schema):
            continue
        try:
            stage = Stage(prover, environment, rule, alone)
        except Unsupported:
            continue
        for place, atom in enumerate(stage.atoms):
            for note, wish, erring in _wishes(stage, atom):
                key = note, render_expr(atom)
                if key not in done:
                    found = _found(stage, place, wish, erring)
                    if found is not None:
                        done.add(key)
                        yield Boundary(rule.id, key[1], found, note)


def _found(stage: Stage, place: int, wish: Expr, erring: bool) -> Witness | None:
    """A case where the rule hangs on the atom, or errs; where it alone decides, if there is one."""
    terms = stage.space.terms
    ok, holds = stage.space.test(wish)
    hanging = (stage.encoded.erring,) if erring else (stage.ok[place], stage.hangs_on(place), stage.fine)
    wanted = terms.and_(ok, holds, *hanging)

    def shows(seen: Seen) -> bool:
        if erring:
            return seen.rule == "erring"
        return seen.rule != "erring" and seen.atoms[place] != "undefined" and stage.depends(seen, place)

    for also in (stage.decisive, ()):
        found = stage.find(wanted, shows, also, keep=wish)
        if found.value is not None:
            return found.value
    return None


# ---- what to look for ------------------------------------------------------------------------------------------------


def _wishes(stage: Stage, atom: Expr) -> Iterator[_Wish]:
    match atom:
        case Binary(op=op, left=left, right=right) if op in _COMPARED:
            yield from _beside(stage, left, right)
        case Method(receiver=left, method=method, args=(right,)) if method in _METHODS:
            yield from _beside(stage, left, right)
        case Like(expr=text, pattern=pattern):
            for said, example in _texts(pieces(pattern)):
                if matches(example, pattern) == (said == "just matches"):
                    yield f"{render_expr(text)} {said}: {quote(example)}", Binary("==", text, Lit(example)), False
        case Method(receiver=whole, method=("contains" | "containsAll" | "containsAny")) if not isinstance(
            whole, SetLit
        ):
            empty = Method(whole, "isEmpty", ())
            yield f"{render_expr(whole)} is empty", empty, False
            yield f"{render_expr(whole)} holds what is asked for", atom, False
            yield f"{render_expr(whole)} holds other things", Unary("!", Binary("||", atom, empty)), False
    for node in dict.fromkeys(walk(atom)):
        if isinstance(node, GetAttr):
            yield from _absence(stage, node)


def _scalar(stage: Stage, expr: Expr) -> Scalar | None:
    try:
        _, value = stage.space.encoder.code(expr)
    except Unsupported:
        return None
    return value if isinstance(value, Scalar) else None


def _beside(stage: Stage, left: Expr, right: Expr) -> Iterator[_Wish]:
    """The constant that a number is compared with, one less and one more; in the smallest steps of its type."""
    for one, other in ((left, right), (right, left)):
        it, limit = _scalar(stage, one), _scalar(stage, other)
        if it is None or limit is None or it.term.sort != "Int" or limit.term.op != "const" or it.term.op == "const":
            continue
        for number in (limit.term.data - 1, limit.term.data, limit.term.data + 1):
            literal = _literal(number, it.type) if I64_MIN <= number <= I64_MAX else None
            if literal is not None:
                shown = str(literal.args[0].value) if isinstance(literal, Call) else str(number)  # type: ignore[union-attr]
                yield f"{render_expr(one)} is {shown}", Binary("==", one, literal), False


def _literal(number: int, type_: Type) -> Lit | Call | None:
    """``None`` for a time that no text stands for."""
    if not isinstance(type_, ExtensionType):
        return Lit(number)
    value = _UNITS[type_.name](number)
    if isinstance(value, Datetime) and not value.writable:
        return None
    return Call(value.constructor, (Lit(str(value)),))


def _texts(parts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The pattern with nothing for its wildcards, and that with one letter too many, or too few."""
    plain = "".join(parts)
    yield "just matches", plain
    for near in (f"{plain}x", f"x{plain}", plain[:-1], plain[1:]):
        if near != plain:
            yield "just does not match", near


def _absence(stage: Stage, node: GetAttr) -> Iterator[_Wish]:
    """An optional field that is absent, an entity that is unknown: where the rule then errs."""
    try:
        _, holder = stage.space.encoder.code(node.expr)
    except Unsupported:
        return
    gone = Unary("!", Has(node.expr, (node.attr,)))
    if isinstance(holder, RecordValue):
        field = holder.fields.get(node.attr)
        if field is not None and field.present.op != "const":
            yield f"{render_expr(node)} is absent", gone, True
    elif isinstance(holder, Scalar) and isinstance(holder.type, EntityRef):
        declared = stage.space.schema.entity_types.get(holder.type.name)
        attribute = None if declared is None else declared.attributes.get(node.attr)
        if attribute is not None:
            unknown = f"nothing is known of {_named(node.expr)}"
            yield (unknown if attribute.required else f"{render_expr(node)} is absent"), gone, True


def _named(expr: Expr) -> str:
    return f"the {expr.name}" if isinstance(expr, Var) else render_expr(expr)
