"""Styles are parsed once for a theme, and anew with another one."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css import stylesheet

from tests.tui.fakes import make_app, settled
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.screens.base import WorkbenchScreen


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


async def test_a_screen_is_styled_again_only_where_something_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual styles all of its widgets each time it comes to the front."""
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        for name in ("sign", "overview", "sign", "overview"):  # the second's own rules are new to the first, once
            await app.goto(name)
            await settled(pilot, 1)
        styled: list[str] = []
        original = stylesheet.Stylesheet.update_nodes

        def watched(self: Any, nodes: Any, animate: bool = False) -> None:
            nodes = list(nodes)
            styled.extend(node.NAME for node in nodes if isinstance(node, WorkbenchScreen))
            original(self, nodes, animate)

        monkeypatch.setattr(stylesheet.Stylesheet, "update_nodes", watched)
        await app.goto("sign")
        await pilot.pause()
        assert styled == []
        app.add_class("-shining")
        await pilot.pause()
        styled.clear()
        await app.goto("overview")
        await pilot.pause()
        assert styled == ["overview"], "the app's classes have changed while it was not in front"
        app.theme = next(name for name in app.available_themes if name != app.theme)
        await pilot.pause()
        before = app.screen.styles.background
        await app.goto("sign")
        await pilot.pause()
        assert app.screen.styles.background == before, "in the colours of the theme that was chosen meanwhile"
