"""How much work the checker asks of cedarpy, in steps, and the bound on it (CP003): 30 seconds or so, not minutes.

Cedar tries every part of a rule for every request that the schema allows and the rule's action scope lets through; so
20,000 rules about every one of 4,000 actions are within all other bounds and would take many minutes. A step is one
part of a rule for one action with one type of principal and one of resource: measured, about 0.3 microseconds. Imports
language only.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.language.ast import ActionScope, Procedure, Statement
from workbench.language.diagnostics import Finding, Span
from workbench.language.inference import scope_actions
from workbench.language.schema import Schema
from workbench.language.schema_json import approver_types

MAX_STEPS = 100_000_000
_EACH = 4  # what a rule without conditions costs, in parts
_BUILD, _BUILD_ACTION = 1_000, 100  # to make the schema in which approvers are judged, and the same for each action
_BUILT_KEPT = 256
_MAX_SCOPES = 4_096


class Effort:
    """The steps that statements cost under one schema."""

    def __init__(self, model: Schema) -> None:
        self._model = model
        self._approvers = len(approver_types(model))
        self._requests: dict[ActionScope, tuple[int, int, int]] = {}

    def of_statement(self, statement: Statement, parts: int) -> int:
        """The steps for a statement of so many ``parts``, without the schemas that approvers are judged in."""
        if not isinstance(statement, Procedure):
            return self._of(statement.scope.action)[0] * (_EACH + parts)
        if statement.action is None:
            return 0
        return self._of(statement.action)[0] * (_EACH + parts) + self.of_approvers(statement.action, parts)

    def of_approvers(self, trigger: ActionScope, parts: int) -> int:
        """The steps for asking ``parts`` of approver predicates about the requests that ``trigger`` holds."""
        return self._of(trigger)[1] * (_EACH + parts)

    def of_builds(self, triggers: Iterable[ActionScope]) -> int:
        """The steps for making the schemas that the approvers of so many procedures are judged in."""
        asked = list(triggers)
        if sum(self._of(trigger)[2] for trigger in set(asked)) <= _BUILT_KEPT:
            asked = list(set(asked))
        each = _BUILD + _BUILD_ACTION * len(self._model.actions)
        return sum(self._of(trigger)[2] for trigger in asked) * each

    def _of(self, scope: ActionScope) -> tuple[int, int, int]:
        """Of the actions that ``scope`` lets through: the kinds of request, those of approval, the types of requester.

        A kind of request is an action with a type of principal and one of resource.
        """
        known = self._requests.get(scope)
        if known is None:
            actions = scope_actions(scope, self._model)
            requests = sum(len(action.principals) * len(action.resources) for action in actions)
            approvals = requests * self._approvers
            known = (requests, approvals, len({name for action in actions for name in action.principals}))
            if len(self._requests) >= _MAX_SCOPES:
                self._requests.clear()
            self._requests[scope] = known
        return known


def too_much(span: Span) -> Finding:
    """The finding at the statement that passes the bound."""
    return Finding(
        "CP003",
        "with this rule the rules are too much to check",
        span,
        f"at most {MAX_STEPS:,} steps: the parts of each rule, times the kinds of request that its action lets through",
        help="name the actions that a rule is about, `action == …` or `action in […]`, or write fewer rules",
    )
