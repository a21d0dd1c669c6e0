"""Gates before side effects: what passes, what a rule refuses, and what the gate itself cannot stand for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.norms.gates import (
    EXIT_CODES,
    RULE_REVIEW_DIMENSIONS,
    ClosedLoopError,
    GateOutcome,
    analyze_rule_review,
    assert_in_scope,
    assert_passed,
    assert_rule_review_ok,
    first_refusal,
    gate_rule_review,
    gate_scope,
    has_high_risk_word,
    is_cross_scope_action,
    is_high_risk_action,
    is_rule_review_dimension,
    judge_action,
)

SPECIFIED = (
    "post publish auto_post tweet send send_email delete wipe deploy transfer attack exfiltrate declassify export "
    "share broadcast reveal"
)


@pytest.mark.parametrize("verb", SPECIFIED.split())
def test_every_high_risk_verb_fails_loud_without_a_norm(verb: str) -> None:
    for action in (verb, f" {verb.upper()} ", f"{verb}:forum", f"{verb} : forum"):
        outcome = judge_action(action, active_norm_count=0)
        assert (outcome.verdict, outcome.exit_code, outcome.code) == ("FAIL_LOUD", 2, "no_active_norms"), action
        assert outcome.human_required
        assert judge_action(action, active_norm_count=1).ok


@pytest.mark.parametrize("action", ["walk", "poster", "resend", "forum:post", ":post", "", " ", None, 5])
def test_other_actions_are_not_high_risk(action: Any) -> None:
    assert not is_high_risk_action(action)


@pytest.mark.parametrize(
    "action",
    ["delete_ticket", "Delete everything", "wipe-disk", "send email", "bulkDelete", "forum:post", "git.export"],
)
def test_any_word_can_make_an_action_high_risk_where_words_count(action: str) -> None:
    """normsync, whose gate takes the whole name, lets these pass unheard."""
    assert not has_high_risk_word("".join(c for c in action if c.isalpha()).lower())  # one word is one word
    assert judge_action(action, active_norm_count=0, by_words=True).code == "no_active_norms"
    assert judge_action(action, active_norm_count=0).ok
    assert judge_action(action, active_norm_count=1, by_words=True).high_risk


@pytest.mark.parametrize("action", ["undelete", "poster", "resend_mail", "", " _ ", None, 5])
def test_words_that_only_hold_a_high_risk_one_do_not(action: Any) -> None:
    assert not has_high_risk_word(action)
    assert has_high_risk_word("burn_barn", ["burn"])


def test_a_caller_adds_its_own_high_risk_actions() -> None:
    assert is_high_risk_action("Ignite:barn", ["ignite"])
    assert judge_action("ignite", active_norm_count=0, extra_high_risk=["ignite"]).code == "no_active_norms"
    assert judge_action("ignite", active_norm_count=0).ok
    assert not is_high_risk_action("", [""]), "an empty word is no action, hence never a high-risk one"
    waived = judge_action("post", active_norm_count=0, require_norms_for_high_risk=False)
    assert waived.ok
    assert waived.high_risk


@pytest.mark.parametrize("action", ["", "  ", None, 7])
def test_an_action_without_a_name_fails_loud(action: Any) -> None:
    outcome = judge_action(action, active_norm_count=3)
    assert (outcome.verdict, outcome.code, outcome.action.strip()) == ("FAIL_LOUD", "empty_action", "")


def test_a_violation_fails_and_a_high_risk_one_calls_a_person() -> None:
    low = judge_action("walk", active_norm_count=1, violations=[{"norm": "x"}], agent_id="hero")
    assert (low.ok, low.verdict, low.exit_code, low.code) == (False, "FAIL", 1, "norms_violated")
    assert (low.violation_count, low.agent_id, low.human_required) == (1, "hero", False)
    assert judge_action("attack", active_norm_count=1, violations=[{}]).human_required


def test_the_first_refusal_of_a_batch_is_its_verdict_and_nothing_after_it_is_asked() -> None:
    asked = []

    def outcomes() -> Any:
        for name, found in (("walk", []), ("steal", [1]), ("kill", [1, 2])):
            asked.append(name)
            yield judge_action(name, active_norm_count=1, violations=found)

    assert first_refusal(outcomes()).action == "steal"
    assert asked == ["walk", "steal"]
    assert first_refusal([]).code == "empty_batch"
    assert first_refusal([]).exit_code == 2
    assert first_refusal([judge_action("walk", active_norm_count=1)]).ok


SCOPES = [
    # action, declared, target, classification, granted → code
    ("", "team", "team", "private", False, "empty_action"),
    ("read", "", "team", "private", False, "empty_declared_scope"),
    ("read", None, "team", "private", False, "empty_declared_scope"),
    ("read", [], "team", "private", False, "empty_declared_scope"),
    ("read", "team", "team", "private", False, "passed"),
    ("read", "Team ", " team", "private", False, "passed"),
    ("read", "team", "", "private", False, "passed"),
    ("read", "team", "team/alpha", "private", False, "passed"),
    ("read", "team", "team:alpha", "private", False, "passed"),
    ("read", "team", "team/../board", "private", False, "out_of_scope"),
    ("read", "team", "teamwork", "private", False, "out_of_scope"),
    ("read", "team/alpha", "team", "private", False, "out_of_scope"),
    ("read", ["team", "board"], "board", "private", False, "passed"),
    ("read", ["team", "board"], "press", "private", False, "out_of_scope"),
    ("declassify", "team", "team", "private", False, "declassification"),
    ("reveal:plan", "team", "team", "secret", False, "declassification"),
    ("exfiltrate", "team", "team", "private", True, "passed"),
    ("declassify", "team", "team", "public", False, "passed"),
    ("declassify", "team", "team", None, False, "declassification"),
    *[
        ("share", word, word, "private", False, "declassification")
        for word in ("public", "open", "external", "internet", "www", "public_blog", "ext_partner", "public/blog")
    ],
    ("share", "public", "public", "public", False, "passed"),
    ("share", "public", "public", "private", True, "passed"),
    ("share", "team", "public", "private", True, "out_of_scope"),
    ("share", "publicity", "publicity", "private", False, "passed"),
]


@pytest.mark.parametrize(("action", "declared", "target", "classification", "granted", "code"), SCOPES)
def test_scopes(action: str, declared: Any, target: str, classification: Any, granted: bool, code: str) -> None:
    outcome = gate_scope(action, declared, target, classification, granted)
    assert outcome.code == code
    loud = code in {"empty_action", "empty_declared_scope"}
    assert outcome.verdict == ("PASS" if code == "passed" else "FAIL_LOUD" if loud else "FAIL")


def test_a_scope_need_not_be_declared_where_the_caller_says_so() -> None:
    assert gate_scope("read", "", "team", require_declared_scope=False).ok
    assert gate_scope("share", "", "public", require_declared_scope=False).code == "declassification"


def test_what_crosses_scopes() -> None:
    assert is_cross_scope_action("Share:notes")
    assert is_cross_scope_action("read", "team", "board")
    assert is_cross_scope_action("read", "", "board")
    assert not is_cross_scope_action("read", "team", "team/alpha")
    assert not is_cross_scope_action("delete")


def test_assertions_raise_with_the_outcome() -> None:
    with pytest.raises(ClosedLoopError, match="`board` lies outside the declared scope `team`") as caught:
        assert_in_scope("read", "team", "board")
    assert caught.value.outcome.out_of_scope
    assert isinstance(caught.value, ValueError)
    assert assert_in_scope("read", "team", "team").ok
    with pytest.raises(ClosedLoopError, match="FAIL_LOUD"):
        assert_rule_review_ok([], claim_approved=True)
    assert assert_passed(judge_action("walk", active_norm_count=0)).verdict == "PASS"


ALL = RULE_REVIEW_DIMENSIONS


def test_the_dimensions_are_those_of_the_specification() -> None:
    assert set(ALL) == {
        "document_structure", "scope_alignment", "normative_modality", "terminology_consistency",
        "cross_section_consistency",
    }  # fmt: skip
    assert is_rule_review_dimension(" Normative-Modality")
    assert is_rule_review_dimension("scope alignment")
    assert not is_rule_review_dimension("style")
    assert not is_rule_review_dimension(None)


@pytest.mark.parametrize(
    ("findings", "checked", "claim", "code"),
    [
        ([], [], True, "approved_unchecked"),
        ([], ["style"], True, "approved_unchecked"),
        ([], None, True, "approved_unchecked"),
        ([], [], False, "dimensions_missing"),
        ([], ALL[:4], True, "dimensions_missing"),
        ([], ALL, True, "passed"),
        ([{"dimension": name, "severity": "info"} for name in ALL], None, True, "passed"),
        ([{"severity": "Critical"}], ALL, True, "grave_finding"),
        ([{"severity": "major", "status": "open"}], ALL, True, "grave_finding"),
        ([{"severity": "major", "status": "Resolved"}], ALL, True, "passed"),
        ([{"severity": "blocker", "resolved": True}], ALL, True, "passed"),
        ([{"severity": "blocker", "resolved": "no"}], ALL, True, "grave_finding"),
        ([{"severity": "minor"}], ALL, True, "passed"),
        ([{"before": "Agents shall ask.", "after": "Agents may ask."}], ALL, True, "duty_weakened"),
        ([{"before": "Agents may ask.", "after": "Agents shall ask."}], ALL, True, "passed"),
        ([{"before": "A shall. B may.", "after": "A shall. B may."}], ALL, True, "passed"),
        ([{"before": "A shall x.", "after": "A may x.", "resolved": True}], ALL, True, "passed"),
        ([{"message": "`shall` was changed to `may` in §2"}], ALL, True, "duty_weakened"),
        ([{"message": "shall->may"}], ALL, True, "duty_weakened"),
        (["must became should"], ALL, True, "duty_weakened"),
        ([{"message": "may -> shall"}], ALL, True, "passed"),
        ([{"message": "the text shall be short; it may be long"}], ALL, True, "passed"),
    ],
)
def test_rule_reviews(findings: Any, checked: Any, claim: bool, code: str) -> None:
    outcome = gate_rule_review(findings, checked, claim)
    assert outcome.code == code
    assert outcome.verdict == {"passed": "PASS", "approved_unchecked": "FAIL_LOUD"}.get(code, "FAIL")


def test_an_analysis_tells_covered_missing_and_unknown() -> None:
    review = analyze_rule_review([{"severity": "high"}], ["scope alignment", "style"])
    assert review.covered == ("scope_alignment",)
    assert review.unknown == ("style",)
    assert set(review.missing) == set(ALL) - {"scope_alignment"}
    assert review.to_dict()["grave"] == [{"severity": "high"}]
    outcome = gate_rule_review([{"severity": "high"}, {"severity": "error"}], ["scope alignment"])
    assert outcome.critical_finding_count == 2
    assert outcome.covered_dimensions == ("scope_alignment",)


words = st.sampled_from(["", " ", "post", "walk", "declassify", "public", "team", "team/a", "ext_x", "É", "post:x"])
anything = st.one_of(words, st.none(), st.integers())


@given(action=anything, count=st.integers(0, 3), found=st.lists(st.just({"id": "x"}), max_size=2), declared=anything,
       target=anything, kind=anything, granted=st.booleans())  # fmt: skip
def test_verdict_code_and_exit_code_always_agree(
    action: Any, count: int, found: list[Any], declared: Any, target: Any, kind: Any, granted: bool
) -> None:
    """No input makes a gate raise, pass with a refusal's exit code, or pass what names no action."""
    outcomes: list[GateOutcome] = [
        judge_action(action, active_norm_count=count, violations=found),
        gate_scope(action, declared, target, kind, granted),
    ]
    for outcome in outcomes:
        assert outcome.exit_code == EXIT_CODES[outcome.verdict]
        assert outcome.ok == (outcome.verdict == "PASS") == (outcome.code == "passed") == (outcome.exit_code == 0)
        assert not (outcome.ok and not (isinstance(action, str) and action.strip()))
        assert json.loads(json.dumps(outcome.to_dict())) == outcome.to_dict()
    if granted is False and outcomes[1].ok and kind != "public":
        assert target not in ("public", "ext_x")
        assert action != "declassify"
