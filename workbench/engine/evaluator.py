"""The evaluator: a program compiled once, asked any number of times, from any number of threads. Pure.

May import the engine and language types. Nothing here changes after construction but caches whose entries are the same
whoever makes them. Everything that a rule could say is asked for; there is no early exit, or errors would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from weakref import WeakKeyDictionary

from workbench.engine.conversion import InputError, record_of
from workbench.engine.decision import Code, Decision, Outcome, Ranking, RuleError
from workbench.engine.entities import Entities, EntityError
from workbench.engine.env import Env
from workbench.engine.explain import Trail, advice, evidence, nearest, why_not
from workbench.engine.index import ActionIndex
from workbench.engine.request import Request, RequestError
from workbench.engine.rules import CompiledRule
from workbench.engine.validate import SchemaRules, rules_of
from workbench.engine.values import EvalError
from workbench.language.ast import Procedure
from workbench.language.program import Program
from workbench.language.schema import Schema

Semantics: TypeAlias = Literal["cedar+", "cedar"]
EntitiesForm: TypeAlias = Entities | Sequence[Any] | str
RequestForm: TypeAlias = Request | Mapping[str, Any]

_ZERO = Decimal(0)
_OUTCOMES: Mapping[Code, Outcome] = {"allowed": "allow", "held": "hold"}


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
        _trail: Trail
        _held: tuple[CompiledRule, ...]
    else:
        evidence = _OnFirstRead("evidence", lambda d: evidence(d._trail))
        _misses = _OnFirstRead("_misses", lambda d: nearest(d._trail) if d.code == "not_permitted" else [])
        why_not = _OnFirstRead("why_not", lambda d: why_not(d._trail, d._misses))
        _advice = _OnFirstRead("_advice", lambda d: advice(d.code, d._trail, d.errors, d._held, d._misses))
        retry = _OnFirstRead("retry", lambda d: d._advice[0])
        remedy = _OnFirstRead("remedy", lambda d: d._advice[1])

    @classmethod
    def make(cls, trail: Trail, held: tuple[CompiledRule, ...], **fields: Any) -> Explained:
        """From the fields that are known at once; put into the instance as they are, because it is done per request."""
        decision = cls.__new__(cls)
        fields["_trail"], fields["_held"] = trail, held
        object.__setattr__(decision, "__dict__", fields)
        return decision


# What the rules said of one request, in source order: the satisfied ones, and those in error with the message.
_Findings: TypeAlias = tuple[list[CompiledRule], list[tuple[CompiledRule, str]]]


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
        """Raises ``InputError`` where the request does not fit."""
        context = record_of(request.context) if rules is None else rules.context_of(request)
        return Env(request.principal, request.action, request.resource, context, store.find)

    # ---- asking ------------------------------------------------------------------------------------------------------

    def decide(
        self,
        request: RequestForm,
        entities: EntitiesForm = (),
        *,
        grants: Iterable[str] = (),
        semantics: Semantics = "cedar+",
    ) -> Decision:
        """Decide one request.

        ``entities``: a parsed store, or Cedar's JSON list (or its text). ``grants``: names of procedures that have
        granted this very request. ``semantics="cedar"`` decides exactly as Cedar does: permit and forbid alone, no
        validation, an erring rule skipped. Never raises on bad input: what does not fit is denied with the reason.
        """
        try:
            if not isinstance(request, Request):
                request = Request.from_json(request)
            if semantics == "cedar":
                return self._as_cedar(request, entities)
            env = self._env(request, self._store(entities), self.rules)
        except EntityError as error:
            return _refusal("invalid_entity", str(error))
        except (InputError, RequestError) as error:
            return _refusal("invalid_request", str(error))
        return self._conclude(env, self._ask(env), grants)

    def rank(
        self, requests: Iterable[RequestForm], entities: EntitiesForm = (), *, grants: Iterable[str] = ()
    ) -> Ranking:
        """Decide candidates, and put the allowed ones in order of score; ties keep the order of the input."""
        granted = tuple(grants)
        store: EntitiesForm
        try:
            store = self._store(entities)
        except EntityError:
            store = entities  # every decision will say why
        decided = [(index, self.decide(request, store, grants=granted)) for index, request in enumerate(requests)]
        allowed = [item for item in decided if item[1].outcome == "allow"]
        allowed.sort(key=lambda item: -item[1].score)  # stable
        return Ranking(
            tuple(allowed),
            tuple(item for item in decided if item[1].outcome == "hold"),
            tuple(item for item in decided if item[1].outcome == "deny"),
        )

    def _ask(self, env: Env) -> _Findings:
        satisfied: list[CompiledRule] = []
        failed: list[tuple[CompiledRule, str]] = []
        for rule in self._index.candidates(env):
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

    def _conclude(self, env: Env, found: _Findings, grants: Iterable[str]) -> Decision:
        """Cedar+'s rules: forbid, then errors, then default deny, then procedures, then allow."""
        satisfied, failed = found
        permits: list[str] = []
        forbids: list[str] = []
        triggered: list[CompiledRule] = []
        score = _ZERO
        for rule in satisfied:
            if rule.observed:
                continue
            if rule.kind == "permit":
                permits.append(rule.id)
            elif rule.kind == "forbid":
                forbids.append(rule.id)
            elif rule.kind == "prefer":
                score += rule.score
            else:
                triggered.append(rule)
        binding_error = False
        noted = satisfied
        errors: tuple[RuleError, ...] = ()
        if failed:
            errors = tuple([RuleError(rule.id, message) for rule, message in failed])
            for rule, _ in failed:
                if not rule.observed and rule.kind != "prefer":
                    binding_error = True
            noted = sorted([*satisfied, *(rule for rule, _ in failed)], key=_order)
        reasons: list[str] = []
        held: tuple[CompiledRule, ...] = ()
        code: Code
        if forbids:
            code, reasons = "forbidden", forbids
        elif binding_error:
            code = "evaluation_error"
        elif not permits:
            code = "not_permitted"
        else:
            code, reasons = "allowed", permits
            if triggered:
                granted = frozenset(grants)
                held = tuple([rule for rule in triggered if rule.name not in granted])
                if held:
                    code, reasons = "held", [rule.id for rule in held]
        return Explained.make(
            Trail(env, self.schema, tuple(noted), self._index.applicable),
            held,
            outcome=_OUTCOMES.get(code, "deny"),
            code=code,
            reasons=tuple(reasons),
            procedures=tuple([rule.name for rule in held]),
            errors=errors,
            observed=tuple([rule.id for rule in noted if rule.observed]),
            score=score,
        )

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
            Trail(env, self.schema, tuple(noted), self._index.applicable),
            (),
            outcome=_OUTCOMES.get(code, "deny"),
            code=code,
            reasons=tuple([rule.id for rule in forbids or permits]),
            errors=tuple([RuleError(rule.id, message) for rule, message in failed]),
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
