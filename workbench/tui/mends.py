"""What Textual 8.2.8 gets wrong and many of our widgets would meet, mended in one place, when the application is made.

Each mend has a test that fails once it is no longer needed. Imports Textual and nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import Any, Literal

from textual import _callback
from textual.content import Content
from textual.css.model import RuleSet
from textual.strip import Strip
from textual.widgets import Input, OptionList

_MENDED = "_workbench_mended"


def mend() -> None:
    """Mend what is below. Safe to call twice."""
    _page_of_a_list_not_drawn_yet()
    _hint_longer_than_its_field()
    _rules_hashed_in_python()
    _signatures_read_anew()


def _page_of_a_list_not_drawn_yet() -> None:
    """Page up or down in an option list fails with a ``KeyError`` until its lines are known: while it is hidden, empty,
    or just filled. Every ``Select`` and the palette have such a list. Nothing can be seen then, so nothing is moved.
    """
    original = OptionList._move_page
    if hasattr(original, _MENDED):
        return

    @wraps(original)
    def move_page(self: OptionList, direction: Literal[-1, 1]) -> None:
        if (self.highlighted or 0) in self._index_to_line:
            original(self, direction)

    setattr(move_page, _MENDED, True)
    OptionList._move_page = move_page  # type: ignore[method-assign]


def _hint_longer_than_its_field() -> None:
    """What a field says while it is empty is wrapped where it is too long, and its first line shown as if that were
    all. Here it is cut with a mark.
    """
    original = Input.render_line
    if hasattr(original, _MENDED):
        return

    @wraps(original)
    def render_line(self: Input, y: int) -> Strip:
        hint, room = self.placeholder, self.scrollable_content_region.width
        if y or self.value or Content(hint).cell_length <= room:
            return original(self, y)
        self.set_reactive(Input.placeholder, Content(hint).truncate(room, ellipsis=True).plain)
        try:
            return original(self, y)
        finally:
            self.set_reactive(Input.placeholder, hint)

    setattr(render_line, _MENDED, True)
    Input.render_line = render_line  # type: ignore[method-assign]


def _rules_hashed_in_python() -> None:
    """A rule of the stylesheet is told by its identity, as any object is, yet its ``__hash__`` is a Python function;
    each widget that is styled asks for it once for each of the 800 rules there are, and so does each of its component
    classes: a seventh of what a screen switch cost.
    """
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]


def _signatures_read_anew() -> None:
    """How many arguments a callback takes is read from its signature once, except where it is a ``partial``: the
    signature of the method within is read at each ``call_later`` with arguments, a dozen times for each key, which was
    a third of what a key cost that did nothing.
    """
    original = _callback._count_parameters
    if hasattr(original, _MENDED):
        return

    @wraps(original)
    def count_parameters(function: Callable[..., Any]) -> int:
        return _callback.count_parameters(function) if isinstance(function, MethodType) else original(function)

    setattr(count_parameters, _MENDED, True)
    _callback._count_parameters = count_parameters  # type: ignore[assignment]
