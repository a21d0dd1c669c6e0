"""What each screen shows, as a command: for screen readers, for scripts, for terminals that can draw no screens. Pure.

A screen that takes the whole terminal is opaque to screen readers; so everything shown on one is also told in lines.
The sheet of keys (``?``) names the commands; a test runs them and looks for what the screen shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Told(NamedTuple):
    """A command, as it is typed after ``workbench``, and what of the screen it tells."""

    command: str
    what: str


SAME_THERE: Mapping[str, tuple[Told, ...]] = {
    "overview": (
        Told("status", "what is in force, what waits, chain and ledger"),
        Told("violations", "the last violations"),
        Told("norm list", "the norms"),
    ),
    "author": (
        Told("draft show", "the English and the Cedar+"),
        Told("draft compile", "compiles the English, and tells what is not understood"),
    ),
    "tests": (
        Told("draft test", "what fails, the conditions, the mistakes nobody would notice"),
        Told("draft test --json", "every case with what both engines say"),
    ),
    "review": (
        Told("draft review", "the text difference, the class, and why"),
        Told("diff", "the meaning: newly permitted, denied, held, each with a request"),
    ),
    "sign": (
        Told("proposals", "every proposal: seats, timelock"),
        Told("review DIGEST", "one of them in full"),
    ),
    "live": (
        Told("watch", "the feed; `--filter` as in the screen, `--after 0` from the beginning"),
        Told("groups", "refusals in groups of rule, agent and action"),
        Told("agents", "the board of agents"),
        Told("audit why SEQ", "one decision in full: request, rules, who signed them"),
    ),
    "cases": (
        Told("cases list", "who asks for what, and the time that is left"),
        Told("cases show ID", "one case in full"),
    ),
    "speech": (Told("speech evaluate --transcript FILE --each", "each statement: form, grounds, verdict"),),
    "history": (
        Told("history --all", "the timeline"),
        Told("history --entry N", "one entry in full"),
    ),
}
"""Screen → the commands that tell the same."""
