"""The identity of a rule: SHA-256 over canonical JSON of its meaning, the same however the rule was written.

Hashed is ``{"kind", "score", "policy"}`` for permit, forbid and prefer (Cedar's JSON form without annotations;
``score`` a decimal text or null), and ``{"kind": "procedure", …}`` with durations in seconds and predicates in Cedar's
JSON form. Canonical JSON: sorted keys, no spaces, UTF-8. Imports the tree and its Cedar JSON form.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from workbench.language.ast import ActionScope, Duration, Fallback, Policy, Prefer, Procedure, Statement
from workbench.language.cedar_json import action_to_json, expr_to_json, policy_to_json
from workbench.language.lower import as_policy, desugar
from workbench.language.render import render_score

SHORT = 16
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def rule_digest(statement: Statement) -> str:
    """64 hexadecimal digits for a statement, surface or core; annotations take no part."""
    return core_digest(desugar(statement))


def core_digest(statement: Statement) -> str:
    """The same for a statement known to be core."""
    return hashlib.sha256(_CANONICAL.encode(_record(statement)).encode()).hexdigest()


def _record(statement: Statement) -> dict[str, Any]:
    match statement:
        case Policy(effect=effect):
            return {"kind": effect, "score": None, "policy": policy_to_json(statement)}
        case Prefer(score=score):
            return {"kind": "prefer", "score": render_score(score), "policy": policy_to_json(as_policy(statement))}
        case Procedure():
            return _procedure(statement)


def _procedure(procedure: Procedure) -> dict[str, Any]:
    return {
        "kind": "procedure",
        "name": procedure.name,
        "action": _action(procedure.action),
        "amendment": procedure.amendment,
        "when": None if procedure.when is None else expr_to_json(procedure.when),
        "require": [
            {"count": require.count, "where": None if require.where is None else expr_to_json(require.where)}
            for require in procedure.requires
        ],
        "timelock": _seconds(procedure.timelock),
        "timeout": _seconds(procedure.timeout),
        "on_timeout": _fallback(procedure.on_timeout),
        "on_rejection": _fallback(procedure.on_rejection),
    }


def _action(scope: ActionScope | None) -> dict[str, Any] | None:
    return None if scope is None else action_to_json(scope)


def _seconds(duration: Duration | None) -> int | None:
    return None if duration is None else duration.seconds


def _fallback(fallback: Fallback | None) -> str | None:
    if fallback is None:
        return None
    return "deny" if fallback.kind == "deny" else f"escalate {fallback.procedure}"
