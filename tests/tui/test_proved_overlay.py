"""A brake that changes rules, in full on the screen of overlays: what it replaces, by what, and on what grounds."""

from __future__ import annotations

from dataclasses import replace

from tests.tui.overlay_fakes import BRAKE, NOW
from workbench.tui.view import overlays

INSTEAD = 'permit (principal, action == Action::"close_ticket", resource)\nwhen { principal == resource.owner };'
PROVED = replace(
    BRAKE,
    what="in place of desk-work: permit (…)",
    without=(),
    replaces=("desk-work", "[red]reply[/red]"),
    instead=INSTEAD,
    basis="proved",
)


def test_it_says_what_stands_in_the_place_of_which_rules_and_that_it_was_proved() -> None:
    lines = [line.rstrip() for line in overlays.detail(PROVED, NOW).plain.splitlines()]
    start = lines.index("IN PLACE OF")
    assert lines[start + 1 : start + 5] == ["desk-work", "[red]reply[/red]", *INSTEAD.splitlines()]
    assert "✓ proved to tighten when it was taken in; it can only forbid, whatever was proved" in lines
    assert "TAKES AWAY" not in lines


def test_a_brake_by_structure_claims_no_proof() -> None:
    told = overlays.detail(replace(BRAKE, basis="structure"), NOW).plain
    assert "proved" not in told
    assert "IN PLACE OF" not in told
