"""Random Cedar: loosely typed policies, entities and requests, made to hit errors, the index and the edges of i64.

An expression is asked for by kind, and now and then another kind is given instead: so most operators meet the types
that they take, every operator meets all the others too, and deep expressions keep having values.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

from tests.engine.pools import (
    ACTIONS,
    ATTRS,
    IDENTIFIERS,
    IDS,
    KINDS,
    LONGS,
    PATTERNS,
    STRINGS,
    TAGS,
    TEXTS,
    TYPES,
    UNWRITABLE,
    WRONG,
)

MISTAKE = 0.05  # how often an operand, and an attribute's value, has another kind than it should
ORDERS = ["<", "<=", ">", ">="]
DECIMAL_ORDERS = ["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]
HOLDERS = ["principal", "resource", "context"]


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\0", "\\0")
    return f'"{escaped}"'


def attribute(holder: str, name: str) -> str:
    return f"{holder}.{name}" if name in IDENTIFIERS else f"{holder}[{quoted(name)}]"


class Generator:
    """One stream of random choices."""

    def __init__(self, seed: int) -> None:
        self.r = Random(seed)
        self.focus = self.r.choice(HOLDERS), self.r.choice(list(ATTRS))  # what many rules look at, so that they meet

    # ---- policies ----------------------------------------------------------------------------------------------------

    def uid(self) -> str:
        return f"{self.r.choice(TYPES)}::{quoted(self.r.choice(IDS))}"

    def action(self) -> str:
        return f"Action::{quoted(self.r.choice(ACTIONS))}"

    def policies(self, count: int) -> str:
        return "\n".join(self.policy() for _ in range(count))

    def policy(self) -> str:
        return self._policy(self.side("principal"), self.side("resource"))

    def template(self) -> str:
        """A policy with one slot or both."""
        slots = self.r.choice([("principal",), ("resource",), ("principal", "resource")])
        sides = [self.slot(name) if name in slots else self.side(name) for name in ("principal", "resource")]
        return self._policy(*sides)

    def _policy(self, principal: str, resource: str) -> str:
        effect = self.r.choice(["permit", "forbid"])
        kinds = [self.r.choice(["when", "when", "unless"]) for _ in range(self.r.randint(0, 2))]
        conditions = " ".join(f"{kind} {{ {self.condition(kind)} }}" for kind in kinds)
        return f"{effect} ({principal}, {self.action_scope()}, {resource}) {conditions};"

    def slot(self, name: str) -> str:
        return f"{name} {self.r.choice(['==', 'in', 'in', f'is {self.r.choice(TYPES)} in'])} ?{name}"

    def side(self, name: str) -> str:
        match self.r.randrange(9):
            case 0:
                return f"{name} == {self.uid()}"
            case 1 | 2:
                return f"{name} in {self.uid()}"
            case 3:
                return f"{name} is {self.r.choice(TYPES)}"
            case 4:
                return f"{name} is {self.r.choice(TYPES)} in {self.uid()}"
            case _:
                return name

    def action_scope(self) -> str:
        match self.r.randrange(5):
            case 0 | 1:
                return f"action == {self.action()}"
            case 2:
                return f"action in {self.action()}"
            case 3:  # none, several, or the same one twice
                return f"action in [{', '.join(self.action() for _ in range(self.r.randint(0, 4)))}]"
            case _:
                return "action"

    def condition(self, kind: str = "when") -> str:
        r = self.r
        if r.random() < 0.01:  # a chain as long as is accepted
            operator = r.choice([" && ", " || "])
            return operator.join(self.expr("bool", 0) for _ in range(60))
        if kind == "unless" and r.random() < 0.5:
            return self.total()
        parts = [self.indexable() if r.random() < 0.5 else self.expr("bool", 3) for _ in range(r.randint(1, 3))]
        return " && ".join(parts)

    def indexable(self) -> str:
        """What the index can look up, or almost can."""
        r = self.r
        holder, attr = self.focus if r.random() < 0.5 else (r.choice(HOLDERS), r.choice(list(ATTRS)))
        field, literal = attribute(holder, attr), self.literal(ATTRS[attr] if r.random() < 0.8 else r.choice(KINDS))
        match r.randrange(11):
            case 0 | 1:
                return f"{field} == {literal}"
            case 2:
                return f"{literal} == {field}"
            case 3 | 4:
                return f"{attribute(holder, r.choice(['tags', 'tags', 'nest']))}.contains({self.literal('string')})"
            case 5 | 6:
                return f"{holder}.n {r.choice(ORDERS)} {r.choice([0, 1, 2, 5])}"
            case 7:
                return f"{r.choice([0, 1, 5])} {r.choice(ORDERS)} {holder}.n"
            case 8:
                return f"{holder} has {self.name(attr)} && {field} == {literal}"
            case 9:
                some = ", ".join(self.uid() for _ in range(r.randint(0, 3)))
                return f"{r.choice(['principal', 'resource'])} in [{some}]"
            case _:
                return self.total()

    def total(self) -> str:
        """What can never err, so that the index may look beyond it."""
        r, side = self.r, self.r.choice(["principal", "resource"])
        match r.randrange(4):
            case 0:
                return f"{side} {r.choice(['==', 'in'])} {self.uid()}"
            case 1:
                return f"{side} is {r.choice(TYPES)}" + (f" in {self.uid()}" if r.random() < 0.5 else "")
            case 2:
                return f"!({r.choice(HOLDERS)} has {self.name(r.choice(list(ATTRS)))})"
            case _:
                return f"{r.choice(HOLDERS)} has {self.name(r.choice(list(ATTRS)))}"

    def name(self, attr: str) -> str:
        return attr if attr in IDENTIFIERS else quoted(attr)

    # ---- expressions -------------------------------------------------------------------------------------------------

    def expr(self, kind: str, depth: int) -> str:
        """Cedar text that is of this kind if all goes well; in parentheses where it needs them."""
        r = self.r
        if r.random() < MISTAKE:
            kind = r.choice(KINDS)
        if depth <= 0 or r.random() < 0.15:
            return self.leaf(kind)
        if r.random() < 0.08:
            condition, then = self.expr("bool", depth - 1), self.expr(kind, depth - 1)
            return f"(if {condition} then {then} else {self.expr(kind, depth - 1)})"
        if r.random() < 0.05:
            other = f"{self.name(r.choice(list(ATTRS)))}: {self.leaf('long')}"
            return f"{{{other}, inner: {self.expr(kind, depth - 1)}}}.inner"
        compound = getattr(self, f"_{kind}", None)
        return self.leaf(kind) if compound is None else compound(depth - 1)

    def leaf(self, kind: str) -> str:
        r = self.r
        if r.random() < 0.45:
            return self.literal(kind)
        if kind == "entity" and r.random() < 0.5:
            return r.choice(["principal", "action", "resource"])
        if kind == "record" and r.random() < 0.3:
            return r.choice(["context", "context.rec.inner"])
        holder = r.choice([*HOLDERS, *HOLDERS, "resource.owner", "context.owner", "principal.rec", self.uid()])
        if r.random() < 0.1:
            tag = quoted(r.choice(TAGS)) if r.random() < 0.8 else self.literal("string")
            return f"{r.choice(['principal', 'resource'])}.getTag({tag})"
        return attribute(holder, r.choice([name for name, of in ATTRS.items() if of == kind]))

    def literal(self, kind: str) -> str:
        r = self.r
        match kind:
            case "bool":
                return r.choice(["true", "false"])
            case "long":
                return str(r.choice(LONGS))
            case "string":
                return r.choice([quoted(r.choice(STRINGS)), quoted(r.choice(STRINGS)), '"\\u{1d11e}\\x61"'])
            case "entity":
                return self.uid()
            case "set":
                return r.choice(
                    ["[]", "[1, 2]", "[true, 1]", '["t1", "a"]', "[[1], [true]]", "[{n: 1}]", f"[{self.uid()}]"]
                )
            case "record":
                return f"{{{r.choice(IDENTIFIERS)}: {r.choice(LONGS)}, {quoted('x y')}: {quoted(r.choice(STRINGS))}}}"
            case _:
                texts = WRONG[kind] if r.random() < 0.06 else TEXTS[kind]
                return f"{kind}({quoted(r.choice(texts))})"

    def _bool(self, depth: int) -> str:
        r, e = self.r, self.expr
        match r.randrange(19):
            case 0 | 1:
                return f"({e('bool', depth)} {r.choice(['&&', '||'])} {e('bool', depth)})"
            case 2:
                return f"{r.choice(['!', '!', '!!'])}{self.operand('bool', depth)}"
            case 3 | 4:
                kind = r.choice(KINDS)
                if r.random() < 0.1:  # what a language with less types would call equal
                    return f"({e('bool', 0)} {r.choice(['==', '!='])} {r.choice([0, 1])})"
                return f"({e(kind, depth)} {r.choice(['==', '!='])} {e(kind, depth)})"
            case 5 | 6:
                kind = r.choice(["long", "long", "long", "datetime", "duration", r.choice(KINDS)])
                return f"({e(kind, depth)} {r.choice(ORDERS)} {e(kind, depth)})"
            case 7 | 8:
                if r.random() < 0.1:  # found, and yet an error
                    return f"({(one := self.leaf('entity'))} in [{one}, {self.leaf(r.choice(KINDS))}])"
                return f"({e('entity', depth)} in {self.container(depth)})"
            case 9:
                return f"({e('entity', depth)} is {r.choice([*TYPES, 'Action'])})"
            case 10:
                return f"({e('entity', depth)} is {r.choice(TYPES)} in {self.container(depth)})"
            case 11:
                return f"({e(r.choice(['entity', 'record']), depth)} has {self.name(r.choice(list(ATTRS)))})"
            case 12:
                path = ".".join(r.choice(["rec", "inner", "owner", *IDENTIFIERS]) for _ in range(r.randint(2, 3)))
                return f"({e(r.choice(['entity', 'record']), 0)} has {r.choice(['rec.inner.', '', ''])}{path})"
            case 13:
                return f'({e("string", depth)} like "{r.choice(PATTERNS)}")'
            case 14 | 15:
                return self.membership(depth)
            case 16:
                return f"{self.operand('entity', 0)}.hasTag({r.choice([quoted(r.choice(TAGS)), e('string', depth)])})"
            case 17:
                test = r.choice(
                    ["isIpv4()", "isIpv6()", "isLoopback()", "isMulticast()", f"isInRange({e('ip', depth)})"]
                )
                return f"{self.operand('ip', depth)}.{test}"
            case _:
                return f"{self.operand('decimal', depth)}.{r.choice(DECIMAL_ORDERS)}({e('decimal', depth)})"

    def operand(self, kind: str, depth: int) -> str:
        """An expression that may stand before a dot or after a sign."""
        text = self.expr(kind, depth)
        return text if text.startswith(("(", "[", "{")) or re.fullmatch(r"[\w.]+", text) else f"({text})"

    def container(self, depth: int) -> str:
        if self.r.random() < 0.5:
            return self.expr("entity", depth)
        return f"[{', '.join(self.expr('entity', depth) for _ in range(self.r.randint(0, 3)))}]"

    def membership(self, depth: int) -> str:
        r, receiver = self.r, self.operand("set", depth)
        match r.randrange(4):
            case 0:
                return f"{receiver}.isEmpty()"
            case 1:
                return f"{receiver}.contains({self.expr(r.choice(KINDS), depth)})"
            case 2:
                return f"{receiver}.containsAll({self.expr('set', depth)})"
            case _:
                return f"{receiver}.containsAny({self.expr('set', depth)})"

    def _long(self, depth: int) -> str:
        r = self.r
        match r.randrange(5):
            case 0 | 1:
                return f"({self.expr('long', depth)} {r.choice(['+', '-', '*'])} {self.expr('long', depth)})"
            case 2:
                return f"({r.choice(['-', '-', '--'])}{self.operand('long', depth)})"
            case 3:
                unit = r.choice(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"])
                return f"{self.operand('duration', depth)}.{unit}()"
            case _:
                return f"({' + '.join(self.leaf('long') for _ in range(r.randint(3, 6)))})"

    def _set(self, depth: int) -> str:
        kind = self.r.choice(KINDS)
        return f"[{', '.join(self.expr(kind, depth) for _ in range(self.r.randint(0, 3)))}]"

    def _record(self, depth: int) -> str:
        names = self.r.sample(list(ATTRS), self.r.randint(0, 3))
        return f"{{{', '.join(f'{self.name(name)}: {self.expr(ATTRS[name], depth)}' for name in names)}}}"

    def _entity(self, depth: int) -> str:
        return f"{self.operand('record', depth)}.owner" if self.r.random() < 0.3 else self.leaf("entity")

    def _string(self, depth: int) -> str:
        return attribute(self.operand("record", depth), self.r.choice(["role", "x y"]))

    def _datetime(self, depth: int) -> str:
        when = self.operand("datetime", depth)
        return self.r.choice([f"{when}.toDate()", f"{when}.offset({self.expr('duration', depth)})"])

    def _duration(self, depth: int) -> str:
        when = self.operand("datetime", depth)
        return self.r.choice([f"{when}.toTime()", f"{when}.durationSince({self.expr('datetime', depth)})"])

    # ---- data --------------------------------------------------------------------------------------------------------

    def json_value(self, kind: str, depth: int = 2) -> Any:
        r = self.r
        match r.choice(KINDS) if r.random() < MISTAKE else kind:
            case "bool":
                return r.random() < 0.5
            case "long":
                return r.choice([0, 1, 2, 5, *LONGS])
            case "string":
                return r.choice(STRINGS)
            case "entity":
                return {"__entity": self.ref()}
            case "set":
                if r.random() < 0.2 and depth > 0:
                    return [self.json_value(r.choice(KINDS), depth - 1) for _ in range(r.randint(0, 3))]
                return [r.choice([*STRINGS, 1, True]) for _ in range(r.randint(0, 3))]
            case "record":
                names = r.sample(list(ATTRS), 3)
                fields = {name: self.json_value(ATTRS[name], depth - 1) for name in names} if depth > 0 else {}
                return {"inner": fields, **({} if r.random() < 0.5 else fields)}
            case "datetime" if r.random() < 0.2:
                epoch, by = ("datetime", "1970-01-01"), ("duration", f"{r.choice(UNWRITABLE)}ms")
                return {"__extn": {"fn": "offset", "args": [{"__extn": {"fn": f, "arg": a}} for f, a in (epoch, by)]}}
            case extension:
                return {"__extn": {"fn": extension, "arg": r.choice(TEXTS[extension])}}

    def ref(self) -> dict[str, str]:
        return {"type": self.r.choice(TYPES), "id": self.r.choice(IDS)}

    def record(self) -> dict[str, Any]:
        return {attr: self.json_value(kind) for attr, kind in ATTRS.items() if self.r.random() < 0.85}

    def entities(self) -> list[dict[str, Any]]:
        """Some of the uids, with parents only later in one fixed order, so that there is no cycle; and the actions."""
        every = [{"type": t, "id": i} for t in TYPES for i in IDS]
        rows = []
        for place, uid in enumerate(every):
            if self.r.random() < 0.85:
                later = every[place + 1 :]
                parents = self.r.sample(later, min(len(later), self.r.randint(0, 2)))
                row = {"uid": uid, "attrs": self.record(), "parents": parents}
                if self.r.random() < 0.5:
                    row["tags"] = {tag: self.json_value(self.r.choice(KINDS)) for tag in TAGS if self.r.random() < 0.7}
                rows.append(row)
        groups = {"read": ["all"], "write": ["share"], "share": ["all"], "all": []}
        for name, parents in groups.items():
            named = [{"type": "Action", "id": parent} for parent in parents]
            rows.append({"uid": {"type": "Action", "id": name}, "attrs": {}, "parents": named})
        return rows

    def request(self) -> dict[str, Any]:
        return {
            "principal": self.ref(),
            "action": {"type": "Action", "id": self.r.choice(ACTIONS)},
            "resource": self.ref(),
            "context": self.record(),
        }

    def links(self, templates: dict[int, str], count: int) -> list[dict[str, Any]]:
        """Links of templates (place in the source → text), each filling exactly the slots of its own."""
        found = []
        for number in range(count):
            place = self.r.choice(list(templates))
            values = {slot: self.ref() for slot in sorted(set(re.findall(r"\?\w+", templates[place])))}
            found.append({"template_id": f"policy{place}", "new_id": f"link{number}", "values": values})
        return found
