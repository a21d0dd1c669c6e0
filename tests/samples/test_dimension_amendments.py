"""The amendment rules of the sample, with real votes: seats, quorum, timelocks; and its other rules stay out of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.governance.chains import LEDGER, START, SWARM, Chain, Person
from tests.samples.dimensions import cases, constitution, path
from workbench.engine import Evaluator, Request, evaluate_predicate
from workbench.governance.artifact import AmendmentClassName, ConstitutionVersion, Content, TestCase
from workbench.governance.assessment import Assessment, assess
from workbench.governance.chain import verify_chain
from workbench.governance.electorate import Electorate
from workbench.governance.genesis import build_genesis
from workbench.governance.procedures import amendment_procedure
from workbench.language.cedar import CedarEngine
from workbench.language.check import check
from workbench.language.governance_schema import GOVERNANCE_SCHEMA
from workbench.language.lower import lower_policy, procedure_policies
from workbench.language.program import Program

NAME = "amendment-rules"
PAM = Person('Staff::"pam"', "publisher")
EDDA, EMIL, ELSE, ENZO = (Person(f'Staff::"{name}"', "editor") for name in ("edda", "emil", "else", "enzo"))
OLLI, OLGA = (Person(f'Staff::"{name}"', "ombudsman") for name in ("olli", "olga"))
REMY = Person('Staff::"remy"', "reporter")
SIGNERS = (PAM, EDDA, EMIL, ELSE, ENZO, OLLI, OLGA, REMY)
SOURCE = path(NAME).read_text(encoding="utf-8")
HOUR = 3600

CHANGES: dict[AmendmentClassName, str] = {  # what makes an amendment of each class
    "minor": SOURCE + '\n@id("short") prefer score(1.0) (principal, action == Action::"draft", resource);\n',
    "major": SOURCE + '\n@id("stop") forbid (principal, action == Action::"retract", resource);\n',
    "sensitive": SOURCE.replace("with timelock 24 hours", "with timelock 1 hour"),
}


def content(source: str = SOURCE) -> Content:
    return Content(
        cedar_plus_source=source,
        schema_text=constitution(NAME).schema,
        roster=(*(person.entry for person in SIGNERS), LEDGER.entry),
        test_cases=tuple(TestCase.of(case) for case in cases(NAME)),
    )


def program(source: str = SOURCE) -> Program:
    result = check(source, constitution(NAME).schema)
    assert result.program is not None, result.errors
    return result.program


def founded(source: str = SOURCE) -> Chain:
    """A chain that begins with the sample, signed as its own procedures for a sensitive amendment ask."""
    chain = Chain()
    genesis = build_genesis(
        swarm_id=SWARM, content=content(source), proposed_by=PAM.principal, created_at=START, summary="the first"
    )
    chain.grow(genesis, PAM, EDDA, EMIL, OLLI, wait=0)
    return chain


def proposed(chain: Chain, cls: AmendmentClassName, proposer: Person) -> ConstitutionVersion:
    """An amendment whose class is the one that is computed for it."""
    version = chain.amendment(content(CHANGES[cls]), proposed_by=proposer.principal)
    assert version.amendment.cls == cls
    return version


def count(chain: Chain, version: ConstitutionVersion, *people: Person) -> Assessment:
    signed = chain.signed(version, *people) if people else version
    return assess(signed, chain.head, program(chain.head.content.cedar_plus_source))


@pytest.mark.parametrize(
    ("cls", "proposer", "people", "enough"),
    [
        ("minor", REMY, [EDDA], True),
        ("minor", REMY, [PAM], True),
        ("minor", REMY, [OLLI], False),
        ("minor", EDDA, [EDDA], True),  # nothing says that a proposer may not also approve a minor one
        ("major", REMY, [EDDA, PAM], True),
        ("major", REMY, [PAM, EDDA], True),
        ("major", REMY, [EDDA, EMIL], False),
        ("major", REMY, [PAM], False),
        ("major", REMY, [PAM, OLLI], False),
        # the publisher proposes: three editors in all, none of whom sits twice
        ("major", PAM, [PAM, EDDA], False),
        ("major", PAM, [PAM, EDDA, EMIL], False),
        ("major", PAM, [PAM, EDDA, EMIL, ELSE], True),
        ("major", PAM, [EDDA, EMIL, ELSE, ENZO], False),
        ("sensitive", REMY, [EDDA, EMIL, PAM, OLLI], True),
        ("sensitive", REMY, [EDDA, EMIL, ELSE, ENZO, PAM], False),
        ("sensitive", REMY, [EDDA, PAM, OLLI, OLGA], False),
        # who proposes may not be the ombudsman who agrees; the other one may
        ("sensitive", OLLI, [EDDA, EMIL, PAM, OLLI], False),
        ("sensitive", OLLI, [EDDA, EMIL, PAM, OLGA], True),
    ],
)
def test_who_makes_a_quorum(cls: AmendmentClassName, proposer: Person, people: list[Person], enough: bool) -> None:
    chain = founded()
    counted = count(chain, proposed(chain, cls, proposer), *people)
    assert counted.satisfied == enough
    filled = [seat.filled_by for seat in counted.seats if seat.filled_by]
    assert len(set(filled)) == len(filled)
    assert {vote.code for vote in counted.votes if not vote.counted} <= {"no_seat"}


@pytest.mark.parametrize(
    ("cls", "proposer", "people", "hours"),
    [
        ("minor", REMY, [EDDA], 0),
        ("major", REMY, [EDDA, PAM], 24),
        ("major", PAM, [PAM, EDDA, EMIL, ELSE], 48),  # of two procedures the longer timelock
        ("sensitive", REMY, [EDDA, EMIL, PAM, OLLI], 72),
    ],
)
def test_how_long_one_must_wait(cls: AmendmentClassName, proposer: Person, people: list[Person], hours: int) -> None:
    chain = founded()
    counted = count(chain, proposed(chain, cls, proposer), *people)
    assert counted.quorum_at is not None
    assert counted.due_at == counted.quorum_at + timedelta(hours=hours)


def test_an_amendment_cannot_shorten_the_timelock_that_it_waits_for() -> None:
    chain = founded()
    counted = count(chain, proposed(chain, "sensitive", REMY), EDDA, EMIL, PAM, OLLI)
    assert counted.procedure.timelock_seconds == 72 * HOUR
    own = amendment_procedure(program(CHANGES["sensitive"]), "major")
    assert own.timelock_seconds == 48 * HOUR
    assert amendment_procedure(program(), "major").requires == own.requires


def test_the_first_rejection_ends_a_major_amendment_only() -> None:
    chain = founded()
    for cls, ended in (("major", True), ("sensitive", False)):
        version = proposed(chain, cls, REMY)  # type: ignore[arg-type]
        rejected = version.adding(chain.vote(version, EDDA, verdict="reject"))
        assert count(chain, rejected).rejected == ended


def test_the_chain_verifies_from_its_files_alone() -> None:
    chain = founded()
    chain.grow(proposed(chain, "major", REMY), EDDA, PAM, wait=24 * HOUR)
    chain.grow(chain.amendment(content(SOURCE), proposed_by=PAM.principal), PAM, EDDA, EMIL, ELSE, wait=48 * HOUR)
    report = verify_chain(chain.files())
    assert report.ok, report
    early = founded()
    early.grow(proposed(early, "major", REMY), EDDA, PAM, wait=24 * HOUR - 60)
    assert not verify_chain(early.files()).ok


# ---- the user's rules and the amendments' have nothing to do with each other ----------------------------------------

BROAD = {
    "forbids everything": "forbid (principal, action, resource);",
    "forbids to amend": 'forbid (principal, action == Action::"amend", resource);',
    "permits everything": "permit (principal, action, resource);",
    "holds every amending": 'procedure never { on action == Action::"amend" require 99 approvals from principal }',
    "errs on everything": "forbid (principal, action, resource) when { 9223372036854775807 + 1 > 0 };",
}


@pytest.mark.parametrize("rule", BROAD.values(), ids=BROAD)
@pytest.mark.parametrize("cls", ["minor", "major", "sensitive"])
def test_user_rules_never_apply_to_amendments(rule: str, cls: AmendmentClassName) -> None:
    people = [PAM, EDDA, EMIL, ELSE, OLLI]
    broad = founded(f"{SOURCE}\n{rule}\n")
    version = broad.amendment(content(f"{CHANGES[cls]}\n{rule}\n"), proposed_by=REMY.principal)
    assert version.amendment.cls == cls
    counted = count(broad, version, *people)
    plain = founded()
    expected = count(plain, proposed(plain, cls, REMY), *people)
    assert counted.satisfied
    assert counted.procedure == expected.procedure
    assert counted.seats == expected.seats
    for short in ([], [EDDA]):
        if cls != "minor":
            assert not count(broad, version, *short).satisfied


def test_amendment_procedures_never_hold_a_request() -> None:
    """Not even for an action of the same name, nor by the names of the classes in the context."""
    rules = "\n".join(
        f"procedure more_{cls} {{ on amendment {cls} require approval from principal }}" for cls in CHANGES
    )
    more = Evaluator(program(f"{SOURCE}\n{rules}"))
    fewer = Evaluator(program(SOURCE[: SOURCE.index('@id("amend_minor")')]))
    for case in cases(NAME):
        request = Request.from_json(case["request"])
        assert more.decide(request, case["entities"]) == fewer.decide(request, case["entities"])


def test_the_user_schema_may_declare_the_same_names() -> None:
    """A Signer, a Version and an action `amend` of the user's own change nothing for the amendment procedures."""
    schema = constitution(NAME).schema + (
        "\nentity Signer = { role: String, age: Long };\nentity Version;\n"
        'action sign appliesTo { principal: [Signer], resource: [Version], context: { "class": Long } };\n'
    )
    result = check(SOURCE, schema)
    assert result.errors == ()
    wrong = check(SOURCE.replace('principal.role == "publisher"', "principal.age > 50"), schema)
    assert {found.code for found in wrong.errors} == {"CP002"}


# ---- the same engine -------------------------------------------------------------------------------------------------


def test_seats_are_asked_on_both_engines() -> None:
    """Every `where` and `when` of the amendment procedures, for every signer and proposer; governance says the same."""
    rows = [
        {"uid": {"type": "Signer", "id": p.principal}, "attrs": {"role": p.role, "name": p.principal}, "parents": []}
        for p in SIGNERS
    ]
    asked = 0
    for _, procedure in program().procedures:
        if procedure.amendment is None:
            continue
        for part, policy in procedure_policies(procedure):
            cedar = CedarEngine(lower_policy(policy), rows, GOVERNANCE_SCHEMA)
            for proposer in SIGNERS:
                context = {
                    "class": procedure.amendment,
                    "requester": {"__entity": {"type": "Signer", "id": proposer.principal}},
                }
                electorate = Electorate(
                    [p.entry for p in SIGNERS], version="1.1.0", cls=procedure.amendment, proposer=proposer.principal
                )
                for signer in SIGNERS:
                    uid = {"type": "Signer", "id": signer.principal}
                    request = Request(uid, 'Action::"amend"', 'Version::"1.1.0"', context)
                    if part == "trigger":
                        expr = procedure.when
                        governed = electorate.applies(expr)
                    else:
                        expr = procedure.requires[int(part.removeprefix("where "))].where
                        governed = signer.principal in electorate.eligible(expr)
                    ours = expr is None or evaluate_predicate(expr, request, rows, schema=GOVERNANCE_SCHEMA)
                    assert cedar.authorize(request.to_json()).outcome == ("allow" if ours else "deny")
                    assert governed == ours
                    asked += 1
    assert asked == 64 * (4 + 7)  # four procedures' triggers and seven kinds of seat


# ---- how much approval a change of a memory norm takes ---------------------------------------------------------------

MEMORY = path("memory-access").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "cls"),
    [
        # memory actions by name, by their group, and by a rule that names no action and so touches them too
        ('@id("plot")', '@id("plot")\n@doc("spoilers")', "minor"),
        ('resource.tags.contains("secret")', 'resource.tags.contains("plot")', "sensitive"),
        ('resource.tags.contains("player")', 'resource.tags.contains("name")', "sensitive"),
        ('principal.role == "game_master" };', 'principal.role == "keeper" };', "sensitive"),
        # walking has nothing to do with memory
        ('action == Action::"walk", resource);', 'action == Action::"walk", resource == Place::"ford");', "major"),
    ],
)
def test_a_change_of_a_memory_norm_is_sensitive(old: str, new: str, cls: str) -> None:
    changed = MEMORY.replace(old, new, 1)
    assert changed != MEMORY
    parts = [
        Content(
            cedar_plus_source=source,
            schema_text=constitution("memory-access").schema,
            roster=(PAM.entry, EDDA.entry, OLLI.entry, LEDGER.entry),
        )
        for source in (MEMORY, changed)
    ]
    chain = Chain()
    chain.versions.append(
        build_genesis(swarm_id=SWARM, content=parts[0], proposed_by=PAM.principal, created_at=START, summary="first")
    )
    assert chain.amendment(parts[1], proposed_by=PAM.principal).amendment.cls == cls
