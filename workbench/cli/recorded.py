"""``decide`` without a file: one request decided by what is in force in the workspace, and recorded there.

The directory is believed, not the request; who asks is said by ``--as``. Imports the service inside the function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.deciding import print_decision
from workbench.cli.failures import MisusedError, RefusedError
from workbench.cli.inputs import json_of, shown_name
from workbench.cli.judged import print_speech
from workbench.cli.session import Session

if TYPE_CHECKING:
    from workbench.engine.decision import Decision, Outcome
    from workbench.engine.request import Request
    from workbench.service.heard import Heard


def decide_here(
    session: Session, asked: Request, rows: list[Any], actor: str | None, facts: Path | None, heard: Path | None
) -> Outcome:
    """Decide and record; the outcome. ``facts`` and ``heard`` are files of a source that the operator trusts.

    Raises ``WorkbenchError``: for files that are none of these, and where nothing could be recorded.
    """
    from workbench.service.views import Credential

    if actor is None:
        raise MisusedError("nobody asks", "without a file, the workspace decides", "say who: `--as 'Agent::\"iris\"'`")
    given, record = facts_of(facts), _heard(heard)
    with session.opened() as workspace:
        found = workspace.decide(asked, credential=Credential(actor), entities=rows, facts=given, heard=record)
        told = workspace.event(found.seq).decision
    decision = _vouched(found.decision, told)
    if not session.show({**told, "seq": found.seq, "receipt": found.receipt_hash, "cases": list(found.cases)}):
        print_decision(session.out, decision, None)
        print_speech(session.out, found.speech)
        session.out.line(f"  recorded as decision {found.seq}, receipt {found.receipt_hash[:12]}")
        for case in found.cases:
            session.out.line(f"  case {case}")
    return decision.outcome


def _vouched(decision: Decision, told: Mapping[str, Any]) -> Decision:
    """The decision with what was read named after who vouches for it here, as it was recorded."""
    if len(told["evidence"]) != len(decision.evidence):
        return decision
    evidence = []
    for item, row in zip(decision.evidence, told["evidence"], strict=True):
        sources = row["sources"]
        reads = tuple(read._replace(source=sources.get(read.path, read.source)) for read in item.reads)
        evidence.append(item._replace(reads=reads))
    return replace(decision, evidence=tuple(evidence))


def facts_of(path: Path | None) -> dict[str, Any]:
    """What meters say, as a file has it; nothing for ``None``. Raises ``WorkbenchError``."""
    if path is None:
        return {}
    value = json_of(path)
    if not isinstance(value, dict):
        raise RefusedError("not facts", f"`{shown_name(path)}` is not an object of attributes", code="bad_json")
    return value


def _heard(path: Path | None) -> Heard | None:
    if path is None:
        return None
    from workbench.service.heard import Heard

    try:
        return Heard.from_json(json_of(path))
    except ValueError as error:
        form = '{"tools": [{"tool_call_id": …, "tool": …, "arguments": …, "result": …}], "grounds": […]}'
        raise RefusedError("not a record", f"`{shown_name(path)}`: {error}", form, "bad_json") from None
