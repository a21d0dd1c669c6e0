"""normsync's five paths on workspaces of a world: one that takes norms from anyone, one where an operator signs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import Desk
from tests.server.serving import Served, problem_of
from workbench import __version__
from workbench.service.workspace import Workspace

NORM = {
    "name": "no-attack-in-safe-zone",
    "description": "Attacking is prohibited in safe zones",
    "condition": "safe_zone",
    "prohibited": "attack",
}


def act(desk: Desk, who: str, action: str, **told: str) -> Any:
    return desk.served.client.post(
        "/check", json={"agent_id": who, "action": action, **told}, headers=desk.bearing(who)
    )


def test_the_five_paths_speak_the_original_s_json(game: Desk) -> None:
    client, hero = game.served.client, game.bearing("hero")
    assert client.get("/health").json() == {"status": "ok", "version": __version__}
    added = client.post("/norm", json=NORM, headers=hero)
    assert added.status_code == 200
    expected = {**NORM, "id": "bc3ce88baa1c729d", "scope": "global", "active": True, "priority": 0}
    assert added.json() == {**expected, "severity": "warn", "state": "in_force"}
    assert added.json() in client.get("/norms", headers=hero).json()
    found = act(game, "hero", "attack", location="safe_zone").json()
    assert (found["violation_count"], found["has_violations"], found["outcome"]) == (1, True, "deny")
    violation = found["violations"][0]
    assert violation["description"] == (
        "Agent 'hero' performed 'attack' in 'safe_zone', violating norm 'no-attack-in-safe-zone'"
    )
    assert (violation["norm_id"], violation["agent_id"], violation["severity"]) == ("bc3ce88baa1c729d", "hero", "warn")
    fine = act(game, "hero", "trade", location="safe_zone").json()
    assert (fine["violation_count"], fine["has_violations"], fine["violations"]) == (0, False, [])
    assert fine["outcome"] == "allow"
    listed = client.get("/violations", headers=hero).json()
    same = next(each for each in listed if each["seq"] == found["event"])
    for name in ("id", "norm_id", "norm_name", "action_id", "agent_id", "description", "severity", "timestamp"):
        assert same[name] == violation[name], name


def test_scope_and_severity_mean_something_here(game: Desk) -> None:
    norm = {**NORM, "name": "orcs-keep-out", "condition": "village", "prohibited": "enter", "scope": "orcs"}
    added = game.served.client.post("/norm", json={**norm, "severity": "critical"}, headers=game.bearing("hero"))
    assert added.json()["severity"] == "critical"
    assert act(game, "hero", "enter", location="village").json()["violation_count"] == 0
    found = act(game, "orc", "enter", location="village").json()["violations"]
    assert [each["severity"] for each in found] == ["critical"]
    lied = act(game, "orc", "enter", location="village", faction="elves").json()
    assert lied["violation_count"] == 1  # the directory says whose side it is on


def test_a_norm_acts_on_the_next_action_and_is_gone_on_the_next(game: Desk) -> None:
    client, hero = game.served.client, game.bearing("hero")
    norm = {**NORM, "name": "no-fishing", "condition": "lake", "prohibited": "fish"}
    assert act(game, "elf", "fish", location="lake").json()["outcome"] == "allow"
    added = client.post("/norm", json=norm, headers=hero).json()
    assert act(game, "elf", "fish", location="lake").json()["outcome"] == "deny"
    gone = client.delete(f"/norm/{added['id']}", headers=hero)
    assert gone.json() == {**added, "active": False, "state": "repealed"}
    assert act(game, "elf", "fish", location="lake").json()["outcome"] == "allow"
    again = client.delete(f"/norm/{added['id']}", headers=hero)
    assert (again.status_code, problem_of(again)["code"]) == (409, "not_in_force")
    unknown = client.delete("/norm/ffffffffffffffff", headers=hero)
    assert (unknown.status_code, problem_of(unknown)["code"]) == (404, "no_norm")
    assert "outcome" not in problem_of(unknown)


def test_a_norm_twice_is_one_and_another_form_of_it_replaces_it_when_told(game: Desk) -> None:
    client, hero = game.served.client, game.bearing("hero")
    norm = {**NORM, "name": "no-digging", "condition": "grave", "prohibited": "dig"}
    first = client.post("/norm", json=norm, headers=hero).json()
    assert client.post("/norm", json=norm, headers=hero).json() == first
    assert act(game, "elf", "dig", location="grave").json()["violation_count"] == 1
    other = {**norm, "severity": "high"}
    refused = client.post("/norm", json=other, headers=hero)
    assert (refused.status_code, problem_of(refused)["code"]) == (409, "in_force_otherwise")
    assert "?replace=true" in problem_of(refused)["hint"]
    assert "outcome" not in problem_of(refused)  # nothing was decided
    assert client.post("/norm?replace=true", json=other, headers=hero).json()["severity"] == "high"
    assert [each["severity"] for each in act(game, "elf", "dig", location="grave").json()["violations"]] == ["high"]


def test_nobody_acts_for_another(game: Desk) -> None:
    answer = game.served.client.post(
        "/check", json={"agent_id": "orc", "action": "trade"}, headers=game.bearing("hero")
    )
    document = problem_of(answer)
    assert (answer.status_code, document["code"], document["outcome"]) == (403, "other_principal", "deny")


def test_a_game_s_server_checks_for_all_of_its_agents_and_only_where_nobody_signs(game: Desk, realm: Desk) -> None:
    asked = {"agent_id": "a goblin nobody listed", "action": "trade"}
    told = game.served.client.post("/check", json=asked, headers=game.bearing("operator"))
    assert told.json()["outcome"] == "allow", told.text
    with Workspace.open(game.place) as workspace:
        detail = workspace.event(told.json()["event"])
    assert detail.request["principal"] == 'Agent::"a goblin nobody listed"'
    assert detail.request["credential"]["vouched_by"].startswith("Operator::")
    other = {"agent_id": "orc", "action": "trade"}
    refused = realm.served.client.post("/check", json=other, headers=realm.bearing("operator"))
    assert (refused.status_code, problem_of(refused)["code"]) == (403, "other_principal")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/norm", {"name": "x"}),
        ("/norm", {**NORM, "priority": "high"}),
        ("/norm", {**NORM, "severity": "fatal"}),
        ("/norm", []),
        ("/check", {"agent_id": "hero"}),
        ("/check", {"agent_id": "hero", "action": 5}),
    ],
)
def test_unfit_bodies_are_answered_in_the_original_s_form(game: Desk, path: str, body: Any) -> None:
    answer = game.served.client.post(path, json=body, headers=game.bearing("hero"))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    detail = answer.json()["detail"]
    assert all({"type", "loc", "msg", "input"} <= set(each) for each in detail)
    assert detail[0]["loc"][0] == "body"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"prohibited": " "}, "nothing_prohibited"),
        ({"name": ""}, "name_missing"),
        ({"description": "x" * 200_000}, "field_too_long"),
        ({"priority": 2**62}, "priority"),
    ],
    ids=["never_fires", "nameless", "long", "priority"],
)
def test_a_norm_that_cannot_be_is_refused_with_its_reason(game: Desk, changed: dict[str, Any], code: str) -> None:
    answer = game.served.client.post("/norm", json={**NORM, **changed}, headers=game.bearing("hero"))
    assert (answer.status_code, problem_of(answer)["code"]) == (422, code)


def test_where_norms_are_signed_a_token_drafts_and_ends_nothing(realm: Desk) -> None:
    client, hero = realm.served.client, realm.bearing("hero")
    added = client.post("/norm", json=NORM, headers=hero)
    assert added.status_code == 202
    assert client.post("/norm", json=NORM, headers=hero).json() == added.json()  # drafted once
    assert (added.json()["id"], added.json()["active"], added.json()["state"]) == ("bc3ce88baa1c729d", False, "draft")
    assert act(realm, "hero", "attack", location="safe_zone").json()["outcome"] == "allow"
    assert client.get("/norms", headers=hero).json() == []
    with Workspace.open(realm.place) as workspace:
        assert workspace.draft().cedar_plus.count('@prohibited("attack")') == 1
    assert problem_of(client.delete("/norm/bc3ce88baa1c729d", headers=hero))["code"] == "no_norm"


def test_agents_read_their_own_violations_where_norms_are_signed(realm: Desk) -> None:
    place_signed_norm(realm, {**NORM, "name": "no-looting", "condition": "market", "prohibited": "loot"})
    assert act(realm, "orc", "loot", location="market").json()["outcome"] == "deny"
    assert act(realm, "elf", "loot", location="market").json()["outcome"] == "deny"
    client = realm.served.client
    mine = client.get("/violations", headers=realm.bearing("orc")).json()
    assert {each["agent_id"] for each in mine} == {"orc"}
    refused = client.delete(f"/norm/{mine[0]['norm_id']}", headers=realm.bearing("orc"))
    document = problem_of(refused)
    assert (refused.status_code, document["code"]) == (403, "signature_needed")
    assert f"workbench norm repeal {mine[0]['norm_id']}" in document["hint"]
    assert act(realm, "orc", "loot", location="market").json()["outcome"] == "deny"


def place_signed_norm(desk: Desk, norm: dict[str, str]) -> None:
    """As the operator does with ``workbench norm add``, in another process than the server's."""
    from workbench.norms import Norm
    from workbench.service.governing_views import SignWith

    with Workspace.open(desk.place) as workspace:
        key = next(key.path for key in workspace.signing_keys() if key.principal)
        workspace.norms.add(Norm(**norm), why="a test", using=SignWith(key, "a b c d"))


def test_drafting_is_slowed_down(realm: Desk) -> None:
    answers = [
        realm.served.client.post("/norm", json={**NORM, "condition": f"n{number}"}, headers=realm.bearing("elf"))
        for number in range(11)
    ]
    assert [answer.status_code for answer in answers[:10]] == [202] * 10
    assert (answers[10].status_code, problem_of(answers[10])["code"]) == (429, "too_often")
    assert act(realm, "elf", "trade").json()["outcome"] == "allow"  # deciding is not drafting


def test_kill_9_loses_nothing_that_was_acknowledged(game: Desk, home: Path) -> None:
    """A second server on the workspace, killed; the first sees at once what that one acknowledged."""
    other = Served(home, "-w", game.place)
    norm = {**NORM, "name": "no-swimming", "condition": "moat", "prohibited": "swim"}
    added = other.client.post("/norm", json=norm, headers=game.bearing("hero")).json()
    asked = {"agent_id": "hero", "action": "swim", "location": "moat"}
    found = [other.client.post("/check", json=asked, headers=game.bearing("hero")).json() for _ in range(5)]
    other.kill()
    assert other.errors.read_text().count("\n") == 1  # that it is unsigned, and nothing else
    assert act(game, "hero", "swim", location="moat").json()["outcome"] == "deny"
    with Workspace.open(game.place) as workspace:
        assert added["id"] in [view.id for view in workspace.norms.list()]
        for each in found:
            assert workspace.event(each["event"]).receipt["hash"] == each["receipt"]
        assert workspace.verify().ok
