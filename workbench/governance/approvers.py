"""Who may approve a held request: directory principals that satisfy ``where``, asked of the same engine as decisions.

Imports the engine's predicate evaluator and the case's types. In a ``where`` the principal is the approver, resource
and action are the request's, and the context is the request's with ``requester``. Where it has no Boolean value, the
person is not eligible. The requester never is, whatever ``where`` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from workbench.engine.entities import Entities
from workbench.engine.predicate import evaluate_predicate
from workbench.engine.request import Request
from workbench.engine.values import EntityUid, EvalError
from workbench.governance.cases import DEFAULT_TIMEOUT, Requirement
from workbench.language.ast import Duration, Expr, Procedure, Require, Var, walk
from workbench.language.program import Program
from workbench.language.schema import Schema

_SECOND = 1_000_000
_LONGEST = 100 * 365 * 86_400 * _SECOND  # µs; what is longer cannot be told from never, and has no date


def requirement_of(procedure: Procedure, digest: str) -> Requirement:
    """What ``procedure`` asks for; ``digest`` is its rule's. Times over 100 years count as 100 years."""
    timeout, timelock = _micros(procedure.timeout), _micros(procedure.timelock)
    return Requirement(
        procedure=procedure.name,
        digest=digest,
        counts=tuple(require.count for require in procedure.requires),
        timelock=timelock or 0,
        timeout=DEFAULT_TIMEOUT if timeout is None else timeout,
        on_timeout=(procedure.on_timeout.procedure or "") if procedure.on_timeout else "",
        on_rejection=(procedure.on_rejection.procedure or "") if procedure.on_rejection else "",
    )


def requirements_of(program: Program) -> Mapping[str, Requirement]:
    """Every procedure of a program by name; a procedure under ``@stage("observe")`` holds nothing and is left out."""
    return {
        procedure.name: requirement_of(procedure, rule.digest)
        for rule, procedure in program.procedures
        if rule.stage == "enforce"
    }


def _micros(duration: Duration | None) -> int | None:
    return None if duration is None else min(duration.seconds * _SECOND, _LONGEST)


class Approvers:
    """Who may vote on one held request, by one moment of the directory.

    ``request`` as it was held, its context filled; ``directory`` the believed entities; ``world`` those and what the
    request said of unknown resources. Only entities of ``directory`` whose type acts may approve.
    """

    def __init__(self, request: Request, directory: Entities, world: Entities, schema: Schema) -> None:
        requester = {"__entity": {"type": request.principal.type, "id": request.principal.id}}
        self._request = request
        self._context = {**request.context, "requester": requester}
        self._directory = directory
        self._world = world
        self._schema = schema
        self._types = frozenset(name for action in schema.actions.values() for name in action.principals)

    @staticmethod
    def asks_of_people_only(where: Expr | None) -> bool:
        """Whether the answer is the same for every request: the condition reads the approver, and nothing else."""
        return where is None or all(node.name == "principal" for node in walk(where) if isinstance(node, Var))

    def everyone(self) -> Iterator[str]:
        """Every directory principal but the requester."""
        for entity in self._directory:
            if entity.uid.type in self._types and entity.uid != self._request.principal:
                yield str(entity.uid)

    def known(self, uid: EntityUid) -> bool:
        """Whether ``uid`` is a principal of the directory."""
        return uid.type in self._types and self._directory.find(uid) is not None

    def may(self, requires: Iterable[Require], people: Iterable[EntityUid]) -> tuple[frozenset[str], ...]:
        """Who of ``people`` may take a seat of each ``require``, in order."""
        fit = [person for person in dict.fromkeys(people) if person != self._request.principal and self.known(person)]
        return tuple(
            frozenset(str(person) for person in fit if require.where is None or self._holds(require.where, person))
            for require in requires
        )

    def _holds(self, where: Expr, person: EntityUid) -> bool:
        asked = Request(person, self._request.action, self._request.resource, self._context)
        try:
            return evaluate_predicate(where, asked, self._world, schema=self._schema)
        except EvalError:
            return False
