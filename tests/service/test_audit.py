"""The audit finds what was changed behind the ledger's back, whatever it was, and names the entry."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.conftest import CONTEXT, FACTS, ticket
from workbench.engine.request import Request
from workbench.governance.checkpoints import checkpoint_from_json, checkpoint_to_json, sign_checkpoint
from workbench.governance.ledger import FIRST_PREV, MerkleFrontier, seal
from workbench.governance.merkle import leaf_hash
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.views import Credential, Verification
from workbench.service.workspace import Workspace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NORA = 'Agent::"nora"'


@pytest.fixture(scope="module")
def history(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with decisions, a proposal and a vote on it, and a checkpoint over all of it."""
    place = tmp_path_factory.mktemp("history") / "demo"
    shutil.copytree(template, place)
    clock = FrozenClock()
    with Workspace.open(place, clock=clock) as workspace:
        for number in range(6):
            clock.advance(1)
            action = ("share_external", "delete_ticket", "reply")[number % 3]
            request = Request(NORA, f'Action::"{action}"', f'Ticket::"T-{number}"', CONTEXT)
            workspace.decide(request, credential=Credential(NORA), entities=[ticket(f"T-{number}")], facts=FACTS)
            if number == 2:
                draft = workspace.draft()
                rule = '\n@id("none")\nforbid (principal, action == Action::"delete_ticket", resource);\n'
                workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)
                digest = workspace.propose("none", proposer='Operator::"ana"').version.digest
                workspace.vote(digest, key_path=place / "keys" / "demo-ana", passphrase="demo-only")
        workspace._uses.checkpointing.make()
        assert all(line.ok for line in workspace.verify().lines)
    return place


class Tampering:
    """One copy of the history, and somebody with SQLite and no key."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.raw = sqlite3.connect(place / "workspace.db", isolation_level=None)
        self.size = int(self.one("SELECT size FROM head"))

    def one(self, query: str, *values: Any) -> Any:
        return self.raw.execute(query, values).fetchone()[0]

    def column(self, query: str) -> list[int]:
        return [row[0] for row in self.raw.execute(query)]

    def run(self, statement: str, *values: Any) -> None:
        assert self.raw.execute(statement, values).rowcount != 0

    def entry(self, seq: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.one("SELECT body FROM ledger WHERE seq = ?", seq))
        return found

    def reseal(self, entries: list[dict[str, Any]]) -> None:
        """Write the whole ledger anew, every hash, link, column and the head as they should be for these entries."""
        self.raw.execute("DELETE FROM ledger")
        prev, frontier, micros = FIRST_PREV, MerkleFrontier(), 0
        for seq, entry in enumerate(entries, start=1):
            at = datetime.fromisoformat(entry["at"])
            sealed = seal(seq, entry["kind"], at, prev, entry["body"])
            micros = (at - EPOCH) // timedelta(microseconds=1)
            row = (seq, entry["kind"], micros, sealed.hash, prev, sealed.data)
            self.raw.execute("INSERT INTO ledger (seq, kind, at, hash, prev, body) VALUES (?, ?, ?, ?, ?, ?)", row)
            frontier.append(sealed.hash)
            prev = sealed.hash
        state = json.dumps(frontier.state(), separators=(",", ":")).encode()
        self.run("UPDATE head SET size = ?, hash = ?, frontier = ?, last_at = ?", len(entries), prev, state, micros)

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(body) for (body,) in self.raw.execute("SELECT body FROM ledger ORDER BY seq")]

    def verify(self) -> Verification:
        self.raw.close()
        with Workspace.open(self.place, clock=FrozenClock(datetime(2026, 3, 2, 9, 1, tzinfo=UTC))) as workspace:
            return workspace.audit.verify()


@pytest.fixture
def tampering(history: Path, tmp_path: Path) -> Iterator[Callable[[], Tampering]]:
    made: list[Tampering] = []

    def copy() -> Tampering:
        place = tmp_path / f"copy-{len(made)}"
        shutil.copytree(history, place)
        made.append(Tampering(place))
        return made[-1]

    yield copy
    for each in made:
        each.raw.close()
        shutil.rmtree(each.place, ignore_errors=True)


def broken(result: Verification) -> str:
    """What is wrong, as one text. Fails where nothing is."""
    found = [f"{line.subject}: {line.message}" for line in result.lines if not line.ok]
    assert found
    assert not result.ok
    return "\n".join(found)


def names(text: str, seq: int) -> bool:
    """Whether a message names the entry, alone or in a range."""
    ranges = [(int(a), int(b)) for a, b in re.findall(r"entries (\d+) to (\d+)", text)]
    return re.search(rf"\b{seq}\b", text) is not None or any(a <= seq <= b for a, b in ranges)


# ---- any tampering with any entry ------------------------------------------------------------------------------------


def flip(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    body = bytearray(t.one("SELECT body FROM ledger WHERE seq = ?", seq))
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    t.run("UPDATE ledger SET body = ? WHERE seq = ?", bytes(body), seq)
    return {seq}


def flip_and_rehash(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    flip(t, seq, data)
    t.run("UPDATE ledger SET hash = ? WHERE seq = ?", leaf_hash(t.one("SELECT body FROM ledger WHERE seq=?", seq)), seq)
    return {seq, seq + 1}


def drop(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    t.run("DELETE FROM ledger WHERE seq = ?", seq)
    return {seq}


def cut(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    t.run("DELETE FROM ledger WHERE seq >= ?", seq)
    return {seq}


def swap(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    other = data.draw(st.integers(1, t.size).filter(lambda n: n != seq))
    for statement in (f"= -1 WHERE seq = {seq}", f"= {seq} WHERE seq = {other}", f"= {other} WHERE seq = -1"):
        t.run(f"UPDATE ledger SET seq {statement}")
    return {min(seq, other)}


def insert(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    """A well-made entry between two others, which move up by one."""
    t.run("UPDATE ledger SET seq = -seq - 1 WHERE seq >= ?", seq)
    t.run("UPDATE ledger SET seq = -seq WHERE seq < 0")
    prev = FIRST_PREV if seq == 1 else t.one("SELECT hash FROM ledger WHERE seq = ?", seq - 1)
    at = datetime.fromisoformat(t.entry(seq + 1)["at"])
    forged = seal(seq, "fact", at, prev, {"event": "set", "id": "x"})
    row = (seq, "fact", (at - EPOCH) // timedelta(microseconds=1), forged.hash, prev, forged.data)
    t.run("INSERT INTO ledger (seq, kind, at, hash, prev, body) VALUES (?, ?, ?, ?, ?, ?)", *row)
    return {seq, seq + 1}


def add_behind(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    last = t.entry(t.size)
    prev = t.one("SELECT hash FROM ledger WHERE seq = ?", t.size)
    at = datetime.fromisoformat(last["at"])
    forged = seal(t.size + 1, "fact", at, prev, {"event": "set", "id": "x"})
    row = (t.size + 1, "fact", (at - EPOCH) // timedelta(microseconds=1), forged.hash, prev, forged.data)
    t.run("INSERT INTO ledger (seq, kind, at, hash, prev, body) VALUES (?, ?, ?, ?, ?, ?)", *row)
    return {t.size + 1}


def column(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    name = data.draw(st.sampled_from(["kind", "at", "hash", "prev"]))
    value = {"kind": "'fact'", "at": "at + 1000", "hash": "upper(hash) || 'a'", "prev": "substr(prev, 2) || 'g'"}[name]
    if name == "kind" and t.one("SELECT kind FROM ledger WHERE seq = ?", seq) == "fact":
        value = "'vote'"
    t.run(f"UPDATE ledger SET {name} = {value} WHERE seq = ?", seq)
    return {seq}


def rewrite(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    """One entry says something else, and everything after it is sealed anew: only what was signed can tell."""
    entries = t.entries()
    entries[seq - 1]["body"]["why"] = "rewritten"
    t.reseal(entries)
    return {seq}


def rewrite_shorter(t: Tampering, seq: int, data: st.DataObject) -> set[int]:
    """The end is gone without a trace in the database."""
    t.reseal(t.entries()[: seq - 1])
    for table in ("decisions", "payloads"):
        t.raw.execute(f"DELETE FROM {table} WHERE seq >= ?", (seq,))
    t.raw.execute("DELETE FROM checkpoints WHERE size >= ?", (seq,))
    return {seq}


ACTS = (flip, flip_and_rehash, drop, cut, swap, insert, add_behind, column, rewrite, rewrite_shorter)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_tampering_with_any_entry_is_found_and_the_entry_named(
    tampering: Callable[[], Tampering], act: Callable[[Tampering, int, st.DataObject], set[int]], data: st.DataObject
) -> None:
    t = tampering()
    seq = data.draw(st.integers(2 if act is rewrite_shorter else 1, t.size), label="entry")
    suspects = act(t, seq, data)
    text = broken(t.verify())
    assert any(names(text, suspect) for suspect in suspects), text


@pytest.mark.parametrize(
    "name",
    [
        "principal",
        "action",
        "outcome",
        "code",
        "reasons",
        "happened_at",
        "constitution",
        "schema",
        "request",
        "entities",
        "decision",
    ],
)
def test_a_decision_that_lacks_what_a_decision_has_is_named(tampering: Callable[[], Tampering], name: str) -> None:
    """Renamed within a well-made entry: nothing that is looked up in it may end the audit."""
    t = tampering()
    entries = t.entries()
    seq = next(e["seq"] for e in entries if e["kind"] == "decision")
    body = bytes(t.one("SELECT body FROM ledger WHERE seq = ?", seq))
    changed = body.replace(f'"{name}":'.encode(), f'"{name[:-1]}_":'.encode(), 1)
    assert changed != body
    t.run("UPDATE ledger SET body = ?, hash = ? WHERE seq = ?", changed, leaf_hash(changed), seq)
    text = broken(t.verify())
    assert names(text, seq) or names(text, seq + 1)


def test_an_outcome_that_is_none_is_named(tampering: Callable[[], Tampering]) -> None:
    t = tampering()
    seq = next(e["seq"] for e in t.entries() if e["kind"] == "decision" and e["body"]["outcome"] == "allow")
    body = bytes(t.one("SELECT body FROM ledger WHERE seq = ?", seq)).replace(
        b'"outcome":"allow"', b'"outcome":"alloy"', 1
    )
    t.run("UPDATE ledger SET body = ?, hash = ? WHERE seq = ?", body, leaf_hash(body), seq)
    t.run("UPDATE decisions SET outcome = 'alloy' WHERE seq = ?", seq)
    text = broken(t.verify())
    assert names(text, seq) or names(text, seq + 1)


# ---- what repeats the ledger -----------------------------------------------------------------------------------------

CACHED = {
    "at": "at + 1000",
    "recorded_at": "recorded_at + 1000",
    "agent": "'lotte'",
    "action": "'other'",
    "resource": "'T-9'",
    "outcome": "CASE outcome WHEN 'allow' THEN 'deny' ELSE 'allow' END",
    "code": "'held'",
    "rule": "'another-rule'",
    "violation": "1 - violation",
    "version": "'9.9.9'",
}


@pytest.mark.parametrize("name", CACHED)
def test_every_column_of_the_feed_is_compared(tampering: Callable[[], Tampering], name: str) -> None:
    t = tampering()
    for seq in t.column("SELECT seq FROM decisions")[1::3]:
        t = tampering()
        t.run(f"UPDATE decisions SET {name} = {CACHED[name]} WHERE seq = ?", seq)
        text = broken(t.verify())
        assert re.search(rf"decision {seq}\b", text), text


@pytest.mark.parametrize("name", ["salt", "request", "entities", "decision"])
def test_every_part_of_a_payload_is_compared(tampering: Callable[[], Tampering], name: str) -> None:
    t = tampering()
    seq = t.column("SELECT seq FROM payloads")[3]
    t.run(f"UPDATE payloads SET {name} = CAST({name} || x'20' AS BLOB) WHERE seq = ?", seq)
    assert f"of decision {seq} was changed" in broken(t.verify())


@pytest.mark.parametrize("value", ["'text'", "x'ff'", "CAST(x'ff' AS TEXT)", "7"])
@pytest.mark.parametrize("target", ["ledger.body", "ledger.hash", "payloads.request", "payloads.salt", "head.frontier"])
def test_a_value_of_another_type_is_a_finding_and_no_accident(
    tampering: Callable[[], Tampering], target: str, value: str
) -> None:
    t = tampering()
    table, _, name = target.partition(".")
    seq = last(t)
    t.run(f"UPDATE {table} SET {name} = {value}" + ("" if table == "head" else f" WHERE seq = {seq}"))
    if target == "head.frontier" and value.startswith("CAST"):  # nothing can be opened on such a head
        with pytest.raises(WorkbenchError) as caught:
            t.verify()
        assert caught.value.code == "store_corrupt"
    else:
        assert names(broken(t.verify()), t.size if table == "head" else seq)


def last(t: Tampering) -> int:
    return t.column("SELECT max(seq) FROM decisions")[0]


def row_without_entry(t: Tampering) -> str:
    t.run(
        "INSERT INTO payloads SELECT seq + 1000, salt, request, entities, decision FROM payloads WHERE seq = ?", last(t)
    )
    return f"the payload {last(t) + 1000} has no ledger entry"


def decision_without_entry(t: Tampering) -> str:
    t.raw.execute("CREATE TEMP TABLE d AS SELECT * FROM decisions WHERE seq = (SELECT max(seq) FROM decisions)")
    t.raw.execute("UPDATE d SET seq = seq + 1000")
    t.run("INSERT INTO decisions SELECT * FROM d")
    return f"decision {last(t)} has no ledger entry"


def unlisted(t: Tampering) -> str:
    seq = last(t)
    t.run("DELETE FROM decisions WHERE seq = ?", seq)
    return f"entry {seq} is a decision that the feed does not list"


def payload_removed(t: Tampering) -> str:
    t.run("DELETE FROM payloads WHERE seq = ?", last(t))
    return f"the payload of decision {last(t)} is gone"


def payload_removed_as_if_redacted(t: Tampering) -> str:
    t.run("DELETE FROM payloads WHERE seq = ?", last(t))
    t.run("UPDATE decisions SET resource = '(erased)' WHERE seq = ?", last(t))
    return f"the payload of decision {last(t)} is gone, and no redaction names it"


def payload_under_another_entry(t: Tampering) -> str:
    t.run("UPDATE payloads SET seq = 1 WHERE seq = ?", last(t))
    return "entry 1 is no decision, but has a payload"


def tally(t: Tampering) -> str:
    t.run("UPDATE tallies SET count = count + 1 WHERE name = 'allow'")
    return "running counts"


def vote_dropped(t: Tampering) -> str:
    seq = t.column("SELECT max(seq) FROM ledger WHERE kind = 'vote'")[0]
    t.run("DELETE FROM votes")
    return f"entry {seq}: the vote that it received is gone"


def vote_turned(t: Tampering) -> str:
    seq = t.column("SELECT max(seq) FROM ledger WHERE kind = 'vote'")[0]
    t.run("""UPDATE votes SET vote = replace(vote, '"approve"', '"reject"')""")
    return f"entry {seq}: the vote that it received is gone, or was changed"


def vote_doubled(t: Tampering) -> str:
    t.run(
        "INSERT INTO votes (digest, principal, fingerprint, received_at, vote) SELECT digest, principal, fingerprint,"
        """ received_at, replace(vote, '"approve"', '"reject"') FROM votes"""
    )
    return "is kept that no entry received"


def overlay_slipped_in(t: Tampering) -> str:
    t.run(
        "INSERT INTO overlays (id, kind, state, placed_by, placed_at, statement, detail)"
        " VALUES ('o-1', 'stop', 'in_force', 'x', 0, '{}', '{}')"
    )
    return "`o-1` is listed, and no entry placed it"


def checkpoint_changed(t: Tampering) -> str:
    t.run("UPDATE checkpoints SET root = substr(root, 2) || 'a' WHERE size = (SELECT max(size) FROM checkpoints)")
    return "its row says other than what was signed"


def checkpoint_forged(t: Tampering) -> str:
    t.run("""UPDATE checkpoints SET statement = replace(statement, '"sig": "', '"sig": "A')""")
    return "the checkpoint of"


def head_moved(t: Tampering) -> str:
    t.run("UPDATE head SET last_at = last_at + 60000000")
    return f"entry {t.size}: the head has another time"


def version_added(t: Tampering) -> str:
    t.run(
        "INSERT INTO versions (position, version, digest, effective_at, yaml)"
        " SELECT 1, '1.5.0', 'sha256:0', effective_at, yaml FROM versions"
    )
    return "version 1.5.0 is in the store, but no entry has it come into force"


BESIDES = (
    row_without_entry, decision_without_entry, unlisted, payload_removed, payload_removed_as_if_redacted,
    payload_under_another_entry, tally, vote_dropped, vote_turned, vote_doubled, overlay_slipped_in, checkpoint_changed,
    checkpoint_forged, head_moved, version_added,
)  # fmt: skip


@pytest.mark.parametrize("act", BESIDES, ids=lambda act: act.__name__)
def test_what_stands_beside_the_ledger_is_compared(
    tampering: Callable[[], Tampering], act: Callable[[Tampering], str]
) -> None:
    t = tampering()
    said = act(t)
    text = broken(t.verify())
    assert said in text, text


def test_a_torn_and_a_forged_checkpoint_file_are_named(tampering: Callable[[], Tampering]) -> None:
    t = tampering()
    (t.place / "checkpoints" / "77.json").write_text("{")
    newest = max(t.column("SELECT size FROM checkpoints"))
    path = t.place / "checkpoints" / f"{newest}.json"
    path.write_text(path.read_text().replace('"sig": "', '"sig": "AAAA').replace("==", "", 1))
    text = broken(t.verify())
    assert "checkpoints/77.json: the checkpoint is not JSON" in text


# ---- progress, cancelling, what is in the way ------------------------------------------------------------------------


def test_progress_counts_up_to_the_end(history: Path, tmp_path: Path) -> None:
    place = tmp_path / "copy"
    shutil.copytree(history, place)
    seen: list[tuple[int, int]] = []
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        size = workspace._session.head().size
        assert workspace.audit.verify(lambda done, total: seen.append((done, total))).ok
    assert seen == sorted(seen)
    assert seen[-1] == (size, size)


def test_a_cancelled_audit_says_so_and_is_not_ok(history: Path, tmp_path: Path) -> None:
    place = tmp_path / "copy"
    shutil.copytree(history, place)
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        found = workspace.audit.verify(cancelled=lambda: True)
        assert not found.ok
        assert "stopped after 0 of" in found.message
        assert workspace.audit.verify(cancelled=lambda: False).ok


def test_a_sealed_workspace_does_not_verify(workspace: Workspace, place: Path) -> None:
    raw = sqlite3.connect(place / "workspace.db", isolation_level=None)
    raw.execute("UPDATE head SET sealed = 'restored'")
    raw.close()
    assert "sealed: `restored`" in broken(workspace.audit.verify())


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(by='Operator::"sam"'),
        lambda body: body.update(why="another reason"),
        lambda body: body["statement"].update(why="another reason"),
        lambda body: body["statement"].update(head="0" * 64),
        lambda body: body.update(signature="A" * 86 + "=="),
        lambda body: body.pop("signature"),
    ],
)
def test_a_seal_that_nobody_lifted_is_found(workspace: Workspace, place: Path, change: Callable[[Any], object]) -> None:
    """Somebody clears the seal, and rewrites the ledger's end so that it looks acknowledged."""
    point = checkpoint_from_json(next((place / "checkpoints").glob("*.json")).read_text()).checkpoint
    ahead = sign_checkpoint(workspace._session.ledger_key(), replace(point, size=99))
    (place / "checkpoints" / "99.json").write_text(checkpoint_to_json(ahead))
    workspace.tick()
    using = SignWith(str(place / "keys" / "demo-ana"), workspace.demo_passphrase())
    workspace.acknowledging.acknowledge("restored", why="the disk failed", using=using)
    assert all(line.ok for line in workspace.verify().lines)
    workspace.close()
    shutil.rmtree(place / "checkpoints")
    t = Tampering(place)
    t.raw.execute("DELETE FROM checkpoints")
    entries = t.entries()
    change(entries[-1]["body"])
    t.reseal(entries)
    lines = {line.subject: line for line in t.verify().lines}
    assert lines["ledger"].ok
    assert not lines["acknowledged"].ok
