"""Expressions in plain English by fixed rules: every node has a wording, none is dropped. Pure.

The wordings of ordinary conditions are sentences that the grammar reads back to the same tree; the rest say what the
node says, in words that the grammar does not take for anything else: the module `paraphrase` lists which those are.
Imports nouns, calls, naming, merging, idioms, flags; language for the tree.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.authoring import calls, naming
from workbench.authoring.established import facts
from workbench.authoring.flags import is_many
from workbench.authoring.idioms import idioms
from workbench.authoring.lexicon import CONTEXT
from workbench.authoring.merging import merged
from workbench.authoring.naming import listed, quoted
from workbench.authoring.nouns import Nouns, chained, path_of
from workbench.language.ast import (
    Binary,
    Call,
    DecimalLit,
    EntityLit,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    Name,
    RecordLit,
    SetLit,
    Slot,
    Unary,
    Var,
)
from workbench.language.schema import SetType, Type

_COMPARED = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}
_METHODS = {"greaterThan": ">", "greaterThanOrEqual": ">=", "lessThan": "<", "lessThanOrEqual": "<="}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times"}
_INVERTED = frozenset(("==", "!=", "<", "<=", ">", ">="))
_EACH = {"containsAll": "each of", "containsAny": "one or more of"}


def _is(be: str, negated: bool) -> str:
    return f"{be} not" if negated else be


class Wording(Nouns):
    """Words for expressions."""

    # ---- operands

    def operand(self, node: Expr) -> str:
        """A noun phrase for a value."""
        owner, path = path_of(node)
        if owner:
            return self.attribute(owner, path) if path else self.noun(owner)
        match node:
            case Lit(value=bool() as value):
                return "true" if value else "false"
            case Lit(value=int() as value):
                return str(value)
            case Lit(value=str() as value):
                return quoted(value)
            case DecimalLit(text=text):
                return text
            case EntityLit():
                return self.entity(node)
            case Slot(name=name):
                return f'what is filled in for "?{name}"'
            case Name(name=name):
                return self.attribute(CONTEXT, (name,))
            case Unary(op="-", arg=arg):
                return f"minus {self._nested(arg)}"
            case Binary(op=("+" | "-" | "*") as op, left=left, right=right):
                return f"({self._nested(left)} {_ARITHMETIC[op]} {self._nested(right)})"
            case SetLit(items=items):
                return "the set of " + self._several(items) if items else "the empty set"
            case RecordLit(items=items):
                inner = ", ".join(f"{quoted(key)}: {self._nested(value)}" for key, value in items)
                return f"the record of {inner}" if items else "the empty record"
            case GetAttr(expr=inner, attr=attr):
                return f"the {quoted(attr)} of {self._nested(inner)}"
            case Call(function="decimal", args=(Lit(value=str() as text),)) if calls.is_decimal(text):
                return text
            case Call():
                return calls.call(node, self._nested, quoted)
            case Method(receiver=receiver, method="getTag", args=(key,)):
                return f"the tag {self._nested(key)} of {self._nested(receiver)}"
            case Method() if said := calls.method(node, self._nested):
                return said
            case Method(receiver=receiver, method=method, args=args) if not _is_test(node):
                more = " and ".join(self._nested(arg) for arg in args)
                return f"the {quoted(method)} of {self._nested(receiver)}" + (f" with {more}" if more else "")
            case If(condition=condition, then=then, otherwise=otherwise):
                said = f"{self._nested(then)} if {self._part(condition)}, otherwise {self._nested(otherwise)}"
                return f"({said})"
            case _:
                return f"whether ({self.boolean(node)})"

    def _nested(self, node: Expr) -> str:
        """An operand within another, bracketed where its end would not be seen."""
        said = self.operand(node)
        return f"({said})" if isinstance(node, (SetLit, RecordLit)) and node.items else said

    def entity(self, node: EntityLit) -> str:
        """``the team "billing"``, ``the action "reply"``."""
        if node.type.rsplit("::", 1)[-1] == "Action":
            return f"the action {naming.action_name(node, self.lexicon)}"
        return naming.entity(node, self.lexicon)

    def _several(self, items: Sequence[Expr], word: str = "and") -> str:
        return listed([self._nested(item) for item in items], word)

    # ---- conditions

    def boolean(self, node: Expr) -> str:
        """A clause that is true when the expression is; "and" and "or" bracketed where they meet."""
        match node:
            case Binary(op=("&&" | "||") as op):
                return self.chain(chained(node, op), op)
            case _:
                return self._alone(node, "")

    def condition(self, node: Expr, op: str) -> str:
        """The body of a ``when`` (``op`` is ``&&``) or an ``unless`` (``||``): there a chain is flat anyway."""
        if isinstance(node, Binary) and node.op == op:
            return self.chain(chained(node, op), op, loose=True)
        return self.boolean(node)

    def chain(self, parts: Sequence[Expr], op: str, *, loose: bool = False) -> str:
        """Conditions joined by "and" or "or"; neighbours that say one thing are said as one.

        ``loose``: neighbours may be grouped anywhere in the chain without another meaning than the flat one.
        """
        return listed(self._links(parts, op, loose), "and" if op == "&&" else "or")

    def alternatives(self, node: Expr) -> tuple[str, ...]:
        """The clauses of an ``unless``, any of which is enough."""
        if isinstance(node, Binary) and node.op == "||":
            return tuple(self._links(chained(node, "||"), "||", True))
        return (self.boolean(node),)

    def _links(self, parts: Sequence[Expr], op: str, loose: bool) -> list[str]:
        said: list[str] = []
        at, before = 0, self.known
        while at < len(parts):
            first = loose or at == 0
            if parts[at] in parts[:at]:  # once would do, and once is what the grammar would make of it
                text, count = f"(again: {self.boolean(parts[at])})", 1
            else:
                text, count = (
                    merged(self, parts[at:], op, first=first)
                    or (self._guarded(parts[at:]) if op == "&&" and first else None)
                    or (self._part(parts[at], op), 1)
                )
            said.append(text)
            if op == "&&":
                self.known = self.known.union(*(facts(part) for part in parts[at : at + count]))
            at += count
        self.known = before
        return said

    def _guarded(self, parts: Sequence[Expr]) -> tuple[str, int] | None:
        """A condition together with the tests before it that something is there, with how many conditions that is."""
        tests = next((place for place, part in enumerate(parts) if not isinstance(part, Has)), len(parts))
        if not 0 < tests < len(parts) or _joins(parts[tests]):
            return None
        whole = parts[0]
        for part in parts[1 : tests + 1]:
            whole = Binary("&&", whole, part)
        outside, self.known = self.known, self.known.union(parts[:tests])
        said = f"{self._alone(parts[tests], '')} (and that is known)"
        self.known = outside
        return (said, tests + 1) if self.means(said, whole) else None

    def _part(self, node: Expr, op: str = "") -> str:
        match node:
            case Binary(op=("&&" | "||") as inner) if inner == op:
                return f"(together: {self.boolean(node)})"
            case Binary(op=("&&" | "||")):
                return f"({self.boolean(node)})"
            case If():
                said = self._alone(node, op)
                return said if self.means(said, node) else f"({said})"
            case _:
                return self._alone(node, op)

    def _alone(self, node: Expr, op: str) -> str:
        """A clause by itself; one that the grammar would take for another condition is set apart from what it reads."""
        found = merged(self, (node,), op, first=True)
        if found is not None:
            return found[0]
        if self.hearing is not None:
            for said in idioms(self, node):
                if self.means(said, node):
                    return said
        said = self._clause(node, False)
        heard = self.heard(said)
        return f"(precisely: {said})" if heard and node not in heard else said

    def _clause(self, node: Expr, negated: bool) -> str:
        match node:
            case Unary(op="!", arg=arg) if not negated:
                return self._denied(arg)
            case Binary(op=op) if op in _INVERTED:
                return self._compared(node)
            case Method(receiver=left, method=method, args=(right,)) if method in _METHODS:
                sure = self._is_decimal(left) or self._is_decimal(right)
                end = "" if sure else ", as decimals"
                said = f"{self.subject(left)} {self._be(left)} {_COMPARED[_METHODS[method]]} {self.operand(right)}{end}"
                return f"it is not the case that {said}" if negated else said
            case Has(expr=inner, path=path):
                owner, steps = path_of(inner)
                if owner:
                    what = self.attribute(owner, (*steps, *path))
                else:
                    what = f"the {quoted('.'.join(path))} of {self.operand(inner)}"
                return f"{what} {_is('is', negated)} given{' at every step' if len(path) > 1 else ''}"
            case Like(expr=inner, pattern=pattern):
                return _like(self.subject(inner), pattern, negated)
            case Is(expr=inner, type=name, container=container):
                inside = f" in {self._nested(container)}" if container is not None else ""
                return f"{self.subject(inner)} {_is('is', negated)} of the type {quoted(name)}{inside}"
            case Binary(op="in", left=left, right=right):
                return f"{self.subject(left)} {_is('is', negated)} {self._within(left, right)}"
            case Method() if said := self._tested(node, negated):
                return said
            case If(condition=given, then=then, otherwise=Lit(value=True)) if tests := _tests(given):
                said = f"{self._known(then, tests)} (or that is unknown)"
                missing = " or ".join(self._clause(test, True) for test in tests)
                return said if self.means(said, node) else f"{self._known(then, tests)} (or {missing})"
            case If(condition=condition, then=then, otherwise=otherwise):
                return f"if {self._part(condition)} then {self._part(then)}, otherwise {self._part(otherwise)}"
            case Lit(value=bool() as value):
                return f"{str(value).lower()} {_is('is', negated)} true"
            case GetAttr() if path_of(node)[0]:
                return self.flag(*path_of(node), negated)
            case _:
                return f"{self.subject(node)} {_is('is', negated)} true"

    def _known(self, node: Expr, tests: Sequence[Expr]) -> str:
        """A condition where the ``tests`` hold."""
        outside, self.known = self.known, self.known.union(tests)
        said = self._part(node)
        self.known = outside
        return said

    def _denied(self, node: Expr) -> str:
        match node:
            case Unary(op="!"):
                return f"it is false that {self._clause(node, False)}"
            case Binary(op=op) if op in _INVERTED:  # "is not" would be the other operator
                return f"it is false that {self._clause(node, False)}"
            case Binary(op=("&&" | "||")) | If():
                self.unknown = not self.unknown
                said = f"it is not the case that ({self.boolean(node)})"
                self.unknown = not self.unknown
                return said
            case _:
                return self._clause(node, True)

    def _compared(self, node: Binary) -> str:
        left, right, op = node.left, node.right, node.op
        be = self._be(left)
        match right:
            case _ if op not in ("==", "!="):
                words = calls.BEFORE_OR_AFTER if self._is_time(left) or self._is_time(right) else _COMPARED
                return f"{self.subject(left)} {be} {words[op]} {self.operand(right)}"
            case EntityLit() if left == Var("action") and right.type.rsplit("::", 1)[-1] == "Action":
                said = naming.action_name(right, self.lexicon)
            case Lit(value=str()) if not self._may_be_text(left):  # a set that "is" a word would be one that has it
                return f"{self.subject(left)}, as a whole, {_is(be, op == '!=')} {self.operand(right)}"
            case Lit(value=str()):
                said = self.operand(right)
            case Lit() | DecimalLit() | Call() | Unary(op="-"):
                said = f"exactly {self.operand(right)}"
            case _:
                said = self.operand(right)
        return f"{self.subject(left)} {_is(be, op == '!=')} {said}"

    def subject(self, node: Expr) -> str:
        """An operand at the head of a clause; bare text there would be taken for the name of an attribute."""
        said = self.operand(node)
        return f"the text {said}" if isinstance(node, Lit) and isinstance(node.value, str) else said

    def _be(self, node: Expr) -> str:
        owner, path = path_of(node)
        return "are" if owner and path and is_many(self.operand(node)) else "is"

    def _within(self, left: Expr, right: Expr) -> str:
        match right:
            case SetLit(items=items) if items:
                return f"in one of {self._several(items, 'or')}"
            case EntityLit(type=name) if left == Var("action") and name.rsplit("::", 1)[-1] == "Action":
                return f"in the group {naming.action_name(right, self.lexicon)}"
            case EntityLit() | SetLit():
                return f"in {self.operand(right)}"
            case _:
                return f"{'a member' if left == Var('principal') else 'part'} of {self.operand(right)}"

    def _tested(self, node: Method, negated: bool) -> str:
        """A method that is true or false; the empty string for any other."""
        left, method, args = node.receiver, node.method, node.args
        be = _is("is", negated)
        many = is_many(self.operand(left))  # a set is mostly named in the plural: "tags include"
        includes = ("do not include" if many else "does not include") if negated else "include" + "s" * (not many)
        match method, args:
            case "contains", (right,) if isinstance(left, SetLit) and left.items:
                return f"{self.subject(right)} {be} among {self._several(left.items)}"
            case "contains", (right,) if not self._may_be_set(left):  # a text that includes a word would be that word
                return f"the set {self.operand(left)} {includes} {self._nested(right)}"
            case "contains", (right,):
                return f"{self.operand(left)} {includes} {self._nested(right)}"
            case (("containsAll" | "containsAny"), (right,)) if isinstance(left, SetLit) and left.items:
                no = "it is not the case that " if negated else ""
                return f"{no}{_EACH[method]} {self._nested(right)} is among {self._several(left.items)}"
            case (("containsAll" | "containsAny"), (SetLit(items=items),)) if items:
                return f"{self.operand(left)} {includes} {_EACH[method]} {self._several(items)}"
            case (("containsAll" | "containsAny"), (right,)):
                return f"{self.operand(left)} {includes} {_EACH[method]} {self._nested(right)}"
            case "hasTag", (right,):
                return f"{self.operand(left)} {'does not have' if negated else 'has'} the tag {self._nested(right)}"
            case "isEmpty", ():
                return f"{self.operand(left)} {_is(self._be(left), negated)} empty"
            case "isInRange", (right,):
                return f"{self.operand(left)} {be} in the range of {self.operand(right)}"
            case _, ():
                kind = calls.kind_of_address(method)
                return f"{self.operand(left)} {be} {kind}" if kind else ""
            case _:
                return ""

    def _kind(self, node: Expr) -> Type | None:
        owner, path = path_of(node)
        return self.hearing.kind(owner, path) if self.hearing is not None and path else None

    def _may_be_set(self, node: Expr) -> bool:
        kind = self._kind(node)
        return kind is None or isinstance(kind, SetType)

    def _may_be_text(self, node: Expr) -> bool:
        return not isinstance(self._kind(node), SetType)

    def _is_time(self, node: Expr) -> bool:
        """Whether it is a point in time, so that it is before or after and not less or more."""
        owner, path = path_of(node)
        return calls.is_time(node) or bool(path and self.hearing and self.hearing.extension(owner, path) == "datetime")

    def _is_decimal(self, node: Expr) -> bool:
        owner, path = path_of(node)
        written = isinstance(node, DecimalLit) or (isinstance(node, Call) and node.function == "decimal")
        return written or bool(path and self.hearing and self.hearing.extension(owner, path) == "decimal")


def _tests(node: Expr) -> list[Expr]:
    """The ``has`` tests of a guard; empty for any other condition."""
    tests = chained(node, "&&")
    return tests if all(isinstance(test, Has) for test in tests) else []


def _joins(node: Expr) -> bool:
    return isinstance(node, If) or (isinstance(node, Binary) and node.op in ("&&", "||"))


def _is_test(node: Method) -> bool:
    """Whether a method is one that clauses have words for."""
    known = ("contains", "containsAll", "containsAny", "hasTag", "isEmpty", "isInRange", *_METHODS)
    return node.method in known or bool(calls.kind_of_address(node.method))


def _like(said: str, pattern: Sequence[object], negated: bool) -> str:
    do = "does not " if negated else ""
    match pattern:
        case (str() as text, end) if not isinstance(end, str):
            return f"{said} {do}{'start' if negated else 'starts'} with {quoted(text)}"
        case (begin, str() as text) if not isinstance(begin, str):
            return f"{said} {do}{'end' if negated else 'ends'} with {quoted(text)}"
        case (begin, str() as text, end) if not isinstance(begin, str) and not isinstance(end, str):
            return f"{said} {do}{'contain' if negated else 'contains'} the text {quoted(text)}"
        case _:
            parts = ", then ".join(quoted(p) if isinstance(p, str) else "any text" for p in pattern)
            return f"{said} {do}{'read' if negated else 'reads'}: {parts or 'nothing'}"
