"""Themes: every shipped one is readable; a broken file is one toast; colours stand nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from tests.tui.fakes import make_app, settled
from tests.tui.test_shell import text_of, toasts
from workbench.tui.screens.modals.themes import ThemesScreen
from workbench.tui.theme_files import BrokenThemeError, load_themes, read_theme, themes_folder
from workbench.tui.theming import DEFAULT_THEME, contrast_ratio, fallback_variables
from workbench.tui.widgets.event_list import EventList

SHIPPED = load_themes().files
TUI = Path(__file__).parents[2] / "workbench" / "tui"


def contrast(one: str, other: str) -> float:
    return contrast_ratio(Color.parse(one), Color.parse(other))


def test_the_measure_of_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_there_are_dark_light_contrast_and_mono_themes():
    assert load_themes().problems == ()
    names = [theme.name for theme in SHIPPED]
    assert names[0] == DEFAULT_THEME
    assert len(names) >= 8
    assert {"high-contrast", "mono", "colour-blind", "sixteen", "workbench-light"} <= set(names)
    assert all(theme.note for theme in SHIPPED)
    assert sum(theme.dark for theme in SHIPPED) >= 2
    assert sum(not theme.dark for theme in SHIPPED) >= 2


@pytest.mark.parametrize("theme", [theme for theme in SHIPPED if not theme.ansi], ids=lambda theme: theme.name)
def test_text_is_readable_on_every_ground(theme):
    base, variables = theme.base, theme.variables()
    grounds = [base.background, base.surface, base.panel, base.cursor]
    inks = {
        name: getattr(base, name)
        for name in ("primary", "secondary", "accent", "foreground", "muted", "success", "warning", "error")
    }
    inks |= {f"agent-{number}": colour for number, colour in enumerate(theme.agents, start=1)}
    weak = {
        (name, ground): round(contrast(ink, ground), 2)
        for name, ink in inks.items()
        for ground in grounds
        if contrast(ink, ground) < 4.5
    }
    code = {name: value.split()[0] for name, value in variables.items() if name.startswith("code-")}
    code_grounds = [base.background, base.surface, *(v for name, v in variables.items() if name.startswith("diff-"))]
    weak |= {
        (name, ground): round(contrast(ink, ground), 2)
        for name, ink in code.items()
        for ground in code_grounds[:2]
        if contrast(ink, ground) < 4.5
    }
    weak |= {
        ("foreground", ground): round(contrast(base.foreground, ground), 2)
        for ground in code_grounds
        if contrast(base.foreground, ground) < 4.5
    }
    for tab in (base.primary, base.accent):  # dark letters on a bright tab
        if contrast(base.background, tab) < 4.5:
            weak[("tab", tab)] = round(contrast(base.background, tab), 2)
    assert weak == {}


@pytest.mark.parametrize("name", ["high-contrast", "high-contrast-light"])
def test_a_high_contrast_theme_deserves_its_name(name):
    base = next(theme for theme in SHIPPED if theme.name == name).base
    assert contrast(base.foreground, base.background) >= 15
    inks = (base.primary, base.accent, base.muted, base.success, base.warning, base.error)
    assert min(contrast(ink, ground) for ink in inks for ground in (base.background, base.panel, base.cursor)) >= 7


@pytest.mark.parametrize("theme", [theme for theme in SHIPPED if theme.name != "mono"], ids=lambda theme: theme.name)
def test_outcomes_and_agents_have_colours_of_their_own(theme):
    assert len({theme.base.success, theme.base.warning, theme.base.error}) == 3
    assert len(set(theme.agents)) == 8


DUSK = (themes_folder() / "dusk.yaml").read_text(encoding="utf-8")
BROKEN = {
    "unknown.yaml": ("name: a-b\ncolour: x\n", 1, "title: missing", "add it"),
    "colour.yaml": (
        DUSK.replace('"#1d1b1a"', "no-such-colour"),
        11,
        "base.background: `no-such-colour` is not a colour",
        "#rrggbb",
    ),
    "extra.yaml": (DUSK + "shadow: yes\n", 20, "shadow: no such field", "remove it; there are name, title"),
    "inner.yaml": (DUSK.replace("  panel:", "  panels:"), 5, "base.panel: missing", "add it"),
    "agents.yaml": (DUSK.replace('"#e59a63"', '"#e59a6"'), 19, "agents.3: `#e59a6` is not a colour", "#rrggbb"),
    "list.yaml": ("- a\n- b\n", 1, "not a theme", "--new"),
    "empty.yaml": ("", 1, "not a theme", "--new"),
    "yaml.yaml": ("name: a\ntitle: [\n", 3, "not valid YAML", "bracket"),
    "tag.yaml": ("name: !!python/object/apply:os.system ['true']\n", 1, "not valid YAML", ""),
    "deep.yaml": ("[" * 20_000, 0, "nested too deeply", "two levels"),
    "bytes.yaml": (None, 0, "cannot be read (not UTF-8)", "UTF-8"),
    "huge.yaml": ("# " + "x" * 70_000, 0, "larger than 64 KiB", "small"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_theme_names_the_first_thing_wrong_its_line_and_what_to_do(tmp_path, name):
    text, line, what, hint = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(b"\xff\xfe\x00" if text is None else text.encode())
    with pytest.raises(BrokenThemeError) as raised:
        read_theme(path)
    problem = raised.value.problem
    assert (problem.line, f"{problem.field}: {problem.what}".removeprefix(": ")) == (line, what)
    assert hint in problem.hint
    loaded = load_themes(themes_folder(), tmp_path)
    assert len(loaded.problems) == 1
    assert str(loaded.problems[0]).startswith(name)
    assert {theme.name for theme in loaded.files} == {theme.name for theme in SHIPPED}


async def test_broken_themes_are_one_toast_and_the_rest_work(tmp_path):
    for name, (text, *_) in BROKEN.items():
        (tmp_path / name).write_bytes(b"\xff" if text is None else text.encode())
    app = make_app(themes=load_themes(themes_folder(), tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert len([toast for toast in toasts(app) if "theme" in toast.lower()]) == 1
        assert app.theme == DEFAULT_THEME


async def test_without_any_theme_of_ours_the_interface_still_paints():
    app = make_app(themes=load_themes(Path("no such folder")))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        assert "allow" in text_of(app)


@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=lambda theme: theme.name)
def test_themes_of_textual_get_our_variables(theme):
    assert set(fallback_variables(theme)) == set(SHIPPED[0].variables())


async def test_the_picker_shows_at_once_keeps_with_enter_and_puts_back_with_esc():
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+t", "down")
        await pilot.pause()
        shown = app.theme
        assert shown != DEFAULT_THEME
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == DEFAULT_THEME
        await pilot.press("ctrl+t", "j", "enter")
        await pilot.pause()
        assert app.theme == shown
        assert not isinstance(app.screen, ThemesScreen)


@pytest.mark.parametrize("theme", [theme.name for theme in SHIPPED])
async def test_the_list_takes_the_themes_colours_at_once(theme):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        app.front.show_view("feed")
        await settled(pilot)
        app.theme = theme
        await settled(pilot)
        wanted = next(file for file in SHIPPED if file.name == theme).base.success.removeprefix("ansi_")
        colours = {
            segment.style.color.name.lower()
            for line in range(16)
            for segment in app.front.query_one(EventList).render_line(line)
            if segment.style is not None and segment.style.color is not None
        }
        assert wanted.lower() in colours


def test_no_colour_is_written_outside_the_themes():
    literal = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?=[\s;\"'])|\brgba?\(|\bhsl\(")
    named = re.compile(
        r"(?:color|background|border\w*):[^;]*\b(red|green|blue|yellow|white|black|grey|gray|cyan|magenta)\b"
    )
    found = []
    for path in [*TUI.rglob("*.py"), *TUI.rglob("*.tcss")]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if literal.search(line) or named.search(line):
                found.append(f"{path.name}:{number}: {line.strip()}")
    assert found == []
