"""Rego text → its syntax tree, or the one place where it cannot be read.

Imports lark, the grammar and the nodes. Reads the syntaxes v0 and v1 alike: what a text means hardly depends on which
it is in, and where it does, the converter refuses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from workbench.authoring.rego.grammar import GRAMMAR, Separators
from workbench.authoring.rego.nodes import (
    Assign,
    Call,
    Collection,
    Comprehension,
    Declare,
    Every,
    Import,
    Infix,
    Literal,
    Module,
    Not,
    Object,
    Place,
    Ref,
    Rule,
    Scalar,
    SomeIn,
    Term,
    Test,
    Var,
    With,
)

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 32
T = TypeVar("T")


class RegoSyntaxError(Exception):
    """The text is no Rego that can be read. ``place`` is where it stops making sense."""

    def __init__(self, message: str, place: Place, help_: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.help = help_


def read_rego(text: str) -> Module:
    """The module that ``text`` is. Raises :class:`RegoSyntaxError`."""
    if len(text) > MAX_CHARACTERS:
        limit = f"at most {MAX_CHARACTERS // 1024} KiB are read"
        raise RegoSyntaxError("the file is too large", Place(1, 1), limit)
    _bounded(text)
    tree = _Reader()
    try:
        return tree.transform_text(text)
    except UnexpectedCharacters as error:
        raise RegoSyntaxError(
            f"`{text[error.pos_in_stream or 0]}` cannot stand here", Place(error.line, error.column)
        ) from None
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, RegoSyntaxError):
            raise error.orig_exc from None
        raise
    except RecursionError:
        raise RegoSyntaxError("the text is nested too deep", Place(1, 1), "write it in smaller rules") from None
    except UnexpectedInput as error:  # pragma: no cover - lark has no third kind for LALR
        raise RegoSyntaxError("the text cannot be read", Place(error.line, error.column)) from None


def _bounded(text: str) -> None:
    """Refuse brackets that are nested so deep that nobody wrote them."""
    depth = 0
    for place, character in enumerate(text):
        if character in "([{":
            depth += 1
            if depth > MAX_DEPTH * 2:
                line = text.count("\n", 0, place) + 1
                raise RegoSyntaxError(
                    "the brackets are nested too deep", Place(line, place - text.rfind("\n", 0, place))
                )
        elif character in ")]}":
            depth = max(0, depth - 1)


def _unexpected(text: str, error: UnexpectedToken) -> RegoSyntaxError:
    token = error.token
    if token.type == "$END":
        lines = text.rstrip().split("\n")
        return RegoSyntaxError(
            "the text ends in the middle", Place(len(lines), len(lines[-1]) + 1), "close what is open"
        )
    place = Place(token.line or 1, token.column or 1)
    if token.type == "_SEP":
        return RegoSyntaxError("the line ends in the middle of something", place)
    expected = {name for name in error.expected if name not in {"_SEP", "$END"}}
    help_ = "two conditions stand on two lines, or have `;` between them" if "OR" in expected else ""
    return RegoSyntaxError(f"`{token}` cannot stand here", place, help_)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(
        GRAMMAR,
        parser="lalr",
        lexer="basic",
        postlex=Separators(),
        propagate_positions=True,
        maybe_placeholders=True,
    )


def _place(meta: Any, children: Sequence[Any]) -> Place:
    """The first place of a node: lark's own, or that of the node's first part, whichever is first."""
    places = [Place(meta.line, meta.column)] if getattr(meta, "line", None) is not None else []
    for child in children:
        if isinstance(child, Token) and child.line is not None and child.column is not None:
            places.append(Place(child.line, child.column))
        elif isinstance(place := getattr(child, "place", None), Place):
            places.append(place)
    return min(places, default=Place(1, 1))


def _kept(children: Sequence[T | None]) -> tuple[T, ...]:
    return tuple(child for child in children if child is not None and not isinstance(child, Token))


@v_args(meta=True)
class _Reader(Transformer[Any, Any]):
    """Lark's tree → nodes. One for each text: it numbers the text's ``_``."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(1)

    def transform_text(self, text: str) -> Module:
        module: Module = self.transform(_parser().parse(text))
        return module

    # ---- terms ----

    def name(self, meta: Any, children: list[Any]) -> Term:
        name = str(children[0])
        return Var(f"_{next(self._numbers)}#" if name == "_" else name, _place(meta, children))

    def string(self, meta: Any, children: list[Any]) -> Term:
        try:
            value = json.loads(str(children[0]))
        except ValueError:
            raise RegoSyntaxError("the text has an escape that is none", _place(meta, children)) from None
        return Scalar(value, _place(meta, children))

    def raw(self, meta: Any, children: list[Any]) -> Term:
        return Scalar(str(children[0])[1:-1], _place(meta, children))

    def number(self, meta: Any, children: list[Any]) -> Term:
        try:
            value = Decimal(str(children[0]))
            if value.adjusted() > 30 or value.adjusted() < -30:
                raise InvalidOperation
        except InvalidOperation:
            raise RegoSyntaxError("the number is out of range", _place(meta, children)) from None
        whole = value == value.to_integral_value()
        return Scalar(int(value) if whole else value, _place(meta, children))

    def true(self, meta: Any, children: list[Any]) -> Term:
        return Scalar(True, _place(meta, children))

    def false(self, meta: Any, children: list[Any]) -> Term:
        return Scalar(False, _place(meta, children))

    def null(self, meta: Any, children: list[Any]) -> Term:
        return Scalar(None, _place(meta, children))

    def array(self, meta: Any, children: list[Any]) -> Term:
        return Collection("array", _kept(children), _place(meta, children))

    def set(self, meta: Any, children: list[Any]) -> Term:
        return Collection("set", _kept(children), _place(meta, children))

    def pair(self, _meta: Any, children: list[Any]) -> tuple[Term, Term]:
        return (children[0], children[1])

    def object(self, meta: Any, children: list[Any]) -> Term:
        return Object(_kept(children), _place(meta, children))

    def empty_object(self, meta: Any, children: list[Any]) -> Term:
        return Object((), _place(meta, children))

    def array_comprehension(self, meta: Any, children: list[Any]) -> Term:
        return Comprehension("array", _place(meta, children))

    def set_comprehension(self, meta: Any, children: list[Any]) -> Term:
        return Comprehension("set", _place(meta, children))

    def object_comprehension(self, meta: Any, children: list[Any]) -> Term:
        return Comprehension("object", _place(meta, children))

    def dot(self, meta: Any, children: list[Any]) -> Term:
        return Scalar(str(children[0]), _place(meta, children))

    def bracket(self, _meta: Any, children: list[Any]) -> Term:
        term: Term = children[0]
        return term

    def parameters(self, _meta: Any, children: list[Any]) -> tuple[Term, ...]:
        return _kept(children)

    def stepped(self, meta: Any, children: list[Any]) -> Term:
        base, step = children
        steps = (*base.steps, step) if isinstance(base, Ref) else (step,)
        return Ref(base.base if isinstance(base, Ref) else base, steps, _place(meta, children))

    def called(self, meta: Any, children: list[Any]) -> Term:
        base, args = children
        place = _place(meta, children)
        names = [base.base, *base.steps] if isinstance(base, Ref) else [base]
        head, rest = names[0], names[1:]
        words = [step.value for step in rest if isinstance(step, Scalar) and isinstance(step.value, str)]
        if not isinstance(head, Var) or len(words) < len(rest):
            raise RegoSyntaxError("only a function can be called", place)
        dotted = ".".join([head.name, *words])
        return Collection("set", (), place) if dotted == "set" and not args else Call(dotted, args, place)

    def infix(self, meta: Any, children: list[Any]) -> Term:
        left, op, right = children
        return Infix(str(op), left, right, _place(meta, children))

    def negative(self, meta: Any, children: list[Any]) -> Term:
        term, place = children[-1], _place(meta, children)
        if isinstance(term, Scalar) and isinstance(term.value, int | Decimal) and not isinstance(term.value, bool):
            return Scalar(-term.value, place)
        return Infix("-", Scalar(0, place), term, place)

    # ---- literals ----

    def test(self, meta: Any, children: list[Any]) -> Literal:
        return Test(children[0], _place(meta, children))

    def assign(self, meta: Any, children: list[Any]) -> Literal:
        return Assign(children[0], children[2], False, _place(meta, children))

    def unify(self, meta: Any, children: list[Any]) -> Literal:
        return Assign(children[0], children[2], True, _place(meta, children))

    def not_(self, meta: Any, children: list[Any]) -> Literal:
        return Not(children[0], _place(meta, children))

    def declare(self, meta: Any, children: list[Any]) -> Literal:
        place = _place(meta, children)
        if not all(isinstance(term, Var) for term in children):
            raise RegoSyntaxError("`some` declares names, or takes them out of something with `in`", place)
        return Declare(tuple(term.name for term in children), place)

    def some_in(self, meta: Any, children: list[Any]) -> Literal:
        terms, place = _kept(children), _place(meta, children)
        if len(terms) > 3:
            raise RegoSyntaxError("`some … in` takes a value, or a key and a value", place)
        return SomeIn(terms[0] if len(terms) == 3 else None, terms[-2], terms[-1], place)

    def every(self, meta: Any, children: list[Any]) -> Literal:
        first, second, _, domain, _, body = children
        key, value = (None, str(first)) if second is None else (str(first), str(second))
        return Every(key, value, domain, body, _place(meta, children))

    def replaced(self, _meta: Any, _children: list[Any]) -> None:
        return None

    def with_(self, meta: Any, children: list[Any]) -> Literal:
        return With(children[0], _place(meta, children))

    def body(self, _meta: Any, children: list[Any]) -> tuple[Literal, ...]:
        return tuple(children)

    # ---- rules ----

    def given(self, _meta: Any, children: list[Any]) -> Term:
        term: Term = children[1]
        return term

    def contained(self, _meta: Any, children: list[Any]) -> Term:
        term: Term = children[1]
        return term

    def head(self, _meta: Any, children: list[Any]) -> dict[str, Any]:
        name, *steps, args, contained, value = children
        return {"name": str(name), "steps": steps, "args": args, "contained": contained, "value": value}

    def single(self, _meta: Any, children: list[Any]) -> tuple[str, Any]:
        return ("body", (children[0],))

    def block(self, _meta: Any, children: list[Any]) -> tuple[str, Any]:
        return ("body", children[-1])

    def otherwise(self, meta: Any, children: list[Any]) -> tuple[str, Any]:
        return ("else", _place(meta, children))

    def rule(self, meta: Any, children: list[Any]) -> Rule:
        head, *bodies = children
        place = _place(meta, children)
        name, key, kind = head["name"], head["contained"], "complete"
        steps: list[Term] = head["steps"]
        if head["args"] is not None:
            kind = "function"
        elif key is not None:
            kind = "set"
        elif len(steps) == 1:
            key, kind = steps[0], "keys" if head["value"] is None else "object"
            steps = []
        if steps:
            kind = "object"
            dotted = [str(step.value) if isinstance(step, Scalar) else "[…]" for step in steps]
            name = ".".join([name, *dotted])
        return Rule(
            name,
            kind,
            head["args"] or (),
            key,
            head["value"],
            tuple(body for what, body in bodies if what == "body"),
            False,
            next((found for what, found in bodies if what == "else"), None),
            place,
        )

    def default(self, meta: Any, children: list[Any]) -> Rule:
        name, args, _, value = children
        kind = "complete" if args is None else "function"
        return Rule(str(name), kind, args or (), None, value, (), True, None, _place(meta, children))

    def dotted(self, _meta: Any, children: list[Any]) -> str:
        steps = (str(step.value) if isinstance(step, Scalar) else "[…]" for step in children[1:])
        return ".".join([str(children[0]), *steps])

    def package(self, _meta: Any, children: list[Any]) -> tuple[str, str]:
        return ("package", children[0])

    def imported(self, meta: Any, children: list[Any]) -> Import:
        return Import(children[0], None if children[1] is None else str(children[1]), _place(meta, children))

    def start(self, _meta: Any, children: list[Any]) -> Module:
        packages = [found[1] for found in children if isinstance(found, tuple)]
        return Module(
            packages[0] if packages else "",
            tuple(found for found in children if isinstance(found, Import)),
            tuple(found for found in children if isinstance(found, Rule)),
        )
