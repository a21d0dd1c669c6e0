"""Norms over any schema that is no world: ``prohibited`` names whole actions, the condition says which attributes have
which values.

Pure; may import the language. Nothing is guessed: what a word does not name exactly is refused, with the nearest name
that there is. Names keep their case, because the schema's do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce

from workbench.language.ast import (
    ActionScope,
    Binary,
    Call,
    Condition,
    EntityLit,
    EntityScope,
    Expr,
    GetAttr,
    Has,
    Lit,
    Policy,
    Scope,
    Var,
)
from workbench.language.literals import EscapeError, unescape
from workbench.language.render import render_entity
from workbench.language.schema import (
    ActionType,
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
from workbench.language.spelling import nearest
from workbench.norms.norm import Norm, NormError

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PATH = r"[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*"
_PIECE = re.compile(
    rf"""\s*(?:(?P<uid>{_PATH}::{_QUOTED})|(?P<call>(?:decimal|ip|datetime|duration)\({_QUOTED}\))"""
    rf"""|(?P<text>{_QUOTED}|'[^']*')|(?P<equals>==)|(?P<and>and\b|&&)|(?P<word>[^\s="'!<>&|(),]+)|(?P<odd>\S))"""
)
_LISTED = re.compile(rf"\s*,?\s*(?:(?P<uid>{_PATH}::{_QUOTED})|(?P<text>{_QUOTED})|(?P<word>[^\s,\"]+)|(?P<odd>\S))")
_FORM = "write `attribute == value`, several joined by `and`; for anything else write the rule as Cedar+"
_ROOTS = ("context", "principal", "resource")
_CONSTRUCTORS: Mapping[str, str] = {
    "decimal": "decimal",
    "ipaddr": "ip",
    "datetime": "datetime",
    "duration": "duration",
}
_ANYONE = EntityScope("any")
_MAX_LONG = 2**63 - 1
MAX_CLAUSES = 40


def forbid(norm: Norm, schema: Schema) -> Policy:
    """The forbid that ``norm`` is under ``schema``, without annotations.

    Raises :class:`NormError`: ``nothing_prohibited``, ``no_such_action``, ``not_unique``, ``condition_form``,
    ``too_many_words``, ``no_such_attribute``, ``attribute_differs``, ``not_a_value``, ``no_such_value``,
    ``no_such_scope``, ``scope_missing``.
    """
    named = _actions(norm, schema)
    asked = [action for uid in dict.fromkeys(named) for action in schema.members_of(uid) if action.principals]
    if not asked:
        raise NormError("no_such_action", f"`{norm.prohibited.strip()}` names no action that anyone can take")
    fields = _Fields(schema, list({action.uid: action for action in asked}.values()))
    clauses = [_clause(path, value, fields) for path, value in _said(norm.condition)]
    if len(clauses) > MAX_CLAUSES:
        raise NormError("too_many_words", f"the condition has {len(clauses)} parts, more than {MAX_CLAUSES}")
    conditions = (Condition("when", reduce(_and, clauses)),) if clauses else ()
    entities = tuple(EntityLit(*uid) for uid in named)
    single = len(entities) == 1 and schema.actions[named[0]].principals
    scope = ActionScope("eq", entities) if single else ActionScope("in", entities, listed=len(entities) > 1)
    return Policy("forbid", Scope(_bound(norm, schema, asked), scope, _ANYONE), conditions)


# ---- which actions ---------------------------------------------------------------------------------------------------


def _actions(norm: Norm, schema: Schema) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for piece in _LISTED.finditer(norm.prohibited):
        if piece["odd"]:
            raise NormError("no_such_action", f"`{piece['odd']}` cannot stand among actions", "name the actions")
        found[_action(piece, schema)] = None
    if not found:
        raise NormError(
            "nothing_prohibited",
            f"the norm `{norm.name}` prohibits nothing, so that no action could ever break it",
            f"name one or more actions: {_some(uid[1] for uid in schema.actions)}",
        )
    return list(found)


def _action(piece: re.Match[str], schema: Schema) -> tuple[str, str]:
    if piece["uid"]:
        type_, _, quoted = piece["uid"].rpartition('::"')
        uid = (type_, _unquoted(f'"{quoted}'))
        if uid in schema.actions:
            return uid
        matches, wanted = [], uid[1]
    else:
        wanted = _unquoted(piece["text"]) if piece["text"] else piece["word"]
        matches = [uid for uid in schema.actions if uid[1] == wanted]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(f"`{render_entity(EntityLit(*uid))}`" for uid in matches)
        raise NormError("not_unique", f"`{wanted}` can be {names}", "write the whole of it")
    names_ = [uid[1] for uid in schema.actions]
    best = nearest(wanted, names_)
    help = f"did you mean `{best}`?" if best else f"the schema has: {_some(names_)}"
    raise NormError("no_such_action", f"the schema has no action `{wanted}`", help)


# ---- which attributes have which values ------------------------------------------------------------------------------


def _said(condition: str) -> list[tuple[str, re.Match[str]]]:
    """(path, value) of each part of a condition."""
    pieces = [piece for piece in _PIECE.finditer(condition) if piece.lastgroup]
    found: list[tuple[str, re.Match[str]]] = []
    place = 0
    while place < len(pieces):
        if found and pieces[place]["and"]:
            place += 1
        taken = pieces[place : place + 3]
        place += 3
        path = taken[0]["word"] if taken else None
        if not path or len(taken) < 3 or not taken[1]["equals"] or taken[2].lastgroup in ("equals", "and", "odd"):
            shown = " ".join(piece.group().strip() for piece in taken) or "and"
            raise NormError("condition_form", f"`{shown}` is no condition that a norm can have here", _FORM)
        found.append((path, taken[2]))
    return found


class _Fields:
    """What can be said of the requests for some actions: for each root, the records that may stand there."""

    def __init__(self, schema: Schema, actions: Sequence[ActionType]) -> None:
        self._schema = schema
        entity = schema.entity_types
        self._records: dict[str, dict[str, Mapping[str, Attribute]]] = {
            "context": {f"the context of `{each.id}`": each.context.attributes for each in actions},
            "principal": {f"`{t}`": entity[t].attributes for each in actions for t in each.principals},
            "resource": {f"`{t}`": entity[t].attributes for each in actions for t in each.resources},
        }

    def place(self, path: str) -> tuple[Expr, tuple[str, ...], Attribute, bool]:
        """(root, steps, attribute, whether any step may be missing) of a path. Raises :class:`NormError`."""
        head, *rest = path.split(".")
        if head in _ROOTS and rest:
            return self._under(head, tuple(rest), path)
        steps = (head, *rest)
        roots = [root for root in _ROOTS if all(_walk(record, steps) for record in self._records[root].values())]
        if len(roots) == 1:
            return self._under(roots[0], steps, path)
        if roots:
            ways = " or ".join(f"`{root}.{path}`" for root in roots)
            raise NormError("not_unique", f"`{path}` can be {ways}", "write the whole of it")
        some = [root for root in _ROOTS if any(_walk(record, steps) for record in self._records[root].values())]
        if some:
            return self._under(some[0], steps, path)
        known = self._names()
        best = nearest(path, known) or nearest(path, (name.partition(".")[2] for name in known))
        help = f"did you mean `{best}`?" if best else f"there are: {_some(known)}"
        raise NormError("no_such_attribute", f"none of the prohibited actions has an attribute `{path}`", help)

    def _under(self, root: str, steps: tuple[str, ...], path: str) -> tuple[Expr, tuple[str, ...], Attribute, bool]:
        walks = {name: _walk(record, steps) for name, record in self._records[root].items()}
        missing = [name for name, walk in walks.items() if not walk]
        if len(missing) == len(walks):
            known = [name for name in self._names() if name.startswith(root)]
            best = nearest(f"{root}.{'.'.join(steps)}", known)
            help = f"did you mean `{best}`?" if best else f"there are: {_some(known)}"
            raise NormError("no_such_attribute", f"there is no attribute `{path}`", help)
        if missing:
            what = f"`{path}` is not declared for all that is prohibited: {missing[0]} has none"
            raise NormError("attribute_differs", what, "write a norm for each action")
        found = list(walks.values())
        if len({walk[-1].type for walk in found if not isinstance(walk[-1].type, RecordType)}) > 1:
            what = f"`{path}` is of another type in {_some(walks, 2)}"
            raise NormError("attribute_differs", what, "write a norm for each action")
        return Var(root), steps, found[0][-1], any(not each.required for walk in found for each in walk)  # type: ignore[arg-type]

    def _names(self) -> list[str]:
        names: dict[str, None] = {}
        for root, records in self._records.items():
            for record in records.values():
                names.update((f"{root}.{name}", None) for name in record)
        return list(names)


def _walk(record: Mapping[str, Attribute], steps: Sequence[str]) -> list[Attribute]:
    """The attributes along a path, empty where it leads nowhere."""
    found: list[Attribute] = []
    for step in steps:
        attribute = record.get(step)
        if attribute is None:
            return []
        found.append(attribute)
        record = attribute.type.attributes if isinstance(attribute.type, RecordType) else {}
    return found


def _clause(path: str, value: re.Match[str], fields: _Fields) -> Expr:
    root, steps, attribute, optional = fields.place(path)
    field = reduce(GetAttr, steps, root)
    equal = Binary("==", field, _value(path, value, attribute))
    return Binary("&&", Has(root, steps), equal) if optional else equal


def _value(path: str, piece: re.Match[str], attribute: Attribute) -> Expr:
    said = piece.group().strip()
    text = _unquoted(said) if piece["text"] else said
    match attribute.type:
        case PrimitiveType("String") if piece["text"] or piece["word"]:
            return Lit(_among(path, text, attribute))
        case PrimitiveType("Bool") if said in ("true", "false"):
            return Lit(said == "true")
        case PrimitiveType("Long") if re.fullmatch(r"-?\d{1,19}", said) and -_MAX_LONG - 1 <= int(said) <= _MAX_LONG:
            return Lit(int(said))
        case EntityRef(name) if piece["uid"]:
            type_, _, quoted = said.rpartition('::"')
            if type_ == name:
                return EntityLit(type_, _unquoted(f'"{quoted}'))
        case EntityRef(name) if piece["text"] or piece["word"]:
            return EntityLit(name, text)
        case ExtensionType(name) if piece["call"] and said.startswith(f"{_CONSTRUCTORS[name]}("):
            return Call(_CONSTRUCTORS[name], (Lit(_unquoted(said[said.index("(") + 1 : -1])),))
        case ExtensionType(name) if piece["text"] or piece["word"]:
            return Call(_CONSTRUCTORS[name], (Lit(text),))
    raise NormError("not_a_value", f"`{said}` is no value of `{path}`, which holds {_kind(attribute.type)}", _FORM)


def _among(path: str, text: str, attribute: Attribute) -> str:
    """The text, refused where the schema names the values that there are, and it is none of them."""
    known = [value for value, _ in split_values(attribute.annotations.get("values", "")) if value]
    if not known or text in known:
        return text
    best = nearest(text, known)
    help = f"did you mean `{best}`?" if best else f"it has: {_some(known)}"
    raise NormError("no_such_value", f"`{path}` never has the value `{text}`", help)


# ---- whom it binds ---------------------------------------------------------------------------------------------------


def _bound(norm: Norm, schema: Schema, actions: Sequence[ActionType]) -> EntityScope:
    """Everyone, or the members of an entity: ``Team::"billing"``, or ``billing`` where agents are in one type only."""
    if norm.everyone:
        return _ANYONE
    scope = norm.scope.strip()
    if not scope:
        raise NormError("scope_missing", "the scope is empty", "name a group, or `global` for everyone")
    principals = dict.fromkeys(name for action in actions for name in action.principals)
    groups = sorted({group for name in principals for group in schema.entity_ancestors(name)} - set(principals))
    possible = [*groups, *principals]
    uid = re.fullmatch(rf"({_PATH})::({_QUOTED})", scope)
    if uid and uid[1] in possible:
        return EntityScope("in", EntityLit(uid[1], _unquoted(uid[2])))
    if not uid and len(groups) == 1:
        return EntityScope("in", EntityLit(groups[0], scope))
    if uid:
        what = f"nobody who takes these actions can be in a `{uid[1]}`"
    else:
        what = f"`{scope}` does not say which entity is meant"
    ways = _some(f'{name}::"…"' for name in possible)
    raise NormError("no_such_scope", what, f"write `global`, or one of: {ways}")


# ---- words -----------------------------------------------------------------------------------------------------------


def _unquoted(text: str) -> str:
    if text.startswith("'"):
        return text[1:-1]
    try:
        return unescape(text[1:-1])
    except EscapeError as error:
        raise NormError("condition_form", f"in `{text}`: {error}", "write the characters as they are") from None


def _and(left: Expr, right: Expr) -> Expr:
    return Binary("&&", left, right)


def _some(names: Iterable[str], most: int = 12) -> str:
    listed = list(dict.fromkeys(names))
    shown = ", ".join(f"`{name}`" for name in listed[:most])
    return shown + (f" and {len(listed) - most} more" if len(listed) > most else "")


_KINDS: Mapping[type, Callable[..., str]] = {
    PrimitiveType: lambda type_: {"Long": "a whole number", "String": "a text", "Bool": "true or false"}[type_.name],
    ExtensionType: lambda type_: f"a {type_.name}",
    EntityRef: lambda type_: f"an entity of type `{type_.name}`",
    SetType: lambda _: "a set, of which a norm says nothing",
    RecordType: lambda _: "a record: name one of its fields",
}


def _kind(type_: Type) -> str:
    return _KINDS[type(type_)](type_)
