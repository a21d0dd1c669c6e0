"""Real processes: how the program starts, ends, is interrupted, and meets a reader that has gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.service.clock import SystemClock
from workbench.service.player import decide_recorded, read_recording
from workbench.service.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
WORKBENCH = [sys.executable, "-m", "workbench"]


def start(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WORKBENCH, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options
    )  # type: ignore[call-overload,no-any-return]


def test_help_and_version() -> None:
    shown = start("--help")
    assert shown.returncode == 0
    assert "compile" in shown.stdout
    assert "Exit codes" in shown.stdout
    assert start("--version").stdout.startswith("workbench 0.")
    assert start("-h").stdout == shown.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("decide",),
        ("decide", "--nonsense"),
        ("status", "too", "many"),
        ("violations", "--format", "xml"),
        ("violations", "--limit", "-3"),
        ("draft", "nonsense"),
        ("\x1b[31mred",),
        ("new", "--profile", "nobody", "x"),
    ],
)
def test_wrong_usage_exits_2_and_says_why(arguments: tuple[str, ...]) -> None:
    shown = start(*arguments)
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert "Traceback" not in shown.stderr
    assert shown.stderr.strip()


def test_without_a_terminal_the_screens_say_so() -> None:
    for arguments in ((), ("open",)):
        shown = start(*arguments, stdin=subprocess.DEVNULL)
        assert shown.returncode == 2
        assert "no terminal" in shown.stderr
        assert "demo" in shown.stderr


def test_no_workspace_is_a_clear_error(tmp_path: Path) -> None:
    for command in ("status", "watch"):
        shown = start("--workspace", str(tmp_path / "none"), command)
        assert (shown.returncode, shown.stdout) == (2, ""), command
        assert "no workspace here" in shown.stderr
    told = start("--json", "--workspace", str(tmp_path / "none"), "status")
    assert told.returncode == 2
    assert '"store_missing"' in told.stdout


def test_a_reader_that_goes_away_is_not_a_crash() -> None:
    sample = "samples/support-swarm/constitution.cedarplus"
    with subprocess.Popen(
        [*WORKBENCH, "format", sample], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(30) == 141
    assert errors == b""


def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*WORKBENCH, "check", "-", "--schema", "samples/support-swarm/schema.cedarschema"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        time.sleep(1.0)  # by then it waits for its input
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def test_no_colour_in_a_pipe() -> None:
    shown = start("check", "samples/support-swarm/constitution.cedarplus", env={**os.environ, "FORCE_COLOR": "1"})
    assert "\x1b" not in shown.stdout


def test_output_survives_a_terminal_that_knows_no_unicode() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    shown = start("explain", "samples/support-swarm/constitution.cedarplus", env=environment)
    assert shown.returncode == 0


def test_completion_is_offered() -> None:
    environment = {
        **os.environ,
        "_WORKBENCH_COMPLETE": "complete_bash",
        "COMP_WORDS": "workbench viol",
        "COMP_CWORD": "1",
    }
    code = "from workbench.cli.main import app; app(prog_name='workbench')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "violations" in done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a pseudo-terminal")
def test_a_passphrase_is_asked_for_without_echo(tmp_path: Path) -> None:
    import pty

    key = tmp_path / "key"
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execv(sys.executable, [*WORKBENCH, "keys", "new", str(key)])
    shown = b""
    for answer in (b"quite secret\n", b"quite secret\n"):
        while not shown.rstrip().endswith(b":"):
            shown += os.read(terminal, 1024)
        shown += b"|"
        os.write(terminal, answer)
    try:
        while data := os.read(terminal, 1024):
            shown += data
    except OSError:  # how Linux says that the other end is closed
        pass
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert key.is_file()
    assert b"quite secret" not in shown
    assert b"fingerprint SHA256:" in shown


def test_watching_ends_quietly_with_ctrl_c(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "WORKBENCH_CONFIG": str(tmp_path / "config"),
        "WORKBENCH_WORKSPACE": str(tmp_path / "w"),
    }
    made = start("new", "--profile", "demo", str(tmp_path / "w"), env=environment)
    assert made.returncode == 0, made.stderr
    with Workspace.open(tmp_path / "w") as workspace:
        recording = workspace.recording()
        assert recording is not None
        decide_recorded(workspace, read_recording(recording)[0], SystemClock().now().date())
    with subprocess.Popen(
        [*WORKBENCH, "watch", "--after", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()  # it watches
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
