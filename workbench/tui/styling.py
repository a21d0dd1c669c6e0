"""The stylesheet of the application: Textual's own, which forgets what it has parsed each time a screen joins.

A first visit to a screen, and a first window of its kind, bring styles of their own. Textual then parses all there are
anew, two or three times over: most of what such a visit cost. Rules depend on nothing but their text and the theme's
variables, so they are kept until these change. Imports Textual and nothing of ours.
"""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

KEPT = 1024  # parsed sources; there are about two hundred, each once for a set of variables


class KeptStylesheet(Stylesheet):
    """Parses a source once for each set of variables."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(KEPT)

    def set_variables(self, variables: dict[str, str]) -> None:
        """The theme's variables; where they are new, every rule is parsed with them."""
        if variables != self._variables:
            super().set_variables(variables)
            self._parse_cache.clear()

    def reparse(self) -> None:
        """Take the sources as they are now. Raises as :meth:`parse` does; then the rules stay as they were."""
        self.parse()
