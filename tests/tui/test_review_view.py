"""What Review says besides rules: other parts that change, line by line, and warnings that stop nothing."""

from __future__ import annotations

import pytest
from textual.content import Content

from workbench.analysis.assumptions import OURS
from workbench.analysis.results import Answer
from workbench.governance.artifact import TestCase
from workbench.service import parts
from workbench.service.views import Blocker, PartChange, ReviewView, RuleChange, RuleView
from workbench.tui.view.review import MOST_LINES, UNCHANGED, changed, changes, judgement, views_line


def review(**changed: object) -> ReviewView:
    plain: dict[str, object] = {
        "before_version": "1.0.0",
        "before_cedar": "",
        "after_cedar": "",
        "before_english": "",
        "after_english": "",
        "changes": (),
        "amendment_class": "sensitive",
        "class_reasons": ("sensitive: the roster is changed",),
        "procedure": "1 operator; no timelock",
        "blockers": (),
    }
    return ReviewView(**{**plain, **changed})  # type: ignore[arg-type]


def rule(name: str) -> RuleView:
    return RuleView(name, "", "forbid", "enforce", "", "", "", 1)


def test_a_changed_roster_is_shown_line_by_line() -> None:
    part = PartChange("roster", "ana operator\nsam supervisor\n", "ana operator\neve\x1b[31m supervisor\n")
    said = changes(review(parts=(part,))).plain
    assert "ROSTER" in said
    assert "- sam supervisor" in said
    assert "+ eve\\u001b[31m supervisor" in said or "+ eve␛[31m supervisor" in said
    assert "\x1b" not in said
    assert "ana" not in said, "what stays as it was is no change"


def test_a_long_part_says_how_much_is_left() -> None:
    after = "".join(f"line {number}\n" for number in range(MOST_LINES + 5))
    said = changes(review(parts=(PartChange("tests", "", after),))).plain
    assert said.count("+ line") == MOST_LINES
    assert "and 5 more lines" in said


def test_a_warning_is_said_and_stops_nothing() -> None:
    warning = Blocker("one_loss_freezes", "without `ana` nobody could approve a minor amendment", "add a person")
    said = judgement(review(warnings=(warning,))).plain
    assert "▲ without `ana`" in said
    assert "add a person" in said
    assert "can be proposed" in said


def test_of_a_text_that_is_not_clean_nobody_says_that_no_rule_changed() -> None:
    unclean = Blocker("not_clean", "line 3: unexpected end of the text (CP001)", "correct the text on Author")
    said = changes(review(blockers=(unclean,))).plain
    assert "The draft has an error · 2 opens Author" in said
    assert "No rule is added" not in said
    assert "No rule is added" in changes(review()).plain


def test_whether_each_invariant_is_kept_stands_beside_the_class() -> None:
    answers = tuple(
        Answer("invariant", about, verdict, OURS)
        for about, verdict in (("kept", "holds"), ("broken", "fails"), ("slow", "undecided"), ("odd", "unsupported"))
    )
    lines = judgement(review(invariants=answers)).plain.splitlines()
    assert "✓ kept, proved  kept" in lines
    assert "✗ broken  broken" in lines
    assert "? not decided  slow" in lines
    assert "? not decided  odd" in lines


def test_which_model_helped_is_said_as_the_text_says_it() -> None:
    noted = "Nobody may go. <!-- as written: no going (rewritten by openai/tiny, asked 2 times, cost unknown) -->"
    assert "openai/tiny: 1 sentence rewritten" in judgement(review(after_english=noted)).plain
    assert "MODEL" not in judgement(review(after_english="Nobody may go.")).plain


def test_a_test_reads_as_who_asks_for_what_and_what_must_come_of_it() -> None:
    case = TestCase.of(
        {
            "name": "a large refund waits",
            "request": {
                "principal": 'Agent::"nora"',
                "action": 'Action::"issue_refund"',
                "resource": 'Order::"o-1"',
                "context": {"amount": 640, "tags": ["vip"]},
            },
            "entities": [
                {"uid": {"type": "Order", "id": "o-1"}, "attrs": {"region": "eu"}, "parents": []},
                {
                    "uid": {"type": "Agent", "id": "nora"},
                    "attrs": {},
                    "parents": [{"type": "Team", "id": "billing"}],
                },
            ],
            "expect": "hold",
            "procedure": "refund_approval",
        }
    )
    line = parts.test_line(case)
    said = changes(review(parts=(PartChange("tests", "", line),))).plain.splitlines()
    assert said[-1] == "+ a large refund waits  ◷ hold by refund_approval"
    confirmed = line.replace("confirmed by nobody", 'confirmed by Operator::"sam"')
    said = changes(review(parts=(PartChange("tests", "", confirmed),))).plain.splitlines()
    assert said[-1].endswith("by refund_approval · confirmed by sam Operator"), "people are called so everywhere"
    other = line.replace("amount 640", "amount 641")
    said = changes(review(parts=(PartChange("tests", line, other),))).plain.splitlines()
    assert said[-4:] == [
        "- a large refund waits  ◷ hold by refund_approval",
        '  Agent::"nora" asks to do "issue_refund" on Order::"o-1"; with amount 640, tags ["vip"]; '
        'where Order::"o-1" region "eu"; Agent::"nora" in Team::"billing"',
        "+ a large refund waits  ◷ hold by refund_approval",
        '  Agent::"nora" asks to do "issue_refund" on Order::"o-1"; with amount 641, tags ["vip"]; '
        'where Order::"o-1" region "eu"; Agent::"nora" in Team::"billing"',
    ], "what differs is never hidden"


@pytest.mark.parametrize(
    "other",
    [
        {"name": "b"},
        {"request": {"principal": 'A::"2"', "action": 'Action::"x"', "resource": 'R::"1"'}},
        {"request": {"principal": 'A::"1"', "action": 'Action::"x"', "resource": 'R::"1"', "context": {"n": 1}}},
        {"entities": [{"uid": {"type": "R", "id": "1"}, "attrs": {"n": 1}, "parents": []}]},
        {"expect": "deny"},
        {"procedure": "p"},
        {"reviewed_by": 'Operator::"ana"'},
        {"requires": {"p": "require 1 approval from operator"}},
        {"procedures": ["p"]},
        {"score": "0.5"},
        {"observed": ["r"]},
        {"unobserved": ["r"]},
    ],
    ids=lambda other: next(iter(other)),
)
def test_tests_that_differ_in_anything_that_counts_read_differently(other: dict) -> None:
    """Else a signer would be shown no change where there is one."""
    plain = {
        "name": "a",
        "request": {"principal": 'A::"1"', "action": 'Action::"x"', "resource": 'R::"1"'},
        "entities": [],
        "expect": "hold",
    }
    assert parts.test_line(TestCase.of({**plain, **other})) != parts.test_line(TestCase.of(plain))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("permit (a);\n", "permit (a);  \n\n", True),
        ("permit (a);\n", "  permit (a);\n", False),
        ("permit (a);\n", "permit (a);\n", False),
        ("permit (a);\n", "permit (b);  \n", False),
    ],
    ids=["ends of lines and blank lines", "an indent is seen", "the same", "a word"],
)
def test_a_difference_of_layout_alone_is_called_that(before: str, after: str, said: bool) -> None:
    for texts in (
        {"before_cedar": before, "after_cedar": after, "before_english": "x", "after_english": "x"},
        {"before_english": before, "after_english": after, "before_cedar": "x", "after_cedar": "x"},
    ):
        shown = changes(review(**texts)).plain
        assert ("Only the layout differs" in shown) == said
    other = PartChange("schema", "a", "b")
    assert "Only the layout" not in changes(review(parts=(other,), **texts)).plain


def test_views_say_in_words_what_they_know_and_by_sign_where_that_is_too_wide() -> None:
    marks = {"meaning": Content("✗ 1 denied"), "proofs": Content("◌ 3/12"), "tests": Content("? 3 to review")}
    wide = views_line("text", marks, width=80).plain
    assert wide.split() == [
        "Text",
        "Meaning",
        "✗",
        "1",
        "denied",
        "Proofs",
        "◌",
        "3/12",
        "Tests",
        "?",
        "3",
        "to",
        "review",
    ]
    narrow = views_line("text", marks, width=50)
    assert narrow.plain.split() == ["Text", "Meaning", "✗1", "Proofs", "◌", "3/12", "Tests", "?3"]
    assert narrow.cell_length == 50
    same = {"meaning": Content(UNCHANGED), "tests": Content("✓ 15 pass")}
    assert views_line("text", same, width=60).plain.endswith(" Meaning  = unchanged   Proofs    Tests  ✓ 15 pass")
    assert views_line("text", same, width=40).plain.split() == ["Text", "Meaning", "=", "Proofs", "Tests", "✓15"]


def test_what_changes_is_counted_by_what_becomes_of_the_rules() -> None:
    one = RuleChange("added", rule("a"))
    assert changed(review(changes=(one,))) == "1 rule is added"
    two = (one, RuleChange("added", rule("b")), RuleChange("removed", rule("c")))
    assert changed(review(changes=two)) == "2 rules are added, 1 rule is removed"
    assert changed(review()) == "no rule changes"
