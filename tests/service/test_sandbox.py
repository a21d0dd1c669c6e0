"""The sandbox: decides as the engine does; whatever its worker does, the answer is a deny and the next one works."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.service import sandbox_acts
from tests.service.conftest import Ask
from workbench.engine import Entities, Evaluator, Request
from workbench.engine.decision import Decision, Evidence, NearMiss, Read, RuleError, Sparing
from workbench.language.check import check
from workbench.language.diagnostics import DiagnosticsError
from workbench.service.samples import load_sample
from workbench.service.sandbox import Limits, SandboxedEvaluator
from workbench.service.sandbox import process as process_module
from workbench.service.sandbox.answers import AnswerError, decision_from, diagnostics_from, plain_decision
from workbench.service.sandbox.process import Worker
from workbench.service.workspace import Workspace

SCHEMA = """entity Group in [Group];
entity User in [Group] = { name?: String };
action look appliesTo { principal: [User], resource: [User], context: { n: Long, s?: String, t?: Set<Long> } };"""
SOURCE = """@id("few") permit (principal, action == Action::"look", resource) when { context.n < 5 };
@id("none") forbid (principal, action, resource) when { context.n == 3 };
@id("odd") forbid (principal, action, resource) when { context has s && context.s like "*a*a*a*a*a*a*a*a*a*a*b" };
@id("all") forbid (principal, action, resource) when { context has t && context.t.containsAll([1, 2, 3]) };
procedure ask { on action == Action::"look" when n == 4 require approval from principal }"""
QUICK = Limits(wall_seconds=1.0, cpu_seconds=30, memory_bytes=64 * 1024 * 1024, reply_bytes=1024 * 1024)
LOCKED = sys.platform.startswith("linux") and os.uname().machine in ("x86_64", "aarch64")


def asked(n: Any = 1, **context: Any) -> dict[str, Any]:
    return {
        "principal": 'User::"u"',
        "action": 'Action::"look"',
        "resource": 'User::"v"',
        "context": {"n": n, **context},
    }


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxedEvaluator]:
    with SandboxedEvaluator(SOURCE, SCHEMA, QUICK) as found:
        yield found


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def actor(patch: pytest.MonkeyPatch) -> Iterator[SandboxedEvaluator]:
    """A sandbox whose workers do what ``context.act`` says."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(process_module, "BOOTSTRAP", sandbox_acts.BOOTSTRAP)
        with SandboxedEvaluator(SOURCE, SCHEMA, QUICK) as found:
            yield found


def works(sandbox: SandboxedEvaluator) -> None:
    """The good request is allowed, in a moment."""
    assert sandbox.decide(asked()).outcome == "allow"


def limit_of(decision: Decision) -> str:
    assert (decision.outcome, decision.code, decision.retry) == ("deny", "sandbox_limit", "after_change")
    (error,) = decision.errors
    assert decision.remedy
    return error.message.split("`")[1]


# ---- it decides as the engine does -----------------------------------------------------------------------------------


def test_every_recorded_action_is_decided_as_in_this_process() -> None:
    sample = load_sample()
    schema = (sample.root / "schema.cedarschema").read_text("utf-8")
    result = check(sample.cedar_plus, schema)
    assert result.program is not None
    evaluator, codes = Evaluator(result.program), set()
    directory = json.loads((sample.root / "directory.json").read_text("utf-8"))
    with SandboxedEvaluator(sample.cedar_plus, schema) as sandbox:
        for line in sample.actions.read_text("utf-8").splitlines()[:150]:
            row = json.loads(line)
            request = row["request"] | {"context": row["request"]["context"] | row["facts"]}
            entities = [*directory, *row["entities"]]
            ours, theirs = evaluator.decide(request, entities), sandbox.decide(request, entities)
            assert theirs == ours
            for field in dataclasses.fields(Decision):  # equality looks at the JSON, which says less of the near misses
                assert getattr(theirs, field.name) == getattr(ours, field.name), field.name
            codes.add(ours.code)
    assert {"allowed", "forbidden", "held"} <= codes


def test_texts_values_requests_and_grants_are_taken(sandbox: SandboxedEvaluator) -> None:
    users = [{"uid": {"type": "User", "id": "u"}, "attrs": {}, "parents": []}]
    for request in (asked(), json.dumps(asked()), Request.from_json(asked())):
        for entities in ((), [], users, json.dumps(users), tuple(users)):
            assert sandbox.decide(request, entities).outcome == "allow"  # type: ignore[arg-type]
    assert sandbox.decide(asked(4)).code == "held"
    assert sandbox.decide(asked(4), grants=["ask"]).code == "allowed"
    assert sandbox.decide(asked(9)).why_not[0].rule == "few"


BAD: dict[str, tuple[Any, Any, str]] = {
    "no object": ("[]", "[]", "invalid_request"),
    "no JSON": ("{", "[]", "invalid_request"),
    "a repeated key": ('{"principal": 1, "principal": 2}', "[]", "invalid_request"),
    "a fraction": (json.dumps(asked(1.5)), "[]", "invalid_request"),
    "deep": ('{"principal": ' + "[" * 90_000, "[]", "invalid_request"),
    "deep and whole": ('{"principal": ' + "[" * 90 + "]" * 90 + "}", "[]", "invalid_request"),
    "not a number": (asked(float("nan")), "[]", "invalid_request"),
    "half a character": (asked(s="\ud800"), "[]", "invalid_request"),
    "half a character in a text": (json.dumps(asked()) + "\ud800", "[]", "invalid_request"),
    "not serialisable": (asked(object()), "[]", "invalid_request"),
    "too large": (asked(s="x" * 262_144), "[]", "invalid_request"),
    "a huge set": (asked(t=list(range(100_000))), "[]", "invalid_request"),
    "entities that are none": (asked(), "{}", "invalid_entity"),
    "entities that are a number": (asked(), 7, "invalid_entity"),
    "a mapping as entities": (asked(), {"a": 1}, "invalid_entity"),
    "an entity of no type": (
        asked(),
        [{"uid": {"type": "No", "id": "x"}, "attrs": {}, "parents": []}],
        "invalid_entity",
    ),
    "too many entities": (asked(), "[" + " " * 9_000_000 + "]", "invalid_entity"),
    "nothing": (None, None, "invalid_request"),
}


@pytest.mark.parametrize(("request_", "entities", "code"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_with_the_reason(
    sandbox: SandboxedEvaluator, request_: Any, entities: Any, code: str
) -> None:
    decision = sandbox.decide(request_, entities)
    assert (decision.outcome, decision.code) == ("deny", code)
    assert decision.errors[0].message
    works(sandbox)


def test_a_circle_is_no_json(sandbox: SandboxedEvaluator) -> None:
    request = asked()
    request["context"]["self"] = request
    assert sandbox.decide(request).code == "invalid_request"
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    assert sandbox.decide(asked(t=nested)).code == "invalid_request"
    works(sandbox)


UNCLEAN = [
    SOURCE + '\n\npermit (principal, action == Action::"look", resource) when { context.m == 1 };',
    SOURCE + "\npermit (principal is Usr, action, resource) when { context.n < 0.5 };",
    SOURCE + '\npermit (principal, action, resource) when { principal.name == "a" }',
    "permit (principal, action",
    "procedure p { on amendment tiny require approval from principal where principal.rolle == 1 }",
]


@pytest.mark.parametrize("source", UNCLEAN)
def test_an_unclean_constitution_is_told_with_its_places(source: str) -> None:
    with pytest.raises(DiagnosticsError) as caught:
        SandboxedEvaluator(source, SCHEMA, QUICK)
    expected = check(source, SCHEMA).errors
    assert caught.value.diagnostics == expected
    assert expected


def test_everything_is_loaded_before_the_doors_close() -> None:
    """What language and engine import on first use: the worker must have had its first use of each."""
    script = f"""import ast, pathlib, sys
sys.path.insert(0, {sandbox_acts.ROOT!r})
from workbench.service.sandbox import worker
worker._rehearse()
missing = set()
for room in ("language", "engine"):
    for path in (pathlib.Path({sandbox_acts.ROOT!r}) / "workbench" / room).rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    names = [node.module] if isinstance(node, ast.ImportFrom) else []
                    names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                    missing |= {{name for name in names if name not in sys.modules}}
print(sorted(missing))"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ast.literal_eval(done.stdout) == ["workbench.engine.cedar_source"]  # for Cedar's own tests of conformance


# ---- hostile input, through the front --------------------------------------------------------------------------------


def chain(length: int) -> str:
    """Groups in groups in groups: each has all the following as ancestors."""
    rows = (
        f'{{"uid":{{"type":"Group","id":"{i}"}},"attrs":{{}},"parents":[{{"type":"Group","id":"{i + 1}"}}]}}'
        for i in range(length)
    )
    return "[" + ",".join(rows) + "]"


def test_hostile_requests_end_in_time(sandbox: SandboxedEvaluator) -> None:
    """Each within the wall time and what a replacement takes; what the engine bounds well is simply decided."""
    start = time.monotonic()
    assert sandbox.decide(asked(s="a" * 200_000)).code == "allowed"
    assert sandbox.decide(asked(s="a" * 200_000 + "b")).reasons == ("odd",)
    assert sandbox.decide(asked(t=list(range(30_000)))).reasons == ("all",)
    assert time.monotonic() - start < 3
    open_string = '{"principal": [' + "[]," * 80 + '"' + '\\"' * 120_000
    assert sandbox.decide(open_string).code in ("invalid_request", "sandbox_limit")
    works(sandbox)
    assert limit_of(sandbox.decide(asked(), chain(90_000))) in ("memory", "wall")
    works(sandbox)


@pytest.mark.slow
def test_the_largest_constitution_goes_over_the_limit_and_is_tried_once() -> None:
    source = "\n".join(
        f'@id("r{i}") forbid (principal, action, resource) when {{ context.n == {i} && context has s }};'
        for i in range(20_000)
    )
    with SandboxedEvaluator(source, SCHEMA, dataclasses.replace(QUICK, load_seconds=1.0)) as sandbox:
        start = time.monotonic()
        assert limit_of(sandbox.decide(asked())) == "wall"
        assert "loading" in sandbox.decide(asked()).errors[0].message
        assert time.monotonic() - start < 0.5, "a constitution that cannot be loaded costs its time once"


def test_a_chain_of_a_thousand_alternatives_is_not_even_loaded() -> None:
    source = "permit (principal, action, resource) when { " + " || ".join(["context.n == 1"] * 1_500) + " };"
    with pytest.raises(DiagnosticsError, match="CP003"):
        SandboxedEvaluator(source, SCHEMA, QUICK)


# ---- a worker that misbehaves ----------------------------------------------------------------------------------------

ACTS = {
    "spin": "wall",
    "sleep": "wall",
    "grow": "memory",
    "grab": "memory",
    "flood": "output",
    "boast": "output",
    "forge": "protocol",
    "mumble": "protocol",
    "lie": "protocol",
    "segfault": "crash",
    "abort": "crash",
    "exit": "crash",
    "hush": "crash",
    "raise": "crash",
    "recurse": "crash",
}


@pytest.mark.parametrize(("act", "limit"), ACTS.items())
def test_whatever_it_does_it_is_a_deny_and_it_is_replaced(actor: SandboxedEvaluator, act: str, limit: str) -> None:
    works(actor)
    before = {worker.pid for worker in actor._alive}
    start = time.monotonic()
    decision = actor.decide(asked(act=act))
    if act in ("lie", "boast"):  # what it has learnt shows in its next answer
        assert decision.outcome == "allow"
        decision = actor.decide(asked(9))
    assert time.monotonic() - start < QUICK.wall_seconds + 3
    assert limit_of(decision) == limit
    works(actor)
    assert before.isdisjoint({worker.pid for worker in actor._alive})
    assert all(gone(pid) for pid in before)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_an_answer_given_twice_answers_no_other_question(actor: SandboxedEvaluator) -> None:
    works(actor)
    assert actor.decide(asked(act="repeat")).outcome == "allow"
    assert actor.decide(asked()).outcome == "allow"
    time.sleep(0.05)
    decision = actor.decide(asked(9))
    assert limit_of(decision) == "protocol"
    assert "without being asked" in decision.errors[0].message
    works(actor)


def test_processor_time_is_limited_apart_from_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BOOTSTRAP", sandbox_acts.BOOTSTRAP)
    limits = dataclasses.replace(QUICK, wall_seconds=20, cpu_seconds=1)
    with SandboxedEvaluator(SOURCE, SCHEMA, limits) as sandbox:
        start = time.monotonic()
        assert limit_of(sandbox.decide(asked(act="spin"))) == "cpu"
        assert time.monotonic() - start < 10
        works(sandbox)


def test_a_worker_is_replaced_before_its_processor_time_is_used_up() -> None:
    limits = dataclasses.replace(QUICK, cpu_seconds=1)
    with SandboxedEvaluator(SOURCE, SCHEMA, limits) as sandbox:
        pids, decided = set(), 0
        for _ in range(4_000):
            assert sandbox.decide(asked(s="a" * 100_000)).outcome == "allow"
            pids |= {worker.pid for worker in sandbox._alive}
            decided += 1
            if len(pids) > 2:
                break
        assert len(pids) > 2, decided
        assert decided > 20


@pytest.mark.parametrize("act", ["spin", "grow", "exit", "raise"])
def test_loading_is_limited_too(monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    monkeypatch.setattr(process_module, "BOOTSTRAP", sandbox_acts.BOOTSTRAP)
    with SandboxedEvaluator(
        f"// load-{act}\n{SOURCE}", SCHEMA, dataclasses.replace(QUICK, load_seconds=1.5)
    ) as sandbox:
        decision = sandbox.decide(asked())
        assert limit_of(decision) == {"spin": "wall", "grow": "memory"}.get(act, "crash")
        assert "loading the constitution" in decision.errors[0].message


@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP])
def test_a_worker_killed_from_outside_is_replaced(sandbox: SandboxedEvaluator, with_signal: signal.Signals) -> None:
    works(sandbox)
    (worker,) = sandbox._alive
    os.kill(worker.pid, with_signal)
    if with_signal != signal.SIGSTOP:
        while worker._process.poll() is None:
            time.sleep(0.01)
    assert limit_of(sandbox.decide(asked())) == ("wall" if with_signal == signal.SIGSTOP else "crash")
    works(sandbox)


# ---- what it cannot reach --------------------------------------------------------------------------------------------


@pytest.mark.skipif(not LOCKED, reason="no filter of system calls for this platform")
def test_it_reaches_nothing(actor: SandboxedEvaluator) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        decision = actor.decide(asked(act=f"escape {listener.getsockname()[1]}"))
        with pytest.raises(BlockingIOError):
            listener.accept()
    outcomes = {error.rule: error.message for error in decision.errors}
    assert len(outcomes) == 19
    assert outcomes.pop("connect by name") != "worked"
    assert set(outcomes.values()) == {"EPERM"}, outcomes
    assert actor.limits_in_force().missing == ()
    works(actor)


def test_it_sees_nothing_of_its_surroundings(actor: SandboxedEvaluator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(process_module, "BOOTSTRAP", sandbox_acts.BOOTSTRAP)
        with SandboxedEvaluator(SOURCE, SCHEMA, QUICK) as fresh:
            pid = next(iter(fresh._alive)).pid
            if sys.platform.startswith("linux"):
                assert os.readlink(f"/proc/{pid}/cwd") == "/"
                assert b"SECRET" not in Path(f"/proc/{pid}/environ").read_bytes()
                assert sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"]
            decision = fresh.decide(asked(act="surroundings"))
            told = {error.rule: error.message for error in decision.errors}
            assert "SECRET" not in told["environment"]
            assert told["isolated"] == "1"


@pytest.mark.skipif(not LOCKED, reason="no filter of system calls for this platform")
def test_what_the_platform_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the filter, sockets and files still cannot be had: no descriptor is left for them."""
    without = sandbox_acts.BOOTSTRAP.replace(
        "sandbox_acts.teach", "worker.bind.__globals__['syscalls'].install_filter = lambda: False\nsandbox_acts.teach"
    )
    monkeypatch.setattr(process_module, "BOOTSTRAP", without)
    with SandboxedEvaluator(SOURCE, SCHEMA, QUICK) as sandbox:
        found = sandbox.limits_in_force()
        assert "system calls" in found.missing
        assert ("processes" in found.missing) == (os.geteuid() == 0)
        assert {"network", "files", "memory", "wall-clock time"} <= set(found.how)
        decision = sandbox.decide(asked(act='escape 1 "socket,unix socket,read a file,write a file"'))
        outcomes = {error.rule: error.message for error in decision.errors}
        assert outcomes == dict.fromkeys(("socket", "unix socket", "read a file", "write a file"), "EMFILE")


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    """A parent that is killed leaves no worker behind, not even a busy one."""
    script = f"""import sys, time
sys.path.insert(0, {sandbox_acts.ROOT!r})
from tests.service import sandbox_acts, test_sandbox as t
t.process_module.BOOTSTRAP = sandbox_acts.BOOTSTRAP
import dataclasses, threading
sandbox = t.SandboxedEvaluator(t.SOURCE, t.SCHEMA, dataclasses.replace(t.QUICK, wall_seconds=60), workers=2)
threading.Thread(target=sandbox.decide, args=(t.asked(act="spin"),), daemon=True).start()
while len(sandbox._alive) < 2: time.sleep(0.01)
time.sleep(0.2)
print(*[worker.pid for worker in sandbox._alive], flush=True)
time.sleep(60)"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 5
    while not all(map(dead, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    assert all(map(dead, pids))


def dead(pid: int) -> bool:
    """Gone, or waiting for someone to notice (whoever adopted it)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return gone(pid)


# ---- the filter ------------------------------------------------------------------------------------------------------

ALLOW, KILL, EPERM = 0x7FFF0000, 0x80000000, 0x00050001
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# system call: number on x86-64, on aarch64, arguments, answer
CALLS: list[tuple[str, int, int, tuple[int, ...], int]] = [
    ("read", 0, 63, (0,), ALLOW),
    ("write to the pipe", 1, 64, (1,), ALLOW),
    ("write elsewhere", 1, 64, (3,), EPERM),
    ("openat", 257, 56, (), EPERM),
    ("socket", 41, 198, (), EPERM),
    ("connect", 42, 203, (), EPERM),
    ("clone", 56, 220, (), EPERM),
    ("execve", 59, 221, (), EPERM),
    ("ptrace", 101, 117, (), EPERM),
    ("kill", 62, 129, (), EPERM),
    ("prlimit64", 302, 261, (), EPERM),
    ("prctl", 157, 167, (), EPERM),
    ("process_vm_readv", 310, 270, (), EPERM),
    ("io_uring_setup", 425, 425, (), EPERM),
    ("mmap", 9, 222, (0, 4096, 3), ALLOW),
    ("mmap to execute", 9, 222, (0, 4096, 5), EPERM),
    ("mprotect", 10, 226, (0, 4096, 1), ALLOW),
    ("mprotect to execute", 10, 226, (0, 4096, 7), EPERM),
    ("futex", 202, 98, (), ALLOW),
    ("exit_group", 231, 94, (), ALLOW),
]


def judged(machine: str, number: int, arguments: tuple[int, ...], architecture: int | None = None) -> int:
    """What the filter answers, by a small machine of our own for the kernel's instructions."""
    from workbench.service.sandbox.syscalls import filter_for

    data = {0: number, 4: ARCHITECTURES[machine] if architecture is None else architecture}
    data.update({16 + 8 * place: value for place, value in enumerate(arguments)})
    at, value, program = 0, 0, filter_for(machine)
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        match code:
            case 0x20:
                value = data.get(operand, 0)
            case 0x06:
                return operand
            case _:
                holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
                at += if_true if holds else if_false


@pytest.mark.parametrize("machine", list(ARCHITECTURES))
def test_the_filter_lets_through_what_computing_needs(machine: str) -> None:
    for name, intel, arm, arguments, answer in CALLS:
        assert judged(machine, intel if machine == "x86_64" else arm, arguments) == answer, name
    other = ARCHITECTURES["aarch64" if machine == "x86_64" else "x86_64"]
    assert judged(machine, 0, (), other) == KILL
    assert judged(machine, 0, (), 0x40000003) == KILL  # 32 bits
    if machine == "x86_64":
        assert judged(machine, 0x40000000 | 41, ()) == KILL


# ---- answers ---------------------------------------------------------------------------------------------------------

READ = Read("context.n", {"a": [1]}, False, "server")
WHOLE = Decision(
    outcome="deny",
    code="forbidden",
    retry="after_change",
    remedy="é\n",
    reasons=("a",),
    errors=(RuleError("r", "m"),),
    evidence=(Evidence("a", "forbid", (READ, Read("x", None, True)), "observe", "high"),),
    observed=("o",),
    why_not=(NearMiss("n", ("c",), (READ,)),),
    spared_by=(Sparing("s", ("c",), (READ,)),),
    score=Decimal("-1.50"),
)


def test_a_decision_comes_back_as_it_went() -> None:
    back = decision_from(json.loads(json.dumps(plain_decision(WHOLE))))
    for field in dataclasses.fields(Decision):
        assert getattr(back, field.name) == getattr(WHOLE, field.name)
    assert str(back.score) == "-1.50"


def deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


FORGED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing": lambda d: None,
    "a list": lambda d: [d],
    "a field less": lambda d: {k: v for k, v in d.items() if k != "observed"},
    "a field more": lambda d: d | {"sudo": True},
    "allow": lambda d: d | {"outcome": "allow"},
    "allow without a permit": lambda d: d | {"outcome": "allow", "code": "allowed", "reasons": []},
    "hold by nobody": lambda d: d | {"outcome": "hold", "code": "held"},
    "an unknown outcome": lambda d: d | {"outcome": "maybe"},
    "an unknown code": lambda d: d | {"code": "fine"},
    "an outcome that is no text": lambda d: d | {"outcome": ["deny"]},
    "a code that is no text": lambda d: d | {"code": {}},
    "reasons in one text": lambda d: d | {"reasons": "abc"},
    "a reason that is no text": lambda d: d | {"reasons": [1]},
    "a half error": lambda d: d | {"errors": [["r"]]},
    "an unknown effect": lambda d: d | {"evidence": [["a", "grant", "enforce", "", []]]},
    "an unknown stage": lambda d: d | {"evidence": [["a", "permit", "later", "", []]]},
    "an unknown severity": lambda d: d | {"evidence": [["a", "permit", "enforce", "dire", []]]},
    "a read without source": lambda d: d | {"evidence": [["a", "permit", "enforce", "", [["x", 1, False]]]]},
    "a read that may be missing": lambda d: d | {"evidence": [["a", "permit", "enforce", "", [["x", 1, 0, "caller"]]]]},
    "a deep read": lambda d: d | {"evidence": [["a", "permit", "enforce", "", [["x", deep(90), False, "caller"]]]]},
    "no score": lambda d: d | {"score": "NaN"},
    "an endless score": lambda d: d | {"score": "1" * 1_000},
    "a score that is a number": lambda d: d | {"score": 1},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_answer_is_none(forge: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises(AnswerError):
        decision_from(forge(plain_decision(WHOLE)))


@pytest.mark.parametrize(
    "row",
    [
        {},
        "x",
        {"start": 0, "end": 99},
        {"start": -1, "end": 0},
        {"start": True, "end": 1},
        {"start": 0, "end": 0, "code": "CP001", "severity": "fatal"},
    ],
)
def test_a_forged_diagnostic_is_none(row: Any) -> None:
    whole = dict.fromkeys(("code", "message", "expected", "fix", "help", "rule"), "") | {"severity": "error"}
    assert diagnostics_from([whole | {"start": 1, "end": 2}], "abc")[0].start.column == 2
    with pytest.raises(AnswerError):
        diagnostics_from([whole | row if isinstance(row, dict) and row else row], "abc")


# ---- many threads, and the end ---------------------------------------------------------------------------------------


def test_threads_share_it_and_a_bad_request_disturbs_nobody_else(patch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(process_module, "BOOTSTRAP", sandbox_acts.BOOTSTRAP)
        with SandboxedEvaluator(SOURCE, SCHEMA, QUICK, workers=2) as sandbox, ThreadPoolExecutor(8) as threads:
            requests = [(asked(act="exit"), "crash") if i % 20 == 7 else (asked(i % 7), "") for i in range(120)]
            decisions = list(threads.map(lambda item: sandbox.decide(item[0]), requests))
            codes = ["allowed", "allowed", "allowed", "forbidden", "held", "not_permitted", "not_permitted"]
            for place, ((_, limit), decision) in enumerate(zip(requests, decisions, strict=True)):
                assert decision.code == ("sandbox_limit" if limit else codes[place % 7])
            assert len(sandbox._alive) <= 2


def test_who_waits_too_long_for_a_worker_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BOOTSTRAP", sandbox_acts.BOOTSTRAP)
    limits = dataclasses.replace(QUICK, queue_seconds=0.1)
    with SandboxedEvaluator(SOURCE, SCHEMA, limits) as sandbox:
        busy = threading.Thread(target=sandbox.decide, args=(asked(act="sleep"),))
        busy.start()
        time.sleep(0.1)
        assert limit_of(sandbox.decide(asked())) == "busy"
        busy.join()
        works(sandbox)


def test_closing_ends_what_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BOOTSTRAP", sandbox_acts.BOOTSTRAP)
    sandbox = SandboxedEvaluator(SOURCE, SCHEMA, dataclasses.replace(QUICK, wall_seconds=30), workers=2)
    found: list[Decision] = []
    asking = threading.Thread(target=lambda: found.append(sandbox.decide(asked(act="spin"))))
    asking.start()
    time.sleep(0.3)
    pids = [worker.pid for worker in sandbox._alive]
    sandbox.close()
    asking.join(5)
    assert not asking.is_alive()
    assert limit_of(found[0]) == "crash"
    assert all(map(gone, pids))
    assert limit_of(sandbox.decide(asked())) == "start"
    sandbox.close()


def test_a_machine_that_cannot_start_workers_denies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for bootstrap, executable in (
        ("raise SystemExit(1)", sys.executable),
        ("", str(tmp_path / "no-python")),
        ("import time; time.sleep(60)", sys.executable),
        ("import os; os.write(1, bytes([0, 0, 0, 2]) + b'{}'); input()", sys.executable),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(process_module, "BOOTSTRAP", bootstrap)
            patched.setattr(sys, "executable", executable)
            with SandboxedEvaluator(SOURCE, SCHEMA, dataclasses.replace(QUICK, start_seconds=0.5)) as sandbox:
                assert limit_of(sandbox.decide(asked())) == "start"
                assert sandbox.limits_in_force().missing


def test_limits_are_positive() -> None:
    for field in dataclasses.fields(Limits):
        with pytest.raises(ValueError, match=field.name):
            Limits(**{field.name: 0})
    with pytest.raises(ValueError, match="worker"):
        SandboxedEvaluator(SOURCE, SCHEMA, workers=0)


def test_a_worker_forgets_nothing_of_the_machine_after_it_is_gone() -> None:
    """No descriptor is left open and no process unnoticed, however often workers come and go."""
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(3):
        worker = Worker(QUICK)
        worker.kill()
        worker.kill()
        assert worker._process.returncode is not None
    assert not before or len(os.listdir("/proc/self/fd")) <= before


# ---- in the workspace ------------------------------------------------------------------------------------------------


def test_a_limit_met_is_recorded_as_any_decision(
    workspace: Workspace, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code goes through ledger, feed and views where an enforcing face asks a sandbox."""
    monkeypatch.setattr(process_module, "BOOTSTRAP", "raise SystemExit(1)")
    with SandboxedEvaluator(SOURCE, SCHEMA, QUICK) as sandbox:

        def decide(self: Evaluator, request: Request, entities: Entities, **more: Any) -> Decision:
            return sandbox.decide(request, entities.to_json())

        monkeypatch.setattr(Evaluator, "decide", decide)
        recorded = ask()
    event = workspace.event(recorded.seq)
    assert (event.row.outcome, event.row.code) == ("deny", "sandbox_limit")
    assert "start" in event.decision["errors"][0]["message"]
