"""Contrast of what is really drawn, cell by cell, in every theme.

The screens and the main windows are drawn once in a theme of which every colour is another: that gives every pair of
ink and ground, by name. Each pair is then measured in every theme. A colour that no theme names fails: it could not be
measured. Some themes are drawn as well, to see that the pairs foretold are those that are drawn.

Text needs 4.5:1 and a chart 3:1 (WCAG 2.2, 1.4.3 and 1.4.11). What is drawn in a theme's ``line`` is decoration:
borders at rest, rules, scrollbars. The terminal's own sixteen colours are measured with three palettes in common use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.screen import ModalScreen

from workbench.service.clock import FrozenClock
from workbench.service.demo import SENTENCE, open_demo
from workbench.service.player import decide_recorded, read_recording
from workbench.service.samples import load_sample
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered
from workbench.tui.theme_files import LoadedThemes, load_themes
from workbench.tui.theming import Base, Code, Diff, ThemeFile, contrast_ratio

MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
THEMES = load_themes().files
SIXTEEN = next(theme for theme in THEMES if theme.ansi)
OF_16 = {
    # 0-7, then the bright ones 8-15
    "linux console": "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa "
    "555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    "xterm": "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
    "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    "windows": "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc "
    "767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
}
PALETTES = {name: tuple(Color.parse(f"#{part}") for part in text.split()) for name, text in OF_16.items()}
WINDOWS = (  # the screen, and the keys that open what lies over it, or another view
    ("overview", ("question_mark",)),
    ("overview", ("ctrl+p", "s")),
    ("overview", ("ctrl+t",)),
    ("overview", ("N",)),
    ("live", ("S",)),
    ("live", ("V",)),
    ("live", ("V",)),
    ("live", ("V", "enter")),
    ("sign", ("a",)),
    ("review", ("v",)),
    ("author", ("ctrl+home", "shift+down", "shift+down")),
)
CHART = "━╸╺┅╌▁▂▃▄▅▆▇█"
BLOCK_BORDERS = "▔▏▎▍▌▋▊▉▐▕▀"
Pair = tuple[str, str]
"""Ink and ground: names of a theme's fields, or what was drawn where no theme names it."""


def named(theme: ThemeFile) -> dict[str, str]:
    """Field → colour, for every colour of a theme; those that follow from others too."""
    variables = theme.variables()
    fields = {f"base.{name}": value for name, value in theme.base.model_dump().items()}
    fields |= {f"agents.{index}": value for index, value in enumerate(theme.agents)}
    return fields | {name: value.split()[0] for name, value in variables.items() if name.startswith(("code-", "diff-"))}


def tracer() -> ThemeFile:
    """A theme of which every colour is another."""
    fresh = (f"#{number * 40503 % 0xFFFFFF:06x}" for number in range(11, 1000))
    return ThemeFile(
        name="tracer",
        title="Tracer",
        dark=True,
        base=Base(**{name: next(fresh) for name in Base.model_fields}),
        agents=tuple(next(fresh) for _ in range(8)),
        code=Code(**{name: next(fresh) for name in Code.model_fields}),
        diff=Diff(**{name: next(fresh) for name in Diff.model_fields}),
    )


def is_border(char: str) -> bool:
    return ("─" <= char <= "╿" and char not in CHART) or char in BLOCK_BORDERS


def is_chart(char: str) -> bool:
    return char in CHART or "\u2800" < char <= "\u28ff"


class Names(dict[str, str]):
    """Colour as drawn → field of the theme; Textual's arithmetic may be off by one. What no theme has stays."""

    def __init__(self, theme: ThemeFile) -> None:
        self.fields = {name: Color.parse(value) for name, value in named(theme).items()}

    def __missing__(self, drawn: str) -> str:
        self[drawn] = drawn
        if drawn.startswith(("#", "color(")):
            for name, colour in self.fields.items():
                if drawn == colour.rich_color.name or (drawn[0] == "#" and near(Color.parse(drawn), colour)):
                    self[drawn] = name
                    break
        return self[drawn]


def near(one: Color, other: Color) -> bool:
    return other.ansi is None and all(abs(a - b) <= 1 for a, b in zip(one.rgb, other.rgb, strict=True))


@dataclass
class Drawn:
    """What was drawn: each pair with the first place and words it was seen at."""

    text: dict[Pair, tuple[str, str]]
    charts: dict[Pair, tuple[str, str]]


def collect(app: WorkbenchApp, where: str, theme: ThemeFile, drawn: Drawn) -> None:
    """Every pair of ink and ground of the screen; of a window, not of what lies behind it."""
    names = Names(theme)
    window = isinstance(app.screen, ModalScreen)
    shown = Region.from_union([child.region for child in app.screen.children]) if window else app.screen.region
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        if not shown.y <= y < shown.bottom:
            continue
        for segment in strip.crop(shown.x, shown.right):
            ink, ground = seen(segment.style)
            pair = (names[ink], names[ground])
            letters = "".join(
                char for char in segment.text if not (char.isspace() or is_border(char) or is_chart(char))
            )
            if letters:
                drawn.text.setdefault(pair, (where, letters[:40]))
            if any(map(is_chart, segment.text)):
                drawn.charts.setdefault(pair, (where, segment.text.strip()[:40]))


def seen(style: Style | None) -> tuple[str, str]:
    """The names of the colours that are seen: turned round where the style is."""
    if style is None:
        return "default", "default"
    ink, ground = style.color, style.bgcolor
    if style.reverse:
        ink, ground = ground, ink
    faint = " dim" if style.dim else ""
    return (
        "default" if ink is None else ink.name.lower()
    ) + faint, "default" if ground is None else ground.name.lower()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo with decisions of every kind, a proposal half signed, and a draft that has gone on since."""
    folder = tmp_path_factory.mktemp("contrast") / "demo"
    clock = FrozenClock(MORNING)
    with open_demo(folder, clock=clock) as workspace:
        for line in read_recording(load_sample().actions)[:60]:
            clock.advance(7)
            decide_recorded(workspace, line, MORNING.date())
        workspace.compile_english(workspace.draft().english.rstrip() + f"\n- {SENTENCE}\n")
        keys = [key for key in workspace.signing_keys() if key.principal]
        digest = workspace.propose("E-mail addresses stay inside", proposer=keys[0].principal).version.digest
        workspace.vote(digest, key_path=keys[0].path, passphrase=workspace.demo_passphrase())
        english = workspace.draft().english.replace("above 500", "above 400")
        workspace.compile_english(english)
    return folder


async def rest(pilot) -> None:
    for _ in range(3):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def draw(place: Path, theme: ThemeFile, views: Sequence[tuple[str, Sequence[str]]]) -> Drawn:
    """What is drawn of these screens and windows in ``theme``."""
    drawn = Drawn({}, {})
    themes = LoadedThemes((theme,), ())
    app = WorkbenchApp(place, clock=FrozenClock(MORNING), remembered=Remembered(), themes=themes, theme=theme.name)
    async with app.run_test(size=(120, 36)) as pilot:
        await rest(pilot)
        assert app.theme == theme.name
        for name, keys in views:
            await app.goto(name)
            await rest(pilot)
            for key in keys:
                await pilot.press(key)
            await rest(pilot)
            collect(app, " ".join((name, *keys)), theme, drawn)
            while len(app.screen_stack) > 1:
                app.pop_screen()
            await pilot.pause()
    return drawn


SCREENS = tuple((name, ()) for name in SCREEN_NAMES)


@pytest.fixture(scope="module")
def traced(place: Path) -> Drawn:
    """Every pair there is, by name."""
    return asyncio.run(draw(place, tracer(), (*SCREENS, *WINDOWS)))


def test_no_colour_is_drawn_that_a_theme_does_not_name(traced: Drawn) -> None:
    known = set(named(tracer()))
    assert {pair: where for pair, where in traced.text.items() if not set(pair) <= known} == {}
    assert len(traced.text) > 40


@pytest.mark.parametrize("theme", [theme for theme in THEMES if not theme.ansi], ids=lambda theme: theme.name)
def test_everything_drawn_can_be_read(theme: ThemeFile, traced: Drawn) -> None:
    colours = {name: Color.parse(value) for name, value in named(theme).items()}
    weak = {}
    for least, drawn in ((4.5, traced.text), (3.0, traced.charts)):
        for (ink, ground), where in drawn.items():
            ratio = contrast_ratio(colours[ink], colours[ground])
            if ratio < least and not (drawn is traced.charts and "base.line" in (ink, ground)):
                weak[ink, ground] = (round(ratio, 2), *where)
    assert weak == {}


@pytest.mark.parametrize("name", ["workbench-dark", "paper"])
def test_what_is_foretold_is_what_is_drawn(name: str, place: Path, traced: Drawn) -> None:
    theme = next(theme for theme in THEMES if theme.name == name)
    colours = {field: Color.parse(value).rich_color.name.lower() for field, value in named(theme).items()}
    foretold = {(colours[ink], colours[ground]) for ink, ground in traced.text}
    drawn = asyncio.run(draw(place, theme, SCREENS))
    found = {(colours.get(ink, ink), colours.get(ground, ground)): where for (ink, ground), where in drawn.text.items()}
    assert {pair: where for pair, where in found.items() if pair not in foretold} == {}
    assert len(found) > 25


@pytest.mark.parametrize("palette", PALETTES)
def test_sixteen_colours_can_be_read_on_the_consoles_there_are(palette: str, sixteen: Drawn) -> None:
    numbers = {name: Color.parse(value).ansi for name, value in named(SIXTEEN).items()}
    weak = {}
    for (ink, ground), where in sixteen.text.items():
        ratio = contrast_ratio(*(PALETTES[palette][numbers[name]] for name in (ink, ground)))
        if ratio < 4.5:
            weak[ink, ground] = (round(ratio, 2), *where)
    assert weak == {}


def test_sixteen_colours_leave_nothing_to_the_terminals_defaults(sixteen: Drawn) -> None:
    known = set(named(SIXTEEN))
    assert {pair: where for pair, where in sixteen.text.items() if not set(pair) <= known} == {}


@pytest.fixture(scope="module")
def sixteen(place: Path) -> Drawn:
    """The terminal's own colours, drawn: they go another way through the interface than others."""
    return asyncio.run(draw(place, SIXTEEN, (*SCREENS, *WINDOWS[:8])))
