"""A norm as one line: what is read is what was written, and what is missing is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.fakes import NOW
from tests.tui.norm_fakes import CONFLICT, FIGHTS, NEW_FIGHTS, NORMS, REVISIONS
from tests.tui.test_views import is_safe
from workbench.norms import Norm
from workbench.service.norm_previewing import NormPreview
from workbench.tui.screens.norm_questions import Standing
from workbench.tui.view import norm_line, norm_standing
from workbench.tui.view import norms as view

PART = st.text(st.sampled_from('aZ é|\\"=_ \t\x1b\u202e'), max_size=12)
ANY = st.text(max_size=12)


@given(name=PART | ANY, condition=PART | ANY, prohibited=PART | ANY)
def test_three_parts_that_are_written_are_read_again(name, condition, prohibited):
    found = norm_line.read(norm_line.written(name, condition, prohibited))
    assert found.name == name.strip()
    if name.strip():
        assert (found.condition, found.prohibited) == (condition.strip(), prohibited.strip())
        assert bool(found.wrong) == (not prohibited.strip())
    else:
        assert found.wrong


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("no-attack | safe_zone | attack steal", ("no-attack", "safe_zone", "attack steal")),
        ("no-theft | steal", ("no-theft", "", "steal")),
        ("no-theft || steal", ("no-theft", "", "steal")),
        (r"a\|b | x | y", ("a|b", "x", "y")),
    ],
)
def test_a_line_is_a_name_where_it_holds_and_what_it_forbids(line, parts):
    assert norm_line.read(line) == (*parts, "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "a name comes first"),
        (" | a | b", "a name comes first"),
        ("no-attack", "then |"),
        ("no-attack |", "what it forbids is missing"),
        ("no-attack | safe_zone | ", "what it forbids is missing"),
        ("a | b | c | d", "three parts make a norm, not 4"),
    ],
)
def test_what_is_missing_is_said(line, said):
    assert said in norm_line.read(line).wrong


def test_a_sentence_is_told_where_sentences_belong_and_the_example_stays():
    line = norm_line.read("Agents must never share e-mail addresses")
    assert "2 Author compiles sentences" in line.wrong
    shown = norm_line.incomplete(line, norm_line.example(False, ("send_email",))).plain
    assert "2 Author compiles sentences" in shown
    assert "no-send-email | send_email" in shown, "how it can be finished"
    assert "sentence" not in norm_line.read("no e-mail outside").wrong, "a name of three words"


def preview(**more):
    norm = Norm("no-attack", "", "safe_zone", "attack")
    return NormPreview(norm, '@id("x")\nforbid (principal, action, resource);\n', "no-attack: forbids", **more)


@pytest.mark.parametrize(
    ("found", "replace", "said"),
    [
        (preview(), False, "✓ ▄ warn"),
        (preview(same=FIGHTS), False, "It is in force already: nothing would be written."),
        (preview(twin=FIGHTS), False, "choose “in its place”"),
        (preview(twin=FIGHTS), True, "which this replaces"),
        (preview(namesakes=(FIGHTS,)), False, "this acts beside it"),
        (preview(namesakes=(FIGHTS,)), True, "this acts in its place"),
        (preview(conflicts=(CONFLICT,) * 5), False, "▲ and 2 more conflicts"),
        (preview(notes=("`verb` is a word",)), False, "▲ `verb` is a word"),
    ],
)
def test_the_preview_says_what_adding_would_do(found, replace, said):
    shown = norm_line.preview(found, replace).plain
    assert said in shown
    assert "forbid (principal, action, resource);" in shown
    assert "@id" not in shown, "what annotations tell stands above"
    assert shown.startswith("✗") == (found.twin is not None and not replace)


# ---- lists, and how norms stand --------------------------------------------------------------------------------------


def test_what_acts_comes_first_and_of_that_the_gravest():
    ordered = view.ordered(NORMS)
    assert [norm.active for norm in ordered] == sorted((norm.active for norm in NORMS), reverse=True)
    acting = [norm.severity for norm in ordered if norm.active]
    assert acting == sorted(acting, key=["critical", "high", "warn", "info"].index)


def test_a_row_says_in_words_whether_it_acts_how_grave_it_is_and_whether_it_is_in_conflict():
    shown = {row.key: [cell.text for cell in row.cells] for row in view.rows(NORMS, frozenset({NEW_FIGHTS.id}))}
    assert shown[NEW_FIGHTS.overlay] == [
        "█ critical", "▲ no-attack", "`attack` or `steal` or `kill` where safe_zone", "everyone", "✓ in force"
    ]  # fmt: skip
    assert shown[FIGHTS.overlay][-1] == "○ repealed"
    assert all(len(cells) == len(view.COLUMNS) for cells in shown.values())


@pytest.mark.parametrize(
    ("words", "found"),
    [("", 4), ("no-attack", 2), ("NO-ATTACK repealed", 1), ("red hand", 1), ("critical", 1), ("zebra", 0)],
)
def test_norms_are_found_by_their_words_whatever_the_case(words, found):
    assert len(view.having(NORMS, words)) == found


def test_what_can_be_forbidden_here_is_said_before_anything_is_written():
    shown = norm_line.example(False, ("share_external", "reply")).plain
    assert "no-share-external | share_external" in shown
    assert "Actions here: share_external, reply." in shown
    assert "safe_zone" in norm_line.example(True).plain
    for written in ("no-share-external | share_external", "no-attack | safe_zone | attack steal"):
        assert not norm_line.read(written).wrong


def test_every_kind_of_change_has_a_word_and_a_sign():
    said = [view.revision_line(revision, "high") for revision in REVISIONS]
    assert said[0] == "▆ high · repealed no-attack by ana: replaced by aef5b3321dd858de"
    assert any("taken in no-mail with version 1.1.0" in line for line in said)
    assert not any("no reason given" in line for line in said)


@given(
    counts=st.dictionaries(st.sampled_from(["info", "warn", "high", "critical", "dire\x1b"]), st.integers(0, 12_000)),
    place=st.integers(0, len(REVISIONS)),
    conflicts=st.none() | st.integers(0, 3),
    broken=st.none() | st.integers(0, 4_000),
    width=st.integers(30, 160),
    height=st.integers(1, 6),
)
def test_the_panel_fits_and_is_harmless_whatever_there_is(counts, place, conflicts, broken, width, height):
    newest = REVISIONS[place] if place < len(REVISIONS) else None
    standing = Standing(counts, newest, "high", conflicts)
    shown = norm_standing.pane(standing, broken, NOW + timedelta(hours=1), width, height).plain.split("\n")
    assert len(shown) <= height
    assert all(is_safe(line) and cell_len(line) <= width for line in shown)
    if standing.total:
        assert f"{standing.total:,} in force" in shown[0]


def test_without_norms_the_panel_says_what_one_is_and_which_key_adds_one():
    shown = norm_standing.pane(Standing({}, None, "", 0), 0, NOW, 100).plain
    assert "a norm forbids something from the next action on" in shown
    assert shown.endswith("a adds one")
    assert "looking" in norm_standing.pane(None, None, NOW, 100).plain
    assert norm_standing.line(None, 40) is None
    assert norm_standing.line(Standing({"high": 2}, None, "", 1), 40).plain.startswith("norms   2  ▆ 2 ▲1")
