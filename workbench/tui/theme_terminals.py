"""A theme on a terminal with 256 colours: each colour becomes the nearest of those, chosen so that text stays readable.

Left to itself, the library below rounds every colour alone; dark grounds then turn navy and teal, and text on the
cursor's row loses its contrast. Here grounds are chosen first, then inks that can be read on all of them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import dist, hypot
from typing import NamedTuple

from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color, Lab, rgb_to_lab

from workbench.tui.theme_measures import ENOUGH_CONTRAST
from workbench.tui.theming import Base, Code, Diff, ThemeFile, contrast_ratio

_OUTCOMES = ("error", "success", "warning")
_INKS = ("foreground", "muted", "primary", "secondary", "accent", *_OUTCOMES)


def for_256(theme: ThemeFile) -> ThemeFile:
    """``theme`` made of colours that a terminal with 256 shows as they are. The terminal's own sixteen stay."""
    if theme.ansi:
        return theme
    base, full = theme.base.model_dump(), theme.variables()
    made: dict[str, Shown] = {}
    for name in ("background", "surface", "panel"):
        made[name] = _nearest(
            base[name], apart_from=[made[other].colour for other in made if base[other] != base[name]]
        )
    on = [ground.colour for ground in made.values()]
    for name in _INKS:  # outcomes stay apart
        taken = [made[other].colour for other in _OUTCOMES if other in made] if name in _OUTCOMES else []
        made[name] = _nearest(base[name], on=on, apart_from=taken)
    made["line"] = _nearest(base["line"], apart_from=on)
    agents = [_nearest(colour, on=on) for colour in theme.agents]
    code = {name: full[f"code-{name}"].partition(" ") for name in Code.model_fields}
    inks = {name: _nearest(colour, on=on) for name, (colour, _, _) in code.items()}
    letters = [made["foreground"].colour, *(ink.colour for ink in inks.values())]
    # the grounds of single rows and words last: whatever is written stays readable on them
    written = [*letters, *(made[name].colour for name in _INKS), *(agent.colour for agent in agents)]
    made["cursor"] = _nearest(base["cursor"], on=written, apart_from=[made["background"].colour])
    diff = {name: _nearest(full[f"diff-{name.replace('_', '-')}"], on=letters) for name in Diff.model_fields}
    return theme.model_copy(
        update={
            "base": Base(**{name: shown.sent.hex for name, shown in made.items()}),
            "agents": tuple(agent.sent.hex for agent in agents),
            "code": Code(**{name: f"{inks[name].sent.hex} {flags}".strip() for name, (_, _, flags) in code.items()}),
            "diff": Diff(**{name: shown.sent.hex for name, shown in diff.items()}),
        }
    )


class Shown(NamedTuple):
    """One of the 256: how it looks, where that is in CIELAB, and a colour that the terminal is sent for it."""

    colour: Color
    place: Lab
    sent: Color


@cache
def the_256() -> tuple[Shown, ...]:
    """Every one of the 256 that can be asked for, without the sixteen whose look is the terminal's own."""
    greys = [round(step / 25 * 255) for step in range(26)]
    steps = (0, 95, 135, 175, 215, 255)
    asked = [Color(grey, grey, grey) for grey in greys]
    asked += [Color(red, green, blue) for red in steps for green in steps for blue in steps]
    found: dict[Color, Shown] = {}
    for sent in asked:
        colour = as_shown(sent)
        found.setdefault(colour, Shown(colour, rgb_to_lab(colour), sent))
    return tuple(found.values())


def as_shown(colour: Color) -> Color:
    """How a terminal with 256 colours shows ``colour``."""
    return Color(*RichColor.from_rgb(*colour.rgb).downgrade(ColorSystem.EIGHT_BIT).get_truecolor())


def _nearest(value: str, *, on: Iterable[Color] = (), apart_from: Iterable[Color] = ()) -> Shown:
    """The nearest colour that can be read on (or under) all of ``on`` and is none of ``apart_from``."""
    wanted = rgb_to_lab(Color.parse(value))
    others, grounds = list(apart_from), list(on)

    def distance(shown: Shown) -> float:
        place = shown.place
        louder = max(hypot(place.a, place.b) - hypot(wanted.a, wanted.b), 0.0)  # grey is missed less than colour seen
        return dist((place.L, place.a, place.b), (wanted.L, wanted.a, wanted.b)) + louder

    def worst(shown: Shown) -> float:
        return min(contrast_ratio(shown.colour, ground) for ground in grounds)

    ordered = sorted((shown for shown in the_256() if shown.colour not in others), key=distance)
    fitting = (shown for shown in ordered if not grounds or worst(shown) >= ENOUGH_CONTRAST)
    return next(fitting, None) or max(ordered, key=worst)  # where none can be read on all, the best of them
