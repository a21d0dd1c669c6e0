"""One of two programs that are compared: the requests that it takes, and what it decides. Pure.

What a program does not take at all (a kind of request that its schema does not have, an id that it does not list) it
denies, as the engine does: ``invalid_request``. What its schema does not know of the data is left out for it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import accumulate

from workbench.analysis.assumptions import Assumption
from workbench.analysis.environments import bearing, environments
from workbench.analysis.merged import Path, certain, demanded, projected, there
from workbench.analysis.model import Case
from workbench.analysis.replay import Replay
from workbench.analysis.results import Judged, Outcome, RequestEnvironment
from workbench.analysis.space import CONTEXT, Ruling, Space
from workbench.analysis.terms import Term, Terms
from workbench.analysis.values import path_to
from workbench.engine.conversion import parse_uid
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema

_NOT_TAKEN = Judged("deny", "deny", "invalid_request")


class Side:
    """``other``: the schema of the other side; where it is the same, every request is taken by both, as it is."""

    def __init__(self, program: Program, schema: Schema, assumption: Assumption, other: Schema) -> None:
        self.program = program
        self.schema = schema
        self._assumption = assumption
        self._other = other
        self._whole = schema == other
        self.environments = environments(schema)
        self._known = frozenset(self.environments)

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self.program)

    # ---- as terms

    def rules(self, environment: RequestEnvironment) -> tuple[Rule, ...]:
        """The rules that decide here; preferences and observed rules do not."""
        if environment not in self._known:
            return ()
        ours = self._assumption.semantics == "cedar+"
        kinds = ("permit", "forbid", "procedure") if ours else ("permit", "forbid")
        rules = bearing(self.program.rules, environment, self.schema)
        return tuple(rule for rule in rules if rule.stage == "enforce" and rule.kind in kinds)

    def space(self, environment: RequestEnvironment, terms: Terms | None = None) -> Space | None:
        """The world of an environment as this side sees it; ``None`` where it has no such requests."""
        if environment not in self._known:
            return None
        return Space(self.schema, environment, self._assumption, terms=terms)

    def ruling(self, space: Space | None, environment: RequestEnvironment, terms: Terms) -> Ruling:
        """What it decides of requests of the environment. Raises ``Unsupported``."""
        no = terms.false
        if space is None:
            return Ruling(no, no, terms.true, no, no, no, no)
        found = space.ruling(bearing(self.program.rules, environment, self.schema))
        if self._whole:
            return found
        fits = terms.and_(
            self._listed(space, space.principal.term),
            self._listed(space, space.resource.term),
            *(self._there(terms, path, environment.action) for path in self._demands(environment.action)),
        )
        return replace(
            found,
            allow=terms.and_(found.allow, fits),
            hold=terms.and_(found.hold, fits),
            deny=terms.or_(found.deny, terms.not_(fits)),
        )

    def _listed(self, space: Space, variable: Term) -> Term:
        declared = self.schema.entity_types.get(variable.sort[2:])
        if declared is None or declared.enum is None:
            return space.terms.true
        constants = (space.terms.const(variable.sort, id) for id in declared.enum)
        return space.terms.or_(*(space.terms.eq(variable, each) for each in constants))

    def _demands(self, action: tuple[str, str]) -> tuple[Path, ...]:
        """What this side requires of the context, and the other leaves open."""
        mine, other = self.schema.actions[action], self._other.actions.get(action)
        return () if other is None else tuple(demanded(mine.context.attributes, other.context.attributes))

    def _there(self, terms: Terms, path: Path, action: tuple[str, str]) -> Term:
        """As ``merged.there``; the names are those of the unknowns in the space of the side that leaves it open."""
        sides = [schema.actions[action].context.attributes for schema in (self.schema, self._other)]
        names = list(accumulate(path, path_to, initial=CONTEXT))[1:]
        absent = [
            terms.not_(terms.app(f"{names[depth]}?", "Bool"))
            for depth in range(len(path) - 1)
            if not all(certain(path[: depth + 1], attributes) for attributes in sides)
        ]
        return terms.or_(*absent, terms.app(f"{names[-1]}?", "Bool"))

    # ---- as decisions

    def _takes(self, case: Case) -> bool:
        principal, action, resource = (parse_uid(case.request[name]) for name in ("principal", "action", "resource"))
        if RequestEnvironment(principal.type, (action.type, action.id), resource.type) not in self._known:
            return False
        if not all(there(case.request["context"], path) for path in self._demands((action.type, action.id))):
            return False
        lists = (self.schema.entity_types[uid.type].enum for uid in (principal, resource))
        return all(ids is None or uid.id in ids for ids, uid in zip(lists, (principal, resource), strict=True))

    def _asked(self, case: Case) -> Case | None:
        """The case as this side takes it; ``None`` where it does not."""
        if self._whole:
            return case
        return projected(case, self.schema) if self._takes(case) else None

    def outcome(self, case: Case) -> Outcome:
        """What our engine says of a case. Raises ``NotReproduced`` for data that do not fit."""
        asked = self._asked(case)
        return "deny" if asked is None else self._replay.outcome(asked, self._assumption.semantics)

    def speaking(self, case: Case) -> frozenset[str]:
        """The ids of the rules that have something to say of a case. Raises as :meth:`outcome`."""
        asked = self._asked(case)
        return frozenset() if asked is None else self._replay.speaking(asked, self._assumption.semantics)

    def judged(self, case: Case) -> Judged:
        """What both engines say. Raises ``NotReproduced`` where they differ, or for data that do not fit."""
        asked = self._asked(case)
        return _NOT_TAKEN if asked is None else self._replay.judged(asked, self._assumption.semantics)
