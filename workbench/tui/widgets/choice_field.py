"""A field whose value is picked from a short list. Imports Textual and nothing of ours.

Enter goes from field to field in a form: here it opens the list, and picking from it goes on as well. Textual keeps the
focus where it was, so that Enter went round in one field and never reached the button.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.message import Message
from textual.widgets import Select
from textual.widgets._select import SelectOverlay, SelectType


class ChoiceField(Select[SelectType]):
    """A ``Select`` that tells when something was picked, also what it held already."""

    def __init__(self, options: Iterable[tuple[Any, SelectType]], value: SelectType, name: str) -> None:
        """``options``: what is shown, and what it stands for; ``name``: the widget's id."""
        super().__init__(options, value=value, allow_blank=False, compact=True, id=name)

    class Picked(Message):
        """The list was closed by a choice; ``Select.Changed`` has come before, where the value is another."""

    @on(SelectOverlay.UpdateSelection)
    def _picked(self, event: SelectOverlay.UpdateSelection) -> None:
        event.prevent_default()  # Textual's own handler would run after this one; it runs here
        self._update_selection(event)
        self.post_message(self.Picked())
