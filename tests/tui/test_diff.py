"""The difference of two texts: nothing is lost, nothing invented, and people see the words that changed."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.view.diff import DiffRow, Fold, counts, diff_rows, folded, hunks, left_text, right_text, unified

LINES = st.lists(st.sampled_from(["", "a", "b b", "permit (x)", "forbid (x)", "forbid (x, y)", "  c", "é\U0001f600"]))
TEXTS = st.one_of(LINES.map("\n".join), st.text(st.sampled_from("ab \n\r\x0b\u2028")))


@given(TEXTS, TEXTS)
def test_the_rows_give_back_both_texts(before, after):
    rows = diff_rows(before, after)
    assert left_text(rows) == before
    assert right_text(rows) == after
    assert [row.left_number for row in rows if row.left_number] == list(range(1, before.count("\n") + 2))
    assert [row.right_number for row in rows if row.right_number] == list(range(1, after.count("\n") + 2))


@given(TEXTS, TEXTS)
def test_unified_order_gives_back_both_texts_too(before, after):
    rows = [row for row in unified(diff_rows(before, after)) if isinstance(row, DiffRow)]
    assert left_text(rows) == before
    assert right_text(rows) == after
    assert all(row.kind != "changed" for row in rows)


@given(TEXTS, TEXTS)
def test_only_changed_words_are_marked_and_unmarked_words_agree(before, after):
    for row in diff_rows(before, after):
        if row.kind == "changed":
            assert _without(row.left, row.left_words) == _without(row.right, row.right_words)
            assert row.left != row.right


@given(TEXTS, TEXTS, st.integers(0, 4))
def test_folding_hides_unchanged_rows_alone(before, after, context):
    rows = diff_rows(before, after)
    items = folded(rows, context)
    opened = []
    for item in items:
        if isinstance(item, Fold):
            hidden = rows[item.first : item.first + item.count]
            assert all(row.kind == "same" for row in hidden)
            assert len(hidden) == item.count > 1
            opened += hidden
        else:
            opened.append(item)
    assert tuple(opened) == rows


@given(TEXTS)
def test_equal_texts_have_no_hunk(text):
    rows = diff_rows(text, text)
    assert hunks(rows) == ()
    assert counts(rows) == (0, 0)


def test_a_changed_line_is_paired_with_its_partner_and_says_which_words():
    rows = diff_rows("one\nwhen { context.amount > 500 };\nend", "one\n// new\nwhen { context.amount > 750 };\nend")
    assert [row.kind for row in rows] == ["same", "added", "changed", "same"]
    changed = rows[2]
    assert [changed.left[a:b] for a, b in changed.left_words] == ["500"]
    assert [changed.right[a:b] for a, b in changed.right_words] == ["750"]
    assert counts(rows) == (1, 2)


def test_lines_with_nothing_in_common_are_not_paired():
    assert [row.kind for row in diff_rows("alpha beta", "gamma delta")] == ["removed", "added"]


def _without(line, spans):
    kept, position = [], 0
    for start, end in spans:
        kept.append(line[position:start])
        position = end
    return "".join([*kept, line[position:]])
