"""Themes: every shipped one is readable; a broken file is one toast; colours stand nowhere else."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from rich.console import Console
from rich.style import Style as RichStyle
from textual.color import Color
from textual.filter import monochrome_style
from textual.theme import BUILTIN_THEMES

from tests.tui.fakes import make_app, settled
from tests.tui.test_shell import text_of, toasts
from workbench.tui.remembered import Remembered
from workbench.tui.screens.modals.themes import ThemesScreen
from workbench.tui.theme_files import (
    BrokenThemeError,
    load_all_themes,
    load_themes,
    read_theme,
    theme_to_start_from,
    themes_folder,
)
from workbench.tui.theme_measures import APART, SEEN_AS, ciede2000, closest_outcomes, difference, seen_as, weak_pairs
from workbench.tui.theme_terminals import as_shown, for_256
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
    assert weak_pairs(theme) == ()
    grounds = {name: value for name, value in theme.variables().items() if name.startswith("diff-")}
    assert len(grounds) == 4
    assert {name: value for name, value in grounds.items() if contrast(theme.base.foreground, value) < 4.5} == {}


def test_faint_text_is_found_wherever_it_stands():
    theme = next(theme for theme in SHIPPED if theme.name == DEFAULT_THEME)
    faint = {"muted": "#3a4058"}
    base = theme.base.model_copy(update=faint)
    assert {pair.ground for pair in weak_pairs(theme.model_copy(update={"base": base})) if pair.ink == "muted"} == {
        "background", "surface", "panel", "cursor"
    }  # fmt: skip
    agents = (*theme.agents[:7], "#333333")
    assert {pair.ink for pair in weak_pairs(theme.model_copy(update={"agents": agents}))} == {"agents.7"}
    assert theme.code is not None
    code = theme.code.model_copy(update={"comment": "#444444 italic"})
    assert {pair.ink for pair in weak_pairs(theme.model_copy(update={"code": code}))} == {"code.comment"}


@pytest.mark.parametrize("name", ["high-contrast", "high-contrast-light"])
def test_a_high_contrast_theme_deserves_its_name(name):
    base = next(theme for theme in SHIPPED if theme.name == name).base
    assert contrast(base.foreground, base.background) >= 15
    inks = (base.primary, base.accent, base.muted, base.success, base.warning, base.error)
    assert min(contrast(ink, ground) for ink in inks for ground in (base.background, base.panel, base.cursor)) >= 7


@pytest.mark.parametrize("theme", [theme for theme in SHIPPED if theme.name != "mono"], ids=lambda theme: theme.name)
def test_outcomes_and_agents_have_colours_of_their_own(theme):
    assert len({theme.base.success, theme.base.warning, theme.base.error}) == 3
    assert len(set(theme.agents)) == (7 if theme.ansi else 8)  # so many can be read on every console


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
    "deep.yaml": ("[" * 3_000, 0, "nested too deeply", "two levels"),
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


async def test_the_picker_tells_ground_contrast_and_file(own_themes):
    own_themes("mine.yaml", "mine")
    app = make_app(themes=load_all_themes(), theme="mine")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+t")
        await pilot.pause()
        lines = text_of(app).splitlines()
        mine = next(line for line in lines if "Mine" in line)
        assert "▸ Mine" in mine  # it begins at the one that is worn
        assert mine.split("Mine")[1].split()[:3] == ["dark", "13:1", "own"]
        assert next(line for line in lines if "Sixteen Colours" in line).split("Colours")[1].split()[:2] == [
            "16",
            "colours",
        ]
        await pilot.press("g")
        await pilot.pause()
        assert "built in: workbench-dark.yaml" in text_of(app)


# -- the user's own --------------------------------------------------------------------------------------------------


@pytest.fixture
def own_themes(tmp_path, monkeypatch):
    """Writes a theme like Dusk into the user's folder, with a later time of change than any before it."""
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path))
    folder = tmp_path / "themes"
    folder.mkdir()
    ticks = iter(range(1, 100))

    def write(file: str, name: str, text: str = DUSK, **changes: str) -> Path:
        text = text.replace("name: dusk", f"name: {name}").replace("title: Dusk", f"title: {name.capitalize()}")
        for field, value in changes.items():
            text = re.sub(rf"^(  {field}: ).*$", rf'\1"{value}"', text, flags=re.MULTILINE)
        path = folder / file
        path.write_text(text, encoding="utf-8")
        later = 1_800_000_000 + next(ticks)
        os.utime(path, (later, later))
        return path

    return write


async def look(app, pilot) -> None:
    """What the clock does every second."""
    app.look_at_themes()
    await app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


async def test_the_screens_look_at_the_files_every_second(own_themes):
    own_themes("mine.yaml", "mine")
    app = make_app(themes=load_all_themes())
    async with app.run_test(size=(80, 24)) as pilot:
        own_themes("other.yaml", "other")
        for _ in range(400):
            if "other" in app.available_themes:
                break
            await pilot.pause(0.05)
        assert "other" in app.available_themes


async def test_a_saved_theme_is_worn_at_once(own_themes):
    own_themes("mine.yaml", "mine")
    app = make_app(themes=load_all_themes(), theme="mine")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.screen.styles.background == Color.parse("#1d1b1a")
        own_themes("mine.yaml", "mine", background="#102030")
        await look(app, pilot)
        assert app.screen.styles.background == Color.parse("#102030")
        grounds = {
            segment.style.bgcolor.name
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None and segment.style.bgcolor is not None
        }
        assert "#102030" in grounds
        assert "#1d1b1a" not in grounds


async def test_a_theme_half_written_is_one_toast_and_stays_as_it_was(own_themes):
    path = own_themes("mine.yaml", "mine")
    app = make_app(themes=load_all_themes(), theme="mine")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for text in (DUSK[:300], DUSK[:300]):
            own_themes("mine.yaml", "mine", text)
            await look(app, pilot)
        assert len([toast for toast in toasts(app) if "mine.yaml" in toast]) == 1
        assert any("missing; add it" in toast for toast in toasts(app))
        assert app.theme == "mine"
        assert app.screen.styles.background == Color.parse("#1d1b1a")
        own_themes("mine.yaml", "mine", background="#102030")
        await look(app, pilot)
        assert app.screen.styles.background == Color.parse("#102030")
        assert any("can be read again" in toast for toast in toasts(app))
        path.unlink()
        await look(app, pilot)
        assert app.theme == DEFAULT_THEME
        assert any("is gone" in toast for toast in toasts(app))


async def test_a_theme_saved_while_the_picker_is_open_joins_its_list(own_themes):
    app = make_app(themes=load_all_themes())
    async with app.run_test(size=(80, 30)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+t")
        await pilot.pause()
        assert "Zebra" not in text_of(app)
        own_themes("zebra.yaml", "zebra")
        await look(app, pilot)
        assert "Zebra" in text_of(app)


def test_a_theme_of_ones_own_replaces_its_namesake(own_themes):
    own_themes("my-paper.yaml", "paper")
    loaded = load_all_themes()
    assert len(loaded.files) == len(SHIPPED)
    assert loaded.is_own("paper")
    assert next(theme for theme in loaded.files if theme.name == "paper").dark
    assert not loaded.is_own("dusk")


@pytest.mark.parametrize("theme", SHIPPED, ids=lambda theme: theme.name)
def test_every_theme_is_one_to_start_from(theme, tmp_path):
    text = theme_to_start_from((themes_folder() / f"{theme.name}.yaml").read_text(encoding="utf-8"), "my-own")
    path = tmp_path / "my-own.yaml"
    path.write_text(text, encoding="utf-8")
    made = read_theme(path)
    assert (made.name, made.title) == ("my-own", "My Own")
    assert made.base == theme.base
    assert made.agents == theme.agents
    assert made.code == theme.code
    assert all(" # " in line for line in text.splitlines() if re.match(r"  (primary|muted|error|cursor):", line))


# -- terminals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("colours", "asked", "worn"),
    [
        ("standard", None, "sixteen"),
        ("windows", None, "sixteen"),
        ("standard", "paper", "paper"),
        ("256", None, "dusk"),
        ("truecolor", None, "dusk"),
        ("truecolor", "paper", "paper"),
    ],
)
def test_sixteen_colours_are_taken_by_themselves_unless_a_theme_was_named(monkeypatch, colours, asked, worn):
    monkeypatch.setattr(Console, "color_system", property(lambda self: colours))
    memory = Remembered()
    memory.put("ui", "theme", "dusk", everywhere=True)  # kept on a terminal with more
    assert make_app(remembered=memory, theme=asked).theme == worn


def test_what_is_kept_with_sixteen_colours_is_kept_for_such_terminals(monkeypatch):
    memory = Remembered()
    monkeypatch.setattr(Console, "color_system", property(lambda self: "standard"))
    make_app(remembered=memory).keep_theme("mono")
    assert make_app(remembered=memory).theme == "mono"
    monkeypatch.setattr(Console, "color_system", property(lambda self: "truecolor"))
    assert make_app(remembered=memory).theme == DEFAULT_THEME


def test_where_no_colours_are_wanted_greys_are_taken_that_stay_as_they_are(monkeypatch):
    """A coloured theme turned grey falls under 4.5:1 on the cursor's row; mono was measured as what it is."""
    monkeypatch.setattr(Console, "color_system", property(lambda self: "truecolor"))
    monkeypatch.setenv("NO_COLOR", "1")
    memory = Remembered()
    memory.put("ui", "theme", "dusk", everywhere=True)
    app = make_app(remembered=memory)
    assert app.theme == "mono"
    monkeypatch.setenv("NO_COLOR", "1")
    assert make_app(remembered=memory, theme="paper").theme == "paper", "one that was named is worn"
    mono = next(theme for theme in SHIPPED if theme.name == "mono")
    for colour in [*mono.base.model_dump().values(), *mono.agents]:
        drawn = monochrome_style(RichStyle(color=colour)).color.triplet
        assert max(abs(a - b) for a, b in zip(drawn, Color.parse(colour).rgb, strict=True)) <= 1
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert make_app(remembered=memory).theme == "dusk", "where colours are, the theme that was kept for them"


@pytest.mark.parametrize("theme", [theme for theme in SHIPPED if not theme.ansi], ids=lambda theme: theme.name)
def test_with_256_colours_text_can_still_be_read(theme):
    fitted = for_256(theme)

    def shown(value: str) -> str:
        colour, _, flags = value.partition(" ")
        return f"{as_shown(Color.parse(colour)).hex} {flags}".strip()

    def each(values):
        return values.model_copy(update={name: shown(value) for name, value in values.model_dump().items()})

    assert fitted.code is not None
    assert fitted.diff is not None
    parts = {"base": each(fitted.base), "code": each(fitted.code), "agents": tuple(map(shown, fitted.agents))}
    seen = fitted.model_copy(update=parts)
    assert weak_pairs(seen) == ()
    assert seen.base.cursor != seen.base.background
    assert len({seen.base.success, seen.base.warning, seen.base.error}) == 3
    grounds = [shown(value) for value in fitted.diff.model_dump().values()]
    assert (
        min(contrast(value.split()[0], ground) for value in seen.code.model_dump().values() for ground in grounds)
        >= 4.5
    )


def test_left_to_rounding_text_could_not_be_read_with_256_colours():
    base = next(theme for theme in SHIPPED if theme.name == DEFAULT_THEME).base
    assert contrast(as_shown(Color.parse(base.muted)).hex, as_shown(Color.parse(base.cursor)).hex) < 3


async def test_the_interface_wears_what_a_terminal_with_256_colours_has(monkeypatch):
    monkeypatch.setattr(Console, "color_system", property(lambda self: "256"))
    app = make_app(theme="nocturne")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        worn = for_256(next(theme for theme in SHIPPED if theme.name == "nocturne"))
        assert app.screen.styles.background == Color.parse(worn.base.background) != Color.parse("#16121c")


# -- eyes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [  # from the table of Sharma, Wu and Dalal (2005)
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ],
)
def test_the_measure_of_difference(one, other, apart):
    assert ciede2000(one, other) == pytest.approx(apart, abs=1e-4)
    assert ciede2000(other, one) == pytest.approx(apart, abs=1e-4)


@pytest.mark.parametrize("vision", SEEN_AS)
def test_the_simulations_leave_greys_alone_and_take_away_one_difference(vision):
    for part in (0, 70, 255):
        seen = seen_as(Color(part, part, part), vision)
        assert max(abs(seen.r - part), abs(seen.g - part), abs(seen.b - part)) <= 1
    red, green = Color.parse("#f7768e"), Color.parse("#8fcf7f")
    blue, teal = Color.parse("#4070d0"), Color.parse("#209070")
    left = {
        pair: difference(seen_as(one, vision), seen_as(other, vision)) / difference(one, other)
        for pair, one, other in (("red and green", red, green), ("blue and teal", blue, teal))
    }
    lost = "blue and teal" if vision == "tritanopia" else "red and green"
    assert left.pop(lost) < 0.5
    assert min(left.values()) > 0.7


@pytest.mark.parametrize("name", ["colour-blind", "colour-blind-light"])
def test_outcomes_stay_apart_for_every_eye(name):
    apart = closest_outcomes(next(theme for theme in SHIPPED if theme.name == name))
    assert set(apart) == {"full sight", *SEEN_AS}
    assert min(apart.values()) >= 15, apart


def test_red_and_green_do_not_stay_apart_for_every_eye():
    usual = closest_outcomes(next(theme for theme in SHIPPED if theme.name == DEFAULT_THEME))
    assert usual["full sight"] >= APART > usual["deuteranopia"]  # which is why there are themes for it


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
        wanted = Color.parse(next(file for file in SHIPPED if file.name == theme).base.success).rich_color.name
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
