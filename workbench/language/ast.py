"""The syntax tree of Cedar+: what the parser makes and everything else reads.

Two layers share these nodes. The parser yields the *surface* tree, sugar included (:class:`Name`,
:class:`DecimalLit`, comparisons with a decimal operand). ``language.lower.desugar`` turns it into the *core* tree, in
which those are gone and every node is plain Cedar; the engine and the analyses see only core trees. Spans never take
part in equality, so ``parse(format(x)) == x`` can be asked directly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from workbench.language.diagnostics import Span

NOWHERE = Span(0, 0)


class Wildcard:
    """The ``*`` of a ``like`` pattern; one shared instance, :data:`WILDCARD`."""

    def __repr__(self) -> str:
        return "*"


WILDCARD = Wildcard()

# ---- expressions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lit:
    """A Boolean, a Long (i64) or a String."""

    value: bool | int | str
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def __eq__(self, other: object) -> bool:  # True == 1 in Python, but not in Cedar
        return isinstance(other, Lit) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class DecimalLit:
    """Sugar: a bare ``0.8`` (``text`` keeps it as written, prefix minus included). Never in a core tree."""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EntityLit:
    """``Type::"id"``; ``type`` holds the full path with ``::``, ``id`` is unescaped."""

    type: str
    id: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Var:
    name: Literal["principal", "action", "resource", "context"]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """A template slot, ``?principal`` or ``?resource`` (``name`` without the question mark)."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """Sugar: a bare identifier in a procedure's ``when``, short for ``context.<name>``. Never in a core tree."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unary:
    op: Literal["!", "-"]
    arg: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


BinaryOp: TypeAlias = Literal["&&", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "in"]


@dataclass(frozen=True, slots=True)
class Binary:
    op: BinaryOp
    left: Expr
    right: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Has:
    """``expr has a`` or ``expr has a.b.c`` (``path`` has one element per step)."""

    expr: Expr
    path: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Like:
    """``pattern`` is a sequence of unescaped literal pieces and :data:`WILDCARD`."""

    expr: Expr
    pattern: tuple[str | Wildcard, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Is:
    """``expr is Type`` or ``expr is Type in container``."""

    expr: Expr
    type: str
    container: Expr | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class If:
    condition: Expr
    then: Expr
    otherwise: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class GetAttr:
    """``expr.attr`` and ``expr["attr"]`` alike."""

    expr: Expr
    attr: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetLit:
    items: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordLit:
    items: tuple[tuple[str, Expr], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A constructor call: ``ip(…)``, ``decimal(…)``, ``datetime(…)``, ``duration(…)``."""

    function: str
    args: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Method:
    """A method call: ``contains``, ``getTag``, ``lessThan``, ``isInRange``, ``offset`` …"""

    receiver: Expr
    method: str
    args: tuple[Expr, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expr: TypeAlias = (
    Lit
    | DecimalLit
    | EntityLit
    | Var
    | Slot
    | Name
    | Unary
    | Binary
    | Has
    | Like
    | Is
    | If
    | GetAttr
    | SetLit
    | RecordLit
    | Call
    | Method
)


def children(node: Expr) -> tuple[Expr, ...]:
    """The direct sub-expressions of ``node``, in evaluation order."""
    match node:
        case Lit() | Var() | EntityLit():
            return ()
        case GetAttr(expr=expr):
            return (expr,)
        case Binary(left=left, right=right):
            return (left, right)
        case Unary(arg=arg):
            return (arg,)
        case Has(expr=expr) | Like(expr=expr):
            return (expr,)
        case Is(expr=expr, container=container):
            return (expr,) if container is None else (expr, container)
        case If(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case SetLit(items=items):
            return items
        case RecordLit(items=fields):
            return tuple(value for _, value in fields)
        case Call(args=args):
            return args
        case Method(receiver=receiver, args=args):
            return (receiver, *args)
        case _:
            return ()


def walk(node: Expr) -> Iterator[Expr]:
    """Every node of the expression, parents before children; iterative, so depth cannot exhaust the stack."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


# ---- statements ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Annotation:
    """``@name("value")``; a bare ``@name`` has the empty string as its value, as in Cedar."""

    name: str
    value: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EntityScope:
    """A principal or resource constraint.

    ``any``: nothing set. ``eq`` and ``in``: ``entity``. ``is``: ``type``. ``is_in``: both.
    """

    kind: Literal["any", "eq", "in", "is", "is_in"]
    entity: EntityLit | Slot | None = None
    type: str | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ActionScope:
    """``any``; ``eq`` with one entity; ``in`` with one (``listed`` false: ``in A``) or more (``in [A, B]``)."""

    kind: Literal["any", "eq", "in"]
    entities: tuple[EntityLit, ...] = ()
    listed: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    principal: EntityScope
    action: ActionScope
    resource: EntityScope
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Condition:
    kind: Literal["when", "unless"]
    body: Expr
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    effect: Literal["permit", "forbid"]
    scope: Scope
    conditions: tuple[Condition, ...]
    annotations: tuple[Annotation, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Prefer:
    score: Decimal
    scope: Scope
    conditions: tuple[Condition, ...]
    annotations: tuple[Annotation, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


AmendmentClass: TypeAlias = Literal["minor", "major", "sensitive"]


@dataclass(frozen=True, slots=True)
class Duration:
    """``count`` of ``unit``; equal durations may be written differently (compare ``seconds``)."""

    count: int
    unit: Literal["second", "minute", "hour", "day"]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def seconds(self) -> int:
        """The length in seconds."""
        return self.count * {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[self.unit]


@dataclass(frozen=True, slots=True)
class Require:
    """``require <count> approvals from principal where <where>``; ``where`` is ``None`` for anyone."""

    count: int
    where: Expr | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fallback:
    """What happens on timeout or rejection: ``deny``, or escalation to the procedure named ``procedure``."""

    kind: Literal["deny", "escalate"]
    procedure: str | None = None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure. Its trigger is either ``action`` (a request) or ``amendment`` (a class of amendment), never both."""

    name: str
    requires: tuple[Require, ...]
    action: ActionScope | None = None
    amendment: AmendmentClass | None = None
    when: Expr | None = None
    timelock: Duration | None = None
    timeout: Duration | None = None
    on_timeout: Fallback | None = None
    on_rejection: Fallback | None = None
    annotations: tuple[Annotation, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    name_span: Span = field(default=NOWHERE, compare=False, repr=False)


Statement: TypeAlias = Policy | Prefer | Procedure


def bodies(statement: Statement) -> Iterator[Expr]:
    """The expressions of a statement, in its order: conditions, or a procedure's ``when`` and every ``where``."""
    if isinstance(statement, Procedure):
        if statement.when is not None:
            yield statement.when
        yield from (require.where for require in statement.requires if require.where is not None)
    else:
        yield from (condition.body for condition in statement.conditions)
