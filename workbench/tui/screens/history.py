"""History: versions and ledger as one timeline. Not built yet; says so."""

from __future__ import annotations

from workbench.tui.screens.placeholder import PlaceholderScreen


class HistoryScreen(PlaceholderScreen):
    """Mode 9."""

    NUMBER = 9
    NAME = "history"
    HELP = "History will show versions, amendments and the ledger as one timeline."
    WILL = (
        "show versions, amendments and receipts as one timeline",
        "open any moment and compare any two versions",
        "verify the chain and the ledger up to that moment",
    )
    TODAY = (
        ("1", "Overview verifies the chain and the ledger"),
        ("5", "Sign shows every proposal and who signed it"),
        ("6", "Live shows every decision with its receipt"),
    )
