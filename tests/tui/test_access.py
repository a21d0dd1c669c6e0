"""For everybody: nothing said by colour alone, nothing moves that need not, and every screen is also told in lines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from textual.color import Color
from textual.filter import Monochrome
from textual.widgets import TextArea
from typer.testing import CliRunner

from tests.tui.fakes import make_app, settled
from tests.tui.test_contrast import rest
from tests.tui.test_shell import text_of
from workbench.cli.main import app as commands
from workbench.service.clock import SystemClock
from workbench.service.demo import SENTENCE, open_demo
from workbench.service.player import decide_recorded, read_recording
from workbench.service.samples import load_sample
from workbench.service.settings import read_settings
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered
from workbench.tui.theme_files import LoadedThemes, load_themes
from workbench.tui.view import asking
from workbench.tui.view.same_there import SAME_THERE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo in which every screen has something to show. Its clock is the real one, as the commands' is."""
    folder = tmp_path_factory.mktemp("access") / "demo"
    with open_demo(folder) as workspace:
        for line in read_recording(load_sample().actions)[:60]:
            decide_recorded(workspace, line, SystemClock().now().date())
        workspace.compile_english(workspace.draft().english.rstrip() + f"\n- {SENTENCE}\n")
        keys = [key for key in workspace.signing_keys() if key.principal]
        workspace.propose("E-mail addresses stay inside", proposer=keys[0].principal)
    return folder


VIEWS = {**{name: (name, ()) for name in SCREEN_NAMES}, "groups": ("live", ("V",)), "agents": ("live", ("V",))}


async def visit(
    place: Path, look: Callable[[str, WorkbenchApp], None], size: tuple[int, int], **options: Any
) -> WorkbenchApp:
    """Go through the screens, and the three views of Live, and look at each."""
    app = WorkbenchApp(place, remembered=Remembered(), **options)
    async with app.run_test(size=size) as pilot:
        await rest(pilot)
        for view, (name, keys) in VIEWS.items():
            await app.goto(name)
            await rest(pilot)
            for key in keys:
                await pilot.press(key)
                await rest(pilot)
            await pilot.pause(0.3)
            await rest(pilot)
            for _ in range(200):  # a screen that is built late is waited for
                if "Overview" in text_of(app):
                    break
                await pilot.pause(0.05)
            await rest(pilot)
            look(view, app)
    return app


# -- every screen as lines -------------------------------------------------------------------------------------------

DATA = {
    # view → the command that tells the same, and what counts as data in the text of the screen
    "overview": (
        ("status", r"\bv(\d+\.\d+\.\d+)\b|\b([0-9a-f]{12})\b|(sensitive)"),
        ("violations", r"▲ violation +\S (\w+) +(\w+) +(T-\d+)"),
    ),
    "author": (("draft show", r"@id\(\"([\w-]+)\"\)|^.{0,4}\d+..- (A \w+ \w+ \w+)"),),
    "tests": (("draft test --json", r"[✓✗] (?:pass|fail) +(\w+(?: \w+){1,4})"),),
    "review": (("draft review", r"\b(never-share-[\w-]+)|\b(major|minor|sensitive) amendment"),),
    "sign": (("proposals", r"◌ proposed +(\d+\.\d+\.\d+)|(E-mail addresses stay inside)"),),
    "live": (
        ("watch --after 0 --no-follow", r"^.?(?:\d\d:){2}\d\d +. (?:allow|deny|hold) +\S (\w+) +(\w+) +(\S+-\d+)"),
    ),
    "groups": (("groups", r"[✗▲◷] (?:deny|viol\S*|hold) +(?:\S \w+ +)?([a-z0-9_-]{8,})"),),
    "agents": (("agents", r"^ *▸? *[●■◆★▼◉◈✚] ([a-z]\w+)"),),
    "cases": (("cases list", r"◷ open \S+ (\w+) +(\w+) on (T-\d+)"),),
    "history": (("history --all", r"(\w+ proposes \d\S+)|(\w+) asks for (\w+)"),),
}


@pytest.fixture(scope="module")
def screens(place: Path) -> dict[str, str]:
    """View → its text on a large terminal."""
    drawn: dict[str, str] = {}
    asyncio.run(visit(place, lambda view, app: drawn.__setitem__(view, text_of(app)), (200, 60)))
    return drawn


@pytest.mark.parametrize("view", DATA)
def test_what_a_screen_shows_its_commands_tell(view: str, place: Path, screens: dict[str, str]) -> None:
    for command, data in DATA[view]:
        named = {told.command.split(" --")[0] for told in SAME_THERE[VIEWS[view][0]]}
        assert command.split(" --")[0] in named
        found = re.findall(data, screens[view], re.MULTILINE)
        facts = {part for parts in found for part in ([parts] if isinstance(parts, str) else parts) if part}
        assert len(facts) >= 2, screens[view]
        told = CliRunner().invoke(commands, ["--workspace", str(place), *command.split()], env={"COLUMNS": "200"})
        assert told.exit_code in (0, 1), told.output
        assert {fact for fact in facts if fact not in told.stdout} == set(), told.stdout


def test_every_screen_names_commands_that_exist() -> None:
    assert set(SAME_THERE) == set(SCREEN_NAMES)
    top = typer.main.get_command(commands)
    for told in (told for each in SAME_THERE.values() for told in each):
        node = top
        words = told.command.split()
        while words and hasattr(node, "commands") and words[0] in node.commands:
            node = node.commands[words.pop(0)]
        assert not hasattr(node, "commands") or getattr(node, "invoke_without_command", False), told
        options = {option for param in node.params for option in (*param.opts, *param.secondary_opts)}
        assert {word for word in words if word.startswith("-")} <= options, told
    let_ask = re.findall(r"`workbench ([a-z]+)`", asking.HOW)
    assert let_ask
    assert set(let_ask) <= set(top.commands), "what screens without any decision say"


async def test_the_sheet_of_keys_names_them() -> None:
    for name in ("cases", "history"):
        app = make_app(screen=name)
        async with app.run_test(size=(100, 30)) as pilot:
            await settled(pilot)
            await pilot.press("question_mark", "G")
            await settled(pilot)
            drawn = text_of(app)
            assert "On the command line" in drawn
            assert f"workbench {SAME_THERE[name][-1].command}" in drawn


# -- without colour --------------------------------------------------------------------------------------------------

ROLES = {"success": "#01fe01", "warning": "#fefe01", "error": "#fe0101"}
SAYS_THE_SAME = {
    # role of a colour → the words and signs that say it without one; a figure stands beside its word, and a reviewer's
    # name where there would be `? proposed`
    "success": r"✓|●|\+|allow|ok|=|permit|now|added|\bana\b|\d|→|[━╸⠀-⣿]",
    "warning": r"◷|◌|○|●|▲|NOT|\?|✎|▄|hold|held|major|minor|sensit|wait|open|propos|proc|acknow|a acc|\d|→|[━╸┅▏░⠀-⣿]",
    "error": r"✗|▲|-|deny|forbid|viol|\d|[━╸═▬█⠀-⣿]",
}


def test_what_colour_says_a_word_or_a_sign_says_too(place: Path) -> None:
    """In a theme whose outcome colours nothing else has, every stretch in one of them carries its word or its sign."""
    code = next(theme for theme in load_themes().files if theme.code is not None).code  # what code says, its words say
    theme = next(theme for theme in load_themes().files if theme.name == "dusk")
    theme = theme.model_copy(update={"base": theme.base.model_copy(update=ROLES), "code": code})
    by_colour = {value: role for role, value in ROLES.items()}
    found: dict[tuple[str, str], str] = {}

    def look(view: str, app: WorkbenchApp) -> None:
        for strip in app.screen._compositor.render_strips():
            before = ""
            for segment in strip:
                colour = segment.style.color if segment.style is not None else None
                role = by_colour.get("" if colour is None else colour.name)
                if role and segment.text.strip():
                    found.setdefault((role, f"{before[-3:]}{segment.text}"), view)
                before += segment.text

    asyncio.run(visit(place, look, (120, 40), theme="dusk", themes=LoadedThemes((theme,), ())))
    assert {role for role, _ in found} == set(ROLES)
    silent = {pair: view for pair, view in found.items() if not re.search(SAYS_THE_SAME[pair[0]], pair[1])}
    assert silent == {}, "\n".join(map(str, silent.items()))


def test_no_color_draws_grey_and_leaves_no_word_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured: dict[str, str] = {}
    asyncio.run(visit(place, lambda view, app: coloured.__setitem__(view, text_of(app)), (100, 30)))
    grey: dict[str, str] = {}
    colours: set[tuple[int, ...]] = set()

    def look(view: str, app: WorkbenchApp) -> None:
        grey[view] = text_of(app)
        for strip in app.screen._compositor.render_strips():
            for segment in strip.apply_filter(
                next(f for f in app._filters if isinstance(f, Monochrome)), Color(0, 0, 0)
            ):
                for colour in (segment.style.color, segment.style.bgcolor) if segment.style is not None else ():
                    if colour is not None and colour.triplet is not None:
                        colours.add(tuple(colour.triplet))

    words = re.compile(r"[a-z]{4,}|[✓✗◷▲◌●○▸▄]")

    def said(texts: dict[str, str]) -> dict[str, list[str]]:
        return {view: sorted(set(words.findall(text))) for view, text in texts.items()}

    monkeypatch.setenv("NO_COLOR", "1")
    asyncio.run(visit(place, look, (100, 30)))
    assert said(grey) == said(coloured)
    assert len(colours) > 3
    assert all(max(colour) - min(colour) <= 1 for colour in colours)


# -- nothing moves that need not -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "variable", "level"),
    [('[ui]\nmotion = "reduced"\n', "full", "none"), ("", "none", "none"), ('[ui]\nmotion = "full"\n', "full", "full")],
)
async def test_reduced_motion_stops_what_glides_and_blinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, variable: str, level: str
) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path))
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", variable)
    (tmp_path / "config.toml").write_text(written, encoding="utf-8")
    app = make_app()
    app.animation_level = variable  # type: ignore[assignment]  # what Textual takes from the variable at its import
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert app.animation_level == level
        for name in ("author", "speech"):
            await app.goto(name)
            await settled(pilot)
            area = app.screen.query(TextArea).first()
            area.focus()
            await pilot.pause()
            assert area.cursor_blink is (level == "full")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('[ui]\nmotion = "slow"\n', "motion"),
        ("[ui]\nspeed = 3\n", "`speed` in `[ui]`"),
        ("ui = 1\n", "must be a section"),
    ],
)
def test_a_wrong_setting_is_told_and_things_move_as_usual(tmp_path: Path, written: str, says: str) -> None:
    (tmp_path / "config.toml").write_text(written, encoding="utf-8")
    settings = read_settings(tmp_path / "config.toml")
    assert settings.motion == "full"
    assert [problem.code for problem in settings.problems] == ["bad_value"]
    assert says in settings.problems[0].detail


def test_an_entry_before_every_section_is_told_where_it_goes(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('motion = "reduced"\n"live.stop" = "s"\n', encoding="utf-8")
    (told, of_key) = read_settings(tmp_path / "config.toml").problems
    assert (told.detail, told.hint) == ("`motion` stands in no section", "write it below `[ui]`")
    assert (of_key.detail, of_key.hint) == ("`live.stop` stands in no section", "write it below `[keys]`")
