"""What windows share that write a person's file: a name in ``#file``, a yes on ``#write``, and a second one to replace.

Mix in before ``Window``. Imports Textual; the service's files when a name is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen
from textual.widgets import Button, Input

if TYPE_CHECKING:
    _Base = Screen[Any]
else:
    _Base = object


class FileWanted(_Base):
    """A file that is there already is replaced only after a second, separate yes to that very name."""

    LEAVES: ClassVar[str] = "#cancel"  # the button that leads back, to which enter goes after a first yes
    _replace: Path | None = None

    def wanted_file(self) -> tuple[Path, bool]:
        """The path that is named, and whether it may be replaced. Raises :class:`WorkbenchError` (``not_a_file``)."""
        from workbench.service.table_files import path_of

        path = path_of(self.query_one("#file", Input).value)
        return path, self._replace == path

    def offer_replacing(self) -> None:
        """The file is there: the next yes replaces it, and is not where enter is."""
        self._replace, _ = self.wanted_file()
        self.query_one("#write", Button).label = "Replace it"
        self.query_one(self.LEAVES, Button).focus()

    def on_input_changed(self) -> None:
        """Another name: nothing is to be replaced."""
        self._replace = None
        self.query_one("#write", Button).label = "Write"
