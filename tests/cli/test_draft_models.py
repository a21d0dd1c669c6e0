"""``draft compile --model`` against a real server: nothing is taken without a yes; what is taken says its origin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.service.model_server import ModelServer, rewrites, serving, status, writes
from workbench.service.workspace import Workspace

FREE = "Refunds larger than five hundred are off the table unless a supervisor does it."
REWRITE = "A refund must not exceed 500 unless a supervisor issues it."
RULE = 'forbid (principal, action == Action::"close_ticket", resource) when { resource.category == "billing" };'
KEY = "sk-the-models-key"


@pytest.fixture
def server(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setenv("TINY_KEY", KEY)
    with serving() as model:
        told = run("model", "set", "openai/tiny", "--base-url", model.url, "--key-env", "TINY_KEY", "--candidates", "1")
        assert told.code == 0, told.err
        yield model


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    place = tmp_path / "ws"
    with Workspace.create(place, swarm_id="swarm-draft-models") as workspace:
        workspace.save_draft(english=f"- {FREE}\n", cedar_plus="", revision=0)
    return place


def test_each_way_to_say_yes_and_no(run: Run, server: ModelServer, draft: Path) -> None:
    server.script(rewrites(REWRITE))
    left = run("draft", "compile", "--model", "default", "--ask", "-w", draft, input="9\n\n")
    assert left.code == 3
    assert "`9` is no proposal" in left.out
    assert REWRITE in left.out
    with Workspace.open(draft) as workspace:
        assert workspace.draft().english == f"- {FREE}\n"
    server.script(rewrites(REWRITE))
    told = run("draft", "compile", "--model", "default", "--accept-rewrites", "-w", draft, "--json")
    assert told.code == 0, told.out
    (asked,) = told.json["model"]
    assert (asked["taken"], asked["provenance"]["model"]) == (1, "openai/tiny")
    assert KEY not in told.out
    with Workspace.open(draft) as workspace:
        kept = workspace.draft()
        assert kept.origins[REWRITE].model == "openai/tiny"
        assert "context.amount > 500" in kept.cedar_plus
    again = run("draft", "compile", "--model", "default", "-w", draft, "--json")
    assert again.code == 0
    assert "model" not in again.json, "there was nothing to ask"


def test_rules_of_the_models_own_need_the_person(run: Run, server: ModelServer, draft: Path) -> None:
    script = [*[rewrites("Agents may frobnicate.")] * 3, writes(RULE)]
    server.script(*script)
    refused = run("draft", "compile", "--model", "default", "--accept-rewrites", "-w", draft)
    assert refused.code == 3
    with Workspace.open(draft) as workspace:
        assert workspace.draft().cedar_plus == ""
    server.script(*script)
    told = run("draft", "compile", "--model", "default", "--ask", "-w", draft, input="1\n")
    assert told.code == 0, told.out
    with Workspace.open(draft) as workspace:
        assert "not read by the compiler" in workspace.draft().cedar_plus


def test_a_model_that_fails_and_one_that_is_not_there_lose_nothing(run: Run, server: ModelServer, draft: Path) -> None:
    server.script(*[status(401, "no")] * 4)
    failed = run("draft", "compile", "--model", "default", "--ask", "-w", draft, input="")
    assert failed.code == 3
    assert "model_unauthorized" in failed.out
    whose = run("draft", "compile", "--accept-rewrites", "-w", draft)
    assert whose.code == 2
    with Workspace.open(draft) as workspace:
        assert workspace.draft().english == f"- {FREE}\n"
