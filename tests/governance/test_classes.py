"""The class of an amendment: every row of the table, and no field of the artifact without a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tests.governance.chains import ANA, EVE, FORBID, ROSTER, RULES, SAM, SCHEMA, Chain, case, content
from workbench.governance.artifact import (
    Amendment,
    ConstitutionVersion,
    Content,
    TestCase,
    TestRequest,
)
from workbench.governance.chain import verify_chain
from workbench.governance.classes import DECISIONS, ClassReport, amendment_class, possible_classes
from workbench.governance.genesis import build_amendment
from workbench.governance.roster import RosterEntry
from workbench.governance.rule_changes import RulePairs, rule_changes
from workbench.governance.schema_changes import schema_changes
from workbench.language.check import check
from workbench.language.program import Program, Rule
from workbench.language.schema import ActionType, Attribute, EntityType, RecordType

COMPILES = {"Anyone may reply to a ticket.": "may-reply"}


def compiles(sentence: str, rule: Rule) -> bool:
    """Stands for the compiler: knows one sentence."""
    return COMPILES.get(sentence) == rule.id


def program(text: Content) -> Program:
    result = check(text.cedar_plus_source, text.schema_text)
    assert result.program is not None, result.errors
    return result.program


def report(old: Content, new: Content) -> ClassReport:
    chain = Chain()
    chain.versions.append(chain.genesis(old))
    child = build_amendment(
        chain.head, new, cls="minor", proposed_by=ANA.principal, created_at=chain.later(), summary="x"
    )
    return amendment_class(chain.head, child, program(old), program(new), still_compiles=compiles)


def rules(old: str, new: str, **changes: Any) -> ClassReport:
    assert old != new
    return report(content(old, **changes), content(new, **changes))


def edited(before: str, after: str, base: str = RULES) -> ClassReport:
    assert before in base
    return rules(base, base.replace(before, after, 1))


def test_nothing_changed_has_no_class() -> None:
    assert report(content(), content()) == ClassReport("", ())


CLOSE = "action close appliesTo { principal: [Agent], resource: [Ticket] };"
DOC = '@id("may-reply")\n@doc("said")'
ENGLISH = '@id("may-reply")\n@english("Anyone may reply to a ticket.")'
MINOR_TIMELOCK = "on amendment minor\n  with timelock 1 second"
PREFER = RULES[RULES.index('@id("likes-short")') : RULES.index("procedure big_reply")]
ON_MEMORY = 'forbid (principal, action == Action::"read_memory", resource);\n'
PREFER_MEMORY = 'prefer score(1.0) (principal, action in Action::"memory", resource);\n'
LYING_PREFER = RULES.replace("prefer", '@english("Never share.")\nprefer')
NEW_PROCEDURE = 'procedure p { on action == Action::"share_external" require approval from principal }\n'


@pytest.mark.parametrize(
    ("cls", "made"),
    [
        # minor
        ("minor", lambda: edited('@id("may-reply")', DOC)),
        ("minor", lambda: edited('@id("may-reply")', ENGLISH)),
        ("minor", lambda: rules(RULES, "// a comment\n" + RULES)),
        ("minor", lambda: edited("score(1.0)", "score(1.5)")),
        ("minor", lambda: rules(RULES.replace(PREFER, ""), RULES)),
        # major
        ("major", lambda: rules(RULES, RULES + FORBID)),
        ("major", lambda: rules(RULES + FORBID, RULES)),
        ("major", lambda: rules(RULES + FORBID, RULES + FORBID.replace('"email"', '"pii"'))),
        ("major", lambda: rules(RULES + FORBID, RULES + FORBID.replace("no-email", "no-mail"))),
        ("major", lambda: rules(RULES + FORBID, RULES + '@stage("observe")' + FORBID)),
        ("major", lambda: rules(RULES + '@stage("observe")' + FORBID, RULES + FORBID)),
        ("major", lambda: rules(RULES, RULES.replace(PREFER, ""))),
        ("major", lambda: rules(RULES.replace(PREFER, ""), LYING_PREFER)),
        ("major", lambda: rules(RULES, RULES + NEW_PROCEDURE)),
        ("major", lambda: rules(RULES, RULES.replace("prefer score(1.0)", "permit"))),
        # sensitive
        ("sensitive", lambda: edited("on amendment minor", MINOR_TIMELOCK)),
        ("sensitive", lambda: rules(RULES, RULES[: RULES.index("procedure amend_sensitive")])),
        ("sensitive", lambda: rules(RULES[: RULES.index("procedure amend_sensitive")], RULES)),
        ("sensitive", lambda: edited("amount > 500", "amount > 501")),
        ("sensitive", lambda: edited("procedure big_reply", "procedure large_reply")),
        ("sensitive", lambda: edited("procedure big_reply", '@stage("observe")\nprocedure big_reply')),
        ("sensitive", lambda: rules(RULES + NEW_PROCEDURE, RULES)),
        ("sensitive", lambda: rules(RULES, RULES + ON_MEMORY)),
        ("sensitive", lambda: rules(RULES, RULES + "forbid (principal, action, resource) when { false };")),
        ("sensitive", lambda: rules(RULES, RULES + PREFER_MEMORY)),
        ("sensitive", lambda: edited('@id("may-read")', '@id("may-read")\n@stage("observe")')),
        ("sensitive", lambda: edited('@id("may-read")', '@id("may-read-memory")')),
        ("sensitive", lambda: edited('@id("may-reply")', '@id("may-reply")\n@english("Nobody may reply.")')),
        ("sensitive", lambda: edited('@id("may-reply")', '@id("may-reply")\n@norm("x")')),
    ],
)  # fmt: skip
def test_changes_of_rules(cls: str, made: Any) -> None:
    found = made()
    assert found.cls == cls, found.reasons


def test_the_highest_class_counts_and_every_reason_is_given() -> None:
    new = RULES.replace("score(1.0)", "score(2.0)").replace("amount > 500", "amount > 9") + FORBID
    found = rules(RULES, new)
    assert found.cls == "sensitive"
    assert [reason.partition(":")[0] for reason in found.reasons] == ["sensitive", "major", "minor"]
    assert found.reasons[1] == "major: the forbid `no-email` is added"


def test_order_and_layout_of_rules_are_minor() -> None:
    parts = RULES.split("\n\n")
    assert rules(RULES, "\n\n".join(reversed(parts))).cls == "minor"
    assert rules(RULES, RULES.replace("(principal,", "(\n  principal,")).cls == "minor"


@pytest.mark.parametrize(
    ("cls", "before", "after"),
    [
        ("minor", "entity Agent", '@doc("who acts")\nentity Agent'),
        ("minor", "entity Agent", "// who acts\nentity Agent"),
        ("major", "reply to …", "answer …"),
        ("major", "tags: Set<String>", '@values("email: addresses") tags: Set<String>'),
        ("major", "entity Ticket", "entity Team;\nentity Ticket"),
        ("major", "action memory;", 'action memory;\n' + CLOSE),
        ("major", "scope: String", "scope: String, note?: String"),
        ("sensitive", "scope: String", "scope: String, note: String"),
        ("sensitive", '@source("server") hour', '@source("caller") hour'),
        ("sensitive", '@source("server") hour', "hour"),
        ("sensitive", "amount: Long", "@volatile amount: Long"),
        ("sensitive", "scope: String", "scope?: String"),
        ("sensitive", "scope: String", "scope: Long"),
        ("sensitive", "tags: Set<String>, ", "tags: Set<String>, scope2: { a: String }, "),
        ("sensitive", "read_memory in [memory]", "read_memory"),
        ("sensitive", "entity Agent =", "entity Agent in [Ticket] ="),
        ("sensitive", "entity Ticket = {", "entity Ticket = { extra: Bool,"),
    ],
)  # fmt: skip
def test_changes_of_the_schema(cls: str, before: str, after: str) -> None:
    assert before in SCHEMA
    found = report(content(), content(schema_text=SCHEMA.replace(before, after, 1)))
    assert found.cls == cls, found.reasons


def test_taking_words_or_types_out_of_the_schema() -> None:
    more = content(schema_text=SCHEMA + "entity Team;\n")
    assert report(more, content()).cls == "sensitive"
    assert report(content(), content(schema_text=SCHEMA.replace('@phrase("reply to …") ', ""))).cls == "major"


@pytest.mark.parametrize(
    ("cls", "old", "new"),
    [
        ("minor", (), (case(),)),
        ("minor", (case(),), (case(reviewed_by=ANA.principal),)),
        ("minor", (case("a"), case("b")), (case("b"), case("a"))),
        ("major", (case(),), ()),
        ("major", (case(),), (case(expect="deny"),)),
        ("major", (case(),), (case(expect="deny", reviewed_by=ANA.principal),)),
        ("sensitive", (case(reviewed_by=ANA.principal),), ()),
        ("sensitive", (case(reviewed_by=ANA.principal),), (case(),)),
        ("sensitive", (case(reviewed_by=ANA.principal),), (case(reviewed_by=SAM.principal),)),
        ("sensitive", (case(reviewed_by=ANA.principal),), (case(expect="deny", reviewed_by=ANA.principal),)),
        ("sensitive", (case(reviewed_by=ANA.principal),), (case("renamed", reviewed_by=ANA.principal),)),
    ],
)  # fmt: skip
def test_changes_of_tests(cls: str, old: tuple[TestCase, ...], new: tuple[TestCase, ...]) -> None:
    found = report(content(test_cases=old), content(test_cases=new))
    assert found.cls == cls, found.reasons


SAID = "Anyone may reply to a ticket."
WITH_ENGLISH = RULES.replace('@id("may-reply")', ENGLISH)
FORBID_SAID = '@english("Never share addresses.")' + FORBID
FORBID_TOO = FORBID_SAID.replace("no-email", "no-pii").replace('"email"', '"pii"')


@pytest.mark.parametrize(
    ("cls", "old", "new"),
    [
        ("minor", (RULES, ""), (RULES, "# Rules\n\n<!-- to do -->\n")),
        ("minor", (WITH_ENGLISH, ""), (WITH_ENGLISH, SAID)),
        ("minor", (RULES, ""), (WITH_ENGLISH, SAID)),
        ("minor", (WITH_ENGLISH, SAID), (WITH_ENGLISH, f"# Rules\n\n- {SAID}\n")),
        ("major", (RULES, ""), (RULES + FORBID_SAID, "Never share addresses.")),
        ("major", (RULES + FORBID_SAID, "Never share addresses."), (RULES, "")),
        ("sensitive", (RULES, ""), (RULES, "Never share addresses.")),
        ("sensitive", (RULES, "Never share addresses."), (RULES, "")),
        ("sensitive", (WITH_ENGLISH, SAID), (WITH_ENGLISH, "")),
        ("sensitive", (WITH_ENGLISH, SAID), (RULES, "")),
        ("sensitive", (RULES + FORBID_SAID, ""), (RULES + FORBID_SAID, "Never share addresses.")),
        ("sensitive", (RULES, ""), (RULES + FORBID_SAID, "Never share addresses. Always be kind.")),
        ("sensitive", (RULES + FORBID_SAID, ""), (RULES + FORBID_SAID + FORBID_TOO, "Never share addresses.")),
        ("sensitive", (RULES + FORBID_SAID + FORBID_TOO, "Never share addresses."), (RULES + FORBID_SAID, "")),
    ],
)  # fmt: skip
def test_changes_of_the_english(cls: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    found = report(content(old[0], english_source=old[1]), content(new[0], english_source=new[1]))
    assert found.cls == cls, found.reasons


def test_roster_and_invariants_are_sensitive() -> None:
    for changes in ({"roster": (*ROSTER, EVE.entry)}, {"invariants": "// one\n"}):
        found = report(content(), content(**changes))
        assert found.cls == "sensitive"


ANAS_OTHER = RosterEntry(principal=ANA.principal, role="operator", keys=EVE.entry.keys)
ANA_ABOVE = RosterEntry(principal=ANA.principal, role="supervisor", keys=ANA.entry.keys)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ((*ROSTER, EVE.entry), [f"`{EVE.principal}` joins the roster as operator"]),
        (ROSTER[1:], [f"`{ANA.principal}` leaves the roster"]),
        ((ANA_ABOVE, *ROSTER[1:]), [f"the role of `{ANA.principal}` is changed from operator to supervisor"]),
        ((ANAS_OTHER, *ROSTER[1:]), [f"the keys of `{ANA.principal}` are changed: 1 added, 1 removed"]),
        (
            (EVE.entry, *ROSTER[1:]),
            [f"`{ANA.principal}` leaves the roster", f"`{EVE.principal}` joins the roster as operator"],
        ),
        (tuple(reversed(ROSTER)), ["the order of the roster is changed"]),
    ],
)
def test_what_changes_in_the_roster_is_told_person_by_person(new: tuple[RosterEntry, ...], why: list[str]) -> None:
    assert report(content(), content(roster=new)) == ClassReport(
        "sensitive", tuple(f"sensitive: {each}" for each in why)
    )


def models_in(annotation: Any) -> set[type[BaseModel]]:
    """The models that stand anywhere in the type of a field: in it alone, in lists, beside ``None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {model for part in get_args(annotation) for model in models_in(part)}


def leaves(model: type[BaseModel], prefix: str = "") -> set[str]:
    """Every field of a model and of the models in it, to the ground; ``[]`` stands for what is in a list."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = models_in(field.annotation)
        listed = "[]" if "tuple" in str(field.annotation) else ""
        for each in inner:
            found |= leaves(each, f"{prefix}{name}{listed}.")
        if not inner:
            found.add(prefix + name)
    return found


def decided(path: str) -> str:
    """The decision of the field itself, or of what it stands in."""
    while path not in DECISIONS and "." in path:
        path = path.rpartition(".")[0].removesuffix("[]")
    return DECISIONS.get(path, "")


def test_every_field_of_the_artifact_has_a_decision() -> None:
    """Fails when a field is added at any depth: decide how a change in it is classed, and say so."""
    paths = leaves(ConstitutionVersion)
    assert {path for path in paths if not decided(path)} == set()
    used = {path for path in DECISIONS if any(f"{leaf}.".startswith((f"{path}.", f"{path}[]")) for leaf in paths)}
    assert used == set(DECISIONS), "a decision about a field that is not there"
    # the depth that this walk must reach, so that it cannot pass by looking at nothing
    assert {"content.test_cases[].request.context", "content.roster[].keys", "amendment.cls"} <= paths
    assert {path for path in paths if decided(path) == "sensitive"} >= {
        "content.invariants",
        "content.includes[].digest",
    }


def test_a_field_of_the_content_that_nobody_decided_is_sensitive_at_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("test_cases", "english_source", "cedar_plus_source", "schema_text"):
        monkeypatch.delitem(DECISIONS, f"content.{name}")
    changes: tuple[dict[str, Any], ...] = (
        {"test_cases": (case(reviewed_by=ANA.principal),)},
        {"english_source": "# title"},
        {"rules": RULES + "// comment\n"},
        {"schema_text": SCHEMA + "// comment\n"},
    )
    for change in changes:
        assert report(content(), content(**change)).cls == "sensitive"


RULE_NOTES = ("doc", "english", "id", "stage", "norm", "anything_else")
SCHEMA_NOTES = ("doc", "phrase", "values", "source", "volatile", "anything_else")


@pytest.mark.parametrize("name", RULE_NOTES)
def test_every_annotation_of_a_rule_has_a_class(name: str) -> None:
    """``@doc`` and English that compiles are minor, ``@id`` and ``@stage`` major, whatever else there may be sensitive.

    Asked of the comparison itself: the language would refuse names that it does not know.
    """
    old = program(content()).rules[0]
    before = {"id": "may-reply", "stage": "enforce", "english": "Anyone may reply to a ticket."}
    new = replace(old, annotations={**before, name: "enforce" if name == "stage" else "changed"})
    new = replace(new, annotations={**new.annotations, **({"stage": "observe"} if name == "stage" else {})})
    pairs = RulePairs(((replace(old, annotations=before), new),), (), (), ())
    (found,) = rule_changes(pairs, program(content()), program(content()), lambda _s, _r: True)
    assert found.cls == {"doc": "minor", "english": "minor", "id": "major", "stage": "major"}.get(name, "sensitive")


@pytest.mark.parametrize("name", SCHEMA_NOTES)
def test_every_annotation_of_a_schema_has_a_class(name: str) -> None:
    old = program(content()).schema
    assert old is not None
    agent = old.entity_types["Agent"]
    new = replace(old, entity_types={**old.entity_types, "Agent": replace(agent, annotations={name: "x"})})
    (found,) = schema_changes(old, new)
    assert found.cls == {"doc": "minor", "phrase": "major", "values": "major"}.get(name, "sensitive")


@pytest.mark.parametrize(("kind", "place"), [(EntityType, "entity_types"), (ActionType, "actions")])
def test_every_field_of_a_declaration_in_a_schema_has_a_class(kind: type, place: str) -> None:
    """A field that is added to the schema's values makes a class by itself: none is passed over."""
    old = program(content()).schema
    assert old is not None
    name, before = next((n, d) for n, d in getattr(old, place).items() if n in ("Ticket", ("Action", "reply")))
    for field in fields(kind):
        if field.compare and field.name not in ("name", "uid"):
            after = replace(before, **{field.name: another(getattr(before, field.name))})
            changed = replace(old, **{place: {**getattr(old, place), name: after}})
            assert list(schema_changes(old, changed)), field.name


def another(value: Any) -> Any:
    """A value of the same kind that is not equal."""
    match value:
        case bool():
            return not value
        case str():
            return value + "x"
        case None:
            return RecordType({})
        case RecordType():
            return RecordType({"extra": Attribute(RecordType({}), required=False)})
        case Mapping():
            attributes = any(isinstance(item, Attribute) for item in value.values())
            return {**value, "extra": Attribute(RecordType({}), required=False) if attributes else "x"}
        case frozenset():
            return value | {"extra"}
        case tuple():
            return (*value, "extra")
        case _:
            return object()


# ---- what a compiler thinks, then and now ----------------------------------------------------------------------------


LIE = "Nobody may ever reply."


def link(old: Content, new: Content, cls: str) -> Chain:
    chain = Chain()
    chain.grow(chain.genesis(old), wait=0)
    chain.grow(chain.amendment(new, cls=cls), ANA, SAM, wait=99)
    return chain


def reworded(sentence: str) -> Content:
    return content(RULES.replace('@id("may-reply")', f'@id("may-reply")\n@english("{sentence}")'))


@pytest.mark.parametrize("cls", ["minor", "sensitive"])
@pytest.mark.parametrize("sentence", ["Zorgle the flumph.", "Agents may reply to a ticket."])
def test_a_past_link_keeps_its_class_whatever_the_compiler_reads_today(cls: str, sentence: str) -> None:
    """Only the compiler's opinion stands between minor and sensitive here, and compilers change."""
    chain = link(content(), reworded(sentence), cls)
    found = verify_chain(chain.files())
    assert found.ok, found.message
    today = amendment_class(chain.versions[0], chain.head, program(content()), program(reworded(sentence))).cls
    told = [line.message for line in found.lines if "amendment of" in line.message]
    assert ("by today's it would be" in told[0]) == (today != cls), "and it says so where today's sees it otherwise"


@pytest.mark.parametrize(
    ("new", "cls"),
    [
        (reworded(LIE), "major"),  # no opinion makes it that
        (content(RULES + FORBID), "minor"),
        (content(RULES + FORBID), "sensitive"),
        (content(RULES.replace("amount > 500", "amount > 9")), "major"),
        (content(roster=(*ROSTER, EVE.entry)), "minor"),
        (content(RULES + "// comment\n"), "major"),
    ],
)
def test_a_past_link_has_no_class_that_structure_rules_out(new: Content, cls: str) -> None:
    assert verify_chain(link(content(), new, cls).files()).code == (
        "" if cls == "major" and new == reworded(LIE) else "wrong_class"
    )


def test_possible_classes_enclose_what_any_compiler_says() -> None:
    old, new = content(), reworded("Anyone may reply to a ticket.")
    chain = Chain(versions=[Chain().genesis(old)])
    child = chain.amendment(new)
    low, high = possible_classes(chain.head, child, program(old), program(new))
    assert (low.cls, high.cls) == ("minor", "sensitive")
    plain = chain.amendment(content(RULES + FORBID))
    low, high = possible_classes(chain.head, plain, program(old), program(content(RULES + FORBID)))
    assert low == high


def test_every_field_inside_the_lists_of_the_artifact_counts() -> None:
    """Every field of a test case and of a roster entry makes a class when it alone changes."""
    plain = case().to_mapping()
    other: dict[str, Any] = {
        "name": "another",
        "entities": [],
        "expect": "deny",
        "procedure": "big_reply",
        "reviewed_by": ANA.principal,
        "requires": {"big_reply": "require 2 approvals from principal"},
        "procedures": ["big_reply"],
        "score": "2.0",
        "observed": ["trial"],
        "unobserved": ["trial"],
        "origin": "rejected",
    }
    assert set(other) | {"request"} == set(TestCase.model_fields)
    for name, value in other.items():
        changed = TestCase.of({**plain, name: value})
        assert report(content(), content(test_cases=(changed,))).cls == ("minor" if name == "reviewed_by" else "major")
    requests = {"principal": 'Agent::"b"', "action": 'Action::"x"', "resource": 'Ticket::"b"', "context": {}}
    requests["speech"] = {"agent_output": "Hello."}
    assert set(requests) == set(TestRequest.model_fields)
    for name, value in requests.items():
        changed = TestCase.of({**plain, "request": {**plain["request"], name: value}})
        assert report(content(), content(test_cases=(changed,))).cls == "major"
    people = {"principal": 'Operator::"bea"', "role": "supervisor", "keys": EVE.entry.keys}
    assert set(people) == set(RosterEntry.model_fields)
    for name, value in people.items():
        entry = RosterEntry(**{**ANA.entry.model_dump(), name: value})
        assert report(content(), content(roster=(entry, *ROSTER[1:]))).cls == "sensitive"


def test_a_field_without_a_decision_is_sensitive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(DECISIONS, "content.test_cases")
    assert report(content(), content(test_cases=())).cls == "sensitive"


def test_classes_are_only_those_three() -> None:
    assert set(get_args(Amendment.model_fields["cls"].annotation)) == {"minor", "major", "sensitive"}


def test_the_real_compiler_is_asked_by_default() -> None:
    base = RULES + FORBID
    lie = "Agents may always share a ticket with external services."
    chain = Chain()
    chain.versions.append(chain.genesis(content(base)))
    for sentence in (lie, "zorgle the flumph"):
        new = content(base.replace('@id("no-email")', f'@id("no-email")\n@english("{sentence}")'))
        child = build_amendment(
            chain.head, new, cls="minor", proposed_by=ANA.principal, created_at=chain.later(), summary="x"
        )
        assert amendment_class(chain.head, child, program(content(base)), program(new)).cls == "sensitive"
