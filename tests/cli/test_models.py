"""``compile --model`` and ``model show | set | test``: what is added to the JSON, exit codes, and no key anywhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.contracts.source_tree import ROOT
from tests.service.model_server import ModelServer, cannot, rewrites, says, serving, status, writes

READ = "Agents may reply to tickets in their own region."
SENTENCE = "Refunds larger than five hundred are off the table unless a supervisor does it."
REWRITE = "A refund must not exceed 500 unless a supervisor issues it."
TEXT = f"{READ}\n\n{SENTENCE}\n"
SCHEMA = ROOT / "tests" / "authoring" / "data" / "support-swarm.cedarschema"
KEY = "sk-not-to-be-shown"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as model:
        yield model


@pytest.fixture
def configured(server: ModelServer, run: Run, monkeypatch: pytest.MonkeyPatch) -> ModelServer:
    monkeypatch.setenv("TINY_KEY", KEY)
    options = ("--base-url", server.url, "--key-env", "TINY_KEY", "--candidates", "1", "--timeout", "20")
    told = run("model", "set", "openai/tiny", *options)
    assert told.code == 0, told.err
    assert KEY not in told.out + told.err
    return server


def compiled(run: Run, *options: str, text: str = TEXT):  # type: ignore[no-untyped-def]
    return run("compile", "-", "--schema", SCHEMA, *options, input=text)


def test_without_a_model_nothing_is_other_than_before(run: Run) -> None:
    document = compiled(run, "--json").json
    assert set(document) == {"sentences", "cedar_plus", "tests", "diagnostics"}
    assert set(document["sentences"][0]) == {"text", "span", "status", "candidates", "question", "diagnostics"}


def test_a_rewrite_is_shown_and_compiles_nothing(run: Run, configured: ModelServer) -> None:
    configured.usual = rewrites(REWRITE)
    told = compiled(run, "--model", "default", "--json")
    assert told.code == 3
    plain = compiled(run, "--json").json
    assert told.json["cedar_plus"] == plain["cedar_plus"]
    assert told.json["tests"] == plain["tests"]
    assert told.json["english"] == TEXT
    first, second = told.json["sentences"]
    assert first == plain["sentences"][0]
    assert second["status"] == "ambiguous"
    assert REWRITE in second["question"]
    (candidate,) = second["candidates"]
    assert {"cedar_plus", "paraphrase", "assumptions"} <= set(candidate)
    assert candidate["provenance"]["way"] == "rewrite"
    assert candidate["provenance"]["rewrite"] == [REWRITE]
    assert candidate["provenance"]["confirmed"] is False
    assert second["provenance"]["model"] == "openai/tiny"
    assert second["provenance"]["failure"] is None
    assert KEY not in told.out + told.err


def test_it_is_shown_to_a_person_beside_the_sentence(run: Run, configured: ModelServer) -> None:
    configured.script(cannot(), writes('forbid (principal, action == Action::"issue_refund", resource);'))
    told = compiled(run, "--model", "openai/tiny")
    assert told.code == 3
    assert "written by a model, not read by the compiler" in told.out
    assert "compiles nothing" in told.out
    assert "was asked 2 times about 1 sentence" in told.out


def test_accepted_rewrites_compile(run: Run, configured: ModelServer) -> None:
    configured.usual = rewrites(REWRITE)
    told = compiled(run, "--model", "default", "--accept-rewrites", "--json")
    assert told.code == 0, told.out
    assert [s["status"] for s in told.json["sentences"]] == ["compiled", "compiled"]
    assert told.json["taken_rewrites"][0]["text"] == SENTENCE
    assert told.json["taken_rewrites"][0]["provenance"]["model"] == "openai/tiny"
    again = compiled(run, "--json", text=told.json["english"])
    assert again.code == 0
    assert again.json["cedar_plus"] == told.json["cedar_plus"], "the new text needs no model"


@pytest.mark.parametrize("escape", ["\x1b]0;x\x07", "\x1b[2J", "\u202e"])
def test_nothing_of_a_models_reaches_the_terminal_as_it_is(run: Run, configured: ModelServer, escape: str) -> None:
    configured.usual = rewrites(REWRITE, assumed=[f"a{escape}b"])
    configured.script(cannot(f"no{escape}"), cannot(f"no{escape}"))
    for _ in range(2):
        for options in ((), ("--json",)):
            told = compiled(run, "--model", "default", *options)
            assert escape not in told.out
            assert escape not in told.err


def test_a_model_that_fails_loses_nothing(run: Run, configured: ModelServer) -> None:
    configured.usual = status(401, f"bad key {KEY}")
    told = compiled(run, "--model", "default", "--json")
    assert told.code == 3
    assert told.json["cedar_plus"] == compiled(run, "--json").json["cedar_plus"]
    assert told.json["sentences"][1]["provenance"]["failure"]["code"] == "model_unauthorized"
    assert KEY not in told.out + told.err


def test_what_goes_wrong_before_asking(run: Run, server: ModelServer) -> None:
    assert compiled(run, "--model", "default").code == 2
    assert compiled(run, "--model", "a b").code == 3
    assert compiled(run, "--accept-rewrites").code == 2
    assert run("model", "test").code == 2
    assert run("model", "set", "openai/x", "--candidates", "99").code == 3
    assert run("model", "set", "openai/x", "--key-env", "A", "--keyring").code == 2
    told = run("model", "set", "openai/x", "--key-env", KEY)
    assert told.code == 3
    assert KEY not in told.out + told.err
    assert not server.got


def test_show_tells_where_the_key_is(run: Run, configured: ModelServer) -> None:
    assert KEY not in run("model", "show").out
    shown = run("model", "show", "--json").json
    assert shown["configured"] is True
    assert (shown["model"], shown["key"], shown["key_is_set"]) == ("openai/tiny", "environment variable TINY_KEY", True)
    assert KEY not in str(shown)
    assert KEY not in Path(shown["file"]).read_text(encoding="utf-8")


def test_show_without_a_model(run: Run) -> None:
    told = run("model", "show")
    assert told.code == 0
    assert "everything works without one" in told.out
    assert run("model", "show", "--json").json["configured"] is False


def test_one_tiny_question(run: Run, configured: ModelServer) -> None:
    configured.script(says("ready\x1b[2J"), says(""), status(500))
    told = run("model", "test")
    assert told.code == 0
    assert "ready" in told.out
    assert "\x1b" not in told.out
    assert run("model", "test").code == 1
    failed = run("model", "test", "--json")
    assert failed.code == 1
    assert failed.json["error"]["code"] == "model_failed"
    assert len(configured.got[0].prompt) < 100


def test_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    """A real process: the model hangs, the person does not."""
    with serving() as server:
        server.usual = server.hang
        environment = os.environ | {"WORKBENCH_CONFIG": str(tmp_path)}
        command = [sys.executable, "-m", "workbench"]
        options = ["model", "set", "openai/tiny", "--base-url", server.url]
        subprocess.run([*command, *options], cwd=ROOT, env=environment, check=True, capture_output=True, timeout=60)
        (tmp_path / "text").write_text(TEXT, encoding="utf-8")
        options = ["compile", str(tmp_path / "text"), "--schema", str(SCHEMA), "--model", "default"]
        running = subprocess.Popen(
            [*command, *options], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        end = time.monotonic() + 90
        while len(server.got) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
        assert time.monotonic() - began < 4
        assert running.returncode == 130, err
        assert "stopped" in err
        assert out == ""
        assert "Traceback" not in err
