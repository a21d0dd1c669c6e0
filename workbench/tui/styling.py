"""The stylesheet of the application: Textual's own, which forgets what it has parsed each time a screen joins.

A first visit to a screen, and a first window of its kind, bring styles of their own. Textual then parses all there are
anew, two or three times over: most of what such a visit cost. Rules depend on nothing but their text and the theme's
variables, so they are kept until these change. A screen that comes to the front again is styled anew, too, where
something has changed meanwhile; see :func:`styled_by`. Imports Textual and nothing of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

if TYPE_CHECKING:
    from textual.app import App

KEPT = 1024  # parsed sources; there are about two hundred, each once for a set of variables


class KeptStylesheet(Stylesheet):
    """Parses a source once for each set of variables."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(KEPT)
        self.parses = 0

    def set_variables(self, variables: dict[str, str]) -> None:
        """The theme's variables; where they are new, every rule is parsed with them."""
        if variables != self._variables:
            super().set_variables(variables)
            self._parse_cache.clear()

    def parse(self) -> None:
        """Take the sources as they are, and count that. Raises ``StylesheetParseError``."""
        super().parse()
        self.parses += 1

    def reparse(self) -> None:
        """Take the sources as they are now. Raises as :meth:`parse` does; then the rules stay as they were."""
        self.parse()


def styled_by(app: App[Any]) -> tuple[object, ...]:
    """What the styles of a screen depend on that is not in it: the rules, and the classes of the app above it.

    Textual styles every widget of a screen again whenever the screen comes to the front, which is most of what that
    costs. While a screen is not in front its own changes are still styled as they happen; what is not is a change
    above it.
    """
    parses = app.stylesheet.parses if isinstance(app.stylesheet, KeptStylesheet) else object()
    return parses, frozenset(app.classes), frozenset(app.pseudo_classes)
