"""``serve``, ``mcp`` and ``export`` as commands: what is refused, and that the same is written every time."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from typer.main import get_command

from tests.server.serving import SECONDS, environment
from workbench.cli.main import app
from workbench.server.exporting import openai_tools

COMMAND = get_command(app)  # made once: making it takes longer than most of what is run here


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("WORKBENCH_TOKEN", raising=False)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(COMMAND, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("serve", "--compat", "--host", "0.0.0.0"), 2, "only this machine may ask"),
        (("serve", "--compat", "--host", "192.0.2.1"), 2, "only this machine may ask"),
        (("serve", "--db", "n.db"), 2, "add `--compat`"),
        (("serve", "--port", "70000"), 2, "65535"),
        (("serve", "--port", "x"), 2, "--port"),
        (("serve", "--port", "0", "--host", "192.0.2.1"), 2, "no such address"),
        (("serve", "--port", "0", "--host", "no such\x1b[2J host"), 2, "no such address"),
        (("serve", "--port", "0"), 2, "no workspace here"),
        (("serve", "--port", "0", "--compat", "--db", "/dev/null/x"), 1, "/dev/null/x"),
        (("mcp",), 2, "no workspace here"),
        (("--json", "mcp"), 2, "stdout carries the MCP protocol"),
        (("mcp", "--db", "n.db", "--as", 'Agent::"nora"'), 2, "leave one of the two out"),
        (("export", "openai-tools", "--output", "/dev/null/x"), 2, "/dev/null/x"),
    ],
)
def test_what_cannot_be_served_is_said(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.output


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--compat", "--port", taken.getsockname()[1])
    assert done.exit_code == 1
    assert "the port is in use" in done.stderr
    assert "--port 0" in done.stderr
    assert done.stdout == ""


def test_without_the_extra_the_extra_is_named(tmp_path: Path) -> None:
    """As a user without FastAPI, uvicorn and mcp meets it: nothing else of the program needs them."""
    code = """
import sys
from workbench.cli.main import run
for missing, command in ("mcp_types", "serve --compat"), ("mcp_types", "mcp --db n.db"), ("fastapi", "export openapi"):
    sys.modules[missing], sys.argv = None, ["workbench", *command.split()]
    try:
        run()
    except SystemExit as done:
        print(missing, done.code, "workbench.server.app" in sys.modules, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS, cwd=tmp_path,
        env=environment(tmp_path), check=True,
    )  # fmt: skip
    ends = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith(("mcp_types ", "fastapi "))]
    assert ends == [["1", "False"]] * 3, done.stderr
    assert done.stderr.count("pip install 'constitution-workbench[server]'") == 3
    assert "Traceback" not in done.stderr


def test_openai_tools_are_strict_and_the_original_s_four_come_first(tmp_path: Path) -> None:
    place = tmp_path / "tools.json"
    assert run("export", "openai-tools", "--output", place).exit_code == 0
    written = json.loads(place.read_text())
    assert place.read_text() == run("export", "openai-tools", "--json").stdout
    required = {each["function"]["name"]: each["function"]["parameters"]["required"] for each in written}
    assert required == {
        "add_norm": ["name", "description", "condition", "prohibited"],
        "check_action": ["agent_id", "action", "location"],
        "list_violations": [],
        "get_norms": ["active_only"],
        "decide": ["action", "resource", "context"],
        "evaluate_speech": ["agent_output", "conversation", "profile", "language"],
    }
    speech = written[-1]["function"]["parameters"]["properties"]
    assert all("null" in each["type"] for each in speech.values())  # strict, yet either will do
    for each in written:
        assert each["type"] == "function"
        parameters = each["function"]["parameters"]
        jsonschema.Draft202012Validator.check_schema(parameters)
        assert each["function"]["strict"] is True
        assert parameters["additionalProperties"] is False
        assert list(parameters["properties"]) == parameters["required"]  # OpenAI's strict mode takes nothing else
    compat = json.loads(run("export", "openai-tools", "--compat").stdout)
    assert compat == written[:4] == openai_tools(native=False)


def test_the_openapi_documents_are_the_same_every_time(tmp_path: Path) -> None:
    first = [run("export", "openapi", *more).stdout for more in ((), ("--compat",))]
    code = """
from workbench.server.exporting import document, openapi
print(document(openapi()) + document(openapi(compat=True)), end="")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        timeout=SECONDS, env={**environment(tmp_path), "PYTHONHASHSEED": "7"}, check=True,
    )  # fmt: skip
    assert "".join(first) == done.stdout
    for text in first:
        document = json.loads(text)
        assert document["openapi"].startswith("3.1")
        assert {"/health", "/norm", "/norms", "/check", "/violations"} <= set(document["paths"])
