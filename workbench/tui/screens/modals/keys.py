"""Help: all keys of a screen (``?``), and sentences about what has the focus (F1). Both come from declared data."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static

from workbench.tui.actions import REGISTRY, keyed
from workbench.tui.hints import hinted
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import keys as view
from workbench.tui.view.focus_help import Help, kind_help, named, part_help
from workbench.tui.view.window_help import window_help
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys

_CLOSE = (*window_keys(back="close"), Binding("f1,question_mark", "close", show=False))


class KeysScreen(Window[str]):
    """The keys of one screen, of lists, and those that work everywhere. Answers the id of an action, or ``""``."""

    BINDINGS: ClassVar[list[BindingType]] = [*_CLOSE]
    HELP = """Every key that does something here, as it is set now: first those of the screen, then those of lists and
    those that work everywhere. What is dim cannot be done at the moment. Enter does what the cursor is on."""
    DEFAULT_CSS = """
    KeysScreen RowList { background: $surface; height: auto; }
    """

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = Content(f"Keys of {self._scope.capitalize()}")
            window.border_subtitle = Content(keyed("enter does it · {list.search} finds · esc closes"))
            yield RowList(view.COLUMNS, id="sheet")

    def on_mount(self) -> None:
        self._show()
        table = self.query_one(RowList)
        table.cursor = 1  # the first that does something; above it is a heading
        table.focus()
        self.call_after_refresh(table.scroll_home, animate=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        table = self.query_one(RowList)
        front = getattr(self.app, "front", None)
        width = table.size.width or min(self.size.width - 8, 80)
        possible = front.is_possible if front is not None else lambda _: True
        rows = view.sheet(self._scope, REGISTRY, width, possible)
        table.styles.height = max(1, min(len(rows), self.size.height * 9 // 10 - 2))
        table.show(rows)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Do it, where it is an action that can be done."""
        action = REGISTRY.get(event.key.partition("+")[0])
        front = getattr(self.app, "front", None)
        if action is not None and action.scope != "list" and (front is None or front.is_possible(action)):
            self.dismiss(action.id)

    def action_close(self) -> None:
        """Back."""
        self.dismiss("")


class HelpScreen(Window[None]):
    """A few sentences. A widget or a screen says them in its class variable ``HELP``."""

    BINDINGS: ClassVar[list[BindingType]] = [*_CLOSE]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    @classmethod
    def about(cls, screen: Screen[object]) -> HelpScreen:
        """Help on what has the focus: its own, that of its part of the screen, of its kind, or of what is around it."""
        node: DOMNode = screen.focused or screen
        title, scope = str(getattr(node, "border_title", "") or ""), str(getattr(screen, "NAME", ""))
        if text := _own_help(node):
            return cls(title or _name(node), hinted(keyed(text), scope))
        kinds = [kind.__name__ for kind in type(node).__mro__]
        around = [type(parent).__name__ for parent in node.ancestors]
        known = part_help(scope, node.id or "", kinds, around)
        if known is not None:
            return cls(known.title, keyed(known.text))
        window = window_help([kind.__name__ for kind in type(screen).__mro__])
        if window is not None:
            kind, text = kind_help(kinds), window.text
            if isinstance(screen, Window):
                text = screen.told(text)
            return cls(window.title, f"{text}\n\n{kind.title}: {keyed(kind.text)}" if kind else text)
        for parent in node.ancestors:
            if (text := _own_help(parent)) and parent is not screen.app:
                kind = kind_help(kinds)
                more = f"\n\n{kind.title}: {kind.text}" if kind is not None else ""
                return cls(_name(parent), hinted(keyed(text + more), scope))
        kind = kind_help(kinds) or Help(
            "Help", "{global.keys} lists keys, {global.palette} finds anything by its name."
        )
        return cls(title or kind.title, keyed(kind.text))

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window") as window:
            window.border_title = Content(self._title)
            window.border_subtitle = Content(keyed("esc closes · {global.keys} lists keys"))
            yield Static(self._text, markup=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)


def _own_help(node: object) -> str:
    text = getattr(node, "HELP", "")
    return " ".join(text.split()) if isinstance(text, str) else ""


def _name(node: DOMNode) -> str:
    """What people call a part or a window: its title, else a word for its kind."""
    windows = node.query(".window") if isinstance(node, Window) else ()
    titles = [str(getattr(each, "border_title", "") or "") for each in (node, *windows)]
    return next(filter(None, titles), "") or named(type(node).__name__)
