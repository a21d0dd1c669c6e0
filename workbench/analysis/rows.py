"""The rows of a permission matrix: values of an attribute that schema and rules name, each as a condition. Pure.

An attribute is a path as rules write it (``principal.role``, ``context.ticket.kind``), a party (``principal``), or
``principal in`` and ``resource in``, whose values are groups. A set's values are what it contains.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.analysis.environments import environments
from workbench.analysis.results import OTHER, RequestEnvironment
from workbench.engine.conversion import InputError, parse_uid
from workbench.engine.functions import FUNCTIONS
from workbench.engine.values import I64_MAX, I64_MIN, EntityUid, EvalError
from workbench.language.ast import (
    Binary,
    Call,
    EntityLit,
    EntityScope,
    Expr,
    GetAttr,
    Is,
    Lit,
    Method,
    Procedure,
    SetLit,
    Unary,
    Var,
    walk,
)
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.parser import parse_expression
from workbench.language.program import Program, Rule
from workbench.language.schema import (
    Attribute,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from workbench.language.schema_annotations import split_values

_CONSTRUCTORS = {"decimal": "decimal", "ipaddr": "ip", "datetime": "datetime", "duration": "duration"}
_HELP = "write `principal.role`, `resource.…` or `context.…`, or `principal in` for groups"


class NoRowsError(ValueError):
    """There is no such attribute (``code`` ``unknown_attribute``), or a value is none of it (``not_a_value``)."""

    def __init__(self, message: str, help: str, code: str = "unknown_attribute") -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.code = code


@dataclass(frozen=True)
class Rows:
    """``path``: what is looked at; ``groups``: whether the values are groups that it is in. ``values``: in their order;
    the row of any other value is none of them, whatever they are (:func:`row_name`).
    """

    attribute: str
    path: Expr
    groups: bool
    values: tuple[str, ...]

    def condition(self, schema: Schema, environment: RequestEnvironment, value: str) -> Expr | None:
        """That a request of the environment is of the row ``value``; ``None`` where none is."""
        declared = declared_at(schema, environment, self.path)
        if declared is None:
            return None
        literal = _literal(schema, declared.type, value, groups=self.groups)
        if literal is None:
            return None
        if self.groups:
            return Binary("in", self.path, literal)
        if isinstance(declared.type, SetType):
            return Method(self.path, "contains", (literal,))
        return Binary("==", self.path, literal)

    def conditions(self, schema: Schema, environment: RequestEnvironment) -> tuple[Expr, ...]:
        """Those of all values: a request of which none is true is of the row of any other value."""
        found = (self.condition(schema, environment, value) for value in self.values)
        return tuple(condition for condition in found if condition is not None)


def rows_of(program: Program, attribute: str, given: Sequence[str] = ()) -> Rows:
    """The rows: values that the schema's ``@values`` list, that the rules compare it with, and those given.

    Raises :class:`NoRowsError`.
    """
    schema = program.schema
    assert schema is not None
    path, groups = _path(attribute)
    found = [(each, declared_at(schema, each, path)) for each in environments(schema)]
    declared = [each for _, each in found if each is not None]
    if not declared:
        raise NoRowsError(f"no request has `{attribute}`", _known(schema, path) or _HELP)
    if any(isinstance(each.type, RecordType) for each in declared):
        raise NoRowsError(f"`{attribute}` is a record", "name one of its attributes")
    values = dict.fromkeys(value for each in declared for value in _of_schema(schema, each))
    for rule in program.rules:
        values.update(dict.fromkeys(_of_rule(rule, path, groups=groups)))
    named = dict.fromkeys(
        value
        for value in values
        if any(_literal(schema, each.type, value, groups=groups) is not None for each in declared)
    )
    for value in given:
        literals = [_literal(schema, each.type, value, groups=groups) for each in declared]
        literal = next((each for each in literals if each is not None), None)
        if literal is None:
            raise NoRowsError(
                f"`{value}` is no value of `{attribute}`", _form(declared[0].type, groups=groups), "not_a_value"
            )
        named[_text(literal)] = None
    return Rows(attribute, path, groups, tuple(named))


def row_name(value: str) -> str:
    """As a row is called; a value that reads like the row of any other value is put between quotation marks.

    So no rule that names such a value can hide who it lets in. Different values have different names.
    """
    return f'"{value}"' if _read(value) == _read(OTHER) else value


def _read(text: str) -> str:
    """What a person reads: no difference of case, of blanks or quotation marks, or by what cannot be seen."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if each.isprintable() and each not in ' "')


def _path(attribute: str) -> tuple[Expr, bool]:
    text = attribute.strip()
    stem = text.removesuffix(" in").rstrip()
    try:
        path = parse_expression(stem)
    except DiagnosticsError as error:
        raise NoRowsError(f"`{attribute}` is no attribute: {error.diagnostics[0].message}", _HELP) from None
    inner = path
    while isinstance(inner, GetAttr):
        inner = inner.expr
    if not isinstance(inner, Var) or inner.name == "action" or path == Var("context"):
        raise NoRowsError(f"`{attribute}` is no attribute of a request", _HELP)
    return path, stem != text


def declared_at(schema: Schema, environment: RequestEnvironment, path: Expr) -> Attribute | None:
    """What the schema says of the path for requests of an environment; ``None`` where there is no such thing."""
    if isinstance(path, Var):
        if path.name == "context":
            return Attribute(schema.actions[environment.action].context)
        return Attribute(EntityRef(environment.principal if path.name == "principal" else environment.resource))
    assert isinstance(path, GetAttr)
    holder = declared_at(schema, environment, path.expr)
    if holder is None:
        return None
    match holder.type:
        case RecordType(attributes=attributes):
            return attributes.get(path.attr)
        case EntityRef(name=name) if name in schema.entity_types:
            return schema.entity_types[name].attributes.get(path.attr)
    return None


def _known(schema: Schema, path: Expr) -> str:
    """What there is instead: the attributes beside one that is not there."""
    if not isinstance(path, GetAttr):
        return ""
    names: dict[str, None] = {}
    for environment in environments(schema):
        holder = declared_at(schema, environment, path.expr)
        match holder.type if holder is not None else None:
            case RecordType(attributes=attributes):
                names.update(dict.fromkeys(attributes))
            case EntityRef(name=name) if name in schema.entity_types:
                names.update(dict.fromkeys(schema.entity_types[name].attributes))
    return f"its attributes are {', '.join(f'`{name}`' for name in names)}" if names else ""


# ---- values ----------------------------------------------------------------------------------------------------------


def _of_schema(schema: Schema, declared: Attribute) -> Iterator[str]:
    for value, _ in split_values(declared.annotations.get("values", "")):
        if value:
            yield value
    element = declared.type.element if isinstance(declared.type, SetType) else declared.type
    if element == PrimitiveType("Bool"):
        yield from ("true", "false")
    if isinstance(element, EntityRef) and element.name in schema.entity_types:
        for id in schema.entity_types[element.name].enum or ():
            yield str(EntityUid(element.name, id))


def _of_rule(rule: Rule, path: Expr, *, groups: bool) -> Iterator[str]:
    """What the rule compares the path with. What a procedure says of approvers is not of the request."""
    statement = rule.statement
    bodies: tuple[Expr, ...]
    if isinstance(statement, Procedure):
        bodies = () if statement.when is None else (statement.when,)
    else:
        bodies = tuple(condition.body for condition in statement.conditions)
        for side, scope in (("principal", statement.scope.principal), ("resource", statement.scope.resource)):
            if path == Var(side):  # type: ignore[arg-type]
                yield from _of_scope(scope, groups=groups)
    for node in (node for body in bodies for node in walk(body)):
        for literal in _compared(node, path, groups=groups):
            yield _text(literal)


def _of_scope(scope: EntityScope, *, groups: bool) -> Iterator[str]:
    if isinstance(scope.entity, EntityLit) and (scope.kind != "eq") is groups:
        yield _text(scope.entity)


def _compared(node: Expr, path: Expr, *, groups: bool) -> Iterator[Expr]:
    found: tuple[Expr, ...] = ()
    match node:
        case Binary(op="in", left=left, right=right) if groups and left == path:
            found = right.items if isinstance(right, SetLit) else (right,)
        case Is(expr=left, container=held) if groups and left == path and held is not None:
            found = held.items if isinstance(held, SetLit) else (held,)
        case Binary(op="==" | "!=", left=left, right=right) if not groups and path in (left, right):
            found = (right if left == path else left,)
        case Method(receiver=receiver, method="contains", args=(arg,)) if not groups and receiver == path:
            found = (arg,)
        case Method(receiver=SetLit(items=items), method="contains", args=(arg,)) if not groups and arg == path:
            found = items
        case Method(receiver=receiver, method="containsAll" | "containsAny", args=(SetLit(items=items),)) if (
            not groups and receiver == path
        ):
            found = items
    return (each for each in found if _is_literal(each))


def _is_literal(node: Expr) -> bool:
    match node:
        case Lit() | EntityLit() | Call(args=(Lit(),)) | Unary(op="-", arg=Lit()):
            return True
    return False


def _text(literal: Expr) -> str:
    """As a row is called: a text as it is, an entity as its uid, an extension value by its text."""
    match literal:
        case Lit(value=bool() as value):
            return "true" if value else "false"
        case Lit(value=value):
            return str(value)
        case EntityLit(type=type_, id=id):
            return str(EntityUid(type_, id))
        case Call(args=(Lit(value=value),)):
            return str(value)
        case Unary(arg=Lit(value=value)):
            return f"-{value}"
    raise ValueError("not a literal")


def _literal(schema: Schema, type_: Type, text: str, *, groups: bool) -> Expr | None:
    """The value of a row as a literal of the type; ``None`` where it is none."""
    if isinstance(type_, SetType) and not groups:
        return _literal(schema, type_.element, text, groups=False)
    match type_:
        case PrimitiveType(name="String"):
            return Lit(text)
        case PrimitiveType(name="Bool") if text in ("true", "false"):
            return Lit(text == "true")
        case PrimitiveType(name="Long"):
            try:
                number = int(text)
            except ValueError:
                return None
            return Lit(number) if I64_MIN <= number <= I64_MAX else None
        case ExtensionType(name=name):
            return _extension(_CONSTRUCTORS[name], text)
        case EntityRef(name=name):
            try:
                uid = parse_uid(text)
            except InputError:
                return None
            fits = uid.type in schema.entity_types if groups else uid.type == name
            return EntityLit(uid.type, uid.id) if fits else None
    return None


def _extension(function: str, text: str) -> Expr | None:
    try:
        FUNCTIONS[function](text)
    except EvalError:
        return None
    return Call(function, (Lit(text),))


def _form(type_: Type, *, groups: bool) -> str:
    if groups or isinstance(type_, EntityRef):
        return 'write entities as `Type::"id"`'
    if isinstance(type_, SetType):
        return _form(type_.element, groups=False)
    name = type_.name if isinstance(type_, PrimitiveType | ExtensionType) else "record"
    return f"its values are of type {name}"
