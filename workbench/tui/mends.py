"""What Textual 8.2.8 gets wrong and many of our widgets would meet, mended in one place, when the application is made.

Each mend has a test that fails once it is no longer needed. Imports Textual and nothing of ours.
"""

from __future__ import annotations

from functools import wraps
from typing import Literal

from textual.content import Content
from textual.strip import Strip
from textual.widgets import Input, OptionList

_MENDED = "_workbench_mended"


def mend() -> None:
    """Mend what is below. Safe to call twice."""
    _page_of_a_list_not_drawn_yet()
    _hint_longer_than_its_field()


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
