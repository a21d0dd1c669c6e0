"""Every rule of a version beside its English, the version since which it stands so, and who signed that one.

The auditor's last step: from a moment to the rule, from the rule to the sentence, from the sentence to the people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.service.governing_views import RuleOrigin
from workbench.service.views import VersionView
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import origins as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys


class VersionRulesScreen(Window[str]):
    """Answers the id of a rule to open in Author, or ``""``. ``chain``: number → version, for who signed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close"),
        Binding("tab", "app.focus_next", show=False),
        *window_keys(copy="copy"),
    ]
    DEFAULT_CSS = """
    VersionRulesScreen #rules-window { width: 96%; height: 92%; background: $background; layout: vertical; }
    VersionRulesScreen #rules { height: 9; width: 1fr; padding: 0; }
    VersionRulesScreen #rule-about { height: 1fr; width: 1fr; }
    VersionRulesScreen #rule { height: auto; width: 1fr; }
    VersionRulesScreen.-wide #rules-window { layout: horizontal; }
    VersionRulesScreen.-wide #rules { height: 1fr; width: 2fr; }
    VersionRulesScreen.-wide #rule-about { width: 3fr; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 (Textual declares it so)

    def __init__(
        self, version: VersionView, origins: Sequence[RuleOrigin], chain: Mapping[str, VersionView], in_force: bool
    ) -> None:
        super().__init__()
        self._version, self._origins, self._chain, self._in_force = version, tuple(origins), chain, in_force

    def compose(self) -> ComposeResult:
        rules = RowList(view.COLUMNS, header=True, empty="this version has no rule", id="rules")
        rules.add_class("pane")
        about = VerticalScroll(Static(id="rule"), id="rule-about", classes="pane")
        yield Container(rules, about, id="rules-window")

    def on_mount(self) -> None:
        rules = self.query_one("#rules", RowList)
        count = plural(len(self._origins), "rule")
        rules.border_title = Content(f"{count} of {one_line(self._version.version)}")
        rules.border_subtitle = Content(
            self.told("y copies · esc back" + (" · enter Author" if self._in_force else ""))
        )
        rules.show(view.rows(self._origins, self._version.version))
        rules.focus()
        self._draw()

    @property
    def current(self) -> RuleOrigin | None:
        """The rule under the cursor."""
        return self._origins[self.query_one("#rules", RowList).cursor] if self._origins else None

    def on_row_list_moved(self) -> None:
        self.query_one("#rule-about").scroll_home(animate=False)
        self._draw()

    def _draw(self) -> None:
        origin = self.current
        if origin is not None:
            self.query_one("#rule-about").border_title = Content(one_line(origin.rule.id))
            self.query_one("#rule", Static).update(view.detail(origin, self._version, self._chain.get(origin.since)))

    def on_row_list_chosen(self) -> None:
        origin = self.current
        if origin is not None and self._in_force:
            self.dismiss(origin.rule.id)

    def action_copy(self) -> None:
        """Copy the rule as text."""
        from workbench.tui import clipboard

        origin = self.current
        if origin is not None:
            shown = view.detail(origin, self._version, self._chain.get(origin.since))
            self.notify(clipboard.copy(self.app, shown.plain), markup=False)

    def action_close(self) -> None:
        """Back to the timeline."""
        self.dismiss("")
