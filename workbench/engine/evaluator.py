"""The evaluator: a program compiled once, asked any number of times, from any number of threads. Pure.

May import the engine and language types. Nothing here changes after construction but caches whose entries are the same
whoever makes them. Everything that a rule could say is asked for; there is no early exit, or errors would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from weakref import WeakKeyDictionary

from workbench.engine.conversion import InputError, record_of
from workbench.engine.decision import Code, Decision, Outcome, Ranking, RuleError
from workbench.engine.entities import Entities, EntityError
from workbench.engine.env import Env
from workbench.engine.explain import Trail, advice, evidence, nearest, spared_by, why_not
from workbench.engine.grants import Grant, key_of
from workbench.engine.index import ActionIndex
from workbench.engine.request import Request, RequestError
from workbench.engine.rules import CompiledRule
from workbench.engine.validate import SchemaRules, rules_of
from workbench.engine.values import EvalError
from workbench.language.ast import Procedure
from workbench.language.bulk import uncollected
from workbench.language.program import Program
from workbench.language.schema import Schema

Semantics: TypeAlias = Literal["cedar+", "cedar"]
EntitiesForm: TypeAlias = Entities | Sequence[Any] | str
RequestForm: TypeAlias = Request | Mapping[str, Any]
Deadline: TypeAlias = Callable[[], bool]  # whether the time is up; the engine itself reads no clock

_ZERO = Decimal(0)
_OUTCOMES: Mapping[Code, Outcome] = {"allowed": "allow", "held": "hold"}
_FAIL_CLOSED = frozenset({"permit", "forbid", "procedure"})


class DeadlineError(Exception):
    """Time ran out between two rules."""


# ---- a decision that explains itself when asked ----------------------------------------------------------------------


class _OnFirstRead:
    """An attribute made when first read and then kept; two threads may both make it, alike."""

    def __init__(self, name: str, make: Callable[[Explained], Any]) -> None:
        self._name = name
        self._make = make

    def __get__(self, decision: Explained | None, owner: type[Explained]) -> Any:
        if decision is None:
            return self
        value = decision.__dict__[self._name] = self._make(decision)
        return value


class Explained(Decision):
    """A decision whose evidence, near misses, retry and remedy are made from its :class:`Trail` when first read."""

    if TYPE_CHECKING:
        _env: Env
        _noted: Sequence[CompiledRule]
        _erring: Sequence[CompiledRule]
        _held: Sequence[CompiledRule]
        _evaluator: Evaluator
        _trail: Trail
    else:
        _trail = _OnFirstRead("_trail", lambda d: d._evaluator._trail(d._env, d._noted, d._erring))
        evidence = _OnFirstRead(
            "evidence", lambda d: evidence(d._env, d._evaluator.schema, d._noted, d._erring) if d._noted else ()
        )
        _misses = _OnFirstRead("_misses", lambda d: nearest(d._trail) if d.code == "not_permitted" else [])
        why_not = _OnFirstRead("why_not", lambda d: why_not(d._trail, d._misses))
        spared_by = _OnFirstRead("spared_by", lambda d: spared_by(d._trail) if d.code == "forbidden" else ())
        _advice = _OnFirstRead("_advice", lambda d: advice(d.code, d._trail, d.errors, d._held, d._misses))
        retry = _OnFirstRead("retry", lambda d: d._advice[0])
        remedy = _OnFirstRead("remedy", lambda d: d._advice[1])

    @classmethod
    def make(cls, fields: dict[str, Any]) -> Explained:
        """From the fields that are known at once, taken over as they are, because it is done for every request."""
        decision = cls.__new__(cls)
        _set_fields(decision, "__dict__", fields)
        return decision


_set_fields = object.__setattr__  # a decision is frozen; this is how it comes to be


# A rule in error, with the message.
_Failure: TypeAlias = tuple[CompiledRule, str]
# What the rules said of one request, in source order: the satisfied ones, and those in error.
_Findings: TypeAlias = tuple[list[CompiledRule], Sequence[_Failure]]


def _refusal(code: Code, message: str) -> Decision:
    return Decision(
        outcome="deny",
        code=code,
        retry="after_change",
        remedy=f"Correct this first: {message}.",
        errors=(RuleError("", message),),
    )


# ---- the evaluator ---------------------------------------------------------------------------------------------------


class Evaluator:
    """Decides requests under one program."""

    def __init__(self, program: Program) -> None:
        """Compile a checked program. Raises ``ValueError`` for one with an open template slot."""
        with uncollected(len(program.rules)):
            rules = [
                CompiledRule.of(order, rule)
                for order, rule in enumerate(program.rules)
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
        return Entities.checked(entities, self.rules) if entities else self._nothing_known

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
            known = isinstance(entities, Entities) and entities.rules is rules
            store: Any = entities if known else self._store(entities)
            context = record_of(request.context) if rules is None else rules.context_of(request)
            env = Env(request.principal, request.action, request.resource, context, store.find)
            satisfied, failed = self._ask(env, deadline)
        except EntityError as error:
            return _refusal("invalid_entity", str(error))
        except (InputError, RequestError) as error:
            return _refusal("invalid_request", str(error))
        except DeadlineError:
            return _refusal("deadline_exceeded", "the time for this decision ran out before every rule was asked")
        return self._conclude(env, satisfied, failed, grants)

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
        allowed.sort(key=lambda item: -item[1].score)  # stable
        return Ranking(
            tuple(allowed),
            tuple(item for item in decided if item[1].outcome == "hold"),
            tuple(item for item in decided if item[1].outcome == "deny"),
        )

    def _ask(self, env: Env, deadline: Deadline | None = None) -> _Findings:
        """Raises ``DeadlineError`` where ``deadline`` says so between two rules; no rule alone takes long."""
        asked, satisfied = self._index.select(env)
        failed: list[_Failure] = []
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
            satisfied.sort(key=_order)
        if len(failed) > 1:
            failed.sort(key=lambda item: item[0].order)
        return satisfied, failed

    def _conclude(
        self, env: Env, satisfied: list[CompiledRule], failed: Sequence[_Failure], grants: Iterable[str | Grant]
    ) -> Decision:
        """Cedar+'s rules: forbid, then errors, then default deny, then procedures, then allow."""
        if not satisfied and not failed:
            return self._nothing_said(env)
        if len(satisfied) == 1 and not failed and satisfied[0].binds_as in ("permit", "forbid"):
            return self._one_said(env, satisfied)
        permits: list[str] = []
        forbids: list[str] = []
        triggered: list[CompiledRule] = []
        score = _ZERO
        for rule in satisfied:
            kind = rule.binds_as
            if kind == "permit":
                permits.append(rule.id)
            elif kind == "forbid":
                forbids.append(rule.id)
            elif kind == "prefer":
                score += rule.score
            elif kind == "procedure":
                triggered.append(rule)
        code: Code
        reasons: Sequence[str] = ()
        held: Sequence[CompiledRule] = ()
        if forbids:
            code, reasons = "forbidden", forbids
        elif failed and any(rule.binds_as in _FAIL_CLOSED for rule, _ in failed):
            code = "evaluation_error"
        elif not permits:
            code = "not_permitted"
        else:
            code, reasons = "allowed", permits
            if triggered:
                granted = self._granted(env, grants)
                held = [rule for rule in triggered if rule.name not in granted]
                if held:
                    code, reasons = "held", [rule.id for rule in held]
        noted: Sequence[CompiledRule] = satisfied
        errors: tuple[RuleError, ...] = ()
        erring: Sequence[CompiledRule] = ()
        if failed:
            errors = tuple([RuleError(rule.id, message) for rule, message in failed])
            erring = [rule for rule, _ in failed]
            noted = sorted([*satisfied, *erring], key=_order)
        return Explained.make(
            {
                "outcome": _OUTCOMES.get(code, "deny"),
                "code": code,
                "reasons": tuple(reasons),
                "procedures": tuple([rule.name for rule in held]) if held else (),
                "errors": errors,
                "observed": tuple([rule.id for rule in noted if rule.observed]) if noted else (),
                "score": score,
                "_env": env,
                "_noted": noted,
                "_erring": erring,
                "_held": held,
                "_evaluator": self,
            }
        )

    def _nothing_said(self, env: Env) -> Decision:
        """The default deny, when no rule had anything to say: the commonest answer, made without detours."""
        decision = Explained.__new__(Explained)
        fields: dict[str, Any] = {
            "outcome": "deny",
            "code": "not_permitted",
            "evidence": (),
            "_env": env,
            "_noted": (),
            "_erring": (),
            "_held": (),
            "_evaluator": self,
        }
        _set_fields(decision, "__dict__", fields)
        return decision

    def _one_said(self, env: Env, satisfied: list[CompiledRule]) -> Decision:
        """The same where one permit or forbid is all there is."""
        rule = satisfied[0]
        permitted = rule.binds_as == "permit"
        decision = Explained.__new__(Explained)
        fields: dict[str, Any] = {
            "outcome": "allow" if permitted else "deny",
            "code": "allowed" if permitted else "forbidden",
            "reasons": (rule.id,),
            "_env": env,
            "_noted": satisfied,
            "_erring": (),
            "_held": (),
            "_evaluator": self,
        }
        _set_fields(decision, "__dict__", fields)
        return decision

    def _granted(self, env: Env, grants: Iterable[str | Grant]) -> frozenset[str]:
        """Names of the procedures that have granted this request; a grant for another request counts for nothing."""
        own = ""
        names: set[str] = set()
        for grant in grants:
            if isinstance(grant, str):
                names.add(grant)
            else:
                own = own or key_of(env.principal, env.action, env.resource, env.context, self.schema)
                if grant.case_key == own:
                    names.add(grant.procedure)
        return frozenset(names)

    def _trail(self, env: Env, noted: Sequence[CompiledRule], erring: Sequence[CompiledRule]) -> Trail:
        return Trail(env, self.schema, noted, erring, self._index.applicable)

    # ---- Cedar's own semantics ---------------------------------------------------------------------------------------

    def _as_cedar(self, request: Request, entities: EntitiesForm) -> Decision:
        env = self._cedar_env(request, entities)
        satisfied, errors = self._ask(env)
        permits = [rule for rule in satisfied if rule.kind == "permit"]
        forbids = [rule for rule in satisfied if rule.kind == "forbid"]
        failed = [item for item in errors if item[0].kind in ("permit", "forbid")]
        code: Code = "forbidden" if forbids else "allowed" if permits else "not_permitted"
        noted = sorted([*permits, *forbids, *(rule for rule, _ in failed)], key=_order)
        return Explained.make(
            {
                "outcome": _OUTCOMES.get(code, "deny"),
                "code": code,
                "reasons": tuple([rule.id for rule in forbids or permits]),
                "errors": tuple([RuleError(rule.id, message) for rule, message in failed]),
                "_env": env,
                "_noted": noted,
                "_erring": [rule for rule, _ in failed],
                "_held": (),
                "_evaluator": self,
            }
        )

    def _cedar_env(self, request: Request, entities: EntitiesForm) -> Env:
        """Read by the schema where the data fits it, else without; nothing is refused for not fitting."""
        try:
            store = entities if isinstance(entities, Entities) else Entities.checked(entities, self.rules, repeats=True)
        except EntityError:
            if self.rules is None:
                raise
            store = Entities.checked(entities if isinstance(entities, str) else list(entities), None, repeats=True)
        try:
            return self._env(request, store, store.rules)
        except InputError:
            return self._env(request, store, None)


def _order(rule: CompiledRule) -> int:
    return rule.order
