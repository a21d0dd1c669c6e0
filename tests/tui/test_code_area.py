"""The editor: colours by line, diagnostics in place, and the one private method of Textual that it rests on."""

import inspect

import pytest
from textual.app import App, ComposeResult
from textual.widgets import TextArea

from tests.tui.draft_fakes import CEDAR, diagnostic
from workbench.tui.lexers import cedar
from workbench.tui.theming import fallback_variables
from workbench.tui.view.plain import editable, visible
from workbench.tui.widgets.code_area import CodeArea


class Bench(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return fallback_variables(self.current_theme)

    def compose(self) -> ComposeResult:
        yield CodeArea(cedar.lex)

    @property
    def area(self) -> CodeArea:
        return self.query_one(CodeArea)


def line(app, y):
    return "".join(segment.text for segment in app.area.render_line(y)).rstrip()


def styled(app, y, wanted):
    """The styles of the segments of a drawn line that make up ``wanted``."""
    segments = list(app.area.render_line(y))
    text = "".join(segment.text for segment in segments)
    start = text.index(wanted)
    found, position = [], 0
    for segment in segments:
        if start < position + len(segment.text) and position < start + len(wanted):
            found.append(segment.style)
        position += len(segment.text)
    return found


def test_the_private_method_we_override_is_still_what_textual_calls():
    """An upgrade of Textual that renames or re-shapes it must fail here, not in a person's editor."""
    assert list(inspect.signature(TextArea._build_highlight_map).parameters) == ["self"]
    source = inspect.getsource(TextArea)
    assert source.count("self._build_highlight_map()") >= 4  # after load, edit, undo, redo
    drawing = inspect.getsource(TextArea._render_line)
    assert "highlights = self._highlights" in drawing
    assert "if highlights and theme" in drawing
    assert "highlights[line_index]" in drawing


async def test_words_are_coloured_by_kind_also_after_an_edit():
    app = Bench()
    async with app.run_test(size=(60, 12)) as pilot:
        app.area.show_text(CEDAR)
        await pilot.pause()
        annotation = styled(app, 3, "@english")[0]
        assert annotation.color != styled(app, 3, "(")[0].color
        app.area.insert("forbid ", (0, 0))
        await pilot.pause()
        assert styled(app, 0, "forbid")[0].bold


@pytest.mark.parametrize("before", ["", "é\U0001f600 \u65e5 "])
async def test_a_diagnostic_underlines_exactly_its_words_whatever_stands_before(before):
    app = Bench()
    async with app.run_test(size=(70, 12)) as pilot:
        source = f"// {before}here wrong there"
        app.area.show_text(source)
        app.area.set_diagnostics([diagnostic(source, "wrong", "no")])
        await pilot.pause()
        assert all(style.underline for style in styled(app, 0, "wrong"))
        assert not any(style.underline for style in styled(app, 0, "here"))
        assert not any(style.underline for style in styled(app, 0, "there"))
        assert line(app, 0).startswith("1 ✗ ")


async def test_positions_beyond_the_text_are_clamped():
    app = Bench()
    async with app.run_test(size=(40, 6)) as pilot:
        app.area.show_text("one\ntwo")
        app.area.set_diagnostics([diagnostic("1\n2\n3\n4444 wrong", "wrong", "stale")])
        await pilot.pause()
        app.area.step_diagnostic(1)
        assert app.area.cursor_location == (1, 3)


async def test_stepping_goes_round_in_order_of_position():
    app = Bench()
    source = "aa bb\ncc dd"
    async with app.run_test(size=(40, 6)):
        app.area.show_text(source)
        app.area.set_diagnostics([diagnostic(source, word, word) for word in ("dd", "bb", "cc")])
        seen = [app.area.step_diagnostic(1).message for _ in range(4)]
        assert seen == ["bb", "cc", "dd", "bb"]
        assert [app.area.step_diagnostic(-1).message for _ in range(2)] == ["dd", "cc"]
        assert app.area.diagnostic_at_caret().message == "cc"


async def test_new_lines_are_marked_until_the_next_edit():
    app = Bench()
    async with app.run_test(size=(60, 14)) as pilot:
        app.area.show_text(CEDAR)
        app.area.mark_new(3, 4)
        await pilot.pause()
        assert "3 + @id" in "\n".join(line(app, y) for y in range(12))
        app.area.insert(" ")
        await pilot.pause()
        assert app.area.new_lines is None


async def test_hostile_text_is_drawn_as_signs_and_kept_as_it_is():
    app = Bench()
    source = "// \x1b[31m[red]\u202eevil\u200b"
    async with app.run_test(size=(60, 4)) as pilot:
        app.area.show_text(source)
        await pilot.pause()
        assert line(app, 0) == "1   // ␛[31m[red]�evil�"
        assert app.area.text == source


def test_a_separator_that_would_break_a_comment_stays_on_its_line():
    """Cedar+ ends a line at \\n alone; the editor would also at U+2028, and the comment's rest would be code."""
    text = editable("// harmless\u2028permit(principal, action, resource);\r\nend")
    assert text == "// harmless␤permit(principal, action, resource);\nend"
    assert text.splitlines() == text.split("\n")


def test_visible_keeps_the_length():
    text = "".join(map(chr, range(0x2100))) + "\ud800\u2029"
    assert len(visible(text)) == len(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in visible(text))


async def test_showing_the_same_text_again_keeps_the_undo_history():
    app = Bench()
    async with app.run_test(size=(40, 6)):
        app.area.show_text("one")
        app.area.insert("x", (0, 0))
        app.area.show_text("xone")
        app.area.undo()
        assert app.area.text == "one"


async def test_ctrl_end_and_ctrl_home_go_to_the_ends_of_the_text():
    app = Bench()
    async with app.run_test(size=(40, 6)) as pilot:
        area = app.area
        area.show_text("one\ntwo\nthree")
        area.focus()
        await pilot.press("ctrl+end")
        assert area.cursor_location == (2, 5)
        await pilot.press("ctrl+home")
        assert area.cursor_location == (0, 0)
