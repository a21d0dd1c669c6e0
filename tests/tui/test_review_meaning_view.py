"""What meaning and proofs say, for any answer: all that is open or differs is told; nothing else is called proved."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.fakes import HOSTILE
from tests.tui.meaning_fakes import AFTER, REFUND, SHARED, UNKNOWN, difference, report
from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.results import (
    CHANGES,
    Answer,
    ChangeWitness,
    Difference,
    EnvironmentDifference,
    ProofReport,
    RequestEnvironment,
)
from workbench.analysis.words_headlines import HEADLINES
from workbench.analysis.words_voice import Voice
from workbench.service.rules import rule_views
from workbench.tui.view import meaning, proofs, witness
from workbench.tui.view.rulebook import Rulebook, rule_lines

VERDICTS = st.sampled_from(["holds", "fails", "undecided", "unsupported"])
ASSUMPTIONS = st.builds(Assumption, st.sampled_from(["cedar+", "cedar"]), st.sampled_from(["missing", "complete"]))
BOOK = Rulebook("1.0.0", "draft", after={rule.id: rule for rule in rule_views(AFTER)})
RULES = st.lists(st.sampled_from(["reply-rate", "never-share-email", "gone", HOSTILE]), max_size=2).map(tuple)


@st.composite
def environments(draw, number):
    """One environment; a change fails exactly where it has witnesses."""
    verdicts = {change: draw(VERDICTS) for change in CHANGES}
    told = tuple(
        ChangeWitness(change, draw(st.sampled_from([SHARED, REFUND])), draw(RULES))
        for change in CHANGES
        if verdicts[change] == "fails"
        for _ in range(draw(st.integers(1, 3)))
    )
    exhausted = {change: draw(st.booleans()) for change in CHANGES if verdicts[change] == "fails"}
    why = {change: "the time limit was reached" for change in CHANGES if verdicts[change] == "undecided"}
    touched = draw(st.booleans()) or any(verdict != "holds" for verdict in verdicts.values())
    kind = RequestEnvironment(draw(st.sampled_from(["Agent", "Company::Robot"])), ("Action", f"do{number}"), "Ticket")
    return EnvironmentDifference(kind, verdicts, told, exhausted, why, touched)


@st.composite
def differences(draw):
    made = tuple(draw(environments(number)) for number in range(draw(st.integers(0, 5))))
    sides = st.lists(st.sampled_from(["the action `x`", HOSTILE]), max_size=2).map(tuple)
    return Difference(draw(ASSUMPTIONS), made, draw(sides), draw(sides), draw(RULES))


@given(differences())
def test_every_witness_and_everything_open_has_a_row_and_each_row_can_be_told(told):
    found = meaning.found(told)
    assert len({each.key for each in found}) == len(found), "keys name rows"
    rows = meaning.rows(found, BOOK)
    assert [row.key for row in rows] == [each.key for each in found]
    assert sorted(id(e.witness) for e in found if e.kind == "witness") == sorted(id(w) for _, w in told.witnesses)
    opened = {(e.environment.environment, e.change) for e in found if e.kind == "open"}
    assert opened == {
        (each.environment, change)
        for each in told.environments
        for change in CHANGES
        if each.verdicts[change] in ("undecided", "unsupported")
    }
    for each in found:
        text = meaning.detail(each, told, BOOK).plain
        assert text.strip()
        assert "\x1b" not in text
    assert all("\x1b" not in cell.text for row in rows for cell in row.cells)


def test_kinds_of_request_are_told_in_the_words_of_the_schema():
    voiced = replace(BOOK, voice=Voice(AFTER))
    for action, on, said in (
        ("share_external", "Ticket", "An agent wants to share a ticket outside the company"),
        ("issue_refund", "Ticket", "An agent wants to issue a refund, on a ticket"),
        ("read_shared_memory", "SharedMemory", "An agent wants to read shared memory"),
        ("reassign", "Ticket", "An agent wants to reassign, on a ticket"),
    ):
        assert meaning.about(RequestEnvironment("Agent", ("Action", action), on), voiced) == said
    kind = RequestEnvironment("Agent", ("Action", "share_external"), "Ticket")
    assert meaning.about(kind, Rulebook()) == "An Agent wants to share_external, on a Ticket"


@given(differences())
def test_only_what_is_proved_is_called_unchanged(told):
    same = sum(all(each.verdicts[c] == "holds" for c in CHANGES) for each in told.environments)
    lines = [each for each in meaning.found(told) if each.kind == "proved"]
    assert len(lines) == (1 if same else 0)
    summary = meaning.summary(told).plain
    assert (f"= {same} of {len(told.environments)} kinds proved unchanged" in summary) == bool(same)
    assert ("unchanged" in summary) <= bool(same)
    undecided = sum(v in ("undecided", "unsupported") for each in told.environments for v in each.verdicts.values())
    assert (f"? {undecided} not decided" in summary) == bool(undecided)
    if undecided:
        assert "?" in meaning.badge(told).plain
    for each in meaning.found(told):
        if each.kind == "environment" and set(each.environment.verdicts.values()) & {"undecided", "unsupported"}:
            assert "it is not known to be safe" in meaning.detail(each, told, BOOK).plain


@given(differences())
def test_that_there_may_be_more_is_said_unless_the_witnesses_are_proved_to_be_all(told):
    more = {(e.environment.environment, e.change) for e in meaning.found(told) if e.kind == "more"}
    assert more == {
        (each.environment, change)
        for each in told.environments
        for change in CHANGES
        if each.verdicts[change] == "fails" and not each.exhausted[change]
    }


@given(differences())
def test_what_differs_comes_before_what_is_open_and_that_before_what_is_proved(told):
    def rank(each):
        if each.environment is None:
            return 2
        return 0 if "fails" in each.environment.verdicts.values() else 1

    ranks = [rank(each) for each in meaning.found(told)]
    assert ranks == sorted(ranks)


ANSWERS = st.builds(
    Answer,
    kind=st.sampled_from(sorted(HEADLINES)),
    about=st.sampled_from(["reply-rate", "refund-approval", "share_external", "a + b", "x#2", HOSTILE]),
    verdict=VERDICTS,
    assumption=st.just(OURS),
    by=RULES,
    why=st.sampled_from(["", "the time limit was reached", HOSTILE]),
    proved=st.integers(0, 3),
    environments=st.integers(0, 3),
    witness=st.sampled_from([None, UNKNOWN]),
)


def distinct(answers):
    return tuple({(answer.kind, answer.about): answer for answer in answers}.values())


REPORTS = st.builds(ProofReport, st.just(OURS), st.lists(ANSWERS, max_size=8).map(distinct), st.just(8), st.just(12))


@given(REPORTS, st.booleans())
def test_every_proof_can_be_told_and_nothing_broken_or_open_is_left_out(told, everything):
    listed = proofs.listed(told, BOOK, everything=everything)
    assert len({each.key for each in listed}) == len(listed)
    shown = {(each.answer.kind, each.answer.about) for each in listed if each.answer is not None}
    loud = {
        (answer.kind, answer.about)
        for answer in told.answers
        if answer.verdict in ("undecided", "unsupported") or answer.kind == "invariant"
    }
    assert loud <= shown
    if everything:
        assert shown == {(answer.kind, answer.about) for answer in told.answers}
    for row, each in zip(proofs.rows(listed, BOOK), listed, strict=True):
        text = proofs.detail(each, BOOK).plain
        assert "\x1b" not in text + row.cells[1].text
        if each.answer is not None and each.answer.verdict in ("undecided", "unsupported"):
            assert row.cells[0].text.startswith("? ")
            assert OURS.words in text
        if each.answer is not None and each.answer.kind == "invariant":
            sign = {"holds": "✓ kept, proved", "fails": "✗ broken"}.get(each.answer.verdict, "? not ")
            assert row.cells[0].text.startswith(sign)


@given(REPORTS)
def test_the_summary_counts_invariants_by_their_verdict(told):
    text = proofs.summary(told, BOOK).plain
    invariants = [answer.verdict for answer in told.answers if answer.kind == "invariant"]
    for verdict, words in (("holds", "kept"), ("fails", "broken")):
        count = invariants.count(verdict)
        said = f"{count} invariant{'s' if count != 1 else ''} {words}"
        assert (said in text) == bool(count)
    assert ("no invariant is written" in text) == (not invariants)


def test_a_row_names_what_makes_the_change_and_the_window_says_who_read_it():
    told = difference()
    rows = {row.key: row for row in meaning.rows(meaning.found(told), BOOK)}
    row = next(row for key, row in rows.items() if "issue_refund" in key and "/" in key)
    assert row.cells[1].text.startswith("amount 301")
    assert row.cells[2].text == "refund-approval"


def test_the_clipboard_carries_no_unseen_character():
    shown = witness.Shown("✗ newly denied", "$deny", SHARED, ("x",), OURS)
    hostile = json.loads(json.dumps(dict(SHARED.request)))
    hostile["context"] = {"note": HOSTILE}
    made = witness.as_json(witness.Shown(shown.title, "", type(SHARED)(hostile, (), SHARED.after), (), OURS))
    assert made.isascii(), "what a paste could hide is escaped"
    assert json.loads(made)["request"]["context"]["note"] == HOSTILE


def test_a_test_case_takes_the_procedure_only_where_one_holds_it():
    shown = witness.Shown("◷ newly held", "$hold", REFUND, ("refund-approval",), OURS)
    assert witness.as_test(shown, "hold")["procedure"] == "refund-approval"
    assert "procedure" not in witness.as_test(shown, "allow")
    assert witness.as_test(shown, "hold")["name"] == "newly held: a asks to issue_refund t"


def test_no_news_is_told_only_when_asked_for():
    quiet = [each for each in proofs.listed(report(), BOOK) if each.answer and each.answer.about == "reply-rate"]
    assert quiet == []
    loud = proofs.listed(report(), BOOK, everything=True)
    assert [each.answer.verdict for each in loud if each.answer and each.answer.about == "reply-rate"] == ["fails"]


def test_a_rule_that_changed_under_the_same_sentence_says_so():
    """The sentence beside it may say what the rule no longer does."""
    rule = BOOK.after["refund-approval"]
    older = replace(rule, digest="0" * 64, paraphrase="It was otherwise.")
    book = replace(BOOK, before={rule.id: older})
    warned = "▲ the sentence did not change with the rule"
    assert warned in rule_lines(book, rule.id).plain
    assert "was It was otherwise." in rule_lines(book, rule.id).plain
    book = replace(BOOK, before={rule.id: replace(older, english="Another sentence.")})
    assert warned not in rule_lines(book, rule.id).plain
    assert warned not in rule_lines(replace(BOOK, before={rule.id: rule}), rule.id).plain
