"""What a rule read, in plain words: ``context.amount`` is the amount, ``resource.owner`` the ticket's owner. Pure.

Imports the words of the schema and the values as people type them; no database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.authoring.vocabulary import noun_of, plain
from workbench.language.schema import Schema
from workbench.language.schema_annotations import split_phrases
from workbench.service.trial_values import shown

NOT_GIVEN = "not given"
_PATH = re.compile(r"(principal|resource|context)((?:\.\w+)+)")
_INSIDE = re.compile(r'(principal|resource) in ([\w:]+)::"(.*)"', re.DOTALL)
_OPENING = re.compile(r'^Procedure "(?:[^"\\]|\\.)*": ')
_UID = re.compile(r'([\w:]+)::"(.*)"', re.DOTALL)


def fact_said(path: str, schema: Schema, types: Mapping[str, str]) -> str:
    """A path as words. ``types``: ``principal`` and ``resource`` → the type's name; a path of another form as it is."""
    found = _PATH.fullmatch(path)
    if found is not None:
        steps = [plain(step) for step in found[2].split(".")[1:]]
        if found[1] == "context":
            return ": ".join(steps)
        return "'s ".join((_noun(found[1], schema, types), *steps))
    inside = _INSIDE.fullmatch(path)
    if inside is not None:
        return f"{_noun(inside[1], schema, types)} is in the {noun_of(schema, inside[2])} {inside[3]}"
    if path in ("principal", "resource"):
        return _noun(path, schema, types)
    return path


def _noun(role: str, schema: Schema, types: Mapping[str, str]) -> str:
    return f"the {noun_of(schema, types[role])}" if role in types else f"the {role}"


def rule_said(paraphrase: str) -> str:
    """A rule's paraphrase without the name of a procedure, which says nothing to people who did not write it."""
    said = _OPENING.sub("", paraphrase)
    return said[:1].upper() + said[1:]


def value_said(value: Any, *, missing: bool = False) -> str:
    """A value as people read it; ``not given`` where it is missing."""
    if missing:
        return NOT_GIVEN
    if value == []:
        return "nothing"
    text = shown(value)
    uid = _UID.fullmatch(text)
    return uid[2] if uid is not None else text or NOT_GIVEN


def types_of(request: Mapping[str, Any]) -> dict[str, str]:
    """The types of a request's principal and resource, from its uids in either form."""
    found = {}
    for role in ("principal", "resource"):
        uid = request.get(role)
        if isinstance(uid, Mapping):
            found[role] = str(uid.get("type", ""))
        elif isinstance(uid, str) and (match := _UID.fullmatch(uid)) is not None:
            found[role] = match[1]
    return {role: name for role, name in found.items() if name}


def action_said(schema: Schema, action: str) -> str:
    """An action by its id, as the schema says it (without its gap): ``issue_refund`` → issue a refund."""
    for declared in schema.actions.values():
        if declared.id == action:
            phrases = split_phrases(declared.annotations.get("phrase", ""))
            if phrases:
                return " ".join(phrases[0].replace("...", "…").replace("…", " ").split())
    return plain(action)


def deed_said(schema: Schema, agent: str, action: str, resource: str) -> str:
    """``maeve: issue a refund, T-50000``; the resource in the gap of the phrase, where it has one."""
    for declared in schema.actions.values():
        if declared.id == action:
            phrases = split_phrases(declared.annotations.get("phrase", ""))
            if phrases and "…" in phrases[0].replace("...", "…"):
                return f"{agent}: {' '.join(phrases[0].replace('...', '…').replace('…', resource).split())}"
    return f"{agent}: {action_said(schema, action)} on {resource}"
