"""Whether amendments stay possible: distinct people for all seats of every class, and what one loss would do."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, LEDGER, ROSTER, RULES, SAM, SOLO, Chain, Person, content, program
from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.assessment import assess
from workbench.governance.reachability import fragile, unreachable
from workbench.governance.roster import RosterEntry

DEFAULTS = RULES[: RULES.index("procedure amend_minor")]
BOB, SUE = Person('Operator::"bob"', "operator"), Person('Operator::"sue"', "supervisor")
REX = Person('Operator::"rex"', "recovery")


def version(rules: str = RULES, *people: Person) -> ConstitutionVersion:
    roster: list[RosterEntry] = [person.entry for person in people] or list(ROSTER[:-1])
    return Chain().genesis(content(rules, roster=(*roster, LEDGER.entry)))


def closed(rules: str, *people: Person) -> list[str]:
    made = version(rules, *people)
    return [cls for cls, _ in unreachable(made, program(made))]


def lost(rules: str, *people: Person) -> dict[str, tuple[str, ...]]:
    made = version(rules, *people)
    return dict(fragile(made, program(made)))


def test_people_enough_for_every_class() -> None:
    assert closed(RULES, ANA, SAM) == []
    assert closed(DEFAULTS, ANA, BOB, SAM, SUE) == []


def test_the_defaults_need_two_of_each_for_sensitive_amendments() -> None:
    made = version(DEFAULTS, ANA, SAM)
    assert unreachable(made, program(made)) == (("sensitive", "2 operator and 2 supervisor; timelock 72 hours"),)
    assert closed(DEFAULTS, ANA) == ["major", "sensitive"]


def test_one_person_fills_one_seat() -> None:
    both = 'procedure a { on amendment major require approval from principal where principal.name == "ana" ' \
           'require approval from principal where principal.role == "operator" }\n'  # fmt: skip
    assert closed(SOLO.replace("procedure amend_major { on amendment major require approval from principal }", both),
                  ANA, SAM) == ["major"]  # fmt: skip
    assert closed(SOLO.replace("procedure amend_major { on amendment major require approval from principal }", both),
                  ANA, BOB) == []  # fmt: skip


def test_neither_the_ledger_nor_recovery_holders_count() -> None:
    assert closed(RULES, ANA, REX) == ["major", "sensitive"]


def test_a_requester_kept_from_approving_needs_another_person() -> None:
    asked = "on amendment minor require approval from principal"
    rules = SOLO.replace(asked, f"{asked} where principal != context.requester")
    assert closed(rules, ANA) == ["minor"]
    assert closed(rules, ANA, BOB) == []
    assert set(lost(rules, ANA, BOB)["minor"]) == {ANA.principal, BOB.principal}


def test_a_condition_on_the_proposer_leaves_the_class_open_where_one_can_propose() -> None:
    """Where ana proposes, five must approve, which is impossible; where bob does, the default holds."""
    rules = DEFAULTS + (
        'procedure a { on amendment minor when requester.name == "ana" require 5 approvals from principal }'
    )
    assert "minor" not in closed(rules, ANA, BOB)
    assert lost(rules, ANA, BOB)["minor"] == (BOB.principal,)


def test_the_loss_of_one_person() -> None:
    assert lost(RULES, ANA, SAM) == {
        "minor": (ANA.principal,),
        "major": (ANA.principal, SAM.principal),
        "sensitive": (ANA.principal, SAM.principal),
    }
    assert lost(RULES, ANA, SAM, EVE) == {}
    assert lost(SOLO, ANA) == dict.fromkeys(("minor", "major", "sensitive"), (ANA.principal,))


ROLES = st.lists(st.sampled_from(["operator", "supervisor", "auditor"]), min_size=1, max_size=5)
SEATS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["operator", "supervisor", "auditor", ""])), min_size=1, max_size=3
)


@settings(max_examples=60, deadline=None)
@given(ROLES, SEATS)
def test_reachable_is_what_some_set_of_votes_can_reach(roles: list[str], seats: list[tuple[int, str]]) -> None:
    """Against trying it: some order of people fills all seats one by one, and then all of them voting is a quorum."""
    people = [Person(f'Operator::"p{number}"', role) for number, role in enumerate(roles)]
    asked = "\n".join(
        f"require {count} approvals from principal" + (f' where principal.role == "{role}"' if role else "")
        for count, role in seats
    )
    rules = DEFAULTS + SOLO.replace("on amendment minor require approval from principal", f"on amendment minor {asked}")
    wanted = [role for count, role in seats for _ in range(count)]
    possible = any(
        all(role in ("", have) for role, have in zip(wanted, order, strict=False))
        for order in permutations(roles, len(wanted))
    )
    made = version(rules, *people)
    assert ("minor" not in [cls for cls, _ in unreachable(made, program(made))]) == possible
    chain = Chain(versions=[made])
    child = chain.amendment(content(rules + "// comment\n", roster=made.content.roster))
    child = ConstitutionVersion(**{**dict(child), "proposed_by": people[0].principal})
    assert assess(chain.signed(child, *people), made, program(made)).satisfied == possible
