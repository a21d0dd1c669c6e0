"""The judge: the one module that imports cedarpy. A guard stands before every call.

Texts that are too deep or too long for cedarpy's native stack are refused with :class:`CedarError` before it sees them.
Handles (parsed schemas, policy sets, entity stores) are cached or reusable. Pure: cedarpy reads and writes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import cedarpy

from workbench.language.diagnostics import Diagnostic, LineMap
from workbench.language.guard import (
    MAX_CHAIN,
    MAX_DEPTH_CONFORMANCE,
    check_tokens,
    passes,
    require_shallow_json,
    require_shallow_value,
    schema_findings,
    size_findings,
)
from workbench.language.literals import EscapeError, unescape

CedarOutcome: TypeAlias = Literal["allow", "deny", "invalid"]
SchemaHandle: TypeAlias = cedarpy.Schema

_POLICY_PREFIX = re.compile(r"^for policy `[^`]*`, ")
_UID = re.compile(r'(\w+(?:::\w+)*)::"((?:[^"\\]|\\.)*)"', re.ASCII | re.DOTALL)
_REFUSALS = (ValueError, TypeError, KeyError)  # what cedarpy raises for input that is not what it takes
_ERRING = re.compile(r"error while evaluating policy `([^`]*)`")


class CedarError(ValueError):
    """cedarpy (or the guard before it) refused an input; ``diagnostics`` are the guard's, if it was that."""

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True, slots=True)
class CedarAnswer:
    """Cedar's own decision. ``reasons`` and ``errors`` are policy ids, sorted; ``invalid``: no decision was made."""

    outcome: CedarOutcome
    reasons: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


def _guard_policies(text: str) -> None:
    found = check_tokens(text, max_depth=MAX_DEPTH_CONFORMANCE, max_chain=MAX_CHAIN)
    if found:
        raise CedarError(found[0].message, found)


def parse_policies(text: str) -> cedarpy.PolicySet:
    """A reusable policy set; raises :class:`CedarError`."""
    _guard_policies(text)
    try:
        return cedarpy.PolicySet.from_str(text)
    except (ValueError, UnicodeError) as error:
        raise CedarError(str(error)) from error


def policy_json(text: str) -> dict[str, Any]:
    """Cedar's JSON form of policies: ``staticPolicies`` and ``templates`` by positional id (``policy0`` …).

    Raises :class:`CedarError`.
    """
    _guard_policies(text)
    try:
        result: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(text))
    except (ValueError, UnicodeError, RecursionError) as error:
        raise CedarError(str(error)) from error
    return result


@lru_cache(maxsize=64)
def parse_schema(text: str) -> SchemaHandle:
    """A parsed schema in human syntax, cached by its text; raises :class:`CedarError`.

    Only nesting is guarded here. ``schema_reader.read_schema`` also bounds what common types expand to and is what
    untrusted text must go through.
    """
    if findings := schema_findings(text):
        diagnostic = findings[0].at(LineMap(text))
        raise CedarError(diagnostic.message, (diagnostic,))
    try:
        return cedarpy.Schema.from_str(text)
    except (ValueError, UnicodeError) as error:
        raise CedarError(str(error)) from error


def parse_schema_json(text: str) -> SchemaHandle:
    """A parsed schema in Cedar's JSON form; raises :class:`CedarError`. Not cached."""
    try:
        require_shallow_json(text)
        return cedarpy.Schema.from_json_str(text)
    except (ValueError, UnicodeError) as error:
        raise CedarError(str(error)) from error


def validate(policy_text: str, schema: str | SchemaHandle) -> list[str]:
    """The strict validator's messages for policies, empty when they pass (a parse error is a message too).

    Messages are cedarpy's without the policy id they begin with, sorted (cedarpy's own order changes from run to run),
    each once. Raises :class:`CedarError` for what the guard or the schema parser refuses.
    """
    _guard_policies(policy_text)
    handle = parse_schema(schema) if isinstance(schema, str) else schema
    result = cedarpy.validate_policies(policy_text, handle)
    return _messages(result, result.errors)


def _messages(result: cedarpy.ValidationResult, errors: Iterable[cedarpy.ValidationError]) -> list[str]:
    messages = sorted({_POLICY_PREFIX.sub("", error.error) for error in errors})
    if not messages and not result.validation_passed:
        messages = ["the policy does not pass the validator"]
    return messages


def validate_each(policies: Sequence[str], schema: SchemaHandle) -> list[list[str] | CedarError]:
    """What :func:`validate` says, or raises, for each of ``policies`` (texts of one policy each), in one call.

    Where one of them does not parse, or is refused, each is asked about on its own.
    """
    if len(policies) > 1:
        text = "\n".join(policies)
        if all(map(passes, policies)) and not size_findings(text):
            result = cedarpy.validate_policies(text, schema)
            found: dict[str, list[cedarpy.ValidationError]] = {f"policy{place}": [] for place in range(len(policies))}
            known = [error for error in result.errors if error.policy_id in found]
            for error in known:
                found[error.policy_id].append(error)
            if result.validation_passed or 0 < len(known) == len(result.errors):
                return [sorted({_POLICY_PREFIX.sub("", error.error) for error in errors}) for errors in found.values()]
    return [_validated(text, schema) for text in policies]


def _validated(policy: str, schema: SchemaHandle) -> list[str] | CedarError:
    try:
        return validate(policy, schema)
    except CedarError as error:
        return error


def parse_each(policies: Sequence[str]) -> list[list[str] | CedarError]:
    """For each of ``policies`` (texts of one policy each) nothing, or what :func:`parse_policies` raises."""
    try:
        parse_policies("\n".join(policies))
    except CedarError as error:
        if len(policies) == 1:
            return [error]
        return [found for text in policies for found in parse_each([text])]
    return [[] for _ in policies]


class CedarEngine:
    """Cedar's own authorizer over parsed handles: policies, entities and an optional schema, parsed once.

    ``links`` instantiate templates: ``(template id, link id, {"?principal": uid …})``.
    """

    def __init__(
        self,
        policies: str,
        entities: Sequence[Mapping[str, Any]] | str = (),
        schema: str | SchemaHandle | None = None,
        links: Sequence[tuple[str, str, Mapping[str, Any]]] = (),
    ) -> None:
        self._policies = parse_policies(policies)
        self._schema = parse_schema(schema) if isinstance(schema, str) else schema
        try:
            if links:
                rows = [{"template_id": t, "new_id": n, "values": _uids(values)} for t, n, values in links]
                self._policies = self._policies.with_linked_batch(rows)
            self._entities = cedarpy.Entities.from_json_str(_entity_text(entities), self._schema)
        except _REFUSALS as error:
            raise CedarError(str(error)) from error

    def over(self, entities: Sequence[Mapping[str, Any]] | str) -> CedarEngine:
        """The same policies and schema, parsed already, over other entities. Raises :class:`CedarError`."""
        other = CedarEngine.__new__(CedarEngine)
        other._policies, other._schema = self._policies, self._schema
        try:
            other._entities = cedarpy.Entities.from_json_str(_entity_text(entities), self._schema)
        except _REFUSALS as error:
            raise CedarError(str(error)) from error
        return other

    def authorize(self, request: Mapping[str, Any]) -> CedarAnswer:
        """Cedar's answer to one request (``principal``, ``action``, ``resource``, ``context`` in Cedar's forms)."""
        return self.authorize_all([request])[0]

    def prepared(self, request: Mapping[str, Any], entities: str | None = None) -> Callable[[], object]:
        """One request, guarded once, ready to be put to Cedar any number of times: for measuring.

        ``entities``: JSON text that is then parsed anew each time, in place of the store.
        """
        row = _request(request)
        if entities is not None:
            require_shallow_json(entities)
        store = self._entities if entities is None else entities
        return lambda: cedarpy.is_authorized(row, self._policies, store, self._schema)

    def authorize_all(self, requests: Sequence[Mapping[str, Any]]) -> list[CedarAnswer]:
        """The answers to many requests, in their order."""
        rows = [_request(request) for request in requests]
        try:
            answers = cedarpy.is_authorized_batch(rows, self._policies, self._entities, self._schema)
        except _REFUSALS as error:
            raise CedarError(str(error)) from error
        return [_answer(answer) for answer in answers]


def authorize(
    policies_text: str,
    request: Mapping[str, Any],
    entities: Sequence[Mapping[str, Any]] | str,
    schema: str | SchemaHandle | None = None,
) -> CedarAnswer:
    """Cedar's answer to one request, everything parsed anew; raises :class:`CedarError` for what does not parse."""
    return CedarEngine(policies_text, entities, schema).authorize(request)


def _entity_text(entities: Sequence[Mapping[str, Any]] | str) -> str:
    if isinstance(entities, str):
        require_shallow_json(entities)
        return entities
    rows = list(entities)
    require_shallow_value(rows)
    return json.dumps(rows)


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(request)
    try:
        context = row.get("context")
        if isinstance(context, str):
            require_shallow_json(context)
        require_shallow_value(row)
        row.update(_uids({part: row[part] for part in ("principal", "action", "resource") if part in row}))
    except ValueError as error:
        raise CedarError(str(error)) from error
    return row


def _uids(values: Mapping[str, Any]) -> dict[str, Any]:
    """Entities as texts or objects; the guard has seen what Cedar's parser will."""
    for value in values.values():
        for text in [value, *(value.values() if isinstance(value, Mapping) else ())]:
            if isinstance(text, str):
                _guard_policies(text)
    return {name: _uid_object(value) if isinstance(value, str) else value for name, value in values.items()}


def _uid_object(text: str) -> Any:
    """A uid as an object: of some ids (one with an apostrophe) Cedar takes no text but its own spelling of it."""
    found = _UID.fullmatch(text)
    try:
        return text if found is None else {"type": found[1], "id": unescape(found[2])}
    except EscapeError:
        return text  # Cedar says what is wrong with it


def _answer(result: cedarpy.AuthzResult) -> CedarAnswer:
    diagnostics = result.diagnostics
    messages = tuple(diagnostics.errors)
    if result.decision == cedarpy.Decision.NoDecision:
        return CedarAnswer("invalid", messages=messages)
    found = (_ERRING.match(message) for message in messages)
    errors = tuple(sorted({match[1] for match in found if match}))
    outcome: CedarOutcome = "allow" if result.decision == cedarpy.Decision.Allow else "deny"
    return CedarAnswer(outcome, tuple(sorted(diagnostics.reasons)), errors, messages)
