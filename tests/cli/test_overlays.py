"""Stops, brakes and norms on the command line: what is printed, what is refused, and that a passphrase never shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.test_workspace import ANA, SAM, Shift, _made, demo, later  # noqa: F401 — fixtures
from workbench.cli.durations import seconds_of, spoken
from workbench.cli.failures import MisusedError
from workbench.service.workspace import Workspace

SENTENCE = "Agents must never share customer email addresses with external services."
FORBID = 'forbid (principal, action == Action::"reply", resource);'
DESK = 'permit (principal, action == Action::"close_ticket", resource) when { principal == resource.owner };'
ALL = "permit (principal, action, resource);"
AS_ANA, AS_SAM = ("--as", ANA), ("--as", SAM)


def placed(run: Run, *arguments: object) -> dict[str, Any]:
    outcome = run(*arguments, "--json")
    assert outcome.code == 0, outcome.err
    found: dict[str, Any] = outcome.json
    return found


# ---- durations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("4h", 14_400), ("2d", 172_800), ("4 H", 14_400)]
)
def test_lengths_of_time_are_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "4", "h", "0h", "-4h", "4h30m", "4.5h", "4w", "9999999999s", "٤h", "4h\n4h"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(MisusedError, check=lambda error: error.code == "no_time"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (0.9, "0 s"), (59, "59 s"), (90, "1 min 30 s"), (14_399.4, "4 h"), (14_340, "3 h 59 min"),
     (3_599, "1 h"), (172_800, "2 d"), (180_000, "2 d 2 h"), (604_799.9, "7 d")],
)  # fmt: skip
def test_what_is_left_is_told_in_two_parts(seconds: float, text: str) -> None:
    assert spoken(seconds) == text


# ---- stop ------------------------------------------------------------------------------------------------------------


def test_a_stop_says_whom_until_when_and_what_it_does_not_do(run: Run, demo: Path) -> None:  # noqa: F811
    outcome = run("stop", "agent", "nora", "--for", "4h", "--why", "odd refunds", *AS_SAM)
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert lines[0].startswith("stopped    ")
    assert lines[0].endswith('agent Agent::"nora"')
    id = lines[0].split()[1]
    assert "(4 h left)" in outcome.out
    assert f"`workbench lift {id}`" in outcome.out
    assert "odd refunds" in outcome.out
    assert "It stops decisions, not processes" in outcome.out
    listed = run("overlays", "list")
    assert id in listed.out
    lifted = run("lift", id[:5], "--why", "mended", *AS_SAM)
    assert (lifted.code, lifted.out.split()[:3]) == (0, ["lifted", "stop", f"{id}:"])
    assert run("overlays", "list").out == "no overlays are in force\n"
    assert "mended" in run("overlays", "show", id).out


def test_a_stop_is_over_when_its_time_is(run: Run, demo: Path, later: Shift) -> None:  # noqa: F811
    id = placed(run, "stop", "all", "--for", "15m", "--why", "x", *AS_SAM)["id"]
    later.forward(15 * 60 + 1)
    assert run("overlays", "list").out == "no overlays are in force\n"
    ended = run("overlays", "list", "--all", "--json").json["overlays"]
    assert [(view["id"], view["state"]) for view in ended] == [(id, "expired")]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("stop",), 2, "agent|action|all"),
        (("stop", "swarm", "--for", "1h", "--why", "x"), 2, "swarm"),
        (("stop", "all", "--why", "x"), 2, "--for"),
        (("stop", "all", "--for", "1h"), 2, "--why"),
        (("stop", "all", "--for", "soon", "--why", "x"), 2, "90s, 15m, 4h or 2d"),
        (("stop", "all", "--for", "8d", "--why", "x", *AS_SAM), 1, "at most 7 days"),
        (("stop", "all", "--for", "1h", "--why", " ", *AS_SAM), 2, "says why"),
        (("stop", "all", "nora", "--for", "1h", "--why", "x", *AS_SAM), 2, "names nothing else"),
        (("stop", "agent", "nobody", "--for", "1h", "--why", "x", *AS_SAM), 2, "nobody"),
        (("stop", "action", "fly", "--for", "1h", "--why", "x", *AS_SAM), 2, "share_external"),
        (("stop", "action", "amend", "--for", "1h", "--why", "x", *AS_SAM), 1, "no overlay bears on governance"),
        (("stop", "all", "--for", "1h", "--why", "x"), 2, "--as PRINCIPAL"),
        (("stop", "all", "--for", "1h", "--why", "x", *AS_SAM, *AS_ANA), 2, "name one"),
        (("stop", "all", "--for", "1h", "--why", "x", "--as", 'Operator::"eve"'), 2, "no key here"),
        (("stop", "all", "--for", "1h", "--why", "x", "--key", "/nowhere"), 2, "/nowhere"),
        (("lift", "last", "--why", "x", *AS_SAM), 2, "nothing is in force"),
        (("lift", "zzzz", "--why", "x", *AS_SAM), 2, "zzzz"),
        (("brake", "--why", "x", *AS_ANA), 1, "forbids nothing"),
        (("brake", "--why", "x", "--forbid", "permit (principal, action, resource);", *AS_ANA), 3, "can only forbid"),
        (("brake", "--why", "x", "--forbid", "forbid (", *AS_ANA), 3, "CP001"),
        (("brake", "--why", "x", "--forbid", "no.cedarplus", *AS_ANA), 2, "does not exist"),
        (("brake", "--why", "x", "--without", "budget", *AS_ANA), 1, "can only take permits away"),
        (("brake", "--why", "x", "--without", "budgie", *AS_ANA), 2, "budgie"),
        (("brake", "--why", "x", "--without", "desk-work", "--for", "73h", *AS_ANA), 1, "at most 72 hours"),
        (("brake", "--why", "x", "--without", "desk-work", *AS_SAM), 1, "operator"),
        (("brake", "--why", "x", "--replace", "desk-work", *AS_ANA), 2, "--with"),
        (("brake", "--why", "x", "--with", DESK, *AS_ANA), 2, "--replace"),
        (("brake", "--why", "x", "--replace", "budgie", "--with", DESK, *AS_ANA), 2, "budgie"),
        (("brake", "--why", "x", "--replace", "desk-work", "--with", "permit (", *AS_ANA), 3, "CP001"),
        (("brake", "--why", "x", "--replace", "desk-work", "--with", "no.cedarplus", *AS_ANA), 2, "does not exist"),
        (("brake", "--why", "x", "--forbid", "-", "--replace", "desk-work", "--with", "-", *AS_ANA), 2, "both read"),
        (("brake", "--why", "x", "--replace", "budget", "--with", DESK, *AS_ANA), 3, "in the place of a permit"),
        (("brake", "--why", "x", "--replace", "desk-work", "--with", ALL, *AS_ANA), 1, "comes to deny now"),
        (("brake", "--why", "x", "--replace", "desk-work", "--with", DESK, *AS_SAM), 1, "operator"),
        (("norm", "add", "Be nice.", *AS_ANA), 3, "nice"),
        (("norm", "add", "", *AS_ANA), 3, "no rule"),
        (
            ("norm", "add", '@english("Share.") forbid (principal, action, resource);', *AS_ANA),
            3,
            "leave the English out",
        ),
        (("stop", "agent", "n" * 100_000, "--for", "1h", "--why", "x", *AS_ANA), 1, "100000 characters"),
        (("norm", "add", SENTENCE, *AS_SAM), 1, "--draft"),
        (("norm", "repeal", "budget", *AS_ANA), 1, "is an amendment"),
        (("norm", "repeal", "zzzz", *AS_ANA), 2, "zzzz"),
        (("norm", "promote"), 1, "no norm is in force"),
        (("norm", "promote", "zzzz"), 2, "zzzz"),
        (("overlays", "cosign", "/nowhere", *AS_SAM), 2, "/nowhere"),
        (("overlays", "show", "zzzz"), 2, "zzzz"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(run: Run, demo: Path, arguments: Any, code: int, said: str) -> None:  # noqa: F811
    outcome = run(*arguments)
    assert outcome.code == code, outcome.err
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    with Workspace.open(demo) as workspace:
        assert workspace.overlays.list(in_force=False) == ()


def test_hostile_text_is_refused_where_it_would_hide_and_shown_where_it_would_act(run: Run, demo: Path) -> None:  # noqa: F811
    outcome = run("stop", "all", "--for", "1h", "--why", "fine\x1b[2J", *AS_SAM)
    assert outcome.code == 1
    assert "\x1b" not in outcome.err
    why = "[bold]`rm -rf`[/bold] $(id) \u200b"
    shown = run("stop", "all", "--for", "1h", "--why", why, *AS_SAM)
    assert shown.code == 0
    assert "[bold]`rm -rf`[/bold] $(id)" in shown.out
    assert "\u200b" not in shown.out


def test_a_passphrase_from_the_environment_signs_and_never_shows(
    run: Run,
    demo: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = demo / "keys" / "demo-sam"
    monkeypatch.setenv("SECRET", "not the one")
    wrong = run("stop", "all", "--for", "1h", "--why", "x", "--key", key, "--passphrase-env", "SECRET")
    assert wrong.code != 0
    with Workspace.open(demo) as workspace:
        secret = workspace.demo_passphrase()
    monkeypatch.setenv("SECRET", secret)
    right = run("stop", "all", "--for", "1h", "--why", "x", "--key", key, "--passphrase-env", "SECRET")
    assert right.code == 0, right.err
    for text in (wrong.err, right.out, right.err):
        assert secret not in text
        assert "not the one" not in text
    two = run("lift", "last", "--why", "x", *AS_SAM, "--passphrase-env", "SECRET", "--passphrase-env", "SECRET")
    assert (two.code, "once for each signer" in two.err) == (2, True)


# ---- brakes and norms ------------------------------------------------------------------------------------------------


def test_a_brake_from_a_file_and_its_lifting_by_two(run: Run, demo: Path, tmp_path: Path) -> None:  # noqa: F811
    rules = tmp_path / "brake.cedarplus"
    rules.write_text(FORBID + "\n")
    brake = placed(run, "brake", "--forbid", rules, "--without", "desk-work", "--why", "a leak", *AS_ANA)
    assert (brake["cedar_plus"], brake["without"]) == (FORBID + "\n", ["desk-work"])
    one = run("lift", brake["id"], "--why", "mended", *AS_ANA)
    assert (one.code, "two people" in one.err) == (1, True)
    assert run("lift", brake["id"], "--why", "mended", *AS_ANA, *AS_SAM).code == 0
    again = run("brake", "--without", "desk-work", "--why", "again", *AS_ANA)
    assert (again.code, "second person" in again.err) == (1, True)
    both = placed(run, "brake", "--without", "desk-work", "--why", "again", *AS_SAM, *AS_ANA)
    assert both["signers"] == [ANA, SAM]


def test_a_brake_that_replaces_a_permit_shows_what_stands_in_its_place(run: Run, demo: Path) -> None:  # noqa: F811
    shown = run("brake", "--replace", "desk-work", "--with", "-", "--why", "a flood", *AS_ANA, input=DESK + "\n")
    assert (shown.code, shown.err) == (0, "")
    for said in ("instead  of desk-work", "basis    proved to tighten", f"    {DESK}"):
        assert said in shown.out
    document = run("overlays", "show", "last", "--json").json
    assert (document["replaces"], document["instead"], document["basis"]) == (["desk-work"], DESK, "proved")
    listed = run("overlays", "list").out
    assert "in place of desk-work: permit" in listed


def test_a_proved_brake_signed_at_two_desks_acts_when_the_second_hands_it_in(
    run: Run,
    demo: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    file = tmp_path / "brake.json"
    command = ("brake", "--replace", "desk-work", "--why", "a flood", *AS_ANA, "--out", file, "--with")
    assert run(*command, ALL).code == 1, "what is not tighter is not even signed"
    assert not file.exists()
    assert run(*command, DESK).code == 0
    assert run("overlays", "list").out == "no overlays are in force\n"
    assert run("overlays", "cosign", file, *AS_SAM, "--json").json["signers"] == [ANA, SAM]


def test_two_people_at_two_desks(run: Run, demo: Path, tmp_path: Path) -> None:  # noqa: F811
    id = placed(run, "brake", "--without", "desk-work", "--why", "a leak", *AS_ANA)["id"]
    file = tmp_path / "lift.json"
    signed = run("lift", id, "--why", "mended", *AS_SAM, "--out", file)
    assert (signed.code, "cosign" in signed.out) == (0, True)
    assert json.loads(file.read_text())["payloadType"] == "application/vnd.concord.overlay-lift.v1+json"
    assert run("overlays", "list", "--json").json["overlays"][0]["id"] == id  # nothing has happened yet
    assert run("overlays", "cosign", file, *AS_SAM).code == 1
    done = run("overlays", "cosign", file, *AS_ANA)
    assert (done.code, "lifted" in done.out) == (0, True)
    file.write_text(file.read_text().replace("keyid", "kid"))
    assert run("overlays", "cosign", file, *AS_ANA).code == 3


def test_a_norm_from_stdin_through_the_draft_and_its_repeal(run: Run, demo: Path) -> None:  # noqa: F811
    norm = run("norm", "add", "-", "--why", "a leak", *AS_ANA, "--json", input=SENTENCE + "\n").json
    assert (norm["what"], norm["kind"]) == (SENTENCE, "norm")
    assert norm["id"] in run("norm", "list").out
    assert "revision 1" in run("norm", "promote", norm["id"]).out
    with Workspace.open(demo) as workspace:
        assert f'@norm("{norm["id"]}")' in workspace.draft().cedar_plus
    repealed = run("norm", "repeal", norm["id"], *AS_ANA)
    assert repealed.out.startswith(f"repealed  {norm['id']}")
    assert run("norm", "list").out == "no run-time norms are in force\n"
    (ended,) = run("norm", "list", "--all", "--json").json["norms"]
    assert (ended["id"], ended["state"], ended["active"]) == (f"norm:{norm['id']}", "repealed", False)


def test_a_draft_needs_no_key(run: Run, demo: Path) -> None:  # noqa: F811
    outcome = run("norm", "add", FORBID, "--draft")
    assert (outcome.code, outcome.out.startswith("written into the draft")) == (0, True)
    assert run("norm", "list").out == "no run-time norms are in force\n"


def test_an_unsigned_workspace_asks_for_no_key_and_says_so(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "game"
    assert run("new", place, "--unsigned").code == 0
    where = ("--workspace", place)
    for command in (
        ("norm", "add", SENTENCE),
        ("stop", "all", "--for", "1h", "--why", "a game"),
        ("brake", "--without", "desk-work", "--why", "a game"),
    ):
        made = run(*command, *where)
        assert made.code == 0, made.err
        assert "UNSIGNED" in made.out.splitlines()[0]
        id = made.out.split()[1]
        assert "UNSIGNED" in run("overlays", "show", id, *where).out
        ended = run("lift", id, "--why", "over", *where)
        assert ended.code == 0, ended.err
    assert [line for line in run("overlays", "list", "--all", *where).out.splitlines() if "lifted" in line][2:]


def test_what_cannot_be_believed_is_shown_as_such(run: Run, demo: Path) -> None:  # noqa: F811
    import sqlite3

    with sqlite3.connect(demo / "workspace.db") as database:
        database.execute(
            "insert into overlays (id, kind, state, placed_by, placed_at, expires_at, statement, detail)"
            " values ('eeeeeeee', 'norm', 'in_force', 'x', 0, null, '{}', '{}')"
        )
    listed = run("overlays", "list")
    assert "DOUBTFUL" in listed.out
    assert "everything is denied" in listed.out
    assert run("lift", "eeeeeeee", "--why", "nobody placed it", *AS_SAM).code == 0
    assert run("overlays", "list").out == "no overlays are in force\n"
