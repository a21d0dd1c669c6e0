"""A burst of keys does what the same keys do one by one: on a small application with all that moves the focus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from tests.tui.fakes import make_app, settled
from tests.tui.test_journey import until
from workbench.tui.key_order import KeyOrder
from workbench.tui.widgets.filter_line import FilterInput

KEYS = {"tab": "\t", "enter": "\r", "escape": "\x1b", "slash": "/"}


def send(app: App[Any], keys: Iterable[str]) -> None:
    """All at once, as the driver does when a line bunches them."""
    driver = app._driver
    assert driver is not None
    for key in keys:
        driver.send_message(events.Key(key, KEYS.get(key, key if len(key) == 1 else None)))


class Line(Input):
    """A field that is mounted by a key, and goes when it is submitted."""

    def on_mount(self) -> None:
        self.focus()


class Pane(Vertical):
    """Answers what its fields submit: the focus goes on."""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()


class Asked(ModalScreen[None]):
    """A window with a field; its focus is asked for once it is mounted."""

    BINDINGS = [Binding("escape", "close", priority=True)]  # noqa: RUF012 (Textual's own type)
    AUTO_FOCUS = ""

    def compose(self) -> ComposeResult:
        with Pane(), Vertical(), Vertical():
            yield Input(id="other")
            yield Input(id="asked")

    def on_mount(self) -> None:
        self.query_one("#asked", Input).focus()

    async def action_close(self) -> None:
        said = [field.value for field in self.query(Input)]
        assert isinstance(self.app, Small)
        self.app.told.append("|".join(said))
        self.dismiss(None)


class First(Screen[None]):
    BINDINGS = [Binding("f2", "ask"), Binding("f3", "line")]  # noqa: RUF012 (Textual's own type)

    def compose(self) -> ComposeResult:
        with Pane():
            yield Input(id="one")
            with Vertical(), Vertical():
                yield Input(id="two")
        yield Input(id="three")

    def action_ask(self) -> None:
        self.app.push_screen(Asked())

    def action_line(self) -> None:
        if not self.query(Line):
            self.mount(Line())


class Small(KeyOrder, App[None]):
    """Two panes, a window by ``f2``, a line by ``f3``."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def get_default_screen(self) -> Screen[None]:
        return First()

    def state(self) -> tuple[object, ...]:
        """What can be seen of what the keys did."""
        fields = [(field.id, field.value) for screen in self.screen_stack for field in screen.query(Input)]
        focus = self.focused.id if self.focused is not None else ""
        return (*fields, *self.told, focus, type(self.screen).__name__)


async def after(keys: Iterable[str], *, burst: bool) -> tuple[object, ...]:
    """Where a small application is, after these keys."""
    app = Small()
    async with app.run_test() as pilot:
        await pilot.pause()
        if burst:
            send(app, keys)
        else:
            for key in keys:
                send(app, [key])
                await pilot.pause()
                await pilot.pause()
        for _ in range(200):
            await pilot.pause()
            if not app.keys_waiting:
                break
        await pilot.pause()
        return app.state()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(["tab", "shift+tab", "enter", "f2", "f3", "escape", "a", "b", "c"]), max_size=9))
def test_a_burst_does_what_single_keys_do(keys: list[str]) -> None:
    assert asyncio.run(after(keys, burst=True)) == asyncio.run(after(keys, burst=False))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["a", "tab", "b"], {"one": "a", "two": "b"}),  # a binding of the app
        (["a", "enter", "b", "tab", "c"], {"one": "a", "two": "b", "three": "c"}),  # a message answered above
        (["f3", "a", "b"], {None: "ab", "one": ""}),  # a field that is not there yet
        (["tab", "f3", "tab", "a"], {"one": "a", "three": ""}),  # nor has a place among the others
        (["f2", "a", "b"], {"asked": "ab", "other": "", "one": ""}),  # a window that is not there yet
    ],
)
async def test_what_a_key_opens_gets_the_next(keys: list[str], expected: dict[str | None, str]) -> None:
    state = await after(keys, burst=True)
    fields = {each[0]: each[1] for each in state if isinstance(each, tuple)}
    assert {name: fields[name] for name in expected} == expected


async def test_what_is_pasted_keeps_its_place() -> None:
    app = Small()
    async with app.run_test() as pilot:
        await pilot.pause()
        driver = app._driver
        assert driver is not None
        send(app, ["a", "tab"])
        driver.send_message(events.Paste("pasted"))
        send(app, ["tab", "c"])
        await pilot.pause()
        await pilot.pause()
        assert [app.screen.query_one(f"#{name}", Input).value for name in ("one", "two", "three")] == [
            "a",
            "pasted",
            "c",
        ]


async def test_a_key_that_is_never_done_does_not_hold_the_next_for_ever() -> None:
    class Stuck(Input):
        async def _on_key(self, event: events.Key) -> None:
            await asyncio.Event().wait()

    class Hanging(Small):
        def compose(self) -> ComposeResult:
            yield Stuck()

    app = Hanging()
    async with app.run_test() as pilot:
        stuck = Stuck()
        await app.screen.mount(stuck)
        stuck.focus()
        await pilot.pause()
        send(app, ["a", "ctrl+q"])
        for _ in range(100):
            await asyncio.sleep(0.1)
            if app._exit:
                break
        assert app._exit
        stuck._task.cancel()  # type: ignore[union-attr]


async def test_keys_that_come_while_it_ends_are_let_go() -> None:
    app = Small()
    async with app.run_test() as pilot:
        await pilot.pause()
        send(app, [*"abc", "tab"] * 20)
        app.exit()
    assert app._exception is None


async def test_a_filter_is_written_in_one_burst_in_the_program() -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        send(app, ["6"])
        await until(pilot, "FOLLOWING")
        send(app, ["slash", *"agent:ada", "enter", "j"])
        for _ in range(100):
            await pilot.pause(0.02)
            if not app.keys_waiting:
                break
        field = app.screen.query_one(FilterInput)
        assert field.value == "agent:ada"
        assert not field.has_focus
