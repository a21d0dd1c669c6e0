"""Sign: nobody signs by accident, seats fill, time runs, and what cannot be done says why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.tui.draft_fakes import NEW_DIGEST, PASSPHRASE, DraftWorkspace
from tests.tui.fakes import NOW, VERSION, make_app, settled
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.views import Blocker, KeyView, SignerView
from workbench.tui.view import sign as view


async def opened(pilot):
    await settled(pilot)
    await pilot.press("5")
    await settled(pilot)
    return pilot.app.screen


def drawn(screen):
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


async def typed(pilot, passphrase=PASSPHRASE, last=NEW_DIGEST[-6:], key="a"):
    await pilot.press(key)
    await settled(pilot)
    window = pilot.app.screen
    window.query_one("#passphrase").value = passphrase
    window.query_one("#typed").value = last
    await settled(pilot)
    return window


async def test_nothing_proposed_says_what_leads_on():
    async with make_app(DraftWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "Nothing is proposed" in drawn(screen)
        assert "4 opens Review" in drawn(screen)
        await pilot.press("a", "x", "d")
        assert pilot.app.screen is screen


async def test_a_proposal_shows_digest_class_seats_and_timelock():
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(80, 24)) as pilot:
        text = drawn(await opened(pilot))
        for word in (
            "◌ proposed",
            NEW_DIGEST.removeprefix("sha256:"),
            "major",
            "○ operator  open to ana, ben",
            "○ supervisor  open to sam",
            "10 seconds after the last seat is filled",
            "expires in 30 d",
        ):
            assert word in text


async def test_enter_alone_never_signs():
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        for key in ("a", "x"):
            await pilot.press(key)
            await settled(pilot)
            assert pilot.app.focused.id == "cancel"
            await pilot.press("enter")
            await settled(pilot)
            assert pilot.app.screen is screen
        assert "vote" not in workspace.calls


@pytest.mark.parametrize("wrong", ["", "a7c31", "000000", NEW_DIGEST[7:13]])
async def test_without_the_last_six_characters_nothing_can_be_pressed(wrong):
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        window = await typed(pilot, last=wrong)
        assert window.query_one("#sign").disabled
        window.query_one("#typed").focus()
        await pilot.press("enter")
        await pilot.click("#sign")
        await settled(pilot)
        assert "vote" not in workspace.calls
        assert pilot.app.screen is window
        if len(wrong) == 6:
            assert "not the last six characters" in drawn(window)


async def test_two_people_sign_time_runs_and_it_comes_into_force():
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        for person, seats in (("ana", "●○"), ("sam", "●●")):
            window = await typed(pilot)
            offered = window._keys[window.query_one("#key").value]
            assert person in offered.principal, "a key whose person can still fill a seat"
            window.query_one("#typed").focus()
            await pilot.press("enter", "enter")
            await settled(pilot)
            assert pilot.app.screen is screen
            assert seats in drawn(screen)
        assert "◷ approved" in drawn(screen)
        for second, left in ((0, "0:10"), (7, "0:03")):
            workspace.seconds = second
            screen.tick(workspace.status())
            await pilot.pause()
            assert left in drawn(screen)
        workspace.seconds = 10
        screen.refresh_data()
        await settled(pilot)
        assert "✓ active" in drawn(screen)
        assert "in force" in drawn(screen)
        await pilot.press("a")
        assert pilot.app.screen is screen, "an active version takes no votes"


async def test_a_wrong_passphrase_is_said_and_forgotten_and_the_rest_is_kept():
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        window = await typed(pilot, passphrase="swordfish")
        window.query_one("#comment").value = "read it twice"
        await pilot.click("#sign")
        await settled(pilot)
        assert "the passphrase is wrong" in drawn(window)
        assert "swordfish" not in drawn(window)
        assert window.query_one("#passphrase").value == ""
        window.query_one("#passphrase").value = PASSPHRASE
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.votes[0].comment == "read it twice"


async def test_the_passphrase_is_never_drawn():
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        window = await typed(pilot, passphrase="correct horse")
        assert "correct" not in drawn(window)


async def test_rejecting_closes_the_proposal():
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        window = await typed(pilot, key="x")
        assert str(window.query_one("#sign").label) == "Reject"
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.votes[0].verdict == "reject"
        assert "✗ rejected" in drawn(screen)


async def test_the_texts_can_be_read_before_signing():
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("d")
        await settled(pilot)
        assert '+ @id("never-share-email")' in drawn(pilot.app.screen)
        await pilot.press("e", "t", "n", "p", "z")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_a_key_of_the_agent_signs_without_a_passphrase():
    workspace = DraftWorkspace(proposed=True)
    workspace.agent = (KeyView("", "SHA256:Ag3ntAg3ntAg3nt", 'Operator::"ben"', "operator", False, False),)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await settled(pilot)
        window = pilot.app.screen
        window.query_one("#key").value = 2
        await settled(pilot)
        assert window.query_one("#passphrase").disabled
        window.query_one("#typed").value = NEW_DIGEST[-6:]
        await settled(pilot)
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.votes[0].principal == 'Operator::"ben"'


def proposal(**changes):
    """The proposal of the small workspace, with changes."""
    workspace = DraftWorkspace(proposed=True)
    return replace(workspace.listed[0], **changes)


def said(made, behind="", seconds=0):
    return view.detail(made, NOW + timedelta(seconds=seconds), "1.0.0", behind=behind).plain


def test_a_proposal_that_should_be_in_force_is_overdue_in_row_and_detail():
    late = proposal(state="approved", overdue=True, reason="it could not come into force: the key is lost (no_key)")
    assert "▲ OVERDUE it should be in force by now: it could not come into force: the key is lost" in said(late)
    assert view.rows([late])[0].cells[0].text == "▲ overdue"
    newer = proposal(version=replace(late.version, version="1.2.0", created_at=NOW + timedelta(days=1)))
    assert view.ordered([newer, late])[0] is late
    assert view.ordered([late, newer])[0] is late
    assert "OVERDUE" not in said(proposal(state="approved"))


@pytest.mark.parametrize(("state", "stands"), [("active", "in force"), ("proposed", "proposed"), ("vetoed", "vetoed")])
def test_over_the_texts_stands_how_the_proposal_stands(state, stands):
    assert view.texts_of(proposal(state=state)) == ("1.0.0", f"1.1.0, {stands}")


def test_who_waits_behind_whom():
    first = proposal(state="approved", quorum_at=NOW)
    second = replace(first, quorum_at=NOW + timedelta(seconds=1))
    built_on = replace(first, quorum_at=NOW - timedelta(days=1), after="1.1.0")
    assert view.holder([second, built_on, first, proposal()]) is first
    assert view.holder([proposal()]) is None
    after = view.timelock(replace(second, effective_at=NOW), NOW, waits=True)
    assert "next tick" not in str(after)
    assert "next tick" in str(view.timelock(replace(first, effective_at=NOW), NOW))
    assert "waits behind 1.2.0, which reached its quorum first and holds the head" in said(second, behind="1.2.0")
    assert "follows the proposal 1.1.0, which is not in force yet" in said(built_on)


def test_a_timelock_says_that_it_stands_still_and_that_there_is_none():
    runs = proposal(state="approved", quorum_at=NOW, effective_at=NOW + timedelta(seconds=10))
    stands = view.detail(runs, NOW, "1.0.0", frozen_since=NOW).plain
    assert "0:10  of 10 seconds  stands still since 09:30:00 UTC: the clock jumped" in stands
    assert "stands still" not in said(runs)
    assert "none: it comes into force once the last seat is filled" in said(proposal(timelock_seconds=0))


def test_a_rejection_after_the_quorum_is_a_veto_but_not_of_what_was_vetoed_before():
    assert view.verb(proposal(), "reject") == "Reject"
    assert view.verb(proposal(state="approved"), "reject") == "Veto"
    assert view.verb(proposal(state="approved", kind="reproposal"), "reject") == "Reject"
    assert view.verb(proposal(state="approved"), "approve") == "Approve"
    assert "once it has its quorum, x is a veto" in said(proposal())
    assert "x is a veto until it is in force" in said(proposal(state="approved"))
    assert "it cannot be vetoed again" in said(proposal(state="approved", kind="reproposal"))


def test_warnings_and_how_each_vote_was_signed_are_said():
    made = proposal()
    warned = replace(made.review, warnings=(Blocker("fragile", "the loss of ana would freeze it", "add a signer"),))
    signers = (
        SignerView('Operator::"ana"', "operator", "SHA256:AAAA", "approve", NOW, "read it"),
        SignerView('Operator::"sam"', "supervisor", "SHA256:BBBB", "reject", NOW, counted=False, why_not="too late",
                   form="sshsig"),
    )  # fmt: skip
    text = said(replace(made, review=warned, version=replace(made.version, signers=signers)))
    assert "▲ the loss of ana would freeze it  add a signer" in text
    assert "DSSE by SHA256:AAAA" in text
    assert "SSHSIG by SHA256:BBBB" in text
    assert "not counted: too late" in text


@pytest.mark.parametrize(
    ("changes", "seconds", "may"),
    [
        ({}, 0, False),  # the first version has nothing before it
        ({"parent_version": "1.0.0", "effective_at": NOW}, 72 * 3600, True),
        ({"parent_version": "1.0.0", "effective_at": NOW}, 72 * 3600 + 1, False),
        ({"parent_version": "1.0.0", "effective_at": None}, 0, False),
    ],
)
def test_a_version_may_be_reverted_for_72_hours(changes, seconds, may):
    assert view.may_revert(replace(VERSION, **changes), NOW + timedelta(seconds=seconds)) == may


async def test_the_way_back_is_offered_only_where_there_is_one():
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("R")
        await settled(pilot)
        assert pilot.app.screen is screen
        workspace.version_now = replace(
            VERSION, version="1.1.0", digest="sha256:" + "7" * 64, parent_version="1.0.0", effective_at=NOW
        )
        pilot.app.look_now()
        await settled(pilot)
        assert "R Revert" in drawn(screen).splitlines()[-1]
        await pilot.press("R")
        await settled(pilot)
        assert "Go back from 1.1.0" in drawn(pilot.app.screen)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_verifying_says_each_step_also_with_nothing_proposed():
    async with make_app(DraftWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("V")
        await settled(pilot)
        assert "✓ verified, anchored in the genesis pin" in drawn(pilot.app.screen)
        assert "✓ ledger  40 receipts, every hash follows" in drawn(pilot.app.screen)
        await pilot.press("escape")
        await settled(pilot)
        assert "Nothing is proposed" in drawn(screen)


async def test_an_error_stands_in_place():
    workspace = DraftWorkspace()
    workspace.fail["proposals"] = WorkbenchError("the workspace is locked", "by another process", "close it", "x")
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        assert "the workspace is locked" in drawn(await opened(pilot))


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(seconds=-3), "0:00"),
        (timedelta(milliseconds=1), "0:01"),
        (timedelta(seconds=10), "0:10"),
        (timedelta(hours=1, seconds=61), "1:01:01"),
        (timedelta(days=2, hours=3), "2 days 03:00:00"),
    ],
)
def test_a_countdown_never_says_zero_while_time_is_left(left, said):
    assert view.clock(left) == said


def test_time_left_is_counted_by_the_services_clock():
    workspace = DraftWorkspace(proposed=True)
    for name in ("ana", "sam"):
        workspace.vote(NEW_DIGEST, using=SignWith(f"/demo/keys/demo-{name}", PASSPHRASE))
    shown = str(view.timelock(workspace.listed[0], NOW + timedelta(seconds=4)))
    assert "0:06" in shown
    assert "over:" in str(view.timelock(workspace.listed[0], NOW + timedelta(seconds=10)))


async def test_where_there_is_room_the_difference_stands_below_the_proposal():
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(200, 50)) as pilot:
        screen = await opened(pilot)
        text = drawn(screen)
        assert '+ @id("never-share-email")' in text
        assert "1.1.0, proposed" in text
        screen.compare(replace(screen.current, state="active"))
        await settled(pilot)
        assert "1.1.0, in force" in drawn(screen), "that it came into force is said there too"
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert "1.1.0, " not in drawn(screen)


def test_a_countdown_that_runs_stands_before_the_digest():
    workspace = DraftWorkspace(proposed=True)
    (waiting,) = workspace.proposals()
    running = replace(waiting, state="approved", effective_at=NOW + timedelta(seconds=9))
    order = [view.detail(each, NOW, "1.0.0").plain for each in (waiting, running)]
    assert order[0].index("TIMELOCK") > order[0].index("DIGEST"), "who must sign comes first while it waits for that"
    assert order[1].index("TIMELOCK") < order[1].index("DIGEST")
