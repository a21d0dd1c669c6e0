"""Random worlds that fit: a schema, rules that Cedar's strict validator passes, and data, valid and broken.

Rules are Cedar+; each also comes as the plain Cedar that stands for it, written here and not by the product, so that
Cedar can be asked what the rule says. In the templates below ``⟪x⟫`` is a bare name (``x`` or ``context.x``), and
``⟦a|<|0.8⟧`` a comparison with a decimal literal (``a < 0.8``, or the method).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tests.engine.generate import DECIMAL_ORDERS, ORDERS, attribute, quoted
from tests.engine.pools import DATETIMES, DECIMALS, DURATIONS, IPS, LONGS, PATTERNS, STRINGS, TEXTS

Type = tuple[Any, ...]  # ("long",) …, ("entity", name), ("set", Type), ("record", {name: (Type, required)})
Fields = dict[str, tuple[Type, bool]]

PLAIN = ["bool", "long", "long", "string", "string", "decimal", "ip", "datetime", "duration"]
NAMES = ["role", "n", "x y", "if", "owner", "price", "seen", "from", "tags", "flag", "level"]
IDENT = re.compile(r"[a-zA-Z]\w*")
SPELLED = {"bool": "Bool", "long": "Long", "string": "String", "ip": "ipaddr"}
IDS = ["a", "b", "c", "𝄞"]
METHOD = dict(zip(ORDERS, DECIMAL_ORDERS, strict=True))
MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass
class EntityKind:
    fields: Fields
    tags: Type | None
    parents: list[str]
    enum: list[str] | None = None


@dataclass
class ActionKind:
    groups: list[str]
    principals: list[str]
    resources: list[str]
    context: Fields


@dataclass
class TypedRule:
    """``plus`` is the rule; ``cedar`` a permit that is satisfied, or errs, exactly when the rule is, or does."""

    id: str
    kind: str
    observed: bool
    score: Decimal
    plus: str
    cedar: str


def spelled(type_: Type) -> str:
    match type_:
        case ("entity", name):
            return str(name)
        case ("set", element):
            return f"Set<{spelled(element)}>"
        case ("record", fields):
            return declared(fields)
        case (name,):
            return SPELLED.get(name, name)
    raise ValueError(type_)


def declared(fields: Fields) -> str:
    inner = [f"{quoted(name)}{'' if needed else '?'}: {spelled(of)}" for name, (of, needed) in fields.items()]
    return f"{{ {', '.join(inner)} }}"


def sugared(text: str) -> str:
    """The template as Cedar+."""
    text = re.sub(r"⟪(.*?)⟫", r"\1", text)
    return re.sub(r"⟦([^⟦⟧|]*)\|([^|]*)\|([^⟦⟧|]*)⟧", r"(\1 \2 \3)", text)


def plain(text: str) -> str:
    """The template as Cedar, by the rule of the language for a literal operand, on the right or on the left."""
    text = re.sub(r"⟪(.*?)⟫", r"context.\1", text)

    def method(found: re.Match[str]) -> str:
        left, op, right = found.groups()
        if op not in METHOD:
            return f'({left} {op} decimal("{right}"))'
        if re.fullmatch(r"-?\d+\.\d+", left):
            return f'({right}).{METHOD[MIRROR[op]]}(decimal("{left}"))'
        return f'({left}).{METHOD[op]}(decimal("{right}"))'

    return re.sub(r"⟦([^⟦⟧|]*)\|([^|]*)\|([^⟦⟧|]*)⟧", method, text)


class World:
    """One random schema, with rules and data for it."""

    def __init__(self, seed: int) -> None:
        r = self.r = Random(f"typed {seed}")
        self.types: dict[str, EntityKind] = {"Level": EntityKind({}, None, [], ["low", "high", "𝄞"])}
        names = ["Agent", "Team", "App::Doc"]
        for place, name in enumerate(names):
            parents = [other for other in names[place:] if r.random() < 0.5] + (["Level"] if r.random() < 0.2 else [])
            tags = self.type(1) if r.random() < 0.5 else None
            self.types[name] = EntityKind({}, tags, parents)
        for kind in self.types.values():
            if kind.enum is None:
                kind.fields = self.fields(r.randint(2, 6), 2)
        self.actions: dict[str, ActionKind] = {
            "all": ActionKind([], [], [], {}),
            "some": ActionKind(["all"], [], [], {}),
        }
        for name in ("read", "write", "send it"):
            principals, resources = r.sample(names, r.randint(1, 2)), r.sample([*names, "Level"], r.randint(1, 2))
            groups = r.choice([[], ["all"], ["some"], ["all", "some"]])
            self.actions[name] = ActionKind(groups, principals, resources, self.fields(r.randint(2, 6), 2))
        self.guards: list[str] = []
        self.bare: Fields | None = None

    # ---- the schema --------------------------------------------------------------------------------------------------

    def type(self, depth: int) -> Type:
        r = self.r
        match r.randrange(8):
            case 0 | 1:
                return ("entity", r.choice(["Agent", "Team", "App::Doc", "Level"]))
            case 2 if depth > 0:
                return ("set", self.type(depth - 1))
            case 3 if depth > 0:
                return ("record", self.fields(r.randint(1, 3), depth - 1))
            case _:
                return (r.choice(PLAIN),)

    def fields(self, count: int, depth: int) -> Fields:
        return {name: (self.type(depth), self.r.random() < 0.7) for name in self.r.sample(NAMES, count)}

    def schema(self) -> str:
        lines = []
        for name, kind in self.types.items():
            space, _, base = name.rpartition("::")
            if kind.enum is not None:
                text = f"entity {base} enum [{', '.join(map(quoted, kind.enum))}];"
            else:
                within = f" in [{', '.join(kind.parents)}]" if kind.parents else ""
                tags = f" tags {spelled(kind.tags)}" if kind.tags else ""
                text = f"entity {base}{within} = {declared(kind.fields)}{tags};"
            lines.append(f"namespace {space} {{ {text} }}" if space else text)
        for name, action in self.actions.items():
            within = f" in [{', '.join(map(quoted, action.groups))}]" if action.groups else ""
            sides = f"principal: [{', '.join(action.principals)}], resource: [{', '.join(action.resources)}]"
            applies = f" appliesTo {{ {sides}, context: {declared(action.context)} }}" if action.principals else ""
            lines.append(f"action {quoted(name)}{within}{applies};")
        return "\n".join(lines)

    # ---- rules -------------------------------------------------------------------------------------------------------

    def rule(self, number: int) -> TypedRule:
        r = self.r
        name = r.choice(["read", "write", "send it"])
        action = self.actions[name]
        principal, resource = r.choice(action.principals), r.choice(action.resources)
        kind = r.choice(["permit", "permit", "forbid", "prefer", "procedure"])
        self.bare = action.context if kind == "procedure" else None
        holders = {"context": action.context}
        if kind != "procedure":
            holders |= {"principal": self.types[principal].fields, "resource": self.types[resource].fields}
        observed = r.random() < 0.15
        score = Decimal(r.choice(["0.1", "0.2", "-0.3", "1", "999999.9999", "-1000000"]))
        stage = '@stage("observe") ' if observed else ""
        on = f"action == Action::{quoted(name)}"
        if action.groups and r.random() < 0.3 and not action.context:
            on = f"action in Action::{quoted(r.choice(action.groups))}"
        elif r.random() < 0.2:
            on = f"action in [Action::{quoted(name)}, Action::{quoted(name)}]"
        own = f'@id("r{number}") {stage}'
        if kind == "procedure":
            body = self.condition(holders, action, principal, resource)
            text = f"procedure p{number} {{ on {on} when {{ {body} }} require approval from principal }}"
            return TypedRule(
                f"r{number}", kind, observed, score, own + sugared(text),
                f"permit (principal, {on}, resource) when {{ {plain(body)} }};",
            )  # fmt: skip
        scope = f"({self.side('principal', principal)}, {on}, {self.side('resource', resource)})"
        conditions = "".join(
            f" {r.choice(['when', 'when', 'unless'])} {{ {self.condition(holders, action, principal, resource)} }}"
            for _ in range(r.randint(0, 2))
        )
        head = f"prefer score({score:f})" if kind == "prefer" else kind
        head = head if "." in head or kind != "prefer" else head.replace(")", ".0)")
        return TypedRule(
            f"r{number}", kind, observed, score, f"{own}{head} {scope}{sugared(conditions)};",
            f"permit {scope}{plain(conditions)};",
        )  # fmt: skip

    def side(self, holder: str, type_: str) -> str:
        match self.r.randrange(4):
            case 0 if self.types[type_].parents:
                return f"{holder} is {type_} in {self.uid(self.r.choice(self.types[type_].parents))}"
            case 1:
                return f"{holder} == {self.uid(type_)}"
            case _:
                return f"{holder} is {type_}"

    def uid(self, type_: str) -> str:
        return f"{type_}::{quoted(self.r.choice(self.types[type_].enum or IDS))}"

    def condition(self, holders: dict[str, Fields], action: ActionKind, principal: str, resource: str) -> str:
        self.holders = holders
        self.sides = [] if self.bare is not None else [("principal", principal), ("resource", resource)]
        return " && ".join(self.boolean(2) for _ in range(self.r.randint(1, 3)))

    def boolean(self, depth: int) -> str:
        """An expression of type Bool that guards every optional attribute that it reads."""
        r = self.r
        if depth > 0 and r.random() < 0.5:
            match r.randrange(4):
                case 0:
                    return f"({self.boolean(depth - 1)} || {self.boolean(depth - 1)})"
                case 1:
                    return f"!({self.boolean(depth - 1)})"
                case 2:
                    parts = [self.boolean(depth - 1) for _ in range(3)]
                    return f"(if {parts[0]} then {parts[1]} else {parts[2]})"
                case _:
                    return f"({self.boolean(depth - 1)} && {self.boolean(depth - 1)})"
        outer, self.guards = self.guards, []
        atom = self.atom()
        guarded = " && ".join([*dict.fromkeys(self.guards), atom])
        self.guards = outer
        return f"({guarded})"

    def atom(self) -> str:
        r = self.r
        for _ in range(20):
            type_ = self.type(1)
            found = self.path(type_)
            if found is None:
                continue
            match type_:
                case ("bool",):
                    return found
                case ("long",):
                    return f"{self.number(found)} {r.choice([*ORDERS, '=='])} {self.number(self.value(type_))}"
                case ("string",):
                    return r.choice([f"{found} == {self.value(type_)}", f'{found} like "{r.choice(PATTERNS)}"'])
                case ("decimal",):
                    literal = r.choice([text for text in DECIMALS if len(text) < 8])
                    op = r.choice([*ORDERS, *ORDERS, "==", "!="])
                    left, right = (found, literal) if op in ("==", "!=") or r.random() < 0.6 else (literal, found)
                    plainly = f"{found}.{METHOD[r.choice(ORDERS)]}({self.value(type_)})"
                    return f"⟦{left}|{op}|{right}⟧" if not set("⟦⟧|") & set(found) else plainly
                case ("ip",):
                    return f"{found}.{r.choice(['isIpv4()', 'isLoopback()', f'isInRange({self.value(type_)})'])}"
                case ("datetime",):
                    moved = r.choice([found, f"{found}.offset({self.value(('duration',))})", f"{found}.toDate()"])
                    return f"{moved} {r.choice(ORDERS)} {self.value(type_)}"
                case ("duration",):
                    return r.choice([f"{found} <= {self.value(type_)}", f"{found}.toDays() > {self.value(('long',))}"])
                case ("entity", name):
                    others = [f"== {self.value(type_)}", f"in {self.value(type_)}", f"is {name}"]
                    others += [f"in {self.uid(parent)}" for parent in self.types[name].parents]
                    return f"{found} {r.choice(others)}"
                case ("set", element):
                    one = self.value(element)
                    return r.choice(
                        [f"{found}.contains({one})", f"{found}.containsAny([{one}])", f"!{found}.isEmpty()"]
                    )
                case _:
                    return f"{found} == {found}"
        return "true"

    def number(self, text: str) -> str:
        if self.r.random() < 0.6:
            return text
        return f"({text} {self.r.choice(['+', '-', '*'])} {self.r.choice(LONGS)})"

    def value(self, type_: Type) -> str:
        found = self.path(type_) if self.r.random() < 0.3 else None
        return self.literal(type_) if found is None else found

    def path(self, type_: Type) -> str | None:
        """Some way to a value of this type; what it must be guarded with goes to ``guards``."""
        ways: list[tuple[str, list[str]]] = [(side, []) for side, name in self.sides if type_ == ("entity", name)]
        for holder, fields in self.holders.items():
            self._ways(holder, fields, type_, [], ways, 2)
        for side, name in self.sides:
            if self.types[name].tags == type_ and type_[0] in ("bool", "long", "string"):
                tag = quoted(self.r.choice(["t1", "t 2"]))
                ways.append((f"{side}.getTag({tag})", [f"{side}.hasTag({tag})"]))
        if not ways:
            return None
        text, guards = self.r.choice(ways)
        self.guards += guards
        return text

    def _ways(self, holder: str, fields: Fields, wanted: Type, guards: list[str], out: list[Any], depth: int) -> None:
        for name, (type_, needed) in fields.items():
            own = (
                guards
                if needed
                else [*guards, f"{holder} has {name if IDENT.fullmatch(name) and name != 'if' else quoted(name)}"]
            )
            text = attribute(holder, name) if IDENT.fullmatch(name) is None or name == "if" else f"{holder}.{name}"
            if self.bare is not None and holder == "context" and IDENT.fullmatch(name) and name not in ("if", "from"):
                text = f"⟪{name}⟫" if self.r.random() < 0.5 else text
            if type_ == wanted:
                out.append((text, own))
            if depth > 0 and type_[0] == "record":
                self._ways(text, type_[1], wanted, own, out, depth - 1)
            if depth > 0 and type_[0] == "entity":
                self._ways(text, self.types[type_[1]].fields, wanted, own, out, depth - 1)

    def literal(self, type_: Type) -> str:
        r = self.r
        match type_:
            case ("bool",):
                return r.choice(["true", "false"])
            case ("long",):
                return str(r.choice(LONGS))
            case ("string",):
                return quoted(r.choice(STRINGS))
            case ("entity", name):
                return self.uid(name)
            case ("set", element):
                return f"[{', '.join(self.literal(element) for _ in range(r.randint(1, 2)))}]"
            case ("record", fields):
                inner = [f"{quoted(name)}: {self.literal(of)}" for name, (of, _) in fields.items()]
                return f"{{{', '.join(inner)}}}"
            case (extension,):
                return f"{extension}({quoted(r.choice(TEXTS[extension]))})"
        raise ValueError(type_)

    # ---- data --------------------------------------------------------------------------------------------------------

    def json(self, type_: Type) -> Any:
        r = self.r
        match type_:
            case ("bool",):
                return r.random() < 0.5
            case ("long",):
                return r.choice(LONGS)
            case ("string",):
                return r.choice(STRINGS)
            case ("entity", name):
                ref = self.ref(name)
                return ref if r.random() < 0.5 else {"__entity": ref}
            case ("set", element):
                return [self.json(element) for _ in range(r.randint(0, 3))]
            case ("record", fields):
                return self.record(fields)
            case (extension,):
                texts = {"ip": IPS, "decimal": DECIMALS, "datetime": DATETIMES, "duration": DURATIONS}[extension]
                text = r.choice(texts)
                call = {"fn": extension, "arg": text}
                return r.choice([text, call, {"__extn": call}])
        raise ValueError(type_)

    def record(self, fields: Fields) -> dict[str, Any]:
        return {name: self.json(of) for name, (of, needed) in fields.items() if needed or self.r.random() < 0.6}

    def ref(self, type_: str) -> dict[str, str]:
        return {"type": type_, "id": self.r.choice(self.types[type_].enum or IDS)}

    def entities(self) -> list[dict[str, Any]]:
        """Most of the entities there can be; parents stand later in one fixed order."""
        r = self.r
        every = [(name, id_) for name, kind in self.types.items() if kind.enum is None for id_ in IDS]
        rows = []
        for place, (name, id_) in enumerate(every):
            if r.random() < 0.1:
                continue
            kind = self.types[name]
            later = [{"type": t, "id": i} for t, i in every[place + 1 :] if t in kind.parents]
            if "Level" in kind.parents:
                later.append(self.ref("Level"))
            row: dict[str, Any] = {
                "uid": {"type": name, "id": id_},
                "attrs": self.record(kind.fields),
                "parents": r.sample(later, min(len(later), r.randint(0, 2))),
            }
            if kind.tags is not None and r.random() < 0.7:
                row["tags"] = {tag: self.json(kind.tags) for tag in ("t1", "t 2") if r.random() < 0.7}
            rows.append(row)
        return rows

    def request(self) -> dict[str, Any]:
        name = self.r.choice(["read", "write", "send it"])
        action = self.actions[name]
        return {
            "principal": self.ref(self.r.choice(action.principals)),
            "action": {"type": "Action", "id": name},
            "resource": self.ref(self.r.choice(action.resources)),
            "context": self.record(action.context),
        }
