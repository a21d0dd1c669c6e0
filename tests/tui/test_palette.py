"""The palette: actions and objects by name, marks that narrow, hostile names as plain text, nothing that blocks."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.command import CommandList

from tests.tui.fakes import HOSTILE, NOW, RULES, VERSION, FakeWorkspace, make_app, settled
from tests.tui.test_shell import toasts
from workbench.service.errors import WorkbenchError
from workbench.tui.objects import KINDS, SHOWN, SHOWN_NARROWED, Thing, decision, gather, narrowed, search
from workbench.tui.palette import PLACEHOLDER
from workbench.tui.screens.modals.palette import Palette
from workbench.tui.screens.modals.stop import StopScreen
from workbench.tui.screens.modals.version_rules import VersionRulesScreen
from workbench.tui.view.plain import visible


def a_workspace() -> FakeWorkspace:
    workspace = FakeWorkspace(400)
    workspace.entities = lambda: (
        {"uid": {"type": "Agent", "id": "silent-one"}},
        {"uid": {"type": "Swarm::Agent", "id": HOSTILE}},
        {"uid": {"type": "Ticket", "id": "T-1"}},
        {"uid": "broken"},
    )
    workspace.cases.list = lambda open_only: (
        SimpleNamespace(
            id="case-abcdef123456", procedure="hold-large-refund", state="open", requester='Agent::"ada"',
            action='Action::"issue_refund"', resource='Ticket::"T-48000"', context={"amount": 820, "currency": "EUR"},
            deadline=NOW,
        ),
    )  # fmt: skip
    workspace.norms.list = lambda *_, **__: (
        SimpleNamespace(id="n-1", name="no-weekend-refunds", state="in_force", what="forbids refunds on Sunday"),
    )
    workspace.saved = replace(workspace.saved, tests=({"name": "a big refund is held", "expect": "hold"},))
    workspace.proposals = lambda *_: (
        SimpleNamespace(version=replace(VERSION, version="1.1.0", summary="Allow more"), state="proposed"),
    )
    return workspace


async def shown(pilot, query: str) -> list[str]:
    """What the palette lists for ``query``; each as ``kind name`` or an action's title."""
    if not isinstance(pilot.app.screen, Palette):
        await pilot.press("ctrl+p")
        await pilot.pause()
    field = pilot.app.screen.query_one("CommandInput")
    field.value = query
    for _ in range(300):
        await pilot.pause(0.02)
        workers = [worker for worker in pilot.app.workers if "gather" in worker.group]
        if not any(worker.is_running for worker in workers):
            break
    await pilot.pause()
    listed = pilot.app.screen.query_one(CommandList)
    return [
        str(listed.get_option_at_index(index).prompt).split("\n")[0]
        for index in range(listed.option_count)
        if not listed.get_option_at_index(index).disabled
    ]


# -- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("refund", ("", "refund")), ("r: refund", ("rule", "refund")), ("r:", ("rule", "")), ("R :x", ("rule", "x")),
        (">faster", (">", "faster")), ("rule:x", ("", "rule:x")), ("12:30", ("", "12:30")), ("", ("", "")),
        ("e: 48,213", ("event", "48,213")), ("th:pa", ("theme", "pa")), ("a:b:c", ("agent", "b:c")),
    ],
)  # fmt: skip
def test_marks_narrow(query, meant):
    assert narrowed(query) == meant


THINGS = st.builds(
    Thing, st.sampled_from(sorted(KINDS.values())), st.text("abc ", max_size=4), st.text("abc ", max_size=4), st.just(1)
)


@given(st.lists(THINGS, max_size=150), st.text("abc:r ", max_size=5))
def test_what_is_found_has_the_words_is_of_the_kind_and_is_bounded(things, query):
    kind, words = narrowed(query)
    found = search(things, query)
    for score, thing in found:
        assert 0 < score <= 1
        assert thing.kind == (kind or thing.kind)
        assert all(word in f"{thing.name} {thing.about}" for word in words.split())
    assert [score for score, _ in found] == sorted((score for score, _ in found), reverse=True)
    most = SHOWN_NARROWED if kind else SHOWN
    for each in KINDS.values():
        wanted = [
            thing
            for thing in things
            if thing.kind == each == (kind or each) and all(w in f"{thing.name} {thing.about}" for w in words.split())
        ]
        expected = min(len(wanted), most) if (kind or words) else 0
        assert sum(thing.kind == each for _, thing in found) == expected


def test_an_exact_name_is_first():
    things = [Thing("rule", name, "refund", name) for name in ("no-refund-x", "refund-b", "refund", "other")]
    assert [thing.name for _, thing in search(things, "refund")] == ["refund", "refund-b", "no-refund-x", "other"]


def test_everything_is_gathered_and_what_fails_is_left_out():
    workspace = a_workspace()
    things = gather(workspace, ["paper"])
    assert {thing.kind for thing in things} == set(KINDS.values())
    assert [thing.target for thing in things if thing.kind == "rule"] == [rule.id for rule in RULES]
    names = {thing.name for thing in things if thing.kind == "agent"}
    assert {"silent-one", "ada", visible(HOSTILE)} <= names
    assert "T-1" not in names
    (case,) = [thing for thing in things if thing.kind == "case"]
    assert case.name == "ada: issue_refund on T-48000, 820 EUR", "what tells one from another comes first"
    assert case.about == f"waits until {NOW:%d %b %H:%M} UTC · hold-large-refund · 123456"
    assert search(things, "c: large 123456") == [(0.6, case)]
    workspace.rules = lambda: (_ for _ in ()).throw(WorkbenchError("locked", "", "", "store_locked"))
    assert {thing.kind for thing in gather(workspace, ["paper"])} == set(KINDS.values()) - {"rule"}


def test_a_decision_is_found_by_its_number_however_old():
    workspace = FakeWorkspace(2_000)
    assert decision(workspace, "e: 17").target == 17
    words = {decision(workspace, f"e: {seq}").about.split()[0] for seq in range(1, 100)}
    assert words == {"allow", "deny", "hold", "violation"}, "as every list calls them"
    assert decision(workspace, "#1,017").target == 1017
    for query in ("seventeen", "r: 17", "e: 1_7", "", "e: " + "9" * 40, "²"):
        assert decision(workspace, query) is None


# -- the window ------------------------------------------------------------------------------------------------------


async def test_objects_are_found_beside_actions_and_marks_narrow_them():
    app = make_app(a_workspace())
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert app.screen.query_one("CommandInput").placeholder == PLACEHOLDER
        everything = await shown(pilot, "refund")
        kinds = {line.split(" ")[0] for line in everything}
        assert {"rule", "norm", "test", "case", "event"} <= kinds
        assert sum(line.startswith("event ") for line in everything) == SHOWN
        assert await shown(pilot, "r: refund") == ["rule forbid-refund-over-500", "rule hold-large-refund"]
        assert "agent silent-one" in await shown(pilot, "a:")
        actions = await shown(pilot, "> faster")
        assert len([line for line in actions if line.startswith("Faster")]) == 1, "Live's is the same"
        assert not any(line.split(" ")[0] in KINDS.values() for line in actions)
        assert await shown(pilot, "r: nothing-like-it") == []


async def test_names_of_any_origin_are_plain_text():
    app = make_app(a_workspace())
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        assert await shown(pilot, "a: evil") == [f"agent {visible(HOSTILE)}"]
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "[red]" in text
        assert "\x1b" not in text


@pytest.mark.parametrize(
    ("query", "mode", "asked"),
    [
        ("r: forbid-refund-over-500", "author", ("show_rule", "forbid-refund-over-500")),
        ("e: 17", "live", ("show_event", 17)),
        ("c: abcdef", "cases", ("show_case", "case-abcdef123456")),
        ("a: silent", "live", ("show_decisions", "silent-one")),
        ("p: 1.1.0", "sign", ("show_proposal", VERSION.digest)),
        ("t: big", "tests", ("show_test", "a big refund is held")),
    ],
)
async def test_each_opens_the_right_place(query, mode, asked, monkeypatch):
    app = make_app(a_workspace())
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        method, target = asked
        opened = []
        original = app.goto

        async def goto(name):
            screen = await original(name)
            monkeypatch.setattr(screen, method, lambda *args, **named: opened.append((*args, *named.values())))
            return screen

        monkeypatch.setattr(app, "goto", goto)
        assert await shown(pilot, query)
        await pilot.press("enter")
        for _ in range(200):
            await pilot.pause(0.02)
            if opened:
                break
        assert opened == [(target,)]
        assert app.current_mode == mode


async def test_a_theme_is_taken_and_a_version_opens_its_rules():
    workspace = a_workspace()
    workspace.timeline.origins = lambda digest: ()
    workspace.version = lambda digest=None: VERSION
    app = make_app(workspace)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        other = next(file.name for file in app.themes.files if file.name != app.theme)
        await shown(pilot, f"th: {other}")
        await pilot.press("enter")
        await settled(pilot)
        assert app.theme == other
        await shown(pilot, "v: 1.0.0")
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, VersionRulesScreen)


async def test_before_the_workspace_is_open_there_are_actions_only():
    gate = Event()
    app = make_app(a_workspace())
    opening = app._open_workspace
    app._open_workspace = lambda: gate.wait(20) and opening()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        try:
            found = await shown(pilot, "refund")
        finally:
            gate.set()
        assert not any(line.split(" ")[0] in KINDS.values() for line in found)
        await settled(pilot)


async def test_a_slow_store_does_not_hold_up_typing_and_is_asked_once():
    gate, asked = Event(), []
    workspace = a_workspace()

    def slow():
        asked.append(1)
        gate.wait(20)
        return RULES

    workspace.rules = slow
    app = make_app(workspace)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p", *"forbid")
        await pilot.pause()
        assert app.screen.query_one("CommandInput").value == "forbid"
        gate.set()
        assert await shown(pilot, "r: forbid") == ["rule forbid-refund-over-500"]
        assert len(asked) == 1


async def test_what_another_screen_offers_is_found_by_name_and_done_there():
    """At night one types `stop`, wherever one is."""
    app = make_app(a_workspace())
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        assert app.current_mode == "overview"
        found = await shown(pilot, "> stop")
        await pilot.press(*["down"] * found.index("Stop  on Live"), "enter")
        for _ in range(200):
            await pilot.pause(0.02)
            if isinstance(app.screen, StopScreen):
                break
        assert isinstance(app.screen, StopScreen)
        assert app.current_mode == "live"


async def test_what_cannot_be_done_there_just_now_is_said():
    app = make_app(a_workspace())
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        found = await shown(pilot, "> add test")
        await pilot.press(*["down"] * found.index("Add test  on Live"), "enter")
        for _ in range(200):
            await pilot.pause(0.02)
            if toasts(app):
                break
        assert app.current_mode == "live"
        assert any("not just now" in toast for toast in toasts(app))


async def test_a_search_that_is_under_way_while_the_palette_closes_does_not_end_the_program(monkeypatch):
    """Textual takes the palette's styles away first, then ends its search, which may ask for them in between."""
    reported = []
    async with make_app(a_workspace()).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(pilot.app, "report", reported.append)
        await pilot.press("ctrl+p")
        await settled(pilot)
        palette = pilot.app.screen
        assert isinstance(palette, Palette)
        palette._component_styles.clear()
        palette._gather_commands("o")
        await pilot.pause(0.3)
        assert pilot.app._exception is None
        assert [type(error) for error in reported] == [KeyError], "said while it is open"
        palette._component_styles.clear()
        palette._gather_commands("p")
        palette.dismiss()
        await pilot.pause(0.3)
        assert pilot.app._exception is None
        assert len(reported) == 1, "and not when nobody waits for it"
        assert len(pilot.app.screen_stack) == 1
