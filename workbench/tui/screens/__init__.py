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
    full_name = f"workbench.tui.screens.{name}"
    try:
        module = import_module(full_name)
    except ModuleNotFoundError as error:
        if error.name != full_name:
            raise
        from workbench.tui.screens.placeholder import PlaceholderScreen

        return type(class_name, (PlaceholderScreen,), {"NAME": name, "WILL": ("be here soon",)})
    screen: type[WorkbenchScreen] = getattr(module, class_name)
    return screen
