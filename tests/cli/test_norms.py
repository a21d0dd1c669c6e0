"""``norm`` at the command line: in one line, by any of its names, and on a norms.db; with what people get wrong."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from workbench.norms import Norm
from workbench.service.workspace import Workspace

PEACE = Norm("peace", "No fights", "temple", "attack steal")
ADD = ("norm", "add", "peace", "No fights", "temple", "attack steal")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One game for the module; each test takes norms of its own."""
    place = tmp_path_factory.mktemp("norms") / "game"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "WORKBENCH_CONFIG", "XDG_DATA_HOME"):
            patch.setenv(name, str(place.parent / "home"))
        Workspace.create(place, sample="world-norms", profile="unsigned", swarm_id="swarm-cli-norms").close()
    return place


@pytest.fixture(scope="module")
def desk(world: Path) -> Path:
    """A swarm that is no world."""
    place = world.parent / "desk"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "WORKBENCH_CONFIG", "XDG_DATA_HOME"):
            patch.setenv(name, str(place.parent / "home"))
        Workspace.create(place, sample="support-swarm", profile="unsigned", swarm_id="swarm-cli-norms-desk").close()
    return place


def test_a_norm_in_one_line_and_its_whole_life(run: Run, world: Path) -> None:
    where = ("--workspace", world)
    added = run(*ADD, "--severity", "high", "--priority", "3", "--why", "fights", *where)
    assert (added.code, added.out.splitlines()[0]) == (0, f"Added norm: peace (id={PEACE.id})")
    assert "UNSIGNED" in added.out
    again = run(*ADD, "--severity", "high", "--priority", "3", *where)
    assert (again.code, "in force already" in again.out) == (0, True)
    other = run(*ADD, *where)
    assert (other.code, "--replace" in other.err) == (1, True)
    replaced = run(*ADD, "--scope", "red hand", "--replace", "--json", *where).json
    assert replaced["norm"]["scope"] == "Red Hand"
    assert [gone["severity"] for gone in replaced["replaced"]] == ["high"]
    listed = run("norm", "list", *where).out
    assert PEACE.id in listed
    assert "Red Hand" in listed
    assert run("norm", "repeal", "peac", "--why", "over", *where).out.startswith(f"repealed  {PEACE.id}: peace")
    late = run("norm", "repeal", "peace", *where)
    assert (late.code, "already" in late.err) == (1, True)
    told = run("norm", "revisions", "--json", *where).json["revisions"]
    assert [each["change"] for each in told if each["name"] == "peace"] == ["repeal", "repeal", "add", "add"]
    assert told[0]["reason"] == "over"
    forms = run("norm", "history", "peace", "--json", *where).json["versions"]
    assert [(form["version"], form["norm"]["state"]) for form in forms] == [(2, "repealed"), (1, "repealed")]
    text = run("norm", "history", PEACE.id[:6], *where).out
    assert "new    scope, priority, severity" in text
    assert "fights" in text
    assert PEACE.id in run("norm", "list", "--all", *where).out


def test_the_feed_tells_how_grave_a_violation_is(run: Run, world: Path) -> None:
    where = ("--workspace", world)
    for name, severity in (("mild", "info"), ("dire", "critical")):
        run("norm", "add", name, "", f"{name}-place", "burn", "--severity", severity, *where)
        assert run("norm", "check", "edda", "burn", f"{name}-place", *where).code == 1
    lines = run("watch", "--violations", "--no-follow", *where).out.splitlines()
    ids = [Norm(n, "", f"{n}-place", "burn").id for n in ("mild", "dire")]
    mild, dire = (next(line for line in lines if id in line) for id in ids)
    assert mild.endswith(f"{ids[0]} (mild)"), "a norm's name stands beside its id"
    assert dire.endswith(f"{ids[1]} (dire)  critical")
    told = [json.loads(line) for line in run("watch", "--no-follow", "--json", *where).out.splitlines()]
    assert [row["severity"] for row in told if row["rule"] in ids] == ["info", "critical"]


def test_violations_are_listed_as_a_filter_wants_them(run: Run, world: Path, tmp_path: Path) -> None:
    where = ("--workspace", world)
    for name in ("hall", "yard", "yard"):
        run("norm", "add", name, "", f"{name}-filtered", "sing", *where)
        for who in ("nell", "odo"):
            run("norm", "check", who, "sing", f"{name}-filtered", *where)

    def listed(*more: str) -> list[tuple[str, str]]:
        found = run("violations", "--json", *more, *where).json["violations"]
        return [(each["agent_id"], each["norm_name"]) for each in found]

    assert listed("--filter", "agent:nell rule:yard") == [("nell", "yard")] * 2
    assert listed("--filter", "agent:nell rule:hall,yard") == [("nell", "yard"), ("nell", "yard"), ("nell", "hall")]
    assert listed("--filter", "agent:nell rule:hall,yard", "--limit", "1") == [("nell", "yard")]
    assert listed("--filter", "rule:hall", "--at-least", "critical") == []
    assert listed("--filter", "agent:nell outcome:allow") == []
    assert len(listed()) > 6, "without one it lists all"
    wrong = run("violations", "--filter", "colour:red", *where)
    assert (wrong.code, "at character 1 of `--filter`" in wrong.err) == (2, True)
    of_file = run("violations", "--filter", "agent:nell", "--db", tmp_path / "norms.db")
    assert (of_file.code, "leave --db or --filter out" in of_file.err) == (2, True)


def test_a_norm_written_into_the_draft_needs_no_key_and_does_not_act(run: Run, world: Path) -> None:
    where = ("--workspace", world)
    drafted = run("norm", "add", "later", "", "market", "shout", "--draft", *where)
    assert (drafted.code, drafted.out.startswith("written into the draft")) == (0, True)
    with Workspace.open(world) as workspace:
        assert '@norm("later")' in workspace.draft().cedar_plus
        assert all(view.name != "later" for view in workspace.norms.list())
    run("norm", "add", "sooner", "", "market", "sing", *where)
    promoted = run("norm", "promote", "sooner", *where)
    assert (promoted.code, "revision" in promoted.out) == (0, True)
    with Workspace.open(world) as workspace:
        assert '@norm("sooner")' in workspace.draft().cedar_plus


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "n", "", "x"), 2, "four parts"),
        (("add", "n", "", "", ""), 3, "prohibits nothing"),
        (("add", "", "", "", "x"), 3, "no name"),
        (("add", "n", "", "", "x", "--scope", ""), 3, "the scope is empty"),
        (("add", "n", "", "", "x", "--severity", "bad"), 2, "severity"),
        (("add", "n", "", "", "x", "--priority", "high"), 2, "priority"),
        (("add", "n", "", "", "x", "--priority", "99999999999"), 3, "out of bounds"),
        (("add", "n", "d" * 5000, "", "x"), 3, "more than 4000"),
        (("add", "Nobody may act.", "--severity", "high"), 2, "--severity"),
        (("add", "Nobody may act.", "--db", "x.db"), 2, "--db"),
        (("repeal", "zzzz"), 2, "zzzz"),
        (("repeal", "act"), 1, "is an amendment"),
        (("history", "zzzz"), 2, "zzzz"),
        (("promote", "zzzz"), 2, "zzzz"),
        (("revisions", "--limit", "0"), 2, "limit"),
    ],
)
def test_what_people_get_wrong(run: Run, world: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    found = run("norm", *arguments, "--workspace", world)
    assert (found.code, found.out) == (code, "")
    assert said in found.err.replace("\n", " ")


def test_what_is_hostile_in_a_name_does_not_reach_the_screen(run: Run, world: Path) -> None:
    run("norm", "add", "[red]evil\x1b[31m\u202e", "", "x", "y", "--workspace", world)
    shown = run("norm", "list", "--workspace", world).out
    assert "[red]evil" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


# ---- on a norms.db ---------------------------------------------------------------------------------------------------


def rows(db: Path, query: str) -> list[Any]:
    with sqlite3.connect(db) as connection:
        return connection.execute(query).fetchall()


def test_a_norms_db_is_made_and_kept_as_the_original_keeps_it(run: Run, tmp_path: Path) -> None:
    db = tmp_path / ".normsync" / "norms.db"
    assert run(*ADD, "--db", db, "--scope", "reds", "--priority", "2").out == f"Added norm: peace (id={PEACE.id})\n"
    assert rows(db, "SELECT * FROM norms") == [(PEACE.id, "peace", "No fights", "temple", "attack steal", "reds", 1, 2)]
    assert rows(db, "SELECT norm_id, revision_type, reason FROM revisions") == [(PEACE.id, "add", "norm added via CLI")]
    noted = run("norm", "add", "peace", "", "market", "attack", "--db", db, "--replace")
    assert f"Repealed norm: peace (id={PEACE.id})" in noted.out
    (left,) = run("norm", "list", "--db", db, "--json").json["norms"]
    assert (left["condition"], left["active"]) == ("market", True)
    assert len(run("norm", "list", "--all", "--db", db, "--json").json["norms"]) == 2
    assert run("norm", "check", "a", "attack", "market", "--db", db).code == 1
    gone = run("norm", "repeal", "peace", "--db", db, "--why", "enough", "--json").json
    assert (gone["id"], gone["active"]) == (left["id"], False)
    assert run("norm", "check", "a", "attack", "market", "--db", db).code == 0
    told = run("norm", "revisions", "--db", db, "--json").json["revisions"]
    assert [each["revision_type"] for each in told] == ["repeal", "repeal", "add", "add"]
    assert told[0]["reason"] == "enough"
    forms = run("norm", "history", "peace", "--db", db, "--json").json["versions"]
    assert [form["version"] for form in forms] == [4, 3, 2, 1]
    for command in (("list", "--all"), ("revisions",), ("history", "peace")):
        assert "peace" in run("norm", *command, "--db", db).out or PEACE.id[:8] in run("norm", *command, "--db", db).out


def test_an_original_file_is_added_to_and_nothing_in_it_is_lost(run: Run, tmp_path: Path) -> None:
    import gzip

    data = Path(__file__).resolve().parents[1] / "compat" / "data" / "normsync_original.db.gz"
    db = tmp_path / "norms.db"
    db.write_bytes(gzip.decompress(data.read_bytes()))
    kept = {table: rows(db, f"SELECT * FROM {table}") for table in ("norms", "violations", "revisions")}
    assert run(*ADD, "--db", db).code == 0
    for table, before in kept.items():
        assert set(before) <= set(rows(db, f"SELECT * FROM {table}"))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("list",), 2, "No database found"),
        (("repeal", "peace"), 2, "No database found"),
        (("revisions",), 2, "No database found"),
        (("history", "peace"), 2, "No database found"),
    ],
)
def test_a_missing_norms_db_is_not_made_by_looking(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    db = tmp_path / "none.db"
    found = run("norm", *arguments, "--db", db)
    assert (found.code, said in found.err) == (code, True)
    assert not db.exists()


def test_a_file_that_is_no_norms_db_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("mine")
    for command in (ADD, ("norm", "repeal", "peace"), ("norm", "list")):
        assert run(*command, "--db", text).code == 3
    assert text.read_text() == "mine"
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    assert run(*ADD, "--db", other).code == 3
    assert rows(other, "SELECT name FROM sqlite_master") == [("mine",)]
    for option in (("--draft",), ("--severity", "high")):
        assert run(*ADD, "--db", tmp_path / "new.db", *option).code == 2
    assert not (tmp_path / "new.db").exists()


def test_errors_are_json_where_json_was_asked_for(run: Run, world: Path) -> None:
    found = run("norm", "repeal", "zzzz", "--json", "--workspace", world)
    assert json.loads(found.out)["error"]["code"] == "no_norm"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "n", "d", "amount > 900", "issue_refund"), "condition_form"),
        (("add", "n", "d", 'amount == "900"', "issue_refund"), "not_a_value"),
        (("add", "n", "d", "", "issue_refnd"), "no_such_action"),
        (("add", "n", "d", "amout == 900", "issue_refund"), "no_such_attribute"),
        (("add", "n", "d", "", "issue_refund", "--scope", 'Ticket::"t"'), "no_such_scope"),
        (("add", "n", "d", "", ""), "nothing_prohibited"),
        (("add", "n", "d", "", "issue_refnd", "--draft"), "no_such_action"),
    ],
)
def test_whatever_is_wrong_with_a_norm_is_refused_input(
    run: Run, desk: Path, arguments: tuple[str, ...], code: str
) -> None:
    told = run("norm", *arguments, "--json", "--workspace", desk)
    assert (told.json["error"]["code"], told.code) == (code, 3)


def test_an_action_that_cannot_be_judged_is_no_violation(run: Run, world: Path) -> None:
    """1 says that a norm forbids it, and a script would believe that."""
    for arguments, code in ((("a", "x" * 20_000), "too_long"), (('Agent::"', "walk"), "bad_agent")):
        told = run("norm", "check", *arguments, "--json", "--workspace", world)
        assert (told.json["error"]["code"], told.code) == (code, 3)


@pytest.fixture(scope="module")
def asked(world: Path) -> tuple[str, ...]:
    """A mail to a domain that the support swarm's constitution forbids, with what belongs to it, as options."""
    recording = Path(__file__).parents[2] / "samples" / "support-swarm" / "actions.jsonl"
    actions = (json.loads(line) for line in recording.read_text(encoding="utf-8").splitlines())
    mail = next(each for each in actions if each["request"]["context"].get("recipient", "").endswith("example.net"))
    options: list[str] = []
    for name in ("request", "entities", "facts"):
        path = world.parent / f"{name}.json"
        path.write_text(json.dumps(mail[name]), encoding="utf-8")
        options += [f"--{name}", str(path)]
    return tuple(options)


def test_a_whole_request_is_checked_under_any_schema(run: Run, desk: Path, asked: tuple[str, ...]) -> None:
    where = ("--workspace", desk)
    found = run("norm", "check", *asked, "--json", *where)
    assert (found.code, found.json["violation_count"], found.json["violations"][0]["norm_id"]) == (
        1,
        1,
        "email-domains",
    )
    shown = run("norm", "check", *asked, *where)
    assert shown.out.startswith("Found 1 violation(s)!")
    assert f"recorded as decision {found.json['event'] + 1}" in shown.out
    gate = run("norm", "gate", "action", *asked, "--json", *where)
    assert (gate.code, gate.json["code"], gate.json["high_risk"]) == (1, "norms_violated", True)  # send_email
    assert gate.json["agent_id"] == found.json["agent_id"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("check",), 2, "--request FILE"),
        (("check", "nora"), 2, "AGENT and ACTION"),
        (("check", "nora", "reply", "{asked}"), 2, "a request says who does what"),
        (("gate", "action", "reply", "{asked}"), 2, "a request says who does what"),
        (("check", "nora", "reply", "--facts", "x.json"), 2, "go with `--request`"),
        (("check", "{asked}", "--db", "norms.db"), 2, "a request says who does what"),
        (("check", "--request", "missing.json"), 2, "missing.json"),
        (("check", "nora", "reply"), 2, "--request FILE"),
    ],
)
def test_requests_and_words_are_not_mixed(
    run: Run, desk: Path, asked: tuple[str, ...], arguments: tuple[str, ...], code: int, said: str
) -> None:
    given = [each for word in arguments for each in (asked if word == "{asked}" else (word,))]
    told = run("norm", *given, "--workspace", desk)
    assert (told.code, said in told.err) == (code, True), told.err


def test_a_gate_that_cannot_read_its_request_is_closed(run: Run, desk: Path) -> None:
    told = run("norm", "gate", "action", "--request", "missing.json", "--json", "--workspace", desk)
    assert (told.code, told.json["verdict"], told.json["code"]) == (2, "FAIL_LOUD", "gate_error")


def test_status_and_compliance_say_how_many_actions_it_were(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "game"
    Workspace.create(folder, sample="world-norms", profile="unsigned").close()
    where = ("--workspace", folder)
    for name in ("one", "two"):
        run("norm", "add", name, "", "attic", "stomp", *where)
    for actions in ("1 action", "2 actions"):
        run("norm", "check", "loud", "stomp", "attic", *where)
        count = 2 * int(actions[0])
        told = run("norm", "status", *where).out
        assert f"Violations: {count} by {actions}\n" in told
        assert f"Violations: {count} by {actions}\n" in run("norm", "compliance", "loud", *where).out
    assert run("norm", "status", "--json", *where).json["violating_actions"] == 2
