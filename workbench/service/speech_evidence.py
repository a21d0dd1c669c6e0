"""The evidence of one message, key by key, as a profile reads it: accepted, idle, unknown, dropped; and who cites it.

Imports the stages of both profiles; a part of ``service.speech_turns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.service.speech_turns import Ground, Judged, Origin
from workbench.speech.judgment import AdmissibilityJudgment

_PLACE = re.compile(r"grounds\[(\d+)\]")


def strict(
    conversation: Sequence[Mapping[str, Any]], given: Sequence[Any] | None, mine: Judged, own: Origin, of_script: int
) -> tuple[Ground, ...]:
    """As the strict profile reads it. ``own``: who vouches for what the script holds; its grounds come first, and are
    ``of_script`` many."""
    from workbench.speech.strict.conversation import hear
    from workbench.speech.strict.evidence import gather
    from workbench.speech.strict.scopes import keys_in

    evidence = gather(hear(None, list(conversation)).results, given)
    tools = _tools(conversation)
    names: dict[str, tuple[str, Origin]] = {key: (f"result of {tool}", own) for key, tool in tools.items()}
    names |= _given(given, own, of_script)
    citing = _citing(mine.judgment, keys_in)
    found, used = [], []
    for key in dict.fromkeys([*evidence.keys, *evidence.idle]):
        what, origin = names.get(key, ("", own))
        supports, why = evidence.supports(key), evidence.idle.get(key, "")
        ids = {evidence.nodes[handle].id for handle in evidence.keys.get(key, ())}
        statements = _both(citing.get(key, ()), _resting(mine.judgment, ids) if supports else ())
        found.append(Ground(key, what, "accepted" if supports else "idle", origin, statements, "" if supports else why))
        used.append(why)
    found += _unknown(keys_in(mine.spoken.text), {ground.key for ground in found}, citing)
    left = [each for each in evidence.remarks if not any(why and each.startswith(why) for why in used)]
    found += [Ground("", "", "dropped", _whose(each, own, of_script), (), each) for each in left]
    return _cited_first(found)


def compatible(
    conversation: Sequence[Mapping[str, Any]], given: Sequence[Any] | None, mine: Judged, own: Origin, of_script: int
) -> tuple[Ground, ...]:
    """As the compatible profile reads it, in the same form."""
    from workbench.speech.citations import coerce_grounds_input, extract_citation_keys, grounds_from_tool_call_refs
    from workbench.speech.knowledge import KnowledgeStateBuilder
    from workbench.speech.messages import parse_conversation, tool_results

    results = tool_results(parse_conversation(list(conversation)))
    _, references = KnowledgeStateBuilder().build_with_references(results)
    external = coerce_grounds_input(grounds=given)
    tools, told = _tools(conversation), _given(given, own, of_script)
    citing = _citing(mine.judgment, extract_citation_keys)
    found: dict[str, Ground] = {}
    for ground in (*external, *grounds_from_tool_call_refs(references)):
        key = ground.citation_key
        what, origin = told.get(key) or (f"result of {tools[key]}" if key in tools else "", own)
        found.setdefault(key, Ground(key, what, "accepted", origin, citing.get(key, ())))
    rows = list(found.values())
    rows += _unknown(extract_citation_keys(mine.spoken.text), set(found), citing)
    if given and not external:
        why = "one of the grounds is not as this profile wants it, so none of them counts"
        rows.append(Ground("", "", "dropped", "person" if len(given) > of_script else own, (), why))
    return _cited_first(rows)


def _tools(conversation: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Tool names by the id of the call."""
    found: dict[str, str] = {}
    for message in conversation:
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, Mapping) else None
            if isinstance(function, Mapping) and isinstance(call.get("id"), str):
                found[call["id"].strip()] = str(function.get("name", ""))
    return found


def _given(given: Sequence[Any] | None, own: Origin, of_script: int) -> dict[str, tuple[str, Origin]]:
    """What stands beside the conversation: by the key that cites it, what it is and who gave it."""
    found: dict[str, tuple[str, Origin]] = {}
    for number, ground in enumerate(given or ()):
        if not isinstance(ground, Mapping):
            continue
        nested = ground.get("url_citation")
        place = nested if isinstance(nested, Mapping) else ground
        key = ground.get("citation_key") or place.get("url") or place.get("file_id") or ""
        content = ground.get("evidence_content") or place.get("title") or ground.get("ground_id") or ""
        origin: Origin = own if number < of_script else "person"
        found.setdefault(str(key).strip(), (str(content), origin))
    return found


def _citing(judgment: AdmissibilityJudgment | None, keys_in: Any) -> dict[str, tuple[str, ...]]:
    """Citation key → the statements in whose text it stands."""
    found: dict[str, tuple[str, ...]] = {}
    for each in judgment.statement_evaluations if judgment is not None else ():
        for key in keys_in(each.statement):
            found[key] = (*found.get(key, ()), each.statement_id)
    return found


def _resting(judgment: AdmissibilityJudgment | None, ids: set[str]) -> tuple[str, ...]:
    """The statements that rest on one of these nodes, wherever the citation stands."""
    every = judgment.statement_evaluations if judgment is not None else ()
    return tuple(each.statement_id for each in every if any(ground.id in ids for ground in each.grounding_trace))


def _both(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*first, *second}, key=lambda name: (len(name), name)))


def _unknown(cited: Iterable[str], known: set[str], citing: Mapping[str, tuple[str, ...]]) -> list[Ground]:
    why = "nothing that was observed or given has this key"
    return [
        Ground(key, "", "unknown", "", citing.get(key, ()), why) for key in dict.fromkeys(cited) if key not in known
    ]


def _whose(remark: str, own: Origin, of_script: int) -> Origin:
    found = _PLACE.match(remark)
    return "person" if found and int(found[1]) >= of_script else own


def _cited_first(found: Sequence[Ground]) -> tuple[Ground, ...]:
    """Cited ones first, then what was accepted, then what counts for nothing; within these in order."""
    rank = {"accepted": 0, "unknown": 1, "idle": 2, "dropped": 3}
    return tuple(sorted(found, key=lambda ground: (not ground.statements, rank[ground.state])))
