"""The timeline: every entry that is no decision, once, newest first, in words; and it stays quick among decisions."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.happenings import LONGEST, length, person, sentence, subject, thing
from workbench.service.workspace import Workspace
from workbench.store import timeline as store
from workbench.store.database import Database
from workbench.store.ledger import append, begin, read_head
from workbench.store.tables import ledger

DIGEST = "sha256:" + "ab" * 32
NAMES = {DIGEST: "1.1.0", "sha256:" + "cd" * 32: "1.0.0"}


def listed(workspace: Workspace, **options: object) -> list[str]:
    return [entry.title for entry in workspace.timeline.page(**options)]  # type: ignore[arg-type]


def test_a_new_workspace_tells_how_it_began(workspace: Workspace) -> None:
    said = listed(workspace)
    assert said[-1] == "The swarm swarm-test begins, with version 1.0.0"
    assert "ana approves 1.0.0" in said[-2]
    assert "1.0.0 comes into force" in said


def test_decisions_are_left_out_and_a_walk_by_key_finds_every_other_entry_once(workspace: Workspace, ask) -> None:
    for number in range(12):
        ask()
        workspace.set_fact("budget_remaining", number)
    everything = workspace.timeline.page()
    assert all(entry.kind != "decision" for entry in everything)
    assert sum(entry.kind == "fact" for entry in everything) == 12
    walked, before = [], None
    while page := workspace.timeline.page(before, 5):
        assert len(page) <= 5
        walked += page
        before = page[-1].seq
    assert walked == list(everything)
    assert [entry.seq for entry in everything] == sorted((entry.seq for entry in everything), reverse=True)


def test_what_is_new_is_asked_for_by_the_newest_known_number(workspace: Workspace, ask) -> None:
    high = workspace.timeline.page(limit=1)[0].seq
    assert workspace.timeline.page(after=high) == ()
    ask()
    workspace.set_fact("budget_remaining", 3)
    (new,) = workspace.timeline.page(after=high)
    assert new.title == "budget_remaining is 3"


def test_kinds_and_words_narrow_the_list(workspace: Workspace) -> None:
    workspace.set_fact("budget_remaining", 3, principal='Agent::"nora"')
    assert listed(workspace, kinds=("fact",)) == ["budget_remaining of nora is 3"]
    assert listed(workspace, words="NORA  budget") == ["budget_remaining of nora is 3"]
    assert listed(workspace, words="no such words") == []
    kinds = {entry.kind for entry in workspace.timeline.page(words="GENESIS")}
    assert kinds == {"genesis"}, "the word in front of the sentence is looked at, too"
    assert listed(workspace, kinds=("no such kind",)) == []


def test_words_are_looked_for_beyond_the_first_entries(workspace: Workspace) -> None:
    with workspace._session.write() as connection:
        head = read_head(connection)
        for number in range(1200):
            append(connection, head, kind="fact", at=0, body={"attribute": f"a{number}", "principal": "", "value": "1"})
    assert listed(workspace, words="swarm-test begins") == ["The swarm swarm-test begins, with version 1.0.0"]
    assert workspace.timeline.page(words="begins", cancelled=lambda: True) == (), "a search can be given up"
    assert len(workspace.timeline.page(limit=5000)) == 1000, "a page has its most"


def test_an_entry_carries_its_hash_and_the_one_before(workspace: Workspace) -> None:
    second = workspace.timeline.entry(2)
    assert second.prev == workspace.timeline.entry(1).hash
    assert second.subject == workspace.version().digest
    assert second.body["verdict"] == "approve"


@pytest.mark.parametrize("seq", [0, -1, 10_000, 2**70])
def test_an_entry_that_is_not_there_is_refused(workspace: Workspace, seq: int) -> None:
    with pytest.raises(WorkbenchError) as refused:
        workspace.timeline.entry(seq)
    assert refused.value.code == "no_entry"


def test_a_damaged_entry_is_still_listed(workspace: Workspace) -> None:
    with workspace._session.write() as connection:
        connection.execute(text("UPDATE ledger SET body = :b WHERE seq = 2"), {"b": b'{"body": [1'})
        connection.execute(text("UPDATE ledger SET body = :b WHERE seq = 3"), {"b": b'{"body": 7}'})
    assert workspace.timeline.entry(2).body == {"damaged": '{"body": [1'}
    assert workspace.timeline.entry(3).title
    assert len(workspace.timeline.page()) >= 4


RULE = """
@id("no-email-outside")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""


def test_every_rule_says_since_when_it_stands_so(workspace: Workspace, clock: FrozenClock) -> None:
    before = {origin.rule.id for origin in workspace.timeline.origins("1.0.0")}
    for version, rule in (("1.1.0", RULE), ("1.2.0", RULE.replace('"email"', '"phone"'))):
        draft = workspace.reset_draft()
        text = draft.cedar_plus.replace(RULE, "") + rule
        workspace.save_draft(cedar_plus=text, revision=draft.revision)
        proposed = workspace.propose("no addresses outside", proposer='Operator::"ana"')
        for name in ("ana", "sam"):
            path = workspace.location / "keys" / f"demo-{name}"
            workspace.vote(proposed.version.digest, key_path=path, passphrase=workspace.demo_passphrase())
        clock.advance(11)
        assert workspace.tick()
        origins = {origin.rule.id: origin.since for origin in workspace.timeline.origins(version)}
        assert origins.pop("no-email-outside") == version, "a rule that means something else is another rule"
        assert origins == dict.fromkeys(before, "1.0.0")
    assert "no-email-outside" not in {origin.rule.id for origin in workspace.timeline.origins("1.0.0")}
    with pytest.raises(WorkbenchError) as refused:
        workspace.timeline.origins("9.9.9")
    assert refused.value.code == "no_version"


def test_among_many_decisions_a_page_costs_what_it_costs_among_few(tmp_path: Path) -> None:
    """Fails where the index over the other kinds is not used: then every decision is read."""

    def filled(name: str, decisions: int) -> Database:
        database = Database.open(tmp_path / name, create=True)
        with database.write() as connection:
            begin(connection)
            row = {"kind": "decision", "at": 0, "hash": "h" * 64, "prev": "p" * 64, "body": b"x" * 600}
            connection.execute(ledger.insert(), [{"seq": 1, **row, "kind": "fact", "body": b'{"body":{}}'}])
            connection.execute(ledger.insert(), [{"seq": seq, **row} for seq in range(2, decisions + 2)])
        return database

    def cost(database: Database) -> float:
        best = 1.0
        with database.read() as connection:
            for kinds in ((), ("activation",)):
                for _ in range(20):
                    start = time.perf_counter()
                    found = store.happenings(connection, after=0, before=None, limit=200, kinds=kinds)
                    best = min(best, time.perf_counter() - start)
                    assert len(found) == (0 if kinds else 1)
        return best

    few, many = filled("few.db", 10), filled("many.db", 40_000)
    assert cost(many) < 5 * cost(few)
    for database in (few, many):
        with database.read() as connection:
            plan = connection.execute(
                text("EXPLAIN QUERY PLAN SELECT seq FROM ledger WHERE kind <> 'decision' AND seq < 9 ORDER BY seq DESC")
            ).all()
        assert "ix_ledger_happenings" in str(plan)
        database.close()


# ---- the sentences -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("vote", {"principal": 'Operator::"ana"', "proposal": DIGEST, "verdict": "approve"}, "ana approves 1.1.0"),
        (
            "vote",
            {"principal": 'Operator::"sam"', "proposal": DIGEST, "verdict": "reject", "role": "supervisor"},
            "sam rejects 1.1.0 as supervisor",
        ),
        ("vote", {"principal": 'Operator::"sam"', "proposal": "sha256:" + "12" * 32, "verdict": "approve"},
         "sam approves 121212121212"),
        (
            "proposal",
            {"proposal": DIGEST, "version": "1.1.0", "parent": "sha256:" + "cd" * 32, "class": "major",
             "proposed_by": 'Operator::"ana"'},
            "ana proposes 1.1.0, a major amendment of 1.0.0",
        ),
        ("state", {"proposal": DIGEST, "version": "1.1.0", "state": "approved"},
         "1.1.0 has its quorum; the timelock runs"),
        ("activation", {"version": "1.1.0", "digest": DIGEST, "previous_head": "sha256:" + "cd" * 32},
         "1.1.0 comes into force after 1.0.0"),
        ("directory", {"loaded": ['Agent::"a"', 'Agent::"b"', 'Agent::"c"', 'Agent::"d"', 'Agent::"e"'], "removed": []},
         "The directory learns of a, b, c and 2 more"),
        ("directory", {"loaded": [], "removed": ['Agent::"a"']}, "The directory forgets a"),
        ("checkpoint", {"size": 12345}, "The ledger key signs the ledger at 12,345 entries"),
        ("redaction", {"events": [4, 5], "by": 'Operator::"ana"', "why": "asked by the customer"},
         "ana erases what 2 decisions said: asked by the customer"),
        ("something_new", {"event": "begun", "id": "x-1"}, "Something new begun: x-1"),
        ("something_new", {}, "Something new"),
    ],
)  # fmt: skip
def test_sentences(kind: str, body: dict[str, object], said: str) -> None:
    assert sentence(kind, body, NAMES) == said


TEXT = st.text('aZ9 :"\\\n\x1b\u202e[]{}é', max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.sampled_from(["opened", "stop", DIGEST]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = "event id what why by kind verdict principal proposal version state loaded removed size events case seconds"


KINDS = "genesis proposal vote state activation directory fact overlay case case_vote grant credential key checkpoint"
KINDS += " clock redaction sealed acknowledged shadow notice_channel decision unheard_of"


@given(
    st.sampled_from(KINDS.split()),
    st.dictionaries(st.sampled_from(FIELDS.split()), JSON, max_size=6),
)
def test_whatever_a_body_holds_there_is_a_short_sentence_on_one_line(kind: str, body: dict[str, object]) -> None:
    said = sentence(kind, body, NAMES)
    assert 0 < len(said) <= LONGEST
    assert "\n" not in said
    assert isinstance(subject(body), str)


@given(TEXT)
def test_people_and_things_are_called_by_their_names(name: str) -> None:
    uid = f"Agent::{json.dumps(name, ensure_ascii=False)}" if "\\" not in json.dumps(name, ensure_ascii=False) else None
    if uid:
        assert person(uid) == name
        assert thing(uid) == f"Agent {name}"
    assert person("") == "someone"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(14_400, "4 h"), (5_400, "90 min"), (172_800, "2 d"), (61, "61 s"), (0, ""), (-5, ""), (True, ""), ("4", "")],
)
def test_lengths(seconds: object, said: str) -> None:
    assert length(seconds) == said


def test_by_a_moment_is_the_last_entry_written_then_decision_or_not(
    workspace: Workspace, ask, clock: FrozenClock
) -> None:
    began = clock.now()
    times = {}
    for number in range(9):
        clock.advance(10)
        last = ask().seq if number % 2 else None
        if last is None:
            workspace.set_fact("budget_remaining", number)
            last = workspace.timeline.page(limit=1)[0].seq
        times[last] = clock.now()
    for seq, at in times.items():
        assert workspace.timeline.last_by(at) == seq
        assert workspace.timeline.last_by(at + timedelta(seconds=9)) == seq
        assert workspace.timeline.entry(workspace.timeline.last_by(at - timedelta(microseconds=1))).at < at
        decided = [each for each in workspace.event_ids() if each <= seq]
        assert workspace.timeline.decision_by(seq) == (decided[-1] if decided else 0)
    assert workspace.timeline.last_by(began - timedelta(days=900)) == 0
    assert workspace.timeline.last_by(clock.now() + timedelta(days=900)) == max(times)
    assert workspace.timeline.decision_by(0) == 0
    assert workspace.timeline.decision_by(2**70) == list(workspace.event_ids())[-1]
