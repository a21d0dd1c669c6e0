"""The audit on both kinds of database: verified, explained, exported, erased, sealed, and found out where tampered."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.service.conftest import CONTEXT, Ask
from tests.service.test_amending import key
from workbench.governance.checkpoints import checkpoint_from_json, checkpoint_to_json, sign_checkpoint
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.workspace import Workspace
from workbench.store import checkpoints as store


def broken(workspace: Workspace) -> str:
    return "\n".join(f"{line.subject}: {line.message}" for line in workspace.verify().lines if not line.ok)


def tamper(workspace: Workspace, statement: str) -> None:
    with workspace._session.database.write() as connection:
        assert connection.execute(text(statement)).rowcount == 1


def test_a_ledger_of_some_length_verifies_and_every_tampering_is_found(workspace: Workspace, ask: Ask) -> None:
    seqs = [ask().seq for _ in range(5)]
    workspace._uses.checkpointing.make()
    assert broken(workspace) == ""
    tamper(workspace, f"UPDATE decisions SET outcome = 'deny' WHERE seq = {seqs[1]}")
    assert f"the outcome of decision {seqs[1]}" in broken(workspace)
    tamper(workspace, f"UPDATE ledger SET kind = 'vote' WHERE seq = {seqs[2]}")
    assert f"entry {seqs[2]}: its columns" in broken(workspace)
    tamper(workspace, f"DELETE FROM ledger WHERE seq = {seqs[0]}")
    assert f"entry {seqs[0]} is missing" in broken(workspace)


def test_why_export_and_redaction(workspace: Workspace, ask: Ask, kind: str) -> None:
    first, second = ask(context=CONTEXT | {"recipient": "lena@example.com"}).seq, ask().seq
    why = workspace.audit.why(first)
    assert (why.redecision.status, why.proof.verified) == ("equal", True)
    ana = SignWith(str(key(workspace, "ana")), workspace.demo_passphrase())
    done = workspace.audit.redact([first], why="asked", using=ana)
    assert (done.events, done.overwritten) == ((first,), kind == "sqlite")
    assert kind == "sqlite" or "VACUUM FULL" in done.message
    lines: list[str] = []
    workspace.audit.export(lines.append, first=first, last=second, with_payloads=True)
    assert [json.loads(line).get("payload") is None for line in lines[1:]] == [True, False]
    assert workspace.audit.why(first).redecision.status == "not_replayable"
    assert broken(workspace) == ""


def test_a_checkpoint_beside_it_that_knows_more_seals_it(workspace: Workspace) -> None:
    with workspace._session.read() as connection:
        newest = store.newest(connection)
    assert newest is not None
    point = checkpoint_from_json(newest.statement).checkpoint
    ahead = sign_checkpoint(workspace._session.ledger_key(), replace(point, size=99))
    (workspace.location / "checkpoints" / "99.json").write_text(checkpoint_to_json(ahead))
    workspace.tick()
    assert workspace._session.head().sealed == "restored"


def test_a_backup_is_one_file_or_says_what_to_use_instead(workspace: Workspace, kind: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.backup"
    if kind == "sqlite":
        assert workspace.backups.make(target).size == workspace._session.head().size
        return
    with pytest.raises(WorkbenchError) as caught:
        workspace.backups.make(target)
    assert caught.value.code == "on_a_server"
    assert not target.exists()
    shutil.rmtree(workspace.location / "checkpoints")
    workspace._uses.checkpointing.make()
