"""Styles are parsed once for a theme, and anew with another one."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css import stylesheet

from tests.tui.fakes import make_app, settled
from workbench.tui.actions import SCREEN_NAMES


async def test_visiting_every_screen_parses_each_source_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's own parses all of them two or three times for every screen that joins."""
    parsed: list[object] = []
    original = stylesheet.parse

    def counted(scope: str, css: str, read_from: Any, *args: Any, **kwargs: Any) -> Any:
        parsed.append((css, read_from, scope, kwargs.get("tie_breaker")))
        return original(scope, css, read_from, *args, **kwargs)

    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(stylesheet, "parse", counted)
        for name in SCREEN_NAMES:
            await app.goto(name)
            await pilot.pause()
        assert len(parsed) > 5
        assert len(parsed) == len(set(parsed))


async def test_another_theme_is_parsed_with_its_own_colours() -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        before = app.screen.styles.background, app.screen.query_one("TopBar").styles.background
        app.theme = next(name for name in ("paper", "linen", "daylight") if name in app.available_themes)
        await pilot.pause()
        after = app.screen.styles.background, app.screen.query_one("TopBar").styles.background
        assert before[0] != after[0]
        assert before[1] != after[1]
