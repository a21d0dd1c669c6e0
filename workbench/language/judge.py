"""cedarpy's verdicts on core statements under one schema: many statements a call, each told apart.

Validation costs rules × actions, and every call has its own price. So a batch is cut by the actions that its rules
touch, and each part is given to cedarpy at once, under a schema in which the other actions apply to nothing. A message
comes back to its own statement: one mistake never hides another. Imports language only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import sqrt
from typing import TypeAlias

from workbench.language.ast import ActionScope, Policy, Procedure, Scope, Statement
from workbench.language.blame import place_messages
from workbench.language.cedar import CedarError, SchemaHandle, parse_each, parse_schema, validate_each
from workbench.language.diagnostics import Finding
from workbench.language.effort import Effort
from workbench.language.governance_schema import GOVERNANCE_SCHEMA
from workbench.language.inference import scope_actions
from workbench.language.lower import as_policy, procedure_policies
from workbench.language.render import render_statement
from workbench.language.schema_json import approval_schema, slice_handle
from workbench.language.schema_reader import read_schema

Uids: TypeAlias = frozenset[tuple[str, str]]

_AT_ONCE = 128
_MAX_SCOPES = 4_096
# measured, in microseconds: to make a cut schema, the same for each action in it, and to try one rule on one action
_CUT, _CUT_ACTION, _TRY = 300.0, 8.0, 1.2


class Judge:
    """The judge of statements under one schema (its text; ``None`` judges syntax alone).

    Raises what ``read_schema`` raises.
    """

    def __init__(self, schema: str | None) -> None:
        self._text = schema
        self.model = None if schema is None else read_schema(schema)
        self.effort = None if self.model is None else Effort(self.model)
        self._touched: dict[ActionScope, Uids] = {}
        self._approvers: dict[tuple[str, ActionScope], list[Finding]] = {}

    def findings(self, statements: Sequence[tuple[Statement, str]]) -> list[list[Finding]]:
        """What cedarpy says of each core statement, given with the text that its spans point into."""
        results: list[list[Finding]] = [[] for _ in statements]
        policies: list[tuple[int, Policy, str]] = []
        for place, (statement, text) in enumerate(statements):
            if isinstance(statement, Procedure):
                results[place] = self._procedure(statement, text)
            else:
                policies.append((place, as_policy(statement), text))
        for place, found in self._policies(policies):
            results[place] = found
        return results

    def touched(self, scope: ActionScope) -> Uids:
        """The actions of the schema that ``scope`` lets through and that requests may name; none without a schema."""
        known = self._touched.get(scope)
        if known is None:
            actions = () if self.model is None else scope_actions(scope, self.model)
            known = frozenset(action.uid for action in actions if action.principals)
            if len(self._touched) >= _MAX_SCOPES:
                self._touched.clear()
            self._touched[scope] = known
        return known

    def _policies(self, policies: Sequence[tuple[int, Policy, str]]) -> Iterator[tuple[int, list[Finding]]]:
        for handle, part in self._parts(policies):
            for first in range(0, len(part), _AT_ONCE):
                chunk = part[first : first + _AT_ONCE]
                lowered = [render_statement(policy) for _, policy, _ in chunk]
                answers = parse_each(lowered) if handle is None else validate_each(lowered, handle)
                for (place, policy, text), answer in zip(chunk, answers, strict=True):
                    yield place, self._placed(answer, policy, text)

    def _placed(self, answer: list[str] | CedarError, policy: Policy, text: str) -> list[Finding]:
        if isinstance(answer, CedarError):
            refused = answer.diagnostics[0] if answer.diagnostics else None
            code, help = (refused.code, refused.help) if refused else ("CP001", "")
            return [Finding(code, str(answer), policy.span, help=help)]
        return place_messages(answer, policy, text, self.model) if answer and self.model is not None else []

    def _parts(
        self, policies: Sequence[tuple[int, Policy, str]]
    ) -> Iterator[tuple[SchemaHandle | None, list[tuple[int, Policy, str]]]]:
        """The policies in parts, each with the schema to judge it under."""
        if self._text is None or self.model is None:
            yield None, list(policies)
            return
        groups: dict[Uids, list[tuple[int, Policy, str]]] = defaultdict(list)
        for row in policies:
            groups[self.touched(row[1].scope.action)].append(row)
        for uids, names in _packed(groups, self.model.actions, len(policies)):
            handle = parse_schema(self._text) if uids is None else slice_handle(self._text, uids)
            yield handle, [row for name in names for row in groups[name]]

    def _procedure(self, procedure: Procedure, text: str) -> list[Finding]:
        (_, trigger), *wheres = procedure_policies(procedure)
        if self._text is None or procedure.amendment is not None:
            judge = self if self._text is None else judge_of(GOVERNANCE_SCHEMA)
            rows = [(place, policy, text) for place, (_, policy) in enumerate([("", trigger), *wheres])]
            found = [finding for _, each in judge._policies(rows) for finding in each]
        else:
            found = [finding for _, each in self._policies([(0, trigger, text)]) for finding in each]
            if procedure.action is not None and not found:
                found += self.of_approvers(procedure, procedure.action, text)
        return list(dict.fromkeys(found))

    def of_approvers(self, procedure: Procedure, trigger: ActionScope, text: str) -> list[Finding]:
        """What is wrong with the approver predicates of a core ``procedure`` for requests that ``trigger`` holds.

        Kept by ``text`` and ``trigger``: a procedure that others escalate to is asked about at every check.
        """
        key = (text, trigger)
        known = self._approvers.get(key)
        if known is None:
            known = self._of_approvers(procedure, trigger, text)
            if len(self._approvers) >= _MAX_SCOPES:
                self._approvers.clear()
            self._approvers[key] = known
        return known

    def _of_approvers(self, procedure: Procedure, trigger: ActionScope, text: str) -> list[Finding]:
        asked = [
            (require.span, policy)
            for require, (_, policy) in zip(procedure.requires, procedure_policies(procedure)[1:], strict=True)
            if require.where is not None
        ]
        if self._text is None or self.model is None or not asked:
            return []
        actions = [action for action in scope_actions(trigger, self.model) if action.principals]
        uids = frozenset(action.uid for action in actions)
        findings: list[Finding] = []
        for requester in dict.fromkeys(name for action in actions for name in action.principals):
            derived, handle = approval_schema(self._text, uids, requester)
            for span, policy in asked:
                scope = Scope(policy.scope.principal, trigger, policy.scope.resource)
                held = Policy(policy.effect, scope, policy.conditions, (), span)
                (answer,) = validate_each([render_statement(held)], handle)
                if isinstance(answer, CedarError):
                    findings += self._placed(answer, held, text)
                elif answer:
                    findings += place_messages(answer, held, text, derived)
        return list(dict.fromkeys(findings))


@lru_cache(maxsize=8)
def judge_of(schema: str | None) -> Judge:
    """The judge for a schema's text, kept with what it has learnt."""
    return Judge(schema)


def _packed(
    groups: dict[Uids, list[tuple[int, Policy, str]]], actions: Mapping[tuple[str, str], object], rules: int
) -> Iterator[tuple[Uids | None, list[Uids]]]:
    """Groups put together into parts of about the best number of actions; ``None`` stands for the whole schema.

    Fewer actions make each rule cheaper to validate, and more cut schemas to make.
    """
    total = len(actions)
    best = sqrt(total * (_CUT + _CUT_ACTION * total) / (_TRY * max(rules, 1)))
    whole: list[Uids] = []
    order = {uid: place for place, uid in enumerate(actions)}
    part: list[Uids] = []
    union: Uids = frozenset()
    for uids in sorted(groups, key=lambda uids: min(map(order.__getitem__, uids), default=0)):
        if not uids or max(best, len(uids)) * 2 > total:
            whole.append(uids)
            continue
        if part and len(union | uids) > best:
            yield union, part
            part, union = [], frozenset()
        part.append(uids)
        union |= uids
    if part:
        yield union, part
    if whole:
        yield None, whole
