"""The nine screens, each in a module of its own, loaded when first opened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.tui.screens.base import WorkbenchScreen

_CLASSES = {
    "overview": "OverviewScreen",
    "author": "AuthorScreen",
    "tests": "TestsScreen",
    "review": "ReviewScreen",
    "sign": "SignScreen",
    "live": "LiveScreen",
    "cases": "CasesScreen",
    "speech": "SpeechScreen",
    "history": "HistoryScreen",
}


def load_screen_class(name: str) -> type[WorkbenchScreen]:
    """The class of the screen called ``name``; imports its module. Raises ``KeyError`` for an unknown name."""
    class_name = _CLASSES[name]
    screen: type[WorkbenchScreen] = getattr(import_module(f"workbench.tui.screens.{name}"), class_name)
    return screen
