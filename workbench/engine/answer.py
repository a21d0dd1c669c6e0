"""From what the rules said of a request to the decision. Pure; may import the engine.

Cedar+'s order: a forbid, then errors (fail closed), then the default deny, then procedures, then allow. What explains
a decision is made when it is first asked for, from the frozen request that was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Context, Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from workbench.engine.decision import Code, Decision, Outcome, RuleError
from workbench.engine.env import Env
from workbench.engine.explain import Trail, advice, evidence, nearest, spared_by, why_not
from workbench.engine.grants import Grant, granted
from workbench.engine.rules import CompiledRule
from workbench.language.schema import Schema

# A rule in error, with the message.
Failure: TypeAlias = tuple[CompiledRule, str]
# What the rules said of one request, in source order: the satisfied ones, and those in error.
Findings: TypeAlias = tuple[list[CompiledRule], Sequence[Failure]]

source_order: Callable[[CompiledRule], int] = attrgetter("order")  # the key by which rules stand as in the source

_ZERO = Decimal(0)
_EXACT = Context(prec=64, traps=[])  # the caller's own context may round; 20,000 scores need 16 digits
_OUTCOMES: Mapping[Code, Outcome] = {"allowed": "allow", "held": "hold"}
_FAIL_CLOSED = frozenset({"permit", "forbid", "procedure"})


class About(NamedTuple):
    """What decisions of one evaluator share: its schema, and all rules for the action of a request."""

    schema: Schema | None
    applicable: Callable[[Env], Sequence[CompiledRule]]


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
        _about: About
        _env: Env
        _noted: Sequence[CompiledRule]
        _erring: Sequence[CompiledRule]
        _held: Sequence[CompiledRule]
        _trail: Trail
    else:
        _trail = _OnFirstRead(
            "_trail", lambda d: Trail(d._env, d._about.schema, d._noted, d._erring, d._about.applicable)
        )
        evidence = _OnFirstRead(
            "evidence", lambda d: evidence(d._env, d._about.schema, d._noted, d._erring) if d._noted else ()
        )
        _misses = _OnFirstRead("_misses", lambda d: nearest(d._trail) if d.code == "not_permitted" else [])
        why_not = _OnFirstRead("why_not", lambda d: why_not(d._trail, d._misses))
        spared_by = _OnFirstRead("spared_by", lambda d: spared_by(d._trail) if d.code == "forbidden" else ())
        _advice = _OnFirstRead("_advice", lambda d: advice(d.code, d._trail, d.errors, d._held, d._misses))
        retry = _OnFirstRead("retry", lambda d: d._advice[0])
        remedy = _OnFirstRead("remedy", lambda d: d._advice[1])


_new = object.__new__
_set = object.__setattr__


def _explained(fields: dict[str, Any]) -> Explained:
    """From the fields that are known at once, taken over as they are, because it is done for every request."""
    decision: Explained = _new(Explained)
    _set(decision, "__dict__", fields)  # a decision is frozen; this is how it comes to be
    return decision


# ---- decisions -------------------------------------------------------------------------------------------------------


def refusal(code: Code, message: str, remedy: str = "") -> Decision:
    """A deny before any rule was asked, or before all were. ``remedy``: if it is not to correct what is wrong."""
    return Decision(
        outcome="deny",
        code=code,
        retry="after_change",
        remedy=remedy or f"Correct this first: {message}.",
        errors=(RuleError("", message),),
    )


def conclude(
    about: About,
    env: Env,
    satisfied: list[CompiledRule],
    failed: Sequence[Failure],
    grants: Iterable[str | Grant],
) -> Decision:
    """The decision that follows. ``grants`` are looked at only where procedures are triggered."""
    if not failed:
        if not satisfied:
            return _nothing_said(about, env)
        if len(satisfied) == 1 and satisfied[0].binds_as in ("permit", "forbid"):
            return _one_said(about, env, satisfied)
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
            score = _EXACT.add(score, rule.score)
        elif kind == "procedure":
            triggered.append(rule)
    noted: Sequence[CompiledRule] = satisfied
    if failed:
        noted = sorted([*satisfied, *(rule for rule, _ in failed)], key=source_order)
    code: Code
    held: Sequence[CompiledRule] = ()
    if forbids:
        code, reasons = "forbidden", forbids
    elif any(rule.binds_as in _FAIL_CLOSED for rule, _ in failed):
        code, reasons = "evaluation_error", []
    elif not permits:
        code, reasons = "not_permitted", []
    else:
        code, reasons = "allowed", permits
        if triggered:
            names = granted(grants, env, about.schema)
            held = [rule for rule in triggered if rule.name not in names]
            if held:
                code, reasons = "held", [rule.id for rule in held]
    observed = tuple([rule.id for rule in noted if rule.observed])
    return answer(about, code, env, noted, failed, reasons, held, observed, score)


def answer(
    about: About,
    code: Code,
    env: Env,
    noted: Sequence[CompiledRule],
    failed: Sequence[Failure],
    reasons: Sequence[str] = (),
    held: Sequence[CompiledRule] = (),
    observed: tuple[str, ...] = (),
    score: Decimal = _ZERO,
) -> Decision:
    """A decision with everything that it can be asked to explain. ``noted``: satisfied or failed, in source order."""
    return _explained(
        {
            "outcome": _OUTCOMES.get(code, "deny"),
            "code": code,
            "reasons": tuple(reasons),
            "procedures": tuple([rule.name for rule in held]) if held else (),
            "errors": tuple([RuleError(rule.id, message) for rule, message in failed]) if failed else (),
            "observed": observed,
            "score": score,
            "_about": about,
            "_env": env,
            "_noted": noted,
            "_erring": [rule for rule, _ in failed] if failed else (),
            "_held": held,
        }
    )


def _nothing_said(about: About, env: Env) -> Decision:
    """The default deny, when no rule had anything to say: the commonest answer, made without detours."""
    return _explained(
        {
            "outcome": "deny",
            "code": "not_permitted",
            "evidence": (),
            "_about": about,
            "_env": env,
            "_noted": (),
            "_erring": (),
            "_held": (),
        }
    )


def _one_said(about: About, env: Env, satisfied: list[CompiledRule]) -> Decision:
    """The same where one permit or forbid is all there is."""
    rule = satisfied[0]
    permitted = rule.binds_as == "permit"
    return _explained(
        {
            "outcome": "allow" if permitted else "deny",
            "code": "allowed" if permitted else "forbidden",
            "reasons": (rule.id,),
            "_about": about,
            "_env": env,
            "_noted": satisfied,
            "_erring": (),
            "_held": (),
        }
    )
