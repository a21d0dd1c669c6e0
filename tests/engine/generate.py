"""Random Cedar: loosely typed policies, entities and requests, made to hit errors, the index and the edges of i64."""

from __future__ import annotations

import json
from random import Random
from typing import Any

IDS = ["a", "b", "c", 'q"x', "𝄞", "é"]
TYPES = ["User", "Team", "App::Doc"]
ACTIONS = ["read", "write", "share", "all"]
ATTRS = ["role", "n", "flag", "tags", "owner", "rec", "when", "len", "cost", "addr", "mixed"]
TAGS = ["t1", "t2"]
LONGS = [0, 1, -1, 2, 5, 2**63 - 1, -(2**63), 3_000_000_000, -3_000_000_000, 2**62]
STRINGS = ["", "a", "ab", "aab", "x*y", "é", "𝄞a", "t1", "t2", "10.0.0.1", "1.5", "1d"]
IPS = ["10.0.0.1", "10.0.0.0/8", "127.0.0.1", "127.0.0.0/7", "::1", "::/0", "224.0.0.1", "ff00::1", "bad"]
DECIMALS = ["0.0", "-0.5", "1.5", "922337203685477.5807", "-922337203685477.5808", "1.23456", "1"]
DATES = ["1970-01-01", "0000-01-01", "9999-12-31T23:59:59.999Z", "2024-02-29T12:34:56+0130", "2023-02-29"]
DURATIONS = ["0ms", "1d2h3m4s5ms", "-1d", "9223372036854775807ms", "-9223372036854775808ms", "x"]


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Generator:
    """One stream of random choices."""

    def __init__(self, seed: int) -> None:
        self.r = Random(seed)

    # ---- text --------------------------------------------------------------------------------------------------------

    def uid(self) -> str:
        return f"{self.r.choice(TYPES)}::{quoted(self.r.choice(IDS))}"

    def action(self) -> str:
        return f"Action::{quoted(self.r.choice(ACTIONS))}"

    def policies(self, count: int) -> str:
        return "\n".join(self.policy() for _ in range(count))

    def policy(self, template: bool = False) -> str:
        effect = self.r.choice(["permit", "forbid"])
        principal = "principal in ?principal" if template else self.side("principal")
        conditions = " ".join(
            f"{self.r.choice(['when', 'when', 'unless'])} {{ {self.condition()} }}" for _ in range(self.r.randint(0, 2))
        )
        return f"{effect} ({principal}, {self.action_scope()}, {self.side('resource')}) {conditions};"

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
            case 3:
                return f"action in [{', '.join(self.action() for _ in range(self.r.randint(0, 3)))}]"
            case _:
                return "action"

    def condition(self) -> str:
        parts = [self.indexable() if self.r.random() < 0.5 else self.boolean(3) for _ in range(self.r.randint(1, 3))]
        return " && ".join(parts)

    def indexable(self) -> str:
        holder, attr = self.r.choice(["principal", "resource", "context"]), self.r.choice(ATTRS)
        match self.r.randrange(7):
            case 0:
                return f"{holder}.{attr} == {self.literal()}"
            case 1:
                return f"{self.literal()} == {holder}.{attr}"
            case 2:
                return f"{holder}.tags.contains({self.literal()})"
            case 3:
                return f"{holder}.n {self.r.choice(['<', '<=', '>', '>='])} {self.r.choice([0, 1, 2, 5])}"
            case 4:
                return f"{self.r.choice([0, 1, 5])} {self.r.choice(['<', '<=', '>', '>='])} {holder}.n"
            case 5:
                return f"{holder} has {attr} && {holder}.{attr} == {self.literal()}"
            case _:
                return f"{self.r.choice(['principal', 'resource'])} {self.r.choice(['==', 'in'])} {self.uid()}"

    def boolean(self, depth: int) -> str:
        if depth == 0:
            return self.r.choice(["true", "false", "context.flag", "principal.flag", "(resource has n)"])
        r = self.r
        match r.randrange(20):
            case 0:
                return f"({self.boolean(depth - 1)} && {self.boolean(depth - 1)})"
            case 1:
                return f"({self.boolean(depth - 1)} || {self.boolean(depth - 1)})"
            case 2:
                return f"!({self.boolean(depth - 1)})"
            case 3 | 4:
                return f"({self.value(depth - 1)} {r.choice(['==', '!='])} {self.value(depth - 1)})"
            case 5 | 6:
                return f"({self.number(depth - 1)} {r.choice(['<', '<=', '>', '>='])} {self.number(depth - 1)})"
            case 7:
                return f"({self.entity()} in {self.entity_or_set(depth - 1)})"
            case 8:
                return f"({self.value(depth - 1)} is {r.choice(TYPES)})"
            case 9:
                return f"({self.entity()} is {r.choice(TYPES)} in {self.entity_or_set(depth - 1)})"
            case 10:
                return f"({self.value(depth - 1)} has {r.choice(ATTRS)})"
            case 11:
                return f"({r.choice(['context', 'resource'])} has rec.inner.{r.choice(ATTRS)})"
            case 12:
                return f"({self.text()} like {quoted(r.choice(['*', 'a*', '*a', 'a*b', '*a*', '', 'aab', '**']))})"
            case 13:
                method = r.choice(["contains", "containsAll", "containsAny"])
                return f"{self.set(depth - 1)}.{method}({self.value(depth - 1)})"
            case 14:
                return f"{self.set(depth - 1)}.isEmpty()"
            case 15:
                return f"{self.entity()}.hasTag({self.text()})"
            case 16:
                return f"(if {self.boolean(depth - 1)} then {self.boolean(depth - 1)} else {self.value(depth - 1)})"
            case 17:
                test = r.choice(["isIpv4()", "isIpv6()", "isLoopback()", "isMulticast()", f"isInRange({self.ip()})"])
                return f"{self.ip()}.{test}"
            case 18:
                name = r.choice(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"])
                return f"{self.decimal()}.{name}({self.decimal()})"
            case _:
                return f"({self.time(depth)} {r.choice(['<', '<=', '>', '>='])} {self.time(depth)})"

    def literal(self) -> str:
        r = self.r
        return r.choice(
            [str(r.choice(LONGS)), quoted(r.choice(STRINGS)), r.choice(["true", "false"]), self.uid(), "[1, true]"]
        )

    def value(self, depth: int) -> str:
        r = self.r
        match r.randrange(9):
            case 0 | 1:
                return f"{r.choice(['principal', 'resource', 'context'])}.{r.choice(ATTRS)}"
            case 2:
                return self.number(depth)
            case 3:
                return self.set(depth)
            case 4:
                return self.entity()
            case 5:
                return f"{{ {r.choice(ATTRS)}: {self.literal()}, {quoted('k k')}: {self.literal()} }}"
            case 6:
                return f"{self.entity()}.getTag({quoted(r.choice(TAGS))})"
            case 7 if depth > 0:
                return self.boolean(depth - 1)
            case _:
                return self.literal()

    def number(self, depth: int) -> str:
        r = self.r
        if depth <= 0:
            return r.choice([str(r.choice(LONGS)), "context.n", "principal.n", "resource.cost", "context.mixed"])
        match r.randrange(6):
            case 0:
                return f"({self.number(depth - 1)} {r.choice(['+', '-', '*'])} {self.number(depth - 1)})"
            case 1:
                return f"(-{r.choice(['context.n', 'principal.n', '5'])})"
            case 2:
                unit = r.choice(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"])
                return f"{self.duration()}.{unit}()"
            case _:
                return self.number(0)

    def text(self) -> str:
        return self.r.choice(["context.role", "principal.role", *(quoted(text) for text in STRINGS)])

    def entity(self) -> str:
        return self.r.choice(
            ["principal", "resource", "action", "resource.owner", "context.owner", self.uid(), self.uid()]
        )

    def entity_or_set(self, depth: int) -> str:
        if self.r.random() < 0.5:
            return self.entity()
        return f"[{', '.join(self.entity() for _ in range(self.r.randint(0, 3)))}]" if depth else self.set(depth)

    def set(self, depth: int) -> str:
        if self.r.random() < 0.6 or depth <= 0:
            return self.r.choice(["resource.tags", "context.tags", "principal.mixed", "[1, 2]", "[]", "[true, 1]"])
        return f"[{', '.join(self.value(depth - 1) for _ in range(self.r.randint(0, 3)))}]"

    def ip(self) -> str:
        return self.r.choice(["context.addr", f'ip("{self.r.choice(IPS)}")'])

    def decimal(self) -> str:
        return self.r.choice(["resource.cost", f'decimal("{self.r.choice(DECIMALS)}")', "context.mixed"])

    def duration(self) -> str:
        when = f'datetime("{self.r.choice(DATES)}")'
        return self.r.choice(["context.len", f'duration("{self.r.choice(DURATIONS)}")', f"{when}.toTime()",
                              f"{when}.durationSince(context.when)"])  # fmt: skip

    def time(self, depth: int) -> str:
        when = self.r.choice(["context.when", f'datetime("{self.r.choice(DATES)}")'])
        return self.r.choice(
            [when, f"{when}.toDate()", f"{when}.offset({self.duration()})", self.duration(), self.number(depth - 1)]
        )

    # ---- data --------------------------------------------------------------------------------------------------------

    def json_value(self, attr: str, depth: int = 2) -> Any:
        r = self.r
        if r.random() < 0.12:
            attr = r.choice(ATTRS)  # the wrong type, now and then
        match attr:
            case "role":
                return r.choice(STRINGS)
            case "n":
                return r.choice([0, 1, 2, 5, *LONGS])
            case "flag":
                return r.random() < 0.5
            case "tags":
                return [r.choice([*STRINGS, 1, True]) for _ in range(r.randint(0, 3))]
            case "owner":
                return {"__entity": self.ref()}
            case "rec":
                return {} if depth == 0 else {"inner": {a: self.json_value(a, depth - 1) for a in r.sample(ATTRS, 2)}}
            case "when":
                return {"__extn": {"fn": "datetime", "arg": r.choice(DATES[:4])}}
            case "len":
                return {"__extn": {"fn": "duration", "arg": r.choice(DURATIONS[:5])}}
            case "cost":
                return {"__extn": {"fn": "decimal", "arg": r.choice(DECIMALS[:5])}}
            case "addr":
                return {"__extn": {"fn": "ip", "arg": r.choice(IPS[:8])}}
            case _:
                return [1, [True], {"n": 1}][r.randrange(3)]

    def ref(self) -> dict[str, str]:
        return {"type": self.r.choice(TYPES), "id": self.r.choice(IDS)}

    def record(self) -> dict[str, Any]:
        return {attr: self.json_value(attr) for attr in ATTRS if self.r.random() < 0.7}

    def entities(self) -> list[dict[str, Any]]:
        """Some of the uids, with parents only later in one fixed order, so that there is no cycle; and the actions."""
        every = [{"type": t, "id": i} for t in TYPES for i in IDS]
        rows = []
        for place, uid in enumerate(every):
            if self.r.random() < 0.8:
                later = every[place + 1 :]
                parents = self.r.sample(later, min(len(later), self.r.randint(0, 2)))
                row = {"uid": uid, "attrs": self.record(), "parents": parents}
                if self.r.random() < 0.5:
                    row["tags"] = {tag: self.json_value(self.r.choice(ATTRS)) for tag in TAGS if self.r.random() < 0.7}
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

    def links(self, templates: list[int], count: int) -> list[dict[str, Any]]:
        return [
            {
                "template_id": f"policy{self.r.choice(templates)}",
                "new_id": f"link{place}",
                "values": {"?principal": json.loads(json.dumps(self.ref()))},
            }
            for place in range(count)
        ]
