"""Workers that misbehave on demand, for the sandbox's tests.

The real worker cannot be told to do any of this: a test replaces the text that the new interpreter runs by one that
puts the acts below into the worker before it starts. ``context.act`` of a request names the act.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[2])

BOOTSTRAP = f"""import json, sys
sys.path[:] = json.loads(sys.argv[1])["path"] + [{ROOT!r}]
from tests.service import sandbox_acts
from workbench.service.sandbox import worker
sandbox_acts.teach(worker)
sys.exit(worker.main(sys.argv[1:]))"""


def teach(worker) -> None:  # type: ignore[no-untyped-def]
    """Let a request's ``context.act`` be acted out instead of decided; ``"load-…"`` rules act while loading."""
    import ctypes
    import errno
    import mmap
    import os
    import resource
    import socket
    import subprocess
    import time

    from workbench.service.sandbox.frames import encoded

    really, check = worker.Evaluator.decide, worker.check
    written = worker.write_bytes
    libc = ctypes.CDLL(None, use_errno=True)

    def spin() -> None:
        while True:
            pass

    def grow() -> None:
        found = []
        while True:
            found.append(bytearray(1 << 20))

    def flood() -> None:
        while True:
            os.write(1, b"x" * 65536)

    def forge() -> None:
        """A proper allow, which answers no question that was asked."""
        allow = worker.Decision("allow", "allowed", "never", "", ("few",))
        written(1, encoded({"id": "0" * 32, "decision": plain(allow)}))
        time.sleep(60)

    def mumble() -> None:
        written(1, bytes([0, 0, 0, 5]) + b"hello")
        time.sleep(60)

    def repeat() -> None:
        def twice(descriptor, data):  # type: ignore[no-untyped-def]
            written(descriptor, data + data)

        worker.write_bytes = twice

    def segfault() -> None:
        ctypes.string_at(0)

    def lie() -> None:
        worker.plain_decision = lambda decision: {**plain(decision), "outcome": "allow"}

    plain = worker.plain_decision
    acts = {
        "spin": spin,
        "sleep": lambda: time.sleep(60),
        "grow": grow,
        "grab": lambda: bytearray(1 << 40),
        "flood": flood,
        "boast": lambda: worker.__dict__.update(plain_decision=lambda _: ["x" * (1 << 22)]),
        "forge": forge,
        "mumble": mumble,
        "repeat": repeat,
        "segfault": segfault,
        "abort": os.abort,
        "exit": lambda: os._exit(3),
        "hush": lambda: os.close(1),
        "raise": lambda: {}["missing"],
        "recurse": lambda: acts["recurse"](),
        "lie": lie,
    }

    def tried(port: int, only: str = ""):  # type: ignore[no-untyped-def]
        """Everything that a worker must not be able to do (or ``only`` some), with what came of it."""

        def call(name, *arguments):  # type: ignore[no-untyped-def]
            if getattr(libc, name)(*arguments) == -1:
                raise OSError(ctypes.get_errno(), name)

        attempts = {
            "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
            "unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
            "connect": lambda: call("connect", 1, b"\2\0" + port.to_bytes(2, "big") + b"\x7f\0\0\1" + bytes(8), 16),
            "connect by name": lambda: socket.create_connection(("127.0.0.1", port), 1),
            "read a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
            "write a file": lambda: os.open("/tmp/sandbox-escaped", os.O_WRONLY | os.O_CREAT),
            "remove a file": lambda: os.unlink("/tmp/sandbox-escaped"),
            "list a folder": lambda: os.listdir("/"),
            "fork": os.fork,
            "exec": lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
            "spawn": lambda: subprocess.Popen([sys.executable, "-c", ""]),
            "ptrace": lambda: call("ptrace", 16, os.getpid(), 0, 0),
            "kill": lambda: os.kill(1, 0),
            "raise a limit": lambda: call("setrlimit", resource.RLIMIT_NOFILE, (ctypes.c_ulong * 2)(64, 64)),
            "executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
            "write elsewhere": lambda: os.write(7, b"x"),
            "another filter": lambda: call("prctl", 22, 1, 0, 0, 0),
            "change the root": lambda: os.chroot("/tmp"),
            "become another": lambda: os.setuid(12345),
        }
        found = []
        for name in only.split(",") if only else attempts:
            try:
                attempts[name]()
                outcome = "worked"
            except OSError as error:
                outcome = errno.errorcode.get(error.errno or 0, str(error))
            except BaseException as error:
                outcome = type(error).__name__
            found.append(worker.RuleError(name, outcome))
        return worker.Decision("deny", "evaluation_error", "never", "", errors=tuple(found))

    def decide(self, request, *arguments, **more):  # type: ignore[no-untyped-def]
        act = request.context.get("act", "")
        if act.startswith("escape "):
            return tried(*map(json.loads, act.split(" ", 2)[1:]))
        if act == "surroundings":
            seen = {"environment": lambda: dict(os.environ), "isolated": lambda: sys.flags.isolated}
            errors = tuple(worker.RuleError(name, str(look())) for name, look in seen.items())
            return worker.Decision("deny", "evaluation_error", "never", "", errors=errors)
        if act:
            acts[act]()
            request = type(request)(request.principal, request.action, request.resource, {"n": 1})
        return really(self, request, *arguments, **more)

    def checked(source, schema):  # type: ignore[no-untyped-def]
        for name, act in acts.items():
            if source.startswith(f"// load-{name}\n"):
                act()
        return check(source, schema)

    worker.Evaluator.decide = decide
    worker.check = checked
