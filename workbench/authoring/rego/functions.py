"""Rego's own functions, as far as Cedar has something that means the same.

Imports terms, operators, kinds and refusals. The arguments are there; a function answers with branches, none of them
where Rego's function would be undefined.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.authoring.rego import kinds
from workbench.authoring.rego.kinds import KindClashError, agree
from workbench.authoring.rego.nodes import Place
from workbench.authoring.rego.operators import elements_of, truth
from workbench.authoring.rego.refusals import RefusalError, no_function
from workbench.authoring.rego.terms import TRUE, Branch, Branches, Const, Fact, Many, Size, Table, Value, Words
from workbench.language.ast import WILDCARD, Like, Method, Wildcard

FORCED = frozenset({"startswith", "endswith", "contains", "count"})


def apply(name: str, args: Sequence[Value], place: Place) -> Branches:
    """The function ``name`` of Rego. Raises ``RefusalError`` for all that have no counterpart."""
    if name in {"startswith", "endswith", "contains"} and len(args) == 2:
        return _texts(name, args[0], args[1], place)
    if name == "count" and len(args) == 1:
        return _count(args[0], place)
    if name == "concat" and len(args) == 2 and all(map(_is_text, (args[0], *_items(args[1])))):
        return [Branch(TRUE, Words())]
    if name in {"sprintf", "format_int", "json.marshal"}:
        return [Branch(TRUE, Words())]
    raise no_function(name, place)


def _items(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, Many) else (value,)


def _is_text(value: Value) -> bool:
    """Whether putting texts together cannot fail for ``value``."""
    if isinstance(value, Fact):
        return value.kind.found().name == "String"
    return isinstance(value, Words) or (isinstance(value, Const) and isinstance(value.value, str))


def _texts(name: str, whole: Value, part: Value, place: Place) -> Branches:
    if not isinstance(part, Const):
        help_ = "write the text into the rule; Cedar matches constant patterns only"
        raise RefusalError("pattern", f"`{name}` with a text that is only known from the request", place, help_)
    if not isinstance(part.value, str):
        return []
    if isinstance(whole, Const):
        if not isinstance(whole.value, str):
            return []
        found = {
            "startswith": whole.value.startswith(part.value),
            "endswith": whole.value.endswith(part.value),
            "contains": part.value in whole.value,
        }
        return [Branch(TRUE, Const(found[name]))]
    if not isinstance(whole, Fact):
        raise RefusalError("pattern", f"`{name}` of something that is no text", place, "match an attribute")
    try:
        agree(whole.kind, kinds.text())
    except KindClashError as clash:
        what = "the id of an entity, which Cedar does not match" if clash.left.name == "Entity" else clash.left.shown
        help_ = "let the caller send the name as an attribute of its own"
        raise RefusalError("pattern", f"`{name}` of {what}", place, help_) from None
    patterns: dict[str, tuple[str | Wildcard, ...]] = {
        "startswith": (part.value, WILDCARD),
        "endswith": (WILDCARD, part.value),
        "contains": (WILDCARD, part.value, WILDCARD),
    }
    return [Branch(TRUE, truth(Like(whole.expr, tuple(piece for piece in patterns[name] if piece != ""))))]


def _count(value: Value, place: Place) -> Branches:
    if isinstance(value, Size):
        return [Branch(TRUE, value)]
    if isinstance(value, Many) and value.kind == "array":
        return [Branch(TRUE, Const(len(value.items)))]
    if isinstance(value, Many) and all(isinstance(item, Const) for item in value.items):
        return [Branch(TRUE, Const(len(set(value.items))))]
    if isinstance(value, Table):
        return [Branch(TRUE, Const(len(value.items)))]
    if isinstance(value, Const) and isinstance(value.value, str):
        return [Branch(TRUE, Const(len(value.value)))]
    if isinstance(value, Fact):
        if value.kind.found().name == "String":
            raise RefusalError(
                "count",
                "Cedar does not measure texts",
                place,
                "compare the text itself, or let the caller send its length",
            )
        elements_of(value, place)
        return [Branch(TRUE, Size(Method(value.expr, "isEmpty", ())))]
    raise RefusalError("count", "Cedar does not count this", place, "let the caller send the number")
