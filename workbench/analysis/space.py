"""One request environment as a symbolic world: all requests and data that fit, and what rules say. Pure.

A space answers with terms; ``analysis.search`` asks the solver whether they can be true. What a rule says of a request
is two terms: that it is satisfied, and that it errs. What a program decides follows from these as in ``engine.answer``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.analysis.assumptions import Assumption
from workbench.analysis.encode import Encoder
from workbench.analysis.environments import acts
from workbench.analysis.results import RequestEnvironment
from workbench.analysis.terms import Term, Terms
from workbench.analysis.values import RecordValue, Scalar, Unsupported, Value, field_of, fields_of
from workbench.language.ast import (
    ActionScope,
    Condition,
    EntityLit,
    EntityScope,
    Expr,
    Policy,
    Prefer,
    Procedure,
    Unary,
)
from workbench.language.program import Rule
from workbench.language.quotation import quoted
from workbench.language.schema import ActionType, Attribute, EntityRef, Schema

PRINCIPAL, RESOURCE, CONTEXT = "principal", "resource", "context"


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a rule says: it is satisfied; its scope matches and it errs. Never both."""

    satisfied: Term
    erring: Term


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a program decides. One of ``allow``, ``hold`` and ``deny`` is true.

    ``permitted``, ``forbidden``, ``erring``, ``triggered``: some enforced permit is satisfied; some forbid is; some
    permit, forbid or procedure errs; some procedure is triggered.
    """

    allow: Term
    hold: Term
    deny: Term
    permitted: Term
    forbidden: Term
    erring: Term
    triggered: Term


class Space:
    """The world of one environment. ``terms``: shared with another space over the same world, for a second schema.

    ``requester``: for the conditions on approvers, the type of ``context.requester``; the principal is the approver.
    """

    def __init__(
        self,
        schema: Schema,
        environment: RequestEnvironment,
        assumption: Assumption,
        *,
        terms: Terms | None = None,
        requester: str | None = None,
    ) -> None:
        self.schema = schema
        self.environment = environment
        self.assumption = assumption
        self.terms = Terms() if terms is None else terms
        self.action: ActionType = schema.actions[environment.action]
        self.principal = self._unknown(PRINCIPAL, environment.principal)
        self.resource = self._unknown(RESOURCE, environment.resource)
        fields = fields_of(self.terms, CONTEXT, (), self.action.context.attributes)
        if requester is not None:
            fields["requester"] = field_of(self.terms, "context.requester", (), Attribute(EntityRef(requester)))
        kind, id = environment.action
        variables: dict[str, Value] = {
            PRINCIPAL: self.principal,
            RESOURCE: self.resource,
            CONTEXT: RecordValue(fields),
            "action": Scalar(EntityRef(kind), self.terms.const(f"E:{kind}", id)),
        }
        self.encoder = Encoder(self.terms, schema, variables, complete=assumption.data == "complete")
        self._groups = {environment.action, *schema.action_ancestors(environment.action)}
        self._rules: dict[str, Encoded] = {}
        self.nothing = Encoded(self.terms.false, self.terms.false)

    def _unknown(self, name: str, kind: str) -> Scalar:
        return Scalar(EntityRef(kind), self.terms.app(name, f"E:{kind}"))

    # ---- rules

    def rule(self, rule: Rule) -> Encoded:
        """What the rule says here; a procedure's is its trigger. Raises :class:`Unsupported`, naming the rule."""
        found = self._rules.get(rule.digest)
        if found is None:
            try:
                found = self._rules[rule.digest] = self._rule(rule)
            except Unsupported as error:
                raise Unsupported(f"rule {quoted(rule.id)}: {error}") from None
        return found

    def _rule(self, rule: Rule) -> Encoded:
        match rule.statement:
            case Policy(scope=scope, conditions=conditions) | Prefer(scope=scope, conditions=conditions):
                if not acts(scope.action, self.environment.action, self._groups):
                    return self.nothing
                within = self.terms.and_(
                    self._scope(scope.principal, self.principal), self._scope(scope.resource, self.resource)
                )
                return self._conditioned(within, conditions)
            case Procedure(action=ActionScope() as action, when=when):
                if not acts(action, self.environment.action, self._groups):
                    return self.nothing
                return self._conditioned(self.terms.true, () if when is None else (Condition("when", when),))
        return self.nothing

    def _conditioned(self, within: Term, conditions: Sequence[Condition]) -> Encoded:
        if within is self.terms.false:
            return self.nothing
        ok, holds = self.conditions(conditions)
        terms = self.terms
        return Encoded(terms.and_(within, ok, holds), terms.and_(within, terms.not_(ok)))

    def conditions(self, conditions: Sequence[Condition]) -> tuple[Term, Term]:
        """Whether they evaluate, one after the other until the first that is false; whether all are true."""
        terms = self.terms
        ok, holds = terms.true, terms.true
        for condition in conditions:
            body = condition.body if condition.kind == "when" else Unary("!", condition.body)
            one_ok, one = self.encoder.test(body)
            ok = terms.and_(ok, terms.or_(terms.not_(holds), one_ok))
            holds = terms.and_(holds, one)
            if holds is terms.false:
                break
        return ok, holds

    def test(self, expr: Expr) -> tuple[Term, Term]:
        """A Boolean expression: whether it evaluates, and whether it is then true. Raises :class:`Unsupported`."""
        return self.encoder.test(expr)

    def _scope(self, scope: EntityScope, variable: Scalar) -> Term:
        terms = self.terms
        assert isinstance(variable.type, EntityRef)
        kind = variable.type.name
        if scope.type is not None and scope.type != kind:
            return terms.false
        if scope.kind in ("any", "is"):
            return terms.true
        if not isinstance(scope.entity, EntityLit):
            raise Unsupported("a template slot is open")
        literal = self.encoder.entity(scope.entity)
        if scope.kind == "eq":
            return terms.eq(variable.term, literal.term) if scope.entity.type == kind else terms.false
        return self.encoder.inside(variable.term, literal.term)

    # ---- programs

    def ruling(self, rules: Iterable[Rule]) -> Ruling:
        """What a program of these rules decides. Raises :class:`Unsupported`."""
        terms, ours = self.terms, self.assumption.semantics == "cedar+"
        said: dict[str, list[Term]] = {"permit": [], "forbid": [], "procedure": []}
        errors: list[Term] = []
        for rule in rules:
            if rule.stage == "observe" or rule.kind == "prefer" or (rule.kind == "procedure" and not ours):
                continue
            encoded = self.rule(rule)
            said[rule.kind].append(encoded.satisfied)
            errors.append(encoded.erring)
        permitted, forbidden = terms.or_(*said["permit"]), terms.or_(*said["forbid"])
        triggered = terms.or_(*said["procedure"])
        erring = terms.or_(*errors) if ours else terms.false
        passes = terms.and_(permitted, terms.not_(forbidden), terms.not_(erring))
        return Ruling(
            allow=terms.and_(passes, terms.not_(triggered)),
            hold=terms.and_(passes, triggered),
            deny=terms.not_(passes),
            permitted=permitted,
            forbidden=forbidden,
            erring=erring,
            triggered=triggered,
        )
