"""Expressions → terms: for each, when it evaluates without error, and to what. Pure.

Follows the engine's compiler, operator by operator, with the same short circuits: what is not evaluated cannot err.
What is known to be unreachable in this request environment is not looked at, as Cedar's validator does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from workbench.analysis.extensions import called, constructed
from workbench.analysis.terms import Term, Terms
from workbench.analysis.values import (
    BOOL,
    LONG,
    NOTHING,
    STRING,
    Field,
    Nothing,
    Opaque,
    RecordValue,
    Scalar,
    Unsupported,
    Value,
    chosen,
    equal,
    field_of,
    is_empty,
    path_to,
    unknown,
)
from workbench.language import ast
from workbench.language.schema import EntityRef, RecordType, Schema, SetType, Type

Coded: TypeAlias = tuple[Term, Value]  # whether it evaluates; its value where it does


class Encoder:
    """Encodes expressions over the variables of one request environment. ``complete``: every entity exists."""

    def __init__(self, terms: Terms, schema: Schema, variables: Mapping[str, Value], *, complete: bool) -> None:
        self.terms = terms
        self.schema = schema
        self._variables = variables
        self._complete = complete

    # ---- entities

    def entity(self, literal: ast.EntityLit) -> Scalar:
        """An entity that a rule names."""
        return Scalar(EntityRef(literal.type), self.terms.const(f"E:{literal.type}", literal.id))

    def ids(self, kind: str) -> tuple[str, ...] | None:
        """The only ids that there are, of an enumerated type and of actions; ``None`` where there may be any."""
        declared = self.schema.entity_types.get(kind)
        if declared is None:
            return tuple(id for type_, id in self.schema.actions if type_ == kind)
        return declared.enum

    def exists(self, entity: Term) -> Term:
        """Whether data about the entity is known."""
        if self._complete or entity.sort[2:] not in self.schema.entity_types:
            return self.terms.true
        if entity.op == "ite":
            condition, then, otherwise = entity.args
            return self.terms.ite(condition, self.exists(then), self.exists(otherwise))
        return self.terms.app("exists", "Bool", (entity,))

    def inside(self, entity: Term, group: Term) -> Term:
        """``entity in group``, both entities."""
        kind, wanted = entity.sort[2:], group.sort[2:]
        if self._is_action(kind) or self._is_action(wanted):
            if entity.op != "const" or group.op != "const":
                raise Unsupported("memberships of actions that are not named are not supported")
            uid, target = (kind, str(entity.data)), (wanted, str(group.data))
            return self.terms.boolean(uid == target or target in self.schema.action_ancestors(uid))
        same = self.terms.eq(entity, group) if kind == wanted else self.terms.false
        if wanted not in self.schema.entity_ancestors(kind) or (entity is group):
            return same
        return self.terms.or_(same, self.terms.app("in", "Bool", (entity, group)))

    def _is_action(self, kind: str) -> bool:
        return kind not in self.schema.entity_types

    def _field(self, value: Value, name: str) -> tuple[Term, Field | None]:
        """Whether the holder of the field is there, and the field; ``None`` where it cannot have one."""
        if isinstance(value, RecordValue):
            return self.terms.true, value.fields.get(name)
        if isinstance(value, Scalar) and isinstance(value.type, EntityRef):
            kind = value.type.name
            declared = self.schema.entity_types.get(kind)
            attribute = None if declared is None else declared.attributes.get(name)
            if attribute is None:
                return self.terms.true, None
            return self.exists(value.term), field_of(self.terms, path_to(kind, name), (value.term,), attribute)
        if isinstance(value, Opaque):
            raise Unsupported(value.why)
        return self.terms.true, None

    # ---- expressions

    def test(self, expr: ast.Expr) -> tuple[Term, Term]:
        """A Boolean expression: whether it evaluates, and whether it is then true."""
        ok, value = self.code(expr)
        return ok, self._truth(value)

    def _truth(self, value: Value) -> Term:
        if isinstance(value, Scalar) and value.type == BOOL:
            return value.term
        if isinstance(value, Nothing):
            return self.terms.false
        raise Unsupported("a condition that is not a Boolean is not supported")

    def code(self, expr: ast.Expr) -> Coded:
        """Raises :class:`Unsupported`."""
        return _CODERS[type(expr)](self, expr)

    def _bool(self, ok: Term, term: Term) -> Coded:
        return ok, Scalar(BOOL, term)

    def _lit(self, expr: ast.Lit) -> Coded:
        terms, value = self.terms, expr.value
        if isinstance(value, bool):
            return self._bool(terms.true, terms.boolean(value))
        if isinstance(value, int):
            return terms.true, Scalar(LONG, terms.integer(value))
        return terms.true, Scalar(STRING, terms.text(value))

    def _entity_lit(self, expr: ast.EntityLit) -> Coded:
        return self.terms.true, self.entity(expr)

    def _var(self, expr: ast.Var) -> Coded:
        return self.terms.true, self._variables[expr.name]

    def _unary(self, expr: ast.Unary) -> Coded:
        ok, value = self.code(expr.arg)
        terms = self.terms
        if expr.op == "!":
            return self._bool(ok, terms.not_(self._truth(value)))
        if isinstance(value, Nothing):
            return terms.false, NOTHING
        negated = terms.neg(self._number(value))
        return terms.and_(ok, terms.is_i64(negated)), Scalar(LONG, negated)

    def _number(self, value: Value) -> Term:
        if isinstance(value, Scalar) and value.term.sort == "Int":
            return value.term
        raise Unsupported("arithmetic on this value is not supported")

    def _binary(self, expr: ast.Binary) -> Coded:
        terms, op = self.terms, expr.op
        ok, left = self.code(expr.left)
        if op in ("&&", "||"):
            known = self._truth(left)
            skip = terms.not_(known) if op == "&&" else known
            if skip is terms.true or ok is terms.false:
                return self._bool(ok, known)
            right_ok, value = self.test(expr.right)
            both = terms.and_(known, value) if op == "&&" else terms.or_(known, value)
            return self._bool(terms.and_(ok, terms.or_(skip, right_ok)), both)
        right_ok, right = self.code(expr.right)
        ok = terms.and_(ok, right_ok)
        if isinstance(left, Nothing) or isinstance(right, Nothing):
            return terms.false, NOTHING
        if op in ("==", "!="):
            same = equal(terms, left, right)
            return self._bool(ok, same if op == "==" else terms.not_(same))
        if op == "in":
            return self._bool(ok, self._in(left, right))
        one, two = self._number(left), self._number(right)
        if op in ("+", "-", "*"):
            result = {"+": terms.add, "-": terms.sub, "*": terms.mul}[op](one, two)
            return terms.and_(ok, terms.is_i64(result)), Scalar(LONG, result)
        low, high = (one, two) if op in ("<", "<=") else (two, one)
        return self._bool(ok, terms.lt(low, high) if op in ("<", ">") else terms.le(low, high))

    def _in(self, left: Value, right: Value) -> Term:
        if not (isinstance(left, Scalar) and isinstance(left.type, EntityRef) and isinstance(right, Scalar)):
            raise Unsupported("`in` on these values is not supported")
        if isinstance(right.type, EntityRef):
            return self.inside(left.term, right.term)
        return self._in_set(left.term, right.term)

    def _in_set(self, entity: Term, groups: Term) -> Term:
        terms = self.terms
        if groups.op == "ite":
            condition, then, otherwise = groups.args
            return terms.ite(condition, self._in_set(entity, then), self._in_set(entity, otherwise))
        if groups.op == "set":
            return terms.or_(*(self.inside(entity, each) for each in groups.args))
        return terms.within(entity, groups)

    def _has(self, expr: ast.Has) -> Coded:
        ok, value = self.code(expr.expr)
        found = self.terms.true
        for name in expr.path:
            if isinstance(value, Nothing):
                break
            there, field = self._field(value, name)
            if field is None:
                return self._bool(ok, self.terms.false)
            found = self.terms.and_(found, there, field.present)
            if name != expr.path[-1] or len(expr.path) > 1:
                value = field.value
        return self._bool(ok, found)

    def _get(self, expr: ast.GetAttr) -> Coded:
        ok, value = self.code(expr.expr)
        there, field = self._field(value, expr.attr)
        if field is None:
            return self.terms.false, NOTHING
        return self.terms.and_(ok, there, field.present), field.value

    def _like(self, expr: ast.Like) -> Coded:
        ok, value = self.code(expr.expr)
        if isinstance(value, Nothing):
            return self.terms.false, NOTHING
        if not isinstance(value, Scalar) or value.type != STRING:
            raise Unsupported("`like` on this value is not supported")
        return self._bool(ok, self.terms.like(value.term, expr.pattern))

    def _is(self, expr: ast.Is) -> Coded:
        ok, value = self.code(expr.expr)
        if isinstance(value, Nothing):
            return self.terms.false, NOTHING
        if not isinstance(value, Scalar) or not isinstance(value.type, EntityRef):
            raise Unsupported("`is` on this value is not supported")
        if value.type.name != expr.type:
            return self._bool(ok, self.terms.false)
        if expr.container is None:
            return self._bool(ok, self.terms.true)
        right_ok, right = self.code(expr.container)
        return self._bool(self.terms.and_(ok, right_ok), self._in(value, right))

    def _if(self, expr: ast.If) -> Coded:
        terms = self.terms
        ok, condition = self.test(expr.condition)
        if ok is terms.false:
            return terms.false, NOTHING
        if condition is terms.true or condition is terms.false:
            branch_ok, value = self.code(expr.then if condition is terms.true else expr.otherwise)
            return terms.and_(ok, branch_ok), value
        then_ok, then = self.code(expr.then)
        else_ok, otherwise = self.code(expr.otherwise)
        return terms.and_(ok, terms.ite(condition, then_ok, else_ok)), chosen(terms, condition, then, otherwise)

    def _set(self, expr: ast.SetLit) -> Coded:
        coded = [self.code(item) for item in expr.items]
        ok = self.terms.and_(*(each for each, _ in coded))
        if any(isinstance(value, Nothing) for _, value in coded):
            return self.terms.false, NOTHING
        items: list[Term] = []
        element: Type = BOOL
        for _, value in coded:
            if not isinstance(value, Scalar) or isinstance(value.type, SetType):
                raise Unsupported("sets of sets or records are not supported")
            if items and value.term.sort != items[0].sort:
                raise Unsupported("sets of values of different types are not supported")
            element = value.type
            items.append(value.term)
        return ok, Scalar(SetType(element), self.terms.literal_set(items[0].sort if items else "Bool", items))

    def _record(self, expr: ast.RecordLit) -> Coded:
        coded = {name: self.code(item) for name, item in expr.items}
        ok = self.terms.and_(*(each for each, _ in coded.values()))
        there = self.terms.true
        return ok, RecordValue({name: Field(there, lambda v=value: v) for name, (_, value) in coded.items()})  # type: ignore[misc]

    def _call(self, expr: ast.Call) -> Coded:
        if len(expr.args) != 1 or not isinstance(expr.args[0], ast.Lit):
            raise Unsupported(f"`{expr.function}(…)` of what is not a literal is not supported")
        made = constructed(self.terms, expr.function, expr.args[0].value)
        return (self.terms.false, NOTHING) if made is None else (self.terms.true, made)

    # ---- methods

    def _method(self, expr: ast.Method) -> Coded:
        ok, receiver = self.code(expr.receiver)
        coded = [self.code(arg) for arg in expr.args]
        ok = self.terms.and_(ok, *(each for each, _ in coded))
        values = [value for _, value in coded]
        if isinstance(receiver, Nothing) or any(isinstance(value, Nothing) for value in values):
            return self.terms.false, NOTHING
        if isinstance(receiver, Opaque):
            raise Unsupported(receiver.why)
        if not isinstance(receiver, Scalar):
            raise Unsupported(f"`{expr.method}` on a record is not supported")
        if expr.method in ("contains", "containsAll", "containsAny", "isEmpty"):
            return self._bool(ok, self._of_set(expr.method, receiver.term, values))
        if expr.method in ("hasTag", "getTag"):
            return self._of_tags(expr.method, ok, receiver, values[0])
        fine, value = called(self.terms, expr.method, receiver.term, [self._scalar(value) for value in values])
        return self.terms.and_(ok, fine), value

    @staticmethod
    def _scalar(value: Value) -> Term:
        if isinstance(value, Scalar):
            return value.term
        if isinstance(value, Opaque):
            raise Unsupported(value.why)
        raise Unsupported("a record as an argument is not supported")

    def _of_set(self, method: str, whole: Term, values: list[Value]) -> Term:
        terms = self.terms
        if method == "isEmpty":
            return is_empty(terms, whole)
        other = self._scalar(values[0])
        if method == "contains":
            return terms.member(whole, other) if whole.sort == f"S:{other.sort}" else terms.false
        if whole.sort != other.sort:  # of one type they would have one sort, but for the empty set
            return is_empty(terms, other) if method == "containsAll" else terms.false
        return terms.subset(other, whole) if method == "containsAll" else terms.meets(whole, other)

    def _of_tags(self, method: str, ok: Term, receiver: Scalar, name: Value) -> Coded:
        terms, key = self.terms, self._scalar(name)
        if not isinstance(receiver.type, EntityRef):
            raise Unsupported("tags of what is not an entity are not supported")
        kind = receiver.type.name
        declared = self.schema.entity_types.get(kind)
        if declared is None or declared.tags is None:
            return (self._bool(ok, terms.false)) if method == "hasTag" else (terms.false, NOTHING)
        there = terms.and_(self.exists(receiver.term), terms.app(f"{kind}#?", "Bool", (receiver.term, key)))
        if method == "hasTag":
            return self._bool(ok, there)
        if isinstance(declared.tags, RecordType):
            raise Unsupported("tags that are records are not supported")
        return terms.and_(ok, there), unknown(terms, f"{kind}#", (receiver.term, key), declared.tags)


_CODERS: Mapping[type, Callable[[Encoder, Any], Coded]] = {
    ast.Lit: Encoder._lit,
    ast.EntityLit: Encoder._entity_lit,
    ast.Var: Encoder._var,
    ast.Unary: Encoder._unary,
    ast.Binary: Encoder._binary,
    ast.Has: Encoder._has,
    ast.Like: Encoder._like,
    ast.Is: Encoder._is,
    ast.If: Encoder._if,
    ast.GetAttr: Encoder._get,
    ast.SetLit: Encoder._set,
    ast.RecordLit: Encoder._record,
    ast.Call: Encoder._call,
    ast.Method: Encoder._method,
}
