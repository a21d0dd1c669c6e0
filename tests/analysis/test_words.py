"""Sentences for answers: each says its verdict and no more, what is open is never called safe, news are told once."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.told import CEDAR, PROGRAM, READ, SCHEMA, answer, doc, program, user, witness
from workbench.analysis.assumptions import OURS
from workbench.analysis.results import Answer, Judged, Kind, ProofReport, Verdict, Witness
from workbench.analysis.words import (
    MUTE,
    NOT_DECIDED,
    Voice,
    headline,
    news,
    report_headline,
    report_notes,
    said,
    tone,
    worth_telling,
)
from workbench.language.literals import quote
from workbench.language.quotation import quoted

KINDS: tuple[Kind, ...] = get_args(Kind)
VOICE = Voice(PROGRAM, say=lambda rule: f"the words of {rule}")
ABOUT = {"held_alone": "two_eyes + other", "no_approver": "two_eyes#2"}


def report(*answers: Answer) -> ProofReport:
    return ProofReport(answers[0].assumption, answers, rules=6, environments=3)


# ---- headlines -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_four_headlines_that_differ(kind: Kind) -> None:
    about = ABOUT.get(kind, "readers")
    told = [headline(answer(kind, verdict, about)) for verdict in get_args(Verdict)]
    assert len(set(told)) == 4
    for sentence in told:
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert (kind == "tightens") or any(part in sentence for part in (f"`{about}`", "`two_eyes`"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verdict", ["undecided", "unsupported"])
def test_what_is_open_is_told_as_that_and_never_as_safe(kind: Kind, verdict: Verdict) -> None:
    told = said(
        answer(kind, verdict, ABOUT.get(kind, "readers"), why="a set of sets" if verdict == "unsupported" else "")
    )
    opening = NOT_DECIDED if verdict == "undecided" else "Not supported"
    assert told.headline.startswith(f"{opening}: whether ")
    assert told.tone == "open"
    assert told.confirmation == ""
    whole = " ".join((told.headline, *told.notes)).lower()
    assert not any(word in whole for word in ("safe", "proved", "confirmed"))
    assert verdict == "undecided" or "A set of sets." in told.notes


def test_another_reason_than_time_is_not_called_the_time_limit() -> None:
    spurious = answer("never_applies", "undecided", why="a witness did not reproduce")
    assert headline(spurious) == "Not decided: whether `readers` can ever apply."
    slow = answer("never_applies", "undecided", why="the time limit of 3 s ran out")
    assert headline(slow).startswith("Not decided within the time limit: ")
    assert said(slow).notes == ("The time limit of 3 s ran out.",)
    assert said(answer("never_applies", "undecided", why="not decided within the time limit")).notes == ()


def test_the_sentences_of_the_study() -> None:
    assert headline(answer("never_applies", "holds")) == "`readers` can never apply."
    assert (
        headline(answer("overridden", "holds", by=("R3", "R7"))) == "`readers` is always overridden by `R3` and `R7`."
    )
    assert headline(answer("redundant", "holds")) == "Removing `readers` changes no decision."
    assert headline(answer("redundant", "holds", by=("R3",))).endswith("changes no decision: `R3` covers it.")
    assert headline(answer("redundant", "holds", by=("a", "b", "c"))).endswith("`a`, `b` and `c` cover it.")
    permitted = "No request that fits this schema can be permitted"
    assert headline(answer("unpermitted", "holds", "read")).startswith(permitted)
    assert said(answer("never_applies", "holds"), VOICE).notes == (f"{permitted} by it.",)
    assert said(answer("never_applies", "holds", "secrets"), VOICE).notes == ()


def test_braces_in_a_name_are_letters() -> None:
    told = headline(answer("overridden", "holds", "{by}", by=("{about}", "{0}")))
    assert told == "`{by}` is always overridden by `{about}` and `{0}`."


def test_an_approval_is_told_by_its_place_and_a_procedure_by_its_name() -> None:
    digest = PROGRAM.procedures[0][0].id
    assert digest != "two_eyes"
    assert headline(answer("idle_procedure", "holds", digest), VOICE) == (
        "The procedure `two_eyes` can never hold a request."
    )
    first, second = (headline(answer("no_approver", "holds", name)) for name in ("two_eyes", "two_eyes#12"))
    assert first == "Nobody can give an approval that the procedure `two_eyes` requires."
    assert second == "Nobody can give the 12th approval that the procedure `two_eyes` requires."


# ---- polarity --------------------------------------------------------------------------------------------------------


def test_what_is_good_to_prove_and_what_is_not() -> None:
    good_if_proved = {"never_errors", "invariant", "held_alone", "tightens"}
    assert {kind for kind in KINDS if tone(answer(kind, "holds")) == "good"} == good_if_proved
    assert {kind for kind in KINDS if tone(answer(kind, "fails")) == "bad"} == {"invariant", "tightens"}
    assert {kind for kind in KINDS if tone(answer(kind, "fails")) == "warn"} == {"never_errors", "held_alone"}


def test_an_ordinary_rule_is_no_news() -> None:
    assert not worth_telling(answer("never_applies", "fails"))
    assert not worth_telling(answer("never_errors", "holds"))
    assert worth_telling(answer("never_applies", "holds"))
    assert worth_telling(answer("invariant", "holds", "i"))
    assert all(worth_telling(answer(kind, "undecided")) for kind in KINDS)
    assert not worth_telling(answer("always_applies", "holds", "readers"), VOICE)  # it has no conditions
    assert worth_telling(answer("always_applies", "holds", "secrets"), VOICE)


def test_what_follows_from_another_answer_is_not_told_again() -> None:
    never = answer("never_applies", "holds", "secrets")
    idle = answer("idle_forbid", "holds", "secrets")
    double = answer("redundant", "holds", "secrets")
    other = answer("redundant", "holds", "writers")
    assert news(report(double, idle, never, other)) == (never, other)
    assert news(report(double, idle)) == (idle,)
    unsure = answer("never_applies", "undecided", "secrets")
    assert news(report(double, unsure)) == (unsure, double)


def test_invariants_stand_first_and_the_worst_before_the_rest() -> None:
    warned, kept, broken = answer("never_applies", "holds"), answer("invariant", "holds"), answer("invariant", "fails")
    open_ = answer("never_errors", "undecided")
    assert news(report(warned, kept, open_, broken)) == (broken, kept, open_, warned)


def test_a_report_counts_what_it_found() -> None:
    told = report_headline(
        report(
            answer("invariant", "fails"),
            answer("invariant", "holds"),
            answer("never_applies", "holds"),
            answer("never_errors", "undecided"),
            answer("redundant", "unsupported"),
            answer("redundant", "fails"),
        )
    )
    assert told == (
        "2 proved, 2 refuted by a request: 1 invariant broken, 1 invariant kept, 1 warning, 1 not decided, "
        "1 not supported."
    )
    assert report_headline(report(answer("never_applies", "fails"))).endswith("refuted by a request: nothing to tell.")


# ---- one answer in full ----------------------------------------------------------------------------------------------


def test_a_broken_invariant_is_told_with_its_request_and_its_rules() -> None:
    invariants = program(
        '@id("never-secret") forbid (principal, action == Action::"read", resource)'
        'when { resource.labels.contains("secret") };'
    )
    voice = Voice(PROGRAM, invariants=invariants, say=lambda rule: f"the words of {rule}")
    found = answer(
        "invariant",
        "fails",
        "never-secret",
        environment=READ,
        witness=witness("read", user(trust=5), doc("secret")),
        by=("readers",),
    )
    told = said(found, voice)
    assert told.headline == "The invariant `never-secret` is broken."
    assert (
        told.assumption == "assuming that an error denies, as the workbench decides, and that entities may be missing"
    )
    assert told.notes == ("This is never to be permitted, and a request can be.",)
    assert told.confirmation == "Here is one, confirmed by both engines."
    assert told.witness is not None
    assert told.witness.request == 'User::"ann" asks to do "read" on Doc::"plan".'
    assert told.witness.outcome == ("It is permitted by `readers`.",)
    assert [fact.path for fact in told.witness.read] == ["resource.labels"]  # what the invariant reads
    assert [(rule.id, rule.words) for rule in told.rules] == [
        ("never-secret", "the words of never-secret"),
        ("readers", "the words of readers"),
    ]


def test_an_invariant_that_cannot_be_evaluated_is_not_said_to_be_about_the_request() -> None:
    """Nothing shows that it is kept, and the witness does not show that what it says is so."""
    invariants = program(
        '@id("odd") forbid (principal, action == Action::"read", resource)'
        "when { principal.boss.trust > 1 && principal.boss.trust < 1 };",
        SCHEMA.replace("boss?", "boss"),
    )
    wide = program('@id("all") permit (principal, action, resource);', SCHEMA.replace("boss?", "boss"))
    boss = {"__entity": {"type": "User", "id": "eve"}}
    gap = witness("read", user(boss=boss), doc(), by=wide)
    assert gap.after.outcome == "allow"
    found = answer("invariant", "fails", "odd", witness=gap, by=("all",))
    assert said(found, Voice(wide, invariants=invariants)).notes == (
        "Whether that is never to be permitted cannot be told: the invariant cannot be evaluated on it "
        '(entity `User::"eve"` does not exist).',
    )


def test_a_name_within_an_error_gets_out_of_no_quotation() -> None:
    """The engine quotes names between backticks, as the sentences do; a witness may have one with a backtick."""
    odd = program('@id("boss") permit (principal, action, resource) when { principal.boss.trust > 1 };',
                  SCHEMA.replace("boss?", "boss"))  # fmt: skip
    for name, mark in (("eve", "`"), ("x` does not exist. It is permitted by `y", "'")):
        boss = {"__entity": {"type": "User", "id": name}}
        gap = witness("read", user(boss=boss), doc(), by=odd)
        assert gap.after.errors == ("boss",)
        told = said(answer("never_errors", "fails", "boss", witness=gap), Voice(odd))
        assert told.witness is not None
        (outcome,) = told.witness.outcome
        assert f"{mark}User::" in outcome
        assert outcome.count("`") == (4 if mark == "`" else 2)
        assert not worth_telling(answer("never_errors", "fails", "boss", witness=gap), Voice(odd))


def test_who_qualifies_to_approve_is_not_taken_for_who_asks() -> None:
    """The witness's principal is the approver, whom the ``where`` of the procedure permits: it permits no request."""
    asked = witness("write", user(role="lead"), doc())
    request = {**asked.request, "context": {"amount": 6, "requester": {"__entity": {"type": "User", "id": "bob"}}}}
    found = Witness(request, asked.entities, Judged("allow", "allow", "allowed", ("two_eyes",)))
    told = said(answer("no_approver", "fails", "two_eyes", witness=found), VOICE)
    assert told.headline == "Somebody qualifies to give an approval that the procedure `two_eyes` requires."
    assert told.witness is not None
    assert told.witness.request == 'User::"ann" qualifies to approve that User::"bob" does "write" on Doc::"plan".'
    assert told.witness.outcome == ()
    assert ("principal.role", '"lead"') in [(fact.path, fact.value) for fact in told.witness.read]
    amendment = Witness({**request, "context": {"class": "high"}}, asked.entities, found.after)
    told = said(answer("no_approver", "fails", "two_eyes", witness=amendment), VOICE)
    assert told.witness is not None
    assert told.witness.request == 'User::"ann" qualifies to approve such an amendment.'


def test_a_demand_that_is_not_met_is_told_so_even_where_the_request_waits() -> None:
    demand = program('@id("always") permit (principal, action == Action::"write", resource);')
    held = witness("write", user(parents=["desk"]), doc(), amount=6)
    assert held.after.outcome == "hold"
    found = answer("invariant", "fails", "always", witness=held)
    assert said(found, Voice(PROGRAM, invariants=demand)).notes == (
        "This is always to be permitted, and a request is not.",
    )


def test_a_prohibition_that_missing_data_bypasses_under_cedars_semantics() -> None:
    """Cedar skips a forbid that errors; the sentence says what is missing only where that is what went wrong."""
    gap = witness("read", doc("secret"), semantics="cedar")
    assert gap.after.outcome == "allow"
    assert gap.after.errors == ("secrets",)
    found = answer("never_errors", "fails", "secrets", witness=gap, assumption=CEDAR)
    assert said(found, VOICE).notes == ("This prohibition can be bypassed if data about the agent is missing.",)
    resource = witness("read", user(), semantics="cedar")
    assert said(answer("never_errors", "fails", "secrets", witness=resource, assumption=CEDAR), VOICE).notes == (
        "This prohibition can be bypassed if data about the resource is missing.",
    )
    unknown = said(found, MUTE).notes
    assert unknown == ("Where it cannot be, Cedar skips it.",)
    ours = answer("never_errors", "fails", "secrets", witness=witness("read", doc("secret")))
    assert said(ours, VOICE).notes == ("Where it cannot be, the request is denied.",)


def test_an_overflow_is_not_called_missing_data() -> None:
    most = 2**63 - 1
    wide = program('@id("any") permit (principal, action, resource);' + "@id(\"sum\") forbid (principal, "
                   'action == Action::"write", resource) when { context.amount + 1 > 1000 };')  # fmt: skip
    gap = witness("write", user(), doc(), amount=most, by=wide, semantics="cedar")
    assert gap.after.outcome == "allow"
    found = answer("never_errors", "fails", "sum", witness=gap, assumption=CEDAR)
    assert said(found, Voice(wide)).notes == (
        "This prohibition can be bypassed: Cedar skips it where it cannot be evaluated.",
    )


def test_that_the_unknown_is_denied_is_said_once_of_all_rules() -> None:
    """Nearly every rule errs where an entity is unknown, and our semantics then denies: no warning for each."""
    unknown = answer("never_errors", "fails", "secrets", witness=witness("read", doc("secret")))
    overflow = answer("never_errors", "fails", "sum", witness=witness("write", user(), doc(), amount=2**63 - 1))
    assert not worth_telling(unknown, VOICE)
    assert worth_telling(overflow, VOICE)
    assert worth_telling(unknown, MUTE)  # who cannot look must tell
    skipped = answer(
        "never_errors", "fails", "secrets", witness=witness("read", doc("secret"), semantics="cedar"), assumption=CEDAR
    )
    assert worth_telling(skipped, VOICE)  # a prohibition that is bypassed
    gap = witness("write", user(parents=["desk"]), semantics="cedar")
    assert gap.after.errors == ("writers",)
    permit = answer("never_errors", "fails", "writers", witness=gap, assumption=CEDAR)
    assert not worth_telling(permit, VOICE)  # a permit that is skipped permits nothing
    assert "Cedar skips it, so nothing more is permitted." in report_notes(report(permit), VOICE)[0]
    (note,) = report_notes(report(unknown, overflow), VOICE)
    assert note.startswith("1 rule cannot be evaluated where an entity is unknown; a request that meets it is denied.")
    assert report_notes(report(overflow), VOICE) == ()
    left_out = ProofReport(OURS, (), 0, 0, ("templates were not looked into",))
    assert report_notes(left_out) == ("Templates were not looked into.",)


def test_how_far_a_proof_got_is_told() -> None:
    found = answer("never_applies", "undecided", proved=2, environments=5)
    assert said(found).notes == ("Proved for 2 of 5 kinds of request.",)
    assert said(answer("never_applies", "undecided", proved=0, environments=5)).notes == ()


# ---- names that an author chose to mislead ---------------------------------------------------------------------------

_IDS = st.text(min_size=1, max_size=20) | st.text("ab` +#2{about}by\n\u202e\u1fef.:✓", min_size=1, max_size=12)
_ABOUT = {"no_approver": "{}#2", "held_alone": "{} + {}"}


def _without_names(text: str) -> str:
    assert text.count("`") % 2 == 0
    assert text.isprintable()
    return re.sub("`[^`]*`", "``", text)


def _named(id: str) -> Voice:
    """A voice that knows a procedure of this id, and another one."""
    rule = f"@id({quote(id)})\n" if id else ""
    body = 'procedure {} {{ on action == Action::"write" require approval from principal where {} }}'
    text = rule + body.format("one", "true") + '\n@id("other")\n' + body.format("two", "1 == 1")
    return Voice(program(text))


@given(_IDS, st.sampled_from(KINDS), st.sampled_from(get_args(Verdict)))
def test_no_id_says_anything_outside_of_its_quotation(id: str, kind: Kind, verdict: Verdict) -> None:
    """Whatever a rule is called, its sentences are those about a rule with a plain name."""
    told, plain = (
        said(answer(kind, verdict, _ABOUT.get(kind, "{}").format(name, "other"), by=(name,)), _named(name))
        for name in (id, "plain")
    )
    assert _without_names(told.headline) == _without_names(plain.headline)
    assert kind == "tightens" or quoted(id) in told.headline
    assert [rule.id for rule in told.rules] == [id if rule.id == "plain" else rule.id for rule in plain.rules]


def test_a_forged_verdict_stays_within_the_name() -> None:
    forged = "x` is kept. ✓ The invariant `no-secrets"
    assert headline(answer("invariant", "fails", forged)) == (
        "The invariant `x\\u0060 is kept. ✓ The invariant \\u0060no-secrets` is broken."
    )


def test_an_id_that_looks_like_two_or_like_a_place_is_one() -> None:
    assert "both `a + b` and `other`" in headline(answer("held_alone", "holds", "a + b + other"), _named("a + b"))
    assert "an approval that the procedure `a#2` requires" in headline(
        answer("no_approver", "holds", "a#2"), _named("a#2")
    )
    assert "the 2nd approval that the procedure `a` requires" in headline(
        answer("no_approver", "holds", "a#2"), _named("a")
    )
