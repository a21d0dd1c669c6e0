"""Statements about procedures, where a person knows whether they hold."""

from __future__ import annotations

import pytest

from tests.analysis.little import COMPLETE, EVERY, OURS, decided, program, says, task
from workbench.analysis.assumptions import Assumption
from workbench.analysis.procedures import procedure_answers
from workbench.analysis.results import Answer
from workbench.engine import Request
from workbench.engine.predicate import evaluate_predicate
from workbench.language.ast import Procedure
from workbench.language.program import Program

OWN = [each for each in EVERY if each.semantics == "cedar+"]
PERMIT = '@id("p") permit (principal, action == Action::"edit", resource) when { context.n < 50 };\n'


def answers(made: Program, kind: str, assumption: Assumption = OURS) -> dict[str, Answer]:
    """By the procedures' names."""
    names = {rule.id: procedure.name for rule, procedure in made.procedures}

    def told(about: str) -> str:
        parts = [f"{names[part.split('#')[0]]}{part[len(part.split('#')[0]) :]}" for part in about.split(" + ")]
        return " + ".join(parts)

    return {told(each.about): each for each in procedure_answers(made, task(assumption), {kind})}  # type: ignore[arg-type]


def verdicts(found: dict[str, Answer]) -> dict[str, str]:
    return {name: each.verdict for name, each in found.items()}


# ---- holds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumption", OWN)
def test_procedures_that_never_hold(assumption: Assumption) -> None:
    made = program(
        PERMIT
        + """
        @id("f") forbid (principal, action, resource) when { context.n > 30 };
        procedure unpermitted { on action == Action::"edit" when n > 60 require approval from principal }
        procedure other { on action == Action::"view" require approval from principal }
        procedure forbidden { on action == Action::"edit" when n > 40 require approval from principal }
        procedure holds { on action == Action::"edit" when n > 29 require approval from principal }
        """
    )
    found = answers(made, "idle_procedure", assumption)
    assert verdicts(found) == {"unpermitted": "holds", "other": "holds", "forbidden": "holds", "holds": "fails"}
    assert found["forbidden"].by == ("f",)
    assert found["other"].by == ()
    witness = found["holds"].witness
    assert witness is not None
    decision = decided(made, witness)
    assert (decision.outcome, decision.procedures) == ("hold", ("holds",))
    assert witness.request["context"]["n"] == 30


@pytest.mark.parametrize("assumption", OWN)
def test_a_procedure_that_another_escalates_to_holds_its_requests(assumption: Assumption) -> None:
    made = program(
        PERMIT
        + """
        procedure first { on action == Action::"edit" require approval from principal
          with timeout 1 hour on timeout escalate to procedure second }
        procedure second { on action == Action::"view" require approval from principal
          with timeout 1 hour on rejection escalate to procedure third }
        procedure third { on action == Action::"print" require approval from principal }
        procedure alone { on action == Action::"print" require approval from principal }
        """
    )
    found = answers(made, "idle_procedure", assumption)
    assert verdicts(found) == {"first": "fails", "second": "fails", "third": "fails", "alone": "holds"}
    witness = found["third"].witness
    assert witness is not None
    assert decided(made, witness).procedures == ("first",)


def test_what_does_not_bind_or_is_not_about_requests_is_left_out() -> None:
    made = program(
        PERMIT
        + """
        @stage("observe") procedure seen { on action == Action::"edit" require approval from principal }
        procedure law { on amendment minor require approval from principal where principal.role == "operator" }
        """
    )
    assert answers(made, "idle_procedure") == {}
    assert answers(made, "held_alone") == {}
    assert set(answers(made, "no_approver")) == {"seen", "law"}


def test_cedar_knows_no_procedures() -> None:
    made = program(PERMIT + 'procedure all { on action == Action::"edit" require approval from principal }')
    assert answers(made, "idle_procedure", Assumption("cedar", "missing")) == {}


@pytest.mark.parametrize("assumption", OWN)
def test_two_that_hold_one_request(assumption: Assumption) -> None:
    made = program(
        PERMIT
        + """
        @id("f") forbid (principal, action, resource) when { context.n == 10 };
        procedure high { on action == Action::"edit" when n >= 10 require approval from principal }
        procedure top { on action in [Action::"edit", Action::"view"] when n > 20 require approval from principal }
        procedure view { on action == Action::"view" require approval from principal }
        procedure low { on action == Action::"edit" when n <= 10 require approval from principal }
        """
    )
    found = answers(made, "held_alone", assumption)
    assert verdicts(found) == {
        "high + top": "fails",  # and a request of one of them alone is known when the others are asked about
        "high + low": "holds",
        "top + view": "holds",  # nobody may view
        "top + low": "holds",
    }
    assert found["high + low"].by == ("f",)
    assert found["top + low"].by == ()
    witness = found["high + top"].witness
    assert witness is not None
    assert set(decided(made, witness).procedures) == {"high", "top"}


# ---- approvers -------------------------------------------------------------------------------------------------------


def approves(made: Program, name: str, place: int, found: Answer) -> bool:
    """Whether the engine takes the witness's principal for an approver."""
    witness = found.witness
    assert witness is not None
    (procedure,) = [each for _, each in made.procedures if each.name == name]
    where = procedure.requires[place].where
    asked = Request.from_json(dict(witness.request))
    schema = made.schema if procedure.action is not None else None
    return where is None or evaluate_predicate(where, asked, list(witness.entities), schema=schema)


@pytest.mark.parametrize("assumption", EVERY)
@pytest.mark.parametrize(
    ("where", "anybody"),
    [
        ("", True),
        ('where principal is User && principal.role == "lead"', True),
        ('where principal is User && principal.role == "lead" && principal.role == "clerk"', False),
        ('where principal is Bot && principal.model == "x"', True),
        ("where principal == context.requester", False),  # nobody approves what they ask for
        ("where principal == resource.owner", True),
        ("where principal is User && !(principal has role)", False),  # only who is unknown has none
        ("where context.n < 20", False),  # only what is above is held
        ("where context.n < 30", True),
        ("where context.requester.level > 3 && context.requester.level < 5", True),
        ('where context.requester.role == "boss"', False),  # held are requests of clerks alone
        ('where principal is User && principal in Team::"a"', True),
        ("where context.n + 9223372036854775807 > 0", False),  # errs on all that is held
    ],
)
def test_whether_anybody_can_approve(where: str, anybody: bool, assumption: Assumption) -> None:
    made = program(
        PERMIT
        + f"""
        procedure it {{ on action == Action::"edit" when n > 20 && principal.role == "clerk"
          require approval from principal {where} }}
        """
    )
    found = answers(made, "no_approver", assumption)["it"]
    assert found.verdict == ("fails" if anybody else "holds")
    if anybody:
        witness = found.witness
        assert witness is not None
        assert approves(made, "it", 0, found)
        requester = witness.request["context"]["requester"]["__entity"]
        asked = Request.from_json(dict(witness.request))
        assert (asked.principal.type, asked.principal.id) != (requester["type"], requester["id"])
        assert any(row["uid"] == {"type": asked.principal.type, "id": asked.principal.id} for row in witness.entities)
        assert witness.request["context"]["n"] > 20
        assert found.witness is not None
        assert found.witness.after.outcome == "allow"
    else:
        assert found.proved == found.environments > 0


def test_every_requirement_is_asked_about() -> None:
    made = program(
        PERMIT
        + """
        procedure it { on action == Action::"edit"
          require approval from principal where principal is User && principal.level > 3
          require 2 approvals from principal where principal is User && principal.level > 3 && principal.level < 4
          require approval from principal }
        """
    )
    assert verdicts(answers(made, "no_approver")) == {"it": "fails", "it#2": "holds", "it#3": "fails"}


def test_an_approver_of_requests_that_another_procedure_escalates() -> None:
    """`second` has none of its own where n > 5; those of `first` are small."""
    text = """
        procedure second { on action == Action::"edit" when n > 5
          require approval from principal where context.n < 3 }
    """
    assert verdicts(answers(program(PERMIT + text), "no_approver")) == {"second": "holds"}
    first = """
        procedure first { on action == Action::"edit" when n < 2
          require approval from principal with timeout 1 hour on timeout escalate to procedure second }
    """
    made = program(PERMIT + text + first)
    found = answers(made, "no_approver")
    assert verdicts(found) == {"second": "fails", "first": "fails"}
    assert found["second"].witness is not None
    assert found["second"].witness.request["context"]["n"] < 2


def test_a_trigger_that_never_is_true_is_another_statement() -> None:
    """It is told that the procedure never holds; who could approve is asked as if it did."""
    made = program(
        PERMIT
        + """
        procedure it { on action == Action::"edit" when n > 20 && n < 21
          require approval from principal where principal is User && principal.level > 3
          require approval from principal where principal is User && principal.level > 3 && principal.level < 4 }
        """
    )
    assert verdicts(answers(made, "no_approver")) == {"it": "fails", "it#2": "holds"}
    assert verdicts(answers(made, "idle_procedure")) == {"it": "holds"}


@pytest.mark.parametrize("assumption", EVERY)
@pytest.mark.parametrize(
    ("where", "anybody"),
    [
        ('principal.role == "operator"', True),
        ('principal.role == "operator" && principal.role == "supervisor"', False),
        ('principal.name like "a*" && context.class == "major"', True),
        ('context.class == "minor"', False),
        ("principal == context.requester", True),  # who proposes may sign
    ],
)
def test_signers_of_amendments(where: str, anybody: bool, assumption: Assumption) -> None:
    made = program(f"procedure law {{ on amendment major require approval from principal where {where} }}")
    found = answers(made, "no_approver", assumption)["law"]
    assert found.verdict == ("fails" if anybody else "holds")
    if anybody:
        assert approves(made, "law", 0, found)
        assert found.witness is not None
        assert found.witness.request["context"]["class"] == "major"


def test_an_unsupported_condition_on_approvers_is_called_that() -> None:
    made = program(
        PERMIT
        + """
        procedure it { on action == Action::"edit"
          require approval from principal where context has boxes && context.boxes.contains({a: 1}) }
        """
    )
    (found,) = answers(made, "no_approver", COMPLETE).values()
    assert found.verdict == "unsupported"
    assert found.why
    assert isinstance(made.procedures[0][1], Procedure)
    assert answers(made, "idle_procedure")["it"].verdict == "fails"


def test_an_unsupported_trigger_is_called_that() -> None:
    made = program(
        PERMIT
        + """
        @id("it") procedure it { on action == Action::"edit" when context has boxes && context.boxes.contains({a: 1})
          require approval from principal }
        @id("all") procedure all { on action == Action::"edit" require approval from principal }
        """
    )
    assert answers(made, "idle_procedure")["it"].verdict == "unsupported"
    assert answers(made, "held_alone")["it + all"].verdict == "unsupported"
    assert answers(made, "no_approver")["it"].verdict == "unsupported"
    held = answers(made, "idle_procedure")["all"]
    assert held.verdict == "fails"
    assert held.witness is not None
    assert says(made, "all", held.witness) == "satisfied"
