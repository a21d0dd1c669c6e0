"""The evaluator: a program compiled once, asked any number of times, from any number of threads. Pure.

May import the engine and language types. Nothing here changes after construction but caches whose entries are the same
whoever makes them. Everything that a rule could say is asked for; there is no early exit, or errors would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, TypeAlias
from weakref import WeakKeyDictionary

from workbench.engine.answer import About, Failure, Findings, answer, conclude, refusal, source_order
from workbench.engine.conversion import InputError, record_of
from workbench.engine.decision import Code, Decision, Ranking
from workbench.engine.entities import Entities, EntityError, find_among, schema_actions
from workbench.engine.env import Env
from workbench.engine.grants import Grant
from workbench.engine.index import ActionIndex
from workbench.engine.request import Request, RequestError
from workbench.engine.rules import CompiledRule
from workbench.engine.validate import SchemaRules, rules_of
from workbench.engine.values import EvalError
from workbench.language.ast import Procedure
from workbench.language.bulk import uncollected
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema

Semantics: TypeAlias = Literal["cedar+", "cedar"]
EntitiesForm: TypeAlias = Entities | Sequence[Any] | str
RequestForm: TypeAlias = Request | Mapping[str, Any]
_NONE_SENT: tuple[Any, ...] = ((), [])
Deadline: TypeAlias = Callable[[], bool]  # whether the time is up; the engine itself reads no clock


class DeadlineError(Exception):
    """Time ran out between two rules."""


def _in_order(rules: Sequence[Rule]) -> Sequence[tuple[int, Rule]]:
    """Each rule with its place: as in the source, but norms before and after the others as their priority says."""
    ranked = sorted(range(len(rules)), key=lambda place: -rules[place].priority)  # stable
    places = {place: order for order, place in enumerate(ranked)}
    return [(places[place], rule) for place, rule in enumerate(rules)]


class Evaluator:
    """Decides requests under one program."""

    def __init__(self, program: Program) -> None:
        """Compile a checked program. Raises ``ValueError`` for one with an open template slot."""
        with uncollected(len(program.rules)):
            rules = [
                CompiledRule.of(order, rule)
                for order, rule in _in_order(program.rules)
                if not (isinstance(rule.statement, Procedure) and rule.statement.action is None)
            ]
            self._prepare(rules, program.schema)

    @classmethod
    def from_cedar(cls, policies: str, links: Iterable[Mapping[str, Any]] = ()) -> Evaluator:
        """From plain Cedar text, without schema or analysis; rules are named ``policy0``, ``policy1`` … as Cedar does.

        ``links`` are ``{"template_id", "new_id", "values": {"?principal": uid, …}}``; a template says nothing until
        it is linked. Raises ``DiagnosticsError`` or ``ValueError`` for what Cedar does not accept.
        """
        from workbench.engine.cedar_source import rules_from_cedar  # loads cedarpy, which the product does not need

        evaluator = cls.__new__(cls)
        evaluator._prepare(rules_from_cedar(policies, links), None)
        return evaluator

    def _prepare(self, rules: Sequence[CompiledRule], schema: Schema | None) -> None:
        self.schema = schema
        self.rules: SchemaRules | None = None if schema is None else rules_of(schema)
        requestable = (
            {} if self.rules is None else {
                uid: self.rules.ancestors[uid] for uid, check in self.rules.actions.items() if check.principals
            }
        )  # fmt: skip
        self._index = ActionIndex(rules, requestable)
        self._about = About(schema, self._index.applicable)
        self._nothing_known = Entities.checked([], self.rules)
        self._rechecked: WeakKeyDictionary[Entities, Entities] = WeakKeyDictionary()

    # ---- input -------------------------------------------------------------------------------------------------------

    def _store(self, entities: EntitiesForm) -> Entities:
        """The entities, known to fit this evaluator's schema. Raises ``EntityError``."""
        if isinstance(entities, Entities):
            if entities.rules is self.rules or self.rules is None:
                return entities
            checked = self._rechecked.get(entities)
            if checked is None:
                checked = self._rechecked[entities] = Entities.checked(entities.to_json(), self.rules)
            return checked
        return Entities.checked(entities, self.rules)

    @staticmethod
    def _env(request: Request, store: Entities, rules: SchemaRules | None) -> Env:
        """The request as rules read it, by ``rules`` or without. Raises ``InputError`` where it does not fit."""
        context = record_of(request.context) if rules is None else rules.context_of(request)
        return Env(request.principal, request.action, request.resource, context, store.find)

    # ---- asking ------------------------------------------------------------------------------------------------------

    def decide(
        self,
        request: RequestForm,
        entities: EntitiesForm = (),
        *,
        grants: Iterable[str | Grant] = (),
        semantics: Semantics = "cedar+",
        deadline: Deadline | None = None,
    ) -> Decision:
        """Decide one request.

        ``entities``: a parsed store, or Cedar's JSON list (or its text). ``grants``: procedures that have granted this
        very request, by name, or as :class:`Grant`, which is checked to belong to it. ``semantics="cedar"`` decides
        exactly as Cedar does: permit and forbid alone, no validation, an erring rule skipped. ``deadline`` is asked
        between rules; once it is true the request is denied (the number of steps is bounded anyway; this is the safety
        net for a machine that stalls). Never raises on bad input: what does not fit is denied with the reason.
        """
        try:
            if type(request) is not Request:
                request = request if isinstance(request, Request) else Request.from_json(request)
            if semantics == "cedar":
                return self._as_cedar(request, entities)
            rules = self.rules
            if isinstance(entities, Entities):
                find = (entities if entities.rules is rules else self._store(entities)).find
            else:
                find = self._nothing_known.find if entities in _NONE_SENT else find_among(entities, rules)
            context = record_of(request.context) if rules is None else rules.context_of(request)
            env = Env(request.principal, request.action, request.resource, context, find)
            satisfied, failed = self._ask(env, deadline)
        except EntityError as error:
            return refusal("invalid_entity", str(error))
        except (InputError, RequestError) as error:
            return refusal("invalid_request", str(error))
        except DeadlineError:
            return refusal(
                "deadline_exceeded",
                "the time for this decision ran out before every rule was asked",
                "Ask again; where it happens again, the machine is overloaded or the deadline too short.",
            )
        except RecursionError:
            return refusal("invalid_request", "the request is nested too deeply, or the stack is nearly used up")
        return conclude(self._about, env, satisfied, failed, grants)

    def decide_all(
        self,
        requests: Iterable[RequestForm],
        entities: EntitiesForm = (),
        *,
        grants: Iterable[str | Grant] = (),
        semantics: Semantics = "cedar+",
        deadline: Deadline | None = None,
    ) -> list[Decision]:
        """Decide many requests over the same entities, which are read once; the decisions stand in their order.

        Each is decided as :meth:`decide` would, alone: one that is refused leaves the others as they are. Entities
        that do not fit refuse every one.
        """
        granted = tuple(grants)
        store = entities
        if semantics == "cedar+":
            with suppress(EntityError):  # every decision will say why
                store = self._store(entities)
        return [
            self.decide(request, store, grants=granted, semantics=semantics, deadline=deadline) for request in requests
        ]

    def rank(
        self, requests: Iterable[RequestForm], entities: EntitiesForm = (), *, grants: Iterable[str | Grant] = ()
    ) -> Ranking:
        """Decide candidates, and put the allowed ones in order of score; ties keep the order of the input."""
        decided = list(enumerate(self.decide_all(requests, entities, grants=grants)))
        allowed = [item for item in decided if item[1].outcome == "allow"]
        allowed.sort(
            key=lambda item: item[1].score, reverse=True
        )  # stable; a minus would round as the caller's context says
        return Ranking(
            tuple(allowed),
            tuple(item for item in decided if item[1].outcome == "hold"),
            tuple(item for item in decided if item[1].outcome == "deny"),
        )

    def _ask(self, env: Env, deadline: Deadline | None = None) -> Findings:
        """Raises ``DeadlineError`` where ``deadline`` says so between two rules; no rule alone takes long."""
        asked, satisfied = self._index.select(env)
        failed: list[Failure] = []
        for rule in asked:
            if deadline is not None and deadline():
                raise DeadlineError
            try:
                if rule.test(env):
                    satisfied.append(rule)
            except EvalError as error:
                failed.append((rule, str(error)))
            except RecursionError:
                failed.append((rule, "the rule is nested too deeply to be evaluated"))
        if len(satisfied) > 1:
            satisfied.sort(key=source_order)
        if len(failed) > 1:
            failed.sort(key=lambda item: item[0].order)
        return satisfied, failed

    # ---- Cedar's own semantics ---------------------------------------------------------------------------------------

    def _as_cedar(self, request: Request, entities: EntitiesForm) -> Decision:
        env = self._cedar_env(request, entities)
        satisfied, errors = self._ask(env)
        permits = [rule for rule in satisfied if rule.kind == "permit"]
        forbids = [rule for rule in satisfied if rule.kind == "forbid"]
        failed = [item for item in errors if item[0].kind in ("permit", "forbid")]
        noted = sorted([*permits, *forbids, *(rule for rule, _ in failed)], key=source_order)
        code: Code = "forbidden" if forbids else "allowed" if permits else "not_permitted"
        return answer(self._about, code, env, noted, failed, reasons=[rule.id for rule in forbids or permits])

    def _cedar_env(self, request: Request, entities: EntitiesForm) -> Env:
        """Read by the schema where the data fits it, else without; nothing is refused for not fitting."""
        try:
            store = entities if isinstance(entities, Entities) else Entities.checked(entities, self.rules, repeats=True)
        except EntityError:
            if self.rules is None:
                raise
            rows: Any = entities
            store = Entities.checked(rows, None, repeats=True)
        try:
            env = self._env(request, store, store.rules)
        except InputError:
            env = self._env(request, store, None)
        if self.rules is None or store.rules is self.rules:
            return env
        in_store, in_actions = store.find, schema_actions(self.rules).get  # rules were indexed by the schema's groups
        return Env(env.principal, env.action, env.resource, env.context, lambda uid: in_store(uid) or in_actions(uid))
