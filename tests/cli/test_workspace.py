"""Commands on a workspace: the whole journey of a norm with demo keys, solo with a key of one's own, votes as files."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from workbench.service.clock import SystemClock
from workbench.service.workspace import Credential, Workspace

SENTENCE = "Agents must never share customer email addresses with external services."
ANA, SAM = 'Operator::"ana"', 'Operator::"sam"'


class Shift:
    """Moves the program's clock forward without waiting."""

    def __init__(self) -> None:
        self.by = timedelta()

    def forward(self, seconds: float) -> None:
        self.by += timedelta(seconds=seconds)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Shift:
    shift = Shift()
    real, ticking = SystemClock.now, SystemClock.monotonic

    def now(self: SystemClock) -> datetime:
        return real(self) + shift.by

    def monotonic(self: SystemClock) -> float:
        return ticking(self) + shift.by.total_seconds()

    monkeypatch.setattr(SystemClock, "now", now)
    monkeypatch.setattr(SystemClock, "monotonic", monotonic)
    return shift


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workspace, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:  # undone before it is handed out: other tests of the session come after
        patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
        Workspace.create(folder / "demo", profile="demo").close()
    return folder


@pytest.fixture
def demo(_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the demo workspace, which is the default one here; its genesis is pinned."""
    place = tmp_path / "demo"
    shutil.copytree(_made / "demo", place)
    shutil.copytree(_made / "config", tmp_path / "config")
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(place))
    return place


def play(place: Path, count: int, start: int = 0) -> None:
    """Put recorded actions through the workspace."""
    from workbench.engine.request import Request

    with Workspace.open(place) as workspace:
        recording = workspace.recording()
        assert recording is not None
        for line in recording.read_text(encoding="utf-8").splitlines()[start : start + count]:
            action = json.loads(line)
            workspace.decide(
                Request.from_json(action["request"]),
                credential=Credential(action["request"]["principal"]),
                entities=action["entities"],
                facts=action["facts"],
                at=datetime.fromisoformat(action["at"]),
            )


def proposed(run: Run) -> dict[str, Any]:
    """Write the norm and propose it."""
    assert run("draft", "compile", "--add", SENTENCE).code == 0
    made = run("propose", "--as", ANA, "--summary", "no addresses outside", "--json")
    assert made.code == 0, made.out
    return made.json  # type: ignore[no-any-return]


def test_status_in_both_forms(run: Run, demo: Path) -> None:
    told = run("status", "--json")
    assert told.code == 0
    assert told.json["badge"] == "DEMO"
    assert told.json["version"]["version"] == "1.0.0"
    assert told.json["rules"]["procedure"] == 5
    assert (told.json["chain_ok"], told.json["ledger_ok"]) == (True, True)
    shown = run("status")
    assert "[DEMO]" in shown.out
    assert "1.0.0" in shown.out
    assert run("--json", "status").json["swarm_id"] == told.json["swarm_id"]


def test_the_whole_journey(run: Run, demo: Path, later: Shift) -> None:
    play(demo, 30)
    compiled = run("draft", "compile", "--add", SENTENCE, "--json")
    assert compiled.code == 0, compiled.out
    (rule,) = compiled.json["new_rules"]
    assert rule["english"] == SENTENCE
    assert 'resource.tags.contains("email")' in rule["cedar_plus"]
    assert compiled.json["new_tests"]

    tested = run("draft", "test", "--json")
    assert tested.code == 0, tested.out
    assert all(result["passed"] for result in tested.json["results"])
    reviewed = run("draft", "review")
    assert reviewed.code == 0, reviewed.out
    assert "major amendment" in reviewed.out
    assert "+forbid" in reviewed.out

    made = run("propose", "--as", ANA, "--summary", "no addresses outside", "--json")
    assert made.code == 0, made.out
    assert made.json["version"]["version"] == "1.1.0"
    assert made.json["state"] == "proposed"

    first = run("approve", "--as", ANA, "--comment", "as agreed", "--json")
    assert first.code == 0, first.err
    assert first.json["state"] == "proposed"
    second = run("approve", "1.1.0", "--as", SAM, "--json")
    assert second.json["state"] == "approved"
    assert second.json["timelock_seconds"] == 10
    assert run("status", "--json").json["version"]["version"] == "1.0.0"
    assert "takes effect at" in run("activate").out

    later.forward(11)
    activated = run("activate", "--json")
    assert activated.code == 0
    assert [version["version"] for version in activated.json["activated"]] in ([], ["1.1.0"])
    assert run("status", "--json").json["version"]["version"] == "1.1.0"
    assert [version["version"] for version in run("history", "--json").json["versions"]] == ["1.0.0", "1.1.0"]
    assert "as agreed" not in run("history").err

    play(demo, 60, start=30)
    found = run("violations", "--json").json["violations"]
    bitten = [row for row in found if row["rule"] == rule["id"]]
    assert bitten
    assert bitten[0]["action"] == "share_external"
    assert bitten[0]["version"] == "1.1.0"

    verified = run("verify", demo)
    assert verified.code == 0, verified.out


def test_verify_notices_one_changed_byte_and_a_missing_pin(
    run: Run, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("verify", demo / "versions").code == 0
    digest = run("status", "--json").json["version"]["digest"]
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "elsewhere"))
    unpinned = run("verify", demo / "versions")
    assert unpinned.code == 1
    assert "NOT anchored" in unpinned.out
    assert run("verify", demo / "versions", "--genesis", digest).code == 0
    assert run("verify", demo / "versions", "--genesis", "sha256:" + "0" * 64).code == 1
    path = demo / "versions" / "1.0.0.yaml"
    data = path.read_bytes()
    place = data.index(b">= 30")
    path.write_bytes(data[:place] + b">= 31" + data[place + 5 :])
    changed = run("verify", demo / "versions", "--genesis", digest, "--json")
    assert changed.code == 1
    assert changed.json["ok"] is False
    assert any(not line["ok"] for line in changed.json["lines"])
    assert run("verify", tmp_path / "absent").code == 2


def test_proposals_are_found_by_version_digest_or_beginning(run: Run, demo: Path) -> None:
    digest = proposed(run)["version"]["digest"]
    bare = digest.removeprefix("sha256:")
    for name in ("1.1.0", digest, bare, bare[:8], ""):
        arguments = ["review", name] if name else ["review"]
        told = run(*arguments, "--json")
        assert told.code == 0, name
        assert told.json["amendment_class"] == "major"
    for name in ("9.9.9", "abc", "ffff" + bare[:4]):
        shown = run("approve", name, "--as", ANA)
        assert shown.code == 2
        assert "no such proposal" in shown.err
    listed = run("proposals", "--json").json["proposals"]
    assert [p["version"]["digest"] for p in listed] == [digest]
    assert "open" in run("proposals").out


def test_voting_says_what_is_wrong(run: Run, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = run("approve", "--as", ANA)
    assert nothing.code == 2
    assert "none is open" in nothing.err
    proposed(run)
    unnamed = run("approve")
    assert unnamed.code == 2
    assert "--as" in unnamed.err
    assert run("approve", "--as", 'Operator::"eve"').code == 2
    assert run("approve", "--key", demo / "absent").code == 2
    monkeypatch.setenv("WRONG", "not it")
    wrong = run("approve", "--key", demo / "keys" / "demo-ana", "--passphrase-env", "WRONG")
    assert wrong.code == 1
    assert "passphrase" in wrong.err
    assert "not it" not in wrong.err
    unset = run("approve", "--key", demo / "keys" / "demo-ana", "--passphrase-env", "UNSET_HERE")
    assert unset.code == 2
    assert run("approve", "--as", ANA).code == 0
    again = run("approve", "--as", ANA)
    assert again.code != 0


def test_a_reject_ends_it(run: Run, demo: Path) -> None:
    proposed(run)
    told = run("reject", "--as", SAM, "--comment", "not now", "--json")
    assert told.code == 0
    assert any(signer["verdict"] == "reject" for signer in told.json["version"]["signers"])


def test_a_vote_made_offline_is_handed_in_as_a_file(
    run: Run, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = proposed(run)["version"]["path"]
    monkeypatch.setenv("PASS", "demo-only")
    vote = tmp_path / "vote.json"
    signed = run(
        "sign", artifact, "--key", demo / "keys" / "demo-ana", "--passphrase-env", "PASS", "--out", vote, "--json"
    )
    assert signed.code == 0, signed.err
    assert (signed.json["principal"], signed.json["verdict"]) == (ANA, "approve")
    envelope = json.loads(vote.read_text(encoding="utf-8"))
    assert "payload" in envelope
    assert "demo-only" not in vote.read_text(encoding="utf-8")
    otherwise = run("reject", "--vote", vote)
    assert otherwise.code == 2
    assert "vote to approve" in otherwise.err
    handed_in = run("approve", "--vote", vote, "--json")
    assert handed_in.code == 0, handed_in.err
    assert [seat["filled_by"] for seat in handed_in.json["seats"]].count(ANA) == 1
    printed = run(
        "sign", artifact, "--key", demo / "keys" / "demo-sam", "--passphrase-env", "PASS", "--verdict", "reject"
    )
    assert json.loads(printed.out)
    assert run("reject", "--vote", "-", input=printed.out).code == 0
    broken = run("approve", "--vote", "-", input="{}")
    assert broken.code == 3
    assert "not a vote" in broken.err


def test_sign_refuses_what_it_should(run: Run, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = proposed(run)["version"]["path"]
    monkeypatch.setenv("PASS", "demo-only")
    monkeypatch.setenv("MINE", "a passphrase of mine")
    stranger = tmp_path / "stranger"
    assert run("keys", "new", stranger, "--passphrase-env", "MINE").code == 0
    unknown = run("sign", artifact, "--key", stranger, "--passphrase-env", "MINE")
    assert unknown.code == 2
    assert "does not know this key" in unknown.err
    assert run("sign", artifact, "--key", demo / "keys" / "demo-ana").code == 2  # no terminal to ask on
    assert run("sign", tmp_path / "absent.yaml", "--key", stranger, "--passphrase-env", "MINE").code == 2
    broken = tmp_path / "broken.yaml"
    broken.write_text("constitution_version: 1\n", encoding="utf-8")
    shown = run("sign", broken, "--key", stranger, "--passphrase-env", "MINE")
    assert shown.code == 3
    assert "not a constitution" in shown.err


def test_keys_new_and_list(run: Run, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "a passphrase of mine")
    path = tmp_path / "mine"
    made = run("keys", "new", path, "--comment", "me", "--passphrase-env", "MINE", "--json")
    assert made.code == 0, made.err
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.json["fingerprint"].startswith("SHA256:")
    assert "a passphrase of mine" not in made.out + path.read_text(encoding="utf-8")
    assert (tmp_path / "mine.pub").read_text(encoding="utf-8").startswith("ssh-ed25519 ")
    assert run("keys", "new", path, "--passphrase-env", "MINE").code == 2
    monkeypatch.setenv("EMPTY", "")
    assert run("keys", "new", tmp_path / "other", "--passphrase-env", "EMPTY").code == 2
    keys = run("keys", "list", "--json").json["keys"]
    assert {(key["principal"], key["demo"]) for key in keys} >= {(ANA, True), (SAM, True)}
    assert "DEMO" in run("keys", "list").out


def test_the_draft_from_files(run: Run, demo: Path, tmp_path: Path) -> None:
    shown = run("draft", "show", "--json")
    assert shown.json["changed"] is False
    assert run("draft", "show", "--part", "schema").out == shown.json["schema"]
    assert run("draft", "show", "--part", "nothing").code == 2
    assert run("draft", "set").code == 2
    rules = tmp_path / "rules.cedarplus"
    rules.write_text(shown.json["cedar_plus"].replace(">= 30", ">= 29"), encoding="utf-8")
    told = run("draft", "set", "--cedar-plus", rules, "--json")
    assert told.code == 0
    assert told.json["draft"]["changed"] is True
    stale = run("draft", "set", "--cedar-plus", rules, "--revision", shown.json["revision"])
    assert stale.code == 1
    failing = run("draft", "test")
    assert failing.code == 1
    assert "the thirtieth message may still be sent" in failing.out
    blocked = run("propose", "--as", ANA, "--summary", "stricter")
    assert blocked.code == 1
    rules.write_text("permit (", encoding="utf-8")
    unclean = run("draft", "set", "--cedar-plus", rules)
    assert unclean.code == 3
    assert "draft:1:" in unclean.out
    assert run("draft", "test").code == 3
    assert run("draft", "reset").code == 0
    assert run("draft", "show", "--json").json["changed"] is False


def test_the_draft_refuses_a_sentence_it_does_not_understand(run: Run, demo: Path) -> None:
    shown = run("draft", "compile", "--add", "Agents should generally be nice.")
    assert shown.code == 3
    assert "nice" in shown.out


def test_violations_in_three_formats(run: Run, demo: Path) -> None:
    play(demo, 120)
    rows = run("violations", "--format", "json").json["violations"]
    assert rows
    assert all(row["violation"] and row["outcome"] == "deny" for row in rows)
    assert [row["seq"] for row in rows] == sorted((row["seq"] for row in rows), reverse=True)
    table = run("violations").out.splitlines()
    assert len(table) == len(rows) + 1
    markdown = run("violations", "--format", "markdown", "--limit", 1).out
    assert markdown.startswith("# Norm report\n")
    assert markdown.partition("## Violations")[2].count("\n| ") == 2  # the header, and one row


def test_watch_prints_the_feed(run: Run, demo: Path) -> None:
    play(demo, 25)
    lines = run("watch", "--no-follow").out.splitlines()
    assert len(lines) == 25
    documents = [json.loads(line) for line in run("watch", "--no-follow", "--json").out.splitlines()]
    assert [d["seq"] for d in documents] == sorted(d["seq"] for d in documents)
    rest = run("watch", "--no-follow", "--after", documents[19]["seq"]).out.splitlines()
    assert len(rest) == 5
    only = run("watch", "--no-follow", "--violations", "--json").out.splitlines()
    assert len(only) == sum(d["violation"] for d in documents)
    agent = documents[3]["agent"]
    own = run("watch", "--no-follow", "--json", "--filter", f"agent:{agent} -outcome:deny").out.splitlines()
    wanted = [d["seq"] for d in documents if d["agent"] == agent and d["outcome"] != "deny"]
    assert [json.loads(line)["seq"] for line in own] == wanted != []
    assert wanted != [d["seq"] for d in documents]
    assert run(
        "watch", "--no-follow", "--filter", "since:2000-01-01", "--after", documents[19]["seq"]
    ).out == "\n".join((*rest, ""))


def test_a_mistaken_filter_is_told_and_nothing_is_printed(run: Run, demo: Path) -> None:
    play(demo, 1)
    told = run("watch", "--no-follow", "--json", "--filter", "rule:x outcome:denyed")
    assert told.code == 2
    assert told.json["error"]["code"] == "filter_unknown_outcome"
    assert "at character 8" in told.json["error"]["detail"]
    assert "did you mean `deny`?" in told.json["error"]["hint"]
    assert run("watch", "--no-follow", "--filter", "-since:1d").out == ""  # before yesterday: nothing


def test_entities(run: Run, demo: Path, tmp_path: Path) -> None:
    listed = run("entities", "list", "--json").json["entities"]
    assert sum(entity["uid"]["type"] == "Agent" for entity in listed) == 12
    assert len(run("entities", "list", "--type", "Team").out.splitlines()) == 4
    shown = run("entities", "show", 'Agent::"nora"')
    assert shown.json["attrs"]["region"] == "de"
    assert run("entities", "show", 'Agent::"nobody"').code == 2
    nora = shown.json
    nora["attrs"]["region"] = "fr"
    path = tmp_path / "nora.json"
    path.write_text(json.dumps([nora]), encoding="utf-8")
    assert run("entities", "load", path, "--json").json == {"loaded": 1}
    assert run("entities", "show", 'Agent::"nora"').json["attrs"]["region"] == "fr"
    nora["attrs"]["region"] = 7
    path.write_text(json.dumps([nora]), encoding="utf-8")
    refused = run("entities", "load", path)
    assert refused.code == 3
    assert "region" in refused.err


def test_solo_with_a_key_of_ones_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "a passphrase of mine")
    key, place = tmp_path / "mine", tmp_path / "solo"
    assert run("keys", "new", key, "--passphrase-env", "MINE").code == 0
    made = run("new", place, "--key", key, "--as", 'Operator::"me"', "--passphrase-env", "MINE", "--json")
    assert made.code == 0, made.err
    assert made.json["badge"] == "SOLO"
    again = run("new", place, "--key", key, "--passphrase-env", "MINE")
    assert again.code == 2
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(place))
    assert run("draft", "compile", "--add", SENTENCE).code == 0
    made = run("propose", "--as", 'Operator::"me"', "--summary", "mine", "--json")
    assert made.code == 0, made.err
    voted = run("approve", "--key", key, "--passphrase-env", "MINE", "--json")
    assert voted.code == 0, voted.err
    run("activate")
    status = run("status", "--json")
    assert status.json["version"]["version"] == "1.1.0"
    assert "SOLO: one person decides alone" in status.err
    assert run("history").err.startswith("SOLO")
    assert run("verify", place).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--profile", "demo", "--key", "x"), "own keys"),
        (("--profile", "solo", "--signer", "a=b=c"), "one signer"),
        (("--profile", "team", "--signer", "nonsense"), "not a signer"),
        (("--profile", "team", "--key", "x"), "names its signers"),
        (("--profile", "team"), "signers"),
        (("--profile", "demo", "--sample", "absent"), "absent"),
    ],
)
def test_new_says_what_it_needs(run: Run, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    shown = run("new", tmp_path / "w", *arguments)
    assert shown.code == 2
    assert words in shown.err
    assert not (tmp_path / "w").exists()


def test_a_broken_database_is_a_clear_error(run: Run, demo: Path) -> None:
    for rest in demo.glob("workspace.db-*"):
        rest.unlink()
    (demo / "workspace.db").write_bytes(b"this is no database" * 500)
    for command in ("status", "violations", "history"):
        shown = run(command)
        assert shown.code == 1
        assert shown.out == ""
        assert "damaged" in shown.err
    told = run("status", "--json")
    assert told.json["error"]["code"] == "store_corrupt"


@pytest.mark.slow
def test_the_demo_without_a_terminal_tells_the_story(run: Run, tmp_path: Path) -> None:
    shown = run("demo")
    assert shown.code == 0, shown.out
    for words in ("In force", SENTENCE, "forbid (principal", "share_external", "verif"):
        assert words in shown.out
    assert run("--json", "demo").code == 2


def test_a_team_signs_its_first_version(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "one passphrase for the test")
    signers = []
    for name, role in (("ana", "operator"), ("ben", "operator"), ("sam", "supervisor"), ("tom", "supervisor")):
        assert run("keys", "new", tmp_path / name, "--passphrase-env", "MINE").code == 0
        signers += ["--signer", f'Operator::"{name}"={role}={tmp_path / name}']
    place = tmp_path / "team"
    made = run("new", place, "--profile", "team", *signers, "--passphrase-env", "MINE", "--json")
    assert made.code == 0, made.err
    assert made.json["badge"] == ""
    assert {signer["principal"] for signer in made.json["version"]["signers"]} == {
        f'Operator::"{name}"' for name in ("ana", "ben", "sam", "tom")
    }
    assert run("verify", place).code == 0


def test_an_artifact_is_a_constitution_too(run: Run, demo: Path, tmp_path: Path) -> None:
    artifact = demo / "versions" / "1.0.0.yaml"
    assert run("check", artifact, "--json").json["clean"] is True
    assert run("test", artifact, "--json").json["failed"] == 0
    assert len(run("explain", artifact, "--json").json["rules"]) == 22
    own = run("check", artifact, "--schema", artifact)
    assert own.code == 2
    assert "two schemas" in own.err
    case = json.loads((run("draft", "show", "--part", "tests")).out)[1]
    (tmp_path / "request.json").write_text(json.dumps(case["request"]), encoding="utf-8")
    (tmp_path / "entities.json").write_text(json.dumps(case["entities"]), encoding="utf-8")
    decided = run("decide", artifact, "--request", tmp_path / "request.json", "--entities", tmp_path / "entities.json")
    assert decided.code == {"allow": 0, "deny": 1, "hold": 4}[case["expect"]]
    twice = tmp_path / "twice.yaml"
    twice.write_text(artifact.read_text(encoding="utf-8") + "swarm_id: other\n", encoding="utf-8")
    shown = run("check", twice)
    assert shown.code == 3
    assert "not a constitution" in shown.err


def test_text_from_agents_is_never_obeyed(run: Run, demo: Path) -> None:
    """A ticket's id that sets a window title, looks like markup, and would end a table's cell."""
    from workbench.engine.request import Request

    name = "\x1b]0;own\x07[b]|<b>"
    with Workspace.open(demo) as workspace:
        recording = workspace.recording()
        assert recording is not None
        actions = [json.loads(line) for line in recording.read_text(encoding="utf-8").splitlines()]
        action = next(a for a in actions if a["request"]["context"].get("recipient", "").endswith("@mail.example.net"))
        (ticket,) = action["entities"]
        ticket["uid"]["id"] = name
        asked = {**action["request"], "resource": ticket["uid"]}
        recorded = workspace.decide(
            Request.from_json(asked),
            credential=Credential(asked["principal"]),
            entities=[ticket],
            facts=action["facts"],
        )
    assert recorded.decision.code == "forbidden"
    shown = {
        arguments: run(*arguments).out
        for arguments in (("watch", "--no-follow"), ("violations",), ("violations", "--format", "markdown"))
    }
    for text in shown.values():
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "u001b" in text
    header, _, *rows = shown["violations", "--format", "markdown"].partition("## Violations\n\n")[2].splitlines()
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == header.count("|")
    assert "<b>" not in rows[0].replace("\\<", "")
    assert run("violations", "--json").json["violations"][0]["resource"] == name


def test_status_of_a_window_tells_whom_decisions_refused(run: Run, demo: Path) -> None:
    document = run("status", "-w", demo, "--window", "24h", "--json").json
    assert document["status"]["version"]["version"] == "1.0.0"
    pulse = document["pulse"]
    total = sum(bucket["allow"] + bucket["deny"] + bucket["hold"] for bucket in pulse["buckets"])
    assert sum(agent["allow"] + agent["deny"] + agent["hold"] for agent in pulse["agents"]) >= total
    told = run("status", "-w", demo, "--window", "24h").out
    assert f"last 24h   {total} decisions" in told
    for wrong in ("soon", "0h", "9d"):
        refused = run("status", "-w", demo, "--window", wrong)
        assert refused.code in (1, 2), wrong
        assert "window" in refused.err
