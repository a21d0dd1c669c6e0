"""normsync's MCP tools through a real client: over stdio from each of the three entry points, and over HTTP.

``data/normsync_mcp.json`` holds a dialogue with normsync 0.1.2 (on mcp 1.30, where it still ran): texts and errors.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.serving import SECONDS, environment, serving_norms
from workbench.compat.normsync.mcp_server import compat_server
from workbench.compat.normsync.registry import open_registry
from workbench.compat.normsync.tools import caller

RECORDED = json.loads((Path(__file__).parent / "data" / "normsync_mcp.json").read_text())
NORM = {
    "name": "no-attack-in-safe-zone",
    "description": "Attacking is prohibited in safe zones",
    "condition": "safe_zone",
    "prohibited": "attack",
}
HERO = {"agent_id": "hero", "action": "attack", "location": "safe_zone"}
MODULE = ("-m", "workbench.compat.normsync.mcp_server")


@asynccontextmanager
async def connected(home: Path, arguments: Sequence[str]) -> AsyncIterator[Any]:
    """A client of ``python ARGUMENTS``, which is started in the folder ``home``."""
    from mcp import Client, StdioServerParameters

    how = StdioServerParameters(command=sys.executable, args=list(arguments), cwd=home, env=environment(home))
    async with Client(how, read_timeout_seconds=SECONDS) as client:
        yield client


async def said(client: Any, name: str, arguments: dict[str, Any]) -> tuple[bool, list[str]]:
    answer = await client.call_tool(name, arguments)
    return bool(answer.is_error), [item.text for item in answer.content]


async def test_the_original_s_dialogue_over_stdio_and_unlike_it_all_is_remembered(tmp_path: Path) -> None:
    async with connected(tmp_path, MODULE) as client:
        for call in RECORDED:
            assert await said(client, call["tool"], call["arguments"]) == (call["failed"], call["texts"]), call
        assert await said(client, "add_norm", NORM) == (
            False,
            ["Added norm 'no-attack-in-safe-zone' (id=bc3ce88baa1c729d)"],
        )
        before = (await said(client, "list_violations", {}))[1][0]
    registry = open_registry(str(tmp_path / ".normsync" / "norms.db"))
    try:
        call = caller(registry)
        assert call("list_violations", {}, None) == before
        assert before.startswith("Total violations: ")
        assert "violating norm 'no-attack-in-safe-zone'" in call("check_action", HERO, None)
    finally:
        registry.close()


async def test_the_original_s_dialogue_over_http() -> None:
    from mcp import Client

    server = serving_norms()
    try:
        async with Client(f"{server.url}/mcp", read_timeout_seconds=SECONDS) as client:
            for call in RECORDED:
                assert await said(client, call["tool"], call["arguments"]) == (call["failed"], call["texts"]), call
        assert [norm["name"] for norm in server.client.get("/norms").json()] == ["no-attack"]  # one store for both
    finally:
        server.stop()


async def test_the_tools_are_the_original_s_and_take_no_more_than_they_must(tmp_path: Path) -> None:
    required = {
        "add_norm": ["name", "description", "condition", "prohibited"],
        "check_action": ["agent_id", "action"],
        "list_violations": [],
    }
    from mcp import Client

    registry = open_registry(str(tmp_path / "n.db"))
    async with Client(compat_server(registry)) as client:
        listed = (await client.list_tools()).tools
        assert {tool.name: tool.input_schema.get("required", []) for tool in listed} == required
        assert all(tool.description for tool in listed)
        # what is offered beside: the original could not be told of these
        assert (await said(client, "add_norm", {**NORM, "scope": "orcs", "priority": 7}))[0] is False
        aimed = {"agent_id": "hero", "action": "attack", "target": "a safe_zone guard"}
        assert (await said(client, "check_action", aimed))[1][0].startswith("Found 1 violation(s):")
        failed, texts = await said(client, "add_norm", {**NORM, "priority": 2**70})
        assert failed
        assert texts[0].startswith("Input validation error: ")
    registry.close()
    from workbench.compat.normsync import NormStore

    store = NormStore(str(tmp_path / "n.db"))
    assert [(norm.scope, norm.priority) for norm in store.get_norms()] == [("orcs", 7)]
    store.close()


def test_stdout_carries_the_protocol_only(tmp_path: Path) -> None:
    """Whatever is asked, garbage too: every line on stdout is a JSON-RPC message, and the process ends with stdin."""
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        "this is no JSON",
        json.dumps({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_violations"}}),
        json.dumps({"jsonrpc": "2.0", "id": 3, "method": "no/such"}),
    ]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "mcp", "--db", "n.db"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env=environment(tmp_path),
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n".join(lines) + "\n")
    process.stdin.flush()
    answers: dict[int, Any] = {}
    while not answers.keys() >= {1, 2, 3}:
        message = json.loads(process.stdout.readline())
        assert message["jsonrpc"] == "2.0"
        answers[message.get("id")] = message
    rest, errors = process.communicate(timeout=SECONDS)  # closes stdin
    assert rest == ""
    assert process.returncode == 0, errors
    assert answers[1]["result"]["serverInfo"]["name"] == "normsync"
    assert answers[2]["result"]["content"] == [{"type": "text", "text": "No violations recorded."}]
    assert "error" in answers[3]


@pytest.mark.parametrize("place", ["/dev/null/norms.db", "notes.txt"])
def test_a_store_that_is_none_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    from typer.testing import CliRunner

    from workbench.cli.main import app
    from workbench.compat.normsync.mcp_server import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be looked at as one\n" * 40)
    assert main(["--db", place]) == 1
    told = capsys.readouterr()
    done = CliRunner().invoke(app, ["mcp", "--db", place])
    assert done.exit_code == 1
    for out, error in ((told.out, told.err), (done.stdout, done.stderr)):
        assert out == ""
        assert error.startswith("error: ")
        assert place in error
    assert (tmp_path / "notes.txt").read_text().startswith("not a database")
