"""A change is proved only to tighten, or it is not; nothing open counts as proved."""

from __future__ import annotations

import pytest

from tests.analysis.small import SCHEMA, decided, program
from workbench.analysis.assumptions import Assumption
from workbench.analysis.solver import Question
from workbench.analysis.task import Task
from workbench.analysis.tightening import loosened, tightens

ASK = (
    'procedure ask {{ on action == Action::"read" when {when} require {n} approvals from principal '
    "with timeout 1 hour on timeout deny }}"
)
BASE = """
@id("readers") permit (principal is Agent, action == Action::"read", resource) when { principal.role == "reader" };
@id("writers") permit (principal is Agent, action == Action::"write", resource) when { context.amount < 100 };
@id("no-secrets") forbid (principal, action == Action::"read", resource is Doc)
when { resource.tags.contains("secret") };
""" + ASK.format(when="{ context.amount > 50 }", n=2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("context.amount < 100", "context.amount < 99"),  # a narrower permit
        ('contains("secret")', 'containsAny(["secret", "draft"])'),  # a wider forbid
        ('principal.role == "reader" }', 'principal.role == "reader" } unless { resource.scope == "x" }'),
        ('@id("writers") permit', '@id("writers") @doc("narrower") permit'),
        ("context.amount < 100", "context.amount < 100 && context.amount < 1000"),  # the same
        ("procedure ask", ASK.format(when="{ context.amount > 7 }", n=1).replace("ask", "too") + "procedure ask"),
    ],
)
def test_what_only_tightens(old: str, new: str) -> None:
    after = BASE.replace(old, new)
    assert after != BASE
    answer = tightens(program(BASE), program(after), Task())
    assert (answer.verdict, answer.witness) == ("holds", None), answer.why
    assert answer.proved == answer.environments == 4


@pytest.mark.parametrize(
    ("old", "new", "was", "becomes"),
    [
        ("context.amount < 100", "context.amount < 101", "deny", "allow"),
        ('contains("secret")', 'contains("secrets")', "deny", "allow"),
        # a forbid that errs denies: without the error, what it denied can be allowed
        ("resource.tags.contains", "resource has tags && resource.tags.contains", "deny", "allow"),
    ],
)
def test_what_loosens_has_a_witness(old: str, new: str, was: str, becomes: str) -> None:
    after = BASE.replace(old, new)
    answer = tightens(program(BASE), program(after), Task())
    assert answer.verdict == "fails"
    assert answer.witness is not None
    request, entities = answer.witness.request, answer.witness.entities
    assert decided(program(BASE), request, entities) == was
    assert decided(program(after), request, entities) == becomes
    assert answer.environment is not None


def test_holding_what_was_denied_loosens() -> None:
    """People could now approve what nobody could."""
    after = BASE.replace('principal.role == "reader" }', 'principal.role == "reader" || context.amount > 60 }')
    answer = tightens(program(BASE), program(after), Task())
    assert answer.verdict == "fails"
    assert answer.witness is not None
    assert answer.witness.before is not None
    assert (answer.witness.before.outcome, answer.witness.after.outcome) == ("deny", "hold")


@pytest.mark.parametrize(
    "after",
    [
        BASE.replace("2 approvals", "1 approvals"),
        BASE.replace("procedure ask", '@stage("observe") procedure ask'),
        BASE[: BASE.index("procedure")],
        BASE.replace("procedure ask", "procedure ask_less"),
    ],
    ids=["fewer approvals", "observed", "gone", "renamed"],
)
def test_a_procedure_that_is_not_there_word_for_word_is_no_tightening(after: str) -> None:
    answer = tightens(program(BASE), program(after), Task())
    assert answer.verdict in ("unsupported", "fails")
    assert "procedure" in answer.why


def test_another_schema_is_no_tightening() -> None:
    answer = tightens(program(BASE), program(BASE, SCHEMA.replace("trust: Long", "trust?: Long")), Task())
    assert (answer.verdict, answer.why) == ("unsupported", "the schema changes too")


def test_what_is_not_decided_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Question, "check", lambda _: "unknown")
    answer = tightens(program(BASE), program(BASE.replace("< 100", "< 99")), Task())
    assert answer.verdict == "undecided"
    assert answer.why
    assert answer.proved == 3


def test_one_environment_that_loosens_is_found_behind_others_that_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """An open question does not hide a counterexample elsewhere."""
    whole = Question.check
    calls: list[int] = []

    def first_unknown(self: Question) -> str:
        calls.append(1)
        return "unknown" if len(calls) == 1 else whole(self)

    monkeypatch.setattr(Question, "check", first_unknown)
    after = BASE.replace("< 100", "< 101").replace('"reader"', '"readers"')
    assert tightens(program(BASE), program(after), Task()).verdict == "fails"


def test_only_under_our_own_assumption() -> None:
    with pytest.raises(ValueError, match="our own semantics"):
        tightens(program(BASE), program(BASE), Task(Assumption("cedar")))


def test_the_order_of_outcomes() -> None:
    outcomes = ("deny", "hold", "allow")
    assert [(a, b) for a in outcomes for b in outcomes if loosened(a, b)] == [
        ("deny", "hold"),
        ("deny", "allow"),
        ("hold", "allow"),
    ]
