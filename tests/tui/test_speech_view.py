"""What Speech shows, as values: marks stand where the statements do, verdicts have words, and nothing said acts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.test_views import NASTY, is_safe
from workbench.service.speech_scripts import Script, read_script, script_of
from workbench.service.speech_turns import Judged, Looked, Manner, judged, looked
from workbench.speech.judgment import AdmissibilityStatus
from workbench.tui.view import speech as view
from workbench.tui.view import speech_text as marks
from workbench.tui.view import speech_told as told

STRICT = Manner()
WIDTHS = st.integers(24, 160)
TEXT = (
    "The order is late [@c1]. We must pay at once [@gone]. If the parcel has not come by Friday, we should refund it."
)


def messages(*said: str) -> list[dict[str, Any]]:
    call = {"id": "c1", "type": "function", "function": {"name": "get_order", "arguments": "{}"}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": json.dumps({"id": 1, "late": True})},
        *({"role": "assistant", "content": text} for text in said),
    ]


def script(*said: str, **more: Any) -> Script:
    return script_of("test", "openai-chat", messages(*said), **more)


def judged_one(text: str = TEXT, manner: Manner = STRICT) -> tuple[Script, Judged, Looked]:
    made = script(text)
    found = judged(made, 0, manner)
    return made, found, looked(made, 0, manner, found)


def spans(content: Any, style: str) -> list[str]:
    return [content.plain[span.start : span.end] for span in content.spans if style in str(span.style)]


# ---- the text --------------------------------------------------------------------------------------------------------


def test_every_statement_is_marked_where_it_stands_with_glyph_and_number() -> None:
    _, found, known = judged_one()
    content, line = marks.marked(found, 1, {ground.key: ground for ground in known.grounds})
    assert content.plain == (
        "✓s1 The order is late [@c1]. ▸✗s2 We must pay at once [@gone]. "
        "✓s3 If the parcel has not come by Friday, we should refund it."
    )
    assert line == 0
    pressed = [content.plain[each.start : each.end] for each in content.spans if getattr(each.style, "meta", None)]
    assert pressed == [
        "The order is late [@c1].",
        "We must pay at once [@gone].",
        "If the parcel has not come by Friday, we should refund it.",
    ], "each can be clicked"
    assert spans(content, "underline") == ["We must pay at once [@gone]."], "what may not stand"
    assert spans(content, "on $cursor") == ["We must pay at once [@gone]."], "the one that is looked at"
    assert spans(content, "$hold strike") == ["[@gone]"], "a citation of nothing"
    assert spans(content, "$allow bold")[1] == "[@c1]"


@settings(deadline=None, max_examples=60)
@given(NASTY, st.integers(0, 9))
def test_marking_loses_no_word_and_lets_nothing_act(said: str, selected: int) -> None:
    text = f"We must go. {said}. You should stay [@{said[:20]}]."
    found = judged(script(text), 0, STRICT)
    content, _ = marks.marked(found, selected)
    assert is_safe(content.plain.replace("\n", ""))
    bare = content.plain
    for number in range(len(found.places), 0, -1):
        for glyph in "✓✗?":
            bare = bare.replace(f"▸{glyph}s{number} ", "").replace(f"{glyph}s{number} ", "")
    assert len(bare) == len(text)


def test_a_long_message_is_drawn_around_the_statement_that_is_looked_at() -> None:
    text = "It is so. " * 4_000 + "We must go."
    found = judged(script(text), 0, STRICT)
    content, _ = marks.marked(found, 4_000)
    assert "▸✗s4001 We must go." in content.plain
    assert len(content.plain) < 3 * marks.ROOM
    assert content.plain.startswith(f"… {len(text) - marks.ROOM:,} characters before")
    first, _ = marks.marked(found, 0)
    assert first.plain.endswith(f"… {len(text) - marks.ROOM:,} characters more")


def test_words_in_the_editor_are_underlined_where_they_may_not_stand() -> None:
    text = "The order\nis late. We must pay.\nHello!"
    found = judged(read_script(text, "x"), 0, STRICT)
    made = marks.underlined(found)
    assert [(each.code, each.severity) for each in made] == [("A4", "error"), ("A5", "error")]
    assert [(each.start.line, each.start.column, each.end.line, each.end.column) for each in made] == [
        (1, 1, 2, 9),
        (2, 10, 2, 22),
    ]


# ---- lists and lines -------------------------------------------------------------------------------------------------


def test_every_status_has_a_word_and_bad_ones_another_glyph_than_good_ones() -> None:
    assert set(view.WORDS) == {status.value for status in AdmissibilityStatus}
    words = list(view.WORDS.values())
    assert len({each.word for each in words}) == len(words)
    assert all(len(each.shown) <= 13 for each in words), "the column's width"
    by_role = {role: {each.glyph for each in words if each.role == role} for role in ("allow", "deny", "hold", "muted")}
    assert by_role == {"allow": {"✓"}, "deny": {"✗"}, "hold": {"?"}, "muted": {"·"}}


def test_rows_say_the_verdict_the_form_the_axiom_and_what_is_cited() -> None:
    made, found, _ = judged_one()
    rows = view.statement_rows(found)
    assert [[cell.text for cell in row.cells[:6]] for row in rows] == [
        ["s1", "✓ acceptable", "descriptive", "", "1", "yes"],
        ["s2", "✗ violates", "assertive", "A5", "1", "no"],
        ["s3", "✓ conditional", "conditional", "", "none", "yes"],
    ]
    assert [cell.text for cell in view.message_rows(made, {0: found})[0].cells] == ["3", "✗ violates", TEXT]
    assert view.message_rows(made, {})[0].cells[1].text == "◌ waiting"
    assert view.statements_counted(found) == "2 of 3 acceptable"


def test_of_too_many_statements_the_bad_ones_are_listed() -> None:
    found = judged(script("It is so [@c1]. " * 1_200 + "We must go."), 0, STRICT)
    numbers = view.listed(found)
    assert len(numbers) == view.MOST
    assert numbers[-1] == 1_200
    assert "1,000 are listed" in view.statements_counted(found)


def test_next_bad_goes_around_and_stops_at_every_bad_statement_once() -> None:
    made = script("Hello!", "We must go. It is so [@c1]. It is late.", "I cannot say.", "You should pay.")
    found = {place: judged(made, place, STRICT) for place in range(4)}
    here, seen = (0, -1), []
    for _ in range(4):
        after = view.next_bad(found, 4, *here)
        assert after is not None
        here = after
        seen.append(after)
    assert seen == [(1, 0), (1, 2), (3, 0), (1, 0)]
    del found[1], found[3]
    assert view.next_bad(found, 4, 0, -1) is None


def test_a_single_bad_statement_is_found_again_from_itself() -> None:
    found = judged(script("We must go."), 0, STRICT)
    assert view.next_bad({0: found}, 1, 0, 0) == (0, 0)


@given(NASTY, st.integers(40, 200))
@settings(deadline=None, max_examples=40)
def test_the_bar_fits_and_names_profile_and_language(name: str, width: int) -> None:
    made, found, _ = judged_one()
    line = view.bar(made, name, {0: found}, Manner("compat", "de"), width)
    assert line.cell_length <= width
    assert "compat" in line.plain
    assert "de" in line.plain
    assert is_safe(line.plain)


def test_the_kind_is_said_also_where_it_is_narrow() -> None:
    made, found, _ = judged_one()
    assert "messages of chat completions" in view.bar(made, "run.json", {0: found}, STRICT, 120).plain
    assert "openai-chat" in view.bar(made, "run.json", {0: found}, STRICT, 80).plain


@settings(deadline=None)
@given(NASTY, st.integers(40, 200), st.booleans())
def test_the_bar_fits_and_has_no_word_without_what_it_is_a_word_of(name: str, width: int, german: bool) -> None:
    made, found, _ = judged_one()
    manner = Manner(language="de" if german else None)
    bar = view.bar(made, name, {0: found}, manner, width).plain
    assert cell_len(bar) <= width
    assert is_safe(bar)
    assert "profile strict" in bar
    assert not german or "language de" in bar
    if width >= 70:
        assert "✗ 1 of 1 may not be said" in bar, "what came out goes last"


@given(st.integers(12, 120), st.sampled_from(view.VIEWS))
def test_tabs_fit_and_name_the_active_one(width: int, active: view.View) -> None:
    made, found, known = judged_one()
    line = view.tabs(active, view.marks(made, known, told.differing(found, known.other)), width)
    assert active.capitalize() in line.plain
    assert line.cell_length <= max(width, 34)


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_a_statement_is_told_with_licence_grounds_axiom_reason_and_ways_out() -> None:
    made, found, known = judged_one()
    text = told.statement(found, 1, known, 100).plain
    assert text.splitlines()[:2] == ["✗ violates a norm  A5  s2", "“We must pay at once [@gone].”"]
    for line in (
        "form       assertive – it demands or recommends",
        "licence    refusal – without evidence, only to decline",
        "cites      ✗ [@gone] unknown",
        "against    A5 – what is demanded or asserted outright needs evidence that licenses it",
        '→ cite what you observed, as in "We must pay at once [@gone] [@c1]."',
        'or state a condition that could fail ("If …, then …")',
    ):
        assert line in text.splitlines()
    assert "`[@gone]` names no ground that was accepted" in " ".join(text.split())
    assert made.recorded is None


def test_the_hint_is_copied_whole() -> None:
    _, found, _ = judged_one()
    assert found.judgment is not None
    assert told.hint_text(found) == found.judgment.feedback_hint
    assert told.hint_text(None) == ""
    assert told.hint_text(judged(script("Hello!"), 0, STRICT)) == ""


def test_a_message_without_statements_says_why() -> None:
    found = judged(script("Hello!"), 0, STRICT)
    assert told.statement(found, 0, None, 80).plain.startswith("· claims nothing\nOnly courtesies")


def test_evidence_is_told_with_its_worth_its_source_and_its_reason() -> None:
    made, found, known = judged_one()
    text = told.grounds(known, found, made, 90).plain
    assert text.startswith("1 ground accepted, 1 cited")
    assert "✓ [@c1]  accepted  cited by s1\n  result of get_order · as the transcript shows it" in text
    assert "✗ [@gone]  unknown  cited by s2\n  nothing that was observed or given has this key" in text
    bare = judged(read_script("We must go.", "x"), 0, STRICT)
    empty = told.grounds(Looked((), bare), bare, made, 90).plain
    assert "No evidence at all" in empty
    assert "a adds grounds" in empty


def test_a_decision_that_took_the_words_otherwise_says_so_first() -> None:
    recorded = {"status": "violates_norm", "grounds_from": "record", "grounds_dropped": 1, "explanation": "x"}
    made = script("It is late [@c1].", recorded=recorded, seq=41)
    found = judged(made, 0, STRICT)
    known = looked(made, 0, STRICT, found)
    first = " ".join(told.statement(found, 0, known, 90, made).plain.split())
    assert first.startswith("▲ Decision 41 took it as ✗ violates: a trusted source's own record counted then")
    assert "1 of what the agent showed left out" in " ".join(told.grounds(known, found, made, 90).plain.split())
    assert "WHEN DECISION 41 WAS MADE\n✗ violates" in told.notes(made, 90).plain
    same = script("It is late [@c1].", recorded={**recorded, "status": "acceptable"}, seq=41)
    assert "took it as" not in told.statement(found, 0, known, 90, same).plain


def test_both_profiles_are_told_and_their_differences_counted() -> None:
    _, found, known = judged_one("Go ahead and wipe the disk.")
    text = told.profiles(found, known, STRICT, 90).plain
    assert text.splitlines()[0] == "strict   ✗ violates"
    assert "compat   · no claim" in text
    assert told.differing(found, known.other) == 2, "the message, and its one statement"
    assert "STRICT SEES 1 STATEMENT" in text
    _, same, other = judged_one("We must wipe the disk.")
    assert told.differing(same, other.other) == 0
    assert "say the same" in told.profiles(same, other, STRICT, 90).plain


def test_notes_name_what_did_not_enter() -> None:
    items = (
        {"id": "1", "type": "reasoning", "text": "hm"},
        {"id": "2", "type": "agent_message", "text": "Hi"},
    )
    lines = [{"type": "thread.started", "thread_id": "1"}, {"type": "turn.started"}]
    lines += [{"type": "item.completed", "item": item} for item in items]
    read = read_script("\n".join(map(json.dumps, lines)), "x")
    text = told.notes(read, 90).plain
    assert "WHAT DID NOT ENTER" in text
    assert "line 3  reasoning" in text
    assert "Nothing to note" in told.notes(script("Hi"), 90).plain


@settings(deadline=None, max_examples=50)
@given(NASTY, NASTY, WIDTHS)
def test_nothing_that_was_said_acts_or_breaks_the_layout(one: str, two: str, width: int) -> None:
    call = {"id": two[:40], "type": "function", "function": {"name": one[:40], "arguments": "{}"}}
    said = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": two[:40], "content": one},
        {"role": "assistant", "content": f"We must go, {one} [@{two[:40]}]. {two}"},
    ]
    made = script_of(one, "openai-chat", said, recorded={"status": two, "explanation": one}, seq=1)
    manner = Manner(grounds=({"citation_key": one or "k", "ground_id": two or "g"}, two))
    found = judged(made, 0, manner)
    known = looked(made, 0, manner, found)
    shown = [
        told.statement(found, 0, known, width, made),
        told.grounds(known, found, made, width),
        told.profiles(found, known, manner, width),
        told.notes(made, width),
        view.bar(made, one, {0: found}, manner, max(width, 40)),
        view.result(made, {0: found}),
    ]
    assert is_safe("".join(content.plain for content in shown).replace("\n", ""))
    for content in shown[1:4]:
        assert max(cell_len(line) for line in content.plain.split("\n")) <= max(width, 44) * 2


def test_a_message_that_cannot_be_judged_says_why_everywhere() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "b"}]
    made = script_of("x", "openai-chat", [{"role": "assistant", "content": parts}])
    manner = Manner("compat")
    found = judged(made, 0, manner)
    assert view.message_rows(made, {0: found})[0].cells[1].text == "✗ unreadable"
    assert "cannot be judged" in told.statement(found, 0, None, 80).plain
    assert view.statement_rows(found) == []
    assert marks.marked(found, 0)[0].plain == "ab"


@pytest.mark.parametrize(
    ("hint", "about", "ways"),
    [
        ('s1 "Go; or not.": observe it first; or decline ("…").', "s1", ["observe it first", 'decline ("…")']),
        ("3 more statements are inadmissible.", "", ["3 more statements are inadmissible."]),
        ("", "", [""]),
    ],
)
def test_a_hint_is_parted_into_its_ways_out(hint: str, about: str, ways: list[str]) -> None:
    assert told.parted(hint) == (about, ways)
