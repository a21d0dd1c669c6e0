"""Exports: a third party with the public key alone confirms them, and finds whatever was changed in one."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import Ask
from workbench.governance.keys import generate_key, public_line
from workbench.governance.proofs import verify_inclusion
from workbench.service.clock import FrozenClock, moment
from workbench.service.errors import WorkbenchError
from workbench.service.exporting import Exported
from workbench.service.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CHECKER = ROOT / "samples" / "audit" / "check_export.py"


def export(workspace: Workspace, **options: Any) -> tuple[Exported, list[str]]:
    lines: list[str] = []
    made = workspace.audit.export(lines.append, **options)
    return made, lines


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run the checker as a stranger would: by itself, in another folder, without our packages on the path."""
    shutil.copy(CHECKER, tmp_path / "check_export.py")

    def run(lines: list[str], key: str) -> tuple[int, str]:
        (tmp_path / "export.jsonl").write_text("".join(lines), encoding="ascii")
        command = [sys.executable, "-I", "check_export.py", "export.jsonl", key]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_checker_needs_sixty_lines_and_nothing_of_ours() -> None:
    text = CHECKER.read_text()
    assert len(text.splitlines()) <= 60
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported == {"base64", "hashlib", "json", "sys", "cryptography"}
    assert "assert" not in text  # python -O would leave it out


@pytest.mark.parametrize("given", [[], ["export.jsonl"], ["export.jsonl", "ssh-ed25519", "AAAA"]])
def test_called_otherwise_it_says_how(given: list[str]) -> None:
    command = [sys.executable, "-I", str(CHECKER), *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python check_export.py EXPORT.jsonl ")
    assert len(done.stderr.splitlines()) == 1


def test_a_whole_export_with_payloads_is_confirmed(
    workspace: Workspace, ask: Ask, checked: Callable[..., tuple[int, str]]
) -> None:
    for number in range(5):
        ask(resource=f'Ticket::"T-{number}"', entities=[])
    made, lines = export(workspace, with_payloads=True)
    assert (made.first, made.last, made.payloads, len(lines)) == (1, made.size, 5, made.size + 1)
    assert checked(lines, made.ledger_key) == (0, f"ok: entries 1 to {made.size} of the {made.size} signed at "
                                                  "2026-03-02T09:00:00Z\n")  # fmt: skip
    first = json.loads(lines[-1])
    assert verify_inclusion(
        workspace.event(made.last).receipt["hash"], made.last - 1, made.size, first["proof"], made.root
    )


def test_every_size_up_to_some_is_confirmed(
    workspace: Workspace, ask: Ask, checked: Callable[..., tuple[int, str]]
) -> None:
    """The checker walks the tree in its own way: trees of many shapes, each entry of each."""
    for _ in range(14):
        ask()
        made, lines = export(workspace)
        assert checked(lines, made.ledger_key)[0] == 0


def test_a_range_and_a_time_select(
    workspace: Workspace, ask: Ask, clock: FrozenClock, checked: Callable[..., tuple[int, str]]
) -> None:
    seqs = []
    for _ in range(5):
        clock.advance(10)
        seqs.append(ask().seq)
    made, lines = export(workspace, first=seqs[1], last=seqs[3])
    assert [json.loads(line)["index"] + 1 for line in lines[1:]] == seqs[1:4]
    assert checked(lines, made.ledger_key)[0] == 0
    middle = moment(workspace._session.head().last_at) - timedelta(seconds=25)
    made, lines = export(workspace, since=middle)
    assert (made.first, made.last) == (seqs[2], made.size)
    assert checked(lines, made.ledger_key)[0] == 0
    assert all("payload" not in json.loads(line) for line in lines)


@pytest.mark.parametrize("bad", [(0, None), (5, 4), (1, 999), (-3, -1)])
def test_a_range_that_is_none(workspace: Workspace, bad: tuple[int, int | None]) -> None:
    with pytest.raises(WorkbenchError) as caught:
        export(workspace, first=bad[0], last=bad[1])
    assert caught.value.code == "bad_range"


def swapped(lines: list[str]) -> tuple[list[str], int]:
    return [*lines[:3], lines[4], lines[3], *lines[5:]], 4


def dropped(lines: list[str]) -> tuple[list[str], int]:
    return [*lines[:4], *lines[5:]], 5


def cut(lines: list[str]) -> tuple[list[str], int]:
    return lines[:-2], len(lines) - 1


def doubled(lines: list[str]) -> tuple[list[str], int]:
    return [*lines, lines[-1]], len(lines)


def edited(change: Callable[[dict[str, Any]], None], *, first: bool = False) -> Callable[..., tuple[list[str], int]]:
    """``change`` the first line, or the second decision's."""

    def act(lines: list[str]) -> tuple[list[str], int]:
        decisions = [number for number, line in enumerate(lines) if '"payload":' in line]
        place = 0 if first else decisions[1]
        value = json.loads(lines[place])
        change(value)
        return [*lines[:place], json.dumps(value) + "\n", *lines[place + 1 :]], place + 1

    return act


def entry(value: dict[str, Any]) -> None:
    value["entry"] = value["entry"].replace('"outcome":"allow"', '"outcome":"deny"')


def spaced(value: dict[str, Any]) -> None:
    value["entry"] += " "


def index(value: dict[str, Any]) -> None:
    value["index"] += 1


def step(value: dict[str, Any]) -> None:
    value["proof"][0] = f"{int(value['proof'][0], 16) ^ 1:064x}"


def shorter(value: dict[str, Any]) -> None:
    value["proof"].pop()


def longer(value: dict[str, Any]) -> None:
    value["proof"].append("00" * 32)


def asked(value: dict[str, Any]) -> None:
    value["payload"]["request"] = value["payload"]["request"].replace("share_external", "reply")


def salt(value: dict[str, Any]) -> None:
    value["payload"]["salt"] = "00" * 16


def signature(value: dict[str, Any]) -> None:
    raw = bytearray(base64.b64decode(value["checkpoint"]["signatures"][0]["sig"]))
    raw[5] ^= 1
    value["checkpoint"]["signatures"][0]["sig"] = base64.b64encode(raw).decode()


def point(value: dict[str, Any]) -> None:
    said = json.loads(base64.b64decode(value["checkpoint"]["payload"]))
    said["size"] += 1
    value["checkpoint"]["payload"] = base64.b64encode(json.dumps(said).encode()).decode()


def further(value: dict[str, Any]) -> None:
    value["last"] += 1


def unsigned(value: dict[str, Any]) -> None:
    value["checkpoint"]["signatures"] = []


TAMPERED = {
    "swapped": swapped,
    "dropped": dropped,
    "cut": cut,
    "doubled": doubled,
    **{f.__name__: edited(f) for f in (entry, spaced, index, step, shorter, longer, asked, salt)},
    **{f.__name__: edited(f, first=True) for f in (signature, point, unsigned)},
}


@pytest.mark.parametrize("name", TAMPERED)
def test_whatever_is_changed_is_found_and_its_line_named(
    workspace: Workspace, ask: Ask, checked: Callable[..., tuple[int, str]], name: str
) -> None:
    for _ in range(4):
        ask()
    made, lines = export(workspace, with_payloads=True)
    tampered, line = TAMPERED[name](lines)
    assert tampered != lines
    code, said = checked(tampered, made.ledger_key)
    assert code == 1
    assert said.startswith(f"line {line} is bad: ")
    assert checked(lines, made.ledger_key)[0] == 0


def test_more_entries_than_there_are_cannot_be_claimed(
    workspace: Workspace, checked: Callable[..., tuple[int, str]]
) -> None:
    made, lines = export(workspace)
    tampered, _ = edited(further, first=True)(lines)
    assert checked(tampered, made.ledger_key)[0] == 1


def test_another_key_confirms_nothing(workspace: Workspace, checked: Callable[..., tuple[int, str]]) -> None:
    made, lines = export(workspace)
    assert checked(lines, public_line(generate_key()))[0] == 1
    assert checked(lines, "nonsense")[0] == 1
    assert checked([], made.ledger_key)[0] == 1


def test_agents_text_cannot_break_a_line(
    workspace: Workspace, ask: Ask, checked: Callable[..., tuple[int, str]]
) -> None:
    ask(agent="x\u2028\n\x1b[2J", entities=[])
    made, lines = export(workspace, with_payloads=True)
    assert all(line.isascii() and line.endswith("\n") and line.count("\n") == 1 for line in lines)
    assert "\x1b" not in "".join(lines)
    assert checked(lines, made.ledger_key)[0] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger WHERE seq = 3",
        "UPDATE ledger SET body = body || x'20' WHERE seq = 3",
        "UPDATE ledger SET hash = 'aa' || substr(hash, 3) WHERE seq = 3",
    ],
)
def test_a_changed_ledger_is_not_exported_as_if_it_were_whole(
    workspace: Workspace, place: Path, statement: str
) -> None:
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute(statement)
    raw.commit()
    raw.close()
    with pytest.raises(WorkbenchError) as caught:
        export(workspace)
    assert caught.value.code == "ledger_broken"
