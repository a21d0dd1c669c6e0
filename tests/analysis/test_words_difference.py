"""Sentences for changes: what is proved, what is open, and "nothing else changes" only where that is proved."""

from __future__ import annotations

import re
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.told import (
    PROGRAM,
    READ,
    SCHEMA,
    WRITE,
    change_witness,
    difference,
    doc,
    environment,
    program,
    user,
    witness,
)
from workbench.analysis.assumptions import OURS
from workbench.analysis.results import (
    CHANGES,
    OTHER,
    Cell,
    ChangeWitness,
    Closest,
    Difference,
    Judged,
    Matrix,
    Verdict,
    Witness,
)
from workbench.analysis.words import Voice, judged_words
from workbench.analysis.words_difference import (
    NEWLY,
    cell_words,
    change_headline,
    change_said,
    change_words,
    closest_headline,
    difference_headline,
    difference_notes,
    difference_tone,
    environment_words,
    matrix_headline,
    value_words,
)

EXHAUSTED = {"exhausted": dict.fromkeys(CHANGES, True)}


def test_the_sentence_of_the_study() -> None:
    found = difference(environment(permitted="fails"))
    assert difference_headline(found).startswith(
        "The new version permits this, which the present one denies; nothing is newly denied or held."
    )
    (told,) = (told for _, told in found.witnesses)
    assert change_headline(told) == "The new version permits this, which the present one denies."


def test_what_was_held_is_not_said_to_have_been_denied() -> None:
    told = ChangeWitness("permitted", change_witness("permitted", "hold"), ())
    assert change_headline(told) == "The new version permits this, which the present one holds for approval."
    one = difference(environment(permitted="fails", shown=(told,)))
    assert "permits this, which the present one holds for approval;" in difference_headline(one)
    mixed = difference(
        environment(permitted="fails", shown=(told, ChangeWitness("permitted", change_witness("permitted"), ())))
    )
    assert "permits these, which the present one does not permit;" in difference_headline(mixed)


def test_several_changes_are_told_in_one_sentence() -> None:
    found = difference(environment(permitted="fails", denied="fails", **EXHAUSTED))
    assert difference_headline(found) == (
        "The new version permits this, which the present one denies; it denies this, which the present one permits; "
        "nothing is newly held. Proved: only requests like these, under the same rules, are decided otherwise."
    )


def test_nothing_is_complete_that_nobody_says_is() -> None:
    assert difference_headline(difference(environment(denied="fails"))).endswith(" More may change than is shown.")


def test_no_change_is_told_as_a_proof_and_an_empty_comparison_is_not() -> None:
    assert difference_headline(difference(environment())) == (
        "The new version decides every request as the present one does: proved."
    )
    assert "nothing is compared" in difference_headline(difference())
    assert difference_tone(difference(environment())) == "good"


@pytest.mark.parametrize("verdicts", product(get_args(Verdict), repeat=3))
@pytest.mark.parametrize("exhausted", [True, False])
def test_nothing_is_claimed_that_is_not_proved(verdicts: tuple[Verdict, ...], exhausted: bool) -> None:
    """For every combination: each change is told once, by its verdict, and the claim of completeness rests on all."""
    found = difference(environment(*verdicts, exhausted=dict.fromkeys(CHANGES, exhausted)))
    told = difference_headline(found)
    assert "safe" not in told
    assert told.endswith((".", "proved."))
    complete = "Proved: only requests" in told
    assert complete == (exhausted and "fails" in verdicts and set(verdicts) <= {"fails", "holds"})
    if set(verdicts) == {"holds"}:
        return
    nothing = _part(told, "othing is newly ")
    whether = " ".join(_part(part, "whether anything is newly ") for part in told.split(";"))
    for change, verdict in zip(CHANGES, verdicts, strict=True):
        word = NEWLY[change].removeprefix("newly ")
        assert (word in nothing) == (verdict == "holds"), told
        assert (word in whether) == (verdict in ("undecided", "unsupported")), told
    assert told.count("which the present one") == verdicts.count("fails")
    assert ("ot decided within the time limit" in told) == ("undecided" in verdicts)
    assert ("ot supported" in told) == ("unsupported" in verdicts)


def _part(text: str, opening: str) -> str:
    """What follows ``opening``, up to the end of the clause; the empty string where it does not stand there."""
    _, found, rest = text.partition(opening)
    return rest.split(";")[0].split(".")[0] if found else ""


_VERDICTS = st.sampled_from(get_args(Verdict))


@given(st.lists(st.tuples(_VERDICTS, _VERDICTS, _VERDICTS, st.booleans()), min_size=1, max_size=4))
def test_one_open_kind_of_request_is_enough_to_claim_less(kinds: list[tuple[Verdict, Verdict, Verdict, bool]]) -> None:
    found = difference(*(environment(p, d, h, exhausted=dict.fromkeys(CHANGES, whole)) for p, d, h, whole in kinds))
    told = difference_headline(found)
    every = [verdict for p, d, h, _ in kinds for verdict in (p, d, h)]
    open_ = bool({"undecided", "unsupported"} & set(every))
    whole = all(whole for p, d, h, whole in kinds if "fails" in (p, d, h))
    assert ("Proved: only requests" in told) == (not open_ and whole and "fails" in every)
    assert ("every request as the present one does" in told) == (set(every) == {"holds"})
    assert (difference_tone(found) == "open") == open_
    for change in CHANGES:
        said = NEWLY[change].removeprefix("newly ") in _part(told, "othing is newly ")
        if set(every) != {"holds"}:
            assert said == (found.verdict(change) == "holds")


def test_what_is_open_is_named_with_its_kind_of_request_and_its_reason() -> None:
    found = difference(
        environment(permitted="fails"),
        environment(held="undecided", denied="unsupported", where=WRITE, why={"denied": "a set of sets"}),
    )
    notes = difference_notes(found)
    assert "User · write · Doc: not decided within the time limit: whether anything is newly held." in notes
    assert "User · write · Doc: not supported (a set of sets): whether anything is newly denied." in notes
    assert "Proved unchanged: 0 of 2 kinds of request." in notes


def test_what_is_not_compared_and_what_only_reorders_is_told() -> None:
    found = difference(environment(), only_before=("the action `x`",), only_after=("the type `T`",), scores=("p", "q"))
    assert difference_notes(found) == (
        "Only in the present version: the action `x`",
        "Only in the new version: the type `T`",
        "The order of candidates can change: preferences differ (`p`, `q`).",
    )


@given(
    st.lists(st.tuples(_VERDICTS, _VERDICTS, _VERDICTS, st.booleans()), max_size=4),
    st.sampled_from([{"only_before": ("action `x`",)}, {"only_after": ("action `x`",)}]),
)
def test_nothing_is_claimed_of_what_only_one_version_takes(
    kinds: list[tuple[Verdict, Verdict, Verdict, bool]], apart: dict[str, tuple[str, ...]]
) -> None:
    found = difference(
        *(environment(p, d, h, exhausted=dict.fromkeys(CHANGES, whole)) for p, d, h, whole in kinds), **apart
    )
    told = difference_headline(found)
    assert difference_tone(found) in ("warn", "open")
    assert "every request" not in told
    if not kinds:
        assert "nothing is compared" in told
        return
    assert "told below." in told
    assert any("action `x`" in note for note in difference_notes(found))
    for claim in ("othing", "decided alike"):
        for clause in re.split("[;.]", told):
            assert claim not in clause or "both versions take" in clause, told


def test_a_change_beside_what_only_one_version_takes() -> None:
    assert difference_headline(difference(environment(), only_after=("action `x`",))) == (
        "Requests that both versions take are decided alike: proved; what only one of them takes is told below."
    )
    found = difference(environment(permitted="fails", **EXHAUSTED), only_after=("action `x`",))
    assert difference_headline(found) == (
        "The new version permits this, which the present one denies; nothing that both versions take is newly denied "
        "or held. Proved: only requests like this one that both versions take, under the same rules, are decided "
        "otherwise. "
        "What only one of the versions takes is told below."
    )


def test_data_that_fit_one_version_alone_are_said_to_be_left_out() -> None:
    note = "Entities whose attributes or tags fit one version alone are not compared."
    for one in ("attribute `Doc.owner`: data without it no longer fits", "tags `Doc`: rules no longer fit"):
        assert difference_notes(difference(environment(), only_after=(one,)))[-1] == note
        assert difference_notes(difference(environment(), only_before=(one,)))[-1] == note
    assert note not in difference_notes(difference(environment(), only_after=("action `x`: what fitted still fits",)))


def test_a_kind_of_request_in_a_line() -> None:
    assert environment_words(environment()) == "unchanged: proved"
    assert environment_words(environment(touched=False)) == "unchanged: no rule that applies here differs"
    assert environment_words(environment(denied="fails", held="undecided")) == (
        "newly denied; proved: nothing newly permitted; not decided within the time limit: newly held"
    )


def test_a_change_is_told_with_its_rules() -> None:
    older = program('@id("nobody") forbid (principal, action, resource);')
    told = ChangeWitness("permitted", witness("read", user(), doc(), before=older), ("nobody", "readers"))
    words = change_said(str(READ), told, Voice(PROGRAM, older, say=lambda rule: f"says {rule}"))
    assert words.environment == "User · read · Doc"
    assert [(rule.name, rule.words) for rule in words.rules] == [("nobody", "says nobody"), ("readers", "says readers")]
    assert words.confirmation == "Here is one, confirmed by both engines."
    assert words.witness.outcome[0] == "The present version: it is denied by `nobody`."


def test_what_is_no_longer_permitted_is_told_with_the_permit_that_comes_nearest() -> None:
    """Both sides read the owner; what the new rule reads beside it is why it does not apply."""
    older = program('@id("any") permit (principal, action, resource is Doc) when { principal == resource.owner };')
    newer = program(
        '@id("big") permit (principal, action == Action::"read", resource)\n'
        "when { principal == resource.owner && principal.trust > 4 };"
    )
    found = witness("read", user(), doc(), by=newer, before=older)
    told = ChangeWitness("denied", found, ("any",))
    words = change_said(str(READ), told, Voice(newer, older, say=lambda rule: f"says {rule}"))
    assert words.witness.outcome == (
        "The present version: it is permitted by `any`.",
        "The new version: it is denied, because no rule permits it; `big` comes nearest.",
    )
    assert [(fact.path, fact.value) for fact in words.witness.read] == [
        ("resource.owner", 'User::"ann"'),
        ("principal.trust", "1"),
    ]
    assert [(rule.name, rule.words) for rule in words.rules] == [
        ("any", "says any"),
        ("big", "comes nearest: says big"),
    ]
    named = ChangeWitness("denied", found, ("any", "big"))
    assert [
        rule.words for rule in change_said("", named, Voice(newer, older, say=lambda rule: f"says {rule}")).rules
    ] == [
        "says any",
        "says big",
    ]
    mute = change_said(str(READ), told)
    assert mute.witness.outcome[1] == "The new version: it is denied, because no rule permits it."
    assert [rule.id for rule in mute.rules] == ["any"]


def test_each_side_reads_what_its_own_schema_knows() -> None:
    """The old side takes the request without what is new in it; what neither reads is told apart."""
    older = program('@id("any") permit (principal, action == Action::"read", resource) when { context.amount < 5 };')
    newer = program(
        '@id("any") permit (principal, action == Action::"read", resource)when { context.amount < 5 && context.mfa };',
        SCHEMA.replace("type Facts = { ", "type Facts = { mfa: Bool, place: String, "),
    )
    request = {
        "principal": 'User::"ann"',
        "action": 'Action::"read"',
        "resource": 'Doc::"plan"',
        "context": {"amount": 1, "mfa": False, "place": "here"},
    }
    found = Witness(request, (), Judged("deny", "deny", "not_permitted"), Judged("allow", "allow", "allowed", ("any",)))
    told = change_said(str(READ), ChangeWitness("denied", found, ("any",)), Voice(newer, older)).witness
    assert [(fact.path, fact.value) for fact in told.read] == [("context.amount", "1"), ("context.mfa", "false")]
    assert ("context.place", '"here"') in [(fact.path, fact.value) for fact in told.unread]
    assert told.outcome[1].endswith("no rule permits it; `any` comes nearest.")


def test_of_a_request_that_the_new_version_does_not_take_all_data_are_told() -> None:
    """What in it does not fit is not known here: nothing may be called unread."""
    found = Witness(
        witness("read", user(), doc()).request,
        (user(), doc()),
        Judged("deny", "deny", "invalid_request"),
        Judged("allow", "allow", "allowed", ("readers",)),
    )
    told = change_said(str(READ), ChangeWitness("denied", found, ("readers",)), Voice(PROGRAM, PROGRAM)).witness
    assert told.unread == ()
    assert "context.amount" in [fact.path for fact in told.read]
    gone = program('@id("readers") permit (principal, action, resource);', SCHEMA.replace("action read", "action look"))
    told = change_said(str(READ), ChangeWitness("denied", found, ("readers",)), Voice(gone, PROGRAM)).witness
    assert told.read == ()  # there is no such action any more: that is no matter of data
    assert "context.amount" in [fact.path for fact in told.unread]


def test_what_the_schema_has_not_is_denied_for_that() -> None:
    assert judged_words(Judged("deny", "deny", "invalid_request")) == (
        "It is denied, because the schema has no such request."
    )


def test_a_held_change_names_the_permit_behind_it() -> None:
    older = program('@id("nobody") forbid (principal, action, resource);')
    found = witness("write", user(parents=["desk"]), doc(), amount=6, before=older)
    told = ChangeWitness("held", found, found.after.reasons)
    words = change_said(str(WRITE), told, Voice(PROGRAM, older))
    assert [rule.name for rule in words.rules] == ["two_eyes", "writers"]


# ---- matrices and closest changes ------------------------------------------------------------------------------------


def test_cells() -> None:
    cells = [Cell("lead", ("Action", "read"), verdict) for verdict in ("always", "never", "depends")]
    assert [cell_words(cell) for cell in cells] == ["always", "never", "depends"]
    held = Cell("lead", ("Action", "read"), "always", held=True)
    assert cell_words(held) == "always (approval)"
    assert cell_words(Cell("lead", ("Action", "read"), "undecided", held=True)) == "not decided"
    assert cell_words(Cell("lead", ("Action", "read"), "unsupported")) == "not supported"
    assert value_words(OTHER) == "any other value"
    assert [value_words(value) for value in ("any other value", "Any  other\u00a0value", "(empty)", " x", "")] == [
        "`any other value`",
        "`Any  other\\u00a0value`",
        "`(empty)`",
        "` x`",
        "",
    ]
    assert value_words("two words") == "two words"
    found = Matrix(OURS, "principal.role", ("lead",), (("Action", "read"),), (held, cells[2]))
    assert matrix_headline(found) == "1 value of principal.role, 1 action: 1 always, 1 depends."


def test_the_closest_change() -> None:
    found = witness("read", user(), doc())
    flip = (("context.amount", 900, 500), ("principal.role", None, "lead"))
    smallest = Closest("fails", "allow", flip, found, minimal=True)
    assert closest_headline(smallest) == (
        "The smallest change that flips the decision: the request would be permitted. No fewer changes do: proved."
    )
    assert [change_words(change) for change in flip] == ["context.amount: 900 → 500", 'principal.role: absent → "lead"']
    some = Closest("fails", "allow", flip, found)
    assert closest_headline(some).startswith("A change that flips the decision")
    assert closest_headline(some).endswith("Whether it is the smallest is not proved.")
    assert "fewer" not in closest_headline(some)
    assert closest_headline(Closest("holds", "allow")) == (
        "No change to its context or to the data makes the request be permitted: proved."
    )
    for verdict in ("undecided", "unsupported"):
        told = closest_headline(Closest(verdict, "deny"))
        assert told.startswith("Not ")
        assert "proved" not in told


def test_an_unchanged_difference_with_open_ends_is_not_green() -> None:
    assert difference_tone(Difference(OURS, (environment(held="unsupported"),))) == "open"
    assert difference_tone(Difference(OURS, (environment(held="fails"),))) == "warn"
