"""What a sandboxed worker may use, how it binds itself to that, and what of it the platform really enforces.

Imports the system call filter and the standard library. ``bind`` runs in the worker, once, after its imports.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from workbench.service.sandbox import syscalls

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one worker. Times are in seconds, sizes in bytes; all are positive.

    ``wall_seconds`` is for one decision, ``load_seconds`` for checking and compiling the constitution,
    ``start_seconds`` for starting Python, ``queue_seconds`` for waiting until a worker is free. ``cpu_seconds`` is for
    the whole life of one worker, which is replaced long before it is used up. ``memory_bytes`` is address space beyond
    what the interpreter takes once it has started. ``entities_bytes`` bounds the entities sent with one decision,
    ``request_bytes`` the request and its grants, ``reply_bytes`` an answer.
    """

    wall_seconds: float = 2.0
    load_seconds: float = 30.0
    start_seconds: float = 30.0
    queue_seconds: float = 10.0
    cpu_seconds: int = 60
    memory_bytes: int = 512 * MIB
    request_bytes: int = 256 * 1024
    entities_bytes: int = 8 * MIB
    reply_bytes: int = 8 * MIB

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a bound that is not positive."""
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ValueError(f"`{field.name}` must be positive")


# What there is to limit, as a person calls it. A worker reports how it is limited, by these names.
LIMITED = (
    "memory",
    "processor time",
    "network",
    "files",
    "processes",
    "written files",
    "core dumps",
    "new privileges",
    "system calls",
    "orphans",
)
WALL = "wall-clock time"


@dataclass(frozen=True, slots=True)
class LimitsInForce:
    """How each thing is limited on this platform: ``how`` by name, in words; ``missing`` is what is not limited."""

    how: Mapping[str, str]
    missing: tuple[str, ...]

    @classmethod
    def of(cls, reported: Mapping[str, str], limits: Limits) -> LimitsInForce:
        """From what the worker reported before it read anything of the constitution."""
        how = {WALL: f"{limits.wall_seconds:g} s for a decision, kept by the parent process, which kills the worker"}
        how.update((name, reported[name]) for name in LIMITED if reported.get(name))
        return cls(how, tuple(name for name in LIMITED if name not in how))

    def to_dict(self) -> dict[str, object]:
        """The JSON form."""
        return {"how": dict(self.how), "missing": list(self.missing)}


# ---- in the worker ---------------------------------------------------------------------------------------------------


def follow_parent(parent: int) -> str:
    """Die when the parent does, by signal where the platform has that; in words how, as :data:`LIMITED` says."""
    if syscalls.die_with_parent():
        if os.getppid() != parent:  # it was gone before the signal was asked for
            os._exit(1)
        return "a signal when the parent process dies"
    return "the end of its input when the parent process dies"


def bind(memory_bytes: int, cpu_seconds: int) -> dict[str, str]:
    """Bind this process for good. To be called with one thread, and nothing open but the standard three.

    Returns how each of :data:`LIMITED` is limited now; what the platform does not limit is left out.
    """
    how: dict[str, str] = {}
    _resource_limits(how, memory_bytes, cpu_seconds)
    if syscalls.no_new_privileges():
        how["new privileges"] = "no_new_privs"
        if syscalls.install_filter():
            how["system calls"] = "seccomp, a list of those that computing needs"
            how["processes"] = "seccomp"
    _probe(how)
    return how


def _resource_limits(how: dict[str, str], memory_bytes: int, cpu_seconds: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    def limit(what: int, soft: int, hard: int | None = None) -> bool:
        try:
            resource.setrlimit(what, (soft, soft if hard is None else hard))
        except (ValueError, OSError):
            return False
        return resource.getrlimit(what)[0] == soft

    used = _address_space()
    if used is not None and limit(resource.RLIMIT_AS, used + memory_bytes):
        how["memory"] = f"RLIMIT_AS, {memory_bytes // MIB} MiB beyond the interpreter"
    spent = int(time.process_time()) + 1
    if limit(resource.RLIMIT_CPU, spent + cpu_seconds, spent + cpu_seconds + 1):
        how["processor time"] = f"RLIMIT_CPU, {cpu_seconds} s in the life of one worker"
    if limit(resource.RLIMIT_FSIZE, 0):
        how["written files"] = "RLIMIT_FSIZE, none"
    if limit(resource.RLIMIT_CORE, 0):
        how["core dumps"] = "RLIMIT_CORE, none"
    limit(resource.RLIMIT_NOFILE, 3)  # what it does is probed
    if limit(resource.RLIMIT_NPROC, 0) and os.geteuid() != 0:
        how["processes"] = "RLIMIT_NPROC, none"


def _address_space() -> int | None:
    """Bytes of address space in use, where the system tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _probe(how: dict[str, str]) -> None:
    """Network and files count as limited where trying them fails."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except OSError as error:
        how["network"] = f"no socket can be made ({error.strerror})"
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        how["files"] = f"no file can be opened ({error.strerror})"
