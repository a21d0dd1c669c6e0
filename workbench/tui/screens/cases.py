"""Cases: procedures that wait for a person. Not built yet; says so."""

from __future__ import annotations

from workbench.tui.screens.placeholder import PlaceholderScreen


class CasesScreen(PlaceholderScreen):
    """Mode 7."""

    NUMBER = 7
    NAME = "cases"
    HELP = "Cases will list the actions that a procedure holds until people have approved them."
    WILL = (
        "list who asks for what, and by when",
        "show which approvals are given and which are missing",
        "approve or reject with a key, and show escalations",
    )
    TODAY = (("6", "Live shows every held action: press v until it says held"),)
