"""``groups`` and ``agents``: what is printed and refused; an acknowledgement holds for the next process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.test_workspace import ANA, Shift, _made, demo, later, play  # noqa: F401 — fixtures

RULE, AGENT, ACTION = "email-domains", "jonas", "send_email"


@pytest.fixture
def played(demo: Path) -> Path:  # noqa: F811
    """With the first recorded actions decided, of which some were refused."""
    play(demo, 60)
    return demo


def listed(run: Run, *options: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    outcome = run("groups", *options, "--json")
    assert outcome.code == 0, outcome.err
    return {(g["rule"], g["agent"], g["action"]): g for g in outcome.json["groups"]}


def test_groups_are_acknowledged_and_withdrawn(run: Run, played: Path, later: Shift) -> None:  # noqa: F811
    assert listed(run)[RULE, AGENT, ACTION]["standing"] == "open"
    said = run("groups", "ack", RULE, AGENT, ACTION, "--why", "the new partner", "--for", "4h", "--as", ANA)
    assert said.code == 0, said.err
    assert "acknowledged" in said.out
    assert f"by {ANA}: the new partner" in said.out
    found = listed(run)[RULE, AGENT, ACTION]
    assert (found["standing"], found["ack"]["by"], found["ack"]["why"]) == ("acknowledged", ANA, "the new partner")
    waits = listed(run, "--open")
    assert (RULE, AGENT, ACTION) not in waits
    kinds = {group["kind"] for group in listed(run).values()}
    assert kinds > {group["kind"] for group in waits.values()} == kinds - {"hold"}, "what is held is no refusal"
    assert "the new partner" in run("groups").out
    refused = run("groups", "withdraw", RULE, AGENT, ACTION, "--unsigned")
    assert refused.code != 0
    assert "take it back with a key of the roster" in refused.err
    refused = run("groups", "ack", RULE, AGENT, ACTION, "--why", "no", "--for", "30d", "--unsigned")
    assert refused.code != 0
    assert "say it anew with a key of the roster" in refused.err
    taken = run("groups", "withdraw", RULE, AGENT, ACTION, "--as", ANA, "--json")
    assert taken.code == 0, taken.err
    assert listed(run)[RULE, AGENT, ACTION]["standing"] == "open"
    run("groups", "ack", RULE, AGENT, ACTION, "--why", "again", "--for", "1h", "--unsigned")
    assert listed(run)[RULE, AGENT, ACTION]["ack"]["by"] == ""
    later.forward(3601)
    assert listed(run, "--window", "24h")[RULE, AGENT, ACTION]["standing"] == "expired"


def test_until_tomorrow_is_nine_in_the_morning(run: Run, played: Path) -> None:
    said = run("groups", "ack", RULE, AGENT, ACTION, "--why", "w", "--until", "tomorrow", "--unsigned", "--json")
    assert said.code == 0, said.err
    assert said.json["until"].endswith("T09:00:00Z")
    assert said.json["until"][:10] > said.json["at"][:10]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((RULE, AGENT, ACTION, "--why", "w"), "no_time", "--for"),
        ((RULE, AGENT, ACTION, "--why", "w", "--for", "1h", "--until", "tomorrow"), "no_time", "either"),
        ((RULE, AGENT, ACTION, "--why", "w", "--for", "soon"), "no_time", "soon"),
        ((RULE, AGENT, ACTION, "--why", "w", "--for", "31d", "--unsigned"), "too_long", "30 days"),
        ((RULE, AGENT, ACTION, "--why", "w", "--until", "2020-01-01", "--unsigned"), "no_time", "future"),
        ((RULE, AGENT, ACTION, "--why", " ", "--for", "1h", "--unsigned"), "why_missing", "why"),
        ((RULE, AGENT, ACTION, "--why", "w", "--for", "1h"), "not_unique", "--unsigned"),
        ((RULE, AGENT, ACTION, "--why", "w", "--for", "1h", "--unsigned", "--as", ANA), "two_keys", "--unsigned"),
        (("no\x1b[31m-such", AGENT, ACTION, "--why", "w", "--for", "1h", "--unsigned"), "no_group", "no such group"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    run: Run, played: Path, arguments: tuple[str, ...], code: str, said: str
) -> None:
    outcome = run("groups", "ack", *arguments, "--json")
    assert outcome.code != 0
    assert json.loads(outcome.out)["error"]["code"] == code
    assert said in outcome.err
    assert "\x1b" not in outcome.err + outcome.out
    assert listed(run)[RULE, AGENT, ACTION]["standing"] == "open"


def test_nothing_refused_is_said(run: Run, demo: Path) -> None:  # noqa: F811
    outcome = run("groups")
    assert outcome.code == 0
    assert "nothing was refused or held" in outcome.out


def test_agents_are_listed_with_their_figures(run: Run, played: Path) -> None:
    found = {each["agent"]: each for each in run("agents", "--json").json["agents"]}
    jonas = found[AGENT]
    assert jonas["violation"] >= 1
    assert sum(each["allow"] + each["hold"] + each["deny"] + each["violation"] for each in found.values()) == 60
    shown = run("agents").out.splitlines()
    assert shown[0].split()[0] == "agent"
    assert any(line.startswith(AGENT) for line in shown)
    assert run("agents", "--window", "2h").code == 2
