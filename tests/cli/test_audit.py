"""``audit``, ``backup`` and ``restore`` as people use them: what is printed, the one JSON document, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.service.conftest import CONTEXT, FACTS, ticket
from workbench.cli.failures import MisusedError
from workbench.cli.times import span
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

NORA = 'Agent::"nora"'
ANA = 'Operator::"ana"'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A demo workspace with decisions 9 to 12 or so: an allow with a hostile recipient, a deny; and its pins."""
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("made")
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    with Workspace.create(folder / "ws", clock=FrozenClock(), swarm_id="swarm-cli") as workspace:
        seqs = []
        for action in ("share_external", "delete_ticket", "share_external"):
            context = CONTEXT | {"recipient": "lena\x1b[2J\u202e@example.com"}
            request = Request(NORA, f'Action::"{action}"', 'Ticket::"T-1"', context)
            recorded = workspace.decide(request, credential=Credential(NORA), entities=[ticket()], facts=FACTS)
            seqs.append(recorded.seq)
    patch.undo()
    return folder, seqs


@pytest.fixture
def place(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made[0], tmp_path / "made")
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "made" / "config"))
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(tmp_path / "made" / "ws"))
    return tmp_path / "made" / "ws"


@pytest.fixture
def seqs(made: Any) -> list[int]:
    return list(made[1])


# ---- verify ----------------------------------------------------------------------------------------------------------


def test_verify_says_what_it_checked_and_where_it_breaks(run: Run, place: Path, seqs: list[int]) -> None:
    good = run("audit", "verify")
    assert good.code == 0
    assert "BROKEN" not in good.out
    assert good.err == ""  # no progress where there is no terminal
    document = run("audit", "verify", "--json").json
    assert (document["ok"], document["anchored"]) == (True, True)
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute("UPDATE ledger SET body = body || x'20' WHERE seq = ?", (seqs[1],))
    raw.commit()
    raw.close()
    bad = run("audit", "verify")
    assert bad.code == 1
    assert f"BROKEN ledger: entry {seqs[1]}" in bad.out
    assert not run("audit", "verify", "--json").json["ok"]


def test_what_is_not_anchored_exits_1(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "nothing-pinned"))
    found = run("audit", "verify")
    assert found.code == 1
    assert "NOT anchored" in found.out


# ---- why -------------------------------------------------------------------------------------------------------------


def test_why_tells_a_person_everything(run: Run, place: Path, seqs: list[int]) -> None:
    told = run("audit", "why", seqs[0])
    assert told.code == 0
    for part in (
        f"{seqs[0]}  allow  allowed",
        'Agent::"nora"  Action::"share_external"',
        "recipient = lena\\u001b[2J\\u202e@example.com",
        "customer_consented = false",
        "share-own-region (permit): Agents may share tickets in their own region with external services.",
        "when { principal.region == resource.region };",
        'approve by Operator::"ana" (operator), received 2026-03-02 09:00:00 UTC',
        'by          an operator, for Agent::"nora"',
        "again       equal",
        "proof       proved",
    ):
        assert part in told.out, part
    assert "\x1b" not in told.out
    denied = run("audit", "why", seqs[1])
    assert "rule        none: nothing permits it" in denied.out
    document = run("audit", "why", seqs[0], "--json").json["why"]
    assert document["redecision"]["status"] == "equal"
    assert document["proof"]["verified"]


def test_whoever_vouched_for_a_request_is_named(run: Run, place: Path, seqs: list[int]) -> None:
    raw = sqlite3.connect(place / "workspace.db")
    (request,) = raw.execute("SELECT request FROM payloads WHERE seq = ?", (seqs[0],)).fetchone()
    asked = json.loads(request)
    asked["credential"]["vouched_by"] = 'Operator::"ana\x1b"'
    raw.execute("UPDATE payloads SET request = ? WHERE seq = ?", (json.dumps(asked).encode(), seqs[0]))
    raw.commit()
    raw.close()
    told = run("audit", "why", seqs[0]).out
    assert 'vouched for by Operator::"ana\\u001b"' in told
    assert "vouched for by" not in run("audit", "why", seqs[1]).out


def test_why_by_agent_and_time(run: Run, place: Path, seqs: list[int]) -> None:
    found = run("audit", "why", "--at", "2026-03-02T09:00", "--agent", NORA, "--json").json
    assert found["why"]["event"]["row"]["seq"] == seqs[2]
    assert found["near"] == seqs[:2]
    told = run("audit", "why", "--at", "2026-03-02", "--agent", "nora")
    assert f"in the same span of time: {seqs[0]}, {seqs[1]}" in told.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "bad_usage"),
        (("1",), "no_event"),
        (("99999999999999999999",), "no_event"),
        (("5", "--at", "2026-03-02", "--agent", "nora"), "bad_usage"),
        (("--at", "2026-03-02"), "bad_usage"),
        (("--agent", "nora"), "bad_usage"),
        (("--at", "some day", "--agent", "nora"), "no_time"),
        (("--at", "2026-02-30", "--agent", "nora"), "no_time"),
        (("--at", "2026-03-02", "--agent", "\x1b[2J"), "no_event"),
        (("--at", "2020-01-01", "--agent", "nora"), "no_event"),
    ],
)
def test_what_no_decision_answers_to(run: Run, place: Path, arguments: tuple[str, ...], code: str) -> None:
    found = run("audit", "why", *arguments, "--json")
    assert (found.code, found.json["error"]["code"]) == (2, code)
    assert "\x1b" not in found.err + found.out


def test_a_decision_that_does_not_come_out_the_same_exits_1(run: Run, place: Path, seqs: list[int]) -> None:
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute(
        "UPDATE payloads SET request = (SELECT request FROM payloads WHERE seq = ?) WHERE seq = ?", (seqs[1], seqs[0])
    )
    raw.commit()
    raw.close()
    found = run("audit", "why", seqs[0])
    assert found.code == 1
    assert "again       DIFFERS" in found.out


@pytest.mark.parametrize(
    ("text", "start", "width"),
    [
        ("2026-03-16", datetime(2026, 3, 16, tzinfo=UTC), timedelta(days=1)),
        ("2026-03-16T09:30", datetime(2026, 3, 16, 9, 30, tzinfo=UTC), timedelta(minutes=1)),
        ("2026-03-16 09:30:05Z", datetime(2026, 3, 16, 9, 30, 5, tzinfo=UTC), timedelta(seconds=1)),
        ("2026-03-16 09:30:05 UTC", datetime(2026, 3, 16, 9, 30, 5, tzinfo=UTC), timedelta(seconds=1)),
        ("2026-03-16T09:30:05.25Z", datetime(2026, 3, 16, 9, 30, 5, 250_000, tzinfo=UTC), timedelta(milliseconds=10)),
    ],
)
def test_a_time_is_as_wide_as_it_is_written(text: str, start: datetime, width: timedelta) -> None:
    assert span(text, "--at") == (start, start + width)


@pytest.mark.parametrize("text", ["", "2026", "2026-13-01", "2026-03-16T25:00", "9999-12-31", "09:30", "2026-03-16+01"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(MisusedError):
        span(text, "--at")


# ---- export ----------------------------------------------------------------------------------------------------------


def test_an_export_to_a_file_and_one_to_stdout_are_confirmed(run: Run, place: Path, tmp_path: Path) -> None:
    checker = Path(__file__).resolve().parents[2] / "samples" / "audit" / "check_export.py"
    target = tmp_path / "out" / "ledger.jsonl"
    missing = run("audit", "export", "-o", target, "--json")
    assert (missing.code, missing.json["error"]["code"]) == (2, "not_found")
    target.parent.mkdir()
    told = run("audit", "export", "-o", target, "--with-payloads", "--json").json
    assert told["export"]["payloads"] == 3
    key = told["export"]["ledger_key"]
    (tmp_path / "stdout.jsonl").write_text(run("audit", "export", "--from", "2", "--to", "5").out)
    for path in (target, tmp_path / "stdout.jsonl"):
        done = subprocess.run([sys.executable, checker, path, key], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in target.parent.iterdir()) == ["ledger.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--from", "5", "--to", "3", "-o", "x"), "bad_range"),
        (("--from", "5000", "-o", "x"), "bad_range"),
        (("--since", "soon", "-o", "x"), "no_time"),
        (("--since", "2030-01-01", "-o", "x"), "bad_range"),
        ((), "bad_usage"),
    ],
)
def test_exports_that_cannot_be(
    run: Run, place: Path, arguments: tuple[str, ...], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("audit", "export", *arguments, "--json")
    assert (found.code, found.json["error"]["code"]) == (2, code)
    assert not (tmp_path / "x").exists()


def test_a_reader_that_goes_away_is_no_error_of_the_disk(place: Path) -> None:
    program = "from workbench.cli.main import run; run()"
    writer = subprocess.Popen(
        [sys.executable, "-c", program, "audit", "export", "--with-payloads"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.close()
    assert writer.wait(60) == 141
    assert writer.stderr.read() == b""
    writer.stderr.close()


# ---- redact ----------------------------------------------------------------------------------------------------------


def test_redacting_takes_a_key_and_a_reason(run: Run, place: Path, seqs: list[int]) -> None:
    assert run("audit", "redact", seqs[0]).code == 2  # no reason
    assert run("audit", "redact", seqs[0], "--why", "asked", "--json").json["error"]["code"] == "not_unique"
    assert run("audit", "redact", seqs[0], 1, "--why", "asked", "--as", ANA).code == 2
    assert run("audit", "redact", "x", "--why", "asked", "--as", ANA).code == 2
    refused = run("audit", "redact", seqs[0], "--why", " ", "--as", ANA, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "bad_why")
    assert "lena" in run("audit", "why", seqs[0]).out
    done = run("audit", "redact", seqs[0], seqs[1], "--why", "asked", "--as", ANA)
    assert done.code == 0
    assert f"erased {seqs[0]}, {seqs[1]}: entry" in done.out
    assert "backups, exports and other copies made before still hold it" in done.out
    after = run("audit", "why", seqs[0])
    assert "lena" not in after.out
    assert f"by {ANA}: asked" in after.out
    assert "not replayable: redacted" in after.out
    assert after.code == 0
    again = run("audit", "redact", seqs[0], "--why", "asked", "--as", ANA, "--json").json
    assert (again["events"], again["already"], again["entry"]) == ([], [seqs[0]], 0)
    assert run("audit", "verify").code == 0


# ---- backup and restore ----------------------------------------------------------------------------------------------


def test_back_up_and_restore(
    run: Run, place: Path, tmp_path: Path, seqs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "demo.backup"
    told = run("backup", target)
    assert told.code == 0
    assert "without private keys" in told.out
    assert run("backup", target, "--json").json["error"]["code"] == "exists"
    no_secret = run("backup", tmp_path / "keys.backup", "--with-keys", "--json")
    assert (no_secret.code, no_secret.json["error"]["code"]) == (2, "no_passphrase")
    monkeypatch.setenv("SECRET", "for the journey")
    assert (
        run("backup", tmp_path / "keys.backup", "--with-keys", "--passphrase-env", "SECRET", "--json").json["keys"] > 1
    )
    restored = run("restore", target, tmp_path / "new")
    assert restored.code == 0
    assert "it has no ledger key" in restored.out
    assert run("audit", "why", seqs[0], "-w", tmp_path / "new").out.startswith(f"{seqs[0]}  allow")
    whole = run("restore", tmp_path / "keys.backup", tmp_path / "whole", "--passphrase-env", "SECRET", "--json").json
    assert whole["can_sign"]
    assert run("restore", target, tmp_path / "new", "--json").json["error"]["code"] == "exists"
    nothing = run("restore", tmp_path / "nothing", tmp_path / "other", "--json")
    assert (nothing.code, nothing.json["error"]["code"]) == (2, "not_found")
    (tmp_path / "junk").write_bytes(b"PK\x03\x04junk")
    junk = run("restore", tmp_path / "junk", tmp_path / "other", "--json")
    assert (junk.code, junk.json["error"]["code"]) == (3, "not_a_backup")
    assert not (tmp_path / "other").exists()


def test_a_restore_from_an_older_state_is_said_and_acknowledged(
    run: Run, place: Path, tmp_path: Path, seqs: list[int]
) -> None:
    run("backup", tmp_path / "old.backup")
    assert run("audit", "redact", seqs[0], "--why", "asked", "--as", ANA).code == 0
    assert run("audit", "export", "-o", tmp_path / "x.jsonl").code == 0  # makes a checkpoint
    done = run("restore", tmp_path / "old.backup", place, "--replace")
    assert done.code == 1
    assert "SEALED: a signed checkpoint beside the database covers" in done.out
    assert "at least 1 entry is missing" in done.out
    assert run("audit", "verify").code == 1
    refused = run("audit", "export", "-o", tmp_path / "y.jsonl", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "sealed")
    assert run("acknowledge", "restored", "--why", "the disk failed", "--as", ANA).code == 0
    assert run("audit", "verify").code == 0
    document = json.loads(run("restore", tmp_path / "old.backup", tmp_path / "fresh", "--json").out)
    assert document["gap"] is None
