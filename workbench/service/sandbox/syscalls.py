"""Linux's own locks on a process: no new privileges, death with the parent, and a filter of system calls (seccomp).

Written out here as the kernel takes it, so that no library is needed: a program for the kernel's packet filter that
lets through what a computing process needs (memory, its two pipes, time, random bytes, its end) and answers everything
else with EPERM. Imports the standard library only. On other systems every function says that it did nothing.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
_SET_MODE_FILTER, _EVERY_THREAD = 1, 1

# Of struct seccomp_data: the call's number, the architecture, and the low halves of its arguments (little endian).
_NUMBER, _ARCHITECTURE = 0, 4
_ARGUMENT = (16, 24, 32)
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _EPERM = 0x7FFF0000, 0x80000000, 0x00050000 | 1
_PROT_EXEC = 4
_OTHER_ABI = 0x40000000  # x86-64's second numbering of the same calls

_ARCHITECTURES: Mapping[str, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# name: number on x86-64, number on aarch64
_CALLS: Mapping[str, tuple[int, int]] = {
    "read": (0, 63),
    "close": (3, 57),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "sysinfo": (99, 179),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
    "rseq": (334, 293),
}
_WRITE, _MMAP, _MPROTECT, _SECCOMP = (1, 64), (9, 222), (10, 226), (317, 277)

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def die_with_parent() -> bool:
    """Ask for SIGKILL when the thread that started this process ends. Whether that worked."""
    return _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def no_new_privileges() -> bool:
    """Give up gaining privileges, and being traced by others of the same user. Whether that worked."""
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1) and _prctl(_PR_SET_DUMPABLE, 0)


def install_filter() -> bool:
    """Put every thread of this process under :func:`filter_for` this machine. Whether that worked."""
    machine = platform.machine()
    libc = _libc()
    if libc is None or machine not in _ARCHITECTURES or sys.maxsize < 2**32:
        return False
    instructions = filter_for(machine)
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(buffer))
    done = libc.syscall(
        ctypes.c_long(_number(_SECCOMP, machine)),
        ctypes.c_ulong(_SET_MODE_FILTER),
        ctypes.c_ulong(_EVERY_THREAD),
        ctypes.c_char_p(program),
    )
    return bool(done == 0)


def filter_for(machine: str) -> list[Instruction]:
    """The filter's instructions. Raises ``KeyError`` for a machine whose call numbers are not known here."""
    out: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        out += [(_AT_LEAST, 0, 1, _OTHER_ABI), (_RETURN, 0, 0, _KILL)]
    for numbers in _CALLS.values():
        out += [(_EQUAL, 0, 1, _number(numbers, machine)), (_RETURN, 0, 0, _ALLOW)]
    out += _where(_number(_WRITE, machine), [(_LOAD, 0, 0, _ARGUMENT[0]), (_AT_LEAST, 1, 0, 3)])
    for call in (_MMAP, _MPROTECT):  # memory, but never memory that can be executed
        out += _where(_number(call, machine), [(_LOAD, 0, 0, _ARGUMENT[2]), (_HAS_BIT, 1, 0, _PROT_EXEC)])
    return [*out, (_RETURN, 0, 0, _EPERM)]


def _where(number: int, refused: Sequence[Instruction]) -> list[Instruction]:
    """A call that is allowed unless the last of ``refused`` jumps over the permission."""
    inner = [*refused, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    return [(_EQUAL, 0, len(inner), number), *inner]


def _number(numbers: tuple[int, int], machine: str) -> int:
    return numbers[0] if machine == "x86_64" else numbers[1]


def _libc() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None


def _prctl(option: int, value: int) -> bool:
    libc = _libc()
    if libc is None or not hasattr(libc, "prctl"):
        return False
    zero = ctypes.c_ulong(0)
    return bool(libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero) == 0)
