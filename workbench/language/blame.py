"""cedarpy's messages about one statement → findings with a place, what was expected, and a fix where one exists.

The validator names types, attributes and actions but not places; static types (``inference``) tell which of the places
that could be meant is. What cannot be placed is said of the whole statement. Imports language only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from workbench.language.ast import (
    Binary,
    Call,
    EntityLit,
    Expr,
    GetAttr,
    If,
    Is,
    Lit,
    Method,
    Policy,
    SetLit,
    walk,
)
from workbench.language.demands import demands
from workbench.language.diagnostics import Finding, Span
from workbench.language.inference import (
    BOOL,
    DATETIME,
    DECIMAL,
    DURATION,
    LONG,
    STRING,
    Environment,
    attributes_of,
    type_name,
)
from workbench.language.literals import quote
from workbench.language.schema import EntityRef, Schema, SetType, Type
from workbench.language.spelling import nearest
from workbench.language.tokens import one_of, printable

_ATTRIBUTE = re.compile(r"attribute `(?P<name>.*?)`(?: on entity type `(?P<type>[^`]+)`| in context for .*)? not found")
_OPTIONAL = re.compile(r"unable to guarantee safety of access to optional attribute `(?P<name>.*?)`")
_ACTION = re.compile(r"unrecognized action `(?P<uid>.*)`$", re.DOTALL)
_ENTITY = re.compile(r"unrecognized entity type `(?P<type>[^`]+)`")
_UNEXPECTED = re.compile(r"unexpected type: expected (?P<expected>.*) but saw (?P<saw>.*)", re.DOTALL)
_INCOMPATIBLE = re.compile(r"the types .* and .* are not compatible", re.DOTALL)
_ARGUMENT = re.compile(r"error during extension function argument validation: (?P<why>.*)", re.DOTALL)
_IN_CONTEXT = re.compile(r" in context for .*|on entity type `[^`]+`")
_ORDERED: tuple[Type, ...] = (LONG, DATETIME, DURATION)
_COMPARISON_METHOD = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}


def place_messages(messages: Iterable[str], policy: Policy, text: str, schema: Schema) -> list[Finding]:
    """Findings (CP002) for the validator's ``messages`` about the core ``policy``, whose spans point into ``text``."""
    found = list(map(_in_plain_words, messages))
    specific = [message for message in found if "unable to find an applicable action" not in message]
    blamer = _Blamer(policy, text, schema)
    places: dict[tuple[object, ...], Finding] = {}
    for message in specific or found:
        finding = blamer.finding(message)
        # one mistake is told once, though cedarpy says it for every type that the variables may have
        said = (finding.expected, finding.fix) if finding.expected else (_IN_CONTEXT.sub("", message), finding.fix)
        places.setdefault((finding.span, *said), finding)
    return list(places.values())


_PLAIN_WORDS = {
    "Set<__cedar::internal::AnyEntity>": "a set of entities",
    "Set<__cedar::internal::Any>": "a set",
    "__cedar::internal::AnyEntity": "an entity",
    "__cedar::internal::OpenRecord{}": "a record",
    "__cedar::internal::True": "Bool",
    "__cedar::internal::False": "Bool",
    "__cedar::internal::Any": "any type",
}


def _in_plain_words(message: str) -> str:
    """cedarpy's message without the names of its own inner types."""
    if "__cedar::internal" in message:
        for name, words in _PLAIN_WORDS.items():
            message = message.replace(name, words)
    return message


class _Blamer:
    def __init__(self, policy: Policy, text: str, schema: Schema) -> None:
        self._policy = policy
        self._text = text
        self._schema = schema
        self._environment = Environment.of_scope(policy.scope, schema)
        self._nodes = [node for condition in policy.conditions for node in walk(condition.body)]

    def finding(self, message: str) -> Finding:
        for pattern, handler in (
            (_ATTRIBUTE, self._attribute),
            (_OPTIONAL, self._optional),
            (_ACTION, self._action),
            (_ENTITY, self._entity),
            (_UNEXPECTED, self._unexpected),
            (_INCOMPATIBLE, self._incompatible),
            (_ARGUMENT, self._argument),
        ):
            if match := pattern.search(message):
                return handler(message, match)
        return self._other(message)

    # ---- attributes ----

    def _accesses(self, name: str, owner: str | None) -> Iterator[GetAttr]:
        """Accesses to ``name``, those on a receiver that may be of type ``owner`` (or any, for ``None``) first."""
        nodes = [node for node in self._nodes if isinstance(node, GetAttr) and node.attr == name]
        if owner is not None:
            wanted = EntityRef(owner)
            yield from (node for node in nodes if wanted in self._environment.types(node.expr))
        yield from (node for node in nodes if not self._environment.attributes(node.expr, name))
        yield from nodes

    def _attribute(self, message: str, match: re.Match[str]) -> Finding:
        name = _plain(match["name"])
        for node in self._accesses(name, match["type"]):
            known = self._known_attributes(node.expr, match["type"])
            best = nearest(name, known)
            fix = self._renamed(node, best) if best else ""
            help = f"did you mean `{best}`?" if best else ""
            return Finding("CP002", message, self._name_span(node), one_of(known) if known else "", fix, help)
        return self._whole(message)

    def _known_attributes(self, receiver: Expr, owner: str | None) -> list[str]:
        kinds = [EntityRef(owner)] if owner else self._environment.types(receiver)
        return list(dict.fromkeys(name for kind in kinds for name in attributes_of(kind, self._schema)))

    def _optional(self, message: str, match: re.Match[str]) -> Finding:
        name = _plain(match["name"].removeprefix("[").removesuffix("]"))
        nodes = [node for node in self._nodes if isinstance(node, GetAttr) and node.attr == name]
        optional = [
            node for node in nodes if any(not a.required for a in self._environment.attributes(node.expr, name))
        ]
        for node in optional or nodes:
            receiver = self._source(node.expr)
            has = f"{receiver} has {name if name.isidentifier() else quote(name)}"
            return Finding("CP002", message, node.span, f"`{has} && …` before it", help=f"test `{has}` first")
        return self._whole(message)

    def _name_span(self, node: GetAttr) -> Span:
        """The name in ``receiver.name`` or ``receiver["name"]`` (with its brackets)."""
        end = node.span.end
        tail = self._text[node.expr.span.end : end]
        dot = tail.rfind(node.attr)
        if tail.rstrip().endswith("]"):
            bracket = tail.find("[")
            return Span(node.expr.span.end + max(bracket, 0), end)
        return Span(end - len(node.attr), end) if dot >= 0 else node.span

    def _renamed(self, node: GetAttr, name: str) -> str:
        span = self._name_span(node)
        written = self._text[span.start : span.end]
        return f"[{quote(name)}]" if written.startswith("[") or not name.isidentifier() else name

    # ---- names of actions and types ----

    def _literals(self) -> Iterator[EntityLit]:
        scope = self._policy.scope
        yield from scope.action.entities
        for part in (scope.principal, scope.resource):
            if isinstance(part.entity, EntityLit):
                yield part.entity
        yield from (node for node in self._nodes if isinstance(node, EntityLit))

    def _action(self, message: str, match: re.Match[str]) -> Finding:
        names = {id: f"{kind}::{quote(id)}" for kind, id in self._schema.actions}
        for literal in self._literals():
            if f"{literal.type}::{quote(literal.id)}" == match["uid"]:
                best = names.get(nearest(literal.id, names), "")
                help = f"did you mean `{best}`?" if best else "declare the action in the schema"
                return Finding("CP002", message, literal.span, "an action of the schema", best, help)
        return self._whole(message)

    def _entity(self, message: str, match: re.Match[str]) -> Finding:
        name = match["type"]
        best = nearest(name, self._schema.entity_types)
        help = f"did you mean `{best}`?" if best else "declare the type in the schema"
        place = partial(Finding, "CP002", message, expected="a type of the schema", fix=best, help=help)
        for literal in self._literals():
            if literal.type == name:
                return place(Span(literal.span.start, literal.span.start + len(name)))
        for part in (self._policy.scope.principal, self._policy.scope.resource):
            if part.type == name:
                return place(self._word_in(name, part.span))
        for node in self._nodes:
            if isinstance(node, Is) and node.type == name:
                return place(self._word_in(name, Span(node.expr.span.end, node.span.end)))
        return self._whole(message)

    def _word_in(self, word: str, span: Span) -> Span:
        at = self._text.find(word, span.start, span.end)
        return Span(at, at + len(word)) if at >= 0 else span

    # ---- types ----

    def _unexpected(self, message: str, match: re.Match[str]) -> Finding:
        saw = match["saw"].strip()
        for node, expected in demands(self._nodes):
            kinds = self._environment.types(node)
            if any(type_name(kind) == saw and not expected(kind) for kind in kinds):
                return self._wrong_operand(message, match["expected"], node)
        for node in self._nodes:
            if isinstance(node, Binary) and node.op in _COMPARISON_METHOD:
                left, right = self._environment.types(node.left), self._environment.types(node.right)
                if left and right and not any(kind in right for kind in left):
                    help = "both sides must be of one type"
                    return Finding("CP002", message, node.right.span, one_of(map(type_name, left)), help=help)
        for condition in self._policy.conditions:
            kinds = self._environment.types(condition.body)
            if kinds and BOOL not in kinds:
                return Finding("CP002", message, condition.body.span, "a condition (true or false)")
        return self._whole(message)

    def _wrong_operand(self, message: str, expected: str, node: Expr) -> Finding:
        parent = next((p for p in self._nodes if isinstance(p, Binary) and (p.left is node or p.right is node)), None)
        if parent is not None and parent.op in _COMPARISON_METHOD and DECIMAL in self._environment.types(node):
            return self._decimal_comparison(message, parent)
        if LONG in self._environment.types(node) and "decimal" in expected:
            return self._integer_beside_decimal(message, node)
        if parent is not None and parent.op == "in" and STRING in self._environment.types(parent.left):
            return self._member_of_texts(message, parent)
        fix = _constructed(node, expected)
        return Finding("CP002", message, node.span, expected, fix, f"write `{printable(fix)}`" if fix else "")

    def _member_of_texts(self, message: str, node: Binary) -> Finding:
        """``text in [text, …]``, which Cedar asks the other way round."""
        fix = ""
        if SetType(STRING) in self._environment.types(node.right):
            fix = f"{self._source(node.right)}.contains({self._source(node.left)})"
        help = "`in` is for entities and their groups; a set of texts is asked with `contains`"
        return Finding("CP002", message, node.span, "entities on both sides of `in`", fix, help)

    def _decimal_comparison(self, message: str, node: Binary) -> Finding:
        """``decimal < Long`` or ``decimal < decimal``: neither is a comparison in Cedar, and each has its remedy."""
        for side in (node.left, node.right):
            if LONG in self._environment.types(side):
                return self._integer_beside_decimal(message, side)
        method = _COMPARISON_METHOD[node.op]
        receiver = self._source(node.left)
        if not isinstance(node.left, GetAttr | Call | Method):
            receiver = f"({receiver})"
        fix = f"{receiver}.{method}({self._source(node.right)})"
        help = f"two decimals are compared with Cedar's own methods: `.{method}(…)`"
        return Finding("CP002", message, node.span, f"`.{method}(…)` between decimals", fix, help)

    def _integer_beside_decimal(self, message: str, node: Expr) -> Finding:
        fix = ""
        help = "a decimal cannot be compared with a Long"
        if isinstance(node, Lit):
            fix = f"{node.value}.0"
            help = f"beside a decimal the number is written `{fix}`"
        return Finding("CP002", message, node.span, "a decimal", fix, help)

    def _incompatible(self, message: str, _: re.Match[str]) -> Finding:
        for node in self._nodes:
            if isinstance(node, SetLit) and (odd := self._odd_element(node)) is not None:
                help = "the elements of a set must be of one type"
                return Finding("CP002", message, odd.span, "an element of the same type as the first", help=help)
            pair = self._compared(node)
            if pair is None:
                continue
            left, right = (self._environment.types(side) for side in pair)
            if left and right and not any(kind in right for kind in left):
                for side, kinds, other in ((pair[0], left, right), (pair[1], right, left)):
                    if LONG in kinds and any(kind in (DECIMAL, SetType(DECIMAL)) for kind in other):
                        return self._integer_beside_decimal(message, side)
                names = [type_name(kind) for kind in left]
                fix = _constructed(pair[1], names[0]) if len(names) == 1 else ""
                return Finding("CP002", message, pair[1].span, one_of(names), fix, "both sides must be of one type")
        return self._whole(message)

    def _odd_element(self, node: SetLit) -> Expr | None:
        """The first element that cannot be of the type of the first one."""
        first = self._environment.types(node.items[0]) if node.items else ()
        for item in node.items[1:]:
            kinds = self._environment.types(item)
            if first and kinds and not any(kind in first for kind in kinds):
                return item
        return None

    def _compared(self, node: Expr) -> tuple[Expr, Expr] | None:
        match node:
            case Binary(op="==" | "!=", left=left, right=right):
                return left, right
            case If(then=then, otherwise=otherwise):
                return then, otherwise
            case Method(receiver=receiver, method="contains", args=(arg,)):
                return receiver, SetLit((arg,), arg.span)
            case Method(receiver=receiver, method="containsAll" | "containsAny", args=(arg,)):
                return receiver, arg
        return None

    # ---- calls and the rest ----

    def _argument(self, message: str, match: re.Match[str]) -> Finding:
        for node in self._nodes:
            if isinstance(node, Call) and node.args and isinstance(node.args[0], Lit):
                value = node.args[0].value
                if isinstance(value, str) and match["why"].rstrip().endswith((f"`{quote(value)}`", f"`{value}`")):
                    return Finding("CP002", message, node.span, f"a text that `{node.function}` can read")
        return self._whole(message)

    def _other(self, message: str) -> Finding:
        tests: list[tuple[str, Callable[[Expr], bool], str, str]] = [
            ("empty set", _is_empty_set, "an element", "ask with `.isEmpty()` whether a set is empty"),
            ("extension constructors", _constructed_from_value, "a text in quotes", ""),
            (
                "number of arguments",
                partial(_has_arguments, message),
                _wanted(message),
                "what is before a dot counts",
            ),
            ("tag `", _reads_tag, "`….hasTag(…) && …` before it", "test `.hasTag(…)` first"),
        ]
        for words, test, expected, help in tests:
            if words in message:
                for node in self._nodes:
                    if test(node):
                        return Finding("CP002", message, node.span, expected, help=help)
        if "empty set" in message:
            return Finding("CP002", message, self._policy.scope.action.span, "at least one action")
        if "applicable action" in message:
            expected = "types that an action in this scope applies to"
            return Finding("CP002", message, self._policy.scope.span, expected, help=self._applicable())
        return self._whole(message)

    def _applicable(self) -> str:
        for entity in self._policy.scope.action.entities:
            action = self._schema.actions.get((entity.type, entity.id))
            if action is not None and action.principals:
                principals, resources = one_of(action.principals), one_of(action.resources)
                return f"`{entity.id}` applies to the principal {principals} and the resource {resources}"
        return "no action of the schema applies to these types"

    def _whole(self, message: str) -> Finding:
        return Finding("CP002", message, self._policy.span, "what the schema lets a rule say")

    def _source(self, node: Expr) -> str:
        return self._text[node.span.start : node.span.end]


def _plain(name: str) -> str:
    return name.strip('"')


_CONSTRUCTOR = {"decimal": "decimal", "ipaddr": "ip", "datetime": "datetime", "duration": "duration"}


def _constructed(node: Expr, expected: str) -> str:
    """A literal text made the value of the extension type that is ``expected``; the empty string for others."""
    if isinstance(node, Lit) and isinstance(node.value, str) and expected in _CONSTRUCTOR:
        return f"{_CONSTRUCTOR[expected]}({quote(node.value)})"
    return ""


def _is_empty_set(node: Expr) -> bool:
    return isinstance(node, SetLit) and not node.items


def _reads_tag(node: Expr) -> bool:
    return isinstance(node, Method) and node.method == "getTag"


def _wanted(message: str) -> str:
    """How many arguments ``message`` says that there should be."""
    wanted = re.search(r"Expected (\d+)", message)
    return "" if wanted is None else f"{wanted[1]} argument{'' if wanted[1] == '1' else 's'}"


def _has_arguments(message: str, node: Expr) -> bool:
    """Whether ``node`` calls with as many arguments as ``message`` counts."""
    given = re.search(r"got (\d+)", message)
    count = len(node.args) + isinstance(node, Method) if isinstance(node, Call | Method) else -1
    return given is not None and count == int(given[1])


def _constructed_from_value(node: Expr) -> bool:
    return isinstance(node, Call) and any(not isinstance(arg, Lit) for arg in node.args)
