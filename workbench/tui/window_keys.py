"""The keys of windows, in the one registry: the same act has the same key in every window, and can be given another.

A window says which of these acts it has and what it calls for them: ``*window_keys(back="close", next="step(1)")``.
Three kinds of keys stay as they are, since another would mean nothing: tab, arrows and enter, which move between fields
and buttons; digits, which pick a reading or a screen; and the letters of jump mode. Imports the registry.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence

from textual.binding import Binding, BindingType

from workbench.tui.actions import REGISTRY, WINDOW, Action, bound_to

_ACTS = (
    ("back", "Back", ("escape", "q"), "Leave the window: nothing is done"),
    ("cancel", "Cancel", ("escape",), "Leave a form: nothing is done, nothing is signed"),
    ("halt", "Stop", ("escape", "x"), "Stop what is being worked out"),
    ("next", "Next", ("n", "right_square_bracket"), "The next change, decision or example"),
    ("previous", "The one before", ("p", "left_square_bracket"), "The change, decision or example before"),
    ("copy", "Copy", ("y",), "Copy what the cursor is on, or its id"),
    ("copy-all", "Copy all", ("c", "y"), "Copy all that the window tells"),
    ("find", "Find", ("slash",), "Find by words"),
    ("add", "Add", ("a",), "Add one: a norm, a phrase, a test"),
    ("remove", "Take away", ("x", "delete"), "Take a phrase away"),
    ("repeal", "Repeal", ("x",), "End the norm under the cursor, with a signature"),
    ("lift", "Lift", ("l",), "End what the cursor is on, with a signature"),
    ("undo", "Undo", ("u",), "Take back what was done last"),
    ("again", "Try again", ("r",), "Ask again, or try again what failed"),
    ("text", "Another text", ("E", "e"), "English, Cedar+ or schema of the same"),
    ("columns", "Columns", ("t",), "A difference side by side, or in one column"),
    ("fold", "Fold", ("z",), "Fold what is the same, or show it"),
    ("meaning", "Meaning", ("m", "v"), "A proposal's meaning, or its texts"),
    ("semantics", "Semantics", ("s",), "Judge by Cedar's semantics, or by ours"),
    ("data", "Data", ("d",), "Let data be missing, or not"),
    ("against", "Against now", ("c",), "An older revision against the draft as it is"),
    ("compare", "Compare", ("d",), "A norm's form against another"),
    ("mark", "Mark", ("space",), "Mark a form, to compare with it"),
    ("ended", "All there were", ("o",), "Show the norms that ended as well"),
    ("promote", "Into the draft", ("p",), "Write a norm into the draft"),
    ("conflicts", "Conflicts", ("c",), "Look for norms that conflict"),
    ("live", "In Live", ("l",), "Open the decision in Live"),
    ("try-it", "Try it", ("t",), "Try an example with other values"),
    ("event", "From a decision", ("e",), "Try a request that was recorded"),
    ("test", "From a test", ("t",), "Try the request of a test case"),
    ("blank", "Anew", ("n",), "Begin a request anew"),
    ("clear", "Not given", ("delete", "backspace"), "Leave a field of a request out"),
    ("allow", "Allow", ("a",), "Answer a question: allow"),
    ("deny", "Deny", ("d",), "Answer a question: deny"),
    ("hold", "Hold", ("h",), "Answer a question: hold"),
    ("neither", "Neither", ("n",), "Answer a question: neither is meant"),
    ("yes", "Take this", ("y",), "Take over the proposal under the cursor"),
    ("take", "Take marked", ("t",), "Take over every proposal that is marked"),
    ("explain", "Help", ("question_mark",), "What the window is for, as F1"),
)
_WHILE_TYPING = (
    ("leave", "Back", ("escape",), "Leave a window in which one types"),
    ("use", "Use", ("f5", "ctrl+s"), "Use what was typed"),
    ("say", "Say it", ("ctrl+s",), "As the button that does it"),
    ("next-error", "Next error", ("f8", "ctrl+n"), "The next error of what is typed"),
    ("previous-error", "Error before", ("shift+f8", "f20"), "The error before"),
)
WINDOW_ACTIONS: tuple[Action, ...] = (
    *(Action(f"window.{name}", title, help, keys, WINDOW, show=False) for name, title, keys, help in _ACTS),
    *(
        Action(f"window.{name}", title, help, keys, WINDOW, show=False, priority=True)
        for name, title, keys, help in _WHILE_TYPING
    ),
)
REGISTRY.add(WINDOW_ACTIONS)


def window_keys(**acts: str) -> list[BindingType]:
    """Bindings for some of the acts (``-`` written ``_``): each runs the Textual action that is named for it."""
    made: list[BindingType] = []
    for name, run in acts.items():
        made += bound_to(REGISTRY[f"window.{name.replace('_', '-')}"], run)
    return made


def acts_of(kind: type) -> tuple[Action, ...]:
    """The registry's actions that a class of windows has bindings for, in order."""
    found: dict[str, Action] = {}
    for base in kind.__mro__:
        for binding in base.__dict__.get("BINDINGS", ()):
            action = REGISTRY.get(binding.id or "") if isinstance(binding, Binding) else None
            if action is not None:
                found.setdefault(action.id, action)
    return tuple(found.values())


def all_windows() -> Mapping[str, Sequence[Action]]:
    """What every window is called → its actions. Loads all windows: for a thread."""
    from workbench.tui.screens import dossiers, modals
    from workbench.tui.screens.modals.window import Window
    from workbench.tui.view.focus_help import named
    from workbench.tui.view.window_help import window_help

    for module in pkgutil.iter_modules(modals.__path__):
        importlib.import_module(f"{modals.__name__}.{module.name}")
    del dossiers  # loaded, which is all that is wanted
    found: dict[str, Sequence[Action]] = {}
    waiting: list[type] = [Window]
    for kind in waiting:
        waiting += kind.__subclasses__()
        told = window_help([kind.__name__])
        if kind.__name__.endswith("Screen"):
            found[told.title if told is not None else named(kind.__name__)] = acts_of(kind)
    return found
