"""Redaction: what was asked is gone, from the rows and from the file; the ledger verifies and says who and why."""

from __future__ import annotations

import json
import shutil
import sqlite3
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, Ask, ticket
from tests.service.test_amending import key
from tests.service.test_audit import Tampering
from workbench.governance.canonical import canonical_bytes
from workbench.governance.dsse import pae
from workbench.governance.keys import generate_key, parse_public_line
from workbench.governance.redaction import REDACTION_TYPE
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.keys import new_key
from workbench.service.workspace import Workspace
from workbench.store import erasing
from workbench.store.key_holds import StoredHold, keep_hold

SECRET = "lena.unforgettable@example.com"
SAYING = CONTEXT | {"recipient": SECRET}


def using(workspace: Workspace, name: str = "ana") -> SignWith:
    return SignWith(key_path=str(key(workspace, name)), passphrase=workspace.demo_passphrase())


def redact(workspace: Workspace, *events: int, why: str = "asked to be forgotten", **more: Any) -> Any:
    return workspace.audit.redact(events, why=why, using=more.get("using", using(workspace)))


def holding(place: Path, text: str) -> list[str]:
    """Files of the database in which the bytes of ``text`` stand."""
    return sorted(path.name for path in place.glob("workspace.db*") if text.encode() in path.read_bytes())


def test_the_text_is_gone_from_rows_and_files_and_everything_verifies(
    workspace: Workspace, ask: Ask, place: Path
) -> None:
    kept = ask().seq
    events = [
        ask(context=SAYING, entities=[ticket(f"T-{SECRET}")], resource=f'Ticket::"T-{SECRET}"').seq for _ in range(40)
    ]
    assert holding(place, SECRET) != []
    done = redact(workspace, *events)
    assert (done.events, done.already, done.cases, done.overwritten) == (tuple(events), (), 0, True)
    assert holding(place, SECRET) == []
    assert all(line.ok for line in workspace.verify().lines)
    event = workspace.event(events[3])
    assert (event.request, event.entities, event.row.resource) == ({"redacted": True}, (), "(erased)")
    assert (event.row.outcome, event.decision["code"]) == ("allow", "allowed")
    assert workspace.event(kept).request["context"]["recipient"] == CONTEXT["recipient"]


def test_many_small_and_some_large_ones_leave_nothing_behind(workspace: Workspace, ask: Ask, place: Path) -> None:
    """Payloads over several pages, beside others that stay; also what SQLite moved about while the table grew."""
    large = "x" * 9_000 + SECRET
    events = []
    for number in range(30):
        said = ask(context=CONTEXT | {"recipient": large if number % 3 == 0 else f"{number}@example.com"}).seq
        events += [said] if number % 3 == 0 else []
    redact(workspace, *events)
    assert holding(place, SECRET) == []
    assert len(holding(place, "29@example.com")) == 1
    assert all(line.ok for line in workspace.verify().lines)


def test_the_ledger_says_who_and_why_and_an_ordinary_tool_can_check_it(workspace: Workspace, ask: Ask) -> None:
    seq = ask(context=SAYING).seq
    done = redact(workspace, seq)
    (entry,) = workspace.timeline.page(kinds=["redaction"])
    body = entry.body
    assert (entry.seq, body["events"], body["why"]) == (done.entry, [seq], "asked to be forgotten")
    assert (body["principal"], body["role"]) == ('Operator::"ana"', "operator")
    said = {name: body[name] for name in ("events", "why", "principal", "role", "signed_at")} | {
        "swarm_id": "swarm-test"
    }
    (person,) = [k for k in workspace.signing_keys() if k.principal == 'Operator::"ana"']
    public, _ = parse_public_line(Path(person.path + ".pub").read_text().strip())
    assert public.verify(b64decode(body["signature"]), pae(REDACTION_TYPE, canonical_bytes(said)))
    why = workspace.audit.why(seq)
    assert why.erased is not None
    assert (why.erased.entry, why.erased.by, why.erased.why) == (done.entry, 'Operator::"ana"', "asked to be forgotten")
    assert (why.redecision.status, why.redecision.message.split(":")[0]) == ("not_replayable", "redacted")
    assert why.proof.verified


def test_an_export_says_that_it_is_redacted(workspace: Workspace, ask: Ask) -> None:
    seqs = [ask(context=SAYING).seq, ask().seq]
    redact(workspace, seqs[0])
    lines: list[str] = []
    done = workspace.audit.export(lines.append, first=seqs[0], last=seqs[1], with_payloads=True)
    assert (done.payloads, done.redacted) == (1, 1)
    assert json.loads(lines[1])["payload"] is None
    assert SECRET not in "".join(lines)


def test_again_is_harmless_and_adds_no_entry(workspace: Workspace, ask: Ask) -> None:
    first, second = ask().seq, ask().seq
    redact(workspace, first)
    size = workspace._session.head().size
    done = redact(workspace, first)
    assert (done.events, done.already, done.entry, done.overwritten) == ((), (first,), 0, True)
    assert workspace._session.head().size == size
    done = redact(workspace, first, second)
    assert (done.events, done.already) == ((second,), (first,))
    assert all(line.ok for line in workspace.verify().lines)


def test_refused_and_nothing_erased(workspace: Workspace, ask: Ask, tmp_path: Path) -> None:
    seq = ask().seq
    new_key(tmp_path / "stranger", "secret")
    stranger = SignWith(str(tmp_path / "stranger"), "secret")
    ledger = SignWith(str(workspace.location / "ledger.key"), "")
    for code, call in (
        ("no_events", lambda: redact(workspace)),
        ("no_event", lambda: redact(workspace, seq, 1)),
        ("no_event", lambda: redact(workspace, seq, 10**9)),
        ("bad_why", lambda: redact(workspace, seq, why=" ")),
        ("bad_why", lambda: redact(workspace, seq, why="x" * 2001)),
        ("unknown_key", lambda: redact(workspace, seq, using=stranger)),
        ("ledger_votes", lambda: redact(workspace, seq, using=ledger)),
        ("wrong_passphrase", lambda: redact(workspace, seq, using=SignWith(str(key(workspace, "ana")), "no"))),
        ("no_key", lambda: redact(workspace, seq, using=SignWith())),
    ):
        size = workspace._session.head().size
        with pytest.raises(WorkbenchError) as caught:
            call()
        assert caught.value.code == code
        assert workspace._session.head().size == size
    assert workspace.event(seq).request["principal"]


def test_a_suspended_key_redacts_nothing(workspace: Workspace, ask: Ask) -> None:
    seq = ask().seq
    fingerprint = next(k.fingerprint for k in workspace.signing_keys() if k.principal == 'Operator::"ana"')
    with workspace._session.write() as connection:  # two signers' keys alone: `keys suspend` would stop all amendments
        keep_hold(connection, StoredHold(fingerprint, "suspended", "Operator::sam", 0, "{}"))
    with pytest.raises(WorkbenchError) as caught:
        redact(workspace, seq)
    assert caught.value.code == "key_suspended"
    assert "principal" in workspace.event(seq).request


@pytest.mark.parametrize("change", ["events", "why", "principal", "signature", "key"])
def test_a_redaction_that_nobody_signed_is_found(
    workspace: Workspace, ask: Ask, place: Path, change: str, clock: FrozenClock
) -> None:
    """Somebody erases a payload and rewrites the end of the ledger to say that it was redacted."""
    first, second = ask().seq, ask().seq
    redact(workspace, first)
    workspace.close()
    shutil.rmtree(place / "checkpoints")
    t = Tampering(place)
    t.raw.execute("DELETE FROM checkpoints")
    entries = t.entries()
    body = entries[-1]["body"]
    assert body["event"] == "redacted"
    match change:
        case "events":
            body["events"] = [first, second]
            t.raw.execute("DELETE FROM payloads WHERE seq = ?", (second,))
            t.raw.execute("UPDATE decisions SET resource = '(erased)' WHERE seq = ?", (second,))
        case "principal":
            body["principal"] = 'Operator::"sam"'
        case "key":
            body["key"] = generate_key().public.fingerprint
        case "signature":
            body["signature"] = (
                "A" + body["signature"][1:] if body["signature"][0] != "A" else "B" + body["signature"][1:]
            )
        case "why":
            body["why"] = "no reason"
    t.reseal(entries)
    result = t.verify()
    line = next(line for line in result.lines if line.subject == "redactions")
    assert not line.ok
    assert f"entry {len(entries)}" in line.message
    assert next(line for line in result.lines if line.subject == "ledger").ok


def test_where_the_file_cannot_be_written_anew_it_says_so_and_can_be_run_again(
    workspace: Workspace, ask: Ask, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq = ask(context=SAYING).seq
    reader = sqlite3.connect(place / "workspace.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM ledger").fetchone()  # another process that looks at an older state
    whole = erasing.overwrite
    monkeypatch.setattr(erasing, "overwrite", lambda path: whole(path, busy_seconds=0.2))
    done = redact(workspace, seq)
    assert not done.overwritten
    assert "run this again" in done.message
    assert done.events == (seq,)
    reader.close()
    done = redact(workspace, seq)
    assert (done.overwritten, done.already) == (True, (seq,))
    assert holding(place, SECRET) == []
