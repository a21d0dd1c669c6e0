"""What can be measured of a theme before anyone looks at it: contrast of text, and how far outcomes are apart for eyes
that see fewer colours. Pure; imports Textual's colour type and ``theming``.

Sources: contrast after WCAG 2.2; simulation of colour-vision deficiency after Machado, Oliveira and Fernandes, "A
Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.0; difference of colours after
CIE 142 (CIEDE2000), D65 white, as written out by Sharma, Wu and Dalal (2005).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Literal, NamedTuple

from textual.color import Color

from workbench.tui.theming import ThemeFile, contrast_ratio

ENOUGH_CONTRAST = 4.5
APART = 12.0
"""CIEDE2000 between two outcomes that a person should tell apart at a glance; 2.3 is just noticeable side by side."""

Vision = Literal["protanopia", "deuteranopia", "tritanopia"]
Triple = tuple[float, float, float]
_Matrix = tuple[Triple, Triple, Triple]

SEEN_AS: Mapping[Vision, _Matrix] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Linear RGB → linear RGB as seen by a person with that deficiency, in full."""

_INKS = ("foreground", "muted", "primary", "secondary", "accent", "success", "warning", "error")
_GROUNDS = ("background", "surface", "panel", "cursor")


class WeakPair(NamedTuple):
    """Text in ``ink`` on ``ground`` (fields of the theme), with their contrast."""

    ink: str
    ground: str
    contrast: float


def weak_pairs(theme: ThemeFile, least: float = ENOUGH_CONTRAST) -> tuple[WeakPair, ...]:
    """Text on a ground that has too little contrast, the weakest first. Nothing can be said of the terminal's own."""
    if theme.ansi:
        return ()
    base = theme.base
    inks = {name: getattr(base, name) for name in _INKS}
    inks |= {f"agents.{index}": colour for index, colour in enumerate(theme.agents)}
    pairs = [(ink, ground, inks[ink], getattr(base, ground)) for ink in inks for ground in _GROUNDS]
    if theme.code is not None:
        code = {f"code.{kind}": value.split()[0] for kind, value in theme.code.model_dump().items()}
        pairs += [(ink, ground, code[ink], getattr(base, ground)) for ink in code for ground in _GROUNDS]
    pairs += [("background", name, base.background, getattr(base, name)) for name in ("primary", "accent")]  # tabs
    found = [WeakPair(ink, ground, contrast_ratio(Color.parse(a), Color.parse(b))) for ink, ground, a, b in pairs]
    return tuple(sorted((pair for pair in found if pair.contrast < least), key=lambda pair: pair.contrast))


def closest_outcomes(theme: ThemeFile) -> Mapping[str, float]:
    """For the full sight and for each deficiency: the least difference between allow, hold and deny (CIEDE2000)."""
    colours = [Color.parse(value) for value in (theme.base.success, theme.base.warning, theme.base.error)]
    seen = {"full sight": colours} | {kind: [seen_as(colour, kind) for colour in colours] for kind in SEEN_AS}
    return {kind: min(difference(a, b) for a, b in combinations(shown, 2)) for kind, shown in seen.items()}


def seen_as(colour: Color, vision: Vision) -> Color:
    """``colour`` as a person with that deficiency sees it."""
    linear = tuple(_linear(part) for part in colour.rgb)
    red, green, blue = (sum(factor * part for factor, part in zip(row, linear, strict=True)) for row in SEEN_AS[vision])
    return Color(round(255 * _encoded(red)), round(255 * _encoded(green)), round(255 * _encoded(blue)))


def difference(one: Color, other: Color) -> float:
    """CIEDE2000 between two colours: 0 for the same, about 100 between black and white."""
    return ciede2000(_lab(one), _lab(other))


def ciede2000(one: Triple, other: Triple) -> float:
    """CIEDE2000 between two values of CIELAB, all parametric factors 1."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - math.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    turn = 0.0 if grey else (h2 - h1 + 180) % 360 - 180
    if grey:
        hue = h1 + h2
    elif abs(h1 - h2) <= 180:
        hue = (h1 + h2) / 2
    else:
        hue = ((h1 + h2 + 360) / 2) % 360
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    cos = [math.cos(math.radians(angle)) for angle in (hue - 30, 2 * hue, 3 * hue + 6, 4 * hue - 63)]
    weight = 1 - 0.17 * cos[0] + 0.24 * cos[1] + 0.32 * cos[2] - 0.20 * cos[3]
    rotation = -math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))
    rotation *= 2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    d_light = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2))
    d_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    d_hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    return math.sqrt(d_light**2 + d_chroma**2 + d_hue**2 + rotation * d_chroma * d_hue)


def _lab(colour: Color) -> Triple:
    """CIELAB under D65 of an sRGB colour."""
    r, g, b = (_linear(part) for part in colour.rgb)
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883

    def root(value: float) -> float:
        return value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116

    return 116 * root(y) - 16, 500 * (root(x) - root(y)), 200 * (root(y) - root(z))


def _linear(part: int) -> float:
    value = part / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _encoded(value: float) -> float:
    value = min(max(value, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)
