"""Who is believed, and who hears of it, on the command line: ``entities``, ``credentials``, ``notices``."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.service.receiver import Receiver, answer, receiving
from workbench.governance.keys import generate_key, public_line
from workbench.service.workspace import Workspace
from workbench.store.notices import queue

NORA = 'Agent::"nora"'


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("believed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
        Workspace.create(folder / "demo", profile="demo").close()
    return folder / "demo"


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of a demo, which is the default workspace here."""
    target = tmp_path / "demo"
    shutil.copytree(made, target)
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(target))
    return target


def waiting(place: Path, *subjects: str) -> None:
    """Queue a notice for each."""
    with Workspace.open(place) as workspace, workspace._session.write() as connection:
        for subject in subjects:
            queue(connection, kind="case", subject=subject, dedupe=subject, at=0)


# ---- entities --------------------------------------------------------------------------------------------------------


def test_an_entity_is_forgotten_and_what_proved_it_suspended(run: Run, place: Path) -> None:
    token = run("credentials", "new-token", NORA).out.strip()
    assert token.startswith("cw_")
    removed = run("entities", "remove", NORA, 'Agent::"n\\u{6f}ra"', "--json")
    assert removed.code == 0
    assert removed.json["removed"] == 1
    assert [view["state"] for view in removed.json["suspended"]] == ["suspended"]
    assert run("entities", "show", NORA).code == 2
    assert token not in removed.out


@pytest.mark.parametrize(
    "uids", [["nora"], [""], [NORA, "x"], ['Agent::"nobody"'], [NORA, 'Agent::"nobody"'], ['Agent::"\x1b[31m"']]
)
def test_nonsense_removes_nothing(run: Run, place: Path, uids: list[str]) -> None:
    before = run("entities", "list", "--json").json
    refused = run("entities", "remove", *uids)
    assert refused.code == 2
    assert "error:" in refused.err
    assert "help:" in refused.err
    assert "\x1b" not in refused.err
    assert run("entities", "list", "--json").json == before


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", 3, "not JSON"),
        ("{}", 3, "list of objects"),
        ('[{"uid": {"type": "Agent", "id": "x"}}]', 3, "attrs"),
        ('[{"uid": {"type": "Robot", "id": "x"}, "attrs": {}, "parents": []}]', 3, "Robot"),
        (
            '[{"uid": {"type": "Team", "id": "a"}, "attrs": {}, "parents": [{"type": "Team", "id": "a"}]}]',
            3,
            "member of",
        ),
        ('[{"uid": {"type": "Team", "id": "a", "id": "b"}, "attrs": {}, "parents": []}]', 3, "twice"),
        ("[" * 100_000, 3, "nested"),
        ('[{"uid": {"type": "Team", "id": "\\ud800"}, "attrs": {}, "parents": []}]', 3, "Unicode"),
        ("\x00\x01", 3, "not JSON"),
    ],
)
def test_entities_that_cannot_be_loaded_change_nothing(
    run: Run, place: Path, tmp_path: Path, text: str, code: int, told: str
) -> None:
    before = run("entities", "list", "--json").json
    path = tmp_path / "entities.json"
    path.write_text(text)
    refused = run("entities", "load", path, "--json")
    assert refused.code == code
    assert told in refused.json["error"]["detail"]
    assert run("entities", "list", "--json").json == before


def test_another_spelling_of_a_uid_shows_the_same_entity(run: Run, place: Path) -> None:
    assert run("entities", "show", 'Agent::"n\\u{6f}ra"').json == run("entities", "show", NORA).json
    assert run("entities", "show", "nora").code == 2


# ---- credentials -----------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_alone_on_stdout(run: Run, place: Path) -> None:
    made = run("credentials", "new-token", NORA, "--label", "ci")
    assert made.out.startswith("cw_")
    assert made.out.count("\n") == 1
    assert "cannot be shown again" in made.err
    token = made.out.strip()
    listed = run("credentials", "list")
    assert "ci" in listed.out
    assert token not in listed.out
    (row,) = [view for view in run("credentials", "list", "--json").json["credentials"] if view["label"] == "ci"]
    assert set(row) == {"id", "principal", "kind", "label", "state", "created_at", "role"}
    assert row["role"] == ""
    signer = run("credentials", "new-token", 'Operator::"ana"', "--label", "board")
    assert "who signs here as operator" in signer.err
    assert signer.out.startswith("cw_")
    listed = run("credentials", "list").out
    assert next(line.split()[:3] for line in listed.splitlines() if "board" in line)[2] == "operator"
    both = run("credentials", "new-token", NORA, "--json").json
    assert both["token"].startswith("cw_")
    assert both["credential"]["principal"] == NORA


@pytest.mark.parametrize("form", ["line", "public file", "private file", "stdin"])
def test_a_key_is_registered_from_wherever_it_is(run: Run, place: Path, tmp_path: Path, form: str) -> None:
    line = public_line(generate_key(), "nora")
    if form == "private file":
        from workbench.service.keys import new_key

        new_key(tmp_path / "key", "secret pass")
        line = (tmp_path / "key.pub").read_text()
    (tmp_path / "mine.pub").write_text(line + "\n")
    given = {"line": line, "public file": tmp_path / "mine.pub", "private file": tmp_path / "key", "stdin": "-"}[form]
    made = run("credentials", "register-key", NORA, given, "--json", input=line if form == "stdin" else None)
    assert made.code == 0
    assert made.json["credential"]["label"].startswith("SHA256:")
    again = run("credentials", "register-key", 'Agent::"lotte"', given, input=line if form == "stdin" else None)
    assert again.code == 1
    assert NORA in again.err


def test_a_credential_is_suspended_resumed_and_revoked(run: Run, place: Path) -> None:
    id_ = run("credentials", "new-token", NORA, "--json").json["credential"]["id"]
    for command, state in (("suspend", "suspended"), ("resume", "active"), ("revoke", "revoked")):
        assert state in run("credentials", command, id_).out
    refused = run("credentials", "resume", id_, "--json")
    assert refused.code == 1
    assert refused.json["error"]["code"] == "credential_state"


@pytest.mark.parametrize(
    "arguments",
    [
        ("new-token", "nora"),
        ("new-token", 'Agent::"nobody"'),
        ("new-token", 'Team::"billing"'),
        ("register-key", NORA, "/no/such/file.pub"),
        ("register-key", NORA, "."),
        ("suspend", "token-000"),
        ("revoke", ""),
        ("revoke", "token"),
    ],
)
def test_nonsense_about_credentials_is_misuse(run: Run, place: Path, arguments: tuple[str, ...]) -> None:
    before = run("credentials", "list", "--json").json
    refused = run("credentials", *arguments)
    assert refused.code == 2
    assert "error:" in refused.err
    assert "help:" in refused.err
    assert run("credentials", "list", "--json").json == before


def test_a_file_that_is_no_key_is_refused_and_not_shown(run: Run, place: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.pub").write_text("my password is hunter2\n")
    (tmp_path / "notes").write_text("my password is hunter2\n")
    for name in ("notes.pub", "notes"):
        refused = run("credentials", "register-key", NORA, tmp_path / name)
        assert refused.code == 3
        assert "hunter2" not in refused.out + refused.err


# ---- notices ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


def test_the_whole_way_of_a_notice(run: Run, place: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no channels" in run("notices", "channels").out
    assert run("notices", "test").code == 2
    monkeypatch.setenv("HOOK_SECRET", "s3cret-hush")
    added = run("notices", "add-webhook", f"{receiver.url}/T0PSECRET", "--secret-env", "HOOK_SECRET")
    assert (added.code, "signed" in added.out) == (0, True)
    assert run("notices", "test").code == 0
    waiting(place, "case-1", "case-2")
    receiver.next.append(answer(500))
    failing = run("notices", "deliver")
    assert failing.code == 1
    assert "the answer was 500 (bad_status)" in failing.out
    assert "waiting" in run("notices", "list", "--waiting").out
    listed = run("notices", "list", "--json").json["notices"]
    assert {(n["subject"], n["state"]) for n in listed} == {("case-1", "waiting"), ("case-2", "delivered")}
    channels = run("notices", "channels", "--json")
    (channel,) = channels.json["channels"]
    everything = added.out + failing.out + channels.out + run("notices", "channels").out + run("notices", "list").out
    assert "T0PSECRET" not in everything
    assert "hush" not in everything
    assert run("notices", "remove", channel["id"]).code == 0
    assert run("notices", "remove", channel["id"]).code == 2


def test_an_address_may_come_from_stdin(run: Run, place: Path, receiver: Receiver) -> None:
    assert run("notices", "add-webhook", "-", input=f"{receiver.url}/from-stdin\n").code == 0
    run("notices", "test")
    assert [got.path for got in receiver.got] == ["/from-stdin"]


def test_a_command_with_options_of_its_own(run: Run, place: Path, tmp_path: Path) -> None:
    out = tmp_path / "got"
    code = "import sys; open(sys.argv[2], 'w').write(sys.stdin.read())"
    assert run("notices", "add-command", "--", sys.executable, "-c", code, "--json", out).code == 0
    waiting(place, "case-1")
    assert run("notices", "deliver", "--json").json == {"delivered": 1, "waiting": 0, "failures": []}
    assert json.loads(out.read_text())["subject"] == "case-1"


@pytest.mark.parametrize(
    "arguments",
    [
        ("add-webhook", "example.com"),
        ("add-webhook", "http://u:p@example.com"),
        ("add-webhook", "http://example.com", "--secret-env", "NO_SUCH_VARIABLE"),
        ("add-command",),
        ("add-command", "--", "no-such-program-here"),
        ("remove", "webhook-1"),
        ("deliver", "--limit", "0"),
        ("deliver", "--watch", "--json"),
        ("list", "--limit", "x"),
    ],
)
def test_nonsense_about_notices_is_misuse(run: Run, place: Path, arguments: tuple[str, ...]) -> None:
    assert run("notices", *arguments).code == 2
    assert run("notices", "channels", "--json").json == {"channels": []}


@pytest.mark.slow
def test_watching_delivers_what_comes_and_ends_when_told(place: Path, receiver: Receiver, run: Run) -> None:
    """A real process, as a service manager would run it."""
    run("notices", "add-webhook", receiver.url)
    process = subprocess.Popen(
        [sys.executable, "-c", "from workbench.cli.main import run; run()", "notices", "deliver", "--watch"],
        env=os.environ | {"WORKBENCH_WORKSPACE": str(place)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for number in range(2):
            waiting(place, f"case-{number}")
            until = time.monotonic() + 40
            while len(receiver.got) <= number and time.monotonic() < until:
                time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert [got.event["subject"] for got in receiver.got] == ["case-0", "case-1"]
    assert process.returncode == 0
    assert out.splitlines().count("delivered 1; 0 waiting") == 2
