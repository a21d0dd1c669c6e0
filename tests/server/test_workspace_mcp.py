"""A workspace's MCP tools through a real client: over HTTP with tokens, over stdio as a named principal or a world."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.server.conftest import Desk
from tests.server.serving import SECONDS, environment
from tests.service.conftest import CONTEXT, ticket
from workbench.cli.main import app
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

NORM = {"name": "no-shouting", "description": "Quiet, please", "condition": "library", "prohibited": "shout"}


@asynccontextmanager
async def over_http(desk: Desk, who: str) -> AsyncIterator[Any]:
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    async with (
        httpx2.AsyncClient(headers=desk.bearing(who), timeout=SECONDS) as http,
        Client(streamable_http_client(f"{desk.served.url}/mcp", http_client=http)) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(desk: Desk, home: Path) -> AsyncIterator[Any]:
    from mcp import Client, StdioServerParameters

    command = ["-m", "workbench", "mcp", "-w", str(desk.place)]
    how = StdioServerParameters(command=sys.executable, args=command, env=environment(home))
    async with Client(how, read_timeout_seconds=SECONDS) as client:
        yield client


async def said(client: Any, tool: str, /, **arguments: Any) -> tuple[bool, str]:
    """Whether it is a tool error, and its one text."""
    answer = await client.call_tool(tool, arguments)
    (item,) = answer.content
    return bool(answer.is_error), item.text


async def test_in_a_world_over_http_norms_act_and_persist(game: Desk) -> None:
    async with over_http(game, "elf") as client:
        id_ = sha256(b"no-shouting|library|shout").hexdigest()[:16]
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert names == ["add_norm", "check_action", "list_violations", "decide", "evaluate_speech"]
        failed, text = await said(client, "add_norm", **NORM, severity="high", priority=3)
        assert (failed, text) == (False, f"Added norm 'no-shouting' (id={id_})")
        failed, text = await said(client, "check_action", agent_id="elf", action="shout", location="library")
        assert not failed
        assert text == (
            "Found 1 violation(s):\n  - Agent 'elf' performed 'shout' in 'library', violating norm 'no-shouting'"
        )
        assert await said(client, "check_action", agent_id="elf", action="read", location="library") == (
            False,
            "No violations detected.",
        )
        failed, text = await said(client, "list_violations")
        assert "[elf] no-shouting: Agent 'elf' performed 'shout' in 'library'" in text
        assert await said(client, "add_norm", name="x") == (
            True,
            "Input validation error: 'description' is a required property",
        )
        failed, text = await said(client, "add_norm", **{**NORM, "severity": "fatal"})
        assert failed
        assert text.startswith("Input validation error: 'fatal' is not one of")
        assert await said(client, "nope") == (True, "Unknown tool: nope")
    # the same norms by REST, under the same token
    found = game.served.client.get("/norms", headers=game.bearing("elf")).json()
    assert ("no-shouting", "high", 3) in [(norm["name"], norm["severity"], norm["priority"]) for norm in found]


async def test_nobody_acts_for_another_over_mcp_either(game: Desk) -> None:
    async with over_http(game, "elf") as client:
        failed, text = await said(client, "check_action", agent_id="orc", action="trade")
        assert failed
        assert 'Agent::"elf"' in text


async def test_where_norms_are_signed_add_norm_is_a_draft(realm: Desk) -> None:
    async with over_http(realm, "hero") as client:
        failed, text = await said(client, "add_norm", **NORM)
        assert not failed
        assert text.startswith("Drafted norm 'no-shouting'")
        assert await said(client, "check_action", agent_id="hero", action="shout", location="library") == (
            False,
            "No violations detected.",
        )
    with Workspace.open(realm.place) as workspace:
        assert "*library*" in workspace.draft().cedar_plus
        assert workspace.norms.list() == ()


async def test_a_hold_is_a_tool_error_that_names_the_case_and_a_deny_says_so(desk: Desk) -> None:
    refund = {
        "action": 'Action::"issue_refund"',
        "resource": 'Ticket::"T-9"',
        "context": {**CONTEXT, "amount": 700},
        "entities": [ticket("T-9")],
    }
    async with over_http(desk, "jonas") as client:
        failed, text = await said(client, "decide", **refund)
        assert failed
        with Workspace.open(desk.place) as workspace:
            case = next(case for case in workspace.cases.list() if case.id in text)
        assert case.state == "open"
        small = {**refund, "context": {**CONTEXT, "amount": 7}}
        failed, text = await said(client, "decide", **small)
        assert not failed
        assert json.loads(text)["outcome"] == "allow"
    async with over_http(desk, "nora") as client:
        failed, text = await said(client, "decide", **refund)
        assert not failed
        assert (json.loads(text)["outcome"], json.loads(text)["code"]) == ("deny", "not_permitted")
        for wrong in ({"action": "x", "resource": "y"}, {**refund, "context": {"x": 0.5}}):
            failed, text = await said(client, "decide", **wrong)
            assert failed or json.loads(text)["outcome"] == "deny"
        failed, text = await said(client, "check_action", agent_id="nora", action="reply")  # no world here
        assert failed
        assert "not_a_world" in text


async def test_over_stdio_in_a_game_each_call_says_who_acts(game: Desk, home: Path) -> None:
    async with over_stdio(game, home) as client:  # a game runs its own agents: each call says which
        for who in ("elf", 'Agent::"orc"', "someone nobody knows"):
            assert await said(client, "check_action", agent_id=who, action="trade") == (
                False,
                "No violations detected.",
            )
        failed, text = await said(client, "decide", action='Action::"act"', resource='World::"world"')
        assert failed
        assert "--as" in text


def test_over_stdio_a_name_or_a_token_says_who_acts_and_a_token_until_it_is_suspended(realm: Desk) -> None:
    from workbench.server.stdio import _who

    with Workspace.open(realm.place) as workspace:
        named = _who(workspace, 'Agent::"orc"', "")
        assert named(None, {"agent_id": "elf"}).principal == 'Agent::"orc"'
        who = _who(workspace, "", realm.tokens["elf"])
        assert who(None, {"agent_id": "orc"}).principal == 'Agent::"elf"'
        credential = next(each for each in workspace.credentials.list() if each.label == "elf")
        workspace.credentials.suspend(credential.id)
        with pytest.raises(WorkbenchError, match="suspended"):
            who(None, {})
        workspace.credentials.resume(credential.id)


def test_over_stdio_somebody_must_be_named_where_norms_are_signed(realm: Desk) -> None:
    token = realm.tokens["elf"][:-1] + ("0" if realm.tokens["elf"][-1] != "0" else "1")
    for env, arguments, said_ in (
        ({}, [], "nobody is named"),
        ({}, ["--as", "elf"], "is not an entity"),
        ({"WORKBENCH_TOKEN": token}, [], "mistyped or cut"),
    ):
        done = CliRunner().invoke(app, ["mcp", "-w", str(realm.place), *arguments], env={"WORKBENCH_TOKEN": "", **env})
        assert done.exit_code == (1 if "WORKBENCH_TOKEN" in env else 2)
        assert done.stdout == ""
        assert said_ in done.stderr
        assert token not in done.stderr
