"""The shell: screens by key and click, help, palette, leaving, errors that are said and never end the program."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import subprocess
import sys
from dataclasses import replace
from threading import Event

import pytest
from textual.dom import DOMNode
from textual.message import Message
from textual.widgets import Input, Static
from textual.widgets._toast import Toast

from tests.tui.fakes import VERSION, FakePlayer, FakeWorkspace, make_app, settled
from workbench.service.errors import WorkbenchError
from workbench.service.notice_views import DeliveryReport, FailureView
from workbench.tui.actions import GLOBAL, REGISTRY, SCREEN_NAMES, Action, Registry, key_table, load_all, shown_key
from workbench.tui.key_names import is_typed
from workbench.tui.outbox import Outbox
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.error import ErrorScreen, Problem
from workbench.tui.screens.modals.keys import HelpScreen, KeysScreen
from workbench.tui.screens.modals.leader import LeaderScreen
from workbench.tui.view.chrome import footer_line
from workbench.tui.view.focus_help import KINDS, PARTS, part_help
from workbench.tui.view.keys import sheet
from workbench.tui.widgets.chrome import FooterBar, TopBar


def text_of(app) -> str:
    """What is on the screen, as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def toasts(app) -> list[str]:
    return [f"{note.title}|{note.message}" for note in app._notifications]


OWN = ("overview", "live", "cases", "speech", "history")


async def test_digits_open_the_screens_and_the_tabs_say_which():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.current_mode == "overview"
        for name in OWN:
            await pilot.press(str(SCREEN_NAMES.index(name) + 1))
            await settled(pilot, 1)
            assert app.current_mode == name
            assert app.screen.query_one(TopBar).chrome.active == name
            for other in SCREEN_NAMES:  # every name is spelled out at 80 columns
                assert other.capitalize() in text_of(app).splitlines()[1]


async def test_a_digit_in_an_editor_is_text_and_the_leader_works_there():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        field = Input()
        await app.screen.mount(field)
        field.focus()
        await pilot.press("6")
        assert (field.value, app.current_mode) == ("6", "overview")
        await pilot.press("ctrl+o")
        assert isinstance(app.screen, LeaderScreen)
        await pilot.press("6")
        await settled(pilot, 1)
        assert (field.value, app.current_mode) == ("6", "live")
        await pilot.press("ctrl+o", "escape")
        await pilot.press("f9")
        await settled(pilot, 1)
        assert app.current_mode == "history"


async def test_screens_are_not_switched_under_a_window():
    gc.unfreeze()
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert gc.get_freeze_count() > 10_000, "long collections would stall the feed: what lives now is left alone"
        await pilot.press("question_mark")
        assert isinstance(app.screen, KeysScreen)
        await pilot.press("f9", "ctrl+o", "f1")
        assert app.current_mode == "overview"
        assert len(app.screen_stack) in (1, 2)


@pytest.mark.parametrize("width", [40, 70, 200])
def test_the_sheet_says_every_action_of_the_screen_of_lists_and_of_everywhere_in_full(width):
    load_all()
    for scope in SCREEN_NAMES:
        rows = sheet(scope, REGISTRY, width)
        said = {}
        for row in rows:  # a sentence may go on in the rows below
            keys, text = (cell.text for cell in row.cells)
            said.setdefault(row.key.partition("+")[0], []).append((keys.strip(), text))
            assert len(text) <= max(width - 16, 20)
        assert len({row.key for row in rows}) == len(rows)
        (key, *_), texts = zip(*said["windows"], strict=True)
        assert key == "F1"
        assert "`workbench keymap` lists them all" in " ".join(texts), "where the keys of windows are"
        for action in (*REGISTRY.of(scope), *REGISTRY.of("list"), *REGISTRY.of(GLOBAL)):
            if action.id.startswith("global.open-"):
                continue
            keys, texts = zip(*said[action.id], strict=True)
            assert " ".join(texts).split() == action.help.split()
            wanted = [shown_key(key) for key in action.keys if key != "f20"]
            assert " ".join(" ".join(keys).split()).split(" or ") == (wanted or [""])


async def test_the_sheet_fits_scrolls_finds_and_does_what_the_cursor_is_on():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, KeysScreen)
        assert "Keys of Overview" in text_of(app)
        rows = app.screen.query_one("#sheet")
        assert rows.size.height < len(rows.rows)
        await pilot.press("G")
        await pilot.pause()
        assert rows.rows[-1].cells[1].text in text_of(app)
        await pilot.press("slash", *"choose a theme", "enter")
        await pilot.pause()
        assert rows.current.key == "global.theme"
        await pilot.press("enter")
        await settled(pilot, 1)
        assert type(app.screen).__name__ == "ThemesScreen"
        await pilot.press("escape", "question_mark", "escape")
        await pilot.pause()
        assert app.screen is app.front


async def test_what_cannot_be_done_now_is_dim_and_not_done():
    app = make_app()
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        rows = app.screen.query_one("#sheet")
        roles = {row.key: row.cells[1].role for row in rows.rows}
        assert roles["live.stop"] == "plain"
        assert roles["live.copy"] == "muted"  # no decision is open
        assert rows.go_to("live.copy")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, KeysScreen)


async def test_f1_explains_what_has_the_focus():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert "newest at the bottom" in " ".join(text_of(app).split())


async def test_every_part_that_can_have_the_focus_is_explained_in_sentences():
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        wanting = []
        for name in SCREEN_NAMES:
            await app.goto(name)
            await pilot.pause()
            for widget in app.front.query("*"):
                if not widget.can_focus:
                    continue
                kinds = [kind.__name__ for kind in type(widget).__mro__]
                around = [type(parent).__name__ for parent in widget.ancestors]
                part = part_help(name, widget.id or "", kinds, around)
                text = " ".join((getattr(widget, "HELP", "") or (part.text if part else "")).split())
                if len(text.split()) < 8 or not text.endswith("."):
                    wanting.append((name, type(widget).__name__, widget.id, around[0], text))
        assert not wanting


def test_help_names_only_actions_that_there_are():
    """A key in a sentence is that of an action: one that was renamed fails here."""
    load_all()
    texts = [help.text for help in (*PARTS.values(), *KINDS.values())]
    texts += [kind.HELP for kind in known_classes(DOMNode) if isinstance(kind.__dict__.get("HELP"), str)]
    named = {name for text in texts for name in re.findall(r"\{([^{}]*)\}", text)}
    assert named
    assert [name for name in sorted(named) if REGISTRY.get(name) is None] == []


def known_classes(base: type) -> list[type]:
    return [base, *(each for kind in base.__subclasses__() for each in known_classes(kind))]


async def test_f1_says_what_a_part_is_with_the_keys_as_they_are():
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        REGISTRY.choose({"author.compile": ("f11",)})
        app.screen.query_one("#english").focus()
        await pilot.press("f1")
        await pilot.pause()
        REGISTRY.choose({})
        assert "F11 takes new rules over" in str(app.screen.query_one("HelpScreen Static").render())


async def test_the_palette_is_made_from_the_registry_and_runs_actions():
    player = FakePlayer()
    app = make_app(player=player)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.press(*"faster")
        await settled(pilot)
        await pilot.pause(0.3)
        await pilot.press("enter")
        await settled(pilot)
        assert player.pace == 16


async def test_tabs_and_hints_can_be_clicked():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        row = text_of(app).splitlines()[1]
        await pilot.click(TopBar, offset=(row.index("History") + 2, 1))
        await settled(pilot, 1)
        assert app.current_mode == "history"
        row = text_of(app).splitlines()[-1]
        await pilot.click(FooterBar, offset=(row.index("Keys"), 0))
        await pilot.pause()
        assert isinstance(app.screen, KeysScreen)


async def test_the_footer_has_at_most_seven_hints_and_only_what_can_be_done():
    app = make_app()
    async with app.run_test(size=(200, 24)) as pilot:
        for name in SCREEN_NAMES:
            await app.goto(name)
            await settled(pilot, 1)
            hints = app.front.query_one(FooterBar).actions
            assert 2 <= len(hints) <= 7
            assert all(app.front.is_possible(action) for action in hints)


async def test_the_footer_offers_what_is_possible_as_soon_as_it_was_answered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(WorkbenchScreen, "show_chrome", lambda self: None)  # each second: too late for a quick hand
    workspace, answered = FakeWorkspace(20), Event()
    ids = workspace.finding.ids

    def late(*args, **kwargs):
        answered.wait(20)
        return ids(*args, **kwargs)

    monkeypatch.setattr(workspace.finding, "ids", late)
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        footer = pilot.app.screen.query_one(FooterBar)
        for _ in range(5):
            await pilot.pause()
        assert "live.open" not in {action.id for action in footer.actions}
        answered.set()
        await settled(pilot)
        assert "live.open" in {action.id for action in footer.actions}
        assert [*footer.actions] == pilot.app.screen.hints_now()


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_a_hint_is_whole_or_not_there_and_the_way_to_all_keys_stays(width):
    load_all()
    everywhere = [action for action in REGISTRY.of(GLOBAL) if action.show]
    for scope in SCREEN_NAMES:
        own = [action for action in REGISTRY.of(scope) if action.show]
        for note in ("", "/refund  3 of 12  n next", "x" * 300):
            line = footer_line([*own[:5], *everywhere], width, note)
            assert line.cell_length <= width
            hints = [hint for hint in line.plain.split("  ") if hint.strip()]
            known = {f"{action.key_text} {action.title}" for action in (*own, *everywhere)}
            assert all(hint.strip() in known or hint.strip() in note or "xx" in hint for hint in hints), line.plain
            if width >= 60:
                assert all(f"{action.key_text} {action.title}" in line.plain for action in everywhere)
            if note and width >= 60:
                assert note[: width // 2 - 2] in line.plain


async def test_while_typing_the_footer_offers_only_keys_that_are_no_text():
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        app.screen.query_one("#english").focus()
        await pilot.pause()
        footer = app.screen.query_one(FooterBar)
        assert footer.actions
        assert [action.id for action in footer.actions if is_typed(action.bound[0])] == []
        assert "F1 Help" in footer.render().plain
        app.screen.query_one("#findings").focus()
        await pilot.pause()
        assert "? Keys" in footer.render().plain


def test_notices_that_fail_are_said_once_and_stand_in_the_top_bar_until_they_got_through():
    outbox = Outbox()
    failure = FailureView("c1", "https://example.org", "refused", "connection refused \x1b[31m")
    assert (outbox.heard(DeliveryReport(2, 0)), outbox.word) == ("", "")
    assert (outbox.heard(DeliveryReport(0, 1)), outbox.word) == ("", "")  # new, not yet tried
    said = outbox.heard(DeliveryReport(0, 3, (failure,)))
    assert "3 notices could not be sent to https://example.org: connection refused ␛[31m" in said
    assert "workbench notices" in said
    assert outbox.word == "✗ 3 notices unsent"
    assert outbox.heard(DeliveryReport(0, 3)) == ""  # waits for its next attempt
    assert outbox.heard(DeliveryReport(2, 1, (failure,))) == ""
    assert outbox.word == "✗ 1 notice unsent"
    assert "sent again" in outbox.heard(DeliveryReport(1, 0))
    assert outbox.word == ""


async def test_failing_notices_are_on_every_screen():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        failure = FailureView("c1", "https://example.org", "refused", "connection refused")
        app.deliverer.stop()
        app.deliverer.last = DeliveryReport(0, 2, (failure,))
        for _ in range(2):
            app._tick()
            await settled(pilot)
        assert sum("could not be sent" in toast for toast in toasts(app)) == 1
        for name in ("overview", "history"):
            await app.goto(name)
            await settled(pilot, 1)
            assert "✗ 2 notices unsent" in text_of(app).splitlines()[0]


async def test_ctrl_q_leaves_and_ends_player_and_workspace():
    workspace, player = FakeWorkspace(), FakePlayer()
    app = make_app(workspace, player=player)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert player.started
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert app.return_code == 0
    assert workspace.closed
    assert player.stopped


async def test_leaving_asks_only_when_something_is_unsaved_and_enter_stays():
    app = make_app()
    async with app.run_test() as pilot:
        await settled(pilot)
        app.front.unsaved = lambda: "the draft has changes that are not saved"
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("enter")
        await pilot.pause()
        assert app.is_running
        assert not isinstance(app.screen, ConfirmScreen)
        await pilot.press("ctrl+q", "tab", "enter")
        await pilot.pause()
    assert app.return_code == 0


async def test_ctrl_c_never_quits():
    app = make_app()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("ctrl+c", "ctrl+c")
        await pilot.pause()
        assert app.is_running
        assert any("ctrl+q leaves" in toast for toast in toasts(app))


@pytest.mark.parametrize(
    "error",
    [
        WorkbenchError("the workspace is locked", "`x.db` is in use", "close the other program", "store_locked"),
        WorkbenchError("the workspace is damaged", "`x.db` is no database", "restore a backup", "store_corrupt"),
        FileNotFoundError("samples/[red]support-swarm"),
    ],
)
async def test_a_workspace_that_does_not_open_says_why_and_can_be_tried_again(error):
    workspace, failures = FakeWorkspace(), [error, error]
    app = make_app(workspace)

    def open_workspace():
        if failures:
            raise failures.pop()
        return workspace

    app._open_workspace = open_workspace
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ErrorScreen)
        assert (error.args[0].split(":")[0].split("/")[-1])[:12].lower() in text_of(app).lower()
        await pilot.press("6", "question_mark", "escape")  # nothing to do there yet
        assert isinstance(app.screen, ErrorScreen)
        await pilot.press("c", "r")
        await settled(pilot)
        assert isinstance(app.screen, ErrorScreen)
        await pilot.press("r")
        await settled(pilot)
        assert not isinstance(app.screen, ErrorScreen)
        assert app.workspace is workspace
        assert "v1.0.0" in text_of(app)


async def test_an_unforeseen_error_in_a_handler_or_a_key_is_shown_and_the_screen_lives_on():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        screen = app.front

        def broken(*_):
            raise RuntimeError("[bold]not markup[/]")

        screen.run_service(lambda: 1, group="x", on_result=broken)
        await settled(pilot)
        assert isinstance(app.screen, ErrorScreen)
        assert "[bold]not markup[/]" in text_of(app)
        await pilot.press("escape")
        screen.action_verify = broken
        await pilot.press("V")
        await settled(pilot)
        assert isinstance(app.screen, ErrorScreen)
        await pilot.press("escape")
        screen.call_later(broken)
        await settled(pilot)
        assert isinstance(app.screen, ErrorScreen)
        await pilot.press("escape", "6")
        await settled(pilot)
        assert app.current_mode == "live"


class Fragile(Static):
    """A widget whose handler raises."""

    class Asked(Message):
        """To fail."""

    def on_fragile_asked(self) -> None:
        raise RuntimeError("a widget failed")


async def test_a_widget_that_fails_does_not_end_the_program():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.screen.mount(Fragile("x" * 40, id="fragile"))
        await pilot.pause()
        app.screen.query_one(Fragile).post_message(Fragile.Asked())
        await asyncio.sleep(0.3)  # the pilot would wait for the widget that has ended
        assert isinstance(app.screen, ErrorScreen)
        assert "a widget failed" in app.screen.problem.text()
        app.pop_screen()
        assert await app.goto("live") is not None
        await asyncio.sleep(0.5)
        assert "FOLLOWING" in text_of(app)


async def test_a_newer_call_voids_the_older_ones_result_and_polls_skip():
    from threading import Event

    app = make_app()
    async with app.run_test() as pilot:
        await settled(pilot)
        gate, seen = Event(), []
        screen = app.front
        screen.run_service(lambda: gate.wait(5) and "old", group="g", on_result=seen.append)
        assert not screen.run_service(lambda: "poll", group="g", on_result=seen.append, when_busy="skip")
        screen.run_service(lambda: "new", group="g", on_result=seen.append)
        gate.set()
        await settled(pilot)
        assert seen == ["new"]
        assert screen.run_service(lambda: "poll", group="g", on_result=seen.append, when_busy="skip")
        await settled(pilot)
        assert seen == ["new", "poll"]


async def test_an_activation_is_a_toast_and_the_top_bar_follows():
    workspace = FakeWorkspace()
    app = make_app(workspace)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        workspace.activations = [replace(VERSION, version="1.1.0", digest="sha256:" + "ab" * 32)]
        app._tick()
        await settled(pilot)
        assert "Constitution|1.1.0 is in force" in toasts(app)
        assert "v1.1.0  abababababab" in text_of(app)
        app.notify("a longer one, " * 9)
        await settled(pilot)
        short, long = (toast.region for toast in app.screen.query(Toast))
        assert short.x > 50, "it hides no more than it says: countdowns and names begin at the left"
        assert 30 <= long.x < short.x, "a long one leaves the left free too"
        assert short.right == long.right >= 78


async def test_a_failing_tick_is_said_once_until_it_recovers():
    workspace = FakeWorkspace()
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        workspace.fail["tick"] = WorkbenchError("the workspace is locked", "", "wait", "store_locked")
        for _ in range(3):
            app._tick()
            await settled(pilot)
        assert sum("locked" in toast for toast in toasts(app)) == 1
        workspace.fail.clear()
        app._tick()
        await settled(pilot)
        workspace.fail["tick"] = WorkbenchError("the workspace is locked", "", "wait", "store_locked")
        app._tick()
        await settled(pilot)
        assert sum("locked" in toast for toast in toasts(app)) == 2


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (3, 2), (80, 24), (300, 90)])
async def test_any_size_of_terminal_is_survived(size):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.resize_terminal(*size)
        for name in OWN:
            await app.goto(name)
            await settled(pilot, 1)
            assert not isinstance(app.screen, ErrorScreen)
        await app.goto("overview")
        await settled(pilot, 1)
        small = size[0] < 60 or size[1] < 14
        assert app.screen.has_class("-tiny") == small
        if size == (40, 10):
            assert "40×10 is too small for Overview" in text_of(app)
            await app.goto("live")
            await settled(pilot)
            assert "✓ allow" in text_of(app), "sign and word, where there is room for little else"


async def test_no_colour_still_tells_outcomes_apart(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        shown = text_of(app)
        assert "✓ allow" in shown
        assert "▸" in shown


def test_nothing_heavy_is_imported_before_the_first_paint():
    """The workspace is opened after the first paint, in a thread: until then no database or engine is loaded."""
    program = """
import asyncio, json, sys
from workbench.tui.app import WorkbenchApp

class Painted(WorkbenchApp):
    def open_workspace(self):
        self.exit([name for name in HEAVY if name in sys.modules])

HEAVY = ["sqlmodel", "sqlalchemy", "alembic", "litellm", "z3", "cedarpy", "cryptography", "workbench.service.workspace"]

async def main():
    app = Painted(demo=True)
    async with app.run_test() as pilot:
        await pilot.pause(0.5)
    print(json.dumps(app.return_value))

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == []


# -- the registry ----------------------------------------------------------------------------------------------------


def test_an_id_means_one_thing():
    registry = Registry()
    action = Action("x.do", "Do", "Do it", ("d",), scope="x")
    registry.add([action, action])
    with pytest.raises(ValueError, match=r"x\.do"):
        registry.add([replace(action, help="Do something else")])


INSTEAD = {"tests.export", "speech.export"}  # a form of their own in place of the list's


def test_no_key_does_two_things_on_one_screen():
    load_all()
    everywhere = {key for action in REGISTRY.of(GLOBAL) for key in action.keys}
    assert len(everywhere) == sum(len(action.keys) for action in REGISTRY.of(GLOBAL))
    for scope in SCREEN_NAMES:
        own = [action for action in REGISTRY.of(scope) if action.id not in INSTEAD]
        keys = [key for action in own for key in action.keys]
        assert not everywhere & set(keys), scope


def test_keys_that_terminals_eat_are_not_bound():
    load_all()
    eaten = {"ctrl+h", "ctrl+i", "ctrl+m", "f6", "f7", "ctrl+enter", "shift+enter"}
    for action in REGISTRY:
        assert not eaten & set(action.keys), action.id
        assert not any(key.startswith("alt+") for key in action.keys), action.id


def test_the_key_table_is_the_registrys():
    table = key_table(load_all())
    for action in REGISTRY:
        assert action.help in table
    assert "| everywhere | `ctrl+q` | Leave" in table


def test_a_problem_keeps_the_services_words_and_the_trace_of_anything_else():
    known = Problem.of(WorkbenchError("a title", "`x`", "do y", "code"), "other")
    assert known.text() == "A title\n`x`\ndo y\ncode"
    try:
        raise RuntimeError("boom")
    except RuntimeError as error:
        unknown = Problem.of(error, "Something failed")
    assert "RuntimeError: boom" in unknown.detail
    assert "test_shell.py" in unknown.text()


async def test_a_player_that_stopped_says_why_once_and_how_to_go_on():
    workspace, player = FakeWorkspace(), FakePlayer()
    app = make_app(workspace, player=player)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        player.pause()
        player.error = WorkbenchError("the workspace is locked", "another program writes", "wait", "store_locked")
        for _ in range(3):
            app._tick()
            await settled(pilot)
        said = [note for note in app._notifications if note.title == "the workspace is locked"]
        assert len(said) == 1
        assert "another program writes" in said[0].message
        assert "✗ space retries" in text_of(app)
        await pilot.press("space")
        player.error = None
        app._tick()
        await settled(pilot)
        assert "▶" in text_of(app)


async def test_a_workspace_that_takes_its_time_is_said_to_be_opening():
    workspace, released = FakeWorkspace(), Event()
    app = make_app(workspace)

    def open_slowly():
        assert released.wait(20)
        return workspace

    app._open_workspace = open_slowly
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.5)
        try:
            assert "opening the workspace" in text_of(app)
        finally:
            released.set()
        await settled(pilot)
        assert "opening the workspace" not in text_of(app)
        assert "v1.0.0" in text_of(app)


async def test_a_digit_after_ctrl_o_is_not_typed_into_a_window():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("e")  # Export, whose file is a field
        await settled(pilot)
        field = app.screen.query_one("#file", Input)
        offered = field.value
        await pilot.press("ctrl+o", "6")
        await settled(pilot)
        assert field.value == offered
        assert app.current_mode == "overview"
        assert any(note.title == "This window waits for an answer" for note in app._notifications)
        await pilot.press("ctrl+o", "ctrl+o")
        await settled(pilot)
        assert not isinstance(app.screen, LeaderScreen), "it closes itself and does not lie over itself"
        assert app.screen.query("#file")
