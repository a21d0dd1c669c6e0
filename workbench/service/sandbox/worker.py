"""The sandboxed process: reads a constitution, then requests, and answers each; bound before it reads the first byte.

Started by ``sandbox.process`` with its options as JSON in the first argument. Imports the engine and the language, and
of them everything that a decision may need, by deciding once before the limits are in force: afterwards no file can be
opened. A message is ``{"id", "do": "load" | "decide", …}``; the answer repeats the id.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from workbench.engine.conversion import InputError, loads
from workbench.engine.decision import Decision, RuleError
from workbench.engine.evaluator import Evaluator
from workbench.engine.grants import Grant
from workbench.engine.request import Request, RequestError
from workbench.language.check import check
from workbench.service.sandbox.answers import plain_decision, plain_diagnostics
from workbench.service.sandbox.frames import encoded, read_message, write_bytes
from workbench.service.sandbox.limits import bind, follow_parent

_STDIN, _STDOUT = 0, 1
_SHOWN = 200  # characters of an unexpected error's message


def main(arguments: Sequence[str]) -> int:
    """Serve until the input ends."""
    options = json.loads(arguments[0])
    sys.stdout = sys.stderr  # nothing but answers may reach the pipe
    orphans = follow_parent(options["parent"])
    _rehearse()
    how = bind(options["memory_bytes"], options["cpu_seconds"])
    write_bytes(_STDOUT, encoded({"id": options["id"], "limits": {**how, "orphans": orphans}}))
    worker = _Worker(options["reply_bytes"])
    while (message := read_message(_STDIN)) is not None:
        write_bytes(_STDOUT, worker.answered(message))
    return 0


class _Worker:
    def __init__(self, reply_bytes: int) -> None:
        self._reply_bytes = reply_bytes
        self._evaluator: Evaluator | None = None

    def answered(self, message: dict[str, Any]) -> bytes:
        """The answer's bytes; says which limit was met rather than dying of it, where Python lets it."""
        try:
            answer = encoded({"id": message["id"], **self._answer(message)})
        except MemoryError:
            return encoded({"id": message["id"], "over": "memory"})
        except Exception as error:
            return encoded({"id": message["id"], "failed": f"{type(error).__name__}: {error}"[:_SHOWN]})
        if len(answer) > self._reply_bytes:
            return encoded({"id": message["id"], "over": "output"})
        return answer

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["do"] == "load":
            result = check(message["source"], message["schema"])
            if result.program is None:
                return {"diagnostics": plain_diagnostics(result.errors)}
            self._evaluator = Evaluator(result.program)
            return {"rules": len(result.program.rules)}
        return {"decision": plain_decision(self._decided(message))}

    def _decided(self, message: dict[str, Any]) -> Decision:
        if self._evaluator is None:
            raise ValueError("nothing is loaded")
        end = time.monotonic() + message["milliseconds"] / 1000
        grants = [name if isinstance(name, str) else Grant(*name) for name in message["grants"]]
        try:
            request = Request.from_json(loads(message["request"]))
        except (InputError, RequestError) as error:
            return Decision(
                "deny", "invalid_request", "after_change", _mend(error), errors=(RuleError("", str(error)),)
            )
        return self._evaluator.decide(
            request, message["entities"], grants=grants, deadline=lambda: time.monotonic() > end
        )


def _mend(error: Exception) -> str:
    return f"Correct this first: {error}."


_SCHEMA = """entity Group in [Group];
entity Kind enum ["one", "two"];
@phrase("a user") entity User in [Group] = { role: String, boss?: User } tags String;
type Facts = { n: Long, s: String, tags: Set<String>, @source("server") ip: ipaddr, cost: decimal, when: datetime };
action all;
action look in [all] appliesTo { principal: [User], resource: [User, Kind], context: Facts };"""
_SOURCE = """@id("a") permit (principal, action in Action::"all", resource)
when { context.s like "*b*" && context.tags.containsAny(["x"]) && context.ip.isInRange(ip("10.0.0.0/8")) };
@id("b") forbid (principal in Group::"g", action == Action::"look", resource is User)
unless { context.n < 3 && context.cost.lessThan(decimal("2.5")) && context.when > datetime("2020-01-01") };
@id("c") @stage("observe") forbid (principal, action, resource) when { principal.hasTag("t") && resource == principal };
prefer score(0.5) (principal, action, resource) when { context.n * 2 > 9007199254740993 || context.cost > 0.5 };
procedure ask { on action == Action::"look" when n > 5 require approval from principal where principal.role == "x"
  with timeout 1 hour }"""
_BROKEN = (  # each kind of mistake is told by other code: of words, of types, of names, of structure
    'permit (principal, action == Action::"look", resource) when { context.n == "1" && };\npermit (p',
    'permit (principal == Usr::"u", action == Action::"loook", resource) when { context.nn == 1 };',
    'permit (principal, action == Action::"look", resource) when { context.nn == 1 && principal.roel == "é" };',
    "permit (principal, action, resource) when { context.s == 1 || context.n < 0.5 };",
    '@id("x") permit (principal, action, resource); @id("x") procedure ask { on amendment huge }',
)


def _rehearse() -> None:
    """Do once what will be done later, so that everything that is loaded on first use is loaded."""
    result = check(_SOURCE, _SCHEMA)
    evaluator = Evaluator(result.program) if result.program is not None else None
    for text in _BROKEN:
        plain_diagnostics([*check(text, _SCHEMA).diagnostics, *check(text, None).diagnostics])
    check("", "entity A = { b: };")
    user = '{"uid": {"type": "User", "id": "u"}, "attrs": {"role": "x"}, "tags": {"t": "v"}, "parents": %s}'
    facts = {"s": "abc", "tags": ["x"], "ip": "10.0.0.1", "cost": "1.5", "when": "2024-01-01T00:00:00Z"}
    for n, parents in ((1, "[]"), (9, '[{"type": "Group", "id": "g"}]'), ("x", "[]")):
        for resource in ('User::"u"', 'Kind::"one"', 'Kind::"none"'):
            asked = {"principal": 'User::"u"', "action": 'Action::"look"', "resource": resource}
            if evaluator is not None:
                request = Request.from_json(loads(json.dumps(asked | {"context": {"n": n, **facts}})))
                plain_decision(evaluator.decide(request, f"[{user % parents}]"))
                plain_decision(evaluator.decide(request, "[]", grants=["ask", Grant("ask", "0")]))
