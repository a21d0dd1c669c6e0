"""``schema migrate``: renamed and optional attributes are rewritten in place, and the rules decide as they did.

The property: random renames and random attributes made optional over the support swarm's schema, its constitution and
random rules; migrated rules decide alike on migrated requests, and a missing attribute never lets more through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.language.schema_texts import schema_text
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.counterparts import SchemaPair
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    EntityType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from workbench.language.schema_data import migrate_case, migrate_entities, migrate_request
from workbench.language.schema_migrate import Migration, migrate_rules
from workbench.language.schema_reader import read_schema

SAMPLE = Path(__file__).parents[2] / "samples" / "support-swarm"
OLD = """
entity Team;
entity Agent in [Team] = { role: String, home: { city: String, "zip code": String }, level: Long };
entity Doc = { owner: Agent, tags: Set<String> } tags String;
action docs;
action read in [docs] appliesTo { principal: [Agent], resource: [Doc], context: { amount: Long } };
action hold appliesTo { principal: [Agent], resource: [Doc], context: { amount: Long } };
"""
NEW = """
entity Team;
@renamed_from("Agent") entity Bot in [Team] = {
  @renamed_from("role") post?: String,
  home: { @renamed_from("city") town: String, @renamed_from("zip code") zip?: String },
  level?: Long
};
entity Doc = { @renamed_from("owner") "kept by": Bot, tags?: Set<String> } tags String;
@renamed_from("docs") action papers;
@renamed_from("read") action "look at" in [papers]
  appliesTo { principal: [Bot], resource: [Doc], context: { @renamed_from("amount") sum: Long } };
action hold appliesTo { principal: [Bot], resource: [Doc], context: { @renamed_from("amount") when?: Long } };
"""


def migrated(source: str, old: str = OLD, new: str = NEW) -> Migration:
    assert not check(source, old, standing=True).errors, "the rule must be clean before it is migrated"
    return migrate_rules(source, read_schema(old), read_schema(new))


REWRITTEN = [
    (  # types and actions, with whatever stands between
        'permit (principal == Agent /* */ :: "x", action == Action::"read", resource is Doc);'.replace(" /* */ ", " "),
        'permit (principal == Bot :: "x", action == Action::"look at", resource is Doc);',
    ),
    (
        'forbid (principal is Agent in Team::"t", action in [Action::"read", Action::"hold"], resource);',
        'forbid (principal is Bot in Team::"t", action in [Action::"look at", Action::"hold"], resource);',
    ),
    (
        'permit (principal, action in Action::"docs", resource) when { resource.owner is Agent };',
        'permit (principal, action in Action::"papers", resource) when { resource["kept by"] is Bot };',
    ),
    (  # what permits: missing means no
        'permit (principal, action, resource) when { principal.role == "a" || resource.owner == principal };',
        "permit (principal, action, resource) "
        'when { principal has post && principal.post == "a" || resource["kept by"] == principal };',
    ),
    (  # what forbids: missing means yes
        "forbid (principal, action, resource) when { principal.level < 3 && /**/ true };".replace(" /**/", ""),
        "forbid (principal, action, resource) when { (if principal has level then principal.level < 3 else true)"
        " && true };",
    ),
    (
        'forbid (principal, action, resource) when { !(principal.role == "a") };',
        'forbid (principal, action, resource) when { if principal has post then !(principal.post == "a") else true };',
    ),
    (  # what spares from a forbid: missing means no
        'forbid (principal, action, resource) unless { (principal["role"]) like ("a") };'.replace('("a")', '"a"'),
        'forbid (principal, action, resource) unless { principal has post && (principal["post"]) like "a" };',
    ),
    (  # what takes from a permit: missing means yes
        "permit (principal, action, resource) unless { resource.tags.isEmpty() };",
        "permit (principal, action, resource) unless { if resource has tags then resource.tags.isEmpty() else true };",
    ),
    (  # what is tested already is left alone, under its new name
        'permit (principal, action, resource) when { principal has role && principal.role == "a" };',
        'permit (principal, action, resource) when { principal has post && principal.post == "a" };',
    ),
    (
        'permit (principal, action, resource) when { resource has owner.role && resource.owner.role == "a" };',
        'permit (principal, action, resource) when { (resource has "kept by" && resource["kept by"] has post) && '
        'resource["kept by"].post == "a" };',
    ),
    (  # what a test on the other side of `||` says is no help
        'permit (principal, action, resource) when { principal has role || principal.role == "a" };',
        "permit (principal, action, resource) when { principal has post || principal has post && "
        'principal.post == "a" };',
    ),
    (
        'permit (principal, action, resource) when { principal.home.city == principal.home["zip code"] };',
        "permit (principal, action, resource) when { principal.home has zip && "
        'principal.home.town == principal.home["zip"] };',
    ),
    (
        'procedure p { on action == Action::"hold" when amount > 5 // five\n'
        "  require approval from principal where principal.level > context.requester.level }",
        'procedure p { on action == Action::"hold" when if context has "when" then context.when > 5 else true // five\n'
        "  require approval from principal where principal has level && context.requester has level && "
        "principal.level > context.requester.level }",
    ),
    (
        "prefer score(1.0) (principal, action, resource) when { if principal.level > 1 then true else false };",
        "prefer score(1.0) (principal, action, resource) "
        "when { principal has level && (if principal.level > 1 then true else false) };",
    ),
    (
        '// a comment\n@id("x") permit(principal,action==Action::"hold",resource)when{context.amount>3};// end\n',
        '// a comment\n@id("x") permit(principal,action==Action::"hold",resource)'
        'when{context has "when" && context.when>3};// end\n',
    ),
]


@pytest.mark.parametrize(("before", "after"), REWRITTEN, ids=range(len(REWRITTEN)))
def test_rewritten(before: str, after: str) -> None:
    result = migrated(before)
    assert result.source == after
    assert result.left == ()
    assert result.edits


def test_what_a_person_must_do_is_told_with_its_place() -> None:
    new = NEW.replace('@renamed_from("role") post?: String,', "")
    result = migrated('permit (principal, action, resource)\nwhen { principal.role == "a" };', new=new)
    (left,) = result.left
    assert (left.code, left.start.line) == ("CP002", 2)
    assert result.source[left.span.start : left.span.end] == "role"


def test_a_test_for_what_is_gone_is_told_though_it_validates() -> None:
    new = NEW.replace('@renamed_from("role") post?: String,', "")
    source = "permit (principal is Agent, action, resource) when { principal has role || principal.level > 1 };"
    result = migrated(source, new=new)
    (left,) = result.left
    assert result.source[left.span.start : left.span.end] == "role"
    assert "never holds" in left.message


def test_tags_and_sets_are_followed() -> None:
    action = "action a appliesTo { principal: A, resource: A };"
    old = "entity A { s: Set<{ x: B }>, t: { y: Long } } tags { x: B, y: Long }; entity B { z: Long };" + action
    new = (
        'entity A { s: Set<{ @renamed_from("x") u: C }>, t: { @renamed_from("y") v: Long } }'
        ' tags { @renamed_from("x") w: C, y?: Long }; @renamed_from("B") entity C { z: Long };' + action
    )
    source = 'permit (principal, action, resource) when { principal.hasTag("y") && principal.getTag("y").x.z > 1 };'
    result = migrated(source, old, new)
    assert result.left == ()
    assert result.source == source.replace(".x.z", ".w.z")
    schemas = SchemaPair(read_schema(old), read_schema(new))
    b = {"__entity": {"type": "B", "id": "x"}}
    row = {"uid": {"type": "A", "id": "y"}, "attrs": {"s": [{"x": b}], "t": {"y": 1}}, "parents": []}
    (moved,) = migrate_entities([{**row, "tags": {"x": {"x": b, "y": 1}}}], schemas)
    c = {"__entity": {"type": "C", "id": "x"}}
    assert moved["attrs"] == {"s": [{"u": c}], "t": {"v": 1}}
    assert moved["tags"] == {"x": {"w": c, "y": 1}}


def test_a_read_that_cannot_be_guarded_is_left_to_a_person() -> None:
    old = "entity A { x: Long } tags { y: Long }; action a appliesTo { principal: A, resource: A };"
    source = 'permit (principal, action, resource) when { principal.hasTag("t") && principal.getTag("t").y > 1 };'
    result = migrated(source, old, old.replace("y:", "y?:"))
    assert result.source == source
    assert [found.code for found in result.left] == ["CP002"]


def test_two_types_that_call_it_differently_are_left_to_a_person() -> None:
    old = "entity A { x: Long }; entity B { x: Long }; action a appliesTo { principal: [A, B], resource: A };"
    new = old.replace("entity B { x", 'entity B { @renamed_from("x") y')
    result = migrated("permit (principal, action, resource) when { principal.x > 1 };", old, new)
    assert result.edits == ()
    assert [found.code for found in result.left] == ["CP002"]
    silent = migrated("forbid (principal, action, resource) when { principal has x };", old, new)
    assert silent.edits == ()
    (left,) = silent.left
    assert "`x` or `y`" in left.message, "it would validate, and mean something else"


def test_line_ends_and_characters_of_any_plane_stay() -> None:
    source = '// 😀 naïve\r\npermit (principal, action, resource)\r\n\twhen { principal.role == "😀" }; // é\r\n'
    result = migrated(source)
    assert result.source == source.replace("principal.role", "principal has post && principal.post")
    assert [edit.line for edit in result.edits] == [3, 3]


def test_a_schema_that_stays_changes_nothing() -> None:
    source = (SAMPLE / "constitution.cedarplus").read_text()
    schema = (SAMPLE / "schema.cedarschema").read_text()
    result = migrate_rules(source, read_schema(schema), read_schema(schema + "\n"))
    assert (result.source, result.edits, result.left) == (source, (), ())


def test_data_moves_with_the_names() -> None:
    schemas = SchemaPair(read_schema(OLD), read_schema(NEW))
    case = {
        "name": "c",
        "expect": "allow",
        "request": {
            "principal": 'Agent::"a"',
            "action": {"type": "Action", "id": "read"},
            "resource": 'Doc::"Agent"',
            "context": {"amount": 3},
        },
        "entities": [
            {
                "uid": {"type": "Agent", "id": "a"},
                "attrs": {"role": "amount", "home": {"city": "role", "zip code": "1"}, "level": 1},
                "parents": [{"type": "Team", "id": "t"}],
            },
            {
                "uid": {"__entity": {"type": "Doc", "id": "d"}},
                "attrs": {"owner": {"__entity": {"type": "Agent", "id": "a"}}, "tags": ["role"]},
                "parents": [],
                "tags": {"role": "owner"},
            },
        ],
    }
    moved = migrate_case(case, schemas)
    assert moved["request"] == {
        "principal": 'Bot::"a"',
        "action": {"type": "Action", "id": "look at"},
        "resource": 'Doc::"Agent"',
        "context": {"sum": 3},
    }
    assert moved["entities"][0] == {
        "uid": {"type": "Bot", "id": "a"},
        "attrs": {"post": "amount", "home": {"town": "role", "zip": "1"}, "level": 1},
        "parents": [{"type": "Team", "id": "t"}],
    }
    assert moved["entities"][1]["attrs"] == {"kept by": {"__entity": {"type": "Bot", "id": "a"}}, "tags": ["role"]}
    assert moved["entities"][1]["tags"] == {"role": "owner"}
    assert case["request"]["context"] == {"amount": 3}, "the case itself is not changed"  # type: ignore[index]


def test_nothing_makes_it_raise() -> None:
    policies = json.loads((Path(__file__).parent / "data" / "corpus_policies.json").read_text())
    schemas = [read_schema(OLD), read_schema(NEW)]
    for seed in range(120):
        with suppress(DiagnosticsError):
            schemas.append(read_schema(schema_text(Random(f"pair {seed}"))))
    assert len(schemas) > 25
    random = Random("nothing raises")
    for _ in range(150):
        old, new = random.choice(schemas), random.choice(schemas)
        source = "\n".join(map(str, random.sample(policies, 3)))
        result = migrate_rules(source, old, new)
        assert result.changed or result.source == source
        for row in ({}, {"uid": 3}, {"uid": {"type": "A", "id": "x"}, "attrs": 3, "parents": 3, "tags": 3}):
            migrate_case(
                {"request": {"action": 'Action::"act"', "context": [3]}, "entities": [row, 3]}, SchemaPair(old, new)
            )


# ---- the property ----------------------------------------------------------------------------------------------------


class Renamer:
    """A random new version of a schema: other names (attributes alike wherever they stand), some things optional."""

    def __init__(self, random: Random, schema: Schema) -> None:
        self.random = random
        self.types = {name: f"{name}{random.choice('XYZ')}" for name in schema.entity_types if random.random() < 0.4}
        self.names: dict[str, str] = {}
        self.optional: dict[str, bool] = {}

    def name(self, old: str) -> str:
        if old not in self.names:
            odd = self.random.choice([f"{old}2", f"the {old}", "on" + old.title(), f'"{old}"'])
            self.names[old] = odd if self.random.random() < 0.4 else old
            self.optional[old] = self.random.random() < 0.35
        return self.names[old]

    def attributes(self, old: Mapping[str, Attribute]) -> dict[str, Attribute]:
        found = {}
        for key, attribute in old.items():
            name = self.name(key)
            notes = {"renamed_from": key} if name != key else {}
            required = attribute.required and not self.optional[key]
            found[name] = Attribute(self.type(attribute.type), required, notes)
        return found

    def type(self, kind: Type) -> Type:
        match kind:
            case EntityRef(name=name):
                return EntityRef(self.types.get(name, name))
            case SetType(element=element):
                return SetType(self.type(element))
            case RecordType(attributes=attributes):
                return RecordType(self.attributes(attributes))
        return kind

    def entity(self, entity: EntityType) -> EntityType:
        name = self.types.get(entity.name, entity.name)
        notes = {"renamed_from": entity.name} if name != entity.name else {}
        parents = tuple(self.types.get(parent, parent) for parent in entity.parents)
        return replace(
            entity, name=name, parents=parents, attributes=self.attributes(entity.attributes), annotations=notes
        )

    def schema(self, old: Schema) -> Schema:
        uids = {uid: ("Action", f'{uid[1]} "now"' if self.random.random() < 0.3 else uid[1]) for uid in old.actions}
        entities = [self.entity(entity) for entity in old.entity_types.values()]
        actions = []
        for uid, action in old.actions.items():
            context = self.type(action.context)
            assert isinstance(context, RecordType)
            actions.append(
                ActionType(
                    id=uids[uid][1],
                    groups=tuple(uids[group] for group in action.groups),
                    principals=tuple(self.types.get(name, name) for name in action.principals),
                    resources=tuple(self.types.get(name, name) for name in action.resources),
                    context=context,
                    annotations={"renamed_from": uid[1]} if uids[uid] != uid else {},
                )
            )
        return Schema({e.name: e for e in entities}, {a.uid: a for a in actions})


ATOMS = [
    'principal.role == "agent"',
    "principal.trust > 65",
    "(principal.trust) + 5 > principal.reputation",
    'principal.languages.contains("de")',
    "principal == resource.owner",
    'resource.owner.region == "de"',
    'resource["priority"] like "h*"',
    "principal is Agent",
    'principal in Team::"frontline"',
    "context.amount < 100",
    "context.verified_identity",
    "!context.customer_consented",
    '[principal.region, "fr"].contains(resource.region)',
    "{ a: context.hour }.a > 12",
    "if context.hour > 12 then principal.trust > 70 else resource.tags.isEmpty()",
]


TESTED = ["principal has region", "resource has owner && resource.owner has region", "!(context has hour)"]


def condition(random: Random, atoms: list[str], depth: int = 0) -> str:
    if depth > 2 or random.random() < 0.35:
        atom = random.choice(atoms)
        return f"({atom})" if atom.startswith("if") or random.random() < 0.3 else atom
    left, right = condition(random, atoms, depth + 1), condition(random, atoms, depth + 1)
    kind = random.randrange(5)
    if kind == 0:
        return f"!({left})"
    if kind == 1:
        return f"(if {left} then {right} else {condition(random, atoms, depth + 1)})"
    return f"({left}) {random.choice(['&&', '||'])} ({right})" if random.random() < 0.7 else f"({left} || {right})"


def random_rules(random: Random, atoms: list[str]) -> str:
    rules = []
    for index in range(6):
        effect = random.choice(["permit", "forbid", "permit"])
        scope = random.choice(['action == Action::"reply"', 'action in [Action::"reply", Action::"close_ticket"]'])
        parts = [
            f"{random.choice(['when', 'unless'])} {{ {condition(random, atoms)} }}"
            for _ in range(random.randrange(1, 3))
        ]
        rules.append(f'@id("random {index}") {effect} (principal, {scope}, resource) {" ".join(parts)};')
    return "\n".join(rules)


RANK = {"deny": 0, "hold": 1, "allow": 2}


def test_migrated_rules_decide_alike() -> None:
    text = (SAMPLE / "schema.cedarschema").read_text()
    old = read_schema(text)
    directory = json.loads((SAMPLE / "directory.json").read_text())
    recorded = [json.loads(line) for line in (SAMPLE / "actions.jsonl").read_text().splitlines()[:2000:25]]
    constitution = (SAMPLE / "constitution.cedarplus").read_text()
    outcomes: set[str] = set()
    guarded = lost = 0
    for seed in range(40):
        random = Random(f"migrate {seed}")
        new = Renamer(random, old).schema(old)
        tested = seed % 3 == 2  # the author's own tests may mean anything for what is missing
        rules = random_rules(random, ATOMS + TESTED if tested else ATOMS)
        source = constitution + rules
        before = check(source, old)
        if before.program is None:
            assert {error.code for error in before.errors} == {"CP006"}, "only the same rule twice is no test"
            continue
        result = migrate_rules(source, old, new)
        assert result.left == (), (seed, [d.message for d in result.left], result.source)
        after = check(result.source, new).program
        assert after is not None
        guarded += sum("tested first" in edit.why for edit in result.edits)
        schemas = SchemaPair(old, new)
        was, now = Evaluator(before.program), Evaluator(after)
        places = {rule.id: index for index, rule in enumerate(before.program.rules)}
        for row in random.sample(recorded, 20):
            asked = {**row["request"], "context": {**row["request"]["context"], **row["facts"]}}
            entities = [*row["entities"], *directory]
            one = was.decide(Request.from_json(asked), entities)
            moved = migrate_request(asked, schemas)
            rows = migrate_entities(entities, schemas)
            two = now.decide(Request.from_json(moved), rows)
            assert one.outcome == two.outcome, (seed, asked, one, two)
            assert one.code != "invalid_request", one.errors
            assert sorted(places[rule] for rule in one.reasons) == sorted(
                index for index, rule in enumerate(after.rules) if rule.id in two.reasons
            )
            outcomes.add(one.outcome)
            if tested:
                continue
            three = now.decide(Request.from_json(without_optional(random, moved, new)), dropped(random, rows, new))
            assert three.code not in ("invalid_request", "invalid_entity", "evaluation_error"), three.errors
            assert RANK[three.outcome] <= RANK[two.outcome], (seed, moved, two, three)
            lost += RANK[three.outcome] < RANK[two.outcome]
    assert outcomes == {"allow", "deny", "hold"}
    assert guarded > 50
    assert lost > 10, "nothing that was left out ever mattered"


def without_optional(random: Random, request: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """The request with some optional attributes of its context left out."""
    action = next(a for a in schema.actions.values() if request["action"] == f"Action::{json.dumps(a.id)}")
    return {**request, "context": _fewer(random, request["context"], action.context.attributes)}


def dropped(random: Random, rows: list[Any], schema: Schema) -> list[Any]:
    """Entities with some optional attributes left out."""
    return [
        {**row, "attrs": _fewer(random, row["attrs"], schema.entity_types[row["uid"]["type"]].attributes)}
        for row in rows
    ]


def _fewer(random: Random, values: Mapping[str, Any], attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if attributes[k].required or random.random() < 0.5}
