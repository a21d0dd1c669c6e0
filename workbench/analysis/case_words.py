"""A name for a test case that says what is special about it: what its rule looks at, and what comes of it. Pure.

``issue_refund: amount 501, role lead → held``. Works on the case as it is, whoever made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.analysis.conditions import atoms_of, condition_of
from workbench.engine.conversion import InputError, parse_uid
from workbench.language.ast import Binary, EntityLit, Expr, GetAttr, Has, Is, Lit, Method, Var, walk
from workbench.language.literals import quote
from workbench.language.program import Rule

MOST_CHARACTERS = 90
OUTCOMES: Mapping[str, str] = {"allow": "allowed", "deny": "denied", "hold": "held"}
_LONGEST_VALUE = 32
_ZEROS = re.compile(r"(?<=[0-9])T00:00:00\.000Z$|(?<=:[0-9]{2})(?::00)?\.000(?=Z$)")
_ABSENT = object()
_Uid = tuple[str, str]


def told_case(rule: Rule, case: Mapping[str, Any], outcome: str) -> str:
    """Its action, what ``rule`` reads of it in the order of its conditions, and the outcome."""
    action = uid_of(case["request"]["action"])[1]
    world = _World(case)
    said = list(dict.fromkeys(words for atom in atoms_of(condition_of(rule)) for words in world.told(atom)))
    told = [each for each in said if not (each.endswith(_GIVEN) and _told_of(each.removesuffix(_GIVEN), said))]
    words = ", ".join(told) or "any request"
    if len(words) > MOST_CHARACTERS:
        words = words[: MOST_CHARACTERS - 1].rstrip(" ,") + "…"
    return f"{action}: {words} → {OUTCOMES.get(outcome, outcome)}"


def told_apart(case: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The first input in which two cases differ, as the one has it: ``price 6``; empty where none can be told."""
    world, one, two = _World(case), dict(_leaves(case)), dict(_leaves(other))
    for path, value in one.items():
        if path not in two or two[path] != value:
            return world.named(path[-1], value)
    gone = next((path for path in two if path not in one), None)
    return "" if gone is None else f"{spaced(gone[-1])} missing"


def _leaves(case: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every input with the way to it; entities by their uids."""
    pending: list[tuple[tuple[str, ...], Any]] = [(("context",), case["request"].get("context", {}))]
    for row in case.get("entities", ()):
        kind, id = uid_of(row["uid"])
        pending.append(((kind, id), row.get("attrs", {})))
        for parent in map(uid_of, row.get("parents", ())):
            yield (kind, id, "#in", f"in {spaced(parent[0])} {parent[1]}"), True
    for path, value in pending:
        if isinstance(value, Mapping) and not set(value) & {"__extn", "__entity"}:
            pending += [((*path, name), inner) for name, inner in value.items()]
        else:
            yield path, value


_GIVEN = " given"


def _told_of(name: str, said: list[str]) -> bool:
    """Whether more is said of it than that it is there."""
    return any(each.startswith(f"{name} ") and each not in (name + _GIVEN, f"{name} missing") for each in said)


def spaced(name: str) -> str:
    """``refunds_today`` and ``refundsToday`` as words, in lower case; a namespace left out."""
    bare = name.rpartition("::")[2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-\s]+", " ", bare).lower().strip()


def uid_of(named: Any) -> _Uid:
    """A uid as text or as JSON, as type and id; empty where it is none."""
    if isinstance(named, Mapping):
        inner = named.get("__entity", named)
        return str(inner.get("type", "")), str(inner.get("id", ""))
    try:
        uid = parse_uid(str(named))
    except InputError:
        return "", ""
    return uid.type, uid.id


class _World:
    """A request with its entities, looked into by path."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        request = case["request"]
        self._uids = {name: uid_of(request.get(name, "")) for name in ("principal", "resource")}
        self._context = request.get("context", {})
        rows = [row for row in case.get("entities", ()) if isinstance(row, Mapping)]
        self._rows = {uid_of(row.get("uid", {})): row for row in rows}

    def told(self, atom: Expr) -> Iterator[str]:
        """What the case says of one condition."""
        match atom:
            case Binary(op="in", left=Var(name=name), right=EntityLit(type=of, id=id)) if name in self._uids:
                within = (of, id) in self._above(self._uids[name])
                yield f"{'in' if within else 'not in'} {spaced(of)} {id}"
            case Binary(op="in", left=Var(name=name), right=GetAttr(attr=attr) as group) if name in self._uids:
                within = uid_of(self._value(group)) in self._above(self._uids[name])
                yield f"{'in' if within else 'not in'} the {spaced(attr)}"
            case Binary(op="==", left=Var(name=name), right=EntityLit() as one) if name in self._uids:
                yield _entity(one) if self._uids[name] == (one.type, one.id) else f"another {name}"
            case Is(expr=Var(name=name)) if name in self._uids:
                yield spaced(self._uids[name][0])
            case Has(expr=holder, path=path):
                value = self._value(holder)
                for step in path:
                    value = self._field(value, step)
                yield spaced(path[-1]) + (" missing" if value is _ABSENT else _GIVEN)
            case Method(receiver=GetAttr(attr=attr) as holder, method="contains", args=(Lit(value=str() as wanted),)):
                held = self._value(holder)
                single = _single(attr)
                yield f"{wanted} {single}" if isinstance(held, list) and wanted in held else f"no {wanted} {single}"
            case Binary(op=("==" | "!="), left=GetAttr(attr=one) as left, right=GetAttr(attr=other) as right) if (
                one == other
            ):
                first, second = self._value(left), self._value(right)
                yield f"{'same' if first == second else 'different'} {spaced(one)}"
            case _:
                yield from self._read(atom)

    def _read(self, atom: Expr) -> Iterator[str]:
        """Each path that the condition reads, with its value; the way to it is not told."""
        inner: set[int] = set()
        for node in walk(atom):
            if isinstance(node, GetAttr) and id(node) not in inner:
                step: Expr = node.expr
                while isinstance(step, GetAttr):
                    inner.add(id(step))
                    step = step.expr
                if isinstance(step, Var | EntityLit):
                    yield self._shown(node)

    def _shown(self, node: GetAttr) -> str:
        return self.named(node.attr, self._value(node))

    def named(self, attr: str, value: Any) -> str:
        """An attribute with its value, in words."""
        if attr.startswith("in "):
            return attr
        name = spaced(attr)
        match value:
            case bool():
                return name if value else f"not {name}"
            case str():
                return f"{name} {_short(value)}" if value else f"empty {name}"
            case list():
                return f"{name} {_short(', '.join(sorted(map(_plain, value))))}" if value else f"no {name}"
            case {"__extn": {"arg": argument}}:
                return f"{name} {_short(_ZEROS.sub('', str(argument)))}"
            case {"type": _, "id": _} | {"__entity": _}:
                uid = uid_of(value)
                if uid == self._uids["principal"]:
                    return f"own ({name})"
                return f"another's ({name})" if uid[0] == self._uids["principal"][0] else f"{name} {uid[1]}"
            case Mapping():
                return name + _GIVEN
        return f"{name} missing" if value is _ABSENT else f"{name} {value}"

    def _value(self, expr: Expr) -> Any:
        match expr:
            case Var(name="context"):
                return self._context
            case Var(name=name) if name in self._uids:
                kind, id = self._uids[name]
                return {"type": kind, "id": id}
            case EntityLit(type=of, id=id):
                return {"type": of, "id": id}
            case GetAttr(expr=holder, attr=attr):
                return self._field(self._value(holder), attr)
        return _ABSENT

    def _field(self, value: Any, attr: str) -> Any:
        if not isinstance(value, Mapping):
            return _ABSENT
        row = self._rows.get(uid_of(value)) if set(value) in ({"type", "id"}, {"__entity"}) else None
        fields = value if row is None else row.get("attrs", {})
        return fields.get(attr, _ABSENT)

    def _above(self, uid: _Uid) -> set[_Uid]:
        found, pending = {uid}, [uid]
        while pending:
            for parent in map(uid_of, self._rows.get(pending.pop(), {}).get("parents", ())):
                if parent not in found:
                    found.add(parent)
                    pending.append(parent)
        return found


def _entity(one: EntityLit) -> str:
    return f"{spaced(one.type)} {one.id}"


def _single(attr: str) -> str:
    noun = spaced(attr)
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def _short(text: str) -> str:
    """On one line: what cannot be seen as it is written in Cedar, and in quotation marks what would be overlooked."""
    text = quote(text)[1:-1].replace('\\"', '"')
    if not text.isprintable() or text != text.strip() or not text:
        text = f"“{text.encode('unicode_escape').decode()}”" if not text.isprintable() else f"“{text}”"
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _plain(value: Any) -> str:
    return uid_of(value)[1] if isinstance(value, Mapping) else str(value)
