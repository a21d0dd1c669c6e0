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
from workbench.tui.widgets.diff_view import DiffView, wrap

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
