"""One worker process, seen from outside: started, asked within a time, killed. Nothing that it sends is believed.

Imports the sandbox's frames and limits and the standard library. POSIX only: its pipes are waited for with a time-out.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeAlias

import workbench
from workbench.service.sandbox.frames import HEADER, FrameError, decoded, encoded
from workbench.service.sandbox.limits import LIMITED, MIB, Limits

Limit: TypeAlias = Literal["wall", "cpu", "memory", "output", "crash", "protocol", "start", "busy"]

# What the new interpreter runs. It sees the packages where this one sees them, and no other place: `-I` keeps the
# working directory, the user's own packages and the environment out.
BOOTSTRAP = """import json, sys
sys.path[:] = json.loads(sys.argv[1])["path"]
from workbench.service.sandbox.worker import main
sys.exit(main(sys.argv[1:]))"""

_DYING = 2.0  # seconds within which a killed process is gone
_PIECE = 1 << 16


class WorkerLostError(Exception):
    """The worker went over ``limit``, or cannot be trusted any more; it is dead by now."""

    def __init__(self, limit: Limit, detail: str) -> None:
        super().__init__(detail)
        self.limit: Limit = limit
        self.detail = detail


class Worker:
    """One process. Not for several threads at once, ``stop`` excepted."""

    def __init__(self, limits: Limits) -> None:
        """Start it and wait until it has bound itself. Raises :class:`WorkerLostError`."""
        self._limits = limits
        self._busy = 0.0  # seconds in which it may have computed
        self._may_compute = float(limits.cpu_seconds)
        if os.name != "posix":
            raise WorkerLostError("start", "this platform has no pipes that can be waited for; use Linux or macOS")
        if not sys.executable:
            raise WorkerLostError("start", "the Python interpreter's own path is not known")
        token = secrets.token_hex(16)
        options = {
            "id": token,
            "parent": os.getpid(),
            "path": _import_path(),
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": limits.cpu_seconds,
            "reply_bytes": limits.reply_bytes,
        }
        command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", BOOTSTRAP, json.dumps(options)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd="/",
                env={},
                close_fds=True,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerLostError(
                "start", f"the worker could not be started: {(error.strerror or str(error)).lower()}"
            ) from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        try:
            self.how = self._hello(self._receive(time.monotonic() + limits.start_seconds), token)
        except WorkerLostError as lost:
            self.kill()
            raise WorkerLostError("start", f"the worker did not start: {lost.detail}") from None
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def _hello(self, message: Mapping[str, Any], token: str) -> dict[str, str]:
        how = message.get("limits")
        if message.get("id") != token or not isinstance(how, dict):
            raise WorkerLostError("protocol", "the worker's first message is not what it should be")
        return {name: how[name] for name in LIMITED if isinstance(how.get(name), str)}

    def ask(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Its answer to ``message``. Raises :class:`WorkerLostError` after ``seconds``, with the worker dead."""
        token = secrets.token_hex(16)
        start = time.monotonic()
        try:
            if self._waits(0.0):
                raise WorkerLostError("protocol", "the worker spoke without being asked")
            self._send(encoded({**message, "id": token}), start + seconds)
            answer = self._receive(start + seconds)
            if answer.pop("id", None) != token:
                raise WorkerLostError("protocol", "the worker's answer belongs to no question")
            over, failed = answer.get("over"), answer.get("failed")
            if over == "memory":
                raise WorkerLostError(
                    "memory", f"the worker needed over {self._limits.memory_bytes // MIB} MiB of memory"
                )
            if over is not None:
                raise WorkerLostError("output", f"the worker's answer had over {self._limits.reply_bytes} bytes")
            if failed is not None:
                raise WorkerLostError("crash", f"the worker failed: `{failed}`")
        except BaseException:  # an interrupt too: what it may still send would answer the next question
            self.kill()
            raise
        self._busy += time.monotonic() - start
        return answer

    def loaded(self) -> None:
        """The constitution is loaded; of the processor time that is left, decisions may use half."""
        self._may_compute, self._busy = (self._limits.cpu_seconds - self._busy) / 2, 0.0

    @property
    def spent(self) -> bool:
        """Whether it may have used so much of its processor time that a new one had better take over."""
        return self._busy > self._may_compute

    def stop(self) -> None:
        """End the process, and whatever it may have started; from any thread, also while another one asks it."""
        with suppress(ProcessLookupError, PermissionError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it and let go of its pipes. May be called again, but not while another thread asks it."""
        self.stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    # ---- bytes, within a time ----------------------------------------------------------------------------------------

    def _send(self, data: bytes, end: float) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._in, view[:_PIECE]) :]
            except BlockingIOError:
                self._wait(self._in, end, writing=True)
            except OSError:
                raise self._death() from None

    def _receive(self, end: float) -> dict[str, Any]:
        size: int = HEADER.unpack(self._read(HEADER.size, end))[0]
        if size > self._limits.reply_bytes:
            raise WorkerLostError("output", f"the worker's answer had over {self._limits.reply_bytes} bytes")
        try:
            return decoded(self._read(size, end))
        except FrameError as error:
            raise WorkerLostError("protocol", f"the worker's answer is {error}") from None

    def _read(self, size: int, end: float) -> bytes:
        found = bytearray()
        while len(found) < size:
            self._wait(self._out, end)
            try:
                piece = os.read(self._out, min(size - len(found), _PIECE))
            except BlockingIOError:
                continue
            except OSError:
                raise self._death() from None
            if not piece:
                raise self._death()
            found += piece
        return bytes(found)

    def _wait(self, descriptor: int, end: float, *, writing: bool = False) -> None:
        left = end - time.monotonic()
        if left <= 0 or not _ready(descriptor, left, writing):
            raise WorkerLostError("wall", "the worker took longer than it may")

    def _waits(self, seconds: float) -> bool:
        return _ready(self._out, seconds, False) and self._process.poll() is None

    def _death(self) -> WorkerLostError:
        """Why its pipe ended, as far as the system tells."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING)
        status = self._process.returncode
        if status is None:
            return WorkerLostError("protocol", "the worker closed its output")
        if status == -getattr(signal, "SIGXCPU", 0):
            return WorkerLostError("cpu", f"the worker used over {self._limits.cpu_seconds} s of processor time")
        if status < 0:
            return WorkerLostError("crash", f"the worker died of signal {-status}")
        return WorkerLostError("crash", f"the worker ended with status {status}")


def _ready(descriptor: int, seconds: float, writing: bool) -> bool:
    import select

    poller = select.poll()
    poller.register(descriptor, select.POLLOUT if writing else select.POLLIN)
    return bool(poller.poll(max(0, int(seconds * 1000) + (seconds > 0))))


def _import_path() -> list[str]:
    """Where this process finds modules, without what depends on the working directory."""
    own = str(Path(workbench.__file__).resolve().parents[1])
    found = [path for path in sys.path if os.path.isabs(path)]
    return found if own in map(os.path.realpath, found) else [own, *found]
