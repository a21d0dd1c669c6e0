"""The class of an amendment: every row of the table, and no field of the artifact without a decision."""

from __future__ import annotations

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
from workbench.governance.classes import DECISIONS, ClassReport, amendment_class
from workbench.governance.genesis import build_amendment
from workbench.governance.roster import RosterEntry
from workbench.language.check import check
from workbench.language.program import Program, Rule

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


def leaves(model: type[BaseModel], prefix: str = "") -> set[str]:
    """The fields of a model, with those of the models that stand in it alone (not in a list)."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if inner in (Content, Amendment):
            found |= leaves(inner, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def test_every_field_of_the_artifact_has_a_decision() -> None:
    """Fails when a field is added: decide how a change in it is classed, and say so in ``DECISIONS``."""
    assert leaves(ConstitutionVersion) == set(DECISIONS)


def test_every_field_inside_the_lists_of_the_artifact_counts() -> None:
    """Every field of a test case and of a roster entry makes a class when it alone changes."""
    plain = case().to_mapping()
    other: dict[str, Any] = {
        "name": "another",
        "entities": [],
        "expect": "deny",
        "procedure": "big_reply",
        "reviewed_by": ANA.principal,
    }
    assert set(other) | {"request"} == set(TestCase.model_fields)
    for name, value in other.items():
        changed = TestCase.of({**plain, name: value})
        assert report(content(), content(test_cases=(changed,))).cls == ("minor" if name == "reviewed_by" else "major")
    requests = {"principal": 'Agent::"b"', "action": 'Action::"x"', "resource": 'Ticket::"b"', "context": {}}
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
