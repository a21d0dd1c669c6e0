"""Keys of one's own: what a person writes, what holds, what is said of the rest, and that every screen shows them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Button, Input
from typer.testing import CliRunner

from tests.tui.fakes import NOW, FakePlayer, FakeWorkspace, make_app, settled
from workbench.cli.main import app as command_line
from workbench.service.settings import read_settings, settings_path
from workbench.tui.actions import GLOBAL, LIST, PALETTE, REGISTRY, Action, Registry, key_of, keyed, load_all
from workbench.tui.hints import hinted
from workbench.tui.key_names import EDITORS_OWN, UNSENT, is_typed, key_named, shown_key
from workbench.tui.keymap import checked, clashes, without_lost
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.error import ErrorScreen, Problem
from workbench.tui.screens.modals.export import ExportScreen
from workbench.tui.screens.modals.version_diff import VersionDiffScreen
from workbench.tui.view.alerts import Alert, alert_lines
from workbench.tui.widgets.chrome import FooterBar
from workbench.tui.window_keys import all_windows


@pytest.fixture(autouse=True)
def own_keys_again():
    """The registry is the program's own again."""
    yield
    REGISTRY.choose({})


def choose(text: str) -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text(text, encoding="utf-8")


def toasts(app) -> str:
    return "\n".join(f"{note.title}|{note.message}" for note in app._notifications)


def text_of(app) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("s", "s"), ("S", "S"), ("shift+s", "S"), ("?", "question_mark"), ("esc", "escape"), ("Esc", "escape"),
        ("PgDn", "pagedown"), ("Ctrl+P", "ctrl+p"), ("control+p", "ctrl+p"), ("+", "plus"), ("ctrl++", "ctrl+plus"),
        ("F5", "f5"), ("shift+F8", "shift+f8"), ("ctrl+space", "ctrl+@"), ("space", "space"), ("-", "minus"),
        ("é", "é"), ("question_mark", "question_mark"), ("shift+ctrl+a", "ctrl+shift+a"), ("'", "apostrophe"),
    ],
)  # fmt: skip
def test_a_key_is_understood_as_people_write_it(written, key):
    assert key_named(written) == key


@pytest.mark.parametrize("written", ["", "bogus", "ctrl+", "foo+x", "f25", "ctrl+bogus", "\ud800", "\x1b", "ctrl+\x07"])
def test_what_is_no_key_is_refused_in_a_sentence(written):
    with pytest.raises(ValueError, match="no key"):
        key_named(written)


def test_every_key_that_is_shown_is_understood_again():
    for action in load_all():
        for key in action.keys:
            if key not in ("ctrl+@",):
                assert (
                    key_named({"↑": "up", "↓": "down", "←": "left", "→": "right"}.get(shown_key(key), shown_key(key)))
                    == key
                )


@given(st.text(st.characters(max_codepoint=0x24F), min_size=1, max_size=12) | st.characters(max_codepoint=0x24F))
def test_reading_a_key_twice_changes_nothing(text):
    try:
        key = key_named(text)
    except ValueError:
        return
    assert key_named(key) == key
    assert shown_key(key)


def test_what_a_field_takes_as_text_is_known():
    assert [key for key in ("s", "question_mark", "space", "é", "plus") if not is_typed(key)] == []
    assert [key for key in ("ctrl+s", "f5", "escape", "enter", "tab", "delete", "up") if is_typed(key)] == []


# -- what holds ------------------------------------------------------------------------------------------------------

A = Action("one.a", "A", "Do a", ("a",), scope="one")
B = Action("one.b", "B", "Do b", ("b", "x"), scope="one")
P = Action("one.p", "P", "Do p", ("f5",), scope="one", priority=True)
G = Action("global.g", "G", "Do g", ("g",), scope=GLOBAL)
L = Action("list.l", "L", "Do l", ("j",), scope=LIST)
Q = Action("global.quit", "Q", "Leave", ("ctrl+q",), scope=GLOBAL, priority=True)
TWO = Action("two.a", "A", "Do it there", ("a",), scope="two")
ALL = (A, B, P, G, L, Q, TWO)


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def test_choices_hold_and_doubtful_ones_are_said():
    chosen, problems = checked(
        {
            "one.a": ["S", "ctrl+s"],
            "one.bee": ["x"],
            "one.b": [],
            "one.p": ["p", "F6"],
            "global.g": ["ctrl+h"],
            "global.quit": [],
            "two.a": ["nonsense"],
        },
        ALL,
    )
    assert chosen == {"one.a": ("S", "ctrl+s"), "one.b": (), "one.p": ("f6",), "global.g": ("ctrl+h",)}
    assert codes(problems) == [
        "unknown_action", "key_typed", "key_of_editors", "key_unsent", "unknown_key", "no_way_out"
    ]  # fmt: skip
    assert [problem.dropped for problem in problems] == [True, True, False, False, True, True]
    assert problems[0].help == "did you mean `one.b`?"


@pytest.mark.parametrize("action", ["live.stop", "global.palette", "global.keys", "global.help"])
def test_what_is_missed_in_a_hurry_is_not_left_without_a_key_silently(action):
    registry = load_all()
    chosen, problems = checked({action: []}, registry)
    assert chosen == {action: ()}, "it is as was wished"
    assert codes(problems) == ["key_missed"], "and it is said"
    assert codes(checked({action: ["f12"]}, registry)[1]) == []


def test_no_two_actions_have_one_key_unless_on_purpose():
    """Lists, screens and everywhere together: a new key that hides another fails here."""
    assert clashes(load_all(), {}) == []


def test_no_window_has_a_key_twice_unless_on_purpose_and_the_same_act_has_the_same_key_in_all():
    registry, windows = load_all(), all_windows()
    assert {"Why it was decided so", "Two versions", "Norms"} <= set(windows), "they are found"
    assert clashes(registry, {}, windows) == []
    going_on = {name for name, acts in windows.items() if registry["window.next"] in acts}
    assert len(going_on) >= 6
    assert going_on == {name for name, acts in windows.items() if registry["window.previous"] in acts}
    named = {"window.next": ("y",)}
    found = clashes(registry, named, windows)
    assert {problem.action for problem in found} == {"window.next"}, "what was chosen wins"
    assert any("in the window `" in problem.what and "window.copy" in problem.what for problem in found)
    assert without_lost(registry, named) == named, "in windows without it y copies as before"


async def test_keys_of_windows_can_be_chosen_and_their_hints_say_so():
    choose('[keys]\n"window.back" = "b"\n"window.copy-all" = "F12"\n"window.next" = "i"\n"window.previous" = "u"\n')
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        copied = []
        app.push_screen(window := ErrorScreen(Problem("It failed", "why", "what to do", "code", "")))
        await settled(pilot)
        assert [str(button.label) for button in window.query(Button)] == ["F12 Copy", "b Close"]
        window.action_copy = lambda: copied.append(True)
        await pilot.press("c", "q", "escape", "f12")
        assert copied == [True], "the old keys do nothing any more"
        assert app.screen is window
        await pilot.press("b")
        await settled(pilot)
        assert app.screen is app.front
        diff = VersionDiffScreen.__new__(VersionDiffScreen)
        assert diff.told("n p changes · t columns · esc back") == "i u changes · t columns · b back"


def test_clashes_say_who_wins():
    assert codes(clashes(ALL, {})) == []
    [inside] = clashes(ALL, {"one.a": ("x",)})  # within a screen: what was chosen
    assert (inside.action, inside.help.split("`")[1]) == ("one.a", "one.b")
    [outside] = clashes(ALL, {"global.g": ("b",)})  # the screen before everywhere
    assert (outside.action, outside.help.split("`")[1]) == ("one.b", "global.g")
    assert "on One" in outside.what
    [listed] = clashes(ALL, {"one.a": ("j",)})  # the list before its screen
    assert listed.action == "list.l"
    assert codes(clashes(ALL, {"two.a": ("b",)})) == []  # another screen is another place
    assert codes(clashes(ALL, {"one.a": ("b",), "one.b": ("a",)})) == []  # changed places
    [two] = clashes(ALL, {"global.g": ("a",)})[:1]
    assert len(clashes(ALL, {"global.g": ("a",)})) == 2  # on both screens
    assert two.action == "one.a"


def test_whoever_loses_a_key_on_their_own_screen_keeps_the_others():
    assert without_lost(ALL, {}) == {}
    assert without_lost(ALL, {"one.a": ("b", "x")}) == {"one.a": ("b", "x"), "one.b": ()}
    assert without_lost(ALL, {"global.g": ("b",)}) == {"global.g": ("b",)}, "elsewhere it still does it"


@given(
    st.dictionaries(
        st.sampled_from([action.id for action in ALL]),
        st.lists(st.sampled_from("abgjxs"), max_size=2, unique=True).map(tuple),
    )
)
def test_a_clash_is_found_exactly_where_one_place_has_a_key_twice(chosen):
    found = clashes(ALL, chosen)
    expected = set()
    for screen in ("one", "two"):
        near = [action for action in ALL if action.scope in (LIST, screen, GLOBAL)]
        for index, first in enumerate(near):
            for other in near[index + 1 :]:
                for key in set(chosen.get(first.id, first.keys)) & set(chosen.get(other.id, other.keys)):
                    expected.add((shown_key(key), frozenset((first.id, other.id))))
    assert {(p.what.split("`")[1], frozenset((p.action, p.help.split("`")[-2]))) for p in found} == expected


def test_textuals_key_map_takes_every_binding_of_a_chosen_action():
    registry = Registry()
    registry.add(ALL)
    registry.choose({"one.b": ("ctrl+b", "s"), "one.a": (), "nowhere.x": ("y",)})
    keymap = registry.keymap()
    assert set(keymap) == {"one.b", "one.b.2", "one.a"}
    assert keymap["one.b"] == "ctrl+b,s"
    assert all(re.fullmatch(r"no-key-[\w.]+", keymap[name]) for name in ("one.b.2", "one.a"))


def test_keys_that_terminals_do_not_send_or_editors_own_are_not_ours():
    for action in load_all():
        assert not set(UNSENT) & set(action.keys), action.id
        if action.priority:
            assert not EDITORS_OWN & set(action.keys) - {"ctrl+e"}, action.id  # $EDITOR, on purpose
            assert not any(is_typed(key) for key in action.keys), action.id


# -- the file --------------------------------------------------------------------------------------------------------


def test_the_file_takes_a_key_several_or_none():
    choose('[keys]\n"live.stop" = "s ctrl+s"\nlive.copy = ["Y"]\n"global.norms" = ""\n')
    settings = read_settings()
    assert settings.keys == {"live.stop": ("s", "ctrl+s"), "live.copy": ("Y",), "global.norms": ()}
    assert settings.problems == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[keys\n", "bad_settings"),
        ("a = 1", "unknown_section"),
        ('keys = "x"', "bad_value"),
        ("[keys]\nlive.stop = 3", "bad_value"),
        ('[keys]\nlive.stop = ["s", 3]', "bad_value"),
        ('[keys]\nlive.stop = { a = "s" }', "bad_value"),
        (f'[keys]\nlive.stop = "{"s " * 5}{" ".join("abcdefghi")}"', "bad_value"),
        ("x" * 300_000, "bad_settings"),
        ("a = " + "[" * 5_000, "bad_settings"),
    ],
)
def test_a_broken_file_is_said_and_never_raises(text, code):
    choose(text)
    settings = read_settings()
    assert settings.keys == {}
    assert [problem.code for problem in settings.problems] == [code]


def test_a_file_that_is_not_text_or_not_a_file_is_said(tmp_path):
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    assert [p.code for p in read_settings(tmp_path / "config.toml").problems] == ["bad_settings"]
    assert [p.code for p in read_settings(tmp_path).problems] == ["bad_settings"]
    assert read_settings(tmp_path / "none.toml").problems == ()


# -- in the app ------------------------------------------------------------------------------------------------------


async def test_chosen_keys_work_the_old_ones_do_not_and_everything_shows_the_new_ones():
    choose(
        '[keys]\n"global.export" = "ctrl+x"\n"live.player" = "z"\n"live.stop" = "f7"\n"global.keys" = ["f11"]\n'
        '"global.open-live" = "f6"\n'
    )
    player = FakePlayer()
    app = make_app(FakeWorkspace(), player=player)
    async with app.run_test(size=(120, 50)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        assert app.current_mode == "overview"
        await pilot.press("f6")
        await settled(pilot)
        assert app.current_mode == "live"
        await pilot.press("space", "p")
        assert not player.paused
        await pilot.press("z")
        assert player.paused
        footer = app.screen.query_one(FooterBar).render().plain
        assert "F7 Stop" in footer
        assert "F11 Keys" in footer
        await pilot.press("e")
        assert app.screen is app.front
        await pilot.press("question_mark")
        assert app.screen is app.front
        await pilot.press("f11")
        await pilot.pause()
        assert "F7 Stop an agent, an action or everything" in text_of(app)
        assert "z Pause or resume the recorded" in text_of(app)
        await pilot.press("escape")
        assert toasts(app) == "", toasts(app)


async def test_a_key_given_to_another_action_of_the_screen_is_that_ones():
    choose('[keys]\n"overview.verify" = "W"\n"global.export" = "V"\n')
    workspace = FakeWorkspace()
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app.front.export_view = lambda: None
        before = workspace.calls.count("verify")
        await pilot.press("V")
        await settled(pilot)
        assert workspace.calls.count("verify") == before
        assert "no list here" in toasts(app)
        await pilot.press("W")
        await settled(pilot)
        assert workspace.calls.count("verify") == before + 1
        assert "`W` does `overview.verify` on Overview, so it does not do `overview.next-window` there" in toasts(app)


async def test_a_typed_letter_stays_text_where_a_screen_has_it_as_a_chosen_key():
    choose('[keys]\n"overview.verify" = "q"\n"global.palette" = "p"\n')
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        field = Input()
        await app.screen.mount(field)
        field.focus()
        await pilot.press("q", "p")
        assert field.value == "qp"
        await pilot.press("tab")
        assert "ctrl+p Palette" in app.screen.query_one(FooterBar).render().plain
        assert "works while typing" in toasts(app)


async def test_a_key_that_was_lost_is_shown_no_more_for_the_one_that_lost_it():
    choose('[keys]\n"live.follow" = "v"\n')
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        for _ in range(100):
            await pilot.pause(0.02)
            if "v Follow" in (hints := app.screen.query_one(FooterBar).render().plain):
                break
        assert "v Follow" in hints
        assert "v Outcomes" not in hints
        following = app.front.feed.events.following
        await pilot.press("v")
        await settled(pilot)
        assert app.front.feed.events.following is not following


async def test_what_does_not_hold_is_one_toast_and_the_program_starts():
    choose(
        '[keys]\n"live.stpo" = "x"\n"global.quit" = ""\n"cases.copy" = 3\n"live.stop" = "nope"\n'
        '"global.theme" = "ctrl+h"\n"global.help" = ""\n'
    )
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert toasts(app).count("Some of your settings|") == 1
        assert "`global.help` has no key" in toasts(app), "what is missed in a hurry is said first"
        assert "and 3 more" in toasts(app)
        assert "workbench keymap --check" in toasts(app)
        app.front.unsaved = lambda: "something"
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)  # it still leaves


async def test_a_broken_file_never_stops_the_start():
    choose("[keys\n\x00")
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "is not TOML" in toasts(app)
        await pilot.press("6")
        await settled(pilot, 1)
        assert app.current_mode == "live"


async def test_the_next_app_has_its_own_keys_again():
    choose('[keys]\n"global.export" = "f11"\n')
    first = make_app(FakeWorkspace())
    settings_path().unlink()
    second = make_app(FakeWorkspace())
    assert REGISTRY["global.export"].key_text == "e"
    del first
    async with second.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        second.front.export_view = lambda: None
        await pilot.press("e")
        assert "no list here" in toasts(second)
        assert not isinstance(second.screen, ExportScreen)


def test_texts_name_the_key_as_it_is_now():
    load_all()
    assert (
        keyed("{global.open-live} opens Live, {list.follow} follows; {no such}") == "6 opens Live, G follows; {no such}"
    )
    REGISTRY.choose({"global.open-live": ("f6",), "list.follow": ()})
    assert keyed("{global.open-live} opens Live, {list.follow} follows") == "F6 opens Live, ctrl+p follows"
    assert key_of("nowhere.such-action") == PALETTE.key_text == "ctrl+p"


def test_hints_in_sentences_name_the_key_as_it_is_now():
    load_all()
    said = "a approves, x rejects, enter opens the decision in Live"
    assert hinted(said, "cases") == said
    REGISTRY.choose({"cases.approve": ("f11",), "cases.event": (), "global.open-live": ("L",), "sign.reject": ("z",)})
    assert hinted(said, "cases") == "F11 approves, x rejects, ctrl+p opens the decision in Live"
    assert hinted("v lists the cases that are over · 6 opens Live", "cases") == (
        "v lists the cases that are over · L opens Live"
    )
    assert hinted("it takes a while; 6 and a come too", "cases") == "it takes a while; L and F11 come too"


@given(st.text(max_size=60))
def test_a_hint_without_a_changed_key_is_as_it_was(text):
    REGISTRY.choose({})
    assert hinted(text, "cases") == text


async def test_empty_states_and_alerts_name_the_key_as_it_is_now():
    choose('[keys]\n"global.open-live" = "f6"\n"global.overlays" = "f11"\n"cases.everything" = "f10"\n')
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("7")
        await settled(pilot)
        assert "F10 lists the cases that are over · F6 opens Live" in text_of(app)
    stop = Alert("stop", "agent nora")
    assert "F11 lifts" in alert_lines([stop], NOW, 80)[0].plain
    assert "F11 lists" in alert_lines([stop, stop], NOW, 80)[0].plain


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_command_lists_the_keys_and_what_was_changed():
    choose('[keys]\n"live.stop" = "s"\n"live.stpo" = "x"\n')
    run = CliRunner().invoke(command_line, ["keymap"])
    assert run.exit_code == 0
    for action in load_all():
        assert action.id in run.stdout
    [line] = [line for line in run.stdout.splitlines() if " live.stop " in line]
    assert line.split()[:4] == ["live", "s", "live.stop", "S"]
    changed = CliRunner().invoke(command_line, ["keymap", "--changed", "--json"])
    document = json.loads(changed.stdout)
    assert [(row["id"], row["keys"], row["default"]) for row in document["actions"]] == [("live.stop", ["s"], ["S"])]
    assert document["ok"] is False


def test_check_fails_only_where_something_is_wrong():
    assert CliRunner().invoke(command_line, ["keymap", "--check"]).exit_code == 0
    choose('[keys]\n"live.stop" = "f11"\n')
    assert CliRunner().invoke(command_line, ["keymap", "--check"]).exit_code == 0
    choose('[keys]\n"live.stop" = "live.open"\n'.replace("live.open", REGISTRY["live.copy"].keys[0]))
    run = CliRunner().invoke(command_line, ["keymap", "--check", "--json"])
    assert run.exit_code == 1
    assert [problem["code"] for problem in json.loads(run.stdout)["problems"]] == ["key_clash"]
    choose("[keys\n")
    run = CliRunner().invoke(command_line, ["keymap", "--check"])
    assert run.exit_code == 1
    assert "not TOML" in run.stdout
