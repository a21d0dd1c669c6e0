"""What can be done on the Overview, and the screen in sentences. Data for the one registry of actions."""

from __future__ import annotations

from workbench.tui.actions import Action

HELP = (
    "The constitution in force and who signed it; what waits for a person, with the key that goes there, and what ends "
    "by itself; decisions as they come, by outcome, within the window that W chooses; whether chain and ledger verify; "
    "norms, with what they caught; the last violations, and whom and by which rules decisions refused. Tab goes from "
    "list to list, enter opens what is under the cursor; whatever names a place can be clicked."
)


def _action(name: str, title: str, help: str, *keys: str, show: bool = True, run: str = "") -> Action:
    return Action(f"overview.{name}", title, help, keys, scope="overview", show=show, run=run)


ACTIONS = (
    _action("open", "Open", "Open the violation, agent or rule under the cursor", "enter"),
    _action("next-window", "Window", "Look at the last 5 minutes, hour or day", "W"),
    _action("player", "Pause/play", "Pause or resume the recorded actions", "space", "p"),
    _action("faster", "Faster", "Play the recorded actions faster", "plus", "equals_sign", show=False),
    _action("slower", "Slower", "Play the recorded actions slower", "minus", show=False),
    _action("add-norm", "Add norm", "Write a norm in one line", "a", show=False, run="app.add_norm"),
    _action("verify", "Verify", "Verify the chain and the ledger again, in full", "V"),
)
