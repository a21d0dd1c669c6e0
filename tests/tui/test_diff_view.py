"""The difference as drawn: both layouts, wrapping, going from change to change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tests.tui.draft_fakes import CEDAR, NEW_RULE
from workbench.tui.lexers import cedar
from workbench.tui.theming import fallback_variables
from workbench.tui.view.diff import diff_rows
from workbench.tui.view.wrapping import wrap
from workbench.tui.widgets.diff_view import DiffView

BEFORE = "\n".join(f"line {number}" for number in range(40))
AFTER = BEFORE.replace("line 3\n", "line three\n").replace("line 30\n", "").replace("line 39", "line 39\nline 40")


class Bench(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return fallback_variables(self.current_theme)

    def compose(self) -> ComposeResult:
        yield DiffView()

    @property
    def diff(self) -> DiffView:
        return self.query_one(DiffView)

    def lines(self):
        return ["".join(s.text for s in self.diff.render_line(y)).rstrip() for y in range(self.diff.size.height)]


@given(st.text(st.sampled_from("ab \u65e5é")), st.integers(2, 9))
def test_wrapping_cuts_nothing_and_fits(text, width):
    pieces = wrap(text, width)
    assert "".join(text[a:b] for a, b in pieces) == text
    assert all(cell_len(text[a:b].rstrip()) <= width for a, b in pieces)
    assert all(a < b for a, b in pieces) or text == ""


@pytest.mark.parametrize(("width", "layout"), [(80, "unified"), (140, "side")])
async def test_the_layout_follows_the_width_and_can_be_chosen(width, layout):
    app = Bench()
    async with app.run_test(size=(width, 20)) as pilot:
        app.diff.show(diff_rows(CEDAR, CEDAR + NEW_RULE), titles=("1.0.0", "draft"), lexer=cedar.lex)
        await pilot.pause()
        assert app.diff.layout_now == layout
        drawn = "\n".join(app.lines())
        assert '+ @id("never-share-email")' in drawn
        assert "unchanged lines" in drawn
        app.diff.toggle_layout()
        await pilot.pause()
        assert app.diff.layout_now != layout


async def test_changes_are_visited_in_turn_and_marked():
    app = Bench()
    async with app.run_test(size=(60, 12)) as pilot:
        app.diff.show(diff_rows(BEFORE, AFTER), titles=("a", "b"), lexer=None)
        await pilot.pause()
        assert app.diff.hunk_count == 3
        assert "▌ 4    - line 3" in app.lines()
        app.diff.step_hunk(1)
        await pilot.pause()
        assert any(line.startswith("▌31    - line 30") for line in app.lines())
        app.diff.step_hunk(-1)
        app.diff.step_hunk(-1)
        assert app.diff.hunk == 2


async def test_every_drawn_line_is_exactly_as_wide_as_the_widget():
    app = Bench()
    async with app.run_test(size=(133, 20)) as pilot:
        app.diff.show(diff_rows("日本語 " * 60, "日本 " * 60 + "\n\x1b[0m"), titles=("a", "b"), lexer=cedar.lex)
        await pilot.pause()
        width = app.diff.scrollable_content_region.width
        assert {app.diff.render_line(y).cell_length for y in range(15)} == {width}


async def test_a_large_text_is_drawn_at_once():
    app = Bench()
    big = "\n".join(f"permit (principal, action, resource); // {number}" for number in range(20_000))
    async with app.run_test(size=(120, 30)) as pilot:
        app.diff.show(diff_rows(big, big.replace("// 15000", "// changed")), titles=("a", "b"), lexer=cedar.lex)
        await pilot.pause()
        assert app.diff.hunk_count == 1
        assert "changed" in "\n".join(app.lines())


async def test_a_click_opens_a_fold_and_chooses_a_change():
    app = Bench()
    async with app.run_test(size=(60, 24)) as pilot:
        app.diff.styles.border = ("round", "red")
        app.diff.show(diff_rows(BEFORE, AFTER), titles=("a", "b"), lexer=None)
        await pilot.pause()
        shown = app.lines()
        row = next(y for y, line in enumerate(shown) if "unchanged lines" in line)
        assert "line 15" not in "\n".join(shown)
        await pilot.click(DiffView, offset=(20, row + 1))
        await pilot.pause()
        app.diff.scroll_to(0, 8, animate=False)
        await pilot.pause()
        assert "line 15" in "\n".join(app.lines()), "the fold that was clicked is open"
        app.diff.scroll_end(animate=False)
        await pilot.pause()
        row = next(y for y, line in enumerate(app.lines()) if "- line 30" in line)
        await pilot.click(DiffView, offset=(20, row + 1))
        assert app.diff.hunk == 1


async def test_the_next_change_is_counted_from_what_was_scrolled_to():
    app = Bench()
    many = "\n".join(f"line {number}" for number in range(400))
    after = many.replace("line 40\n", "x\n").replace("line 200\n", "y\n").replace("line 390\n", "z\n")
    async with app.run_test(size=(60, 12)) as pilot:
        app.diff.show(diff_rows(many, after), titles=("a", "b"), lexer=None)
        app.diff.toggle_folds()
        await pilot.pause()
        app.diff.scroll_to(0, 250, animate=False)
        await pilot.pause()
        app.diff.step_hunk(1)
        assert app.diff.hunk == 2
        app.diff.scroll_to(0, 250, animate=False)
        await pilot.pause()
        app.diff.step_hunk(-1)
        assert app.diff.hunk == 1


async def test_the_words_that_differ_are_marked_within_a_sentence():
    app = Bench()
    async with app.run_test(size=(120, 12)) as pilot:
        before = '@english("A refund above 500 requires approval from a supervisor.")'
        app.diff.show(diff_rows(before, before.replace("500", "300")), titles=("a", "b"), lexer=cedar.lex)
        await pilot.pause()
        marked = [segment.text for segment in app.diff.render_line(1) if segment.style and segment.style.underline]
        assert marked == ["500", "300"]
        assert app.diff.render_line(1).text.count("A refund above") == 2, "both sides stand on one line"


@pytest.mark.parametrize("layout", ["side", "unified"])
async def test_text_of_agents_is_harmless_in_a_difference(layout):
    app = Bench()
    hostile = "a\x1b[31mred\x07 \u202eevil\u200b [bold]x[/] \t tab"
    async with app.run_test(size=(140, 12)) as pilot:
        app.diff.layout_choice = layout
        app.diff.show(diff_rows(hostile, hostile + " more"), titles=(hostile, hostile), lexer=cedar.lex)
        await pilot.pause()
        drawn = "\n".join(app.lines())
        assert not any(char in drawn for char in "\x1b\x07\u202e\u200b\t")
        assert "[bold]x[/]" in drawn
        width = app.diff.scrollable_content_region.width
        assert {app.diff.render_line(y).cell_length for y in range(10)} == {width}


async def test_the_wheel_and_a_resize_keep_both_sides_together():
    """One widget draws both texts, so that no scrolling can part them: each line has its partner beside it."""
    app = Bench()
    left = "\n".join(f"line {number} " + "x " * (number % 90) for number in range(300))
    async with app.run_test(size=(140, 14)) as pilot:
        app.diff.show(diff_rows(left, left.replace("line 150 ", "line 150! ")), titles=("a", "b"), lexer=None)
        app.diff.toggle_folds()
        await pilot.pause()
        for width in (140, 112, 180):
            await pilot.resize_terminal(width, 14)
            app.diff.scroll_to(0, 137, animate=False)
            await pilot.pause()
            for line in app.lines()[1:]:
                if "│" in line and line[1:4].strip().isdigit():
                    one, other = line[1:].split("│")
                    assert one.split()[0] == other.split()[0], line
