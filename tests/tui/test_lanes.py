"""What hangs holds up its own lane and nothing else: not another screen, not another kind of call, not the end."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from tests.tui.fakes import FakeWorkspace, make_app, settled
from workbench.tui.lanes import AT_ONCE, Lane, lane_of

SOME = contextvars.ContextVar("SOME", default="nothing")


async def test_so_many_at_once_the_rest_in_order_and_threads_end() -> None:
    lane, go = Lane("x", 2), threading.Event()
    began: list[int] = []

    def call(number: int) -> int:
        began.append(number)
        go.wait(30)
        return number * 10

    waiting = [asyncio.ensure_future(lane.run(call, number)) for number in range(6)]
    while len(began) < 2:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)
    assert sorted(began) == [0, 1], "no more than two at once"
    waiting[3].cancel()
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*waiting[:3], *waiting[4:]) == [0, 10, 20, 40, 50]
    assert began[2:] == [2, 4, 5], "in order, without the one that nobody waits for"
    while any(thread.name == "lane-x" for thread in threading.enumerate()):
        await asyncio.sleep(0.005)  # none is kept


async def test_a_call_has_the_context_it_was_asked_in_and_what_it_raises_is_the_askers() -> None:
    lane = lane_of(owner := type("Owner", (), {})(), "x")
    assert lane_of(owner, "x") is lane
    assert lane_of(owner, "y") is not lane
    SOME.set("asked")
    assert await lane.run(SOME.get) == "asked"
    for error in (ValueError("no"), SystemExit(3)):

        def fail(error: BaseException = error) -> None:
            raise error

        with pytest.raises(type(error)) as raised:
            await lane.run(fail)
        assert raised.value is error
    assert await lane.run(max, 1, 2) == 2, "it goes on"


async def test_calls_that_hang_on_one_screen_stop_no_other_and_no_other_call_of_theirs() -> None:
    workspace, answer = FakeWorkspace(), threading.Event()
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        front, got = app.front, []
        assert front is not None
        for _ in range(12):  # twice as many as Textual has threads on a small machine
            front.run_service(answer.wait, 60, group="hangs")
        while sum(thread.name == "lane-hangs" for thread in threading.enumerate()) < AT_ONCE:
            await pilot.pause(0.005)
        try:
            front.run_service(lambda: "here", group="else", on_result=got.append)
            other = await app.goto("history")
            other.run_service(lambda: "there", group="hangs", on_result=got.append)
            before = len([call for call in workspace.calls if call == "status"])
            app.look_now()
            for _ in range(600):
                asked = len([call for call in workspace.calls if call == "status"])
                if len(got) == 2 and asked > before:
                    break
                await pilot.pause(0.01)
            assert sorted(got) == ["here", "there"]
            assert asked > before, "the top bar goes on as well"
            assert sum(thread.name == "lane-hangs" for thread in threading.enumerate()) == AT_ONCE
            assert all(thread.daemon for thread in threading.enumerate() if thread.name == "lane-hangs")
        finally:
            answer.set()
