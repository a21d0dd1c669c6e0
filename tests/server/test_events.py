"""The event stream's ends: a token that proves nobody any more, a server that stops."""

from __future__ import annotations

import time
from threading import Event, Thread

import httpx
import pytest

from tests.server.conftest import Desk
from tests.server.serving import SECONDS, serving_workspace
from workbench.server import events
from workbench.server.callers import caller_of_token
from workbench.server.listening import END_SECONDS
from workbench.service.workspace import Workspace


async def test_a_token_that_is_suspended_ends_its_stream(realm: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.0)
    monkeypatch.setattr(events, "PAUSE", 0.01)
    token = realm.tokens["elf"]
    with Workspace.open(realm.place) as workspace:
        caller = caller_of_token(workspace, token)
        told = events._told(workspace, caller, token, workspace.high_water(), Event())
        assert [await anext(told) for _ in range(3)] == [": the feed follows\n\n", *[": still here\n\n"] * 2]
        credential = next(each for each in workspace.credentials.list() if each.label == "elf")
        workspace.credentials.suspend(credential.id)
        try:
            assert [each async for each in told] == ['event: end\ndata: {"code": "token_suspended"}\n\n']
        finally:
            workspace.credentials.resume(credential.id)


def test_a_server_that_stops_ends_its_streams_in_good_order(game: Desk, caplog: pytest.LogCaptureFixture) -> None:
    other = serving_workspace(game.place)
    begun, ended = Event(), []

    def listen() -> None:
        with httpx.stream("GET", f"{other.url}/events", headers=game.bearing("hero"), timeout=SECONDS) as answer:
            for line in answer.iter_lines():
                ended.append(line)
                begun.set()
        ended.append("ended")  # not reached where the connection breaks

    thread = Thread(target=listen)
    thread.start()
    assert begun.wait(SECONDS)
    start = time.monotonic()
    other.stop()
    thread.join(SECONDS)
    assert ended[-1] == "ended"
    assert time.monotonic() - start < END_SECONDS + 2
    assert not [each for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")]
    with Workspace.open(game.place) as workspace:
        assert workspace.verify().ok


def test_only_so_many_streams_are_open_for_one(game: Desk) -> None:
    from contextlib import ExitStack

    lines = []  # kept: a stream whose lines nobody wants any more is closed
    with ExitStack() as stack:
        for _ in range(events.STREAMS + 1):
            answer = stack.enter_context(
                game.served.client.stream("GET", "/events", headers=game.bearing("elf"), timeout=SECONDS)
            )
            lines.append(answer.iter_lines())
            if answer.status_code == 200:
                assert next(lines[-1]) == ": the feed follows"
        assert answer.status_code == 429
        assert len(lines) == events.STREAMS + 1
