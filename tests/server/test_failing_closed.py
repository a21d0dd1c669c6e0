"""Whatever goes wrong behind a served workspace is answered as a deny, and tells a stranger nothing of this machine."""

from __future__ import annotations

import logging
from threading import Event
from typing import Any

import httpx
import pytest

from tests.server.conftest import Desk
from tests.server.serving import problem_of
from tests.service.conftest import CONTEXT, ticket
from workbench.server.app import workspace_app
from workbench.server.listening import guarded
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

ASKED = {
    "action": 'Action::"share_external"',
    "resource": 'Ticket::"T-1"',
    "context": CONTEXT,
    "entities": [ticket()],
}
SECRET = "/srv/hidden/workspace.db"


async def asked(workspace: Workspace, desk: Desk, path: str, body: Any = None, method: str = "POST") -> httpx.Response:
    transport = httpx.ASGITransport(app=guarded(workspace_app(workspace, Event()), "127.0.0.1"))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, path, json=body, headers=desk.bearing("nora"))


async def test_a_store_that_is_gone_is_a_deny(desk: Desk) -> None:
    workspace = Workspace.open(desk.place)
    assert (await asked(workspace, desk, "/decide", ASKED)).json()["outcome"] == "allow"
    workspace.close()
    for path, body in (("/decide", ASKED), ("/decide/batch", {"requests": [ASKED]}), ("/check", {}), ("/mcp", {})):
        answer = await asked(workspace, desk, path, body)
        document = problem_of(answer)
        assert (answer.status_code, document["outcome"]) == (503, "deny"), path
        assert document["code"].startswith("store_")
        assert str(desk.place) not in answer.text


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (RuntimeError(SECRET), 500),
        (RecursionError(SECRET), 500),
        (MemoryError(SECRET), 500),
        (WorkbenchError("the database failed", SECRET, SECRET, "store_corrupt"), 503),
        (WorkbenchError("the disk is full", SECRET, SECRET, "store_full"), 503),
    ],
)
async def test_an_exception_while_deciding_is_a_deny(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, raised: Exception, status: int
) -> None:
    def failing(*_: Any, **__: Any) -> Any:
        raise raised

    with Workspace.open(desk.place) as workspace, caplog.at_level(logging.WARNING):
        monkeypatch.setattr(workspace, "decide", failing)
        answer = await asked(workspace, desk, "/decide", ASKED)
    document = problem_of(answer)
    assert (answer.status_code, document["outcome"]) == (status, "deny")
    assert SECRET not in answer.text
    assert desk.tokens["nora"] not in caplog.text


async def test_unknown_paths_and_methods_are_problems_too(desk: Desk) -> None:
    with Workspace.open(desk.place) as workspace:
        for method, path, code in (
            ("GET", "/nowhere", "not_found"),
            ("PUT", "/decide", "wrong_method"),
            ("GET", "/mcp", "wrong_method"),
        ):
            document = problem_of(await asked(workspace, desk, path, method=method))
            assert document["code"] == code


@pytest.mark.parametrize(
    "raised", [RuntimeError(SECRET), WorkbenchError("the disk is full", SECRET, SECRET, "store_full")], ids=repr
)
async def test_an_exception_in_a_tool_is_a_tool_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, raised: Exception
) -> None:
    from mcp import Client

    from workbench.server.app import workspace_server
    from workbench.server.callers import caller_named
    from workbench.server.norms import Norms

    def failing(*_: Any, **__: Any) -> Any:
        raise raised

    with Workspace.open(desk.place) as workspace:
        monkeypatch.setattr(workspace, "decide", failing)
        nora = caller_named(workspace, 'Agent::"nora"')
        server = workspace_server(workspace, Norms(workspace), lambda _request, _arguments: nora)
        async with Client(server) as client:
            answer = await client.call_tool("decide", ASKED)
    (item,) = answer.content
    assert answer.is_error
    assert SECRET not in item.text
    assert "nothing is allowed" in item.text
