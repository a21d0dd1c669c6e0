"""What our engine makes of a case: which of the rules that bear on its environment are satisfied, which err. Pure.

Each is asked as a permit of its own, all in one go, and the outcome follows from what they say (``law``). Quick, for it
is asked of every case that the solver proposes and of all that are made plainer; what is told is replayed as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workbench.analysis.environments import bearing
from workbench.analysis.law import Law, Seen
from workbench.analysis.model import Case
from workbench.analysis.prover import as_permit
from workbench.analysis.replay import NotReproduced
from workbench.engine.conversion import InputError
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError
from workbench.engine.validate import EntityError, rules_for
from workbench.language.program import Program, Rule


class Sight:
    """The engine over the rules of one environment. ``also``: rules that are looked at and do not bind (invariants)."""

    def __init__(self, law: Law, rules: Iterable[Rule], also: Iterable[Rule] = ()) -> None:
        self._law = law
        schema = law.space.schema
        known = rules_for(schema)
        assert known is not None
        self._known = known
        asked = bearing((*rules, *also), law.space.environment, schema)
        each = {rule.digest: replace(as_permit(rule), id=rule.digest) for rule in asked}
        self._each = Evaluator(Program(tuple(each.values()), schema))

    def seen(self, case: Case) -> Seen:
        """What the rules say of a case of the environment. Raises ``NotReproduced`` for one that does not fit."""
        try:
            request = Request.from_json(dict(case.request))
            self._known.context_of(request)
            entities = Entities.checked(list(case.entities), self._known)
        except (RequestError, InputError, EntityError) as error:
            raise NotReproduced(f"it does not fit the schema: {error}") from None
        said = self._each.decide(request, entities, semantics="cedar")
        if said.code == "invalid_request":  # nested too deeply for what is left of the stack
            raise NotReproduced(said.errors[0].message)
        satisfied, erring = frozenset(said.reasons), frozenset(error.rule for error in said.errors)
        return Seen(case, satisfied, erring, self._law.concluded(satisfied, erring))
