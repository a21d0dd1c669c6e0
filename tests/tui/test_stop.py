"""Stopping, lifting and acknowledging in their windows: nobody does it by accident, and what is missing is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui.draft_fakes import NEW_DIGEST, PASSPHRASE
from tests.tui.fakes import DIGEST, make_app, settled
from tests.tui.overlay_fakes import BRAKE, NORM, STOP, OverlaidWorkspace
from tests.tui.test_shell import text_of, toasts
from workbench.engine.filter_text import parse_filter
from workbench.service.acknowledging import Pending
from workbench.service.errors import WorkbenchError
from workbench.service.views import KeyView
from workbench.tui.screens.keyring import keys_here
from workbench.tui.view import overlays

AGENT_KEY = KeyView("", "SHA256:Ag3ntAg3nt", 'Operator::"sam"', "supervisor", False, False)
RESTORED = Pending("restored", "a checkpoint covers 35 entries; the database holds 8", {"missing": 27})
CLOCK = Pending("clock", "the clock ran 3,600 seconds ahead", {"ahead_seconds": 3600})


async def live(pilot):
    await settled(pilot)
    await pilot.press("6")
    await settled(pilot)


async def window_of(pilot, pressed="S", **fields):
    """Open a window with a key and fill these fields in."""
    await pilot.press(pressed)
    await settled(pilot)
    window = pilot.app.screen
    for name, value in fields.items():
        window.query_one(f"#{name.replace('_', '-')}").value = value
    await settled(pilot)
    return window


async def taken(pilot, workspace):
    """The target and the name of the first stop that was signed."""
    for _ in range(50):
        await settled(pilot)
        if workspace.overlays.taken:
            break
        await pilot.pause(0.1)
    return workspace.overlays.taken[0][1:3]


async def test_while_the_feed_follows_nobody_is_offered():
    """Its newest row came by itself a moment ago: whoever presses a key then has not chosen that agent."""
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        assert pilot.app.front.feed.events.following
        window = await window_of(pilot)
        assert window.query_one("#name").value == ""
        await pilot.press("escape")
        feed = pilot.app.front.feed
        agent = workspace.row(feed.events.selected).agent
        feed.wanted = parse_filter(f"agent:{agent}")  # every row is theirs
        window = await window_of(pilot)
        assert window.query_one("#name").value == agent


async def test_the_agent_under_the_cursor_is_offered_and_an_action_or_all_can_be_chosen():
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        await pilot.press("k")
        seq = pilot.app.front.feed.events.selected
        row = workspace.row(seq)
        window = await window_of(pilot)
        name = window.query_one("#name")
        assert name.value == row.agent
        window.query_one("#target").value = "action"
        await settled(pilot)
        assert name.value == row.action
        window.query_one("#target").value = "all"
        await settled(pilot)
        assert name.disabled
        window.query_one("#target").value = "agent"
        await settled(pilot)
        name.value = "somebody else"
        window.query_one("#target").value = "action"
        await settled(pilot)
        assert name.value == "somebody else", "what was typed is not replaced"


async def test_the_open_decision_is_what_is_offered():
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        await pilot.press("k", "k", "enter")
        await settled(pilot)
        agent = pilot.app.front.feed.shown.detail.row.agent
        window = await window_of(pilot, why="it loops", passphrase=PASSPHRASE, typed=DIGEST[-6:])
        assert window.query_one("#name").value == agent, "as every list calls it"
        window.query_one("#sign").press()
        assert await taken(pilot, workspace) == ("agent", f'Agent::"{agent}"'), "and nobody else of that name"


async def test_nothing_in_the_feed_can_still_be_stopped_by_name():
    workspace = OverlaidWorkspace()
    workspace.seqs = workspace.seqs[:0]
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        window = await window_of(pilot, why="it loops", passphrase=PASSPHRASE, typed=DIGEST[-6:])
        await pilot.click("#sign")
        await settled(pilot)
        assert "say which" in text_of(pilot.app)
        window.query_one("#name").value = "nora"
        await settled(pilot)
        window.query_one("#sign").press()  # a toast may take a click, and the field a key
        assert await taken(pilot, workspace) == ("agent", "nora")


@pytest.mark.parametrize(("seconds", "why"), [(900, "it loops"), (86_400, "  spaces around  ")])
async def test_a_stop_is_signed_shown_and_said(seconds, why):
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        await pilot.press("k")
        feed = pilot.app.front.feed
        assert not feed.events.following
        await window_of(pilot, name="nora", seconds=seconds, why=why, passphrase=PASSPHRASE, typed=DIGEST[-6:])
        await pilot.click("#sign")
        await settled(pilot)
        ((_, target, name, lasts, reason, using),) = workspace.overlays.taken
        assert (target, name, lasts, reason) == ("agent", "nora", seconds, why.strip())
        assert using.key_path == "/demo/keys/demo-ana"
        assert "■ STOP  agent nora" in text_of(pilot.app).splitlines()[2]
        assert any("2 grants void" in toast for toast in toasts(pilot.app))
        assert feed.events.following, "the rows that it refuses are seen to come"


@pytest.mark.parametrize("typed", ["", DIGEST[-5:], DIGEST[7:13], NEW_DIGEST[-6:]])
async def test_without_the_last_six_characters_nothing_is_stopped(typed):
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        window = await window_of(pilot, name="nora", why="it loops", passphrase=PASSPHRASE, typed=typed)
        assert window.query_one("#sign").disabled
        window.query_one("#typed").focus()
        await pilot.press("enter", "enter")
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.overlays.taken == []
        assert pilot.app.screen is window


async def test_enter_alone_cancels_and_a_reason_is_asked_for():
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        await window_of(pilot)
        assert pilot.app.focused.id == "cancel"
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen is pilot.app.front
        await window_of(pilot, name="nora", passphrase=PASSPHRASE, typed=DIGEST[-6:])
        await pilot.click("#sign")
        await settled(pilot)
        assert "say why" in text_of(pilot.app)
        assert pilot.app.focused.id == "why"
        assert workspace.overlays.taken == []


async def test_a_wrong_passphrase_is_said_and_wiped_and_the_rest_is_kept():
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        window = await window_of(pilot, name="nora", why="it loops", passphrase="swordfish", typed=DIGEST[-6:])
        assert "swordfish" not in text_of(pilot.app)
        await pilot.click("#sign")
        await settled(pilot)
        await settled(pilot)
        shown = text_of(pilot.app)
        assert "the passphrase is wrong" in shown
        assert "Cancel" in shown, "the buttons are still in sight"
        assert window.query_one("#passphrase").value == ""
        assert window.query_one("#why").value == "it loops"


async def test_a_key_of_the_agent_needs_no_passphrase():
    workspace = OverlaidWorkspace()
    workspace.agent = (AGENT_KEY,)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        window = await window_of(pilot, name="nora", why="it loops", key=2, typed=DIGEST[-6:])
        assert window.query_one("#passphrase").disabled
        assert "ssh-agent" in text_of(pilot.app)
        await pilot.click("#sign")
        await settled(pilot)
        using = workspace.overlays.taken[0][-1]
        assert (using.agent, using.key_path) == ("SHA256:Ag3ntAg3nt", "")


async def test_the_list_says_what_is_in_force_and_lifts_one():
    workspace = OverlaidWorkspace(NORM, STOP, BRAKE)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        shown = text_of(pilot.app)
        for words in (
            "■ STOP   agent nora",
            "▼ BRAKE  without desk-work",
            "§ NORM",
            "3 h 59 min",
            "no end",
            "3 overlays",
        ):
            assert words in shown
        order = [shown.index(words) for words in ("■ STOP   agent", "▼ BRAKE  without", "§ NORM   ")]
        assert order == sorted(order), "the gravest first, however they were placed"
        await pilot.press("j", "j")
        await settled(pilot)
        assert 'resource.tags.contains("email")' in text_of(pilot.app)
        workspace.seconds = 3600
        await pilot.pause(1.2)
        await settled(pilot)
        assert "2 h 59 min" in text_of(pilot.app)
        await pilot.press("k", "k")
        window = await window_of(pilot, "enter", why="a false alarm", passphrase=PASSPHRASE, typed=STOP.id[-6:])
        assert window.query_one("#key").value == 0, "ana placed it"
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.overlays.taken[0][:3] == ("lift", STOP.id, "a false alarm")
        assert "2 overlays" in text_of(pilot.app)


async def test_a_brake_is_lifted_by_two_people():
    workspace = OverlaidWorkspace(BRAKE)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        window = await window_of(pilot, "enter", why="fixed", passphrase=PASSPHRASE, typed=BRAKE.id[-6:])
        assert window.query_one("#passphrase-2").disabled
        await pilot.click("#sign")
        await settled(pilot)
        assert "two people lift a brake" in " ".join(text_of(pilot.app).split())
        assert workspace.overlays.taken == []
        window.query_one("#key-2").value = 1
        await settled(pilot)
        window.query_one("#passphrase-2").value = PASSPHRASE
        window.query_one("#sign").press()
        await settled(pilot)
        people = [using.key_path for using in workspace.overlays.taken[0][-1]]
        assert people == ["/demo/keys/demo-ana", "/demo/keys/demo-sam"]


async def test_nothing_in_force_says_what_would_be_here_and_an_error_is_said():
    workspace = OverlaidWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        assert "Nothing acts beside the signed version." in text_of(pilot.app)
        await pilot.press("enter", "l", "y")
        await settled(pilot)
        assert pilot.app.screen.query("#overlays")
        workspace.fail["overlays"] = WorkbenchError("the workspace is locked", "by another", "close it", "x")
        await pilot.pause(1.2)
        await settled(pilot)
        assert "the workspace is locked" in text_of(pilot.app)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is pilot.app.front


@pytest.mark.parametrize(("pending", "word"), [(RESTORED, "SEALED"), (CLOCK, "CLOCK FROZEN")])
async def test_a_seal_or_a_frozen_clock_is_acknowledged_by_a_signature(pending, word):
    workspace = OverlaidWorkspace(pending=(pending,))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert word in text_of(pilot.app).splitlines()[2]
        window = await window_of(pilot, "exclamation_mark", passphrase=PASSPHRASE, typed=DIGEST[-6:])
        assert pending.words[:30] in text_of(pilot.app)
        assert ("27 entries missing" in text_of(pilot.app)) == (pending is RESTORED)
        window.query_one("#sign").press()
        await settled(pilot)
        assert "say what happened" in text_of(pilot.app)
        window.query_one("#why").value = "we restored the backup"
        window.query_one("#sign").press()
        await settled(pilot)
        ((what, why, using),) = workspace.acknowledged
        assert (what, why, using.key_path) == (pending.what, "we restored the backup", "/demo/keys/demo-ana")
        assert word not in text_of(pilot.app)


async def test_no_key_here_says_so_and_nothing_can_be_pressed():
    workspace = OverlaidWorkspace(STOP)
    workspace.signing_keys = lambda: ()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        window = await window_of(pilot)
        assert "is in the roster in force" in text_of(pilot.app)
        assert window.query_one("#sign").disabled
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is pilot.app.front


async def test_notices_are_delivered_while_the_screens_are_open_and_no_longer():
    workspace = OverlaidWorkspace()
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        deliverer = app.deliverer
        assert deliverer is not None
        for _ in range(50):
            if workspace.deliveries:
                break
            await pilot.pause(0.05)
        assert workspace.deliveries
    assert deliverer._thread is not None
    assert not deliverer._thread.is_alive()
    assert workspace.closed


ANA_KEY = KeyView("/k/ana", "SHA256:A", 'Operator::"ana"', "operator", True, True)
SAM_KEY = KeyView("/k/sam", "SHA256:S", 'Operator::"sam"', "supervisor", True, True)
BEN_KEY = KeyView("/k/ben", "SHA256:B", 'Operator::"ben"', "operator", True, True)


@pytest.mark.parametrize(
    ("overlay", "key", "may"),
    [
        (STOP, ANA_KEY, True),  # placed it
        (STOP, SAM_KEY, True),  # a supervisor
        (STOP, BEN_KEY, False),
        (BRAKE, ANA_KEY, True),
        (BRAKE, SAM_KEY, True),
        (NORM, BEN_KEY, True),  # an operator
        (NORM, SAM_KEY, False),
    ],
    ids=lambda value: getattr(value, "kind", None) or getattr(value, "path", value),
)
def test_whose_key_is_offered_for_lifting(overlay, key, may):
    assert overlays.may_lift(overlay, key) == may


async def test_lifting_offers_the_key_of_somebody_who_may():
    workspace = OverlaidWorkspace(replace(STOP, signers=('Operator::"zoe"',)))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("L")
        await settled(pilot)
        window = await window_of(pilot, "enter")
        assert window._keys[window.query_one("#key").value].role == "supervisor"


def test_a_key_that_is_both_in_a_file_and_in_the_agent_is_offered_once():
    workspace = OverlaidWorkspace()
    ana = workspace.signing_keys()[0]
    stranger = replace(AGENT_KEY, fingerprint="SHA256:Str4nger", principal="")
    workspace.agent = (replace(ana, path="", encrypted=False), AGENT_KEY, stranger)
    assert keys_here(workspace) == (*workspace.signing_keys(), AGENT_KEY)
