"""The keys of the app: a person's own choice of them, read at the start and said where it cannot hold; and copying.

A part of the application's class, beside ``places``. Imports the registry; the settings' reader when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.tui import clipboard
from workbench.tui.actions import REGISTRY, load_all
from workbench.tui.key_names import key_named
from workbench.tui.keymap import Chosen, checked, clashes, without_lost
from workbench.tui.lanes import in_lane
from workbench.tui.toasts import Toasts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.service.settings import Settings
    from workbench.tui.screens.base import WorkbenchScreen

TOLD = 3  # problems that are told in the one toast; the rest by the command


class Keyboard(Toasts):
    """Mixed into the application before ``App``."""

    if TYPE_CHECKING:

        @property
        def front(self) -> WorkbenchScreen | None: ...

    def read_keys(self) -> None:
        """Take the chosen keys over, before anything is shown; ``check_keys`` looks at them later."""
        from workbench.service.settings import read_settings

        self.settings: Settings = read_settings()
        REGISTRY.choose(_provisional(self.settings.keys))
        self.take_keys()

    def take_keys(self) -> None:
        """Give the bindings that exist by now their keys: at the start, and whenever a screen was built."""
        keymap = REGISTRY.keymap()
        if keymap != self._keymap:
            self.set_keymap(keymap)

    def check_keys(self) -> None:
        """Check what was chosen against all actions there are, in a thread, and say once what does not hold."""
        settings = self.settings
        if not settings.keys and not settings.problems:
            return

        def work() -> None:
            from workbench.tui.window_keys import all_windows

            registry = load_all()
            chosen, problems = checked(settings.keys, registry)
            missed = [problem.what for problem in problems if problem.code == "key_missed"]  # few see more than three
            lines = missed + [problem.detail for problem in settings.problems]
            lines += [problem.what for problem in problems if problem.code != "key_missed"]
            lines += [problem.what for problem in clashes(registry, chosen, all_windows())]
            self.call_later(self._checked, without_lost(registry, chosen), lines)

        in_lane(self, work, "keys")

    def _checked(self, chosen: Chosen, lines: Sequence[str]) -> None:
        REGISTRY.choose(chosen)
        self.take_keys()
        if self.front is not None:
            self.front.show_hints()
        if not lines:
            return
        more = f"\n… and {len(lines) - TOLD} more" if len(lines) > TOLD else ""
        said = "\n".join(lines[:TOLD]) + f"{more}\n`workbench keymap --check` says all of it"
        self.announce(said, title="Some of your settings", severity="warning", timeout=12)

    # -- copying -------------------------------------------------------------------------------------------------

    _copied = ""

    @property
    def clipboard(self) -> str:
        """What was copied here last, for pasting here."""
        return self._copied

    def copy_to_clipboard(self, text: str) -> None:
        """What a field, or selected text, copies with its own key goes by the route that works here, and says which."""
        self._copied = text
        self.notify(clipboard.copy(self, text), markup=False)


def _provisional(given: Mapping[str, Sequence[str]]) -> Chosen:
    """The choices that hold as far as is known; of other screens' actions it is seen when those are loaded."""
    known = {action_id: names for action_id, names in given.items() if REGISTRY.get(action_id) is not None}
    chosen, _ = checked(known, REGISTRY)
    for action_id, names in given.items():
        if action_id in known:
            continue
        try:
            chosen[action_id] = tuple(key_named(name) for name in names)
        except ValueError:
            continue
    return chosen
