"""What the top bar and the footer say: pure functions from facts to lines of text, fitted to a width.

Imports Textual's text value type and the registry's value type only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content
from textual.style import Style

from workbench.tui.actions import GLOBAL, SCREEN_NAMES, Action
from workbench.tui.hints import hinted
from workbench.tui.view.alerts import URGENT, Alert, alert_lines
from workbench.tui.view.plain import visible

PRODUCT = "Constitution Workbench"
FOOTER_HINTS = 7
CHOSEN_VIEW, OTHER_VIEW = "$primary bold underline", "$muted"
"""Names of a screen's views and filters: the one in front, and the others. Quieter than the tabs of the screens."""
STORM = "$deny bold"


@dataclass(frozen=True, slots=True)
class Chrome:
    """The facts of the top bar. ``version`` and ``digest`` are empty until the workspace is open.

    ``alerts``: what must be on every screen, counted down to ``now``, the service's time. ``storm``: that refusals
    come thick, in words; empty while they do not.
    """

    active: str
    badge: str = ""
    version: str = ""
    digest: str = ""
    player: str = ""
    waiting: int = 0
    alerts: tuple[Alert, ...] = ()
    now: datetime | None = None
    storm: str = ""


def short_digest(digest: str, length: int = 12) -> str:
    """The first ``length`` hexadecimal digits of ``sha256:…``."""
    return digest.removeprefix("sha256:")[:length]


def player_text(pace: float, *, paused: bool, finished: bool, failed: bool = False) -> str:
    """The player's state as glyph and words."""
    if failed:
        return hinted("✗ space retries", "live")
    if finished:
        return "■ all played"
    if paused:
        return "⏸ paused"
    return f"▶ plays {pace:g}/s"


def facts_line(chrome: Chrome, width: int) -> Content:
    """The first line: product, badge, version in force, player; what does not fit goes, least needed first."""
    parts: list[tuple[str, str, str]] = []  # text, style, what a click does
    if chrome.badge:
        parts.append((f" {visible(chrome.badge)} ", "$background on $accent bold", ""))
    if chrome.version:
        parts.append((f"v{visible(chrome.version)}", "$ink bold", ""))
        parts.append((short_digest(chrome.digest), "$muted", "app.copy_digest"))
    if chrome.player:
        parts.append((chrome.player, "$hold" if chrome.player.startswith("⏸") else "$ink", "app.toggle_player"))
    if chrome.storm:  # last, so that it stays when there is hardly room for one
        parts.append((chrome.storm, STORM, "app.groups"))
    names = [PRODUCT, "Workbench", ""]
    order = [part for part in parts if part[1] == "$muted"]
    while True:
        right = Content("  ").join(_fact(*part) for part in parts) if parts else Content("")
        for name in names:
            left = Content.assemble((" ◆ ", "$primary bold"), (name, "$ink bold"))
            gap = width - left.cell_length - right.cell_length - 1
            if gap >= 1 or (not parts and not name):
                return Content.assemble(left, " " * max(gap, 0), right)
        dropped = order.pop() if order else parts[0]
        parts.remove(dropped)


def _fact(text: str, style: str, action: str) -> Content:
    made = Content.styled(text, style)
    return made.stylize(clickable(action)) if action else made


def alerts_shown(chrome: Chrome, width: int, most: int) -> list[Content]:
    """The lines under the tabs; each can be clicked, as its key would be pressed."""
    if chrome.now is None:
        return []
    lines = alert_lines(chrome.alerts, chrome.now, width, most)
    urgent = any(alert.kind in URGENT for alert in chrome.alerts)
    opens = ["app.acknowledge", "app.overlays"] if urgent else ["app.overlays"]
    return [line.stylize(clickable(action)) for line, action in zip(lines, opens, strict=False)]


def tabs_line(active: str, width: int) -> Content:
    """The nine screens as clickable tabs: named where they fit (from 80 cells on), else digits but for the active."""
    names = [name.capitalize() for name in SCREEN_NAMES]
    gap = 1 if sum(len(name) + 5 for name in names) <= width + 1 else 0
    full = sum(len(name) + 3 for name in names) + 1 <= width
    tabs: list[Content] = []
    for number, name in enumerate(names, start=1):
        current = name.lower() == active
        label = f" {number} {name} " if full or current else f" {number} "
        if full and tabs and not gap:
            label = label[1:]  # neighbours share the space between them
        style = "$background on $primary bold" if current else "$muted"
        tabs.append(Content.styled(label, style).stylize(clickable(f"app.goto('{SCREEN_NAMES[number - 1]}')")))
    line = Content(" " * gap).join(tabs)
    return line.truncate(width) if line.cell_length > width else line


def clickable(action: str) -> Style:
    """Meta that says which action a click runs; unlike Textual's links it leaves the text's own colour alone."""
    return Style.from_meta({"run": action})


def footer_line(actions: Sequence[Action], width: int, note: str = "") -> Content:
    """Up to seven hints of ``key title``, each whole or not at all; ``note`` at the right, up to half the line.

    What works everywhere stands last and stays longest: the keys that lead to all others.
    """
    right = Content.styled(f"{visible(note)} ", "$muted").truncate(max(width // 2, 1)) if note else Content("")
    room = width - 1 - (right.cell_length + 2 if note else 0)
    shown = [action for action in list(actions)[:FOOTER_HINTS] if action.key_text]
    kept = sorted(shown, key=lambda action: action.scope != GLOBAL)  # stable: what works everywhere first
    fitting: set[str] = set()
    for action in kept:
        needed = _hint(action).cell_length + 2
        if needed > room:
            break
        room -= needed
        fitting.add(action.id)
    hints = [
        _hint(action).stylize(clickable(action.textual_action)) if _is_clickable(action) else _hint(action)
        for action in shown
        if action.id in fitting
    ]
    line = Content.assemble(" ", Content("  ").join(hints))
    gap = width - line.cell_length - right.cell_length
    return Content.assemble(line, " " * gap, right) if note and gap >= 1 else line


def _hint(action: Action) -> Content:
    return Content.assemble((action.key_text, "$accent bold"), " ", (action.title, "$muted"))


def _is_clickable(action: Action) -> bool:
    return "." not in action.textual_action or action.textual_action.startswith(("app.", "screen."))
