"""Which request a grant is for: the case key, and the grant that carries it. Pure; engine and language only.

A person approves one request, not whatever looks like it. The case key says which: the same principal, action,
resource and context, apart from what changes between a request and its retry (``@volatile``), what a meter counts
(``@source("meter")``) and what the service computes of the agent's words (``speech``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from workbench.engine.conversion import record_of
from workbench.engine.env import Env
from workbench.engine.request import Request
from workbench.engine.validate import rules_of
from workbench.engine.values import EntityUid, Record, to_json
from workbench.language.schema import Attribute, RecordType, Schema
from workbench.language.schema_speech import SPEECH_NAME, is_speech


class Grant(NamedTuple):
    """That a procedure has granted one request: its name, and the request's :func:`case_key`."""

    procedure: str
    case_key: str


def case_key(request: Request, schema: Schema | None = None) -> str:
    """SHA-256, as 64 hex digits, over the canonical JSON of what identifies the request's case.

    Raises ``InputError`` (a ``ValueError``) where the request does not fit the schema.
    """
    context = record_of(request.context) if schema is None else rules_of(schema).context_of(request)
    return key_of(request.principal, request.action, request.resource, context, schema)


def key_of(principal: EntityUid, action: EntityUid, resource: EntityUid, context: Record, schema: Schema | None) -> str:
    """The same from values already read."""
    declared = None if schema is None else schema.actions.get((action.type, action.id))
    attributes = {} if declared is None else declared.context.attributes
    identity = {
        "principal": str(principal),
        "action": str(action),
        "resource": str(resource),
        "context": _lasting(context, attributes, outermost=True),
    }
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _lasting(record: Record, attributes: Mapping[str, Attribute], *, outermost: bool = False) -> dict[str, Any]:
    """The JSON of a record without the attributes that do not identify a case."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        declared = attributes.get(name)
        if declared is not None and (
            declared.volatile
            or declared.source == "meter"
            or (outermost and name == SPEECH_NAME and is_speech(declared))  # another shape is the caller's own
        ):
            continue
        match declared:
            case Attribute(type=RecordType(attributes=inner)):
                kept[name] = _lasting(value, inner)
            case _:
                kept[name] = to_json(value)
    return kept


def granted(grants: Iterable[str | Grant], env: Env, schema: Schema | None) -> frozenset[str]:
    """Names of the procedures that have granted this request; a grant for another request counts for nothing."""
    own = ""
    names: set[str] = set()
    for grant in grants or ():
        if isinstance(grant, str):
            names.add(grant)
        elif isinstance(grant, Grant):
            own = own or key_of(env.principal, env.action, env.resource, env.context, schema)
            if grant.case_key == own:
                names.add(grant.procedure)
    return frozenset(names)
