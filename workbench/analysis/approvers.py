"""Whether anybody can give an approval that a procedure requires. Pure.

The approver is asked about as a request of its own: the principal is the approver, of any type that acts, the context
is the held request's with ``requester`` (``language.schema_json.approval_schema``). It must be an approver whom data is
known of, another than the requester, for a request that triggers the procedure or one that escalates to it. A procedure
for amendments is asked about signers (``language.governance_schema``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.analysis.encode import Encoder
from workbench.analysis.environments import acts
from workbench.analysis.inquiry import Inquiry, Settled
from workbench.analysis.law import Seen
from workbench.analysis.model import Case
from workbench.analysis.results import Answer, RequestEnvironment, worst
from workbench.analysis.space import Space
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.values import RecordValue, Scalar, Unsupported
from workbench.engine.conversion import uid_from_json
from workbench.engine.predicate import evaluate_predicate
from workbench.engine.request import Request
from workbench.engine.values import EvalError
from workbench.language.ast import ActionScope, Policy, Procedure, Var
from workbench.language.governance_schema import GOVERNANCE_SCHEMA
from workbench.language.lower import procedure_policies
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted
from workbench.language.schema import Schema
from workbench.language.schema_json import approval_schema, schema_text
from workbench.language.schema_reader import read_schema


def requirement_name(rule: Rule, place: int) -> str:
    """``procedure`` for its first approval, ``procedure#2`` for the second (by the rule's id)."""
    return rule.id if place == 0 else f"{rule.id}#{place + 1}"


def no_approver(program: Program, task: Task, rule: Rule, place: int, origins: Sequence[Rule]) -> Answer:
    """Nobody satisfies the ``where`` of the requirement at ``place``. ``origins``: the procedures whose requests it may
    have to decide, itself among them.

    The request of a witness is the approver's: it is allowed where the ``where`` is true. Raises ``SolverMissing``,
    ``Stopped``.
    """
    procedure = rule.statement
    assert isinstance(procedure, Procedure)
    about = requirement_name(rule, place)
    if procedure.amendment:
        return _merged(about, task, _of_signers(task, rule, place))
    answer = _merged(about, task, _of_requests(program, task, rule, place, origins))
    if answer.verdict == "holds":
        anybody = _merged(about, task, _of_requests(program, task, rule, None, origins))
        if anybody.verdict == "holds":  # it is never triggered, which is another statement
            return _merged(about, task, _of_requests(program, task, rule, place, origins, triggered=False))
    return answer


def _merged(about: str, task: Task, seats: Iterable[_Seat]) -> Answer:
    """One answer for the requesters of all types, up to the first for whom there is somebody."""
    answers: list[Answer] = []
    for seat in seats:
        answers.append(seat.answer(about))
        if answers[-1].verdict == "fails":
            break
    proved, among = sum(each.proved for each in answers), sum(each.environments for each in answers)
    verdict = worst({each.verdict for each in answers})
    found = next((each for each in answers if each.verdict == verdict), None)
    if found is None:
        return Answer("no_approver", about, "holds", task.assumption)
    return replace(found, proved=proved, environments=among)


@dataclass(frozen=True)
class _Seat:
    """One approval, asked for by one type of requester. ``inquiry`` is over ``where`` as the only rule, a permit.

    ``apart``: what must be true of approver and request beside it, as a term and of a case. ``depends``: the rules
    that it comes from.
    """

    inquiry: Inquiry
    where: Rule
    apart: Callable[[Space], Term]
    fits: Callable[[Case], bool]
    depends: tuple[Rule, ...]
    key: str

    def answer(self, about: str) -> Answer:
        inquiry = self.inquiry

        def shows(seen: Seen) -> bool:
            return self.where.digest in seen.satisfied and self.fits(seen.case)

        def ask(environment: RequestEnvironment) -> Settled:
            space = inquiry.prover.space(environment)
            wanted = space.terms.and_(space.rule(self.where).satisfied, self.apart(space))
            return inquiry.seek(environment, wanted, shows)

        return inquiry.answer(
            "no_approver",
            about,
            inquiry.bearing(self.where),
            lambda environment: inquiry.remembered(
                "no_approver", environment, self.depends, lambda: ask(environment), self.key
            ),
        )


def _where(rule: Rule, place: int | None, action: ActionScope | None = None) -> Rule:
    """The condition as a rule: a permit by the procedure's id; without a ``place``, of anybody."""
    assert isinstance(rule.statement, Procedure)
    trigger, *wheres = (policy for _, policy in procedure_policies(rule.statement))
    policy = Policy("permit", trigger.scope, ()) if place is None else wheres[place]
    if action is not None:
        policy = Policy("permit", replace(policy.scope, action=action), policy.conditions)
    return replace(rule, kind="permit", statement=policy, annotations={})


# ---- signers ---------------------------------------------------------------------------------------------------------


def _of_signers(task: Task, rule: Rule, place: int) -> Iterator[_Seat]:
    assert isinstance(rule.statement, Procedure)
    wanted = rule.statement.amendment
    where = _where(rule, place)
    inquiry = Inquiry(Program((where,), read_schema(GOVERNANCE_SCHEMA)), task)

    def apart(space: Space) -> Term:
        terms = space.terms
        known = space.encoder.exists(space.principal.term)
        return terms.and_(known, terms.eq(_of_context(space, "class").term, terms.text(str(wanted))))

    def fits(case: Case) -> bool:
        return bool(case.request["context"]["class"] == wanted)

    yield _Seat(inquiry, where, apart, fits, (rule,), str(place))


# ---- approvers of requests -------------------------------------------------------------------------------------------


def _of_requests(
    program: Program,
    task: Task,
    rule: Rule,
    place: int | None,
    origins: Sequence[Rule],
    *,
    triggered: bool = True,
) -> Iterator[_Seat]:
    """``triggered``: for requests that trigger one of ``origins`` alone; else for every one."""
    schema = program.schema
    assert schema is not None
    text = schema_text(schema)
    actions = {uid: tuple(origin for origin in origins if _triggered_by(origin, uid, schema)) for uid in schema.actions}
    held = frozenset(uid for uid, by in actions.items() if by)
    requesters = dict.fromkeys(name for uid in held for name in schema.actions[uid].principals)
    for requester in requesters:
        derived, _ = approval_schema(text, held, requester)
        where = _where(rule, place, ActionScope("any"))
        inquiry = Inquiry(Program((where,), derived), task)

        def apart(space: Space, requester: str = requester) -> Term:
            terms = space.terms
            asking = _of_context(space, "requester")
            known = space.encoder.exists(space.principal.term)
            other = space.environment.principal != requester
            when = terms.or_(*(_trigger(space, schema, asking, origin) for origin in actions[space.environment.action]))
            differs = terms.true if other else terms.not_(terms.eq(space.principal.term, asking.term))
            return terms.and_(known, differs, when if triggered else terms.true)

        def fits(case: Case) -> bool:
            return _asked(case) and (not triggered or _triggers(case, schema, origins))

        key = f"{rule.id} {place} {requester} {triggered}"
        yield _Seat(inquiry, where, apart, fits, tuple(origins), key)


def _triggered_by(rule: Rule, uid: tuple[str, str], schema: Schema) -> bool:
    assert isinstance(rule.statement, Procedure)
    assert rule.statement.action is not None
    return acts(rule.statement.action, uid, {uid, *schema.action_ancestors(uid)})


def _of_context(space: Space, name: str) -> Scalar:
    _, context = space.encoder.code(Var("context"))
    assert isinstance(context, RecordValue)
    found = context.fields[name].value
    assert isinstance(found, Scalar)
    return found


def _trigger(space: Space, schema: Schema, requester: Scalar, rule: Rule) -> Term:
    """The condition of a procedure on the request that is held, whose principal is the requester."""
    assert isinstance(rule.statement, Procedure)
    if rule.statement.when is None:
        return space.terms.true
    variables = {name: space.encoder.code(Var(name))[1] for name in ("action", "resource", "context")}
    complete = space.assumption.data == "complete"
    encoder = Encoder(space.terms, schema, {**variables, "principal": requester}, complete=complete)
    try:
        ok, holds = encoder.test(rule.statement.when)
    except Unsupported as error:
        raise Unsupported(f"rule {quoted(rule.id)}: {error}") from None
    return space.terms.and_(ok, holds)


def _asked(case: Case) -> bool:
    """Whether the approver is known, and another than the requester."""
    uid = Request.from_json(dict(case.request)).principal
    known = {(row["uid"]["type"], row["uid"]["id"]) for row in case.entities}
    return uid != uid_from_json(case.request["context"]["requester"]) and (uid.type, uid.id) in known


def _triggers(case: Case, schema: Schema, origins: Sequence[Rule]) -> bool:
    """Whether the engine says that the held request triggers one of the procedures."""
    asked = Request.from_json(dict(case.request))
    context = {name: value for name, value in asked.context.items() if name != "requester"}
    requester = uid_from_json(case.request["context"]["requester"])
    held = Request(requester, asked.action, asked.resource, context)
    for origin in origins:
        assert isinstance(origin.statement, Procedure)
        if _triggered_by(origin, (held.action.type, held.action.id), schema):
            try:
                when = origin.statement.when
                if when is None or evaluate_predicate(when, held, list(case.entities), schema=schema):
                    return True
            except EvalError:
                continue
    return False
