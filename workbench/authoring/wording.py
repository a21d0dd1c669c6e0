"""Expressions in plain English by fixed rules: every node has a wording, none is dropped. Pure.

The wordings of ordinary conditions are sentences that the grammar reads back to the same tree; the rest say what the
node says, in words. Imports language, lexicon, and the grammar of mentions (to see that a name is unambiguous).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.authoring.lexicon import CONTEXT, Lexicon, Owner
from workbench.authoring.meaning import Env, Place
from workbench.authoring.mentions import Mentions
from workbench.authoring.words import split_name, tokenize
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

_COMPARED = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most"}
_METHODS = {"greaterThan": ">", "greaterThanOrEqual": ">=", "lessThan": "<", "lessThanOrEqual": "<="}
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times"}


def plain(name: str) -> str:
    """A schema name as words: ``refunds_today`` → refunds today, ``KnowledgeBase`` → knowledge base."""
    base = name.rsplit("::", 1)[-1]
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9À-￿]+", " ", base).split()).lower()


def quoted(text: str) -> str:
    """``text`` in quotation marks; quotes and backslashes escaped, anything unprintable as ``\\u{…}``."""
    shown = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in shown) + '"'


def article(noun: str) -> str:
    """ "an agent", "a ticket"."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


class Wording:
    """Words for expressions about these principal and resource types.

    ``approver``: the principal is one who approves.
    """

    def __init__(self, lexicon: Lexicon | None, env: Env | None, *, approver: bool = False) -> None:
        self._lexicon = lexicon
        self._env = env
        self._approver = approver

    # ---- nouns

    def noun(self, owner: str) -> str:
        """ "the agent", "the ticket", "the request"; "the principal" where its type does not say who is meant."""
        if owner == CONTEXT:
            return "the request"
        if owner == "principal" and self._approver:
            return "the approver"
        if self._env is not None and self._lexicon is not None and owner in ("principal", "resource"):
            mine = self._env.types("principal" if owner == "principal" else "resource")
            others = self._env.types("resource" if owner == "principal" else "principal")
            if len(mine) == 1 and mine[0] not in others:
                said = plain(mine[0])
                named = {word.type for word in self._lexicon.types if word.phrase.items == split_name(mine[0])}
                if said and named == {mine[0]}:
                    return f"the {said}"
        return f"the {owner}"

    def _attribute(self, owner: str, path: Sequence[str]) -> str:
        whose = f"{self.noun(owner)}'s "
        said = whose + plain(path[-1])
        exact = whose + quoted(".".join(path))
        if self._lexicon is None or self._env is None:
            return said if len(path) == 1 else exact
        return said if self._means(said, owner, tuple(path)) else exact

    def _means(self, said: str, owner: str, path: tuple[str, ...]) -> bool:
        """Whether the grammar reads ``said`` as this attribute and no other."""
        assert self._lexicon is not None
        assert self._env is not None
        tokens = tokenize(said)
        found: set[Place] = set()
        for mention, end in Mentions(self._lexicon, tokens).attribute(0):
            if end == len(tokens):
                found.update(self._env.places(mention))
        return {(place.owner, place.path) for place in found} == {(owner, path)}

    # ---- operands

    def operand(self, node: Expr) -> str:
        """A noun phrase for a value."""
        owner, path = _path(node)
        if owner:
            return self._attribute(owner, path) if path else self.noun(owner)
        match node:
            case Lit(value=bool() as value):
                return "true" if value else "false"
            case Lit(value=int() as value):
                return str(value)
            case Lit(value=str() as value):
                return quoted(value)
            case DecimalLit(text=text) | Call(function="decimal", args=(Lit(value=str() as text),)):
                return text
            case EntityLit():
                return self.entity(node)
            case Slot(name=name):
                return f"the {name} to be filled in"
            case Name(name=name):
                return self._attribute(CONTEXT, (name,))
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
            case Call(function=function, args=args):
                said = ", ".join(self._nested(arg) for arg in args)
                return f"the {_FUNCTIONS.get(function, function)} {said}"
            case Method(receiver=receiver, method="getTag", args=(key,)):
                return f"the tag {self._nested(key)} of {self._nested(receiver)}"
            case Method(receiver=receiver, method=method, args=args):
                more = " and ".join(self._nested(arg) for arg in args)
                return f"the {plain(method)} of {self._nested(receiver)}" + (f" with {more}" if more else "")
            case If(condition=condition, then=then, otherwise=otherwise):
                said = f"{self._nested(then)} if {self.boolean(condition)}, otherwise {self._nested(otherwise)}"
                return f"({said})"
            case _:
                return f"whether ({self.boolean(node)})"

    def _nested(self, node: Expr) -> str:
        return self.operand(node)

    def entity(self, node: EntityLit) -> str:
        """``the team "billing"``."""
        return f"the {plain(node.type)} {quoted(node.id)}"

    def _several(self, items: Sequence[Expr], word: str = "and") -> str:
        said = [self._nested(item) for item in items]
        return said[0] if len(said) == 1 else ", ".join(said[:-1]) + f" {word} " + said[-1]

    # ---- conditions

    def boolean(self, node: Expr) -> str:
        """A clause that is true when the expression is; "and" and "or" bracketed where they meet."""
        match node:
            case Binary(op=("&&" | "||") as op):
                word = " and " if op == "&&" else " or "
                return word.join(self._part(part) for part in _chained(node, op))
            case _:
                return self._clause(node, False)

    def _part(self, node: Expr) -> str:
        said = self.boolean(node)
        return (
            f"({said})" if isinstance(node, (If,)) or (isinstance(node, Binary) and node.op in ("&&", "||")) else said
        )

    def _clause(self, node: Expr, negated: bool) -> str:
        be = "is not" if negated else "is"
        match node:
            case Unary(op="!", arg=arg) if not negated:
                return self._clause(arg, True)
            case Binary(op=("==" | "!=") as op, left=left, right=right):
                if op == "!=":
                    be = "is" if negated else "is not"
                exact = "exactly " if isinstance(right, Lit) and type(right.value) is int else ""
                exact = "exactly " if isinstance(right, (DecimalLit, Call)) else exact
                return f"{self.operand(left)} {be} {exact}{self.operand(right)}"
            case Binary(op=("<" | "<=" | ">" | ">=") as op, left=left, right=right):
                return f"{self.operand(left)} {be} {_COMPARED[op]} {self.operand(right)}"
            case Method(receiver=left, method=method, args=(right,)) if method in _METHODS:
                return f"{self.operand(left)} {be} {_COMPARED[_METHODS[method]]} {self.operand(right)}"
            case Binary(op="in", left=left, right=right):
                where = (
                    f"one of {self._several(right.items, 'or')}" if isinstance(right, SetLit) and right.items else ""
                )
                return f"{self.operand(left)} {be} in {where or self.operand(right)}"
            case Has(expr=inner, path=path):
                owner, steps = _path(inner)
                what = (
                    self._attribute(owner, (*steps, *path))
                    if owner
                    else f"the {quoted('.'.join(path))} of {self.operand(inner)}"
                )
                return f"{what} {be} given"
            case Like(expr=inner, pattern=pattern):
                return self._like(self.operand(inner), pattern, negated)
            case Is(expr=inner, type=name, container=container):
                inside = f" in {self.operand(container)}" if container is not None else ""
                return f"{self.operand(inner)} {be} of the type {quoted(name)}{inside}"
            case Method(receiver=left, method=method, args=(right,)) if method in _SETS:
                many_of_it = self.operand(left).endswith("s")  # a set is mostly named in the plural: "tags include"
                do = (
                    ("do" if many_of_it else "does") + " not include" if negated else "include" + "s" * (not many_of_it)
                )
                if method == "contains":
                    return f"{self.operand(left)} {do} {self.operand(right)}"
                many = (
                    f"{_SETS[method]} {self._several(right.items, _JOINS[method])}"
                    if isinstance(right, SetLit) and right.items
                    else ""
                )
                return f"{self.operand(left)} {do} {many or f'{_SETS[method]} {self.operand(right)}'}"
            case Method(receiver=left, method="hasTag", args=(right,)):
                return f"{self.operand(left)} {'does not have' if negated else 'has'} the tag {self.operand(right)}"
            case Method(receiver=left, method="isEmpty", args=()):
                return f"{self.operand(left)} {be} empty"
            case Method(receiver=left, method="isInRange", args=(right,)):
                return f"{self.operand(left)} {be} in the range {self.operand(right)}"
            case Binary(op=("&&" | "||")) | Unary(op="!") | If() if negated:
                return f"it is not the case that ({self.boolean(node)})"
            case If(condition=Has() as given, then=then, otherwise=Lit(value=True)):
                return f"({self._clause(given, True)} or {self._part(then)})"
            case If(condition=condition, then=then, otherwise=otherwise):
                return f"if {self._part(condition)} then {self._part(then)}, otherwise {self._part(otherwise)}"
            case Lit(value=bool() as value):
                return f"{str(value).lower()} {be} true"
            case _:
                return f"{self.operand(node)} {be} true"

    def _like(self, said: str, pattern: Sequence[object], negated: bool) -> str:
        do = "does not " if negated else ""
        match pattern:
            case (str() as text,):
                return f"{said} {'is not' if negated else 'is'} {quoted(text)}"
            case (str() as text, end) if not isinstance(end, str):
                return f"{said} {do}{'start' if negated else 'starts'} with {quoted(text)}"
            case (begin, str() as text) if not isinstance(begin, str):
                return f"{said} {do}{'end' if negated else 'ends'} with {quoted(text)}"
            case (begin, str() as text, end) if not isinstance(begin, str) and not isinstance(end, str):
                return f"{said} {do}{'contain' if negated else 'contains'} the text {quoted(text)}"
            case _:
                parts = ", then ".join(quoted(p) if isinstance(p, str) else "any text" for p in pattern)
                return f"{said} {do}{'read' if negated else 'reads'}: {parts or 'nothing'}"


_SETS = {"contains": "", "containsAll": "all of", "containsAny": "any of"}
_JOINS = {"containsAll": "and", "containsAny": "or"}
_FUNCTIONS = {"ip": "IP address", "datetime": "time", "duration": "duration"}


def _path(node: Expr) -> tuple[Owner | str, tuple[str, ...]]:
    """``context.a.b`` → ("context", ("a", "b")); ("", ()) for anything else."""
    steps: list[str] = []
    while isinstance(node, GetAttr):
        steps.insert(0, node.attr)
        node = node.expr
    return (node.name, tuple(steps)) if isinstance(node, Var) else ("", ())


def _chained(node: Expr, op: str) -> list[Expr]:
    """The operands of a chain that leans left, as the parser builds it."""
    parts: list[Expr] = []
    while isinstance(node, Binary) and node.op == op:
        parts.insert(0, node.right)
        node = node.left
    return [node, *parts]
