"""``workbench cases``: seen, approved and rejected from a shell; whatever is mistyped is told and loses nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Run
from workbench.engine.request import Request
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

VIKTOR, CAMILLE = 'Agent::"viktor"', 'Agent::"camille"'


@pytest.fixture(scope="session")
def _held_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("held")
    with pytest.MonkeyPatch.context() as patch:  # undone before it is handed out: other tests of the session come after
        patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
        Workspace.create(folder / "demo", profile="demo").close()
    return folder


@pytest.fixture
def place(_held_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo workspace of its own, which is the default one here."""
    copy = tmp_path / "demo"
    shutil.copytree(_held_made / "demo", copy)
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(copy))
    return copy


def refund(place: Path, amount: int, recipient: str = "lena@example.com") -> tuple[str, tuple[str, ...]]:
    """Jonas asks for a refund; the outcome and its cases."""
    context = {
        "amount": amount,
        "currency": "EUR",
        "recipient": recipient,
        "estimated_cost": 3,
        "customer_consented": False,
        "approvals": 0,
        "verified_identity": True,
        "hour": 9,
        "weekday": "monday",
    }
    facts = {"refunds_today": 0, "messages_last_hour": 0, "budget_remaining": 2500, "hour": 9, "weekday": "monday"}
    ticket: dict[str, Any] = {
        "owner": {"__entity": {"type": "Agent", "id": "nora"}},
        "category": "billing",
        "priority": "normal",
        "tags": [],
        "scope": "internal",
        "customer_tier": "plus",
        "region": "de",
        "status": "open",
    }
    own = {name: value for name, value in context.items() if name not in facts}
    with Workspace.open(place) as workspace:
        recorded = workspace.decide(
            Request('Agent::"jonas"', 'Action::"issue_refund"', 'Ticket::"T-1"', own),
            credential=Credential('Agent::"jonas"'),
            entities=[{"uid": {"type": "Ticket", "id": "T-1"}, "attrs": ticket, "parents": []}],
            facts=facts,
        )
    return recorded.decision.outcome, recorded.cases


def test_from_a_held_refund_to_an_allowed_one(place: Path, run: Run) -> None:
    outcome, (id,) = refund(place, 800)
    assert outcome == "hold"
    listed = run("cases", "list")
    assert listed.code == 0
    assert id in listed.out
    assert "0 of 1" in listed.out
    shown = run("cases", "show", id[:6])
    assert "amount: 800" in shown.out
    assert f"open    supervisor: may be filled by {VIKTOR}" in shown.out
    approved = run("cases", "approve", id[:6], "-m", "called the customer")  # the one key here that may
    assert approved.code == 0, approved.err
    assert f"filled  supervisor: {VIKTOR}" in approved.out
    assert "called the customer" in approved.out
    assert "may be used once" in approved.out
    assert refund(place, 800) == ("allow", (id,))
    assert run("cases", "list").out == "no open cases; `--all` shows the others\n"
    assert run("cases", "list", "--all", "--json").json["cases"][0]["state"] == "used"


def test_one_reject_denies(place: Path, run: Run) -> None:
    _, (id,) = refund(place, 900)
    rejected = run("cases", "reject", id, "--as", VIKTOR, "--json")
    assert rejected.code == 0
    assert (rejected.json["state"], rejected.json["reason"]) == ("denied", f"rejected by `{VIKTOR}`")
    again = run("cases", "approve", id, "--as", VIKTOR)
    assert again.code == 1
    assert "the case is denied" in again.err


def test_a_token_answers_as_well_as_a_key(place: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (id,) = refund(place, 800)
    with Workspace.open(place) as workspace:
        token = workspace.credentials.new_token(VIKTOR, "phone")[1]
    monkeypatch.setenv("MINE", token + "\n")
    answered = run("cases", "approve", id, "--token-env", "MINE")
    assert answered.code == 0, answered.err
    assert "granted" in answered.out
    assert token not in answered.out + answered.err


def test_two_kinds_of_approval_wait_side_by_side(place: Path, run: Run) -> None:
    _, cases = refund(place, 3_000)
    shown = [run("cases", "show", id).out for id in cases]
    assert "open    supervisor" in shown[0]
    assert shown[1].count("open    lead") == 2
    undecided = run("cases", "approve", cases[1])
    assert (undecided.code, "2 keys may answer: " in undecided.err) == (2, True)
    assert undecided.err.count('`Agent::"') == 2  # each with whose it is and where
    half = run("cases", "approve", cases[1], "--as", CAMILLE)
    assert half.code == 0
    assert half.out.count("open    lead") == 1


def told(outcome: Outcome, code: int, *words: str) -> None:
    assert outcome.code == code, outcome
    assert outcome.err.startswith("error: "), outcome.err
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err, outcome.err


@pytest.mark.parametrize("id", ["nope", "", "%", "../..", "\x1b[31m", "0" * 400])
def test_a_case_that_is_not_there(place: Path, run: Run, id: str) -> None:
    refund(place, 800)
    for command in ("show", "approve", "reject"):
        outcome = run("cases", command, id)
        told(outcome, 2, "no such case", "`workbench cases list`")
        assert "\x1b" not in outcome.err
    assert run("cases", "show", id, "--json").json["error"]["code"] == "no_case"


def test_options_that_say_two_things(place: Path, run: Run) -> None:
    _, (id,) = refund(place, 800)
    key = place / "keys" / "demo-viktor"
    told(run("cases", "approve", id, "--key", key, "--agent", "any"), 2, "--key and --agent are both given")
    told(run("cases", "approve", id, "--key", key, "--token-env", "T"), 2, "both given")
    told(run("cases", "approve", id, "--key", key, "--as", VIKTOR), 2, "`--as` chooses among the keys here")
    told(run("cases", "approve", id, "--agent", "any", "--passphrase-env", "P"), 2, "`--agent` takes none")
    assert run("cases", "show", id, "--json").json["votes"] == []


def test_means_that_prove_nobody(place: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (id,) = refund(place, 800)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    told(run("cases", "approve", id, "--key", tmp_path / "none"), 2, "no such key file")
    told(run("cases", "approve", id, "--key", place / "ledger.key"), 1, "belongs to no principal of the directory")
    told(run("cases", "approve", id, "--key", place / "keys" / "demo-ana"), 1, "belongs to no principal")
    told(
        run("cases", "approve", id, "--key", place / "keys" / "demo-camille"),
        1,
        "is nobody whom `refund_above_500` asks",
    )
    told(run("cases", "approve", id, "--agent", "any"), 1, "ssh-agent")
    told(run("cases", "approve", id, "--token-env", "NOWHERE"), 2, "no variable `NOWHERE`")
    told(run("cases", "approve", id, "--as", "Agent::nobody"), 2, "no key here of `Agent::nobody`")
    monkeypatch.setenv("WRONG", "hunter2-not-it")
    wrong = run("cases", "approve", id, "--as", VIKTOR, "--passphrase-env", "WRONG")
    told(wrong, 1, "passphrase")
    assert "hunter2" not in wrong.err
    monkeypatch.setenv("T", "hunter2-no-token")
    bad = run("cases", "approve", id, "--token-env", "T")
    told(bad, 1, "has not the form of a token")
    assert "hunter2" not in bad.err
    assert run("cases", "show", id, "--json").json["votes"] == []


def test_what_an_agent_wrote_is_shown_and_never_obeyed(place: Path, run: Run) -> None:
    _, (id,) = refund(place, 800, recipient="\x1b]0;owned\x07\u202elena\nopen    supervisor")
    for outcome in (run("cases", "show", id), run("cases", "list"), run("cases", "show", id, "--json")):
        assert outcome.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(outcome.out)
    assert run("cases", "show", id).out.count("\n  open    supervisor") == 1


def test_an_empty_list_says_so(place: Path, run: Run) -> None:
    assert run("cases", "list").out.startswith("no open cases")
    assert run("cases", "list", "--all").out == "no cases\n"
    assert run("cases", "list", "--json").json == {"cases": []}
    assert run("cases", "list", "--limit", "0").code == 2


def test_a_case_that_was_changed_in_the_database_is_listed_as_such_and_nobody_votes(place: Path, run: Run) -> None:
    _, (id, *_) = refund(place, 900)
    with closing(sqlite3.connect(place / "workspace.db")) as raw, raw:
        assert raw.execute("UPDATE cases SET detail = '{' WHERE id = ?", (id,)).rowcount == 1
    assert "changed in the store" in run("cases", "list").out
    told(run("cases", "show", id), 1, "a case is damaged", id)
    told(run("cases", "approve", id), 1, "a case is damaged", id)
