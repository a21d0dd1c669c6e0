"""Expressions in plain English by fixed rules: every node has a wording, none is dropped. Pure.

The wordings of ordinary conditions are sentences that the grammar reads back to the same tree; the rest say what the
node says, in words. Imports lexicon, calls, flags, language, the grammar (so that words mean this and nothing else).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.authoring import calls
from workbench.authoring.flags import of, wordings
from workbench.authoring.lexicon import CONTEXT, Lexicon
from workbench.authoring.meaning import OWNERS, Env, Place, resolve
from workbench.authoring.mentions import Mentions
from workbench.authoring.predicates import Predicates
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
from workbench.language.schema import ExtensionType

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
        """By its last name where that says which it is; else with the names on the way to it, or its exact name."""
        last = f"{of(self.noun(owner))} {plain(path[-1])}"
        chained = f"{of(self._holder(owner, path))} {plain(path[-1])}"
        if self._lexicon is None or self._env is None:
            return chained
        exact = f"{of(self.noun(owner))} {quoted('.'.join(path))}"
        for said in (last, chained, exact):
            if self._read(said) == {(owner, tuple(path))}:
                return said
        return exact if self._read(chained) else chained  # what the grammar takes for another must not be said

    def _holder(self, owner: str, path: Sequence[str]) -> str:
        """What has the last field of ``path``: "the agent", "the agent's team"."""
        said = self.noun(owner)
        for step in path[:-1]:
            said = f"{of(said)} {plain(step)}"
        return said

    def _read(self, said: str) -> set[tuple[str, tuple[str, ...]]]:
        """The attributes that the grammar reads ``said`` as."""
        assert self._lexicon is not None
        assert self._env is not None
        tokens = tokenize(said)
        found: set[Place] = set()
        for mention, end in Mentions(self._lexicon, tokens).attribute(0):
            if end == len(tokens):
                found.update(self._env.places(mention))
        return {(place.owner, place.path) for place in found}

    def _flag(self, owner: str, path: tuple[str, ...], negated: bool) -> str:
        """A clause that a yes-or-no attribute holds, in words that the grammar reads as it reads the plain ones."""
        certain = f"{self._attribute(owner, path)} {'is not' if negated else 'is'} true"
        phrases = [*self._phrases(owner, path), plain(path[-1])]
        for noun in dict.fromkeys((self._holder(owner, path), self.noun(owner))):
            for said in wordings(noun, phrases, negated):
                if self._lexicon is None or self._env is None or self._conditions(said) == self._conditions(certain):
                    return said
        return certain

    def _phrases(self, owner: str, path: tuple[str, ...]) -> list[str]:
        """What the schema calls an attribute, besides its name."""
        if self._lexicon is None or self._env is None:
            return []
        places = (CONTEXT, *self._env.types("principal" if owner == "principal" else "resource"))
        words = [w for w in self._lexicon.attributes if w.path == path and not w.phrase.gapped]
        words = [w for w in words if w.place in (places[:1] if owner == CONTEXT else places[1:])]
        return [w.phrase.text for w in words if w.phrase.text != plain(path[-1])]

    def _conditions(self, said: str) -> set[Expr]:
        """What the grammar reads a clause as; empty where it does not read it."""
        assert self._lexicon is not None
        assert self._env is not None
        tokens = tokenize(said)
        found: set[Expr] = set()
        for cond, end in Predicates(self._lexicon, tokens).conditions(0):
            if end == len(tokens):
                found.update(option.expr for option in resolve(cond, self._env, False))
        return found

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
            case Call():
                return calls.call(node, self._nested, quoted)
            case Method(receiver=receiver, method="getTag", args=(key,)):
                return f"the tag {self._nested(key)} of {self._nested(receiver)}"
            case Method() if said := calls.method(node, self._nested):
                return said
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
            case Binary(op=("<" | "<=" | ">" | ">=") as op, left=left, right=right) if self._is_time(left, right):
                return f"{self.operand(left)} {be} {calls.BEFORE_OR_AFTER[op]} {self.operand(right)}"
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
                return f"{self.operand(left)} {be} in the range of {self.operand(right)}"
            case Method(receiver=left, method=method, args=()) if kind := calls.kind_of_address(method):
                return f"{self.operand(left)} {be} {kind}"
            case Unary(op="!", arg=arg):  # twice denied
                return self._part(arg)
            case Binary(op=("&&" | "||")) | If() if negated:
                return f"it is not the case that ({self.boolean(node)})"
            case If(condition=Has() as given, then=then, otherwise=Lit(value=True)):
                return f"({self._clause(given, True)} or {self._part(then)})"
            case If(condition=condition, then=then, otherwise=otherwise):
                return f"if {self._part(condition)} then {self._part(then)}, otherwise {self._part(otherwise)}"
            case Lit(value=bool() as value):
                return f"{str(value).lower()} {be} true"
            case GetAttr() if _path(node)[0]:
                return self._flag(*_path(node), negated)
            case _:
                return f"{self.operand(node)} {be} true"

    def _is_time(self, *nodes: Expr) -> bool:
        """Whether a point in time is compared, so that it is before or after and not less or more."""
        for node in nodes:
            owner, path = _path(node)
            if calls.is_time(node):
                return True
            if path and self._env is not None and owner in OWNERS:
                found = self._env.attribute(owner, path)
                if found is not None and isinstance(found.type, ExtensionType) and found.type.name == "datetime":
                    return True
        return False

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


def _path(node: Expr) -> tuple[str, tuple[str, ...]]:
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
