"""The signers of a roster as the predicates of amendment procedures see them.

Imports the engine's predicate evaluator. A signer is ``Signer::"<principal>"`` with ``role`` and ``name`` (the id of
the principal), the action is ``Action::"amend"``, the resource ``Version::"<number>"``, the context {class, requester}:
the built-in governance schema, never the user's. Where a ``where`` has no value, the signer is not eligible.

Entries of the role ``recovery`` have a say in recoveries alone, and there alone they fill seats (``recovery``).
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engine.entities import Entities
from workbench.engine.predicate import evaluate_predicate
from workbench.engine.request import Request, as_uid
from workbench.engine.values import EntityUid, EvalError
from workbench.governance.roster import RECOVERY_ROLE, RosterEntry
from workbench.language.ast import Expr

_AMEND = EntityUid("Action", "amend")


class Electorate:
    """Who may vote on one amendment, and who of them satisfies a condition."""

    def __init__(
        self, roster: Sequence[RosterEntry], *, version: str, cls: str, proposer: str, recovery: bool = False
    ) -> None:
        self.voters = tuple(entry for entry in roster if entry.votes and (entry.role == RECOVERY_ROLE) == recovery)
        self._version = EntityUid("Version", version)
        self._requester = EntityUid("Signer", proposer)
        self._context = {"class": cls, "requester": {"__entity": {"type": "Signer", "id": proposer}}}
        rows = {entry.principal: _signer(entry.principal, entry.role) for entry in self.voters}
        rows.setdefault(proposer, _signer(proposer, ""))
        self._entities = Entities.from_json(list(rows.values()))

    @property
    def voters_named(self) -> tuple[str, ...]:
        """The principals of the voters, in the roster's order."""
        return tuple(entry.principal for entry in self.voters)

    def eligible(self, where: Expr | None) -> frozenset[str]:
        """The principals that satisfy ``where`` (everyone who may vote, for ``None``)."""
        return frozenset(
            entry.principal
            for entry in self.voters
            if where is None or self._holds(where, EntityUid("Signer", entry.principal))
        )

    def applies(self, when: Expr | None) -> bool:
        """Whether a procedure's ``when`` holds for this amendment; one without a value applies (fail closed)."""
        if when is None:
            return True
        try:
            return self._ask(when, self._requester)
        except EvalError:
            return True

    def _holds(self, where: Expr, signer: EntityUid) -> bool:
        try:
            return self._ask(where, signer)
        except EvalError:
            return False

    def _ask(self, expr: Expr, principal: EntityUid) -> bool:
        request = Request(principal, _AMEND, self._version, self._context)
        return evaluate_predicate(expr, request, self._entities)


def _signer(principal: str, role: str) -> dict[str, object]:
    name = as_uid(principal).id
    return {"uid": {"type": "Signer", "id": principal}, "attrs": {"role": role, "name": name}, "parents": []}
