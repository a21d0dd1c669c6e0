"""Cases: the most urgent on top, nobody votes by accident, and after a vote it says what is still missing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.draft_fakes import PASSPHRASE
from tests.tui.fakes import NOW, make_app, settled
from tests.tui.held_fakes import CAMILLE, NORA, PROCEDURES, RAVI, VIKTOR, HeldWorkspace, busy, escalated, held
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import CaseVoteView
from workbench.service.views import KeyView, Seat
from workbench.tui.view import held as view

RULES = {rule.id: rule for rule in PROCEDURES}


async def opened(pilot):
    await settled(pilot)
    await pilot.press("7")
    await settled(pilot)
    return pilot.app.screen


def drawn(screen):
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


def listed(screen):
    return [row.key for row in screen.query_one("#held").rows]


async def window_for(pilot, case, key="a", passphrase=PASSPHRASE, last=None):
    await pilot.press(key)
    await settled(pilot)
    window = pilot.app.screen
    window.query_one("#passphrase").value = passphrase
    window.query_one("#typed").value = case.id[-6:] if last is None else last
    await settled(pilot)
    return window


async def test_nothing_waits_says_what_would_and_what_leads_on():
    async with make_app(HeldWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "Nothing waits for a person" in drawn(screen)
        assert "v lists the cases that are over" in drawn(screen)
        await pilot.press("a", "x", "enter", "y", "slash", "escape")
        await settled(pilot)
        assert pilot.app.screen is screen
        await pilot.press("v")
        await settled(pilot)
        assert "No case was ever opened" in drawn(screen)


async def test_the_most_urgent_is_on_top_and_o_shows_what_is_over():
    workspace = busy()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        minutes = [round((workspace.cases.all[key].deadline - NOW).total_seconds() / 60) for key in listed(screen)]
        assert minutes == [3, 48, 57, 1420]
        await pilot.press("v")
        await settled(pilot)
        states = [workspace.cases.all[key].state for key in listed(screen)]
        assert states == ["open"] * 4 + ["granted", "used", "denied", "expired", "void"]
        for word in ("✓ granted", "✓ used"):
            assert word in drawn(screen)


async def test_what_decides_is_read_in_the_list_the_sum_of_a_request():
    cases = [held(n, context={"amount": amount, "currency": "EUR"}) for n, amount in ((3, 640), (4, 2900))]
    async with make_app(HeldWorkspace(*cases)).run_test(size=(80, 24)) as pilot:
        rows = drawn(await opened(pilot))
        assert "issue_refund on T-48103, 640 EUR" in rows
        assert "issue_refund on T-48104, 2,900 EUR" in rows


async def test_a_case_shows_who_asks_what_its_seats_and_what_comes_after_the_deadline():
    async with make_app(HeldWorkspace(held(12))).run_test(size=(200, 60)) as pilot:
        text = drawn(await opened(pilot))
        for word in (
            "nora asks to issue_refund on T-48112 Ticket",
            '48:00 left to answer, then escalate to "manual_review"',
            "supervisor  open to viktor Agent",
            "customer_consented  true",
            "“A refund above 500 requires approval from a supervisor",
            "by decision 212 under 1.0.0",
        ):
            assert word in text


async def test_an_escalated_case_shows_its_history_and_which_votes_lapsed():
    async with make_app(HeldWorkspace(escalated())).run_test(size=(200, 60)) as pilot:
        text = drawn(await opened(pilot))
        for word in (
            "SEATS  1 of 2 filled",
            "refund_above_500 → manual_review",
            "nobody answered in time",
            "does not count: the case was escalated since",
            "“saw the receipt”",
            "now counts what manual_review asks for",
            "“A refund above 2500 requires 2 approvals",
            "then deny it",
        ):
            assert word in text


async def test_the_countdown_runs_by_the_services_clock():
    workspace = HeldWorkspace(held(12))
    async with make_app(workspace).run_test(size=(100, 40)) as pilot:
        screen = await opened(pilot)
        for seconds, left in ((0, "48:00"), (61, "46:59"), (47 * 60 + 59, "0:01")):
            workspace.seconds = seconds
            screen.tick(workspace.status())
            await pilot.pause()
            row = screen.query_one("#held").rows[0]
            assert row.cells[1].text == left
            assert f"{left} left to answer" in drawn(screen)
        workspace.seconds = 49 * 60
        screen.tick(workspace.status())
        await pilot.pause()
        assert "it moves with the next tick" in drawn(screen)


async def test_enter_alone_never_votes():
    workspace = busy()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        for key in ("a", "x"):
            await pilot.press(key)
            await settled(pilot)
            assert pilot.app.focused.id == "cancel"
            await pilot.press("enter")
            await settled(pilot)
            assert pilot.app.screen is screen
        assert workspace.cases.taken == []


@pytest.mark.parametrize("wrong", ["", "12345", "000000", "5be0c1"])
async def test_without_the_last_six_characters_nothing_can_be_pressed(wrong):
    workspace = HeldWorkspace(held(12))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        window = await window_for(pilot, held(12), last=wrong)
        assert window.query_one("#sign").disabled
        window.query_one("#typed").focus()
        await pilot.press("enter")
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.cases.taken == []
        assert pilot.app.screen is window
        assert ("not the last six characters" in drawn(window)) or len(wrong) < 6


async def test_approving_says_that_the_agent_may_try_again_and_keeps_the_case_in_sight():
    workspace = HeldWorkspace(held(12), held(3))
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        window = await window_for(pilot, held(12))
        window.query_one("#comment").value = "saw the receipt"
        window.query_one("#typed").focus()
        await pilot.press("enter", "enter")
        await settled(pilot)
        assert pilot.app.screen is screen
        ((id, verdict, using, comment),) = workspace.cases.taken
        assert (id, verdict, comment) == (held(12).id, "approve", "saw the receipt")
        assert using.key_path.endswith("demo-viktor"), "the key of somebody who may fill the seat is offered first"
        said = [note.message for note in pilot.app._notifications]
        assert said == ["granted: nora may try again now, until 10:30:00 UTC, once"]
        assert screen.current.id == held(12).id
        assert "✓ granted" in drawn(screen)
        await pilot.press("a", "x")
        await settled(pilot)
        assert pilot.app.screen is screen, "a granted case takes no votes"


async def test_a_first_of_two_approvals_says_how_many_are_missing():
    case = replace(escalated(), seats=(Seat("lead", (CAMILLE, RAVI), ""), Seat("lead", (CAMILLE, RAVI), "")), votes=())
    workspace = HeldWorkspace(case)
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await window_for(pilot, case)
        await pilot.click("#sign")
        await settled(pilot)
        assert [note.message for note in pilot.app._notifications] == ["1 seat still open"]
        assert "SEATS  1 of 2 filled" in drawn(screen)


async def test_rejecting_ends_the_case():
    workspace = HeldWorkspace(held(12))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        window = await window_for(pilot, held(12), key="x")
        assert str(window.query_one("#sign").label) == "Reject"
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.cases.taken[0][1] == "reject"
        assert "✗ denied" in drawn(screen)


async def test_a_key_of_the_agent_needs_no_passphrase():
    workspace = HeldWorkspace(escalated())
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await settled(pilot)
        window = pilot.app.screen
        assert "ravi · ssh-agent" in drawn(window), "camille has voted: ravi comes first"
        assert window.query_one("#passphrase").disabled
        window.query_one("#typed").value = escalated().id[-6:]
        await settled(pilot)
        await pilot.click("#sign")
        await settled(pilot)
        using = workspace.cases.taken[0][2]
        assert (using.agent, using.key_path, using.passphrase) == ("SHA256:R4v", "", "")


async def test_a_wrong_passphrase_is_said_and_forgotten_and_the_rest_is_kept():
    workspace = HeldWorkspace(held(12))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        window = await window_for(pilot, held(12), passphrase="swordfish")
        window.query_one("#comment").value = "read it twice"
        await pilot.click("#sign")
        await settled(pilot)
        assert "the passphrase is wrong" in drawn(window)
        assert "swordfish" not in drawn(window)
        assert window.query_one("#passphrase").value == ""
        window.query_one("#passphrase").value = PASSPHRASE
        await pilot.click("#sign")
        await settled(pilot)
        assert workspace.cases.taken[0][3] == "read it twice"


async def test_who_has_no_key_is_told_how_one_is_registered():
    workspace = HeldWorkspace(held(12))
    workspace.cases.keys = (KeyView("/keys/nora", "SHA256:N", NORA, "", False, True),)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await settled(pilot)
        assert "credentials register-key" in drawn(pilot.app.screen), "the requester's own key is not offered"
        await pilot.press("tab", "enter", "escape")
        await settled(pilot)
        assert workspace.cases.taken == []


async def test_words_narrow_the_list_and_escape_brings_it_back():
    workspace = busy()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("slash", *"emil")
        await pilot.pause()
        assert "enter List" in drawn(screen), "the footer says it, and clicked it does it"
        await screen.action_take_field()
        await settled(pilot)
        assert pilot.app.focused.id == "held"
        assert [workspace.cases.all[key].requester for key in listed(screen)] == ['Agent::"emil"'] * 2
        assert "2 of 4 cases" in drawn(screen)
        await pilot.press("slash", *" nothing7", "enter")
        await settled(pilot)
        assert "No case has these words in it" in drawn(screen)
        await pilot.press("a", "enter")
        assert pilot.app.screen is screen, "digits and letters went into the words; no case is acted on"
        await pilot.press("escape")
        await settled(pilot)
        assert len(listed(screen)) == 4


async def test_at_120_columns_the_list_has_the_height_and_what_is_asked_is_whole():
    cases = [replace(case, context={"amount": 1039, "currency": "EUR"}) for case in map(held, range(1, 13))]
    async with make_app(HeldWorkspace(*cases)).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        lines = drawn(screen).split("\n")
        assert sum("issue_refund on" in line and ", 1,039 EUR " in line for line in lines) == 12
        assert any("─ Cases ─" in line and "─ Case …" in line for line in lines), "the case stands beside the list"
        await pilot.resize_terminal(100, 40)
        await settled(pilot)
        below = drawn(screen).split("\n")
        assert not any("─ Cases ─" in line and "─ Case …" in line for line in below)
        assert sum("issue_refund on" in line and ", 1,039 EUR " in line for line in below) >= 10


async def test_enter_opens_the_decision_in_live():
    async with make_app(HeldWorkspace(held(12))).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen.NAME == "live"
        assert pilot.app.screen.query_one("#detail").border_title is not None
        assert "#212" in drawn(pilot.app.screen)


async def test_a_case_from_elsewhere_is_shown_even_when_it_is_over():
    workspace = busy()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        screen.show_case(held(400).id)
        await settled(pilot)
        assert screen.current.state == "denied"


async def test_the_words_above_the_list_can_be_clicked():
    workspace = HeldWorkspace(held(12), held(40, state="used", used_by=260))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        for word, count in (("all", 2), ("waiting", 1), ("waiting", 1)):
            lines = drawn(screen).splitlines()
            row = next(n for n, line in enumerate(lines) if " waiting " in line and " all " in line)
            await pilot.click(offset=(lines[row].index(f" {word} ") + 2, row))
            await settled(pilot)
            assert len(listed(screen)) == count


async def test_an_error_stands_in_place_and_goes_away():
    workspace = busy()
    workspace.fail["cases"] = WorkbenchError("the workspace is locked", "by another process", "close it", "x")
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "the workspace is locked" in drawn(screen)
        await pilot.press("a", "v", "slash")
        workspace.fail.clear()
        screen.refresh_data()
        await settled(pilot)
        assert "◷ open" in drawn(screen)


async def test_what_an_agent_wrote_is_never_interpreted():
    async with make_app(busy()).run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await pilot.press("j", "j")
        await settled(pilot)
        assert "[red]" in drawn(screen), "markup is shown as written"
        assert not any(char in drawn(screen) for char in "\x1b\u202e\u200b")


# ---- pure -----------------------------------------------------------------------------------------------------------

STATES = ["open", "granted", "used", "denied", "expired", "void"]
CASES = st.builds(
    lambda number, state, minutes: held(
        number,
        state=state,
        deadline=NOW + timedelta(minutes=minutes),
        usable_until=NOW + timedelta(minutes=minutes) if state == "granted" else None,
    ),
    st.integers(0, 5000),
    st.sampled_from(STATES),
    st.integers(-100, 3000),
)


@given(st.lists(CASES, max_size=12))
def test_the_order_keeps_every_case_and_puts_the_nearest_deadline_first(cases):
    found = view.ordered(cases)
    assert sorted(map(id, found)) == sorted(map(id, cases))
    ranks = [min(STATES.index(case.state), 2) for case in found]
    assert ranks == sorted(ranks)
    deadlines = [case.deadline for case in found if case.state == "open"]
    assert deadlines == sorted(deadlines)


@given(CASES, st.integers(-10_000, 400_000))
def test_any_case_can_be_drawn_at_any_time(case, seconds):
    now = NOW + timedelta(seconds=seconds)
    (row,) = view.rows([case], now)
    assert len(row.cells) == len(view.COLUMNS)
    assert len(row.cells[1].text) <= view.COLUMNS[1].width
    for narrow in (False, True):
        [drawn_as] = view.rows([case], now, narrow=narrow)
        for cell, wanted, most in zip(
            drawn_as.cells,
            view.columns([drawn_as], narrow=narrow),
            view.NARROW if narrow else view.COLUMNS,
            strict=True,
        ):
            assert wanted.width <= most.width
            assert wanted.width in (0, most.width) or cell_len(cell.text) <= wanted.width, "only the widest are cut"
    assert case.state in view.detail(case, RULES, now).plain
    assert view.outcome_said(case, now)


@given(CASES)
def test_where_it_is_narrow_what_tells_cases_apart_comes_first(case):
    (whole,), (narrow,) = (view.rows([case], NOW, narrow=so) for so in (False, True))
    wide, brief = (row.cells[3].text for row in (whole, narrow))
    assert sorted(brief.replace(",", "").split()) == sorted(wide.replace(",", "").replace(" on ", " ").split())
    assert brief.startswith(view.name_of(case.resource))


def test_the_requesters_own_key_is_never_offered_and_able_people_come_first():
    keys = [
        KeyView("/k/nora", "N", NORA, "", False, True),
        KeyView("/k/ravi", "R", RAVI, "", False, True),
        KeyView("/k/nobody", "?", "", "", False, True),
        KeyView("/k/viktor", "V", VIKTOR, "", False, True),
    ]
    assert [key.fingerprint for key in view.voting_keys(held(1), keys)] == ["V", "R"]


def test_an_erased_request_says_so():
    shown = view.detail(held(1, redacted=True, context={}), RULES, NOW).plain
    assert "has been erased" in shown


def test_a_seat_says_who_may_fill_it_or_why_nobody_will():
    many = tuple(f'Agent::"a{number}"' for number in range(9))
    assert "and 3 more" in view.seat(held(1), Seat("lead", many, "")).plain
    assert "nobody in the directory" in view.seat(held(1), Seat("lead", (), "")).plain
    assert "stayed empty" in view.seat(held(1, state="denied"), Seat("lead", (), "")).plain


def test_a_grant_under_a_timelock_says_from_when():
    later = held(1, state="granted", usable_from=NOW + timedelta(minutes=5), usable_until=NOW + timedelta(hours=1))
    assert "from 09:35:00 UTC" in view.outcome_said(later, NOW)
    assert "5:00 until it may be used" in view.detail(later, RULES, NOW).plain


def test_a_grant_of_this_moment_is_usable_now_although_the_last_tick_is_older():
    vote = CaseVoteView(VIKTOR, "approve", NOW + timedelta(milliseconds=900))
    case = held(1, state="granted", votes=(vote,), usable_from=vote.at, usable_until=NOW + timedelta(hours=1))
    assert "may try again now" in view.outcome_said(case, NOW)
