"""The border between two panes: dragged, moved by keys, put back, within limits, remembered for its layout alone."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Container
from textual.widgets import Static, TextArea

from tests.tui.fakes import make_app
from tests.tui.test_shell import toasts
from workbench.tui.remembered import Remembered
from workbench.tui.widgets.splitter import LEAST, SplitPanes


class Pane(Static, can_focus=True):
    DEFAULT_CSS = "Pane { border: round white; height: 1fr; width: 1fr; }"


class Two(App[None]):
    CSS = """
    #split { layout: horizontal; }
    #left { width: 1fr; } #right { width: 3fr; }
    #split.-stacked { layout: vertical; }
    #split.-stacked #left { width: 1fr; height: 4; } #split.-stacked #right { width: 1fr; height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, float | None]] = []

    def compose(self) -> ComposeResult:
        yield SplitPanes(Pane("a " * 300, id="left"), Pane("b", id="right"), id="split")

    def on_split_panes_moved(self, event: SplitPanes.Moved) -> None:
        self.said.append((event.layout, event.share))

    @property
    def split(self) -> SplitPanes:
        return self.query_one(SplitPanes)

    def cells(self) -> tuple[int, int]:
        return tuple(self.query_one(name).outer_size.width for name in ("#left", "#right"))

    def rows(self) -> tuple[int, int]:
        return tuple(self.query_one(name).outer_size.height for name in ("#left", "#right"))


async def drag(pilot, start, end):
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=((start[0] + end[0]) // 2, (start[1] + end[1]) // 2))
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)
    await pilot.pause()


async def test_until_it_is_moved_the_stylesheet_decides():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        assert app.cells() == (20, 60)
        assert app.split.shares == {}
        await pilot.resize_terminal(120, 20)
        await pilot.pause()
        assert app.cells() == (30, 90)


async def test_the_mouse_drags_it_from_either_side_of_the_border():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        for grip in (0, 1):  # the right border of the left pane, the left border of the right one
            before = app.cells()[0]
            await drag(pilot, (before - 1 + grip, 7), (before + 10, 7))
            assert app.cells()[0] == before + 10
        assert [layout for layout, _ in app.said] == ["horizontal", "horizontal"]  # once per drag, not per cell
        assert app.screen.get_selected_text() is None
        assert not app.split.has_class("-moving")
        await pilot.hover(offset=(60, 7))  # let go: it does not follow the pointer any longer
        assert app.cells()[0] == 40


async def test_a_press_elsewhere_drags_nothing():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        await drag(pilot, (10, 7), (40, 7))
        await drag(pilot, (0, 7), (40, 7))  # the outer border
        await pilot.click(offset=(20, 7))  # the right border, but not moved
        assert app.cells() == (20, 60)
        assert app.said == []


async def test_neither_pane_is_pushed_out_of_sight():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        await drag(pilot, (19, 7), (79, 7))
        assert app.cells() == (80 - LEAST["horizontal"], LEAST["horizontal"])
        await drag(pilot, (app.cells()[0], 7), (0, 7))
        assert app.cells() == (LEAST["horizontal"], 80 - LEAST["horizontal"])
        for _ in range(60):
            app.split.nudge(1)
            await pilot.pause()
        assert app.cells()[1] == LEAST["horizontal"]
        await pilot.resize_terminal(30, 20)
        await pilot.pause()
        assert min(app.cells()) >= LEAST["horizontal"]


async def test_a_double_click_puts_it_back():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        await drag(pilot, (19, 7), (50, 7))
        await pilot.click(offset=(app.cells()[0], 7), times=2)
        await pilot.pause()
        assert app.cells() == (20, 60)
        assert app.said[-1] == ("horizontal", None)


async def test_each_layout_has_its_own_share():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        app.split.take("horizontal", 0.5)
        await pilot.pause()
        assert app.cells() == (40, 40)
        app.split.add_class("-stacked")
        await pilot.resize_terminal(81, 20)
        await pilot.pause()
        assert app.rows() == (4, 16)  # the stylesheet's
        assert app.cells() == (81, 81)
        await drag(pilot, (10, 3), (10, 11))
        assert app.rows()[0] == 11
        app.split.remove_class("-stacked")
        await pilot.resize_terminal(80, 20)
        await pilot.pause()
        assert app.cells() == (40, 40)
        assert app.rows() == (20, 20)


async def test_with_one_pane_hidden_there_is_nothing_to_move():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        app.query_one("#right").display = False
        await pilot.pause()
        assert not app.split.nudge(1)
        await drag(pilot, (79, 7), (20, 7))
        assert app.said == []


async def test_nonsense_that_was_remembered_is_passed_over():
    app = Two()
    async with app.run_test(size=(80, 20)) as pilot:
        for share in (0.0, -3.0, 1.0, 17.0, float("nan")):
            app.split.take("horizontal", share)
        await pilot.pause()
        assert app.cells() == (20, 60)
        app.split.take("horizontal", 0.999)
        await pilot.pause()
        assert app.cells()[1] == LEAST["horizontal"]


class Nested(App[None]):
    CSS = "SplitPanes { layout: horizontal; } #inner { layout: vertical; } Pane { width: 1fr; height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield SplitPanes(
            Pane("a", id="a"), SplitPanes(Pane("b", id="b"), TextArea("c", id="c"), id="inner"), id="outer"
        )


async def test_the_inner_border_moves_alone():
    app = Nested()
    async with app.run_test(size=(80, 20)) as pilot:
        await drag(pilot, (60, 9), (60, 14))
        assert app.query_one("#b").outer_size.height == 14
        assert app.query_one("#a").outer_size.width == 40


async def test_in_the_app_it_is_moved_by_keys_and_comes_back_at_the_next_start(tmp_path):
    path = tmp_path / "remembered.json"
    shares = []
    for _ in range(2):
        app = make_app(remembered=Remembered(path, "/w"))
        async with app.run_test(size=(120, 40)) as pilot:
            screen = app.screen
            panes = SplitPanes(Pane("a"), Pane("b", id="b"), id="mine")
            panes.styles.layout = "horizontal"
            await screen.mount(Container(panes))
            await pilot.pause()
            shares.append(dict(panes.shares))
            panes.query_one("#b").focus()
            await pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign")
            await pilot.pause()
            shares.append(dict(panes.shares))
    first, moved, again, _ = shares
    assert first == {}
    assert moved["horizontal"] > 0.5
    assert again["horizontal"] == round(moved["horizontal"], 3)


async def test_the_keys_say_so_where_there_is_no_border():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.action_split(1)
        await pilot.pause()
        assert any("no border" in toast for toast in toasts(app))
