"""The pure rooms work with sockets, files and clocks taken away."""

from __future__ import annotations

import subprocess
import sys

from tests.contracts.source_tree import ROOT, Module, in_rooms
from tests.contracts.test_layers import PURE

STANDARD = set(sys.stdlib_module_names)

# Runs in a fresh interpreter. Other people's packages are loaded first: they may read their own files.
SCRIPT = '''
import builtins, importlib, io, os, socket, sys, time

for name in {outside!r}:
    importlib.import_module(name)
import zoneinfo, datetime, json  # noqa
import pydantic
type("Warm", (pydantic.BaseModel,), {{}})  # pydantic looks for its plugins once, in files

def gone(*_args, **_kwargs):
    raise AssertionError("a pure room reached for the outside world")

for owner, names in (
    (builtins, ("open", "input", "print")), (io, ("open",)), (os, ("open", "urandom", "listdir")),
    (socket, ("socket", "create_connection", "getaddrinfo")),
    (time, ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep")),
):
    for name in names:
        setattr(owner, name, gone)

for name in {rooms!r}:
    importlib.import_module(name)

from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.governance.canonical import canonical_bytes
from workbench.language.check import check

schema = """entity User; entity Thing = {{ tags: Set<String> }};
action look appliesTo {{ principal: [User], resource: [Thing], context: {{ n: Long }} }};"""
source = """permit (principal, action == Action::"look", resource) when {{ context.n < 3 }};
forbid (principal, action == Action::"look", resource) when {{ resource.tags.contains("secret") }};"""
result = check(source, schema)
assert result.program is not None, result.diagnostics
engine = Evaluator(result.program)
thing = {{"uid": {{"type": "Thing", "id": "t"}}, "attrs": {{"tags": ["secret"]}}, "parents": []}}
user = {{"uid": {{"type": "User", "id": "u"}}, "attrs": {{}}, "parents": []}}
decision = engine.decide(Request('User::"u"', 'Action::"look"', 'Thing::"t"', {{"n": 1}}), [thing, user])
assert decision.code == "forbidden", decision
canonical_bytes(dict(decision.to_dict()))
sys.stdout.write("pure")
'''


def test_pure_rooms_run_without_the_outside_world() -> None:
    rooms = in_rooms(*PURE)
    outside = sorted(
        {name.split(".")[0] for module in rooms for name, _ in module.imports()} - STANDARD - {"workbench", ""}
    )
    script = SCRIPT.format(outside=outside + _parts_of(rooms, "cryptography"), rooms=[module.name for module in rooms])
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "pure"


def _parts_of(rooms: list[Module], package: str) -> list[str]:
    """The submodules of ``package`` that ``rooms`` import names from."""
    found = {name for module in rooms for name, _ in module.imports() if name.startswith(f"{package}.")}
    return sorted(name for name in found if any(other.startswith(f"{name}.") for other in found))
